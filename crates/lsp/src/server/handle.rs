//! Requests and notifications of the client.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lsp_server::{ErrorCode, Request, RequestId};
use lsp_types::{
    CodeActionParams, CodeLensParams, DidChangeTextDocumentParams, DidChangeWatchedFilesParams,
    DidChangeWorkspaceFoldersParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    DidSaveTextDocumentParams, DocumentDiagnosticParams, ExecuteCommandParams, HoverParams,
    InlayHintParams, MessageType, TextDocumentContentChangeEvent, Uri,
};
use project::ProfileSource;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Document, Event, Phase, Server, Waiting};
use crate::analyst::Task;
use crate::client::{Abilities, Asked};
use crate::jobs::{Attached, Place};
use crate::settings::Settings;
use crate::text::{Encoding, Text};
use crate::uri::path_of;
use crate::{actions, commands, diagnostics, explanation, hints, hover, lenses};

/// What the lines of a file cost, for clients that draw it themselves: `{ textDocument }` → `[{ line, share, label,
/// tooltip }]`, the line from 0, the share of the resource that it takes most of.
const HEAT: &str = "goperf/heat";
/// The progress of a comparison.
const COMPARISON: &str = "goperf/comparison";

/// A profile may be given as an argument of a command or in a list.
fn texts(values: &[Value]) -> Vec<String> {
    let flat = values.iter().flat_map(|it| match it {
        Value::Array(inner) => inner.iter().collect(),
        other => vec![other],
    });
    flat.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The file of the text document that a request is about.
fn path_in(params: &Value) -> Option<PathBuf> {
    path_of(params.pointer("/textDocument/uri")?.as_str()?)
}

impl<'e> Server<'_, 'e> {
    pub(super) fn initialize(&mut self, request: Request) {
        let params = &request.params;
        self.client.abilities = Abilities::of(params);
        if let Some(options) = params.get("initializationOptions") {
            self.settings = Settings::of(options.get("goperf").unwrap_or(options));
        }
        let folders = params.get("workspaceFolders").and_then(Value::as_array);
        let uris = folders.into_iter().flatten().filter_map(|it| it.get("uri"));
        self.roots = uris.filter_map(|uri| path_of(uri.as_str()?)).collect();
        if self.roots.is_empty() {
            let root = params.get("rootUri").and_then(Value::as_str);
            self.roots.extend(root.and_then(path_of));
        }
        self.phase = Phase::Running;
        self.client.respond(request.id, self.capabilities());
    }

    fn capabilities(&self) -> Value {
        let abilities = self.client.abilities;
        let encoding = match abilities.encoding {
            Encoding::Utf8 => "utf-8",
            Encoding::Utf16 => "utf-16",
        };
        let mut capabilities = json!({
            "positionEncoding": encoding,
            "textDocumentSync": { "openClose": true, "change": 2, "save": {} },
            "inlayHintProvider": true,
            "hoverProvider": true,
            "codeLensProvider": {},
            "codeActionProvider": {
                "codeActionKinds": ["quickfix", "refactor.rewrite", actions::FIX_ALL],
            },
            "executeCommandProvider": { "commands": commands::COMMANDS },
            "workspace": { "workspaceFolders": { "supported": true, "changeNotifications": true } },
        });
        if abilities.pulls_diagnostics {
            capabilities["diagnosticProvider"] = json!({
                "identifier": "goperf",
                "interFileDependencies": true,
                "workspaceDiagnostics": false,
            });
        }
        json!({
            "capabilities": capabilities,
            "serverInfo": { "name": "goperf", "version": env!("CARGO_PKG_VERSION") },
        })
    }

    pub(super) fn notification(&mut self, method: &str, params: Value) {
        match method {
            "initialized" => self.initialized(),
            "textDocument/didOpen" => self.with(method, params, Self::opened),
            "textDocument/didChange" => self.with(method, params, Self::changed),
            "textDocument/didSave" => self.with(method, params, |this, it| this.saved(&it)),
            "textDocument/didClose" => self.with(method, params, Self::closed),
            "workspace/didChangeWatchedFiles" => {
                self.with(method, params, |this, it| this.watched(&it));
            }
            "workspace/didChangeConfiguration" => self.configured(&params),
            "workspace/didChangeWorkspaceFolders" => {
                self.with(method, params, |this, it| this.folders(&it));
            }
            "$/cancelRequest" => self.cancel_request(&params),
            // Others are for servers that know more of the protocol.
            _ => {}
        }
    }

    /// Hands parameters over that have the form of the protocol.
    fn with<P: DeserializeOwned>(
        &mut self,
        method: &str,
        params: Value,
        handle: impl FnOnce(&mut Self, P),
    ) {
        match serde_json::from_value(params) {
            Ok(params) => handle(self, params),
            Err(error) => tracing::warn!("{method}: {error}"),
        }
    }

    fn initialized(&mut self) {
        if self.client.abilities.registers_watchers {
            let globs = ["**/*.go", "**/go.mod", "**/go.work", "**/goperf.toml"];
            let watchers: Vec<Value> = (globs.iter())
                .map(|glob| json!({ "globPattern": glob }))
                .collect();
            let registration = json!({ "registrations": [{
                "id": "goperf/watch",
                "method": "workspace/didChangeWatchedFiles",
                "registerOptions": { "watchers": watchers },
            }]});
            (self.client).ask("client/registerCapability", registration, Asked::Nothing);
        }
        if self.client.abilities.configuration {
            self.ask_configuration();
        } else {
            self.attach_settings();
        }
    }

    fn ask_configuration(&mut self) {
        let params = json!({ "items": [{ "section": "goperf" }] });
        (self.client).ask("workspace/configuration", params, Asked::Configuration);
    }

    pub(super) fn answered(&mut self, asked: Asked, result: &Value) {
        if asked == Asked::Configuration {
            // A client without such a section says `null`: what it gave at the start holds.
            match result.get(0) {
                Some(section) if section.is_object() => self.set(Settings::of(section)),
                _ => self.attach_settings(),
            }
        }
    }

    fn configured(&mut self, params: &Value) {
        match params.pointer("/settings/goperf") {
            Some(section) if section.is_object() => self.set(Settings::of(section)),
            _ if self.client.abilities.configuration => self.ask_configuration(),
            _ => {}
        }
    }

    fn set(&mut self, settings: Settings) {
        let profiles = |it: &Settings| (it.cpu_profiles.clone(), it.mem_profiles.clone());
        let is_same = profiles(&settings) == profiles(&self.settings);
        let compiles = settings.on_save && !self.settings.on_save;
        self.settings = settings;
        let dirs: Vec<PathBuf> = self.packages.keys().cloned().collect();
        for dir in &dirs {
            self.read_config(dir);
            if let Some(state) = self.packages.get_mut(dir) {
                state.needs_check = true;
            }
            self.publish(dir);
        }
        if !is_same || self.attached.profiles.is_empty() {
            self.attach_settings();
        }
        if compiles {
            self.compile_all();
        }
        self.refresh();
    }

    /// Attaches the profiles that the settings name, or those that the project names.
    fn attach_settings(&mut self) {
        let (mut cpu, mut mem) = (
            self.settings.cpu_profiles.clone(),
            self.settings.mem_profiles.clone(),
        );
        let root = self
            .roots
            .first()
            .filter(|_| cpu.is_empty() && mem.is_empty());
        let config = root.and_then(|root| project::find_config(self.system, root, None).ok());
        if let Some(config) = config {
            let below = |name: &String| match ProfileSource::from(PathBuf::from(name)) {
                ProfileSource::File(path) => config.root().join(path).display().to_string(),
                ProfileSource::Service(url) => url,
            };
            cpu = config.cpu_profiles.iter().map(below).collect();
            mem = config.mem_profiles.iter().map(below).collect();
        }
        if !cpu.is_empty() || !mem.is_empty() {
            self.attach(None, cpu, mem);
        }
    }

    fn attach(&mut self, id: Option<RequestId>, cpu: Vec<String>, mem: Vec<String>) {
        let dir = self.roots.first().cloned();
        let dir = dir.or_else(|| self.packages.keys().next().cloned());
        let dir = dir.unwrap_or_else(|| PathBuf::from("/"));
        let place = self.place_for_job(&dir, self.cancel.child());
        if let Some(id) = &id {
            self.jobs.insert(id.clone(), place.cancel.clone());
        }
        self.spawn(move || {
            let attached = place.attach(&cpu, &mem);
            let result = attached.map(|attached| {
                let count = attached.profiles.len();
                let noun = if count == 1 { "profile" } else { "profiles" };
                (attached, format!("attached {count} {noun}"))
            });
            Event::Attached { id, result }
        });
    }

    pub(super) fn attached(
        &mut self,
        id: Option<RequestId>,
        result: Result<(Attached, String), String>,
    ) {
        self.client.end_progress("goperf/benchmark");
        // A request that was cancelled is answered, and changes nothing.
        if id.as_ref().is_some_and(|id| self.jobs.remove(id).is_none()) {
            return;
        }
        match result {
            Ok((attached, summary)) => {
                self.attached = attached;
                self.compile_all();
                if let Some(id) = id {
                    self.client
                        .show(MessageType::Info, format!("goperf: {summary}"));
                    self.client.respond(id, summary);
                }
            }
            Err(why) => {
                self.client
                    .show(MessageType::Error, format!("goperf: {why}"));
                if let Some(id) = id {
                    self.client.refuse(id, ErrorCode::RequestFailed, why);
                }
            }
        }
    }

    fn opened(&mut self, params: DidOpenTextDocumentParams) {
        let item = params.text_document;
        let Some(path) = path_of(item.uri.as_ref()) else {
            return;
        };
        let is_go = path.extension().is_some_and(|extension| extension == "go");
        let Some(dir) = path.parent().map(Path::to_owned).filter(|_| is_go) else {
            return;
        };
        let text = Text::new(item.text);
        self.send(Task::Edit {
            path: path.clone(),
            text: Some(Arc::from(text.src.as_bytes())),
        });
        let document = Document {
            version: item.version,
            opened: Arc::clone(&text.src),
            text,
        };
        self.documents.insert(path, document);
        self.open_package(&dir);
    }

    fn changed(&mut self, params: DidChangeTextDocumentParams) {
        let identifier = &params.text_document;
        let path = path_of(identifier.text_document_identifier.uri.as_ref());
        let encoding = self.client.abilities.encoding;
        let found = path.and_then(|path| Some((self.documents.get_mut(&path)?, path)));
        let Some((document, path)) = found else {
            return;
        };
        for change in params.content_changes {
            document.text = match change {
                TextDocumentContentChangeEvent::TextDocumentContentChangePartial(part) => {
                    document.text.edited(part.range, &part.text, encoding)
                }
                TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => {
                    Text::new(whole.text)
                }
            };
        }
        document.version = identifier.version;
        let text = Some(Arc::from(document.text.src.as_bytes()));
        let dir = path.parent().map(Path::to_owned).unwrap_or_default();
        self.send(Task::Edit { path, text });
        if let Some(state) = self.packages.get_mut(&dir) {
            state.needs_check = true;
        }
    }

    fn saved(&mut self, params: &DidSaveTextDocumentParams) {
        let Some(path) = path_of(params.text_document.uri.as_ref()) else {
            return;
        };
        let Some(dir) = path.parent().map(Path::to_owned) else {
            return;
        };
        self.compile(&dir);
        // Packages that import this one see the change.
        self.changed_on_disk(&BTreeSet::from([path]), Some(&dir));
    }

    fn closed(&mut self, params: DidCloseTextDocumentParams) {
        let Some(path) = path_of(params.text_document.uri.as_ref()) else {
            return;
        };
        if self.documents.remove(&path).is_none() {
            return;
        }
        self.send(Task::Edit {
            path: path.clone(),
            text: None,
        });
        if !self.client.abilities.pulls_diagnostics {
            let params = lsp_types::PublishDiagnosticsParams {
                uri: params.text_document.uri,
                version: None,
                diagnostics: Vec::new(),
            };
            (self.client).notify("textDocument/publishDiagnostics", params);
        }
        let Some(dir) = path.parent().map(Path::to_owned) else {
            return;
        };
        let mut others = self.documents.keys();
        if others.any(|other| other.parent() == Some(&dir)) {
            self.read_config(&dir);
            if let Some(state) = self.packages.get_mut(&dir) {
                state.needs_check = true;
            }
        } else {
            self.close_package(&dir);
        }
    }

    fn watched(&mut self, params: &DidChangeWatchedFilesParams) {
        let paths = params.changes.iter();
        let paths = paths.filter_map(|change| path_of(change.uri.as_ref()));
        // What is open here counts as it is here.
        let paths: BTreeSet<PathBuf> = paths
            .filter(|path| !self.documents.contains_key(path))
            .collect();
        if paths.is_empty() {
            return;
        }
        if paths
            .iter()
            .any(|path| path.ends_with(project::CONFIG_NAME))
        {
            let dirs: Vec<PathBuf> = self.packages.keys().cloned().collect();
            for dir in &dirs {
                self.read_config(dir);
            }
        }
        self.changed_on_disk(&paths, None);
    }

    /// Files have changed on the machine. `known`: the folder that has been looked at for it already.
    fn changed_on_disk(&mut self, paths: &BTreeSet<PathBuf>, known: Option<&Path>) {
        self.send(Task::Changed(paths.clone()));
        for (dir, state) in &mut self.packages {
            if Some(dir.as_path()) != known {
                state.needs_check = true;
            }
        }
    }

    fn folders(&mut self, params: &DidChangeWorkspaceFoldersParams) {
        let path = |uri: &Uri| path_of(uri.as_ref());
        let removed = params.event.removed.iter();
        let removed: BTreeSet<PathBuf> = removed.filter_map(|it| path(&it.uri)).collect();
        self.roots.retain(|root| !removed.contains(root));
        let added = params.event.added.iter().filter_map(|it| path(&it.uri));
        self.roots.extend(added);
    }

    fn cancel_request(&mut self, params: &Value) {
        let id = params.get("id").cloned().unwrap_or_default();
        let Ok(id) = serde_json::from_value::<RequestId>(id) else {
            return;
        };
        let at = self.waiting.iter().position(|it| it.request.id == id);
        if let Some(at) = at {
            let waiting = self.waiting.remove(at);
            let code = ErrorCode::RequestCanceled;
            self.client.refuse(waiting.request.id, code, "cancelled");
        } else if let Some(work) = self.jobs.remove(&id) {
            work.cancel();
            let code = ErrorCode::RequestCanceled;
            self.client.refuse(id, code, "cancelled");
        }
    }

    pub(super) fn dispatch(&mut self, request: Request) {
        match request.method.as_str() {
            "textDocument/inlayHint"
            | "textDocument/hover"
            | "textDocument/codeLens"
            | "textDocument/codeAction"
            | "textDocument/diagnostic"
            | HEAT => {
                if let Some(path) = path_in(&request.params) {
                    self.waiting.push(Waiting { request, path });
                } else {
                    let why = "the parameters name no file";
                    (self.client).refuse(request.id, ErrorCode::InvalidParams, why);
                }
            }
            "workspace/executeCommand" => self.execute(request),
            method => {
                let why = format!("no method `{method}`");
                (self.client).refuse(request.id, ErrorCode::MethodNotFound, why);
            }
        }
    }

    /// Answers the requests about texts of which everything is known.
    pub(super) fn answer_waiting(&mut self) {
        let (ready, waiting): (Vec<Waiting>, Vec<Waiting>) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|it| self.is_settled(&it.path));
        self.waiting = waiting;
        for Waiting { request, path } in ready {
            match self.answer(&request, &path) {
                Ok(result) => self.client.respond(request.id, result),
                Err(error) => {
                    let why = error.to_string();
                    (self.client).refuse(request.id, ErrorCode::InvalidParams, why);
                }
            }
        }
    }

    fn answer(&self, request: &Request, path: &Path) -> Result<Value, serde_json::Error> {
        let params = request.params.clone();
        let Some(view) = self.view(path) else {
            return Ok(match request.method.as_str() {
                "textDocument/diagnostic" => json!({ "kind": "full", "items": [] }),
                _ => Value::Null,
            });
        };
        match request.method.as_str() {
            "textDocument/inlayHint" => {
                let params: InlayHintParams = serde_json::from_value(params)?;
                serde_json::to_value(hints::hints(&view, params.range))
            }
            "textDocument/hover" => {
                let params: HoverParams = serde_json::from_value(params)?;
                let position = params.text_document_position_params.position;
                serde_json::to_value(hover::hover(&view, position))
            }
            "textDocument/codeLens" => {
                let _: CodeLensParams = serde_json::from_value(params)?;
                serde_json::to_value(lenses::lenses(&view))
            }
            HEAT => serde_json::to_value(hints::heat_lines(&view)),
            "textDocument/codeAction" => {
                let params: CodeActionParams = serde_json::from_value(params)?;
                let only = params.context.only.as_deref();
                let texts = |path: &Path| self.text(path);
                let found = actions::actions(&view, params.range, only, &texts);
                serde_json::to_value(found)
            }
            _ => {
                let _: DocumentDiagnosticParams = serde_json::from_value(params)?;
                let items = diagnostics::diagnostics(&view);
                Ok(json!({ "kind": "full", "items": items }))
            }
        }
    }

    /// The text of a file, open or on the machine.
    fn text(&self, path: &Path) -> Option<Text> {
        if let Some(document) = self.documents.get(path) {
            return Some(document.text.clone());
        }
        Some(Text::new(self.system.read_to_string(path).ok()?))
    }

    fn execute(&mut self, request: Request) {
        let id = request.id;
        let params: ExecuteCommandParams = match serde_json::from_value(request.params) {
            Ok(params) => params,
            Err(error) => {
                (self.client).refuse(id, ErrorCode::InvalidParams, error.to_string());
                return;
            }
        };
        let arguments = params.arguments.unwrap_or_default();
        let path = arguments.first().and_then(Value::as_str).and_then(path_of);
        let number = arguments.get(1).and_then(Value::as_u64);
        let line = number.and_then(|line| u32::try_from(line).ok());
        let name = arguments.get(1).and_then(Value::as_str);
        match (params.command.as_str(), path, line, name) {
            (commands::EXPLAIN, Some(path), Some(line), _) => self.explain(id, path, line),
            (commands::REORDER, Some(path), Some(line), _) => self.reorder(id, &path, line),
            (commands::BENCHMARK, Some(path), _, Some(name)) => self.benchmark(id, &path, name),
            (commands::COMPARE, Some(path), _, Some(name)) => {
                let revision = arguments.get(2).and_then(Value::as_str);
                self.compare(id, &path, name, revision);
            }
            (commands::ATTACH, ..) => {
                let names = texts(&arguments);
                self.attach(Some(id), names, Vec::new());
            }
            (commands::DETACH, ..) => {
                self.attached = Attached::default();
                self.compile_all();
                self.client.respond(id, Value::Null);
            }
            (command, ..) if commands::COMMANDS.contains(&command) => {
                let why = format!("`{command}` takes other arguments");
                (self.client).refuse(id, ErrorCode::InvalidParams, why);
            }
            (command, ..) => {
                let why = format!("no command `{command}`");
                (self.client).refuse(id, ErrorCode::InvalidParams, why);
            }
        }
    }

    fn explain(&mut self, id: RequestId, path: PathBuf, line: u32) {
        let dir = path.parent().map(Path::to_owned).unwrap_or_default();
        let place = self.place_for_job(&dir, self.cancel.child());
        let root = self
            .roots
            .iter()
            .find(|root| path.starts_with(root))
            .cloned();
        self.jobs.insert(id.clone(), place.cancel.clone());
        self.spawn(move || {
            let report = place.explain(&path, line);
            let result = report
                .map(|report| explanation::explanation(&report, &path, line, root.as_deref()));
            Event::Explained { id, result }
        });
    }

    pub(super) fn explained(&mut self, id: RequestId, result: Result<String, String>) {
        if self.jobs.remove(&id).is_none() {
            return;
        }
        match result {
            Ok(text) => {
                self.client.show(MessageType::Info, text.clone());
                self.client.respond(id, text);
            }
            Err(why) => self.client.refuse(id, ErrorCode::RequestFailed, why),
        }
    }

    fn reorder(&mut self, id: RequestId, path: &Path, line: u32) {
        let edit = self
            .view(path)
            .and_then(|view| actions::reorder_edit(&view, line));
        if let Some(edit) = edit {
            let params = json!({ "label": "goperf: reorder fields", "edit": edit });
            (self.client).ask("workspace/applyEdit", params, Asked::Nothing);
            self.client.respond(id, Value::Null);
        } else {
            let why = "there is no better order of the fields on this line";
            (self.client).refuse(id, ErrorCode::RequestFailed, why);
        }
    }

    /// Where a benchmark runs, which is what is saved; `None` if the name is none, which is answered.
    fn place_for_benchmark(
        &mut self,
        id: &RequestId,
        path: &Path,
        name: &str,
    ) -> Option<Place<'e>> {
        let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_');
        if !is_name {
            let why = format!("`{name}` is not a benchmark");
            (self.client).refuse(id.clone(), ErrorCode::InvalidParams, why);
            return None;
        }
        let dir = path.parent().map(Path::to_owned).unwrap_or_default();
        let mut place = self.place_for_job(&dir, self.cancel.child());
        place.unsaved = Arc::default();
        place.request.tests = true;
        self.jobs.insert(id.clone(), place.cancel.clone());
        Some(place)
    }

    /// Compares a benchmark with a revision, which is that of the settings if none is named.
    fn compare(&mut self, id: RequestId, path: &Path, name: &str, revision: Option<&str>) {
        let Some(place) = self.place_for_benchmark(&id, path, name) else {
            return;
        };
        let revision = revision.unwrap_or(&self.settings.compare_with).to_owned();
        let title = format!("goperf: comparing {name} with {revision}");
        self.client.begin_progress(COMPARISON, &title);
        let name = name.to_owned();
        self.spawn(move || Event::Compared {
            id,
            result: place.compare(&name, &revision),
        });
    }

    pub(super) fn compared(&mut self, id: RequestId, result: Result<String, String>) {
        self.client.end_progress(COMPARISON);
        if let Err(why) = &result
            && self.jobs.contains_key(&id)
        {
            (self.client).show(MessageType::Error, format!("goperf: {why}"));
        }
        self.explained(id, result);
    }

    fn benchmark(&mut self, id: RequestId, path: &Path, name: &str) {
        let Some(place) = self.place_for_benchmark(&id, path, name) else {
            return;
        };
        let (name, benchtime) = (name.to_owned(), self.settings.benchtime.clone());
        let title = format!("goperf: running {name}");
        self.client.begin_progress("goperf/benchmark", &title);
        self.spawn(move || Event::Attached {
            id: Some(id),
            result: place.benchmark(&name, &benchtime),
        });
    }
}
