//! `check`'s rules on the public test data of linters that look for the same.
//!
//! The data are fetched through the Go module proxy, pinned, and not kept here. A line that a linter's test wants
//! reported is found if a finding of the rules beside it has its place or one of its further places there. Each
//! difference is on the scoreboard with its reason; one without is a difference that nobody has judged.

mod reasons;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use base::System as _;
use base::system::Command;

use super::board::Board;
use crate::repo::Repo;
use crate::toolchain;
use reasons::{Kind, reason};

pub(super) const NAME: &str = "check-corpora";

const HEAD: &str = "\
# check's rules on the test data of other linters. `missing`: their test wants a report there, and there is no finding;
# `extra`: a finding where their test wants none. Behind the colon: why we differ on purpose.
";

/// Test data of one linter.
struct Corpus {
    name: &'static str,
    /// `path@version`, of a module whose licence is MIT or BSD.
    module: &'static str,
    /// Folders with Go files; a last part `*` stands for all folders there.
    folders: &'static [&'static str],
    marks: Marks,
    /// Ours that look for the same.
    rules: &'static str,
}

/// How the tests say which lines are to be reported.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Marks {
    /// `// want "…"` at the end of the line.
    Want,
    /// `//@ diag(…)` at the end of the line.
    Diag,
    /// `/*! … */` on lines of their own, above.
    Above,
}

const CORPORA: &[Corpus] = &[
    Corpus {
        name: "prealloc",
        module: "github.com/alexkohler/prealloc@v1.1.0",
        folders: &["testdata"],
        marks: Marks::Want,
        rules: "GP101",
    },
    Corpus {
        name: "perfsprint",
        module: "github.com/catenacyber/perfsprint@v0.10.1",
        folders: &[
            "analyzer/testdata/src/default",
            "analyzer/testdata/src/with-concat-loop",
        ],
        marks: Marks::Want,
        rules: "GP201,GP301,GP302",
    },
    Corpus {
        name: "gocritic",
        module: "github.com/go-critic/go-critic@v0.15.0",
        folders: &[
            "checkers/testdata/appendCombine",
            "checkers/testdata/equalFold",
            "checkers/testdata/hugeParam",
            "checkers/testdata/indexAlloc",
            "checkers/testdata/preferDecodeRune",
            "checkers/testdata/preferFprint",
            "checkers/testdata/preferStringWriter",
            "checkers/testdata/preferWriteByte",
            "checkers/testdata/rangeExprCopy",
            "checkers/testdata/rangeValCopy",
            "checkers/testdata/sliceClear",
            "checkers/testdata/stringXbytes",
        ],
        marks: Marks::Above,
        rules: "GP107,GP204,GP205,GP206,GP207,GP303,GP503,GP504,GP505",
    },
    Corpus {
        name: "staticcheck",
        module: "honnef.co/go/tools@v0.8.2",
        folders: &[
            "staticcheck/sa6000/testdata/go1.0/*",
            "staticcheck/sa6001/testdata/go1.0/*",
            "staticcheck/sa6001/testdata/go1.18/*",
            "staticcheck/sa6002/testdata/go1.0/*",
            "staticcheck/sa6003/testdata/go1.0/*",
            "staticcheck/sa6003/testdata/go1.18/*",
            "staticcheck/sa6005/testdata/go1.0/*",
            "staticcheck/sa6006/testdata/go1.0/*",
        ],
        marks: Marks::Diag,
        rules: "GP203,GP205,GP206,GP207,GP404,GP701",
    },
    Corpus {
        name: "fieldalignment",
        module: "golang.org/x/tools@v0.52.0",
        folders: &["go/analysis/passes/fieldalignment/testdata/src/a"],
        marks: Marks::Want,
        rules: "GP501",
    },
    Corpus {
        name: "modernize",
        module: "golang.org/x/tools@v0.52.0",
        folders: &[
            "go/analysis/passes/modernize/testdata/src/fieldsseq",
            "go/analysis/passes/modernize/testdata/src/slicessort",
            "go/analysis/passes/modernize/testdata/src/splitseq",
            "go/analysis/passes/modernize/testdata/src/stringsbuilder",
        ],
        marks: Marks::Want,
        rules: "GP201,GP208,GP704",
    },
    Corpus {
        name: "mirror",
        module: "github.com/butuzov/mirror@v1.3.3",
        folders: &["testdata"],
        marks: Marks::Want,
        rules: "GP204,GP205",
    },
];

/// Whether a case fails that is not on the scoreboard.
pub(super) fn run(repo: &Repo, goperf: Option<PathBuf>, update: bool) -> anyhow::Result<bool> {
    let go = toolchain::find(repo, toolchain::PINNED)?;
    let scratch = repo.system.temp_dir("goperf-corpora-")?;
    let mut sources = Vec::new();
    for corpus in CORPORA {
        match fetch(repo, &go, scratch.path(), corpus.module) {
            Ok(folder) => sources.push((corpus, folder)),
            Err(error) => {
                let (skipped, module) = (base::testing::SKIPPED, corpus.module);
                println!("{skipped}conform {NAME}: {module} cannot be fetched: {error:#}");
                return Ok(false);
            }
        }
    }
    let goperf = match goperf {
        Some(goperf) => goperf,
        None => repo.build_goperf()?,
    };
    let go_mod = "module corpora\n\ngo 1.27\n";
    (repo.system).write(&scratch.path().join("go.mod"), go_mod.as_bytes())?;
    let mut counts = String::new();
    let mut differs = BTreeSet::new();
    for (corpus, folder) in &sources {
        let files = copy(repo, corpus, folder, scratch.path())?;
        let found = findings(repo, &go, &goperf, scratch.path(), corpus)?;
        let score = score(corpus, &files, &found);
        writeln!(
            counts,
            "{}: {} of {} wanted lines found, {} more findings",
            corpus.name, score.found, score.wanted, score.extra
        )?;
        differs.extend(score.differs);
    }
    let unjudged = differs.iter().filter(|it| it.ends_with(UNJUDGED)).count();
    writeln!(counts, "differences without a reason: {unjudged}")?;
    Board {
        name: NAME,
        path: "xtask/scoreboards/check-corpora.txt",
        head: HEAD,
        counts,
        differs,
    }
    .settle(repo, update)
}

/// What stands in place of a reason.
const UNJUDGED: &str = "?";

/// The module's folder in the module cache.
fn fetch(repo: &Repo, go: &Path, dir: &Path, module: &str) -> anyhow::Result<PathBuf> {
    let download = Command::new(go)
        .args(["mod", "download", "-json", module])
        .current_dir(dir);
    let answer = repo.output(&toolchain::with_go(repo, go, download))?;
    let answer: serde_json::Value = serde_json::from_str(&answer)?;
    Ok(answer["Dir"].as_str().context("no folder")?.into())
}

/// The Go files of a corpus, by path below the scratch folder, into which they are copied; each folder is a package.
fn copy(
    repo: &Repo,
    corpus: &Corpus,
    module: &Path,
    scratch: &Path,
) -> anyhow::Result<BTreeMap<String, String>> {
    let system = &repo.system;
    let mut folders = Vec::new();
    for folder in corpus.folders {
        match folder.strip_suffix("/*") {
            Some(above) => folders.extend(read_dir(repo, &module.join(above))?),
            None => folders.push(module.join(folder)),
        }
    }
    let mut files = BTreeMap::new();
    for folder in folders {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        // Patterns leave folders of that name out.
        let name = if name == "testdata" {
            "data".into()
        } else {
            name
        };
        let target = format!("{}/{name}", corpus.name);
        system.create_dir_all(&scratch.join(&target))?;
        for path in read_dir(repo, &folder)? {
            let Some(file) = path.file_name().and_then(|it| it.to_str()) else {
                continue;
            };
            if path.extension().is_some_and(|it| it == "go") {
                let text = used(&system.read_to_string(&path)?);
                let name = format!("{target}/{file}");
                system.write(&scratch.join(&name), text.as_bytes())?;
                files.insert(name, text);
            }
        }
    }
    Ok(files)
}

fn read_dir(repo: &Repo, folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    (repo.system.read_dir(folder)).with_context(|| format!("failed to read {}", folder.display()))
}

/// The text with results used that calls of `fmt` drop: nobody formats a text for nothing, and no rule looks for it.
fn used(text: &str) -> String {
    let line = |line: &str| {
        let code = line.trim_start();
        let blank = &line[..line.len() - code.len()];
        if code.starts_with("fmt.Sprint") || code.starts_with("fmt.Errorf") {
            format!("{blank}_ = {code}\n")
        } else {
            format!("{line}\n")
        }
    };
    text.lines().map(line).collect()
}

/// A finding: its rule, and the lines of its places, the first one before the others.
struct Finding {
    rule: String,
    lines: Vec<u32>,
}

/// The findings of a corpus's rules, by file.
fn findings(
    repo: &Repo,
    go: &Path,
    goperf: &Path,
    dir: &Path,
    corpus: &Corpus,
) -> anyhow::Result<BTreeMap<String, Vec<Finding>>> {
    let command = Command::new(goperf)
        .args([
            "check",
            "--no-config",
            "--all",
            "--tests",
            "--format",
            "json",
        ])
        .args(["--select", corpus.rules])
        .arg(format!("./{}/...", corpus.name))
        .current_dir(dir);
    let output = (repo.system).run(&toolchain::with_go(repo, go, command), &repo.cancel)?;
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)
        .with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())?;
    let all = report["diagnostics"].as_array().context("no diagnostics")?;
    let mut by_file: BTreeMap<String, Vec<Finding>> = BTreeMap::new();
    for one in all {
        let line =
            |place: &serde_json::Value| place["start"]["line"].as_u64().unwrap_or_default() as u32;
        let further = one["secondary"].as_array().into_iter().flatten();
        let path = one["primary"]["path"].as_str().unwrap_or_default();
        let path = path.replace('\\', "/");
        by_file.entry(path).or_default().push(Finding {
            rule: one["rule"]["id"].as_str().unwrap_or_default().to_owned(),
            lines: std::iter::once(&one["primary"])
                .chain(further)
                .map(line)
                .collect(),
        });
    }
    Ok(by_file)
}

#[derive(Default)]
struct Score {
    wanted: usize,
    found: usize,
    extra: usize,
    differs: BTreeSet<String>,
}

fn score(
    corpus: &Corpus,
    files: &BTreeMap<String, String>,
    found: &BTreeMap<String, Vec<Finding>>,
) -> Score {
    let mut score = Score::default();
    for (file, text) in files {
        let lines: Vec<&str> = text.lines().collect();
        let code = |line: u32| lines.get(line as usize - 1).map_or("", |it| it.trim());
        let wanted = wanted(corpus.marks, &lines);
        let of_file = found.get(file).map_or(&[][..], Vec::as_slice);
        let mut differ = |line: u32, kind: Kind, what: &str| {
            let why = reason(file, line, kind, code(line)).unwrap_or(UNJUDGED);
            score.differs.insert(format!("{file}:{line} {what}: {why}"));
        };
        score.wanted += wanted.len();
        for line in &wanted {
            if of_file.iter().any(|it| it.lines.contains(line)) {
                score.found += 1;
            } else {
                differ(*line, Kind::Missing, "missing");
            }
        }
        for finding in of_file {
            if !finding.lines.iter().any(|line| wanted.contains(line)) {
                score.extra += 1;
                let line = finding.lines.first().copied().unwrap_or(1).max(1);
                differ(line, Kind::Extra, &format!("extra {}", finding.rule));
            }
        }
    }
    score
}

/// The lines that a test wants reported, from 1.
fn wanted(marks: Marks, lines: &[&str]) -> BTreeSet<u32> {
    let mut wanted = BTreeSet::new();
    let mut is_above = false;
    for (line, number) in lines.iter().zip(1..) {
        let is_wanted = match marks {
            Marks::Want => line.contains("// want "),
            Marks::Diag => line.contains("//@ diag("),
            Marks::Above => {
                let code = line.trim();
                let is_mark = code.starts_with("/*! ");
                let is_code = !is_mark && !code.starts_with("//");
                let is_wanted = is_above && is_code;
                is_above = is_mark || is_above && !is_code;
                is_wanted
            }
        };
        if is_wanted {
            wanted.insert(number);
        }
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wanted_lines_are_read_as_each_linter_marks_them() {
        let read = |marks, text: &str| {
            let lines: Vec<&str> = text.lines().collect();
            wanted(marks, &lines).into_iter().collect::<Vec<u32>>()
        };
        assert_eq!(read(Marks::Want, "a\nb // want `x`\n// c\n"), [2]);
        assert_eq!(read(Marks::Diag, "a //@ diag(`x`)\nb\n"), [1]);
        assert_eq!(
            read(Marks::Above, "\t/*! x */\n\t/*! y */\n// no\n\tb\nc\n"),
            [4]
        );
    }

    #[test]
    fn a_finding_counts_where_one_of_its_places_is() {
        let corpus = &CORPORA[0];
        let text = "a // want `x`\nb\nc\nd // want `y`\n".to_owned();
        let files = BTreeMap::from([("prealloc/f.go".to_owned(), text)]);
        let finding = |lines: &[u32]| Finding {
            rule: "GP101".to_owned(),
            lines: lines.to_vec(),
        };
        let found = vec![finding(&[2, 1]), finding(&[3])];
        let found = BTreeMap::from([("prealloc/f.go".to_owned(), found)]);
        let score = score(corpus, &files, &found);
        assert_eq!((score.wanted, score.found, score.extra), (2, 1, 1));
        let differs: Vec<&String> = score.differs.iter().collect();
        assert_eq!(
            differs,
            [
                "prealloc/f.go:3 extra GP101: ?",
                "prealloc/f.go:4 missing: ?"
            ]
        );
    }

    #[test]
    fn dropped_results_are_used() {
        assert_eq!(
            used("\tfmt.Sprint(x)\n\ty()\n"),
            "\t_ = fmt.Sprint(x)\n\ty()\n"
        );
    }
}
