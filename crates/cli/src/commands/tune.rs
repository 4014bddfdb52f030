//! `goperf tune`: try the fixes, and keep what is proven to pay.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use project::tune::{self, Proposal, TuneError, TuneReport, TuneRequest, tune};
use project::{ChangedFiles, Workspace};

use super::{Context, packages, patch};
use crate::args::tune::{TuneArgs, TuneFormat};
use crate::{ExitStatus, Output, progress};

pub(crate) fn run(
    args: &TuneArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let workspace = packages::workspace(&args.packages, context)?;
    let request = request(args, &workspace)?;
    let found = progress::with(output, |events| tune(&workspace, &request, events));
    let report = match found {
        Ok(report) => report,
        Err(error) if error.is_broken_code() => {
            writeln!(output.err, "goperf: {error}").ok();
            return Ok(ExitStatus::BrokenCode);
        }
        Err(TuneError::Cancelled(_)) => return Ok(ExitStatus::Interrupted),
        Err(error) => return Err(error.into()),
    };
    show(args, &report, &workspace, output)?;
    if report.planned_only {
        return Ok(ExitStatus::Success);
    }
    hand_over(args, &report, &workspace, context, output)?;
    Ok(if report.interrupted {
        ExitStatus::Interrupted
    } else if report.files.by_path.is_empty() {
        ExitStatus::Findings
    } else {
        ExitStatus::Success
    })
}

fn request(args: &TuneArgs, workspace: &Workspace) -> anyhow::Result<TuneRequest> {
    let select = lint::RuleSelection {
        select: args.select.clone(),
        ignore: args.ignore.clone(),
        ..lint::RuleSelection::default()
    };
    if let Some(word) = select.unknown().next() {
        bail!("no rule `{word}`; `goperf explain` lists them");
    }
    if !(args.alpha > 0.0 && args.alpha < 1.0) {
        bail!("--alpha must lie between 0 and 1");
    }
    if !(args.min_effect > 0.0 && args.min_effect < 100.0) {
        bail!("--min-effect must lie between 0 and 100 percent");
    }
    let proposals: anyhow::Result<Vec<Proposal>> = (args.proposals.iter())
        .map(|file| proposal(file, workspace))
        .collect();
    let flags = args.test_flags.as_deref().unwrap_or_default();
    Ok(TuneRequest {
        packages: packages::request(&args.packages, &packages::Build::default()),
        select,
        unsafe_fixes: args.unsafe_fixes,
        rewrites: args.select.is_empty() && !args.no_rewrites,
        bench: args.bench.clone(),
        benchtime: args.benchtime.clone(),
        cpu: args.cpu.clone(),
        budget: args.budget,
        min_effect: args.min_effect / 100.0,
        alpha: args.alpha,
        keep_same: args.keep_same,
        plan_only: args.plan,
        test_flags: flags.split_whitespace().map(str::to_owned).collect(),
        seed: args.seed,
        proposals: proposals?,
    })
}

fn proposal(file: &Path, workspace: &Workspace) -> anyhow::Result<Proposal> {
    let system = workspace.system;
    let read = || -> anyhow::Result<Proposal> {
        let overlay: serde_json::Value = serde_json::from_slice(&system.read(file)?)?;
        let replace = overlay["Replace"].as_object();
        let mut texts = Vec::new();
        for (path, text) in replace.context("it has no `Replace`")? {
            let text = text.as_str().context("a replacement is not a path")?;
            let path = workspace.dir.join(path);
            texts.push((path, system.read(&workspace.dir.join(text))?));
        }
        let stem = file.file_stem().unwrap_or_default();
        Ok(Proposal {
            title: stem.to_string_lossy().into_owned(),
            texts,
        })
    };
    read().with_context(|| format!("failed to read {}", file.display()))
}

fn show(
    args: &TuneArgs,
    report: &TuneReport,
    workspace: &Workspace,
    output: &mut Output,
) -> anyhow::Result<()> {
    let names = workspace.path_names();
    let text = match args.format {
        TuneFormat::Text => tune::text(report, &names),
        TuneFormat::Markdown => tune::markdown(report, &names),
        TuneFormat::Json => format!("{:#}\n", tune::json(report)),
    };
    output.out.write_all(text.as_bytes())?;
    output.out.flush()?;
    Ok(())
}

/// Writes the patch, the files, or commits.
fn hand_over(
    args: &TuneArgs,
    report: &TuneReport,
    workspace: &Workspace,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<()> {
    let files = &report.files;
    if files.by_path.is_empty() {
        return Ok(());
    }
    if report.interrupted && (args.apply || args.commit) {
        writeln!(
            output.err,
            "interrupted: nothing was changed; the patch holds what is proven"
        )
        .ok();
    } else if args.commit {
        for subject in tune::commit(workspace, report)? {
            writeln!(output.err, "committed: {subject}").ok();
        }
        return Ok(());
    } else if args.apply {
        files.write(workspace)?;
        for path in files.by_path.keys() {
            writeln!(output.err, "changed {}", workspace.path_names().show(path)).ok();
        }
        return Ok(());
    }
    let text = diff(files, workspace);
    if args.output == Path::new("-") {
        output.out.write_all(text.as_bytes())?;
        return Ok(());
    }
    (context.system)
        .write(&args.output, text.as_bytes())
        .with_context(|| format!("failed to write {}", args.output.display()))?;
    writeln!(
        output.err,
        "wrote {}; `git apply` or --apply makes the changes",
        args.output.display()
    )
    .ok();
    Ok(())
}

fn diff(files: &ChangedFiles, workspace: &Workspace) -> String {
    let current = workspace.path_names().current_dir;
    let one = |(path, file): (&PathBuf, &project::ChangedFile)| {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let path = diag::display_path(path, current.as_deref());
        patch::unified(&path, &text(&file.before), &text(&file.after))
    };
    files.by_path.iter().map(one).collect()
}
