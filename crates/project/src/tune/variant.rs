//! Test programs of a variant of the sources.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::system::{Command, Exit, ProcessOutput, TempDir};
use go_tool::{ListOptions, PackageId, SourceError, TestBinary, TestBuild};

use super::TuneError;
use super::scope::Scope;
use crate::workspace::Workspace;

/// Texts in the place of files, by absolute path.
pub(super) type Texts = BTreeMap<PathBuf, Arc<[u8]>>;

/// What is wrong with a variant: in which regard, and the first line of the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) what: String,
    pub(super) message: String,
}

/// Test programs by import path; the folder that holds them goes with the value.
pub(super) struct Programs {
    pub(super) binaries: BTreeMap<String, TestBinary>,
    _folder: TempDir,
}

/// Builds the test programs of packages, with further build flags.
pub(super) fn build(
    workspace: &Workspace,
    scope: &Scope,
    texts: &Texts,
    packages: &[&str],
    flags: &[String],
) -> Result<Result<Programs, Fault>, TuneError> {
    let folder = temp(workspace)?;
    let ids: Vec<PackageId> = (packages.iter())
        .filter_map(|path| scope.tested.get(*path).copied())
        .collect();
    let options = with_texts(workspace, scope, texts, flags, folder.path())?;
    let builds = go_tool::build_tests(
        &workspace.go,
        workspace.system,
        workspace.cancel,
        &options,
        &scope.listing,
        &ids,
        folder.path(),
    )?;
    workspace.cancel.check()?;
    let mut binaries = BTreeMap::new();
    for build in builds {
        match build {
            TestBuild::Binary(binary) => {
                binaries.insert(binary.package.clone(), binary);
            }
            TestBuild::NoTests { .. } => {}
            TestBuild::Broken { package, errors } => {
                return Ok(Err(Fault {
                    what: format!("{package} does not build"),
                    message: errors.first().map(shown).unwrap_or_default(),
                }));
            }
        }
    }
    Ok(Ok(Programs {
        binaries,
        _folder: folder,
    }))
}

/// `go vet` on packages; `None` if it has nothing to say.
pub(super) fn vet(
    workspace: &Workspace,
    scope: &Scope,
    texts: &Texts,
    packages: &[&str],
) -> Result<Option<Fault>, TuneError> {
    let folder = temp(workspace)?;
    let options = with_texts(workspace, scope, texts, &[], folder.path())?;
    let mut command = (workspace.go.command(workspace.system))
        .arg("vet")
        .current_dir(&options.dir);
    if let Some(tags) = &options.tags {
        command = command.arg(format!("-tags={tags}"));
    }
    let command = command.args(&options.flags).args(packages);
    let output = execute(workspace, &command)?;
    Ok((!output.success()).then(|| Fault {
        what: "does not vet".to_owned(),
        message: first_line(&output.stderr),
    }))
}

/// Runs a test program's tests; `None` if they pass. `limit` is their time.
pub(super) fn test(
    workspace: &Workspace,
    binary: &TestBinary,
    flags: &[String],
    limit: std::time::Duration,
) -> Result<(Option<Fault>, std::time::Duration), TuneError> {
    let mut command = Command::new(&binary.path)
        .arg("-test.paniconexit0")
        .current_dir(&binary.dir)
        .timeout(Some(limit));
    if flags.is_empty() {
        command = command.arg("-test.short");
    }
    let output = execute(workspace, &command.args(flags))?;
    let fault = match output.exit {
        Exit::Code(0) => None,
        Exit::TimedOut => Some(format!(
            "they do not end within {:.0} s",
            limit.as_secs_f64()
        )),
        Exit::Signal(signal) => Some(format!("killed by signal {signal}")),
        Exit::Code(_) | Exit::Cancelled => Some(failure(&output)),
    };
    let fault = fault.map(|message| Fault {
        what: format!("tests of {} fail", binary.package),
        message,
    });
    Ok((fault, output.usage.wall))
}

fn execute(workspace: &Workspace, command: &Command) -> Result<ProcessOutput, TuneError> {
    let output = workspace.system.run(command, workspace.cancel);
    let output = output.map_err(|source| TuneError::Io {
        doing: "start a program",
        source,
    })?;
    workspace.cancel.check()?;
    Ok(output)
}

/// Listing options with an overlay of texts.
fn with_texts(
    workspace: &Workspace,
    scope: &Scope,
    texts: &Texts,
    flags: &[String],
    folder: &Path,
) -> Result<ListOptions, TuneError> {
    let mut options = scope.options.clone();
    options.flags.extend(flags.iter().cloned());
    if !texts.is_empty() {
        let flag = go_tool::overlay_flag(workspace.system, &options, texts, folder)?;
        options.flags.push(flag);
    }
    Ok(options)
}

fn temp(workspace: &Workspace) -> Result<TempDir, TuneError> {
    (workspace.system.temp_dir("goperf-tune-")).map_err(|source| TuneError::Io {
        doing: "create a temporary folder",
        source,
    })
}

fn shown(error: &SourceError) -> String {
    match &error.file {
        Some(file) => {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            own_name(&format!("{name}:{}: {}", error.line, error.message))
        }
        None => error.message.clone(),
    }
}

/// The first line that is not a heading.
fn first_line(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let mut lines = text.lines().map(str::trim);
    let line = lines.find(|line| !line.is_empty() && !line.starts_with('#'));
    let line = line.unwrap_or("no reason given");
    own_name(line.strip_prefix("vet: ").unwrap_or(line))
}

/// A message about a copy of a file, `../x/3_pricing.go:4:1: …`, with the file's own name.
fn own_name(message: &str) -> String {
    let Some((path, rest)) = message.split_once(".go:") else {
        return message.to_owned();
    };
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let name = match name.split_once('_') {
        Some((number, name)) if number.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => name,
    };
    format!("{name}.go:{rest}")
}

/// The test that failed, with the first line that it logged; or why the program ended.
fn failure(output: &ProcessOutput) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text.lines().collect();
    let at = lines
        .iter()
        .position(|line| line.trim_start().starts_with("--- FAIL: "));
    let fatal = |line: &&&str| line.starts_with("panic: ") || line.starts_with("fatal error: ");
    if let Some(line) = lines.iter().find(fatal) {
        return (*line).to_owned();
    }
    let Some(at) = at else {
        let last = lines.iter().rev().find(|line| !line.trim().is_empty());
        return last.map_or_else(|| "no reason given".to_owned(), |line| (*line).to_owned());
    };
    let name = lines[at].trim_start().trim_start_matches("--- FAIL: ");
    let name = name.split(' ').next().unwrap_or(name);
    let mut rest = lines[at + 1..].iter().map(|line| line.trim());
    match rest.find(|line| !line.is_empty() && !line.starts_with("---")) {
        Some(line) => format!("{name}: {line}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_the_test_and_what_it_logged_or_why_the_program_ended() {
        let output = |stdout: &str, stderr: &str| ProcessOutput {
            stdout: stdout.as_bytes().to_vec(),
            stderr: stderr.as_bytes().to_vec(),
            ..base::testing::exited(1, "")
        };
        let cases = [
            (
                "--- FAIL: TestExport (0.00s)\n    export_test.go:9: got null, want []\nFAIL\n",
                "",
                "TestExport: export_test.go:9: got null, want []",
            ),
            (
                "--- FAIL: TestX (0.00s)\n    --- FAIL: TestX/a (0.00s)\n        x_test.go:3: no\nFAIL\n",
                "",
                "TestX: x_test.go:3: no",
            ),
            (
                "",
                "panic: boom [recovered]\n\ngoroutine 1 [running]:\n",
                "panic: boom [recovered]",
            ),
            ("=== RUN\nFAIL\n", "", "FAIL"),
        ];
        for (stdout, stderr, want) in cases {
            assert_eq!(failure(&output(stdout, stderr)), want);
        }
        let said = b"# m/p\n# [m/p]\nvet: ../../tmp/goperf-tune-1/0_a.go:1:2: bad\n";
        assert_eq!(first_line(said), "a.go:1:2: bad");
    }
}
