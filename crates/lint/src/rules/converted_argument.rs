//! GP204: an argument that is converted although a function for its own type exists.

use diag::{Safety, Severity};
use go_syntax::{ExprId, ExprKind};
use go_types::{Basic, TypeKind};

use crate::patterns::Found;
use crate::rule::{Look, PatternLook, PatternRule, Rule};
use crate::source::{Callee, Draft, Source};

pub(super) const RULE: Rule = Rule {
    id: "GP204",
    name: "converted-argument",
    summary: "a conversion between string and []byte for a function that exists for both",
    since: None,
    until: None,
    doc: include_str!("converted_argument.md"),
    look: Look::Pattern(&PatternRule {
        look: PatternLook::File(check),
        severity: Severity::Hint,
        reduction: 0.9,
        covers: &[&super::hot_conversion::RULE],
        spent_in: &["runtime.slicebytetostring", "runtime.stringtoslicebyte"],
    }),
};

/// Functions of `strings` and `bytes` that have the same meaning and no text as result, with the number of arguments
/// that are texts of the package's own kind.
const MIRRORED: &[(&str, usize)] = &[
    ("Contains", 2),
    ("ContainsAny", 1),
    ("ContainsFunc", 1),
    ("ContainsRune", 1),
    ("Compare", 2),
    ("Count", 2),
    ("EqualFold", 2),
    ("HasPrefix", 2),
    ("HasSuffix", 2),
    ("Index", 2),
    ("IndexAny", 1),
    ("IndexByte", 1),
    ("IndexFunc", 1),
    ("IndexRune", 1),
    ("LastIndex", 2),
    ("LastIndexAny", 1),
    ("LastIndexByte", 1),
    ("LastIndexFunc", 1),
];

/// Functions of `unicode/utf8`: for bytes, for strings.
const UTF8: &[(&str, &str)] = &[
    ("DecodeLastRune", "DecodeLastRuneInString"),
    ("DecodeRune", "DecodeRuneInString"),
    ("FullRune", "FullRuneInString"),
    ("RuneCount", "RuneCountInString"),
    ("Valid", "ValidString"),
];

/// Methods of `regexp.Regexp`: for bytes, for strings.
const REGEXP: &[(&str, &str)] = &[
    ("FindAllIndex", "FindAllStringIndex"),
    ("FindAllSubmatchIndex", "FindAllStringSubmatchIndex"),
    ("FindIndex", "FindStringIndex"),
    ("FindSubmatchIndex", "FindStringSubmatchIndex"),
    ("Match", "MatchString"),
];

/// The compiler keeps shorter texts on the stack. Source: `tmpStringBufSize`, runtime/string.go, go1.27.3.
const ON_STACK: i64 = 32;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Text {
    Bytes,
    String,
}

impl Text {
    fn other(self) -> Self {
        match self {
            Self::Bytes => Self::String,
            Self::String => Self::Bytes,
        }
    }

    fn package(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::String => "strings",
        }
    }
}

fn check(source: &Source<'_>, found: &mut Vec<Found>) {
    for call in source.calls() {
        let Some((_, args, _)) = source.call(call) else {
            continue;
        };
        if !args.is_empty() && is_conversion_like(source, args[0]) {
            found.extend(of_packages(source, call, args).or_else(|| of_other(source, call, args)));
        }
    }
}

fn is_conversion_like(source: &Source<'_>, arg: ExprId) -> bool {
    matches!(source.inner(arg), ExprKind::Call { .. })
}

/// A conversion of a variable text: what it is converted to, and its operand.
fn converted(source: &Source<'_>, expr: ExprId) -> Option<(Text, ExprId)> {
    if source.is_const(expr) {
        return None;
    }
    let (x, typ) = source.conversion(expr)?;
    if source.exactly(typ) == Some(Basic::String) && source.is_bytes(x) {
        return Some((Text::String, x));
    }
    let is_text = source.is_string(x) && !source.is_const(x);
    (source.is_bytes_type(typ) && is_text).then_some((Text::Bytes, x))
}

/// `strings.F(string(b), …)` and `bytes.F([]byte(s), …)`.
fn of_packages(source: &Source<'_>, call: ExprId, args: &[ExprId]) -> Option<Found> {
    let Callee::Func { path, name } = source.callee(call)? else {
        return None;
    };
    let from = match path.as_str() {
        "bytes" => Text::Bytes,
        "strings" => Text::String,
        _ => return None,
    };
    let (_, n_texts) = MIRRORED.iter().find(|(it, _)| *it == name)?;
    let (to, first) = converted(source, args[0])?;
    if to != from || is_short(source, first) {
        return None;
    }
    let mut texts = vec![source.text(first).to_owned()];
    for arg in &args[1..*n_texts] {
        texts.push(mirrored(source, *arg, from)?);
    }
    let rest = args[*n_texts..]
        .iter()
        .map(|arg| source.text(*arg).to_owned());
    texts.extend(rest);
    let mut draft = Draft::new("call the function for its own type", Safety::Safe);
    let package = draft.package(source, from.other().package(), call);
    let better = format!("{package}.{name}({})", texts.join(", "));
    draft.replace(source.range(call), better.clone());
    Some(finding(source, call, args[0], &better, draft))
}

/// A further text argument for the other package: constants are converted, conversions undone. `None` where it would
/// need a conversion that costs.
fn mirrored(source: &Source<'_>, arg: ExprId, from: Text) -> Option<String> {
    if let Some((to, x)) = converted(source, arg) {
        return (to == from).then(|| source.text(x).to_owned());
    }
    match from {
        Text::String => source
            .is_const(arg)
            .then(|| format!("[]byte({})", source.text(arg))),
        Text::Bytes => {
            let (x, typ) = source.conversion(arg)?;
            let is_constant = source.is_const(x) && source.is_string(x);
            (source.is_bytes_type(typ) && is_constant).then(|| source.text(x).to_owned())
        }
    }
}

/// `utf8.F` and methods of regular expressions, whose names differ.
fn of_other(source: &Source<'_>, call: ExprId, args: &[ExprId]) -> Option<Found> {
    let (to, x) = converted(source, args[0])?;
    let callee = source.callee(call)?;
    let (names, name) = match &callee {
        Callee::Func { path, name } if path == "unicode/utf8" => (UTF8, *name),
        Callee::Method {
            path, typ, name, ..
        } if path == "regexp" && typ == "Regexp" => (REGEXP, *name),
        _ => return None,
    };
    let better = names.iter().find_map(|(bytes, strings)| match to {
        Text::Bytes if *bytes == name => Some(*strings),
        Text::String if *strings == name => Some(*bytes),
        _ => None,
    })?;
    if is_short(source, x) {
        return None;
    }
    let (fun, ..) = source.call(call)?;
    let ExprKind::Selector { sel, x: of } = source.inner(fun) else {
        return None;
    };
    let mut draft = Draft::new("call the function for its own type", Safety::Safe);
    draft.replace(source.range(sel), better);
    draft.replace(source.range(args[0]), source.text(x));
    let better = format!("{}.{better}({})", source.text(of), source.text(x));
    Some(finding(source, call, args[0], &better, draft))
}

/// Whether a text is sure to be so short that its conversion stays on the stack.
fn is_short(source: &Source<'_>, x: ExprId) -> bool {
    let ExprKind::Slice { x: of, lo, hi, .. } = source.inner(x) else {
        return false;
    };
    let from = lo.map_or(Some(0), |lo| source.const_int(lo));
    let to = match hi {
        Some(hi) => source.const_int(hi),
        None => match source.kind(of) {
            Some(TypeKind::Array { len, .. }) => Some(len),
            Some(TypeKind::Pointer(base)) => match source.under(base) {
                TypeKind::Array { len, .. } => Some(len),
                _ => None,
            },
            _ => None,
        },
    };
    match (from, to) {
        (Some(from), Some(to)) => to - from <= ON_STACK,
        (None, Some(to)) => to <= ON_STACK,
        _ => {
            // `b[i:i+4]`
            let width = || {
                let ExprKind::Binary {
                    op: go_syntax::BinaryOp::Add,
                    x: base,
                    y,
                } = source.inner(hi?)
                else {
                    return None;
                };
                source
                    .same(lo?, base)
                    .then(|| source.const_int(y))
                    .flatten()
            };
            width().is_some_and(|width| width <= ON_STACK)
        }
    }
}

fn finding(source: &Source<'_>, call: ExprId, arg: ExprId, better: &str, draft: Draft) -> Found {
    let message = format!("`{}` copies its operand for the call", source.text(arg));
    Found::new(source, call, &message)
        .label("the argument is converted")
        .help(format!("call `{better}`"))
        .also(source.range(arg), "this conversion")
        .cost(source.range(arg))
        .fix(draft.finish(source))
}
