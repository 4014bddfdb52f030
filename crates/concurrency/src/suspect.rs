//! A place where a goroutine may not end, as data.

use std::path::PathBuf;

use base::{LineCol, TextRange};

/// How sure a suspect is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Tier {
    /// Every use of the primitive is known, and none ends the wait.
    Error,
    /// A path or a caller that is not known could end it.
    Warn,
    /// Worth a look.
    Hint,
}

/// A range of a file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Location {
    pub path: PathBuf,
    pub start: LineCol,
    pub end: LineCol,
    /// The same in bytes, for edits.
    pub range: TextRange,
}

/// What a step of a suspect's path is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// The primitive is made here.
    Made,
    /// The goroutine starts here.
    Started,
    /// It blocks here.
    Blocks,
    /// The other side, which would have to act.
    Counterpart,
    /// The function is left here, without that.
    Leaves,
    Locked,
    LockedAgain,
    /// What needs the lock.
    NeedsLock,
    Acquired,
    Stops,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Step {
    pub at: Location,
    pub role: Role,
}

/// The kinds of mistakes, by the rule that reports them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Mistake {
    // GL01
    NoSender,
    NoReceiver,
    NeverClosed,
    NeverSignalled,
    RangeOverTicker,
    NoArm,
    // GL02
    OwnerLeaves,
    ReceiverStopsEarly,
    EndlessSender,
    // GL03
    MoreSendsThanReceives,
    // GL04
    EndsWithoutSending,
    EndsWithoutClosing,
    TurnWithoutSending,
    // GL05
    EmptySelect,
    NilChannel,
    SendBeforeReceiver,
    OwnCounterpart,
    SlotTakenTwice,
    SlotTakenInside,
    // GL06
    CancelDropped,
    CancelNotOnPath,
    CancelNeverCalled,
    CancelOverwritten,
    // GL07
    ReturnsLocked,
    LocksAgain,
    LocksAgainNextTurn,
    DeferredLock,
    WrongUnlock,
    ReadLockTwice,
    PanicKeepsLock,
    // GL08
    WaitsUnderLock,
    LockOrder,
    // GL09
    AddInGoroutine,
    DoneSkipped,
    AddTooMany,
    NoDone,
    WaitBeforeReceive,
    WaitInWorker,
    AddWithoutStart,
    GroupCopied,
    PanicSkipsDone,
    // GL10
    NoExitArm,
    BreakLeavesSelect,
    // GL11
    NoBound,
    // GL12
    NeverStopped,
    StopNotOnPath,
    StopIgnored,
    // GL13
    NeverReleased,
    ReleaseNotOnPath,
    // GL14
    TimerPerTurn,
    // GL15
    RootContext,
    CallWithoutContext,
    WaitWithoutContext,
}

impl Mistake {
    /// The number of the rule: 1 is GL01.
    pub const fn rule(self) -> u8 {
        use Mistake as M;
        match self {
            M::NoSender
            | M::NoReceiver
            | M::NeverClosed
            | M::NeverSignalled
            | M::RangeOverTicker
            | M::NoArm => 1,
            M::OwnerLeaves | M::ReceiverStopsEarly | M::EndlessSender => 2,
            M::MoreSendsThanReceives => 3,
            M::EndsWithoutSending | M::EndsWithoutClosing | M::TurnWithoutSending => 4,
            M::EmptySelect
            | M::NilChannel
            | M::SendBeforeReceiver
            | M::OwnCounterpart
            | M::SlotTakenTwice
            | M::SlotTakenInside => 5,
            M::CancelDropped | M::CancelNotOnPath | M::CancelNeverCalled | M::CancelOverwritten => {
                6
            }
            M::ReturnsLocked
            | M::LocksAgain
            | M::LocksAgainNextTurn
            | M::DeferredLock
            | M::WrongUnlock
            | M::ReadLockTwice
            | M::PanicKeepsLock => 7,
            M::WaitsUnderLock | M::LockOrder => 8,
            M::AddInGoroutine
            | M::DoneSkipped
            | M::AddTooMany
            | M::NoDone
            | M::WaitBeforeReceive
            | M::WaitInWorker
            | M::AddWithoutStart
            | M::GroupCopied
            | M::PanicSkipsDone => 9,
            M::NoExitArm | M::BreakLeavesSelect => 10,
            M::NoBound => 11,
            M::NeverStopped | M::StopNotOnPath | M::StopIgnored => 12,
            M::NeverReleased | M::ReleaseNotOnPath => 13,
            M::TimerPerTurn => 14,
            M::RootContext | M::CallWithoutContext | M::WaitWithoutContext => 15,
        }
    }
}

/// A suspect.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Suspect {
    /// Where the goroutine blocks, or what has to change.
    pub at: Location,
    pub mistake: Mistake,
    pub tier: Tier,
    /// How the source calls what it is about.
    pub subject: String,
    /// A second name where the mistake has one: the lock, the method that stops.
    pub other: String,
    /// `(*Store).Put`
    pub function: String,
    /// Import path.
    pub package: String,
    /// In the order in which they explain the suspect.
    pub steps: Vec<Step>,
    /// Texts that replace ranges and end the mistake; none where that is not plain. They are not in gofmt's form.
    pub edits: Vec<(Location, String)>,
}
