//! Screening without a stopwatch, cheapest first: a candidate that fails is dropped, with the reason.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use lint::Coverage;

use super::counts::{CountChange, CountRun, Counts, operations};
use super::memo::{Known, Memo, VariantKey};
use super::scope::Scope;
use super::variant::{self, Fault, Programs, Texts};
use super::{TuneError, TuneRequest};
use crate::comparison::same_program;
use crate::workspace::Workspace;

/// A benchmark of the base.
#[derive(Clone, Debug)]
pub(super) struct Benchmark {
    pub(super) package: String,
    /// Without `Benchmark` and `-N`.
    pub(super) name: String,
    /// `-benchtime` and `-count` of one sample.
    pub(super) piece: String,
    pub(super) pieces: u32,
    /// Operations of a run that is counted.
    operations: u64,
    pub(super) coverage: Coverage,
}

impl Benchmark {
    pub(super) fn new(
        package: &str,
        name: &str,
        seconds_per_op: f64,
        benchtime: &str,
        coverage: Coverage,
    ) -> Self {
        let (piece, pieces) = bench::ab::pieces(benchtime, seconds_per_op);
        Self {
            package: package.to_owned(),
            name: name.to_owned(),
            piece,
            pieces,
            operations: operations(seconds_per_op),
            coverage,
        }
    }
}

/// What variants are compared with.
pub(super) struct Base {
    pub(super) texts: Texts,
    pub(super) benchmarks: Vec<Benchmark>,
    programs: RefCell<BTreeMap<String, std::rc::Rc<Programs>>>,
    counts: RefCell<BTreeMap<usize, Option<Counts>>>,
    tests: RefCell<BTreeMap<String, TestState>>,
}

/// The tests of a package in the base.
#[derive(Clone, Debug)]
enum TestState {
    Pass(Duration),
    /// They prove nothing.
    Fail(String),
}

impl Base {
    pub(super) fn new(texts: Texts, benchmarks: Vec<Benchmark>) -> Self {
        Self {
            texts,
            benchmarks,
            programs: RefCell::default(),
            counts: RefCell::default(),
            tests: RefCell::default(),
        }
    }

    /// Packages whose tests fail without any change, with the message.
    pub(super) fn failing(&self) -> Vec<(String, String)> {
        let failing = |(package, state): (&String, &TestState)| match state {
            TestState::Fail(message) => Some((package.clone(), message.clone())),
            TestState::Pass(_) => None,
        };
        self.tests.borrow().iter().filter_map(failing).collect()
    }
}

/// A variant that passed.
pub(super) struct Passed {
    pub(super) key: VariantKey,
    pub(super) programs: Programs,
    /// By position among the benchmarks: those whose program differs and that reach the change.
    pub(super) counts: BTreeMap<usize, CountChange>,
    /// Packages whose tests passed.
    pub(super) tested: usize,
}

pub(super) enum Screened {
    Passed(Box<Passed>),
    Broken(Fault),
    Nothing,
}

/// What screening works with.
pub(super) struct Screen<'a> {
    pub(super) workspace: &'a Workspace<'a>,
    pub(super) scope: &'a Scope,
    pub(super) request: &'a TuneRequest,
    pub(super) base: &'a Base,
    pub(super) memo: &'a Memo,
}

impl Screen<'_> {
    /// Screens texts that differ from the base in some packages; `reached` are the benchmarks to count.
    pub(super) fn run(
        &self,
        texts: &Texts,
        packages: &BTreeSet<&str>,
        reached: &BTreeSet<usize>,
    ) -> Result<Screened, TuneError> {
        let system = self.workspace.system;
        let (base, key) = (Memo::variant(&self.base.texts), Memo::variant(texts));
        let known = self.memo.screened(system, &base, &key);
        let counted =
            |counts: &BTreeMap<usize, CountChange>| counts.keys().all(|at| reached.contains(at));
        match known {
            Some(Known::Broken(fault)) => return Ok(Screened::Broken(fault)),
            Some(Known::Nothing) => return Ok(Screened::Nothing),
            Some(Known::Passed { counts, tested }) if counted(&counts) => {
                if let Some(programs) = self.programs(texts, &counts)? {
                    return Ok(Screened::Passed(Box::new(Passed {
                        key,
                        programs,
                        counts,
                        tested,
                    })));
                }
            }
            _ => {}
        }
        let found = self.screen(texts, packages, reached, key)?;
        let known = match &found {
            Screened::Broken(fault) => Known::Broken(fault.clone()),
            Screened::Nothing => Known::Nothing,
            Screened::Passed(passed) => Known::Passed {
                counts: passed.counts.clone(),
                tested: passed.tested,
            },
        };
        self.memo.keep_screened(system, &base, &key, &known);
        Ok(found)
    }

    /// The programs of a variant that is known to pass, for its benchmarks.
    fn programs(
        &self,
        texts: &Texts,
        counts: &BTreeMap<usize, CountChange>,
    ) -> Result<Option<Programs>, TuneError> {
        let packages: BTreeSet<&str> = (counts.keys())
            .filter_map(|at| self.base.benchmarks.get(*at))
            .map(|benchmark| benchmark.package.as_str())
            .collect();
        let packages: Vec<&str> = packages.into_iter().collect();
        Ok(variant::build(self.workspace, self.scope, texts, &packages, &[])?.ok())
    }

    fn screen(
        &self,
        texts: &Texts,
        packages: &BTreeSet<&str>,
        reached: &BTreeSet<usize>,
        key: VariantKey,
    ) -> Result<Screened, TuneError> {
        let affected = self.scope.affected(packages);
        let built = variant::build(self.workspace, self.scope, texts, &affected, &[])?;
        let mut programs = match built {
            Ok(programs) => programs,
            Err(fault) => return Ok(Screened::Broken(fault)),
        };
        let mut differing = BTreeSet::new();
        for (package, binary) in &programs.binaries {
            let Some(base) = self.base_program(package)? else {
                continue;
            };
            let same = same_program(self.workspace.system, &base.path, &binary.path);
            let same = same.map_err(|source| TuneError::Io {
                doing: "compare test programs",
                source,
            })?;
            if !same {
                differing.insert(package.clone());
            }
        }
        if differing.is_empty() && !programs.binaries.is_empty() {
            return Ok(Screened::Nothing);
        }
        programs
            .binaries
            .retain(|package, _| differing.contains(package));
        let changed: Vec<&str> = packages.iter().copied().collect();
        if let Some(fault) = variant::vet(self.workspace, self.scope, texts, &changed)?
            && variant::vet(self.workspace, self.scope, &self.base.texts, &changed)?.is_none()
        {
            return Ok(Screened::Broken(fault));
        }
        let mut tested = 0;
        for binary in programs.binaries.values() {
            let TestState::Pass(took) = self.base_tests(&binary.package)? else {
                continue;
            };
            let limit = 2 * took + Duration::from_secs(5);
            let flags = &self.request.test_flags;
            if let Some(fault) = variant::test(self.workspace, binary, flags, limit)?.0 {
                return Ok(Screened::Broken(fault));
            }
            tested += 1;
        }
        match self.count_all(&programs, reached)? {
            Ok(counts) => Ok(Screened::Passed(Box::new(Passed {
                key,
                programs,
                counts,
                tested,
            }))),
            Err(fault) => Ok(Screened::Broken(fault)),
        }
    }

    fn count_all(
        &self,
        programs: &Programs,
        reached: &BTreeSet<usize>,
    ) -> Result<Result<BTreeMap<usize, CountChange>, Fault>, TuneError> {
        let mut counts = BTreeMap::new();
        for &at in reached {
            let benchmark = &self.base.benchmarks[at];
            let Some(binary) = programs.binaries.get(&benchmark.package) else {
                continue;
            };
            let Some(before) = self.base_counts(at)? else {
                continue;
            };
            let after = self
                .runner()
                .of(binary, &benchmark.name, benchmark.operations)?;
            match after {
                Ok(after) => {
                    counts.insert(at, CountChange { before, after });
                }
                Err(message) => {
                    return Ok(Err(Fault {
                        what: format!("Benchmark{} fails", benchmark.name),
                        message,
                    }));
                }
            }
        }
        Ok(Ok(counts))
    }

    fn runner(&self) -> CountRun<'_> {
        CountRun {
            system: self.workspace.system,
            cancel: self.workspace.cancel,
            cpu: self.request.cpu.as_deref(),
            timeout: Duration::from_mins(1),
        }
    }

    /// The base's test program of a package; `None` if it has none.
    pub(super) fn base_program(
        &self,
        package: &str,
    ) -> Result<Option<go_tool::TestBinary>, TuneError> {
        if !self.base.programs.borrow().contains_key(package) {
            let built = variant::build(
                self.workspace,
                self.scope,
                &self.base.texts,
                &[package],
                &[],
            )?;
            let Ok(built) = built else { return Ok(None) };
            self.base
                .programs
                .borrow_mut()
                .insert(package.to_owned(), std::rc::Rc::new(built));
        }
        let programs = self.base.programs.borrow();
        Ok(programs
            .get(package)
            .and_then(|it| it.binaries.get(package).cloned()))
    }

    pub(super) fn base_counts(&self, at: usize) -> Result<Option<Counts>, TuneError> {
        if let Some(known) = self.base.counts.borrow().get(&at) {
            return Ok(*known);
        }
        let benchmark = &self.base.benchmarks[at];
        let counts = match self.base_program(&benchmark.package)? {
            Some(binary) => (self
                .runner()
                .of(&binary, &benchmark.name, benchmark.operations)?)
            .ok(),
            None => None,
        };
        self.base.counts.borrow_mut().insert(at, counts);
        Ok(counts)
    }

    fn base_tests(&self, package: &str) -> Result<TestState, TuneError> {
        if let Some(known) = self.base.tests.borrow().get(package) {
            return Ok(known.clone());
        }
        let Some(binary) = self.base_program(package)? else {
            return Ok(TestState::Fail("they do not build".to_owned()));
        };
        let limit = Duration::from_mins(2);
        let flags = &self.request.test_flags;
        let (fault, took) = variant::test(self.workspace, &binary, flags, limit)?;
        let state = match fault {
            None => TestState::Pass(took),
            Some(fault) => TestState::Fail(fault.message),
        };
        self.base
            .tests
            .borrow_mut()
            .insert(package.to_owned(), state.clone());
        Ok(state)
    }
}
