//! Types that contain themselves: `type T struct{ t T }`.

use crate::{ObjId, Store, TypeId, TypeKind};

/// Deeper types are taken for valid.
const MAX_DEPTH: u32 = 1_000;

struct Search {
    /// Types being looked into, each a part of the one before.
    nest: Vec<TypeId>,
    /// Types on the way here, also those whose inside has been left for a type argument.
    path: Vec<TypeId>,
    depth: u32,
}

impl Store {
    /// The type names that make a defined type contain itself, if it does. Its right-hand side is invalid
    /// then.
    pub fn find_containment_cycle(&mut self, typ: TypeId) -> Option<Vec<ObjId>> {
        let mut search = Search {
            nest: Vec::new(),
            path: Vec::new(),
            depth: 0,
        };
        let cycle = search.typ(self, typ)?;
        let objs = cycle.into_iter().filter_map(|typ| {
            let id = self.as_named(typ)?;
            Some(self.named(id).obj)
        });
        Some(objs.collect())
    }
}

impl Search {
    fn typ(&mut self, store: &mut Store, typ: TypeId) -> Option<Vec<TypeId>> {
        if self.depth > MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let typ = store.unalias(typ);
        let cycle = match store.kind(typ) {
            TypeKind::Array { elem, .. } => self.typ(store, elem),
            TypeKind::Struct(strukt) => (0..strukt.fields.len()).find_map(|index| {
                let field = store.obj_type(store.objs(strukt.fields)[index]);
                self.typ(store, field)
            }),
            TypeKind::Union(terms) => (0..terms.len()).find_map(|index| {
                let term = store.terms(terms)[index];
                self.typ(store, term.typ)
            }),
            TypeKind::Interface(id) => {
                let embeds = store.iface(id).embeds;
                (0..embeds.len()).find_map(|index| {
                    let embedded = store.types(embeds)[index];
                    self.typ(store, embedded)
                })
            }
            TypeKind::Named(_) => self.named(store, typ),
            TypeKind::TypeParam(_) => self.argument(store, typ),
            _ => None,
        };
        self.depth -= 1;
        cycle
    }

    fn named(&mut self, store: &mut Store, typ: TypeId) -> Option<Vec<TypeId>> {
        let id = store.as_named(typ)?;
        let origin = store.origin(id);
        let is_checked = |store: &Store| {
            let pkg = store.obj(store.named(origin).obj).pkg;
            store
                .checking
                .is_some_and(|(checking, _)| pkg != Some(checking))
        };
        // A type without parameters that another package declares cannot lead back here.
        if store.named(origin).tparams.is_empty() && is_checked(store) {
            return None;
        }
        if self.nest.iter().any(|outer| store.identical(*outer, typ)) {
            store.named_mut(origin).from_rhs = Some(TypeId::INVALID);
            store.named_mut(origin).underlying = Some(TypeId::INVALID);
            let start = self
                .path
                .iter()
                .position(|on_path| store.identical(*on_path, typ));
            return Some(self.path[start.unwrap_or(0)..].to_vec());
        }
        let rhs = store.named(origin).from_rhs?;
        self.nest.push(typ);
        self.path.push(typ);
        let cycle = self.typ(store, rhs);
        self.path.pop();
        self.nest.pop();
        cycle
    }

    /// A type parameter stands for the argument of the innermost type, which lies outside of it.
    fn argument(&mut self, store: &mut Store, tparam: TypeId) -> Option<Vec<TypeId>> {
        let inner = *self.nest.last()?;
        let id = store.as_named(inner)?;
        let instance = store.named(id).instance?;
        let tparams = store.types(store.named(id).tparams);
        let index = tparams.iter().position(|other| *other == tparam)?;
        let targ = *store.types(instance.targs).get(index)?;
        self.nest.pop();
        let cycle = self.typ(store, targ);
        self.nest.push(inner);
        cycle
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Maker;

    #[test]
    fn containment_is_told_from_reference() {
        let mut maker = Maker::default();
        let inner = maker.named_struct("Inner", &[]);
        let outer = maker.named_struct("Outer", &[("inner", inner, false)]);
        let pointer = maker.store.pointer(outer);
        let rhs = maker.struct_type(&[("outer", pointer, false)]);
        let cyclic = maker.struct_type(&[("outer", outer, false)]);
        let TypeKind::Named(id) = maker.store.kind(inner) else {
            unreachable!()
        };
        maker.store.named_mut(id).from_rhs = Some(rhs);
        assert_eq!(maker.store.find_containment_cycle(outer), None);
        maker.store.named_mut(id).from_rhs = Some(cyclic);
        let cycle = maker.store.find_containment_cycle(outer).unwrap();
        let names: Vec<&str> = cycle.iter().map(|obj| maker.store.name(*obj)).collect();
        assert_eq!(names, ["Outer", "Inner"]);
        assert_eq!(maker.store.under(outer), TypeId::INVALID);
    }
}
