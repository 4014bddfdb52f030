//! `goperf leak watch`: look again and again, report what grows.
//!
//! The exit code is that of the whole soak: what was found once stays found, a service that was
//! restarted or does not answer in the end has not passed.

mod view;

use std::ops::ControlFlow;
use std::time::Duration;

use anyhow::bail;
use base::Cancellation;
use diag::PathNames;
use leak::Verdict;
use leak::growth::{Finding, Reason};
use leak::report::{created, what};
use project::goroutines::watch::{self, Moment, WatchRequest, Watched};
use project::goroutines::{Ask, ShortPaths};
use serde_json::{Value, json};
use server::ui_pages::{Leaks, LiveWatch, UiSite, Work};

use crate::args::leak::{WatchArgs, WatchFormat};
use crate::commands::{Context, ui};
use crate::keys::{Key, Keys};
use crate::{ExitStatus, Output};

pub(super) fn run(
    args: &WatchArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let request = WatchRequest {
        services: args.targets.clone(),
        interval: args.interval,
        duration: args.duration,
        max_growth: args.max_growth,
        ask: Ask::look(args.stacks, !args.no_proof),
        access: args.fetch.access(),
    };
    if !args.ui {
        return follow(args, &request, None, context, output);
    }
    let address = ui::listen(&args.serve)?;
    writeln!(output.err, "Serving on {} (Ctrl-C ends it)", address.url())?;
    output.err.flush()?;
    let live = LiveWatch::default();
    let names = PathNames::default();
    let site = UiSite::new(Work {
        title: args.targets.join(" "),
        leaks: Leaks {
            watch: Some(&live),
            ..Leaks::default()
        },
        ..Work::of_nothing(context.system, &names)
    });
    std::thread::scope(|scope| {
        let (opens, cancel) = (!args.serve.no_browser, context.cancel.child());
        let serving = scope.spawn({
            let (site, cancel) = (&site, cancel.clone());
            move || site.serve(address, opens, &cancel, &mut |_| {})
        });
        let status = follow(args, &request, Some(&live), context, output);
        if status.is_err() {
            // There is nothing to show; the page would wait for a Ctrl-C.
            cancel.cancel();
        }
        match serving.join() {
            Ok(served) => served?,
            Err(_) => bail!("the server of the page failed"),
        }
        status
    })
}

/// Watches, shows each look, and says what was found.
fn follow(
    args: &WatchArgs,
    request: &WatchRequest,
    live: Option<&LiveWatch>,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let seconds = args.interval.as_secs_f64();
    let mut view =
        (output.out_is_terminal && args.format == WatchFormat::Text && !args.ui).then(View::open);
    let mut written = Ok(());
    let services = watch::watch(
        context.system,
        context.cancel,
        request,
        &mut |moment, services| {
            if let (Some(live), Moment::Look(_)) = (live, moment) {
                live.update(services, seconds, false);
            }
            written = match (&mut view, moment) {
                (Some(view), moment) => view.at(moment, services, output),
                (None, Moment::Look(elapsed)) => show(services, elapsed, args.format, output),
                (None, Moment::Wait) => Ok(()),
            };
            match written {
                Ok(()) if view.as_ref().is_none_or(|view| !view.is_over) => {
                    ControlFlow::Continue(())
                }
                _ => ControlFlow::Break(()),
            }
        },
    )?;
    if let Some(live) = live {
        live.update(&services, seconds, true);
    }
    let has_hint = view.is_some_and(|view| view.keys.is_some());
    written?;
    if has_hint {
        // The last line of the screen has no end.
        writeln!(output.out)?;
    }
    let paths = ShortPaths::new(context.system, None);
    conclude(
        &services,
        args,
        context.cancel,
        &|file| paths.short(file),
        output,
    )
}

fn show(
    services: &[Watched],
    elapsed: Duration,
    format: WatchFormat,
    output: &mut Output,
) -> anyhow::Result<()> {
    for service in services {
        match format {
            WatchFormat::Json => writeln!(output.out, "{}", value(service, elapsed))?,
            WatchFormat::Text => writeln!(output.out, "{}", line(service, elapsed))?,
        }
    }
    output.out.flush()?;
    Ok(())
}

/// The view in a terminal, which keys scroll.
struct View {
    /// `None` where nobody can press any.
    keys: Option<Keys>,
    scroll: view::Scroll,
    /// Of the last look.
    elapsed: Duration,
    /// Somebody wants the watch to end.
    is_over: bool,
}

impl View {
    fn open() -> Self {
        Self {
            keys: Keys::open(),
            scroll: view::Scroll::default(),
            elapsed: Duration::ZERO,
            is_over: false,
        }
    }

    /// Draws the screen after each look and each key.
    fn at(
        &mut self,
        moment: Moment,
        services: &[Watched],
        output: &mut Output,
    ) -> anyhow::Result<()> {
        let pressed = self.keys.as_ref().map_or_else(Vec::new, Keys::pressed);
        match moment {
            Moment::Look(elapsed) => self.elapsed = elapsed,
            Moment::Wait if pressed.is_empty() => return Ok(()),
            Moment::Wait => {}
        }
        self.is_over |= pressed.contains(&Key::Quit);
        let size = (output.size)().unwrap_or(view::DEFAULT_SIZE);
        let headline = |service: &Watched| line(service, self.elapsed);
        let has_keys = self.keys.is_some();
        let screen = view::screen(
            services,
            &headline,
            size,
            &mut self.scroll,
            &pressed,
            has_keys,
        );
        write!(output.out, "{screen}")?;
        output.out.flush()?;
        Ok(())
    }
}

/// `+30s http://host:6060 120 goroutines, 2 PROVEN, 1 leak`
fn line(service: &Watched, elapsed: Duration) -> String {
    let url = &service.url;
    let head = format!("+{}s {url}", elapsed.as_secs());
    if let (0, Some(error)) = (service.looks, &service.note) {
        return format!("{head} {error}");
    }
    let proven: u64 = (service.history.trends().iter())
        .filter(|trend| trend.group.verdict == Verdict::Proven)
        .map(|trend| trend.group.count)
        .sum();
    let leaks = service.history.findings().len();
    let plural = if leaks == 1 { "" } else { "s" };
    let restarts = match service.history.restarts {
        0 => String::new(),
        n => format!(", {}", restarted(n)),
    };
    let note = (service.note.as_ref()).map_or_else(String::new, |note| format!(" ({note})"));
    format!(
        "{head} {} goroutines, {proven} PROVEN, {leaks} leak{plural}{restarts}{note}",
        service.total
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

fn value(service: &Watched, elapsed: Duration) -> Value {
    let findings = service.history.findings();
    json!({
        "seconds": elapsed.as_secs_f64(),
        "target": service.url,
        "error": service.note,
        "total": service.total,
        "looks": service.looks,
        "restarts": service.history.restarts,
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
    services: &[Watched],
    args: &WatchArgs,
    cancel: &Cancellation,
    path: &dyn Fn(&str) -> String,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let mut status = ExitStatus::Success;
    for service in services {
        let url = &service.url;
        let findings = service.history.findings().into_iter();
        let mut lines: Vec<String> = findings.map(|it| words(it, path)).collect();
        let restarts = service.history.restarts;
        if restarts > 0 {
            lines.push(restarted(restarts));
        }
        if service.is_lost() {
            let error = service.note.as_deref().unwrap_or("no answer");
            lines.push(format!("does not answer any more: {error}"));
        }
        if service.has_findings(args.fail_on_restart) {
            status = ExitStatus::Findings;
        }
        if args.format == WatchFormat::Text {
            for line in lines {
                writeln!(output.out, "{url}: {line}")?;
            }
        }
    }
    if let Some(service) = services.iter().find(|service| service.looks == 0) {
        cancel.check()?;
        let error = service.note.as_deref().unwrap_or("no answer");
        bail!("failed to read {}: {error}", service.url);
    }
    Ok(status)
}
