//! Classes of subjects, derived from the compiler's notation.

/// Class of the subject of a decision. The notation leaves out implicit conversions, so names, selectors,
/// constants and calls stand for their conversion to an interface.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SubjectClass {
    /// `x`. With [`Kind::EscapesToHeap`](crate::Kind::EscapesToHeap): its conversion to an interface.
    Name,
    /// `&T{...}`, `&[...]T{...}`.
    AddressOfLiteral,
    /// `T{...}` of a struct type, or of a type whose kind the notation does not show.
    StructLiteral,
    /// `[]T{...}`, `[...]T{...}`.
    SliceOrArrayLiteral,
    /// `map[K]V{...}`.
    MapLiteral,
    /// `new(T)`.
    New,
    /// `make([]T, …)`, also of a named type.
    MakeSlice,
    MakeMap,
    MakeChan,
    /// `func literal`: the closure's record.
    FuncLiteral,
    /// `... argument`: the slice made of a variadic call's arguments.
    VariadicSlice,
    /// `append`: the new backing array.
    Append,
    /// `a + b` of strings.
    Concatenation,
    /// `string(b)` of bytes, runes or a rune.
    ToString,
    /// `([]byte)(s)`.
    StringToBytes,
    /// `([]rune)(s)`.
    StringToRunes,
    /// `"…"` converted to an interface: points to read-only data, so costs nothing.
    StringConstant,
    /// A number, rune, `true`, `false` or `nil` converted to an interface.
    Constant,
    /// `x.f`: a field converted to an interface, or a method value.
    Selector,
    /// `f(x)` or `T(x)` converted to an interface.
    Call,
    /// A function: the subject of decisions about inlining.
    Function,
    /// Any other expression, and no subject at all.
    Other,
}

impl SubjectClass {
    /// All classes in the order of their numbers (`as u8`).
    pub(crate) const ALL: [Self; 21] = [
        Self::Name,
        Self::AddressOfLiteral,
        Self::StructLiteral,
        Self::SliceOrArrayLiteral,
        Self::MapLiteral,
        Self::New,
        Self::MakeSlice,
        Self::MakeMap,
        Self::MakeChan,
        Self::FuncLiteral,
        Self::VariadicSlice,
        Self::Append,
        Self::Concatenation,
        Self::ToString,
        Self::StringToBytes,
        Self::StringToRunes,
        Self::StringConstant,
        Self::Constant,
        Self::Selector,
        Self::Call,
        Self::Function,
    ];

    /// The class of an expression or variable in the compiler's notation.
    pub fn of(subject: &str) -> Self {
        match subject {
            "func literal" => return Self::FuncLiteral,
            "... argument" => return Self::VariadicSlice,
            "append" => return Self::Append,
            "true" | "false" | "nil" | "<nil>" => return Self::Constant,
            _ => {}
        }
        if let Some(class) = by_start(subject) {
            return class;
        }
        if subject.ends_with("{...}") || subject.ends_with("{}") {
            return Self::StructLiteral;
        }
        if is_concatenation(subject) {
            return Self::Concatenation;
        }
        if is_name(subject) {
            return Self::Name;
        }
        if subject.ends_with(')') && !subject.contains(".(") {
            return Self::Call;
        }
        if is_selector(subject) {
            return Self::Selector;
        }
        Self::Other
    }

    /// The compiler puts such values into read-only data or into the interface's word itself, or needs no memory
    /// for them: they escape without costing an allocation.
    pub fn is_constant(self) -> bool {
        matches!(self, Self::StringConstant | Self::Constant)
    }
}

fn by_start(subject: &str) -> Option<SubjectClass> {
    let first = subject.bytes().next()?;
    if first == b'"' {
        let whole = match quoted_len(subject) {
            Some(len) => len == subject.len(),
            // Long ones are cut after 72 characters, closing quote included.
            None => subject.ends_with("..."),
        };
        return whole.then_some(SubjectClass::StringConstant);
    }
    let negative = first == b'-' && subject[1..].starts_with(|c: char| c.is_ascii_digit());
    if first.is_ascii_digit() || first == b'\'' || negative {
        let plain = !subject.contains(' ') || first == b'\'';
        return plain.then_some(SubjectClass::Constant);
    }
    let literal = subject.ends_with('}');
    let class = if first == b'&' && literal {
        SubjectClass::AddressOfLiteral
    } else if subject.starts_with("new(") {
        SubjectClass::New
    } else if subject.starts_with("append(") {
        SubjectClass::Append
    } else if let Some(ty) = subject.strip_prefix("make(") {
        made(ty)
    } else if subject.starts_with("([]byte)(") {
        SubjectClass::StringToBytes
    } else if subject.starts_with("([]rune)(") {
        SubjectClass::StringToRunes
    } else if subject.starts_with("string(") && !is_concatenation(subject) {
        SubjectClass::ToString
    } else if subject.starts_with("map[") && literal {
        SubjectClass::MapLiteral
    } else if first == b'[' && literal {
        SubjectClass::SliceOrArrayLiteral
    } else {
        return None;
    };
    Some(class)
}

/// `make` of a named type is classified by its arguments: maps and channels take at most one.
fn made(ty: &str) -> SubjectClass {
    if ty.starts_with("map[") {
        SubjectClass::MakeMap
    } else if ty.starts_with("chan ") || ty.starts_with("<-chan ") {
        SubjectClass::MakeChan
    } else {
        SubjectClass::MakeSlice
    }
}

/// Bytes of the quoted text that begins here.
fn quoted_len(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// ` + ` outside quotes and parentheses.
fn is_concatenation(subject: &str) -> bool {
    let bytes = subject.as_bytes();
    let (mut depth, mut at) = (0i32, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at += quoted_len(&subject[at..]).map_or(0, |len| len - 1),
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            // With a number on the right it is a sum.
            b'+' if depth == 0 && at > 0 && bytes[at - 1] == b' ' => {
                let right = &subject[at + 1..];
                return right.starts_with(' ')
                    && !right[1..].starts_with(|c: char| c.is_ascii_digit());
            }
            _ => {}
        }
        at += 1;
    }
    false
}

fn is_name(subject: &str) -> bool {
    !subject.is_empty()
        && subject
            .chars()
            .enumerate()
            .all(|(at, c)| c.is_alphanumeric() || "_~#·".contains(c) || (c == '.' && at == 0))
}

/// `x.f`, `p.x.f[i].g`: ends in a name after a dot.
fn is_selector(subject: &str) -> bool {
    subject
        .rsplit_once('.')
        .is_some_and(|(before, name)| !before.is_empty() && is_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_listed_by_their_numbers() {
        for (number, class) in SubjectClass::ALL.into_iter().enumerate() {
            assert_eq!(class as usize, number);
        }
        assert_eq!(SubjectClass::Other as usize, SubjectClass::ALL.len());
    }

    #[test]
    fn subjects_are_classified() {
        use SubjectClass as C;
        let cases = [
            ("x", C::Name),
            (".autotmp_4", C::Name),
            ("~r0", C::Name),
            ("&T{...}", C::AddressOfLiteral),
            ("&[]int{...}", C::AddressOfLiteral),
            ("T{...}", C::StructLiteral),
            ("struct {}{}", C::StructLiteral),
            ("pkg.T{}", C::StructLiteral),
            ("[]int{...}", C::SliceOrArrayLiteral),
            ("[2]string{...}", C::SliceOrArrayLiteral),
            ("map[string]int{...}", C::MapLiteral),
            ("new(int)", C::New),
            ("make([]byte, n)", C::MakeSlice),
            ("make(Buffer, n)", C::MakeSlice),
            ("make(map[string]int)", C::MakeMap),
            ("make(chan int, 1)", C::MakeChan),
            ("func literal", C::FuncLiteral),
            ("... argument", C::VariadicSlice),
            ("append", C::Append),
            ("append(xs, 1)", C::Append),
            ("\"a\" + s", C::Concatenation),
            ("f(a + b) + \"x\"", C::Concatenation),
            ("string(b) + s", C::Concatenation),
            ("string(b)", C::ToString),
            ("string(a + b)", C::ToString),
            ("([]byte)(s)", C::StringToBytes),
            ("([]rune)(s)", C::StringToRunes),
            ("\"a + b\"", C::StringConstant),
            ("\"a \\\" b\"", C::StringConstant),
            ("\"cut after 72...", C::StringConstant),
            ("n + 1", C::Other),
            ("-x", C::Other),
            ("42", C::Constant),
            ("-1", C::Constant),
            ("'a'", C::Constant),
            ("true", C::Constant),
            ("t.field", C::Selector),
            ("p.xs[i].f", C::Selector),
            ("len(x)", C::Call),
            ("MyErr(s)", C::Call),
            ("x.(T)", C::Other),
            ("*p", C::Other),
            ("xs[i]", C::Other),
            ("", C::Other),
        ];
        for (subject, class) in cases {
            assert_eq!(C::of(subject), class, "{subject}");
        }
    }
}
