//! GP104: an empty `make` that is appended to, where an empty literal allocates less.

use diag::{Safety, Severity};
use go_syntax::{ExprId, Node, StmtKind};
use go_types::ObjId;

use super::append_without_cap::{append_to, filled_by, is_empty_make, is_harmless, made_type};
use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Declared, Draft, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP104",
    name: "empty-make-append",
    summary: "an empty make whose appends could begin on the stack",
    since: Some(26),
    until: None,
    doc: include_str!("empty_make_append.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.5,
        covers: &[&super::growing_append::RULE],
        spent_in: &[],
    }),
};

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    if source.go < 26 {
        return;
    }
    let filled: Vec<ObjId> = (source.stmts())
        .flat_map(|stmt| filled_by(source, stmt))
        .map(|it| it.obj)
        .collect();
    for stmt in source.stmts() {
        for declared in source.declared(stmt) {
            let Some(value) = declared.value.filter(|it| is_empty_make(source, *it)) else {
                continue;
            };
            if let Some(obj) = source.variable(declared.name)
                && source.is_local(obj)
                && !filled.contains(&obj)
                && let Some(appends) = appends(source, obj)
            {
                found.push(finding(source, &declared, value, &appends));
            }
        }
    }
}

/// Where a variable is appended to, if all else that is done with it is to return it or to read its length and elements.
fn appends(source: &Source<'_>, obj: ObjId) -> Option<Vec<ExprId>> {
    let mut appends = Vec::new();
    for ident in source.mentions(obj) {
        if source.is_declaration(*ident) || is_harmless(source, *ident) {
            continue;
        }
        let stmt = source.stmt_around(*ident)?;
        if let Some((of, args, _)) = append_to(source, stmt)
            && of == obj
            && args[1..]
                .iter()
                .all(|arg| !source.range(*arg).covers(source.range(*ident)))
        {
            appends.push(*ident);
        } else if !is_returned(source, *ident) {
            return None;
        }
    }
    (!appends.is_empty()).then_some(appends)
}

fn is_returned(source: &Source<'_>, ident: ExprId) -> bool {
    matches!(source.parent(ident), Some(Node::Stmt(stmt))
        if matches!(source.stmt(stmt), StmtKind::Return(_)))
}

fn finding(source: &Source<'_>, declared: &Declared, value: ExprId, appends: &[ExprId]) -> Found {
    let name = source.text(declared.name);
    let message = format!("`{name}` begins as an empty `make`, whose first appends go to the heap");
    let mut draft = Draft::new("begin with an empty literal", Safety::Safe);
    let mut help = format!("begin with an empty literal: `{name}` is not nil either");
    if let Some(typ) = made_type(source, value) {
        draft.replace(source.range(value), format!("{typ}{{}}"));
        help = format!("begin with `{typ}{{}}`: it is empty and not nil as well");
    }
    let mut found = Found::new(source, value, &message)
        .label("the compiler cannot keep its first elements on the stack")
        .help(help)
        .fix(draft.finish(source));
    found.costs = appends.iter().map(|it| source.range(*it)).collect();
    found
}
