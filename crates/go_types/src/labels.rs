//! Labels and the branch statements that name them.

use std::collections::hash_map::Entry;

use go_syntax::{AssignOp, BranchKind, DeclKind, ExprId, GenKind, StmtId, StmtKind};
use rustc_hash::FxHashMap;

use crate::{Checker, Code, Name, ObjId, ObjKind};

/// A block of statements while its labels are looked at.
#[derive(Default)]
struct Block {
    /// The labelled statement this is the block of.
    labeled: Option<Labeled>,
    /// Labels declared in this very block, which `goto` may jump to.
    labels: Vec<Name>,
    /// Jumps to labels that have not come yet.
    forward: Vec<Jump>,
    /// A variable was declared after this many jumps.
    var_decl: Option<usize>,
}

#[derive(Clone, Copy)]
struct Labeled {
    name: Name,
    stmt: StmtId,
}

#[derive(Clone, Copy)]
struct Jump {
    name: Name,
    label: ExprId,
}

/// Labels of a function, wherever they stand.
#[derive(Default)]
struct Labels {
    all: FxHashMap<Name, (ObjId, bool)>,
    order: Vec<Name>,
    blocks: Vec<Block>,
}

impl Checker<'_> {
    /// Declares the labels of a function body and resolves the branches to them.
    pub(crate) fn labels(&mut self, body: StmtId) {
        let mut labels = Labels::default();
        let stmts = self.ast().block(body);
        self.label_block(&mut labels, None, stmts);
        // What is left jumps into a block, or nowhere.
        for jump in labels
            .blocks
            .pop()
            .map(|block| block.forward)
            .unwrap_or_default()
        {
            match labels.all.get_mut(&jump.name) {
                Some((_, used)) => {
                    *used = true;
                    self.error_expr(jump.label, Code::JumpIntoBlock, "goto jumps into block");
                }
                None => self.error_expr(jump.label, Code::UndeclaredLabel, "label not declared"),
            }
        }
        for name in labels.order {
            if let Some((obj, false)) = labels.all.get(&name) {
                let pos = self.store.obj(*obj).pos;
                self.report(
                    pos,
                    Code::UnusedLabel,
                    "label declared and not used".to_owned(),
                    true,
                );
            }
        }
    }

    /// Leaves the block on the stack, with the jumps that found no label in it.
    fn label_block(&mut self, labels: &mut Labels, labeled: Option<Labeled>, stmts: &[StmtId]) {
        labels.blocks.push(Block {
            labeled,
            ..Block::default()
        });
        for &stmt in stmts {
            self.label_stmt(labels, None, stmt);
        }
    }

    fn inner_block(&mut self, labels: &mut Labels, labeled: Option<Labeled>, stmts: &[StmtId]) {
        self.label_block(labels, labeled, stmts);
        let forward = labels
            .blocks
            .pop()
            .map(|block| block.forward)
            .unwrap_or_default();
        if let Some(block) = labels.blocks.last_mut() {
            block.forward.extend(forward);
        }
    }

    fn label_stmt(&mut self, labels: &mut Labels, labeled: Option<Labeled>, stmt: StmtId) {
        let ast = self.ast();
        let mut stmt = stmt;
        while let StmtKind::If { then, els, .. } = ast.stmt(stmt).kind {
            self.label_stmt(labels, labeled, then);
            let Some(els) = els else { return };
            stmt = els;
        }
        match ast.stmt(stmt).kind {
            StmtKind::Decl(decl) => {
                if matches!(
                    ast.decl(decl).kind,
                    DeclKind::Gen {
                        keyword: GenKind::Var,
                        ..
                    }
                ) {
                    record_var_decl(labels);
                }
            }
            StmtKind::Assign {
                op: AssignOp::Define,
                ..
            } => record_var_decl(labels),
            StmtKind::Labeled { label, stmt } => {
                let labeled = self.declare_label(labels, label, stmt).or(labeled);
                self.label_stmt(labels, labeled, stmt);
            }
            StmtKind::Branch {
                kind,
                label: Some(label),
            } => self.label_branch(labels, stmt, kind, label),
            StmtKind::Block(stmts) => self.inner_block(labels, labeled, ast.list(stmts)),
            StmtKind::Case { body, .. } | StmtKind::Comm { body, .. } => {
                self.inner_block(labels, None, ast.list(body));
            }
            StmtKind::Switch { clauses, .. }
            | StmtKind::TypeSwitch { clauses, .. }
            | StmtKind::Select { clauses, .. } => {
                self.inner_block(labels, labeled, ast.list(clauses));
            }
            StmtKind::For { body, .. } | StmtKind::Range { body, .. } => {
                self.label_stmt(labels, labeled, body);
            }
            _ => {}
        }
    }

    fn declare_label(
        &mut self,
        labels: &mut Labels,
        label: ExprId,
        stmt: StmtId,
    ) -> Option<Labeled> {
        let name = self.ident_name(label);
        if name == Name::BLANK {
            return None;
        }
        let obj = self.new_object(ObjKind::Label, label);
        if let Entry::Vacant(entry) = labels.all.entry(name) {
            entry.insert((obj, false));
            labels.order.push(name);
            self.record_def(label, Some(obj));
            if let Some(block) = labels.blocks.last_mut() {
                block.labels.push(name);
            }
        } else {
            let at = self.range(label).start;
            self.soft_error_at(at, Code::DuplicateLabel, "label already declared");
        }
        let block = labels.blocks.last_mut()?;
        let n_bad = block.var_decl.unwrap_or(0);
        let jumps = std::mem::take(&mut block.forward);
        for (index, jump) in jumps.into_iter().enumerate() {
            if jump.name != name {
                labels.blocks.last_mut()?.forward.push(jump);
                continue;
            }
            if let Some((_, used)) = labels.all.get_mut(&name) {
                *used = true;
            }
            self.record_use(jump.label, obj);
            if index < n_bad {
                let at = self.range(jump.label).start;
                self.soft_error_at(
                    at,
                    Code::JumpOverDecl,
                    "goto jumps over variable declaration",
                );
            }
        }
        let block = labels.blocks.last_mut()?;
        block.var_decl = block.var_decl.map(|bad| bad.min(block.forward.len()));
        Some(Labeled { name, stmt })
    }

    fn label_branch(
        &mut self,
        labels: &mut Labels,
        branch: StmtId,
        kind: BranchKind,
        label: ExprId,
    ) {
        let name = self.ident_name(label);
        let ast = self.ast();
        let target = labels
            .blocks
            .iter()
            .rev()
            .filter_map(|block| block.labeled)
            .find(|labeled| labeled.name == name);
        let target = target.map(|labeled| ast.stmt(labeled.stmt).kind);
        let is_loop = matches!(target, Some(StmtKind::For { .. } | StmtKind::Range { .. }));
        let is_switch = matches!(
            target,
            Some(StmtKind::Switch { .. } | StmtKind::TypeSwitch { .. } | StmtKind::Select { .. })
        );
        match kind {
            BranchKind::Break if !is_loop && !is_switch => {
                self.error_expr(label, Code::MisplacedLabel, "invalid break label");
                return;
            }
            BranchKind::Continue if !is_loop => {
                self.error_expr(label, Code::MisplacedLabel, "invalid continue label");
                return;
            }
            BranchKind::Goto
                if !labels
                    .blocks
                    .iter()
                    .any(|block| block.labels.contains(&name)) =>
            {
                if let Some(block) = labels.blocks.last_mut() {
                    block.forward.push(Jump { name, label });
                }
                return;
            }
            BranchKind::Fallthrough => {
                let start = ast.range(branch).start;
                self.error_at(start, Code::InvalidSyntaxTree, "fallthrough takes no label");
                return;
            }
            _ => {}
        }
        if let Some((obj, used)) = labels.all.get_mut(&name) {
            *used = true;
            let obj = *obj;
            self.record_use(label, obj);
        }
    }
}

/// Forward jumps so far must not pass this declaration.
fn record_var_decl(labels: &mut Labels) {
    if let Some(block) = labels.blocks.last_mut() {
        block.var_decl = Some(block.forward.len());
    }
}
