//! Wording the findings of one package.

use diag::{Annotation, Diagnostic, Note, NoteKind, RuleRef, Severity, Value};

use crate::Rule;
use crate::attribution::{CHANNELS, GOROUTINES};
use crate::evidence::{self, Gain, Ranked, rank};
use crate::package::{RuleSelection, View};
use crate::rules;
use crate::site::{Candidate, Site};
use crate::subject::Alloc;
use crate::weights::{Resource, Weights};

/// What explains a site's allocations: a rule, or a category that is counted but is no finding.
pub(crate) enum Cause<'a> {
    Rule {
        rule: &'static Rule,
        candidate: Option<&'a Candidate>,
        gain: Gain,
    },
    Category(&'static str),
}

/// Why the line allocates. With several candidates the most telling of the selected rules is named and the others are
/// listed.
pub(crate) fn cause<'a>(view: &View, site: &'a Site, select: &RuleSelection) -> Option<Cause<'a>> {
    let selected = |candidate: &&Candidate| select.contains(rule_for(candidate).0);
    let telling = site
        .candidates
        .iter()
        .find(selected)
        .or(site.candidates.first());
    if let Some(candidate) = telling {
        let sure = site.candidates.len() == 1;
        let (rule, reduction) = rule_for(candidate);
        return Some(Cause::Rule {
            rule,
            candidate: Some(candidate),
            gain: Gain {
                reduction,
                confidence: if sure { 1.0 } else { 0.7 },
            },
        });
    }
    let tokens = view.tokens(site.file)?;
    let guess = |rule, reduction| {
        Some(Cause::Rule {
            rule,
            candidate: None,
            gain: Gain {
                reduction,
                confidence: 0.4,
            },
        })
    };
    let line = site.line;
    if tokens.has(line, &["make", "(", "chan"]) {
        Some(Cause::Category(CHANNELS))
    } else if tokens.has(line, &["go"]) {
        Some(Cause::Category(GOROUTINES))
    } else if tokens.has(line, &["append", "("]) {
        guess(&rules::GROWING_APPEND, 0.6)
    } else if tokens.stores_by_index(line) {
        guess(&rules::GROWING_MAP, 0.5)
    } else if tokens.has(line, &["+="]) {
        // Concatenation by `+=` is the one that the log leaves out.
        guess(&rules::HOT_CONCAT, 0.7)
    } else if tokens.has(line, &["make", "("])
        || tokens.has(line, &["new", "("])
        || tokens.has_literal(line)
    {
        guess(&rules::HEAP_ALLOCATION, 0.9)
    } else if tokens.has(line, &["func", "("]) {
        guess(&rules::ESCAPING_CLOSURE, 0.9)
    } else {
        None
    }
}

/// The rule for an allocation, and the part of it that the rule's remedy usually saves.
fn rule_for(candidate: &Candidate) -> (&'static Rule, f64) {
    match (candidate.alloc, candidate.escapes) {
        (Alloc::Variable, _) => (&rules::MOVED_TO_HEAP, 0.9),
        (Alloc::Make, false) => (&rules::DYNAMIC_MAKE, 0.9),
        (Alloc::MakeMap, false) => (&rules::GROWING_MAP, 0.5),
        (Alloc::Append, _) => (&rules::GROWING_APPEND, 0.6),
        (Alloc::Closure, _) => (&rules::ESCAPING_CLOSURE, 0.9),
        (Alloc::Conversion, _) => (&rules::HOT_CONVERSION, 0.9),
        (Alloc::Concat, _) => (&rules::HOT_CONCAT, 0.7),
        (Alloc::Boxing, _) => (&rules::HOT_BOXING, 0.9),
        (Alloc::Make | Alloc::MakeMap | Alloc::Literal | Alloc::New | Alloc::Variadic, _) => {
            (&rules::HEAP_ALLOCATION, 0.8)
        }
    }
}

/// The finding for an allocation on a line.
pub(crate) fn allocation(
    view: &View,
    site: &Site,
    rule: &'static Rule,
    candidate: Option<&Candidate>,
    weights: &Weights,
    gain: Gain,
) -> Diagnostic {
    let ranked = rank(weights, &view.total(), gain);
    let what = candidate.map_or_else(|| guessed(rule).to_owned(), describe);
    let message = match amount(weights) {
        Some(amount) => format!("{what}: {amount}"),
        None => what,
    };
    let primary = if let Some(candidate) = candidate {
        view.annotation(site.file, candidate.at)
            .message(label(candidate))
    } else {
        let col = view.first_column(site.file, site.line);
        Annotation::at(view.path(site.file), site.line, col).message("allocates")
    };
    let mut diagnostic = finding(view, rule, message, primary, ranked);
    if let Some(candidate) = candidate {
        if let Some(inlined) = &candidate.inlined {
            diagnostic.notes.push(note(format!(
                "`{inlined}` is inlined here; the value may be made in its body"
            )));
        }
        view.explain(candidate, &mut diagnostic);
        diagnostic
            .data
            .insert("subject".into(), Value::from(candidate.subject.as_str()));
        diagnostic
            .data
            .insert("escapes".into(), Value::from(candidate.escapes));
    } else {
        diagnostic.notes.push(note(
            "the compiler's log does not speak of this line; the cause is told from the source"
                .into(),
        ));
    }
    let others: Vec<String> = (site.candidates.iter())
        .filter(|other| Some(*other) != candidate)
        .take(4)
        .map(|other| format!("`{}`", other.subject))
        .collect();
    if !others.is_empty() {
        diagnostic.notes.push(note(format!(
            "on the same line {} may allocate too",
            others.join(", ")
        )));
    }
    diagnostic.notes.push(help(advice(rule, candidate)));
    diagnostic
}

/// The finding for what calls into other packages allocate or compute.
pub(crate) fn call(
    view: &View,
    site: &Site,
    rule: &'static Rule,
    callee: &str,
    weights: &Weights,
    gain: Gain,
) -> Diagnostic {
    let ranked = rank(weights, &view.total(), gain);
    let shown = crate::fold_name(callee);
    let amount = amount(weights)
        .unwrap_or_else(|| format!("{} of CPU", evidence::duration(weights[Resource::Cpu])));
    let message = format!("call of `{shown}`: {amount} below it");
    let col = view.call_column(site, &shown);
    let primary = Annotation::at(view.path(site.file), site.line, col).message("called here");
    let mut diagnostic = finding(view, rule, message, primary, ranked);
    diagnostic
        .data
        .insert("callee".into(), Value::from(shown.as_str()));
    diagnostic
        .notes
        .push(help(advice_for_call(rule, &shown).to_owned()));
    diagnostic
}

pub(crate) fn finding(
    view: &View,
    rule: &'static Rule,
    message: String,
    primary: Annotation,
    ranked: Ranked,
) -> Diagnostic {
    let severity = if ranked.evidence.is_empty() {
        Severity::Hint
    } else {
        Severity::Warning
    };
    let mut diagnostic = Diagnostic::new(rule_ref(rule), severity, message, primary);
    diagnostic.evidence = ranked.evidence;
    diagnostic.score = ranked.score;
    diagnostic.package = Some(view.package.import_path.clone());
    diagnostic
}

pub fn rule_ref(rule: &Rule) -> RuleRef {
    RuleRef {
        id: rule.id,
        name: rule.name,
    }
}

pub(crate) fn note(text: String) -> Note {
    Note {
        kind: NoteKind::Note,
        text,
    }
}

pub(crate) fn help(text: String) -> Note {
    Note {
        kind: NoteKind::Help,
        text,
    }
}

/// `120 MB in 1.2M objects`, of what was allocated or else is live.
fn amount(weights: &Weights) -> Option<String> {
    let (space, objects) = if weights[Resource::AllocSpace] > 0 {
        (
            weights[Resource::AllocSpace],
            weights[Resource::AllocObjects],
        )
    } else {
        (
            weights[Resource::InuseSpace],
            weights[Resource::InuseObjects],
        )
    };
    let space = (space > 0).then(|| evidence::bytes(space))?;
    Some(match objects {
        0 => space,
        1 => format!("{space} in 1 object"),
        n => format!("{space} in {} objects", evidence::count(n)),
    })
}

/// The allocation as the subject of a sentence.
fn describe(candidate: &Candidate) -> String {
    let subject = &candidate.subject;
    match (candidate.alloc, candidate.escapes) {
        // What the compiler made up for a result or a receiver.
        (Alloc::Variable, _) if subject.starts_with(".autotmp_") => {
            "a temporary value lives on the heap".to_owned()
        }
        (Alloc::Variable, _) => format!("variable `{subject}` lives on the heap"),
        (Alloc::Make, false) => format!("`{subject}` is allocated though it does not escape"),
        (Alloc::MakeMap, false) => format!("`{subject}` grows on the heap"),
        (Alloc::Append, _) => "`append` grows its slice".to_owned(),
        (Alloc::Closure, _) => "closure is allocated on the heap".to_owned(),
        (Alloc::Conversion, _) => format!("`{subject}` copies to the heap"),
        (Alloc::Concat, _) => format!("`{subject}` builds a new string"),
        (Alloc::Boxing, _) => format!("`{subject}` is put into an interface"),
        (Alloc::Variadic, _) => "slice of variadic arguments is allocated on the heap".to_owned(),
        (Alloc::Make | Alloc::MakeMap | Alloc::Literal | Alloc::New, _) => {
            format!("`{subject}` is allocated on the heap")
        }
    }
}

fn guessed(rule: &Rule) -> &'static str {
    match rule.id {
        "GP120" => "`append` grows its slice",
        "GP121" => "map grows",
        "GP220" => "`+=` builds a new string",
        "GP612" => "closure is allocated on the heap",
        _ => "value is allocated on the heap",
    }
}

fn label(candidate: &Candidate) -> &'static str {
    match (candidate.alloc, candidate.escapes) {
        (Alloc::Variable, _) => "moved to the heap",
        (Alloc::Append | Alloc::MakeMap, false) | (Alloc::Append, true) => "grows",
        (Alloc::Make, false) => "too large for the stack, or of unknown size",
        (Alloc::Conversion, _) => "copied",
        (Alloc::Concat, _) => "allocated anew each time",
        (Alloc::Boxing, _) => "converted to an interface",
        _ => "escapes",
    }
}

fn advice(rule: &Rule, candidate: Option<&Candidate>) -> String {
    let text = match (rule.id, candidate.map(|it| it.alloc)) {
        ("GP120", _) => {
            "give the slice its capacity before it is filled (`make([]T, 0, n)`, `slices.Grow`), or reuse one"
        }
        ("GP121", _) => "make the map with a size hint, or keep it and `clear` it",
        ("GP220", _) => {
            "write the pieces into a `strings.Builder` or `[]byte` that is grown once, or do not build the string"
        }
        ("GP221", _) => {
            "stay with one type: `bytes` and `strings` mirror each other, `strconv.Append…` and `WriteString` avoid the copy"
        }
        ("GP601", _) => {
            "keep the concrete type (typed parameter or type parameter), or pass a pointer that exists anyway"
        }
        ("GP607", _) => {
            "use an array of the usual size as the buffer, or take the buffer from the caller"
        }
        ("GP611", _) => "take the address of a copy on the path that needs it, or pass the value",
        ("GP612", _) => {
            "pass what it captures as arguments, or make the closure once outside the loop"
        }
        (_, Some(Alloc::Variadic)) => "call a variant without variadic arguments on the hot path",
        (_, Some(Alloc::Make | Alloc::MakeMap)) => {
            "reuse the memory: take it from the caller, keep it in the receiver, or pool it"
        }
        _ => {
            "return or store the value itself, let the caller pass the memory, or allocate many in one slice"
        }
    };
    format!("{text} (`goperf explain {}`)", rule.id)
}

fn advice_for_call(rule: &Rule, callee: &str) -> &'static str {
    if rule.id == rules::HOT_FMT.id {
        return match callee {
            "fmt.Errorf" => {
                "make the error a value of its own type, or a package variable, where callers only look at its kind"
            }
            _ => {
                "build the text with `strconv.Append…` and concatenation, or do not build it (`goperf explain GP320`)"
            }
        };
    }
    match callee {
        "strings.Split" | "strings.SplitN" | "strings.Fields" => {
            "use `strings.Cut`, `strings.SplitSeq` or `strings.FieldsSeq`"
        }
        "bytes.growSlice"
        | "bytes.(*Buffer).grow"
        | "bytes.(*Buffer).Write"
        | "bytes.(*Buffer).WriteString" => "`Grow` the buffer once, or reuse it",
        "strings.(*Builder).grow"
        | "strings.(*Builder).WriteString"
        | "strings.(*Builder).WriteByte" => "`Grow` the builder once",
        "slices.Grow" | "slices.Insert" | "slices.Concat" | "slices.Collect" => {
            "collect into a slice that is kept, or size it at once"
        }
        "io.ReadAll" | "os.ReadFile" => "read into a buffer of known size, or decode while reading",
        "regexp.Compile" | "regexp.MustCompile" | "regexp.MatchString" => {
            "compile the expression once, in a package variable"
        }
        "time.Time.Format" => "use `AppendFormat` into a buffer",
        "strconv.Itoa" | "strconv.FormatInt" | "strconv.FormatFloat" | "strconv.Quote" => {
            "use the `strconv.Append…` variant into a buffer"
        }
        _ => {
            "look for a variant that takes memory from its caller, or call it less often (`goperf explain GP720`)"
        }
    }
}
