//! What may stand at a place of a line in the shell.

use profile::Profile;

use crate::command::COMMANDS;
use crate::config::{self, FIELDS};
use crate::view::sample_kinds;

/// Most names to offer at once.
const MAX_OFFERED: usize = 200;

/// The words of a profile, for completing lines.
#[derive(Default)]
pub struct Completer {
    functions: Vec<String>,
    sample_kinds: Vec<String>,
}

/// What to offer for an unfinished line.
#[derive(PartialEq, Eq, Debug)]
pub enum Completion {
    /// From this byte of the line on, one of these stands.
    Words(usize, Vec<Candidate>),
    /// From this byte of the line on, a file's path stands.
    File(usize),
}

/// One way to go on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Candidate {
    pub shown: String,
    /// What is typed for it: functions are regular expressions there.
    pub typed: String,
}

impl Candidate {
    fn word(text: &str) -> Self {
        Self {
            shown: text.to_owned(),
            typed: text.to_owned(),
        }
    }

    fn function(name: &str) -> Self {
        Self {
            shown: name.to_owned(),
            typed: as_pattern(name),
        }
    }
}

impl Completer {
    pub(crate) fn new(profile: &Profile) -> Self {
        let names = profile.functions.iter();
        let names = names.map(|it| profile.strings.text(it.name).into_owned());
        let mut functions: Vec<String> = names.filter(|it| !it.is_empty()).collect();
        functions.sort();
        functions.dedup();
        Self {
            functions,
            sample_kinds: sample_kinds(profile),
        }
    }

    /// What may follow `typed`, the line up to the cursor.
    pub fn complete(&self, typed: &str) -> Completion {
        if let Some((name, value)) = typed.split_once('=')
            && let Some(field) = config::find(name.trim())
        {
            let start = typed.len() - value.trim_start().len();
            let value = &typed[start..];
            let words = match field.name {
                "output" | "source_path" | "trim_path" => {
                    let last = value.rfind(':').map_or(0, |at| at + 1);
                    return Completion::File(start + last);
                }
                "sample_index" => self.sample_kinds.iter().map(String::as_str).collect(),
                "unit" => vec!["auto", "minimum"],
                "focus" | "ignore" | "hide" | "show" | "show_from" | "prune_from" => {
                    let last = value.rfind('|').map_or(0, |at| at + 1);
                    return self.functions(start + last, &value[last..]);
                }
                _ if !field.choices.is_empty() => field.choices.to_vec(),
                _ if field.is_switch(field.name) => vec!["false", "true"],
                _ => Vec::new(),
            };
            return words_from(start, value, words.into_iter());
        }
        let last = typed.split(char::is_whitespace).next_back();
        let start = typed.len() - last.map_or(0, str::len);
        let word = &typed[start..];
        let mut before = typed[..start].split_whitespace();
        match before.next() {
            None => words_from(0, word, self.first_words().iter().map(String::as_str)),
            Some("help") => {
                let fields = FIELDS.iter().map(|it| it.name);
                words_from(start, word, COMMANDS.iter().map(|it| it.name).chain(fields))
            }
            Some("o" | "options" | "q" | "quit" | "exit") => Completion::Words(start, Vec::new()),
            Some(first) => {
                let is_file = before
                    .next_back()
                    .unwrap_or(first)
                    .trim_matches('>')
                    .is_empty();
                if let Some(file) = word.strip_prefix(">>").or(word.strip_prefix('>')) {
                    return Completion::File(typed.len() - file.len());
                }
                if is_file {
                    return Completion::File(start);
                }
                if let Some(ignored) = word.strip_prefix('-') {
                    if !ignored.is_empty() && "-cum".starts_with(word) {
                        return words_from(start, word, ["-cum"].into_iter());
                    }
                    return self.functions(start + 1, ignored);
                }
                self.functions(start, word)
            }
        }
    }

    /// What a line may begin with.
    fn first_words(&self) -> Vec<String> {
        let commands = COMMANDS.iter().map(|it| it.name.to_owned());
        let fields = FIELDS.iter().map(|it| format!("{}=", it.name));
        let choices = FIELDS.iter().flat_map(|it| it.choices);
        let others = ["help", "options", "quit"].iter().chain(choices);
        let others = others.map(|it| (*it).to_owned());
        let kinds = self.sample_kinds.iter().cloned();
        commands.chain(fields).chain(others).chain(kinds).collect()
    }

    /// Functions by the start of their name, or else by any part of it.
    fn functions(&self, start: usize, word: &str) -> Completion {
        let word = word.replace('\\', "");
        let of = |accepts: &dyn Fn(&str) -> bool| -> Vec<Candidate> {
            let names = self.functions.iter().filter(|it| accepts(it));
            let names = names.take(MAX_OFFERED);
            names.map(|it| Candidate::function(it)).collect()
        };
        let mut found = of(&|it| it.starts_with(&word));
        if found.is_empty() {
            found = of(&|it| it.contains(&word));
        }
        Completion::Words(start, found)
    }
}

fn words_from<'a>(start: usize, typed: &str, words: impl Iterator<Item = &'a str>) -> Completion {
    let mut words: Vec<&str> = words.filter(|it| it.starts_with(typed)).collect();
    words.sort_unstable();
    words.dedup();
    Completion::Words(start, words.into_iter().map(Candidate::word).collect())
}

/// An expression without blanks that matches a name.
fn as_pattern(name: &str) -> String {
    let mut pattern = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '\\' | '(' | ')' | '[' | ']' | '{' | '}' | '*' | '+' | '?' | '|' | '^' | '$' => {
                pattern.push('\\');
                pattern.push(c);
            }
            c if c.is_whitespace() => pattern.push('.'),
            c => pattern.push(c),
        }
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(typed: &str) -> String {
        let functions = ["main.fib", "main.work", "net.(*conn).Write", "runtime.main"];
        let completer = Completer {
            functions: functions.map(str::to_owned).to_vec(),
            sample_kinds: vec!["samples".to_owned(), "cpu".to_owned()],
        };
        match completer.complete(typed) {
            Completion::Words(start, words) => {
                let words: Vec<&str> = words.iter().map(|it| &*it.typed).collect();
                format!("{}…{}", &typed[..start], words.join(" "))
            }
            Completion::File(start) => format!("{}…file", &typed[..start]),
        }
    }

    #[test]
    fn each_place_of_a_line_has_its_own_words() {
        let cases = [
            ("to", "…top topproto"),
            ("gran", "…granularity="),
            ("cu", "…cum"),
            (
                "granularity=f",
                "granularity=…filefunctions files functions",
            ),
            ("sort=", "sort=…cum flat"),
            ("sample_index= c", "sample_index= …cpu"),
            ("noinlines=", "noinlines=…false true"),
            ("source_path=/a:/b", "source_path=/a:…file"),
            ("list main.", "list …main.fib main.work"),
            ("list Wri", r"list …net.\(\*conn\).Write"),
            (r"list net.\(", r"list …net.\(\*conn\).Write"),
            ("top -main.f", "top -…main.fib"),
            ("top -c", "top …-cum"),
            ("focus=x|main.w", "focus=x|…main.work"),
            ("top > a", "top > …file"),
            ("top >>a", "top >>…file"),
            ("help pe", "help …peek"),
            ("help focu", "help …focus"),
            ("quit x", "quit …"),
            // A blank of several bytes.
            ("list\u{3000}main.f", "list\u{3000}…main.fib"),
        ];
        for (typed, expected) in cases {
            assert_eq!(completed(typed), expected, "{typed}");
        }
    }
}
