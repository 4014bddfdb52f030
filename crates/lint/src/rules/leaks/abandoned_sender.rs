//! GL02: wording.

use concurrency::Mistake as M;

use super::LeakRule;
use crate::rule::{Look, Rule};

pub const RULE: Rule = Rule {
    id: "GL02",
    name: "abandoned-sender",
    summary: "a goroutine that sends after its receiver has left",
    since: None,
    until: None,
    doc: include_str!("abandoned_sender.md"),
    look: Look::Leaks(&LeakRule {
        message: |suspect| {
            let subject = &suspect.subject;
            let function = &suspect.function;
            match suspect.mistake {
                M::OwnerLeaves => format!(
                    "the goroutine cannot send on `{subject}` once `{function}` has returned"
                ),
                M::ReceiverStopsEarly => format!(
                    "the goroutine goes on sending on `{subject}` when its receiver has stopped"
                ),
                M::EndlessSender => {
                    format!("the goroutine sends on `{subject}` for ever, its receiver stops")
                }
                _ => format!("`{subject}` has no receiver any more"),
            }
        },
        help: |suspect| {
            match suspect.mistake {
                M::OwnerLeaves => "give the channel a buffer of one for each send, or select with a channel that is closed when the receiver leaves".to_owned(),
                _ => "select between the send and a channel that is closed when the receiver leaves, or receive until the channel is closed".to_owned(),
            }
        },
        falsifier: |_| "the return that leaves it is never taken".to_owned(),
    }),
};
