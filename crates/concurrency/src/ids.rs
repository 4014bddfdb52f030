//! Ids that take no more room where there may be none.

/// Defines an id as [`base::typed_id`] does; an `Option` of it takes four bytes, too. Operands and effects have several, and
/// a program many of those.
macro_rules! packed_id {
    ($(#[$attr:meta])* $vis:vis struct $name:ident;) => {
        $(#[$attr])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        $vis struct $name(std::num::NonZeroU32);

        impl base::Idx for $name {
            fn from_index(index: usize) -> Self {
                debug_assert!(index < u32::MAX as usize, "more than 2^32 ids of one kind");
                Self(std::num::NonZeroU32::MIN.saturating_add(index as u32))
            }
            fn index(self) -> usize {
                self.0.get() as usize - 1
            }
        }
    };
}

pub(crate) use packed_id;
