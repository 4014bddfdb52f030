//! Go's types as a binary tells them: from its debug information ([`Binary::dwarf_types`]), or, where that was
//! stripped, from what the runtime knows about them ([`Binary::runtime_types`](crate::Binary::runtime_types)).
//!
//! Names are the linker's: the whole path of the package before each declared name (`net/http.Server`, `main.T` of
//! any program), type arguments (`m.List[int]`), `struct { X int; Y int }`, `main.T·1` for the first type T declared
//! inside of functions. Besides what was written there are types of the compiler's own: groups of maps, closures.

mod dwarf;
mod measure;
mod runtime;
#[cfg(test)]
mod tests;

use base::IndexVec;

use crate::binary::Binary;

base::typed_id! {
    /// A type of one [`Types`].
    pub struct TypeId;
}

/// All types that a binary tells of, in the order it has them.
#[derive(Clone, Debug, Default)]
pub struct Types {
    pub types: IndexVec<TypeId, Type>,
    /// The description is broken or too large; what is here was read before.
    pub cut_short: bool,
}

/// A type as it lies in memory.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Type {
    pub name: Box<str>,
    pub kind: Kind,
    /// In bytes.
    pub size: u64,
    /// In bytes; at least 1.
    pub align: u64,
    /// Bytes up to and including the last pointer; 0 if there is none.
    pub ptrdata: u64,
    /// What it is made of: of a pointer, slice, array, channel or map.
    pub elem: Option<TypeId>,
    /// Of a map.
    pub key: Option<TypeId>,
    /// Of an array.
    pub len: u64,
    /// Of a struct, in its order.
    pub fields: Box<[Field]>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// Of an embedded field that of its type, without package; may be `_`.
    pub name: Box<str>,
    /// `None` if the binary does not say.
    pub typ: Option<TypeId>,
    /// In bytes from the start of the struct.
    pub offset: u64,
    pub embedded: bool,
}

/// What a type is; the numbers are those of `reflect.Kind`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Kind {
    #[default]
    Invalid,
    Bool,
    Int,
    Int8,
    Int16,
    Int32,
    Int64,
    Uint,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Uintptr,
    Float32,
    Float64,
    Complex64,
    Complex128,
    Array,
    Chan,
    Func,
    Interface,
    Map,
    Pointer,
    Slice,
    String,
    Struct,
    UnsafePointer,
}

impl Kind {
    const ALL: [Kind; 27] = [
        Kind::Invalid,
        Kind::Bool,
        Kind::Int,
        Kind::Int8,
        Kind::Int16,
        Kind::Int32,
        Kind::Int64,
        Kind::Uint,
        Kind::Uint8,
        Kind::Uint16,
        Kind::Uint32,
        Kind::Uint64,
        Kind::Uintptr,
        Kind::Float32,
        Kind::Float64,
        Kind::Complex64,
        Kind::Complex128,
        Kind::Array,
        Kind::Chan,
        Kind::Func,
        Kind::Interface,
        Kind::Map,
        Kind::Pointer,
        Kind::Slice,
        Kind::String,
        Kind::Struct,
        Kind::UnsafePointer,
    ];

    /// Of a number of `reflect.Kind`; unknown ones are invalid.
    pub(crate) fn of(number: u64) -> Kind {
        let index = usize::try_from(number).unwrap_or(0);
        Kind::ALL.get(index).copied().unwrap_or_default()
    }
}

impl Types {
    /// The structs, in the order of the binary.
    pub fn structs(&self) -> impl Iterator<Item = &Type> {
        self.types.iter().filter(|it| it.kind == Kind::Struct)
    }
}

impl Binary {
    /// Go's types from DWARF (sections compressed or not; versions 2 to 5); `None` if there is none. C's types are
    /// not among them.
    pub fn dwarf_types(&self) -> Option<Types> {
        dwarf::read(self)
    }

    /// Go's types from the descriptors that the runtime needs, which stripped binaries have too; `None` if this is no
    /// Go program of 1.20 or later. Types declared in functions have the name alone, without a number.
    pub fn runtime_types(&self) -> Option<Types> {
        runtime::read(self)
    }
}
