//! Whether control can get from one event to an exit without passing certain others.

use rustc_hash::FxHashSet;

use crate::ir::{At, BlockId, Event, EventKind, Exit, Fact, Func, Spot};

/// How control leaves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leave {
    /// The `return`, the call that ends the function, or the end of its body.
    pub(crate) at: At,
}

/// Where a walk starts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum From {
    Entry,
    /// Behind the event.
    After(Spot),
    /// The start of a block.
    Block(BlockId),
}

/// What a walk takes as its way.
pub(crate) struct Walk<'w> {
    /// Events behind which the walk does not go.
    pub(crate) stops: &'w dyn Fn(Spot, &Event) -> bool,
    /// Edges that are not taken.
    pub(crate) closed: &'w dyn Fn(BlockId, BlockId) -> bool,
    /// Exits that count.
    pub(crate) exits: &'w dyn Fn(Exit) -> bool,
    /// What holds at the start.
    pub(crate) facts: &'w [Fact],
}

/// States of one walk; a function with more of them is given up.
const MAX_STATES: usize = 4_000;
/// Facts that are remembered at once.
const MAX_FACTS: usize = 4;

/// An exit that is reached, the nearest in number of blocks.
pub(crate) fn leave(func: &Func, from: From, walk: &Walk<'_>) -> Option<Leave> {
    match search(func, from, walk, &|_, _| false)? {
        End::Exit(at) => Some(Leave { at }),
        End::Event => None,
    }
}

/// Whether a walk comes to an event.
pub(crate) fn passes(
    func: &Func,
    from: From,
    walk: &Walk<'_>,
    to: &dyn Fn(Spot, &Event) -> bool,
) -> bool {
    matches!(search(func, from, walk, to), Some(End::Event))
}

/// What a walk came to first.
enum End {
    Exit(At),
    Event,
}

fn search(
    func: &Func,
    from: From,
    walk: &Walk<'_>,
    to: &dyn Fn(Spot, &Event) -> bool,
) -> Option<End> {
    let (block, index) = match from {
        From::Entry => (Func::ENTRY, 0),
        From::After(spot) => (spot.block, spot.index + 1),
        From::Block(block) => (block, 0),
    };
    func.blocks.get(block)?;
    let mut seen = FxHashSet::default();
    let mut pending = std::collections::VecDeque::new();
    pending.push_back((block, index, walk.facts.to_vec()));
    'states: while let Some((id, first, mut facts)) = pending.pop_front() {
        if first == 0 && !seen.insert((id, facts.clone())) {
            continue;
        }
        if seen.len() > MAX_STATES {
            return None;
        }
        let block = &func.blocks[id];
        // What holds at the start holds for what the first event's results are assigned to.
        let mut is_start = first > 0;
        for (event, index) in block.events.iter().zip(0..).skip(first as usize) {
            let spot = Spot { block: id, index };
            if to(spot, event) {
                return Some(End::Event);
            }
            if (walk.stops)(spot, event) {
                continue 'states;
            }
            match event.kind {
                EventKind::Assign(_) if is_start => {}
                EventKind::Assign(var) => facts.retain(|fact| fact.var != var),
                EventKind::Leaks(_) => {}
                _ => is_start = false,
            }
        }
        if let Some((exit, at)) = block.exit {
            if (walk.exits)(exit) {
                return Some(End::Exit(at));
            }
            continue;
        }
        for edge in &block.edges {
            if (walk.closed)(id, edge.to) {
                continue;
            }
            let mut next = facts.clone();
            if let Some(fact) = edge.fact {
                match next.iter().find(|it| it.var == fact.var) {
                    Some(known) if known.zero != fact.zero => continue,
                    None if next.len() < MAX_FACTS => {
                        next.push(fact);
                        next.sort_unstable();
                    }
                    Some(_) | None => {}
                }
            }
            pending.push_back((edge.to, 0, next));
        }
    }
    None
}

/// Whether an event is reached from another place.
pub(crate) fn reaches(
    func: &Func,
    from: From,
    to: &dyn Fn(Spot, &Event) -> bool,
    stops: &dyn Fn(Spot, &Event) -> bool,
) -> Option<Spot> {
    let (block, index) = match from {
        From::Entry => (Func::ENTRY, 0),
        From::After(spot) => (spot.block, spot.index + 1),
        From::Block(block) => (block, 0),
    };
    func.blocks.get(block)?;
    let mut seen = FxHashSet::default();
    let mut pending = vec![(block, index)];
    'blocks: while let Some((id, first)) = pending.pop() {
        if first == 0 && !seen.insert(id) {
            continue;
        }
        let block = &func.blocks[id];
        for (event, index) in block.events.iter().zip(0..).skip(first as usize) {
            let spot = Spot { block: id, index };
            if to(spot, event) {
                return Some(spot);
            }
            if stops(spot, event) {
                continue 'blocks;
            }
        }
        pending.extend(block.edges.iter().map(|edge| (edge.to, 0)));
    }
    None
}

/// Whether control can get from one event to another.
pub(crate) fn comes_before(func: &Func, first: Spot, then: Spot) -> bool {
    let is_then = |spot: Spot, _: &Event| spot == then;
    reaches(func, From::After(first), &is_then, &|_, _| false).is_some()
}
