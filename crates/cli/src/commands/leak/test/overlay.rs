//! The instrumented package testing in our cache folder.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use base::System;
use base::system::TempDir;
use go_tool::GoTool;
use leak::testing::{self, ADDED, OverlayError};

use crate::commands::Context;

/// Where the copy is.
#[derive(Debug)]
pub(super) struct Instrumented {
    /// For `-overlay`.
    pub(super) overlay: PathBuf,
    /// GOROOT by the name that the overlay has for it.
    pub(super) goroot: PathBuf,
    /// Where there is no cache folder.
    _temporary: Option<TempDir>,
}

/// The go command that tests in `folder` are run with, whose go.mod may ask for another one.
///
/// The inner `Err` is one that runs, but is too old for a copy.
pub(super) fn find_go(
    folder: Option<&Path>,
    context: &Context,
) -> anyhow::Result<Result<GoTool, (PathBuf, OverlayError)>> {
    let here = context.system.current_dir()?;
    let folder = folder.map_or_else(|| here.clone(), |folder| here.join(folder));
    let explicit = context.global.go.as_deref();
    match GoTool::find_in(context.system, context.cancel, explicit, &folder) {
        Ok(go) => Ok(Ok(go)),
        Err(go_tool::Error::TooOld { program, version }) => {
            let version = version.to_string();
            Ok(Err((program, OverlayError::TooOld { version })))
        }
        Err(error) => Err(error.into()),
    }
}

/// The version without the experiments it may name: `go1.27.3`.
pub(super) fn version(go: &GoTool) -> &str {
    let text = go.version.text.as_str();
    let release = text.split(' ').find(|word| word.starts_with("go"));
    release.unwrap_or(text)
}

/// Writes the copy, unless it is there already: its paths and content are stable, so that the go
/// command's build cache stays warm.
pub(super) fn install(
    go: &GoTool,
    user_overlay: Option<&str>,
    context: &Context,
) -> anyhow::Result<Instrumented> {
    let system = context.system;
    let source = go.env.goroot.join("src");
    let original = |file: &str| {
        system
            .read_to_string(&source.join(file))
            .unwrap_or_default()
    };
    let changed = testing::make_overlay(version(go), &original)?;
    let temporary = match system.cache_dir() {
        Some(_) => None,
        None => Some(system.temp_dir("goperf-overlay-")?),
    };
    let cache = temporary
        .as_ref()
        .map(|it| it.path().to_owned())
        .or_else(|| system.cache_dir());
    let folder = cache.unwrap_or_default().join("leak").join(folder_name(go));
    let failed = || format!("failed to write {}", folder.display());
    system.create_dir_all(&folder).with_context(failed)?;
    let goroot = usable_goroot(go, &folder, system)?;
    let mut replace = BTreeMap::new();
    let files = changed
        .iter()
        .map(|(file, text)| ((*file).to_owned(), text.as_str()));
    let added = ADDED.iter().map(|(file, text)| ((*file).to_owned(), *text));
    for (file, text) in files.chain(added) {
        let copy = folder.join(file.replace('/', "_"));
        write_if_changed(&copy, text, system).with_context(failed)?;
        let place = goroot.join("src").join(&file);
        replace.insert(
            place.to_string_lossy().into_owned(),
            copy.to_string_lossy().into_owned(),
        );
    }
    let user = user_overlay
        .map(str::to_owned)
        .or_else(|| overlay_of_flags(&go.env.goflags));
    let user_text = match &user {
        Some(file) => {
            let text = system.read_to_string(Path::new(file));
            Some(text.with_context(|| format!("failed to read the overlay {file}"))?)
        }
        None => None,
    };
    let text = testing::merge_overlays(&replace, user_text.as_deref());
    let text = text.map_err(|error| {
        anyhow::anyhow!(
            "failed to merge the overlay {}: {error}",
            user.unwrap_or_default()
        )
    })?;
    // Runs with different overlays of their own may be at work at the same time.
    let overlay = folder.join(format!("overlay-{:016x}.json", hash(&text)));
    write_if_changed(&overlay, &text, system).with_context(failed)?;
    Ok(Instrumented {
        overlay,
        goroot,
        _temporary: temporary,
    })
}

/// A name for GOROOT whose files may be replaced: the go command refuses overlays below its module
/// cache, where downloaded toolchains lie, so those get a link.
fn usable_goroot(go: &GoTool, folder: &Path, system: &dyn System) -> anyhow::Result<PathBuf> {
    let (goroot, mod_cache) = (&go.env.goroot, &go.env.gomodcache);
    if mod_cache.as_os_str().is_empty() || !goroot.starts_with(mod_cache) {
        return Ok(goroot.clone());
    }
    let link = folder.join("goroot");
    if !system.is_file(&link.join("src/testing/testing.go")) {
        system.remove_file(&link).ok();
        let made = system.symlink(goroot, &link);
        // Another run may have made it meanwhile.
        if !system.is_dir(&link) {
            made.with_context(|| format!("failed to link {}", link.display()))?;
        }
    }
    Ok(link)
}

fn write_if_changed(file: &Path, text: &str, system: &dyn System) -> std::io::Result<()> {
    if system.read_to_string(file).is_ok_and(|known| known == text) {
        return Ok(());
    }
    system.write(file, text.as_bytes())
}

fn folder_name(go: &GoTool) -> String {
    let goroot = go.env.goroot.to_string_lossy();
    format!("{}-{:016x}", version(go), hash(&goroot))
}

fn hash(text: &str) -> u64 {
    // Its keys are fixed.
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// The `-overlay` among GOFLAGS; the command line's own goes before it.
fn overlay_of_flags(flags: &str) -> Option<String> {
    let flag = flags.split_whitespace().find_map(|flag| {
        let name = flag.trim_matches(['\'', '"']).trim_start_matches('-');
        name.strip_prefix("overlay=")
    });
    flag.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_overlay_of_goflags_is_found() {
        assert_eq!(
            overlay_of_flags("-mod=mod '-overlay=/t/o.json'").as_deref(),
            Some("/t/o.json")
        );
        assert_eq!(overlay_of_flags("-mod=mod"), None);
    }
}
