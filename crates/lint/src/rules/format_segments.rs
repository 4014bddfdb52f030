//! Formats in segments, verbs with their flags and widths.

/// A part of a format.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Segment {
    /// As the format has it.
    pub(crate) text: String,
    /// Of a segment that takes an argument.
    pub(crate) verb: Option<char>,
}

/// The segments of a format; `None` if an argument is chosen by index, or taken for a width.
pub(crate) fn segments(format: &str) -> Option<Vec<Segment>> {
    let mut all: Vec<Segment> = Vec::new();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        push_text(&mut all, &rest[..at]);
        let verb =
            rest[at + 1..].find(|c: char| !matches!(c, '0'..='9' | '.' | '+' | '-' | '#' | ' '))?;
        let end = at + 1 + verb;
        let letter = rest[end..].chars().next()?;
        match letter {
            '%' if verb == 0 => push_text(&mut all, "%%"),
            letter if letter.is_ascii_alphabetic() && letter != 'w' => all.push(Segment {
                text: rest[at..=end].to_owned(),
                verb: Some(letter),
            }),
            _ => return None,
        }
        rest = &rest[end + 1..];
    }
    push_text(&mut all, rest);
    Some(all)
}

fn push_text(all: &mut Vec<Segment>, text: &str) {
    match all.last_mut() {
        _ if text.is_empty() => {}
        Some(last) if last.verb.is_none() => last.text += text,
        _ => all.push(Segment {
            text: text.to_owned(),
            verb: None,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_cut_at_their_verbs() {
        let shown = |format: &str| -> Option<Vec<(String, Option<char>)>> {
            let all = segments(format)?;
            Some(all.into_iter().map(|it| (it.text, it.verb)).collect())
        };
        let text = |text: &str| (text.to_owned(), None);
        let verb = |text: &str, verb| (text.to_owned(), Some(verb));
        assert_eq!(
            shown("  %4d x %s%%\n"),
            Some(vec![
                text("  "),
                verb("%4d", 'd'),
                text(" x "),
                verb("%s", 's'),
                text("%%\n")
            ])
        );
        for odd in ["%[1]d", "%*d", "%", "%w"] {
            assert_eq!(shown(odd), None, "{odd}");
        }
    }
}
