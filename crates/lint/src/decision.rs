//! Decisions in words.

use gc::{CaptureBy, DecisionId, Decisions, Flows, Kind, PgoCall};

/// A decision as a sentence without full stop: "`buf` is on the heap". None for what only the compiler's own
/// developers ask for.
pub fn decision_words(flows: &Flows, decisions: &Decisions, id: DecisionId) -> Option<String> {
    words(flows, decisions, id, "")
}

/// As [`decision_words`], with the line of the subject: "`buf` (line 12) is on the heap".
pub fn decision_words_with_line(
    flows: &Flows,
    decisions: &Decisions,
    id: DecisionId,
) -> Option<String> {
    let line = format!(" (line {})", decisions[id].position.line);
    words(flows, decisions, id, &line)
}

/// `line` follows the subject.
fn words(flows: &Flows, decisions: &Decisions, id: DecisionId, line: &str) -> Option<String> {
    let decision = decisions[id];
    let subject = format!("{}{line}", gc::quoted(&flows.subject(id)));
    let name = format!("`{}`", crate::fold_name(decisions.text(decision.subject)));
    let value = match flows.inlined_from(id) {
        Some(callee) => format!("{subject} of inlined `{callee}`"),
        None => subject.clone(),
    };
    Some(match decision.kind {
        Kind::MovedToHeap => format!("variable {value} is on the heap"),
        Kind::EscapesToHeap | Kind::NotAllowedInRuntime => {
            if decision.subject.class.is_constant() {
                format!("{value} is read-only data")
            } else {
                format!("{value} is on the heap")
            }
        }
        Kind::DoesNotEscape => format!("{value} stays on the stack"),
        Kind::LeakingParam => format!("parameter {subject} lets its argument escape"),
        Kind::LeakingParamContent => {
            format!("parameter {subject} lets what its argument points to escape")
        }
        Kind::LeakingParamToResult { level: 0, .. } => {
            format!("parameter {subject} flows to a result")
        }
        Kind::LeakingParamToResult { .. } => {
            format!("what parameter {subject} points to flows to a result")
        }
        Kind::CanInline { cost, .. } => match cost {
            Some(cost) => format!("{name} can be inlined, at cost {cost}"),
            None => format!("{name} can be inlined"),
        },
        Kind::CannotInline { why } => {
            format!("{name} cannot be inlined: it {}", decisions.refusal(why))
        }
        Kind::InliningCall { .. } => format!("the call of {name} is inlined"),
        kind => {
            return call_words(kind, &subject, decisions).or_else(|| other_words(kind, &subject));
        }
    })
}

/// Decisions about calls.
fn call_words(kind: Kind, subject: &str, decisions: &Decisions) -> Option<String> {
    Some(match kind {
        Kind::RecursiveCycle => {
            format!("the call of {subject} is not inlined again: it is recursive")
        }
        Kind::BigFunction => {
            format!("{subject} is large: only calls of cheap functions are inlined into it")
        }
        Kind::Devirtualizing { to, partially } => {
            let to = gc::readable(decisions.text(to), &[]);
            let partially = if partially { ", in part" } else { "" };
            format!("the call of {subject} goes directly to the method of `{to}`{partially}")
        }
        Kind::CannotDevirtualize { .. } => {
            format!("the call of {subject} stays dynamic: its type depends on type arguments")
        }
        Kind::PgoDevirtualizing { call, to } => {
            let to = gc::readable(decisions.text(to), &[]);
            let call = match call {
                PgoCall::Interface => "interface",
                PgoCall::Function => "function",
            };
            format!("by the profile, the {call} call of {subject} first tries `{to}`")
        }
        Kind::ShouldNotPgoDevirtualize { reason } => {
            let reason = decisions.text(reason);
            format!("the call of {subject} stays dynamic in spite of the profile: {reason}")
        }
        Kind::CallNotInlined { reason } => {
            format!("a call is not inlined: {}", decisions.text(reason))
        }
        Kind::SkipsInliningInLoop => "no call in this benchmark loop is inlined".to_owned(),
        _ => return None,
    })
}

/// Decisions about statements, loops and checks.
fn other_words(kind: Kind, subject: &str) -> Option<String> {
    Some(match kind {
        Kind::KeptAlive => format!("{subject} is kept alive for the benchmark"),
        Kind::Capturing { by, width, .. } => {
            let by = match by {
                CaptureBy::Ref => "by reference",
                CaptureBy::Value => "by value",
            };
            format!("a closure captures {subject} {by} ({width} bytes)")
        }
        Kind::ZeroCopyConversion => "the conversion copies nothing".to_owned(),
        Kind::SelfAssignment => "the assignment keeps nothing alive that was not before".to_owned(),
        Kind::AssumingUnsafeUintptr | Kind::MarkingEscapingUintptr { .. } => {
            format!("{subject} counts as a pointer")
        }
        Kind::LoopVariable { heap, .. } => {
            let storage = if heap { "heap" } else { "stack" };
            format!("loop variable {subject} is new in each iteration, on the {storage}")
        }
        Kind::BoundsCheckElided => "the index needs no bounds check".to_owned(),
        Kind::BoundsCheck => "the index is checked at run time".to_owned(),
        Kind::SliceBoundsCheck => "the bounds of the slice are checked at run time".to_owned(),
        Kind::NilCheck => "the pointer is checked for nil".to_owned(),
        Kind::Copy { bytes } => format!("{bytes} bytes are copied"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_are_sentences_about_the_code() {
        let log = "\
a.go:3:6: can inline New with cost 9 as: func() {  }
a.go:4:6: cannot inline (*T[go.shape.int]).M: unhandled op DEFER
a.go:5:6: cannot inline big: function too complex: cost 90 exceeds budget 80
a.go:6:9: inlining call to bufio.NewReaderSize
a.go:6:9: make([]byte, max(bufio.size, 16)) escapes to heap
a.go:7:2: moved to heap: x
a.go:7:9: \"text\" escapes to heap
a.go:8:9: leaking param: p
a.go:8:12: leaking param: q to result ~r0 level=1
a.go:9:9: devirtualizing w.Write to *bytes.Buffer
";
        let (decisions, problems) = gc::read_log(log.as_bytes(), &[]);
        assert!(problems.is_empty(), "{problems:?}");
        let flows = Flows::new(&decisions);
        let words: Vec<String> = (decisions.iter())
            .filter_map(|(id, _)| decision_words(&flows, &decisions, id))
            .collect();
        assert_eq!(
            words,
            [
                "`New` can be inlined, at cost 9",
                "`(*T).M` cannot be inlined: it contains `defer`",
                "`big` cannot be inlined: it costs 90, above the budget of 80",
                "the call of `bufio.NewReaderSize` is inlined",
                "`make([]byte, max(size, 16))` of inlined `bufio.NewReaderSize` is on the heap",
                "variable `x` is on the heap",
                "`\"text\"` is read-only data",
                "parameter `p` lets its argument escape",
                "what parameter `q` points to flows to a result",
                "the call of `w.Write` goes directly to the method of `*bytes.Buffer`",
            ]
        );
    }
}
