//! Large elements that are appended through a pointer: collect the pointers, then fill a slice of the exact size.

use diag::Safety;
use go_syntax::{ExprKind, Node, StmtId, StmtKind};
use go_types::{Builtin, TypeKind};

use super::{Rewrite, line_of};
use crate::source::{Draft, Source};

/// Smaller elements are copied for next to nothing.
const LARGE: i64 = 64;

pub(super) fn find(source: &Source<'_>, all: &mut Vec<Rewrite>) {
    for stmt in source.stmts() {
        all.extend(rewrite(source, stmt));
    }
}

/// `s = append(s, *p)`
fn rewrite(source: &Source<'_>, stmt: StmtId) -> Option<Rewrite> {
    let StmtKind::Assign { lhs, rhs, .. } = source.stmt(stmt) else {
        return None;
    };
    let ([_], [value]) = (source.file.ast.list(lhs), source.file.ast.list(rhs)) else {
        return None;
    };
    let ([slice, added], false) = source.builtin_args(*value, Builtin::Append)? else {
        return None;
    };
    let ExprKind::Star(pointer) = source.inner(*added) else {
        return None;
    };
    let obj = source.variable(*slice)?;
    source.variable(pointer)?;
    let TypeKind::Slice(elem) = source.under(source.type_of_object(obj)) else {
        return None;
    };
    let is_large = source.size(elem)? >= LARGE;
    let declaration = declaration(source, obj)?;
    // Where the collecting ends: the statement of the declaration's block that the append is in.
    let (siblings, at) = source.siblings(declaration)?;
    let outer = siblings[at + 1..]
        .iter()
        .copied()
        .find(|it| source.range(*it).covers(source.range(stmt)))?;
    let inside = source.range(outer);
    let used = source
        .mentions(obj)
        .iter()
        .filter(|ident| inside.covers(source.range(**ident)));
    let is_alone =
        used.count() == 2 && source.begins_line(outer) && source.begins_line(declaration);
    if !is_large || !is_alone || source.go < 21 {
        return None;
    }
    let name = source.text(*slice);
    let spelled = spelled(source, declaration)?;
    let pointers = format!("{name}At");
    let is_free = !source.file.src.contains(&pointers) && name != "p";
    if !is_free {
        return None;
    }
    let mut draft = Draft::new(
        format!("collect pointers, then fill `{name}` at its exact size"),
        Safety::Unsafe,
    );
    let slices = draft.package(source, "slices", outer);
    let indent = source.indent(outer);
    draft.insert(
        source.range(outer).start,
        format!("var {pointers} []*{spelled}\n{indent}"),
    );
    draft.replace(
        source.range(stmt),
        format!("{pointers} = append({pointers}, {})", source.text(pointer)),
    );
    draft.insert(
        inside.end,
        format!(
            "\n{indent}{name} = {slices}.Grow({name}, len({pointers}))\n{indent}for _, p := range {pointers} \
             {{\n{indent}\t{name} = append({name}, *p)\n{indent}}}"
        ),
    );
    let mut rewrite = Rewrite::new("exact-fill", source, stmt, draft)?;
    rewrite.line = line_of(source, stmt);
    Some(rewrite)
}

/// `var s []T`, alone.
fn declaration(source: &Source<'_>, obj: go_types::ObjId) -> Option<StmtId> {
    let first = *source.mentions(obj).first()?;
    let stmt = source.ancestors(first).find_map(|node| match node {
        Node::Stmt(id) => Some(id),
        _ => None,
    })?;
    let is_plain = matches!(source.stmt(stmt), StmtKind::Decl(_))
        && source
            .declared(stmt)
            .iter()
            .all(|it| it.value.is_none() && it.is_alone);
    is_plain.then_some(stmt)
}

/// The element type as the declaration spells it.
fn spelled<'a>(source: &Source<'a>, declaration: StmtId) -> Option<&'a str> {
    let declared = source.declared(declaration);
    let after = source.range(declared.first()?.name).end;
    let whole = source.range(declaration);
    let text = source
        .file
        .text(base::TextRange::new(after, whole.end))
        .trim();
    text.strip_prefix("[]")
}
