//! What stands around a site: the loop that repeats it, and the variable that keeps its result.

use base::TextRange;
use go_syntax::{BinaryOp, ExprId, ExprKind, File, Node, StmtId, StmtKind};
use go_types::{Basic, TypeKind, VarKind};

use crate::allocs::{Alloc, Holder};
use crate::sites::Site;
use crate::source_text::shown;
use crate::view::View;

/// What a slice, map or string that grows is kept in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Kept {
    /// A variable of the function, with the line of its declaration.
    Local {
        name: String,
        line: u32,
    },
    /// A parameter: the caller brings the memory.
    Param {
        name: String,
    },
    Field {
        text: String,
    },
    /// A package-level variable.
    Package {
        name: String,
    },
    Unknown,
}

/// The loop that fills something.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Filling {
    /// Line of the loop.
    pub(crate) line: u32,
    /// How often it turns, as a Go expression; `None` if that is not known before.
    pub(crate) count: Option<String>,
    /// Not every turn fills.
    pub(crate) is_conditional: bool,
}

/// What the site fills is kept in.
pub(crate) fn kept(view: &View, site: &Site) -> Kept {
    let target = site
        .target
        .as_ref()
        .filter(|_| site.alloc != Alloc::Variable);
    let Some(holder) = site.holder.as_ref().or(target) else {
        return Kept::Unknown;
    };
    let (Some(typed), Some(syntax)) = (view.typed(site.file), view.syntax(site.file)) else {
        return Kept::Unknown;
    };
    let Holder::Object(obj) = holder else {
        return Kept::Unknown;
    };
    let name = typed.name_of(*obj);
    match typed.var_kind(*obj) {
        Some(VarKind::Local | VarKind::Result) => Kept::Local {
            name,
            line: syntax.lines.line_col(typed.declared_at(*obj)).line,
        },
        Some(VarKind::Param | VarKind::Recv) => Kept::Param { name },
        Some(VarKind::Field) => Kept::Field { text: name },
        Some(VarKind::Package) => Kept::Package { name },
        None => Kept::Unknown,
    }
}

/// The statements of a site's own function that the site stands in, outermost first, with the site's range.
fn statements_around<'a>(
    view: &View<'a>,
    site: &Site,
) -> Option<(&'a File, TextRange, Vec<StmtId>)> {
    let range = view.syntax(site.file)?.ast.range(site.node?);
    let (syntax, statements) = statements_around_range(view, site.file, range)?;
    Some((syntax, range, statements))
}

/// The statements of the innermost function around a range that the range stands in, outermost first.
pub(crate) fn statements_around_range<'a>(
    view: &View<'a>,
    file: usize,
    range: TextRange,
) -> Option<(&'a File, Vec<StmtId>)> {
    let syntax = view.syntax(file)?;
    let functions = &view.package.functions;
    let body = functions
        .get(functions.around_offset(file, range.start)?)
        .body?;
    let mut statements = Vec::new();
    syntax.ast.walk(body, |node| {
        let is_around = syntax.ast.range(node).covers(range);
        if let Node::Stmt(id) = node
            && is_around
        {
            statements.push(id);
        }
        is_around
    });
    Some((syntax, statements))
}

/// Where the innermost loop starts whose turns run a site again.
pub(crate) fn loop_around(view: &View, site: &Site) -> Option<u32> {
    let range = view.syntax(site.file)?.ast.range(site.node?);
    loop_around_range(view, site.file, range)
}

/// As [`loop_around`], of an expression.
pub(crate) fn loop_around_range(view: &View, file: usize, range: TextRange) -> Option<u32> {
    let (syntax, statements) = statements_around_range(view, file, range)?;
    let body = |id: &&StmtId| match syntax.ast.stmt(**id).kind {
        StmtKind::For { body, .. } | StmtKind::Range { body, .. } => {
            syntax.ast.range(body).covers(range)
        }
        _ => false,
    };
    let innermost = statements.iter().rev().find(body)?;
    Some(syntax.ast.range(*innermost).start)
}

/// A condition under which something is made once and then kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Guard {
    /// `if x == nil { x = … }`
    Absent,
    /// `if cap(x) < n { x = make(…) }`
    TooSmall,
}

/// The condition under which a site makes what is kept, if there is one; with the name that it tests.
pub(crate) fn guard(view: &View, site: &Site) -> Option<Guard> {
    let (syntax, range, statements) = statements_around(view, site)?;
    let target = match kept(view, site) {
        Kept::Local { name, .. } | Kept::Param { name } | Kept::Package { name } => name,
        Kept::Field { text } => text,
        Kept::Unknown => return None,
    };
    statements.iter().rev().find_map(|id| {
        let StmtKind::If {
            cond, then, els, ..
        } = syntax.ast.stmt(*id).kind
        else {
            return None;
        };
        let cond = syntax.expr_text(cond);
        let tests = |call: &str| {
            cond.match_indices(call).any(|(at, _)| {
                let rest = &cond[at + call.len()..];
                let argument = rest.split(')').next().unwrap_or_default();
                argument.rsplit('.').next() == Some(target.as_str())
            })
        };
        let is_then = syntax.ast.range(then).covers(range);
        let is_else = els.is_some_and(|els| syntax.ast.range(els).covers(range));
        // The capacity may be that of a variable of another name, `b := *buf`.
        if (is_then || is_else) && (cond.contains("cap(") || tests("len(")) {
            return Some(Guard::TooSmall);
        }
        let is_absent = cond.split(['|', '&']).any(|part| {
            part.trim()
                .strip_suffix("== nil")
                .is_some_and(|value| value.trim().rsplit('.').next() == Some(target.as_str()))
        });
        (is_then && is_absent).then_some(Guard::Absent)
    })
}

/// The one loop between the declaration of what a site fills and the site. `None` outside of loops, and in nested
/// ones, where the number of turns is not that of one loop.
pub(crate) fn filling(view: &View, site: &Site) -> Option<Filling> {
    let (syntax, _, statements) = statements_around(view, site)?;
    let declared = match &site.holder {
        Some(Holder::Object(obj)) => view.typed(site.file)?.declared_at(*obj),
        _ => 0,
    };
    let mut loops: Vec<StmtId> = Vec::new();
    let mut conditions: Vec<TextRange> = Vec::new();
    for id in statements {
        let around = syntax.ast.range(id);
        match syntax.ast.stmt(id).kind {
            StmtKind::For { .. } | StmtKind::Range { .. } if !around.contains(declared) => {
                loops.push(id);
            }
            StmtKind::If { .. } | StmtKind::Case { .. } | StmtKind::Comm { .. } => {
                conditions.push(around);
            }
            _ => {}
        }
    }
    let [single] = loops.as_slice() else {
        return None;
    };
    let of_loop = syntax.ast.range(*single);
    Some(Filling {
        line: syntax.lines.line_col(of_loop.start).line,
        count: count(view, site.file, syntax, *single),
        is_conditional: conditions
            .iter()
            .any(|condition| of_loop.covers(*condition)),
    })
}

/// Whether a site runs again and again in one call of its function.
pub(crate) fn is_in_loop(view: &View, site: &Site) -> bool {
    statements_around(view, site).is_some_and(|(syntax, range, statements)| {
        statements.iter().any(|id| match syntax.ast.stmt(*id).kind {
            StmtKind::For { body, .. } | StmtKind::Range { body, .. } => {
                syntax.ast.range(body).covers(range)
            }
            _ => false,
        })
    })
}

/// How often a loop turns, as a Go expression.
fn count(view: &View, file: usize, syntax: &File, id: StmtId) -> Option<String> {
    match syntax.ast.stmt(id).kind {
        StmtKind::Range { x, .. } => {
            let text = pure(syntax, x)?;
            match view.kind_of(file, x)? {
                TypeKind::Slice(_)
                | TypeKind::Array { .. }
                | TypeKind::Map { .. }
                | TypeKind::Pointer(_) => Some(format!("len({text})")),
                TypeKind::Basic(basic) if is_integer(basic) => Some(text),
                _ => None,
            }
        }
        StmtKind::For {
            cond: Some(cond), ..
        } => match syntax.ast.expr(cond).kind {
            ExprKind::Binary {
                op: BinaryOp::Lss,
                y,
                ..
            } => pure(syntax, y),
            _ => None,
        },
        _ => None,
    }
}

fn is_integer(basic: Basic) -> bool {
    (Basic::Int..=Basic::Uintptr).contains(&basic) || basic == Basic::UntypedInt
}

/// The text of an expression without calls, other than `len` and `cap`, so that it may be repeated elsewhere.
fn pure(syntax: &File, expr: ExprId) -> Option<String> {
    let mut is_pure = true;
    syntax.ast.walk(expr, |node| {
        if let Node::Expr(id) = node {
            is_pure &= match syntax.ast.expr(id).kind {
                ExprKind::Ident(_)
                | ExprKind::BasicLit(_)
                | ExprKind::Selector { .. }
                | ExprKind::Paren(_)
                | ExprKind::Star(_)
                | ExprKind::Binary { .. }
                | ExprKind::Index { .. } => true,
                ExprKind::Call { fun, .. } => {
                    matches!(syntax.ast.name(fun).as_str(), "len" | "cap")
                }
                _ => false,
            };
        }
        is_pure
    });
    is_pure.then(|| shown(syntax, expr.into()))
}
