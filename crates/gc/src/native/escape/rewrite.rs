//! What the sizes of locations decide: operands that are known to be constant become literals, and what is
//! too large for the stack goes to the heap.
//!
//! Source: `rewriteWithLiterals` and `HeapAllocReason` of cmd/compile/internal/escape, go1.27.3.

use go_ir::{Class, ConvOp, FuncId, Kind, LitOp, NodeId, Package, UnaryOp};
use go_types::constant::Value;
use go_types::{TypeId, TypeKind};

use super::batch::{Batch, Context};
use super::graph::{LocationId, Subject};

/// In bytes, of variables.
const MAX_VARIABLE: i64 = 128 * 1024;
/// In bytes, of what expressions allocate.
const MAX_IMPLICIT: i64 = 64 * 1024;

/// An operand that becomes a literal.
#[derive(Clone, Debug)]
pub(super) struct Rewrite {
    /// The `make`, whose capacity (else length) is meant, or the conversion.
    node: NodeId,
    value: Value,
    typ: TypeId,
}

/// Puts the literals into the package, for messages and later passes.
pub(super) fn apply(package: &mut Package, rewrites: &[Rewrite]) {
    for rewrite in rewrites {
        let pos = package.node(rewrite.node).pos;
        let literal = package.add_literal(rewrite.value.clone());
        let literal = package.add(Kind::Literal(literal), rewrite.typ, pos);
        let kind = match package.kind(rewrite.node) {
            Kind::Make { len, cap: Some(_) } => Kind::Make {
                len,
                cap: Some(literal),
            },
            Kind::Make { .. } => Kind::Make {
                len: Some(literal),
                cap: None,
            },
            Kind::Conv { op, implicit, .. } => Kind::Conv {
                op,
                x: literal,
                implicit,
            },
            other => other,
        };
        package.set_kind(rewrite.node, kind);
    }
}

impl Batch<'_> {
    /// Finds out whether an operand of the location's expression is constant after all.
    pub(super) fn rewrite(&mut self, location: LocationId) {
        let entry = &self.graph.locations[location];
        let (Some(Subject::Node(node)), Some(func)) = (entry.subject, entry.func) else {
            return;
        };
        match self.package.kind(node) {
            Kind::Make { len, cap } => {
                if let Some(size) = cap.or(len) {
                    self.rewrite_size(func, node, size);
                }
            }
            Kind::Conv {
                op: ConvOp::Iface,
                x,
                ..
            } => {
                let typ = self.package.typ(x);
                if matches!(self.package.kind(x), Kind::Literal(_))
                    || self.store.is_non_type_param_interface(typ)
                {
                    return;
                }
                let known = self.context.oracle.static_value(self.package, func, x);
                if self.is_value_doubtful(func, known) {
                    self.doubtful.insert(node);
                } else if let Some(value) = self.package.literal_of(known)
                    && self.is_valid_constant(typ, value)
                {
                    let value = value.clone();
                    self.rewrites.push(Rewrite { node, value, typ });
                }
            }
            _ => {}
        }
    }

    fn rewrite_size(&mut self, func: FuncId, node: NodeId, size: NodeId) {
        let typ = self.package.typ(node);
        if !matches!(self.store.under_kind(typ), TypeKind::Slice(_))
            || matches!(self.package.kind(size), Kind::Literal(_))
        {
            return;
        }
        let known = self.context.oracle.static_value(self.package, func, size);
        match self.package.kind(known) {
            _ if self.is_value_doubtful(func, known) => {
                self.doubtful.insert(node);
            }
            Kind::Literal(value) => {
                let value = self.package.literal(value).clone();
                if value.as_i64().is_none_or(|value| value >= 0) && value.as_f64() >= Some(0.0) {
                    let typ = self.package.typ(size);
                    self.rewrites.push(Rewrite { node, value, typ });
                }
            }
            Kind::Unary {
                op: UnaryOp::Len,
                x,
            } => {
                let measured = self.context.oracle.static_value(self.package, func, x);
                if let Kind::CompLit {
                    op: LitOp::Slice | LitOp::Dots,
                    elems,
                } = self.package.kind(measured)
                {
                    let value = Value::Int(literal_len(self.package, elems));
                    let typ = TypeId::INT;
                    self.rewrites.push(Rewrite { node, value, typ });
                } else if self.is_value_doubtful(func, measured) {
                    self.doubtful.insert(node);
                }
            }
            _ => {}
        }
    }

    /// Whether more may be known of the value if calls are inlined.
    fn is_value_doubtful(&self, func: FuncId, value: NodeId) -> bool {
        let Context { oracle, doubts, .. } = self.context;
        doubts.is_value_doubtful(self.store, self.package, oracle, func, value)
    }

    /// Whether a constant of this kind can have the type.
    fn is_valid_constant(&mut self, typ: TypeId, value: &Value) -> bool {
        use go_types::Basic;
        let Some(basic) = self.basic(typ) else {
            return false;
        };
        match value {
            Value::Str(_) => basic == Basic::String,
            Value::Bool(_) => basic == Basic::Bool,
            Value::Int(_) | Value::Big(_) => !matches!(
                basic,
                Basic::String
                    | Basic::Bool
                    | Basic::UnsafePointer
                    | Basic::Float32
                    | Basic::Float64
                    | Basic::Complex64
                    | Basic::Complex128
            ),
            Value::Ratio(_) | Value::Float(_) => matches!(basic, Basic::Float32 | Basic::Float64),
            Value::Complex(_) => matches!(basic, Basic::Complex64 | Basic::Complex128),
            Value::Unknown => false,
        }
    }

    /// Why the location cannot be on the stack, whatever flows.
    pub(super) fn heap_reason(&mut self, subject: Subject) -> Option<&'static str> {
        const LARGE: &str = "too large for stack";
        const ALIGNED: &str = "too aligned for stack";
        let typ = match subject {
            Subject::Var(var) => {
                let variable = &self.package.vars[var];
                if variable.class != Class::Local {
                    return None;
                }
                variable.typ
            }
            Subject::Node(node) => self.package.typ(node),
        };
        if self.size(typ) > MAX_VARIABLE {
            return Some(LARGE);
        }
        if self.alignment(typ) > self.context.sizes.word {
            return Some(ALIGNED);
        }
        let Subject::Node(node) = subject else {
            return None;
        };
        match self.package.kind(node) {
            Kind::Unary {
                op: UnaryOp::New, ..
            }
            | Kind::PtrLit(_) => {
                let TypeKind::Pointer(elem) = self.store.under_kind(typ) else {
                    return None;
                };
                if self.size(elem) > MAX_IMPLICIT {
                    return Some(LARGE);
                }
                (self.alignment(elem) > self.context.sizes.word).then_some(ALIGNED)
            }
            Kind::Closure(func) => {
                let captured = self.captured_size(func);
                (captured > MAX_IMPLICIT).then_some(LARGE)
            }
            Kind::MethodValue { x, .. } => {
                let size = self.size(self.package.typ(x));
                (size > MAX_IMPLICIT - self.context.sizes.word).then_some(LARGE)
            }
            Kind::Make { len, cap } => self.make_reason(node, cap.or(len)),
            _ => None,
        }
    }

    fn make_reason(&mut self, node: NodeId, size: Option<NodeId>) -> Option<&'static str> {
        let typ = self.package.typ(node);
        let TypeKind::Slice(elem) = self.store.under_kind(typ) else {
            return None;
        };
        let elem = self.size(elem);
        if elem == 0 {
            return Some("zero-sized element");
        }
        let rewritten = self.rewrites.last().filter(|rewrite| rewrite.node == node);
        let value = match rewritten {
            Some(rewrite) => Some(&rewrite.value),
            None => self.package.literal_of(size?),
        };
        let size = value.and_then(Value::as_i64)?;
        // Larger constants count as not constant.
        let small = i32::try_from(size).is_ok();
        (small && size > MAX_IMPLICIT / elem).then_some("too large for stack")
    }

    /// In bytes, of the record of a closure: its code and what it captures.
    fn captured_size(&mut self, func: go_ir::FuncId) -> i64 {
        let package = self.package;
        let word = self.context.sizes.word;
        let captured = package.funcs[func].captured.iter();
        // What is larger than 128 bytes is captured by reference.
        captured.fold(word, |size, var| {
            let value = self.size(package.vars[*var].typ);
            size + if value > 128 { word } else { value }
        })
    }

    fn alignment(&mut self, typ: TypeId) -> i64 {
        self.context.sizes.align(self.store, typ).unwrap_or(1)
    }
}

/// The length of a slice literal.
fn literal_len(package: &Package, elems: go_ir::Nodes) -> i64 {
    let (mut next, mut len) = (0, 0);
    for elem in package.list(elems) {
        if let Kind::Key { key, .. } = package.kind(*elem)
            && let Some(key) = package.literal_of(key).and_then(Value::as_i64)
        {
            next = key;
        }
        next += 1;
        len = len.max(next);
    }
    len
}
