//! Comparing two builds by interleaved runs of their benchmarks: two revisions, two sets of build flags,
//! or two commands that print results.

mod causes;
mod checkout;
mod edited;
mod identity;
mod one;
mod reasons;
mod side;

use std::path::{Path, PathBuf};
use std::time::Duration;

use base::{Cancellation, Cancelled, System};
use bench::ab::{
    self, AbEvent, AbOptions, AbReport, Cause, Control, Counter, Decision, Ended, LayoutEffect,
    Pair, Series, SideCommand, Verdict,
};
use bench::benchfmt::{BenchmarkResult, Value, Writer};
use bench::run::RunError;
use bench::source::TestSources;
use go_tool::TestBinary;

use crate::events::{Event, Events};
use crate::revision::RevisionError;
use crate::workspace::LoadError;
pub(crate) use identity::same_program;
pub use one::{BenchmarkRequest, compare_benchmark};
use side::{Built, Side, pairs};

/// What to compare, and how.
#[derive(Clone, Debug)]
pub struct ComparisonRequest {
    /// The folder of the work tree. Absolute.
    pub dir: PathBuf,
    /// The go command to use instead of the one on PATH.
    pub go: Option<PathBuf>,
    pub sides: Sides,
    /// As `go list` takes them; none means the package in `dir`.
    pub patterns: Vec<String>,
    /// `-tags`, comma-separated.
    pub tags: Option<String>,
    /// Build flags of both sides, before those of one alone, which win.
    pub flags: Vec<String>,
    pub options: AbOptions,
    /// The number of random function layouts each side is linked in; 1 keeps the linker's own.
    pub layouts: usize,
    /// Compare instructions per operation as well.
    pub counts: bool,
    /// Look for the causes of changes.
    pub explain: bool,
    /// Refuse sides that are hard to compare.
    pub strict: bool,
}

/// What the two sides are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sides {
    Builds {
        old: SideSpec,
        new: SideSpec,
    },
    /// The work tree on both sides, which shows what this machine can resolve.
    Itself,
    /// Shell commands that print results.
    Commands {
        old: String,
        new: String,
    },
}

/// What distinguishes one side's build.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct SideSpec {
    /// A git revision; `None` is the work tree.
    pub revision: Option<String>,
    /// Build flags.
    pub flags: Vec<String>,
}

impl SideSpec {
    fn is_plain(&self) -> bool {
        self == &Self::default()
    }
}

/// What was found.
#[derive(Debug, Default)]
pub struct Comparison {
    /// The names of the old and the new side.
    pub names: [String; 2],
    pub verdicts: Vec<Verdict>,
    pub causes: Vec<Cause>,
    pub series: Vec<Series>,
    pub control: Control,
    pub layout: Vec<LayoutEffect>,
    /// Differences that make the sides hard to compare.
    pub warnings: Vec<String>,
    /// What was left out, and why.
    pub notes: Vec<String>,
    /// All packages are the same on both sides, so nothing was run.
    pub all_identical: bool,
    /// Cancelled before all rounds were through.
    pub interrupted: bool,
}

/// The outcome of a comparison; each has an exit code of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ComparisonOutcome {
    /// Nothing is slower.
    Passed,
    /// Something is slower, or allocates more.
    Worse,
    /// A benchmark failed, so not all was compared.
    Failed,
    /// Nothing could be decided.
    Inconclusive,
    Interrupted,
}

/// Why nothing was compared.
#[derive(Debug, thiserror::Error)]
pub enum ComparisonError {
    #[error(
        "nothing to compare with: name a git revision, or see --new-flags, --new-cmd and --self"
    )]
    NothingToCompare,
    #[error("{0}; a comparison says nothing")]
    Incomparable(String),
    #[error("no benchmark to compare{}", lines(.0))]
    NoBenchmarks(Vec<String>),
    #[error(
        "no revision `{revision}`: this is a shallow clone without it; fetch all history (`git \
         fetch --unshallow`)"
    )]
    Shallow { revision: String },
    #[error("the tests of {package} do not build at {side}:\n{message}")]
    Build {
        package: String,
        side: String,
        message: String,
    },
    #[error("failed to list packages of {side}{}", lines(.missing))]
    List {
        side: String,
        /// What the files of the side lack.
        missing: Vec<String>,
        source: go_tool::Error,
    },
    #[error("instructions are counted and layouts changed in binaries, not in commands")]
    NotInCommands,
    #[error(
        "counting instructions needs perf events (a processor that counts, and \
         /proc/sys/kernel/perf_event_paranoid at 2 or less) or valgrind (apt install valgrind)"
    )]
    NoCounter,
    #[error("failed to {doing}")]
    Io {
        doing: &'static str,
        source: std::io::Error,
    },
    #[error(transparent)]
    Revision(#[from] RevisionError),
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error("interrupted")]
    Cancelled(#[from] Cancelled),
}

impl ComparisonError {
    /// The Go code of a side does not compile.
    pub fn is_broken_code(&self) -> bool {
        matches!(self, Self::Build { .. })
    }
}

/// Indented lines below a message.
fn lines(lines: &[String]) -> String {
    lines
        .iter()
        .flat_map(|line| ["\n    ", line.as_str()])
        .collect()
}

/// What a comparison works with.
struct Context<'a> {
    system: &'a dyn System,
    cancel: &'a Cancellation,
    request: &'a ComparisonRequest,
    events: Events<'a>,
}

/// Compares two sides.
pub fn compare(
    system: &dyn System,
    cancel: &Cancellation,
    request: &ComparisonRequest,
    events: Events,
) -> Result<Comparison, ComparisonError> {
    let ctx = Context {
        system,
        cancel,
        request,
        events,
    };
    let mut found = match &request.sides {
        Sides::Commands { old, new } => ctx.commands([old, new])?,
        Sides::Builds { old, new } if old.is_plain() && new.is_plain() => {
            return Err(ComparisonError::NothingToCompare);
        }
        Sides::Builds { old, new } => ctx.builds(old, new)?,
        Sides::Itself => ctx.builds(&SideSpec::default(), &SideSpec::default())?,
    };
    if request.options.control {
        found.control = ab::control(&found.series, &request.options);
    }
    if request.layouts > 1 {
        found.layout = ab::layout_effects(&found.series);
    }
    Ok(found)
}

impl Context<'_> {
    /// Compares the benchmarks of two sets of test binaries.
    fn builds(&self, old: &SideSpec, new: &SideSpec) -> Result<Comparison, ComparisonError> {
        let folder = self
            .system
            .temp_dir("goperf-ab-")
            .map_err(|source| ComparisonError::Io {
                doing: "create a temporary folder",
                source,
            })?;
        let old = Side::open(self, old)?;
        let new = Side::open(self, new)?;
        let names = [old.name.clone(), new.name.clone()];
        let Built {
            pairs,
            single: mut notes,
            local,
        } = pairs(self, [&old, &new], folder.path())?;
        if pairs.is_empty() {
            return Err(ComparisonError::NoBenchmarks(notes));
        }
        if self.request.sides != Sides::Itself && all_identical(&pairs) {
            notes.push(identical_note(&pairs));
            return Ok(Comparison {
                names,
                notes,
                all_identical: true,
                ..Comparison::default()
            });
        }
        let mut series = self.discover(&pairs)?;
        let mut warnings = Vec::new();
        if old.go.version != new.go.version {
            warnings.push(format!(
                "the Go version differs: {} before, {} now",
                old.go.version, new.go.version
            ));
        }
        warnings.extend(self.other_loops(&pairs, &series));
        self.refuse(&warnings)?;
        let counter = self.counter(&pairs)?;
        let ended = self.measure(&pairs, &mut series)?;
        notes.extend(ended.and_then(|ended| self.budget_note(ended, &series)));
        let mut found = Comparison {
            names,
            verdicts: ab::compare(&series, &self.request.options),
            series,
            warnings,
            notes,
            interrupted: ended.is_none(),
            ..Comparison::default()
        };
        if matches!(ended, Some(Ended::TooSmall { .. })) {
            found.verdicts.clear();
            return Ok(found);
        }
        if let Some(counter) = counter.filter(|_| !found.interrupted) {
            self.count(&pairs, counter, &mut found);
        }
        if self.request.explain && !found.interrupted {
            let (causes, note) = causes::causes(self, &pairs, &found, [&old, &new], &local);
            found.causes = causes;
            found.notes.extend(note);
        }
        Ok(found)
    }

    fn discover(&self, pairs: &[Pair]) -> Result<Vec<Series>, ComparisonError> {
        (self.events)(Event::Begin {
            stage: "discovering",
            total: pairs.len(),
        });
        let mut series = Vec::new();
        for pair in pairs {
            (self.events)(Event::Step {
                what: &pair.package,
            });
            let found = ab::discover(self.system, self.cancel, pair, &self.request.options)?;
            series.extend(found);
        }
        if series.iter().all(|series| series.failed.is_some()) {
            let failures = series.iter().filter_map(failure).collect();
            return Err(ComparisonError::NoBenchmarks(failures));
        }
        Ok(series)
    }

    /// Compares what two commands print.
    fn commands(&self, lines: [&String; 2]) -> Result<Comparison, ComparisonError> {
        if self.request.counts || self.request.layouts > 1 {
            return Err(ComparisonError::NotInCommands);
        }
        let [old, new] = lines.map(|line| SideCommand {
            line: line.clone(),
            dir: self.request.dir.clone(),
        });
        let options = &self.request.options;
        (self.events)(Event::Begin {
            stage: "comparing",
            total: options.rounds.1,
        });
        let mut series = Vec::new();
        let ran = ab::run_commands(
            self.system,
            self.cancel,
            [&old, &new],
            &mut series,
            options,
            &mut |event| {
                if let AbEvent::Round { open, .. } = event {
                    let what = format!("{open} open");
                    (self.events)(Event::Step { what: &what });
                }
            },
        );
        let (ended, warnings) = match ran {
            Ok(([old, new], ended)) => (Some(ended), bench::gate::differences(&old, &new)),
            Err(RunError::Cancelled(_)) => (None, Vec::new()),
            Err(error) => return Err(error.into()),
        };
        self.refuse(&warnings)?;
        let too_small = matches!(ended, Some(Ended::TooSmall { .. }));
        let note = ended.and_then(|ended| self.budget_note(ended, &series));
        Ok(Comparison {
            names: lines.map(|line| format!("`{line}`")),
            verdicts: if too_small {
                Vec::new()
            } else {
                ab::compare(&series, options)
            },
            series,
            warnings,
            notes: note.into_iter().collect(),
            interrupted: ended.is_none(),
            ..Comparison::default()
        })
    }

    fn refuse(&self, warnings: &[String]) -> Result<(), ComparisonError> {
        match warnings.first() {
            Some(warning) if self.request.strict => {
                Err(ComparisonError::Incomparable(warning.clone()))
            }
            _ => Ok(()),
        }
    }

    /// Benchmarks that count their operations in another style on the other side.
    fn other_loops(&self, pairs: &[Pair], series: &[Series]) -> Vec<String> {
        let sources = |binary: &TestBinary| TestSources::read(self.system, &binary.dir);
        let mut warnings = Vec::new();
        for pair in pairs.iter().filter(|pair| !pair.identical) {
            let (old, new) = (sources(&pair.old[0]), sources(&pair.new[0]));
            let own = |series: &&Series| series.package == pair.package && series.failed.is_none();
            for series in series.iter().filter(own) {
                let style = |sources: &TestSources| sources.benchmark(&series.name)?.style;
                let styles = style(&old).zip(style(&new));
                if let Some((old, new)) = styles.filter(|(old, new)| old != new) {
                    warnings.push(format!(
                        "{}.{} loops over {} before, {} now",
                        series.package,
                        series.name,
                        old.name(),
                        new.name()
                    ));
                }
            }
        }
        warnings
    }

    /// The instruction counter of this machine, if counts are requested.
    fn counter(&self, pairs: &[Pair]) -> Result<Option<Counter>, ComparisonError> {
        let Some(pair) = pairs.first().filter(|_| self.request.counts) else {
            return Ok(None);
        };
        let found = ab::find_counter(self.system, self.cancel, &pair.old[0])?;
        found.map(Some).ok_or(ComparisonError::NoCounter)
    }

    /// What a budget that ended the rounds means.
    fn budget_note(&self, ended: Ended, series: &[Series]) -> Option<String> {
        let options = &self.request.options;
        let seconds = |duration: Duration| format!("{:.0}s", duration.as_secs_f64().ceil());
        let budget = options.budget;
        match ended {
            Ended::Done => None,
            Ended::Budget => {
                let open = |series: &&Series| {
                    series.failed.is_none() && series.rounds.len() < options.rounds.1
                };
                let least = series.iter().filter(open).map(|series| series.rounds.len());
                let least = least.min().unwrap_or_default();
                Some(format!(
                    "stopped after {least} rounds: the budget of {budget:?} is spent (--budget)"
                ))
            }
            Ended::TooSmall { needed } => Some(format!(
                "nothing decided: {} rounds take about {}, the budget is {budget:?}; pass --budget {}, fewer \
                 benchmarks (--bench) or a shorter --benchtime",
                options.rounds.0,
                seconds(needed),
                seconds(needed.mul_f64(1.2)),
            )),
        }
    }

    /// Runs the rounds; `None` if they were interrupted.
    fn measure(
        &self,
        pairs: &[Pair],
        series: &mut [Series],
    ) -> Result<Option<Ended>, ComparisonError> {
        let options = &self.request.options;
        (self.events)(Event::Begin {
            stage: "comparing",
            total: options.rounds.1 * series.len(),
        });
        let ran = ab::run(
            self.system,
            self.cancel,
            pairs,
            series,
            options,
            &mut |event| match event {
                AbEvent::Benchmark { series } => (self.events)(Event::Step { what: &series.name }),
                AbEvent::Round { round, open } => {
                    let what = format!("round {round}, {open} open");
                    (self.events)(Event::Doing { what: &what });
                }
            },
        );
        match ran {
            Ok(ended) => Ok(Some(ended)),
            Err(RunError::Cancelled(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Adds verdicts on instructions per operation.
    fn count(&self, pairs: &[Pair], counter: Counter, found: &mut Comparison) {
        let open = |series: &&Series| series.failed.is_none() && !series.identical;
        let todo: Vec<&Series> = found.series.iter().filter(open).collect();
        (self.events)(Event::Begin {
            stage: "counting",
            total: todo.len(),
        });
        for own in todo {
            let Some(pair) = pairs.iter().find(|pair| pair.package == own.package) else {
                continue;
            };
            let options = &self.request.options;
            match ab::count(self.system, self.cancel, counter, pair, own, options) {
                Ok(Some(verdict)) => found.verdicts.push(verdict),
                Ok(None) => found.warnings.push(format!(
                    "{}.{} cannot be counted by {}",
                    own.package,
                    own.name,
                    counter.name()
                )),
                Err(_) => {
                    found.interrupted = true;
                    return;
                }
            }
            (self.events)(Event::Step { what: &own.name });
        }
    }
}

impl Comparison {
    /// The comparison in the form its renderers take.
    pub fn report<'a>(&'a self, options: &'a AbOptions) -> AbReport<'a> {
        AbReport {
            names: [&self.names[0], &self.names[1]],
            verdicts: &self.verdicts,
            control: &self.control,
            series: &self.series,
            options,
            causes: &self.causes,
            layout: &self.layout,
            warnings: &self.warnings,
            notes: &self.notes,
            interrupted: self.interrupted,
        }
    }

    /// The outcome. Something worse counts more than something that failed.
    pub fn outcome(&self) -> ComparisonOutcome {
        if self.interrupted {
            ComparisonOutcome::Interrupted
        } else if self.verdicts.iter().any(is_worse) {
            ComparisonOutcome::Worse
        } else if self.series.iter().any(has_failed) {
            ComparisonOutcome::Failed
        } else if self.all_identical
            || self.verdicts.iter().any(is_conclusive)
            || self.verdicts.is_empty() && self.series.iter().any(|series| series.identical)
        {
            ComparisonOutcome::Passed
        } else {
            ComparisonOutcome::Inconclusive
        }
    }

    /// All samples in the benchmark format, with the arm and the round as configuration.
    pub fn samples(&self) -> std::io::Result<Vec<u8>> {
        let mut writer = Writer::new(Vec::new());
        for series in &self.series {
            for (number, round) in series.rounds.iter().enumerate() {
                for sample in &round.samples {
                    writer.write(&result_of(series, number, sample))?;
                }
            }
        }
        Ok(writer.into_inner())
    }
}

fn result_of(series: &Series, round: usize, sample: &ab::Sample) -> BenchmarkResult {
    let mut values: Vec<Value> = (sample.values.iter())
        .map(|(unit, value)| Value {
            value: *value,
            unit: unit.clone(),
        })
        .collect();
    let contention = &sample.contention;
    let switches = contention.switches.map(|switches| switches as f64);
    let noted = [
        ("cpu-pressure", contention.pressure),
        ("stolen-sec", contention.stolen),
        ("involuntary-switches", switches),
    ];
    values.extend(noted.into_iter().filter_map(|(unit, value)| {
        let (value, unit) = (value?, unit.to_owned());
        Some(Value { value, unit })
    }));
    BenchmarkResult {
        config: vec![
            ("pkg".to_owned(), series.package.clone()),
            ("arm".to_owned(), sample.arm.name().to_owned()),
            ("round".to_owned(), (round + 1).to_string()),
        ],
        name: series.name.clone(),
        iterations: sample.iterations,
        values,
    }
}

fn failure(series: &Series) -> Option<String> {
    let (side, message) = series.failed.as_ref()?;
    let Series { package, name, .. } = series;
    Some(format!("{package}.{name} ({side}): {message}"))
}

fn is_worse(verdict: &Verdict) -> bool {
    let word = ab::word(verdict);
    let costs = ["B/op", "allocs/op", ab::INSTRUCTIONS];
    word == "slower" || word == "more" && costs.contains(&verdict.unit.as_str())
}

/// A benchmark that only one side has is not a failure.
fn has_failed(series: &Series) -> bool {
    (series.failed.as_ref()).is_some_and(|(_, message)| message != "no such benchmark")
}

/// The verdict says more than that nothing is counted on either side.
fn is_conclusive(verdict: &Verdict) -> bool {
    let unchanged = verdict.change.exact && verdict.decision == Decision::Same;
    !unchanged && !matches!(verdict.decision, Decision::Inconclusive { .. })
}

fn all_identical(pairs: &[Pair]) -> bool {
    !pairs.is_empty() && pairs.iter().all(|pair| pair.identical)
}

fn identical_note(pairs: &[Pair]) -> String {
    let what = match pairs {
        [one] => one.package.clone(),
        many => format!("all {} packages with benchmarks", many.len()),
    };
    format!("identical code and test data on both sides, nothing to compare: {what}")
}

/// `-overlay` with the path of a file.
pub fn overlay_flag(path: &Path) -> String {
    format!("-overlay={}", path.display())
}
