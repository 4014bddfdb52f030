//! Loops whose number of turns is known before they begin.

use base::TextRange;
use go_syntax::{AssignOp, BinaryOp, BranchKind, ExprId, ExprKind, Node, StmtId, StmtKind};
use go_types::{Basic, Builtin, TypeKind};

use go_types::{ObjId, VarKind};

use super::{Callee, Declared, Source};

/// A loop that turns as often as its bound says, unless it is left before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted {
    pub(crate) stmt: StmtId,
    pub(crate) body: StmtId,
    pub(crate) bound: Bound,
    /// The variables of each turn: key and value of a range, or the counter.
    pub(crate) vars: [Option<ExprId>; 2],
}

/// How often a loop turns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Bound {
    /// As often as the slice, array or map has elements; arrays have a constant number.
    Elements(ExprId, Option<i64>),
    /// So often; not negative where `is_sure`.
    Count {
        n: ExprId,
        constant: Option<i64>,
        is_sure: bool,
    },
    /// Once for each rune of a string, which are not more than its bytes; a constant has a constant number.
    Runes(ExprId, Option<i64>),
}

impl Bound {
    /// The expression that says it.
    pub(crate) fn expr(self) -> ExprId {
        match self {
            Self::Elements(x, _) | Self::Runes(x, _) => x,
            Self::Count { n, .. } => n,
        }
    }

    pub(crate) fn constant(self) -> Option<i64> {
        match self {
            Self::Elements(_, constant)
            | Self::Count { constant, .. }
            | Self::Runes(_, constant) => constant,
        }
    }

    /// Whether it cannot be negative.
    pub(crate) fn is_sure(self) -> bool {
        match self {
            Self::Count { is_sure, .. } => is_sure,
            _ => true,
        }
    }
}

impl Source<'_> {
    /// A loop over something of known length, or up to a bound that its body does not change.
    pub(crate) fn counted(&self, stmt: StmtId) -> Option<Counted> {
        match self.stmt(stmt) {
            StmtKind::Range {
                key,
                value,
                x,
                body,
                ..
            } => Some(Counted {
                stmt,
                body,
                bound: self.range_bound(x)?,
                vars: [key, value],
            }),
            StmtKind::For {
                init: Some(init),
                cond: Some(cond),
                post: Some(post),
                body,
            } => self.counted_for(stmt, init, cond, post, body),
            _ => None,
        }
    }

    fn range_bound(&self, x: ExprId) -> Option<Bound> {
        let typ = self.type_of(x)?;
        if self.is_type_param(typ) {
            return None;
        }
        match self.kind(x)? {
            TypeKind::Slice(_) | TypeKind::Map { .. } => Some(Bound::Elements(x, None)),
            TypeKind::Array { len, .. } => Some(Bound::Elements(x, Some(len))),
            TypeKind::Pointer(base) => match self.under(base) {
                TypeKind::Array { len, .. } => Some(Bound::Elements(x, Some(len))),
                _ => None,
            },
            TypeKind::Basic(Basic::String | Basic::UntypedString) => {
                let text = self.const_text(x);
                Some(Bound::Runes(x, text.map(|it| it.chars().count() as i64)))
            }
            TypeKind::Basic(basic) if is_integer(basic) => Some(self.count_bound(x, basic)),
            _ => None,
        }
    }

    fn count_bound(&self, n: ExprId, basic: Basic) -> Bound {
        let constant = self.const_int(n);
        let is_length = matches!(
            self.callee(self.file.ast.unparen(n)),
            Some(Callee::Builtin(Builtin::Len | Builtin::Cap))
        );
        let is_unsigned = (Basic::Uint..=Basic::Uintptr).contains(&basic);
        Bound::Count {
            n,
            constant,
            is_sure: constant.map_or(is_length || is_unsigned, |n| n >= 0),
        }
    }

    /// `for i := 0; i < n; i++`, where the body changes neither.
    fn counted_for(
        &self,
        stmt: StmtId,
        init: StmtId,
        cond: ExprId,
        post: StmtId,
        body: StmtId,
    ) -> Option<Counted> {
        let declared = self.declared(init);
        let [first] = declared.as_slice() else {
            return None;
        };
        if self.const_int(first.value?)? < 0 {
            return None;
        }
        let ExprKind::Binary {
            op: BinaryOp::Lss,
            x,
            y,
        } = self.inner(cond)
        else {
            return None;
        };
        let counter = self.variable(first.name)?;
        let counts_up = match self.stmt(post) {
            StmtKind::IncDec { x, inc: true } => self.variable(x) == Some(counter),
            StmtKind::Assign {
                lhs,
                op: AssignOp::Op(BinaryOp::Add),
                rhs,
            } => {
                let (lhs, rhs) = (self.file.ast.list(lhs), self.file.ast.list(rhs));
                self.variable(*lhs.first()?) == Some(counter)
                    && self.const_int(*rhs.first()?) == Some(1)
            }
            _ => false,
        };
        let TypeKind::Basic(basic) = self.kind(y)? else {
            return None;
        };
        let range = self.range(body);
        let is_kept = (self.variables_in(y).iter().chain([&counter]))
            .all(|obj| !self.is_written_in(*obj, range));
        (self.variable(x) == Some(counter) && counts_up && is_kept && is_integer(basic)).then(
            || Counted {
                stmt,
                body,
                bound: self.count_bound(y, basic),
                vars: [Some(first.name), None],
            },
        )
    }

    /// Whether a statement may leave the turn of a loop whose body it is in: by `break`, `continue`, `return`, `goto`
    /// or `panic`. Branches of loops and switches inside of the statement stay in it.
    pub(crate) fn leaves(&self, stmt: StmtId) -> bool {
        self.below_here(stmt).into_iter().any(|node| match node {
            Node::Stmt(id) => match self.stmt(id) {
                StmtKind::Return(_) => true,
                StmtKind::Branch { kind, label } => match kind {
                    BranchKind::Goto => true,
                    BranchKind::Fallthrough => false,
                    BranchKind::Break | BranchKind::Continue if label.is_some() => true,
                    BranchKind::Break => !self.is_caught(id, stmt, true),
                    BranchKind::Continue => !self.is_caught(id, stmt, false),
                },
                _ => false,
            },
            Node::Expr(id) => {
                matches!(self.expr(id), ExprKind::Call { .. })
                    && self.called_name(id) == "panic"
                    && self.builtin_args(id, Builtin::Panic).is_some()
            }
            _ => false,
        })
    }

    /// Whether a loop (or, for `break`, a switch or select) inside of `within` is what a branch is about.
    fn is_caught(&self, branch: StmtId, within: StmtId, is_break: bool) -> bool {
        let range = self.range(within);
        self.ancestors(branch)
            .take_while(|node| range.covers(self.range(*node)))
            .any(|node| {
                let Node::Stmt(id) = node else { return false };
                match self.stmt(id) {
                    StmtKind::For { .. } | StmtKind::Range { .. } => true,
                    StmtKind::Switch { .. }
                    | StmtKind::TypeSwitch { .. }
                    | StmtKind::Select { .. } => is_break,
                    _ => false,
                }
            })
    }

    /// Loops of the node's own function that stand around it, the innermost first.
    pub(crate) fn loops_around(&self, node: impl Into<Node>) -> Vec<StmtId> {
        let mut loops = Vec::new();
        let mut inner = node.into();
        for outer in self.ancestors(inner).collect::<Vec<_>>() {
            match outer {
                Node::Expr(id) if matches!(self.expr(id), ExprKind::FuncLit { .. }) => break,
                Node::Stmt(id) => {
                    let is_turning = match self.stmt(id) {
                        StmtKind::For {
                            cond, post, body, ..
                        } => {
                            Node::Stmt(body) == inner
                                || cond.map(Node::Expr) == Some(inner)
                                || post.map(Node::Stmt) == Some(inner)
                        }
                        StmtKind::Range { body, .. } => Node::Stmt(body) == inner,
                        _ => false,
                    };
                    if is_turning {
                        loops.push(id);
                    }
                }
                _ => {}
            }
            inner = outer;
        }
        loops
    }

    /// The statement, or its label.
    pub(crate) fn labeled(&self, stmt: StmtId) -> StmtId {
        match self.parent(stmt) {
            Some(Node::Stmt(parent)) if matches!(self.stmt(parent), StmtKind::Labeled { .. }) => {
                parent
            }
            _ => stmt,
        }
    }

    /// The declaration of a local variable in the block of a loop and before it, if nothing uses it in between.
    pub(crate) fn fresh_before(&self, stmt: StmtId, obj: ObjId) -> Option<(StmtId, Declared)> {
        let (list, at) = self.siblings(self.labeled(stmt))?;
        if !self.is_local(obj) {
            return None;
        }
        let (first, rest) = self.mentions(obj).split_first()?;
        let (declaration, declared) = list[..at].iter().find_map(|stmt| {
            let mut names = self.declared(*stmt).into_iter();
            Some((*stmt, names.find(|it| it.name == *first)?))
        })?;
        let start = self.range(stmt).start;
        let is_fresh = rest.iter().all(|ident| self.range(*ident).start > start);
        is_fresh.then_some((declaration, declared))
    }

    /// Whether a loop's bound can be evaluated where something is declared before the loop: right before it, or it is
    /// the length of a local variable that is there already and stays as it is.
    pub(crate) fn can_move_up(&self, declaration: StmtId, counted: &Counted) -> bool {
        let Some((list, at)) = self.siblings(declaration) else {
            return false;
        };
        let is_next = list.get(at + 1) == Some(&self.labeled(counted.stmt));
        let bound = counted.bound.expr();
        let declared = self.range(declaration);
        let between = TextRange::new(declared.end, self.range(counted.stmt).start);
        let is_kept = self.variables_in(bound).into_iter().all(|obj| {
            let kind = self.var_kind(obj);
            // What the declaration itself declares is not there before.
            let is_there = kind != Some(VarKind::Local)
                || (self.mentions(obj).first())
                    .is_none_or(|first| self.range(*first).start < declared.start);
            let is_simple = matches!(
                kind,
                Some(VarKind::Local | VarKind::Param | VarKind::Recv | VarKind::Result)
            ) && !self.is_addressed(obj)
                && !self.is_written_in_literal(obj)
                && !self.is_written_in(obj, between);
            is_there && (is_next || is_simple)
        });
        let is_plain = self.below(bound).into_iter().all(|node| {
            matches!(node, Node::Expr(id) if matches!(
                self.expr(id),
                ExprKind::Ident(_) | ExprKind::Call { .. } | ExprKind::BasicLit(_)
            ))
        });
        is_kept && (is_next || is_plain)
    }

    /// Whether a function literal writes to a variable of the function around it.
    fn is_written_in_literal(&self, obj: ObjId) -> bool {
        let mentions = self.mentions(obj);
        let home = mentions.first().and_then(|it| self.function_of(*it));
        (mentions.iter()).any(|it| self.is_write(*it) && self.function_of(*it) != home)
    }

    /// The text of a loop's bound as the length to reserve, `times` for each turn.
    pub(crate) fn bound_text(&self, bound: Bound, times: usize) -> String {
        let text = self.text(bound.expr());
        let once = match bound {
            Bound::Elements(..) | Bound::Runes(..) => format!("len({text})"),
            Bound::Count { n, .. } => {
                let is_plain = matches!(
                    self.expr(n),
                    ExprKind::Ident(_)
                        | ExprKind::BasicLit(_)
                        | ExprKind::Call { .. }
                        | ExprKind::Selector { .. }
                        | ExprKind::Paren(_)
                        | ExprKind::Index { .. }
                );
                if is_plain || times == 1 {
                    text.to_owned()
                } else {
                    format!("({text})")
                }
            }
        };
        if times == 1 {
            once
        } else {
            format!("{times}*{once}")
        }
    }
}

pub(crate) fn is_integer(basic: Basic) -> bool {
    let basic = basic.canonical();
    (Basic::Int..=Basic::Uintptr).contains(&basic)
        || matches!(basic, Basic::UntypedInt | Basic::UntypedRune)
}
