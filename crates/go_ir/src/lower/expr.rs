//! Expressions.

use go_syntax::BinaryOp as Token;
use go_syntax::UnaryOp as Prefix;
use go_syntax::{ExprId, ExprKind};
use go_types::constant::Value;
use go_types::{Basic, ObjId, ObjKind, Selection, SelectionKind, TypeId, TypeKind};

use super::stencil::Used;
use super::{Lowered, Lowerer};
use crate::func::VarId;
use crate::node::{BinaryOp, Kind, NodeId, UnaryOp};

impl Lowerer<'_> {
    /// An expression that is not a type.
    pub(super) fn expr(&mut self, expr: ExprId) -> Lowered<NodeId> {
        let expr = self.ast().unparen(self.rest(expr));
        let expr = self.ast().unparen(self.rest(expr));
        let offset = self.ast().expr(expr).pos;
        if let Some(known) = self.info().type_of(expr)
            && let Some(value) = known.value
        {
            let value = self.store.value(value).clone();
            let typ = self.subst(known.typ);
            return Ok(self.constant(value, typ, offset));
        }
        if let Some(obj) = self.object(expr) {
            return self.name(expr, obj, offset);
        }
        match self.ast().expr(expr).kind {
            ExprKind::FuncLit { body, .. } => {
                let types = (self.typ(expr)?, self.declared_type(expr)?);
                Ok(self.func_lit(body, offset, types))
            }
            ExprKind::CompositeLit { elems, .. } => self.composite(expr, elems),
            ExprKind::Selector { x, .. } => self.selector(expr, x, offset),
            ExprKind::Index { x, indices } => self.index(x, indices, expr, offset),
            ExprKind::Slice { x, lo, hi, max, .. } => self.slice(x, [lo, hi, max], offset),
            ExprKind::TypeAssert {
                x: operand,
                ty: Some(ty),
            } => {
                let typ = self.typ(ty)?;
                let x = self.expr(operand)?;
                let words = self.assertion_words(operand, ty)?;
                let kind = Kind::TypeAssert {
                    x,
                    comma_ok: false,
                    words,
                };
                Ok(self.node(kind, typ, offset))
            }
            ExprKind::Call { .. } => self.call(expr),
            ExprKind::Star(x) => {
                let typ = self.typ(expr)?;
                let x = self.expr(x)?;
                let kind = Kind::Deref { x, implicit: false };
                Ok(self.node(kind, typ, offset))
            }
            ExprKind::Unary { op, x } => self.unary(expr, op, x, offset),
            ExprKind::Binary { op, x, y } => self.binary(expr, op, x, y, offset),
            _ => Err("an expression of an unknown kind"),
        }
    }

    pub(super) fn optional(&mut self, expr: Option<ExprId>) -> Lowered<Option<NodeId>> {
        expr.map(|expr| self.expr(expr)).transpose()
    }

    /// A literal, in the shape that its type has, whatever expression gave it.
    pub(super) fn constant(&mut self, value: Value, typ: TypeId, offset: u32) -> NodeId {
        let typ = match self.store.unaliased(typ) {
            // What no context has given a type: counts of shifts and conditions.
            TypeKind::Basic(Basic::UntypedInt | Basic::UntypedFloat | Basic::UntypedComplex) => {
                TypeId::UINT
            }
            TypeKind::Basic(Basic::UntypedBool) => TypeId::BOOL,
            TypeKind::Basic(Basic::UntypedString) => TypeId::STRING,
            TypeKind::Basic(Basic::UntypedRune) => TypeId::RUNE,
            _ => typ,
        };
        let value = match self.basic(typ) {
            Some(Basic::Float32 | Basic::Float64) => value.to_float(),
            Some(Basic::Complex64 | Basic::Complex128) => value.to_complex(),
            Some(Basic::Bool | Basic::String) | None => value,
            Some(_) => value.to_int(),
        };
        let literal = self.out.add_literal(value);
        self.node(Kind::Literal(literal), typ, offset)
    }

    fn name(&mut self, expr: ExprId, obj: ObjId, offset: u32) -> Lowered<NodeId> {
        let ident = match self.ast().expr(expr).kind {
            ExprKind::Selector { sel, .. } => sel,
            _ => expr,
        };
        if let Some(instance) = self.info().instance(ident) {
            return self.instance_value((ident, obj), instance, offset);
        }
        self.store.obj(obj).typ.ok_or("an object without type")?;
        let typ = self.obj_type(obj);
        match self.store.obj(obj).kind {
            ObjKind::Func { .. } => Ok(self.node(Kind::Func(obj), typ, offset)),
            ObjKind::Var { .. } if self.is_package_var(obj) => {
                Ok(self.node(Kind::Global(obj), typ, offset))
            }
            ObjKind::Var { .. } => {
                let var = self.local(obj, offset)?;
                Ok(self.var_node(var, offset))
            }
            ObjKind::Nil => {
                let typ = self.typ(expr)?;
                Ok(self.node(Kind::Nil, typ, offset))
            }
            _ => Err("a name that is not a value"),
        }
    }

    pub(super) fn var_node(&mut self, var: VarId, offset: u32) -> NodeId {
        let typ = self.out.vars[var].typ;
        self.node(Kind::Var(var), typ, offset)
    }

    fn selector(&mut self, expr: ExprId, x: ExprId, offset: u32) -> Lowered<NodeId> {
        let selection = self.info().selection(expr).cloned();
        let selection = selection.ok_or("a selector that selects nothing")?;
        match selection.kind {
            SelectionKind::Field => {
                let x = self.expr(x)?;
                self.fields(x, &selection.index, offset)
            }
            SelectionKind::Method => {
                if self.env.is_some() && self.store.is_type_param(selection.recv) {
                    let x = self.expr(x)?;
                    let fun =
                        self.parameter_method(expr, Some((selection.obj, self.out.typ(x))))?;
                    return self.curried(fun, &[x], offset);
                }
                self.refuse_generic(&selection)?;
                let typ = self.typ(expr)?;
                let x = self.receiver(x, &selection, offset)?;
                let method = self.method_of_instance(&selection, self.out.typ(x), false)?;
                if let Some(instance) = method.filter(|instance| instance.derived) {
                    let (fun, dictionary) = self.derived_method(instance, expr, offset)?;
                    return self.curried(fun, &[x, dictionary], offset);
                }
                let method = method.map_or(selection.obj, |instance| instance.func);
                let node = self.node(Kind::MethodValue { x, method }, typ, offset);
                self.mention_generic(node, method);
                Ok(node)
            }
            SelectionKind::MethodExpr => {
                let recv = self.typ(x)?;
                if self.env.is_some() && self.store.is_type_param(selection.recv) {
                    return self.parameter_method(expr, None);
                }
                self.refuse_generic(&selection)?;
                let typ = self.typ(expr)?;
                let method = if selection.index.len() == 1 {
                    self.method_of_instance(&selection, recv, false)?
                } else {
                    None
                };
                if let Some(instance) = method.filter(|instance| instance.derived) {
                    let method = self.derived_method(instance, expr, offset)?;
                    return self.wrapped_method(method, recv, &selection, offset);
                }
                let method = method.map_or(selection.obj, |instance| instance.func);
                Ok(self.method_expr(recv, method, typ, offset))
            }
        }
    }

    pub(super) fn method_expr(
        &mut self,
        recv: TypeId,
        method: ObjId,
        typ: TypeId,
        offset: u32,
    ) -> NodeId {
        let x = self.node(Kind::Type, recv, offset);
        let node = self.node(Kind::MethodExpr { x, method }, typ, offset);
        self.mention_generic(node, method);
        node
    }

    /// The method of an instance that depends on type parameters, and its dictionary.
    fn derived_method(
        &mut self,
        used: Used,
        expr: ExprId,
        offset: u32,
    ) -> Lowered<(NodeId, NodeId)> {
        let (recv, typ) = self.method_types(used.func);
        let method = self.method_expr(recv, used.func, typ, offset);
        Ok((method, self.dictionary(used, expr, offset)?))
    }

    /// Methods with type parameters of their own are not lowered.
    pub(super) fn refuse_generic(&mut self, selection: &Selection) -> Lowered<()> {
        let signature = self.store.as_signature(self.store.obj_type(selection.obj));
        if signature.is_some_and(|signature| !signature.tparams.is_empty()) {
            return Err("a generic method");
        }
        if self.store.is_type_param(self.store.deref(selection.recv).0) {
            return Err("a method of a type parameter");
        }
        Ok(())
    }

    /// `x.f.g`, by the numbers of the fields.
    pub(super) fn fields(&mut self, x: NodeId, path: &[u32], offset: u32) -> Lowered<NodeId> {
        let mut x = x;
        for field in path {
            let typ = self.out.typ(x);
            let pointee = self.pointee(typ);
            let strukt = pointee.unwrap_or(typ);
            let TypeKind::Struct(strukt) = self.core(strukt) else {
                return Err("a field of what is not a struct");
            };
            let obj = self.store.objs(strukt.fields).get(*field as usize).copied();
            let typ = self.store.obj_type(obj.ok_or("a field that is not there")?);
            let typ = self.subst(typ);
            let kind = Kind::Dot {
                x,
                field: *field,
                pointer: pointee.is_some(),
            };
            x = self.node(kind, typ, offset);
        }
        Ok(x)
    }

    /// The receiver of a method: through embedded fields, then its address or what it points to.
    pub(super) fn receiver(
        &mut self,
        x: ExprId,
        selection: &Selection,
        offset: u32,
    ) -> Lowered<NodeId> {
        let x = self.expr(x)?;
        self.receiver_of(x, selection, offset)
    }

    /// The receiver of a method that is selected of a value.
    pub(super) fn receiver_of(
        &mut self,
        x: NodeId,
        selection: &Selection,
        offset: u32,
    ) -> Lowered<NodeId> {
        let path = &selection.index[..selection.index.len().saturating_sub(1)];
        let x = self.fields(x, path, offset)?;
        let typ = self.out.typ(x);
        if self.is_interface(typ) {
            return Ok(x);
        }
        let wants_pointer = self.store.has_ptr_recv(selection.obj);
        let is_pointer = matches!(self.store.unaliased(typ), TypeKind::Pointer(_));
        Ok(match (is_pointer, wants_pointer) {
            (true, false) => {
                let typ = self.pointee(typ).unwrap_or(typ);
                self.node(Kind::Deref { x, implicit: true }, typ, offset)
            }
            (false, true) => self.address_of(x, true, offset),
            _ => x,
        })
    }

    /// `&x`, which makes a pointer literal of a composite one.
    pub(super) fn address_of(&mut self, x: NodeId, implicit: bool, offset: u32) -> NodeId {
        let typ = self.out.typ(x);
        let typ = self.store.pointer(typ);
        if matches!(self.out.kind(x), Kind::CompLit { .. }) {
            return self.node(Kind::PtrLit(x), typ, offset);
        }
        if let Some(var) = self.outer_var(x) {
            let canonical = self.out.canonical(var);
            self.out.vars[var].address_taken = true;
            self.out.vars[canonical].address_taken = true;
        }
        self.node(Kind::Addr { x, implicit }, typ, offset)
    }

    /// The variable that holds the operand: through fields and array elements.
    fn outer_var(&mut self, x: NodeId) -> Option<VarId> {
        let mut x = x;
        loop {
            x = match self.out.kind(x) {
                Kind::Var(var) => return Some(var),
                Kind::Dot {
                    x, pointer: false, ..
                }
                | Kind::Conv {
                    op: crate::ConvOp::Nop,
                    x,
                    ..
                } => x,
                Kind::Index { x, .. } => {
                    let typ = self.out.typ(x);
                    match self.core(typ) {
                        TypeKind::Array { .. } => x,
                        _ => return None,
                    }
                }
                _ => return None,
            };
        }
    }

    fn index(
        &mut self,
        x: ExprId,
        indices: go_syntax::List<ExprId>,
        expr: ExprId,
        offset: u32,
    ) -> Lowered<NodeId> {
        let index = match *self.ast().list(indices) {
            [index] if !self.is_type(index) => index,
            _ => {
                let obj = self.object(x).ok_or("a generic method")?;
                return self.name(self.ast().unparen(x), obj, offset);
            }
        };
        let typ = self.typ(expr)?;
        // Comma-ok: the value's type is the first of the pair.
        let typ = self.tuple(typ).map_or(typ, |types| types[0]);
        let x_type = self.typ(x)?;
        let x = self.expr(x)?;
        if let TypeKind::Map { key, .. } = self.core(x_type) {
            let key = self.implicit(Some(key), index)?;
            return Ok(self.node(Kind::IndexMap { x, key }, typ, offset));
        }
        let index = self.expr(index)?;
        let x = self.through_array_pointer(x, offset);
        Ok(self.node(Kind::Index { x, index }, typ, offset))
    }

    /// What a pointer to an array points to; other operands as they are.
    pub(super) fn through_array_pointer(&mut self, x: NodeId, offset: u32) -> NodeId {
        let typ = self.out.typ(x);
        if !self.is_array_pointer(typ) {
            return x;
        }
        let typ = self.pointee(typ).unwrap_or(typ);
        self.node(Kind::Deref { x, implicit: true }, typ, offset)
    }

    fn slice(&mut self, x: ExprId, bounds: [Option<ExprId>; 3], offset: u32) -> Lowered<NodeId> {
        let x = self.expr(x)?;
        let [low, high, max] = bounds;
        let (low, high, max) = (
            self.optional(low)?,
            self.optional(high)?,
            self.optional(max)?,
        );
        let typ = self.out.typ(x);
        let x = match self.core(typ) {
            TypeKind::Array { .. } => self.address_of(x, true, offset),
            _ => x,
        };
        let from = self.out.typ(x);
        let typ = match self.pointee(from).map(|elem| self.core(elem)) {
            Some(TypeKind::Array { elem, .. }) => self.store.slice(elem),
            _ if self.is_string(from) => self.default_type(from),
            _ => from,
        };
        Ok(self.node(Kind::Slice { x, low, high, max }, typ, offset))
    }

    fn unary(&mut self, expr: ExprId, op: Prefix, x: ExprId, offset: u32) -> Lowered<NodeId> {
        if op == Prefix::And {
            let x = self.expr(x)?;
            return Ok(self.address_of(x, false, offset));
        }
        let typ = self.typ(expr)?;
        let typ = self.tuple(typ).map_or(typ, |types| types[0]);
        let op = match op {
            Prefix::Add => UnaryOp::Plus,
            Prefix::Sub => UnaryOp::Neg,
            Prefix::Not => UnaryOp::Not,
            Prefix::Xor => UnaryOp::BitNot,
            Prefix::Arrow => UnaryOp::Recv,
            Prefix::And | Prefix::Tilde => return Err("an operator of constraints"),
        };
        let x = self.expr(x)?;
        Ok(self.node(Kind::Unary { op, x }, typ, offset))
    }

    fn binary(
        &mut self,
        expr: ExprId,
        op: Token,
        x: ExprId,
        y: ExprId,
        offset: u32,
    ) -> Lowered<NodeId> {
        let typ = self.typ(expr)?;
        let common = match op {
            Token::Shl | Token::Shr => None,
            _ => self.common_type(x, y)?,
        };
        let x = self.implicit(common, x)?;
        let y = self.implicit(common, y)?;
        if let Token::LAnd | Token::LOr = op {
            let and = op == Token::LAnd;
            return Ok(self.node(Kind::Logical { and, x, y }, typ, offset));
        }
        if op == Token::Add && self.is_string(typ) {
            return Ok(self.concatenation(x, y, typ, offset));
        }
        let op = binary_op(op).ok_or("an unknown operator")?;
        Ok(self.node(Kind::Binary { op, x, y }, typ, offset))
    }

    /// Chains of `+` on strings are one node.
    fn concatenation(&mut self, x: NodeId, y: NodeId, typ: TypeId, offset: u32) -> NodeId {
        let mut parts = Vec::new();
        for operand in [x, y] {
            match self.out.kind(operand) {
                Kind::AddStr(list) => parts.extend_from_slice(self.out.list(list)),
                _ => parts.push(operand),
            }
        }
        let list = self.out.add_list(&parts);
        self.node(Kind::AddStr(list), typ, offset)
    }

    /// The type that both operands of an operator are converted to.
    pub(super) fn common_type(&mut self, x: ExprId, y: ExprId) -> Lowered<Option<TypeId>> {
        let (left, right) = (self.typ(x)?, self.typ(y)?);
        if self.store.identical(left, right) {
            return Ok(None);
        }
        if self.is_nil(x) || self.store.is_untyped(left) {
            return Ok(Some(right));
        }
        if self.is_nil(y) || self.store.is_untyped(right) {
            return Ok(Some(left));
        }
        let interfaces = (self.is_interface(left), self.is_interface(right));
        Ok(Some(match interfaces {
            (true, true) if self.n_methods(left) < self.n_methods(right) => left,
            (true, false) => left,
            (true | false, true) => right,
            // One of them has no name of its own, or is a channel of one direction.
            (false, false) => self.assignable_side(left, right),
        }))
    }

    fn n_methods(&mut self, typ: TypeId) -> usize {
        let set = self.store.under_interface(typ);
        set.map_or(0, |id| self.store.type_set(id).methods.len())
    }

    fn assignable_side(&mut self, left: TypeId, right: TypeId) -> TypeId {
        let both_ways = |kind| {
            matches!(
                kind,
                TypeKind::Chan {
                    dir: go_types::ChanDir::Both,
                    ..
                }
            )
        };
        let (from, to) = (self.core(left), self.core(right));
        if both_ways(to) && !both_ways(from) {
            left
        } else {
            right
        }
    }
}

/// Operators that are nodes of two operands.
pub(super) fn binary_op(op: Token) -> Option<BinaryOp> {
    Some(match op {
        Token::Add => BinaryOp::Add,
        Token::Sub => BinaryOp::Sub,
        Token::Mul => BinaryOp::Mul,
        Token::Quo => BinaryOp::Div,
        Token::Rem => BinaryOp::Mod,
        Token::And => BinaryOp::And,
        Token::Or => BinaryOp::Or,
        Token::Xor => BinaryOp::Xor,
        Token::Shl => BinaryOp::Shl,
        Token::Shr => BinaryOp::Shr,
        Token::AndNot => BinaryOp::AndNot,
        Token::Eql => BinaryOp::Eq,
        Token::Neq => BinaryOp::Ne,
        Token::Lss => BinaryOp::Lt,
        Token::Leq => BinaryOp::Le,
        Token::Gtr => BinaryOp::Gt,
        Token::Geq => BinaryOp::Ge,
        Token::LAnd | Token::LOr => return None,
    })
}
