//! Goroutines that cannot end as JSON: of source, of dumps, and of a watch that goes on.

use std::sync::{Mutex, OnceLock, PoisonError};

use leak::growth::Finding;
use leak::report::{created, what};
use leak::{Group, Sighting};
use project::Workspace;
use project::goroutines::watch::Watched;
use project::leaks::{LeakReport, LeakRequest, Seen, join, leaks};
use serde_json::{Value, json};

use super::{UiSite, code};

/// Most frames of a stack that are sent.
const MAX_FRAMES: usize = 100;

/// What the page of leaks is made from.
#[derive(Default)]
pub struct Leaks<'a> {
    /// The packages to look at when the page is opened first: that takes a while.
    pub request: Option<LeakRequest>,
    /// Goroutines that were seen, with the name of their dump or service.
    pub seen: Vec<(String, Seen)>,
    pub watch: Option<&'a LiveWatch>,
}

impl Leaks<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.request.is_none() && self.seen.is_empty() && self.watch.is_none()
    }
}

/// A watch as its last look left it, for the page that follows it.
#[derive(Default, Debug)]
pub struct LiveWatch {
    state: Mutex<Value>,
}

impl LiveWatch {
    /// Keeps what a look has shown.
    pub fn update(&self, services: &[Watched], interval_seconds: f64, is_over: bool) {
        let value = json!({
            "interval": interval_seconds,
            "isOver": is_over,
            "services": services.iter().map(service).collect::<Value>(),
        });
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = value;
    }

    fn value(&self) -> Value {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match &*state {
            Value::Null => json!({ "interval": 1, "isOver": false, "services": [] }),
            known => known.clone(),
        }
    }
}

/// The leaks of the source: found once, when they are asked for.
#[derive(Default)]
pub(super) struct InSource {
    found: OnceLock<Result<Found, String>>,
}

struct Found {
    report: LeakReport,
    /// Of each dump and each of its groups: which findings explain it.
    explained: Vec<Vec<Vec<usize>>>,
}

impl InSource {
    fn get(
        &self,
        leaks_of: &Leaks<'_>,
        workspace: Option<&Workspace<'_>>,
    ) -> Option<&Result<Found, String>> {
        let request = leaks_of.request.as_ref()?;
        let workspace = workspace?;
        Some(self.found.get_or_init(|| {
            let mut report = leaks(workspace, request).map_err(|error| match error.hint() {
                Some(hint) => format!("{error}: {hint}"),
                None => error.to_string(),
            })?;
            let explained = explain(&mut report, &leaks_of.seen);
            Ok(Found { report, explained })
        }))
    }
}

/// Joins findings and dumps, and says which findings got each group as evidence.
fn explain(report: &mut LeakReport, seen: &[(String, Seen)]) -> Vec<Vec<Vec<usize>>> {
    for (name, seen) in seen {
        join(&mut report.findings, &seen.sightings, name);
    }
    let explains = |group: &Group| -> Vec<usize> {
        let Some(place) = group.place() else {
            return Vec::new();
        };
        let is_near = |finding: &diag::Diagnostic| {
            !finding.evidence.is_empty()
                && (std::iter::once(&finding.primary).chain(&finding.secondary)).any(|at| {
                    at.start.line == place.line
                        && at.path.to_string_lossy().ends_with(file_name(&place.file))
                })
        };
        let findings = report.findings.iter().enumerate();
        findings
            .filter(|(_, it)| is_near(it))
            .map(|(index, _)| index)
            .collect()
    };
    (seen.iter())
        .map(|(_, seen)| {
            let groups = seen.sightings.iter().map(|it| &it.group);
            groups.map(explains).collect()
        })
        .collect()
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

pub(super) fn page(site: &UiSite<'_>) -> Value {
    let leaks_of = &site.work.leaks;
    let found = site.in_source.get(leaks_of, site.work.workspace);
    let report = found.and_then(|it| it.as_ref().ok());
    let check = report.map(|it| {
        let broken: Vec<String> = (it.report.broken.iter())
            .map(|it| format!("{} does not compile", it.import_path))
            .collect();
        json!({
            "packages": it.report.packages,
            "functions": it.report.functions,
            "cut": it.report.cut,
            "broken": broken,
        })
    });
    let findings: Vec<Value> = report.map_or_else(Vec::new, |it| {
        let findings = it.report.findings.iter().enumerate();
        findings
            .map(|(index, it)| code::finding(site, index, it))
            .collect()
    });
    let nothing = Vec::new();
    let seen: Vec<Value> = (leaks_of.seen.iter().enumerate())
        .map(|(at, (name, seen))| {
            let explained = report.map_or(&nothing, |it| &it.explained[at]);
            json!({
                "name": name,
                "total": seen.total,
                "states": seen.states,
                "groups": groups(seen, explained),
            })
        })
        .collect();
    json!({
        "check": check,
        "error": found.and_then(|it| it.as_ref().err()),
        "findings": findings,
        "seen": seen,
        "watch": leaks_of.watch.map(LiveWatch::value),
    })
}

/// The groups of a dump, the worst first as the command line has them.
fn groups(seen: &Seen, explained: &[Vec<usize>]) -> Value {
    let all = seen.sightings.iter().enumerate();
    all.map(
        |(
            index,
            Sighting {
                group: it,
                verdict,
                test,
            },
        )| {
            let mut value = group(it);
            value["verdict"] = verdict.as_str().into();
            value["test"] = test.as_deref().into();
            value["count"] = it.count.into();
            value["minutes"] = it.minutes.into();
            value["hint"] = it.known.map(|known| known.hint).into();
            value["explainedBy"] = explained.get(index).cloned().unwrap_or_default().into();
            value
        },
    )
    .collect()
}

fn group(group: &Group) -> Value {
    let frames: Vec<Value> = (group.frames.iter().take(MAX_FRAMES))
        .map(|it| json!([it.function, it.file, it.line]))
        .collect();
    json!({
        "verdict": group.verdict.name(),
        "state": group.state,
        "what": what(group, &short),
        "created": created(group, &short),
        "frames": frames,
        "fingerprint": group.fingerprint(),
    })
}

/// The last two parts of a path: files of another machine have long ones.
fn short(path: &str) -> String {
    let parts: Vec<&str> = path.rsplit('/').take(2).collect();
    parts.into_iter().rev().collect::<Vec<_>>().join("/")
}

fn service(watched: &Watched) -> Value {
    let history = &watched.history;
    let findings = history.findings();
    let since = |fingerprint: &str| {
        let found = (findings.iter()).find(|it: &&&Finding| it.group.fingerprint() == fingerprint);
        found.map(|it| it.seconds)
    };
    let sites: Vec<Value> = (history.trends().iter())
        .map(|trend| {
            let mut value = group(trend.group);
            let fingerprint = trend.group.fingerprint();
            value["key"] = fingerprint.as_str().into();
            value["counts"] = trend.counts.into();
            value["perMinute"] = json!(trend.per_minute);
            value["isFinding"] = trend.is_finding.into();
            value["survivors"] = trend.survivors.into();
            value["since"] = json!(since(&fingerprint));
            value
        })
        .collect();
    json!({
        "url": watched.url,
        "note": watched.note,
        "isDown": watched.is_down,
        "looks": watched.looks,
        "total": watched.total,
        "restarts": history.restarts,
        "times": history.times(),
        "sites": sites,
    })
}
