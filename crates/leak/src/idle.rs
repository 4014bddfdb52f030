//! The one rule for goroutines that wait by design, and what waiters of a known kind usually mean.
//!
//! A goroutine waits by design only if its *blocking frame* is a known function: the innermost
//! frame outside the packages that every wait passes through (`PASSED`). A known function further
//! out says nothing: a handler that is stuck below `net/http.(*conn).serve` is the user's code.
//! `dump`, `test` and `watch` all ask [`find`].

use profile::goroutine::Frame;

use crate::frames::package;

/// What it means that a goroutine waits in a known function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// It is there by design.
    Idle,
    /// It is there by design until its owner is stopped: idle in a service, left over after a test.
    UntilStopped,
    /// Its presence usually has a cause that can be named.
    Suspect,
}

/// One known function.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// As the runtime prints it.
    pub function: &'static str,
    /// The only state in which the entry applies; `None` for any.
    pub state: Option<&'static str>,
    pub meaning: Meaning,
    /// What the goroutine is, or what left it behind.
    pub hint: &'static str,
}

/// Packages whose functions are part of every wait: primitives, files and connections.
const PASSED: &[&str] = &[
    "bufio",
    "crypto/tls",
    "internal/poll",
    "internal/sync",
    "io",
    "net",
    "os",
    "runtime",
    "sync",
    "syscall",
    "time",
];

const fn idle(function: &'static str, hint: &'static str) -> Known {
    Known {
        function,
        state: None,
        meaning: Meaning::Idle,
        hint,
    }
}

const fn until_stopped(function: &'static str, hint: &'static str) -> Known {
    Known {
        meaning: Meaning::UntilStopped,
        ..idle(function, hint)
    }
}

const fn suspect(function: &'static str, hint: &'static str) -> Known {
    Known {
        meaning: Meaning::Suspect,
        ..idle(function, hint)
    }
}

const fn in_state(state: &'static str, known: Known) -> Known {
    Known {
        state: Some(state),
        ..known
    }
}

/// Index of the blocking frame. The innermost frame if a stack has none outside of `PASSED`.
pub fn blocking(frames: &[Frame<'_>]) -> usize {
    let passes = |frame: &Frame<'_>| {
        let package = package(&frame.function);
        PASSED.contains(&package) || package.starts_with("internal/runtime/")
    };
    frames.iter().position(|it| !passes(it)).unwrap_or(0)
}

/// The entry of the innermost known function at or inside the frame `user`, the innermost frame of
/// the user's. An entry that excuses a goroutine must be of its blocking frame.
pub fn find(frames: &[Frame<'_>], user: usize, state: &str) -> Option<&'static Known> {
    let blocking = blocking(frames);
    frames
        .iter()
        .take(user + 1)
        .enumerate()
        .find_map(|(idx, frame)| {
            KNOWN.iter().find(|known| {
                frame.function == known.function
                && known.state.is_none_or(|wanted| wanted == state)
                // A goroutine that waits for I/O is idle in any case; the entry only explains it.
                && (idx <= blocking || known.meaning == Meaning::Suspect || state == "IO wait")
            })
        })
}

/// Whether a goroutine runs for the life of the process once the standard library has started it.
pub fn is_singleton(frames: &[Frame<'_>], created_by: Option<&str>) -> bool {
    const SINGLETONS: &[&str] = &[
        "os/signal.loop",
        "os/signal.signal_recv",
        "runtime.ensureSigM",
        "runtime.ReadTrace",
        "runtime/trace.Start.func1",
        "runtime/trace.(*traceMultiplexer).startLocked.func1",
        "runtime/pprof.profileWriter",
        "runtime.runFinalizers",
        "runtime.runfinq",
        "runtime.runCleanups",
    ];
    let known = |name: &str| SINGLETONS.contains(&name);
    frames.iter().any(|frame| known(&frame.function)) || created_by.is_some_and(known)
}

const KEEP_ALIVE: &str =
    "an idle keep-alive connection; if their number grows, a response body is not closed";
const HTTP2: &str = "an open HTTP/2 connection";
const GRPC: &str = "an open gRPC connection";
const SQL_DB: &str = "the worker of an open `sql.DB`; `DB.Close` ends it";
const CANCEL: &str = "a context's cancel function is not called";
const PIPE: &str = "the other end of an `io.Pipe` is not closed";
const CMD_WAIT: &str = "`Cmd.Wait` is not called";

/// Known functions. Of two entries for one function the one with a state comes first.
pub static KNOWN: &[Known] = &[
    // The connection holds a response whose body is neither at its end nor closed.
    in_state(
        "select",
        suspect(
            "net/http.(*persistConn).readLoop",
            "a response body is neither read to its end nor closed",
        ),
    ),
    idle("net/http.(*persistConn).readLoop", KEEP_ALIVE),
    idle("net/http.(*persistConn).writeLoop", KEEP_ALIVE),
    idle("net/http.(*http2ClientConn).readLoop", HTTP2),
    idle("net/http.(*http2serverConn).serve", HTTP2),
    idle("net/http.(*http2serverConn).readFrames", HTTP2),
    idle("net/http/internal/http2.(*ClientConn).readLoop", HTTP2),
    idle("net/http/internal/http2.(*serverConn).serve", HTTP2),
    idle("net/http/internal/http2.(*serverConn).readFrames", HTTP2),
    idle("golang.org/x/net/http2.(*clientConnReadLoop).run", HTTP2),
    idle("golang.org/x/net/http2.(*serverConn).serve", HTTP2),
    idle("golang.org/x/net/http2.(*serverConn).readFrames", HTTP2),
    idle(
        "net/http.(*Server).Serve",
        "a server that accepts connections",
    ),
    idle(
        "net/http.(*conn).serve",
        "a connection of a server; `Server.Shutdown` ends it",
    ),
    idle(
        "net/http.(*connReader).backgroundRead",
        "a connection of a server",
    ),
    idle(
        "google.golang.org/grpc.(*Server).Serve",
        "a server that accepts connections",
    ),
    idle(
        "google.golang.org/grpc.(*Server).serverWorker",
        "a worker of a gRPC server",
    ),
    idle(
        "google.golang.org/grpc/health.(*Server).Watch",
        "a client that watches the health service",
    ),
    idle(
        "google.golang.org/grpc/internal/transport.(*controlBuffer).get",
        GRPC,
    ),
    idle(
        "google.golang.org/grpc/internal/transport.(*http2Client).reader",
        GRPC,
    ),
    idle(
        "google.golang.org/grpc/internal/transport.(*http2Client).keepalive",
        GRPC,
    ),
    idle(
        "google.golang.org/grpc/internal/transport.(*http2Server).keepalive",
        GRPC,
    ),
    idle(
        "google.golang.org/grpc/internal/grpcsync.(*CallbackSerializer).run",
        GRPC,
    ),
    idle(
        "google.golang.org/grpc/internal/resolver/dns.(*dnsResolver).watcher",
        GRPC,
    ),
    suspect(
        "google.golang.org/grpc.newClientStreamWithParams.func4",
        "a gRPC stream is neither read to its end nor canceled",
    ),
    idle("os/signal.loop", "waits for signals"),
    idle("os/signal.signal_recv", "waits for signals"),
    idle("runtime.ensureSigM", "waits for signals"),
    until_stopped(
        "os/signal.NotifyContext.func1",
        "the stop function of `signal.NotifyContext` is not called",
    ),
    idle("runtime/pprof.profileWriter", "a CPU profile is running"),
    idle("testing.(*T).Run", "a test that waits for its subtests"),
    idle(
        "testing.(*T).Parallel",
        "a test that waits to run in parallel",
    ),
    idle(
        "testing.tRunner.func1",
        "a test that waits for its subtests",
    ),
    idle(
        "go.opencensus.io/stats/view.(*worker).start",
        "opencensus's worker",
    ),
    idle("k8s.io/klog/v2.(*flushDaemon).run.func1", "klog's flusher"),
    idle("k8s.io/klog.(*loggingT).flushDaemon", "klog's flusher"),
    idle(
        "github.com/golang/glog.(*fileSink).flushDaemon",
        "glog's flusher",
    ),
    idle(
        "github.com/golang/glog.(*loggingT).flushDaemon",
        "glog's flusher",
    ),
    idle(
        "gopkg.in/natefinch/lumberjack%2ev2.(*Logger).millRun",
        "lumberjack's worker",
    ),
    idle(
        "github.com/patrickmn/go-cache.(*janitor).Run",
        "a cache's janitor",
    ),
    idle(
        "github.com/rcrowley/go-metrics.(*meterArbiter).tick",
        "the clock of go-metrics",
    ),
    until_stopped("database/sql.(*DB).connectionOpener", SQL_DB),
    until_stopped("database/sql.(*DB).connectionCleaner", SQL_DB),
    suspect(
        "database/sql.(*DB).conn",
        "every connection of the `sql.DB` is in use",
    ),
    suspect(
        "database/sql.(*Tx).awaitDone",
        "a transaction is neither committed nor rolled back",
    ),
    suspect("database/sql.(*Rows).awaitDone", "rows are not closed"),
    suspect("context.(*cancelCtx).propagateCancel.func2", CANCEL),
    suspect("context.(*cancelCtx).propagateCancel.func1", CANCEL),
    suspect(
        "golang.org/x/sync/singleflight.(*Group).doCall",
        "a call shared by singleflight does not return",
    ),
    suspect(
        "golang.org/x/sync/errgroup.(*Group).Wait",
        "a goroutine of the group does not return",
    ),
    suspect(
        "golang.org/x/sync/errgroup.(*Group).Go.func1",
        "a goroutine of an errgroup does not return",
    ),
    suspect("io.(*pipe).read", PIPE),
    suspect("io.(*pipe).write", PIPE),
    suspect("os/exec.(*Cmd).watchCtx.func1", CMD_WAIT),
    suspect("os/exec.(*Cmd).watchCtx.func2", CMD_WAIT),
    suspect("os/exec.(*Cmd).Start.func2", CMD_WAIT),
    suspect("net/http.(*Client).do", "a request without a timeout"),
    suspect("time.(*Ticker).Reset", "a ticker's loop"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(functions: &[&'static str]) -> Vec<Frame<'static>> {
        let frame = |function: &&'static str| Frame {
            function: (*function).into(),
            ..Frame::default()
        };
        functions.iter().map(frame).collect()
    }

    #[test]
    fn only_the_blocking_frame_excuses_a_goroutine() {
        let idle: [(&[&str], usize, &str); 4] = [
            (&["net/http.(*persistConn).writeLoop"], 0, "select"),
            (
                &[
                    "internal/poll.runtime_pollWait",
                    "net.(*conn).Read",
                    "net/http.(*persistConn).Read",
                    "bufio.(*Reader).Peek",
                    "net/http.(*persistConn).readLoop",
                ],
                4,
                "IO wait",
            ),
            (
                &[
                    "google.golang.org/grpc/internal/transport.(*controlBuffer).get",
                    "google.golang.org/grpc/internal/transport.(*loopyWriter).run",
                ],
                0,
                "select",
            ),
            (
                &[
                    "net/http/internal/http2.(*serverConn).serve",
                    "net/http.(*Server).serveHTTP2Conn",
                    "net/http.(*conn).serve",
                ],
                2,
                "select",
            ),
        ];
        for (functions, user, state) in idle {
            let known = find(&stack(functions), user, state).unwrap();
            assert_eq!(known.meaning, Meaning::Idle, "{functions:?}");
        }
        let not_idle: [(&[&str], usize, &str); 3] = [
            (
                &["main.handle", "net/http.(*conn).serve"],
                0,
                "chan receive",
            ),
            // A handler of the standard library that waits for the user's.
            (
                &[
                    "net/http.(*timeoutHandler).ServeHTTP",
                    "net/http.(*conn).serve",
                ],
                1,
                "select",
            ),
            (&["net/http.(*persistConn).readLoop"], 0, "select"),
        ];
        for (functions, user, state) in not_idle {
            let known = find(&stack(functions), user, state);
            assert!(
                known.is_none_or(|known| known.meaning == Meaning::Suspect),
                "{functions:?}"
            );
        }
    }

    #[test]
    fn singletons_are_known_by_frame_or_creator() {
        assert!(is_singleton(&stack(&["os/signal.signal_recv"]), None));
        assert!(is_singleton(&[], Some("runtime.ensureSigM")));
        assert!(!is_singleton(&stack(&["main.main"]), Some("main.main")));
    }
}
