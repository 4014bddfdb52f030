//! Escape analysis of the native engine beside the compiler's, without inlining (`-l -m=1`), line by line.
//!
//! A line that the compiler does not print is wrong; one that only the compiler prints is missing. Functions of
//! which the model says nothing, or not all, are counted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use base::System as _;
use gc::native::{Tags, escapes};
use go_ir::{Printer, Source, lower};
use go_load::{Checked, Loaded};
use go_types::with_stack;

use super::board::Board;
use super::{gc_log, gc_native};
use crate::repo::Repo;
use crate::toolchain;

/// The cases of the micro pack that are one file.
pub(super) const NAME: &str = "gc-escape";
/// The standard library, which is compiled for it.
pub(super) const STD: &str = "gc-escape-std";

const FLAGS: &str = "-l -m=1";

const BOARD: &str = "xtask/scoreboards/gc-escape.txt";
const STD_BOARD: &str = "xtask/scoreboards/gc-escape-std.txt";

const HEAD: &str = "\
# Single-file cases of shared/conformance/escape/micro: what escape analysis says with `-l -m=1`. Lines of the
# compiler, those of the model that are among them, and those that are not; cases equal as a whole, order included;
# then the wrong lines. Made by `cargo xtask conform gc-escape --update`.
";

const STD_HEAD: &str = "\
# What escape analysis says with `go build -gcflags='-l -m=1' std` of Go 1.27.3, linux/amd64 without cgo: lines of
# the compiler (of generic instances too, which are not modelled), those of the model that are among them, and
# those that are not, which follow. Made by `cargo xtask conform gc-escape-std --update`.
";

/// By import path.
type Lines = BTreeMap<String, Vec<String>>;

/// Whether a line is wrong that is not on the scoreboard.
pub(super) fn run(repo: &Repo, update: bool) -> anyhow::Result<bool> {
    let Some(micro) = repo.shared("conformance/escape/micro/visible") else {
        let skipped = base::testing::SKIPPED;
        println!("{skipped}conform {NAME}: no shared/conformance beside the checkout");
        return Ok(false);
    };
    let module = repo.system.temp_dir("gc-escape-")?;
    let dir = module.path();
    copy_cases(repo, &micro, dir)?;
    let log = gc_log::log(repo, toolchain::PINNED, FLAGS, "./...", Some(dir))?;
    let go = gc_native::find_go(repo)?;
    let (loaded, checked) = gc_native::load(repo, &go, dir, "./...", "on")?;
    let score = Score::of(&expected(&log), &native(&loaded, checked));
    score.board(NAME, BOARD, HEAD).settle(repo, update)
}

/// Whether a line is wrong that is not on the scoreboard.
pub(super) fn run_std(repo: &Repo, update: bool) -> anyhow::Result<bool> {
    let log = gc_log::log(repo, toolchain::PINNED, FLAGS, "std", None)?;
    let go = gc_native::find_go(repo)?;
    let (loaded, checked) = gc_native::load(repo, &go, &repo.path("."), "std", "off")?;
    let score = Score::of(&expected(&log), &native(&loaded, checked));
    score.board(STD, STD_BOARD, STD_HEAD).settle(repo, update)
}

/// Makes each case a package of one module, so that one build compiles them all.
fn copy_cases(repo: &Repo, micro: &Path, dir: &Path) -> anyhow::Result<()> {
    repo.system
        .write(&dir.join("go.mod"), b"module micro\n\ngo 1.27\n")?;
    for case in gc_native::cases(repo, micro)? {
        let package = dir.join(case.strip_prefix(micro)?.with_extension(""));
        repo.system.create_dir_all(&package)?;
        let name = case.file_name().unwrap_or_default();
        let text = repo.system.read(&case)?;
        repo.system.write(&package.join(name), &text)?;
    }
    Ok(())
}

/// What the compiler says, by import path.
fn expected(log: &[u8]) -> Lines {
    let mut lines = Lines::new();
    let mut current = String::new();
    for line in String::from_utf8_lossy(log).lines() {
        if let Some(path) = line.strip_prefix("# ") {
            path.clone_into(&mut current);
        } else if let Some(line) = comparable(line) {
            lines.entry(current.clone()).or_default().push(line);
        }
    }
    lines
}

/// The line, if escape analysis says it, with the base name of its file.
fn comparable(line: &str) -> Option<String> {
    const OTHERS: &[&str] = &[
        "index bounds check elided",
        ": devirtualizing ",
        ": cannot devirtualize ",
        ": imprecise interface call",
    ];
    if OTHERS.iter().any(|other| line.contains(other)) {
        return None;
    }
    let (path, rest) = line.split_once(':')?;
    let base = path.rsplit('/').next().unwrap_or(path);
    Some(format!("{base}:{rest}"))
}

/// What the model says, by import path.
fn native(loaded: &Loaded, checked: Checked) -> BTreeMap<String, (Vec<String>, Vec<String>)> {
    with_stack(move || {
        let mut all = BTreeMap::new();
        let mut tags = Tags::default();
        let mut store = checked.store;
        for (id, package) in checked.packages.iter_enumerated() {
            let listed = &loaded.listing.packages[id];
            let files = loaded.packages[id].files.iter();
            let source = Source {
                pkg: package.pkg,
                files: files.map(|file| &file.file).collect(),
                info: &package.info,
            };
            let mut lowered = lower(&mut store, &source);
            let found = escapes(&mut store, &mut lowered, &loaded.goarch, &mut tags);
            let printer = Printer {
                store: &store,
                package: &lowered,
                local: package.pkg,
            };
            let lines = found.findings.iter().map(|finding| {
                let position = store
                    .position(finding.pos(&lowered))
                    .map(|position| printed(&position));
                let position = position.map_or(String::new(), |position| position + ": ");
                position + &finding.message(&printer)
            });
            let gaps = (found.gaps.iter())
                .map(|(func, reason)| format!("{}: {reason}", lowered.funcs[*func].name));
            if !listed.dep_only {
                all.insert(
                    listed.import_path.clone(),
                    (lines.collect(), gaps.collect()),
                );
            }
        }
        all
    })
}

/// A position as the compiler prints it: without columns that do not fit into 8 bits.
fn printed(position: &str) -> String {
    match position.rsplit_once(':') {
        Some((line, column)) if column.parse::<u32>().is_ok_and(|column| column > 254) => {
            line.to_owned()
        }
        _ => position.to_owned(),
    }
}

/// How the model's lines compare with the compiler's.
#[derive(Default)]
struct Score {
    expected: usize,
    equal: usize,
    silent: usize,
    packages: usize,
    whole: usize,
    /// By reason the number of functions without an answer.
    gaps: BTreeMap<String, usize>,
    wrong: BTreeSet<String>,
}

impl Score {
    fn of(expected: &Lines, said: &BTreeMap<String, (Vec<String>, Vec<String>)>) -> Self {
        let mut score = Self {
            packages: expected.len(),
            ..Self::default()
        };
        for (path, (lines, gaps)) in said {
            score.silent += gaps.len();
            for gap in gaps {
                let reason = gap
                    .split_once(": ")
                    .map_or(gap.as_str(), |(_, reason)| reason);
                *score.gaps.entry(reason.to_owned()).or_default() += 1;
            }
            let expected = expected.get(path).map(Vec::as_slice).unwrap_or_default();
            score.whole += usize::from(!expected.is_empty() && lines == expected);
            let mut left: BTreeMap<&str, usize> = BTreeMap::new();
            for line in expected {
                *left.entry(line).or_default() += 1;
            }
            for line in lines {
                match left.get_mut(line.as_str()).filter(|count| **count > 0) {
                    Some(count) => {
                        *count -= 1;
                        score.equal += 1;
                    }
                    None => {
                        score.wrong.insert(format!("{path} {line}"));
                    }
                }
            }
        }
        score.expected = expected.values().map(Vec::len).sum();
        score
    }

    fn board(self, name: &'static str, path: &'static str, head: &'static str) -> Board<'static> {
        let mut counts = format!(
            "lines of the compiler: {}\nequal: {}\nwrong: {}\npackages equal as a whole: {} of {}\n\
             functions without a whole answer: {}\n",
            self.expected,
            self.equal,
            self.wrong.len(),
            self.whole,
            self.packages,
            self.silent
        );
        for (reason, count) in self.gaps {
            counts.push_str(&format!("  {reason}: {count}\n"));
        }
        Board {
            name,
            path,
            head,
            counts,
            differs: self.wrong,
        }
    }
}
