//! Why goroutines wait, from the source beside them.

use std::path::Path;

use leak::Group;
use project::Workspace;
use project::goroutines::SourceLines;
use project::leaks::{self, Reasons};

use super::super::{Context, packages};
use crate::{Output, progress};

/// Looks in the packages of the groups; `None` where they cannot be loaded. `folder` is that of the module.
pub(super) fn find(
    groups: &[&Group],
    sources: &SourceLines,
    folder: Option<&Path>,
    go: Option<&Path>,
    flags: Vec<String>,
    context: &Context,
    output: &Output,
) -> Option<Reasons> {
    if !leaks::have_sources(groups.iter().copied(), sources) {
        return None;
    }
    let look = || -> anyhow::Result<Reasons> {
        let folder = packages::folder(folder, context)?;
        let go = go.or(context.global.go.as_deref());
        let workspace = Workspace::open(context.system, context.cancel, go, &folder, true)?;
        Ok(progress::with(output, |_| {
            leaks::reasons(&workspace, groups.iter().copied(), sources, flags)
        })?)
    };
    look()
        .inspect_err(|error| tracing::info!("no reasons from the source: {error:#}"))
        .ok()
}
