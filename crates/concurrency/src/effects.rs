//! What calling a function does to the primitives that its caller can name.
//!
//! An effect of a callee is one of the call: its parameters stand for the arguments, its results for the call's, and
//! what only the callee can name is left out. Literals share the variables of the functions around them.

use base::{Cancellation, Cancelled, Idx, IndexVec};
use rustc_hash::FxHashMap;

use crate::ir::{
    At, Call, Callee, Event, EventKind, Exit, Func, FuncId, Mode, Op, Operand, PlaceId, Spot,
};
use crate::link::{Links, argument};
use crate::nodes::NodeId;
use crate::order::{Callees, callees_first, until_stable};
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
    never_return: IndexVec<FuncId, bool>,
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
            never_return: program.funcs.iter().map(|_| false).collect(),
        };
        effects.find_never_returning(program, links);
        let callees = callees(program, links);
        let order = callees_first(&callees);
        until_stable(&order, &callees, MAX_ROUNDS, cancel, |id| {
            let new = effects.summarize(program, links, id);
            let is_new = new != effects.of_func[id];
            effects.of_func[id] = new;
            is_new
        })?;
        Ok(effects)
    }

    fn find_never_returning(&mut self, program: &Program, links: &Links) {
        let mut seen = Vec::new();
        for round in 0..3 {
            let mut is_new = false;
            for (id, func) in program.funcs.iter_enumerated() {
                let ends = |event: &Event| self.ends(program, links, event);
                // What has returned returns unless something that it calls does not.
                let is_same = round > 0 && !func.events().any(|(_, event)| ends(event));
                if !is_same && !func.blocks.is_empty() && !returns(func, &ends, &mut seen) {
                    is_new |= !self.never_return[id];
                    self.never_return[id] = true;
                }
            }
            if !is_new {
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
        !callees.is_empty() && callees.iter().all(|callee| self.never_return[*callee])
    }

    /// Whether a function never returns to its caller.
    pub(crate) fn never_returns(&self, func: FuncId) -> bool {
        self.never_return[func]
    }

    /// Effects of a function as its callers see them.
    pub(crate) fn of(&self, func: FuncId) -> &[Effect] {
        &self.of_func[func]
    }

    /// Puts the effects of an event of a function into `all`, in that function's terms.
    pub(crate) fn of_event(
        &self,
        program: &mut Program,
        links: &Links,
        event: &Event,
        all: &mut Vec<Effect>,
    ) {
        all.clear();
        match &event.kind {
            EventKind::Op(op, operand) => {
                all.push(direct(program, *op, *operand, event.at, true));
            }
            EventKind::Arm(op, operand) => {
                all.push(direct(program, *op, *operand, event.at, false));
            }
            EventKind::Call(call) => self.of_call(program, links, call, event.at, all),
            EventKind::Select { .. } | EventKind::Assign(_) | EventKind::Leaks(_) => {}
        }
    }

    fn of_call(
        &self,
        program: &mut Program,
        links: &Links,
        call: &Call,
        at: At,
        all: &mut Vec<Effect>,
    ) {
        if call.mode == Mode::Defer {
            return;
        }
        if let Callee::Op(op, operand) = call.callee {
            let mut effect = direct(program, op, operand, at, true);
            effect.spawned = call.mode == Mode::Go;
            all.push(effect);
            return;
        }
        let n_callees = links.callees(program, call).len();
        let single = n_callees == 1;
        if let Callee::Value(operand) = call.callee {
            all.push(Effect {
                must: call.mode != Mode::Maybe,
                spawned: call.mode == Mode::Go,
                ..direct(program, Op::Invoke, operand, at, true)
            });
        }
        for number in 0..n_callees {
            if all.len() >= MAX_EFFECTS {
                break;
            }
            let callee = links.callees(program, call)[number];
            for effect in &self.of_func[callee] {
                if effect.depth >= MAX_DEPTH || all.len() >= MAX_EFFECTS {
                    continue;
                }
                let first = all.len();
                self.map(program, call, callee, effect, all);
                for effect in &mut all[first..] {
                    effect.must &= single && call.mode != Mode::Maybe;
                    effect.spawned |= matches!(call.mode, Mode::Go);
                    effect.depth += 1;
                }
            }
        }
        if let (Some(group), Mode::Go) = (call.group, call.mode) {
            // The group counts the goroutine down, however it ends.
            let done = direct(program, Op::Done, group, at, true);
            all.push(Effect {
                spawned: true,
                ..done
            });
        }
    }

    /// Adds an effect of a callee in the caller's terms; a parameter that is called becomes what the argument does.
    fn map(
        &self,
        program: &mut Program,
        call: &Call,
        callee: FuncId,
        effect: &Effect,
        all: &mut Vec<Effect>,
    ) {
        let place = (effect.place).and_then(|place| map_place(program, call, callee, place));
        let node = (effect.node).and_then(|node| map_node(program, call, callee, node));
        if node.is_none() && place.is_none() {
            return;
        }
        let shared = node == effect.node;
        all.push(Effect {
            node,
            place,
            shared,
            ..*effect
        });
        if effect.op != Op::Invoke || node == effect.node {
            return;
        }
        let Some(node) = node else { return };
        let funcs = &program.nodes.class(node).funcs;
        let single = funcs.len() == 1;
        for func in funcs.iter().take(MAX_EFFECTS) {
            let is_literal = program.funcs[*func].obj.is_none();
            for inner in &self.of_func[*func] {
                if inner.depth + effect.depth >= MAX_DEPTH {
                    continue;
                }
                // Literals name what they share with the caller.
                let is_shared =
                    is_literal || inner.node.is_some_and(|node| program.nodes.is_fixed(node));
                if is_shared {
                    all.push(Effect {
                        must: inner.must && effect.must && single,
                        spawned: inner.spawned || effect.spawned,
                        many: inner.many || effect.many,
                        depth: inner.depth + effect.depth + 1,
                        place: inner.place.filter(|_| is_literal),
                        shared: true,
                        ..*inner
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
        let mut effects = Vec::new();
        // The blocks are put back: meanwhile nobody asks for them.
        let blocks = std::mem::take(&mut program.funcs[id].blocks);
        for (spot, event) in crate::ir::events(&blocks) {
            let in_loop = !blocks[spot.block].loops.is_empty();
            self.of_event(program, links, event, &mut effects);
            for mut effect in effects.iter().copied() {
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
        let mut seen = Vec::new();
        // Effects of one event mostly have no other.
        let mut last: Option<(&[Spot], bool)> = None;
        for (effect, spots) in found.iter_mut().zip(&spots) {
            let is_first = spots.iter().any(|spot| spot.block == Func::ENTRY);
            if !effect.must || is_first {
                continue;
            }
            if let Some((_, must)) = last.filter(|(others, _)| *others == spots.as_slice()) {
                effect.must = must;
                continue;
            }
            let passes = |spot: Spot, event: &Event| {
                spots.contains(&spot) || self.ends(program, links, event)
            };
            effect.must = !can_return_without(func, &passes, &mut seen);
            last = Some((spots, effect.must));
        }
        found
    }
}

fn callees(program: &Program, links: &Links) -> Callees {
    let of = |func: &Func| {
        let mut all = Vec::new();
        for (_, event) in func.events() {
            if let EventKind::Call(call) = &event.kind {
                all.extend(links.callees(program, call));
                for node in call.args.iter().filter_map(|arg| arg.node) {
                    let funcs = program.nodes.class(node).funcs.iter();
                    all.extend(funcs.copied().take(MAX_EFFECTS));
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

/// Whether a return is reached from the entry. `seen` is scratch memory.
fn returns(func: &Func, ends: &dyn Fn(&Event) -> bool, seen: &mut Vec<bool>) -> bool {
    can_return_without(func, &|_, event| ends(event), seen)
}

/// Whether the function can return without passing an event. `seen` is scratch memory.
fn can_return_without(
    func: &Func,
    passes: &dyn Fn(Spot, &Event) -> bool,
    seen: &mut Vec<bool>,
) -> bool {
    seen.clear();
    seen.resize(func.blocks.len(), false);
    let mut pending = vec![Func::ENTRY];
    'blocks: while let Some(id) = pending.pop() {
        if std::mem::replace(&mut seen[id.index()], true) {
            continue;
        }
        let block = &func.blocks[id];
        for (event, index) in block.events.iter().zip(0..) {
            if passes(Spot { block: id, index }, event) {
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
pub(crate) fn most_on_a_path(func: &Func, weights: &[(Spot, u32)]) -> u32 {
    let n = func.blocks.len();
    let mut own = vec![0u32; n];
    for (spot, weight) in weights {
        let sum = &mut own[spot.block.index()];
        *sum = sum.saturating_add(*weight);
    }
    // Post-order by an explicit stack; edges to blocks in progress are edges back.
    let mut best: Vec<Option<u32>> = vec![None; n];
    let mut open = vec![false; n];
    let mut stack = vec![(0usize, 0usize)];
    while let Some((block, next)) = stack.pop() {
        open[block] = true;
        let edges = &func.blocks[Idx::from_index(block)].edges;
        if let Some(edge) = edges.get(next) {
            stack.push((block, next + 1));
            let to = edge.to.index();
            if best[to].is_none() && !open[to] {
                stack.push((to, 0));
            }
            continue;
        }
        let after = edges.iter().filter_map(|edge| best[edge.to.index()]).max();
        best[block] = Some(own[block].saturating_add(after.unwrap_or(0)));
        open[block] = false;
    }
    best.first().copied().flatten().unwrap_or(0)
}
