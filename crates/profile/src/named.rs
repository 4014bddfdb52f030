//! Names and labels in text formats, which pprof ignores.
//!
//! Go's `debug=1` pages say behind every stack, in comments, which function and line each of its
//! addresses is, and which labels it has; `debug=2` dumps have nothing but names. So such text
//! can be read without the program's binary, which pprof needs.

use rustc_hash::FxHashMap;

use crate::decode::decode_with;
use crate::error::{DecodeError, Limits};
use crate::folded::{SkippedLines, recognize_folded};
use crate::goroutine::{self, Goroutine};
use crate::labels::{Label, LabelSetId};
use crate::legacy;
use crate::model::{FunctionId, Line, LocationId, Profile};
use crate::samples::{SampleId, Samples};
use crate::strings::StrId;

/// As [`decode`](crate::decode), but takes from text the names and labels that stand in it, and
/// also reads goroutine dumps (`debug=2`, panics, wherever they stand in a log), heap profiles of
/// jemalloc, profiles behind a table of symbols (`jeprof --raw`), and folded stacks.
///
/// Frames without a name, which are the runtime's own, are left out of a stack that has others.
/// A goroutine of a dump has its wait reason as label `state`, the minutes it has waited as
/// `minutes`, and, if the runtime has proven that it waits for ever, `leaked`.
pub fn decode_named(bytes: &[u8], limits: &Limits) -> Result<Profile, DecodeError> {
    decode_recognized(bytes, limits, true).map(|it| it.profile)
}

/// A profile from a text whose format says little about itself.
#[derive(Clone, Debug)]
pub struct Recognized {
    pub profile: Profile,
    /// Lines of a text of folded stacks that are not stacks.
    pub skipped: Option<SkippedLines>,
}

/// As [`decode_named`], with what was left out. Folded stacks are only read with `allow_folded`:
/// other text, such as the page of a server, may look like them.
pub fn decode_recognized(
    bytes: &[u8],
    limits: &Limits,
    allow_folded: bool,
) -> Result<Recognized, DecodeError> {
    let mut skipped = None;
    let profile = decode_with(bytes, *limits, &mut |text| {
        let err = match legacy::decode(text) {
            Ok(mut profile) => {
                add_names(text, &mut profile);
                return Ok(profile);
            }
            Err(err) => err,
        };
        let named = legacy::decode_jeprof(text).ok();
        if let Some(profile) = named.or_else(|| goroutines(text)) {
            return Ok(profile);
        }
        let folded = if allow_folded {
            recognize_folded(text, *limits)?
        } else {
            None
        };
        let (profile, lines) = folded.ok_or(err)?;
        skipped = lines;
        Ok(profile)
    })?;
    Ok(Recognized { profile, skipped })
}

/// Names and labels from the comments behind one row.
#[derive(Default)]
struct Comments {
    /// By address, innermost first.
    frames: FxHashMap<u64, Vec<Line>>,
    labels: Vec<Label>,
}

/// Applies the comments of a text that was read as `profile`, row by row.
fn add_names(text: &[u8], profile: &mut Profile) {
    let mut functions = Functions::default();
    let mut samples = profile.samples.ids();
    let mut named = vec![false; profile.locations.len()];
    let mut current: Option<SampleId> = None;
    let mut comments = Comments::default();
    let mut has_frames = vec![false; profile.samples.len()];
    let mut labelled = Vec::new();
    let mut finish = |profile: &mut Profile, sample: Option<SampleId>, comments: &mut Comments| {
        let Some(sample) = sample else { return };
        has_frames[base::Idx::index(sample)] = !comments.frames.is_empty();
        name_locations(profile, sample, &mut comments.frames, &mut named);
        if !comments.labels.is_empty() {
            let old = profile.label_sets.get(profile.samples.labels(sample));
            comments.labels.extend_from_slice(old);
            let set = profile
                .label_sets
                .intern(&mut comments.labels, &profile.strings);
            labelled.push((sample, set));
            comments.labels.clear();
        }
    };
    for line in text.split(|&byte| byte == b'\n') {
        let line = line.trim_ascii();
        if line.starts_with(b"---") && current.is_some() {
            break; // The memory map.
        } else if let Some(comment) = line.strip_prefix(b"#") {
            read_comment(comment, profile, &mut functions, &mut comments);
        } else if is_row(line) {
            finish(profile, current, &mut comments);
            current = samples.next();
        }
    }
    finish(profile, current, &mut comments);
    for (sample, set) in labelled {
        profile.samples.set_labels(sample, set);
    }
    if has_frames.contains(&true) {
        keep_named(profile, &has_frames, &named);
    }
}

/// Whether a line is a sample: counts, then `@` and addresses.
fn is_row(line: &[u8]) -> bool {
    let digits = line.strip_prefix(b"-").unwrap_or(line);
    digits.first().is_some_and(u8::is_ascii_digit) && line.contains(&b'@')
}

/// Reads `\t0xPC\tFUNCTION+0xOFFSET\tFILE:LINE`, padded with tabs, or ` labels: {"key":"value"}`.
fn read_comment(
    comment: &[u8],
    profile: &mut Profile,
    functions: &mut Functions,
    out: &mut Comments,
) {
    let text = String::from_utf8_lossy(comment);
    if let Some(labels) = text.strip_prefix(" labels: {") {
        for (key, value) in goroutine::parse_labels(labels).into_iter().flatten() {
            let mut intern = |text: &str| profile.strings.intern(text.as_bytes());
            let label = Label::str(intern(&key), intern(&value));
            out.labels.push(label);
        }
        return;
    }
    let mut parts = text.split('\t').filter(|part| !part.is_empty());
    let frame = (|| {
        let address = parts.next()?.strip_prefix("0x")?;
        let address = u64::from_str_radix(address, 16).ok()?;
        let (name, _offset) = parts.next()?.rsplit_once("+0x")?;
        let (file, line) = parts.next()?.trim_end().rsplit_once(':')?;
        Some((address, name, file, line.parse().ok()?))
    })();
    if let Some((address, name, file, line)) = frame {
        let function = functions.add(profile, name, file);
        let column = 0;
        out.frames.entry(address).or_default().push(Line {
            function,
            line,
            column,
        });
    }
}

/// Gives the locations of a sample the lines of their addresses, unless they have some already.
fn name_locations(
    profile: &mut Profile,
    sample: SampleId,
    frames: &mut FxHashMap<u64, Vec<Line>>,
    named: &mut [bool],
) {
    for &id in profile.samples.stack(sample) {
        let location = &mut profile.locations[id];
        if let Some(lines) = frames.remove(&location.address)
            && !std::mem::replace(&mut named[base::Idx::index(id)], true)
        {
            let start = profile.lines.len();
            profile.lines.extend(lines);
            location.lines = base::List::between(start, profile.lines.len());
            if let Some(mapping) = location.mapping {
                let mapping = &mut profile.mappings[mapping];
                mapping.has_functions = true;
                mapping.has_filenames = true;
                mapping.has_line_numbers = true;
            }
        }
    }
    frames.clear();
}

/// Removes the locations without a name from the stacks that have names.
fn keep_named(profile: &mut Profile, has_frames: &[bool], named: &[bool]) {
    let mut samples = Samples::new(profile.samples.n_values());
    let mut stack: Vec<LocationId> = Vec::new();
    for (sample, &has_frames) in profile.samples.iter().zip(has_frames) {
        stack.clear();
        stack.extend_from_slice(sample.stack);
        if has_frames {
            stack.retain(|&id| named[base::Idx::index(id)]);
        }
        samples.push(&stack, sample.values, sample.labels);
    }
    profile.samples = samples;
    // What pprof drops of a profile without names would now remove user code below the runtime.
    profile.drop_frames = StrId::EMPTY;
    profile.keep_frames = StrId::EMPTY;
}

/// The goroutines of a dump as samples of count 1, equal ones summed; `None` if there are none.
fn goroutines(text: &[u8]) -> Option<Profile> {
    let mut profile = Profile::with_sample_types(&[("goroutine", "count")]);
    profile.period_type = profile.sample_types[0];
    profile.period = 1;
    let mut functions = Functions::default();
    let mut locations: FxHashMap<Line, LocationId> = FxHashMap::default();
    let mut add = |frames: &[goroutine::Frame<'_>], count, labels: &[(&str, Value<'_>)]| {
        let stack: Vec<LocationId> = frames
            .iter()
            .map(|frame| {
                let function = functions.add(&mut profile, &frame.function, &frame.file);
                let line = Line {
                    function,
                    line: frame.line.into(),
                    column: 0,
                };
                let location = locations.entry(line);
                *location.or_insert_with(|| profile.add_location(0, None, &[line]))
            })
            .collect();
        let labels = intern_labels(&mut profile, labels);
        profile.samples.push(&stack, &[count], labels);
    };
    let mut input = text;
    let read = goroutine::read(&mut input, &mut |item| match item {
        goroutine::Item::Goroutine(goroutine) => {
            add(&goroutine.frames, 1, &labels_of(&goroutine));
        }
        goroutine::Item::Stack(stack) => {
            let labels = stack.labels.iter();
            let labels: Vec<_> = labels
                .map(|(key, value)| (&**key, Value::Str(value)))
                .collect();
            let count = i64::try_from(stack.count).unwrap_or(i64::MAX);
            add(&stack.frames, count, &labels);
        }
        goroutine::Item::Text(_) | goroutine::Item::Profile { .. } | goroutine::Item::Race(_) => {}
    });
    (read.is_ok() && !profile.samples.is_empty()).then(|| profile.compact())
}

#[derive(Clone, Copy)]
enum Value<'a> {
    Str(&'a str),
    Minutes(i64),
}

fn labels_of<'a>(goroutine: &'a Goroutine<'_>) -> Vec<(&'a str, Value<'a>)> {
    let labels = goroutine.labels.iter();
    let mut labels: Vec<_> = labels
        .map(|(key, value)| (&**key, Value::Str(value)))
        .collect();
    labels.push(("state", Value::Str(&goroutine.status)));
    if goroutine.leaked {
        labels.push(("leaked", Value::Str("true")));
    }
    if goroutine.minutes > 0 {
        let minutes = i64::try_from(goroutine.minutes).unwrap_or(i64::MAX);
        labels.push(("minutes", Value::Minutes(minutes)));
    }
    labels
}

fn intern_labels(profile: &mut Profile, labels: &[(&str, Value<'_>)]) -> LabelSetId {
    let mut interned = Vec::with_capacity(labels.len());
    for (key, value) in labels {
        let mut intern = |text: &str| profile.strings.intern(text.as_bytes());
        let key = intern(key);
        interned.push(match value {
            Value::Str(value) => Label::str(key, intern(value)),
            Value::Minutes(value) => Label::num(key, *value, intern("minutes")),
        });
    }
    profile.label_sets.intern(&mut interned, &profile.strings)
}

/// Functions by name and file.
#[derive(Default)]
struct Functions(FxHashMap<(StrId, StrId), FunctionId>);

impl Functions {
    fn add(&mut self, profile: &mut Profile, name: &str, file: &str) -> FunctionId {
        let name = profile.strings.intern(name.as_bytes());
        let file = profile.strings.intern(file.as_bytes());
        let function = self.0.entry((name, file));
        *function.or_insert_with(|| profile.add_function(name, file, 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labels::LabelValue;
    use std::fmt::Write;

    fn dump(text: &str) -> String {
        let profile = decode_named(text.as_bytes(), &Limits::default()).unwrap();
        let mut out = String::new();
        for id in profile.samples.ids() {
            let sample = profile.samples.get(id);
            let frames = profile.frames(id).map(|frame| {
                let file = profile.function_file(frame.function);
                format!(
                    "{} {file}:{}",
                    profile.function_name(frame.function),
                    frame.line
                )
            });
            let frames: Vec<String> = frames.collect();
            let labels = profile.label_sets.get(sample.labels).iter().map(|label| {
                let text = |id| profile.strings.text(id);
                match label.value {
                    LabelValue::Str(value) => format!(" {}={}", text(label.key), text(value)),
                    LabelValue::Num { value, unit } => {
                        format!(" {}={value}{}", text(label.key), text(unit))
                    }
                }
            });
            let labels: String = labels.collect();
            writeln!(out, "{:?} {}{labels}", sample.values, frames.join(", ")).unwrap();
        }
        out
    }

    #[test]
    fn comments_of_debug_1_name_addresses_and_labels() {
        let text = "goroutine profile: total 3\n\
            2 @ 0x11 0x21 0x31 0x99\n\
            # labels: {\"user\":\"a b\", \"zone\":\"\\x41\"}\n\
            #\t0x20\tmain.(*T).inner+0x1\t/src/a b.go:5\n\
            #\t0x20\tmain.outer+0x7\t\t/src/a b.go:9\n\
            #\t0x30\tmain.main+0x10\t\tC:/src/main.go:3\n\n\
            1 @ 0x11 0x99\n";
        insta::assert_snapshot!(dump(text), @r"
        [2] main.(*T).inner /src/a b.go:5, main.outer /src/a b.go:9, main.main C:/src/main.go:3 user=a b zone=A
        [1] 
        ");
    }

    #[test]
    fn heap_text_keeps_its_values_and_gains_names() {
        let text = "heap profile: 1: 8 [1: 8] @ heap/2\n\
            1: 8 [1: 8] @ 0x11 0x21\n#\t0x20\tmain.f+0x1\t/a.go:5\n\n\
            # runtime.MemStats\n# Alloc = 5\n";
        assert_eq!(dump(text), "[1, 8] main.f /a.go:5 bytes=8\n");
    }

    #[test]
    fn dumps_become_counts_of_equal_goroutines() {
        let text = "panic: x\n\n\
            goroutine 1 [running]:\nmain.main()\n\t/src/main.go:3 +0x1\n\n\
            goroutine 7 [chan receive, 2 minutes]:\nmain.f(0x1)\n\t/src/f.go:9 +0x1\n\
            created by main.main in goroutine 1\n\t/src/main.go:4 +0x2\n\n\
            goroutine 8 [chan receive, 2 minutes]:\nmain.f(0x2)\n\t/src/f.go:9 +0x1\n\
            created by main.main in goroutine 1\n\t/src/main.go:4 +0x2\n";
        insta::assert_snapshot!(dump(text), @r"
        [1] main.main /src/main.go:3 state=running
        [2] main.f /src/f.go:9 state=chan receive minutes=2minutes
        ");
    }

    #[test]
    fn folded_stacks_come_last() {
        assert_eq!(dump("main;f 3\n"), "[3] f :0, main :0\n");
        let err = decode_named(b"no profile at all\n", &Limits::default());
        let message = err.unwrap_err().to_string();
        assert_eq!(message, "parsing profile: unrecognized profile format");
    }
}
