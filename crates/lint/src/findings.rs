//! The check of one package: from its causes to diagnostics.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use diag::{Annotation, Diagnostic, Note, NoteKind, RuleRef, Severity, Value};

use crate::attribution::Attribution;
use crate::causes::{CallCause, SiteCause, causes};
use crate::evidence::{self, Gain, Ranked, amount, rank};
use crate::heat::{Heat, HotLineId};
use crate::rule::{CallRule, Look, SiteRule};
use crate::selection::CheckOptions;
use crate::sites::{Site, Verdict, site_lines};
use crate::view::{PackageInput, View};
use crate::weights::{Resource, Weights};
use crate::{Rule, explain, rules};

/// What was found in a package.
#[derive(Debug, Default)]
pub struct PackageFindings {
    /// With evidence, or without where all were asked for; unsorted.
    pub findings: Vec<Diagnostic>,
    /// Places without evidence that are not among the findings, by rule id.
    pub unbacked: BTreeMap<&'static str, usize>,
    /// Hot functions far above the inlining budget: name, cost, budget, CPU time.
    pub too_big: Vec<TooBig>,
    pub attribution: Attribution,
    /// What no finding names: heaviest first.
    pub unexplained: Vec<Unexplained>,
}

/// A hot function that no small change brings within the inlining budget.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TooBig {
    pub function: String,
    pub path: PathBuf,
    pub line: u32,
    pub cost: u32,
    pub budget: u32,
    pub weights: Weights,
}

/// A line whose cost no finding names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unexplained {
    pub path: PathBuf,
    pub line: u32,
    /// The function of another package that was called there; `None`: the line's own allocations.
    pub callee: Option<String>,
    pub weights: Weights,
}

/// Calls below which less than this share of everything was spent are not worth a line.
const CALL_SHARE: f64 = 0.002;

/// Checks one package.
pub fn check_package(input: &PackageInput, options: &CheckOptions) -> PackageFindings {
    let view = View::new(input);
    let lines = site_lines(&view, input.foreign);
    let mut found = PackageFindings::default();
    for heat in lines.iter().filter_map(|line| line.heat) {
        found.attribution.own += heat.spent();
    }
    let is_asked = |rule: &Rule| rule.holds_for(input.go_minor) && options.select.contains(rule);
    let causes = causes(&view, &lines);
    for cause in &causes.sites {
        site_cause(&view, cause, &is_asked, &mut found);
    }
    for cause in &causes.calls {
        call_cause(&view, cause, &is_asked, &mut found);
    }
    for unknown in causes.unknown {
        found.unexplained.push(Unexplained {
            path: view.path(unknown.file),
            line: unknown.line,
            callee: None,
            weights: unknown.weights,
        });
    }
    unseen(&view, &causes.unseen, options, &is_asked, &mut found);
    for rule in rules::RULES.iter().filter(|rule| is_asked(rule)) {
        if let Look::Package(check) = rule.look {
            check(&view, options, &mut found);
        }
    }
    found
}

/// The rule about a site.
fn rule_of(site: &Site) -> Option<(&'static Rule, &'static SiteRule)> {
    rules::RULES.iter().find_map(|rule| match rule.look {
        Look::Sites(of_sites) if (of_sites.matches)(site) => Some((*rule, of_sites)),
        _ => None,
    })
}

fn site_cause(
    view: &View,
    cause: &SiteCause,
    is_asked: &dyn Fn(&Rule) -> bool,
    found: &mut PackageFindings,
) {
    let site = cause.main();
    let Some((rule, of_sites)) = rule_of(site).filter(|(rule, _)| is_asked(rule)) else {
        found.unexplained.push(Unexplained {
            path: view.path(site.file),
            line: site.at.line,
            callee: None,
            weights: cause.weights,
        });
        return;
    };
    // Time alone, where memory was measured too, is not an allocation the profile saw.
    let is_cpu_alone = cause.weights.only(Resource::Cpu) == cause.weights;
    let confidence = match (cause.is_sure(), site.verdict) {
        (true, Verdict::Escapes | Verdict::OnStack) => 1.0,
        (_, Verdict::Silent) if site.likelihood() < 3 => 0.4,
        _ => 0.7,
    };
    let gain = Gain {
        reduction: of_sites.reduction * reach(view, site),
        confidence,
    };
    found.attribution.add(rule.id, cause.weights);
    let ranked = rank(&cause.weights, &cause.lines, &view.total(), gain);
    let mut subject = together(view, cause, of_sites);
    let more: usize = cause
        .parts
        .iter()
        .skip(1)
        .map(|part| part.sites.len())
        .sum();
    if more > 0 {
        subject += &format!(
            ", with {more} more {}",
            if more == 1 { "place" } else { "places" }
        );
    }
    let message = match amount(&cause.weights) {
        Some(amount) => format!("{subject}: {amount}"),
        None if is_cpu_alone => format!(
            "{subject}: {} of CPU in the allocator",
            evidence::duration(cause.weights[Resource::Cpu])
        ),
        None => subject,
    };
    let primary = place(view, site).message((of_sites.label)(site));
    let mut diagnostic = finding(view, rule, message, primary, ranked);
    describe_site(view, site, &mut diagnostic);
    let places = (cause.parts.iter().flat_map(|part| &part.sites))
        .map(|site| (site.file, site.at.line))
        .collect();
    diagnostic.notes.extend(callers(view, &places).map(note));
    parts(view, cause, of_sites, &mut diagnostic);
    diagnostic
        .notes
        .push(help(rule, &(of_sites.help)(view, cause)));
    found.findings.push(diagnostic);
}

/// How much of a remedy is in the hands of the function itself, 0 to 1: what it returns is its purpose, and only its
/// callers can do without.
fn reach(view: &View, site: &Site) -> f64 {
    const RETURNED: f64 = 0.5;
    if view.is_returned(site) {
        RETURNED
    } else {
        1.0
    }
}

/// For whom lines spend: the callers of their functions that account for most of it.
fn callers(view: &View, places: &BTreeSet<(usize, u32)>) -> Option<String> {
    const SHOWN: usize = 2;
    const LEAST: f64 = 0.2;
    let heat = view.heat?;
    let mut spent = Weights::default();
    let mut for_pool = Weights::default();
    let mut callers: BTreeMap<(String, Option<HotLineId>), Weights> = BTreeMap::new();
    for line in places
        .iter()
        .filter_map(|(file, line)| heat.line(view.id, *file, *line))
    {
        spent += line.spent();
        for_pool += line.for_pool;
        for caller in &line.callers {
            *callers
                .entry((caller.function.clone(), caller.line))
                .or_default() += caller.weights;
        }
    }
    let measured = |it: &Resource| *it != Resource::Cpu && spent[*it] > 0;
    let resource = Resource::ALL.into_iter().find(measured)?;
    let mut shares: Vec<(f64, (String, Option<HotLineId>))> = (callers.into_iter())
        .map(|(caller, weights)| (weights.share(resource, &spent), caller))
        .filter(|(share, _)| *share >= LEAST)
        .collect();
    shares.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let shown: Vec<String> = (shares.iter().take(SHOWN))
        .map(|(share, (function, line))| {
            format!(
                "{} {}",
                caller_words(view, heat, function, *line),
                evidence::percent(*share)
            )
        })
        .collect();
    let list = shown.join(", ");
    if shown.is_empty() {
        None
    } else if for_pool.share(resource, &spent) >= 0.5 {
        Some(format!("taken from the pool by {list}"))
    } else {
        Some(format!("called from {list}"))
    }
}

fn caller_words(view: &View, heat: &Heat, function: &str, line: Option<HotLineId>) -> String {
    let Some(line) = line else {
        let (path, name) = crate::split_symbol(function);
        let package = path.rsplit('/').next().unwrap_or(path);
        return if name.starts_with("Benchmark") || package.is_empty() {
            format!("`{}`", gc::fold_function_name(name))
        } else {
            format!("`{package}.{name}`")
        };
    };
    let line = &heat.lines[line];
    let at = format!("{}:{}", view.file_name(line.package, line.file), line.line);
    if gc::is_closure_name(function) {
        format!("the function literal at {at}")
    } else {
        format!("`{function}` ({at})")
    }
}

/// The subject of a cause's message; if the profile cannot separate several sites, it says so.
fn together(view: &View, cause: &SiteCause, of_sites: &SiteRule) -> String {
    let [first, rest @ ..] = cause.parts[0].sites.as_slice() else {
        return String::new();
    };
    let message = (of_sites.message)(view, first);
    let others: BTreeSet<String> = (rest.iter())
        .filter(|site| site.text != first.text || site.alloc != first.alloc)
        .map(|site| match rule_of(site) {
            Some((_, rule)) if site.alloc != first.alloc => (rule.message)(view, site),
            _ => format!("`{}`", site.text),
        })
        .collect();
    let is_of_one_kind = rest.iter().all(|site| site.alloc == first.alloc);
    let others: Vec<String> = others.into_iter().take(3).collect();
    match (rest.len(), others.len()) {
        (0, _) => message,
        (n, 0) => format!("{message}, together with {n} more like it on this line"),
        (_, _) if is_of_one_kind => format!("{message}, together with {}", others.join(", ")),
        (_, _) => format!(
            "{message}, or {} (the profile does not tell which)",
            others.join(", or ")
        ),
    }
}

/// Sites of the cause on other lines, or columns.
fn parts(view: &View, cause: &SiteCause, of_sites: &SiteRule, diagnostic: &mut Diagnostic) {
    const SHOWN: usize = 4;
    let total: usize = cause.parts.len();
    for part in cause.parts.iter().skip(1).take(SHOWN) {
        for site in &part.sites {
            let annotation = place(view, site);
            if is_at(&annotation, &diagnostic.primary) {
                continue;
            }
            let label = rule_of(site).map_or(of_sites.label, |(_, rule)| rule.label)(site);
            let label = match amount(&part.weights) {
                Some(amount) => format!("{label}: {amount}"),
                None => label.to_owned(),
            };
            diagnostic.secondary.push(annotation.message(label));
        }
    }
    if total > SHOWN + 1 {
        let more = total - SHOWN - 1;
        diagnostic
            .notes
            .push(note(format!("{more} more places of the same cause")));
    }
    for site in cause.parts[0].sites.iter().skip(1) {
        let label = rule_of(site).map_or(of_sites.label, |(_, rule)| rule.label)(site);
        let annotation = place(view, site);
        if !is_at(&annotation, &diagnostic.primary) {
            diagnostic.secondary.push(annotation.message(label));
        }
    }
}

/// Whether two annotations underline from the same place.
fn is_at(a: &Annotation, b: &Annotation) -> bool {
    (&a.path, a.start) == (&b.path, b.start)
}

fn describe_site(view: &View, site: &Site, diagnostic: &mut Diagnostic) {
    if let Some(decision) = site.decision.filter(|_| site.verdict == Verdict::Escapes) {
        explain::annotate(view, decision, diagnostic);
    }
    (diagnostic.data).insert("subject".into(), Value::from(site.text.as_str()));
    (diagnostic.data).insert(
        "escapes".into(),
        Value::from(site.verdict == Verdict::Escapes),
    );
}

fn call_cause(
    view: &View,
    cause: &CallCause,
    is_asked: &dyn Fn(&Rule) -> bool,
    found: &mut PackageFindings,
) {
    let rule = rules::RULES.iter().find_map(|rule| match rule.look {
        Look::Calls(of_calls) if (of_calls.matches)(&cause.function) => Some((*rule, of_calls)),
        _ => None,
    });
    let counted = match rule {
        Some((_, of_calls)) if of_calls.counts_cpu => cause.weights,
        _ => cause.allocating,
    };
    let has_memory = !counted.is_zero() && counted != counted.only(Resource::Cpu);
    let help = rule.filter(|(rule, of_calls)| {
        is_asked(rule) && view.is_share(&counted, CALL_SHARE) && (has_memory || of_calls.counts_cpu)
    });
    let help =
        help.and_then(|(rule, of_calls)| Some((rule, of_calls, (of_calls.help)(view, cause)?)));
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
    found
        .findings
        .push(call_finding(view, cause, &counted, rule, of_calls, &text));
}

fn call_finding(
    view: &View,
    cause: &CallCause,
    counted: &Weights,
    rule: &'static Rule,
    of_calls: &CallRule,
    text: &str,
) -> Diagnostic {
    let gain = Gain {
        reduction: of_calls.reduction,
        confidence: 0.7,
    };
    let ranked = rank(counted, &cause.lines, &view.total(), gain);
    let what = amount(counted)
        .unwrap_or_else(|| format!("{} of CPU", evidence::duration(counted[Resource::Cpu])));
    let module = crate::split_symbol(&cause.function).0;
    let module = view
        .module_of(module)
        .map(|module| format!(" of `{module}`"))
        .unwrap_or_default();
    let calls = match cause.others.len() {
        0 => "call".to_owned(),
        n => format!("{} calls", n + 1),
    };
    let message = format!("{calls} of `{}`{module}: {what}", cause.function);
    let primary = if let Some(call) = cause.call {
        view.annotate(cause.file, call.into())
    } else {
        let col = view.first_column(cause.file, cause.line);
        Annotation::at(view.path(cause.file), cause.line, col)
    };
    let mut diagnostic = finding(view, rule, message, primary.message("called here"), ranked);
    for site in &cause.arguments {
        let label = match site.alloc {
            crate::allocs::Alloc::Variadic => continue,
            _ => rule_of(site).map_or("allocated for the call", |(_, rule)| (rule.label)(site)),
        };
        diagnostic.secondary.push(place(view, site).message(label));
    }
    let others = cause.others.iter().map(|(file, line, ..)| (*file, *line));
    let places = others.chain([(cause.file, cause.line)]).collect();
    diagnostic.notes.extend(callers(view, &places).map(note));
    other_calls(view, cause, &mut diagnostic);
    (diagnostic.data).insert("callee".into(), Value::from(cause.function.as_str()));
    diagnostic.notes.push(help(rule, text));
    diagnostic
}

/// Calls of the same function elsewhere in the package.
fn other_calls(view: &View, cause: &CallCause, diagnostic: &mut Diagnostic) {
    const SHOWN: usize = 4;
    for (file, line, call, weights) in cause.others.iter().take(SHOWN) {
        let place = match call {
            Some(call) => view.annotate(*file, (*call).into()),
            None => Annotation::at(view.path(*file), *line, view.first_column(*file, *line)),
        };
        let label = match amount(weights) {
            Some(amount) => format!("and here: {amount}"),
            None => "and here".to_owned(),
        };
        diagnostic.secondary.push(place.message(label));
    }
    if cause.others.len() > SHOWN {
        let more = cause.others.len() - SHOWN;
        diagnostic
            .notes
            .push(note(format!("{more} more calls in this package")));
    }
}

/// Sites that no profile saw: listed where all are asked for, else counted.
fn unseen(
    view: &View,
    sites: &[&Site],
    options: &CheckOptions,
    is_asked: &dyn Fn(&Rule) -> bool,
    found: &mut PackageFindings,
) {
    let mut done = BTreeSet::new();
    for site in sites {
        let Some((rule, of_sites)) = rule_of(site).filter(|(rule, _)| is_asked(rule)) else {
            continue;
        };
        if !done.insert((site.file, site.at, rule.id)) {
            continue;
        }
        if !options.all {
            *found.unbacked.entry(rule.id).or_default() += 1;
            continue;
        }
        let message = (of_sites.message)(view, site);
        let primary = place(view, site).message((of_sites.label)(site));
        let mut diagnostic = finding(view, rule, message, primary, Ranked::default());
        describe_site(view, site, &mut diagnostic);
        let cause = SiteCause {
            parts: vec![crate::shares::Share {
                sites: vec![site],
                weights: Weights::default(),
            }],
            weights: Weights::default(),
            lines: Weights::default(),
        };
        diagnostic
            .notes
            .push(help(rule, &(of_sites.help)(view, &cause)));
        found.findings.push(diagnostic);
    }
}

/// Where a site is shown.
fn place(view: &View, site: &Site) -> Annotation {
    match site.node {
        Some(node) => view.annotate(site.file, node),
        None => view.annotation(site.file, site.at),
    }
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

/// Advice with the rule's page to read on.
pub(crate) fn help(rule: &Rule, text: &str) -> Note {
    Note {
        kind: NoteKind::Help,
        text: format!("{text} (`goperf explain {}`)", rule.id),
    }
}
