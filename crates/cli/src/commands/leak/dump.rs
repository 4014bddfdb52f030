//! `goperf leak dump`: read, group, show; or compare with an older dump.

use std::path::Path;

use leak::report::{self, json, text};
use leak::{Group, Verdict};
use project::goroutines::{
    self, Ask, MAX_STACK_DUMP, SnapshotReport, SnapshotRequest, SourceLines,
};
use project::leaks::Reasons;

use crate::args::leak::{DumpArgs, DumpFormat};
use crate::commands::Context;
use crate::{ExitStatus, Output, progress};

pub(super) fn run(
    args: &DumpArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    if args.format == DumpFormat::Raw {
        return raw(args, context, output);
    }
    let request = SnapshotRequest {
        sources: args.sources.clone(),
        base: args.diff.clone(),
        ask: Ask {
            count_only: args.count,
            max_stacks: MAX_STACK_DUMP,
            max_proof: if args.no_proof { 0 } else { u64::MAX },
        },
        access: args.fetch.access(),
    };
    let report = progress::with(output, |events| {
        goroutines::snapshot(context.system, context.cancel, &request, events)
    })?;
    let sources = SourceLines::new(context.system, args.source_dir.as_deref());
    let reasons = reasons(&report, args, &sources, context, output);
    let options = report::Options {
        source: &|place| sources.line(place),
        reason: &|group| reasons.of(group),
        // Of another machine, mostly.
        path: &str::to_owned,
        label_values: args.labels,
        all: args.all,
        color: output.color,
    };
    show(&report, args, &options, output)?;
    Ok(if report.has_findings() {
        ExitStatus::Findings
    } else {
        ExitStatus::Success
    })
}

/// Looks in the source for why the goroutines wait, where it is here and that of the program.
fn reasons(
    report: &SnapshotReport,
    args: &DumpArgs,
    sources: &SourceLines,
    context: &Context,
    output: &Output,
) -> Reasons {
    if args.no_reasons || args.count {
        return Reasons::default();
    }
    let groups: Vec<&Group> = report.snapshot.groups.iter().collect();
    let folder = args.source_dir.as_deref();
    super::reasons::find(&groups, sources, folder, None, Vec::new(), context, output)
        .unwrap_or_default()
}

fn show(
    report: &SnapshotReport,
    args: &DumpArgs,
    options: &report::Options<'_>,
    output: &mut Output,
) -> std::io::Result<()> {
    let snapshot = &report.snapshot;
    if let Some(mut changes) = report.changes() {
        changes.retain(|change| options.all || change.group.verdict != Verdict::Running);
        return match args.format {
            DumpFormat::Json => writeln!(output.out, "{:#}", json::changes(&changes, options)),
            _ => write!(output.out, "{}", text::changes(&changes, options)),
        };
    }
    match args.format {
        DumpFormat::Json => writeln!(output.out, "{:#}", json::snapshot(snapshot, options)),
        _ if args.count => write!(output.out, "{}", text::count(snapshot)),
        _ => write!(output.out, "{}", text::snapshot(snapshot, options)),
    }
}

/// Every source's goroutines, one JSON value per source.
fn raw(args: &DumpArgs, context: &Context, output: &mut Output) -> anyhow::Result<ExitStatus> {
    let access = args.fetch.access();
    for source in &args.sources {
        let content = goroutines::raw_dump(context.system, context.cancel, &access, source)?;
        let name = Path::new(source)
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        writeln!(output.out, "{:#}", json::raw(&name, &content))?;
    }
    Ok(ExitStatus::Success)
}
