//! The comments, and what they stand at.

use base::TextRange;
use go_syntax::{Comment, File};

/// What a comment promises.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Promise {
    NoAlloc,
    /// What allocates here is meant to; the reason may be missing.
    AllocOk {
        reason: String,
    },
    /// A variable or parameter stays on the stack.
    NoEscape {
        name: String,
    },
    Inline,
    /// Bytes that a type takes at most.
    Size {
        at_most: i64,
    },
    /// gcassert's: every call of the line, or of the function, is inlined.
    CallsInlined,
    /// gcassert's: nothing that the line declares is moved to the heap.
    LineNoEscape,
    /// gcassert's: no index of the line, or of the function, is checked at run time.
    NoBoundsCheck,
    /// A comment of ours that is none of these.
    Unknown {
        text: String,
    },
}

/// A comment with a promise.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Directive {
    pub(crate) promise: Promise,
    /// The comment.
    pub(crate) range: TextRange,
    /// Its lines: its own and, if it stands alone, down to the line it belongs to.
    pub(crate) lines: (u32, u32),
    /// It stands alone on its line.
    pub(crate) is_alone: bool,
}

/// A promise as it is written, for a list of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WrittenPromise {
    /// Its lines: its own and, if it stands alone, down to the line it belongs to.
    pub lines: (u32, u32),
    /// The comment: `//goperf:noalloc`.
    pub text: String,
    /// The code that it belongs to: the line's text without the brace behind it.
    pub subject: String,
    /// It excuses what another one would forbid.
    pub is_excuse: bool,
}

/// The promises of a file, in its order.
pub fn promises(file: &File) -> Vec<WrittenPromise> {
    let written = |it: Directive| {
        let line = it.lines.1;
        let code = (file.lines.line_range(line)).map_or("", |range| file.text(range));
        let code = code.split("//").next().unwrap_or_default();
        WrittenPromise {
            lines: it.lines,
            text: file.text(it.range).trim_end().to_owned(),
            subject: code.trim().trim_end_matches('{').trim_end().to_owned(),
            is_excuse: matches!(it.promise, Promise::AllocOk { .. }),
        }
    };
    directives(file).into_iter().map(written).collect()
}

const OURS: &str = "//goperf:";
/// A blank may stand behind the slashes.
const GCASSERT: &str = "gcassert:";

/// The directives of a file, in its order.
pub(crate) fn directives(file: &File) -> Vec<Directive> {
    let mut all = Vec::new();
    for comment in &file.comments {
        let text = file.text(comment.range).trim_end();
        if let Some(rest) = text.strip_prefix(OURS) {
            all.extend(ours(rest).map(|promise| at(file, *comment, promise)));
        } else if let Some(rest) = gcassert(text) {
            let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ',';
            let words = rest.split(|c| !is_word(c)).next().unwrap_or_default();
            let promises = words.split(',').filter_map(|word| match word {
                "inline" => Some(Promise::CallsInlined),
                "noescape" => Some(Promise::LineNoEscape),
                "bce" => Some(Promise::NoBoundsCheck),
                _ => None,
            });
            all.extend(promises.map(|promise| at(file, *comment, promise)));
        }
    }
    all
}

/// What follows `//gcassert:`.
fn gcassert(comment: &str) -> Option<&str> {
    let text = comment.strip_prefix("//")?;
    text.strip_prefix(' ')
        .unwrap_or(text)
        .strip_prefix(GCASSERT)
}

fn ours(text: &str) -> Option<Promise> {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let rest = rest.trim();
    let unknown = || Promise::Unknown {
        text: text.to_owned(),
    };
    Some(match word {
        // Suppressions.
        "ignore" => return None,
        "noalloc" => Promise::NoAlloc,
        "inline" => Promise::Inline,
        "alloc-ok" => Promise::AllocOk {
            reason: rest.to_owned(),
        },
        "noescape" if !rest.is_empty() => Promise::NoEscape {
            name: rest
                .split_whitespace()
                .next()
                .unwrap_or_default()
                .to_owned(),
        },
        _ => match word.strip_prefix("size<=").map(str::parse) {
            Some(Ok(at_most)) => Promise::Size { at_most },
            _ => unknown(),
        },
    })
}

fn at(file: &File, comment: Comment, promise: Promise) -> Directive {
    let line = file.lines.line_col(comment.range.start).line;
    let before = (file.lines.line_range(line))
        .map(|whole| file.text(TextRange::new(whole.start, comment.range.start)));
    let is_alone = before.is_some_and(|text| text.trim().is_empty());
    let is_comment = |line: u32| {
        let range = file.lines.line_range(line);
        range.is_some_and(|range| file.text(range).trim_start().starts_with("//"))
    };
    let last = if is_alone {
        let end = file.lines.line_col(file.src.len() as u32).line;
        let below = (line + 1..=end).find(|line| !is_comment(*line));
        below.unwrap_or(line)
    } else {
        line
    };
    Directive {
        promise,
        range: comment.range,
        lines: (line, last),
        is_alone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn promises_are_listed_with_their_code() {
        let text = "package p\n\n//goperf:noalloc\n// More.\nfunc F() {\n\tx() //goperf:alloc-ok warm-up\n}\n";
        let (file, _) = go_syntax::parse(text.as_bytes());
        let found: Vec<String> = (promises(&file).iter())
            .map(|it| {
                format!(
                    "{:?} {} | {} {}",
                    it.lines, it.text, it.subject, it.is_excuse
                )
            })
            .collect();
        let expected = [
            "(3, 5) //goperf:noalloc | func F() false",
            "(6, 6) //goperf:alloc-ok warm-up | x() true",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn comments_are_read_with_what_they_stand_at() {
        let text = "package p\n\n// F does.\n//goperf:noalloc\n//goperf:noescape b hot\n// More.\nfunc F() {\n\
                    \tx() //goperf:alloc-ok warm-up\n\t//gcassert:inline,bce\n\ty()\n}\n\n//goperf:size<=64\ntype T int\n\
                    //goperf:ignore GP101\n//goperf:no-alloc\n//goperf:noescape\nvar a = b[0] // gcassert:bce: why\n";
        let (file, _) = go_syntax::parse(text.as_bytes());
        let found: Vec<String> = (directives(&file).iter())
            .map(|it| format!("{:?} {:?} {}", it.promise, it.lines, it.is_alone))
            .collect();
        insta::assert_snapshot!(found.join("\n"), @r#"
        NoAlloc (4, 7) true
        NoEscape { name: "b" } (5, 7) true
        AllocOk { reason: "warm-up" } (8, 8) false
        CallsInlined (9, 10) true
        NoBoundsCheck (9, 10) true
        Size { at_most: 64 } (13, 14) true
        Unknown { text: "no-alloc" } (16, 18) true
        Unknown { text: "noescape" } (17, 18) true
        NoBoundsCheck (18, 18) false
        "#);
    }
}
