//! Rules: what the compiler decided and what the profiles saw go in, ranked diagnostics come out.
//!
//! `lint` alone words findings. It runs nothing and opens nothing.
//!
//! ```
//! let rule = lint::rules::find("GP607").unwrap();
//! assert_eq!(rule.name, "dynamic-make");
//! assert!(rule.holds_for(27));
//! ```

mod functions;
mod heat;
mod names;
mod packages;
mod weights;

mod allocs;
mod callers;
mod causes;
mod made;
mod shares;
mod sites;

mod advice;
mod context;
mod contracts;
mod counts;
mod coverage;
mod findings;
pub mod fixes;
mod limits;
mod patterns;
mod rewrites;
mod rule;
pub mod rules;
mod selection;
mod source;
mod view;

mod attribution;
mod changes;
mod decision;
mod evidence;
mod explain;
mod source_text;
mod suppress;
mod topics;

pub use allocs::TypedPackage;
pub use attribution::Attribution;
pub use changes::{CHANGE_RULES, ChangeRule, ChangeWords, Direction, change_finding, change_words};
pub use contracts::{FunctionAllocs, WrittenPromise, broken_promises, function_allocs, promises};
pub use coverage::Coverage;
pub use decision::{decision_words, decision_words_with_line};
pub use evidence::{bytes, count, duration, evidence_of, percent};
pub use explain::{Flow, FlowStep, flow};
pub use findings::{
    CallFinding, PackageFindings, TooBig, Unexplained, check_package, join_packages, rule_ref,
};
pub use functions::{FunctionId, Functions, SourceFunction};
pub use heat::{
    Block, CallHeat, Callee, CalleeLine, Caller, Fit, Heat, HotFunction, HotFunctionId, HotLine,
    HotLineId, TimedCode, hit_packages,
};
pub use limits::{Limit, Limits};
pub use names::fold_name;
pub use packages::{CheckedId, CheckedPackage, PackageSet, SourceFile, Trees};
pub use patterns::check_patterns;
pub use rewrites::{PLACEHOLDER, Parameter, Rewrite, rewrites};
pub use rule::{Group, Rule};
pub use selection::{CheckOptions, PathRules, RuleSelection};
pub use sites::{ForeignCandidate, foreign_candidates};
pub use suppress::suppress;
pub use topics::{TOPICS, Topic, find_topic};
pub use view::{AskBoundsChecks, PackageInput};
pub use weights::{Resource, Weights};
