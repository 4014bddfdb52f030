//! Loops over `b.Loop()`: gc adds calls to their bodies that keep alive what these compute. The calls cost, and the
//! inliner and escape analysis take no other notice of them.
//!
//! Source: cmd/compile/internal/bloop, go1.27.3.

use go_ir::{Kind, NodeId, Nodes, Package};

/// Whether gc adds a call for some statement of the list. `true` where that is not clear.
pub(super) fn keeps_alive(package: &Package, list: Nodes) -> bool {
    let keeps = |list: Nodes| keeps_alive(package, list);
    package
        .list(list)
        .iter()
        .any(|stmt| match package.kind(*stmt) {
            Kind::Assign { x, .. } | Kind::AssignOp { x, .. } => has_name(package, x),
            Kind::AssignList { lhs, .. } => package.list(lhs).iter().any(|x| has_name(package, *x)),
            Kind::Block(body)
            | Kind::For { body, .. }
            | Kind::Range { body, .. }
            | Kind::Case { body, .. }
            | Kind::Comm { body, .. } => keeps(body),
            Kind::If { then, els, .. } => keeps(then) || keeps(els),
            Kind::Switch { clauses, .. } | Kind::Select(clauses) => keeps(clauses),
            Kind::Declare(_) | Kind::Branch { .. } | Kind::Label(_) | Kind::Return(_) => false,
            _ => true,
        })
}

/// Whether a variable is kept alive when the expression is assigned to; for a blank one there is a new variable. What a
/// pointer or the result of a call points to is not.
fn has_name(package: &Package, target: NodeId) -> bool {
    match package.kind(target) {
        Kind::Slice { x, .. }
        | Kind::Dot { x, .. }
        | Kind::Conv { x, .. }
        | Kind::Addr { x, .. }
        | Kind::Index { x, .. }
        | Kind::IndexMap { x, .. } => has_name(package, x),
        Kind::Deref { .. } | Kind::Call { .. } => false,
        _ => true,
    }
}
