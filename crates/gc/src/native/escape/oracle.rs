//! What variables are known to hold, over all bodies of a package.
//!
//! Source: cmd/compile/internal/ir/reassignment.go, go1.27.3. There one oracle serves a function and the
//! closures in it; no variable is met elsewhere, so one for the package says the same.

use base::IndexVec;
use go_ir::{
    Callee, Class, ConvOp, FuncId, Kind, ListOp, NodeId, Package, VarId, is_method_of_instance,
};
use go_types::{ObjId, Store, TypeKind};
use rustc_hash::{FxHashMap, FxHashSet};

/// What is assigned.
#[derive(Clone, Copy)]
enum Value {
    /// The right side of an assignment of one value; `None` for zero.
    Simple(Option<NodeId>),
    /// One of several values, or a part of the variable's value.
    Other,
}

/// Assignments of a package.
pub(super) struct Oracle {
    /// Assigned besides the definition, or partly.
    reassigned: IndexVec<VarId, bool>,
    /// Right sides of all assignments to variables of function type, except `nil`; `None` if some assignment
    /// is not a simple one.
    funcs: FxHashMap<VarId, Option<Vec<NodeId>>>,
}

impl Oracle {
    pub(super) fn of(store: &mut Store, package: &Package) -> Self {
        let mut oracle = Self {
            reassigned: package.vars.iter().map(|_| false).collect(),
            funcs: FxHashMap::default(),
        };
        let mut seen = FxHashSet::default();
        for (id, func) in package.funcs.iter_enumerated() {
            // Closures count only where their literal stands.
            if func.parent.is_none() {
                oracle.look_at(store, package, id, &mut seen);
            }
        }
        // The literal of some is gone: they are the values of static variables.
        for (id, func) in package.funcs.iter_enumerated() {
            if func.captured.is_empty() && !seen.contains(&id) {
                oracle.look_at(store, package, id, &mut seen);
            }
        }
        oracle
    }

    fn look_at(
        &mut self,
        store: &mut Store,
        package: &Package,
        func: FuncId,
        seen: &mut FxHashSet<FuncId>,
    ) {
        let mut pending = vec![func];
        while let Some(func) = pending.pop() {
            if !seen.insert(func) {
                continue;
            }
            for root in package.list(package.funcs[func].body) {
                package.walk(*root, &mut |id| {
                    if let Kind::Closure(func) = package.kind(id) {
                        pending.push(func);
                    }
                    self.note(store, package, id);
                    true
                });
            }
        }
    }

    fn note(&mut self, store: &mut Store, package: &Package, id: NodeId) {
        match package.kind(id) {
            Kind::Assign { x, y, .. } => self.assigned(store, package, x, id, Value::Simple(y)),
            Kind::AssignOp { x, .. } => self.assigned(store, package, x, id, Value::Other),
            Kind::AssignList { lhs, .. } => {
                for x in package.list(lhs) {
                    self.assigned(store, package, *x, id, Value::Other);
                }
            }
            Kind::Range { key, value, .. } => {
                for x in [key, value].into_iter().flatten() {
                    self.assigned(store, package, x, id, Value::Other);
                }
            }
            _ => {}
        }
    }

    fn assigned(
        &mut self,
        store: &mut Store,
        package: &Package,
        target: NodeId,
        stmt: NodeId,
        value: Value,
    ) {
        let Kind::Var(var) = package.kind(outer_value(store, package, target)) else {
            return;
        };
        let var = package.canonical(var);
        if package.vars[var].definition != Some(stmt) {
            self.reassigned[var] = true;
        }
        if !matches!(
            store.under_kind(package.vars[var].typ),
            TypeKind::Signature(_)
        ) {
            return;
        }
        let known = self.funcs.entry(var).or_insert_with(|| Some(Vec::new()));
        match value {
            Value::Simple(Some(value)) if !is_nil(package, value) => {
                if let Some(known) = known {
                    known.push(value);
                }
            }
            Value::Simple(_) => {}
            Value::Other => *known = None,
        }
    }

    /// The expression that the node is known to be: through conversions without code, and variables that
    /// have one value. `asker` is the function in which the node stands.
    pub(super) fn static_value(&self, package: &Package, asker: FuncId, node: NodeId) -> NodeId {
        let mut node = node;
        loop {
            let known = match package.kind(node) {
                Kind::Conv {
                    op: ConvOp::Nop, x, ..
                } => Some(x),
                Kind::Var(var) => self.value_of(package, asker, package.canonical(var)),
                Kind::InlinedCall { results, .. } => match package.list(results) {
                    [result] => Some(*result),
                    _ => None,
                },
                _ => None,
            };
            match known {
                Some(known) => node = known,
                None => return node,
            }
        }
    }

    fn value_of(&self, package: &Package, asker: FuncId, var: VarId) -> Option<NodeId> {
        let variable = &package.vars[var];
        // Closures in the initializers of the package do not know what is around them.
        if variable.func != asker && is_init(package, variable.func) {
            return None;
        }
        if variable.class != Class::Local || variable.address_taken || self.reassigned[var] {
            return None;
        }
        match package.kind(variable.definition?) {
            Kind::Assign { y, .. } => y,
            Kind::AssignList {
                op: ListOp::Each,
                lhs,
                rhs,
                ..
            } => {
                let is_target = |x: &NodeId| matches!(package.kind(*x), Kind::Var(x) if x == var);
                let index = package.list(lhs).iter().position(is_target)?;
                package.list(rhs).get(index).copied()
            }
            _ => None,
        }
    }

    /// The functions that a call may reach; none if that is not known.
    pub(super) fn callees(
        &self,
        store: &Store,
        package: &Package,
        asker: FuncId,
        fun: NodeId,
    ) -> Option<Vec<Callee>> {
        let value = self.static_value(package, asker, fun);
        if let Some(func) = static_func(store, package, value) {
            return Some(vec![func]);
        }
        let Kind::Var(var) = package.kind(value) else {
            return None;
        };
        let var = package.canonical(var);
        let variable = &package.vars[var];
        if variable.class != Class::Local || variable.address_taken {
            return None;
        }
        if let Some(definition) = variable.definition
            && !matches!(package.kind(definition), Kind::Assign { .. })
        {
            return None;
        }
        let assigned = self.funcs.get(&var)?.as_ref()?;
        let known = assigned
            .iter()
            .map(|value| static_func(store, package, *value));
        known.collect()
    }
}

/// Whether the function runs the initializers of the package.
pub(super) fn is_init(package: &Package, func: FuncId) -> bool {
    let func = &package.funcs[func];
    func.obj.is_none() && func.parent.is_none() && func.name == "init"
}

/// The function that an expression is.
fn static_func(store: &Store, package: &Package, value: NodeId) -> Option<Callee> {
    match package.kind(value) {
        Kind::Func(obj) | Kind::Inst(obj) => Some(Callee::Declared(obj)),
        Kind::Closure(func) => Some(Callee::Closure(func)),
        Kind::MethodExpr { x, method }
            if is_method_of_instance(store, method)
                || is_receiver(store, package.typ(x), method) =>
        {
            Some(Callee::Declared(method))
        }
        _ => None,
    }
}

/// Whether the type is the method's own receiver type, not one that embeds it.
pub(super) fn is_receiver(store: &Store, typ: go_types::TypeId, method: ObjId) -> bool {
    let signature = store.as_signature(store.obj_type(method));
    let Some(recv) = signature.and_then(|signature| signature.recv) else {
        return false;
    };
    let (declared, used) = (store.deref(store.obj_type(recv)), store.deref(typ));
    let named = store.as_named(declared.0);
    named.is_some() && named == store.as_named(used.0)
}

fn is_nil(package: &Package, mut value: NodeId) -> bool {
    while let Kind::Conv {
        op: ConvOp::Nop, x, ..
    } = package.kind(value)
    {
        value = x;
    }
    matches!(package.kind(value), Kind::Nil)
}

/// The variable that holds a part of it that is assigned: through fields, array elements and conversions.
fn outer_value(store: &mut Store, package: &Package, mut id: NodeId) -> NodeId {
    loop {
        id = match package.kind(id) {
            Kind::Dot {
                x, pointer: false, ..
            }
            | Kind::Conv {
                op: ConvOp::Nop, x, ..
            } => x,
            Kind::Index { x, .. }
                if matches!(store.under_kind(package.typ(x)), TypeKind::Array { .. }) =>
            {
                x
            }
            _ => return id,
        };
    }
}
