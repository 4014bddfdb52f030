//! What a package's allocations come down to: one cause for one call, one variable, one map with its growth.

use std::collections::BTreeMap;

use go_syntax::{ExprId, Node};

use crate::allocs::{Alloc, Holder};
use crate::context::{Kept, is_in_return, kept};
use crate::functions::FunctionId;
use crate::heat::HotLine;
use crate::shares::{CallShare, LineShares, Share, divide};
use crate::sites::{Site, SiteLine};
use crate::view::View;
use crate::weights::Weights;

/// Sites that one change would take care of.
#[derive(Debug)]
pub(crate) struct SiteCause<'a> {
    /// Heaviest first; never empty.
    pub(crate) parts: Vec<Share<'a>>,
    pub(crate) weights: Weights,
    /// Everything below the lines of the parts, as pprof counts it.
    pub(crate) lines: Weights,
}

impl<'a> SiteCause<'a> {
    /// The site that the finding is placed at.
    pub(crate) fn main(&self) -> &'a Site {
        self.parts[0].sites[0]
    }

    /// Whether the profile tells what each of the sites allocated.
    pub(crate) fn is_sure(&self) -> bool {
        self.parts.iter().all(|part| part.sites.len() == 1)
    }
}

/// A call into another package, with what its arguments allocate.
#[derive(Debug)]
pub(crate) struct CallCause<'a> {
    pub(crate) file: usize,
    pub(crate) line: u32,
    pub(crate) call: Option<ExprId>,
    /// As the profile spells it, without type arguments.
    pub(crate) function: String,
    /// Arguments that are allocated for the call.
    pub(crate) arguments: Vec<&'a Site>,
    /// All that was spent below the call and for its arguments.
    pub(crate) weights: Weights,
    /// The part of `weights` that was allocated, or allocates.
    pub(crate) allocating: Weights,
    pub(crate) lines: Weights,
    /// Calls of the same function elsewhere in the package, heaviest first: file, line, call, what they allocate.
    pub(crate) others: Vec<(usize, u32, Option<ExprId>, Weights)>,
}

/// A line that allocated without a known site.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnknownCause {
    pub(crate) file: usize,
    pub(crate) line: u32,
    pub(crate) weights: Weights,
}

/// All causes of a package.
#[derive(Debug, Default)]
pub(crate) struct Causes<'a> {
    pub(crate) sites: Vec<SiteCause<'a>>,
    pub(crate) calls: Vec<CallCause<'a>>,
    pub(crate) unknown: Vec<UnknownCause>,
    /// Decided sites that no profile saw, one for each place.
    pub(crate) unseen: Vec<&'a Site>,
}

/// What makes sites one cause.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Key {
    /// A slice, map or string that grows: within its function, or everywhere for fields and package variables.
    Holder(Option<FunctionId>, Holder, Family),
    Place(usize, base::LineCol, Alloc),
    /// What a function makes to return it.
    Result(FunctionId),
    /// What one change of a function takes care of.
    Alike(FunctionId, Alike),
    /// The same literal of package-level values, which one package variable replaces.
    Value(String),
    /// Sites of a line that the profile cannot separate.
    Together(usize, Vec<(base::LineCol, Alloc)>),
}

/// Sites of a function that call for the same change.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Alike {
    /// Fields of values that are set up.
    Fields,
    Channels,
    /// The same text in several branches.
    Text(Alloc, String),
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Family {
    Slice,
    Map,
    Text,
}

/// Finds the causes of what the lines allocated.
pub(crate) fn causes<'a>(view: &View, lines: &'a [SiteLine<'a>]) -> Causes<'a> {
    let mut causes = Causes::default();
    let mut groups: BTreeMap<Key, SiteCause<'a>> = BTreeMap::new();
    for line in lines {
        let Some(heat) = line.heat else {
            causes
                .unseen
                .extend(line.sites.iter().filter(|site| is_place(site)));
            continue;
        };
        let mut divided = divide(view, line, heat);
        let n_calls = causes.calls.len();
        calls(line, heat, &mut divided, &mut causes.calls);
        if !divided.unknown.is_zero() {
            causes.unknown.push(UnknownCause {
                file: line.file,
                line: line.line,
                weights: divided.unknown,
            });
        }
        let called: Vec<ExprId> = causes.calls[n_calls..]
            .iter()
            .filter_map(|cause| cause.call)
            .collect();
        let seen = |site: &Site| {
            site.call.is_some_and(|call| called.contains(&call))
                || (divided.shares.iter())
                    .any(|share| share.sites.iter().any(|it| std::ptr::eq(*it, site)))
        };
        (causes.unseen).extend(
            line.sites
                .iter()
                .filter(|site| is_place(site) && !seen(site)),
        );
        for share in divided.shares {
            let key = key(view, &share);
            let cause = groups.entry(key).or_insert_with(|| SiteCause {
                parts: Vec::new(),
                weights: Weights::default(),
                lines: Weights::default(),
            });
            cause.weights += share.weights;
            let is_new = |part: &Share| {
                let (a, b) = (part.sites[0], share.sites[0]);
                (a.file, a.at.line) != (b.file, b.at.line)
            };
            if cause.parts.iter().all(is_new) {
                cause.lines += heat.cum;
            }
            cause.parts.push(share);
        }
    }
    causes.sites = groups
        .into_values()
        .filter_map(|cause| into_call(cause, &mut causes.calls))
        .collect();
    causes.calls = joined_calls(std::mem::take(&mut causes.calls));
    for cause in &mut causes.sites {
        cause
            .parts
            .sort_by_key(|part| std::cmp::Reverse(part.weights.heaviness()));
    }
    causes
}

/// Moves arguments that stand on other lines than their call to the call; returns a cause that is not such an argument.
fn into_call<'a>(cause: SiteCause<'a>, calls: &mut [CallCause<'a>]) -> Option<SiteCause<'a>> {
    let site = cause.main();
    let found = site.call.and_then(|call| {
        calls
            .iter_mut()
            .find(|cause| cause.file == site.file && cause.call == Some(call))
    });
    let sites = || cause.parts.iter().flat_map(|part| &part.sites);
    let Some(found) = found.filter(|_| sites().all(|other| other.call == site.call)) else {
        return Some(cause);
    };
    found.arguments.extend(sites());
    found.weights += cause.weights;
    found.allocating += cause.weights;
    found.lines += cause.lines;
    None
}

/// Whether a site without evidence is worth a hint: not what another function's body makes.
fn is_place(site: &Site) -> bool {
    site.is_decided() && site.inlined.is_none() && site.node.is_some()
}

fn key(view: &View, share: &Share) -> Key {
    let site = share.sites[0];
    if share.sites.len() > 1 {
        let places = share
            .sites
            .iter()
            .map(|site| (site.at, site.alloc))
            .collect();
        return Key::Together(site.file, places);
    }
    let family = match (site.alloc, site.node) {
        (Alloc::Append, _) => Some(Family::Slice),
        (Alloc::MapStore | Alloc::MakeMap | Alloc::Literal, _) => Some(Family::Map),
        (Alloc::Concat, Some(Node::Stmt(_))) => Some(Family::Text),
        _ => None,
    };
    if let Some(key) = of_function(view, site) {
        return key;
    }
    match (&site.holder, family) {
        // Several places that make a map are several maps: each is a cause of its own.
        (Some(holder), Some(Family::Map))
            if site.alloc != Alloc::MapStore && view.map_makes(holder) > 1 =>
        {
            Key::Place(site.file, site.at, site.alloc)
        }
        (Some(holder), Some(family)) => {
            let function = view
                .is_local(site, holder)
                .then(|| view.function_of(site))
                .flatten();
            Key::Holder(function, holder.clone(), family)
        }
        _ => Key::Place(site.file, site.at, site.alloc),
    }
}

/// The cause that a site shares with others of its function or package.
fn of_function(view: &View, site: &Site) -> Option<Key> {
    if site.alloc == Alloc::Boxing && view.is_of_package_values(site) {
        return Some(Key::Value(site.text.clone()));
    }
    let function = view.function_of(site)?;
    let is_object = matches!(site.alloc, Alloc::Make | Alloc::Literal | Alloc::New);
    let is_field = || matches!(kept(view, site), Kept::Field { .. });
    let alike = match site.alloc {
        _ if is_object && (view.is_returned(site) || is_in_return(view, site)) => {
            return Some(Key::Result(function));
        }
        Alloc::Make if is_field() => Alike::Fields,
        Alloc::MakeChan => Alike::Channels,
        Alloc::Make | Alloc::New => Alike::Text(site.alloc, site.text.clone()),
        Alloc::Literal if !site.text.starts_with("map[") => {
            Alike::Text(site.alloc, site.text.clone())
        }
        Alloc::Boxing if site.text.ends_with('}') => Alike::Text(site.alloc, site.text.clone()),
        _ => return None,
    };
    Some(Key::Alike(function, alike))
}

/// Calls of one function from several lines are one cause: the heaviest has the others as its parts.
fn joined_calls(calls: Vec<CallCause>) -> Vec<CallCause> {
    let mut joined: Vec<CallCause> = Vec::new();
    let mut calls = calls;
    calls.sort_by_key(|call| std::cmp::Reverse(call.allocating.heaviness()));
    for call in calls {
        match joined
            .iter_mut()
            .find(|other| other.function == call.function)
        {
            Some(first) => {
                first.weights += call.weights;
                first.allocating += call.allocating;
                first.lines += call.lines;
                first
                    .others
                    .push((call.file, call.line, call.call, call.allocating));
            }
            None => joined.push(call),
        }
    }
    joined
}

/// Moves what the arguments of calls allocate from the line's shares to the calls.
fn calls<'a>(
    line: &'a SiteLine,
    heat: &HotLine,
    divided: &mut LineShares<'a>,
    calls: &mut Vec<CallCause<'a>>,
) {
    for share in std::mem::take(&mut divided.calls) {
        let CallShare {
            call,
            function,
            mut weights,
            mut allocating,
        } = share;
        let mut arguments: Vec<&Site> = Vec::new();
        divided.shares.retain(|share| {
            let is_argument = |site: &&Site| call.is_some() && site.call == call;
            if !share.sites.iter().all(is_argument) {
                return true;
            }
            arguments.extend(&share.sites);
            weights += share.weights;
            allocating += share.weights;
            false
        });
        arguments.sort_by_key(|site| site.at);
        calls.push(CallCause {
            file: line.file,
            line: line.line,
            call,
            function,
            arguments,
            weights,
            allocating,
            lines: heat.cum,
            others: Vec::new(),
        });
    }
}
