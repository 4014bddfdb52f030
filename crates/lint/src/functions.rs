//! The functions of a package as its sources declare them.
//!
//! A profile names functions as the linker does. Declared functions and methods keep their names; function literals
//! are numbered in the order of the source within the function around them:
//!
//! ```text
//! func (t *T) Load() {       (*T).Load
//!     go func() {            (*T).Load.func1
//!         defer func() {}()  (*T).Load.func1.1
//!     }()
//! }
//! var f = func() {}          init.func1, before Go 1.21 glob..func1
//! ```
//!
//! Source: `closureName`, cmd/compile/internal/ir/func.go, go1.27.3.

use std::collections::HashMap;

use base::{IndexVec, LineCol, TextRange};
use go_syntax::{Ast, DeclKind, ExprId, ExprKind, File, FuncDecl, Node, StmtId};

base::typed_id! {
    /// A function of a package, in the order of its files and their text, outer functions first.
    pub struct FunctionId;
}

/// A function declaration or function literal.
#[derive(Clone, Debug)]
pub struct SourceFunction {
    /// Name in the package as the linker spells it, without type arguments: `(*T).Load.func1`.
    pub name: String,
    /// Position in the package's files.
    pub file: usize,
    /// From `func` to the closing brace.
    pub range: TextRange,
    /// Position of `func`.
    pub start: LineCol,
    /// Line of the closing brace.
    pub last: u32,
    /// `None` for functions that are written in assembly or linked from elsewhere.
    pub body: Option<StmtId>,
    /// The function a literal stands in; `None` for declarations and for literals of package-level variables.
    pub outer: Option<FunctionId>,
    /// A function literal, not a declaration.
    pub is_literal: bool,
}

/// All functions of a package.
#[derive(Clone, Debug, Default)]
pub struct Functions {
    all: IndexVec<FunctionId, SourceFunction>,
    by_name: HashMap<String, FunctionId>,
    /// By file, sorted by start.
    by_file: Vec<Vec<FunctionId>>,
}

impl Functions {
    /// Of a package's files in their order; `None` for a file that could not be read.
    pub fn new<'a>(files: impl IntoIterator<Item = Option<&'a File>>) -> Self {
        let mut collector = Collector::default();
        for (index, file) in files.into_iter().enumerate() {
            let first = collector.functions.all.len();
            if let Some(file) = file {
                collector.file(index, file);
            }
            let mut ids: Vec<FunctionId> = (first..collector.functions.all.len())
                .map(base::Idx::from_index)
                .collect();
            ids.sort_by_key(|id| collector.functions.all[*id].range.start);
            collector.functions.by_file.push(ids);
        }
        collector.functions
    }

    pub fn get(&self, id: FunctionId) -> &SourceFunction {
        &self.all[id]
    }

    pub fn iter(&self) -> impl Iterator<Item = (FunctionId, &SourceFunction)> {
        self.all.iter_enumerated()
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The function of that name, without type arguments; the first of several (`init.0` and `_` aside there is one).
    pub fn named(&self, name: &str) -> Option<FunctionId> {
        self.by_name.get(name).copied()
    }

    /// The functions of a file whose `func` is on `line`.
    pub fn starting_at(&self, file: usize, line: u32) -> impl Iterator<Item = FunctionId> + '_ {
        (self.by_file.get(file).into_iter().flatten().copied())
            .filter(move |id| self.all[*id].start.line == line)
    }

    /// The innermost function around a line.
    pub fn around(&self, file: usize, line: u32) -> Option<FunctionId> {
        (self.by_file.get(file).into_iter().flatten().copied())
            .filter(|id| {
                let function = &self.all[*id];
                function.start.line <= line && line <= function.last
            })
            .min_by_key(|id| (self.all[*id].range.len(), *id))
    }

    /// The innermost function around an offset of a file.
    pub fn around_offset(&self, file: usize, offset: u32) -> Option<FunctionId> {
        (self.by_file.get(file).into_iter().flatten().copied())
            .filter(|id| self.all[*id].range.contains(offset))
            .min_by_key(|id| self.all[*id].range.len())
    }

    /// The declared function a function stands in; itself if it is one.
    pub fn outermost(&self, mut id: FunctionId) -> FunctionId {
        while let Some(outer) = self.all[id].outer {
            id = outer;
        }
        id
    }
}

#[derive(Default)]
struct Collector {
    functions: Functions,
    /// Functions named `init` so far.
    n_inits: usize,
    /// Literals outside of functions so far.
    n_global: usize,
}

impl Collector {
    fn file(&mut self, index: usize, file: &File) {
        for &decl in &file.decls {
            match file.ast.decl(decl).kind {
                DeclKind::Func(func) => {
                    let name = self.declared_name(&file.ast, &func);
                    let range = file.ast.range(decl);
                    let id = self.add(index, file, name, range, func.body, None, false);
                    if let Some(body) = func.body {
                        self.literals(index, file, body.into(), Some(id), &mut 0);
                    }
                }
                DeclKind::Gen { .. } => {
                    let mut count = self.n_global;
                    self.literals(index, file, decl.into(), None, &mut count);
                    self.n_global = count;
                }
                DeclKind::Bad => {}
            }
        }
    }

    fn declared_name(&mut self, ast: &Ast, func: &FuncDecl) -> String {
        let name = ast.name(func.name).as_str();
        let Some(recv) = ast.list(func.recv).first() else {
            if name == "init" {
                self.n_inits += 1;
                return format!("init.{}", self.n_inits - 1);
            }
            return name.to_owned();
        };
        let (pointer, base) = receiver(ast, ast.field(*recv).ty);
        if pointer {
            format!("(*{base}).{name}")
        } else {
            format!("{base}.{name}")
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the fields of the one value it makes"
    )]
    fn add(
        &mut self,
        file_index: usize,
        file: &File,
        name: String,
        range: TextRange,
        body: Option<StmtId>,
        outer: Option<FunctionId>,
        is_literal: bool,
    ) -> FunctionId {
        let id = self.functions.all.push(SourceFunction {
            name: name.clone(),
            file: file_index,
            range,
            start: file.lines.line_col(range.start),
            last: file.lines.line_col(range.end.saturating_sub(1)).line,
            body,
            outer,
            is_literal,
        });
        self.functions.by_name.entry(name).or_insert(id);
        id
    }

    /// Adds the literals below a node that do not stand in another one, then those in them.
    fn literals(
        &mut self,
        index: usize,
        file: &File,
        root: Node,
        outer: Option<FunctionId>,
        count: &mut usize,
    ) {
        let mut found: Vec<(ExprId, StmtId)> = Vec::new();
        file.ast.walk(root, |node| {
            let Node::Expr(expr) = node else { return true };
            let ExprKind::FuncLit { body, .. } = file.ast.expr(expr).kind else {
                return true;
            };
            found.push((expr, body));
            false
        });
        for (expr, body) in found {
            *count += 1;
            let name = match outer.map(|outer| self.functions.get(outer)) {
                Some(outer) if outer.is_literal => format!("{}.{count}", outer.name),
                Some(outer) => format!("{}.func{count}", outer.name),
                None => format!("init.func{count}"),
            };
            let range = file.ast.range(expr);
            let id = self.add(index, file, name, range, Some(body), outer, true);
            self.literals(index, file, body.into(), Some(id), &mut 0);
        }
    }
}

/// Whether a receiver is a pointer, and the name of its type.
fn receiver(ast: &Ast, ty: ExprId) -> (bool, &str) {
    let (mut pointer, mut ty) = (false, ast.unparen(ty));
    loop {
        match ast.expr(ty).kind {
            ExprKind::Star(x) => (pointer, ty) = (true, ast.unparen(x)),
            ExprKind::Index { x, .. } => ty = ast.unparen(x),
            _ => return (pointer, ast.name(ty).as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(sources: &[&str]) -> Vec<String> {
        let files: Vec<File> = sources
            .iter()
            .map(|text| go_syntax::parse(text.as_bytes()).0)
            .collect();
        let functions = Functions::new(files.iter().map(Some));
        (functions.iter())
            .map(|(_, function)| {
                format!(
                    "{}:{}-{} {}",
                    function.file, function.start.line, function.last, function.name
                )
            })
            .collect()
    }

    #[test]
    fn functions_are_named_as_the_linker_names_them() {
        let a = "package p\nfunc F() {\n\tg := func() { func() {}() }\n\tg()\n\tfunc() {}()\n}\n\
                 func (s *Stack[T]) Push() {}\nfunc (s Stack[T]) Len() int\nfunc init() {}\n";
        let b = "package p\nvar f = func() {}\nfunc init() { func() {}() }\n";
        assert_eq!(
            names(&[a, b]),
            [
                "0:2-6 F",
                "0:3-3 F.func1",
                "0:3-3 F.func1.1",
                "0:5-5 F.func2",
                "0:7-7 (*Stack).Push",
                "0:8-8 Stack.Len",
                "0:9-9 init.0",
                "1:2-2 init.func1",
                "1:3-3 init.1",
                "1:3-3 init.1.func1",
            ]
        );
    }

    #[test]
    fn the_innermost_function_is_found() {
        let (file, _) = go_syntax::parse(
            b"package p\n\nfunc F() {\n\tg := func() {\n\t\tx()\n\t}\n\tg()\n}\n\nvar y = 1\n",
        );
        let functions = Functions::new([Some(&file)]);
        let around = |line| {
            functions
                .around(0, line)
                .map(|id| functions.get(id).name.as_str())
        };
        assert_eq!(around(5), Some("F.func1"));
        assert_eq!(around(7), Some("F"));
        assert_eq!(around(10), None);
        let inner = functions.around(0, 5).unwrap();
        assert_eq!(functions.get(functions.outermost(inner)).name, "F");
    }
}
