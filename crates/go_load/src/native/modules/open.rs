//! Reading `go.mod`, `go.work` and `go.sum`.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use base::LineIndex;
use go_syntax::module::{self, ModFile, ModuleVersion};
use go_tool::Error;
use rustc_hash::{FxHashMap, FxHashSet};

use super::super::disk::Disk;
use super::super::environment::{Environment, find_above};
use super::super::error::{NativeError, refused};
use super::super::flags::Flags;
use super::super::paths::clean;
use super::super::version::{compare_go_versions, compare_versions, is_canonical};
use super::main_modules::{MainModule, ModMode, Modules, Vendor, Workspace, go_of};

impl<'a> Modules<'a> {
    /// Reads `go.work` or `go.mod` in force for `dir`.
    pub(in super::super) fn open(
        disk: &'a Disk<'a>,
        environment: &Environment<'_>,
        flags: &Flags,
        dir: &Path,
    ) -> Result<Self, NativeError> {
        let local = environment
            .version
            .text
            .split(' ')
            .next()
            .unwrap_or_default();
        let mut modules = Self {
            disk,
            mains: Vec::new(),
            work: None,
            mode: ModMode::Readonly,
            mode_explicit: flags.mod_mode.is_some(),
            mode_reason: "",
            goroot_src: environment.goroot.join("src"),
            gomodcache: environment.gomodcache.clone(),
            local_version: local.trim_start_matches("go").to_owned(),
            current: find_above(disk.system, dir, "go.mod"),
            roots: FxHashMap::default(),
            sums: None,
            vendor: Vendor::default(),
            warnings: Mutex::default(),
            graph: OnceLock::new(),
            summaries: Mutex::default(),
        };
        if let Some(work) = environment.find_gowork(dir) {
            modules.open_work(&work, flags)?;
        } else {
            modules.leave_temp_root(environment);
            modules.open_single(flags)?;
        }
        if let Some(gopath) = environment.gopath.first()
            && disk.system.metadata(&gopath.join("go.mod")).is_ok()
        {
            modules.warn(format!(
                "go: warning: ignoring go.mod in $GOPATH {}",
                gopath.display()
            ));
        }
        modules.choose_mode(flags)?;
        modules.find_roots();
        if modules.mode == ModMode::Vendor && !modules.mains.is_empty() {
            modules.vendor = Vendor::read(&modules)?;
        }
        if modules.mode == ModMode::Readonly && modules.work.is_none() {
            modules.sums = modules.read_sums(flags);
        }
        Ok(modules)
    }

    fn open_work(&mut self, path: &Path, flags: &Flags) -> Result<(), NativeError> {
        if flags.modfile.is_some() {
            return Err(refused("-modfile cannot be used in a workspace"));
        }
        let file = self.read_mod_file(path)?;
        let dir = path.parent().unwrap_or(path).to_owned();
        self.must_know(file.go.as_deref(), path)?;
        for folder in &file.uses {
            let root = clean(&dir.join(folder));
            let main = self.read_main(&root, &root.join("go.mod"))?;
            let newer =
                compare_go_versions(go_of(&main.file), file.go.as_deref().unwrap_or("1.18"));
            let unclear = newer.is_gt() && compare_go_versions(go_of(&main.file), "1.21").is_ge();
            if unclear || self.mains.iter().any(|other| other.path == main.path) {
                return Err(refused(format!(
                    "`{}` does not fit its modules",
                    path.display()
                )));
            }
            self.mains.push(main);
        }
        self.work = Some(Workspace { dir, file });
        Ok(())
    }

    /// A module right in the folder for temporary files is there by mistake.
    fn leave_temp_root(&mut self, environment: &Environment<'_>) {
        let temp = environment
            .get("TMPDIR")
            .map_or_else(|| PathBuf::from("/tmp"), PathBuf::from);
        if !cfg!(windows) && self.current.as_ref() == Some(&temp) {
            let temp = temp.display();
            self.warn(format!(
                "go: warning: ignoring go.mod in system temp root {temp}"
            ));
            self.current = None;
        }
    }

    fn open_single(&mut self, flags: &Flags) -> Result<(), NativeError> {
        let Some(root) = self.current.clone() else {
            return match flags.modfile {
                Some(_) => Err(refused("-modfile is set, but there is no main module")),
                None => Ok(()),
            };
        };
        let path = match &flags.modfile {
            Some(path) => root.join(path),
            None => root.join("go.mod"),
        };
        let main = self.read_main(&root, &path)?;
        self.mains.push(main);
        Ok(())
    }

    fn read_main(&self, root: &Path, path: &Path) -> Result<MainModule, NativeError> {
        let file = self.read_mod_file(path)?;
        let Some(module_path) = file.module.clone() else {
            return Err(refused(format!("`{}` names no module", path.display())));
        };
        let plain = |module: &ModuleVersion| module.version.as_deref().is_some_and(is_canonical);
        let versions = file.requires.iter().map(|require| &require.module);
        let versions = versions.chain(&file.excludes);
        let replaced = file
            .replaces
            .iter()
            .filter_map(|replace| replace.old.version.is_some().then_some(&replace.old));
        let replacing = file
            .replaces
            .iter()
            .filter_map(|replace| replace.new.version.is_some().then_some(&replace.new));
        if let Some(module) = versions
            .chain(replaced)
            .chain(replacing)
            .find(|m| !plain(m))
        {
            return Err(refused(format!(
                "the version of {} has to be looked up",
                module.path
            )));
        }
        self.must_know(file.go.as_deref(), path)?;
        let in_goroot = root.starts_with(&self.goroot_src);
        Ok(MainModule {
            prefix: if in_goroot && module_path == "std" {
                String::new()
            } else {
                module_path.clone()
            },
            path: module_path,
            root: root.to_owned(),
            file,
            in_goroot,
        })
    }

    /// A malformed file is not used: its first problem is reported with its line.
    fn read_mod_file(&self, path: &Path) -> Result<ModFile, NativeError> {
        let text = self
            .disk
            .read_text(path)
            .map_err(|error| refused(format!("`{}` cannot be read: {error}", path.display())))?;
        let (file, problems) = module::parse(&text);
        match problems.first() {
            None => Ok(file),
            Some(problem) => Err(NativeError::Failed(Error::ModFile {
                file: path.to_owned(),
                line: LineIndex::new(text.as_bytes()).line_col(problem.at).line,
                message: problem.message.clone(),
            })),
        }
    }

    fn must_know(&self, go: Option<&str>, path: &Path) -> Result<(), NativeError> {
        let is_newer = |go: &str| compare_go_versions(go, &self.local_version).is_gt();
        match go.filter(|go| is_newer(go)) {
            Some(go) => Err(refused(format!("`{}` needs go {go}", path.display()))),
            None => Ok(()),
        }
    }

    fn choose_mode(&mut self, flags: &Flags) -> Result<(), NativeError> {
        match flags.mod_mode.as_deref() {
            None => {}
            Some("readonly") => return Ok(()),
            Some("vendor") => {
                self.mode = ModMode::Vendor;
                return Ok(());
            }
            Some(mode) => return Err(refused(format!("-mod={mode} may change go.mod"))),
        }
        if self.mains.is_empty() || !self.disk.system.is_dir(&self.vendor_dir()) {
            return Ok(());
        }
        let go = match &self.work {
            Some(work) => work.file.go.as_deref(),
            None => self.mains[0].file.go.as_deref(),
        };
        if go.is_none_or(|go| compare_go_versions(go, "1.14").is_lt()) {
            return match go {
                // The go command mentions this in errors.
                Some(_) => Err(refused("there are vendored modules that are not used")),
                None => Ok(()),
            };
        }
        let list = self.disk.read_text(&self.vendor_dir().join("modules.txt"));
        let list = list.unwrap_or_default();
        let for_work = (list.lines().next())
            .and_then(|line| line.strip_prefix("## "))
            .is_some_and(|notes| notes.split(';').any(|note| note.trim() == "workspace"));
        match (for_work, self.work.is_some()) {
            (false, false) | (true, true) => {
                self.mode = ModMode::Vendor;
                self.mode_reason = if for_work {
                    "Go version in go.work is at least 1.14 and vendor directory exists."
                } else {
                    "Go version in go.mod is at least 1.14 and vendor directory exists."
                };
            }
            (true, false) => {
                self.mode_reason =
                    "Outside workspace mode, but vendor directory is for a workspace.";
            }
            (false, true) => {
                self.mode_reason = "In workspace mode, but vendor directory is not for a workspace";
            }
        }
        Ok(())
    }

    fn find_roots(&mut self) {
        if self.work.is_some() {
            return;
        }
        let Some(main) = self.mains.first() else {
            return;
        };
        for require in &main.file.requires {
            let module = &require.module;
            if main.file.excludes.contains(module) {
                let version = module.version.as_deref().unwrap_or_default();
                self.warn(format!(
                    "go: ignoring requirement on excluded version {} {version}",
                    module.path
                ));
                continue;
            }
            let version = module.version.clone().unwrap_or_default();
            let selected = self.roots.entry(module.path.clone()).or_default();
            if compare_versions(selected, &version).is_lt() {
                *selected = version;
            }
        }
    }

    fn read_sums(&self, flags: &Flags) -> Option<FxHashSet<(String, String)>> {
        let main = self.mains.first()?;
        let path = match &flags.modfile {
            Some(path) => main.root.join(path).with_extension("sum"),
            None => main.root.join("go.sum"),
        };
        let text = self.disk.read_text(&path).unwrap_or_default();
        let lines = text.lines().filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?.to_owned(), words.next()?.to_owned()))
        });
        Some(lines.collect())
    }
}
