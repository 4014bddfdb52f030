//! Short sequences of ids, kept in one pool per kind, so that whatever holds one stays small and `Copy`.

use std::marker::PhantomData;

/// A run of `T` in its `Pool`. Two lists are equal if they are the same run.
pub struct List<T> {
    start: u32,
    len: u32,
    kind: PhantomData<fn() -> T>,
}

impl<T> List<T> {
    pub const EMPTY: Self = Self {
        start: 0,
        len: 0,
        kind: PhantomData,
    };

    pub const fn len(self) -> usize {
        self.len as usize
    }

    pub const fn is_empty(self) -> bool {
        self.len == 0
    }
}

impl<T> Clone for List<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for List<T> {}

impl<T> PartialEq for List<T> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && (self.len == 0 || self.start == other.start)
    }
}

impl<T> Eq for List<T> {}

impl<T> std::hash::Hash for List<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.len.hash(state);
        if self.len > 0 {
            self.start.hash(state);
        }
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<T> std::fmt::Debug for List<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}+{}", self.start, self.len)
    }
}

/// The sequences of one kind.
#[derive(Debug)]
pub(crate) struct Pool<T> {
    items: Vec<T>,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self { items: Vec::new() }
    }
}

impl<T: Copy> Pool<T> {
    pub(crate) fn add(&mut self, items: &[T]) -> List<T> {
        let start = self.items.len() as u32;
        self.items.extend_from_slice(items);
        List {
            start,
            len: items.len() as u32,
            kind: PhantomData,
        }
    }

    pub(crate) fn get(&self, list: List<T>) -> &[T] {
        &self.items[list.start as usize..(list.start + list.len) as usize]
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
}
