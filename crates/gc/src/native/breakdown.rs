//! What a function's cost consists of, statement by statement.
//!
//! Costs add up: the cost of a statement is that of its nodes, whatever stands around it. So leaving a
//! statement out, or moving it into a function of its own, changes the cost by what is known here.

use go_ir::{FuncId, Kind, NodeId, Nodes, Package};
use go_types::{Pos, Store};
use rustc_hash::FxHashSet;

use super::cost::{CostVisitor, is_big};
use super::verdict::{Costs, Examiner, budget};

/// The cost of a function and its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breakdown {
    /// In nodes; of the whole body, also where something forbids inlining.
    pub cost: i32,
    /// What it may be.
    pub budget: i32,
    /// Statements of the body in order; their costs add up to that of the function.
    pub parts: Vec<Part>,
    /// What forbids inlining at any cost.
    pub obstacles: Vec<Obstacle>,
}

/// A statement with its cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub pos: Pos,
    /// With all statements inside.
    pub cost: i32,
    /// What a call costs that takes its place: 57, the call's own nodes and one for each variable of the
    /// function that it uses. At least that: results that have to come back are not in it.
    pub as_call: i32,
    /// Statements inside, of branches, bodies and clauses.
    pub parts: Vec<Part>,
    /// It returns, or declares variables, which are used behind it: the function does not do without.
    pub needed: bool,
    /// Control leaves the statement for another place of the function (`return`, `break` of a loop around,
    /// `goto`), so it cannot simply be moved into a function.
    pub leaves: bool,
}

/// Something that is never inlined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    pub pos: Pos,
    /// In gc's words: `unhandled op DEFER`.
    pub reason: String,
}

/// The cost of a function by statement; `Err` with the reason where it is not known. `costs` has all packages
/// that this one imports.
pub fn breakdown(
    store: &mut Store,
    package: &Package,
    goarch: &str,
    costs: &Costs,
    func: FuncId,
) -> Result<Breakdown, &'static str> {
    if let Some(reason) = package.funcs[func].unsupported {
        return Err(reason);
    }
    let mut examiner = Examiner::new(store, package, goarch, costs);
    examiner.examine_all();
    let mut summing = Summing {
        big: is_big(package, func),
        examiner,
        func,
        obstacles: Vec::new(),
    };
    let parts = summing.parts(package.funcs[func].body, false)?;
    let obstacles = summing.obstacles.iter().map(|(node, reason)| Obstacle {
        pos: package.node(*node).pos,
        reason: reason.clone(),
    });
    Ok(Breakdown {
        cost: parts.iter().map(|part| part.cost).sum(),
        budget: budget(package, func),
        obstacles: obstacles.collect(),
        parts,
    })
}

struct Summing<'a> {
    examiner: Examiner<'a>,
    func: FuncId,
    big: bool,
    obstacles: Vec<(NodeId, String)>,
}

impl Summing<'_> {
    /// `inner` parts are in others, where their obstacles were noted already.
    fn parts(&mut self, list: Nodes, inner: bool) -> Result<Vec<Part>, &'static str> {
        let stmts = self.examiner.package.list(list);
        stmts.iter().map(|stmt| self.part(*stmt, inner)).collect()
    }

    fn part(&mut self, stmt: NodeId, inner: bool) -> Result<Part, &'static str> {
        let mut visitor = CostVisitor {
            examiner: &mut self.examiner,
            caller: self.func,
            big: self.big,
            cost: 0,
            obstacles: Some(Vec::new()),
            unknown: None,
        };
        // Obstacles are collected, so this is not an error.
        let _ = visitor.visit(stmt);
        if let Some(reason) = visitor.unknown {
            return Err(reason);
        }
        let (cost, obstacles) = (visitor.cost, visitor.obstacles);
        if !inner {
            self.obstacles.extend(obstacles.into_iter().flatten());
        }
        let package = self.examiner.package;
        let mut parts = Vec::new();
        for list in inner_lists(package, stmt) {
            parts.extend(self.parts(list, true)?);
        }
        Ok(Part {
            pos: package.node(stmt).pos,
            cost,
            as_call: 58 + used_variables(package, stmt),
            parts,
            needed: is_needed(package, stmt),
            leaves: leaves(package, stmt),
        })
    }
}

/// Lists of statements directly inside a statement.
fn inner_lists(package: &Package, stmt: NodeId) -> Vec<Nodes> {
    match package.kind(stmt) {
        Kind::If { then, els, .. } => vec![then, els],
        Kind::For { body, .. } | Kind::Range { body, .. } => vec![body],
        Kind::Block(list) => vec![list],
        Kind::Switch { clauses, .. } | Kind::Select(clauses) => {
            let clauses = package.list(clauses).iter();
            clauses
                .filter_map(|clause| match package.kind(*clause) {
                    Kind::Case { body, .. } | Kind::Comm { body, .. } => Some(body),
                    _ => None,
                })
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Number of variables that a statement uses and does not declare.
fn used_variables(package: &Package, stmt: NodeId) -> i32 {
    let mut used = FxHashSet::default();
    let mut declared = FxHashSet::default();
    package.walk(stmt, &mut |id| {
        match package.kind(id) {
            Kind::Var(var) => {
                used.insert(var);
            }
            Kind::Declare(var) | Kind::Case { var: Some(var), .. } => {
                declared.insert(var);
            }
            _ => {}
        }
        true
    });
    used.difference(&declared).count() as i32
}

fn is_needed(package: &Package, stmt: NodeId) -> bool {
    let declares = |init: &NodeId| matches!(package.kind(*init), Kind::Declare(_));
    match package.kind(stmt) {
        Kind::Return(_) => true,
        Kind::Assign { .. } | Kind::AssignList { .. } => package.init(stmt).iter().any(declares),
        _ => false,
    }
}

/// Whether control may leave the statement otherwise than at its end.
fn leaves(package: &Package, stmt: NodeId) -> bool {
    let own_loop = matches!(
        package.kind(stmt),
        Kind::For { .. } | Kind::Range { .. } | Kind::Switch { .. } | Kind::Select(_)
    );
    package.any(stmt, |id| match package.kind(id) {
        Kind::Return(_) => true,
        Kind::Branch { label, .. } => label.is_some() || !own_loop,
        _ => false,
    })
}
