//! GL14: wording.

use super::LeakRule;
use crate::rule::{Look, Rule};

pub const RULE: Rule = Rule {
    id: "GL14",
    name: "timer-per-turn",
    summary: "a time.After in each turn of a loop, before Go 1.23",
    since: None,
    until: None,
    doc: include_str!("timer_per_turn.md"),
    look: Look::Leaks(&LeakRule {
        message: |_| "each turn makes a timer that lives until it fires".to_owned(),
        help: |_| "make one timer or ticker before the loop, and reset it".to_owned(),
        falsifier: |_| "the loop has few turns, or the time is short".to_owned(),
    }),
};
