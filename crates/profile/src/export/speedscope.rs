//! The file format of <https://www.speedscope.app>.
//!
//! Source: <https://www.speedscope.app/file-format-schema.json>.

use std::fmt::Write;

use super::{Frames, describe, index_of, sum_of};
use crate::json::{put_list, put_numbers, put_str};
use crate::model::Profile;

/// The profile as a speedscope file, one view per sample type, the default one shown first.
///
/// The format has no negative weights, so samples of value 0 or less are left out.
pub fn encode_speedscope(profile: &Profile, name: &str) -> String {
    let frames = Frames::of(profile);
    let mut out = String::from(
        "{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\
         \"exporter\":\"goperf\",\"name\":",
    );
    put_str(&mut out, name);
    let active = profile.default_sample_index().unwrap_or(0);
    let _ = write!(
        out,
        ",\"activeProfileIndex\":{active},\"shared\":{{\"frames\":"
    );
    put_list(&mut out, frames.frames.iter(), |out, &frame| {
        let (name, file, line) = describe(profile, frame);
        out.push_str("{\"name\":");
        put_str(out, &name);
        if !file.is_empty() {
            out.push_str(",\"file\":");
            put_str(out, &file);
        }
        if line > 0 {
            let _ = write!(out, ",\"line\":{line}");
        }
        out.push('}');
    });
    out.push_str("},\"profiles\":");
    put_list(&mut out, 0..profile.sample_types.len(), |out, value| {
        put_view(out, profile, &frames, value);
    });
    out.push_str("}\n");
    out
}

/// One column of values.
fn put_view(out: &mut String, profile: &Profile, frames: &Frames, value: usize) {
    let value_type = profile.sample_types[value];
    out.push_str("{\"type\":\"sampled\",\"name\":");
    put_str(out, &profile.strings.text(value_type.kind));
    let unit = unit(&profile.strings.text(value_type.unit));
    let total = sum_of(profile, value);
    let _ = write!(
        out,
        ",\"unit\":\"{unit}\",\"startValue\":0,\"endValue\":{total},\"samples\":"
    );
    let samples = || profile.samples.iter().filter(|it| it.values[value] > 0);
    put_list(out, samples(), |out, sample| {
        put_numbers(out, frames.stack(sample.stack).map(index_of));
    });
    out.push_str(",\"weights\":");
    put_numbers(out, samples().map(|it| it.values[value]));
    out.push('}');
}

/// The units speedscope knows.
fn unit(unit: &str) -> &'static str {
    match unit {
        "nanoseconds" | "nanosecond" | "ns" => "nanoseconds",
        "microseconds" | "microsecond" | "us" => "microseconds",
        "milliseconds" | "millisecond" | "ms" => "milliseconds",
        "seconds" | "second" | "s" => "seconds",
        "bytes" | "byte" => "bytes",
        _ => "none",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode_folded;

    #[test]
    fn stacks_begin_at_the_root_and_have_weights() {
        let mut profile = decode_folded(b"main;\"a\";b 3\nmain -2").unwrap();
        profile.sample_types[0] = profile.value_type("cpu", "nanoseconds");
        let text = encode_speedscope(&profile, "x");
        let _: serde_json::Value = serde_json::from_str(&text).unwrap();
        insta::assert_snapshot!(text, @r#"{"$schema":"https://www.speedscope.app/file-format-schema.json","exporter":"goperf","name":"x","activeProfileIndex":0,"shared":{"frames":[{"name":"b"},{"name":"\"a\""},{"name":"main"}]},"profiles":[{"type":"sampled","name":"cpu","unit":"nanoseconds","startValue":0,"endValue":3,"samples":[[2,1,0]],"weights":[3]}]}"#);
    }
}
