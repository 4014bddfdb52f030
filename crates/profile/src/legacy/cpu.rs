//! CPU profiles as words: a header, then per stack its count, depth and addresses.

use rustc_hash::FxHashMap;

use super::{LegacyError, Result, ReturnAddresses, Stacks, java, maps};
use crate::labels::LabelSetId;
use crate::model::{LocationId, Profile};
use crate::samples::SampleId;

/// How a word is written.
#[derive(Clone, Copy)]
enum Words {
    Little32,
    Big32,
    Little64,
    Big64,
}

impl Words {
    /// The first word; `None` when there is no whole one.
    fn take(self, bytes: &mut &[u8]) -> Option<u64> {
        let mut word = |len| {
            let (word, rest) = bytes.split_at_checked(len)?;
            *bytes = rest;
            Some(word)
        };
        match self {
            Self::Little32 => Some(u32::from_le_bytes(word(4)?.try_into().ok()?).into()),
            Self::Big32 => Some(u32::from_be_bytes(word(4)?.try_into().ok()?).into()),
            Self::Little64 => Some(u64::from_le_bytes(word(8)?.try_into().ok()?)),
            Self::Big64 => Some(u64::from_be_bytes(word(8)?.try_into().ok()?)),
        }
    }
}

pub(super) fn read(input: &[u8]) -> Result<Profile> {
    for words in [Words::Little32, Words::Big32, Words::Little64, Words::Big64] {
        let mut rest = input;
        let header = [(); 5].map(|()| words.take(&mut rest));
        match header {
            [Some(0), Some(3), Some(0), Some(period @ 1..), Some(0)] => {
                return read_native(rest, period as i64, words);
            }
            [Some(0), Some(3), Some(1), Some(period @ 1..), Some(0)] => {
                let mut stacks = new_stacks(period as i64);
                let rest = read_samples(rest, words, ReturnAddresses::None, &mut stacks)?;
                return java::read_locations(rest, stacks);
            }
            _ => {}
        }
    }
    Err(LegacyError::Unrecognized)
}

fn new_stacks(period_micros: i64) -> Stacks {
    let types = [("samples", "count"), ("cpu", "nanoseconds")];
    let period = period_micros.wrapping_mul(1000);
    Stacks::new(&types, ("cpu", "nanoseconds"), period)
}

fn read_native(input: &[u8], period_micros: i64, words: Words) -> Result<Profile> {
    let mut stacks = new_stacks(period_micros);
    let rest = read_samples(input, words, ReturnAddresses::AllButLeaf, &mut stacks)?;
    let mut profile = stacks.profile;
    for _ in 0..2 {
        remove_signal_handler(&mut profile);
    }
    maps::read(rest, &mut profile)?;
    remove_doubled_leaves(&mut profile);
    Ok(profile)
}

/// Reads samples up to the one that ends the list, and returns what is behind it.
fn read_samples<'a>(
    mut input: &'a [u8],
    words: Words,
    returns: ReturnAddresses,
    stacks: &mut Stacks,
) -> Result<&'a [u8]> {
    let mut addresses = Vec::new();
    while !input.is_empty() {
        let (count, depth) = (words.take(&mut input), words.take(&mut input));
        let (Some(count), Some(depth)) = (count, depth) else {
            return Err(LegacyError::Unrecognized);
        };
        if depth > input.len() as u64 / 4 {
            return Err(LegacyError::Unrecognized);
        }
        addresses.clear();
        for _ in 0..depth {
            // A stack cut off at the end of the file is filled up with zeros.
            let address = words.take(&mut input).unwrap_or_else(|| {
                input = &[];
                0
            });
            addresses.push(address);
        }
        if count == 0 && addresses == [0] {
            break;
        }
        let count = count as i64;
        let values = [count, count.wrapping_mul(stacks.profile.period)];
        stacks.push(&addresses, returns, &values, LabelSetId::EMPTY);
    }
    Ok(input)
}

/// Removes the caller of the leaf if nearly all samples share it: the frame of the profiler's
/// signal handler. The leaf itself comes from the signal's context and is right.
fn remove_signal_handler(profile: &mut Profile) {
    let n_samples = profile.samples.len();
    let n_exceptions = n_samples / 32;
    let mut counts: FxHashMap<LocationId, usize> = FxHashMap::default();
    let second = |profile: &Profile, id: SampleId| profile.samples.stack(id).get(1).copied();
    let mut handler = None;
    for id in profile.samples.ids() {
        if let Some(location) = second(profile, id) {
            let count = counts.entry(location).or_default();
            *count += 1;
            if *count >= n_samples - n_exceptions {
                handler = Some(location);
            }
        }
    }
    let Some(handler) = handler else {
        return;
    };
    for id in profile.samples.ids() {
        if second(profile, id) == Some(handler) {
            profile.samples.remove_from_stack(id, 1);
        }
    }
}

/// Removes the caller of the leaf where it is the leaf again, one byte before: stack walk and
/// signal context both gave it.
pub(super) fn remove_doubled_leaves(profile: &mut Profile) {
    for id in profile.samples.ids() {
        let [leaf, caller, ..] = *profile.samples.stack(id) else {
            continue;
        };
        let address = |location| profile.locations[location].address;
        if address(leaf) == address(caller).wrapping_add(1) {
            profile.samples.remove_from_stack(id, 1);
        }
    }
}
