//! What depends on calls of which it is not known whether they are inlined.
//!
//! Flows through such a call have two bounds: nothing flows, or what the callee's tags say, everything without tags.
//! If the call is inlined, more is different: calls of what it gives may turn out to be known, so they have the same
//! bounds. A closure that it takes may be gone: its literal has no line then, and neither has its body if it captures
//! something. What the call gives may be a constant.

use base::IndexVec;
use go_ir::{
    BuiltinOp, ConvOp, FuncId, Kind, ListOp, NodeId, Package, VarId, is_method_of_instance,
};
use go_types::Store;
use rustc_hash::FxHashSet;

use super::oracle::{Oracle, is_init};

/// What is in doubt in a package.
pub(super) struct Doubts {
    /// Why, of functions with such calls in them, around them or in other closures of the function around them.
    reasons: IndexVec<FuncId, Option<&'static str>>,
    /// Closures that may be gone.
    closures: FxHashSet<FuncId>,
    /// What is below initializers with such calls: they may turn out to be static.
    initializers: FxHashSet<NodeId>,
}

impl Doubts {
    pub(super) fn of(package: &Package) -> Self {
        let mut doubts = Self {
            reasons: package.funcs.iter().map(|_| None).collect(),
            closures: FxHashSet::default(),
            initializers: FxHashSet::default(),
        };
        for (id, func) in package.funcs.iter_enumerated() {
            for root in package.list(func.body) {
                let mut reason = None;
                package.walk(*root, &mut |id| {
                    reason = reason.or(package.uncertain(id));
                    reason.is_none()
                });
                if reason.is_none() {
                    continue;
                }
                let outermost = package.outermost(id);
                doubts.reasons[outermost] = doubts.reasons[outermost].or(reason);
                if is_init(package, id) {
                    package.walk(*root, &mut |id| doubts.initializers.insert(id));
                }
            }
        }
        for id in package.funcs.ids() {
            doubts.reasons[id] = doubts.reasons[package.outermost(id)];
        }
        doubts.find_closures(package);
        doubts
    }

    /// Why some lines of the function are not known; `None` if all are.
    pub(super) fn reason(&self, func: FuncId) -> Option<&'static str> {
        self.reasons[func]
    }

    /// Closures that calls in doubt take, directly or through variables, also those that are captured by such.
    fn find_closures(&mut self, package: &Package) {
        let mut vars = FxHashSet::default();
        let mut pending = Vec::new();
        let mut assigned = Vec::new();
        for (id, func) in package.funcs.iter_enumerated() {
            if self.reasons[id].is_none() {
                continue;
            }
            for root in package.list(func.body) {
                package.walk(*root, &mut |id| {
                    match package.kind(id) {
                        Kind::Call { fun, args, .. } if package.uncertain(id).is_some() => {
                            pending.push(fun);
                            pending.extend_from_slice(package.list(args));
                        }
                        _ => assigned.extend(assignments(package, id)),
                    }
                    true
                });
            }
        }
        while let Some(value) = pending.pop() {
            match package.kind(value) {
                Kind::Conv {
                    op: ConvOp::Nop, x, ..
                } => pending.push(x),
                Kind::Var(var) => follow(package, var, &assigned, &mut vars, &mut pending),
                Kind::Closure(func) if self.closures.insert(func) => {
                    for captured in &package.funcs[func].captured {
                        follow(package, *captured, &assigned, &mut vars, &mut pending);
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether nothing is said in the function: it may be gone.
    pub(super) fn is_func_doubtful(&self, package: &Package, func: FuncId) -> bool {
        let mut func = func;
        while !package.funcs[func].captured.is_empty() {
            if self.closures.contains(&func) {
                return true;
            }
            match package.funcs[func].parent {
                Some(parent) => func = parent,
                None => break,
            }
        }
        false
    }

    /// Whether it is not known what the expression or statement says when it is printed whole.
    pub(super) fn is_text_doubtful(&self, store: &Store, package: &Package, node: NodeId) -> bool {
        self.is_node_doubtful(store, package, node)
            || match package.kind(node) {
                Kind::Builtin { args, .. } => (package.list(args).iter())
                    .any(|arg| self.is_text_doubtful(store, package, *arg)),
                _ => false,
            }
    }

    /// Whether it is not known that the expression's line is there and what it says.
    pub(super) fn is_node_doubtful(&self, store: &Store, package: &Package, node: NodeId) -> bool {
        if self.initializers.contains(&node) {
            return true;
        }
        match package.kind(node) {
            Kind::Closure(func) => self.closures.contains(&func),
            // The text names the type at most.
            Kind::CompLit { .. }
            | Kind::PtrLit(_)
            | Kind::Builtin {
                op: BuiltinOp::Append,
                ..
            } => false,
            _ => {
                let mut doubtful = false;
                package.walk(node, &mut |id| {
                    doubtful |= match package.kind(id) {
                        // Nothing below them is printed.
                        Kind::DynamicType(_) => return false,
                        Kind::TypeAssert { words, .. } if !words.is_empty() => return false,
                        Kind::Call { .. } => package.uncertain(id).is_some(),
                        Kind::Assign { .. } => package.partly_static.contains(&id),
                        Kind::Inst(_) | Kind::Dict(None) => true,
                        Kind::Index { .. } => package.is_unknown_word(id),
                        Kind::MethodExpr { method, .. } => is_method_of_instance(store, method),
                        _ => false,
                    };
                    !doubtful
                });
                doubtful
            }
        }
    }

    /// Whether the value of an expression may be known better than its static value says.
    pub(super) fn is_value_doubtful(
        &self,
        store: &Store,
        package: &Package,
        oracle: &Oracle,
        func: FuncId,
        value: NodeId,
    ) -> bool {
        if self.reason(func).is_none() {
            return false;
        }
        let call = match package.kind(value) {
            Kind::Var(var) => {
                let var = package.canonical(var);
                match package.vars[var].definition.map(|stmt| package.kind(stmt)) {
                    Some(Kind::AssignList { rhs, .. }) => package.list(rhs).first().copied(),
                    _ => None,
                }
            }
            _ => Some(value),
        };
        let Some(call) = call else {
            return false;
        };
        match package.kind(call) {
            Kind::Call { fun, .. } => {
                package.uncertain(call).is_some()
                    || oracle.callees(store, package, func, fun).is_none()
            }
            _ => false,
        }
    }
}

/// Variables that the statement assigns, with their values.
fn assignments(package: &Package, stmt: NodeId) -> Vec<(VarId, NodeId)> {
    let one = |x, y| match package.kind(x) {
        Kind::Var(var) => Some((package.canonical(var), y)),
        _ => None,
    };
    match package.kind(stmt) {
        Kind::Assign { x, y: Some(y), .. } => one(x, y).into_iter().collect(),
        Kind::AssignList {
            op: ListOp::Each,
            lhs,
            rhs,
            ..
        } => {
            let pairs = package.list(lhs).iter().zip(package.list(rhs));
            pairs.filter_map(|(x, y)| one(*x, *y)).collect()
        }
        _ => Vec::new(),
    }
}

/// Adds the values of a variable that was not met before.
fn follow(
    package: &Package,
    var: VarId,
    assigned: &[(VarId, NodeId)],
    seen: &mut FxHashSet<VarId>,
    pending: &mut Vec<NodeId>,
) {
    let var = package.canonical(var);
    if seen.insert(var) {
        let values = assigned.iter().filter(|(target, _)| *target == var);
        pending.extend(values.map(|(_, value)| *value));
    }
}
