//! Filter expressions.
//!
//! expr = and {`OR` and}; and = match {[`AND`] match}; match = `(` expr `)` | `-` match | `*` |
//! key`:`value | key`:(`value {`OR` value}`)`.

use regex::Regex;

use super::QueryError;
use super::token::{Kind, Token, Tokens};

/// A filter as written.
#[derive(Clone, Debug)]
pub(crate) enum FilterTree {
    /// Empty: everything.
    And(Vec<FilterTree>),
    Or(Vec<FilterTree>),
    Not(Box<FilterTree>),
    Match(FilterMatch),
}

/// A key and what its value must be.
#[derive(Clone, Debug)]
pub(crate) struct FilterMatch {
    pub(crate) key: String,
    pub(crate) value: ValueMatch,
    /// Of the key, for errors.
    pub(crate) offset: usize,
}

#[derive(Clone, Debug)]
pub(crate) enum ValueMatch {
    Literal(String),
    Regexp(Regex),
}

impl ValueMatch {
    pub(crate) fn matches(&self, value: &str) -> bool {
        match self {
            Self::Literal(literal) => literal == value,
            Self::Regexp(regexp) => regexp.is_match(value),
        }
    }
}

/// Reads a filter expression.
pub(crate) fn parse_filter(query: &str) -> Result<FilterTree, QueryError> {
    let mut parser = Parser {
        tokens: Tokens::new(query),
        depth: 0,
    };
    let (tree, mut rest) = parser.expr(query);
    let (token, _) = parser.tokens.next(&mut rest, false);
    if !token.is_end() {
        parser.tokens.fail(rest, &token.unexpected());
    }
    parser.tokens.finish(tree)
}

/// Deepest nesting, so that a hostile query cannot exhaust the stack.
const MAX_DEPTH: usize = 250;

struct Parser<'a> {
    tokens: Tokens<'a>,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn expr(&mut self, at: &'a str) -> (FilterTree, &'a str) {
        let (first, mut rest) = self.and(at);
        let mut terms = vec![first];
        loop {
            let (token, after) = self.tokens.next(&mut rest, false);
            if !matches!(token.kind, Kind::Or) {
                return (single(terms, FilterTree::Or), rest);
            }
            let (term, after) = self.and(after);
            terms.push(term);
            rest = after;
        }
    }

    fn and(&mut self, at: &'a str) -> (FilterTree, &'a str) {
        let (first, mut rest) = self.term(at);
        let mut terms = vec![first];
        loop {
            let (token, after) = self.tokens.next(&mut rest, false);
            match token.kind {
                Kind::And => rest = after,
                Kind::Word | Kind::Operator('(' | '-' | '*') => {
                    let (term, after) = self.term(rest);
                    terms.push(term);
                    rest = after;
                }
                Kind::Operator(')') | Kind::Or | Kind::End => break,
                Kind::Operator(_) | Kind::Regexp(_) => {
                    rest = self.tokens.fail(rest, &token.unexpected());
                    break;
                }
            }
        }
        (single(terms, FilterTree::And), rest)
    }

    fn term(&mut self, mut at: &'a str) -> (FilterTree, &'a str) {
        self.depth += 1;
        let (token, rest) = self.tokens.next(&mut at, false);
        let found = match token.kind {
            _ if self.depth > MAX_DEPTH => self.fail(at, "expression nests too deeply"),
            Kind::Operator('(') => {
                let (tree, mut rest) = self.expr(rest);
                let (close, after) = self.tokens.next(&mut rest, false);
                if close.is(')') {
                    (tree, after)
                } else {
                    self.fail(rest, "missing \")\"")
                }
            }
            Kind::Operator('-') => {
                let (tree, rest) = self.term(rest);
                (FilterTree::Not(Box::new(tree)), rest)
            }
            Kind::Operator('*') => (FilterTree::And(Vec::new()), rest),
            Kind::Word => self.key_value(at, &token, rest),
            _ => self.fail(at, "expected key:value or subexpression"),
        };
        self.depth -= 1;
        found
    }

    fn key_value(
        &mut self,
        start: &'a str,
        key: &Token,
        mut rest: &'a str,
    ) -> (FilterTree, &'a str) {
        let (colon, mut rest) = {
            let (colon, after) = self.tokens.next(&mut rest, false);
            (colon, after)
        };
        if !colon.is(':') {
            return self.fail(start, "expected key:value");
        }
        let (value, after) = self.tokens.next(&mut rest, true);
        if value.is('(') {
            return self.values(key, after);
        }
        match match_of(key, value) {
            Some(tree) => (tree, after),
            None => self.fail(start, "expected key:value"),
        }
    }

    /// What follows `key:(`.
    fn values(&mut self, key: &Token, mut rest: &'a str) -> (FilterTree, &'a str) {
        let mut terms = Vec::new();
        loop {
            let (value, after) = self.tokens.next(&mut rest, true);
            let Some(term) = match_of(key, value) else {
                return self.fail(rest, "expected value");
            };
            terms.push(term);
            rest = after;
            let (separator, after) = self.tokens.next(&mut rest, true);
            match separator.kind {
                Kind::Operator(')') => return (FilterTree::Or(terms), after),
                Kind::Or => rest = after,
                _ => return self.fail(rest, "value list must be separated by OR"),
            }
        }
    }

    fn fail(&mut self, at: &'a str, message: &str) -> (FilterTree, &'a str) {
        (FilterTree::And(Vec::new()), self.tokens.fail(at, message))
    }
}

fn single(mut terms: Vec<FilterTree>, join: fn(Vec<FilterTree>) -> FilterTree) -> FilterTree {
    match terms.pop() {
        Some(only) if terms.is_empty() => only,
        last => {
            terms.extend(last);
            join(terms)
        }
    }
}

fn match_of(key: &Token, value: Token) -> Option<FilterTree> {
    let value = match value.kind {
        Kind::Word => ValueMatch::Literal(value.text),
        Kind::Regexp(regexp) => ValueMatch::Regexp(regexp),
        _ => return None,
    };
    let (key, offset) = (key.text.clone(), key.offset);
    Some(FilterTree::Match(FilterMatch { key, value, offset }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(tree: &FilterTree) -> String {
        let list = |terms: &[FilterTree], word: &str| {
            format!(
                "({})",
                terms.iter().map(show).collect::<Vec<_>>().join(word)
            )
        };
        match tree {
            FilterTree::And(terms) if terms.is_empty() => "*".to_owned(),
            FilterTree::And(terms) => list(terms, " AND "),
            FilterTree::Or(terms) => list(terms, " OR "),
            FilterTree::Not(term) => format!("-{}", show(term)),
            FilterTree::Match(term) => match &term.value {
                ValueMatch::Literal(value) => format!("{}={value}", term.key),
                ValueMatch::Regexp(value) => format!("{}~{value}", term.key),
            },
        }
    }

    #[test]
    fn expressions_bind_as_documented() {
        for (query, want) in [
            (
                "a:b c:d OR -e:f AND g:h",
                "((a=b AND c=d) OR (-e=f AND g=h))",
            ),
            ("AND AND a:b", "!0 expected key:value or subexpression"),
            ("a:b AND AND c:d", "(a=b AND c=d)"),
            ("a:(b OR \"c d\" OR /e/)", "(a=b OR a=c d OR a~e)"),
            ("-(a:b *)", "-(a=b AND *)"),
            ("a-b*:c", "a-b*=c"),
            ("a:/b[/](/)\\/c/", "a~b[\\x{2F}](/)/c"),
            ("a", "!0 expected key:value"),
            ("  a :", "!2 expected key:value"),
            ("()", "!1 expected key:value or subexpression"),
            ("(a:b", "!4 missing \")\""),
            ("(a:b))", "!5 unexpected \")\""),
            ("a:b :c", "!4 unexpected \":\""),
            ("a \"b", "!2 missing end quote"),
            (
                "a:/b/c",
                "!5 regexp must be followed by space or an operator (unescaped \"/\"?)",
            ),
            ("a:(b c)", "!5 value list must be separated by OR"),
            ("a:(b OR AND)", "!8 expected value"),
            ("a:()", "!3 expected value"),
        ] {
            let got = match parse_filter(query) {
                Ok(tree) => show(&tree),
                Err(error) => format!("!{} {}", error.offset, error.message),
            };
            assert_eq!(got, want, "{query}");
        }
        assert!(parse_filter(&"(".repeat(100_000)).is_err());
        assert!(parse_filter(&"-".repeat(100_000)).is_err());
    }
}
