//! Leaks that are accepted: ignored by name with a reason, or known from an earlier run.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::assess::TestLeak;

/// What of a goroutine an entry names. The first three are goleak's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IgnoreKind {
    /// The innermost function.
    TopFunction,
    /// Any function of the stack.
    AnyFunction,
    /// Any function of a package.
    AnyContainingPkg,
    /// The function whose `go` statement started it.
    CreatedBy,
    /// The test that is blamed.
    Test,
}

const KINDS: &[(&str, IgnoreKind)] = &[
    ("IgnoreTopFunction", IgnoreKind::TopFunction),
    ("IgnoreAnyFunction", IgnoreKind::AnyFunction),
    ("IgnoreAnyContainingPkg", IgnoreKind::AnyContainingPkg),
    ("top", IgnoreKind::TopFunction),
    ("any", IgnoreKind::AnyFunction),
    ("package", IgnoreKind::AnyContainingPkg),
    ("created-by", IgnoreKind::CreatedBy),
    ("test", IgnoreKind::Test),
];

/// One entry of an ignore list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignore {
    pub kind: IgnoreKind,
    pub name: String,
    /// Why; empty if the list does not say.
    pub reason: String,
    /// From 1; 0 for an entry of the command line.
    pub line: usize,
}

/// Why an entry of a list of known goroutines is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum IgnoreError {
    #[error("`{0}` is not a kind of entry: top, any, package, created-by and test are")]
    Kind(String),
    #[error("an entry names nothing")]
    Empty,
}

impl Ignore {
    /// `any net/http.(*persistConn).readLoop # reason`; without a kind it is `any`. goleak's
    /// spelling `IgnoreTopFunction("f")` is read too. `None` for an empty line or a comment.
    pub fn parse(text: &str, line: usize) -> Result<Option<Self>, IgnoreError> {
        let (entry, reason) = text.split_once('#').unwrap_or((text, ""));
        let entry = entry.trim();
        if entry.is_empty() {
            return Ok(None);
        }
        let entry = entry.strip_prefix("goleak.").unwrap_or(entry);
        let called = entry
            .split_once("(\"")
            .and_then(|(kind, rest)| Some((kind, rest.strip_suffix("\")")?)));
        let (kind, name) = match called.or_else(|| entry.split_once(char::is_whitespace)) {
            Some((kind, name)) => {
                let known = KINDS.iter().find(|(word, _)| *word == kind);
                (
                    known.ok_or_else(|| IgnoreError::Kind(kind.to_owned()))?.1,
                    name.trim(),
                )
            }
            None => (IgnoreKind::AnyFunction, entry),
        };
        if name.is_empty() {
            return Err(IgnoreError::Empty);
        }
        Ok(Some(Self {
            kind,
            name: name.to_owned(),
            reason: reason.trim().to_owned(),
            line,
        }))
    }

    fn matches(&self, leak: &TestLeak) -> bool {
        let frames = &leak.group.frames;
        let any = |what: &dyn Fn(&str) -> bool| frames.iter().any(|frame| what(&frame.function));
        match self.kind {
            IgnoreKind::TopFunction => frames
                .first()
                .is_some_and(|frame| frame.function == self.name),
            IgnoreKind::AnyFunction => any(&|function| function == self.name),
            IgnoreKind::AnyContainingPkg => {
                any(&|function| crate::frames::package(function) == self.name)
            }
            IgnoreKind::CreatedBy => {
                (leak.group.created_by.as_ref()).is_some_and(|by| by.frame.function == self.name)
            }
            IgnoreKind::Test => leak.test.as_ref() == Some(&self.name),
        }
    }
}

/// A list of entries that knows which of them were of use.
#[derive(Debug, Default)]
pub struct Ignores {
    entries: Vec<(Ignore, u64)>,
}

impl Ignores {
    pub fn new(entries: Vec<Ignore>) -> Self {
        Self {
            entries: entries.into_iter().map(|entry| (entry, 0)).collect(),
        }
    }

    /// Takes out what an entry names.
    pub fn apply(&mut self, leaks: &mut Vec<TestLeak>) {
        leaks.retain(|leak| {
            let Some((_, used)) = self
                .entries
                .iter_mut()
                .find(|(entry, _)| entry.matches(leak))
            else {
                return true;
            };
            *used += leak.group.count;
            false
        });
    }

    /// Entries that have hidden nothing.
    pub fn unused(&self) -> impl Iterator<Item = &Ignore> {
        self.entries
            .iter()
            .filter(|(_, used)| *used == 0)
            .map(|(entry, _)| entry)
    }

    /// Goroutines that entries have hidden.
    pub fn ignored(&self) -> u64 {
        self.entries.iter().map(|(_, used)| used).sum()
    }
}

/// Leaks of an earlier run, by package and place: tests and lines may change.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// How many goroutines each place may leave behind.
    counts: BTreeMap<String, u64>,
}

impl Baseline {
    /// Counts the goroutines of these leaks by place.
    pub fn of(leaks: &[TestLeak]) -> Self {
        let mut counts = BTreeMap::new();
        for leak in leaks {
            *counts.entry(place(leak)).or_default() += leak.group.count;
        }
        Self { counts }
    }

    /// `Err` says why `text` is not a baseline.
    pub fn parse(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let leaks = value
            .get("leaks")
            .and_then(Value::as_object)
            .ok_or("it has no `leaks`")?;
        let counts = leaks.iter().map(|(place, count)| {
            let count = count
                .as_u64()
                .ok_or_else(|| format!("the count of `{place}` is not a number"))?;
            Ok::<_, String>((place.clone(), count))
        });
        Ok(Self {
            counts: counts.collect::<Result<_, _>>()?,
        })
    }

    pub fn to_json(&self) -> String {
        format!("{:#}\n", json!({"leaks": self.counts}))
    }

    /// Takes out what is no worse than before. Gives the places that are gone, for the list to
    /// be cleaned up.
    pub fn apply(&self, leaks: &mut Vec<TestLeak>) -> Vec<String> {
        let now = Self::of(leaks).counts;
        let allowed = |place: &String| self.counts.get(place).copied().unwrap_or(0);
        leaks.retain(|leak| {
            let place = place(leak);
            now.get(&place).copied().unwrap_or(0) > allowed(&place)
        });
        self.counts
            .keys()
            .filter(|place| !now.contains_key(*place))
            .cloned()
            .collect()
    }
}

fn place(leak: &TestLeak) -> String {
    let group = &leak.group;
    let function = group
        .place()
        .map(|frame| frame.function.as_ref())
        .unwrap_or_default();
    let by = group
        .created_by
        .as_ref()
        .map(|by| by.frame.function.as_ref())
        .unwrap_or_default();
    format!(
        "{}: {} in {function}, created by {by}",
        leak.package, group.state
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Record, assess};

    fn leaks() -> Vec<TestLeak> {
        let dump = "goroutine 20 [select]:\nruntime.x()\n\tp.go:1\nex.com/p.a()\n\tp.go:1\ncreated by ex.com/p.TestA in goroutine 7\n\tp.go:9\n\n\
            goroutine 21 [sleep]:\nex.com/p.b()\n\tp.go:1\ncreated by ex.com/p.TestB in goroutine 8\n\tp.go:9\n\n";
        let (dump, _) = profile::goroutine::parse(dump.as_bytes());
        let record = Record {
            package: "ex.com/p".into(),
            goroutines: dump.goroutines,
            ..Record::default()
        };
        assess(&record).leaks
    }

    #[test]
    fn entries_of_every_kind_match() {
        let cases = [
            ("any ex.com/p.a # a worker", 1),
            ("ex.com/p.a", 1),
            ("IgnoreTopFunction(\"ex.com/p.a\")", 2),
            ("goleak.IgnoreTopFunction(\"runtime.x\")", 1),
            ("package ex.com/p", 0),
            ("created-by ex.com/p.TestB", 1),
            ("test TestA", 1),
            ("test TestC", 2),
        ];
        for (text, left) in cases {
            let mut leaks = leaks();
            let mut ignores = Ignores::new(vec![Ignore::parse(text, 1).unwrap().unwrap()]);
            ignores.apply(&mut leaks);
            assert_eq!(leaks.len(), left, "{text}");
            assert_eq!(ignores.unused().count(), usize::from(left == 2), "{text}");
        }
        assert_eq!(Ignore::parse("  # only a comment", 1), Ok(None));
        assert_eq!(
            Ignore::parse("none f", 1),
            Err(IgnoreError::Kind("none".into()))
        );
    }

    #[test]
    fn a_baseline_lets_known_leaks_pass_and_names_those_that_are_gone() {
        let all = Baseline::of(&leaks());
        let baseline = Baseline::parse(&all.to_json()).unwrap();
        assert_eq!(baseline, all);
        let mut now = leaks();
        assert!(baseline.apply(&mut now).is_empty() && now.is_empty());
        let mut fewer = leaks();
        fewer.pop();
        assert_eq!(baseline.apply(&mut fewer).len(), 1);
        let mut more = leaks();
        more[0].group.count += 1;
        baseline.apply(&mut more);
        assert_eq!(more.len(), 1);
        assert!(Baseline::parse("{}").is_err());
    }
}
