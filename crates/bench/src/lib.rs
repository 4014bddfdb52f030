//! Go benchmark results: reading the benchmark format, units, names, and what is computed from them.
//!
//! Reading never fails on content: a line that is not a result becomes a problem beside the results.
//! Of Go source it reads the syntax of benchmark functions alone ([`source`]).
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
pub mod source;
pub mod stats;
pub mod syntax;
pub mod table;
pub mod unit;
