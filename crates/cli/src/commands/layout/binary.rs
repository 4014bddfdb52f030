//! Structs of a compiled program.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use objfile::Binary;
use project::structs::{BinaryRequest, StructReport, binary_structs};

use super::{Context, criterion};
use crate::args::layout::LayoutArgs;

/// The compiled program that is asked for: the only argument, if it is a file and no Go source.
pub(super) fn argument(args: &LayoutArgs, dir: &Path, context: &Context) -> Option<PathBuf> {
    let [argument] = &args.patterns[..] else {
        return None;
    };
    let path = dir.join(argument);
    let is_source = path.extension().is_some_and(|extension| extension == "go");
    (!is_source && context.system.is_file(&path)).then_some(path)
}

pub(super) fn report(
    args: &LayoutArgs,
    path: &Path,
    is_asked: &dyn Fn(&str) -> bool,
    context: &Context,
) -> anyhow::Result<StructReport> {
    if args.fix || args.diff {
        bail!("a compiled program has no fields to move; give the packages it is made of");
    }
    let binary =
        open(args, path, context).with_context(|| format!("failed to read {}", path.display()))?;
    let request = BinaryRequest {
        criterion: criterion(args),
        wanted: args.matching.is_some().then_some(is_asked),
    };
    binary_structs(&binary, &request).with_context(|| path.display().to_string())
}

/// Of a file for several architectures the one asked for.
fn open(args: &LayoutArgs, path: &Path, context: &Context) -> anyhow::Result<Binary> {
    let bytes = context.system.read(path)?;
    let binary = match &args.arch {
        Some(goarch) => Binary::open_arch(bytes, goarch)?,
        None => Binary::open(bytes)?,
    };
    if let Some(goarch) = &args.arch
        && binary.arch.goarch() != goarch
    {
        bail!("it is compiled for {}", binary.arch.goarch());
    }
    Ok(binary)
}
