//! What `go env` would say, without asking it.
//!
//! A variable is taken from the caller's settings, else from the process, else from the file that
//! `go env -w` writes, else from `go.env` of GOROOT, else it has a default. Then the toolchain is
//! chosen: `GOTOOLCHAIN` and the go and toolchain lines of `go.work` or `go.mod` may ask for another
//! one than that of the installed go command, which then must be in the module cache.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base::System;
use go_tool::{GoEnv, GoTool, GoVersion};
use rustc_hash::FxHashMap;

use super::error::{NativeError, refused};
use super::paths::{clean, parents};
use super::version::compare_go_versions;

/// The installed go command and the variables it works under.
#[derive(Debug)]
pub(super) struct Environment<'a> {
    system: &'a dyn System,
    overrides: &'a [(String, String)],
    user: FxHashMap<String, String>,
    goroot_file: FxHashMap<String, String>,
    pub(super) goroot: PathBuf,
    pub(super) version: GoVersion,
    pub(super) gopath: Vec<PathBuf>,
    pub(super) gomodcache: PathBuf,
}

impl<'a> Environment<'a> {
    /// Reads the environment of `program` (a path, or a name to be looked up on PATH) as it would
    /// work in `dir`.
    pub(super) fn read(
        system: &'a dyn System,
        program: &Path,
        dir: &Path,
        overrides: &'a [(String, String)],
    ) -> Result<Self, NativeError> {
        let mut environment = Self {
            system,
            overrides,
            user: FxHashMap::default(),
            goroot_file: FxHashMap::default(),
            goroot: PathBuf::new(),
            version: GoVersion::parse("go1.0").ok_or_else(|| refused("no version"))?,
            gopath: Vec::new(),
            gomodcache: PathBuf::new(),
        };
        if let Some(file) = environment.user_file() {
            environment.user = read_variables(system, &file);
        }
        let goroot = environment.find_goroot(program)?;
        environment.enter(goroot)?;
        environment.select_toolchain(dir)?;
        Ok(environment)
    }

    /// A variable that has a value.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        let chosen = self.overrides.iter().rev().find(|(key, _)| key == name);
        let chosen = match chosen {
            Some((_, value)) => Some(value.clone()),
            None => self.system.env_var(name),
        };
        (chosen.filter(|value| !value.is_empty()))
            .or_else(|| self.user.get(name).cloned())
            .or_else(|| self.goroot_file.get(name).cloned())
            .filter(|value| !value.is_empty())
    }

    pub(super) fn is_file(&self, path: &Path) -> bool {
        self.system.is_file(path)
    }

    fn get_or(&self, name: &str, default: &str) -> String {
        self.get(name).unwrap_or_else(|| default.to_owned())
    }

    /// Takes a GOROOT as the one to work with.
    fn enter(&mut self, goroot: PathBuf) -> Result<(), NativeError> {
        self.goroot_file = read_variables(self.system, &goroot.join("go.env"));
        let text = self.system.read_to_string(&goroot.join("VERSION")).ok();
        let first = text.as_deref().and_then(|text| text.lines().next());
        self.version = (first.and_then(GoVersion::parse))
            .ok_or_else(|| refused(format!("`{}` names no Go version", goroot.display())))?;
        self.goroot = goroot;
        self.gopath = self.find_gopath();
        let in_gopath = || self.gopath.first().map(|first| first.join("pkg/mod"));
        self.gomodcache = (self.get("GOMODCACHE").map(PathBuf::from))
            .or_else(in_gopath)
            .ok_or_else(|| refused("neither GOPATH nor GOMODCACHE is set"))?;
        Ok(())
    }

    fn find_gopath(&self) -> Vec<PathBuf> {
        if let Some(list) = self.get("GOPATH") {
            let paths = list.split(LIST_SEPARATOR).filter(|path| !path.is_empty());
            return paths.map(PathBuf::from).collect();
        }
        let home = self.home().map(|home| home.join("go"));
        home.filter(|path| *path != self.goroot)
            .into_iter()
            .collect()
    }

    fn home(&self) -> Option<PathBuf> {
        let name = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
        self.system.env_var(name).map(PathBuf::from)
    }

    /// The file of `go env -w`.
    fn user_file(&self) -> Option<PathBuf> {
        let chosen = self.overrides.iter().rev().find(|(key, _)| key == "GOENV");
        let chosen = match chosen {
            Some((_, value)) => Some(value.clone()),
            None => self.system.env_var("GOENV"),
        };
        match chosen.as_deref() {
            Some("off") => return None,
            Some(file) if !file.is_empty() => return Some(PathBuf::from(file)),
            _ => {}
        }
        let base = if cfg!(windows) {
            self.system.env_var("AppData").map(PathBuf::from)
        } else if cfg!(target_os = "macos") {
            self.home()
                .map(|home| home.join("Library/Application Support"))
        } else {
            (self.system.env_var("XDG_CONFIG_HOME").map(PathBuf::from))
                .or_else(|| self.home().map(|home| home.join(".config")))
        };
        base.map(|base| base.join("go/env"))
    }

    fn find_goroot(&self, program: &Path) -> Result<PathBuf, NativeError> {
        if let Some(goroot) = self.get("GOROOT") {
            return Ok(clean(Path::new(&goroot)));
        }
        let program = self.find_program(program)?;
        let resolved = self.system.canonicalize(&program).ok();
        let is_goroot = |root: &PathBuf| self.system.is_dir(&root.join("pkg/tool"));
        [Some(program.clone()), resolved]
            .into_iter()
            .flatten()
            .filter_map(|program| Some(program.parent()?.parent()?.to_owned()))
            .find(is_goroot)
            .ok_or_else(|| refused(format!("`{}` is in no GOROOT", program.display())))
    }

    /// The file that a program's name means.
    fn find_program(&self, program: &Path) -> Result<PathBuf, NativeError> {
        if program.components().count() > 1 {
            let here = self.system.current_dir().unwrap_or_default();
            return Ok(clean(&here.join(program)));
        }
        self.on_path(&program.to_string_lossy())
            .ok_or_else(|| refused(format!("there is no `{}` on PATH", program.display())))
    }

    pub(super) fn on_path(&self, name: &str) -> Option<PathBuf> {
        let path = self.get("PATH")?;
        let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        path.split(LIST_SEPARATOR)
            .filter(|folder| !folder.is_empty())
            .map(|folder| Path::new(folder).join(&name))
            .find(|file| self.system.is_file(file))
    }

    /// Goes over to the toolchain that GOTOOLCHAIN and the files above `dir` ask for.
    fn select_toolchain(&mut self, dir: &Path) -> Result<(), NativeError> {
        let Some(setting) = self.get("GOTOOLCHAIN") else {
            return Ok(());
        };
        if self.get("GO111MODULE").as_deref() == Some("off") {
            return Ok(());
        }
        let local = self.version.text.clone();
        let (least, mode) = match setting.as_str() {
            "auto" | "path" => ("local", setting.as_str()),
            _ => setting.split_once('+').unwrap_or((&setting, "")),
        };
        let mut toolchain = if least == "local" {
            local.clone()
        } else {
            least.to_owned()
        };
        if matches!(mode, "auto" | "path") {
            let (go_line, toolchain_line) = self.asked_toolchain(dir);
            if toolchain_line.as_deref() != Some("default") {
                let newer = |a: &str, b: &str| compare_go_versions(plain(a), plain(b)).is_gt();
                if let Some(line) = toolchain_line.filter(|line| newer(line, &toolchain)) {
                    toolchain = line;
                }
                if let Some(line) = go_line.filter(|line| newer(line, &toolchain)) {
                    // A language version means its first release.
                    let is_language = line.split('.').count() == 2
                        && line.bytes().all(|b| b.is_ascii_digit() || b == b'.')
                        && compare_go_versions(&line, "1.21").is_ge();
                    toolchain = format!("go{line}{}", if is_language { ".0" } else { "" });
                }
            }
        }
        if toolchain == local {
            return Ok(());
        }
        self.switch(&toolchain)
    }

    fn switch(&mut self, toolchain: &str) -> Result<(), NativeError> {
        if self.on_path(toolchain).is_some() {
            return Err(refused(format!("`{toolchain}` on PATH is to be used")));
        }
        let module = format!(
            "golang.org/toolchain@v0.0.1-{toolchain}.{}-{}",
            host_os(),
            host_arch()
        );
        let goroot = self.gomodcache.join(module);
        if !self.system.is_dir(&goroot) {
            return Err(refused(format!(
                "the toolchain {toolchain} is asked for, but not in the module cache"
            )));
        }
        self.enter(goroot)
    }

    /// The go and toolchain lines of the `go.work` or else `go.mod` in force.
    fn asked_toolchain(&self, dir: &Path) -> (Option<String>, Option<String>) {
        let file = self.find_gowork(dir).or_else(|| {
            let root = find_above(self.system, dir, "go.mod")?;
            Some(root.join("go.mod"))
        });
        let text = file.and_then(|file| self.system.read_to_string(&file).ok());
        let Some(text) = text else {
            return (None, None);
        };
        let (file, _) = go_syntax::module::parse(&text);
        (file.go, file.toolchain)
    }

    /// The `go.work` in force for `dir`.
    pub(super) fn find_gowork(&self, dir: &Path) -> Option<PathBuf> {
        match self.get("GOWORK").as_deref() {
            Some("off") => None,
            Some(path) if path != "auto" => Some(PathBuf::from(path)),
            _ => {
                let above = parents(dir).take_while(|dir| *dir != self.goroot);
                above
                    .map(|dir| dir.join("go.work"))
                    .find(|file| self.system.is_file(file))
            }
        }
    }

    /// The values of the target's variables, for [`GoTool`].
    pub(super) fn go_tool(&self, program: &Path) -> GoTool {
        let goos = self.get_or("GOOS", host_os());
        let goarch = self.get_or("GOARCH", host_arch());
        let cache = (self.get("GOCACHE").map(PathBuf::from)).or_else(|| self.default_gocache());
        GoTool {
            program: program.to_owned(),
            version: self.version.clone(),
            env: GoEnv {
                goroot: self.goroot.clone(),
                gotooldir: (self.goroot.join("pkg/tool")).join(format!(
                    "{}_{}",
                    host_os(),
                    host_arch()
                )),
                gomodcache: self.gomodcache.clone(),
                gopath: self.gopath.clone(),
                gocache: cache.unwrap_or_default(),
                goflags: self.get_or("GOFLAGS", ""),
                goexperiment: self.get_or("GOEXPERIMENT", ""),
                cgo_enabled: self.cgo_enabled(&goos, &goarch),
                gotmpdir: self.get("GOTMPDIR").map(PathBuf::from),
                gomod: None,
                gowork: None,
                arch: self.arch_variables(&goarch),
                goos,
                goarch,
            },
        }
    }

    fn default_gocache(&self) -> Option<PathBuf> {
        let base = if cfg!(windows) {
            self.system.env_var("LocalAppData").map(PathBuf::from)
        } else if cfg!(target_os = "macos") {
            self.home().map(|home| home.join("Library/Caches"))
        } else {
            (self.system.env_var("XDG_CACHE_HOME").map(PathBuf::from))
                .or_else(|| self.home().map(|home| home.join(".cache")))
        };
        base.map(|base| base.join("go-build"))
    }

    /// The variable that chooses features of the architecture.
    fn arch_variables(&self, goarch: &str) -> BTreeMap<String, String> {
        let of_arch = ARCH_DEFAULTS
            .iter()
            .filter(|(arches, ..)| arches.contains(&goarch));
        let values = of_arch.map(|(_, name, default)| {
            let value = self.get_or(name, default);
            ((*name).to_owned(), value)
        });
        values.filter(|(_, value)| !value.is_empty()).collect()
    }

    /// CGO_ENABLED if it is set; else on where the host builds for itself and has a C compiler.
    fn cgo_enabled(&self, goos: &str, goarch: &str) -> bool {
        match self.get("CGO_ENABLED").as_deref() {
            Some("1") => return true,
            Some("0") => return false,
            _ => {}
        }
        if goos != host_os() || goarch != host_arch() {
            return false;
        }
        let compiler = match goos {
            "darwin" | "ios" | "freebsd" | "openbsd" => "clang",
            _ => "gcc",
        };
        self.system.env_var("CC").is_some() || self.on_path(compiler).is_some()
    }
}

const LIST_SEPARATOR: char = if cfg!(windows) { ';' } else { ':' };

/// The variables that choose features of architectures, with what they are where unset.
pub(super) const ARCH_DEFAULTS: &[(&[&str], &str, &str)] = &[
    (&["386"], "GO386", "sse2"),
    (&["amd64"], "GOAMD64", "v1"),
    (&["arm"], "GOARM", "7"),
    (&["arm64"], "GOARM64", "v8.0"),
    (&["mips", "mipsle"], "GOMIPS", "hardfloat"),
    (&["mips64", "mips64le"], "GOMIPS64", "hardfloat"),
    (&["ppc64", "ppc64le"], "GOPPC64", "power8"),
    (&["riscv64"], "GORISCV64", "rva20u64"),
    (&["wasm"], "GOWASM", ""),
];

/// A version without the prefix of toolchain names.
fn plain(version: &str) -> &str {
    version.strip_prefix("go").unwrap_or(version)
}

/// The closest folder, from `dir` upwards, with a file of this name.
pub(super) fn find_above(system: &dyn System, dir: &Path, name: &str) -> Option<PathBuf> {
    parents(dir)
        .find(|dir| system.is_file(&dir.join(name)))
        .map(Path::to_owned)
}

/// `NAME=value` lines; others do not count.
fn read_variables(system: &dyn System, file: &Path) -> FxHashMap<String, String> {
    let text = system.read_to_string(file).unwrap_or_default();
    let lines = text.lines().filter_map(|line| line.split_once('='));
    lines
        .filter(|(name, _)| name.starts_with(|c: char| c.is_ascii_uppercase()))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// GOHOSTOS
pub(super) fn host_os() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        os => os,
    }
}

/// GOHOSTARCH
pub(super) fn host_arch() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "x86" => "386",
        "aarch64" => "arm64",
        "powerpc64" if cfg!(target_endian = "little") => "ppc64le",
        "powerpc64" => "ppc64",
        "loongarch64" => "loong64",
        arch => arch,
    }
}
