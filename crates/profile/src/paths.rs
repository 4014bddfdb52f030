//! Samples put together by the paths they share, from the root.
//!
//! A path is what a stack becomes when every location is replaced by the symbols that stand for
//! it: functions, names, whatever a report tells apart. A tree of all paths of a large profile
//! takes far more memory than the profile, since most paths share only their beginnings; and most
//! of such a tree is never shown. So no tree is built here: samples are sorted in place by one
//! symbol after the other, and the caller decides which paths to follow.

use std::ops::Range;

use base::Idx;

use crate::model::LocationId;
use crate::samples::{SampleId, Samples};

/// The symbols that stand for each location, innermost first.
#[derive(Clone, Debug)]
pub struct LocationSymbols<S> {
    /// Where each location's symbols start; one more than there are locations.
    starts: Vec<u32>,
    symbols: Vec<S>,
}

impl<S> Default for LocationSymbols<S> {
    fn default() -> Self {
        Self {
            starts: vec![0],
            symbols: Vec::new(),
        }
    }
}

impl<S: Copy> LocationSymbols<S> {
    /// Adds those of the next location.
    pub fn push(&mut self, symbols: impl IntoIterator<Item = S>) {
        self.symbols.extend(symbols);
        self.starts.push(self.symbols.len() as u32);
    }

    /// Those of a location.
    #[inline]
    pub fn of(&self, location: LocationId) -> &[S] {
        let at = location.index();
        &self.symbols[self.starts[at] as usize..self.starts[at + 1] as usize]
    }
}

/// A sample, somewhere on its path.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    pub sample: SampleId,
    /// The location that the last symbol is of: its position in the stack.
    location: u32,
    /// How many symbols of that location are still to come.
    n_left: u32,
    /// The last symbol, counted from 1; 0 when the path has ended.
    symbol: u32,
    /// The last symbol is not the outermost of its location.
    pub inlined: bool,
}

impl Member {
    /// Whether nothing follows the last symbol.
    pub fn is_at_leaf(&self) -> bool {
        self.n_left == 0 && self.location == 0
    }

    /// How many symbols follow the last one.
    pub fn n_following<S: Copy>(&self, samples: &Samples, symbols: &LocationSymbols<S>) -> usize {
        let inner = &samples.stack(self.sample)[..self.location as usize];
        let inner = inner.iter().map(|&it| symbols.of(it).len());
        self.n_left as usize + inner.sum::<usize>()
    }

    #[inline]
    fn advance<S: Idx>(&mut self, samples: &Samples, symbols: &LocationSymbols<S>) {
        let stack = samples.stack(self.sample);
        while self.n_left == 0 {
            if self.location == 0 {
                self.symbol = 0;
                return;
            }
            self.location -= 1;
            self.n_left = symbols.of(stack[self.location as usize]).len() as u32;
        }
        let of_location = symbols.of(stack[self.location as usize]);
        self.inlined = (self.n_left as usize) < of_location.len();
        self.n_left -= 1;
        self.symbol = of_location[self.n_left as usize].index() as u32 + 1;
    }
}

/// All samples that share a path down to its last symbol.
#[derive(Clone, Copy, Debug)]
pub struct Group<'a, S> {
    /// That last symbol.
    pub symbol: S,
    /// Never empty.
    pub members: &'a [Member],
}

/// Calls `enter` for every distinct path and beginning of a path, parents before children and
/// children in the order of their symbols. It is given what it returned for the parent (for the
/// first symbols: `root`), and returns `None` where it does not care for what follows.
///
/// Afterwards the samples are in the order of their paths as far as these were followed.
pub fn walk_paths<S: Idx, P: Copy>(
    samples: &Samples,
    symbols: &LocationSymbols<S>,
    starting: impl Iterator<Item = SampleId>,
    root: P,
    mut enter: impl FnMut(P, Group<'_, S>) -> Option<P>,
) -> Vec<Member> {
    let member = |sample| Member {
        sample,
        location: samples.stack(sample).len() as u32,
        n_left: 0,
        symbol: 0,
        inlined: false,
    };
    let mut members: Vec<Member> = starting.map(member).collect();
    // Ranges of members that share their path so far.
    let mut waiting: Vec<(Range<usize>, P)> = vec![(0..members.len(), root)];
    while let Some((range, parent)) = waiting.pop() {
        let start = range.start;
        let group = &mut members[range];
        for member in &mut *group {
            member.advance(samples, symbols);
        }
        group.sort_unstable_by_key(|member| (member.symbol, member.sample));
        let first_waiting = waiting.len();
        let mut end = start;
        for run in group.chunk_by(|a, b| a.symbol == b.symbol) {
            let range = end..end + run.len();
            end = range.end;
            let Some(symbol) = run[0].symbol.checked_sub(1) else {
                continue;
            };
            let group = Group {
                symbol: S::from_index(symbol as usize),
                members: run,
            };
            if let Some(place) = enter(parent, group)
                && run.iter().any(|member| !member.is_at_leaf())
            {
                waiting.push((range, place));
            }
        }
        waiting[first_waiting..].reverse();
    }
    members
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LabelSetId;

    /// Symbols 0 to 3 for locations of the same number; location 4 stands for 1 inlined into 0.
    fn symbols() -> LocationSymbols<LocationId> {
        let mut symbols = LocationSymbols::default();
        let location = LocationId::from_index;
        for index in 0..4 {
            symbols.push([location(index)]);
        }
        symbols.push([1, 0].map(location));
        symbols
    }

    fn samples(stacks: &[&[usize]]) -> Samples {
        let mut samples = Samples::new(1);
        for stack in stacks {
            let stack: Vec<_> = stack.iter().map(|&it| LocationId::from_index(it)).collect();
            samples.push(&stack, &[1], LabelSetId::EMPTY);
        }
        samples
    }

    #[test]
    fn every_path_is_entered_once_with_all_its_samples() {
        let samples = samples(&[&[2, 1, 0], &[3, 0], &[2, 4], &[], &[0]]);
        let mut entered = Vec::new();
        let symbols = symbols();
        let root = [9; 4];
        let members = walk_paths(
            &samples,
            &symbols,
            samples.ids(),
            (root, 0),
            |place, group| {
                let (mut path, depth) = place;
                path[depth] = group.symbol.index();
                let inlined = group.members.iter().filter(|it| it.inlined).count();
                let left = group.members[0].n_following(&samples, &symbols);
                let leaves = group.members.iter().filter(|it| it.is_at_leaf()).count();
                entered.push((
                    path[..=depth].to_vec(),
                    group.members.len(),
                    inlined,
                    left,
                    leaves,
                ));
                Some((path, depth + 1))
            },
        );
        let expected = [
            (vec![0], 4, 0, 2, 1),
            (vec![0, 1], 2, 1, 1, 0),
            (vec![0, 3], 1, 0, 0, 1),
            (vec![0, 1, 2], 2, 0, 0, 2),
        ];
        // Of samples that share a symbol the first stands first.
        assert_eq!(entered, expected);
        let order: Vec<usize> = members.iter().map(|it| it.sample.index()).collect();
        assert_eq!(order, [3, 4, 0, 2, 1]);
    }

    #[test]
    fn paths_nobody_cares_for_are_not_followed() {
        let samples = samples(&[&[2, 1, 0], &[3, 0], &[1]]);
        let mut entered = Vec::new();
        walk_paths(&samples, &symbols(), samples.ids(), (), |(), group| {
            entered.push(group.symbol.index());
            (group.symbol.index() == 1).then_some(())
        });
        assert_eq!(entered, [0, 1]);
    }
}
