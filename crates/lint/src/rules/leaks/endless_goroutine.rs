//! GL10: wording.

use concurrency::Mistake as M;

use super::LeakRule;
use crate::rule::{Look, Rule};

pub const RULE: Rule = Rule {
    id: "GL10",
    name: "endless-goroutine",
    summary: "a goroutine of a constructor that nothing can end",
    since: None,
    until: None,
    doc: include_str!("endless_goroutine.md"),
    look: Look::Leaks(&LeakRule {
        message: |suspect| {
            let function = &suspect.function;
            match suspect.mistake {
                M::BreakLeavesSelect => {
                    "`break` leaves the select only, the loop goes on".to_owned()
                }
                _ => format!("the goroutine of `{function}` cannot end"),
            }
        },
        help: |suspect| match suspect.mistake {
            M::BreakLeavesSelect => "label the loop and break to the label, or return".to_owned(),
            _ => "add an arm that returns: of a channel that `Close` closes, or of a context"
                .to_owned(),
        },
        falsifier: |_| "one such goroutine is meant to stay as long as the program".to_owned(),
    }),
};
