//! Short sequences of ids, kept in one pool per kind, so that whatever holds one stays small and `Copy`.

use std::sync::Arc;

pub use base::List;

use crate::chunks::Chunks;

/// Items to a chunk of a pool.
const CHUNK: usize = 1024;

/// The sequences of one kind, in chunks that copies of the pool share. A sequence lies in one chunk; one
/// longer than a chunk has a chunk of its own.
#[derive(Clone, Debug)]
pub(crate) struct Pool<T> {
    chunks: Chunks<Vec<T>>,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self {
            chunks: Chunks::default(),
        }
    }
}

impl<T: Copy> Pool<T> {
    pub(crate) fn add(&mut self, items: &[T]) -> List<T> {
        if items.is_empty() {
            return List::EMPTY;
        }
        let last = self.chunks.len().checked_sub(1);
        let room = last.map_or(0, |last| CHUNK.saturating_sub(self.chunks[last].len()));
        if items.len() > room {
            self.start_chunk();
        }
        let number = self.chunks.len() - 1;
        let chunk = &mut self.chunks[number];
        let start = number * CHUNK + chunk.len();
        chunk.extend_from_slice(items);
        List::new(start, items.len())
    }

    pub(crate) fn get(&self, list: List<T>) -> &[T] {
        if list.is_empty() {
            return &[];
        }
        let start = list.start() % CHUNK;
        &self.chunks[list.start() / CHUNK][start..start + list.len()]
    }

    /// The next list starts a chunk.
    pub(crate) fn start_chunk(&mut self) {
        self.chunks.push(Arc::new(Vec::with_capacity(CHUNK)));
    }

    /// From here on, lists of copies differ from those of this pool and of each other.
    pub(crate) fn split(&mut self) {
        self.chunks.split(Arc::default());
    }

    /// Adds what a copy of `base` has made since [`Pool::split`].
    pub(crate) fn absorb(&mut self, copy: Self, base: &Self) {
        // Copies only add.
        self.chunks.absorb(copy.chunks, &base.chunks, |_, _, _| {});
    }

    /// There are no siblings any more, and the next list starts a chunk.
    pub(crate) fn join(&mut self) {
        self.chunks.join();
        self.start_chunk();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_its_run() {
        let mut pool = Pool::default();
        let (one, two) = (pool.add(&[1, 2]), pool.add(&[1, 2]));
        assert_eq!(pool.get(one), pool.get(two));
        assert_ne!(one, two);
        assert_eq!(pool.add(&[]), List::EMPTY);
    }

    #[test]
    fn copies_filled_side_by_side_make_one_pool() {
        let mut base = Pool::default();
        let old = base.add(&[1, 2]);
        base.split();
        let mut copies = [base.clone(), base.clone()];
        let mut added = vec![(old, vec![1, 2])];
        for n in 0..5 {
            for (number, copy) in copies.iter_mut().enumerate() {
                if n == 0 {
                    copy.start_chunk();
                }
                let items = vec![number * 10 + n; 700];
                added.push((copy.add(&items), items));
            }
        }
        let mut merged = base.clone();
        for copy in copies {
            merged.absorb(copy, &base);
        }
        merged.join();
        added.push((merged.add(&[3]), vec![3]));
        for (list, items) in &added {
            assert_eq!(merged.get(*list), items);
        }
    }

    #[test]
    fn long_lists_and_full_chunks_keep_their_items() {
        let mut pool = Pool::default();
        let lists: Vec<Vec<u32>> = (0..9).map(|n| (0..n * 700).collect()).collect();
        let added: Vec<_> = lists.iter().map(|list| pool.add(list)).collect();
        for (list, added) in lists.iter().zip(added) {
            assert_eq!(pool.get(added), list);
        }
    }
}
