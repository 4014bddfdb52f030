//! How groups of a live service change over time.
//!
//! Counts at one moment say little: a busy service has many goroutines. What never ends keeps
//! growing. A group grows if the Mann–Kendall test sees an upward trend in its counts; its slope
//! is the median of the slopes between all pairs of snapshots (Theil–Sen), which a single burst
//! does not move.

use std::collections::{BTreeMap, BTreeSet};

use crate::dump::Snapshot;
use crate::group::{Group, Verdict};

/// Snapshots kept of each group; pairs grow with the square.
const WINDOW: usize = 120;
/// Fewer points than this are no trend.
const MIN_POINTS: usize = 3;

/// The recent past of one service.
#[derive(Debug, Default)]
pub struct History {
    /// Seconds since the start of each snapshot in the window.
    times: Vec<f64>,
    groups: BTreeMap<String, Series>,
    total: u64,
}

#[derive(Debug)]
struct Series {
    latest: Group,
    /// One per time; 0 where the group was absent.
    counts: Vec<u64>,
    /// Ids when it was first seen, if the form has them.
    first_ids: BTreeSet<u64>,
}

/// What became of one group.
#[derive(Debug)]
pub struct Trend<'a> {
    pub group: &'a Group,
    /// Oldest first.
    pub counts: &'a [u64],
    /// Goroutines that came per minute, by Theil–Sen.
    pub per_minute: f64,
    /// Upward by Mann–Kendall.
    pub is_growing: bool,
    /// Goroutines that are there since the group was first seen; 0 where the form has no ids.
    pub survivors: u64,
}

impl Trend<'_> {
    /// Goroutines more than at the start of the window.
    pub fn growth(&self) -> i64 {
        let ends = self.counts.first().zip(self.counts.last());
        ends.map_or(0, |(first, last)| {
            last.cast_signed().saturating_sub(first.cast_signed())
        })
    }
}

impl History {
    /// Adds what was seen at `seconds`, which must not go back. Gives whether the history began
    /// anew because the service seems to have been restarted: less than half of its goroutines
    /// are left.
    pub fn push(&mut self, seconds: f64, snapshot: Snapshot) -> bool {
        let restarted = self.total >= 20 && snapshot.total < self.total / 2;
        if restarted {
            *self = Self::default();
        }
        self.total = snapshot.total;
        self.times.push(seconds);
        let n = self.times.len();
        for group in snapshot.groups {
            let series = self.groups.entry(group.key()).or_insert_with(|| Series {
                first_ids: group.ids.iter().copied().collect(),
                latest: group.clone(),
                counts: vec![0; n - 1],
            });
            series.counts.push(group.count);
            series.latest = group;
        }
        for series in self.groups.values_mut() {
            series.counts.resize(n, 0);
        }
        if n > WINDOW {
            self.times.remove(0);
            for series in self.groups.values_mut() {
                series.counts.remove(0);
            }
            self.groups
                .retain(|_, series| series.counts.iter().any(|count| *count > 0));
        }
        restarted
    }

    /// Number of snapshots in the window.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// All groups that are there now, the fastest growing first.
    pub fn trends(&self) -> Vec<Trend<'_>> {
        let present = self
            .groups
            .values()
            .filter(|it| it.counts.last() != Some(&0));
        let mut trends: Vec<_> = present
            .map(|series| Trend {
                group: &series.latest,
                counts: &series.counts,
                per_minute: theil_sen(&self.times, &series.counts) * 60.0,
                is_growing: grows(&series.counts),
                survivors: survivors(series),
            })
            .collect();
        trends.sort_by(|a, b| {
            let order = b
                .is_growing
                .cmp(&a.is_growing)
                .then(b.per_minute.total_cmp(&a.per_minute));
            order
                .then_with(|| b.group.count.cmp(&a.group.count))
                .then_with(|| a.group.key().cmp(&b.group.key()))
        });
        trends
    }

    /// Groups that grow by more than `threshold` goroutines. Proven ones need no growth: there
    /// is nothing to wait for.
    pub fn findings(&self, threshold: u64) -> Vec<Trend<'_>> {
        let mut trends = self.trends();
        trends.retain(|trend| match trend.group.verdict {
            Verdict::Proven => true,
            Verdict::Running => false,
            Verdict::Blocked | Verdict::Idle => {
                trend.is_growing && trend.growth() > i64::try_from(threshold).unwrap_or(i64::MAX)
            }
        });
        trends
    }
}

fn survivors(series: &Series) -> u64 {
    series
        .latest
        .ids
        .iter()
        .filter(|id| series.first_ids.contains(id))
        .count() as u64
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

/// Mann–Kendall, one-sided. With fewer than eight points the normal approximation is poor: then
/// every pair must go up or stay, and the whole must have gone up.
fn grows(counts: &[u64]) -> bool {
    let n = counts.len();
    if n < MIN_POINTS {
        return false;
    }
    if n < 8 {
        return counts.is_sorted() && counts.first() < counts.last();
    }
    let mut s = 0_i64;
    for (later, count) in counts.iter().enumerate() {
        for earlier in &counts[..later] {
            s += match count.cmp(earlier) {
                std::cmp::Ordering::Less => -1,
                std::cmp::Ordering::Equal => 0,
                std::cmp::Ordering::Greater => 1,
            };
        }
    }
    let n = n as f64;
    // Ties make the true variance smaller, so this asks for more than it must.
    let variance = n * (n - 1.0) * (2.0 * n + 5.0) / 18.0;
    // 1 % one-sided: many groups are tested many times.
    (s as f64 - 1.0) / variance.sqrt() > 2.326
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Ownership, dump};

    fn snapshot(count: u64, first_id: u64) -> Snapshot {
        let blocks = (first_id..first_id + count)
            .map(|id| format!("goroutine {id} [chan send]:\nmain.f()\n\tm.go:3\n\n"));
        let text: String = blocks.collect();
        dump::read(&mut text.as_bytes(), Ownership::default()).unwrap()
    }

    fn history(counts: &[u64]) -> History {
        let mut history = History::default();
        for (idx, count) in counts.iter().enumerate() {
            history.push(idx as f64 * 10.0, snapshot(*count, 1));
        }
        history
    }

    #[test]
    fn a_trend_is_told_from_noise() {
        let cases: [(&[u64], bool); 7] = [
            (&[1, 2], false),
            (&[1, 2, 3], true),
            (&[3, 3, 3], false),
            (&[1, 5, 4], false),
            (&[5, 6, 5, 6, 5, 6, 5, 6, 5, 6], false),
            (&[5, 6, 5, 7, 8, 8, 9, 10, 9, 12], true),
            (&[5, 90, 5, 6, 5, 6, 5, 5, 6, 5], false),
        ];
        for (counts, want) in cases {
            assert_eq!(grows(counts), want, "{counts:?}");
        }
    }

    #[test]
    fn the_slope_is_per_minute_and_survives_a_burst() {
        let history = history(&[10, 11, 25, 13, 14]);
        let trends = history.trends();
        assert!(
            (trends[0].per_minute - 6.0).abs() < 1e-9,
            "{}",
            trends[0].per_minute
        );
        assert_eq!((trends[0].growth(), trends[0].survivors), (4, 10));
    }

    #[test]
    fn only_growth_beyond_the_threshold_is_a_finding() {
        let history = history(&[10, 12, 15]);
        assert_eq!(history.findings(4).len(), 1);
        assert_eq!(history.findings(5).len(), 0);
    }

    #[test]
    fn a_restart_begins_anew() {
        let mut history = history(&[30, 35, 40]);
        assert!(history.push(40.0, snapshot(5, 1)));
        assert_eq!(history.len(), 1);
    }
}
