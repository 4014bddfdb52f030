//! Why the order of a struct's fields has to stay.

use std::fmt;

use crate::facts::Place;

/// A reason, and where it lies if not in the struct itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Obstacle {
    /// What depends on the order.
    pub reason: Reason,
    /// The use that depends on it; `None` if that is the declaration.
    pub place: Option<Place>,
}

/// What depends on the order of the fields, or asks for it.
///
/// Displayed as the end of "left as it is: …".
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Reason {
    /// `//goperf:keep`, or another tool's word for it.
    Keep,
    Generated,
    /// Belongs to the runtime, whose structs the compiler knows.
    Runtime,
    Cgo,
    /// The package has Go assembly, which may know offsets.
    Assembly,
    /// Passed to or from a function that is made elsewhere (assembly, `//go:linkname`).
    BodilessFunc,
    /// Has a field of type `structs.HostLayout`.
    HostLayout,
    /// `_`, or named as padding.
    Marker(String),
    /// A comment mentions order or alignment; the words.
    Comment(&'static str),
    /// Not a type of its own: types written alike are the same.
    Anonymous,
    /// Sizes depend on type arguments.
    Generic,
    /// A composite literal without keys.
    Positional,
    /// The same in a file that is not built for this target, as far as syntax without types shows.
    PositionalElsewhere,
    /// `unsafe.Offsetof`.
    Offsetof,
    /// `unsafe.Sizeof` or `unsafe.Alignof`.
    Sizeof,
    /// Goes through `unsafe.Pointer`.
    Unsafe,
    /// Converted to or from another struct type; its name.
    Conversion(String),
    /// An unnamed struct type is identical, and so values are assignable.
    SameUnnamed,
    /// Encoded field by field, without names; the package.
    Encoded(&'static str),
    /// Reached by the number of the field through package reflect.
    Reflect,
    /// Passed as a value of any type to a function whose code is not among the packages.
    Unknown(String),
    /// A 64-bit field is used atomically, which needs it aligned on 32-bit machines.
    Atomic64,
    /// All fields are exported: other packages may write literals without keys.
    Exported,
    /// Encoded with names, in the order of the fields; the package.
    EncodedInOrder(&'static str),
    /// Printed with all its fields; the package.
    Printed(&'static str),
    /// Fields have tags; the first key.
    Tagged(String),
    /// Fields are grouped by blank lines.
    Groups,
    /// The source cannot be cut into fields: several on a line, comments inside of one.
    Text,
}

impl Reason {
    /// Which flag has it overlooked, if one does.
    pub const fn flag(&self) -> Option<&'static str> {
        match self {
            Self::Exported => Some("--exported"),
            Self::Tagged(_) | Self::EncodedInOrder(_) | Self::Printed(_) => Some("--tagged"),
            _ => None,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keep => f.write_str("marked to be kept"),
            Self::Generated => f.write_str("generated code"),
            Self::Runtime => f.write_str("known to the compiler and the runtime"),
            Self::Cgo => f.write_str("its file uses cgo"),
            Self::Assembly => f.write_str("its package has assembly, which may know offsets"),
            Self::BodilessFunc => f.write_str("passed to a function that is made elsewhere"),
            Self::HostLayout => f.write_str("has the layout of the host (`structs.HostLayout`)"),
            Self::Marker(field) => write!(f, "field `{field}` is there for its place"),
            Self::Comment(words) => write!(f, "a comment says “{words}”"),
            Self::Anonymous => f.write_str("not a type of its own"),
            Self::Generic => f.write_str("generic"),
            Self::Positional => f.write_str("a literal without field names"),
            Self::PositionalElsewhere => {
                f.write_str("a literal without field names, in a file of another build")
            }
            Self::Offsetof => f.write_str("`unsafe.Offsetof`"),
            Self::Sizeof => f.write_str("`unsafe.Sizeof` or `unsafe.Alignof`"),
            Self::Unsafe => f.write_str("reached through `unsafe.Pointer`"),
            Self::Conversion(other) => write!(f, "converted to or from `{other}`"),
            Self::SameUnnamed => f.write_str("an unnamed struct type is identical"),
            Self::Encoded(package) => write!(f, "encoded by `{package}` in this order"),
            Self::Reflect => f.write_str("its fields are reached by number through `reflect`"),
            Self::Unknown(func) => {
                write!(
                    f,
                    "passed to `{func}`, which may depend on the order of fields"
                )
            }
            Self::Atomic64 => f.write_str("a 64-bit field is used atomically"),
            Self::Exported => {
                f.write_str("exported: other packages may write literals without field names")
            }
            Self::EncodedInOrder(package) => {
                write!(f, "`{package}` writes its fields in this order")
            }
            Self::Printed(package) => write!(f, "`{package}` prints its fields in this order"),
            Self::Tagged(key) => write!(f, "`{key}` tags: encoders write fields in this order"),
            Self::Groups => f.write_str("its fields are grouped"),
            Self::Text => f.write_str("fields that cannot be moved as lines"),
        }
    }
}

/// Whether a field is there for its place alone, by its name and type.
pub(crate) fn is_marker(name: &str, typ: &str) -> bool {
    let is_padding = name.to_ascii_lowercase().starts_with("pad") && typ.starts_with('[');
    name == "_" || is_padding || typ.ends_with(".CacheLinePad")
}

/// Whether the compiler and the runtime know the structs of a package of the standard library.
pub fn is_of_runtime(import_path: &str) -> bool {
    let roots = ["runtime", "reflect", "internal/runtime", "internal/abi"];
    roots.iter().any(|root| {
        (import_path.strip_prefix(root))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}
