//! What changed between two compilations of a package, matched by function and expression so that code may move.
//!
//! A *site* is an expression or variable of one function's source. Its value can be allocated by that function, and by
//! every function that it is inlined into: the log then has a decision for each copy, at the position of the call. A
//! copy belongs to the site it comes from, so a value is the same one at every depth of inlining:
//!
//! ```text
//! old: clone is inlined into Named        new: clone has a defer and is called
//!   a.go:6:2    moved to heap: c            a.go:7:2   moved to heap: c
//!   a.go:11:16  moved to heap: c            (nothing about Named)
//! ```
//!
//! Nothing was won here: `c` is still on the heap, allocated by `clone` where `Named` did it before.

mod causes;
mod effects;
mod renames;
mod side;

use base::LineCol;

use crate::calls::Calls;
use crate::decision::DecisionId;
use crate::decisions::Decisions;

use side::Side;

/// One difference. Sorted by function, then by kind, subject and position.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Change {
    /// The declared function, without type arguments: closures and instances count as part of it. Empty for what
    /// stands outside of functions.
    pub function: String,
    pub kind: ChangeKind,
    /// What changed: the expression or variable, the parameter, the function called; the function itself for verdicts.
    pub subject: String,
    /// The function that the expression stands in, if it is another one that is or was inlined.
    pub owner: Option<String>,
    /// Whether the function exists on the new side only, or on the old side only.
    pub function_is: Existence,
    pub cause: Option<Cause>,
    /// On the new side wherever something of the change still exists there.
    pub location: Option<Location>,
    /// The decision on the old side, where there was one about the same subject.
    pub old: Option<DecisionId>,
    /// The decision on the new side.
    pub new: Option<DecisionId>,
}

/// Kind of a difference.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ChangeKind {
    /// A value is on the heap that was not there, or was not at all.
    NowEscapes,
    /// A value is not on the heap any more, or does not exist any more.
    NoLongerEscapes,
    /// A value is on the heap on both sides, but another function allocates it as inlining changed.
    StillEscapes,
    /// A parameter leaks that did not, or now leaks itself and not just its content: callers' values escape.
    NowLeaks,
    /// The opposite of [`Self::NowLeaks`].
    NoLongerLeaks,
    /// The function can no longer be inlined anywhere.
    NoLongerInlinable,
    /// The function can be inlined.
    NowInlinable,
    /// A call in the function is no longer replaced by the callee's body.
    CallNoLongerInlined,
    /// A call in the function is replaced by the callee's body.
    CallNowInlined,
    /// Still inlinable or still not, at another cost. Copies of generic functions count by their highest cost.
    InlineCost { old: u32, new: u32 },
}

impl ChangeKind {
    /// For programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::NowEscapes => "now_escapes",
            Self::NoLongerEscapes => "no_longer_escapes",
            Self::StillEscapes => "still_escapes",
            Self::NowLeaks => "now_leaks",
            Self::NoLongerLeaks => "no_longer_leaks",
            Self::NoLongerInlinable => "no_longer_inlinable",
            Self::NowInlinable => "now_inlinable",
            Self::CallNoLongerInlined => "call_no_longer_inlined",
            Self::CallNowInlined => "call_now_inlined",
            Self::InlineCost { .. } => "inline_cost",
        }
    }

    /// About values rather than inlining.
    pub fn is_of_escape(self) -> bool {
        matches!(
            self,
            Self::NowEscapes
                | Self::NoLongerEscapes
                | Self::StillEscapes
                | Self::NowLeaks
                | Self::NoLongerLeaks
        )
    }
}

/// On which sides a function exists.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Existence {
    OnBothSides,
    New,
    Gone,
}

/// Why a value escapes now, or no longer.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Cause {
    /// The call of this function is no longer inlined.
    NoLongerInlined(String),
    /// The call of this function is inlined now.
    NowInlined(String),
    /// A parameter of this function, which the value is passed to, leaks now.
    NowLeaks(String),
    /// A parameter of this function, which the value is passed to, does not leak any more.
    NoLongerLeaks(String),
}

/// A position on one side.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Location {
    pub path: String,
    pub at: LineCol,
    /// In the sources of the old side: nothing of the change exists on the new one.
    pub is_old: bool,
}

/// One compilation of a package.
#[derive(Clone, Copy, Debug)]
pub struct Compilation<'a> {
    pub decisions: &'a Decisions,
    /// The calls its source has. Without any, every function counts as one that may call any other.
    pub calls: &'a Calls,
}

/// Lists what changed from one compilation to another.
pub fn diff(old: Compilation<'_>, new: Compilation<'_>) -> Vec<Change> {
    let (mut old, new) = (Side::of(old), Side::of(new));
    old.rename(&new);
    let mut changes = Vec::new();
    effects::leaks(&old, &new, &mut changes);
    effects::escapes(&old, &new, &mut changes);
    effects::verdicts(&old, &new, &mut changes);
    effects::calls(&old, &new, &mut changes);
    changes.sort();
    changes.dedup();
    changes
}

#[cfg(test)]
mod tests;
