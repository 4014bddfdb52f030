//! `goperf pprof -http`: pprof's addresses over pprof's reports.
//!
//! Source: google/pprof `internal/driver/webui.go`.

mod pool;
mod reports;
#[cfg(test)]
mod tests;

use std::sync::{Mutex, TryLockError};
use std::time::SystemTime;

use base::{Cancellation, System};
use jiff::tz::TimeZone;
use pprof::{Config, Error, Invocation, Loaded, ObjectFiles, Pages, Session};
use serde_json::{Value, json};

use crate::guard::token;
use crate::message::{Accept, Request, Response};
use crate::page::{document, exported};
use crate::serve::{Address, ServeError, Site, Upload, serve};
use crate::{assets, browser};
use pool::{Pool, Shown};
pub(crate) use reports::code_value;

/// The pages did not come about.
#[derive(Debug, thiserror::Error)]
pub enum PagesError {
    #[error(transparent)]
    Pprof(#[from] Error),
    #[error(transparent)]
    Serve(#[from] ServeError),
}

/// Loads the profile of an invocation and serves its pages until the run is cancelled.
pub fn run(
    invocation: &Invocation,
    session: &mut Session<'_>,
    cancel: &Cancellation,
) -> Result<(), PagesError> {
    let address = Address::listen(&invocation.http)?;
    let loaded = pprof::load(invocation, session)?;
    let url = address.url();
    writeln!(session.err, "Serving web UI on {url}").map_err(Error::Io)?;
    session.err.flush().map_err(Error::Io)?;
    let system = session.system;
    let token = token();
    let site = PprofSite {
        config: invocation.config.clone(),
        sources: invocation.sources.clone(),
        again: invocation.is_live(system).then_some(invocation),
        ..PprofSite::of_work(
            loaded,
            Vec::new(),
            system,
            session.time_zone.clone(),
            json!({ "site": "pprof" }),
            token,
        )
    };
    let query = query_of(&site.config);
    let opens = !invocation.no_browser;
    std::thread::scope(|scope| {
        if opens {
            scope.spawn(|| open(&format!("{url}/ui/{query}"), system));
        }
        serve(address, &site, cancel)
    })?;
    Ok(())
}

fn open(url: &str, system: &dyn System) {
    browser::open(url, system);
}

/// The profile of a request's body, with its name.
fn uploaded(request: &Request) -> Result<(String, bool, Loaded), String> {
    let name = match request.parameter("name") {
        "" => "profile",
        name => name,
    };
    let loaded = Loaded::decode(&request.body).map_err(|error| format!("{name}: {error}"))?;
    Ok((name.to_owned(), false, loaded))
}

/// Milliseconds since 1970.
fn now(system: &dyn System) -> u64 {
    let since = system.now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |it| u64::try_from(it.as_millis()).unwrap_or(u64::MAX))
}

/// The query that stands for options, with its question mark; empty if they are the defaults.
fn query_of(config: &Config) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(config.parameters());
    match query.finish() {
        text if text.is_empty() => text,
        text => format!("?{text}"),
    }
}

/// The pages of a profile.
pub(crate) struct PprofSite<'a> {
    first: Loaded,
    /// The sample type that a page asks for chooses one of several.
    others: Vec<Loaded>,
    system: &'a dyn System,
    time_zone: TimeZone,
    /// The options of the command line.
    config: Config,
    /// Files and addresses of the profile.
    sources: Vec<String>,
    /// What every page has besides.
    extra: Value,
    /// What a request that brings a profile has to know: other sites cannot read the page that holds it.
    token: String,
    /// Profiles that came later.
    pool: Pool,
    /// What to ask for once more, of a running service.
    again: Option<&'a Invocation>,
    capturing: Mutex<()>,
    /// When the first profile came, in milliseconds since 1970.
    started: u64,
}

/// Most bytes of a profile that the page sends.
const MAX_PROFILE: usize = 64 << 20;

impl Site for PprofSite<'_> {
    fn answer(&self, request: &Request) -> Response {
        let Some(view) = request.path.strip_prefix("/ui/") else {
            return Response::redirect(307, "/ui/", request);
        };
        match view {
            "" | "flamegraph2" | "flamegraphold" => {
                Response::redirect(301, "/ui/flamegraph", request)
            }
            "download" => self.download(request),
            "export" => self.export(request),
            "saveconfig" | "deleteconfig" => self.change_saved(view, request),
            "profiles" => self.take(request, uploaded),
            "capture" => self.take(request, |_| self.captured()),
            _ => match (view.strip_prefix("assets/"), reports::find(view)) {
                (Some(name), _) => {
                    assets::find(name, request).unwrap_or_else(|| self.missing(request))
                }
                (None, Some(report)) => self.report(report, request),
                (None, None) => self.missing(request),
            },
        }
    }

    fn uploads(&self) -> Vec<Upload> {
        vec![Upload {
            path: "/ui/profiles",
            token: self.token.clone(),
            max_body: MAX_PROFILE,
        }]
    }
}

impl<'s> PprofSite<'s> {
    /// What a request's reports are made with. An opened binary belongs to one thread, so each request opens anew
    /// those that it asks about.
    fn pages<'p>(&'p self, objects: &'p ObjectFiles, loaded: &'p Loaded) -> Pages<'p> {
        Pages {
            loaded,
            system: self.system,
            objects,
            time_zone: &self.time_zone,
        }
    }

    /// The profile that has a sample type; the first if none has.
    fn profile(&self, sample_type: &str) -> &Loaded {
        let has = |it: &&Loaded| {
            let mut types = it.profile.sample_types.iter();
            types.any(|kind| it.profile.strings.text(kind.kind) == sample_type)
        };
        self.others.iter().find(has).unwrap_or(&self.first)
    }

    /// The profile that a request is about.
    fn shown(&self, request: &Request, config: &Config) -> Result<Shown<'_>, Error> {
        let own = self.profile(request.parameter("si"));
        self.pool.find(request, config.normalize, own)
    }

    /// Keeps a profile that a request brings or asks for; the answer is its number.
    fn take(
        &self,
        request: &Request,
        profile: impl FnOnce(&Request) -> Result<(String, bool, Loaded), String>,
    ) -> Response {
        if !request.is_post || request.token != self.token {
            let text = "permission denied: only the page of this run may bring profiles";
            return Response::text(403, text);
        }
        match profile(request) {
            Ok((name, is_capture, loaded)) => {
                let id = self.pool.add(&name, is_capture, now(self.system), loaded);
                Response::json(200, &json!({ "id": id }))
            }
            Err(text) => Response::text(400, text),
        }
    }

    /// Asks the running service once more.
    fn captured(&self) -> Result<(String, bool, Loaded), String> {
        let Some(invocation) = self.again else {
            return Err("the profile is not that of a running service".to_owned());
        };
        // One at a time: it may take half a minute, and there are few threads that answer.
        let _turn = match self.capturing.try_lock() {
            Err(TryLockError::WouldBlock) => {
                return Err("a capture is going on already".to_owned());
            }
            // One that panicked is over.
            Err(TryLockError::Poisoned(turn)) => turn.into_inner(),
            Ok(turn) => turn,
        };
        self.fetched(invocation)
    }

    fn fetched(&self, invocation: &Invocation) -> Result<(String, bool, Loaded), String> {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut session = Session::new(self.system, &mut out, &mut err, false);
        let loaded = pprof::load(invocation, &mut session);
        let loaded = loaded.map_err(|error| {
            let remarks = String::from_utf8_lossy(&err);
            format!("{error} {}", remarks.trim()).trim().to_owned()
        })?;
        Ok(("capture".to_owned(), true, loaded))
    }

    fn report(&self, report: &reports::Kind, request: &Request) -> Response {
        let config = match self.config.with_parameters(&request.query) {
            Ok(config) => config,
            Err(error) => return self.failed(report.name, &error, request),
        };
        let shown = match self.shown(request, &config) {
            Ok(shown) => shown,
            Err(error) => return self.failed(report.name, &error, request),
        };
        let objects = ObjectFiles::default();
        let pages = self.pages(&objects, shown.get());
        if request.accept == Accept::Text {
            let mut remarks = Vec::new();
            let (command, expression) = report.command(request);
            let config = report.settle(&config);
            return match pages.printed(command, expression, &config, &mut remarks) {
                Ok(bytes) => Response::new(200, "text/plain; charset=utf-8", bytes),
                Err(error) => Response::text(400, format!("{error}\n")),
            };
        }
        let mut remarks = Vec::new();
        match reports::data(report, pages, &config, request, &mut remarks) {
            Ok(data) => {
                let page = self.page(report.name, &config, data, &remarks, pages);
                if request.accept == Accept::Json {
                    return Response::json(200, &page);
                }
                let title = page["title"].as_str().unwrap_or("goperf");
                Response::html(200, document(title, &page))
            }
            Err(error) => self.failed(report.name, &error, request),
        }
    }

    /// What every page has, around a report's data.
    fn page(
        &self,
        view: &str,
        config: &Config,
        data: Value,
        remarks: &[u8],
        pages: Pages<'_>,
    ) -> Value {
        let remarks = String::from_utf8_lossy(remarks);
        let lines: Vec<&str> = remarks.lines().collect();
        let saved = pages.saved().unwrap_or_default();
        let saved: Vec<Value> = (saved.iter())
            .map(|it| {
                let query = query_of(&it.config);
                json!({ "name": it.name, "query": query })
            })
            .collect();
        let parameters: serde_json::Map<String, Value> = (config.parameters().into_iter())
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        let file = data["header"]["file"].as_str().filter(|it| !it.is_empty());
        let title = format!(
            "{} {}",
            file.unwrap_or("unknown"),
            data["header"]["type"].as_str().unwrap_or("")
        );
        let mut page = self.with_extra(json!({
            "view": view,
            "title": title.trim(),
            "sources": self.sources,
            "types": self.types(),
            "parameters": parameters,
            "saved": saved,
            "remarks": lines,
        }));
        page["data"] = data;
        page
    }

    /// Whether samples have labels besides the sizes of their objects.
    pub(crate) fn has_labels(&self) -> bool {
        let has = |loaded: &Loaded| {
            let profile = &loaded.profile;
            let mut labels = (profile.label_sets.ids()).flat_map(|id| profile.label_sets.get(id));
            labels.any(|it| *profile.strings.text(it.key) != *"bytes")
        };
        std::iter::once(&self.first).chain(&self.others).any(has)
    }

    /// The sample types of all profiles. Where there are several profiles, counts of samples are left out: each
    /// may have one.
    pub(crate) fn types(&self) -> Vec<String> {
        let mut types = Vec::new();
        for loaded in std::iter::once(&self.first).chain(&self.others) {
            for kind in &loaded.profile.sample_types {
                let name = loaded.profile.strings.text(kind.kind).into_owned();
                if !types.contains(&name) && (self.others.is_empty() || name != "samples") {
                    types.push(name);
                }
            }
        }
        types
    }

    /// The site of a work whose other pages are elsewhere.
    pub(crate) fn of_work(
        first: Loaded,
        others: Vec<Loaded>,
        system: &'s dyn System,
        time_zone: TimeZone,
        extra: Value,
        token: String,
    ) -> Self {
        Self {
            first,
            others,
            started: now(system),
            system,
            time_zone,
            config: Config::default(),
            sources: Vec::new(),
            extra,
            token,
            pool: Pool::default(),
            again: None,
            capturing: Mutex::new(()),
        }
    }

    /// A page with what every page has.
    fn with_extra(&self, mut page: Value) -> Value {
        if let (Value::Object(page), Value::Object(extra)) = (&mut page, &self.extra) {
            page.extend(extra.clone());
            page.insert("token".to_owned(), self.token.as_str().into());
            page.insert("pool".to_owned(), self.pool.list());
            page.insert("live".to_owned(), self.again.is_some().into());
            page.insert("hasLabels".to_owned(), self.has_labels().into());
            if self.again.is_some() {
                page.insert("started".to_owned(), self.started.into());
                page.insert("ownTotals".to_owned(), pool::totals(&self.first));
            }
        }
        page
    }

    fn failed(&self, view: &str, error: &Error, request: &Request) -> Response {
        self.error(400, view, &error.to_string(), request)
    }

    fn missing(&self, request: &Request) -> Response {
        let text = format!("no page {}", request.path);
        self.error(404, "error", &text, request)
    }

    fn error(&self, status: u16, view: &str, text: &str, request: &Request) -> Response {
        let page = self.with_extra(json!({
            "view": view,
            "title": "goperf",
            "sources": self.sources,
            "types": self.types(),
            "parameters": {},
            "saved": [],
            "remarks": [],
            "error": text,
        }));
        match request.accept {
            Accept::Text => Response::text(status, format!("{text}\n")),
            Accept::Json => Response::json(status, &page),
            Accept::Html => Response::html(status, document("goperf", &page)),
        }
    }

    fn download(&self, request: &Request) -> Response {
        let shown = match self.shown(request, &self.config) {
            Ok(shown) => shown,
            Err(error) => return Response::text(400, format!("{error}\n")),
        };
        let profile = profile::encode_gzip(&shown.get().profile);
        let response = Response::new(200, "application/vnd.google.protobuf+gzip", profile);
        response.with("content-disposition", "attachment;filename=profile.pb.gz")
    }

    /// The pages that need no server, as one file.
    fn export(&self, request: &Request) -> Response {
        let mut all = serde_json::Map::new();
        match self.add_pages(request, "", &mut all) {
            Ok(()) => {
                let title = all["flamegraph"]["title"].as_str().unwrap_or("goperf");
                Response::html(200, exported(title, &json!({ "pages": all })))
                    .with("content-disposition", "attachment;filename=profile.html")
            }
            Err(error) => Response::text(400, format!("{error}\n")),
        }
    }

    /// Adds the pages that need no server, by view and what follows its name.
    fn add_pages(
        &self,
        request: &Request,
        tail: &str,
        all: &mut serde_json::Map<String, Value>,
    ) -> Result<(), Error> {
        let config = self.config.with_parameters(&request.query)?;
        let (objects, shown) = (ObjectFiles::default(), self.shown(request, &config)?);
        let pages = self.pages(&objects, shown.get());
        for view in ["flamegraph", "top", "graph", "labels"] {
            if view == "labels" && !self.has_labels() {
                continue;
            }
            let Some(report) = reports::find(view) else {
                continue;
            };
            let mut remarks = Vec::new();
            let data = reports::data(report, pages, &config, request, &mut remarks)?;
            let mut page = self.page(view, &config, data, &remarks, pages);
            if let Value::Object(page) = &mut page {
                // A file asks nobody for anything.
                page.retain(|name, _| !matches!(name.as_str(), "token" | "pool" | "live"));
            }
            all.insert(format!("{view}{tail}"), page);
        }
        Ok(())
    }

    /// Adds the pages of each sample type, the default one under the names of its views alone. A type whose reports
    /// cannot be made is left out.
    pub(crate) fn add_all_pages(&self, all: &mut serde_json::Map<String, Value>) {
        self.add_pages(&Request::get("/ui/"), "", all).ok();
        let default = all
            .get("flamegraph")
            .map(|it| it["data"]["header"]["type"].clone());
        for name in self.types() {
            if default.as_ref().is_some_and(|it| *it == name) {
                continue;
            }
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("si", &name)
                .finish();
            let request = Request::get(&format!("/ui/?{query}"));
            self.add_pages(&request, &format!(":{name}"), all).ok();
        }
    }

    /// Saves or deletes options. As only a POST of our own page or of a program may.
    fn change_saved(&self, what: &str, request: &Request) -> Response {
        if !request.is_post {
            let text = format!("/ui/{what} changes the settings file: use POST\n");
            return Response::text(405, text);
        }
        let objects = ObjectFiles::default();
        let pages = self.pages(&objects, &self.first);
        let name = request.parameter("config");
        let done = if what == "saveconfig" {
            let config = self.config.with_parameters(&request.query);
            config.and_then(|config| pages.save(name, &config))
        } else {
            pages.delete(name)
        };
        match done {
            Ok(()) => Response::text(200, "OK\n"),
            Err(error) => Response::text(400, format!("{error}\n")),
        }
    }
}
