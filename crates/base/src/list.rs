use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::ops::Range;

/// Consecutive items of a pool, by position: small and `Copy`, whatever the items are. The pool has the items.
///
/// Two lists are equal if they are the same positions; all empty ones are.
pub struct List<T> {
    start: u32,
    len: u32,
    item: PhantomData<fn() -> T>,
}

impl<T> List<T> {
    /// The list without items.
    pub const EMPTY: Self = Self::new(0, 0);

    /// The `len` items from `start` on.
    pub const fn new(start: usize, len: usize) -> Self {
        Self {
            start: start as u32,
            len: len as u32,
            item: PhantomData,
        }
    }

    /// The items from position `start` to before `end`, both below 2^32.
    pub const fn between(start: usize, end: usize) -> Self {
        debug_assert!(start <= end && end <= u32::MAX as usize);
        Self::new(start, end - start)
    }

    /// The part at these positions, counted from the start of the list and cut at its end.
    #[must_use]
    pub fn slice(self, part: Range<usize>) -> Self {
        let end = part.end.min(self.len());
        let start = part.start.min(end);
        Self::new(self.start() + start, end - start)
    }

    /// Position of the first item.
    pub const fn start(self) -> usize {
        self.start as usize
    }

    /// Number of items.
    pub const fn len(self) -> usize {
        self.len as usize
    }

    /// Whether there are no items.
    pub const fn is_empty(self) -> bool {
        self.len == 0
    }

    /// The positions of the items.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_cut_at_the_end() {
        let list: List<u8> = List::between(3, 8);
        assert_eq!((list.start(), list.len()), (3, 5));
        assert_eq!(list.slice(1..3).range(), 4..6);
        assert_eq!(list.slice(4..usize::MAX).range(), 7..8);
        let backwards = Range { start: 2, end: 1 };
        assert!(list.slice(backwards).is_empty());
        assert_eq!(list.slice(9..12), List::EMPTY);
    }
}
