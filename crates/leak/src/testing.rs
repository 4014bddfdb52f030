//! Goroutines that a test leaves behind.
//!
//! `go test -overlay` builds the user's tests with instrumented copies of packages `testing` and
//! `runtime/pprof`: no change to the source, to go.mod or to GOROOT. Hooks there mark each test's
//! goroutine with the test's name, which all goroutines it starts inherit and no program sees; note
//! which goroutines were there before the first test; and, when the tests are over or their time is
//! up, wait for stragglers, look at them several times, ask the runtime for proofs and write a
//! [`Record`].
//!
//! [`make_overlay`] makes the copies from the installed sources, [`Record::parse`] reads what a
//! process wrote, [`assess`] judges it.

mod assess;
mod blame;
mod frameworks;
mod known;
mod overlay;
mod record;

pub use assess::{Assessment, TestLeak, TestVerdict, Tier, assess, assess_output};
pub use known::{Baseline, Ignore, IgnoreError, IgnoreKind, Ignores};
pub use overlay::{ADDED, OverlayError, make as make_overlay, merge as merge_overlays, supports};
pub use record::{Record, RecordError};
