//! Conversions: which operation, and where implicit ones stand.

use go_syntax::ExprId;
use go_types::{Basic, ChanDir, TypeId, TypeKind};

use super::{Lowered, Lowerer};
use crate::node::{ConvOp, Kind, NodeId};

/// A list that is lowered and converted to the types its values go to.
pub(super) type DestinationType<'t, 'a> = &'t dyn Fn(&mut Lowerer<'a>, usize) -> Option<TypeId>;

impl<'a> Lowerer<'a> {
    /// The expression as a value of type `dst`; as it is without one.
    pub(super) fn implicit(&mut self, dst: Option<TypeId>, expr: ExprId) -> Lowered<NodeId> {
        let src = self.typ(expr)?;
        let Some(dst) = dst else {
            return self.expr(expr);
        };
        if self.is_nil(expr) {
            let offset = self.ast().expr(expr).pos;
            return Ok(self.node(Kind::Nil, dst, offset));
        }
        if self.is_same(src, dst) {
            return self.expr(expr);
        }
        self.conversion(dst, expr, true)
    }

    /// A conversion as written, or one that the destination asks for.
    pub(super) fn conversion(
        &mut self,
        dst: TypeId,
        expr: ExprId,
        implicit: bool,
    ) -> Lowered<NodeId> {
        let offset = self.ast().expr(expr).pos;
        let x = self.expr(expr)?;
        Ok(self.converted(dst, x, offset, implicit))
    }

    /// The node converted to a type.
    pub(super) fn converted(
        &mut self,
        dst: TypeId,
        x: NodeId,
        offset: u32,
        implicit: bool,
    ) -> NodeId {
        let src = self.out.typ(x);
        if self.store.is_untyped(src) {
            // Comparisons and shifts take the type of the destination, or their own default.
            let typ = if self.store.is_interface(dst) {
                self.default_type(src)
            } else {
                dst
            };
            self.out.node_mut(x).typ = typ;
        }
        let src = self.out.typ(x);
        let op = self.conversion_op(src, dst);
        if op == ConvOp::StrToRunes
            && let Some(text) = self
                .out
                .literal_of(x)
                .and_then(go_types::constant::Value::as_bytes)
        {
            return self.runes_literal(&text, dst, offset);
        }
        self.node(Kind::Conv { op, x, implicit }, dst, offset)
    }

    fn conversion_op(&mut self, src: TypeId, dst: TypeId) -> ConvOp {
        if let Some(op) = self.assignment_op(src, dst) {
            return self.keep_rounding(op, src, dst);
        }
        let (from, to) = (self.core(src), self.core(dst));
        let op = match (from, to) {
            (TypeKind::Slice(_), TypeKind::Pointer(_)) => ConvOp::SliceToArrayPtr,
            (TypeKind::Slice(_), TypeKind::Array { .. }) => ConvOp::SliceToArray,
            (TypeKind::Slice(elem), TypeKind::Basic(Basic::String)) => match self.basic(elem) {
                Some(Basic::Uint8) => ConvOp::BytesToStr,
                _ => ConvOp::RunesToStr,
            },
            (TypeKind::Basic(Basic::String), TypeKind::Slice(elem)) => match self.basic(elem) {
                Some(Basic::Uint8) => ConvOp::StrToBytes,
                _ => ConvOp::StrToRunes,
            },
            (TypeKind::Basic(from), TypeKind::Basic(to)) => basic_conversion(from, to),
            // Same underlying type but for tags, or pointers.
            _ => ConvOp::Nop,
        };
        self.keep_rounding(op, src, dst)
    }

    /// Conversions between types of one kind of floats round, and are kept.
    fn keep_rounding(&mut self, op: ConvOp, src: TypeId, dst: TypeId) -> ConvOp {
        let float = |basic| {
            matches!(
                basic,
                Some(Basic::Float32 | Basic::Float64 | Basic::Complex64 | Basic::Complex128)
            )
        };
        let (from, to) = (self.basic(src), self.basic(dst));
        if op == ConvOp::Nop && float(from) && from == to {
            ConvOp::Number
        } else {
            op
        }
    }

    /// The conversion of an assignment, if a value may be assigned.
    fn assignment_op(&mut self, src: TypeId, dst: TypeId) -> Option<ConvOp> {
        if self.is_same(src, dst) {
            return Some(ConvOp::Nop);
        }
        let (from, to) = (self.store.under(src), self.store.under(dst));
        let (src_interface, dst_interface) = (self.is_interface(src), self.is_interface(dst));
        if self.store.identical(from, to) {
            if src_interface && self.is_empty_interface(from) {
                return Some(ConvOp::Nop);
            }
            let unnamed = !self.is_defined(src) || !self.is_defined(dst);
            if unnamed && !src_interface {
                return Some(ConvOp::Nop);
            }
        }
        if dst_interface {
            return Some(ConvOp::Iface);
        }
        match (self.store.kind(from), self.store.kind(to)) {
            (
                TypeKind::Chan {
                    dir: ChanDir::Both, ..
                },
                TypeKind::Chan { .. },
            ) => Some(ConvOp::Nop),
            _ => None,
        }
    }

    pub(super) fn is_empty_interface(&mut self, typ: TypeId) -> bool {
        let Some(id) = self.store.under_interface(typ) else {
            return false;
        };
        self.store.type_set(id).methods.is_empty()
    }

    /// Whether the type has a name of its own: defined or predeclared.
    pub(super) fn is_defined(&self, typ: TypeId) -> bool {
        matches!(
            self.store.unaliased(typ),
            TypeKind::Named(_) | TypeKind::Basic(_) | TypeKind::TypeParam(_)
        )
    }

    /// Values for a list of destinations: each converted to its own; or of one call with several results,
    /// through temporaries that the first value's init sets.
    pub(super) fn values(
        &mut self,
        exprs: &[ExprId],
        dst: DestinationType<'_, 'a>,
        offset: u32,
    ) -> Lowered<Vec<NodeId>> {
        if let [one] = exprs
            && let typ = self.typ(*one)?
            && let Some(types) = self.tuple(typ)
            && types.len() > 1
        {
            return self.several_results(*one, &types, dst, offset);
        }
        let mut nodes = Vec::with_capacity(exprs.len());
        for (index, expr) in exprs.iter().enumerate() {
            let dst = dst(self, index);
            nodes.push(self.implicit(dst, *expr)?);
        }
        Ok(nodes)
    }

    fn several_results(
        &mut self,
        call: ExprId,
        types: &[TypeId],
        dst: DestinationType<'_, 'a>,
        offset: u32,
    ) -> Lowered<Vec<NodeId>> {
        let rhs = self.expr(call)?;
        let mut temporaries = Vec::new();
        let mut declarations = Vec::new();
        let mut results = Vec::new();
        for (index, typ) in types.iter().enumerate() {
            let typ = self.default_type(*typ);
            let var = self.temporary(typ, offset);
            declarations.push(self.stmt_node(Kind::Declare(var), offset));
            let name = self.node(Kind::Var(var), typ, offset);
            temporaries.push((var, name));
            let target = dst(self, index);
            results.push(match target {
                Some(target) if !self.is_same(typ, target) => {
                    self.converted(target, name, offset, true)
                }
                _ => name,
            });
        }
        let op = self.list_op(rhs);
        let lhs: Vec<NodeId> = temporaries.iter().map(|(_, name)| *name).collect();
        let lhs = self.out.add_list(&lhs);
        let rhs = self.out.add_list(&[rhs]);
        let assign = self.stmt_node(
            Kind::AssignList {
                op,
                lhs,
                rhs,
                define: true,
            },
            offset,
        );
        self.out.prepend_init(assign, &declarations);
        for (var, _) in &temporaries {
            self.out.vars[*var].definition = Some(assign);
        }
        if let Some(first) = results.first_mut() {
            if matches!(self.out.kind(*first), Kind::Var(_)) {
                let typ = self.out.typ(*first);
                let op = ConvOp::Nop;
                let kind = Kind::Conv {
                    op,
                    x: *first,
                    implicit: false,
                };
                *first = self.node(kind, typ, offset);
            }
            self.out.prepend_init(*first, &[assign]);
        }
        Ok(results)
    }

    /// How the values of one expression go to two variables; marks an assertion as asked for both.
    pub(super) fn list_op(&mut self, rhs: NodeId) -> crate::node::ListOp {
        use crate::node::{ListOp, UnaryOp};
        match self.out.kind(rhs) {
            Kind::IndexMap { .. } => ListOp::MapRead,
            Kind::Unary {
                op: UnaryOp::Recv, ..
            } => ListOp::Recv,
            Kind::TypeAssert { x, words, .. } => {
                self.out.node_mut(rhs).kind = Kind::TypeAssert {
                    x,
                    comma_ok: true,
                    words,
                };
                ListOp::TypeAssert
            }
            _ => ListOp::Func,
        }
    }
}

/// Between predeclared types with other underlying types.
fn basic_conversion(from: Basic, to: Basic) -> ConvOp {
    let (from, to) = (machine(from.canonical()), machine(to.canonical()));
    match (from, to) {
        (from, to) if from == to => ConvOp::Nop,
        (Basic::UnsafePointer, _) | (_, Basic::UnsafePointer) => ConvOp::Nop,
        (_, Basic::String) => ConvOp::RuneToStr,
        _ => ConvOp::Number,
    }
}

/// The type of fixed size that the machine has for one without.
fn machine(basic: Basic) -> Basic {
    match basic {
        Basic::Int => Basic::Int64,
        Basic::Uint | Basic::Uintptr => Basic::Uint64,
        other => other,
    }
}
