//! Telling a flow in words: from where a value is made to what keeps it alive.

use std::path::Path;

use diag::{Annotation, Diagnostic};
use gc::{DecisionId, Decisions, Position, Step};

use crate::finding::note;
use crate::package::View;

/// A station of a value on its way to the heap.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Station {
    pub at: Position,
    /// What happens to the value there, as a past participle: "passed to `f`", "returned".
    pub what: String,
}

/// A value's way to the heap.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Way {
    pub stations: Vec<Station>,
    /// What keeps the value alive in the end; a sentence.
    pub end: Option<String>,
}

/// The way of a value that escapes, as the compiler explains it.
pub fn way(decisions: &Decisions, decision: DecisionId) -> Way {
    let Some(explanation) = decisions.why(decision).next() else {
        return Way::default();
    };
    let mut way = Way::default();
    let mut last_flow = None;
    let mut last_from = None;
    for step in decisions.steps(explanation) {
        match step {
            Step::Flow { to, derefs, .. } => last_flow = Some((decisions.text(to), derefs)),
            Step::From { node, why, at } => {
                let (node, why) = (decisions.text(node), decisions.text(why));
                last_from = Some((node, why));
                if let Some(what) = words(node, why) {
                    way.push(Station { at, what });
                }
            }
            Step::Truncated => {
                way.end = Some("the compiler does not tell the rest of its way".into());
            }
        }
    }
    if way.end.is_none() {
        way.end = end(last_flow, last_from);
    }
    way
}

impl Way {
    /// Several steps at one place are one station to people: the last says most.
    fn push(&mut self, station: Station) {
        match self.stations.last_mut() {
            Some(last) if last.at == station.at => *last = station,
            _ => self.stations.push(station),
        }
    }
}

/// What an expression does with the value; `None` for steps that only move it along.
///
/// Source: the notes of cmd/compile/internal/escape, go1.24 to go1.27.
fn words(node: &str, why: &str) -> Option<String> {
    Some(match why {
        "call parameter" => format!("passed to `{}`", callee(node)),
        "callee operand" => "called through this value".to_owned(),
        "return" => "returned".to_owned(),
        "assign" | "assign-pair" => format!("assigned to `{}`", target(node)?),
        "captured by a closure" => "captured by a closure".to_owned(),
        "interface-converted" => "converted to an interface".to_owned(),
        "struct literal element" | "slice-literal-element" | "array literal element"
            if node == "... argument" =>
        {
            return None;
        }
        "struct literal element" | "slice-literal-element" | "array literal element" => {
            format!("stored in `{node}`")
        }
        "map literal key" | "map literal value" => "stored in a map".to_owned(),
        "key of map put" => "used as a key of a map".to_owned(),
        "send" => "sent on a channel".to_owned(),
        "appended slice..." | "appendee slice" => "appended to a slice".to_owned(),
        "copied slice" => "copied into another slice".to_owned(),
        "too large for stack" => "too large for the stack".to_owned(),
        "too aligned for stack" => "its alignment is too large for the stack".to_owned(),
        "zero-sized element" => "a slice of zero-sized elements".to_owned(),
        "non-constant size" => "of a size that is not constant".to_owned(),
        "assign-pair-receive" => "received from a channel".to_owned(),
        "assign-pair-dot-type" => "asserted to another type".to_owned(),
        "conversion to unsafe.Pointer" => "converted to `unsafe.Pointer`".to_owned(),
        "//go:uintptrescapes" => "passed to a function marked `go:uintptrescapes`".to_owned(),
        // Spills, loads and field accesses say nothing a reader does not see.
        _ => return None,
    })
}

/// Of a call's text the function.
fn callee(call: &str) -> &str {
    let mut depth = 0_i32;
    for (index, c) in call.char_indices().rev() {
        match c {
            ')' => depth += 1,
            '(' => {
                depth -= 1;
                if depth == 0 {
                    return &call[..index];
                }
            }
            _ => {}
        }
    }
    call
}

/// The left side of an assignment, if it is a name of the source.
fn target(assignment: &str) -> Option<&str> {
    let (left, _) = assignment
        .split_once(" := ")
        .or_else(|| assignment.split_once(" = "))?;
    let made = |name: &str| name.starts_with(['.', '~']) || name == "_";
    (!left.split(", ").any(made)).then_some(left)
}

fn end(flow: Option<(&str, i32)>, from: Option<(&str, &str)>) -> Option<String> {
    let (to, _) = flow?;
    let (node, why) = from?;
    Some(match why {
        "call parameter" if to == "{heap}" => {
            format!("`{}` keeps its argument: the parameter leaks", callee(node))
        }
        "return" => "the caller receives it".to_owned(),
        "send" => "the receiver of the channel keeps it".to_owned(),
        "captured by a closure" => "the closure keeps it".to_owned(),
        "too large for stack"
        | "too aligned for stack"
        | "non-constant size"
        | "zero-sized element" => {
            return None;
        }
        _ if to == "{heap}" => "what it is stored in lives on the heap".to_owned(),
        _ if to.starts_with('~') => "the caller receives it".to_owned(),
        _ => format!("`{to}` keeps it"),
    })
}

/// How many stations are shown beside the source.
const SHOWN: usize = 4;

/// Adds a value's way to its finding.
pub(crate) fn flow(view: &View, decision: DecisionId, diagnostic: &mut Diagnostic) {
    let way = way(view.decisions, decision);
    let here = view.decisions[decision].position;
    let stations: Vec<&Station> = (way.stations.iter())
        .filter(|station| station.at.line > 0)
        .collect();
    let skipped = stations.len().saturating_sub(SHOWN);
    // The last stations say where it ends; of a long way the middle is left out.
    let shown = stations
        .iter()
        .take(1)
        .chain(stations.iter().skip(1 + skipped));
    for station in shown {
        if station.at == here {
            diagnostic.primary.message.clone_from(&station.what);
            continue;
        }
        let path = Path::new(view.decisions.path(station.at.file));
        let annotation = Annotation::at(path, station.at.line, station.at.col.max(1));
        diagnostic
            .secondary
            .push(annotation.message(station.what.clone()));
    }
    if skipped > 0 {
        diagnostic.notes.push(note(format!(
            "{skipped} more steps in between (`goperf escape --why`)"
        )));
    }
    if let Some(end) = way.end {
        diagnostic.notes.push(note(end));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(log: &str) -> String {
        let (decisions, problems) = gc::read_log(log.as_bytes(), &[]);
        assert!(problems.is_empty(), "{problems:?}");
        let (id, _) = decisions.iter().last().unwrap();
        let way = way(&decisions, id);
        let mut text = String::new();
        for station in &way.stations {
            text += &format!("{}:{} {}\n", station.at.line, station.at.col, station.what);
        }
        text + way.end.as_deref().unwrap_or("-")
    }

    #[test]
    fn a_boxed_argument_is_told_by_its_calls() {
        let log = "a.go:77:73: x.P escapes to heap in F:
a.go:77:73:   flow: {storage for ... argument} ← &{storage for x.P}:
a.go:77:73:     from x.P (spill) at a.go:77:73
a.go:77:73:     from ... argument (slice-literal-element) at a.go:77:21
a.go:77:73:   flow: fmt.a ← &{storage for ... argument}:
a.go:77:73:     from ... argument (spill) at a.go:77:21
a.go:77:73:     from fmt.format, fmt.a := \"%q\", ... argument (assign-pair) at a.go:77:21
a.go:77:73:   flow: {heap} ← *fmt.a:
a.go:77:73:     from fmt.errorf(fmt.format, fmt.a...) (call parameter) at a.go:77:21
a.go:77:73: x.P escapes to heap
";
        insta::assert_snapshot!(told(log), @"
        77:21 passed to `fmt.errorf`
        `fmt.errorf` keeps its argument: the parameter leaks
        ");
    }

    #[test]
    fn a_returned_address_ends_with_the_caller() {
        let log = "a.go:5:12: x escapes to heap in point:
a.go:5:12:   flow: p ← &x:
a.go:5:12:     from &x (address-of) at a.go:6:9
a.go:5:12:     from p := &x (assign) at a.go:6:4
a.go:5:12:   flow: ~r0 ← p:
a.go:5:12:     from return p (return) at a.go:7:2
a.go:5:12: moved to heap: x
";
        insta::assert_snapshot!(told(log), @"
        6:4 assigned to `p`
        7:2 returned
        the caller receives it
        ");
    }

    #[test]
    fn callees_are_cut_at_their_last_parenthesis() {
        assert_eq!(callee("(*T).Put(t, f(x))"), "(*T).Put");
        assert_eq!(callee("f"), "f");
    }
}
