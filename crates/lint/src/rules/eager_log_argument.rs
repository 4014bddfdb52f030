//! GP306: work for a log line that is mostly not written.

use diag::Severity;
use go_syntax::{ExprId, ExprKind, Node, StmtId, StmtKind, UnaryOp};

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Callee, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP306",
    name: "eager-log-argument",
    summary: "an argument of a debug log that is formatted whether or not it is written",
    since: Some(21),
    until: None,
    doc: include_str!("eager_log_argument.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.9,
        covers: &[&super::hot_fmt::RULE, &super::allocating_call::RULE],
        spent_in: &["fmt.Sprint", "encoding/json.Marshal", "strings.Join"],
    }),
};

/// Loggers of other modules: path, type, methods below the usual level.
const OTHERS: &[(&str, &str, &[&str])] = &[
    ("go.uber.org/zap", "Logger", &["Debug"]),
    (
        "go.uber.org/zap",
        "SugaredLogger",
        &["Debug", "Debugf", "Debugln", "Debugw"],
    ),
    (
        "github.com/sirupsen/logrus",
        "Logger",
        &["Debug", "Debugf", "Debugln", "Trace", "Tracef"],
    ),
    (
        "github.com/sirupsen/logrus",
        "Entry",
        &["Debug", "Debugf", "Debugln", "Trace", "Tracef"],
    ),
];

/// `slog.LevelInfo`
const INFO: i64 = 0;

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for call in source.calls() {
        let Some((_, args, _)) = source.call(call) else {
            continue;
        };
        let Some(args) = debug_args(source, call, args) else {
            continue;
        };
        if let Some(eager) = args.iter().find_map(|arg| eager(source, *arg))
            && !is_guarded(source, call)
        {
            found.push(finding(source, call, eager));
        }
    }
}

/// The arguments that a call below the usual level logs.
fn debug_args<'a>(source: &Source<'a>, call: ExprId, args: &'a [ExprId]) -> Option<&'a [ExprId]> {
    let name = source.called_name(call);
    if is_debug_event(source, call) || is_verbose(source, call) {
        return Some(args);
    }
    if !matches!(
        name,
        "Debug"
            | "DebugContext"
            | "Log"
            | "LogAttrs"
            | "Debugf"
            | "Debugln"
            | "Debugw"
            | "Trace"
            | "Tracef"
    ) {
        return None;
    }
    let callee = source.callee(call)?;
    let is_slog = callee.is_func("log/slog", name) || callee.is_method("log/slog", "Logger", name);
    if !is_slog {
        let is_other = (OTHERS.iter())
            .any(|(path, typ, names)| names.contains(&name) && callee.is_method(path, typ, name));
        return is_other.then_some(args);
    }
    match name {
        "Debug" => Some(args),
        "DebugContext" => args.get(1..),
        "Log" | "LogAttrs" => {
            let level = source.const_int(*args.get(1)?)?;
            (level < INFO).then(|| args.get(2..)).flatten()
        }
        _ => None,
    }
}

/// `log.Debug().Str(…).Msg(…)` of zerolog, each call of which has arguments.
fn is_debug_event(source: &Source<'_>, call: ExprId) -> bool {
    const EVENT: &str = "github.com/rs/zerolog";
    let mut call = call;
    loop {
        let Some(callee @ Callee::Method { x, .. }) = source.callee(call) else {
            return false;
        };
        let name = source.called_name(call);
        if !callee.is_method(EVENT, "Event", name) {
            return false;
        }
        call = source.file.ast.unparen(x);
        if matches!(source.called_name(call), "Debug" | "Trace") {
            return match source.callee(call) {
                Some(Callee::Method { path, .. }) => path == EVENT,
                Some(Callee::Func { path, .. }) => path == "github.com/rs/zerolog/log",
                _ => false,
            };
        }
    }
}

/// `log.V(1).Info(…)` of logr.
fn is_verbose(source: &Source<'_>, call: ExprId) -> bool {
    const LOGR: &str = "github.com/go-logr/logr";
    if source.called_name(call) != "Info" {
        return false;
    }
    let Some(callee @ Callee::Method { x, .. }) = source.callee(call) else {
        return false;
    };
    let level = source.call(x).filter(|_| source.called_name(x) == "V");
    callee.is_method(LOGR, "Logger", "Info")
        && (level.and_then(|(_, args, _)| source.const_int(*args.first()?)))
            .is_some_and(|level| level > 0)
}

/// A call in an argument that formats, outside of function literals.
fn eager(source: &Source<'_>, arg: ExprId) -> Option<ExprId> {
    source.below_here(arg).into_iter().find_map(|node| {
        let Node::Expr(call) = node else { return None };
        let (_, args, _) = source.call(call)?;
        if matches!(source.expr(call), ExprKind::Paren(_)) || source.is_const(call) {
            return None;
        }
        let is_eager = match source.callee(call)? {
            Callee::Func { path, name } => match path.as_str() {
                "fmt" => matches!(name, "Sprint" | "Sprintf" | "Sprintln"),
                "encoding/json" => matches!(name, "Marshal" | "MarshalIndent"),
                "strings" => name == "Join",
                _ => false,
            },
            Callee::Method { name, .. } => name == "String" && args.is_empty(),
            _ => false,
        };
        is_eager.then_some(call)
    })
}

/// Whether the call runs only if the level is enabled: inside of a condition that asks, or after one that leaves.
fn is_guarded(source: &Source<'_>, call: ExprId) -> bool {
    let mut inner = Node::Expr(call);
    for outer in source.ancestors(call).collect::<Vec<_>>() {
        if let (Node::Stmt(stmt), Node::Stmt(child)) = (outer, inner) {
            if let StmtKind::If { cond, then, .. } = source.stmt(stmt)
                && child == then
                && asks(source, cond)
            {
                return true;
            }
            if let Some((before, at)) = source.siblings(child)
                && before[..at].iter().any(|it| is_exit_guard(source, *it))
            {
                return true;
            }
        }
        inner = outer;
    }
    false
}

/// `if !l.Enabled(…) { return }`
fn is_exit_guard(source: &Source<'_>, stmt: StmtId) -> bool {
    let StmtKind::If { cond, then, .. } = source.stmt(stmt) else {
        return false;
    };
    let negated = matches!(
        source.inner(cond),
        ExprKind::Unary {
            op: UnaryOp::Not,
            ..
        }
    );
    let last = source.file.ast.block(then).last();
    negated && asks(source, cond) && last.is_some_and(|last| source.leaves(*last))
}

/// Whether a condition asks if a level is enabled.
fn asks(source: &Source<'_>, cond: ExprId) -> bool {
    source.below(cond).into_iter().any(|node| {
        matches!(node, Node::Expr(id) if matches!(
            source.called_name(id),
            "Enabled" | "Check" | "IsLevelEnabled" | "Core"
        ))
    })
}

fn finding(source: &Source<'_>, call: ExprId, eager: ExprId) -> Found {
    let text = source.text(eager);
    let message = format!("`{text}` runs also when nothing is logged at this level");
    Found::new(source, call, &message)
        .label("mostly not written")
        .help("pass the value itself, implement `slog.LogValuer`, or ask `Enabled` before")
        .also(
            source.range(eager),
            "formatted before the level is asked for",
        )
        .cost(source.range(eager))
}
