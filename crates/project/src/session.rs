//! Packages that are loaded once and follow edits, saved or not: what an editor server or a page works with.
//!
//! A [`Session`] has one owner, which passes edits on. A [`Snapshot`] is its state at one moment: requests run
//! on snapshots, on any thread and each with a cancellation of its own, while edits go on.
//!
//! Syntax and types are brought up to date by each edit; decisions of the compiler are asked for when a request needs
//! them, and come from the workspace's cache for every package whose text has not changed. The compiler is given
//! unsaved text as copies of the files. It sees other packages as they were last listed ([`Session::load`]).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use base::system::{Overlay, Unsaved};
use base::{Cancellation, Cancelled, Idx, System};
use go_load::{LoadOptions, Rechecked, Sources, Wanted};
use go_syntax::File;
use go_tool::{PackageId, Products};
use lint::CheckOptions;
use rustc_hash::FxHashMap;

use crate::check::{CheckError, CheckReport, CheckRequest, Subject, check_loaded};
use crate::events::Events;
use crate::evidence::{self, EvidenceError, EvidenceRequest, NamedProfile};
use crate::explain::{ExplainError, ExplainReport, ExplainRequest, explain_loaded};
use crate::go_program::{self, BodyTypes, Program};
use crate::source_facts::{SourceFacts, SourceFactsRequest, source_facts};
use crate::structs::{StructReport, StructRequest, structs_of};
use crate::workspace::{LoadError, Loaded, PackageRequest, Workspace, found};

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
    /// What listings bring along.
    products: Products,
    /// Files as they were parsed for rules, until an edit changes them.
    trees: SharedTrees,
}

/// Parsed files by path, shared by the snapshots of a session.
pub(crate) type SharedTrees = Arc<Mutex<FxHashMap<PathBuf, Arc<File>>>>;

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
        Self::open_with(workspace, request, Products::Export)
    }

    /// As [`Session::open`], without asking the go command where the native loader can answer: nothing is built, so
    /// there are no decisions of the compiler. [`Snapshot::source_facts`] and [`Snapshot::structs`] need none.
    pub fn open_sources(
        workspace: Workspace<'a>,
        request: PackageRequest,
    ) -> Result<Self, LoadError> {
        Self::open_with(workspace, request, Products::Generated)
    }

    fn open_with(
        workspace: Workspace<'a>,
        request: PackageRequest,
        products: Products,
    ) -> Result<Self, LoadError> {
        let (loaded, packages) = load(&workspace, &request, products)?;
        Ok(Self {
            products,
            trees: Arc::default(),
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
        // Snapshots taken before keep the trees of their texts.
        self.trees = {
            let known = self.trees.lock().unwrap_or_else(PoisonError::into_inner);
            let mut trees = known.clone();
            trees.remove(path);
            Arc::new(Mutex::new(trees))
        };
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
        let (loaded, packages) = load(&workspace, &self.request, self.products)?;
        self.packages = packages;
        self.loaded = Arc::new(loaded);
        self.trees = Arc::default();
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
            trees: Arc::clone(&self.trees),
        }
    }

    /// Whether the file is one of the packages, or of what imports them here.
    pub fn contains(&self, path: &Path) -> bool {
        self.file(path).is_some()
    }

    /// Whether packages of the listing lie in the folder.
    pub fn depends_on(&self, dir: &Path) -> bool {
        let mut packages = self.loaded.listing.packages.iter();
        packages.any(|package| package.dir == dir)
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
    trees: SharedTrees,
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
            coverage: None,
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

    /// What is known of files without the compiler, as they are typed.
    pub fn source_facts(
        &self,
        cancel: &Cancellation,
        request: &SourceFactsRequest<'_>,
    ) -> Result<SourceFacts, Cancelled> {
        let workspace = self.workspace(cancel);
        source_facts(
            &workspace,
            &self.loaded,
            &self.program,
            &self.trees,
            request,
        )
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

/// Lists the packages and checks them.
fn load(
    workspace: &Workspace,
    request: &PackageRequest,
    products: Products,
) -> Result<(Loaded, go_load::Session), LoadError> {
    if products == Products::Export {
        let loaded = workspace.load(request)?;
        let sources = go_program::sources(workspace, &loaded.listing);
        let packages = follow(workspace, &loaded, &sources)?;
        return Ok((loaded, packages));
    }
    let sources = read_sources(workspace, request, products)?;
    let loaded = Loaded {
        listing: sources.listing.clone(),
        roots: found(&sources.listing, &request.patterns)?,
        options: workspace.list_options(request, products),
    };
    let packages = follow(workspace, &loaded, &sources)?;
    Ok((loaded, packages))
}

/// Lists the packages natively where that is possible, and reads their files.
pub(crate) fn read_sources(
    workspace: &Workspace,
    request: &PackageRequest,
    products: Products,
) -> Result<Sources, LoadError> {
    let options = LoadOptions {
        list: workspace.list_options(request, products),
        overlay: workspace.system.unsaved().as_ref().clone(),
        cgo: workspace.cgo.clone(),
        ..LoadOptions::default()
    };
    let read = go_load::read(&workspace.go, workspace.system, workspace.cancel, &options);
    Ok(read?)
}

/// Checks the packages that were named, with their bodies, and all that import them.
fn follow(
    workspace: &Workspace,
    loaded: &Loaded,
    sources: &Sources,
) -> Result<go_load::Session, LoadError> {
    workspace.cancel.check().map_err(go_tool::Error::from)?;
    let mut is_root = vec![false; loaded.listing.packages.len()];
    for root in &loaded.roots {
        is_root[root.id.index()] = true;
    }
    let types = workspace.types.as_ref();
    Ok(go_load::Session::with_cache(
        sources,
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
