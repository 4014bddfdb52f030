//! Maps the locations of a profile to lines of the parsed sources.

use std::collections::HashMap;
use std::path::Path;

use base::{IndexVec, List};
use profile::{FunctionId, Line, LocationId, Profile, SampleId};

use super::{HotLineId, TimedCode};
use crate::functions as source;
use crate::names::fold_name;
use crate::packages::{CheckedId, CheckedPackage, PackageSet};

/// What a frame is to us.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// A line of a package under analysis. `moved`: the function has moved since the profile.
    Own {
        line: HotLineId,
        moved: bool,
    },
    /// Names one of our packages, but the sources have no such function or line.
    Unmatched(FunctionId),
    Foreign(FunctionId),
}

/// A line of ours that a profile names.
pub(super) struct OwnLine {
    pub(super) package: CheckedId,
    pub(super) file: usize,
    pub(super) line: u32,
    pub(super) function: String,
}

/// The places of every location of one profile.
pub(super) struct Resolver {
    places: Vec<Place>,
    lists: IndexVec<LocationId, List<Place>>,
    names: IndexVec<FunctionId, String>,
    harness: IndexVec<LocationId, bool>,
    setup: IndexVec<LocationId, bool>,
    tests: IndexVec<FunctionId, bool>,
    allocating: IndexVec<FunctionId, bool>,
    support: IndexVec<FunctionId, bool>,
}

impl Resolver {
    pub(super) fn new(
        packages: &PackageSet,
        profile: &Profile,
        timed: &TimedCode,
        intern: &mut dyn FnMut(OwnLine) -> HotLineId,
    ) -> Self {
        let starts = starts(packages, profile);
        let functions: IndexVec<FunctionId, Ours> = (profile.functions.ids())
            .map(|function| ours(packages, profile, function, &starts))
            .collect();
        let mut places = Vec::new();
        let mut lists = IndexVec::new();
        let mut harness = IndexVec::new();
        let mut setup = IndexVec::new();
        let names: IndexVec<FunctionId, String> = (profile.functions.ids())
            .map(|function| profile.function_name(function).into_owned())
            .collect();
        for location in profile.locations.ids() {
            let start = places.len();
            let mut of_harness = false;
            let mut of_setup = false;
            for line in profile.lines(location) {
                of_harness |= is_harness(&names[line.function]);
                of_setup |= is_setup(profile, timed, &names[line.function], line);
                places.extend(place(&functions[line.function], line, intern));
            }
            lists.push(List::between(start, places.len()));
            harness.push(of_harness);
            setup.push(of_setup);
        }
        let tests = (profile.functions.ids())
            .map(|function| profile.function_file(function).ends_with("_test.go"))
            .collect();
        let allocating = names.iter().map(|name| is_allocating(name)).collect();
        let support = names.iter().map(|name| is_test_support(name)).collect();
        Self {
            places,
            lists,
            names,
            harness,
            setup,
            tests,
            allocating,
            support,
        }
    }

    /// Innermost first.
    pub(super) fn places(&self, location: LocationId) -> &[Place] {
        &self.places[self.lists[location].range()]
    }

    pub(super) fn name(&self, function: FunctionId) -> &str {
        &self.names[function]
    }

    pub(super) fn is_test(&self, function: FunctionId) -> bool {
        self.tests[function]
    }

    /// Whether the function allocates, or does what only an allocation needs.
    pub(super) fn is_allocating(&self, function: FunctionId) -> bool {
        self.allocating[function]
    }

    /// Whether the function stands in for the outside world in tests.
    pub(super) fn is_test_support(&self, function: FunctionId) -> bool {
        self.support[function]
    }

    /// Whether a sample is of what a benchmark does before its loop.
    pub(super) fn is_in_setup(&self, profile: &Profile, sample: SampleId) -> bool {
        (profile.samples.stack(sample).iter()).any(|location| self.setup[*location])
    }

    /// Whether the location belongs to what measures rather than to what is measured.
    pub(super) fn is_harness(&self, location: LocationId) -> bool {
        self.harness[location]
    }
}

/// The writing of profiles, and the part of a test binary that chooses and starts benchmarks: those run in
/// goroutines of their own.
fn is_harness(function: &str) -> bool {
    function.starts_with("runtime/pprof.") || function == "testing.(*M).Run"
}

fn is_setup(profile: &Profile, timed: &TimedCode, symbol: &str, line: &Line) -> bool {
    let file = profile.function_file(line.function);
    let start = profile.functions[line.function].start_line;
    file.ends_with("_test.go") && timed.is_setup(symbol, &file, start, line.line)
}

/// Recorders, readers and file systems that only tests use.
fn is_test_support(function: &str) -> bool {
    ["net/http/httptest.", "testing/iotest.", "testing/fstest."]
        .iter()
        .any(|package| function.starts_with(package))
}

/// Prefixes of the names of functions of `runtime` that allocate.
const ALLOCATING: &[&str] = &[
    "mallocgc",
    "newobject",
    "newarray",
    "makeslice",
    "growslice",
    "moveslice",
    "convT",
    "concatstring",
    "concatbyte",
    "slicebytetostring",
    "slicerunetostring",
    "stringtoslice",
    "intstring",
    "rawstring",
    "rawbyteslice",
    "rawruneslice",
    "makechan",
    "makemap",
    "newproc",
    "malg",
];

/// Whether a function of the runtime allocates, or moves what is allocated to a larger place.
fn is_allocating(function: &str) -> bool {
    if let Some(name) = function.strip_prefix("internal/runtime/maps.") {
        return [
            "grow",
            "rehash",
            "split",
            "newGroups",
            "newTable",
            "newarray",
            "newobject",
        ]
        .iter()
        .any(|part| name.contains(part));
    }
    let Some(name) = function.strip_prefix("runtime.") else {
        return false;
    };
    ALLOCATING.iter().any(|prefix| name.starts_with(prefix))
}

/// Lines of `func` that a profile gives for the functions of packages under analysis, by package and folded name.
type Starts = HashMap<(CheckedId, String), i64>;

fn starts(packages: &PackageSet, profile: &Profile) -> Starts {
    let mut starts = Starts::new();
    for function in profile.functions.ids() {
        let start = profile.functions[function].start_line;
        if start <= 0 {
            continue;
        }
        let symbol = profile.function_name(function);
        if let Some(id) = packages.resolve(&symbol, &profile.function_file(function)) {
            let name = fold_name(profile::split_symbol(&symbol).1);
            starts.entry((id, name)).or_insert(start);
        }
    }
    starts
}

/// A profile's function, seen from the packages under analysis.
enum Ours {
    /// Compiler-made wrappers: frames without a line of their own.
    Transparent,
    /// Of another package, of a test file, or not written in Go.
    No,
    /// Of our package by name, but not in its sources.
    Unknown,
    Yes {
        package: CheckedId,
        file: usize,
        name: String,
        /// Lines by which the function has moved since the profile was taken.
        shift: i64,
        /// First and last line of the function if it has moved, else of the file.
        extent: (u32, u32),
    },
}

fn ours(packages: &PackageSet, profile: &Profile, function: FunctionId, starts: &Starts) -> Ours {
    let symbol = profile.function_name(function);
    let path = profile.function_file(function);
    if path == "<autogenerated>" {
        return Ours::Transparent;
    }
    let Some(id) = packages.resolve(&symbol, &path) else {
        return Ours::No;
    };
    let package = packages.get(id);
    let name = fold_name(profile::split_symbol(&symbol).1);
    let declared = package.functions.named(&name);
    if declared.is_some_and(|id| package.functions.get(id).body.is_none()) {
        // Written in assembly, or in another package (`//go:linkname`).
        return Ours::No;
    }
    let base = Path::new(path.as_ref())
        .file_name()
        .map(|base| base.to_string_lossy().into_owned())
        .unwrap_or_default();
    let Some(file) = package.file_named(&base) else {
        // Test files are ours only where they are under analysis. Assembly and what cgo makes never are, nor is
        // what a `//line` comment says to come from elsewhere.
        let is_elsewhere = base.ends_with("_test.go")
            || base.starts_with("_cgo_")
            || Path::new(&base)
                .extension()
                .is_none_or(|extension| extension != "go")
            || package.has_line_directives;
        return if is_elsewhere {
            Ours::No
        } else {
            Ours::Unknown
        };
    };
    let start_line = profile.functions[function].start_line;
    let located = if package.functions.is_empty() {
        Some((None, 0))
    } else {
        locate(package, id, file, &name, start_line, starts)
    };
    let Some((found, shift)) = located else {
        return Ours::Unknown;
    };
    // Where nothing has moved, a line outside of the function is one of code that was inlined without a frame.
    let extent = match found.filter(|_| shift != 0) {
        Some(found) => {
            let function = package.functions.get(found);
            (function.start.line, function.last)
        }
        None => (1, package.files[file].line_count),
    };
    Ours::Yes {
        package: id,
        file,
        name,
        shift,
        extent,
    }
}

/// The source function of a symbol and by how many lines it has moved; `None` for the function stands for code
/// outside of functions.
fn locate(
    package: &CheckedPackage,
    id: CheckedId,
    file: usize,
    name: &str,
    start_line: i64,
    starts: &Starts,
) -> Option<(Option<source::FunctionId>, i64)> {
    let functions = &package.functions;
    let of_file = |found: &source::FunctionId| functions.get(*found).file == file;
    let is_made = gc::is_closure_name(name);
    if let Ok(line @ 1..) = u32::try_from(start_line) {
        let here = functions.starting_at(file, line).find(|found| {
            let function = functions.get(*found);
            // A literal in a function that was inlined is named after the function it was inlined into.
            function.name == name || (function.is_literal && is_made)
        });
        if here.is_some() {
            return Some((here, 0));
        }
    }
    let moved = |found: source::FunctionId, start: i64| {
        let now = i64::from(functions.get(found).start.line);
        if start > 0 { now - start } else { 0 }
    };
    if let Some(found) = functions.named(name).filter(of_file) {
        return Some((Some(found), moved(found, start_line)));
    }
    if name == "init" || name.starts_with("map.init.") || name.starts_with("glob.") {
        return Some((None, 0));
    }
    if !is_made {
        return None;
    }
    // A literal, wrapper or loop body of a function that has moved or was inlined: the declared function it stands in
    // tells by how much. `F.G.func1` is the literal of `G`, inlined into `F`.
    let outer = gc::fold_function_name(name);
    let mut rest = outer.as_ref();
    loop {
        if let Some(found) = functions.named(rest).filter(of_file) {
            let start = starts.get(&(id, rest.to_owned())).copied().unwrap_or(0);
            return Some((Some(found), moved(found, start)));
        }
        rest = rest.split_once('.')?.1;
    }
}

fn place(
    function: &Ours,
    line: &Line,
    intern: &mut dyn FnMut(OwnLine) -> HotLineId,
) -> Option<Place> {
    match function {
        Ours::Transparent => None,
        Ours::No => Some(Place::Foreign(line.function)),
        Ours::Unknown => Some(Place::Unmatched(line.function)),
        Ours::Yes {
            package,
            file,
            name,
            shift,
            extent: (first, last),
        } => {
            let here = line.line.saturating_add(*shift);
            if here < i64::from(*first) || here > i64::from(*last) {
                return Some(Place::Unmatched(line.function));
            }
            let line = intern(OwnLine {
                package: *package,
                file: *file,
                line: here as u32,
                function: name.clone(),
            });
            let moved = *shift != 0;
            Some(Place::Own { line, moved })
        }
    }
}
