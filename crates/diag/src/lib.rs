//! A finding as data, and one renderer per output format.
//!
//! Engines return facts, `lint` words them as [`Diagnostic`]s, and this crate lays them out. It
//! opens no file: the text to quote comes through [`Sources`], and a text that is missing or does
//! not match costs the snippet, never the finding.
//!
//! ```
//! use diag::{Annotation, Diagnostic, Format, Options, Report, RuleRef, Severity, render};
//! use std::path::Path;
//!
//! let rule = RuleRef { id: "GP601", name: "hot-boxing" };
//! let primary = Annotation::at("store.go", 2, 5);
//! let found = [Diagnostic::new(rule, Severity::Warning, "`order` is boxed", primary)];
//! let source = |_: &Path| Some("func f() {\n\tlog(order)\n}\n".into());
//! let options = Options::new(&source);
//! assert_eq!(
//!     render(Format::Concise, &Report::new(&found), &options),
//!     "store.go:2:5: GP601 `order` is boxed\n",
//! );
//! ```

mod diagnostic;
mod fingerprint;
mod paths;
mod render;
mod sources;

pub use diagnostic::{
    Annotation, Diagnostic, Edit, Evidence, Fix, Note, NoteKind, RuleInfo, RuleRef, Safety,
    Severity, Value, sort,
};
pub use fingerprint::{Fingerprint, fingerprints};
pub use paths::{NamedDir, PathNames, display_path};
pub use render::{Format, JSON_SCHEMA_VERSION, Options, Report, json_schema, render};
pub use sources::Sources;
