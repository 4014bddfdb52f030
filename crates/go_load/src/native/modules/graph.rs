//! The graph of requirements.

use go_syntax::module::ModuleVersion;
use rustc_hash::FxHashMap;

use super::super::version::compare_versions;

/// Modules with what they require, and the version of each that is selected.
#[derive(Debug, Default)]
pub(in super::super) struct Graph {
    pub(super) requires: FxHashMap<ModuleVersion, Vec<ModuleVersion>>,
    pub(super) selected: FxHashMap<String, String>,
}

impl Graph {
    pub(super) fn selected(&self, path: &str) -> Option<&str> {
        self.selected.get(path).map(String::as_str)
    }

    /// The selected modules, sorted by path; main modules are none of them.
    pub(in super::super) fn build_list(&self) -> Vec<ModuleVersion> {
        let modules = self.selected.iter().map(|(path, version)| ModuleVersion {
            path: path.clone(),
            version: Some(version.clone()),
        });
        let mut modules: Vec<ModuleVersion> = modules.collect();
        modules.sort();
        modules
    }

    /// Do the requirements of the module count for the graph?
    pub(super) fn has_requirements_of(&self, module: &ModuleVersion) -> bool {
        self.requires.contains_key(module)
    }

    /// Adds a module with what it requires.
    pub(super) fn require(&mut self, module: ModuleVersion, requires: Vec<ModuleVersion>) {
        for require in &requires {
            let version = require.version.clone().unwrap_or_default();
            match self.selected.get_mut(&require.path) {
                Some(selected) if compare_versions(selected, &version).is_ge() => {}
                Some(selected) => *selected = version,
                None => {
                    self.selected.insert(require.path.clone(), version);
                }
            }
        }
        self.requires.insert(module, requires);
    }
}

/// A module without version.
pub(super) fn plain(path: &str) -> ModuleVersion {
    ModuleVersion {
        path: path.to_owned(),
        version: None,
    }
}
