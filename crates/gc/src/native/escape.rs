//! Escape analysis: what can stay on the stack.
//!
//! Every variable, and every expression that allocates, is a *location*. Assignments, calls and all else that
//! moves values are *edges* between locations, weighted with dereferences: `p = &q` has -1, `p = q` 0,
//! `p = *q` 1. A location must be on the heap if its address flows to one that outlives it: the heap itself, a
//! result, a variable of an outer loop or function. What a function does with its parameters is kept as its
//! *tags*, so callers do not look at bodies again; functions that call each other are one *batch*.
//!
//! ```text
//!  body ── stmt, expr, assign, call ──► graph ── rewrite ──► solve ──► report: findings, tags
//! ```
//!
//! What is not modelled has no answer. Such a function's tags are two bounds: nothing leaks, all leaks. A batch
//! that depends on bounds is analyzed with each, and what both say is said.
//!
//! Source: cmd/compile/internal/escape, go1.27.3; files have its names.

mod assign;
mod batch;
mod call;
mod doubt;
mod explanation;
mod expr;
mod graph;
mod leaks;
mod oracle;
mod report;
mod rewrite;
mod solve;
mod stmt;
mod tags;

use base::IndexVec;
use go_ir::{
    FuncId, Package, bottom_up, initialize_statically, remove_dead_locals, separate_loop_vars,
};
use go_types::{PkgId, Sizes, Store};
use rustc_hash::{FxHashMap, FxHashSet};

use self::batch::{Batch, Context, Side};
use self::doubt::Doubts;
use self::leaks::Leaks;
use self::oracle::Oracle;
pub use self::report::Finding;
use self::report::{pragmas, unknown_tags};
use self::rewrite::{Rewrite, apply};
use self::tags::FuncTags;
pub use self::tags::Tags;

/// What escape analysis says about a package.
#[derive(Debug, Default)]
pub struct Escapes {
    /// In gc's order.
    pub findings: Vec<Finding>,
    /// Functions without an answer, or with one that lacks lines, and why.
    pub gaps: Vec<(FuncId, &'static str)>,
}

/// Runs the passes before escape analysis and the analysis itself on a package whose calls are inlined as far
/// as they are going to be. `local` is the package, `tags` has those of all imported packages; the package's
/// own are entered. With `level` 2 of `-m`, findings are explained.
pub fn escapes(
    store: &mut Store,
    package: &mut Package,
    local: PkgId,
    goarch: &str,
    tags: &mut Tags,
    level: u8,
) -> Escapes {
    separate_loop_vars(store, package);
    initialize_statically(store, package, local);
    remove_dead_locals(package);
    let by_object: FxHashMap<_, _> = (package.funcs.iter_enumerated())
        .filter_map(|(id, func)| Some((func.obj?, id)))
        .collect();
    let unsupported = unsupported(package);
    let oracle = Oracle::of(store, package);
    let doubts = Doubts::of(package);
    let mut found = Escapes::default();
    let mut local_tags = FxHashMap::default();
    let mut rewrites = Vec::new();
    for funcs in bottom_up(package) {
        let context = Context {
            package,
            sizes: Sizes::of_arch(goarch),
            oracle: &oracle,
            doubts: &doubts,
            by_object: &by_object,
            local_tags: &local_tags,
            imported: tags,
            explains: level >= 2,
        };
        let result = analyze(store, &context, &funcs, &unsupported);
        found.findings.extend(result.findings);
        rewrites.extend(result.rewrites);
        found.gaps.extend(result.gaps);
        local_tags.extend(result.tags);
    }
    apply(package, &rewrites);
    for (func, func_tags) in package
        .funcs
        .ids()
        .filter_map(|func| Some((func, local_tags.remove(&func)?)))
    {
        if let (Some(obj), false) = (
            package.funcs[func].obj,
            package.funcs[func].stencil.is_instance(),
        ) {
            tags.insert(obj, func_tags);
        }
    }
    found
}

/// By function what could not be lowered in it or in a closure in it: a closure that is not whole may capture more
/// than is known. A closure that captures something is not known without the function around it.
fn unsupported(package: &Package) -> IndexVec<FuncId, Option<&'static str>> {
    let mut reasons: IndexVec<FuncId, _> =
        package.funcs.iter().map(|func| func.unsupported).collect();
    for (id, func) in package.funcs.iter_enumerated() {
        let (Some(reason), mut outer) = (func.unsupported, package.funcs[id].parent) else {
            continue;
        };
        while let Some(parent) = outer {
            reasons[parent] = reasons[parent].or(Some(reason));
            outer = package.funcs[parent].parent;
        }
    }
    // Closures come behind the functions around them.
    for (id, func) in package.funcs.iter_enumerated() {
        if let (Some(parent), false) = (func.parent, func.captured.is_empty()) {
            reasons[id] = reasons[id].or(reasons[parent]);
        }
    }
    reasons
}

/// Whether an instance of a generic function that the functions mention may call them.
fn calls_back(context: &Context<'_>, funcs: &[FuncId]) -> bool {
    let package = context.package;
    funcs.iter().any(|func| {
        let mut roots = package.list(package.funcs[*func].body).iter();
        roots.any(|root| {
            package.any(*root, |id| {
                let mut mentioned = package.mentioned(id).iter();
                mentioned.any(|obj| {
                    let member = context.by_object.get(obj);
                    member.is_some_and(|member| funcs.contains(member))
                })
            })
        })
    })
}

/// What is found of a batch.
struct Analyzed {
    findings: Vec<Finding>,
    rewrites: Vec<Rewrite>,
    tags: Vec<(FuncId, FuncTags)>,
    gaps: Vec<(FuncId, &'static str)>,
}

fn analyze(
    store: &mut Store,
    context: &Context<'_>,
    all: &[FuncId],
    unsupported: &IndexVec<FuncId, Option<&'static str>>,
) -> Analyzed {
    let package = context.package;
    let (mut funcs, mut gaps) = (Vec::new(), Vec::new());
    for func in all {
        match unsupported[*func] {
            Some(reason) => gaps.push((*func, reason)),
            None => funcs.push(*func),
        }
    }
    let mut tags: Vec<_> = (gaps.iter())
        .map(|(func, _)| (*func, unknown_tags(package, *func)))
        .collect();
    let others = !gaps.is_empty() || calls_back(context, all);
    let mut least = match funcs[..] {
        [] => Run::default(),
        _ => run(store, context, &funcs, others, Side::Least),
    };
    if let Some(reason) = least.gap {
        gaps.extend(funcs.iter().map(|func| (*func, reason)));
        tags.extend(
            funcs
                .iter()
                .map(|func| (*func, unknown_tags(package, *func))),
        );
        return Analyzed {
            findings: Vec::new(),
            rewrites: Vec::new(),
            tags,
            gaps,
        };
    }
    let most = if least.inexact {
        run(store, context, &funcs, others, Side::Most)
    } else {
        Run {
            tags: least.tags.clone(),
            ..Run::default()
        }
    };
    let mut lacks_lines = false;
    if least.inexact {
        let n_found = least.findings.len();
        let of_most: FxHashSet<&Finding> = most.findings.iter().collect();
        (least.findings).retain(|finding| of_most.contains(finding));
        let n_both = least.findings.len();
        lacks_lines = n_found > n_both || most.findings.len() > n_both;
    }
    if lacks_lines {
        let reason = "a call of a function that is not modelled";
        let reason = |func| context.doubts.reason(func).unwrap_or(reason);
        gaps.extend(funcs.iter().map(|func| (*func, reason(*func))));
    } else {
        let doubtful = |func: &FuncId| Some((*func, context.doubts.reason(*func)?));
        gaps.extend(funcs.iter().filter_map(doubtful));
    }
    let both = funcs.iter().zip(least.tags.into_iter().zip(most.tags));
    tags.extend(both.map(|(func, (least, most))| {
        let params = least.into_iter().zip(most);
        let tags = FuncTags {
            params: params.map(|(least, most)| [least, most]).collect(),
            pragmas: pragmas(package, *func),
        };
        (*func, tags)
    }));
    Analyzed {
        findings: least.findings,
        rewrites: least.rewrites,
        tags,
        gaps,
    }
}

/// One analysis of a batch.
#[derive(Default)]
struct Run {
    findings: Vec<Finding>,
    rewrites: Vec<Rewrite>,
    /// By function and parameter.
    tags: Vec<Vec<Leaks>>,
    inexact: bool,
    gap: Option<&'static str>,
}

fn run(
    store: &mut Store,
    context: &Context<'_>,
    funcs: &[FuncId],
    others: bool,
    side: Side,
) -> Run {
    let mut batch = Batch::analyze(store, context, funcs, others, side);
    if batch.gap.is_some() {
        return Run {
            gap: batch.gap,
            ..Run::default()
        };
    }
    let tags = funcs.iter().map(|func| batch.func_tags(*func)).collect();
    Run {
        findings: batch.graph.findings,
        rewrites: batch.rewrites,
        tags,
        inexact: batch.inexact,
        gap: None,
    }
}
