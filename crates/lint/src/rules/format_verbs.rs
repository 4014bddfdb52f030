//! What rules about `fmt` share: formats as pieces, and how a value of a plain type is formatted without `fmt`.

use go_syntax::{ExprId, ExprKind, LitKind, Node, StmtKind};
use go_types::{Basic, TypeKind};

use crate::source::{Draft, Source};

/// A piece of a format.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Piece {
    /// Text as it is printed.
    Text(String),
    /// A verb without flags, width, precision or index.
    Verb(char),
}

/// The pieces of a format; `None` if it has a verb with flags or the like, or `%%`.
pub(crate) fn pieces(format: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            text.push(c);
            continue;
        }
        let verb = chars.next().filter(char::is_ascii_alphabetic)?;
        if !text.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut text)));
        }
        pieces.push(Piece::Verb(verb));
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Some(pieces)
}

/// The constant format of a call of `fmt.Sprintf` and its further arguments.
pub(crate) fn sprintf<'a>(
    source: &Source<'a>,
    call: ExprId,
) -> Option<(String, ExprId, &'a [ExprId])> {
    let (args, spread) = source.args_of(call, "fmt", "Sprintf")?;
    let (format, rest) = args.split_first()?;
    (!spread).then_some((source.const_text(*format)?, *format, rest))
}

/// Whether the result of a call is used.
pub(crate) fn is_used(source: &Source<'_>, call: ExprId) -> bool {
    !matches!(source.parent(call), Some(Node::Stmt(stmt))
        if matches!(source.stmt(stmt), StmtKind::Expr(_)))
}

/// Methods by which a value says itself how it is printed.
const OWN: &[&str] = &["Error", "Format", "GoString", "String"];

/// How a value is formatted without `fmt`, with the precedence of the text; `None` where only `fmt` knows.
pub(crate) fn formatted(
    source: &Source<'_>,
    arg: ExprId,
    verb: char,
    draft: &mut Draft,
) -> Option<(String, u8)> {
    let typ = source.type_of(arg)?;
    if source.is_type_param(typ) || source.has_method(typ, OWN) {
        return None;
    }
    let text = source.text(arg);
    let exact = source.exactly(typ);
    let kind = match source.under(typ) {
        TypeKind::Basic(basic) => source.exactly(go_types::TypeId::basic(basic))?,
        TypeKind::Slice(elem) if verb == 'x' && source.exactly(elem) == Some(Basic::Uint8) => {
            let hex = draft.package(source, "encoding/hex", arg);
            return Some((format!("{hex}.EncodeToString({text})"), 6));
        }
        _ => return None,
    };
    let as_type = |to: Basic| {
        if exact == Some(to) {
            text.to_owned()
        } else {
            format!("{}({text})", to.name())
        }
    };
    let call = |draft: &mut Draft, rest: String| {
        let strconv = draft.package(source, "strconv", arg);
        (format!("{strconv}.{rest}"), 6)
    };
    match (kind, verb) {
        (Basic::Int, 'd' | 'v') => Some(call(draft, format!("Itoa({})", as_type(Basic::Int)))),
        (Basic::Int8 | Basic::Int16 | Basic::Int32 | Basic::Int64, 'd' | 'v') => Some(call(
            draft,
            format!("FormatInt({}, 10)", as_type(Basic::Int64)),
        )),
        (
            Basic::Uint
            | Basic::Uint8
            | Basic::Uint16
            | Basic::Uint32
            | Basic::Uint64
            | Basic::Uintptr,
            'd' | 'v',
        ) => Some(call(
            draft,
            format!("FormatUint({}, 10)", as_type(Basic::Uint64)),
        )),
        (Basic::Bool, 't' | 'v') => {
            Some(call(draft, format!("FormatBool({})", as_type(Basic::Bool))))
        }
        (Basic::String, 's' | 'v') if exact == Some(Basic::String) => {
            Some((text.to_owned(), source.precedence(arg)))
        }
        (Basic::String, 's' | 'v') => Some((as_type(Basic::String), 6)),
        (Basic::String, 'q') => Some(call(draft, format!("Quote({})", as_type(Basic::String)))),
        _ => None,
    }
}

/// A text as a Go string literal.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() || c == '\u{feff}' => {
                let code = c as u32;
                if code > 0xffff {
                    out.push_str(&format!("\\U{code:08x}"));
                } else {
                    out.push_str(&format!("\\u{code:04x}"));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The texts of a format as literals spelled as the format spells them, one for each piece of text; quoted anew where
/// the format is not a plain literal.
pub(crate) fn literals(source: &Source<'_>, format: ExprId, pieces: &[Piece]) -> Vec<String> {
    let texts: Vec<&str> = (pieces.iter())
        .filter_map(|piece| match piece {
            Piece::Text(text) => Some(text.as_str()),
            Piece::Verb(_) => None,
        })
        .collect();
    let anew = || texts.iter().map(|text| quoted(text)).collect();
    if !matches!(source.expr(format), ExprKind::BasicLit(LitKind::String)) {
        return anew();
    }
    let spelled = source.text(format);
    let quote = &spelled[..1];
    let inner = &spelled[1..spelled.len() - 1];
    let mut parts = Vec::new();
    let mut rest = inner;
    while let Some(at) = rest.find('%') {
        parts.push(&rest[..at]);
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    parts.push(rest);
    parts.retain(|part| !part.is_empty());
    if parts.len() == texts.len() {
        parts
            .iter()
            .map(|part| format!("{quote}{part}{quote}"))
            .collect()
    } else {
        anew()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_cut_into_pieces() {
        let text = |text: &str| Piece::Text(text.to_owned());
        assert_eq!(
            pieces("a %s:%d"),
            Some(vec![
                text("a "),
                Piece::Verb('s'),
                text(":"),
                Piece::Verb('d')
            ])
        );
        for odd in ["%5d", "%+v", "%[1]d", "%%", "%", "%.2f", "%*d", "%-s"] {
            assert_eq!(pieces(odd), None, "{odd}");
        }
        assert_eq!(quoted("a\"\\\n\u{1}ü"), "\"a\\\"\\\\\\n\\u0001ü\"");
    }
}
