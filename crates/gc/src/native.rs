//! Decisions without the compiler: our model of gc's inliner over [`go_ir`].
//!
//! So far the first of its two questions: which functions can be inlined, and at what cost
//! ([`verdicts`]). It is asked once per function, on the body before anything is inlined, callees first,
//! and needs of callees only their costs; so packages are looked at in the order of their imports.
//!
//! Rules are those of Go 1.27 on amd64. What is not known is not guessed: a function that uses what
//! [`go_ir`] cannot lower has the verdict [`Verdict::Unknown`], and so has every function whose cost depends
//! on it.

mod breakdown;
mod cost;
mod escape;
mod intrinsics;
mod static_value;
mod verdict;

pub use breakdown::{Breakdown, Obstacle, Part, breakdown};
pub use escape::{Escapes, Finding, Tags, escapes};
pub use verdict::{Costs, FuncVerdict, NamedCosts, Verdict, verdicts};

/// The compiler's reason against inlining as the predicate of a sentence about the function: "contains `defer`".
pub fn reason_in_words(reason: &str) -> std::borrow::Cow<'_, str> {
    crate::notation::refusal(reason)
}
