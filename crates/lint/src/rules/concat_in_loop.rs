//! GP201: a string that a loop builds by concatenation.

use base::TextRange;
use diag::{Fix, Safety, Severity};
use go_syntax::{AssignOp, BinaryOp, DeclKind, ExprId, ExprKind, Node, StmtId, StmtKind};
use go_types::{Basic, ObjId};

use crate::limits::Limit;
use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Declared, Draft, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP201",
    name: "concat-in-loop",
    summary: "a string that a loop builds by concatenation",
    since: None,
    until: None,
    doc: include_str!("concat_in_loop.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.9,
        covers: &[&super::hot_concat::RULE],
        spent_in: &["runtime.concatstring"],
    }),
};

/// Loops that turn no more often are not worth a builder.
pub(super) const FEW: Limit = Limit {
    rule: "GP201",
    key: "max-ignored-len",
    default: 4,
    doc: "loops with a constant number of turns up to this are not reported",
};

/// A string variable and how it is built.
struct Built {
    obj: ObjId,
    declaration: StmtId,
    declared: Declared,
    /// `s += e` and `s = s + e`: the statement, and where `e` is.
    writes: Vec<(StmtId, TextRange)>,
    /// Those of them in a loop that the declaration is not in.
    looped: Vec<StmtId>,
    reads: Vec<ExprId>,
}

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for stmt in source.stmts() {
        for declared in source.declared(stmt) {
            let Some(built) = built(source, stmt, declared) else {
                continue;
            };
            let fix = fix(source, &built);
            let name = source.text(built.declared.name);
            for write in &built.looped {
                let message =
                    format!("`{name}` is copied as a whole with each piece that the loop adds");
                found.push(
                    Found::new(source, *write, &message)
                        .label("copies all of it")
                        .help("build it with a `strings.Builder`; `Grow` it if its length is known")
                        .also(source.range(built.declared.name), "declared here")
                        .fix(fix.clone()),
                );
            }
        }
    }
}

fn built(source: &Source<'_>, declaration: StmtId, declared: Declared) -> Option<Built> {
    let obj = source.variable(declared.name)?;
    let is_string = source.exactly(source.type_of_object(obj)) == Some(Basic::String);
    if !is_string || !source.is_local(obj) || source.is_addressed(obj) {
        return None;
    }
    let depth = source.loops_around(declared.name).len();
    let mut built = Built {
        obj,
        declaration,
        declared,
        writes: Vec::new(),
        looped: Vec::new(),
        reads: Vec::new(),
    };
    for ident in source.mentions(obj).iter().skip(1) {
        if source.is_write(*ident) {
            let stmt = source.stmt_around(*ident)?;
            let added = added(source, stmt, obj)?;
            built.writes.push((stmt, added));
            let loops = source.loops_around(stmt);
            let inner = &loops[..loops.len().saturating_sub(depth)];
            if !inner.is_empty() && is_long(source, stmt, inner) {
                built.looped.push(stmt);
            }
        } else if !is_own(source, *ident, obj) {
            if source.loops_around(*ident).len() > depth {
                return None;
            }
            built.reads.push(*ident);
        }
    }
    (!built.looped.is_empty()).then_some(built)
}

/// Whether loops turn more than a few times.
fn is_long(source: &Source<'_>, stmt: StmtId, loops: &[StmtId]) -> bool {
    let is_short = |it: &StmtId| {
        let counted = source.counted(*it);
        counted.is_some_and(|it| {
            it.bound
                .constant()
                .is_some_and(|turns| turns <= source.limit(&FEW))
        })
    };
    !loops.iter().all(is_short) && source.runs_again(stmt)
}

/// What a statement adds to a string: of `s += e` and `s = s + e` the range of `e`.
fn added(source: &Source<'_>, stmt: StmtId, obj: ObjId) -> Option<TextRange> {
    let StmtKind::Assign { lhs, op, rhs } = source.stmt(stmt) else {
        return None;
    };
    let ([_], [value]) = (source.file.ast.list(lhs), source.file.ast.list(rhs)) else {
        return None;
    };
    let added = match op {
        AssignOp::Op(BinaryOp::Add) => source.range(*value),
        AssignOp::Assign => {
            // The leftmost operand is the string itself.
            let (mut left, mut rest) = (*value, None);
            while let ExprKind::Binary {
                op: BinaryOp::Add,
                x,
                y,
            } = source.expr(left)
            {
                rest = Some(y);
                left = x;
            }
            if source.variable(left)? != obj || matches!(source.expr(left), ExprKind::Paren(_)) {
                return None;
            }
            TextRange::new(source.range(rest?).start, source.range(*value).end)
        }
        _ => return None,
    };
    let mentions_itself = (source.mentions(obj).iter()).any(|it| added.covers(source.range(*it)));
    (!mentions_itself).then_some(added)
}

/// Whether an identifier is the `s` on the right of `s = s + e`.
fn is_own(source: &Source<'_>, ident: ExprId, obj: ObjId) -> bool {
    let Some(stmt) = source.stmt_around(ident) else {
        return false;
    };
    matches!(
        source.stmt(stmt),
        StmtKind::Assign {
            op: AssignOp::Assign,
            ..
        }
    ) && written(source, stmt) == Some(obj)
}

fn written(source: &Source<'_>, stmt: StmtId) -> Option<ObjId> {
    match source.stmt(stmt) {
        StmtKind::Assign { lhs, .. } => source.variable(*source.file.ast.list(lhs).first()?),
        _ => None,
    }
}

fn fix(source: &Source<'_>, built: &Built) -> Option<Fix> {
    let mut draft = Draft::new("build the string with a `strings.Builder`", Safety::Safe);
    let name = source.text(built.declared.name);
    let strings = draft.package(source, "strings", built.declaration);
    for write in source.mentions(built.obj) {
        // A package of that name must be visible where the declaration is; a variable named `strings` is not.
        if name == "strings" || source.text(*write) == "strings" {
            return None;
        }
    }
    declare(source, built, name, &strings, &mut draft)?;
    for (stmt, added) in &built.writes {
        let text = source.file.text(*added);
        draft.replace(source.range(*stmt), format!("{name}.WriteString({text})"));
    }
    for read in &built.reads {
        draft.insert(source.range(*read).end, ".String()");
    }
    draft.finish(source)
}

fn declare(
    source: &Source<'_>,
    built: &Built,
    name: &str,
    strings: &str,
    draft: &mut Draft,
) -> Option<()> {
    let (declaration, declared) = (built.declaration, &built.declared);
    if !declared.is_alone || source.siblings(declaration).is_none() {
        return None;
    }
    if let StmtKind::Decl(decl) = source.stmt(declaration) {
        let DeclKind::Gen { group: true, .. } = source.file.ast.decl(decl).kind else {
            declare_alone(source, built, name, strings, draft);
            return Some(());
        };
        // In a group there is no place for a first write.
        let (Some(Node::Spec(spec)), None) = (source.parent(declared.name), declared.value) else {
            return None;
        };
        draft.replace(source.range(spec), format!("{name} {strings}.Builder"));
        return Some(());
    }
    declare_alone(source, built, name, strings, draft);
    Some(())
}

fn declare_alone(source: &Source<'_>, built: &Built, name: &str, strings: &str, draft: &mut Draft) {
    let (declaration, declared) = (built.declaration, &built.declared);
    let initial = declared
        .value
        .filter(|value| source.const_text(*value).as_deref() != Some(""));
    let mut text = format!("var {name} {strings}.Builder");
    if let Some(value) = initial {
        let indent = source.indent(declaration);
        text += &format!("\n{indent}{name}.WriteString({})", source.text(value));
    }
    draft.replace(source.range(declaration), text);
}
