//! GL08: wording.

use concurrency::Mistake as M;

use super::LeakRule;
use crate::rule::{Look, Rule};

pub const RULE: Rule = Rule {
    id: "GL08",
    name: "wait-under-lock",
    summary: "a wait with a lock held that the other side needs",
    since: None,
    until: None,
    doc: include_str!("wait_under_lock.md"),
    look: Look::Leaks(&LeakRule {
        message: |suspect| {
            let subject = &suspect.subject;
            let other = &suspect.other;
            match suspect.mistake {
                M::LockOrder => format!("`{subject}` and `{other}` are locked in both orders"),
                _ => format!(
                    "`{subject}` is waited for with `{other}` locked, which the other side needs"
                ),
            }
        },
        help: |suspect| match suspect.mistake {
            M::LockOrder => "lock them in one order everywhere".to_owned(),
            _ => "unlock before the wait".to_owned(),
        },
        falsifier: |suspect| match suspect.mistake {
            M::LockOrder => "the two orders cannot run at the same time".to_owned(),
            _ => "the other side does not always need the lock".to_owned(),
        },
    }),
};
