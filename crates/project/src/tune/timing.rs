//! Timing of programs: all of them interleaved with the base and the control lane.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bench::ab::exactly;
use bench::ab::race::{
    self, CONTROL, Goal, Lap, RaceEnd, RaceOptions, RaceSample, RaceTrack, Standing,
};
use bench::run::{PackageRun, RunError, RunOptions};
use go_tool::TestBinary;

use super::memo::{Memo, VariantKey};
use super::screen::Screen;
use super::variant::Programs;
use super::{ControlLane, TuneError};
use crate::events::{Event, Events};

/// A variant to time.
pub(super) struct Lane<'a> {
    pub(super) key: VariantKey,
    pub(super) programs: &'a Programs,
    pub(super) goal: Goal,
    /// The benchmarks that may change, by position.
    pub(super) benchmarks: BTreeSet<usize>,
}

/// What timing came to.
#[derive(Debug, Default)]
pub(super) struct Timed {
    /// By lane and benchmark, both by position.
    pub(super) standings: BTreeMap<(usize, usize), Standing>,
    /// The control lane by benchmark.
    pub(super) control: Vec<Standing>,
    pub(super) interrupted: bool,
}

/// Times lanes until all is decided or the time is over.
pub(super) fn time(
    screen: &Screen<'_>,
    lanes: &[Lane<'_>],
    options: &RaceOptions,
    events: Events,
) -> Result<Timed, TuneError> {
    let (benchmarks, mut tracks) = tracks(screen, lanes);
    let goals: Vec<(usize, Goal)> = (lanes.iter().enumerate())
        .map(|(at, lane)| (at + CONTROL + 1, lane.goal))
        .collect();
    let base_key = Memo::variant(&screen.base.texts);
    let mut keys = vec![base_key, base_key];
    keys.extend(lanes.iter().map(|lane| lane.key));
    let system = screen.workspace.system;
    let name = |at: usize| {
        let benchmark = &screen.base.benchmarks[at];
        format!(
            "{} {} {}",
            benchmark.package, benchmark.name, benchmark.pieces
        )
    };
    for (track, at) in tracks.iter_mut().zip(&benchmarks) {
        track.rounds = screen.memo.rounds(system, &name(*at), &keys);
    }
    let mut programs: Vec<Vec<Option<TestBinary>>> = Vec::new();
    for at in &benchmarks {
        let package = &screen.base.benchmarks[*at].package;
        let base = screen.base_program(package)?;
        let own = lanes
            .iter()
            .map(|lane| lane.programs.binaries.get(package).cloned());
        programs.push([base.clone(), base].into_iter().chain(own).collect());
    }
    events(Event::Begin {
        stage: "timing",
        total: 0,
    });
    let ran = race::race(
        &mut tracks,
        &goals,
        options,
        &mut |track, arm| {
            let benchmark = &screen.base.benchmarks[benchmarks[track]];
            events(Event::Doing {
                what: &benchmark.name,
            });
            match &programs[track][arm] {
                Some(binary) => sample(
                    screen,
                    binary,
                    &benchmark.name,
                    (&benchmark.piece, benchmark.pieces),
                ),
                None => Ok(RaceSample::Failed("no program".to_owned())),
            }
        },
        &|| system.monotonic(),
        &mut |tracks, open| {
            for (track, at) in tracks.iter().zip(&benchmarks) {
                screen
                    .memo
                    .keep_rounds(system, &name(*at), &keys, &track.rounds);
            }
            let what = format!("{open} comparisons open");
            events(Event::Step { what: &what });
        },
    );
    let interrupted = match ran {
        Ok(RaceEnd::Done | RaceEnd::Budget) => false,
        Err(RunError::Cancelled(_)) => true,
        Err(error) => return Err(error.into()),
    };
    let mut timed = Timed {
        interrupted,
        ..Timed::default()
    };
    for mut standing in race::standings(&tracks, options) {
        let lane = standing.arm - CONTROL - 1;
        standing.track = benchmarks[standing.track];
        timed.standings.insert((lane, standing.track), standing);
    }
    for (at, track) in tracks.iter().enumerate() {
        let mut standing = race::control_standing(at, track, options);
        standing.track = benchmarks[at];
        timed.control.push(standing);
    }
    Ok(timed)
}

/// The benchmarks that some lane may change, and their tracks.
fn tracks(screen: &Screen<'_>, lanes: &[Lane<'_>]) -> (Vec<usize>, Vec<RaceTrack>) {
    let mut benchmarks = Vec::new();
    let mut tracks = Vec::new();
    for (at, benchmark) in screen.base.benchmarks.iter().enumerate() {
        let runs = |(number, lane): (usize, &Lane<'_>)| {
            let has = lane.programs.binaries.contains_key(&benchmark.package);
            (has && lane.benchmarks.contains(&at)).then_some(number + CONTROL + 1)
        };
        let arms: Vec<usize> = lanes.iter().enumerate().filter_map(runs).collect();
        if !arms.is_empty() {
            benchmarks.push(at);
            tracks.push(RaceTrack {
                arms,
                ..RaceTrack::default()
            });
        }
    }
    (benchmarks, tracks)
}

/// One process: of its runs the quickest counts, since others that want the processor can only make a run slower.
fn sample(
    screen: &Screen<'_>,
    binary: &TestBinary,
    benchmark: &str,
    (piece, pieces): (&str, u32),
) -> Result<RaceSample, RunError> {
    let options = RunOptions {
        bench: exactly(benchmark),
        benchtime: Some(piece.to_owned()),
        count: Some(pieces),
        cpu: screen.request.cpu.clone(),
        timeout: Some(Duration::from_mins(1)),
        ..RunOptions::default()
    };
    let (system, cancel) = (screen.workspace.system, screen.workspace.cancel);
    let binaries = std::slice::from_ref(binary);
    let runs = bench::run::run(system, cancel, binaries, &options, &mut |_| {})?;
    let times = runs.iter().flat_map(|run| &run.results);
    let best = times
        .filter_map(|result| result.value("sec/op"))
        .reduce(f64::min);
    let Some(seconds) = best else {
        let problem = runs.first().and_then(PackageRun::problem);
        let message = problem.map_or_else(|| "no result".to_owned(), |it| it.message);
        return Ok(RaceSample::Failed(message));
    };
    Ok(RaceSample::Time(seconds))
}

impl ControlLane {
    pub(super) fn add(&mut self, standings: &[Standing]) {
        let decided: Vec<&Standing> = standings.iter().filter(|it| it.rounds > 5).collect();
        self.comparisons += decided.len();
        let alarm = |it: &&&Standing| matches!(it.decision, Lap::Faster | Lap::Slower);
        self.alarms += decided.iter().filter(alarm).count();
        let mut widths: Vec<f64> = (decided.iter())
            .map(|it| (it.high / it.low).sqrt() - 1.0)
            .filter(|width| width.is_finite())
            .collect();
        widths.sort_by(f64::total_cmp);
        if let Some(width) = widths.get(widths.len() / 2) {
            self.resolution = Some(self.resolution.map_or(*width, |known| known.max(*width)));
        }
    }

    /// More of the same program was "proven" to differ than chance explains: nothing can be said about time.
    pub(super) fn is_too_noisy(self) -> bool {
        self.alarms > 1 + self.comparisons / 10
    }
}

/// The round of a race, as long as the samples of its lanes.
pub(super) fn round_time(samples: usize, per_sample: Duration) -> Duration {
    per_sample * (2 * samples) as u32
}

/// The arms of each benchmark that lanes open, with base and control.
pub(super) fn samples_per_round(reached: &[BTreeSet<usize>]) -> usize {
    let mut arms: BTreeMap<usize, usize> = BTreeMap::new();
    for at in reached.iter().flatten() {
        // Base and control lane run in any case.
        *arms.entry(*at).or_insert(2) += 1;
    }
    arms.values().sum()
}
