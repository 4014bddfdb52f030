//! Minimal version selection over the graph of requirements.
//!
//! Each module is taken at the highest version that any module of the graph requires. From go 1.17 on
//! a `go.mod` names all that its packages need; so below a module that says 1.17 or later, of a main
//! module that does too, the graph is not followed further ("pruned").

use std::sync::Arc;

use go_syntax::module::{self, ModuleVersion};
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::super::version::{compare_go_versions, compare_versions};
use super::cache::{self, Summary};
use super::graph::{Graph, plain};
use super::main_modules::{Actual, Modules};

/// How far requirements are followed below a module.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Pruning {
    Pruned,
    Unpruned,
    Workspace,
}

impl Modules<'_> {
    /// The graph of all requirements, read on first use. `Err`: a `go.mod` of it is not available,
    /// or the main module's is out of date.
    pub(in super::super) fn graph(&self) -> Result<&Graph, String> {
        let graph = self.graph.get_or_init(|| self.read_graph());
        graph.as_ref().map_err(Clone::clone)
    }

    fn read_graph(&self) -> Result<Graph, String> {
        let mut graph = Graph::default();
        let roots: Vec<ModuleVersion> = if self.is_workspace() {
            let mains = self.mains.iter().map(|main| plain(&main.path));
            mains.collect()
        } else {
            let Some(main) = self.mains.first() else {
                return Ok(graph);
            };
            let mut roots: Vec<ModuleVersion> = main
                .file
                .requires
                .iter()
                .map(|require| require.module.clone())
                .collect();
            roots.retain(|module| !main.file.excludes.contains(module));
            graph.require(plain(&main.path), roots.clone());
            roots
        };
        let pruning = match (self.is_workspace(), self.is_pruned()) {
            (true, _) => Pruning::Workspace,
            (false, true) => Pruning::Pruned,
            (false, false) => Pruning::Unpruned,
        };
        let mut seen = FxHashSet::default();
        let start = roots
            .iter()
            .map(|module| (module.clone(), pruning))
            .collect();
        self.follow(&mut graph, &mut seen, start)?;
        if self.is_workspace() {
            self.follow_selected(&mut graph, &mut seen, &roots)?;
        }
        let outdated = |(path, version): (&String, &String)| {
            graph
                .selected(path)
                .is_some_and(|selected| selected != version)
        };
        if self.roots.iter().any(outdated) {
            return Err("go.mod has to be updated".to_owned());
        }
        for main in &self.mains {
            graph.selected.remove(&main.path);
        }
        Ok(graph)
    }

    /// Reads modules level by level.
    fn follow(
        &self,
        graph: &mut Graph,
        seen: &mut FxHashSet<(ModuleVersion, Pruning)>,
        start: Vec<(ModuleVersion, Pruning)>,
    ) -> Result<(), String> {
        let mut level = start;
        while !level.is_empty() {
            level.retain(|entry| seen.insert(entry.clone()));
            let summaries: Vec<_> = (level.par_iter())
                .map(|(module, _)| self.requirements(module))
                .collect();
            let mut next = Vec::new();
            for ((module, pruning), summary) in level.into_iter().zip(summaries) {
                let (requires, own) = summary?;
                let below = if pruning == Pruning::Unpruned {
                    Pruning::Unpruned
                } else {
                    own
                };
                if pruning != Pruning::Pruned || own == Pruning::Unpruned {
                    next.extend(requires.iter().map(|require| (require.clone(), below)));
                }
                if !graph.requires.contains_key(&module) {
                    graph.require(module, requires);
                }
            }
            level = next;
        }
        Ok(())
    }

    /// In a workspace the dependencies of the main modules count at the versions that are selected
    /// in the end, not only at those that were required first.
    fn follow_selected(
        &self,
        graph: &mut Graph,
        seen: &mut FxHashSet<(ModuleVersion, Pruning)>,
        roots: &[ModuleVersion],
    ) -> Result<(), String> {
        let mut followed: FxHashSet<ModuleVersion> = FxHashSet::default();
        let mut paths: Vec<String> = roots.iter().map(|root| root.path.clone()).collect();
        loop {
            let mut wanted: Vec<ModuleVersion> = Vec::new();
            for path in &paths {
                let module = self.at_selected(graph, path);
                if !followed.contains(&module) {
                    wanted.push(module);
                    continue;
                }
                for require in graph.requires.get(&module).into_iter().flatten() {
                    let selected = self.at_selected(graph, &require.path);
                    let version =
                        |module: &ModuleVersion| module.version.clone().unwrap_or_default();
                    let is_higher = selected.version.is_none()
                        || compare_versions(&version(&selected), &version(require)).is_gt();
                    if is_higher && !followed.contains(&selected) {
                        wanted.push(selected);
                    }
                }
            }
            wanted.sort();
            wanted.dedup();
            if wanted.is_empty() {
                return Ok(());
            }
            let start = wanted
                .iter()
                .map(|module| (module.clone(), Pruning::Workspace));
            let start = start.collect();
            for module in wanted {
                if !paths.contains(&module.path) {
                    paths.push(module.path.clone());
                }
                followed.insert(module);
            }
            self.follow(graph, seen, start)?;
        }
    }

    fn at_selected(&self, graph: &Graph, path: &str) -> ModuleVersion {
        if self.main(path).is_some() {
            return plain(path);
        }
        ModuleVersion {
            path: path.to_owned(),
            version: graph.selected(path).map(str::to_owned),
        }
    }

    /// Why `go.mod` has to be updated, if it has to: one of the modules that are used requires another
    /// at a higher version than it names.
    pub(in super::super) fn outdated(&self, used: FxHashSet<&ModuleVersion>) -> Option<String> {
        let mut used: Vec<&ModuleVersion> = used.into_iter().collect();
        used.sort();
        used.into_iter().find_map(|module| {
            let (requires, _) = self.requirements(module).ok()?;
            let higher = requires.iter().find(|require| {
                let version = require.version.as_deref().unwrap_or_default();
                let named = self.roots.get(&require.path);
                named.is_some_and(|named| compare_versions(named, version).is_lt())
            })?;
            Some(format!(
                "go.mod has to be updated: it names too low a version of {}",
                higher.path
            ))
        })
    }

    /// What a module requires, exclusions considered, and how far to follow that.
    fn requirements(
        &self,
        module: &ModuleVersion,
    ) -> Result<(Vec<ModuleVersion>, Pruning), String> {
        let own = |go: Option<&str>| {
            if go.is_some_and(|go| compare_go_versions(go, "1.17").is_ge()) {
                Pruning::Pruned
            } else {
                Pruning::Unpruned
            }
        };
        let (mut requires, pruning) = match self.main(&module.path) {
            Some(main) if module.version.is_none() => {
                let requires = main.file.requires.iter();
                let requires = requires.map(|require| require.module.clone()).collect();
                (requires, own(main.file.go.as_deref()))
            }
            _ => {
                let summary = self.checked_summary(module)?;
                match summary.as_ref() {
                    Ok(summary) => (summary.requires.clone(), own(summary.go.as_deref())),
                    Err(message) => return Err(message.clone()),
                }
            }
        };
        let mut excludes = self
            .mains
            .iter()
            .flat_map(|main| &main.file.excludes)
            .peekable();
        if excludes.peek().is_some() {
            let excludes: FxHashSet<&ModuleVersion> = excludes.collect();
            requires.retain(|require| !excludes.contains(require));
        }
        Ok((requires, pruning))
    }

    /// The `go.mod` of a module, for which `go.sum` must vouch.
    pub(super) fn checked_summary(
        &self,
        module: &ModuleVersion,
    ) -> Result<Arc<Result<Summary, String>>, String> {
        let (actual, _) = self.actual(module);
        if let (Some(sums), Actual::Version { path, version }) = (&self.sums, &actual)
            && !sums.contains(&(path.clone(), format!("{version}/go.mod")))
        {
            return Err(format!(
                "{path}@{version}: missing go.sum entry for go.mod file; to add it:\n\tgo mod download {}",
                module.path
            ));
        }
        Ok(self.summary(actual))
    }

    /// The `go.mod` of what stands in a module's place.
    pub(super) fn summary(&self, actual: Actual) -> Arc<Result<Summary, String>> {
        let lock = || {
            let summaries = self.summaries.lock();
            summaries.unwrap_or_else(std::sync::PoisonError::into_inner)
        };
        if let Some(known) = lock().get(&actual) {
            return Arc::clone(known);
        }
        let summary = Arc::new(self.read_summary(&actual));
        lock().insert(actual, Arc::clone(&summary));
        summary
    }

    fn read_summary(&self, actual: &Actual) -> Result<Summary, String> {
        let (file, name) = match actual {
            Actual::Version { path, version } => {
                let file = cache::mod_file(&self.gomodcache, path, version);
                (file, format!("{path}@{version}"))
            }
            Actual::Folder { dir, spelled } => (dir.join("go.mod"), spelled.clone()),
        };
        let text = self.disk.read_text(&file).map_err(|_| {
            format!("the go.mod of {name} is not available; to get it:\n\tgo mod download")
        })?;
        let summary = Summary::from(module::parse(&text).0);
        match &summary.go {
            Some(go)
                if compare_go_versions(go, &self.local_version).is_gt()
                    && compare_go_versions(go, "1.21").is_ge() =>
            {
                Err(format!("{name} needs go {go}"))
            }
            _ => Ok(summary),
        }
    }
}
