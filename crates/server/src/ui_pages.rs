//! `goperf ui`: the sources that a check looked at, its findings, and the profiles behind both.

mod benchmarks;
mod code;
mod contracts;
mod export;
mod fixes;
mod instructions;
mod leaks;
mod results;
mod structs;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use base::{Cancellation, System};
use diag::PathNames;
use jiff::tz::TimeZone;
use lint::Resource;
use pprof::Loaded;
use project::sources::SourcesReport;
use project::{ChosenFixError, ChosenFixes, Workspace};
use serde_json::{Value, json};

pub use self::benchmarks::Benchmarks;
use self::leaks::InSource;
pub use self::leaks::{Leaks, LiveWatch};
use self::results::Results;
use self::structs::Structs;
use crate::browser;
use crate::guard::token;
use crate::message::{Accept, Request, Response};
use crate::page::{document, exported};
use crate::pprof_pages::PprofSite;
use crate::serve::{Address, ServeError, Site, Upload, serve};

/// What is shown.
pub struct Work<'a> {
    pub system: &'a dyn System,
    /// Empty without a workspace.
    pub report: SourcesReport,
    /// Of the same kind put together: CPU and memory.
    pub profiles: Vec<Loaded>,
    /// The packages that were checked, and where files are written; none where nothing was checked.
    pub workspace: Option<&'a Workspace<'a>>,
    pub leaks: Leaks<'a>,
    pub benchmarks: Benchmarks,
    pub names: &'a PathNames,
    /// What was looked at, in words.
    pub title: String,
    /// Lines about the run, such as which benchmarks were measured.
    pub about: Vec<String>,
}

impl<'a> Work<'a> {
    /// Nothing but where it is shown from.
    pub fn of_nothing(system: &'a dyn System, names: &'a PathNames) -> Self {
        Self {
            system,
            report: SourcesReport::default(),
            profiles: Vec::new(),
            workspace: None,
            leaks: Leaks::default(),
            benchmarks: Benchmarks::default(),
            names,
            title: String::new(),
            about: Vec::new(),
        }
    }
}

/// The pages of a work.
pub struct UiSite<'a> {
    work: Work<'a>,
    /// The pages of the profiles; none without profiles.
    profiles: Option<PprofSite<'a>>,
    /// What a request that writes has to know: other sites cannot read the page that holds it.
    token: String,
    /// The fixes that were applied.
    chosen: Mutex<ChosenFixes>,
    in_source: InSource,
    structs: Structs,
    results: Results,
}

/// Most bytes of a file of results that the page sends.
const MAX_RESULTS: usize = 16 << 20;

impl<'a> UiSite<'a> {
    pub fn new(mut work: Work<'a>) -> Self {
        let profiles = std::mem::take(&mut work.profiles);
        let extra = json!({
            "site": "ui",
            "work": work.title,
            "findings": work.report.check.findings.len(),
            "views": views(&work),
        });
        let token = token();
        let mut profiles = profiles.into_iter();
        let profiles = profiles.next().map(|first| {
            PprofSite::of_work(
                first,
                profiles.collect(),
                work.system,
                TimeZone::try_system().unwrap_or(TimeZone::UTC),
                extra,
                token.clone(),
            )
        });
        let chosen = ChosenFixes::new(std::mem::take(&mut work.report.own_folders));
        Self {
            work,
            profiles,
            token,
            chosen: Mutex::new(chosen),
            in_source: InSource::default(),
            structs: Structs::default(),
            results: Results::default(),
        }
    }

    /// Serves the pages until the run is cancelled. `said` is told the address.
    pub fn serve(
        &self,
        address: Address,
        opens_browser: bool,
        cancel: &Cancellation,
        said: &mut dyn FnMut(&str),
    ) -> Result<(), ServeError> {
        let url = address.url();
        let (first, system) = (self.first(), self.work.system);
        said(&url);
        std::thread::scope(|scope| {
            if opens_browser {
                scope.spawn(move || browser::open(&format!("{url}/ui/{first}"), system));
            }
            serve(address, self, cancel)
        })
    }

    /// All pages as one file that needs neither a server nor a network.
    pub fn html(&self) -> String {
        exported(&self.work.title, &export::pages(self))
    }

    /// The page to begin with: the findings, or the sources where there are none; without packages the first page that
    /// there is.
    fn first(&self) -> &'static str {
        let views = views(&self.work);
        if views.first() == Some(&"findings") && self.work.report.check.findings.is_empty() {
            return "code";
        }
        views.first().copied().unwrap_or("flamegraph")
    }

    /// Which resources were measured, in the order of columns.
    fn resources(&self) -> Vec<Resource> {
        self.work.report.check.measured().collect()
    }

    fn page(&self, view: &str, data: Value) -> Value {
        let types = self
            .profiles
            .as_ref()
            .map(PprofSite::types)
            .unwrap_or_default();
        let mut page = json!({
            "site": "ui",
            "view": view,
            "title": self.work.title,
            "work": self.work.title,
            "findings": self.work.report.check.findings.len(),
            "views": views(&self.work),
            "sources": self.work.about,
            "types": types,
            "hasLabels": self.profiles.as_ref().is_some_and(PprofSite::has_labels),
            "parameters": {},
            "saved": [],
            "remarks": [],
            "token": self.token,
        });
        page["data"] = data;
        page
    }

    fn answer_page(&self, view: &str, request: &Request) -> Response {
        let data = match view {
            "findings" => Ok(code::findings(self)),
            "leaks" => Ok(leaks::page(self)),
            "benchmarks" => self.benchmarks(request),
            "contracts" => Ok(contracts::page(self)),
            _ => code::file(self, request.parameter("file")),
        };
        let (status, page) = match data {
            Ok(data) => (200, self.page(view, data)),
            Err(text) => {
                let mut page = self.page(view, Value::Null);
                page["error"] = text.into();
                (404, page)
            }
        };
        match request.accept {
            Accept::Json => Response::json(status, &page),
            Accept::Html | Accept::Text => {
                Response::html(status, document(&self.work.title, &page))
            }
        }
    }

    /// Benchmarks over time and compared: as the command line asked, or two files that were brought to the page.
    fn benchmarks(&self, request: &Request) -> Result<Value, String> {
        let mut page = benchmarks::page(&self.work.benchmarks);
        let sides = [request.parameter("old"), request.parameter("new")];
        if sides.iter().all(|it| !it.is_empty()) {
            page["comparison"] = self.results.compare(sides[0], sides[1])?;
        }
        page["files"] = self.results.list();
        Ok(page)
    }

    /// Keeps a file of results that the page brings; the answer is its number.
    fn take_results(&self, request: &Request) -> Response {
        if !request.is_post || request.token != self.token {
            let text = "permission denied: only the page of this run may bring files";
            return Response::text(403, text);
        }
        let name = match request.parameter("name") {
            "" => "results",
            name => name,
        };
        match self.results.add(name, &request.body) {
            Ok(id) => Response::json(200, &json!({ "id": id })),
            Err(text) => Response::text(400, text),
        }
    }

    /// Applies the fix of a finding, or takes it back.
    fn apply(&self, request: &Request, undo: bool) -> Response {
        if !request.is_post || request.token != self.token {
            let text = "permission denied: only the page of this run may change files";
            return Response::text(403, text);
        }
        let findings = &self.work.report.check.findings;
        let index = request.parameter("finding").parse::<usize>().ok();
        let fix = index.and_then(|index| Some((index, findings.get(index)?.fix.as_ref()?)));
        let Some((index, fix)) = fix else {
            return Response::text(404, "no such fix");
        };
        let checked = |path: &Path| {
            let file = self.work.report.files.iter().find(|it| it.path == path);
            file.map(|it| it.text.as_str())
        };
        let Some(workspace) = self.work.workspace else {
            return Response::text(404, "no such fix");
        };
        let mut chosen = self.chosen.lock().unwrap_or_else(PoisonError::into_inner);
        let done = if undo {
            chosen.take_back(workspace, index, &checked)
        } else {
            chosen.make(workspace, index, fix, &checked)
        };
        if let Err(error) = done {
            let remedy = match error {
                ChosenFixError::Write(_) => ": run goperf ui again",
                _ => "",
            };
            return Response::text(409, format!("{error}{remedy}"));
        }
        Response::text(200, "OK\n")
    }

    /// The structs of a file, for the source page.
    fn layout(&self, request: &Request) -> Response {
        let file = code::find(self, request.parameter("file"));
        let found = match file {
            Some(file) => structs::of_file(self, &file.path),
            None => return Response::text(404, "no such file"),
        };
        match found {
            Ok(found) => Response::json(200, &found),
            Err(text) => Response::text(500, text),
        }
    }

    fn no_profile(&self) -> Response {
        let mut page = self.page("error", Value::Null);
        page["error"] =
            "there is no profile: give one with --cpu-profile or --mem-profile, or run benchmarks \
                         with --bench"
                .into();
        Response::html(404, document(&self.work.title, &page))
    }

    fn display(&self, path: &Path) -> String {
        self.work.names.show(path)
    }
}

/// The pages that there are besides those of profiles, in the order of their links.
fn views(work: &Work<'_>) -> Vec<&'static str> {
    let mut views = Vec::new();
    if work.workspace.is_some() {
        views.extend(["findings", "code"]);
    }
    if !work.leaks.is_empty() {
        views.push("leaks");
    }
    // With packages the page says how to get a comparison or a history.
    if !work.benchmarks.is_empty() || work.workspace.is_some() {
        views.push("benchmarks");
    }
    if work.workspace.is_some() {
        views.push("contracts");
    }
    views
}

impl Site for UiSite<'_> {
    fn answer(&self, request: &Request) -> Response {
        let Some(view) = request.path.strip_prefix("/ui/") else {
            return Response::redirect(307, "/ui/", request);
        };
        match (view, &self.profiles) {
            ("", _) => Response::redirect(307, &format!("/ui/{}", self.first()), request),
            ("code" | "findings" | "leaks" | "benchmarks" | "contracts", _) => {
                self.answer_page(view, request)
            }
            ("layout", _) => self.layout(request),
            ("instructions", _) => instructions::answer(self, request),
            ("apply", _) => self.apply(request, false),
            ("undo", _) => self.apply(request, true),
            ("results", _) => self.take_results(request),
            ("rule", _) => match lint::rules::find(request.parameter("id")) {
                Some(rule) => Response::text(200, rule.doc),
                None => Response::text(404, "no such rule"),
            },
            (_, Some(profiles)) => profiles.answer(request),
            (_, None) => {
                let asset = view.strip_prefix("assets/");
                let asset = asset.and_then(|it| crate::assets::find(it, request));
                asset.unwrap_or_else(|| self.no_profile())
            }
        }
    }

    fn uploads(&self) -> Vec<Upload> {
        let mut uploads = vec![Upload {
            path: "/ui/results",
            token: self.token.clone(),
            max_body: MAX_RESULTS,
        }];
        uploads.extend(self.profiles.iter().flat_map(PprofSite::uploads));
        uploads
    }
}
