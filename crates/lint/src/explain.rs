//! Telling a flow in words: from where a value is made to what keeps it alive.

use std::path::Path;

use diag::{Annotation, Diagnostic};
use gc::{DecisionId, End, Position, Stories, Story};

use crate::finding::note;
use crate::package::View;

/// A station of a value on its way to the heap.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Station {
    pub at: Position,
    /// What happens to the value there: "passed to `f`", "returned".
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
pub fn way(stories: &Stories, decision: DecisionId) -> Way {
    let Some(story) = stories.tell(decision) else {
        return Way::default();
    };
    let mut way = Way {
        stations: Vec::new(),
        end: end(&story),
    };
    for step in &story.steps {
        let station = Station {
            at: step.at,
            what: step.to_string(),
        };
        if way.stations.last() != Some(&station) {
            way.stations.push(station);
        }
    }
    way
}

fn end(story: &Story) -> Option<String> {
    if story.truncated {
        return Some("the compiler does not tell the rest of its way".to_owned());
    }
    match story.end {
        End::Heap => None,
        End::Result(_) => Some("the caller keeps it".to_owned()),
        End::Variable(name) => Some(format!("variable `{name}` outlives it")),
        End::Value(value) => Some(format!("`{value}` holds it and is on the heap itself")),
    }
}

/// How many stations are shown beside the source.
const SHOWN: usize = 4;

/// Adds a value's way to its finding.
pub(crate) fn flow(view: &View, decision: DecisionId, diagnostic: &mut Diagnostic) {
    let way = way(view.stories(), decision);
    let here = view.decisions[decision].position;
    let stations: Vec<&Station> = (way.stations.iter())
        .filter(|station| station.at.line > 0)
        .collect();
    let skipped = stations.len().saturating_sub(SHOWN);
    // The last stations say where it ends; of a long way the middle is left out.
    let shown = (stations.iter().take(1)).chain(stations.iter().skip(1 + skipped));
    for station in shown {
        if station.at == here {
            diagnostic.primary.message.clone_from(&station.what);
            continue;
        }
        let path = Path::new(view.decisions.path(station.at.file));
        let at = station.at.line_col();
        let annotation = match view.file(path) {
            Some(file) => view.annotation(file, at),
            None => Annotation::at(path, at.line, at.col.max(1)),
        };
        diagnostic
            .secondary
            .push(annotation.message(station.what.clone()));
    }
    if skipped > 0 {
        let steps = if skipped == 1 { "step" } else { "steps" };
        diagnostic.notes.push(note(format!(
            "{skipped} more {steps} in between (`goperf escape --why`)"
        )));
    }
    if let Some(end) = way.end {
        diagnostic.notes.push(note(end));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let (decisions, problems) = gc::read_log(log.as_bytes(), &[]);
        assert!(problems.is_empty(), "{problems:?}");
        let (id, _) = decisions.iter().last().unwrap();
        let way = way(&Stories::new(&decisions), id);
        let stations: Vec<String> = (way.stations.iter())
            .map(|station| format!("{}:{} {}", station.at.line, station.at.col, station.what))
            .collect();
        assert_eq!(
            stations,
            [
                "6:9 its address is taken by `&x`",
                "6:4 assigned to `p`",
                "7:2 returned"
            ]
        );
        assert_eq!(way.end.as_deref(), Some("the caller keeps it"));
    }
}
