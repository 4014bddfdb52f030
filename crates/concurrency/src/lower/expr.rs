//! Expressions: the events that evaluating them brings about, and the nodes of their values.

use go_syntax::{BinaryOp, ExprId, ExprKind, Node, UnaryOp};
use go_types::{Mode as TypeMode, ObjKind, SelectionKind, TypeKind};

use super::{Lowerer, MAX_DEPTH};
use crate::ir::{BlockId, Mode, Op, Operand, Target};
use crate::nodes::{Escape, NodeKey};
use crate::types::Shape;

impl Lowerer<'_, '_> {
    /// Evaluates an expression.
    pub(super) fn expr(&mut self, id: ExprId) -> Operand {
        let values = self.call_or_value(id, Mode::Here, &[Target::Other]);
        values.first().copied().unwrap_or_default()
    }

    /// Evaluates an expression; a call may give several values, and is told what becomes of them.
    pub(super) fn call_or_value(
        &mut self,
        id: ExprId,
        mode: Mode,
        targets: &[Target],
    ) -> Vec<Operand> {
        if self.depth > MAX_DEPTH {
            return Vec::new();
        }
        self.depth += 1;
        let id = self.ast.unparen(id);
        let range = Some(self.ast.range(id));
        let mut values = match self.kind(id) {
            ExprKind::Call { .. } => self.call(id, mode, targets),
            _ => vec![self.value(id)],
        };
        for value in &mut values {
            value.range = value.range.or(range);
        }
        self.depth -= 1;
        values
    }

    fn value(&mut self, id: ExprId) -> Operand {
        match self.kind(id) {
            ExprKind::Ident(_) => self.ident(id),
            ExprKind::FuncLit { body, .. } => {
                let func = self.literal(id, body);
                let node = self.program.nodes.fresh();
                self.program.nodes.class_mut(node).funcs.push(func);
                Operand {
                    node: Some(node),
                    ..Operand::default()
                }
            }
            ExprKind::CompositeLit { elems, .. } => self.composite(id, elems),
            ExprKind::Selector { x, sel } => self.selector(id, x, sel),
            ExprKind::Index { x, indices } => self.index(id, x, indices),
            ExprKind::Slice { x, lo, hi, max, .. } => {
                let base = self.expr(x);
                for bound in [lo, hi, max].into_iter().flatten() {
                    self.expr(bound);
                }
                Operand {
                    place: None,
                    var: None,
                    range: None,
                    ..base
                }
            }
            ExprKind::TypeAssert { x, .. } => {
                let value = self.expr(x);
                Operand {
                    node: value.node,
                    var: value.var,
                    ..Operand::default()
                }
            }
            ExprKind::Star(x) => self.expr(x),
            ExprKind::Unary { op, x } => self.unary(id, op, x),
            ExprKind::Binary { .. } => {
                self.binary(id);
                Operand::default()
            }
            ExprKind::KeyValue { value, .. } => self.expr(value),
            _ => Operand::default(),
        }
    }

    fn ident(&mut self, id: ExprId) -> Operand {
        let Some(obj) = self.ident_obj(id) else {
            return Operand::default();
        };
        match self.store.obj(obj).kind {
            ObjKind::Var { .. } => {
                let typ = self.store.obj_type(obj);
                let var = self.obj(obj);
                let known = self.program.nodes.find(NodeKey::Var(var)).is_some();
                let node = (known || self.carries(typ)).then(|| self.var_node(obj));
                Operand {
                    node,
                    var: Some(var),
                    ..Operand::default()
                }
            }
            ObjKind::Func { .. } => self.func_value(obj),
            _ => Operand::default(),
        }
    }

    /// A declared function or method as a value.
    fn func_value(&mut self, obj: go_types::ObjId) -> Operand {
        let obj = self.obj(self.origin(obj));
        let node = self.program.nodes.fresh();
        let own = self.program.of_obj.get(&obj).copied();
        let is_known = own.is_some() || self.is_known(obj);
        let class = self.program.nodes.class_mut(node);
        match own {
            Some(func) => class.funcs.push(func),
            None if is_known => class.imported.push(obj),
            None => class.foreign = true,
        }
        Operand {
            node: Some(node),
            ..Operand::default()
        }
    }

    fn composite(&mut self, id: ExprId, elems: base::List<ExprId>) -> Operand {
        let typ = self.type_of(id);
        let under = typ.map(|typ| {
            let (base, _) = self.store.deref(typ);
            self.store.under_kind(base)
        });
        let at = self.at_expr(id);
        if let Some(TypeKind::Struct(strukt)) = under {
            let fields = self.store.objs(strukt.fields).to_vec();
            for (index, elem) in self.ast.list(elems).to_vec().into_iter().enumerate() {
                let (field, value) = match self.kind(elem) {
                    ExprKind::KeyValue { key, value } => (self.info.use_of(key), value),
                    _ => (fields.get(index).copied(), elem),
                };
                let targets = field.map(|field| Target::Field(self.obj(self.origin(field))));
                let targets = [targets.unwrap_or(Target::Other)];
                let value = self.call_or_value(value, Mode::Here, &targets);
                let value = value.first().copied().unwrap_or_default();
                if let Some(field) = field
                    && value.node.is_some()
                {
                    let field = self.origin(field);
                    let node = self.field_node(field);
                    let typ = self.store.obj_type(field);
                    self.flow(node, Some(typ), value);
                }
                self.leaks(value, at);
            }
            return Operand::default();
        }
        let elem_type = match under {
            Some(
                TypeKind::Slice(elem) | TypeKind::Array { elem, .. } | TypeKind::Map { elem, .. },
            ) => Some(elem),
            _ => None,
        };
        let carries = typ.is_some_and(|typ| self.carries(typ));
        let node = carries.then(|| self.program.nodes.fresh());
        for elem in self.ast.list(elems).to_vec() {
            let (key, value) = match self.kind(elem) {
                ExprKind::KeyValue { key, value } => (Some(key), value),
                _ => (None, elem),
            };
            for part in [key, Some(value)].into_iter().flatten() {
                let value = self.expr(part);
                if let Some(node) = node {
                    let elem = self.program.nodes.elem(node);
                    self.flow(elem, elem_type, value);
                } else if let Some(hidden) = value.node {
                    self.program
                        .nodes
                        .escape(hidden, Escape::Interface, Some(at));
                }
                self.leaks(value, at);
            }
        }
        Operand {
            node,
            ..Operand::default()
        }
    }

    fn selector(&mut self, id: ExprId, x: ExprId, sel: ExprId) -> Operand {
        let Some(selection) = self.info.selection(id).cloned() else {
            // A qualified identifier.
            return self.ident(sel);
        };
        match selection.kind {
            SelectionKind::Field => {
                let base = self.expr(x);
                self.fields(base, selection.recv, &selection.index)
            }
            SelectionKind::Method => {
                let base = self.expr(x);
                let at = self.at_expr(id);
                self.leaks(base, at);
                let is_known = self.is_known(self.obj(self.origin(selection.obj)));
                if let Some(node) = base.node.filter(|_| !is_known) {
                    // `wg.Done` as a value: others may call it.
                    let nodes = &mut self.program.nodes;
                    nodes.escape(node, Escape::UnknownCallee, Some(at));
                }
                let mut value = self.func_value(selection.obj);
                value.range = None;
                value
            }
            SelectionKind::MethodExpr => self.func_value(selection.obj),
        }
    }

    /// What a path of fields selects from a value of the type.
    pub(super) fn fields(
        &mut self,
        base: Operand,
        recv: go_types::TypeId,
        path: &[u32],
    ) -> Operand {
        let mut operand = base;
        let mut typ = recv;
        for index in path {
            let (base, _) = self.store.deref(typ);
            let TypeKind::Struct(strukt) = self.store.under_kind(base) else {
                return Operand::default();
            };
            let Some(&field) = self.store.objs(strukt.fields).get(*index as usize) else {
                return Operand::default();
            };
            typ = self.store.obj_type(field);
            let field = self.origin(field);
            let carries = self.carries(typ);
            operand = Operand {
                node: carries.then(|| self.field_node(field)),
                place: self.select(operand, field),
                var: None,
                range: None,
            };
        }
        operand
    }

    fn index(&mut self, id: ExprId, x: ExprId, indices: base::List<ExprId>) -> Operand {
        let is_instance = self
            .info
            .type_of(x)
            .is_some_and(|it| matches!(self.store.under_kind(it.typ), TypeKind::Signature(_)));
        if is_instance
            || self
                .info
                .type_of(x)
                .is_some_and(|it| it.mode == TypeMode::Type)
        {
            return self.expr(x);
        }
        let base = self.expr(x);
        for index in self.ast.list(indices).to_vec() {
            self.expr(index);
        }
        let carries = self.type_of(id).is_some_and(|typ| {
            self.carries(typ) || matches!(self.store.kind(typ), TypeKind::Tuple(_))
        });
        let node = base
            .node
            .filter(|_| carries)
            .map(|node| self.program.nodes.elem(node));
        Operand {
            node,
            ..Operand::default()
        }
    }

    fn unary(&mut self, id: ExprId, op: UnaryOp, x: ExprId) -> Operand {
        match op {
            UnaryOp::Arrow => {
                let chan = self.expr(x);
                let at = self.at_expr(id);
                self.op(Op::Recv, chan, at);
                let carries = match self.type_of(id) {
                    Some(typ) => {
                        self.carries(typ) || matches!(self.store.kind(typ), TypeKind::Tuple(_))
                    }
                    None => false,
                };
                if carries {
                    self.received(chan)
                } else {
                    Operand::default()
                }
            }
            UnaryOp::And => {
                let value = self.expr(x);
                // The address of a struct is not the struct's variable.
                Operand {
                    range: None,
                    ..value
                }
            }
            _ => {
                self.expr(x);
                Operand::default()
            }
        }
    }

    /// Left-associative chains are as deep as they are long.
    fn binary(&mut self, id: ExprId) {
        let mut rights = Vec::new();
        let mut left = id;
        while let ExprKind::Binary { op, x, y } = self.kind(left) {
            rights.push((op, y));
            left = self.ast.unparen(x);
        }
        self.expr(left);
        for (op, right) in rights.into_iter().rev() {
            let is_conditional = matches!(op, BinaryOp::LAnd | BinaryOp::LOr);
            if is_conditional && self.does_something(right) {
                let before = self.here();
                let (then, after) = (self.new_block(), self.new_block());
                self.edge(before, then, None);
                self.edge(before, after, None);
                self.continue_in(then);
                self.expr(right);
                self.jump(after);
                self.continue_in(after);
            } else {
                self.expr(right);
            }
        }
    }

    fn continue_in(&mut self, block: BlockId) {
        self.frame.current = Some(block);
    }

    /// Whether evaluating the expression can be an event.
    fn does_something(&self, id: ExprId) -> bool {
        let mut does = false;
        self.ast.walk(Node::Expr(id), |node| {
            if let Node::Expr(expr) = node {
                does |= matches!(
                    self.kind(expr),
                    ExprKind::Call { .. }
                        | ExprKind::Unary {
                            op: UnaryOp::Arrow,
                            ..
                        }
                );
            }
            !does
        });
        does
    }

    pub(super) fn shape_of_type(&mut self, typ: go_types::TypeId) -> Shape {
        self.types.shape(self.store, typ)
    }
}
