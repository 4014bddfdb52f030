//! Children of nodes, in the order in which gc visits them: init first, then the fields of the node.

use crate::func::Package;
use crate::node::{Kind, NodeId};

impl Package {
    /// Calls `visit` for each direct child. Variables of `Declare` and `Case` are no nodes here; see
    /// [`Package::own_names`].
    pub fn children(&self, id: NodeId, mut visit: impl FnMut(NodeId)) {
        for init in self.init(id) {
            visit(*init);
        }
        let mut all = |list| self.list(list).iter().for_each(|child| visit(*child));
        match self.kind(id) {
            Kind::Var(_)
            | Kind::Global(_)
            | Kind::Func(_)
            | Kind::Inst(_)
            | Kind::Runtime(_)
            | Kind::Dict(_)
            | Kind::Blank
            | Kind::Closure(_)
            | Kind::Literal(_)
            | Kind::Nil
            | Kind::Type
            | Kind::Declare(_)
            | Kind::Branch { .. }
            | Kind::Label(_)
            | Kind::InlineMark(_)
            | Kind::Unsupported => {}
            Kind::Addr { x, .. }
            | Kind::PtrLit(x)
            | Kind::Deref { x, .. }
            | Kind::Dot { x, .. }
            | Kind::DotInter { x, .. }
            | Kind::MethodValue { x, .. }
            | Kind::MethodExpr { x, .. }
            | Kind::DynamicType(x)
            | Kind::Conv { x, .. }
            | Kind::Unary { x, .. }
            | Kind::StructKey { value: x, .. }
            | Kind::TypeGuard { x, .. }
            | Kind::Go(x) => visit(x),
            Kind::Defer { call, at } => {
                visit(call);
                at.into_iter().for_each(visit);
            }
            Kind::Index { x, index: y }
            | Kind::IndexMap { x, key: y }
            | Kind::Binary { x, y, .. }
            | Kind::Logical { x, y, .. }
            | Kind::Key { key: x, value: y }
            | Kind::AssignOp { x, y, .. }
            | Kind::Send { chan: x, value: y } => {
                visit(x);
                visit(y);
            }
            Kind::Slice { x, low, high, max } => {
                visit(x);
                [low, high, max].into_iter().flatten().for_each(visit);
            }
            Kind::TypeAssert { x, words, .. } => {
                visit(x);
                self.list(words).iter().for_each(|child| visit(*child));
            }
            Kind::Make { len, cap } => [len, cap].into_iter().flatten().for_each(visit),
            Kind::AddStr(list)
            | Kind::CompLit { elems: list, .. }
            | Kind::Builtin { args: list, .. }
            | Kind::Block(list)
            | Kind::Return(list)
            | Kind::Select(list) => all(list),
            Kind::Call { fun, args, .. } => {
                visit(fun);
                self.list(args).iter().for_each(|child| visit(*child));
            }
            Kind::InlinedCall { body, results } => {
                all(body);
                all(results);
            }
            Kind::Assign { x, y, .. } => {
                visit(x);
                y.into_iter().for_each(visit);
            }
            Kind::AssignList { lhs, rhs, .. } => {
                all(lhs);
                all(rhs);
            }
            Kind::If { cond, then, els } => {
                visit(cond);
                for list in [then, els] {
                    self.list(list).iter().for_each(|child| visit(*child));
                }
            }
            Kind::For { cond, post, body } => {
                [cond, post].into_iter().flatten().for_each(&mut visit);
                self.list(body).iter().for_each(|child| visit(*child));
            }
            Kind::Range {
                x,
                key,
                value,
                body,
            } => {
                visit(x);
                [key, value].into_iter().flatten().for_each(&mut visit);
                self.list(body).iter().for_each(|child| visit(*child));
            }
            Kind::Comm { comm: one, body } => {
                one.into_iter().for_each(&mut visit);
                self.list(body).iter().for_each(|child| visit(*child));
            }
            Kind::Switch { tag, clauses } => {
                tag.into_iter().for_each(&mut visit);
                self.list(clauses).iter().for_each(|child| visit(*child));
            }
            Kind::Case { exprs, body, .. } => {
                all(exprs);
                all(body);
            }
        }
    }

    /// Names that gc has as children of the node and that are no nodes here: the declared variable, the
    /// variable of a clause, the identifier of a type switch, a dictionary. At most one.
    pub fn own_names(&self, id: NodeId) -> u32 {
        match self.kind(id) {
            Kind::Declare(_)
            | Kind::Dict(_)
            | Kind::Case { var: Some(_), .. }
            | Kind::TypeGuard { bind: Some(_), .. } => 1,
            _ => 0,
        }
    }

    /// Calls `visit` for the node and all below it, parents first; goes no deeper where it says `false`.
    /// Bodies of closures are not below their literal.
    pub fn walk(&self, root: NodeId, visit: &mut dyn FnMut(NodeId) -> bool) {
        let mut pending = vec![root];
        while let Some(id) = pending.pop() {
            if visit(id) {
                let first = pending.len();
                self.children(id, |child| pending.push(child));
                pending[first..].reverse();
            }
        }
    }

    /// Whether some node from `root` down fits.
    pub fn any(&self, root: NodeId, mut fits: impl FnMut(NodeId) -> bool) -> bool {
        let mut found = false;
        self.walk(root, &mut |id| {
            found |= !found && fits(id);
            !found
        });
        found
    }
}
