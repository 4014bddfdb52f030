//! Profiles of Java programs, whose addresses are names of locations listed at the end.

use rustc_hash::FxHashMap;

use super::lines::trim;
use super::numbers::{Addresses, prefixed, unsample};
use super::{LegacyError, Result, ReturnAddresses, Stacks, heap, maps, pattern};
use crate::Granularity;
use crate::labels::LabelSetId;
use crate::model::{FunctionId, Line, LocationId, Profile};
use crate::samples::Samples;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Heap,
    Contention,
}

pub(super) fn read(input: &[u8]) -> Result<Profile> {
    let Some((header, rest)) = split_line(input) else {
        return Err(LegacyError::Unrecognized);
    };
    let kind = match trim(header) {
        b"--- heapz 1 ---" => Kind::Heap,
        b"--- contentionz 1 ---" => Kind::Contention,
        _ => return Err(LegacyError::Unrecognized),
    };
    let mut stacks = Stacks::new(&[], ("", ""), 0);
    let rest = read_attributes(kind, rest, &mut stacks.profile)?;
    // Always two values; without a `resolution` there are no types for them.
    stacks.profile.samples = Samples::new(2);
    let rest = read_samples(kind, rest, &mut stacks)?;
    read_locations(rest, stacks)
}

/// The first line and the rest, if the line is a whole one.
fn split_line(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr::memchr(b'\n', input)?;
    Some((&input[..end], &input[end + 1..]))
}

/// Reads the lines `attribute=value`, and returns what begins with the first other one.
fn read_attributes<'a>(kind: Kind, mut input: &'a [u8], profile: &mut Profile) -> Result<&'a [u8]> {
    let attribute = pattern(r"([\w ]+)=([\w ]+)");
    while let Some((line, rest)) = split_line(input) {
        let line = trim(line);
        if !line.is_empty() {
            let Some(found) = attribute.captures(line) else {
                return Ok(input);
            };
            let value = trim(&found[2]);
            let unit = String::from_utf8_lossy(value);
            let number = || {
                prefixed(value).map_err(|err| {
                    let line = String::from_utf8_lossy(line);
                    LegacyError::Broken(format!("failed to parse attribute {line}: {err}"))
                })
            };
            match (kind, trim(&found[1])) {
                (_, b"format") if value == b"java" => {}
                (Kind::Heap, b"resolution") => {
                    let objects = profile.value_type("inuse_objects", "count");
                    profile.sample_types = vec![objects, profile.value_type("inuse_space", &unit)];
                }
                (Kind::Contention, b"resolution") => {
                    let contentions = profile.value_type("contentions", "count");
                    profile.sample_types = vec![contentions, profile.value_type("delay", &unit)];
                }
                (Kind::Contention, b"sampling period") => {
                    profile.period_type = profile.value_type("contentions", "count");
                    profile.period = number()?;
                }
                (Kind::Contention, b"ms since reset") => {
                    profile.duration_nanos = number()?.wrapping_mul(1_000_000);
                }
                _ => return Err(LegacyError::Unrecognized),
            }
        }
        input = rest;
    }
    Ok(input)
}

/// Reads the samples, and returns what begins with the first line that is none.
fn read_samples<'a>(kind: Kind, mut input: &'a [u8], stacks: &mut Stacks) -> Result<&'a [u8]> {
    /// Bytes per sample of the Java heap profiler.
    const RATE: i64 = 512 << 10;
    let sample = pattern(r" *(\d+) +(\d+) +@ +([ x0-9a-f]*)");
    let addresses = Addresses::new();
    let bytes = stacks.profile.strings.intern(b"bytes");
    while let Some((line, rest)) = split_line(input) {
        let line = trim(line);
        if !line.is_empty() {
            let Some(found) = sample.captures(line) else {
                return Ok(input);
            };
            let stack = addresses.find(&found[3], line)?;
            let broken = |reason: &str| {
                let line = String::from_utf8_lossy(line);
                LegacyError::Broken(format!("parsing sample {line}: {reason}"))
            };
            let number = |digits| prefixed(digits).map_err(|err| broken(&err));
            // The order is that of the other formats reversed.
            let (mut first, mut second) = (number(&found[2])?, number(&found[1])?);
            let mut labels = LabelSetId::EMPTY;
            match kind {
                Kind::Heap if first == 0 => {
                    return Err(broken("second value must be non-zero"));
                }
                Kind::Heap => {
                    let size = second.wrapping_div(first);
                    labels = heap::block_size_label(&mut stacks.profile, bytes, size);
                    (first, second) = unsample(first, second, RATE);
                }
                Kind::Contention => {
                    let factor = match stacks.profile.period {
                        0 => 1,
                        period => period,
                    };
                    first = first.wrapping_mul(factor);
                    second = second.wrapping_mul(factor);
                }
            }
            stacks.push(&stack, ReturnAddresses::None, &[first, second], labels);
        }
        input = rest;
    }
    Ok(input)
}

/// Reads the list of locations, `0xADDR function (file:line)`, and removes the addresses, which
/// mean nothing outside of the profile.
pub(super) fn read_locations(input: &[u8], stacks: Stacks) -> Result<Profile> {
    let Stacks {
        mut profile,
        by_address,
        ..
    } = stacks;
    let location = pattern(r"^\s*0x([[:xdigit:]]+)\s+(.*)\s*$");
    let file_line = pattern(r"^(.*)\s+\((.+):(-?[[:digit:]]+)\)$");
    let path = pattern(r"^(.*)\s+\((.*)\)$");
    let mut functions: FxHashMap<Vec<u8>, FunctionId> = FxHashMap::default();
    let mut lines: FxHashMap<LocationId, Line> = FxHashMap::default();
    for text in input.split(|&byte| byte == b'\n') {
        let text = trim(text);
        let Some(found) = location.captures(text) else {
            continue;
        };
        let Some(address) = super::numbers::hex(&found[1]) else {
            let text = String::from_utf8_lossy(text);
            let digits = String::from_utf8_lossy(&found[1]);
            let reason = format!("strconv.ParseUint: parsing {digits:?}: value out of range");
            return Err(LegacyError::Broken(format!(
                "parsing sample {text}: {reason}"
            )));
        };
        let Some(&location) = by_address.get(&address) else {
            continue; // No sample has it.
        };
        let place = &found[2];
        let (mut name, mut file, mut line) = (place.to_vec(), Vec::new(), 0);
        if let Some(found) = file_line.captures(place) {
            (name, file) = (found[1].to_vec(), found[2].to_vec());
            line = super::numbers::decimal(&found[3]).unwrap_or(0).max(0);
        } else if let Some(found) = path.captures(place) {
            (name, file) = (found[1].to_vec(), base_name(&found[2]).to_vec());
        } else if super::lines::contains(place, "generated stub/JIT") {
            name = b"STUB".to_vec();
        }
        let function = *functions.entry(name).or_insert_with_key(|name| {
            let name = profile.strings.intern(name);
            let file = profile.strings.intern(&file);
            profile.add_function(name, file, 0)
        });
        let column = 0;
        lines.insert(
            location,
            Line {
                function,
                line,
                column,
            },
        );
    }
    set_lines(&mut profile, &lines);
    maps::renumber(&mut profile);
    profile.aggregate(&Granularity {
        inline_frames: true,
        function: true,
        filename: true,
        line: true,
        column: false,
        address: false,
    });
    Ok(profile)
}

fn set_lines(profile: &mut Profile, lines: &FxHashMap<LocationId, Line>) {
    for id in profile.locations.ids() {
        if let Some(&line) = lines.get(&id) {
            let start = profile.lines.len();
            profile.lines.push(line);
            let location = &mut profile.locations[id];
            location.lines = base::List::new(start, 1);
            location.address = 0;
        }
    }
}

/// The last element of a path, `.` for an empty one.
fn base_name(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|&byte| byte != b'/');
    let Some(end) = end else {
        return if path.is_empty() { b"." } else { b"/" };
    };
    let start = path[..end].iter().rposition(|&byte| byte == b'/');
    &path[start.map_or(0, |it| it + 1)..=end]
}
