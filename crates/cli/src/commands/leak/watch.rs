//! `goperf leak watch`: look again and again, report what grows.
//!
//! The exit code is that of the whole soak: what was found once stays found, a service that was
//! restarted or does not answer in the end has not passed.

mod view;

use std::path::Path;
use std::time::Duration;

use anyhow::bail;
use base::{Cancellation, System};
use leak::growth::{Finding, History, Look, Reason};
use leak::report::{created, what};
use leak::{Ownership, Verdict};
use serde_json::{Value, json};

use super::fetch::{self, Wanted};
use super::source::Paths;
use crate::args::leak::{WatchArgs, WatchFormat};
use crate::commands::Context;
use crate::{ExitStatus, Output};

/// How often a waiting watch asks whether it should still wait.
const TICK: Duration = Duration::from_millis(50);
/// Below so many goroutines a look asks for ids without `--stacks`: they cost some 10 ms.
const MAX_STACKS: u64 = 2_000;

/// A service and what was seen of it.
struct Target {
    url: String,
    history: History,
    looks: u64,
    /// Why the last look failed, or what it showed besides.
    error: Option<String>,
    /// The last look failed.
    is_down: bool,
    total: u64,
    /// Its heap profile has the counters of the process.
    has_heap: bool,
}

pub(super) fn run(
    args: &WatchArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let system = context.system;
    let mut targets = (args.targets.iter())
        .map(|target| self::target(target, system))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let start = system.monotonic();
    loop {
        let look = system.monotonic();
        let elapsed = look.saturating_sub(start);
        for target in &mut targets {
            look_at(target, elapsed.as_secs_f64(), args, system);
        }
        show(&targets, elapsed, args, output)?;
        // None at all is a mistake in their names; one of several may still be starting.
        if targets.iter().all(|target| target.looks == 0) {
            break;
        }
        let next = look + args.interval;
        let over = args
            .duration
            .is_some_and(|duration| next > start + duration);
        if over || !wait_until(next, system, context.cancel) {
            break;
        }
    }
    let paths = Paths::new(system, None);
    conclude(&targets, args, &|file| paths.short(file), output)
}

fn target(name: &str, system: &dyn System) -> anyhow::Result<Target> {
    if name == "-" || system.metadata(Path::new(name)).is_ok() {
        bail!("`{name}` is not a service; `goperf leak dump --diff` compares files");
    }
    // A host alone is not a URL where files are expected too, but here it can be nothing else.
    project::service::Target::parse(name)?;
    let url = fetch::url_of(name, system).unwrap_or_else(|| format!("http://{name}"));
    Ok(Target {
        url,
        history: History::default(),
        looks: 0,
        error: None,
        is_down: false,
        total: 0,
        has_heap: true,
    })
}

/// `false` if the run was interrupted, which is how an endless watch ends.
fn wait_until(time: Duration, system: &dyn System, cancel: &Cancellation) -> bool {
    while system.monotonic() < time {
        if cancel.is_cancelled() {
            return false;
        }
        std::thread::sleep(TICK.min(time.saturating_sub(system.monotonic())));
    }
    !cancel.is_cancelled()
}

fn look_at(target: &mut Target, seconds: f64, args: &WatchArgs, system: &dyn System) {
    let wanted = Wanted {
        count_only: false,
        max_stacks: if args.stacks {
            fetch::MAX_STACK_DUMP
        } else {
            MAX_STACKS
        },
        // A detecting collection of 100 000 goroutines stops them for some 25 ms.
        max_proof: if args.no_proof {
            0
        } else {
            fetch::MAX_STACK_DUMP
        },
    };
    let url = &target.url;
    let snapshot = fetch::live(url, wanted, &args.fetch, system, Ownership::default());
    let snapshot = match snapshot {
        Ok(snapshot) => snapshot,
        Err(error) => {
            let error = fetch::in_words(error, &args.fetch);
            target.is_down = true;
            target.error = Some(base::full_message(error.as_ref()));
            return;
        }
    };
    let mallocs = if target.has_heap {
        fetch::mallocs(url, &args.fetch, system)
    } else {
        None
    };
    target.has_heap = mallocs.is_some();
    target.is_down = false;
    target.total = snapshot.total;
    target.looks += 1;
    let process = leak::growth::Process {
        build: snapshot.build.clone(),
        mallocs,
    };
    let look = Look {
        seconds,
        snapshot,
        process,
    };
    let restarted = target.history.push(look, args.max_growth);
    target.error = restarted.then(|| "restarted; growth is measured anew".to_owned());
}

fn show(
    targets: &[Target],
    elapsed: Duration,
    args: &WatchArgs,
    output: &mut Output,
) -> anyhow::Result<()> {
    if output.out_is_terminal && args.format == WatchFormat::Text {
        let size = output.size.unwrap_or(view::DEFAULT_SIZE);
        let headline = |target: &Target| line(target, elapsed);
        write!(output.out, "{}", view::screen(targets, &headline, size))?;
    } else {
        for target in targets {
            match args.format {
                WatchFormat::Json => writeln!(output.out, "{}", value(target, elapsed))?,
                WatchFormat::Text => writeln!(output.out, "{}", line(target, elapsed))?,
            }
        }
    }
    output.out.flush()?;
    Ok(())
}

/// `+30s http://host:6060 120 goroutines, 2 PROVEN, 1 leak`
fn line(target: &Target, elapsed: Duration) -> String {
    let url = fetch::shown(&target.url);
    let head = format!("+{}s {url}", elapsed.as_secs());
    if let (0, Some(error)) = (target.looks, &target.error) {
        return format!("{head} {error}");
    }
    let proven: u64 = (target.history.trends().iter())
        .filter(|trend| trend.group.verdict == Verdict::Proven)
        .map(|trend| trend.group.count)
        .sum();
    let leaks = target.history.findings().len();
    let plural = if leaks == 1 { "" } else { "s" };
    let restarts = match target.history.restarts {
        0 => String::new(),
        n => format!(", {}", restarted(n)),
    };
    let note = target
        .error
        .as_ref()
        .map_or_else(String::new, |error| format!(" ({error})"));
    format!(
        "{head} {} goroutines, {proven} PROVEN, {leaks} leak{plural}{restarts}{note}",
        target.total
    )
}

fn restarted(times: u64) -> String {
    let plural = if times == 1 { "" } else { "s" };
    format!("restarted {times} time{plural}")
}

/// `PROVEN` or `LEAK`, then how many, since when, where and from where.
fn words(finding: &Finding, path: &dyn Fn(&str) -> String) -> String {
    let verdict = match finding.reason {
        Reason::Proven => "PROVEN",
        Reason::Grows => "LEAK",
    };
    let stay = match finding.survivors {
        Some(stay @ 1..) => format!(", {stay} came and stayed"),
        _ => String::new(),
    };
    let by = created(&finding.group, path);
    let by = by.map_or_else(String::new, |by| format!(", {by}"));
    format!(
        "{verdict} {} goroutines, {:+.1}/min since +{:.0}s{stay}: [{}] {}{by}",
        finding.count,
        finding.per_minute,
        finding.seconds,
        finding.group.state,
        what(&finding.group, path),
    )
}

fn value(target: &Target, elapsed: Duration) -> Value {
    let findings = target.history.findings();
    json!({
        "seconds": elapsed.as_secs_f64(),
        "target": fetch::shown(&target.url),
        "error": target.error,
        "total": target.total,
        "looks": target.looks,
        "restarts": target.history.restarts,
        "findings": findings.into_iter().map(finding_value).collect::<Value>(),
    })
}

fn finding_value(finding: &Finding) -> Value {
    let place = finding.group.place();
    json!({
        "fingerprint": finding.group.fingerprint(),
        "verdict": finding.group.verdict.name(),
        "state": finding.group.state,
        "count": finding.count,
        "growth": finding.growth,
        "per_minute": finding.per_minute,
        "survivors": finding.survivors,
        "since_seconds": finding.seconds,
        "since_look": finding.look,
        "function": place.map(|it| it.function.as_ref()),
        "file": place.map(|it| it.file.as_ref()),
        "line": place.map(|it| it.line),
        "created_by": finding.group.created_by.as_ref().map(|by| by.frame.function.as_ref()),
    })
}

fn conclude(
    targets: &[Target],
    args: &WatchArgs,
    path: &dyn Fn(&str) -> String,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let mut status = ExitStatus::Success;
    for target in targets {
        let url = fetch::shown(&target.url);
        let findings = target.history.findings().into_iter();
        let mut lines: Vec<String> = findings.map(|it| words(it, path)).collect();
        let mut fails = !lines.is_empty();
        let restarts = target.history.restarts;
        if restarts > 0 {
            lines.push(restarted(restarts));
            fails |= args.fail_on_restart;
        }
        if target.looks > 0 && target.is_down {
            let error = target.error.as_deref().unwrap_or("no answer");
            lines.push(format!("does not answer any more: {error}"));
            fails = true;
        }
        if fails {
            status = ExitStatus::Findings;
        }
        if args.format == WatchFormat::Text {
            for line in lines {
                writeln!(output.out, "{url}: {line}")?;
            }
        }
    }
    if let Some(target) = targets.iter().find(|target| target.looks == 0) {
        let error = target.error.as_deref().unwrap_or("no answer");
        bail!("failed to read {}: {error}", fetch::shown(&target.url));
    }
    Ok(status)
}
