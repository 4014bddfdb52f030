//! `raw`: the profile's tables as text.

use std::fmt::Write;
use std::io;

use base::Idx;
use jiff::tz::TimeZone;
use profile::{Label, LabelSetId, LabelValue, LocationId, MappingId, Profile, StrId};

use super::header::format_time;
use crate::number::duration;
use crate::view::View;

/// Writes all tables.
pub(super) fn write(view: &View, time_zone: &TimeZone, out: &mut dyn io::Write) -> io::Result<()> {
    let raw = Raw {
        profile: &view.profile,
    };
    raw.write(time_zone, out)
}

struct Raw<'a> {
    profile: &'a Profile,
}

impl Raw<'_> {
    fn write(&self, time_zone: &TimeZone, out: &mut dyn io::Write) -> io::Result<()> {
        let mut text = String::new();
        self.push_head(time_zone, &mut text);
        text.push_str("Samples:\n");
        self.push_types(&mut text);
        let ids = self.profile.locations.iter();
        let ids: Vec<String> = ids.map(|it| format!("{} ", it.id)).collect();
        let sets = self.profile.label_sets.ids();
        let labels: Vec<String> = sets.map(|it| self.raw_label_lines(it)).collect();
        for sample in self.profile.samples.iter() {
            for value in sample.values {
                write!(text, " {value:>10}").ok();
            }
            text.push_str(": ");
            for location in sample.stack {
                text.push_str(&ids[location.index()]);
            }
            text.push('\n');
            text.push_str(&labels[sample.labels.index()]);
            out.write_all(text.as_bytes())?;
            text.clear();
        }
        text.push_str("Locations\n");
        for id in self.profile.locations.ids() {
            self.push_location(&mut text, id);
            out.write_all(text.as_bytes())?;
            text.clear();
        }
        text.push_str("Mappings\n");
        for id in self.profile.mappings.ids() {
            self.push_mapping(&mut text, id);
        }
        out.write_all(text.as_bytes())
    }

    fn name(&self, id: StrId) -> std::borrow::Cow<'_, str> {
        self.profile.strings.text(id)
    }

    fn push_head(&self, time_zone: &TimeZone, out: &mut String) {
        let profile = self.profile;
        for &comment in &profile.comments {
            writeln!(out, "Comment: {}", self.name(comment)).ok();
        }
        if !profile.doc_url.is_empty() {
            writeln!(out, "Doc: {}", self.name(profile.doc_url)).ok();
        }
        let period_type = profile.period_type;
        let (kind, unit) = (self.name(period_type.kind), self.name(period_type.unit));
        writeln!(out, "PeriodType: {kind} {unit}").ok();
        writeln!(out, "Period: {}", profile.period).ok();
        if profile.time_nanos != 0 {
            let nanos = format!("{:09}", profile.time_nanos.rem_euclid(1_000_000_000));
            let fraction = match nanos.trim_end_matches('0') {
                "" => String::new(),
                digits => format!(".{digits}"),
            };
            let format = format!("%Y-%m-%d %H:%M:%S{fraction} %z %Z");
            writeln!(
                out,
                "Time: {}",
                format_time(profile.time_nanos, &format, time_zone)
            )
            .ok();
        }
        if profile.duration_nanos != 0 {
            // pprof cuts the text, not the number.
            let text: String = duration(profile.duration_nanos).chars().take(4).collect();
            writeln!(out, "Duration: {text}").ok();
        }
    }

    fn push_types(&self, out: &mut String) {
        let profile = self.profile;
        let kind = |it: &profile::ValueType| {
            let default = it.kind == profile.default_sample_type;
            let mark = if default { "[dflt]" } else { "" };
            format!("{}/{}{mark} ", self.name(it.kind), self.name(it.unit))
        };
        let types: String = profile.sample_types.iter().map(kind).collect();
        writeln!(out, "{}", types.trim()).ok();
    }

    /// Text labels, then numeric ones, a line each.
    fn raw_label_lines(&self, labels: LabelSetId) -> String {
        let mut out = String::new();
        let labels = self.profile.label_sets.get(labels);
        for numeric in [false, true] {
            let of_kind: Vec<&Label> = labels.iter().filter(|it| it.is_num() == numeric).collect();
            if of_kind.is_empty() {
                continue;
            }
            let mut texts = Vec::new();
            for of_key in of_kind.chunk_by(|a, b| a.key == b.key) {
                let has_units = of_key
                    .iter()
                    .any(|it| matches!(it.value, LabelValue::Num { unit, .. } if !unit.is_empty()));
                let value = |label: &&Label| match label.value {
                    LabelValue::Str(value) => self.name(value).into_owned(),
                    LabelValue::Num { value, unit } if has_units => {
                        format!("{value} {}", self.name(unit))
                    }
                    LabelValue::Num { value, .. } => value.to_string(),
                };
                let values: Vec<String> = of_key.iter().map(value).collect();
                texts.push(format!(
                    "{}:[{}]",
                    self.name(of_key[0].key),
                    values.join(" ")
                ));
            }
            texts.sort();
            writeln!(out, "                {}", texts.join(" ")).ok();
        }
        out
    }

    fn push_location(&self, out: &mut String, id: LocationId) {
        let profile = self.profile;
        let location = &profile.locations[id];
        let mut start = format!("{:>6}: {:#x} ", location.id, location.address);
        if let Some(mapping) = location.mapping {
            write!(start, "M={} ", profile.mappings[mapping].id).ok();
        }
        if location.is_folded {
            start.push_str("[F] ");
        }
        let lines = profile.lines(id);
        if lines.is_empty() {
            out.push_str(&start);
            out.push('\n');
        }
        for line in lines {
            let function = &profile.functions[line.function];
            write!(
                out,
                "{start}{} {}:{}:{} s={}",
                self.name(function.name),
                self.name(function.filename),
                line.line,
                line.column,
                function.start_line
            )
            .ok();
            if function.name != function.system_name {
                write!(out, "({})", self.name(function.system_name)).ok();
            }
            out.push('\n');
            "             ".clone_into(&mut start);
        }
    }

    fn push_mapping(&self, out: &mut String, id: MappingId) {
        let mapping = &self.profile.mappings[id];
        let flags = [
            (mapping.has_functions, "[FN]"),
            (mapping.has_filenames, "[FL]"),
            (mapping.has_line_numbers, "[LN]"),
            (mapping.has_inline_frames, "[IN]"),
        ];
        let flags: String = flags.iter().filter(|it| it.0).map(|it| it.1).collect();
        writeln!(
            out,
            "{}: {:#x}/{:#x}/{:#x} {} {} {flags}",
            mapping.id,
            mapping.start,
            mapping.limit,
            mapping.offset,
            self.name(mapping.file),
            self.name(mapping.build_id),
        )
        .ok();
    }
}
