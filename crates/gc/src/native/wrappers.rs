//! Method wrappers of the types that a package comes across, which are made after all calls are inlined, and inlined into
//! one by one.
//!
//! Of a wrapper whose method is not inlined only `-m=2` says something, and only there it is made. Types without name
//! have wrappers, too, and so have shapes: that of a struct has the methods that its embedded fields promote. An
//! instance of a generic type makes one of each type argument, though only the signature of a method mentions it: who
//! comes across `reflect.Value`, whose `Seq` gives an `iter.Seq[reflect.Value]`, has wrappers of `reflect.flag`.
//!
//! Source: `MakeWrappers` of cmd/compile/internal/noder/reader.go, go1.27.3.

use go_ir::{
    Generics, Kind, MethodWrapper, Package, TypesRead, is_method_of_instance, is_not_in_heap,
};
use go_types::{ObjId, Store, TypeId, TypeKind};
use rustc_hash::FxHashSet;

/// Wrappers that the package has of types, in gc's order.
pub(super) fn wrappers(
    store: &mut Store,
    read: &TypesRead,
    generics: &mut Generics,
) -> Vec<MethodWrapper> {
    let mut all = Vec::new();
    for typ in read.wrapped(store, generics) {
        of_type(store, typ, generics, &mut all);
    }
    all
}

/// Method by method, of each the type's own wrapper before that of a pointer to it.
fn of_type(store: &mut Store, typ: TypeId, generics: &mut Generics, all: &mut Vec<MethodWrapper>) {
    let name = generics.type_name(store, typ);
    let own = store.method_set(typ);
    if store.is_non_type_param_interface(typ) {
        all.extend(own.into_iter().map(|method| MethodWrapper {
            name: wrapper_name(store, typ, &name, 0, method.obj),
            receiver: typ,
            method: method.obj,
            path: Vec::new(),
        }));
        return;
    }
    let mut receivers = vec![typ, store.pointer(typ)];
    let methods = store.method_set(receivers[1]);
    if !methods.is_empty() && is_not_in_heap(store, typ) {
        receivers.push(store.pointer(receivers[1]));
    }
    for method in methods {
        let Some((_, path)) = method.index.split_last() else {
            continue;
        };
        let Some(callee) = of_instance(store, typ, (method.obj, &method.index), generics) else {
            continue;
        };
        for (pointers, receiver) in receivers.iter().enumerate() {
            let has = pointers > 0 || own.iter().any(|own| own.obj == method.obj);
            let ptr_recv = usize::from(store.has_ptr_recv(method.obj));
            let declared = path.is_empty() && ptr_recv == pointers;
            if !has || declared {
                continue;
            }
            all.push(MethodWrapper {
                name: wrapper_name(store, *receiver, &name, pointers, method.obj),
                receiver: *receiver,
                method: callee,
                path: path.to_vec(),
            });
        }
    }
}

/// The function that the method is: of an instance of a generic type its own. `None` if that is not modelled.
pub(super) fn of_instance(
    store: &mut Store,
    typ: TypeId,
    (method, index): (ObjId, &[u32]),
    generics: &mut Generics,
) -> Option<ObjId> {
    if !is_method_of_instance(store, method) {
        return Some(method);
    }
    let mut typ = typ;
    let (_, path) = index.split_last()?;
    for field in path {
        let strukt = store.deref_struct_pointer(typ);
        let TypeKind::Struct(strukt) = store.under_kind(strukt) else {
            return None;
        };
        let field = *store.objs(strukt.fields).get(*field as usize)?;
        typ = store.obj_type(field);
    }
    let (base, _) = store.deref(typ);
    let instance = store.named(store.as_named(base)?).instance?;
    let targs = store.types(instance.targs).to_vec();
    let origin = store.origin_obj(method);
    generics.method_instance(store, origin, &targs)
}

/// As gc says it: unexported methods with the path of their package, if the type is of no package or of another.
fn wrapper_name(
    store: &Store,
    receiver: TypeId,
    typ: &str,
    pointers: usize,
    method: ObjId,
) -> String {
    let name = store.name(method);
    let (base, _) = store.deref(receiver);
    let obj = store.as_named(base).map(|named| store.named(named).obj);
    let owner = obj.and_then(|obj| store.obj(obj).pkg);
    let typ = match pointers {
        0 => typ.to_owned(),
        _ => format!("({}{typ})", "*".repeat(pointers)),
    };
    match store.obj(method).pkg {
        Some(pkg) if owner != Some(pkg) && !name.starts_with(char::is_uppercase) => {
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

/// Wrappers of method values, which are made where these stand. Called before anything is inlined.
pub(super) fn of_method_values(store: &mut Store, package: &Package) -> Vec<MethodWrapper> {
    let mut all = Vec::new();
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
                    if is_concrete(store, method) && seen.insert((named, is_pointer, method)) {
                        let typ = store.name(obj);
                        let pointers = usize::from(is_pointer);
                        let name = wrapper_name(store, receiver, typ, pointers, method);
                        all.push(MethodWrapper {
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
    all
}

/// Whether the wrapper jumps to its method, as it does between pointers if the method is not inlined.
/// Source: `addTailCall` of cmd/compile/internal/noder/reader.go, go1.27.3.
pub(super) fn jumps(store: &mut Store, wrapper: &MethodWrapper, inlines: bool) -> bool {
    let (_, is_pointer) = store.deref(wrapper.receiver);
    if !is_pointer || wrapper.path.is_empty() || wrapper.name.ends_with("-fm") {
        return false;
    }
    is_of_interface(store, wrapper.method) || (!inlines && store.has_ptr_recv(wrapper.method))
}

/// Whether the method is an interface's.
pub(super) fn is_of_interface(store: &mut Store, method: ObjId) -> bool {
    let signature = store.as_signature(store.obj_type(method));
    let recv = signature.and_then(|signature| signature.recv);
    // Methods of an interface without name have no receiver.
    let Some(recv) = recv else {
        return true;
    };
    let typ = store.obj_type(recv);
    store.is_non_type_param_interface(typ)
}
