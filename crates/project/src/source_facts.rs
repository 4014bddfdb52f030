//! What is known of files while they are typed, without the compiler: patterns that cost, sizes of structs, and the
//! inliner's verdicts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use base::{Cancelled, FileId};
use diag::Diagnostic;
use gc::Decisions;
use gc::native::{self, Costs, verdicts};
use go_ir::{Source, lower};
use go_types::{Pos, with_stack};
use layout::StructLayout;
use lint::{CheckOptions, CheckedPackage, PackageInput, PackageSet, Trees};
use rustc_hash::FxHashMap;

use crate::analysis::Broken;
use crate::go_program::Program;
use crate::inlining::Verdict;
use crate::known_costs::{KnownCosts, is_modelled};
use crate::session::SharedTrees;
use crate::structs::struct_layouts;
use crate::workspace::{Loaded, Root, Workspace};

/// Which files, and what is asked of them.
#[derive(Clone, Copy, Debug)]
pub struct SourceFactsRequest<'r> {
    /// Absolute; files of other packages are left out.
    pub files: &'r [&'r Path],
    pub options: &'r CheckOptions,
    /// `None`: no verdicts.
    pub costs: Option<&'r KnownCosts>,
}

/// What is known of the files of a request.
#[derive(Clone, Debug, Default)]
pub struct SourceFacts {
    /// Of rules that look at one file at a time, whether or not there is evidence.
    pub findings: Vec<Diagnostic>,
    /// By place.
    pub structs: Vec<StructLayout>,
    /// Of declared functions whose verdict is known, by place.
    pub verdicts: Vec<FunctionVerdict>,
    /// Declared functions by place, also those of which nothing else is known.
    pub functions: Vec<SourceFunction>,
    /// Errors of the packages that contain the files.
    pub broken: Vec<Broken>,
    /// The model of the inliner was asked: costs are given, and it follows the compiler of the workspace.
    pub is_modelled: bool,
}

/// A declared function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceFunction {
    pub path: PathBuf,
    /// As gc spells it: `(*Store).List`.
    pub name: String,
    /// Of `func` and of the closing brace.
    pub lines: (u32, u32),
    /// Of the line where the signature ends: that of the opening brace, or of `func` without a body.
    pub signature_line: u32,
}

/// The model's verdict on a function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FunctionVerdict {
    pub path: PathBuf,
    pub name: String,
    /// Of its name.
    pub line: u32,
    pub verdict: Verdict,
}

/// Finds what is known of the files.
pub(crate) fn source_facts(
    workspace: &Workspace,
    loaded: &Loaded,
    program: &Program,
    trees: &SharedTrees,
    request: &SourceFactsRequest<'_>,
) -> Result<SourceFacts, Cancelled> {
    let costs = request.costs.filter(|_| is_modelled(workspace));
    let mut facts = SourceFacts {
        is_modelled: costs.is_some(),
        ..SourceFacts::default()
    };
    for root in &loaded.roots {
        let files: Vec<&Path> = (root.files.iter().map(PathBuf::as_path))
            .filter(|path| request.files.contains(path))
            .collect();
        if files.is_empty() {
            continue;
        }
        let one = OnePackage {
            workspace,
            program,
            root,
            files: &files,
        };
        let start = workspace.system.monotonic();
        let ((functions, findings), verdicts) = rayon::join(
            || one.patterns(trees, request.options),
            || costs.map_or_else(Vec::new, |costs| one.verdicts(costs)),
        );
        facts.functions.extend(functions);
        facts.findings.extend(findings);
        facts.verdicts.extend(verdicts);
        workspace.cancel.check()?;
        let joined = workspace.system.monotonic();
        (facts.structs).extend(struct_layouts(workspace, program, root.id, &files));
        workspace.cancel.check()?;
        facts.broken.extend(program.known(root.id).errors());
        tracing::debug!(
            "{}: patterns and verdicts {:?}, structs {:?}",
            root.import_path,
            joined.saturating_sub(start),
            workspace.system.monotonic().saturating_sub(joined)
        );
    }
    diag::sort(&mut facts.findings);
    (facts.structs).sort_by(|a, b| (&a.place, &a.name).cmp(&(&b.place, &b.name)));
    (facts.verdicts).sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    (facts.functions).sort_by(|a, b| (&a.path, a.lines).cmp(&(&b.path, b.lines)));
    Ok(facts)
}

/// A package that contains some of the files.
struct OnePackage<'a> {
    workspace: &'a Workspace<'a>,
    program: &'a Program,
    root: &'a Root,
    files: &'a [&'a Path],
}

impl OnePackage<'_> {
    /// The functions, and findings about patterns.
    fn patterns(
        &self,
        shared: &SharedTrees,
        options: &CheckOptions,
    ) -> (Vec<SourceFunction>, Vec<Diagnostic>) {
        let trees = self.trees(shared);
        let root = self.root;
        let package = CheckedPackage::new(
            root.import_path.clone(),
            root.name.clone(),
            root.dir.clone(),
            root.files.clone(),
            &trees,
        );
        let functions = functions(&package, &trees);
        let go_minor = self.workspace.go_minor();
        let types = self.program.known(root.id).typed(&package, go_minor);
        let mut options = options.clone();
        options.all = true;
        let whole = lint::rules::RULES.iter().filter(|it| it.needs_all_files());
        (options.select.ignore).extend(whole.map(|rule| rule.id.to_owned()));
        let packages = PackageSet::new(vec![package]);
        let input = PackageInput {
            id: base::Idx::from_index(0),
            packages: &packages,
            trees: &trees,
            decisions: &Decisions::default(),
            foreign: &[],
            heat: None,
            types: Some(types),
            module_of: &|_| None,
            go_minor,
            coverage: None,
            bounds_checks: None,
        };
        (functions, lint::check_patterns(&input, &options))
    }

    /// The parsed files; those that were not asked for are left out.
    fn trees(&self, shared: &SharedTrees) -> Trees {
        let tree = |path: &PathBuf| {
            if !self.files.contains(&path.as_path()) {
                return None;
            }
            let mut known = shared.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(tree) = known.get(path) {
                return Some(Arc::clone(tree));
            }
            let text = self.workspace.system.read(path).ok()?;
            let tree = Arc::new(go_syntax::parse(&text).0);
            known.insert(path.clone(), Arc::clone(&tree));
            Some(tree)
        };
        self.root.files.iter().map(tree).collect()
    }

    /// The verdicts on declared functions in the files. Functions with errors have none.
    fn verdicts(&self, known: &KnownCosts) -> Vec<FunctionVerdict> {
        let loaded = self.program.loaded();
        let checked = self.program.package(self.root.id);
        let files = &loaded.packages[self.root.id].files;
        if checked.info.files.len() != files.len() {
            return Vec::new();
        }
        let source = Source {
            pkg: checked.pkg,
            files: files.iter().map(|file| &file.file).collect(),
            info: &checked.info,
        };
        let mut broken = self.broken_lines();
        with_stack(|| {
            let mut store = self.program.view();
            let ids = store.packages[checked.pkg].files.clone();
            let by_id: FxHashMap<FileId, (&Path, &go_syntax::File)> = (ids.into_iter())
                .zip(files.iter().map(|file| (&*file.path, &file.file)))
                .collect();
            let place = |pos: Pos| {
                let (path, file) = by_id.get(&pos.file)?;
                Some((*path, *file, file.lines.line_col(pos.offset).line))
            };
            let lowered = lower(&mut store, &source);
            let mut costs = Costs::of_others(Arc::clone(&known.0));
            let found = verdicts(&mut store, &lowered, &loaded.goarch, &mut costs);
            let mut all = Vec::new();
            for one in found {
                let func = &lowered.funcs[one.func];
                if func.parent.is_some() || func.obj.is_none() {
                    continue;
                }
                let Some((path, file, line)) = place(func.pos) else {
                    continue;
                };
                let Some(verdict) = in_words(&one.verdict) else {
                    continue;
                };
                if !self.files.contains(&path) || is_broken(file, line, broken.entry(path)) {
                    continue;
                }
                all.push(FunctionVerdict {
                    path: path.to_owned(),
                    name: func.name.clone(),
                    line,
                    verdict,
                });
            }
            all
        })
    }

    /// Lines with errors, by file.
    fn broken_lines(&self) -> BTreeMap<&Path, Vec<u32>> {
        let mut lines: BTreeMap<&Path, Vec<u32>> = BTreeMap::new();
        let loaded = self.program.loaded();
        let checked = self.program.package(self.root.id);
        let store = self.program.view();
        let ids = &store.packages[checked.pkg].files;
        let files = &loaded.packages[self.root.id].files;
        for (id, source) in ids.iter().zip(files) {
            let of_syntax = source.problems.iter().map(|problem| problem.at);
            let of_types = checked.problems.iter().filter(|it| it.pos.file == *id);
            let offsets = of_syntax.chain(of_types.map(|it| it.pos.offset));
            let at = offsets.map(|offset| source.file.lines.line_col(offset).line);
            lines.insert(&source.path, at.collect());
        }
        lines
    }
}

/// Whether an error stands in the function that begins on a line.
fn is_broken(
    file: &go_syntax::File,
    line: u32,
    broken: std::collections::btree_map::Entry<'_, &Path, Vec<u32>>,
) -> bool {
    let broken = broken.or_default();
    if broken.is_empty() {
        return false;
    }
    file.decls.iter().any(|decl| {
        let range = file.ast.range(*decl);
        let first = file.lines.line_col(range.start).line;
        let last = file.lines.line_col(range.end).line;
        (first..=last).contains(&line) && broken.iter().any(|it| (first..=last).contains(it))
    })
}

/// A verdict of the model as one of the compiler; `None` where it is not known.
fn in_words(verdict: &native::Verdict) -> Option<Verdict> {
    Some(match verdict {
        native::Verdict::Inlinable { cost } => Verdict::Can {
            cost: Some(u32::try_from(*cost).ok()?),
        },
        native::Verdict::NotInlinable { reason } => {
            let reason = reason.as_deref()?;
            match too_complex(reason) {
                Some((cost, budget)) => Verdict::TooComplex { cost, budget },
                None => Verdict::Cannot {
                    why: native::reason_in_words(reason).into_owned(),
                },
            }
        }
        native::Verdict::Unknown(_) => return None,
    })
}

/// `function too complex: cost 143 exceeds budget 80`.
fn too_complex(reason: &str) -> Option<(u32, u32)> {
    let rest = reason.strip_prefix("function too complex: cost ")?;
    let (cost, budget) = rest.split_once(" exceeds budget ")?;
    Some((cost.parse().ok()?, budget.parse().ok()?))
}

/// The declared functions of the files that are parsed.
fn functions(package: &CheckedPackage, trees: &Trees) -> Vec<SourceFunction> {
    let declared = package.functions.iter().filter(|(_, it)| !it.is_literal);
    declared
        .map(|(_, function)| {
            let body = function.body.and_then(|body| {
                let file = trees.get(function.file)?.as_deref()?;
                let start = file.ast.range(body).start;
                Some(file.lines.line_col(start).line)
            });
            SourceFunction {
                path: package.files[function.file].path.clone(),
                name: function.name.clone(),
                lines: (function.start.line, function.last),
                signature_line: body.unwrap_or(function.start.line),
            }
        })
        .collect()
}
