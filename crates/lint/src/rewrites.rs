//! Changes of the source that no rule proposes, because only a measurement can say whether they pay: for `tune`.
//!
//! Unlike a finding, a rewrite claims nothing. Some have a parameter that the caller fills in, such as a capacity.

mod builder;
mod capacity;
mod exact;
mod split;
mod strconv;

use std::path::PathBuf;

use diag::Fix;
use go_syntax::Node;

use crate::source::{Draft, Source};
use crate::view::{PackageInput, View};

/// A change to try.
#[derive(Clone, PartialEq, Debug)]
pub struct Rewrite {
    /// What it is called; finishes the sentence "try …".
    pub name: &'static str,
    pub path: PathBuf,
    /// From 1.
    pub line: u32,
    pub fix: Fix,
    pub parameter: Option<Parameter>,
}

/// A number that the change needs: how often one line ran for each time that another ran. It stands in the title and
/// the edits of the fix as [`PLACEHOLDER`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parameter {
    /// Lines, from 1.
    pub made_at: u32,
    pub added_at: u32,
}

/// Stands for the value of a [`Parameter`].
pub const PLACEHOLDER: &str = "\u{1}";

/// The rewrites of a typed package, in the order of its files.
pub fn rewrites(input: &PackageInput) -> Vec<Rewrite> {
    let view = View::new(input);
    let mut all = Vec::new();
    for source in view.sources(input.go_minor, &crate::Limits::default()) {
        if source.is_generated() {
            continue;
        }
        for find in [
            builder::find,
            capacity::find,
            exact::find,
            strconv::find,
            split::find,
        ] {
            find(&source, &mut all);
        }
    }
    all
}

impl Rewrite {
    fn new(
        name: &'static str,
        source: &Source<'_>,
        at: impl Into<Node>,
        draft: Draft,
    ) -> Option<Self> {
        Some(Self {
            name,
            path: source.path.clone(),
            line: line_of(source, at),
            fix: draft.finish(source)?,
            parameter: None,
        })
    }
}

fn line_of(source: &Source<'_>, node: impl Into<Node>) -> u32 {
    let start = source.range(node).start;
    source.file.lines.line_col(start).line
}
