//! The sites of a package, line by line: what the source can allocate, what the compiler decided about it, and what
//! the profiles saw.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use base::{LineCol, TextRange};
use gc::{DecisionId, Decisions, Kind, SubjectClass};
use go_syntax::{ExprId, ExprKind, File, Node};

use crate::allocs::{Alloc, AllocSite, BlockSize, Holder};
use crate::heat::HotLine;
use crate::packages::CheckedId;
use crate::source_text::shown;
use crate::view::View;

/// A place that allocates, or may.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) alloc: Alloc,
    pub(crate) file: usize,
    /// gc's position.
    pub(crate) at: LineCol,
    /// `None` for what the compiler made, or where its position is not that of an expression.
    pub(crate) node: Option<Node>,
    /// The source text, shortened.
    pub(crate) text: String,
    pub(crate) size: BlockSize,
    pub(crate) holder: Option<Holder>,
    /// What a literal, `new` or `make` is assigned to; a variable moved to the heap itself.
    pub(crate) target: Option<Holder>,
    /// The call that the value is an argument of.
    pub(crate) call: Option<ExprId>,
    /// gc's position of the function literal that a `go` statement starts.
    pub(crate) literal: Option<LineCol>,
    pub(crate) verdict: Verdict,
    /// What explains the flow; `None` for what another package's log says (instances of generic code).
    pub(crate) decision: Option<DecisionId>,
    /// The function of another package that was inlined at this call, in whose body the value is made.
    pub(crate) inlined: Option<String>,
}

/// What the compiler says of a site.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    Escapes,
    /// Does not escape, but allocates all the same when it is large or grows.
    OnStack,
    /// The log has no words for such sites, or does not cover the code.
    Silent,
}

impl Site {
    /// How likely it is that the site allocates when it runs: 3 always, 2 when it is large or grows, 1 hardly ever.
    pub(crate) fn likelihood(&self) -> u8 {
        match (self.verdict, self.alloc) {
            (Verdict::Escapes, _) | (Verdict::Silent, Alloc::MakeChan | Alloc::Go) => 3,
            (Verdict::Silent, Alloc::InterfaceTable) => 1,
            (Verdict::OnStack | Verdict::Silent, _) => 2,
        }
    }

    /// Whether it is a place to report without evidence: the compiler says that it is on the heap or that its size
    /// is not known, or the source says enough.
    pub(crate) fn is_decided(&self) -> bool {
        self.verdict != Verdict::Silent || self.alloc == Alloc::Defer
    }
}

/// One line with its sites.
#[derive(Debug)]
pub(crate) struct SiteLine<'a> {
    /// Position in the package's files.
    pub(crate) file: usize,
    pub(crate) line: u32,
    /// By likelihood, then most telling first.
    pub(crate) sites: Vec<Site>,
    pub(crate) heat: Option<&'a HotLine>,
}

/// An allocation that the compiler mentions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Candidate {
    pub(crate) alloc: Alloc,
    escapes: bool,
    subject: String,
    pub(crate) at: LineCol,
    decision: Option<DecisionId>,
    /// The function that was inlined at this place, if any.
    inlined: Option<String>,
}

/// What a package's log says of a file of another package: of its generic code, which was instantiated there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ForeignCandidate {
    file: usize,
    candidate: Candidate,
}

/// How a value of a class is allocated; `None` for constants, which never are.
fn alloc_of(class: SubjectClass) -> Option<Alloc> {
    Some(match class {
        class if class.is_constant() => return None,
        SubjectClass::AddressOfLiteral
        | SubjectClass::SliceOrArrayLiteral
        | SubjectClass::MapLiteral => Alloc::Literal,
        SubjectClass::New => Alloc::New,
        SubjectClass::MakeSlice => Alloc::Make,
        SubjectClass::MakeChan => Alloc::MakeChan,
        SubjectClass::MakeMap => Alloc::MakeMap,
        SubjectClass::FuncLiteral => Alloc::Closure,
        SubjectClass::VariadicSlice => Alloc::Variadic,
        SubjectClass::Append => Alloc::Append,
        SubjectClass::Concatenation => Alloc::Concat,
        SubjectClass::ToString | SubjectClass::StringToBytes | SubjectClass::StringToRunes => {
            Alloc::Conversion
        }
        _ => Alloc::Boxing,
    })
}

/// Whether what does not escape allocates all the same when it is large or grows: above 32 bytes, or of unknown size.
fn may_outgrow_stack(alloc: Alloc) -> bool {
    matches!(
        alloc,
        Alloc::Make | Alloc::MakeMap | Alloc::Append | Alloc::Conversion | Alloc::Concat
    )
}

/// The candidates of a package's log, with the file each lies in.
fn candidates<'a, K: Copy + 'a>(
    decisions: &'a Decisions,
    file_of: impl Fn(&Path) -> Option<K>,
) -> impl Iterator<Item = (K, Candidate)> + 'a {
    let files: HashMap<_, _> = (decisions.files())
        .filter_map(|(id, path)| Some((id, file_of(Path::new(path))?)))
        .collect();
    // Of several callees inlined at one place the first is the one that is called there.
    let mut inlined = HashMap::new();
    for (_, decision) in decisions.iter() {
        if matches!(decision.kind, Kind::InliningCall { .. }) {
            inlined.entry(decision.position).or_insert(decision.subject);
        }
    }
    decisions.iter().filter_map(move |(id, decision)| {
        let file = *files.get(&decision.position.file)?;
        let subject = decisions.text(decision.subject);
        let alloc = match decision.kind {
            Kind::MovedToHeap => Alloc::Variable,
            Kind::EscapesToHeap | Kind::DoesNotEscape => alloc_of(decision.subject.class)?,
            _ => return None,
        };
        let escapes = decision.kind != Kind::DoesNotEscape;
        if !escapes && !may_outgrow_stack(alloc) {
            return None;
        }
        let candidate = Candidate {
            alloc,
            escapes,
            subject: subject.to_owned(),
            at: decision.position.line_col(),
            decision: Some(id),
            inlined: (inlined.get(&decision.position)).map(|name| decisions.text(*name).to_owned()),
        };
        Some((file, candidate))
    })
}

/// What this package's log says of lines in other packages under analysis.
pub fn foreign_candidates(
    decisions: &Decisions,
    home: CheckedId,
    find: &dyn Fn(&Path) -> Option<(CheckedId, usize)>,
) -> Vec<(CheckedId, ForeignCandidate)> {
    let elsewhere = |path: &Path| find(path).filter(|(id, _)| *id != home);
    candidates(decisions, elsewhere)
        .map(|((owner, file), mut candidate)| {
            candidate.decision = None;
            (owner, ForeignCandidate { file, candidate })
        })
        .collect()
}

/// All lines of a package on which something is or may be allocated, or which a profile names.
pub(crate) fn site_lines<'a>(view: &View<'a>, foreign: &[ForeignCandidate]) -> Vec<SiteLine<'a>> {
    let index = view.package.file_index();
    let mut by_line: BTreeMap<(usize, u32), Vec<Candidate>> = BTreeMap::new();
    let own = candidates(view.decisions, |path| index.get(path).copied());
    let foreign = foreign.iter().map(|it| (it.file, it.candidate.clone()));
    for (file, candidate) in own.chain(foreign) {
        (by_line.entry((file, candidate.at.line)).or_default()).push(candidate);
    }
    let covered = covered_functions(view, by_line.keys().copied());
    let hot = view.heat.into_iter().flat_map(|heat| heat.lines.iter());
    for line in hot.filter(|line| line.package == view.id) {
        by_line.entry((line.file, line.line)).or_default();
    }
    let mut allocs: BTreeMap<(usize, u32), Vec<&AllocSite>> = BTreeMap::new();
    for file in 0..view.package.files.len() {
        for site in view.allocs(file) {
            let line = (file, site.at.line);
            allocs.entry(line).or_default().push(site);
            if site.alloc == Alloc::Defer {
                by_line.entry(line).or_default();
            }
        }
    }
    by_line
        .into_iter()
        .map(|((file, line), candidates)| {
            let heat = view.heat.and_then(|heat| heat.line(view.id, file, line));
            let allocs = match allocs.get(&(file, line)) {
                Some(allocs) => allocs.clone(),
                None if candidates.is_empty() => around(view, file, line),
                None => Vec::new(),
            };
            SiteLine {
                file,
                line,
                sites: joined(view, file, &allocs, candidates, &covered),
                heat,
            }
        })
        .collect()
}

/// Functions that some log mentions: where it is silent about what it has words for, nothing is allocated. Generic
/// functions without instances in these packages are not among them.
fn covered_functions(
    view: &View,
    lines: impl Iterator<Item = (usize, u32)>,
) -> HashSet<crate::functions::FunctionId> {
    let functions = &view.package.functions;
    let mut covered: HashSet<_> = (lines)
        .filter_map(|(file, line)| functions.around(file, line))
        .map(|id| functions.outermost(id))
        .collect();
    for (id, function) in functions.iter() {
        if !view.is_generic(function) && view.has_decisions() {
            covered.insert(functions.outermost(id));
        }
    }
    covered
}

/// The sites of the innermost statement around a line that has none of its own: a profile gives the line of an operand.
fn around<'v>(view: &'v View, file: usize, line: u32) -> Vec<&'v AllocSite> {
    let Some(syntax) = view.syntax(file) else {
        return Vec::new();
    };
    let spans = |site: &&AllocSite| {
        let first = syntax.lines.line_col(site.range.start).line;
        let last = syntax.lines.line_col(site.range.end).line;
        first <= line && line <= last && !matches!(site.alloc, Alloc::Closure | Alloc::Go)
    };
    let spanning: Vec<&AllocSite> = view.allocs(file).iter().filter(spans).collect();
    let shortest = spanning.iter().map(|site| site.range.len()).min();
    spanning
        .into_iter()
        .filter(|site| Some(site.range.len()) == shortest)
        .collect()
}

fn joined(
    view: &View,
    file: usize,
    allocs: &[&AllocSite],
    candidates: Vec<Candidate>,
    covered: &HashSet<crate::functions::FunctionId>,
) -> Vec<Site> {
    let Some(syntax) = view.syntax(file) else {
        return candidates
            .into_iter()
            .map(|it| of_log(view, file, it))
            .collect();
    };
    let mut sites: Vec<Site> = allocs
        .iter()
        .map(|alloc| of_source(syntax, alloc))
        .collect();
    let mut mentioned = vec![false; sites.len()];
    for candidate in candidates {
        let same = |(index, site): (usize, &Site)| is_mentioned(site, &candidate).then_some(index);
        let found = sites[..mentioned.len()].iter().enumerate().find_map(same);
        if let Some(index) = found {
            // Several instances of generic code: one that escapes is enough.
            let site = &mut sites[index];
            if !mentioned[index] || candidate.escapes {
                site.verdict = verdict(candidate.escapes);
                site.decision = candidate.decision.or(site.decision);
            }
            mentioned[index] = true;
        } else if !is_of_checked_callee(view, &candidate) && !view.is_free(file, &candidate) {
            let site = of_log(view, file, candidate);
            let is_new = |other: &Site| {
                (other.alloc, other.at, &other.text) != (site.alloc, site.at, &site.text)
            };
            if sites[mentioned.len()..].iter().all(is_new) {
                sites.push(site);
            }
        }
    }
    let functions = &view.package.functions;
    let mut index = 0;
    sites.retain(|site| {
        let is_mentioned = mentioned.get(index).is_none_or(|mentioned| *mentioned);
        index += 1;
        let function = functions
            .around(file, site.at.line)
            .map(|id| functions.outermost(id));
        let is_covered = function.is_some_and(|id| covered.contains(&id));
        is_mentioned || !is_covered || is_beyond_log(site)
    });
    sites.sort_by(|a, b| {
        let key = |site: &Site| (std::cmp::Reverse(site.likelihood()), site.alloc, site.at);
        key(a).cmp(&key(b)).then_with(|| a.text.cmp(&b.text))
    });
    sites
}

fn verdict(escapes: bool) -> Verdict {
    if escapes {
        Verdict::Escapes
    } else {
        Verdict::OnStack
    }
}

/// Whether a candidate is about a site of the source. The compiler calls a method value by the name of what it boxes,
/// and names the function literal of a `go` statement.
fn is_mentioned(site: &Site, candidate: &Candidate) -> bool {
    match (site.alloc, candidate.alloc) {
        (Alloc::Go, Alloc::Closure) => site.literal == Some(candidate.at),
        // `new(x)` of an expression is a variable of the compiler's whose address is taken.
        (Alloc::New, Alloc::Variable) => {
            site.at == candidate.at && candidate.subject.starts_with(".autotmp_")
        }
        (source, log) => {
            let same = source == log || (source == Alloc::MethodValue && log == Alloc::Boxing);
            same && site.at == candidate.at
        }
    }
}

/// Allocations that the log never mentions.
fn is_beyond_log(site: &Site) -> bool {
    match site.alloc {
        Alloc::MakeChan | Alloc::MapStore | Alloc::Go | Alloc::Defer | Alloc::InterfaceTable => {
            true
        }
        // `s += x`
        Alloc::Concat => matches!(site.node, Some(Node::Stmt(_))),
        _ => false,
    }
}

/// Whether a value is made in the body of a function of these packages, which has a line of its own for it. Not so a
/// variable of the body: inlined, it is one of the caller.
fn is_of_checked_callee(view: &View, candidate: &Candidate) -> bool {
    let Some(callee) = &candidate.inlined else {
        return false;
    };
    candidate.alloc != Alloc::Variable && view.is_checked_callee(callee)
}

fn of_source(syntax: &File, alloc: &AllocSite) -> Site {
    Site {
        alloc: alloc.alloc,
        file: alloc.file,
        at: alloc.at,
        node: Some(alloc.node),
        text: shown(syntax, alloc.node),
        size: alloc.size,
        holder: alloc.holder.clone(),
        target: alloc.target.clone(),
        call: alloc.call,
        literal: alloc.literal,
        verdict: Verdict::Silent,
        decision: None,
        inlined: None,
    }
}

fn of_log(view: &View, file: usize, candidate: Candidate) -> Site {
    let syntax = view.syntax(file);
    // For what a call returns in a `return` statement the compiler gives the statement.
    let result = (view.returned_call(file, candidate.at))
        .filter(|_| candidate.subject.starts_with(['.', '~']))
        .map(Node::Expr);
    let node = result.or_else(|| view.node_at(file, candidate.at, candidate.alloc));
    let inlined = candidate.inlined.filter(|_| is_plain_call(syntax, node));
    let text = match (syntax, node) {
        (Some(_), Some(_)) if candidate.alloc == Alloc::Variable && inlined.is_some() => {
            let (_, name) = candidate
                .subject
                .rsplit_once('.')
                .unwrap_or(("", &candidate.subject));
            readable(name)
        }
        (Some(syntax), Some(node)) => shown(syntax, node),
        _ => readable(&candidate.subject),
    };
    Site {
        alloc: candidate.alloc,
        file,
        at: candidate.at,
        node,
        text,
        size: match result {
            // The call may have several results.
            Some(_) => BlockSize::UNKNOWN,
            None => view.size_of(file, node, candidate.alloc),
        },
        holder: None,
        target: view
            .variable(file, node)
            .filter(|_| candidate.alloc == Alloc::Variable && inlined.is_none())
            .map(Holder::Object),
        call: None,
        literal: None,
        verdict: verdict(candidate.escapes),
        decision: candidate.decision,
        inlined,
    }
}

fn is_plain_call(syntax: Option<&File>, node: Option<Node>) -> bool {
    let (Some(syntax), Some(Node::Expr(expr))) = (syntax, node) else {
        return false;
    };
    matches!(syntax.ast.expr(expr).kind, ExprKind::Call { .. })
}

/// The compiler's text of a value where the source has none: names that it made up are left out.
fn readable(subject: &str) -> String {
    if subject.starts_with(".autotmp_") || subject.starts_with('~') || subject.contains("go.shape")
    {
        "a temporary value".to_owned()
    } else {
        subject.to_owned()
    }
}

/// The part of a multi-line range that is on its first line.
pub(crate) fn first_line(syntax: &File, range: TextRange) -> (LineCol, LineCol) {
    let start = syntax.lines.line_col(range.start);
    let end = syntax.lines.line_col(range.end);
    if end.line == start.line {
        return (start, end);
    }
    let line = syntax.lines.line_range(start.line).unwrap_or(range);
    let text = syntax
        .text(TextRange::new(range.start, line.end))
        .trim_end();
    let end = syntax.lines.line_col(range.start + text.len() as u32);
    (start, end)
}
