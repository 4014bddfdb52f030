//! A batch: functions that call each other, and the closures in them.
//!
//! Source: cmd/compile/internal/escape/escape.go, go1.27.3.

use go_ir::{FuncId, Kind, Package};
use go_syntax::{BranchKind, Symbol};
use go_types::{Basic, ObjId, Sizes, Store, TypeId, TypeKind};
use rustc_hash::{FxHashMap, FxHashSet};

use super::doubt::Doubts;
use super::graph::{Graph, Hole, Subject};
use super::oracle::Oracle;
use super::rewrite::Rewrite;
use super::solve::solve;
use super::tags::{FuncTags, Tags};

/// Which bound is taken of what is not known exactly.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Side {
    /// As little leaks as may be.
    Least,
    /// As much leaks as may be.
    Most,
}

/// What the batches of a package share.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) package: &'a Package,
    pub(super) sizes: Sizes,
    pub(super) oracle: &'a Oracle,
    pub(super) doubts: &'a Doubts,
    pub(super) by_object: &'a FxHashMap<ObjId, FuncId>,
    /// Of functions of the package, in earlier batches.
    pub(super) local_tags: &'a FxHashMap<FuncId, FuncTags>,
    pub(super) imported: &'a Tags,
    /// Whether flows are explained.
    pub(super) explains: bool,
}

/// A batch under analysis.
pub(super) struct Batch<'a> {
    pub(super) store: &'a mut Store,
    pub(super) package: &'a Package,
    pub(super) context: Context<'a>,
    pub(super) side: Side,
    pub(super) members: FxHashSet<FuncId>,
    pub(super) graph: Graph,
    /// Closures met, with what is stored in them.
    pub(super) closures: Vec<(Hole, FuncId)>,
    pub(super) rewrites: Vec<Rewrite>,
    /// Conversions of pointers to `uintptr` arguments whose operand lives in a temporary.
    pub(super) kept_alive: FxHashSet<go_ir::NodeId>,
    /// Something was called whose tags have only bounds.
    pub(super) inexact: bool,
    /// The call that is looked at may be inlined: its flows have only bounds.
    pub(super) uncertain_call: bool,
    /// Expressions whose operand may be known to be a constant.
    pub(super) doubtful: FxHashSet<go_ir::NodeId>,
    /// Something that is not modelled.
    pub(super) gap: Option<&'static str>,

    /// The function being walked.
    pub(super) func: FuncId,
    /// Loops around, counted from 1.
    pub(super) loop_depth: i32,
    /// Labels of the function, and whether some `goto` jumps back to them.
    pub(super) labels: FxHashMap<Symbol, bool>,
}

impl<'a> Batch<'a> {
    /// Analyzes the functions, given in the order in which they were met; if there are `others` in the batch, of
    /// which nothing is known, they may call these.
    pub(super) fn analyze(
        store: &'a mut Store,
        context: &Context<'a>,
        funcs: &[FuncId],
        others: bool,
        side: Side,
    ) -> Self {
        let mut batch = Batch {
            store,
            package: context.package,
            context: *context,
            side,
            members: funcs.iter().copied().collect(),
            graph: Graph::new(context.explains),
            closures: Vec::new(),
            rewrites: Vec::new(),
            kept_alive: FxHashSet::default(),
            inexact: others,
            uncertain_call: false,
            doubtful: FxHashSet::default(),
            gap: None,
            func: funcs[0],
            loop_depth: 1,
            labels: FxHashMap::default(),
        };
        batch.run(funcs, others);
        batch
    }

    fn run(&mut self, funcs: &[FuncId], others: bool) {
        for func in funcs {
            self.init_func(*func);
        }
        for func in funcs {
            if self.package.funcs[*func].captured.is_empty() {
                self.walk_func(*func);
            }
        }
        if self.gap.is_some() {
            return;
        }
        self.flow_closures();
        if others && self.side == Side::Most {
            self.lose_results(funcs);
        }
        for location in self.graph.all() {
            self.rewrite(location);
            if let Some(subject) = self.graph.locations[location].subject
                && let Some(why) = self.heap_reason(subject)
            {
                let hole = Hole::to(Graph::HEAP).shift(-1);
                let hole = self.graph.note(hole, subject, why);
                self.graph.flow(hole, location);
            }
        }
        solve(self.package, &self.members, &mut self.graph);
        self.drop_explanations(others);
        self.report(funcs);
    }

    /// Unknown callers may put the results anywhere.
    fn lose_results(&mut self, funcs: &[FuncId]) {
        for func in funcs {
            for result in &self.package.funcs[*func].results {
                if let Some(location) = self.location_of(*result) {
                    self.graph.flow(Hole::to(Graph::HEAP), location);
                }
            }
        }
    }

    /// Locations of what the function declares.
    fn init_func(&mut self, func: FuncId) {
        self.func = func;
        self.loop_depth = 1;
        let package = self.package;
        for var in &package.funcs[func].declared {
            let location = self.new_location(Some(Subject::Var(*var)), true);
            let entry = &mut self.graph.locations[location];
            entry.param = package.vars[*var].class == go_ir::Class::Param;
            self.graph.by_var.insert(*var, location);
        }
        for (index, result) in package.funcs[func].results.iter().enumerate() {
            if let Some(location) = self.graph.by_var.get(result) {
                self.graph.locations[*location].result = Some(index);
            }
        }
    }

    /// Walks a body; one function may be walked inside another.
    pub(super) fn walk_func(&mut self, func: FuncId) {
        let labels = std::mem::take(&mut self.labels);
        let outer = (self.func, self.loop_depth);
        (self.func, self.loop_depth) = (func, 1);
        self.find_labels(func);
        self.block(self.package.funcs[func].body);
        (self.func, self.loop_depth) = outer;
        self.labels = labels;
    }

    /// A label is the head of a loop if a `goto` behind it jumps to it.
    fn find_labels(&mut self, func: FuncId) {
        let package = self.package;
        for root in package.list(package.funcs[func].body) {
            package.walk(*root, &mut |id| {
                match package.kind(id) {
                    Kind::Label(label) => {
                        self.labels.insert(label, false);
                    }
                    Kind::Branch {
                        kind: BranchKind::Goto,
                        label: Some(label),
                    } => {
                        self.labels
                            .entry(label)
                            .and_modify(|looping| *looping = true);
                    }
                    _ => {}
                }
                true
            });
        }
    }

    /// Notes that the functions cannot be answered.
    pub(super) fn gap(&mut self, reason: &'static str) {
        self.gap = self.gap.or(Some(reason));
    }

    pub(super) fn has_pointers(&mut self, typ: TypeId) -> bool {
        // What has no size (untyped nil) is treated as a pointer.
        let found = self.context.sizes.ptrdata(self.store, typ);
        found.map_or(true, |bytes| bytes > 0) || self.store.is_untyped(typ)
    }

    /// Whether an interface holds the value itself.
    pub(super) fn is_direct(&mut self, typ: TypeId) -> bool {
        let word = self.context.sizes.word;
        self.context.sizes.size(self.store, typ) == Ok(word)
            && self.context.sizes.ptrdata(self.store, typ) == Ok(word)
    }

    /// In bytes; of what has none a number that is too large.
    pub(super) fn size(&mut self, typ: TypeId) -> i64 {
        self.context.sizes.size(self.store, typ).unwrap_or(i64::MAX)
    }

    pub(super) fn is_array(&mut self, typ: TypeId) -> bool {
        matches!(self.store.under_kind(typ), TypeKind::Array { .. })
    }

    pub(super) fn basic(&mut self, typ: TypeId) -> Option<Basic> {
        match self.store.under_kind(typ) {
            TypeKind::Basic(basic) => Some(basic.canonical()),
            _ => None,
        }
    }

    /// The hole behind an assertion to the type: a value that an interface does not hold itself is loaded.
    pub(super) fn asserted(&mut self, hole: Hole, typ: TypeId) -> Hole {
        if self.store.is_non_type_param_interface(typ) || self.is_direct(typ) {
            hole
        } else {
            hole.shift(1)
        }
    }
}
