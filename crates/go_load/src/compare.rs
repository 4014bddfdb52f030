//! Two listings, compared field by field.

use std::fmt::Debug;

use go_tool::{Listing, Package};

/// What differs between two listings of the same packages, a line each; `ours` is the second.
///
/// The files of commands that run tests are left out: the go command makes them, in its cache.
pub fn differences(theirs: &Listing, ours: &Listing) -> Vec<String> {
    let mut lines = Vec::new();
    let paths = |listing: &Listing| -> Vec<String> {
        let packages = listing.packages.iter();
        packages
            .map(|package| package.import_path.clone())
            .collect()
    };
    let (their_paths, our_paths) = (paths(theirs), paths(ours));
    for (from, to, mark) in [(theirs, ours, '-'), (ours, theirs, '+')] {
        let lone = paths(from)
            .into_iter()
            .filter(|path| to.find(path).is_none());
        lines.extend(lone.map(|path| format!("{mark} {path}")));
    }
    if lines.is_empty() && their_paths != our_paths {
        let at = (their_paths.iter().zip(&our_paths)).position(|(a, b)| a != b);
        let at = at.unwrap_or(their_paths.len().min(our_paths.len()));
        let theirs = their_paths.get(at);
        lines.push(format!("order: {theirs:?} is {:?}", our_paths.get(at)));
    }
    for their in &theirs.packages.as_slice().to_vec() {
        if let Some(our) = ours.find(&their.import_path) {
            packages(their, &ours.packages[our], &mut lines);
        }
    }
    let roots = |listing: &Listing| -> Vec<String> {
        let roots = listing.roots.iter();
        roots
            .map(|root| listing.packages[*root].import_path.clone())
            .collect()
    };
    field("listing", "roots", &roots(theirs), &roots(ours), &mut lines);
    // The go command says what it sees while it looks at packages side by side.
    let warnings = |listing: &Listing| {
        let mut warnings = listing.warnings.clone();
        warnings.sort();
        warnings.dedup();
        warnings
    };
    let (their, our) = (warnings(theirs), warnings(ours));
    field("listing", "warnings", &their, &our, &mut lines);
    lines
}

fn packages(theirs: &Package, ours: &Package, lines: &mut Vec<String>) {
    let path = &theirs.import_path;
    macro_rules! fields {
        ($($name:ident)*) => {
            $(field(path, stringify!($name), &theirs.$name, &ours.$name, lines);)*
        };
    }
    fields! {
        name dir module standard dep_only for_test cgo_files s_files n_foreign_files test_go_files
        xtest_go_files embed_patterns embed_files imports import_map export errors error_text
        pgo_profile
    }
    if !theirs.is_test_main() {
        fields! { go_files compiled_go_files }
    }
    // Of errors in the same package, the go command leaves the order to chance.
    let sorted = |package: &Package| {
        let mut errors: Vec<String> = package
            .dep_errors
            .iter()
            .map(|e| format!("{e:?}"))
            .collect();
        errors.sort();
        errors
    };
    field(path, "dep_errors", &sorted(theirs), &sorted(ours), lines);
}

fn field<T: PartialEq + Debug>(
    path: &str,
    name: &str,
    theirs: &T,
    ours: &T,
    lines: &mut Vec<String>,
) {
    if theirs != ours {
        lines.push(format!("{path}: {name}: {theirs:?} is {ours:?}"));
    }
}
