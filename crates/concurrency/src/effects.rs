//! What calling a function does to the primitives that its caller can name.
//!
//! An effect of a callee is one of the call: its parameters stand for the arguments, its results for the call's, and
//! what only the callee can name is left out. Literals share the variables of the functions around them.

use base::{Cancellation, Cancelled, IndexVec};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::ir::{
    At, Call, Callee, Event, EventKind, Exit, FuncId, Mode, Op, Operand, PlaceId, Spot,
};
use crate::link::{Links, argument};
use crate::nodes::NodeId;
use crate::program::{Place, Program};

/// An operation that an event brings about.
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that do not depend on each other"
)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Effect {
    pub(crate) op: Op,
    /// A representative.
    pub(crate) node: Option<NodeId>,
    pub(crate) place: Option<PlaceId>,
    /// On every path through the callee.
    pub(crate) must: bool,
    /// In a goroutine that the event starts.
    pub(crate) spawned: bool,
    /// Waits for this alone: no other arm, no default.
    pub(crate) plain: bool,
    /// More than once.
    pub(crate) many: bool,
    /// How often at most on one path, where that is not `many`.
    pub(crate) times: u32,
    /// The callee's class is the caller's, so the operation is counted where it stands.
    pub(crate) shared: bool,
    /// The operation itself.
    pub(crate) at: At,
    /// Calls between the event and the operation.
    pub(crate) depth: u8,
}

/// Effects of functions, and which functions return.
#[derive(Debug)]
pub(crate) struct Effects {
    of_func: IndexVec<FuncId, Vec<Effect>>,
    /// Functions that never return to their caller.
    pub(crate) never_return: FxHashSet<FuncId>,
}

/// Effects of one function; more are dropped.
const MAX_EFFECTS: usize = 80;
/// Calls within calls.
const MAX_DEPTH: u8 = 6;
const MAX_ROUNDS: usize = 5;
/// Operations on one path; calls that double at each level reach it.
const MAX_TIMES: u32 = 1_000;

impl Effects {
    pub(crate) fn new(
        program: &mut Program,
        links: &Links,
        cancel: &Cancellation,
    ) -> Result<Self, Cancelled> {
        let mut effects = Self {
            of_func: program.funcs.iter().map(|_| Vec::new()).collect(),
            never_return: FxHashSet::default(),
        };
        effects.find_never_returning(program, links);
        let callees = callees(program, links);
        let mut last: FxHashSet<FuncId> = program.funcs.ids().collect();
        for round in 0..MAX_ROUNDS {
            let mut changed: FxHashSet<FuncId> = FxHashSet::default();
            // Literals come behind the functions around them, callees mostly behind callers.
            for index in (0..program.funcs.len()).rev() {
                if index % 256 == 0 {
                    cancel.check()?;
                }
                let id = base::Idx::from_index(index);
                let is_stale = (callees[index].iter())
                    .any(|callee| last.contains(callee) || changed.contains(callee));
                if round > 0 && !is_stale {
                    continue;
                }
                let new = effects.summarize(program, links, id);
                if new != effects.of_func[id] {
                    effects.of_func[id] = new;
                    changed.insert(id);
                }
            }
            if changed.is_empty() {
                break;
            }
            last = changed;
        }
        Ok(effects)
    }

    fn find_never_returning(&mut self, program: &Program, links: &Links) {
        for _ in 0..3 {
            let before = self.never_return.len();
            for (id, func) in program.funcs.iter_enumerated() {
                let ends = |event: &Event| self.ends(program, links, event);
                let returns = reach(func, &ends).any(|exit| exit == Exit::Return);
                if !returns && !func.blocks.is_empty() {
                    self.never_return.insert(id);
                }
            }
            if self.never_return.len() == before {
                break;
            }
        }
    }

    /// Whether control does not go on behind the event.
    pub(crate) fn ends(&self, program: &Program, links: &Links, event: &Event) -> bool {
        let EventKind::Call(call) = &event.kind else {
            return false;
        };
        if !matches!(call.mode, Mode::Here)
            || !matches!(call.callee, Callee::Object(_) | Callee::Literal(_))
        {
            return false;
        }
        let callees = links.callees(program, call);
        !callees.is_empty()
            && callees
                .iter()
                .all(|callee| self.never_return.contains(callee))
    }

    /// Effects of a function as its callers see them.
    pub(crate) fn of(&self, func: FuncId) -> &[Effect] {
        &self.of_func[func]
    }

    /// The effects of an event of a function, in that function's terms.
    pub(crate) fn of_event(
        &self,
        program: &mut Program,
        links: &Links,
        event: &Event,
    ) -> Vec<Effect> {
        match &event.kind {
            EventKind::Op(op, operand) => {
                vec![direct(program, *op, *operand, event.at, true)]
            }
            EventKind::Arm(op, operand) => {
                vec![direct(program, *op, *operand, event.at, false)]
            }
            EventKind::Call(call) => self.of_call(program, links, call, event.at),
            EventKind::Select { .. } | EventKind::Assign(_) | EventKind::Leaks(_) => Vec::new(),
        }
    }

    fn of_call(&self, program: &mut Program, links: &Links, call: &Call, at: At) -> Vec<Effect> {
        if call.mode == Mode::Defer {
            return Vec::new();
        }
        if let Callee::Op(op, operand) = call.callee {
            let mut effect = direct(program, op, operand, at, true);
            effect.spawned = call.mode == Mode::Go;
            return vec![effect];
        }
        let callees = links.callees(program, call).to_vec();
        let single = callees.len() == 1;
        let mut effects = Vec::new();
        if let Callee::Value(operand) = call.callee {
            effects.push(Effect {
                must: call.mode != Mode::Maybe,
                spawned: call.mode == Mode::Go,
                ..direct(program, Op::Invoke, operand, at, true)
            });
        }
        for callee in callees {
            for index in 0..self.of_func[callee].len() {
                let effect = self.of_func[callee][index];
                if effect.depth >= MAX_DEPTH || effects.len() >= MAX_EFFECTS {
                    continue;
                }
                let first = effects.len();
                self.map(program, call, callee, effect, &mut effects);
                for effect in &mut effects[first..] {
                    effect.must &= single && call.mode != Mode::Maybe;
                    effect.spawned |= matches!(call.mode, Mode::Go);
                    effect.depth += 1;
                }
            }
        }
        if let (Some(group), Mode::Go) = (call.group, call.mode) {
            // The group counts the goroutine down, however it ends.
            let done = direct(program, Op::Done, group, at, true);
            effects.push(Effect {
                spawned: true,
                ..done
            });
        }
        effects
    }

    /// Adds an effect of a callee in the caller's terms; a parameter that is called becomes what the argument does.
    fn map(
        &self,
        program: &mut Program,
        call: &Call,
        callee: FuncId,
        effect: Effect,
        all: &mut Vec<Effect>,
    ) {
        let place = effect
            .place
            .and_then(|place| map_place(program, call, callee, place));
        let node = effect
            .node
            .and_then(|node| map_node(program, call, callee, node));
        if node.is_none() && place.is_none() {
            return;
        }
        let shared = node == effect.node;
        let own = Effect {
            node,
            place,
            shared,
            ..effect
        };
        all.push(own);
        if effect.op != Op::Invoke || node == effect.node {
            return;
        }
        let Some(node) = node else { return };
        let funcs = program.nodes.class(node).funcs.clone();
        let single = funcs.len() == 1;
        for func in funcs {
            for inner in self.of_func[func].clone() {
                if inner.depth + effect.depth >= MAX_DEPTH {
                    continue;
                }
                // Literals name what they share with the caller.
                let is_shared = program.funcs[func].obj.is_none()
                    || inner.node.is_some_and(|node| program.nodes.is_fixed(node));
                if is_shared {
                    all.push(Effect {
                        must: inner.must && effect.must && single,
                        spawned: inner.spawned || effect.spawned,
                        many: inner.many || effect.many,
                        depth: inner.depth + effect.depth + 1,
                        place: inner.place.filter(|_| program.funcs[func].obj.is_none()),
                        shared: true,
                        ..inner
                    });
                }
            }
        }
    }

    fn summarize(&self, program: &mut Program, links: &Links, id: FuncId) -> Vec<Effect> {
        let mut found: Vec<Effect> = Vec::new();
        let mut spots: Vec<Vec<Spot>> = Vec::new();
        let mut weights: Vec<Vec<(Spot, u32)>> = Vec::new();
        let mut last: Vec<At> = Vec::new();
        let mut index_of: FxHashMap<Key, usize> = FxHashMap::default();
        // The blocks are put back: meanwhile nobody asks for them.
        let blocks = std::mem::take(&mut program.funcs[id].blocks);
        for (spot, event) in crate::ir::events(&blocks) {
            let in_loop = !blocks[spot.block].loops.is_empty();
            for mut effect in self.of_event(program, links, event) {
                effect.many |= in_loop;
                let key = (
                    effect.op,
                    effect.node,
                    effect.place,
                    effect.spawned,
                    effect.plain,
                );
                match index_of.get(&key) {
                    Some(known) => {
                        let known = *known;
                        found[known].many |= effect.many;
                        weights[known].push((spot, effect.times));
                        last[known] = last[known].max(effect.at);
                        if effect.must {
                            found[known].must = true;
                            spots[known].push(spot);
                        }
                    }
                    None if found.len() < MAX_EFFECTS => {
                        index_of.insert(key, found.len());
                        weights.push(vec![(spot, effect.times)]);
                        last.push(effect.at);
                        spots.push(if effect.must { vec![spot] } else { Vec::new() });
                        found.push(effect);
                    }
                    None => {}
                }
            }
        }
        program.funcs[id].blocks = blocks;
        let func = &program.funcs[id];
        for ((effect, weights), last) in found.iter_mut().zip(&weights).zip(last) {
            if weights.len() > 1 {
                effect.times = most_on_a_path(func, weights).min(MAX_TIMES);
                // Of several, the last is the one that is too many.
                if effect.times > 1 {
                    effect.at = last;
                }
            }
        }
        for (effect, spots) in found.iter_mut().zip(&spots) {
            if effect.must {
                let passes = |spot: Spot, _: &Event| spots.contains(&spot);
                effect.must =
                    !can_return_without(func, &passes, &|event| self.ends(program, links, event));
            }
        }
        found
    }
}

/// What each function may call, or hands on to be called.
fn callees(program: &Program, links: &Links) -> Vec<Vec<FuncId>> {
    let of = |func: &crate::ir::Func| {
        let mut all = Vec::new();
        for (_, event) in func.events() {
            if let EventKind::Call(call) = &event.kind {
                all.extend(links.callees(program, call));
                for node in call.args.iter().filter_map(|arg| arg.node) {
                    all.extend(program.nodes.class(node).funcs.iter().copied());
                }
            }
        }
        all.sort_unstable();
        all.dedup();
        all
    };
    program.funcs.iter().map(of).collect()
}

type Key = (Op, Option<NodeId>, Option<PlaceId>, bool, bool);

fn direct(program: &Program, op: Op, operand: Operand, at: At, plain: bool) -> Effect {
    let place = operand.place;
    Effect {
        op,
        node: operand.node.map(|node| program.nodes.root(node)),
        place,
        must: true,
        spawned: false,
        plain,
        many: false,
        times: 1,
        shared: true,
        at,
        depth: 0,
    }
}

/// The caller's class for a class of the callee; `None` if only the callee can name it.
pub(crate) fn map_node(
    program: &Program,
    call: &Call,
    callee: FuncId,
    node: NodeId,
) -> Option<NodeId> {
    let root = program.nodes.root(node);
    if program.funcs[callee].obj.is_none() || program.nodes.is_fixed(root) {
        return Some(root);
    }
    let class = program.nodes.class(root);
    for (func, param) in &class.params {
        if *func == callee {
            let arg = argument(program, call, callee, *param)?;
            return arg.node.map(|node| program.nodes.root(node));
        }
    }
    for (func, result) in &class.results {
        if *func == callee {
            let result = call.results.get(*result as usize).copied().flatten()?;
            return Some(program.nodes.root(result));
        }
    }
    let owner = map_node(program, call, callee, class.owner?)?;
    let elem = program.nodes.class(owner).elem?;
    Some(program.nodes.root(elem))
}

/// The caller's place for one of the callee.
fn map_place(program: &mut Program, call: &Call, callee: FuncId, id: PlaceId) -> Option<PlaceId> {
    let place = program.place_of(id);
    let func = &program.funcs[callee];
    let Some(index) = func.params.iter().position(|param| *param == place.root) else {
        // A variable of the function around, or of the package.
        let is_shared = func.obj.is_none();
        return is_shared.then_some(id);
    };
    let place = place.clone();
    let arg = argument(program, call, callee, index as u32)?;
    let mut base = match (arg.place, arg.var) {
        (Some(base), _) => program.place_of(base).clone(),
        (None, Some(root)) => Place {
            root,
            fields: Vec::new(),
        },
        (None, None) => return None,
    };
    base.fields.extend(place.fields);
    (base.fields.len() <= 8).then(|| program.place(base))
}

/// Exits that are reached from the entry.
fn reach<'f>(
    func: &'f crate::ir::Func,
    ends: &dyn Fn(&Event) -> bool,
) -> impl Iterator<Item = Exit> + 'f {
    let mut seen = FxHashSet::default();
    let mut pending = Vec::new();
    if !func.blocks.is_empty() {
        pending.push(crate::ir::Func::ENTRY);
    }
    let mut exits = Vec::new();
    while let Some(block) = pending.pop() {
        if !seen.insert(block) {
            continue;
        }
        let block = &func.blocks[block];
        if block.events.iter().any(ends) {
            continue;
        }
        exits.extend(block.exit.map(|(exit, _)| exit));
        pending.extend(block.edges.iter().map(|edge| edge.to));
    }
    exits.into_iter()
}

/// Whether the function can return without passing an event.
fn can_return_without(
    func: &crate::ir::Func,
    passes: &dyn Fn(Spot, &Event) -> bool,
    ends: &dyn Fn(&Event) -> bool,
) -> bool {
    let mut seen = FxHashSet::default();
    let mut pending = vec![crate::ir::Func::ENTRY];
    'blocks: while let Some(id) = pending.pop() {
        if !seen.insert(id) {
            continue;
        }
        let block = &func.blocks[id];
        for (event, index) in block.events.iter().zip(0..) {
            if passes(Spot { block: id, index }, event) || ends(event) {
                continue 'blocks;
            }
        }
        if matches!(block.exit, Some((Exit::Return, _))) {
            return true;
        }
        pending.extend(block.edges.iter().map(|edge| edge.to));
    }
    false
}

/// The largest sum of weights on a path that takes no edge back.
pub(crate) fn most_on_a_path(func: &crate::ir::Func, weights: &[(Spot, u32)]) -> u32 {
    let n = func.blocks.len();
    let mut own = vec![0u32; n];
    for (spot, weight) in weights {
        let sum = &mut own[base::Idx::index(spot.block)];
        *sum = sum.saturating_add(*weight);
    }
    // Post-order by an explicit stack; edges to blocks in progress are edges back.
    let mut best: Vec<Option<u32>> = vec![None; n];
    let mut open = vec![false; n];
    let mut stack = vec![(0usize, 0usize)];
    while let Some((block, next)) = stack.pop() {
        open[block] = true;
        let edges = &func.blocks[base::Idx::from_index(block)].edges;
        if let Some(edge) = edges.get(next) {
            stack.push((block, next + 1));
            let to = base::Idx::index(edge.to);
            if best[to].is_none() && !open[to] {
                stack.push((to, 0));
            }
            continue;
        }
        let after = edges
            .iter()
            .filter_map(|edge| best[base::Idx::index(edge.to)])
            .max();
        best[block] = Some(own[block].saturating_add(after.unwrap_or(0)));
        open[block] = false;
    }
    best.first().copied().flatten().unwrap_or(0)
}
