//! How the goroutines of a live service change over time.
//!
//! Counts at one moment say little: a busy service has many goroutines. What never ends keeps
//! growing. Goroutines are joined by *site*: the function they began in and their `go` statement,
//! which stay the same whatever they wait for at a look. Where looks have ids, a site is judged by
//! single goroutines, at several ages (`series`), so that those that come and go do not hide the
//! ones that stay. At one age or more
//!
//! - those that came since the first look and are still there must be more than the threshold, and
//!   have come at more than two moments: a pool that is resized twice is none;
//! - the least number of them must grow over the quarters of the window, up to the last look, and
//!   beyond what it was at most in the first half: a sawtooth, a burst or a warm-up does not;
//! - they must come at a rate that does not fade, as a pool that fills does;
//! - more must have come than gone, in the last third too, beyond what coins would give
//!   ([`stats::ERROR_RATE`]); goroutines that end together are one coin.
//!
//! Without ids the least count of each quarter must grow, and the steps between counts must go
//! upwards beyond those of a random walk. That takes longer, since a wave of load goes upwards for a
//! while too. All tests of a soak share one error rate. Findings stay: what ends a moment later has
//! still been seen.
//!
//! What looks like a leak in all of this is reported as one: goroutines of a service that has just
//! started, which live longer than the watch, or an outage during which requests pile up for nine
//! looks.

mod process;
mod series;
pub mod stats;

use std::collections::BTreeMap;

use crate::dump::Snapshot;
use crate::group::{Group, Verdict};

pub use process::Process;
use series::Series;

/// Looks kept of each site.
const WINDOW: usize = 120;

/// A site: creator with its line where the form has it, and the function a goroutine began in.
pub type Site = String;

/// What a service shows at one moment.
#[derive(Debug)]
pub struct Look {
    /// Since the start of the watch; must not go back.
    pub seconds: f64,
    pub snapshot: Snapshot,
    pub process: Process,
}

/// Why a site is a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The runtime has proven that some of its goroutines can never run again.
    Proven,
    /// Its goroutines stay, and more come.
    Grows,
}

/// A site that leaks, as it was when it was last seen to.
#[derive(Clone, Debug)]
pub struct Finding {
    pub reason: Reason,
    /// Most of the site's goroutines.
    pub group: Group,
    /// Goroutines of the site.
    pub count: u64,
    /// Goroutines more than at the start of the window; for a proven site those proven.
    pub growth: u64,
    /// Goroutines that came during the watch and stayed; `None` where looks have no ids.
    pub survivors: Option<u64>,
    pub per_minute: f64,
    /// The look, from 1, and its time at which it was found.
    pub look: usize,
    pub seconds: f64,
}

/// The present of one site.
#[derive(Debug)]
pub struct Trend<'a> {
    /// Most of the site's goroutines.
    pub group: &'a Group,
    /// Oldest first.
    pub counts: &'a [u64],
    /// Goroutines that came per minute, by Theil–Sen.
    pub per_minute: f64,
    /// It is among the findings.
    pub is_finding: bool,
    /// Goroutines that came during the watch and stayed; `None` where looks have no ids.
    pub survivors: Option<u64>,
}

/// The past of one service.
#[derive(Debug, Default)]
pub struct History {
    /// Seconds of each look in the window.
    times: Vec<f64>,
    sites: BTreeMap<Site, Series>,
    findings: BTreeMap<Site, Finding>,
    /// Looks since the process started.
    looks: usize,
    /// Looks altogether.
    all_looks: usize,
    seen: process::Seen,
    /// How often the process was another one than at the look before.
    pub restarts: u64,
}

/// A site at one look.
struct SiteNow {
    group: Group,
    count: u64,
    proven: u64,
    ids: Vec<u64>,
}

impl History {
    /// Adds a look. Gives whether the process is another one than before, so that its past began
    /// anew; findings stay.
    pub fn push(&mut self, look: Look, max_growth: u64) -> bool {
        let sites = sites(look.snapshot);
        let restarted = self.seen.is_other(&look.process, &sites);
        if restarted {
            self.restarts += 1;
            self.times.clear();
            self.sites.clear();
            self.looks = 0;
        }
        self.seen.update(look.process, &sites);
        self.looks += 1;
        self.all_looks += 1;
        self.times.push(look.seconds);
        let mut proven = BTreeMap::new();
        for (site, now) in sites {
            proven.insert(site.clone(), now.proven);
            self.add(site, now);
        }
        self.close_look();
        self.judge(max_growth, &proven, look.seconds);
        restarted
    }

    fn add(&mut self, site: Site, now: SiteNow) {
        let before = self.times.len() - 1;
        let series = self.sites.entry(site);
        let series = series.or_insert_with(|| Series::new(now.group.clone(), before));
        series.push(Some(now), self.looks);
    }

    /// Brings sites that were absent to the same length, and forgets what is out of the window.
    fn close_look(&mut self) {
        let n = self.times.len();
        for series in self.sites.values_mut() {
            if series.counts.len() < n {
                series.push(None, self.looks);
            }
        }
        if n > WINDOW {
            self.times.remove(0);
            self.sites.values_mut().for_each(Series::forget_oldest);
            self.sites
                .retain(|_, series| series.counts.iter().any(|count| *count > 0));
        }
    }

    fn judge(&mut self, max_growth: u64, proven: &BTreeMap<Site, u64>, seconds: f64) {
        let active = self.sites.values().filter(|it| it.is_active()).count();
        let error_rate = stats::error_rate(self.looks, active);
        let start = self.looks - self.times.len() + 1;
        for (site, series) in &self.sites {
            let proven = proven.get(site).copied().unwrap_or(0);
            let growth = series.growth(start, max_growth, error_rate);
            let (reason, growth) = match (proven, growth) {
                (0, None) => continue,
                (0, Some(growth)) => (Reason::Grows, growth),
                (proven, growth) => (Reason::Proven, growth.unwrap_or(proven)),
            };
            let found = self.findings.get(site);
            let finding = Finding {
                reason,
                group: series.latest.clone(),
                count: series.counts.last().copied().unwrap_or(0),
                growth,
                survivors: series.survivors(start),
                per_minute: theil_sen(&self.times, &series.counts) * 60.0,
                look: found.map_or(self.all_looks, |it| it.look),
                seconds: found.map_or(seconds, |it| it.seconds),
            };
            // A proof outlives the moment, and growth is shown as it was at its largest.
            let is_more = found.is_none_or(|it| {
                it.growth <= finding.growth && (it.reason != Reason::Proven || proven > 0)
            });
            if is_more {
                self.findings.insert(site.clone(), finding);
            }
        }
    }

    /// Seconds of each look in the window, since the start of the watch.
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// Number of looks at the present process in the window.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there was no look yet.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// Everything found since the watch began, the largest first.
    pub fn findings(&self) -> Vec<&Finding> {
        let mut findings: Vec<_> = self.findings.values().collect();
        findings.sort_by_cached_key(|it| (std::cmp::Reverse(it.growth), it.group.key()));
        findings
    }

    /// All sites that are there now: findings first, then the fastest growing.
    pub fn trends(&self) -> Vec<Trend<'_>> {
        let start = (self.looks + 1).saturating_sub(self.times.len());
        let present = self
            .sites
            .iter()
            .filter(|(_, it)| it.counts.last() != Some(&0));
        let mut trends: Vec<_> = present
            .map(|(site, series)| Trend {
                group: &series.latest,
                counts: &series.counts,
                per_minute: theil_sen(&self.times, &series.counts) * 60.0,
                is_finding: self.findings.contains_key(site),
                survivors: series.survivors(start),
            })
            .collect();
        trends.sort_by(|a, b| {
            let order = b.is_finding.cmp(&a.is_finding);
            order
                .then(b.per_minute.total_cmp(&a.per_minute))
                .then_with(|| b.counts.last().cmp(&a.counts.last()))
                .then_with(|| a.group.key().cmp(&b.group.key()))
        });
        trends
    }
}

/// Joins the groups of a snapshot by site.
fn sites(snapshot: Snapshot) -> BTreeMap<Site, SiteNow> {
    let mut sites: BTreeMap<Site, SiteNow> = BTreeMap::new();
    for group in snapshot.groups {
        let Some(site) = site(&group) else { continue };
        let proven = if group.verdict == Verdict::Proven {
            group.count
        } else {
            0
        };
        let ids = group.ids.clone();
        let Some(known) = sites.get_mut(&site) else {
            let count = group.count;
            let now = SiteNow {
                group,
                count,
                proven,
                ids,
            };
            sites.insert(site, now);
            continue;
        };
        known.count += group.count;
        known.proven += proven;
        known.ids.extend(ids);
        // What is shown is the worst, then the most.
        let rank = |it: &Group| (it.verdict != Verdict::Proven, std::cmp::Reverse(it.count));
        if rank(&group) < rank(&known.group) {
            known.group = group;
        }
    }
    sites
}

/// `None` for a goroutine without a stack.
fn site(group: &Group) -> Option<Site> {
    let entry = &group.frames.last()?.function;
    Some(match &group.created_by {
        Some(by) => format!("{entry} < {}:{}", by.frame.function, by.frame.line),
        None => entry.to_string(),
    })
}

/// Median of the slopes between all pairs, per second; 0 for fewer than two points in time.
fn theil_sen(times: &[f64], counts: &[u64]) -> f64 {
    let mut slopes = Vec::new();
    for (later, (time, count)) in times.iter().zip(counts).enumerate() {
        for (before, earlier) in times[..later].iter().zip(counts) {
            let elapsed = time - before;
            if elapsed > 0.0 {
                slopes.push((*count as f64 - *earlier as f64) / elapsed);
            }
        }
    }
    slopes.sort_by(f64::total_cmp);
    match slopes.len() {
        0 => 0.0,
        n if n % 2 == 1 => slopes[n / 2],
        n => f64::midpoint(slopes[n / 2 - 1], slopes[n / 2]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Ownership, dump};

    /// A look every ten seconds at goroutines of one site with these ids.
    fn look(idx: usize, ids: impl Iterator<Item = u64>) -> Look {
        let blocks = ids.map(|id| format!("goroutine {id} [chan send]:\nmain.f()\n\tm.go:3\n\n"));
        let main = "goroutine 1 [select]:\nmain.main()\n\tm.go:9\n\n".to_owned();
        let text: String = std::iter::once(main).chain(blocks).collect();
        Look {
            seconds: idx as f64 * 10.0,
            snapshot: dump::read(&mut text.as_bytes(), Ownership::default()).unwrap(),
            process: Process::default(),
        }
    }

    fn history(looks: impl Iterator<Item = Vec<u64>>) -> History {
        let mut history = History::default();
        for (idx, ids) in looks.enumerate() {
            history.push(look(idx, ids.into_iter()), 10);
        }
        history
    }

    #[test]
    fn a_leak_is_found_at_the_first_test_and_stays_found() {
        let leak = |looks: u64| (0..looks).map(|idx| (10..10 + 3 * idx).collect::<Vec<_>>());
        assert!(history(leak(8)).findings().is_empty());
        let found = history(leak(9).chain([vec![10], vec![10]]));
        let findings = found.findings();
        assert_eq!(findings.len(), 1);
        let finding = findings[0];
        assert_eq!(
            (finding.look, finding.growth, finding.survivors),
            (9, 21, Some(21))
        );
        assert_eq!(finding.reason, Reason::Grows);
    }

    #[test]
    fn goroutines_that_come_and_go_are_not_a_leak() {
        // As many more at each look, all of them new.
        let churn = (0..20).map(|idx| (1000 * idx + 10..1000 * idx + 10 + 3 * idx).collect());
        assert!(history(churn).findings().is_empty());
    }

    #[test]
    fn the_slope_is_per_minute_and_survives_a_burst() {
        let counts = [10, 11, 25, 13, 14];
        let history = history(counts.iter().map(|count| (10..10 + count).collect()));
        let trends = history.trends();
        let trend = trends.iter().find(|it| it.counts == counts).unwrap();
        assert!(
            (trend.per_minute - 6.0).abs() < 1e-9,
            "{}",
            trend.per_minute
        );
    }

    #[test]
    fn a_new_process_begins_anew_but_findings_stay() {
        let leak = (0..10).map(|idx| (100..100 + 3 * idx).collect::<Vec<_>>());
        let mut history = history(leak);
        assert_eq!((history.findings().len(), history.restarts), (1, 0));
        assert!(history.push(look(10, 20..25), 10));
        assert_eq!((history.len(), history.restarts), (1, 1));
        assert_eq!(history.findings().len(), 1);
    }
}
