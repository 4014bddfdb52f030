//! C++ (Itanium mangling).

use cpp_demangle::{DemangleNodeType, DemangleOptions, DemangleWrite, Symbol};

use super::{Level, after_bracket};

/// Names longer than this when written out are left mangled: substitutions can double at each step.
const MAX_LEN: usize = 1 << 16;

struct Limited {
    text: String,
}

impl DemangleWrite for Limited {
    fn push_demangle_node(&mut self, _: DemangleNodeType) {}

    fn write_string(&mut self, part: &str) -> std::fmt::Result {
        if self.text.len() + part.len() > MAX_LEN {
            return Err(std::fmt::Error);
        }
        self.text.push_str(part);
        Ok(())
    }

    fn pop_demangle_node(&mut self) {}
}

pub(super) fn text(name: &str, level: Level) -> Option<String> {
    // A dot ends what the mangling knows about; what follows names a copy (`.part.0`).
    let (mangled, _) = name.split_once('.').unwrap_or((name, ""));
    let symbol = Symbol::new(mangled).ok()?;
    // What is said about a function as a whole (thunks, clones) keeps its parameters.
    let about = mangled.starts_with("_ZT") || mangled.starts_with("_ZGT");
    let options = if level == Level::Full || about {
        DemangleOptions::new()
    } else {
        DemangleOptions::new().no_params().no_return_type()
    };
    let mut out = Limited {
        text: String::new(),
    };
    symbol.structured_demangle(&mut out, &options).ok()?;
    let mut text = as_pprof_words_it(out.text);
    if level != Level::Full && !about {
        text = without_enclosing_parameters(&text);
        for qualifier in [" &&", " &"] {
            if let Some(shorter) = text.strip_suffix(qualifier) {
                text.truncate(shorter.len());
            }
        }
    }
    Some(if level == Level::Simple {
        without_templates(&text)
    } else {
        text
    })
}

fn as_pprof_words_it(text: String) -> String {
    let mut text = special(&text).unwrap_or(text);
    if text.contains(", >") {
        text = text.replace(">, >", "> >").replace(", >", ">");
    }
    for (cast, suffix) in [
        ("(unsigned int)", "u"),
        ("(long)", "l"),
        ("(unsigned long)", "ul"),
        ("(long long)", "ll"),
        ("(unsigned long long)", "ull"),
    ] {
        text = literals(&text, cast, suffix);
    }
    streams(text)
}

/// `{vtable(X)}` and its like.
fn special(text: &str) -> Option<String> {
    let inner = text.strip_prefix('{')?.strip_suffix(")}")?;
    let (kind, subject) = inner.split_once('(')?;
    Some(match kind {
        "vtable" => format!("vtable for {subject}"),
        "vtt" => format!("VTT for {subject}"),
        "construction vtable" => format!("construction vtable for {subject}"),
        "virtual override thunk" => {
            let (offset, target) = subject.split_once("}, ")?;
            let kind = if offset.starts_with("{virtual") {
                "virtual"
            } else {
                "non-virtual"
            };
            format!("{kind} thunk to {target}")
        }
        _ => return None,
    })
}

/// `(unsigned int)8` is `8u`.
fn literals(text: &str, cast: &str, suffix: &str) -> String {
    if !text.contains(cast) {
        return text.to_owned();
    }
    let mut parts = text.split(cast);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let minus = usize::from(part.starts_with('-'));
        let digits = part[minus..].bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            out.push_str(cast);
            out.push_str(part);
        } else {
            let (number, rest) = part.split_at(minus + digits);
            out.push_str(number);
            out.push_str(suffix);
            out.push_str(rest);
        }
    }
    out
}

/// The short names of streams and strings, except where a constructor needs the long one.
fn streams(mut text: String) -> String {
    if !text.contains("std::") {
        return text;
    }
    for (short, name) in [
        ("istream", "basic_istream"),
        ("iostream", "basic_iostream"),
        ("ostream", "basic_ostream"),
    ] {
        let long = format!("std::{name}<char, std::char_traits<char> >");
        if text.contains(&long) {
            text = text.replace(&long, &format!("std::{short}"));
        }
        for (wrong, right) in [(short, name), (name, name)] {
            for tilde in ["", "~"] {
                let pattern = format!("std::{short}::{tilde}{wrong}");
                if text.contains(&pattern) {
                    text = text.replace(&pattern, &format!("{long}::{tilde}{right}"));
                }
            }
        }
    }
    let long = "std::basic_string<char, std::char_traits<char>, std::allocator<char> >::";
    for (wrong, right) in [("string", "basic_string"), ("~string", "~basic_string")] {
        let pattern = format!("std::string::{wrong}");
        if text.contains(&pattern) {
            text = text.replace(&pattern, &format!("{long}{right}"));
        }
    }
    text
}

/// `f(int)::x` is `f()::x`.
fn without_enclosing_parameters(text: &str) -> String {
    if !text.contains(")::") && !text.contains(") const::") {
        return text.to_owned();
    }
    let mut kept = String::with_capacity(text.len());
    let (mut at, mut from) = (0, 0);
    while let Some(step) = text[at..].find('(') {
        let open = at + step;
        let end = after_bracket(text, open, b'(', b')');
        let Some(end) = end.filter(|end| {
            let rest = &text[*end..];
            let outer = rest.starts_with("::") || rest.starts_with(" const::");
            outer
                && &text[open..*end] != "(anonymous namespace)"
                && !text[..open].ends_with("operator")
        }) else {
            at = open + 1;
            continue;
        };
        kept.push_str(&text[from..open]);
        kept.push_str("()");
        at = end;
        from = end;
    }
    kept.push_str(&text[from..]);
    kept
}

/// Without `<…>`; the operators made of `<` and `>` stay.
fn without_templates(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let (mut at, mut from) = (0, 0);
    while let Some(step) = text[at..].find('<') {
        let open = at + step;
        if let Some(name) = text[..open].strip_suffix("operator") {
            let part_of_word =
                name.ends_with(|letter: char| letter.is_alphanumeric() || letter == '_');
            if !part_of_word {
                let operator = text[open..]
                    .bytes()
                    .take_while(|byte| b"<=>".contains(byte))
                    .count();
                // `operator<<int>`: the second bracket opens the arguments.
                let operator = if text[open..].starts_with("<<")
                    && !text[open..].starts_with("<<=")
                    && after_bracket(text, open + 1, b'<', b'>').is_some()
                    && after_bracket(text, open + 2, b'<', b'>').is_none()
                {
                    1
                } else {
                    operator
                };
                at = open + operator;
                continue;
            }
        }
        match after_bracket(text, open, b'<', b'>') {
            Some(end) => {
                kept.push_str(&text[from..open]);
                at = end;
                from = end;
            }
            None => at = open + 1,
        }
    }
    kept.push_str(&text[from..]);
    // `operator<< <int>` has a space that was for the arguments.
    kept.truncate(kept.trim_end().len());
    kept
}
