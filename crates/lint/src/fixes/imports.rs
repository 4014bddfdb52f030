//! Imports of an edited file: those that its new text needs are added, those it no longer uses go.

use std::collections::BTreeSet;

use base::TextRange;
use diag::Edit;
use go_syntax::{DeclId, DeclKind, ExprKind, File, GenKind, Node, SpecId, SpecKind};

/// The text with `needed` imported, and without imports that `before` used and the text no longer does. Imports keep
/// their groups and comments; a new one goes where its path sorts among those of the standard library.
pub fn settle_imports(before: &File, edited: &str, needed: &BTreeSet<&str>) -> String {
    let (file, _) = go_syntax::parse(edited.as_bytes());
    let used_before = bases(before);
    let used = bases(&file);
    let mut added: Vec<&str> = Vec::new();
    let mut gone: Vec<SpecId> = Vec::new();
    let mut present = BTreeSet::new();
    for &spec in &file.imports {
        let Some(path) = file.import_path(spec) else {
            continue;
        };
        let Some(name) = name_of(&file, spec, &path) else {
            continue;
        };
        if used_before.contains(&name) && !used.contains(&name) && is_standard(&path) {
            gone.push(spec);
        }
        present.insert(path);
    }
    for path in needed {
        if !present.contains(*path) {
            added.push(path);
        }
    }
    rewrite(&file, &added, &gone)
}

/// Names that are selected from: packages among them.
fn bases(file: &File) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for &decl in &file.decls {
        file.ast.walk(decl, |node| {
            if let Node::Expr(id) = node
                && let ExprKind::Selector { x, .. } = file.ast.expr(id).kind
                && let Some(name) = file.ast.ident(x)
            {
                names.insert(name.as_str().to_owned());
            }
            true
        });
    }
    names
}

/// The name that an import is used by; `None` for `_` and `.`.
fn name_of(file: &File, spec: SpecId, path: &str) -> Option<String> {
    let SpecKind::Import { name, .. } = file.ast.spec(spec).kind else {
        return None;
    };
    let Some(name) = name else {
        let mut elements = path.rsplit('/');
        let last = elements.next()?;
        let is_version = last.len() > 1
            && last.starts_with('v')
            && last[1..].bytes().all(|byte| byte.is_ascii_digit());
        return Some(match elements.next() {
            Some(before) if is_version => before.to_owned(),
            _ => last.to_owned(),
        });
    };
    let name = file.ast.name(name).as_str();
    (name != "_" && name != ".").then(|| name.to_owned())
}

/// Whether a path is of the standard library, as goimports sees it.
fn is_standard(path: &str) -> bool {
    !path.split('/').next().unwrap_or(path).contains('.')
}

/// An import declaration.
struct Imports {
    decl: DeclId,
    specs: Vec<SpecId>,
    is_block: bool,
}

fn declarations(file: &File) -> Vec<Imports> {
    let all = file.decls.iter().filter_map(|decl| {
        let DeclKind::Gen {
            keyword: GenKind::Import,
            specs,
            group,
        } = file.ast.decl(*decl).kind
        else {
            return None;
        };
        Some(Imports {
            decl: *decl,
            specs: file.ast.list(specs).to_vec(),
            is_block: group,
        })
    });
    all.collect()
}

fn rewrite(file: &File, added: &[&str], gone: &[SpecId]) -> String {
    if added.is_empty() && gone.is_empty() {
        return file.src.to_string();
    }
    let declarations = declarations(file);
    let is_c = |spec: &SpecId| file.import_path(*spec).as_deref() == Some("C");
    let mut edits: Vec<Edit> = Vec::new();
    let mut put = |range: TextRange, text: String| {
        edits.push(Edit {
            path: std::path::PathBuf::new(),
            range,
            text,
        });
    };
    // The first declaration that can take new ones.
    let home = (declarations.iter()).position(|it| !it.specs.iter().any(is_c));
    for (at, imports) in declarations.iter().enumerate() {
        let added: &[&str] = if Some(at) == home { added } else { &[] };
        let kept: Vec<SpecId> = (imports.specs.iter().copied())
            .filter(|spec| !gone.contains(spec))
            .collect();
        if added.is_empty() && kept.len() == imports.specs.len() {
            continue;
        }
        if imports.is_block && !(kept.is_empty() && added.is_empty()) {
            edit_block(file, &imports.specs, &kept, added, &mut put);
        } else {
            put(single(file, imports.decl, &kept, added), {
                let lines = spelled(file, &kept, added);
                match lines.as_slice() {
                    [] => String::new(),
                    [one] => format!("import {one}"),
                    many => format!("import (\n\t{}\n)", many.join("\n\t")),
                }
            });
        }
    }
    if home.is_none() && !added.is_empty() {
        let lines: Vec<String> = added.iter().map(|path| format!("\"{path}\"")).collect();
        let text = match lines.as_slice() {
            [one] => format!("\n\nimport {one}"),
            many => format!("\n\nimport (\n\t{}\n)", many.join("\n\t")),
        };
        let after = declarations.last().map(|it| file.ast.range(it.decl).end);
        let package = file.package.map(|id| file.ast.range(id).end);
        put(
            TextRange::empty(after.or(package).unwrap_or_default()),
            text,
        );
    }
    edits.sort_by_key(|edit| edit.range);
    let all: Vec<&Edit> = edits.iter().collect();
    super::apply_edits(&file.src, &all).unwrap_or_else(|| file.src.to_string())
}

/// The text of imports by path.
fn spelled(file: &File, kept: &[SpecId], added: &[&str]) -> Vec<String> {
    let of_kept = kept.iter().map(|spec| {
        let path = file.import_path(*spec).unwrap_or_default();
        (path, file.text(file.ast.range(*spec)).to_owned())
    });
    let of_added = added
        .iter()
        .map(|path| ((*path).to_owned(), format!("\"{path}\"")));
    let mut lines: Vec<(String, String)> = of_kept.chain(of_added).collect();
    lines.sort();
    lines.into_iter().map(|(_, text)| text).collect()
}

/// The range of a declaration that is written anew; one that goes takes its line and a blank line after it along.
fn single(file: &File, decl: DeclId, kept: &[SpecId], added: &[&str]) -> TextRange {
    let mut range = file.ast.range(decl);
    if kept.is_empty() && added.is_empty() {
        let rest = &file.src[range.end as usize..];
        let blank = rest.len() - rest.trim_start_matches('\n').len();
        range.end += blank.min(2) as u32;
    }
    range
}

fn edit_block(
    file: &File,
    specs: &[SpecId],
    kept: &[SpecId],
    added: &[&str],
    put: &mut impl FnMut(TextRange, String),
) {
    for spec in specs.iter().filter(|spec| !kept.contains(spec)) {
        let range = file.ast.range(*spec);
        let line = file.lines.line_col(range.start).line;
        if let Some(whole) = file.lines.line_range(line) {
            // The range of a line does not have its end.
            let end = (whole.end + 1).min(file.src.len() as u32);
            put(TextRange::new(whole.start, end), String::new());
        }
    }
    let group = standard_group(file, kept);
    for path in added {
        let before = (group.iter().rev()).find(|spec| {
            file.import_path(**spec)
                .is_some_and(|it| it.as_str() < *path)
        });
        let line_of = |spec: SpecId, end: bool| {
            let range = file.ast.range(spec);
            let line = file.lines.line_col(range.start).line;
            let whole = file.lines.line_range(line).unwrap_or(range);
            if end { whole.end } else { whole.start }
        };
        match (before, group.first().or(specs.first())) {
            (Some(before), _) => put(
                TextRange::empty(line_of(*before, true)),
                format!("\n\t\"{path}\""),
            ),
            (None, Some(first)) if group.is_empty() => put(
                TextRange::empty(line_of(*first, false)),
                format!("\t\"{path}\"\n\n"),
            ),
            (None, Some(first)) => put(
                TextRange::empty(line_of(*first, false)),
                format!("\t\"{path}\"\n"),
            ),
            (None, None) => {}
        }
    }
}

/// The first run of lines without blank ones between them that has imports of the standard library.
fn standard_group(file: &File, specs: &[SpecId]) -> Vec<SpecId> {
    let line = |spec: &SpecId| file.lines.line_col(file.ast.range(*spec).start).line;
    let mut group: Vec<SpecId> = Vec::new();
    for spec in specs {
        let is_next = group.last().is_none_or(|last| {
            let between = file.text(TextRange::new(
                file.ast.range(*last).end,
                file.ast.range(*spec).start,
            ));
            line(spec) <= line(last) + 1 || !between.contains("\n\n")
        });
        let standard = |spec: &SpecId| {
            file.import_path(*spec)
                .is_some_and(|path| is_standard(&path))
        };
        if !is_next {
            if group.iter().any(standard) {
                break;
            }
            group.clear();
        }
        group.push(*spec);
    }
    let has_standard = group.iter().any(|spec| {
        file.import_path(*spec)
            .is_some_and(|path| is_standard(&path))
    });
    if has_standard { group } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(before: &str, after: &str, needed: &[&str]) -> String {
        let (file, _) = go_syntax::parse(before.as_bytes());
        settle_imports(&file, after, &needed.iter().copied().collect())
    }

    #[test]
    fn imports_are_completed_and_dropped() {
        let body = "\nvar x = fmt.Sprint(1)\n";
        let cases: &[(&str, &str, &[&str], &str)] = &[
            (
                "import \"fmt\"\n",
                "\nvar x = strconv.Itoa(1)\n",
                &["strconv"],
                "import \"strconv\"\n",
            ),
            (
                "import \"fmt\"\n",
                "\nvar x, y = strconv.Itoa(1), fmt.Sprint(2)\n",
                &["strconv"],
                "import (\n\t\"fmt\"\n\t\"strconv\"\n)\n",
            ),
            ("import \"fmt\"\n", "\nvar x = 1\n", &[], ""),
            (
                "import (\n\t\"fmt\" // why\n\t\"os\"\n\n\t\"a.b/c\"\n)\n",
                "\nvar x, y, z = os.Args, c.X, slices.X\n",
                &["slices"],
                "import (\n\t\"os\"\n\t\"slices\"\n\n\t\"a.b/c\"\n)\n",
            ),
            (
                "import (\n\t\"a.b/c\"\n)\n",
                "\nvar x, y = c.X, bytes.X\n",
                &["bytes"],
                "import (\n\t\"bytes\"\n\n\t\"a.b/c\"\n)\n",
            ),
        ];
        for (imports, after, needed, want) in cases {
            let text = |imports: &str, body: &str| format!("package p\n\n{imports}{body}");
            let got = settled(&text(imports, body), &text(imports, after), needed);
            let want = text(want, after);
            assert_eq!(
                got.replace("\n\n\n", "\n\n"),
                want.replace("\n\n\n", "\n\n")
            );
        }
        assert_eq!(
            settled(
                "package p\n\nvar x = 1\n",
                "package p\n\nvar x = os.Args\n",
                &["os"]
            ),
            "package p\n\nimport \"os\"\n\nvar x = os.Args\n"
        );
    }
}
