//! Rules: what the compiler decided and what the profiles saw go in, ranked diagnostics come out.
//!
//! `lint` alone words findings. It runs nothing and opens nothing.
//!
//! ```
//! let rule = lint::rules::find("GP607").unwrap();
//! assert_eq!(rule.name, "dynamic-make");
//! assert!(rule.holds_for(27));
//! ```

mod attribution;
mod evidence;
mod explain;
mod finding;
mod functions;
mod heat;
mod inline;
mod names;
mod package;
mod packages;
mod rule;
pub mod rules;
mod scan;
mod site;
mod structs;
mod subject;
mod weights;

pub use attribution::Attribution;
pub use evidence::{bytes, count, duration, evidence_of, percent};
pub use explain::{Flow, FlowStep, flow};
pub use finding::rule_ref;
pub use functions::FunctionMap;
pub use heat::{Callee, Fit, Heat, HotFunction, HotFunctionId, HotLine, HotLineId};
pub use names::fold_name;
pub use package::{CheckOptions, PackageFindings, PackageInput, RuleSelection, check_package};
pub use packages::{
    CheckedId, CheckedPackage, DeclaredFunction, PackageSet, SourceFile, split_symbol,
};
pub use rule::{Group, Rule};
pub use site::{ForeignCandidate, foreign_candidates};
pub use structs::{StructInput, struct_size_class};
pub use weights::{Resource, Weights};
