//! Flows of expressions.
//!
//! Source: cmd/compile/internal/escape/expr.go, go1.27.3.

use go_ir::{BinaryOp, ConvOp, FuncId, Kind, LitOp, NodeId, Nodes, UnaryOp, VarId};
use go_types::{Basic, TypeKind};

use super::batch::Batch;
use super::graph::{Graph, Hole, Subject};
use super::report::Finding;

impl Batch<'_> {
    /// The value of the expression flows into the hole.
    pub(super) fn expr(&mut self, hole: Hole, id: NodeId) {
        self.init(id);
        self.expr_skip_init(hole, id);
    }

    pub(super) fn expr_skip_init(&mut self, hole: Hole, id: NodeId) {
        let node = *self.package.node(id);
        let mut hole = hole;
        if hole.derefs >= 0 && !self.has_pointers(node.typ) {
            hole.to = Graph::BLANK;
        }
        match node.kind {
            Kind::Literal(_)
            | Kind::Nil
            | Kind::Type
            | Kind::DynamicType(_)
            | Kind::MethodExpr { .. }
            | Kind::Global(_)
            | Kind::Func(_)
            | Kind::Inst(_)
            | Kind::Runtime(_)
            | Kind::Dict(_)
            | Kind::Blank => {}
            Kind::Var(var) => self.var(hole, var),
            Kind::Logical { x, y, .. } => {
                self.discard(x);
                self.discard(y);
            }
            Kind::Addr { x, .. } => {
                let hole = self.step(hole.shift(-1), id, "address-of");
                self.expr(hole, x);
            }
            Kind::Deref { x, .. } => {
                let hole = self.step(hole.shift(1), id, "indirection");
                self.expr(hole, x);
            }
            Kind::Dot {
                x, pointer: true, ..
            } => {
                let hole = self.step(hole.shift(1), id, "dot of pointer");
                self.expr(hole, x);
            }
            Kind::Dot { x, .. } | Kind::DotInter { x, .. } => {
                let hole = self.step(hole, id, "dot");
                self.expr(hole, x);
            }
            Kind::TypeAssert { x, .. } => {
                let hole = self.asserted(hole, node.typ);
                let hole = self.step(hole, id, "dot");
                self.expr(hole, x);
            }
            Kind::Index { x, index } => {
                let hole = if self.is_array(self.package.typ(x)) {
                    self.step(hole, id, "fixed-array-index-of")
                } else {
                    self.step(hole.shift(1), id, "dot of pointer")
                };
                self.expr(hole, x);
                self.discard(index);
            }
            Kind::IndexMap { x, key } => {
                self.discard(x);
                self.discard(key);
            }
            Kind::Slice { x, low, high, max } => {
                let hole = self.step(hole, id, "slice");
                self.expr(hole, x);
                for bound in [low, high, max].into_iter().flatten() {
                    self.discard(bound);
                }
            }
            Kind::Conv { op, x, .. } => self.conversion(hole, id, op, x),
            Kind::Unary { op, x } => self.unary(hole, id, op, x),
            Kind::Binary { op, x, y } => self.binary(hole, id, op, x, y),
            Kind::Call { .. } | Kind::InlinedCall { .. } | Kind::Builtin { .. } => {
                self.call(Some(&[hole]), id);
            }
            Kind::Make { len, cap } => {
                // Channels are not followed.
                if !matches!(self.store.under_kind(node.typ), TypeKind::Chan { .. }) {
                    self.spill(hole, id);
                }
                for size in [len, cap].into_iter().flatten() {
                    self.discard(size);
                }
            }
            Kind::MethodValue { x, method } => self.method_value(hole, id, x, method),
            Kind::PtrLit(x) => {
                let hole = self.spill(hole, id);
                self.expr(hole, x);
            }
            Kind::CompLit { op, elems } => self.composite(hole, id, op, elems),
            Kind::Closure(func) => self.closure(hole, id, func),
            Kind::AddStr(parts) => {
                self.spill(hole, id);
                for part in self.package.list(parts) {
                    self.discard(*part);
                }
            }
            _ => self.gap("an expression that escape analysis does not model"),
        }
    }

    /// The value of a variable flows into the hole.
    pub(super) fn var(&mut self, hole: Hole, var: VarId) {
        let typ = self.package.vars[var].typ;
        let mut hole = hole;
        if hole.derefs >= 0 && !self.has_pointers(typ) {
            hole.to = Graph::BLANK;
        }
        match self.location_of(var) {
            Some(location) => self.graph.flow(hole, location),
            None => self.gap("a variable that was not declared"),
        }
    }

    /// Evaluates the expression for what it does, not for its value.
    pub(super) fn discard(&mut self, id: NodeId) {
        self.expr(Hole::to(Graph::BLANK), id);
    }

    fn unary(&mut self, hole: Hole, id: NodeId, op: UnaryOp, x: NodeId) {
        match op {
            UnaryOp::Plus | UnaryOp::Neg | UnaryOp::Not | UnaryOp::BitNot | UnaryOp::Recv => {
                self.discard(x);
            }
            UnaryOp::New => {
                self.spill(hole, id);
            }
            UnaryOp::Itab => self.expr(hole, x),
            UnaryOp::CheckNil => self.discard(x),
            _ => self.call(Some(&[hole]), id),
        }
    }

    fn binary(&mut self, hole: Hole, id: NodeId, op: BinaryOp, x: NodeId, y: NodeId) {
        match op {
            BinaryOp::Copy
            | BinaryOp::Complex
            | BinaryOp::UnsafeAdd
            | BinaryOp::UnsafeSlice
            | BinaryOp::UnsafeString => self.call(Some(&[hole]), id),
            _ => {
                self.discard(x);
                self.discard(y);
            }
        }
    }

    fn conversion(&mut self, hole: Hole, id: NodeId, op: ConvOp, x: NodeId) {
        match op {
            ConvOp::Number | ConvOp::Nop => {
                let (to, from) = (self.package.typ(id), self.package.typ(x));
                if self.basic(to) == Some(Basic::UnsafePointer)
                    && self.basic(from) == Some(Basic::Uintptr)
                {
                    self.unsafe_value(hole, x);
                } else if !self.kept_alive.contains(&id) {
                    self.expr(hole, x);
                }
            }
            ConvOp::Iface => {
                let from = self.package.typ(x);
                let mut hole = hole;
                if !self.store.is_non_type_param_interface(from) && !self.is_direct(from) {
                    hole = self.spill(hole, id);
                }
                let hole = self.step(hole, id, "interface-converted");
                self.expr(hole, x);
            }
            ConvOp::SliceToArray => {
                let hole = self.step(hole.shift(1), id, "slice-to-array");
                self.expr(hole, x);
            }
            ConvOp::SliceToArrayPtr => self.expr(hole, x),
            ConvOp::BytesToStr
            | ConvOp::RunesToStr
            | ConvOp::StrToBytes
            | ConvOp::StrToRunes
            | ConvOp::RuneToStr => {
                self.spill(hole, id);
                self.discard(x);
            }
        }
    }

    fn composite(&mut self, hole: Hole, id: NodeId, op: LitOp, elems: Nodes) {
        let (hole, why) = match op {
            LitOp::Array => (hole, "array literal element"),
            LitOp::Struct => (hole, "struct literal element"),
            LitOp::Slice | LitOp::Dots => (self.spill(hole, id), "slice-literal-element"),
            LitOp::Map => (self.spill(hole, id), ""),
        };
        for elem in self.package.list(elems) {
            match self.package.kind(*elem) {
                Kind::Key { key, value } if op == LitOp::Map => {
                    self.assign_heap(key, "map literal key", id);
                    self.assign_heap(value, "map literal value", id);
                }
                Kind::Key { value, .. } | Kind::StructKey { value, .. } => {
                    let hole = self.step(hole, id, why);
                    self.expr(hole, value);
                }
                _ => {
                    let hole = self.step(hole, id, why);
                    self.expr(hole, *elem);
                }
            }
        }
    }

    /// A closure holds what it captures; how is known once all assignments of the batch are.
    fn closure(&mut self, hole: Hole, id: NodeId, func: FuncId) {
        let hole = self.spill(hole, id);
        self.closures.push((hole, func));
        if self.package.funcs[func].captured.is_empty() {
            return;
        }
        for captured in &self.package.funcs[func].captured {
            let Some(location) = self.location_of(*captured) else {
                self.gap("a captured variable that was not declared");
                return;
            };
            let depth = self.loop_depth;
            let location = &mut self.graph.locations[location];
            if !location.captured {
                location.captured = true;
                // What was assigned before, in sequence, does not count.
                if location.loop_depth == depth {
                    location.reassigned = false;
                }
            }
        }
        self.walk_func(func);
    }

    /// Flows of the closures met, which capture by value what nobody changes.
    pub(super) fn flow_closures(&mut self) {
        for (hole, func) in std::mem::take(&mut self.closures) {
            for captured in &self.package.funcs[func].captured {
                let Some(location) = self.location_of(*captured) else {
                    continue;
                };
                let typ = self.package.vars[*captured].typ;
                let subject = Subject::Var(*captured);
                let known = &self.graph.locations[location];
                let (address_taken, reassigned) = (known.address_taken, known.reassigned);
                let declared_in = known.func;
                let size = self.size(typ);
                let by_value = !address_taken && !reassigned && size <= MAX_BY_VALUE;
                if let (Some(func), true) = (declared_in, self.graph.explains) {
                    self.graph.findings.push(Finding::Captures {
                        func,
                        var: self.package.canonical(*captured),
                        by_value,
                        address_taken,
                        reassigned,
                        size,
                    });
                }
                let mut hole = hole;
                if !by_value {
                    hole = self.graph.note(hole.shift(-1), subject, "reference");
                }
                let hole = self.graph.note(hole, subject, "captured by a closure");
                self.graph.flow(hole, location);
            }
        }
    }

    /// Looks for pointers in arithmetic on addresses.
    pub(super) fn unsafe_value(&mut self, hole: Hole, id: NodeId) {
        self.init(id);
        match self.package.kind(id) {
            Kind::Conv {
                op: ConvOp::Number | ConvOp::Nop,
                x,
                ..
            } => {
                if self.basic(self.package.typ(x)) == Some(Basic::UnsafePointer) {
                    self.expr(hole, x);
                } else {
                    self.discard(x);
                }
            }
            Kind::Dot {
                x, pointer: true, ..
            } => {
                if self.is_reflect_header_data(id) {
                    let hole = self.step(hole.shift(1), id, "reflect.Header.Data");
                    self.expr(hole, x);
                } else {
                    self.discard(x);
                }
            }
            Kind::Unary {
                op: UnaryOp::Plus | UnaryOp::Neg | UnaryOp::BitNot,
                x,
            } => self.unsafe_value(hole, x),
            Kind::Binary {
                op:
                    BinaryOp::Add
                    | BinaryOp::Sub
                    | BinaryOp::Or
                    | BinaryOp::Xor
                    | BinaryOp::Mul
                    | BinaryOp::Div
                    | BinaryOp::Mod
                    | BinaryOp::And
                    | BinaryOp::AndNot,
                x,
                y,
            } => {
                self.unsafe_value(hole, x);
                self.unsafe_value(hole, y);
            }
            Kind::Binary {
                op: BinaryOp::Shl | BinaryOp::Shr,
                x,
                y,
            } => {
                self.unsafe_value(hole, x);
                self.discard(y);
            }
            _ => self.expr_skip_init(Hole::to(Graph::BLANK), id),
        }
    }
}

/// In bytes; larger variables are captured by reference.
const MAX_BY_VALUE: i64 = 128;
