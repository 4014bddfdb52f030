//! GP802: input that is read as a whole to be read again.

use diag::Severity;
use go_syntax::{AssignOp, ExprId, Node, StmtId, StmtKind};
use go_types::VarKind;

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Callee, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP802",
    name: "read-all-then-decode",
    summary: "input that is read into memory as a whole only to be read again",
    since: None,
    until: None,
    doc: include_str!("read_all_then_decode.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.5,
        covers: &[&super::allocating_call::RULE],
        spent_in: &["io.ReadAll", "os.ReadFile", "io/ioutil.Read"],
    }),
};

/// Functions that read all of a file or reader.
const READING: &[(&str, &str)] = &[
    ("io", "ReadAll"),
    ("io/ioutil", "ReadAll"),
    ("io/ioutil", "ReadFile"),
    ("os", "ReadFile"),
];

/// Functions that take a reader and go through it once: path, name, number of the argument.
const STREAMING: &[(&str, &str, usize)] = &[
    ("archive/tar", "NewReader", 0),
    ("bufio", "NewReader", 0),
    ("bufio", "NewReaderSize", 0),
    ("bufio", "NewScanner", 0),
    ("compress/bzip2", "NewReader", 0),
    ("compress/flate", "NewReader", 0),
    ("compress/gzip", "NewReader", 0),
    ("compress/zlib", "NewReader", 0),
    ("encoding/csv", "NewReader", 0),
    ("encoding/gob", "NewDecoder", 0),
    ("encoding/xml", "NewDecoder", 0),
    ("image", "Decode", 0),
    ("image/gif", "Decode", 0),
    ("image/jpeg", "Decode", 0),
    ("image/png", "Decode", 0),
    ("io", "Copy", 1),
];

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for stmt in source.stmts() {
        found.extend(read_again(source, stmt));
    }
}

/// `b, err := io.ReadAll(r)` whose only use is `bytes.NewReader(b)` as argument of what reads a stream.
fn read_again(source: &Source<'_>, stmt: StmtId) -> Option<Found> {
    let StmtKind::Assign {
        lhs,
        op: AssignOp::Define,
        rhs,
    } = source.stmt(stmt)
    else {
        return None;
    };
    let ([bytes, _], [call]) = (source.file.ast.list(lhs), source.file.ast.list(rhs)) else {
        return None;
    };
    let name = source.called_name(*call);
    let (path, _) = READING.iter().find(|(_, it)| *it == name)?;
    let is_file = name == "ReadFile";
    let read = READING
        .iter()
        .filter(|(_, it)| *it == name)
        .find_map(|(path, _)| source.args_of(*call, path, name))?;
    debug_assert!(!path.is_empty());
    let [from] = read.0 else { return None };
    let obj = source.variable(*bytes)?;
    let [_, only] = source.mentions(obj) else {
        return None;
    };
    let is_own = source.var_kind(obj) == Some(VarKind::Local)
        && source.is_local(obj)
        && source.is_declaration(*bytes);
    let consumer = consumer(source, *only).filter(|_| is_own)?;
    let (what, text) = (source.text(*call), source.text(*from));
    let reads = callee_text(source, consumer);
    let help = if is_file {
        format!("open the file and give it to `{reads}`")
    } else {
        format!("give `{text}` to `{reads}`")
    };
    let message = format!("`{what}` keeps all of the input only for `{reads}` to read it again");
    Some(
        Found::new(source, *call, &message)
            .label("the whole input in memory")
            .help(help)
            .also(source.range(consumer), "read again here"),
    )
}

/// The call that reads a stream of the bytes that an identifier holds.
fn consumer(source: &Source<'_>, ident: ExprId) -> Option<ExprId> {
    let outer = |expr| match source.parent(expr) {
        Some(Node::Expr(outer)) => Some(outer),
        _ => None,
    };
    let mut reader = outer(ident)?;
    if source.conversion(reader).is_some() {
        reader = outer(reader)?;
    }
    let is_reader = [
        ("bytes", "NewBuffer"),
        ("bytes", "NewBufferString"),
        ("bytes", "NewReader"),
        ("strings", "NewReader"),
    ]
    .into_iter()
    .any(|(path, name)| source.args_of(reader, path, name).is_some());
    let call = outer(reader).filter(|_| is_reader)?;
    let Some(Callee::Func { path, name }) = source.callee(call) else {
        return None;
    };
    let (_, args, _) = source.call(call)?;
    (STREAMING.iter())
        .any(|(of, it, at)| *of == path && *it == name && args.get(*at) == Some(&reader))
        .then_some(call)
}

fn callee_text<'a>(source: &Source<'a>, call: ExprId) -> &'a str {
    source.call(call).map_or("", |(fun, ..)| source.text(fun))
}
