//! Generic functions, which have no nodes of their own: what they mention.
//!
//! The order in which functions are looked at, and which of them call each other, also depends on what instances of
//! generic functions mention.

use std::sync::Arc;

use go_syntax::{DeclKind, Node};
use go_types::{Def, ObjId, ObjKind};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Lowerer, Source};
use crate::node::NodeId;

impl<'a> Lowerer<'a> {
    /// Finds out what the generic functions of the package mention.
    pub(super) fn generic_functions(&mut self, source: &'a Source<'a>) {
        let mut direct = FxHashMap::default();
        let mut order = Vec::new();
        for (number, file) in source.files.iter().enumerate() {
            self.enter_file(source, number);
            for decl in &file.decls {
                let DeclKind::Func(decl) = file.ast.decl(*decl).kind else {
                    continue;
                };
                let Some(Def::Object(obj)) = self.info().def(decl.name) else {
                    continue;
                };
                let generic = self.is_generic(obj);
                if let (true, Some(body)) = (generic, decl.body) {
                    direct.insert(obj, self.functions_in(body));
                    order.push(obj);
                }
            }
        }
        for obj in order {
            let all = closure_of(&direct, vec![obj]);
            self.generic.insert(obj, all[1..].into());
        }
    }

    /// Functions that the syntax mentions, in its order; of methods of instances those that these come from.
    pub(super) fn functions_in(&self, root: impl Into<Node>) -> Vec<ObjId> {
        let mut mentioned = Vec::new();
        self.ast().walk(root, |node| {
            if let Node::Expr(expr) = node {
                let method = self.info().selection(expr).map(|selection| selection.obj);
                let object = method.or_else(|| self.info().use_of(expr));
                let object = object.filter(|obj| self.store.obj(*obj).is_func());
                mentioned.extend(object.map(|obj| self.declared(obj)));
            }
            true
        });
        mentioned
    }

    /// With what generic functions among them mention.
    pub(super) fn with_those_of_generic(&self, funcs: Vec<ObjId>) -> Arc<[ObjId]> {
        let mut all = Vec::with_capacity(funcs.len());
        for func in funcs {
            all.push(func);
            all.extend(self.generic.get(&func).iter().flat_map(|more| more.iter()));
        }
        all.into()
    }

    /// Notes what the generic function mentions that the node is an instance of, if it is one of this package.
    pub(super) fn mention_generic(&mut self, node: NodeId, func: ObjId) {
        if let Some(mentioned) = self.generic.get(&self.declared(func)) {
            self.out.mention(node, Arc::clone(mentioned));
        }
    }

    /// The function as it is declared, if it is a method of an instance.
    fn declared(&self, func: ObjId) -> ObjId {
        match self.store.obj(func).kind {
            ObjKind::Func {
                origin: Some(origin),
                ..
            } => origin,
            _ => func,
        }
    }
}

/// All that can be reached, each once, in the order of a depth-first walk.
fn closure_of(direct: &FxHashMap<ObjId, Vec<ObjId>>, roots: Vec<ObjId>) -> Vec<ObjId> {
    let mut seen = FxHashSet::default();
    let mut all = Vec::new();
    let mut pending = roots;
    while let Some(func) = pending.pop() {
        if seen.insert(func) {
            all.push(func);
            pending.extend(direct.get(&func).into_iter().flatten().rev());
        }
    }
    all
}
