//! What a package's allocations come down to: one cause for one call, one variable, one map with its growth, one
//! object with its parts.

mod joined;
mod set_up;

use std::collections::{BTreeMap, BTreeSet};

use go_syntax::{ExprId, Node};

use crate::allocs::{Alloc, Holder};
use crate::context::{Kept, guard, kept};
use crate::functions::FunctionId;
use crate::heat::HotLine;
use crate::made::{
    Maker, join_closures, join_constructors, join_fields, join_makers, join_maps, literal_around,
    maker,
};
use crate::shares::{CallShare, LineShares, Share, divide};
use crate::sites::{Site, SiteLine};
use crate::view::View;
use crate::weights::{Resource, Weights};

/// Sites that one change would take care of.
#[derive(Debug)]
pub(crate) struct SiteCause<'a> {
    /// Heaviest first; never empty.
    pub(crate) parts: Vec<Share<'a>>,
    pub(crate) weights: Weights,
    /// Everything below the lines of the parts, as pprof counts it.
    pub(crate) lines: Weights,
    /// The function that makes all of it to keep it.
    pub(crate) maker: Option<FunctionId>,
    /// Calls that set up what goes with it, such as an encoder for a buffer.
    pub(crate) calls: Vec<CallCause<'a>>,
}

impl<'a> SiteCause<'a> {
    fn new() -> Self {
        Self {
            parts: Vec::new(),
            weights: Weights::default(),
            lines: Weights::default(),
            maker: None,
            calls: Vec::new(),
        }
    }

    /// A site that no profile saw.
    pub(crate) fn unseen(site: &'a Site) -> Self {
        let share = Share {
            sites: vec![site],
            weights: Weights::default(),
        };
        Self {
            parts: vec![share],
            ..Self::new()
        }
    }

    /// Adds what another cause allocated.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.weights += other.weights;
        self.lines += other.lines;
        self.parts.extend(other.parts);
        self.calls.extend(other.calls);
    }

    pub(crate) fn sites(&self) -> impl Iterator<Item = &'a Site> {
        self.parts
            .iter()
            .flat_map(|part| part.sites.iter().copied())
    }

    /// Files and lines of its parts.
    pub(crate) fn places(&self) -> BTreeSet<(usize, u32)> {
        self.sites().map(|site| (site.file, site.at.line)).collect()
    }

    /// Bytes that are allocated each time one function makes all of it, else for an object of the heaviest part; `None`
    /// if that is not known.
    pub(crate) fn bytes_each(&self) -> Option<i64> {
        let heaviest = &self.parts.first()?.weights;
        let n = heaviest[Resource::AllocObjects];
        let made = match self.maker {
            Some(_) => &self.weights,
            None => heaviest,
        };
        (n > 0).then(|| made[Resource::AllocSpace] / n)
    }

    fn sort(&mut self) {
        (self.parts).sort_by_key(|part| std::cmp::Reverse(part.weights.heaviness()));
    }

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
    /// Calls of other functions that go with it: among its arguments, or settings of what it returns.
    pub(crate) beside: Vec<CallCause<'a>>,
}

impl<'a> CallCause<'a> {
    fn attach(&mut self, other: CallCause<'a>) {
        self.weights += other.weights;
        self.allocating += other.allocating;
        self.beside.push(other);
    }
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
pub(crate) enum Key {
    /// A slice, map or string that grows: within its function, or everywhere for fields and package variables.
    Holder(Option<FunctionId>, Holder, Family),
    Place(usize, base::LineCol, Alloc),
    /// What a function makes to keep it.
    Made(Maker),
    /// A literal with what is made for its elements: file and offset.
    Literal(usize, u32),
    /// What one change of a function takes care of.
    Alike(FunctionId, Alike),
    /// The same literal of package-level values, which one package variable replaces.
    Value(String),
    /// Slices of package-level values, by their type: package variables replace them.
    Values(go_types::TypeId),
    /// Package-level variables of a type, which could be declared as interfaces.
    Variables(go_types::TypeId),
    /// What is put into an interface for one function of the package, by the name that calls use.
    Parameter(String),
    /// Sites of a line that the profile cannot separate.
    Together(usize, Vec<(base::LineCol, Alloc)>),
}

/// Sites of a function that call for the same change.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Alike {
    /// Fields of values that are set up.
    Fields,
    Channels,
    /// What a function needs to start goroutines: channels, variables and closures.
    Goroutines,
    /// The same text in several branches.
    Text(Alloc, String),
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Family {
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
        // Heap profiles leave out the run time's frames, also of functions that programs call.
        if let Some((call, function)) = view.runtime_call(line.file, line.line)
            && !divided.unknown.is_zero()
        {
            let weights = std::mem::take(&mut divided.unknown);
            let known = divided
                .calls
                .iter_mut()
                .find(|share| share.call == Some(call));
            match known {
                Some(share) => {
                    share.weights += weights;
                    share.allocating += weights;
                }
                None => divided.calls.push(CallShare {
                    call: Some(call),
                    function,
                    weights,
                    allocating: weights,
                }),
            }
        }
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
            let cause = groups.entry(key).or_insert_with(SiteCause::new);
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
    for cause in groups.values_mut() {
        cause.sort();
    }
    join_fields(view, &mut groups);
    join_maps(view, &mut groups);
    join_makers(view, &mut groups);
    let several = join_constructors(view, &mut groups);
    join_closures(view, &mut groups);
    for (key, mut cause) in groups {
        if let Key::Made(maker) = key
            && !several.contains(&maker)
        {
            cause.maker = Some(maker.function);
        }
        cause.sort();
        causes.sites.extend(into_call(cause, &mut causes.calls));
    }
    let calls = std::mem::take(&mut causes.calls);
    causes.calls = joined::joined_calls(view, set_up::attach(view, calls, &mut causes.sites));
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
    if let Some(key) = in_common(share, |site| of_function(view, site)) {
        return key;
    }
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

/// The cause of all sites of a share, if it is the same.
fn in_common(share: &Share, key: impl Fn(&Site) -> Option<Key>) -> Option<Key> {
    let first = key(share.sites[0])?;
    let is_same = (share.sites.iter()).all(|site| key(site).as_ref() == Some(&first));
    is_same.then_some(first)
}

/// The cause that a site shares with others of its function or package.
fn of_function(view: &View, site: &Site) -> Option<Key> {
    // What is kept until it is too small is one thing, wherever that is found out.
    if let (Some(field), true) = (&site.target, matches!(kept(view, site), Kept::Field { .. }))
        && site.alloc == Alloc::Make
        && guard(view, site).is_some()
    {
        return Some(Key::Holder(None, field.clone(), Family::Slice));
    }
    if let Some(maker) = maker(view, site) {
        return Some(Key::Made(maker));
    }
    if let Some(start) = literal_around(view, site) {
        return Some(Key::Literal(site.file, start));
    }
    if site.alloc == Alloc::Boxing && view.is_of_package_values(site) {
        return Some(Key::Value(site.text.clone()));
    }
    if let Some(typ) = view.values_type(site) {
        return Some(Key::Values(typ));
    }
    if let Some(typ) = view
        .package_variable(site)
        .filter(|_| site.alloc == Alloc::Boxing)
    {
        return Some(Key::Variables(typ));
    }
    if matches!(site.alloc, Alloc::Boxing | Alloc::Variadic)
        && let Some(name) = site.call.and_then(|call| view.own_callee(site.file, call))
    {
        return Some(Key::Parameter(name));
    }
    let function = view.function_of(site)?;
    let is_field = || matches!(kept(view, site), Kept::Field { .. });
    let alike = match site.alloc {
        Alloc::Make if is_field() => Alike::Fields,
        Alloc::Go => Alike::Goroutines,
        Alloc::Variable | Alloc::MakeChan | Alloc::Closure
            if is_for_goroutine(view, site, function) =>
        {
            Alike::Goroutines
        }
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

/// Whether goroutines that its function starts use the variable that a site makes or is assigned to.
fn is_for_goroutine(view: &View, site: &Site, function: FunctionId) -> bool {
    match site.target {
        Some(Holder::Object(variable)) => view.goroutines_use(site.file, function, variable),
        _ => false,
    }
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
            beside: Vec::new(),
        });
    }
}
