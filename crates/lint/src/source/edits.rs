//! Changes of a file that a rule proposes.

use base::TextRange;
use diag::{Edit, Fix, Safety};
use go_syntax::{DeclKind, ExprId, ExprKind, Node, StmtId, UnaryOp};
use go_types::{ObjKind, ScopeId};

use super::Source;

/// A fix while it is made.
#[derive(Debug)]
pub(crate) struct Draft {
    title: String,
    safety: Safety,
    edits: Vec<(TextRange, String)>,
    imports: Vec<String>,
    /// Something that the fix needs cannot be had: there is no fix.
    failed: bool,
}

impl Draft {
    pub(crate) fn new(title: impl Into<String>, safety: Safety) -> Self {
        Self {
            title: title.into(),
            safety,
            edits: Vec::new(),
            imports: Vec::new(),
            failed: false,
        }
    }

    pub(crate) fn replace(&mut self, range: TextRange, text: impl Into<String>) {
        self.edits.push((range, text.into()));
    }

    pub(crate) fn insert(&mut self, at: u32, text: impl Into<String>) {
        self.replace(TextRange::empty(at), text);
    }

    pub(crate) fn fail(&mut self) {
        self.failed = true;
    }

    /// The name by which a package can be used at a node; the import is added where it is missing. Where the name
    /// means something else there is no fix.
    pub(crate) fn package(
        &mut self,
        source: &Source<'_>,
        path: &str,
        at: impl Into<Node>,
    ) -> String {
        let Some((name, is_imported)) = source.package_name(path, at.into()) else {
            self.fail();
            return String::new();
        };
        if !is_imported && !self.imports.iter().any(|it| it == path) {
            self.imports.push(path.to_owned());
        }
        name
    }

    /// A line comment in a replaced range goes behind its replacement; other comments, and several, let the fix fail.
    fn keep_comments(&mut self, source: &Source<'_>) {
        let all: String = self.edits.iter().map(|(_, text)| text.as_str()).collect();
        for (range, text) in &mut self.edits {
            let dropped: Vec<&str> = (source.file.comments_in(*range).iter())
                .map(|comment| source.file.text(comment.range))
                .filter(|comment| !all.contains(comment))
                .collect();
            let rest = &source.file.src[range.end as usize..];
            let is_at_end = rest
                .lines()
                .next()
                .is_none_or(|rest| rest.trim().is_empty());
            match dropped.as_slice() {
                [] => {}
                [one] if one.starts_with("//") && is_at_end && !text.is_empty() => {
                    text.push(' ');
                    text.push_str(one);
                }
                _ => self.failed = true,
            }
        }
    }

    /// The fix; `None` if it failed, changes nothing, or drops a comment.
    pub(crate) fn finish(mut self, source: &Source<'_>) -> Option<Fix> {
        self.keep_comments(source);
        if self.failed || self.edits.is_empty() {
            return None;
        }
        self.edits.sort_by_key(|(range, _)| *range);
        let overlaps = self
            .edits
            .windows(2)
            .any(|pair| pair[0].0.end > pair[1].0.start);
        let edit = |(range, text): (TextRange, String)| Edit {
            path: source.path.clone(),
            range,
            text,
        };
        (!overlaps).then(|| Fix {
            title: self.title,
            safety: self.safety,
            edits: self.edits.into_iter().map(edit).collect(),
            imports: self.imports,
        })
    }
}

impl Source<'_> {
    /// The name by which a package is, or can be, used at a node, and whether it is imported. `None` if its name means
    /// something else there.
    fn package_name(&self, path: &str, at: Node) -> Option<(String, bool)> {
        let offset = self.range(at).start;
        let scope = self.scope_at(at);
        let mut taken = false;
        for spec in &self.file.imports {
            if self.file.import_path(*spec).as_deref() != Some(path) {
                continue;
            }
            let go_syntax::SpecKind::Import { name, .. } = self.file.ast.spec(*spec).kind else {
                continue;
            };
            let name = match name {
                Some(name) => self.file.ast.name(name).as_str(),
                None => last_element(path),
            };
            if name == "_" || name == "." {
                continue;
            }
            let means_it = self.with_store(|store| {
                let name = store.names.find(name)?;
                let (_, obj) = store.lookup_parent(scope?, name, Some(offset))?;
                match store.obj(obj).kind {
                    ObjKind::PkgName { imported } => {
                        Some(store.names.text(store.packages[imported].path) == path)
                    }
                    _ => Some(false),
                }
            });
            match means_it {
                Some(true) => return Some((name.to_owned(), true)),
                _ => taken = true,
            }
        }
        if taken {
            return None;
        }
        let name = last_element(path);
        let is_free = self.with_store(|store| {
            let Some(name) = store.names.find(name) else {
                return true;
            };
            scope.is_some_and(|scope| store.lookup_parent(scope, name, Some(offset)).is_none())
        });
        // A name of the package block that is declared in another file, or a method's parameter.
        (is_free && !self.is_package_level(name)).then(|| (name.to_owned(), false))
    }

    /// Whether a name means nothing at a node, nor anything in the package.
    pub(crate) fn is_free_name(&self, name: &str, at: Node) -> bool {
        let (scope, offset) = (self.scope_at(at), self.range(at).start);
        let means = self.with_store(|store| {
            let name = store.names.find(name)?;
            store.lookup_parent(scope?, name, Some(offset))
        });
        means.is_none() && !self.is_package_level(name)
    }

    fn is_package_level(&self, name: &str) -> bool {
        self.with_store(|store| {
            let (Some(pkg), Some(name)) = (self.pkg, store.names.find(name)) else {
                return false;
            };
            let scope = store.packages[pkg].scope;
            store.scopes[scope].get(name).is_some()
        })
    }

    /// The innermost scope around a node.
    pub(crate) fn scope_at(&self, node: Node) -> Option<ScopeId> {
        let of = |node: Node| -> Option<ScopeId> {
            if let Some(scope) = self.info().scope(node) {
                return Some(scope);
            }
            match node {
                Node::Decl(id) => match self.file.ast.decl(id).kind {
                    DeclKind::Func(func) => self.info().scope(func.ty),
                    _ => None,
                },
                Node::Expr(id) => match self.expr(id) {
                    ExprKind::FuncLit { ty, .. } => self.info().scope(ty),
                    _ => None,
                },
                _ => None,
            }
        };
        self.ancestors(node)
            .find_map(of)
            .or_else(|| self.with_store(|store| Some(store.packages[self.pkg?].scope)))
    }

    /// Whether a name means nothing at a node, or something of the universe.
    pub(crate) fn is_predeclared(&self, name: &str, at: impl Into<Node>) -> bool {
        let at = at.into();
        let (scope, offset) = (self.scope_at(at), self.range(at).start);
        self.with_store(|store| {
            let (Some(name), Some(scope)) = (store.names.find(name), scope) else {
                return true;
            };
            (store.lookup_parent(scope, name, Some(offset)))
                .is_none_or(|(scope, _)| scope == ScopeId::UNIVERSE)
        })
    }

    /// The white space in front of the line that a node begins on.
    pub(crate) fn indent(&self, node: impl Into<Node>) -> &str {
        let start = self.range(node).start as usize;
        let line = self.file.src[..start].rfind('\n').map_or(0, |at| at + 1);
        let text = &self.file.src[line..start];
        &text[..text.len() - text.trim_start().len()]
    }

    /// Whether a statement begins its line.
    pub(crate) fn begins_line(&self, node: impl Into<Node>) -> bool {
        let start = self.range(node).start as usize;
        let line = self.file.src[..start].rfind('\n').map_or(0, |at| at + 1);
        self.file.src[line..start].trim().is_empty()
    }

    /// The text of a statement that stands alone on its lines, with the comment behind it, and the whole lines.
    pub(crate) fn lines_with_comment(&self, stmt: StmtId) -> Option<(&str, TextRange)> {
        if let Some(lines) = self.lines_of(stmt) {
            return Some((self.text(stmt), lines));
        }
        let range = self.range(stmt);
        let line = self.file.lines.line_col(range.end).line;
        let whole = self.file.lines.line_range(line)?;
        let behind = self.file.text(TextRange::new(range.end, whole.end));
        let is_comment = behind.trim_start().starts_with("//");
        let start = self.file.lines.line_col(range.start).line;
        let start = self.file.lines.line_range(start)?.start;
        let end = (whole.end + 1).min(self.file.src.len() as u32);
        (is_comment && self.begins_line(stmt)).then(|| {
            let text = self.file.text(TextRange::new(range.start, whole.end));
            (text, TextRange::new(start, end))
        })
    }

    /// The whole lines of a statement, with the line end; `None` if something else stands on them.
    pub(crate) fn lines_of(&self, stmt: StmtId) -> Option<TextRange> {
        let range = self.range(stmt);
        let src = &self.file.src;
        let start = src[..range.start as usize]
            .rfind('\n')
            .map_or(0, |at| at + 1);
        let end = src[range.end as usize..]
            .find('\n')
            .map(|at| range.end as usize + at + 1)?;
        let before = &src[start..range.start as usize];
        let after = &src[range.end as usize..end];
        (before.trim().is_empty() && after.trim().is_empty())
            .then(|| TextRange::new(start as u32, end as u32))
    }

    /// Text for the place of an expression that is a sum or product of the given precedence (6: needs no parentheses).
    pub(crate) fn in_place(&self, place: ExprId, text: String, precedence: u8) -> String {
        let needs = match self.parent(place) {
            Some(Node::Expr(outer)) => match self.expr(outer) {
                ExprKind::Binary { op, x, .. } => {
                    let own = op.precedence();
                    precedence < own || precedence == own && x != place
                }
                ExprKind::Unary { .. } | ExprKind::Star(_) => precedence < 6,
                ExprKind::Selector { x, .. }
                | ExprKind::Index { x, .. }
                | ExprKind::Slice { x, .. }
                | ExprKind::TypeAssert { x, .. } => x == place && precedence < 6,
                ExprKind::Call { fun, .. } => fun == place && precedence < 6,
                _ => false,
            },
            _ => false,
        };
        if needs { format!("({text})") } else { text }
    }

    /// The precedence of an expression as an operand: that of its operator, 6 without one.
    pub(crate) fn precedence(&self, expr: ExprId) -> u8 {
        match self.expr(expr) {
            ExprKind::Binary { op, .. } => op.precedence(),
            ExprKind::Unary {
                op: UnaryOp::And, ..
            }
            | ExprKind::Star(_)
            | ExprKind::FuncLit { .. } => 5,
            _ => 6,
        }
    }
}

/// The text of an expression as an operand of a sum.
pub(crate) fn operand_text(source: &Source<'_>, expr: ExprId) -> String {
    let text = source.text(expr);
    if source.precedence(expr) < 4 {
        format!("({text})")
    } else {
        text.to_owned()
    }
}

/// The name that a package of the standard library has.
fn last_element(path: &str) -> &str {
    let mut elements = path.rsplit('/');
    let last = elements.next().unwrap_or(path);
    let is_version = last.len() > 1
        && last.starts_with('v')
        && last[1..].bytes().all(|byte| byte.is_ascii_digit());
    match elements.next() {
        Some(before) if is_version => before,
        _ => last,
    }
}
