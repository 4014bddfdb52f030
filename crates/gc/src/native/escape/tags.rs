//! What importers and later batches know of a function: where its parameters go.

use go_syntax::Pragmas;
use go_types::ObjId;
use rustc_hash::FxHashMap;

use super::leaks::Leaks;

/// Leaks of a function's parameters, the receiver first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FuncTags {
    /// The least and the most that may leak; equal if that is known.
    pub(super) params: Vec<[Leaks; 2]>,
    /// With `uintptrkeepalive` of functions without body.
    pub(super) pragmas: Pragmas,
}

/// Tags of declared functions of the packages analyzed so far, which those after them ask for.
#[derive(Clone, Debug, Default)]
pub struct Tags {
    by_object: FxHashMap<ObjId, FuncTags>,
}

impl Tags {
    pub(super) fn get(&self, func: ObjId) -> Option<&FuncTags> {
        self.by_object.get(&func)
    }

    pub(super) fn insert(&mut self, func: ObjId, tags: FuncTags) {
        self.by_object.insert(func, tags);
    }
}
