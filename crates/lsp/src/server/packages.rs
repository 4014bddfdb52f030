//! What is known of the folders with open files, and the questions that are under way.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::Cancellation;
use base::system::Unsaved;
use lint::CheckOptions;
use project::source_facts::SourceFacts;
use project::{KnownCosts, PackageRequest, find_config};
use serde_json::json;

use super::{Document, Event, Server};
use crate::analyst::{Check, Task, Typed};
use crate::jobs::{Compiled, Place};
use crate::line_map::LineMap;
use crate::view::{CompiledView, FileView, KeptVerdicts};

/// A folder with open files.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a question of its own"
)]
pub(super) struct PackageState {
    /// What is known of the texts as they are typed.
    pub(super) typed: Option<SourceFacts>,
    /// The versions that it holds for.
    pub(super) versions: BTreeMap<PathBuf, i32>,
    /// Why nothing is known.
    pub(super) problem: Option<String>,
    /// What the compiler said when it was last asked.
    pub(super) compiled: Option<Compiled>,
    /// Verdicts that were known at some time.
    pub(super) kept: KeptVerdicts,
    /// A check is wanted that is not under way.
    pub(super) needs_check: bool,
    check: Option<Cancellation>,
    compile: Option<(u64, Cancellation)>,
    has_asked_costs: bool,
    is_modelled: bool,
    options: Arc<CheckOptions>,
    request: PackageRequest,
    /// No answer has come yet.
    is_first: bool,
}

impl Server<'_, '_> {
    /// A file of the folder was opened.
    pub(super) fn open_package(&mut self, dir: &Path) {
        let is_new = !self.packages.contains_key(dir);
        if is_new {
            if self.loading == 0 {
                self.client
                    .begin_progress("goperf/load", "goperf: loading packages");
            }
            self.loading += 1;
        }
        let state = self.packages.entry(dir.to_owned()).or_default();
        state.is_first |= is_new;
        state.needs_check = true;
        let is_first = state.is_first;
        self.read_config(dir);
        // What is known without the compiler comes first; then it has the processors to itself.
        if !is_first {
            self.compile(dir);
        }
    }

    /// Reads what the project has decided about checks.
    pub(super) fn read_config(&mut self, dir: &Path) {
        let config = match find_config(self.system, dir, None) {
            Ok(config) => config,
            Err(error) => {
                let message = base::full_message(&error);
                self.client.show(lsp_types::MessageType::Warning, message);
                project::Config::default()
            }
        };
        let mut documents = self.documents.keys();
        let is_test = |path: &PathBuf| {
            path.parent() == Some(dir) && path.to_string_lossy().ends_with("_test.go")
        };
        let tests = documents.any(is_test);
        let tags = self.settings.tags.clone().or_else(|| config.tags.clone());
        if let Some(state) = self.packages.get_mut(dir) {
            state.options = Arc::new(config.options(false));
            state.request = PackageRequest {
                tags,
                tests,
                ..PackageRequest::default()
            };
        }
    }

    /// The last file of the folder was closed.
    pub(super) fn close_package(&mut self, dir: &Path) {
        if let Some(state) = self.packages.remove(dir) {
            state.stop();
            self.loaded_first(state.is_first);
            self.send(Task::Close(dir.to_owned()));
        }
    }

    fn loaded_first(&mut self, was_first: bool) {
        if was_first {
            self.loading = self.loading.saturating_sub(1);
            if self.loading == 0 {
                self.client.end_progress("goperf/load");
            }
        }
    }

    pub(super) fn send(&self, task: Task) {
        if self.tasks.send(task).is_err() {
            tracing::error!("the thread that follows edits has ended");
        }
    }

    /// Asks for checks of the folders whose files have changed.
    pub(super) fn check_changed(&mut self) {
        let wanted = self.packages.iter().filter(|(_, it)| it.needs_check);
        let dirs: Vec<PathBuf> = wanted.map(|(dir, _)| dir.clone()).collect();
        for dir in dirs {
            let files = self.versions_of(&dir);
            let cancel = self.cancel.child();
            let Some(state) = self.packages.get_mut(&dir) else {
                continue;
            };
            // The newest edit ends what was asked about older texts.
            if let Some(older) = state.check.replace(cancel.clone()) {
                older.cancel();
            }
            state.needs_check = false;
            let check = Check {
                dir,
                files,
                request: state.request.clone(),
                options: Arc::clone(&state.options),
                cancel,
            };
            self.send(Task::Check(check));
        }
    }

    fn versions_of(&self, dir: &Path) -> BTreeMap<PathBuf, i32> {
        let documents = self.documents.iter();
        let of_dir = documents.filter(|(path, _)| path.parent() == Some(dir));
        of_dir
            .map(|(path, document)| (path.clone(), document.version))
            .collect()
    }

    /// Texts of open files that differ from the machine's.
    pub(super) fn unsaved(&self) -> Arc<Unsaved> {
        let documents = self.documents.iter();
        let changed = documents.filter(|(path, document)| {
            let saved = self.system.read(path);
            saved.map_or(true, |saved| saved != document.text.src.as_bytes())
        });
        let texts = changed.map(|(path, document)| {
            let text: Arc<[u8]> = Arc::from(document.text.src.as_bytes());
            (path.clone(), text)
        });
        Arc::new(texts.collect())
    }
}

impl<'e> Server<'_, 'e> {
    /// Work in a folder, with the texts as they are now.
    pub(super) fn place_for_job(&self, dir: &Path, cancel: Cancellation) -> Place<'e> {
        let request = self.packages.get(dir).map(|it| it.request.clone());
        Place {
            system: self.system,
            options: self.options,
            dir: dir.to_owned(),
            unsaved: self.unsaved(),
            request: request.unwrap_or_default(),
            cancel,
        }
    }

    /// Asks the compiler about a folder; an older question is given up.
    pub(super) fn compile(&mut self, dir: &Path) {
        if !self.settings.on_save {
            return;
        }
        self.generation += 1;
        let generation = self.generation;
        let cancel = self.cancel.child();
        let place = self.place_for_job(dir, cancel.clone());
        let Some(state) = self.packages.get_mut(dir) else {
            return;
        };
        if let Some((_, older)) = state.compile.replace((generation, cancel)) {
            older.cancel();
        }
        let profiles = Arc::clone(&self.attached.profiles);
        self.spawn(move || Event::Compiled {
            generation,
            result: Box::new(place.compile(&profiles)),
            dir: place.dir,
        });
    }

    pub(super) fn compile_all(&mut self) {
        let dirs: Vec<PathBuf> = self.packages.keys().cloned().collect();
        for dir in dirs {
            self.compile(&dir);
        }
    }

    /// Asks what functions of imported packages cost, once for each folder.
    fn ask_costs(&mut self, dir: &Path) {
        let place = self.place_for_job(dir, self.cancel.child());
        let Some(state) = self.packages.get_mut(dir) else {
            return;
        };
        if !std::mem::replace(&mut state.has_asked_costs, true) {
            self.spawn(move || Event::Costs {
                result: place.costs(),
                dir: place.dir,
            });
        }
    }

    pub(super) fn typed(&mut self, typed: Typed) {
        let dir = typed.dir;
        let Some(state) = self.packages.get_mut(&dir) else {
            return;
        };
        let was_first = std::mem::replace(&mut state.is_first, false);
        let is_modelled = typed.facts.as_ref().is_ok_and(|facts| facts.is_modelled);
        state.is_modelled = is_modelled;
        match typed.facts {
            Ok(facts) => {
                for one in &facts.verdicts {
                    let key = (one.path.clone(), one.name.clone());
                    state.kept.insert(key, one.verdict.clone());
                }
                state.typed = Some(facts);
                state.problem = None;
            }
            Err(problem) => {
                tracing::info!("{}: {problem}", dir.display());
                state.typed = None;
                state.problem = Some(problem);
            }
        }
        state.versions = typed.files;
        self.loaded_first(was_first);
        if was_first {
            self.ask_costs(&dir);
            self.compile(&dir);
        }
        self.publish(&dir);
        if is_modelled && std::mem::take(&mut self.refresh_on_next) {
            self.refresh();
        }
    }

    pub(super) fn costs(&mut self, dir: PathBuf, result: Result<KnownCosts, String>) {
        match result {
            Ok(costs) => {
                if let Some(state) = self.packages.get_mut(&dir) {
                    state.needs_check = true;
                    self.send(Task::Costs { dir, costs });
                }
                self.refresh_on_next = true;
            }
            Err(why) => tracing::info!("{}: {why}", dir.display()),
        }
    }

    pub(super) fn compiled(
        &mut self,
        dir: &Path,
        generation: u64,
        result: Result<Compiled, String>,
    ) {
        let Some(state) = self.packages.get_mut(dir) else {
            return;
        };
        let is_newest = (state.compile.as_ref()).is_some_and(|(newest, _)| *newest == generation);
        if !is_newest {
            return;
        }
        state.compile = None;
        match result {
            // What was known of code that compiled is better than nothing.
            Ok(compiled) if compiled.broken.is_some() && state.compiled.is_some() => {}
            Ok(compiled) => state.compiled = Some(compiled),
            Err(why) => tracing::info!("{}: {why}", dir.display()),
        }
        self.publish(dir);
        self.refresh();
    }

    /// Sends the findings of the open files of a folder, where the client does not ask for them.
    pub(super) fn publish(&mut self, dir: &Path) {
        if self.client.abilities.pulls_diagnostics {
            return;
        }
        for (path, version) in self.versions_of(dir) {
            let Some(view) = self.view(&path) else {
                continue;
            };
            let params = lsp_types::PublishDiagnosticsParams {
                uri: crate::uri::uri_of(&path),
                version: Some(version),
                diagnostics: crate::diagnostics::diagnostics(&view),
            };
            self.client
                .notify("textDocument/publishDiagnostics", params);
        }
    }

    /// Lets the client ask again for what may have changed without an edit.
    pub(super) fn refresh(&mut self) {
        use crate::client::Asked::Nothing;
        let null = serde_json::Value::Null;
        let abilities = self.client.abilities;
        if abilities.refreshes_hints {
            (self.client).ask("workspace/inlayHint/refresh", &null, Nothing);
        }
        if abilities.refreshes_lenses {
            (self.client).ask("workspace/codeLens/refresh", &null, Nothing);
        }
        if abilities.pulls_diagnostics && abilities.refreshes_diagnostics {
            (self.client).ask("workspace/diagnostic/refresh", &null, Nothing);
        }
    }

    /// The file with all that is known of it; facts of another version of its text are left out.
    pub(super) fn view<'v>(&'v self, path: &'v Path) -> Option<FileView<'v>> {
        let document: &Document = self.documents.get(path)?;
        let state = self.packages.get(path.parent()?)?;
        let is_current = state.versions.get(path) == Some(&document.version);
        let compiled = state.compiled.as_ref().and_then(|compiled| {
            let file = compiled.report.files.iter().find(|it| it.path == path)?;
            Some(CompiledView {
                file,
                compiled,
                map: LineMap::between(&file.text, &document.text.src),
            })
        });
        Some(FileView {
            path,
            text: &document.text,
            encoding: self.client.abilities.encoding,
            settings: &self.settings,
            opened: LineMap::between(&document.opened, &document.text.src),
            typed: state.typed.as_ref().filter(|_| is_current),
            compiled,
            kept: &state.kept,
        })
    }

    /// Whether nothing more will be known of the text of a file as it is now.
    pub(super) fn is_settled(&self, path: &Path) -> bool {
        let state = path.parent().and_then(|dir| self.packages.get(dir));
        let (Some(document), Some(state)) = (self.documents.get(path), state) else {
            return true;
        };
        state.versions.get(path) == Some(&document.version)
    }

    /// Tells the client how things are, if it wants to know.
    pub(super) fn tell_status(&mut self) {
        if !self.client.abilities.status || self.phase != super::Phase::Running {
            return;
        }
        let states: Vec<&PackageState> = self.packages.values().collect();
        let is_busy = states.iter().any(|it| it.is_first || it.compile.is_some());
        let problems: BTreeSet<&str> = (states.iter())
            .filter_map(|it| it.problem.as_deref())
            .collect();
        let broken = states
            .iter()
            .filter_map(|it| it.compiled.as_ref()?.broken.as_ref());
        let broken: Vec<&str> = broken.map(|it| it.message.as_str()).collect();
        let names: Vec<&str> = (self.attached.profiles.iter())
            .map(|(name, _)| name.as_str())
            .collect();
        let age = self.attached.written.and_then(|written| {
            let age = self.system.now().duration_since(written).ok()?;
            Some(age.as_secs() / 60)
        });
        let state = if !problems.is_empty() {
            "error"
        } else if is_busy {
            "busy"
        } else {
            "ready"
        };
        let status = json!({
            "state": state,
            "problems": problems,
            "broken": broken,
            "engine": if states.iter().any(|it| it.is_modelled) { "native" } else { "compiler" },
            "profiles": names,
            "profileAgeMinutes": age,
        });
        if status != self.last_status {
            self.last_status.clone_from(&status);
            self.client.notify("goperf/status", status);
        }
    }
}

impl PackageState {
    /// Ends all questions under way.
    fn stop(&self) {
        let compile = self.compile.iter().map(|(_, cancel)| cancel);
        compile.chain(&self.check).for_each(Cancellation::cancel);
    }
}
