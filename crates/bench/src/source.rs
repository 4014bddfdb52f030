//! What the source of a benchmark says of its measurements: how it counts its operations, whether its
//! loop stops the timer, and whether it uses what it computes.
//!
//! Syntax alone: a benchmark is followed into helpers of the same files that it hands its `*testing.B`
//! to, and into the function literals of `b.Run`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use base::System;
use go_syntax::{
    AssignOp, DeclKind, ExprId, ExprKind, FieldId, File, FuncDecl, List, Node, SpecKind, StmtId,
    StmtKind, Symbol,
};

/// How a benchmark counts its operations.
///
/// The styles measure differently (setup, inlining, what the compiler may remove), so a change from one
/// to the other is not a change of the code under test.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LoopStyle {
    /// `for range b.N`
    N,
    /// `for b.Loop()`
    Loop,
}

impl LoopStyle {
    pub fn name(self) -> &'static str {
        match self {
            Self::N => "b.N",
            Self::Loop => "b.Loop",
        }
    }
}

/// The facts about one benchmark function.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct BenchmarkSource {
    /// `None` if no loop over `b.N` or `b.Loop` is found, as with `b.RunParallel`.
    pub style: Option<LoopStyle>,
    /// The loop calls `b.StopTimer` or `b.StartTimer`, each of which takes hundreds of nanoseconds.
    pub timer_in_loop: bool,
    /// A loop over `b.N` is empty, or computes something and drops it, so the compiler may remove it.
    pub drops_result: bool,
}

/// The parsed test files of a package.
#[derive(Debug, Default)]
pub struct TestSources(Vec<File>);

impl TestSources {
    /// Parses the test files in a package's folder; files that cannot be read are left out.
    pub fn read(system: &dyn System, dir: &Path) -> Self {
        let files = system.read_dir(dir).unwrap_or_default();
        let test = |path: &&PathBuf| path.to_string_lossy().ends_with("_test.go");
        let texts = (files.iter().filter(test)).filter_map(|path| system.read(path).ok());
        Self(texts.map(|text| go_syntax::parse(&text).0).collect())
    }

    /// The facts about a benchmark (`Sort/n=10` is looked up as `BenchmarkSort`); `None` if none of the
    /// files declares it.
    pub fn benchmark(&self, name: &str) -> Option<BenchmarkSource> {
        let function = name.split('/').next().unwrap_or(name);
        let mut search = Search {
            files: &self.0,
            seen: BTreeSet::new(),
            found: BenchmarkSource::default(),
        };
        search
            .function(&format!("Benchmark{function}"))
            .then_some(search.found)
    }
}

struct Search<'a> {
    files: &'a [File],
    /// Functions already looked into.
    seen: BTreeSet<String>,
    found: BenchmarkSource,
}

impl Search<'_> {
    /// Looks into a top-level function; false if there is none of this name.
    fn function(&mut self, name: &str) -> bool {
        let files = self.files;
        let declared = files.iter().find_map(|file| {
            let mut decls = file.decls.iter().map(|id| file.ast.decl(*id).kind);
            let named = |func: &FuncDecl| {
                func.recv_range.is_none() && file.ast.name(func.name).as_str() == name
            };
            decls.find_map(|kind| match kind {
                DeclKind::Func(func) if named(&func) => Some((file, func)),
                _ => None,
            })
        });
        let Some((file, func)) = declared else {
            return false;
        };
        if let (true, Some(body)) = (self.seen.insert(name.to_owned()), func.body) {
            let body = Body::new(file, func.ty, body);
            self.body(&body);
        }
        true
    }

    fn body(&mut self, body: &Body<'_>) {
        let ast = &body.file.ast;
        let mut helpers = BTreeSet::new();
        ast.walk(body.block, |node| {
            match node {
                Node::Stmt(id) => self.statement(body, id),
                Node::Expr(id) => helpers.extend(body.helper(id)),
                _ => {}
            }
            true
        });
        for helper in helpers {
            self.function(helper.as_str());
        }
    }

    fn statement(&mut self, body: &Body<'_>, id: StmtId) {
        let Some((style, block)) = body.benchmark_loop(id) else {
            return;
        };
        // The innermost loop of mixed styles does not matter; b.Loop keeps the work in any case.
        self.found.style = self.found.style.or(Some(style));
        self.found.timer_in_loop |= body.calls_timer(block);
        self.found.drops_result |= style == LoopStyle::N && body.drops_result(block);
    }
}

/// A function's body and the names that `*testing.B` has in it.
struct Body<'a> {
    file: &'a File,
    block: StmtId,
    receivers: BTreeSet<Symbol>,
}

impl<'a> Body<'a> {
    fn new(file: &'a File, ty: ExprId, block: StmtId) -> Self {
        let ast = &file.ast;
        let mut receivers = BTreeSet::new();
        let package = testing_name(file);
        let mut add = |ty: ExprId| {
            let params = ast.func_type(ty).map_or(List::default(), |it| it.params);
            receivers.extend(parameters_of_type(file, params, &package));
        };
        add(ty);
        ast.walk(block, |node| {
            if let Node::Expr(id) = node
                && let ExprKind::FuncLit { ty, .. } = ast.expr(id).kind
            {
                add(ty);
            }
            true
        });
        Self {
            file,
            block,
            receivers,
        }
    }

    fn is_receiver(&self, id: ExprId) -> bool {
        (self.file.ast.ident(id)).is_some_and(|name| self.receivers.contains(&name))
    }

    /// The selector of `b.name`, if `b` is a `*testing.B`.
    fn member(&self, id: ExprId) -> Option<&'static str> {
        match self.file.ast.expr(id).kind {
            ExprKind::Selector { x, sel } if self.is_receiver(x) => {
                Some(self.file.ast.name(sel).as_str())
            }
            _ => None,
        }
    }

    fn mentions(&self, root: ExprId, member: &str) -> bool {
        let mut found = false;
        self.file.ast.walk(root, |node| {
            found |= matches!(node, Node::Expr(id) if self.member(id) == Some(member));
            !found
        });
        found
    }

    /// The style and the block of a loop that counts operations.
    fn benchmark_loop(&self, id: StmtId) -> Option<(LoopStyle, StmtId)> {
        match self.file.ast.stmt(id).kind {
            StmtKind::For {
                cond: Some(cond),
                body,
                ..
            } => {
                if self.mentions(cond, "Loop") {
                    return Some((LoopStyle::Loop, body));
                }
                self.mentions(cond, "N").then_some((LoopStyle::N, body))
            }
            StmtKind::Range { x, body, .. } => {
                self.mentions(x, "N").then_some((LoopStyle::N, body))
            }
            _ => None,
        }
    }

    fn calls_timer(&self, block: StmtId) -> bool {
        let mut found = false;
        self.file.ast.walk(block, |node| {
            if let Node::Expr(id) = node {
                found |= matches!(self.member(id), Some("StopTimer" | "StartTimer"));
            }
            !found
        });
        found
    }

    /// Nothing in the block outlives it: it is empty, or its statements drop all they compute.
    fn drops_result(&self, block: StmtId) -> bool {
        let ast = &self.file.ast;
        ast.block(block).iter().all(|id| match ast.stmt(*id).kind {
            StmtKind::Empty => true,
            StmtKind::Expr(x) => {
                matches!(ast.expr(x).kind, ExprKind::Call { fun, .. } if self.member(fun).is_none())
            }
            StmtKind::Assign { lhs, op, .. } => {
                let blank = |id: &ExprId| ast.ident(*id) == Some(Symbol::BLANK);
                op == AssignOp::Define || ast.list(lhs).iter().all(blank)
            }
            _ => false,
        })
    }

    /// The function that is called with a `*testing.B` as argument.
    fn helper(&self, id: ExprId) -> Option<Symbol> {
        let ExprKind::Call { fun, args, .. } = self.file.ast.expr(id).kind else {
            return None;
        };
        let handed = self
            .file
            .ast
            .list(args)
            .iter()
            .any(|arg| self.is_receiver(*arg));
        handed.then(|| self.file.ast.ident(fun)).flatten()
    }
}

/// The names of the parameters whose type is `*testing.B`.
fn parameters_of_type<'a>(
    file: &'a File,
    params: List<FieldId>,
    package: &'a str,
) -> impl Iterator<Item = Symbol> + 'a {
    let ast = &file.ast;
    let is_b = move |ty: ExprId| {
        let ExprKind::Star(inner) = ast.expr(ty).kind else {
            return false;
        };
        match ast.expr(inner).kind {
            ExprKind::Selector { x, sel } => {
                let qualifier = ast.ident(x).map_or("", Symbol::as_str);
                qualifier == package && ast.name(sel).as_str() == "B"
            }
            // A dot import.
            ExprKind::Ident(name) => package == "." && name.as_str() == "B",
            _ => false,
        }
    };
    (ast.list(params).iter().map(|id| ast.field(*id)))
        .filter(move |field| is_b(field.ty))
        .flat_map(|field| ast.list(field.names).iter().map(|id| ast.name(*id)))
}

/// The name of package testing in a file.
fn testing_name(file: &File) -> String {
    let import =
        (file.imports.iter()).find(|spec| file.import_path(**spec).as_deref() == Some("testing"));
    match import.map(|spec| file.ast.spec(*spec).kind) {
        Some(SpecKind::Import {
            name: Some(name), ..
        }) => file.ast.name(name).as_str().to_owned(),
        _ => "testing".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use base::testing::MemorySystem;

    use super::*;

    const SOURCE: &str = r#"package p

import (
	tt "testing"
)

var sink int

func BenchmarkN(b *tt.B) { for range b.N { sink = f() } }

func BenchmarkClassic(b *tt.B) {
	// for b.Loop() in a comment does not count
	for i := 0; i < b.N; i++ { sink += f() }
}

func BenchmarkLoop(bench *tt.B) {
	bench.Run("x", func(b *tt.B) {
		for b.Loop() { b.StopTimer(); f(); b.StartTimer() }
	})
}

func BenchmarkHelper(b *tt.B) { helper(b, 3) }

func helper(bb *tt.B, n int) { recursive(bb); for range bb.N { _ = f() } }

func recursive(b *tt.B) { helper(b, 1) }

func BenchmarkEmpty(b *tt.B) { for range b.N {} }

func BenchmarkOther(b *tt.B, c config) { for range c.N { f() } }

func BenchmarkParallel(b *tt.B) { b.RunParallel(func(pb *tt.PB) { for pb.Next() { f() } }) }

func (T) BenchmarkMethod(b *tt.B) { for range b.N {} }
"#;

    #[test]
    fn facts_are_read_from_the_tree() {
        let system = MemorySystem::default()
            .with_file("/p/p_test.go", SOURCE)
            .with_file(
                "/p/p.go",
                "package p\n\nfunc BenchmarkMissing(b *tt.B) {}\n",
            );
        let sources = TestSources::read(&system, Path::new("/p"));
        let show = |benchmark: &str| {
            let Some(found) = sources.benchmark(benchmark) else {
                return "unknown".to_owned();
            };
            let style = found.style.map_or("none", LoopStyle::name);
            let timer = if found.timer_in_loop { " timer" } else { "" };
            let drops = if found.drops_result { " drops" } else { "" };
            format!("{style}{timer}{drops}")
        };
        for (benchmark, want) in [
            ("N", "b.N"),
            ("Classic", "b.N"),
            ("Loop/x", "b.Loop timer"),
            ("Helper", "b.N drops"),
            ("Empty", "b.N drops"),
            ("Other", "none"),
            ("Parallel", "none"),
            ("Method", "unknown"),
            ("Missing", "unknown"),
        ] {
            assert_eq!(show(benchmark), want, "{benchmark}");
        }
    }

    #[test]
    fn broken_source_is_not_an_error() {
        let text = b"package p\nfunc BenchmarkX(b *testing.B { for b.N";
        let sources = TestSources(vec![go_syntax::parse(text).0]);
        assert_eq!(sources.benchmark("X").and_then(|found| found.style), None);
    }
}
