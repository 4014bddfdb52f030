//! Known findings: written, pruned, or left out.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use project::{CheckReport, Config, KnownFindings, Scope, SourceRoots};

use super::super::{Context, packages};
use super::plural;
use crate::args::check::CheckArgs;
use crate::{ExitStatus, Output};

const NAME: &str = "goperf-baseline.json";

/// Does what the command line asks for with the baseline; `Some` if that was all.
pub(super) fn settle(
    args: &CheckArgs,
    config: &Config,
    report: &mut CheckReport,
    roots: &SourceRoots,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<Option<ExitStatus>> {
    let sources = |path: &Path| roots.read(context.system, path);
    let options = config.options(args.all);
    let packages = std::mem::take(&mut report.import_paths);
    let scope = Scope {
        options: &options,
        packages: &packages,
    };
    if let Some(named) = &args.write_baseline {
        let path = path(named, config, context)?;
        let known = KnownFindings::of(&report.findings, &sources, &folder(&path));
        write(&path, &known, context)?;
        let many = plural(known.len(), "finding");
        writeln!(output.out, "wrote {many} to {}", path.display())?;
        return Ok(Some(incomplete(report)));
    }
    let Some(path) = &config.baseline else {
        if args.prune_baseline {
            bail!("which baseline? name it with `--baseline FILE` or in goperf.toml");
        }
        return Ok(None);
    };
    let mut known = read(path, context)?;
    if args.prune_baseline {
        let gone = known.prune(&report.findings, &sources, &scope);
        write(path, &known, context)?;
        let (gone, left) = (plural(gone, "finding"), known.len());
        writeln!(
            output.out,
            "took {gone} out of {}, {left} left",
            path.display()
        )?;
        return Ok(Some(incomplete(report)));
    }
    let compared = known.drop_from(&mut report.findings, &sources, &scope);
    let mut line = format!("baseline: {} known", plural(compared.known, "finding"));
    if compared.worse > 0 {
        line += &format!(", {} worse than known", compared.worse);
    }
    if compared.gone > 0 {
        line += &format!(", {} no longer found (`--prune-baseline`)", compared.gone);
    }
    writeln!(output.err, "{line}").ok();
    Ok(None)
}

/// A run that could not look at everything says so, though it wrote what it found.
fn incomplete(report: &CheckReport) -> ExitStatus {
    if report.broken > 0 {
        ExitStatus::BrokenCode
    } else {
        ExitStatus::Success
    }
}

fn path(named: &str, config: &Config, context: &Context) -> anyhow::Result<PathBuf> {
    if !named.is_empty() {
        return Ok(packages::folder(None, context)?.join(named));
    }
    Ok(match &config.baseline {
        Some(path) => path.clone(),
        None => packages::folder(None, context)?.join(NAME),
    })
}

fn folder(path: &Path) -> PathBuf {
    path.parent().map(Path::to_owned).unwrap_or_default()
}

fn read(path: &Path, context: &Context) -> anyhow::Result<KnownFindings> {
    let text = context.system.read_to_string(path);
    let text = text.with_context(|| format!("failed to read {}", path.display()))?;
    KnownFindings::parse(&text).map_err(|error| anyhow!("{}: {error}", path.display()))
}

fn write(path: &Path, known: &KnownFindings, context: &Context) -> anyhow::Result<()> {
    (context.system.write(path, known.to_text().as_bytes()))
        .with_context(|| format!("failed to write {}", path.display()))
}
