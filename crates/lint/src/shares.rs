//! Which part of what a line allocated belongs to which of its sites.
//!
//! A heap profile knows the line and the size of the objects. Where the types of a line's sites have different sizes,
//! each size is one site's; where several fit, they have it together, and are said to. The CPU profile names the
//! function of the runtime that a line called, which determines the kind of the allocation; with several of a kind the time
//! is divided as their objects are.

use std::collections::BTreeMap;

use go_syntax::ExprId;

use crate::allocs::{Alloc, BlockSize};
use crate::heat::{Callee, HotLine};
use crate::sites::{Site, SiteLine};
use crate::view::View;
use crate::weights::{Resource, Weights};

/// What one or several sites of a line spent together.
#[derive(Clone, Debug)]
pub(crate) struct Share<'a> {
    /// Never empty; several if the profile cannot separate them.
    pub(crate) sites: Vec<&'a Site>,
    pub(crate) weights: Weights,
}

/// What calls on a line spent in other packages.
#[derive(Clone, Debug)]
pub(crate) struct CallShare {
    /// `None` where the source has no such call on the line: an iterator's body, a deferred function.
    pub(crate) call: Option<ExprId>,
    /// As the profile spells it; of several the heaviest.
    pub(crate) function: String,
    pub(crate) weights: Weights,
    /// The part of `weights` that allocates, or that was allocated.
    pub(crate) allocating: Weights,
}

/// How a line's weights are divided.
#[derive(Debug, Default)]
pub(crate) struct LineShares<'a> {
    pub(crate) shares: Vec<Share<'a>>,
    pub(crate) calls: Vec<CallShare>,
    /// Allocated on the line without a known site.
    pub(crate) unknown: Weights,
}

/// Divides what a line spent among its sites and calls.
pub(crate) fn divide<'a>(view: &View, line: &'a SiteLine, heat: &HotLine) -> LineShares<'a> {
    let mut divided = LineShares::default();
    calls(view, line, heat, &mut divided);
    let possible = possible(&line.sites);
    let mut by_sites: BTreeMap<Vec<usize>, Weights> = BTreeMap::new();
    let mut rest = heat.flat;
    rest[Resource::Cpu] = 0;
    rest.cpu_samples = 0;
    for block in &heat.blocks {
        let sites = of_size(&line.sites, &possible, block.size);
        let mut weights = block.weights;
        weights[Resource::Cpu] = 0;
        weights.cpu_samples = 0;
        *by_sites.entry(sites).or_default() += weights;
        rest -= weights;
    }
    if !rest.is_zero() {
        *by_sites.entry(possible.clone()).or_default() += rest;
    }
    divided.unknown = by_sites.remove(&Vec::new()).unwrap_or_default();
    for callee in heat.callees.iter().filter(|callee| is_allocator(callee)) {
        let sites = of_runtime_function(&line.sites, &possible, &callee.function);
        divide_cpu(&mut by_sites, sites, callee.weights.only(Resource::Cpu));
    }
    divided.shares = (by_sites.into_iter())
        .filter(|(sites, weights)| !sites.is_empty() && !weights.is_zero())
        .map(|(sites, weights)| Share {
            sites: sites.into_iter().map(|index| &line.sites[index]).collect(),
            weights,
        })
        .collect();
    divided
}

/// The sites that may have allocated, by position: those that hardly ever do only where there is no other.
fn possible(sites: &[Site]) -> Vec<usize> {
    let at_least = |likelihood: u8| -> Vec<usize> {
        (sites.iter().enumerate())
            .filter(|(_, site)| site.inlined.is_none() || site.alloc == Alloc::Variable)
            .filter(|(_, site)| site.likelihood() >= likelihood)
            .map(|(index, _)| index)
            .collect()
    };
    let usual = at_least(2);
    if usual.is_empty() { at_least(1) } else { usual }
}

/// The sites whose objects may take blocks of `size` bytes.
fn of_size(sites: &[Site], possible: &[usize], size: i64) -> Vec<usize> {
    let with = |fits: fn(BlockSize, i64) -> bool| -> Vec<usize> {
        (possible.iter().copied())
            .filter(|index| fits(sites[*index].size, size))
            .collect()
    };
    let mut exact = with(|of_site, size| of_site == BlockSize::Exactly(size));
    let open = with(|of_site, size| matches!(of_site, BlockSize::AtLeast(least) if least <= size));
    match (exact.is_empty(), open.is_empty()) {
        (false, true) => exact,
        (true, false) => open,
        // An object that is always made explains blocks of its size; growth of something else may as well.
        (false, false) if exact.iter().all(|index| sites[*index].likelihood() == 3) => exact,
        (false, false) => {
            exact.extend(open);
            exact.sort_unstable();
            exact
        }
        (true, true) => possible.to_vec(),
    }
}

/// Whether a callee of a line is the runtime's, working for an allocation of the line itself.
fn is_allocator(callee: &Callee) -> bool {
    callee.allocating && crate::heat::is_runtime_function(&callee.function)
}

/// Kinds of allocation by the function of the runtime that makes them, by prefixes of its name.
const KINDS: &[(&str, &[Alloc])] = &[
    ("runtime.makechan", &[Alloc::MakeChan]),
    ("runtime.makemap", &[Alloc::MakeMap, Alloc::Literal]),
    ("runtime.mapassign", &[Alloc::MapStore, Alloc::Literal]),
    (
        "internal/runtime/maps.",
        &[Alloc::MapStore, Alloc::MakeMap, Alloc::Literal],
    ),
    ("runtime.growslice", &[Alloc::Append]),
    ("runtime.makeslicecopy", &[Alloc::Append, Alloc::Make]),
    ("runtime.makeslice", &[Alloc::Make]),
    ("runtime.convT", &[Alloc::Boxing]),
    ("runtime.concat", &[Alloc::Concat]),
    ("runtime.slicebytetostring", &[Alloc::Conversion]),
    ("runtime.slicerunetostring", &[Alloc::Conversion]),
    ("runtime.stringtoslice", &[Alloc::Conversion]),
    ("runtime.intstring", &[Alloc::Conversion]),
    ("runtime.newproc", &[Alloc::Go]),
    ("runtime.deferproc", &[Alloc::Defer]),
    ("runtime.typeAssert", &[Alloc::InterfaceTable]),
    (
        "runtime.newobject",
        &[
            Alloc::Variable,
            Alloc::Literal,
            Alloc::New,
            Alloc::Closure,
            Alloc::MethodValue,
            Alloc::Variadic,
            Alloc::Boxing,
            Alloc::MakeMap,
            Alloc::Make,
        ],
    ),
];

fn of_runtime_function(sites: &[Site], possible: &[usize], function: &str) -> Vec<usize> {
    let kinds = KINDS
        .iter()
        .find(|(prefix, _)| function.starts_with(prefix));
    let Some((_, kinds)) = kinds else {
        return possible.to_vec();
    };
    let of_kind: Vec<usize> = (possible.iter().copied())
        .filter(|index| kinds.contains(&sites[*index].alloc))
        .collect();
    if of_kind.is_empty() {
        possible.to_vec()
    } else {
        of_kind
    }
}

/// Adds CPU time to those of the groups that share a site with `sites`, as their objects are.
fn divide_cpu(by_sites: &mut BTreeMap<Vec<usize>, Weights>, sites: Vec<usize>, cpu: Weights) {
    if sites.is_empty() || cpu.is_zero() {
        return;
    }
    let touching: Vec<Vec<usize>> = (by_sites.keys())
        .filter(|group| group.iter().any(|index| sites.contains(index)))
        .cloned()
        .collect();
    let objects =
        |weights: &Weights| weights[Resource::AllocObjects].max(weights[Resource::InuseObjects]);
    let all: i64 = touching.iter().map(|group| objects(&by_sites[group])).sum();
    if all <= 0 {
        let group = touching.into_iter().next().unwrap_or(sites);
        *by_sites.entry(group).or_default() += cpu;
        return;
    }
    for group in touching {
        if let Some(weights) = by_sites.get_mut(&group) {
            let part = objects(weights) as f64 / all as f64;
            *weights += cpu.scaled(part);
        }
    }
}

/// What was spent below calls into other packages, by the call.
fn calls(view: &View, line: &SiteLine, heat: &HotLine, divided: &mut LineShares) {
    for callee in &heat.callees {
        if crate::heat::is_runtime_function(&callee.function) {
            continue;
        }
        let mut allocating = callee.weights;
        if !callee.allocating {
            allocating[Resource::Cpu] = 0;
            allocating.cpu_samples = 0;
        }
        let function = crate::fold_name(&callee.function);
        let call = view.call_of(line.file, line.line, &function);
        let known = divided.calls.iter_mut().find(|share| match call {
            Some(_) => share.call == call,
            None => share.call.is_none() && share.function == function,
        });
        match known {
            // Callees are sorted: the first is the heaviest.
            Some(share) => {
                share.weights += callee.weights;
                share.allocating += allocating;
            }
            None => divided.calls.push(CallShare {
                call,
                function,
                weights: callee.weights,
                allocating,
            }),
        }
    }
}
