//! Commands with a `default.pgo`: what they import is compiled for their profile.

use rustc_hash::FxHashMap;

use super::node::NodeId;
use super::packages::Packages;

impl Packages<'_> {
    /// Gives the packages of each command with a profile to that command: as copies, if other
    /// packages are listed too.
    pub(super) fn split_by_profile(&mut self, roots: &[NodeId]) {
        if !self.flags.auto_pgo {
            return;
        }
        for &root in roots {
            let node = &self.nodes[root];
            let file = node.dir.join("default.pgo");
            if node.name != "main" || !self.disk.is_file(&file) {
                continue;
            }
            let main = node.import_path.clone();
            let copies = roots.len() > 1;
            let mut profiled: FxHashMap<NodeId, NodeId> = FxHashMap::default();
            // Imports come first, so a package's copy finds theirs.
            for id in self.in_order(&[root]) {
                let mut at = id;
                if copies && id != root {
                    let mut copy = self.nodes[id].clone();
                    copy.for_main = Some(main.clone());
                    at = self.nodes.push(copy);
                }
                profiled.insert(id, at);
                let node = &mut self.nodes[at];
                node.has_profile = true;
                for dep in &mut node.deps {
                    *dep = profiled.get(dep).copied().unwrap_or(*dep);
                }
            }
        }
    }
}
