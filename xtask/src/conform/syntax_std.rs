//! The sources of the standard library, whole and broken, through lexer, parser and printer.
//!
//! Every file parses, prints as a file with the same tree, and gofmt leaves what is printed alone. A sample of its tokens is deleted, doubled or swapped with the next: nothing panics, and nearly all
//! declarations are still read; a smaller sample is type-checked too.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use base::System as _;
use base::system::{Command, Exit};
use go_syntax::testing::{Mutation, declared, misplaced, shape, tokens};
use go_syntax::{File, Token};
use go_tool::GoTool;
use rayon::prelude::*;

use super::board::Board;
use crate::repo::Repo;
use crate::toolchain;

pub(super) const NAME: &str = "syntax-std";

const HEAD: &str = "\
# Every Go file below src of Go 1.27.3 but for folders `testdata`: parsed; printed and parsed again; as it
# is printed, compared with gofmt. Then of a sample with one token changed, the share of declarations that
# are still read, by change and token; a line below 90 % is a difference.
# Made by `cargo xtask conform syntax-std --update`.
";

/// About as many changed files in all, and one in how many of them is type-checked.
const MUTANTS: usize = 30_000;
const CHECKED: usize = 10;
/// Larger files are not changed: parsing them so often takes long and tells no more.
const MAX_LEN: usize = 40_000;
/// Of files with fewer declarations one lost is a large share.
const MIN_DECLARED: usize = 10;

/// Reads the standard library; or the Go files below other folders, for which there is no scoreboard.
pub(super) fn run(repo: &Repo, below: &[PathBuf], update: bool) -> anyhow::Result<bool> {
    let go = match toolchain::find(repo, toolchain::PINNED) {
        Ok(go) => GoTool::find(&repo.system, Some(&go))?,
        Err(error) => {
            println!("{}conform {NAME}: {error:#}", base::testing::SKIPPED);
            return Ok(false);
        }
    };
    let std = [go.env.goroot.join("src")];
    let roots = if below.is_empty() { &std } else { below };
    let mut paths = Vec::new();
    for root in roots {
        go_files(repo, root, &mut paths);
    }
    paths.sort();
    let texts: Vec<Vec<u8>> = (paths.par_iter())
        .map(|path| repo.system.read(path))
        .collect::<Result<_, _>>()?;
    let names: Vec<String> = (paths.iter())
        .map(|path| {
            let in_root = roots.iter().find_map(|root| path.strip_prefix(root).ok());
            in_root.unwrap_or(path).display().to_string()
        })
        .collect();
    let whole: Vec<Whole> = texts.par_iter().map(|text| Whole::of(text)).collect();
    let mut differs = BTreeSet::new();
    for (name, whole) in names.iter().zip(&whole) {
        differs.extend(whole.wrong.iter().map(|wrong| format!("{name}: {wrong}")));
    }
    for number in reformatted(repo, &go, &whole)? {
        differs.insert(format!("{}: gofmt prints it otherwise", names[number]));
    }
    let kept = Kept::of(&texts);
    let mut counts = format!(
        "files: {}\nchanged files: {}, {} of them type-checked\n",
        names.len(),
        kept.n_mutants(),
        kept.n_checked
    );
    kept.list(&mut counts, &mut differs);
    if !below.is_empty() {
        print!("{counts}");
        for case in &differs {
            println!("differs: {case}");
        }
        return Ok(!differs.is_empty());
    }
    let board = Board {
        name: NAME,
        path: "xtask/scoreboards/syntax-std.txt",
        head: HEAD,
        counts,
        differs,
    };
    board.settle(repo, update)
}

/// Go files below `dir`, except in `testdata`, where broken code is.
fn go_files(repo: &Repo, dir: &Path, files: &mut Vec<PathBuf>) {
    for path in repo.system.read_dir(dir).into_iter().flatten() {
        if repo.system.is_dir(&path) {
            if path.file_name().is_some_and(|name| name != "testdata") {
                go_files(repo, &path, files);
            }
        } else if path.extension().is_some_and(|extension| extension == "go") {
            files.push(path);
        }
    }
}

/// What came of a file as it is.
struct Whole {
    wrong: Option<String>,
    printed: String,
}

impl Whole {
    fn of(text: &[u8]) -> Self {
        let (file, problems) = go_syntax::parse(text);
        let printed = go_syntax::print_file(&file);
        Self {
            wrong: wrong(&file, &problems, &printed),
            printed,
        }
    }
}

fn wrong(file: &File, problems: &[go_syntax::Problem], printed: &str) -> Option<String> {
    if let Some(problem) = problems.first() {
        return Some(problem.message.clone());
    }
    if let Some(misplaced) = misplaced(file, false) {
        return Some(misplaced);
    }
    let (again, problems) = go_syntax::parse(printed.as_bytes());
    if let Some(problem) = problems.first() {
        return Some(format!("printed: {}", problem.message));
    }
    if shape(&again) != shape(file) {
        return Some("printed: another tree".to_owned());
    }
    (go_syntax::print_file(&again) != printed).then(|| "printed twice: another text".to_owned())
}

/// Which files gofmt would print otherwise than we did.
fn reformatted(repo: &Repo, go: &GoTool, whole: &[Whole]) -> anyhow::Result<Vec<usize>> {
    let folder = repo.system.temp_dir("syntax-std-")?;
    // What cannot be read is a difference already, and would stop gofmt.
    let readable = whole
        .iter()
        .enumerate()
        .filter(|(_, whole)| whole.wrong.is_none());
    for (number, whole) in readable {
        let path = folder.path().join(format!("{number}.go"));
        repo.system.write(&path, whole.printed.as_bytes())?;
    }
    let gofmt = go.env.goroot.join("bin/gofmt");
    let command = Command::new(gofmt).arg("-l").arg(folder.path());
    let output = repo.system.run(&command, &repo.cancel)?;
    if output.exit != Exit::Code(0) {
        anyhow::bail!("gofmt: {}", String::from_utf8_lossy(&output.stderr));
    }
    let listed = String::from_utf8_lossy(&output.stdout).into_owned();
    let number = |line: &str| Path::new(line).file_stem()?.to_str()?.parse().ok();
    Ok(listed.lines().filter_map(number).collect())
}

/// Declarations of changed files that were read, and all that there were, by change and token.
#[derive(Default)]
struct Kept {
    by_class: BTreeMap<(Mutation, String), Sum>,
    n_checked: usize,
}

#[derive(Clone, Copy, Default)]
struct Sum {
    mutants: usize,
    kept: usize,
    whole: usize,
}

impl Kept {
    fn of(texts: &[Vec<u8>]) -> Self {
        let files: Vec<&str> = (texts.iter())
            .filter(|text| text.len() <= MAX_LEN)
            .filter_map(|text| std::str::from_utf8(text).ok())
            .collect();
        let n_tokens: usize = files.par_iter().map(|text| tokens(text).len()).sum();
        let step = (n_tokens / MUTANTS).max(1);
        let parts: Vec<Self> = (files.par_iter().enumerate())
            .map(|(number, text)| Self::of_file(text, number, step))
            .collect();
        let mut all = Self::default();
        for part in parts {
            all.n_checked += part.n_checked;
            for (key, part) in part.by_class {
                let sum = all.by_class.entry(key).or_default();
                sum.mutants += part.mutants;
                sum.kept += part.kept;
                sum.whole += part.whole;
            }
        }
        all
    }

    /// Changes one token in `step`, another one in each file.
    fn of_file(text: &str, number: usize, step: usize) -> Self {
        let mut kept = Self::default();
        let names: BTreeSet<String> = declared(&go_syntax::parse(text.as_bytes()).0)
            .into_iter()
            .collect();
        if names.len() < MIN_DECLARED {
            return kept;
        }
        let tokens = tokens(text);
        for index in (number % step..tokens.len()).step_by(step) {
            let token = tokens[index];
            let mutation = Mutation::ALL[(number + index / step) % 3];
            let Some(next) = tokens[index + 1..]
                .iter()
                .find(|next| !next.range.is_empty())
            else {
                continue;
            };
            if token.range.is_empty() {
                continue;
            }
            let mutant = mutation.apply(text, token.range, next.range);
            let (file, problems) = go_syntax::parse(mutant.as_bytes());
            assert_eq!(misplaced(&file, !problems.is_empty()), None);
            let key = (mutation, class(token.token));
            let sum = kept.by_class.entry(key).or_default();
            let still: BTreeSet<String> = declared(&file).into_iter().collect();
            sum.mutants += 1;
            sum.kept += still.intersection(&names).count();
            sum.whole += names.len();
            if (number + index).is_multiple_of(CHECKED) {
                crate::fuzz::properties::go_check(mutant.as_bytes());
                kept.n_checked += 1;
            }
        }
        kept
    }

    fn n_mutants(&self) -> usize {
        self.by_class.values().map(|sum| sum.mutants).sum()
    }

    fn list(&self, counts: &mut String, differs: &mut BTreeSet<String>) {
        for ((mutation, token), sum) in &self.by_class {
            let share = sum.kept as f64 * 100.0 / sum.whole as f64;
            let line = format!("{mutation:?} {token}: {share:.2} % kept of {}", sum.mutants);
            if share < 90.0 {
                differs.insert(format!("{mutation:?} {token}: fewer than 90 % kept"));
            }
            writeln!(counts, "{line}").ok();
        }
    }
}

/// Tokens that are told apart on the scoreboard.
fn class(token: Token) -> String {
    match token {
        Token::Ident => "name".to_owned(),
        token if token.is_literal() => "literal".to_owned(),
        token if token.is_keyword() => token.text().to_owned(),
        Token::LParen
        | Token::RParen
        | Token::LBrack
        | Token::RBrack
        | Token::LBrace
        | Token::RBrace
        | Token::Comma
        | Token::Semicolon => token.text().to_owned(),
        _ => "operator".to_owned(),
    }
}
