//! GL05: wording.

use concurrency::Mistake as M;

use super::LeakRule;
use crate::rule::{Look, Rule};

pub const RULE: Rule = Rule {
    id: "GL05",
    name: "self-blocking",
    summary: "an operation that blocks because of its own goroutine",
    since: None,
    until: None,
    doc: include_str!("self_blocking.md"),
    look: Look::Leaks(&LeakRule {
        message: |suspect| {
            let subject = &suspect.subject;
            match suspect.mistake {
                M::EmptySelect => "`select {}` keeps the goroutine for ever".to_owned(),
                M::NilChannel => format!("`{subject}` is nil: it never gets a channel"),
                M::SendBeforeReceiver => {
                    format!("`{subject}` is used before the goroutine of its other side starts")
                }
                M::OwnCounterpart => {
                    format!("only this goroutine itself could answer on `{subject}`")
                }
                M::SlotTakenTwice => {
                    format!("the only slot of `{subject}` is taken again before it is given back")
                }
                M::SlotTakenInside => format!(
                    "a slot of `{subject}` is taken by a function that runs in a slot of it"
                ),
                _ => format!("`{subject}` blocks its own goroutine"),
            }
        },
        help: |suspect| match suspect.mistake {
            M::EmptySelect => "wait for a channel or context that ends".to_owned(),
            M::NilChannel => "make the channel before it is used".to_owned(),
            M::SendBeforeReceiver => {
                "start the goroutine first, or give the channel a buffer".to_owned()
            }
            M::SlotTakenTwice => {
                "split off a function that expects the slot to be taken".to_owned()
            }
            M::SlotTakenInside => {
                "run it in the slot that is taken, or give it a limit of its own".to_owned()
            }
            _ => "give the channel a buffer, or move one side into a goroutine".to_owned(),
        },
        falsifier: |suspect| match suspect.mistake {
            M::EmptySelect => "the goroutine is meant to stay as long as the program".to_owned(),
            M::SlotTakenInside => "there are always more slots than such functions".to_owned(),
            _ => "another goroutine has the channel too".to_owned(),
        },
    }),
};
