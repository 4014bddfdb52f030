//! The same inputs through us and our peers.
//!
//! The packs with the peers' recorded answers lie beside the checkout, in `shared/conformance`. For
//! each there is a scoreboard in `xtask/scoreboards`: the counts, and every case that differs. A case
//! that is not on it must not fail; one that is may only go.

mod board;
mod check_rules;
mod corpora;
mod gc_escape;
mod gc_inlining;
mod gc_log;
mod gc_native;
mod layout_dwarf;
mod leak_kernels;
mod loader;
mod recheck;
mod symbolize;
mod syntax_std;
mod type_errors;
mod types_std;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::bail;
use base::System as _;
use base::system::{Command, Exit};

use crate::repo::Repo;
use crate::toolchain;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only these packs
    packs: Vec<String>,
    /// Folders whose Go files `syntax-std` reads in place of the standard library's
    #[arg(long, value_name = "DIR")]
    below: Vec<PathBuf>,
    /// Write the scoreboards anew, if no case got worse
    #[arg(long)]
    update: bool,
    /// A goperf that is built already, for the packs and the kernels
    #[arg(long, value_name = "FILE")]
    goperf: Option<PathBuf>,
    /// The Go whose standard library `gc-log` compiles, and whose binaries `symbolize` reads
    #[arg(long, value_name = "VERSION", default_value = crate::toolchain::PINNED)]
    go: String,
}

/// Recorded answers of one peer, and the script that compares.
struct Pack {
    name: &'static str,
    peer: &'static str,
    /// In `shared/conformance`.
    runner: &'static str,
    /// The command of goperf that takes the peer's place; with `{dir}` in it the runner is given all of it as one
    /// argument, and runs it for each folder with the go command on PATH.
    command: &'static str,
    /// The case of a line of the runner's output that reports a failure.
    failed_case: fn(&str) -> Option<&str>,
    /// Asks the runner to print such lines for this many cases.
    show: &'static [&'static str],
}

const PACKS: &[Pack] = &[
    Pack {
        name: "pprof",
        peer: "go tool pprof of Go 1.27.3",
        runner: "pprof/run.py",
        command: "pprof",
        // `--- FAIL category: id`, followed by a difference in indented lines.
        failed_case: |line| line.strip_prefix("--- FAIL "),
        show: &["--show", "100000"],
    },
    Pack {
        name: "benchstat",
        peer: "benchstat of golang.org/x/perf",
        runner: "benchstat/run.py",
        command: "benchstat",
        // `FAIL  category/name (stdout, stderr)`.
        failed_case: |line| line.strip_prefix("FAIL  ")?.split(' ').next(),
        show: &["--show", "0"],
    },
    Pack {
        name: "leak-twins",
        peer: "the pack plants and repairs them",
        runner: "leak/twins/score.py",
        command: "leak check {dir} --format concise",
        // `FAIL name/side want RULE place  findings`.
        failed_case: |line| line.strip_prefix("FAIL ")?.split(' ').next(),
        show: &[],
    },
];

/// Comparisons without recorded answers.
const OTHERS: &[&str] = &[
    check_rules::NAME,
    corpora::NAME,
    gc_escape::NAME,
    gc_escape::STD,
    gc_escape::M1,
    gc_escape::M1_STD,
    gc_escape::M2,
    gc_escape::M2_STD,
    gc_log::NAME,
    gc_inlining::NAME,
    gc_inlining::STD,
    gc_native::NAME,
    gc_native::STD,
    layout_dwarf::NAME,
    leak_kernels::NAME,
    loader::NAME,
    recheck::NAME,
    symbolize::NAME,
    syntax_std::NAME,
    type_errors::NAME,
    types_std::NAME,
    types_std::LAYOUT,
];

/// What became of a pack's cases.
#[derive(PartialEq, Eq, Debug)]
struct Score {
    passed: usize,
    failed: BTreeSet<String>,
}

pub(crate) fn run(args: &Args, repo: &Repo) -> anyhow::Result<()> {
    if let Some(name) = args.packs.iter().find(|name| {
        !OTHERS.contains(&name.as_str()) && !PACKS.iter().any(|pack| pack.name == **name)
    }) {
        bail!("there is no pack `{name}`");
    }
    let wanted =
        |pack: &&Pack| args.packs.is_empty() || args.packs.iter().any(|name| name == pack.name);
    let mut goperf = args.goperf.clone();
    let mut worse = Vec::new();
    for pack in PACKS.iter().filter(wanted) {
        let Some(runner) = repo.shared(&format!("conformance/{}", pack.runner)) else {
            println!(
                "{}conform {}: no shared/conformance beside the checkout",
                base::testing::SKIPPED,
                pack.name
            );
            continue;
        };
        let board = repo.path(&format!("xtask/scoreboards/{}.txt", pack.name));
        let old = repo
            .system
            .read_to_string(&board)
            .ok()
            .as_deref()
            .map(parse);
        if old.is_none() && !args.update {
            println!(
                "{}conform {}: has no scoreboard yet",
                base::testing::SKIPPED,
                pack.name
            );
            continue;
        }
        let goperf = match &goperf {
            Some(goperf) => goperf,
            None => goperf.insert(repo.build_goperf()?),
        };
        let new = score(repo, pack, &runner, goperf, &args.go)?;
        let grown = report(pack, old.as_ref(), &new);
        if grown {
            worse.push(pack.name);
        } else if args.update && old.as_ref() != Some(&new) {
            repo.system.write(&board, format(pack, &new).as_bytes())?;
            println!("{}: wrote the scoreboard", pack.name);
        }
    }
    let wants =
        |name: &str| args.packs.is_empty() || args.packs.iter().any(|wanted| wanted == name);
    if wants(check_rules::NAME) && check_rules::run(repo, args.update)? {
        worse.push(check_rules::NAME);
    }
    if wants(corpora::NAME) && corpora::run(repo, args.goperf.clone(), args.update)? {
        worse.push(corpora::NAME);
    }
    if wants(symbolize::NAME) && symbolize::run(repo, &args.go, args.update)? {
        worse.push(symbolize::NAME);
    }
    worse.extend(native_engine(args, repo)?);
    if wants(loader::NAME) && loader::run(repo, args.update)? {
        worse.push(loader::NAME);
    }
    if wants(syntax_std::NAME) && syntax_std::run(repo, &args.below, args.update)? {
        worse.push(syntax_std::NAME);
    }
    if wants(type_errors::NAME) && type_errors::run(repo, args.update)? {
        worse.push(type_errors::NAME);
    }
    if wants(layout_dwarf::NAME) && layout_dwarf::run(repo, &args.go, args.update)? {
        worse.push(layout_dwarf::NAME);
    }
    if wants(leak_kernels::NAME) && leak_kernels::run(repo, args.goperf.clone(), args.update)? {
        worse.push(leak_kernels::NAME);
    }
    if wants(recheck::NAME) && recheck::run(repo)? {
        worse.push(recheck::NAME);
    }
    worse.extend(types_std::run(repo, wants, args.update)?);
    // Compiles the standard library; `crates/gc/tests/log.rs` reads parts of such logs in every run.
    let asks_for_log = args.packs.iter().any(|wanted| wanted == gc_log::NAME);
    if asks_for_log && gc_log::run(repo, &args.go, args.update)? {
        worse.push(gc_log::NAME);
    }
    if !worse.is_empty() {
        bail!(
            "cases that are not on the scoreboard fail: {}",
            worse.join(", ")
        );
    }
    Ok(())
}

/// The native engine beside the compiler: those that are worse.
fn native_engine(args: &Args, repo: &Repo) -> anyhow::Result<Vec<&'static str>> {
    // Compiles the standard library: only where it is asked for.
    let asked = |name: &str| args.packs.iter().any(|wanted| wanted == name);
    let wants = |name: &str| args.packs.is_empty() || asked(name);
    let mut worse = Vec::new();
    if wants(gc_native::NAME) && gc_native::run(repo, args.update)? {
        worse.push(gc_native::NAME);
    }
    worse.extend(gc_escape::run(repo, wants, args.update)?);
    worse.extend(gc_escape::run_std(repo, asked, args.update)?);
    if asked(gc_native::STD) && gc_native::run_std(repo, args.update)? {
        worse.push(gc_native::STD);
    }
    // Its lines are among those of all of `-m=2`.
    if asked(gc_inlining::NAME) && gc_inlining::run(repo, args.update)? {
        worse.push(gc_inlining::NAME);
    }
    if asked(gc_inlining::STD) && gc_inlining::run_std(repo, args.update)? {
        worse.push(gc_inlining::STD);
    }
    Ok(worse)
}

fn score(
    repo: &Repo,
    pack: &Pack,
    runner: &Path,
    goperf: &Path,
    go: &str,
) -> anyhow::Result<Score> {
    let command = Command::new("python3")
        .arg(runner)
        .args(pack.show.iter().copied());
    let command = if pack.command.contains("{dir}") {
        let go = toolchain::find(repo, go)?;
        let template = format!("{} {}", goperf.display(), pack.command);
        toolchain::with_go(repo, &go, command.arg(template))
    } else {
        command.arg("--").arg(goperf).arg(pack.command)
    };
    println!("$ {}", command.line());
    let output = repo.system.run(&command, &repo.cancel)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let closing = text.trim_end().lines().next_back().and_then(closing_line);
    let Some((passed, failed_count)) = closing.filter(|_| matches!(output.exit, Exit::Code(0 | 1)))
    else {
        bail!(
            "`{}` could not run\n{text}{}",
            command.line(),
            String::from_utf8_lossy(&output.stderr)
        );
    };
    let failed: BTreeSet<String> = (text.lines())
        .filter_map(|line| Some((pack.failed_case)(line)?.to_owned()))
        .collect();
    if failed.len() != failed_count {
        bail!(
            "{} names {} failed cases of {failed_count}",
            pack.runner,
            failed.len()
        );
    }
    Ok(Score { passed, failed })
}

/// `N passed, N failed`.
fn closing_line(line: &str) -> Option<(usize, usize)> {
    let (passed, failed) = line.strip_suffix(" failed")?.split_once(" passed, ")?;
    Some((passed.parse().ok()?, failed.parse().ok()?))
}

/// Prints how the score changed; whether it got worse.
fn report(pack: &Pack, old: Option<&Score>, new: &Score) -> bool {
    let cases = new.passed + new.failed.len();
    println!(
        "{}: {} of {cases} cases as {}",
        pack.name, new.passed, pack.peer
    );
    let Some(old) = old else { return false };
    let grown: Vec<&String> = new.failed.difference(&old.failed).collect();
    for case in &grown {
        println!("  now fails: {case}");
    }
    let gone = old.failed.difference(&new.failed).count();
    if gone > 0 {
        println!("  {gone} cases fewer fail; `cargo xtask conform --update` takes them off");
    }
    !grown.is_empty()
}

fn format(pack: &Pack, score: &Score) -> String {
    let cases = score.passed + score.failed.len();
    let mut text = format!(
        "peer: {}\ncases: {cases}\npassed: {}\n",
        pack.peer, score.passed
    );
    for case in &score.failed {
        writeln!(text, "differs: {case}").ok();
    }
    text
}

fn parse(text: &str) -> Score {
    let values = |key: &'static str| text.lines().filter_map(move |line| line.strip_prefix(key));
    Score {
        passed: values("passed: ")
            .next()
            .and_then(|count| count.parse().ok())
            .unwrap_or(0),
        failed: values("differs: ").map(str::to_owned).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board(passed: usize, failed: &[&str]) -> Score {
        let failed = failed.iter().map(|&case| case.to_owned()).collect();
        Score { passed, failed }
    }

    #[test]
    fn a_scoreboard_survives_being_written() {
        let score = board(7, &["files: a b", "tree: c"]);
        let text = format(&PACKS[0], &score);
        assert!(text.starts_with("peer: go tool pprof of Go 1.27.3\ncases: 9\npassed: 7\n"));
        assert_eq!(parse(&text), score);
    }

    #[test]
    fn only_a_new_failure_is_worse() {
        let old = board(7, &["a", "b"]);
        let cases = [
            (board(7, &["a", "b"]), false),
            (board(8, &["a"]), false),
            (board(7, &["a", "c"]), true),
            (board(20, &["a", "b", "c"]), true),
        ];
        for (new, worse) in cases {
            assert_eq!(report(&PACKS[0], Some(&old), &new), worse, "{new:?}");
        }
    }

    #[test]
    fn failures_are_read_from_the_runners_lines() {
        let [pprof, benchstat, twins] = PACKS else {
            panic!("packs without a test")
        };
        assert_eq!(
            (pprof.failed_case)("--- FAIL top: mini/a -top"),
            Some("top: mini/a -top")
        );
        assert_eq!(
            (benchstat.failed_case)("FAIL  meta/unit (stdout)"),
            Some("meta/unit")
        );
        assert_eq!(
            (twins.failed_case)("FAIL g01-x/before want GL01 code.go:3  code.go:9:GL05"),
            Some("g01-x/before")
        );
        assert_eq!((benchstat.failed_case)("known meta/unit: why"), None);
        assert_eq!(closing_line("217 passed, 3 failed"), Some((217, 3)));
    }
}
