//! Instances of generic types by origin and type arguments, so that each is made once.
//!
//! Each package under check has a context of its own, and so has each expanded instance: the first
//! spelling of an instance wins (`M[any]` before `M[interface{}]`), and it must not depend on what other
//! packages wrote.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base::Idx;
use rustc_hash::FxHasher;

use crate::arena::Layered;
use crate::{ContextId, ObjList, Store, TypeId, TypeKind, TypeList};

/// All contexts of a store: instances by context and the hash of their origin and type arguments.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contexts {
    /// The copies of a store have one counter: an id means one context in all of them.
    count: Arc<AtomicUsize>,
    pub(crate) entries: Layered<(ContextId, u64), Vec<Entry>>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) origin: TypeId,
    pub(crate) targs: TypeList,
    pub(crate) instance: TypeId,
}

impl Contexts {
    pub(crate) fn add(&mut self) -> ContextId {
        ContextId::from_index(self.count.fetch_add(1, Ordering::Relaxed))
    }
}

/// Parts nested deeper than this do not count for the hash.
const MAX_DEPTH: u32 = 8;

impl Store {
    /// A context of its own, for instances that no check makes.
    pub fn new_context(&mut self) -> ContextId {
        self.contexts.add()
    }

    /// Equal for identical arguments of one origin that are spelled alike.
    pub(crate) fn instance_hash(&self, origin: TypeId, targs: TypeList) -> u64 {
        let mut hasher = FxHasher::default();
        origin.hash(&mut hasher);
        for targ in self.types(targs) {
            self.hash_type(*targ, MAX_DEPTH, &mut hasher);
        }
        hasher.finish()
    }

    fn hash_type(&self, typ: TypeId, depth: u32, hasher: &mut FxHasher) {
        // Spellings differ in their hash as they do in go/types: `M[byte]` is not `M[uint8]`.
        if let TypeKind::Alias(id) = self.kind(typ) {
            // By name, not by declaration: local aliases of one name and meaning are one there.
            let alias = self.alias(id);
            let object = self.obj(alias.obj);
            let path = object.pkg.map(|pkg| self.packages[pkg].path);
            (path, object.name).hash(hasher);
            if let Some(depth) = depth.checked_sub(1) {
                for targ in self.types(alias.targs) {
                    self.hash_type(*targ, depth, hasher);
                }
            }
        }
        let kind = self.unaliased(typ);
        std::mem::discriminant(&kind).hash(hasher);
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        match kind {
            TypeKind::Basic(basic) => basic.hash(hasher),
            TypeKind::TypeParam(id) => id.hash(hasher),
            TypeKind::Pointer(elem) | TypeKind::Slice(elem) | TypeKind::Array { elem, .. } => {
                self.hash_type(elem, depth, hasher);
            }
            TypeKind::Chan { dir, elem } => {
                dir.hash(hasher);
                self.hash_type(elem, depth, hasher);
            }
            TypeKind::Map { key, elem } => {
                self.hash_type(key, depth, hasher);
                self.hash_type(elem, depth, hasher);
            }
            // An instance is identified by where it was made, as in go/types.
            TypeKind::Named(id) => id.hash(hasher),
            TypeKind::Struct(strukt) => {
                for field in self.objs(strukt.fields) {
                    self.obj(*field).name.hash(hasher);
                    self.hash_type(self.obj_type(*field), depth, hasher);
                }
            }
            TypeKind::Signature(id) => {
                let signature = self.sig(id);
                (signature.params.len(), signature.variadic).hash(hasher);
                self.hash_vars(signature.params, depth, hasher);
                self.hash_vars(signature.results, depth, hasher);
            }
            TypeKind::Tuple(vars) => self.hash_vars(vars, depth, hasher),
            // What is identical here may look different.
            TypeKind::Interface(_) | TypeKind::Union(_) | TypeKind::Alias(_) => {}
        }
    }

    fn hash_vars(&self, vars: ObjList, depth: u32, hasher: &mut FxHasher) {
        for var in self.objs(vars) {
            self.hash_type(self.obj_type(*var), depth, hasher);
        }
    }

    pub(crate) fn find_instance(
        &mut self,
        context: ContextId,
        hash: u64,
        origin: TypeId,
        targs: TypeList,
    ) -> Option<TypeId> {
        let count = self.entries(context, hash).len();
        for index in 0..count {
            let entry = self.entries(context, hash)[index];
            if entry.origin == origin && self.identical_lists(entry.targs, targs) {
                return Some(entry.instance);
            }
        }
        None
    }

    fn entries(&self, context: ContextId, hash: u64) -> &[Entry] {
        let found = self.contexts.entries.get(&(context, hash));
        found.map_or(&[], Vec::as_slice)
    }

    /// Adds the instance to the contexts, last first, unless one of them has it: then that one is the
    /// instance for the others too.
    pub(crate) fn update_contexts(
        &mut self,
        contexts: [Option<ContextId>; 2],
        hash: u64,
        origin: TypeId,
        targs: TypeList,
        instance: TypeId,
    ) -> TypeId {
        let mut instance = instance;
        for context in contexts.into_iter().rev().flatten() {
            match self.find_instance(context, hash, origin, targs) {
                Some(found) => instance = found,
                None => self.insert_instance(context, hash, origin, targs, instance),
            }
        }
        instance
    }

    pub(crate) fn remember_instance(
        &mut self,
        context: ContextId,
        origin: TypeId,
        targs: TypeList,
        instance: TypeId,
    ) {
        let hash = self.instance_hash(origin, targs);
        if self.find_instance(context, hash, origin, targs).is_none() {
            self.insert_instance(context, hash, origin, targs, instance);
        }
    }

    pub(crate) fn insert_instance(
        &mut self,
        context: ContextId,
        hash: u64,
        origin: TypeId,
        targs: TypeList,
        instance: TypeId,
    ) {
        self.contexts.entries.entry((context, hash)).push(Entry {
            origin,
            targs,
            instance,
        });
    }
}
