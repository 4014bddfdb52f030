//! Flows of values: the compiler's explanations as steps that a person can follow.
//!
//! The compiler explains an escape as flows between locations, each with the expressions it goes through:
//!
//! ```text
//! flow: {storage for ... argument} ← &{storage for x}:   from x (spill), from ... argument (slice-literal-element)
//! flow: {heap} ← {storage for ... argument}:             from fmt.Println(... argument...) (call parameter)
//! ```
//!
//! [`Flows`] turns that into "packed into the variadic arguments", "passed to `fmt.Println`". Notes that only say
//! where the compiler reserved storage (`spill`) are dropped, notes about one operation are joined, and the flow
//! continues with the value that holds this one if that value is on the heap for a reason of its own.
//!
//! The position of a step is the compiler's position of the expression: for a call its `(`, for a selector the
//! operand before the dot, for an assignment its operator; for inlined code, the outermost call.

mod verb;

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use crate::TextId;
use crate::class::SubjectClass;
use crate::decision::{Claim, DecisionId, Explanation, Kind, Position, Step};
use crate::decisions::Decisions;
use crate::functions::Functions;
use crate::names::fold_function_name;
use crate::notation;

pub use verb::Verb;
use verb::{Note, translate};

/// Flow of one value from where it is made to what keeps it alive.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Flow<'a> {
    /// From the value outwards. The last step names what keeps it. Never empty for an escape.
    pub steps: Vec<FlowStep<'a>>,
    pub end: End<'a>,
    /// The compiler gave up on a cycle of assignments: the last steps are missing.
    pub truncated: bool,
}

/// One step of a flow.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FlowStep<'a> {
    pub verb: Verb,
    /// The object of `verb`, in readable notation: the function called, the variable assigned, the field stored to.
    /// Empty for verbs without an object.
    pub object: Cow<'a, str>,
    pub at: Position,
}

/// Location in which a flow ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum End<'a> {
    /// The heap: the last step says by which operation.
    Heap,
    /// In a result of the function, so with its caller.
    Result(Cow<'a, str>),
    /// In a variable that outlives it: a named result, one declared outside the loop or closure, or one that is
    /// on the heap itself.
    Variable(Cow<'a, str>),
    /// In another value that outlives it, such as a closure or slice on the heap.
    Value(Cow<'a, str>),
}

/// A flow in the compiler's notation.
struct RawFlow<'a> {
    steps: Vec<RawStep<'a>>,
    end: RawEnd<'a>,
    truncated: bool,
}

#[derive(Clone, Copy)]
struct RawStep<'a> {
    verb: Verb,
    object: &'a str,
    at: Position,
}

/// [`End`] in the compiler's notation.
#[derive(Clone, Copy)]
enum RawEnd<'a> {
    Heap,
    Result(&'a str),
    Variable(&'a str),
    Value(&'a str),
}

/// Limit on the holders of holders that a flow is continued through.
const MAX_HOLDERS: usize = 8;

/// Flows of all values of a package, with the indexes they are worked out from.
#[derive(Debug)]
pub struct Flows<'a> {
    decisions: &'a Decisions,
    functions: Functions,
    /// Callees inlined at a position: the one called there, and those inlined into it.
    inlined: FxHashMap<Position, Vec<&'a str>>,
    /// Decisions about values on the heap by subject, in the compiler's order.
    on_heap: FxHashMap<&'a str, Vec<DecisionId>>,
}

impl<'a> Flows<'a> {
    pub fn new(decisions: &'a Decisions) -> Self {
        let mut inlined: FxHashMap<Position, Vec<&str>> = FxHashMap::default();
        let mut on_heap: FxHashMap<&str, Vec<DecisionId>> = FxHashMap::default();
        for (id, decision) in decisions.iter() {
            let subject = decisions.text(decision.subject);
            if matches!(decision.kind, Kind::InliningCall { .. }) {
                inlined.entry(decision.position).or_default().push(subject);
            } else if decision.kind.is_escape() {
                on_heap.entry(subject).or_default().push(id);
            }
        }
        Self {
            decisions,
            functions: Functions::of(decisions),
            inlined,
            on_heap,
        }
    }

    /// The whole flow of a decision's value: through the closure or literal that holds the value to what keeps that
    /// alive. None if the log does not explain the decision.
    pub fn flow(&self, decision: DecisionId) -> Option<Flow<'a>> {
        let mut flow = self.raw(self.decisions.why(decision).next()?);
        let mut explained = vec![decision];
        while explained.len() < MAX_HOLDERS
            && let Some(holder) = self.holder(&explained, &flow)
            && let Some(explanation) = self.decisions.why(holder).next()
        {
            explained.push(holder);
            let more = self.raw(explanation);
            flow.steps.extend(more.steps);
            flow.end = more.end;
            flow.truncated |= more.truncated;
        }
        Some(self.readable(flow))
    }

    /// The flow of one explanation, which may end in another value on the heap.
    pub fn flow_of(&self, explanation: &Explanation) -> Flow<'a> {
        self.readable(self.raw(explanation))
    }

    /// The subject of a decision as the user wrote it, or in readable notation where the source is not known.
    pub fn subject(&self, id: DecisionId) -> Cow<'a, str> {
        let decision = self.decisions[id];
        let notation = self.decisions.text(decision.subject);
        let expression = decision
            .subject
            .expression
            .map(|id| self.decisions.text(id));
        match (expression, decision.subject.class) {
            (Some(call), SubjectClass::VariadicSlice) => {
                Cow::Owned(format!("variadic arguments of {call}"))
            }
            (Some(call), SubjectClass::FuncLiteral) if !call.starts_with("func") => {
                Cow::Owned(format!("closure of {call}"))
            }
            (Some(expression), _) => Cow::Borrowed(expression),
            (None, _) => match self.written(decision.position, notation) {
                Some(expression) => Cow::Borrowed(expression),
                None => notation::readable(notation, self.callees(decision.position)),
            },
        }
    }

    /// The functions inlined at a position, the one called there first; in the compiler's notation.
    pub fn callees(&self, position: Position) -> &[&'a str] {
        self.inlined.get(&position).map_or(&[], Vec::as_slice)
    }

    /// The function whose inlined body a value comes from: the one that is called at its position.
    pub fn inlined_from(&self, id: DecisionId) -> Option<Cow<'a, str>> {
        let decision = self.decisions[id];
        let is_own = decision.subject.expression.is_some()
            || decision.subject.class == SubjectClass::VariadicSlice;
        let callee = self
            .callees(decision.position)
            .first()
            .filter(|_| !is_own)?;
        Some(fold_function_name(callee))
    }

    /// The source text of a value of an inlined body, if the package itself has that body.
    fn written(&self, position: Position, notation: &str) -> Option<&'a str> {
        let callees = self.callees(position);
        let is_callee = |id: &DecisionId| {
            let own = self.functions.enclosing(self.decisions[*id].position);
            own.is_some_and(|own| {
                callees
                    .iter()
                    .any(|name| fold_function_name(name) == *own.name)
            })
        };
        let same = self.on_heap.get(notation)?;
        let found = same.iter().filter(|id| is_callee(id));
        let mut texts = found.filter_map(|id| self.decisions[*id].subject.expression);
        texts.next().map(|id| self.decisions.text(id))
    }

    fn readable(&self, flow: RawFlow<'a>) -> Flow<'a> {
        let last = flow.steps.last().map(|step| step.at);
        let readable = |text, at: Option<Position>| {
            let callees = at.map_or(&[][..], |at| self.callees(at));
            notation::readable(text, callees)
        };
        Flow {
            end: match flow.end {
                RawEnd::Heap => End::Heap,
                RawEnd::Result(name) => End::Result(readable(name, last)),
                RawEnd::Variable(name) => End::Variable(readable(name, last)),
                RawEnd::Value(value) => End::Value(readable(value, last)),
            },
            truncated: flow.truncated,
            steps: (flow.steps.into_iter())
                .map(|step| FlowStep {
                    verb: step.verb,
                    object: readable(step.object, Some(step.at)),
                    at: step.at,
                })
                .collect(),
        }
    }

    fn raw(&self, explanation: &Explanation) -> RawFlow<'a> {
        let decisions = self.decisions;
        let mut steps: Vec<RawStep<'a>> = Vec::new();
        let mut truncated = false;
        let mut location = Location::Temporary;
        let mut last: Option<Note<'a>> = None;
        for step in decisions.steps(explanation) {
            match step {
                Step::Flow { to, .. } => {
                    let to = Location::of(decisions.text(to));
                    // A parameter that leaks in several ways flows on through a temporary.
                    if let (Location::Temporary, Location::Heap) = (location, to)
                        && let Some(step) = steps.last_mut()
                        && step.verb == Verb::ReturnedBy
                    {
                        step.verb = Verb::PassedTo;
                    }
                    location = to;
                }
                Step::Truncated => truncated = true,
                Step::From { node, why, at } => {
                    let note = Note {
                        node: decisions.text(node),
                        why: decisions.text(why),
                        at,
                    };
                    if let Some(mut step) = translate(note, location, steps.last()) {
                        self.name_inlined(&mut step, note);
                        merge(&mut steps, step);
                    }
                    last = Some(note);
                }
            }
        }
        if let Some(note) = last.filter(|note| note.why == "spill" && location == Location::Heap) {
            steps.push(verb::made_on_heap(note));
        }
        let returned = last.is_some_and(|note| note.why == "return");
        RawFlow {
            steps,
            end: end(decisions, explanation, location, returned),
            truncated,
        }
    }

    /// The arguments of an inlined call are assigned to its parameters at the call: name the callee instead.
    fn name_inlined(&self, step: &mut RawStep<'a>, note: Note<'a>) {
        if step.verb != Verb::AssignedTo || note.why != "assign-pair" {
            return;
        }
        let Some(callees) = self.inlined.get(&step.at) else {
            return;
        };
        let package = package(step.object);
        let mut callees = callees
            .iter()
            .filter(|callee| self::package(callee) == package);
        if let (Some(callee), None) = (callees.next(), callees.next()) {
            step.verb = Verb::PassedToInlined;
            step.object = callee;
        }
    }

    /// The decision about the value or variable on the heap in which a flow ends; none of `explained`.
    fn holder(&self, explained: &[DecisionId], flow: &RawFlow<'a>) -> Option<DecisionId> {
        let (RawEnd::Value(subject) | RawEnd::Variable(subject)) = flow.end else {
            return None;
        };
        let of = self.decisions[*explained.last()?];
        let last = flow.steps.last()?.at;
        // Variables the compiler makes have no position.
        let at = if last.line == 0 { of.position } else { last };
        let function = of.function;
        let candidates = self.on_heap.get(subject)?.iter().copied();
        candidates
            .filter(|id| !explained.contains(id))
            .filter(|id| {
                let decision = &self.decisions[*id];
                let before = decision.position.file == at.file && decision.position <= at;
                let same_function = || match (function, decision.function) {
                    (Some(one), Some(other)) => one == other,
                    _ => self.enclosing(decision.position) == self.enclosing(at),
                };
                decision.position == at || (before && same_function())
            })
            .max_by_key(|id| self.decisions[*id].position)
    }

    /// Start of the declared function around a position.
    fn enclosing(&self, position: Position) -> Option<Position> {
        let function = self.functions.enclosing(position)?;
        Some(Position {
            file: function.file,
            line: function.start.line,
            col: function.start.col,
        })
    }
}

/// `fmt` of `fmt.a`, `fmt.Println` and `fmt.(*pp).printArg`; empty within the package.
fn package(name: &str) -> &str {
    let name = &name[..name.find(['[', '(']).unwrap_or(name.len())];
    match name.split_once('.') {
        // `T.M` of this package: types of other packages have theirs in front.
        Some((first, rest)) if rest.is_empty() || first.starts_with(char::is_lowercase) => first,
        _ => "",
    }
}

fn end<'a>(
    decisions: &'a Decisions,
    explanation: &Explanation,
    last: Location<'a>,
    returned: bool,
) -> RawEnd<'a> {
    let to_text = |to: TextId| Location::of(decisions.text(to));
    let location = match explanation.claim {
        Claim::Leaks { to, .. } => to_text(to),
        Claim::Escapes => last,
    };
    match location {
        Location::Heap | Location::Temporary => RawEnd::Heap,
        Location::Storage(value) => RawEnd::Value(value),
        Location::Variable(name) if returned || name.starts_with("~r") => RawEnd::Result(name),
        Location::Variable(name) => RawEnd::Variable(name),
    }
}

/// Adds a step unless it says again what the last one said.
fn merge<'a>(steps: &mut Vec<RawStep<'a>>, step: RawStep<'a>) {
    let Some(last) = steps.last_mut() else {
        return steps.push(step);
    };
    let same_call = last.at == step.at && last.object == step.object;
    match (last.verb, step.verb) {
        // `append(a, b...) (call parameter)`, then the same as `(appended slice...)`.
        (Verb::Appended, Verb::ElementsAppended) | (Verb::Copied, Verb::ElementsCopied)
            if same_call =>
        {
            last.verb = step.verb;
        }
        // `x (captured by a closure)`, then `x (reference)`.
        (Verb::CapturedByValue, Verb::CapturedByReference) if same_call => {
            last.verb = Verb::CapturedByReference;
        }
        (before, now) if before == now && same_call => {}
        _ => steps.push(step),
    }
}

/// A location of a flow, as escape analysis has them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Location<'a> {
    Heap,
    Temporary,
    Variable(&'a str),
    /// `{storage for EXPR}`.
    Storage(&'a str),
}

impl<'a> Location<'a> {
    fn of(text: &'a str) -> Self {
        match text {
            "{heap}" => Self::Heap,
            "{temp}" => Self::Temporary,
            _ => text
                .strip_prefix("{storage for ")
                .and_then(|text| text.strip_suffix('}'))
                .map_or(Self::Variable(text), Self::Storage),
        }
    }
}
