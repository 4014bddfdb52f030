//! `goperf bench history`: results over time.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use base::go_regexp;
use base::system::ProcessOutput;
use bench::benchfmt::read_all;
use bench::change_points::{ChangeOptions, ChangePoint, relative_change};
use bench::history::{self, HistoryPoint, HistorySeries};
use bench::number::format_signed;
use bench::unit::{class_of, common_scale};

use crate::args::bench::{HistoryArgs, HistoryCommand, HistoryFormat, SeriesArgs};
use crate::commands::Context;
use crate::{ExitStatus, Output};

/// Entries shown as bars.
const WIDTH: usize = 40;

pub(super) fn run(
    args: &HistoryArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    match &args.command {
        HistoryCommand::Add { file, commit } => {
            add(&args.store, file, commit.as_deref(), context, output)
        }
        HistoryCommand::Show { series, format } => {
            show(&args.store, series, *format, context, output)
        }
        HistoryCommand::Changes {
            series,
            p,
            magnitude,
        } => {
            let options = ChangeOptions {
                p: *p,
                magnitude: magnitude / 100.0,
                window: series.window,
            };
            changes(&args.store, series, &options, context, output)
        }
    }
}

fn add(
    store: &Path,
    file: &Path,
    commit: Option<&str>,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let system = context.system;
    let mut text = Vec::new();
    if file == Path::new("-") {
        system.stdin().read_to_end(&mut text)?;
    } else {
        text = system
            .read(file)
            .with_context(|| format!("failed to read {}", file.display()))?;
    }
    let (results, problems) = read_all(&text, &file.display().to_string());
    if let Some(problem) = problems.first() {
        bail!("{problem}");
    }
    if results.is_empty() {
        bail!("{} holds no results", file.display());
    }
    let own = results[0].config("commit").map(str::to_owned);
    let commit = match commit.map(str::to_owned).or(own) {
        Some(commit) => commit,
        None => head(context).context("no commit: give one with --commit")?,
    };
    if commit.trim().is_empty() || commit.contains(|rune: char| rune.is_control()) {
        bail!(
            "`{}` is not a commit: it must be one line of text",
            commit.escape_debug()
        );
    }
    let entry = history::entry(&results, &commit, system.now());
    let failed = || format!("failed to write {}", store.display());
    let replaced = if system.is_file(store) {
        let text = system
            .read(store)
            .with_context(|| format!("failed to read {}", store.display()))?;
        let (text, replaced) = history::add(&text, &entry, commit.trim());
        system.write(store, &text).with_context(failed)?;
        replaced
    } else {
        system.append(store, &entry).with_context(failed)?;
        false
    };
    writeln!(
        output.err,
        "{} {} results of {commit} {} {}",
        if replaced {
            "replaced the entry by"
        } else {
            "added"
        },
        results.len(),
        if replaced { "in" } else { "to" },
        store.display()
    )?;
    Ok(ExitStatus::Success)
}

/// The commit checked out around the current folder.
fn head(context: &Context) -> Option<String> {
    let folder = context.system.current_dir().ok()?;
    let command = base::system::git(context.system, context.cancel, &folder).args([
        "rev-parse",
        "--short=12",
        "HEAD",
    ]);
    let output = context.system.run(&command, context.cancel).ok();
    let output = output.filter(ProcessOutput::success)?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The series that match; none is an error.
fn series(
    store: &Path,
    which: &SeriesArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<Vec<HistorySeries>> {
    let regex = go_regexp::compile(&which.bench).context("--bench")?;
    let text = context
        .system
        .read(store)
        .with_context(|| format!("failed to read {}", store.display()))?;
    let (mut all, problems) = history::series(&text, &store.display().to_string());
    if problems > 0 {
        writeln!(
            output.err,
            "warning: {problems} lines of {} cannot be read",
            store.display()
        )?;
    }
    all.retain(|series| series.unit == which.unit && regex.is_match(&series.benchmark));
    if all.is_empty() {
        bail!("no benchmark matches in {}", which.unit);
    }
    Ok(all)
}

fn show(
    store: &Path,
    which: &SeriesArgs,
    format: HistoryFormat,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let all = series(store, which, context, output)?;
    let options = ChangeOptions {
        window: which.window,
        ..ChangeOptions::default()
    };
    match format {
        HistoryFormat::Text => {}
        HistoryFormat::Svg => {
            output
                .out
                .write_all(history::svg(&all, &options).as_bytes())?;
            return Ok(ExitStatus::Success);
        }
        HistoryFormat::Html => {
            output
                .out
                .write_all(history::html(&all, &options).as_bytes())?;
            return Ok(ExitStatus::Success);
        }
        HistoryFormat::Json => {
            writeln!(output.out, "{:#}", json(&all, &options))?;
            return Ok(ExitStatus::Success);
        }
    }
    let name_width = all.iter().map(|series| series.benchmark.chars().count());
    // One long name does not move the bars out of sight.
    let name_width = name_width.max().unwrap_or_default().min(120);
    // One scale for all rows, so that they can be compared.
    let last = all.iter().filter_map(|series| series.points.last());
    let scaler = common_scale(last.map(|point| point.value), class_of(&which.unit));
    for series in &all {
        let values = || series.points.iter().map(|point| point.value);
        let (Some(first), Some(last)) = (values().next(), values().next_back()) else {
            continue;
        };
        let change = if first == 0.0 {
            "?".to_owned()
        } else {
            format_signed((last / first - 1.0) * 100.0, 1) + "%"
        };
        let (bars, last) = (history::sparkline(series, WIDTH), scaler.format(last));
        let entries = series.points.len();
        writeln!(
            output.out,
            "{:<name_width$}  {bars:<WIDTH$}  {last:>9} {}  {change} since the first of {entries}",
            series.benchmark, series.unit
        )?;
    }
    Ok(ExitStatus::Success)
}

/// Every series with its points and change points.
fn json(all: &[HistorySeries], options: &ChangeOptions) -> serde_json::Value {
    let point = |point: &HistoryPoint| {
        serde_json::json!({
            "commit": point.commit, "recorded": point.recorded, "value": point.value
        })
    };
    let change = |change: &ChangePoint| {
        serde_json::json!({
            "index": change.index, "before": change.before, "after": change.after, "p": change.p
        })
    };
    let one = |series: &HistorySeries| {
        let changes = history::changes(series, options);
        serde_json::json!({
            "benchmark": series.benchmark,
            "unit": series.unit,
            "points": series.points.iter().map(point).collect::<Vec<_>>(),
            "changes": changes.iter().map(change).collect::<Vec<_>>(),
        })
    };
    all.iter().map(one).collect()
}

fn changes(
    store: &Path,
    which: &SeriesArgs,
    options: &ChangeOptions,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let mut found = false;
    for series in series(store, which, context, output)? {
        for change in history::changes(&series, options) {
            found = true;
            let class = class_of(&series.unit);
            let scaler = common_scale([change.before, change.after], class);
            let [before, after] = [change.before, change.after].map(|value| scaler.format(value));
            let at = &series.points[change.index];
            writeln!(
                output.out,
                "{} {}: {before} → {after} ({}%, p={:.4}) at {} ({})",
                series.benchmark,
                series.unit,
                format_signed(relative_change(&change) * 100.0, 1),
                change.p,
                at.commit,
                at.recorded
            )?;
        }
    }
    Ok(if found {
        ExitStatus::Findings
    } else {
        ExitStatus::Success
    })
}
