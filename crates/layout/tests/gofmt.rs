//! Reordered structs are as gofmt would print them: gofmt itself is asked, about the standard library.

use std::path::{Path, PathBuf};

use base::system::{Command, OsSystem};
use base::testing::skipped;
use base::{Cancellation, System};
use go_syntax::{ExprId, ExprKind, File, Node};
use layout::{Splice, reorder};

const PACKAGES: [&str; 8] = [
    "cmd/compile/internal/ir",
    "crypto/tls",
    "encoding/json",
    "go/types",
    "net/http",
    "os",
    "reflect",
    "runtime",
];

/// `None`, said aloud, where there is no Go.
fn goroot(system: &dyn System) -> Option<PathBuf> {
    match go_tool::GoTool::find(system, None) {
        Ok(go) => Some(PathBuf::from(&go.env.goroot)),
        Err(error) => {
            skipped(&format!("gofmt of reordered structs: {error}"));
            None
        }
    }
}

fn files(system: &dyn System, goroot: &Path) -> Vec<PathBuf> {
    let folders = PACKAGES.map(|package| goroot.join("src").join(package));
    let entries = folders.map(|dir| system.read_dir(&dir).unwrap_or_default());
    let paths = entries.into_iter().flatten();
    paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "go"))
        .collect()
}

/// Struct types with several fields that lie in no other, with the number of names they declare.
fn structs(file: &File) -> Vec<(ExprId, usize)> {
    let mut found = Vec::new();
    for decl in &file.decls {
        file.ast.walk(*decl, |node| {
            let Node::Expr(expr) = node else {
                return true;
            };
            let ExprKind::StructType(fields) = file.ast.expr(expr).kind else {
                return true;
            };
            let names = file.ast.list(fields).iter();
            let n_names = names.map(|id| file.ast.field(*id).names.len().max(1)).sum();
            if fields.len() > 1 {
                found.push((expr, n_names));
            }
            fields.len() < 2
        });
    }
    found
}

/// The order with the fields reversed; names declared together stay in theirs.
fn reversed(file: &File, strukt: ExprId) -> Vec<usize> {
    let ExprKind::StructType(fields) = file.ast.expr(strukt).kind else {
        return Vec::new();
    };
    let mut next = 0;
    let mut units: Vec<Vec<usize>> = Vec::new();
    for id in file.ast.list(fields) {
        let n_names = file.ast.field(*id).names.len().max(1);
        units.push((next..next + n_names).collect());
        next += n_names;
    }
    units.into_iter().rev().flatten().collect()
}

fn spliced(text: &str, splices: &[Splice]) -> String {
    let mut out = String::new();
    let mut done = 0;
    for splice in splices {
        out.push_str(&text[done..splice.range.start as usize]);
        out.push_str(&splice.text);
        done = splice.range.end as usize;
    }
    out + &text[done..]
}

#[test]
fn fields_in_their_own_order_are_the_source() {
    let system = OsSystem::default();
    let Some(goroot) = goroot(&system) else {
        return;
    };
    let (mut n_structs, mut n_refused) = (0, 0);
    for path in files(&system, &goroot) {
        let text = system.read(&path).unwrap_or_default();
        let (file, _) = go_syntax::parse(&text);
        for (strukt, n_names) in structs(&file) {
            n_structs += 1;
            let order: Vec<usize> = (0..n_names).collect();
            match reorder(&file, strukt, &order) {
                // A struct on one line is broken into several.
                Some(splice) if file.text(splice.range).ends_with('\n') => {
                    assert_eq!(splice.text, file.text(splice.range), "{}", path.display());
                }
                Some(_) => {}
                None => n_refused += 1,
            }
        }
    }
    assert!(
        n_structs > 1_000 && n_refused * 100 < n_structs,
        "{n_refused} of {n_structs}"
    );
}

#[test]
fn gofmt_leaves_reversed_structs_alone() {
    let system = OsSystem::default();
    let Some(goroot) = goroot(&system) else {
        return;
    };
    let Ok(dir) = system.temp_dir("goperf-gofmt-") else {
        return;
    };
    for (number, path) in files(&system, &goroot).iter().enumerate() {
        let text = system.read_to_string(path).unwrap_or_default();
        let (file, _) = go_syntax::parse(text.as_bytes());
        let splices: Vec<Splice> = (structs(&file).into_iter())
            .filter_map(|(strukt, _)| reorder(&file, strukt, &reversed(&file, strukt)))
            .collect();
        for (name, text) in [("before", &text), ("after", &spliced(&text, &splices))] {
            let copy = dir.path().join(format!("{number:04}_{name}.go"));
            let written = system.write(&copy, text.as_bytes());
            assert!(written.is_ok(), "{written:?}");
        }
    }
    let gofmt = Command::new(goroot.join("bin/gofmt"));
    let gofmt = gofmt.args(["-l".as_ref(), dir.path().as_os_str()]);
    let Ok(output) = system.run(&gofmt, &Cancellation::default()) else {
        return skipped("gofmt of reordered structs: no gofmt");
    };
    let listed = String::from_utf8_lossy(&output.stdout).into_owned();
    let was_listed = |name: &str| listed.contains(&name.replace("_after", "_before"));
    let ours: Vec<&str> = (listed.lines())
        .filter(|name| name.ends_with("_after.go") && !was_listed(name))
        .collect();
    assert!(ours.is_empty(), "{ours:?}");
}
