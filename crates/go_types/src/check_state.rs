//! What the check in progress needs of the store beyond types and objects.

use crate::typeset::DuplicateMethod;
use crate::{ContextId, PkgId, Store};

/// The state of a check, which the questions of its checker reach through the store. It begins with the check and ends
/// when the store is frozen.
#[derive(Clone, Debug, Default)]
pub(crate) struct CheckState {
    /// The package under check and the context of its instances.
    package: Option<(PkgId, ContextId)>,
    /// Methods that interfaces have twice, for the checker to report.
    pub(crate) duplicate_methods: Vec<DuplicateMethod>,
}

impl CheckState {
    pub(crate) fn begin(&mut self, pkg: PkgId, context: ContextId) {
        self.package = Some((pkg, context));
    }
}

impl Store {
    /// The context of the check of the package, if it is the one in progress.
    pub(crate) fn check_context(&self, pkg: PkgId) -> Option<ContextId> {
        let (checking, context) = self.check_state.package?;
        (checking == pkg).then_some(context)
    }

    /// The package under check, if this is its context.
    pub(crate) fn checking_with(&self, context: ContextId) -> Option<PkgId> {
        let (checking, own) = self.check_state.package?;
        (own == context).then_some(checking)
    }
}
