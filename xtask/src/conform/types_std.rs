//! The standard library through go/types and through us: hashes of everything both know of a package.
//!
//! `shared/conformance/types/dump` is built with the pinned Go and asked beside our own `typesdump`. A file
//! and kind of record whose hashes differ is a difference. Sizes and offsets are compared on three
//! architectures, on a scoreboard of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::Context as _;
use base::System as _;
use base::system::Command;

use super::board::Board;
use crate::repo::Repo;
use crate::toolchain;
use crate::typesdump::{self, Flags};

pub(super) const NAME: &str = "types-std";
pub(super) const LAYOUT: &str = "layout-std";

const TYPES_HEAD: &str = "\
# What go/types of Go 1.27.3 records of the standard library, and we: statements, types and values of
# expressions, definitions, uses, selections, instances, layouts, method sets, initialisation order. Then files
# and kinds of records whose hashes differ.
# Made by `cargo xtask conform types-std --update`.
";

const LAYOUT_HEAD: &str = "\
# Size, alignment, pointer bytes and offsets of the types of the standard library as go/types of Go 1.27.3 and
# we have them; then files in which they differ.
# Made by `cargo xtask conform layout-std --update`.
";

/// Packages that are compared with their tests too.
const WITH_TESTS: [&str; 5] = ["encoding/json", "fmt", "iter", "maps", "slices"];

/// One comparison: its name, and the flags and packages both are given.
struct Run {
    title: String,
    words: Vec<String>,
    /// Ours takes what a package imports from a cache.
    cached: bool,
}

impl Run {
    fn new(title: &str, words: &[&str]) -> Self {
        let words = words.iter().map(|word| (*word).to_owned());
        Self {
            title: title.to_owned(),
            words: words.collect(),
            cached: false,
        }
    }
}

/// Whether types or layouts got worse; both only where they are wanted.
pub(super) fn run(
    repo: &Repo,
    wants: impl Fn(&str) -> bool,
    update: bool,
) -> anyhow::Result<Vec<&'static str>> {
    let mut worse = Vec::new();
    if !wants(NAME) && !wants(LAYOUT) {
        return Ok(worse);
    }
    let oracle = match Oracle::build(repo) {
        Ok(oracle) => oracle,
        Err(why) => {
            println!(
                "{}conform {NAME}, {LAYOUT}: {why:#}",
                base::testing::SKIPPED
            );
            return Ok(worse);
        }
    };
    if wants(NAME) {
        let mut with_tests = vec!["-hash", "-test"];
        with_tests.extend(WITH_TESTS);
        let runs = [
            Run::new("std", &["-hash", "std"]),
            Run::new("with tests", &with_tests),
            Run {
                cached: true,
                ..Run::new("imports from the cache", &["-hash", "-deps", "net/http"])
            },
        ];
        let board = "xtask/scoreboards/types-std.txt";
        if oracle.compare(repo, &runs, (NAME, board, TYPES_HEAD), update)? {
            worse.push(NAME);
        }
    }
    if wants(LAYOUT) {
        let runs = ["amd64", "386", "arm64"].map(|arch| {
            let words = ["-hash", "-kinds", "layout", "-goarch", arch, "std"];
            Run::new(arch, &words)
        });
        let board = "xtask/scoreboards/layout-std.txt";
        if oracle.compare(repo, &runs, (LAYOUT, board, LAYOUT_HEAD), update)? {
            worse.push(LAYOUT);
        }
    }
    Ok(worse)
}

/// The peer's program, built.
struct Oracle {
    go: PathBuf,
    program: PathBuf,
    _folder: base::system::TempDir,
}

impl Oracle {
    fn build(repo: &Repo) -> anyhow::Result<Self> {
        let source = repo
            .shared("conformance/types/dump")
            .context("no shared/conformance beside the checkout")?;
        let go = toolchain::find(repo, toolchain::PINNED)?;
        let folder = repo.system.temp_dir("types-std-")?;
        let program = folder.path().join("typesdump");
        let build = Command::new(&go)
            .args(["build", "-o"])
            .arg(&program)
            .arg(".")
            .current_dir(source)
            .env("GOFLAGS", "");
        repo.run(&toolchain::with_go(repo, &go, build))?;
        Ok(Self {
            go,
            program,
            _folder: folder,
        })
    }

    /// Holds the answers to all runs against each other and the scoreboard.
    fn compare(
        &self,
        repo: &Repo,
        runs: &[Run],
        (name, path, head): (&str, &str, &str),
        update: bool,
    ) -> anyhow::Result<bool> {
        let mut counts = String::new();
        let mut differs = BTreeSet::new();
        for run in runs {
            let (theirs, ours) = (self.theirs(repo, run)?, self.ours(repo, run)?);
            let score = Score::of(&theirs, &ours);
            counts.push_str(&format!(
                "{}: {} packages, {} of {} records in files without a difference\n",
                run.title, score.packages, score.equal, score.records
            ));
            differs.extend(
                score
                    .differs
                    .iter()
                    .map(|case| format!("{}: {case}", run.title)),
            );
        }
        let board = Board {
            name,
            path,
            head,
            counts,
            differs,
        };
        board.settle(repo, update)
    }

    fn theirs(&self, repo: &Repo, run: &Run) -> anyhow::Result<String> {
        let dump = Command::new(&self.program)
            .args(run.words.iter().map(String::as_str))
            .current_dir(repo.path("."))
            .env("GOFLAGS", "");
        repo.output(&toolchain::with_go(repo, &self.go, dump))
    }

    fn ours(&self, repo: &Repo, run: &Run) -> anyhow::Result<String> {
        let mut out = Vec::new();
        let mut flags = Flags::parse(&run.words)?;
        flags.go = Some(self.go.clone());
        let folder = repo.system.temp_dir("types-cache-")?;
        flags.cache = run.cached.then(|| folder.path().to_owned());
        typesdump::dump(&flags, repo, &mut out)?;
        Ok(String::from_utf8(out)?)
    }
}

#[derive(Default, PartialEq, Eq, Debug)]
struct Score {
    packages: usize,
    records: usize,
    /// Records of files and kinds that do not differ.
    equal: usize,
    /// `package file kind`.
    differs: BTreeSet<String>,
}

/// Count and hash by package, file and kind.
type Hashes = BTreeMap<(String, String, String), (usize, String)>;

impl Score {
    /// Text of errors and the number of them are not compared.
    fn of(theirs: &str, ours: &str) -> Self {
        let (theirs, ours) = (hashes(theirs), hashes(ours));
        let mut score = Self::default();
        for (key, value) in &theirs {
            let (package, file, kind) = key;
            if kind == "all" {
                score.packages += usize::from(file.is_empty());
                continue;
            }
            if kind == "error" || kind == "pkg" {
                continue;
            }
            // What stands in no file is identified by the package's sum alone.
            if file.is_empty() {
                continue;
            }
            score.records += value.0;
            if ours.get(key) == Some(value) {
                score.equal += value.0;
            } else {
                score.differs.insert(format!("{package} {file} {kind}"));
            }
        }
        for key in ours.keys().filter(|key| !theirs.contains_key(*key)) {
            let (package, file, kind) = key;
            score.differs.insert(format!("{package} {file} {kind}"));
        }
        score
    }
}

fn hashes(text: &str) -> Hashes {
    let mut hashes = Hashes::new();
    for line in text.lines() {
        let Ok(line) = serde_json::from_str::<serde_json::Value>(line) else {
            continue;
        };
        let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        if text("k") == "hash" {
            let count = line["n"].as_u64().unwrap_or_default() as usize;
            hashes.insert((text("pkg"), text("f"), text("kind")), (count, text("h")));
        }
    }
    hashes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_and_kind_differs_as_a_whole() {
        let line = |file: &str, kind: &str, n: usize, hash: &str| {
            format!(r#"{{"k":"hash","pkg":"p","f":"{file}","kind":"{kind}","n":{n},"h":"{hash}"}}"#)
        };
        let theirs = [
            line("", "all", 9, "0"),
            line("", "use", 5, "1"),
            line("a.go", "use", 2, "2"),
            line("b.go", "use", 3, "3"),
            line("b.go", "error", 1, "4"),
        ];
        let ours = [
            line("", "all", 9, "9"),
            line("a.go", "use", 2, "2"),
            line("b.go", "use", 3, "4"),
            line("b.go", "def", 1, "5"),
        ];
        let score = Score::of(&theirs.join("\n"), &ours.join("\n"));
        let differs = ["p b.go def", "p b.go use"].map(str::to_owned);
        let expected = Score {
            packages: 1,
            records: 5,
            equal: 2,
            differs: differs.into_iter().collect(),
        };
        assert_eq!(score, expected);
    }
}
