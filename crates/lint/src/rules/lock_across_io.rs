//! GP807: a lock that is held while a call waits for the network, a process or time.

use diag::Severity;
use go_syntax::{ExprId, Node, StmtId, StmtKind};

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Callee, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP807",
    name: "lock-across-io",
    summary: "a lock that is held while a call waits for the network, a process or time",
    since: None,
    until: None,
    doc: include_str!("lock_across_io.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.5,
        covers: &[],
        spent_in: &[],
    }),
};

/// Functions that wait.
const FUNCTIONS: &[(&str, &[&str])] = &[
    (
        "net",
        &[
            "Dial",
            "DialTimeout",
            "LookupAddr",
            "LookupHost",
            "LookupIP",
        ],
    ),
    ("net/http", &["Get", "Head", "Post", "PostForm"]),
    ("time", &["Sleep"]),
];

/// Methods that wait: path, type, names.
const METHODS: &[(&str, &str, &[&str])] = &[
    (
        "database/sql",
        "DB",
        &[
            "Exec",
            "ExecContext",
            "Ping",
            "PingContext",
            "Query",
            "QueryContext",
            "QueryRow",
            "QueryRowContext",
        ],
    ),
    (
        "database/sql",
        "Tx",
        &[
            "Commit",
            "Exec",
            "ExecContext",
            "Query",
            "QueryContext",
            "QueryRow",
            "QueryRowContext",
        ],
    ),
    ("net", "Dialer", &["Dial", "DialContext"]),
    (
        "net",
        "Resolver",
        &["LookupAddr", "LookupHost", "LookupIP", "LookupIPAddr"],
    ),
    (
        "net/http",
        "Client",
        &["Do", "Get", "Head", "Post", "PostForm"],
    ),
    (
        "os/exec",
        "Cmd",
        &["CombinedOutput", "Output", "Run", "Wait"],
    ),
];

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for stmt in source.stmts() {
        if let Some(lock) = locked(source, stmt)
            && let Some(held) = held(source, stmt, lock)
        {
            for waiting in waiting(source, &held, lock) {
                found.push(finding(source, waiting, lock, stmt));
            }
        }
    }
    found.sort_by_key(|it| (it.file, it.range));
    found.dedup_by_key(|it| (it.file, it.range));
}

/// The mutex of a statement `mu.Lock()`; read locks let others read.
fn locked(source: &Source<'_>, stmt: StmtId) -> Option<ExprId> {
    match source.stmt(stmt) {
        StmtKind::Expr(call) => of_mutex(source, call, "Lock"),
        _ => None,
    }
}

fn of_mutex(source: &Source<'_>, call: ExprId, name: &str) -> Option<ExprId> {
    if source.called_name(call) != name {
        return None;
    }
    let callee = source.callee(call)?;
    let is_it =
        callee.is_method("sync", "Mutex", name) || callee.is_method("sync", "RWMutex", name);
    match callee {
        Callee::Method { x, .. } if is_it => Some(x),
        _ => None,
    }
}

/// The statements that run with the lock held: up to `Unlock` in the same list, or to its end if that is deferred.
fn held(source: &Source<'_>, stmt: StmtId, lock: ExprId) -> Option<Vec<StmtId>> {
    let (list, at) = source.siblings(stmt)?;
    let rest = &list[at + 1..];
    let unlocks = |call| of_mutex(source, call, "Unlock").is_some_and(|it| source.same(it, lock));
    for (at, stmt) in rest.iter().enumerate() {
        match source.stmt(*stmt) {
            StmtKind::Defer(call) if unlocks(call) => {
                let is_whole = source.parent(*stmt).is_some_and(|block| {
                    let function = source.function_of(*stmt).and_then(|it| source.body(it));
                    function.is_some_and(|body| block == Node::Stmt(body))
                });
                return is_whole.then(|| rest[at + 1..].to_vec());
            }
            StmtKind::Expr(call) if unlocks(call) => return Some(rest[..at].to_vec()),
            _ => {}
        }
    }
    None
}

/// Calls that wait, in front of any `Unlock` among the statements.
fn waiting(source: &Source<'_>, held: &[StmtId], lock: ExprId) -> Vec<ExprId> {
    let mut found = Vec::new();
    for node in held.iter().flat_map(|stmt| source.below_here(*stmt)) {
        match node {
            Node::Expr(call) => {
                if of_mutex(source, call, "Unlock").is_some_and(|it| source.same(it, lock)) {
                    break;
                }
                if waits(source, call) && !is_begun(source, call) {
                    found.push(call);
                }
            }
            Node::Stmt(_) | Node::Decl(_) | Node::Spec(_) | Node::Field(_) => {}
        }
    }
    found
}

fn waits(source: &Source<'_>, call: ExprId) -> bool {
    let name = source.called_name(call);
    match source.callee(call) {
        Some(Callee::Func { path, name }) => {
            (FUNCTIONS.iter()).any(|(of, names)| *of == path && names.contains(&name))
        }
        Some(ref callee @ Callee::Method { .. }) => (METHODS.iter())
            .any(|(path, typ, names)| names.contains(&name) && callee.is_method(path, typ, name)),
        _ => false,
    }
}

/// Whether `go` or `defer` runs a call at another time.
fn is_begun(source: &Source<'_>, call: ExprId) -> bool {
    matches!(source.parent(call), Some(Node::Stmt(stmt))
        if matches!(source.stmt(stmt), StmtKind::Go(_) | StmtKind::Defer(_)))
}

fn finding(source: &Source<'_>, call: ExprId, lock: ExprId, stmt: StmtId) -> Found {
    let (fun, lock) = (
        source.call(call).map_or("", |(fun, ..)| source.text(fun)),
        source.text(lock),
    );
    let message = format!("`{fun}` waits while `{lock}` is locked");
    Found::new(source, call, &message)
        .label("all others that lock it wait too")
        .help(format!(
            "take what the call needs, unlock `{lock}`, and lock it again to keep the result"
        ))
        .also(source.range(stmt), "locked here")
}
