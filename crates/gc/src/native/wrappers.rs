//! Method wrappers of the types that a package declares, which are made after all calls are inlined, and inlined into
//! one by one.
//!
//! Of a wrapper whose method is not inlined only `-m=2` says something, and only there it is made. Types declared
//! in functions, instances of generic types and types without name have wrappers, too, which are not modelled. So have
//! shapes: that of a struct has the methods that its embedded fields promote, for itself and for a pointer to it. An
//! instance of a generic type makes one of each type argument, though only the signature of a method mentions it: who
//! comes across `reflect.Value`, whose `Seq` gives an `iter.Seq[reflect.Value]`, has wrappers of `reflect.flag`.
//!
//! Source: `MakeWrappers` of cmd/compile/internal/noder/reader.go, go1.27.3.

use go_ir::{Kind, Package, is_method_of_instance};
use go_types::{ObjId, PkgId, Store, TypeId};
use rustc_hash::FxHashSet;

use super::type_order::declared_types;

/// A method that a type has by another one.
pub(super) struct Wrapper {
    pub(super) name: String,
    pub(super) receiver: TypeId,
    pub(super) method: ObjId,
    /// Through embedded fields.
    pub(super) path: Vec<u32>,
}

/// Wrappers that the package has, in gc's order. Called before anything is inlined.
pub(super) fn wrappers(store: &mut Store, package: &Package, local: PkgId) -> Vec<Wrapper> {
    let mut all = Vec::new();
    for typ in declared_types(store, package, local) {
        of_type(store, typ, local, &mut all);
    }
    of_method_values(store, package, local, &mut all);
    all
}

/// Method by method, of each the type's own wrapper before that of a pointer to it.
fn of_type(store: &mut Store, typ: TypeId, local: PkgId, all: &mut Vec<Wrapper>) {
    let Some(named) = store.as_named(typ) else {
        return;
    };
    let name = store.name(store.named(named).obj).to_owned();
    let own = store.method_set(typ);
    if store.is_non_type_param_interface(typ) {
        all.extend(own.into_iter().map(|method| Wrapper {
            name: wrapper_name(store, &name, false, method.obj, local),
            receiver: typ,
            method: method.obj,
            path: Vec::new(),
        }));
        return;
    }
    let pointer = store.pointer(typ);
    for method in store.method_set(pointer) {
        let Some((_, path)) = method.index.split_last() else {
            continue;
        };
        for (receiver, is_pointer) in [(typ, false), (pointer, true)] {
            let has = is_pointer || own.iter().any(|own| own.obj == method.obj);
            let declared = path.is_empty() && store.has_ptr_recv(method.obj) == is_pointer;
            if !has || declared || is_method_of_instance(store, method.obj) {
                continue;
            }
            all.push(Wrapper {
                name: wrapper_name(store, &name, is_pointer, method.obj, local),
                receiver,
                method: method.obj,
                path: path.to_vec(),
            });
        }
    }
}

/// As gc says it: unexported methods of other packages with the path of these.
fn wrapper_name(store: &Store, typ: &str, is_pointer: bool, method: ObjId, local: PkgId) -> String {
    let name = store.name(method);
    let typ = if is_pointer {
        format!("(*{typ})")
    } else {
        typ.to_owned()
    };
    match store.obj(method).pkg {
        Some(pkg) if pkg != local && !name.starts_with(char::is_uppercase) => {
            let path = store.names.text(store.packages[pkg].path);
            format!("{typ}.{path}.{name}")
        }
        _ => format!("{typ}.{name}"),
    }
}

/// Not of an interface, nor of an instance of a generic type.
fn is_concrete(store: &mut Store, method: ObjId) -> bool {
    if is_method_of_instance(store, method) {
        return false;
    }
    let signature = store.as_signature(store.obj_type(method));
    let recv = signature.and_then(|signature| signature.recv);
    recv.is_some_and(|recv| {
        let typ = store.obj_type(recv);
        !store.is_non_type_param_interface(typ)
    })
}

/// Those of method values whose receiver is of a type of the package, which nobody else can have made. Called before
/// anything is inlined.
fn of_method_values(store: &mut Store, package: &Package, local: PkgId, all: &mut Vec<Wrapper>) {
    let mut seen = FxHashSet::default();
    for func in &package.funcs {
        for root in package.list(func.body) {
            package.walk(*root, &mut |id| {
                if let Kind::MethodValue { x, method } = package.kind(id) {
                    let receiver = package.typ(x);
                    let (base, is_pointer) = store.deref(receiver);
                    let Some(named) = store.as_named(base) else {
                        return true;
                    };
                    let obj = store.named(named).obj;
                    let own = store.obj(obj).pkg == Some(local);
                    if own && is_concrete(store, method) && seen.insert((named, is_pointer, method))
                    {
                        let typ = store.name(obj);
                        let name = wrapper_name(store, typ, is_pointer, method, local);
                        all.push(Wrapper {
                            name: format!("{name}-fm"),
                            receiver,
                            method,
                            path: Vec::new(),
                        });
                    }
                }
                true
            });
        }
    }
}
