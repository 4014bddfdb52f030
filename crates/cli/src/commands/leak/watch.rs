//! `goperf leak watch`: look again and again, report what grows.

use std::path::Path;
use std::time::Duration;

use anyhow::bail;
use base::{Cancellation, System};
use leak::growth::{History, Trend};
use leak::report::what;
use leak::{Ownership, Verdict};
use serde_json::{Value, json};

use super::fetch::{self, Wanted};
use crate::args::leak::{WatchArgs, WatchFormat};
use crate::commands::Context;
use crate::{ExitStatus, Output};

/// Groups shown of each service.
const SHOWN: usize = 10;
/// How often a waiting watch asks whether it should still wait.
const TICK: Duration = Duration::from_millis(50);

/// A service and what was seen of it.
struct Target {
    url: String,
    history: History,
    looks: u64,
    /// Why the last look failed.
    error: Option<String>,
    total: u64,
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
    conclude(&targets, args, output)
}

fn target(name: &str, system: &dyn System) -> anyhow::Result<Target> {
    if name == "-" || system.metadata(Path::new(name)).is_ok() {
        bail!("`{name}` is not a service; `goperf leak dump --diff` compares files");
    }
    // A host alone is no URL where files are expected too, but here it can be nothing else.
    project::service::Target::parse(name)?;
    let url = fetch::url_of(name, system).unwrap_or_else(|| format!("http://{name}"));
    Ok(Target {
        url,
        history: History::default(),
        looks: 0,
        error: None,
        total: 0,
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
        stacks: args.stacks,
        // A detecting collection of 100 000 goroutines stops them for some 25 ms.
        max_proof: if args.no_proof {
            0
        } else {
            fetch::MAX_STACK_DUMP
        },
    };
    match fetch::live(
        &target.url,
        wanted,
        &args.fetch,
        system,
        Ownership::default(),
    ) {
        Ok(snapshot) => {
            target.total = snapshot.total;
            target.looks += 1;
            let restarted = target.history.push(seconds, snapshot);
            target.error =
                restarted.then(|| "most goroutines are gone: restarted? counting anew".to_owned());
        }
        Err(error) => {
            target.error = {
                let error = fetch::in_words(error, &args.fetch);
                Some(base::full_message(error.as_ref()))
            };
        }
    }
}

fn show(
    targets: &[Target],
    elapsed: Duration,
    args: &WatchArgs,
    output: &mut Output,
) -> anyhow::Result<()> {
    let live = output.out_is_terminal && args.format == WatchFormat::Text;
    if live {
        // Home, and clear what is below.
        write!(output.out, "\x1b[H\x1b[2J")?;
    }
    for target in targets {
        match args.format {
            WatchFormat::Json => writeln!(output.out, "{}", value(target, elapsed, args))?,
            WatchFormat::Text => writeln!(output.out, "{}", line(target, elapsed, args))?,
        }
        if live {
            for trend in target.history.trends().iter().take(SHOWN) {
                writeln!(output.out, "  {}", words(trend))?;
            }
        }
    }
    output.out.flush()?;
    Ok(())
}

/// `+30s http://host:6060 120 goroutines, 2 PROVEN, 1 group grows`
fn line(target: &Target, elapsed: Duration, args: &WatchArgs) -> String {
    let url = fetch::shown(&target.url);
    let head = format!("+{}s {url}", elapsed.as_secs());
    if let (0, Some(error)) = (target.looks, &target.error) {
        return format!("{head} {error}");
    }
    let trends = target.history.trends();
    let proven: u64 = trends
        .iter()
        .filter(|trend| trend.group.verdict == Verdict::Proven)
        .map(|trend| trend.group.count)
        .sum();
    let growing = trends.iter().filter(|trend| trend.is_growing).count();
    let beyond = target.history.findings(args.max_growth).len();
    let note = target
        .error
        .as_ref()
        .map_or_else(String::new, |error| format!(" ({error})"));
    format!(
        "{head} {} goroutines, {proven} PROVEN, {growing} groups grow, {beyond} to report{note}",
        target.total
    )
}

fn words(trend: &Trend<'_>) -> String {
    let stay = if trend.survivors > 0 {
        format!(", {} stay", trend.survivors)
    } else {
        String::new()
    };
    let mark = if trend.is_growing { "grows" } else { "     " };
    format!(
        "{:>7} {:+7.1}/min {mark} {:7} [{}] {}{stay}",
        trend.group.count,
        trend.per_minute,
        trend.group.verdict.name(),
        trend.group.state,
        what(trend.group, &str::to_owned),
    )
}

fn value(target: &Target, elapsed: Duration, args: &WatchArgs) -> Value {
    let findings = target.history.findings(args.max_growth);
    json!({
        "seconds": elapsed.as_secs_f64(),
        "target": fetch::shown(&target.url),
        "error": target.error,
        "total": target.total,
        "looks": target.looks,
        "findings": findings.iter().map(trend_value).collect::<Value>(),
    })
}

fn trend_value(trend: &Trend<'_>) -> Value {
    let place = trend.group.place();
    json!({
        "verdict": trend.group.verdict.name(),
        "state": trend.group.state,
        "count": trend.group.count,
        "growth": trend.growth(),
        "per_minute": trend.per_minute,
        "survivors": trend.survivors,
        "function": place.map(|it| it.function.as_ref()),
        "file": place.map(|it| it.file.as_ref()),
        "line": place.map(|it| it.line),
        "counts": trend.counts,
    })
}

fn conclude(
    targets: &[Target],
    args: &WatchArgs,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let mut status = ExitStatus::Success;
    for target in targets {
        let findings = target.history.findings(args.max_growth);
        if !findings.is_empty() {
            status = ExitStatus::Findings;
        }
        if args.format == WatchFormat::Text {
            for trend in &findings {
                writeln!(
                    output.out,
                    "{}: {}",
                    fetch::shown(&target.url),
                    words(trend).trim_start()
                )?;
            }
        }
    }
    if let Some(target) = targets.iter().find(|target| target.looks == 0) {
        let error = target.error.as_deref().unwrap_or("no answer");
        bail!("failed to read {}: {error}", fetch::shown(&target.url));
    }
    Ok(status)
}
