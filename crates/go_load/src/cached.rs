//! Checking with a cache: what is in it is neither parsed nor checked.

use base::{Cache, Cancellation, IndexVec, Key, System};
use go_syntax::File;
use go_tool::{Error, GoTool, PackageId};
use go_types::summary::Links;
use go_types::{Info, PkgId, Store};
use rustc_hash::FxHashMap;

use crate::artefact::{hash_of, key_of, pack, unpack};
use crate::check::{Checked, CheckedPackage, Checking};
use crate::declarations::Declarations;
use crate::load::{LoadOptions, Loaded};
use crate::sources::{Sources, read};

#[cfg(test)]
mod tests;

/// How much of a package is asked for; each is more than the one before.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Wanted {
    /// What importers see: the cache has it.
    Interface,
    /// Its files too, and facts about their syntax outside of function bodies.
    Syntax,
    /// All.
    Bodies,
}

/// Lists, reads and checks packages. See [`check_cached`].
pub fn load_checked(
    go: &GoTool,
    system: &dyn System,
    cancel: &Cancellation,
    options: &LoadOptions,
    cache: Option<&Cache>,
    wants: impl Fn(&Loaded, PackageId) -> Wanted,
) -> Result<(Loaded, Checked), Error> {
    let sources = read(go, system, cancel, options)?;
    Ok(check_cached(&sources, system, cache, wants))
}

/// Checks the packages in the order of their imports: from source where more than the interface is wanted, else
/// from the cache if it has them. What it does not have is checked without bodies, and kept unless something
/// is wrong with it.
///
/// Packages of which only the interface is wanted have neither files nor facts about their syntax, whether they come
/// from the cache or not. To see those of one of them, ask again with the same sources.
pub fn check_cached(
    sources: &Sources,
    system: &dyn System,
    cache: Option<&Cache>,
    wants: impl Fn(&Loaded, PackageId) -> Wanted,
) -> (Loaded, Checked) {
    check_some(sources, system, cache, |loaded, id| Some(wants(loaded, id)))
}

/// Checks what importers see of all packages, as [`check_cached`] does, and leaves the bodies to callers that ask about one
/// package at a time.
pub fn declare_cached(
    sources: Sources,
    system: &dyn System,
    cache: Option<&Cache>,
) -> Declarations {
    let (loaded, checked) = check_cached(&sources, system, cache, |_, _| Wanted::Interface);
    Declarations::new(sources, loaded, checked.freeze())
}

/// Checks as [`check_cached`] does, and forgets trees and facts of a package as soon as `visit` has seen it. Packages whose
/// bodies are wanted are visited in the order of their imports; ids of the store stay what they are. The store of what is
/// returned knows all, its packages have no facts.
pub fn check_in_turn(
    sources: &Sources,
    system: &dyn System,
    cache: Option<&Cache>,
    wants_bodies: impl Fn(PackageId) -> bool,
    mut visit: impl FnMut(&mut Store, &Loaded, PackageId, &CheckedPackage),
) -> (Loaded, Checked) {
    let wants = |_: &Loaded, id: PackageId| {
        Some(if wants_bodies(id) {
            Wanted::Bodies
        } else {
            Wanted::Interface
        })
    };
    run(sources, system, cache, wants, Some(&mut visit))
}

/// As [`check_cached`]; a package that is not wanted at all, which no other may import, is left empty.
pub(crate) fn check_some(
    sources: &Sources,
    system: &dyn System,
    cache: Option<&Cache>,
    wants: impl Fn(&Loaded, PackageId) -> Option<Wanted>,
) -> (Loaded, Checked) {
    run(sources, system, cache, wants, None)
}

fn run(
    sources: &Sources,
    system: &dyn System,
    cache: Option<&Cache>,
    wants: impl Fn(&Loaded, PackageId) -> Option<Wanted>,
    mut visit: Option<&mut Visit<'_>>,
) -> (Loaded, Checked) {
    let mut run = Run {
        sources,
        system,
        cache,
        loaded: sources.unparsed(),
        checked: Checking::default(),
        links: Links::default(),
        hashes: FxHashMap::default(),
        hashes_by_pkg: FxHashMap::default(),
        ahead: FIRST_BATCH,
    };
    let ids: Vec<PackageId> = sources.listing.packages.ids().collect();
    if cache.is_some() {
        sources.hash();
    }
    let imported = imported(sources);
    for id in ids {
        let Some(wanted) = wants(&run.loaded, id) else {
            run.checked.packages.push(CheckedPackage::empty());
            continue;
        };
        let key = cache.and_then(|_| key_of(sources, id, &run.hashes));
        if wanted > Wanted::Interface || !run.take_kept(id, key) {
            run.check(id, wanted == Wanted::Bodies);
            if cache.is_some() && (wanted == Wanted::Interface || imported[id]) {
                run.keep(id, key);
            }
            if wanted == Wanted::Interface {
                run.drop_syntax(id);
            }
        }
        if let Some(visit) = &mut visit
            && run.checked.waits_for(&run.loaded) > MAX_WAITING
        {
            run.visit_waiting(visit);
        }
    }
    if let Some(visit) = visit {
        run.visit_waiting(visit);
    }
    let checked = run.checked.finish(&run.loaded);
    (run.loaded, checked)
}

/// Whether some package of the listing imports it.
fn imported(sources: &Sources) -> IndexVec<PackageId, bool> {
    let packages = &sources.listing.packages;
    let mut imported: IndexVec<PackageId, bool> = packages.iter().map(|_| false).collect();
    for import in packages.iter().flat_map(|package| &package.imports) {
        if let Some(id) = sources.listing.find(import) {
            imported[id] = true;
        }
    }
    imported
}

/// How many packages the first to miss takes along to the parsers; each consecutive batch is twice the
/// last, so that a first run parses in parallel and one after an edit parses little in vain.
const FIRST_BATCH: usize = 4;

/// Trees of more packages are not held for checks that come later.
const MAX_BATCH: usize = 64;

/// Bytes of source whose bodies are checked side by side before they are visited.
const MAX_WAITING: usize = 4 << 20;

/// See [`check_in_turn`].
type Visit<'a> = dyn FnMut(&mut Store, &Loaded, PackageId, &CheckedPackage) + 'a;

struct Run<'a> {
    sources: &'a Sources,
    system: &'a dyn System,
    cache: Option<&'a Cache>,
    loaded: Loaded,
    checked: Checking,
    links: Links,
    /// What importers of a package are keyed by.
    hashes: FxHashMap<PackageId, Key>,
    hashes_by_pkg: FxHashMap<PkgId, Key>,
    /// Packages in the next batch for the parsers.
    ahead: usize,
}

impl Run<'_> {
    /// Adds the package as the cache has it; `false` if it does not.
    fn take_kept(&mut self, id: PackageId, key: Option<Key>) -> bool {
        let (Some(cache), Some(key)) = (self.cache, key) else {
            return false;
        };
        if self.sources.listing.packages[id].import_path == "unsafe" {
            self.push(PkgId::UNSAFE);
            return true;
        }
        let bytes = cache.get(self.system, &key);
        let Some(kept) = bytes.as_deref().and_then(unpack) else {
            return false;
        };
        let imports = self.imports(id);
        let store = &mut self.checked.store;
        let Ok(pkg) = self.links.read(store, kept.parts, &imports) else {
            return false;
        };
        self.push(pkg);
        self.set_hash(id, pkg, kept.hash);
        self.ahead = FIRST_BATCH;
        true
    }

    fn push(&mut self, pkg: PkgId) {
        self.checked.packages.push(CheckedPackage {
            from_cache: true,
            ..CheckedPackage::interface(pkg)
        });
    }

    /// Direct imports, as far as they are listed.
    fn imports(&self, id: PackageId) -> Vec<PkgId> {
        let listing = &self.sources.listing;
        let imports = listing.packages[id].imports.iter();
        let imports = imports.filter_map(|import| self.checked.packages.get(listing.find(import)?));
        imports.map(|package| package.pkg).collect()
    }

    fn check(&mut self, id: PackageId, bodies: bool) {
        if !self.sources.is_parsed(id) {
            let rest = self
                .sources
                .listing
                .packages
                .ids()
                .filter(|other| *other >= id);
            let batch: Vec<PackageId> = rest.take(self.ahead).collect();
            self.sources.parse(&batch);
            self.ahead = (self.ahead * 2).min(MAX_BATCH);
        }
        self.loaded.packages[id].files = self.sources.parsed(id);
        self.checked.add(&self.loaded, id, bodies);
    }

    /// Lets go of what only the check of the package needed: trees and facts about them are several times as large as
    /// what importers see.
    fn drop_syntax(&mut self, id: PackageId) {
        self.loaded.packages[id].files = Vec::new();
        self.checked.packages[id].info = Info::default();
        self.sources.forget(id);
    }

    /// Checks the bodies of the packages that wait for it, shows them and lets go of them.
    fn visit_waiting(&mut self, visit: &mut Visit<'_>) {
        for id in self.checked.check_waiting(&self.loaded) {
            let package = &self.checked.packages[id];
            visit(&mut self.checked.store, &self.loaded, id, package);
            self.drop_syntax(id);
        }
    }

    /// Writes the summary of a package that was checked, for importers of this run and for other runs.
    fn keep(&mut self, id: PackageId, key: Option<Key>) {
        let pkg = self.checked.packages[id].pkg;
        if pkg == PkgId::UNSAFE || !self.is_sound(id) {
            return;
        }
        let Ok(summary) = self.links.write(&mut self.checked.store, pkg) else {
            return;
        };
        let mentions = self.links.mentions(pkg).iter();
        let mentions: Option<Vec<Key>> = mentions
            .map(|pkg| self.hashes_by_pkg.get(pkg).copied())
            .collect();
        let Some(mentions) = mentions else { return };
        let hash = hash_of(&summary.shape, &mentions);
        self.set_hash(id, pkg, hash);
        if let (Some(cache), Some(key)) = (self.cache, key) {
            // What cannot be kept is made again.
            let _ = cache.put(self.system, &key, &pack(&summary, &hash));
        }
    }

    /// Nothing is wrong with the package, and it imports only what the listing says, which the key covers.
    fn is_sound(&self, id: PackageId) -> bool {
        let files = &self.loaded.packages[id].files;
        let imports = &self.sources.listing.packages[id].imports;
        let is_listed = |path: &str| {
            let meant = self.loaded.listing.packages[id].import_map.get(path);
            imports
                .iter()
                .any(|import| import == meant.map_or(path, String::as_str))
        };
        let imports_listed = |file: &File| {
            let paths = file
                .imports
                .iter()
                .filter_map(|spec| file.import_path(*spec));
            paths.into_iter().all(|path| is_listed(&path))
        };
        self.checked.packages[id].problems.is_empty()
            && (files.iter()).all(|file| {
                file.problems.is_empty() && file.read_error.is_none() && imports_listed(&file.file)
            })
    }

    fn set_hash(&mut self, id: PackageId, pkg: PkgId, hash: Key) {
        self.hashes.insert(id, hash);
        self.hashes_by_pkg.insert(pkg, hash);
    }
}
