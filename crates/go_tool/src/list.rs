//! `go list`: the packages that match the patterns, and what they are built from.

mod inputs;
mod overlay;
mod wire;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use base::system::{Command, System};
use base::{Cancellation, IndexVec};

use crate::error::Error;
use crate::find::{GoTool, run, succeeded};
use crate::source_error::SourceError;

pub use overlay::{list_unsaved, overlay_flag};

base::typed_id! {
    /// A package of a [`Listing`].
    pub struct PackageId;
}

/// What the go command makes of the packages it lists.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Products {
    /// Export data and generated files: what is not in the build cache yet gets built.
    #[default]
    Export,
    /// The files that cgo generates, for packages that use it.
    Generated,
    /// Nothing: names and sources only.
    Nothing,
}

/// What to list; fields are named for the flags of `go list`.
#[derive(Clone, Debug, Default)]
pub struct ListOptions {
    /// What is built on the way.
    pub products: Products,
    /// Where the go command runs: chooses the module or workspace, and what relative patterns mean.
    pub dir: PathBuf,
    /// `./...`, `net/http`, files; none means the package in `dir`.
    pub patterns: Vec<String>,
    /// `-tags`, comma-separated; GOFLAGS holds where this is `None`.
    pub tags: Option<String>,
    /// With their tests: matched packages are replaced by their test variants.
    pub tests: bool,
    /// `-race`, which changes tags and export data.
    pub race: bool,
    /// `-pgo`: `auto`, `off` or a file; `None` leaves it to the go command (`auto`).
    pub pgo: Option<String>,
    /// `-mod`: `readonly`, `vendor` or `mod`.
    pub mod_mode: Option<String>,
    /// `-modfile`: another file in the place of `go.mod`.
    pub modfile: Option<PathBuf>,
    /// Further build flags, such as `-overlay=FILE`; they come last and so win over those above. Files
    /// replaced by an overlay are listed as what replaces them.
    pub flags: Vec<String>,
    /// Set for the go command, such as `GOWORK`. The target (`GOOS`, `GOARCH`, …) is not chosen
    /// here but by the environment that [`GoTool::find`] sees.
    pub env: Vec<(String, String)>,
}

/// The packages of one `go list`: a package comes after all it imports.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// Dependencies first.
    pub packages: IndexVec<PackageId, Package>,
    /// The matched packages, in the order of `go list`. With tests, a package with internal test
    /// files stands here as its test variant only, which holds all its other files too.
    pub roots: Vec<PackageId>,
    /// What `go list` had to say besides (`matched no packages`, warnings).
    pub warnings: Vec<String>,
    by_path: HashMap<String, PackageId>,
}

/// One package as it is built for this run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Package {
    /// As `go list` prints it; variants have a suffix: `p [p.test]`, `p [main/package]`.
    pub import_path: String,
    /// The name in its `package` clause.
    pub name: String,
    /// Empty if the package was not found.
    pub dir: PathBuf,
    /// `None` for the standard library and in GOPATH mode.
    pub module: Option<Module>,
    /// Of the standard library.
    pub standard: bool,
    /// Not matched itself, but imported by a package that is.
    pub dep_only: bool,
    /// The package whose tests this variant is built for.
    pub for_test: Option<String>,
    /// Names in `dir`; test variants count their test files here.
    pub go_files: Vec<String>,
    /// Names in `dir` of Go files that import "C".
    pub cgo_files: Vec<String>,
    /// What the compiler is given: names in `dir`, and absolute paths of generated files.
    pub compiled_go_files: Vec<String>,
    /// Go assembly (`.s`).
    pub s_files: Vec<String>,
    /// Number of C, C++, Objective-C, Fortran, SWIG and object files.
    pub n_foreign_files: usize,
    /// Names in `dir` of tests in the package itself.
    pub test_go_files: Vec<String>,
    /// Names in `dir` of tests in the package `name_test`.
    pub xtest_go_files: Vec<String>,
    /// As `//go:embed` has them.
    pub embed_patterns: Vec<String>,
    /// What the patterns match, relative to `dir`.
    pub embed_files: Vec<String>,
    /// Import paths of direct imports, as keys of the listing.
    pub imports: Vec<String>,
    /// From the path in the source to the path in the listing, where they differ.
    pub import_map: BTreeMap<String, String>,
    /// The export data in the build cache; `None` if the package does not build.
    pub export: Option<PathBuf>,
    /// What is wrong with this package itself.
    pub errors: Vec<SourceError>,
    /// The same in one piece, as the go command words it.
    pub error_text: Option<String>,
    /// What is wrong with packages it imports, so that it could not be built.
    pub dep_errors: Vec<SourceError>,
    /// The profile the go command builds it with.
    pub pgo_profile: Option<PathBuf>,
}

/// The module a package is of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Module {
    /// As in its `go.mod`.
    pub path: String,
    /// `None` for a main module, and for one replaced by a folder.
    pub version: Option<String>,
    /// Where its files are, replacements considered; `None` when vendored.
    pub dir: Option<PathBuf>,
    /// The go line of its `go.mod`: `1.25.3`.
    pub go_version: Option<String>,
    /// Is one the user works on.
    pub main: bool,
}

impl Package {
    /// The import path without the suffix of variants.
    pub fn plain_path(&self) -> &str {
        plain_path(&self.import_path)
    }

    /// The path in the symbol names of the compiled package: `main` for commands.
    pub fn symbol_path(&self) -> &str {
        if self.name == "main" && self.for_test.is_none() {
            "main"
        } else {
            self.plain_path()
        }
    }

    /// Is the `main` package made by the go command to run tests.
    pub fn is_test_main(&self) -> bool {
        self.name == "main" && self.import_path.strip_suffix(".test").is_some()
    }

    pub fn has_tests(&self) -> bool {
        !self.test_go_files.is_empty() || !self.xtest_go_files.is_empty()
    }

    pub fn uses_cgo(&self) -> bool {
        !self.cgo_files.is_empty()
    }
}

fn plain_path(import_path: &str) -> &str {
    import_path.split(' ').next().unwrap_or(import_path)
}

impl Listing {
    /// By import path as `go list` prints it, variant suffix included.
    pub fn find(&self, import_path: &str) -> Option<PackageId> {
        self.by_path.get(import_path).copied()
    }

    /// A listing of packages in their order, with what was said besides; profiles are found by the
    /// options.
    pub fn new(
        packages: Vec<Package>,
        warnings: &str,
        options: &ListOptions,
        go: &GoTool,
        system: &dyn System,
    ) -> Self {
        let mut listing = Self::assemble(packages, warnings);
        listing.find_pgo_profiles(options, go, system);
        listing
    }

    fn assemble(packages: Vec<Package>, stderr: &str) -> Self {
        let mut listing = Self {
            packages: packages.into(),
            ..Self::default()
        };
        for (id, package) in listing.packages.iter_enumerated() {
            listing.by_path.insert(package.import_path.clone(), id);
        }
        // A variant with the internal test files replaces the plain package.
        let covered: HashSet<String> = (listing.packages.iter())
            .filter(|package| package.for_test.as_deref() == Some(package.plain_path()))
            .map(|package| package.plain_path().to_owned())
            .collect();
        listing.roots = (listing.packages.iter_enumerated())
            .filter(|(_, package)| !package.dep_only && !package.is_test_main())
            .filter(|(_, package)| !covered.contains(&package.import_path))
            .map(|(id, _)| id)
            .collect();
        listing.warnings = stderr.lines().map(str::to_owned).collect();
        listing
    }

    /// Notes which profile each package is built with, by the rules of `-pgo`.
    fn find_pgo_profiles(&mut self, options: &ListOptions, go: &GoTool, system: &dyn System) {
        let flag = |flag: &str| flag.strip_prefix("-pgo=").map(str::to_owned);
        let mode = (options.pgo.clone())
            .or_else(|| go.env.goflags.split_whitespace().find_map(flag))
            .unwrap_or_else(|| "auto".to_owned());
        let default_pgo = |dir: &Path| Some(dir.join("default.pgo")).filter(|p| system.is_file(p));
        let mut of_main: HashMap<String, PathBuf> = HashMap::new();
        for id in self.packages.ids() {
            let package = &self.packages[id];
            let profile = match mode.as_str() {
                "auto"
                    if package.name == "main" && !package.standard && !package.is_test_main() =>
                {
                    default_pgo(&package.dir).inspect(|profile| {
                        of_main.insert(package.import_path.clone(), profile.clone());
                    })
                }
                "off" | "auto" => None,
                file => Some(options.dir.join(file)),
            };
            self.packages[id].pgo_profile = profile;
        }
        // `p [example.com/cmd]` is p built for that command's profile.
        for id in self.packages.ids() {
            let main = self.packages[id].import_path.split_once(" [");
            let main = main.and_then(|(_, main)| of_main.get(main.trim_end_matches(']')));
            if let Some(profile) = main.cloned() {
                self.packages[id].pgo_profile = Some(profile);
            }
        }
    }
}

/// Lists the packages and all they depend on, with what [`ListOptions::products`] asks for.
///
/// Packages that are broken or missing are listed with their errors; `Err` is for patterns that
/// match nothing and a go command that cannot work at all.
pub fn list(
    go: &GoTool,
    system: &dyn System,
    cancel: &Cancellation,
    options: &ListOptions,
) -> Result<Listing, Error> {
    let replaced = overlay::replaced(options, system)?;
    list_replaced(go, system, cancel, options, &replaced)
}

/// As [`list`]; the files `replaced` are listed as what replaces them.
fn list_replaced(
    go: &GoTool,
    system: &dyn System,
    cancel: &Cancellation,
    options: &ListOptions,
    replaced: &BTreeMap<PathBuf, PathBuf>,
) -> Result<Listing, Error> {
    let command = command(go, system, options);
    let output = succeeded(&command, run(system, cancel, &command)?)?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    let mut packages = wire::parse(&output.stdout, &options.dir).map_err(|error| Error::Go {
        command: "go list".to_owned(),
        message: format!("its answer cannot be read: {error}"),
    })?;
    if packages.is_empty() {
        return Err(Error::NoPackages {
            patterns: options.patterns.clone(),
        });
    }
    if system.takes_notes() {
        inputs::tell(go, system, options, &packages);
    }
    for package in packages.iter_mut().filter(|_| !replaced.is_empty()) {
        for file in &mut package.compiled_go_files {
            if let Some(by) = replaced.get(&package.dir.join(&*file)) {
                *file = by.display().to_string();
            }
        }
    }
    Ok(Listing::new(packages, &stderr, options, go, system))
}

fn command(go: &GoTool, system: &dyn System, options: &ListOptions) -> Command {
    let mut command = go
        .command(system)
        .args(["list", "-e"])
        .inputs_told()
        .current_dir(&options.dir);
    command = match options.products {
        Products::Export => command.args(["-export", "-deps", "-compiled"]),
        Products::Generated => command.args(["-deps", "-compiled"]),
        Products::Nothing => command.arg("-deps"),
    };
    // Positions must be paths of this machine, or files of one name cannot be distinguished.
    command = command.arg("-trimpath=false");
    if options.tests {
        command = command.arg("-test");
    }
    command = build_flags(command, options)
        .arg(format!(
            "-json={}",
            wire::fields(options.products).join(",")
        ))
        .arg("--")
        .args(&options.patterns);
    command
}

/// The flags that `go list` and `go test` share.
pub(crate) fn build_flags(mut command: Command, options: &ListOptions) -> Command {
    if options.race {
        command = command.arg("-race");
    }
    let path = |path: &PathBuf| path.display().to_string();
    let flags = [
        ("tags", options.tags.clone()),
        ("pgo", options.pgo.clone()),
        ("mod", options.mod_mode.clone()),
        ("modfile", options.modfile.as_ref().map(path)),
    ];
    for (name, value) in flags {
        if let Some(value) = value {
            command = command.arg(format!("-{name}={value}"));
        }
    }
    command = command.args(&options.flags);
    for (name, value) in &options.env {
        command = command.env(name, value);
    }
    command
}

#[cfg(test)]
mod tests;
