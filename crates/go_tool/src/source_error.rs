//! What the go command and the compiler say about broken Go code.

use std::path::{Path, PathBuf};

/// One complaint about Go code, in the tool's own words.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct SourceError {
    /// Absolute, or `None` for a complaint about the whole package.
    pub file: Option<PathBuf>,
    /// Counted from 1; 0 if unknown.
    pub line: u32,
    /// In bytes, counted from 1; 0 if unknown.
    pub column: u32,
    /// One line, or several if the tool explained itself.
    pub message: String,
}

impl SourceError {
    /// A complaint with its position kept apart, as `go list` has it; relative files are of `dir`.
    pub fn at(position: &str, message: &str, dir: &Path) -> Self {
        let message = message.trim_end().to_owned();
        match split_position(position) {
            Some((file, line, column)) => Self {
                file: Some(dir.join(file)),
                line,
                column,
                message,
            },
            None => Self {
                message,
                ..Self::default()
            },
        }
    }

    /// The complaints in a tool's output: a line each, with indented lines going on where the last
    /// one ended. Package headers (`# example.com/m`) are dropped; relative files are of `dir`.
    pub(crate) fn parse_all(text: &str, dir: &Path) -> Vec<Self> {
        let mut errors: Vec<Self> = Vec::new();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            if line.starts_with("# ") {
                continue;
            }
            if let (true, Some(last)) = (line.starts_with(['\t', ' ']), errors.last_mut()) {
                last.message.push('\n');
                last.message.push_str(line);
                continue;
            }
            errors.push(match position_and_message(line) {
                Some((position, message)) => Self::at(position, message, dir),
                None => Self::at("", line, dir),
            });
        }
        errors
    }
}

/// Splits `x.go:1:2: text`, where the file's name may itself hold colons (`C:\x.go`).
fn position_and_message(line: &str) -> Option<(&str, &str)> {
    line.match_indices(": ")
        .map(|(at, _)| (&line[..at], &line[at + 2..]))
        .find(|(position, _)| split_position(position).is_some())
}

/// Splits `x.go:1:2` or `x.go:1`; a missing column is 0.
fn split_position(position: &str) -> Option<(&str, u32, u32)> {
    let (rest, last) = position.rsplit_once(':')?;
    let last: u32 = last.parse().ok()?;
    match rest.rsplit_once(':').map(|(file, n)| (file, n.parse())) {
        Some((file, Ok(line))) if !file.is_empty() => Some((file, line, last)),
        _ if rest.is_empty() => None,
        _ => Some((rest, last, 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> String {
        let errors = SourceError::parse_all(text, Path::new("/m"));
        let show = |error: &SourceError| {
            let file = error.file.as_ref().map(|file| file.display().to_string());
            let file = file.unwrap_or_default();
            format!("{file}|{}|{}|{}", error.line, error.column, error.message)
        };
        errors.iter().map(show).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn positions_and_continuations_are_told_apart() {
        insta::assert_snapshot!(show("# example.com/m/bad
bad/bad.go:2:23: cannot use \"x\" (untyped string constant) as int value in return statement
bad/bad.go:3: declared and not used: y
/go/src/a.go:7:1: F redeclared in this block
\t/go/src/b.go:9:6: other declaration of F
too many errors
found packages a (a.go) and b (b.go) in /m/mixed
"), @r#"
        /m/bad/bad.go|2|23|cannot use "x" (untyped string constant) as int value in return statement
        /m/bad/bad.go|3|0|declared and not used: y
        /go/src/a.go|7|1|F redeclared in this block
        	/go/src/b.go:9:6: other declaration of F
        |0|0|too many errors
        |0|0|found packages a (a.go) and b (b.go) in /m/mixed
        "#);
    }
}
