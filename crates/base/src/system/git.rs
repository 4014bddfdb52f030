//! Git, asked without consequences.

use std::path::Path;

use super::{Command, System};
use crate::Cancellation;

/// A git command in `dir` that reads and nothing else: it runs none of the programs that the settings of a repository
/// may name (hooks, monitors of the file system, filters of contents) and does not refresh the index.
///
/// Without filters, files that they stand in for (Git LFS) are what the repository holds: a pointer.
pub fn git(system: &dyn System, cancel: &Cancellation, dir: &Path) -> Command {
    let command = Command::new("git")
        .args(["--no-pager", "-c", "core.fsmonitor=false"])
        .args(["-c", "core.hooksPath=/dev/null"])
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        .current_dir(dir);
    let list = ["config", "--name-only", "--get-regexp", "^filter[.].*[.]"];
    let output = system.run(&command.clone().args(list), cancel);
    let names = output.map_or_else(|_| Vec::new(), |output| output.stdout);
    let names = String::from_utf8_lossy(&names).into_owned();
    names.lines().fold(command, |command, name| {
        // A filter without a command changes nothing, unless it is said to be required.
        let nothing = if name.ends_with(".required") {
            "false"
        } else {
            ""
        };
        command.arg("-c").arg(format!("{name}={nothing}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{MemorySystem, exited};

    #[test]
    fn filters_of_the_repository_are_off() {
        let system = MemorySystem::default().with_process(Box::new(|command: &Command| {
            assert_eq!(command.args.last().unwrap(), "^filter[.].*[.]");
            Ok(exited(0, "filter.x.smudge\nfilter.x.required\n"))
        }));
        let command = git(&system, &Cancellation::default(), Path::new("/m"));
        let line = command.arg("status").line();
        assert!(
            line.ends_with("-c filter.x.smudge= -c filter.x.required=false status"),
            "{line}"
        );
    }
}
