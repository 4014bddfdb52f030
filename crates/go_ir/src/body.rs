//! Bodies of functions as they were before anything was inlined into them.

use std::sync::Arc;

use base::Idx as _;
use go_types::PkgId;

use crate::copy::{Copier, empty_like};
use crate::func::{FuncId, Package};
use crate::node::Kind;

/// A function with the closures in it, apart from its package. Copies of it replace calls.
#[derive(Debug)]
pub struct Body {
    /// Only the function ([`Body::root`]) and its closures.
    pub package: Package,
    /// Whose code it is.
    pub pkg: PkgId,
}

impl Body {
    /// The function whose body this is.
    pub fn root() -> FuncId {
        FuncId::from_index(0)
    }

    /// Whether inlined calls can declare the results where they are returned: there is one `return`, it has
    /// results, and these have no names.
    pub fn can_delay_results(&self, func: FuncId) -> bool {
        can_delay_results(&self.package, func)
    }
}

impl Package {
    /// Keeps the body as it is now for calls that it will replace ([`Func::pristine`](crate::Func::pristine)).
    /// `pkg` is the package that is compiled.
    pub fn keep_body(&mut self, func: FuncId, pkg: PkgId) -> Arc<Body> {
        let mut package = Package::default();
        package.local_types = Arc::clone(&self.local_types);
        package.funcs.push(empty_like(&self.funcs[func]));
        let mut copier = Copier::new(self, &mut package, Body::root());
        copier.keeps_names = true;
        copier.function(func);
        let body = Arc::new(Body { package, pkg });
        self.funcs[func].pristine = Some((Arc::clone(&body), Body::root()));
        body
    }
}

fn can_delay_results(package: &Package, func: FuncId) -> bool {
    let func = &package.funcs[func];
    let (mut returns, mut bare) = (0, false);
    for root in package.list(func.body) {
        package.walk(*root, &mut |id| {
            if let Kind::Return(values) = package.kind(id) {
                returns += 1;
                bare |= values.is_empty();
            }
            true
        });
    }
    let named = func.results.iter().any(|result| {
        let result = &package.vars[*result];
        !result.name.starts_with("~r")
    });
    returns == 1 && !bare && !named
}
