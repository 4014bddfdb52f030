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
mod concrete;
pub mod constant;
mod context;
mod errors;
mod implements;
mod infer;
mod instantiate;
mod list;
mod lookup;
mod methodset;
mod names;
mod object;
mod package;
mod predicates;
mod scope;
mod sizes;
mod store;
mod subst;
mod termlist;
#[cfg(test)]
mod testing;
mod types;
mod typeset;
mod typestring;
mod under;
mod unify;
mod universe;

pub use check::Checker;
pub use errors::{Code, Problem};
pub use implements::Cause;
pub use infer::{InferArg, InferError};
pub use list::List;
pub use lookup::{Lookup, Selected};
pub use methodset::Method;
pub use names::{Name, Names};
pub use object::{Builtin, DeclState, ObjId, ObjKind, Object, Pos, ValueId, VarKind};
pub use package::{Package, PkgId, SourceFile};
pub use predicates::Overlook;
pub use scope::{Scope, ScopeId};
pub use sizes::{Layout, NoSize, Sizes};
pub use store::Store;
pub use subst::SubstMap;
pub use types::{
    Alias, AliasId, Basic, ChanDir, ContextId, Instance, Interface, InterfaceId, NameList, Named,
    NamedId, ObjList, Signature, SignatureId, Struct, Term, TermList, Terms, TypeId, TypeKind,
    TypeList, TypeParam, TypeParamId, TypeSet,
};
pub use typestring::TypeFormat;
pub use universe::Universe;
