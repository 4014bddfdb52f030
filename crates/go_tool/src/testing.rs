//! Folders with Go code on the real machine, for tests that need a go command.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has to fail"
)]

use std::path::Path;

use base::system::{Command, OsSystem, System, TempDir};
use base::testing::skipped;

use crate::find::GoTool;

/// A temporary folder with files.
#[derive(Debug)]
pub struct Folder {
    /// The real machine.
    pub system: OsSystem,
    folder: TempDir,
}

impl Folder {
    /// A folder with these files, by name; `None`, with a line that says that `what` was skipped, where there is no go
    /// command.
    pub fn new(what: &str, files: &[(&str, &str)]) -> Option<Self> {
        let system = OsSystem::default();
        if let Err(error) = GoTool::find(&system, None) {
            skipped(&format!("{what}: {error}"));
            return None;
        }
        let folder = system.temp_dir("goperf-test-").unwrap();
        let folder = Self { system, folder };
        for (name, text) in files {
            folder.write(name, text);
        }
        Some(folder)
    }

    /// Where the files are.
    pub fn dir(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file, whose folder is made if need be.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.dir().join(name);
        self.system.create_dir_all(path.parent().unwrap()).unwrap();
        self.system.write(&path, text.as_bytes()).unwrap();
    }

    /// Runs git in the folder.
    pub fn git(&self, args: &[&str]) {
        self.git_in(self.dir(), args);
    }

    /// Runs git in another folder, where it may clone from paths.
    pub fn git_in(&self, dir: &Path, args: &[&str]) {
        let command = Command::new("git")
            .args(["-c", "user.name=t", "-c", "user.email=t@example.com"])
            .args(["-c", "protocol.file.allow=always"])
            .args(args)
            .current_dir(dir);
        let output = (self.system.run(&command, &base::Cancellation::default())).unwrap();
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(output.success(), "git {args:?}: {message}");
    }
}
