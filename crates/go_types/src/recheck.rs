//! Checking changed function bodies again, and carrying over all that is known of the rest.
//!
//! An edit inside bodies leaves every declaration as it is: objects, types and what others see keep their
//! ids. What changes for them is where they stand. So the two trees of the file are walked side by side
//! outside of the changed bodies: facts move from old nodes to new ones, positions behind a body move by
//! the difference in length, and the changed bodies are checked as if for the first time. What the old ones
//! left in the store stays there, unreachable.

use base::{FileId, Idx};
use go_syntax::{DeclKind, ExprId, File, FuncDecl, Node, StmtId};
use rustc_hash::FxHashMap;

use crate::resolver::DeclInfoKind;
use crate::{Declared, FileInfo, Pos, Store};

/// What an edit did to a file, if it did not change anything outside of function bodies.
#[derive(Debug)]
pub struct BodyEdit {
    nodes: NodeMap,
    moves: Moves,
    /// New bodies that differ from what stood there.
    changed: Vec<StmtId>,
    /// New declarations by the new identifier of their name.
    funcs: FxHashMap<ExprId, FuncDecl>,
}

impl BodyEdit {
    /// Number of bodies that changed.
    pub fn n_changed(&self) -> usize {
        self.changed.len()
    }

    /// Compares two texts of a file. `None` if more than bodies of functions differs: a comment before a
    /// declaration is enough.
    pub fn between(old: &File, new: &File) -> Option<Self> {
        if old.decls.len() != new.decls.len() {
            return None;
        }
        let mut edit = Self {
            nodes: NodeMap::new(old),
            moves: Moves::default(),
            changed: Vec::new(),
            funcs: FxHashMap::default(),
        };
        if let (Some(old), Some(new)) = (old.package, new.package) {
            edit.nodes.pair(Node::Expr(old), Node::Expr(new));
        }
        // Ends of what is known to be equal.
        let (mut old_at, mut new_at) = (0, 0);
        for (&old_decl, &new_decl) in old.decls.iter().zip(&new.decls) {
            let (old_func, new_func) = (func(old, old_decl), func(new, new_decl));
            let bodies = old_func
                .zip(new_func)
                .map(|(old, new)| (old.body, new.body));
            if let Some(new_func) = new_func {
                edit.funcs.insert(new_func.name, new_func);
            }
            let Some((Some(old_body), Some(new_body))) = bodies else {
                edit.nodes
                    .pair_trees(old, old_decl.into(), new, new_decl.into(), None)?;
                continue;
            };
            let (old_range, new_range) = (old.ast.range(old_body), new.ast.range(new_body));
            if !same(old, old_at..old_range.start, new, new_at..new_range.start) {
                return None;
            }
            (old_at, new_at) = (old_range.end.max(old_at), new_range.end.max(new_at));
            let unchanged = old.text(old_range) == new.text(new_range);
            let skip = (!unchanged).then_some((old_body, new_body));
            edit.nodes
                .pair_trees(old, old_decl.into(), new, new_decl.into(), skip)?;
            if !unchanged {
                edit.moves.add(old_at, new_at);
                edit.changed.push(new_body);
            }
        }
        let ends = (old.src.len() as u32, new.src.len() as u32);
        same(old, old_at..ends.0, new, new_at..ends.1).then_some(edit)
    }
}

fn func(file: &File, decl: go_syntax::DeclId) -> Option<FuncDecl> {
    match file.ast.decl(decl).kind {
        DeclKind::Func(func) => Some(func),
        _ => None,
    }
}

fn same(old: &File, a: std::ops::Range<u32>, new: &File, b: std::ops::Range<u32>) -> bool {
    let (a, b) = (
        a.start as usize..a.end as usize,
        b.start as usize..b.end as usize,
    );
    old.src.get(a) == new.src.get(b)
}

/// How far text behind changed bodies has moved.
#[derive(Debug, Default)]
struct Moves {
    /// Old offset from which on it holds, and the difference.
    steps: Vec<(u32, i64)>,
}

impl Moves {
    fn add(&mut self, old_end: u32, new_end: u32) {
        self.steps
            .push((old_end, i64::from(new_end) - i64::from(old_end)));
    }

    fn offset(&self, old: u32) -> u32 {
        let after = self.steps.partition_point(|(start, _)| *start <= old);
        let by = after.checked_sub(1).map_or(0, |last| self.steps[last].1);
        (i64::from(old) + by) as u32
    }

    fn pos(&self, file: FileId, pos: &mut Pos) {
        if pos.file == file {
            pos.offset = self.offset(pos.offset);
        }
    }
}

/// New nodes by old ones.
#[derive(Debug)]
struct NodeMap {
    exprs: Vec<Option<ExprId>>,
    others: FxHashMap<Node, Node>,
}

impl NodeMap {
    fn new(old: &File) -> Self {
        Self {
            exprs: vec![None; old.ast.n_exprs()],
            others: FxHashMap::default(),
        }
    }

    fn pair(&mut self, old: Node, new: Node) {
        match (old, new) {
            (Node::Expr(old), Node::Expr(new)) => self.exprs[old.index()] = Some(new),
            _ => {
                self.others.insert(old, new);
            }
        }
    }

    /// Pairs the nodes of two equal trees, apart from what is in the bodies to skip. `None` if the trees
    /// differ.
    fn pair_trees(
        &mut self,
        old: &File,
        old_root: Node,
        new: &File,
        new_root: Node,
        skip: Option<(StmtId, StmtId)>,
    ) -> Option<()> {
        let (mut old_pending, mut new_pending) = (vec![old_root], vec![new_root]);
        while let (Some(a), Some(b)) = (old_pending.pop(), new_pending.pop()) {
            if std::mem::discriminant(&a) != std::mem::discriminant(&b) {
                return None;
            }
            self.pair(a, b);
            if skip.is_some_and(|(old, new)| (a, b) == (old.into(), new.into())) {
                continue;
            }
            old.ast.push_children(a, &mut old_pending);
            new.ast.push_children(b, &mut new_pending);
            if old_pending.len() != new_pending.len() {
                return None;
            }
        }
        Some(())
    }

    fn expr(&self, old: ExprId) -> Option<ExprId> {
        self.exprs.get(old.index()).copied().flatten()
    }

    fn node(&self, old: Node) -> Option<Node> {
        match old {
            Node::Expr(id) => self.expr(id).map(Node::Expr),
            _ => self.others.get(&old).copied(),
        }
    }
}

impl Declared {
    /// Takes over an edit of the file with the `number`, and checks the changed bodies. `files` has the new
    /// file in its place. `lines` of the store's file are the caller's to set.
    pub fn recheck(&mut self, store: &mut Store, files: &[&File], number: usize, edit: &BodyEdit) {
        let Some(&file_id) = self.file_ids.get(number) else {
            return;
        };
        if let Some(info) = self.info.files.get_mut(number) {
            *info = std::mem::take(info).moved(&edit.nodes, files[number]);
            for scope in info.all_scopes() {
                let range = &mut store.scopes[scope].range;
                range.start = edit.moves.offset(range.start);
                range.end = edit.moves.offset(range.end);
            }
        }
        self.move_decls(number, edit);
        self.move_problems(file_id, &edit.moves);
        let mut bodies = Vec::new();
        for (index, body) in self.bodies.iter_mut().enumerate() {
            if body.file != number {
                continue;
            }
            if let Some(Node::Stmt(stmt)) = edit.nodes.node(body.stmt.into()) {
                body.stmt = stmt;
                bodies.extend(edit.changed.contains(&stmt).then_some(index));
            }
        }
        self.with_checker(store, files, |checker| {
            for body in bodies {
                checker.check_body(body);
            }
        });
    }

    /// Declarations of the file by their new nodes.
    fn move_decls(&mut self, number: usize, edit: &BodyEdit) {
        let expr = |id: &mut Option<ExprId>| *id = id.and_then(|id| edit.nodes.expr(id));
        for decl in self.decls.iter_mut().filter(|decl| decl.file == number) {
            match &mut decl.kind {
                DeclInfoKind::Const { typ, init, .. } | DeclInfoKind::Var { typ, init, .. } => {
                    expr(typ);
                    expr(init);
                }
                DeclInfoKind::Type(spec) => {
                    if let Some(Node::Spec(new)) = edit.nodes.node((*spec).into()) {
                        *spec = new;
                    }
                }
                DeclInfoKind::Func(func) => {
                    let name = edit.nodes.expr(func.name);
                    if let Some(new) = name.and_then(|name| edit.funcs.get(&name)) {
                        *func = *new;
                    }
                }
            }
        }
    }

    fn move_problems(&mut self, file: FileId, moves: &Moves) {
        let in_bodies = self.bodies.iter_mut().flat_map(|body| &mut body.problems);
        for problem in self.problems.iter_mut().chain(in_bodies) {
            moves.pos(file, &mut problem.pos);
        }
    }
}

impl Store {
    /// Moves what is declared in a file with the text around it.
    pub fn move_positions(&mut self, file: FileId, edit: &BodyEdit) {
        let moved = |pos: Pos| pos.file == file && edit.moves.offset(pos.offset) != pos.offset;
        let objects: Vec<_> = (self.objects.ids().zip(self.objects.iter()))
            .filter(|(_, object)| moved(object.pos))
            .map(|(id, _)| id)
            .collect();
        for id in objects {
            let object = &mut self.objects[id];
            object.pos.offset = edit.moves.offset(object.pos.offset);
            if object.scope_pos > 0 {
                object.scope_pos = edit.moves.offset(object.scope_pos);
            }
        }
        let interfaces: Vec<_> = (self.interfaces.ids().zip(self.interfaces.iter()))
            .filter(|(_, interface)| moved(interface.pos))
            .map(|(id, _)| id)
            .collect();
        for id in interfaces {
            edit.moves.pos(file, &mut self.interfaces[id].pos);
        }
    }
}

impl FileInfo {
    /// The facts by the nodes of the new tree.
    fn moved(self, nodes: &NodeMap, new: &File) -> Self {
        let mut moved = Self::of_size(new.ast.n_exprs());
        for (old, new) in nodes.exprs.iter().enumerate() {
            if let Some(new) = new.map(Idx::index) {
                moved.types[new] = self.types[old];
                moved.defs[new] = self.defs[old];
                moved.uses[new] = self.uses[old];
            }
        }
        moved.selections = by_expr(self.selections, nodes);
        moved.instances = by_expr(self.instances, nodes);
        moved.lit_paths = by_expr(self.lit_paths, nodes);
        moved.implicits = by_node(self.implicits, nodes);
        moved.scopes = by_node(self.scopes, nodes);
        moved.file_scope = self.file_scope;
        moved
    }
}

fn by_expr<T>(facts: FxHashMap<ExprId, T>, nodes: &NodeMap) -> FxHashMap<ExprId, T> {
    let facts = facts.into_iter();
    facts
        .filter_map(|(expr, fact)| Some((nodes.expr(expr)?, fact)))
        .collect()
}

fn by_node<T>(facts: FxHashMap<Node, T>, nodes: &NodeMap) -> FxHashMap<Node, T> {
    let facts = facts.into_iter();
    facts
        .filter_map(|(node, fact)| Some((nodes.node(node)?, fact)))
        .collect()
}
