//! Scopes: names to objects, in a tree below the universe.

use base::TextRange;
use rustc_hash::FxHashMap;

use crate::{Name, ObjId};

base::typed_id! {
    /// A scope.
    pub struct ScopeId;
}

impl ScopeId {
    /// Where predeclared names are.
    pub const UNIVERSE: Self = Self(0);
}

/// Names and the objects they stand for, in a part of the source.
#[derive(Clone, PartialEq, Debug)]
pub struct Scope {
    /// `None` for the universe alone.
    pub parent: Option<ScopeId>,
    /// What of its file the scope covers; empty for package scopes.
    pub range: TextRange,
    /// Of a function: names of its parameters and results.
    pub is_func: bool,
    /// In order of declaration.
    elems: Vec<(Name, ObjId)>,
    /// Into `elems`; only for scopes with more than a few names.
    index: FxHashMap<Name, u32>,
}

/// Up to this many names a scope is searched one by one.
const LINEAR: usize = 8;

impl Default for Scope {
    fn default() -> Self {
        Self::new(None, TextRange::empty(0))
    }
}

impl Scope {
    /// An empty scope of the source in `range`.
    pub fn new(parent: Option<ScopeId>, range: TextRange) -> Self {
        Self {
            parent,
            range,
            is_func: false,
            elems: Vec::new(),
            index: FxHashMap::default(),
        }
    }

    /// The object of this very scope with the name.
    pub fn get(&self, name: Name) -> Option<ObjId> {
        if self.elems.len() <= LINEAR {
            let found = self.elems.iter().find(|(elem, _)| *elem == name);
            return found.map(|(_, obj)| *obj);
        }
        let index = *self.index.get(&name)?;
        Some(self.elems[index as usize].1)
    }

    /// Adds a name, unless there is one already: then that one is returned.
    pub fn insert(&mut self, name: Name, obj: ObjId) -> Result<(), ObjId> {
        if let Some(other) = self.get(name) {
            return Err(other);
        }
        self.elems.push((name, obj));
        if self.elems.len() == LINEAR + 1 {
            self.index = (self.elems.iter().zip(0..))
                .map(|((name, _), index)| (*name, index))
                .collect();
        } else if self.elems.len() > LINEAR {
            self.index.insert(name, self.elems.len() as u32 - 1);
        }
        Ok(())
    }

    /// Forgets all but the first `len` names.
    pub(crate) fn truncate(&mut self, len: usize) {
        for (name, _) in self.elems.drain(len.min(self.elems.len())..) {
            self.index.remove(&name);
        }
        if self.elems.len() <= LINEAR {
            self.index.clear();
        }
    }

    /// Names and objects in order of declaration.
    pub fn elems(&self) -> &[(Name, ObjId)] {
        &self.elems
    }
}

#[cfg(test)]
mod tests {
    use base::Idx;

    use super::*;

    #[test]
    fn small_and_large_scopes_keep_the_first_declaration() {
        let mut scope = Scope::new(None, TextRange::empty(0));
        for i in 0..40 {
            let (name, obj) = (Name::from_index(i), ObjId::from_index(100 + i));
            assert_eq!(scope.get(name), None);
            assert_eq!(scope.insert(name, obj), Ok(()));
            assert_eq!(scope.insert(name, ObjId::from_index(0)), Err(obj));
            for j in 0..=i {
                assert_eq!(
                    scope.get(Name::from_index(j)),
                    Some(ObjId::from_index(100 + j))
                );
            }
        }
        assert_eq!(scope.elems().len(), 40);
        for len in [30, 5, 9] {
            scope.truncate(len);
            for i in scope.elems().len()..12 {
                let (name, obj) = (Name::from_index(i), ObjId::from_index(200 + i));
                assert_eq!((scope.get(name), scope.insert(name, obj)), (None, Ok(())));
                assert_eq!(scope.get(name), Some(obj));
            }
        }
    }
}
