//! The past of one site, and whether it leaks.

use std::collections::BTreeMap;

use super::SiteNow;
use super::stats::{self, MIN_COUNTS, MIN_LOOKS};
use crate::group::Group;

/// Ages in looks from which on goroutines are followed. Those that come and go within fewer looks
/// than an age do not hide the ones that stay.
const AGES: [usize; 4] = [1, 2, 4, 8];

/// The past of one site. Each list has an element per time of the window.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) latest: Group,
    pub(super) counts: Vec<u64>,
    lasting: [Lasting; AGES.len()],
    /// Looks since the process started.
    looks: usize,
    /// Look at which each goroutine was first seen, from 1; empty without ids.
    alive: BTreeMap<u64, usize>,
}

/// Goroutines of one age or more.
#[derive(Clone, Debug, Default)]
struct Lasting {
    /// In looks since the one they were first seen at.
    age: usize,
    /// How many there are; those of the first look of all count, since their age is not known.
    counts: Vec<u32>,
    /// Those that reached the age at this look.
    births: Vec<u32>,
    /// Those that are gone at this look.
    deaths: Vec<u32>,
}

impl Series {
    /// A site that was absent at so many looks.
    pub(super) fn new(latest: Group, absent: usize) -> Self {
        Self {
            latest,
            counts: vec![0; absent],
            lasting: AGES.map(|age| Lasting {
                age,
                counts: vec![0; absent],
                births: vec![0; absent],
                deaths: vec![0; absent],
            }),
            looks: 0,
            alive: BTreeMap::new(),
        }
    }

    /// Adds look `looks`, counted from 1; `None` if none of its goroutines is there.
    pub(super) fn push(&mut self, now: Option<SiteNow>, looks: usize) {
        self.looks = looks;
        self.counts.push(now.as_ref().map_or(0, |now| now.count));
        let (group, ids) = now.map(|now| (now.group, now.ids)).unzip();
        let mut alive = BTreeMap::new();
        for id in ids.unwrap_or_default() {
            let first = self.alive.remove(&id).unwrap_or(looks);
            alive.insert(id, first);
        }
        // What is left has gone.
        let gone = std::mem::replace(&mut self.alive, alive);
        for lasting in &mut self.lasting {
            let is_of =
                |first: usize, look: usize| look - first >= lasting.age || (first == 1 && look > 1);
            let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let now = self.alive.values().filter(|first| is_of(**first, looks));
            let born =
                (self.alive.values()).filter(|first| **first > 1 && looks - **first == lasting.age);
            let gone = gone.values().filter(|first| is_of(**first, looks - 1));
            lasting.counts.push(count(now.count()));
            lasting.births.push(count(born.count()));
            lasting.deaths.push(count(gone.count()));
        }
        if let Some(group) = group {
            self.latest = group;
        }
    }

    pub(super) fn forget_oldest(&mut self) {
        self.counts.remove(0);
        for lasting in &mut self.lasting {
            lasting.counts.remove(0);
            lasting.births.remove(0);
            lasting.deaths.remove(0);
        }
    }

    /// Whether its goroutines come or go at all, so that it could be found to grow.
    pub(super) fn is_active(&self) -> bool {
        let youngest = &self.lasting[0];
        let mut changes = youngest.births.iter().chain(&youngest.deaths);
        changes.any(|it| *it > 0) || self.counts.windows(2).any(|pair| pair[0] != pair[1])
    }

    /// Goroutines that came after look `start`, the first of the window, and were seen twice; `None`
    /// without ids.
    pub(super) fn survivors(&self, start: usize) -> Option<u64> {
        let arrivals = (!self.alive.is_empty()).then(|| self.arrivals(start, 1))?;
        Some(arrivals.iter().sum())
    }

    /// Goroutines of this age or more that are still there, by the look they were first seen at,
    /// from the second of the window.
    fn arrivals(&self, start: usize, age: usize) -> Vec<u64> {
        let mut arrivals = vec![0; self.counts.len().saturating_sub(age + 1)];
        for first in self.alive.values() {
            let slot = first.checked_sub(start + 1);
            if let Some(slot) = slot.and_then(|slot| arrivals.get_mut(slot)) {
                *slot += 1;
            }
        }
        arrivals
    }

    /// By how many goroutines it grows in a window that begins with look `start`; `None` if it does
    /// not.
    pub(super) fn growth(&self, start: usize, max_growth: u64, error_rate: f64) -> Option<u64> {
        if self.counts.len() < MIN_LOOKS {
            return None;
        }
        if self.alive.is_empty() {
            return self.growth_of_counts(max_growth, error_rate);
        }
        // Of the older ones, births say what came some looks ago.
        if !self.lasting[0].still_come(start) || !self.is_beyond_the_last_fall(start, max_growth) {
            return None;
        }
        let error_rate = error_rate / AGES.len() as f64;
        let growth = |lasting: &Lasting| {
            let arrivals = self.arrivals(start, lasting.age);
            let growth: u64 = arrivals.iter().sum();
            let grows = growth > max_growth
                && came_at_different_times(&arrivals)
                && lasting.grows(start, error_rate);
            grows.then_some(growth)
        };
        self.lasting.iter().find_map(growth)
    }

    /// Whether there is more than a site that fills again would show: where most of its goroutines
    /// were gone at a look, some that came meanwhile must be older than that, or there must be twice
    /// as many as ever before it.
    fn is_beyond_the_last_fall(&self, start: usize, max_growth: u64) -> bool {
        const MIN_FALL: u64 = 5;
        let falls = |pair: &[u64]| pair[1] * 2 <= pair[0] && pair[0] - pair[1] >= MIN_FALL;
        let Some(before) = self.counts.windows(2).rposition(falls) else {
            return true;
        };
        let came_before = |first: &&usize| (start + 1..=start + before).contains(*first);
        let outlived = self.alive.values().filter(came_before).count() as u64;
        let most = self.counts[..=before].iter().max();
        outlived * 2 > max_growth || self.counts.last() >= most.map(|it| it * 2).as_ref()
    }

    fn growth_of_counts(&self, max_growth: u64, error_rate: f64) -> Option<u64> {
        if self.counts.len() < MIN_COUNTS {
            return None;
        }
        let minima = rising_minima(&self.counts)?;
        let growth = minima[3] - minima[0];
        let grows = growth > max_growth && stats::walk(&self.counts) <= error_rate;
        grows.then_some(growth)
    }
}

impl Lasting {
    /// Births and deaths from the look at which the first can be born; the window begins with look
    /// `start`.
    fn events(&self, start: usize) -> (&[u32], &[u32]) {
        let first = if start == 1 { self.age + 1 } else { 0 };
        let births = self.births.get(first..).unwrap_or_default();
        (births, self.deaths.get(first..).unwrap_or_default())
    }

    /// Whether one came at the last look, and not ever fewer.
    fn still_come(&self, start: usize) -> bool {
        let (births, _) = self.events(start);
        births.last().is_some_and(|last| *last > 0) && !is_fading(births)
    }

    /// Whether more come than go, and get more than there were.
    fn grows(&self, start: usize, error_rate: f64) -> bool {
        let counts = &self.counts[1..];
        let before = counts[..counts.len() / 2].iter().max();
        let (births, deaths) = self.events(start);
        if is_fading(births) || counts.last() < before || rising_minima(counts).is_none() {
            return false;
        }
        let last_third = births.len() - births.len().div_ceil(3);
        // The second test bounds the error; the first only sees that growth goes on.
        stats::excess(&births[last_third..], &deaths[last_third..]) <= 0.05
            && stats::excess(births, deaths) <= error_rate
    }
}

/// Whether fewer than half as many came in the second half as in the first, and more than by chance:
/// a pool that fills.
fn is_fading(births: &[u32]) -> bool {
    let half = births.len() / 2;
    let sum = |part: &[u32]| part.iter().map(|it| u64::from(*it)).sum::<u64>();
    let (earlier, later) = (sum(&births[..half]), sum(&births[births.len() - half..]));
    later * 2 < earlier && stats::coins(earlier, earlier + later) <= 0.02
}

/// The parts of a list, oldest first; the last is the longest.
fn quarters<T>(values: &[T]) -> [&[T]; 4] {
    let n = values.len() / 4;
    let (first, rest) = values.split_at(n);
    let (second, rest) = rest.split_at(n);
    let (third, fourth) = rest.split_at(n);
    [first, second, third, fourth]
}

/// In two quarters at least, one of them in the second half; and an eighth of them not within two
/// moments, of two consecutive looks each, as those of two jobs or of a pool that is resized are.
fn came_at_different_times(arrivals: &[u64]) -> bool {
    let came = quarters(arrivals).map(|it| it.iter().any(|count| *count > 0));
    let all: u64 = arrivals.iter().sum();
    let mut rest = arrivals.to_vec();
    for _ in 0..2 {
        let pair = |idx: &usize| rest[*idx] + rest[idx + 1];
        if let Some(most) = (0..rest.len().saturating_sub(1)).max_by_key(pair) {
            rest[most..most + 2].fill(0);
        }
    }
    let others: u64 = rest.iter().sum();
    came.iter().filter(|came| **came).count() >= 2 && (came[2] || came[3]) && others * 8 >= all
}

/// The least value of each quarter, if these rise, and not only at first.
fn rising_minima<T: Copy + Into<u64>>(values: &[T]) -> Option<[u64; 4]> {
    let minima = quarters(values).map(|part| part.iter().map(|it| (*it).into()).min().unwrap_or(0));
    let [first, second, third, fourth] = minima;
    // Of two neighbors one may dip.
    let rises = first <= third && second < fourth && third <= fourth;
    // A third of the growth must be of the last two of the three steps.
    let late = fourth.saturating_sub(second) * 20 >= fourth.saturating_sub(first) * 7;
    (rises && late).then_some(minima)
}
