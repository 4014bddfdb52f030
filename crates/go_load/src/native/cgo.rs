//! The files that cgo generated, remembered.
//!
//! Only the go command can run cgo, and even where nothing has changed it takes a quarter of a second to name the files,
//! most of it for asking the C compiler who it is. The names are kept by what the go command keeps the files by: its
//! version and settings, the C compiler, and the texts of the package's folder that cgo reads. As there, headers of the
//! system do not count. The files lie in the go command's cache under names of their contents; if one of them is gone,
//! the go command is asked again.

use std::path::Path;

use base::system::EntryKind;
use base::{Cache, Key};
use go_tool::{GoTool, ListOptions, Package};

use super::disk::Disk;
use super::environment::Environment;
use super::error::{NativeError, refused};
use super::paths::extension;
use crate::artefact::{with_checksum, without_checksum};

/// What the lists of one run have in common.
pub(super) struct Generated<'a> {
    pub(super) cache: Option<&'a Cache>,
    pub(super) disk: &'a Disk<'a>,
    pub(super) environment: &'a Environment<'a>,
    pub(super) target: &'a GoTool,
    pub(super) options: &'a ListOptions,
}

/// Variables that change what cgo generates.
const VARIABLES: [&str; 7] = [
    "CC",
    "CXX",
    "CGO_CFLAGS",
    "CGO_CPPFLAGS",
    "CGO_CXXFLAGS",
    "CGO_FFLAGS",
    "CGO_LDFLAGS",
];

/// What C code is read from, besides Go files that import "C".
const C_FILES: [&str; 11] = [
    ".c", ".h", ".cc", ".cpp", ".cxx", ".hh", ".hpp", ".hxx", ".m", ".f", ".f90",
];

impl Generated<'_> {
    /// Names what the compiler is given in packages that use cgo. Where that is not known, the go command has to say
    /// it, and the error tells under which keys to keep its answers.
    pub(super) fn fill(&self, packages: &mut [Package]) -> Result<(), NativeError> {
        let mut common = None;
        let mut missing = Vec::new();
        for package in packages.iter_mut().filter(|package| package.uses_cgo()) {
            let reason = "files that cgo makes are asked for";
            let cache = self.cache.ok_or_else(|| refused(reason))?;
            if common.is_none() {
                common = Some(self.common().ok_or_else(|| refused(reason))?);
            }
            let key = (common.as_deref()).and_then(|common| self.key(package, common));
            let key = key.ok_or_else(|| refused(reason))?;
            match self.known(cache, &key) {
                Some(files) => package.compiled_go_files = files,
                None => missing.push((package.import_path.clone(), key)),
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        Err(NativeError::LacksGenerated(missing))
    }

    fn known(&self, cache: &Cache, key: &Key) -> Option<Vec<String>> {
        let system = self.disk.system;
        let files = unpack(&cache.get(system, key)?)?;
        system.named_by_content(&self.target.env.gocache);
        let mut absolute = files.iter().map(Path::new).filter(|it| it.is_absolute());
        (absolute.all(|path| system.is_file(path))).then_some(files)
    }

    /// What all packages depend on. `None` where the C compiler is not found.
    fn common(&self) -> Option<Vec<u8>> {
        let mut fields = Vec::new();
        let env = &self.target.env;
        for text in [
            &self.target.version.text,
            &env.goos,
            &env.goarch,
            &env.goexperiment,
            &env.goflags,
        ] {
            add(&mut fields, text.as_bytes());
        }
        for path in [&env.goroot, &env.gocache] {
            add(&mut fields, path.as_os_str().as_encoded_bytes());
        }
        for (name, value) in &env.arch {
            add(&mut fields, name.as_bytes());
            add(&mut fields, value.as_bytes());
        }
        for name in VARIABLES {
            add(
                &mut fields,
                self.environment.get(name).unwrap_or_default().as_bytes(),
            );
        }
        let list = self.options;
        let flags = (list.race, &list.tags, &list.mod_mode, &list.flags);
        add(&mut fields, format!("{flags:?}").as_bytes());
        add(&mut fields, &self.compiler()?);
        Some(fields)
    }

    /// The C compiler as it is now.
    fn compiler(&self) -> Option<Vec<u8>> {
        let default = match self.target.env.goos.as_str() {
            "darwin" | "ios" | "freebsd" | "openbsd" => "clang",
            _ => "gcc",
        };
        let command = self.environment.get("CC");
        let program = (command.as_deref()).map_or(Some(default), |it| it.split_whitespace().next());
        let program = program?;
        let path = if Path::new(program).components().count() > 1 {
            program.into()
        } else {
            self.environment.on_path(program)?
        };
        let system = self.disk.system;
        let path = system.canonicalize(&path).ok()?;
        let metadata = system.metadata(&path).ok()?;
        let mut fields = path.as_os_str().as_encoded_bytes().to_vec();
        fields.extend(format!(" {} {:?}", metadata.len, metadata.modified).into_bytes());
        Some(fields)
    }

    /// `None` if what is generated depends on more than can be seen here, or something is wrong with the package.
    fn key(&self, package: &Package, common: &[u8]) -> Option<Key> {
        if !package.errors.is_empty() || !package.dep_errors.is_empty() {
            return None;
        }
        let mut fields = common.to_vec();
        add(&mut fields, package.import_path.as_bytes());
        add(&mut fields, package.dir.as_os_str().as_encoded_bytes());
        for name in &package.go_files {
            add(&mut fields, name.as_bytes());
        }
        add(&mut fields, b"");
        for name in &package.cgo_files {
            let text = self.disk.read(&package.dir.join(name)).ok()?;
            // A program of its own says then what the C compiler is given.
            if memchr::memmem::find(&text, b"pkg-config:").is_some() {
                return None;
            }
            add(&mut fields, name.as_bytes());
            add(&mut fields, &text);
        }
        for entry in self.disk.list(&package.dir)?.iter() {
            let extension = extension(&entry.name);
            if matches!(extension, ".swig" | ".swigcxx") {
                return None;
            }
            if entry.kind != EntryKind::Dir && C_FILES.contains(&extension) {
                add(&mut fields, entry.name.as_bytes());
                let text = self.disk.read(&package.dir.join(&entry.name)).ok()?;
                add(&mut fields, &text);
            }
        }
        Some(*blake3::hash(&fields).as_bytes())
    }
}

/// Appends a field that cannot run into the next.
fn add(fields: &mut Vec<u8>, field: &[u8]) {
    fields.extend((field.len() as u64).to_le_bytes());
    fields.extend(field);
}

/// The names as they are kept; a file may be damaged.
pub(crate) fn pack(files: &[String]) -> Vec<u8> {
    with_checksum(files.join("\0").into_bytes())
}

fn unpack(bytes: &[u8]) -> Option<Vec<String>> {
    let text = std::str::from_utf8(without_checksum(bytes)?).ok()?;
    Some(text.split('\0').map(str::to_owned).collect())
}
