//! `check`'s rules on the pack of positive cases and near misses, without evidence.
//!
//! Of each rule's folder: every line of `pos.go` that wants a finding has one, `neg.go` has none, and what `--fix` and
//! `--unsafe-fixes` make of `pos.go` is the golden text, or builds, vets, passes its behaviour test and has nothing left
//! to fix.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use base::System as _;
use base::system::{Command, Input, ProcessOutput};

use super::board::Board;
use crate::repo::Repo;
use crate::toolchain;

pub(super) const NAME: &str = "check-rules";

const HEAD: &str = "\
# Findings and fixes of check's rules on shared/conformance/check. A case that differs is `rule file:line` for a finding
# that is missing or too much, and `rule fixes` for a fixed text that is neither the golden one nor sound.
";

/// How a finding's words are compared: `size=40->24` and the like stand in the finding's data.
const CHANGE: &str = "change";

#[derive(Default)]
struct Tally {
    wanted: usize,
    found: usize,
    in_neg: usize,
    goldens: usize,
    equal: usize,
    sound: usize,
    differs: BTreeSet<String>,
}

/// Whether a case fails that is not on the scoreboard.
pub(super) fn run(repo: &Repo, update: bool) -> anyhow::Result<bool> {
    let Some(pack) = repo.shared("conformance/check") else {
        println!(
            "{}conform {NAME}: no shared/conformance beside the checkout",
            base::testing::SKIPPED
        );
        return Ok(false);
    };
    let goperf = repo.build_goperf()?;
    let go = toolchain::find(repo, toolchain::PINNED)?;
    let scratch = repo.system.temp_dir("goperf-conform-")?;
    copy(repo, &pack, scratch.path())?;
    let runner = Runner {
        repo,
        goperf,
        go,
        dir: scratch.path().to_owned(),
    };
    let mut tally = Tally::default();
    let mut folders = repo.system.read_dir(&pack)?;
    folders.sort();
    for folder in folders {
        let name = file_name(&folder);
        if name.starts_with("gp") {
            runner.rule(&name, &mut tally)?;
        }
    }
    let mut counts = String::new();
    for (what, n) in [
        ("wanted lines", tally.wanted),
        ("wanted lines found", tally.found),
        ("findings in neg.go", tally.in_neg),
        ("goldens", tally.goldens),
        ("goldens equal", tally.equal),
        ("goldens sound but not equal", tally.sound),
    ] {
        writeln!(counts, "{what}: {n}")?;
    }
    Board {
        name: NAME,
        path: "xtask/scoreboards/check-rules.txt",
        head: HEAD,
        counts,
        differs: tally.differs,
    }
    .settle(repo, update)
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn copy(repo: &Repo, from: &Path, to: &Path) -> anyhow::Result<()> {
    repo.system.create_dir_all(to)?;
    for path in repo.system.read_dir(from)? {
        let target = to.join(file_name(&path));
        if repo.system.is_dir(&path) {
            copy(repo, &path, &target)?;
        } else {
            repo.system.write(&target, &repo.system.read(&path)?)?;
        }
    }
    Ok(())
}

struct Runner<'a> {
    repo: &'a Repo,
    goperf: PathBuf,
    /// The go command.
    go: PathBuf,
    /// The copy of the pack.
    dir: PathBuf,
}

impl Runner<'_> {
    fn rule(&self, folder: &str, tally: &mut Tally) -> anyhow::Result<()> {
        let rule = folder.to_ascii_uppercase();
        let output = self.goperf(&rule, folder, &["--all", "--format", "json"])?;
        let found = findings(&output.stdout)
            .with_context(|| format!("{rule}: {}", String::from_utf8_lossy(&output.stderr)))?;
        let pos = self.read(folder, "pos.go")?;
        let wanted = wanted(&pos, &rule);
        tally.wanted += wanted.len();
        let mut left: BTreeMap<u32, Vec<&Finding>> = BTreeMap::new();
        for finding in &found {
            match finding.file.as_str() {
                "pos.go" => left.entry(finding.line).or_default().push(finding),
                "neg.go" => {
                    tally.in_neg += 1;
                    tally
                        .differs
                        .insert(format!("{rule} neg.go:{}", finding.line));
                }
                _ => {}
            }
        }
        for (line, words) in wanted {
            let of_line = left.entry(line).or_default();
            match of_line.iter().position(|it| it.change.contains(&words)) {
                Some(at) => {
                    of_line.remove(at);
                    tally.found += 1;
                }
                None => {
                    tally.differs.insert(format!("{rule} pos.go:{line}"));
                }
            }
        }
        let too_many = left.iter().filter(|(_, findings)| !findings.is_empty());
        (tally.differs).extend(too_many.map(|(line, _)| format!("{rule} pos.go:{line} too much")));
        for (golden, flags) in [
            ("pos.go.golden", &["--fix"][..]),
            ("pos.go.unsafe.golden", &["--fix", "--unsafe-fixes"][..]),
        ] {
            self.fixes(&rule, folder, golden, flags, &pos, tally)?;
        }
        Ok(())
    }

    fn fixes(
        &self,
        rule: &str,
        folder: &str,
        golden: &str,
        flags: &[&str],
        pos: &str,
        tally: &mut Tally,
    ) -> anyhow::Result<()> {
        let Ok(golden) = self.read(folder, golden) else {
            return Ok(());
        };
        tally.goldens += 1;
        let neg = self.read(folder, "neg.go")?;
        self.goperf(rule, folder, flags)?;
        let fixed = self.read(folder, "pos.go")?;
        if self.normal(&fixed)? == self.normal(&golden)? {
            tally.equal += 1;
        } else if self.is_sound(rule, folder, flags, &fixed)? {
            tally.sound += 1;
        } else {
            tally
                .differs
                .insert(format!("{rule} fixes {}", flags.join(" ")));
        }
        self.write(folder, "pos.go", pos)?;
        self.write(folder, "neg.go", &neg)
    }

    /// Builds, vets, passes its test, and has nothing left to fix.
    fn is_sound(
        &self,
        rule: &str,
        folder: &str,
        flags: &[&str],
        fixed: &str,
    ) -> anyhow::Result<bool> {
        for args in [&["vet"][..], &["test", "-run", "Behav"][..]] {
            let command = Command::new(&self.go)
                .args(args.iter().copied())
                .arg(format!("./{folder}"))
                .current_dir(&self.dir);
            let command = toolchain::with_go(self.repo, &self.go, command);
            if !self.repo.system.run(&command, &self.repo.cancel)?.success() {
                return Ok(false);
            }
        }
        self.goperf(rule, folder, flags)?;
        Ok(self.read(folder, "pos.go")? == fixed)
    }

    fn goperf(&self, rule: &str, folder: &str, flags: &[&str]) -> anyhow::Result<ProcessOutput> {
        let command = Command::new(&self.goperf)
            .args(["check", "--select", rule])
            .args(flags.iter().copied())
            .arg(format!("./{folder}"))
            .current_dir(&self.dir);
        let command = toolchain::with_go(self.repo, &self.go, command);
        Ok(self.repo.system.run(&command, &self.repo.cancel)?)
    }

    /// In gofmt's form and without the comments that say what is wanted.
    fn normal(&self, text: &str) -> anyhow::Result<String> {
        let lines = text.lines().map(|line| match line.split_once("// want ") {
            Some((code, _)) => code.trim_end(),
            None => line,
        });
        let text: String = lines.flat_map(|line| [line, "\n"]).collect();
        let mut command = Command::new(self.go.with_file_name("gofmt"));
        command.stdin = Input::Bytes(text.into_bytes());
        let output = self.repo.system.run(&command, &self.repo.cancel)?;
        if !output.success() {
            bail!("gofmt: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn read(&self, folder: &str, name: &str) -> anyhow::Result<String> {
        Ok(self
            .repo
            .system
            .read_to_string(&self.dir.join(folder).join(name))?)
    }

    fn write(&self, folder: &str, name: &str, text: &str) -> anyhow::Result<()> {
        let path = self.dir.join(folder).join(name);
        Ok(self.repo.system.write(&path, text.as_bytes())?)
    }
}

struct Finding {
    /// Base name.
    file: String,
    line: u32,
    /// What the finding's data says of sizes.
    change: String,
}

fn findings(json: &[u8]) -> anyhow::Result<Vec<Finding>> {
    let report: serde_json::Value = serde_json::from_slice(json)?;
    let all = report["diagnostics"].as_array().context("no diagnostics")?;
    let each = all.iter().map(|it| {
        let place = &it["primary"];
        Finding {
            file: file_name(Path::new(place["path"].as_str().unwrap_or_default())),
            line: place["start"]["line"].as_u64().unwrap_or_default() as u32,
            change: (it["data"][CHANGE].as_str()).unwrap_or_default().to_owned(),
        }
    });
    Ok(each.collect())
}

/// The lines that want a finding of the rule, once for each, with the words that follow its id.
fn wanted(text: &str, rule: &str) -> Vec<(u32, String)> {
    let mut wanted = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let Some((_, want)) = line.split_once("// want ") else {
            continue;
        };
        let words: Vec<&str> = want
            .split_whitespace()
            .filter(|word| *word != rule)
            .collect();
        let times = want.split_whitespace().filter(|word| *word == rule).count();
        wanted.extend((0..times).map(|_| (number, words.join(" "))));
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wants_are_counted_with_their_words() {
        let text = "a\nb // want GP501 size=40->24 class=48->24\nc // want GP101 GP101\n";
        assert_eq!(
            wanted(text, "GP501"),
            [(2, "size=40->24 class=48->24".to_owned())]
        );
        assert_eq!(wanted(text, "GP101").len(), 2);
    }
}
