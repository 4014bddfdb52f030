//! What is wrong with packages that were checked.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use base::LineCol;
use go_load::{CheckedPackage, SourceFile};
use go_tool::Package;
use go_types::{Code, Store};

use crate::analysis::Broken;

/// More errors of one package are not listed, as the compiler does it.
const MAX_ERRORS: usize = 10;

/// The errors of a package, by file and line: of reading and parsing, what the go command says of the package and of
/// what it imports, then of types. Of one line the first is kept.
pub(crate) fn package_errors(
    listed: &Package,
    files: &[Arc<SourceFile>],
    checked: &CheckedPackage,
    store: &Store,
) -> Vec<Broken> {
    let mut errors = Errors {
        listed,
        seen: BTreeSet::new(),
        all: Vec::new(),
    };
    of_files(files, &mut errors);
    of_go_command(listed, &mut errors);
    of_types(files, checked, store, &mut errors);
    let mut all = errors.all;
    if all.len() > MAX_ERRORS {
        all.truncate(MAX_ERRORS);
        all.push(Broken {
            line: 0,
            col: 0,
            message: "too many errors".to_owned(),
            ..all[0].clone()
        });
    }
    all
}

struct Errors<'a> {
    listed: &'a Package,
    seen: BTreeSet<(std::path::PathBuf, u32)>,
    all: Vec<Broken>,
}

impl Errors<'_> {
    fn add(&mut self, path: &Path, at: LineCol, message: &str) {
        if !self.seen.insert((path.to_owned(), at.line)) {
            return;
        }
        self.all.push(Broken {
            import_path: self.listed.import_path.clone(),
            path: path.to_owned(),
            line: at.line,
            col: at.col,
            message: message.to_owned(),
        });
    }
}

/// The package as a whole.
const NOWHERE: LineCol = LineCol { line: 0, col: 0 };

fn of_files(files: &[Arc<SourceFile>], errors: &mut Errors<'_>) {
    for source in files {
        if let Some(error) = &source.read_error {
            errors.add(&source.path, NOWHERE, error);
        }
        for problem in &source.problems {
            let at = source.file.lines.line_col(problem.at);
            errors.add(&source.path, at, &problem.message);
        }
    }
}

/// An import that cannot be found is an error at the import; one that is broken itself is none of the package. Where
/// cgo cannot make its files, the reason is an error of the package.
fn of_go_command(listed: &Package, errors: &mut Errors<'_>) {
    let lacks_cgo = listed.uses_cgo() && listed.compiled_go_files.is_empty();
    let is_own = |file: &Option<std::path::PathBuf>| match file {
        Some(file) => file.parent() == Some(&listed.dir),
        None => lacks_cgo,
    };
    let of_imports = listed.dep_errors.iter().filter(|it| is_own(&it.file));
    for error in listed.errors.iter().chain(of_imports) {
        let path = error.file.as_deref().unwrap_or(&listed.dir);
        let at = LineCol {
            line: error.line,
            col: error.column,
        };
        errors.add(path, at, &error.message);
    }
    if lacks_cgo && errors.all.is_empty() {
        let message = "cgo made no Go files of those that import \"C\"";
        errors.add(&listed.dir, NOWHERE, message);
    }
}

fn of_types(
    files: &[Arc<SourceFile>],
    checked: &CheckedPackage,
    store: &Store,
    errors: &mut Errors<'_>,
) {
    // What cannot be imported has a better message of the go command.
    let has_reason = !errors.all.is_empty();
    let store_files = &store.packages[checked.pkg].files;
    for problem in checked.problems.iter().filter(|it| !it.soft) {
        if problem.code == Code::BrokenImport && has_reason {
            continue;
        }
        let number = (store_files.iter()).position(|file| *file == problem.pos.file);
        match number.and_then(|number| files.get(number)) {
            Some(source) => {
                let at = source.file.lines.line_col(problem.pos.offset);
                errors.add(&source.path, at, &problem.message);
            }
            None => errors.add(&errors.listed.dir, NOWHERE, &problem.message),
        }
    }
}
