//! GL15: wording.

use concurrency::Mistake as M;

use super::LeakRule;
use crate::rule::{Look, Rule};

pub const RULE: Rule = Rule {
    id: "GL15",
    name: "dropped-context",
    summary: "a context that is available and not used",
    since: None,
    until: None,
    doc: include_str!("dropped_context.md"),
    look: Look::Leaks(&LeakRule {
        message: |suspect| {
            let subject = &suspect.subject;
            let other = &suspect.other;
            match suspect.mistake {
                M::RootContext => format!("`{subject}` is used though `{other}` is available"),
                M::CallWithoutContext => {
                    format!("`{subject}` takes no context though `{other}` is available")
                }
                M::WaitWithoutContext => format!("the wait does not end with `{other}`"),
                _ => format!("`{other}` is not used"),
            }
        },
        help: |suspect| {
            let other = &suspect.other;
            match suspect.mistake {
                M::RootContext => format!(
                    "derive it from `{other}`; where the work must go on, say so with `context.WithoutCancel`"
                ),
                M::WaitWithoutContext => format!("select with `{other}.Done()`"),
                _ => "call the variant that takes a context".to_owned(),
            }
        },
        falsifier: |_| "the work must go on when the context has ended".to_owned(),
    }),
};
