//! Reports as plain data, computed from a [`View`] of a profile.
//!
//! Each report is a function from a view to a value. `render` turns these values into text, DOT,
//! JSON and pages; callers may render them differently. Values are in the unit of the
//! profile's samples, means already taken; [`Scale`] prints them.
//!
//! Source: google/pprof `internal/report/report.go`.

mod assembly;
mod call_graph;
mod callgrind;
mod diff;
mod digest;
mod flame;
mod labels;
mod packages;
mod pgo;
mod source;
mod source_page;
mod tags;
mod top;
mod top_profile;
mod trimmed;

use std::sync::Arc;

use base::System;
use profile::{Profile, StrId, units};

use crate::command::Format;
use crate::error::Error;
use crate::go_regexp::GoRegexp;
use crate::number::{percentage, to_integer};
use crate::path;
use crate::symbols::ObjectFiles;
use crate::view::View;

pub use assembly::{Assembly, AssemblyLine, Routine};
pub use call_graph::{CallGraph, Edge, Tree};
pub use callgrind::{Callee, Callgrind};
pub use diff::{Beyond, Diff, DiffRow};
pub use digest::{Digest, DigestRow, HotPath};
pub use flame::{Flame, FlameDetail, FlameFrame};
pub use labels::LabelBox;
pub use packages::{PackageRow, Packages};
pub use pgo::Pgo;
pub use source::{Source, SourceFile, SourceFunction, SourceLine};
pub use source_page::{PageCode, PageFile, PageFunction, PageLine, SourcePage};
pub use tags::{TagKey, TagValue, Tags};
pub use top::{Top, TopRow};

/// Access to the machine for reports on code: source files and binaries.
#[derive(Clone, Copy)]
pub struct Machine<'a> {
    pub system: &'a dyn System,
    pub objects: &'a ObjectFiles,
}

/// A report as data.
#[derive(Debug)]
pub enum Report {
    Assembly(Assembly),
    CallGraph(Box<CallGraph>),
    Callgrind(Box<Callgrind>),
    Comments(Vec<String>),
    Diff(Box<Diff>),
    Digest(Box<Digest>),
    Flame(Flame),
    Packages(Packages),
    Pgo(Box<Pgo>),
    /// The samples themselves: dumps, folded stacks and other forms of the whole profile.
    Samples(Box<View>),
    Source(Source),
    SourcePage(SourcePage),
    Tags(Tags),
    Top(Top),
    /// A profile of one sample per shown entry.
    TopProfile(Box<Profile>),
    Tree(Box<Tree>),
}

impl Report {
    /// The report that a format shows. Where the view's expression matches nothing, it is taken
    /// literally.
    pub(crate) fn new(mut view: View, format: Format, machine: Machine<'_>) -> Result<Self, Error> {
        Ok(match format {
            Format::Callgrind => Self::Callgrind(Box::new(Callgrind::new(view))),
            Format::Comments => Self::Comments(comments(&view.profile)),
            Format::Diff | Format::DiffJson => Self::Diff(Box::new(Diff::new(&view))),
            Format::Dot => Self::CallGraph(Box::new(CallGraph::to_draw(&view))),
            Format::Flame => Self::Flame(Flame::new(&view)),
            Format::Json => Self::CallGraph(Box::new(CallGraph::new(&view))),
            Format::Packages => Self::Packages(Packages::new(&view)),
            Format::Pgo => Self::Pgo(Box::new(Pgo::new(&view, machine)?)),
            Format::Tags => Self::Tags(Tags::new(&view)),
            Format::Text => Self::Top(Top::new(&view)),
            Format::TopProto => Self::TopProfile(Box::new(top_profile::top_profile(&view))),
            Format::Disasm | Format::List | Format::Tree | Format::WebList => {
                let literal = view.symbol.as_ref().and_then(GoRegexp::literal);
                match (Self::of_functions(&view, format, machine), literal) {
                    (Err(error), Some(literal)) => {
                        view.symbol = Some(literal);
                        let found = Self::of_functions(&view, format, machine);
                        found.map_err(|_| error)?
                    }
                    (found, _) => found?,
                }
            }
            Format::Firefox
            | Format::Folded
            | Format::Markdown
            | Format::Proto
            | Format::Raw
            | Format::Speedscope
            | Format::Traces => Self::Samples(Box::new(view)),
        })
    }

    /// One of the reports that an expression chooses functions for.
    fn of_functions(view: &View, format: Format, machine: Machine<'_>) -> Result<Self, Error> {
        Ok(match format {
            Format::Disasm => Self::Assembly(Assembly::new(view, machine)?),
            Format::List => Self::Source(Source::new(view, machine)?),
            Format::WebList => Self::SourcePage(SourcePage::new(view, machine)?),
            _ => Self::Tree(Box::new(Tree::new(view)?)),
        })
    }
}

fn comments(profile: &Profile) -> Vec<String> {
    let text = |&id: &StrId| profile.strings.text(id).into_owned();
    profile.comments.iter().map(text).collect()
}

/// The scale of a report: how its values are printed.
#[derive(Clone, PartialEq, Debug)]
pub struct Scale {
    /// The unit of the profile's values.
    pub sample_unit: String,
    /// The unit to print them in: a unit, `auto` or `minimum`.
    pub output_unit: String,
    /// What values are multiplied with before they are printed; positive.
    pub ratio: f64,
    /// What percentages are of.
    pub total: i64,
}

impl Scale {
    /// A value in the output unit.
    pub fn label(&self, value: i64) -> String {
        let value = self.by_ratio(value);
        units::label(value, &self.sample_unit, &self.output_unit)
    }

    /// As [`label`](Self::label), but a dot for 0.
    pub fn label_or_dot(&self, value: i64) -> String {
        if value == 0 {
            ".".to_owned()
        } else {
            self.label(value)
        }
    }

    /// The share of the value in the total, in five columns and a percent sign.
    pub fn share(&self, value: i64) -> String {
        percentage(value, self.total)
    }

    pub(crate) fn by_ratio(&self, value: i64) -> i64 {
        if self.has_ratio() {
            to_integer(value as f64 * self.ratio)
        } else {
            value
        }
    }

    #[expect(clippy::float_cmp, reason = "only exactly 1 changes nothing")]
    pub(crate) fn has_ratio(&self) -> bool {
        self.ratio > 0.0 && self.ratio != 1.0
    }

    /// A value as a number in the output unit, the ratio left aside.
    pub(crate) fn number(&self, value: i64) -> f64 {
        units::scale(value, &self.sample_unit, &self.output_unit).0
    }

    /// Prints values in the unit that suits `value`, if the unit is still to be fitted.
    pub(crate) fn fit(&mut self, value: i64) {
        if self.output_unit == "minimum" {
            let (_, fitted) = units::scale(value, &self.sample_unit, "auto");
            self.output_unit = if fitted.is_empty() {
                self.sample_unit.clone()
            } else {
                fitted.to_owned()
            };
        }
    }
}

/// The description of a profile.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Header {
    /// Base name of the main binary; empty if it is not known, as are the texts below.
    pub file: String,
    pub build_id: String,
    /// Without those that only `comments` shows.
    pub comments: Vec<String>,
    /// Name of the values that the report shows.
    pub sample_type: String,
    pub doc_url: String,
    /// When the profile was taken, since the Unix epoch; 0: unknown.
    pub time_nanos: i64,
    /// For how long it was taken; 0: unknown.
    pub duration_nanos: i64,
}

impl Header {
    pub(crate) fn new(profile: &Profile, sample_type: &str) -> Self {
        let text = |id: StrId| profile.strings.text(id).into_owned();
        let mut header = Self {
            sample_type: sample_type.to_owned(),
            doc_url: text(profile.doc_url),
            time_nanos: profile.time_nanos,
            duration_nanos: profile.duration_nanos,
            ..Self::default()
        };
        if let Some(main) = profile.mappings.iter().next() {
            if !main.file.is_empty() {
                path::base(&text(main.file)).clone_into(&mut header.file);
            }
            header.build_id = text(main.build_id);
        }
        let comments = profile.comments.iter().map(|&it| text(it));
        header.comments = comments.filter(|it| !it.starts_with('#')).collect();
        header
    }
}

/// The head of a report on a part of the graph.
#[derive(Clone, PartialEq, Debug)]
pub struct Summary {
    pub header: Header,
    /// The header is not to be printed.
    pub is_compact: bool,
    /// `name=value` of the filters that are set.
    pub filters: Vec<String>,
    pub shown: Shown,
    pub scale: Scale,
    /// Bytes that names were cut to, because all of them would take too much.
    pub name_limit: Option<usize>,
}

/// The part of the graph that a report shows.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Shown {
    /// Flat sum of the shown entries.
    pub flat: i64,
    pub n_nodes: usize,
    /// Entries heavy enough, before their number was limited.
    pub n_before_limit: usize,
    /// Entries that were too light.
    pub dropped_nodes: usize,
    /// Edges that were too light; tables do not count them.
    pub dropped_edges: usize,
    /// The share of the total below which entries are too light.
    pub node_fraction: f64,
    /// The same of edges.
    pub edge_fraction: f64,
}

/// An entry: whatever the granularity makes of a line of the program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    /// As reports print it.
    pub name: Arc<str>,
    /// Empty if it is not known or not shown at this granularity, as are the texts below.
    pub function: Arc<str>,
    /// A clean path.
    pub file: Arc<str>,
    /// The binary's path; only for reports on code, and for entries without a name.
    pub binary: Arc<str>,
    /// From 1; 0: not known or not shown.
    pub line: i64,
    /// From 1; 0: not known or not shown.
    pub column: i64,
    /// 0: not shown.
    pub address: u64,
    /// The value of the entry itself.
    pub flat: i64,
    /// The value of the entry and all it calls.
    pub cum: i64,
}

/// The share of the shown calls to an entry that were inlined.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Inlined {
    No,
    Partly,
    All,
}

impl Inlined {
    /// Of calls, by whether each was inlined.
    pub(crate) fn of(calls: impl Iterator<Item = bool>) -> Self {
        let (mut any, mut all) = (false, true);
        for inline in calls {
            any |= inline;
            all &= inline;
        }
        match (any, all) {
            (false, _) => Self::No,
            (true, false) => Self::Partly,
            (true, true) => Self::All,
        }
    }

    /// The mark behind a name.
    pub fn mark(self) -> &'static str {
        match self {
            Self::No => "",
            Self::Partly => " (partial-inline)",
            Self::All => " (inline)",
        }
    }
}
