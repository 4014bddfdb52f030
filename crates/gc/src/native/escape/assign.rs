//! Assignments.
//!
//! Source: cmd/compile/internal/escape/assign.go and utils.go, go1.27.3.

use go_ir::{BinaryOp, ConvOp, Kind, NodeId, UnaryOp};
use go_types::TypeKind;
use go_types::constant::Compare;

use super::batch::Batch;
use super::graph::{Graph, Hole, Subject};
use super::stmt::Target;

impl Batch<'_> {
    /// The hole that stands for storing into the target.
    pub(super) fn addr(&mut self, target: Target) -> Hole {
        let id = match target {
            Target::Node(id) => id,
            Target::Result(var) => {
                let location = self.location_of(var).unwrap_or(Graph::BLANK);
                return Hole::to(location);
            }
        };
        match self.package.kind(id) {
            Kind::Blank => return Hole::to(Graph::BLANK),
            Kind::Global(_) => {}
            Kind::Var(var) => match self.location_of(var) {
                Some(location) => return Hole::to(location),
                None => self.gap("a variable that was not declared"),
            },
            Kind::Dot {
                x, pointer: false, ..
            } => return self.addr(Target::Node(x)),
            Kind::Index { x, index } => {
                self.discard(index);
                if self.is_array(self.package.typ(x)) {
                    return self.addr(Target::Node(x));
                }
                self.mutate(x);
            }
            Kind::Deref { x, .. }
            | Kind::Dot {
                x, pointer: true, ..
            } => self.mutate(x),
            Kind::IndexMap { x, key } => {
                self.discard(x);
                self.assign_heap(key, "key of map put", id);
            }
            _ => self.gap("an assignment to what is not modelled"),
        }
        Hole::to(Graph::HEAP)
    }

    fn mutate(&mut self, id: NodeId) {
        self.expr(Hole::to(Graph::MUTATOR), id);
    }

    pub(super) fn assign_heap(&mut self, id: NodeId, why: &'static str, at: NodeId) {
        let hole = self.step(Hole::to(Graph::HEAP), at, why);
        self.expr(hole, id);
    }

    /// `targets = values`, by the statement `stmt`.
    pub(super) fn assign_list(
        &mut self,
        targets: &[Target],
        values: &[NodeId],
        why: &'static str,
        stmt: NodeId,
    ) {
        let holes: Vec<Hole> = targets.iter().map(|target| self.addr(*target)).collect();
        for (index, (target, hole)) in targets.iter().zip(&holes).enumerate() {
            let Some(value) = values.get(index).copied() else {
                continue;
            };
            let mut hole = *hole;
            if let Target::Node(target) = *target {
                if matches!(self.package.kind(target), Kind::Dot { pointer: true, .. })
                    && self.is_reflect_header_data(target)
                {
                    let hole = self.step(Hole::to(Graph::HEAP), stmt, why);
                    self.unsafe_value(hole, value);
                    continue;
                }
                if self.is_self_assignment(target, value) {
                    self.report_self_assignment(stmt);
                    hole = Hole::to(Graph::BLANK);
                }
            }
            let hole = self.step(hole, stmt, why);
            self.expr(hole, value);
        }
        self.reassigned(&holes, stmt);
    }

    /// The locations are assigned by the statement, not only defined.
    pub(super) fn reassigned(&mut self, holes: &[Hole], stmt: NodeId) {
        if let Kind::Assign { x, y: None, .. } = self.package.kind(stmt)
            && let Kind::Var(var) = self.package.kind(x)
            && self.package.vars[var].definition.is_none()
            && self.package.vars[var].outer.is_none()
        {
            return;
        }
        let range = matches!(self.package.kind(stmt), Kind::Range { .. });
        for hole in holes {
            let location = &mut self.graph.locations[hole.to];
            if let Some(Subject::Var(var)) = location.subject
                && self.package.vars[var].definition == Some(stmt)
                && !range
            {
                continue;
            }
            location.reassigned = true;
        }
    }

    /// Assignments that store into an object what it already holds.
    fn is_self_assignment(&mut self, target: NodeId, value: NodeId) -> bool {
        if self.is_slice_of_itself(target, value) {
            return true;
        }
        match (self.package.kind(target), self.package.kind(value)) {
            (
                Kind::Dot { x, pointer: p, .. },
                Kind::Dot {
                    x: y, pointer: q, ..
                },
            ) => p == q && self.is_same(x, y),
            (Kind::Index { x, index: i }, Kind::Index { x: y, index: j }) => {
                !self.may_change_memory(i) && !self.may_change_memory(j) && self.is_same(x, y)
            }
            _ => false,
        }
    }

    /// `b.buf = b.buf[n:m]`, b a variable.
    fn is_slice_of_itself(&self, target: NodeId, value: NodeId) -> bool {
        let behind_pointer = |id| match self.package.kind(id) {
            Kind::Deref { x, .. }
            | Kind::Dot {
                x, pointer: true, ..
            } => Some(x),
            _ => None,
        };
        let Kind::Slice { x, .. } = self.package.kind(value) else {
            return false;
        };
        match (behind_pointer(target), behind_pointer(x)) {
            (Some(target), Some(base)) => self.is_same_name(target, base),
            _ => false,
        }
    }

    fn is_same_name(&self, x: NodeId, y: NodeId) -> bool {
        match (self.package.kind(x), self.package.kind(y)) {
            (Kind::Var(x), Kind::Var(y)) => x == y,
            (Kind::Global(x), Kind::Global(y)) | (Kind::Func(x), Kind::Func(y)) => x == y,
            _ => false,
        }
    }

    /// Whether both are one expression without effects.
    fn is_same(&mut self, x: NodeId, y: NodeId) -> bool {
        let (x, y) = (self.without_conversion(x), self.without_conversion(y));
        let (left, right) = (self.package.typ(x), self.package.typ(y));
        if !self.store.identical(left, right) {
            return false;
        }
        match (self.package.kind(x), self.package.kind(y)) {
            (Kind::Nil, Kind::Nil) => true,
            (
                Kind::Dot { x, field, pointer },
                Kind::Dot {
                    x: y,
                    field: other,
                    pointer: also,
                },
            ) => field == other && pointer == also && self.is_same(x, y),
            (Kind::Unary { op, x }, Kind::Unary { op: other, x: y }) => {
                is_arithmetic(op) && op == other && self.is_same(x, y)
            }
            (Kind::Deref { x, .. }, Kind::Deref { x: y, .. })
            | (
                Kind::Conv {
                    op: ConvOp::Number,
                    x,
                    ..
                },
                Kind::Conv {
                    op: ConvOp::Number,
                    x: y,
                    ..
                },
            ) => self.is_same(x, y),
            (Kind::Index { x, index: i }, Kind::Index { x: y, index: j })
            | (Kind::IndexMap { x, key: i }, Kind::IndexMap { x: y, key: j }) => {
                self.is_same(x, y) && self.is_same(i, j)
            }
            (
                Kind::Binary {
                    op,
                    x: left_x,
                    y: left_y,
                },
                Kind::Binary {
                    op: other,
                    x: right_x,
                    y: right_y,
                },
            ) => {
                op == other
                    && is_repeatable(op)
                    && self.is_same(left_x, right_x)
                    && self.is_same(left_y, right_y)
            }
            (Kind::Literal(x), Kind::Literal(y)) => {
                let (x, y) = (self.package.literal(x), self.package.literal(y));
                x.compare(Compare::Eq, y)
            }
            _ => self.is_same_name(x, y),
        }
    }

    fn without_conversion(&self, mut id: NodeId) -> NodeId {
        while let Kind::Conv {
            op: ConvOp::Nop, x, ..
        } = self.package.kind(id)
        {
            id = x;
        }
        id
    }

    fn may_change_memory(&self, id: NodeId) -> bool {
        match self.package.kind(id) {
            Kind::Var(_)
            | Kind::Global(_)
            | Kind::Func(_)
            | Kind::Inst(_)
            | Kind::Runtime(_)
            | Kind::Dict(_)
            | Kind::Blank
            | Kind::Literal(_)
            | Kind::Nil => false,
            Kind::Binary { op, x, y } if is_repeatable(op) => {
                self.may_change_memory(x) || self.may_change_memory(y)
            }
            Kind::Index { x, index } => self.may_change_memory(x) || self.may_change_memory(index),
            Kind::Unary { op, x }
                if is_arithmetic(op) || matches!(op, UnaryOp::Len | UnaryOp::Cap) =>
            {
                self.may_change_memory(x)
            }
            Kind::Conv {
                op: ConvOp::Nop | ConvOp::Number,
                x,
                ..
            }
            | Kind::Dot { x, .. }
            | Kind::Deref { x, .. } => self.may_change_memory(x),
            _ => true,
        }
    }

    /// Whether the expression is the field `Data` of a reflect.SliceHeader or StringHeader.
    pub(super) fn is_reflect_header_data(&mut self, id: NodeId) -> bool {
        let Kind::Dot { x, field, .. } = self.package.kind(id) else {
            return false;
        };
        let typ = self.package.typ(x);
        let typ = match self.store.under_kind(typ) {
            TypeKind::Pointer(elem) => elem,
            _ => typ,
        };
        let Some(named) = self.store.as_named(typ) else {
            return false;
        };
        let obj = *self.store.obj(self.store.named(named).obj);
        let path = obj.pkg.map(|pkg| self.store.packages[pkg].path);
        let name = self.store.names.text(obj.name);
        // Data is their first field.
        field == 0
            && matches!(name, "SliceHeader" | "StringHeader")
            && path.is_some_and(|path| self.store.names.text(path) == "reflect")
    }
}

/// Operators of one operand that only compute.
fn is_arithmetic(op: UnaryOp) -> bool {
    matches!(
        op,
        UnaryOp::Plus | UnaryOp::Neg | UnaryOp::Not | UnaryOp::BitNot
    )
}

/// Operators of two operands that only compute.
fn is_repeatable(op: BinaryOp) -> bool {
    matches!(
        op,
        BinaryOp::Add
            | BinaryOp::Sub
            | BinaryOp::Or
            | BinaryOp::Xor
            | BinaryOp::Mul
            | BinaryOp::Shl
            | BinaryOp::Shr
            | BinaryOp::And
            | BinaryOp::AndNot
            | BinaryOp::Div
            | BinaryOp::Mod
    )
}
