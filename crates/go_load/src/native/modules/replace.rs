//! Replacements: of `go.work`, and of the main modules' `go.mod`.

use std::path::Path;

use go_syntax::module::{ModuleVersion, Replace};

use super::super::paths::clean;
use super::super::version::compare_versions;
use super::main_modules::{Actual, Modules};

impl Modules<'_> {
    /// What stands in a module's place, and whether anything does.
    pub(super) fn actual(&self, module: &ModuleVersion) -> (Actual, bool) {
        let version = module.version.clone().unwrap_or_default();
        let Some((new, base)) = self.replacement(module) else {
            let path = module.path.clone();
            return (Actual::Version { path, version }, false);
        };
        let actual = match &new.version {
            Some(version) => Actual::Version {
                path: new.path.clone(),
                version: version.clone(),
            },
            None => Actual::Folder {
                dir: clean(&base.join(&new.path)),
                spelled: new.path.clone(),
            },
        };
        (actual, true)
    }

    /// The replacement of a module, and the folder its path is relative to.
    fn replacement(&self, module: &ModuleVersion) -> Option<(&ModuleVersion, &Path)> {
        if module.version.is_none() && self.main(&module.path).is_some() {
            return None;
        }
        let of_work = self.work.as_ref().and_then(|work| {
            let new = lookup(&work.file.replaces, module)?;
            Some((new, work.dir.as_path()))
        });
        // The replacements of all main modules agree; the last one that has any is taken.
        of_work.or_else(|| {
            (self.mains.iter().rev()).find_map(|main| {
                let new = lookup(&main.file.replaces, module)?;
                Some((new, main.root.as_path()))
            })
        })
    }

    /// All modules that are replaced, each at the highest version that is.
    pub(super) fn replaced_modules(&self) -> Vec<ModuleVersion> {
        let of_work = self.work.iter().flat_map(|work| &work.file.replaces);
        let of_mains = self.mains.iter().flat_map(|main| &main.file.replaces);
        let mut modules: Vec<ModuleVersion> = of_work
            .chain(of_mains)
            .map(|replace| replace.old.clone())
            .collect();
        modules.sort_by(|a, b| {
            let version = |module: &ModuleVersion| module.version.clone().unwrap_or_default();
            let order = compare_versions(&version(b), &version(a));
            a.path.cmp(&b.path).then(order)
        });
        modules.dedup_by(|a, b| a.path == b.path);
        modules
    }
}

/// A replacement of this very version comes before one of all versions.
fn lookup<'r>(replaces: &'r [Replace], module: &ModuleVersion) -> Option<&'r ModuleVersion> {
    let of = |version: Option<&String>| {
        let found = replaces.iter().rev().find(|replace| {
            replace.old.path == module.path && replace.old.version.as_ref() == version
        });
        found.map(|replace| &replace.new)
    };
    of(module.version.as_ref()).or_else(|| of(None))
}
