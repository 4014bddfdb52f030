//! Rust: both manglings.

use super::{Level, after_bracket};

pub(super) fn text(name: &str, level: Level) -> Option<String> {
    let new = name.starts_with("_R");
    // A dot ends what the mangling knows about; what follows names a copy. Old names have dots inside.
    let mangled = if new { name.split('.').next()? } else { name };
    if !new && !has_hash(name) {
        return None;
    }
    let demangled = rustc_demangle::try_demangle(mangled).ok()?;
    let text = format!("{demangled:#}");
    if text.contains("{size limit reached}") {
        return None;
    }
    // Old names spell their types out as one word, which pprof leaves alone.
    Some(if level == Level::Simple && new {
        without_arguments(&text)
    } else {
        text
    })
}

/// `17h`, sixteen digits, `E`: without them an old-style name is C++.
fn has_hash(name: &str) -> bool {
    name.match_indices("17h").any(|(at, mark)| {
        let hash = &name.as_bytes()[at + mark.len()..];
        hash.get(16) == Some(&b'E') && hash[..16].iter().all(u8::is_ascii_hexdigit)
    })
}

/// Generic arguments become `<>`; `<Type as Trait>` stays, since it names the function.
fn without_arguments(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut kept = String::with_capacity(text.len());
    let (mut at, mut from) = (0, 0);
    while at < bytes.len() {
        let before = at.checked_sub(1).map(|at| bytes[at]);
        let arguments = bytes[at] == b'<'
            && before
                .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'));
        match after_bracket(text, at, b'<', b'>').filter(|_| arguments) {
            Some(end) => {
                kept.push_str(&text[from..at]);
                kept.push_str("<>");
                at = end;
                from = end;
            }
            None => at += 1,
        }
    }
    kept.push_str(&text[from..]);
    kept
}
