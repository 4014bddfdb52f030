//! Instances of generic types by origin and type arguments, so that each is made once.
//!
//! Each package under check has a context of its own, and so has each expanded instance: the first
//! spelling of an instance wins (`M[any]` before `M[interface{}]`), and it must not depend on what other
//! packages wrote.

use base::IndexVec;
use rustc_hash::FxHashMap;

use crate::{ContextId, TypeId};

/// All contexts of a store: instances by the hash of their origin and type arguments.
#[derive(Debug, Default)]
pub(crate) struct Contexts {
    contexts: IndexVec<ContextId, FxHashMap<u64, Vec<TypeId>>>,
}

impl Contexts {
    pub(crate) fn add(&mut self) -> ContextId {
        self.contexts.push(FxHashMap::default())
    }
}
