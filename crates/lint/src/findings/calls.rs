//! Findings about calls into other packages.

use std::collections::BTreeMap;

use diag::{Annotation, Diagnostic, Value};

use super::{PackageFindings, Unexplained, call_place, finding, help, note, place, rule_of};
use crate::advice;
use crate::callers::caller_note;
use crate::causes::CallCause;
use crate::evidence::{self, Gain, amount, rank};
use crate::rule::CallRule;
use crate::view::View;
use crate::weights::{Resource, Weights};
use crate::{Rule, rules};

/// Calls below which less than this share of everything was spent are not worth a line.
const CALL_SHARE: f64 = 0.002;

/// Calls without advice are worth a finding from this share on.
const FACT_SHARE: f64 = 0.02;

/// What a pool costs is seldom more than its queues, which are made once.
const OF_POOL: f64 = 0.1;

/// So many further places of a cause are shown.
const SHOWN: usize = 4;

/// What a finding about calls is made of, for [`join_packages`].
#[derive(Clone, Debug)]
pub struct CallFinding {
    rule: &'static Rule,
    /// As profiles spell it.
    function: String,
    /// Functions whose calls are part of the cause.
    with: Vec<String>,
    /// The module of the function, with its version; `None` for the standard library.
    module: Option<String>,
    n_calls: usize,
    weights: Weights,
    lines: Weights,
    gain: Gain,
    /// The note about callers, true of this package alone.
    callers: Option<String>,
    primary: Annotation,
}

impl CallFinding {
    fn message(&self) -> String {
        let what = amount(&self.weights).unwrap_or_else(|| {
            let cpu = self.weights[Resource::Cpu];
            format!("{} of CPU", evidence::duration(cpu))
        });
        let calls = match self.n_calls {
            1 => "call".to_owned(),
            n => format!("{n} calls"),
        };
        let module =
            (self.module.as_ref()).map_or(String::new(), |module| format!(" of `{module}`"));
        let with = match self.with.as_slice() {
            [] => String::new(),
            names => format!(", with `{}`", names.join("`, `")),
        };
        format!("{calls} of `{}`{module}{with}: {what}", self.function)
    }

    fn is_of(&self, diagnostic: &Diagnostic) -> bool {
        diagnostic.rule.id == self.rule.id
            && (&diagnostic.primary.path, diagnostic.primary.start)
                == (&self.primary.path, self.primary.start)
    }
}

/// Joins findings about calls of the same functions in several packages: the heaviest one shows the places of the
/// others. `total` is that of the profiles.
pub fn join_packages(findings: &mut Vec<Diagnostic>, calls: Vec<CallFinding>, total: &Weights) {
    let mut groups: BTreeMap<(&str, String, Vec<String>), Vec<CallFinding>> = BTreeMap::new();
    for call in calls {
        // A rule about a pattern may have taken its place.
        if findings.iter().any(|finding| call.is_of(finding)) {
            let key = (call.rule.id, call.function.clone(), call.with.clone());
            groups.entry(key).or_default().push(call);
        }
    }
    for mut group in groups.into_values().filter(|group| group.len() > 1) {
        group.sort_by(|a, b| {
            let by_weight = b.weights.heaviness().cmp(&a.weights.heaviness());
            by_weight.then_with(|| a.primary.path.cmp(&b.primary.path))
        });
        let others = group.split_off(1);
        if let Some(first) = group.pop() {
            join(findings, first, &others, total);
        }
    }
}

fn join(
    findings: &mut Vec<Diagnostic>,
    mut first: CallFinding,
    others: &[CallFinding],
    total: &Weights,
) {
    findings.retain(|finding| !others.iter().any(|other| other.is_of(finding)));
    let Some(diagnostic) = findings.iter_mut().find(|finding| first.is_of(finding)) else {
        return;
    };
    for other in others {
        first.n_calls += other.n_calls;
        first.weights += other.weights;
        first.lines += other.lines;
    }
    let ranked = rank(&first.weights, &first.lines, total, first.gain);
    diagnostic.evidence = ranked.evidence;
    diagnostic.score = ranked.score;
    diagnostic.message = first.message();
    (diagnostic.notes).retain(|note| Some(&note.text) != first.callers.as_ref());
    for other in others.iter().take(SHOWN) {
        let place = other.primary.clone();
        let label = with_amount("and in another package", &other.weights);
        diagnostic.secondary.push(place.message(label));
    }
    let n_more = others.len().saturating_sub(SHOWN);
    if n_more > 0 {
        (diagnostic.notes).push(note(format!("and in {n_more} more packages")));
    }
}

pub(super) fn call_cause(
    view: &View,
    cause: &CallCause,
    is_asked: &dyn Fn(&Rule) -> bool,
    found: &mut PackageFindings,
) {
    let rule = rules::of_call(&cause.function);
    let counted = match rule {
        Some((_, of_calls)) if of_calls.counts_cpu => cause.weights,
        _ => cause.allocating,
    };
    let has_memory = !counted.is_zero() && counted != counted.only(Resource::Cpu);
    let help = rule.filter(|(rule, of_calls)| {
        is_asked(rule) && view.is_share(&counted, CALL_SHARE) && (has_memory || of_calls.counts_cpu)
    });
    let help = help.and_then(|(rule, of_calls)| {
        let text = (of_calls.help)(view, cause).filter(|_| !is_of_unknown_value(view, cause));
        // A large cost is worth knowing of, also where nothing is known to do about it.
        let is_fact = || {
            let (package, _) = profile::split_symbol(&cause.function);
            view.is_share(&counted, FACT_SHARE)
                && view.module_of(package).is_none()
                && !is_of_unknown_value(view, cause)
        };
        (text.is_some() || is_fact()).then_some((rule, of_calls, text))
    });
    let Some((rule, of_calls, text)) = help else {
        if has_memory {
            found.unexplained.push(Unexplained {
                path: view.path(cause.file),
                line: cause.line,
                callee: Some(cause.function.clone()),
                weights: counted,
            });
        }
        return;
    };
    found.attribution.add(rule.id, counted);
    let (diagnostic, of_calls) = call_finding(view, cause, counted, rule, of_calls, text);
    found.findings.push(diagnostic);
    found.calls.push(of_calls);
}

/// Whether a method is called on an interface whose value these sources do not make: what it costs is up to the one
/// does.
fn is_of_unknown_value(view: &View, cause: &CallCause) -> bool {
    let find = || {
        // `bytes.(*Buffer).Write`: `bytes.Buffer`, `bytes.NewBuffer`.
        let (package, name) = profile::split_symbol(&cause.function);
        if package == "reflect" {
            return None;
        }
        let package = package.rsplit('/').next()?;
        let receiver = name.rsplit_once('.')?.0.trim_matches(['(', ')', '*']);
        let is_made = view.has_text(&format!("{package}.{receiver}"))
            || view.has_text(&format!("{package}.New{receiver}"));
        Some(view.is_interface_call(cause.file, cause.call?) && !is_made)
    };
    find().unwrap_or(false)
}

fn call_finding(
    view: &View,
    cause: &CallCause,
    counted: Weights,
    rule: &'static Rule,
    of_calls: &CallRule,
    text: Option<String>,
) -> (Diagnostic, CallFinding) {
    let is_pool = cause.function.starts_with("sync.(*Pool)");
    let gain = Gain {
        reduction: of_calls.reduction
            * advice::frequency(&counted)
            * if is_pool { OF_POOL } else { 1.0 },
        confidence: 0.7,
    };
    let mut with: Vec<String> = Vec::new();
    for other in &cause.beside {
        if other.function != cause.function && !with.contains(&other.function) {
            with.push(other.function.clone());
        }
    }
    let others = cause.others.iter().map(|(file, line, ..)| (*file, *line));
    let places = others.chain([(cause.file, cause.line)]).collect();
    let primary = call_place(view, cause).message("called here");
    let data = CallFinding {
        rule,
        function: cause.function.clone(),
        with,
        module: view.module_of(profile::split_symbol(&cause.function).0),
        n_calls: 1 + cause.others.len(),
        weights: counted,
        lines: cause.lines,
        gain,
        callers: caller_note(view, &places),
        primary: primary.clone(),
    };
    let ranked = rank(&data.weights, &data.lines, &view.total(), gain);
    let mut diagnostic = finding(view, rule, data.message(), primary, ranked);
    for site in &cause.arguments {
        let label = match site.alloc {
            crate::allocs::Alloc::Variadic => continue,
            _ => rule_of(site).map_or("allocated for the call", |(_, rule)| (rule.label)(site)),
        };
        diagnostic.secondary.push(place(view, site).message(label));
    }
    diagnostic.notes.extend(data.callers.clone().map(note));
    other_calls(view, cause, &mut diagnostic);
    beside(view, cause, &mut diagnostic);
    (diagnostic.data).insert("callee".into(), Value::from(cause.function.as_str()));
    diagnostic.notes.extend(text.map(|text| help(rule, &text)));
    (diagnostic, data)
}

/// Calls of other functions that are part of the cause, on other lines.
fn beside(view: &View, cause: &CallCause, diagnostic: &mut Diagnostic) {
    let places = cause
        .beside
        .iter()
        .map(|other| (call_place(view, other), &other.allocating));
    let elsewhere = places.filter(|(place, _)| place.start.line != diagnostic.primary.start.line);
    let shown: Vec<Annotation> = elsewhere
        .take(SHOWN)
        .map(|(place, weights)| place.message(with_amount("goes with it", weights)))
        .collect();
    diagnostic.secondary.extend(shown);
}

fn with_amount(label: &str, weights: &Weights) -> String {
    match amount(weights) {
        Some(amount) => format!("{label}: {amount}"),
        None => label.to_owned(),
    }
}

/// Calls of the same function elsewhere in the package.
fn other_calls(view: &View, cause: &CallCause, diagnostic: &mut Diagnostic) {
    for (file, line, call, weights) in cause.others.iter().take(SHOWN) {
        let place = match call {
            Some(call) => view.annotate(*file, (*call).into()),
            None => Annotation::at(view.path(*file), *line, view.first_column(*file, *line)),
        };
        diagnostic
            .secondary
            .push(place.message(with_amount("and here", weights)));
    }
    if cause.others.len() > SHOWN {
        let more = cause.others.len() - SHOWN;
        diagnostic.notes.push(note(format!(
            "{more} more {} in this package",
            if more == 1 { "call" } else { "calls" }
        )));
    }
}
