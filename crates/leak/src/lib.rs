//! Goroutines that cannot end: found in a dump, in a live service, after a test.
//!
//! Everything here turns bytes and plain data into plain data; the caller fetches the bytes and
//! runs the tests. One type serves all: a [`Group`] is the goroutines that wait at the same place
//! for the same reason, with what is known about them.
//!
//! ```
//! use leak::{Ownership, Verdict, dump};
//!
//! let text = "goroutine 7 [chan send (leaked)]:\nmain.work()\n\t/m.go:3 +0x1\n\n";
//! let snapshot = dump::read(&mut text.as_bytes(), Ownership::default())?;
//! let group = &snapshot.groups[0];
//! assert_eq!((group.verdict, group.count), (Verdict::Proven, 1));
//! assert_eq!(group.place().unwrap().function, "main.work");
//! # Ok::<(), dump::ReadError>(())
//! ```

mod counts;
pub mod diff;
pub mod dump;
mod frames;
mod group;
pub mod growth;
pub mod idle;
pub mod report;
pub mod sighting;
pub mod state;
pub mod testing;

pub use frames::{Ownership, package};
pub use group::{Group, Groups, Role, Verdict};
pub use sighting::Sighting;
