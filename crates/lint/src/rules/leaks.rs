//! Rules about goroutines that cannot end and locks that are not released: `concurrency` finds them, these files word
//! them.

pub mod abandoned_sender;
pub mod dropped_context;
pub mod endless_goroutine;
pub mod more_sends_than_receives;
pub mod self_blocking;
pub mod silent_goroutine;
pub mod timer_per_turn;
pub mod unanswered_operation;
pub mod unbalanced_wait_group;
pub mod unbounded_goroutines;
pub mod uncancelled_context;
pub mod unreleased_lock;
pub mod unreleased_resource;
pub mod unstopped_worker;
pub mod wait_under_lock;

use concurrency::{Location, Mistake, Role, Suspect, Tier};
use diag::{Annotation, Diagnostic, Edit, Fix, Note, NoteKind, Safety, Severity, Value};

use super::RULES;
use crate::rule::Look;
use crate::{Rule, rule_ref};

/// How a rule words its suspects. Each is a sentence without full stop.
#[derive(Debug)]
pub(crate) struct LeakRule {
    pub(crate) message: fn(&Suspect) -> String,
    /// What to write instead.
    pub(crate) help: fn(&Suspect) -> String,
    /// What would show that the suspect is none.
    pub(crate) falsifier: fn(&Suspect) -> String,
}

/// The rule of a suspect.
pub fn rule_of(suspect: &Suspect) -> Option<&'static Rule> {
    let number = suspect.mistake.rule();
    let is_it = |rule: &&&Rule| {
        let own = rule
            .id
            .strip_prefix("GL")
            .and_then(|digits| digits.parse::<u8>().ok());
        own == Some(number)
    };
    RULES.iter().find(is_it).copied()
}

/// The finding of a suspect.
pub fn finding(suspect: &Suspect) -> Option<Diagnostic> {
    let rule = rule_of(suspect)?;
    let Look::Leaks(words) = rule.look else {
        return None;
    };
    let severity = match suspect.tier {
        Tier::Error => Severity::Error,
        Tier::Warn => Severity::Warning,
        Tier::Hint => Severity::Hint,
    };
    let primary = annotation(&suspect.at);
    let of_primary = suspect.steps.iter().find(|step| step.at == suspect.at);
    let primary = match of_primary {
        Some(step) => primary.message(label(step.role)),
        None => primary,
    };
    let mut finding = Diagnostic::new(rule_ref(rule), severity, (words.message)(suspect), primary);
    for step in suspect.steps.iter().filter(|step| step.at != suspect.at) {
        let step = annotation(&step.at).message(label(step.role));
        finding.secondary.push(step);
    }
    let note = |kind, text| Note { kind, text };
    finding
        .notes
        .push(note(NoteKind::Help, (words.help)(suspect)));
    let falsifier = format!("refuted if {}", (words.falsifier)(suspect));
    finding.notes.push(note(NoteKind::Note, falsifier));
    finding.function = Some(suspect.function.clone());
    finding.package = Some(suspect.package.clone());
    finding
        .data
        .insert("subject".to_owned(), Value::from(suspect.subject.as_str()));
    finding.fix = fix(suspect);
    Some(finding)
}

/// The change that ends the mistake. Goroutines meet in another order then, so it is for a reader to judge.
fn fix(suspect: &Suspect) -> Option<Fix> {
    if suspect.edits.is_empty() {
        return None;
    }
    let title = match suspect.mistake {
        Mistake::OwnerLeaves => "give the channel room for one value",
        Mistake::ReturnsLocked => "unlock before the return",
        Mistake::CancelNotOnPath => "defer the call of the cancel function",
        Mistake::AddInGoroutine => "add before the goroutine starts",
        _ => "wait for the end of the context too",
    };
    let edits = suspect.edits.iter().map(|(at, text)| Edit {
        path: at.path.clone(),
        range: at.range,
        text: text.clone(),
    });
    Some(Fix {
        title: title.to_owned(),
        safety: Safety::Unsafe,
        edits: edits.collect(),
        imports: Vec::new(),
    })
}

fn annotation(at: &Location) -> Annotation {
    let mut annotation = Annotation::at(&at.path, at.start.line, at.start.col);
    annotation.end = (at.end > at.start).then_some(at.end);
    annotation
}

/// The label of the place where a goroutine waits.
pub const BLOCKS: &str = "blocks here";

fn label(role: Role) -> &'static str {
    match role {
        Role::Made => "made here",
        Role::Started => "the goroutine starts here",
        Role::Blocks => BLOCKS,
        Role::Counterpart => "the other side",
        Role::Leaves => "left here without it",
        Role::Locked => "locked here",
        Role::LockedAgain => "locked again here",
        Role::NeedsLock => "needs the lock",
        Role::Acquired => "taken here",
        Role::Stops => "ended here, for its caller",
    }
}
