//! Contracts in source: comments by which a function promises not to allocate, to be inlined, to keep a variable on the
//! stack, or a type not to grow.
//!
//! `//goperf:noalloc`, `//goperf:inline`, `//goperf:noescape x` and `//goperf:size<=64` belong to the declaration below
//! them, `//goperf:alloc-ok reason` to a line or a function. `//gcassert:inline`, `//gcassert:noescape` and
//! `//gcassert:bce` are read as gcassert reads them: on a line, or above a declaration.
//! Source of gcassert's: `jordanlewis/gcassert`, README.

mod allocating;
mod bounds;
mod directive;
mod local;

use std::collections::{BTreeMap, BTreeSet};

use diag::{Annotation, Diagnostic};

use crate::rules::broken_contract;

pub use allocating::function_allocs;
pub(crate) use directive::{Directive, Promise, directives};
pub use directive::{WrittenPromise, promises};
pub(crate) use local::check;

/// What a declared function may allocate itself and what it calls, on paths that do not end in a panic.
#[derive(Clone, Debug)]
pub struct FunctionAllocs {
    /// Import path, receiver type and name, without stars: `example.com/m/store.Store.Put`.
    pub(crate) symbol: String,
    /// As a message calls it: `(*Store).Put`.
    pub(crate) name: String,
    /// Where it promises not to allocate.
    pub(crate) promise: Option<Annotation>,
    /// Each as the finding that it is if some caller has promised not to allocate.
    pub(crate) sites: Vec<AllocPlace>,
    pub(crate) calls: Vec<CallPlace>,
}

#[derive(Clone, Debug)]
pub(crate) struct AllocPlace {
    /// The finding but for whose promise it breaks.
    pub(crate) finding: Diagnostic,
    /// The compiler decides anew where the function is inlined.
    pub(crate) escapes: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct CallPlace {
    /// Of the callee, as [`FunctionAllocs::symbol`].
    pub(crate) symbol: String,
    pub(crate) at: Annotation,
    pub(crate) is_inlined: bool,
}

/// The places where functions that promise not to allocate do, themselves or by what they call; a place once for each
/// promise, by the shortest chain of calls.
pub fn broken_promises(functions: &[FunctionAllocs]) -> Vec<Diagnostic> {
    let by_symbol: BTreeMap<&str, &FunctionAllocs> = (functions.iter())
        .map(|function| (function.symbol.as_str(), function))
        .collect();
    let mut broken = Vec::new();
    for function in by_symbol.values() {
        if let Some(promise) = &function.promise {
            walk(&by_symbol, function, promise, &mut broken);
        }
    }
    broken
}

/// A function on the way from a promise, with the calls that led to it.
struct Reached<'a> {
    function: &'a FunctionAllocs,
    path: Vec<&'a CallPlace>,
}

fn walk<'a>(
    by_symbol: &BTreeMap<&str, &'a FunctionAllocs>,
    first: &'a FunctionAllocs,
    promise: &Annotation,
    broken: &mut Vec<Diagnostic>,
) {
    let mut seen: BTreeSet<&str> = BTreeSet::from([first.symbol.as_str()]);
    let mut pending = std::collections::VecDeque::from([Reached {
        function: first,
        path: Vec::new(),
    }]);
    while let Some(reached) = pending.pop_front() {
        let is_inlined = reached.path.last().is_some_and(|call| call.is_inlined);
        for site in &reached.function.sites {
            // Of an inlined body the compiler decides at the call, where the caller has a site of its own.
            if !(is_inlined && site.escapes) {
                broken.push(broken_contract::allocates(
                    &first.name,
                    &reached.function.name,
                    promise,
                    &reached.path,
                    site,
                ));
            }
        }
        for call in &reached.function.calls {
            let Some(callee) = by_symbol.get(call.symbol.as_str()) else {
                continue;
            };
            // A callee with a promise of its own is reported by itself.
            if callee.promise.is_none() && seen.insert(&callee.symbol) {
                let mut path = reached.path.clone();
                path.push(call);
                pending.push_back(Reached {
                    function: callee,
                    path,
                });
            }
        }
    }
}
