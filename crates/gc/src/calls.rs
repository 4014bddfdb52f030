//! The calls in the functions of a package, as its source has them. The log mentions only those that were inlined.

use std::collections::BTreeMap;

use base::LineCol;
use go_syntax::{Ast, DeclKind, ExprId, ExprKind, File, FuncDecl, Node};

use crate::expression::Expressions;

/// Calls by function and by the last name of the callee.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    by_function: BTreeMap<String, BTreeMap<String, Vec<(String, LineCol)>>>,
}

impl Calls {
    /// Adds the functions of a file, known by `path`.
    pub fn add(&mut self, path: &str, source: &Expressions) {
        let file = source.file();
        for id in &file.decls {
            let DeclKind::Func(decl) = &file.ast.decl(*id).kind else {
                continue;
            };
            let calls = self
                .by_function
                .entry(function_name(&file.ast, decl))
                .or_default();
            file.ast.walk(*id, |node| {
                if let Some((callee, at)) = call(file, node) {
                    calls.entry(callee).or_default().push((path.to_owned(), at));
                }
                true
            });
        }
    }

    /// The first call of a function that `callee` may be meant by, a name such as `(*T).M` or `bufio.NewReader`.
    pub(crate) fn find(&self, function: &str, callee: &str) -> Option<(&str, LineCol)> {
        let calls = self.by_function.get(function)?;
        let (path, at) = calls.get(last_name(callee))?.first()?;
        Some((path, *at))
    }

    /// Whether a function calls something of that name. True for functions that are not known.
    pub(crate) fn may_call(&self, function: &str, callee: &str) -> bool {
        (self.by_function.get(function)).is_none_or(|calls| calls.contains_key(last_name(callee)))
    }
}

/// `M` of `(*T).M`, `p.M` and `M`.
pub(crate) fn last_name(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// The last name of the callee, and gc's position of the call.
fn call(file: &File, node: Node) -> Option<(String, LineCol)> {
    let Node::Expr(id) = node else {
        return None;
    };
    let ExprKind::Call { fun, .. } = file.ast.expr(id).kind else {
        return None;
    };
    let callee = callee(&file.ast, fun)?;
    let at = file.lines.line_col(file.ast.expr(id).pos);
    Some((file.ast.name(callee).as_str().to_owned(), at))
}

/// The identifier that names a callee, without type arguments.
fn callee(ast: &Ast, fun: ExprId) -> Option<ExprId> {
    let mut fun = ast.unparen(fun);
    while let ExprKind::Index { x, .. } = ast.expr(fun).kind {
        fun = ast.unparen(x);
    }
    match ast.expr(fun).kind {
        ExprKind::Ident(_) => Some(fun),
        ExprKind::Selector { sel, .. } => Some(sel),
        _ => None,
    }
}

/// The name of a function as gc spells it, without type parameters: `F`, `T.M`, `(*T).M`.
pub(crate) fn function_name(ast: &Ast, decl: &FuncDecl) -> String {
    let name = ast.name(decl.name).as_str();
    let Some(receiver) = ast.list(decl.recv).first() else {
        return name.to_owned();
    };
    let (mut ty, mut pointer) = (ast.unparen(ast.field(*receiver).ty), false);
    if let ExprKind::Star(x) = ast.expr(ty).kind {
        (ty, pointer) = (ast.unparen(x), true);
    }
    if let ExprKind::Index { x, .. } = ast.expr(ty).kind {
        ty = x;
    }
    let ty = ast.name(ty).as_str();
    if pointer {
        format!("(*{ty}).{name}")
    } else {
        format!("{ty}.{name}")
    }
}
