//! What functions of well-known packages do with the functions, channels and contexts they are given, and what their
//! results ask of the caller. A name that is not listed does nothing with functions but call them, and keeps nothing.

use crate::ir::Mode;

/// What a function of another package does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Contract {
    /// Calls the argument of that number (the receiver is 0).
    Runs(usize, Mode),
    /// `WaitGroup.Go`: starts a goroutine that the group counts.
    GroupGo,
    /// Its result calls the argument.
    Wraps(usize),
    /// Derives a context from its first argument and returns it with a function that ends it.
    NewContext,
    /// As [`Contract::NewContext`], but the context ends by itself as well.
    NewTimeout,
    /// Derives a context that ends with its first argument.
    SameContext,
    /// `context.Background`, `context.TODO`.
    Root,
    /// Never returns, and runs no deferred calls.
    Exits,
    /// Ends the goroutine, deferred calls run.
    Goexit,
    Panics,
    /// Returns a channel on which it sends.
    Sends,
    /// Sends on the argument.
    SendsOn(usize),
    /// The result has to be released: see [`Resource`].
    Acquires(&'static Resource),
}

/// Something that must be released.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Resource {
    /// With an article.
    pub(crate) name: &'static str,
    /// Index of the result.
    pub(crate) result: usize,
    /// The result that is an error when there is nothing to release.
    pub(crate) error: Option<usize>,
    /// A field of the result that is released: `Body`.
    pub(crate) field: Option<&'static str>,
    /// Methods that release it; empty: the result is a function that is called.
    pub(crate) release: &'static [&'static str],
    /// What goes on while it is not released.
    pub(crate) holds: &'static str,
}

const fn res(
    name: &'static str,
    error: Option<usize>,
    release: &'static [&'static str],
    holds: &'static str,
) -> Resource {
    Resource {
        name,
        result: 0,
        error,
        field: None,
        release,
        holds,
    }
}

static BODY: Resource = Resource {
    field: Some("Body"),
    ..res(
        "the response body",
        Some(1),
        &["Close"],
        "its connection is not used again, and its two goroutines stay",
    )
};
static ROWS: Resource = res(
    "the rows",
    Some(1),
    &["Close"],
    "their connection is not given back to the pool",
);
static TX: Resource = res(
    "the transaction",
    Some(1),
    &["Commit", "Rollback"],
    "its connection is not given back to the pool",
);
static CONN: Resource = res(
    "the connection",
    Some(1),
    &["Close"],
    "it is not given back to the pool",
);
static STMT: Resource = res(
    "the statement",
    Some(1),
    &["Close"],
    "the database keeps it prepared",
);
static LISTENER: Resource = res(
    "the listener",
    Some(1),
    &["Close"],
    "it goes on accepting connections",
);
static SERVER: Resource = res(
    "the test server",
    None,
    &["Close"],
    "its listener and goroutines stay",
);
static STOP: Resource = Resource {
    result: 1,
    ..res(
        "the iterator's `stop`",
        None,
        &[],
        "the iterator's coroutine stays",
    )
};
static PIPE: Resource = Resource {
    result: 1,
    ..res(
        "the writing end of the pipe",
        None,
        &["Close", "CloseWithError"],
        "its reader waits for more",
    )
};

/// `package.Func` or `package.Type.Method` with what it does, sorted.
static CONTRACTS: &[(&str, Contract)] = &[
    ("context.AfterFunc", Contract::Runs(1, Mode::Go)),
    ("context.Background", Contract::Root),
    ("context.TODO", Contract::Root),
    ("context.WithCancel", Contract::NewContext),
    ("context.WithCancelCause", Contract::NewContext),
    ("context.WithDeadline", Contract::NewTimeout),
    ("context.WithDeadlineCause", Contract::NewTimeout),
    ("context.WithTimeout", Contract::NewTimeout),
    ("context.WithTimeoutCause", Contract::NewTimeout),
    ("context.WithValue", Contract::SameContext),
    ("database/sql.Conn.BeginTx", Contract::Acquires(&TX)),
    ("database/sql.Conn.QueryContext", Contract::Acquires(&ROWS)),
    ("database/sql.DB.Begin", Contract::Acquires(&TX)),
    ("database/sql.DB.BeginTx", Contract::Acquires(&TX)),
    ("database/sql.DB.Conn", Contract::Acquires(&CONN)),
    ("database/sql.DB.Prepare", Contract::Acquires(&STMT)),
    ("database/sql.DB.PrepareContext", Contract::Acquires(&STMT)),
    ("database/sql.DB.Query", Contract::Acquires(&ROWS)),
    ("database/sql.DB.QueryContext", Contract::Acquires(&ROWS)),
    ("database/sql.Stmt.Query", Contract::Acquires(&ROWS)),
    ("database/sql.Stmt.QueryContext", Contract::Acquires(&ROWS)),
    ("database/sql.Tx.Query", Contract::Acquires(&ROWS)),
    ("database/sql.Tx.QueryContext", Contract::Acquires(&ROWS)),
    (
        "golang.org/x/sync/errgroup.Group.Go",
        Contract::Runs(1, Mode::Go),
    ),
    (
        "golang.org/x/sync/errgroup.Group.TryGo",
        Contract::Runs(1, Mode::Go),
    ),
    (
        "golang.org/x/sync/errgroup.WithContext",
        Contract::SameContext,
    ),
    (
        "golang.org/x/sync/singleflight.Group.Do",
        Contract::Runs(2, Mode::Here),
    ),
    (
        "golang.org/x/sync/singleflight.Group.DoChan",
        Contract::Runs(2, Mode::Go),
    ),
    ("io.Pipe", Contract::Acquires(&PIPE)),
    ("iter.Pull", Contract::Acquires(&STOP)),
    ("iter.Pull2", Contract::Acquires(&STOP)),
    ("log.Fatal", Contract::Exits),
    ("log.Fatalf", Contract::Exits),
    ("log.Fatalln", Contract::Exits),
    ("log.Logger.Fatal", Contract::Exits),
    ("log.Logger.Fatalf", Contract::Exits),
    ("log.Logger.Fatalln", Contract::Exits),
    ("log.Logger.Panic", Contract::Panics),
    ("log.Logger.Panicf", Contract::Panics),
    ("log.Panic", Contract::Panics),
    ("log.Panicf", Contract::Panics),
    ("log.Panicln", Contract::Panics),
    ("net.Listen", Contract::Acquires(&LISTENER)),
    ("net/http.Client.Do", Contract::Acquires(&BODY)),
    ("net/http.Client.Get", Contract::Acquires(&BODY)),
    ("net/http.Client.Post", Contract::Acquires(&BODY)),
    ("net/http.Client.PostForm", Contract::Acquires(&BODY)),
    ("net/http.Get", Contract::Acquires(&BODY)),
    ("net/http.Post", Contract::Acquires(&BODY)),
    ("net/http.PostForm", Contract::Acquires(&BODY)),
    ("net/http/httptest.NewServer", Contract::Acquires(&SERVER)),
    (
        "net/http/httptest.NewTLSServer",
        Contract::Acquires(&SERVER),
    ),
    ("os.Exit", Contract::Exits),
    ("os/signal.Notify", Contract::SendsOn(0)),
    ("os/signal.NotifyContext", Contract::NewContext),
    ("runtime.Goexit", Contract::Goexit),
    ("sync.Once.Do", Contract::Runs(1, Mode::Here)),
    ("sync.OnceFunc", Contract::Wraps(0)),
    ("sync.OnceValue", Contract::Wraps(0)),
    ("sync.OnceValues", Contract::Wraps(0)),
    ("sync.WaitGroup.Go", Contract::GroupGo),
    ("syscall.Exit", Contract::Exits),
    ("testing.B.RunParallel", Contract::Runs(1, Mode::Here)),
    ("testing.T.Run", Contract::Runs(2, Mode::Here)),
    ("testing.common.FailNow", Contract::Goexit),
    ("testing.common.Fatal", Contract::Goexit),
    ("testing.common.Fatalf", Contract::Goexit),
    ("testing.common.Skip", Contract::Goexit),
    ("testing.common.SkipNow", Contract::Goexit),
    ("testing.common.Skipf", Contract::Goexit),
    ("time.After", Contract::Sends),
    ("time.AfterFunc", Contract::Runs(1, Mode::Go)),
    ("time.Tick", Contract::Sends),
];

/// The contract of a function by its name: `package.Func`, `package.Type.Method`.
pub(crate) fn contract(name: &str) -> Option<Contract> {
    let found = CONTRACTS.binary_search_by(|(known, _)| known.cmp(&name));
    found.ok().map(|index| CONTRACTS[index].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(CONTRACTS.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(contract("os.Exit"), Some(Contract::Exits));
        assert_eq!(contract("os.Getpid"), None);
    }
}
