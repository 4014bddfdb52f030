//! Why a function is too large for the inliner: its cost statement by statement, and the smallest statements
//! whose removal brings it under the budget.
//!
//! The parts come from our model of the inliner ([`gc::native`]). Where the compiler tells a cost too, both must
//! agree; if they do not, nothing is said.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use base::FileId;
use gc::native::{Breakdown, Costs, Part, breakdown, verdicts};
use go_ir::{Package, Source, lower};
use go_tool::PackageId;
use go_types::{Pos, Store, with_stack};
use rustc_hash::FxHashMap;

use crate::go_program::Program;
use crate::inlining::{FunctionInlining, Verdict};
use crate::workspace::{Loaded, Workspace};

/// A function and what it costs.
#[derive(Clone, Debug)]
pub struct FunctionCosts {
    /// With the compiler's verdict.
    pub function: FunctionInlining,
    pub costs: Result<StatementCosts, Unknown>,
}

/// Why there are no parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// The function, or one that it calls, has something that is not modelled.
    NotModelled(&'static str),
    /// The compiler says another cost.
    Disagrees { model: i32, compiler: u32 },
    /// Not among the functions of the checked package.
    NotFound,
}

/// The parts of a function's cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementCosts {
    /// Of the whole body, in nodes; also where something forbids inlining.
    pub cost: i32,
    pub budget: i32,
    /// In source order; their costs add up.
    pub parts: Vec<StatementCost>,
    /// What forbids inlining at any cost: line, and gc's words.
    pub obstacles: Vec<(u32, String)>,
    /// Smallest first; empty if the cost is within the budget or no single statement is enough.
    pub remedies: Vec<Remedy>,
}

/// A statement with its cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementCost {
    pub line: u32,
    /// With all statements inside.
    pub cost: i32,
    /// The source line it starts on, without the blanks around it.
    pub text: String,
    pub parts: Vec<StatementCost>,
}

/// One statement whose removal is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remedy {
    pub line: u32,
    /// Its cost today.
    pub saves: i32,
    pub kind: RemedyKind,
    /// The function's cost afterwards; of a function of its own at least that, since results that have to come
    /// back are not counted.
    pub cost_after: i32,
}

/// How a statement goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemedyKind {
    /// It is not needed, or its work is done elsewhere.
    Drop,
    /// A call of a function of its own takes its place.
    Outline,
}

/// Finds the parts of the functions of the requested packages. Checks the bodies of all packages below them.
pub fn costs(
    workspace: &Workspace,
    loaded: &Loaded,
    functions: Vec<FunctionInlining>,
) -> Vec<FunctionCosts> {
    let all: BTreeSet<PackageId> = loaded.listing.packages.ids().collect();
    let program = Program::listed(workspace, &loaded.listing, &all);
    let roots: BTreeSet<PackageId> = loaded.roots.iter().map(|root| root.id).collect();
    // Where the compiler tells no cost to compare with, only the target that is modelled gets an answer.
    let modelled = workspace.go_minor() == 27 && program.loaded().goarch == "amd64";
    let found = with_stack(|| {
        let mut model = Model {
            program: &program,
            store: program.view(),
            costs: Costs::default(),
            found: FxHashMap::default(),
        };
        for id in all {
            model.package(id, roots.contains(&id), &functions);
        }
        model.found
    });
    (functions.into_iter())
        .map(|function| {
            let key = (function.path.clone(), function.line, function.name.clone());
            let costs = found.get(&key).cloned().unwrap_or(Err(Unknown::NotFound));
            let costs = costs.and_then(|costs| agreed(costs, &function.verdict, modelled));
            FunctionCosts { function, costs }
        })
        .collect()
}

/// Path, line and name of a function.
type Key = (PathBuf, u32, String);

struct Model<'p> {
    program: &'p Program,
    store: Store,
    costs: Costs,
    found: FxHashMap<Key, Result<StatementCosts, Unknown>>,
}

impl Model<'_> {
    /// Packages come in the order of their imports.
    fn package(&mut self, id: PackageId, wanted: bool, functions: &[FunctionInlining]) {
        let loaded = self.program.loaded();
        let checked = self.program.package(id);
        let files = &loaded.packages[id].files;
        if checked.info.files.len() != files.len() {
            return;
        }
        let source = Source {
            pkg: checked.pkg,
            files: files.iter().map(|file| &file.file).collect(),
            info: &checked.info,
        };
        let lowered = lower(&mut self.store, &source);
        if wanted {
            let ids = self.store.packages[checked.pkg].files.clone();
            let sources = Sources {
                files: (ids.into_iter())
                    .zip(files.iter().map(|file| (&*file.path, &file.file)))
                    .collect(),
            };
            self.functions(&lowered, &sources, &loaded.goarch, functions);
        }
        verdicts(&mut self.store, &lowered, &loaded.goarch, &mut self.costs);
    }

    fn functions(
        &mut self,
        lowered: &Package,
        sources: &Sources<'_>,
        goarch: &str,
        functions: &[FunctionInlining],
    ) {
        for (func, lowered_func) in lowered.funcs.iter_enumerated() {
            let Some((path, line)) = sources.place(lowered_func.pos) else {
                continue;
            };
            let wanted = functions.iter().any(|function| {
                function.path == path && function.line == line && function.name == lowered_func.name
            });
            if !wanted {
                continue;
            }
            let parts = breakdown(&mut self.store, lowered, goarch, &self.costs, func);
            let costs = match parts {
                Ok(parts) => Ok(statement_costs(&parts, sources)),
                Err(reason) => Err(Unknown::NotModelled(reason)),
            };
            let key = (path.to_owned(), line, lowered_func.name.clone());
            self.found.insert(key, costs);
        }
    }
}

/// Files of a package by their id in the store.
struct Sources<'a> {
    files: FxHashMap<FileId, (&'a Path, &'a go_syntax::File)>,
}

impl<'a> Sources<'a> {
    fn place(&self, pos: Pos) -> Option<(&'a Path, u32)> {
        let (path, file) = self.files.get(&pos.file)?;
        Some((path, file.lines.line_col(pos.offset).line))
    }

    fn line(&self, pos: Pos) -> u32 {
        self.place(pos).map_or(0, |(_, line)| line)
    }

    /// The source line of a position.
    fn text(&self, pos: Pos) -> String {
        let Some((_, file)) = self.files.get(&pos.file) else {
            return String::new();
        };
        let src = file.src.as_bytes();
        let at = (pos.offset as usize).min(src.len());
        let start = src[..at].iter().rposition(|byte| *byte == b'\n');
        let start = start.map_or(0, |newline| newline + 1);
        let end = src[at..].iter().position(|byte| *byte == b'\n');
        let end = end.map_or(src.len(), |newline| at + newline);
        String::from_utf8_lossy(&src[start..end]).trim().to_owned()
    }
}

fn statement_costs(parts: &Breakdown, sources: &Sources<'_>) -> StatementCosts {
    let too_much = parts.cost - parts.budget;
    let mut remedies = Vec::new();
    if too_much > 0 {
        for part in &parts.parts {
            collect_remedies(part, parts.cost, parts.budget, sources, &mut remedies);
        }
    }
    // The smallest of each kind, and what is as small.
    remedies.sort_by_key(|remedy| (remedy.saves, remedy.line, remedy.kind != RemedyKind::Drop));
    remedies.dedup_by_key(|remedy| (remedy.line, remedy.kind != RemedyKind::Drop));
    let obstacles = (parts.obstacles.iter())
        .map(|obstacle| (sources.line(obstacle.pos), obstacle.reason.clone()));
    StatementCosts {
        cost: parts.cost,
        budget: parts.budget,
        obstacles: obstacles.collect(),
        remedies,
        parts: shown(&parts.parts, sources),
    }
}

fn shown(parts: &[Part], sources: &Sources<'_>) -> Vec<StatementCost> {
    (parts.iter())
        .map(|part| StatementCost {
            line: sources.line(part.pos),
            cost: part.cost,
            text: sources.text(part.pos),
            parts: shown(&part.parts, sources),
        })
        .collect()
}

/// Statements whose removal is enough, and of those inside each other the inner ones.
fn collect_remedies(
    part: &Part,
    cost: i32,
    budget: i32,
    sources: &Sources<'_>,
    out: &mut Vec<Remedy>,
) {
    let before = out.len();
    for inner in &part.parts {
        collect_remedies(inner, cost, budget, sources, out);
    }
    let inner_kinds: Vec<RemedyKind> = out[before..].iter().map(|remedy| remedy.kind).collect();
    let mut add = |kind, cost_after| {
        if cost_after <= budget && !inner_kinds.contains(&kind) {
            out.push(Remedy {
                line: sources.line(part.pos),
                saves: part.cost,
                kind,
                cost_after,
            });
        }
    };
    if !part.needed {
        add(RemedyKind::Drop, cost - part.cost);
    }
    if !part.leaves && !part.needed {
        add(RemedyKind::Outline, cost - part.cost + part.as_call);
    }
}

/// The parts, if the compiler says nothing else.
fn agreed(
    costs: StatementCosts,
    verdict: &Verdict,
    modelled: bool,
) -> Result<StatementCosts, Unknown> {
    let compiler = match verdict {
        Verdict::Can { cost } => *cost,
        Verdict::TooComplex { cost, .. } => Some(*cost),
        Verdict::Cannot { .. } => None,
    };
    match compiler {
        Some(compiler) if i64::from(compiler) != i64::from(costs.cost) => Err(Unknown::Disagrees {
            model: costs.cost,
            compiler,
        }),
        None if !modelled => Err(Unknown::NotModelled(
            "the compiler tells no cost, and only Go 1.27 on amd64 is modelled",
        )),
        _ => Ok(costs),
    }
}
