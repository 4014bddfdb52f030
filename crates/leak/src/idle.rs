//! Goroutines that wait by design, and what others of a known kind usually mean.

use profile::goroutine::Frame;

/// One known function.
#[derive(Debug)]
pub struct Known {
    /// The function, somewhere in the stack.
    pub function: &'static str,
    /// Whether a goroutine in it is there by design.
    pub idle: bool,
    /// What it is, or what left it behind.
    pub hint: &'static str,
}

const fn idle(function: &'static str, hint: &'static str) -> Known {
    Known {
        function,
        idle: true,
        hint,
    }
}

const fn suspect(function: &'static str, hint: &'static str) -> Known {
    Known {
        function,
        idle: false,
        hint,
    }
}

/// The first row of the table whose function is in the stack.
pub fn find(frames: &[Frame<'_>]) -> Option<&'static Known> {
    KNOWN
        .iter()
        .find(|known| frames.iter().any(|frame| frame.function == known.function))
}

/// Runs for the life of the process once the standard library has started it.
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

pub static KNOWN: &[Known] = &[
    idle(
        "net/http.(*persistConn).readLoop",
        "an idle keep-alive connection; if their number grows, a response body is not closed",
    ),
    idle(
        "net/http.(*persistConn).writeLoop",
        "an idle keep-alive connection; if their number grows, a response body is not closed",
    ),
    idle(
        "net/http.(*http2ClientConn).readLoop",
        "an open HTTP/2 connection",
    ),
    idle(
        "net/http/internal/http2.(*ClientConn).readLoop",
        "an open HTTP/2 connection",
    ),
    idle(
        "golang.org/x/net/http2.(*clientConnReadLoop).run",
        "an open HTTP/2 connection",
    ),
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
        "google.golang.org/grpc/internal/transport.(*controlBuffer).get",
        "an open gRPC connection",
    ),
    idle(
        "google.golang.org/grpc/internal/transport.(*http2Client).reader",
        "an open gRPC connection",
    ),
    idle(
        "google.golang.org/grpc/internal/transport.(*http2Server).keepalive",
        "an open gRPC connection",
    ),
    idle(
        "google.golang.org/grpc/internal/grpcsync.(*CallbackSerializer).run",
        "an open gRPC connection",
    ),
    idle("os/signal.loop", "waits for signals"),
    idle("os/signal.signal_recv", "waits for signals"),
    idle("runtime.ensureSigM", "waits for signals"),
    idle(
        "os/signal.NotifyContext.func1",
        "waits for a signal or the context's end",
    ),
    idle("runtime/pprof.profileWriter", "a CPU profile is running"),
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
        "gopkg.in/natefinch/lumberjack%2ev2.(*Logger).millRun",
        "lumberjack's worker",
    ),
    idle(
        "github.com/patrickmn/go-cache.(*janitor).Run",
        "a cache's janitor",
    ),
    suspect(
        "database/sql.(*DB).connectionOpener",
        "a `sql.DB` is not closed",
    ),
    suspect(
        "database/sql.(*DB).connectionCleaner",
        "a `sql.DB` is not closed",
    ),
    suspect(
        "database/sql.(*Tx).awaitDone",
        "a transaction is neither committed nor rolled back",
    ),
    suspect("database/sql.(*Rows).awaitDone", "rows are not closed"),
    suspect(
        "context.(*cancelCtx).propagateCancel.func2",
        "a context's cancel function is not called",
    ),
    suspect(
        "context.(*cancelCtx).propagateCancel.func1",
        "a context's cancel function is not called",
    ),
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
    suspect(
        "io.(*pipe).read",
        "the other end of an `io.Pipe` is not closed",
    ),
    suspect(
        "io.(*pipe).write",
        "the other end of an `io.Pipe` is not closed",
    ),
    suspect("os/exec.(*Cmd).watchCtx.func1", "`Cmd.Wait` is not called"),
    suspect("os/exec.(*Cmd).Start.func2", "`Cmd.Wait` is not called"),
    suspect("net/http.(*Client).do", "a request without a timeout"),
    suspect("time.(*Ticker).Reset", "a ticker's loop"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_function_anywhere_in_the_stack_is_found() {
        let frames = [
            "internal/poll.runtime_pollWait",
            "net/http.(*persistConn).readLoop",
        ]
        .map(|function| Frame {
            function: function.into(),
            ..Frame::default()
        });
        assert!(find(&frames).unwrap().idle);
        assert!(find(&frames[..1]).is_none());
        assert!(!is_singleton(&frames, Some("main.main")));
    }
}
