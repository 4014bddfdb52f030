//! Lines, words and blocks of `go.mod`.

use crate::literal::unquote_string;
use crate::problem::Problem;

/// One statement: its verb may stand in front of a block.
pub(super) struct Line {
    /// Byte offset.
    pub(super) at: u32,
    pub(super) verb: String,
    /// What follows, unquoted. Brackets, commas and `=>` are words of their own.
    pub(super) words: Vec<String>,
    /// The comment at its end, without slashes and blanks.
    pub(super) comment: String,
}

pub(super) fn lines(text: &str) -> (Vec<Line>, Vec<Problem>) {
    let mut lines = Vec::new();
    let mut problems = Vec::new();
    // Verb of the open block, and where it starts.
    let mut block: Option<(String, u32)> = None;
    let mut at = 0;
    for raw in text.split_inclusive('\n') {
        let start = at;
        at += raw.len() as u32;
        let (mut words, comment) = words(raw);
        if words.is_empty() {
            continue;
        }
        if words == [")"] {
            if block.take().is_none() {
                problems.push(Problem::new(start, "unexpected )"));
            }
            continue;
        }
        let verb = match &block {
            Some((verb, _)) => verb.clone(),
            None => words.remove(0),
        };
        if block.is_none() && words.last().is_some_and(|word| word == "(") {
            if words.len() > 1 {
                problems.push(Problem::new(start, "unexpected words before ("));
            }
            block = Some((verb, start));
            continue;
        }
        lines.push(Line {
            at: start,
            verb,
            words,
            comment,
        });
    }
    if let Some((_, start)) = block {
        problems.push(Problem::new(start, "block is not closed"));
    }
    (lines, problems)
}

/// The words of a line, and its comment.
fn words(line: &str) -> (Vec<String>, String) {
    let mut words = Vec::new();
    let mut rest = line.trim();
    while let Some(first) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("//") {
            return (words, comment.trim().to_owned());
        }
        let len = match first {
            '(' | ')' | '[' | ']' | ',' => 1,
            '"' | '`' => rest[1..].find(first).map_or(rest.len(), |len| len + 2),
            _ => word_len(rest),
        };
        let (word, behind) = rest.split_at(len);
        let unquoted = unquote_string(word).and_then(|bytes| String::from_utf8(bytes).ok());
        words.push(unquoted.unwrap_or_else(|| word.to_owned()));
        rest = behind.trim_start();
    }
    (words, String::new())
}

/// Up to a blank, a bracket, a comma, or a comment behind a blank-free word.
fn word_len(text: &str) -> usize {
    let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | ',');
    let len = text.find(ends).unwrap_or(text.len());
    let comment = text[..len].find("//").filter(|at| *at > 0);
    // A path may hold `//` only in a comment: `v1.0.0// indirect`.
    comment.unwrap_or(len).max(1)
}
