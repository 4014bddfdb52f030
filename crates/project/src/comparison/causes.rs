//! The causes of changes: compiler decisions, allocation sites and CPU time, where they differ between
//! the sides.

use std::collections::BTreeSet;

use bench::ab::attribution::{self, FunctionChange, Spending};
use bench::ab::{Arm, Cause, Decision, Pair, Series, Verdict};
use bench::run::RunOptions;
use bench::unit::{UnitClass, scale};
use go_tool::TestBinary;

use super::edited::{Edited, LocalPackages, edited};
use super::reasons::{Direction, Reason, reasons};
use super::side::Side;
use super::{Comparison, Context};
use crate::events::Event;

/// The number of benchmarks that are profiled.
const PROFILED: usize = 5;
/// The number of causes of one kind for one benchmark.
const MAX_TEXTS: usize = 3;
/// For a CPU profile, in seconds.
const PROFILE_SECONDS: f64 = 1.0;
/// A function with less than this share of the time is not mentioned.
const HOT: f64 = 0.05;

/// The profiles of one changed benchmark, on both sides.
struct Evidence<'a> {
    series: &'a Series,
    cpu: Option<[Spending; 2]>,
    allocs: Option<[Spending; 2]>,
}

/// The causes of the changes, as far as they are found, and a note on what was not looked into. A change
/// without a cause is not an error.
pub(super) fn causes(
    ctx: &Context<'_>,
    pairs: &[Pair],
    comparison: &Comparison,
    sides: [&Side; 2],
    local: &[LocalPackages; 2],
) -> (Vec<Cause>, Option<String>) {
    let Comparison {
        series, verdicts, ..
    } = comparison;
    let changed = |own: &&Series| {
        verdicts.iter().any(|verdict| {
            matches!(verdict.decision, Decision::Lower | Decision::Higher)
                && verdict.package == own.package
                && verdict.name == own.name
        })
    };
    let changed: Vec<&Series> = series.iter().filter(changed).collect();
    let packages: BTreeSet<&str> = changed.iter().map(|own| own.package.as_str()).collect();
    (ctx.events)(Event::Begin {
        stage: "explaining",
        total: changed.len().min(PROFILED),
    });
    let mut evidence = Vec::new();
    let edited = if changed.is_empty() {
        Edited::default()
    } else {
        edited(ctx, [&local[0], &local[1]])
    };
    for own in changed.iter().take(PROFILED) {
        if let Some(pair) = pairs.iter().find(|pair| pair.package == own.package) {
            evidence.push(gather(pair, own, &edited, ctx));
        }
        (ctx.events)(Event::Step { what: &own.name });
    }
    let reasons = compiler_reasons(&packages, &evidence, sides, ctx);
    let mut causes = Vec::new();
    for evidence in &evidence {
        let texts = texts_of(evidence, verdicts, &reasons);
        causes.extend(texts.into_iter().map(|text| Cause {
            package: evidence.series.package.clone(),
            benchmark: evidence.series.name.clone(),
            text,
        }));
    }
    for package in packages {
        let told = causes.iter().any(|cause| cause.package == package);
        let own = reasons
            .iter()
            .filter(|reason| !told && reason.package == package);
        causes.extend(own.take(2 * MAX_TEXTS).map(|reason| Cause {
            package: package.to_owned(),
            benchmark: String::new(),
            text: format!("{}: {}", reason.function, reason.text),
        }));
    }
    let note = (changed.len() > PROFILED).then(|| {
        format!(
            "causes were looked for in {PROFILED} of {} changed benchmarks",
            changed.len()
        )
    });
    (causes, note)
}

/// Profiles both sides over the same number of operations.
fn gather<'a>(pair: &Pair, series: &'a Series, edited: &Edited, ctx: &Context<'_>) -> Evidence<'a> {
    let mut evidence = Evidence {
        series,
        cpu: None,
        allocs: None,
    };
    let center = |unit: &str| {
        let of = |arm| series.center(arm, unit);
        of(Arm::Old)
            .zip(of(Arm::New))
            .map(|(old, new)| old.max(new))
    };
    let (Some(old), Some(new)) = (pair.old.first(), pair.new.first()) else {
        return evidence;
    };
    let seconds = center("sec/op").unwrap_or_default();
    let both = |operations: f64, sample_type: &str, options: &RunOptions| {
        let what = Wanted {
            operations,
            sample_type,
            edited,
        };
        let side = |binary| profile(binary, series, &what, options, ctx);
        Some([side(old)?, side(new)?])
    };
    if seconds > 0.0 {
        let options = RunOptions {
            cpu_profile: true,
            ..RunOptions::default()
        };
        let operations = (PROFILE_SECONDS / seconds).round().clamp(1.0, 1e9);
        evidence.cpu = both(operations, "cpu", &options);
    }
    if let Some(allocs) = center("allocs/op").filter(|allocs| *allocs > 0.0) {
        let options = RunOptions {
            mem_profile: true,
            // Every one of them.
            memprofilerate: Some(1),
            ..RunOptions::default()
        };
        let affordable = (0.2 / seconds.max(1e-9)).min(2e5 / allocs);
        let operations = affordable.round().clamp(10.0, 1e6);
        evidence.allocs = both(operations, "alloc_objects", &options);
    }
    evidence
}

/// What a profile is taken for.
struct Wanted<'a> {
    operations: f64,
    sample_type: &'a str,
    edited: &'a Edited,
}

/// One side's profile; `None` if the benchmark does not run with it.
fn profile(
    binary: &TestBinary,
    series: &Series,
    wanted: &Wanted<'_>,
    options: &RunOptions,
    ctx: &Context<'_>,
) -> Option<Spending> {
    let options = RunOptions {
        bench: bench::ab::exactly(&series.name),
        benchtime: Some(format!("{}x", wanted.operations)),
        timeout: Some(std::time::Duration::from_mins(2)),
        ..options.clone()
    };
    let binaries = std::slice::from_ref(binary);
    let runs = bench::run::run(ctx.system, ctx.cancel, binaries, &options, &mut |_| {});
    let run = runs.ok()?.into_iter().next()?;
    let bytes = run.cpu_profile.or(run.mem_profile)?;
    let profile = profile::decode(&bytes, &profile::Limits::default()).ok()?;
    // The testing package runs one operation first.
    let is_edited = |symbol: &str| {
        let (package, function) = declared(symbol);
        wanted.edited.contains(package, &function)
    };
    attribution::spending(
        &profile,
        wanted.sample_type,
        wanted.operations + 1.0,
        &is_edited,
    )
}

/// What the compiler decides otherwise in the packages of the benchmarks and of what they spend in.
fn compiler_reasons(
    packages: &BTreeSet<&str>,
    evidence: &[Evidence<'_>],
    sides: [&Side; 2],
    ctx: &Context<'_>,
) -> Vec<Reason> {
    let mut patterns: BTreeSet<String> = packages.iter().map(|&path| path.to_owned()).collect();
    let spent = (evidence.iter()).flat_map(|evidence| evidence.cpu.iter().chain(&evidence.allocs));
    for function in spent.flatten().flat_map(|side| side.functions.keys()) {
        let (package, _) = declared(function);
        // Packages outside of the project are the same on both sides, unless flags say otherwise.
        let root = |path: &str| path.split('/').next().map(str::to_owned);
        let near = packages.iter().any(|own| root(own) == root(package));
        let patched = sides.iter().any(|side| !side.flags.is_empty());
        if (near || patched) && !package.is_empty() && !package.ends_with("_test") {
            patterns.insert(package.to_owned());
        }
    }
    let patterns: Vec<String> = patterns.into_iter().collect();
    reasons(ctx, sides, &patterns)
}

/// The causes of one benchmark's change, as text.
fn texts_of(evidence: &Evidence<'_>, verdicts: &[Verdict], reasons: &[Reason]) -> Vec<String> {
    let own = |unit: &str| {
        verdicts.iter().find(|verdict| {
            verdict.unit == unit
                && verdict.package == evidence.series.package
                && verdict.name == evidence.series.name
                && matches!(verdict.decision, Decision::Lower | Decision::Higher)
        })
    };
    let mut texts = Vec::new();
    let mut used: BTreeSet<usize> = BTreeSet::new();
    let of_memory = own("allocs/op").or_else(|| own("B/op"));
    if let (Some(verdict), Some([old, new])) = (of_memory, &evidence.allocs) {
        let threshold = (0.01 * old.total.max(new.total)).max(0.5);
        let changes = attribution::changes(old, new);
        let changes = changes
            .iter()
            .filter(|change| change.difference().abs() >= threshold);
        for change in changes.take(MAX_TEXTS) {
            texts.push(allocation(verdict, change, [old, new], reasons, &mut used));
        }
    }
    match (own("sec/op"), &evidence.cpu) {
        (Some(_), Some([old, new])) => texts.push(match attribution::culprit(old, new) {
            Some(change) => time(&change, [old, new]),
            None => spread(old, new),
        }),
        (Some(_), None) => texts.push("no CPU profile could be taken".to_owned()),
        (None, _) => {}
    }
    let spent = evidence.cpu.iter().chain(&evidence.allocs).flatten();
    let hot: BTreeSet<(&str, String)> = spent
        .flat_map(|side| {
            let hot = move |value: f64| value >= HOT * side.total;
            (side.functions.iter()).filter(move |(_, spent)| hot(spent.value))
        })
        .map(|(name, _)| declared(name))
        .collect();
    // Fewer allocations are not explained by what is now on the heap, nor more by what no longer is.
    let against = of_memory.map(|verdict| match verdict.decision {
        Decision::Lower => Direction::NowEscapes,
        _ => Direction::NoLongerEscapes,
    });
    let others = (reasons.iter().enumerate()).filter(|(at, reason)| {
        !used.contains(at)
            && Some(reason.direction) != against
            && hot.contains(&(reason.package.as_str(), reason.function.clone()))
    });
    texts.extend(
        others
            .take(MAX_TEXTS)
            .map(|(_, reason)| format!("{}: {}", reason.function, reason.text)),
    );
    texts
}

/// `allocs/op 0 → 1: …`, with the compiler's reason if it has one.
fn allocation(
    verdict: &Verdict,
    change: &FunctionChange,
    [old, new]: [&Spending; 2],
    reasons: &[Reason],
    used: &mut BTreeSet<usize>,
) -> String {
    let class = bench::unit::class_of(&verdict.unit);
    let [before, after] = [verdict.change.old, verdict.change.new].map(|value| match value {
        small if small.fract() == 0.0 && small < 1000.0 => format!("{small}"),
        _ => scale(value, class),
    });
    let grows = change.difference() > 0.0;
    let (more, less) = if grows { (new, old) } else { (old, new) };
    let site = site(change, more, less);
    let (package, function) = declared(&change.function);
    let wanted = if grows {
        Direction::NowEscapes
    } else {
        Direction::NoLongerEscapes
    };
    let reason = (reasons.iter().enumerate())
        .filter(|(_, reason)| reason.direction == wanted && reason.package == package)
        .filter(|(_, reason)| {
            let here = site.as_ref().zip(reason.place.as_ref());
            let here = here.is_some_and(|((file, line), (other, at))| {
                file == other && *line == i64::from(*at)
            });
            here || reason.function == function
        })
        .max_by_key(|(_, reason)| {
            reason.place.as_ref().map(|(file, line)| {
                site.as_ref()
                    .is_some_and(|(own, at)| own == file && *at == i64::from(*line))
            })
        });
    let head = format!("{} {before} → {after}", verdict.unit);
    if let Some((at, reason)) = reason {
        used.insert(at);
        return format!("{head}: {}, in {}", reason.text, change.function);
    }
    let place = site.map_or_else(String::new, |(file, line)| format!(" at {file}:{line}"));
    let word = if grows { "more" } else { "fewer" };
    // Profiled operations allocate a little besides, so shares are shown, not numbers.
    let share = change.difference() / (new.total - old.total);
    let part = if share >= 0.9 {
        String::new()
    } else {
        format!(" {:.0}% of it", 100.0 * share.max(0.0))
    };
    format!("{head}: {word} in {}{place}{part}", change.function)
}

/// The line that allocates on one side and has no counterpart on the other. Lines move between
/// revisions, so counterparts are identified by what they allocate.
fn site(change: &FunctionChange, more: &Spending, less: &Spending) -> Option<(String, i64)> {
    let lines = &more.functions.get(&change.function)?.lines;
    let mut others: Vec<f64> = (less.functions.get(&change.function))
        .map_or_else(Vec::new, |spent| spent.lines.values().copied().collect());
    let unmatched = lines.iter().filter(|(_, value)| {
        let same = |other: &f64| (other - **value).abs() < 0.1 * **value;
        let at = others.iter().position(same);
        at.map(|at| others.remove(at)).is_none()
    });
    let largest = unmatched.max_by(|a, b| a.1.total_cmp(b.1));
    largest.map(|(place, _)| place.clone())
}

/// `most of the change in time is in F: 12ns → 50ns (+317%)`.
fn time(change: &FunctionChange, [old, new]: [&Spending; 2]) -> String {
    let nanoseconds = |value: f64| scale(value / 1e9, UnitClass::Decimal) + "s";
    let below = |side: &Spending| {
        side.functions
            .get(&change.function)
            .map_or_else(Default::default, |spent| spent.below.clone())
    };
    let (before, after) = (below(old), below(new));
    let grown = (before.keys().chain(after.keys())).map(|callee| {
        let value = |side: &std::collections::BTreeMap<String, f64>| side.get(callee).copied();
        let grown = value(&after).unwrap_or_default() - value(&before).unwrap_or_default();
        (callee, grown)
    });
    let main = grown.max_by(|a, b| {
        (a.1 * change.difference().signum()).total_cmp(&(b.1 * change.difference().signum()))
    });
    let main =
        main.filter(|(callee, grown)| !callee.is_empty() && grown / change.difference() >= 0.5);
    let under = main.map_or_else(String::new, |(callee, _)| format!(", under {callee}"));
    let percent = if change.old > 0.0 {
        format!(" ({:+.0}%)", 100.0 * change.difference() / change.old)
    } else {
        String::new()
    };
    format!(
        "most of the change in time is in {}{under}: {} → {} per operation{percent}",
        change.function,
        nanoseconds(change.old),
        nanoseconds(change.new)
    )
}

/// Where the search for one function ended.
fn spread(old: &Spending, new: &Spending) -> String {
    let total = new.total - old.total;
    let changes = attribution::changes(old, new);
    let largest = changes
        .iter()
        .find(|change| change.difference() * total > 0.0);
    match largest {
        Some(change) => format!(
            "no function holds half of the change in time; the largest part is in {}: {:+.0}% of it",
            change.function,
            100.0 * change.difference() / total
        ),
        None => "no function holds half of the change in time".to_owned(),
    }
}

/// Package and declared function of a symbol: closures and instances count as their function.
fn declared(symbol: &str) -> (&str, String) {
    let (package, function) = profile::split_symbol(symbol);
    if package.is_empty() {
        return (symbol, String::new());
    }
    let mut plain = match (function.find('['), function.rfind(']')) {
        (Some(open), Some(close)) if open < close => {
            format!("{}{}", &function[..open], &function[close + 1..])
        }
        _ => function.to_owned(),
    };
    for mark in [".func", ".gowrap", ".deferwrap", "-range", "-fm"] {
        if let Some(at) = plain.find(mark) {
            plain.truncate(at);
        }
    }
    (package, plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closures_and_instances_belong_to_their_function() {
        for (symbol, package, function) in [
            ("strings.Map", "strings", "Map"),
            (
                "example.com/m/p.(*T).Get.func1.2",
                "example.com/m/p",
                "(*T).Get",
            ),
            ("m/p.Sort[go.shape.int]", "m/p", "Sort"),
            ("m/p.(*List[example.com/x.T]).Add", "m/p", "(*List).Add"),
            ("memeqbody", "memeqbody", ""),
        ] {
            assert_eq!(declared(symbol), (package, function.to_owned()), "{symbol}");
        }
    }

    #[test]
    fn the_site_is_the_line_without_counterpart() {
        let spent = |lines: &[(i64, f64)]| {
            let mut spending = Spending::default();
            let own = spending.functions.entry("p.F".to_owned()).or_default();
            for &(line, value) in lines {
                own.lines.insert(("f.go".to_owned(), line), value);
            }
            spending
        };
        let change = FunctionChange {
            function: "p.F".to_owned(),
            old: 2.0,
            new: 3.0,
        };
        let found = site(
            &change,
            &spent(&[(12, 2.0), (15, 1.0)]),
            &spent(&[(10, 2.0)]),
        );
        assert_eq!(found, Some(("f.go".to_owned(), 15)));
    }
}
