//! The check of one package: from its causes to diagnostics.

mod calls;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use diag::{Annotation, Diagnostic, Note, NoteKind, RuleRef, Severity, Value};

use crate::advice;
use crate::attribution::Attribution;
use crate::callers::caller_note;
use crate::causes::{CallCause, SiteCause, causes};
use crate::evidence::{self, Gain, Ranked, amount, rank};
use crate::rule::{Look, SiteRule};
use crate::selection::CheckOptions;
use crate::sites::{Site, Verdict, site_lines};
use crate::suppress::suppress;
use crate::view::{PackageInput, View};
use crate::weights::{Resource, Weights};
use crate::{Rule, contracts, counts, explain, patterns, rules};

pub use calls::{CallFinding, join_packages};

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
    /// What the findings about calls are made of.
    pub calls: Vec<CallFinding>,
    /// A function promises not to allocate, which is a question to all packages.
    pub has_promises: bool,
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
        calls::call_cause(&view, cause, &is_asked, &mut found);
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
        match rule.look {
            Look::Package(check) => check(&view, options, &mut found),
            Look::Contracts => contracts::check(&view, options, &mut found),
            _ => {}
        }
    }
    patterns::add(&view, input.go_minor, options, &is_asked, &mut found);
    counts::show(&view, &mut found.findings);
    suppress(view.package, view.trees, options, &mut found.findings);
    name_functions(&view, &mut found.findings);
    found
}

/// Says of each finding in which declared function it is: part of its identity, so it does not depend on evidence.
pub(crate) fn name_functions(view: &View, findings: &mut [Diagnostic]) {
    let files = view.package.file_index();
    let functions = &view.package.functions;
    for finding in findings {
        let at = &finding.primary;
        let around = files
            .get(at.path.as_path())
            .and_then(|file| functions.around(*file, at.start.line));
        finding.function = around.map(|id| {
            let name = &functions.get(functions.outermost(id)).name;
            format!("{}.{name}", view.package.import_path)
        });
    }
}

/// The rule about a site.
pub(crate) fn rule_of(site: &Site) -> Option<(&'static Rule, &'static SiteRule)> {
    rules::RULES.iter().find_map(|rule| {
        let of_sites = rule.site_rule().filter(|it| (it.matches)(site))?;
        Some((*rule, of_sites))
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
        reduction: of_sites.reduction
            * reach(view, cause)
            * advice::frequency(&cause.weights)
            * advice::novelty(view, cause),
        confidence,
    };
    found.attribution.add(rule.id, cause.weights);
    let ranked = rank(&cause.weights, &cause.lines, &view.total(), gain);
    let mut subject = together(view, cause, of_sites);
    let more = cause.sites().count() - cause.parts[0].sites.len() + cause.calls.len();
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
    (diagnostic.notes).extend(caller_note(view, &cause.places()).map(note));
    parts(view, cause, of_sites, &mut diagnostic);
    diagnostic
        .notes
        .push(help(rule, &(of_sites.help)(view, cause)));
    found.findings.push(diagnostic);
}

/// How much of a remedy is in the hands of the function itself, 0 to 1: what it returns is its purpose, and only its
/// callers can do without.
fn reach(view: &View, cause: &SiteCause) -> f64 {
    const RETURNED: f64 = 0.5;
    /// One object that is returned as an interface is the least that such a function takes.
    const AS_INTERFACE: f64 = 0.05;
    let site = cause.main();
    match view.is_returned(site) {
        false => 1.0,
        true if cause.sites().count() == 1 && advice::becomes_interface(view, site) => AS_INTERFACE,
        true => RETURNED,
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
    for call in &cause.calls {
        let label = match amount(&call.allocating) {
            Some(amount) => format!("made with it: {amount}"),
            None => "made with it".to_owned(),
        };
        (diagnostic.secondary).push(call_place(view, call).message(label));
    }
    if total > SHOWN + 1 {
        let more = total - SHOWN - 1;
        diagnostic.notes.push(note(format!(
            "{more} more {} of the same cause",
            if more == 1 { "place" } else { "places" }
        )));
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

/// Where a call is shown.
fn call_place(view: &View, cause: &CallCause) -> Annotation {
    if let Some(call) = cause.call {
        return view.annotate(cause.file, call.into());
    }
    let col = view.first_column(cause.file, cause.line);
    Annotation::at(view.path(cause.file), cause.line, col)
}

fn describe_site(view: &View, site: &Site, diagnostic: &mut Diagnostic) {
    let label = diagnostic.primary.message.clone();
    if let Some(decision) = site.decision.filter(|_| site.verdict == Verdict::Escapes) {
        explain::annotate(view, decision, diagnostic);
    }
    // The compiler has one reason for `go` and for `defer` in a loop.
    if site.alloc == crate::allocs::Alloc::Go {
        diagnostic.primary.message = label;
    }
    (diagnostic.data).insert("subject".into(), Value::from(site.text.as_str()));
    (diagnostic.data).insert(
        "escapes".into(),
        Value::from(site.verdict == Verdict::Escapes),
    );
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
        let cause = SiteCause::unseen(site);
        diagnostic
            .notes
            .push(help(rule, &(of_sites.help)(view, &cause)));
        found.findings.push(diagnostic);
    }
}

/// Where a site is shown.
pub(crate) fn place(view: &View, site: &Site) -> Annotation {
    match site.node {
        Some(node) => view.annotate_site(site.file, node),
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
