//! What the gc compiler decides about a package (inlining, escape, devirtualisation), and how we know.
//!
//! [`read_log`] reads the compiler's own `-m=2` log. A model of the compiler gives the same [`Decision`]s, so nothing
//! above depends on which of the two answered. This crate runs nothing and opens nothing.
//!
//! ```
//! let log = b"a.go:5:6: can inline point with cost 5 as: func(int) *int { return &x }
//! a.go:5:12: x escapes to heap in point:
//! a.go:5:12:   flow: ~r0 \xe2\x86\x90 &x:
//! a.go:5:12:     from &x (address-of) at a.go:6:9
//! a.go:5:12:     from return &x (return) at a.go:6:2
//! a.go:5:12: moved to heap: x
//! ";
//! let (decisions, problems) = gc::read_log(log, &[]);
//! assert!(problems.is_empty());
//! let (id, moved) = decisions.iter().last().unwrap();
//! assert_eq!(moved.kind, gc::Kind::MovedToHeap);
//! assert_eq!((decisions.text(moved.subject), moved.position.line), ("x", 5));
//! let path = decisions.why(id).next().unwrap();
//! assert_eq!(decisions.steps(path).len(), 3);
//! assert_eq!(decisions.write_log(), log);
//! ```

mod decision;
mod decisions;
mod texts;

mod calls;
mod catalogue;
mod class;
mod diff;
mod expression;
mod flow;
mod functions;
mod names;
mod notation;

mod attach;
mod bytes;
mod phrases;
mod read_json;
mod read_log;
mod score;
mod write_log;

pub mod native;

pub use bytes::DecodeError;
pub use calls::Calls;
pub use class::SubjectClass;
pub use decision::{
    CaptureBy, Claim, Decision, DecisionId, Explanation, ExplanationId, Kind, PgoCall, Position,
    Refusal, Shaped, Step, Subject,
};
pub use decisions::{Builder, Decisions, Entry, Notation};
pub use diff::{Cause, Change, ChangeKind, Compilation, Existence, Location, diff};
pub use expression::Expressions;
pub use flow::{End, Flow, FlowStep, Flows, Verb};
pub use functions::{Function, Functions};
pub use names::{fold_function_name, is_closure_name, without_type_arguments};
pub use notation::{quoted, readable};
pub use read_json::{JsonProblem, join_inline_chains, read_json};
pub use read_log::{LogProblem, LogProblemKind, PathPrefix, read_log, split_packages};
pub use score::{LogDifference, LogScore, score_log};
pub use texts::TextId;
