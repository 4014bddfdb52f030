//! The facts of one compilation, by names that survive edits.

use std::collections::{BTreeMap, BTreeSet};

use base::LineCol;
use rustc_hash::FxHashMap;

use super::{Compilation, Location};
use crate::calls::last_name;
use crate::class::SubjectClass;
use crate::decision::{Decision, DecisionId, Kind, Position, Refusal};
use crate::flow::Flows;
use crate::functions::{Function, Functions};
use crate::names::fold_function_name;
use crate::notation;

/// Position from the start of the function: lines, then the column.
pub(super) type Offset = (u32, u32);

/// A site as seen from one function.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct SiteKey {
    /// The function whose compiled code has the value.
    pub(super) function: String,
    /// The function whose source has the expression, if it is another one.
    pub(super) owner: Option<String>,
    /// The expression in readable notation, so without the elements of literals.
    pub(super) subject: String,
}

/// The decisions about one site in one function.
#[derive(Default, Debug)]
pub(super) struct Site {
    /// Copies at one position count once.
    pub(super) heap: BTreeMap<Offset, DecisionId>,
    pub(super) stays: Option<DecisionId>,
}

#[derive(Clone, Copy)]
pub(super) struct Verdict {
    pub(super) inlinable: bool,
    pub(super) cost: Option<u32>,
    pub(super) decision: DecisionId,
}

pub(super) struct Side<'a> {
    pub(super) of: Compilation<'a>,
    pub(super) flows: Flows<'a>,
    /// Declared functions.
    pub(super) functions: BTreeMap<String, Position>,
    pub(super) sites: BTreeMap<SiteKey, Site>,
    /// How much of a parameter leaks, by function and name: 1 its content, 2 itself.
    pub(super) leaks: BTreeMap<(String, String), (u8, DecisionId)>,
    /// Parameters that do not leak, and other values that stay on the stack, by function and name.
    pub(super) stays: BTreeMap<(String, String), DecisionId>,
    /// Of declared functions.
    pub(super) verdicts: BTreeMap<String, Verdict>,
    /// Calls that were inlined: function, callee.
    pub(super) inlined: BTreeMap<(String, String), DecisionId>,
    /// The names that functions have in the source of this side, by those they are compared under.
    pub(super) renamed: BTreeMap<String, String>,
}

/// What is known before the sites are sorted out.
struct Sources<'a> {
    functions: Functions,
    /// Callees inlined at a position, the one called there first.
    callees: FxHashMap<Position, Vec<&'a str>>,
    /// Functions that have a value of that notation in their own source.
    owners: BTreeSet<(String, &'a str)>,
}

impl<'a> Side<'a> {
    pub(super) fn of(of: Compilation<'a>) -> Self {
        let sources = Sources::of(of);
        let mut side = Self {
            of,
            flows: Flows::new(of.decisions),
            functions: BTreeMap::new(),
            sites: BTreeMap::new(),
            leaks: BTreeMap::new(),
            stays: BTreeMap::new(),
            verdicts: BTreeMap::new(),
            inlined: BTreeMap::new(),
            renamed: BTreeMap::new(),
        };
        for function in sources.functions.iter().filter(|f| !f.is_closure) {
            let LineCol { line, col } = function.start;
            let start = Position {
                file: function.file,
                line,
                col,
            };
            side.functions.insert(function.name.to_string(), start);
            for id in &function.verdicts {
                side.add_verdict(function, *id, &of.decisions[*id]);
            }
        }
        for (id, decision) in of.decisions.iter() {
            side.add(&sources, id, decision);
        }
        side
    }

    /// The position of a decision; `is_old` names the side.
    pub(super) fn location(&self, id: DecisionId, is_old: bool) -> Option<Location> {
        self.location_at(self.of.decisions.get(id)?.position, is_old)
    }

    /// The declaration of a function.
    pub(super) fn declaration(&self, function: &str, is_old: bool) -> Option<Location> {
        self.location_at(*self.functions.get(function)?, is_old)
    }

    /// A call of one function in another one.
    pub(super) fn call(&self, function: &str, callee: &str) -> Option<Location> {
        let (path, at) = self.of.calls.find(function, callee)?;
        Some(Location {
            path: path.to_owned(),
            at,
            is_old: false,
        })
    }

    /// Whether a function can call another one, as far as the source shows it.
    pub(super) fn may_call(&self, function: &str, callee: &str) -> bool {
        let own = |name: &str| self.renamed.get(name).cloned().unwrap_or(name.to_owned());
        self.of.calls.may_call(&own(function), &own(callee))
    }

    fn location_at(&self, position: Position, is_old: bool) -> Option<Location> {
        (position.line > 0).then(|| Location {
            path: self.of.decisions.path(position.file).to_owned(),
            at: position.line_col(),
            is_old,
        })
    }

    fn add_verdict(&mut self, function: &Function, id: DecisionId, decision: &Decision) {
        let (inlinable, cost) = match decision.kind {
            Kind::CanInline { cost, .. } => (true, cost),
            Kind::CannotInline {
                why: Refusal::TooComplex { cost, .. },
            } => (false, Some(cost)),
            _ => (false, None),
        };
        let new = Verdict {
            inlinable,
            cost,
            decision: id,
        };
        let verdict = self
            .verdicts
            .entry(function.name.to_string())
            .or_insert(new);
        // One copy that cannot be inlined counts for all.
        if (new.inlinable, verdict.cost) < (verdict.inlinable, new.cost) {
            *verdict = new;
        }
    }

    fn add(&mut self, sources: &Sources<'a>, id: DecisionId, decision: &Decision) {
        let function = sources.functions.enclosing(decision.position);
        let name = function.map_or(String::new(), |function| function.name.to_string());
        let notation = self.of.decisions.text(decision.subject);
        match decision.kind {
            Kind::InliningCall { .. } => {
                let callee = fold_function_name(notation).into_owned();
                self.inlined.entry((name, callee)).or_insert(id);
            }
            Kind::LeakingParam | Kind::LeakingParamContent => {
                let is_param = decision.kind == Kind::LeakingParam;
                let rank = if is_param { 2 } else { 1 };
                let leak = (self.leaks)
                    .entry((name, notation.to_owned()))
                    .or_insert((rank, id));
                if leak.0 < rank {
                    *leak = (rank, id);
                }
            }
            kind if kind.is_escape() || kind == Kind::DoesNotEscape => {
                // What a wrapper of a generic function repeats has the position of the function's name.
                if function.is_some_and(|f| f.start == decision.position.line_col()) {
                    return;
                }
                let (owner, readable) = sources.owner(decision, notation, &name);
                let key = SiteKey {
                    function: name,
                    owner,
                    subject: readable,
                };
                self.add_site(key, function, id, decision);
            }
            _ => {}
        }
    }

    fn add_site(
        &mut self,
        key: SiteKey,
        function: Option<&Function>,
        id: DecisionId,
        decision: &Decision,
    ) {
        if !decision.kind.is_escape() {
            let stays = (key.function.clone(), key.subject.clone());
            self.stays.entry(stays).or_insert(id);
            self.sites.entry(key).or_default().stays.get_or_insert(id);
            return;
        }
        if decision.subject.class.is_constant() {
            return;
        }
        let start = function.map_or(LineCol { line: 0, col: 0 }, |f| f.start);
        let position = decision.position;
        let offset = (position.line.saturating_sub(start.line), position.col);
        let site = self.sites.entry(key).or_default();
        site.heap.entry(offset).or_insert(id);
    }
}

impl<'a> Sources<'a> {
    fn of(of: Compilation<'a>) -> Self {
        let decisions = of.decisions;
        let functions = Functions::of(decisions);
        let mut callees: FxHashMap<Position, Vec<&str>> = FxHashMap::default();
        for (_, decision) in decisions.iter() {
            if matches!(decision.kind, Kind::InliningCall { .. }) {
                let callee = decisions.text(decision.subject);
                callees.entry(decision.position).or_default().push(callee);
            }
        }
        let mut owners = BTreeSet::new();
        for (_, decision) in decisions.iter() {
            let own = !callees.contains_key(&decision.position);
            if own
                && decision.kind.has_value()
                && let Some(function) = functions.enclosing(decision.position)
            {
                owners.insert((function.name.to_string(), decisions.text(decision.subject)));
            }
        }
        Self {
            functions,
            callees,
            owners,
        }
    }

    /// The inlined function that a value comes from, and the value in readable notation.
    fn owner(
        &self,
        decision: &Decision,
        notation: &str,
        function: &str,
    ) -> (Option<String>, String) {
        let none = Vec::new();
        let callees = self.callees.get(&decision.position).unwrap_or(&none);
        let readable = notation::readable(notation, callees).into_owned();
        let is_own = decision.subject.expression.is_some()
            || decision.subject.class == SubjectClass::VariadicSlice;
        if is_own || callees.is_empty() {
            return (None, readable);
        }
        let folded = || callees.iter().map(|callee| fold_function_name(callee));
        let owner = folded()
            .find(|callee| self.owners.contains(&(callee.to_string(), notation)))
            .or_else(|| folded().find(|callee| is_of_package(notation, callee)))
            .or_else(|| folded().next())
            .map(std::borrow::Cow::into_owned)
            .filter(|owner| owner != function);
        (owner, readable)
    }
}

/// Whether an expression names something of the callee's package, which is not the package under analysis.
fn is_of_package(notation: &str, callee: &str) -> bool {
    callee
        .strip_suffix(last_name(callee))
        .is_some_and(|package| {
            let package = package.split('(').next().unwrap_or_default();
            package.len() > 1 && notation.contains(package)
        })
}
