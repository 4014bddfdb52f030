//! `//go:…` lines and build constraints.

use base::TextRange;

use crate::ast::SpecId;
use crate::build_constraint::{self, Constraint};
use crate::file::Comment;
use crate::pragma::Pragmas;
use crate::version::GoVersion;

/// Instructions to the toolchain in the comments of a file, apart from [`Pragmas`] and [`Embed`]s.
#[derive(Clone, Debug, Default)]
pub struct Directives {
    /// The `//go:build` line, or the `// +build` lines of old code joined.
    pub constraint: Option<Constraint>,
    /// The least Go version that satisfies the `//go:build` line, if it names one. Old lines do not count:
    /// they set no language version.
    pub go_version: Option<GoVersion>,
    /// In source order.
    pub linknames: Vec<Linkname>,
    /// `//go:cgo_…` lines, `//go:generate`, `//go:debug`, `//go:fix` and what else starts with
    /// `//go:` and is not a pragma of a declaration; `//export name`; `//line`, `/*line`.
    pub others: Vec<Directive>,
}

/// `//go:linkname local target`, `//go:linknamestd local`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Linkname {
    /// Of the comment.
    pub range: TextRange,
    /// The name in this file.
    pub local: String,
    /// `None`: the local name may be referred to from elsewhere.
    pub target: Option<String>,
    /// Is `linknamestd`, for the standard library only.
    pub std: bool,
}

/// A line for some tool.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Directive {
    /// Of the comment.
    pub range: TextRange,
    /// `go:generate`, `export`, `line`.
    pub name: String,
    /// What follows, trimmed.
    pub text: String,
}

/// `//go:embed` lines of one variable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Embed {
    /// A `var`.
    pub spec: SpecId,
    /// Unquoted.
    pub patterns: Vec<String>,
}

impl Directives {
    pub(crate) fn read(src: &str, comments: &[Comment], package_pos: u32) -> Self {
        let mut directives = Self::default();
        let n_header = comments.partition_point(|comment| comment.range.start < package_pos);
        directives.constraint = build_constraint::of_header(src, &comments[..n_header]);
        directives.go_version = build_constraint::go_version_of_header(src, &comments[..n_header]);
        for comment in comments {
            directives.add(src, *comment);
        }
        directives
    }

    fn add(&mut self, src: &str, comment: Comment) {
        let range = comment.range;
        let Some((name, text)) = split(comment_text(src, comment)) else {
            return;
        };
        if name
            .strip_prefix("go:")
            .is_some_and(|name| !Pragmas::named(name).is_empty())
        {
            return;
        }
        match name {
            "go:build" | "go:embed" => {}
            "go:linkname" | "go:linknamestd" => {
                let mut words = text.split_whitespace();
                if let Some(local) = words.next() {
                    self.linknames.push(Linkname {
                        range,
                        local: local.to_owned(),
                        target: words.next().map(str::to_owned),
                        std: name == "go:linknamestd",
                    });
                }
            }
            _ => self.others.push(Directive {
                range,
                name: name.to_owned(),
                text: text.to_owned(),
            }),
        }
    }
}

pub(crate) fn comment_text(src: &str, comment: Comment) -> &str {
    let range = comment.range.start as usize..comment.range.end as usize;
    src.get(range).unwrap_or_default()
}

/// Name and rest of a directive.
fn split(comment: &str) -> Option<(&str, &str)> {
    let body = match comment.strip_prefix("//") {
        Some(body) => body,
        // The only one that may be a general comment.
        None => comment
            .strip_prefix("/*")
            .filter(|body| body.starts_with("line "))?,
    };
    let is_directive = ["go:", "line ", "export "]
        .iter()
        .any(|start| body.starts_with(start));
    let body = body
        .strip_suffix("*/")
        .filter(|_| comment.starts_with("/*"))
        .unwrap_or(body);
    let end = body.find([' ', '\t']).unwrap_or(body.len());
    is_directive.then(|| (&body[..end], body[end..].trim()))
}

/// The pragmas among comments.
pub(crate) fn pragmas(src: &str, comments: &[Comment]) -> Pragmas {
    let names = comments.iter().filter_map(|comment| {
        let (name, _) = split(comment_text(src, *comment))?;
        name.strip_prefix("go:")
    });
    names.fold(Pragmas::NONE, |set, name| set.with(Pragmas::named(name)))
}

/// The patterns of the `//go:embed` lines among comments.
pub(crate) fn embed_patterns(src: &str, comments: &[Comment]) -> Vec<String> {
    let lines = comments
        .iter()
        .filter_map(|comment| split(comment_text(src, *comment)));
    let mut patterns = Vec::new();
    for (_, mut text) in lines.filter(|(name, _)| *name == "go:embed") {
        while !text.is_empty() {
            let quote = text.chars().next().filter(|c| matches!(c, '"' | '`'));
            let end = match quote {
                Some(quote) => closing_quote(text, quote),
                None => text.find(char::is_whitespace).unwrap_or(text.len()),
            };
            let (word, rest) = text.split_at(end);
            let unquoted = quote.and_then(|_| crate::literal::unquote_string(word));
            let unquoted = unquoted.and_then(|bytes| String::from_utf8(bytes).ok());
            patterns.push(unquoted.unwrap_or_else(|| word.to_owned()));
            text = rest.trim_start();
        }
    }
    patterns
}

/// Offset behind the quote that closes the one at the start.
fn closing_quote(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == quote && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && !escaped && quote == '"';
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_have_no_blank_before_their_name() {
        let src = "//go:build linux && go1.22\n\npackage p\n\n// go:generate no\n//go:generate stringer -type T\n//go:linkname f runtime.f\n//export Foo\n/*line a.go:1*/ func f()\n";
        let (file, problems) = crate::parse(src.as_bytes());
        assert!(problems.is_empty(), "{problems:?}");
        let directives = &file.directives;
        assert_eq!(directives.go_version, Some(GoVersion::new(1, 22)));
        assert_eq!(directives.linknames[0].local, "f");
        assert_eq!(directives.linknames[0].target.as_deref(), Some("runtime.f"));
        let others: Vec<_> = (directives.others.iter())
            .map(|d| (d.name.as_str(), d.text.as_str()))
            .collect();
        let expected = [
            ("go:generate", "stringer -type T"),
            ("export", "Foo"),
            ("line", "a.go:1"),
        ];
        assert_eq!(others, expected);
    }

    #[test]
    fn only_the_new_constraint_sets_a_version() {
        let (file, _) = crate::parse(b"// +build go1.13\n\npackage p\n");
        assert!(file.directives.constraint.is_some());
        assert_eq!(file.directives.go_version, None);
    }

    #[test]
    fn embeds_belong_to_the_variable_below() {
        let src = "package p\n\n//go:embed a/* \"b c\" `d`\nvar x embed.FS\n\nvar (\n\t//go:embed e\n\ty string\n\tz string\n)\n";
        let (file, _) = crate::parse(src.as_bytes());
        let patterns: Vec<_> = file.embeds.iter().map(|e| e.patterns.join("|")).collect();
        assert_eq!(patterns, ["a/*|b c|d", "e"]);
    }
}
