//! What the rules ask: effects of events, uses of classes, who owns a class.

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;

use base::{Cancellation, Cancelled, Idx, IndexVec, LineCol, LineIndex};
use rustc_hash::FxHashMap;

use crate::effects::{Effect, Effects};
use crate::ir::{At, Call, Event, EventKind, Func, FuncId, Mode, Op, Spot};
use crate::link::{Links, argument, link};
use crate::nodes::{Capacity, Class, Make, NodeId};
use crate::objects::ObjId;
use crate::program::Program;

/// An operation on a class, where it stands or where a call brings it about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Use {
    pub(crate) func: FuncId,
    pub(crate) spot: Spot,
    pub(crate) effect: Effect,
}

/// What an event brings about.
pub(crate) type EventEffects = (Spot, Box<[Effect]>);

/// What an event does to one class.
type OnClass = (Spot, Effect);

/// A call with its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site {
    pub(crate) func: FuncId,
    pub(crate) spot: Spot,
}

/// Gives the text of a source file.
pub type TextOf<'a> = dyn Fn(&Path) -> Option<Arc<str>> + 'a;

/// Texts of the files that findings are in.
struct Texts<'a> {
    text: &'a TextOf<'a>,
    known: RefCell<FxHashMap<u32, (Arc<str>, LineIndex)>>,
}

pub(crate) struct Analysis<'a> {
    pub(crate) program: Program,
    texts: Texts<'a>,
    pub(crate) links: Links,
    pub(crate) effects: Effects,
    /// Effects of the events that have some.
    pub(crate) events: IndexVec<FuncId, Box<[EventEffects]>>,
    /// Effects of a function's events by class.
    on: FxHashMap<(FuncId, NodeId), Box<[OnClass]>>,
    /// Functions with effects on a class.
    funcs_on: FxHashMap<NodeId, Vec<FuncId>>,
    /// By representative.
    pub(crate) uses: FxHashMap<NodeId, Vec<Use>>,
    /// Calls and goroutine starts by what they start.
    pub(crate) callers: FxHashMap<FuncId, Vec<Site>>,
    /// Where a class comes out of a call.
    pub(crate) result_of: FxHashMap<NodeId, FuncId>,
}

impl<'a> Analysis<'a> {
    pub(crate) fn new(
        mut program: Program,
        text: &'a TextOf<'a>,
        cancel: &Cancellation,
    ) -> Result<Self, Cancelled> {
        let links = link(&mut program, cancel)?;
        let effects = Effects::new(&mut program, &links, cancel)?;
        let mut analysis = Self {
            events: IndexVec::new(),
            on: FxHashMap::default(),
            funcs_on: FxHashMap::default(),
            uses: FxHashMap::default(),
            callers: FxHashMap::default(),
            result_of: FxHashMap::default(),
            program,
            texts: Texts {
                text,
                known: RefCell::default(),
            },
            links,
            effects,
        };
        for index in 0..analysis.program.funcs.len() {
            if index % 256 == 0 {
                cancel.check()?;
            }
            analysis.index(FuncId::from_index(index));
        }
        Ok(analysis)
    }

    fn index(&mut self, id: FuncId) {
        let mut events = Vec::new();
        let mut effects = Vec::new();
        let mut on: Vec<(NodeId, OnClass)> = Vec::new();
        // The blocks are put back: meanwhile nobody asks for them.
        let blocks = std::mem::take(&mut self.program.funcs[id].blocks);
        for (spot, event) in crate::ir::events(&blocks) {
            if let EventKind::Call(call) = &event.kind
                && call.mode != Mode::Defer
            {
                for callee in self.links.callees(&self.program, call) {
                    self.callers
                        .entry(*callee)
                        .or_default()
                        .push(Site { func: id, spot });
                }
                for result in call.results.iter().flatten() {
                    let root = self.program.nodes.root(*result);
                    self.result_of.entry(root).or_insert(id);
                }
            }
            (self.effects).of_event(&mut self.program, &self.links, event, &mut effects);
            for effect in &effects {
                if let Some(node) = effect.node {
                    on.push((node, (spot, *effect)));
                }
                if let Some(node) = effect.node
                    && (effect.depth == 0 || !effect.shared)
                {
                    let one = Use {
                        func: id,
                        spot,
                        effect: *effect,
                    };
                    self.uses.entry(node).or_default().push(one);
                }
            }
            if !effects.is_empty() {
                events.push((spot, effects.as_slice().into()));
            }
        }
        self.program.funcs[id].blocks = blocks;
        self.events.push(events.into());
        // In the order of the events for each class.
        on.sort_by_key(|(node, _)| *node);
        for own in on.chunk_by(|(a, _), (b, _)| a == b) {
            let node = own[0].0;
            let effects = own.iter().map(|(_, effect)| *effect).collect();
            self.on.insert((id, node), effects);
            self.funcs_on.entry(node).or_default().push(id);
        }
    }

    pub(crate) fn func(&self, id: FuncId) -> &Func {
        &self.program.funcs[id]
    }

    pub(crate) fn class(&self, node: NodeId) -> &Class {
        self.program.nodes.class(node)
    }

    pub(crate) fn effects_at(&self, func: FuncId, spot: Spot) -> &[Effect] {
        let events = &self.events[func];
        match events.binary_search_by_key(&spot, |(spot, _)| *spot) {
            Ok(index) => &events[index].1,
            Err(_) => &[],
        }
    }

    /// Effects of a function's events on a class.
    pub(crate) fn on(&self, func: FuncId, node: NodeId) -> &[(Spot, Effect)] {
        self.on
            .get(&(func, node))
            .map(|effects| &**effects)
            .unwrap_or_default()
    }

    /// Functions whose events have effects on the class, in order.
    pub(crate) fn funcs_on(&self, node: NodeId) -> &[FuncId] {
        self.funcs_on
            .get(&node)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// Whether an event has an effect on the class with one of the operations.
    pub(crate) fn does(&self, func: FuncId, spot: Spot, node: NodeId, ops: &[Op]) -> bool {
        (self.effects_at(func, spot).iter())
            .any(|effect| effect.node == Some(node) && ops.contains(&effect.op))
    }

    pub(crate) fn ends(&self, event: &Event) -> bool {
        self.effects.ends(&self.program, &self.links, event)
    }

    /// All that happens to the class is known: it is made here and never leaves.
    pub(crate) fn is_closed(&self, node: NodeId) -> bool {
        let nodes = &self.program.nodes;
        let class = nodes.class(node);
        nodes.escape_of(node).is_none() && !class.foreign && !class.makes.is_empty()
    }

    /// The class is a field, a package's variable, or held by one.
    pub(crate) fn is_fixed(&self, node: NodeId) -> bool {
        self.program.nodes.is_fixed(node)
    }

    /// The largest constant capacity among its makes; `None` if one is not constant.
    pub(crate) fn capacity(&self, node: NodeId) -> Option<i64> {
        let makes = &self.class(node).makes;
        let caps = makes.iter().map(|make| match &make.cap {
            Capacity::Const(n) => Some(*n),
            Capacity::Text(text) => self.given_capacity(make.func, text),
        });
        caps.collect::<Option<Vec<i64>>>()?.into_iter().max()
    }

    /// The largest number that callers give for a parameter which a capacity names; `None` if it is not a parameter, or
    /// a caller is not known or gives something else.
    fn given_capacity(&self, func: FuncId, text: &str) -> Option<i64> {
        let body = self.func(func);
        let is_named = |param: &ObjId| self.program.name_of(*param) == text;
        let index = body.params.iter().position(is_named)?;
        let param = body.params[index];
        let is_changed = (body.events())
            .any(|(_, event)| matches!(event.kind, EventKind::Assign(var) if var == param));
        if is_changed || self.links.open.contains(&func) {
            return None;
        }
        let given = self.callers.get(&func)?.iter().map(|site| {
            let call = self.call_at(site.func, site.spot)?;
            let arg = argument(&self.program, call, func, index as u32)?;
            let file = self.at(site.func, site.spot).file;
            let text = self.text(At {
                file,
                range: arg.range?,
            });
            text.parse::<i64>().ok()
        });
        given.collect::<Option<Vec<i64>>>()?.into_iter().max()
    }

    /// Whether all uses of the class are in its owner and in literals that the owner runs.
    pub(crate) fn is_within(&self, owner: FuncId, node: NodeId) -> bool {
        self.uses(node).iter().all(|it| {
            it.func == owner
                || self.func(it.func).obj.is_none()
                    && self.outermost(it.func) == self.outermost(owner)
                    && self.callers.contains_key(&it.func)
        })
    }

    /// The loops around a block in which the class is not made anew each turn.
    pub(crate) fn loops_outside(&self, func: FuncId, spot: Spot, node: NodeId) -> Vec<u32> {
        let body = self.func(func);
        let makes = &self.class(node).makes;
        let is_inside = |number: &&u32| {
            let at = body.loops[**number as usize].at;
            let covers = |make: &Make| make.at.file == at.file && at.range.covers(make.at.range);
            !makes.iter().any(covers)
        };
        body.blocks[spot.block]
            .loops
            .iter()
            .filter(is_inside)
            .copied()
            .collect()
    }

    /// The function that a local class lives in: where it is made, or where it comes out of a call.
    pub(crate) fn owner(&self, node: NodeId) -> Option<FuncId> {
        let class = self.class(node);
        if self.is_fixed(node) || !class.params.is_empty() {
            return None;
        }
        let first = class.makes.first()?;
        let family = |func: FuncId| self.outermost(func);
        let same = |func: FuncId| {
            class
                .makes
                .iter()
                .all(|make| family(make.func) == family(func))
        };
        if let Some(func) = self.result_of.get(&node)
            && family(*func) != family(first.func)
        {
            return Some(*func);
        }
        if class
            .results
            .iter()
            .any(|(func, _)| self.func(*func).obj.is_some())
        {
            return None;
        }
        same(first.func).then_some(first.func)
    }

    pub(crate) fn outermost(&self, func: FuncId) -> FuncId {
        let mut func = func;
        while let Some(parent) = self.func(func).parent {
            func = parent;
        }
        func
    }

    /// All known calls of a literal are in the function around it, and there are some.
    pub(crate) fn is_called_within(&self, literal: FuncId) -> bool {
        let own = self.outermost(literal);
        self.callers
            .get(&literal)
            .is_some_and(|sites| sites.iter().all(|site| self.outermost(site.func) == own))
    }

    /// The literals in a function, and those in them.
    pub(crate) fn literals(&self, func: FuncId) -> Vec<FuncId> {
        let mut all = Vec::new();
        let mut pending = vec![func];
        while let Some(func) = pending.pop() {
            let inner = self.program.literals.get(&func).into_iter().flatten();
            pending.extend(inner.clone());
            all.extend(inner);
        }
        all
    }

    /// The main goroutine of a program, and what runs before it: nothing outlives it.
    pub(crate) fn is_program(&self, func: FuncId) -> bool {
        self.func(func).is_entry && !self.is_goroutine(func)
    }

    /// A goroutine that starts with the program.
    pub(crate) fn is_of_program(&self, func: FuncId) -> bool {
        self.func(func).is_entry
    }

    /// Whether the function runs in a goroutine of its own, or in a literal that does.
    pub(crate) fn is_goroutine(&self, func: FuncId) -> bool {
        let starts = self
            .callers
            .get(&func)
            .map(Vec::as_slice)
            .unwrap_or_default();
        starts.iter().any(|site| {
            let event = self.func(site.func).event(site.spot);
            matches!(&event.kind, EventKind::Call(call) if call.mode == Mode::Go)
        })
    }

    /// The statements that start the function as a goroutine.
    pub(crate) fn starts(&self, func: FuncId) -> Vec<(FuncId, At)> {
        let sites = self
            .callers
            .get(&func)
            .map(Vec::as_slice)
            .unwrap_or_default();
        (sites.iter())
            .filter_map(|site| {
                let event = self.func(site.func).event(site.spot);
                matches!(&event.kind, EventKind::Call(call) if call.mode == Mode::Go)
                    .then_some((site.func, event.at))
            })
            .collect()
    }

    /// The function calls itself, or gives itself to be called: how often it does anything is not known.
    pub(crate) fn is_recursive(&self, func: FuncId) -> bool {
        let sites = self.callers.get(&func);
        sites.is_some_and(|sites| sites.iter().any(|site| site.func == func))
    }

    /// The parameter that a call gives a value of the class; it is not nil then.
    pub(crate) fn given_param(&self, call: &Call, callee: FuncId, node: NodeId) -> Option<ObjId> {
        let params = &self.func(callee).params;
        let is_it = |index: &u32| {
            let arg = argument(&self.program, call, callee, *index);
            let arg = arg.and_then(|arg| arg.node);
            arg.is_some_and(|arg| self.program.nodes.root(arg) == node)
        };
        let index = (0..params.len() as u32).find(is_it)?;
        params.get(index as usize).copied()
    }

    pub(crate) fn call_at(&self, func: FuncId, spot: Spot) -> Option<&Call> {
        match &self.func(func).event(spot).kind {
            EventKind::Call(call) => Some(call),
            _ => None,
        }
    }

    pub(crate) fn at(&self, func: FuncId, spot: Spot) -> At {
        self.func(func).event(spot).at
    }

    /// How the source writes the class: a field, a variable, or the text that makes it.
    pub(crate) fn name(&self, node: NodeId) -> String {
        let class = self.class(node);
        let obj = class.vars.first().or(class.fields.first());
        if let Some(obj) = obj {
            return self.program.name_of(*obj).to_owned();
        }
        match class.makes.first() {
            Some(make) => crate::program::short(&self.text(make.at)),
            None => "the channel".to_owned(),
        }
    }

    /// The source text of a range; empty if the file is not as it was when it was read.
    pub(crate) fn text(&self, at: At) -> String {
        let range = at.range.start as usize..at.range.end as usize;
        self.in_text(at, |text, _| text.get(range).unwrap_or_default().to_owned())
    }

    /// Line and column of both ends of a range.
    pub(crate) fn lines(&self, at: At) -> [LineCol; 2] {
        self.in_text(at, |_, lines| {
            [at.range.start, at.range.end].map(|offset| lines.line_col(offset))
        })
    }

    fn in_text<R>(&self, at: At, answer: impl FnOnce(&str, &LineIndex) -> R) -> R {
        let mut known = self.texts.known.borrow_mut();
        let (text, lines) = known.entry(at.file).or_insert_with(|| {
            let path = &self.program.files[at.file as usize].path;
            let text = (self.texts.text)(path).unwrap_or_default();
            let lines = LineIndex::new(text.as_bytes());
            (text, lines)
        });
        answer(text, lines)
    }

    /// Whether findings in the function are wanted.
    pub(crate) fn is_asked(&self, func: FuncId) -> bool {
        self.program.packages[self.func(func).package as usize].asked
    }

    /// Classes with uses, in order.
    pub(crate) fn classes(&self) -> Vec<NodeId> {
        let mut all: Vec<NodeId> = self.uses.keys().copied().collect();
        all.sort_unstable();
        all
    }

    /// Classes that nothing out of sight can touch, with the one function that makes them, in order.
    pub(crate) fn owned_classes(&self) -> impl Iterator<Item = (NodeId, FuncId)> + '_ {
        let all = self.classes().into_iter();
        all.filter_map(|node| Some((node, self.sole_owner(node)?)))
    }

    /// The owner of a class that nothing out of sight can touch.
    pub(crate) fn sole_owner(&self, node: NodeId) -> Option<FuncId> {
        self.is_closed(node).then(|| self.owner(node))?
    }

    pub(crate) fn uses(&self, node: NodeId) -> &[Use] {
        self.uses.get(&node).map(Vec::as_slice).unwrap_or_default()
    }

    /// Functions in order.
    pub(crate) fn func_ids(&self) -> impl Iterator<Item = FuncId> + use<> {
        (0..self.program.funcs.len()).map(FuncId::from_index)
    }
}
