//! GP503: large structs that calls copy to read some fields of them.

use diag::Severity;
use go_syntax::{DeclKind, ExprId, ExprKind, Node};
use go_types::{ObjId, TypeKind};

use crate::limits::Limit;
use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Function, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP503",
    name: "large-parameter",
    summary: "a large struct that each call copies to read some of its fields",
    since: None,
    until: None,
    doc: include_str!("large_parameter.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::Package(check),
        severity: Severity::Hint,
        reduction: 0.8,
        covers: &[],
        spent_in: &["runtime.memmove", "runtime.duffcopy"],
    }),
};

/// Smaller ones are copied in a nanosecond or two.
const MIN_BYTES: i64 = 256;

/// From here on a parameter is reported without evidence.
pub(super) const LARGE: Limit = Limit {
    rule: "GP503",
    key: "min-bytes",
    default: 1024,
    doc: "parameters of so many bytes are reported without evidence",
};

/// Nodes of a body that is surely above the budget of inlining.
const NOT_INLINED: usize = 120;

fn check(sources: &[Source<'_>], found: &mut Vec<Found>) {
    for source in sources {
        for function in source.functions() {
            let Function::Declared(decl) = function else {
                continue;
            };
            let DeclKind::Func(func) = source.file.ast.decl(decl).kind else {
                continue;
            };
            let (Some(body), Some(obj)) = (func.body, source.object(func.name)) else {
                continue;
            };
            // Methods may be those of an interface, where a pointer would be allocated.
            let is_plain = func.recv_range.is_none() && source.below(body).len() > NOT_INLINED;
            let large = large_params(source, func.ty);
            if !is_plain || large.is_empty() {
                continue;
            }
            let Some(calls) = calls_of(sources, obj, func.name) else {
                continue;
            };
            for (param, bytes) in large {
                found.push(finding(
                    source,
                    param,
                    bytes,
                    source.text(func.name),
                    &calls,
                ));
            }
        }
    }
}

/// The parameters that are large structs whose fields alone are read, with their sizes.
fn large_params(source: &Source<'_>, ty: ExprId) -> Vec<(ExprId, i64)> {
    let Some(signature) = source.file.ast.func_type(ty) else {
        return Vec::new();
    };
    if !signature.type_params.is_empty() {
        return Vec::new();
    }
    let fields = source.file.ast.list(signature.params).iter();
    fields
        .flat_map(|field| source.file.ast.list(source.file.ast.field(*field).names))
        .filter_map(|name| {
            let obj = source.variable(*name)?;
            let typ = source.type_of_object(obj);
            let bytes = source.size(typ).filter(|it| *it >= MIN_BYTES)?;
            let (_, uses) = source.mentions(obj).split_first()?;
            let is_read = matches!(source.under(typ), TypeKind::Struct(_))
                && !uses.is_empty()
                && uses.iter().all(|it| {
                    source.is_field_read(*it)
                        && source.function_of(*it) == source.function_of(uses[0])
                });
            is_read.then_some((*name, bytes))
        })
        .collect()
}

/// The calls of a function, as file and expression; `None` if it is used in another way, or not called.
fn calls_of(
    sources: &[Source<'_>],
    obj: ObjId,
    own: ExprId,
) -> Option<Vec<(usize, base::TextRange)>> {
    let mut calls = Vec::new();
    for source in sources {
        for ident in source.mentions(obj) {
            if source.is_declaration(*ident) && *ident == own {
                continue;
            }
            let Some(Node::Expr(outer)) = source.parent(*ident) else {
                return None;
            };
            match source.expr(outer) {
                ExprKind::Call { fun, .. } if fun == *ident => {
                    calls.push((source.index, source.range(outer)));
                }
                _ => return None,
            }
        }
    }
    (!calls.is_empty()).then_some(calls)
}

fn finding(
    source: &Source<'_>,
    param: ExprId,
    bytes: i64,
    function: &str,
    calls: &[(usize, base::TextRange)],
) -> Found {
    let name = source.text(param);
    let message = format!("each call of `{function}` copies {bytes} bytes to pass `{name}`");
    let mut found = Found::new(source, param, &message)
        .label("copied by each call")
        .help(format!(
            "take a pointer: `{function}` only reads fields of `{name}`, so that it does not escape"
        ));
    for (_, call) in calls.iter().filter(|(file, _)| *file == source.index) {
        found = found.cost(*call);
    }
    found.needs_evidence = bytes < source.limit(&LARGE);
    found
}
