//! `goperf bench ab`: two revisions, in turns.

use std::path::Path;

use anyhow::{Context as _, bail};
use bench::ab::{self, AbEvent, AbOptions, AbReport, Cause, Control, Series, SideCommand, Verdict};
use bench::benchfmt::{BenchmarkResult, Value, Writer};
use bench::run::RunError;
use bench::source::TestSources;
use go_tool::TestBinary;

use super::causes;
use super::sides::{Side, SideSpec, pairs};
use crate::args::bench::{AbArgs, AbFormat};
use crate::commands::Context;
use crate::{ExitStatus, Output, progress};

pub(super) fn run(
    args: &AbArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let options = options(args)?;
    let current = (context.system.current_dir()).context("failed to find the current folder")?;
    let folder = (args.benchmarks.dir.as_ref()).map_or(current.clone(), |dir| current.join(dir));
    let sides = &args.sides;
    if let (Some(old), Some(new)) = (&sides.old_cmd, &sides.new_cmd) {
        return commands(args, [old, new], &folder, &options, context, output);
    }
    let told_apart = [&sides.old_flags, &sides.new_flags]
        .iter()
        .any(|flags| flags.is_some())
        || sides.old_overlay.is_some()
        || sides.new_overlay.is_some();
    if args.old.is_none() && !told_apart && !sides.itself {
        bail!(
            "nothing to compare with: name a git revision, or see --new-flags, --new-cmd and --self"
        );
    }
    let old = SideSpec {
        revision: args.old.as_deref(),
        flags: sides.old_flags.as_deref(),
        overlay: sides.old_overlay.as_deref(),
    };
    let new = SideSpec {
        revision: args.new.as_deref(),
        flags: sides.new_flags.as_deref(),
        overlay: sides.new_overlay.as_deref(),
    };
    let old = Side::open(&old, &folder, &current, context)?;
    let new = Side::open(&new, &folder, &current, context)?;
    binaries(args, [&old, &new], &options, context, output)
}

/// Compares the benchmarks of two sets of test binaries.
fn binaries(
    args: &AbArgs,
    sides: [&Side; 2],
    options: &AbOptions,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let [old, new] = sides;
    let folder = context.system.temp_dir("goperf-ab-")?;
    if args.sides.itself {
        writeln!(output.err, "comparing {} with itself", old.name)?;
    } else {
        writeln!(output.err, "comparing {} with {}", new.name, old.name)?;
    }
    let bar = progress::new_bar(output.progress, 0, "Building");
    let built = pairs(sides, args, folder.path(), context, &mut |package| {
        bar.set_message(package.to_owned());
        bar.inc(1);
    });
    bar.finish_and_clear();
    let (pairs, single) = built?;
    for line in &single {
        writeln!(output.err, "{line}")?;
    }
    let mut series = Vec::new();
    for pair in &pairs {
        series.extend(ab::discover(context.system, context.cancel, pair, options)?);
    }
    if series.iter().all(|series| series.failed.is_some()) {
        tell_failures(&series, output)?;
        bail!("no benchmark to compare");
    }
    let mut warnings: Vec<String> = Vec::new();
    if old.go.version != new.go.version {
        warnings.push(format!(
            "the Go version differs: {} before, {} now",
            old.go.version, new.go.version
        ));
    }
    warnings.extend(other_loops(&pairs, &series, context));
    refuse(args, &warnings)?;
    let counter = match pairs.first().filter(|_| args.counts) {
        Some(pair) => Some(counter(pair, context)?),
        None => None,
    };
    let mut interrupted = measure(&pairs, &mut series, options, context, output)?;

    let mut verdicts = ab::compare(&series, options);
    if let Some(counter) = counter.filter(|_| !interrupted) {
        interrupted = count(
            &pairs,
            &series,
            counter,
            options,
            &mut verdicts,
            context,
            output,
        )?;
    }
    let causes = if args.no_why || interrupted {
        Vec::new()
    } else {
        causes::causes(&pairs, &series, &verdicts, sides, context, output)
    };
    let found = Found {
        verdicts,
        causes,
        warnings,
        interrupted,
        series,
    };
    finish(args, &found, options, context, output)
}

/// Compares what two commands print.
fn commands(
    args: &AbArgs,
    lines: [&String; 2],
    folder: &Path,
    options: &AbOptions,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    if args.counts || args.randlayout > 1 {
        bail!("--counts and --randlayout need binaries, not commands");
    }
    let [old, new] = lines.map(|line| SideCommand {
        line: line.clone(),
        dir: folder.to_owned(),
    });
    let bar = progress::new_bar(output.progress, options.rounds.1 as u64, "Comparing");
    let mut series = Vec::new();
    let ran = ab::run_commands(
        context.system,
        context.cancel,
        [&old, &new],
        &mut series,
        options,
        &mut |event| {
            if let AbEvent::Round { round, open } = event {
                bar.set_message(format!("{open} open"));
                bar.set_position(round as u64);
            }
        },
    );
    bar.finish_and_clear();
    let (interrupted, warnings) = match ran {
        Ok([old, new]) => (false, bench::gate::differences(&old, &new)),
        Err(RunError::Cancelled(_)) => (true, Vec::new()),
        Err(error) => return Err(error.into()),
    };
    refuse(args, &warnings)?;
    let found = Found {
        verdicts: ab::compare(&series, options),
        causes: Vec::new(),
        warnings,
        interrupted,
        series,
    };
    finish(args, &found, options, context, output)
}

/// All that came out.
struct Found {
    verdicts: Vec<Verdict>,
    causes: Vec<Cause>,
    warnings: Vec<String>,
    interrupted: bool,
    series: Vec<Series>,
}

/// Shows the result first: a file that cannot be written must not take it along.
fn finish(
    args: &AbArgs,
    found: &Found,
    options: &AbOptions,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let control = if options.control {
        ab::control(&found.series, options)
    } else {
        Control::default()
    };
    let layout = ab::layout_effects(&found.series);
    let report = AbReport {
        verdicts: &found.verdicts,
        control: &control,
        series: &found.series,
        options,
        causes: &found.causes,
        layout: if args.randlayout > 1 { &layout } else { &[] },
        warnings: &found.warnings,
        interrupted: found.interrupted,
    };
    let text = match args.format {
        AbFormat::Text => ab::text(&report),
        AbFormat::Markdown => ab::markdown(&report),
        AbFormat::Json => format!("{:#}\n", ab::json(&report)),
    };
    output.out.write_all(text.as_bytes())?;
    output.out.flush()?;
    if let Some(path) = &args.out {
        (context.system)
            .write(path, &samples(&found.series)?)
            .with_context(|| format!("failed to write {}", path.display()))?;
    }
    Ok(if found.interrupted {
        ExitStatus::Interrupted
    } else if found.verdicts.iter().any(is_worse) || found.series.iter().any(fails_on_new_side_only)
    {
        ExitStatus::Findings
    } else {
        ExitStatus::Success
    })
}

fn refuse(args: &AbArgs, warnings: &[String]) -> anyhow::Result<()> {
    match warnings.first() {
        Some(warning) if args.strict => bail!("{warning}; a comparison says nothing"),
        _ => Ok(()),
    }
}

fn tell_failures(series: &[Series], output: &mut Output) -> anyhow::Result<()> {
    for series in series {
        if let Some((side, message)) = &series.failed {
            let Series { package, name, .. } = series;
            writeln!(output.err, "{package}.{name} ({side}): {message}")?;
        }
    }
    Ok(())
}

/// Benchmarks that count their operations in another style on the other side.
fn other_loops(pairs: &[ab::Pair], series: &[Series], context: &Context) -> Vec<String> {
    let sources = |binary: &TestBinary| TestSources::read(context.system, &binary.dir);
    let mut warnings = Vec::new();
    for pair in pairs.iter().filter(|pair| !pair.identical) {
        let (old, new) = (sources(&pair.old[0]), sources(&pair.new[0]));
        let own = |series: &&Series| series.package == pair.package && series.failed.is_none();
        for series in series.iter().filter(own) {
            let style = |sources: &TestSources| sources.benchmark(&series.name)?.style;
            let styles = style(&old).zip(style(&new));
            if let Some((old, new)) = styles.filter(|(old, new)| old != new) {
                warnings.push(format!(
                    "{}.{} loops over {} before, {} now",
                    series.package,
                    series.name,
                    old.name(),
                    new.name()
                ));
            }
        }
    }
    warnings
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
    if args.randlayout == 0 || args.randlayout > 1000 {
        bail!("--randlayout must lie between 1 and 1000");
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

/// Who counts instructions on this machine.
fn counter(pair: &ab::Pair, context: &Context) -> anyhow::Result<ab::Counter> {
    let found = ab::find_counter(context.system, context.cancel, &pair.old[0])?;
    found.context(
        "--counts needs perf events (a processor that counts, and /proc/sys/kernel/perf_event_paranoid \
         at 2 or less) or valgrind (apt install valgrind)",
    )
}

/// Adds verdicts on instructions per operation; answers whether it was interrupted.
fn count(
    pairs: &[ab::Pair],
    series: &[Series],
    counter: ab::Counter,
    options: &AbOptions,
    verdicts: &mut Vec<Verdict>,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<bool> {
    let open = |series: &&Series| series.failed.is_none() && !series.identical;
    let todo: Vec<&Series> = series.iter().filter(open).collect();
    let bar = progress::new_bar(output.progress, todo.len() as u64, "Counting");
    for own in todo {
        bar.set_message(own.name.clone());
        let Some(pair) = pairs.iter().find(|pair| pair.package == own.package) else {
            continue;
        };
        match ab::count(context.system, context.cancel, counter, pair, own, options) {
            Ok(Some(verdict)) => verdicts.push(verdict),
            Ok(None) => bar.suspend(|| {
                let Series { package, name, .. } = own;
                writeln!(
                    output.err,
                    "{package}.{name} cannot be counted by {}",
                    counter.name()
                )
            })?,
            Err(_) => {
                bar.finish_and_clear();
                return Ok(true);
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(false)
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
    word == "slower"
        || word == "more"
            && matches!(
                verdict.unit.as_str(),
                "B/op" | "allocs/op" | ab::INSTRUCTIONS
            )
}

fn fails_on_new_side_only(series: &Series) -> bool {
    series
        .failed
        .as_ref()
        .is_some_and(|(side, message)| side == "new" && message != "no such benchmark")
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
                let weather = &sample.weather;
                let noted = [
                    ("cpu-pressure", weather.pressure),
                    ("stolen-sec", weather.stolen),
                    (
                        "involuntary-switches",
                        weather.switches.map(|switches| switches as f64),
                    ),
                ];
                values.extend(noted.into_iter().filter_map(|(unit, value)| {
                    let (value, unit) = (value?, unit.to_owned());
                    Some(Value { value, unit })
                }));
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
