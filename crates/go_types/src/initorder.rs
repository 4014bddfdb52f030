//! The order in which package-level variables are initialized.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::recording::Initializer;
use crate::resolver::DeclInfoKind;
use crate::{Checker, Code, ObjId, ObjKind};

/// What has to be initialized before what: constants and variables, and between them groups of functions that call each
/// other, which are initialized with the last of what they mention.
struct Graph {
    /// By index into `obj_list`, groups of functions behind: what comes later because of it.
    preds: Vec<Vec<u32>>,
    /// What it waits for, each once.
    succs: Vec<Vec<u32>>,
    /// How much of that is not initialized.
    n_waiting: Vec<usize>,
    done: Vec<bool>,
}

/// Steps that the search for what variables of a cycle wait for may take altogether.
const MAX_CYCLE_STEPS: usize = 20_000_000;

impl Checker<'_> {
    /// Finds the order and records it. Nodes are indices into `obj_list`, so ties go by source order: of what waits for
    /// nothing constants come first, then what is declared first. Of a cycle that comes first which waits for the least.
    pub(crate) fn init_order(&mut self) {
        let mut graph = self.dependency_graph();
        let mut emitted = vec![false; self.decls.len()];
        let mut ready = BinaryHeap::new();
        let mut groups = Vec::new();
        for node in 0..graph.preds.len() {
            if graph.n_waiting[node] == 0 {
                self.make_ready(node, &mut ready, &mut groups);
            }
        }
        let mut steps = MAX_CYCLE_STEPS;
        loop {
            let next = match (groups.pop(), ready.pop()) {
                (Some(group), popped) => {
                    ready.extend(popped);
                    group
                }
                (None, Some(Reverse((_, index)))) => index,
                (None, None) => match self.least_waiting(&graph, &mut steps) {
                    Some(index) => {
                        self.report_init_cycle(self.obj_list[index]);
                        index
                    }
                    None => return,
                },
            };
            if std::mem::replace(&mut graph.done[next], true) {
                continue;
            }
            for pred in std::mem::take(&mut graph.preds[next]) {
                let pred = pred as usize;
                graph.n_waiting[pred] -= 1;
                if graph.n_waiting[pred] == 0 {
                    self.make_ready(pred, &mut ready, &mut groups);
                }
            }
            if next < self.obj_list.len() {
                self.emit_initializer(next, &mut emitted);
            }
        }
    }

    /// Queues what waits for nothing any more.
    fn make_ready(
        &self,
        node: usize,
        ready: &mut BinaryHeap<Reverse<(bool, usize)>>,
        groups: &mut Vec<usize>,
    ) {
        if node >= self.obj_list.len() {
            groups.push(node);
        } else if self.is_dependency(node) && !self.is_func(node) {
            ready.push(Reverse((!self.is_const(node), node)));
        }
    }

    /// The variable or constant, of those that are left, that waits for the fewest others, whether by itself or by what
    /// functions mention.
    fn least_waiting(&self, graph: &Graph, steps: &mut usize) -> Option<usize> {
        let left = (0..self.obj_list.len()).filter(|index| {
            !graph.done[*index] && self.is_dependency(*index) && !self.is_func(*index)
        });
        let mut seen = vec![usize::MAX; graph.succs.len()];
        let mut count = |index: usize| {
            let mut n_waiting = 0;
            let mut pending: Vec<u32> = graph.succs[index].clone();
            while let Some(node) = pending.pop() {
                let node = node as usize;
                if graph.done[node] || std::mem::replace(&mut seen[node], index) == index {
                    continue;
                }
                *steps = steps.saturating_sub(1);
                if node < self.obj_list.len() {
                    n_waiting += 1;
                } else if *steps > 0 {
                    pending.extend(&graph.succs[node]);
                }
            }
            n_waiting
        };
        left.min_by_key(|index| (!self.is_const(*index), count(*index), *index))
    }

    fn emit_initializer(&mut self, index: usize, emitted: &mut [bool]) {
        let decl_index = self.decl_of[index] as usize;
        let decl = &self.decls[decl_index];
        let DeclInfoKind::Var {
            lhs,
            init: Some(rhs),
            ..
        } = &decl.kind
        else {
            return;
        };
        if std::mem::replace(&mut emitted[decl_index], true) {
            return;
        }
        let lhs = if lhs.is_empty() {
            vec![self.obj_list[index]]
        } else {
            lhs.clone()
        };
        self.info.init_order.push(Initializer {
            file: decl.file,
            lhs,
            rhs: *rhs,
        });
    }

    fn is_func(&self, index: usize) -> bool {
        self.store.obj(self.obj_list[index]).is_func()
    }

    fn is_const(&self, index: usize) -> bool {
        matches!(
            self.store.obj(self.obj_list[index]).kind,
            ObjKind::Const { .. }
        )
    }

    fn is_dependency(&self, index: usize) -> bool {
        matches!(
            self.store.obj(self.obj_list[index]).kind,
            ObjKind::Const { .. } | ObjKind::Var { .. } | ObjKind::Func { .. }
        )
    }

    /// Dependencies between constants, variables and groups of functions.
    fn dependency_graph(&self) -> Graph {
        let n_objs = self.obj_list.len();
        let mut mentions: Vec<Vec<u32>> = vec![Vec::new(); n_objs];
        // Objects of one declaration are neighbours.
        let mut objs = vec![0..0; self.decls.len()];
        for (index, &decl) in self.decl_of.iter().enumerate() {
            let range = &mut objs[decl as usize];
            let start = if range.end == 0 { index } else { range.start };
            *range = start..index + 1;
        }
        for (decl, deps) in self.mentions() {
            let deps = deps.iter().map(|dep| self.store.obj(*dep).order - 1);
            let deps: Vec<u32> = deps
                .filter(|dep| self.is_dependency(*dep as usize))
                .collect();
            for index in objs[decl as usize].clone() {
                if self.is_dependency(index) {
                    mentions[index].extend(&deps);
                }
            }
        }
        let is_func: Vec<bool> = (0..n_objs).map(|index| self.is_func(index)).collect();
        let (groups, n_groups) = crate::groups::groups_of(&mentions, &is_func);
        // The node that stands for an object: a function's is its group.
        let node_of = |index: u32| match groups[index as usize] {
            Some(group) => n_objs as u32 + group,
            None => index,
        };
        let mut graph = Graph {
            preds: vec![Vec::new(); n_objs + n_groups],
            succs: vec![Vec::new(); n_objs + n_groups],
            n_waiting: Vec::new(),
            done: vec![false; n_objs + n_groups],
        };
        for (index, mentioned) in mentions.into_iter().enumerate() {
            let node = node_of(index as u32);
            let succs = mentioned.into_iter().map(node_of);
            // Functions may call themselves.
            let succs = succs.filter(|succ| *succ != node || (*succ as usize) < n_objs);
            graph.succs[node as usize].extend(succs);
        }
        for node in 0..graph.succs.len() {
            let succs = &mut graph.succs[node];
            succs.sort_unstable();
            succs.dedup();
            graph.n_waiting.push(succs.len());
            for succ in &graph.succs[node] {
                graph.preds[*succ as usize].push(node as u32);
            }
        }
        graph
    }

    /// Declarations and what they mention, by themselves and in bodies.
    fn mentions(&self) -> impl Iterator<Item = (u32, &[ObjId])> {
        let own = (0..).zip(&self.decls);
        let own = own.map(|(decl, info)| (decl, info.deps.list.as_slice()));
        let in_bodies = self.bodies.iter();
        let in_bodies = in_bodies.filter_map(|body| Some((body.decl?, body.deps.list.as_slice())));
        own.chain(in_bodies)
    }

    fn report_init_cycle(&mut self, start: ObjId) {
        let mut deps: Vec<Vec<ObjId>> = vec![Vec::new(); self.decls.len()];
        for (decl, mentioned) in self.mentions() {
            deps[decl as usize].extend(mentioned);
        }
        let deps_of = |checker: &Self, obj| {
            let decl = checker.decl_index(obj);
            decl.map_or(&[][..], |decl| deps[decl as usize].as_slice())
        };
        let mut seen = vec![false; self.obj_list.len()];
        let mut stack = deps_of(self, start).to_vec();
        while let Some(obj) = stack.pop() {
            if obj == start {
                let object = *self.store.obj(start);
                let message = format!(
                    "initialization cycle for {}",
                    self.store.names.text(object.name)
                );
                self.error(object.pos, Code::InvalidInitCycle, message);
                return;
            }
            let index = self.store.obj(obj).order as usize - 1;
            if !std::mem::replace(&mut seen[index], true) {
                stack.extend(deps_of(self, obj));
            }
        }
    }
}
