//! What changed between two compilations of a package, matched by function and text so that code may move.

use std::collections::{BTreeMap, BTreeSet};

use base::LineCol;

use crate::decision::{Decision, DecisionId, Kind, Refusal};
use crate::decisions::Decisions;
use crate::functions::{Function, Functions};

/// One difference. Sorted by function, then by kind, subject and position.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Change {
    /// The declared function, without type arguments: closures and instances count as part of it. Empty for what
    /// stands outside of functions.
    pub function: String,
    pub kind: ChangeKind,
    /// What changed: the expression or variable, the parameter; the function itself for inlining. Numbers of the
    /// compiler's temporaries are left out.
    pub subject: String,
    /// Whether the function exists on the new side only, or on the old side only.
    pub function_is: Existence,
    /// The decision on the old side, where there was one about the same subject.
    pub old: Option<DecisionId>,
    pub new: Option<DecisionId>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ChangeKind {
    /// A value is on the heap that was not there, or was not at all.
    NowEscapes,
    NoLongerEscapes,
    /// A parameter leaks that did not, or now leaks itself and not just its content: callers' values escape.
    NowLeaks,
    NoLongerLeaks,
    NoLongerInlinable,
    NowInlinable,
    /// Still inlinable or still not, at another cost. Copies of generic functions count by their highest cost.
    InlineCost {
        old: u32,
        new: u32,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Existence {
    OnBothSides,
    New,
    Gone,
}

pub fn diff(old: &Decisions, new: &Decisions) -> Vec<Change> {
    let (old, new) = (Side::of(old), Side::of(new));
    let mut changes = Vec::new();
    escapes(&old, &new, &mut changes);
    leaks(&old, &new, &mut changes);
    verdicts(&old, &new, &mut changes);
    changes.sort();
    changes
}

/// Function and subject.
type Key = (String, String);

/// Where a value stands, from the start of its function: lines, then the column.
type Offset = (u32, u32);

#[derive(Default)]
struct Side {
    functions: BTreeSet<String>,
    /// Places where a value is on the heap. Copies of one place count once.
    escapes: BTreeMap<Key, BTreeMap<Offset, DecisionId>>,
    stays: BTreeMap<Key, DecisionId>,
    /// How much of a parameter leaks: 1 its content, 2 itself.
    leaks: BTreeMap<Key, (u8, DecisionId)>,
    /// Of declared functions.
    verdicts: BTreeMap<String, Verdict>,
}

#[derive(Clone, Copy)]
struct Verdict {
    inlinable: bool,
    cost: Option<u32>,
    decision: DecisionId,
}

impl Side {
    fn of(decisions: &Decisions) -> Self {
        let functions = Functions::of(decisions);
        let mut side = Self::default();
        for function in functions.iter().filter(|function| !function.is_closure) {
            side.functions.insert(function.name.to_string());
            for id in &function.verdicts {
                side.add_verdict(function, *id, &decisions[*id]);
            }
        }
        for (id, decision) in decisions.iter() {
            let function = functions.enclosing(decision.position);
            side.add(decisions, function, id, decision);
        }
        side
    }

    fn add_verdict(&mut self, function: &Function, id: DecisionId, decision: &Decision) {
        let (inlinable, cost) = match decision.kind {
            Kind::CanInline { cost, .. } => (true, cost),
            Kind::CannotInline {
                why: Refusal::TooComplex { cost, .. },
            } => (false, Some(cost)),
            _ => (false, None),
        };
        let new = Verdict {
            inlinable,
            cost,
            decision: id,
        };
        let verdict = self
            .verdicts
            .entry(function.name.to_string())
            .or_insert(new);
        // One copy that cannot be inlined speaks for all.
        if (new.inlinable, verdict.cost) < (verdict.inlinable, new.cost) {
            *verdict = new;
        }
    }

    fn add(
        &mut self,
        decisions: &Decisions,
        function: Option<&Function>,
        id: DecisionId,
        decision: &Decision,
    ) {
        let name = function.map_or(String::new(), |function| function.name.to_string());
        let key = (name, without_numbers(decisions.text(decision.subject)));
        match decision.kind {
            kind if kind.is_escape() => {
                let start = function.map_or(LineCol { line: 0, col: 0 }, |f| f.start);
                let position = decision.position;
                let offset = (position.line.saturating_sub(start.line), position.col);
                self.escapes
                    .entry(key)
                    .or_default()
                    .entry(offset)
                    .or_insert(id);
            }
            Kind::DoesNotEscape => {
                self.stays.entry(key).or_insert(id);
            }
            Kind::LeakingParam | Kind::LeakingParamContent => {
                let rank = if decision.kind == Kind::LeakingParam {
                    2
                } else {
                    1
                };
                let leak = self.leaks.entry(key).or_insert((rank, id));
                if leak.0 < rank {
                    *leak = (rank, id);
                }
            }
            _ => {}
        }
    }
}

fn change(old: &Side, new: &Side, key: &Key, kind: ChangeKind) -> Change {
    let (function, subject) = key.clone();
    let function_is = match (
        old.functions.contains(&function),
        new.functions.contains(&function),
    ) {
        (false, true) => Existence::New,
        (true, false) => Existence::Gone,
        _ => Existence::OnBothSides,
    };
    Change {
        function,
        kind,
        subject,
        function_is,
        old: None,
        new: None,
    }
}

fn escapes(old: &Side, new: &Side, changes: &mut Vec<Change>) {
    let none = BTreeMap::new();
    let keys: BTreeSet<&Key> = old.escapes.keys().chain(new.escapes.keys()).collect();
    for key in keys {
        let before = old.escapes.get(key).unwrap_or(&none);
        let after = new.escapes.get(key).unwrap_or(&none);
        for id in surplus(after, before) {
            let mut change = change(old, new, key, ChangeKind::NowEscapes);
            change.old = old.stays.get(key).copied();
            change.new = Some(id);
            changes.push(change);
        }
        for id in surplus(before, after) {
            let mut change = change(old, new, key, ChangeKind::NoLongerEscapes);
            change.old = Some(id);
            change.new = new.stays.get(key).copied();
            changes.push(change);
        }
    }
}

/// As many of `these` as there are more than of `those`: the last ones of those that have no counterpart at the
/// same offset.
fn surplus(
    these: &BTreeMap<Offset, DecisionId>,
    those: &BTreeMap<Offset, DecisionId>,
) -> Vec<DecisionId> {
    let more = these.len().saturating_sub(those.len());
    let mut ids: Vec<DecisionId> = these
        .iter()
        .rev()
        .filter(|(offset, _)| !those.contains_key(offset))
        .map(|(_, id)| *id)
        .take(more)
        .collect();
    ids.reverse();
    ids
}

fn leaks(old: &Side, new: &Side, changes: &mut Vec<Change>) {
    let keys: BTreeSet<&Key> = old.leaks.keys().chain(new.leaks.keys()).collect();
    for key in keys {
        let before = old.leaks.get(key);
        let after = new.leaks.get(key);
        let rank = |leak: Option<&(u8, DecisionId)>| leak.map_or(0, |leak| leak.0);
        let kind = match rank(before).cmp(&rank(after)) {
            std::cmp::Ordering::Less => ChangeKind::NowLeaks,
            std::cmp::Ordering::Greater => ChangeKind::NoLongerLeaks,
            std::cmp::Ordering::Equal => continue,
        };
        let mut change = change(old, new, key, kind);
        // Callers of a function that came or went are new or gone too.
        if change.function_is != Existence::OnBothSides {
            continue;
        }
        change.old = before
            .map(|leak| leak.1)
            .or_else(|| old.stays.get(key).copied());
        change.new = after
            .map(|leak| leak.1)
            .or_else(|| new.stays.get(key).copied());
        changes.push(change);
    }
}

fn verdicts(old: &Side, new: &Side, changes: &mut Vec<Change>) {
    for (name, after) in &new.verdicts {
        let Some(before) = old.verdicts.get(name) else {
            continue;
        };
        let kind = match (before.inlinable, after.inlinable) {
            (true, false) => ChangeKind::NoLongerInlinable,
            (false, true) => ChangeKind::NowInlinable,
            _ => match (before.cost, after.cost) {
                (Some(old), Some(new)) if old != new => ChangeKind::InlineCost { old, new },
                _ => continue,
            },
        };
        let key = (name.clone(), name.clone());
        let mut change = change(old, new, &key, kind);
        change.old = Some(before.decision);
        change.new = Some(after.decision);
        changes.push(change);
    }
}

/// `.autotmp_12` → `.autotmp`: the number depends on all that stands before.
fn without_numbers(text: &str) -> String {
    const TEMPORARY: &str = ".autotmp_";
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(TEMPORARY) {
        plain.push_str(&rest[..at + TEMPORARY.len() - 1]);
        rest = rest[at + TEMPORARY.len()..].trim_start_matches(|c: char| c.is_ascii_digit());
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_log;

    const OLD: &str = "\
a.go:3:6: can inline f with cost 20 as: func() { }
a.go:9:6: cannot inline g: function too complex: cost 90 exceeds budget 80
a.go:20:6: can inline gone with cost 3 as: func() { }
a.go:30:6: can inline Keep[go.shape.int] with cost 9 as: func() { }
a.go:4:8: leaking param content: p
a.go:5:9: &T{...} escapes to heap
a.go:10:9: &T{...} does not escape
a.go:11:9: make([]int, .autotmp_3) escapes to heap
a.go:21:2: moved to heap: x
a.go:31:2: moved to heap: y
a.go:31:2: moved to heap: y
";

    fn changes(new: &str) -> Vec<String> {
        let (old, _) = read_log(OLD.as_bytes(), &[]);
        let (new, _) = read_log(new.as_bytes(), &[]);
        let line = |side: &Decisions, id: Option<DecisionId>| {
            id.map_or("-".to_owned(), |id| side[id].position.line.to_string())
        };
        diff(&old, &new)
            .iter()
            .map(|change| {
                let (before, after) = (line(&old, change.old), line(&new, change.new));
                format!(
                    "{} {:?} {} {:?} {before}>{after}",
                    change.function, change.kind, change.subject, change.function_is
                )
            })
            .collect()
    }

    #[test]
    fn code_that_moves_does_not_change() {
        assert_eq!(changes(OLD), [""; 0]);
        let moved = OLD
            .replace("a.go:9", "a.go:109")
            .replace("a.go:10:", "a.go:110:")
            .replace(
                "a.go:11:9: make([]int, .autotmp_3)",
                "a.go:111:9: make([]int, .autotmp_7)",
            );
        assert_eq!(changes(&moved), [""; 0]);
    }

    #[test]
    fn changes_are_found_by_function_and_subject() {
        let new = "\
a.go:3:6: cannot inline f: unhandled op DEFER
a.go:9:6: can inline g with cost 60 as: func() { }
a.go:15:6: can inline fresh with cost 3 as: func() { }
a.go:30:6: can inline Keep[go.shape.int] with cost 9 as: func() { }
a.go:30:6: can inline Keep[go.shape.string] with cost 12 as: func() { }
a.go:4:8: leaking param: p
a.go:5:9: &T{...} escapes to heap
a.go:6:9: &T{...} escapes to heap
a.go:10:9: &T{...} escapes to heap
a.go:16:2: moved to heap: x
a.go:31:2: moved to heap: y
";
        insta::assert_snapshot!(changes(new).join("\n"), @"
        Keep InlineCost { old: 9, new: 12 } Keep OnBothSides 30>30
        f NowEscapes &T{...} OnBothSides ->6
        f NowLeaks p OnBothSides 4>4
        f NoLongerInlinable f OnBothSides 3>3
        fresh NowEscapes x New ->16
        g NowEscapes &T{...} OnBothSides 10>10
        g NoLongerEscapes make([]int, .autotmp) OnBothSides 11>-
        g NowInlinable g OnBothSides 9>9
        gone NoLongerEscapes x Gone 21>-
        ");
    }
}
