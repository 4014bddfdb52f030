//! Verdicts of the native inliner beside the compiler's: `can inline F with cost N as: …` and
//! `cannot inline F: …` of `-m=2`, line by line.
//!
//! A wrong line counts, a missing one too; what the model says nothing of is counted apart.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use base::System as _;
use gc::native::{Costs, Matched, Verdict, verdicts};
use go_ir::{Printer, Source, lower};
use go_load::{Checked, CheckedPackage, LoadOptions, Loaded};
use go_tool::{GoTool, ListOptions, PackageId, Products};
use go_types::with_stack;

use super::board::Board;
use super::gc_log;
use crate::repo::Repo;
use crate::toolchain;

/// The cases of the micro pack that are one file.
pub(super) const NAME: &str = "gc-native";
/// The standard library, which is compiled for it.
pub(super) const STD: &str = "gc-native-std";

const BOARD: &str = "xtask/scoreboards/gc-native.txt";
const STD_BOARD: &str = "xtask/scoreboards/gc-native-std.txt";

const HEAD: &str = "\
# Single-file cases of shared/conformance/escape/micro: verdicts and costs of `-m=2` with their texts, in order.
# Then the cases that differ. Made by `cargo xtask conform gc-native --update`.
";

const STD_HEAD: &str = "\
# Verdicts and costs of `go build -gcflags=-m=2 std` of Go 1.27.3, linux/amd64 without cgo: lines of the compiler
# (generic instances too, which are not modelled), those of the model that are among them, and those that are not,
# which follow. Made by `cargo xtask conform gc-native-std --update`.
";

/// The lines of one package, and the number of functions of which nothing is said.
#[derive(Clone, Debug, Default)]
struct Said {
    lines: Vec<String>,
    silent: usize,
}

/// Whether a case fails that is not on the scoreboard.
pub(super) fn run(repo: &Repo, update: bool) -> anyhow::Result<bool> {
    let Some(micro) = repo.shared("conformance/escape/micro/visible") else {
        let skipped = base::testing::SKIPPED;
        println!("{skipped}conform {NAME}: no shared/conformance beside the checkout");
        return Ok(false);
    };
    let go = find_go(repo)?;
    let mut passed = 0;
    let mut differs = BTreeSet::new();
    for case in cases(repo, &micro)? {
        let golden = repo.system.read_to_string(&case.with_extension("m2"))?;
        let expected: Vec<String> = golden.lines().filter_map(comparable).collect();
        let dir = case.parent().unwrap_or(&micro);
        let file = case.file_name().unwrap_or_default().to_string_lossy();
        let (loaded, checked) = load(repo, &go, dir, &file, "off")?;
        let said = native(&loaded, checked);
        let lines = said
            .get("command-line-arguments")
            .cloned()
            .unwrap_or_default();
        if lines.lines == expected {
            passed += 1;
        } else {
            let case = case.strip_prefix(&micro).unwrap_or(&case);
            differs.insert(case.with_extension("").display().to_string());
        }
    }
    let board = Board {
        name: NAME,
        path: BOARD,
        head: HEAD,
        counts: format!("cases: {}\npassed: {passed}\n", passed + differs.len()),
        differs,
    };
    board.settle(repo, update)
}

/// Whether a line is wrong that is not on the scoreboard.
pub(super) fn run_std(repo: &Repo, update: bool) -> anyhow::Result<bool> {
    let go = find_go(repo)?;
    let log = gc_log::std_log(repo, toolchain::PINNED)?;
    let expected = gc_log::by_package(&log, comparable);
    let (loaded, checked) = load(repo, &go, &repo.path("."), "std", "off")?;
    let said = native(&loaded, checked);
    let (mut right, mut silent, mut whole) = (0, 0, 0);
    let mut differs = BTreeSet::new();
    for (path, said) in &said {
        silent += said.silent;
        let expected = expected.get(path).map(Vec::as_slice).unwrap_or_default();
        whole += usize::from(said.lines == expected);
        let matched = Matched::new(expected, &said.lines);
        right += matched.equal.len();
        differs.extend(matched.wrong.iter().map(|line| format!("{path} {line}")));
    }
    let all: usize = expected.values().map(Vec::len).sum();
    let board = Board {
        name: STD,
        path: STD_BOARD,
        head: STD_HEAD,
        counts: format!(
            "lines of the compiler: {all}\nequal: {right}\nfunctions without an answer: {silent}\n\
             packages equal as a whole: {whole} of {}\n",
            expected.len()
        ),
        differs,
    };
    board.settle(repo, update)
}

pub(super) fn find_go(repo: &Repo) -> anyhow::Result<GoTool> {
    let go = toolchain::find(repo, toolchain::PINNED)?;
    Ok(GoTool::find(&repo.system, Some(&go))?)
}

/// All cases of one file, in order.
pub(super) fn cases(repo: &Repo, micro: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut cases = Vec::new();
    for area in repo.system.read_dir(micro)? {
        let mut files = repo.system.read_dir(&area)?;
        files.retain(|file| file.extension().is_some_and(|extension| extension == "go"));
        cases.extend(files);
    }
    cases.sort();
    Ok(cases)
}

/// The line, if it is a verdict, with the base name of its file.
fn comparable(line: &str) -> Option<String> {
    let verdict = line.contains(": can inline ") || line.contains(": cannot inline ");
    let other = line.contains(": repeated recursive cycle") || line.contains("<autogenerated>");
    if !verdict || other {
        return None;
    }
    gc_log::with_base_name(line)
}

pub(super) fn load(
    repo: &Repo,
    go: &GoTool,
    dir: &Path,
    pattern: &str,
    modules: &str,
) -> anyhow::Result<(Loaded, Checked)> {
    let env = [("CGO_ENABLED", "0"), ("GO111MODULE", modules)];
    let options = LoadOptions {
        list: ListOptions {
            products: Products::Nothing,
            dir: dir.to_owned(),
            patterns: vec![pattern.to_owned()],
            env: env
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
            ..ListOptions::default()
        },
        ..LoadOptions::default()
    };
    let loaded = go_load::load(go, &repo.system, &repo.cancel, &options)?;
    let checked = go_load::check(&loaded, |_| true);
    Ok((loaded, checked))
}

/// A package as the native engine takes it.
pub(super) fn source<'a>(
    loaded: &'a Loaded,
    id: PackageId,
    package: &'a CheckedPackage,
) -> Source<'a> {
    let files = loaded.packages[id].files.iter();
    Source {
        pkg: package.pkg,
        files: files.map(|file| &file.file).collect(),
        info: &package.info,
    }
}

/// What the model says, by import path, in gc's order.
fn native(loaded: &Loaded, checked: Checked) -> BTreeMap<String, Said> {
    with_stack(move || {
        let mut all = BTreeMap::new();
        let mut costs = Costs::default();
        let mut store = checked.store;
        for (id, package) in checked.packages.iter_enumerated() {
            let lowered = lower(&mut store, &source(loaded, id, package));
            let found = verdicts(&mut store, &lowered, &loaded.goarch, &mut costs);
            let printer = Printer {
                store: &store,
                package: &lowered,
                local: package.pkg,
            };
            let mut said = Said::default();
            for item in found {
                let func = &lowered.funcs[item.func];
                let position = store.position(func.pos).unwrap_or_default();
                let name = &func.name;
                match item.verdict {
                    Verdict::Inlinable { cost } => said.lines.push(format!(
                        "{position}: can inline {name} with cost {cost} as: {}",
                        printer.func(item.func)
                    )),
                    Verdict::NotInlinable {
                        reason: Some(reason),
                    } => (said.lines).push(format!("{position}: cannot inline {name}: {reason}")),
                    Verdict::NotInlinable { reason: None } | Verdict::Unknown(_) => {
                        said.silent += 1;
                    }
                }
            }
            all.insert(loaded.listing.packages[id].import_path.clone(), said);
        }
        all
    })
}
