//! A package as the rules see it: syntax, types, the compiler's decisions and the profiles' heat.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use base::LineCol;
use diag::Annotation;
use gc::{Decisions, Flows};
use go_syntax::{DeclKind, ExprId, ExprKind, File, Node, Positions, StmtKind};
use go_types::{ObjId, TypeKind, VarKind};

use crate::allocs::{Alloc, AllocSite, BlockSize, Holder, TypedFile, TypedPackage, find_allocs};
use crate::coverage::Coverage;
use crate::functions::{FunctionId, SourceFunction};
use crate::heat::{Heat, HotLine};
use crate::limits::Limits;
use crate::packages::{CheckedId, CheckedPackage, PackageSet, Trees};
use crate::sites::{Candidate, Site, Verdict, first_line};
use crate::source::Source;
use crate::weights::{Resource, Weights};

/// What is looked at.
pub struct PackageInput<'a> {
    pub id: CheckedId,
    pub packages: &'a PackageSet,
    /// The package's own files.
    pub trees: &'a Trees,
    pub decisions: &'a Decisions,
    /// What other packages' logs say of this package's lines.
    pub foreign: &'a [crate::ForeignCandidate],
    pub heat: Option<&'a Heat>,
    /// Types; without them sites are found by syntax alone.
    pub types: Option<TypedPackage<'a>>,
    /// The module and version a package belongs to, by import path; `None` for the standard library.
    pub module_of: &'a (dyn Fn(&str) -> Option<String> + Sync),
    /// Minor version of Go.
    pub go_minor: u32,
    /// How often statements ran.
    pub coverage: Option<&'a Coverage>,
    /// Asks the compiler for the bounds checks that it keeps, which takes a whole compile; `Err` says why it cannot
    /// answer.
    pub bounds_checks: Option<&'a AskBoundsChecks<'a>>,
}

/// See [`PackageInput::bounds_checks`].
pub type AskBoundsChecks<'a> = dyn Fn() -> Result<Decisions, String> + 'a;

/// A package as the rules see it.
pub(crate) struct View<'a> {
    pub(crate) package: &'a CheckedPackage,
    pub(crate) id: CheckedId,
    pub(crate) decisions: &'a Decisions,
    pub(crate) heat: Option<&'a Heat>,
    pub(crate) bounds_checks: Option<&'a AskBoundsChecks<'a>>,
    coverage: Option<&'a Coverage>,
    /// The largest count of the package.
    most_runs: OnceCell<u64>,
    packages: &'a PackageSet,
    pub(crate) trees: &'a Trees,
    types: Option<&'a TypedPackage<'a>>,
    module_of: &'a (dyn Fn(&str) -> Option<String> + Sync),
    /// Made when first asked for.
    flows: OnceCell<Flows<'a>>,
    /// Of each file, found when first asked for.
    allocs: Vec<OnceCell<Vec<AllocSite>>>,
    /// How many places make the map that is kept in something.
    map_makes: OnceCell<HashMap<Holder, usize>>,
    /// Of each file, the nodes at gc's positions.
    positions: Vec<OnceCell<Positions>>,
}

impl<'a> View<'a> {
    pub(crate) fn new(input: &'a PackageInput<'a>) -> Self {
        let package = input.packages.get(input.id);
        let n_files = package.files.len();
        Self {
            package,
            id: input.id,
            decisions: input.decisions,
            heat: input.heat,
            bounds_checks: input.bounds_checks,
            coverage: input.coverage,
            most_runs: OnceCell::new(),
            packages: input.packages,
            trees: input.trees,
            types: input.types.as_ref(),
            module_of: input.module_of,
            flows: OnceCell::new(),
            allocs: (0..n_files).map(|_| OnceCell::new()).collect(),
            map_makes: OnceCell::new(),
            positions: (0..n_files).map(|_| OnceCell::new()).collect(),
        }
    }

    pub(crate) fn syntax(&self, file: usize) -> Option<&'a File> {
        self.trees.get(file)?.as_deref()
    }

    /// Whether statements were counted.
    pub(crate) fn is_counted(&self) -> bool {
        self.coverage.is_some()
    }

    /// Whether what ran often outranks what did not, where no profile saw either.
    pub(crate) fn counts_rank(&self) -> bool {
        self.coverage.is_some_and(|coverage| !coverage.is_profiled)
    }

    /// How often the code at an offset of a file ran, and the most that any of the package did.
    pub(crate) fn runs(&self, file: usize, offset: u32) -> Option<(u64, u64)> {
        let coverage = self.coverage?;
        let at = self.syntax(file)?.lines.line_col(offset);
        let path = self.path(file);
        let package = &self.package.import_path;
        let count = coverage.count(package, path.file_name()?.to_str()?, at)?;
        let most = self.most_runs.get_or_init(|| coverage.max(package));
        Some((count, *most))
    }

    pub(crate) fn typed(&self, file: usize) -> Option<TypedFile<'a, 'a>> {
        self.types?.file(file)
    }

    /// Files that were typed, as rules about patterns see them.
    pub(crate) fn sources(&self, go_minor: u32, limits: &Limits) -> Vec<Source<'a>> {
        let files = self.package.files.iter().enumerate();
        files
            .filter_map(|(index, file)| {
                let (syntax, typed) = (self.syntax(index)?, self.typed(index)?);
                Some(
                    Source::new(syntax, index, file.path.clone(), typed, go_minor, limits)
                        .counted_by(self.coverage, &self.package.import_path),
                )
            })
            .collect()
    }

    /// The sites of a file, by position. Without heat or types none are looked for: the log names them.
    pub(crate) fn allocs(&self, file: usize) -> &[AllocSite] {
        let find = || match self.syntax(file) {
            Some(syntax) if self.types.is_some() || self.is_hot(file) => {
                find_allocs(syntax, file, self.typed(file))
            }
            _ => Vec::new(),
        };
        self.allocs
            .get(file)
            .map_or(&[], |cell| cell.get_or_init(find))
    }

    /// How many places of the package make a map that is kept in `holder`.
    pub(crate) fn map_makes(&self, holder: &Holder) -> usize {
        let makes = self.map_makes.get_or_init(|| {
            let mut makes: HashMap<Holder, usize> = HashMap::new();
            let all = (0..self.allocs.len()).flat_map(|file| self.allocs(file));
            for site in all.filter(|site| matches!(site.alloc, Alloc::MakeMap | Alloc::Literal)) {
                if let Some(holder) = &site.holder {
                    *makes.entry(holder.clone()).or_default() += 1;
                }
            }
            makes
        });
        makes.get(holder).copied().unwrap_or(0)
    }

    fn is_hot(&self, file: usize) -> bool {
        self.heat.is_some_and(|heat| {
            heat.lines
                .iter()
                .any(|line| line.package == self.id && line.file == file)
        })
    }

    /// Why values escape.
    pub(crate) fn flows(&self) -> &Flows<'a> {
        self.flows.get_or_init(|| Flows::new(self.decisions))
    }

    /// Whether the compiler was asked about the package.
    pub(crate) fn has_decisions(&self) -> bool {
        self.decisions.iter().next().is_some()
    }

    /// Whether the function, or the one around it, has type parameters.
    pub(crate) fn is_generic(&self, function: &SourceFunction) -> bool {
        let Some(file) = self.syntax(function.file) else {
            return false;
        };
        (file.decls.iter()).any(|decl| {
            let DeclKind::Func(func) = file.ast.decl(*decl).kind else {
                return false;
            };
            file.ast.range(*decl).covers(function.range) && has_type_params(file, &func)
        })
    }

    /// Whether the callee of an inlined call, as the compiler names it, is of a package under analysis.
    pub(crate) fn is_checked_callee(&self, callee: &str) -> bool {
        let folded = crate::fold_name(callee);
        let (path, _) = profile::split_symbol(callee);
        path.is_empty()
            || self.package.functions.named(&folded).is_some()
            || self.packages.find(path).is_some()
            || self
                .packages
                .iter()
                .any(|(_, package)| package.name == path)
    }

    /// Whether what a site fills lives in its function alone.
    pub(crate) fn is_local(&self, site: &Site, holder: &Holder) -> bool {
        match holder {
            Holder::Object(obj) => (self.typed(site.file))
                .and_then(|typed| typed.var_kind(*obj))
                .is_some_and(|kind| !matches!(kind, VarKind::Field | VarKind::Package)),
            Holder::Text(text) => !text.contains('.'),
        }
    }

    /// The declared function a site stands in.
    pub(crate) fn function_of(&self, site: &Site) -> Option<FunctionId> {
        let functions = &self.package.functions;
        functions
            .around(site.file, site.at.line)
            .map(|id| functions.outermost(id))
    }

    /// The module of a package outside of these, with its version.
    pub(crate) fn module_of(&self, import_path: &str) -> Option<String> {
        (self.module_of)(import_path)
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

    /// Whether weights are at least `share` of some resource.
    pub(crate) fn is_share(&self, weights: &Weights, share: f64) -> bool {
        let total = self.total();
        (Resource::ALL.into_iter()).any(|resource| weights.sure_share(resource, &total) >= share)
    }

    /// The nodes at gc's position `at`, outer ones first.
    pub(crate) fn nodes_at(&self, file: usize, at: LineCol) -> impl Iterator<Item = Node> {
        let offset = self
            .syntax(file)
            .and_then(|syntax| syntax.lines.offset(at))
            .filter(|_| at.col > 0);
        let positions = offset.and_then(|_| self.positions(file));
        (positions.zip(offset).into_iter()).flat_map(|(positions, offset)| positions.at(offset))
    }

    fn positions(&self, file: usize) -> Option<&Positions> {
        let (syntax, cell) = (self.syntax(file)?, self.positions.get(file)?);
        Some(cell.get_or_init(|| Positions::new(syntax)))
    }

    /// The node that a decision about an allocation at `at` is about.
    pub(crate) fn node_at(&self, file: usize, at: LineCol, alloc: Alloc) -> Option<Node> {
        let syntax = self.syntax(file)?;
        let fits = |node: &Node| match (*node, alloc) {
            // The call where its function was inlined.
            (Node::Expr(id), Alloc::Variable) => {
                matches!(
                    syntax.ast.expr(id).kind,
                    ExprKind::Ident(_) | ExprKind::Call { .. }
                )
            }
            (Node::Expr(_), _) => true,
            (Node::Stmt(id), Alloc::Closure) => matches!(
                syntax.ast.stmt(id).kind,
                StmtKind::Go(_) | StmtKind::Defer(_) | StmtKind::Range { .. }
            ),
            _ => false,
        };
        self.nodes_at(file, at).find(fits)
    }

    /// Bytes that the allocator takes for the value of a node, where its type tells.
    pub(crate) fn size_of(&self, file: usize, node: Option<Node>, alloc: Alloc) -> BlockSize {
        self.block_of(file, node, alloc)
            .map_or(BlockSize::UNKNOWN, BlockSize::Exactly)
    }

    /// Whether what the compiler says to escape needs no memory of its own: closures that capture nothing, and values
    /// that an interface holds as they are.
    pub(crate) fn is_free(&self, file: usize, candidate: &Candidate) -> bool {
        let (Some(typed), Some(syntax)) = (self.typed(file), self.syntax(file)) else {
            return false;
        };
        match (
            self.node_at(file, candidate.at, candidate.alloc),
            candidate.alloc,
        ) {
            // One that captures something is a site of the source.
            (Some(Node::Expr(id)), Alloc::Closure) => {
                matches!(syntax.ast.expr(id).kind, ExprKind::FuncLit { .. })
            }
            (Some(Node::Expr(id)), Alloc::Boxing) => typed.is_boxed_free(id),
            _ => false,
        }
    }

    /// The object that an identifier names.
    pub(crate) fn variable(&self, file: usize, node: Option<Node>) -> Option<go_types::ObjId> {
        let Node::Expr(ident) = node? else {
            return None;
        };
        self.typed(file)?.object_of(self.syntax(file)?, ident)
    }

    fn block_of(&self, file: usize, node: Option<Node>, alloc: Alloc) -> Option<i64> {
        let Node::Expr(expr) = node? else { return None };
        let typed = self.typed(file)?;
        let typ = match alloc {
            Alloc::Variable => {
                let obj = typed.object_of(self.syntax(file)?, expr)?;
                typed.type_of_object(obj)
            }
            Alloc::Boxing => typed.type_of(expr)?,
            _ => return None,
        };
        typed.block_of(typ)
    }

    /// The source at gc's position, underlined to its end on the first line.
    pub(crate) fn annotation(&self, file: usize, at: LineCol) -> Annotation {
        let node = self
            .nodes_at(file, at)
            .find(|node| matches!(node, Node::Expr(_)));
        match node {
            Some(node) => self.annotate(file, node),
            None => Annotation::at(self.path(file), at.line, at.col.max(1)),
        }
    }

    /// As [`Self::annotate`], of a long literal its type alone.
    pub(crate) fn annotate_site(&self, file: usize, node: Node) -> Annotation {
        const LONG: u32 = 60;
        let mut annotation = self.annotate(file, node);
        let end_of_type = || {
            let syntax = self.syntax(file)?;
            let Node::Expr(mut expr) = node else {
                return None;
            };
            if let ExprKind::Unary { x, .. } = syntax.ast.expr(expr).kind {
                expr = syntax.ast.unparen(x);
            }
            match syntax.ast.expr(expr).kind {
                ExprKind::CompositeLit { ty, .. } => {
                    Some(syntax.lines.line_col(syntax.ast.range(ty?).end))
                }
                _ => None,
            }
        };
        let is_long = |end: LineCol| {
            end.line == annotation.start.line && end.col > annotation.start.col + LONG
        };
        if annotation.end.is_some_and(is_long)
            && let Some(end) = end_of_type()
        {
            annotation.end = Some(end);
        }
        annotation
    }

    /// A node, underlined to its end on the first line.
    pub(crate) fn annotate(&self, file: usize, node: Node) -> Annotation {
        let range = self.syntax(file).map(|syntax| syntax.ast.range(node));
        self.annotate_range(file, range.unwrap_or(base::TextRange::empty(0)))
    }

    /// A range, underlined to its end on the first line.
    pub(crate) fn annotate_range(&self, file: usize, range: base::TextRange) -> Annotation {
        let Some(syntax) = self.syntax(file) else {
            return Annotation::at(self.path(file), 0, 0);
        };
        let (start, end) = first_line(syntax, range);
        let mut annotation = Annotation::at(self.path(file), start.line, start.col);
        annotation.end = Some(end);
        annotation
    }

    /// The name of the function that is declared on a line.
    pub(crate) fn declared_name(&self, file: usize, line: u32) -> Option<Annotation> {
        let syntax = self.syntax(file)?;
        syntax.decls.iter().find_map(|decl| {
            let DeclKind::Func(func) = syntax.ast.decl(*decl).kind else {
                return None;
            };
            let start = syntax.ast.range(*decl).start;
            (syntax.lines.line_col(start).line == line)
                .then(|| self.annotate(file, func.name.into()))
        })
    }

    fn returned_call_of(&self, file: usize, node: Node) -> Option<ExprId> {
        let syntax = self.syntax(file)?;
        let Node::Stmt(id) = node else { return None };
        let StmtKind::Return(results) = syntax.ast.stmt(id).kind else {
            return None;
        };
        let result = syntax.ast.unparen(*syntax.ast.list(results).first()?);
        matches!(syntax.ast.expr(result).kind, ExprKind::Call { .. }).then_some(result)
    }

    /// The call whose results the `return` statement at gc's position returns.
    pub(crate) fn returned_call(&self, file: usize, at: LineCol) -> Option<ExprId> {
        (self.nodes_at(file, at)).find_map(|node| self.returned_call_of(file, node))
    }

    /// Whether goroutines that a declared function starts use a variable: their `go` statements mention it, or function
    /// literals whose variables these mention.
    pub(crate) fn goroutines_use(
        &self,
        file: usize,
        function: FunctionId,
        variable: ObjId,
    ) -> bool {
        let range = self.package.functions.get(function).range;
        let sites = (self.allocs(file).iter()).filter(|alloc| range.covers(alloc.range));
        let (started, others): (Vec<_>, Vec<_>) = sites.partition(|alloc| alloc.alloc == Alloc::Go);
        let is_started =
            |variable| (started.iter()).any(|alloc| self.mentions(file, alloc.node, variable));
        is_started(variable)
            || others.iter().any(|alloc| match alloc.target {
                Some(Holder::Object(named)) if alloc.alloc == Alloc::Closure => {
                    is_started(named) && self.mentions(file, alloc.node, variable)
                }
                _ => false,
            })
    }

    fn mentions(&self, file: usize, node: Node, variable: ObjId) -> bool {
        let (Some(syntax), Some(typed)) = (self.syntax(file), self.typed(file)) else {
            return false;
        };
        let mut is_found = false;
        syntax.ast.walk(node, |node| {
            if let Node::Expr(expr) = node {
                is_found |= typed.object_of(syntax, expr) == Some(variable);
            }
            !is_found
        });
        is_found
    }

    /// The text of a line.
    pub(crate) fn line_text(&self, file: usize, line: u32) -> Option<&'a str> {
        let syntax = self.syntax(file)?;
        Some(syntax.text(syntax.lines.line_range(line)?))
    }

    /// Whether a call is of a method of an interface.
    pub(crate) fn is_interface_call(&self, file: usize, call: ExprId) -> bool {
        let find = || {
            let syntax = self.syntax(file)?;
            let ExprKind::Call { fun, .. } = syntax.ast.expr(call).kind else {
                return None;
            };
            let ExprKind::Selector { x, .. } = syntax.ast.expr(syntax.ast.unparen(fun)).kind else {
                return None;
            };
            Some(matches!(self.kind_of(file, x)?, TypeKind::Interface(_)))
        };
        find().unwrap_or(false)
    }

    /// The first token of a line.
    pub(crate) fn first_column(&self, file: usize, line: u32) -> u32 {
        let Some(syntax) = self.syntax(file) else {
            return 1;
        };
        let Some(range) = syntax.lines.line_range(line) else {
            return 1;
        };
        let text = syntax.text(range);
        (text.len() - text.trim_start().len()) as u32 + 1
    }

    /// The call on a line of a function with this name, spelled as a profile spells it.
    pub(crate) fn call_of(&self, file: usize, line: u32, function: &str) -> Option<ExprId> {
        let syntax = self.syntax(file)?;
        let last = last_name(function);
        let called = (self.calls(file, line)?).filter(|(_, fun)| called_name(syntax, *fun) == last);
        called
            .map(|(call, _)| call)
            .min_by_key(|call| syntax.ast.range(*call).start)
    }

    /// The function that a call names, if a package under analysis declares it: `f`, of another package `p.f`.
    pub(crate) fn own_callee(&self, file: usize, call: ExprId) -> Option<String> {
        let syntax = self.syntax(file)?;
        let ExprKind::Call { fun, .. } = syntax.ast.expr(call).kind else {
            return None;
        };
        let typed = self.typed(file)?;
        let object = typed.object_of(syntax, syntax.ast.unparen(fun))?;
        let path = typed.package_of(object)?;
        let name = called_name(syntax, fun);
        let declares = |package: &CheckedPackage| {
            let functions = package.functions.iter();
            package.import_path == path
                && functions
                    .filter(|(_, function)| !function.is_literal)
                    .any(|(_, function)| last_name(&function.name) == name)
        };
        if declares(self.package) {
            return Some(name.to_owned());
        }
        let (_, other) = self.packages.iter().find(|(_, other)| declares(other))?;
        Some(format!("{}.{name}", other.name))
    }

    /// The call of an exported function of package `runtime` on a line, and the function as profiles spell it.
    pub(crate) fn runtime_call(&self, file: usize, line: u32) -> Option<(ExprId, String)> {
        let syntax = self.syntax(file)?;
        self.calls(file, line)?.find_map(|(call, fun)| {
            let text = syntax.expr_text(fun);
            let name = text.strip_prefix("runtime.")?;
            name.starts_with(|first: char| first.is_ascii_uppercase())
                .then(|| (call, text.to_owned()))
        })
    }

    /// The calls at gc's positions on a line, each with what is called.
    fn calls(&self, file: usize, line: u32) -> Option<impl Iterator<Item = (ExprId, ExprId)>> {
        let syntax = self.syntax(file)?;
        let on_line = self.positions(file)?.within(syntax.lines.line_range(line)?);
        Some(on_line.filter_map(move |node| {
            let Node::Expr(id) = node else { return None };
            match syntax.ast.expr(id).kind {
                ExprKind::Call { fun, .. } => Some((id, fun)),
                _ => None,
            }
        }))
    }

    /// The base name of a file of a package under analysis; of another package the path from the folder that all
    /// packages have in common.
    pub(crate) fn file_name(&self, package: CheckedId, file: usize) -> String {
        let path = &self.packages.get(package).files[file].path;
        let name = |path: &Path| {
            path.file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        };
        if package == self.id {
            return name(path);
        }
        let mut common: Option<PathBuf> = None;
        for (_, package) in self.packages.iter() {
            let dir = package.dir.as_path();
            let shared = match &common {
                Some(common) => (common.components().zip(dir.components()))
                    .take_while(|(a, b)| a == b)
                    .map(|(a, _)| a)
                    .collect(),
                None => dir.to_path_buf(),
            };
            common = Some(shared);
        }
        let within = common
            .as_deref()
            .filter(|common| common.components().count() > 1)
            .and_then(|common| path.strip_prefix(common).ok());
        match (within, path.parent()) {
            (Some(within), _) => within.to_string_lossy().replace('\\', "/"),
            (None, Some(folder)) => format!("{}/{}", name(folder), name(path)),
            (None, None) => name(path),
        }
    }

    /// Whether what a map store allocated are the map's first entries rather than growth.
    pub(crate) fn is_first_group(&self, site: &Site) -> bool {
        let find = || {
            let Node::Expr(store) = site.node? else {
                return None;
            };
            let syntax = self.syntax(site.file)?;
            let ExprKind::Index { x, .. } = syntax.ast.expr(store).kind else {
                return None;
            };
            let typed = self.typed(site.file)?;
            let group = typed.map_group(typed.type_of(x)?)?;
            let blocks = &self.heat_of(site)?.blocks;
            let bytes = |block: &crate::Block| block.weights.heaviness().0;
            let all: i64 = blocks.iter().map(bytes).sum();
            let first: i64 = blocks
                .iter()
                .filter(|block| block.size == group)
                .map(bytes)
                .sum();
            Some(all > 0 && first >= all - all / 10)
        };
        find().unwrap_or(false)
    }

    /// Where the map or slice that a site fills is made in these files: the text of its size or capacity, and the line.
    pub(crate) fn size_hint(&self, site: &Site) -> Option<(Option<String>, u32)> {
        let holder = site.holder.as_ref()?;
        let all = (0..self.allocs.len()).flat_map(|file| self.allocs(file));
        let mut makes = all.filter(|it| {
            it.holder.as_ref() == Some(holder)
                && matches!(it.alloc, Alloc::Make | Alloc::MakeMap | Alloc::Literal)
        });
        let make = makes.next().filter(|_| makes.next().is_none())?;
        let syntax = self.syntax(make.file)?;
        let Node::Expr(expr) = make.node else {
            return None;
        };
        let size = match syntax.ast.expr(expr).kind {
            ExprKind::Call { args, .. } => syntax.ast.list(args).get(1..).and_then(<[_]>::last),
            _ => None,
        };
        let size = size.map(|size| crate::source_text::shown(syntax, (*size).into()));
        Some((size, syntax.lines.line_col(make.range.start).line))
    }

    /// Whether a site is a literal of package-level variables and constants alone.
    pub(crate) fn is_of_package_values(&self, site: &Site) -> bool {
        let find = || {
            let Node::Expr(literal) = site.node? else {
                return None;
            };
            let (syntax, typed) = (self.syntax(site.file)?, self.typed(site.file)?);
            let ExprKind::CompositeLit { elems, .. } = syntax.ast.expr(literal).kind else {
                return None;
            };
            let elems = syntax.ast.list(elems);
            let is_package_level = |elem: &ExprId| {
                let value = match syntax.ast.expr(*elem).kind {
                    ExprKind::KeyValue { value, .. } => value,
                    _ => *elem,
                };
                typed.is_package_level(syntax, value)
            };
            Some(!elems.is_empty() && elems.iter().all(is_package_level))
        };
        find().unwrap_or(false)
    }

    /// The type of a slice literal that has nothing but constants and package-level variables as elements.
    pub(crate) fn values_type(&self, site: &Site) -> Option<go_types::TypeId> {
        let Node::Expr(literal) = site.node? else {
            return None;
        };
        let typ = self.typed(site.file)?.type_of(literal)?;
        let is_slice = site.alloc == Alloc::Literal
            && matches!(self.kind_of(site.file, literal)?, TypeKind::Slice(_));
        (is_slice && self.is_of_package_values(site)).then_some(typ)
    }

    /// The type of the package-level variable that a site is.
    pub(crate) fn package_variable(&self, site: &Site) -> Option<go_types::TypeId> {
        let typed = self.typed(site.file)?;
        let object = self.variable(site.file, site.node)?;
        (typed.var_kind(object) == Some(VarKind::Package)).then(|| typed.type_of_object(object))
    }

    /// Whether the function returns the value of a site.
    pub(crate) fn is_returned(&self, site: &Site) -> bool {
        let decision = site.decision.filter(|_| site.verdict == Verdict::Escapes);
        let flow = decision.and_then(|decision| self.flows().flow(decision));
        flow.is_some_and(|flow| matches!(flow.end, gc::End::Result(_)))
    }

    /// Whether some file of the package has a text.
    pub(crate) fn has_text(&self, text: &str) -> bool {
        (0..self.package.files.len())
            .filter_map(|file| self.syntax(file))
            .any(|syntax| syntax.src.contains(text))
    }

    /// Whether a site is a parameter.
    pub(crate) fn is_param(&self, site: &Site) -> bool {
        let (Some(Node::Expr(ident)), Some(typed)) = (site.node, self.typed(site.file)) else {
            return false;
        };
        let Some(syntax) = self.syntax(site.file) else {
            return false;
        };
        let kind = typed
            .object_of(syntax, ident)
            .and_then(|obj| typed.var_kind(obj));
        matches!(kind, Some(VarKind::Param | VarKind::Recv))
    }

    /// What the profiles saw of a site's line.
    pub(crate) fn heat_of(&self, site: &Site) -> Option<&'a HotLine> {
        self.heat?.line(self.id, site.file, site.at.line)
    }

    /// Whether a called expression is a function, not a type or a builtin.
    pub(crate) fn is_function(&self, file: usize, fun: ExprId) -> bool {
        const BUILTINS: &[&str] = &[
            "append", "cap", "clear", "close", "complex", "copy", "delete", "imag", "len", "make",
            "max", "min", "new", "panic", "print", "println", "real", "recover", "string", "byte",
            "rune", "bool", "error", "any",
        ];
        if let Some(typed) = self.typed(file) {
            return typed.is_function(fun);
        }
        let Some(syntax) = self.syntax(file) else {
            return false;
        };
        let fun = syntax.ast.unparen(fun);
        match syntax.ast.expr(fun).kind {
            ExprKind::Ident(name) => {
                let name = name.as_str();
                let is_number = ["int", "uint", "float", "complex"].iter().any(|kind| {
                    name.strip_prefix(kind)
                        .is_some_and(|bits| bits.bytes().all(|byte| byte.is_ascii_digit()))
                });
                !is_number && name != "uintptr" && !BUILTINS.contains(&name)
            }
            ExprKind::Selector { .. } | ExprKind::Index { .. } | ExprKind::Call { .. } => true,
            _ => false,
        }
    }

    /// The type of an expression, `None` without types.
    pub(crate) fn kind_of(&self, file: usize, expr: ExprId) -> Option<TypeKind> {
        let typed = self.typed(file)?;
        Some(typed.under_kind(typed.type_of(expr)?))
    }
}

fn has_type_params(file: &File, func: &go_syntax::FuncDecl) -> bool {
    let of_signature = (file.ast.func_type(func.ty))
        .is_some_and(|signature| !file.ast.list(signature.type_params).is_empty());
    of_signature
        || (file.ast.list(func.recv).iter()).any(|recv| {
            let ty = file.ast.field(*recv).ty;
            file.expr_text(ty).contains('[')
        })
}

/// `Sprintf` of `fmt.Sprintf`, `Write` of `bytes.(*Buffer).Write`.
fn last_name(function: &str) -> &str {
    function.rsplit('.').next().unwrap_or(function)
}

/// The name by which a call names its function.
fn called_name(file: &File, fun: ExprId) -> &str {
    let mut fun = file.ast.unparen(fun);
    loop {
        match file.ast.expr(fun).kind {
            ExprKind::Selector { sel, .. } => return file.ast.name(sel).as_str(),
            ExprKind::Index { x, .. } => fun = file.ast.unparen(x),
            _ => return file.ast.name(fun).as_str(),
        }
    }
}
