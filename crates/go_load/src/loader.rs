//! Listing packages: by the go command, or natively.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::{Cache, Cancellation, Key, System};
use go_tool::{Error, GoTool, Listing};
use rustc_hash::FxHashMap;

use crate::load::LoadOptions;
use crate::native::{self, NativeError};

/// How packages are listed. Both ways give the same listing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Loader {
    /// `go list`.
    Go,
    /// This crate, without starting a process; where it cannot answer, the go command does. Modules
    /// that are not in the module cache are errors of the packages that need them: nothing is fetched.
    #[default]
    Native,
}

impl std::str::FromStr for Loader {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "go" => Ok(Self::Go),
            "native" => Ok(Self::Native),
            _ => Err(format!("no loader `{name}`; known are go, native")),
        }
    }
}

/// The kind of the cache's entries for names of files that cgo makes.
pub const CGO_KIND: &str = "cgo-1";

/// A listing, and how it came about.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The packages, dependencies first.
    pub listing: Listing,
    /// Files that were read whole on the way, by absolute path: overlaid ones are not among them. Empty
    /// unless the files are wanted next.
    pub contents: FxHashMap<PathBuf, Arc<[u8]>>,
    /// Why the go command answered in place of the native loader.
    pub refusal: Option<String>,
}

/// Lists the packages that the options ask for, with all they depend on.
///
/// Broken and missing packages are data; `Err` is for patterns that match nothing, a malformed
/// `go.mod`, or a go command that cannot answer.
pub fn list(
    go: &GoTool,
    system: &dyn System,
    cancel: &Cancellation,
    options: &LoadOptions,
) -> Result<Listed, Error> {
    list_for(go, system, cancel, options, false)
}

/// As [`list`]; where packages are `read` next, files are read whole already.
pub(crate) fn list_for(
    go: &GoTool,
    system: &dyn System,
    cancel: &Cancellation,
    options: &LoadOptions,
    read: bool,
) -> Result<Listed, Error> {
    check_target(go, system, options)?;
    let mut wanted = Vec::new();
    let refusal = match options.loader {
        Loader::Go => None,
        Loader::Native => match native::list(go, system, cancel, options, read) {
            Ok(answer) => {
                return Ok(Listed {
                    listing: answer.listing,
                    contents: answer.contents,
                    refusal: None,
                });
            }
            Err(NativeError::Failed(error)) => return Err(error),
            Err(NativeError::LacksGenerated(keys)) => {
                wanted = keys;
                Some("the files that cgo makes are not known yet".to_owned())
            }
            Err(NativeError::Refused(reason)) => Some(reason),
        },
    };
    if let Some(reason) = &refusal {
        tracing::info!("the go command lists the packages: {reason}");
    }
    let listing = go_tool::list_unsaved(go, system, cancel, &options.list, &options.overlay)?;
    if let Some(cache) = &options.cgo {
        keep_generated(&listing, system, options, cache, &wanted);
    }
    Ok(Listed {
        listing,
        contents: FxHashMap::default(),
        refusal,
    })
}

/// Keeps the names of files that cgo has made. Where unsaved text lies over a package they are those of this moment.
fn keep_generated(
    listing: &Listing,
    system: &dyn System,
    options: &LoadOptions,
    cache: &Cache,
    wanted: &[(String, Key)],
) {
    for (import_path, key) in wanted {
        let package = listing
            .find(import_path)
            .map(|id| &listing.packages[id])
            .filter(|it| it.errors.is_empty() && it.dep_errors.is_empty());
        let Some(package) = package.filter(|it| !it.compiled_go_files.is_empty()) else {
            continue;
        };
        let mut unsaved = options.overlay.keys();
        if !unsaved.any(|path| path.parent() == Some(&package.dir)) {
            let files = native::pack_generated(&package.compiled_go_files);
            // What cannot be kept is asked for again.
            let _ = cache.put(system, key, &files);
            cache.prune(system);
        }
    }
}

/// Refuses a target that Go does not build for, as `go build` does: the go command lists packages for any.
fn check_target(go: &GoTool, system: &dyn System, options: &LoadOptions) -> Result<(), Error> {
    let value = |name: &str, default: &str| {
        let of_options = options.list.env.iter().rev().find(|(key, _)| key == name);
        of_options.map_or_else(|| default.to_owned(), |(_, value)| value.clone())
    };
    let goos = value("GOOS", &go.env.goos);
    let goarch = value("GOARCH", &go.env.goarch);
    // The list of ports, a line each. Without one nothing is refused.
    let ports = go.env.goroot.join("src/internal/platform/zosarch.go");
    let Ok(ports) = system.read_to_string(&ports) else {
        return Ok(());
    };
    if ports.contains(&format!("{{\"{goos}\", \"{goarch}\"}}")) {
        return Ok(());
    }
    Err(Error::Go {
        command: "go build".to_owned(),
        message: format!("go: unsupported GOOS/GOARCH pair {goos}/{goarch}"),
    })
}

/// The go command to use in `dir`, as [`GoTool::find_in`] finds it, but without starting it where its
/// environment can be read: the files it would read are, and it is not asked.
pub fn find_go(
    system: &dyn System,
    cancel: &Cancellation,
    explicit: Option<&Path>,
    dir: &Path,
) -> Result<GoTool, Error> {
    let asked =
        (explicit.map(Path::to_owned)).or_else(|| system.env_var("GOPERF_GO").map(PathBuf::from));
    let program = asked.unwrap_or_else(|| PathBuf::from("go"));
    let (major, minor) = go_tool::OLDEST;
    match native::find_go(system, &program, dir) {
        Ok(go) if go.version.at_least(major, minor) => Ok(go),
        _ => GoTool::find_in(system, cancel, explicit, dir),
    }
}
