//! The distribution of U under ties, by counting.
//!
//! The pooled values fall into groups of equal values. Under the null hypothesis every choice of
//! `n1` of the N places for the first sample is equally likely. Going through the groups in ascending
//! order, with `c` places passed and `n` of them chosen, choosing `r` of the next `t` adds
//! 2r(c − n) + r(t − r) to 2·U1 (whole wins over earlier places of the second sample, half wins within
//! the group), in Choose(t, r) ways. So the number of ways to reach each (n, 2·U1) follows group by
//! group; what exceeds the limit can be dropped, as nothing is ever taken away.
//!
//! The table grows with the cube of the places passed. We count the lower and the upper half of the
//! groups apart and join them: a choice with `n` below wins 2·(n1 − n)·(c − n) across the cut. That is
//! an order of magnitude less work than going all the way.
//!
//! All counts stay below Choose(50, 25) < 2^53, so doubles hold them exactly and no order of summing
//! matters.

use rustc_hash::FxHashMap;

use super::choose::choose_exact;

/// Counts choices, and remembers answers: columns such as allocs/op ask the same again and again.
#[derive(Debug, Default)]
pub(super) struct Tied {
    lower: Counts,
    upper: Counts,
    known: FxHashMap<(Vec<u32>, usize, usize), f64>,
}

/// Entries kept before the memory is cleared.
const REMEMBERED: usize = 4096;

impl Tied {
    /// The number of ways in which `n1` of the places in `groups` give 2·U1 ≤ `limit`.
    pub(super) fn ways(&mut self, groups: &[u32], n1: usize, limit: usize) -> f64 {
        // Only few and large groups come again.
        let memorable = groups.len() <= 12;
        if memorable && let Some(&ways) = self.known.get(&(groups.to_vec(), n1, limit)) {
            return ways;
        }
        let ways = self.count(groups, n1, limit);
        if memorable {
            if self.known.len() >= REMEMBERED {
                self.known.clear();
            }
            self.known.insert((groups.to_vec(), n1, limit), ways);
        }
        ways
    }

    fn count(&mut self, groups: &[u32], n1: usize, limit: usize) -> f64 {
        let total: u32 = groups.iter().sum();
        let (mut cut, mut places) = (0, 0);
        while cut < groups.len() && 2 * (places + groups[cut]) <= total {
            places += groups[cut];
            cut += 1;
        }
        self.lower.fill(&groups[..cut], n1, limit);
        self.upper.fill(&groups[cut..], n1, limit);
        self.upper.accumulate();
        let (below, above) = (places as usize, (total - places) as usize);
        let mut ways = 0.0;
        for n in n1.saturating_sub(above)..=n1.min(below) {
            let across = 2 * (n1 - n) * (below - n);
            if across > limit {
                continue;
            }
            let left = limit - across;
            let upper = self.upper.row(n1 - n);
            for (u, &count) in self.lower.row(n).iter().enumerate().take(left + 1) {
                if count != 0.0 {
                    ways += count * upper[(left - u).min(upper.len() - 1)];
                }
            }
        }
        ways
    }
}

/// `row(n)[u]`: ways to choose `n` of some places such that 2·U1 within them is `u`.
#[derive(Debug, Default)]
struct Counts {
    table: Vec<f64>,
    /// Length of a row.
    width: usize,
    /// The places counted.
    places: usize,
    /// Highest `u` of interest.
    limit: usize,
}

impl Counts {
    /// The part of a row that can be other than 0: all of 2·n·(places − n) wins at most.
    fn row(&self, n: usize) -> &[f64] {
        let start = n * self.width;
        &self.table[start..=start + self.highest(n, self.places)]
    }

    fn highest(&self, n: usize, places: usize) -> usize {
        (2 * n * (places - n)).min(self.limit)
    }

    fn fill(&mut self, groups: &[u32], n_max: usize, limit: usize) {
        let places = groups.iter().sum::<u32>() as usize;
        self.limit = limit.min(places * places / 2);
        self.width = self.limit + 1;
        self.places = 0;
        let rows = n_max.min(places);
        self.table.clear();
        self.table.resize((rows + 1) * self.width, 0.0);
        self.table[0] = 1.0;
        for &group in groups {
            self.add_group(group as usize, rows);
            self.places += group as usize;
        }
    }

    /// In place, as every choice moves up to a higher row: rows are filled from the top.
    fn add_group(&mut self, group: usize, rows: usize) {
        let passed = self.places;
        for target in (1..=rows.min(passed + group)).rev() {
            for chosen in 1..=group.min(target) {
                let source = target - chosen;
                if source > passed {
                    continue;
                }
                let wins = 2 * chosen * (passed - source) + chosen * (group - chosen);
                if wins > self.limit {
                    continue;
                }
                let ways = choose_exact(group as u32, chosen as u32);
                let len = (self.highest(source, passed) + 1).min(self.width - wins);
                let (from, to) = self.table.split_at_mut(target * self.width);
                let from = &from[source * self.width..][..len];
                for (to, from) in to[wins..][..len].iter_mut().zip(from) {
                    *to += ways * from;
                }
            }
        }
    }

    /// From counts to counts of `u` or less.
    fn accumulate(&mut self) {
        let rows = self.table.len() / self.width.max(1);
        for n in 0..rows.min(self.places + 1) {
            let end = self.highest(n, self.places);
            let row = &mut self.table[n * self.width..][..=end];
            let mut sum = 0.0;
            for count in row {
                sum += *count;
                *count = sum;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All choices, one by one.
    fn brute_force(groups: &[u32], n1: usize, limit: usize) -> f64 {
        let places: Vec<usize> = (groups.iter().enumerate())
            .flat_map(|(value, &size)| std::iter::repeat_n(value, size as usize))
            .collect();
        let choices = 0..1u32 << places.len();
        let fits = |chosen: &u32| {
            let is_first = |at: usize| chosen >> at & 1 == 1;
            let mut twice = 0;
            for i in (0..places.len()).filter(|&i| is_first(i)) {
                for j in (0..places.len()).filter(|&j| !is_first(j)) {
                    twice += match places[i].cmp(&places[j]) {
                        std::cmp::Ordering::Greater => 2,
                        std::cmp::Ordering::Equal => 1,
                        std::cmp::Ordering::Less => 0,
                    };
                }
            }
            chosen.count_ones() as usize == n1 && twice <= limit
        };
        choices.filter(fits).count() as f64
    }

    #[test]
    fn counting_by_halves_is_counting_one_by_one() {
        let mut tied = Tied::default();
        for groups in [
            &[1, 2][..],
            &[3, 1],
            &[2, 2, 2],
            &[1, 1, 1, 1, 3],
            &[5, 1, 1, 2],
            &[1, 4, 4, 1],
            &[1, 1, 2, 1, 1, 2, 1],
            &[10],
            &[9, 1],
        ] {
            let total = groups.iter().sum::<u32>() as usize;
            for n1 in 1..total {
                for limit in 0..=n1 * (total - n1) {
                    let want = brute_force(groups, n1, limit);
                    let got = tied.count(groups, n1, limit);
                    assert!(
                        (got - want).abs() < 0.5,
                        "{groups:?} {n1} {limit}: {got} {want}"
                    );
                }
            }
        }
    }
}
