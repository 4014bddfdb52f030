//! What a dump holds, as data.

use std::borrow::Cow;

/// Key and value pairs in the order they were printed, unquoted.
pub type Labels<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

/// One call of a stack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Frame<'a> {
    /// As printed, without arguments: `net/http.(*conn).serve`.
    pub function: Cow<'a, str>,
    /// As printed; empty for a non-Go function.
    pub file: Cow<'a, str>,
    /// From 1; 0 if unknown.
    pub line: u32,
}

/// The `go` statement that started a goroutine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedBy<'a> {
    /// The function the statement stands in, and where.
    pub frame: Frame<'a>,
    /// Absent before go1.21 and for goroutines the runtime starts (`time.AfterFunc`).
    pub parent: Option<u64>,
}

/// The stack an ancestor had when it started its child (`GODEBUG=tracebackancestors=N`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ancestor<'a> {
    pub id: u64,
    pub frames: Vec<Frame<'a>>,
    pub elided: u32,
    pub created_by: Option<CreatedBy<'a>>,
}

/// One goroutine of a debug=2 dump.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the marks the runtime prints"
)]
pub struct Goroutine<'a> {
    /// Never used twice in a process; 0 is a thread's own stack.
    pub id: u64,
    /// Wait reason or status, without its suffixes: `chan receive`, `select (no cases)`.
    pub status: Cow<'a, str>,
    /// `(leaked)`: the runtime has proven that it can never run again.
    pub leaked: bool,
    /// `(durable)`: blocked until its synctest bubble moves on.
    pub durable: bool,
    /// `(scan)`: its stack was being scanned.
    pub scan: bool,
    /// Since the first garbage collection that saw it parked; 0 if not printed.
    pub minutes: u64,
    /// `locked to thread`.
    pub locked: bool,
    /// Its synctest bubble.
    pub bubble: Option<u64>,
    pub labels: Labels<'a>,
    /// Innermost first; both sides of an elision in one list.
    pub frames: Vec<Frame<'a>>,
    /// Frames the runtime left out.
    pub elided: u32,
    pub created_by: Option<CreatedBy<'a>>,
    pub ancestors: Vec<Ancestor<'a>>,
    /// Address of the lock, wait group or condition it waits for, if the arguments of a frame of
    /// package sync show it.
    pub lock: Option<u64>,
}

/// Goroutines with the same stack and labels: one entry of a debug=1 profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stack<'a> {
    pub count: u64,
    /// Return addresses, innermost first, runtime frames included.
    pub addresses: Vec<u64>,
    /// Number of addresses before that of the first frame: the runtime's frames that the form hides.
    pub hidden: usize,
    pub labels: Labels<'a>,
    /// Innermost first, without the runtime's own.
    pub frames: Vec<Frame<'a>>,
}

/// One side of a data race.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access<'a> {
    /// As printed: `Write`, `Previous read`, `Previous atomic write`.
    pub kind: Cow<'a, str>,
    pub address: u64,
    /// `None` is the main goroutine.
    pub goroutine: Option<u64>,
    pub frames: Vec<Frame<'a>>,
}

/// Where a goroutine of a race report came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RaceGoroutine<'a> {
    pub id: u64,
    /// `running` or `finished`.
    pub status: Cow<'a, str>,
    /// The stack of its `go` statement, innermost first.
    pub created_at: Vec<Frame<'a>>,
}

/// One `WARNING: DATA RACE` block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RaceReport<'a> {
    pub accesses: Vec<Access<'a>>,
    pub goroutines: Vec<RaceGoroutine<'a>>,
}

/// What the reader found next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// A line that is not empty and belongs to nothing below, without its log prefix.
    Text(&'a str),
    Goroutine(Goroutine<'a>),
    /// `NAME profile: total N`; its [`Item::Stack`]s follow.
    Profile {
        name: &'a str,
        total: u64,
    },
    Stack(Stack<'a>),
    Race(RaceReport<'a>),
}

/// Why something could not be read as it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProblemKind {
    /// The input ends inside a goroutine, or at the runtime's limit of 64 MiB.
    Truncated,
    /// A function without its file and line, or a file and line without a function.
    IncompleteFrame,
    /// Lines of somebody else inside a goroutine's stack.
    ForeignLine,
    /// Frames that no goroutine's line precedes: two dumps are mixed, or the beginning is missing.
    OrphanFrame,
    /// Longer than the reader holds; the rest of the line was left out.
    LineTooLong,
    /// More text than a stack can have; the rest was left out.
    StackTooLong,
}

impl std::fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Truncated => "the dump is cut off",
            Self::IncompleteFrame => "a stack frame is incomplete",
            Self::ForeignLine => "a stack holds lines of something else",
            Self::OrphanFrame => {
                "stack frames without a goroutine (two dumps mixed, or the beginning is missing)"
            }
            Self::LineTooLong => "a line is too long",
            Self::StackTooLong => "a stack is too long",
        })
    }
}

/// All problems of one kind, so that a garbled gigabyte does not become a gigabyte of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Problem {
    pub kind: ProblemKind,
    /// Line of the first one, from 1.
    pub line: u64,
    pub count: u64,
}

/// A whole dump in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dump {
    /// Lines that are not empty before the first goroutine, at most [`Dump::MAX_PREAMBLE`].
    pub preamble: Vec<String>,
    pub goroutines: Vec<Goroutine<'static>>,
    /// Name and total of the debug=1 profile the stacks belong to.
    pub profile: Option<(String, u64)>,
    pub stacks: Vec<Stack<'static>>,
    pub races: Vec<RaceReport<'static>>,
}

impl Dump {
    pub const MAX_PREAMBLE: usize = 10_000;

    /// Keeps what the reader hands over.
    pub fn push(&mut self, item: Item<'_>) {
        match item {
            Item::Text(line) => {
                let before = self.goroutines.is_empty() && self.stacks.is_empty();
                if before && self.preamble.len() < Self::MAX_PREAMBLE {
                    self.preamble.push(line.to_owned());
                }
            }
            Item::Goroutine(goroutine) => self.goroutines.push(goroutine.into_owned()),
            Item::Profile { name, total } => self.profile = Some((name.to_owned(), total)),
            Item::Stack(stack) => self.stacks.push(stack.into_owned()),
            Item::Race(race) => self.races.push(race.into_owned()),
        }
    }
}

fn own(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}

fn own_all(frames: Vec<Frame<'_>>) -> Vec<Frame<'static>> {
    frames.into_iter().map(Frame::into_owned).collect()
}

fn own_labels(labels: Labels<'_>) -> Labels<'static> {
    labels
        .into_iter()
        .map(|(key, value)| (own(key), own(value)))
        .collect()
}

impl Frame<'_> {
    pub fn into_owned(self) -> Frame<'static> {
        Frame {
            function: own(self.function),
            file: own(self.file),
            line: self.line,
        }
    }
}

impl CreatedBy<'_> {
    pub fn into_owned(self) -> CreatedBy<'static> {
        CreatedBy {
            frame: self.frame.into_owned(),
            parent: self.parent,
        }
    }
}

impl Ancestor<'_> {
    pub fn into_owned(self) -> Ancestor<'static> {
        Ancestor {
            id: self.id,
            frames: own_all(self.frames),
            elided: self.elided,
            created_by: self.created_by.map(CreatedBy::into_owned),
        }
    }
}

impl Goroutine<'_> {
    pub fn into_owned(self) -> Goroutine<'static> {
        let ancestors = self.ancestors.into_iter().map(Ancestor::into_owned);
        Goroutine {
            id: self.id,
            status: own(self.status),
            leaked: self.leaked,
            durable: self.durable,
            scan: self.scan,
            minutes: self.minutes,
            locked: self.locked,
            bubble: self.bubble,
            labels: own_labels(self.labels),
            frames: own_all(self.frames),
            elided: self.elided,
            created_by: self.created_by.map(CreatedBy::into_owned),
            ancestors: ancestors.collect(),
            lock: self.lock,
        }
    }
}

impl Stack<'_> {
    pub fn into_owned(self) -> Stack<'static> {
        Stack {
            count: self.count,
            addresses: self.addresses,
            hidden: self.hidden,
            labels: own_labels(self.labels),
            frames: own_all(self.frames),
        }
    }
}

impl RaceReport<'_> {
    pub fn into_owned(self) -> RaceReport<'static> {
        let accesses = self.accesses.into_iter().map(|access| Access {
            kind: own(access.kind),
            address: access.address,
            goroutine: access.goroutine,
            frames: own_all(access.frames),
        });
        let goroutines = self.goroutines.into_iter().map(|goroutine| RaceGoroutine {
            id: goroutine.id,
            status: own(goroutine.status),
            created_at: own_all(goroutine.created_at),
        });
        RaceReport {
            accesses: accesses.collect(),
            goroutines: goroutines.collect(),
        }
    }
}
