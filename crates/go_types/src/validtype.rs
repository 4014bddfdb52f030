//! Types that would contain themselves.

use crate::{Checker, NamedId, ObjId, TypeId, TypeKind};

/// Types nested deeper are taken as valid.
const MAX_DEPTH: usize = 1_000;

/// Parts of one declared type that are looked at; the others are taken as valid. What an instance has
/// for parts depends on where it stands, so nothing is remembered of it, and twenty generic types that
/// hold the next one twice have a million parts. go/types looks at all of them, without end.
const MAX_PARTS: usize = 100_000;

/// Where the look at one declared type is.
#[derive(Default)]
struct Walk {
    /// The named types that the current one is a part of, without those left for a type argument.
    nest: Vec<NamedId>,
    /// All on the way.
    path: Vec<NamedId>,
    parts: usize,
}

impl Checker<'_> {
    /// Reports the declared type if a value of it would contain another one.
    pub(crate) fn check_valid_type(&mut self, obj: ObjId) {
        let typ = self.store.obj_type(obj);
        if let Some(id) = self.store.as_named(typ)
            && self.store.named(id).instance.is_none()
        {
            self.valid_type(typ, &mut Walk::default());
        }
    }

    fn valid_type(&mut self, typ: TypeId, walk: &mut Walk) -> bool {
        let typ = self.store.unalias(typ);
        walk.parts += 1;
        if walk.path.len() > MAX_DEPTH || walk.parts > MAX_PARTS {
            return true;
        }
        match self.store.kind(typ) {
            TypeKind::Array { elem, .. } => self.valid_type(elem, walk),
            TypeKind::Struct(strukt) => {
                let fields = self.store.objs(strukt.fields).to_vec();
                fields.into_iter().all(|field| {
                    let typ = self.store.obj_type(field);
                    self.valid_type(typ, walk)
                })
            }
            TypeKind::Union(terms) => {
                let terms = self.store.terms(terms).to_vec();
                terms
                    .into_iter()
                    .all(|term| self.valid_type(term.typ, walk))
            }
            TypeKind::Interface(id) => {
                let embeds = self.store.types(self.store.iface(id).embeds).to_vec();
                embeds.into_iter().all(|embed| self.valid_type(embed, walk))
            }
            TypeKind::Named(id) => self.valid_named(typ, id, walk),
            TypeKind::TypeParam(_) => self.valid_type_arg(typ, walk),
            _ => true,
        }
    }

    fn valid_named(&mut self, typ: TypeId, id: NamedId, walk: &mut Walk) -> bool {
        let obj = self.store.named(id).obj;
        if self.store.obj(obj).pkg != Some(self.pkg) && self.store.named(id).instance.is_none() {
            return true; // checked with its own package
        }
        if self.valid_types.contains(&typ) {
            return true;
        }
        let origin = self.store.origin(id);
        if walk.nest.iter().any(|outer| self.is_same(*outer, id)) {
            let first = walk.path.iter().position(|outer| self.is_same(*outer, id));
            let cycle: Vec<ObjId> = walk.path[first.unwrap_or(0)..]
                .iter()
                .map(|id| self.store.named(*id).obj)
                .collect();
            self.store.named_mut(origin).from_rhs = Some(TypeId::INVALID);
            self.store.named_mut(origin).underlying = Some(TypeId::INVALID);
            self.cycle_error_at(&cycle, cycle.first().copied());
            return false;
        }
        let Some(rhs) = self.store.named(origin).from_rhs else {
            return true;
        };
        walk.nest.push(id);
        walk.path.push(id);
        let valid = self.valid_type(rhs, walk);
        walk.nest.pop();
        walk.path.pop();
        // A type without parameters is what it is wherever it stands.
        if valid && (walk.nest.is_empty() || self.store.named(origin).tparams.is_empty()) {
            self.valid_types.insert(typ);
        }
        valid
    }

    fn is_same(&mut self, outer: NamedId, id: NamedId) -> bool {
        let (outer, named) = (self.store.named(outer), self.store.named(id));
        if outer.obj != named.obj {
            return false;
        }
        let (outer, typ) = (outer.typ, named.typ);
        self.store.identical(outer, typ)
    }

    /// What a type parameter of the innermost instance stands for is a part of what is around it.
    fn valid_type_arg(&mut self, tparam: TypeId, walk: &mut Walk) -> bool {
        let Some(inner) = walk.nest.pop() else {
            return true;
        };
        let named = self.store.named(inner);
        let targs = named.instance.map(|instance| instance.targs);
        let index = self
            .store
            .types(named.tparams)
            .iter()
            .position(|other| *other == tparam);
        let targ = targs
            .zip(index)
            .and_then(|(targs, index)| self.store.types(targs).get(index).copied());
        let valid = targ.is_none_or(|targ| self.valid_type(targ, walk));
        walk.nest.push(inner);
        valid
    }
}
