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

pub mod constant;

mod arena;
mod assignments;
mod builtins;
mod call;
mod check;
mod check_state;
mod chunks;
mod concrete;
mod consts;
mod context;
mod conversions;
mod decl;
mod delayed;
mod errors;
mod expr;
pub mod fixture;
mod groups;
mod implements;
mod index;
mod infer;
mod initorder;
mod instantiate;
mod interfaces;
mod labels;
mod list;
mod literals;
mod lookup;
mod methodset;
mod mono;
mod names;
mod object;
mod operand;
mod package;
mod phases;
mod predicates;
mod range;
mod recheck;
mod recording;
mod resolver;
mod returns;
mod scope;
mod selector;
mod signature;
mod sizes;
mod stmt;
mod store;
mod structs;
mod subst;
pub mod summary;
mod termlist;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod types;
mod typeset;
mod typestring;
mod typexpr;
mod under;
mod unify;
mod universe;
mod validtype;

pub use arena::Arena;
pub use check::{Checker, Input, STACK, check_package, with_stack};
pub use errors::{Code, Problem};
pub use implements::Cause;
pub use infer::{InferArg, InferError};
pub use list::List;
pub use lookup::{Lookup, Selected};
pub use methodset::Method;
pub use names::{Name, Names};
pub use object::{Builtin, DeclState, ObjId, ObjKind, Object, Pos, ValueId, VarKind};
pub use operand::Mode;
pub use package::{Package, PkgId, SourceFile};
pub use phases::{Declared, declare_package};
pub use predicates::Overlook;
pub use recheck::BodyEdit;
pub use recording::{
    Def, FileInfo, Info, Initializer, Instantiation, Selection, SelectionKind, TypeAndValue,
};
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
