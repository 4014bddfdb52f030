//! Arenas that are cheap to copy.
//!
//! Entries lie in chunks of fixed size. A copy of an arena shares the chunks; whoever changes or adds an entry
//! first makes the chunk its own. So a reader's copy of a store with a million entries costs some thousand
//! counters, what the reader makes stays its own, and an edit of a few entries copies a few chunks. An entry is
//! found by two loads instead of a vector's one; nothing is ever moved when an arena grows.
//!
//! The alternative, a frozen base with a table of changed entries before it, was rejected: bodies resolve
//! what declarations left open, so the table is never empty and every read would ask it.

use std::hash::Hash;
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};
use std::sync::Arc;

use base::Idx;
use rustc_hash::FxHashMap;

/// Entries by id, `N` to a chunk; `N` is a power of two.
#[derive(Clone)]
pub struct Arena<I, T, const N: usize> {
    chunks: Vec<Arc<[T; N]>>,
    /// Number of ids given out, and those skipped by [`Arena::start_chunk`].
    len: usize,
    id: PhantomData<fn(I) -> I>,
}

impl<I: Idx, T: Clone + Default, const N: usize> Arena<I, T, N> {
    #[inline]
    pub fn push(&mut self, value: T) -> I {
        let index = self.len;
        if index == self.chunks.len() * N {
            self.add_chunk();
        }
        Arc::make_mut(&mut self.chunks[index / N])[index % N] = value;
        self.len += 1;
        I::from_index(index)
    }

    #[cold]
    fn add_chunk(&mut self) {
        // Collected, so that the entries are made where they stay.
        let entries: Arc<[T]> = (0..N).map(|_| T::default()).collect();
        let chunk = Arc::<[T; N]>::try_from(entries);
        self.chunks.extend(chunk.ok());
    }

    pub fn get(&self, id: I) -> Option<&T> {
        (id.index() < self.len).then(|| &self[id])
    }

    /// One more than the last id's index.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn ids(&self) -> impl Iterator<Item = I> + use<I, T, N> {
        (0..self.len).map(I::from_index)
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks
            .iter()
            .flat_map(|chunk| chunk.iter())
            .take(self.len)
    }

    /// The next entry starts a chunk. Ids skipped by that mean entries like any default one.
    pub(crate) fn start_chunk(&mut self) {
        self.len = self.chunks.len() * N;
    }
}

impl<I, T, const N: usize> Default for Arena<I, T, N> {
    fn default() -> Self {
        const { assert!(N.is_power_of_two()) };
        Self {
            chunks: Vec::new(),
            len: 0,
            id: PhantomData,
        }
    }
}

impl<I, T, const N: usize> std::fmt::Debug for Arena<I, T, N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} entries", self.len)
    }
}

impl<I: Idx, T, const N: usize> Index<I> for Arena<I, T, N> {
    type Output = T;
    #[inline]
    fn index(&self, id: I) -> &T {
        &self.chunks[id.index() / N][id.index() % N]
    }
}

impl<I: Idx, T: Clone, const N: usize> IndexMut<I> for Arena<I, T, N> {
    #[inline]
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut Arc::make_mut(&mut self.chunks[id.index() / N])[id.index() % N]
    }
}

/// A map whose copies share all that was in it when it was last frozen.
#[derive(Clone, Debug)]
pub(crate) struct Layered<K, V> {
    base: Arc<FxHashMap<K, V>>,
    own: FxHashMap<K, V>,
}

impl<K: Hash + Eq + Clone, V: Clone> Layered<K, V> {
    pub(crate) fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.own.get(key).or_else(|| self.base.get(key))
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        self.own.insert(key, value);
    }

    /// The value to change; a shared one is copied first.
    pub(crate) fn entry(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        let base = &self.base;
        let own = self.own.entry(key);
        own.or_insert_with_key(|key| base.get(key).cloned().unwrap_or_default())
    }

    /// Makes copies cheap. Takes time in proportion to what was added since the last time, unless the map
    /// has copies: then to all there is.
    pub(crate) fn freeze(&mut self) {
        let own = std::mem::take(&mut self.own);
        if self.base.is_empty() {
            self.base = Arc::new(own);
        } else if !own.is_empty() {
            Arc::make_mut(&mut self.base).extend(own);
        }
    }
}

impl<K, V> Default for Layered<K, V> {
    fn default() -> Self {
        Self {
            base: Arc::new(FxHashMap::default()),
            own: FxHashMap::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    base::typed_id! {
        struct Id;
    }

    #[test]
    fn a_copy_keeps_what_it_makes_and_changes_to_itself() {
        let mut arena = Arena::<Id, u32, 4>::default();
        let ids: Vec<Id> = (0..6).map(|n| arena.push(n)).collect();
        let mut copy = arena.clone();
        copy.start_chunk();
        let own = copy.push(60);
        copy[ids[1]] = 10;
        assert_eq!((own.index(), copy[own], copy.len()), (8, 60, 9));
        assert_eq!((arena[ids[1]], copy[ids[1]], copy[ids[5]]), (1, 10, 5));
        assert_eq!(arena.get(own), None);
    }

    #[test]
    fn a_frozen_map_is_shared() {
        let mut map = Layered::<u32, Vec<u32>>::default();
        map.insert(1, vec![1]);
        map.freeze();
        let mut copy = map.clone();
        copy.entry(1).push(2);
        copy.entry(2).push(3);
        assert_eq!((map.get(&1), map.get(&2)), (Some(&vec![1]), None));
        assert_eq!(
            (copy.get(&1), copy.get(&2)),
            (Some(&vec![1, 2]), Some(&vec![3]))
        );
    }
}
