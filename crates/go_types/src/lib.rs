//! Types, objects and constants of Go packages, as go/types has them.
//!
//! A [`Store`] owns all of a run in arenas, by `u32` ids; a [`Checker`] checks one package into it. File
//! names follow those of go/types, so both can be read side by side.
//!
//! ```
//! use go_types::{Store, TypeId, TypeKind};
//!
//! let mut store = Store::default();
//! let ints = store.slice(TypeId::INT);
//! assert_eq!(store.kind(ints), TypeKind::Slice(TypeId::INT));
//! assert_eq!(store.slice(TypeId::INT), ints);
//! ```

mod check;
pub mod constant;
mod context;
mod errors;
mod list;
mod names;
mod object;
mod package;
mod scope;
mod store;
mod types;
mod universe;

pub use check::Checker;
pub use errors::{Code, Problem};
pub use list::List;
pub use names::{Name, Names};
pub use object::{Builtin, DeclState, ObjId, ObjKind, Object, Pos, ValueId, VarKind};
pub use package::{Package, PkgId, SourceFile};
pub use scope::{Scope, ScopeId};
pub use store::Store;
pub use types::{
    Alias, AliasId, Basic, ChanDir, ContextId, Instance, Interface, InterfaceId, NameList, Named,
    NamedId, ObjList, Signature, SignatureId, Struct, Term, TermList, Terms, TypeId, TypeKind,
    TypeList, TypeParam, TypeParamId, TypeSet,
};
pub use universe::Universe;
