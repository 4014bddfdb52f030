//! The server as a client sees it, on a machine in memory.
#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails the test, as the test itself would"
)]

mod edits;
mod harness;
mod transcripts;
