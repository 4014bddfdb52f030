//! Substitution of types for type parameters. Only what changes is copied.

use crate::{
    Alias, ContextId, Interface, ObjId, ObjKind, ObjList, Object, Signature, Store, Struct, Term,
    TypeId, TypeKind, TypeList,
};

/// Types by the type parameter they stand for.
#[derive(Clone, Debug, Default)]
pub struct SubstMap {
    pairs: Vec<(TypeId, TypeId)>,
}

impl SubstMap {
    /// Arguments by parameter; surplus ones are ignored.
    pub fn new(tparams: &[TypeId], targs: &[TypeId]) -> Self {
        let pairs = tparams.iter().copied().zip(targs.iter().copied());
        Self {
            pairs: pairs.collect(),
        }
    }

    fn get(&self, tparam: TypeId) -> Option<TypeId> {
        let found = self.pairs.iter().find(|(from, _)| *from == tparam);
        found.map(|(_, to)| *to)
    }

    fn extended(&self, from: &[TypeId], to: &[TypeId]) -> Self {
        let mut map = self.clone();
        map.pairs
            .extend(from.iter().copied().zip(to.iter().copied()));
        map
    }
}

/// Types nested deeper than this are not substituted into: they become invalid.
const MAX_DEPTH: u32 = 500;

struct Subster<'a> {
    map: &'a SubstMap,
    /// The instance whose right-hand side is being made.
    expanding: Option<TypeId>,
    context: Option<ContextId>,
    depth: u32,
}

impl Store {
    /// The type with arguments in place of type parameters. Instances met are looked up in the context.
    pub fn subst(&mut self, typ: TypeId, map: &SubstMap, context: ContextId) -> TypeId {
        self.subst_in(typ, map, None, Some(context))
    }

    pub(crate) fn subst_in(
        &mut self,
        typ: TypeId,
        map: &SubstMap,
        expanding: Option<TypeId>,
        context: Option<ContextId>,
    ) -> TypeId {
        if map.pairs.is_empty() {
            return typ;
        }
        let subster = Subster {
            map,
            expanding,
            context,
            depth: 0,
        };
        subster.typ(self, typ)
    }

    pub(crate) fn subst_signature(
        &mut self,
        signature: Signature,
        map: &SubstMap,
        expanding: Option<TypeId>,
        context: Option<ContextId>,
    ) -> Signature {
        let subster = Subster {
            map,
            expanding,
            context,
            depth: 0,
        };
        subster.signature(self, signature)
    }

    /// A tuple's variables with arguments in place of type parameters.
    pub(crate) fn subst_vars(
        &mut self,
        vars: ObjList,
        map: &SubstMap,
        context: ContextId,
    ) -> ObjList {
        let subster = Subster {
            map,
            expanding: None,
            context: Some(context),
            depth: 0,
        };
        subster.objs(self, vars)
    }

    /// The variable or function once more, with another type.
    pub(crate) fn clone_obj(&mut self, obj: ObjId, typ: TypeId) -> ObjId {
        let mut object = Object {
            typ: Some(typ),
            ..self.objects[obj]
        };
        match &mut object.kind {
            ObjKind::Var { origin, .. } | ObjKind::Func { origin, .. } => {
                origin.get_or_insert(obj);
            }
            _ => {}
        }
        self.new_obj(object)
    }
}

impl Subster<'_> {
    fn typ(&self, store: &mut Store, typ: TypeId) -> TypeId {
        if self.depth > MAX_DEPTH {
            return TypeId::INVALID;
        }
        let inner = Subster {
            depth: self.depth + 1,
            ..*self
        };
        match store.kind(typ) {
            TypeKind::Basic(_) => typ,
            TypeKind::TypeParam(_) => self.map.get(typ).unwrap_or(typ),
            TypeKind::Pointer(base) => {
                let base = inner.typ(store, base);
                store.pointer(base)
            }
            TypeKind::Slice(elem) => {
                let elem = inner.typ(store, elem);
                store.slice(elem)
            }
            TypeKind::Array { elem, len } => {
                let elem = inner.typ(store, elem);
                store.array(elem, len)
            }
            TypeKind::Map { key, elem } => {
                let key = inner.typ(store, key);
                let elem = inner.typ(store, elem);
                store.map(key, elem)
            }
            TypeKind::Chan { dir, elem } => {
                let elem = inner.typ(store, elem);
                store.chan(dir, elem)
            }
            TypeKind::Tuple(vars) => {
                let new = inner.objs(store, vars);
                if new == vars {
                    typ
                } else {
                    store.tuple_of(new)
                }
            }
            TypeKind::Struct(Struct { fields, tags }) => {
                let new = inner.objs(store, fields);
                if new == fields {
                    typ
                } else {
                    store.struct_type(new, tags)
                }
            }
            TypeKind::Union(terms) => {
                let old = store.terms(terms).to_vec();
                let new: Vec<Term> = old.iter().map(|term| inner.term(store, *term)).collect();
                if new == old { typ } else { store.union(&new) }
            }
            TypeKind::Signature(id) => {
                let signature = store.sig(id);
                let new = inner.signature(store, signature);
                if new == signature {
                    typ
                } else {
                    store.signature(new)
                }
            }
            TypeKind::Interface(id) => {
                let interface = *store.iface(id);
                inner.interface(store, typ, interface)
            }
            TypeKind::Named(id) => {
                let named = store.named(id);
                let Some(instance) = named.instance else {
                    // A generic type without arguments stands in code that is wrong.
                    return if named.tparams.is_empty() {
                        typ
                    } else {
                        TypeId::INVALID
                    };
                };
                match inner.types(store, instance.targs) {
                    Some(targs) => {
                        store.instance_in(instance.origin, targs, self.expanding, self.context)
                    }
                    None => typ,
                }
            }
            TypeKind::Alias(id) => {
                let alias = *store.alias(id);
                inner.alias(store, typ, alias)
            }
        }
    }

    fn alias(&self, store: &mut Store, typ: TypeId, alias: Alias) -> TypeId {
        if alias.tparams.is_empty() {
            return typ;
        }
        if alias.targs.is_empty() {
            return TypeId::INVALID;
        }
        match self.types(store, alias.targs) {
            Some(targs) => store.alias_instance(alias.origin, targs, self.expanding, self.context),
            None => typ,
        }
    }

    /// `None` if nothing changes.
    fn types(&self, store: &mut Store, types: TypeList) -> Option<TypeList> {
        let mut changed: Option<Vec<TypeId>> = None;
        for index in 0..types.len() {
            let old = store.types(types)[index];
            let new = self.typ(store, old);
            if new != old {
                changed.get_or_insert_with(|| store.types(types).to_vec())[index] = new;
            }
        }
        changed.map(|types| store.type_list(&types))
    }

    fn objs(&self, store: &mut Store, objs: ObjList) -> ObjList {
        let mut changed: Option<Vec<ObjId>> = None;
        for index in 0..objs.len() {
            let obj = store.objs(objs)[index];
            let Some(old) = store.obj(obj).typ else {
                continue;
            };
            let new = self.typ(store, old);
            if new != old {
                let clone = store.clone_obj(obj, new);
                changed.get_or_insert_with(|| store.objs(objs).to_vec())[index] = clone;
            }
        }
        changed.map_or(objs, |objs| store.obj_list(&objs))
    }

    fn term(&self, store: &mut Store, term: Term) -> Term {
        Term {
            typ: self.typ(store, term.typ),
            ..term
        }
    }

    /// A generic signature whose own parameters are not the ones substituted is a method of a generic
    /// type: each instance of the type gets type parameters of its own, since their constraints may
    /// mention the receiver's.
    fn signature(&self, store: &mut Store, signature: Signature) -> Signature {
        let tparams = store.types(signature.tparams).to_vec();
        let is_instantiated = |first: &TypeId| self.map.get(*first).is_some();
        if tparams.first().is_none_or(is_instantiated) {
            return Signature {
                params: self.objs(store, signature.params),
                results: self.objs(store, signature.results),
                ..signature
            };
        }
        let fresh: Vec<TypeId> = (tparams.iter())
            .map(|tparam| store.fresh_type_param(*tparam))
            .collect();
        let map = self.map.extended(&tparams, &fresh);
        let inner = Subster { map: &map, ..*self };
        inner.bounds(store, &tparams, &fresh);
        Signature {
            tparams: store.type_list(&fresh),
            params: inner.objs(store, signature.params),
            results: inner.objs(store, signature.results),
            ..signature
        }
    }

    fn bounds(&self, store: &mut Store, tparams: &[TypeId], fresh: &[TypeId]) {
        for (old, new) in tparams.iter().zip(fresh) {
            let (TypeKind::TypeParam(old), TypeKind::TypeParam(new)) =
                (store.kind(*old), store.kind(*new))
            else {
                continue;
            };
            let bound = store.type_param(old).bound;
            store.type_param_mut(new).bound = bound.map(|bound| self.typ(store, bound));
        }
    }

    fn interface(&self, store: &mut Store, typ: TypeId, interface: Interface) -> TypeId {
        let methods = self.objs(store, interface.methods);
        let embeds = self.types(store, interface.embeds);
        if methods == interface.methods && embeds.is_none() {
            return typ;
        }
        store.interface(Interface {
            methods,
            embeds: embeds.unwrap_or(interface.embeds),
            type_set: None,
            ..interface
        })
    }
}

impl Store {
    /// A type parameter of the same name and index, without constraint.
    pub(crate) fn fresh_type_param(&mut self, tparam: TypeId) -> TypeId {
        let TypeKind::TypeParam(id) = self.kind(tparam) else {
            return TypeId::INVALID;
        };
        let tparam = self.type_param(id);
        let object = Object {
            typ: None,
            parent: None,
            ..self.objects[tparam.obj]
        };
        let obj = self.new_obj(object);
        self.new_type_param(obj, tparam.index, None)
    }
}
