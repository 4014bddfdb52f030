//! What functions allocate and call, for promises not to allocate.

use std::collections::HashSet;

use diag::Annotation;
use gc::Kind;
use go_syntax::{ExprId, Node};

use super::local::last_name;
use super::{AllocPlace, CallPlace, Directive, FunctionAllocs, Promise, directives};
use crate::allocs::{Alloc, BlockSize};
use crate::explain;
use crate::findings::{place, rule_of};
use crate::functions::{FunctionId, SourceFunction};
use crate::rules::broken_contract;
use crate::sites::{Site, Verdict, site_lines};
use crate::source::{Callee, Flow, Source};
use crate::view::{PackageInput, View};

/// The declared functions of a package with what they allocate and call.
pub fn function_allocs(input: &PackageInput, limits: &crate::Limits) -> Vec<FunctionAllocs> {
    let view = View::new(input);
    let sources = view.sources(u32::MAX, limits);
    let functions = &view.package.functions;
    let mut all: Vec<(FunctionId, FunctionAllocs)> = Vec::new();
    let mut of_files: Vec<Vec<Directive>> = vec![Vec::new(); view.package.files.len()];
    for source in &sources {
        of_files[source.index] = directives(source.file);
    }
    for (id, function) in functions.iter().filter(|(_, it)| it.outer.is_none()) {
        let own = of_files[function.file]
            .iter()
            .filter(|it| it.is_alone && it.lines.1 == function.start.line);
        let mut promise = None;
        let mut is_ok = false;
        for directive in own {
            match directive.promise {
                Promise::NoAlloc => {
                    let source = sources.iter().find(|it| it.index == function.file);
                    promise = source.map(|it| broken_contract::place(&view, it, directive.range));
                }
                Promise::AllocOk { .. } => is_ok = true,
                _ => {}
            }
        }
        if !is_ok {
            all.push((id, summary(&view, function, promise)));
        }
    }
    for (id, one) in &mut all {
        let function = functions.get(*id);
        let Some(source) = sources.iter().find(|it| it.index == function.file) else {
            continue;
        };
        one.calls = calls(&view, source, function, &of_files[function.file]);
    }
    for line in site_lines(&view, input.foreign) {
        let Some(id) = functions.around(line.file, line.line) else {
            continue;
        };
        let id = functions.outermost(id);
        let source = sources.iter().find(|it| it.index == line.file);
        let Some(((_, one), source)) = all.iter_mut().find(|(it, _)| *it == id).zip(source) else {
            continue;
        };
        if is_excused(&of_files[line.file], line.line) {
            continue;
        }
        let counted = line.sites.iter().filter(|site| allocates(site));
        let on_path = counted.filter(|site| site.node.is_none_or(|node| returns(source, node)));
        one.sites
            .extend(on_path.map(|site| alloc_place(&view, site)));
    }
    for source in &sources {
        for (line, place) in map_stores(&view, source) {
            let id = functions.around(source.index, line);
            let id = id.map(|id| functions.outermost(id));
            let of = all.iter_mut().find(|(it, _)| Some(*it) == id);
            if let Some((_, one)) = of.filter(|_| !is_excused(&of_files[source.index], line)) {
                one.sites.push(place);
            }
        }
    }
    all.into_iter().map(|(_, one)| one).collect()
}

/// The stores into maps, of which the compiler's log says nothing, with their lines.
fn map_stores(view: &View, source: &Source<'_>) -> Vec<(u32, AllocPlace)> {
    let stores = view
        .allocs(source.index)
        .iter()
        .filter(|site| site.alloc == Alloc::MapStore && returns(source, site.node));
    stores
        .map(|site| {
            let text = source.file.text(site.range);
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let place = view.annotate_site(source.index, site.node);
            let message = format!("`{text}` may grow its map");
            let place = AllocPlace {
                finding: broken_contract::at(view, place, &message),
                escapes: false,
            };
            (site.at.line, place)
        })
        .collect()
}

fn summary(view: &View, function: &SourceFunction, promise: Option<Annotation>) -> FunctionAllocs {
    FunctionAllocs {
        symbol: symbol(&view.package.import_path, &function.name),
        name: function.name.clone(),
        promise,
        sites: Vec::new(),
        calls: Vec::new(),
    }
}

/// `path.T.M` of `(*T).M`, `T.M` and `(*T[…]).M`.
fn symbol(path: &str, name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    let mut depth = 0;
    for c in name.chars() {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            '(' | ')' | '*' => {}
            c if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    format!("{path}.{plain}")
}

/// Whether a comment at a line excuses what it allocates.
fn is_excused(directives: &[Directive], line: u32) -> bool {
    directives.iter().any(|it| {
        let is_ok = matches!(it.promise, Promise::AllocOk { .. });
        is_ok && (it.lines.0 == line || it.is_alone && it.lines.1 == line)
    })
}

/// Whether a site allocates, or does when something is large or full.
fn allocates(site: &Site) -> bool {
    let is_sized = |limit: i64| matches!(site.size, BlockSize::Exactly(size) if size <= limit);
    match (site.verdict, site.alloc) {
        // Stores into maps are found in the source alone.
        (_, Alloc::InterfaceTable | Alloc::MapStore) => false,
        (Verdict::Escapes, _) => !is_sized(0),
        (_, Alloc::Make | Alloc::MakeMap) => !matches!(site.size, BlockSize::Exactly(_)),
        (_, alloc) => matches!(
            alloc,
            Alloc::Append
                | Alloc::Concat
                | Alloc::Conversion
                | Alloc::MakeChan
                | Alloc::Go
                | Alloc::Defer
        ),
    }
}

/// Whether a function can still return from a node: what leads to a panic alone may allocate.
fn returns(source: &Source<'_>, node: Node) -> bool {
    let Some(flow) = source.function_of(node).and_then(|it| source.flow(it)) else {
        return true;
    };
    (flow.atom_around(source, node)).is_none_or(|atom| flow.reaches(atom, Flow::EXIT))
}

fn alloc_place(view: &View, site: &Site) -> AllocPlace {
    let message = match rule_of(site) {
        Some((_, of_sites)) => (of_sites.message)(view, site),
        None => format!("`{}` may allocate", site.text),
    };
    let mut finding = broken_contract::at(view, place(view, site), &message);
    if let Some(decision) = site.decision.filter(|_| site.verdict == Verdict::Escapes) {
        explain::annotate(view, decision, &mut finding);
    }
    AllocPlace {
        finding,
        escapes: site.verdict == Verdict::Escapes,
    }
}

/// The calls of functions that are known by name.
fn calls(
    view: &View,
    source: &Source<'_>,
    function: &SourceFunction,
    directives: &[Directive],
) -> Vec<CallPlace> {
    let line_of = |call: ExprId| source.file.lines.line_col(source.range(call).start).line;
    let inlined: HashSet<(u32, &str)> = (view.decisions.iter())
        .filter(|(_, it)| matches!(it.kind, Kind::InliningCall { .. }))
        .map(|(_, it)| (it.position.line, last_name(view.decisions.text(it.subject))))
        .collect();
    let mut calls = Vec::new();
    for call in source.calls() {
        let range = source.range(call);
        if !function.range.covers(range)
            || is_excused(directives, line_of(call))
            || !returns(source, call.into())
        {
            continue;
        }
        let symbol = match source.callee(call) {
            Some(Callee::Func { path, name }) => format!("{path}.{name}"),
            Some(Callee::Method {
                path,
                typ,
                name,
                is_interface: false,
                ..
            }) => format!("{path}.{typ}.{name}"),
            _ => continue,
        };
        let end_line = source.file.lines.line_col(range.end).line;
        let name = source.called_name(call);
        calls.push(CallPlace {
            symbol,
            at: view.annotate(source.index, call.into()),
            is_inlined: (line_of(call)..=end_line).any(|line| inlined.contains(&(line, name))),
        });
    }
    calls
}
