//! GP205: a text that is converted to be written.

use diag::{Safety, Severity};
use go_syntax::{ExprId, ExprKind};
use go_types::{Basic, TypeKind};

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Callee, Draft, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP205",
    name: "converted-write",
    summary: "a conversion between string and []byte for a writer that takes both",
    since: None,
    until: None,
    doc: include_str!("converted_write.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.9,
        covers: &[&super::hot_conversion::RULE],
        spent_in: &["runtime.slicebytetostring", "runtime.stringtoslicebyte"],
    }),
};

/// Writers that take bytes and strings alike, and into which bytes leak.
const WRITERS: &[(&str, &str)] = &[("bufio", "Writer"), ("os", "File"), ("strings", "Builder")];

/// Interfaces whose implementations take bytes only: `io.WriteString` would copy as well, and hides from gc which hash it
/// is, with which the conversion may be free.
const HASHES: &[&str] = &["Hash", "Hash32", "Hash64"];

/// Bytes do not leak into a buffer, so that their conversion is free; those of a string do not either.
const BUFFER: (&str, &str) = ("bytes", "Buffer");

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for call in source.calls() {
        match source.called_name(call) {
            "Write" => found.extend(of_write(source, call)),
            "WriteString" => found.extend(of_write_string(source, call)),
            _ => {}
        }
    }
}

/// The operand of a method call with one argument, the method's name, and the argument.
fn method_call(source: &Source<'_>, call: ExprId) -> Option<(ExprId, ExprId, ExprId)> {
    let (fun, args, _) = source.call(call)?;
    let [arg] = args else { return None };
    let ExprKind::Selector { x, sel } = source.inner(fun) else {
        return None;
    };
    matches!(source.callee(call)?, Callee::Method { .. }).then_some((x, sel, *arg))
}

/// `w.Write([]byte(s))`
fn of_write(source: &Source<'_>, call: ExprId) -> Option<Found> {
    let (x, sel, arg) = method_call(source, call)?;
    let (text, typ) = source.conversion(arg)?;
    if !source.is_bytes_type(typ) || source.is_const(text) || !source.is_string(text) {
        return None;
    }
    let of = source.type_of(x)?;
    if WRITERS
        .iter()
        .any(|(path, name)| source.is_named(of, path, name))
    {
        let mut draft = Draft::new("write the string", Safety::Safe);
        draft.replace(source.range(sel), "WriteString");
        draft.replace(source.range(arg), source.text(text));
        let better = format!("{}.WriteString({})", source.text(x), source.text(text));
        return Some(finding(source, call, arg, &better, draft));
    }
    let is_interface = source.with_store(|store| store.is_non_type_param_interface(of));
    if !is_interface || HASHES.iter().any(|name| source.is_named(of, "hash", name)) {
        return None;
    }
    let mut draft = Draft::new("let `io.WriteString` write the string", Safety::Unsafe);
    let io = draft.package(source, "io", call);
    let better = format!(
        "{io}.WriteString({}, {})",
        source.text(x),
        source.text(text)
    );
    draft.replace(source.range(call), better.clone());
    let mut found = finding(source, call, arg, &better, draft);
    found.help += ", which writes without a copy where the writer can; it then calls a `WriteString` of its own";
    Some(found)
}

/// `w.WriteString(string(b))`
fn of_write_string(source: &Source<'_>, call: ExprId) -> Option<Found> {
    let (x, sel, arg) = method_call(source, call)?;
    let of = source.type_of(x)?;
    let is_known =
        (WRITERS.iter().chain([&BUFFER])).any(|(path, name)| source.is_named(of, path, name));
    let (bytes, typ) = source.conversion(arg)?;
    let is_bytes = match source.kind(bytes)? {
        TypeKind::Slice(elem) => source.exactly(elem) == Some(Basic::Uint8),
        _ => false,
    };
    if !is_known || !is_bytes || source.exactly(typ) != Some(Basic::String) {
        return None;
    }
    let mut draft = Draft::new("write the bytes", Safety::Safe);
    draft.replace(source.range(sel), "Write");
    draft.replace(source.range(arg), source.text(bytes));
    let better = format!("{}.Write({})", source.text(x), source.text(bytes));
    Some(finding(source, call, arg, &better, draft))
}

fn finding(source: &Source<'_>, call: ExprId, arg: ExprId, better: &str, draft: Draft) -> Found {
    let message = format!("`{}` copies what is only written", source.text(arg));
    Found::new(source, call, &message)
        .label("the text is converted first")
        .help(format!("call `{better}`"))
        .also(source.range(arg), "this conversion")
        .cost(source.range(arg))
        .fix(draft.finish(source))
}
