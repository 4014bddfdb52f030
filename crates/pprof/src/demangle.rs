//! Names of C++ and Rust functions as people write them.

use profile::{Profile, StrId};

/// Demangles the names that are as the linker knows them. With `force` all others start anew from
/// that, too. `mode` is empty, `templates`, `full` or `none`.
pub(crate) fn demangle(profile: &mut Profile, force: bool, mode: &str) {
    for id in profile.functions.ids() {
        let function = profile.functions[id];
        if force && !function.name.is_empty() && !function.system_name.is_empty() {
            profile.functions[id].name = function.system_name;
        }
    }
    if mode == "none" {
        return;
    }
    for id in profile.functions.ids() {
        let function = profile.functions[id];
        if !function.name.is_empty() && function.name != function.system_name {
            continue;
        }
        let system_name = profile.strings.text(function.system_name).into_owned();
        let name = demangled(&system_name, mode);
        if name != system_name || function.name == StrId::EMPTY {
            profile.functions[id].name = profile.strings.intern(name.as_bytes());
        }
    }
}

fn demangled(name: &str, mode: &str) -> String {
    if !looks_like_cpp(name) {
        return name.to_owned();
    }
    let mut name = name.to_owned();
    if mode != "full" {
        name = without(&name, '(', ')');
    }
    if mode.is_empty() {
        name = without(&name, '<', '>');
    }
    name
}

/// Whether a name seems to be a C++ one that is demangled already.
fn looks_like_cpp(name: &str) -> bool {
    // Java's `Class.<init>`, Go's `pkg.(*T[...]).Method`.
    let is_other = name.contains(".<") || name.contains("]).");
    !is_other && (name.contains(['<', '>', '[', ']']) || name.contains("::"))
}

/// The name without what stands between matching brackets, up to the first bracket that matches
/// none.
fn without(name: &str, open: char, close: char) -> String {
    let mut out = String::new();
    let mut depth = 0_usize;
    let mut opened_at = 0;
    for (at, c) in name.char_indices() {
        if c == open {
            depth += 1;
            if depth == 1 {
                opened_at = at;
            }
        } else if c == close {
            if depth == 0 {
                return out + &name[at..];
            }
            depth -= 1;
        } else if depth == 0 {
            out.push(c);
        }
    }
    if depth > 0 {
        out.push_str(&name[opened_at..]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_demangled_lose_arguments_and_templates() {
        let cases = [
            ("ns::f(int)", "", "ns::f"),
            ("ns::f<g<int>>(a)", "", "ns::f"),
            ("ns::f<int>(a)", "templates", "ns::f<int>"),
            ("ns::f(int)", "full", "ns::f(int)"),
            ("ns::a(b)c)d(e)", "", "ns::ac)d(e)"),
            ("ns::a(b)c(d", "", "ns::ac(d"),
            ("main.(*T[...]).F", "", "main.(*T[...]).F"),
            ("Foo.<init>", "", "Foo.<init>"),
            ("plain(x)", "", "plain(x)"),
        ];
        for (name, mode, expected) in cases {
            assert_eq!(demangled(name, mode), expected, "{name}");
        }
    }
}
