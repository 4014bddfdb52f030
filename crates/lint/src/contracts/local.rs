//! Contracts that the package alone decides: inlining, escape of named variables, sizes; and comments that are wrong.

use std::path::Path;

use diag::Diagnostic;
use gc::{DecisionId, Kind};
use go_syntax::{DeclKind, Node, SpecKind};

use super::{Directive, Promise, bounds, directives};
use crate::decision::decision_words;
use crate::explain;
use crate::findings::PackageFindings;
use crate::rules::broken_contract::{finding, place};
use crate::selection::CheckOptions;
use crate::source::{Callee, Source};
use crate::view::View;

/// Adds the contracts of a package that do not hold.
pub(crate) fn check(view: &View, options: &CheckOptions, found: &mut PackageFindings) {
    let sources = view.sources(u32::MAX, &options.limits);
    let mut unchecked = Vec::new();
    for source in &sources {
        let all = directives(source.file);
        found.has_promises |= (all.iter()).any(|it| it.promise == Promise::NoAlloc);
        for directive in &all {
            found.findings.extend(broken(view, source, directive));
        }
        unchecked.extend(
            (all.into_iter())
                .filter(|it| it.promise == Promise::NoBoundsCheck)
                .map(|it| (source, it)),
        );
    }
    (found.findings).extend(bounds::kept(view, &unchecked));
}

fn broken(view: &View, source: &Source<'_>, directive: &Directive) -> Vec<Diagnostic> {
    let one = |message: &str| vec![finding(view, source, directive.range, message)];
    match &directive.promise {
        Promise::Unknown { text } => one(&format!(
            "`//goperf:{text}` is not a contract; known are `noalloc`, `alloc-ok REASON`, `noescape NAME`, `inline`, \
             `size<=BYTES`"
        )),
        Promise::AllocOk { reason } if reason.is_empty() => {
            one("`//goperf:alloc-ok` says no reason")
        }
        Promise::NoAlloc if function_name(view, source, directive).is_none() => {
            one("`//goperf:noalloc` stands at no function")
        }
        // Those of the whole package are judged at once.
        Promise::AllocOk { .. } | Promise::NoAlloc | Promise::NoBoundsCheck => Vec::new(),
        Promise::Inline => inline(view, source, directive).into_iter().collect(),
        Promise::NoEscape { name } => escapes(view, source, directive, name),
        Promise::Size { at_most } => size(view, source, directive, *at_most),
        Promise::CallsInlined => calls_inlined(view, source, directive),
        Promise::LineNoEscape => line_escapes(view, source, directive),
    }
}

/// The declared function that a directive stands at: its name and lines.
pub(super) fn function_name<'v>(
    view: &'v View,
    source: &Source<'_>,
    directive: &Directive,
) -> Option<(&'v str, u32, u32)> {
    let functions = &view.package.functions;
    let id = functions
        .starting_at(source.index, directive.lines.1)
        .find(|id| functions.get(*id).outer.is_none())
        .filter(|_| directive.is_alone)?;
    let function = functions.get(id);
    Some((&function.name, function.start.line, function.last))
}

/// The decisions at lines of a file.
fn decisions_at(
    view: &View,
    source: &Source<'_>,
    first: u32,
    last: u32,
) -> Vec<(DecisionId, gc::Decision)> {
    let all = view.decisions.iter().filter(|(_, decision)| {
        (first..=last).contains(&decision.position.line)
            && view.file(Path::new(view.decisions.path(decision.position.file)))
                == Some(source.index)
    });
    all.map(|(id, decision)| (id, *decision)).collect()
}

/// The function is not inlinable.
fn inline(view: &View, source: &Source<'_>, directive: &Directive) -> Option<Diagnostic> {
    let Some((_, line, _)) = function_name(view, source, directive) else {
        let message = "`//goperf:inline` stands at no function";
        return Some(finding(view, source, directive.range, message));
    };
    let (id, _) = (decisions_at(view, source, line, line).into_iter())
        .find(|(_, it)| matches!(it.kind, Kind::CannotInline { .. }))?;
    let words = decision_words(view.flows(), view.decisions, id)?;
    let message = format!("a promise is broken: {words}");
    let mut broken = finding(view, source, directive.range, &message);
    if let Some(place) = view.declared_name(source.index, line) {
        broken.primary = place;
    }
    Some(broken)
}

/// A named variable or parameter is on the heap, or lets its argument escape.
fn escapes(view: &View, source: &Source<'_>, directive: &Directive, name: &str) -> Vec<Diagnostic> {
    let Some((function, first, last)) = function_name(view, source, directive) else {
        let message = "`//goperf:noescape` stands at no function";
        return vec![finding(view, source, directive.range, message)];
    };
    let is_known = source.exprs().any(|ident| {
        let at = source.file.lines.line_col(source.range(ident).start).line;
        (first..=last).contains(&at)
            && source.text(ident) == name
            && source.variable(ident).is_some()
            && source.is_declaration(ident)
    });
    if !is_known {
        let message = format!("`{function}` has no variable `{name}`");
        return vec![finding(view, source, directive.range, &message)];
    }
    let is_broken = |kind: &Kind| {
        matches!(
            kind,
            Kind::MovedToHeap | Kind::LeakingParam | Kind::LeakingParamContent
        )
    };
    let mut broken = Vec::new();
    for (id, decision) in decisions_at(view, source, first, last) {
        if !is_broken(&decision.kind) || view.decisions.text(decision.subject) != name {
            continue;
        }
        if let Some(words) = decision_words(view.flows(), view.decisions, id) {
            let message = format!("`{function}` promises that `{name}` does not escape: {words}");
            broken.push(of_decision(view, source, directive, id, &message));
        }
    }
    broken
}

/// A finding with the flow by which a value escapes.
fn of_decision(
    view: &View,
    source: &Source<'_>,
    directive: &Directive,
    id: DecisionId,
    message: &str,
) -> Diagnostic {
    let mut broken = finding(view, source, directive.range, message);
    let at = view.decisions[id].position.line_col();
    let promise = broken.primary.clone().message("promised here");
    broken.primary = view.annotation(source.index, at);
    explain::annotate(view, id, &mut broken);
    broken.secondary.insert(0, promise);
    broken
}

fn size(view: &View, source: &Source<'_>, directive: &Directive, at_most: i64) -> Vec<Diagnostic> {
    let declared = source.file.decls.iter().find_map(|decl| {
        let DeclKind::Gen { specs, .. } = source.file.ast.decl(*decl).kind else {
            return None;
        };
        let specs = source.file.ast.list(specs);
        specs.iter().find_map(|spec| {
            let SpecKind::Type { name, .. } = source.file.ast.spec(*spec).kind else {
                return None;
            };
            let line = |node: Node| source.file.lines.line_col(source.range(node).start).line;
            let is_here = line(name.into()) == directive.lines.1;
            is_here.then_some(name)
        })
    });
    let Some(name) = declared.filter(|_| directive.is_alone) else {
        let message = "`//goperf:size` stands at no type";
        return vec![finding(view, source, directive.range, message)];
    };
    let typ = (source.object(name)).map(|obj| source.type_of_object(obj));
    let Some(size) = typ
        .and_then(|typ| source.size(typ))
        .filter(|it| *it > at_most)
    else {
        return Vec::new();
    };
    let text = source.text(name);
    let message = format!("`{text}` promises to take at most {at_most} bytes: it takes {size}");
    let mut broken = finding(view, source, directive.range, &message);
    broken.primary = view.annotate(source.index, name.into());
    (broken.data).insert("size".into(), diag::Value::from(size));
    vec![broken]
}

/// gcassert's `inline`: of a line, all its calls of functions are inlined; of a function, it can be.
fn calls_inlined(view: &View, source: &Source<'_>, directive: &Directive) -> Vec<Diagnostic> {
    if function_name(view, source, directive).is_some() {
        return inline(view, source, directive).into_iter().collect();
    }
    let line = directive.lines.1;
    let inlined: Vec<String> = (decisions_at(view, source, line, line).into_iter())
        .filter(|(_, it)| matches!(it.kind, Kind::InliningCall { .. }))
        .map(|(_, it)| last_name(view.decisions.text(it.subject)).to_owned())
        .collect();
    let mut broken = Vec::new();
    for call in source.calls() {
        let at = source.file.lines.line_col(source.range(call).start).line;
        let is_call = matches!(
            source.callee(call),
            Some(Callee::Func { .. } | Callee::Method { .. })
        );
        let name = source.called_name(call);
        if at == line && is_call && !inlined.iter().any(|it| it == name) {
            let message = format!("the call of `{name}` is to be inlined, and is not");
            let mut one = finding(view, source, directive.range, &message);
            one.primary = view.annotate(source.index, call.into());
            one.secondary.push(place(view, source, directive.range));
            broken.push(one);
        }
    }
    broken
}

/// `M` of `(*T).M`, `F[…]` and `p.F`.
pub(super) fn last_name(name: &str) -> &str {
    let name = name.split('[').next().unwrap_or(name);
    name.rsplit('.').next().unwrap_or(name)
}

fn line_escapes(view: &View, source: &Source<'_>, directive: &Directive) -> Vec<Diagnostic> {
    let (first, last) = match function_name(view, source, directive) {
        Some((_, first, last)) => (first, last),
        None => (directive.lines.1, directive.lines.1),
    };
    let all = decisions_at(view, source, first, last).into_iter();
    let escaping = all.filter(|(_, it)| match it.kind {
        Kind::MovedToHeap => true,
        Kind::EscapesToHeap => !it.subject.class.is_constant(),
        _ => false,
    });
    escaping
        .filter_map(|(id, _)| {
            let words = decision_words(view.flows(), view.decisions, id)?;
            let message = format!("nothing is to escape here: {words}");
            Some(of_decision(view, source, directive, id, &message))
        })
        .collect()
}
