//! Unification: finding types for type parameters under which two types become identical, or assignable.
//!
//! Each *bound* type parameter has a handle, a slot for its type; parameters found to be the same share
//! one. Two flags say how strict it goes:
//!
//! - `exact`: types must be identical. Otherwise a defined type matches a type literal by its underlying
//!   type, channels match whatever their direction, and interfaces match types that have their methods.
//! - `assign`: inexact at the top, exact for what the types are made of.

use crate::lookup::Lookup;
use crate::{
    ChanDir, Checker, InterfaceId, Name, ObjList, Signature, Store, Struct, TypeId, TypeKind,
};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Mode {
    assign: bool,
    exact: bool,
}

impl Mode {
    pub(crate) const INEXACT: Self = Self {
        assign: false,
        exact: false,
    };
    pub(crate) const ASSIGN: Self = Self {
        assign: true,
        exact: false,
    };
    pub(crate) const EXACT: Self = Self {
        assign: false,
        exact: true,
    };

    /// For the elements of a type.
    fn inner(self) -> Self {
        Self {
            exact: self.exact || self.assign,
            ..self
        }
    }
}

/// Types nested deeper do not unify.
const MAX_DEPTH: u32 = 50;

#[derive(Debug)]
pub(crate) struct Unifier {
    /// Bound type parameters, each with the index of its slot.
    handles: Vec<(TypeId, usize)>,
    slots: Vec<Option<TypeId>>,
    depth: u32,
    /// Interfaces match by their methods (go1.21).
    by_methods: bool,
    /// Pairs of interfaces being unified.
    pairs: Vec<(InterfaceId, InterfaceId)>,
}

impl Unifier {
    /// Parameters beyond the arguments are unknown.
    pub(crate) fn new(tparams: &[TypeId], targs: &[Option<TypeId>], by_methods: bool) -> Self {
        let slots = (0..tparams.len()).map(|index| targs.get(index).copied().flatten());
        Self {
            handles: tparams.iter().copied().zip(0..).collect(),
            slots: slots.collect(),
            depth: 0,
            by_methods,
            pairs: Vec::new(),
        }
    }

    fn handle(&self, tparam: TypeId) -> Option<usize> {
        let found = self.handles.iter().find(|(bound, _)| *bound == tparam);
        found.map(|(_, slot)| *slot)
    }

    /// What is known of a bound type parameter.
    pub(crate) fn at(&self, tparam: TypeId) -> Option<TypeId> {
        self.handle(tparam).and_then(|slot| self.slots[slot])
    }

    pub(crate) fn set(&mut self, tparam: TypeId, typ: TypeId) {
        if let Some(slot) = self.handle(tparam) {
            self.slots[slot] = Some(typ);
        }
    }

    pub(crate) fn unknowns(&self) -> usize {
        let unknown = |(_, slot): &&(TypeId, usize)| self.slots[*slot].is_none();
        self.handles.iter().filter(unknown).count()
    }

    pub(crate) fn inferred(&self, tparams: &[TypeId]) -> Vec<Option<TypeId>> {
        tparams.iter().map(|tparam| self.at(*tparam)).collect()
    }

    /// Whether the types unify. Slots may have been filled in any case.
    pub(crate) fn unify(
        &mut self,
        check: &mut Checker<'_>,
        x: TypeId,
        y: TypeId,
        mode: Mode,
    ) -> bool {
        self.depth += 1;
        let unified = self.depth <= MAX_DEPTH && self.unify_types(check, x, y, mode);
        self.depth -= 1;
        unified
    }

    fn bound(&self, store: &Store, typ: TypeId) -> Option<TypeId> {
        let typ = store.unalias(typ);
        self.handle(typ).map(|_| typ)
    }

    /// Makes both parameters one, unless both are known.
    fn join(&mut self, x: TypeId, y: TypeId) -> bool {
        let (Some(hx), Some(hy)) = (self.handle(x), self.handle(y)) else {
            return false;
        };
        let (from, to) = match (self.slots[hx], self.slots[hy]) {
            _ if hx == hy => return true,
            (Some(_), Some(_)) => return false,
            (Some(_), None) => (hy, hx),
            (None, _) => (hx, hy),
        };
        for (_, slot) in &mut self.handles {
            if *slot == from {
                *slot = to;
            }
        }
        true
    }

    fn unify_types(&mut self, check: &mut Checker<'_>, x: TypeId, y: TypeId, mode: Mode) -> bool {
        let (mut x, mut y) = (x, y);
        let same = |store: &Store, x, y| x == y || store.unalias(x) == store.unalias(y);
        if same(check.store, x, y) {
            return true;
        }
        // If there is a defined type it comes second, if there is a bound type parameter it comes first.
        if check.store.as_named(x).is_some() || self.bound(check.store, y).is_some() {
            (x, y) = (y, x);
        }
        if !mode.exact
            && check.store.as_named(y).is_some()
            && check.store.is_type_literal(x)
            && !(self.by_methods && check.store.is_interface(x))
        {
            y = check.store.under(y);
            if same(check.store, x, y) {
                return true;
            }
        }
        match (self.bound(check.store, x), self.bound(check.store, y)) {
            (Some(px), Some(py)) => {
                if self.join(px, py) {
                    return true;
                }
                let (Some(x), Some(y)) = (self.at(px), self.at(py)) else {
                    return false;
                };
                return self.unify(check, x, y, mode);
            }
            (Some(px), None) => return self.unify_bound(check, px, y, mode),
            _ => {}
        }
        if self.by_methods && !mode.exact {
            let xi = check.store.proper_interface(x);
            let yi = check.store.proper_interface(y);
            match (xi, yi) {
                (Some(xi), Some(yi)) => return self.unify_method_sets(check, xi, yi),
                (Some(interface), None) => return self.unify_methods_of(check, interface, y),
                (None, Some(interface)) => return self.unify_methods_of(check, interface, x),
                (None, None) => {}
            }
        }
        if check.store.is_type_param(y) {
            (x, y) = (y, x);
        }
        self.unify_kinds(check, x, y, mode)
    }

    /// A bound parameter meets a type.
    fn unify_bound(&mut self, check: &mut Checker<'_>, px: TypeId, y: TypeId, mode: Mode) -> bool {
        let Some(x) = self.at(px) else {
            self.set(px, y);
            return true;
        };
        if !self.unify(check, x, y, mode) {
            return false;
        }
        let store = &mut *check.store;
        let (x_named, y_named) = (store.as_named(x).is_some(), store.as_named(y).is_some());
        match (store.proper_interface(x), store.proper_interface(y)) {
            (Some(xi), Some(yi)) => {
                if x_named && y_named {
                    return store.identical(x, y);
                }
                if store.type_set(xi).methods.len() != store.type_set(yi).methods.len() {
                    return false;
                }
            }
            (None, None) => {}
            _ => return false,
        }
        // Keep a defined type, and of channels the one with a direction.
        if !mode.exact && !x_named {
            let directed = matches!(
                store.under_kind(y),
                TypeKind::Chan { dir, .. } if dir != ChanDir::Both
            );
            if y_named || directed {
                self.set(px, y);
            }
        }
        true
    }

    /// The methods both interfaces have must unify, and one must have all of the other's.
    fn unify_method_sets(
        &mut self,
        check: &mut Checker<'_>,
        xi: InterfaceId,
        yi: InterfaceId,
    ) -> bool {
        let Some((xset, yset)) = check.store.matching_sets(xi, yi) else {
            return false;
        };
        if self.pairs.contains(&(xi, yi)) || self.pairs.contains(&(yi, xi)) {
            return true;
        }
        let (few, many) = if xset.len() > yset.len() {
            (yset, xset)
        } else {
            (xset, yset)
        };
        (0..few.len()).all(|index| {
            let method = check.store.objs(few)[index];
            let (pkg, name) = check.store.id(method);
            let found = check.store.find_by_name(check.store.objs(many), pkg, name);
            let Some((_, other)) = found else {
                return false;
            };
            let (x, y) = (check.store.obj_type(method), check.store.obj_type(other));
            self.unify(check, x, y, Mode::EXACT)
        })
    }

    /// The type must have the interface's methods. A generic one never does.
    fn unify_methods_of(
        &mut self,
        check: &mut Checker<'_>,
        interface: InterfaceId,
        typ: TypeId,
    ) -> bool {
        let methods = check.store.type_set(interface).methods;
        (0..methods.len()).all(|index| {
            let method = check.store.objs(methods)[index];
            let (pkg, name) = check.store.id(method);
            let Lookup::Found(selected) = check.store.lookup_field_or_method(typ, false, pkg, name)
            else {
                return false;
            };
            if !check.store.obj(selected.obj).is_func() {
                return false;
            }
            let have = check.method_type(selected.obj);
            let want = check.store.obj_type(method);
            let generic = |signature: Signature| !signature.tparams.is_empty();
            !check.store.as_signature(have).is_some_and(generic)
                && self.unify(check, want, have, Mode::EXACT)
        })
    }

    fn unify_kinds(&mut self, check: &mut Checker<'_>, x: TypeId, y: TypeId, mode: Mode) -> bool {
        let inner = mode.inner();
        let x = check.store.unalias(x);
        match (check.store.kind(x), check.store.unaliased(y)) {
            (TypeKind::TypeParam(_), _) => {
                let core = check.store.common_under(x);
                core.is_some_and(|core| self.unify(check, core, y, Mode::ASSIGN))
            }
            (TypeKind::Basic(x), TypeKind::Basic(y)) => x.canonical() == y.canonical(),
            (TypeKind::Pointer(x), TypeKind::Pointer(y))
            | (TypeKind::Slice(x), TypeKind::Slice(y)) => self.unify(check, x, y, inner),
            (
                TypeKind::Array { elem, len },
                TypeKind::Array {
                    elem: elem2,
                    len: len2,
                },
            ) => (len < 0 || len2 < 0 || len == len2) && self.unify(check, elem, elem2, inner),
            (
                TypeKind::Map { key, elem },
                TypeKind::Map {
                    key: key2,
                    elem: elem2,
                },
            ) => self.unify(check, key, key2, inner) && self.unify(check, elem, elem2, inner),
            (
                TypeKind::Chan { dir, elem },
                TypeKind::Chan {
                    dir: dir2,
                    elem: elem2,
                },
            ) => (!mode.exact || dir == dir2) && self.unify(check, elem, elem2, inner),
            (TypeKind::Struct(x), TypeKind::Struct(y)) => self.unify_structs(check, x, y, inner),
            (TypeKind::Signature(x), TypeKind::Signature(y)) => {
                let (x, y) = (check.store.sig(x), check.store.sig(y));
                x.variadic == y.variadic
                    && self.unify_vars(check, x.params, y.params, inner)
                    && self.unify_vars(check, x.results, y.results, inner)
            }
            (TypeKind::Tuple(x), TypeKind::Tuple(y)) => self.unify_vars(check, x, y, mode),
            (TypeKind::Interface(x), TypeKind::Interface(y)) => self.unify_interfaces(check, x, y),
            (TypeKind::Named(x), TypeKind::Named(y)) => {
                let store = &check.store;
                let targs = |id| store.named(id).instance.map(|instance| instance.targs);
                if store.named(x).obj != store.named(y).obj {
                    return false;
                }
                let (Some(x), Some(y)) = (targs(x), targs(y)) else {
                    return false;
                };
                x.len() == y.len()
                    && (0..x.len()).all(|index| {
                        let (x, y) = (check.store.types(x)[index], check.store.types(y)[index]);
                        self.unify(check, x, y, mode)
                    })
            }
            _ => false,
        }
    }

    fn unify_structs(
        &mut self,
        check: &mut Checker<'_>,
        x: Struct,
        y: Struct,
        inner: Mode,
    ) -> bool {
        if x.fields.len() != y.fields.len() {
            return false;
        }
        (0..x.fields.len()).all(|index| {
            let store = &check.store;
            let (f, g) = (store.objs(x.fields)[index], store.objs(y.fields)[index]);
            let tag = |strukt: Struct| {
                let tag = store.names_of(strukt.tags).get(index);
                tag.copied().unwrap_or(Name::EMPTY)
            };
            let (pkg, name) = store.id(g);
            let (x_type, y_type) = (store.obj_type(f), store.obj_type(g));
            store.obj(f).is_embedded() == store.obj(g).is_embedded()
                && tag(x) == tag(y)
                && store.same_id(f, pkg, name)
                && self.unify(check, x_type, y_type, inner)
        })
    }

    fn unify_vars(&mut self, check: &mut Checker<'_>, x: ObjList, y: ObjList, mode: Mode) -> bool {
        x.len() == y.len()
            && (0..x.len()).all(|index| {
                let store = &check.store;
                let (v, w) = (store.objs(x)[index], store.objs(y)[index]);
                let (v, w) = (store.obj_type(v), store.obj_type(w));
                self.unify(check, v, w, mode)
            })
    }

    fn unify_interfaces(
        &mut self,
        check: &mut Checker<'_>,
        x: InterfaceId,
        y: InterfaceId,
    ) -> bool {
        let Some((xset, yset)) = check.store.matching_sets(x, y) else {
            return false;
        };
        if xset.len() != yset.len() {
            return false;
        }
        if self.pairs.contains(&(x, y)) || self.pairs.contains(&(y, x)) {
            return true;
        }
        self.pairs.push((x, y));
        let unified = (0..xset.len()).all(|index| {
            let store = &check.store;
            let (f, g) = (store.objs(xset)[index], store.objs(yset)[index]);
            let (pkg, name) = store.id(g);
            let (f_type, g_type) = (store.obj_type(f), store.obj_type(g));
            store.same_id(f, pkg, name) && self.unify(check, f_type, g_type, Mode::EXACT)
        });
        self.pairs.pop();
        unified
    }
}

impl Store {
    /// The underlying interface of a type that is not a type parameter.
    fn proper_interface(&mut self, typ: TypeId) -> Option<InterfaceId> {
        if self.is_type_param(typ) {
            return None;
        }
        self.under_interface(typ)
    }

    /// The methods of two interfaces that agree in all else.
    fn matching_sets(&mut self, x: InterfaceId, y: InterfaceId) -> Option<(ObjList, ObjList)> {
        let (xset, yset) = (self.type_set(x), self.type_set(y));
        if xset.comparable != yset.comparable {
            return None;
        }
        let (xterms, yterms) = (self.term_buf(xset.terms), self.term_buf(yset.terms));
        self.terms_equal(&xterms, &yterms)
            .then_some((xset.methods, yset.methods))
    }
}
