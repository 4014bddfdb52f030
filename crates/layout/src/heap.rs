//! What of a heap profile belongs to which type.
//!
//! A heap profile knows lines and block sizes, no types. The source knows which types a line can allocate
//! ([`find_sites`]), and a type's size determines the block that the allocator takes for it; together they mostly leave one
//! answer. A sample of
//!
//! ```text
//! store.go:17  s.orders = append(s.orders, &Order{…})     500 objects of 24 bytes, 3 objects of 8 KiB
//! ```
//!
//! is 500 times an `Order` of 24 bytes, and three arrays of a thousand `*Order` each. Blocks that fit no type of
//! their line are left without one; blocks that fit several are shared among them, and said to be.
//!
//! Generic code does not name its types. Where the line of a generic function is known, all instances that fit
//! are candidates; for bare type parameters, and functions of packages that were not looked into, the type arguments
//! on the line of the caller are.

mod attribute;
mod fit;
mod sites;
#[cfg(test)]
mod tests;

pub use attribute::{Allocation, HeapFrame, HeapUse, TypeHeap, attribute};
pub use sites::{Lines, Sites, find_sites};
