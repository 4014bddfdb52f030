//! Time and memory beside our peers: both sides alternate in one run, and the ratio counts.
//!
//! Seconds differ between machines and moments. A ratio taken within one run differs much less, so
//! limits are ratios wherever there is a peer to compare with.

mod entries;
mod measure;
mod pprof_table;
mod profiles;
mod ui;

use anyhow::{Context as _, bail};
use base::System as _;
use base::system::Command;

use crate::repo::Repo;
use entries::ENTRIES;
use measure::{Measurement, Summary};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only these entries; `ui` alone measures the page of a profile in Chromium
    entries: Vec<String>,
    /// Rounds; each runs both sides once
    #[arg(long, default_value_t = 7)]
    rounds: u32,
    /// List the entries
    #[arg(long)]
    list: bool,
    /// A goperf that is built already
    #[arg(long, value_name = "FILE")]
    goperf: Option<std::path::PathBuf>,
    /// Measure every report of pprof and write the tables of docs/pprof-speed.md
    #[arg(long)]
    pprof_table: bool,
    /// With `ui`: write what was measured into docs/ui.md
    #[arg(long)]
    update: bool,
}

/// Measured alone: it needs a browser, and takes minutes.
const UI: &str = "ui";

/// Something that is measured.
struct Entry {
    name: &'static str,
    what: &'static str,
    /// Makes the input and the commands. May take its time; none of it is measured.
    prepare: fn(&Setup<'_>) -> anyhow::Result<Case>,
}

/// What preparing needs.
struct Setup<'a> {
    repo: &'a Repo,
    goperf: std::path::PathBuf,
    go: std::path::PathBuf,
    /// Inputs are kept here between runs.
    inputs: std::path::PathBuf,
    /// Gone afterwards.
    scratch: std::path::PathBuf,
}

/// Two command lines that do the same, or one with a limit of its own.
struct Case {
    ours: Command,
    /// Its name, and its command line.
    peer: Option<(&'static str, Command)>,
    /// The peer's standard output must be ours.
    same_output: bool,
    limits: Limits,
}

/// What must not be exceeded; each may be absent.
#[derive(Clone, Copy, Default)]
struct Limits {
    /// Ours by the peer's, CPU time.
    cpu_ratio: Option<f64>,
    /// For what waits for nothing: CPU time is steadier than the clock.
    cpu_seconds: Option<f64>,
    wall_seconds: Option<f64>,
    /// Of our process.
    memory_mib: Option<f64>,
    /// Ours by the peer's.
    memory_ratio: Option<f64>,
    /// The number that our command prints last, in a run after the measured ones.
    printed: Option<f64>,
}

/// An input that cannot be had on this machine: the entry is skipped.
#[derive(Debug)]
struct Unavailable {
    what: String,
    reason: String,
}

impl std::fmt::Display for Unavailable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is not available: {}", self.what, self.reason)
    }
}

impl std::error::Error for Unavailable {}

pub(crate) fn run(args: &Args, repo: &Repo) -> anyhow::Result<()> {
    if args.list {
        for entry in ENTRIES {
            println!("{:<16} {}", entry.name, entry.what);
        }
        println!(
            "{UI:<16} the page of a profile in Chromium, beside go tool pprof -http; only alone"
        );
        return Ok(());
    }
    let is_ui = args.entries == [UI];
    if let Some(name) = args
        .entries
        .iter()
        .filter(|_| !is_ui)
        .find(|name| !ENTRIES.iter().any(|it| it.name == **name))
    {
        bail!("there is no entry `{name}`; --list shows them");
    }
    let scratch = repo.system.temp_dir("goperf-bench-")?;
    let setup = Setup {
        repo,
        goperf: match &args.goperf {
            Some(goperf) => repo.system.current_dir()?.join(goperf),
            None => repo.build_goperf()?,
        },
        go: crate::toolchain::find(repo, crate::toolchain::PINNED)?,
        inputs: repo.path(".toolchain/bench"),
        scratch: scratch.path().to_owned(),
    };
    repo.system.create_dir_all(&setup.inputs)?;
    if args.pprof_table {
        return pprof_table::write(&setup, args.rounds);
    }
    if is_ui {
        return ui::run(&setup, args.rounds, args.update);
    }
    // What goes wrong with one entry says nothing about the others.
    let mut failures = Vec::new();
    for entry in ENTRIES {
        if args.entries.is_empty() || args.entries.iter().any(|name| name == entry.name) {
            println!("\n{}: {}", entry.name, entry.what);
            let compared =
                (entry.prepare)(&setup).and_then(|case| compare(&setup, entry, &case, args.rounds));
            match compared {
                Ok(exceeded) => {
                    failures.extend(exceeded.iter().map(|it| format!("exceeded: {it}")));
                }
                Err(error) if error.is::<Unavailable>() => println!("  skipped: {error}"),
                Err(error) => failures.push(format!("failed: {}: {error:#}", entry.name)),
            }
        }
    }
    println!();
    for failure in &failures {
        println!("{failure}");
    }
    if !failures.is_empty() {
        bail!("{} entries failed or exceeded a limit", failures.len());
    }
    Ok(())
}

/// Measures, prints, and returns the limits that are exceeded.
fn compare(
    setup: &Setup<'_>,
    entry: &Entry,
    case: &Case,
    rounds: u32,
) -> anyhow::Result<Vec<String>> {
    let mut ours = Vec::new();
    let mut theirs = Vec::new();
    // The first round warms caches on both sides and is not counted.
    for round in 0..=rounds {
        let mine = measure::once(setup, &case.ours)?;
        if let Some((_, command)) = &case.peer {
            let compared = round == 0 && case.same_output;
            let output = compared.then(|| measure::last_output(setup)).transpose()?;
            let other = measure::once(setup, command)?;
            if output.is_some_and(|it| measure::last_output(setup).is_ok_and(|other| it != other)) {
                bail!("{}: the outputs differ", entry.name);
            }
            theirs.extend((round > 0).then_some(other));
        }
        ours.extend((round > 0).then_some(mine));
    }
    println!(
        "  {:<24} {:>22} {:>22} {:>10}",
        "", "wall s", "cpu s", "memory MiB"
    );
    let mine = row("goperf", &case.ours, &ours);
    let other = (case.peer.as_ref()).map(|(name, command)| row(name, command, &theirs));
    let ratio = case.peer.is_some().then(|| {
        let ratios = ours
            .iter()
            .zip(&theirs)
            .map(|(mine, other)| mine.cpu / other.cpu);
        let ratio = Summary::of(ratios);
        println!(
            "  cpu ratio {:.2} [{:.2}, {:.2}]",
            ratio.median, ratio.least, ratio.most
        );
        ratio.median
    });
    let limits = case.limits;
    let mut number = None;
    if limits.printed.is_some() {
        let printed = printed(setup, &case.ours)?;
        println!("  printed {printed:.2}");
        number = Some(printed);
    }
    let checks = [
        ("number printed", number, limits.printed),
        ("cpu ratio", ratio, limits.cpu_ratio),
        ("cpu seconds", Some(mine.cpu), limits.cpu_seconds),
        ("wall seconds", Some(mine.wall), limits.wall_seconds),
        ("memory in MiB", Some(mine.memory), limits.memory_mib),
        (
            "memory ratio",
            other.map(|it| mine.memory / it.memory),
            limits.memory_ratio,
        ),
    ];
    Ok((checks.into_iter())
        .filter_map(|(what, value, limit)| Some((what, value?, limit?)))
        .filter(|(_, value, limit)| value > limit)
        .map(|(what, value, limit)| format!("{}: {what} {value:.2}, limit {limit}", entry.name))
        .collect())
}

/// The last number of what a command prints.
fn printed(setup: &Setup<'_>, command: &Command) -> anyhow::Result<f64> {
    let output = setup.repo.output(command)?;
    let word = output.split_whitespace().next_back();
    word.and_then(|word| word.parse().ok())
        .context("no number was printed")
}

/// The medians of one side.
struct Side {
    wall: f64,
    cpu: f64,
    /// In MiB.
    memory: f64,
}

/// Prints one side.
fn row(name: &str, command: &Command, runs: &[Measurement]) -> Side {
    let wall = Summary::of(runs.iter().map(|run| run.wall));
    let cpu = Summary::of(runs.iter().map(|run| run.cpu));
    let memory = Summary::of(runs.iter().map(|run| run.memory / f64::from(1 << 20)));
    println!("  {name:<24} {wall:>22} {cpu:>22} {:>10.0}", memory.median);
    println!("    $ {}", command.line());
    Side {
        wall: wall.median,
        cpu: cpu.median,
        memory: memory.median,
    }
}
