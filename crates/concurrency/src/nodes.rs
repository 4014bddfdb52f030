//! Classes of values that may be the same primitive.
//!
//! A node is a variable, a field (one for all values of its struct), a result of a function or of a call, what a
//! container holds, or what an expression makes. Assignments unite nodes. Arguments and parameters are not united, nor
//! are the results of a call and those of the function: a caller's class stands for the callee's where the callee's
//! effects are asked for. So a helper that two callers share does not mix their channels. Where a parameter ends in a
//! field or a package's variable there is but one class, and the argument belongs to it.

use base::{Idx, IndexVec};
use rustc_hash::FxHashMap;

use crate::ids::packed_id;
use crate::ir::{At, FuncId};
use crate::objects::ObjId;

packed_id! {
    /// A node; its class is found through [`Nodes::root`].
    pub(crate) struct NodeId;
}

/// What a node stands for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum NodeKey {
    /// A variable or parameter.
    Var(ObjId),
    /// A field of all values of its struct.
    Field(ObjId),
    /// A result of a function.
    Result(FuncId, u32),
}

/// Why not all that happens to a class is known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Escape {
    /// A field or variable that other packages can use.
    Exported,
    /// A parameter or result of a function that others can call.
    UnknownCaller,
    /// An argument of code that is not analysed.
    UnknownCallee,
    /// Converted to an interface, or used in a way that is not followed.
    Interface,
}

/// A `make` of a channel.
#[derive(Clone, Debug)]
pub(crate) struct Make {
    pub(crate) at: At,
    pub(crate) func: FuncId,
    pub(crate) cap: Capacity,
}

/// How much a channel holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Capacity {
    Const(i64),
    /// The text of the expression.
    Text(String),
}

/// What is known of a class.
#[derive(Clone, Debug, Default)]
pub(crate) struct Class {
    pub(crate) makes: Vec<Make>,
    /// Function values among the values.
    pub(crate) funcs: Vec<FuncId>,
    /// Those of packages that were read before, while a package is read by itself.
    pub(crate) imported: Vec<ObjId>,
    pub(crate) params: Vec<(FuncId, u32)>,
    pub(crate) results: Vec<(FuncId, u32)>,
    pub(crate) fields: Vec<ObjId>,
    pub(crate) vars: Vec<ObjId>,
    /// A field or a package's variable.
    pub(crate) fixed: bool,
    pub(crate) escape: Option<(Escape, Option<At>)>,
    /// What containers and channels of the class hold.
    pub(crate) elem: Option<NodeId>,
    /// The class that this one is the element of.
    pub(crate) owner: Option<NodeId>,
    /// Values from outside: parameters of contracts, timers, results of unknown calls.
    pub(crate) foreign: bool,
}

/// Classes by their representatives.
pub(crate) type Classes = IndexVec<NodeId, Option<Box<Class>>>;
pub(crate) type Keys = FxHashMap<NodeKey, NodeId>;

/// The nodes of a program.
#[derive(Debug, Default)]
pub(crate) struct Nodes {
    parents: IndexVec<NodeId, NodeId>,
    /// `None`: nothing is known, as of most results of calls.
    classes: Classes,
    ids: Keys,
}

/// What is known of a class of which nothing is.
static UNKNOWN: Class = Class {
    makes: Vec::new(),
    funcs: Vec::new(),
    imported: Vec::new(),
    params: Vec::new(),
    results: Vec::new(),
    fields: Vec::new(),
    vars: Vec::new(),
    fixed: false,
    escape: None,
    elem: None,
    owner: None,
    foreign: false,
};

impl Nodes {
    /// A node of its own.
    pub(crate) fn fresh(&mut self) -> NodeId {
        let id = NodeId::from_index(self.parents.len());
        self.parents.push(id);
        self.classes.push(None)
    }

    pub(crate) fn of(&mut self, key: NodeKey) -> NodeId {
        if let Some(id) = self.ids.get(&key) {
            return *id;
        }
        let id = self.fresh();
        self.ids.insert(key, id);
        let class = self.class_mut(id);
        match key {
            NodeKey::Var(var) => class.vars.push(var),
            NodeKey::Field(field) => {
                class.fields.push(field);
                class.fixed = true;
            }
            NodeKey::Result(func, index) => class.results.push((func, index)),
        }
        id
    }

    /// Makes a class known by a key, or one with that which is.
    pub(crate) fn bind(&mut self, key: NodeKey, node: NodeId) {
        let known = *self.ids.entry(key).or_insert(node);
        self.unite(known, node);
    }

    /// Parents, classes, keys.
    pub(crate) fn into_parts(self) -> (IndexVec<NodeId, NodeId>, Classes, Keys) {
        (self.parents, self.classes, self.ids)
    }

    /// As [`Self::into_parts`] gives them.
    pub(crate) fn parts(&self) -> (&IndexVec<NodeId, NodeId>, &Classes, &Keys) {
        (&self.parents, &self.classes, &self.ids)
    }

    pub(crate) fn from_parts(
        parents: IndexVec<NodeId, NodeId>,
        classes: Classes,
        ids: Keys,
    ) -> Self {
        Self {
            parents,
            classes,
            ids,
        }
    }

    pub(crate) fn find(&self, key: NodeKey) -> Option<NodeId> {
        self.ids.get(&key).copied()
    }

    /// The class's representative.
    pub(crate) fn root(&self, node: NodeId) -> NodeId {
        let mut node = node;
        while self.parents[node] != node {
            node = self.parents[node];
        }
        node
    }

    pub(crate) fn class(&self, node: NodeId) -> &Class {
        self.at_root(self.root(node))
    }

    pub(crate) fn class_mut(&mut self, node: NodeId) -> &mut Class {
        let root = self.root(node);
        self.classes[root].get_or_insert_default()
    }

    fn at_root(&self, root: NodeId) -> &Class {
        self.classes[root].as_deref().unwrap_or(&UNKNOWN)
    }

    /// What containers of the class hold.
    pub(crate) fn elem(&mut self, node: NodeId) -> NodeId {
        let root = self.root(node);
        if let Some(elem) = self.at_root(root).elem {
            return elem;
        }
        let elem = self.fresh();
        self.class_mut(root).elem = Some(elem);
        self.class_mut(elem).owner = Some(root);
        elem
    }

    pub(crate) fn escape(&mut self, node: NodeId, why: Escape, at: Option<At>) {
        let class = self.class_mut(node);
        if class.escape.is_none() {
            class.escape = Some((why, at));
        }
    }

    /// Why the class is open, also through what holds it.
    pub(crate) fn escape_of(&self, node: NodeId) -> Option<(Escape, Option<At>)> {
        let mut node = self.root(node);
        for _ in 0..MAX_DEPTH {
            if let Some(escape) = self.at_root(node).escape {
                return Some(escape);
            }
            node = self.root(self.at_root(node).owner?);
        }
        None
    }

    /// Whether the class is a field or package variable, or held by one.
    pub(crate) fn is_fixed(&self, node: NodeId) -> bool {
        let mut node = self.root(node);
        for _ in 0..MAX_DEPTH {
            if self.at_root(node).fixed {
                return true;
            }
            let Some(owner) = self.at_root(node).owner else {
                return false;
            };
            node = self.root(owner);
        }
        false
    }

    /// Makes one class of two; `true` if they were different.
    pub(crate) fn unite(&mut self, a: NodeId, b: NodeId) -> bool {
        let mut pending = vec![(a, b)];
        let mut changed = false;
        while let Some((a, b)) = pending.pop() {
            let (a, b) = (self.root(a), self.root(b));
            if a == b {
                continue;
            }
            changed = true;
            // The smaller id stays, so that the result does not depend on the order.
            let (keep, gone) = if a < b { (a, b) } else { (b, a) };
            self.parents[gone] = keep;
            let Some(class) = self.classes[gone].take() else {
                continue;
            };
            let kept = self.class_mut(keep);
            if let (Some(mine), Some(theirs)) = (kept.elem, class.elem) {
                pending.push((mine, theirs));
            }
            kept.elem = kept.elem.or(class.elem);
            kept.owner = kept.owner.or(class.owner);
            kept.fixed |= class.fixed;
            kept.foreign |= class.foreign;
            kept.escape = kept.escape.or(class.escape);
            merge(&mut kept.funcs, class.funcs);
            merge(&mut kept.imported, class.imported);
            merge(&mut kept.params, class.params);
            merge(&mut kept.results, class.results);
            merge(&mut kept.fields, class.fields);
            merge(&mut kept.vars, class.vars);
            kept.makes.extend(class.makes);
        }
        changed
    }

    /// Halves the paths to representatives; worth it between phases.
    pub(crate) fn compress(&mut self) {
        for index in 0..self.parents.len() {
            let id = NodeId::from_index(index);
            self.parents[id] = self.root(id);
        }
    }
}

/// Containers of containers are followed so far.
const MAX_DEPTH: usize = 4;

fn merge<T: PartialEq>(into: &mut Vec<T>, from: Vec<T>) {
    for item in from {
        if !into.contains(&item) {
            into.push(item);
        }
    }
}
