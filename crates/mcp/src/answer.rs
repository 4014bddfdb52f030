//! What a command answered, in pages.

use std::fmt::Write as _;

/// What a command printed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Answer {
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    /// The exit status, and what it means.
    pub status: (u8, &'static str),
    /// Whether the command could not do what it was asked.
    pub failed: bool,
}

/// Bytes on a page: a few thousand tokens, so that one answer leaves room for work.
const PAGE_BYTES: usize = 16 << 10;
/// Answers that are kept for further pages.
const KEPT: usize = 8;

/// Answers by command line, so that a further page asks nothing again.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// Newest last.
    answers: Vec<(Vec<String>, Answer)>,
}

impl Kept {
    pub(crate) fn get(&self, args: &[String]) -> Option<Answer> {
        let mut answers = self.answers.iter();
        answers
            .find(|(known, _)| known == args)
            .map(|(_, answer)| answer.clone())
    }

    pub(crate) fn put(&mut self, args: Vec<String>, answer: Answer) {
        self.answers.retain(|(known, _)| *known != args);
        self.answers.push((args, answer));
        if self.answers.len() > KEPT {
            self.answers.remove(0);
        }
    }
}

impl Answer {
    /// A page of the text with the command that gave it; `Err` if there are not so many.
    pub(crate) fn page(&self, args: &[String], number: usize) -> Result<String, String> {
        let mut whole = self.out.trim_end().to_owned();
        let notes = self.err.trim();
        if !notes.is_empty() {
            if !whole.is_empty() {
                whole.push_str("\n\n");
            }
            whole.push_str(notes);
        }
        let pages = pages(&whole);
        let Some(page) = pages.get(number - 1) else {
            return Err(match pages.len() {
                1 => "the answer has one page".to_owned(),
                n => format!("the answer has {n} pages"),
            });
        };
        let mut text = (*page).to_owned();
        let (code, meaning) = self.status;
        write!(
            text,
            "\n\n[{}: exit status {code}, {meaning}",
            command(args)
        )
        .ok();
        if pages.len() > 1 {
            write!(text, "; page {number} of {}", pages.len()).ok();
            if number < pages.len() {
                write!(text, ", the next with page={}", number + 1).ok();
            }
        }
        text.push(']');
        Ok(text)
    }
}

/// As one would type it.
fn command(args: &[String]) -> String {
    let mut text = "goperf".to_owned();
    for arg in args {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,@%+".contains(c);
        if !arg.is_empty() && arg.chars().all(is_plain) {
            write!(text, " {arg}").ok();
        } else {
            write!(text, " '{}'", arg.replace('\'', r"'\''")).ok();
        }
    }
    text
}

/// Cut at ends of lines where there are any.
fn pages(text: &str) -> Vec<&str> {
    let mut pages = Vec::new();
    let mut rest = text;
    while rest.len() > PAGE_BYTES {
        let limit = rest.floor_char_boundary(PAGE_BYTES);
        let end = rest[..limit].rfind('\n').map_or(limit, |at| at + 1);
        let (page, after) = rest.split_at(end);
        pages.push(page.trim_end_matches('\n'));
        rest = after;
    }
    pages.push(rest);
    pages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_answers_come_in_pages_that_leave_nothing_out() {
        let lines: Vec<String> = (0..5000).map(|n| format!("line {n} äöü\n")).collect();
        let lines = lines.concat();
        let answer = Answer {
            out: lines.clone(),
            err: "goperf: something to know\n".to_owned(),
            status: (1, "findings"),
            failed: false,
        };
        let args = ["check".to_owned(), "--bench=A|B".to_owned()];
        let mut whole = String::new();
        let mut number = 0;
        let last =
            loop {
                number += 1;
                match answer.page(&args, number) {
                    Ok(page) => {
                        assert!(page.len() < PAGE_BYTES + 200);
                        let (text, about) = page.rsplit_once("\n\n[").unwrap();
                        assert!(about.starts_with(
                            "goperf check '--bench=A|B': exit status 1, findings; page"
                        ));
                        whole.push_str(text);
                        whole.push('\n');
                    }
                    Err(last) => break last,
                }
            };
        assert_eq!(whole, format!("{lines}\ngoperf: something to know\n"));
        assert_eq!(last, format!("the answer has {} pages", number - 1));
        let one_line = "x".repeat(PAGE_BYTES * 2 + 1);
        assert_eq!(pages(&one_line).concat(), one_line);
        assert_eq!(pages(""), [""]);
    }

    #[test]
    fn the_newest_answers_are_kept() {
        let mut kept = Kept::default();
        let args = |n: usize| vec![n.to_string()];
        for n in 0..=KEPT {
            kept.put(args(n), Answer::default());
        }
        assert_eq!(kept.get(&args(0)), None);
        assert_eq!(kept.get(&args(KEPT)), Some(Answer::default()));
    }
}
