//! Lookup of source files where Go keeps them, for recorded paths that do not exist.
//!
//! A binary built with `-trimpath`, or on another machine, records paths like these:
//!
//! ```text
//! runtime/proc.go                          the standard library, trimmed
//! /usr/local/go/src/runtime/proc.go        the same, not trimmed
//! github.com/x/y@v1.2.3/dir/file.go        another module, trimmed
//! /home/ci/go/pkg/mod/github.com/x/y@v1.2.3/dir/file.go
//! example.com/app/dir/file.go              the main module, trimmed
//! /build/app/dir/file.go                   the same, not trimmed
//! ```

use std::cell::OnceCell;
use std::path::Path;

use base::system::{Command, Exit};
use base::{Cancellation, System};

use super::evidence::Evidence;
use super::modules::{Modules, Replacement};
use crate::path;

/// Where Go keeps sources on this machine.
pub(super) struct GoPlaces<'a> {
    system: &'a dyn System,
    /// Folders in or below modules that are meant.
    folders: Vec<String>,
    /// By which a file is known to be the right one.
    evidence: Evidence,
    modules: OnceCell<Modules>,
    environment: OnceCell<Environment>,
}

/// Values of `go env`.
struct Environment {
    goroot: String,
    module_cache: String,
    /// Folders of `GOPATH`.
    gopath: Vec<String>,
}

impl<'a> GoPlaces<'a> {
    /// `folders`: where to look for `go.mod` and `go.work`, upwards.
    pub(super) fn new(system: &'a dyn System, folders: Vec<String>, evidence: Evidence) -> Self {
        Self {
            system,
            folders,
            evidence,
            modules: OnceCell::new(),
            environment: OnceCell::new(),
        }
    }

    /// The content of the file that a recorded path means, if it is known to be that file: by the
    /// version of a module or of Go, else by the functions that begin in it.
    pub(super) fn read(&self, recorded: &str) -> Option<Vec<u8>> {
        let is_go = |it: &std::ffi::OsStr| it == "go" || it == "s";
        if !recorded.contains('@') && !Path::new(recorded).extension().is_some_and(is_go) {
            return None;
        }
        let in_cache = recorded.rsplit_once("/pkg/mod/").map(|it| it.1);
        let is_absolute = recorded.starts_with('/');
        if let Some(path) = in_cache.or((!is_absolute).then_some(recorded))
            && let Some(module_file) = ModuleFile::parse(path, in_cache.is_some())
        {
            return self.read_of_module(&module_file, recorded);
        }
        let of_std = || self.read_below_src(recorded);
        if is_absolute {
            return of_std().or_else(|| self.read_by_suffix(recorded));
        }
        self.read_of_main_module(recorded).or_else(of_std)
    }

    /// A file at a place that could be that of a recorded path.
    fn read_fitting(&self, recorded: &str, parts: &[&str]) -> Option<Vec<u8>> {
        let content = self.read_at(parts)?;
        self.evidence.fits(recorded, &content).then_some(content)
    }

    /// A file of a module that is not the main one.
    fn read_of_module(&self, file: &ModuleFile<'_>, recorded: &str) -> Option<Vec<u8>> {
        let modules = self.modules();
        let cached = |module: &str, version: &str| {
            let folder = format!("{}@{}", escaped(module), escaped(version));
            self.read_at(&[&self.environment().module_cache, &folder, file.rest])
        };
        let replaced = match modules.replacement(&file.module, &file.version) {
            Some(Replacement::Folder(folder)) => self.read_fitting(recorded, &[folder, file.rest]),
            Some(Replacement::Module { path, version }) => cached(path, version),
            None => None,
        };
        let vendored = || {
            let mut roots = modules.list.iter().map(|it| &it.root);
            roots.find_map(|root| {
                self.read_fitting(recorded, &[root, "vendor", &file.module, file.rest])
            })
        };
        replaced
            .or_else(|| cached(&file.module, &file.version))
            .or_else(vendored)
    }

    /// A trimmed path of a module that the user is in.
    fn read_of_main_module(&self, recorded: &str) -> Option<Vec<u8>> {
        if let Some(file) = recorded.strip_prefix("command-line-arguments/") {
            let mut folders = self.folders.iter();
            return folders.find_map(|it| self.read_fitting(recorded, &[it, file]));
        }
        self.modules().list.iter().find_map(|module| {
            let rest = recorded.strip_prefix(&module.path)?.strip_prefix('/')?;
            self.read_fitting(recorded, &[&module.root, rest])
        })
    }

    /// A file of the standard library, or below `src` of a `GOPATH`.
    fn read_below_src(&self, recorded: &str) -> Option<Vec<u8>> {
        let relative = (!recorded.starts_with('/')).then_some(recorded);
        let places = recorded.match_indices("/src/");
        let rests = places.map(|(at, found)| &recorded[at + found.len()..]);
        let rests: Vec<&str> = relative.into_iter().chain(rests).collect();
        if rests.is_empty() {
            return None;
        }
        if let Some(root) = self.toolchain() {
            let mut found = rests
                .iter()
                .filter_map(|rest| self.read_at(&[&root, "src", rest]));
            if let Some(content) = found.next() {
                return Some(content);
            }
        }
        let mut roots = self.roots().into_iter().filter(|it| !it.is_empty());
        roots.find_map(|root| {
            let mut rests = rests.iter();
            rests.find_map(|rest| self.read_fitting(recorded, &[&root, "src", rest]))
        })
    }

    /// The toolchain of the version that built the binary.
    fn toolchain(&self) -> Option<String> {
        let wanted = self.evidence.go_version.as_deref()?;
        let version = |root: &String| {
            let file = path::join(&[root, "VERSION"]);
            let text = self.system.read_to_string(Path::new(&file)).ok()?;
            text.lines().next().map(str::to_owned)
        };
        let mut roots = self.roots().into_iter();
        roots.find(|root| version(root).as_deref() == Some(wanted))
    }

    /// Where the standard library may be: `GOROOT`, toolchains that the go command fetched, and
    /// what lies below `GOPATH`.
    fn roots(&self) -> Vec<String> {
        let environment = self.environment();
        let fetched = path::join(&[&environment.module_cache, "golang.org"]);
        let fetched = self
            .system
            .read_dir(Path::new(&fetched))
            .unwrap_or_default();
        let fetched = fetched.into_iter().filter(|it| {
            let name = it.file_name().unwrap_or_default();
            name.to_string_lossy().starts_with("toolchain@")
        });
        let goroot = std::iter::once(environment.goroot.clone());
        goroot
            .chain(fetched.map(|it| it.to_string_lossy().into_owned()))
            .chain(environment.gopath.iter().cloned())
            .collect()
    }

    /// The longest end of an absolute path that is there in a module of the user's; the folder
    /// must agree, not the name alone.
    fn read_by_suffix(&self, recorded: &str) -> Option<Vec<u8>> {
        let slashes: Vec<usize> = recorded.match_indices('/').map(|it| it.0).collect();
        let n_suffixes = slashes.len().saturating_sub(1);
        let roots = || self.modules().list.iter().map(|it| &it.root);
        slashes[..n_suffixes].iter().find_map(|slash| {
            let suffix = &recorded[slash + 1..];
            roots().find_map(|root| self.read_fitting(recorded, &[root, suffix]))
        })
    }

    fn read_at(&self, parts: &[&str]) -> Option<Vec<u8>> {
        self.system.read_source(Path::new(&path::join(parts))).ok()
    }

    fn modules(&self) -> &Modules {
        let find = || Modules::find(self.system, &self.folders);
        self.modules.get_or_init(find)
    }

    fn environment(&self) -> &Environment {
        self.environment
            .get_or_init(|| environment(self.system, self.folders.first()))
    }
}

/// The answers of `go env`, or its defaults if there is no go command.
fn environment(system: &dyn System, folder: Option<&String>) -> Environment {
    let mut command = Command::new("go").args(["env", "GOROOT", "GOMODCACHE", "GOPATH"]);
    if let Some(folder) = folder.filter(|it| system.is_dir(Path::new(it))) {
        command = command.current_dir(folder);
    }
    let said = system.run(&command, &Cancellation::default());
    let said = said.ok().filter(|it| it.exit == Exit::Code(0));
    let said = said.map(|it| String::from_utf8_lossy(&it.stdout).into_owned());
    let mut lines = said.as_deref().unwrap_or_default().lines();
    let mut value = |name: &str| {
        let line = lines.next().filter(|it| !it.is_empty());
        line.map(str::to_owned).or_else(|| system.env_var(name))
    };
    let (goroot, module_cache, gopath) = (value("GOROOT"), value("GOMODCACHE"), value("GOPATH"));
    let home = || {
        let home = system.env_var("HOME");
        home.or_else(|| system.env_var("USERPROFILE"))
            .map(|home| path::join(&[&home, "go"]))
    };
    let gopath = gopath.or_else(home).unwrap_or_default();
    let gopath: Vec<String> = path::split_list(&gopath).map(str::to_owned).collect();
    let in_gopath = || gopath.first().map(|it| path::join(&[it, "pkg/mod"]));
    Environment {
        goroot: goroot.unwrap_or_default(),
        module_cache: module_cache.or_else(in_gopath).unwrap_or_default(),
        gopath,
    }
}

/// `module@version/rest`.
#[derive(PartialEq, Eq, Debug)]
struct ModuleFile<'a> {
    module: String,
    version: String,
    rest: &'a str,
}

impl<'a> ModuleFile<'a> {
    /// `is_escaped`: capital letters are written as in the module cache.
    fn parse(path: &'a str, is_escaped: bool) -> Option<Self> {
        let (module, rest) = path.split_once('@')?;
        let (version, rest) = rest.split_once('/')?;
        if module.is_empty() || !version.starts_with('v') {
            return None;
        }
        let plain = |text: &str| {
            if is_escaped {
                unescaped(text)
            } else {
                text.to_owned()
            }
        };
        Some(Self {
            module: plain(module),
            version: plain(version),
            rest,
        })
    }
}

/// As the module cache writes it: `A` is `!a`. Source: golang.org/x/mod/module `EscapePath`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_uppercase() {
            out.push('!');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '!' => out.extend(chars.next().map(|c| c.to_ascii_uppercase())),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use base::testing::MemorySystem;

    use super::*;

    const MOD: &str = "module example.com/app // the app\n\ngo 1.24\n\nreplace (\n\
        \told.org/y v1.0.0 => new.org/y v2.0.0\n\tthird.org/z => ./third\n)\n";

    fn machine() -> MemorySystem {
        let files = [
            ("/go/src/runtime/proc.go", "func f() // std"),
            ("/go/VERSION", "go1.26.8\ntime x\n"),
            (
                "/cache/golang.org/toolchain@v0.0.1-go1.27.3.linux-amd64/VERSION",
                "go1.27.3",
            ),
            (
                "/cache/golang.org/toolchain@v0.0.1-go1.27.3.linux-amd64/src/runtime/proc.go",
                "// a line more\nfunc f() // of 1.27.3",
            ),
            ("/gopath/src/old.org/p/p.go", "func f() // gopath"),
            ("/cache/github.com/!big/y@v1.2.3/a/f.go", "// cache"),
            ("/cache/new.org/y@v2.0.0/f.go", "// replaced by a module"),
            ("/home/me/app/go.mod", MOD),
            ("/home/me/app/main.go", "func f() // main"),
            ("/home/me/app/dir/f.go", "func f() // main module"),
            (
                "/home/me/app/third/z.go",
                "func f() // replaced by a folder",
            ),
            ("/home/me/app/vendor/v.org/x/v.go", "func f() // vendored"),
        ];
        let system = MemorySystem::default()
            .with_env("GOROOT", "/go")
            .with_env("GOPATH", "/gopath")
            .with_env("GOMODCACHE", "/cache");
        files
            .into_iter()
            .fold(system, |system, (path, text)| system.with_file(path, text))
    }

    /// What is behind the slashes of the file found for a path, with a function `f` known to
    /// begin at a line of it.
    fn found(recorded: &str, start_line: i64, go_version: Option<&str>) -> Option<String> {
        let system = machine();
        let functions = [(recorded, "p.f", start_line)];
        let evidence = Evidence::of(&functions, go_version);
        let places = GoPlaces::new(&system, vec!["/home/me/app".to_owned()], evidence);
        let text = String::from_utf8(places.read(recorded)?).unwrap();
        text.split_once("// ").map(|it| it.1.to_owned())
    }

    #[test]
    fn recorded_paths_lead_to_files_of_this_machine() {
        let cases = [
            ("runtime/proc.go", Some("std")),
            ("/usr/local/go/src/runtime/proc.go", Some("std")),
            ("GOROOT/src/runtime/proc.go", Some("std")),
            ("/ci/src/old.org/p/p.go", Some("gopath")),
            ("github.com/Big/y@v1.2.3/a/f.go", Some("cache")),
            (
                "/ci/go/pkg/mod/github.com/!big/y@v1.2.3/a/f.go",
                Some("cache"),
            ),
            ("old.org/y@v1.0.0/f.go", Some("replaced by a module")),
            ("old.org/y@v1.0.1/f.go", None),
            ("third.org/z@v0.1.0/z.go", Some("replaced by a folder")),
            ("v.org/x@v1.0.0/v.go", Some("vendored")),
            ("example.com/app/dir/f.go", Some("main module")),
            ("example.com/apple/dir/f.go", None),
            ("/build/app/dir/f.go", Some("main module")),
            ("command-line-arguments/main.go", Some("main")),
            // The name alone says too little.
            ("/build/other/main.go", None),
        ];
        for (recorded, expected) in cases {
            assert_eq!(found(recorded, 1, None).as_deref(), expected, "{recorded}");
        }
    }

    #[test]
    fn files_are_known_by_version_or_by_what_begins_in_them() {
        let std = "/usr/local/go/src/runtime/proc.go";
        // Of another toolchain than GOROOT, by the line and by the version.
        assert!(found(std, 2, None).is_some_and(|it| it.starts_with("a line more")));
        let by_version = found(std, 9, Some("go1.27.3"));
        assert!(by_version.is_some_and(|it| it.starts_with("a line more")));
        assert_eq!(found(std, 9, Some("go1.26.8")).as_deref(), Some("std"));
        assert_eq!(found(std, 9, Some("go1.25.0")), None);
        assert_eq!(found(std, 9, None), None);
        assert_eq!(found("example.com/app/dir/f.go", 7, None), None);
        assert_eq!(found("v.org/x@v1.0.0/v.go", 7, None), None);
    }

    #[test]
    fn capital_letters_are_marked_in_the_module_cache() {
        assert_eq!(escaped("github.com/BurntSushi"), "github.com/!burnt!sushi");
        assert_eq!(
            unescaped("github.com/!burnt!sushi"),
            "github.com/BurntSushi"
        );
    }
}
