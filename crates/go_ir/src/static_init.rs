//! Package-level variables that the linker can initialize: their assignments leave the function that runs
//! initializers. Large maps get a function of their own.
//!
//! Source: cmd/compile/internal/staticinit/sched.go, go1.27.3.

use go_syntax::BranchKind;
use go_types::constant::Value;
use go_types::{Store, TypeId, TypeKind};
use rustc_hash::FxHashMap;

use crate::func::{Func, FuncId, Package, VarId, Wrapper};
use crate::node::{BinaryOp, ConvOp, Kind, ListOp, LitOp, NodeId, Nodes, UnaryOp};

/// Maps with so many nodes in their initializer get a function of their own.
const LARGE_MAP: usize = 20;

/// Takes what is static out of the package's `init`, whose calls are inlined. `local` is the package that is
/// compiled.
pub fn initialize_statically(store: &mut Store, package: &mut Package, local: go_types::PkgId) {
    let init = package.funcs.iter_enumerated();
    let init = init.map(|(id, _)| id).find(|id| is_init(package, *id));
    let Some(init) = init else {
        return;
    };
    let path = store.packages[local].path;
    let path = store.names.text(path);
    let fips = path == "crypto/internal/fips140" || path.starts_with("crypto/internal/fips140/");
    let mut schedule = Schedule {
        store,
        package,
        fips,
        args: FxHashMap::default(),
        out: Vec::new(),
    };
    let body = schedule
        .package
        .list(schedule.package.funcs[init].body)
        .to_vec();
    for stmt in body {
        match schedule.large_map(stmt) {
            Some(call) => schedule.out.push(call),
            None => {
                if !schedule.is_static(stmt) {
                    schedule.out.push(stmt);
                }
            }
        }
    }
    let out = schedule.out;
    package.funcs[init].body = package.add_list(&out);
}

/// Whether the function runs the initializers of the package.
fn is_init(package: &Package, func: FuncId) -> bool {
    let func = &package.funcs[func];
    func.obj.is_none() && func.parent.is_none() && func.name == "init"
}

struct Schedule<'a> {
    store: &'a mut Store,
    package: &'a mut Package,
    /// No address of a global may be in the data of this package.
    fips: bool,
    /// Arguments of the inlined calls that the value being looked at comes from.
    args: FxHashMap<VarId, NodeId>,
    /// Statements that stay.
    out: Vec<NodeId>,
}

impl Schedule<'_> {
    /// Whether nothing of the statement stays but what was put out.
    fn is_static(&mut self, stmt: NodeId) -> bool {
        let (lhs, value) = match self.package.kind(stmt) {
            Kind::Assign { x, y: Some(y), .. } => (vec![x], y),
            Kind::AssignList {
                op: ListOp::Each, ..
            } => return false,
            Kind::AssignList { lhs, rhs, .. } => {
                (self.package.list(lhs).to_vec(), self.package.list(rhs)[0])
            }
            _ => return false,
        };
        let blank = |x: &NodeId| matches!(self.package.kind(*x), Kind::Blank);
        if lhs.iter().all(blank) && !any_side_effects(self.package, value) {
            return true;
        }
        match lhs[..] {
            [target] if self.package.init(stmt).is_empty() => {
                let before = self.out.len();
                let done = self.assign(target, value);
                if !done {
                    self.out.truncate(before);
                }
                done
            }
            _ => false,
        }
    }

    /// Whether the value can be in the target's data; parts that cannot are put out as assignments.
    fn assign(&mut self, target: NodeId, value: NodeId) -> bool {
        let mut value = value;
        while let Kind::Conv {
            op: ConvOp::Nop, x, ..
        } = self.package.kind(value)
        {
            value = x;
        }
        if !self.package.init(value).is_empty()
            && !matches!(self.package.kind(value), Kind::InlinedCall { .. })
        {
            return false;
        }
        match self.package.kind(value) {
            Kind::Nil => true,
            Kind::Literal(literal) => {
                !self.fips
                    || match self.package.literal(literal) {
                        Value::Str(text) => text.to_vec().is_empty(),
                        _ => true,
                    }
            }
            Kind::CompLit {
                op: LitOp::Array | LitOp::Struct,
                ..
            } => {
                self.elements(target, value);
                true
            }
            Kind::Var(var) => match self.args.get(&var).copied() {
                Some(arg) => self.assign(target, arg),
                None => false,
            },
            _ if self.fips => false,
            // A copy of a variable that is static itself allocates nothing either way.
            Kind::Global(_) | Kind::Func(_) | Kind::Inst(_) | Kind::MethodExpr { .. } => true,
            Kind::Addr { x, .. } => self.is_static_location(x),
            Kind::PtrLit(x) => {
                self.part(target, x);
                true
            }
            Kind::Conv {
                op: ConvOp::StrToBytes,
                x,
                ..
            } => matches!(self.package.kind(self.substituted(x)), Kind::Literal(_)),
            Kind::CompLit {
                op: LitOp::Slice | LitOp::Dots,
                ..
            } => {
                self.elements(target, value);
                true
            }
            Kind::Closure(func) => self.package.funcs[func].captured.is_empty(),
            Kind::AddStr(list) => {
                let parts = self.package.list(list);
                parts.iter().all(|part| self.text(*part).is_some())
            }
            Kind::Conv {
                op: ConvOp::Iface, ..
            } => self.boxed(target, value),
            Kind::InlinedCall { .. } => self.inlined(target, value),
            _ => false,
        }
    }

    fn substituted(&self, id: NodeId) -> NodeId {
        match self.package.kind(id) {
            Kind::Var(var) => self.args.get(&var).copied().unwrap_or(id),
            _ => id,
        }
    }

    /// A part of the target's value, which stays as an assignment if it is not static.
    fn part(&mut self, target: NodeId, value: NodeId) {
        if self.assign(target, value) {
            return;
        }
        self.substitute(value);
        let pos = self.package.node(value).pos;
        let kind = Kind::Assign {
            x: target,
            y: Some(value),
            define: false,
        };
        let stmt = self.package.add(kind, TypeId::INVALID, pos);
        self.package.partly_static.insert(stmt);
        self.out.push(stmt);
    }

    /// Puts arguments in place of the parameters of inlined calls, and joins constant strings that get next to each other.
    fn substitute(&mut self, root: NodeId) {
        let mut nodes = Vec::new();
        self.package.walk(root, &mut |id| {
            nodes.push(id);
            true
        });
        for id in nodes.into_iter().rev() {
            match self.package.kind(id) {
                Kind::Var(var) => {
                    let Some(arg) = self.args.get(&var).copied() else {
                        continue;
                    };
                    self.substitute(arg);
                    let init = self.package.init(arg).to_vec();
                    *self.package.node_mut(id) = *self.package.node(arg);
                    self.package.prepend_init(id, &init);
                }
                Kind::AddStr(list) => self.join(id, list),
                _ => {}
            }
        }
    }

    /// Joins constants in a chain of `+`.
    fn join(&mut self, chain: NodeId, list: Nodes) {
        let mut parts: Vec<NodeId> = Vec::new();
        for part in self.package.list(list).to_vec() {
            let last = parts.last().and_then(|last| self.text(*last));
            match (last, self.text(part)) {
                (Some(mut text), Some(more)) => {
                    text.extend(more);
                    let literal = self.package.add_literal(Value::string(&text));
                    let node = *self.package.node(part);
                    let kind = Kind::Literal(literal);
                    let joined = (self.package).add_inlined(kind, node.typ, node.pos, node.inline);
                    parts.pop();
                    parts.push(joined);
                }
                _ => parts.push(part),
            }
        }
        self.package.node_mut(chain).kind = match parts[..] {
            [one] => self.package.kind(one),
            _ => Kind::AddStr(self.package.add_list(&parts)),
        };
    }

    fn text(&self, id: NodeId) -> Option<Vec<u8>> {
        match self.package.literal_of(self.substituted(id))? {
            Value::Str(text) => Some(text.to_vec()),
            _ => None,
        }
    }

    fn elements(&mut self, target: NodeId, literal: NodeId) {
        let Kind::CompLit { elems, .. } = self.package.kind(literal) else {
            return;
        };
        for index in 0..elems.len() {
            let elem = self.package.list(elems)[index];
            let value = match self.package.kind(elem) {
                Kind::Key { value, .. } | Kind::StructKey { value, .. } => value,
                _ => elem,
            };
            self.part(target, value);
        }
    }

    fn boxed(&mut self, target: NodeId, value: NodeId) -> bool {
        let mut held = value;
        while let Kind::Conv {
            op: ConvOp::Iface,
            x,
            ..
        } = self.package.kind(held)
        {
            held = self.substituted(x);
        }
        let typ = self.package.typ(held);
        if self.store.is_non_type_param_interface(typ) {
            return matches!(self.package.kind(held), Kind::Nil);
        }
        self.part(target, held);
        true
    }

    /// A call whose body is one `return` is the value that this returns, with arguments in place of parameters.
    fn inlined(&mut self, target: NodeId, call: NodeId) -> bool {
        let Some((params, args, value)) = self.returned(call) else {
            return false;
        };
        for (param, arg) in params.iter().zip(&args) {
            if param.is_some_and(|param| self.package.vars[param].address_taken)
                || any_side_effects(self.package, *arg)
            {
                return false;
            }
        }
        let mut counts: FxHashMap<VarId, u32> = FxHashMap::default();
        let mut captures = false;
        self.package.walk(value, &mut |id| {
            match self.package.kind(id) {
                Kind::Var(var) => *counts.entry(var).or_default() += 1,
                Kind::Closure(func) => captures |= !self.package.funcs[func].captured.is_empty(),
                _ => {}
            }
            true
        });
        if captures {
            return false;
        }
        for (param, arg) in params.iter().zip(&args) {
            if let Some(param) = param
                && counts.get(param).is_some_and(|count| *count > 1)
                && !can_repeat(self.package, *arg)
            {
                return false;
            }
        }
        for (param, arg) in params.iter().zip(&args) {
            if let Some(param) = *param {
                let arg = self.substituted(*arg);
                self.args.insert(param, arg);
            }
        }
        let done = self.assign(target, value);
        if !done {
            for param in params.into_iter().flatten() {
                self.args.remove(&param);
            }
        }
        done
    }

    /// Parameters, arguments and the returned value of a call that is replaced by one `return`.
    fn returned(&self, call: NodeId) -> Option<(Vec<Option<VarId>>, Vec<NodeId>, NodeId)> {
        let package = &*self.package;
        let Kind::InlinedCall { body, .. } = package.kind(call) else {
            return None;
        };
        let (lhs, rhs, mark) = match *package.init(call) {
            [mark] => (Nodes::EMPTY, Nodes::EMPTY, mark),
            [assign, mark] => match package.kind(assign) {
                Kind::AssignList {
                    op: ListOp::Each,
                    lhs,
                    rhs,
                    ..
                } => (lhs, rhs, mark),
                _ => return None,
            },
            _ => return None,
        };
        let &[block, label] = package.list(body) else {
            return None;
        };
        let (Kind::InlineMark(_), Kind::Block(block), Kind::Label(_)) =
            (package.kind(mark), package.kind(block), package.kind(label))
        else {
            return None;
        };
        let &[declare, result, goto] = package.list(block) else {
            return None;
        };
        let (
            Kind::Declare(_),
            Kind::AssignList { rhs: values, .. },
            Kind::Branch {
                kind: BranchKind::Goto,
                ..
            },
        ) = (
            package.kind(declare),
            package.kind(result),
            package.kind(goto),
        )
        else {
            return None;
        };
        let &[value] = package.list(values) else {
            return None;
        };
        let params = package.list(lhs).iter().map(|x| match package.kind(*x) {
            Kind::Var(var) => Some(var),
            _ => None,
        });
        Some((params.collect(), package.list(rhs).to_vec(), value))
    }

    /// Whether the address is known to the linker.
    fn is_static_location(&mut self, id: NodeId) -> bool {
        match self.package.kind(id) {
            Kind::Global(_) => true,
            Kind::Dot {
                x, pointer: false, ..
            } => self.is_static_location(x),
            Kind::Index { x, index } => {
                let typ = self.package.typ(x);
                matches!(self.store.under_kind(typ), TypeKind::Array { .. })
                    && self.package.literal_of(index).is_some()
                    && self.is_static_location(x)
            }
            _ => false,
        }
    }

    /// Moves the assignment of a large map into a function, and gives the call of that.
    fn large_map(&mut self, stmt: NodeId) -> Option<NodeId> {
        let Kind::Assign { x, y: Some(y), .. } = self.package.kind(stmt) else {
            return None;
        };
        if !matches!(self.package.kind(x), Kind::Global(_)) {
            return None;
        }
        let typ = self.package.typ(x);
        if !matches!(self.store.under_kind(typ), TypeKind::Map { .. }) {
            return None;
        }
        let mut size = 0;
        self.package.walk(y, &mut |_| {
            size += 1;
            true
        });
        if size < LARGE_MAP || any_side_effects(self.package, y) {
            return None;
        }
        let typ = self.store.signature(go_types::Signature::default());
        let pos = self.package.node(stmt).pos;
        let body = self.package.add_list(&[stmt]);
        let before = self.package.funcs.iter();
        let number = before
            .filter(|func| func.name.starts_with(MAP_INIT))
            .count();
        let func = self.package.funcs.push(Func {
            body,
            // Not a literal of the program.
            wrapper: Wrapper::Yes,
            ..Func::new(format!("{MAP_INIT}{number}"), typ, pos)
        });
        let fun = self.package.add(Kind::Closure(func), typ, pos);
        let kind = Kind::Call {
            fun,
            args: Nodes::EMPTY,
            spread: false,
        };
        Some(self.package.add(kind, TypeId::INVALID, pos))
    }
}

/// What the functions that fill large maps are called, before their number.
const MAP_INIT: &str = "map.init.";

/// Whether evaluating the expression may have effects.
fn any_side_effects(package: &Package, root: NodeId) -> bool {
    package.any(root, |id| is_side_effect(package, id))
}

fn is_side_effect(package: &Package, id: NodeId) -> bool {
    let literal = |id: NodeId| package.literal_of(id);
    let is_zero = |value: &Value| value.as_i64() == Some(0);
    match package.kind(id) {
        Kind::Var(_)
        | Kind::Global(_)
        | Kind::Func(_)
        | Kind::Inst(_)
        | Kind::Runtime(_)
        | Kind::Dict(_)
        | Kind::Blank
        | Kind::Type
        | Kind::DynamicType(_)
        | Kind::Literal(_)
        | Kind::Nil
        | Kind::AddStr(_)
        | Kind::Addr { .. }
        | Kind::PtrLit(_)
        | Kind::Logical { .. }
        | Kind::CompLit { .. }
        | Kind::Key { .. }
        | Kind::StructKey { .. } => false,
        Kind::Dot { pointer, .. } => pointer,
        Kind::Conv { op, .. } => matches!(op, ConvOp::SliceToArray | ConvOp::SliceToArrayPtr),
        Kind::Unary { op, .. } => !matches!(
            op,
            UnaryOp::Cap
                | UnaryOp::Len
                | UnaryOp::New
                | UnaryOp::Not
                | UnaryOp::BitNot
                | UnaryOp::Plus
                | UnaryOp::Neg
                | UnaryOp::Real
                | UnaryOp::Imag
        ),
        Kind::Binary { op, y, .. } => match op {
            BinaryOp::Div | BinaryOp::Mod => literal(y).is_none_or(is_zero),
            BinaryOp::Copy
            | BinaryOp::UnsafeAdd
            | BinaryOp::UnsafeSlice
            | BinaryOp::UnsafeString => true,
            _ => false,
        },
        // Of slices the length is given, of others it may be the 0 that stands for none.
        Kind::Make { len, cap: None } => !len.is_some_and(|len| literal(len).is_some_and(is_zero)),
        _ => true,
    }
}

/// Whether evaluating the expression twice gives the same.
fn can_repeat(package: &Package, root: NodeId) -> bool {
    !package.any(root, |id| {
        is_side_effect(package, id)
            || matches!(
                package.kind(id),
                Kind::Make { .. }
                    | Kind::PtrLit(_)
                    | Kind::CompLit {
                        op: LitOp::Map | LitOp::Slice | LitOp::Dots,
                        ..
                    }
                    | Kind::Unary {
                        op: UnaryOp::New,
                        ..
                    }
                    | Kind::Conv {
                        op: ConvOp::StrToBytes | ConvOp::StrToRunes,
                        ..
                    }
            )
    })
}
