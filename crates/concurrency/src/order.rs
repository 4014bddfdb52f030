//! The order in which functions are summarized: callees first, and again only where a callee has changed.

use base::{Cancellation, Cancelled, Idx, IndexVec};

use crate::ir::FuncId;

/// What each function may call, or hands on to be called.
pub(crate) type Callees = IndexVec<FuncId, Vec<FuncId>>;

/// All functions, so that callees come before their callers as far as there are no cycles.
pub(crate) fn callees_first(callees: &Callees) -> Vec<FuncId> {
    let mut order = Vec::with_capacity(callees.len());
    let mut seen = vec![false; callees.len()];
    let mut open: Vec<(FuncId, usize)> = Vec::new();
    for root in callees.ids() {
        if std::mem::replace(&mut seen[root.index()], true) {
            continue;
        }
        open.push((root, 0));
        while let Some((func, next)) = open.last_mut() {
            let Some(callee) = callees[*func].get(*next).copied() else {
                order.push(*func);
                open.pop();
                continue;
            };
            *next += 1;
            if !std::mem::replace(&mut seen[callee.index()], true) {
                open.push((callee, 0));
            }
        }
    }
    order
}

/// Summarizes the functions of `order` in rounds until nothing changes. `summarize` returns whether a function's summary is
/// another than before.
pub(crate) fn until_stable(
    order: &[FuncId],
    callees: &Callees,
    rounds: usize,
    cancel: &Cancellation,
    mut summarize: impl FnMut(FuncId) -> bool,
) -> Result<(), Cancelled> {
    // Points in time: summaries that are made count.
    let mut now = 0u32;
    let mut made: IndexVec<FuncId, u32> = callees.iter().map(|_| 0).collect();
    let mut changed = made.clone();
    for round in 0..rounds {
        let before = now;
        for (index, id) in order.iter().copied().enumerate() {
            if index % 256 == 0 {
                cancel.check()?;
            }
            let is_stale = callees[id].iter().any(|it| changed[*it] > made[id]);
            if round > 0 && !is_stale {
                continue;
            }
            made[id] = now;
            if summarize(id) {
                now += 1;
                changed[id] = now;
            }
        }
        if now == before {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(index: usize) -> FuncId {
        FuncId::from_index(index)
    }

    /// 0 calls 1 and 2, 1 calls 2, 2 and 3 call each other.
    fn callees() -> Callees {
        let all = [vec![1, 2], vec![2], vec![3], vec![2]];
        (all.into_iter())
            .map(|them| them.into_iter().map(id).collect())
            .collect()
    }

    #[test]
    fn callees_come_first() {
        assert_eq!(callees_first(&callees()), [3, 2, 1, 0].map(id));
    }

    #[test]
    fn only_callers_of_what_changed_are_summarized_again() {
        let callees = callees();
        let mut made = Vec::new();
        // Each summary is new once, that of 3 twice.
        let summarize = |func: FuncId| {
            made.push(func.index());
            let times = made.iter().filter(|it| **it == func.index()).count();
            times == 1 || func == id(3) && times == 2
        };
        let cancel = Cancellation::default();
        until_stable(&callees_first(&callees), &callees, 5, &cancel, summarize).unwrap();
        assert_eq!(made, [3, 2, 1, 0, 3, 2]);
    }
}
