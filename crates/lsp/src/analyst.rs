//! The thread that follows edits: it owns a session for each folder with open files, takes over their texts, and finds
//! what is known without the compiler.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

use base::system::Unsaved;
use base::{Cancellation, System};
use lint::CheckOptions;
use project::source_facts::{SourceFacts, SourceFactsRequest};
use project::{KnownCosts, PackageRequest, Session, Workspace};

use crate::server::{Event, Options};

/// What the thread is asked for.
#[derive(Debug)]
pub(crate) enum Task {
    /// The text of a file that is open; `None`: it was closed.
    Edit {
        path: PathBuf,
        text: Option<Arc<[u8]>>,
    },
    /// Files that others changed on the machine; empty: anything may have changed.
    Changed(BTreeSet<PathBuf>),
    /// Costs of what the packages of a folder import.
    Costs {
        dir: PathBuf,
        costs: KnownCosts,
    },
    /// No file of the folder is open any more.
    Close(PathBuf),
    Check(Check),
}

/// A question about the open files of one folder.
#[derive(Clone, Debug)]
pub(crate) struct Check {
    pub(crate) dir: PathBuf,
    /// The open files with their versions.
    pub(crate) files: BTreeMap<PathBuf, i32>,
    pub(crate) request: PackageRequest,
    pub(crate) options: Arc<CheckOptions>,
    pub(crate) cancel: Cancellation,
}

/// The answer.
#[derive(Debug)]
pub(crate) struct Typed {
    pub(crate) dir: PathBuf,
    /// The versions of the files that it holds for.
    pub(crate) files: BTreeMap<PathBuf, i32>,
    /// Or why there is none.
    pub(crate) facts: Result<SourceFacts, String>,
}

/// Follows edits until the sender is gone.
pub(crate) fn run<'a>(
    system: &'a dyn System,
    cancel: &'a Cancellation,
    options: &'a Options,
    tasks: &Receiver<Task>,
    events: &Sender<Event>,
) {
    let mut analyst = Analyst {
        system,
        cancel,
        options,
        unsaved: Unsaved::default(),
        followed: BTreeMap::new(),
        costs: BTreeMap::new(),
    };
    while let Ok(first) = tasks.recv() {
        let mut checks: BTreeMap<PathBuf, Check> = BTreeMap::new();
        for task in std::iter::once(first).chain(tasks.try_iter()) {
            match task {
                // The last question about a folder is the one to answer.
                Task::Check(check) => {
                    checks.insert(check.dir.clone(), check);
                }
                task => analyst.take(task),
            }
        }
        for check in checks.into_values() {
            let sent = analyst
                .answer(check)
                .map(|typed| events.send(Event::Typed(Box::new(typed))));
            if matches!(sent, Some(Err(_))) {
                return;
            }
        }
    }
}

struct Analyst<'a> {
    system: &'a dyn System,
    cancel: &'a Cancellation,
    options: &'a Options,
    unsaved: Unsaved,
    followed: BTreeMap<PathBuf, Followed<'a>>,
    costs: BTreeMap<PathBuf, KnownCosts>,
}

/// The packages of a folder.
struct Followed<'a> {
    session: Session<'a>,
    /// Whether its tests are among them.
    tests: bool,
    tags: Option<String>,
    /// Something that it depends on has changed.
    is_behind: bool,
}

impl<'a> Analyst<'a> {
    fn take(&mut self, task: Task) {
        match task {
            Task::Edit { path, text } => {
                let start = self.system.monotonic();
                for followed in self.followed.values_mut() {
                    followed.session.edit(&path, text.clone());
                }
                let took = self.system.monotonic().saturating_sub(start);
                tracing::debug!("edit: {took:?}");
                match text {
                    Some(text) => self.unsaved.insert(path, text),
                    None => self.unsaved.remove(&path),
                };
            }
            Task::Changed(paths) => self.changed(&paths),
            Task::Costs { dir, costs } => {
                self.costs.insert(dir, costs);
            }
            Task::Close(dir) => {
                self.followed.remove(&dir);
                self.costs.remove(&dir);
            }
            Task::Check(_) => {}
        }
    }

    fn changed(&mut self, paths: &BTreeSet<PathBuf>) {
        for followed in self.followed.values_mut() {
            followed.is_behind |= paths.is_empty();
            for path in paths {
                let is_source = path.extension().is_some_and(|extension| extension == "go");
                let dir = path.parent().unwrap_or(Path::new(""));
                // Its own files are followed by each edit.
                let is_seen = followed.session.depends_on(dir) && !followed.session.contains(path);
                // Of other files `go.mod` and its like decide what is loaded.
                followed.is_behind |= !is_source || is_seen;
            }
        }
    }

    /// `None` if it was asked to stop.
    fn answer(&mut self, check: Check) -> Option<Typed> {
        let facts = self.facts(&check);
        if check.cancel.is_cancelled() {
            return None;
        }
        Some(Typed {
            facts,
            dir: check.dir,
            files: check.files,
        })
    }

    fn facts(&mut self, check: &Check) -> Result<SourceFacts, String> {
        let costs = self.costs.get(&check.dir).cloned();
        let system = self.system;
        let session = self.session(check)?;
        let start = system.monotonic();
        let snapshot = session.snapshot();
        let took = system.monotonic().saturating_sub(start);
        tracing::debug!("snapshot: {took:?}");
        let files: Vec<&Path> = check.files.keys().map(PathBuf::as_path).collect();
        let request = SourceFactsRequest {
            files: &files,
            options: &check.options,
            costs: costs.as_ref(),
        };
        // A fault in one package must not end the others: the session begins anew with the next edit.
        let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            snapshot.source_facts(&check.cancel, &request)
        }));
        if let Ok(facts) = found {
            return facts.map_err(|error| error.to_string());
        }
        self.followed.remove(&check.dir);
        Err("internal error".to_owned())
    }

    /// The session of a folder as its texts are now.
    fn session(&mut self, check: &Check) -> Result<&mut Session<'a>, String> {
        let is_other =
            |it: &Followed| it.tests != check.request.tests || it.tags != check.request.tags;
        if self.followed.get(&check.dir).is_some_and(is_other) {
            self.followed.remove(&check.dir);
        }
        if !self.followed.contains_key(&check.dir) {
            let followed = self.open(check)?;
            self.followed.insert(check.dir.clone(), followed);
        }
        let Some(followed) = self.followed.get_mut(&check.dir) else {
            return Err("no session".to_owned());
        };
        if followed.is_behind || followed.session.needs_load() {
            let loaded = followed.session.load(&check.cancel);
            // Findings of what was loaded before are better than none.
            match loaded {
                Ok(()) => followed.is_behind = false,
                Err(error) => tracing::info!("cannot load {}: {error}", check.dir.display()),
            }
        }
        Ok(&mut followed.session)
    }

    fn open(&self, check: &Check) -> Result<Followed<'a>, String> {
        let (go, dir) = (self.options.go.as_deref(), &check.dir);
        let workspace = Workspace::open(self.system, self.cancel, go, dir, self.options.use_cache);
        let workspace = workspace.map_err(|error| base::full_message(&error))?;
        let opened = Session::open_sources(workspace, check.request.clone());
        let mut session = opened.map_err(|error| base::full_message(&error))?;
        for (path, text) in &self.unsaved {
            session.edit(path, Some(Arc::clone(text)));
        }
        Ok(Followed {
            session,
            tests: check.request.tests,
            tags: check.request.tags.clone(),
            is_behind: false,
        })
    }
}
