//! The order in which package-level variables are initialised.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use crate::recording::Initializer;
use crate::resolver::DeclInfoKind;
use crate::{Checker, Code, ObjId, ObjKind};

/// A package-level constant, variable or function, and what stands before and behind it.
#[derive(Default)]
struct Node {
    /// Who depends on this one.
    preds: BTreeSet<u32>,
    /// What this one depends on.
    succs: BTreeSet<u32>,
    n_deps: usize,
}

impl Checker<'_> {
    /// Finds the order and records it. Nodes are indices into `obj_list`, so ties go by source order.
    pub(crate) fn init_order(&mut self) {
        let mut nodes = self.dependency_graph();
        let mut queue = BinaryHeap::new();
        for (index, node) in nodes.iter_mut().enumerate() {
            if self.is_func(index) || !self.is_dependency(index) {
                continue;
            }
            node.n_deps = node.succs.len();
            queue.push(Reverse((!self.is_const(index), node.n_deps, index)));
        }
        let mut done = vec![false; nodes.len()];
        let mut emitted = vec![false; self.decls.len()];
        while let Some(Reverse((_, n_deps, index))) = queue.pop() {
            if done[index] || nodes[index].n_deps != n_deps {
                continue; // an entry of before a dependency was met
            }
            done[index] = true;
            if n_deps > 0 {
                self.report_init_cycle(self.obj_list[index]);
            }
            for pred in std::mem::take(&mut nodes[index].preds) {
                let pred = pred as usize;
                nodes[pred].n_deps = nodes[pred].n_deps.saturating_sub(1);
                queue.push(Reverse((!self.is_const(pred), nodes[pred].n_deps, pred)));
            }
            self.emit_initializer(index, &mut emitted);
        }
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

    /// Dependencies between constants and variables, with functions eliminated: who calls one depends on
    /// all it mentions.
    fn dependency_graph(&self) -> Vec<Node> {
        let mut nodes: Vec<Node> = (0..self.obj_list.len()).map(|_| Node::default()).collect();
        // Objects of one declaration are neighbours.
        let mut objs = vec![0..0; self.decls.len()];
        for (index, &decl) in self.decl_of.iter().enumerate() {
            let range = &mut objs[decl as usize];
            let start = if range.end == 0 { index } else { range.start };
            *range = start..index + 1;
        }
        for (decl, deps) in self.mentions() {
            for &dep in deps {
                let dep = self.store.obj(dep).order as usize - 1;
                if !self.is_dependency(dep) {
                    continue;
                }
                for index in objs[decl as usize].clone() {
                    if self.is_dependency(index) {
                        nodes[index].succs.insert(dep as u32);
                        nodes[dep].preds.insert(index as u32);
                    }
                }
            }
        }
        let mut funcs: Vec<usize> = (0..nodes.len())
            .filter(|index| self.is_func(*index))
            .collect();
        // Cheap ones first: removing a function joins all its callers with all its callees.
        funcs.sort_by_key(|index| nodes[*index].preds.len() * nodes[*index].succs.len());
        for func in funcs {
            let node = std::mem::take(&mut nodes[func]);
            let func = func as u32;
            for &pred in node.preds.iter().filter(|pred| **pred != func) {
                let succs = &mut nodes[pred as usize].succs;
                succs.remove(&func);
                succs.extend(node.succs.iter().filter(|succ| **succ != func));
            }
            for &succ in node.succs.iter().filter(|succ| **succ != func) {
                let preds = &mut nodes[succ as usize].preds;
                preds.remove(&func);
                preds.extend(node.preds.iter().filter(|pred| **pred != func));
            }
        }
        nodes
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
