//! Questions about one type, and identity of two.

use std::cmp::Ordering;

use crate::subst::SubstMap;
use crate::termlist::TermBuf;
use crate::{
    Basic, InterfaceId, Name, ObjId, ObjList, PkgId, Signature, Store, Struct, TypeId, TypeKind,
    TypeList,
};

impl Basic {
    pub const fn is_boolean(self) -> bool {
        matches!(self, Self::Bool | Self::UntypedBool)
    }

    pub const fn is_integer(self) -> bool {
        matches!(
            self,
            Self::Int
                | Self::Int8
                | Self::Int16
                | Self::Int32
                | Self::Int64
                | Self::Rune
                | Self::UntypedInt
                | Self::UntypedRune
        ) || self.is_unsigned()
    }

    pub const fn is_unsigned(self) -> bool {
        matches!(
            self,
            Self::Uint
                | Self::Uint8
                | Self::Uint16
                | Self::Uint32
                | Self::Uint64
                | Self::Uintptr
                | Self::Byte
        )
    }

    pub const fn is_float(self) -> bool {
        matches!(self, Self::Float32 | Self::Float64 | Self::UntypedFloat)
    }

    pub const fn is_complex(self) -> bool {
        matches!(
            self,
            Self::Complex64 | Self::Complex128 | Self::UntypedComplex
        )
    }

    pub const fn is_numeric(self) -> bool {
        self.is_integer() || self.is_float() || self.is_complex()
    }

    pub const fn is_string(self) -> bool {
        matches!(self, Self::String | Self::UntypedString)
    }

    pub const fn is_untyped(self) -> bool {
        matches!(
            self,
            Self::UntypedBool
                | Self::UntypedInt
                | Self::UntypedRune
                | Self::UntypedFloat
                | Self::UntypedComplex
                | Self::UntypedString
                | Self::UntypedNil
        )
    }

    /// Values can be compared with `<`.
    pub const fn is_ordered(self) -> bool {
        self.is_integer() || self.is_float() || self.is_string()
    }

    /// There are constants of the type.
    pub const fn is_const_type(self) -> bool {
        self.is_boolean() || self.is_numeric() || self.is_string()
    }

    pub const fn is_numeric_or_string(self) -> bool {
        self.is_numeric() || self.is_string()
    }

    pub const fn is_integer_or_float(self) -> bool {
        self.is_integer() || self.is_float()
    }
}

/// Predicates on one type.
impl Store {
    /// Not the type of what could not be typed. An alias whose declaration is in progress is valid.
    pub fn is_valid(&self, typ: TypeId) -> bool {
        let mut typ = typ;
        for _ in 0..1000 {
            match self.kind(typ) {
                TypeKind::Alias(id) => match self.alias(id).rhs {
                    Some(rhs) => typ = rhs,
                    None => return true,
                },
                kind => return kind != TypeKind::Basic(Basic::Invalid),
            }
        }
        false
    }

    /// The underlying type is basic and the condition holds for it.
    pub fn is_basic(&mut self, typ: TypeId, cond: fn(Basic) -> bool) -> bool {
        matches!(self.under_kind(typ), TypeKind::Basic(basic) if cond(basic))
    }

    /// As [`Store::is_basic`], for all specific types of a type parameter.
    pub fn all_basic(&mut self, typ: TypeId, cond: fn(Basic) -> bool) -> bool {
        self.under_is(
            typ,
            |store, under| matches!(store.kind(under), TypeKind::Basic(basic) if cond(basic)),
        )
    }

    /// The type is an untyped basic one; `false` for types whose underlying type is.
    pub fn is_untyped(&self, typ: TypeId) -> bool {
        matches!(self.kind(typ), TypeKind::Basic(basic) if basic.is_untyped())
    }

    /// Whether the type is none of the untyped ones.
    pub fn is_typed(&self, typ: TypeId) -> bool {
        !self.is_untyped(typ)
    }

    pub fn is_untyped_numeric(&self, typ: TypeId) -> bool {
        matches!(self.kind(typ), TypeKind::Basic(basic) if basic.is_untyped() && basic.is_numeric())
    }

    /// Basic, defined, or a type parameter.
    pub fn has_name(&self, typ: TypeId) -> bool {
        matches!(
            self.unaliased(typ),
            TypeKind::Basic(_) | TypeKind::Named(_) | TypeKind::TypeParam(_)
        )
    }

    /// Neither defined nor a type parameter.
    pub fn is_type_literal(&self, typ: TypeId) -> bool {
        !matches!(
            self.unaliased(typ),
            TypeKind::Named(_) | TypeKind::TypeParam(_)
        )
    }

    /// Whether the type is a type parameter, looking through aliases.
    pub fn is_type_param(&self, typ: TypeId) -> bool {
        self.as_type_param(typ).is_some()
    }

    /// Also true for type parameters.
    pub fn is_interface(&mut self, typ: TypeId) -> bool {
        self.under_interface(typ).is_some()
    }

    /// Whether the type is an interface and not a type parameter.
    pub fn is_non_type_param_interface(&mut self, typ: TypeId) -> bool {
        !self.is_type_param(typ) && self.is_interface(typ)
    }

    /// A pointer to an interface, or to a type parameter.
    pub fn is_interface_pointer(&mut self, typ: TypeId) -> bool {
        matches!(self.under_kind(typ), TypeKind::Pointer(base) if self.is_interface(base))
    }

    /// A generic type or alias without its arguments.
    pub fn is_generic(&self, typ: TypeId) -> bool {
        if let TypeKind::Alias(id) = self.kind(typ) {
            let alias = self.alias(id);
            if !alias.tparams.is_empty() && alias.targs.is_empty() {
                return true;
            }
        }
        self.as_named(typ).is_some_and(|id| {
            let named = self.named(id);
            named.instance.is_none() && !named.tparams.is_empty()
        })
    }

    /// A type parameter that no type satisfies.
    pub fn has_empty_type_set(&mut self, typ: TypeId) -> bool {
        let Some(id) = self.as_type_param(typ) else {
            return false;
        };
        let interface = self.constraint_interface(id);
        let id = self.under_interface(interface);
        id.is_some_and(|id| self.type_set(id).is_empty())
    }

    /// Whether `nil` is a value of the type.
    pub fn has_nil(&mut self, typ: TypeId) -> bool {
        match self.under_kind(typ) {
            TypeKind::Basic(basic) => basic == Basic::UnsafePointer,
            TypeKind::Slice(_)
            | TypeKind::Pointer(_)
            | TypeKind::Signature(_)
            | TypeKind::Map { .. }
            | TypeKind::Chan { .. } => true,
            TypeKind::Interface(_) => !self.is_type_param(typ) || self.under_is(typ, Self::has_nil),
            _ => false,
        }
    }

    /// Whether values can be compared with `==`. Ordinary interfaces count if `dynamic`, as in the
    /// language, and do not if strict comparability is asked for.
    pub fn comparable(&mut self, typ: TypeId, dynamic: bool) -> bool {
        self.comparable_in(typ, dynamic, &mut Vec::new())
    }

    pub(crate) fn comparable_in(
        &mut self,
        typ: TypeId,
        dynamic: bool,
        seen: &mut Vec<TypeId>,
    ) -> bool {
        if seen.contains(&typ) {
            return true;
        }
        match self.under_kind(typ) {
            TypeKind::Basic(basic) => basic != Basic::UntypedNil,
            TypeKind::Pointer(_) | TypeKind::Chan { .. } => true,
            TypeKind::Struct(Struct { fields, .. }) => {
                seen.push(typ);
                (0..fields.len()).all(|index| {
                    let field = self.obj_type(self.objs(fields)[index]);
                    self.comparable_in(field, dynamic, seen)
                })
            }
            TypeKind::Array { elem, .. } => {
                seen.push(typ);
                self.comparable_in(elem, dynamic, seen)
            }
            TypeKind::Interface(id) => {
                if dynamic && !self.is_type_param(typ) {
                    return true;
                }
                seen.push(typ);
                let set = self.type_set(id);
                self.is_comparable_set(set, seen)
            }
            _ => false,
        }
    }

    /// The type an untyped value gets without context.
    pub fn default_type(&self, typ: TypeId) -> TypeId {
        match self.kind(typ) {
            TypeKind::Basic(Basic::UntypedBool) => TypeId::BOOL,
            TypeKind::Basic(Basic::UntypedInt) => TypeId::INT,
            TypeKind::Basic(Basic::UntypedRune) => TypeId::RUNE,
            TypeKind::Basic(Basic::UntypedFloat) => TypeId::FLOAT64,
            TypeKind::Basic(Basic::UntypedComplex) => TypeId::COMPLEX128,
            TypeKind::Basic(Basic::UntypedString) => TypeId::STRING,
            _ => typ,
        }
    }

    /// The larger kind of two untyped numeric types, the type itself if both are the same.
    pub fn max_type(&self, x: TypeId, y: TypeId) -> Option<TypeId> {
        if x == y {
            return Some(x);
        }
        (self.is_untyped_numeric(x) && self.is_untyped_numeric(y)).then(|| x.max(y))
    }
}

/// Names.
impl Store {
    /// Packages of the same path; all of the universe is of none.
    pub fn same_pkg(&self, a: Option<PkgId>, b: Option<PkgId>) -> bool {
        match (a, b) {
            (Some(a), Some(b)) => a == b || self.packages[a].path == self.packages[b].path,
            (a, b) => a == b,
        }
    }

    /// Whether the field or method is what the name means in the package.
    pub fn same_id(&self, obj: ObjId, pkg: Option<PkgId>, name: Name) -> bool {
        let object = self.obj(obj);
        object.name == name && (self.names.is_exported(name) || self.same_pkg(object.pkg, pkg))
    }

    /// Exported ones first, then by name, then unexported ones by package.
    pub fn compare_objs(&self, a: ObjId, b: ObjId) -> Ordering {
        let (a, b) = (self.obj(a), self.obj(b));
        let exported = self.names.is_exported(a.name);
        let text = |name| self.names.text(name);
        let path = |pkg: Option<PkgId>| pkg.map(|pkg| text(self.packages[pkg].path));
        exported
            .cmp(&self.names.is_exported(b.name))
            .reverse()
            .then_with(|| text(a.name).cmp(text(b.name)))
            .then_with(|| {
                if exported {
                    Ordering::Equal
                } else {
                    path(a.pkg).cmp(&path(b.pkg))
                }
            })
    }
}

/// Deeper types are not compared: they count as different.
const MAX_DEPTH: u32 = 2_000;

/// What identity overlooks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Overlook {
    /// Tags of struct fields.
    pub tags: bool,
    /// Invalid types are identical to any.
    pub invalid: bool,
}

struct Comparer {
    overlook: Overlook,
    /// Pairs of interfaces being compared.
    pairs: Vec<(InterfaceId, InterfaceId)>,
    depth: u32,
}

/// Identity.
impl Store {
    /// Whether the types are identical as the language defines it.
    pub fn identical(&mut self, x: TypeId, y: TypeId) -> bool {
        x == y || self.identical_but(x, y, Overlook::default())
    }

    /// As [`Store::identical`], struct tags apart.
    pub fn identical_ignore_tags(&mut self, x: TypeId, y: TypeId) -> bool {
        let overlook = Overlook {
            tags: true,
            invalid: false,
        };
        self.identical_but(x, y, overlook)
    }

    /// As [`Store::identical`], but for what is overlooked.
    pub fn identical_but(&mut self, x: TypeId, y: TypeId, overlook: Overlook) -> bool {
        let mut comparer = Comparer {
            overlook,
            pairs: Vec::new(),
            depth: 0,
        };
        comparer.types(self, x, y)
    }

    /// Whether the lists are equally long and their types identical one by one.
    pub fn identical_lists(&mut self, x: TypeList, y: TypeList) -> bool {
        x == y
            || x.len() == y.len()
                && (0..x.len())
                    .all(|index| self.identical(self.types(x)[index], self.types(y)[index]))
    }
}

impl Comparer {
    fn types(&mut self, store: &mut Store, x: TypeId, y: TypeId) -> bool {
        let (x, y) = (store.unalias(x), store.unalias(y));
        if x == y || self.overlook.invalid && (x == TypeId::INVALID || y == TypeId::INVALID) {
            return true;
        }
        if self.depth > MAX_DEPTH {
            return false;
        }
        self.depth += 1;
        let same = self.kinds(store, x, y);
        self.depth -= 1;
        same
    }

    fn kinds(&mut self, store: &mut Store, x: TypeId, y: TypeId) -> bool {
        match (store.kind(x), store.kind(y)) {
            (TypeKind::Basic(x), TypeKind::Basic(y)) => x.canonical() == y.canonical(),
            (TypeKind::Pointer(x), TypeKind::Pointer(y))
            | (TypeKind::Slice(x), TypeKind::Slice(y)) => self.types(store, x, y),
            (
                TypeKind::Array { elem, len },
                TypeKind::Array {
                    elem: elem2,
                    len: len2,
                },
            ) => (len < 0 || len2 < 0 || len == len2) && self.types(store, elem, elem2),
            (
                TypeKind::Map { key, elem },
                TypeKind::Map {
                    key: key2,
                    elem: elem2,
                },
            ) => self.types(store, key, key2) && self.types(store, elem, elem2),
            (
                TypeKind::Chan { dir, elem },
                TypeKind::Chan {
                    dir: dir2,
                    elem: elem2,
                },
            ) => dir == dir2 && self.types(store, elem, elem2),
            (TypeKind::Tuple(x), TypeKind::Tuple(y)) => self.vars(store, x, y),
            (TypeKind::Struct(x), TypeKind::Struct(y)) => self.structs(store, x, y),
            (TypeKind::Signature(x), TypeKind::Signature(y)) => {
                self.signatures(store, store.sig(x), store.sig(y))
            }
            (TypeKind::Union(x), TypeKind::Union(y)) => {
                let mut terms = |union| store.union_type_terms(union).unwrap_or(TermBuf::NONE);
                let (x, y) = (terms(x), terms(y));
                store.terms_equal(&x, &y)
            }
            (TypeKind::Interface(x), TypeKind::Interface(y)) => self.interfaces(store, x, y),
            (TypeKind::Named(x), TypeKind::Named(y)) => {
                let (Some(xi), Some(yi)) = (store.named(x).instance, store.named(y).instance)
                else {
                    return false;
                };
                store.named(x).obj == store.named(y).obj && self.lists(store, xi.targs, yi.targs)
            }
            _ => false,
        }
    }

    fn lists(&mut self, store: &mut Store, x: TypeList, y: TypeList) -> bool {
        x == y
            || x.len() == y.len()
                && (0..x.len())
                    .all(|index| self.types(store, store.types(x)[index], store.types(y)[index]))
    }

    /// Types alone; names do not matter.
    fn vars(&mut self, store: &mut Store, x: ObjList, y: ObjList) -> bool {
        x == y
            || x.len() == y.len()
                && (0..x.len()).all(|index| {
                    let (x, y) = (store.objs(x)[index], store.objs(y)[index]);
                    self.types(store, store.obj_type(x), store.obj_type(y))
                })
    }

    fn structs(&mut self, store: &mut Store, x: Struct, y: Struct) -> bool {
        if x.fields.len() != y.fields.len() {
            return false;
        }
        (0..x.fields.len()).all(|index| {
            let (f, g) = (store.objs(x.fields)[index], store.objs(y.fields)[index]);
            let tag = |strukt: Struct| store.names_of(strukt.tags).get(index).copied();
            let other = store.obj(g);
            store.obj(f).is_embedded() == other.is_embedded()
                && (self.overlook.tags
                    || tag(x).unwrap_or(Name::EMPTY) == tag(y).unwrap_or(Name::EMPTY))
                && store.same_id(f, other.pkg, other.name)
                && self.types(store, store.obj_type(f), store.obj_type(g))
        })
    }

    /// Generic ones are identical if they are after giving both the same type parameters.
    fn signatures(&mut self, store: &mut Store, x: Signature, y: Signature) -> bool {
        if x.tparams.len() != y.tparams.len() || x.variadic != y.variadic {
            return false;
        }
        let (mut params, mut results) = (y.params, y.results);
        if !x.tparams.is_empty() {
            let map = SubstMap::new(store.types(y.tparams), store.types(x.tparams));
            let context = store.contexts.add();
            for index in 0..x.tparams.len() {
                let (xp, yp) = (store.types(x.tparams)[index], store.types(y.tparams)[index]);
                let (Some(bound), Some(other)) = (store.bound(xp), store.bound(yp)) else {
                    return false;
                };
                let other = store.subst(other, &map, context);
                if !self.types(store, bound, other) {
                    return false;
                }
            }
            params = store.subst_vars(params, &map, context);
            results = store.subst_vars(results, &map, context);
        }
        self.vars(store, x.params, params) && self.vars(store, x.results, results)
    }

    fn interfaces(&mut self, store: &mut Store, x: InterfaceId, y: InterfaceId) -> bool {
        let (xset, yset) = (store.type_set(x), store.type_set(y));
        if xset.comparable != yset.comparable || xset.methods.len() != yset.methods.len() {
            return false;
        }
        if xset.terms != yset.terms {
            let (xterms, yterms) = (store.term_buf(xset.terms), store.term_buf(yset.terms));
            if !store.terms_equal(&xterms, &yterms) {
                return false;
            }
        }
        if xset.methods == yset.methods
            || self.pairs.contains(&(x, y))
            || self.pairs.contains(&(y, x))
        {
            return true;
        }
        self.pairs.push((x, y));
        let same = (0..xset.methods.len()).all(|index| {
            let (f, g) = (
                store.objs(xset.methods)[index],
                store.objs(yset.methods)[index],
            );
            let other = store.obj(g);
            store.same_id(f, other.pkg, other.name)
                && self.types(store, store.obj_type(f), store.obj_type(g))
        });
        self.pairs.pop();
        same
    }
}

impl Store {
    /// The constraint of a type parameter.
    pub(crate) fn bound(&self, tparam: TypeId) -> Option<TypeId> {
        match self.kind(tparam) {
            TypeKind::TypeParam(id) => self.type_param(id).bound,
            _ => None,
        }
    }
}
