//! What is declared before any package: predeclared names, and package unsafe.

use base::{FileId, Idx};

use crate::constant::Value;
use crate::list::List;
use crate::{
    Basic, Builtin, Interface, Name, ObjId, ObjKind, ObjList, Object, PkgId, Pos, ScopeId,
    Signature, Store, Terms, TypeId, TypeKind, TypeList, TypeSet, VarKind,
};

/// Ids of predeclared things.
#[derive(Clone, Copy, Debug)]
pub struct Universe {
    /// The outermost scope, parent of those of packages.
    pub scope: ScopeId,
    /// The alias `any`.
    pub any: TypeId,
    /// `interface{}`, what `any` stands for.
    pub empty_interface: TypeId,
    /// The named type `error`.
    pub error: TypeId,
    /// The method of `error`.
    pub error_method: ObjId,
    /// The named type `comparable`, of use in constraints alone.
    pub comparable: TypeId,
    /// The constant, which has no value of its own.
    pub iota: ObjId,
    pub true_: ObjId,
    pub false_: ObjId,
    pub nil: ObjId,
    /// Types and objects with smaller indices are the universe's, the same in every store.
    pub(crate) n_types: usize,
    pub(crate) n_objs: usize,
}

impl Universe {
    /// Before the declaration of the universe.
    pub(crate) fn unset() -> Self {
        let obj = ObjId::from_index(0);
        Self {
            scope: ScopeId::UNIVERSE,
            any: TypeId::INVALID,
            empty_interface: TypeId::INVALID,
            error: TypeId::INVALID,
            error_method: obj,
            comparable: TypeId::INVALID,
            iota: obj,
            true_: obj,
            false_: obj,
            nil: obj,
            n_types: 0,
            n_objs: 0,
        }
    }
}

impl Store {
    pub(crate) fn declare_universe(&mut self) {
        self.universe.scope = self.new_universe_scope();
        let unsafe_ = self.new_package("unsafe", Name::UNSAFE, 0);
        debug_assert_eq!(unsafe_, PkgId::UNSAFE);
        self.declare_basics();
        self.declare_constants();
        self.declare_any();
        self.declare_error();
        self.declare_comparable();
        for builtin in Builtin::PREDECLARED {
            self.predeclare(ObjKind::Builtin(builtin), builtin.name(), TypeId::INVALID);
        }
        let scope = self.packages[PkgId::UNSAFE].scope;
        for builtin in Builtin::UNSAFE {
            let name = self.names.intern(builtin.name());
            let kind = ObjKind::Builtin(builtin);
            let object = Object::new(kind, Pos::none(), Some(PkgId::UNSAFE), name);
            self.declare_in(scope, object.with_type(TypeId::INVALID));
        }
        self.universe.n_types = self.type_count();
        self.universe.n_objs = self.objects.len();
    }

    fn declare_basics(&mut self) {
        for basic in Basic::ALL {
            let typ = TypeId::basic(basic);
            match basic {
                Basic::UnsafePointer => {
                    let scope = self.packages[PkgId::UNSAFE].scope;
                    let name = self.names.intern("Pointer");
                    let object =
                        Object::new(ObjKind::TypeName, Pos::none(), Some(PkgId::UNSAFE), name);
                    self.declare_in(scope, object.with_type(typ));
                }
                Basic::Invalid => {}
                _ if basic.name().starts_with("untyped") => {}
                _ => {
                    self.predeclare(ObjKind::TypeName, basic.name(), typ);
                }
            }
        }
    }

    fn declare_constants(&mut self) {
        let constant = ObjKind::Const { value: None };
        let [yes, no] = [true, false].map(|value| ObjKind::Const {
            value: Some(self.new_value(Value::Bool(value))),
        });
        self.universe.true_ = self.predeclare(yes, "true", TypeId::UNTYPED_BOOL);
        self.universe.false_ = self.predeclare(no, "false", TypeId::UNTYPED_BOOL);
        self.universe.iota = self.predeclare(constant, "iota", TypeId::UNTYPED_INT);
        self.universe.nil = self.predeclare(ObjKind::Nil, "nil", TypeId::UNTYPED_NIL);
    }

    fn declare_any(&mut self) {
        let empty = self.interface(Interface::complete(ObjList::EMPTY));
        self.universe.empty_interface = empty;
        let obj = self.predeclared_type_name("any");
        self.universe.any = self.new_alias(obj, Some(empty));
    }

    /// `type error interface{ Error() string }`
    fn declare_error(&mut self) {
        let obj = self.predeclared_type_name("error");
        let error = self.new_named(obj, None);
        let result = Object::var(VarKind::Result, Pos::none(), None, Name::EMPTY);
        let result = self.new_obj(result.with_type(TypeId::STRING));
        let results = self.obj_list(&[result]);
        let signature = self.signature(Signature {
            results,
            ..Signature::default()
        });
        let name = self.names.intern("Error");
        let method = Object::func(Pos::none(), None, name, true).with_type(signature);
        let method = self.new_obj(method);
        let methods = self.obj_list(&[method]);
        let interface = self.interface(Interface::complete(methods));
        self.set_underlying(error, interface);
        self.universe.error = error;
        self.universe.error_method = method;
    }

    /// `type comparable interface{ comparable }`, were it writable.
    fn declare_comparable(&mut self) {
        let obj = self.predeclared_type_name("comparable");
        let comparable = self.new_named(obj, None);
        let mut interface = Interface::complete(ObjList::EMPTY);
        interface.type_set = Some(TypeSet {
            methods: ObjList::EMPTY,
            terms: Terms::All,
            comparable: true,
        });
        let interface = self.interface(interface);
        self.set_underlying(comparable, interface);
        self.universe.comparable = comparable;
    }

    fn set_underlying(&mut self, typ: TypeId, underlying: TypeId) {
        if let TypeKind::Named(id) = self.kind(typ) {
            let named = self.named_mut(id);
            named.from_rhs = Some(underlying);
            named.underlying = Some(underlying);
        }
    }

    fn predeclared_type_name(&mut self, name: &str) -> ObjId {
        let name = self.names.intern(name);
        let mut object = Object::new(ObjKind::TypeName, Pos::none(), None, name);
        object.state = crate::DeclState::Done;
        self.declare_in(ScopeId::UNIVERSE, object)
    }

    fn predeclare(&mut self, kind: ObjKind, name: &str, typ: TypeId) -> ObjId {
        let name = self.names.intern(name);
        let object = Object::new(kind, Pos::none(), None, name);
        self.declare_in(ScopeId::UNIVERSE, object.with_type(typ))
    }

    fn declare_in(&mut self, scope: ScopeId, object: Object) -> ObjId {
        let obj = self.new_obj(object);
        let inserted = self.insert(scope, obj);
        debug_assert!(inserted.is_ok(), "predeclared twice");
        obj
    }
}

impl Interface {
    /// An interface of these methods alone.
    pub fn complete(methods: ObjList) -> Self {
        Self {
            methods,
            embeds: TypeList::EMPTY,
            embed_ranges: List::EMPTY,
            pos: Pos::new(FileId::from_index(u32::MAX as usize), 0),
            implicit: false,
            complete: true,
            type_set: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predeclared_names_mean_what_the_language_says() {
        let store = Store::default();
        let lookup = |name: &str| {
            let name = store.names.find(name).unwrap();
            let (_, obj) = store
                .lookup_parent(ScopeId::UNIVERSE, name, Some(0))
                .unwrap();
            (store.obj(obj).kind, store.obj_type(obj))
        };
        assert_eq!(lookup("int"), (ObjKind::TypeName, TypeId::INT));
        assert_eq!(lookup("byte"), (ObjKind::TypeName, TypeId::BYTE));
        assert_eq!(lookup("nil"), (ObjKind::Nil, TypeId::UNTYPED_NIL));
        assert_eq!(lookup("any").1, store.universe.any);
        assert_eq!(
            store.unalias(store.universe.any),
            store.universe.empty_interface
        );
        assert_eq!(lookup("len").0, ObjKind::Builtin(Builtin::Len));
        assert_eq!(
            store.names.find("Sizeof").map(|name| store.lookup_parent(
                ScopeId::UNIVERSE,
                name,
                None
            )),
            Some(None)
        );
        let scope = &store.scopes[store.packages[PkgId::UNSAFE].scope];
        assert_eq!(scope.elems().len(), 9);
    }
}
