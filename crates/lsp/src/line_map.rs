//! Where the lines of an older text are in a newer one.

use std::collections::HashMap;

/// Lines of two texts that are the same line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LineMap {
    /// By line of the old text (from 0) the line of the new one.
    new: Vec<Option<u32>>,
    /// The reverse.
    old: Vec<Option<u32>>,
}

impl LineMap {
    pub(crate) fn between(old: &str, new: &str) -> Self {
        let old_lines: Vec<&str> = old.split('\n').collect();
        let new_lines: Vec<&str> = new.split('\n').collect();
        let mut map = Self {
            new: vec![None; old_lines.len()],
            old: vec![None; new_lines.len()],
        };
        map.join(
            &old_lines,
            &new_lines,
            0..old_lines.len(),
            0..new_lines.len(),
        );
        map
    }

    /// The line (from 1) in the new text; `None` if it was changed or deleted.
    pub(crate) fn new_line(&self, line: u32) -> Option<u32> {
        let index = (line as usize).checked_sub(1)?;
        Some(self.new.get(index).copied().flatten()? + 1)
    }

    /// The line (from 1) in the old text; `None` if it is new.
    pub(crate) fn old_line(&self, line: u32) -> Option<u32> {
        let index = (line as usize).checked_sub(1)?;
        Some(self.old.get(index).copied().flatten()? + 1)
    }

    /// Whether lines `first..=last` of the old text stand together in the new one, and where they begin there.
    pub(crate) fn new_block(&self, first: u32, last: u32) -> Option<u32> {
        let start = self.new_line(first)?;
        let together = (first..=last)
            .zip(start..)
            .all(|(old, new)| self.new_line(old) == Some(new));
        together.then_some(start)
    }

    /// Joins two parts: equal lines at both ends, then lines that are there once in both, and what is between them.
    fn join(
        &mut self,
        old_lines: &[&str],
        new_lines: &[&str],
        mut old: std::ops::Range<usize>,
        mut new: std::ops::Range<usize>,
    ) {
        while !old.is_empty() && !new.is_empty() && old_lines[old.start] == new_lines[new.start] {
            self.pair(old.start, new.start);
            old.start += 1;
            new.start += 1;
        }
        while !old.is_empty() && !new.is_empty() && old_lines[old.end - 1] == new_lines[new.end - 1]
        {
            old.end -= 1;
            new.end -= 1;
            self.pair(old.end, new.end);
        }
        if old.is_empty() || new.is_empty() {
            return;
        }
        let anchors = anchors(old_lines, new_lines, &old, &new);
        let (mut old_start, mut new_start) = (old.start, new.start);
        if anchors.is_empty() {
            return;
        }
        for (old_at, new_at) in anchors {
            self.pair(old_at, new_at);
            self.join(old_lines, new_lines, old_start..old_at, new_start..new_at);
            (old_start, new_start) = (old_at + 1, new_at + 1);
        }
        self.join(old_lines, new_lines, old_start..old.end, new_start..new.end);
    }

    fn pair(&mut self, old: usize, new: usize) {
        self.new[old] = Some(new as u32);
        self.old[new] = Some(old as u32);
    }
}

/// Lines that are there once in both parts, in an order that is the same in both: the longest such choice.
fn anchors(
    old_lines: &[&str],
    new_lines: &[&str],
    old: &std::ops::Range<usize>,
    new: &std::ops::Range<usize>,
) -> Vec<(usize, usize)> {
    let mut places: HashMap<&str, [Option<Option<usize>>; 2]> = HashMap::new();
    for (side, lines, part) in [(0, old_lines, old), (1, new_lines, new)] {
        for at in part.clone() {
            let place = &mut places.entry(lines[at]).or_default()[side];
            *place = Some(if place.is_none() { Some(at) } else { None });
        }
    }
    let pairs: Vec<(usize, usize)> = (old.clone())
        .filter_map(|at| match places.get(old_lines[at])? {
            [Some(Some(_)), Some(Some(new_at))] => Some((at, *new_at)),
            _ => None,
        })
        .collect();
    longest_ascending(&pairs)
}

/// The longest choice of pairs whose second numbers ascend; the first ones do.
fn longest_ascending(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // By length of a choice the pair with the least last number, and of each pair the one before it.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; pairs.len()];
    for (index, (_, new)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| pairs[*end].1 < *new);
        before[index] = length.checked_sub(1).map(|at| ends[at]);
        if length == ends.len() {
            ends.push(index);
        } else {
            ends[length] = index;
        }
    }
    let mut chosen = Vec::new();
    let mut at = ends.last().copied();
    while let Some(index) = at {
        chosen.push(pairs[index]);
        at = before[index];
    }
    chosen.reverse();
    chosen
}

/// The parts in which two texts differ, as lines from 0: of the old text, and of the new.
pub(crate) fn hunks(map: &LineMap) -> Vec<(std::ops::Range<usize>, std::ops::Range<usize>)> {
    let mut hunks = Vec::new();
    let (mut old, mut new) = (0, 0);
    loop {
        let same = (old..map.new.len()).find_map(|at| Some((at, map.new[at]? as usize)));
        let (next_old, next_new) = same.unwrap_or((map.new.len(), map.old.len()));
        if next_old > old || next_new > new {
            hunks.push((old..next_old, new..next_new));
        }
        if same.is_none() {
            return hunks;
        }
        (old, new) = (next_old + 1, next_new + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_again() {
        let lines = |old: &str, new: &str| -> Vec<Option<u32>> {
            let map = LineMap::between(old, new);
            let count = old.split('\n').count() as u32;
            for line in 1..=count {
                if let Some(at) = map.new_line(line) {
                    assert_eq!(map.old_line(at), Some(line));
                }
            }
            (1..=count).map(|line| map.new_line(line)).collect()
        };
        assert_eq!(lines("a\nb\nc", "a\nx\nb\nc"), [Some(1), Some(3), Some(4)]);
        assert_eq!(lines("a\nb\nc", "a\nc"), [Some(1), None, Some(2)]);
        assert_eq!(lines("a\nb\nc", "c\nb\na").iter().flatten().count(), 1);
        // Two edits, with lines between them that are not unique.
        let (old, new) = ("1\n}\n2\n}\n3\n}\n4", "x\n1\n}\n2\n}\n3\n}\n4\ny");
        let shifted: Vec<Option<u32>> = (2..9).map(Some).collect();
        assert_eq!(lines(old, new), shifted);
        assert_eq!(lines("", "a"), [None]);
    }

    #[test]
    fn hunks_are_what_is_between() {
        let map = LineMap::between("a\nb\nc\nd", "a\nx\ny\nc");
        assert_eq!(hunks(&map), [(1..2, 1..3), (3..4, 4..4)]);
        assert_eq!(hunks(&LineMap::between("a", "a")), []);
        let map = LineMap::between("a\nb\nc", "a\nb\nc\nd");
        assert_eq!(map.new_block(1, 3), Some(1));
        assert_eq!(
            LineMap::between("a\nb\nc", "a\nx\nb\nc").new_block(1, 2),
            None
        );
    }
}
