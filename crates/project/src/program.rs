//! Running a program that writes profiles, and finding what it wrote.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use base::system::{Command, Input, ProcessOutput, Stream};
use base::{Cancellation, System};

/// The environment variable that names the folder for the profiles of a program.
pub const PROFILE_DIR: &str = "GOPERF_PROFILE_DIR";

/// A program's run and the profiles it left.
#[derive(Debug)]
pub struct ProgramRun {
    pub output: ProcessOutput,
    /// New or changed files that are profiles, sorted.
    pub profiles: Vec<PathBuf>,
}

/// Runs `command` (program and arguments). A Go test binary (`*.test`) gets flags to write CPU, memory, block and
/// mutex profiles to `out_dir`, unless its arguments say where; any other program finds the folder in
/// [`PROFILE_DIR`]. Profiles are looked for there and in the current folder.
pub fn run_program(
    system: &dyn System,
    cancel: &Cancellation,
    command: &[OsString],
    out_dir: &Path,
    timeout: Option<Duration>,
    on_output: &mut dyn FnMut(Stream, &[u8]),
) -> io::Result<ProgramRun> {
    let [program, args @ ..] = command else {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "no command given",
        ));
    };
    let current = system.current_dir()?;
    let out_dir = current.join(out_dir);
    system.create_dir_all(&out_dir)?;
    let before = snapshot(system, &current, &out_dir);
    let mut command = Command::new(program)
        .args(args)
        .args(test_flags(Path::new(program), args, &out_dir))
        .env(PROFILE_DIR, out_dir.as_os_str())
        .timeout(timeout);
    command.stdin = Input::Inherit;
    let output = system.run_streaming(&command, cancel, on_output)?;
    let after = snapshot(system, &current, &out_dir);
    let profiles = after
        .into_iter()
        .filter(|(path, state)| before.get(path) != Some(state))
        .map(|(path, _)| path)
        .filter(|path| is_profile(system, path))
        .collect();
    Ok(ProgramRun { output, profiles })
}

fn test_flags(program: &Path, args: &[OsString], out_dir: &Path) -> Vec<OsString> {
    let Some(stem) = program
        .file_stem()
        .filter(|_| (program.extension()).is_some_and(|extension| extension == "test"))
    else {
        return Vec::new();
    };
    let given = |flag: &str| {
        args.iter().any(|arg| {
            let arg = arg.to_string_lossy();
            arg.trim_start_matches('-').starts_with(flag)
        })
    };
    let kinds = ["cpu", "mem", "block", "mutex"];
    let wanted = kinds
        .into_iter()
        .filter(|kind| !given(&format!("test.{kind}profile")));
    let flag = |kind: &str| {
        let file = out_dir.join(format!("{}.{kind}.pb.gz", stem.to_string_lossy()));
        let mut flag = OsString::from(format!("-test.{kind}profile="));
        flag.push(file);
        flag
    };
    wanted.map(flag).collect()
}

type State = (u64, Option<SystemTime>);

fn snapshot(system: &dyn System, current: &Path, out_dir: &Path) -> BTreeMap<PathBuf, State> {
    let mut files = BTreeMap::new();
    for dir in [current, out_dir] {
        for path in system.read_dir(dir).unwrap_or_default() {
            if let Ok(metadata) = system.metadata(&path)
                && metadata.is_file
            {
                files.insert(path, (metadata.len, metadata.modified));
            }
        }
    }
    files
}

fn is_profile(system: &dyn System, path: &Path) -> bool {
    (system.read(path))
        .is_ok_and(|content| profile::decode(&content, &profile::Limits::default()).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_binaries_are_told_where_to_write() {
        let flags = |program: &str, args: &[&str]| -> Vec<String> {
            let args: Vec<OsString> = args.iter().map(OsString::from).collect();
            test_flags(Path::new(program), &args, Path::new("/out"))
                .into_iter()
                .map(|flag| flag.to_string_lossy().into_owned())
                .collect()
        };
        assert_eq!(
            flags(
                "./store.test",
                &[
                    "-test.bench=.",
                    "-test.cpuprofile",
                    "c",
                    "-test.mutexprofile=m"
                ]
            ),
            [
                "-test.memprofile=/out/store.mem.pb.gz",
                "-test.blockprofile=/out/store.block.pb.gz"
            ]
        );
        assert!(flags("./server", &[]).is_empty());
    }
}
