//! What a body costs: one for every node, with the adjustments of gc's table.
//!
//! Source: `hairyVisitor` of cmd/compile/internal/inline/inl.go, go1.27.3.

use go_ir::{
    BuiltinOp, Class, ConvOp, FuncId, Kind, ListOp, LitOp, NodeId, Package, RuntimeFunc, UnaryOp,
    is_method_of_instance,
};
use go_types::constant::Value;
use go_types::{ObjId, TypeKind};

use super::bloop::keeps_alive;
use super::intrinsics::{is_intrinsic, is_merged_load};
use super::static_value::captures_from_afar;
use super::verdict::{Examiner, NOT_LOOKED_AT, Verdict};

/// A call that is not inlined.
const CALL: i32 = 57;
/// A call of a parameter or captured variable: it may turn out to be inlined.
const PARAMETER_CALL: i32 = 17;
const PANIC: i32 = 1;
const CLOSURE: i32 = 15;
/// Callees up to this cost are inlined; closures up to twice as much.
pub(super) const MAX_CALLEE: i32 = 80;
/// The same in functions of many nodes.
pub(super) const MAX_CALLEE_IN_BIG: i32 = 20;
/// Functions with so many nodes are big.
const BIG: i64 = 5_000;

/// Why a body cannot be inlined at any cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Impossible(pub(super) String);

/// What is called.
enum Callee {
    /// A function that can be inlined.
    Inlinable { cost: i32, closure: bool },
    /// A function whose verdict is not known.
    Unknown(&'static str),
    /// A function that cannot be inlined, or none that is known.
    Other,
}

/// Sums up one function.
pub(super) struct CostVisitor<'v, 'a> {
    pub(super) examiner: &'v mut Examiner<'a>,
    pub(super) caller: FuncId,
    pub(super) big: bool,
    pub(super) cost: i32,
    /// What forbids inlining at any cost; `None` to stop at the first.
    pub(super) obstacles: Option<Vec<(NodeId, String)>>,
    /// Something that is not known, so that the cost is at least the one given.
    pub(super) unknown: Option<&'static str>,
}

impl<'a> CostVisitor<'_, 'a> {
    fn package(&self) -> &'a Package {
        self.examiner.package
    }

    /// The node forbids inlining: the end, or noted where all of them are asked for.
    fn forbid(&mut self, id: NodeId, reason: &str) -> Result<(), Impossible> {
        match &mut self.obstacles {
            Some(obstacles) => {
                obstacles.push((id, reason.to_owned()));
                Ok(())
            }
            None => Err(Impossible(reason.to_owned())),
        }
    }

    /// Adds the node and all below it.
    pub(super) fn visit(&mut self, id: NodeId) -> Result<(), Impossible> {
        match self.package().kind(id) {
            Kind::Call { fun, .. } => self.call(id, fun)?,
            Kind::Unary {
                op: UnaryOp::Panic,
                x,
            } => {
                let boxed = matches!(
                    self.package().kind(x),
                    Kind::Conv {
                        op: ConvOp::Iface,
                        implicit: true,
                        ..
                    }
                );
                self.cost += PANIC - i32::from(boxed);
            }
            Kind::Builtin {
                op: BuiltinOp::Recover,
                ..
            } => self.forbid(id, "call to recover")?,
            Kind::Closure(_) => self.cost += CLOSURE,
            Kind::Go(_) => self.forbid(id, "unhandled op GO")?,
            Kind::Defer { .. } => self.forbid(id, "unhandled op DEFER")?,
            Kind::Addr { x, .. } => self.cost -= self.first_field_credit(x),
            Kind::Deref { x, .. } => {
                let mut pointer = x;
                while let Kind::Conv {
                    op: ConvOp::Nop, x, ..
                } = self.package().kind(pointer)
                {
                    pointer = x;
                }
                let address = matches!(self.package().kind(pointer), Kind::Addr { .. });
                self.cost -= i32::from(address);
            }
            Kind::Conv {
                op: ConvOp::Nop, ..
            }
            | Kind::Block(_)
            | Kind::MethodExpr { .. } => self.cost -= 1,
            Kind::Branch {
                kind: go_syntax::BranchKind::Fallthrough,
                ..
            }
            | Kind::Type
            // Noted by its function.
            | Kind::Unsupported => return Ok(()),
            Kind::If { cond, then, els } => {
                let known = self.package().literal_of(cond).and_then(Value::as_bool);
                if let Some(known) = known {
                    for init in self.package().init(id) {
                        self.visit(*init)?;
                    }
                    let live = if known { then } else { els };
                    return self.visit_all(self.package().list(live));
                }
            }
            Kind::MethodValue { .. }
            | Kind::CompLit {
                op: LitOp::Slice | LitOp::Dots,
                ..
            } => self.cost += 1,
            Kind::AssignList {
                op: ListOp::Each,
                lhs,
                rhs,
                ..
            } => self.cost -= temporaries_credit(self.package(), lhs.len(), rhs),
            Kind::Slice { x, low, high, .. } => self.cost -= self.slice_credit(x, low, high),
            Kind::For {
                cond: Some(cond),
                body,
                ..
            } if self.is_benchmark_loop(cond) && keeps_alive(self.package(), body) => {
                self.unknown = self.unknown.or(Some("a loop over b.Loop()"));
            }
            _ => {}
        }
        self.cost += 1 + self.package().own_names(id) as i32;
        let mut children = Vec::new();
        self.package().children(id, |child| children.push(child));
        self.visit_all(&children)
    }

    fn visit_all(&mut self, nodes: &[NodeId]) -> Result<(), Impossible> {
        nodes.iter().try_for_each(|node| self.visit(*node))
    }

    /// Whether the condition is `b.Loop()`, of `testing.B`.
    fn is_benchmark_loop(&self, cond: NodeId) -> bool {
        let Kind::Call { fun, .. } = self.package().kind(cond) else {
            return false;
        };
        match self.package().kind(fun) {
            Kind::MethodExpr { method, .. } => {
                self.examiner.symbol(method) == ("testing".to_owned(), "B.Loop".to_owned())
            }
            _ => false,
        }
    }

    /// What a call costs besides its node and operands.
    fn call(&mut self, id: NodeId, fun: NodeId) -> Result<(), Impossible> {
        let kind = self.package().kind(fun);
        match kind {
            Kind::Runtime(RuntimeFunc::PanicRangeState) => return Ok(()),
            Kind::Runtime(RuntimeFunc::DeferRangeFunc) => {
                self.forbid(id, "defer call in range func")?;
            }
            _ => {}
        }
        let named = match kind {
            Kind::Func(obj) => Some(obj),
            Kind::MethodExpr { method, .. }
                if !is_method_of_instance(self.examiner.store, method) =>
            {
                Some(method)
            }
            _ => None,
        };
        if let Some(obj) = named {
            let (package, name) = self.examiner.symbol(obj);
            let caller_pc = matches!(name.as_str(), "GetCallerPC" | "GetCallerSP");
            if caller_pc && package == "internal/runtime/sys" {
                self.forbid(id, &format!("call to {name}"))?;
            }
            let cheap = (package == "internal/abi"
                && matches!(name.as_str(), "NoEscape" | "EscapeNonString"))
                || (package == "runtime" && matches!(name.as_str(), "heapBits.nextArena" | "getg"))
                || is_merged_load(&package, &name)
                || is_intrinsic(&package, &name);
            if cheap {
                return Ok(());
            }
        }
        let limit = if self.big {
            MAX_CALLEE_IN_BIG
        } else {
            MAX_CALLEE
        };
        match self.callee(fun) {
            Callee::Inlinable { cost, closure }
                if cost <= if closure { 2 * limit } else { limit } =>
            {
                self.cost += cost;
            }
            // Its body, or a call: at least nothing.
            Callee::Unknown(reason) => self.unknown = self.unknown.or(Some(reason)),
            Callee::Inlinable { .. } | Callee::Other => {
                let parameter = match kind {
                    Kind::Var(var) => matches!(
                        self.package().vars[var].class,
                        Class::Param | Class::Captured
                    ),
                    _ => false,
                };
                self.cost += if parameter { PARAMETER_CALL } else { CALL };
            }
        }
        Ok(())
    }

    fn callee(&mut self, fun: NodeId) -> Callee {
        let value = self
            .examiner
            .state
            .assignments
            .static_value(self.package(), fun);
        let (verdict, closure) = match self.package().kind(value) {
            Kind::Func(obj) | Kind::Inst(obj) => (self.declared(obj), false),
            Kind::MethodExpr { x, method }
                if is_method_of_instance(self.examiner.store, method)
                    || is_receiver(self.examiner.store, self.package().typ(x), method) =>
            {
                (self.declared(method), false)
            }
            Kind::Closure(func) => {
                if captures_from_afar(self.package(), func, self.caller) {
                    return Callee::Other;
                }
                self.examiner.examine(func);
                (self.examiner.of(func), true)
            }
            _ => return Callee::Other,
        };
        match verdict {
            Some(Verdict::Inlinable { cost }) => Callee::Inlinable { cost, closure },
            Some(Verdict::Unknown(reason)) => Callee::Unknown(reason),
            _ => Callee::Other,
        }
    }

    fn declared(&self, obj: ObjId) -> Option<Verdict> {
        match self.examiner.state.by_object.get(&obj) {
            Some(func) if *func == self.caller => None,
            Some(func) => self.examiner.of(*func),
            None => Some((self.examiner.of_import(obj)).unwrap_or(Verdict::Unknown(NOT_LOOKED_AT))),
        }
    }

    /// `&x.f` of the first field of a variable is free.
    fn first_field_credit(&mut self, x: NodeId) -> i32 {
        let Kind::Dot { x, field, pointer } = self.package().kind(x) else {
            return 0;
        };
        if !matches!(self.package().kind(x), Kind::Var(_) | Kind::Global(_)) {
            return 0;
        }
        let typ = self.package().typ(x);
        if self.examiner.offset(typ, field, pointer) == 0 {
            2
        } else {
            0
        }
    }

    /// Bounds that change nothing: a low of 0, and a high that is the length of the same variable.
    fn slice_credit(&self, x: NodeId, low: Option<NodeId>, high: Option<NodeId>) -> i32 {
        let package = self.package();
        let zero = low.and_then(|low| package.literal_of(low)?.as_i64()) == Some(0);
        let mut credit = i32::from(zero);
        if let Some(high) = high
            && let Kind::Unary {
                op: UnaryOp::Len,
                x: measured,
            } = package.kind(high)
            && is_same_name(package, measured, x)
        {
            credit += 2;
        }
        credit
    }
}

/// Whether a method is called with its own receiver type, not through an embedded one.
pub(super) fn is_receiver(store: &go_types::Store, used: go_types::TypeId, method: ObjId) -> bool {
    let signature = store.as_signature(store.obj_type(method));
    let Some(recv) = signature.and_then(|signature| signature.recv) else {
        return false;
    };
    let (declared, used) = (store.deref(store.obj_type(recv)), store.deref(used));
    declared.1 == used.1 && store.as_named(declared.0) == store.as_named(used.0)
}

/// Whether both are one node for gc, as only names are.
fn is_same_name(package: &Package, x: NodeId, y: NodeId) -> bool {
    match (package.kind(x), package.kind(y)) {
        (Kind::Var(x), Kind::Var(y)) => x == y,
        (Kind::Global(x), Kind::Global(y)) => x == y,
        _ => false,
    }
}

/// Temporaries of `a, b = f()` are not counted.
fn temporaries_credit(package: &Package, n_targets: usize, rhs: go_ir::Nodes) -> i32 {
    let Some(first) = package.list(rhs).first() else {
        return 0;
    };
    match package.init(*first) {
        [only] if matches!(package.kind(*only), Kind::AssignList { .. }) => {
            4 * n_targets as i32 + 1
        }
        _ => 0,
    }
}

/// Whether the function has so many nodes that little is inlined into it.
pub(super) fn is_big(package: &Package, func: FuncId) -> bool {
    let mut count = 0;
    for root in package.list(package.funcs[func].body) {
        package.walk(*root, &mut |id| {
            count += 1 + i64::from(package.own_names(id));
            if let Kind::AssignList {
                op: ListOp::Each,
                lhs,
                rhs,
                ..
            } = package.kind(id)
            {
                count -= i64::from(temporaries_credit(package, lhs.len(), rhs));
            }
            count < BIG
        });
    }
    count >= BIG
}

/// Whether the type is a struct or points to one.
pub(super) fn struct_of(kind: TypeKind) -> Option<go_types::Struct> {
    match kind {
        TypeKind::Struct(strukt) => Some(strukt),
        _ => None,
    }
}
