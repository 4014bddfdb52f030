//! Assignments to local variables that nothing reads become assignments of 0 to `_`.
//!
//! A right side counts as free of effects if it is a name, literal, `nil` or function literal. What such an
//! assignment mentions is a use only if the assignment stays.
//!
//! Source: cmd/compile/internal/deadlocals/deadlocals.go, go1.27.3.

use go_types::constant::Value;
use go_types::{Pos, TypeId};
use rustc_hash::FxHashMap;

use crate::func::{Class, Package, VarId};
use crate::node::{Kind, ListOp, NodeId, Nodes};

/// Removes dead assignments from all functions of the package.
pub fn remove_dead_locals(package: &mut Package) {
    for func in package.funcs.ids() {
        if !package.funcs[func].captured.is_empty() {
            // Looked at with the function around it.
            continue;
        }
        let mut visitor = Visitor {
            package,
            variables: FxHashMap::default(),
            order: Vec::new(),
        };
        visitor.visit_all(visitor.package.funcs[func].body);
        let Visitor {
            mut variables,
            order,
            ..
        } = visitor;
        for target in order {
            let dead = variables.remove(&target).flatten().unwrap_or_default();
            for assignment in &dead {
                discard(package, *assignment);
            }
            if let (Some(var), false) = (target, dead.is_empty()) {
                package.vars[var].definition = None;
            }
        }
    }
}

/// An assignment that goes away if its variable is not read: a statement, and the place in its lists.
#[derive(Clone, Copy)]
struct Assignment {
    stmt: NodeId,
    place: Option<usize>,
    rhs: Option<NodeId>,
}

fn discard(package: &mut Package, assignment: Assignment) {
    let blank = package.add(Kind::Blank, TypeId::INVALID, Pos::none());
    let literal = package.add_literal(Value::Int(0));
    let zero = package.add(Kind::Literal(literal), TypeId::INT, Pos::none());
    match (package.kind(assignment.stmt), assignment.place) {
        (Kind::Assign { define, .. }, _) => {
            let kind = Kind::Assign {
                x: blank,
                y: Some(zero),
                define,
            };
            package.set_kind(assignment.stmt, kind);
        }
        (Kind::AssignList { lhs, rhs, .. }, Some(place)) => {
            package.set_in_list(lhs, place, blank);
            package.set_in_list(rhs, place, zero);
        }
        _ => {}
    }
}

struct Visitor<'a> {
    package: &'a mut Package,
    /// By variable, `None` for `_`: the assignments that go if it is not read; `None` if it is.
    variables: FxHashMap<Option<VarId>, Option<Vec<Assignment>>>,
    /// The keys, as they were met.
    order: Vec<Option<VarId>>,
}

impl Visitor<'_> {
    fn visit_all(&mut self, list: Nodes) {
        for index in 0..list.len() {
            self.visit(self.package.list(list)[index]);
        }
    }

    fn visit(&mut self, id: NodeId) {
        match self.package.kind(id) {
            Kind::Declare(_) => {}
            Kind::Var(var) => self.used(var),
            Kind::Closure(func) => {
                self.visit_init(id);
                for captured in self.package.funcs[func].captured.clone() {
                    self.used(captured);
                }
                self.visit_all(self.package.funcs[func].body);
            }
            Kind::Assign { x, y, .. } => {
                self.visit_init(id);
                let assignment = Assignment {
                    stmt: id,
                    place: None,
                    rhs: y,
                };
                self.assign(x, assignment, false);
            }
            Kind::AssignList {
                op: ListOp::Each,
                lhs,
                rhs,
                ..
            } => {
                self.visit_init(id);
                let (lhs, rhs) = (
                    self.package.list(lhs).to_vec(),
                    self.package.list(rhs).to_vec(),
                );
                let discards = lhs
                    .iter()
                    .any(|x| !matches!(self.package.kind(*x), Kind::Blank));
                for (place, (x, y)) in lhs.into_iter().zip(rhs).enumerate() {
                    let assignment = Assignment {
                        stmt: id,
                        place: Some(place),
                        rhs: Some(y),
                    };
                    self.assign(x, assignment, discards);
                }
            }
            _ => {
                let mut children = Vec::new();
                self.package.children(id, |child| children.push(child));
                for child in children {
                    self.visit(child);
                }
            }
        }
    }

    fn visit_init(&mut self, id: NodeId) {
        for stmt in self.package.init(id).to_vec() {
            self.visit(stmt);
        }
    }

    /// The variable is read, so what was held back is kept.
    fn used(&mut self, var: VarId) {
        let var = self.package.canonical(var);
        if self.package.vars[var].class == Class::Result {
            return;
        }
        let kept = self.enter(Some(var)).take().unwrap_or_default();
        for assignment in kept {
            if let Some(rhs) = assignment.rhs {
                self.visit(rhs);
            }
        }
    }

    fn enter(&mut self, target: Option<VarId>) -> &mut Option<Vec<Assignment>> {
        let order = &mut self.order;
        self.variables.entry(target).or_insert_with(|| {
            order.push(target);
            Some(Vec::new())
        })
    }

    fn assign(&mut self, x: NodeId, assignment: Assignment, discards: bool) {
        let target = match self.package.kind(x) {
            Kind::Var(var) => {
                let var = self.package.canonical(var);
                (self.package.vars[var].class != Class::Result).then_some(Some(var))
            }
            Kind::Blank => discards.then_some(None),
            Kind::Global(_) | Kind::Func(_) | Kind::Inst(_) => None,
            _ => {
                self.visit(x);
                None
            }
        };
        if let Some(target) = target
            && !self.has_effects(assignment.rhs)
            && let Some(held_back) = self.enter(target)
        {
            held_back.push(assignment);
            return;
        }
        if let Some(rhs) = assignment.rhs {
            self.visit(rhs);
        }
    }

    fn has_effects(&self, rhs: Option<NodeId>) -> bool {
        let Some(rhs) = rhs else {
            return false;
        };
        let plain = matches!(
            self.package.kind(rhs),
            Kind::Var(_)
                | Kind::Global(_)
                | Kind::Func(_)
                | Kind::Inst(_)
                | Kind::Literal(_)
                | Kind::Nil
                | Kind::Closure(_)
        );
        !plain || !self.package.init(rhs).is_empty()
    }
}
