//! gcassert's `bce`: indices that are not checked at run time.

use std::collections::BTreeSet;
use std::path::Path;

use base::LineCol;
use diag::Diagnostic;
use gc::Kind;
use go_syntax::{ExprKind, Node, StmtKind};

use super::Directive;
use super::local::function_name;
use crate::findings::help;
use crate::rules::broken_contract::{RULE, finding, place};
use crate::source::Source;
use crate::source_text::shown;
use crate::view::View;

/// The bounds checks that the compiler keeps where promises say that there are none. It is asked only if there are such
/// promises.
pub(super) fn kept(view: &View, promises: &[(&Source<'_>, Directive)]) -> Vec<Diagnostic> {
    let Some(ask) = view.bounds_checks.filter(|_| !promises.is_empty()) else {
        return Vec::new();
    };
    let checks = match ask() {
        Ok(checks) => checks,
        Err(reason) => {
            let message = format!("bounds checks cannot be looked for: {reason}");
            let all = promises.iter();
            return all
                .map(|(source, directive)| finding(view, source, directive.range, &message))
                .collect();
        }
    };
    // Of code that is compiled more than once, such as instances, each place once.
    let places: BTreeSet<(usize, LineCol, bool)> = (checks.iter())
        .filter_map(|(_, decision)| {
            let is_slice = match decision.kind {
                Kind::BoundsCheck => false,
                Kind::SliceBoundsCheck => true,
                _ => return None,
            };
            let file = view.file(Path::new(checks.path(decision.position.file)))?;
            Some((file, decision.position.line_col(), is_slice))
        })
        .collect();
    let mut broken = Vec::new();
    for (source, directive) in promises {
        let (first, last) = lines(view, source, directive);
        for (file, at, is_slice) in &places {
            if *file == source.index && (first..=last).contains(&at.line) {
                broken.push(check(view, source, directive, *at, *is_slice));
            }
        }
    }
    broken
}

/// The lines of which a directive speaks: those of the function, of the statement below it as far as its body, or its
/// own.
fn lines(view: &View, source: &Source<'_>, directive: &Directive) -> (u32, u32) {
    if let Some((_, first, last)) = function_name(view, source, directive) {
        return (first, last);
    }
    let line = directive.lines.1;
    let line_of = |offset| source.file.lines.line_col(offset).line;
    let mut below = source.stmts().filter(|stmt| {
        let is_block = matches!(source.file.ast.stmt(*stmt).kind, StmtKind::Block(_));
        !is_block && line_of(source.range(*stmt).start) == line
    });
    let Some(stmt) = below.next().filter(|_| directive.is_alone) else {
        return (line, line);
    };
    let last = match source.file.ast.stmt(stmt).kind {
        StmtKind::For { body, .. } | StmtKind::Range { body, .. } => source.range(body).start,
        StmtKind::If { then, .. } => source.range(then).start,
        StmtKind::Switch { lbrace, .. }
        | StmtKind::TypeSwitch { lbrace, .. }
        | StmtKind::Select { lbrace, .. } => lbrace,
        StmtKind::Case { colon, .. } | StmtKind::Comm { colon, .. } => colon,
        _ => source.range(stmt).end,
    };
    (line, line_of(last))
}

fn check(
    view: &View,
    source: &Source<'_>,
    directive: &Directive,
    at: LineCol,
    is_slice: bool,
) -> Diagnostic {
    let index = view.nodes_at(source.index, at).find(|node| {
        let Node::Expr(id) = *node else { return false };
        match source.file.ast.expr(id).kind {
            ExprKind::Index { .. } => !is_slice,
            ExprKind::Slice { .. } => is_slice,
            _ => false,
        }
    });
    let message = match index {
        Some(node) => {
            let text = shown(source.file, node);
            format!("`{text}` is to have no bounds check, and has one")
        }
        None => "no bounds check is to be here; code that is inlined has one".to_owned(),
    };
    let mut one = finding(view, source, directive.range, &message);
    one.primary = match index {
        Some(node) => view.annotate(source.index, node),
        None => view.annotation(source.index, at),
    };
    one.secondary.push(place(view, source, directive.range));
    let text =
        "show the compiler the length before, as with `_ = s[n-1]`, or let `range` make the index";
    one.notes.push(help(&RULE, text));
    one
}
