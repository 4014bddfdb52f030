//! Which decision an explanation explains. The compiler prints explanations while it solves a batch of functions
//! and the verdicts after that, so the two meet by position and subject, first come, first served.

use std::collections::VecDeque;

use base::Idx;
use rustc_hash::FxHashMap;

use crate::TextId;
use crate::decision::{Claim, Decision, DecisionId, Explanation, ExplanationId, Kind, Position};
use crate::decisions::{Decisions, Entry};

type Key = (Position, TextId);

/// More lines about one parameter than any compiler prints: one for the heap, one for each of five results.
const MAX_RUN: u32 = 16;

pub(crate) fn attach(decisions: &mut Decisions) {
    let append = append_subject(decisions);
    let mut waiting = Waiting::default();
    let mut run: Option<Run> = None;
    for index in 0..decisions.entries.len() {
        match decisions.entries[index] {
            Entry::Explanation(id) => {
                let explanation = decisions.explanations[id];
                if explanation.decision.is_some() {
                    continue;
                }
                waiting.add(decisions, id, &explanation, append);
            }
            Entry::Decision(id) => {
                let decision = decisions.items[id];
                let key = (decision.position, decision.subject.text);
                if run.as_ref().is_some_and(|run| run.key != key)
                    && let Some(run) = run.take()
                {
                    run.close(decisions);
                }
                if decision.kind.is_escape() {
                    if let Some(explanation) = waiting.take_escape(key) {
                        assign(decisions, explanation, id);
                    }
                } else if decision.kind.is_leak() {
                    run.get_or_insert_with(|| Run::new(id, key, waiting.take_leaks(key)))
                        .add(decisions, id, decision);
                }
            }
            Entry::Unread(_) => {}
        }
    }
    if let Some(run) = run {
        run.close(decisions);
    }
    attach_rewritten(decisions);
    index(decisions);
}

/// A size found to be constant is written as a number in the verdict, but not yet in the explanation:
/// `make([]byte, n) escapes to heap in f:` belongs to `make([]byte, 64) escapes to heap`.
fn attach_rewritten(decisions: &mut Decisions) {
    let mut explained = vec![false; decisions.items.len()];
    let mut waiting: FxHashMap<Position, VecDeque<ExplanationId>> = FxHashMap::default();
    for (id, explanation) in decisions.explanations.iter_enumerated() {
        if let Some(decision) = explanation.decision {
            explained[decision.index()] = true;
        } else if explanation.claim == Claim::Escapes
            && decisions
                .texts
                .get(explanation.subject)
                .starts_with("make(")
        {
            waiting
                .entry(explanation.position)
                .or_default()
                .push_back(id);
        }
    }
    for id in decisions.items.ids() {
        let decision = decisions.items[id];
        if decision.kind == Kind::EscapesToHeap
            && !explained[id.index()]
            && decisions.text(decision.subject).starts_with("make(")
            && let Some(waiting) = waiting.get_mut(&decision.position)
            && let Some(explanation) = waiting.pop_front()
        {
            assign(decisions, explanation, id);
        }
    }
}

/// The subject of `append escapes to heap`, whose explanation names the whole call.
fn append_subject(decisions: &Decisions) -> Option<TextId> {
    decisions
        .items
        .iter()
        .find(|decision| {
            decision.kind == Kind::EscapesToHeap && decisions.text(decision.subject) == "append"
        })
        .map(|decision| decision.subject.text)
}

/// Explanations whose decision has not come yet.
#[derive(Default)]
struct Waiting {
    escapes: FxHashMap<Key, VecDeque<ExplanationId>>,
    leaks: FxHashMap<Key, Vec<ExplanationId>>,
}

impl Waiting {
    fn add(
        &mut self,
        decisions: &Decisions,
        id: ExplanationId,
        explanation: &Explanation,
        append: Option<TextId>,
    ) {
        let key = (explanation.position, explanation.subject);
        match explanation.claim {
            Claim::Leaks { .. } => self.leaks.entry(key).or_default().push(id),
            Claim::Escapes => {
                let call = decisions.texts.get(explanation.subject);
                let subject = append
                    .filter(|_| call.starts_with("append("))
                    .unwrap_or(explanation.subject);
                self.escapes
                    .entry((explanation.position, subject))
                    .or_default()
                    .push_back(id);
            }
        }
    }

    fn take_escape(&mut self, key: Key) -> Option<ExplanationId> {
        self.escapes.get_mut(&key)?.pop_front()
    }

    fn take_leaks(&mut self, key: Key) -> Vec<ExplanationId> {
        self.leaks.remove(&key).unwrap_or_default()
    }
}

/// The consecutive lines about one parameter: first the heap, then results.
struct Run {
    first: DecisionId,
    key: Key,
    count: u32,
    leaks: Vec<ExplanationId>,
}

impl Run {
    fn new(first: DecisionId, key: Key, leaks: Vec<ExplanationId>) -> Self {
        Self {
            first,
            key,
            count: 0,
            leaks,
        }
    }

    /// A line about a result takes the paths that end in it.
    fn add(&mut self, decisions: &mut Decisions, id: DecisionId, decision: Decision) {
        self.count += 1;
        let Kind::LeakingParamToResult { result, .. } = decision.kind else {
            return;
        };
        if self.count > MAX_RUN {
            return;
        }
        for leak in &self.leaks {
            if matches!(decisions.explanations[*leak].claim, Claim::Leaks { to, .. } if to == result)
            {
                assign(decisions, *leak, id);
            }
        }
    }

    /// What no result took belongs to the first line.
    fn close(self, decisions: &mut Decisions) {
        for leak in self.leaks {
            assign(decisions, leak, self.first);
        }
    }
}

fn assign(decisions: &mut Decisions, explanation: ExplanationId, id: DecisionId) {
    let explanation = &mut decisions.explanations[explanation];
    if explanation.decision.is_none() {
        explanation.decision = Some(id);
        let decision = &mut decisions.items[id];
        decision.function = decision.function.or(explanation.function);
    }
}

/// Fills `by_decision` from the explanations.
pub(crate) fn index(decisions: &mut Decisions) {
    let mut by_decision: Vec<_> = decisions
        .explanations
        .iter_enumerated()
        .filter_map(|(id, explanation)| Some((explanation.decision?, id)))
        .collect();
    by_decision.sort_unstable();
    decisions.by_decision = by_decision;
}
