//! `goperf layout`: sizes of structs, and the order of fields that takes less.

mod binary;
mod json;
mod text;

use std::cmp::Reverse;
use std::time::Duration;

use anyhow::{Context as _, bail};
use diag::PathNames;
use layout::{Criterion, Ground};
use project::structs::{
    self, FixedStructs, Overlook, StructReport, StructReportEntry as Entry, StructRequest,
};
use project::{ProfileSource, Workspace, evidence};

use super::{Context, packages};
use crate::args::format::TableFormat;
use crate::args::layout::LayoutArgs;
use crate::{ExitStatus, Output};

pub(crate) fn run(
    args: &LayoutArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let dir = packages::folder(args.dir.as_deref(), context)?;
    let mut shown = Shown::new(args, context)?;
    let matching = (args.matching.as_deref())
        .map(base::go_regexp::compile)
        .transpose()
        .context("`--match` is not a regular expression")?;
    let is_asked = |name: &str| matching.as_ref().is_none_or(|it| it.is_match(name));
    if let Some(path) = binary::argument(args, &dir, context) {
        let report = binary::report(args, &path, &is_asked, context)?;
        return show(args, &report, &shown, output);
    }
    let go = context.global.go.as_deref();
    let workspace = Workspace::open(context.system, context.cancel, go, &dir, !args.no_cache)?;
    let mut request = request(args)?;
    let access = args.service.access(Duration::from_mins(1));
    let profiles = (args.profile.iter())
        .map(|source| {
            let (system, cancel) = (context.system, context.cancel);
            let source = ProfileSource::from(source.clone());
            evidence::heap_profile(system, cancel, &dir, &access, &source)
        })
        .collect::<Result<Vec<_>, _>>()?;
    request.heap_profiles = profiles.into();
    if args.fix || args.diff {
        let mut fixed = structs::fix_structs(&workspace, &request, |entry| {
            let is_free = args.diff || !entry.foreign;
            is_free && shown.is_wanted(entry) && is_asked(&entry.layout.name)
        })?;
        if args.fix {
            fixed.files.write(&workspace)?;
        }
        (fixed.after.structs).retain(|entry| is_asked(&entry.layout.name));
        shown.names = workspace.path_names();
        return answer_fix(args, &fixed, &shown, output);
    }
    let mut report = structs::structs(&workspace, &request)?;
    (report.structs).retain(|entry| is_asked(&entry.layout.name));
    shown.names = workspace.path_names();
    show(args, &report, &shown, output)
}

fn show(
    args: &LayoutArgs,
    report: &StructReport,
    shown: &Shown,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let status = status(report, shown);
    match args.format {
        TableFormat::Json => json::print(report, shown, output)?,
        TableFormat::Text => text::print(report, shown, output)?,
    }
    finish(report, status, shown, output)
}

/// Architectures that gc compiles for.
const ARCHITECTURES: [&str; 13] = [
    "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64",
    "ppc64le", "riscv64", "s390x",
];

fn request(args: &LayoutArgs) -> anyhow::Result<StructRequest> {
    if let Some(arch) = &args.arch
        && arch != "wasm"
        && !ARCHITECTURES.contains(&arch.as_str())
    {
        bail!(
            "no architecture `{arch}`; known are {}, wasm",
            ARCHITECTURES.join(", ")
        );
    }
    Ok(StructRequest {
        patterns: args.patterns.clone(),
        tags: args.tags.clone(),
        goarch: args.arch.clone(),
        loader: args.loader.parse().map_err(anyhow::Error::msg)?,
        criterion: criterion(args),
        overlook: Overlook {
            exported: args.exported,
            tagged: args.tagged,
            groups: !args.keep_groups,
        },
        ..StructRequest::default()
    })
}

fn criterion(args: &LayoutArgs) -> Criterion {
    if args.pointers {
        Criterion::Pointers
    } else {
        Criterion::Size
    }
}

/// What is shown of a report, and how.
#[expect(clippy::struct_excessive_bools, reason = "flags")]
struct Shown {
    all: bool,
    tests: bool,
    /// With the fields of each struct.
    fields: bool,
    min_saving: i64,
    /// What is left is shown after changes were made, which those of other modules never are.
    fix: bool,
    names: PathNames,
}

impl Shown {
    fn new(args: &LayoutArgs, context: &Context) -> anyhow::Result<Self> {
        let current = context.system.current_dir();
        let current = current.context("failed to find the current folder")?;
        Ok(Self {
            all: args.all,
            tests: args.tests,
            fields: args.all || context.global.verbose > 0,
            min_saving: args.min_saving,
            fix: args.fix,
            names: PathNames::relative_to(&current),
        })
    }

    /// `store/order.go:12`
    fn place(&self, place: Option<&layout::Place>) -> String {
        place.map_or_else(String::new, |place| {
            format!("{}:{}", self.names.show(&place.path), place.at.line)
        })
    }

    /// Is one of the structs asked for, and a better order saves enough.
    fn is_wanted(&self, entry: &Entry) -> bool {
        (self.tests || !entry.in_test)
            && entry.advice.as_ref().is_some_and(|advice| {
                advice.ground.is_worth_it()
                    && (advice.saved_bytes >= self.min_saving || advice.ground == Ground::Pointers)
            })
    }

    /// Those worth it that can be reordered, and those that have to stay; most saved first.
    fn split<'a>(&self, report: &'a StructReport) -> (Vec<&'a Entry>, Vec<&'a Entry>) {
        let mut wanted: Vec<&Entry> = (report.structs.iter())
            .filter(|entry| self.is_wanted(entry))
            .collect();
        wanted.sort_by_key(|entry| Reverse(saved(entry)));
        wanted.sort_by(|a, b| b.live_savings().total_cmp(&a.live_savings()));
        wanted
            .into_iter()
            .partition(|entry| entry.obstacles.is_empty() && !(self.fix && entry.foreign))
    }
}

fn saved(entry: &Entry) -> i64 {
    entry.advice.as_ref().map_or(0, |advice| advice.saved_bytes)
}

fn status(report: &StructReport, shown: &Shown) -> ExitStatus {
    if shown.split(report).0.is_empty() {
        ExitStatus::Success
    } else {
        ExitStatus::Findings
    }
}

/// Says what does not type-check.
fn finish(
    report: &StructReport,
    status: ExitStatus,
    shown: &Shown,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    match packages::report_broken(&report.broken, &shown.names, output)? {
        ExitStatus::Success => Ok(status),
        broken => Ok(broken),
    }
}

fn answer_fix(
    args: &LayoutArgs,
    fixed: &FixedStructs,
    shown: &Shown,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    if args.diff {
        for (path, file) in &fixed.files.by_path {
            let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
            let (before, after) = (text(&file.before), text(&file.after));
            let path = diag::display_path(path, shown.names.current_dir.as_deref());
            let change = super::patch::unified(&path, &before, &after);
            write!(output.out, "{change}")?;
        }
    } else {
        text::print_fixed(fixed, shown, output)?;
    }
    text::print_kept(&fixed.after, shown, output)?;
    let status = if args.diff && !fixed.files.by_path.is_empty() {
        ExitStatus::Findings
    } else {
        status(&fixed.after, shown)
    };
    finish(&fixed.after, status, shown, output)
}
