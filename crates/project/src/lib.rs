//! A workspace under analysis: loading, the cache of decisions, attached profiles, and the check.
//!
//! What the command line and a later editor server share.
//!
//! ```
//! use project::record;
//!
//! let options = record::RecordOptions {
//!     seconds: 5,
//!     endpoints: record::default_endpoints(),
//!     access: project::service::Access::default(),
//!     out_dir: "profiles".into(),
//! };
//! let captures = record::plan("localhost:6060", &options)?;
//! assert_eq!(captures[0].url.to_string(), "http://localhost:6060/debug/pprof/profile?seconds=5");
//! # Ok::<(), record::RecordError>(())
//! ```

mod config;
mod decision_source;
mod events;
mod workspace;

mod analysis;
mod benchmarks;
mod changed_files;
pub mod changes;
mod check;
mod check_diff;
mod check_structs;
mod chosen_fixes;
pub mod comparison;
mod coverage;
pub mod doctor;
pub mod engines;
pub mod escapes;
pub mod evidence;
pub mod explain;
mod fix;
mod go_program;
pub mod goroutines;
mod hit_packages;
mod known_findings;

pub mod inlining;
pub mod inlining_costs;
mod known_costs;
pub mod leaks;
pub mod program;
pub mod record;
pub mod revision;
pub mod service;
mod session;
pub mod source_facts;
mod source_roots;
pub mod sources;
pub mod structs;
mod timed_code;
pub mod tune;

pub use analysis::{Analysed, Analysis, Broken, analyse};
pub use changed_files::{ChangedFile, ChangedFiles};
pub use check::{CheckError, CheckReport, CheckRequest, check, is_wrong};
pub use check_diff::{Baseline, CheckDiff, CheckDiffError, check_diff, drop_known};
pub use chosen_fixes::{CheckedText, ChosenFixError, ChosenFixes};
pub use config::{
    CONFIG_NAME, Config, ConfigError, Imported, config_schema, find_config, import_golangci,
    parse_config,
};
pub use events::{Event, Events};
pub use evidence::{BenchRequest, Evidence, EvidenceError, EvidenceRequest, ProfileSource};
pub use fix::{Fixed, fix};
pub use go_program::Program;
pub use known_costs::{KnownCosts, known_costs};
pub use known_findings::{Compared, KnownFindings, Scope};
pub use session::{Edited, Session, Snapshot};
pub use source_roots::SourceRoots;
pub use structs::FixError;
pub use workspace::{LoadError, Loaded, PackageRequest, Root, Workspace};
