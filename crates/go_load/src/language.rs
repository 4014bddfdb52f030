//! The language version a package is written in.

use go_syntax::GoVersion;
use go_tool::{GoTool, Package};

/// The version that the go command passes to the compiler as `-lang`: that of the module's go line, 1.16 if it has
/// none, the toolchain's outside of modules.
pub fn package_version(go: &GoTool, package: &Package) -> GoVersion {
    let own = GoVersion::parse(&go.version.to_string()).unwrap_or(NEWEST);
    match &package.module {
        None => own,
        Some(module) => match &module.go_version {
            Some(version) => GoVersion::parse(version).unwrap_or(own),
            None => GoVersion::new(1, 16),
        },
    }
}

/// The newest version this front-end reads.
const NEWEST: GoVersion = GoVersion::new(1, 27);
