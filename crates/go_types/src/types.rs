//! What a type is made of.
//!
//! [`TypeKind`] is small and `Copy`: copy it out of the store, then change the store freely. Pointers,
//! slices, arrays, maps and channels are interned by their parts, so equal ids mean identical types.
//! Different ids may still be identical (an alias somewhere inside, two struct literals):
//! `Store::identical` decides.

use base::TextRange;

use crate::list::List;
use crate::{Name, ObjId, PkgId, Pos};

base::typed_id! {
    /// A type.
    pub struct TypeId;
}
base::typed_id! {
    /// Index of a [`Named`].
    pub struct NamedId;
}
base::typed_id! {
    /// Index of an [`Alias`].
    pub struct AliasId;
}
base::typed_id! {
    /// Index of a [`Signature`].
    pub struct SignatureId;
}
base::typed_id! {
    /// Index of an [`Interface`].
    pub struct InterfaceId;
}
base::typed_id! {
    /// Index of a [`TypeParam`].
    pub struct TypeParamId;
}
base::typed_id! {
    /// Instances by origin and type arguments, each once: one for every package under check, one for
    /// every instance that was expanded.
    pub struct ContextId;
}

/// Resolved by [`Store::types`](crate::Store::types).
pub type TypeList = List<TypeId>;
/// Resolved by [`Store::objs`](crate::Store::objs).
pub type ObjList = List<ObjId>;
/// Resolved by [`Store::names_of`](crate::Store::names_of).
pub type NameList = List<Name>;
/// Resolved by [`Store::terms`](crate::Store::terms).
pub type TermList = List<Term>;

/// What a type is; parts are ids in the same store.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TypeKind {
    Basic(Basic),
    /// A defined type or an instance of a generic one.
    Named(NamedId),
    Alias(AliasId),
    Pointer(TypeId),
    Slice(TypeId),
    Array {
        elem: TypeId,
        /// Number of elements; negative if unknown (an error was reported).
        len: i64,
    },
    Map {
        key: TypeId,
        elem: TypeId,
    },
    Chan {
        dir: ChanDir,
        elem: TypeId,
    },
    /// The variables of a parameter or result list, or the types of a comma-ok expression.
    Tuple(ObjList),
    Signature(SignatureId),
    Struct(Struct),
    Interface(InterfaceId),
    /// Terms between `|`, at least two or one with `~`; in constraints alone.
    Union(TermList),
    TypeParam(TypeParamId),
}

/// A predeclared type without parts, typed or untyped, in go/types' order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Basic {
    /// The type of what could not be typed.
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
    String,
    UnsafePointer,
    UntypedBool,
    UntypedInt,
    UntypedRune,
    UntypedFloat,
    UntypedComplex,
    UntypedString,
    UntypedNil,
    /// `byte`: identical to [`Basic::Uint8`], printed by its own name.
    Byte,
    /// `rune`: identical to [`Basic::Int32`], printed by its own name.
    Rune,
}

/// What one may do with a channel.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ChanDir {
    Both,
    Send,
    Recv,
}

impl ChanDir {
    /// What stands before the type of the elements, with the blank between.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Both => "chan ",
            Self::Send => "chan<- ",
            Self::Recv => "<-chan ",
        }
    }
}

/// A defined type, or an instance of a generic one.
#[derive(Clone, PartialEq, Debug)]
pub struct Named {
    /// The declared type name; that of the origin for an instance.
    pub obj: ObjId,
    /// The type this is.
    pub typ: TypeId,
    /// `None` for declared types.
    pub instance: Option<Instance>,
    /// Type parameters of the declaration, also in instances.
    pub tparams: TypeList,
    /// The right-hand side of the declaration (with arguments substituted, for an instance); may be an
    /// alias or another defined type. `None` until known.
    pub from_rhs: Option<TypeId>,
    /// Never a defined type, alias or type parameter. `None` until asked for: use `Store::under`.
    pub underlying: Option<TypeId>,
    /// Methods in order of declaration. Empty for instances: they take the origin's one by one.
    pub methods: Vec<ObjId>,
}

/// What makes a [`Named`] an instance.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Instance {
    /// The generic type.
    pub origin: TypeId,
    /// Type arguments, one for each parameter of the origin.
    pub targs: TypeList,
    /// Where instances met while this one is expanded are looked up first.
    pub context: Option<ContextId>,
    /// The package whose check made the instance.
    pub made_by: Option<PkgId>,
}

/// A declared alias, or an instance of a generic one. Every use must look through it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Alias {
    /// The type name that declares it.
    pub obj: ObjId,
    /// The generic alias this is an instance of; itself if it is none.
    pub origin: TypeId,
    /// Of a generic alias; empty for others and for instances.
    pub tparams: TypeList,
    /// Of an instance; else empty.
    pub targs: TypeList,
    /// The right-hand side; may be an alias. `None` until known.
    pub rhs: Option<TypeId>,
}

/// The type of a function or method.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Signature {
    /// Receiver of a declared method; `None` for functions and methods of interfaces.
    pub recv: Option<ObjId>,
    /// Type parameters of the receiver's type, as this method declares them.
    pub rparams: TypeList,
    /// Type parameters of a function; a method has none of its own.
    pub tparams: TypeList,
    /// Variables, without the receiver.
    pub params: ObjList,
    /// Variables, whose names may be empty.
    pub results: ObjList,
    /// The last parameter is `...T`; its type is the slice. (For `append([]byte, string...)` it may be a
    /// string.)
    pub variadic: bool,
}

/// The fields of a struct type, in source order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Struct {
    /// Variables, embedded ones too.
    pub fields: ObjList,
    /// Parallel to the fields, the empty name where there is no tag; empty if no field has one.
    pub tags: NameList,
}

/// Methods and embedded types as written; what follows from them is the type set.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Interface {
    /// Explicit methods in source order.
    pub methods: ObjList,
    /// Embedded types in source order.
    pub embeds: TypeList,
    /// Where the embedded types stand, parallel to them; empty if made up.
    pub embed_ranges: List<TextRange>,
    /// Where the interface stands, for problems found late.
    pub pos: Pos,
    /// Made for a constraint that is not an interface: `[P ~int]`.
    pub implicit: bool,
    /// Methods and embedded types are all there.
    pub complete: bool,
    /// `None` until asked for: use `Store::type_set`.
    pub type_set: Option<TypeSet>,
}

/// What values of an interface may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TypeSet {
    /// All methods, embedded ones too, sorted by name (unexported ones by package in addition).
    pub methods: ObjList,
    /// Types that are admitted; [`Terms::All`] without terms.
    pub terms: Terms,
    /// Only strictly comparable types; implies `Terms::All`.
    pub comparable: bool,
}

/// The types that a type set admits, apart from its methods.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Terms {
    /// Any type.
    All,
    /// The union of these, in normal form; none if empty.
    Union(TermList),
}

/// `T` or `~T`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Term {
    /// With all types whose underlying type is `typ`.
    pub tilde: bool,
    pub typ: TypeId,
}

/// A type parameter of a declared type, alias or function.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TypeParam {
    /// The type name that declares it.
    pub obj: ObjId,
    /// Position in its list, from 0.
    pub index: u32,
    /// The constraint as written; any type, wrapped into an implicit interface where it is none.
    pub bound: Option<TypeId>,
}

impl Basic {
    /// Its own for all but `byte` and `rune`.
    #[must_use]
    pub const fn canonical(self) -> Self {
        match self {
            Self::Byte => Self::Uint8,
            Self::Rune => Self::Int32,
            other => other,
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Uint => "uint",
            Self::Uint8 => "uint8",
            Self::Uint16 => "uint16",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
            Self::Uintptr => "uintptr",
            Self::Float32 => "float32",
            Self::Float64 => "float64",
            Self::Complex64 => "complex64",
            Self::Complex128 => "complex128",
            Self::String => "string",
            Self::UnsafePointer => "unsafe.Pointer",
            Self::UntypedBool => "untyped bool",
            Self::UntypedInt => "untyped int",
            Self::UntypedRune => "untyped rune",
            Self::UntypedFloat => "untyped float",
            Self::UntypedComplex => "untyped complex",
            Self::UntypedString => "untyped string",
            Self::UntypedNil => "untyped nil",
            Self::Byte => "byte",
            Self::Rune => "rune",
        }
    }

    /// All, in the order of the enum: the first types of every store.
    pub const ALL: [Self; 28] = [
        Self::Invalid,
        Self::Bool,
        Self::Int,
        Self::Int8,
        Self::Int16,
        Self::Int32,
        Self::Int64,
        Self::Uint,
        Self::Uint8,
        Self::Uint16,
        Self::Uint32,
        Self::Uint64,
        Self::Uintptr,
        Self::Float32,
        Self::Float64,
        Self::Complex64,
        Self::Complex128,
        Self::String,
        Self::UnsafePointer,
        Self::UntypedBool,
        Self::UntypedInt,
        Self::UntypedRune,
        Self::UntypedFloat,
        Self::UntypedComplex,
        Self::UntypedString,
        Self::UntypedNil,
        Self::Byte,
        Self::Rune,
    ];
}

impl TypeId {
    /// The id of a basic type, the same in every store.
    pub const fn basic(basic: Basic) -> Self {
        Self(basic as u32)
    }

    pub const INVALID: Self = Self::basic(Basic::Invalid);
    pub const BOOL: Self = Self::basic(Basic::Bool);
    pub const INT: Self = Self::basic(Basic::Int);
    pub const UINT: Self = Self::basic(Basic::Uint);
    pub const UINTPTR: Self = Self::basic(Basic::Uintptr);
    pub const FLOAT64: Self = Self::basic(Basic::Float64);
    pub const COMPLEX128: Self = Self::basic(Basic::Complex128);
    pub const STRING: Self = Self::basic(Basic::String);
    pub const UNSAFE_POINTER: Self = Self::basic(Basic::UnsafePointer);
    pub const UNTYPED_BOOL: Self = Self::basic(Basic::UntypedBool);
    pub const UNTYPED_INT: Self = Self::basic(Basic::UntypedInt);
    pub const UNTYPED_RUNE: Self = Self::basic(Basic::UntypedRune);
    pub const UNTYPED_FLOAT: Self = Self::basic(Basic::UntypedFloat);
    pub const UNTYPED_COMPLEX: Self = Self::basic(Basic::UntypedComplex);
    pub const UNTYPED_STRING: Self = Self::basic(Basic::UntypedString);
    pub const UNTYPED_NIL: Self = Self::basic(Basic::UntypedNil);
    pub const BYTE: Self = Self::basic(Basic::Byte);
    pub const RUNE: Self = Self::basic(Basic::Rune);
}

/// What entries of arenas are before they are set.
mod defaults {
    use base::Idx;

    use super::{Alias, Basic, Interface, Named, TypeId, TypeKind, TypeList, TypeParam};
    use crate::{ObjId, ObjList};

    impl Default for TypeKind {
        fn default() -> Self {
            Self::Basic(Basic::Invalid)
        }
    }

    impl Default for Named {
        fn default() -> Self {
            Self {
                obj: ObjId::from_index(0),
                typ: TypeId::INVALID,
                instance: None,
                tparams: TypeList::EMPTY,
                from_rhs: None,
                underlying: None,
                methods: Vec::new(),
            }
        }
    }

    impl Default for Alias {
        fn default() -> Self {
            Self {
                obj: ObjId::from_index(0),
                origin: TypeId::INVALID,
                tparams: TypeList::EMPTY,
                targs: TypeList::EMPTY,
                rhs: None,
            }
        }
    }

    impl Default for Interface {
        fn default() -> Self {
            Self::complete(ObjList::EMPTY)
        }
    }

    impl Default for TypeParam {
        fn default() -> Self {
            Self {
                obj: ObjId::from_index(0),
                index: 0,
                bound: None,
            }
        }
    }
}
