//! How control goes through a function: simple statements and conditions, and which comes after which.

use std::collections::{HashMap, VecDeque};

use go_syntax::{BranchKind, ExprId, ExprKind, Node, StmtId, StmtKind, Symbol};
use go_types::Builtin;

use super::Source;

/// A simple statement, a condition, or the head of a loop, switch or select.
#[derive(Clone, Debug)]
pub(crate) struct Atom {
    /// `None` for entry and exit.
    pub(crate) node: Option<Node>,
    pub(crate) next: Vec<usize>,
}

/// The control flow graph of one function. Function literals inside are parts of the atoms that make them.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    pub(crate) atoms: Vec<Atom>,
    by_node: HashMap<Node, usize>,
}

impl Flow {
    pub(crate) const ENTRY: usize = 0;
    pub(crate) const EXIT: usize = 1;

    pub(super) fn new(source: &Source<'_>, body: StmtId) -> Self {
        let mut builder = Builder {
            source,
            atoms: vec![
                Atom {
                    node: None,
                    next: Vec::new(),
                };
                2
            ],
            by_node: HashMap::new(),
            targets: Vec::new(),
            labels: HashMap::new(),
            gotos: Vec::new(),
            label: None,
        };
        let ends = builder.stmt(body, vec![Self::ENTRY]);
        builder.join(&ends, Self::EXIT);
        for (from, label) in std::mem::take(&mut builder.gotos) {
            if let Some(to) = builder.labels.get(&label).copied() {
                builder.join(&[from], to);
            }
        }
        Self {
            atoms: builder.atoms,
            by_node: builder.by_node,
        }
    }

    /// The atom that a node is, or is part of.
    pub(crate) fn atom_around(&self, source: &Source<'_>, node: impl Into<Node>) -> Option<usize> {
        let node = node.into();
        std::iter::once(node)
            .chain(source.ancestors(node))
            .find_map(|node| self.by_node.get(&node).copied())
    }

    /// Whether `to` may run after `from`; an atom reaches itself only around a loop.
    pub(crate) fn reaches(&self, from: usize, to: usize) -> bool {
        let mut seen = vec![false; self.atoms.len()];
        let mut pending: VecDeque<usize> = self.atoms[from].next.iter().copied().collect();
        while let Some(at) = pending.pop_front() {
            if at == to {
                return true;
            }
            if !std::mem::replace(&mut seen[at], true) {
                pending.extend(&self.atoms[at].next);
            }
        }
        false
    }

    /// Of each atom, whether every way from it (itself included) to the exit passes an atom that `holds`. Ways that
    /// never end count as passing.
    pub(crate) fn must_pass(&self, holds: impl Fn(usize) -> bool) -> Vec<bool> {
        let mut passes = vec![true; self.atoms.len()];
        passes[Self::EXIT] = holds(Self::EXIT);
        let mut changed = true;
        while changed {
            changed = false;
            for at in (0..self.atoms.len()).rev() {
                let now = holds(at)
                    || at != Self::EXIT && self.atoms[at].next.iter().all(|next| passes[*next]);
                if now != passes[at] {
                    passes[at] = now;
                    changed = true;
                }
            }
        }
        passes
    }
}

/// Where `break` and `continue` go.
struct Target {
    label: Option<Symbol>,
    /// Atoms that left by `break`.
    breaks: Vec<usize>,
    /// Of loops.
    head: Option<usize>,
}

struct Builder<'a, 'b> {
    source: &'a Source<'b>,
    atoms: Vec<Atom>,
    by_node: HashMap<Node, usize>,
    targets: Vec<Target>,
    labels: HashMap<Symbol, usize>,
    gotos: Vec<(usize, Symbol)>,
    /// The label of the statement that comes.
    label: Option<Symbol>,
}

/// Atoms after which control goes on.
type Ends = Vec<usize>;

impl Builder<'_, '_> {
    fn join(&mut self, from: &[usize], to: usize) {
        for at in from {
            if !self.atoms[*at].next.contains(&to) {
                self.atoms[*at].next.push(to);
            }
        }
    }

    fn atom(&mut self, node: Node, from: &[usize]) -> usize {
        let at = self.atoms.len();
        self.atoms.push(Atom {
            node: Some(node),
            next: Vec::new(),
        });
        self.by_node.insert(node, at);
        self.join(from, at);
        at
    }

    /// An atom that does nothing.
    fn nothing(&mut self, from: &[usize]) -> usize {
        let at = self.atoms.len();
        self.atoms.push(Atom {
            node: None,
            next: Vec::new(),
        });
        self.join(from, at);
        at
    }

    fn list(&mut self, stmts: &[StmtId], mut ends: Ends) -> Ends {
        for stmt in stmts {
            ends = self.stmt(*stmt, ends);
        }
        ends
    }

    fn maybe(&mut self, stmt: Option<StmtId>, ends: Ends) -> Ends {
        match stmt {
            Some(stmt) => self.stmt(stmt, ends),
            None => ends,
        }
    }

    fn stmt(&mut self, id: StmtId, from: Ends) -> Ends {
        let label = self.label.take();
        let ast = &self.source.file.ast;
        match self.source.stmt(id) {
            StmtKind::Block(list) => self.list(ast.list(list), from),
            StmtKind::Labeled { label, stmt } => {
                let name = ast.name(label);
                let at = self.nothing(&from);
                self.labels.insert(name, at);
                self.label = Some(name);
                self.stmt(stmt, vec![at])
            }
            StmtKind::If {
                init,
                cond,
                then,
                els,
            } => {
                let ends = self.maybe(init, from);
                let cond = self.atom(cond.into(), &ends);
                let mut ends = self.stmt(then, vec![cond]);
                match els {
                    Some(els) => ends.extend(self.stmt(els, vec![cond])),
                    None => ends.push(cond),
                }
                ends
            }
            StmtKind::For { .. } | StmtKind::Range { .. } => self.loop_stmt(id, label, from),
            StmtKind::Switch {
                init, tag, clauses, ..
            } => {
                let ends = self.maybe(init, from);
                let head = match tag {
                    Some(tag) => self.atom(tag.into(), &ends),
                    None => self.nothing(&ends),
                };
                self.clauses(label, head, ast.list(clauses), true)
            }
            StmtKind::TypeSwitch {
                init,
                guard,
                clauses,
                ..
            } => {
                let ends = self.maybe(init, from);
                let head = self.atom(guard.into(), &ends);
                self.clauses(label, head, ast.list(clauses), true)
            }
            StmtKind::Select { clauses, .. } => {
                let head = self.nothing(&from);
                self.clauses(label, head, ast.list(clauses), false)
            }
            StmtKind::Return(_) => {
                let at = self.atom(id.into(), &from);
                self.join(&[at], Flow::EXIT);
                Vec::new()
            }
            StmtKind::Branch { kind, label } => {
                let at = self.atom(id.into(), &from);
                self.branch(at, kind, label.map(|label| ast.name(label)))
            }
            StmtKind::Expr(x) => {
                let at = self.atom(id.into(), &from);
                if self.ends_here(x) {
                    Vec::new()
                } else {
                    vec![at]
                }
            }
            _ => vec![self.atom(id.into(), &from)],
        }
    }

    fn loop_stmt(&mut self, id: StmtId, label: Option<Symbol>, from: Ends) -> Ends {
        match self.source.stmt(id) {
            StmtKind::For {
                init,
                cond,
                post,
                body,
            } => {
                let ends = self.maybe(init, from);
                let head = match cond {
                    Some(cond) => self.atom(cond.into(), &ends),
                    None => self.nothing(&ends),
                };
                let next = self.nothing(&[]);
                let after = if cond.is_some() {
                    vec![head]
                } else {
                    Vec::new()
                };
                let turn = |it: &mut Self| it.stmt(body, vec![head]);
                let ends = self.body(label, Some(next), turn, after, next);
                let back = self.maybe(post, vec![next]);
                self.join(&back, head);
                ends
            }
            StmtKind::Range { x, body, .. } => {
                let value = self.atom(x.into(), &from);
                let head = self.atom(id.into(), &[value]);
                let turn = |it: &mut Self| it.stmt(body, vec![head]);
                self.body(label, Some(head), turn, vec![head], head)
            }
            _ => from,
        }
    }

    /// A body whose `break`s end with `after`, and whose end goes to `back`.
    fn body(
        &mut self,
        label: Option<Symbol>,
        head: Option<usize>,
        body: impl FnOnce(&mut Self) -> Ends,
        after: Ends,
        back: usize,
    ) -> Ends {
        self.targets.push(Target {
            label,
            breaks: Vec::new(),
            head,
        });
        let ends = body(self);
        self.join(&ends, back);
        let mut after = after;
        if let Some(target) = self.targets.pop() {
            after.extend(target.breaks);
        }
        after
    }

    fn clauses(
        &mut self,
        label: Option<Symbol>,
        head: usize,
        clauses: &[StmtId],
        may_skip: bool,
    ) -> Ends {
        self.targets.push(Target {
            label,
            breaks: Vec::new(),
            head: None,
        });
        let ast = &self.source.file.ast;
        let mut ends: Ends = Vec::new();
        let mut through: Ends = Vec::new();
        let mut has_default = false;
        for clause in clauses {
            let (first, body) = match self.source.stmt(*clause) {
                StmtKind::Case {
                    exprs,
                    default,
                    body,
                    ..
                } => {
                    has_default |= default;
                    let mut at = head;
                    for expr in ast.list(exprs) {
                        at = self.atom((*expr).into(), &[at]);
                    }
                    (vec![at], ast.list(body))
                }
                StmtKind::Comm { comm, body, .. } => (self.maybe(comm, vec![head]), ast.list(body)),
                _ => continue,
            };
            let mut from = first;
            from.append(&mut through);
            let falls = body.last().is_some_and(|last| {
                matches!(
                    self.source.stmt(*last),
                    StmtKind::Branch {
                        kind: BranchKind::Fallthrough,
                        ..
                    }
                )
            });
            let done = self.list(body, from);
            if falls {
                through = done;
            } else {
                ends.extend(done);
            }
        }
        ends.extend(through);
        if may_skip && !has_default {
            ends.push(head);
        }
        if let Some(target) = self.targets.pop() {
            ends.extend(target.breaks);
        }
        ends
    }

    fn branch(&mut self, at: usize, kind: BranchKind, label: Option<Symbol>) -> Ends {
        let fits = |target: &&mut Target| label.is_none() || target.label == label;
        match kind {
            BranchKind::Fallthrough => return vec![at],
            BranchKind::Goto => self.gotos.extend(label.map(|label| (at, label))),
            BranchKind::Break => {
                if let Some(target) = self.targets.iter_mut().rev().find(fits) {
                    target.breaks.push(at);
                }
            }
            BranchKind::Continue => {
                let mut loops = self.targets.iter_mut().rev().filter(|it| it.head.is_some());
                if let Some(head) = loops.find(fits).and_then(|target| target.head) {
                    self.join(&[at], head);
                }
            }
        }
        Vec::new()
    }

    /// Whether a call never returns.
    fn ends_here(&self, x: ExprId) -> bool {
        if !matches!(self.source.expr(x), ExprKind::Call { .. }) {
            return false;
        }
        match self.source.called_name(x) {
            "panic" => self.source.builtin_args(x, Builtin::Panic).is_some(),
            "Exit" => self.source.args_of(x, "os", "Exit").is_some(),
            "Fatal" | "Fatalf" | "Fatalln" => {
                let name = self.source.called_name(x);
                self.source.args_of(x, "log", name).is_some()
            }
            "Goexit" => self.source.args_of(x, "runtime", "Goexit").is_some(),
            _ => false,
        }
    }
}
