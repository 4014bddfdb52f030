//! `goperf bench ab`: two revisions, in turns.

use std::collections::BTreeSet;

use anyhow::{Context as _, bail};
use bench::ab::{self, AbEvent, AbOptions, AbReport, Cause, Control, Decision, Series, Verdict};
use bench::benchfmt::{BenchmarkResult, Value, Writer};
use bench::run::RunError;
use project::Workspace;

use super::sides::{Side, pairs};
use crate::args::bench::{AbArgs, AbFormat};
use crate::args::check::PackageArgs;
use crate::commands::packages::{self, Build};
use crate::commands::{Context, diff};
use crate::{ExitStatus, Output, progress};

pub(super) fn run(
    args: &AbArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let options = options(args)?;
    let current = context
        .system
        .current_dir()
        .context("failed to find the current folder")?;
    let folder = args
        .benchmarks
        .dir
        .as_ref()
        .map_or(current.clone(), |dir| current.join(dir));
    let old = Side::open(Some(&args.old), &folder, context)?;
    let new = Side::open(args.new.as_deref(), &folder, context)?;
    let go = Workspace::open(
        context.system,
        context.cancel,
        context.global.go.as_deref(),
        &folder,
        true,
    )?
    .go;

    let binaries = context.system.temp_dir("goperf-ab-")?;
    writeln!(output.err, "comparing {} with {}", new.name, old.name)?;
    let (pairs, single) = pairs([&old, &new], &go, args, binaries.path(), context)?;
    for line in &single {
        writeln!(output.err, "{line}")?;
    }
    let mut series = Vec::new();
    for pair in &pairs {
        series.extend(ab::discover(
            context.system,
            context.cancel,
            pair,
            &options,
        )?);
    }
    if series.iter().all(|series| series.failed.is_some()) {
        for series in &series {
            if let Some((side, message)) = &series.failed {
                writeln!(
                    output.err,
                    "{}.{} ({side}): {message}",
                    series.package, series.name
                )?;
            }
        }
        bail!("no benchmark to compare");
    }
    let interrupted = measure(&pairs, &mut series, &options, context, output)?;

    let verdicts = ab::compare(&series, &options);
    let control = if options.control {
        ab::control(&series, &options)
    } else {
        Control::default()
    };
    let causes = if args.no_why || interrupted {
        Vec::new()
    } else {
        causes(&verdicts, [&old, &new], context, output)
    };
    if let Some(path) = &args.out {
        context
            .system
            .write(path, &samples(&series)?)
            .with_context(|| format!("failed to write {}", path.display()))?;
    }
    let report = AbReport {
        verdicts: &verdicts,
        control: &control,
        series: &series,
        options: &options,
        causes: &causes,
        interrupted,
    };
    let text = match args.format {
        AbFormat::Text => ab::text(&report),
        AbFormat::Markdown => ab::markdown(&report),
    };
    output.out.write_all(text.as_bytes())?;
    Ok(if interrupted {
        ExitStatus::Interrupted
    } else if verdicts.iter().any(is_worse) || series.iter().any(fails_on_new_side_only) {
        ExitStatus::Findings
    } else {
        ExitStatus::Success
    })
}

fn options(args: &AbArgs) -> anyhow::Result<AbOptions> {
    if !(args.alpha > 0.0 && args.alpha < 1.0) {
        bail!("--alpha must lie between 0 and 1");
    }
    if !(args.delta > 0.0 && args.delta < 1000.0) {
        bail!("--delta must be above 0");
    }
    let least = AbOptions::default().rounds.0;
    if args.rounds < least {
        bail!("--rounds must be at least {least}: fewer cannot show a difference");
    }
    Ok(AbOptions {
        bench: args.benchmarks.bench.clone(),
        benchtime: args.benchtime.clone(),
        cpu: args.benchmarks.cpu.clone(),
        rounds: (least, args.rounds),
        budget: args.budget,
        alpha: args.alpha,
        delta: args.delta / 100.0,
        seed: args.seed,
        timeout: args.benchmarks.timeout,
        control: !args.no_control,
    })
}

/// Runs the rounds with a bar; answers whether they were interrupted.
fn measure(
    pairs: &[ab::Pair],
    series: &mut [Series],
    options: &AbOptions,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<bool> {
    let bar = progress::new_bar(
        output.progress,
        (options.rounds.1 * series.len()) as u64,
        "Comparing",
    );
    let ran = ab::run(
        context.system,
        context.cancel,
        pairs,
        series,
        options,
        &mut |event| match event {
            AbEvent::Benchmark { series } => {
                bar.set_message(series.name.clone());
                bar.inc(1);
            }
            AbEvent::Round { round, open } => {
                bar.set_message(format!("round {round}, {open} open"));
            }
        },
    );
    bar.finish_and_clear();
    match ran {
        Ok(()) => Ok(false),
        Err(RunError::Cancelled(_)) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

fn is_worse(verdict: &Verdict) -> bool {
    let word = ab::word(verdict);
    word == "slower" || word == "more" && matches!(verdict.unit.as_str(), "B/op" | "allocs/op")
}

fn fails_on_new_side_only(series: &Series) -> bool {
    series
        .failed
        .as_ref()
        .is_some_and(|(side, message)| side == "new" && message != "no such benchmark")
}

/// What the compiler decided otherwise in packages whose benchmarks changed. That there is none is no
/// error: a change may have any cause.
fn causes(
    verdicts: &[Verdict],
    sides: [&Side; 2],
    context: &Context,
    output: &Output,
) -> Vec<Cause> {
    let changed: BTreeSet<String> = (verdicts.iter())
        .filter(|verdict| matches!(verdict.decision, Decision::Lower | Decision::Higher))
        .map(|verdict| verdict.package.clone())
        .collect();
    if changed.is_empty() {
        return Vec::new();
    }
    let analyse = |side: &Side| {
        let args = PackageArgs {
            patterns: changed.iter().cloned().collect(),
            dir: Some(side.dir.clone()),
            ..PackageArgs::default()
        };
        packages::analyse(&args, &Build::default(), context, output)
    };
    let [Ok(old), Ok(new)] = sides.map(analyse) else {
        return Vec::new();
    };
    (diff::reasons(&old, &new).into_iter())
        .map(|(package, text)| Cause { package, text })
        .collect()
}

/// All samples, with the arm and the round as configuration.
fn samples(series: &[Series]) -> anyhow::Result<Vec<u8>> {
    let mut writer = Writer::new(Vec::new());
    for series in series {
        for (number, round) in series.rounds.iter().enumerate() {
            for sample in &round.samples {
                let mut values: Vec<Value> = (sample.values.iter())
                    .map(|(unit, value)| Value {
                        value: *value,
                        unit: unit.clone(),
                    })
                    .collect();
                if let Some(pressure) = sample.pressure {
                    let (value, unit) = (pressure, "cpu-pressure".to_owned());
                    values.push(Value { value, unit });
                }
                writer.write(&BenchmarkResult {
                    config: vec![
                        ("pkg".to_owned(), series.package.clone()),
                        ("arm".to_owned(), sample.arm.name().to_owned()),
                        ("round".to_owned(), (number + 1).to_string()),
                    ],
                    name: series.name.clone(),
                    iterations: sample.iterations,
                    values,
                })?;
            }
        }
    }
    Ok(writer.into_inner())
}
