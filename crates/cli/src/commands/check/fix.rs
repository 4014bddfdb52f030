//! `goperf check --fix`: make the fixes of the findings, or show them.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::bail;
use base::system::{Command, ProcessOutput};
use diag::{Format, Options, PathNames, Report};
use project::{CheckRequest, Fixed, Workspace};

use super::super::{Context, packages, patch};
use super::plural;
use crate::args::check::CheckArgs;
use crate::{ExitStatus, Output, progress};

pub(super) fn run(
    args: &CheckArgs,
    workspace: &Workspace,
    request: &CheckRequest,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    if request.evidence.bench.as_ref().is_some_and(|it| !it.cover) {
        bail!("fixes use what benchmarks count: leave out --no-cover, or --bench");
    }
    let fixed = progress::with(output, |events| {
        project::fix(workspace, request, args.unsafe_fixes, events)
    })?;
    let names = workspace.path_names();
    show_problems(&fixed, &names, output);
    if args.shows_fixes() {
        for (path, file) in &fixed.files.by_path {
            let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
            let (before, after) = (text(&file.before), text(&file.after));
            let path = diag::display_path(path, names.current_dir.as_deref());
            write!(output.out, "{}", patch::unified(&path, &before, &after))?;
        }
        for line in summary(&fixed, "would fix", args) {
            writeln!(output.err, "{line}").ok();
        }
    } else {
        fixed.files.write(workspace)?;
        for finding in &fixed.fixed {
            let at = &finding.primary;
            writeln!(
                output.out,
                "{}:{}: {} {}",
                names.show(&at.path),
                at.start.line,
                finding.rule.id,
                (finding.fix.as_ref()).map_or("fixed", |fix| fix.title.as_str())
            )?;
        }
        for line in summary(&fixed, "fixed", args) {
            writeln!(output.out, "{line}")?;
        }
        if args.verify_fix && !fixed.files.by_path.is_empty() {
            verify(
                &fixed,
                request.packages.tags.as_deref(),
                workspace,
                context,
                output,
            )?;
        }
    }
    let broken = packages::report_broken(&fixed.broken, &names, output)?;
    if broken != ExitStatus::Success {
        return Ok(broken);
    }
    Ok(
        if args.shows_fixes() && !fixed.files.by_path.is_empty() && !args.exit_zero {
            ExitStatus::Findings
        } else if fixed.unmeasured > 0 {
            ExitStatus::Error
        } else {
            ExitStatus::Success
        },
    )
}

/// Benchmarks that were to count and did not.
fn show_problems(fixed: &Fixed, names: &PathNames, output: &mut Output) {
    let report = Report {
        diagnostics: &fixed.problems,
        rules: &[],
        summary: None,
    };
    let options = Options {
        sources: &|_: &Path| None,
        paths: names,
        color: output.color,
        width: 120,
    };
    let text = diag::render(Format::Concise, &report, &options);
    write!(output.err, "{text}").ok();
}

fn summary(fixed: &Fixed, verb: &str, args: &CheckArgs) -> Vec<String> {
    let mut lines = vec![format!(
        "{verb} {} in {}",
        plural(fixed.fixed.len(), "finding"),
        plural(fixed.files.by_path.len(), "file")
    )];
    if let Some(bench) = &fixed.bench {
        lines.push(format!("evidence: {bench}"));
    }
    if fixed.withheld > 0 && !args.unsafe_fixes {
        lines.push(format!(
            "{} left whose fix may change behavior (`--unsafe-fixes` makes it)",
            plural(fixed.withheld, "finding")
        ));
    }
    if fixed.without > 0 {
        lines.push(format!(
            "{} without a fix",
            plural(fixed.without, "finding")
        ));
    }
    lines
}

/// Builds, vets and tests the packages of the changed files; undoes the fixes if something fails that did not fail
/// before.
fn verify(
    fixed: &Fixed,
    tags: Option<&str>,
    workspace: &Workspace,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<()> {
    let binaries = context.system.temp_dir("goperf-verify-")?;
    for verb in ["build", "vet", "test"] {
        let command = verifying(verb, fixed, tags, workspace, binaries.path());
        let result = context.system.run(&command, context.cancel)?;
        if result.success() {
            writeln!(output.out, "verified: go {verb} passes")?;
            continue;
        }
        fixed.files.restore(workspace)?;
        let before = context.system.run(&command, context.cancel)?;
        let known = failures(&printed(&before));
        let new: Vec<String> = failures(&printed(&result))
            .difference(&known)
            .cloned()
            .collect();
        if before.success() || known.is_empty() || !new.is_empty() {
            bail!(
                "`go {verb}` fails with the fixes; all files are as they were\n{}",
                tail(&result)
            );
        }
        fixed.files.write(workspace)?;
        let known = plural(known.len(), "failure");
        writeln!(
            output.out,
            "verified: go {verb} has the {known} that it had before"
        )?;
    }
    Ok(())
}

/// A command of the go command about the packages of the changed files.
fn verifying(
    verb: &str,
    fixed: &Fixed,
    tags: Option<&str>,
    workspace: &Workspace,
    binaries: &Path,
) -> Command {
    let folders: BTreeSet<&Path> = (fixed.files.by_path.keys())
        .filter_map(|path| path.parent())
        .collect();
    let mut command = Command::new(workspace.go.program.clone())
        .arg(verb)
        .current_dir(&workspace.dir);
    if verb == "build" && folders.len() == 1 {
        // Of one program the go command would write the binary into the folder.
        command = command.arg("-o").arg(binaries.join("built"));
    }
    if let Some(tags) = tags {
        command = command.args(["-tags", tags]);
    }
    command.args(folders.iter().map(|folder| folder.as_os_str().to_owned()))
}

/// What failed, without what differs from run to run: places in files and durations.
fn failures(text: &str) -> BTreeSet<String> {
    let failed = text.lines().map(str::trim).filter_map(|line| {
        if line.starts_with("--- FAIL") || line.starts_with("FAIL\t") {
            let name = line.trim_start_matches("--- ").split_whitespace();
            return Some(name.take(2).collect::<Vec<_>>().join(" "));
        }
        let (path, message) = line.split_once(".go:")?;
        let message = message.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':');
        Some(format!("{path}.go:{message}"))
    });
    failed.collect()
}

fn printed(result: &ProcessOutput) -> String {
    let bytes = [&result.stdout[..], &result.stderr[..]].concat();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The last lines that a command printed.
fn tail(result: &ProcessOutput) -> String {
    const SHOWN: usize = 30;
    let text = printed(result);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(SHOWN)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_known_by_what_failed() {
        let before =
            failures("--- FAIL: TestA (0.10s)\n    a_test.go:12: wrong\nFAIL\tm/a\t0.2s\n");
        let after = failures(
            "--- FAIL: TestA (0.30s)\n    a_test.go:14: wrong\n--- FAIL: TestB (0.00s)\nFAIL\tm/a\t0.4s\n",
        );
        let new: Vec<&String> = after.difference(&before).collect();
        assert_eq!(new, ["FAIL: TestB"]);
    }
}
