//! `goperf bench run`: benchmarks of many packages, each test binary built once.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use bench::ab;
use bench::benchfmt::Name;
use bench::diagnose::diagnose;
use bench::run::{Event, PackageRun, RunOptions, RunOutcome};
use bench::source::TestSources;
use go_tool::{GoTool, ListOptions, TestBinary, TestBuild};
use project::Workspace;

use crate::args::bench::{ProfileKind, RunArgs};
use crate::commands::Context;
use crate::{ExitStatus, Output, progress};

pub(super) fn run(
    args: &RunArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let system = context.system;
    // `--diagnose ./...`: what is not a file of results is a pattern.
    let file = args.diagnose.as_deref().filter(|path| {
        *path == Path::new("-") || !path.as_os_str().is_empty() && system.is_file(path)
    });
    if let Some(file) = file {
        return diagnose_file(file, context, output);
    }
    let options = run_options(args);
    options.check()?;
    let current = system
        .current_dir()
        .context("failed to find the current folder")?;
    let folder = args
        .benchmarks
        .dir
        .as_ref()
        .map_or(current.clone(), |dir| current.join(dir));
    let go = Workspace::open(
        system,
        context.cancel,
        context.global.go.as_deref(),
        &folder,
        true,
    )?
    .go;
    let binaries_folder = system.temp_dir("goperf-bench-")?;
    let (binaries, broken) = build(args, &go, &folder, binaries_folder.path(), context, output)?;
    if binaries.is_empty() && broken {
        return Ok(ExitStatus::BrokenCode);
    }
    if binaries.is_empty() {
        bail!("no package defines a benchmark");
    }
    let header = environment(&go, &folder, args, context);
    let mut sink = Sink {
        args,
        context,
        text: header,
        output,
    };
    sink.flush()?;
    let runs = measure(&options, &binaries, context, &mut sink)?;
    if args.counts {
        count(args, &binaries, &runs, context, &mut sink)?;
    }
    let failed = report(&runs, sink.output)?;
    if args.diagnose.is_some() {
        remarks(&runs, context, sink.output)?;
    }
    if !args.profile.is_empty() {
        profiles(args, &binaries, &runs, &current, context, sink.output)?;
    }
    if runs.iter().all(|run| run.results.is_empty()) {
        bail!("no benchmark matched `{}`", args.benchmarks.bench);
    }
    Ok(if broken {
        ExitStatus::BrokenCode
    } else if failed {
        ExitStatus::Error
    } else {
        ExitStatus::Success
    })
}

/// Test binaries, and whether a package does not compile.
fn build(
    args: &RunArgs,
    go: &GoTool,
    folder: &Path,
    into: &Path,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<(Vec<TestBinary>, bool)> {
    let (system, cancel) = (context.system, context.cancel);
    let options = ListOptions {
        dir: folder.to_owned(),
        patterns: patterns(args),
        tags: args.benchmarks.tags.clone(),
        flags: args.benchmarks.build.flags(),
        ..ListOptions::default()
    };
    let listing = go_tool::list(go, system, cancel, &options)?;
    for warning in &listing.warnings {
        writeln!(output.err, "warning: {warning}")?;
    }
    let packages = bench::run::with_benchmarks(system, &listing, &listing.roots);
    let built = go_tool::build_tests(go, system, cancel, &options, &listing, &packages, into)?;
    let (mut binaries, mut broken) = (Vec::new(), false);
    for build in built {
        match build {
            TestBuild::Binary(binary) => binaries.push(binary),
            TestBuild::NoTests { .. } => {}
            TestBuild::Broken { package, errors } => {
                broken = true;
                for error in errors {
                    let file = error.file.as_ref().map_or_else(String::new, |file| {
                        format!("{}:{}: ", file.display(), error.line)
                    });
                    writeln!(
                        output.err,
                        "{package} does not compile: {file}{}",
                        error.message
                    )?;
                }
            }
        }
    }
    Ok((binaries, broken))
}

fn patterns(args: &RunArgs) -> Vec<String> {
    let taken = args
        .diagnose
        .as_ref()
        .map(|path| path.display().to_string());
    let taken = taken.filter(|text| !text.is_empty());
    args.patterns.iter().cloned().chain(taken).collect()
}

/// Says what to look at in existing results.
fn diagnose_file(
    file: &Path,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let failed = || format!("failed to read {}", file.display());
    let mut text = Vec::new();
    let mut input = if file == Path::new("-") {
        context.system.stdin()
    } else {
        context.system.open(file).with_context(failed)?
    };
    input.read_to_end(&mut text).with_context(failed)?;
    let (results, problems) = bench::benchfmt::read_all(&text, &file.display().to_string());
    for problem in &problems {
        writeln!(output.err, "warning: {problem}")?;
    }
    if results.is_empty() {
        bail!("{} holds no results", file.display());
    }
    for remark in diagnose(&results, &|_, _| None) {
        writeln!(output.out, "{remark}")?;
    }
    Ok(ExitStatus::Success)
}

/// Where results go as they come.
struct Sink<'a, 'b> {
    args: &'a RunArgs,
    context: &'a Context<'a>,
    /// Not written yet.
    text: String,
    output: &'a mut Output<'b>,
}

impl Sink<'_, '_> {
    fn flush(&mut self) -> anyhow::Result<()> {
        let text = std::mem::take(&mut self.text);
        if let Some(path) = &self.args.out {
            let failed = || format!("failed to write {}", path.display());
            self.context
                .system
                .append(path, text.as_bytes())
                .with_context(failed)?;
        } else {
            self.output.out.write_all(text.as_bytes())?;
            self.output.out.flush()?;
        }
        Ok(())
    }
}

fn run_options(args: &RunArgs) -> RunOptions {
    RunOptions {
        bench: args.benchmarks.bench.clone(),
        benchtime: Some(args.benchtime.clone()),
        count: Some(args.count),
        cpu: args.benchmarks.cpu.clone(),
        args: (args.benchmarks.run.iter())
            .map(|tests| format!("-test.run={tests}"))
            .collect(),
        benchmem: true,
        timeout: Some(args.benchmarks.timeout),
        ..RunOptions::default()
    }
}

fn measure(
    options: &RunOptions,
    binaries: &[TestBinary],
    context: &Context,
    sink: &mut Sink<'_, '_>,
) -> anyhow::Result<Vec<PackageRun>> {
    let bench = &options.bench;
    let count = |binary| bench::run::count_selected(context.system, context.cancel, binary, bench);
    let total: usize = if sink.output.progress {
        binaries.iter().map(count).sum()
    } else {
        0
    };
    let bar = progress::new_bar(sink.output.progress, total as u64, "Running");
    let mut begun = BTreeSet::new();
    let mut written = Ok(());
    let runs = bench::run::run(
        context.system,
        context.cancel,
        binaries,
        options,
        &mut |event| match event {
            Event::Started { package } => bar.set_message(package.to_owned()),
            Event::Running { package, benchmark } => {
                let top = benchmark.split(['/', '-']).next().unwrap_or(benchmark);
                begun.insert(format!("{package}.{top}"));
                bar.set_position(begun.len() as u64 - 1);
                bar.set_message(benchmark.to_owned());
            }
            Event::Line { line, .. } => {
                sink.text.extend([line, "\n"]);
                if written.is_ok() {
                    written = bar.suspend(|| sink.flush());
                }
            }
            Event::Result { .. } | Event::Output { .. } | Event::Finished(_) => {}
        },
    );
    bar.finish_and_clear();
    written?;
    Ok(runs?)
}

/// Adds instructions per operation to the results, as lines of their own.
fn count(
    args: &RunArgs,
    binaries: &[TestBinary],
    runs: &[PackageRun],
    context: &Context,
    sink: &mut Sink<'_, '_>,
) -> anyhow::Result<()> {
    let (system, cancel) = (context.system, context.cancel);
    let first = binaries.first().context("no test binary")?;
    let counter = ab::find_counter(system, cancel, first)?.context(
        "--counts needs perf events (a processor that counts, and /proc/sys/kernel/perf_event_paranoid \
         at 2 or less) or valgrind (apt install valgrind)",
    )?;
    let each = runs.iter().flat_map(|run| &run.results);
    let bar = progress::new_bar(sink.output.progress, each.count() as u64, "Counting");
    for run in runs.iter().filter(|run| !run.results.is_empty()) {
        let Some(binary) = binaries.iter().find(|binary| binary.package == run.package) else {
            continue;
        };
        sink.text += &format!("pkg: {}\n", run.package);
        let mut seen = BTreeSet::new();
        for result in run
            .results
            .iter()
            .filter(|result| seen.insert(&result.name))
        {
            bar.set_message(result.name.clone());
            let name = Name(&result.name).split_gomaxprocs().0;
            let seconds = result.value("sec/op").unwrap_or_default();
            let timeout = args.benchmarks.timeout;
            let counted = ab::count_alone(system, cancel, counter, binary, name, seconds, timeout)?;
            let unit = ab::INSTRUCTIONS;
            match counted {
                Some(slopes) => sink.text.extend(
                    (slopes.iter())
                        .map(|slope| format!("Benchmark{} 1 {slope} {unit}\n", result.name)),
                ),
                None => bar.suspend(|| {
                    let by = counter.name();
                    writeln!(sink.output.err, "{} cannot be counted by {by}", result.name)
                })?,
            }
            bar.inc(1);
        }
        sink.flush()?;
    }
    bar.finish_and_clear();
    Ok(())
}

/// Runs each benchmark again for its profiles, and says what binds it if asked to diagnose.
fn profiles(
    args: &RunArgs,
    binaries: &[TestBinary],
    runs: &[PackageRun],
    current: &Path,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<()> {
    let folder = current.join(&args.profile_dir);
    let failed = || format!("failed to write {}", folder.display());
    context
        .system
        .create_dir_all(&folder)
        .with_context(failed)?;
    let mut names: BTreeSet<(&str, &str)> = BTreeSet::new();
    for run in runs {
        let plain = |name| Name(name).split_gomaxprocs().0;
        names.extend(
            run.results
                .iter()
                .map(|result| (run.package.as_str(), plain(&result.name))),
        );
    }
    let bar = progress::new_bar(output.progress, names.len() as u64, "Profiling");
    for (package, name) in names {
        bar.set_message(name.to_owned());
        let Some(binary) = binaries.iter().find(|binary| binary.package == package) else {
            continue;
        };
        let options = RunOptions {
            bench: ab::exactly(name),
            benchtime: Some(args.benchtime.clone()),
            timeout: Some(args.benchmarks.timeout),
            cpu_profile: args.profile.contains(&ProfileKind::Cpu),
            mem_profile: args.profile.contains(&ProfileKind::Mem),
            ..RunOptions::default()
        };
        let binary = std::slice::from_ref(binary);
        let done = bench::run::run(
            context.system,
            context.cancel,
            binary,
            &options,
            &mut |_| {},
        )?;
        for run in done {
            for (kind, bytes) in [("cpu", &run.cpu_profile), ("mem", &run.mem_profile)] {
                let Some(bytes) = bytes else { continue };
                let file = format!("{package}.{name}.{kind}.pprof").replace(['/', '\\', ':'], "_");
                context
                    .system
                    .write(&folder.join(file), bytes)
                    .with_context(failed)?;
            }
            let decode = |bytes: &Vec<u8>| profile::decode(bytes, &profile::Limits::default()).ok();
            let profile = run
                .cpu_profile
                .as_ref()
                .filter(|_| args.diagnose.is_some())
                .and_then(decode);
            let remark = profile.and_then(|profile| {
                bench::diagnose::diagnose_profile(&format!("{package}.{name}"), &profile)
            });
            if let Some(remark) = remark {
                bar.suspend(|| writeln!(output.err, "{remark}"))?;
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

/// Reports what failed and whether anything did.
fn report(runs: &[PackageRun], output: &mut Output) -> anyhow::Result<bool> {
    let mut failed = false;
    for run in runs {
        let Some(problem) = run.problem() else {
            continue;
        };
        failed |= run.outcome != RunOutcome::NoBenchmarks;
        for problem in [&problem].into_iter().chain(&run.further_problems) {
            writeln!(output.err, "{}: {}", run.package, problem.message)?;
            for line in &problem.details {
                writeln!(output.err, "    {line}")?;
            }
        }
    }
    Ok(failed)
}

/// Says what to look at in the results of runs, with the benchmarks' sources.
fn remarks(runs: &[PackageRun], context: &Context, output: &mut Output) -> anyhow::Result<()> {
    for run in runs {
        let sources = TestSources::read(context.system, &run.dir);
        for remark in diagnose(&run.results, &|_, name| sources.benchmark(name)) {
            writeln!(output.err, "{remark}")?;
        }
    }
    Ok(())
}

/// Configuration lines: what the numbers depend on.
fn environment(go: &GoTool, folder: &Path, args: &RunArgs, context: &Context) -> String {
    let system = context.system;
    let mut lines = vec![("goversion", go.version.to_string())];
    let read = |path: &str| Some(system.read_kernel(path)?.trim().to_owned());
    let governor = read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
    lines.extend(governor.map(|governor| ("governor", governor)));
    let load = read("/proc/loadavg").and_then(|text| Some(text.split_once(' ')?.0.to_owned()));
    lines.extend(load.map(|load| ("load", load)));
    let plain = base::system::git(system, context.cancel, folder);
    let git = |args: &[&str]| {
        let command = plain.clone().args(args);
        let output = system
            .run(&command, context.cancel)
            .ok()
            .filter(base::system::ProcessOutput::success)?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    if let Some(commit) = git(&["rev-parse", "--short=12", "HEAD"]) {
        let changed = git(&["status", "--porcelain", "--untracked-files=no"]).unwrap_or_default();
        lines.push(("commit", commit));
        lines.push((
            "dirty",
            if changed.is_empty() { "no" } else { "yes" }.to_owned(),
        ));
    }
    lines.push(("benchtime", args.benchtime.clone()));
    let lines: Vec<String> = (lines.into_iter())
        .map(|(key, value)| format!("{key}: {value}\n"))
        .collect();
    lines.concat()
}
