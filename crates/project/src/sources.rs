//! What `check` found, with the sources that it looked at and everything known about their lines: what profiles
//! measured there, and what the compiler decided.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::LineCol;
use base::system::TempDir;
use gc::{Decisions, Flows, Kind, Position, Refusal};
use go_syntax::{DeclKind, ExprId, ExprKind, File, Node};
use lint::{CheckedId, CheckedPackage, Heat, HotLine, Weights, WrittenPromise};
use profile::Profile;

use crate::analysis::parse_package;
use crate::changed_files::own_dirs;
use crate::check::{CheckError, CheckReport, CheckRequest, Checked, check_keeping, check_named};
use crate::check_diff::{Baseline, CheckDiff, CheckDiffError, check_diff_keeping};
use crate::events::Events;
use crate::evidence::NamedProfile;
use crate::explain::Location;
use crate::inlining::Verdict;
use crate::workspace::Workspace;

/// A check with its sources.
#[derive(Debug, Default)]
pub struct SourcesReport {
    pub check: CheckReport,
    /// The files of the packages that were checked, by package and name.
    pub files: Vec<AnnotatedFile>,
    /// The profiles behind it: all of CPU time as one, and all of memory as one.
    pub profiles: Vec<Profile>,
    /// The same as they were measured, one of each program: instructions have addresses of their own in each.
    pub measured: Arc<[NamedProfile]>,
    /// Keeps the programs that benchmarks were run with.
    pub binaries: Option<TempDir>,
    /// Where fixes may be written.
    pub own_folders: BTreeSet<PathBuf>,
}

/// A file and what is known about its lines.
#[derive(Debug)]
pub struct AnnotatedFile {
    pub path: PathBuf,
    pub import_path: String,
    pub text: String,
    /// The lines that profiles have samples of, in order.
    pub lines: Vec<MeasuredLine>,
    /// Declared functions in the order of the text.
    pub functions: Vec<AnnotatedFunction>,
    /// Values on the heap, by place.
    pub heap: Vec<HeapValue>,
    /// Calls of which it is known what became of them, by place.
    pub calls: Vec<Call>,
    /// Promises in comments, by place.
    pub promises: Vec<WrittenPromise>,
}

/// What profiles measured on a line.
#[derive(Clone, Debug)]
pub struct MeasuredLine {
    /// From 1.
    pub line: u32,
    /// The line itself, with what was inlined into it and what the runtime did for it.
    pub own: Weights,
    /// With everything that the line calls.
    pub cum: Weights,
}

/// A declared function.
#[derive(Clone, Debug)]
pub struct AnnotatedFunction {
    /// As gc spells it: `(*Store).List`.
    pub name: String,
    /// Of `func` and of the closing brace.
    pub lines: (u32, u32),
    /// `None` where the compiler says nothing.
    pub verdict: Option<Verdict>,
    pub own: Weights,
    pub cum: Weights,
}

/// A value on the heap.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeapValue {
    pub at: LineCol,
    /// As the user wrote it.
    pub subject: String,
    /// A sentence without full stop.
    pub words: String,
    /// How it gets there.
    pub steps: Vec<(Location, String)>,
    /// What keeps it alive in the end.
    pub end: Option<String>,
}

/// A call.
#[derive(Clone, Debug)]
pub struct Call {
    /// Where the callee's text begins.
    pub start: LineCol,
    /// Where it ends, and the arguments begin.
    pub end: LineCol,
    /// The callee's name as gc spells it.
    pub callee: String,
    pub fate: Fate,
    /// What inlining costs, where it is known.
    pub cost: Option<u32>,
    /// Why it is not inlined, where it is known; the predicate of a sentence about the callee.
    pub why: Option<String>,
    /// The callee's declaration, if it stands in these packages.
    pub target: Option<(PathBuf, u32)>,
    /// What was measured below this call; of several calls of one function on a line, below all of them.
    pub here: Option<CallCost>,
}

/// What a call costs.
#[derive(Clone, Debug)]
pub struct CallCost {
    pub own: Weights,
    pub cum: Weights,
    /// Of the callee, in order.
    pub lines: Vec<MeasuredLine>,
}

/// What became of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fate {
    Inlined,
    /// An interface call whose callee is known.
    Devirtualized {
        to: String,
    },
    /// A call of a declared function.
    Static,
    /// Through a variable or parameter that holds a function.
    Dynamic,
}

/// Checks the packages of a request and keeps what is known of their lines.
pub fn sources(
    workspace: &Workspace,
    request: &CheckRequest,
    events: Events,
) -> Result<SourcesReport, CheckError> {
    let (check, checked) = check_keeping(workspace, request, events)?;
    Ok(annotate(workspace, check, checked))
}

/// As [`sources`] of the packages that are named and no others, with profiles that are read already.
pub fn sources_of(
    workspace: &Workspace,
    request: &CheckRequest,
    profiles: &Arc<[NamedProfile]>,
    events: Events,
) -> Result<SourcesReport, CheckError> {
    let (check, checked) = check_named(workspace, request, profiles, events)?;
    Ok(annotate(workspace, check, checked))
}

/// As [`sources`] with the findings that are new since a revision; the report of the check stays in the first value.
pub fn sources_since(
    workspace: &Workspace,
    request: &CheckRequest,
    baseline: &Baseline,
    events: Events,
) -> Result<(CheckDiff, SourcesReport), CheckDiffError> {
    let (diff, checked) = check_diff_keeping(workspace, request, baseline, events)?;
    let sources = annotate(workspace, CheckReport::default(), checked);
    Ok((diff, sources))
}

fn annotate(workspace: &Workspace, check: CheckReport, checked: Checked) -> SourcesReport {
    let mut by_package = BTreeMap::new();
    for analysed in &checked.analysed {
        if let Some(decisions) = analysed.decisions(workspace) {
            by_package.insert(analysed.id, decisions);
        }
    }
    let declared = Declared::new(&checked, |id| by_package.get(&id).map(|it| &**it));
    let mut files = Vec::new();
    for (id, package) in checked.packages.iter() {
        let decisions = by_package.get(&id).map(|it| &**it);
        let trees = parse_package(workspace, package);
        for (file, syntax) in trees.iter().enumerate() {
            let of = FileOf {
                checked: &checked,
                id,
                package,
                file,
                syntax: syntax.as_deref(),
                decisions,
                declared: &declared,
            };
            files.extend(of.annotated());
        }
    }
    SourcesReport {
        check,
        files,
        profiles: put_together(&checked.profiles),
        own_folders: own_dirs(workspace, &checked.packages),
        measured: checked.profiles,
        binaries: checked.binaries,
    }
}

/// Profiles of the same sample types as one each, in the order of their first.
fn put_together(profiles: &[NamedProfile]) -> Vec<Profile> {
    let types = |profile: &Profile| -> Vec<String> {
        let kind = |it: &profile::ValueType| profile.strings.text(it.kind).into_owned();
        profile.sample_types.iter().map(kind).collect()
    };
    let mut groups: Vec<(Vec<String>, Vec<&Profile>)> = Vec::new();
    for (_, profile) in profiles {
        let types = types(profile);
        match groups.iter_mut().find(|(known, _)| *known == types) {
            Some((_, group)) => group.push(profile),
            None => groups.push((types, vec![profile])),
        }
    }
    let merged = |(_, group): (_, Vec<&Profile>)| match profile::merge(&group) {
        Ok(merged) => merged,
        // Of units that cannot be converted: the first alone.
        Err(_) => group[0].clone(),
    };
    groups.into_iter().map(merged).collect()
}

/// The functions that the packages declare, by import path and name.
#[derive(Debug, Default)]
struct Declared {
    by_name: HashMap<String, (PathBuf, u32, Option<Verdict>)>,
}

impl Declared {
    fn new<'d>(checked: &Checked, decisions: impl Fn(CheckedId) -> Option<&'d Decisions>) -> Self {
        let mut declared = Self::default();
        for (id, package) in checked.packages.iter() {
            let verdicts = decisions(id)
                .map(|it| verdicts(package, it))
                .unwrap_or_default();
            for (_, function) in package.functions.iter().filter(|(_, it)| !it.is_literal) {
                let path = package.files[function.file].path.clone();
                let verdict =
                    verdicts.get(&(function.file, function.start.line, function.name.clone()));
                let name = format!("{}.{}", package.import_path, function.name);
                declared.by_name.entry(name).or_insert((
                    path,
                    function.start.line,
                    verdict.cloned(),
                ));
            }
        }
        declared
    }

    fn find(&self, import_path: &str, name: &str) -> Option<&(PathBuf, u32, Option<Verdict>)> {
        self.by_name.get(&format!("{import_path}.{name}"))
    }
}

type Verdicts = HashMap<(usize, u32, String), Verdict>;

fn verdicts(package: &CheckedPackage, decisions: &Decisions) -> Verdicts {
    let index = package.file_index();
    let mut verdicts = HashMap::new();
    for (_, decision) in decisions.iter() {
        let verdict = match decision.kind {
            Kind::CanInline { cost, .. } => Verdict::Can { cost },
            Kind::CannotInline {
                why: Refusal::TooComplex { cost, budget },
            } => Verdict::TooComplex { cost, budget },
            Kind::CannotInline { why } => Verdict::Cannot {
                why: decisions.refusal(why).into_owned(),
            },
            _ => continue,
        };
        let at = decision.position;
        if let Some(&file) = index.get(Path::new(decisions.path(at.file))) {
            let name = lint::fold_name(decisions.text(decision.subject));
            verdicts.entry((file, at.line, name)).or_insert(verdict);
        }
    }
    verdicts
}

/// A file of a package that was checked.
struct FileOf<'a> {
    checked: &'a Checked,
    id: CheckedId,
    package: &'a CheckedPackage,
    file: usize,
    syntax: Option<&'a File>,
    decisions: Option<&'a Decisions>,
    declared: &'a Declared,
}

impl FileOf<'_> {
    fn annotated(&self) -> Option<AnnotatedFile> {
        let source = &self.package.files[self.file];
        let syntax = self.syntax?;
        Some(AnnotatedFile {
            path: source.path.clone(),
            import_path: self.package.import_path.clone(),
            text: syntax.src.to_string(),
            promises: lint::promises(syntax),
            lines: self.lines(source.line_count),
            functions: self.functions(),
            heap: self.decisions.map(|it| self.heap(it)).unwrap_or_default(),
            calls: self
                .decisions
                .map(|it| self.calls(it, syntax))
                .unwrap_or_default(),
        })
    }

    fn heat(&self) -> Option<&Heat> {
        self.checked.heat.as_ref()
    }

    fn lines(&self, count: u32) -> Vec<MeasuredLine> {
        let Some(heat) = self.heat() else {
            return Vec::new();
        };
        let measured = |line: u32| {
            let hot = heat.line(self.id, self.file, line)?;
            let measured = MeasuredLine {
                line,
                own: own(hot),
                cum: hot.cum,
            };
            (!measured.cum.is_zero() || !measured.own.is_zero()).then_some(measured)
        };
        (1..=count).filter_map(measured).collect()
    }

    fn functions(&self) -> Vec<AnnotatedFunction> {
        let functions = self.package.functions.iter();
        let mut functions: Vec<AnnotatedFunction> = functions
            .filter(|(_, it)| it.file == self.file && !it.is_literal)
            .map(|(_, it)| {
                let known = self.declared.find(&self.package.import_path, &it.name);
                let (mut own_sum, mut cum) = (Weights::default(), Weights::default());
                if let Some(heat) = self.heat() {
                    let hot = heat.functions.iter();
                    for hot in hot.filter(|hot| hot.package == self.id && hot.name == it.name) {
                        cum += hot.cum;
                    }
                    for line in it.start.line..=it.last {
                        if let Some(hot) = heat.line(self.id, self.file, line) {
                            own_sum += own(hot);
                        }
                    }
                }
                AnnotatedFunction {
                    name: it.name.clone(),
                    lines: (it.start.line, it.last),
                    verdict: known.and_then(|(_, _, verdict)| verdict.clone()),
                    own: own_sum,
                    cum,
                }
            })
            .collect();
        functions.sort_by_key(|it| it.lines);
        functions
    }

    fn is_here(&self, decisions: &Decisions, at: Position) -> bool {
        Path::new(decisions.path(at.file)) == self.package.files[self.file].path
    }

    fn heap(&self, decisions: &Decisions) -> Vec<HeapValue> {
        let flows = Flows::new(decisions);
        let declared = decisions.functions();
        let location = |at: Position| Location {
            path: PathBuf::from(decisions.path(at.file)),
            line: at.line,
            col: at.col,
        };
        let mut values: Vec<HeapValue> = Vec::new();
        for (id, decision) in decisions.iter() {
            let at = decision.position;
            let is_heap = match decision.kind {
                Kind::MovedToHeap => true,
                Kind::EscapesToHeap => !decision.subject.class.is_constant(),
                _ => false,
            };
            // What a wrapper of a generic function repeats has the position of the function's name.
            let is_wrapper = || {
                declared
                    .enclosing(at)
                    .is_some_and(|it| it.start == at.line_col())
            };
            if !is_heap || !self.is_here(decisions, at) || is_wrapper() {
                continue;
            }
            let Some(words) = lint::decision_words(&flows, decisions, id) else {
                continue;
            };
            let flow = lint::flow(&flows, id);
            let value = HeapValue {
                at: at.line_col(),
                subject: flows.subject(id).into_owned(),
                words,
                steps: (flow.steps.into_iter())
                    .map(|it| (location(it.at), it.what))
                    .collect(),
                end: flow.end,
            };
            // Instances of generic code and copies of inlined bodies repeat values.
            if !values.contains(&value) {
                values.push(value);
            }
        }
        values.sort_by(|a, b| (a.at, &a.words).cmp(&(b.at, &b.words)));
        values
    }

    fn calls(&self, decisions: &Decisions, syntax: &File) -> Vec<Call> {
        let mut inlined: HashMap<LineCol, String> = HashMap::new();
        let mut devirtualized: HashMap<LineCol, String> = HashMap::new();
        for (_, decision) in decisions.iter() {
            if !self.is_here(decisions, decision.position) {
                continue;
            }
            let at = decision.position.line_col();
            match decision.kind {
                Kind::InliningCall { .. } => {
                    let name = lint::fold_name(decisions.text(decision.subject));
                    inlined.entry(at).or_insert(name);
                }
                Kind::Devirtualizing { to, .. } | Kind::PgoDevirtualizing { to, .. } => {
                    devirtualized
                        .entry(at)
                        .or_insert_with(|| decisions.text(to).to_owned());
                }
                _ => {}
            }
        }
        let mut calls = Vec::new();
        for &decl in &syntax.decls {
            let DeclKind::Func(function) = &syntax.ast.decl(decl).kind else {
                continue;
            };
            let receiver = receiver(syntax, function);
            syntax.ast.walk(decl, |node| {
                if let Node::Expr(id) = node
                    && let ExprKind::Call { fun, .. } = syntax.ast.expr(id).kind
                {
                    let at = syntax.lines.line_col(syntax.ast.expr(id).pos);
                    let known = (inlined.get(&at), devirtualized.get(&at));
                    calls.extend(self.call(syntax, (fun, at.line), receiver.as_ref(), known));
                }
                true
            });
        }
        calls.sort_by_key(|it: &Call| (it.start, it.end));
        calls
    }

    fn call(
        &self,
        syntax: &File,
        (fun, line): (ExprId, u32),
        receiver: Option<&(String, String)>,
        (inlined, devirtualized): (Option<&String>, Option<&String>),
    ) -> Option<Call> {
        let named = self.named(syntax, fun, receiver);
        let (name, fate) = match (inlined, devirtualized, &named) {
            (Some(name), Some(to), _) => (name.clone(), Fate::Devirtualized { to: to.clone() }),
            (Some(name), None, _) => (name.clone(), Fate::Inlined),
            (None, Some(to), _) => (to.clone(), Fate::Devirtualized { to: to.clone() }),
            (None, None, Named::Declared(_, name)) => (name.clone(), Fate::Static),
            (None, None, Named::Variable(name)) => (name.clone(), Fate::Dynamic),
            (None, None, Named::Unknown) => return None,
        };
        let declared = match &named {
            Named::Declared(path, name) => self.declared.find(path, name),
            _ => None,
        };
        let declared = declared.or_else(|| self.by_spelling(&name));
        let verdict = declared.and_then(|(_, _, verdict)| verdict.clone());
        let (cost, why) = match verdict {
            Some(Verdict::Can { cost }) => (cost, None),
            Some(Verdict::TooComplex { cost, .. }) => (Some(cost), None),
            Some(Verdict::Cannot { why }) => (None, Some(why)),
            None => (None, None),
        };
        let range = syntax.ast.range(fun);
        let target = declared.map(|(path, line, _)| (path.clone(), *line));
        let here = target.as_ref().and_then(|it| self.call_cost(line, it));
        Some(Call {
            start: syntax.lines.line_col(range.start),
            end: syntax.lines.line_col(range.end),
            callee: name,
            fate,
            cost,
            why,
            target,
            here,
        })
    }

    /// What profiles measured below calls of a declared function on a line.
    fn call_cost(&self, line: u32, (path, declared): &(PathBuf, u32)) -> Option<CallCost> {
        let heat = self.heat()?;
        let packages = &self.checked.packages;
        let call = heat.calls_on(self.id, self.file, line, |callee| {
            let package = packages.get(callee.package);
            let found = package.functions.named(&callee.name);
            found.is_some_and(|id| {
                let function = package.functions.get(id);
                function.start.line == *declared && package.files[function.file].path == *path
            })
        })?;
        let lines = call.lines.iter().map(|it| MeasuredLine {
            line: heat.lines[it.line].line,
            own: it.own,
            cum: it.cum,
        });
        let mut lines: Vec<MeasuredLine> = lines.collect();
        lines.sort_by_key(|it| it.line);
        Some(CallCost {
            own: call.own,
            cum: call.cum,
            lines,
        })
    }

    /// The declaration of a function as gc spells its name: `F`, `store.F`, `(*Store).each`, `store.(*Store).each`.
    fn by_spelling(&self, name: &str) -> Option<&(PathBuf, u32, Option<Verdict>)> {
        if let Some(found) = self.declared.find(&self.package.import_path, name) {
            return Some(found);
        }
        let (pkg, bare) = name
            .split_once('.')
            .filter(|(pkg, _)| !pkg.starts_with('('))?;
        let packages = self.checked.packages.iter();
        packages
            .filter(|(_, it)| it.name == pkg)
            .find_map(|(_, it)| self.declared.find(&it.import_path, bare))
    }

    /// What the text of a callee names, as far as that can be told without types.
    fn named(&self, syntax: &File, fun: ExprId, receiver: Option<&(String, String)>) -> Named {
        let ast = &syntax.ast;
        let mut fun = ast.unparen(fun);
        while let ExprKind::Index { x, .. } = ast.expr(fun).kind {
            fun = ast.unparen(x);
        }
        let own = &self.package.import_path;
        match ast.expr(fun).kind {
            ExprKind::Ident(_) => {
                let name = ast.name(fun).as_str().to_owned();
                if self.declared.find(own, &name).is_some() {
                    Named::Declared(own.clone(), name)
                } else if is_parameter(syntax, fun, &name) {
                    Named::Variable(name)
                } else {
                    Named::Unknown
                }
            }
            ExprKind::Selector { x, sel } => {
                let (Some(left), right) = (ast.ident(x), ast.name(sel)) else {
                    return Named::Unknown;
                };
                let (left, right) = (left.as_str(), right.as_str());
                // A method of the receiver's own type.
                if let Some((variable, ty)) = receiver
                    && variable == left
                {
                    for name in [format!("(*{ty}).{right}"), format!("{ty}.{right}")] {
                        if self.declared.find(own, &name).is_some() {
                            return Named::Declared(own.clone(), name);
                        }
                    }
                }
                let import = (syntax.imports.iter())
                    .filter_map(|&it| syntax.import_path(it))
                    .find(|path| path.rsplit('/').next() == Some(left));
                match import {
                    Some(path) => Named::Declared(path, right.to_owned()),
                    None => Named::Unknown,
                }
            }
            _ => Named::Unknown,
        }
    }
}

/// What the text of a callee names.
enum Named {
    /// A function by import path and name.
    Declared(String, String),
    /// A variable that holds a function.
    Variable(String),
    Unknown,
}

/// The receiver's variable and the name of its type.
fn receiver(syntax: &File, function: &go_syntax::FuncDecl) -> Option<(String, String)> {
    let ast = &syntax.ast;
    let field = ast.field(*ast.list(function.recv).first()?);
    let variable = ast
        .name(*ast.list(field.names).first()?)
        .as_str()
        .to_owned();
    let mut ty = ast.unparen(field.ty);
    if let ExprKind::Star(x) = ast.expr(ty).kind {
        ty = ast.unparen(x);
    }
    if let ExprKind::Index { x, .. } = ast.expr(ty).kind {
        ty = x;
    }
    Some((variable, ast.ident(ty)?.as_str().to_owned()))
}

/// Whether a name is that of a parameter of function type of the declaration around an expression.
fn is_parameter(syntax: &File, inside: ExprId, name: &str) -> bool {
    let ast = &syntax.ast;
    let place = ast.range(inside);
    let around = syntax
        .decls
        .iter()
        .find_map(|&decl| match &ast.decl(decl).kind {
            DeclKind::Func(function) => {
                let range = ast.range(decl);
                (range.start <= place.start && place.end <= range.end).then_some(function)
            }
            _ => None,
        });
    let Some(function) = around else {
        return false;
    };
    let Some(signature) = ast.func_type(function.ty) else {
        return false;
    };
    ast.list(signature.params).iter().any(|&field| {
        let field = ast.field(field);
        let is_function = matches!(ast.expr(ast.unparen(field.ty)).kind, ExprKind::FuncType(_));
        is_function
            && ast
                .list(field.names)
                .iter()
                .any(|&it| ast.name(it).as_str() == name)
    })
}

/// The line itself, with what was inlined into it and what the runtime did for it.
fn own(hot: &HotLine) -> Weights {
    let mut own = hot.flat;
    own += hot.below(|callee| callee.inlined || callee.function.starts_with("runtime."));
    own
}
