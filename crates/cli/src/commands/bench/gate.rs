//! `goperf bench gate`: compares results with the limits of a baseline, for CI.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use bench::benchfmt::{Dialect, Reader, Record, SyntaxError, TestOutput};
use bench::gate::{
    FailureLine, FailureScan, GateOutcome, GateReport, GateVerdict, Judged, ORIGIN_KEYS,
    Thresholds, differs, judge, parse_max, parse_thresholds, samples_needed,
};
use bench::history;
use bench::number::format_signed;
use bench::table::{Grouping, TableBuilder, TableOptions};
use bench::unit::{class_of, common_scale};

use crate::args::bench::{GateArgs, GateFormat};
use crate::commands::Context;
use crate::{ExitStatus, Output};

pub(super) fn run(
    args: &GateArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    if !(args.alpha > 0.0 && args.alpha < 1.0) {
        bail!("--alpha must lie between 0 and 1");
    }
    let thresholds = thresholds(args, context)?;
    let grouping = Grouping::new(&args.filter, "pkg", ".fullname", ".file", "")
        .map_err(|error| anyhow::anyhow!("--filter: {}", error.error))?;
    let mut builder = TableBuilder::new(grouping);
    let mut reader = Reader::new(Dialect::NATIVE);
    let old = read(&args.old, "old", &mut reader, &mut builder, context)?;
    let new = read(&args.new, "new", &mut reader, &mut builder, context)?;
    for failure in &old.failures {
        writeln!(output.err, "warning: {}", failed_line(&args.old, failure))?;
    }
    for line in differences(&old.origin, &new.origin) {
        if args.strict {
            bail!("{line}; a comparison says nothing");
        }
        writeln!(output.err, "warning: {line}")?;
    }
    let options = TableOptions {
        alpha: args.alpha,
        ..TableOptions::default()
    };
    let tables = builder.finish(&options, reader.metadata());
    let mut report = judge(&tables, reader.metadata(), &thresholds, args.alpha);
    report.failures = new.failures;
    let compared = |row: &Judged| row.outcome != GateOutcome::Missing;
    if !report.rows.iter().any(compared) && report.unjudged.is_empty() {
        for failure in &report.failures {
            writeln!(output.err, "{}", failed_line(&args.new, failure))?;
        }
        bail!(
            "no benchmark is in both {} and {}",
            args.old.display(),
            args.new.display()
        );
    }
    print(args, &report, output)?;
    Ok(match report.verdict() {
        GateVerdict::Passed => ExitStatus::Success,
        GateVerdict::Failed => ExitStatus::Findings,
        GateVerdict::Incomplete => ExitStatus::Error,
        GateVerdict::Unclear => ExitStatus::Inconclusive,
    })
}

fn thresholds(args: &GateArgs, context: &Context) -> anyhow::Result<Thresholds> {
    let mut rules = Vec::new();
    if let Some(path) = &args.thresholds {
        let failed = || format!("failed to read {}", path.display());
        let text = context.system.read_to_string(path).with_context(failed)?;
        rules = parse_thresholds(&text)
            .map_err(anyhow::Error::msg)
            .with_context(failed)?;
    }
    for text in &args.max {
        rules.push(
            parse_max(text)
                .map_err(anyhow::Error::msg)
                .context("--max")?,
        );
    }
    let tidy = |units: &[String]| -> Vec<String> {
        let each = units
            .iter()
            .map(|unit| bench::unit::tidy(unit).0.into_owned());
        each.collect()
    };
    let default = args.default_max / 100.0;
    let varied = match &args.max_from_history {
        Some(path) => {
            let failed = || format!("failed to read {}", path.display());
            let store = context.system.read(path).with_context(failed)?;
            let (series, _) = history::series(&store, &path.display().to_string());
            let limit =
                |series: &history::HistorySeries| Some(history::variation(series)?.max(default));
            (series.into_iter())
                .filter_map(|series| Some((limit(&series)?, series)))
                .map(|(limit, series)| ((series.benchmark, series.unit), limit))
                .collect()
        }
        None => BTreeMap::new(),
    };
    Ok(Thresholds {
        rules,
        default,
        lower: tidy(&args.lower),
        higher: tidy(&args.higher),
        varied,
    })
}

/// One side's input, beside its results.
struct Input {
    origin: Origin,
    failures: Vec<FailureLine>,
}

fn failed_line(path: &Path, failure: &FailureLine) -> String {
    format!("{}:{}: {}", path.display(), failure.line, failure.text)
}

/// The origin of results: values of the configuration keys that make them incomparable.
type Origin = BTreeMap<String, Vec<String>>;

/// Reads one side. A line that cannot be read ends the gate, as it may be the one that matters; one that
/// reports a failure is kept.
fn read(
    path: &Path,
    label: &str,
    reader: &mut Reader,
    builder: &mut TableBuilder,
    context: &Context,
) -> anyhow::Result<Input> {
    let failed = || format!("failed to read {}", path.display());
    let input = if path == Path::new("-") {
        context.system.stdin()
    } else {
        context.system.open(path).with_context(failed)?
    };
    let mut input = FailureScan::new(TestOutput::new(input));
    let name = path.display().to_string();
    let (mut origin, mut problem) = (Origin::new(), None);
    let read = reader.read(&mut input, &name, label, &mut |record| match record {
        Record::Problem(found) => problem = problem.take().or(Some(found)),
        Record::Result(line) => {
            for key in ORIGIN_KEYS {
                let value = line.config.get(key).unwrap_or_default();
                let values = origin.entry(key.to_owned()).or_default();
                if !value.is_empty() && !values.iter().any(|known| known == value) {
                    values.push(value.to_owned());
                }
            }
            builder.add(line);
        }
    });
    read.with_context(failed)?;
    let failures = input.into_failures();
    let is_failure = |problem: &SyntaxError| failures.iter().any(|own| own.line == problem.line);
    match problem.filter(|problem| !is_failure(problem)) {
        Some(problem) => Err(problem).context("a line cannot be read"),
        None => Ok(Input { origin, failures }),
    }
}

fn differences(old: &Origin, new: &Origin) -> Vec<String> {
    let one = |(key, values): (&String, &Vec<String>)| differs(key, values, new.get(key)?);
    old.iter().filter_map(one).collect()
}

fn print(args: &GateArgs, report: &GateReport, output: &mut Output) -> anyhow::Result<()> {
    let bad = || {
        let rows = report.rows.iter();
        rows.filter(|judged| judged.outcome != GateOutcome::Within)
    };
    let (notes, summary) = (notes(args, report), summary(report));
    match args.format {
        GateFormat::Text => {
            for judged in bad() {
                writeln!(
                    output.out,
                    "{}: {}",
                    word(judged),
                    describe(judged, report, args)
                )?;
            }
            for note in notes {
                writeln!(output.out, "{note}")?;
            }
            writeln!(output.out, "{summary}")?;
        }
        GateFormat::Github => {
            for judged in bad() {
                let level = match judged.outcome {
                    GateOutcome::Regression | GateOutcome::Missing => "error",
                    GateOutcome::Unclear | GateOutcome::Within => "warning",
                };
                let text = describe(judged, report, args);
                writeln!(
                    output.out,
                    "::{level} title=Benchmark {}::{text}",
                    word(judged)
                )?;
            }
            for note in notes {
                writeln!(output.out, "::error title=Benchmarks::{note}")?;
            }
            writeln!(output.out, "::notice title=Benchmarks::{summary}")?;
        }
        GateFormat::Markdown => {
            writeln!(
                output.out,
                "| | benchmark | old | new | change | allowed |\n|---|---|---:|---:|---:|---:|"
            )?;
            for judged in bad() {
                let [old, new] = values(judged);
                let name = judged.benchmark.replace('|', "\\|");
                let (change, max) = (percent(judged.worse), percent(judged.max));
                writeln!(
                    output.out,
                    "| {} | {name} ({}) | {old} | {new} | {change} | {max} |",
                    word(judged),
                    judged.unit
                )?;
            }
            for note in notes {
                writeln!(output.out, "\n{note}")?;
            }
            writeln!(output.out, "\n{summary}")?;
        }
    }
    Ok(())
}

/// The reasons why the input is incomplete, apart from missing rows.
fn notes(args: &GateArgs, report: &GateReport) -> Vec<String> {
    let mut notes: Vec<String> = (report.failures.iter())
        .map(|failure| format!("failed: {}", failed_line(&args.new, failure)))
        .collect();
    if !report.unjudged.is_empty() {
        let units = report.unjudged.join(", ");
        let first = &report.unjudged[0];
        notes.push(format!(
            "not judged: which way is better is not known of {units}; pass --lower or --higher with the unit, a limit \
             of its own (--max {first}=5), or leave it out (--filter '-.unit:{first}')"
        ));
    }
    notes.extend(report.unmatched.iter().map(|unit| {
        format!("not judged: --max names {unit}, which no benchmark in both files reports")
    }));
    notes
}

fn summary(report: &GateReport) -> String {
    let count = |outcome| {
        let rows = report.rows.iter();
        rows.filter(|judged| judged.outcome == outcome).count()
    };
    let plural = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let mut summary = format!(
        "{}, {} unclear, {} missing, {} within limits",
        plural(count(GateOutcome::Regression), "regression"),
        count(GateOutcome::Unclear),
        count(GateOutcome::Missing),
        count(GateOutcome::Within)
    );
    if !report.failures.is_empty() {
        summary += &format!(", {}", plural(report.failures.len(), "failure"));
    }
    if !report.unjudged.is_empty() {
        summary += &format!(", {} not judged", plural(report.unjudged.len(), "unit"));
    }
    summary
}

fn word(judged: &Judged) -> &'static str {
    match judged.outcome {
        GateOutcome::Within => "within limits",
        GateOutcome::Regression => "regression",
        GateOutcome::Unclear => "unclear",
        GateOutcome::Missing => "missing",
    }
}

fn describe(judged: &Judged, report: &GateReport, args: &GateArgs) -> String {
    let [old, new] = values(judged);
    let head = format!("{} {}", judged.benchmark, judged.unit);
    let (worse, max) = (percent(judged.worse), percent(judged.max));
    let word = if judged.either { "changed" } else { "worse" };
    match judged.outcome {
        GateOutcome::Missing => format!("{head}: {old} before, not measured now"),
        GateOutcome::Unclear => {
            let needed = samples_needed(report.n_tested, args.alpha);
            let (old_n, new_n) = judged.n;
            let remedy = if old_n.min(new_n) < needed && judged.is_tested {
                let rows = report.n_tested;
                format!(
                    "among {rows} rows it takes {needed} samples per side, there are {old_n} and {new_n}"
                )
            } else {
                "more samples or a quieter machine may decide it".to_owned()
            };
            format!(
                "{head}: {old} → {new}, {} {word} cannot be excluded, {max} is allowed; {remedy}",
                percent(judged.worst)
            )
        }
        GateOutcome::Regression | GateOutcome::Within => {
            let evidence = if judged.is_tested {
                format!(" (p={:.3})", judged.p)
            } else {
                String::new()
            };
            format!("{head}: {old} → {new}, {worse} {word}, {max} is allowed{evidence}")
        }
    }
}

fn values(judged: &Judged) -> [String; 2] {
    let scaler = common_scale(
        [judged.old, judged.new]
            .into_iter()
            .filter(|value| !value.is_nan()),
        class_of(&judged.unit),
    );
    [judged.old, judged.new].map(|value| {
        if value.is_nan() {
            "-".to_owned()
        } else {
            scaler.format(value)
        }
    })
}

fn percent(share: f64) -> String {
    if share.is_finite() {
        format_signed(share * 100.0, 1) + "%"
    } else {
        "any amount".to_owned()
    }
}
