//! What the export data of a package refers to: its exported objects, and all that they need.
//!
//! Of types, all they are made of and all their methods; of functions, the signature, and the body where it is in the
//! data.

use go_ir::{Generics, Kind, NodeId, Package};
use go_types::{ObjId, ObjList, PkgId, Store, TypeId, TypeKind};
use rustc_hash::FxHashSet;

use super::inline::Bodies;

/// The functions and methods that the export data of `local` refers to. It has the bodies of its own inlinable
/// functions, and of those of others that were inlined.
pub(super) fn exported_functions(
    store: &Store,
    local: PkgId,
    inlined: &FxHashSet<ObjId>,
    bodies: &Bodies,
    generics: &Generics,
) -> FxHashSet<ObjId> {
    let mut reach = Reach {
        store,
        objects: FxHashSet::default(),
        types: FxHashSet::default(),
        open: Vec::new(),
    };
    let scope = store.packages[local].scope;
    for (name, obj) in store.scopes[scope].elems() {
        if store.names.is_exported(*name) {
            reach.object(*obj);
        }
    }
    while let Some(part) = reach.open.pop() {
        match part {
            Part::Type(typ) => reach.parts(typ),
            Part::Object(obj) => {
                if let Some(typ) = store.obj(obj).typ {
                    reach.typ(typ);
                }
                for mentioned in generics.mentioned(obj) {
                    reach.object(*mentioned);
                }
                let has_body = store.obj(obj).pkg == Some(local) || inlined.contains(&obj);
                if let Some(body) = bodies.get(obj).filter(|_| has_body) {
                    for func in &body.package.funcs {
                        for root in body.package.list(func.body) {
                            reach.nodes(&body.package, *root);
                        }
                    }
                }
            }
        }
    }
    let mut functions = reach.objects;
    functions.retain(|obj| store.obj(*obj).is_func());
    functions
}

struct Reach<'a> {
    store: &'a Store,
    objects: FxHashSet<ObjId>,
    types: FxHashSet<TypeId>,
    open: Vec<Part>,
}

/// What was reached and not looked into.
enum Part {
    Object(ObjId),
    Type(TypeId),
}

impl Reach<'_> {
    fn object(&mut self, obj: ObjId) {
        if self.objects.insert(obj) {
            self.open.push(Part::Object(obj));
        }
    }

    fn typ(&mut self, typ: TypeId) {
        if self.types.insert(typ) {
            self.open.push(Part::Type(typ));
        }
    }

    /// Fields, parameters, results.
    fn variables(&mut self, list: ObjList) {
        for obj in self.store.objs(list) {
            if let Some(typ) = self.store.obj(*obj).typ {
                self.typ(typ);
            }
        }
    }

    fn parts(&mut self, typ: TypeId) {
        let store = self.store;
        match store.kind(typ) {
            TypeKind::Basic(_) => {}
            TypeKind::Named(id) => {
                let named = store.named(id);
                for method in &named.methods {
                    self.object(*method);
                }
                self.all(named.from_rhs.as_slice());
                if let Some(instance) = named.instance {
                    self.typ(instance.origin);
                    self.all(store.types(instance.targs));
                }
            }
            TypeKind::Alias(id) => {
                let alias = store.alias(id);
                self.all(alias.rhs.as_slice());
                self.all(store.types(alias.targs));
            }
            TypeKind::Pointer(elem)
            | TypeKind::Slice(elem)
            | TypeKind::Array { elem, .. }
            | TypeKind::Chan { elem, .. } => self.typ(elem),
            TypeKind::Map { key, elem } => self.all(&[key, elem]),
            TypeKind::Tuple(list) => self.variables(list),
            TypeKind::Struct(it) => self.variables(it.fields),
            TypeKind::Signature(id) => {
                let signature = store.sig(id);
                self.variables(signature.params);
                self.variables(signature.results);
                self.all(store.types(signature.tparams));
            }
            TypeKind::Interface(id) => {
                let interface = store.iface(id);
                self.variables(interface.methods);
                self.all(store.types(interface.embeds));
            }
            TypeKind::Union(terms) => {
                for term in store.terms(terms) {
                    self.typ(term.typ);
                }
            }
            TypeKind::TypeParam(id) => {
                if let Some(bound) = store.type_param(id).bound {
                    self.typ(bound);
                }
            }
        }
    }

    fn all(&mut self, types: &[TypeId]) {
        for typ in types {
            self.typ(*typ);
        }
    }

    /// All from the node down.
    fn nodes(&mut self, package: &Package, root: NodeId) {
        package.walk(root, &mut |id| {
            self.typ(package.typ(id));
            match package.kind(id) {
                Kind::Func(obj)
                | Kind::Inst(obj)
                | Kind::Global(obj)
                | Kind::MethodExpr { method: obj, .. } => self.object(obj),
                _ => {}
            }
            true
        });
    }
}
