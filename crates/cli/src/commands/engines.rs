//! `--engine` of `escape` and `inline`, and `escape -m`: the compiler, the native engine, and where they differ.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::bail;
use project::engines::{self, Difference, Gap, PackageLog, compiler_logs, differences};
use serde_json::{Value as Json, json};

use super::Context;
use super::packages::{self, Build, Compiled, report_broken};
use crate::args::check::PackageArgs;
use crate::args::format::{EngineChoice, ListFormat};
use crate::style::Style;
use crate::{ExitStatus, Output, progress};

/// More of the compiler's lines that the engine lacks are counted, not listed.
const LISTED: usize = 20;

/// The decisions about packages, and what the native engine leaves open if it is the one that was asked; `level` is that of
/// `-m`.
pub(super) fn analyse<'a>(
    args: &PackageArgs,
    build: &Build,
    (engine, level): (EngineChoice, u8),
    context: &Context<'a>,
    output: &Output,
) -> anyhow::Result<(Compiled<'a>, Vec<PackageLog>)> {
    if engine != EngineChoice::Native {
        return Ok((packages::analyse(args, build, context, output)?, Vec::new()));
    }
    let workspace = packages::workspace(args, context)?;
    let request = packages::request(args, build);
    let report = progress::with(output, |events| {
        engines::native(&workspace, &request, level, events)
    })?;
    let compiled = Compiled {
        loaded: report.loaded,
        workspace,
        analysis: report.analysis,
    };
    Ok((compiled, report.logs))
}

/// Says of how many functions the native engine knows nothing or not all, and why.
pub(super) fn print_gaps(logs: &[PackageLog], output: &mut Output) -> anyhow::Result<()> {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for gap in logs.iter().flat_map(|log| &log.gaps) {
        *reasons.entry(&gap.reason).or_default() += 1;
    }
    let count: usize = reasons.values().sum();
    if count == 0 {
        return Ok(());
    }
    let mut reasons: Vec<(&str, usize)> = reasons.into_iter().collect();
    reasons.sort_by_key(|(reason, count)| (std::cmp::Reverse(*count), *reason));
    let reasons: Vec<String> = (reasons.iter())
        .map(|(reason, count)| format!("{reason} {count}"))
        .collect();
    writeln!(
        output.err,
        "the native engine has no whole answer for {count} function{}: {}",
        if count == 1 { "" } else { "s" },
        reasons.join(", ")
    )?;
    Ok(())
}

/// What the native engine leaves open in a package, for JSON.
pub(super) fn gaps_json(gaps: &[Gap]) -> Json {
    let gap = |gap: &Gap| {
        json!({
            "function": gap.function,
            "path": gap.path,
            "line": gap.line,
            "reason": gap.reason,
        })
    };
    gaps.iter().map(gap).collect()
}

/// Prints the lines of `-m`, packages by import path.
pub(super) fn print_log(
    args: &PackageArgs,
    build: &Build,
    (engine, level): (EngineChoice, u8),
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let workspace = packages::workspace(args, context)?;
    let request = packages::request(args, build);
    let (logs, broken) = match engine {
        EngineChoice::Both => bail!("`-m` prints the log of one engine, not of both"),
        EngineChoice::Native => {
            let report = progress::with(output, |events| {
                engines::native(&workspace, &request, level, events)
            })?;
            (report.logs, report.analysis.broken)
        }
        EngineChoice::Auto | EngineChoice::Gc => {
            let loaded = workspace.load(&request)?;
            progress::with(output, |events| {
                compiler_logs(&workspace, &loaded, &request, level, events)
            })?
        }
    };
    for log in logs.iter().filter(|log| !log.lines.is_empty()) {
        writeln!(output.out, "# {}", log.import_path)?;
        let names = ShortNames::new(&log.dir, &workspace.dir);
        for line in &log.lines {
            writeln!(output.out, "{}", names.line(line))?;
        }
    }
    print_gaps(&logs, output)?;
    report_broken(&broken, &workspace.path_names(), output)
}

/// Prints where the two differ.
pub(super) fn print_differences(
    args: &PackageArgs,
    build: &Build,
    format: ListFormat,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let workspace = packages::workspace(args, context)?;
    let request = packages::request(args, build);
    let native = progress::with(output, |events| {
        engines::native(&workspace, &request, 1, events)
    })?;
    let loaded = workspace.load(&request)?;
    let (compiler, broken) = progress::with(output, |events| {
        compiler_logs(&workspace, &loaded, &request, 1, events)
    })?;
    let all = differences(&native.logs, &compiler);
    if format == ListFormat::Json {
        let gaps: BTreeMap<&str, &[Gap]> = (native.logs.iter())
            .map(|log| (log.import_path.as_str(), log.gaps.as_slice()))
            .collect();
        let one = |one: &Difference| {
            json!({
                "package": one.import_path,
                "equal": one.equal,
                "wrong": one.wrong,
                "missing": one.missing,
                "gaps": gaps_json(gaps.get(one.import_path.as_str()).copied().unwrap_or_default()),
            })
        };
        let differing: Vec<Json> = all.iter().map(one).collect();
        packages::print_json(&differing, output)?;
    } else {
        print_all(&all, output)?;
        print_gaps(&native.logs, output)?;
    }
    let status = report_broken(&broken, &workspace.path_names(), output)?;
    let is_wrong = all.iter().any(|one| !one.wrong.is_empty());
    Ok(match status {
        ExitStatus::Success if is_wrong => ExitStatus::Findings,
        status => status,
    })
}

fn print_all(all: &[Difference], output: &mut Output) -> anyhow::Result<()> {
    let style = Style::new(output.color);
    for one in all {
        if one.wrong.is_empty() && one.missing.is_empty() {
            continue;
        }
        writeln!(output.out, "{}", style.bold(&one.import_path))?;
        for line in &one.wrong {
            writeln!(output.out, "  {}  {line}", style.red("only native"))?;
        }
        for line in one.missing.iter().take(LISTED) {
            writeln!(output.out, "  {}  {line}", style.yellow("only gc    "))?;
        }
        if let Some(more @ 1..) = one.missing.len().checked_sub(LISTED) {
            writeln!(output.out, "  and {more} more of the compiler alone")?;
        }
        writeln!(output.out)?;
    }
    let sum = |count: fn(&Difference) -> usize| all.iter().map(count).sum::<usize>();
    let (equal, wrong) = (sum(|one| one.equal), sum(|one| one.wrong.len()));
    let missing = sum(|one| one.missing.len());
    writeln!(
        output.out,
        "{}: {equal} of the compiler's {} lines are equal; {wrong} lines are the native engine's alone",
        match all.len() {
            1 => "1 package".to_owned(),
            n => format!("{n} packages"),
        },
        equal + missing,
    )?;
    Ok(())
}

/// Paths as the go command prints them: a package's folder, or one above it, by its path from the current folder where that
/// is shorter.
struct ShortNames {
    /// `/m/b/`.
    dir: String,
    /// What stands for what, the package's own folder first: `/m/b/` and `b/`, `/m/` and `./`.
    shorter: Vec<(String, String)>,
}

impl ShortNames {
    fn new(dir: &Path, current: &Path) -> Self {
        let shorter = |above: &Path| {
            let (long, short) = (with_slash(above), with_slash(&relative(above, current)));
            (short.len() < long.len()).then_some((long, short))
        };
        Self {
            dir: with_slash(dir),
            shorter: dir.ancestors().filter_map(shorter).collect(),
        }
    }

    fn line(&self, line: &str) -> String {
        let position = line.split(':').next().unwrap_or_default();
        let is_own = !position.is_empty()
            && position.len() < line.len()
            && !position.starts_with(['/', '<'])
            && !position.contains(' ');
        let mut line = if is_own {
            format!("{}{line}", self.dir)
        } else {
            line.to_owned()
        };
        // A step of an explanation ends with the place of the expression.
        if let Some((step, place)) = line.rsplit_once(") at ")
            && step.contains(":     from ")
            && !place.starts_with(['/', '<'])
        {
            line = format!("{step}) at {}{place}", self.dir);
        }
        for (long, short) in &self.shorter {
            for before in [" ", "\t"] {
                line = line.replace(&format!("{before}{long}"), &format!("{before}{short}"));
            }
            if let Some(rest) = line.strip_prefix(long.as_str()) {
                line = format!("{short}{rest}");
            }
        }
        line
    }
}

fn with_slash(path: &Path) -> String {
    let text = path.display().to_string();
    if text.ends_with('/') {
        text
    } else {
        format!("{text}/")
    }
}

/// The way from one folder to another, both absolute: `.`, `b`, `../c`.
fn relative(to: &Path, from: &Path) -> PathBuf {
    let common = (to.components().zip(from.components()))
        .take_while(|(a, b)| a == b)
        .count();
    let up = from.components().skip(common).map(|_| Path::new(".."));
    let down = to.components().skip(common);
    let way: PathBuf = up
        .chain(down.map(|component| Path::new(component.as_os_str())))
        .collect();
    if way.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        way
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_go_command() {
        let line = |dir: &str, current: &str, line: &str| {
            ShortNames::new(Path::new(dir), Path::new(current)).line(line)
        };
        let own = "b.go:3:6: can inline F";
        assert_eq!(line("/m/b", "/m/b", own), "./b.go:3:6: can inline F");
        assert_eq!(line("/m/b", "/m", own), "b/b.go:3:6: can inline F");
        let beside = line("/mod/b", "/mod/c", own);
        assert_eq!(beside, "../b/b.go:3:6: can inline F");
        let not_shorter = line("/m/b", "/m/c", own);
        assert_eq!(not_shorter, "/m/b/b.go:3:6: can inline F");
        let other = "/m/a/a.go:1:2: moved to heap: x";
        assert_eq!(line("/m/b", "/m", other), "./a/a.go:1:2: moved to heap: x");
        let without = "moved to heap: #next";
        assert_eq!(line("/m/b", "/m", without), without);
    }
}
