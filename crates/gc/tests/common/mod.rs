//! What the tests of the native engine share.

use go_ir::{Generics, Package, Source, lower, lower_stenciled};
use go_types::Store;
use go_types::fixture::FixturePackage;

/// A package before anything is inlined, without instances if there are no generic functions.
pub(crate) fn lowered(
    store: &mut Store,
    package: &FixturePackage,
    generics: Option<&mut Generics>,
) -> Package {
    let source = Source {
        pkg: package.id,
        files: vec![&package.file],
        info: &package.info,
    };
    let Some(generics) = generics else {
        return lower(store, &source);
    };
    generics.add(store, &source);
    lower_stenciled(store, &source, generics)
}
