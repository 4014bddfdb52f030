//! Explanations as steps a person can follow: what happens to the value, to what, and where.
//!
//! The compiler explains an escape as flows between places, each with the expressions it goes through:
//!
//! ```text
//! flow: {storage for ... argument} ← &{storage for x}:   from x (spill), from ... argument (slice-literal-element)
//! flow: {heap} ← {storage for ... argument}:             from fmt.Println(... argument...) (call parameter)
//! ```
//!
//! [`Stories`] turns that into "packed into the variadic arguments", "passed to `fmt.Println`". It drops what only
//! says where the compiler made room (`spill`), joins notes that describe one thing, and goes on with the value
//! that holds this one, if that is on the heap for a reason of its own.
//!
//! Each step's position is the compiler's for the expression: for a call its `(`, for a selector its dot's
//! operand, for an assignment its operator; for what was inlined, the outermost call.

mod verb;

use rustc_hash::FxHashMap;

use crate::TextId;
use crate::decision::{Claim, DecisionId, Explanation, Kind, Position, Step};
use crate::decisions::Decisions;
use crate::functions::Functions;

pub use verb::Verb;
use verb::{Note, translate};

/// What happens to a value until it is out of the stack's reach.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Story<'a> {
    /// From the value outwards. The last step tells who keeps it. Never empty for an escape.
    pub steps: Vec<StoryStep<'a>>,
    pub end: End<'a>,
    /// The compiler gave up on a cycle of assignments: the last steps are missing.
    pub truncated: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StoryStep<'a> {
    pub verb: Verb,
    /// What `verb` speaks of, in the compiler's notation: the function called, the variable assigned, the field
    /// stored to. Empty for verbs without an object.
    pub object: &'a str,
    pub at: Position,
}

/// Where the value ends up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End<'a> {
    /// Anywhere: the last step tells through what.
    Heap,
    /// In a result of the function, so with its caller.
    Result(&'a str),
    /// In a variable that outlives it: a named result, one declared outside the loop or closure, or one that is
    /// on the heap itself.
    Variable(&'a str),
    /// In another value that outlives it, such as a closure or slice on the heap.
    Value(&'a str),
}

/// More holders of holders than anyone reads.
const MAX_HOLDERS: usize = 8;

/// Tells why values of a package escape.
#[derive(Debug)]
pub struct Stories<'a> {
    decisions: &'a Decisions,
    functions: Functions,
    /// Callees inlined at a place: the one called there, and what is inlined into it.
    inlined: FxHashMap<Position, Vec<&'a str>>,
    /// What is on the heap, by its subject, in the compiler's order.
    on_heap: FxHashMap<&'a str, Vec<DecisionId>>,
}

impl<'a> Stories<'a> {
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

    /// Why a decision was taken, to the end: through the closure or literal that holds the value to who keeps
    /// that. None if the log does not explain it.
    pub fn tell(&self, decision: DecisionId) -> Option<Story<'a>> {
        let mut story = self.tell_path(self.decisions.why(decision).next()?);
        let mut told = vec![decision];
        while told.len() < MAX_HOLDERS
            && let Some(holder) = self.holder(&told, &story)
            && let Some(explanation) = self.decisions.why(holder).next()
        {
            told.push(holder);
            let more = self.tell_path(explanation);
            story.steps.extend(more.steps);
            story.end = more.end;
            story.truncated |= more.truncated;
        }
        Some(story)
    }

    /// One explanation, which may end in another value on the heap.
    pub fn tell_path(&self, explanation: &Explanation) -> Story<'a> {
        let decisions = self.decisions;
        let mut steps: Vec<StoryStep<'a>> = Vec::new();
        let mut truncated = false;
        let mut place = Place::Temporary;
        let mut last: Option<Note<'a>> = None;
        for step in decisions.steps(explanation) {
            match step {
                Step::Flow { to, .. } => {
                    let to = Place::of(decisions.text(to));
                    // A parameter that leaks in several ways flows on through a temporary.
                    if let (Place::Temporary, Place::Heap) = (place, to)
                        && let Some(step) = steps.last_mut()
                        && step.verb == Verb::ReturnedBy
                    {
                        step.verb = Verb::PassedTo;
                    }
                    place = to;
                }
                Step::Truncated => truncated = true,
                Step::From { node, why, at } => {
                    let note = Note {
                        node: decisions.text(node),
                        why: decisions.text(why),
                        at,
                    };
                    if let Some(mut step) = translate(note, place, steps.last()) {
                        self.name_inlined(&mut step, note);
                        merge(&mut steps, step);
                    }
                    last = Some(note);
                }
            }
        }
        if let Some(note) = last.filter(|note| note.why == "spill" && place == Place::Heap) {
            steps.push(verb::made_on_heap(note));
        }
        let returned = last.is_some_and(|note| note.why == "return");
        Story {
            steps,
            end: end(decisions, explanation, place, returned),
            truncated,
        }
    }

    /// The arguments of an inlined call are assigned to its parameters at the call: name the callee instead.
    fn name_inlined(&self, step: &mut StoryStep<'a>, note: Note<'a>) {
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

    /// The decision about the value or variable on the heap in which a story ends; not one of those told already.
    fn holder(&self, told: &[DecisionId], story: &Story<'a>) -> Option<DecisionId> {
        let (End::Value(subject) | End::Variable(subject)) = story.end else {
            return None;
        };
        let of = self.decisions[*told.last()?];
        let last = story.steps.last()?.at;
        // Variables the compiler makes have no position.
        let at = if last.line == 0 { of.position } else { last };
        let function = of.function;
        let candidates = self.on_heap.get(subject)?.iter().copied();
        candidates
            .filter(|id| !told.contains(id))
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

    /// Where the function declared around a place starts.
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
    last: Place<'a>,
    returned: bool,
) -> End<'a> {
    let to_text = |to: TextId| Place::of(decisions.text(to));
    let place = match explanation.claim {
        Claim::Leaks { to, .. } => to_text(to),
        Claim::Escapes => last,
    };
    match place {
        Place::Heap | Place::Temporary => End::Heap,
        Place::Storage(value) => End::Value(value),
        Place::Variable(name) if returned || name.starts_with("~r") => End::Result(name),
        Place::Variable(name) => End::Variable(name),
    }
}

/// Adds a step unless it says again what the last one said.
fn merge<'a>(steps: &mut Vec<StoryStep<'a>>, step: StoryStep<'a>) {
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

/// A place of a flow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place<'a> {
    Heap,
    Temporary,
    Variable(&'a str),
    /// `{storage for EXPR}`.
    Storage(&'a str),
}

impl<'a> Place<'a> {
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
