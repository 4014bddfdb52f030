//! GP701: a regular expression that is compiled again and again.

use diag::{Fix, Safety, Severity};
use go_syntax::{AssignOp, ExprId, Node, StmtId, StmtKind};

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Callee, Draft, Function, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP701",
    name: "regexp-compile-in-loop",
    summary: "a constant regular expression that is compiled again and again",
    since: None,
    until: None,
    doc: include_str!("regexp_compile_in_loop.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.95,
        covers: &[&super::allocating_call::RULE],
        spent_in: &["regexp."],
    }),
};

const COMPILING: &[&str] = &[
    "Compile",
    "CompilePOSIX",
    "Match",
    "MatchReader",
    "MatchString",
    "MustCompile",
    "MustCompilePOSIX",
];

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for call in source.calls() {
        let name = source.called_name(call);
        if !COMPILING.contains(&name) {
            continue;
        }
        let Some((args, _)) = source.args_of(call, "regexp", name) else {
            continue;
        };
        let Some(pattern) = args.first().and_then(|arg| source.const_text(*arg)) else {
            continue;
        };
        let is_looped = !source.loops_around(call).is_empty() && source.runs_again(call);
        if is_looped {
            found.push(in_loop(source, call, &pattern));
        } else if let Some(function) = source.function_of(call)
            && !runs_once(source, function)
        {
            found.push(in_function(source, call));
        }
    }
}

fn in_loop(source: &Source<'_>, call: ExprId, pattern: &str) -> Found {
    let message = format!(
        "`{}` compiles the same pattern each turn",
        source.text(call)
    );
    let mut found = Found::new(source, call, &message)
        .label("compiled each turn")
        .help("compile it once: before the loop, or as a package variable")
        .fix(hoisted(source, call, pattern));
    found.confidence = 1.0;
    found
}

/// Compiling in a function that runs often shows in a profile alone.
fn in_function(source: &Source<'_>, call: ExprId) -> Found {
    let message = format!(
        "`{}` compiles the same pattern each call",
        source.text(call)
    );
    let mut found = Found::new(source, call, &message)
        .label("compiled each call")
        .help("compile it once, as a package variable");
    found.needs_evidence = true;
    found
}

/// Whether a function runs once by its name, or by what it is passed to.
fn runs_once(source: &Source<'_>, function: Function) -> bool {
    match function {
        Function::Declared(_) => {
            matches!(source.function_name(function), "init" | "main" | "TestMain")
        }
        Function::Literal(literal) => {
            let Some(Node::Expr(outer)) = source.parent(literal) else {
                return false;
            };
            match source.callee(outer) {
                Some(Callee::Func { path, name }) => path == "sync" && name.starts_with("Once"),
                Some(callee) => callee.is_method("sync", "Once", "Do"),
                None => false,
            }
        }
    }
}

/// `re := regexp.MustCompile(…)` as a statement of the loop's body goes before the outermost loop.
fn hoisted(source: &Source<'_>, call: ExprId, pattern: &str) -> Option<Fix> {
    if !matches!(source.called_name(call), "MustCompile")
        || base::go_regexp::compile(pattern).is_err()
    {
        return None;
    }
    let Some(Node::Stmt(stmt)) = source.parent(call) else {
        return None;
    };
    let StmtKind::Assign {
        lhs,
        op: AssignOp::Define,
        rhs,
    } = source.stmt(stmt)
    else {
        return None;
    };
    let ([name], [_]) = (source.file.ast.list(lhs), source.file.ast.list(rhs)) else {
        return None;
    };
    let loops = source.loops_around(call);
    let is_of_body = match source.stmt(*loops.first()?) {
        StmtKind::For { body, .. } | StmtKind::Range { body, .. } => {
            source.file.ast.block(body).contains(&stmt)
        }
        _ => false,
    };
    let outermost = source.labeled(*loops.last()?);
    let (text, lines) = source.lines_with_comment(stmt)?;
    if !is_of_body || !can_hoist(source, *name, call, outermost) {
        return None;
    }
    let mut draft = Draft::new("compile it before the loop", Safety::Safe);
    let indent = source.indent(outermost);
    draft.insert(source.range(outermost).start, format!("{text}\n{indent}"));
    draft.replace(lines, "");
    draft.finish(source)
}

/// Whether a declaration means the same before a loop: its name means nothing else in the function, its value is only
/// read, and no `goto` jumps.
fn can_hoist(source: &Source<'_>, name: ExprId, call: ExprId, outermost: StmtId) -> bool {
    let Some(obj) = source.variable(name) else {
        return false;
    };
    let Some(body) = source.function_of(name).and_then(|it| source.body(it)) else {
        return false;
    };
    let text = source.text(name);
    let is_alone = source.below(body).into_iter().all(|node| match node {
        Node::Expr(id) => {
            let is_ident = matches!(source.expr(id), go_syntax::ExprKind::Ident(_));
            let is_member = source.object(id).is_some_and(|it| source.is_member(it));
            !is_ident || source.text(id) != text || source.object(id) == Some(obj) || is_member
        }
        Node::Stmt(id) => !matches!(
            source.stmt(id),
            StmtKind::Branch {
                kind: go_syntax::BranchKind::Goto,
                ..
            }
        ),
        _ => true,
    });
    let is_read = (source.mentions(obj).iter().skip(1)).all(|ident| {
        let is_changed = matches!(source.parent(*ident), Some(Node::Expr(outer))
            if matches!(source.expr(outer), go_syntax::ExprKind::Selector { sel, .. }
                if source.text(sel) == "Longest"));
        !source.is_write(*ident) && !is_changed
    });
    // The package and the pattern mean the same there.
    let is_visible = source.variables_in(call).is_empty()
        && source.below(call).into_iter().all(|node| match node {
            Node::Expr(id) => source
                .object(id)
                .is_none_or(|it| source.is_declared_outside(it, outermost)),
            _ => true,
        });
    is_alone
        && is_read
        && is_visible
        && source.begins_line(outermost)
        && source.siblings(outermost).is_some()
}
