//! Changes between two compilations in words.

use diag::{Annotation, Diagnostic, RuleRef, Severity, Value};
use gc::{Cause, Change, ChangeKind, Decisions, Existence, Kind};

use crate::findings::note;

const NEW_HEAP_VALUE: RuleRef = RuleRef {
    id: "GP690",
    name: "new-heap-value",
};
const NEW_LEAKING_PARAM: RuleRef = RuleRef {
    id: "GP691",
    name: "new-leaking-param",
};
const LOST_INLINING: RuleRef = RuleRef {
    id: "GP692",
    name: "lost-inlining",
};

/// A rule about changes: `check --diff`, `escape --diff` and `inline --diff` report it.
#[derive(Clone, Copy, Debug)]
pub struct ChangeRule {
    pub rule: RuleRef,
    /// One line, for lists.
    pub summary: &'static str,
    /// What it means and what to do, a paragraph.
    pub text: &'static str,
}

/// All rules about changes, by their ids.
pub const CHANGE_RULES: [ChangeRule; 3] = [
    ChangeRule {
        rule: NEW_HEAP_VALUE,
        summary: "a value that is on the heap since a revision",
        text: "A value is allocated on the heap that was on the stack in the revision compared with, or that did not \
               exist there. The note names the cause where it is a change of another function: a call that is no \
               longer inlined, so that the callee allocates what the caller kept on its stack, or a parameter that \
               lets its argument escape. `goperf explain FILE:LINE` shows the flow of the value.",
    },
    ChangeRule {
        rule: NEW_LEAKING_PARAM,
        summary: "a parameter that lets its argument escape since a revision",
        text: "A parameter outlives the call, or what it points to does, and did not in the revision compared with. \
               Callers that pass the address of a local variable now allocate it. `goperf explain FILE:LINE` shows \
               what keeps the argument alive.",
    },
    ChangeRule {
        rule: LOST_INLINING,
        summary: "a function or call that is no longer inlined since a revision",
        text: "The compiler inlined the function, or this call of it, in the revision compared with. The call now has \
               its cost, and values that the caller kept on its stack may be on the heap. The note has the inliner's \
               reason; `goperf inline` shows cost and budget.",
    },
];

/// What a change means for the program.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Direction {
    Worse,
    Better,
    /// Neither: the same value is on the heap, or only a cost differs.
    Neutral,
}

/// A change of one package in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChangeWords {
    pub direction: Direction,
    /// A sentence without full stop; code in backticks.
    pub effect: String,
    /// Why; a sentence as well.
    pub cause: Option<String>,
}

/// Words a change. `new` are the decisions of its new side.
pub fn change_words(change: &Change, new: &Decisions) -> ChangeWords {
    ChangeWords {
        direction: direction(change),
        effect: effect(change),
        cause: match &change.cause {
            Some(cause) => Some(words_of_cause(cause, new)),
            None => reason(change, new).map(|why| format!("it {why}")),
        },
    }
}

fn direction(change: &Change) -> Direction {
    match change.kind {
        ChangeKind::NowEscapes
        | ChangeKind::NowLeaks
        | ChangeKind::NoLongerInlinable
        | ChangeKind::CallNoLongerInlined => Direction::Worse,
        ChangeKind::NoLongerEscapes
        | ChangeKind::NoLongerLeaks
        | ChangeKind::NowInlinable
        | ChangeKind::CallNowInlined => Direction::Better,
        ChangeKind::StillEscapes | ChangeKind::InlineCost { .. } => Direction::Neutral,
    }
}

fn effect(change: &Change) -> String {
    let subject = match &change.owner {
        Some(owner) => format!("{} of `{owner}`", gc::quoted(&change.subject)),
        None => gc::quoted(&change.subject),
    };
    match change.kind {
        ChangeKind::NowEscapes => format!("{subject} is now on the heap"),
        ChangeKind::NoLongerEscapes => format!("{subject} is no longer on the heap"),
        ChangeKind::StillEscapes => format!("{subject} is still on the heap"),
        ChangeKind::NowLeaks => format!("parameter {subject} now lets its argument escape"),
        ChangeKind::NoLongerLeaks => {
            format!("parameter {subject} no longer lets its argument escape")
        }
        ChangeKind::NoLongerInlinable => "can no longer be inlined".to_owned(),
        ChangeKind::NowInlinable => "can now be inlined".to_owned(),
        ChangeKind::CallNoLongerInlined => format!("the call of {subject} is no longer inlined"),
        ChangeKind::CallNowInlined => format!("the call of {subject} is now inlined"),
        ChangeKind::InlineCost { old, new } => format!("inlining cost {old} → {new}"),
    }
}

fn words_of_cause(cause: &Cause, new: &Decisions) -> String {
    match cause {
        Cause::NoLongerInlined(callee) => match refusal(callee, new) {
            Some(why) => format!("the call of `{callee}` is no longer inlined: it {why}"),
            None => format!("the call of `{callee}` is no longer inlined"),
        },
        Cause::NowInlined(callee) => format!("the call of `{callee}` is now inlined"),
        Cause::NowLeaks(callee) => format!("`{callee}` now lets its argument escape"),
        Cause::NoLongerLeaks(callee) => format!("`{callee}` no longer lets its argument escape"),
    }
}

/// Why the function of a verdict, or the callee of a call, cannot be inlined.
fn reason(change: &Change, new: &Decisions) -> Option<String> {
    match change.kind {
        ChangeKind::NoLongerInlinable | ChangeKind::CallNoLongerInlined => {
            refusal(&change.subject, new)
        }
        _ => None,
    }
}

fn refusal(function: &str, new: &Decisions) -> Option<String> {
    new.iter().find_map(|(_, decision)| {
        let Kind::CannotInline { why } = decision.kind else {
            return None;
        };
        let name = gc::fold_function_name(new.text(decision.subject));
        (name == function).then(|| new.refusal(why).into_owned())
    })
}

/// A change as a finding; None for what is neither better nor worse. `package` is its import path.
pub fn change_finding(
    package: &str,
    change: &Change,
    words: &ChangeWords,
    primary: Annotation,
) -> Option<Diagnostic> {
    let rule = match change.kind {
        ChangeKind::NowEscapes | ChangeKind::NoLongerEscapes => NEW_HEAP_VALUE,
        ChangeKind::NowLeaks | ChangeKind::NoLongerLeaks => NEW_LEAKING_PARAM,
        ChangeKind::NoLongerInlinable
        | ChangeKind::NowInlinable
        | ChangeKind::CallNoLongerInlined
        | ChangeKind::CallNowInlined => LOST_INLINING,
        ChangeKind::StillEscapes | ChangeKind::InlineCost { .. } => return None,
    };
    let severity = match words.direction {
        Direction::Worse => Severity::Warning,
        Direction::Better | Direction::Neutral => Severity::Info,
    };
    let function = match change.function.as_str() {
        "" => "package level",
        name => name,
    };
    let is_new = if change.function_is == Existence::New {
        " (new function)"
    } else {
        ""
    };
    let message = format!("`{function}`{is_new}: {}", words.effect);
    let mut diagnostic = Diagnostic::new(rule, severity, message, primary);
    diagnostic.notes.extend(words.cause.clone().map(note));
    diagnostic.package = Some(package.to_owned());
    diagnostic.function = Some(change.function.clone()).filter(|name| !name.is_empty());
    let data = &mut diagnostic.data;
    data.insert("change".into(), Value::from(change.kind.name()));
    data.insert("subject".into(), Value::from(change.subject.clone()));
    Some(diagnostic)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(change: &Change) -> String {
        let log = "a.go:5:6: cannot inline (*L).clone: unhandled op DEFER\n";
        let (new, _) = gc::read_log(log.as_bytes(), &[]);
        let words = change_words(change, &new);
        let cause = words.cause.map(|cause| format!("; {cause}"));
        format!(
            "{:?}: {}{}",
            words.direction,
            words.effect,
            cause.unwrap_or_default()
        )
    }

    #[test]
    fn effect_and_cause_are_worded() {
        let change = |kind, subject: &str, cause| Change {
            function: "Named".into(),
            kind,
            subject: subject.into(),
            owner: (kind == ChangeKind::StillEscapes).then(|| "(*L).clone".into()),
            function_is: Existence::OnBothSides,
            cause,
            location: None,
            old: None,
            new: None,
        };
        let no_longer = || Some(Cause::NoLongerInlined("(*L).clone".into()));
        let cases = [
            (
                change(ChangeKind::StillEscapes, "c", no_longer()),
                "Neutral: `c` of `(*L).clone` is still on the heap; the call of `(*L).clone` is no longer inlined: it contains `defer`",
            ),
            (
                change(
                    ChangeKind::NowEscapes,
                    "n",
                    Some(Cause::NowLeaks("keep".into())),
                ),
                "Worse: `n` is now on the heap; `keep` now lets its argument escape",
            ),
            (
                change(ChangeKind::NoLongerInlinable, "(*L).clone", None),
                "Worse: can no longer be inlined; it contains `defer`",
            ),
            (
                change(ChangeKind::InlineCost { old: 3, new: 4 }, "f", None),
                "Neutral: inlining cost 3 → 4",
            ),
        ];
        for (change, expected) in cases {
            assert_eq!(words(&change), expected);
        }
    }
}
