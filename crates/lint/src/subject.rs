//! What kind of value a decision is about, told from the compiler's text of it.

use gc::SubjectClass;

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

/// How a value of that text is allocated; `None` for constants, which never are.
pub(crate) fn classify(subject: &str) -> Option<Alloc> {
    Some(match SubjectClass::of(subject) {
        class if class.is_constant() => return None,
        SubjectClass::AddressOfLiteral
        | SubjectClass::SliceOrArrayLiteral
        | SubjectClass::MapLiteral => Alloc::Literal,
        SubjectClass::New => Alloc::New,
        SubjectClass::MakeSlice | SubjectClass::MakeChan => Alloc::Make,
        SubjectClass::MakeMap => Alloc::MakeMap,
        SubjectClass::FuncLiteral => Alloc::Closure,
        SubjectClass::VariadicSlice => Alloc::Variadic,
        SubjectClass::Append => Alloc::Append,
        SubjectClass::Concatenation => Alloc::Concat,
        SubjectClass::ToString | SubjectClass::StringToBytes | SubjectClass::StringToRunes => {
            Alloc::Conversion
        }
        _ => Alloc::Boxing,
    })
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
    parts[1..]
        .iter()
        .all(|part| SubjectClass::of(part.trim()).is_constant())
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
            "\"long...",
            "42",
            "-1",
            "1e+100",
            "'x'",
            "true",
            "nil",
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
