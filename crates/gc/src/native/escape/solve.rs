//! From the flows of a batch to what escapes.
//!
//! Every location is the root of a walk over all that flows to it, by least dereferences. Walks repeat until
//! no location gains an attribute. The graph has edges of -1, hence Bellman-Ford; counts between are at least
//! 0, so no cycle is negative.
//!
//! Source: cmd/compile/internal/escape/solve.go, go1.27.3.

use std::collections::VecDeque;

use go_ir::{FuncId, Kind, Package};
use rustc_hash::FxHashSet;

use super::graph::{Attrs, Graph, LocationId, Subject};
use super::leaks::N_RESULTS;

/// Finds the attributes of all locations and the leaks of all parameters. `members` are the functions of the
/// batch.
pub(super) fn solve(package: &Package, members: &FxHashSet<FuncId>, graph: &mut Graph) {
    let mut solver = Solver {
        package,
        members,
        graph,
        waiting: VecDeque::new(),
        results_lost: FxHashSet::default(),
        number: 0,
    };
    for location in solver.graph.all() {
        solver.waiting.push_front(location);
    }
    for pseudo in [Graph::MUTATOR, Graph::CALLEE, Graph::HEAP] {
        solver.waiting.push_front(pseudo);
    }
    for index in 0..solver.waiting.len() {
        let location = solver.waiting[index];
        solver.graph.locations[location].walk.waits = true;
    }
    while let Some(root) = solver.waiting.pop_front() {
        solver.graph.locations[root].walk.waits = false;
        solver.walk(root);
    }
}

struct Solver<'a> {
    package: &'a Package,
    members: &'a FxHashSet<FuncId>,
    graph: &'a mut Graph,
    waiting: VecDeque<LocationId>,
    /// Closures that are called where nobody follows their results.
    results_lost: FxHashSet<FuncId>,
    number: u32,
}

impl Solver<'_> {
    fn enqueue(&mut self, location: LocationId) {
        let entry = &mut self.graph.locations[location];
        if entry.walk.waits {
            return;
        }
        entry.walk.waits = true;
        if entry.attrs.has(Attrs::ESCAPES) {
            self.waiting.push_front(location);
        } else {
            self.waiting.push_back(location);
        }
    }

    fn walk(&mut self, root: LocationId) {
        self.number += 1;
        let number = self.number;
        let start = &mut self.graph.locations[root].walk;
        start.number = number;
        start.derefs = 0;
        start.next = None;
        self.lose_results(root);
        let mut queue = VecDeque::from([root]);
        while let Some(location) = queue.pop_front() {
            self.graph.locations[location].walk.queued = 0;
            if let Some(derefs) = self.reach(root, location) {
                self.follow_edges(location, derefs, &mut queue);
            }
        }
    }

    /// A closure that is called where its results go nowhere known gives them to the heap.
    fn lose_results(&mut self, root: LocationId) {
        let entry = &self.graph.locations[root];
        if !entry.attrs.has(Attrs::CALLS) {
            return;
        }
        if let Some(Subject::Node(node)) = entry.subject
            && let Kind::Closure(func) = self.package.kind(node)
            && self.members.contains(&func)
            && self.results_lost.insert(func)
        {
            for result in &self.package.funcs[func].results {
                if let Some(location) = self.graph.by_var.get(result).copied() {
                    self.enqueue(location);
                }
            }
        }
    }

    /// What it means for a location that it flows to the root; the dereferences to go on with, or nothing if
    /// the walk ends here.
    fn reach(&mut self, root: LocationId, location: LocationId) -> Option<i32> {
        let found = self.graph.locations[location].walk.derefs;
        let derefs = found.max(0);
        let root_attrs = self.graph.locations[root].attrs;
        let mut gained = Attrs::NONE;
        if found < 0 {
            if self.outlives(root, location) {
                self.graph.explain_escape(root, location);
                gained = Attrs::ALL;
            } else if root_attrs.has(Attrs::PERSISTS) {
                gained = Attrs::PERSISTS;
            }
        }
        if derefs == 0 {
            gained = gained.with(root_attrs.and(Attrs::MUTATES.with(Attrs::CALLS)));
        }
        if self.graph.locations[location].param {
            if self.outlives(root, location) {
                self.graph.explain_leak(root, location, derefs);
                self.leak(root, location, derefs);
            }
            let leaks = &mut self.graph.locations[location].leaks;
            if root_attrs.has(Attrs::MUTATES) {
                leaks.add_mutator(derefs);
            }
            if root_attrs.has(Attrs::CALLS) {
                leaks.add_callee(derefs);
            }
        }
        let entry = &mut self.graph.locations[location];
        if gained.without(entry.attrs) != Attrs::NONE {
            entry.attrs = entry.attrs.with(gained);
            let escapes = entry.attrs.has(Attrs::ESCAPES);
            self.enqueue(location);
            if escapes {
                return None;
            }
        }
        Some(derefs)
    }

    fn follow_edges(
        &mut self,
        location: LocationId,
        derefs: i32,
        queue: &mut VecDeque<LocationId>,
    ) {
        let number = self.number;
        for index in 0..self.graph.locations[location].edges.len() {
            let edge = self.graph.locations[location].edges[index];
            let source = &mut self.graph.locations[edge.source];
            if source.attrs.has(Attrs::ESCAPES) {
                continue;
            }
            let sum = derefs + edge.derefs;
            let walk = &mut source.walk;
            if walk.number != number || walk.derefs > sum {
                walk.number = number;
                walk.derefs = sum;
                walk.next = Some((location, index));
                if walk.queued != number {
                    walk.queued = number;
                    queue.push_back(edge.source);
                }
            }
        }
    }

    fn leak(&mut self, root: LocationId, param: LocationId, derefs: i32) {
        let sink = &self.graph.locations[root];
        let result = match sink.result {
            Some(result)
                if result < N_RESULTS
                    && !sink.attrs.has(Attrs::ESCAPES)
                    && sink.func == self.graph.locations[param].func =>
            {
                Some(result)
            }
            _ => None,
        };
        let leaks = &mut self.graph.locations[param].leaks;
        match result {
            Some(result) => leaks.add_result(result, derefs),
            None => leaks.add_heap(derefs),
        }
    }

    /// Whether values stored in `location` may be used when `other`, on the stack, is gone.
    fn outlives(&self, location: LocationId, other: LocationId) -> bool {
        let (l, o) = (
            &self.graph.locations[location],
            &self.graph.locations[other],
        );
        if l.attrs.has(Attrs::ESCAPES) {
            return true;
        }
        let (Some(l_func), Some(o_func)) = (l.func, o.func) else {
            return false;
        };
        if l.result.is_some() {
            // A closure may return what is outside of it, if all its calls are known.
            return !self.contains(o_func, l_func) || self.results_lost.contains(&l_func);
        }
        (l_func == o_func && l.loop_depth < o.loop_depth) || self.contains(l_func, o_func)
    }

    /// Whether `inner` is a literal somewhere in `outer`.
    fn contains(&self, outer: FuncId, inner: FuncId) -> bool {
        let mut func = inner;
        while let Some(parent) = self.package.funcs[func].parent {
            if parent == outer {
                return true;
            }
            func = parent;
        }
        false
    }
}
