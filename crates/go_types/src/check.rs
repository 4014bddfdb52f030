//! The state of the check of one package.

use crate::{Code, ContextId, PkgId, Pos, Problem, Store};

/// Checks one package into the store. Packages come in import order.
#[derive(Debug)]
pub struct Checker<'a> {
    pub store: &'a mut Store,
    /// The package under check.
    pub pkg: PkgId,
    /// Instances made by this check.
    pub context: ContextId,
    pub problems: Vec<Problem>,
}

impl<'a> Checker<'a> {
    pub fn new(store: &'a mut Store, pkg: PkgId) -> Self {
        let context = store.contexts.add();
        store.checking = Some((pkg, context));
        Self {
            store,
            pkg,
            context,
            problems: Vec::new(),
        }
    }

    pub fn error(&mut self, pos: Pos, code: Code, message: impl Into<String>) {
        self.problems.push(Problem {
            pos,
            code,
            message: message.into(),
            soft: false,
        });
    }
}
