//! Flows in words: from where a value is made to what keeps it alive.

use std::path::Path;

use diag::{Annotation, Diagnostic};
use gc::{DecisionId, End, Flows, Position, Verb};
use go_syntax::{ExprKind, Node, StmtKind};

use crate::findings::note;
use crate::view::View;

/// One step of a flow in words; [`gc::FlowStep`] is the same as data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FlowStep {
    pub at: Position,
    /// What happens to the value there: "passed to `f`", "returned".
    pub what: String,
    verb: Verb,
}

/// Flow of a value to the heap in words; [`gc::Flow`] is the same as data.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Flow {
    pub steps: Vec<FlowStep>,
    /// What keeps the value alive in the end; a sentence.
    pub end: Option<String>,
}

/// The flow of a value that escapes, as the compiler explains it.
pub fn flow(flows: &Flows, decision: DecisionId) -> Flow {
    let Some(explained) = flows.flow(decision) else {
        return Flow::default();
    };
    let mut flow = Flow {
        steps: Vec::new(),
        end: end(&explained),
    };
    for step in &explained.steps {
        let step = FlowStep {
            at: step.at,
            what: match step.verb {
                // An array that is sliced, or the receiver of a method: the compiler gives the variable alone.
                Verb::AddressTaken if !step.object.starts_with('&') => {
                    format!("the address of {} is taken", gc::quoted(&step.object))
                }
                _ => step.to_string(),
            },
            verb: step.verb,
        };
        if flow.steps.last() != Some(&step) {
            flow.steps.push(step);
        }
    }
    flow
}

fn end(flow: &gc::Flow) -> Option<String> {
    if flow.truncated {
        return Some("the compiler does not report the rest of the flow".to_owned());
    }
    match &flow.end {
        End::Heap => None,
        End::Result(_) => Some("the caller keeps it".to_owned()),
        End::Variable(name) => Some(format!("variable {} outlives it", gc::quoted(name))),
        End::Value(value) => Some(format!(
            "{} holds it and is on the heap itself",
            gc::quoted(value)
        )),
    }
}

/// How many steps are shown beside the source.
const SHOWN: usize = 4;

/// Adds the flow of a value to its finding.
pub(crate) fn annotate(view: &View, decision: DecisionId, diagnostic: &mut Diagnostic) {
    let flow = flow(view.flows(), decision);
    let here = view.decisions[decision].position;
    // What stands for a variable of the compiler's says nothing.
    let steps: Vec<&FlowStep> = (flow.steps.iter())
        .filter(|step| step.at.line > 0 && !step.what.contains("`&...`"))
        .collect();
    let skipped = steps.len().saturating_sub(SHOWN);
    // The last steps say where it ends; of a long flow the middle is left out.
    let shown = (steps.iter().take(1)).chain(steps.iter().skip(1 + skipped));
    for step in shown {
        let path = Path::new(view.decisions.path(step.at.file));
        let at = step.at.line_col();
        let file = view.file(path);
        let words = file.and_then(|file| in_source(view, file, step));
        let what = words.unwrap_or_else(|| step.what.clone());
        if step.at == here {
            // The compiler leaves out the elements of the literal that stands there.
            if !what.contains("{...}") {
                diagnostic.primary.message = what;
            }
            continue;
        }
        let annotation = match file {
            Some(file) => view.annotation(file, at),
            None => Annotation::at(path, at.line, at.col.max(1)),
        };
        diagnostic.secondary.push(annotation.message(what));
    }
    if skipped > 0 {
        let steps = if skipped == 1 { "step" } else { "steps" };
        diagnostic.notes.push(note(format!(
            "{skipped} more {steps} in between (`goperf escape --why`)"
        )));
    }
    if let Some(end) = flow.end {
        diagnostic.notes.push(note(end));
    }
}

/// What the source says more precisely than the compiler: it has one word for `go` and `defer`, and of a field that is
/// assigned to it gives the variable alone.
fn in_source(view: &View, file: usize, step: &FlowStep) -> Option<String> {
    let syntax = view.syntax(file)?;
    let mut nodes = view.nodes_at(file, step.at.line_col());
    match step.verb {
        Verb::StartedOrDeferred => {
            let range = syntax.ast.range(nodes.next()?);
            let functions = &view.package.functions;
            let function = functions.outermost(functions.around_offset(file, range.start)?);
            let mut words = None;
            syntax.ast.walk(functions.get(function).body?, |node| {
                let is_around = syntax.ast.range(node).covers(range);
                if let (Node::Stmt(id), true) = (node, is_around) {
                    match syntax.ast.stmt(id).kind {
                        StmtKind::Go(_) => words = Some("run by a `go` statement"),
                        StmtKind::Defer(_) => words = Some("run by `defer` in a loop"),
                        _ => {}
                    }
                }
                is_around
            });
            words.map(str::to_owned)
        }
        Verb::AssignedTo => nodes.find_map(|node| {
            let Node::Stmt(id) = node else { return None };
            let StmtKind::Assign { lhs, .. } = syntax.ast.stmt(id).kind else {
                return None;
            };
            let [to] = syntax.ast.list(lhs) else {
                return None;
            };
            matches!(syntax.ast.expr(*to).kind, ExprKind::Selector { .. })
                .then(|| format!("assigned to `{}`", syntax.expr_text(*to)))
        }),
        _ => None,
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
        let flow = flow(&Flows::new(&decisions), id);
        let steps: Vec<String> = (flow.steps.iter())
            .map(|step| format!("{}:{} {}", step.at.line, step.at.col, step.what))
            .collect();
        assert_eq!(
            steps,
            [
                "6:9 its address is taken by `&x`",
                "6:4 assigned to `p`",
                "7:2 returned"
            ]
        );
        assert_eq!(flow.end.as_deref(), Some("the caller keeps it"));
    }
}
