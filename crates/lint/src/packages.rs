//! The packages under analysis, and which of them a symbol of a profile belongs to.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::IndexVec;
use go_syntax::{File, StmtKind};
use rustc_hash::FxHashMap;

use crate::functions::{FunctionId, Functions, SourceFunction};

base::typed_id! {
    /// A package under analysis.
    pub struct CheckedId;
}

/// A package whose own lines are looked at.
#[derive(Clone, Debug, Default)]
pub struct CheckedPackage {
    pub import_path: String,
    /// The name in its `package` clause.
    pub name: String,
    pub dir: PathBuf,
    pub files: Vec<SourceFile>,
    /// Every function of these files.
    pub functions: Functions,
    /// Some file says by `//line` comments that its code comes from elsewhere.
    pub(crate) has_line_directives: bool,
    /// Declared functions of one statement, a `return` or an expression; sorted.
    single_statements: Vec<FunctionId>,
}

/// A source file of a package. Its tree is held by the caller that looks at the package, and only while it does.
#[derive(Clone, Debug)]
pub struct SourceFile {
    pub path: PathBuf,
    /// 0 if it could not be read.
    pub line_count: u32,
}

/// The parsed files of a package, in its order; `None` where one could not be read.
pub type Trees = Vec<Option<Arc<File>>>;

impl CheckedPackage {
    /// The package of these files, of which as many are parsed in `trees`.
    pub fn new(
        import_path: String,
        name: String,
        dir: PathBuf,
        paths: Vec<PathBuf>,
        trees: &[Option<Arc<File>>],
    ) -> Self {
        let parsed = || trees.iter().map(Option::as_deref);
        let line_counts = parsed().map(|file| file.map_or(0, |file| file.lines.line_count()));
        let functions = Functions::new(parsed());
        let is_single = |(_, function): &(FunctionId, &SourceFunction)| {
            let file = trees.get(function.file).and_then(Option::as_deref);
            file.is_some_and(|file| is_single_statement(file, function))
        };
        Self {
            import_path,
            name,
            dir,
            single_statements: (functions.iter().filter(is_single).map(|(id, _)| id)).collect(),
            functions,
            has_line_directives: parsed().flatten().any(has_line_directives),
            files: (paths.into_iter().zip(line_counts))
                .map(|(path, line_count)| SourceFile { path, line_count })
                .collect(),
        }
    }

    /// Whether a declared function is one statement alone, a `return` or an expression.
    pub(crate) fn is_single_statement(&self, name: &str) -> bool {
        let function = self.functions.named(name);
        function.is_some_and(|id| self.single_statements.binary_search(&id).is_ok())
    }

    /// The innermost function around a line of a file, and the line of its `func`.
    pub fn function_around(&self, file: usize, line: u32) -> Option<(&str, u32)> {
        let function = self.functions.get(self.functions.around(file, line)?);
        Some((function.name.as_str(), function.start.line))
    }

    /// The position of every file by its path.
    pub fn file_index(&self) -> FxHashMap<&Path, usize> {
        let paths = self.files.iter().map(|file| file.path.as_path());
        (paths.enumerate())
            .map(|(index, path)| (path, index))
            .collect()
    }

    /// The file of that base name.
    pub fn file_named(&self, base: &str) -> Option<usize> {
        let same = |file: &SourceFile| file.path.file_name().is_some_and(|name| name == base);
        self.files.iter().position(same)
    }
}

fn is_single_statement(file: &File, function: &SourceFunction) -> bool {
    let Some(body) = function.body.filter(|_| !function.is_literal) else {
        return false;
    };
    let StmtKind::Block(statements) = file.ast.stmt(body).kind else {
        return false;
    };
    match file.ast.list(statements) {
        [only] => matches!(
            file.ast.stmt(*only).kind,
            StmtKind::Return(_) | StmtKind::Expr(_)
        ),
        _ => false,
    }
}

fn has_line_directives(file: &File) -> bool {
    (file.comments.iter()).any(|comment| {
        let text = file.text(comment.range);
        text.starts_with("//line ") || text.starts_with("/*line ")
    })
}

/// All packages under analysis.
#[derive(Clone, Debug, Default)]
pub struct PackageSet {
    packages: IndexVec<CheckedId, CheckedPackage>,
    by_path: HashMap<String, CheckedId>,
    mains: Vec<CheckedId>,
}

impl PackageSet {
    pub fn new(packages: Vec<CheckedPackage>) -> Self {
        let packages = IndexVec::from(packages);
        let mut by_path = HashMap::new();
        let mut mains = Vec::new();
        for (id, package) in packages.iter_enumerated() {
            let package: &CheckedPackage = package;
            by_path.insert(package.import_path.clone(), id);
            if package.name == "main" {
                mains.push(id);
            }
        }
        Self {
            packages,
            by_path,
            mains,
        }
    }

    pub fn get(&self, id: CheckedId) -> &CheckedPackage {
        &self.packages[id]
    }

    pub fn iter(&self) -> impl Iterator<Item = (CheckedId, &CheckedPackage)> {
        self.packages.iter_enumerated()
    }

    pub fn len(&self) -> usize {
        self.packages.len()
    }

    pub fn is_empty(&self) -> bool {
        self.packages.is_empty()
    }

    pub fn find(&self, import_path: &str) -> Option<CheckedId> {
        self.by_path.get(import_path).copied()
    }

    /// The package that a symbol of a profile belongs to. All commands are `main` to the linker,
    /// so the recorded file name distinguishes them.
    pub fn resolve(&self, symbol: &str, file: &str) -> Option<CheckedId> {
        let (path, _) = profile::split_symbol(symbol);
        if path.contains('%') {
            return self.find(&profile::unescape_path(path));
        }
        match self.find(path) {
            Some(id) => Some(id),
            None if path == "main" => self.resolve_main(Path::new(file)),
            None => None,
        }
    }

    fn resolve_main(&self, file: &Path) -> Option<CheckedId> {
        let folder = file.parent()?;
        let of_this = |id: &CheckedId| {
            let package = &self.packages[*id];
            folder == package.dir || folder == Path::new(&package.import_path)
        };
        if let Some(id) = self.mains.iter().copied().find(of_this) {
            return Some(id);
        }
        // Built elsewhere: the longest common end of the folder's path decides, one element at
        // least.
        let common = |id: CheckedId| {
            let theirs = folder.components().rev();
            let ours = self.packages[id].dir.components().rev();
            theirs.zip(ours).take_while(|(a, b)| a == b).count()
        };
        let best = self.mains.iter().copied().max_by_key(|id| common(*id))?;
        (common(best) > 0).then_some(best)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(import_path: &str, name: &str, dir: &str) -> CheckedPackage {
        CheckedPackage {
            import_path: import_path.into(),
            name: name.into(),
            dir: dir.into(),
            ..CheckedPackage::default()
        }
    }

    #[test]
    fn symbols_find_their_package() {
        let set = PackageSet::new(vec![
            package("gopkg.in/yaml.v3", "yaml", "/m/yaml.v3@v3.0.1"),
            package("shop/cmd/api", "main", "/home/u/shop/cmd/api"),
            package("shop/cmd/worker", "main", "/home/u/shop/cmd/worker"),
        ]);
        let resolve = |symbol, file| {
            set.resolve(symbol, file)
                .map(|id| set.get(id).import_path.as_str())
        };
        assert_eq!(
            resolve("gopkg.in/yaml%2ev3.Unmarshal", ""),
            Some("gopkg.in/yaml.v3")
        );
        assert_eq!(
            resolve("main.main", "/home/u/shop/cmd/worker/main.go"),
            Some("shop/cmd/worker")
        );
        assert_eq!(
            resolve("main.main", "shop/cmd/api/main.go"),
            Some("shop/cmd/api")
        );
        assert_eq!(
            resolve("main.main", "/build/src/cmd/worker/main.go"),
            Some("shop/cmd/worker")
        );
        assert_eq!(resolve("main.main", "/elsewhere/main.go"), None);
        assert_eq!(resolve("shop/cmd/api.serve", "/x.go"), Some("shop/cmd/api"));
        assert_eq!(resolve("fmt.Println", "/go/src/fmt/print.go"), None);
    }
}
