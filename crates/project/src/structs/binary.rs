//! Structs of a compiled program: what the linker kept, with the offsets the compiler gave.

use std::collections::BTreeSet;

use layout::{Compiled, Criterion, Sizes, advise};
use objfile::{Binary, BuildInfo};

use super::{StructReport, StructReportEntry};

/// Which structs of a binary.
#[derive(Clone, Copy)]
pub struct BinaryRequest<'a> {
    pub criterion: Criterion,
    /// By name, of whatever package; without it those of the main module.
    pub wanted: Option<&'a dyn Fn(&str) -> bool>,
}

/// Why a binary has no structs to show.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BinaryError {
    #[error("no Go types found: neither debug information nor the runtime's descriptors")]
    NoTypes,
}

/// The structs of a binary by name.
pub fn binary_structs(
    binary: &Binary,
    request: &BinaryRequest<'_>,
) -> Result<StructReport, BinaryError> {
    let module = Module::new(binary.build_info());
    let (compiled, stripped) = compiled(binary, &module)?;
    let sizes = Sizes {
        word: i64::from(binary.pointer_size),
    };
    let is_wanted = |it: &Compiled| match request.wanted {
        Some(wanted) => wanted(&it.layout.name),
        None => module.has(&it.package),
    };
    let structs: Vec<StructReportEntry> = (compiled.into_iter())
        .filter(is_wanted)
        .map(|it| entry(it, &module, request.criterion, sizes))
        .collect();
    let packages: BTreeSet<&str> = structs.iter().map(|it| it.package.as_str()).collect();
    Ok(StructReport {
        packages: packages.len(),
        goarch: binary.arch.goarch().to_owned(),
        of_binary: true,
        stripped,
        structs,
        ..StructReport::default()
    })
}

/// All structs by name, and whether the program's own have no debug information. Then those that the runtime knows are
/// added: the compiler may leave out debug information for some packages or all (`-gcflags=-dwarf=false`), while the
/// linker describes types of its own.
fn compiled(binary: &Binary, module: &Module) -> Result<(Vec<Compiled>, bool), BinaryError> {
    let described = binary.dwarf_types().unwrap_or_default();
    let mut structs = layout::compiled_structs(&described);
    if structs.iter().any(|it| module.has(&it.package)) {
        return Ok((structs, false));
    }
    let Some(known) = binary.runtime_types() else {
        let is_described = !structs.is_empty();
        return if is_described {
            Ok((structs, false))
        } else {
            Err(BinaryError::NoTypes)
        };
    };
    let n_described = structs.len();
    structs.extend(layout::compiled_structs(&known));
    let is_stripped = n_described == 0
        || structs[n_described..]
            .iter()
            .any(|it| module.has(&it.package));
    // Of one name that of the debug information is kept: the sort is stable.
    structs.sort_by(|a, b| a.layout.name.cmp(&b.layout.name));
    structs.dedup_by(|a, b| a.layout.name == b.layout.name);
    Ok((structs, is_stripped))
}

fn entry(
    found: Compiled,
    module: &Module,
    criterion: Criterion,
    sizes: Sizes,
) -> StructReportEntry {
    StructReportEntry {
        short_name: layout::short_name(
            &found.layout.name,
            &found.package,
            module.name_of(&found.package),
        ),
        foreign: !module.has(&found.package) && !found.package.is_empty(),
        package: found.package,
        in_test: false,
        in_rows: found.in_rows,
        class: layout::size_class(found.layout.size, found.layout.has_pointers(), sizes),
        advice: advise(&found.layout, found.in_rows, criterion, sizes),
        layout: found.layout,
        obstacles: found.obstacles,
        edit: None,
        tag: None,
        heap: None,
    }
}

/// The program's own packages, as far as the binary names them.
struct Module {
    /// Of the main module, or of the main package where there is none; `None` if neither is noted.
    path: Option<String>,
}

impl Module {
    fn new(info: Option<BuildInfo>) -> Self {
        let path = info.map(|info| {
            if info.module.is_empty() {
                info.path
            } else {
                info.module
            }
        });
        Self {
            path: path.filter(|path| !path.is_empty()),
        }
    }

    fn has(&self, package: &str) -> bool {
        if package == "main" {
            return true;
        }
        match &self.path {
            Some(path) => (package.strip_prefix(path.as_str()))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            // Paths of modules begin with a domain.
            None => package
                .split('/')
                .next()
                .is_some_and(|first| first.contains('.')),
        }
    }

    /// The name of a package, which a binary does not contain: the last element of its path. In the folder of a module with a
    /// version (`example.com/m/v2`) packages are called as if there were none.
    fn name_of<'a>(&self, package: &'a str) -> &'a str {
        if self.path.as_deref() == Some(package) {
            return go_tool::last_element(package);
        }
        package.rsplit('/').next().unwrap_or(package)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structs_of_the_main_package_are_shown_and_others_on_demand() {
        let program = include_bytes!("../../../../fuzz/seeds/dwarf_types/structs");
        let binary = Binary::open(program.to_vec()).unwrap();
        let names = |wanted: Option<&dyn Fn(&str) -> bool>| {
            let request = BinaryRequest {
                criterion: Criterion::Size,
                wanted,
            };
            let report = binary_structs(&binary, &request).unwrap();
            let names = report.structs.into_iter().map(|it| it.layout.name);
            names.collect::<Vec<_>>()
        };
        assert_eq!(names(None), ["a.b/x.v3.Base", "main.T[int64]"]);
        let runtime = |name: &str| name.starts_with("runtime.");
        assert_eq!(names(Some(&runtime)), ["runtime.mspan"]);
        let other = Binary::open(fixture_without_types()).unwrap();
        let request = BinaryRequest {
            criterion: Criterion::Size,
            wanted: None,
        };
        let error = binary_structs(&other, &request).unwrap_err();
        assert_eq!(error, BinaryError::NoTypes);
    }

    /// The same program, with its debug information under another name.
    fn fixture_without_types() -> Vec<u8> {
        let program = include_bytes!("../../../../fuzz/seeds/dwarf_types/structs");
        let mut bytes = program.to_vec();
        let name = b".debug_info\0";
        let at = bytes.windows(name.len()).position(|it| it == name).unwrap();
        bytes[at + 1] = b'x';
        bytes
    }

    #[test]
    fn the_programs_own_packages_are_told_by_path() {
        let module = |module: &str, path: &str| {
            Module::new(Some(BuildInfo {
                go_version: "go1.27.3".to_owned(),
                path: path.to_owned(),
                module: module.to_owned(),
            }))
        };
        let cases = [
            (
                module("example.org/m", "example.org/m/cmd"),
                "example.org/m/store",
                true,
            ),
            (module("example.org/m", ""), "example.org/mm", false),
            (module("", "cmd/go"), "cmd/go/internal/load", true),
            (module("", "cmd/go"), "cmd/internal/obj", false),
            (Module::new(None), "golang.org/x/net", true),
            (Module::new(None), "net/http", false),
            (Module::new(None), "main", true),
        ];
        for (module, package, expected) in cases {
            assert_eq!(module.has(package), expected, "{package}");
        }
    }
}
