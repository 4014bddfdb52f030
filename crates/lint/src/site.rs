//! The lines of a package at which something is or may be allocated.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use base::LineCol;
use gc::{DecisionId, Decisions, Kind};

use crate::heat::{Heat, HotLine};
use crate::packages::{CheckedId, CheckedPackage};
use crate::subject::{Alloc, classify, make_is_constant};

/// One line: what the compiler says is allocated there, and what the profiles saw.
#[derive(Clone, Debug)]
pub(crate) struct Site<'a> {
    /// Position in the package's files.
    pub(crate) file: usize,
    pub(crate) line: u32,
    /// Most telling first.
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) heat: Option<&'a HotLine>,
}

/// An allocation that the compiler speaks of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Candidate {
    pub(crate) alloc: Alloc,
    /// Escapes, or (false) does not but allocates all the same when it is large or grows.
    pub(crate) escapes: bool,
    pub(crate) subject: String,
    pub(crate) at: LineCol,
    /// `None` for what another package's log says of this line (instances of generic code).
    pub(crate) decision: Option<DecisionId>,
    /// The function that was inlined at this place, if any; the value may come from its body.
    pub(crate) inlined: Option<String>,
}

/// A `Candidate` in a file of another package: code of that package which was instantiated here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ForeignCandidate {
    pub(crate) file: usize,
    pub(crate) candidate: Candidate,
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
        let (alloc, escapes) = match decision.kind {
            Kind::MovedToHeap => (Alloc::Variable, true),
            Kind::EscapesToHeap => (classify(subject)?, true),
            Kind::DoesNotEscape => (on_stack_but_allocates(subject)?, false),
            _ => return None,
        };
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

/// What "does not escape" does not say: sizes that are not known, growth, and results above 32 bytes.
fn on_stack_but_allocates(subject: &str) -> Option<Alloc> {
    match classify(subject)? {
        Alloc::Make if make_is_constant(subject) => None,
        alloc @ (Alloc::Make
        | Alloc::MakeMap
        | Alloc::Append
        | Alloc::Conversion
        | Alloc::Concat) => Some(alloc),
        _ => None,
    }
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

/// All sites of a package, by file and line.
pub(crate) fn sites<'a>(
    id: CheckedId,
    package: &CheckedPackage,
    decisions: &Decisions,
    foreign: &[ForeignCandidate],
    heat: Option<&'a Heat>,
) -> Vec<Site<'a>> {
    let index = package.file_index();
    let mut lines: BTreeMap<(usize, u32), Vec<Candidate>> = BTreeMap::new();
    let own = candidates(decisions, |path| index.get(path).copied());
    let foreign = foreign.iter().map(|it| (it.file, it.candidate.clone()));
    for (file, candidate) in own.chain(foreign) {
        lines
            .entry((file, candidate.at.line))
            .or_default()
            .push(candidate);
    }
    let hot = heat.into_iter().flat_map(|heat| heat.lines.iter());
    for line in hot.filter(|line| line.package == id) {
        lines.entry((line.file, line.line)).or_default();
    }
    let site = |((file, line), mut candidates): ((usize, u32), Vec<Candidate>)| {
        candidates.sort_by(|a, b| {
            let key = |it: &Candidate| (!it.escapes, it.alloc, it.at, it.decision.is_none());
            key(a).cmp(&key(b)).then_with(|| a.subject.cmp(&b.subject))
        });
        candidates.dedup_by(|a, b| a.alloc == b.alloc && a.at == b.at && a.subject == b.subject);
        Site {
            file,
            line,
            candidates,
            heat: heat.and_then(|heat| heat.line(id, file, line)),
        }
    };
    lines.into_iter().map(site).collect()
}
