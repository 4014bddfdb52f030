//! Which expressions hold memory of a pooled object.

use go_syntax::{ExprId, ExprKind, Node, UnaryOp};
use go_types::{Basic, Builtin, TypeId, TypeKind};

use super::{Origin, State, Walk};
use crate::source::Callee;

/// Functions of `bytes` whose results lie in their first argument.
const WITHIN: &[&str] = &["Cut", "Fields", "Split", "Trim"];

/// Deeper types are taken to hold references.
const MAX_DEPTH: u32 = 16;

impl Walk<'_, '_> {
    /// Whether an expression may hold memory of the object.
    pub(super) fn is_alias(&self, expr: ExprId, state: &State) -> bool {
        let source = self.source;
        let expr = source.file.ast.unparen(expr);
        if self.origin == Origin::Call(expr) {
            return true;
        }
        match source.expr(expr) {
            ExprKind::Ident(_) => source.object(expr).is_some_and(|obj| state.holds(obj)),
            ExprKind::TypeAssert { x, .. } | ExprKind::Star(x) => {
                self.carries_expr(expr) && self.is_alias(x, state)
            }
            ExprKind::Selector { x, .. } => {
                let is_field = (source.info().selection(expr))
                    .is_some_and(|it| it.kind == go_types::SelectionKind::Field);
                is_field && self.carries_expr(expr) && self.is_alias(x, state)
            }
            ExprKind::Slice { x, .. } => self.is_alias(x, state),
            ExprKind::Unary {
                op: UnaryOp::And,
                x,
            } => match source.inner(x) {
                ExprKind::CompositeLit { .. } => self.is_alias(x, state),
                _ => (source.base_variable(x)).is_some_and(|obj| state.holds(obj)),
            },
            ExprKind::CompositeLit { elems, .. } => {
                (source.file.ast.list(elems).iter()).any(|elem| self.is_alias(*elem, state))
            }
            ExprKind::KeyValue { value, .. } => self.is_alias(value, state),
            ExprKind::FuncLit { body, .. } => {
                (source.below(body).into_iter()).any(|node| match node {
                    Node::Expr(id) => {
                        matches!(source.expr(id), ExprKind::Ident(_))
                            && source.object(id).is_some_and(|obj| state.holds(obj))
                    }
                    _ => false,
                })
            }
            ExprKind::Call { .. } => self.is_alias_call(expr, state),
            _ => false,
        }
    }

    fn is_alias_call(&self, call: ExprId, state: &State) -> bool {
        let source = self.source;
        let Some((_, args, spread)) = source.call(call) else {
            return false;
        };
        let first = || args.first().is_some_and(|arg| self.is_alias(*arg, state));
        match source.callee(call) {
            Some(Callee::Conversion(typ)) => self.carries(typ, 0) && first(),
            Some(Callee::Builtin(Builtin::Append)) => {
                let values = if spread { &args[..1] } else { args };
                values.iter().any(|arg| self.is_alias(*arg, state))
            }
            Some(Callee::Builtin(
                Builtin::Slice | Builtin::String | Builtin::SliceData | Builtin::StringData,
            )) => first(),
            Some(Callee::Func { path, name }) if path == "bytes" => {
                WITHIN.iter().any(|start| name.starts_with(start)) && first()
            }
            Some(
                ref callee @ Callee::Method {
                    ref path,
                    ref typ,
                    x,
                    ..
                },
            ) => {
                let is_view = match (path.as_str(), typ.as_str()) {
                    ("bytes", "Buffer") => ["Bytes", "AvailableBuffer", "Next"]
                        .iter()
                        .any(|name| callee.is_method("bytes", "Buffer", name)),
                    ("strings", "Builder") => callee.is_method("strings", "Builder", "String"),
                    ("bufio", "Writer") => callee.is_method("bufio", "Writer", "AvailableBuffer"),
                    _ => false,
                };
                is_view && self.is_receiver(x, state)
            }
            _ => false,
        }
    }

    /// Whether a method's operand is the object or lies in it.
    pub(super) fn is_receiver(&self, x: ExprId, state: &State) -> bool {
        self.is_alias(x, state)
            || (self.source.base_variable(x)).is_some_and(|obj| state.holds(obj))
    }

    /// Whether values of an expression's type can refer to memory that others change.
    pub(super) fn carries_expr(&self, expr: ExprId) -> bool {
        let typ = match self.source.type_of(expr) {
            Some(typ) => typ,
            None => match self.source.object(expr) {
                Some(obj) => self.source.type_of_object(obj),
                None => return false,
            },
        };
        self.carries(typ, 0)
    }

    fn carries(&self, typ: TypeId, depth: u32) -> bool {
        if depth > MAX_DEPTH {
            return true;
        }
        match self.source.under(typ) {
            TypeKind::Basic(basic) => basic == Basic::UnsafePointer,
            TypeKind::Array { elem, .. } => self.carries(elem, depth + 1),
            TypeKind::Struct(strukt) => {
                let fields = self.source.with_store(|store| {
                    let fields = store.objs(strukt.fields).iter();
                    fields.map(|it| store.obj_type(*it)).collect::<Vec<_>>()
                });
                fields.into_iter().any(|typ| self.carries(typ, depth + 1))
            }
            TypeKind::Interface(_) => !self.is_error(typ),
            _ => true,
        }
    }

    fn is_error(&self, typ: TypeId) -> bool {
        self.source.is_named(typ, "", "error")
    }
}
