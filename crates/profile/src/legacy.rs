//! The formats pprof had before `profile.proto`, which gperftools, old Go programs, Java agents
//! and Go's `debug=1` pages still write.
//!
//! | format | begins with |
//! | --- | --- |
//! | [`cpu`] | five words 0, 3, 0 (C++) or 1 (Java), period in µs, 0; of 4 or 8 bytes, in either byte order |
//! | [`heap`] | `heap profile: … @ heap/N`, `heap_v2/N`, `heapz_v2`, `heapprofile`, `growth`, `fragmentation` |
//! | [`count`] | `goroutine profile: total N`, and so for every kind of Go count profile |
//! | [`threads`] | `--- threadz N ---` or `--- Thread ID (name: …) stack: ---` |
//! | [`contention`] | `--- contentionz`, `--- mutex:`, `--- contention:` |
//! | [`java`] | `--- heapz 1 ---`, `--- contentionz 1 ---`, and `format = java` |
//!
//! They hold addresses and a memory map. What is adjusted (return addresses to the call before,
//! sampled heap values to estimates, known artefacts of profilers removed) follows pprof to the
//! last digit. Source: google/pprof `profile/legacy_profile.go`, `profile/legacy_java_profile.go`.

mod contention;
mod count;
mod cpu;
mod heap;
mod java;
mod jeprof;
mod lines;
mod maps;
mod numbers;
#[cfg(test)]
mod tests;
mod threads;
mod uninteresting;

use regex::bytes::Regex;
use rustc_hash::FxHashMap;

use crate::error::DecodeError;
use crate::labels::LabelSetId;
use crate::model::{LocationId, Profile};
use crate::samples::Samples;

/// Input that a reader rejected.
#[derive(Debug)]
enum LegacyError {
    /// Another format, perhaps.
    Unrecognized,
    /// This format, but broken.
    Broken(String),
}

type Result<T, E = LegacyError> = std::result::Result<T, E>;

type Reader = fn(&[u8]) -> Result<Profile>;

/// Reads whichever of the formats `input` has.
pub(crate) fn decode(input: &[u8]) -> std::result::Result<Profile, DecodeError> {
    let readers: [Reader; 6] = [
        cpu::read,
        heap::read,
        count::read,
        threads::read,
        contention::read,
        java::read,
    ];
    for read in readers {
        match read(input) {
            Ok(mut profile) => {
                if profile.sample_types.is_empty() {
                    // Java, without a resolution.
                    if !profile.samples.is_empty() {
                        let message = "missing sample type information".to_owned();
                        return Err(DecodeError::Parse(message));
                    }
                    profile.samples = Samples::new(0);
                }
                uninteresting::set_patterns(&mut profile);
                return Ok(profile);
            }
            Err(LegacyError::Unrecognized) => {}
            Err(LegacyError::Broken(message)) => return Err(DecodeError::Parse(message)),
        }
    }
    Err(DecodeError::Parse("unrecognized profile format".to_owned()))
}

/// Reads what jemalloc writes, and profiles with a table of symbols, which pprof does not.
pub(crate) fn decode_jeprof(input: &[u8]) -> std::result::Result<Profile, DecodeError> {
    jeprof::read(input).map_err(|error| {
        DecodeError::Parse(match error {
            LegacyError::Unrecognized => "unrecognized profile format".to_owned(),
            LegacyError::Broken(message) => message,
        })
    })
}

/// A profile whose samples are addresses.
struct Stacks {
    profile: Profile,
    by_address: FxHashMap<u64, LocationId>,
    stack: Vec<LocationId>,
}

/// Which addresses of a stack are those behind a call, so that the call is one byte before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ReturnAddresses {
    None,
    AllButLeaf,
    All,
}

impl Stacks {
    fn new(sample_types: &[(&str, &str)], period_type: (&str, &str), period: i64) -> Self {
        let mut profile = Profile::with_sample_types(sample_types);
        profile.period_type = profile.value_type(period_type.0, period_type.1);
        profile.period = period;
        Self {
            profile,
            by_address: FxHashMap::default(),
            stack: Vec::new(),
        }
    }

    fn push(
        &mut self,
        addresses: &[u64],
        returns: ReturnAddresses,
        values: &[i64],
        labels: LabelSetId,
    ) {
        self.stack.clear();
        for (index, &address) in addresses.iter().enumerate() {
            let back = match returns {
                ReturnAddresses::None => 0,
                ReturnAddresses::AllButLeaf => u64::from(index > 0),
                ReturnAddresses::All => 1,
            };
            let address = address.wrapping_sub(back);
            let profile = &mut self.profile;
            let location = self.by_address.entry(address);
            let location = location.or_insert_with(|| profile.add_location(address, None, &[]));
            self.stack.push(*location);
        }
        self.profile.samples.push(&self.stack, values, labels);
    }
}

/// A pattern of this module, none of which comes from outside.
fn pattern(text: &str) -> Regex {
    // Go's classes are those of ASCII, and its `\s` has no vertical tab.
    let text = text
        .replace(r"\s", r"[\t\n\f\r ]")
        .replace(r"\S", r"[^\t\n\f\r ]");
    Regex::new(&format!("(?-u){text}")).expect("a pattern of ours")
}
