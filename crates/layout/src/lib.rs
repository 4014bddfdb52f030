//! How structs lie in memory, what the allocator makes of their sizes, and the order of fields that takes less.
//!
//! [`StructLayout`] is what is known of one struct; it comes from source, or from a binary's debug information.
//! Everything after it ([`better_order`], [`size_class`], [`advise`]) works on that alone. [`find_structs`] reads it
//! from source, together with every reason why the order of the fields has to stay; [`compiled_structs`] takes it from
//! the types of a binary.
//!
//! ```
//! use layout::{Criterion, FieldLayout, Sizes, StructLayout, advise};
//!
//! let fields = [("ready", 1), ("id", 8), ("done", 1)];
//! let fields = fields.map(|(name, size)| FieldLayout::scalar(name, size));
//! let order = StructLayout::of_fields("m.Order", fields.into()).unwrap();
//! assert_eq!((order.size, order.padding()), (24, 14));
//! let advice = advise(&order, false, Criterion::Size, Sizes::AMD64).unwrap();
//! assert_eq!((advice.class, advice.better_class), (24, 16));
//! assert_eq!(advice.better.order, [0, 2, 1]);
//! ```

mod advice;
mod binary;
mod facts;
mod heap;
mod names;
mod obstacle;
mod order;
mod size_class;
mod source;
mod splice;

pub use advice::{Advice, Ground, advise};
pub use binary::{Compiled, compiled_structs};
pub use facts::{FieldLayout, Place, StructLayout};
pub use go_types::Sizes;
pub use heap::{Allocation, HeapFrame, HeapUse, Lines, Sites, TypeHeap, attribute, find_sites};
pub use names::short_name;
pub use obstacle::{Obstacle, Reason, is_of_runtime};
pub use order::{Arrangement, Criterion, arrange, better_order};
pub use size_class::{SIZE_CLASSES, size_class};
pub use source::{Declared, SourceFile, SourcePackage, find_layouts, find_structs};
pub use splice::{Splice, reorder};
