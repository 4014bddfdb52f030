//! What a goroutine waits for: the runtime's wait reasons and statuses, as one table.
//!
//! Go 1.27 has 47 wait reasons, 1.21 had 32; a reason that is not in the table is taken as
//! blocked, never refused. Source: runtime/runtime2.go `waitReasonStrings`, go1.21 to go1.27.

/// What a state means for the question whether the goroutine is leaked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Parked on a primitive of the program; the goroutineleak profile may prove that for ever.
    Provable,
    /// Parked on a primitive of the program that the runtime never proves anything about.
    Blocked,
    /// Parked until a file or connection is ready.
    Io,
    /// Parked until a time.
    Sleep,
    /// In a system call or in C.
    Syscall,
    /// Runs, or would if there were a processor.
    Alive,
    /// The runtime's own business.
    Runtime,
}

/// One row of the table.
#[derive(Debug)]
pub struct State {
    /// As the runtime prints it, without suffixes.
    pub name: &'static str,
    pub class: Class,
    /// What a goroutine in it does, to stand between a function's name and a place.
    pub words: &'static str,
}

const fn row(name: &'static str, class: Class, words: &'static str) -> State {
    State { name, class, words }
}

/// The row of a status. `None` for a reason no known Go prints.
pub fn find(name: &str) -> Option<&'static State> {
    STATES.iter().find(|state| state.name == name)
}

/// The class of a status; an unknown one is taken as blocked.
pub fn class(name: &str) -> Class {
    find(name).map_or(Class::Blocked, |state| state.class)
}

/// What a goroutine of that status does.
pub fn words(name: &str) -> &'static str {
    find(name).map_or("waits", |state| state.words)
}

pub static STATES: &[State] = &[
    row("chan receive", Class::Provable, "receives from a channel"),
    row("chan send", Class::Provable, "sends on a channel"),
    row("select", Class::Provable, "selects"),
    row(
        "chan receive (nil chan)",
        Class::Provable,
        "receives from a nil channel",
    ),
    row(
        "chan send (nil chan)",
        Class::Provable,
        "sends on a nil channel",
    ),
    row(
        "select (no cases)",
        Class::Provable,
        "selects without cases",
    ),
    row("sync.Mutex.Lock", Class::Provable, "locks a mutex"),
    row("sync.RWMutex.RLock", Class::Provable, "read-locks a mutex"),
    row("sync.RWMutex.Lock", Class::Provable, "write-locks a mutex"),
    row(
        "sync.WaitGroup.Wait",
        Class::Provable,
        "waits for a wait group",
    ),
    row("sync.Cond.Wait", Class::Provable, "waits for a condition"),
    // Before go1.24 a wait group, before go1.18 a mutex too.
    row("semacquire", Class::Blocked, "waits for a semaphore"),
    row("coroutine", Class::Blocked, "waits for its coroutine"),
    row("synctest.Run", Class::Blocked, "runs a synctest bubble"),
    row(
        "synctest.Wait",
        Class::Blocked,
        "waits for a synctest bubble",
    ),
    row("IO wait", Class::Io, "waits for I/O"),
    row("sleep", Class::Sleep, "sleeps"),
    row("syscall", Class::Syscall, "is in a system call"),
    row(
        "waiting for cgo callback",
        Class::Syscall,
        "waits for C code",
    ),
    row("running", Class::Alive, "runs"),
    row("runnable", Class::Alive, "is ready to run"),
    row("copystack", Class::Alive, "grows its stack"),
    row("preempted", Class::Alive, "was preempted"),
    // Without a reason; and a status the runtime could not name.
    row("waiting", Class::Blocked, "waits"),
    row("leaked", Class::Blocked, "waits"),
    row("???", Class::Blocked, "waits"),
    row("parked", Class::Blocked, "waits"),
    // What the addresses of a debug=1 profile leave open.
    row(
        "chan send or receive",
        Class::Provable,
        "waits on a channel",
    ),
    row("", Class::Runtime, "waits"),
    row("idle", Class::Runtime, "is idle"),
    row("dead", Class::Runtime, "has ended"),
    row(
        "GC assist marking",
        Class::Runtime,
        "helps the garbage collector",
    ),
    row(
        "GC assist wait",
        Class::Runtime,
        "helps the garbage collector",
    ),
    row("GC mark termination", Class::Runtime, "collects garbage"),
    row("GC scavenge wait", Class::Runtime, "returns memory"),
    row("GC sweep wait", Class::Runtime, "sweeps memory"),
    row(
        "GC weak to strong wait",
        Class::Runtime,
        "waits for the garbage collector",
    ),
    row("GC worker (active)", Class::Runtime, "collects garbage"),
    row("GC worker (idle)", Class::Runtime, "collects garbage"),
    row(
        "GOMAXPROCS updater (idle)",
        Class::Runtime,
        "watches the CPU limit",
    ),
    row("cleanup wait", Class::Runtime, "runs cleanups"),
    row("debug call", Class::Runtime, "is called by a debugger"),
    row("dumping heap", Class::Runtime, "writes a heap dump"),
    row("finalizer wait", Class::Runtime, "runs finalizers"),
    row("flushing proc caches", Class::Runtime, "flushes caches"),
    row(
        "force gc (idle)",
        Class::Runtime,
        "forces garbage collections",
    ),
    row("garbage collection", Class::Runtime, "collects garbage"),
    row(
        "garbage collection scan",
        Class::Runtime,
        "collects garbage",
    ),
    row("page trace flush", Class::Runtime, "writes a trace"),
    row("panicwait", Class::Runtime, "waits for a panic"),
    row("stopping the world", Class::Runtime, "stops the world"),
    row("trace goroutine status", Class::Runtime, "writes a trace"),
    row("trace proc status", Class::Runtime, "writes a trace"),
    row("trace reader (blocked)", Class::Runtime, "writes a trace"),
    row(
        "wait for GC cycle",
        Class::Runtime,
        "waits for the garbage collector",
    ),
    row(
        "wait until GC ends",
        Class::Runtime,
        "waits for the garbage collector",
    ),
];

/// The state that the innermost runtime functions of a stack show, where none is printed
/// (debug=0 and debug=1). A nil channel looks like any other there.
///
/// `functions` are names, innermost first.
pub fn of_stack<'a>(functions: impl Iterator<Item = &'a str>) -> Option<&'static str> {
    functions.take(8).find_map(|name| {
        let leaf = name.rsplit_once('.').map_or(name, |(_, leaf)| leaf);
        Some(match leaf {
            "chanrecv" | "chanrecv1" | "chanrecv2" => "chan receive",
            "chansend" | "chansend1" => "chan send",
            "selectgo" => "select",
            "block" if name == "runtime.block" => "select (no cases)",
            "runtime_SemacquireMutex" => "sync.Mutex.Lock",
            "runtime_SemacquireRWMutexR" => "sync.RWMutex.RLock",
            "runtime_SemacquireRWMutex" => "sync.RWMutex.Lock",
            "runtime_SemacquireWaitGroup" | "runtime_Semacquire" => "sync.WaitGroup.Wait",
            "runtime_notifyListWait" => "sync.Cond.Wait",
            "runtime_pollWait" => "IO wait",
            "Sleep" if name == "time.Sleep" => "sleep",
            "coroswitch" => "coroutine",
            "notetsleepg" | "cgocall" | "Syscall" | "Syscall6" | "RawSyscall6" | "signal_recv"
            | "entersyscall" => "syscall",
            "writeRuntimeProfile" => "running",
            _ => return None,
        })
    })
}

/// As [`of_stack`], for stacks with the runtime's frames (debug=0): what is not parked runs.
pub fn of_full_stack<'a>(functions: impl Iterator<Item = &'a str> + Clone) -> &'static str {
    let is_parked = functions.clone().next() == Some("runtime.gopark");
    of_stack(functions).unwrap_or(if is_parked { "parked" } else { "running" })
}

/// The primitive behind `semacquire`, which older versions of Go print for most of them, by the
/// frames of a stack, innermost first. `status` itself where they do not show it.
pub fn refine<'a>(status: &'a str, mut functions: impl Iterator<Item = &'a str>) -> &'a str {
    if status != "semacquire" {
        return status;
    }
    let refined = functions.find_map(|name| {
        Some(match name {
            "sync.(*WaitGroup).Wait" => "sync.WaitGroup.Wait",
            "sync.(*RWMutex).RLock" => "sync.RWMutex.RLock",
            "sync.(*RWMutex).Lock" => "sync.RWMutex.Lock",
            "sync.(*Mutex).Lock" | "internal/sync.(*Mutex).Lock" => "sync.Mutex.Lock",
            "sync.(*Cond).Wait" => "sync.Cond.Wait",
            // A frame outside of the primitives ends the search.
            _ if !name.starts_with("sync.")
                && !name.starts_with("internal/sync.")
                && !name.starts_with("runtime.") =>
            {
                "semacquire"
            }
            _ => return None,
        })
    });
    // A mutex is locked inside the lock of a `RWMutex` or a `Cond`.
    match refined {
        Some("sync.Mutex.Lock") => {
            let outer = functions.next();
            match outer {
                Some("sync.(*RWMutex).Lock") => "sync.RWMutex.Lock",
                Some("sync.(*Mutex).Lock") if functions.next() == Some("sync.(*RWMutex).Lock") => {
                    "sync.RWMutex.Lock"
                }
                _ => "sync.Mutex.Lock",
            }
        }
        Some(refined) => refined,
        None => status,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = STATES.iter().map(|state| state.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn an_unknown_reason_is_blocked() {
        assert_eq!(class("sync.Barrier.Wait"), Class::Blocked);
        assert_eq!(words("sync.Barrier.Wait"), "waits");
    }

    #[test]
    fn a_semaphore_is_named_by_the_frames_below_it() {
        let cases: [(&[&str], &str); 5] = [
            (
                &[
                    "sync.runtime_Semacquire",
                    "sync.(*WaitGroup).Wait",
                    "main.f",
                ],
                "sync.WaitGroup.Wait",
            ),
            (
                &[
                    "sync.runtime_SemacquireMutex",
                    "sync.(*Mutex).lockSlow",
                    "sync.(*Mutex).Lock",
                    "main.f",
                ],
                "sync.Mutex.Lock",
            ),
            (
                &[
                    "sync.runtime_SemacquireMutex",
                    "sync.(*Mutex).lockSlow",
                    "sync.(*Mutex).Lock",
                    "sync.(*RWMutex).Lock",
                    "main.f",
                ],
                "sync.RWMutex.Lock",
            ),
            (
                &["sync.runtime_Semacquire", "sync.(*RWMutex).RLock", "main.f"],
                "sync.RWMutex.RLock",
            ),
            (
                &[
                    "internal/poll.runtime_Semacquire",
                    "internal/poll.(*fdMutex).rwlock",
                ],
                "semacquire",
            ),
        ];
        for (functions, want) in cases {
            assert_eq!(
                refine("semacquire", functions.iter().copied()),
                want,
                "{functions:?}"
            );
        }
        assert_eq!(
            refine("select", ["sync.(*WaitGroup).Wait"].into_iter()),
            "select"
        );
    }

    #[test]
    fn leaf_functions_show_the_state() {
        let cases: [(&[&str], Option<&str>); 6] = [
            (
                &[
                    "runtime.gopark",
                    "runtime.chanrecv",
                    "runtime.chanrecv1",
                    "main.f",
                ],
                Some("chan receive"),
            ),
            (
                &[
                    "runtime.gopark",
                    "runtime.semacquire1",
                    "internal/sync.runtime_SemacquireMutex",
                ],
                Some("sync.Mutex.Lock"),
            ),
            (
                &["internal/poll.runtime_pollWait", "net.(*netFD).accept"],
                Some("IO wait"),
            ),
            (
                &["runtime.gopark", "runtime.block"],
                Some("select (no cases)"),
            ),
            (&["main.block"], None),
            (&[], None),
        ];
        for (functions, want) in cases {
            assert_eq!(of_stack(functions.iter().copied()), want, "{functions:?}");
        }
    }
}
