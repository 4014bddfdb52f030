//! For whom lines spend: the callers of their functions.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence;
use crate::heat::{Heat, HotFunctionId, HotLineId};
use crate::view::View;
use crate::weights::{Resource, Weights};

/// A caller of the functions of some lines.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct CallerOf {
    /// As the profile spells it, without type arguments.
    pub(crate) function: String,
    /// Where it calls, if that is a line of the packages under analysis.
    pub(crate) line: Option<HotLineId>,
    /// The function of a single statement that it calls instead.
    pub(crate) via: Option<HotFunctionId>,
}

/// The callers of what lines spend, the largest share first.
#[derive(Debug, Default)]
pub(crate) struct Callers {
    pub(crate) shares: Vec<(f64, CallerOf)>,
    /// Most of it was spent since a `sync.Pool` was empty.
    pub(crate) is_for_pool: bool,
}

/// The callers of what lines (file and line) of the package spend, by what was allocated, else by CPU time.
pub(crate) fn callers_of(view: &View, places: &BTreeSet<(usize, u32)>) -> Callers {
    let Some(heat) = view.heat else {
        return Callers::default();
    };
    let mut spent = Weights::default();
    let mut for_pool = Weights::default();
    let mut callers: BTreeMap<CallerOf, Weights> = BTreeMap::new();
    let lines = places
        .iter()
        .filter_map(|(file, line)| heat.line(view.id, *file, *line));
    for line in lines {
        spent += line.spent();
        for_pool += line.for_pool;
        for caller in &line.callers {
            let key = CallerOf {
                function: caller.function.clone(),
                line: caller.line,
                via: caller.via,
            };
            *callers.entry(key).or_default() += caller.weights;
        }
    }
    let measured = |it: &Resource| *it != Resource::Cpu && spent[*it] > 0;
    let Some(resource) = Resource::ALL.into_iter().find(measured) else {
        return Callers::default();
    };
    let mut shares: Vec<(f64, CallerOf)> = (callers.into_iter())
        .map(|(caller, weights)| (weights.share(resource, &spent), caller))
        .collect();
    shares.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    Callers {
        shares,
        is_for_pool: for_pool.share(resource, &spent) >= 0.5,
    }
}

/// The callers that account for most of what lines spend, in words.
pub(crate) fn caller_note(view: &View, places: &BTreeSet<(usize, u32)>) -> Option<String> {
    const SHOWN: usize = 2;
    const LEAST: f64 = 0.2;
    let heat = view.heat?;
    let callers = callers_of(view, places);
    let shown: Vec<String> = (callers.shares.iter())
        .filter(|(share, _)| *share >= LEAST)
        .take(SHOWN)
        .map(|(share, caller)| {
            let words = caller_words(view, heat, caller);
            format!("{words} {}", evidence::percent(*share))
        })
        .collect();
    let list = shown.join(", ");
    if shown.is_empty() {
        None
    } else if callers.is_for_pool {
        Some(format!("taken from the pool by {list}"))
    } else {
        Some(format!("called from {list}"))
    }
}

fn caller_words(view: &View, heat: &Heat, caller: &CallerOf) -> String {
    let Some(line) = caller.line else {
        return foreign_words(&caller.function);
    };
    let line = &heat.lines[line];
    let at = format!("{}:{}", view.file_name(line.package, line.file), line.line);
    if gc::is_closure_name(&caller.function) {
        format!("the function literal at {at}")
    } else {
        format!("`{}` ({at})", caller.function)
    }
}

/// A function outside of the packages; those of test files come with `@file:line`.
fn foreign_words(function: &str) -> String {
    let (function, at) = match function.rsplit_once('@') {
        Some((function, at)) => (function, Some(at)),
        None => (function, None),
    };
    let (path, name) = profile::split_symbol(function);
    let package = path.rsplit('/').next().unwrap_or(path);
    match at {
        Some(at) if gc::is_closure_name(name) => format!("the function literal at {at}"),
        Some(at) => format!("`{name}` ({at})"),
        None if package.is_empty() => format!("`{}`", gc::fold_function_name(name)),
        None => format!("`{package}.{name}`"),
    }
}
