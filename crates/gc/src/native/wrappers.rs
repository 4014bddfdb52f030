//! Method wrappers of the types that a package declares, which are made after all calls are inlined, and inlined into
//! one by one.
//!
//! Of a wrapper whose method is not inlined nothing is said, so those alone are made whose method can be. Types declared
//! in functions, instances of generic types and types without name have wrappers, too, which are not modelled. So have
//! shapes: that of a struct has the methods that its embedded fields promote, for itself and for a pointer to it. An
//! instance of a generic type makes one of each type argument, though only the signature of a method mentions it: who
//! comes across `reflect.Value`, whose `Seq` gives an `iter.Seq[reflect.Value]`, has wrappers of `reflect.flag`.
//!
//! Source: `MakeWrappers` of cmd/compile/internal/noder/reader.go, go1.27.3.

use go_ir::{Kind, Package, is_method_of_instance};
use go_types::{ObjId, ObjKind, PkgId, Store, TypeId};
use rustc_hash::FxHashSet;

/// A method that a type has by another one.
pub(super) struct Wrapper {
    pub(super) name: String,
    pub(super) receiver: TypeId,
    pub(super) method: ObjId,
    /// Through embedded fields.
    pub(super) path: Vec<u32>,
}

/// Wrappers that the package has, of methods that are no interface's.
pub(super) fn wrappers(store: &mut Store, package: &Package, local: PkgId) -> Vec<Wrapper> {
    let mut all = Vec::new();
    let scope = store.packages[local].scope;
    for (_, obj) in store.scopes[scope].elems().to_vec() {
        if let Some(typ) = declared_type(store, obj) {
            let name = store.name(obj).to_owned();
            of_type(store, typ, &name, local, &mut all);
        }
    }
    of_method_values(store, package, local, &mut all);
    all
}

/// The type that the object declares, if it may have methods of its own.
fn declared_type(store: &mut Store, obj: ObjId) -> Option<TypeId> {
    let ObjKind::TypeName = store.obj(obj).kind else {
        return None;
    };
    let typ = store.obj_type(obj);
    let named = store.named(store.as_named(typ)?);
    let own = named.obj == obj && named.tparams.is_empty() && named.instance.is_none();
    (own && !store.is_non_type_param_interface(typ)).then_some(typ)
}

fn of_type(store: &mut Store, typ: TypeId, name: &str, local: PkgId, all: &mut Vec<Wrapper>) {
    let pointer = store.pointer(typ);
    for (receiver, is_pointer) in [(typ, false), (pointer, true)] {
        for method in store.method_set(receiver) {
            let Some((_, path)) = method.index.split_last() else {
                continue;
            };
            let declared = path.is_empty() && store.has_ptr_recv(method.obj) == is_pointer;
            if declared || !is_concrete(store, method.obj) {
                continue;
            }
            all.push(Wrapper {
                name: wrapper_name(store, name, is_pointer, method.obj, local),
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
