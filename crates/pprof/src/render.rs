//! Reports as bytes: text, DOT, JSON, pages and profiles.
//!
//! Whatever can be longer than the profile is written while it is made.

mod callgrind;
mod diff;
mod disasm;
pub(crate) mod dot;
mod export;
mod flame;
mod header;
mod json;
mod list;
mod markdown;
mod packages;
mod raw;
mod tags;
mod top;
mod traces;
mod tree;
mod weblist;

use std::io::{self, Write};

use jiff::tz::TimeZone;

use crate::command::Format;
use crate::report::{Report, Summary};
use crate::run::Outcome;

pub(crate) use header::header_lines;
pub(crate) use weblist::escaped;

/// A report that is ready to be written.
pub(crate) enum Answer {
    Bytes(Vec<u8>),
    Report {
        report: Box<Report>,
        format: Format,
        /// For the times in headers.
        time_zone: TimeZone,
    },
}

impl Answer {
    pub(crate) fn write_to(&mut self, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Bytes(bytes) => out.write_all(bytes),
            Self::Report {
                report,
                format,
                time_zone,
            } => write(report, *format, time_zone, out),
        }
    }

    /// Whether the report is within the limits it was given.
    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Self::Report { report, .. } => match &**report {
                Report::Diff(diff) if !diff.beyond.is_empty() => Outcome::Beyond,
                _ => Outcome::Within,
            },
            Self::Bytes(_) => Outcome::Within,
        }
    }

    pub(crate) fn into_bytes(mut self) -> io::Result<Vec<u8>> {
        if let Self::Bytes(bytes) = self {
            return Ok(bytes);
        }
        let mut bytes = Vec::new();
        self.write_to(&mut bytes)?;
        Ok(bytes)
    }
}

/// Remarks about a report, for stderr.
pub(crate) fn remarks(report: &Report) -> Vec<String> {
    match report {
        Report::CallGraph(graph) => cut_texts(graph.cut, &graph.summary),
        Report::Callgrind(graph) => cut_texts(graph.cut(), &graph.summary),
        Report::Top(top) => cut_texts(None, &top.summary),
        Report::Tree(tree) => cut_texts(None, &tree.graph.summary),
        Report::SourcePage(page) if page.is_cut => {
            vec!["calls inlined very deep were left out".to_owned()]
        }
        Report::Diff(diff) => {
            let grown = diff.beyond.iter().map(diff::beyond_text);
            diff.warnings.iter().cloned().chain(grown).collect()
        }
        Report::Pgo(pgo) => pgo.notes.clone(),
        Report::Flame(flame) => flame.cut.map(flame::cut_text).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// What was cut because it is too much, as lines.
fn cut_texts(tree: Option<usize>, summary: &Summary) -> Vec<String> {
    let tree = tree.map(|n_paths| format!("the call tree was cut to {n_paths} paths"));
    let names = summary.name_limit;
    let names = names.map(|limit| format!("the names are too long together: cut to {limit} bytes"));
    tree.into_iter().chain(names).collect()
}

/// Writes a report in a format that shows it.
fn write(
    report: &mut Report,
    format: Format,
    time_zone: &TimeZone,
    out: &mut dyn Write,
) -> io::Result<()> {
    match (report, format) {
        (Report::Assembly(assembly), _) => disasm::write(assembly, out),
        (Report::Callgrind(graph), _) => callgrind::write(graph, out),
        (Report::CallGraph(graph), Format::Json) => json::write(graph, time_zone, out),
        (Report::CallGraph(graph), _) => dot::write(&dot::Drawing::new(graph, time_zone), out),
        (Report::Comments(comments), _) => comments.iter().try_for_each(|it| writeln!(out, "{it}")),
        (Report::Diff(diff), Format::DiffJson) => diff::write_json(diff, time_zone, out),
        (Report::Diff(diff), _) => diff::write(diff, time_zone, out),
        (Report::Digest(digest), _) => markdown::write(digest, time_zone, out),
        (Report::Flame(flame), _) => flame::write(flame, time_zone, out),
        (Report::Pgo(pgo), _) => profile::write_gzip(&pgo.profile, out),
        (Report::Samples(view), Format::Firefox) => export::write_firefox(view, out),
        (Report::Samples(view), Format::Folded) => export::write_folded(view, out),
        (Report::Samples(view), Format::Proto) => export::write_proto(view, out),
        (Report::Samples(view), Format::Speedscope) => export::write_speedscope(view, out),
        (Report::Samples(view), Format::Traces) => traces::write(view, time_zone, out),
        (Report::Samples(view), _) => raw::write(view, time_zone, out),
        (Report::Source(source), _) => list::write(source, out),
        (Report::SourcePage(page), _) => weblist::write(page, time_zone, out),
        (Report::Packages(packages), _) => packages::write(packages, time_zone, out),
        (Report::Tags(tags), _) => tags::write(tags, out),
        (Report::Top(top), _) => top::write(top, time_zone, out),
        (Report::TopProfile(profile), _) => profile::write_gzip(profile, out),
        (Report::Tree(tree), _) => tree::write(tree, time_zone, out),
    }
}
