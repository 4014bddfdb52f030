//! GP208: a text that is split into a slice for a part of it.

use diag::{Safety, Severity};
use go_syntax::{AssignOp, ExprId, ExprKind, Node, SpecKind, StmtId, StmtKind};
use go_types::Builtin;

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Callee, Draft, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP208",
    name: "split-for-part",
    summary: "a split of which only the first part, the number or each part in turn is used",
    since: None,
    until: None,
    doc: include_str!("split_for_part.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.8,
        covers: &[&super::allocating_call::RULE],
        spent_in: &[
            "strings.Split",
            "strings.genSplit",
            "strings.Fields",
            "bytes.Split",
            "bytes.genSplit",
            "bytes.Fields",
        ],
    }),
};

/// A call of `Split`, `SplitN` or `Fields`.
struct Split<'a> {
    /// `strings` or `bytes`.
    package: &'static str,
    name: &'static str,
    fun: ExprId,
    args: &'a [ExprId],
}

impl Split<'_> {
    fn is_of_strings(&self) -> bool {
        self.package == "strings"
    }
}

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for call in source.calls() {
        if !matches!(source.called_name(call), "Split" | "SplitN" | "Fields") {
            continue;
        }
        let Some(split) = split(source, call) else {
            continue;
        };
        let one = match source.parent(call) {
            Some(Node::Expr(outer)) => first_part(source, call, outer, &split)
                .or_else(|| number(source, call, outer, &split)),
            Some(Node::Stmt(stmt)) => each(source, call, stmt, &split),
            _ => None,
        };
        found.extend(one);
    }
}

fn split<'a>(source: &Source<'a>, call: ExprId) -> Option<Split<'a>> {
    let (fun, args, _) = source.call(call)?;
    let Callee::Func { path, name } = source.callee(call)? else {
        return None;
    };
    let package = match path.as_str() {
        "strings" => "strings",
        "bytes" => "bytes",
        _ => return None,
    };
    let ExprKind::Selector { .. } = source.inner(fun) else {
        return None;
    };
    let has_separator = || {
        let separator = match package {
            "strings" => *args.get(1)?,
            _ => source.conversion(*args.get(1)?)?.0,
        };
        source.const_text(separator).filter(|it| !it.is_empty())
    };
    let is_known = match name {
        "Split" => has_separator().is_some(),
        "SplitN" => {
            has_separator().is_some()
                && args
                    .get(2)
                    .and_then(|n| source.const_int(*n))
                    .is_some_and(|n| n >= 2)
        }
        "Fields" => true,
        _ => false,
    };
    is_known.then_some(Split {
        package,
        name,
        fun,
        args,
    })
}

/// The text of the package as the call names it.
fn qualifier<'a>(source: &Source<'a>, split: &Split<'_>) -> &'a str {
    match source.inner(split.fun) {
        ExprKind::Selector { x, .. } => source.text(x),
        _ => "",
    }
}

fn finding(source: &Source<'_>, call: ExprId, what: &str, better: &str) -> Found {
    let message = format!(
        "`{}` makes a slice of all parts for {what}",
        source.text(call)
    );
    Found::new(source, call, &message)
        .label("all parts are collected")
        .help(format!("use `{better}`"))
}

/// `Split(…)[0]`
fn first_part(
    source: &Source<'_>,
    call: ExprId,
    outer: ExprId,
    split: &Split<'_>,
) -> Option<Found> {
    let ExprKind::Index { x, indices } = source.expr(outer) else {
        return None;
    };
    let [index] = source.file.ast.list(indices) else {
        return None;
    };
    if x != call || source.const_int(*index) != Some(0) || split.name == "Fields" {
        return None;
    }
    let safety = if split.is_of_strings() {
        Safety::Safe
    } else {
        Safety::Unsafe
    };
    let (text, separator) = (source.text(split.args[0]), source.text(split.args[1]));
    let cut = format!("{}.Cut({text}, {separator})", qualifier(source, split));
    let mut draft = Draft::new("cut at the first separator", safety);
    match target(source, outer) {
        Some(name) if source.go >= 18 => {
            draft.insert(source.range(name).end, ", _, _");
            draft.replace(source.range(outer), cut.clone());
        }
        _ => draft.fail(),
    }
    let mut found = finding(
        source,
        call,
        "the first of them",
        &format!("first, _, _ := {cut}"),
    );
    if safety == Safety::Unsafe {
        found.help += "; its result keeps the capacity of the whole";
    }
    Some(found.fix(draft.finish(source)))
}

/// The one name that an expression alone is assigned to.
fn target(source: &Source<'_>, expr: ExprId) -> Option<ExprId> {
    match source.parent(expr)? {
        Node::Stmt(stmt) => {
            let StmtKind::Assign {
                lhs,
                op: AssignOp::Assign | AssignOp::Define,
                rhs,
            } = source.stmt(stmt)
            else {
                return None;
            };
            match (source.file.ast.list(lhs), source.file.ast.list(rhs)) {
                // A blank target alone would leave nothing to define.
                ([name], [_]) if source.text(*name) != "_" => Some(*name),
                _ => None,
            }
        }
        Node::Spec(spec) => match source.file.ast.spec(spec).kind {
            SpecKind::Var {
                names,
                ty: None,
                values,
            } => match (source.file.ast.list(names), source.file.ast.list(values)) {
                ([name], [_]) if source.text(*name) != "_" => Some(*name),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// `len(Split(…))`
fn number(source: &Source<'_>, call: ExprId, outer: ExprId, split: &Split<'_>) -> Option<Found> {
    source.builtin_args(outer, Builtin::Len)?;
    if split.name != "Split" {
        return None;
    }
    let (text, separator) = (source.text(split.args[0]), source.text(split.args[1]));
    let count = format!(
        "{}.Count({text}, {separator}) + 1",
        qualifier(source, split)
    );
    let mut draft = Draft::new("count the separators", Safety::Safe);
    draft.replace(
        source.range(outer),
        source.in_place(outer, count.clone(), 4),
    );
    let mut found = finding(source, call, "their number", &count).fix(draft.finish(source));
    found.confidence = 1.0;
    Some(found)
}

/// `for _, p := range Split(…)`
fn each(source: &Source<'_>, call: ExprId, stmt: StmtId, split: &Split<'_>) -> Option<Found> {
    let StmtKind::Range { key, value, x, .. } = source.stmt(stmt) else {
        return None;
    };
    let is_by_value = x == call && key.is_none_or(|key| source.text(key) == "_");
    if !is_by_value || split.name == "SplitN" || source.go < 24 {
        return None;
    }
    let ExprKind::Selector { x: of, sel } = source.inner(split.fun) else {
        return None;
    };
    let safety = if split.is_of_strings() {
        Safety::Safe
    } else {
        Safety::Unsafe
    };
    let name = format!("{}Seq", split.name);
    let args: Vec<&str> = split.args.iter().map(|arg| source.text(*arg)).collect();
    let better = format!("{}.{name}({})", source.text(of), args.join(", "));
    let mut draft = Draft::new("range over the parts as they are found", safety);
    draft.replace(source.range(sel), name);
    if let Some(key) = key {
        match value {
            Some(value) if source.text(value) != "_" => {
                let range = base::TextRange::new(source.range(key).start, source.range(value).end);
                draft.replace(range, source.text(value));
            }
            _ => draft.fail(),
        }
    }
    let mut found = finding(source, call, "each of them in turn", &better);
    if safety == Safety::Unsafe {
        found.help += "; parts are found as the loop goes, so the loop must not change the bytes";
    }
    Some(found.fix(draft.finish(source)))
}
