//! Explanations, as `-m=2` prints them: the path along which an address or a parameter's value goes where it
//! outlives its function.
//!
//! Source: `explainPath`, `explainFlow` and `explainLoc` of cmd/compile/internal/escape/solve.go, go1.27.3.

use go_ir::{FuncId, Package, Printer};
use go_types::Pos;
use rustc_hash::FxHashSet;

use super::batch::Batch;
use super::graph::{Attrs, Edge, Graph, Hole, LocationId, Subject};
use super::report::{Finding, Text};

/// Why a location is on the heap, or where a parameter's value goes.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Explanation {
    subject: Subject,
    func: FuncId,
    leak: Option<Leak>,
    /// From the subject to where it must not go.
    flows: Vec<Flow>,
    /// The path came back to where it had been: the rest is not said.
    truncated: bool,
}

/// Where a parameter's value goes.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Leak {
    to: Place,
    derefs: i32,
}

/// One step from location to location.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Flow {
    to: Place,
    from: Place,
    /// Loads on the way; -1 if the address flows.
    derefs: i32,
    /// What the program does there, the last first.
    notes: Vec<(Subject, &'static str)>,
}

/// A location, as explanations name it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Place {
    Heap,
    /// A temporary of the analysis.
    Temporary,
    Of(Subject),
}

impl Graph {
    /// The address of `source` is stored in what is on the heap.
    pub(super) fn explain_store(&mut self, hole: Hole, source: LocationId) {
        if self.explains {
            let edge = Edge {
                source,
                derefs: hole.derefs,
                notes: hole.notes,
            };
            let flows = vec![self.explained(hole.to, edge)];
            self.add_explanation(source, None, flows, false);
        }
    }

    /// The address of `location` goes to the root of the walk, which outlives it.
    pub(super) fn explain_escape(&mut self, root: LocationId, location: LocationId) {
        if self.explains && !self.locations[location].attrs.has(Attrs::ESCAPES) {
            let (flows, truncated) = self.path(root, location);
            self.add_explanation(location, None, flows, truncated);
        }
    }

    /// The value of a parameter, or what `derefs` loads from it give, goes to the root of the walk.
    pub(super) fn explain_leak(&mut self, root: LocationId, param: LocationId, derefs: i32) {
        if self.explains && !self.locations[param].attrs.has(Attrs::ESCAPES) {
            let (flows, truncated) = self.path(root, param);
            let to = self.place(root);
            self.add_explanation(param, Some(Leak { to, derefs }), flows, truncated);
        }
    }

    fn add_explanation(
        &mut self,
        location: LocationId,
        leak: Option<Leak>,
        flows: Vec<Flow>,
        truncated: bool,
    ) {
        let location = &self.locations[location];
        if let (Some(subject), Some(func)) = (location.subject, location.func) {
            self.findings
                .push(Finding::Explanation(Box::new(Explanation {
                    subject,
                    func,
                    leak,
                    flows,
                    truncated,
                })));
        }
    }

    /// The way of the present walk from a location to its root, and whether it is cut short.
    fn path(&self, root: LocationId, location: LocationId) -> (Vec<Flow>, bool) {
        let (mut flows, mut seen) = (Vec::new(), FxHashSet::default());
        let mut from = location;
        while let Some((to, index)) = self.locations[from].walk.next {
            if !seen.insert(from) {
                return (flows, true);
            }
            flows.push(self.explained(to, self.locations[to].edges[index]));
            if to == root {
                break;
            }
            from = to;
        }
        (flows, false)
    }

    fn explained(&self, to: LocationId, edge: Edge) -> Flow {
        let mut notes = Vec::new();
        let mut next = edge.notes;
        while let Some(note) = next {
            let note = self.notes[note];
            notes.push((note.subject, note.why));
            next = note.next;
        }
        Flow {
            to: self.place(to),
            from: self.place(edge.source),
            derefs: edge.derefs,
            notes,
        }
    }

    fn place(&self, location: LocationId) -> Place {
        match self.locations[location].subject {
            _ if location == Self::HEAP => Place::Heap,
            Some(subject) => Place::Of(subject),
            None => Place::Temporary,
        }
    }
}

impl Batch<'_> {
    /// Drops explanations that gc does not give, and those that name what is not known exactly. Which path is found depends
    /// on the order of all functions of the batch, so if there are `others` no path is known.
    pub(super) fn drop_explanations(&mut self, others: bool) {
        let mut findings = std::mem::take(&mut self.graph.findings);
        findings.retain(|finding| match finding {
            Finding::Explanation(explanation) => {
                !others && !self.is_explanation_doubtful(explanation)
            }
            Finding::Captures { func, .. } => {
                let doubts = self.context.doubts;
                !doubts.is_func_doubtful(self.package, *func)
            }
            _ => true,
        });
        self.graph.findings = findings;
    }

    fn is_explanation_doubtful(&self, explanation: &Explanation) -> bool {
        let doubts = self.context.doubts;
        doubts.is_func_doubtful(self.package, explanation.func)
            || explanation.subjects().any(|subject| match subject {
                Subject::Var(_) => false,
                Subject::Node(node) => {
                    (self.package).any(node, |id| self.doubtful.contains(&id))
                        || doubts.is_text_doubtful(self.store, self.package, node)
                }
            })
    }
}

impl Explanation {
    fn subjects(&self) -> impl Iterator<Item = Subject> + '_ {
        let of_place = |place| match place {
            Place::Of(subject) => Some(subject),
            Place::Heap | Place::Temporary => None,
        };
        let flows = self.flows.iter().flat_map(move |flow| {
            let notes = flow.notes.iter().map(|(subject, _)| *subject);
            notes.chain([flow.to, flow.from].into_iter().filter_map(of_place))
        });
        std::iter::once(self.subject).chain(flows)
    }

    /// Where all its lines are; `None` if the texts say that there is no place.
    pub(super) fn place(&self, package: &Package) -> Option<Pos> {
        self.subject.place(package)
    }

    /// Its lines.
    pub(super) fn texts(&self, printer: &Printer<'_>) -> Vec<Text> {
        let subject = self.subject.text(printer);
        let func = printer.package.unique_name(self.func);
        let head = match &self.leak {
            None => format!("{subject} escapes to heap in {func}:"),
            Some(Leak { to, derefs }) => format!(
                "parameter {subject} leaks to {} for {func} with derefs={derefs}:",
                to.text(printer)
            ),
        };
        let mut texts = vec![Text::of(head)];
        for flow in &self.flows {
            let loads = match usize::try_from(flow.derefs) {
                Ok(loads) => "*".repeat(loads),
                Err(_) => "&".to_owned(),
            };
            let (to, from) = (flow.to.text(printer), flow.from.text(printer));
            texts.push(Text::of(format!("  flow: {to} ← {loads}{from}:")));
            texts.extend(flow.notes.iter().map(|(subject, why)| {
                let at = subject.place(printer.package);
                let unknown = if at.is_none() { UNKNOWN } else { "" };
                let text = format!("    from {} ({why}) at {unknown}", subject.text(printer));
                Text { text, at }
            }));
        }
        if self.truncated {
            texts.push(Text::of(
                "  warning: truncated explanation due to assignment cycle; see golang.org/issue/35518"
                    .to_owned(),
            ));
        }
        if self.place(printer.package).is_none() {
            for text in &mut texts {
                text.text.insert_str(0, ": ");
                text.text.insert_str(0, UNKNOWN);
            }
        }
        texts
    }
}

/// What gc prints for a place that a variable has not.
const UNKNOWN: &str = "<unknown line number>";

impl Place {
    fn text(self, printer: &Printer<'_>) -> String {
        match self {
            Self::Heap => "{heap}".to_owned(),
            Self::Temporary => "{temp}".to_owned(),
            Self::Of(Subject::Var(var)) => printer.var(var).into(),
            Self::Of(Subject::Node(node)) => format!("{{storage for {}}}", printer.node(node)),
        }
    }
}

impl Subject {
    fn place(self, package: &Package) -> Option<Pos> {
        match self {
            Self::Var(var) => package.var_place(var),
            Self::Node(node) => Some(package.position(node)),
        }
    }

    fn text(self, printer: &Printer<'_>) -> String {
        match self {
            Self::Var(var) => printer.var(var).into(),
            Self::Node(node) => printer.node(node),
        }
    }
}
