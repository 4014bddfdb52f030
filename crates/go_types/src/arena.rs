//! Arenas that are cheap to copy.
//!
//! Entries lie in chunks of fixed size. A copy of an arena shares the chunks; a copy that changes or adds an entry
//! first makes the chunk its own. So a reader's copy of a store with a million entries costs some thousand
//! counters, what the reader makes stays its own, and an edit of a few entries copies a few chunks. An entry is
//! found by two loads instead of a vector's one; nothing is ever moved when an arena grows.
//!
//! Copies that several threads fill side by side take the numbers of their chunks from one counter, so that
//! no two of them give out the same id; [`Arena::absorb`] then puts them together, and every id still means
//! what it did.
//!
//! The alternative, a frozen base with a table of changed entries before it, was rejected: bodies resolve
//! what declarations left open, so the table is never empty and every read would ask it.

use std::hash::Hash;
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};
use std::sync::Arc;

use base::Idx;
use rustc_hash::FxHashMap;

use crate::chunks::Chunks;

/// Entries by id, `N` to a chunk; `N` is a power of two.
#[derive(Clone)]
pub struct Arena<I, T, const N: usize> {
    chunks: Chunks<[T; N]>,
    /// Number of ids given out, and those skipped by [`Arena::start_chunk`].
    len: usize,
    id: PhantomData<fn(I) -> I>,
}

impl<I: Idx, T: Clone + Default, const N: usize> Arena<I, T, N> {
    /// Adds an entry.
    #[inline]
    pub fn push(&mut self, value: T) -> I {
        if self.len == self.chunks.len() * N {
            self.add_chunk();
        }
        let index = self.len;
        self.chunks[index / N][index % N] = value;
        self.len += 1;
        I::from_index(index)
    }

    #[cold]
    fn add_chunk(&mut self) {
        if let Some(chunk) = Self::chunk() {
            self.chunks.push(chunk);
        }
        self.len = (self.chunks.len() - 1) * N;
    }

    /// `None` never happens.
    fn chunk() -> Option<Arc<[T; N]>> {
        // Collected, so that the entries are made where they stay.
        let entries: Arc<[T]> = (0..N).map(|_| T::default()).collect();
        Arc::try_from(entries).ok()
    }

    /// From here on, ids of copies differ from those of this arena and of each other.
    pub(crate) fn split(&mut self) {
        if let Some(gap) = Self::chunk() {
            self.chunks.split(gap);
        }
    }

    /// An entry whose id somebody else gave out.
    pub(crate) fn put(&mut self, id: I, value: T) {
        self.chunks.leave_room(id.index() / N + 1);
        self.len = self.chunks.len() * N;
        self[id] = value;
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

    /// All ids in order.
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

impl<I, T: Clone, const N: usize> Arena<I, T, N> {
    /// Adds what a copy of `base` has made or changed since [`Arena::split`]. Of an entry that both have
    /// changed, this arena's stays.
    pub(crate) fn absorb(&mut self, copy: Self, base: &Self, same: impl Fn(&T, &T) -> bool) {
        let merge = |ours: &mut [T; N], theirs: &[T; N], old: &[T; N]| {
            for ((our, their), old) in ours.iter_mut().zip(theirs).zip(old) {
                if same(our, old) && !same(their, old) {
                    our.clone_from(their);
                }
            }
        };
        self.chunks.absorb(copy.chunks, &base.chunks, merge);
        self.len = self.chunks.len() * N;
    }

    /// There are no siblings any more.
    pub(crate) fn join(&mut self) {
        self.chunks.join();
    }
}

impl<I, T, const N: usize> Default for Arena<I, T, N> {
    fn default() -> Self {
        const { assert!(N.is_power_of_two()) };
        Self {
            chunks: Chunks::default(),
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
        &mut self.chunks[id.index() / N][id.index() % N]
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

    /// Adds what a copy has entered; of a key that both have entered, this map's value stays.
    #[expect(
        clippy::iter_over_hash_type,
        reason = "the result is the same in any order"
    )]
    pub(crate) fn absorb(&mut self, copy: Self) {
        for (key, value) in copy.own {
            self.own.entry(key).or_insert(value);
        }
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
    fn copies_filled_side_by_side_make_one_arena() {
        let mut base = Arena::<Id, u32, 4>::default();
        let ids: Vec<Id> = (0..6).map(|n| base.push(n)).collect();
        base.split();
        let mut copies = [base.clone(), base.clone()];
        let mut added = Vec::new();
        for (copy, value) in copies.iter_mut().zip([100, 200]) {
            copy.start_chunk();
            copy[ids[0]] = value;
        }
        // In turns, so that each has gaps where the other's chunks are.
        for n in 0..9 {
            for (copy, value) in copies.iter_mut().zip([100, 200]) {
                added.push((copy.push(value + n), value + n));
            }
        }
        copies[0][ids[1]] = 10;
        copies[1][ids[2]] = 20;
        copies[1][ids[5]] = 50;
        let mut merged = base.clone();
        for copy in copies {
            merged.absorb(copy, &base, PartialEq::eq);
        }
        merged.join();
        let old: Vec<u32> = ids.iter().map(|id| merged[*id]).collect();
        assert_eq!(old, [100, 10, 20, 3, 4, 50]);
        for (id, value) in &added {
            assert_eq!(merged[*id], *value);
        }
        let new = merged.push(7);
        assert!(added.iter().all(|(id, _)| *id != new));
        assert_eq!((base[ids[1]], merged[new]), (1, 7));
    }

    #[test]
    fn of_an_absorbed_map_new_keys_count() {
        let mut base = Layered::<u32, u32>::default();
        base.insert(1, 1);
        base.freeze();
        let mut copies = [base.clone(), base.clone()];
        copies[0].insert(2, 20);
        copies[1].insert(2, 21);
        copies[1].insert(3, 31);
        for copy in copies {
            base.absorb(copy);
        }
        assert_eq!(
            [1, 2, 3].map(|key| base.get(&key).copied()),
            [Some(1), Some(20), Some(31)]
        );
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
