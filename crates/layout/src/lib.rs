//! How structs lie in memory, what the allocator makes of their sizes, and the order of fields that takes less.
//!
//! [`StructLayout`] is what is known of one struct; it comes from source, or from a binary's debug information.
//! Everything after it ([`better_order`], [`size_class`]) works on that alone.
//!
//! ```
//! use layout::{FieldLayout, Sizes, StructLayout, better_order, size_class};
//!
//! let sizes = Sizes::AMD64;
//! let fields = [("ready", 1), ("id", 8), ("done", 1)];
//! let fields = fields.map(|(name, size)| FieldLayout::scalar(name, size));
//! let order = StructLayout::of_fields("m.Order", fields.into()).unwrap();
//! assert_eq!((order.size, order.padding()), (24, 14));
//! let better = better_order(&order).unwrap();
//! assert_eq!(better.size, 16);
//! assert_eq!(size_class(better.size, false, sizes), 16);
//! ```

mod facts;
mod order;
mod size_class;

pub use facts::{FieldLayout, Place, StructLayout};
pub use go_types::Sizes;
pub use order::{Arrangement, arrange, better_order};
pub use size_class::{SIZE_CLASSES, size_class};
