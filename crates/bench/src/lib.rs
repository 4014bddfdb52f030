//! Go benchmark results: reading the benchmark format, units, names, and what is computed from them.
//!
//! Reading never fails on content: a line that is no result becomes a problem beside the results.
//! The crate knows no Go source beyond names.
//!
//! ```
//! let text = b"pkg: a\nBenchmarkF-8 100 25 ns/op 0 B/op\n";
//! let (results, problems) = bench::benchfmt::read_all(text, "old.txt");
//! assert!(problems.is_empty());
//! assert_eq!(results[0].name, "F-8");
//! assert_eq!(results[0].value("sec/op"), Some(25.0 * 1e-9));
//! assert_eq!(results[0].config("pkg"), Some("a"));
//! ```

pub mod ab;
pub mod benchfmt;
pub mod bytes;
pub mod change_points;
pub mod diagnose;
pub mod filter;
pub mod gate;
pub mod history;
pub mod number;
pub mod projection;
pub mod render;
pub mod run;
pub mod stats;
pub mod syntax;
pub mod table;
pub mod unit;
