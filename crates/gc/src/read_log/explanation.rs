//! The lines of explanations, which come with `-m=2`.

use super::position::{self, Spelled, number};
use super::split::{rsplit, split};
use crate::phrases::TRUNCATED;

/// The first line: `S escapes to heap in F:`, `parameter S leaks to TO for F with derefs=N:`, or the same
/// without F.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Head<'a> {
    pub(crate) subject: &'a str,
    pub(crate) function: Option<&'a str>,
    /// Where a parameter leaks to, and after how many loads.
    pub(crate) leaks: Option<(&'a str, u32)>,
}

/// A step line, without its position.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum StepLine<'a> {
    Flow {
        arrow: bool,
        to: &'a str,
        derefs: i32,
        from: &'a str,
    },
    From {
        node: &'a str,
        why: &'a str,
        at: Spelled<'a>,
    },
    Truncated,
}

pub(crate) fn head(message: &str) -> Option<Head<'_>> {
    let text = message.strip_suffix(':')?;
    if let Some(leak) = text.strip_prefix("parameter ").and_then(leak) {
        return Some(leak);
    }
    if let Some(subject) = text.strip_suffix(" escapes to heap") {
        return Some(Head {
            subject,
            function: None,
            leaks: None,
        });
    }
    let (subject, function) = rsplit(text, " escapes to heap in ")?;
    Some(Head {
        subject,
        function: Some(function),
        leaks: None,
    })
}

/// `S leaks to TO for F with derefs=N`.
fn leak(text: &str) -> Option<Head<'_>> {
    let (text, derefs) = rsplit(text, " with derefs=")?;
    let derefs = number(derefs)?;
    let (subject, rest) = text.split_once(" leaks to ")?;
    // A location can be `{storage for x}`.
    let named = if rest.starts_with("{storage for ") {
        rsplit(rest, "} for ").map(|(to, function)| (&rest[..=to.len()], function))
    } else {
        split(rest, " for ")
    };
    let (to, function) = match named {
        Some((to, function)) => (to, Some(function)),
        None => (rest, None),
    };
    Some(Head {
        subject,
        function,
        leaks: Some((to, derefs)),
    })
}

pub(super) fn step(message: &str) -> Option<StepLine<'_>> {
    if let Some(from) = message.strip_prefix("    from ") {
        return from_line(from);
    }
    if let Some(flow) = message.strip_prefix("  flow: ") {
        return flow_line(flow);
    }
    (message == TRUNCATED).then_some(StepLine::Truncated)
}

/// `TO ← FROM:`, before Go 1.25 `TO = FROM:`.
fn flow_line(text: &str) -> Option<StepLine<'_>> {
    let text = text.strip_suffix(':')?;
    let (arrow, (to, from)) = match split(text, " ← ") {
        Some(parts) => (true, parts),
        None => (false, split(text, " = ")?),
    };
    if let Some(from) = from.strip_prefix('&') {
        let derefs = -1;
        return Some(StepLine::Flow {
            arrow,
            to,
            derefs,
            from,
        });
    }
    let stars = from.bytes().take_while(|byte| *byte == b'*').count();
    let derefs = i32::try_from(stars).ok()?;
    let from = &from[stars..];
    Some(StepLine::Flow {
        arrow,
        to,
        derefs,
        from,
    })
}

/// A step as the compiler's JSON has it, where the position stands beside the text.
pub(crate) fn step_without_position(message: &str) -> Option<StepLine<'_>> {
    let Some(from) = message.strip_prefix("    from ") else {
        return step(message);
    };
    let (node, why) = rsplit(from.strip_suffix(')')?, " (")?;
    let at = Spelled::default();
    Some(StepLine::From { node, why, at })
}

/// `NODE (WHY) at POS`.
fn from_line(text: &str) -> Option<StepLine<'_>> {
    let (text, at) = rsplit(text, ") at ")?;
    let at = position::last(at)?;
    let (node, why) = rsplit(text, " (")?;
    Some(StepLine::From { node, why, at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_of_all_versions_are_read() {
        let head_of = |subject, function, leaks| {
            Some(Head {
                subject,
                function,
                leaks,
            })
        };
        let cases = [
            ("x escapes to heap:", head_of("x", None, None)),
            (
                "&T{...} escapes to heap in (*T).f:",
                head_of("&T{...}", Some("(*T).f"), None),
            ),
            (
                "parameter p leaks to ~r0 with derefs=0:",
                head_of("p", None, Some(("~r0", 0))),
            ),
            (
                "parameter p leaks to {heap} for f with derefs=12:",
                head_of("p", Some("f"), Some(("{heap}", 12))),
            ),
            (
                "parameter p leaks to {storage for x} with derefs=1:",
                head_of("p", None, Some(("{storage for x}", 1))),
            ),
            (
                "parameter p leaks to {storage for x} for f with derefs=1:",
                head_of("p", Some("f"), Some(("{storage for x}", 1))),
            ),
            (
                "parameter escapes to heap in f:",
                head_of("parameter", Some("f"), None),
            ),
            ("x escapes to heap", None),
            ("parameter p leaks to q with derefs=01:", None),
        ];
        for (message, expected) in cases {
            assert_eq!(head(message), expected, "{message}");
        }
    }

    #[test]
    fn steps_of_all_versions_are_read() {
        let cases = [
            (
                "  flow: {heap} ← &x:",
                Some(StepLine::Flow {
                    arrow: true,
                    to: "{heap}",
                    derefs: -1,
                    from: "x",
                }),
            ),
            (
                "  flow: y = **{storage for x}:",
                Some(StepLine::Flow {
                    arrow: false,
                    to: "y",
                    derefs: 2,
                    from: "{storage for x}",
                }),
            ),
            (
                "    from fmt.Println(... argument...) (call parameter) at a.go:3:4",
                Some(StepLine::From {
                    node: "fmt.Println(... argument...)",
                    why: "call parameter",
                    at: Spelled {
                        file: "a.go",
                        line: 3,
                        col: 4,
                    },
                }),
            ),
            (TRUNCATED, Some(StepLine::Truncated)),
            ("  flow: x:", None),
            ("    from x (y) at nowhere", None),
            ("  something else", None),
        ];
        for (message, expected) in cases {
            assert_eq!(step(message), expected, "{message}");
        }
    }
}
