//! Nodes as gc's messages print them.
//!
//! Go-like text: names of types without their package's path, implicit conversions, addresses and
//! dereferences left out, bodies of loops and switches not shown.

mod literal;
mod types;

use std::borrow::Cow;

use go_types::constant::Value;
use go_types::{Basic, ObjId, PkgId, Store, TypeId, TypeKind};

pub(crate) use self::literal::quote;
use self::literal::{constant_text, float_text, quoted_rune};
pub(crate) use self::types::is_in_parentheses;
use crate::func::{FuncId, Package, VarId};
use crate::node::{BinaryOp, BuiltinOp, ConvOp, Kind, LitOp, NodeId, Nodes, UnaryOp};
use crate::stencil::{SHAPE, is_shape};

/// Precedence of what binds tightest.
const PRIMARY: u8 = 8;
const PREFIX: u8 = 7;

/// Prints nodes of one package.
pub struct Printer<'a> {
    pub store: &'a Store,
    pub package: &'a Package,
    /// Its names are printed without qualifier.
    pub local: PkgId,
}

impl Printer<'_> {
    /// Stands for the name of a dictionary that is not known.
    pub const UNKNOWN_DICTIONARY: &'static str = "&.dict?";

    /// The function as `can inline` shows it: `func(int) int { return x }`.
    pub fn func(&self, func: FuncId) -> String {
        let func = &self.package.funcs[func];
        let mut out = String::new();
        self.func_type(&mut out, func.typ);
        out.push_str(" { ");
        self.stmts(&mut out, func.body);
        out.push_str(" }");
        out
    }

    /// An expression or statement.
    pub fn node(&self, id: NodeId) -> String {
        let mut out = String::new();
        self.write(&mut out, id);
        out
    }

    fn stmts(&self, out: &mut String, list: Nodes) {
        self.joined(out, list, "; ");
    }

    fn joined(&self, out: &mut String, list: Nodes, separator: &str) {
        for (index, id) in self.package.list(list).iter().enumerate() {
            if index > 0 {
                out.push_str(separator);
            }
            self.write(out, *id);
        }
    }

    fn write(&self, out: &mut String, id: NodeId) {
        match self.package.kind(id) {
            Kind::Declare(var) => {
                out.push_str(&format!("var {} ", self.var(var)));
                self.typ(out, self.package.vars[var].typ);
            }
            Kind::Assign { x, y, define } => {
                self.write(out, x);
                out.push_str(if define { " := " } else { " = " });
                match y {
                    Some(y) => self.write(out, y),
                    None => out.push_str("<nil>"),
                }
            }
            Kind::AssignOp {
                op, x, inc_dec, y, ..
            } => {
                self.write(out, x);
                match (inc_dec, op) {
                    (true, BinaryOp::Add) => out.push_str("++"),
                    (true, _) => out.push_str("--"),
                    (false, op) => {
                        out.push_str(&format!(" {}= ", binary_text(op)));
                        self.write(out, y);
                    }
                }
            }
            Kind::AssignList {
                lhs, rhs, define, ..
            } => {
                self.joined(out, lhs, ", ");
                out.push_str(if define { " := " } else { " = " });
                self.joined(out, rhs, ", ");
            }
            Kind::Block(list) => self.stmts(out, list),
            Kind::Branch { kind, label } => {
                out.push_str(branch_text(kind));
                if let Some(label) = label {
                    out.push_str(&format!(" {}", label.as_str()));
                }
            }
            Kind::Label(label) => out.push_str(&format!("{}: ", label.as_str())),
            Kind::If { cond, then, els } => self.if_stmt(out, id, cond, then, els),
            Kind::For { .. } | Kind::Range { .. } => out.push_str("for loop"),
            Kind::Return(values) => {
                out.push_str("return ");
                self.joined(out, values, ", ");
            }
            Kind::Select(_) => out.push_str("select statement"),
            Kind::Switch { .. } => out.push_str("switch statement"),
            Kind::Go(call) => {
                out.push_str("go ");
                self.write(out, call);
            }
            Kind::Defer { call, .. } => {
                out.push_str("defer ");
                self.write(out, call);
            }
            Kind::Case { exprs, body, .. } => {
                if exprs.is_empty() {
                    out.push_str("default");
                } else {
                    out.push_str("case ");
                    self.joined(out, exprs, ", ");
                }
                out.push_str(": ");
                self.stmts(out, body);
            }
            _ => self.expr(out, id, 0),
        }
    }

    fn if_stmt(&self, out: &mut String, id: NodeId, cond: NodeId, then: Nodes, els: Nodes) {
        out.push_str("if ");
        if let [init] = self.package.init(id)
            && self.package.init(*init).is_empty()
        {
            self.write(out, *init);
            out.push_str("; ");
        }
        self.write(out, cond);
        out.push_str(" { ");
        self.stmts(out, then);
        out.push_str(" }");
        if !els.is_empty() {
            out.push_str(" else { ");
            self.stmts(out, els);
            out.push_str(" }");
        }
    }

    /// An expression inside one that binds with the given precedence.
    fn expr(&self, out: &mut String, id: NodeId, outer: u8) {
        let id = self.visible(id);
        let precedence = self.precedence(id);
        if outer > precedence {
            out.push('(');
            self.expr(out, id, 0);
            out.push(')');
            return;
        }
        let node = *self.package.node(id);
        match node.kind {
            Kind::Var(var) => out.push_str(&self.var(var)),
            Kind::Global(obj) | Kind::Func(obj) | Kind::Inst(obj) => self.object(out, obj),
            Kind::Runtime(func) => {
                out.push_str("runtime.");
                out.push_str(func.name());
            }
            Kind::Dict(None) => out.push_str(Self::UNKNOWN_DICTIONARY),
            Kind::Dict(Some(dictionary)) => {
                out.push('&');
                self.object(out, dictionary);
            }
            Kind::Blank => out.push('_'),
            Kind::Closure(_) => out.push_str("func literal"),
            Kind::Literal(value) => self.literal(out, self.package.literal(value), node.typ),
            Kind::Nil => out.push_str("nil"),
            Kind::Type => self.typ(out, node.typ),
            Kind::DynamicType(_) => out.push_str("<node DYNAMICTYPE>"),
            Kind::Addr { x, .. } => {
                out.push('&');
                if matches!(self.package.kind(x), Kind::Addr { .. }) {
                    out.push(' ');
                }
                self.expr(out, x, PREFIX + 1);
            }
            Kind::PtrLit(x) => {
                out.push('&');
                self.expr(out, x, 0);
            }
            Kind::Deref { x, .. } => {
                out.push('*');
                self.expr(out, x, PREFIX + 1);
            }
            Kind::Dot { x, field, .. } => {
                self.expr(out, x, PRIMARY);
                out.push('.');
                out.push_str(&self.field_name(self.package.typ(x), field));
            }
            Kind::DotInter { x, method }
            | Kind::MethodValue { x, method }
            | Kind::MethodExpr { x, method } => {
                self.expr(out, x, PRIMARY);
                out.push('.');
                out.push_str(self.store.name(method));
            }
            Kind::Index { x, index: y } | Kind::IndexMap { x, key: y } => {
                self.expr(out, x, PRIMARY);
                out.push('[');
                self.expr(out, y, 0);
                out.push(']');
            }
            Kind::Slice { x, low, high, max } => self.slice(out, x, [low, high, max]),
            Kind::TypeAssert {
                words, comma_ok, ..
            } if !words.is_empty() => out.push_str(if comma_ok {
                "<node DYNAMICDOTTYPE2>"
            } else {
                "<node DYNAMICDOTTYPE>"
            }),
            Kind::TypeAssert { x, .. } => {
                self.expr(out, x, PRIMARY);
                out.push_str(".(");
                self.typ(out, self.asserted(node.typ));
                out.push(')');
            }
            Kind::Conv { x, .. } => {
                self.conversion_type(out, node.typ);
                out.push('(');
                self.expr(out, x, 0);
                out.push(')');
            }
            Kind::Unary { op, x } => self.unary(out, op, x),
            Kind::Binary { op, x, y } => self.binary(out, op, x, y, precedence),
            Kind::Logical { and, x, y } => {
                self.expr(out, x, precedence);
                out.push_str(if and { " && " } else { " || " });
                self.expr(out, y, precedence + 1);
            }
            Kind::AddStr(list) => {
                for (index, part) in self.package.list(list).iter().enumerate() {
                    if index > 0 {
                        out.push_str(" + ");
                    }
                    self.expr(out, *part, 0);
                }
            }
            Kind::CompLit {
                op: LitOp::Dots, ..
            } => out.push_str("... argument"),
            Kind::CompLit { elems, .. } => {
                self.typ(out, node.typ);
                out.push_str(if elems.is_empty() { "{}" } else { "{...}" });
            }
            Kind::Key { key, value } => {
                self.expr(out, key, 0);
                out.push(':');
                self.expr(out, value, 0);
            }
            Kind::Call { fun, args, spread } => {
                self.expr(out, fun, PRIMARY);
                self.arguments(out, args, spread);
            }
            Kind::InlinedCall { results, .. } => self.inlined_call(out, results),
            Kind::Builtin { op, args, spread } => {
                out.push_str(builtin_text(op));
                self.arguments(out, args, spread);
            }
            Kind::Make { len, cap } => self.make(out, node.typ, len, cap),
            Kind::Send { chan, value } => {
                self.expr(out, chan, precedence);
                out.push_str(" <- ");
                self.expr(out, value, precedence + 1);
            }
            _ => out.push_str("<node>"),
        }
    }

    /// The name of a variable: of one that came with a function of another package with the package's name.
    pub fn var(&self, var: VarId) -> Cow<'_, str> {
        let var = &self.package.vars[var];
        let foreign = match var.name.as_str() {
            name if name.starts_with(".autotmp") => None,
            // Results without name get one of the function that calls.
            name if name.starts_with('~') => {
                let func = &self.package.funcs[var.func];
                if func.is_wrapper() && !func.pos.is_known() {
                    return self.in_wrapper(func.recv, name).into();
                }
                func.foreign.or(func.owner)
            }
            _ => var.foreign,
        };
        match foreign {
            Some(pkg) => {
                let package = &self.store.packages[pkg];
                format!("{}.{}", self.store.names.text(package.name), var.name).into()
            }
            _ => var.name.as_str().into(),
        }
    }

    /// A name that a method wrapper makes: one of the package of its receiver's type; shapes have one of their own.
    fn in_wrapper(&self, recv: Option<VarId>, name: &str) -> String {
        let typ = recv.map(|recv| self.store.deref(self.package.vars[recv].typ).0);
        let named = typ.and_then(|typ| self.store.as_named(typ));
        let owner = named.and_then(|named| self.store.obj(self.store.named(named).obj).pkg);
        match owner {
            Some(_) => self.qualified(name, owner),
            None if typ.is_some_and(|typ| is_shape(self.store, typ)) => format!("{SHAPE}{name}"),
            None => name.to_owned(),
        }
    }

    /// The name of a function, with what keeps copies of closures apart: of what came from another package with the
    /// package's name.
    pub fn func_name(&self, id: crate::FuncId) -> String {
        let func = &self.package.funcs[id];
        let name = self.package.unique_name(id);
        if func.is_wrapper() && !func.pos.is_known() {
            return self.in_wrapper(func.recv, &name);
        }
        self.qualified(&name, func.foreign.or(func.owner))
    }

    /// A name as other packages than its own write it.
    pub fn qualified(&self, name: &str, pkg: Option<PkgId>) -> String {
        match pkg {
            Some(pkg) if pkg != self.local => {
                let package = &self.store.packages[pkg];
                format!("{}.{name}", self.store.names.text(package.name))
            }
            _ => name.to_owned(),
        }
    }

    /// The variables that hold the results.
    fn inlined_call(&self, out: &mut String, results: Nodes) {
        if let [result] = self.package.list(results) {
            self.expr(out, *result, 0);
            return;
        }
        out.push_str("(.");
        self.joined(out, results, "; ");
        out.push(')');
    }

    /// The node below implicit ones.
    fn visible(&self, mut id: NodeId) -> NodeId {
        loop {
            id = match self.package.kind(id) {
                Kind::Addr { x, implicit: true }
                | Kind::Deref { x, implicit: true }
                | Kind::Conv {
                    op: ConvOp::Number | ConvOp::Nop | ConvOp::Iface,
                    x,
                    implicit: true,
                } => x,
                _ => return id,
            }
        }
    }

    fn precedence(&self, id: NodeId) -> u8 {
        match self.package.kind(id) {
            Kind::Type
                if matches!(
                    self.store.unaliased(self.package.typ(id)),
                    TypeKind::Pointer(_)
                ) =>
            {
                PREFIX
            }
            // gc gives these none.
            Kind::PtrLit(_)
            | Kind::InlinedCall { .. }
            | Kind::Closure(_)
            | Kind::AddStr(_)
            | Kind::Unary {
                op: UnaryOp::Real | UnaryOp::Imag,
                ..
            }
            | Kind::Binary {
                op: BinaryOp::Complex,
                ..
            }
            | Kind::Builtin {
                op: BuiltinOp::Recover,
                ..
            } => 0,
            Kind::Addr { .. }
            | Kind::Deref { .. }
            | Kind::Unary {
                op: UnaryOp::Plus | UnaryOp::Neg | UnaryOp::Not | UnaryOp::BitNot | UnaryOp::Recv,
                ..
            } => PREFIX,
            Kind::Binary { op, .. } => match op {
                BinaryOp::Mul
                | BinaryOp::Div
                | BinaryOp::Mod
                | BinaryOp::Shl
                | BinaryOp::Shr
                | BinaryOp::And
                | BinaryOp::AndNot => 6,
                BinaryOp::Add | BinaryOp::Sub | BinaryOp::Or | BinaryOp::Xor => 5,
                BinaryOp::Eq
                | BinaryOp::Ne
                | BinaryOp::Lt
                | BinaryOp::Le
                | BinaryOp::Gt
                | BinaryOp::Ge => 4,
                _ => PRIMARY,
            },
            Kind::Send { .. } => 3,
            Kind::Logical { and: true, .. } => 2,
            Kind::Logical { and: false, .. } => 1,
            _ => PRIMARY,
        }
    }

    fn object(&self, out: &mut String, obj: ObjId) {
        let object = self.store.obj(obj);
        if let Some(pkg) = object.pkg
            && pkg != self.local
        {
            let package = &self.store.packages[pkg];
            out.push_str(self.store.names.text(package.name));
            out.push('.');
        }
        out.push_str(self.store.names.text(object.name));
    }

    fn field_name(&self, typ: TypeId, field: u32) -> String {
        let fields = self.fields_of(typ);
        let field = fields.get(field as usize);
        field.map_or(String::new(), |field| self.store.name(*field).to_owned())
    }

    fn fields_of(&self, typ: TypeId) -> &[ObjId] {
        let mut typ = self.resolved(typ);
        if let TypeKind::Pointer(elem) = typ {
            typ = self.resolved(elem);
        }
        match typ {
            TypeKind::Struct(strukt) => self.store.objs(strukt.fields),
            _ => &[],
        }
    }

    /// What the type is, as far as that was found out before.
    fn resolved(&self, typ: TypeId) -> TypeKind {
        match self.store.unaliased(typ) {
            TypeKind::Named(id) => match self.store.named(id).underlying {
                Some(under) => self.store.kind(under),
                None => TypeKind::Named(id),
            },
            kind => kind,
        }
    }

    /// The asserted type: of an assertion with two values the first.
    fn asserted(&self, typ: TypeId) -> TypeId {
        match self.store.kind(typ) {
            TypeKind::Tuple(vars) => match self.store.objs(vars) {
                [first, ..] => self.store.obj_type(*first),
                [] => typ,
            },
            _ => typ,
        }
    }

    fn slice(&self, out: &mut String, x: NodeId, bounds: [Option<NodeId>; 3]) {
        self.expr(out, x, PRIMARY);
        out.push('[');
        let [low, high, max] = bounds;
        if let Some(low) = low {
            self.expr(out, low, 0);
        }
        out.push(':');
        if let Some(high) = high {
            self.expr(out, high, 0);
        }
        if let Some(max) = max {
            out.push(':');
            self.expr(out, max, 0);
        }
        out.push(']');
    }

    fn conversion_type(&self, out: &mut String, typ: TypeId) {
        let named = matches!(
            self.store.unaliased(typ),
            TypeKind::Named(_) | TypeKind::Basic(_)
        ) || typ == self.store.universe.any;
        if named {
            self.typ(out, typ);
        } else {
            out.push('(');
            self.typ(out, typ);
            out.push(')');
        }
    }

    fn unary(&self, out: &mut String, op: UnaryOp, x: NodeId) {
        let text = unary_text(op);
        if text.is_empty() {
            out.push_str(match op {
                UnaryOp::StringData => "<node unsafe.StringData>",
                UnaryOp::SliceData => "<node unsafe.SliceData>",
                UnaryOp::CheckNil => "<node CHECKNIL>",
                _ => "<node ITAB>",
            });
            return;
        }
        out.push_str(text);
        if text.len() > 2 {
            out.push('(');
            self.expr(out, x, 0);
            out.push(')');
            return;
        }
        if matches!(self.package.kind(x), Kind::Unary { op: inner, .. } if inner == op) {
            out.push(' ');
        }
        self.expr(out, x, PREFIX + 1);
    }

    fn binary(&self, out: &mut String, op: BinaryOp, x: NodeId, y: NodeId, precedence: u8) {
        match op {
            BinaryOp::UnsafeString => out.push_str("<node unsafe.String>"),
            BinaryOp::Copy | BinaryOp::Complex | BinaryOp::UnsafeAdd | BinaryOp::UnsafeSlice => {
                out.push_str(binary_text(op));
                out.push('(');
                self.expr(out, x, 0);
                out.push_str(", ");
                self.expr(out, y, 0);
                out.push(')');
            }
            _ => {
                self.expr(out, x, precedence);
                out.push_str(&format!(" {} ", binary_text(op)));
                self.expr(out, y, precedence + 1);
            }
        }
    }

    fn arguments(&self, out: &mut String, args: Nodes, spread: bool) {
        out.push('(');
        self.joined(out, args, ", ");
        out.push_str(if spread { "...)" } else { ")" });
    }

    fn make(&self, out: &mut String, typ: TypeId, len: Option<NodeId>, cap: Option<NodeId>) {
        out.push_str("make(");
        self.typ(out, typ);
        for size in [len, cap].into_iter().flatten() {
            if self.package.typ(size) == TypeId::UNTYPED_INT {
                continue;
            }
            out.push_str(", ");
            self.expr(out, size, 0);
        }
        out.push(')');
    }

    fn literal(&self, out: &mut String, value: &Value, typ: TypeId) {
        if typ == TypeId::RUNE || typ == TypeId::UNTYPED_RUNE {
            let rune = value.as_u64().and_then(|code| u32::try_from(code).ok());
            if let Some(rune) = rune.filter(|code| *code <= 0x0010_ffff) {
                out.push_str(&quoted_rune(rune));
                return;
            }
        }
        let float = match self.resolved(typ) {
            TypeKind::Basic(basic) => basic,
            _ => Basic::Invalid,
        };
        let default = match value {
            _ if matches!(float, Basic::Float32 | Basic::Float64) => TypeId::FLOAT64,
            Value::Bool(_) => TypeId::BOOL,
            Value::Str(_) => TypeId::STRING,
            Value::Int(_) | Value::Big(_) => TypeId::INT,
            Value::Ratio(_) | Value::Float(_) => TypeId::FLOAT64,
            Value::Complex(_) => TypeId::COMPLEX128,
            Value::Unknown => typ,
        };
        let text = match default {
            TypeId::FLOAT64 => float_text(value),
            _ => constant_text(value),
        };
        if typ == default || self.store.is_untyped(typ) {
            out.push_str(&text);
        } else {
            self.conversion_type(out, typ);
            out.push_str(&format!("({text})"));
        }
    }
}

fn unary_text(op: UnaryOp) -> &'static str {
    match op {
        UnaryOp::Plus => "+",
        UnaryOp::Neg => "-",
        UnaryOp::Not => "!",
        UnaryOp::BitNot => "^",
        UnaryOp::Recv => "<-",
        UnaryOp::Len => "len",
        UnaryOp::Cap => "cap",
        UnaryOp::Clear => "clear",
        UnaryOp::Close => "close",
        UnaryOp::Real => "real",
        UnaryOp::Imag => "imag",
        UnaryOp::New => "new",
        UnaryOp::Panic => "panic",
        UnaryOp::StringData | UnaryOp::SliceData | UnaryOp::CheckNil | UnaryOp::Itab => "",
    }
}

fn binary_text(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
        BinaryOp::Mod => "%",
        BinaryOp::And => "&",
        BinaryOp::Or => "|",
        BinaryOp::Xor => "^",
        BinaryOp::Shl => "<<",
        BinaryOp::Shr => ">>",
        BinaryOp::AndNot => "&^",
        BinaryOp::Eq => "==",
        BinaryOp::Ne => "!=",
        BinaryOp::Lt => "<",
        BinaryOp::Le => "<=",
        BinaryOp::Gt => ">",
        BinaryOp::Ge => ">=",
        BinaryOp::Copy => "copy",
        BinaryOp::Complex => "complex",
        BinaryOp::UnsafeAdd => "unsafe.Add",
        BinaryOp::UnsafeSlice => "unsafe.Slice",
        BinaryOp::UnsafeString => "unsafe.String",
    }
}

fn builtin_text(op: BuiltinOp) -> &'static str {
    match op {
        BuiltinOp::Append => "append",
        BuiltinOp::Delete => "delete",
        BuiltinOp::Max => "max",
        BuiltinOp::Min => "min",
        BuiltinOp::Print => "print",
        BuiltinOp::Println => "println",
        BuiltinOp::Recover => "recover",
    }
}

fn branch_text(kind: go_syntax::BranchKind) -> &'static str {
    match kind {
        go_syntax::BranchKind::Break => "break",
        go_syntax::BranchKind::Continue => "continue",
        go_syntax::BranchKind::Goto => "goto",
        go_syntax::BranchKind::Fallthrough => "fallthrough",
    }
}
