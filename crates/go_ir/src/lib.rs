//! Go function bodies as gc sees them: typed syntax lowered to the nodes of gc's intermediate
//! representation, before anything is inlined.
//!
//! [`lower`] does in one pass what gc does in three (its writer, its reader and its old type checker):
//! parentheses and constants vanish, conversions become explicit, calls with several results go through
//! temporaries, `go` and `defer` get their wrappers. What the inliner counts, prints and replaces is these
//! nodes, so they have gc's operations one by one and its order of children ([`Package::children`]).
//!
//! [`Package::keep_body`] keeps a body as it is, [`Package::expand`] replaces a call by a copy of one. Which calls are
//! replaced is not decided here.
//!
//! The body of a range over a function becomes a closure that the iterator calls, with the variables by which gc finds
//! out where control goes on behind the call.
//!
//! Generic functions are lowered once for each tuple of shapes that a package needs ([`lower_stenciled`]), from the syntax
//! of the package that declares them ([`Generics`]).
//!
//! Where a statement holds something this crate does not know yet (generic methods) stands
//! [`Kind::Unsupported`], and the function is marked ([`Func::unsupported`]): better no answer
//! than a wrong one.

mod body;
mod copy;
mod dead_locals;
mod expand;
mod func;
mod inits;
mod link;
mod loop_vars;
mod lower;
mod method_call;
mod node;
mod print;
mod scc;
mod static_init;
mod stencil;
mod types_read;
mod visit;
mod wrapper;

pub use body::Body;
pub use dead_locals::remove_dead_locals;
pub use expand::Expansion;
pub use func::{
    Callee, Class, Func, FuncId, Inlined, Package, Stencil, Var, VarId, Wrapper,
    is_method_of_instance,
};
pub use loop_vars::separate_loop_vars;
pub use lower::{Source, lower, lower_instance, lower_stenciled};
pub use node::{
    BinaryOp, BuiltinOp, ConvOp, InlineId, Kind, ListOp, LitOp, LiteralId, Node, NodeId, Nodes,
    RuntimeFunc, UnaryOp,
};
pub use print::Printer;
pub use scc::bottom_up;
pub use static_init::initialize_statically;
pub use stencil::{Generics, has_shape, is_not_in_heap, is_shape};
pub use types_read::TypesRead;
pub use wrapper::MethodWrapper;
