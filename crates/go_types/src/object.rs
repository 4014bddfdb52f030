//! What a name stands for.

use base::{FileId, Idx};

use crate::{Name, PkgId, ScopeId, TypeId};

base::typed_id! {
    /// A declared entity.
    pub struct ObjId;
}
base::typed_id! {
    /// A constant's value, in the store.
    pub struct ValueId;
}

/// A place in a source file of the store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Pos {
    /// A file of the store.
    pub file: FileId,
    /// In bytes from 0.
    pub offset: u32,
}

impl Pos {
    /// A place at an offset in bytes.
    pub const fn new(file: FileId, offset: u32) -> Self {
        Self { file, offset }
    }

    /// No place: of what the universe declares.
    pub fn none() -> Self {
        Self::new(FileId::from_index(u32::MAX as usize), 0)
    }

    /// Whether there is a place.
    pub fn is_known(self) -> bool {
        self.file.index() != u32::MAX as usize
    }
}

/// What an identifier stands for: package, constant, type, variable, function, label, builtin or `nil`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Object {
    /// What the object is.
    pub kind: ObjKind,
    /// As declared; that of an embedded field is that of its type.
    pub name: Name,
    /// `None` for what the universe declares.
    pub pkg: Option<PkgId>,
    /// `None` until declared; also for package names and labels. For methods of instances until expanded:
    /// use `Checker::obj_decl`.
    pub typ: Option<TypeId>,
    /// `None` for fields and methods.
    pub parent: Option<ScopeId>,
    /// Of the declaring identifier.
    pub pos: Pos,
    /// Offset in the file of `pos` from which a function-local name is visible; else 0.
    pub scope_pos: u32,
    /// Source order among the package-level objects of a package, from 1; else 0.
    pub order: u32,
    /// Of package-level objects.
    pub state: DeclState,
}

/// What an object is, with what only such an object has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ObjKind {
    PkgName {
        imported: PkgId,
    },
    Const {
        value: Option<ValueId>,
    },
    /// A defined type, an alias, a type parameter or a basic type.
    TypeName,
    Var {
        kind: VarKind,
        /// A field without name: its name is that of its type.
        embedded: bool,
        /// The field or parameter this one was instantiated from.
        origin: Option<ObjId>,
    },
    Func {
        /// Declared with a receiver, or in an interface.
        method: bool,
        /// The receiver is a pointer. Known before the signature is.
        ptr_recv: bool,
        /// The method this one was instantiated from.
        origin: Option<ObjId>,
        /// The instance whose method this is, while its signature waits to be expanded or after.
        of_instance: Option<TypeId>,
    },
    Label,
    Builtin(Builtin),
    Nil,
}

/// Where a variable is declared.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum VarKind {
    Package,
    Local,
    Recv,
    Param,
    Result,
    Field,
}

/// How far the declaration of a package-level object has been checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeclState {
    Untouched,
    /// Index on the path of declarations in progress.
    InProgress(u32),
    Done,
}

/// Predeclared functions, and those of package unsafe.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Builtin {
    Append,
    Cap,
    Clear,
    Close,
    Complex,
    Copy,
    Delete,
    Imag,
    Len,
    Make,
    Max,
    Min,
    New,
    Panic,
    Print,
    Println,
    Real,
    Recover,
    // Package unsafe.
    Add,
    Alignof,
    Offsetof,
    Sizeof,
    Slice,
    SliceData,
    String,
    StringData,
}

impl Default for Object {
    fn default() -> Self {
        Self::new(ObjKind::Nil, Pos::none(), None, Name::EMPTY)
    }
}

impl Object {
    /// An object without type, declared at `pos`.
    pub fn new(kind: ObjKind, pos: Pos, pkg: Option<PkgId>, name: Name) -> Self {
        Self {
            kind,
            name,
            pkg,
            typ: None,
            parent: None,
            pos,
            scope_pos: 0,
            order: 0,
            state: DeclState::Untouched,
        }
    }

    /// The object with this type, its declaration done.
    #[must_use]
    pub fn with_type(self, typ: TypeId) -> Self {
        Self {
            typ: Some(typ),
            state: DeclState::Done,
            ..self
        }
    }

    /// A variable that is not a field, without type.
    pub fn var(kind: VarKind, pos: Pos, pkg: Option<PkgId>, name: Name) -> Self {
        let kind = ObjKind::Var {
            kind,
            embedded: false,
            origin: None,
        };
        Self::new(kind, pos, pkg, name)
    }

    /// A struct field.
    pub fn field(pos: Pos, pkg: Option<PkgId>, name: Name, typ: TypeId, embedded: bool) -> Self {
        let kind = ObjKind::Var {
            kind: VarKind::Field,
            embedded,
            origin: None,
        };
        Self::new(kind, pos, pkg, name).with_type(typ)
    }

    /// A function, or a method if `method`.
    pub fn func(pos: Pos, pkg: Option<PkgId>, name: Name, method: bool) -> Self {
        let kind = ObjKind::Func {
            method,
            ptr_recv: false,
            origin: None,
            of_instance: None,
        };
        Self::new(kind, pos, pkg, name)
    }

    pub const fn is_embedded(&self) -> bool {
        matches!(self.kind, ObjKind::Var { embedded: true, .. })
    }

    pub const fn is_field(&self) -> bool {
        matches!(
            self.kind,
            ObjKind::Var {
                kind: VarKind::Field,
                ..
            }
        )
    }

    pub const fn is_type_name(&self) -> bool {
        matches!(self.kind, ObjKind::TypeName)
    }

    pub const fn is_func(&self) -> bool {
        matches!(self.kind, ObjKind::Func { .. })
    }
}

impl Builtin {
    /// Its name; those of package unsafe come last, from [`Builtin::Add`] on.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Append => "append",
            Self::Cap => "cap",
            Self::Clear => "clear",
            Self::Close => "close",
            Self::Complex => "complex",
            Self::Copy => "copy",
            Self::Delete => "delete",
            Self::Imag => "imag",
            Self::Len => "len",
            Self::Make => "make",
            Self::Max => "max",
            Self::Min => "min",
            Self::New => "new",
            Self::Panic => "panic",
            Self::Print => "print",
            Self::Println => "println",
            Self::Real => "real",
            Self::Recover => "recover",
            Self::Add => "Add",
            Self::Alignof => "Alignof",
            Self::Offsetof => "Offsetof",
            Self::Sizeof => "Sizeof",
            Self::Slice => "Slice",
            Self::SliceData => "SliceData",
            Self::String => "String",
            Self::StringData => "StringData",
        }
    }

    /// Those of the universe.
    pub const PREDECLARED: [Self; 18] = [
        Self::Append,
        Self::Cap,
        Self::Clear,
        Self::Close,
        Self::Complex,
        Self::Copy,
        Self::Delete,
        Self::Imag,
        Self::Len,
        Self::Make,
        Self::Max,
        Self::Min,
        Self::New,
        Self::Panic,
        Self::Print,
        Self::Println,
        Self::Real,
        Self::Recover,
    ];

    /// Those of package unsafe.
    pub const UNSAFE: [Self; 8] = [
        Self::Add,
        Self::Alignof,
        Self::Offsetof,
        Self::Sizeof,
        Self::Slice,
        Self::SliceData,
        Self::String,
        Self::StringData,
    ];
}
