//! Objects of the source as this analysis sees them, apart from the store that they were checked in: a store can be
//! dropped, or a package be read without one.

use std::cell::RefCell;

use base::IndexVec;
use go_syntax::Symbol;
use go_types::{ObjKind, Store, TypeKind, VarKind};
use rustc_hash::FxHashMap;

use crate::ids::packed_id;
use crate::types::type_name;

packed_id! {
    /// An object that some operation or function mentions.
    pub(crate) struct ObjId;
}

/// A text that the table of the process keeps.
pub(crate) type Text = &'static str;

pub(crate) fn text(text: &str) -> Text {
    Symbol::intern(text).as_str()
}

/// What is known of an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Object {
    pub(crate) name: Text,
    /// Import path of its package; empty for what the universe declares.
    pub(crate) package: Text,
    pub(crate) kind: Kind,
    /// Of a variable: the defined type, or that which a pointer leads to, as `package.Name`; empty for others.
    pub(crate) typ: Text,
    /// What the type is, before anything is looked through.
    pub(crate) form: Form,
    /// `None` for objects that one function alone can mention.
    pub(crate) key: Option<Key>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Field,
    PackageVar,
    Param,
    Result,
    Local,
    Func,
    Method,
    Other,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    Named,
    Basic,
    Other,
}

/// Where an object is declared, by which all packages know it: import path, base name of the file, offset.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Key {
    pub(crate) package: Symbol,
    pub(crate) file: Symbol,
    pub(crate) offset: u32,
}

/// The objects of a package under reading, by their ids in the store.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    known: RefCell<Known>,
}

#[derive(Debug, Default)]
struct Known {
    ids: FxHashMap<go_types::ObjId, ObjId>,
    objects: IndexVec<ObjId, Object>,
    in_store: IndexVec<ObjId, go_types::ObjId>,
}

impl Reader {
    pub(crate) fn id(&self, store: &Store, obj: go_types::ObjId) -> ObjId {
        let mut known = self.known.borrow_mut();
        if let Some(id) = known.ids.get(&obj) {
            return *id;
        }
        let id = known.objects.push(describe(store, obj));
        known.in_store.push(obj);
        known.ids.insert(obj, id);
        id
    }

    pub(crate) fn in_store(&self, id: ObjId) -> go_types::ObjId {
        self.known.borrow().in_store[id]
    }

    pub(crate) fn get(&self, id: ObjId) -> Object {
        self.known.borrow().objects[id]
    }

    pub(crate) fn objects(self) -> IndexVec<ObjId, Object> {
        self.known.into_inner().objects
    }
}

fn describe(store: &Store, obj: go_types::ObjId) -> Object {
    let object = store.obj(obj);
    let kind = match object.kind {
        ObjKind::Var { kind, .. } => match kind {
            VarKind::Field => Kind::Field,
            VarKind::Package => Kind::PackageVar,
            VarKind::Param | VarKind::Recv => Kind::Param,
            VarKind::Result => Kind::Result,
            VarKind::Local => Kind::Local,
        },
        ObjKind::Func { .. } => {
            let signature = store.as_signature(store.obj_type(obj));
            if signature.is_some_and(|it| it.recv.is_some()) {
                Kind::Method
            } else {
                Kind::Func
            }
        }
        _ => Kind::Other,
    };
    let package = (object.pkg).map(|pkg| store.names.text(store.packages[pkg].path));
    let package = text(package.unwrap_or_default());
    let name = text(store.names.text(object.name));
    let is_var = matches!(object.kind, ObjKind::Var { .. });
    let typ = is_var.then(|| store.obj_type(obj));
    let form = match typ.map(|typ| store.kind(typ)) {
        Some(TypeKind::Named(_)) => Form::Named,
        Some(TypeKind::Basic(_)) => Form::Basic,
        _ => Form::Other,
    };
    let typ = typ.and_then(|typ| type_name(store, typ));
    let key = match kind {
        Kind::Field | Kind::PackageVar | Kind::Func | Kind::Method => {
            let file: &str = match package {
                "" => name,
                _ => &store.files[object.pos.file].base_name,
            };
            Some(Key {
                package: Symbol::intern(package),
                file: Symbol::intern(file),
                offset: object.pos.offset,
            })
        }
        _ => None,
    };
    Object {
        name,
        package,
        kind,
        typ: typ.map_or("", |typ| text(&typ)),
        form,
        key,
    }
}
