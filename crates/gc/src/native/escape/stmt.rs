//! Flows of statements.
//!
//! Source: cmd/compile/internal/escape/stmt.go, go1.27.3.

use go_ir::{Kind, ListOp, NodeId, Nodes, UnaryOp, VarId};

use super::batch::Batch;
use super::graph::{Graph, Hole, Subject};

/// What an assignment goes to.
#[derive(Clone, Copy)]
pub(super) enum Target {
    Node(NodeId),
    /// A result, of `return`.
    Result(VarId),
}

impl Batch<'_> {
    pub(super) fn init(&mut self, id: NodeId) {
        for stmt in self.package.init(id) {
            self.stmt(*stmt);
        }
    }

    pub(super) fn stmts(&mut self, list: Nodes) {
        for stmt in self.package.list(list) {
            self.stmt(*stmt);
        }
    }

    /// Statements at whose end the loop depth is as before.
    pub(super) fn block(&mut self, list: Nodes) {
        let depth = self.loop_depth;
        self.stmts(list);
        self.loop_depth = depth;
    }

    pub(super) fn stmt(&mut self, id: NodeId) {
        self.init(id);
        match self.package.kind(id) {
            Kind::Branch { .. } | Kind::InlineMark(_) => {}
            Kind::Block(list) => self.stmts(list),
            Kind::Declare(var) => {
                self.declare(var);
            }
            Kind::Label(label) => {
                if self.labels.get(&label) == Some(&true) {
                    self.loop_depth += 1;
                }
            }
            Kind::If { cond, then, els } => {
                self.discard(cond);
                self.block(then);
                self.block(els);
            }
            Kind::For { cond, post, body } => {
                self.loop_depth += 1;
                if let Some(cond) = cond {
                    self.discard(cond);
                }
                if let Some(post) = post {
                    self.stmt(post);
                }
                self.block(body);
                self.loop_depth -= 1;
            }
            Kind::Range {
                x,
                key,
                value,
                body,
            } => self.range(id, x, key, value, body),
            Kind::Switch { tag, clauses } => self.switch(tag, clauses),
            Kind::Select(clauses) => {
                for clause in self.package.list(clauses) {
                    if let Kind::Comm { comm, body } = self.package.kind(*clause) {
                        if let Some(comm) = comm {
                            self.stmt(comm);
                        }
                        self.block(body);
                    }
                }
            }
            Kind::Send { chan, value } => {
                self.discard(chan);
                self.assign_heap(value, "send", id);
            }
            Kind::Assign { x, y, .. } => {
                self.assign_list(&[Target::Node(x)], y.as_slice(), "assign", id);
            }
            Kind::AssignOp { x, y, .. } => {
                self.assign_list(&[Target::Node(x)], &[y], "assign", id);
            }
            Kind::AssignList { op, lhs, rhs, .. } => self.assign_several(id, op, lhs, rhs),
            Kind::Return(values) => {
                let results = &self.package.funcs[self.func].results;
                let targets: Vec<_> = results.iter().map(|var| Target::Result(*var)).collect();
                self.assign_list(&targets, self.package.list(values), "return", id);
            }
            Kind::Go(call) => self.go_defer(call, true),
            Kind::Defer { call, at } => self.go_defer(call, at.is_some()),
            Kind::Unary {
                op: UnaryOp::Recv, ..
            } => self.expr_skip_init(Hole::to(Graph::BLANK), id),
            Kind::Unary {
                op: UnaryOp::CheckNil,
                x,
            } => self.discard(x),
            Kind::Call { .. }
            | Kind::InlinedCall { .. }
            | Kind::Builtin { .. }
            | Kind::Unary { .. }
            | Kind::Binary { .. } => self.call(None, id),
            _ => self.gap("a statement that escape analysis does not model"),
        }
    }

    fn assign_several(&mut self, id: NodeId, op: ListOp, lhs: Nodes, rhs: Nodes) {
        let package = self.package;
        let targets: Vec<_> = (package.list(lhs).iter())
            .map(|x| Target::Node(*x))
            .collect();
        let rhs = package.list(rhs);
        let why = match op {
            ListOp::Each => "assign-pair",
            ListOp::TypeAssert => "assign-pair-dot-type",
            ListOp::MapRead => "assign-pair-mapr",
            ListOp::Recv | ListOp::SelectRecv => "assign-pair-receive",
            ListOp::Func => {
                self.init(rhs[0]);
                let holes: Vec<_> = targets.iter().map(|target| self.addr(*target)).collect();
                self.call(Some(&holes), rhs[0]);
                self.reassigned(&holes, id);
                return;
            }
        };
        self.assign_list(&targets, rhs, why, id);
    }

    fn range(
        &mut self,
        id: NodeId,
        x: NodeId,
        key: Option<NodeId>,
        value: Option<NodeId>,
        body: Nodes,
    ) {
        // What is ranged over is evaluated once and stays until the loop ends.
        let ranged = self.new_location(None, true);
        self.expr(Hole::to(ranged), x);
        self.loop_depth += 1;
        let holes = [key, value].map(|target| match target {
            Some(target) => self.addr(Target::Node(target)),
            None => Hole::to(Graph::BLANK),
        });
        let hole = if self.is_array(self.package.typ(x)) {
            self.step(holes[1], id, "range")
        } else {
            self.step(holes[1].shift(1), id, "range-deref")
        };
        self.graph.flow(hole, ranged);
        self.reassigned(&holes, id);
        self.block(body);
        self.loop_depth -= 1;
    }

    fn switch(&mut self, tag: Option<NodeId>, clauses: Nodes) {
        let package = self.package;
        match tag.map(|tag| package.kind(tag)) {
            Some(Kind::TypeGuard { x, .. }) => {
                let mut holes = Vec::new();
                for clause in package.list(clauses) {
                    if let Kind::Case { var: Some(var), .. } = package.kind(*clause)
                        && let Some(hole) = self.declare(var)
                    {
                        let typ = package.vars[var].typ;
                        if self.has_pointers(typ) {
                            let hole = self.asserted(hole, typ);
                            holes.push(self.step(hole, *clause, "switch case"));
                        }
                    }
                }
                let hole = self.tee(&holes);
                self.expr(hole, x);
            }
            _ => {
                if let Some(tag) = tag {
                    self.discard(tag);
                }
            }
        }
        for clause in package.list(clauses) {
            if let Kind::Case { exprs, body, .. } = package.kind(*clause) {
                for expr in package.list(exprs) {
                    self.discard(*expr);
                }
                self.block(body);
            }
        }
    }

    /// Records at which loop depth the variable is declared.
    fn declare(&mut self, var: VarId) -> Option<Hole> {
        let Some(location) = self.location_of(var) else {
            self.gap("a variable that was not declared");
            return None;
        };
        self.graph.locations[location].loop_depth = self.loop_depth;
        Some(Hole::to(location))
    }

    fn go_defer(&mut self, call: NodeId, to_heap: bool) {
        let Kind::Call { fun, .. } = self.package.kind(call) else {
            self.gap("a go or defer statement without call");
            return;
        };
        // A function deferred at the top lives as long as the frame, but longer than the statement.
        let hole = if !to_heap && self.loop_depth == 1 {
            Hole::to(self.new_location(None, true))
        } else {
            Hole::to(Graph::HEAP)
        };
        self.expr(hole, fun);
    }

    /// `why` and the statement, as the step of an explanation.
    pub(super) fn step(&mut self, hole: Hole, id: NodeId, why: &'static str) -> Hole {
        self.graph.note(hole, Subject::Node(id), why)
    }
}
