//! Structs of source packages: their layouts, better orders, and the edits that bring them about.

mod binary;
mod broken;
mod heap;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::{Idx as _, IndexVec};
use diag::{Edit, Fix, Safety};
use go_load::{LoadOptions, Loader};
use go_tool::{ListOptions, Package, PackageId, Products};
use layout::{
    Advice, Criterion, HeapUse, Obstacle, Reason, Sizes, SourceFile, SourcePackage, StructLayout,
    TypeHeap, advise,
};
use lint::fixes;

pub use binary::{BinaryError, BinaryRequest, binary_structs};
pub(crate) use broken::package_errors;

use crate::analysis::Broken;
use crate::changed_files::{ChangedFiles, is_own, own_folder};
use crate::evidence::NamedProfile;
use crate::go_program::Program;
use crate::workspace::{LoadError, Workspace, found};

/// Which structs, and what is asked of another order.
#[derive(Clone, Debug, Default)]
pub struct StructRequest {
    /// As `go list` takes them; none means the package in the folder.
    pub patterns: Vec<String>,
    pub tags: Option<String>,
    /// Another architecture than the one the go command builds for: `arm64`.
    pub goarch: Option<String>,
    pub criterion: Criterion,
    pub overlook: Overlook,
    /// Test files are not loaded, but looked at for literals without types.
    pub without_tests: bool,
    /// How the packages are listed.
    pub loader: Loader,
    /// Text that stands in place of the file on disk, by absolute path.
    pub overlay: BTreeMap<PathBuf, Arc<[u8]>>,
    /// What says how much of each type is live.
    pub heap_profiles: Arc<[NamedProfile]>,
}

/// Obstacles that are none to the user.
#[derive(Clone, Copy, Debug)]
pub struct Overlook {
    /// Structs are exported, with all their fields.
    pub exported: bool,
    /// Structs have tags.
    pub tagged: bool,
    /// Fields are grouped by blank lines.
    pub groups: bool,
}

impl Default for Overlook {
    fn default() -> Self {
        Self {
            exported: false,
            tagged: false,
            groups: true,
        }
    }
}

/// The structs of a request.
#[derive(Debug, Default)]
pub struct StructReport {
    /// By package, file and line.
    pub structs: Vec<StructReportEntry>,
    /// Packages that were looked at.
    pub packages: usize,
    /// Folders of the modules among them that one works on.
    pub own_folders: BTreeSet<PathBuf>,
    pub broken: Vec<Broken>,
    /// `amd64`
    pub goarch: String,
    /// There is no source: what depends on the order of fields is not known.
    pub of_binary: bool,
    /// The binary has no debug information: types are those that the runtime knows, which are not all.
    pub stripped: bool,
    /// What the profiles of the request say; `None` without any.
    pub heap: Option<HeapUse>,
}

/// One struct.
#[derive(Clone, Debug)]
pub struct StructReportEntry {
    pub layout: StructLayout,
    /// Without the folders of paths: `store.Order`.
    pub short_name: String,
    /// Import path.
    pub package: String,
    pub in_test: bool,
    /// Is the element of a slice, array, map or channel somewhere.
    pub in_rows: bool,
    /// Bytes of heap that one object takes.
    pub class: i64,
    /// A better order, if there is one.
    pub advice: Option<Advice>,
    /// Not of the modules one works on: there is advice and an edit, but its file is not ours to change.
    pub foreign: bool,
    /// Why it has to stay as it is: what the request overlooks is left out.
    pub obstacles: Vec<Obstacle>,
    /// Puts the fields into the better order; `None` if something is in the way.
    pub edit: Option<Edit>,
    /// The key of the first tag of a struct that has tags.
    pub tag: Option<String>,
    /// What is live of it; `None` without profile.
    pub heap: Option<TypeHeap>,
}

impl StructReportEntry {
    /// Live bytes that the better order saves: by objects of their own, and by elements.
    pub fn live_savings(&self) -> f64 {
        let (Some(advice), Some(heap)) = (&self.advice, &self.heap) else {
            return 0.0;
        };
        let by_object = advice.class - advice.better_class;
        let by_element = self.layout.size - advice.better.size;
        heap.objects * by_object as f64 + heap.elements * by_element as f64
    }
}

/// Lists, loads, checks and measures.
pub fn structs(workspace: &Workspace, request: &StructRequest) -> Result<StructReport, LoadError> {
    let options = LoadOptions {
        list: ListOptions {
            products: Products::Generated,
            dir: workspace.dir.clone(),
            patterns: request.patterns.clone(),
            tags: request.tags.clone(),
            tests: !request.without_tests,
            env: (request.goarch.iter())
                .map(|goarch| ("GOARCH".to_owned(), goarch.clone()))
                .collect(),
            ..ListOptions::default()
        },
        loader: request.loader,
        cgo: workspace.cgo.clone(),
        overlay: overlay(workspace, request),
    };
    let sources = go_load::read(&workspace.go, workspace.system, workspace.cancel, &options)?;
    found(&sources.listing, &request.patterns)?;
    let roots: BTreeSet<PackageId> = sources.listing.roots.iter().copied().collect();
    structs_of(
        workspace,
        request,
        &Program::load(workspace, &sources, &roots),
    )
}

/// Text that is not saved, that of the request over that of the workspace.
fn overlay(workspace: &Workspace, request: &StructRequest) -> Texts {
    let mut texts = Texts::clone(&workspace.system.unsaved());
    texts.extend((request.overlay.iter()).map(|(path, text)| (path.clone(), Arc::clone(text))));
    texts
}

/// Measures the structs of a program whose roots were checked in full.
pub(crate) fn structs_of(
    workspace: &Workspace,
    request: &StructRequest,
    program: &Program,
) -> Result<StructReport, LoadError> {
    workspace.cancel.check().map_err(go_tool::Error::from)?;
    let loaded = program.loaded();
    let roots: BTreeSet<PackageId> = loaded.listing.roots.iter().copied().collect();
    let mut report = StructReport {
        goarch: loaded.goarch.clone(),
        ..StructReport::default()
    };
    let dirs = loaded
        .listing
        .roots
        .iter()
        .map(|id| &loaded.listing.packages[*id].dir);
    report.packages = dirs.collect::<BTreeSet<_>>().len();
    for id in &loaded.listing.roots {
        let own = own_folder(workspace, &loaded.listing.packages[*id]);
        report.own_folders.extend(own.map(Path::to_owned));
        report.broken.extend(program.known(*id).errors());
    }
    let sizes = Sizes::of_arch(&loaded.goarch);
    let others = other_files(workspace, request, loaded, &roots);
    let store = &mut program.view();
    let paths: IndexVec<PackageId, Vec<(PathBuf, bool)>> = (loaded.packages.iter_enumerated())
        .map(|(id, sources)| {
            let dir = &loaded.listing.packages[id].dir;
            sources
                .files
                .iter()
                .map(|file| original_path(file, dir))
                .collect()
        })
        .collect();
    let known = ImportersKnown::new(workspace, &request.patterns);
    let sources: Vec<SourcePackage<'_>> = (loaded.listing.packages.iter_enumerated())
        .map(|(id, package)| {
            let asked = roots.contains(&id);
            SourcePackage {
                import_path: package.plain_path(),
                name: &package.name,
                pkg: program.package(id).pkg,
                files: (loaded.packages[id].files.iter().enumerate())
                    .map(|(number, source)| SourceFile {
                        path: &paths[id][number].0,
                        file: &source.file,
                        info: program.package(id).file(number).filter(|_| asked),
                        rewritten: paths[id][number].1,
                    })
                    .collect(),
                asked,
                reasons: reasons(workspace, package, asked),
                standard: package.standard,
                importers_known: package.name == "main" || known.all(package),
                others: (others.get(&id).into_iter().flatten())
                    .map(|(path, file)| (path.as_path(), file))
                    .collect(),
            }
        })
        .collect();
    if !request.heap_profiles.is_empty() {
        let profiles = &request.heap_profiles;
        report.heap = Some(heap::heap_use(store, sizes, &sources, profiles));
    }
    for found in layout::find_structs(store, sizes, &sources) {
        let package = &sources[found.package];
        let source = package.files[found.file];
        let listed = &loaded.listing.packages[PackageId::from_index(found.package)];
        let mut entry = entry(request, package, &source, found, sizes);
        entry.foreign = !is_own(workspace, listed);
        entry.heap = (report.heap.as_ref())
            .map(|heap| heap.by_type.get(&entry.layout.name).copied())
            .map(Option::unwrap_or_default);
        report.structs.push(entry);
    }
    (report.structs).sort_by(|a, b| {
        (a.package.cmp(&b.package))
            .then_with(|| a.layout.place.cmp(&b.layout.place))
            .then_with(|| a.layout.name.cmp(&b.layout.name))
    });
    Ok(report)
}

/// The layouts of the structs in some files of a package.
pub(crate) fn struct_layouts(
    workspace: &Workspace,
    program: &Program,
    id: PackageId,
    files: &[&Path],
) -> Vec<StructLayout> {
    let loaded = program.loaded();
    let package = &loaded.listing.packages[id];
    let paths: Vec<(PathBuf, bool)> = (loaded.packages[id].files.iter())
        .map(|file| original_path(file, &package.dir))
        .collect();
    let sources = loaded.packages[id].files.iter().zip(&paths).enumerate();
    let source = SourcePackage {
        import_path: package.plain_path(),
        name: &package.name,
        pkg: program.package(id).pkg,
        files: sources
            .map(|(number, (source, (path, rewritten)))| SourceFile {
                path,
                file: &source.file,
                info: (program.package(id).file(number)).filter(|_| files.contains(&&**path)),
                rewritten: *rewritten,
            })
            .collect(),
        asked: true,
        reasons: reasons(workspace, package, false),
        standard: package.standard,
        importers_known: false,
        others: Vec::new(),
    };
    let sizes = Sizes::of_arch(&loaded.goarch);
    let mut layouts = layout::find_layouts(&mut program.view(), sizes, &[source]);
    layouts.retain(|it| it.place.is_some());
    layouts
}

fn entry(
    request: &StructRequest,
    package: &SourcePackage<'_>,
    source: &SourceFile<'_>,
    found: layout::Declared,
    sizes: Sizes,
) -> StructReportEntry {
    let overlooked = |reason: &Reason| match reason {
        Reason::Exported => request.overlook.exported,
        Reason::Tagged(_) | Reason::EncodedInOrder(_) | Reason::Printed(_) => {
            request.overlook.tagged
        }
        Reason::Groups => request.overlook.groups,
        _ => false,
    };
    let tag = found.obstacles.iter().find_map(|it| match &it.reason {
        Reason::Tagged(key) => Some(key.clone()),
        _ => None,
    });
    let mut obstacles = found.obstacles;
    obstacles.retain(|it| !overlooked(&it.reason));
    let advice = advise(&found.layout, found.in_rows, request.criterion, sizes);
    let edit = (advice.as_ref())
        .filter(|advice| obstacles.is_empty() && advice.ground.is_worth_it())
        .and_then(|advice| layout::reorder(source.file, found.strukt, &advice.better.order))
        .map(|splice| Edit {
            path: source.path.to_owned(),
            range: splice.range,
            text: splice.text,
        });
    let (path, name) = (package.import_path, package.name);
    StructReportEntry {
        package: path.to_owned(),
        short_name: layout::short_name(&found.layout.name, path, name),
        foreign: false,
        in_test: source.path.to_string_lossy().ends_with("_test.go"),
        in_rows: found.in_rows,
        class: layout::size_class(found.layout.size, found.layout.has_pointers(), sizes),
        layout: found.layout,
        advice,
        obstacles,
        edit,
        tag,
        heap: None,
    }
}

/// Where the source of a file is, and whether cgo stands between.
fn original_path(file: &go_load::SourceFile, dir: &Path) -> (PathBuf, bool) {
    if file
        .path
        .extension()
        .is_some_and(|extension| extension == "go")
    {
        (file.path.clone(), false)
    } else {
        (dir.join(&file.name), true)
    }
}

/// Why all structs of a package have to stay.
fn reasons(workspace: &Workspace, package: &Package, asked: bool) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if package.standard && layout::is_of_runtime(package.plain_path()) {
        reasons.push(Reason::Runtime);
    }
    let is_assembly = |path: &PathBuf| {
        let extension = path.extension().unwrap_or_default();
        extension == "s" || extension == "S"
    };
    // That of other systems and processors counts as well.
    let files = || workspace.system.read_dir(&package.dir).unwrap_or_default();
    if !package.s_files.is_empty() || asked && files().iter().any(is_assembly) {
        reasons.push(Reason::Assembly);
    }
    reasons
}

/// Patterns that match whole trees of folders: every package that can import an internal one below is loaded.
struct ImportersKnown {
    trees: Vec<PathBuf>,
}

impl ImportersKnown {
    fn new(workspace: &Workspace, patterns: &[String]) -> Self {
        let tree = |pattern: &String| {
            let folder = pattern.strip_suffix("...")?;
            let is_local = folder.starts_with("./") || folder.starts_with("../");
            is_local.then(|| normal(&workspace.dir.join(folder)))
        };
        Self {
            trees: patterns.iter().filter_map(tree).collect(),
        }
    }

    fn all(&self, package: &Package) -> bool {
        let mut above = package.dir.ancestors();
        let internal = above.find(|dir| dir.ends_with("internal"));
        (internal.and_then(Path::parent))
            .is_some_and(|parent| self.trees.iter().any(|tree| parent.starts_with(tree)))
    }
}

/// Without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

/// Files in the folders of packages that were asked for that are no part of the packages as they are loaded.
fn other_files(
    workspace: &Workspace,
    request: &StructRequest,
    loaded: &go_load::Loaded,
    roots: &BTreeSet<PackageId>,
) -> BTreeMap<PackageId, Vec<(PathBuf, go_syntax::File)>> {
    let loaded_paths: BTreeSet<&Path> = (roots.iter())
        .flat_map(|id| &loaded.packages[*id].files)
        .map(|source| source.path.as_path())
        .collect();
    let mut done: BTreeSet<&Path> = BTreeSet::new();
    let mut others = BTreeMap::new();
    for id in roots {
        let package = &loaded.listing.packages[*id];
        if !done.insert(&package.dir) {
            continue;
        }
        let paths = workspace.system.read_dir(&package.dir).unwrap_or_default();
        let is_other = |path: &PathBuf| {
            path.extension().is_some_and(|extension| extension == "go")
                && !loaded_paths.contains(path.as_path())
        };
        let files = paths.into_iter().filter(is_other).filter_map(|path| {
            let text = match request.overlay.get(&path) {
                Some(text) => text.to_vec(),
                None => workspace.system.read(&path).ok()?,
            };
            Some((path, go_syntax::parse(&text).0))
        });
        others.insert(*id, files.collect());
    }
    others
}

/// What applying all edits makes of the sources.
#[derive(Debug, Default)]
pub struct FixedStructs {
    pub files: ChangedFiles,
    /// The structs that are reordered, as they were.
    pub fixed: Vec<StructReportEntry>,
    /// As it stands afterwards.
    pub after: StructReport,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum FixError {
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Evidence(#[from] crate::evidence::EvidenceError),
    #[error("failed to read {}", .path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    /// A bug of ours; nothing is written.
    #[error("reordered code does not type-check: {}:{}: {}", .0.path.display(), .0.line, .0.message)]
    Breaks(Box<Broken>),
}

/// A struct that gets smaller may let those smaller that hold it; more rounds than this are not made.
const MAX_ROUNDS: usize = 10;

/// Puts all structs of a request into their better order, in memory. Broken code is left alone.
pub fn fix_structs(
    workspace: &Workspace,
    request: &StructRequest,
    wanted: impl Fn(&StructReportEntry) -> bool,
) -> Result<FixedStructs, FixError> {
    let mut request = request.clone();
    let mut result = FixedStructs {
        after: structs(workspace, &request)?,
        ..FixedStructs::default()
    };
    if !result.after.broken.is_empty() {
        return Ok(result);
    }
    (result.files.roots).clone_from(&result.after.own_folders);
    for _ in 0..MAX_ROUNDS {
        let found = result.after.structs.iter();
        let found: Vec<&StructReportEntry> =
            found.filter(|it| it.edit.is_some() && wanted(it)).collect();
        if found.is_empty() {
            break;
        }
        let edits: Vec<&Edit> = found.iter().filter_map(|it| it.edit.as_ref()).collect();
        for (path, text) in apply(workspace, &request, &edits)? {
            let before = match request.overlay.get(&path) {
                Some(text) => Arc::clone(text),
                None => read(workspace, &path)?,
            };
            result.files.set(&path, before, &text);
            request.overlay.insert(path, text);
        }
        result.fixed.extend(found.into_iter().cloned());
        result.after = structs(workspace, &request)?;
        if let Some(broken) = result.after.broken.first() {
            return Err(FixError::Breaks(Box::new(broken.clone())));
        }
    }
    Ok(result)
}

type Texts = BTreeMap<PathBuf, Arc<[u8]>>;

/// The files of the edits as they make them. Of edits that overlap (a struct within a struct) the first is made.
fn apply(
    workspace: &Workspace,
    request: &StructRequest,
    edits: &[&Edit],
) -> Result<Texts, FixError> {
    let fixes: Vec<Fix> = (edits.iter())
        .map(|edit| Fix {
            title: String::new(),
            safety: Safety::Unsafe,
            edits: vec![(*edit).clone()],
            imports: Vec::new(),
        })
        .collect();
    let all: Vec<&Fix> = fixes.iter().collect();
    let chosen: Vec<&Fix> = (fixes::compatible(&all).into_iter())
        .map(|at| all[at])
        .collect();
    let mut texts = Texts::new();
    for (path, file) in fixes::by_file(&chosen) {
        let before = match request.overlay.get(&path) {
            Some(text) => Arc::clone(text),
            None => read(workspace, &path)?,
        };
        let after = (std::str::from_utf8(&before).ok())
            .and_then(|text| fixes::apply_edits(text, &file.edits));
        if let Some(after) = after {
            texts.insert(path, Arc::from(after.into_bytes()));
        }
    }
    Ok(texts)
}

fn read(workspace: &Workspace, path: &Path) -> Result<Arc<[u8]>, FixError> {
    let text = workspace.system.read(path);
    text.map(Arc::from).map_err(|source| FixError::Read {
        path: path.to_owned(),
        source,
    })
}
