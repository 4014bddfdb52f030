//! Packages that the profiles name and the request does not.

use std::collections::BTreeSet;

use go_tool::{Listing, Package};

use crate::evidence::NamedProfile;
use crate::workspace::{LoadError, Loaded, PackageRequest, Workspace, root};

/// Adds the packages of the main module that the profiles name to the packages under analysis; where packages of the
/// standard library were asked for, also those of it. Returns how many were added.
pub(crate) fn add(
    workspace: &Workspace,
    request: &PackageRequest,
    profiles: &[NamedProfile],
    loaded: &mut Loaded,
) -> Result<usize, LoadError> {
    let hits = lint::hit_packages(profiles);
    if hits.is_empty() {
        return Ok(0);
    }
    let unlisted = unlisted(&loaded.listing, &hits);
    if !unlisted.is_empty() {
        // Imported by tests alone.
        let mut request = request.clone();
        if request.patterns.is_empty() {
            request.patterns.push(".".to_owned());
        }
        request.patterns.extend(unlisted);
        match workspace.load(&request) {
            Ok(more) => {
                let asked = loaded
                    .listing
                    .roots
                    .iter()
                    .map(|id| &loaded.listing.packages[*id].import_path);
                let asked: BTreeSet<String> = asked.cloned().collect();
                let (own, others): (Vec<_>, Vec<_>) = (more.roots.into_iter())
                    .partition(|root| asked.contains(&more.listing.packages[root.id].import_path));
                let added = others.len();
                *loaded = Loaded {
                    listing: more.listing,
                    roots: own,
                    options: more.options,
                };
                loaded
                    .listing
                    .roots
                    .retain(|id| asked.contains(&loaded.listing.packages[*id].import_path));
                loaded.roots.extend(others);
                return Ok(added + add_listed(&hits, loaded));
            }
            Err(LoadError::NotFound(_) | LoadError::NoGoFiles(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(add_listed(&hits, loaded))
}

fn add_listed(hits: &BTreeSet<String>, loaded: &mut Loaded) -> usize {
    let listing = &loaded.listing;
    let known: BTreeSet<_> = loaded
        .roots
        .iter()
        .map(|root| root.import_path.clone())
        .collect();
    let is_std = loaded
        .roots
        .iter()
        .any(|root| listing.packages[root.id].standard);
    let more: Vec<_> = (listing.packages.iter_enumerated())
        .filter(|(_, package)| {
            let path = package.plain_path();
            let is_plain = path == package.import_path;
            is_plain && hits.contains(path) && !known.contains(path) && is_worth_it(package, is_std)
        })
        .filter_map(|(id, _)| root(listing, id))
        .collect();
    let added = more.len();
    loaded.roots.extend(more);
    added
}

fn is_worth_it(package: &Package, is_std: bool) -> bool {
    let path = package.plain_path();
    if package.standard {
        let is_runtime =
            path == "runtime" || path.starts_with("runtime/") || path.starts_with("internal/");
        return is_std && !is_runtime && path != "testing" && path != "syscall" && path != "unsafe";
    }
    package.module.as_ref().is_some_and(|module| module.main)
}

/// Packages of main modules that the listing does not have.
fn unlisted(listing: &Listing, hits: &BTreeSet<String>) -> Vec<String> {
    let listed: BTreeSet<&str> = listing.packages.iter().map(Package::plain_path).collect();
    let modules: BTreeSet<&str> = (listing.packages.iter())
        .filter_map(|package| package.module.as_ref())
        .filter(|module| module.main)
        .map(|module| module.path.as_str())
        .collect();
    let is_main = |path: &str| {
        modules.iter().any(|module| {
            path == *module
                || path
                    .strip_prefix(module)
                    .is_some_and(|rest| rest.starts_with('/'))
        })
    };
    // `p_test` is the package of external tests of `p`.
    let is_external_test = |path: &str| {
        path.strip_suffix("_test")
            .is_some_and(|base| listed.contains(base))
    };
    (hits.iter())
        .filter(|path| is_main(path) && !listed.contains(path.as_str()) && !is_external_test(path))
        .cloned()
        .collect()
}
