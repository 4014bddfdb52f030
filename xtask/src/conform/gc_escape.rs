//! What the native engine says beside the compiler, line by line: escape analysis without inlining (`-l -m=1`),
//! all of `-m=1`, and all of `-m=2`.
//!
//! A line that the compiler does not print is wrong; one that only the compiler prints is missing. Functions of
//! which the model says nothing, or not all, are counted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use base::System as _;
use gc::native::{Engine, Matched};
use go_load::{Checked, Loaded};
use go_types::with_stack;

use super::board::Board;
use super::{gc_log, gc_native};
use crate::repo::Repo;
use crate::toolchain;

/// One comparison.
#[derive(Clone, Copy)]
struct Comparison {
    name: &'static str,
    /// In the checkout.
    board: &'static str,
    head: &'static str,
    gcflags: &'static str,
    /// Calls are inlined.
    inline: bool,
    /// Of `-m`.
    level: u8,
}

/// The cases of the micro pack that are one file, without inlining.
pub(super) const NAME: &str = "gc-escape";
/// The standard library without inlining, which is compiled for it.
pub(super) const STD: &str = "gc-escape-std";
/// The cases of the micro pack that are one file.
pub(super) const M1: &str = "gc-m1";
/// The standard library, which is compiled for it.
pub(super) const M1_STD: &str = "gc-m1-std";

/// The cases of the micro pack that are one file, with explanations.
pub(super) const M2: &str = "gc-m2";
/// The standard library with explanations, which is compiled for it.
pub(super) const M2_STD: &str = "gc-m2-std";

const MICRO: [Comparison; 3] = [
    Comparison {
        name: NAME,
        board: "xtask/scoreboards/gc-escape.txt",
        head: HEAD,
        gcflags: "-l -m=1",
        inline: false,
        level: 1,
    },
    Comparison {
        name: M1,
        board: "xtask/scoreboards/gc-m1.txt",
        head: M1_HEAD,
        gcflags: "-m=1",
        inline: true,
        level: 1,
    },
    Comparison {
        name: M2,
        board: "xtask/scoreboards/gc-m2.txt",
        head: M2_HEAD,
        gcflags: "-m=2",
        inline: true,
        level: 2,
    },
];

const STANDARD: [Comparison; 3] = [
    Comparison {
        name: STD,
        board: "xtask/scoreboards/gc-escape-std.txt",
        head: STD_HEAD,
        gcflags: "-l -m=1",
        inline: false,
        level: 1,
    },
    Comparison {
        name: M1_STD,
        board: "xtask/scoreboards/gc-m1-std.txt",
        head: M1_STD_HEAD,
        gcflags: "-m=1",
        inline: true,
        level: 1,
    },
    Comparison {
        name: M2_STD,
        board: "xtask/scoreboards/gc-m2-std.txt",
        head: M2_STD_HEAD,
        gcflags: "-m=2",
        inline: true,
        level: 2,
    },
];

const M1_HEAD: &str = "\
# Single-file cases of shared/conformance/escape/micro: all lines of `-m=1`. Lines of the compiler, those of the model
# that are among them, and those that are not; cases equal as a whole, order included; then the wrong lines. Made by
# `cargo xtask conform gc-m1 --update`.
";

const M1_STD_HEAD: &str = "\
# All lines of `go build -gcflags=-m=1 std` of Go 1.27.3, linux/amd64 without cgo: lines of the compiler, those of the
# model that are among them, and those that are not, which follow. Made by `cargo xtask conform gc-m1-std --update`.
";

const M2_HEAD: &str = "\
# Single-file cases of shared/conformance/escape/micro: all of `-m=2`, numbers of temporaries left out. An explanation is
# one entry: its first line says what goes where, the others how. Entries of the compiler, those of the model that are
# among them, and those that are not; then the first lines of the wrong ones. Made by `cargo xtask conform gc-m2 --update`.
";

const M2_STD_HEAD: &str = "\
# All of `go build -gcflags=-m=2 std` of Go 1.27.3, linux/amd64 without cgo, numbers of temporaries left out. An
# explanation is one entry: its first line says what goes where, the others how. Entries of the compiler, those of the
# model that are among them, and those that are not, whose first lines follow. Made by
# `cargo xtask conform gc-m2-std --update`.
";

const HEAD: &str = "\
# Single-file cases of shared/conformance/escape/micro: all lines of `-l -m=1`. Lines of the
# compiler, those of the model that are among them, and those that are not; cases equal as a whole, order included;
# then the wrong lines. Made by `cargo xtask conform gc-escape --update`.
";

const STD_HEAD: &str = "\
# All lines of `go build -gcflags='-l -m=1' std` of Go 1.27.3, linux/amd64 without cgo: lines of the compiler, those of
# the model that are among them, and those that are not, which follow. Made by `cargo xtask conform gc-escape-std --update`.
";

/// By import path.
type Lines = BTreeMap<String, Vec<String>>;
/// What the model says, by import path: lines, and functions of which nothing or not all is said, with reasons.
type Said = BTreeMap<String, (Vec<String>, Vec<String>)>;

/// Compares the cases of the micro pack; the comparisons in which a line is wrong that is not on the scoreboard.
pub(super) fn run(
    repo: &Repo,
    wants: impl Fn(&str) -> bool,
    update: bool,
) -> anyhow::Result<Vec<&'static str>> {
    let mut worse = Vec::new();
    for comparison in MICRO.iter().filter(|comparison| wants(comparison.name)) {
        if run_micro(repo, *comparison, update)? {
            worse.push(comparison.name);
        }
    }
    Ok(worse)
}

/// Compares the standard library as [`run`] does the cases.
pub(super) fn run_std(
    repo: &Repo,
    asked: impl Fn(&str) -> bool,
    update: bool,
) -> anyhow::Result<Vec<&'static str>> {
    let mut worse = Vec::new();
    for comparison in STANDARD.iter().filter(|comparison| asked(comparison.name)) {
        let log = gc_log::log(repo, toolchain::PINNED, comparison.gcflags, "std", None)?;
        let go = gc_native::find_go(repo)?;
        let (loaded, checked) = gc_native::load(repo, &go, &repo.path("."), "std", "off")?;
        if comparison
            .score(&log, &loaded, checked)
            .settle(repo, update)?
        {
            worse.push(comparison.name);
        }
    }
    Ok(worse)
}

fn run_micro(repo: &Repo, comparison: Comparison, update: bool) -> anyhow::Result<bool> {
    let Some(micro) = repo.shared("conformance/escape/micro/visible") else {
        let skipped = base::testing::SKIPPED;
        println!(
            "{skipped}conform {}: no shared/conformance beside the checkout",
            comparison.name
        );
        return Ok(false);
    };
    let module = repo.system.temp_dir("gc-escape-")?;
    let dir = module.path();
    copy_cases(repo, &micro, dir)?;
    let log = gc_log::log(
        repo,
        toolchain::PINNED,
        comparison.gcflags,
        "./...",
        Some(dir),
    )?;
    let go = gc_native::find_go(repo)?;
    let (loaded, checked) = gc_native::load(repo, &go, dir, "./...", "on")?;
    comparison
        .score(&log, &loaded, checked)
        .settle(repo, update)
}

impl Comparison {
    fn score(self, log: &[u8], loaded: &Loaded, checked: Checked) -> Board<'static> {
        let expected = gc_log::by_package(log, gc_log::with_base_name);
        let said = native(loaded, checked, self);
        if self.level < 2 {
            return Score::of(&expected, &said).board(self);
        }
        let expected = (expected.into_iter())
            .map(|(path, lines)| (path, entries(lines)))
            .collect();
        let said = (said.into_iter())
            .map(|(path, (lines, gaps))| (path, (entries(lines), gaps)))
            .collect();
        let mut score = Score::of(&expected, &said);
        score.heads = Some(Heads::of(&expected, &said));
        score.board(self)
    }
}

/// Makes each case a package of one module, so that one build compiles them all.
pub(super) fn copy_cases(repo: &Repo, micro: &Path, dir: &Path) -> anyhow::Result<()> {
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

fn native(loaded: &Loaded, checked: Checked, comparison: Comparison) -> Said {
    with_stack(move || {
        let mut all = BTreeMap::new();
        let mut engine = Engine::new(&loaded.goarch, comparison.inline, comparison.level);
        let mut store = checked.store;
        for (id, package) in checked.packages.iter_enumerated() {
            let listed = &loaded.listing.packages[id];
            let source = gc_native::source(loaded, id, package);
            let answer = engine.package(&mut store, &source);
            let lines = (answer.lines.iter()).map(|line| line.text(&store, |_| None));
            let gaps = (answer.gaps.iter()).map(|gap| format!("{}: {}", gap.func, gap.reason));
            if !listed.dep_only {
                let said = (lines.collect(), gaps.collect());
                all.insert(listed.import_path.clone(), said);
            }
        }
        all
    })
}

/// Lines of `-m=2` without numbers of temporaries, the steps of an explanation with its first line.
fn entries(lines: Vec<String>) -> Vec<String> {
    let mut entries: Vec<String> = Vec::with_capacity(lines.len());
    for line in lines {
        let line = without_numbers(&line);
        match entries.last_mut() {
            Some(entry) if is_step(&line) => {
                entry.push('\n');
                entry.push_str(&line);
            }
            _ => entries.push(line),
        }
    }
    entries
}

/// The line with `.autotmp_7` as `.autotmp`.
fn without_numbers(line: &str) -> String {
    let mut parts = line.split(".autotmp_");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str(".autotmp");
        text.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
    }
    text
}

fn is_step(line: &str) -> bool {
    [":   flow: ", ":     from ", ":   warning: "]
        .iter()
        .any(|step| line.contains(step))
}

fn first_line(entry: &str) -> &str {
    entry.lines().next().unwrap_or_default()
}

/// How the first lines of explanations compare.
struct Heads {
    expected: usize,
    equal: usize,
}

impl Heads {
    fn of(expected: &Lines, said: &Said) -> Self {
        let heads = |entries: &[String]| -> Vec<String> {
            (entries.iter())
                .filter_map(|entry| Some(entry.split_once('\n')?.0.to_owned()))
                .collect()
        };
        let mut all = Self {
            expected: 0,
            equal: 0,
        };
        for (path, entries) in expected {
            let expected = heads(entries);
            all.expected += expected.len();
            if let Some((said, _)) = said.get(path) {
                all.equal += Matched::new(&expected, &heads(said)).equal.len();
            }
        }
        all
    }
}

/// How the model's lines compare with the compiler's.
#[derive(Default)]
struct Score {
    /// Of `-m=2`.
    heads: Option<Heads>,
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
    fn of(expected: &Lines, said: &Said) -> Self {
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
            let matched = Matched::new(expected, lines);
            score.equal += matched.equal.len();
            let wrong = matched.wrong.iter();
            score
                .wrong
                .extend(wrong.map(|entry| format!("{path} {}", first_line(entry))));
        }
        score.expected = expected.values().map(Vec::len).sum();
        score
    }

    fn board(self, comparison: Comparison) -> Board<'static> {
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
        if let Some(heads) = self.heads {
            counts.push_str(&format!(
                "explanations: {}\n  equal in what goes where: {}\n",
                heads.expected, heads.equal
            ));
        }
        for (reason, count) in self.gaps {
            counts.push_str(&format!("  {reason}: {count}\n"));
        }
        Board {
            name: comparison.name,
            path: comparison.board,
            head: comparison.head,
            counts,
            differs: self.wrong,
        }
    }
}
