//! The run: baseline, candidates, screening, timing, stacking, and the whole against the base.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bench::ab::race::{Goal, RaceOptions, rounds_to_decide};
use bench::run::RunOptions;
use lint::{CheckOptions, Coverage};

use super::candidates::{self, Candidate};
use super::memo::Memo;
use super::scope::Scope;
use super::screen::{Base, Benchmark, Passed, Screen, Screened};
use super::stack::best_subset;
use super::timing::{self, Lane, Timed};
use super::variant::{self, Texts};
use super::verdict::{BenchmarkChange, Judging, Verdict, duration, judge, mean_allocs, mean_time};
use super::{Plan, Step, Together, Trial, TuneError, TuneReport, TuneRequest};
use crate::check::{CheckRequest, check_keeping};
use crate::coverage;
use crate::events::{Event, Events};
use crate::evidence::{BenchRequest, EvidenceRequest};
use crate::fix::Fixer;
use crate::workspace::Workspace;

/// The most rounds of screening and timing, each on what the one before kept.
const GENERATIONS: usize = 3;
/// The most benchmarks by which one candidate is judged: more of them would leave no time for the others.
const MOST_BENCHMARKS: usize = 24;
/// The part of the time that may go by before benchmarks are no longer asked what they reach.
const FOR_COVERAGE: f64 = 0.3;
/// The part of the time that is kept for the proof of the whole patch.
const FOR_TOGETHER: f64 = 0.2;

/// Tries what check proposes. See the module.
pub fn tune(
    workspace: &Workspace,
    request: &TuneRequest,
    events: Events,
) -> Result<TuneReport, TuneError> {
    let mut run = Run::start(workspace, request, events)?;
    match run.all() {
        Ok(()) => {}
        // What is proven so far is said.
        Err(_) if workspace.cancel.is_cancelled() => run.report.interrupted = true,
        Err(error) => return Err(error),
    }
    Ok(run.finish())
}

struct Run<'a> {
    workspace: &'a Workspace<'a>,
    request: &'a TuneRequest,
    events: Events<'a>,
    check: CheckRequest,
    scope: Scope,
    start: Duration,
    /// Findings of the check with evidence, by rule, file and line, for their scores.
    scores: BTreeMap<(String, std::path::PathBuf, u32), f64>,
    /// The sources as they are.
    base: Base,
    memo: Memo,
    /// What the files held when the run began: that they have to hold when they are written.
    originals: Texts,
    /// The texts with everything kept so far.
    texts: Texts,
    report: TuneReport,
}

impl<'a> Run<'a> {
    fn start(
        workspace: &'a Workspace<'a>,
        request: &'a TuneRequest,
        events: Events<'a>,
    ) -> Result<Self, TuneError> {
        let start = workspace.system.monotonic();
        let scope = Scope::load(workspace, request)?;
        let originals = scope.texts(workspace);
        let check = CheckRequest {
            packages: request.packages.clone(),
            evidence: EvidenceRequest {
                bench: Some(bench_request(request)),
                ..EvidenceRequest::default()
            },
            options: CheckOptions {
                all: true,
                select: request.select.clone(),
                ..CheckOptions::default()
            },
        };
        let (checked, _) = check_keeping(workspace, &check, events)?;
        if let Some(broken) = checked.about_run.iter().take(checked.broken).next() {
            let at = &broken.primary;
            let name = workspace.path_names().show(&at.path);
            return Err(TuneError::Broken(format!(
                "{name}:{}: {}",
                at.start.line, broken.message
            )));
        }
        let mut scores = BTreeMap::new();
        for finding in &checked.findings {
            let at = &finding.primary;
            let key = (finding.rule.id.to_owned(), at.path.clone(), at.start.line);
            let score = scores.entry(key).or_insert(0.0_f64);
            *score = score.max(finding.score);
        }
        let memo = Memo::open(workspace, &scope, request);
        let mut run = Self {
            memo,
            originals,
            workspace,
            request,
            events,
            check,
            scope,
            start,
            scores,
            base: Base::new(Texts::new(), Vec::new()),
            texts: Texts::new(),
            report: TuneReport::default(),
        };
        run.report.plan.findings = checked.findings.len();
        run.report.plan.budget = request.budget;
        let benchmarks = run.benchmarks()?;
        run.base = Base::new(Texts::new(), benchmarks);
        Ok(run)
    }

    fn spent(&self) -> Duration {
        self.workspace.system.monotonic().saturating_sub(self.start)
    }

    fn left(&self) -> Duration {
        self.request.budget.saturating_sub(self.spent())
    }

    /// The benchmarks of the packages that were named, with their speed and what they reach.
    fn benchmarks(&self) -> Result<Vec<Benchmark>, TuneError> {
        let (workspace, scope) = (self.workspace, &self.scope);
        let named: Vec<&str> = (scope.tested.iter())
            .filter(|(path, _)| scope.asked.contains(*path))
            .filter(|(_, id)| {
                let one = std::slice::from_ref(*id);
                !bench::run::with_benchmarks(workspace.system, &scope.listing, one).is_empty()
            })
            .map(|(path, _)| path.as_str())
            .collect();
        (self.events)(Event::Begin {
            stage: "baseline",
            total: named.len(),
        });
        let covered: Vec<&str> = scope.all.iter().map(String::as_str).collect();
        let cover = coverage::build_flags(&covered);
        let mut all = Vec::new();
        for package in named {
            (self.events)(Event::Step { what: package });
            let built = variant::build(workspace, scope, &Texts::new(), &[package], &[])?;
            let programs = built.map_err(|fault| TuneError::Broken(fault.message))?;
            let Some(binary) = programs.binaries.get(package) else {
                continue;
            };
            let counting =
                variant::build(workspace, scope, &Texts::new(), &[package], &cover)?.ok();
            let counting = counting.as_ref().and_then(|it| it.binaries.get(package));
            for (name, seconds) in self.discover(binary)? {
                let in_time = self.spent() < self.request.budget.mul_f64(FOR_COVERAGE);
                let coverage = match counting.filter(|_| in_time) {
                    Some(binary) => self.coverage(binary, &name, seconds)?,
                    None => Coverage::default(),
                };
                let benchtime = &self.request.benchtime;
                all.push(Benchmark::new(package, &name, seconds, benchtime, coverage));
            }
        }
        if all.is_empty() {
            return Err(TuneError::NoBenchmarks {
                pattern: self.request.bench.clone(),
                elsewhere: self.elsewhere(),
            });
        }
        Ok(all)
    }

    /// Names and seconds per operation.
    fn discover(&self, binary: &go_tool::TestBinary) -> Result<Vec<(String, f64)>, TuneError> {
        let options = RunOptions {
            bench: self.request.bench.clone(),
            benchtime: Some("2ms".to_owned()),
            cpu: self.request.cpu.clone(),
            timeout: Some(Duration::from_mins(2)),
            ..RunOptions::default()
        };
        let binaries = std::slice::from_ref(binary);
        let (system, cancel) = (self.workspace.system, self.workspace.cancel);
        let runs = bench::run::run(system, cancel, binaries, &options, &mut |_| {})?;
        let results: Vec<_> = runs.into_iter().flat_map(|run| run.results).collect();
        let found = bench::run::seconds_per_op(&results).into_iter();
        Ok(found
            .map(|(name, seconds)| (name, seconds.unwrap_or(1e-3)))
            .collect())
    }

    /// What a benchmark reaches, and how often; nothing if that cannot be counted.
    fn coverage(
        &self,
        binary: &go_tool::TestBinary,
        name: &str,
        seconds_per_op: f64,
    ) -> Result<Coverage, TuneError> {
        let one = coverage::Benchmarks {
            pattern: bench::ab::exactly(name),
            skip: None,
            timeout: Duration::from_mins(1),
        };
        let count = if seconds_per_op > coverage::SLOW {
            coverage::of_one
        } else {
            coverage::of_operations
        };
        Ok(count(self.workspace, binary, &one)?
            .coverage
            .unwrap_or_default())
    }

    /// Packages of the module with benchmarks that reach the ones that were named.
    fn elsewhere(&self) -> String {
        let asked: BTreeSet<&str> = self.scope.asked.iter().map(String::as_str).collect();
        let importing = self.scope.affected(&asked);
        let names: Vec<&str> = (importing.into_iter())
            .filter(|path| !asked.contains(path))
            .filter(|path| {
                let id = self.scope.tested.get(*path);
                id.is_some_and(|id| {
                    let one = std::slice::from_ref(id);
                    let system = self.workspace.system;
                    !bench::run::with_benchmarks(system, &self.scope.listing, one).is_empty()
                })
            })
            .collect();
        if names.is_empty() {
            String::new()
        } else {
            format!(
                "; packages that import them have some: {}",
                names.join(", ")
            )
        }
    }

    fn all(&mut self) -> Result<(), TuneError> {
        for generation in 0..GENERATIONS {
            let found = self.candidates(generation)?;
            if generation == 0 {
                self.plan(&found)?;
                if self.request.plan_only {
                    self.report.planned_only = true;
                    return Ok(());
                }
            }
            let share = 1.0 - FOR_TOGETHER - 0.1 * generation as f64;
            if found.is_empty() || self.spent() > self.request.budget.mul_f64(share) {
                break;
            }
            let base = self.base_of_generation();
            let before = self.texts.clone();
            self.generation(&base, found)?;
            if self.texts == before {
                break;
            }
        }
        self.together()
    }

    /// The base of a later generation is what was kept so far.
    fn base_of_generation(&self) -> Base {
        Base::new(self.texts.clone(), self.base.benchmarks.clone())
    }

    /// What has not been tried yet, best first.
    fn candidates(&self, generation: usize) -> Result<Vec<Candidate>, TuneError> {
        let unsafe_too = self.request.unsafe_fixes;
        let mut fixer = Fixer::new(self.workspace, &self.check, unsafe_too, self.texts.clone());
        fixer.with_rewrites = self.request.rewrites;
        let state = fixer.look()?;
        let mut findings = state.findings;
        for finding in &mut findings {
            let at = &finding.primary;
            let key = (finding.rule.id.to_owned(), at.path.clone(), at.start.line);
            finding.score = self.scores.get(&key).copied().unwrap_or(finding.score);
        }
        let mut found = candidates::of_findings(
            self.workspace,
            &self.scope,
            &self.texts,
            &findings,
            unsafe_too,
            generation,
        );
        if self.request.rewrites {
            let coverages: Vec<&Coverage> =
                self.base.benchmarks.iter().map(|it| &it.coverage).collect();
            found.extend(candidates::of_rewrites(
                self.workspace,
                &self.scope,
                &self.texts,
                &state.rewrites,
                &coverages,
                unsafe_too,
                generation,
            ));
            for candidate in found.iter_mut().filter(|it| it.score <= 0.0) {
                let at_line = (self.scores.iter())
                    .filter(|((_, path, line), _)| {
                        *path == candidate.path && *line == candidate.line
                    })
                    .map(|(_, score)| *score);
                candidate.score = at_line.fold(0.0, f64::max);
            }
            found.sort_by(|a, b| b.score.total_cmp(&a.score));
        }
        if generation == 0 {
            let proposals = &self.request.proposals;
            found.extend(candidates::of_proposals(
                self.workspace,
                &self.scope,
                proposals,
            ));
        }
        // The same fix at another place of the file is not another fix.
        let known = |candidate: &Candidate| {
            self.report.trials.iter().any(|trial| {
                let other = &trial.candidate;
                other.rule == candidate.rule
                    && other.path == candidate.path
                    && other.function == candidate.function
                    && other.title == candidate.title
            })
        };
        found.retain(|candidate| generation == 0 || !known(candidate));
        Ok(found)
    }

    /// The benchmarks whose loops run what a candidate changes; of very many a part, evenly.
    fn reached(&self, candidate: &Candidate) -> BTreeSet<usize> {
        let packages = candidate.packages(&self.scope);
        let affected = self.scope.affected(&packages);
        let all: Vec<usize> = (self.base.benchmarks.iter().enumerate())
            .filter(|(_, benchmark)| affected.contains(&benchmark.package.as_str()))
            .filter(|(_, benchmark)| candidate.is_reached(&benchmark.coverage))
            .map(|(at, _)| at)
            .collect();
        let step = all.len().div_ceil(MOST_BENCHMARKS).max(1);
        all.into_iter().step_by(step).collect()
    }

    fn plan(&mut self, found: &[Candidate]) -> Result<(), TuneError> {
        let reached: Vec<BTreeSet<usize>> = found.iter().map(|it| self.reached(it)).collect();
        let reachable = reached.iter().filter(|it| !it.is_empty()).count();
        let mut tested = BTreeSet::new();
        let mut builds = 0;
        for candidate in found.iter().zip(&reached).filter(|(_, it)| !it.is_empty()) {
            let affected = self.scope.affected(&candidate.0.packages(&self.scope));
            builds += affected.len();
            tested.extend(affected);
        }
        // One program is built and tested to see how long that takes.
        let before = self.spent();
        let screen = self.screen(&self.base);
        if let Some(package) = tested.first() {
            screen.base_program(package)?;
        }
        let one = self.spent().saturating_sub(before);
        let comparisons = reached.iter().map(BTreeSet::len).sum();
        let rounds = rounds_to_decide(comparisons, self.request.alpha);
        let samples = timing::samples_per_round(&reached);
        let per_sample = self.sample_time();
        self.report.plan = Plan {
            candidates: reachable,
            unreached: found.len() - reachable,
            benchmarks: self.base.benchmarks.len(),
            tested: tested.len(),
            comparisons,
            rounds,
            screening: one * builds as u32,
            timing: timing::round_time(samples, per_sample) * rounds as u32,
            ..self.report.plan.clone()
        };
        Ok(())
    }

    /// About how long one sample takes.
    fn sample_time(&self) -> Duration {
        let seconds = bench::ab::pieces(&self.request.benchtime, 1e-6);
        let operations: f64 = seconds.0.trim_end_matches('x').parse().unwrap_or(3e4);
        Duration::from_secs_f64((operations * 1e-6 * f64::from(seconds.1)).min(10.0) + 0.02)
    }

    fn screen<'b>(&'b self, base: &'b Base) -> Screen<'b> {
        Screen {
            workspace: self.workspace,
            scope: &self.scope,
            request: self.request,
            base,
            memo: &self.memo,
        }
    }

    /// Screens, times and stacks the candidates of one generation.
    fn generation(&mut self, base: &Base, found: Vec<Candidate>) -> Result<(), TuneError> {
        let first = self.report.trials.len();
        let (mut trials, passed) = self.screen_all(base, found)?;
        let timed = self.time_all(base, &passed)?;
        self.report.control.add(&timed.control);
        self.judge_all(base, &mut trials, &passed, &timed, first);
        let interrupted = timed.interrupted || self.workspace.cancel.is_cancelled();
        let kept: Vec<usize> = (0..trials.len())
            .filter(|at| trials[*at].verdict.is_kept())
            .collect();
        self.report.trials.extend(trials);
        for (package, message) in base.failing() {
            let note = format!(
                "tests of {package} fail without any change, so they prove nothing: {message}"
            );
            if !self.report.notes.contains(&note) {
                self.report.notes.push(note);
            }
        }
        if interrupted {
            // There is no time to look at all of them together: each stands for itself, as far as they fit.
            self.take(&kept.iter().map(|at| at + first).collect::<Vec<_>>())?;
            return Err(base::Cancelled.into());
        }
        self.stack(base, &kept.iter().map(|at| at + first).collect::<Vec<_>>())
    }

    /// The verdicts of those that are out, and those that passed by position.
    fn screen_all(
        &mut self,
        base: &Base,
        found: Vec<Candidate>,
    ) -> Result<(Vec<Trial>, BTreeMap<usize, Passed>), TuneError> {
        (self.events)(Event::Begin {
            stage: "screening",
            total: found.len(),
        });
        // Timing gets at least half of what is left without the final proof.
        let spent = self.spent();
        let usable = self
            .left()
            .saturating_sub(self.request.budget.mul_f64(FOR_TOGETHER));
        let until = spent + usable / 2;
        let fixer = Fixer::new(self.workspace, &self.check, true, base.texts.clone());
        let mut trials = Vec::new();
        let mut passed = BTreeMap::new();
        for candidate in found {
            let name = format!("{} {}", candidate.rule, candidate.title);
            (self.events)(Event::Step { what: &name });
            let reached = self.reached(&candidate);
            let verdict = if reached.is_empty() {
                Verdict::Unreached
            } else if self.spent() > until || self.workspace.cancel.is_cancelled() {
                Verdict::Undecided { more_rounds: None }
            } else {
                match self.screen_one(base, &fixer, &candidate, &reached) {
                    Ok(Screened::Passed(it)) => {
                        passed.insert(trials.len(), *it);
                        Verdict::Undecided { more_rounds: None }
                    }
                    Ok(Screened::Nothing) => Verdict::Nothing,
                    Ok(Screened::Broken(fault)) => Verdict::Broken {
                        what: fault.what,
                        message: fault.message,
                    },
                    Err(_) if self.workspace.cancel.is_cancelled() => {
                        Verdict::Undecided { more_rounds: None }
                    }
                    Err(error) => return Err(error),
                }
            };
            trials.push(Trial {
                candidate,
                verdict,
                changes: Vec::new(),
            });
        }
        Ok((trials, passed))
    }

    fn screen_one(
        &self,
        base: &Base,
        fixer: &Fixer<'_>,
        candidate: &Candidate,
        reached: &BTreeSet<usize>,
    ) -> Result<Screened, TuneError> {
        let Some(texts) = candidates::apply(fixer, &base.texts, &[candidate])? else {
            return Ok(Screened::Broken(variant::Fault {
                what: "does not parse".to_owned(),
                message: "the edits do not fit the file".to_owned(),
            }));
        };
        let packages = candidate.packages(&self.scope);
        self.screen(base).run(&texts, &packages, reached)
    }

    fn race_options(&self, budget: Duration) -> RaceOptions {
        RaceOptions {
            rounds: 500,
            budget,
            alpha: self.request.alpha,
            delta: self.request.min_effect,
            seed: self.request.seed,
        }
    }

    fn time_all(&self, base: &Base, passed: &BTreeMap<usize, Passed>) -> Result<Timed, TuneError> {
        let lanes: Vec<Lane<'_>> = (passed.values())
            .map(|passed| Lane {
                key: passed.key,
                programs: &passed.programs,
                goal: if passed.counts.values().any(super::CountChange::fell) {
                    Goal::NotSlower
                } else {
                    Goal::Faster
                },
                // More objects somewhere: the clock need not be asked.
                benchmarks: if passed.counts.values().any(super::CountChange::rose) {
                    BTreeSet::new()
                } else {
                    passed.counts.keys().copied().collect()
                },
            })
            .collect();
        if self.workspace.cancel.is_cancelled() {
            return Ok(Timed {
                interrupted: true,
                ..Timed::default()
            });
        }
        // A later generation and the proof of the whole want a part too, if anything is likely to be kept.
        let is_promising = lanes.iter().any(|lane| lane.goal == Goal::NotSlower);
        let for_together = self.request.budget.mul_f64(FOR_TOGETHER);
        let budget = if is_promising {
            self.left().saturating_sub(for_together).mul_f64(0.75)
        } else {
            self.left().mul_f64(0.85)
        };
        timing::time(
            &self.screen(base),
            &lanes,
            &self.race_options(budget),
            self.events,
        )
    }

    fn judging(&self, comparisons: usize) -> Judging {
        Judging {
            keep_same: self.request.keep_same,
            too_noisy: self.report.control.is_too_noisy(),
            delta: self.request.min_effect,
            rounds: rounds_to_decide(comparisons, self.request.alpha),
        }
    }

    fn judge_all(
        &self,
        base: &Base,
        trials: &mut [Trial],
        passed: &BTreeMap<usize, Passed>,
        timed: &Timed,
        first: usize,
    ) {
        let how = self.judging(timed.standings.len());
        for (lane, (at, passed)) in passed.iter().enumerate() {
            trials[*at].changes = changes(base, passed, timed, lane);
            trials[*at].verdict = judge(&trials[*at].changes, how);
        }
        // Of rivals the one that gains most is kept.
        for at in 0..trials.len() {
            let better = (0..trials.len()).find(|&other| {
                other != at
                    && trials[other].verdict.is_kept()
                    && trials[other].candidate.rivals(&trials[at].candidate)
                    && (gain(&trials[other].changes), at) > (gain(&trials[at].changes), other)
            });
            if let Some(other) = better.filter(|_| trials[at].verdict.is_kept()) {
                trials[at].verdict = Verdict::Rival(first + other);
            }
        }
    }

    /// Takes what is kept, all together if that holds.
    fn stack(&mut self, base: &Base, kept: &[usize]) -> Result<(), TuneError> {
        if kept.is_empty() {
            return Ok(());
        }
        (self.events)(Event::Begin {
            stage: "stacking",
            total: 0,
        });
        let alone: Vec<f64> = kept
            .iter()
            .map(|at| gain_of_counts(&self.report.trials[*at].changes))
            .collect();
        let fixer = Fixer::new(self.workspace, &self.check, true, base.texts.clone());
        let found = best_subset(&alone, &mut |set: &BTreeSet<usize>| {
            let chosen: Vec<&Candidate> = (set.iter())
                .map(|at| &self.report.trials[kept[*at]].candidate)
                .collect();
            self.worth(base, &fixer, &chosen)
        })?;
        let found = found.unwrap_or_default();
        let chosen: Vec<usize> = found.iter().map(|at| kept[*at]).collect();
        for at in kept.iter().filter(|at| !chosen.contains(at)) {
            self.report.trials[*at].verdict = Verdict::NotTogether;
        }
        self.take(&chosen)
    }

    /// What changes gain together by their counts; `None` if they do not hold.
    fn worth(
        &self,
        base: &Base,
        fixer: &Fixer<'_>,
        chosen: &[&Candidate],
    ) -> Result<Option<f64>, TuneError> {
        let Some(texts) = candidates::apply(fixer, &base.texts, chosen)? else {
            return Ok(None);
        };
        let mut packages = BTreeSet::new();
        let mut reached = BTreeSet::new();
        for candidate in chosen {
            packages.extend(candidate.packages(&self.scope));
            reached.extend(self.reached(candidate));
        }
        Ok(match self.screen(base).run(&texts, &packages, &reached)? {
            Screened::Passed(passed) => {
                let changes = changes(base, &passed, &Timed::default(), 0);
                Some(gain_of_counts(&changes))
            }
            Screened::Nothing | Screened::Broken(_) => None,
        })
    }

    /// Adds kept changes to the texts, one after the other.
    fn take(&mut self, chosen: &[usize]) -> Result<(), TuneError> {
        let base = self.texts.clone();
        // The texts are formatted also where the run was interrupted.
        let go_on = base::Cancellation::default();
        let workspace = Workspace {
            cancel: &go_on,
            ..self.workspace.clone()
        };
        let fixer = Fixer::new(&workspace, &self.check, true, base.clone());
        let mut done: Vec<&Candidate> = Vec::new();
        let mut steps = Vec::new();
        let mut texts = base.clone();
        for at in chosen {
            let candidate = &self.report.trials[*at].candidate;
            done.push(candidate);
            let Some(after) = candidates::apply(&fixer, &base, &done)? else {
                done.pop();
                continue;
            };
            let changed = (after.iter())
                .filter(|(path, text)| texts.get(*path) != Some(*text))
                .map(|(path, text)| (path.clone(), std::sync::Arc::clone(text)));
            steps.push(Step {
                trial: *at,
                texts: changed.collect(),
            });
            texts = after;
        }
        self.texts = texts;
        self.report.steps.extend(steps);
        Ok(())
    }

    /// Everything kept against the sources as they are.
    fn together(&mut self) -> Result<(), TuneError> {
        if self.texts.is_empty() {
            return Ok(());
        }
        let kept: Vec<&Trial> = self
            .report
            .steps
            .iter()
            .map(|step| &self.report.trials[step.trial])
            .collect();
        let mut packages: BTreeSet<String> = BTreeSet::new();
        let mut reached = BTreeSet::new();
        for trial in &kept {
            packages.extend(
                trial
                    .candidate
                    .packages(&self.scope)
                    .iter()
                    .map(|it| (*it).to_owned()),
            );
            reached.extend(self.reached(&trial.candidate));
        }
        let packages: BTreeSet<&str> = packages.iter().map(String::as_str).collect();
        let screen = self.screen(&self.base);
        let Screened::Passed(passed) = screen.run(&self.texts, &packages, &reached)? else {
            self.report
                .notes
                .push("the kept changes do not hold together".to_owned());
            return Ok(());
        };
        let lanes = [Lane {
            key: passed.key,
            programs: &passed.programs,
            goal: Goal::Faster,
            benchmarks: passed.counts.keys().copied().collect(),
        }];
        let options = self.race_options(self.left());
        let timed = timing::time(&screen, &lanes, &options, self.events)?;
        let mut changes = changes(&self.base, &passed, &timed, 0);
        for at in 0..self.base.benchmarks.len() {
            // Benchmarks that the patch does not reach are part of the mean.
            if !passed.counts.contains_key(&at)
                && let Some(counts) = screen.base_counts(at)?
            {
                changes.push(BenchmarkChange {
                    package: self.base.benchmarks[at].package.clone(),
                    benchmark: self.base.benchmarks[at].name.clone(),
                    counts: Some(super::CountChange {
                        before: counts,
                        after: counts,
                    }),
                    time: None,
                });
            }
        }
        let tested = passed.tested;
        self.report.control.add(&timed.control);
        self.report.together = Some(Together { changes, tested });
        if timed.interrupted {
            return Err(base::Cancelled.into());
        }
        Ok(())
    }

    /// A fix that is meant to keep behavior and breaks something is a mistake of its rule.
    fn note_wrong_rules(&mut self) {
        for trial in &self.report.trials {
            let candidate = &trial.candidate;
            if let Verdict::Broken { what, .. } = &trial.verdict
                && candidate.safety == diag::Safety::Safe
            {
                self.report.notes.push(format!(
                    "{} promises to keep behavior, yet with its fix at line {} of {} {what}: this is a mistake of \
                     goperf, please report it",
                    candidate.rule,
                    candidate.line,
                    candidate.path.display(),
                ));
            }
        }
    }

    fn finish(mut self) -> TuneReport {
        for (path, text) in &self.texts {
            if let Some(before) = self.originals.get(path) {
                let before = std::sync::Arc::clone(before);
                self.report.files.set(path, before, text);
            }
        }
        self.note_wrong_rules();
        let own = self.scope.listing.packages.iter();
        let own =
            own.filter_map(|package| crate::changed_files::own_folder(self.workspace, package));
        self.report.files.roots = own.map(std::path::Path::to_owned).collect();
        if self.report.control.is_too_noisy() {
            self.report.notes.push(format!(
                "the control lane differs from itself in {} of {} comparisons: the machine is too noisy, nothing is \
                 claimed on time",
                self.report.control.alarms, self.report.control.comparisons
            ));
        }
        let rest = self
            .report
            .trials
            .iter()
            .filter(|it| matches!(it.verdict, Verdict::Undecided { more_rounds: None }));
        let rest = rest.count();
        if rest > 0 && !self.report.interrupted {
            let budget = duration(self.request.budget);
            self.report.notes.push(format!(
                "{rest} candidates were not measured: the budget of {budget} is spent (--budget)"
            ));
        }
        self.report.spent = self.spent();
        self.report
    }
}

fn bench_request(request: &TuneRequest) -> BenchRequest {
    let millis = (request.budget.as_millis() / 3000).clamp(20, 1000);
    BenchRequest {
        pattern: request.bench.clone(),
        benchtime: format!("{millis}ms"),
        count: 1,
        cpu: request.cpu.clone(),
        run: None,
        timeout: request.budget.max(Duration::from_mins(1)),
        mem_profile_rate: 4096,
        // Each benchmark is counted by itself.
        cover: false,
        keep: None,
    }
}

/// What the benchmarks say of a variant that passed.
fn changes(base: &Base, passed: &Passed, timed: &Timed, lane: usize) -> Vec<BenchmarkChange> {
    (passed.counts.iter())
        .map(|(at, counts)| BenchmarkChange {
            package: base.benchmarks[*at].package.clone(),
            benchmark: base.benchmarks[*at].name.clone(),
            counts: Some(*counts),
            time: timed.standings.get(&(lane, *at)).copied(),
        })
        .collect()
}

/// What a change gains: the logarithms of both means.
fn gain(changes: &[BenchmarkChange]) -> f64 {
    gain_of_counts(changes) - mean_time(changes).map_or(0.0, f64::ln) * changes.len() as f64
}

/// Sums rather than means, so that a change that reaches more benchmarks gains more.
fn gain_of_counts(changes: &[BenchmarkChange]) -> f64 {
    -mean_allocs(changes).map_or(0.0, f64::ln) * changes.len() as f64
}
