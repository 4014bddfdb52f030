//! Types that a package comes across, whose instances it compiles.
//!
//! gc reads a type together with all that it is made of and the signatures of its methods, and makes all methods of an
//! instance of a generic type when it meets the type. Bodies wait on a stack while it reads, instances of shapes on
//! another one, which is emptied before the next body is read.
//!
//! Source: `objIdx`, `pkgDecls` and `readBodies` of cmd/compile/internal/noder, go1.27.3.

use std::ops::Range;

use go_syntax::Node;
use go_types::{NamedId, ObjId, ObjKind, Pos, TypeId, TypeKind};
use rustc_hash::{FxHashMap, FxHashSet};

use super::stencil::{Todo, mentions_parameter};
use super::{Lowerer, Source};
use crate::node::Kind;
use crate::stencil::has_shape;

/// What was come across so far.
#[derive(Default)]
pub(super) struct Reach {
    types: FxHashSet<TypeId>,
    /// Instances of functions that are lowered or will be.
    pub(super) instances: FxHashSet<ObjId>,
    /// Types are not looked at, only what is called.
    pub(super) silent: bool,
    /// Bodies of declared functions that were not come across yet.
    bodies: FxHashMap<ObjId, Todo>,
    /// Instances whose fields are being read.
    open: Vec<TypeId>,
    /// Instances of types for shapes, the next one last.
    dicts: Vec<TypeId>,
    /// Nodes before this one were looked at.
    n_nodes: usize,
    /// The first node of the body that is lowered.
    body: usize,
}

impl<'a> Lowerer<'a> {
    /// What the package declares, and the bodies of its functions in the order in which they are lowered from the last
    /// one back. `bodies` are in the order of the files.
    pub(super) fn reach_declared(
        &mut self,
        source: &'a Source<'a>,
        bodies: Vec<(Pos, ObjId, Todo)>,
    ) {
        if self.instances.is_none() {
            self.todo
                .extend(bodies.into_iter().map(|(_, _, todo)| todo));
            return;
        }
        let mut declared: Vec<(Pos, ObjId)> = Vec::new();
        for (pos, obj, todo) in bodies {
            declared.push((pos, obj));
            self.reach.bodies.insert(obj, todo);
        }
        let scope = self.store.packages[self.pkg].scope;
        for (_, obj) in self.store.scopes[scope].elems() {
            let object = self.store.obj(*obj);
            if !matches!(object.kind, ObjKind::PkgName { .. } | ObjKind::Func { .. }) {
                declared.push((object.pos, *obj));
            }
        }
        self.reach_initializers(source);
        declared.sort_by_key(|(pos, _)| (pos.file, pos.offset));
        for (_, obj) in declared {
            self.reach_object(obj);
        }
    }

    fn reach_object(&mut self, obj: ObjId) {
        let Some(typ) = self.store.obj(obj).typ else {
            return;
        };
        // A method comes with its type.
        let signature = self.store.as_signature(typ);
        if let Some(recv) = signature.and_then(|signature| signature.recv) {
            let recv = self.store.obj_type(recv);
            self.reach_type(recv);
        }
        self.reach_type(typ);
        self.reach_body(obj);
    }

    /// What the initializers of variables mention, which gc reads first.
    fn reach_initializers(&mut self, source: &'a Source<'a>) {
        for initializer in &source.info.init_order {
            self.enter_file(source, initializer.file);
            for obj in &initializer.lhs {
                self.reach_object(*obj);
            }
            let mut mentioned = Vec::new();
            self.ast().walk(initializer.rhs, |node| {
                if let Node::Expr(expr) = node {
                    let method = self.info().selection(expr).map(|selection| selection.obj);
                    let typ = self.info().type_of(expr).map(|known| known.typ);
                    mentioned.push((method.or_else(|| self.info().use_of(expr)), typ));
                }
                true
            });
            for (obj, typ) in mentioned {
                if let Some(obj) = obj {
                    self.reach_object(obj);
                }
                if let Some(typ) = typ {
                    self.reach_type(typ);
                }
            }
        }
    }

    /// Puts the body of a declared function on the stack, if it was not there yet.
    fn reach_body(&mut self, func: ObjId) {
        let body = self.reach.bodies.remove(&func);
        self.todo.extend(body);
    }

    /// The nodes of a body that was lowered. `method_of` is the instance of a generic type whose method it is of.
    pub(super) fn reach_nodes(&mut self, method_of: Option<TypeId>) {
        if self.instances.is_none() {
            return;
        }
        self.reach_new_nodes();
        let nodes: Range<usize> = self.reach.body..self.reach.n_nodes;
        self.reach.body = self.reach.n_nodes;
        self.out.bodies_read.push((nodes, method_of));
        self.reach_shapes();
    }

    /// Types of the nodes that were made since the last time.
    pub(super) fn reach_new_nodes(&mut self) {
        let count = self.out.n_nodes();
        for index in self.reach.n_nodes..count {
            let id = base::Idx::from_index(index);
            let typ = self.out.typ(id);
            if typ != TypeId::INVALID {
                self.reach_type(typ);
            }
            // The signature of a function is read with its name.
            if let Kind::MethodExpr { method, .. } = self.out.kind(id) {
                let typ = self.store.obj_type(method);
                self.reach_type(typ);
            }
        }
        self.reach.n_nodes = count;
    }

    /// Instances of shapes that wait.
    pub(super) fn reach_shapes(&mut self) {
        while let Some(typ) = self.reach.dicts.pop() {
            self.reach_type(typ);
        }
    }

    pub(super) fn reach_type(&mut self, typ: TypeId) {
        let typ = self.canonical(typ);
        if self.reach.types.insert(typ) {
            match self.store.kind(typ) {
                TypeKind::Named(id) => self.reach_named(typ, id),
                _ => {
                    for part in self.parts(typ) {
                        self.reach_type(part);
                    }
                }
            }
        }
    }

    /// What a type without name is made of.
    fn parts(&mut self, typ: TypeId) -> Vec<TypeId> {
        let mut parts = Vec::new();
        match self.store.kind(typ) {
            TypeKind::Alias(id) => parts.extend(self.store.alias(id).rhs),
            TypeKind::Pointer(elem)
            | TypeKind::Slice(elem)
            | TypeKind::Array { elem, .. }
            | TypeKind::Chan { elem, .. } => parts.push(elem),
            TypeKind::Map { key, elem } => parts.extend([key, elem]),
            TypeKind::Tuple(list) => self.variables(list, &mut parts),
            TypeKind::Struct(strukt) => self.variables(strukt.fields, &mut parts),
            TypeKind::Signature(id) => {
                let signature = self.store.sig(id);
                if signature.tparams.is_empty() && signature.rparams.is_empty() {
                    self.variables(signature.params, &mut parts);
                    self.variables(signature.results, &mut parts);
                }
            }
            TypeKind::Interface(id) => {
                let methods = self.store.type_set(id).methods;
                self.variables(methods, &mut parts);
            }
            TypeKind::Named(_)
            | TypeKind::Basic(_)
            | TypeKind::TypeParam(_)
            | TypeKind::Union(_) => {}
        }
        parts
    }

    fn reach_named(&mut self, typ: TypeId, id: NamedId) {
        let named = self.store.named(id).clone();
        let Some(instance) = named.instance else {
            if named.tparams.is_empty() {
                let underlying = self.store.under(typ);
                self.reach_type(underlying);
                for method in named.methods {
                    if let Some(signature) = self.store.obj(method).typ {
                        self.reach_type(signature);
                    }
                    self.reach_body(method);
                }
            }
            return;
        };
        let targs = self.store.types(instance.targs).to_vec();
        for targ in &targs {
            self.reach_type(*targ);
        }
        let mut seen = FxHashSet::default();
        if mentions_parameter(self.store, typ, &mut seen) {
            return;
        }
        let shaped = targs.iter().any(|targ| has_shape(self.store, *targ));
        if shaped && targs.iter().any(|targ| self.reach.open.contains(targ)) {
            // In the fields of its argument it is another instance: see [`Self::recursive`].
            self.reach.types.remove(&typ);
            return;
        }
        let underlying = self.store.under(typ);
        self.reach.open.push(typ);
        self.reach_type(underlying);
        self.reach.open.pop();
        self.recursive(typ, underlying);
        if let (false, Some(instances)) = (shaped, self.instances.as_mut()) {
            let twin = instances.type_of_shapes(self.store, instance.origin, &targs);
            self.reach.dicts.extend(twin);
        }
        let origin = self.store.as_named(instance.origin);
        let methods = origin.map(|id| self.store.named(id).methods.clone());
        for method in methods.unwrap_or_default() {
            let declared = self.declared.contains_key(&method);
            let Some(instances) = self.instances.as_mut().filter(|_| declared) else {
                continue;
            };
            if let Some(method) = instances.of_targs(self.store, method, &targs) {
                self.reach_instance(method);
            }
        }
    }

    /// The signature of an instance, then its body.
    pub(super) fn reach_instance(&mut self, instance: ObjId) {
        if self.reach.instances.insert(instance) {
            let signature = self.store.obj_type(instance);
            self.reach_type(signature);
            self.todo.push(Todo::Instance(instance));
        }
    }

    /// Instances for a type in its own fields: when gc reads these it does not know the type's shape yet.
    fn recursive(&mut self, typ: TypeId, under: TypeId) {
        if !has_shape(self.store, typ) {
            return;
        }
        let (mut open, mut seen) = (vec![under], FxHashSet::default());
        while let Some(part) = open.pop() {
            if !seen.insert(part) {
                continue;
            }
            let TypeKind::Named(id) = self.store.kind(part) else {
                open.extend(self.parts(part));
                continue;
            };
            let Some(instance) = self.store.named(id).instance else {
                continue;
            };
            let targs = self.store.types(instance.targs).to_vec();
            if !(targs.iter()).any(|targ| self.store.identical(*targ, typ)) {
                continue;
            }
            let origin = self.store.as_named(instance.origin);
            let methods = origin.map(|id| self.store.named(id).methods.clone());
            for method in methods.unwrap_or_default() {
                let declared = self.declared.contains_key(&method);
                let Some(instances) = self.instances.as_mut().filter(|_| declared) else {
                    continue;
                };
                if let Some(method) = instances.unread(self.store, method, &targs, typ) {
                    self.reach_instance(method);
                }
            }
        }
    }

    fn variables(&mut self, list: go_types::ObjList, open: &mut Vec<TypeId>) {
        for obj in self.store.objs(list) {
            open.extend(self.store.obj(*obj).typ);
        }
    }
}
