//! The check of one package.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base::LineCol;
use diag::{Annotation, Diagnostic};
use gc::{Decisions, Flows};

use crate::attribution::Attribution;
use crate::evidence::Gain;
use crate::finding::{self, Cause};
use crate::heat::{Heat, HotLine, is_runtime};
use crate::packages::{CheckedId, CheckedPackage};
use crate::scan::Tokens;
use crate::site::{ForeignCandidate, Site, sites};
use crate::weights::{Resource, Weights};
use crate::{Rule, explain, inline, rules};

/// What is looked at.
pub struct PackageInput<'a> {
    pub id: CheckedId,
    pub package: &'a CheckedPackage,
    pub decisions: &'a Decisions,
    /// What other packages' logs say of this package's lines.
    pub foreign: &'a [ForeignCandidate],
    pub heat: Option<&'a Heat>,
    /// The package's sources, in the order of its files; `None` for what could not be read.
    pub sources: &'a [Option<String>],
    /// Minor version of Go.
    pub go_minor: u32,
}

/// What is left out.
#[derive(Clone, Debug)]
pub struct CheckOptions {
    /// Also what no profile saw.
    pub all: bool,
    pub select: RuleSelection,
}

/// Rules by id, name or the beginning of their ids.
#[derive(Clone, Debug, Default)]
pub struct RuleSelection {
    /// Empty: all.
    pub select: Vec<String>,
    pub ignore: Vec<String>,
}

impl RuleSelection {
    pub fn contains(&self, rule: &Rule) -> bool {
        let named = |words: &[String]| {
            words.iter().any(|word| {
                let upper = word.to_ascii_uppercase();
                rule.id.starts_with(&upper) || rule.name == word
            })
        };
        (self.select.is_empty() || named(&self.select)) && !named(&self.ignore)
    }

    /// Words that name no rule.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        let known = |word: &&String| {
            let upper = word.to_ascii_uppercase();
            !upper.is_empty()
                && (rules::RULES.iter())
                    .any(|rule| rule.id.starts_with(&upper) || rule.name == *word)
        };
        (self.select.iter().chain(&self.ignore))
            .filter(move |word| !known(word))
            .map(String::as_str)
    }
}

/// What came out.
#[derive(Debug, Default)]
pub struct PackageFindings {
    /// With evidence, or without where all were asked for; unsorted.
    pub findings: Vec<Diagnostic>,
    /// Places without evidence that are not among the findings, by rule id.
    pub unbacked: BTreeMap<&'static str, usize>,
    /// Hot functions far above the inlining budget.
    pub too_big: usize,
    pub attribution: Attribution,
    /// Lines that allocate without a known cause: path, line, weights.
    pub unexplained: Vec<(PathBuf, u32, Weights)>,
}

/// Checks one package.
pub fn check_package(input: &PackageInput, options: &CheckOptions) -> PackageFindings {
    let view = View::new(input);
    let mut found = PackageFindings::default();
    for site in sites(
        input.id,
        input.package,
        input.decisions,
        input.foreign,
        input.heat,
    ) {
        check_site(&view, &site, options, &mut found);
    }
    inline::check(&view, options, &mut found);
    let is_asked = |id: &str| {
        rules::find(id)
            .is_some_and(|rule| rule.holds_for(input.go_minor) && options.select.contains(rule))
    };
    found.findings.retain(|finding| is_asked(finding.rule.id));
    found.unbacked.retain(|id, _| is_asked(id));
    found
}

/// Calls below which less than this share of everything was spent are not worth a line.
const CALL_SHARE: f64 = 0.002;

fn check_site(view: &View, site: &Site, options: &CheckOptions, found: &mut PackageFindings) {
    let own = site.heat.map(own_weights).unwrap_or_default();
    found.attribution.own += own;
    let formatting = site
        .heat
        .map(|heat| heat.below(is_formatting))
        .unwrap_or_default();
    let has_formatting = view.is_notable(&formatting);
    match finding::cause(view, site, &options.select) {
        Some(Cause::Rule { rule, gain, .. })
            if has_formatting && rule.id == rules::HOT_BOXING.id =>
        {
            // The boxing serves the formatting: one finding for both.
            found.attribution.add(rules::HOT_FMT.id, own);
            formatting_call(view, site, &formatting, own, gain.confidence, found);
            return other_calls(view, site, found);
        }
        Some(Cause::Rule {
            rule,
            candidate,
            gain,
        }) if is_allocating(&own) => {
            found.attribution.add(rule.id, own);
            found
                .findings
                .push(finding::allocation(view, site, rule, candidate, &own, gain));
        }
        Some(Cause::Category(category)) => found.attribution.add(category, own),
        Some(Cause::Rule {
            rule,
            candidate,
            gain,
        }) if options.all && candidate.is_some() => {
            let weights = Weights::default();
            found.findings.push(finding::allocation(
                view, site, rule, candidate, &weights, gain,
            ));
        }
        Some(Cause::Rule {
            rule,
            candidate: Some(_),
            ..
        }) => {
            *found.unbacked.entry(rule.id).or_default() += 1;
        }
        None if is_allocating(&own) => {
            found
                .unexplained
                .push((view.path(site.file), site.line, own));
        }
        Some(Cause::Rule { .. }) | None => {}
    }
    if has_formatting {
        formatting_call(view, site, &formatting, Weights::default(), 0.7, found);
    }
    other_calls(view, site, found);
}

fn formatting_call(
    view: &View,
    site: &Site,
    formatting: &Weights,
    boxing: Weights,
    confidence: f64,
    found: &mut PackageFindings,
) {
    let mut weights = boxing;
    weights += *formatting;
    let Some(callee) = heaviest(site, is_formatting) else {
        return;
    };
    let gain = Gain {
        reduction: 0.7,
        confidence,
    };
    found.findings.push(finding::call(
        view,
        site,
        &rules::HOT_FMT,
        &callee,
        &weights,
        gain,
    ));
}

fn other_calls(view: &View, site: &Site, found: &mut PackageFindings) {
    let other =
        |function: &str| !is_formatting(function) && !is_runtime(crate::split_symbol(function).0);
    let Some(heat) = site.heat else {
        return;
    };
    // What was inlined counts as the line's own; CPU below a call is no allocation.
    let mut weights = Weights::default();
    for callee in heat
        .callees
        .iter()
        .filter(|callee| !callee.inlined && other(&callee.function))
    {
        weights += callee.weights;
    }
    weights[Resource::Cpu] = 0;
    if !view.is_notable(&weights) {
        return;
    }
    if let Some(callee) = heaviest(site, other) {
        let gain = Gain {
            reduction: 0.5,
            confidence: 0.4,
        };
        found.findings.push(finding::call(
            view,
            site,
            &rules::ALLOCATING_CALL,
            &callee,
            &weights,
            gain,
        ));
    }
}

/// The callee of the site with most weight; callees are sorted so.
fn heaviest(site: &Site, matches: impl Fn(&str) -> bool) -> Option<String> {
    let callees = &site.heat?.callees;
    let callee = callees.iter().find(|callee| matches(&callee.function))?;
    Some(callee.function.clone())
}

/// What the line itself allocated, and the CPU time of the run time system's allocating functions below it.
fn own_weights(heat: &HotLine) -> Weights {
    let mut own = heat.own();
    own[Resource::Cpu] = heat.below(is_allocator)[Resource::Cpu];
    own
}

fn is_allocating(own: &Weights) -> bool {
    !own.is_zero()
}

/// Functions of the run time system that a line calls when it allocates.
fn is_allocator(function: &str) -> bool {
    let Some(name) = function.strip_prefix("runtime.") else {
        return function.starts_with("internal/runtime/maps.");
    };
    [
        "mallocgc",
        "newobject",
        "makeslice",
        "growslice",
        "convT",
        "concatstring",
        "slicebytetostring",
        "stringtoslice",
        "intstring",
        "mapassign",
        "makemap",
        "makechan",
        "rawstring",
        "rawbyteslice",
        "newarray",
        "moveslice",
    ]
    .iter()
    .any(|start| name.starts_with(start))
}

fn is_formatting(function: &str) -> bool {
    let (package, name) = crate::split_symbol(function);
    package == "fmt" || (package == "log" && !name.starts_with("New"))
}

/// A package as the rules see it.
pub(crate) struct View<'a> {
    pub(crate) package: &'a CheckedPackage,
    pub(crate) id: CheckedId,
    pub(crate) decisions: &'a Decisions,
    pub(crate) heat: Option<&'a Heat>,
    sources: &'a [Option<String>],
    /// Made when first asked for.
    flows: OnceCell<Flows<'a>>,
    /// Of each file, scanned when first asked for.
    tokens: Vec<OnceCell<Option<Tokens<'a>>>>,
}

impl<'a> View<'a> {
    fn new(input: &PackageInput<'a>) -> Self {
        Self {
            package: input.package,
            id: input.id,
            decisions: input.decisions,
            heat: input.heat,
            sources: input.sources,
            flows: OnceCell::new(),
            tokens: input
                .package
                .files
                .iter()
                .map(|_| OnceCell::new())
                .collect(),
        }
    }

    pub(crate) fn tokens(&self, file: usize) -> Option<&Tokens<'a>> {
        let scan = || Some(Tokens::new(self.sources.get(file)?.as_deref()?));
        self.tokens.get(file)?.get_or_init(scan).as_ref()
    }

    /// Why values escape.
    pub(crate) fn flows(&self) -> &Flows<'a> {
        self.flows.get_or_init(|| Flows::new(self.decisions))
    }

    pub(crate) fn path(&self, file: usize) -> PathBuf {
        self.package.files[file].path.clone()
    }

    pub(crate) fn file(&self, path: &Path) -> Option<usize> {
        self.package.files.iter().position(|file| file.path == path)
    }

    /// What was measured in all.
    pub(crate) fn total(&self) -> Weights {
        self.heat.map(|heat| heat.total).unwrap_or_default()
    }

    pub(crate) fn is_notable(&self, weights: &Weights) -> bool {
        let total = self.total();
        (Resource::ALL.into_iter())
            .any(|resource| weights.sure_share(resource, &total) >= CALL_SHARE)
    }

    /// The expression at a place, as the compiler means it: a call is at its parenthesis, `&T{…}` at its `&`.
    pub(crate) fn annotation(&self, file: usize, at: LineCol) -> Annotation {
        let mut annotation = Annotation::at(self.path(file), at.line, at.col.max(1));
        let span = self
            .tokens(file)
            .and_then(|tokens| tokens.expression_at(at));
        if let Some((start, end)) = span {
            annotation.start.col = start;
            annotation.end = Some(LineCol {
                line: at.line,
                col: end,
            });
        }
        annotation
    }

    /// The column of the first token on a line.
    pub(crate) fn first_column(&self, file: usize, line: u32) -> u32 {
        let tokens = self.tokens(file).map(|tokens| tokens.on_line(line));
        tokens
            .and_then(<[_]>::first)
            .map_or(1, |token| token.at.col)
    }

    /// The column at which the line calls `callee`, by its last name; else the line's first token.
    pub(crate) fn call_column(&self, site: &Site, callee: &str) -> u32 {
        let last = callee.rsplit('.').next().unwrap_or(callee);
        let found = self.tokens(site.file).and_then(|tokens| {
            let tokens = tokens.on_line(site.line);
            let at = tokens
                .windows(2)
                .position(|pair| pair[0].text == last && pair[1].text == "(")?;
            let qualified = at >= 2 && tokens[at - 1].text == ".";
            Some(tokens[if qualified { at - 2 } else { at }].at.col)
        });
        found.unwrap_or_else(|| self.first_column(site.file, site.line))
    }

    /// Adds the flow that keeps a value alive.
    pub(crate) fn explain(&self, candidate: &crate::site::Candidate, diagnostic: &mut Diagnostic) {
        if let Some(decision) = candidate.decision.filter(|_| candidate.escapes) {
            explain::annotate(self, decision, diagnostic);
        }
    }
}
