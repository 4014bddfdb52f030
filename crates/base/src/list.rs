use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::ops::Range;

/// A run of items that lie together in a pool: small and `Copy`, whatever the items are. The pool knows
/// what the numbers mean.
///
/// Two lists are equal if they are the same run; all empty ones are.
pub struct List<T> {
    start: u32,
    len: u32,
    item: PhantomData<fn() -> T>,
}

impl<T> List<T> {
    pub const EMPTY: Self = Self::new(0, 0);

    /// The `len` items from `start` on.
    pub const fn new(start: usize, len: usize) -> Self {
        Self {
            start: start as u32,
            len: len as u32,
            item: PhantomData,
        }
    }

    pub const fn start(self) -> usize {
        self.start as usize
    }

    pub const fn len(self) -> usize {
        self.len as usize
    }

    pub const fn is_empty(self) -> bool {
        self.len == 0
    }

    pub const fn range(self) -> Range<usize> {
        self.start()..self.start() + self.len()
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

impl<T> Hash for List<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
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
