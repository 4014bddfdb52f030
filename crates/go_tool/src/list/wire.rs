//! The JSON of `go list`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Module, Package, Products};
use crate::source_error::SourceError;

/// Only these are computed by the go command.
pub(super) fn fields(products: Products) -> Vec<&'static str> {
    // Asking for export data alone would build it.
    let wanted = |field: &&&str| products == Products::Export || **field != "Export";
    FIELDS.iter().filter(wanted).copied().collect()
}

const FIELDS: &[&str] = &[
    "Dir",
    "ImportPath",
    "Name",
    "Standard",
    "Export",
    "Module",
    "DepOnly",
    "ForTest",
    "GoFiles",
    "CgoFiles",
    "CompiledGoFiles",
    "SFiles",
    "CFiles",
    "CXXFiles",
    "MFiles",
    "FFiles",
    "SwigFiles",
    "SwigCXXFiles",
    "SysoFiles",
    "TestGoFiles",
    "XTestGoFiles",
    "EmbedPatterns",
    "EmbedFiles",
    "Imports",
    "ImportMap",
    "Error",
    "DepsErrors",
];

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Listed {
    dir: PathBuf,
    import_path: String,
    name: String,
    standard: bool,
    export: Option<PathBuf>,
    module: Option<ListedModule>,
    dep_only: bool,
    for_test: Option<String>,
    go_files: Vec<String>,
    cgo_files: Vec<String>,
    compiled_go_files: Vec<String>,
    s_files: Vec<String>,
    c_files: Vec<String>,
    #[serde(rename = "CXXFiles")]
    cxx_files: Vec<String>,
    m_files: Vec<String>,
    f_files: Vec<String>,
    swig_files: Vec<String>,
    #[serde(rename = "SwigCXXFiles")]
    swig_cxx_files: Vec<String>,
    syso_files: Vec<String>,
    test_go_files: Vec<String>,
    #[serde(rename = "XTestGoFiles")]
    xtest_go_files: Vec<String>,
    embed_patterns: Vec<String>,
    embed_files: Vec<String>,
    imports: Vec<String>,
    import_map: BTreeMap<String, String>,
    error: Option<ListedError>,
    deps_errors: Vec<ListedError>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct ListedModule {
    path: String,
    version: Option<String>,
    dir: Option<PathBuf>,
    go_version: Option<String>,
    main: bool,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct ListedError {
    pos: String,
    err: String,
}

/// Packages in the order printed; relative positions are of `dir`.
pub(super) fn parse(json: &[u8], dir: &Path) -> serde_json::Result<Vec<Package>> {
    serde_json::Deserializer::from_slice(json)
        .into_iter::<Listed>()
        .map(|listed| listed.map(|listed| listed.into_package(dir)))
        .collect()
}

impl Listed {
    fn into_package(self, dir: &Path) -> Package {
        let foreign = [
            &self.c_files,
            &self.cxx_files,
            &self.m_files,
            &self.f_files,
            &self.swig_files,
            &self.swig_cxx_files,
            &self.syso_files,
        ];
        Package {
            n_foreign_files: foreign.iter().map(|files| files.len()).sum(),
            import_path: self.import_path,
            name: self.name,
            dir: self.dir,
            module: self.module.map(ListedModule::into_module),
            standard: self.standard,
            dep_only: self.dep_only,
            for_test: self.for_test,
            go_files: self.go_files,
            cgo_files: self.cgo_files,
            compiled_go_files: self.compiled_go_files,
            s_files: self.s_files,
            test_go_files: self.test_go_files,
            xtest_go_files: self.xtest_go_files,
            embed_patterns: self.embed_patterns,
            embed_files: self.embed_files,
            imports: self.imports,
            import_map: self.import_map,
            export: self.export,
            error_text: self.error.as_ref().map(|error| error.err.clone()),
            errors: self.error.iter().flat_map(|e| e.split(dir)).collect(),
            dep_errors: (self.deps_errors.iter())
                .flat_map(|error| error.split(dir))
                .collect(),
            pgo_profile: None,
        }
    }
}

impl ListedModule {
    fn into_module(self) -> Module {
        Module {
            path: self.path,
            version: self.version,
            dir: self.dir,
            go_version: self.go_version,
            main: self.main,
        }
    }
}

impl ListedError {
    /// A compiler's complaints come as one text under a header; all else is one complaint.
    fn split(&self, dir: &Path) -> Vec<SourceError> {
        if self.err.starts_with("# ") {
            SourceError::parse_all(&self.err, dir)
        } else {
            vec![SourceError::at(&self.pos, &self.err, dir)]
        }
    }
}
