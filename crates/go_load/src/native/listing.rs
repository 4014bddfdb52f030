//! From packages to the listing that the go command would give.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use base::IndexVec;
use go_tool::{Package, Products, SourceError};
use rustc_hash::{FxHashMap, FxHashSet};

use super::node::{ErrorId, Kind, Node, NodeId};
use super::packages::Packages;

/// The packages in order, each after its imports. `roots` are those that were asked for, test
/// variants included; `variants`: there are such, or copies for profiles.
pub(super) fn packages(
    packages: &mut Packages<'_>,
    roots: &[NodeId],
    products: Products,
    variants: bool,
) -> Vec<Package> {
    let order = packages.in_order(roots);
    let named: FxHashSet<NodeId> = roots.iter().copied().collect();
    if products != Products::Nothing {
        for &id in &order {
            let node = &mut packages.nodes[id];
            let compiled = node.compiled_imports.clone();
            node.imports.extend(compiled);
        }
    }
    if variants {
        rename(packages, &order);
    }
    let deps_errors = deps_errors(packages, &order);
    let package = |(&id, errors): (&NodeId, BTreeSet<ErrorId>)| {
        let node = &packages.nodes[id];
        let mut package = package(packages, node, products);
        if products != Products::Nothing && node.error.is_none() && node.import_path != "unsafe" {
            package.compiled_go_files.clone_from(&package.go_files);
        }
        package.dep_only = !named.contains(&id);
        package.dep_errors = in_go_order(packages, &errors);
        if let Some(error) = node.error.map(|error| &packages.errors[error]) {
            package.error_text = Some(error.message.clone());
            package.errors = vec![source_error(
                packages.current,
                &error.position,
                &error.message,
            )];
        }
        package
    };
    order.iter().zip(deps_errors).map(package).collect()
}

/// Names copies for what they are copied for, and so the imports of them.
fn rename(packages: &mut Packages<'_>, order: &[NodeId]) {
    let mut plain: FxHashMap<NodeId, String> = FxHashMap::default();
    for &id in order {
        let node = &mut packages.nodes[id];
        let named = match (&node.for_test, &node.for_main) {
            (Some(test), _) => format!("{} [{test}.test]", node.import_path),
            (None, Some(main)) => format!("{} [{main}]", node.import_path),
            (None, None) => continue,
        };
        plain.insert(id, std::mem::replace(&mut node.import_path, named));
    }
    for &id in order {
        let node = &packages.nodes[id];
        let renamed: FxHashMap<&str, &str> = (node.deps.iter())
            .filter_map(|dep| {
                let plain = plain.get(dep)?;
                Some((plain.as_str(), packages.nodes[*dep].import_path.as_str()))
            })
            .collect();
        if renamed.is_empty() {
            continue;
        }
        let imports = node.imports.iter().map(|path| {
            let renamed = renamed.get(path.as_str());
            renamed.map_or_else(|| path.clone(), |path| (*path).to_owned())
        });
        let imports = imports.collect();
        packages.nodes[id].imports = imports;
    }
}

/// For each package of the order, what is wrong with the packages it imports, at whatever distance.
fn deps_errors(packages: &Packages<'_>, order: &[NodeId]) -> Vec<BTreeSet<ErrorId>> {
    let mut of: IndexVec<NodeId, BTreeSet<ErrorId>> =
        packages.nodes.iter().map(|_| BTreeSet::new()).collect();
    for &id in order {
        let mut errors = BTreeSet::new();
        for &dep in &packages.nodes[id].deps {
            errors.extend(packages.nodes[dep].error);
            errors.extend(&of[dep]);
        }
        of[id] = errors;
    }
    order.iter().map(|id| of[*id].clone()).collect()
}

/// Sorted by the package where an error happened.
fn in_go_order(packages: &Packages<'_>, errors: &BTreeSet<ErrorId>) -> Vec<SourceError> {
    let mut errors: Vec<_> = errors
        .iter()
        .map(|error| &packages.errors[*error])
        .collect();
    errors.sort_by_key(|error| (error.stack.last(), &error.message, &error.position));
    (errors.into_iter())
        .map(|error| source_error(packages.current, &error.position, &error.message))
        .collect()
}

fn source_error(current: &Path, position: &str, message: &str) -> SourceError {
    SourceError::at(position, message, current)
}

fn package(packages: &Packages<'_>, node: &Node, products: Products) -> Package {
    let mut package = Package {
        import_path: node.import_path.clone(),
        name: node.name.clone(),
        dir: node.dir.clone(),
        module: node.module.as_deref().cloned(),
        standard: node.standard,
        for_test: node.for_test.clone(),
        embed_files: node.embed_files.clone(),
        imports: node.imports.clone(),
        import_map: import_map(node, products),
        ..Package::default()
    };
    if let Some(files) = &node.go_files {
        package.go_files.clone_from(files);
    }
    let Some(folder) = node
        .folder
        .as_deref()
        .filter(|_| node.kind == Kind::Package)
    else {
        return package;
    };
    if node.go_files.is_none() {
        package.go_files.clone_from(&folder.go_files);
    }
    package.cgo_files.clone_from(&folder.cgo_files);
    package.s_files.clone_from(&folder.s_files);
    package.test_go_files.clone_from(&folder.test_go_files);
    package.xtest_go_files.clone_from(&folder.xtest_go_files);
    package.embed_patterns = folder.embeds.keys().cloned().collect();
    let foreign = &folder.foreign;
    package.n_foreign_files = foreign.f.len() + foreign.syso.len();
    if packages.context.cgo_enabled {
        let with_cgo = [
            &foreign.c,
            &foreign.cxx,
            &foreign.m,
            &foreign.swig,
            &foreign.swig_cxx,
        ];
        package.n_foreign_files += with_cgo.iter().map(|files| files.len()).sum::<usize>();
    }
    package
}

/// From the paths of the source to what they mean, where that differs.
fn import_map(node: &Node, products: Products) -> BTreeMap<String, String> {
    let compiled = match products {
        Products::Nothing => &[][..],
        _ => &node.compiled_imports,
    };
    let sources = node.raw_imports.iter().chain(compiled);
    (sources.zip(&node.imports))
        .filter(|(source, path)| source != path)
        .map(|(source, path)| (source.clone(), path.clone()))
        .collect()
}
