//! Where a benchmark's time and allocations are spent, by function, and what differs between two sides.
//!
//! A sample counts for its *own* function: from the leaf on, the first one whose source was edited; else
//! the first one that is not part of the runtime. So the time of small functions, inlined or not, counts
//! for the edited function that calls them. What the runtime does without a caller (collecting garbage)
//! stands under its own name, and what the testing package does for itself is left out.

use std::collections::BTreeMap;

use profile::Profile;

/// What a benchmark spends per operation, by own function.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Spending {
    pub functions: BTreeMap<String, Spent>,
    /// Of all functions.
    pub total: f64,
    /// The number of the profiler's events.
    pub events: f64,
}

/// What one function spends per operation.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Spent {
    pub value: f64,
    /// By file (its base name) and line.
    pub lines: BTreeMap<(String, i64), f64>,
    /// By the function it called, of the runtime or, below an edited function, any; empty for itself.
    pub below: BTreeMap<String, f64>,
}

/// How a function's spending differs.
#[derive(Clone, PartialEq, Debug)]
pub struct FunctionChange {
    pub function: String,
    pub old: f64,
    pub new: f64,
}

impl FunctionChange {
    pub fn difference(&self) -> f64 {
        self.new - self.old
    }
}

/// Reads a profile of `operations` operations; `is_edited` says of a symbol whether its source differs
/// between the sides. `None` if the profile has no such values.
pub fn spending(
    profile: &Profile,
    sample_type: &str,
    operations: f64,
    is_edited: &dyn Fn(&str) -> bool,
) -> Option<Spending> {
    let index = profile.sample_index(sample_type)?;
    let mut spending = Spending::default();
    for sample in profile.samples.ids() {
        let values = profile.samples.values(sample);
        let Some(&value) = values.get(index) else {
            continue;
        };
        let Some((own, below, place)) = own_function(profile, sample, is_edited) else {
            continue;
        };
        let value = value as f64 / operations;
        spending.events += values.first().map_or(0.0, |count| *count as f64);
        spending.total += value;
        let spent = spending.functions.entry(own).or_default();
        spent.value += value;
        *spent.lines.entry(place).or_default() += value;
        *spent.below.entry(below).or_default() += value;
    }
    Some(spending)
}

type Place = (String, i64);

/// The own function, the function below it, and the own line. `None` for the harness.
fn own_function(
    profile: &Profile,
    sample: profile::SampleId,
    is_edited: &dyn Fn(&str) -> bool,
) -> Option<(String, String, Place)> {
    let (mut leaf, mut last, mut own) = (None, None, None);
    for frame in profile.frames(sample) {
        let name = profile.function_name(frame.function).into_owned();
        if name.starts_with("testing.") {
            break;
        }
        let file = profile.function_file(frame.function).into_owned();
        let base = file.rsplit(['/', '\\']).next().unwrap_or_default();
        let place = (base.to_owned(), frame.line);
        if is_edited(&name) {
            let below = own.map(|(own, _, _)| own).or(leaf);
            return Some((name, below.unwrap_or_default(), place));
        }
        if own.is_some() {
            continue;
        }
        if is_runtime(&name) {
            leaf = leaf.or_else(|| Some(name.clone()));
            last = Some((name, place));
        } else {
            own = Some((name, leaf.clone().unwrap_or_default(), place));
        }
    }
    let harness = || {
        let mut frames = profile.frames(sample);
        frames.any(|frame| {
            profile
                .function_name(frame.function)
                .starts_with("testing.")
        })
    };
    match own {
        Some(own) => Some(own),
        // Without a caller of ours: the root says what it is for.
        None if !harness() => last.map(|(root, place)| (root, leaf.unwrap_or_default(), place)),
        None => None,
    }
}

fn is_runtime(function: &str) -> bool {
    ["runtime.", "runtime/", "internal/runtime/", "internal/bytealg.", "internal/abi.", "gcWriteBarrier"]
        .iter()
        .any(|prefix| function.starts_with(prefix))
        // Assembly without a package, such as `memeqbody`.
        || !function.contains('.')
}

/// The functions whose spending differs, the largest difference first.
pub fn changes(old: &Spending, new: &Spending) -> Vec<FunctionChange> {
    let value = |side: &Spending, function: &str| {
        side.functions
            .get(function)
            .map_or(0.0, |spent| spent.value)
    };
    let mut names: Vec<&String> = old.functions.keys().chain(new.functions.keys()).collect();
    names.sort();
    names.dedup();
    let mut changes: Vec<FunctionChange> = (names.into_iter())
        .map(|name| FunctionChange {
            function: name.clone(),
            old: value(old, name),
            new: value(new, name),
        })
        .collect();
    changes.sort_by(|a, b| {
        (b.difference().abs().total_cmp(&a.difference().abs())).then(a.function.cmp(&b.function))
    });
    changes
}

/// The function in which most of a change in time lies: at least half of it, in the same direction, and
/// more than chance explains (events of a profiler come as they please, so their number varies with its
/// root).
pub fn culprit(old: &Spending, new: &Spending) -> Option<FunctionChange> {
    let total = new.total - old.total;
    let first = changes(old, new)
        .into_iter()
        .find(|change| change.difference() * total > 0.0)?;
    let share =
        |value: f64, side: &Spending| value / side.total.max(f64::MIN_POSITIVE) * side.events;
    let events = share(first.old, old) + share(first.new, new);
    let per_event = (old.total + new.total) / (old.events + new.events).max(1.0);
    let chance = 3.0 * events.sqrt() * per_event;
    let enough = first.difference().abs() >= 0.5 * total.abs() && first.difference().abs() > chance;
    enough.then_some(first)
}

#[cfg(test)]
mod tests {
    use profile::{LabelSetId, Line};

    use super::*;

    /// Stacks from the leaf, separated by blanks, each function on line 7, with a number of events.
    fn spent(stacks: &[(&str, i64)]) -> Spending {
        let mut profile =
            Profile::with_sample_types(&[("samples", "count"), ("cpu", "nanoseconds")]);
        for (at, (stack, events)) in stacks.iter().enumerate() {
            let locations: Vec<_> = (stack.split(' ').enumerate())
                .map(|(depth, name)| {
                    let name = profile.strings.intern(name.as_bytes());
                    let file = profile.strings.intern(b"example.com/m/f.go");
                    let function = profile.add_function(name, file, 1);
                    let line = Line {
                        function,
                        line: 7,
                        column: 0,
                    };
                    profile.add_location((at * 100 + depth) as u64, None, &[line])
                })
                .collect();
            profile
                .samples
                .push(&locations, &[*events, events * 10], LabelSetId::EMPTY);
        }
        spending(&profile, "cpu", 10.0, &|symbol| symbol.contains("Edited")).unwrap()
    }

    #[test]
    fn time_is_spent_by_the_first_function_that_is_no_runtime() {
        let spending = spent(&[
            ("runtime.mallocgc m.F m.G testing.(*B).runN", 5),
            ("m.F m.G testing.(*B).runN", 3),
            ("memeqbody m.G testing.(*B).runN", 2),
            ("runtime.scanobject runtime.gcBgMarkWorker", 4),
            ("runtime.gcStart testing.(*B).runN", 9),
        ]);
        let all: Vec<_> = (spending.functions.iter())
            .map(|(name, spent)| format!("{name} {} {:?}", spent.value, spent.below))
            .collect();
        insta::assert_snapshot!(all.join("\n"), @r#"
        m.F 8 {"": 3.0, "runtime.mallocgc": 5.0}
        m.G 2 {"memeqbody": 2.0}
        runtime.gcBgMarkWorker 4 {"runtime.scanobject": 4.0}
        "#);
        assert!(spending.total > 13.9 && spending.events > 13.9);
        let place = ("f.go".to_owned(), 7);
        assert!(spending.functions["m.F"].lines[&place] > 7.9);
    }

    #[test]
    fn an_edited_function_comes_before_its_leaf() {
        let spending = spent(&[
            (
                "runtime.memmove strings.Map m.Edited m.G testing.(*B).runN",
                5,
            ),
            ("m.leaf m.Edited m.G testing.(*B).runN", 3),
            ("m.leaf m.G testing.(*B).runN", 2),
        ]);
        let all: Vec<_> = (spending.functions.iter())
            .map(|(name, spent)| format!("{name} {} {:?}", spent.value, spent.below))
            .collect();
        insta::assert_snapshot!(all.join("\n"), @r#"
        m.Edited 8 {"m.leaf": 3.0, "strings.Map": 5.0}
        m.leaf 2 {"": 2.0}
        "#);
    }

    #[test]
    fn the_culprit_holds_most_of_the_change() {
        let old = spent(&[("m.F testing.run", 100), ("m.G testing.run", 50)]);
        let much = spent(&[("m.F testing.run", 200), ("m.G testing.run", 55)]);
        let culprit = |new: &Spending| culprit(&old, new).map(|change| change.function);
        assert_eq!(culprit(&much).as_deref(), Some("m.F"));
        let little = spent(&[("m.F testing.run", 104), ("m.G testing.run", 50)]);
        assert_eq!(culprit(&little), None, "four events are chance");
    }
}
