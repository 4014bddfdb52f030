//! Types that a package comes across, whose instances it compiles.
//!
//! gc reads a type together with all that it is made of and the signatures of its methods, and makes all methods of an
//! instance of a generic type when it meets the type.

use go_types::{ObjId, ObjKind, TypeId, TypeKind};
use rustc_hash::FxHashSet;

use super::Lowerer;
use super::stencil::mentions_parameter;
use crate::node::Kind;
use crate::stencil::has_shape;

/// What was come across so far.
#[derive(Default)]
pub(super) struct Reach {
    types: FxHashSet<TypeId>,
    /// Instances of functions that are lowered or will be.
    pub(super) instances: FxHashSet<ObjId>,
    /// Nodes before this one were looked at.
    n_nodes: usize,
}

impl Lowerer<'_> {
    /// What the package declares.
    pub(super) fn reach_declared(&mut self) {
        if self.instances.is_none() {
            return;
        }
        let scope = self.store.packages[self.pkg].scope;
        let mut objects: Vec<ObjId> = self.store.scopes[scope]
            .elems()
            .iter()
            .map(|it| it.1)
            .collect();
        objects.sort_by_key(|obj| self.store.obj(*obj).order);
        for obj in objects {
            let object = *self.store.obj(obj);
            if let (Some(typ), false) = (object.typ, matches!(object.kind, ObjKind::PkgName { .. }))
            {
                self.reach_type(typ);
            }
        }
    }

    /// Types of the nodes that were made since the last time.
    /// `method_of` is the instance of a generic type whose method they are of.
    pub(super) fn reach_nodes(&mut self, method_of: Option<TypeId>) {
        if self.instances.is_none() {
            return;
        }
        let count = self.out.n_nodes();
        let nodes = self.reach.n_nodes..count;
        self.out.bodies_read.push((nodes, method_of));
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

    fn reach_type(&mut self, root: TypeId) {
        let mut open = vec![root];
        while let Some(typ) = open.pop() {
            if self.reach.types.insert(typ) {
                self.parts(typ, &mut open);
            }
        }
    }

    /// Adds what the type is made of; of an instance of a generic type notes its methods.
    fn parts(&mut self, typ: TypeId, open: &mut Vec<TypeId>) {
        match self.store.kind(typ) {
            TypeKind::Alias(id) => open.extend(self.store.alias(id).rhs),
            TypeKind::Pointer(elem)
            | TypeKind::Slice(elem)
            | TypeKind::Array { elem, .. }
            | TypeKind::Chan { elem, .. } => open.push(elem),
            TypeKind::Map { key, elem } => open.extend([key, elem]),
            TypeKind::Tuple(list) => self.variables(list, open),
            TypeKind::Struct(strukt) => self.variables(strukt.fields, open),
            TypeKind::Signature(id) => {
                let signature = self.store.sig(id);
                if signature.tparams.is_empty() && signature.rparams.is_empty() {
                    self.variables(signature.params, open);
                    self.variables(signature.results, open);
                }
            }
            TypeKind::Interface(id) => {
                let methods = self.store.type_set(id).methods;
                self.variables(methods, open);
            }
            TypeKind::Named(id) => self.named(typ, id, open),
            TypeKind::Basic(_) | TypeKind::TypeParam(_) | TypeKind::Union(_) => {}
        }
    }

    fn named(&mut self, typ: TypeId, id: go_types::NamedId, open: &mut Vec<TypeId>) {
        let named = self.store.named(id).clone();
        let Some(instance) = named.instance else {
            if named.tparams.is_empty() {
                open.push(self.store.under(typ));
                for method in named.methods {
                    open.extend(self.store.obj(method).typ);
                }
            }
            return;
        };
        let mut seen = FxHashSet::default();
        if mentions_parameter(self.store, typ, &mut seen) {
            return;
        }
        let under = self.store.under(typ);
        open.push(under);
        self.recursive(typ, under);
        let targs = self.store.types(instance.targs).to_vec();
        let origin = self.store.as_named(instance.origin);
        let methods = origin.map(|id| self.store.named(id).methods.clone());
        let shaped = targs.iter().any(|targ| has_shape(self.store, *targ));
        let mut all = [Vec::new(), Vec::new()];
        for method in methods.unwrap_or_default() {
            let Some(instances) = self.instances.as_mut() else {
                return;
            };
            if !self.declared.contains_key(&method) {
                continue;
            }
            let of_shape = instances.shaped(self.store, method, &targs);
            all[1].extend(of_shape);
            if !shaped {
                all[0].extend(instances.concrete(self.store, method, &targs));
            }
        }
        for method in all.iter().flatten() {
            open.push(self.store.obj_type(*method));
            self.need(*method);
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
                self.parts(part, &mut open);
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
                    self.need(method);
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
