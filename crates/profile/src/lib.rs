//! pprof's profile model and its codecs.
//!
//! A [`Profile`] is a few tables with dense `u32` ids: [`Samples`] are columns, stacks are slices
//! of one array, every text and every set of labels is stored once. Reading one takes bytes and
//! gives a value; nothing here opens a file.
//!
//! [`goroutine`] reads goroutine dumps and goroutine profiles printed as text (debug=1 and
//! debug=2, panics, SIGQUIT), wherever in a log they stand.
//!
//! ```
//! use profile::{LabelSetId, Limits, Line, Profile};
//!
//! let mut profile = Profile::with_sample_types(&[("cpu", "nanoseconds")]);
//! let name = profile.strings.intern(b"main.main");
//! let file = profile.strings.intern(b"/src/main.go");
//! let function = profile.add_function(name, file, 10);
//! let line = Line { function, line: 12, column: 0 };
//! let location = profile.add_location(0x1000, None, &[line]);
//! profile.samples.push(&[location], &[10_000_000], LabelSetId::EMPTY);
//!
//! let bytes = profile::encode_gzip(&profile);
//! let again = profile::decode(&bytes, &Limits::default())?;
//! let sample = again.samples.ids().next().unwrap();
//! let leaf = again.frames(sample).next().unwrap();
//! assert_eq!(again.function_name(leaf.function), "main.main");
//! assert_eq!((leaf.line, leaf.inlined), (12, false));
//! # Ok::<(), profile::DecodeError>(())
//! ```

mod aggregate;
mod decode;
mod error;
mod export;
mod filter;
mod folded;
pub mod goroutine;
mod inflate;
mod json;
mod label_frames;
mod labels;
mod legacy;
mod merge;
mod model;
mod named;
mod paths;
mod perf_data;
mod proto;
mod prune;
mod samples;
mod scale;
mod strings;
mod symbol;
pub mod units;
mod wire;

pub use aggregate::Granularity;
pub use decode::decode;
pub use error::{DecodeError, Limits};
pub use export::{encode_firefox, encode_speedscope};
pub use filter::{LabelMatcher, Matcher, NameFilter, NameMatches};
pub use folded::{SkippedLines, decode_folded, encode_folded, write_folded};
pub use labels::{Label, LabelSetId, LabelSets, LabelValue};
pub use merge::{DroppedType, MergeError, make_compatible, merge};
pub use model::{
    Frame, Function, FunctionId, Line, Location, LocationId, Mapping, MappingId, Profile, ValueType,
};
pub use named::{Recognized, decode_named, decode_recognized};
pub use paths::{Group, LocationSymbols, Member, walk_paths};
pub use perf_data::is_perf_data;
pub use proto::encode::{encode, encode_gzip, write_gzip};
pub use prune::OwnedMatcher;
pub use samples::{Sample, SampleId, Samples};
pub use strings::{StrId, Strings};
pub use symbol::{split_symbol, unescape_path};
