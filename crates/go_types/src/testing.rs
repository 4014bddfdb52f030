//! Types made by hand, for tests.

use base::{FileId, Idx};

use crate::lookup::Lookup;
use crate::{
    NameList, ObjId, ObjKind, Object, PkgId, Pos, Signature, Store, TypeId, TypeKind, VarKind,
};

/// A store with one package.
pub(crate) struct Maker {
    pub(crate) store: Store,
    pub(crate) pkg: PkgId,
}

impl Default for Maker {
    fn default() -> Self {
        let mut store = Store::default();
        let name = store.names.intern("p");
        let pkg = store.new_package("example.org/p", name, 27);
        Self { store, pkg }
    }
}

impl Maker {
    pub(crate) fn obj(&mut self, kind: ObjKind, name: &str) -> ObjId {
        let name = self.store.names.intern(name);
        let pos = Pos::new(FileId::from_index(0), 0);
        self.store
            .new_obj(Object::new(kind, pos, Some(self.pkg), name))
    }

    /// Name, type, whether embedded.
    pub(crate) fn struct_type(&mut self, fields: &[(&str, TypeId, bool)]) -> TypeId {
        let fields: Vec<ObjId> = (fields.iter())
            .map(|(name, typ, embedded)| {
                let kind = ObjKind::Var {
                    kind: VarKind::Field,
                    embedded: *embedded,
                    origin: None,
                };
                let field = self.obj(kind, name);
                self.store.objects[field].typ = Some(*typ);
                field
            })
            .collect();
        let fields = self.store.obj_list(&fields);
        self.store.struct_type(fields, NameList::EMPTY)
    }

    pub(crate) fn named(&mut self, name: &str, underlying: TypeId) -> TypeId {
        let obj = self.obj(ObjKind::TypeName, name);
        self.store.new_named(obj, Some(underlying))
    }

    pub(crate) fn named_struct(&mut self, name: &str, fields: &[(&str, TypeId, bool)]) -> TypeId {
        let strukt = self.struct_type(fields);
        self.named(name, strukt)
    }

    /// A method without parameters and results.
    pub(crate) fn method(&mut self, typ: TypeId, name: &str, ptr_recv: bool) -> ObjId {
        let kind = ObjKind::Func {
            method: true,
            ptr_recv,
            origin: None,
            of_instance: None,
        };
        let method = self.obj(kind, name);
        let signature = self.store.signature(Signature::default());
        self.store.objects[method].typ = Some(signature);
        if let TypeKind::Named(id) = self.store.kind(typ) {
            self.store.named_mut(id).methods.push(method);
        }
        method
    }

    pub(crate) fn lookup(&mut self, typ: TypeId, addressable: bool, name: &str) -> Lookup {
        let name = self.store.names.intern(name);
        self.store
            .lookup_field_or_method(typ, addressable, Some(self.pkg), name)
    }
}
