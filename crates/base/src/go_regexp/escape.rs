//! What a backslash starts.

use super::{GoRegexpError, Translation, error};

impl Translation<'_> {
    pub(super) fn backslash(&mut self) -> Result<(), GoRegexpError> {
        let second = self.rest[1..].chars().next();
        match second {
            Some('A' | 'z') => self.piece_of(2, str::to_owned),
            // Word boundaries are ASCII's.
            Some('b' | 'B') => self.piece_of(2, |text| format!("(?-u:{text})")),
            Some('C') => return Err(error("invalid escape sequence", &self.rest[..2])),
            Some('Q') => {
                let quoted = &self.rest[2..];
                let (text, after) = quoted.split_once(r"\E").unwrap_or((quoted, ""));
                text.chars().for_each(|rune| self.escaped(rune));
                self.rest = after;
            }
            Some('p' | 'P') => {
                let (class, len) = unicode_class(self.rest)?;
                self.piece_of(len, |_| class);
            }
            Some(letter @ ('d' | 'D' | 's' | 'S' | 'w' | 'W')) => {
                self.piece_of(2, |_| format!("[{}]", perl_class(letter)));
            }
            _ => {
                let (rune, after) = escape(self.rest)?;
                self.rest = after;
                self.escaped(rune);
            }
        }
        Ok(())
    }

    fn piece_of(&mut self, len: usize, text: impl FnOnce(&str) -> String) {
        let (read, after) = self.rest.split_at(len);
        self.rest = after;
        self.piece(&text(read));
    }
}

/// The ASCII class of a letter, as it stands in brackets.
pub(super) fn perl_class(letter: char) -> &'static str {
    match letter {
        'd' => "0-9",
        'D' => "[^0-9]",
        's' => r"\t\n\x0C\r ",
        'S' => r"[^\t\n\x0C\r ]",
        'w' => "0-9A-Za-z_",
        _ => "[^0-9A-Za-z_]",
    }
}

/// Reads `\pL`, `\p{Greek}`, `\P{^Greek}`: the class in the crate's syntax and the length read.
pub(super) fn unicode_class(text: &str) -> Result<(String, usize), GoRegexpError> {
    let bad = |part: &str| error("invalid character class range", part);
    let mut negated = text.starts_with(r"\P");
    let (name, len) = match text[2..].chars().next() {
        None => return Err(bad(text)),
        Some('{') => {
            let end = text.find('}').ok_or_else(|| bad(text))?;
            (&text[3..end], end + 1)
        }
        Some(letter) => (&text[2..2 + letter.len_utf8()], 2 + letter.len_utf8()),
    };
    let name = match name.strip_prefix('^') {
        Some(name) => {
            negated = !negated;
            name
        }
        None => name,
    };
    let sign = if negated { 'P' } else { 'p' };
    let class = format!(r"\{sign}{{{name}}}");
    let known = !name.is_empty() && !name.contains(['=', ':', '!']);
    if known && regex::Regex::new(&class).is_ok() {
        Ok((class, len))
    } else {
        Err(bad(&text[..len]))
    }
}

/// Reads an escape that stands for one character: that, and what follows.
pub(super) fn escape(text: &str) -> Result<(char, &str), GoRegexpError> {
    let mut runes = text[1..].chars();
    let Some(rune) = runes.next() else {
        return Err(error("trailing backslash at end of expression", ""));
    };
    let found = match rune {
        'x' => hexadecimal(&mut runes),
        '0'..='7' => octal(rune, &mut runes),
        'a' => Some('\x07'),
        'f' => Some('\x0c'),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        'v' => Some('\x0b'),
        _ if rune.is_ascii() && !rune.is_ascii_alphanumeric() => Some(rune),
        _ => None,
    };
    let after = runes.as_str();
    match found {
        Some(rune) => Ok((rune, after)),
        None => Err(error(
            "invalid escape sequence",
            &text[..text.len() - after.len()],
        )),
    }
}

/// `\1` to `\7` alone would be a backreference; more digits make them octal.
fn octal(first: char, runes: &mut std::str::Chars<'_>) -> Option<char> {
    let next = |runes: &std::str::Chars<'_>| runes.clone().next().and_then(|rune| rune.to_digit(8));
    if first != '0' && next(runes).is_none() {
        return None;
    }
    let mut value = first.to_digit(8)?;
    for _ in 0..2 {
        let Some(digit) = next(runes) else { break };
        value = value * 8 + digit;
        runes.next();
    }
    char::from_u32(value)
}

fn hexadecimal(runes: &mut std::str::Chars<'_>) -> Option<char> {
    let first = runes.next()?;
    if first != '{' {
        let second = runes.next()?;
        return char::from_u32(first.to_digit(16)? * 16 + second.to_digit(16)?);
    }
    let (mut value, mut digits) = (0, 0);
    loop {
        let rune = runes.next()?;
        if rune == '}' {
            return if digits == 0 {
                None
            } else {
                char::from_u32(value)
            };
        }
        value = value * 16 + rune.to_digit(16)?;
        digits += 1;
        if value > u32::from(char::MAX) {
            return None;
        }
    }
}
