//! What a compile's answer depends on, as a number.

use std::path::Path;

use base::System;

use crate::compile::{CompileOptions, exports};
use crate::find::GoTool;
use crate::list::{Listing, Package, PackageId};

/// Changes when the meaning of the hashed fields does.
const FORM: &str = "go_tool compile 1";

/// The key under which the answer of [`compile`](crate::compile) may be kept: equal keys, equal
/// answers.
///
/// Covers the toolchain, its settings, the options, the package's sources and what it imports.
/// Export data in the build cache is named for its content, so that its name will do; elsewhere the
/// content is read. Source files that cannot be read count as missing. The package's folder is part
/// of it, since positions in export data are absolute.
pub fn cache_key(
    go: &GoTool,
    system: &dyn System,
    listing: &Listing,
    package: PackageId,
    options: &CompileOptions,
) -> [u8; 32] {
    let package = &listing.packages[package];
    let mut key = Key(blake3::Hasher::new());
    key.text(FORM);
    toolchain(&mut key, go, system);
    key.text(&format!("{options:?}"));
    identity(&mut key, package);
    let profile = options
        .pgo_profile
        .as_ref()
        .or(package.pgo_profile.as_ref());
    key.text(if profile.is_some() { "pgo" } else { "" });
    if let Some(profile) = profile {
        key.file(system, profile);
    }
    for name in (package.compiled_go_files.iter()).chain(&package.s_files) {
        key.text(name);
        key.file(system, &package.dir.join(name));
    }
    for (path, export) in exports(listing, package) {
        key.text(path);
        match content_name(export) {
            Some(name) => key.text(name),
            None => key.file(system, export),
        }
    }
    *key.0.finalize().as_bytes()
}

fn toolchain(key: &mut Key, go: &GoTool, system: &dyn System) {
    let env = &go.env;
    key.text(&go.version.text);
    for path in [&env.goroot, &env.gotooldir] {
        key.text(&path.to_string_lossy());
    }
    for setting in [&env.goos, &env.goarch, &env.goexperiment, &env.goflags] {
        key.text(setting);
    }
    for (name, value) in &env.arch {
        key.text(name);
        key.text(value);
    }
    // A toolchain rebuilt in place keeps its version.
    let compiler = system.metadata(&go.tool("compile").program).ok();
    key.text(&format!(
        "{:?}",
        compiler.map(|file| (file.len, file.modified))
    ));
}

fn identity(key: &mut Key, package: &Package) {
    let Package {
        import_path,
        name,
        dir,
        module,
        standard,
        n_foreign_files,
        import_map,
        embed_patterns,
        embed_files,
        cgo_files,
        ..
    } = package;
    let go_line = module
        .as_ref()
        .and_then(|module| module.go_version.as_ref());
    let in_module = module.is_some();
    key.text(&format!(
        "{import_path:?} {name:?} {} {in_module} {go_line:?} {standard} {n_foreign_files} \
         {import_map:?} {embed_patterns:?} {embed_files:?} {cgo_files:?}",
        dir.display()
    ));
}

/// The name of a file in the build cache: 64 digits of the hash of its content, then `-d`.
fn content_name(path: &Path) -> Option<&str> {
    let name = path.file_name()?.to_str()?;
    let digits = name.strip_suffix("-d")?;
    (digits.len() == 64 && digits.bytes().all(|b| b.is_ascii_hexdigit())).then_some(name)
}

/// A hash of fields, each with its length, so that no two lists of fields run together.
struct Key(blake3::Hasher);

impl Key {
    fn bytes(&mut self, field: &[u8]) {
        self.0.update(&(field.len() as u64).to_le_bytes());
        self.0.update(field);
    }

    fn text(&mut self, field: &str) {
        self.bytes(field.as_bytes());
    }

    fn file(&mut self, system: &dyn System, path: &Path) {
        match system.read(path) {
            Ok(content) => self.bytes(&content),
            Err(_) => self.text("cannot be read"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{GoEnv, GoVersion, ListOptions};
    use base::Cancellation;
    use base::system::Command;
    use base::testing::{MemorySystem, exited};

    const LISTED: &str = r#"
{"ImportPath": "a", "Name": "a", "Export": "/cache/00/0000000000000000000000000000000000000000000000000000000000000000-d"}
{"ImportPath": "b", "Name": "b", "Export": "/pkg/b.a"}
{"ImportPath": "m", "Name": "m", "Dir": "/m", "CompiledGoFiles": ["m.go"], "Imports": ["a", "b"], "Module": {"Path": "m", "GoVersion": "1.25"}}"#;

    fn key(listed: String, files: &[(&str, &str)], options: &CompileOptions) -> [u8; 32] {
        let mut system = MemorySystem::default()
            .with_process(Box::new(move |_: &Command| Ok(exited(0, &listed))));
        for (path, content) in files {
            system = system.with_file(*path, *content);
        }
        let go = GoTool {
            program: "go".into(),
            version: GoVersion::parse("go1.27.3").unwrap(),
            env: GoEnv::default(),
        };
        let cancel = Cancellation::default();
        let listing = crate::list(&go, &system, &cancel, &ListOptions::default()).unwrap();
        let package = listing.packages.ids().last().unwrap();
        cache_key(&go, &system, &listing, package, options)
    }

    #[test]
    fn whatever_the_compiler_reads_changes_the_key() {
        let files = [("/m/m.go", "package m"), ("/pkg/b.a", "b")];
        let options = CompileOptions::default();
        let base = key(LISTED.to_owned(), &files, &options);
        assert_eq!(base, key(LISTED.to_owned(), &files, &options), "stable");
        let louder = CompileOptions {
            m_level: 2,
            ..CompileOptions::default()
        };
        let other_source = [("/m/m.go", "package m;"), ("/pkg/b.a", "b")];
        let other_import = [("/m/m.go", "package m"), ("/pkg/b.a", "B")];
        let cases = [
            key(LISTED.to_owned(), &files, &louder),
            key(LISTED.to_owned(), &other_source, &options),
            key(LISTED.to_owned(), &other_import, &options),
            key(LISTED.to_owned(), &files[..1], &options),
            key(LISTED.replace("1.25", "1.26"), &files, &options),
            key(LISTED.replace("/00/0", "/00/1"), &files, &options),
            key(
                LISTED.replace("[\"a\", \"b\"]", "[\"a\"]"),
                &files,
                &options,
            ),
        ];
        for (index, case) in cases.iter().enumerate() {
            assert_ne!(*case, base, "case {index}");
        }
        // The same export data under another root of the build cache.
        let moved = LISTED.replace("/cache/", "/elsewhere/");
        assert_eq!(key(moved, &files, &options), base);
    }
}
