//! GP504: large elements that a loop copies to read some fields of them.

use diag::{Fix, Safety, Severity};
use go_syntax::{DeclKind, ExprId, ExprKind, Node, StmtId, StmtKind};
use go_types::{ObjId, TypeKind};

use crate::limits::Limit;
use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule, THE_LINE};
use crate::source::{Draft, Function, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP504",
    name: "range-value-copy",
    summary: "a range that copies large elements to read some of their fields",
    since: None,
    until: None,
    doc: include_str!("range_value_copy.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.8,
        covers: &[],
        spent_in: &[THE_LINE, "runtime.memmove", "runtime.duffcopy"],
    }),
};

/// Smaller elements are copied in about the time of a look at them.
const MIN_BYTES: i64 = 128;

/// From here on a copy is reported without evidence.
pub(super) const LARGE: Limit = Limit {
    rule: "GP504",
    key: "min-bytes",
    default: 256,
    doc: "elements of so many bytes are reported without evidence",
};

/// `for _, v := range x`
struct Loop {
    stmt: StmtId,
    key: Option<ExprId>,
    value: ExprId,
    x: ExprId,
    body: StmtId,
    obj: ObjId,
    bytes: i64,
}

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for stmt in source.stmts() {
        if let Some(it) = copying(source, stmt)
            && is_made(source, &it)
        {
            found.push(finding(source, &it));
        }
    }
}

/// A range over a slice of large elements, whose fields are all that the body reads.
fn copying(source: &Source<'_>, stmt: StmtId) -> Option<Loop> {
    let StmtKind::Range {
        key,
        value: Some(value),
        define: true,
        x,
        body,
        ..
    } = source.stmt(stmt)
    else {
        return None;
    };
    let TypeKind::Slice(elem) = source.kind(x)? else {
        return None;
    };
    let obj = source.variable(value)?;
    let bytes = source.size(elem).filter(|it| *it >= MIN_BYTES)?;
    let uses = source.mentions(obj).get(1..)?;
    let is_plain = matches!(source.under(elem), TypeKind::Struct(_))
        && !source.is_type_param(elem)
        && source.is_local(obj)
        && !uses.is_empty()
        && uses.iter().all(|it| source.is_field_read(*it));
    is_plain.then_some(Loop {
        stmt,
        key,
        value,
        x,
        body,
        obj,
        bytes,
    })
}

/// Whether the compiler makes the copy: it reads the fields in place unless something may change memory before, or an
/// element of an array in the struct is chosen at run time.
fn is_made(source: &Source<'_>, it: &Loop) -> bool {
    let uses = source.mentions(it.obj).get(1..).unwrap_or_default();
    let is_after_call = || {
        let calls = source
            .below(it.body)
            .into_iter()
            .filter_map(|node| match node {
                Node::Expr(call) if source.is_real_call(call) && !is_trivial(source, call) => {
                    Some(call)
                }
                _ => None,
            });
        calls.into_iter().any(|call| {
            let end = source.range(call).end;
            (uses.iter())
                .any(|at| source.range(*at).start >= end && !leaves_before(source, call, *at))
        })
    };
    uses.iter().any(|at| is_indexed(source, *at)) || is_after_call()
}

/// Whether a call is of a function of this file that is no more than an expression without calls: it is inlined, and
/// changes nothing.
fn is_trivial(source: &Source<'_>, call: ExprId) -> bool {
    let Some((fun, ..)) = source.call(call) else {
        return false;
    };
    let Some(obj) = source
        .object(fun)
        .filter(|_| matches!(source.inner(fun), ExprKind::Ident(_)))
    else {
        return false;
    };
    source.functions().any(|it| {
        let Function::Declared(decl) = it else {
            return false;
        };
        let DeclKind::Func(func) = source.file.ast.decl(decl).kind else {
            return false;
        };
        let Some(body) = func.body.filter(|_| source.object(func.name) == Some(obj)) else {
            return false;
        };
        let [only] = source.file.ast.block(body) else {
            return false;
        };
        matches!(source.stmt(*only), StmtKind::Return(_)) && !source.may_store(*only)
    })
}

/// Whether the block of a call leaves the turn, so that a use behind it does not follow.
fn leaves_before(source: &Source<'_>, call: ExprId, at: ExprId) -> bool {
    source.ancestors(call).any(|node| {
        let Node::Stmt(block) = node else {
            return false;
        };
        let list = match source.stmt(block) {
            StmtKind::Block(list) | StmtKind::Case { body: list, .. } => source.file.ast.list(list),
            _ => return false,
        };
        let ends = list.last().is_some_and(|last| {
            matches!(
                source.stmt(*last),
                StmtKind::Return(_) | StmtKind::Branch { .. }
            )
        });
        ends && !source.range(block).covers(source.range(at))
    })
}

/// Whether a variable is used as `v.f[i]`, `f` being an array and `i` no constant.
fn is_indexed(source: &Source<'_>, ident: ExprId) -> bool {
    let mut place = ident;
    while let Some(Node::Expr(outer)) = source.parent(place) {
        match source.expr(outer) {
            ExprKind::Selector { x, .. } if x == place => {}
            ExprKind::Index { x, indices } if x == place => {
                let is_array = matches!(source.kind(x), Some(TypeKind::Array { .. }));
                let indices = source.file.ast.list(indices);
                if !is_array {
                    return false;
                }
                if indices.iter().any(|it| !source.is_const(*it)) {
                    return true;
                }
            }
            _ => return false,
        }
        place = outer;
    }
    false
}

fn finding(source: &Source<'_>, it: &Loop) -> Found {
    let (name, x) = (source.text(it.value), source.text(it.x));
    let message = format!("`{name}` is a copy of {} bytes each turn", it.bytes);
    let fix = by_address(source, it);
    let index = index_name(source, it).unwrap_or_else(|| "i".to_owned());
    let help = if source.is_pure(it.x) {
        format!("read it where it is: `for {index} := range {x}` and `{name} := &{x}[{index}]`")
    } else {
        format!("keep `{x}` in a variable, and read its elements by their address")
    };
    let mut found = Found::new(source, it.value, &message)
        .label("copies the element")
        .help(help)
        .fix(fix);
    found.needs_evidence = it.bytes < source.limit(&LARGE);
    found
}

/// The index variable of the loop, or a name that is free for it.
fn index_name(source: &Source<'_>, it: &Loop) -> Option<String> {
    match it.key {
        Some(key) if source.text(key) != "_" => Some(source.text(key).to_owned()),
        _ => ["i", "at", "idx"]
            .into_iter()
            .find(|name| {
                // One around the loop may be needed in it.
                let is_mentioned = source
                    .below(it.stmt)
                    .into_iter()
                    .any(|node| matches!(node, Node::Expr(id) if source.text(id) == *name));
                !is_mentioned
            })
            .map(str::to_owned),
    }
}

/// Reads the elements through their address. Safe where nothing in the body stores into memory.
fn by_address(source: &Source<'_>, it: &Loop) -> Option<Fix> {
    let base = source.base_variable(it.x)?;
    let body = source.range(it.body);
    let is_same = source.is_pure(it.x)
        && source
            .variables_in(it.x)
            .iter()
            .all(|obj| !source.is_written_in(*obj, body) && !source.is_addressed(*obj))
        && base != it.obj;
    if !is_same {
        return None;
    }
    let safety = if source.may_store(it.body) {
        Safety::Unsafe
    } else {
        Safety::Safe
    };
    let (name, x) = (source.text(it.value), source.text(it.x));
    let index = index_name(source, it)?;
    let mut draft = Draft::new("read the elements where they are", safety);
    let head = base::TextRange::new(
        source.range(it.key.unwrap_or(it.value)).start,
        source.range(it.value).end,
    );
    draft.replace(head, index.clone());
    let indent = source.indent(it.stmt);
    draft.insert(
        body.start + 1,
        format!("\n{indent}\t{name} := &{x}[{index}]"),
    );
    draft.finish(source)
}
