//! Names for a Go program's addresses, from the program as linked, and from it stripped.
//!
//! A program with every kind of frame (`xtask/resources/symbolize`) is built in several ways by one
//! version of Go and profiles itself. Its profile loses all names, and gets them back in two ways
//! that are compared with each other:
//!
//! - `go tool pprof` reads them from the unstripped binary; goperf must print the same from that
//!   binary and from the stripped one;
//! - the Go runtime wrote them into the profile, with inlined calls; goperf must find the same with
//!   `-symbolize=local:inlines` in both binaries.
//!
//! Then every function of each binary is asked for, by a made-up profile; also of binaries for other
//! systems, which cannot run here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use base::System as _;
use base::system::Command;

use crate::repo::Repo;
use crate::toolchain;

pub(super) const NAME: &str = "symbolize";

const PROGRAM: &str = "xtask/resources/symbolize";

const BOARD: &str = "xtask/scoreboards/symbolize.txt";

const HEAD: &str = "\
# A profile without names, symbolized from binaries linked in several ways, beside `go tool pprof`
# with the unstripped binary and the names the Go runtime knows. Reports that are the same, by version.
# Made by `cargo xtask conform symbolize --go VERSION --update`.
";

/// Ways to link, with what is added to strip.
const MODES: &[(&str, &[&str])] = &[
    ("normal", &[]),
    ("pie", &["-buildmode=pie"]),
    ("trimpath", &["-trimpath"]),
];

/// Other systems to build for; every format and word size.
const SYSTEMS: &[(&str, &str)] = &[
    ("darwin", "arm64"),
    ("windows", "amd64"),
    ("linux", "arm64"),
    ("linux", "386"),
];

const REPORTS: &[&[&str]] = &[
    &["-traces"],
    &["-top", "-lines"],
    &["-tree"],
    &["-top", "-addresses"],
];

/// Whether a report differs that did not, by the scoreboard.
pub(super) fn run(repo: &Repo, version: &str, update: bool) -> anyhow::Result<bool> {
    let path = repo.path(BOARD);
    let mut board = parse(&repo.system.read_to_string(&path).unwrap_or_default());
    let go = match toolchain::find(repo, version) {
        Ok(go) => go,
        Err(error) => {
            println!("{}conform {NAME}: {error:#}", base::testing::SKIPPED);
            return Ok(false);
        }
    };
    let peer = toolchain::find(repo, toolchain::PINNED)?;
    let goperf = repo.build_goperf()?;
    let temp = repo.system.temp_dir("symbolize-")?;
    let bench = Bench {
        repo,
        go,
        peer,
        goperf,
        folder: temp.path().to_owned(),
    };
    let mut score = Score::default();
    for (mode, flags) in MODES {
        bench.build_both(mode, flags, &[])?;
        bench.score_profile(mode, &mut score)?;
        bench.score_all_functions(mode, &mut score)?;
    }
    for (system, processor) in SYSTEMS {
        let mode = format!("{system}-{processor}");
        bench.build_both(&mode, &[], &[("GOOS", system), ("GOARCH", processor)])?;
        bench.score_all_functions(&mode, &mut score)?;
    }
    let cases = score.passed + score.failed.len();
    println!("{NAME}: go{version}: {} of {cases} reports", score.passed);
    for (case, difference) in &score.failed {
        println!("  differs: {case}\n{difference}");
    }
    let lost = score.failed.len();
    let worse = match board.get(version) {
        Some(&(_, old)) => lost > old,
        None => lost > 0,
    };
    if update && !worse {
        board.insert(version.to_owned(), (score.passed, lost));
        repo.system.write(&path, format(&board).as_bytes())?;
    }
    Ok(worse)
}

#[derive(Default)]
struct Score {
    passed: usize,
    /// By case, the first lines that differ.
    failed: BTreeMap<String, String>,
}

struct Bench<'a> {
    repo: &'a Repo,
    /// What builds the binaries.
    go: PathBuf,
    /// Whose pprof is asked.
    peer: PathBuf,
    goperf: PathBuf,
    folder: PathBuf,
}

impl Bench<'_> {
    fn whole(&self, mode: &str) -> PathBuf {
        self.folder.join(mode).join("symbols")
    }

    /// Of the same name, as the heads of reports have it.
    fn stripped(&self, mode: &str) -> PathBuf {
        self.folder.join(mode).join("stripped/symbols")
    }

    fn build_both(
        &self,
        mode: &str,
        flags: &[&str],
        environment: &[(&str, &str)],
    ) -> anyhow::Result<()> {
        self.build(&self.whole(mode), flags, environment)?;
        let flags = [flags, &["-ldflags=-s -w"]].concat();
        self.build(&self.stripped(mode), &flags, environment)
    }

    fn build(
        &self,
        output: &Path,
        flags: &[&str],
        environment: &[(&str, &str)],
    ) -> anyhow::Result<()> {
        let command = Command::new(&self.go)
            .args(["build", "-o"])
            .arg(output)
            .args(flags.iter().copied())
            .arg(".")
            .current_dir(self.repo.path(PROGRAM));
        let settings = [("GOFLAGS", ""), ("GOWORK", "off"), ("CGO_ENABLED", "0")];
        let command = (settings.iter().chain(environment))
            .fold(command, |command, (name, value)| command.env(*name, *value));
        let command = toolchain::with_go(self.repo, &self.go, command);
        self.repo.output(&command).map(|_| ())
    }

    /// The program profiles itself; all reports are compared.
    fn score_profile(&self, mode: &str, score: &mut Score) -> anyhow::Result<()> {
        let (whole, stripped) = (self.whole(mode), self.stripped(mode));
        let named = self.folder.join(mode).join("named.pb.gz");
        self.repo.output(&Command::new(&whole).args([&named]))?;
        let unnamed = self.folder.join(mode).join("unnamed.pb.gz");
        let bytes = self.repo.system.read(&named)?;
        let system = &self.repo.system;
        system.write(&unnamed, &without_names(&bytes, &whole)?)?;
        for report in REPORTS {
            let theirs = self.go_tool(report, "local", &whole, &unnamed)?;
            let known = self.go_tool(report, "none", &whole, &named)?;
            for (which, binary) in [("unstripped", &whole), ("stripped", &stripped)] {
                let case = |what| format!("{mode} {which} {what} {}", report.join(" "));
                for how in ["local", "force"] {
                    let ours = self.ours(report, how, binary, &unnamed)?;
                    score.add(case(how), &theirs, &ours);
                }
                let ours = self.ours(report, "local:inlines", binary, &unnamed)?;
                let [known, ours] = [&known, &ours].map(|it| without_files(it));
                score.add(case("local:inlines"), &known, &ours);
            }
        }
        Ok(())
    }

    /// A profile with three places in each function.
    fn score_all_functions(&self, mode: &str, score: &mut Score) -> anyhow::Result<()> {
        let (whole, stripped) = (self.whole(mode), self.stripped(mode));
        let file = self.folder.join(mode).join("functions.pb.gz");
        let binary = objfile::Binary::open(self.repo.system.read(&whole)?)
            .with_context(|| format!("could not read {}", whole.display()))?;
        self.repo.system.write(&file, &all_functions(&binary))?;
        let report = &["-raw"];
        let theirs = self.go_tool(report, "local", &whole, &file)?;
        for (which, binary) in [("unstripped", &whole), ("stripped", &stripped)] {
            let ours = self.ours(report, "local", binary, &file)?;
            // This report has the binary's whole path.
            let ours = ours.replace("/stripped/symbols", "/symbols");
            score.add(format!("{mode} {which} all functions"), &theirs, &ours);
        }
        Ok(())
    }

    fn go_tool(
        &self,
        report: &[&str],
        how: &str,
        binary: &Path,
        profile: &Path,
    ) -> anyhow::Result<String> {
        let command = Command::new(&self.peer).args(["tool", "pprof"]);
        let command = toolchain::with_go(self.repo, &self.peer, command);
        self.report(command, report, how, binary, profile)
    }

    fn ours(
        &self,
        report: &[&str],
        how: &str,
        binary: &Path,
        profile: &Path,
    ) -> anyhow::Result<String> {
        let command = Command::new(&self.goperf).arg("pprof");
        self.report(command, report, how, binary, profile)
    }

    fn report(
        &self,
        command: Command,
        report: &[&str],
        how: &str,
        binary: &Path,
        profile: &Path,
    ) -> anyhow::Result<String> {
        let command = command
            .args(report.iter().copied())
            .arg(format!("-symbolize={how}"))
            .arg(binary)
            .arg(profile)
            .env("TZ", "UTC")
            .env("PPROF_BINARY_PATH", self.folder.join("nothing"))
            .current_dir(&self.folder);
        self.repo.output(&command)
    }
}

impl Score {
    fn add(&mut self, case: String, expected: &str, found: &str) {
        if expected == found {
            self.passed += 1;
            return;
        }
        let pairs = expected.lines().zip(found.lines());
        let mut different = pairs.filter(|(expected, found)| expected != found);
        let (expected, found) = different.next().unwrap_or_default();
        self.failed
            .insert(case, format!("    - {expected}\n    + {found}"));
    }
}

/// The profile with addresses and mappings alone.
fn without_names(bytes: &[u8], binary: &Path) -> anyhow::Result<Vec<u8>> {
    let mut profile = profile::decode(bytes, &profile::Limits::default())
        .with_context(|| format!("the profile of {} is broken", binary.display()))?;
    for id in profile.locations.ids() {
        profile.locations[id].lines = base::List::default();
    }
    for id in profile.mappings.ids() {
        let mapping = &mut profile.mappings[id];
        mapping.has_functions = false;
        mapping.has_filenames = false;
        mapping.has_line_numbers = false;
        mapping.has_inline_frames = false;
    }
    Ok(profile::encode_gzip(&profile))
}

/// A report with the lines but not the files of its frames: the runtime writes one file per
/// function into a profile, also where a line is of another.
fn without_files(report: &str) -> String {
    let without_file = |line: &str| {
        let (before, place) = line.rsplit_once(' ').unwrap_or(("", line));
        match place.rsplit_once(".go:") {
            Some((_, number)) => format!("{before} :{number}\n"),
            None => format!("{line}\n"),
        }
    };
    report.lines().map(without_file).collect()
}

/// First, middle and last byte of every function that the binary has a symbol for, as samples.
fn all_functions(binary: &objfile::Binary) -> Vec<u8> {
    let mut profile = profile::Profile::with_sample_types(&[("places", "count")]);
    let start = binary.load_address().unwrap_or_default();
    let mapping = profile.add_mapping(profile::Mapping {
        start,
        limit: u64::MAX >> 1,
        ..profile::Mapping::default()
    });
    let symbols = binary.symbols();
    let code = symbols
        .iter()
        .filter(|it| matches!(it.code, 'T' | 't') && it.size > 0);
    for symbol in code {
        for offset in [0, symbol.size / 2, symbol.size - 1] {
            let location = profile.add_location(symbol.address + offset, Some(mapping), &[]);
            let labels = profile::LabelSetId::EMPTY;
            profile.samples.push(&[location], &[1], labels);
        }
    }
    profile::encode_gzip(&profile)
}

/// By version: how many reports are the same, and how many are not.
type Board = BTreeMap<String, (usize, usize)>;

fn format(board: &Board) -> String {
    let lines = board.iter().map(|(version, (passed, failed))| {
        format!("go{version}: {passed} of {} reports\n", passed + failed)
    });
    HEAD.to_owned() + &lines.collect::<String>()
}

fn parse(text: &str) -> Board {
    let line = |line: &str| {
        let (version, counts) = line.strip_prefix("go")?.split_once(": ")?;
        let (passed, all) = counts.strip_suffix(" reports")?.split_once(" of ")?;
        let (passed, all): (usize, usize) = (passed.parse().ok()?, all.parse().ok()?);
        Some((version.to_owned(), (passed, all.checked_sub(passed)?)))
    };
    text.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scoreboard_survives_being_written() {
        let board = Board::from([
            ("1.24.11".to_owned(), (70, 2)),
            ("1.27.3".to_owned(), (72, 0)),
        ]);
        assert_eq!(parse(&format(&board)), board);
    }
}
