//! The functions whose source differs between the sides: what a change of speed comes from, if not from
//! the compiler.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use go_syntax::{DeclKind, ExprKind, File, FuncDecl};

use super::Context;

/// Functions by package and name as symbols have it: `("m/p", "(*T).Get")`.
#[derive(Debug, Default)]
pub(super) struct Edited(BTreeSet<(String, String)>);

impl Edited {
    pub(super) fn contains(&self, package: &str, function: &str) -> bool {
        // The pairs are few, and owned keys cannot be looked up by borrowed parts.
        self.0
            .iter()
            .any(|(own, name)| own == package && name == function)
    }
}

/// Packages of the modules that are worked on, by import path.
pub(super) type LocalPackages = BTreeMap<String, PathBuf>;

/// Compares the functions of packages that both sides have. Comments and layout do not count; a function
/// that only the new side has counts.
pub(super) fn edited(ctx: &Context<'_>, [old, new]: [&LocalPackages; 2]) -> Edited {
    let mut edited = BTreeSet::new();
    for (package, dir) in new {
        let Some(before) = old.get(package).filter(|before| *before != dir) else {
            continue;
        };
        let (old_files, new_files) = (sources(ctx, before), sources(ctx, dir));
        if old_files == new_files {
            continue;
        }
        let (old, new) = (functions(&old_files), functions(&new_files));
        let differs = |(name, text): &(String, String)| old.get(name) != Some(text);
        let names = new.into_iter().filter(differs);
        edited.extend(names.map(|(name, _)| (package.clone(), name)));
    }
    Edited(edited)
}

fn sources(ctx: &Context<'_>, dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = ctx.system.read_dir(dir).unwrap_or_default();
    let is_source = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".go") && !name.ends_with("_test.go")
    };
    let read = |path: PathBuf| {
        let name = path.file_name()?.into();
        Some((name, ctx.system.read(&path).ok()?))
    };
    files
        .into_iter()
        .filter(is_source)
        .filter_map(read)
        .collect()
}

/// The functions of files by name, as text without comments and layout.
fn functions(files: &BTreeMap<PathBuf, Vec<u8>>) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for text in files.values() {
        let (file, _) = go_syntax::parse(text);
        for decl in &file.decls {
            let decl = *file.ast.decl(*decl);
            if let DeclKind::Func(func) = decl.kind {
                all.insert(symbol_name(&file, &func), plain_text(&file, decl.range));
            }
        }
    }
    all
}

/// `Name`, `T.Name` or `(*T).Name`.
fn symbol_name(file: &File, func: &FuncDecl) -> String {
    let ast = &file.ast;
    let name = ast.name(func.name).as_str();
    let Some(field) = ast.list(func.recv).first() else {
        return name.to_owned();
    };
    let mut ty = ast.unparen(ast.field(*field).ty);
    let mut pointer = false;
    loop {
        ty = match ast.expr(ty).kind {
            ExprKind::Star(inner) => {
                pointer = true;
                ast.unparen(inner)
            }
            ExprKind::Index { x, .. } => ast.unparen(x),
            _ => break,
        };
    }
    let ty = file.expr_text(ty);
    if pointer {
        format!("(*{ty}).{name}")
    } else {
        format!("{ty}.{name}")
    }
}

/// The words of a range with one blank between them.
fn plain_text(file: &File, range: base::TextRange) -> String {
    let mut text = String::new();
    let mut at = range.start;
    let ends = file.comments_in(range).iter().map(|comment| comment.range);
    for comment in ends.chain([base::TextRange {
        start: range.end,
        end: range.end,
    }]) {
        let piece = file.text(base::TextRange {
            start: at,
            end: comment.start,
        });
        for word in piece.split_whitespace() {
            text.push_str(word);
            text.push(' ');
        }
        at = comment.end;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_differ_by_their_words() {
        let of =
            |text: &str| functions(&BTreeMap::from([("a.go".into(), text.as_bytes().to_vec())]));
        let old = of(
            "package p\n\nfunc F() int { return 1 }\n\nfunc (t *T[K]) M() {}\n\nfunc (T) N() { a() }\n",
        );
        let new = of(
            "package p\n\n// Doc.\nfunc F() int {\n\t// Why.\n\treturn 1\n}\n\nfunc (t *T[K]) M() { b() }\n\nfunc (T) N() { a() }\n",
        );
        let names: Vec<&str> = old.keys().map(String::as_str).collect();
        assert_eq!(names, ["(*T).M", "F", "T.N"]);
        let differs: Vec<&str> = (new.iter())
            .filter(|(name, text)| old.get(*name) != Some(text))
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(differs, ["(*T).M"]);
    }
}
