//! GL01: wording.

use concurrency::Mistake as M;

use super::LeakRule;
use crate::rule::{Look, Rule};

pub const RULE: Rule = Rule {
    id: "GL01",
    name: "unanswered-operation",
    summary: "a channel operation or a wait that nothing answers",
    since: None,
    until: None,
    doc: include_str!("unanswered_operation.md"),
    look: Look::Leaks(&LeakRule {
        message: |suspect| {
            let subject = &suspect.subject;
            match suspect.mistake {
                M::NoSender => format!("nothing sends on `{subject}` or closes it"),
                M::NoReceiver => format!("nothing receives from `{subject}`"),
                M::NeverClosed => {
                    format!("nothing closes `{subject}`, so the loop over it never ends")
                }
                M::NeverSignalled => format!("nothing signals `{subject}`"),
                M::RangeOverTicker => {
                    format!("`{subject}` is never closed: `Stop` ends the ticks, not the loop")
                }
                M::NoArm => "nothing answers any arm of the `select`".to_owned(),
                _ => format!("`{subject}` waits for ever"),
            }
        },
        help: |suspect| match suspect.mistake {
            M::NoReceiver => "receive from it, or do not send".to_owned(),
            M::NeverClosed => {
                "close it when the last value is sent: `defer close(…)` in the goroutine that sends"
                    .to_owned()
            }
            M::NeverSignalled => {
                "call `Signal` or `Broadcast` where what it waits for becomes true".to_owned()
            }
            M::RangeOverTicker => {
                "select between the ticks and a channel that is closed when the loop should end"
                    .to_owned()
            }
            _ => "send on it or close it on every path".to_owned(),
        },
        falsifier: |suspect| match suspect.mistake {
            M::NeverClosed => "code that is not analysed closes it".to_owned(),
            M::NeverSignalled => "code that is not analysed signals it".to_owned(),
            M::RangeOverTicker => "the loop is meant to run as long as the program".to_owned(),
            _ => "code that is not analysed has the channel too".to_owned(),
        },
    }),
};
