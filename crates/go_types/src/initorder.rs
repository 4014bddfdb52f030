//! The order in which package-level variables are initialized.
//!
//! A variable waits for all variables and constants its initializer reaches, through functions too. What
//! waits for the fewest comes next, in source order among equals.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::{ObjId, ObjKind, Store};

/// A package-level constant, variable or function, and what its declaration mentions of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InitNode {
    pub obj: ObjId,
    pub deps: Vec<ObjId>,
}

/// The order, and what is wrong with it.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct InitOrder {
    /// Variables and constants.
    pub order: Vec<ObjId>,
    /// Objects that refer to one another in a circle, each to the next, the last to the first.
    pub cycles: Vec<Vec<ObjId>>,
}

/// Orders the objects of a package.
pub fn init_order(store: &Store, nodes: &[InitNode]) -> InitOrder {
    let graph = Graph::new(store, nodes);
    let mut waits_for: Vec<usize> = vec![0; nodes.len()];
    let mut awaited_by: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    let mut reached = Reached::new(nodes.len());
    for (index, waits) in waits_for.iter_mut().enumerate() {
        if graph.is_func[index] {
            continue;
        }
        let targets = graph.reach(index, &mut reached);
        *waits = targets.len();
        for target in targets {
            awaited_by[target].push(index);
        }
    }
    let key = |waits_for: &[usize], index: usize| {
        let object = store.obj(nodes[index].obj);
        let is_const = matches!(object.kind, ObjKind::Const { .. });
        (!is_const, waits_for[index], object.order, index)
    };
    let mut queue: BTreeSet<_> = (0..nodes.len())
        .filter(|index| !graph.is_func[*index])
        .map(|index| key(&waits_for, index))
        .collect();
    let mut result = InitOrder::default();
    while let Some(first) = queue.pop_first() {
        let (_, waiting, _, index) = first;
        if waiting > 0
            && let Some(cycle) = graph.cycle(index)
        {
            result
                .cycles
                .push(cycle.into_iter().map(|index| nodes[index].obj).collect());
        }
        for dependent in &awaited_by[index] {
            let was_queued = queue.remove(&key(&waits_for, *dependent));
            waits_for[*dependent] = waits_for[*dependent].saturating_sub(1);
            if was_queued {
                queue.insert(key(&waits_for, *dependent));
            }
        }
        result.order.push(nodes[index].obj);
    }
    result
}

struct Graph {
    is_func: Vec<bool>,
    deps: Vec<Vec<usize>>,
}

/// Marks of nodes, reusable without clearing.
struct Reached {
    marks: Vec<usize>,
    round: usize,
}

impl Reached {
    fn new(len: usize) -> Self {
        Self {
            marks: vec![0; len],
            round: 0,
        }
    }

    /// Whether the node is new in this round.
    fn mark(&mut self, index: usize) -> bool {
        let is_new = self.marks[index] != self.round;
        self.marks[index] = self.round;
        is_new
    }
}

impl Graph {
    fn new(store: &Store, nodes: &[InitNode]) -> Self {
        let index_of: FxHashMap<ObjId, usize> = (nodes.iter().enumerate())
            .map(|(index, node)| (node.obj, index))
            .collect();
        let deps = nodes.iter().map(|node| {
            let mut deps: Vec<usize> = node
                .deps
                .iter()
                .filter_map(|dep| index_of.get(dep).copied())
                .collect();
            deps.sort_by_key(|index| (store.obj(nodes[*index].obj).order, *index));
            deps.dedup();
            deps
        });
        Self {
            is_func: nodes
                .iter()
                .map(|node| store.obj(node.obj).is_func())
                .collect(),
            deps: deps.collect(),
        }
    }

    /// Variables and constants reached directly or through functions alone.
    fn reach(&self, from: usize, reached: &mut Reached) -> Vec<usize> {
        reached.round += 1;
        let mut targets = Vec::new();
        let mut work = vec![from];
        while let Some(index) = work.pop() {
            for dep in &self.deps[index] {
                if !reached.mark(*dep) {
                    continue;
                }
                if self.is_func[*dep] {
                    work.push(*dep);
                } else {
                    targets.push(*dep);
                }
            }
        }
        targets
    }

    /// A path from the node back to itself.
    fn cycle(&self, from: usize) -> Option<Vec<usize>> {
        let mut seen = vec![false; self.deps.len()];
        // The path so far, each with the position of its next dependency.
        let mut path = vec![(from, 0)];
        seen[from] = true;
        while let Some((index, next)) = path.last_mut() {
            let Some(dep) = self.deps[*index].get(*next).copied() else {
                path.pop();
                continue;
            };
            *next += 1;
            if dep == from {
                return Some(path.into_iter().map(|(index, _)| index).collect());
            }
            if !std::mem::replace(&mut seen[dep], true) {
                path.push((dep, 0));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VarKind;
    use crate::testing::Maker;

    /// `v` variable, `c` constant, `f` function; each with the indices of what it mentions.
    type Decls<'a> = &'a [(&'a str, &'a [usize])];

    fn order(decls: Decls<'_>) -> (String, usize) {
        let mut maker = Maker::default();
        let objs: Vec<ObjId> = (decls.iter().zip(1..))
            .map(|((name, _), order)| {
                let kind = match &name[..1] {
                    "c" => ObjKind::Const { value: None },
                    "v" => ObjKind::Var {
                        kind: VarKind::Package,
                        embedded: false,
                        origin: None,
                    },
                    _ => ObjKind::Func {
                        method: false,
                        ptr_recv: false,
                        origin: None,
                        of_instance: None,
                    },
                };
                let obj = maker.obj(kind, name);
                maker.store.objects[obj].order = order;
                obj
            })
            .collect();
        let nodes: Vec<InitNode> = (decls.iter().zip(&objs))
            .map(|((_, deps), obj)| InitNode {
                obj: *obj,
                deps: deps.iter().map(|dep| objs[*dep]).collect(),
            })
            .collect();
        let result = init_order(&maker.store, &nodes);
        let names: Vec<&str> = result
            .order
            .iter()
            .map(|obj| maker.store.name(*obj))
            .collect();
        (names.join(" "), result.cycles.len())
    }

    #[test]
    fn variables_wait_for_what_their_initializers_reach() {
        let cases: [(Decls<'_>, &str, usize); 4] = [
            (&[("va", &[1]), ("vb", &[2]), ("vc", &[])], "vc vb va", 0),
            (
                &[("va", &[1]), ("f", &[2, 1]), ("vb", &[]), ("c", &[])],
                "c vb va",
                0,
            ),
            (&[("va", &[1]), ("f", &[0])], "va", 1),
            (&[("vb", &[]), ("va", &[])], "vb va", 0),
        ];
        for (decls, expected, cycles) in cases {
            assert_eq!(order(decls), (expected.to_owned(), cycles));
        }
    }
}
