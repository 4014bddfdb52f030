//! Names of C++ and Rust functions as people write them.
//!
//! The mangled forms are read by `cpp_demangle` and `rustc-demangle`; what is left to do here is to
//! say the same in the words of pprof's demangler (github.com/ianlancetaylor/demangle), and to leave
//! out what pprof leaves out.

mod cxx;
mod cxx_path;
mod rust;

use std::borrow::Cow;

/// How much of a name is shown: pprof's `demangle=` modes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Level {
    /// `none`: as the linker has it.
    None,
    /// The default: without parameters, return types and template arguments.
    Simple,
    /// `templates`: without parameters and return types.
    Templates,
    /// `full`.
    Full,
}

/// A mangled name in readable form; `None` if it is none.
///
/// ```
/// use objfile::demangle::{Level, demangle};
///
/// let name = "_ZNSt6vectorIiSaIiEE9push_backERKi";
/// assert_eq!(demangle(name, Level::Simple).as_deref(), Some("std::vector::push_back"));
/// assert_eq!(demangle("main.main", Level::Simple), None);
/// ```
pub fn demangle(name: &str, level: Level) -> Option<String> {
    if level == Level::None {
        return None;
    }
    let rust = name.starts_with("_R") || name.starts_with("_ZN");
    let rust = rust.then(|| rust::text(name, level)).flatten();
    let cxx = || {
        name.starts_with("_Z")
            .then(|| cxx::text(name, level).or_else(|| cxx_path::path(name)))
            .flatten()
    };
    rust.or_else(cxx)
}

/// The name pprof shows for a function of that system name: demangled, also with macOS's
/// additional `_`. What looks like C++ that is demangled already loses the same parts; brackets are
/// matched blindly there.
pub fn function_name(name: &str, level: Level) -> Cow<'_, str> {
    if level == Level::None {
        return name.into();
    }
    let without_mark = || {
        name.strip_prefix('_')
            .and_then(|rest| demangle(rest, level))
    };
    if let Some(text) = demangle(name, level).or_else(without_mark) {
        return text.into();
    }
    if !looks_demangled(name) {
        return name.into();
    }
    let parameters = matches!(level, Level::Simple | Level::Templates);
    let mut text = Cow::Borrowed(name);
    if parameters {
        text = without_brackets(&text, b'(', b')').into();
    }
    if level == Level::Simple {
        text = without_brackets(&text, b'<', b'>').into();
    }
    text
}

/// Not Java (`Class.<init>`) and not generic Go (`pkg.(*T[...]).Method`).
fn looks_demangled(name: &str) -> bool {
    let other = name.contains(".<") || name.contains("]).");
    !other && (name.contains(['<', '>', '[', ']']) || name.contains("::"))
}

/// Without all `open`…`close`, nested ones included. A `close` too many stops it there.
fn without_brackets(name: &str, open: u8, close: u8) -> String {
    let mut kept = String::with_capacity(name.len());
    let (mut depth, mut from) = (0_usize, 0);
    for (at, byte) in name.bytes().enumerate() {
        if byte == open {
            if depth == 0 {
                kept.push_str(&name[from..at]);
                from = at;
            }
            depth += 1;
        } else if byte == close {
            if depth == 0 {
                break;
            }
            depth -= 1;
            if depth == 0 {
                from = at + 1;
            }
        }
    }
    kept.push_str(&name[from..]);
    kept
}

/// The end of the bracket that opens at `at`: the position after its partner.
fn after_bracket(text: &str, at: usize, open: u8, close: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    for (step, byte) in bytes.get(at..)?.iter().enumerate() {
        let here = at + step;
        let arrow = *byte == b'>' && here > 0 && matches!(bytes[here - 1], b'-' | b'=');
        if *byte == open {
            depth += 1;
        } else if *byte == close && !arrow {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return Some(here + 1);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    fn check(level: Level, cases: &[(&str, &str)]) {
        for (name, want) in cases {
            assert_eq!(function_name(name, level), *want, "{name}");
        }
    }

    #[test]
    fn levels_leave_out_what_pprof_leaves_out() {
        let push = "_ZNSt6vectorIiSaIiEE9push_backERKi";
        check(Level::None, &[(push, push)]);
        check(
            Level::Full,
            &[(
                push,
                "std::vector<int, std::allocator<int> >::push_back(int const&)",
            )],
        );
        check(
            Level::Templates,
            &[(push, "std::vector<int, std::allocator<int> >::push_back")],
        );
        check(
            Level::Simple,
            &[
                (push, "std::vector::push_back"),
                ("__ZN3foo3barEv", "foo::bar"),
                ("_Znwm", "operator new"),
                ("_ZlsRSoRK3Foo", "operator<<"),
                ("_ZN12_GLOBAL__N_13auxEi", "(anonymous namespace)::aux"),
                ("_RNvC6_123foo3bar", "123foo::bar"),
                (
                    "_ZN4core3fmt9Formatter3pad17h1234567890abcdefE",
                    "core::fmt::Formatter::pad",
                ),
                ("main.main", "main.main"),
                ("_Zq", "_Zq"),
                ("", ""),
            ],
        );
    }

    #[test]
    fn demangled_names_are_simplified_blindly() {
        check(
            Level::Simple,
            &[
                (
                    "std::vector<int, std::allocator<int> >::push_back(int const&)",
                    "std::vector::push_back",
                ),
                ("a::operator()(int) const", "a::operator const"),
                ("(anonymous namespace)::aux(int)", "::aux"),
                ("ns::f)(int)", "ns::f)(int)"),
                ("java.lang.Object.<init>", "java.lang.Object.<init>"),
                ("main.(*T[...]).Do", "main.(*T[...]).Do"),
                ("main.f(int)", "main.f(int)"),
            ],
        );
        check(Level::Templates, &[("ns::f<int>(int)", "ns::f<int>")]);
        check(Level::Full, &[("ns::f<int>(int)", "ns::f<int>(int)")]);
    }

    #[test]
    fn a_name_that_expands_without_end_stays_as_it_is() {
        // Every pair doubles the one before.
        let mut name = "_Z1fSt4pairIiiE".to_owned();
        for n in 0..60 {
            write!(name, "St4pairIS{n}_S{n}_E").unwrap();
        }
        let _ = function_name(&name, Level::Full);
        let nested = format!("_Z{}", "N".repeat(100_000));
        assert_eq!(function_name(&nested, Level::Full), nested);
    }
}
