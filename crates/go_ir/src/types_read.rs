//! The types that gc reads while it compiles a package, in the order in which it is done with each: it makes their method
//! wrappers in this order.
//!
//! A type is done when all that its declaration names is, and its first method is read. gc reads the initializers of
//! variables first, then the declarations as they stand in the files, then bodies from the last one back. What it reads
//! in the declarations of another package has its wrappers there already; not so what instances of generic types and
//! functions mention, whoever declares them.
//!
//! Source: `pkgInit`, `objIdx`, `typIdx` and `needWrapper` of cmd/compile/internal/noder/reader.go, go1.27.3.

use base::Idx as _;
use go_types::{NamedId, ObjId, ObjKind, ObjList, PkgId, Store, TypeId, TypeKind};
use rustc_hash::FxHashSet;

use crate::func::{Callee, FuncId, Package};
use crate::link::link_string;
use crate::lower::mentions_parameter;
use crate::node::{Kind, NodeId};
use crate::stencil::{Generics, has_shape, is_shape};

/// The types of a package that may have method wrappers.
#[derive(Debug)]
pub struct TypesRead {
    local: PkgId,
    /// Types that this package, and those that others mention.
    seen: [FxHashSet<TypeId>; 2],
    /// Types with their names whose insides were read.
    objects: FxHashSet<TypeId>,
    /// Instances whose fields are being read.
    open: Vec<TypeId>,
    /// Instances that their own fields mention, so that their methods find them without wrappers.
    forward: FxHashSet<TypeId>,
    /// Instances of shapes that are still to read, the next one last.
    dicts: Vec<TypeId>,
    need: Vec<TypeId>,
    have: Vec<TypeId>,
    /// Nodes before this one were looked at.
    n_nodes: usize,
}

/// In what a type is mentioned.
#[derive(Clone, Copy, Default)]
struct Reader {
    /// In a declaration of another package that is not generic.
    foreign: bool,
    /// In this instance of a generic type.
    owner: Option<TypeId>,
}

impl TypesRead {
    /// Types that are read before anything is inlined.
    pub fn new(
        store: &mut Store,
        package: &Package,
        local: PkgId,
        generics: &mut Generics,
    ) -> Self {
        let mut read = Self {
            local,
            seen: [FxHashSet::default(), FxHashSet::default()],
            objects: FxHashSet::default(),
            open: Vec::new(),
            forward: FxHashSet::default(),
            dicts: Vec::new(),
            need: Vec::new(),
            have: Vec::new(),
            n_nodes: package.n_nodes(),
        };
        let mut walk = Walk {
            store,
            generics,
            read: &mut read,
        };
        walk.initializers(package);
        walk.declarations();
        for (nodes, owner) in &package.bodies_read {
            let reader = Reader {
                foreign: false,
                owner: *owner,
            };
            for index in nodes.clone() {
                walk.node(package, NodeId::from_index(index), reader);
            }
            walk.instances_of_shapes();
        }
        read
    }

    /// Types that came with inlined bodies.
    pub fn inlined(&mut self, store: &mut Store, package: &Package, generics: &mut Generics) {
        let start = self.n_nodes;
        self.n_nodes = package.n_nodes();
        let local = self.local;
        let mut walk = Walk {
            store,
            generics,
            read: self,
        };
        for index in start..package.n_nodes() {
            let id = NodeId::from_index(index);
            let callee = package.node(id).inline.map(|it| package.inlined[it].callee);
            let foreign = match callee {
                Some(Callee::Declared(func)) => {
                    let owner = walk.store.obj(func).pkg;
                    owner != Some(local) && !walk.generics.is_instance(func)
                }
                Some(Callee::Closure(func)) => package.funcs[func].foreign.is_some(),
                None => false,
            };
            let reader = Reader {
                foreign,
                owner: None,
            };
            walk.node(package, id, reader);
        }
        walk.instances_of_shapes();
    }

    /// Those of which the package makes wrappers, in gc's order.
    pub fn wrapped(&self, store: &mut Store, generics: &Generics) -> Vec<TypeId> {
        let link =
            |store: &mut Store, typ| link_string(store, &generics.instances.local_types, typ);
        let mut names = FxHashSet::default();
        for typ in &self.have {
            names.extend(link(store, *typ));
        }
        let mut seen = FxHashSet::default();
        let mut wrapped = Vec::new();
        for typ in &self.need {
            if seen.insert(*typ) && link(store, *typ).is_none_or(|name| names.insert(name)) {
                wrapped.push(*typ);
            }
        }
        wrapped
    }
}

struct Walk<'a> {
    store: &'a mut Store,
    generics: &'a mut Generics,
    read: &'a mut TypesRead,
}

impl Walk<'_> {
    fn initializers(&mut self, package: &Package) {
        if let Some(init) = (package.funcs.ids()).find(|func| package.is_package_init(*func)) {
            self.body(package, init);
        }
    }

    /// A body with the closures in it.
    fn body(&mut self, package: &Package, func: FuncId) {
        for root in package.list(package.funcs[func].body) {
            let mut nodes = Vec::new();
            package.walk(*root, &mut |id| {
                nodes.push(id);
                true
            });
            for id in nodes {
                self.node(package, id, Reader::default());
                if let Kind::Closure(func) = package.kind(id) {
                    self.typ(package.funcs[func].typ, Reader::default());
                    self.body(package, func);
                }
            }
        }
    }

    /// What the package declares; a method brings its type along.
    fn declarations(&mut self) {
        let scope = self.store.packages[self.read.local].scope;
        let mut declared = Vec::new();
        for (_, obj) in self.store.scopes[scope].elems() {
            let object = self.store.obj(*obj);
            if matches!(object.kind, ObjKind::PkgName { .. }) {
                continue;
            }
            declared.push((object.pos, *obj));
            let named = object.typ.filter(|_| object.kind == ObjKind::TypeName);
            if let Some(named) = named.and_then(|typ| self.store.as_named(typ)) {
                let methods = self.store.named(named).methods.iter();
                declared.extend(methods.map(|method| (self.store.obj(*method).pos, *obj)));
            }
        }
        declared.sort_by_key(|(pos, _)| (pos.file, pos.offset));
        for (_, obj) in declared {
            self.object(obj, Reader::default());
        }
        self.instances_of_shapes();
    }

    /// Instances of shapes that belong to those that were read.
    fn instances_of_shapes(&mut self) {
        while let Some(typ) = self.read.dicts.pop() {
            if let Some(named) = self.store.as_named(typ) {
                self.instance(typ, named);
            }
        }
    }

    fn node(&mut self, package: &Package, id: NodeId, reader: Reader) {
        match package.kind(id) {
            Kind::Global(obj) | Kind::Func(obj) | Kind::MethodExpr { method: obj, .. } => {
                let foreign = self.store.obj(obj).pkg != Some(self.read.local);
                let foreign = foreign && !self.generics.is_instance(obj);
                self.object(obj, Reader { foreign, ..reader });
            }
            Kind::Dict(Some(dictionary)) => {
                let types = package.dictionaries.get(&dictionary);
                // Types in terms of type arguments are nobody else's.
                let reader = Reader {
                    foreign: false,
                    ..reader
                };
                for typ in types.into_iter().flatten() {
                    self.typ(*typ, reader);
                }
            }
            _ => {}
        }
        let typ = package.typ(id);
        if typ != TypeId::INVALID {
            self.typ(typ, reader);
        }
    }

    fn object(&mut self, obj: ObjId, reader: Reader) {
        if let Some(typ) = self.store.obj(obj).typ {
            self.typ(typ, reader);
        }
    }

    fn objects(&mut self, list: ObjList, reader: Reader) {
        for obj in self.store.objs(list).to_vec() {
            self.object(obj, reader);
        }
    }

    fn typ(&mut self, typ: TypeId, reader: Reader) {
        if let TypeKind::Alias(id) = self.store.kind(typ) {
            let alias = self.store.alias(id);
            let (obj, rhs) = (alias.obj, alias.rhs);
            let foreign = self.store.obj(obj).pkg != Some(self.read.local);
            if let Some(rhs) = rhs {
                self.typ(rhs, Reader { foreign, ..reader });
                self.typ(rhs, reader);
            }
            return;
        }
        let typ = self.generics.instances.canonical(self.store, typ);
        let known = &self.read.seen[usize::from(reader.foreign)];
        if known.contains(&typ) {
            return;
        }
        // A type that is not done has no wrappers yet, nor has it for who came across it before.
        if self.read.open.contains(&typ) {
            self.read.forward.insert(typ);
            return;
        }
        if reader.owner == Some(typ) && self.read.forward.contains(&typ) {
            return;
        }
        self.read.seen[usize::from(reader.foreign)].insert(typ);
        if self.parts(typ, reader) {
            self.done(typ, reader.foreign);
        }
    }

    fn done(&mut self, typ: TypeId, foreign: bool) {
        if foreign {
            self.read.have.push(typ);
        } else {
            self.read.need.push(typ);
        }
    }

    /// Reads what the type is made of; whether it may have wrappers.
    fn parts(&mut self, typ: TypeId, reader: Reader) -> bool {
        match self.store.kind(typ) {
            TypeKind::Pointer(elem)
            | TypeKind::Slice(elem)
            | TypeKind::Array { elem, .. }
            | TypeKind::Chan { elem, .. } => self.typ(elem, reader),
            TypeKind::Map { key, elem } => {
                self.typ(key, reader);
                self.typ(elem, reader);
            }
            TypeKind::Tuple(list) => self.objects(list, reader),
            TypeKind::Struct(strukt) => {
                self.objects(strukt.fields, reader);
                return true;
            }
            TypeKind::Signature(id) => {
                let signature = self.store.sig(id);
                if signature.tparams.is_empty() && signature.rparams.is_empty() {
                    self.objects(signature.params, reader);
                    self.objects(signature.results, reader);
                }
            }
            TypeKind::Interface(id) => {
                let methods = self.store.type_set(id).methods;
                self.objects(methods, reader);
                return true;
            }
            TypeKind::Named(id) => return self.named(typ, id, reader),
            TypeKind::Basic(_)
            | TypeKind::Alias(_)
            | TypeKind::TypeParam(_)
            | TypeKind::Union(_) => {}
        }
        false
    }

    fn named(&mut self, typ: TypeId, id: NamedId, reader: Reader) -> bool {
        let named = self.store.named(id);
        if let Some(instance) = named.instance {
            let targs = self.store.types(instance.targs).to_vec();
            for arg in &targs {
                self.typ(*arg, reader);
            }
            // In the fields of its argument it is another instance, whose argument has no shape yet.
            if has_shape(self.store, typ) && targs.iter().any(|arg| self.read.open.contains(arg)) {
                self.read.seen[usize::from(reader.foreign)].remove(&typ);
                return false;
            }
            let mut seen = FxHashSet::default();
            if mentions_parameter(self.store, typ, &mut seen) {
                return false;
            }
            self.instance(typ, id);
            return true;
        }
        let (obj, generic) = (named.obj, !named.tparams.is_empty());
        let owner = self.store.obj(obj).pkg;
        if owner.is_none() {
            return is_shape(self.store, typ);
        }
        let foreign = owner != Some(self.read.local);
        if generic || !self.read.objects.insert(typ) {
            return false;
        }
        let reader = Reader {
            foreign,
            owner: None,
        };
        let methods = named.methods.clone();
        let underlying = self.store.under(typ);
        self.parts(underlying, reader);
        // The first thing that a method mentions is its receiver.
        if !foreign && !methods.is_empty() {
            self.done(typ, foreign);
        }
        for method in methods {
            self.object(method, reader);
        }
        !foreign
    }

    /// Reads the fields of an instance and the signatures of its methods, once.
    fn instance(&mut self, typ: TypeId, id: NamedId) {
        if !self.read.objects.insert(typ) {
            return;
        }
        let Some(instance) = self.store.named(id).instance else {
            return;
        };
        let targs = self.store.types(instance.targs).to_vec();
        let shaped = targs.iter().any(|targ| has_shape(self.store, *targ));
        let reader = Reader {
            foreign: false,
            owner: Some(typ),
        };
        let underlying = self.store.under(typ);
        self.read.open.push(typ);
        self.parts(underlying, reader);
        self.read.open.pop();
        if !shaped {
            let instances = &mut self.generics.instances;
            let twin = instances.type_of_shapes(self.store, instance.origin, &targs);
            self.read.dicts.extend(twin);
        }
        let origin = self.store.as_named(instance.origin);
        let methods = origin.map(|id| self.store.named(id).methods.clone());
        let methods = methods.unwrap_or_default();
        if !methods.is_empty() && !self.read.forward.contains(&typ) {
            self.done(typ, false);
        }
        for method in methods {
            let Some(method) = self.generics.method_instance(self.store, method, &targs) else {
                continue;
            };
            let signature = self.store.as_signature(self.store.obj_type(method));
            if let Some(recv) = signature.and_then(|signature| signature.recv) {
                self.object(recv, reader);
            }
            self.object(method, reader);
        }
        if !shaped {
            self.done(typ, false);
        }
    }
}
