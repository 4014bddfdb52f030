//! The report of a run: for a terminal, as JSON, and as Markdown for a pull request.

use std::fmt::Write as _;

use bench::ab::race::{Lap, Standing};
use diag::PathNames;
use serde_json::{Value, json};

use super::verdict::{
    BenchmarkChange, Verdict, duration, mean_allocs, mean_allocs_above_zero, mean_time, timed,
};
use super::{ControlLane, Plan, Together, Trial, TuneReport};

/// Version of the JSON object.
const JSON_VERSION: u32 = 1;

/// As text for a terminal.
pub fn text(report: &TuneReport, names: &PathNames) -> String {
    let mut out = head(report) + "\n";
    if report.planned_only {
        return out + &plan(&report.plan);
    }
    let rows: Vec<[String; 5]> = (report.trials.iter())
        .filter(|trial| trial.verdict != Verdict::Unreached)
        .map(|trial| row(trial, report, names))
        .collect();
    if !rows.is_empty() {
        out.push('\n');
    }
    let widths = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    for row in &rows {
        let mut line = String::from(" ");
        for (column, cell) in row.iter().enumerate() {
            let width = if column == 4 {
                0
            } else {
                widths(column).unwrap_or(0)
            };
            let _ = write!(line, " {cell:<width$}");
        }
        out += line.trim_end();
        out.push('\n');
    }
    let unreached = report
        .trials
        .iter()
        .filter(|it| it.verdict == Verdict::Unreached)
        .count();
    if unreached > 0 {
        let _ = write!(
            out,
            "\nreached by no benchmark, so that nothing can be shown: {}\n",
            count(unreached, "change", "changes"),
        );
    }
    out.push('\n');
    out += &together(report);
    for note in &report.notes {
        let _ = writeln!(out, "note: {note}");
    }
    out
}

/// The first line.
fn head(report: &TuneReport) -> String {
    let plan = &report.plan;
    let mut head = format!(
        "tune: {} from {}, {}, budget {}",
        count(plan.candidates, "candidate", "candidates"),
        count(plan.findings, "finding", "findings"),
        count(plan.benchmarks, "benchmark", "benchmarks"),
        duration(plan.budget),
    );
    if !report.planned_only {
        let _ = write!(
            head,
            ", {} spent ({})",
            duration(report.spent),
            control(report.control)
        );
    }
    head
}

fn control(lane: ControlLane) -> String {
    match lane.resolution {
        _ if lane.is_too_noisy() => {
            format!(
                "control lane: differs in {} of {}",
                lane.alarms, lane.comparisons
            )
        }
        Some(width) => format!(
            "control lane: same within ±{:.1} %{}",
            width * 100.0,
            if lane.alarms > 0 {
                format!(", but for {} of {}", lane.alarms, lane.comparisons)
            } else {
                String::new()
            }
        ),
        None => "nothing timed".to_owned(),
    }
}

fn plan(plan: &Plan) -> String {
    let mut out = format!(
        "\nscreening: build, vet, tests of {}, exact counts: about {}\n\
         timing: {} on at least {} rounds if all pass: about {}\n",
        count(plan.tested, "package", "packages"),
        duration(plan.screening),
        count(plan.comparisons, "comparison", "comparisons"),
        plan.rounds,
        duration(plan.timing),
    );
    if plan.unreached > 0 {
        let _ = writeln!(
            out,
            "left out, as no benchmark reaches it: {}",
            count(plan.unreached, "fix", "fixes")
        );
    }
    let needed = plan.screening + plan.timing;
    if needed > plan.budget {
        let _ = writeln!(
            out,
            "the budget of {} may leave some undecided: --budget {} would do",
            duration(plan.budget),
            duration(needed.mul_f64(1.3))
        );
    }
    out
}

fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// Verdict, rule and place, what is done, benchmark, effect.
fn row(trial: &Trial, report: &TuneReport, names: &PathNames) -> [String; 5] {
    let candidate = &trial.candidate;
    let place = format!("{}:{}", names.show(&candidate.path), candidate.line);
    let telling = telling(&trial.changes);
    let (benchmark, effect) = match &trial.verdict {
        Verdict::Broken { what, message } => (String::new(), format!("{what}: {message}")),
        Verdict::Nothing => (
            String::new(),
            "the compiler makes the same program".to_owned(),
        ),
        Verdict::Rival(other) => (
            String::new(),
            format!(
                "{} gains more",
                report.trials.get(*other).map_or_else(
                    || "another fix".to_owned(),
                    |it| format!("{} ({})", it.candidate.rule, it.candidate.title)
                )
            ),
        ),
        Verdict::Undecided { more_rounds: None } => (String::new(), "not measured".to_owned()),
        _ => telling.map_or_else(Default::default, |change| {
            let others = trial.changes.len().saturating_sub(1);
            let more = if others > 0 {
                format!(" (+{others})")
            } else {
                String::new()
            };
            (format!("{}{more}", change.benchmark), effect(change))
        }),
    };
    let rule = if candidate.rule.is_empty() {
        String::new()
    } else {
        format!("{} ", candidate.rule)
    };
    [
        word(&trial.verdict).to_owned(),
        format!("{rule}{place}"),
        candidate.title.clone(),
        benchmark,
        effect,
    ]
}

/// The verdict in a word.
pub(super) fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::KeptAllocations | Verdict::KeptTime | Verdict::Same { kept: true } => "KEPT",
        Verdict::Same { kept: false } => "same",
        Verdict::NotFaster => "no gain",
        Verdict::Slower => "slower",
        Verdict::AllocatesMore => "more",
        Verdict::Broken { .. } => "broken",
        Verdict::Nothing => "nothing",
        Verdict::Rival(_) => "rival",
        Verdict::NotTogether => "apart",
        Verdict::Unreached => "unreached",
        Verdict::Undecided { .. } => "undecided",
    }
}

/// The benchmark that says most: the one with the largest change that is proven.
fn telling(changes: &[BenchmarkChange]) -> Option<&BenchmarkChange> {
    let size = |change: &&BenchmarkChange| {
        let counts = change
            .counts
            .filter(|it| it.fell() || it.rose())
            .map_or(0.0, |it| {
                ((it.after.allocs.middle() + 1.0) / (it.before.allocs.middle() + 1.0))
                    .ln()
                    .abs()
            });
        let time = change
            .time
            .as_ref()
            .filter(|it| matches!(it.decision, Lap::Faster | Lap::Slower));
        counts + time.map_or(0.0, |it| it.ratio.ln().abs())
    };
    changes.iter().max_by(|a, b| size(a).total_cmp(&size(b)))
}

/// Time, objects and bytes, as far as they change.
fn effect(change: &BenchmarkChange) -> String {
    let mut parts = Vec::new();
    if let Some(time) = change.time.as_ref().filter(|it| it.rounds > 5) {
        parts.push(time_effect(time));
    }
    if let Some(counts) = change.counts {
        let (before, after) = (counts.before, counts.after);
        if after.allocs.middle().round() as i64 != before.allocs.middle().round() as i64 {
            parts.push(format!(
                "{:.0} → {:.0} allocs",
                before.allocs.middle(),
                after.allocs.middle()
            ));
        }
        let bytes = after.bytes.middle() / before.bytes.middle();
        if bytes.is_finite() && (bytes - 1.0).abs() > 0.01 {
            parts.push(format!("{} bytes", percent(bytes)));
        }
    }
    if parts.is_empty() {
        parts.push("no change".to_owned());
    }
    parts.join(", ")
}

fn time_effect(time: &Standing) -> String {
    match time.decision {
        Lap::Faster | Lap::Slower => {
            let p = if time.p < 0.001 {
                "p<0.001".to_owned()
            } else {
                format!("p={:.3}", time.p)
            };
            format!("{} time ({p})", percent(time.ratio))
        }
        Lap::Same => "same time".to_owned(),
        Lap::Open => format!("{} time (not proven)", percent(time.ratio)),
    }
}

fn percent(ratio: f64) -> String {
    let change = (ratio - 1.0) * 100.0;
    let sign = if change < 0.0 { "−" } else { "+" };
    format!("{sign}{:.1} %", change.abs())
}

fn together(report: &TuneReport) -> String {
    let kept = report.kept().count();
    if kept == 0 {
        return "nothing is kept: no patch\n".to_owned();
    }
    let (files, added, removed) = size(report);
    let size = format!("{} (+{added} −{removed})", count(files, "file", "files"));
    let Some(all) = &report.together else {
        return format!(
            "{} kept, not yet proven together; patch: {size}\n",
            count(kept, "change", "changes")
        );
    };
    let mut out = format!(
        "together: {}; tests of {} pass; patch: {size}\n",
        means(all),
        count(all.tested, "package", "packages"),
    );
    for change in &all.changes {
        if let Some(time) = change.time.as_ref().filter(|it| it.decision == Lap::Slower) {
            let _ = writeln!(
                out,
                "together slower: {} {}",
                change.benchmark,
                percent(time.ratio)
            );
        }
    }
    out
}

fn means(all: &Together) -> String {
    let mut parts = Vec::new();
    if let Some(time) = mean_time(&all.changes) {
        let n_timed = timed(&all.changes).count();
        let faster = timed(&all.changes).filter(|it| it.decision == Lap::Faster);
        parts.push(format!(
            "{} time in {}, {} of them proven faster",
            percent(time),
            count(n_timed, "benchmark", "benchmarks"),
            faster.count()
        ));
    }
    if let Some(allocs) = mean_allocs(&all.changes) {
        let mut text = format!("{} allocs/op in all {}", percent(allocs), all.changes.len());
        if let Some(above) = mean_allocs_above_zero(&all.changes) {
            let _ = write!(text, " ({} without those at 0)", percent(above));
        }
        parts.push(text);
    }
    parts.join(", ") + " (geometric means)"
}

/// Files, added and removed lines, by the multiset of lines.
fn size(report: &TuneReport) -> (usize, usize, usize) {
    let (mut added, mut removed) = (0, 0);
    for file in report.files.by_path.values() {
        let lines = |bytes: &[u8]| {
            let mut lines = std::collections::BTreeMap::new();
            for line in String::from_utf8_lossy(bytes).lines() {
                *lines.entry(line.to_owned()).or_insert(0_usize) += 1;
            }
            lines
        };
        let (before, after) = (lines(&file.before), lines(&file.after));
        let missing = |from: &std::collections::BTreeMap<String, usize>,
                       to: &std::collections::BTreeMap<String, usize>| {
            let lacks =
                |(line, n): (&String, &usize)| n.saturating_sub(to.get(line).copied().unwrap_or(0));
            from.iter().map(lacks).sum::<usize>()
        };
        removed += missing(&before, &after);
        added += missing(&after, &before);
    }
    (report.files.by_path.len(), added, removed)
}

/// The rows of a trial as Markdown or message of a commit: every benchmark that it reaches.
pub(super) fn proof(trial: &Trial) -> String {
    let mut out = String::new();
    for change in &trial.changes {
        let _ = writeln!(out, "{}: {}", change.benchmark, effect(change));
    }
    out
}

/// As Markdown, for a pull request.
pub fn markdown(report: &TuneReport, names: &PathNames) -> String {
    let mut out = format!("### {}\n\n", head(report).trim_start_matches("tune: "));
    out += "| verdict | change | benchmark | effect |\n| --- | --- | --- | --- |\n";
    let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
    for trial in &report.trials {
        if trial.verdict == Verdict::Unreached {
            continue;
        }
        let [word, place, title, benchmark, effect] = row(trial, report, names);
        let _ = writeln!(
            out,
            "| {word} | `{place}` {} | {} | {} |",
            cell(&title),
            cell(&benchmark),
            cell(&effect)
        );
    }
    out.push('\n');
    out += &together(report);
    for note in &report.notes {
        let _ = writeln!(out, "\n> {note}");
    }
    if let Some(all) = &report.together {
        out += "\n| benchmark | time | allocs/op | B/op |\n| --- | ---: | ---: | ---: |\n";
        for change in &all.changes {
            let time = change.time.as_ref().filter(|it| it.rounds > 5);
            let counts = change.counts.map(|it| {
                let of = |before: f64, after: f64| format!("{before:.0} → {after:.0}");
                (
                    of(it.before.allocs.middle(), it.after.allocs.middle()),
                    of(it.before.bytes.middle(), it.after.bytes.middle()),
                )
            });
            let (allocs, bytes) = counts.unwrap_or_default();
            let time = time.map_or_else(String::new, time_effect);
            let _ = writeln!(
                out,
                "| {} {} | {time} | {allocs} | {bytes} |",
                last(&change.package),
                change.benchmark
            );
        }
    }
    out
}

fn last(package: &str) -> &str {
    package.rsplit('/').next().unwrap_or(package)
}

/// As a JSON object.
pub fn json(report: &TuneReport) -> Value {
    json!({
        "version": JSON_VERSION,
        "findings": report.plan.findings,
        "benchmarks": report.plan.benchmarks,
        "budget_seconds": report.plan.budget.as_secs_f64(),
        "spent_seconds": report.spent.as_secs_f64(),
        "interrupted": report.interrupted,
        "control": {
            "comparisons": report.control.comparisons,
            "alarms": report.control.alarms,
            "resolution": report.control.resolution,
        },
        "plan": {
            "candidates": report.plan.candidates,
            "unreached": report.plan.unreached,
            "comparisons": report.plan.comparisons,
            "rounds": report.plan.rounds,
            "screening_seconds": report.plan.screening.as_secs_f64(),
            "timing_seconds": report.plan.timing.as_secs_f64(),
        },
        "candidates": report.trials.iter().map(trial_json).collect::<Vec<_>>(),
        "together": report.together.as_ref().map(|all| json!({
            "tested": all.tested,
            "time_ratio": mean_time(&all.changes),
            "allocs_ratio": mean_allocs(&all.changes),
            "allocs_ratio_without_zeros": mean_allocs_above_zero(&all.changes),
            "benchmarks": all.changes.iter().map(change_json).collect::<Vec<_>>(),
        })),
        "files": report.files.by_path.keys().collect::<Vec<_>>(),
        "notes": report.notes,
    })
}

fn trial_json(trial: &Trial) -> Value {
    let candidate = &trial.candidate;
    let mut value = json!({
        "rule": candidate.rule,
        "title": candidate.title,
        "path": candidate.path,
        "line": candidate.line,
        "package": candidate.package,
        "function": candidate.function,
        "safety": candidate.safety.name(),
        "score": candidate.score,
        "generation": candidate.generation,
        "verdict": verdict_name(&trial.verdict),
        "kept": trial.verdict.is_kept(),
        "benchmarks": trial.changes.iter().map(change_json).collect::<Vec<_>>(),
    });
    match &trial.verdict {
        Verdict::Broken { what, message } => {
            value["broken"] = json!({ "what": what, "message": message });
        }
        Verdict::Undecided { more_rounds } => value["more_rounds"] = json!(more_rounds),
        Verdict::Rival(other) => value["rival"] = json!(other),
        _ => {}
    }
    value
}

fn verdict_name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::KeptAllocations => "kept: allocations",
        Verdict::KeptTime => "kept: time",
        Verdict::Same { kept: true } => "kept: same",
        Verdict::Same { kept: false } => "same",
        Verdict::NotFaster => "not faster",
        Verdict::AllocatesMore => "allocates more",
        Verdict::NotTogether => "not together",
        other => word(other),
    }
}

fn change_json(change: &BenchmarkChange) -> Value {
    let counts = change.counts.map(|it| {
        let one = |counts: super::Counts| {
            json!({
                "allocs": [counts.allocs.least, counts.allocs.most],
                "bytes": [counts.bytes.least, counts.bytes.most],
            })
        };
        json!({ "before": one(it.before), "after": one(it.after) })
    });
    let time = change.time.as_ref().filter(|it| it.rounds > 0).map(|it| {
        let decision = match it.decision {
            Lap::Faster => "faster",
            Lap::Slower => "slower",
            Lap::Same => "same",
            Lap::Open => "open",
        };
        let finite = |value: f64| value.is_finite().then_some(value);
        json!({
            "decision": decision,
            "seconds_before": it.base,
            "seconds_after": it.time,
            "ratio": it.ratio,
            "low": finite(it.low),
            "high": finite(it.high),
            "p": it.p,
            "rounds": it.rounds,
        })
    });
    json!({
        "package": change.package,
        "benchmark": change.benchmark,
        "counts": counts,
        "time": time,
    })
}
