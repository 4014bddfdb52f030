//! The path of a C++ function (`std::swap`) without understanding the rest of its name.
//!
//! For names that `cpp_demangle` gives up on, most of them for expressions in template arguments
//! (`std::enable_if` with conditions). Arguments are skipped by their brackets: what opens with a
//! capital letter closes with `E`.

/// The qualified name without template arguments, parameters and qualifiers.
pub(super) fn path(mangled: &str) -> Option<String> {
    let rest = mangled.strip_prefix("_Z")?;
    let mut reader = Reader { rest };
    let parts = if reader.eat('N') {
        while ["r", "V", "K", "R", "O"]
            .iter()
            .any(|it| reader.eat_text(it))
        {}
        let mut parts = Vec::new();
        while !reader.eat('E') {
            reader.part(&mut parts)?;
        }
        parts
    } else {
        let mut parts = Vec::new();
        if reader.eat_text("St") {
            parts.push("std".to_owned());
        }
        parts.push(reader.source_name()?.to_owned());
        parts
    };
    (parts.len() > 1 || mangled.len() > 4).then(|| parts.join("::"))
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn eat(&mut self, letter: char) -> bool {
        let rest = self.rest.strip_prefix(letter);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn eat_text(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// A length and that many bytes.
    fn source_name(&mut self) -> Option<&'a str> {
        let digits = self.rest.len()
            - self
                .rest
                .trim_start_matches(|c: char| c.is_ascii_digit())
                .len();
        let len: usize = self.rest[..digits].parse().ok()?;
        let end = digits.checked_add(len)?;
        let name = self.rest.get(digits..end)?;
        self.rest = &self.rest[end..];
        Some(name)
    }

    /// One part of a nested name.
    fn part(&mut self, parts: &mut Vec<String>) -> Option<()> {
        if self.eat_text("St") {
            parts.push("std".to_owned());
        } else if self.eat('I') {
            self.skip_to_end()?;
        } else if self.rest.starts_with(['C', 'D']) {
            let is_destructor = self.eat('D');
            let _ = self.eat('C');
            let kind = self.rest.chars().next().filter(char::is_ascii_digit)?;
            self.eat(kind);
            let name = parts.last()?;
            parts.push(if is_destructor {
                format!("~{name}")
            } else {
                name.clone()
            });
        } else {
            parts.push(self.source_name()?.to_owned());
        }
        Some(())
    }

    /// Behind the `E` that closes what is open.
    fn skip_to_end(&mut self) -> Option<()> {
        let mut depth = 1_usize;
        while depth > 0 {
            let first = self.rest.chars().next()?;
            if first.is_ascii_digit() {
                self.source_name()?;
                continue;
            }
            self.eat(first);
            match first {
                'E' => depth -= 1,
                'I' | 'N' | 'J' | 'X' | 'L' | 'F' | 'Z' => depth += 1,
                // A literal's number is not a name's length.
                _ => {}
            }
            if first == 'L' {
                self.rest = self.rest.get(self.rest.find('E')?..)?;
            } else if first == 'S' || first == 'T' {
                // Substitutions and parameters: `S_`, `S0_`, `St`, `T_`.
                let is_short = self.rest.starts_with(|c: char| c.is_ascii_lowercase());
                let end = if is_short {
                    1
                } else {
                    self.rest.find('_')? + 1
                };
                self.rest = self.rest.get(end..)?;
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn arguments_are_skipped_by_their_brackets() {
        let swap = "_ZSt4swapIiENSt9enable_ifIXsrSt6__and_IJSt6__not_ISt15__is_tuple_likeIT_EEEE5valueEvE4typeERS4_S5_";
        let cases = [
            (swap, Some("std::swap")),
            ("_ZN3app4TreeIXsr1aLi12EEE3addERKi", Some("app::Tree::add")),
            ("_ZNKSt6vectorIiSaIS0_EED2Ev", Some("std::vector::~vector")),
            ("_ZN1aC1Ei", Some("a::a")),
            ("_ZN1", None),
            ("_ZN1aI", None),
            ("_ZTV1a", None),
            ("_ZN99999999999999999999a", None),
        ];
        for (mangled, expected) in cases {
            assert_eq!(path(mangled).as_deref(), expected, "{mangled}");
        }
    }
}
