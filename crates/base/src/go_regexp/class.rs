//! Bracketed classes.

use super::escape::{escape, perl_class, unicode_class};
use super::{GoRegexpError, Translation, error};

const POSIX: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

impl Translation<'_> {
    pub(super) fn class(&mut self) -> Result<(), GoRegexpError> {
        let whole = self.rest;
        let mut class = "[".to_owned();
        let mut text = &whole[1..];
        if let Some(after) = text.strip_prefix('^') {
            class.push('^');
            text = after;
        }
        let mut first = true;
        while first || !text.starts_with(']') {
            first = false;
            text = match item(text, &mut class)? {
                Some(after) => after,
                None => range(text, whole, &mut class)?,
            };
        }
        class.push(']');
        self.rest = &text[1..];
        self.piece(&class);
        Ok(())
    }
}

/// A named class at the start of `text`: what follows it.
fn item<'a>(text: &'a str, class: &mut String) -> Result<Option<&'a str>, GoRegexpError> {
    if text.starts_with("[:")
        && let Some(end) = text[2..].find(":]")
    {
        let (name, after) = (&text[..end + 4], &text[end + 4..]);
        let bare = text[2..end + 2].trim_start_matches('^');
        if !POSIX.contains(&bare) || end > bare.len() + 1 {
            return Err(error("invalid character class range", name));
        }
        class.push_str(name);
        return Ok(Some(after));
    }
    match text.strip_prefix('\\').and_then(|rest| rest.chars().next()) {
        Some('p' | 'P') => {
            let (name, len) = unicode_class(text)?;
            class.push_str(&name);
            Ok(Some(&text[len..]))
        }
        Some(letter @ ('d' | 'D' | 's' | 'S' | 'w' | 'W')) => {
            class.push_str(perl_class(letter));
            Ok(Some(&text[2..]))
        }
        _ => Ok(None),
    }
}

/// A character or a range of them. A dash before `]` is a character.
fn range<'a>(text: &'a str, whole: &str, class: &mut String) -> Result<&'a str, GoRegexpError> {
    let (low, mut after) = single(text, whole)?;
    let mut high = low;
    if after.starts_with('-') && after.len() >= 2 && !after.starts_with("-]") {
        (high, after) = single(&after[1..], whole)?;
        if high < low {
            let part = &text[..text.len() - after.len()];
            return Err(error("invalid character class range", part));
        }
    }
    push(class, low);
    if high != low {
        class.push('-');
        push(class, high);
    }
    Ok(after)
}

fn single<'a>(text: &'a str, whole: &str) -> Result<(char, &'a str), GoRegexpError> {
    match text.chars().next() {
        None => Err(error("missing closing ]", whole)),
        Some('\\') => escape(text),
        Some(rune) => Ok((rune, &text[rune.len_utf8()..])),
    }
}

/// By number, so that no character has a meaning to the crate.
fn push(class: &mut String, rune: char) {
    if rune.is_ascii_alphanumeric() {
        class.push(rune);
    } else {
        class.extend([r"\x{", &format!("{:X}", u32::from(rune)), "}"]);
    }
}
