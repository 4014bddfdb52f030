//! Range over functions: what becomes of the loops of a function and of the statements in them, before any is lowered.
//!
//! A loop body becomes a closure, so what leaves the body returns from that closure, and says by `#next` where control
//! goes on. Which variables a nest of loops needs, and what is tested behind the call of each iterator, is known only
//! when all that is in the loops has been seen.
//!
//! Source: cmd/compile/internal/rangefunc/rewrite.go, go1.27.3.

use go_syntax::{Ast, BranchKind, Node, StmtId, StmtKind, Symbol};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::node::BinaryOp;

/// What becomes of the loops of one function; not of those in function literals in it.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) loops: FxHashMap<StmtId, Loop>,
    /// By statement that is replaced what replaces it.
    pub(super) edits: FxHashMap<StmtId, Edit>,
    /// A loop returns values, so that results without names need some.
    pub(super) names_results: bool,
}

/// A range over a function.
#[derive(Clone, Debug)]
pub(super) struct Loop {
    /// Number of its variable `#stateN`: in the order in which loops begin.
    pub(super) state: u32,
    /// Number of its variable `#yieldN`: in the order in which they end.
    pub(super) closure: u32,
    /// Variables that are declared before the loop, if it is the outermost one of its nest.
    pub(super) outer: Vec<Outer>,
    /// What is tested behind the call of the iterator, in order.
    pub(super) checks: Vec<Check>,
}

/// A variable of a nest of loops.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Outer {
    /// `#next`: where control goes on.
    Next,
    /// `#defers`: the function whose deferred calls those in the loops are.
    Defers,
}

/// What replaces a statement in a loop.
#[derive(Clone, Copy, Debug)]
pub(super) enum Edit {
    /// `return`: its values go to the results of the function.
    Return,
    /// `defer`: it takes `#defers`.
    Defer,
    /// `break`, `continue` and `goto` end the closure.
    Leave {
        /// What `#next` becomes.
        next: Option<i64>,
        state: State,
        /// What the closure returns: whether the loop goes on.
        value: bool,
    },
}

/// State of a loop; its variable holds the number.
/// Source: internal/abi/rangefuncconsts.go, go1.27.3.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    Done = 0,
    Ready = 1,
    Panic = 2,
    Exhausted = 3,
    MissingPanic = 4,
}

/// `if #next OP value { #next = 0; … }`
#[derive(Clone, Copy, Debug)]
pub(super) struct Check {
    pub(super) op: BinaryOp,
    pub(super) value: i64,
    /// Sets `#next` to 0.
    pub(super) zero: bool,
    pub(super) then: Then,
}

/// Where control goes on behind a call of an iterator.
#[derive(Clone, Copy, Debug)]
pub(super) enum Then {
    Branch(BranchKind, Symbol),
    /// From the function, whose results are set.
    Return,
    /// From the body of the loop around, whose state becomes another.
    Leave {
        state: State,
        value: bool,
    },
    /// A wrong iterator.
    Panic,
}

/// Plans the loops of a body. `is_range_over_func` is asked for each range statement.
pub(super) fn plan(
    ast: &Ast,
    body: StmtId,
    mut is_range_over_func: impl FnMut(StmtId) -> bool,
) -> Option<Plan> {
    let mut found = FxHashSet::default();
    let mut pending = vec![body];
    while let Some(stmt) = pending.pop() {
        if let StmtKind::Range { .. } = ast.stmt(stmt).kind
            && is_range_over_func(stmt)
        {
            found.insert(stmt);
        }
        stmts_in(ast, stmt, &mut pending);
    }
    if found.is_empty() {
        return None;
    }
    let mut planner = Planner {
        ast,
        body,
        found,
        plan: Plan::default(),
        enclosing: Vec::new(),
        loops: Vec::new(),
        outer: Vec::new(),
        labels: None,
        n_states: 0,
        n_closures: 0,
    };
    planner.visit(body, None);
    Some(planner.plan)
}

/// Appends the statements that are directly in one.
fn stmts_in(ast: &Ast, stmt: StmtId, out: &mut Vec<StmtId>) {
    let mut children = Vec::new();
    ast.push_children(Node::Stmt(stmt), &mut children);
    out.extend(children.into_iter().filter_map(|child| match child {
        Node::Stmt(stmt) => Some(stmt),
        _ => None,
    }));
}

struct Planner<'a> {
    ast: &'a Ast,
    body: StmtId,
    found: FxHashSet<StmtId>,
    plan: Plan,
    /// Statements around that `break` leaves.
    enclosing: Vec<Enclosing>,
    /// Ranges over functions around.
    loops: Vec<Open>,
    /// Variables of the outermost of them.
    outer: Vec<Outer>,
    /// Known once they are needed.
    labels: Option<Labels>,
    n_states: u32,
    n_closures: u32,
}

#[derive(Clone, Copy)]
struct Enclosing {
    stmt: StmtId,
    label: Option<Symbol>,
    is_loop: bool,
}

/// A range over a function that is looked at.
struct Open {
    stmt: StmtId,
    state: u32,
    returns: bool,
    breaks: bool,
    continues: bool,
    branches: Vec<(BranchKind, Symbol)>,
}

#[derive(Default)]
struct Labels {
    /// What `#next` is for `break`; the next two numbers are those for `continue` and `goto`.
    numbers: FxHashMap<Symbol, i64>,
    /// The innermost range over a function around.
    loops: FxHashMap<Symbol, Option<StmtId>>,
}

impl Labels {
    /// What `#next` is for a branch to the label.
    fn number(&self, kind: BranchKind, label: Symbol) -> i64 {
        let number = self.numbers.get(&label).copied().unwrap_or_default();
        match kind {
            BranchKind::Continue => number + 1,
            BranchKind::Goto => number + 2,
            _ => number,
        }
    }
}

/// Leaving one more loop adds so much to `#next`; one less and the last one goes on.
const STEP: i64 = 2;

impl Planner<'_> {
    fn visit(&mut self, stmt: StmtId, label: Option<Symbol>) {
        let ast = self.ast;
        let kind = ast.stmt(stmt).kind;
        let is_loop = matches!(kind, StmtKind::For { .. } | StmtKind::Range { .. });
        let left_by_break = is_loop
            || matches!(
                kind,
                StmtKind::Switch { .. } | StmtKind::TypeSwitch { .. } | StmtKind::Select { .. }
            );
        if left_by_break {
            self.enclosing.push(Enclosing {
                stmt,
                label,
                is_loop,
            });
        }
        let over_func = self.found.contains(&stmt);
        if over_func {
            self.n_states += 1;
            self.loops.push(Open {
                stmt,
                state: self.n_states,
                returns: false,
                breaks: false,
                continues: false,
                branches: Vec::new(),
            });
        }
        let mut children = Vec::new();
        stmts_in(self.ast, stmt, &mut children);
        let label = match kind {
            StmtKind::Labeled { label, .. } => Some(ast.name(label)),
            _ => None,
        };
        for child in children {
            self.visit(child, label);
        }
        // What is in inner lists has been replaced by now, which numbers variables.
        let edited = match kind {
            StmtKind::Block(list)
            | StmtKind::Case { body: list, .. }
            | StmtKind::Comm { body: list, .. } => ast.list(list),
            StmtKind::Labeled { ref stmt, .. } => std::slice::from_ref(stmt),
            _ => &[],
        };
        for stmt in edited {
            self.edit(*stmt);
        }
        if over_func {
            self.end_loop();
        }
        if left_by_break {
            self.enclosing.pop();
        }
    }

    fn need(&mut self, outer: Outer) {
        if !self.outer.contains(&outer) {
            self.outer.push(outer);
        }
    }

    fn edit(&mut self, stmt: StmtId) {
        if self.loops.is_empty() {
            return;
        }
        let edit = match self.ast.stmt(stmt).kind {
            StmtKind::Branch { kind, label } => {
                let label = label.map(|label| self.ast.name(label));
                self.edit_branch(kind, label)
            }
            StmtKind::Defer(_) => {
                self.need(Outer::Defers);
                Some(Edit::Defer)
            }
            StmtKind::Return(results) => {
                self.plan.names_results |= !results.is_empty();
                self.loops.iter_mut().for_each(|open| open.returns = true);
                self.need(Outer::Next);
                Some(Edit::Return)
            }
            _ => None,
        };
        if let Some(edit) = edit {
            self.plan.edits.insert(stmt, edit);
        }
    }

    /// `None` if the branch stays as it is.
    fn edit_branch(&mut self, kind: BranchKind, label: Option<Symbol>) -> Option<Edit> {
        if kind == BranchKind::Fallthrough {
            return None;
        }
        let target = self.target(kind, label);
        let around = |loops: &[Open], stmt: Option<StmtId>| {
            loops.iter().rposition(|open| Some(open.stmt) == stmt)
        };
        let innermost = self.loops.len() - 1;
        let found = around(&self.loops, target);
        let Some(label) = label else {
            // What is inside of the loop is left by the branch itself.
            return (found == Some(innermost)).then(|| simple(kind));
        };
        let next = match found {
            Some(found) if kind != BranchKind::Goto => {
                if found == innermost {
                    return Some(simple(kind));
                }
                self.leave_loops(found, kind)
            }
            _ => {
                let labels = self.labels();
                let inside = labels.loops.get(&label).copied().flatten();
                let number = labels.number(kind, label);
                if inside == Some(self.loops[innermost].stmt) {
                    return None;
                }
                let left = around(&self.loops, inside).map_or(0, |index| index + 1);
                self.loops[left].branches.push((kind, label));
                (self.loops[left + 1..].iter_mut()).for_each(|open| open.returns = true);
                number
            }
        };
        self.need(Outer::Next);
        Some(Edit::Leave {
            next: Some(next),
            state: State::Done,
            value: false,
        })
    }

    /// Leaves all loops inside of one, and that one too by `break`; what `#next` says then.
    fn leave_loops(&mut self, target: usize, kind: BranchKind) -> i64 {
        let last = if kind == BranchKind::Continue {
            self.loops[target + 1].continues = true;
            target + 1
        } else {
            self.loops[target].breaks = true;
            target
        };
        (self.loops[last + 1..].iter_mut()).for_each(|open| open.breaks = true);
        let number = STEP * (target as i64 + 1);
        number - i64::from(kind == BranchKind::Continue)
    }

    /// The statement that `break` leaves or `continue` goes on with.
    fn target(&self, kind: BranchKind, label: Option<Symbol>) -> Option<StmtId> {
        let found = self.enclosing.iter().rev().find(|around| match label {
            Some(_) => around.label == label,
            None => around.is_loop || kind == BranchKind::Break,
        });
        found
            .filter(|_| kind != BranchKind::Goto)
            .map(|around| around.stmt)
    }

    fn labels(&mut self) -> &Labels {
        let (ast, body, found) = (self.ast, self.body, &self.found);
        self.labels.get_or_insert_with(|| {
            let mut labels = Labels::default();
            let mut order = Vec::new();
            let mut pending = vec![(Node::Stmt(body), None)];
            while let Some((node, mut around)) = pending.pop() {
                if let Node::Stmt(stmt) = node {
                    if found.contains(&stmt) {
                        around = Some(stmt);
                    }
                    if let StmtKind::Labeled { label, .. } = ast.stmt(stmt).kind {
                        let label = ast.name(label);
                        order.push(label);
                        labels.loops.entry(label).or_insert(around);
                    }
                }
                let mut children = Vec::new();
                ast.push_children(node, &mut children);
                let children = children.into_iter().rev();
                pending.extend(children.map(|child| (child, around)));
            }
            // Returns have -1.
            let mut used = -1;
            for label in order {
                used -= 3;
                labels.numbers.insert(label, used);
            }
            labels
        })
    }

    fn end_loop(&mut self) {
        let Some(open) = self.loops.pop() else {
            return;
        };
        self.n_closures += 1;
        let checks = self.checks(&open);
        if !checks.is_empty() {
            self.need(Outer::Next);
        }
        let outer = if self.loops.is_empty() {
            std::mem::take(&mut self.outer)
        } else {
            Vec::new()
        };
        let done = Loop {
            state: open.state,
            closure: self.n_closures,
            outer,
            checks,
        };
        self.plan.loops.insert(open.stmt, done);
    }

    /// What is tested behind the call of the iterator of a loop; `loops` are those around.
    fn checks(&mut self, open: &Open) -> Vec<Check> {
        use BinaryOp::{Eq, Gt, Lt};
        let mut checks = Vec::new();
        let mut check = |op, value, zero, then| {
            checks.push(Check {
                op,
                value,
                zero,
                then,
            });
        };
        let leave = |state, value| Then::Leave { state, value };
        let mut done = Vec::new();
        for (kind, label) in &open.branches {
            if done.contains(&(*kind, *label)) {
                continue;
            }
            done.push((*kind, *label));
            let number = self.labels().number(*kind, *label);
            check(Eq, number, true, Then::Branch(*kind, *label));
        }
        if self.loops.is_empty() {
            if open.returns {
                check(Eq, -1, false, Then::Return);
            }
            return checks;
        }
        if open.returns {
            check(Lt, 0, false, leave(State::Done, false));
        }
        let step = STEP * self.loops.len() as i64;
        check(Gt, step, false, Then::Panic);
        if open.continues {
            check(Eq, step - 1, true, leave(State::Ready, true));
        }
        if open.breaks {
            check(Eq, step, true, leave(State::Done, false));
        }
        if open.continues || open.breaks {
            check(Gt, 0, false, leave(State::Done, false));
        }
        checks
    }
}

/// `break` or `continue` of the innermost loop.
fn simple(kind: BranchKind) -> Edit {
    let goes_on = kind == BranchKind::Continue;
    Edit::Leave {
        next: None,
        state: if goes_on { State::Ready } else { State::Done },
        value: goes_on,
    }
}
