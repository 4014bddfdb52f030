//! What the summaries of a run can refer to.

use rustc_hash::FxHashMap;

use crate::{ObjId, PkgId, TypeId};

/// The tables of all packages of a store that have a summary, be it read or written.
#[derive(Clone, Debug, Default)]
pub struct Links {
    packages: FxHashMap<PkgId, Linked>,
    types: FxHashMap<TypeId, (PkgId, u32)>,
    objs: FxHashMap<ObjId, (PkgId, u32)>,
    /// Packages read that `types` and `objs` do not know yet: most runs write nothing.
    pending: Vec<PkgId>,
}

/// What other summaries mean by indices into one package's.
#[derive(Clone, Debug, Default)]
pub(super) struct Linked {
    pub(super) types: Vec<TypeId>,
    pub(super) objs: Vec<ObjId>,
    /// Packages it mentions.
    pub(super) refs: Vec<PkgId>,
}

impl Links {
    /// Whether the package has a summary here.
    pub fn has(&self, pkg: PkgId) -> bool {
        self.packages.contains_key(&pkg)
    }

    /// Packages whose entities the summary of the package mentions.
    pub fn mentions(&self, pkg: PkgId) -> &[PkgId] {
        self.packages.get(&pkg).map_or(&[], |linked| &linked.refs)
    }

    /// As if the package had no summary yet.
    #[cfg(test)]
    pub(super) fn forget(&mut self, pkg: PkgId) {
        self.pending.retain(|other| *other != pkg);
        self.packages.remove(&pkg);
    }

    pub(super) fn linked(&self, pkg: PkgId) -> Option<&Linked> {
        self.packages.get(&pkg)
    }

    pub(super) fn add(&mut self, pkg: PkgId, linked: Linked) {
        self.packages.insert(pkg, linked);
        self.pending.push(pkg);
    }

    /// Everything that a package with these imports can mention, itself excepted: in order, without
    /// duplicates. Packages without summary are left out.
    pub(super) fn within_reach(&self, imports: &[PkgId]) -> Vec<PkgId> {
        let mut reach = Vec::new();
        let mut seen = rustc_hash::FxHashSet::default();
        for import in imports {
            for pkg in std::iter::once(import).chain(self.mentions(*import)) {
                if self.has(*pkg) && seen.insert(*pkg) {
                    reach.push(*pkg);
                }
            }
        }
        reach
    }

    /// Makes owners known.
    pub(super) fn settle(&mut self) {
        for pkg in std::mem::take(&mut self.pending) {
            let Some(linked) = self.packages.get(&pkg) else {
                continue;
            };
            for (typ, index) in linked.types.iter().zip(0..) {
                self.types.entry(*typ).or_insert((pkg, index));
            }
            for (obj, index) in linked.objs.iter().zip(0..) {
                self.objs.entry(*obj).or_insert((pkg, index));
            }
        }
    }

    /// The package that has the type in its summary, and where.
    pub(super) fn type_owner(&self, typ: TypeId) -> Option<(PkgId, u32)> {
        self.types.get(&typ).copied()
    }

    pub(super) fn obj_owner(&self, obj: ObjId) -> Option<(PkgId, u32)> {
        self.objs.get(&obj).copied()
    }
}
