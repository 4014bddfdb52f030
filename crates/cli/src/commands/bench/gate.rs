//! `goperf bench gate`: results against a baseline, for CI.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use bench::benchfmt::{Limits, Reader, Record};
use bench::gate::{
    GateOutcome, Judged, ORIGIN_KEYS, Thresholds, differs, judge, parse_max, parse_thresholds,
};
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
    let mut reader = Reader::new(Limits::NATIVE);
    let old = read(&args.old, "old", &mut reader, &mut builder, context)?;
    let new = read(&args.new, "new", &mut reader, &mut builder, context)?;
    for line in differences(&old, &new) {
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
    let judged = judge(&tables, reader.metadata(), &thresholds, args.alpha);
    if !judged
        .iter()
        .any(|judged| judged.outcome != GateOutcome::Missing)
    {
        bail!(
            "no benchmark is in both {} and {}",
            args.old.display(),
            args.new.display()
        );
    }
    print(&judged, args.format, output)?;
    Ok(status(&judged))
}

fn status(judged: &[Judged]) -> ExitStatus {
    let any = |outcome| judged.iter().any(|judged| judged.outcome == outcome);
    if any(GateOutcome::Regression) {
        ExitStatus::Findings
    } else if any(GateOutcome::Unclear) || any(GateOutcome::Missing) {
        ExitStatus::Inconclusive
    } else {
        ExitStatus::Success
    }
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
    Ok(Thresholds {
        rules,
        default: args.default_max / 100.0,
    })
}

/// Where results come from: values of the configuration keys that make them incomparable.
type Origin = BTreeMap<String, Vec<String>>;

/// Reads one side. A line that cannot be read ends the gate: it may be the one that matters.
fn read(
    path: &Path,
    label: &str,
    reader: &mut Reader,
    builder: &mut TableBuilder,
    context: &Context,
) -> anyhow::Result<Origin> {
    let failed = || format!("failed to read {}", path.display());
    let mut input = if path == Path::new("-") {
        context.system.stdin()
    } else {
        context.system.open(path).with_context(failed)?
    };
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
    match problem {
        Some(problem) => Err(problem).context("a line cannot be read"),
        None => Ok(origin),
    }
}

fn differences(old: &Origin, new: &Origin) -> Vec<String> {
    let one = |(key, values): (&String, &Vec<String>)| differs(key, values, new.get(key)?);
    old.iter().filter_map(one).collect()
}

fn print(judged: &[Judged], format: GateFormat, output: &mut Output) -> anyhow::Result<()> {
    let count = |outcome| {
        judged
            .iter()
            .filter(|judged| judged.outcome == outcome)
            .count()
    };
    let summary = format!(
        "{} regressions, {} unclear, {} missing, {} within bounds",
        count(GateOutcome::Regression),
        count(GateOutcome::Unclear),
        count(GateOutcome::Missing),
        count(GateOutcome::Within)
    );
    let bad = judged
        .iter()
        .filter(|judged| judged.outcome != GateOutcome::Within);
    match format {
        GateFormat::Text => {
            for judged in bad {
                writeln!(output.out, "{}: {}", word(judged), describe(judged))?;
            }
            writeln!(output.out, "{summary}")?;
        }
        GateFormat::Github => {
            for judged in bad {
                let level = if judged.outcome == GateOutcome::Regression {
                    "error"
                } else {
                    "warning"
                };
                writeln!(
                    output.out,
                    "::{level} title=Benchmark {}::{}",
                    word(judged),
                    describe(judged)
                )?;
            }
            writeln!(output.out, "::notice title=Benchmarks::{summary}")?;
        }
        GateFormat::Markdown => {
            writeln!(
                output.out,
                "| | benchmark | old | new | change | allowed |\n|---|---|---:|---:|---:|---:|"
            )?;
            for judged in bad {
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
            writeln!(output.out, "\n{summary}")?;
        }
    }
    Ok(())
}

fn word(judged: &Judged) -> &'static str {
    match judged.outcome {
        GateOutcome::Within => "within bounds",
        GateOutcome::Regression => "regression",
        GateOutcome::Unclear => "unclear",
        GateOutcome::Missing => "missing",
    }
}

fn describe(judged: &Judged) -> String {
    let [old, new] = values(judged);
    let head = format!("{} {}", judged.benchmark, judged.unit);
    match judged.outcome {
        GateOutcome::Missing => format!("{head}: {old} before, not measured now"),
        GateOutcome::Unclear => format!(
            "{head}: {old} → {new}, up to {} worse cannot be excluded, {} is allowed; more samples or a quieter machine may tell",
            percent(judged.worst),
            percent(judged.max)
        ),
        GateOutcome::Regression | GateOutcome::Within => format!(
            "{head}: {old} → {new}, {} worse, {} is allowed (p={:.3})",
            percent(judged.worse),
            percent(judged.max),
            judged.p
        ),
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
