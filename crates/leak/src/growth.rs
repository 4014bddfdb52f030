//! How the goroutines of a live service change over time.
//!
//! Counts at one moment say little: a busy service has many goroutines. What never ends keeps
//! growing. Goroutines are joined by *site*: the function they began in and their `go` statement,
//! which stay the same whatever they wait for at a look. Where looks have ids, a site is judged by
//! single goroutines:
//!
//! - those that came since the first look and are still there must have come at different times, and
//!   be more than the threshold;
//! - the least number of lasting goroutines (seen twice) must grow over the quarters of the window,
//!   up to the last look: a sawtooth, a burst or a warm-up does not;
//! - more of them must have come than gone, in the last third too, beyond what coins would give
//!   ([`stats::ERROR_RATE`]): load that comes and goes is not growth, however long its goroutines
//!   live.
//!
//! Without ids the least count of each quarter must grow, and the steps between counts must go
//! upwards beyond those of a random walk. That takes longer, since a wave of load goes upwards for a
//! while too. All tests of a soak share one error rate. Findings stay: what ends a moment later has
//! still been seen.

mod process;
pub mod stats;

use std::collections::BTreeMap;

use crate::dump::Snapshot;
use crate::group::{Group, Verdict};

pub use process::Process;
use stats::{MIN_COUNTS, MIN_LOOKS};

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

/// The past of one site. Each list has an element per time of the window.
#[derive(Debug)]
struct Series {
    latest: Group,
    counts: Vec<u64>,
    /// Goroutines that were there at the look before too.
    lasting: Vec<u64>,
    /// Goroutines seen for the second time that were not there at the first look of all.
    births: Vec<u64>,
    /// Of those seen twice, the ones that are gone.
    deaths: Vec<u64>,
    /// Look at which each goroutine was first seen, counted as [`History::looks`]; empty without ids.
    alive: BTreeMap<u64, usize>,
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
        let (looks, before) = (self.looks, self.times.len() - 1);
        let series = self.sites.entry(site).or_insert_with(|| Series {
            latest: now.group.clone(),
            counts: vec![0; before],
            lasting: vec![0; before],
            births: vec![0; before],
            deaths: vec![0; before],
            alive: BTreeMap::new(),
        });
        let mut alive = BTreeMap::new();
        let (mut lasting, mut births) = (0, 0);
        for id in now.ids {
            let first = series.alive.remove(&id).unwrap_or(looks);
            lasting += u64::from(first < looks);
            births += u64::from(first + 1 == looks && first > 1);
            alive.insert(id, first);
        }
        // What is left has gone; who was seen once only does not count.
        let deaths = series.alive.values().filter(|first| **first + 1 < looks);
        series.deaths.push(deaths.count() as u64);
        series.births.push(births);
        series.lasting.push(lasting);
        series.counts.push(now.count);
        series.alive = alive;
        series.latest = now.group;
    }

    /// Brings sites that were absent to the same length, and forgets what is out of the window.
    fn close_look(&mut self) {
        let (n, looks) = (self.times.len(), self.looks);
        for series in self.sites.values_mut() {
            if series.counts.len() < n {
                let gone = std::mem::take(&mut series.alive);
                let deaths = gone.values().filter(|first| **first + 1 < looks).count();
                series.deaths.push(deaths as u64);
                series.births.push(0);
                series.lasting.push(0);
                series.counts.push(0);
            }
        }
        if n > WINDOW {
            self.times.remove(0);
            for series in self.sites.values_mut() {
                for list in [
                    &mut series.counts,
                    &mut series.lasting,
                    &mut series.births,
                    &mut series.deaths,
                ] {
                    list.remove(0);
                }
            }
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
            let survivors = series.survivors(start, self.looks);
            let growth = series.growth(survivors.as_ref(), max_growth, error_rate);
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
                survivors: survivors.map(|it| it.iter().sum()),
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
                survivors: series
                    .survivors(start, self.looks)
                    .map(|it| it.iter().sum()),
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

impl Series {
    /// Whether its goroutines come or go at all, so that it could be found to grow.
    fn is_active(&self) -> bool {
        let changes = self.births.iter().chain(&self.deaths).any(|it| *it > 0);
        changes || self.counts.windows(2).any(|pair| pair[0] != pair[1])
    }

    /// Goroutines that are still there by the look they were first seen at, from the second look of
    /// the window, which is look `start`, to the one before the last, which is look `looks`. `None`
    /// without ids.
    fn survivors(&self, start: usize, looks: usize) -> Option<Vec<u64>> {
        if self.alive.is_empty() {
            return None;
        }
        let mut arrivals = vec![0; self.counts.len().saturating_sub(2)];
        for first in self.alive.values().filter(|first| **first < looks) {
            let slot = first.checked_sub(start + 1);
            if let Some(slot) = slot.and_then(|slot| arrivals.get_mut(slot)) {
                *slot += 1;
            }
        }
        Some(arrivals)
    }

    /// By how many goroutines it grows; `None` if it does not.
    fn growth(
        &self,
        survivors: Option<&Vec<u64>>,
        max_growth: u64,
        error_rate: f64,
    ) -> Option<u64> {
        if self.counts.len() < MIN_LOOKS {
            return None;
        }
        let Some(survivors) = survivors else {
            if self.counts.len() < MIN_COUNTS {
                return None;
            }
            let minima = rising_minima(&self.counts)?;
            let growth = minima[3] - minima[0];
            let grows = growth > max_growth && stats::walk(&self.counts) <= error_rate;
            return grows.then_some(growth);
        };
        let growth: u64 = survivors.iter().sum();
        if growth <= max_growth || !came_at_different_times(survivors) {
            return None;
        }
        rising_minima(&self.lasting[1..])?;
        let coins_since = |start: usize| {
            let births: u64 = self.births[start..].iter().sum();
            let deaths: u64 = self.deaths[start..].iter().sum();
            stats::coins(births, births + deaths)
        };
        let last_third = self.counts.len() - self.counts.len() / 3;
        // The first test bounds the error; the others only see that growth goes on.
        let goes_on = coins_since(last_third) <= 0.05 && self.births.last() > Some(&0);
        (goes_on && coins_since(0) <= error_rate).then_some(growth)
    }
}

/// The parts of a list, oldest first; the last is the longest.
fn quarters(values: &[u64]) -> [&[u64]; 4] {
    let n = values.len() / 4;
    let (first, rest) = values.split_at(n);
    let (second, rest) = rest.split_at(n);
    let (third, fourth) = rest.split_at(n);
    [first, second, third, fourth]
}

/// In two quarters at least, one of them in the second half; and a third of them not within two
/// consecutive looks, as those of one job or burst are.
fn came_at_different_times(arrivals: &[u64]) -> bool {
    let came = quarters(arrivals).map(|it| it.iter().any(|count| *count > 0));
    let all: u64 = arrivals.iter().sum();
    let most = arrivals.windows(2).map(|pair| pair[0] + pair[1]).max();
    let others = all - most.unwrap_or(all);
    came.iter().filter(|came| **came).count() >= 2 && (came[2] || came[3]) && others * 3 >= all
}

/// The least value of each quarter, if these rise, and not only at first.
fn rising_minima(values: &[u64]) -> Option<[u64; 4]> {
    let minima = quarters(values).map(|part| part.iter().min().copied().unwrap_or(0));
    let [first, second, third, fourth] = minima;
    // Of two neighbors one may dip.
    let rises = first <= third && second < fourth && third <= fourth;
    // A third of the growth must be of the last two of the three steps.
    let late = fourth.saturating_sub(second) * 20 >= fourth.saturating_sub(first) * 7;
    (rises && late).then_some(minima)
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
