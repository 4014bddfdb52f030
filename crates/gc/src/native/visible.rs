//! Which bodies of other packages gc has when it compiles a package.
//!
//! It reads the export data of direct imports alone. These hold the bodies of a package's own inlinable functions, and of
//! functions of other packages that were inlined while it was compiled and that the data refers to; other inlinable
//! functions are called. A method of a type that came through a third package is thus inlined or not depending on what
//! that package did.
//!
//! Source: cmd/compile/internal/noder/linker.go, go1.27.3.

use go_ir::{Func, Generics, Kind, NodeId, Package, Stencil};
use go_types::{ObjId, PkgId, Store};
use rustc_hash::{FxHashMap, FxHashSet};

use super::exported::exported_functions;
use super::inline::Bodies;

/// What packages export of the bodies of others.
#[derive(Clone, Debug, Default)]
pub(super) struct Exports {
    of: FxHashMap<PkgId, Carried>,
}

/// Bodies of other packages in the export data of one.
#[derive(Clone, Debug, Default)]
struct Carried {
    surely: FxHashSet<ObjId>,
    /// What may have been inlined where the answer is not known.
    perhaps: FxHashSet<ObjId>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Visibility {
    Visible,
    Invisible,
    Unknown,
}

impl Exports {
    /// Whether the body of an inlinable function can be had in `local`.
    pub(super) fn visibility(&self, store: &Store, local: PkgId, func: ObjId) -> Visibility {
        let Some(owner) = store.obj(func).pkg else {
            return Visibility::Visible;
        };
        let imports = &store.packages[local].imports;
        if owner == local || imports.contains(&owner) {
            return Visibility::Visible;
        }
        let mut visibility = Visibility::Invisible;
        for import in imports {
            match self.of.get(import) {
                Some(carried) if carried.surely.contains(&func) => return Visibility::Visible,
                Some(carried) if !carried.perhaps.contains(&func) => {}
                // Nothing can be inlined into what has no code.
                None if *import == PkgId::UNSAFE => {}
                _ => visibility = Visibility::Unknown,
            }
        }
        visibility
    }

    /// Enters a package whose calls were inlined; `inlined` are the functions that were.
    pub(super) fn enter(
        &mut self,
        store: &Store,
        package: &Package,
        (local, inlined): (PkgId, impl Iterator<Item = ObjId>),
        bodies: &Bodies,
        generics: &Generics,
    ) {
        let is_foreign = |func: &ObjId| store.obj(*func).pkg != Some(local);
        let mut perhaps = FxHashSet::default();
        let mut open = Vec::new();
        for func in (package.funcs.iter())
            .filter(|func| func.stencil != Stencil::Silent && is_unclear(package, func))
        {
            for root in package.list(func.body) {
                mentioned(package, *root, &mut open);
            }
        }
        while let Some(func) = open.pop() {
            if perhaps.insert(func)
                && let Some(body) = bodies.get(func)
            {
                for func in &body.package.funcs {
                    for root in body.package.list(func.body) {
                        mentioned(&body.package, *root, &mut open);
                    }
                }
            }
        }
        perhaps.retain(is_foreign);
        let inlined: FxHashSet<ObjId> = inlined.filter(is_foreign).collect();
        let referred = exported_functions(store, local, &inlined, bodies, generics);
        let carried = Carried {
            surely: inlined.intersection(&referred).copied().collect(),
            perhaps,
        };
        self.of.insert(local, carried);
    }
}

/// Whether it is not known of some call in the function whether it was inlined.
fn is_unclear(package: &Package, func: &Func) -> bool {
    let mut unclear = func.unsupported.is_some();
    for root in package.list(func.body) {
        package.walk(*root, &mut |id| {
            unclear |= package.uncertain(id).is_some();
            !unclear
        });
    }
    unclear
}

/// Adds the functions that are mentioned from the node down.
fn mentioned(package: &Package, root: NodeId, found: &mut Vec<ObjId>) {
    package.walk(root, &mut |id| {
        found.extend_from_slice(package.mentioned(id));
        if let Kind::Func(func) | Kind::Inst(func) | Kind::MethodExpr { method: func, .. } =
            package.kind(id)
        {
            found.push(func);
        }
        true
    });
}
