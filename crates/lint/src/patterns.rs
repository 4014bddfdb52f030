//! Findings about patterns of the source: with the evidence of the profiles where there is some, else as hints.

use std::collections::BTreeSet;

use base::TextRange;
use diag::{Diagnostic, Fix, NoteKind, Severity, Value};

use crate::counts;
use crate::evidence::{Gain, Ranked, rank};
use crate::findings::{PackageFindings, finding, help, name_functions, note};
use crate::rule::{PatternLook, PatternRule, THE_LINE};
use crate::selection::CheckOptions;
use crate::source::Source;
use crate::suppress::suppress;
use crate::view::{PackageInput, View};
use crate::weights::{Resource, Weights};
use crate::{Rule, rules};

/// A pattern that a rule found.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// Position in the package's files.
    pub(crate) file: usize,
    pub(crate) range: TextRange,
    /// The source as the subject of a sentence.
    pub(crate) message: String,
    /// A few words beside the carets.
    pub(crate) label: &'static str,
    /// What to write instead.
    pub(crate) help: String,
    /// Other places that belong to it.
    pub(crate) secondary: Vec<(TextRange, String)>,
    /// Where its cost is spent, if not at `range` alone.
    pub(crate) costs: Vec<TextRange>,
    pub(crate) fix: Option<Fix>,
    /// 1 proven, 0.7 usual, 0.4 needs an assumption.
    pub(crate) confidence: f64,
    pub(crate) data: Vec<(&'static str, Value)>,
    /// Without evidence it is not worth a word.
    pub(crate) needs_evidence: bool,
    /// It costs only where something escapes: without evidence it needs an allocation that the compiler's log has there.
    pub(crate) needs_escape: bool,
}

impl Found {
    pub(crate) fn new(
        source: &Source<'_>,
        node: impl Into<go_syntax::Node>,
        message: &str,
    ) -> Self {
        Self {
            file: source.index,
            range: source.range(node),
            message: one_line(message),
            label: "",
            help: String::new(),
            secondary: Vec::new(),
            costs: Vec::new(),
            fix: None,
            confidence: 0.7,
            data: Vec::new(),
            needs_evidence: false,
            needs_escape: false,
        }
    }

    pub(crate) fn label(mut self, label: &'static str) -> Self {
        self.label = label;
        self
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = one_line(&help.into());
        self
    }

    pub(crate) fn fix(mut self, fix: Option<Fix>) -> Self {
        self.fix = fix;
        self
    }

    pub(crate) fn cost(mut self, range: TextRange) -> Self {
        self.costs.push(range);
        self
    }

    pub(crate) fn also(mut self, range: TextRange, label: impl Into<String>) -> Self {
        self.secondary.push((range, label.into()));
        self
    }
}

/// Findings of the rules about patterns alone, whether or not they have evidence: for fixes.
pub fn check_patterns(input: &PackageInput, options: &CheckOptions) -> Vec<Diagnostic> {
    let view = View::new(input);
    let mut found = PackageFindings::default();
    let is_asked = |rule: &Rule| rule.holds_for(input.go_minor) && options.select.contains(rule);
    add(&view, input.go_minor, options, &is_asked, &mut found);
    suppress(view.package, view.trees, options, &mut found.findings);
    name_functions(&view, &mut found.findings);
    found.findings
}

/// Adds what the rules about patterns find; findings of other rules with the same cause become part of theirs.
pub(crate) fn add(
    view: &View,
    go_minor: u32,
    options: &CheckOptions,
    is_asked: &dyn Fn(&Rule) -> bool,
    found: &mut PackageFindings,
) {
    let rules: Vec<(&'static Rule, &'static PatternRule)> = (rules::RULES.iter())
        .filter(|rule| is_asked(rule))
        .filter_map(|rule| Some((*rule, rule.pattern()?)))
        .collect();
    if rules.is_empty() {
        return;
    }
    let mut sources = view.sources(go_minor, &options.limits);
    sources.retain(|source| !source.is_generated());
    for (rule, pattern) in rules {
        let mut all = Vec::new();
        match pattern.look {
            PatternLook::File(check) => sources.iter().for_each(|it| check(it, &mut all)),
            PatternLook::Package(check) => check(&sources, &mut all),
        }
        all.sort_by_key(|it| (it.file, it.range));
        let confirmed = all.iter().map(|it| lines(view, it)).collect();
        drop_unconfirmed(view, rule, &confirmed, found);
        // Evidence goes to the pattern on its own line before one on a line beside.
        let (first, rest): (Vec<Found>, Vec<Found>) = all.into_iter().partition(|it| {
            let (file, lines) = lines(view, it);
            let path = view.path(file);
            found.findings.iter().any(|other| {
                is_covered(rule, pattern, other)
                    && other.primary.path == path
                    && lines.contains(&other.primary.start.line)
            })
        });
        for one in first.into_iter().chain(rest) {
            add_one(view, rule, pattern, one, options, found);
        }
    }
}

/// Whether a finding of an allocation rule has the cause of a pattern of this rule, if it is at its place.
fn is_covered(rule: &Rule, pattern: &PatternRule, other: &Diagnostic) -> bool {
    let covers = pattern.covers.iter().any(|it| it.id == other.rule.id);
    (covers || other.rule.id == rule.id) && !other.data.contains_key("pattern")
}

/// Text of source may have several lines.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

type Lines = (usize, Vec<u32>);

fn line_of(view: &View, file: usize, offset: u32) -> u32 {
    view.syntax(file)
        .map_or(0, |syntax| syntax.lines.line_col(offset).line)
}

/// The lines where a pattern's cost is spent.
fn lines(view: &View, found: &Found) -> Lines {
    let ranges = std::iter::once(&found.range).chain(&found.costs);
    let mut lines: Vec<u32> = ranges
        .map(|range| line_of(view, found.file, range.start))
        .collect();
    lines.sort_unstable();
    lines.dedup();
    (found.file, lines)
}

/// Allocations without evidence that the rule's own pattern does not confirm are not findings.
fn drop_unconfirmed(
    view: &View,
    rule: &Rule,
    confirmed: &BTreeSet<Lines>,
    found: &mut PackageFindings,
) {
    if rule.site_rule().is_none() {
        return;
    }
    found.findings.retain(|it| {
        let is_bare = it.rule.id == rule.id && it.evidence.is_empty();
        let is_confirmed = confirmed.iter().any(|(file, lines)| {
            view.path(*file) == it.primary.path && lines.contains(&it.primary.start.line)
        });
        !is_bare || is_confirmed
    });
    found.unbacked.remove(rule.id);
}

fn add_one(
    view: &View,
    rule: &'static Rule,
    pattern: &PatternRule,
    one: Found,
    options: &CheckOptions,
    found: &mut PackageFindings,
) {
    let (file, lines) = lines(view, &one);
    let path = view.path(file);
    let is_here = |it: &Diagnostic| {
        let at = |place: &diag::Annotation| place.path == path && lines.contains(&place.start.line);
        is_covered(rule, pattern, it) && (at(&it.primary) || it.secondary.iter().any(at))
    };
    let gain = Gain {
        reduction: pattern.reduction,
        confidence: one.confidence,
    };
    let same = (0..found.findings.len())
        .filter(|at| is_here(&found.findings[*at]))
        .max_by(|a, b| {
            let score = |at: &usize| found.findings[*at].score;
            score(a).total_cmp(&score(b)).then(b.cmp(a))
        });
    let ranked = if let Some(other) = same.map(|at| &found.findings[at]) {
        Ranked {
            evidence: other.evidence.clone(),
            score: other.score,
        }
    } else {
        let weights = spent_in(view, file, &lines, pattern);
        let ranked = rank(&weights, &weights, &view.total(), gain);
        match covered(view, &one, gain).filter(|_| ranked.evidence.is_empty()) {
            Some(covered) => covered,
            None => ranked,
        }
    };
    let is_backed = !ranked.evidence.is_empty();
    let is_named = !options.select.select.is_empty();
    let is_bare = one.needs_evidence || one.needs_escape && same.is_none();
    if !is_backed && is_bare {
        return;
    }
    let measured = same.map(|at| found.findings.remove(at));
    if !is_backed && pattern.severity == Severity::Hint && !options.all && !is_named {
        *found.unbacked.entry(rule.id).or_default() += 1;
        return;
    }
    drop_boxed(view, pattern, &one, found);
    let diagnostic = diagnostic(view, rule, pattern, one, ranked, measured);
    found.findings.push(diagnostic);
}

/// Values that a call of `fmt` is given are put into interfaces for it: without evidence of their own they are the same
/// finding as the call.
fn drop_boxed(view: &View, pattern: &PatternRule, one: &Found, found: &mut PackageFindings) {
    let formats = (pattern.covers.iter()).any(|it| it.id == rules::hot_fmt::RULE.id);
    let Some(syntax) = view.syntax(one.file).filter(|_| formats) else {
        return;
    };
    let path = view.path(one.file);
    let at = |offset| syntax.lines.line_col(offset);
    let (start, end) = (at(one.range.start), at(one.range.end));
    found.findings.retain(|it| {
        let is_boxed = it.rule.id == rules::hot_boxing::RULE.id && it.evidence.is_empty();
        let is_inside =
            it.primary.path == path && start <= it.primary.start && it.primary.start < end;
        !(is_boxed && is_inside)
    });
}

/// How often a pattern ran, where nothing was measured: counts say less than profiles do, so that their score is at most
/// a fifth.
fn covered(view: &View, one: &Found, gain: Gain) -> Option<Ranked> {
    const OF_SCORE: f64 = 20.0;
    if !view.counts_rank() {
        return None;
    }
    let place = one.costs.first().unwrap_or(&one.range);
    let (runs, most) = view.runs(one.file, place.start)?;
    if runs == 0 {
        return None;
    }
    let evidence = counts::ran(runs, most);
    Some(Ranked {
        score: OF_SCORE * evidence.share * gain.reduction * gain.confidence,
        evidence: vec![evidence],
    })
}

/// What the profiles saw below the lines in functions whose cost is the pattern's.
fn spent_in(view: &View, file: usize, lines: &[u32], pattern: &PatternRule) -> Weights {
    let mut weights = Weights::default();
    let Some(heat) = view.heat.filter(|_| !pattern.spent_in.is_empty()) else {
        return weights;
    };
    for line in lines {
        if let Some(line) = heat.line(view.id, file, *line) {
            weights += line.below(|callee| {
                (pattern.spent_in.iter()).any(|name| callee.function.starts_with(name))
            });
            if pattern.spent_in.contains(&THE_LINE) {
                weights += line.flat.only(Resource::Cpu);
            }
        }
    }
    weights
}

fn diagnostic(
    view: &View,
    rule: &'static Rule,
    pattern: &PatternRule,
    one: Found,
    ranked: Ranked,
    measured: Option<Diagnostic>,
) -> Diagnostic {
    let primary = view.annotate_range(one.file, one.range).message(one.label);
    let mut diagnostic = finding(view, rule, one.message, primary, ranked);
    if diagnostic.evidence.is_empty() || pattern.severity < diagnostic.severity {
        diagnostic.severity = pattern.severity;
    }
    for (range, label) in &one.secondary {
        let place = view.annotate_range(one.file, *range);
        diagnostic.secondary.push(place.message(label.clone()));
    }
    if let Some(other) = measured {
        // The amount that the other finding's message ends with.
        if let Some((_, amount)) = other.message.rsplit_once(": ")
            && !other.evidence.is_empty()
        {
            diagnostic.message += &format!(": {amount}");
        }
        let place = (&diagnostic.primary.path, diagnostic.primary.start.line);
        let elsewhere = (other.secondary.iter().chain([&other.primary]))
            .filter(|it| (&it.path, it.start.line) != place)
            .cloned()
            .collect::<Vec<_>>();
        diagnostic.secondary.extend(elsewhere);
        let background = other.notes.iter().filter(|it| it.kind == NoteKind::Note);
        diagnostic.notes.extend(background.cloned());
        diagnostic.data = other.data;
        diagnostic
            .data
            .insert("measured_by".into(), Value::from(other.rule.id));
    }
    for (key, value) in one.data {
        diagnostic.data.insert(key.into(), value);
    }
    diagnostic.data.insert("pattern".into(), Value::Bool(true));
    diagnostic.notes.push(help(rule, &one.help));
    if let Some(fix) = &one.fix {
        let flags = match fix.safety {
            diag::Safety::Safe => "--fix",
            diag::Safety::Unsafe => "--unsafe-fixes",
        };
        diagnostic.notes.push(note(format!("`{flags}` does it")));
    }
    diagnostic.fix = one.fix;
    diagnostic
}
