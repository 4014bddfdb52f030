//! The processed format of <https://profiler.firefox.com>, version 47.
//!
//! Later versions of the tool upgrade it on loading. Source: firefox-devtools/profiler
//! `src/types/profile.js` and `docs-developer/CHANGELOG-formats.md`.

use std::fmt::Write;

use base::Idx;
use rustc_hash::FxHashMap;

use super::{FrameId, Frames, describe};
use crate::json::{put_list, put_numbers, put_str};
use crate::model::Profile;
use crate::units;

/// The profile for the Firefox Profiler, one thread per sample type.
///
/// Profiles have no times per sample, so the samples follow each other: on the time axis a
/// sample lasts as long as its value says where that is a time, else one millisecond.
pub fn encode_firefox(profile: &Profile, name: &str) -> String {
    let frames = Frames::of(profile);
    let mut out = String::from("{\"meta\":{\"interval\":1,\"startTime\":");
    let _ = write!(out, "{}", profile.time_nanos / 1_000_000);
    out.push_str(",\"processType\":0,\"product\":");
    put_str(&mut out, name);
    out.push_str(
        ",\"stackwalk\":1,\"debug\":false,\"version\":28,\"preprocessedProfileVersion\":47,\
         \"symbolicated\":true,\"importedFrom\":\"goperf\",\"markerSchema\":[],\
         \"sampleUnits\":{\"time\":\"ms\",\"eventDelay\":\"ms\",\"threadCPUDelta\":\"ns\"},\
         \"categories\":[{\"name\":\"Other\",\"color\":\"grey\",\"subcategories\":[\"Other\"]}]},\
         \"libs\":[],\"pages\":[],\"threads\":",
    );
    let shared = Shared::of(profile, &frames);
    put_list(&mut out, 0..profile.sample_types.len(), |out, value| {
        put_thread(out, profile, &shared, value);
    });
    out.push_str("}\n");
    out
}

/// The tables, which are the same in every thread, as JSON; and the stack of each sample.
struct Shared {
    tables: String,
    /// Node of the stack table by sample; `None` for an empty stack.
    stacks: Vec<Option<u32>>,
}

impl Shared {
    fn of(profile: &Profile, frames: &Frames) -> Self {
        let mut nodes: Vec<(Option<u32>, FrameId)> = Vec::new();
        let mut ids: FxHashMap<(Option<u32>, FrameId), u32> = FxHashMap::default();
        let mut stacks = Vec::with_capacity(profile.samples.len());
        for sample in profile.samples.iter() {
            let mut node = None;
            for frame in frames.stack(sample.stack) {
                let id = ids.entry((node, frame)).or_insert_with(|| {
                    nodes.push((node, frame));
                    nodes.len() as u32 - 1
                });
                node = Some(*id);
            }
            stacks.push(node);
        }
        let mut tables = String::new();
        put_stack_table(&mut tables, &nodes);
        put_frame_tables(&mut tables, profile, frames);
        Self { tables, stacks }
    }
}

fn put_stack_table(out: &mut String, nodes: &[(Option<u32>, FrameId)]) {
    let _ = write!(
        out,
        ",\"stackTable\":{{\"length\":{},\"prefix\":",
        nodes.len()
    );
    put_list(out, nodes, |out, (prefix, _)| match prefix {
        Some(prefix) => {
            let _ = write!(out, "{prefix}");
        }
        None => out.push_str("null"),
    });
    out.push_str(",\"frame\":");
    put_numbers(out, nodes.iter().map(|(_, frame)| frame.index()));
    for column in ["category", "subcategory"] {
        put_constant(out, column, nodes.len(), "0");
    }
    out.push('}');
}

/// Frames, functions and the strings they use. A function is a name and a file.
fn put_frame_tables(out: &mut String, profile: &Profile, frames: &Frames) {
    let mut strings = StringArray::default();
    let mut functions: Vec<(u32, Option<u32>)> = Vec::new();
    let mut ids: FxHashMap<(u32, Option<u32>), u32> = FxHashMap::default();
    let mut function_of_frame = Vec::with_capacity(frames.frames.len());
    let mut lines = Vec::with_capacity(frames.frames.len());
    for &frame in &frames.frames {
        let (name, file, line) = describe(profile, frame);
        let file = (!file.is_empty()).then(|| strings.intern(file));
        let function = (strings.intern(name), file);
        let id = ids.entry(function).or_insert_with(|| {
            functions.push(function);
            functions.len() as u32 - 1
        });
        function_of_frame.push(*id);
        lines.push((line > 0).then_some(line));
    }

    let n_frames = function_of_frame.len();
    let _ = write!(out, ",\"frameTable\":{{\"length\":{n_frames},\"func\":");
    put_numbers(out, &function_of_frame);
    out.push_str(",\"line\":");
    put_list(out, lines, put_optional);
    for (column, value) in [
        ("address", "-1"),
        ("inlineDepth", "0"),
        ("category", "0"),
        ("subcategory", "0"),
        ("nativeSymbol", "null"),
        ("innerWindowID", "0"),
        ("implementation", "null"),
        ("column", "null"),
    ] {
        put_constant(out, column, n_frames, value);
    }
    let _ = write!(
        out,
        "}},\"funcTable\":{{\"length\":{},\"name\":",
        functions.len()
    );
    put_numbers(out, functions.iter().map(|(name, _)| name));
    out.push_str(",\"fileName\":");
    put_list(out, functions.iter().map(|&(_, file)| file), put_optional);
    for (column, value) in [
        ("isJS", "false"),
        ("relevantForJS", "false"),
        ("resource", "-1"),
        ("lineNumber", "null"),
        ("columnNumber", "null"),
    ] {
        put_constant(out, column, functions.len(), value);
    }
    out.push_str(
        "},\"resourceTable\":{\"length\":0,\"lib\":[],\"name\":[],\"host\":[],\"type\":[]},\
         \"nativeSymbols\":{\"length\":0,\"address\":[],\"functionSize\":[],\"libIndex\":[],\
         \"name\":[]},\"stringArray\":",
    );
    put_list(out, &strings.texts, |out, text| put_str(out, text));
}

fn put_thread(out: &mut String, profile: &Profile, shared: &Shared, value: usize) {
    let value_type = profile.sample_types[value];
    let unit = profile.strings.text(value_type.unit);
    let is_time = units::convertible(&unit, "ms") && !unit.is_empty();
    let values = || profile.samples.iter().map(|it| it.values[value]);
    let kept: Vec<usize> = (0..profile.samples.len())
        .zip(values())
        .filter_map(|(index, value)| (value != 0).then_some(index))
        .collect();
    let values: Vec<i64> = values().filter(|&value| value != 0).collect();
    let millis = |value: i64| units::scale(value, &unit, "ms").0;

    out.push_str(
        "{\"processType\":\"default\",\"processStartupTime\":0,\"processShutdownTime\":null,\
         \"registerTime\":0,\"unregisterTime\":null,\"pausedRanges\":[],\"isMainThread\":true,\
         \"pid\":\"0\",\"tid\":",
    );
    let _ = write!(out, "{value},\"name\":");
    put_str(out, &profile.strings.text(value_type.kind));
    let weight_type = match &*unit {
        _ if is_time => "tracing-ms",
        "bytes" | "byte" => "bytes",
        _ => "samples",
    };
    let _ = write!(
        out,
        ",\"samples\":{{\"length\":{},\"weightType\":\"{weight_type}\",\"stack\":",
        kept.len()
    );
    put_list(
        out,
        kept.iter().map(|&index| shared.stacks[index]),
        put_optional,
    );
    out.push_str(",\"time\":");
    let mut now = 0.0;
    put_numbers(
        out,
        values.iter().map(|&value| {
            let start = now;
            now += if is_time { millis(value).abs() } else { 1.0 };
            start
        }),
    );
    out.push_str(",\"weight\":");
    if is_time {
        put_numbers(out, values.iter().map(|&value| millis(value)));
    } else {
        put_numbers(out, &values);
    }
    out.push_str(
        "},\"markers\":{\"length\":0,\"category\":[],\"data\":[],\"endTime\":[],\"name\":[],\
         \"phase\":[],\"startTime\":[]}",
    );
    out.push_str(&shared.tables);
    out.push('}');
}

fn put_optional<T: std::fmt::Display>(out: &mut String, value: Option<T>) {
    match value {
        Some(value) => {
            let _ = write!(out, "{value}");
        }
        None => out.push_str("null"),
    }
}

/// A column that has the same value in every row.
fn put_constant(out: &mut String, column: &str, n_rows: usize, value: &str) {
    let _ = write!(out, ",\"{column}\":");
    put_numbers(out, std::iter::repeat_n(value, n_rows));
}

#[derive(Default)]
struct StringArray {
    texts: Vec<String>,
    ids: FxHashMap<String, u32>,
}

impl StringArray {
    fn intern(&mut self, text: String) -> u32 {
        if let Some(&id) = self.ids.get(&text) {
            return id;
        }
        let id = self.texts.len() as u32;
        self.texts.push(text.clone());
        self.ids.insert(text, id);
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode_folded;

    #[test]
    fn columns_of_a_table_have_equal_lengths() {
        let mut profile = decode_folded(b"main;a;b 3000000\nmain;a 2000000\nmain 0").unwrap();
        profile.sample_types[0] = profile.value_type("cpu", "nanoseconds");
        let text = encode_firefox(&profile, "x");
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        let thread = &json["threads"][0];
        let samples = serde_json::json!({
            "length": 2, "weightType": "tracing-ms",
            "stack": [2, 1], "time": [0, 3], "weight": [3, 2],
        });
        assert_eq!(thread["samples"], samples);
        assert_eq!(
            thread["stackTable"]["prefix"],
            serde_json::json!([null, 0, 1])
        );
        for (name, table) in thread.as_object().unwrap() {
            let Some(length) = table.get("length") else {
                continue;
            };
            for (column, cells) in table.as_object().unwrap() {
                if let Some(cells) = cells.as_array() {
                    assert_eq!(
                        cells.len() as u64,
                        length.as_u64().unwrap(),
                        "{name}.{column}"
                    );
                }
            }
        }
    }
}
