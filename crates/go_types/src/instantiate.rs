//! Instances of generic types and functions, and their methods.

use crate::subst::SubstMap;
use crate::{
    Alias, ContextId, Instance, Named, ObjId, ObjKind, Object, Signature, Store, TypeId, TypeKind,
    TypeList,
};

/// An instance nested deeper than this is taken for one of a type that grows without end.
const MAX_NESTING: u32 = 200;

impl Store {
    /// The instance of a generic type, alias or function signature. The number of arguments is the
    /// caller's to check; with a wrong one aliases and signatures are invalid.
    pub fn instance(&mut self, origin: TypeId, targs: TypeList, context: ContextId) -> TypeId {
        self.instance_in(origin, targs, None, Some(context))
    }

    pub(crate) fn instance_in(
        &mut self,
        origin: TypeId,
        targs: TypeList,
        expanding: Option<TypeId>,
        context: Option<ContextId>,
    ) -> TypeId {
        let expanding_context = expanding.and_then(|typ| self.instance_info(typ)?.context);
        let contexts = [expanding_context, context];
        let hash = self.instance_hash(origin, targs);
        for context in contexts.into_iter().flatten() {
            if let Some(found) = self.find_instance(context, hash, origin, targs) {
                return self.update_contexts(contexts, hash, origin, targs, found);
            }
        }
        let made = match self.kind(origin) {
            TypeKind::Named(_) => self.named_instance(origin, targs, expanding, context),
            TypeKind::Alias(_) => self.alias_instance(origin, targs, expanding, context),
            TypeKind::Signature(id) => self.signature_instance(self.sig(id), targs, context),
            _ => return TypeId::INVALID,
        };
        if made == TypeId::INVALID {
            return made;
        }
        self.update_contexts(contexts, hash, origin, targs, made)
    }

    fn instance_info(&self, typ: TypeId) -> Option<Instance> {
        match self.kind(typ) {
            TypeKind::Named(id) => self.named(id).instance,
            _ => None,
        }
    }

    fn named_instance(
        &mut self,
        origin: TypeId,
        targs: TypeList,
        expanding: Option<TypeId>,
        context: Option<ContextId>,
    ) -> TypeId {
        let Some(id) = self.as_named(origin) else {
            return TypeId::INVALID;
        };
        if targs.is_empty() || self.is_nested_too_deep(targs) {
            return TypeId::INVALID;
        }
        let (obj, tparams) = (self.named(id).obj, self.named(id).tparams);
        // Cycles of types stay within a package: only there is the context of the expanding one of use.
        let inherited = expanding.and_then(|typ| {
            let id = self.as_named(typ)?;
            let pkg = self.obj(self.named(id).obj).pkg;
            (pkg == self.obj(obj).pkg)
                .then(|| self.named(id).instance?.context)
                .flatten()
        });
        let made_by = context.and_then(|context| self.checking_with(context));
        self.push_named(Named {
            obj,
            typ: TypeId::INVALID,
            instance: Some(Instance {
                origin,
                targs,
                context: inherited,
                made_by,
            }),
            tparams,
            from_rhs: None,
            underlying: None,
            methods: Vec::new(),
        })
    }

    /// A new instance of a generic alias, its right-hand side substituted.
    pub(crate) fn alias_instance(
        &mut self,
        origin: TypeId,
        targs: TypeList,
        expanding: Option<TypeId>,
        context: Option<ContextId>,
    ) -> TypeId {
        let TypeKind::Alias(id) = self.kind(origin) else {
            return TypeId::INVALID;
        };
        let alias = *self.alias(id);
        let Some(rhs) = alias.rhs else {
            return TypeId::INVALID;
        };
        if alias.tparams.len() != targs.len() {
            return TypeId::INVALID;
        }
        let map = SubstMap::new(self.types(alias.tparams), self.types(targs));
        let rhs = self.subst_in(rhs, &map, expanding, context);
        self.push_alias(Alias {
            targs,
            rhs: Some(rhs),
            ..alias
        })
    }

    fn signature_instance(
        &mut self,
        signature: Signature,
        targs: TypeList,
        context: Option<ContextId>,
    ) -> TypeId {
        if signature.tparams.len() != targs.len() {
            return TypeId::INVALID;
        }
        let map = SubstMap::new(self.types(signature.tparams), self.types(targs));
        let instance = self.subst_signature(signature, &map, None, context);
        self.signature(Signature {
            tparams: TypeList::EMPTY,
            ..instance
        })
    }

    /// Whether arguments nest instances in instances beyond all reason.
    fn is_nested_too_deep(&self, targs: TypeList) -> bool {
        let mut level: Vec<TypeId> = self.types(targs).to_vec();
        for _ in 0..MAX_NESTING {
            let mut next = Vec::new();
            for typ in level.drain(..) {
                match self.kind(typ) {
                    TypeKind::Pointer(elem)
                    | TypeKind::Slice(elem)
                    | TypeKind::Array { elem, .. }
                    | TypeKind::Chan { elem, .. }
                    | TypeKind::Map { elem, .. } => next.push(elem),
                    TypeKind::Named(id) => {
                        if let Some(instance) = self.named(id).instance {
                            next.extend(self.types(instance.targs));
                        }
                    }
                    _ => {}
                }
            }
            if next.is_empty() {
                return false;
            }
            // Wide and deep at once: one path tells as much as all.
            next.truncate(64);
            level = next;
        }
        true
    }
}

/// Methods.
impl Store {
    /// Number of methods declared for the type or its origin.
    pub fn method_count(&self, typ: TypeId) -> usize {
        let Some(id) = self.as_named(typ) else {
            return 0;
        };
        let origin = self.origin(id);
        self.named(origin).methods.len()
    }

    /// The type itself, or the generic type it is an instance of.
    pub fn origin(&self, id: crate::NamedId) -> crate::NamedId {
        let origin = self
            .named(id)
            .instance
            .and_then(|instance| self.as_named(instance.origin));
        origin.unwrap_or(id)
    }

    /// The `index`-th declared method. That of an instance is an object of its own, whose type comes with
    /// [`Store::expand_method`].
    pub fn method(&mut self, id: crate::NamedId, index: usize) -> Option<ObjId> {
        let origin_id = self.origin(id);
        let origin = *self.named(origin_id).methods.get(index)?;
        if origin_id == id {
            return Some(origin);
        }
        if let Some(method) = self.expanded.get(&(id, index as u32)) {
            return Some(*method);
        }
        let mut object = Object {
            typ: None,
            ..self.objects[origin]
        };
        let typ = self.named(id).typ;
        if let ObjKind::Func {
            origin: from,
            of_instance,
            ..
        } = &mut object.kind
        {
            *from = Some(origin);
            *of_instance = Some(typ);
        }
        let method = self.new_obj(object);
        self.expanded.insert((id, index as u32), method);
        Some(method)
    }

    /// Gives a method of an instance its type, by substitution in its origin's, which must be declared.
    pub fn expand_method(&mut self, method: ObjId) {
        let ObjKind::Func {
            origin: Some(origin),
            of_instance: Some(instance),
            ptr_recv,
            ..
        } = self.objects[method].kind
        else {
            return;
        };
        if self.objects[method].typ.is_some() {
            return;
        }
        let (Some(info), Some(typ)) = (self.instance_info(instance), self.objects[origin].typ)
        else {
            return;
        };
        let Some(signature) = self.as_signature(typ) else {
            return;
        };
        let mut new = signature;
        if signature.rparams.len() == info.targs.len() {
            let map = SubstMap::new(self.types(signature.rparams), self.types(info.targs));
            let check = info.made_by.and_then(|pkg| self.check_context(pkg));
            new = self.subst_signature(signature, &map, Some(instance), check);
        }
        if let Some(recv) = signature.recv {
            let recv_type = if ptr_recv {
                self.pointer(instance)
            } else {
                instance
            };
            new.recv = Some(self.clone_obj(recv, recv_type));
        }
        new.rparams = TypeList::EMPTY;
        let typ = self.signature(new);
        self.objects[method].typ = Some(typ);
    }

    /// The object a field or method was instantiated from, or itself.
    pub fn origin_obj(&self, obj: ObjId) -> ObjId {
        match self.objects[obj].kind {
            ObjKind::Var {
                origin: Some(origin),
                ..
            }
            | ObjKind::Func {
                origin: Some(origin),
                ..
            } => origin,
            _ => obj,
        }
    }
}
