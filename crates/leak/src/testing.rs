//! Goroutines that a test leaves behind.
//!
//! `go test -overlay` builds the user's tests with an instrumented copy of package `testing`: no
//! change to the source, to go.mod or to GOROOT. Hooks there label each test's goroutine with the
//! test's name, which all goroutines it starts inherit; note which goroutines were there before
//! the first test; and, when the tests are over or their time is up, wait for stragglers, ask the
//! runtime for proofs and write a [`Record`].
//!
//! [`overlay`](make_overlay) makes the copy from the installed sources, [`Record::parse`] reads
//! what a process wrote, [`assess`] says what it means.

mod assess;
mod blame;
mod known;
mod overlay;
mod record;

pub use assess::{Assessment, TestLeak, TestVerdict, Tier, assess, assess_output};
pub use known::{Baseline, Ignore, IgnoreError, IgnoreKind, Ignores};
pub use overlay::{
    ADDED, FILES, OverlayError, make as make_overlay, merge as merge_overlays, supports,
};
pub use record::{Record, RecordError};
