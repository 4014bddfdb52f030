//! Decisions without the compiler: our model of gc over [`go_ir`].
//!
//! [`verdicts`] answers the first of the inliner's two questions: which functions can be inlined, and at what cost. It is
//! asked once per function, on the body before anything is inlined, callees first, and needs of callees only their
//! costs; so packages are looked at in the order of their imports. [`inline_calls`] answers the second too, which
//! calls are replaced and which interface calls devirtualized, and does it: afterwards the package has its bodies as
//! escape analysis sees them ([`go_ir::Kind::InlinedCall`] describes a replaced call). It needs the bodies of
//! inlinable functions of other packages ([`Bodies`]). [`escapes`] then says what escapes, with the tags of imported
//! functions ([`Tags`]). [`Engine`] does all of it, package by package.
//!
//! Rules are those of Go 1.27 on amd64. What is not known is not guessed: a function that uses what
//! [`go_ir`] cannot lower has the verdict [`Verdict::Unknown`], and so has every function whose cost depends
//! on it.

mod bloop;
mod bounds;
mod breakdown;
mod cost;
mod devirtualize;
mod engine;
mod escape;
mod exported;
mod inline;
mod intrinsics;
mod line_directive;
mod matched;
mod message;
mod static_value;
mod verdict;
mod visible;
mod wrappers;

pub use breakdown::{Breakdown, Obstacle, Part, breakdown};
pub use engine::{Answer, Engine, Gap, Line};
pub use escape::{Escapes, Finding, Tags, escapes};
pub use inline::{Bodies, Target, inline_calls};
pub use matched::Matched;
pub use message::{Context, Message};
pub use verdict::{Costs, FuncVerdict, NamedCosts, Verdict, verdicts};

/// The compiler's reason against inlining as the predicate of a sentence about the function: "contains `defer`".
pub fn reason_in_words(reason: &str) -> std::borrow::Cow<'_, str> {
    crate::notation::refusal(reason)
}
