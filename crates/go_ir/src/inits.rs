//! Statements that run before a node. Few nodes have any, and every walk asks for those of each.

use base::Idx as _;
use rustc_hash::FxHashMap;

use crate::node::{NodeId, Nodes};

/// Lists by node, behind a bit for each node that tells whether there is one.
#[derive(Debug, Default)]
pub(crate) struct Inits {
    lists: FxHashMap<NodeId, Nodes>,
    present: Vec<u64>,
}

/// The word of a node's bit, and the bit.
fn bit(id: NodeId) -> (usize, u64) {
    (id.index() / 64, 1 << (id.index() % 64))
}

impl Inits {
    pub(crate) fn get(&self, id: NodeId) -> Option<Nodes> {
        let (word, bit) = bit(id);
        let is_present = self.present.get(word).is_some_and(|it| it & bit != 0);
        is_present.then(|| self.lists.get(&id).copied()).flatten()
    }

    pub(crate) fn insert(&mut self, id: NodeId, list: Nodes) {
        let (word, bit) = bit(id);
        if self.present.len() <= word {
            self.present.resize(word + 1, 0);
        }
        self.present[word] |= bit;
        self.lists.insert(id, list);
    }

    pub(crate) fn remove(&mut self, id: NodeId) -> Option<Nodes> {
        let (word, bit) = bit(id);
        if let Some(bits) = self.present.get_mut(word) {
            *bits &= !bit;
        }
        self.lists.remove(&id)
    }
}
