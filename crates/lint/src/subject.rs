//! What kind of value a decision is about, told from the compiler's text of it.

/// A way in which Go code allocates.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Alloc {
    /// A variable whose address outlives its function. First, as it names the cause best.
    Variable,
    Make,
    MakeMap,
    /// `&T{…}`, `[]T{…}`, `map[K]V{…}`.
    Literal,
    New,
    Append,
    Closure,
    /// Between string, `[]byte` and `[]rune`.
    Conversion,
    Concat,
    /// A value put into an interface (or a method value: the text does not tell).
    Boxing,
    /// The slice that carries variadic arguments.
    Variadic,
}

/// The kind of `subject`, an expression as the compiler prints it; `None` for constants, which are never allocated.
pub(crate) fn classify(subject: &str) -> Option<Alloc> {
    let alloc = match subject {
        "append" => Alloc::Append,
        "func literal" => Alloc::Closure,
        "... argument" => Alloc::Variadic,
        _ if is_constant(subject) => return None,
        s if s.starts_with('&') => Alloc::Literal,
        s if s.starts_with("new(") => Alloc::New,
        s if s.starts_with("append(") => Alloc::Append,
        s if s.starts_with("make(map[") => Alloc::MakeMap,
        s if s.starts_with("make(") => Alloc::Make,
        s if is_conversion(s) => Alloc::Conversion,
        s if is_slice_or_map_literal(s) => Alloc::Literal,
        s if has_string_operand(s) => Alloc::Concat,
        _ => Alloc::Boxing,
    };
    Some(alloc)
}

fn is_constant(subject: &str) -> bool {
    let first = subject.chars().next().unwrap_or(' ');
    let literal = match first {
        '"' => closes_at_end(subject, '"'),
        '\'' => closes_at_end(subject, '\''),
        '-' | '.' => {
            subject[1..].starts_with(|c: char| c.is_ascii_digit()) && is_number(&subject[1..])
        }
        c if c.is_ascii_digit() => is_number(subject),
        _ => matches!(subject, "true" | "false" | "nil"),
    };
    // A typed constant prints as `T(5)`.
    literal || converted_constant(subject).is_some_and(is_constant)
}

fn converted_constant(subject: &str) -> Option<&str> {
    let inner = subject.strip_suffix(')')?;
    let (name, argument) = inner.split_once('(')?;
    let plain = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || "._".contains(c));
    (plain && name != "string" && argument != inner).then_some(argument)
}

fn closes_at_end(subject: &str, quote: char) -> bool {
    let mut escaped = false;
    for (index, c) in subject.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            // Long strings are cut: `"abc"...`.
            c if c == quote => return matches!(&subject[index + 1..], "" | "..."),
            _ => {}
        }
    }
    false
}

fn is_number(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_alphanumeric() || "._+-".contains(c))
        && !text.contains("..")
}

fn is_conversion(subject: &str) -> bool {
    [
        "string(",
        "([]byte)(",
        "([]rune)(",
        "([]uint8)(",
        "([]int32)(",
    ]
    .iter()
    .any(|start| subject.starts_with(start))
        && subject.ends_with(')')
}

fn is_slice_or_map_literal(subject: &str) -> bool {
    (subject.starts_with("[]") || subject.starts_with("map["))
        && (subject.ends_with("{...}") || subject.ends_with("{}"))
}

/// `a + "x"`, and `a + b` of anything but numbers as far as the text tells.
fn has_string_operand(subject: &str) -> bool {
    let mut depth = 0;
    let mut quoted = false;
    let bytes = subject.as_bytes();
    for (index, byte) in bytes.iter().enumerate() {
        match byte {
            b'"' if index == 0 || bytes[index - 1] != b'\\' => quoted = !quoted,
            _ if quoted => {}
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            b'+' if depth == 0 && subject[..index].ends_with(' ') => {
                let operand = subject[index + 1..].trim_start();
                return !operand.starts_with(|c: char| c.is_ascii_digit());
            }
            _ => {}
        }
    }
    false
}

/// Whether a `make` has a length and capacity that are constants.
pub(crate) fn make_is_constant(subject: &str) -> bool {
    let Some(inner) = subject
        .strip_prefix("make(")
        .and_then(|rest| rest.strip_suffix(')'))
    else {
        return false;
    };
    let mut depth = 0;
    let mut parts = vec![String::new()];
    for c in inner.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    parts[1..].iter().all(|part| is_constant(part.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_told_by_their_text() {
        for (subject, alloc) in [
            ("&Item{...}", Alloc::Literal),
            ("[]string{...}", Alloc::Literal),
            ("map[string]int{}", Alloc::Literal),
            ("new(big.Int)", Alloc::New),
            ("make([]byte, n)", Alloc::Make),
            ("make(map[string]int, len(xs))", Alloc::MakeMap),
            ("append", Alloc::Append),
            ("append(b, \"x\"...)", Alloc::Append),
            ("func literal", Alloc::Closure),
            ("... argument", Alloc::Variadic),
            ("string(b)", Alloc::Conversion),
            ("([]byte)(s)", Alloc::Conversion),
            ("a + \"-\" + b", Alloc::Concat),
            ("prefix + name", Alloc::Concat),
            ("n + 1", Alloc::Boxing),
            ("x", Alloc::Boxing),
            ("Item{...}", Alloc::Boxing),
            ("err.Error()", Alloc::Boxing),
            ("f(a + b)", Alloc::Boxing),
            ("time.Duration(n)", Alloc::Boxing),
        ] {
            assert_eq!(classify(subject), Some(alloc), "{subject}");
        }
    }

    #[test]
    fn constants_are_not_allocated() {
        for subject in [
            "\"a b\"",
            "\"a \\\" b\"",
            "\"long\"...",
            "42",
            "-1",
            "1e+100",
            "'x'",
            "true",
            "nil",
            "Kind(3)",
            "time.Duration(5)",
            "Name(\"x\")",
        ] {
            assert_eq!(classify(subject), None, "{subject}");
        }
    }

    #[test]
    fn makes_of_constant_size_are_told_apart() {
        assert!(make_is_constant("make([]byte, 64)"));
        assert!(make_is_constant("make([]byte, 0, 1024)"));
        assert!(!make_is_constant("make([]byte, n)"));
        assert!(!make_is_constant("make([]T[int, string], 0, len(x))"));
    }
}
