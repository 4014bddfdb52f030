//! What a variable is known to hold: the value that it is declared with, if it is assigned nowhere else.
//!
//! Source: `StaticValue` and `Reassigned` of cmd/compile/internal/ir/expr.go, go1.27.3.

use base::IndexVec;
use go_ir::{Class, ConvOp, FuncId, Kind, NodeId, Package, VarId};

/// Variables that are assigned somewhere besides their declaration.
#[derive(Default)]
pub(super) struct Assignments {
    reassigned: IndexVec<VarId, bool>,
}

impl Assignments {
    /// Looks at all bodies of the package once.
    pub(super) fn of(package: &Package) -> Self {
        let mut assignments = Self {
            reassigned: package.vars.iter().map(|_| false).collect(),
        };
        for func in &package.funcs {
            assignments.note_all(package, func.body);
        }
        assignments
    }

    /// Looks at a function that was added.
    pub(super) fn note_function(&mut self, package: &Package, func: FuncId) {
        self.grow(package);
        self.note_all(package, package.funcs[func].body);
    }

    fn grow(&mut self, package: &Package) {
        while self.reassigned.len() < package.vars.len() {
            self.reassigned.push(false);
        }
    }

    /// Looks at what an inlined call brought along: its body, its closures, what runs before it.
    pub(super) fn note_expansion(&mut self, package: &Package, call: NodeId, closures: &[FuncId]) {
        self.grow(package);
        for stmt in package.init(call) {
            self.note(package, *stmt);
        }
        if let Kind::InlinedCall { body, .. } = package.kind(call) {
            self.note_all(package, body);
        }
        for closure in closures {
            self.note_all(package, package.funcs[*closure].body);
        }
    }

    fn note_all(&mut self, package: &Package, list: go_ir::Nodes) {
        for root in package.list(list) {
            package.walk(*root, &mut |id| {
                self.note(package, id);
                true
            });
        }
    }

    fn note(&mut self, package: &Package, id: NodeId) {
        match package.kind(id) {
            Kind::Assign { x, .. } | Kind::AssignOp { x, .. } => self.assigned(package, x, id),
            Kind::AssignList { lhs, .. } => {
                for x in package.list(lhs) {
                    self.assigned(package, *x, id);
                }
            }
            Kind::Range { key, value, .. } => {
                for x in [key, value].into_iter().flatten() {
                    self.assigned(package, x, id);
                }
            }
            _ => {}
        }
    }

    fn assigned(&mut self, package: &Package, target: NodeId, stmt: NodeId) {
        if let Kind::Var(var) = package.kind(target) {
            let var = package.canonical(var);
            if package.vars[var].definition != Some(stmt) {
                self.reassigned[var] = true;
            }
        }
    }

    /// The expression that the node is known to be: through conversions without code, and variables that
    /// have one value.
    pub(super) fn static_value(&self, package: &Package, node: NodeId) -> NodeId {
        let mut node = node;
        loop {
            node = match package.kind(node) {
                Kind::Conv {
                    op: ConvOp::Nop, x, ..
                } => x,
                Kind::InlinedCall { results, .. } => match package.list(results) {
                    [result] => *result,
                    _ => return node,
                },
                Kind::Var(var) => match self.value_of(package, var) {
                    Some(value) => value,
                    None => return node,
                },
                _ => return node,
            };
        }
    }

    fn value_of(&self, package: &Package, var: VarId) -> Option<NodeId> {
        let var = package.canonical(var);
        let variable = &package.vars[var];
        if variable.class != Class::Local || variable.address_taken || self.reassigned[var] {
            return None;
        }
        match package.kind(variable.definition?) {
            Kind::Assign { y, .. } => y,
            Kind::AssignList {
                op: go_ir::ListOp::Each,
                lhs,
                rhs,
                ..
            } => {
                let place = package
                    .list(lhs)
                    .iter()
                    .position(|x| match package.kind(*x) {
                        Kind::Var(target) => target == var,
                        _ => false,
                    })?;
                package.list(rhs).get(place).copied()
            }
            _ => None,
        }
    }
}

/// Whether the closure captures something that is not a variable of `caller`.
pub(super) fn captures_from_afar(package: &Package, closure: FuncId, caller: FuncId) -> bool {
    let Some(first) = package.funcs[closure].captured.first() else {
        return false;
    };
    let outer = package.vars[*first].outer;
    outer.is_some_and(|outer| package.vars[outer].func != caller)
}
