//! Short sequences of ids, kept in one pool per kind, so that whatever holds one stays small and `Copy`.

use std::sync::Arc;

pub use base::List;

/// Items to a chunk of a pool.
const CHUNK: usize = 1024;

/// The sequences of one kind, in chunks that copies of the pool share. A sequence lies in one chunk; one
/// longer than a chunk has a chunk of its own.
#[derive(Clone, Debug)]
pub(crate) struct Pool<T> {
    chunks: Vec<Arc<Vec<T>>>,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self { chunks: Vec::new() }
    }
}

impl<T: Copy> Pool<T> {
    pub(crate) fn add(&mut self, items: &[T]) -> List<T> {
        if items.is_empty() {
            return List::EMPTY;
        }
        let room = self
            .chunks
            .last()
            .map_or(0, |chunk| CHUNK.saturating_sub(chunk.len()));
        if items.len() > room {
            self.start_chunk();
        }
        let number = self.chunks.len().saturating_sub(1);
        let mut start = number * CHUNK;
        if let Some(last) = self.chunks.last_mut() {
            start += last.len();
            Arc::make_mut(last).extend_from_slice(items);
        }
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
    fn long_lists_and_full_chunks_keep_their_items() {
        let mut pool = Pool::default();
        let lists: Vec<Vec<u32>> = (0..9).map(|n| (0..n * 700).collect()).collect();
        let added: Vec<_> = lists.iter().map(|list| pool.add(list)).collect();
        for (list, added) in lists.iter().zip(added) {
            assert_eq!(pool.get(added), list);
        }
    }
}
