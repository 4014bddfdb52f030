//! What importers need of a checked package, as bytes: written after its check, read in place of it.
//!
//! A summary holds the exported objects of the package scope and everything reachable from them, unexported
//! fields and methods too: types as they are spelled, constants with their exact values, type parameters,
//! orders as in the source. A store that read a summary answers importers as one that checked the source.
//! Bodies, and whatever is found out lazily (underlying types, type sets, members of instances), are not in
//! it: instances are origin and type arguments, and expanded again when asked.
//!
//! It comes in two parts, so that an edit that only moves things leaves the first alone:
//!
//! - the **shape**: all that a check of an importer can depend on;
//! - the **places**: files with their lines, the place of each object, and names of objects that are hidden.
//!
//! **Entities** of other packages are named by package and index into that package's own tables, which its
//! shape determines. So a summary is good only with the very shapes it was written with; keys see to that.
//!
//! **Order.** Declared types and type parameters may be mentioned before they are described; any other type
//! only mentions earlier ones, through fields and parameters too. Hence whatever the bytes say, types are
//! finite but for cycles through declared types and constraints.
//!
//! Layout of the shape (numbers are LEB128, `*` is a count before): names\*, language version, path, name,
//! packages mentioned\*, foreign objects\*, foreign types\*, kinds of declared types and type parameters\*,
//! number of objects, heads of the declared ones, other types\*, contents of the declared ones, objects,
//! exported objects\*.

mod links;
mod read;
#[cfg(test)]
mod tests;
mod value;
mod walk;
mod wire;
mod write;

pub use links::Links;
pub use walk::NoSummary;
pub use wire::Corrupt;

/// Both parts of a summary.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Summary {
    pub shape: Vec<u8>,
    pub places: Vec<u8>,
}

/// Stands first in a shape; changes with the format.
const FORMAT: u64 = 1;

/// Kinds of types in a shape.
mod tag {
    pub(super) const NAMED: u64 = 0;
    pub(super) const TYPE_PARAM: u64 = 1;

    pub(super) const POINTER: u64 = 0;
    pub(super) const SLICE: u64 = 1;
    pub(super) const ARRAY: u64 = 2;
    pub(super) const MAP: u64 = 3;
    pub(super) const CHAN: u64 = 4;
    pub(super) const TUPLE: u64 = 5;
    pub(super) const SIGNATURE: u64 = 6;
    pub(super) const STRUCT: u64 = 7;
    pub(super) const INTERFACE: u64 = 8;
    pub(super) const UNION: u64 = 9;
    pub(super) const INSTANCE: u64 = 10;
    pub(super) const ALIAS: u64 = 11;
    pub(super) const ALIAS_INSTANCE: u64 = 12;
}

/// Bits of an object's head.
mod head {
    /// The lowest bits.
    pub(super) const KIND: u64 = 3;
    pub(super) const CONST: u64 = 0;
    pub(super) const TYPE_NAME: u64 = 1;
    pub(super) const VAR: u64 = 2;
    pub(super) const FUNC: u64 = 3;
    /// Of another package, which follows.
    pub(super) const FOREIGN: u64 = 1 << 2;
    /// Declared in the package scope.
    pub(super) const IN_SCOPE: u64 = 1 << 3;
    /// Instantiated from an object, which follows; its place is that object's.
    pub(super) const ORIGIN: u64 = 1 << 4;
    /// Of a variable without name, or a method with a pointer receiver.
    pub(super) const EMBEDDED: u64 = 1 << 5;
    pub(super) const PTR_RECV: u64 = 1 << 5;
    pub(super) const METHOD: u64 = 1 << 6;
    /// Kind of a variable, shifted.
    pub(super) const VAR_KIND: u32 = 6;
}
