//! What changed between two dumps of one program.

use std::collections::BTreeMap;

use crate::dump::Snapshot;
use crate::group::{Group, Verdict};

/// A group in the newer dump, the older one, or both.
#[derive(Debug)]
pub struct Change<'a> {
    /// The newer one's, or the older one's where it is gone.
    pub group: &'a Group,
    pub before: u64,
    pub after: u64,
    /// Goroutines that are in both: an id never repeats in a process, so each has been there at
    /// least as long as the dumps are apart. 0 where the form has no ids.
    pub stuck: u64,
}

impl Change<'_> {
    /// Goroutines that came, less those that went.
    pub fn growth(&self) -> i64 {
        self.after
            .cast_signed()
            .saturating_sub(self.before.cast_signed())
    }
}

/// Whether both dumps can be of one process: the newer has the older's goroutines or newer ones.
///
/// After a restart ids begin anew; then nothing can be said about single goroutines.
pub fn same_process(old: &Snapshot, new: &Snapshot) -> bool {
    let max = |snapshot: &Snapshot| {
        snapshot
            .groups
            .iter()
            .filter_map(|it| it.ids.last())
            .max()
            .copied()
    };
    match (max(old), max(new)) {
        (Some(old_max), Some(new_max)) => new_max >= old_max || shares_ids(old, new),
        _ => true,
    }
}

fn shares_ids(old: &Snapshot, new: &Snapshot) -> bool {
    let by_key = index(&old.groups);
    let common = |group: &Group| {
        let twins = by_key.get(&plain_key(group));
        twins.is_some_and(|twins| {
            twins
                .iter()
                .any(|twin| common_ids(&twin.ids, &group.ids) > 0)
        })
    };
    new.groups
        .iter()
        .filter(|group| group.class != crate::state::Class::Runtime)
        .any(common)
}

/// Every group whose count differs or that outlived the time between, the largest growth first.
pub fn diff<'a>(old: &'a Snapshot, new: &'a Snapshot) -> Vec<Change<'a>> {
    let one_process = same_process(old, new);
    let mut before = index(&old.groups);
    let mut changes = Vec::new();
    // A group can be proven in one dump and not in the other: it is the same group.
    for (key, groups) in index(&new.groups) {
        let twins = before.remove(&key).unwrap_or_default();
        let ids = |groups: &[&Group]| -> Vec<u64> {
            let mut ids: Vec<_> = groups
                .iter()
                .flat_map(|it| it.ids.iter().copied())
                .collect();
            ids.sort_unstable();
            ids
        };
        let stuck = if one_process {
            common_ids(&ids(&twins), &ids(&groups))
        } else {
            0
        };
        changes.push(Change {
            group: groups[0],
            before: total(&twins),
            after: total(&groups),
            stuck,
        });
    }
    for (_, groups) in before {
        changes.push(Change {
            group: groups[0],
            before: total(&groups),
            after: 0,
            stuck: 0,
        });
    }
    changes.retain(|change| {
        let settled = matches!(change.group.verdict, Verdict::Idle | Verdict::Running);
        change.before != change.after || (change.stuck > 0 && !settled)
    });
    changes.sort_by_cached_key(|change| (-change.growth(), change.group.key()));
    changes
}

fn total(groups: &[&Group]) -> u64 {
    groups.iter().map(|group| group.count).sum()
}

/// The key without the runtime's mark.
fn plain_key(group: &Group) -> String {
    let unmarked = Group {
        verdict: Verdict::Blocked,
        ..group.clone()
    };
    unmarked.key()
}

fn index(groups: &[Group]) -> BTreeMap<String, Vec<&Group>> {
    let mut index: BTreeMap<String, Vec<&Group>> = BTreeMap::new();
    for group in groups {
        index.entry(plain_key(group)).or_default().push(group);
    }
    index
}

/// How many of two sorted lists are in both.
fn common_ids(old: &[u64], new: &[u64]) -> u64 {
    new.iter()
        .filter(|id| old.binary_search(id).is_ok())
        .count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Ownership;

    fn snapshot(goroutines: &[(u64, &str, u32)]) -> Snapshot {
        let blocks = goroutines.iter().map(|(id, status, line)| {
            format!("goroutine {id} [{status}]:\nmain.f()\n\tm.go:{line}\n\n")
        });
        let text: String = blocks.collect();
        crate::dump::read(&mut text.as_bytes(), Ownership::default()).unwrap()
    }

    fn shown(old: &[(u64, &str, u32)], new: &[(u64, &str, u32)]) -> Vec<String> {
        let (old, new) = (snapshot(old), snapshot(new));
        let changes = diff(&old, &new);
        let shown = changes.iter().map(|it| {
            let line = it.group.place().unwrap().line;
            format!("{line}: {}->{} stuck {}", it.before, it.after, it.stuck)
        });
        shown.collect()
    }

    #[test]
    fn growth_comes_first_and_survivors_are_counted() {
        let old = [(1, "chan send", 3), (2, "select", 4), (3, "running", 5)];
        let new = [
            (1, "chan send (leaked)", 3),
            (9, "chan send", 3),
            (3, "running", 5),
            (8, "select", 6),
        ];
        assert_eq!(
            shown(&old, &new),
            ["3: 1->2 stuck 1", "6: 0->1 stuck 0", "4: 1->0 stuck 0"]
        );
    }

    #[test]
    fn after_a_restart_no_goroutine_is_the_same() {
        let old = [(100, "chan send", 3), (7, "select", 4)];
        let new = [(7, "chan send", 3)];
        assert_eq!(shown(&old, &new), ["4: 1->0 stuck 0"]);
    }
}
