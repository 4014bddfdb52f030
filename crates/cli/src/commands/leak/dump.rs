//! `goperf leak dump`: read, group, show; or compare with an older dump.

use std::path::Path;

use anyhow::Context as _;
use leak::diff;
use leak::dump::{self, Snapshot};
use leak::report::{self, json, text};
use leak::{Ownership, Verdict};

use super::fetch::{self, Wanted};
use super::source::Sources;
use crate::args::leak::{DumpArgs, DumpFormat};
use crate::commands::Context;
use crate::{ExitStatus, Output};

pub(super) fn run(
    args: &DumpArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    if args.format == DumpFormat::Raw {
        return raw(args, context, output);
    }
    let snapshots = args
        .sources
        .iter()
        .map(|source| read(source, args, context));
    let snapshot = dump::merge(snapshots.collect::<anyhow::Result<_>>()?);
    let sources = Sources::new(context.system, args.source_dir.as_deref());
    let options = report::Options {
        source: &|place| sources.line(place),
        // Of another machine, mostly.
        path: &str::to_owned,
        label_values: args.labels,
        all: args.all,
        color: output.color,
    };
    if let Some(old) = &args.diff {
        let old = read(old, args, context)?;
        return compare(&old, &snapshot, args.format, &options, output);
    }
    match args.format {
        DumpFormat::Json => writeln!(output.out, "{:#}", json::snapshot(&snapshot, &options))?,
        _ if args.count => write!(output.out, "{}", text::count(&snapshot))?,
        _ => write!(output.out, "{}", text::snapshot(&snapshot, &options))?,
    }
    Ok(status(
        snapshot
            .groups
            .iter()
            .any(|group| group.verdict == Verdict::Proven),
    ))
}

fn compare(
    old: &Snapshot,
    new: &Snapshot,
    format: DumpFormat,
    options: &report::Options<'_>,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let mut changes = diff::diff(old, new);
    changes.retain(|change| options.all || change.group.verdict != Verdict::Running);
    match format {
        DumpFormat::Json => writeln!(output.out, "{:#}", json::changes(&changes, options))?,
        _ => write!(output.out, "{}", text::changes(&changes, options))?,
    }
    let worse = changes.iter().any(|change| {
        let counts = matches!(change.group.verdict, Verdict::Proven | Verdict::Blocked);
        counts && change.growth() > 0
    });
    Ok(status(worse))
}

fn status(findings: bool) -> ExitStatus {
    if findings {
        ExitStatus::Findings
    } else {
        ExitStatus::Success
    }
}

fn read(source: &str, args: &DumpArgs, context: &Context) -> anyhow::Result<Snapshot> {
    let wanted = Wanted {
        count_only: args.count,
        max_stacks: fetch::MAX_STACK_DUMP,
        max_proof: if args.no_proof { 0 } else { u64::MAX },
    };
    fetch::snapshot(
        source,
        wanted,
        &args.fetch,
        context.system,
        Ownership::default(),
    )
    .with_context(|| format!("failed to read {}", fetch::shown(source)))
}

/// Every source's goroutines, one JSON value per source.
fn raw(args: &DumpArgs, context: &Context, output: &mut Output) -> anyhow::Result<ExitStatus> {
    for source in &args.sources {
        let mut input = fetch::open_stacks(source, &args.fetch, context.system)
            .with_context(|| format!("failed to read {}", fetch::shown(source)))?;
        let mut content = profile::goroutine::Dump::default();
        profile::goroutine::read(&mut input, &mut |item| content.push(item))?;
        let name = Path::new(source)
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        writeln!(output.out, "{:#}", json::raw(&name, &content))?;
    }
    Ok(ExitStatus::Success)
}
