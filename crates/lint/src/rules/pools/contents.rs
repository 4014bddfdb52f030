//! Whether a pooled object still has what its last user left in it.

use go_syntax::{ExprId, ExprKind, Node, StmtKind};
use go_types::{Builtin, TypeKind};

use super::{Log, State, Walk};
use crate::source::Callee;

/// Methods that empty their receiver.
const RESETTING: &[&str] = &["Clear", "Init", "Reset", "clear", "init", "reset"];

/// Types of the standard library whose methods are known.
const KNOWN: &[(&str, &str)] = &[("bytes", "Buffer"), ("strings", "Builder")];

impl Walk<'_, '_> {
    /// Notes what a node resets of the object and what it writes to it.
    pub(super) fn contents(&self, node: Node, state: &mut State, log: &mut Log<'_>) {
        let is_defer =
            matches!(node, Node::Stmt(id) if matches!(self.source.stmt(id), StmtKind::Defer(_)));
        if is_defer {
            // It runs before or with the deferred `Put`.
            if self.resets(node, state, true) {
                state.deferred_reset = true;
            }
            return;
        }
        if self.resets(node, state, false) {
            state.reset = true;
            state.clean = true;
        }
        if self.writes(node, state) {
            state.clean = false;
            if !state.reset
                && !state.unknown
                && let Some((story, _)) = log
                && story.dirty_write.is_none()
            {
                story.dirty_write = Some(self.source.range(node));
            }
        }
        if self.is_passed_on(node, state) {
            state.unknown = true;
            state.clean = false;
        }
    }

    fn resets(&self, node: Node, state: &State, with_deferred: bool) -> bool {
        let source = self.source;
        let by_call = self.calls(node, with_deferred).into_iter().any(|call| {
            let Some((_, args, _)) = source.call(call) else {
                return false;
            };
            match source.callee(call) {
                Some(Callee::Method { x, name, .. }) => {
                    let is_reset = RESETTING.contains(&name)
                        || name == "Truncate"
                            && args.first().and_then(|it| source.const_int(*it)) == Some(0);
                    is_reset && self.is_receiver(x, state)
                }
                Some(Callee::Builtin(Builtin::Clear)) => args
                    .first()
                    .is_some_and(|arg| self.is_receiver(*arg, state)),
                _ => false,
            }
        });
        by_call || self.cuts(node, state, with_deferred) || self.overwrites(node, state)
    }

    /// Whether a node has `x[:0]` of the object.
    fn cuts(&self, node: Node, state: &State, with_deferred: bool) -> bool {
        let source = self.source;
        self.parts(node).into_iter().any(|part| {
            let below = if with_deferred {
                source.below(part)
            } else {
                source.below_here(part)
            };
            below.into_iter().any(|node| {
                let Node::Expr(id) = node else { return false };
                matches!(source.expr(id), ExprKind::Slice { x, lo: None, hi: Some(hi), .. }
                    if source.const_int(hi) == Some(0) && self.is_receiver(x, state))
            })
        })
    }

    /// Whether a node sets the object, or a part of it, to something made without it.
    fn overwrites(&self, node: Node, state: &State) -> bool {
        let source = self.source;
        let Node::Stmt(stmt) = node else { return false };
        let StmtKind::Assign { lhs, rhs, .. } = source.stmt(stmt) else {
            return false;
        };
        let (lhs, rhs) = (source.file.ast.list(lhs), source.file.ast.list(rhs));
        lhs.iter().zip(rhs).any(|(target, value)| {
            let is_part = matches!(
                source.inner(*target),
                ExprKind::Star(_) | ExprKind::Selector { .. }
            );
            let mentions = (state.aliases.iter()).any(|obj| source.mentions_in(*value, *obj));
            is_part && !mentions && self.is_receiver(*target, state)
        })
    }

    fn writes(&self, node: Node, state: &State) -> bool {
        let source = self.source;
        let by_call = self.calls(node, false).into_iter().any(|call| {
            let Some((_, args, _)) = source.call(call) else {
                return false;
            };
            let first = || {
                args.first()
                    .is_some_and(|arg| self.is_receiver(*arg, state))
            };
            match source.callee(call) {
                Some(Callee::Method {
                    path, typ, x, name, ..
                }) => {
                    let is_known = KNOWN.contains(&(path.as_str(), typ.as_str()));
                    let is_write =
                        name.starts_with("Write") && name != "WriteTo" || name == "ReadFrom";
                    is_known && is_write && self.is_receiver(x, state)
                }
                Some(Callee::Builtin(Builtin::Append)) => {
                    args.first().is_some_and(|arg| self.is_alias(*arg, state))
                }
                Some(Callee::Func { path, name }) => match path.as_str() {
                    "fmt" => name.starts_with("Fprint") && first(),
                    "io" => matches!(name, "Copy" | "WriteString") && first(),
                    _ => false,
                },
                _ => false,
            }
        });
        by_call || self.stores(node, state)
    }

    /// Whether a node puts an entry into a map of the object.
    fn stores(&self, node: Node, state: &State) -> bool {
        let source = self.source;
        let Node::Stmt(stmt) = node else { return false };
        let targets: Vec<ExprId> = match source.stmt(stmt) {
            StmtKind::Assign { lhs, .. } => source.file.ast.list(lhs).to_vec(),
            StmtKind::IncDec { x, .. } => vec![x],
            _ => return false,
        };
        targets.into_iter().any(|target| {
            matches!(source.inner(target), ExprKind::Index { x, .. }
                if matches!(source.kind(x), Some(TypeKind::Map { .. })) && self.is_receiver(x, state))
        })
    }

    /// Whether a node gives the object to code that may reset it: a function other than those known, or a method of
    /// its own.
    fn is_passed_on(&self, node: Node, state: &State) -> bool {
        let source = self.source;
        self.calls(node, false).into_iter().any(|call| {
            let Some((_, args, _)) = source.call(call) else {
                return false;
            };
            if self.wrappers.put(source, call).is_some() {
                return false;
            }
            let mut given = args.iter().filter(|arg| self.is_alias(**arg, state));
            match source.callee(call) {
                Some(Callee::Builtin(_) | Callee::Conversion(_)) => false,
                Some(Callee::Func { path, name }) => {
                    let is_known = path == "fmt" && name.starts_with("Fprint")
                        || path == "io" && matches!(name, "Copy" | "WriteString");
                    given.next().is_some() && !(is_known && args.len() != 1)
                }
                Some(Callee::Method {
                    path, typ, x, name, ..
                }) => {
                    let is_known =
                        KNOWN.contains(&(path.as_str(), typ.as_str())) || RESETTING.contains(&name);
                    given.next().is_some() || !is_known && self.is_receiver(x, state)
                }
                _ => given.next().is_some(),
            }
        })
    }
}
