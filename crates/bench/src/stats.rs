//! Statistics of samples as benchstat computes them, to the last bit it shows.
//!
//! Samples are sorted slices without NaN. Nothing here is random.
//!
//! Source: golang.org/x/perf/benchmath, github.com/aclements/go-moremath/stats.

mod choose;
mod compare;
pub mod go_math;
mod median;
mod paired;
mod ranks;
mod summary;
mod tied;
mod untied;

pub use compare::{Comparer, Comparison, MannWhitney};
pub use median::{MedianInterval, median, samples_for_interval};
pub use paired::{Shift, holm, q_values, shift, signed_rank, two_sample_shift};
pub use summary::{Summary, geomean, summarize_exact, summarize_median};
