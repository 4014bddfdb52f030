//! The compiler's notation of expressions in words that a Go programmer writes.

use std::borrow::Cow;

/// A variable that the compiler made: results of inlined calls (`~r0`), temporaries (`.autotmp_7`), parameters
/// without a name (`~p1`, `~b2`) and variables of range-over-func loops (`#next`).
pub(crate) fn is_temporary(name: &str) -> bool {
    name.starts_with(['~', '#']) || name.starts_with(TEMPORARY)
}

const TEMPORARY: &str = ".autotmp_";

/// The name of a variable as declared: `x·2` is the second `x` of an inlined body.
pub(crate) fn variable(name: &str) -> &str {
    name.split('·').next().unwrap_or(name)
}

/// An expression without what only the compiler knows: its temporaries, shapes of type arguments, and the packages
/// it puts before variables of inlined bodies. `callees` are the functions inlined at the position.
///
/// ```
/// let readable = |text| gc::readable(text, &["bufio.NewReaderSize"]).into_owned();
/// assert_eq!(readable("make([]byte, max(bufio.size, 16))"), "make([]byte, max(size, 16))");
/// assert_eq!(readable("&T[go.shape.string]{...}"), "&T[string]{...}");
/// assert_eq!(readable("\"bad \" + ~r0"), "\"bad \" + ...");
/// ```
pub fn readable<'a>(text: &'a str, callees: &[&str]) -> Cow<'a, str> {
    if let Some(phrase) = phrase(text) {
        return Cow::Borrowed(phrase);
    }
    let marks = ["go.shape.", ".autotmp_", "~", "·", "([]byte)(", "([]rune)("];
    let package_names = packages(callees);
    let qualified = || package_names.iter().any(|package| text.contains(package));
    if !marks.iter().any(|mark| text.contains(mark)) && !qualified() {
        return Cow::Borrowed(text);
    }
    let text = text
        .replace("([]byte)(", "[]byte(")
        .replace("([]rune)(", "[]rune(");
    Cow::Owned(names(&shapes(&text), &package_names))
}

const PHRASES: [&str; 5] = [
    "variadic arguments",
    "function literal",
    "state of the range-over-func loop",
    "result",
    "temporary",
];

/// What has no expression in the source.
fn phrase(text: &str) -> Option<&'static str> {
    let [variadic, literal, state, result, temporary] = PHRASES;
    match text {
        "... argument" => Some(variadic),
        "func literal" => Some(literal),
        _ if text.starts_with('#') => Some(state),
        _ if text.starts_with('~') && is_word(&text[1..]) => Some(result),
        _ if text.starts_with(TEMPORARY) && is_word(&text[1..]) => Some(temporary),
        _ => None,
    }
}

/// A subject in a sentence: code in backquotes, words for what has no expression in the source.
///
/// ```
/// assert_eq!(gc::quoted("x"), "`x`");
/// assert_eq!(gc::quoted("variadic arguments of f(x)"), "the variadic arguments of `f(x)`");
/// assert_eq!(gc::quoted("result"), "the result");
/// ```
pub fn quoted(subject: &str) -> String {
    if PHRASES.contains(&subject) {
        return format!("the {subject}");
    }
    for phrase in ["variadic arguments of ", "closure of "] {
        if let Some(call) = subject.strip_prefix(phrase) {
            return format!("the {phrase}`{call}`");
        }
    }
    format!("`{subject}`")
}

/// A reason of the inliner as the predicate of a sentence about the function.
/// Source: cmd/compile/internal/inline/inl.go `CanInline`, `InlineImpossible` and `hairyVisitor`, go1.27.3.
pub(crate) fn refusal(reason: &str) -> Cow<'_, str> {
    let word = |word: &str| Cow::Owned(format!("contains `{word}`"));
    match reason {
        "no function body" => Cow::Borrowed("has no body in Go"),
        "call to recover" => Cow::Borrowed("calls `recover`"),
        "recursive" => Cow::Borrowed("is recursive"),
        "defer call in range func" => {
            Cow::Borrowed("contains `defer` in a loop over a function iterator")
        }
        _ => {
            if let Some(op) = reason.strip_prefix("unhandled op ") {
                match op {
                    "GO" | "DEFER" | "SELECT" | "RECOVER" => word(&op.to_lowercase()),
                    "TAILCALL" => Cow::Borrowed("is a tail call made by the compiler"),
                    op => Cow::Owned(format!("contains a statement that is not inlined ({op})")),
                }
            } else if let Some(pragma) = reason.strip_prefix("marked go:") {
                Cow::Owned(format!("is marked `//go:{pragma}`"))
            } else if let Some(callee) = reason.strip_prefix("call to ") {
                Cow::Owned(format!("calls `{callee}`"))
            } else {
                Cow::Owned(format!("is refused: {reason}"))
            }
        }
    }
}

/// `bufio.` of `bufio.NewReaderSize` and `bufio.(*Reader).Read`; none for functions of the package itself.
fn packages<'a>(callees: &[&'a str]) -> Vec<&'a str> {
    let mut packages: Vec<&str> = (callees.iter())
        .filter_map(|callee| {
            let plain = &callee[..callee.find(['[', '(']).unwrap_or(callee.len())];
            let dot = plain.find('.')?;
            let lower = plain.starts_with(|c: char| c.is_lowercase() || c == '_');
            lower.then_some(&plain[..=dot])
        })
        .collect();
    packages.sort_unstable();
    packages.dedup();
    packages
}

fn is_word(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Type arguments without their shapes: `[go.shape.int]` is `[int]`; shapes that stand for several types (pointers,
/// structs and other composite types) are `[...]`.
fn shapes(text: &str) -> String {
    const SHAPE: &str = "go.shape.";
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(SHAPE) {
        out.push_str(&rest[..at]);
        let after = &rest[at + SHAPE.len()..];
        let name = after.bytes().take_while(u8::is_ascii_alphanumeric).count();
        if name > 0 && &after[..name] != "struct" {
            out.push_str(&after[..name]);
            rest = &after[name..];
        } else {
            out.push_str("...");
            rest = &after[composite_len(after)..];
        }
    }
    out.push_str(rest);
    out
}

/// Bytes up to the `,`, `]` or `)` that ends a type argument.
fn composite_len(text: &str) -> usize {
    let mut depth = 0u32;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'[' | b'(' | b'{' => depth += 1,
            b']' | b')' | b'}' | b',' if depth == 0 => return at,
            b']' | b')' | b'}' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

/// Words outside of quotes: temporaries become `...`, variables of inlined bodies lose their package.
fn names(text: &str, packages: &[&str]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let fresh = !(before.is_alphanumeric() || matches!(before, '_' | '.'));
        let len = if matches!(first, '"' | '\'') {
            let len = quoted_len(rest, first);
            out.push_str(&rest[..len]);
            len
        } else if first == '~' || rest.starts_with(TEMPORARY) {
            out.push_str("...");
            1 + word_len(&rest[1..])
        } else if first == '·' {
            first.len_utf8() + word_len(&rest[first.len_utf8()..])
        } else if fresh && let Some(package) = package_of_variable(rest, packages) {
            package
        } else {
            out.push(first);
            first.len_utf8()
        };
        before = rest[..len].chars().next_back().unwrap_or(' ');
        if len > first.len_utf8() && before == '.' {
            before = ' ';
        }
        rest = &rest[len..];
    }
    out
}

/// Bytes of the package before an unexported name.
fn package_of_variable(text: &str, packages: &[&str]) -> Option<usize> {
    let package = packages
        .iter()
        .find(|package| text.starts_with(**package))?;
    let name = &text[package.len()..];
    let end = name.find(|c: char| !(c.is_alphanumeric() || c == '_'));
    let is_type_or_call = end.is_some_and(|end| name[end..].starts_with(['{', '(']));
    (name.starts_with(|c: char| c.is_lowercase() || c == '_') && !is_type_or_call)
        .then_some(package.len())
}

fn word_len(text: &str) -> usize {
    text.bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        .count()
}

fn quoted_len(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compilers_names_are_left_out() {
        let callees = [
            "fasthttputil.(*PipeConns).Conn1",
            "strings.(*Builder).WriteString",
        ];
        let cases = [
            ("x", "x"),
            ("~r0", "result"),
            (".autotmp_7", "temporary"),
            ("#next", "state of the range-over-func loop"),
            ("... argument", "variadic arguments"),
            ("fasthttputil.pc.c1.pc", "pc.c1.pc"),
            ("append(strings.b.buf, strings.s...)", "append(b.buf, s...)"),
            ("&strings.builder{...}", "&strings.builder{...}"),
            ("strings.Builder{}", "strings.Builder{}"),
            ("make([]int, .autotmp_3)", "make([]int, ...)"),
            ("([]byte)(~r0 + \"~r0\")", "[]byte(... + \"~r0\")"),
            ("x·2", "x"),
            ("(~r0).id", "(...).id"),
            (
                "make(map[go.shape.string][]go.shape.string)",
                "make(map[string][]string)",
            ),
            ("&T[go.shape.*uint8]{...}", "&T[...]{...}"),
            (
                "&T[go.shape.struct { p.y go.shape.int },go.shape.int]{...}",
                "&T[...,int]{...}",
            ),
            ("t.strings.b", "t.strings.b"),
        ];
        for (text, expected) in cases {
            assert_eq!(readable(text, &callees), expected, "{text}");
        }
    }
}
