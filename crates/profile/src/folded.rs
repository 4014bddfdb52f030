//! Folded stacks: a line per stack, frames from the root joined by `;`, then a blank and a value.
//!
//! The format of Brendan Gregg's FlameGraph scripts, which most flame graph tools read.

use std::io::{self, Write};

use base::{Idx, IndexVec};
use rustc_hash::FxHashMap;

use crate::error::{DecodeError, Limits};
use crate::labels::LabelSetId;
use crate::model::{Line, LocationId, Profile};
use crate::paths::{LocationSymbols, Member, walk_paths};
use crate::samples::SampleId;
use crate::strings::StrId;

/// Lines of a text that were left out because they are not folded stacks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SkippedLines {
    pub count: usize,
    /// The first of them, counted from 1.
    pub first: usize,
}

/// Reads folded stacks as a profile of one value, `samples` in `count`. Equal stacks are summed;
/// blank lines and lines that begin with `#` are skipped. Any other line is an error.
pub fn decode_folded(text: &[u8]) -> Result<Profile, DecodeError> {
    let lines = Lines::read(text, Limits::default())?;
    if let Some(SkippedLines { first, .. }) = lines.skipped {
        let message = format!("line {first} is not a folded stack");
        return Err(DecodeError::Parse(message));
    }
    if lines.profile.samples.is_empty() {
        return Err(DecodeError::Parse("no folded stacks".to_owned()));
    }
    Ok(lines.profile.compact())
}

/// Reads a text that may be folded stacks: it is if most lines are, and some have more than one
/// frame. Lines of prose that end in a number are no evidence.
pub(crate) fn recognize_folded(
    text: &[u8],
    limits: Limits,
) -> Result<Option<(Profile, Option<SkippedLines>)>, DecodeError> {
    let lines = Lines::read(text, limits)?;
    let n_skipped = lines.skipped.map_or(0, |it| it.count);
    let is_folded = lines.has_calls && n_skipped < lines.profile.samples.len();
    Ok(is_folded.then(|| (lines.profile.compact(), lines.skipped)))
}

/// Memory that a frame takes: in its line, its sample and the sum of equal samples.
const BYTES_PER_FRAME: u64 = 16;

/// The lines of a text, classified.
struct Lines {
    /// A sample per line that is a folded stack.
    profile: Profile,
    /// Some stack has several frames.
    has_calls: bool,
    skipped: Option<SkippedLines>,
}

impl Lines {
    fn read(text: &[u8], limits: Limits) -> Result<Self, DecodeError> {
        let mut room = limits.decompressed / BYTES_PER_FRAME;
        let mut lines = Self {
            profile: Profile::with_sample_types(&[("samples", "count")]),
            has_calls: false,
            skipped: None,
        };
        let mut locations: FxHashMap<StrId, LocationId> = FxHashMap::default();
        let mut stack = Vec::new();
        for (index, line) in text.split(|&byte| byte == b'\n').enumerate() {
            let line = line.trim_ascii_end();
            if line.trim_ascii_start().is_empty() || line.trim_ascii_start().starts_with(b"#") {
                continue;
            }
            let Some((frames, value)) = split_line(line) else {
                let first = index + 1;
                let skipped = lines
                    .skipped
                    .get_or_insert(SkippedLines { count: 0, first });
                skipped.count += 1;
                continue;
            };
            let profile = &mut lines.profile;
            stack.clear();
            for name in frames.split(|&byte| byte == b';').rev() {
                let limit = limits.decompressed;
                let too_much = DecodeError::TooMuchMemory { limit };
                room = room.checked_sub(1).ok_or(too_much)?;
                let name = profile.strings.intern(name);
                stack.push(*locations.entry(name).or_insert_with(|| {
                    let function = profile.add_function(name, StrId::EMPTY, 0);
                    let line = Line {
                        function,
                        line: 0,
                        column: 0,
                    };
                    profile.add_location(0, None, &[line])
                }));
            }
            lines.has_calls |= stack.len() > 1;
            profile.samples.push(&stack, &[value], LabelSetId::EMPTY);
        }
        Ok(lines)
    }
}

/// The frames and the value of a line.
pub(crate) fn split_line(line: &[u8]) -> Option<(&[u8], i64)> {
    let blank = line.iter().rposition(u8::is_ascii_whitespace)?;
    let value = std::str::from_utf8(&line[blank + 1..]).ok()?;
    let frames = line[..blank].trim_ascii();
    (!frames.is_empty()).then_some((frames, value.parse().ok()?))
}

/// The values at one position as folded stacks; see [`write_folded`].
pub fn encode_folded(profile: &Profile, value: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let written = write_folded(profile, value, &mut out);
    debug_assert!(written.is_ok(), "writing to memory cannot fail");
    out
}

/// Writes the values at one position as folded stacks: equal stacks summed, sorted by the names
/// of their frames from the root.
///
/// Inlined functions are frames like others; an address without symbols is shown in hexadecimal.
/// What would break the format is replaced: `;` by `:`, line ends and tabs by blanks, other control
/// characters by `?`. Stacks of value 0 are left out.
pub fn write_folded(profile: &Profile, value: usize, out: &mut dyn Write) -> io::Result<()> {
    let names = Names::of(profile);
    let samples = &profile.samples;
    let order = walk_paths(
        samples,
        &names.of_locations,
        samples.ids(),
        (),
        |(), group| (group.members.len() > 1).then_some(()),
    );
    let frames = |sample: SampleId| {
        let locations = samples.stack(sample).iter();
        locations.flat_map(|&it| names.of_locations.of(it).iter().copied())
    };
    let equal = |a: &Member, b: &Member| frames(a.sample).eq(frames(b.sample));
    let mut line = Vec::new();
    for run in order.chunk_by(equal) {
        let values = run
            .iter()
            .filter_map(|it| samples.values(it.sample).get(value));
        let sum = values.fold(0_i64, |sum, &value| sum.saturating_add(value));
        if sum == 0 {
            continue;
        }
        line.clear();
        for &location in samples.stack(run[0].sample).iter().rev() {
            for &name in names.of_locations.of(location).iter().rev() {
                line.extend_from_slice(&names.texts[name]);
                line.push(b';');
            }
        }
        line.pop();
        writeln!(line, " {sum}")?;
        out.write_all(&line)?;
    }
    Ok(())
}

base::typed_id! {
    /// The name of a frame. Ids are in the order of the texts.
    struct NameId;
}

struct Names {
    texts: IndexVec<NameId, Vec<u8>>,
    of_locations: LocationSymbols<NameId>,
}

impl Names {
    fn of(profile: &Profile) -> Self {
        let locations = profile.locations.ids();
        let of_locations: Vec<Vec<Vec<u8>>> = locations.map(|id| frames(profile, id)).collect();
        let mut texts: Vec<Vec<u8>> = of_locations.iter().flatten().cloned().collect();
        texts.sort_unstable();
        texts.dedup();
        let mut symbols = LocationSymbols::default();
        for frames in of_locations {
            let id = |frame| NameId::from_index(texts.binary_search(frame).unwrap_or(0));
            symbols.push(frames.iter().map(id));
        }
        Self {
            texts: IndexVec::from(texts),
            of_locations: symbols,
        }
    }
}

/// The frames of a location, innermost first.
fn frames(profile: &Profile, id: LocationId) -> Vec<Vec<u8>> {
    let lines = profile.lines(id);
    if lines.is_empty() {
        let address = format!("0x{:x}", profile.locations[id].address);
        return vec![address.into_bytes()];
    }
    let name = |line: &Line| {
        let name = profile.strings.get(profile.functions[line.function].name);
        let clean = name.iter().map(|&byte| match byte {
            b';' => b':',
            byte if byte.is_ascii_whitespace() => b' ',
            // A blank in its place would not survive at the ends of a line.
            byte if byte.is_ascii_control() => b'?',
            byte => byte,
        });
        clean.collect::<Vec<u8>>()
    };
    lines.iter().map(name).collect()
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
    fn texts_are_recognized_by_their_calls() {
        let recognized = |text: &str| {
            let (profile, skipped) =
                recognize_folded(text.as_bytes(), Limits::default()).ok()??;
            let skipped = skipped.map(|it| (it.count, it.first));
            Some((profile.samples.len(), skipped))
        };
        assert_eq!(
            recognized("main;hot 41\n 1\nmain 2\n"),
            Some((2, Some((1, 2))))
        );
        assert_eq!(recognized("main;hot 41\n"), Some((1, None)));
        let limits = Limits { decompressed: 48 };
        assert!(recognize_folded(b"a;a;a;a 1\n", limits).is_err());
        let prose = [
            "HTTP error 500\n",
            "one 1\ntwo 2\n",
            "An error; see line 5\nand\nwhat follows it\n",
            "",
        ];
        for text in prose {
            assert_eq!(recognized(text), None, "{text}");
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
