//! Which test started a goroutine.

use std::collections::BTreeMap;

use profile::goroutine::{Frame, Goroutine};

use super::record::Record;
use crate::frames::Ownership;

/// Key of the label that carries a test's full name.
const LABEL: &str = "goperf.test";

/// The ways back from a goroutine to its test, in the order they are tried:
/// its label; a test's own goroutine; its parent's and ancestors' ids; labels of goroutines with
/// the same stack (before go1.26 a header has no labels); a test function in its stacks.
pub(super) struct Blame<'r> {
    record: &'r Record,
    ownership: &'r Ownership,
    by_id: BTreeMap<u64, &'r Goroutine<'static>>,
    /// Test names by stack, each with how many goroutines; an empty name is none.
    by_stack: BTreeMap<Vec<(&'r str, u32)>, BTreeMap<&'r str, u64>>,
}

/// Longer chains of parents do not occur; a cycle in a damaged dump would.
const MAX_DEPTH: usize = 64;

impl<'r> Blame<'r> {
    pub(super) fn new(record: &'r Record, ownership: &'r Ownership) -> Self {
        let by_id = record.goroutines.iter().map(|it| (it.id, it)).collect();
        let mut by_stack: BTreeMap<_, BTreeMap<&str, u64>> = BTreeMap::new();
        for stack in &record.stacks {
            let name = label(&stack.labels).unwrap_or_default();
            let names = by_stack.entry(shape(&stack.frames)).or_default();
            *names.entry(name).or_default() += stack.count;
        }
        Self {
            record,
            ownership,
            by_id,
            by_stack,
        }
    }

    /// The full name of the test; `None` if no way leads to one.
    pub(super) fn test(&self, goroutine: &'r Goroutine<'static>) -> Option<&'r str> {
        self.through_ids(goroutine, 0)
            .or_else(|| self.through_stack(goroutine))
            .or_else(|| self.through_names(goroutine))
    }

    fn through_ids(&self, goroutine: &'r Goroutine<'static>, depth: usize) -> Option<&'r str> {
        let tests = &self.record.tests;
        if let Some(name) = label(&goroutine.labels) {
            return Some(name);
        }
        // The main goroutine runs one example after the other: its id says nothing.
        let of_id = |id: u64| tests.get(&id).filter(|_| id != self.record.main);
        if let Some(name) = of_id(goroutine.id) {
            return Some(name);
        }
        let parent = goroutine.created_by.as_ref().and_then(|by| by.parent);
        if let Some(name) = parent.and_then(of_id) {
            return Some(name);
        }
        let living = parent
            .and_then(|id| self.by_id.get(&id))
            .filter(|_| depth < MAX_DEPTH);
        living
            .and_then(|parent| self.through_ids(parent, depth + 1))
            .or_else(|| {
                let mut ids = goroutine.ancestors.iter().map(|ancestor| ancestor.id);
                ids.find_map(of_id).map(String::as_str)
            })
    }

    /// The label that all goroutines with this stack share.
    fn through_stack(&self, goroutine: &Goroutine<'_>) -> Option<&'r str> {
        let names = self.by_stack.get(&shape(&goroutine.frames))?;
        let mut named = names.keys().filter(|name| !name.is_empty());
        match (named.next(), named.next()) {
            (Some(name), None) => Some(name),
            _ => None,
        }
    }

    fn through_names(&self, goroutine: &'r Goroutine<'static>) -> Option<&'r str> {
        let created = goroutine.created_by.iter().map(|by| &by.frame);
        let ancestors = goroutine.ancestors.iter().flat_map(|it| &it.frames);
        let mut frames = created.chain(&goroutine.frames).chain(ancestors);
        frames.find_map(|frame| self.test_function(frame))
    }

    /// `TestX` of `a/b_test.TestX.func1`, if the package is the one under test.
    fn test_function<'f>(&self, frame: &'f Frame<'static>) -> Option<&'f str> {
        if !self.ownership.is_own(&frame.function) {
            return None;
        }
        let package = crate::frames::package(&frame.function);
        let name = frame.function.get(package.len() + 1..)?.split('.').next()?;
        ["Test", "Benchmark", "Example", "Fuzz"]
            .iter()
            .any(|start| is_test_name(name, start))
            .then_some(name)
    }
}

/// `TestX` and `Test`, not `Testify`: as the go command decides.
fn is_test_name(name: &str, start: &str) -> bool {
    name.strip_prefix(start)
        .is_some_and(|rest| !rest.chars().next().is_some_and(char::is_lowercase))
}

fn label<'a>(labels: &'a profile::goroutine::Labels<'_>) -> Option<&'a str> {
    let mut values = labels.iter().filter(|(key, _)| key == LABEL);
    values.next().map(|(_, value)| value.as_ref())
}

/// What debug=1 and debug=2 print alike of a stack.
fn shape<'a>(frames: &'a [Frame<'_>]) -> Vec<(&'a str, u32)> {
    frames
        .iter()
        .map(|frame| (frame.function.as_ref(), frame.line))
        .collect()
}
