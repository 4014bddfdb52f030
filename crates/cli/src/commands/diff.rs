//! `--diff REV` of `escape` and `inline`: what changed between a git revision and the work tree.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use diag::PathNames;
use gc::{Change, ChangeKind, Decisions, Existence};
use project::revision;
use serde_json::{Value as Json, json};

use super::Context;
use super::packages::{self, Build, Compiled};
use crate::args::check::PackageArgs;
use crate::style::Style;
use crate::{ExitStatus, Output};

/// Which changes are asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Of {
    Escape,
    Inline,
}

impl Of {
    fn includes(self, kind: &ChangeKind) -> bool {
        let escape = matches!(
            kind,
            ChangeKind::NowEscapes
                | ChangeKind::NoLongerEscapes
                | ChangeKind::NowLeaks
                | ChangeKind::NoLongerLeaks
        );
        escape == (self == Self::Escape)
    }
}

/// A change of one package.
struct Found<'a> {
    package: &'a str,
    change: Change,
    /// On the side where the thing exists, the new one first: path, line, column.
    place: Option<(String, u32, u32)>,
}

pub(crate) fn run(
    of: Of,
    args: &PackageArgs,
    build: &Build,
    revision: &str,
    format: &str,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let folder = packages::folder(args, context)?;
    let old_tree = revision::check_out(context.system, context.cancel, &folder, revision)?;
    let old_args = PackageArgs {
        dir: Some(old_tree.dir()),
        patterns: args.patterns.clone(),
        tags: args.tags.clone(),
        ..*args
    };
    let old = packages::analyse(&old_args, build, context, output)
        .with_context(|| format!("at revision {}", old_tree.commit))?;
    let new = packages::analyse(args, build, context, output)?;
    let found = changes(of, &old, &new);
    if format == "json" {
        let list: Vec<Json> = found.iter().map(change_json).collect();
        writeln!(output.out, "{}", serde_json::to_string_pretty(&list)?)?;
    } else {
        print(
            &found,
            &old_tree.commit,
            &new.workspace.path_names(),
            output,
        )?;
    }
    old.finish(output)?;
    match new.finish(output)? {
        ExitStatus::Success if found.iter().any(|found| is_worse(&found.change)) => {
            Ok(ExitStatus::Findings)
        }
        status => Ok(status),
    }
}

/// Something new escapes, or an existing function stopped being inlinable.
fn is_worse(change: &Change) -> bool {
    match change.kind {
        ChangeKind::NowEscapes | ChangeKind::NowLeaks => true,
        ChangeKind::NoLongerInlinable => change.function_is == Existence::OnBothSides,
        _ => false,
    }
}

fn changes<'a>(of: Of, old: &Compiled, new: &'a Compiled) -> Vec<Found<'a>> {
    let old: BTreeMap<String, std::sync::Arc<Decisions>> = (old.packages())
        .map(|one| (one.package.import_path.clone(), one.decisions))
        .collect();
    let mut found = Vec::new();
    let none = Decisions::default();
    for one in new.packages() {
        let before = old
            .get(&one.package.import_path)
            .map_or(&none, |decisions| decisions);
        for change in gc::diff(before, &one.decisions) {
            if of.includes(&change.kind) && !is_noise(&change) {
                let place = place(&change, before, &one.decisions);
                found.push(Found {
                    package: &one.package.import_path,
                    change,
                    place,
                });
            }
        }
    }
    found
}

/// A decision that may explain another speed or other allocations.
pub(super) struct Reason {
    pub(super) package: String,
    pub(super) function: String,
    pub(super) direction: Direction,
    /// Base name of the file, and line.
    pub(super) place: Option<(String, u32)>,
    /// What is decided otherwise, and where.
    pub(super) text: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Direction {
    NowEscapes,
    NoLongerEscapes,
    Other,
}

/// Escapes before inlining.
pub(super) fn reasons(old: &Compiled, new: &Compiled) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for of in [Of::Escape, Of::Inline] {
        for found in changes(of, old, new) {
            let direction = match found.change.kind {
                ChangeKind::InlineCost { .. } => continue,
                ChangeKind::NowEscapes => Direction::NowEscapes,
                ChangeKind::NoLongerEscapes => Direction::NoLongerEscapes,
                _ => Direction::Other,
            };
            let place = found.place.as_ref().map(|(path, line, _)| {
                let name = Path::new(path).file_name().unwrap_or_default();
                (name.to_string_lossy().into_owned(), *line)
            });
            let at = (place.as_ref())
                .map_or_else(String::new, |(file, line)| format!(" at {file}:{line}"));
            reasons.push(Reason {
                package: found.package.to_owned(),
                function: found.change.function.clone(),
                direction,
                place,
                text: format!("{}{at}", describe(&found.change)),
            });
        }
    }
    reasons
}

/// A function that is new or gone takes all its decisions with it: only what costs is worth a line.
fn is_noise(change: &Change) -> bool {
    change.function_is != Existence::OnBothSides && change.kind != ChangeKind::NowEscapes
}

fn place(change: &Change, old: &Decisions, new: &Decisions) -> Option<(String, u32, u32)> {
    let of = |decisions: &Decisions, id| {
        let position = decisions.get(id)?.position;
        let path = decisions.path(position.file).to_owned();
        Some((path, position.line, position.col))
    };
    match (change.new, change.old) {
        (Some(id), _) => of(new, id),
        (None, Some(id)) => of(old, id),
        (None, None) => None,
    }
}

fn describe(change: &Change) -> String {
    let subject = &change.subject;
    match change.kind {
        ChangeKind::NowEscapes => format!("`{subject}` is now on the heap"),
        ChangeKind::NoLongerEscapes => format!("`{subject}` is no longer on the heap"),
        ChangeKind::NowLeaks => format!("parameter `{subject}` now lets its argument escape"),
        ChangeKind::NoLongerLeaks => {
            format!("parameter `{subject}` no longer lets its argument escape")
        }
        ChangeKind::NoLongerInlinable => "can no longer be inlined".to_owned(),
        ChangeKind::NowInlinable => "can now be inlined".to_owned(),
        ChangeKind::InlineCost { old, new } => format!("inlining cost {old} → {new}"),
    }
}

fn print(
    found: &[Found],
    commit: &str,
    names: &PathNames,
    output: &mut Output,
) -> anyhow::Result<()> {
    let style = Style::new(output.color);
    for found in found {
        let change = &found.change;
        let worse = is_worse(change);
        let neutral = matches!(change.kind, ChangeKind::InlineCost { .. });
        let mark = match (worse, neutral) {
            (true, _) => style.red("worse "),
            (false, true) => style.dim("cost  "),
            (false, false) => style.green("better"),
        };
        let place = found
            .place
            .as_ref()
            .map_or_else(String::new, |(path, line, col)| {
                let path = names.show(Path::new(path));
                format!("{path}:{line}:{col}: ")
            });
        let function = if change.function.is_empty() {
            "package level"
        } else {
            &change.function
        };
        let new = if change.function_is == Existence::New {
            " (new function)"
        } else {
            ""
        };
        writeln!(
            output.out,
            "{mark} {place}{}.{function}{new}: {}",
            found.package,
            describe(change)
        )?;
    }
    let worse = found.iter().filter(|found| is_worse(&found.change)).count();
    writeln!(
        output.out,
        "{} change{} against {commit}, {worse} for the worse",
        found.len(),
        if found.len() == 1 { "" } else { "s" }
    )?;
    Ok(())
}

fn change_json(found: &Found) -> Json {
    let change = &found.change;
    let kind = match change.kind {
        ChangeKind::NowEscapes => "now_escapes",
        ChangeKind::NoLongerEscapes => "no_longer_escapes",
        ChangeKind::NowLeaks => "now_leaks",
        ChangeKind::NoLongerLeaks => "no_longer_leaks",
        ChangeKind::NoLongerInlinable => "no_longer_inlinable",
        ChangeKind::NowInlinable => "now_inlinable",
        ChangeKind::InlineCost { .. } => "inline_cost",
    };
    let (path, line, col) = match &found.place {
        Some((path, line, col)) => (Some(path), *line, *col),
        None => (None, 0, 0),
    };
    let mut value = json!({
        "package": found.package,
        "function": change.function,
        "kind": kind,
        "subject": change.subject,
        "worse": is_worse(change),
        "path": path,
        "line": line,
        "col": col,
    });
    if let ChangeKind::InlineCost { old, new } = change.kind {
        value["old_cost"] = old.into();
        value["new_cost"] = new.into();
    }
    value
}
