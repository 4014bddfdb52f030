//! Packages as they are built for tests.
//!
//! For a package `p` with tests there are up to three more: `p` with its own test files, `p_test` with
//! the external ones, and `p.test`, the command that runs both. Packages between `p_test` and `p` are
//! compiled anew against the former.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::embed;
use super::folder::{Folder, Places};
use super::node::{ErrorId, Kind, Node, NodeError, NodeId};
use super::packages::{At, Import, Packages, SIMD_BRIDGE};

/// The packages made for the tests of one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Variants {
    pub(super) main: NodeId,
    /// The package itself if it has no test files of its own.
    pub(super) test: NodeId,
    pub(super) external: Option<NodeId>,
}

/// What a command that runs tests imports.
const MAIN_IMPORTS: [&str; 4] = ["os", "reflect", "testing", "testing/internal/testdeps"];

/// Imports of test files.
#[derive(Default)]
struct TestImports {
    raw: Vec<String>,
    meant: Vec<String>,
    deps: Vec<NodeId>,
    compiled: Vec<String>,
    error: Option<ErrorId>,
    incomplete: bool,
    /// The package under test is among them.
    itself: bool,
    embed_files: Vec<String>,
}

impl Packages<'_> {
    /// Makes the test variants of a package that has test files.
    pub(super) fn test_variants(&mut self, id: NodeId) -> Option<Variants> {
        let folder = self.nodes[id].folder.clone()?;
        let path = self.nodes[id].import_path.clone();
        self.stack.push(format!("{path} (test)"));
        let own = self.test_imports(
            id,
            &folder,
            &folder.test_imports,
            &folder.test_embeds,
            false,
        );
        self.stack.pop();
        self.stack.push(format!("{path}_test"));
        let mut other = self.test_imports(
            id,
            &folder,
            &folder.xtest_imports,
            &folder.xtest_embeds,
            true,
        );
        other.incomplete |= other.error.is_some();
        self.stack.pop();

        let needs_copy = !folder.test_go_files.is_empty() || self.nodes[id].name == "main";
        let test = if needs_copy {
            self.own_variant(id, &folder, own)
        } else {
            id
        };
        let external = (!folder.xtest_go_files.is_empty())
            .then(|| self.external_variant(id, test, &folder, other));
        let main = self.test_main(id, test, external);
        self.recompile(main, id, test, external);
        self.find_test_cycle(test);
        Some(Variants {
            main,
            test,
            external,
        })
    }

    fn test_imports(
        &mut self,
        id: NodeId,
        folder: &Arc<Folder>,
        places: &Places,
        embeds: &Places,
        external: bool,
    ) -> TestImports {
        let dir = self.nodes[id].dir.clone();
        let path = self.nodes[id].import_path.clone();
        let mut imports = TestImports::default();
        for (raw, place) in places {
            let at = At { folder, place };
            let import = Import {
                parent: Some(id),
                at: Some(at),
                resolve: true,
                trusted: false,
            };
            let (dep, error) = self.import(raw, &dir, import);
            if imports.error.is_none() && error.is_some() {
                imports.error = error;
                imports.incomplete |= !external;
            }
            imports.incomplete |= self.nodes[dep].incomplete;
            let meant = self.nodes[dep].import_path.clone();
            if external && meant == path {
                imports.itself = true;
            } else {
                imports.deps.push(dep);
            }
            imports.raw.push(raw.clone());
            imports.meant.push(meant);
        }
        if self.uses_simd(&imports.raw) {
            let import = Import {
                parent: Some(id),
                resolve: true,
                trusted: true,
                ..Import::default()
            };
            let (dep, _) = self.import(SIMD_BRIDGE, &dir, import);
            imports.deps.push(dep);
            imports.compiled.push(SIMD_BRIDGE.to_owned());
        }
        match embed::resolve(self.disk, &folder.dir, embeds.keys()) {
            Ok(files) => imports.embed_files = files,
            Err(error) => {
                let place = &embeds[&error.pattern];
                let position = self.position(At { folder, place });
                if imports.error.is_none() || !external {
                    imports.error = Some(self.errors.push(NodeError {
                        position,
                        message: format!("pattern {}: {}", error.pattern, error.message),
                        stack: self.stack.clone(),
                        ..NodeError::default()
                    }));
                }
                imports.incomplete = true;
            }
        }
        imports
    }

    /// The package with its own test files.
    fn own_variant(&mut self, id: NodeId, folder: &Folder, tests: TestImports) -> NodeId {
        let mut node = self.nodes[id].clone();
        node.error = node.error.or(tests.error);
        node.incomplete |= tests.incomplete;
        node.for_test = Some(node.import_path.clone());
        let files = folder.go_files.iter().chain(&folder.test_go_files);
        node.go_files = Some(files.cloned().collect());
        node.imports.splice(0..0, tests.meant);
        node.deps.splice(0..0, tests.deps);
        node.raw_imports.splice(0..0, tests.raw);
        for path in tests.compiled {
            if !node.compiled_imports.contains(&path) {
                node.compiled_imports.push(path);
            }
        }
        node.embed_files.extend(tests.embed_files);
        self.nodes.push(node)
    }

    /// The package of external tests.
    fn external_variant(
        &mut self,
        id: NodeId,
        test: NodeId,
        folder: &Folder,
        tests: TestImports,
    ) -> NodeId {
        let of = &self.nodes[id];
        let mut node = Node {
            import_path: format!("{}_test", of.import_path),
            name: format!("{}_test", of.name),
            dir: of.dir.clone(),
            root: of.root.clone(),
            goroot: of.goroot,
            module: of.module.clone(),
            for_test: Some(of.import_path.clone()),
            go_files: Some(folder.xtest_go_files.clone()),
            kind: Kind::ExternalTest,
            embed_files: tests.embed_files,
            raw_imports: tests.raw,
            imports: tests.meant,
            compiled_imports: tests.compiled,
            deps: tests.deps,
            error: tests.error,
            incomplete: tests.incomplete,
            entered: true,
            has_profile: of.has_profile,
            ..Node::default()
        };
        if tests.itself {
            node.deps.push(test);
        }
        self.nodes.push(node)
    }

    fn test_main(&mut self, id: NodeId, test: NodeId, external: Option<NodeId>) -> NodeId {
        let of = &self.nodes[id];
        let mut node = Node {
            import_path: format!("{}.test", of.import_path),
            name: "main".to_owned(),
            dir: of.dir.clone(),
            root: of.root.clone(),
            module: of.module.clone(),
            kind: Kind::TestMain,
            imports: MAIN_IMPORTS.map(str::to_owned).to_vec(),
            entered: true,
            has_profile: of.has_profile,
            ..Node::default()
        };
        self.stack.push("testmain".to_owned());
        let mut paths = node.imports.clone();
        match self.linker_imports() {
            Ok(linked) => paths.extend(linked),
            Err(message) => {
                node.error = Some(self.errors.push(NodeError {
                    message,
                    ..NodeError::default()
                }));
            }
        }
        for path in paths {
            if path == self.nodes[test].import_path {
                node.deps.push(test);
                continue;
            }
            let dep = self.root(&path);
            node.deps.push(dep);
        }
        self.stack.pop();
        let tested = &self.nodes[test];
        let has_files = tested.go_files.as_ref().map_or_else(
            || (tested.folder.as_ref()).is_some_and(|folder| !folder.go_files.is_empty()),
            |files| !files.is_empty(),
        );
        let has_cgo = (tested.folder.as_ref()).is_some_and(|folder| !folder.cgo_files.is_empty());
        for dep in [Some(test).filter(|_| has_files || has_cgo), external]
            .into_iter()
            .flatten()
        {
            node.deps.push(dep);
            node.imports.push(self.nodes[dep].import_path.clone());
        }
        node.imports.sort();
        node.imports.dedup();
        node.raw_imports.clone_from(&node.imports);
        self.nodes.push(node)
    }

    /// Copies the packages between the test command and the package under test, so that they import
    /// the variant.
    fn recompile(&mut self, main: NodeId, real: NodeId, test: NodeId, external: Option<NodeId>) {
        let mut copies: FxHashMap<NodeId, NodeId> = FxHashMap::default();
        copies.insert(real, test);
        let of = self.nodes[real].import_path.clone();
        let profile = self.nodes[real].has_profile;
        for id in self.in_order(&[main]) {
            if id == real {
                continue;
            }
            let is_own = id == main || id == test || Some(id) == external;
            let stale = |dep: &NodeId| copies.get(dep).is_some_and(|copy| copy != dep);
            let node = &self.nodes[id];
            let is_stale = node.deps.iter().any(stale);
            let is_command = node.name == "main" && id != main && id != test;
            let lacks_profile = profile && !node.has_profile;
            let mut at = id;
            if !is_own && (is_stale || is_command || lacks_profile) {
                let mut copy = node.clone();
                copy.for_test = Some(of.clone());
                copy.has_profile = profile;
                at = self.nodes.push(copy);
                copies.insert(id, at);
            }
            for dep in &mut self.nodes[at].deps {
                if let Some(copy) = copies.get(dep) {
                    *dep = *copy;
                }
            }
        }
    }

    /// Tests may import what imports the package: that is a circle.
    fn find_test_cycle(&mut self, test: NodeId) {
        let mut importer: FxHashMap<NodeId, Option<NodeId>> = FxHashMap::default();
        let mut queue: std::collections::VecDeque<NodeId> = std::collections::VecDeque::new();
        for &dep in &self.nodes[test].deps {
            importer.insert(dep, None);
            queue.push_back(dep);
        }
        while let Some(id) = queue.pop_front() {
            if id == test {
                let mut stack = Vec::new();
                let mut at = Some(id);
                while let Some(id) = at {
                    stack.push(self.nodes[id].import_path.clone());
                    at = importer.get(&id).copied().flatten();
                }
                stack.push(self.nodes[test].import_path.clone());
                stack.reverse();
                self.nodes[test].error = Some(self.errors.push(NodeError {
                    message: "import cycle not allowed in test".to_owned(),
                    stack,
                    ..NodeError::default()
                }));
                self.nodes[test].incomplete = true;
                return;
            }
            for &dep in &self.nodes[id].deps {
                importer.entry(dep).or_insert_with(|| {
                    queue.push_back(dep);
                    Some(id)
                });
            }
        }
    }

    /// Packages and all they import, each after its imports.
    pub(super) fn in_order(&self, roots: &[NodeId]) -> Vec<NodeId> {
        let mut seen = vec![false; self.nodes.len()];
        let mut order = Vec::new();
        // The package, and how many of its imports are done.
        let mut path: Vec<(NodeId, usize)> = Vec::new();
        for &root in roots {
            if !std::mem::replace(&mut seen[base::Idx::index(root)], true) {
                path.push((root, 0));
            }
            while let Some((id, done)) = path.last_mut() {
                let Some(&dep) = self.nodes[*id].deps.get(*done) else {
                    order.push(*id);
                    path.pop();
                    continue;
                };
                *done += 1;
                if !std::mem::replace(&mut seen[base::Idx::index(dep)], true) {
                    path.push((dep, 0));
                }
            }
        }
        order
    }
}
