//! GP801: many small writes to a file or connection.

use diag::Severity;
use go_syntax::{ExprId, ExprKind, Node, StmtId, StmtKind};
use go_types::{Builtin, ObjId, TypeKind, VarKind};

use crate::limits::Limit;
use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Callee, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP801",
    name: "unbuffered-writes",
    summary: "writes to a file or connection in a loop, without a buffer",
    since: None,
    until: None,
    doc: include_str!("unbuffered_writes.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.7,
        covers: &[],
        spent_in: &[
            "os.(*File).Write",
            "net.(*conn).Write",
            "fmt.Fprint",
            "io.WriteString",
        ],
    }),
};

/// Types whose writes are system calls.
const DIRECT: &[(&str, &str)] = &[
    ("net", "Conn"),
    ("net", "TCPConn"),
    ("net", "UnixConn"),
    ("os", "File"),
];

/// Writes of as many bytes are as good as buffered.
pub(super) const LARGE: Limit = Limit {
    rule: "GP801",
    key: "min-buffer",
    default: 4096,
    doc: "writes of buffers of so many bytes are not reported",
};

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for call in source.calls() {
        if let Some((target, data)) = write(source, call)
            && let Some(around) = source.loops_around(call).first().copied()
            && source.runs_again(call)
            && is_finite(source, around)
            && is_direct(source, target)
            && is_kept(source, target, around)
            && !data.is_some_and(|data| is_large(source, data))
            && !is_synced(source, target, around)
        {
            found.push(finding(source, call, target));
        }
    }
}

/// Where a call writes to, and the bytes if they are an argument of their own.
fn write(source: &Source<'_>, call: ExprId) -> Option<(ExprId, Option<ExprId>)> {
    let name = source.called_name(call);
    let (_, args, _) = source.call(call)?;
    match name {
        "Write" | "WriteString" => match source.callee(call)? {
            Callee::Method { x, .. } => Some((x, args.first().copied())),
            Callee::Func { path, .. } if path == "io" && name == "WriteString" => {
                Some((*args.first()?, args.get(1).copied()))
            }
            _ => None,
        },
        "Fprint" | "Fprintf" | "Fprintln" => {
            let (args, _) = source.args_of(call, "fmt", name)?;
            Some((*args.first()?, None))
        }
        _ => None,
    }
}

fn is_finite(source: &Source<'_>, around: StmtId) -> bool {
    !matches!(source.stmt(around), StmtKind::For { cond: None, .. })
}

/// Whether a value is statically a file or connection; standard error is written at once on purpose.
fn is_direct(source: &Source<'_>, target: ExprId) -> bool {
    let is_direct = (source.type_of(target)).is_some_and(|typ| {
        DIRECT
            .iter()
            .any(|(path, name)| source.is_named(typ, path, name))
    });
    let is_stderr = source.object(target).is_some_and(|obj| {
        source.var_kind(obj) == Some(VarKind::Package) && source.is_of_package(obj, "os", "Stderr")
    });
    is_direct && !is_stderr && source.is_pure(target)
}

/// Whether every turn of a loop writes to the same value.
fn is_kept(source: &Source<'_>, target: ExprId, around: StmtId) -> bool {
    let range = source.range(around);
    let is_outside = |obj: &ObjId| match source.var_kind(*obj) {
        Some(VarKind::Field) => !is_field_written(source, *obj, around),
        Some(VarKind::Package) => true,
        _ => {
            let declared = source.mentions(*obj).first();
            let is_inside = declared
                .is_some_and(|it| range.covers(source.range(*it)) && source.is_declaration(*it));
            !is_inside && !source.is_written_in(*obj, range)
        }
    };
    source.variables_in(target).iter().all(is_outside)
}

fn is_field_written(source: &Source<'_>, field: ObjId, around: StmtId) -> bool {
    let range = source.range(around);
    source.mentions(field).iter().any(|ident| {
        let selector = match source.parent(*ident) {
            Some(Node::Expr(outer)) => outer,
            _ => *ident,
        };
        range.covers(source.range(*ident)) && source.is_write(selector)
    })
}

/// Whether the bytes are many by their type, or by the constant that made them.
fn is_large(source: &Source<'_>, data: ExprId) -> bool {
    let mut data = source.file.ast.unparen(data);
    while let ExprKind::Slice { x, .. } = source.expr(data) {
        data = source.file.ast.unparen(x);
    }
    let of_type = match source.kind(data) {
        Some(TypeKind::Array { len, .. }) => len,
        Some(TypeKind::Pointer(base)) => match source.under(base) {
            TypeKind::Array { len, .. } => len,
            _ => 0,
        },
        _ => 0,
    };
    let made = || {
        let obj = source.variable(data)?;
        let first = *source.mentions(obj).first()?;
        let stmt = source.stmt_around(first)?;
        let declared = (source.declared(stmt).into_iter()).find(|it| it.name == first)?;
        let (args, _) = source.builtin_args(declared.value?, Builtin::Make)?;
        source.const_int(*args.get(1)?)
    };
    of_type >= source.limit(&LARGE) || made().is_some_and(|len| len >= source.limit(&LARGE))
}

/// Whether the loop also reads from the same value, or asks that what is written reaches the disk.
fn is_synced(source: &Source<'_>, target: ExprId, around: StmtId) -> bool {
    source.below(around).into_iter().any(|node| {
        let Node::Expr(call) = node else { return false };
        let name = source.called_name(call);
        let is_reading = name == "Sync" || name.starts_with("Read") || name == "Seek";
        match source.callee(call) {
            Some(Callee::Method { x, .. }) if is_reading => source.same(x, target),
            Some(Callee::Func { path, .. })
                if name.starts_with("Read") || name.starts_with("Copy") =>
            {
                (path == "io" || path == "encoding/binary")
                    && (source.call(call)).is_some_and(|(_, args, _)| {
                        args.iter().any(|arg| source.same(*arg, target))
                    })
            }
            _ => false,
        }
    })
}

fn finding(source: &Source<'_>, call: ExprId, target: ExprId) -> Found {
    let text = source.text(target);
    let message = format!("each turn writes to `{text}` by a system call of its own");
    Found::new(source, call, &message)
        .label("a system call each turn")
        .help(format!(
            "write through `bufio.NewWriter({text})` made before the loop, and `Flush` it after"
        ))
}
