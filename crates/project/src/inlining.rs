//! What is inlined: every function of a package with its cost, and where it was inlined.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use gc::{Decisions, Kind, Refusal};
use lint::CheckedPackage;

/// The functions of one package.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PackageInlining {
    pub import_path: String,
    /// By file, line and name.
    pub functions: Vec<FunctionInlining>,
}

/// One function with the inliner's verdict.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FunctionInlining {
    /// Without type arguments.
    pub name: String,
    pub path: PathBuf,
    pub line: u32,
    pub col: u32,
    pub verdict: Verdict,
    /// The calls in this package that were replaced by its body, as `path:line:col`, sorted.
    pub inlined_at: Vec<(PathBuf, u32, u32)>,
    /// Calls within it that were replaced by a body.
    pub calls_inlined: usize,
}

/// Whether a function can be inlined.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// With its cost, where the compiler prints it.
    Can {
        cost: Option<u32>,
    },
    TooComplex {
        cost: u32,
        budget: u32,
    },
    /// For another reason; the predicate of a sentence about the function.
    Cannot {
        why: String,
    },
}

impl Verdict {
    /// Sorts what cannot be inlined by how near it is to the budget.
    pub fn distance(&self) -> u64 {
        match self {
            Self::Can { .. } => 0,
            Self::TooComplex { cost, budget } => u64::from(cost.saturating_sub(*budget)),
            Self::Cannot { .. } => u64::MAX,
        }
    }
}

/// Lists the functions declared in a package's own files.
pub fn inlining(package: &CheckedPackage, decisions: &Decisions) -> PackageInlining {
    let index = package.file_index();
    let file_of = |decision: &gc::Decision| {
        index
            .get(Path::new(decisions.path(decision.position.file)))
            .copied()
    };
    let mut functions: BTreeMap<(usize, u32, u32, String), Verdict> = BTreeMap::new();
    let mut sites: BTreeMap<String, Vec<(PathBuf, u32, u32)>> = BTreeMap::new();
    let mut within: HashMap<(usize, u32), usize> = HashMap::new();
    for (_, decision) in decisions.iter() {
        let Some(file) = file_of(decision) else {
            continue;
        };
        let at = decision.position;
        let name = lint::fold_name(decisions.text(decision.subject));
        let verdict = match decision.kind {
            Kind::CanInline { cost, .. } => Verdict::Can { cost },
            Kind::CannotInline {
                why: Refusal::TooComplex { cost, budget },
            } => Verdict::TooComplex { cost, budget },
            Kind::CannotInline {
                why: why @ Refusal::Other(_),
            } => Verdict::Cannot {
                why: decisions.refusal(why).into_owned(),
            },
            Kind::InliningCall { .. } => {
                let site = (package.files[file].path.clone(), at.line, at.col);
                sites.entry(name).or_default().push(site);
                if let Some((_, line)) = package.function_around(file, at.line) {
                    *within.entry((file, line)).or_default() += 1;
                }
                continue;
            }
            _ => continue,
        };
        functions
            .entry((file, at.line, at.col, name))
            .or_insert(verdict);
    }
    for sites in sites.values_mut() {
        sites.sort();
        sites.dedup();
    }
    let functions = functions
        .into_iter()
        .map(|((file, line, col, name), verdict)| FunctionInlining {
            path: package.files[file].path.clone(),
            line,
            col,
            verdict,
            inlined_at: sites.get(&name).cloned().unwrap_or_default(),
            calls_inlined: within.get(&(file, line)).copied().unwrap_or_default(),
            name,
        });
    PackageInlining {
        import_path: package.import_path.clone(),
        functions: functions.collect(),
    }
}
