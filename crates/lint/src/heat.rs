//! Where a program spends time and memory, by line and function of the packages under analysis.
//!
//! A sample's *own frame* is its first frame, from the leaf, that lies in a package under analysis.
//! The sample counts for that line: as `flat` where the frame is the leaf, else under the callee
//! through which the line left these packages. A frame that was inlined counts for the line it was
//! written on.
//!
//! ```text
//!   leaf   runtime.mallocgc      ┐
//!          fmt.(*pp).free        │ not ours: the callee of the own line is fmt.Sprintf
//!          fmt.Sprintf           ┘
//!   own →  shop.Key      key.go:7      ← counts here, under `fmt.Sprintf`
//!          shop.Lookup   shop.go:40    ← `cum` of every further own line
//!   root   main.main
//! ```

mod calls;
mod resolve;
mod timed;

use std::collections::{BTreeSet, HashMap, HashSet};

use base::IndexVec;
use profile::{FunctionId, Profile, SampleId};

use crate::packages::{CheckedId, PackageSet};
use crate::weights::{Resource, Weights};
pub use calls::{CallHeat, CalleeLine};
use calls::{Calls, CallsByLine, SeenCalls};
use resolve::{Place, Resolver};
pub use timed::TimedCode;

base::typed_id! {
    /// A line of a package under analysis, as a place of heat.
    pub struct HotLineId;
}
base::typed_id! {
    /// A function of a package under analysis that a profile names.
    pub struct HotFunctionId;
}

/// One line and what was spent there.
#[derive(Clone, Debug)]
pub struct HotLine {
    pub package: CheckedId,
    /// Position in the package's files.
    pub file: usize,
    /// From 1, in today's source.
    pub line: u32,
    pub function: HotFunctionId,
    /// The line itself is the leaf.
    pub flat: Weights,
    /// What of `flat` was allocated, by the size of the objects, smallest first; profiles without sizes have none.
    pub blocks: Vec<Block>,
    /// Everything below the line, itself included, once per sample.
    pub cum: Weights,
    /// By callee outside the packages under analysis, largest first.
    pub callees: Vec<Callee>,
    /// Who called the function for what the line spent, largest first.
    pub callers: Vec<Caller>,
    /// What of it was spent since a `sync.Pool` was empty.
    pub for_pool: Weights,
}

/// A caller of the function of a hot line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Caller {
    /// As the profile spells it, without type arguments.
    pub function: String,
    /// Where it calls, if that is a line of the packages under analysis.
    pub line: Option<HotLineId>,
    /// The function of a single statement that it calls, which calls the function of the line.
    pub via: Option<HotFunctionId>,
    pub weights: Weights,
}

/// Objects of one size that a line allocated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Block {
    /// Bytes that the allocator takes for one object.
    pub size: i64,
    pub weights: Weights,
}

impl HotLine {
    /// What the line's own code allocated, with what was inlined into it from elsewhere.
    pub fn own(&self) -> Weights {
        let mut own = self.flat;
        for callee in self.callees.iter().filter(|callee| callee.inlined) {
            own += callee.weights;
        }
        own
    }

    /// Whether most of what the line spent was since a `sync.Pool` was empty.
    pub(crate) fn is_for_pool(&self) -> bool {
        let (pool, all) = (self.for_pool.heaviness(), self.spent().heaviness());
        pool.0 > 0 && pool.0 >= all.0 / 2
    }

    /// All that was spent by the line itself, and below calls that leave the packages under analysis: what the
    /// findings of the line can explain.
    pub fn spent(&self) -> Weights {
        let mut spent = self.flat;
        for callee in &self.callees {
            spent += callee.weights;
        }
        spent
    }

    /// What was spent below calls that leave the packages under analysis.
    pub fn below(&self, matches: impl Fn(&Callee) -> bool) -> Weights {
        let mut sum = Weights::default();
        for callee in self.callees.iter().filter(|callee| matches(callee)) {
            sum += callee.weights;
        }
        sum
    }
}

/// A function called by a hot line, of a package that is not under analysis.
#[derive(Clone, Debug)]
pub struct Callee {
    /// As the profile spells it, such as `fmt.Sprintf`.
    pub function: String,
    /// Inlined into the line, so that what it allocates the line allocates.
    pub inlined: bool,
    /// The samples have a frame that allocates.
    pub allocating: bool,
    pub weights: Weights,
}

/// A function and what was spent in it.
#[derive(Clone, Debug)]
pub struct HotFunction {
    pub package: CheckedId,
    /// Name in the package, without type arguments.
    pub name: String,
    pub flat: Weights,
    pub cum: Weights,
}

/// How well a profile fits the sources.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fit {
    /// The profile's name for messages.
    pub profile: String,
    /// Weight of frames in the packages under analysis that were found in the sources …
    pub matched: i64,
    /// … of those found by function though the lines moved …
    pub moved: i64,
    /// … and of those not found.
    pub unmatched: i64,
    /// The heaviest functions that the sources do not have.
    pub unknown: Vec<String>,
}

impl Fit {
    /// 0 to 1; `None` if the profile says nothing about these packages.
    pub fn share_matched(&self) -> Option<f64> {
        let all = self.matched + self.unmatched;
        (all > 0).then(|| self.matched as f64 / all as f64)
    }
}

/// All profiles of a run, joined with the sources.
#[derive(Clone, Debug, Default)]
pub struct Heat {
    /// Sums over all samples, as pprof prints them.
    pub total: Weights,
    /// What code in test files that are not under analysis spent, with what it called outside of these packages.
    pub tests: Weights,
    /// What the testing package, its stand-ins for the outside world and the profiler spent.
    pub harness: Weights,
    /// What benchmarks spent before their loops or sub-benchmarks ran: it is not the operation that they time.
    pub setup: Weights,
    pub lines: IndexVec<HotLineId, HotLine>,
    pub functions: IndexVec<HotFunctionId, HotFunction>,
    /// What was spent at leaves in other packages, largest `alloc_space` and cpu first.
    pub elsewhere: Vec<(String, Weights)>,
    pub fits: Vec<Fit>,
    by_place: HashMap<(CheckedId, usize, u32), HotLineId>,
    calls: CallsByLine,
}

impl Heat {
    /// Joins profiles (name for messages, profile) with the packages under analysis.
    pub fn new(packages: &PackageSet, profiles: &[(String, Profile)], timed: &TimedCode) -> Self {
        let mut builder = Builder::default();
        for (name, profile) in profiles {
            builder.add(packages, name, profile, timed);
        }
        builder.finish()
    }

    pub fn line(&self, package: CheckedId, file: usize, line: u32) -> Option<&HotLine> {
        let id = self.by_place.get(&(package, file, line))?;
        Some(&self.lines[*id])
    }

    /// What was measured below calls that stand on a line, by the function that is called.
    pub fn calls_on(
        &self,
        package: CheckedId,
        file: usize,
        line: u32,
        is_callee: impl Fn(&HotFunction) -> bool,
    ) -> Option<&CallHeat> {
        let id = self.by_place.get(&(package, file, line))?;
        let mut callees = self.calls.get(id)?.iter();
        let found = callees.find(|(callee, _)| is_callee(&self.functions[*callee]));
        found.map(|(_, heat)| heat)
    }

    /// Which resources were measured.
    pub fn measured(&self) -> impl Iterator<Item = Resource> + '_ {
        Resource::ALL
            .into_iter()
            .filter(|resource| self.total[*resource] != 0)
    }
}

/// A caller before its name is looked up.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum CallerKey {
    /// The line, and the wrapper that it calls.
    Line(HotLineId, Option<HotFunctionId>),
    /// Of a test file followed by `@file:line`.
    Function(String),
}

/// Line, function, inlined, allocating.
type CalleeKey = (HotLineId, String, bool, bool);

#[derive(Default)]
struct Builder {
    heat: Heat,
    function_ids: HashMap<(CheckedId, String), HotFunctionId>,
    /// Callees by line, before sorting.
    callees: HashMap<CalleeKey, Weights>,
    blocks: HashMap<(HotLineId, i64), Weights>,
    callers: HashMap<(HotLineId, CallerKey), Weights>,
    elsewhere: HashMap<String, Weights>,
    calls: Calls,
}

impl Builder {
    fn add(&mut self, packages: &PackageSet, name: &str, profile: &Profile, timed: &TimedCode) {
        let columns = columns(profile);
        if columns.is_empty() {
            return;
        }
        let resolver = Resolver::new(packages, profile, timed, &mut |line| self.intern(line));
        let mut fit = Fit {
            profile: name.to_owned(),
            ..Fit::default()
        };
        let mut unknown: HashMap<&str, i64> = HashMap::new();
        let mut pass = Pass {
            builder: self,
            profile,
            resolver: &resolver,
            seen_lines: HashMap::new(),
            seen_functions: HashMap::new(),
            seen_calls: SeenCalls::default(),
            packages,
            wrappers: HashMap::new(),
        };
        let default = profile.default_sample_index().unwrap_or(0);
        let cpu_samples = CpuSamples::of(profile);
        let block_sizes = BlockSizes::of(profile);
        let benchmarks = Benchmarks::of(profile, &resolver);
        for sample in profile.samples.ids() {
            let values = profile.samples.values(sample);
            let mut weights = Weights::default();
            for &(resource, column) in &columns {
                weights[resource] = values[column];
            }
            weights.cpu_samples = cpu_samples.count(values, weights[Resource::Cpu]);
            if benchmarks.is_setup(profile, sample) || resolver.is_in_setup(profile, sample) {
                pass.builder.heat.total += weights;
                pass.builder.heat.setup += weights;
                continue;
            }
            let weight = values
                .get(default)
                .map_or(0, |value| value.saturating_abs());
            match pass.add(sample, weights, block_sizes.get(profile, sample)) {
                Some(Place::Own { moved, .. }) => {
                    fit.matched = fit.matched.saturating_add(weight);
                    if moved {
                        fit.moved = fit.moved.saturating_add(weight);
                    }
                }
                Some(Place::Unmatched(function)) => {
                    fit.unmatched = fit.unmatched.saturating_add(weight);
                    let sum = unknown.entry(resolver.name(function)).or_default();
                    *sum = sum.saturating_add(weight);
                }
                Some(Place::Foreign(_)) | None => {}
            }
        }
        let mut unknown: Vec<(&str, i64)> = unknown.into_iter().collect();
        unknown.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        fit.unknown = (unknown.into_iter().take(3))
            .map(|(name, _)| name.to_owned())
            .collect();
        self.heat.fits.push(fit);
    }

    fn intern(&mut self, line: resolve::OwnLine) -> HotLineId {
        let key = (line.package, line.file, line.line);
        if let Some(id) = self.heat.by_place.get(&key) {
            return *id;
        }
        let function_key = (line.package, line.function);
        let function = if let Some(id) = self.function_ids.get(&function_key) {
            *id
        } else {
            let id = self.heat.functions.push(HotFunction {
                package: line.package,
                name: function_key.1.clone(),
                flat: Weights::default(),
                cum: Weights::default(),
            });
            self.function_ids.insert(function_key, id);
            id
        };
        let id = self.heat.lines.push(HotLine {
            package: line.package,
            file: line.file,
            line: line.line,
            function,
            flat: Weights::default(),
            blocks: Vec::new(),
            cum: Weights::default(),
            callees: Vec::new(),
            callers: Vec::new(),
            for_pool: Weights::default(),
        });
        self.heat.by_place.insert(key, id);
        id
    }

    fn finish(mut self) -> Heat {
        let mut callees: Vec<_> = self.callees.into_iter().collect();
        callees.sort_by(|(a, aw), (b, bw)| heavier(aw, bw).then_with(|| a.cmp(b)));
        for ((line, function, inlined, allocating), weights) in callees {
            self.heat.lines[line].callees.push(Callee {
                function,
                inlined,
                allocating,
                weights,
            });
        }
        let mut callers: Vec<_> = self.callers.into_iter().collect();
        callers.sort_by(|(a, aw), (b, bw)| heavier(aw, bw).then_with(|| a.cmp(b)));
        for ((line, key), weights) in callers {
            let (function, at, via) = match key {
                CallerKey::Line(at, via) => {
                    let function = self.heat.lines[at].function;
                    (self.heat.functions[function].name.clone(), Some(at), via)
                }
                CallerKey::Function(name) => (crate::fold_name(&name), None, None),
            };
            self.heat.lines[line].callers.push(Caller {
                function,
                line: at,
                via,
                weights,
            });
        }
        let mut blocks: Vec<_> = self.blocks.into_iter().collect();
        blocks.sort_by_key(|(key, _)| *key);
        for ((line, size), weights) in blocks {
            self.heat.lines[line].blocks.push(Block { size, weights });
        }
        let lines = &self.heat.lines;
        self.heat.calls = self.calls.finish(|line| lines[line].function);
        self.heat.elsewhere = self.elsewhere.into_iter().collect();
        (self.heat.elsewhere).sort_by(|a, b| heavier(&a.1, &b.1).then_with(|| a.0.cmp(&b.0)));
        self.heat
    }
}

/// The import paths of all packages that profiles name, without the `%xx` of the linker; commands are `main`.
pub fn hit_packages(profiles: &[(String, Profile)]) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for (_, profile) in profiles {
        for function in profile.functions.ids() {
            let name = profile.function_name(function);
            let (path, _) = profile::split_symbol(&name);
            if !path.is_empty() {
                paths.insert(profile::unescape_path(path));
            }
        }
    }
    paths
}

/// Larger first.
fn heavier(a: &Weights, b: &Weights) -> std::cmp::Ordering {
    b.heaviness().cmp(&a.heaviness())
}

/// The columns of a profile that count a resource.
fn columns(profile: &Profile) -> Vec<(Resource, usize)> {
    let column =
        |resource: Resource| Some((resource, profile.sample_index(resource.sample_type())?));
    Resource::ALL.into_iter().filter_map(column).collect()
}

/// How a profile says on how many samples its CPU time rests.
enum CpuSamples {
    /// The column that counts them.
    Column(usize),
    /// Nanoseconds per sample.
    Period(i64),
}

impl CpuSamples {
    fn of(profile: &Profile) -> Self {
        match profile.sample_index("samples") {
            Some(column) => Self::Column(column),
            None => Self::Period(profile.period.max(1)),
        }
    }

    fn count(&self, values: &[i64], cpu: i64) -> i64 {
        match *self {
            _ if cpu == 0 => 0,
            Self::Column(column) => values[column],
            Self::Period(period) => (cpu / period).max(1),
        }
    }
}

/// How a heap profile says of what size the objects of a sample are: the label `bytes`.
struct BlockSizes(Option<profile::StrId>);

impl BlockSizes {
    fn of(profile: &Profile) -> Self {
        let is_memory = profile.sample_index("alloc_space").is_some()
            || profile.sample_index("inuse_space").is_some();
        Self(profile.strings.find(b"bytes").filter(|_| is_memory))
    }

    fn get(&self, profile: &Profile, sample: SampleId) -> Option<i64> {
        let key = self.0?;
        let labels = profile.label_sets.get(profile.samples.labels(sample));
        labels.iter().find_map(|label| match label.value {
            profile::LabelValue::Num { value, .. } if label.key == key => Some(value),
            _ => None,
        })
    }
}

/// One walk over a profile's samples.
struct Pass<'a, 'b> {
    builder: &'a mut Builder,
    profile: &'b Profile,
    resolver: &'b Resolver,
    /// The last sample that counted for a line or function, so that recursion counts once.
    seen_lines: HashMap<HotLineId, SampleId>,
    seen_functions: HashMap<HotFunctionId, SampleId>,
    seen_calls: SeenCalls,
    packages: &'b PackageSet,
    wrappers: HashMap<HotFunctionId, bool>,
}

/// Benchmarks that run others: what they do themselves is set-up, which no benchmark times.
struct Benchmarks {
    /// `testing.(*B).runN`, which calls benchmarks.
    run: Option<FunctionId>,
    /// Functions that run sub-benchmarks.
    parents: HashSet<FunctionId>,
}

impl Benchmarks {
    fn of(profile: &Profile, resolver: &Resolver) -> Self {
        let is_run = |function: &FunctionId| resolver.name(*function) == "testing.(*B).runN";
        let mut found = Self {
            run: profile.functions.ids().find(is_run),
            parents: HashSet::new(),
        };
        let called: HashSet<FunctionId> = profile
            .samples
            .ids()
            .filter_map(|sample| found.of_sample(profile, sample))
            .collect();
        // A sub-benchmark is a function literal of the benchmark that runs it.
        let outer: HashSet<String> = (called.iter())
            .map(|function| resolver.name(*function))
            .filter(|name| gc::is_closure_name(profile::split_symbol(name).1))
            .map(|name| {
                let (path, name) = profile::split_symbol(name);
                format!("{path}.{}", gc::fold_function_name(name))
            })
            .collect();
        found.parents = called
            .into_iter()
            .filter(|function| outer.contains(resolver.name(*function)))
            .collect();
        found
    }

    /// The benchmark that a sample is of.
    fn of_sample(&self, profile: &Profile, sample: SampleId) -> Option<FunctionId> {
        let run = self.run?;
        let mut below = None;
        for location in profile.samples.stack(sample) {
            for line in profile.lines(*location) {
                if line.function == run {
                    return below;
                }
                below = Some(line.function);
            }
        }
        None
    }

    fn is_setup(&self, profile: &Profile, sample: SampleId) -> bool {
        !self.parents.is_empty()
            && (self.of_sample(profile, sample)).is_some_and(|it| self.parents.contains(&it))
    }
}

/// Who called the function of a sample's own line.
#[derive(Default)]
struct Above {
    key: Option<CallerKey>,
    /// A function of one statement below `key`: where it calls.
    wrapper: Option<HotLineId>,
    /// Frames between the own one and the caller.
    n_frames: usize,
    /// A `sync.Pool` made the value.
    is_pool: bool,
}

impl Above {
    /// How far from the `New` of a pool its values may be made.
    const NEAR: usize = 4;

    fn foreign(&mut self, name: &str, words: impl FnOnce() -> String) {
        self.n_frames += 1;
        if name == "sync.(*Pool).Get" && self.n_frames <= Self::NEAR && !self.is_pool {
            // Whoever takes from the pool is of interest, not its `New`.
            self.is_pool = true;
            self.key = None;
            self.wrapper = None;
        } else if self.key.is_none() && !is_runtime(profile::split_symbol(name).0) {
            // A wrapper that is called from outside says more than who calls it there.
            self.key = Some(match self.wrapper {
                Some(line) => CallerKey::Line(line, None),
                None => CallerKey::Function(words()),
            });
        }
    }

    /// A line of another function; `wrapper` is that function if it is no more than the call.
    fn own(&mut self, line: HotLineId, lines: &IndexVec<HotLineId, HotLine>, is_wrapper: bool) {
        self.n_frames += 1;
        if self.key.is_some() {
            return;
        }
        match self.wrapper {
            Some(wrapper) if lines[wrapper].function == lines[line].function => {}
            None if is_wrapper => self.wrapper = Some(line),
            wrapper => {
                let via = wrapper.map(|wrapper| lines[wrapper].function);
                self.key = Some(CallerKey::Line(line, via));
            }
        }
    }

    fn into_key(self) -> Option<CallerKey> {
        let wrapper = self.wrapper.map(|line| CallerKey::Line(line, None));
        self.key.or(wrapper)
    }
}

/// What happened below a line on a stack, seen from the leaf.
#[derive(Default)]
struct Below {
    /// The callee outside of the packages nearest to the line, and the depth of its location.
    callee: Option<(FunctionId, usize)>,
    allocating: bool,
}

impl Pass<'_, '_> {
    /// Counts a sample of objects of `size` bytes, and returns its own frame (or the frame that should have been it).
    fn add(&mut self, sample: SampleId, weights: Weights, size: Option<i64>) -> Option<Place> {
        let stack = self.profile.samples.stack(sample);
        self.builder.heat.total += weights;
        if (stack.iter()).any(|location| self.resolver.is_harness(*location)) {
            self.builder.heat.harness += weights;
            return None;
        }
        let mut own = None;
        let mut is_of_tests = false;
        let mut below = Below::default();
        let mut inlined = false;
        let mut caller = Above::default();
        // The line of the packages that the next frame calls, and whether it took the sample itself.
        let mut callee: Option<(HotLineId, bool)> = None;
        for (depth, location) in stack.iter().enumerate() {
            for &place in self.resolver.places(*location) {
                let called = callee.take();
                match place {
                    Place::Foreign(function) if own.is_none() && !is_of_tests => {
                        if self.resolver.is_test_support(function) {
                            self.builder.heat.harness += weights;
                            return None;
                        }
                        is_of_tests = self.resolver.is_test(function);
                        below.callee = Some((function, depth));
                        below.allocating |= self.resolver.is_allocating(function);
                    }
                    Place::Foreign(function) if own.is_some() => {
                        let name = self.resolver.name(function);
                        caller.foreign(name, || self.foreign_words(function, *location));
                    }
                    Place::Foreign(_) => {}
                    Place::Unmatched(_) => own = own.or(Some(place)),
                    Place::Own { line, .. } => {
                        if self.is_other_function(own, line) {
                            let is_wrapper = self.is_wrapper(line);
                            caller.own(line, &self.builder.heat.lines, is_wrapper);
                        }
                        let is_first = own.is_none() && !is_of_tests;
                        if is_first {
                            own = Some(place);
                            inlined = self.count_own(line, &below, depth, weights, size);
                        }
                        self.count_cum(line, sample, weights);
                        if let Some(called) = called {
                            self.count_call(line, called, (sample, weights));
                        }
                        callee = Some((line, is_first && self.is_itself(&below, inlined)));
                    }
                }
            }
        }
        if let Some(Place::Own { line, .. }) = own {
            if caller.is_pool {
                self.builder.heat.lines[line].for_pool += weights;
            }
            if let Some(key) = caller.into_key() {
                *self.builder.callers.entry((line, key)).or_default() += weights;
            }
        }
        if is_of_tests {
            self.builder.heat.tests += weights;
            return None;
        }
        self.count_leaf(sample, own, inlined, weights);
        own
    }

    /// A function outside of the packages; of a test file with the line that calls.
    fn foreign_words(&self, function: FunctionId, location: profile::LocationId) -> String {
        let name = self.resolver.name(function);
        if !self.resolver.is_test(function) {
            return name.to_owned();
        }
        let path = self.profile.function_file(function);
        let base = path.rsplit(['/', '\\']).next().unwrap_or(&path);
        let line = (self.profile.lines(location).iter())
            .find(|line| line.function == function)
            .map_or(0, |line| line.line);
        format!("{name}@{base}:{line}")
    }

    /// Whether the function of a line is no more than a call of another.
    fn is_wrapper(&mut self, line: HotLineId) -> bool {
        let line = &self.builder.heat.lines[line];
        let function = line.function;
        if let Some(known) = self.wrappers.get(&function) {
            return *known;
        }
        let package = self.packages.get(line.package);
        let name = &self.builder.heat.functions[function].name;
        let is_wrapper = package.is_single_statement(name);
        self.wrappers.insert(function, is_wrapper);
        is_wrapper
    }

    /// Whether a line is of another function than a sample's own frame.
    fn is_other_function(&self, own: Option<Place>, line: HotLineId) -> bool {
        let lines = &self.builder.heat.lines;
        matches!(own, Some(Place::Own { line: own, .. }) if lines[own].function != lines[line].function)
    }

    /// Counts a sample for its own line; whether the leaf was inlined into it from outside of the packages.
    fn count_own(
        &mut self,
        line: HotLineId,
        below: &Below,
        depth: usize,
        weights: Weights,
        size: Option<i64>,
    ) -> bool {
        let Some((function, at)) = below.callee else {
            self.builder.heat.lines[line].flat += weights;
            if let Some(size) = size {
                *self.builder.blocks.entry((line, size)).or_default() += weights;
            }
            return false;
        };
        let name = self.resolver.name(function).to_owned();
        let inlined = at == depth && depth == 0;
        let key = (line, name, inlined, below.allocating);
        *self.builder.callees.entry(key).or_default() += weights;
        inlined
    }

    /// Whether a line took what a sample measured, with what was inlined into it and what the runtime did for it.
    fn is_itself(&self, below: &Below, inlined: bool) -> bool {
        let is_runtime = |function| self.resolver.name(function).starts_with("runtime.");
        inlined
            || below
                .callee
                .is_none_or(|(function, _)| is_runtime(function))
    }

    fn count_call(
        &mut self,
        call: HotLineId,
        (callee, is_own): (HotLineId, bool),
        sample: (SampleId, Weights),
    ) {
        let Builder { heat, calls, .. } = &mut *self.builder;
        let function = heat.lines[callee].function;
        calls.count(
            (call, callee, function),
            is_own,
            sample,
            &mut self.seen_calls,
        );
    }

    /// Counts a sample once for a line and its function.
    fn count_cum(&mut self, line: HotLineId, sample: SampleId, weights: Weights) {
        let heat = &mut self.builder.heat;
        let function = heat.lines[line].function;
        if self.seen_lines.insert(line, sample) != Some(sample) {
            heat.lines[line].cum += weights;
        }
        if self.seen_functions.insert(function, sample) != Some(sample) {
            heat.functions[function].cum += weights;
        }
    }

    /// Counts a sample for the function or the package of its leaf.
    fn count_leaf(
        &mut self,
        sample: SampleId,
        own: Option<Place>,
        inlined: bool,
        weights: Weights,
    ) {
        let mut places = (self.profile.samples.stack(sample).iter())
            .flat_map(|location| self.resolver.places(*location));
        match places.next() {
            Some(Place::Own { line, .. }) => {
                let function = self.builder.heat.lines[*line].function;
                self.builder.heat.functions[function].flat += weights;
            }
            Some(Place::Foreign(_)) if inlined => {}
            Some(Place::Foreign(_)) => {
                let package = self.package_at_leaf(sample);
                if own.is_none() && package == "testing" {
                    self.builder.heat.harness += weights;
                } else {
                    *self.builder.elsewhere.entry(package).or_default() += weights;
                }
            }
            Some(Place::Unmatched(_)) | None => {}
        }
    }

    /// The package of the first frame that is not the run time's, if a frame of ours does not come
    /// first; then the run time worked for us, and this is empty.
    fn package_at_leaf(&self, sample: SampleId) -> String {
        for location in self.profile.samples.stack(sample) {
            for place in self.resolver.places(*location) {
                let Place::Foreign(function) = place else {
                    return String::new();
                };
                let (package, _) = profile::split_symbol(self.resolver.name(*function));
                if !is_runtime(package) {
                    return package.to_owned();
                }
            }
        }
        "runtime".to_owned()
    }
}

/// Whether a package is a part of the run time system, which works on behalf of its callers.
pub(crate) fn is_runtime(package: &str) -> bool {
    package == "runtime" || package.is_empty() || package.starts_with("internal/runtime/")
}

/// Whether a function is the run time's own, not one that programs call: `runtime.CallersFrames` is.
pub(crate) fn is_runtime_function(function: &str) -> bool {
    let (package, name) = profile::split_symbol(function);
    let is_exported = |name: &str| name.starts_with(|first: char| first.is_ascii_uppercase());
    is_runtime(package)
        && !(package == "runtime" && is_exported(name.rsplit('.').next().unwrap_or(name)))
}

#[cfg(test)]
mod tests;
