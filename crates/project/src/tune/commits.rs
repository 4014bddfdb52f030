//! One commit for each kept change, with its proof as message.

use std::path::PathBuf;

use base::system::ReplaceError;

use super::TuneReport;
use super::report::proof;
use crate::changed_files::ChangedFiles;
use crate::workspace::Workspace;

/// Why not everything was committed.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    #[error("{} has changes that are not committed; commit or stash them, or use --apply", .0.display())]
    Dirty(PathBuf),
    #[error(transparent)]
    Write(#[from] ReplaceError),
    #[error("`git {command}` fails: {message}")]
    Git { command: String, message: String },
}

/// Writes the kept changes one by one, each into a commit of its own. Returns their subjects.
pub fn commit(workspace: &Workspace, report: &TuneReport) -> Result<Vec<String>, CommitError> {
    for path in report.files.by_path.keys() {
        let path = path.display().to_string();
        if !run(workspace, &["status", "--porcelain", "--", &path])?
            .trim()
            .is_empty()
        {
            return Err(CommitError::Dirty(path.into()));
        }
    }
    let mut subjects = Vec::new();
    for step in &report.steps {
        let trial = &report.trials[step.trial];
        let mut files = ChangedFiles::default();
        files.roots.clone_from(&report.files.roots);
        for (path, text) in &step.texts {
            if let Ok(before) = workspace.system.read(path) {
                files.set(path, before.into(), text);
            }
        }
        files.write(workspace)?;
        let candidate = &trial.candidate;
        let package = candidate.package.rsplit('/').next().unwrap_or_default();
        let subject = format!("{package}: {}", candidate.title.replace('`', ""));
        let message = format!(
            "{subject}\n\n{}{}\n",
            proof(trial),
            rule_line(&candidate.rule)
        );
        let mut args = vec!["commit", "--quiet", "--message", &message, "--"];
        let paths: Vec<String> = step
            .texts
            .iter()
            .map(|(path, _)| path.display().to_string())
            .collect();
        args.extend(paths.iter().map(String::as_str));
        run(workspace, &args)?;
        subjects.push(subject);
    }
    Ok(subjects)
}

fn rule_line(rule: &str) -> String {
    if rule.is_empty() {
        String::new()
    } else {
        format!("\nFound by {rule}, proven by goperf tune.")
    }
}

fn run(workspace: &Workspace, args: &[&str]) -> Result<String, CommitError> {
    let failed = |message: String| CommitError::Git {
        command: args[0].to_owned(),
        message,
    };
    let command = base::system::Command::new("git")
        .args(args.iter().copied())
        .current_dir(&workspace.dir);
    let output = workspace.system.run(&command, workspace.cancel);
    let output = output.map_err(|error| failed(base::io_reason(&error)))?;
    if output.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let said = String::from_utf8_lossy(&output.stderr);
        Err(failed(
            said.lines().next().unwrap_or("no reason given").to_owned(),
        ))
    }
}
