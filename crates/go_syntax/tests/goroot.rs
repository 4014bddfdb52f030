//! Every file of the standard library of the installed Go, tests included, parses without problems.

use std::path::{Path, PathBuf};

use base::system::{Command, OsSystem};
use base::{Cancellation, System};

fn goroot(system: &OsSystem) -> Option<PathBuf> {
    let command = Command::new("go").args(["env", "GOROOT"]);
    let output = system.run(&command, &Cancellation::default()).ok()?;
    let root = String::from_utf8(output.stdout).ok()?;
    let src = Path::new(root.trim()).join("src");
    system.is_dir(&src).then_some(src)
}

/// Go files below `dir`, except in `testdata`, where broken code is.
fn go_files(system: &OsSystem, dir: &Path, files: &mut Vec<PathBuf>) {
    for path in system.read_dir(dir).into_iter().flatten() {
        if system.is_dir(&path) {
            if path.file_name().is_some_and(|name| name != "testdata") {
                go_files(system, &path, files);
            }
        } else if path.extension().is_some_and(|extension| extension == "go") {
            files.push(path);
        }
    }
}

#[test]
fn the_standard_library_parses() {
    let system = OsSystem::default();
    let Some(src) = goroot(&system) else {
        println!("skipped: no go command");
        return;
    };
    let mut files = Vec::new();
    go_files(&system, &src, &mut files);
    files.sort();
    let mut complaints = Vec::new();
    for path in &files {
        let (file, problems) = go_syntax::parse(&system.read(path).unwrap());
        for problem in problems {
            let at = file.lines.line_col(problem.at);
            let path = path.display();
            complaints.push(format!(
                "{path}:{}:{}: {}",
                at.line, at.col, problem.message
            ));
        }
    }
    println!("{} files", files.len());
    assert!(files.len() > 1000);
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
