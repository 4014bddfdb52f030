//! Rules: what the compiler decided and what the profiles saw go in, ranked diagnostics come out.
//!
//! `lint` alone words findings. It runs nothing and opens nothing.
//!
//! ```
//! let rule = lint::rules::find("GP607").unwrap();
//! assert_eq!(rule.name, "dynamic-make");
//! assert!(rule.holds_for(27));
//! ```

mod rule;
pub mod rules;

pub use rule::{Group, Rule};
