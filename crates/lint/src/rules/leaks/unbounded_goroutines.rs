//! GL11: wording.

use super::LeakRule;
use crate::rule::{Look, Rule};

pub const RULE: Rule = Rule {
    id: "GL11",
    name: "unbounded-goroutines",
    summary: "a goroutine for each item without a bound",
    since: None,
    until: None,
    doc: include_str!("unbounded_goroutines.md"),
    look: Look::Leaks(&LeakRule {
        message: |_| "each turn starts a goroutine, without a bound".to_owned(),
        help: |_| {
            "take a slot of a buffered channel before the `go` statement, or start a fixed number of workers".to_owned()
        },
        falsifier: |_| "the number of turns is small".to_owned(),
    }),
};
