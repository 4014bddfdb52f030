//! Bodies of one package at a time.

use std::sync::Arc;

use go_tool::{Listing, PackageId};
use go_types::{Store, with_stack};

use crate::check::{CheckedPackage, Program, check_package};
use crate::load::{Loaded, PackageSources, SourceFile};
use crate::sources::Sources;

/// Packages as their importers see them. What is in the bodies of one is known only while somebody asks about it: trees
/// and facts of all bodies are several times as large as what importers see.
#[derive(Debug)]
pub struct Declarations {
    sources: Sources,
    /// Without files.
    loaded: Loaded,
    program: Program,
}

/// A package with its bodies.
#[derive(Debug)]
pub struct WholePackage {
    /// In the order of the package's facts.
    pub files: Vec<Arc<SourceFile>>,
    /// Facts and problems.
    pub package: CheckedPackage,
    /// What the ids in the facts mean.
    pub store: Store,
}

impl Declarations {
    pub(crate) fn new(sources: Sources, loaded: Loaded, program: Program) -> Self {
        Self {
            sources,
            loaded,
            program,
        }
    }

    /// The listing and what the packages are built for; without files.
    pub fn loaded(&self) -> &Loaded {
        &self.loaded
    }

    /// What is left when nobody asks any more.
    pub fn into_listing(self) -> Listing {
        self.loaded.listing
    }

    /// Checks a package with its bodies; `None` if no thread could be had for it. Threads may ask side by side. Its
    /// declarations are checked anew, which the packages that it imports cannot tell: none of them knows it.
    pub fn with_bodies(&self, id: PackageId) -> Option<WholePackage> {
        let sources = PackageSources {
            files: self.sources.parsed(id),
            lang: self.sources.lang(id),
        };
        self.sources.forget(id);
        let mut store = self.program.view();
        let pkg_of = |id: PackageId| Some(self.program.package(id).pkg);
        let package = with_stack(|| {
            let (_, package) = check_package(&mut store, &self.loaded, id, &sources, true, &pkg_of);
            Some(package)
        })?;
        Some(WholePackage {
            files: sources.files,
            package,
            store,
        })
    }
}

#[cfg(test)]
mod tests {
    use base::Cancellation;
    use base::testing::{MemorySystem, exited};
    use go_tool::GoTool;

    use crate::load::LoadOptions;
    use crate::{declare_cached, read};

    #[test]
    fn bodies_of_each_package_are_checked_against_what_the_others_declare() {
        let list = r#"
            {"ImportPath": "a", "Name": "a", "Dir": "/a", "GoFiles": ["a.go"]}
            {"ImportPath": "b", "Name": "b", "Dir": "/b", "GoFiles": ["b.go"], "Imports": ["a"]}
        "#;
        let system = MemorySystem::default()
            .with_file(
                "/a/a.go",
                "package a\n\ntype T struct{ n int }\n\nfunc (t *T) Get() int { return t.m }\n",
            )
            .with_file(
                "/b/b.go",
                "package b\n\nimport \"a\"\n\nfunc F() string { return new(a.T).Get() }\n",
            )
            .with_process(Box::new(move |command| {
                Ok(exited(
                    0,
                    if command.line().starts_with("go env") {
                        r#"{"GOVERSION": "go1.27.3", "GOARCH": "amd64", "GOTOOLDIR": "/go/pkg/tool"}"#
                    } else {
                        list
                    },
                ))
            }));
        let cancel = Cancellation::default();
        let go = GoTool::find(&system, None).unwrap();
        let options = LoadOptions::default();
        let sources = read(&go, &system, &cancel, &options).unwrap();
        let declarations = declare_cached(sources, &system, None);
        let problems = |path: &str| -> Vec<String> {
            let id = declarations.loaded.listing.find(path).unwrap();
            let whole = declarations.with_bodies(id).unwrap();
            assert_eq!(whole.files.len(), 1);
            let problems = whole.package.problems.iter();
            problems.map(|it| it.message.clone()).collect()
        };
        for _ in 0..2 {
            assert_eq!(
                problems("a"),
                ["m undefined (type *a.T has no field or method m)"]
            );
            assert_eq!(
                problems("b"),
                ["cannot use value of type int as string value in return statement"]
            );
        }
    }
}
