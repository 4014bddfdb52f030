//! Method sets.

use rustc_hash::FxHashMap;

use crate::lookup::{Embedded, MAX_EMBEDDING};
use crate::{Name, ObjId, PkgId, Store, Struct, TypeId, TypeKind};

/// A method in the method set of a type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Method {
    /// The method.
    pub obj: ObjId,
    /// As [`Selected::index`](crate::Selected::index).
    pub index: Vec<u32>,
    /// A pointer was followed on the way.
    pub indirect: bool,
}

/// Name, and package if unexported.
type Key = (Name, Option<Name>);

/// What a name means at the shallowest depth that has it.
enum Entry {
    Method(Method),
    /// A field, or several members.
    Other,
}

impl Store {
    /// All methods that may be called on a value of the type without taking its address, sorted by name;
    /// unexported ones by package in addition.
    pub fn method_set(&mut self, typ: TypeId) -> Vec<Method> {
        // Defined pointer types have no methods.
        if self.as_named(typ).is_some() && matches!(self.under_kind(typ), TypeKind::Pointer(_)) {
            return Vec::new();
        }
        let (base, is_pointer) = self.deref(typ);
        if is_pointer && self.is_interface(base) {
            return Vec::new();
        }
        let mut entries: FxHashMap<Key, Entry> = FxHashMap::default();
        let mut current = vec![Embedded::top(base, is_pointer)];
        let mut seen = Vec::new();
        for _ in 0..MAX_EMBEDDING {
            if current.is_empty() {
                break;
            }
            let mut level = FxHashMap::default();
            let mut next = Vec::new();
            for embedded in &current {
                self.add_members(embedded, &mut level, &mut next, &mut seen);
            }
            let mut found: Vec<(Key, Entry)> = level.into_iter().collect();
            found.sort_by_key(|(key, _)| *key);
            for (key, entry) in found {
                let entry = match entry {
                    Entry::Method(method) if self.has_ptr_recv(method.obj) && !method.indirect => {
                        Entry::Other
                    }
                    entry => entry,
                };
                entries.entry(key).or_insert(entry);
            }
            current = self.consolidate(next);
        }
        let mut methods: Vec<Method> = (entries.into_values())
            .filter_map(|entry| match entry {
                Entry::Method(method) => Some(method),
                Entry::Other => None,
            })
            .collect();
        methods.sort_by(|a, b| self.compare_objs(a.obj, b.obj));
        methods
    }

    fn add_members(
        &mut self,
        embedded: &Embedded,
        level: &mut FxHashMap<Key, Entry>,
        next: &mut Vec<Embedded>,
        seen: &mut Vec<TypeId>,
    ) {
        let typ = self.unalias(embedded.typ);
        if let TypeKind::Named(id) = self.kind(typ) {
            if seen.iter().any(|other| self.identical(*other, typ)) {
                return;
            }
            seen.push(typ);
            for index in 0..self.method_count(typ) {
                if let Some(method) = self.method(id, index) {
                    self.add_member(embedded, level, index, method);
                }
            }
        }
        match self.under_kind(typ) {
            TypeKind::Struct(Struct { fields, .. }) => {
                for index in 0..fields.len() {
                    let field = self.objs(fields)[index];
                    self.add_member(embedded, level, index, field);
                    if !self.obj(field).is_embedded() {
                        continue;
                    }
                    let (typ, is_pointer) = self.deref(self.obj_type(field));
                    next.push(Embedded {
                        typ,
                        path: path_to(embedded, index),
                        indirect: embedded.indirect || is_pointer,
                        multiple: embedded.multiple,
                    });
                }
            }
            TypeKind::Interface(id) => {
                let methods = self.type_set(id).methods;
                for index in 0..methods.len() {
                    let method = self.objs(methods)[index];
                    self.add_member(embedded, level, index, method);
                }
            }
            _ => {}
        }
    }

    fn add_member(
        &self,
        embedded: &Embedded,
        level: &mut FxHashMap<Key, Entry>,
        index: usize,
        obj: ObjId,
    ) {
        let object = self.obj(obj);
        if object.name == Name::BLANK {
            return;
        }
        let path = |pkg: PkgId| self.packages[pkg].path;
        let exported = self.names.is_exported(object.name);
        let pkg = if exported { None } else { object.pkg.map(path) };
        let entry = if object.is_func() && !embedded.multiple {
            Entry::Method(Method {
                obj,
                index: path_to(embedded, index),
                indirect: embedded.indirect,
            })
        } else {
            Entry::Other
        };
        (level.entry((object.name, pkg)))
            .and_modify(|entry| *entry = Entry::Other)
            .or_insert(entry);
    }
}

fn path_to(embedded: &Embedded, index: usize) -> Vec<u32> {
    let mut path = embedded.path.clone();
    path.push(index as u32);
    path
}
