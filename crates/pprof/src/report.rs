//! Reports: a filtered profile and what to show of it.
//!
//! Source: google/pprof `internal/report/report.go`.

mod assembly;
mod callgrind;
mod diff;
mod dot;
mod flame;
mod folded;
mod json;
mod list;
mod proto;
mod raw;
mod tags;
mod text;
mod traces;
mod tree;
mod trimmed;
mod weblist;

pub(crate) use weblist::escaped;

use std::fmt::Write;
use std::io;

use base::{Idx, System};
use jiff::{Timestamp, tz::TimeZone};
use profile::{Profile, StrId, units};

use crate::command::Format;
use crate::error::Error;
use crate::go_regexp::GoRegexp;
use crate::graph::{LabelUnits, Measure, NodeTable};
use crate::number::{percentage, to_integer};
use crate::path;
use crate::symbols::ObjectFiles;

/// What to show, and how.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one per boolean option of pprof"
)]
pub(crate) struct ReportOptions {
    pub(crate) format: Format,
    pub(crate) cum_sort: bool,
    pub(crate) call_tree: bool,
    pub(crate) drop_negative: bool,
    pub(crate) compact_labels: bool,
    /// What values are multiplied with before they are printed.
    pub(crate) ratio: f64,
    pub(crate) title: String,
    /// `name=value` of the filters that are set.
    pub(crate) active_filters: Vec<String>,
    pub(crate) label_units: LabelUnits,
    /// 0: no limit.
    pub(crate) node_count: usize,
    pub(crate) node_fraction: f64,
    pub(crate) edge_fraction: f64,
    pub(crate) measure: Measure,
    pub(crate) sample_type: String,
    pub(crate) sample_unit: String,
    /// Fitted to the values while the report is made if it is `minimum`.
    pub(crate) output_unit: String,
    /// Which functions (`list`, `peek`, …).
    pub(crate) symbol: Option<GoRegexp>,
    pub(crate) source_path: String,
    pub(crate) trim_path: String,
    pub(crate) intel_syntax: bool,
    /// Nodes are files.
    pub(crate) by_file: bool,
}

/// What reports need of the machine.
#[derive(Clone, Copy)]
pub(crate) struct Surroundings<'a> {
    pub(crate) system: &'a dyn System,
    pub(crate) time_zone: &'a TimeZone,
    pub(crate) objects: &'a ObjectFiles,
}

/// A report in the making.
pub(crate) struct Report<'a> {
    pub(crate) profile: Profile,
    pub(crate) options: ReportOptions,
    /// What percentages are of.
    pub(crate) total: i64,
    around: Surroundings<'a>,
}

/// A report that is ready to be written.
pub(crate) enum Answer<'a> {
    Whole(Vec<u8>),
    /// Made while it is written, so that it is never in memory as a whole.
    Stream(Box<Report<'a>>),
}

impl Answer<'_> {
    pub(crate) fn write_to(&mut self, out: &mut dyn io::Write) -> io::Result<()> {
        match self {
            Self::Whole(bytes) => out.write_all(bytes),
            Self::Stream(report) => report.stream(out),
        }
    }

    pub(crate) fn into_bytes(mut self) -> io::Result<Vec<u8>> {
        if let Self::Whole(bytes) = self {
            return Ok(bytes);
        }
        let mut bytes = Vec::new();
        self.write_to(&mut bytes)?;
        Ok(bytes)
    }
}

/// The total of all samples' values; of those of the base alone if any are marked as such.
pub(crate) fn total(profile: &Profile, measure: Measure) -> i64 {
    let is_base: Vec<bool> = profile
        .label_sets
        .ids()
        .map(|set| profile.is_diff_base(set))
        .collect();
    let mut all = (0_i64, 0_i64);
    let mut base = (0_i64, 0_i64);
    let add = |sum: &mut (i64, i64), value: i64, divisor: i64| {
        *sum = (sum.0.wrapping_add(value), sum.1.wrapping_add(divisor));
    };
    for sample in profile.samples.ids() {
        let (value, divisor) = measure.of(profile, sample);
        let value = value.wrapping_abs();
        add(&mut all, value, divisor);
        if is_base[profile.samples.labels(sample).index()] {
            add(&mut base, value, divisor);
        }
    }
    let (total, divisor) = if base.0 > 0 { base } else { all };
    crate::graph::Values {
        flat: total,
        flat_divisor: divisor,
        ..Default::default()
    }
    .flat_value()
}

impl<'a> Report<'a> {
    pub(crate) fn new(
        profile: Profile,
        options: ReportOptions,
        total: i64,
        around: Surroundings<'a>,
    ) -> Self {
        Self {
            profile,
            options,
            total,
            around,
        }
    }

    /// The report, as far as making it may fail.
    pub(crate) fn generate(mut self) -> Result<Answer<'a>, Error> {
        let bytes = match self.options.format {
            Format::Comments => self.comments().into_bytes(),
            Format::Disasm => self.assembly()?,
            Format::Dot => self.dot().into_bytes(),
            Format::Flame => self.flame().into_bytes(),
            Format::List => self.list()?,
            Format::Tree => self.tree()?,
            Format::Tags => self.tags().into_bytes(),
            Format::Text => self.text().into_bytes(),
            Format::Callgrind => self.callgrind().into_bytes(),
            Format::TopProto => self.top_proto(),
            Format::WebList => self.weblist()?,
            Format::Diff => self.diff().into_bytes(),
            Format::Speedscope => self.speedscope(),
            Format::Firefox => self.firefox(),
            Format::Folded | Format::Json | Format::Proto | Format::Raw | Format::Traces => {
                return Ok(Answer::Stream(Box::new(self)));
            }
        };
        Ok(Answer::Whole(bytes))
    }

    /// Writes one of the reports that may be longer than the profile itself.
    fn stream(&mut self, out: &mut dyn io::Write) -> io::Result<()> {
        match self.options.format {
            Format::Folded => self.write_folded(out),
            Format::Json => self.write_json(out),
            Format::Proto => self.write_proto(out),
            Format::Raw => self.write_raw(out),
            Format::Traces => self.write_traces(out),
            _ => Ok(()),
        }
    }

    /// A value in the output unit.
    pub(crate) fn format_value(&self, value: i64) -> String {
        let value = self.scaled_by_ratio(value);
        units::label(value, &self.options.sample_unit, &self.options.output_unit)
    }

    fn scaled_by_ratio(&self, value: i64) -> i64 {
        if self.has_ratio() {
            to_integer(value as f64 * self.options.ratio)
        } else {
            value
        }
    }

    #[expect(clippy::float_cmp, reason = "only exactly 1 changes nothing")]
    fn has_ratio(&self) -> bool {
        self.options.ratio > 0.0 && self.options.ratio != 1.0
    }

    /// A value without ratio as a number in the output unit.
    fn scaled(&self, value: i64) -> f64 {
        units::scale(value, &self.options.sample_unit, &self.options.output_unit).0
    }

    fn value_or_dot(&self, value: i64) -> String {
        if value == 0 {
            ".".to_owned()
        } else {
            self.format_value(value)
        }
    }

    fn share(&self, value: i64) -> String {
        percentage(value, self.total)
    }

    /// The nodes of all locations, file names trimmed and cleaned.
    fn node_table(&mut self) -> NodeTable {
        let (trim_path, source_path) = (&self.options.trim_path, &self.options.source_path);
        for id in self.profile.functions.ids() {
            let filename = self.profile.functions[id].filename;
            if filename.is_empty() {
                continue;
            }
            let trimmed = {
                let text = self.profile.strings.text(filename);
                let trimmed = path::trim(&text, trim_path, source_path);
                (trimmed.len() < text.len()).then(|| trimmed.to_owned())
            };
            if let Some(trimmed) = trimmed {
                let trimmed = self.profile.strings.intern(trimmed.as_bytes());
                self.profile.functions[id].filename = trimmed;
            }
        }
        let obj_names = matches!(
            self.options.format,
            Format::Raw | Format::List | Format::WebList | Format::Disasm | Format::Callgrind
        );
        NodeTable::new(&mut self.profile, obj_names, self.options.by_file)
    }

    /// What describes the profile: file, build id, comments, type, time, duration.
    pub(crate) fn profile_labels(&self) -> Vec<String> {
        let profile = &self.profile;
        let text = |id: StrId| profile.strings.text(id).into_owned();
        let mut labels = Vec::new();
        if let Some(main) = profile.mappings.iter().next() {
            if !main.file.is_empty() {
                labels.push(format!("File: {}", path::base(&text(main.file))));
            }
            if !main.build_id.is_empty() {
                labels.push(format!("Build ID: {}", text(main.build_id)));
            }
        }
        let comments = profile.comments.iter().map(|&it| text(it));
        labels.extend(comments.filter(|it| !it.starts_with('#')));
        if !self.options.sample_type.is_empty() {
            labels.push(format!("Type: {}", self.options.sample_type));
        }
        if !profile.doc_url.is_empty() {
            labels.push(format!("Doc: {}", text(profile.doc_url)));
        }
        if profile.time_nanos != 0 {
            let time = self.format_time(profile.time_nanos, "%Y-%m-%d %H:%M:%S %Z");
            labels.push(format!("Time: {time}"));
        }
        if profile.duration_nanos != 0 {
            labels.push(self.duration_label());
        }
        labels
    }

    fn duration_label(&self) -> String {
        let nanos = self.profile.duration_nanos;
        let duration = units::label(nanos, "nanoseconds", "auto");
        let (total, unit) = units::scale(self.total, &self.options.sample_unit, "nanoseconds");
        let ratio = if unit == "ns" && total != 0.0 {
            format!("({})", percentage(to_integer(total), nanos))
        } else {
            String::new()
        };
        let total = self.format_value(self.total);
        format!("Duration: {duration}, Total samples = {total} {ratio}")
    }

    /// A time in the local zone. `format` is of `strftime`.
    fn format_time(&self, nanos: i64, format: &str) -> String {
        match Timestamp::from_nanosecond(i128::from(nanos)) {
            Ok(time) => {
                let zoned = time.to_zoned(self.around.time_zone.clone());
                zoned.strftime(format).to_string()
            }
            Err(_) => nanos.to_string(),
        }
    }

    /// The header of a report on a part of the graph.
    pub(crate) fn report_labels(&self, shown: &Shown, full_headers: bool) -> Vec<String> {
        let mut labels = if full_headers || !self.options.compact_labels {
            self.profile_labels()
        } else {
            Vec::new()
        };
        if !self.options.active_filters.is_empty() {
            labels.push("Active filters:".to_owned());
            let filters = self.options.active_filters.iter();
            labels.extend(filters.map(|it| format!("   {}", shortened(it))));
        }
        labels.push(format!(
            "Showing nodes accounting for {}, {} of {} total",
            self.format_value(shown.flat),
            self.share(shown.flat).trim(),
            self.format_value(self.total)
        ));
        if self.total != 0 {
            labels.extend(self.dropped_labels(shown));
        }
        if full_headers {
            labels.push("\nSee https://git.io/JfYMW for how to read the graph".to_owned());
        }
        labels
    }

    fn dropped_labels(&self, shown: &Shown) -> Vec<String> {
        let mut labels = Vec::new();
        let mut dropped = |n: usize, what: &str, by: &str, fraction: f64| {
            if n > 0 {
                let cutoff = to_integer(self.total as f64 * fraction).wrapping_abs();
                let plural = if n > 1 { "s" } else { "" };
                let cutoff = self.format_value(cutoff);
                labels.push(format!("Dropped {n} {what}{plural} ({by} <= {cutoff})"));
            }
        };
        dropped(
            shown.dropped_nodes,
            "node",
            "cum",
            self.options.node_fraction,
        );
        dropped(
            shown.dropped_edges,
            "edge",
            "freq",
            self.options.edge_fraction,
        );
        if shown.n_nodes > 0 && shown.n_nodes < shown.n_before_limit {
            labels.push(format!(
                "Showing top {} nodes out of {}",
                shown.n_nodes, shown.n_before_limit
            ));
        }
        labels
    }

    fn comments(&self) -> String {
        let mut out = String::new();
        for &comment in &self.profile.comments {
            writeln!(out, "{}", self.profile.strings.text(comment)).ok();
        }
        out
    }
}

/// What of the graph a report shows.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Shown {
    /// Flat sum of the shown nodes.
    pub(crate) flat: i64,
    pub(crate) n_nodes: usize,
    /// Nodes heavy enough, before their number was limited.
    pub(crate) n_before_limit: usize,
    pub(crate) dropped_nodes: usize,
    pub(crate) dropped_edges: usize,
}

/// The first 80 bytes of a long text, and an ellipsis.
fn shortened(text: &str) -> String {
    if text.len() <= 80 {
        return text.to_owned();
    }
    let end = (0..=80)
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0);
    format!("{}…", &text[..end])
}
