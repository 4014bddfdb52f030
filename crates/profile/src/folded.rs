//! Folded stacks: a line per stack, frames from the root joined by `;`, then a blank and a value.
//!
//! The format of Brendan Gregg's FlameGraph scripts, which most flame graph tools read.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::error::DecodeError;
use crate::labels::LabelSetId;
use crate::model::{Line, LocationId, Profile};
use crate::strings::StrId;

/// Reads folded stacks as a profile of one value, `samples` in `count`. Equal stacks are summed;
/// blank lines and lines that begin with `#` are skipped.
pub fn decode_folded(text: &[u8]) -> Result<Profile, DecodeError> {
    let mut profile = Profile::with_sample_types(&[("samples", "count")]);
    let mut locations: FxHashMap<StrId, LocationId> = FxHashMap::default();
    let mut stack = Vec::new();
    for (index, line) in text.split(|&byte| byte == b'\n').enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        let Some((frames, value)) = split_line(line) else {
            let message = format!("line {} is no folded stack", index + 1);
            return Err(DecodeError::Parse(message));
        };
        stack.clear();
        for name in frames.split(|&byte| byte == b';').rev() {
            let name = profile.strings.intern(name);
            stack.push(*locations.entry(name).or_insert_with(|| {
                let function = profile.add_function(name, StrId::EMPTY, 0);
                let (line, column) = (0, 0);
                let line = Line {
                    function,
                    line,
                    column,
                };
                profile.add_location(0, None, &[line])
            }));
        }
        profile.samples.push(&stack, &[value], LabelSetId::EMPTY);
    }
    if profile.samples.is_empty() {
        return Err(DecodeError::Parse("no folded stacks".to_owned()));
    }
    Ok(profile.compact())
}

/// The frames and the value of a line.
pub(crate) fn split_line(line: &[u8]) -> Option<(&[u8], i64)> {
    let blank = line.iter().rposition(u8::is_ascii_whitespace)?;
    let value = std::str::from_utf8(&line[blank + 1..]).ok()?;
    let frames = line[..blank].trim_ascii_end();
    (!frames.is_empty()).then_some((frames, value.parse().ok()?))
}

/// The values at one position as folded stacks, summed and sorted.
///
/// Inlined functions are frames like others; an address without symbols is shown in hexadecimal.
/// What would break the format is replaced: `;` by `:`, line ends by blanks. Stacks of value 0
/// are left out.
pub fn encode_folded(profile: &Profile, value: usize) -> Vec<u8> {
    let mut frames: Vec<Vec<u8>> = Vec::with_capacity(profile.locations.len());
    for id in profile.locations.ids() {
        frames.push(location_frames(profile, id));
    }
    let mut sums: BTreeMap<Vec<u8>, i64> = BTreeMap::new();
    for sample in profile.samples.iter() {
        let stack = sample.stack.iter().rev();
        let parts: Vec<&[u8]> = stack.map(|id| &frames[base::Idx::index(*id)][..]).collect();
        let value = sample.values.get(value).copied().unwrap_or(0);
        let sum = sums.entry(parts.join(&b';')).or_default();
        *sum = sum.wrapping_add(value);
    }
    let mut out = Vec::new();
    for (stack, sum) in sums {
        if sum != 0 {
            out.extend_from_slice(&stack);
            out.extend_from_slice(format!(" {sum}\n").as_bytes());
        }
    }
    out
}

/// The frames of a location, outermost first, joined by `;`.
fn location_frames(profile: &Profile, id: LocationId) -> Vec<u8> {
    let lines = profile.lines(id);
    if lines.is_empty() {
        return format!("0x{:x}", profile.locations[id].address).into_bytes();
    }
    let name = |line: &Line| {
        let name = profile.strings.get(profile.functions[line.function].name);
        let clean = name.iter().map(|&byte| match byte {
            b';' => b':',
            b'\n' | b'\r' => b' ',
            byte => byte,
        });
        clean.collect::<Vec<u8>>()
    };
    let names: Vec<Vec<u8>> = lines.iter().rev().map(name).collect();
    names.join(&b';')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_are_summed_and_sorted() {
        let text = b"# a comment\nmain;work;read file 3\n\nmain 1\r\nmain;work;read file 4\n";
        let profile = decode_folded(text).unwrap();
        let again = encode_folded(&profile, 0);
        assert_eq!(again, b"main 1\nmain;work;read file 7\n");
    }

    #[test]
    fn other_text_is_refused() {
        let cases: [&[u8]; 4] = [b"", b"# nothing\n", b"main;work\n", b"main 1\nmain x\n"];
        for text in cases {
            assert!(decode_folded(text).is_err());
        }
    }

    #[test]
    fn separators_in_names_and_bare_addresses_stay_readable() {
        let mut profile = Profile::with_sample_types(&[("samples", "count")]);
        let name = profile.strings.intern(b"f;g\n");
        let function = profile.add_function(name, StrId::EMPTY, 0);
        let (line, column) = (1, 0);
        let named = profile.add_location(
            1,
            None,
            &[Line {
                function,
                line,
                column,
            }],
        );
        let bare = profile.add_location(0xbeef, None, &[]);
        profile
            .samples
            .push(&[named, bare], &[5], LabelSetId::EMPTY);
        assert_eq!(encode_folded(&profile, 0), b"0xbeef;f:g  5\n");
        assert_eq!(encode_folded(&profile, 7), b"");
    }
}
