//! The compiler's decisions about every package under analysis.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::{Cancelled, Key};
use gc::Decisions;
use lint::{CheckedId, CheckedPackage, ForeignCandidate, Trees};
use rayon::prelude::*;

use crate::decision_source::DecisionSource;
use crate::events::{Event, Events};
use crate::workspace::{CompileRequest, Loaded, PackageRequest, Root, Workspace};

/// What is known of the packages of a request.
#[derive(Debug, Default)]
pub struct Analysis {
    /// All of them; [`Analysed::id`] is a position here.
    pub packages: Vec<CheckedPackage>,
    pub analysed: Vec<Analysed>,
    pub broken: Vec<Broken>,
}

/// A package whose decisions are known.
#[derive(Debug)]
pub struct Analysed {
    pub id: CheckedId,
    /// What its log says of lines in other packages under analysis.
    pub foreign: Vec<(CheckedId, ForeignCandidate)>,
    stored: Stored,
    /// `None`: parsed again when they are needed.
    trees: Option<Arc<Trees>>,
}

/// Where the decisions are until they are needed again.
#[derive(Debug)]
enum Stored {
    Held(Arc<Decisions>),
    Cached(Key),
    Bytes(Vec<u8>),
}

/// A package whose decisions could not be had.
#[derive(Clone, Debug)]
pub struct Broken {
    pub import_path: String,
    /// The first error's place, or the package's folder.
    pub path: PathBuf,
    pub line: u32,
    pub col: u32,
    /// The compiler's or the go command's own words.
    pub message: String,
}

/// Decisions and trees of so many packages are held in memory; of more, the cache gives back the decisions of one at a
/// time, and its files are parsed again.
const HELD: usize = 32;

impl Analysed {
    /// The package's decisions; `None` if the cache lost them since.
    pub fn decisions(&self, workspace: &Workspace) -> Option<Arc<Decisions>> {
        let decoded = |bytes: &[u8]| Decisions::from_bytes(bytes).ok().map(Arc::new);
        match &self.stored {
            Stored::Held(decisions) => Some(Arc::clone(decisions)),
            Stored::Bytes(bytes) => decoded(bytes),
            Stored::Cached(key) => decoded(&workspace.cache.get(workspace.system, key)?),
        }
    }

    /// The parsed files of the package.
    pub fn trees(&self, workspace: &Workspace, package: &CheckedPackage) -> Arc<Trees> {
        match &self.trees {
            Some(trees) => Arc::clone(trees),
            None => Arc::new(parse_package(workspace, package)),
        }
    }
}

/// Asks the compiler about all packages, in parallel.
pub fn analyse(
    workspace: &Workspace,
    loaded: &Loaded,
    request: &PackageRequest,
    events: Events,
) -> Result<Analysis, Cancelled> {
    events(Event::Begin {
        stage: "compiling",
        total: loaded.roots.len(),
    });
    analyse_from(workspace.source, workspace, loaded, request, events)
}

/// Asks a source of decisions about all packages, in parallel.
pub(crate) fn analyse_from(
    source: &dyn DecisionSource,
    workspace: &Workspace,
    loaded: &Loaded,
    request: &PackageRequest,
    events: Events,
) -> Result<Analysis, Cancelled> {
    let hold = loaded.roots.len() <= HELD;
    let owners = owners(loaded);
    let each: Vec<(CheckedPackage, Result<Analysed, Broken>)> = (loaded.roots.par_iter())
        .enumerate()
        .map(|(index, root)| {
            let id = base::Idx::from_index(index);
            let trees = Arc::new(parse(workspace, root.files.iter().map(PathBuf::as_path)));
            let package = checked_package(root, &trees);
            let trees = hold.then_some(trees);
            let one = OnePackage { root, id, trees };
            let analysed = one.analyse(source, workspace, loaded, request, &owners);
            events(Event::Step {
                what: &root.import_path,
            });
            (package, analysed)
        })
        .collect();
    workspace.cancel.check()?;
    workspace.cache.prune(workspace.system);
    let mut analysis = Analysis::default();
    for (package, result) in each {
        analysis.packages.push(package);
        match result {
            Ok(one) => analysis.analysed.push(one),
            Err(one) => analysis.broken.push(one),
        }
    }
    Ok(analysis)
}

/// The packages without decisions, for rules that need none.
pub(crate) fn unasked(workspace: &Workspace, loaded: &Loaded) -> Analysis {
    let each: Vec<(CheckedPackage, Trees)> = (loaded.roots.par_iter())
        .map(|root| parsed_package(workspace, root))
        .collect();
    let hold = loaded.roots.len() <= HELD;
    let mut analysis = Analysis::default();
    for (index, (package, trees)) in each.into_iter().enumerate() {
        analysis.packages.push(package);
        analysis.analysed.push(Analysed {
            id: base::Idx::from_index(index),
            foreign: Vec::new(),
            stored: Stored::Held(Arc::default()),
            trees: hold.then(|| Arc::new(trees)),
        });
    }
    analysis
}

type Owners<'a> = HashMap<&'a Path, (CheckedId, usize)>;

/// Whose file is which.
fn owners(loaded: &Loaded) -> Owners<'_> {
    let mut owners = HashMap::new();
    for (index, root) in loaded.roots.iter().enumerate() {
        for (file, path) in root.files.iter().enumerate() {
            owners.insert(path.as_path(), (base::Idx::from_index(index), file));
        }
    }
    owners
}

/// A package as its files are now.
pub(crate) fn parsed_package(workspace: &Workspace, root: &Root) -> (CheckedPackage, Trees) {
    let trees = parse(workspace, root.files.iter().map(PathBuf::as_path));
    (checked_package(root, &trees), trees)
}

/// Parses the files of a package again.
pub(crate) fn parse_package(workspace: &Workspace, package: &CheckedPackage) -> Trees {
    parse(
        workspace,
        package.files.iter().map(|file| file.path.as_path()),
    )
}

fn parse<'a>(workspace: &Workspace, paths: impl Iterator<Item = &'a Path>) -> Trees {
    let tree = |path: &Path| {
        let text = workspace.system.read(path).ok()?;
        Some(Arc::new(go_syntax::parse(&text).0))
    };
    paths.map(tree).collect()
}

fn checked_package(root: &Root, trees: &[Option<Arc<go_syntax::File>>]) -> CheckedPackage {
    CheckedPackage::new(
        root.import_path.clone(),
        root.name.clone(),
        root.dir.clone(),
        root.files.clone(),
        trees,
    )
}

/// A package under analysis.
struct OnePackage<'a> {
    root: &'a Root,
    id: CheckedId,
    /// To be held with its decisions.
    trees: Option<Arc<Trees>>,
}

impl OnePackage<'_> {
    fn analyse(
        self,
        source: &dyn DecisionSource,
        workspace: &Workspace,
        loaded: &Loaded,
        request: &PackageRequest,
        owners: &Owners,
    ) -> Result<Analysed, Broken> {
        let request = CompileRequest::of(request);
        let (decisions, key) = source.decisions(workspace, loaded, self.root, &request)?;
        let owner = |path: &Path| owners.get(path).copied();
        let foreign = lint::foreign_candidates(&decisions, self.id, &owner);
        let stored = match key {
            _ if self.trees.is_some() => Stored::Held(Arc::new(decisions)),
            Some(key) => Stored::Cached(key),
            None => Stored::Bytes(decisions.to_bytes()),
        };
        Ok(Analysed {
            id: self.id,
            foreign,
            stored,
            trees: self.trees,
        })
    }
}
