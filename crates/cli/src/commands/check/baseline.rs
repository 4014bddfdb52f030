//! Known findings: written, pruned, or left out.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use diag::Diagnostic;
use project::{KnownFindings, Scope, SourceRoots};

use super::super::{Context, packages};
use super::plural;
use crate::Output;

const NAME: &str = "goperf-baseline.json";

/// What a command line says about the baseline.
#[derive(Clone, Copy, Debug)]
pub(in crate::commands) struct Wanted<'a> {
    /// To be compared with.
    pub(in crate::commands) file: Option<&'a Path>,
    /// To be written; empty for the one that is compared with, or that of [`NAME`].
    pub(in crate::commands) write: Option<&'a str>,
    pub(in crate::commands) prune: bool,
}

/// Does what the command line asks for with the baseline; whether that was all.
pub(in crate::commands) fn settle(
    wanted: Wanted<'_>,
    findings: &mut Vec<Diagnostic>,
    scope: &Scope<'_>,
    roots: &SourceRoots,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<bool> {
    let sources = |path: &Path| roots.read(context.system, path);
    if let Some(named) = wanted.write {
        let path = path(named, wanted.file, context)?;
        let known = KnownFindings::of(findings, &sources, &folder(&path));
        write(&path, &known, context)?;
        let many = plural(known.len(), "finding");
        writeln!(output.out, "wrote {many} to {}", path.display())?;
        return Ok(true);
    }
    let Some(path) = wanted.file else {
        if wanted.prune {
            bail!("which baseline? name it with `--baseline FILE` or in goperf.toml");
        }
        return Ok(false);
    };
    let mut known = read(path, context)?;
    if wanted.prune {
        let gone = known.prune(findings, &sources, scope);
        write(path, &known, context)?;
        let (gone, left) = (plural(gone, "finding"), known.len());
        writeln!(
            output.out,
            "took {gone} out of {}, {left} left",
            path.display()
        )?;
        return Ok(true);
    }
    let compared = known.drop_from(findings, &sources, scope);
    let mut line = format!("baseline: {} known", plural(compared.known, "finding"));
    if compared.worse > 0 {
        line += &format!(", {} worse than known", compared.worse);
    }
    if compared.gone > 0 {
        line += &format!(", {} no longer found (`--prune-baseline`)", compared.gone);
    }
    writeln!(output.err, "{line}").ok();
    Ok(false)
}

fn path(named: &str, file: Option<&Path>, context: &Context) -> anyhow::Result<PathBuf> {
    if !named.is_empty() {
        return Ok(packages::folder(None, context)?.join(named));
    }
    Ok(match file {
        Some(path) => path.to_owned(),
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
