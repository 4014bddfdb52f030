//! Wrong programs: the errors that the type checkers' own test files expect.
//!
//! `internal/types/testdata` of the pinned Go holds files with `/* ERROR "…" */` behind the token that
//! is wrong. Each file (or directory of files) is one package; its errors must be reported on their line,
//! and no others. Words and columns do not count.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use base::System as _;
use go_load::{Checked, LoadOptions};
use go_syntax::{File, GoVersion};
use go_tool::{GoTool, ListOptions, Products};
use go_types::{Input, PkgId, Sizes, SourceFile, check_package};
use rustc_hash::FxHashMap;

use super::board::Board;
use crate::repo::Repo;
use crate::toolchain;

pub(super) const NAME: &str = "type-errors";

const BOARD: &str = "xtask/scoreboards/type-errors.txt";

const HEAD: &str = "\
# Errors that internal/types/testdata of Go 1.27.3 expects, found on their line; then lines where one is
# missing (-) or reported though none is expected (+).
# Made by `cargo xtask conform type-errors --update`.
";

const FOLDERS: [&str; 4] = ["check", "examples", "fixedbugs", "spec"];

/// Builtins that exist in the peer's tests alone.
const TEST_BUILTINS: [&str; 2] = ["undefined: assert", "undefined: trace"];

#[derive(Default, PartialEq, Eq, Debug)]
struct Score {
    expected: usize,
    found: usize,
    /// Packages that expect no errors.
    clean: usize,
    /// `folder/file:line -` or `+`.
    differs: BTreeSet<String>,
}

/// Whether a line differs that did not, by the scoreboard.
pub(super) fn run(repo: &Repo, update: bool) -> anyhow::Result<bool> {
    let go = match toolchain::find(repo, toolchain::PINNED) {
        Ok(go) => GoTool::find(&repo.system, Some(&go))?,
        Err(error) => {
            println!("{}conform {NAME}: {error:#}", base::testing::SKIPPED);
            return Ok(false);
        }
    };
    let root = go.env.goroot.join("src/internal/types/testdata");
    let (mut checked, imports) = check_std(repo, &go)?;
    let mut score = Score::default();
    for unit in units(repo, &root)? {
        score_unit(repo, &root, &unit, &mut checked, &imports, &mut score)?;
    }
    let board = Board {
        name: NAME,
        path: BOARD,
        head: HEAD,
        counts: format!(
            "expected: {}\nfound: {}\npackages without errors: {}\n",
            score.expected, score.found, score.clean
        ),
        differs: score.differs,
    };
    board.settle(repo, update)
}

/// The standard library without function bodies, for the imports of the test files.
fn check_std(repo: &Repo, go: &GoTool) -> anyhow::Result<(Checked, FxHashMap<String, PkgId>)> {
    let options = LoadOptions {
        list: ListOptions {
            products: Products::Nothing,
            dir: repo.path("."),
            patterns: vec!["std".to_owned()],
            env: vec![("CGO_ENABLED".to_owned(), "0".to_owned())],
            ..ListOptions::default()
        },
        ..LoadOptions::default()
    };
    let loaded = go_load::load(go, &repo.system, &repo.cancel, &options)?;
    let checked = go_load::check(&loaded, |_| false);
    let imports = (checked.packages.iter_enumerated())
        .map(|(id, package)| (loaded.listing.packages[id].import_path.clone(), package.pkg))
        .collect();
    Ok((checked, imports))
}

/// Files of each test package.
fn units(repo: &Repo, root: &Path) -> anyhow::Result<Vec<Vec<PathBuf>>> {
    let is_go = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "go");
    let mut units = Vec::new();
    for folder in FOLDERS {
        let mut entries = repo.system.read_dir(&root.join(folder))?;
        entries.sort();
        for entry in entries {
            if repo.system.is_dir(&entry) {
                let mut files = repo.system.read_dir(&entry)?;
                files.retain(is_go);
                files.sort();
                units.push(files);
            } else if is_go(&entry) {
                units.push(vec![entry]);
            }
        }
    }
    Ok(units)
}

fn score_unit(
    repo: &Repo,
    root: &Path,
    unit: &[PathBuf],
    checked: &mut Checked,
    imports: &FxHashMap<String, PkgId>,
    score: &mut Score,
) -> anyhow::Result<()> {
    let mut expected: BTreeMap<(usize, u32), usize> = BTreeMap::new();
    let mut got: BTreeSet<(usize, u32)> = BTreeSet::new();
    let mut files = Vec::new();
    let mut lang = GoVersion::new(1, 27);
    for (number, path) in unit.iter().enumerate() {
        let text = repo
            .system
            .read(path)
            .with_context(|| path.display().to_string())?;
        let (file, problems) = go_syntax::parse(&text);
        let text = String::from_utf8_lossy(&text);
        for line in expected_lines(&text) {
            *expected.entry((number, line)).or_default() += 1;
        }
        lang = first_line_version(&text).unwrap_or(lang);
        let lines = problems
            .iter()
            .map(|problem| file.lines.line_col(problem.at).line);
        got.extend(lines.map(|line| (number, line)));
        files.push(file);
    }
    check_unit(unit, &files, lang, checked, imports, &mut got);
    score.clean += usize::from(expected.is_empty() && got.is_empty());
    score.expected += expected.values().sum::<usize>();
    let mut differ = |number: usize, line: u32, sign: char| {
        let path = unit[number].strip_prefix(root).unwrap_or(&unit[number]);
        score
            .differs
            .insert(format!("{}:{line} {sign}", path.display()));
    };
    for (&(number, line), count) in &expected {
        if got.contains(&(number, line)) {
            score.found += count;
        } else {
            differ(number, line, '-');
        }
    }
    for &(number, line) in got.iter().filter(|place| !expected.contains_key(place)) {
        differ(number, line, '+');
    }
    Ok(())
}

/// Type-checks the files as one package and notes the lines with problems.
fn check_unit(
    unit: &[PathBuf],
    files: &[File],
    lang: GoVersion,
    checked: &mut Checked,
    imports: &FxHashMap<String, PkgId>,
    got: &mut BTreeSet<(usize, u32)>,
) {
    let store = &mut checked.store;
    let name = files
        .first()
        .map_or("", |file| file.package_name().as_str());
    let pkg_name = store.names.intern(name);
    let pkg = store.new_package(name, pkg_name, lang.minor);
    for (path, file) in unit.iter().zip(files) {
        let base_name = path.file_name().unwrap_or_default().to_string_lossy();
        let id = store.files.push(SourceFile {
            base_name: base_name.as_ref().into(),
            lines: file.lines.clone(),
            pkg,
            go_version: lang.of_file(file.directives.go_version).minor,
        });
        store.packages[pkg].files.push(id);
    }
    let files: Vec<&File> = files.iter().collect();
    let input = Input {
        files: &files,
        imports,
        sizes: Sizes::AMD64,
        ignore_func_bodies: false,
    };
    let (_, problems) = check_package(store, pkg, &input);
    let ids = store.packages[pkg].files.clone();
    for problem in problems {
        if TEST_BUILTINS.contains(&problem.message.as_str()) {
            continue;
        }
        if let Some(number) = ids.iter().position(|id| *id == problem.pos.file) {
            let line = files[number].lines.line_col(problem.pos.offset).line;
            got.insert((number, line));
        }
    }
}

/// `// -lang=go1.17` on the first line.
fn first_line_version(text: &str) -> Option<GoVersion> {
    let words = text.lines().next()?.strip_prefix("//")?.split_whitespace();
    words
        .filter_map(|word| word.strip_prefix("-lang="))
        .find_map(GoVersion::parse)
}

/// Lines of the tokens before `ERROR` comments, once per comment.
fn expected_lines(text: &str) -> Vec<u32> {
    let mut lines = Vec::new();
    let (mut rest, mut line, mut token_line) = (text, 1u32, 0u32);
    while let Some(first) = rest.chars().next() {
        let len = match first {
            _ if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            _ if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '"' | '\'' | '`' => quoted_len(rest, first),
            _ => first.len_utf8(),
        };
        let (piece, after) = rest.split_at(len);
        let comment = piece
            .strip_prefix("//")
            .or_else(|| piece.strip_prefix("/*"));
        if let Some(comment) = comment {
            let words = comment.trim_start();
            if words.starts_with("ERROR ") || words.starts_with("ERRORx ") {
                lines.push(token_line);
            }
        } else if !first.is_whitespace() {
            token_line = line;
        }
        line += piece.matches('\n').count() as u32;
        rest = after;
    }
    lines
}

/// Bytes of a quoted literal; those on one line end there at the latest.
fn quoted_len(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote != '`' => escaped = true,
            '\n' if quote != '`' => return at,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_belong_to_the_token_before_them() {
        let text = "x /* ERROR \"a\" */ y\n\n// ERROR \"b\"\nz = '\\'' /* no */ + \"/* ERROR */\"\n\tw // ERRORx \"c\"\n";
        assert_eq!(expected_lines(text), [1, 1, 5]);
    }

    #[test]
    fn the_language_version_stands_on_the_first_line() {
        assert_eq!(
            first_line_version("// -lang=go1.17\n"),
            Some(GoVersion::new(1, 17))
        );
        assert_eq!(first_line_version("// Copyright\n// -lang=go1.17"), None);
    }
}
