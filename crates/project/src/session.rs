//! Packages that are loaded once and follow edits, saved or not: what an editor server or a page works with.
//!
//! A [`Session`] has one owner, which passes edits on. A [`Snapshot`] is its state at one moment: requests run
//! on snapshots, on any thread and each with a cancellation of its own, while edits go on.
//!
//! Syntax and types are brought up to date by each edit; decisions of the compiler are asked for when a request needs
//! them, and come from the workspace's cache for every package whose text has not changed. The compiler is given
//! unsaved text as copies of the files. It sees other packages as they were last listed ([`Session::load`]).

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use base::system::{Overlay, Unsaved};
use base::{Cancellation, Idx, System};
use go_load::{Rechecked, Wanted};
use go_syntax::File;
use go_tool::PackageId;
use lint::CheckOptions;

use crate::check::{CheckError, CheckReport, CheckRequest, Subject, check_loaded};
use crate::events::Events;
use crate::evidence::{self, EvidenceError, EvidenceRequest, NamedProfile};
use crate::explain::{ExplainError, ExplainReport, ExplainRequest, explain_loaded};
use crate::go_program::{self, BodyTypes, Program};
use crate::structs::{StructReport, StructRequest, structs_of};
use crate::workspace::{LoadError, Loaded, PackageRequest, Workspace};

/// The packages of a request, kept up to date while their files change.
#[derive(Debug)]
pub struct Session<'a> {
    /// On the machine as it is saved.
    workspace: Workspace<'a>,
    request: PackageRequest,
    unsaved: Arc<Unsaved>,
    loaded: Arc<Loaded>,
    packages: go_load::Session,
    needs_load: bool,
    profiles: Arc<[NamedProfile]>,
}

/// What an edit led to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Edited {
    /// Import paths of the packages that were checked again, in the order of their imports.
    pub packages: Vec<String>,
    /// The listing is behind the texts ([`Session::load`]): imports, build constraints or the set of files have
    /// changed, or what other packages see of an edited one. Until it is loaded, findings in the edited package are
    /// right unless it imports what was not listed; packages that import it are as they were.
    pub needs_load: bool,
}

impl<'a> Session<'a> {
    /// Lists, reads and checks the packages. The workspace's cancellation ends it.
    pub fn open(workspace: Workspace<'a>, request: PackageRequest) -> Result<Self, LoadError> {
        let loaded = workspace.load(&request)?;
        let packages = follow(&workspace, &loaded)?;
        Ok(Self {
            workspace,
            request,
            unsaved: Arc::default(),
            loaded: Arc::new(loaded),
            packages,
            needs_load: false,
            profiles: Arc::default(),
        })
    }

    /// Takes over the text of a file that is edited; with `None` the file on the machine counts again, as after it
    /// was saved, closed or changed by another program. `path` is absolute.
    pub fn edit(&mut self, path: &Path, text: Option<Arc<[u8]>>) -> Edited {
        let unsaved = Arc::make_mut(&mut self.unsaved);
        match &text {
            Some(text) => unsaved.insert(path.to_owned(), Arc::clone(text)),
            None => unsaved.remove(path),
        };
        let text = match text {
            Some(text) => Some(text),
            None => self.workspace.system.read(path).ok().map(Arc::from),
        };
        let old = self.file(path).map(|file| listed_by(&file.file));
        let (Some(text), Some(old)) = (text, old) else {
            self.needs_load |= self.is_of_followed_folder(path);
            return self.edited(Vec::new());
        };
        let rechecked = self.packages.edit(path, &text);
        let new = self.file(path).map(|file| listed_by(&file.file));
        self.needs_load |= new != Some(old) || self.reaches_importers(path, &rechecked);
        self.edited(rechecked)
    }

    /// Whether the listing is behind the texts.
    pub fn needs_load(&self) -> bool {
        self.needs_load
    }

    /// Lists and checks everything anew, with the unsaved texts as they are. After an error the session is as it was.
    pub fn load(&mut self, cancel: &Cancellation) -> Result<(), LoadError> {
        let overlay = Overlay::new(self.workspace.system, Arc::clone(&self.unsaved));
        let workspace = on(&self.workspace, &overlay, cancel);
        let loaded = workspace.load(&self.request)?;
        self.packages = follow(&workspace, &loaded)?;
        self.loaded = Arc::new(loaded);
        self.needs_load = false;
        Ok(())
    }

    /// Takes these profiles, of files and services, as evidence in the place of those before. Benchmarks are not run.
    pub fn attach(
        &mut self,
        cancel: &Cancellation,
        request: &EvidenceRequest,
        events: Events,
    ) -> Result<(), EvidenceError> {
        let workspace = Workspace {
            cancel,
            ..self.workspace.clone()
        };
        self.profiles = evidence::read_profiles(&workspace, request, events)?.into();
        Ok(())
    }

    /// What is known now. Later edits do not change it.
    pub fn snapshot(&mut self) -> Snapshot<'a> {
        Snapshot {
            overlay: Overlay::new(self.workspace.system, Arc::clone(&self.unsaved)),
            workspace: self.workspace.clone(),
            request: self.request.clone(),
            loaded: Arc::clone(&self.loaded),
            program: Program::new(self.packages.loaded().clone(), self.packages.program()),
            profiles: Arc::clone(&self.profiles),
        }
    }

    fn file(&self, path: &Path) -> Option<&go_load::SourceFile> {
        let packages = self.packages.loaded().packages.iter();
        let mut files = packages.flat_map(|package| &package.files);
        files.find(|file| file.path == path).map(|file| &**file)
    }

    /// Whether a file that is in no package may belong to one.
    fn is_of_followed_folder(&self, path: &Path) -> bool {
        let is_source = path.extension().is_some_and(|extension| extension == "go");
        let mut roots = self.loaded.roots.iter();
        is_source && roots.any(|root| path.parent() == Some(&root.dir))
    }

    /// Whether packages were checked again that the file is not in: others see the change.
    fn reaches_importers(&self, path: &Path, rechecked: &[Rechecked]) -> bool {
        let packages = &self.packages.loaded().packages;
        rechecked.iter().any(|one| {
            let (Rechecked::Bodies(id, _) | Rechecked::Package(id)) = one;
            !packages[*id].files.iter().any(|file| file.path == path)
        })
    }

    fn edited(&self, rechecked: Vec<Rechecked>) -> Edited {
        let listing = &self.loaded.listing;
        let path = |one| {
            let (Rechecked::Bodies(id, _) | Rechecked::Package(id)) = one;
            listing.packages[id].import_path.clone()
        };
        Edited {
            packages: rechecked.into_iter().map(path).collect(),
            needs_load: self.needs_load,
        }
    }
}

/// The packages at one moment, for any number of requests.
#[derive(Clone, Debug)]
pub struct Snapshot<'a> {
    overlay: Overlay<'a>,
    workspace: Workspace<'a>,
    request: PackageRequest,
    loaded: Arc<Loaded>,
    program: Program,
    profiles: Arc<[NamedProfile]>,
}

impl Snapshot<'_> {
    /// The machine with the texts of the snapshot: what source is shown from.
    pub fn system(&self) -> &dyn System {
        &self.overlay
    }

    /// Checks the packages that contain one of the files; without files, all that were named. Evidence is that of
    /// the session.
    pub fn check(
        &self,
        cancel: &Cancellation,
        files: &[&Path],
        options: &CheckOptions,
        events: Events,
    ) -> Result<CheckReport, CheckError> {
        let loaded = self.containing(files);
        let request = CheckRequest {
            packages: self.request.clone(),
            evidence: EvidenceRequest::default(),
            options: options.clone(),
        };
        let subject = Subject {
            loaded: &loaded,
            n_named: loaded.roots.len(),
            profiles: Arc::clone(&self.profiles),
            n_files: self.profiles.len(),
            types: &|_, _| BodyTypes::Whole(self.program.clone()),
        };
        let checked = check_loaded(&self.workspace(cancel), &request, &subject, events);
        checked.map(|(report, _)| report)
    }

    /// Explains a line; with the profiles of the session, those of the request are not read.
    pub fn explain(
        &self,
        cancel: &Cancellation,
        request: &ExplainRequest,
        events: Events,
    ) -> Result<ExplainReport, ExplainError> {
        let loaded = self.containing(&[&request.path]);
        let (workspace, profiles) = (self.workspace(cancel), &self.profiles);
        explain_loaded(
            &workspace,
            request,
            &self.request,
            &loaded,
            profiles,
            events,
        )
    }

    /// Measures the structs of the packages that were named. Of the request, the criterion and what to overlook
    /// count.
    pub fn structs(
        &self,
        cancel: &Cancellation,
        request: &StructRequest,
    ) -> Result<StructReport, LoadError> {
        let request = StructRequest {
            patterns: self.request.patterns.clone(),
            heap_profiles: Arc::clone(&self.profiles),
            ..request.clone()
        };
        structs_of(&self.workspace(cancel), &request, &self.program)
    }

    fn workspace<'s>(&'s self, cancel: &'s Cancellation) -> Workspace<'s> {
        on(&self.workspace, &self.overlay, cancel)
    }

    /// The packages with the roots that contain one of the files.
    fn containing(&self, files: &[&Path]) -> Loaded {
        let mut loaded = Loaded::clone(&self.loaded);
        if !files.is_empty() {
            let contains = |path: &&Path| loaded_contains(&loaded, path);
            let keep: BTreeSet<PackageId> = files.iter().flat_map(contains).collect();
            loaded.roots.retain(|root| keep.contains(&root.id));
            loaded.listing.roots.retain(|id| keep.contains(id));
        }
        loaded
    }
}

fn loaded_contains(loaded: &Loaded, path: &Path) -> Vec<PackageId> {
    let roots = loaded.roots.iter();
    let with_file = roots.filter(|root| root.files.iter().any(|file| file == path));
    with_file.map(|root| root.id).collect()
}

/// The workspace on another machine, for one request.
fn on<'s>(
    workspace: &Workspace<'s>,
    overlay: &'s Overlay<'_>,
    cancel: &'s Cancellation,
) -> Workspace<'s> {
    Workspace {
        system: overlay,
        cancel,
        ..workspace.clone()
    }
}

/// Checks the packages that were named, with their bodies, and all that import them.
fn follow(workspace: &Workspace, loaded: &Loaded) -> Result<go_load::Session, LoadError> {
    let sources = go_program::sources(workspace, &loaded.listing);
    workspace.cancel.check().map_err(go_tool::Error::from)?;
    let mut is_root = vec![false; loaded.listing.packages.len()];
    for root in &loaded.roots {
        is_root[root.id.index()] = true;
    }
    let types = workspace.types.as_ref();
    Ok(go_load::Session::with_cache(
        &sources,
        workspace.system,
        types,
        |id| {
            if is_root[id.index()] {
                Wanted::Bodies
            } else {
                Wanted::Interface
            }
        },
    ))
}

/// What of a file a listing depends on: its package, its imports, its directives for the go command.
fn listed_by(file: &File) -> Vec<String> {
    let mut all = vec![file.package_name().as_str().to_owned()];
    all.extend((file.imports.iter()).map(|spec| file.import_path(*spec).unwrap_or_default()));
    let directives = (file.src.lines())
        .filter(|line| line.starts_with("//go:build ") || line.starts_with("//go:embed "));
    all.extend(directives.map(str::to_owned));
    all
}
