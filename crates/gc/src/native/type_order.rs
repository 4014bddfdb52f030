//! The order in which gc comes across the types that a package declares, in which it makes their method wrappers.
//!
//! It reads the initializers of variables first, then the declarations as they stand in the files. A type is done when
//! all that its declaration and the signatures of its methods name is.
//!
//! Source: `pkgInit`, `objIdx` and `typIdx` of cmd/compile/internal/noder/reader.go, go1.27.3.

use go_ir::{Kind, Package};
use go_types::{ObjId, ObjList, PkgId, Store, TypeId, TypeKind};
use rustc_hash::FxHashSet;

/// The types that the package declares outside of functions, but for generic ones, in gc's order. Called before anything
/// is inlined.
pub(super) fn declared_types(store: &mut Store, package: &Package, local: PkgId) -> Vec<TypeId> {
    let mut order = Order {
        store,
        local,
        seen: FxHashSet::default(),
        done: Vec::new(),
    };
    let init = package.funcs.iter().find(|func| func.name == "init");
    for root in init.map_or(&[][..], |func| package.list(func.body)) {
        package.walk(*root, &mut |id| {
            match package.kind(id) {
                Kind::Global(obj) | Kind::Func(obj) => order.object(obj),
                _ => {}
            }
            order.typ(package.typ(id));
            true
        });
    }
    let scope = order.store.packages[local].scope;
    let mut declared: Vec<ObjId> = (order.store.scopes[scope].elems().iter())
        .map(|(_, obj)| *obj)
        .collect();
    declared.sort_by_key(|obj| {
        let pos = order.store.obj(*obj).pos;
        (pos.file, pos.offset)
    });
    for obj in declared {
        order.object(obj);
    }
    order.done
}

struct Order<'a> {
    store: &'a mut Store,
    local: PkgId,
    seen: FxHashSet<TypeId>,
    done: Vec<TypeId>,
}

impl Order<'_> {
    fn object(&mut self, obj: ObjId) {
        let typ = self.store.obj_type(obj);
        self.typ(typ);
    }

    fn typ(&mut self, typ: TypeId) {
        // An alias is what it stands for.
        let named = self.store.as_named(typ);
        let typ = named.map_or(typ, |named| self.store.named(named).typ);
        if !self.seen.insert(typ) {
            return;
        }
        if let Some(named) = named {
            let named = self.store.named(named);
            if let Some(instance) = &named.instance {
                for arg in self.store.types(instance.targs).to_vec() {
                    self.typ(arg);
                }
                return;
            }
            let (obj, generic, methods) =
                (named.obj, !named.tparams.is_empty(), named.methods.clone());
            if generic || self.store.obj(obj).pkg != Some(self.local) {
                return;
            }
            let underlying = self.store.under(typ);
            self.typ(underlying);
            for method in methods {
                self.object(method);
            }
            self.done.push(typ);
            return;
        }
        match self.store.under_kind(typ) {
            TypeKind::Pointer(elem)
            | TypeKind::Slice(elem)
            | TypeKind::Array { elem, .. }
            | TypeKind::Chan { elem, .. } => self.typ(elem),
            TypeKind::Map { key, elem } => {
                self.typ(key);
                self.typ(elem);
            }
            TypeKind::Tuple(objs) => self.objects(objs),
            TypeKind::Signature(_) => {
                if let Some(signature) = self.store.as_signature(typ) {
                    self.objects(signature.params);
                    self.objects(signature.results);
                }
            }
            TypeKind::Struct(strukt) => self.objects(strukt.fields),
            TypeKind::Interface(_) => {
                for method in self.store.method_set(typ) {
                    self.object(method.obj);
                }
            }
            _ => {}
        }
    }

    fn objects(&mut self, objs: ObjList) {
        for obj in self.store.objs(objs).to_vec() {
            self.object(obj);
        }
    }
}
