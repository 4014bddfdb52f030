//! A range of positions in an arena, in 8 bytes.

use std::ops::Range;

/// Half-open range of positions in one of a profile's arrays.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// The decoder and all builders keep arenas below 2^32 entries.
    pub fn new(start: usize, end: usize) -> Self {
        debug_assert!(start <= end && u32::try_from(end).is_ok());
        Self {
            start: start as u32,
            end: end as u32,
        }
    }

    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The part of it at these positions, counted from its start and cut at its end.
    #[must_use]
    pub fn slice(self, part: Range<usize>) -> Self {
        let Range { start, end } = self.range();
        let at = |position: usize| start.saturating_add(position).min(end);
        Self::new(at(part.start.min(part.end)), at(part.end))
    }

    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
}

impl std::fmt::Debug for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}
