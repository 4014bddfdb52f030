//! What the tests of the native engine share.

use go_ir::{Package, Source, lower};
use go_types::Store;
use go_types::fixture::FixturePackage;

/// A package before anything is inlined.
pub(crate) fn lowered(store: &mut Store, package: &FixturePackage) -> Package {
    let source = Source {
        pkg: package.id,
        files: vec![&package.file],
        info: &package.info,
    };
    lower(store, &source)
}

/// Our lines are the compiler's, in its order.
#[track_caller]
pub(crate) fn assert_lines(ours: &[String], compiler: &str) {
    let theirs: Vec<&str> = compiler.lines().collect();
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours, theirs);
    }
    assert_eq!(ours.len(), theirs.len());
}
