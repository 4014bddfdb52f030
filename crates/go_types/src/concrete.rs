//! Types that have a size: neither invalid nor untyped, and no type parameter anywhere.

use rustc_hash::FxHashSet;

use crate::{Basic, ObjList, Store, TypeId, TypeKind};

impl Store {
    /// Whether values of the type can exist.
    pub fn is_concrete(&mut self, typ: TypeId) -> bool {
        !self.mentions_param(typ, &mut FxHashSet::default())
    }

    /// As [`Store::is_concrete`], for many types that share parts: `concrete` has those of which it is known, and gets
    /// those that are found.
    pub fn is_concrete_among(&mut self, typ: TypeId, concrete: &mut FxHashSet<TypeId>) -> bool {
        if concrete.contains(&self.unalias(typ)) {
            return true;
        }
        let mut seen = FxHashSet::default();
        let is_concrete = !self.mentions_param(typ, &mut seen);
        if is_concrete {
            concrete.extend(seen);
        }
        is_concrete
    }

    fn mentions_param(&mut self, typ: TypeId, seen: &mut FxHashSet<TypeId>) -> bool {
        let typ = self.unalias(typ);
        if !seen.insert(typ) {
            return false;
        }
        match self.kind(typ) {
            TypeKind::Basic(basic) => basic == Basic::Invalid || basic.is_untyped(),
            TypeKind::TypeParam(_) | TypeKind::Union(_) => true,
            TypeKind::Array { len, .. } if len < 0 => true,
            TypeKind::Pointer(elem)
            | TypeKind::Slice(elem)
            | TypeKind::Array { elem, .. }
            | TypeKind::Chan { elem, .. } => self.mentions_param(elem, seen),
            TypeKind::Map { key, elem } => {
                self.mentions_param(key, seen) || self.mentions_param(elem, seen)
            }
            TypeKind::Struct(strukt) => self.any_mentions_param(strukt.fields, seen),
            TypeKind::Tuple(vars) => self.any_mentions_param(vars, seen),
            TypeKind::Signature(id) => {
                let signature = self.sig(id);
                self.any_mentions_param(signature.params, seen)
                    || self.any_mentions_param(signature.results, seen)
            }
            TypeKind::Interface(id) => {
                let interface = *self.iface(id);
                self.any_mentions_param(interface.methods, seen)
                    || (0..interface.embeds.len()).any(|index| {
                        let embedded = self.types(interface.embeds)[index];
                        self.mentions_param(embedded, seen)
                    })
                    || !self.type_set(id).is_method_set()
            }
            TypeKind::Named(id) => {
                let named = self.named(id);
                let (obj, tparams, instance) = (named.obj, named.tparams, named.instance);
                if instance.is_none() && !tparams.is_empty() {
                    return true;
                }
                let targs = instance.map_or(crate::List::EMPTY, |instance| instance.targs);
                if (0..targs.len()).any(|index| {
                    let targ = self.types(targs)[index];
                    self.mentions_param(targ, seen)
                }) {
                    return true;
                }
                // A local type of a generic function depends on its parameters without naming them.
                let object = self.obj(obj);
                let is_local = object
                    .pkg
                    .is_some_and(|pkg| object.parent != Some(self.packages[pkg].scope));
                let under = self.under(typ);
                if is_local {
                    return self.mentions_param(under, seen);
                }
                match self.kind(under) {
                    TypeKind::Interface(id) => !self.type_set(id).is_method_set(),
                    _ => false,
                }
            }
            TypeKind::Alias(_) => false,
        }
    }

    fn any_mentions_param(&mut self, objs: ObjList, seen: &mut FxHashSet<TypeId>) -> bool {
        (0..objs.len()).any(|index| {
            let typ = self.obj_type(self.objs(objs)[index]);
            self.mentions_param(typ, seen)
        })
    }
}
