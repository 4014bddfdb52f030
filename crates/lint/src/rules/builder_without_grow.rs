//! GP202: a builder or buffer that a counted loop fills with pieces of known length.

use base::TextRange;
use diag::{Fix, Safety, Severity};
use go_syntax::{ExprId, ExprKind, Node, StmtId, StmtKind};
use go_types::ObjId;

use crate::limits::Limit;
use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Bound, Counted, Declared, Draft, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP202",
    name: "builder-without-grow",
    summary: "a builder that a loop fills with a known number of bytes",
    since: None,
    until: None,
    doc: include_str!("builder_without_grow.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.7,
        covers: &[&super::growing_append::RULE],
        spent_in: &[
            "runtime.growslice",
            "bytes.growSlice",
            "bytes.(*Buffer).grow",
        ],
    }),
};

pub(super) const FEW: Limit = Limit {
    rule: "GP202",
    key: "max-ignored-len",
    default: 8,
    doc: "loops with a constant number of turns up to this are not reported",
};

const BUILDERS: &[(&str, &str)] = &[("strings", "Builder"), ("bytes", "Buffer")];

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for stmt in source.stmts() {
        let Some(counted) = source.counted(stmt) else {
            continue;
        };
        let is_worth_it = source.is_pure(counted.bound.expr())
            && !matches!(counted.bound, Bound::Runes(..))
            && counted
                .bound
                .constant()
                .is_none_or(|bound| bound > source.limit(&FEW));
        if is_worth_it {
            found.extend(filled(source, &counted));
        }
    }
}

/// The first builder that a loop fills alone.
fn filled(source: &Source<'_>, counted: &Counted) -> Option<Found> {
    let mut writes: Vec<(ObjId, i64, TextRange)> = Vec::new();
    for stmt in source.file.ast.block(counted.body) {
        if let Some((obj, bytes)) = plain_write(source, *stmt) {
            writes.push((obj, bytes, source.range(*stmt)));
        }
        if source.leaves(*stmt) {
            break;
        }
    }
    let (obj, _, first) = *writes.first()?;
    let of = |it: &&(ObjId, i64, TextRange)| it.0 == obj;
    let bytes: i64 = writes.iter().filter(of).map(|it| it.1).sum();
    // Writes of unknown length make the sum a guess.
    let known: Vec<TextRange> = writes.iter().filter(of).map(|it| it.2).collect();
    let body = source.range(counted.body);
    let is_all = (source.mentions(obj).iter())
        .map(|it| source.range(*it))
        .filter(|it| body.covers(*it))
        .all(|it| known.iter().any(|write| write.covers(it)));
    let (_, declared) = source.fresh_before(counted.stmt, obj)?;
    let is_builder =
        (BUILDERS.iter()).any(|(path, name)| is_value_of(source, &declared, path, name));
    if !is_all || !is_builder || bytes == 0 {
        return None;
    }
    let name = source.text(declared.name);
    let length = source.bound_text(counted.bound, usize::try_from(bytes).ok()?);
    let message = format!("`{name}` grows in a loop that writes a known number of bytes");
    let mut found = Found::new(source, counted.stmt, &message)
        .label("fills it")
        .help(format!("`{name}.Grow({length})` before the loop"))
        .also(source.range(declared.name), "empty here")
        .cost(first)
        .fix(fix(source, counted, name, &length));
    found.costs.extend(known);
    Some(found)
}

/// Whether a variable is declared as an empty builder, not a pointer to one.
fn is_value_of(source: &Source<'_>, declared: &Declared, path: &str, name: &str) -> bool {
    let is_empty = declared.value.is_none_or(|value| {
        matches!(source.inner(value), ExprKind::CompositeLit { elems, .. } if elems.is_empty())
    });
    let Some(obj) = source.variable(declared.name).filter(|_| is_empty) else {
        return false;
    };
    let typ = source.type_of_object(obj);
    let is_pointer = matches!(source.under(typ), go_types::TypeKind::Pointer(_));
    !is_pointer && source.is_named(typ, path, name)
}

/// A statement that writes to a variable, and how many bytes at least: `WriteByte`, or `WriteString` of a constant.
fn plain_write(source: &Source<'_>, stmt: StmtId) -> Option<(ObjId, i64)> {
    let StmtKind::Expr(call) = source.stmt(stmt) else {
        return None;
    };
    let (fun, args, _) = source.call(call)?;
    let ExprKind::Selector { x, sel } = source.inner(fun) else {
        return None;
    };
    let [arg] = args else { return None };
    let bytes = match source.text(sel) {
        "WriteByte" => 1,
        "WriteString" => i64::try_from(source.const_text(*arg)?.len()).ok()?,
        _ => return None,
    };
    let obj = source.variable(x)?;
    let mentions_it = |node: ExprId| source.mentions_in(Node::Expr(node), obj);
    (!mentions_it(*arg)).then_some((obj, bytes))
}

fn fix(source: &Source<'_>, counted: &Counted, name: &str, length: &str) -> Option<Fix> {
    let outer = source.labeled(counted.stmt);
    if !counted.bound.is_sure() || !source.begins_line(outer) {
        return None;
    }
    let mut draft = Draft::new(format!("grow `{name}` once"), Safety::Safe);
    let indent = source.indent(outer);
    draft.insert(
        source.range(outer).start,
        format!("{name}.Grow({length})\n{indent}"),
    );
    draft.finish(source)
}
