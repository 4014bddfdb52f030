//! The settings of a check: flags, then `goperf.toml`.

use std::path::Path;

use anyhow::{Context as _, anyhow};
use project::{Config, EvidenceRequest};

use super::super::{Context, packages};
use crate::args::check::{CheckArgs, ProfileArgs};
use crate::{ExitStatus, Output};

/// What holds for this command line.
pub(super) fn of(args: &CheckArgs, context: &Context) -> anyhow::Result<Config> {
    let folder = packages::folder(args.packages.dir.as_deref(), context)?;
    let file = if args.no_config {
        Config::default()
    } else {
        let current = packages::folder(None, context)?;
        let named = args.config.as_ref().map(|path| current.join(path));
        project::find_config(context.system, &folder, named.as_deref())?
    };
    let current = packages::folder(None, context)?;
    // Paths on the command line are relative to the current folder, those of the file to its own.
    let file = Config {
        baseline: (file.baseline.as_ref()).map(|path| file.root().join(path)),
        ..file
    };
    Ok(file.overridden(Config {
        select: args.select.clone(),
        ignore: args.ignore.clone(),
        min_score: args.min_score,
        top: args.top,
        tests: args.packages.tests.then_some(true),
        tags: args.packages.tags.clone(),
        baseline: (args.baseline.as_ref()).map(|path| current.join(path)),
        ..Config::default()
    }))
}

/// The evidence: what the command line names, else the profiles of the settings.
pub(super) fn evidence(args: &CheckArgs, config: &Config) -> EvidenceRequest {
    let ProfileArgs {
        cpu_profile,
        mem_profile,
        block_profile,
        mutex_profile,
        ..
    } = &args.evidence.profiles;
    let request = args.evidence.request();
    let named = [cpu_profile, mem_profile, block_profile, mutex_profile];
    if named.iter().any(|it| !it.is_empty()) || request.bench.is_some() {
        return request;
    }
    let root = config.root();
    let covered = config.cover_profiles.iter().map(|name| root.join(name));
    let cover_profiles = if request.cover_profiles.is_empty() {
        covered.collect()
    } else {
        request.cover_profiles.clone()
    };
    let sources = |names: &[String]| {
        names
            .iter()
            .map(|name| super::profile(&root, name))
            .collect()
    };
    EvidenceRequest {
        cpu_profiles: sources(&config.cpu_profiles),
        mem_profiles: sources(&config.mem_profiles),
        cover_profiles,
        ..request
    }
}

/// Prints what holds.
pub(super) fn show(config: &Config, output: &mut Output) -> anyhow::Result<ExitStatus> {
    match &config.path {
        Some(path) => writeln!(output.out, "# {}", path.display())?,
        None => writeln!(output.out, "# no {} was found", project::CONFIG_NAME)?,
    }
    write!(output.out, "{}", config.to_toml())?;
    Ok(ExitStatus::Success)
}

/// Prints settings that ask for what another tool's settings ask for.
pub(super) fn import(
    path: &Path,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let path = packages::folder(None, context)?.join(path);
    let text = context.system.read_to_string(&path);
    let text = text.with_context(|| format!("failed to read {}", path.display()))?;
    let imported =
        project::import_golangci(&text).map_err(|error| anyhow!("{}: {error}", path.display()))?;
    write!(output.out, "{}", imported.to_toml())?;
    Ok(ExitStatus::Success)
}
