//! Vendored modules.

use go_syntax::module::{ModuleVersion, parse_vendored};
use rustc_hash::FxHashMap;

use super::super::error::{NativeError, refused};
use super::super::version::compare_go_versions;
use super::main_modules::{Modules, Vendor};

impl Vendor {
    /// Reads the list, which must fit the requirements of the main modules: the go command says best
    /// what does not.
    pub(super) fn read(modules: &Modules<'_>) -> Result<Self, NativeError> {
        let file = modules.vendor_dir().join("modules.txt");
        let text = modules.disk.read_text(&file).unwrap_or_default();
        let (listed, replaces, _) = parse_vendored(&text);
        let old =
            !modules.is_workspace() && compare_go_versions(modules.go_version(), "1.14").is_lt();
        let mut vendor = Self::default();
        let mut explicit = FxHashMap::default();
        let mut replaced: FxHashMap<ModuleVersion, ModuleVersion> = replaces
            .into_iter()
            .map(|replace| (replace.old, replace.new))
            .collect();
        for module in listed {
            let named = modules.roots.get(&module.module.path) == module.module.version.as_ref();
            if modules.is_pruned()
                && !modules.is_workspace()
                && !module.packages.is_empty()
                && !named
            {
                return Err(refused(format!(
                    "go.mod does not name {}",
                    module.module.path
                )));
            }
            for package in module.packages {
                vendor.packages.insert(package, module.module.clone());
            }
            if let Some(go) = module.go {
                if compare_go_versions(&go, &modules.local_version).is_gt() {
                    return Err(refused(format!("{} needs go {go}", module.module.path)));
                }
                vendor.go_versions.insert(module.module.clone(), go);
            }
            if let Some(by) = module.replacement {
                replaced.insert(module.module.clone(), by);
            }
            *explicit.entry(module.module).or_insert(false) |= module.explicit;
        }
        if !old {
            must_fit(modules, &explicit, &replaced)?;
        }
        Ok(vendor)
    }
}

/// The list must name what the main modules require and replace, and no more.
fn must_fit(
    modules: &Modules<'_>,
    explicit: &FxHashMap<ModuleVersion, bool>,
    replaced: &FxHashMap<ModuleVersion, ModuleVersion>,
) -> Result<(), NativeError> {
    let mut required: Vec<&ModuleVersion> = Vec::new();
    for main in &modules.mains {
        required.extend(main.file.requires.iter().map(|require| &require.module));
    }
    let is_explicit = |module: &&ModuleVersion| explicit.get(*module) == Some(&true);
    let unlisted = required.iter().any(|module| !is_explicit(module));
    let n_explicit = explicit.values().filter(|explicit| **explicit).count();
    required.sort();
    required.dedup();
    let of_mains = modules.mains.iter().flat_map(|main| &main.file.replaces);
    let of_work = modules.work.iter().flat_map(|work| &work.file.replaces);
    let unknown = of_mains.chain(of_work).find(|replace| {
        !replaced.contains_key(&replace.old) && modules.main(&replace.old.path).is_none()
    });
    if unlisted || n_explicit != required.len() || unknown.is_some() {
        return Err(refused("vendor/modules.txt does not fit go.mod"));
    }
    Ok(())
}
