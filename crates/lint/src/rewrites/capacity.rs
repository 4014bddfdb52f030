//! A slice that is appended to, made with a capacity that was measured.

use diag::Safety;
use go_syntax::{Node, StmtId, StmtKind};
use go_types::{Builtin, TypeKind};

use super::{PLACEHOLDER, Parameter, Rewrite, line_of};
use crate::source::{Declared, Draft, Source};

pub(super) fn find(source: &Source<'_>, all: &mut Vec<Rewrite>) {
    for stmt in source.stmts() {
        for declared in source.declared(stmt) {
            all.extend(rewrite(source, stmt, &declared));
        }
    }
}

fn rewrite(source: &Source<'_>, stmt: StmtId, declared: &Declared) -> Option<Rewrite> {
    // `var s []T` alone on its line.
    let StmtKind::Decl(decl) = source.stmt(stmt) else {
        return None;
    };
    let obj = source.variable(declared.name)?;
    let is_slice = matches!(source.under(source.type_of_object(obj)), TypeKind::Slice(_));
    if !is_slice || declared.value.is_some() || !declared.is_alone {
        return None;
    }
    let added = appended_at(source, obj)?;
    let typ = typ_text(source, decl, declared)?;
    if !source.is_predeclared("make", stmt) {
        return None;
    }
    let name = source.text(declared.name);
    let mut draft = Draft::new(
        format!("make `{name}` with a capacity of {PLACEHOLDER}, as measured"),
        Safety::Unsafe,
    );
    draft.replace(
        source.range(stmt),
        format!("{name} := make({typ}, 0, {PLACEHOLDER})"),
    );
    let mut rewrite = Rewrite::new("measured-capacity", source, stmt, draft)?;
    rewrite.parameter = Some(Parameter {
        made_at: line_of(source, stmt),
        added_at: line_of(source, added),
    });
    Some(rewrite)
}

/// The only append to a slice, if it adds one element at a time.
fn appended_at(source: &Source<'_>, obj: go_types::ObjId) -> Option<StmtId> {
    let mut found = None;
    for ident in source.mentions(obj).iter().skip(1) {
        if !source.is_write(*ident) {
            continue;
        }
        let stmt = source.stmt_around(*ident)?;
        let StmtKind::Assign { rhs, .. } = source.stmt(stmt) else {
            return None;
        };
        let [value] = source.file.ast.list(rhs) else {
            return None;
        };
        let (args, spread) = source.builtin_args(*value, Builtin::Append)?;
        let is_own = source.variable(*args.first()?) == Some(obj);
        if !is_own || spread || args.len() != 2 || found.is_some() {
            return None;
        }
        found = Some(stmt);
    }
    found
}

/// The type of `var s []T` as it is spelled.
fn typ_text<'a>(
    source: &Source<'a>,
    decl: go_syntax::DeclId,
    declared: &Declared,
) -> Option<&'a str> {
    let whole = source.range(Node::Decl(decl));
    let after = source.range(declared.name).end;
    let text = source
        .file
        .text(base::TextRange::new(after, whole.end))
        .trim();
    text.starts_with("[]").then_some(text)
}
