//! `goperf leak test`: `go test` with an instrumented package testing, then its records.

mod go_args;
mod link;
mod output_watch;
mod overlay;

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, bail};
use base::system::{Command, Exit, Input, Stream};
use base::{Cancelled, System};
use go_tool::{GoTool, Pre};
use leak::Group;
use leak::report::{self, sarif, test_run};
use leak::testing::{self, Baseline, Ignore, Ignores, Record};
use project::goroutines::{ShortPaths, SourceLines};
use project::leaks::Reasons;

use self::go_args::GoArgs;
use self::link::Link;
use self::output_watch::{Outcome, OutputWatch};
use self::overlay::Instrumented;
use crate::args::leak::{TestArgs, TestFormat, TestOptions};
use crate::commands::Context;
use crate::{ExitStatus, Output};

/// Carries the folder for records and the settings of the hooks to the test processes.
const VARIABLE: &str = "GOPERF_LEAK";
/// Carries what the environment of the test processes would be without us.
const RESTORE: &str = "GOPERF_LEAK_RESTORE";
/// Variables that are set for the go command and that its tests inherit.
const SET: &[&str] = &["GOTMPDIR"];
/// Marks of one pass may miss a leak; the third has never been seen to add one.
const PASSES: u32 = 3;

pub(super) fn run(
    args: &TestArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let system = context.system;
    let (options, go_args) = go_args::split(args)?;
    let ignores = read_ignores(&options, system)?;
    let baseline = read_baseline(&options, system)?;
    let records = system.temp_dir("goperf-leak-")?;
    let go = overlay::find_go(go_args.folder.as_deref().map(Path::new), context)?;
    let mut notes = Vec::new();
    let (program, instrumented) = match go {
        Ok(go) => {
            let installed = overlay::install(&go, go_args.overlay.as_deref(), context);
            (go.program.clone(), installed.map(|it| (go, it)))
        }
        Err((program, error)) => (program, Err(error.into())),
    };
    let instrumented = instrumented
        .inspect_err(|error| {
            notes.push(format!(
                "leaks after tests are not looked for, only those in dumps the tests print: {}",
                base::full_message(error.as_ref())
            ));
        })
        .ok();
    let command = command(
        &program,
        instrumented.as_ref(),
        &go_args,
        &options,
        records.path(),
        context,
    );
    let goroot = instrumented.as_ref().map(|(go, _)| go.env.goroot.clone());
    let link =
        (instrumented.as_ref()).and_then(|(go, copy)| Link::of(&copy.goroot, &go.env.goroot));
    let (exit, mut watch) = go_test(&command, options.format, link.as_ref(), context, output)?;
    if exit == Exit::Cancelled {
        return Err(Cancelled.into());
    }
    let mut run = test_run::Run {
        notes,
        proven_only: options.proven_only,
        ..test_run::Run::default()
    };
    collect(
        records.path(),
        &mut watch,
        instrumented.is_some(),
        &mut run,
        system,
    )?;
    if let Some(link) = &link {
        run.leaks
            .iter_mut()
            .for_each(|leak| link.undo_in(&mut leak.group));
    }
    finish(&options, ignores, baseline, &mut run, system)?;
    let reasons = if options.no_reasons {
        Reasons::default()
    } else {
        let go = instrumented.as_ref().map(|(go, _)| go);
        reasons(&run, go, &go_args, context, output)
    };
    let paths = ShortPaths::new(system, goroot.as_deref());
    show(&options, &run, &go_args, &paths, &reasons, context, output)?;
    Ok(match exit {
        Exit::Code(0) if run.fails() => ExitStatus::Findings,
        Exit::Code(0) => ExitStatus::Success,
        Exit::Code(2) => ExitStatus::Error,
        _ if watch.broken && run.leaks.is_empty() => ExitStatus::BrokenCode,
        _ => ExitStatus::Findings,
    })
}

fn read_ignores(options: &TestOptions, system: &dyn System) -> anyhow::Result<Ignores> {
    let mut entries = Vec::new();
    for text in &options.ignore {
        entries.extend(
            Ignore::parse(text, 0).with_context(|| format!("failed to read `--ignore {text}`"))?,
        );
    }
    if let Some(file) = &options.ignore_file {
        let failed = || format!("failed to read {}", file.display());
        let text = system.read_to_string(file).with_context(failed)?;
        for (idx, line) in text.lines().enumerate() {
            let entry = Ignore::parse(line, idx + 1);
            entries.extend(entry.with_context(|| format!("{}, line {}", failed(), idx + 1))?);
        }
    }
    Ok(Ignores::new(entries))
}

fn read_baseline(options: &TestOptions, system: &dyn System) -> anyhow::Result<Option<Baseline>> {
    let Some(file) = &options.baseline else {
        return Ok(None);
    };
    let failed = || format!("failed to read {}", file.display());
    let text = system.read_to_string(file).with_context(failed)?;
    let baseline = Baseline::parse(&text)
        .map_err(anyhow::Error::msg)
        .with_context(failed)?;
    Ok(Some(baseline))
}

fn command(
    program: &Path,
    instrumented: Option<&(GoTool, Instrumented)>,
    go_args: &GoArgs,
    options: &TestOptions,
    records: &Path,
    context: &Context,
) -> Command {
    let mut command = if let Some((go, copy)) = instrumented {
        let settle = options.settle.as_deref().unwrap_or("1s");
        let settings = format!("{}|{settle}|{PASSES}", records.display());
        let mut command = go.command(context.system);
        command.program = copy.goroot.join("bin/go");
        let command = command
            .arg("test")
            .arg(format!("-overlay={}", copy.overlay.display()))
            .env(VARIABLE, settings)
            .env(RESTORE, restore(context.system));
        match Link::of(&copy.goroot, &go.env.goroot) {
            Some(link) => through_link(command, &link, go, go_args, context),
            None => command,
        }
    } else {
        let overlay = go_args.overlay.iter();
        Command::new(program)
            .arg("test")
            .args(overlay.map(|file| format!("-overlay={file}")))
            .env("GOTRACEBACK", "all")
    };
    if !go_args.has_count {
        // A cached result hides the run.
        command = command.arg(format!("-count={}", options.stress.unwrap_or(1)));
    }
    if options.stress.is_some() && !go_args.has_cpu {
        command = command.arg("-cpu=1,2,4,8");
    }
    if context.global.verbose > 0 {
        command = command.arg("-v");
    }
    command = command.args(go_args.rest.iter());
    command.current_dir = go_args.folder.as_ref().map(Into::into);
    command.stdin = Input::Inherit;
    command
}

/// The variables that we set as they are now, a line each.
fn restore(system: &dyn System) -> String {
    let entry = |name: &&str| match system.env_var(name) {
        Some(value) => format!("{name}={value}"),
        None => (*name).to_owned(),
    };
    SET.iter().map(entry).collect::<Vec<_>>().join("\n")
}

/// The command for a GOROOT behind a link: the go command must know it by the link's name, and
/// tests by its own.
fn through_link(
    command: Command,
    link: &Link,
    go: &GoTool,
    go_args: &GoArgs,
    context: &Context,
) -> Command {
    // The same version again, so that the go command stays the one it is. There is no name for a
    // version under development.
    let toolchain = match go.version.pre {
        Pre::Devel => "local",
        _ => overlay::version(go),
    };
    let command = command
        .env("GOROOT", link.link.as_str())
        .env("GOTOOLCHAIN", toolchain);
    if go_args.has_exec || cfg!(windows) {
        return command;
    }
    let before = context.system.env_var("GOTOOLCHAIN");
    command.arg(link.exec(before.as_deref()))
}

/// Runs the tests, passing their output on.
fn go_test(
    command: &Command,
    format: Option<TestFormat>,
    link: Option<&Link>,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<(Exit, OutputWatch)> {
    tracing::info!("{}", command.line());
    let to_err = matches!(
        format,
        Some(TestFormat::Json | TestFormat::Junit | TestFormat::Sarif)
    );
    let mut watch = OutputWatch::default();
    let mut written = Ok(());
    let done = context
        .system
        .run_streaming(command, context.cancel, &mut |stream, bytes| {
            let undone = link.map(|link| link.undo(bytes));
            let bytes = undone.as_deref().unwrap_or(bytes);
            if stream == Stream::Stdout {
                watch.push(bytes);
            }
            let stream: &mut dyn std::io::Write = if stream == Stream::Stderr || to_err {
                output.err
            } else {
                output.out
            };
            if written.is_ok() {
                written = stream.write_all(bytes).and_then(|()| stream.flush());
            }
        });
    let done = done.with_context(|| format!("failed to run {}", command.program.display()))?;
    written?;
    watch.end();
    Ok((done.exit, watch))
}

/// Reads the records and judges the goroutines in them and in dumps of the output.
fn collect(
    folder: &Path,
    watch: &mut OutputWatch,
    instrumented: bool,
    run: &mut test_run::Run,
    system: &dyn System,
) -> anyhow::Result<()> {
    let mut records = Vec::new();
    for file in system.read_dir(folder)? {
        if file
            .extension()
            .is_none_or(|extension| extension != "record")
        {
            continue;
        }
        match Record::parse(&system.read(&file)?) {
            Ok(record) => records.push(record),
            Err(error) => run.notes.push(format!(
                "a test process left a record that cannot be read: {error}"
            )),
        }
    }
    // A test that runs its own binary again has children with records of their own.
    let pids: BTreeSet<u64> = records.iter().map(|record| record.pid).collect();
    records.retain(|record| !pids.contains(&record.ppid));
    let checked: BTreeSet<&str> = records
        .iter()
        .map(|record| record.package.as_str())
        .collect();
    for record in &records {
        run.leaks.extend(testing::assess(record).leaks);
    }
    run.packages = (watch.packages.iter())
        .filter(|package| package.outcome == Outcome::Ran)
        .map(|package| package.path.clone())
        .collect();
    for package in std::mem::take(&mut watch.packages) {
        let unchecked = !checked.contains(package.path.as_str());
        let missing = instrumented
            && unchecked
            && package.outcome == Outcome::Ran
            && package.leaks.is_empty();
        if missing {
            run.notes.push(format!(
                "{} was not checked: its process ended before its tests were over (os.Exit, log.Fatal, a panic), or it has no tests",
                package.path
            ));
        }
        if unchecked {
            run.leaks.extend(package.leaks);
        }
    }
    run.leaks.sort_by(|a, b| {
        (&a.package, &a.test, a.verdict, a.group.key()).cmp(&(
            &b.package,
            &b.test,
            b.verdict,
            b.group.key(),
        ))
    });
    Ok(())
}

/// Removes leaks that are accepted.
fn finish(
    options: &TestOptions,
    mut ignores: Ignores,
    baseline: Option<Baseline>,
    run: &mut test_run::Run,
    system: &dyn System,
) -> anyhow::Result<()> {
    ignores.apply(&mut run.leaks);
    run.ignored = ignores.ignored();
    for entry in ignores.unused() {
        let place = if entry.line > 0 {
            format!("line {} of the ignore file", entry.line)
        } else {
            "`--ignore`".into()
        };
        run.notes
            .push(format!("{place} ignores nothing: {}", entry.name));
    }
    if let Some(file) = &options.write_baseline {
        let text = Baseline::of(&run.leaks).to_json();
        (system.write(file, text.as_bytes()))
            .with_context(|| format!("failed to write {}", file.display()))?;
    }
    if let Some(baseline) = baseline {
        for place in baseline.apply(&mut run.leaks) {
            run.notes.push(format!(
                "no longer leaked, take it out of the baseline: {place}"
            ));
        }
    }
    Ok(())
}

/// Looks in the source for why the goroutines wait. Without an answer the report is as good as without the source.
fn reasons(
    run: &test_run::Run,
    go: Option<&GoTool>,
    go_args: &GoArgs,
    context: &Context,
    output: &Output,
) -> Reasons {
    let Some(go) = go.filter(|_| !run.leaks.is_empty()) else {
        return Reasons::default();
    };
    let folder = go_args.folder.as_deref().map(Path::new);
    let sources = SourceLines::of_build(context.system, folder);
    let groups: Vec<&Group> = run.leaks.iter().map(|leak| &leak.group).collect();
    let flags = go_args.build_flags();
    let found = super::reasons::find(
        &groups,
        &sources,
        folder,
        Some(&go.program),
        flags,
        context,
        output,
    );
    found.unwrap_or_default()
}

fn show(
    options: &TestOptions,
    run: &test_run::Run,
    go_args: &GoArgs,
    paths: &ShortPaths,
    reasons: &Reasons,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<()> {
    let sources = SourceLines::of_build(context.system, go_args.folder.as_deref().map(Path::new));
    let shown = report::Options {
        source: &|place| sources.line(place),
        reason: &|group| reasons.of(group),
        path: &|file| paths.short(file),
        label_values: options.labels,
        all: options.all,
        color: output.color,
    };
    if let Some(file) = &options.record {
        let text = format!("{:#}\n", test_run::json(run, &shown));
        (context.system.write(file, text.as_bytes()))
            .with_context(|| format!("failed to write {}", file.display()))?;
    }
    let base = context.system.current_dir().unwrap_or_default();
    match options.format.unwrap_or(TestFormat::Text) {
        TestFormat::Text => {
            // A stream of JSON events stays one.
            let stream: &mut dyn std::io::Write = if go_args.is_json {
                output.err
            } else {
                output.out
            };
            write!(stream, "{}", test_run::text(run, &shown))?;
        }
        TestFormat::Json => writeln!(output.out, "{:#}", test_run::json(run, &shown))?,
        TestFormat::Github => write!(
            output.out,
            "{}",
            test_run::github(run, &base.to_string_lossy(), &shown)
        )?,
        TestFormat::Junit => write!(output.out, "{}", test_run::junit(run, &shown))?,
        TestFormat::Sarif => {
            let log = sarif::test_run(run, &base.to_string_lossy(), &shown);
            writeln!(output.out, "{log:#}")?;
        }
    }
    Ok(())
}

/// `bail!` for flags that make a run pointless.
fn refuse(flag: &str) -> anyhow::Result<()> {
    bail!("`{flag}` runs no tests, so there is nothing to look for");
}
