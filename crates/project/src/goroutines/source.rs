//! The program's source, where a file is known to be the one the program was built from.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base::System;
use leak::Ownership;
use leak::report::Place;

/// Reads lines of the program's source, for reports that show them. Files are kept by the name that the dump gives
/// them.
#[derive(Debug)]
pub struct SourceLines<'a> {
    system: &'a dyn System,
    root: PathBuf,
    /// Path of the module in `root`; a dump with trimmed paths names files below it.
    module: Option<String>,
    /// The program was built here and now, so every file is the right one.
    built_here: bool,
    files: RefCell<BTreeMap<String, Option<String>>>,
}

/// A larger file is not source.
const MAX_FILE: u64 = 8 << 20;

impl<'a> SourceLines<'a> {
    pub fn new(system: &'a dyn System, root: Option<&Path>) -> Self {
        let root = root.unwrap_or(Path::new(".")).to_owned();
        let module = system.read_to_string(&root.join("go.mod")).ok();
        let module = module.and_then(|text| {
            let line = text
                .lines()
                .find_map(|line| line.trim().strip_prefix("module "))?;
            Some(line.trim().trim_matches('"').to_owned())
        });
        Self {
            system,
            root,
            module,
            built_here: false,
            files: RefCell::default(),
        }
    }

    /// As [`SourceLines::new`], for a program that was built from what is here.
    pub fn of_build(system: &'a dyn System, root: Option<&Path>) -> Self {
        Self {
            built_here: true,
            ..Self::new(system, root)
        }
    }

    /// The text of a line; `None` if its file is not here or need not be the right one.
    ///
    /// A module's file has its version in its path. Of the standard library a dump does not show
    /// the version. Any other file must have the function around the line.
    pub fn line(&self, place: &Place<'_>) -> Option<String> {
        let is_std = !Ownership::default().is_user(place.function);
        if is_std && !self.built_here {
            return None;
        }
        let mut files = self.files.borrow_mut();
        let text = files.entry(place.file.to_owned()).or_insert_with(|| {
            self.find(place.file)
                .and_then(|path| self.system.read_to_string(&path).ok())
        });
        let text = text.as_deref()?;
        let has_version = place.file.contains("/pkg/mod/") && place.file.contains('@');
        if !self.built_here && !has_version && !has_function(text, place) {
            return None;
        }
        let idx = (place.line as usize).checked_sub(1)?;
        text.lines().nth(idx).map(str::to_owned)
    }

    /// Where a file of the program is here.
    pub fn path(&self, file: &str) -> Option<PathBuf> {
        self.find(file)
    }

    /// Whether a package is of the module in the folder.
    pub fn is_of_module(&self, import_path: &str) -> bool {
        (self.module.as_deref()).is_some_and(|module| {
            let rest = import_path.strip_prefix(module);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    fn find(&self, file: &str) -> Option<PathBuf> {
        // Only Go source: a dump names any file it likes.
        if Path::new(file)
            .extension()
            .is_none_or(|extension| extension != "go")
        {
            return None;
        }
        let below = self
            .module
            .as_deref()
            .and_then(|module| file.strip_prefix(module));
        let below = below.and_then(|rest| rest.strip_prefix('/'));
        let path = match below {
            Some(rest) => self.root.join(rest),
            None if Path::new(file).is_absolute() => PathBuf::from(file),
            None => return None,
        };
        let metadata = self.system.metadata(&path).ok()?;
        (metadata.is_file && metadata.len <= MAX_FILE).then_some(path)
    }
}

/// Whether the line lies in the declaration of its function: in source as gofmt writes it, the
/// nearest line before it that begins in the first column is that of the `func`.
fn has_function(text: &str, place: &Place<'_>) -> bool {
    let before: Vec<&str> = text.lines().take(place.line as usize).collect();
    if before.len() < place.line as usize {
        return false;
    }
    let declares_something = |line: &&str| {
        let first = line.chars().next();
        first.is_some_and(|it| !it.is_whitespace() && !"})/*".contains(it))
    };
    let Some(at) = before.iter().rposition(declares_something) else {
        return false;
    };
    // A brace in the first column ends a declaration, unless it is the line itself.
    let between = &before[at..before.len() - 1];
    !between.iter().any(|line| line.starts_with('}')) && declares(before[at], place.function)
}

/// Whether a line declares the function that `function` is, or is a literal of.
fn declares(line: &str, function: &str) -> bool {
    let local = &function[leak::package(function).len()..];
    let local = local.trim_start_matches('.');
    // Variables at the top level may hold function literals: `glob..func1`, `init.func1`.
    let Some(rest) = line.strip_prefix("func ") else {
        let is_variable = line.starts_with("var ");
        return is_variable && (local.starts_with("glob") || local.starts_with("init"));
    };
    let rest = match rest.strip_prefix('(') {
        Some(receiver) => receiver.split_once(')').map_or("", |(_, rest)| rest),
        None => rest,
    };
    let end = rest.trim_start().find(['(', '[']).unwrap_or(0);
    let name = &rest.trim_start()[..end];
    !name.is_empty()
        && local
            .split(['.', '(', ')', '*', '[', ']', '-'])
            .any(|part| part == name)
}

/// How file names are printed: short where the reader knows the folder.
#[derive(Debug)]
pub struct ShortPaths {
    current_dir: String,
    goroot: Option<String>,
}

impl ShortPaths {
    pub fn new(system: &dyn System, goroot: Option<&Path>) -> Self {
        let current_dir = system.current_dir().unwrap_or_default();
        Self {
            current_dir: current_dir.to_string_lossy().into_owned(),
            goroot: goroot.map(|it| it.to_string_lossy().into_owned()),
        }
    }

    /// Relative to the current folder, `$GOROOT/…`, or from the module's path on.
    pub fn short(&self, file: &str) -> String {
        let below = |folder: &str| {
            let rest = file.strip_prefix(folder)?;
            (!folder.is_empty()).then_some(rest.strip_prefix('/')?)
        };
        if let Some(rest) = below(&self.current_dir) {
            return rest.to_owned();
        }
        if let Some(rest) = self.goroot.as_deref().and_then(below) {
            return format!("$GOROOT/{rest}");
        }
        match file.split_once("/pkg/mod/") {
            Some((_, rest)) if rest.contains('@') => {
                // A downloaded toolchain is a module.
                let toolchain = rest.strip_prefix("golang.org/toolchain@");
                match toolchain.and_then(|it| it.split_once('/')) {
                    Some((_, file)) => format!("$GOROOT/{file}"),
                    None => rest.to_owned(),
                }
            }
            _ => file.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::testing::MemorySystem;

    const SOURCE: &str = "package main\n\nvar hook = func() {\n\tspin()\n}\n\nfunc (o *orders[T]) put(\n\tn int,\n) {\n\to.mu.Lock()\n\tgo func() {\n\t\to.n <- n\n\t}()\n}\n\nfunc main() { run() }\n";

    #[test]
    fn a_line_is_shown_only_inside_its_function() {
        let system = MemorySystem::default()
            .with_file("/w/main.go", SOURCE)
            .with_file("/go/src/net/http/server.go", "package http\n");
        let cases = [
            ("main.(*orders[...]).put", 10, Some("\to.mu.Lock()")),
            ("main.(*orders[...]).put.func1", 12, Some("\t\to.n <- n")),
            ("main.(*orders[...]).get", 10, None),
            ("main.main", 16, Some("func main() { run() }")),
            ("main.main", 15, None),
            ("main.main", 10, None),
            ("main.init.func1", 4, Some("\tspin()")),
            ("main.put", 99, None),
        ];
        let sources = SourceLines::new(&system, None);
        for (function, line, want) in cases {
            let place = Place {
                file: "/w/main.go",
                line,
                function,
            };
            assert_eq!(sources.line(&place).as_deref(), want, "{function} {line}");
        }
        let std = Place {
            file: "/go/src/net/http/server.go",
            line: 1,
            function: "net/http.(*Server).Serve",
        };
        assert_eq!(sources.line(&std), None);
        let built = SourceLines::of_build(&system, None);
        assert_eq!(built.line(&std).as_deref(), Some("package http"));
    }

    #[test]
    fn names_are_short_where_the_folder_is_known() {
        let paths = ShortPaths {
            current_dir: "/w/app".into(),
            goroot: Some("/go".into()),
        };
        let cases = [
            ("/w/app/x/a.go", "x/a.go"),
            ("/w/application/a.go", "/w/application/a.go"),
            ("/go/src/time/sleep.go", "$GOROOT/src/time/sleep.go"),
            ("/u/go/pkg/mod/ex.com/m@v1.2.0/a.go", "ex.com/m@v1.2.0/a.go"),
            (
                "/u/go/pkg/mod/golang.org/toolchain@v0.0.1-go1.27.3.linux-amd64/src/a.go",
                "$GOROOT/src/a.go",
            ),
            ("runtime/proc.go", "runtime/proc.go"),
        ];
        for (file, want) in cases {
            assert_eq!(paths.short(file), want);
        }
    }
}
