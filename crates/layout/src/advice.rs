//! Whether another order is worth it.

use go_types::Sizes;

use crate::facts::StructLayout;
use crate::order::{Arrangement, Criterion, better_order};
use crate::size_class::size_class;

/// A better order and what it saves.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Advice {
    /// The order that takes less.
    pub better: Arrangement,
    /// Bytes of heap that one object takes, now and then.
    pub class: i64,
    /// The same in the better order.
    pub better_class: i64,
    /// Bytes saved by each object; in rows (slices, arrays, maps) by each element.
    pub saved_bytes: i64,
    /// Why the other order takes less.
    pub ground: Ground,
}

/// What is saved.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Ground {
    /// An object falls into a smaller size class.
    Class,
    /// Elements of slices, arrays and maps lie closer.
    Rows,
    /// The collector looks through fewer bytes.
    Pointers,
    /// The struct gets smaller, but objects take as much.
    Padding,
}

impl Ground {
    /// Less memory is taken by something.
    pub const fn is_worth_it(self) -> bool {
        !matches!(self, Self::Padding)
    }
}

/// The better order of a struct, if there is one. `in_rows`: it is the element of slices, arrays, maps or channels.
pub fn advise(
    found: &StructLayout,
    in_rows: bool,
    criterion: Criterion,
    sizes: Sizes,
) -> Option<Advice> {
    let better = better_order(found, criterion)?;
    let pointers = found.has_pointers();
    let class = size_class(found.size, pointers, sizes);
    let better_class = size_class(better.size, pointers, sizes);
    let (ground, saved_bytes) = if better_class < class {
        (Ground::Class, class - better_class)
    } else if better.size < found.size && in_rows {
        (Ground::Rows, found.size - better.size)
    } else if better.size == found.size {
        (Ground::Pointers, 0)
    } else {
        (Ground::Padding, 0)
    };
    Some(Advice {
        better,
        class,
        better_class,
        saved_bytes,
        ground,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::FieldLayout;

    #[test]
    fn only_what_takes_less_memory_is_worth_it() {
        let of_sizes = |sizes: &[i64]| {
            let fields = (sizes.iter()).map(|size| FieldLayout::scalar("f", *size));
            StructLayout::of_fields("m.T", fields.collect()).unwrap()
        };
        let ground = |sizes: &[i64], in_rows| {
            let found = of_sizes(sizes);
            let advice = advise(&found, in_rows, Criterion::Size, Sizes::AMD64)?;
            Some((advice.ground, advice.saved_bytes))
        };
        assert_eq!(ground(&[1, 8, 1], false), Some((Ground::Class, 8)));
        // 48 bytes and 40 are one class.
        let five = [1, 8, 8, 8, 8, 1];
        assert_eq!(ground(&five, false), Some((Ground::Padding, 0)));
        assert_eq!(ground(&five, true), Some((Ground::Rows, 8)));
        assert_eq!(ground(&[8, 1, 1], true), None);
    }
}
