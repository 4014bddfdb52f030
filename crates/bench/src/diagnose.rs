//! Remarks on the results of a single run, and what to do next.

use std::collections::BTreeMap;
use std::fmt;

use profile::Profile;

use crate::benchfmt::{BenchmarkResult, Name};
use crate::source::{BenchmarkSource, LoopStyle};
use crate::stats::median;
use crate::unit::{UnitClass, scale};

/// A remark about a benchmark and what to do next.
#[derive(Clone, PartialEq, Debug)]
pub struct Remark {
    pub benchmark: String,
    pub what: String,
    pub next: &'static str,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.benchmark, self.what, self.next)
    }
}

/// All results of one benchmark.
struct Sample {
    name: String,
    source: Option<BenchmarkSource>,
    /// Operations of each run.
    iterations: Vec<f64>,
    /// As measured, in order.
    seconds: Vec<f64>,
    bytes: Option<f64>,
    allocs: Option<f64>,
}

/// Finds the source of a benchmark by package and name; `None` where it is not known.
pub type SourceOf<'a> = &'a dyn Fn(&str, &str) -> Option<BenchmarkSource>;

/// Looks at all results, benchmark by benchmark in order of appearance. At most one remark each: the
/// first that applies, what makes numbers worthless before what makes them large.
pub fn diagnose(results: &[BenchmarkResult], source_of: SourceOf<'_>) -> Vec<Remark> {
    let mut samples: Vec<Sample> = Vec::new();
    for result in results {
        let package = result.config("pkg").unwrap_or_default();
        let name = if package.is_empty() {
            result.name.clone()
        } else {
            format!("{package}.{}", result.name)
        };
        let at = samples
            .iter()
            .position(|sample| sample.name == name)
            .unwrap_or_else(|| {
                samples.push(Sample {
                    source: source_of(package, Name(&result.name).split_gomaxprocs().0),
                    name,
                    iterations: Vec::new(),
                    seconds: Vec::new(),
                    bytes: None,
                    allocs: None,
                });
                samples.len() - 1
            });
        let sample = &mut samples[at];
        if let Some(seconds) = result.value("sec/op") {
            sample.iterations.push(result.iterations as f64);
            sample.seconds.push(seconds);
        }
        sample.bytes = result.value("B/op").or(sample.bytes);
        sample.allocs = result.value("allocs/op").or(sample.allocs);
    }
    samples.iter().filter_map(remark).collect()
}

fn remark(sample: &Sample) -> Option<Remark> {
    let (what, next) = suspicious(sample)
        .or_else(|| noisy(sample))
        .or_else(|| costly(sample))?;
    Some(Remark {
        benchmark: sample.name.clone(),
        what,
        next,
    })
}

/// What a CPU profile of a benchmark says it is bound by: the garbage collector, or one function. `None`
/// also where the profile has too few samples to say so.
pub fn diagnose_profile(benchmark: &str, profile: &Profile) -> Option<Remark> {
    const OF_COLLECTOR: [&str; 4] = [
        "runtime.gcBgMarkWorker",
        "runtime.gcAssistAlloc",
        "runtime.bgsweep",
        "runtime.bgscavenge",
    ];
    /// Half of so many samples is 50 ± 10 %, at two standard deviations.
    const LEAST: i64 = 100;
    let index = profile.sample_index("cpu")?;
    let events = profile.sample_index("samples")?;
    let (mut total, mut collecting, mut n_events) = (0, 0, 0);
    let mut flat: BTreeMap<String, i64> = BTreeMap::new();
    for sample in profile.samples.ids() {
        let value = *profile.samples.values(sample).get(index)?;
        total += value;
        n_events += profile.samples.values(sample).get(events)?;
        let mut frames = profile
            .frames(sample)
            .map(|frame| profile.function_name(frame.function));
        let Some(leaf) = frames.next() else { continue };
        let collects = |name: &str| OF_COLLECTOR.iter().any(|own| name.starts_with(own));
        if collects(&leaf) || frames.any(|name| collects(&name)) {
            collecting += value;
        } else {
            *flat.entry(leaf.into_owned()).or_default() += value;
        }
    }
    if total <= 0 || n_events < LEAST {
        return None;
    }
    let percent = |value: i64| 100.0 * value as f64 / total as f64;
    let (name, most) = flat
        .iter()
        .max_by_key(|(name, value)| (**value, std::cmp::Reverse(*name)))?;
    let (what, next) = if percent(collecting) >= 25.0 {
        let what = format!(
            "GC-bound: {:.0}% of CPU time collects garbage",
            percent(collecting)
        );
        (what, "allocate less: see goperf check with --bench")
    } else if percent(*most) >= 50.0 {
        let what = format!("CPU-bound: {:.0}% of CPU time is in {name}", percent(*most));
        (what, "see goperf pprof -list on its profile")
    } else {
        return None;
    };
    Some(Remark {
        benchmark: benchmark.to_owned(),
        what,
        next,
    })
}

type Found = (String, &'static str);

/// Numbers that mean something else than they seem to.
fn suspicious(sample: &Sample) -> Option<Found> {
    let center = center(sample)?;
    if center < 1e-9 {
        let time = scale(center, UnitClass::Decimal);
        let what = format!("{time}s per operation is less than a call takes");
        // Only the loop's body shows whether the compiler may drop it.
        let next = match sample.source {
            Some(source) if source.drops_result => {
                "the loop drops what it computes, so the compiler removes it: use b.Loop or keep the result"
            }
            Some(_) => "the loop itself is measured: give each operation more work",
            None => {
                "check that the result is kept, or use b.Loop: the compiler removes work without effect"
            }
        };
        return Some((what, next));
    }
    if let Some(found) = by_its_loop(sample, center) {
        return Some(found);
    }
    let (least, most) = extremes(&sample.iterations)?;
    if most >= 4.0 * least {
        let at = |n: f64| {
            let index = sample
                .iterations
                .iter()
                .position(|own| own.total_cmp(&n).is_eq());
            index.map_or(center, |index| sample.seconds[index])
        };
        let (few, many) = (at(least), at(most));
        if many > 2.0 * few || few > 2.0 * many {
            let what = "time per operation depends on the number of operations".to_owned();
            return Some((
                what,
                "work grows with b.N, or setup is timed: see b.ResetTimer",
            ));
        }
    }
    if sample.allocs == Some(0.0) && sample.bytes.is_some_and(|bytes| bytes > 0.0) {
        let what = "bytes but no allocations per operation".to_owned();
        return Some((
            what,
            "something allocates once in many operations: run it with -benchtime=1000000x",
        ));
    }
    None
}

/// Numbers that the loop distorts.
fn by_its_loop(sample: &Sample, center: f64) -> Option<Found> {
    /// Stopping and starting the timer reads memory statistics, which stops the world.
    const TIMER: f64 = 20e-6;
    let source = sample.source.unwrap_or_default();
    if source.timer_in_loop && center < TIMER {
        let what =
            "the loop stops and starts the timer, which costs more than an operation".to_owned();
        return Some((
            what,
            "set up a batch of operations at once, outside of the loop",
        ));
    }
    if sample
        .iterations
        .iter()
        .all(|iterations| *iterations <= 1.0)
    {
        let what = "each run is a single operation (N=1)".to_owned();
        let next = match source.style {
            Some(LoopStyle::Loop) => "the first operation pays for cold caches: raise --benchtime",
            _ => {
                "it pays for cold caches, and setup if that is timed: raise --benchtime, or use b.Loop"
            }
        };
        return Some((what, next));
    }
    None
}

fn center(sample: &Sample) -> Option<f64> {
    let mut sorted = sample.seconds.clone();
    sorted.sort_by(f64::total_cmp);
    (!sorted.is_empty()).then(|| median(&sorted))
}

fn extremes(values: &[f64]) -> Option<(f64, f64)> {
    let least = values.iter().copied().min_by(f64::total_cmp)?;
    let most = values.iter().copied().max_by(f64::total_cmp)?;
    Some((least, most))
}

/// Numbers that do not repeat.
fn noisy(sample: &Sample) -> Option<Found> {
    if sample.seconds.len() < 6 {
        return None;
    }
    let mut sorted = sample.seconds.clone();
    sorted.sort_by(f64::total_cmp);
    let center = median(&sorted);
    let half = sample.seconds.len() / 2;
    let side = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        median(&values)
    };
    let (first, second) = sample.seconds.split_at(half);
    let drift = side(second) / side(first) - 1.0;
    // Runs that fall into two groups move the medians too; a drift keeps the halves apart.
    let above = |b: &f64| first.iter().filter(|a| *a < b).count();
    let above: usize = second.iter().map(above).sum();
    let above = above as f64 / (first.len() * second.len()) as f64;
    let apart = !(0.1..=0.9).contains(&above);
    let spread = (sorted[sorted.len() * 3 / 4] - sorted[sorted.len() / 4]) / center;
    // The widest gap between neighbours against all the rest of the range.
    let gap = sorted
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .fold(0.0, f64::max);
    let range = sorted[sorted.len() - 1] - sorted[0];
    let two = gap > 0.6 * range
        && sorted[2..sorted.len() - 2]
            .windows(2)
            .any(|pair| (pair[1] - pair[0]).total_cmp(&gap).is_eq());
    if drift.abs() > 0.1 && apart {
        let what = format!(
            "drifts by {:+.0}% from the first half of the runs to the second",
            drift * 100.0
        );
        Some((
            what,
            "something heats up or fills up: compare with goperf bench ab, which cancels drift",
        ))
    } else if two && range > 0.1 * center {
        let what = "runs fall into two groups".to_owned();
        Some((
            what,
            "look for a choice made once per run (alignment, map order, frequency)",
        ))
    } else if spread > 0.1 {
        let what = format!("half of the runs spread over {:.0}%", spread * 100.0);
        Some((
            what,
            "close other programs, or compare with goperf bench ab",
        ))
    } else {
        None
    }
}

/// Numbers that are large.
fn costly(sample: &Sample) -> Option<Found> {
    let (bytes, allocs) = (sample.bytes?, sample.allocs?);
    if allocs >= 100.0 {
        let what = format!("{allocs:.0} allocations per operation");
        Some((
            what,
            "see goperf check with --bench for where they come from",
        ))
    } else if allocs > 0.0 && bytes / allocs >= 64.0 * 1024.0 {
        let what = format!(
            "{}B in each of {allocs:.0} allocations",
            scale(bytes / allocs, UnitClass::Binary)
        );
        Some((
            what,
            "reuse the large buffers, or see goperf check with --bench",
        ))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchfmt::read_all;

    fn remarks(lines: &[String]) -> String {
        let (results, problems) = read_all(lines.join("\n").as_bytes(), "f");
        assert!(problems.is_empty());
        let remarks: Vec<_> = diagnose(&results, &|_, _| None)
            .iter()
            .map(|remark| remark.what.clone())
            .collect();
        remarks.join("; ")
    }

    #[test]
    fn the_loop_explains_numbers_that_the_source_shows() {
        let said = |line: &str, source: Option<BenchmarkSource>| {
            let (results, _) = read_all(line.as_bytes(), "f");
            let remarks = diagnose(&results, &|_, name| source.filter(|_| name == "X"));
            remarks.first().map_or(String::new(), ToString::to_string)
        };
        let plain = BenchmarkSource {
            style: Some(LoopStyle::N),
            ..BenchmarkSource::default()
        };
        let drops = BenchmarkSource {
            drops_result: true,
            ..plain
        };
        let timer = BenchmarkSource {
            timer_in_loop: true,
            ..plain
        };
        let fast = "BenchmarkX-8 1000 0.3 ns/op";
        assert!(said(fast, Some(drops)).contains("the compiler removes it"));
        assert!(said(fast, Some(plain)).contains("the loop itself is measured"));
        assert!(said(fast, None).contains("check that the result is kept"));
        assert!(said("BenchmarkX-8 1000 900 ns/op", Some(timer)).contains("stops and starts"));
        assert_eq!(said("BenchmarkX-8 1000 900000 ns/op", Some(timer)), "");
        assert!(said("BenchmarkX-8 1 900000 ns/op", None).contains("N=1"));
    }

    #[test]
    fn a_profile_shows_what_binds() {
        use profile::{LabelSetId, Line};
        let said = |stacks: &[(&[&str], i64)]| {
            let mut profile =
                Profile::with_sample_types(&[("samples", "count"), ("cpu", "nanoseconds")]);
            for (at, (stack, value)) in stacks.iter().enumerate() {
                let mut locations = Vec::new();
                for (depth, name) in stack.iter().enumerate() {
                    let name = profile.strings.intern(name.as_bytes());
                    let function = profile.add_function(name, name, 1);
                    let (line, column) = (1, 0);
                    let line = Line {
                        function,
                        line,
                        column,
                    };
                    locations.push(profile.add_location((at * 9 + depth) as u64, None, &[line]));
                }
                profile
                    .samples
                    .push(&locations, &[value * 10, *value], LabelSetId::EMPTY);
            }
            diagnose_profile("X", &profile).map(|remark| remark.what)
        };
        let work: (&[&str], i64) = (&["p.F", "p.BenchmarkX"], 12);
        let collect: (&[&str], i64) = (&["runtime.scanobject", "runtime.gcBgMarkWorker"], 8);
        let other: (&[&str], i64) = (&["p.G"], 12);
        assert_eq!(
            said(&[work, collect]).unwrap(),
            "GC-bound: 40% of CPU time collects garbage"
        );
        assert_eq!(
            said(&[work]).unwrap(),
            "CPU-bound: 100% of CPU time is in p.F"
        );
        assert_eq!(said(&[work, other, (&["p.H"], 1)]), None);
        // Nine samples of 90 say nothing.
        assert_eq!(said(&[(&["p.F"], 9)]), None);
    }

    #[test]
    fn each_problem_has_its_sign() {
        let times = |times: &[u32]| -> Vec<String> {
            times
                .iter()
                .map(|time| format!("BenchmarkX 100 {time} ns/op 0 B/op 0 allocs/op"))
                .collect()
        };
        for (lines, want) in [
            (times(&[100, 101, 102, 100, 101, 102]), ""),
            (
                vec!["BenchmarkX 1000 0.3 ns/op".to_owned()],
                "0.3000ns per operation",
            ),
            (times(&[100, 101, 102, 150, 151, 152]), "drifts by +50%"),
            (
                times(&[100, 150, 101, 151, 100, 150]),
                "runs fall into two groups",
            ),
            (
                times(&[100, 120, 90, 110, 80, 130]),
                "half of the runs spread over",
            ),
            (
                vec!["BenchmarkX 10 5 ns/op 3 B/op 0 allocs/op".to_owned()],
                "bytes but no allocations",
            ),
            (
                vec!["BenchmarkX 10 5 ns/op 3 B/op 500 allocs/op".to_owned()],
                "500 allocations",
            ),
            (
                vec!["BenchmarkX 10 5 ns/op 200000 B/op 2 allocs/op".to_owned()],
                "97.66KiB in each of 2",
            ),
            (
                vec![
                    "BenchmarkX 10 100 ns/op".to_owned(),
                    "BenchmarkX 100 1000 ns/op".to_owned(),
                ],
                "time per operation depends",
            ),
        ] {
            let got = remarks(&lines);
            assert!(
                got.starts_with(want) && got.is_empty() == want.is_empty(),
                "{lines:?}: {got}"
            );
        }
    }
}
