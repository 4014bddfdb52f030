//! GP605: a `defer` in a loop.

use crate::allocs::Alloc;
use crate::rule::{Look, Rule, SiteRule};

pub const RULE: Rule = Rule {
    id: "GP605",
    name: "defer-in-loop",
    summary: "a defer that each turn of a loop adds to",
    since: None,
    until: None,
    doc: include_str!("defer_in_loop.md"),
    look: Look::Sites(&SiteRule {
        matches: |site| site.alloc == Alloc::Defer,
        reduction: 0.9,
        message: |_, site| {
            format!(
                "`{}` in a loop is kept until the function returns",
                site.text
            )
        },
        label: |_| "one more deferred call each turn",
        help: |_, _| {
            "move the body of the loop into a function, or make the call at the end of the turn"
                .to_owned()
        },
    }),
};
