//! Fields and methods by name, through embedded fields.

use crate::{Name, ObjId, PkgId, Store, Struct, TypeId, TypeKind};

/// What a selector finds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Lookup {
    Found(Selected),
    /// The name occurs more than once at the shallowest depth that has it; the path to one of them.
    Ambiguous(Vec<u32>),
    /// A method with pointer receiver, but neither a pointer on the way nor an addressable operand.
    NeedsPointer,
    NotFound,
}

/// What a selector `x.f` finds, and by which way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Selected {
    /// A field or a method; the type of a method may still be to come: see `Checker::method_type`.
    pub obj: ObjId,
    /// Indices of embedded fields from the outside in, then of the field in its struct, of the method among
    /// those declared for its type, or in the sorted methods of an interface.
    pub index: Vec<u32>,
    /// A pointer was followed on the way, the operand itself included.
    pub indirect: bool,
}

impl Lookup {
    /// The object, if there is exactly one.
    pub fn found(self) -> Option<Selected> {
        match self {
            Self::Found(selected) => Some(selected),
            _ => None,
        }
    }
}

/// A type whose members are looked at, some embedded fields deep.
pub(crate) struct Embedded {
    pub(crate) typ: TypeId,
    pub(crate) path: Vec<u32>,
    pub(crate) indirect: bool,
    /// Met more than once at this depth.
    pub(crate) multiple: bool,
}

impl Embedded {
    /// The type that is asked itself.
    pub(crate) fn top(typ: TypeId, indirect: bool) -> Self {
        Self {
            typ,
            path: Vec::new(),
            indirect,
            multiple: false,
        }
    }
}

/// Deeper embedding, of structs and of interfaces, is not looked at.
pub(crate) const MAX_EMBEDDING: usize = 5_000;

impl Store {
    /// The field or method that `name`, written in package `pkg`, means as a member of the type.
    pub fn lookup_field_or_method(
        &mut self,
        typ: TypeId,
        addressable: bool,
        pkg: Option<PkgId>,
        name: Name,
    ) -> Lookup {
        // Defined pointer types have no methods, and those of what they point to are not theirs.
        if self.as_named(typ).is_some()
            && let pointer = self.under(typ)
            && let TypeKind::Pointer(_) = self.kind(pointer)
        {
            return match self.lookup_member(pointer, false, pkg, name) {
                Lookup::Found(selected) if self.obj(selected.obj).is_func() => Lookup::NotFound,
                lookup => lookup,
            };
        }
        self.lookup_member(typ, addressable, pkg, name)
    }

    /// As [`Store::lookup_field_or_method`], but takes a defined pointer type as having neither fields nor
    /// methods.
    pub fn lookup_member(
        &mut self,
        typ: TypeId,
        addressable: bool,
        pkg: Option<PkgId>,
        name: Name,
    ) -> Lookup {
        if name == Name::BLANK {
            return Lookup::NotFound;
        }
        let (base, is_pointer) = self.deref(typ);
        if is_pointer && self.is_interface(base) {
            return Lookup::NotFound;
        }
        let mut current = vec![Embedded::top(base, is_pointer)];
        let mut seen = Vec::new();
        while !current.is_empty() && current[0].path.len() < MAX_EMBEDDING {
            let mut next = Vec::new();
            match self.lookup_level(&current, &mut next, &mut seen, pkg, name) {
                Lookup::NotFound => current = self.consolidate(next),
                Lookup::Found(selected)
                    if self.has_ptr_recv(selected.obj) && !selected.indirect && !addressable =>
                {
                    return Lookup::NeedsPointer;
                }
                lookup => return lookup,
            }
        }
        Lookup::NotFound
    }

    /// Looks at the types of one depth and collects those of the next.
    fn lookup_level(
        &mut self,
        current: &[Embedded],
        next: &mut Vec<Embedded>,
        seen: &mut Vec<TypeId>,
        pkg: Option<PkgId>,
        name: Name,
    ) -> Lookup {
        let mut found: Option<Selected> = None;
        for embedded in current {
            let typ = self.unalias(embedded.typ);
            let mut hit = None;
            if let TypeKind::Named(id) = self.kind(typ) {
                // A shallower one shadows this.
                if seen.iter().any(|other| self.identical(*other, typ)) {
                    continue;
                }
                seen.push(typ);
                let origin = self.origin(id);
                let methods = &self.named(origin).methods;
                if let Some((index, _)) = self.find_by_name(methods, pkg, name) {
                    hit = self.method(id, index).map(|method| (index, method));
                }
            }
            if hit.is_none() {
                hit = match self.under_kind(typ) {
                    TypeKind::Struct(strukt) => {
                        let hit = self.find_by_name(self.objs(strukt.fields), pkg, name);
                        if hit.is_none() && found.is_none() {
                            self.collect_embedded(strukt, embedded, next);
                        }
                        hit
                    }
                    TypeKind::Interface(id) => {
                        let methods = self.type_set(id).methods;
                        self.find_by_name(self.objs(methods), pkg, name)
                    }
                    _ => None,
                };
            }
            let Some((index, obj)) = hit else { continue };
            let mut path = embedded.path.clone();
            path.push(index as u32);
            if found.is_some() || embedded.multiple {
                return Lookup::Ambiguous(path);
            }
            found = Some(Selected {
                obj,
                index: path,
                indirect: embedded.indirect,
            });
        }
        found.map_or(Lookup::NotFound, Lookup::Found)
    }

    fn collect_embedded(&self, strukt: Struct, outer: &Embedded, next: &mut Vec<Embedded>) {
        for (index, field) in self.objs(strukt.fields).iter().enumerate() {
            if !self.obj(*field).is_embedded() {
                continue;
            }
            let (typ, is_pointer) = self.deref(self.obj_type(*field));
            let mut path = outer.path.clone();
            path.push(index as u32);
            next.push(Embedded {
                typ,
                path,
                indirect: outer.indirect || is_pointer,
                multiple: outer.multiple,
            });
        }
    }

    /// Makes types met several times one entry.
    pub(crate) fn consolidate(&mut self, list: Vec<Embedded>) -> Vec<Embedded> {
        let mut unique: Vec<Embedded> = Vec::with_capacity(list.len());
        for embedded in list {
            let same = unique.iter().position(|other| {
                other.typ == embedded.typ || self.identical(other.typ, embedded.typ)
            });
            match same {
                Some(index) => unique[index].multiple = true,
                None => unique.push(embedded),
            }
        }
        unique
    }

    /// What a pointer type (not a defined one) points to, and whether it is one.
    pub fn deref(&self, typ: TypeId) -> (TypeId, bool) {
        match self.unaliased(typ) {
            TypeKind::Pointer(base) => (base, true),
            _ => (typ, false),
        }
    }

    /// What a pointer to a struct, defined or not, points to; else the type itself.
    pub fn deref_struct_pointer(&mut self, typ: TypeId) -> TypeId {
        if let TypeKind::Pointer(base) = self.under_kind(typ)
            && let TypeKind::Struct(_) = self.under_kind(base)
        {
            return base;
        }
        typ
    }

    /// Whether the receiver of a method is a pointer.
    pub fn has_ptr_recv(&self, method: ObjId) -> bool {
        matches!(
            self.obj(method).kind,
            crate::ObjKind::Func { ptr_recv: true, .. }
        )
    }

    /// The struct, or the one it points to, embeds something invalid, so no one knows what members it has.
    pub(crate) fn has_invalid_embedded_fields(&mut self, typ: TypeId) -> bool {
        self.has_invalid_embedded(typ, &mut Vec::new())
    }

    fn has_invalid_embedded(&mut self, typ: TypeId, seen: &mut Vec<TypeId>) -> bool {
        let base = self.deref_struct_pointer(typ);
        let under = self.under(base);
        let TypeKind::Struct(strukt) = self.kind(under) else {
            return false;
        };
        if seen.contains(&under) {
            return false;
        }
        seen.push(under);
        (0..strukt.fields.len()).any(|index| {
            let field = self.objs(strukt.fields)[index];
            let typ = self.obj_type(field);
            self.obj(field).is_embedded()
                && (!self.is_valid(typ) || self.has_invalid_embedded(typ, seen))
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Maker;

    use super::*;

    #[test]
    fn the_shallowest_member_wins_and_two_are_ambiguous() {
        let mut maker = Maker::default();
        let inner = maker.named_struct(
            "Inner",
            &[("x", TypeId::INT, false), ("y", TypeId::INT, false)],
        );
        maker.method(inner, "M", true);
        let other = maker.named_struct("Other", &[("x", TypeId::STRING, false)]);
        let pointer = maker.store.pointer(inner);
        let outer = maker.named_struct(
            "Outer",
            &[
                ("Inner", pointer, true),
                ("Other", other, true),
                ("z", TypeId::INT, false),
            ],
        );
        let by_value = maker.named_struct("ByValue", &[("Inner", inner, true)]);
        let mut path = |typ, addressable, name| match maker.lookup(typ, addressable, name) {
            Lookup::Found(selected) => format!("{:?} {}", selected.index, selected.indirect),
            lookup => format!("{lookup:?}"),
        };
        assert_eq!(path(outer, false, "z"), "[2] false");
        assert_eq!(path(outer, false, "y"), "[0, 1] true");
        assert_eq!(path(outer, false, "x"), "Ambiguous([1, 0])");
        assert_eq!(path(outer, false, "M"), "[0, 0] true");
        assert_eq!(path(by_value, false, "M"), "NeedsPointer");
        assert_eq!(path(by_value, true, "M"), "[0, 0] false");
        assert_eq!(path(outer, false, "w"), "NotFound");
        assert_eq!(path(outer, false, "_"), "NotFound");
        let names = |maker: &mut Maker, typ| {
            let methods = maker.store.method_set(typ);
            methods
                .iter()
                .map(|method| maker.store.name(method.obj).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&mut maker, outer), ["M"]);
        assert_eq!(names(&mut maker, by_value), Vec::<String>::new());
    }
}
