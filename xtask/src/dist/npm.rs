//! The npm packages: one with the binary for each platform, and one that takes the right of them.

use base::System as _;
use serde_json::json;

use super::archive::{Entry, tar_gz};
use super::{Platform, Release};
use crate::repo::Repo;

/// The platforms that a release is built for, as npm names them.
const PLATFORMS: [&str; 6] = [
    "darwin-arm64",
    "darwin-x64",
    "linux-arm64",
    "linux-x64",
    "win32-arm64",
    "win32-x64",
];

impl Release {
    /// Names and contents.
    pub(super) fn npm(&self, repo: &Repo) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
        let Platform {
            node_os, node_arch, ..
        } = self.platform;
        let version = &self.version;
        let of_platform = format!("{node_os}-{node_arch}");
        let manifest = json!({
            "name": format!("@goperf/{of_platform}"),
            "version": version,
            "description": format!("goperf for {of_platform}"),
            "license": "Apache-2.0 OR MIT",
            "os": [node_os],
            "cpu": [node_arch],
            "files": ["bin"],
        });
        let mut files = self.licence_files(repo)?;
        files.push(Entry::file("package.json", format!("{manifest:#}\n")));
        files.push(Entry::program(
            format!("bin/{}", self.program()),
            self.binary.clone(),
        ));
        let binary = tar_gz("package", files, self.time)?;

        let optional: serde_json::Map<_, _> = (PLATFORMS.iter())
            .map(|platform| (format!("@goperf/{platform}"), json!(version)))
            .collect();
        let manifest = json!({
            "name": "goperf",
            "version": version,
            "description": "The performance toolkit for Go programs",
            "license": "Apache-2.0 OR MIT",
            "bin": {"goperf": "bin/goperf.js"},
            "engines": {"node": ">=18"},
            "optionalDependencies": optional,
            "files": ["bin"],
        });
        let launcher = repo.system.read(&repo.path("packaging/npm/goperf.js"))?;
        let mut files = self.licence_files(repo)?;
        files.push(Entry::file("package.json", format!("{manifest:#}\n")));
        files.push(Entry::program("bin/goperf.js", launcher));
        let readme = repo.system.read(&repo.path("README.md"))?;
        files.push(Entry::file("README.md", readme));
        let main = tar_gz("package", files, self.time)?;
        Ok(vec![
            (format!("goperf-{of_platform}-{version}.tgz"), binary),
            (format!("goperf-{version}.tgz"), main),
        ])
    }
}
