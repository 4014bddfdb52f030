//! GL09: wording.

use concurrency::Mistake as M;

use super::LeakRule;
use crate::rule::{Look, Rule};

pub const RULE: Rule = Rule {
    id: "GL09",
    name: "unbalanced-wait-group",
    summary: "a wait group whose Add and Done do not match",
    since: None,
    until: None,
    doc: include_str!("unbalanced_wait_group.md"),
    look: Look::Leaks(&LeakRule {
        message: |suspect| {
            let subject = &suspect.subject;
            let function = &suspect.function;
            match suspect.mistake {
                M::AddInGoroutine => {
                    format!("`{subject}.Add` runs in the goroutine, so `Wait` can return before it")
                }
                M::DoneSkipped => format!("the goroutine can end without `{subject}.Done`"),
                M::AddTooMany => format!("`{subject}.Add` counts more goroutines than call `Done`"),
                M::NoDone => format!("nothing calls `{subject}.Done`"),
                M::WaitBeforeReceive => format!(
                    "`{subject}` is waited for before `{}` is received from, and its goroutines send on it",
                    suspect.other
                ),
                M::WaitInWorker => {
                    format!("the goroutine waits for `{subject}` before its own `Done`")
                }
                M::AddWithoutStart => format!(
                    "`{function}` returns after `{subject}.Add` without starting what calls `Done`"
                ),
                M::GroupCopied => format!(
                    "`{subject}` is a copy: its `Done` does not reach the group that is waited for"
                ),
                M::PanicSkipsDone => format!(
                    "a panic of the call skips `{subject}.Done`: it is recovered, and `Done` is not deferred"
                ),
                _ => format!("`{subject}` is not balanced"),
            }
        },
        help: |suspect| match suspect.mistake {
            M::AddInGoroutine => {
                "call `Add` before the `go` statement, or use `WaitGroup.Go`".to_owned()
            }
            M::AddTooMany => "count what is started, or use `WaitGroup.Go`".to_owned(),
            M::WaitBeforeReceive => {
                "receive first, and wait and close the channel in a goroutine of its own".to_owned()
            }
            M::WaitInWorker => "wait in a goroutine that the group does not count".to_owned(),
            M::AddWithoutStart => "call `Add` right before the `go` statement".to_owned(),
            M::GroupCopied => "pass a pointer".to_owned(),
            _ => "call `Done` in a deferred call, or use `WaitGroup.Go`".to_owned(),
        },
        falsifier: |_| "the missing calls are made by code that is not analysed".to_owned(),
    }),
};
