//! GL07: wording.

use concurrency::Mistake as M;

use super::LeakRule;
use crate::rule::{Look, Rule};

pub const RULE: Rule = Rule {
    id: "GL07",
    name: "unreleased-lock",
    summary: "a lock that is not released, or taken while it is held",
    since: None,
    until: None,
    doc: include_str!("unreleased_lock.md"),
    look: Look::Leaks(&LeakRule {
        message: |suspect| {
            let subject = &suspect.subject;
            let function = &suspect.function;
            match suspect.mistake {
                M::ReturnsLocked => format!("`{function}` returns with `{subject}` locked"),
                M::LocksAgain => format!("`{subject}` is locked again while it is held"),
                M::LocksAgainNextTurn => {
                    format!("`{subject}` is still locked when the next turn locks it")
                }
                M::DeferredLock => {
                    format!("`{subject}` is locked by a deferred call instead of being unlocked")
                }
                M::WrongUnlock => {
                    format!("`{subject}` is unlocked in the other way than it was locked")
                }
                M::ReadLockTwice => format!(
                    "`{subject}` is read-locked again while it is held: a writer in between blocks both"
                ),
                M::PanicKeepsLock => format!(
                    "a panic of the call keeps `{subject}` locked: it is recovered, and the unlock is not deferred"
                ),
                _ => format!("`{subject}` stays locked"),
            }
        },
        help: |suspect| match suspect.mistake {
            M::LocksAgain | M::ReadLockTwice => {
                "split off a function that expects the lock to be held".to_owned()
            }
            M::DeferredLock => "write `defer …Unlock()`".to_owned(),
            _ => "unlock in a deferred call".to_owned(),
        },
        falsifier: |suspect| match suspect.mistake {
            M::LocksAgain => "the two are different locks".to_owned(),
            M::LocksAgainNextTurn => "the loop ends after that turn".to_owned(),
            _ => "callers unlock it".to_owned(),
        },
    }),
};
