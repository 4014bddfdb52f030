//! Functions as graphs of blocks with events: what a goroutine does, in which order, and where it can leave.
//!
//! An [`Event`] is an operation on a primitive, a call or an assignment; everything else of the source is gone. A
//! `select` is one event at the end of its block, whose edges lead to blocks that start with the arm's own operation.
//! Deferred calls are repeated at each exit, in the order in which they run. A panic is an exit of its own.

use crate::ids::packed_id;
use crate::nodes::NodeId;
use crate::objects::{ObjId, Text};
use base::{IndexVec, TextRange};

packed_id! {
    /// A function or a function literal.
    pub(crate) struct FuncId;
}
base::typed_id! {
    /// A block of one function.
    pub(crate) struct BlockId;
}
packed_id! {
    /// A variable with the fields that are selected from it: `s.conn.mu`.
    pub(crate) struct PlaceId;
}

/// A range of a source file, by the file's number in the program.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct At {
    pub(crate) file: u32,
    pub(crate) range: TextRange,
}

/// Where an event is: its block and its index there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Spot {
    pub(crate) block: BlockId,
    pub(crate) index: u32,
}

/// A function with its body.
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that do not depend on each other"
)]
#[derive(Debug)]
pub(crate) struct Func {
    /// As users spell it: `(*Store).Put`, `main`; a literal has the name of the function around it.
    pub(crate) name: String,
    /// Number of its package in the program.
    pub(crate) package: u32,
    /// `None` for literals.
    pub(crate) obj: Option<ObjId>,
    /// The function around a literal.
    pub(crate) parent: Option<FuncId>,
    pub(crate) has_recv: bool,
    /// The receiver first.
    pub(crate) params: Vec<ObjId>,
    pub(crate) results: Vec<ResultType>,
    /// The first is the entry.
    pub(crate) blocks: IndexVec<BlockId, Block>,
    pub(crate) loops: Vec<Loop>,
    /// Calls `recover` itself.
    pub(crate) calls_recover: bool,
    /// Has a deferred call that recovers.
    pub(crate) recovers: bool,
    /// Code outside of the packages can call it.
    pub(crate) exported: bool,
    /// `main` of a program, or `init`.
    pub(crate) is_entry: bool,
    /// Parameters of type `context.Context`, `*http.Request` and the like.
    pub(crate) context_params: Vec<ObjId>,
}

impl Func {
    pub(crate) const ENTRY: BlockId = first_block();

    /// All events with their spots, in no order of execution.
    pub(crate) fn events(&self) -> impl Iterator<Item = (Spot, &Event)> {
        events(&self.blocks)
    }

    pub(crate) fn event(&self, spot: Spot) -> &Event {
        &self.blocks[spot.block].events[spot.index as usize]
    }
}

/// The type of a result, as far as it matters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ResultType {
    /// As that of [`crate::objects::Object`].
    pub(crate) name: Text,
    /// A pointer or a defined type.
    pub(crate) is_made: bool,
}

/// All events of blocks with their spots.
pub(crate) fn events(blocks: &IndexVec<BlockId, Block>) -> impl Iterator<Item = (Spot, &Event)> {
    blocks.iter_enumerated().flat_map(|(block, it)| {
        (it.events.iter().zip(0..)).map(move |(event, index)| (Spot { block, index }, event))
    })
}

const fn first_block() -> BlockId {
    BlockId(0)
}

/// A loop of a function.
#[derive(Clone, Debug)]
pub(crate) struct Loop {
    pub(crate) at: At,
    pub(crate) kind: LoopKind,
    /// How often it runs, where that can be said.
    pub(crate) count: Option<Count>,
    /// Where a turn begins, and where control goes after the last one.
    pub(crate) head: BlockId,
    pub(crate) after: BlockId,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LoopKind {
    /// Over the elements of a slice, map, string or array, a number, or with three clauses.
    Counted,
    /// Over a channel.
    Channel,
    /// With a condition.
    While,
    /// Without one.
    Endless,
    /// Over a function.
    Iterator,
}

/// `text - minus` turns; without a text, `-minus`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Count {
    /// `len(xs)`, `n`.
    pub(crate) text: Option<String>,
    pub(crate) minus: i64,
}

/// Events one after the other, then one of several edges or an exit.
#[derive(Debug, Default)]
pub(crate) struct Block {
    pub(crate) events: Vec<Event>,
    pub(crate) edges: Vec<Edge>,
    /// How the function ends here; then there are no edges.
    pub(crate) exit: Option<(Exit, At)>,
    /// The loops around it, outermost first: numbers of the function's loops.
    pub(crate) loops: Vec<u32>,
}

/// Where control goes, and what holds then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    pub(crate) to: BlockId,
    pub(crate) fact: Option<Fact>,
}

/// A variable has a value that a condition asked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Fact {
    pub(crate) var: ObjId,
    /// `nil` or `false`; else not nil or `true`.
    pub(crate) zero: bool,
}

impl Fact {
    pub(crate) fn negated(self) -> Self {
        Self {
            zero: !self.zero,
            ..self
        }
    }
}

/// How a function ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exit {
    /// By `return` or the end of its body.
    Return,
    /// By a panic of its own.
    Panic,
    /// `runtime.Goexit`, `t.Fatal`: deferred calls run.
    Goexit,
    /// The process ends, or nothing ever happens again.
    Never,
}

/// Something that happens.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) kind: EventKind,
    pub(crate) at: At,
}

impl Event {
    pub(crate) fn call(&self) -> Option<&Call> {
        match &self.kind {
            EventKind::Call(call) => Some(call),
            _ => None,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) enum EventKind {
    Op(Op, Operand),
    /// Waits for one of the arms; with `default` it does not wait.
    Select {
        arms: Vec<(Op, Operand)>,
        default: bool,
    },
    /// The arm of a select that was taken; the first event of the arm's block.
    Arm(Op, Operand),
    Call(Box<Call>),
    /// A variable gets another value.
    Assign(ObjId),
    /// A variable is mentioned in a way that lets others see its value: stored, returned, converted.
    Leaks(ObjId),
}

/// An operation on a primitive.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Op {
    Send,
    Recv,
    /// The next turn of a `range` over a channel.
    Range,
    Close,
    Lock,
    RLock,
    Unlock,
    RUnlock,
    /// Takes the lock only if it is free.
    TryLock,
    /// `Add` of a constant; `None`: of an unknown number.
    Add(Option<i32>),
    Done,
    Wait,
    CondWait,
    Signal,
    /// A function value is called.
    Invoke,
}

/// A value as an operation mentions it.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Operand {
    /// `None`: nothing is known of it.
    pub(crate) node: Option<NodeId>,
    pub(crate) place: Option<PlaceId>,
    /// The variable that stands there alone.
    pub(crate) var: Option<ObjId>,
    /// Where it stands in its file.
    pub(crate) range: Option<TextRange>,
}

/// How a call is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    Here,
    /// In a new goroutine.
    Go,
    /// The `defer` statement: nothing happens yet.
    Defer,
    /// A deferred call, at an exit.
    Deferred,
    /// At an unknown time, or never: a function that others were given.
    Maybe,
}

#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) mode: Mode,
    pub(crate) callee: Callee,
    /// Of a declared function or method: `time.After`, `net/http.Client.Do`; else empty.
    pub(crate) name: Text,
    /// The receiver first.
    pub(crate) args: Vec<Operand>,
    /// Nodes of the results, where they matter.
    pub(crate) results: Vec<Option<NodeId>>,
    /// Variables that get the results, as far as they do; none for a call whose results nobody takes.
    pub(crate) targets: Vec<Target>,
    /// The wait group whose `Go` starts the goroutine.
    pub(crate) group: Option<Operand>,
}

/// What becomes of a result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Target {
    Var(ObjId),
    Blank,
    Field(ObjId),
    /// Part of an expression.
    Other,
}

impl Call {
    /// A call of which only the callee matters.
    pub(crate) fn of(mode: Mode, callee: Callee) -> Self {
        Self {
            mode,
            callee,
            name: "",
            args: Vec::new(),
            results: Vec::new(),
            targets: Vec::new(),
            group: None,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Callee {
    /// A declared function or method; of instances the generic one.
    Object(ObjId),
    Literal(FuncId),
    /// A function value.
    Value(Operand),
    /// A method of an interface.
    Interface(ObjId),
    /// An operation that is deferred, or done by a goroutine of its own.
    Op(Op, Operand),
}
