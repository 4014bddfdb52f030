//! The compiler's log of the whole standard library, read and written back.
//!
//! `crates/gc/conformance/log-std.txt` holds the result by Go version. It says what must be true for every
//! version on it: all lines understood and reproduced, but for those listed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use base::System as _;
use base::system::{Command, Exit};

use crate::repo::Repo;
use crate::toolchain;

pub(super) const NAME: &str = "gc-log";

const BOARD: &str = "crates/gc/conformance/log-std.txt";

const HEAD: &str = "\
# What `go build -gcflags=-m=2 std` prints for linux/amd64 without cgo, read into decisions and written back.
# A line is reproduced if it was understood and is written byte for byte, explanations and order included.
# Made by `cargo xtask conform gc-log --go VERSION --update`.
";

/// More differences than these are counted, not listed.
const LISTED: usize = 50;

/// One version's part of the scoreboard, without its last newline.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Part {
    version: String,
    text: String,
    lost: usize,
}

/// Whether it got worse than the scoreboard says.
pub(super) fn run(repo: &Repo, version: &str, update: bool) -> anyhow::Result<bool> {
    let path = repo.path(BOARD);
    let mut board = parse(&repo.system.read_to_string(&path).unwrap_or_default());
    let new = score(version, &log(repo, version, "-m=2", "std", None)?);
    println!("{NAME}: {}", new.text.replace('\n', "\n  "));
    let old = board.iter_mut().find(|part| part.version == version);
    let worse = old.as_ref().is_some_and(|old| new.lost > old.lost);
    if update && !worse {
        match old {
            Some(old) => *old = new,
            None => board.push(new),
        }
        board.sort_by_key(|part| numbers(&part.version));
        repo.system.write(&path, format(&board).as_bytes())?;
    }
    Ok(worse)
}

/// What `-m=2` prints about std. It depends on the version alone and is kept.
pub(super) fn std_log(repo: &Repo, version: &str) -> anyhow::Result<Vec<u8>> {
    let kept = repo.path(&format!("target/gc-log/go{version}.log"));
    if let Ok(log) = repo.system.read(&kept) {
        return Ok(log);
    }
    let log = log(repo, version, "-m=2", "std", None)?;
    repo.system.create_dir_all(&repo.path("target/gc-log"))?;
    repo.system.write(&kept, &log)?;
    Ok(log)
}

/// The lines of a log by import path, as far as `comparable` gives them.
pub(super) fn by_package(
    log: &[u8],
    comparable: impl Fn(&str) -> Option<String>,
) -> BTreeMap<String, Vec<String>> {
    let mut lines: BTreeMap<String, Vec<String>> = BTreeMap::new();
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

/// A line with the base name of its file; also of the one at its end if it is a step of an explanation.
pub(super) fn with_base_name(line: &str) -> Option<String> {
    let base = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let (path, rest) = line.split_once(':')?;
    let path = base(path);
    Some(match rest.rsplit_once(") at ") {
        Some((step, at)) if line.contains(":     from ") => {
            format!("{path}:{step}) at {}", base(at))
        }
        _ => format!("{path}:{rest}"),
    })
}

/// Compiles packages into a build cache of its own, so that every package is compiled; `module` is the folder
/// of the module that they belong to.
pub(super) fn log(
    repo: &Repo,
    version: &str,
    gcflags: &str,
    pattern: &str,
    module: Option<&Path>,
) -> anyhow::Result<Vec<u8>> {
    let go = toolchain::find(repo, version)?;
    let temp = repo.system.temp_dir("gc-log-")?;
    let command = Command::new(&go)
        .args(["build", &format!("-gcflags={gcflags}"), "-pgo=off", pattern])
        .current_dir(module.unwrap_or(temp.path()));
    let settings = [
        ("GOCACHE", temp.path().join("cache").display().to_string()),
        ("GOOS", "linux".to_owned()),
        ("GOARCH", "amd64".to_owned()),
        ("GOAMD64", "v1".to_owned()),
        ("CGO_ENABLED", "0".to_owned()),
        ("GOFLAGS", String::new()),
        ("GOEXPERIMENT", String::new()),
    ];
    let command = settings
        .into_iter()
        .fold(command, |command, (name, value)| command.env(name, value));
    let command = toolchain::with_go(repo, &go, command);
    println!("$ {}", command.line());
    let output = (repo.system)
        .run(&command, &repo.cancel)
        .with_context(|| format!("could not start `{}`", command.line()))?;
    if output.exit != Exit::Code(0) {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!(
            "`{}` failed\n{}",
            command.line(),
            said.lines().next_back().unwrap_or_default()
        );
    }
    Ok(output.stderr)
}

fn score(version: &str, log: &[u8]) -> Part {
    let (mut lines, mut reproduced, mut escapes, mut explained) = (0, 0, 0, 0);
    let mut differences = Vec::new();
    let packages = gc::split_packages(log);
    for (package, log) in &packages {
        let score = gc::score_log(log);
        lines += score.lines;
        reproduced += score.reproduced;
        escapes += score.escapes;
        explained += score.explained;
        if !score.stored {
            differences.push(format!("{package}: changes when it is stored"));
        }
        differences.extend(
            score
                .differences
                .iter()
                .map(|difference| match &difference.ours {
                    None => format!("{package}: not understood: {}", difference.log),
                    Some(ours) => format!("{package}: {} is written as {ours}", difference.log),
                }),
        );
    }
    differences.sort();
    let lost = differences.len();
    let mut text = format!(
        "go{version}: {} packages, {lines} lines, {reproduced} reproduced; {escapes} escapes, {explained} explained",
        packages.len()
    );
    for difference in differences.iter().take(LISTED) {
        write!(text, "\ndiffers: {difference}").ok();
    }
    if lost > LISTED {
        write!(text, "\nand {} more", lost - LISTED).ok();
    }
    Part {
        version: version.to_owned(),
        text,
        lost,
    }
}

fn format(board: &[Part]) -> String {
    let parts = board.iter().map(|part| format!("\n{}\n", part.text));
    HEAD.to_owned() + &parts.collect::<String>()
}

fn parse(board: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for line in board
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
    {
        let version = line
            .strip_prefix("go")
            .and_then(|line| Some(line.split_once(": ")?.0));
        if let Some(version) = version {
            parts.push(Part {
                version: version.to_owned(),
                text: line.to_owned(),
                lost: 0,
            });
        } else if let Some(part) = parts.last_mut() {
            part.text = format!("{}\n{line}", part.text);
            let more = line
                .strip_prefix("and ")
                .and_then(|line| line.strip_suffix(" more")?.parse::<usize>().ok());
            part.lost += more.unwrap_or(1);
        }
    }
    parts
}

/// For sorting: 1.9 before 1.10.
fn numbers(version: &str) -> Vec<u32> {
    version
        .split('.')
        .map(|part| part.parse().unwrap_or(0))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scoreboard_survives_being_written() {
        let log = b"# a\na.go:1:1: x escapes to heap\n# b\nsomething new\n";
        let parts = vec![score("1.9", log), score("1.10.3", b"# a\n")];
        assert_eq!(parts[0].lost, 1);
        assert!(
            parts[0]
                .text
                .starts_with("go1.9: 2 packages, 2 lines, 1 reproduced; ")
        );
        assert_eq!(parse(&format(&parts)), parts);
        let many = "new\n".repeat(LISTED + 7);
        let part = score("1.27.3", format!("# a\n{many}").as_bytes());
        assert_eq!(part.lost, LISTED + 7);
        assert_eq!(parse(&format(std::slice::from_ref(&part))), [part]);
    }

    #[test]
    fn versions_sort_by_number() {
        assert!(numbers("1.9.12") < numbers("1.10"));
        assert!(numbers("1.27.3") < numbers("1.27.12"));
    }
}
