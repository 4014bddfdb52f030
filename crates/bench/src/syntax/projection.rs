//! Projection expressions: `key`, `key@order`, `key@(value value)`, separated by commas or spaces.

use super::QueryError;
use super::token::Tokens;

/// One dimension and its order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ProjectionField {
    pub(crate) key: String,
    /// `first` unless given; `fixed` with a list.
    pub(crate) order: String,
    pub(crate) fixed: Vec<String>,
    /// Of key and order, for errors.
    pub(crate) key_offset: usize,
    pub(crate) order_offset: usize,
}

/// Reads a projection expression.
pub(crate) fn parse_projection(query: &str) -> Result<Vec<ProjectionField>, QueryError> {
    let mut tokens = Tokens::new(query);
    let mut fields = Vec::new();
    let mut rest = query;
    loop {
        let (token, after) = tokens.next(&mut rest, false);
        if token.is_end() {
            return tokens.finish(fields);
        }
        if token.is(',') && !fields.is_empty() {
            rest = after;
        }
        match field(&mut tokens, rest) {
            (Some(field), after) => {
                fields.push(field);
                rest = after;
            }
            (None, after) => rest = after,
        }
    }
}

fn field<'a>(tokens: &mut Tokens<'a>, mut at: &'a str) -> (Option<ProjectionField>, &'a str) {
    let (key, mut rest) = tokens.next(&mut at, false);
    if !key.is_word() {
        return (None, tokens.fail(at, "expected key"));
    }
    let mut field = ProjectionField {
        key: key.text,
        order: "first".to_owned(),
        fixed: Vec::new(),
        key_offset: key.offset,
        order_offset: key.offset,
    };
    let (separator, mut after) = tokens.next(&mut rest, false);
    if !separator.is('@') {
        return (Some(field), rest);
    }
    let (order, list) = tokens.next(&mut after, false);
    field.order_offset = order.offset;
    if order.is_word() {
        field.order = order.text;
        (Some(field), list)
    } else if order.is('(') {
        "fixed".clone_into(&mut field.order);
        let rest = values(tokens, list, &mut field.fixed);
        (Some(field), rest)
    } else {
        (
            None,
            tokens.fail(after, "expected named sort order or parenthesized list"),
        )
    }
}

fn values<'a>(tokens: &mut Tokens<'a>, mut rest: &'a str, found: &mut Vec<String>) -> &'a str {
    loop {
        let (token, after) = tokens.next(&mut rest, false);
        if token.is_word() {
            found.push(token.text);
            rest = after;
        } else if !token.is(')') {
            return tokens.fail(rest, "missing )");
        } else if found.is_empty() {
            return tokens.fail(rest, "nothing to match");
        } else {
            return after;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_orders() {
        for (query, want) in [
            ("", ""),
            ("a,b c", "a@first b@first c@first"),
            ("a@alpha, /b@num", "a@alpha /b@num"),
            ("a@(1 \"2 3\"),b", "a@fixed(1,2 3) b@first"),
            ("a,,b", "!2 expected key"),
            (",a", "!0 expected key"),
            ("a@,b", "!2 expected named sort order or parenthesized list"),
            ("a@", "!2 expected named sort order or parenthesized list"),
            ("a@(,", "!3 missing )"),
            ("a@(b", "!4 missing )"),
            ("a@()", "!3 nothing to match"),
            ("a@b@c", "!3 expected key"),
        ] {
            let got = match parse_projection(query) {
                Err(error) => format!("!{} {}", error.offset, error.message),
                Ok(fields) => {
                    let show = |field: &ProjectionField| {
                        let list = match field.fixed.join(",") {
                            list if list.is_empty() => list,
                            list => format!("({list})"),
                        };
                        format!("{}@{}{list}", field.key, field.order)
                    };
                    fields.iter().map(show).collect::<Vec<_>>().join(" ")
                }
            };
            assert_eq!(got, want, "{query}");
        }
    }
}
