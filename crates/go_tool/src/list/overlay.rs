//! Text in the place of files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::{Cancellation, System};

use super::{ListOptions, Listing, list, list_replaced};
use crate::error::Error;
use crate::find::GoTool;

/// An overlay as the go command reads it.
#[derive(Default, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "PascalCase")]
struct Overlay {
    #[serde(default)]
    replace: BTreeMap<PathBuf, PathBuf>,
}

/// As [`list`], with text that is not saved: by absolute path, of files that may be nowhere else. They are
/// listed under their own paths. Over those of the options' flags.
pub fn list_unsaved(
    go: &GoTool,
    system: &dyn System,
    cancel: &Cancellation,
    options: &ListOptions,
    unsaved: &BTreeMap<PathBuf, Arc<[u8]>>,
) -> Result<Listing, Error> {
    // The go command refuses them below its module cache, where which files there are is settled.
    let cache = &go.env.gomodcache;
    let is_cached = |path: &Path| !cache.as_os_str().is_empty() && path.starts_with(cache);
    let unsaved: Vec<_> = (unsaved.iter())
        .filter(|(path, _)| !is_cached(path))
        .collect();
    if unsaved.is_empty() {
        return list(go, system, cancel, options);
    }
    let failed = |source: std::io::Error| Error::Io {
        doing: "write the files that are not saved for the go command".to_owned(),
        source,
    };
    let folder = system.temp_dir("goperf-unsaved-").map_err(failed)?;
    let mut shown = replaced(options, system)?;
    shown.retain(|path, _| !unsaved.iter().any(|(own, _)| *own == path));
    let flag = write(system, options, unsaved.into_iter(), folder.path())?;
    let mut options = options.clone();
    options.flags.push(flag);
    list_replaced(go, system, cancel, &options, &shown)
}

/// The flag that gives the go command texts in the place of files, by absolute path, over those of the options' flags.
/// Copies are written to `folder`, which has to stay as long as the flag is used.
pub fn overlay_flag(
    system: &dyn System,
    options: &ListOptions,
    texts: &BTreeMap<PathBuf, Arc<[u8]>>,
    folder: &Path,
) -> Result<String, Error> {
    write(system, options, texts.iter(), folder)
}

fn write<'a>(
    system: &dyn System,
    options: &ListOptions,
    texts: impl Iterator<Item = (&'a PathBuf, &'a Arc<[u8]>)>,
    folder: &Path,
) -> Result<String, Error> {
    let failed = |source: std::io::Error| Error::Io {
        doing: "write the files that are not saved for the go command".to_owned(),
        source,
    };
    let mut overlay = Overlay {
        replace: replaced(options, system)?,
    };
    for (number, (path, text)) in texts.enumerate() {
        // The go command takes the kind of a file from its suffix.
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let copy = folder.join(format!("{number}_{name}"));
        system.write(&copy, text).map_err(failed)?;
        overlay.replace.insert(path.clone(), copy);
    }
    let file = folder.join("overlay.json");
    let text = serde_json::to_vec(&overlay).map_err(|error| failed(error.into()))?;
    system.write(&file, &text).map_err(failed)?;
    Ok(format!("-overlay={}", file.display()))
}

/// What the last `-overlay` of the flags puts in the place of files, by absolute path.
pub(super) fn replaced(
    options: &ListOptions,
    system: &dyn System,
) -> Result<BTreeMap<PathBuf, PathBuf>, Error> {
    let flag = |flag: &String| {
        let flag = flag.strip_prefix("--").or_else(|| flag.strip_prefix('-'))?;
        flag.strip_prefix("overlay=").map(str::to_owned)
    };
    let Some(file) = options.flags.iter().rev().find_map(flag) else {
        return Ok(BTreeMap::new());
    };
    let file = options.dir.join(file);
    let failed = |source: std::io::Error| Error::Io {
        doing: format!("read the overlay `{}`", file.display()),
        source,
    };
    let text = system.read(&file).map_err(failed)?;
    let overlay: Overlay = serde_json::from_slice(&text).map_err(|error| failed(error.into()))?;
    let absolute = |path: PathBuf| options.dir.join(path);
    Ok((overlay.replace.into_iter())
        .map(|(from, to)| (absolute(from), absolute(to)))
        .collect())
}
