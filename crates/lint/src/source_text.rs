//! Source text as messages show it.

use go_syntax::{ExprKind, File, Node, StmtKind};

/// Longer text is cut.
const MAX: usize = 60;

/// The text of a node on one line: bodies of functions and elements of literals are left out, long text is cut.
pub(crate) fn shown(file: &File, node: Node) -> String {
    let ast = &file.ast;
    let text = match node {
        Node::Expr(id) => match ast.expr(id).kind {
            ExprKind::FuncLit { .. } => return "func literal".to_owned(),
            ExprKind::CompositeLit { ty, elems } => {
                let ty = ty.map_or("", |ty| file.expr_text(ty));
                let elems = if ast.list(elems).is_empty() {
                    "{}"
                } else {
                    "{…}"
                };
                format!("{ty}{elems}")
            }
            ExprKind::Unary { x, .. } if is_literal(file, x) => {
                format!("&{}", shown(file, Node::Expr(ast.unparen(x))))
            }
            _ => file.expr_text(id).to_owned(),
        },
        Node::Stmt(id) => match ast.stmt(id).kind {
            StmtKind::Go(call) | StmtKind::Defer(call) => {
                let keyword = if matches!(ast.stmt(id).kind, StmtKind::Go(_)) {
                    "go"
                } else {
                    "defer"
                };
                format!("{keyword} {}", callee(file, call))
            }
            StmtKind::Range { x, .. } => format!("range {}", file.expr_text(x)),
            _ => file.text(ast.range(node)).to_owned(),
        },
        _ => file.text(ast.range(node)).to_owned(),
    };
    one_line(&text)
}

/// The function of a call with `(…)` for its arguments.
pub(crate) fn callee(file: &File, call: go_syntax::ExprId) -> String {
    match file.ast.expr(file.ast.unparen(call)).kind {
        ExprKind::Call { fun, args, .. } => {
            let args = if file.ast.list(args).is_empty() {
                "()"
            } else {
                "(…)"
            };
            let fun = file.ast.unparen(fun);
            match file.ast.expr(fun).kind {
                ExprKind::FuncLit { .. } => format!("func(…) {{…}}{args}"),
                _ => one_line(&format!("{}{args}", shown(file, Node::Expr(fun)))),
            }
        }
        _ => shown(file, Node::Expr(call)),
    }
}

fn is_literal(file: &File, x: go_syntax::ExprId) -> bool {
    matches!(
        file.ast.expr(file.ast.unparen(x)).kind,
        ExprKind::CompositeLit { .. }
    )
}

/// The lines of a text joined by single blanks, and no more than a line's worth of it. Blanks within a line stay: they
/// may be part of a string.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(MAX + 4));
    for part in text.lines().map(str::trim) {
        if !line.is_empty() && !line.ends_with(['(', '{', '[', '.']) {
            line.push(' ');
        }
        line.push_str(part);
    }
    match line.char_indices().nth(MAX) {
        Some((end, _)) => {
            // Not within a name.
            let is_name = |c: char| c.is_alphanumeric() || c == '_';
            let cut = &line[..end];
            let whole = if line[end..].starts_with(is_name) {
                cut.trim_end_matches(is_name)
            } else {
                cut
            };
            let whole = if whole.is_empty() { cut } else { whole };
            format!("{}…", whole.trim_end())
        }
        None => line,
    }
}
