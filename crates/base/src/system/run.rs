//! What a run would leave behind if it ended at once: processes and temporary folders.
//!
//! Every process group and every temporary folder of a run is known here, so that all of it can be ended from the
//! thread that takes signals, whatever the others are doing. A run that was killed itself leaves its folder; the next
//! run removes it.
#![expect(
    clippy::disallowed_methods,
    reason = "works also when there is no `System` any more"
)]

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// Names of folders start with it.
const PREFIX: &str = "goperf-run-";
/// A file in each folder that its run holds a lock on: a lock ends with its process, a process id may be another's.
const LOCK: &str = ".lock";
/// A folder without that file is one that is being made, unless it is older than this.
const MAKING: Duration = Duration::from_hours(1);
/// How often a folder is removed while processes that were killed a moment ago may still write to it.
const ATTEMPTS: u32 = 100;

/// The processes and folders of a run.
#[derive(Debug, Default)]
pub(super) struct Run {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Ids of the process groups that are running.
    groups: BTreeSet<u32>,
    folders: Vec<Folder>,
    /// Nothing may start any more.
    is_over: bool,
}

#[derive(Debug)]
struct Folder {
    /// Where it lies.
    base: PathBuf,
    path: PathBuf,
    /// Locked as long as the run lasts.
    _lock: File,
}

impl Run {
    /// Starts a process, which leads a group of its own. Refused once the run is over.
    pub(super) fn start(
        &self,
        process: &mut std::process::Command,
    ) -> io::Result<std::process::Child> {
        // The lock is held while the process starts: it is known here before anything can end the run.
        let mut state = self.state();
        if state.is_over {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let child = process.spawn()?;
        state.groups.insert(child.id());
        Ok(child)
    }

    /// The process has ended: its id may become another's.
    pub(super) fn ended(&self, id: u32) {
        self.state().groups.remove(&id);
    }

    /// The run's folder in `base`. It is made when it is first asked for; folders there of runs that are no more are
    /// removed then.
    pub(super) fn folder(&self, base: &Path) -> io::Result<PathBuf> {
        let mut state = self.state();
        if state.is_over {
            return Err(io::ErrorKind::Interrupted.into());
        }
        if let Some(folder) = state.folders.iter().find(|folder| folder.base == base) {
            return Ok(folder.path.clone());
        }
        sweep(base);
        // Made for this user alone.
        let path = tempfile::Builder::new()
            .prefix(PREFIX)
            .tempdir_in(base)?
            .keep();
        // It has its name only once it is locked: another run may sweep at any moment.
        let unnamed = path.join(".lock-making");
        let lock = File::create_new(&unnamed)?;
        // On file systems without locks the folder stays if the run is killed.
        lock.try_lock().ok();
        std::fs::rename(&unnamed, path.join(LOCK))?;
        state.folders.push(Folder {
            base: base.to_owned(),
            path: path.clone(),
            _lock: lock,
        });
        Ok(path)
    }

    /// As long as the answer lives, nothing ends the run: for work that must not stop halfway and takes no time.
    pub(super) fn hold(&self) -> io::Result<impl Drop> {
        let state = self.state();
        if state.is_over {
            return Err(io::ErrorKind::Interrupted.into());
        }
        Ok(state)
    }

    /// Kills the processes and removes the folders. Nothing starts after that.
    pub(super) fn end(&self) {
        let mut state = self.state();
        state.is_over = true;
        for id in std::mem::take(&mut state.groups) {
            kill_group(id);
        }
        for folder in std::mem::take(&mut state.folders) {
            remove(&folder.path);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.end();
    }
}

/// Kills a process group; `false` if there is none.
#[cfg(unix)]
pub(super) fn kill_group(id: u32) -> bool {
    use rustix::process::{Pid, Signal, kill_process_group};
    let pid = i32::try_from(id).ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| kill_process_group(pid, Signal::KILL).is_ok())
}

/// There are no process groups.
#[cfg(not(unix))]
pub(super) fn kill_group(_: u32) -> bool {
    false
}

fn remove(path: &Path) {
    for _ in 0..ATTEMPTS {
        match std::fs::remove_dir_all(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                std::thread::sleep(Duration::from_millis(10));
            }
            _ => return,
        }
    }
}

/// Removes the folders of runs that are no more. What cannot be removed stays.
fn sweep(base: &Path) {
    for entry in std::fs::read_dir(base).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX)
            && entry.metadata().is_ok_and(|it| it.is_dir() && is_mine(&it));
        if is_ours && is_abandoned(&entry.path()) {
            std::fs::remove_dir_all(entry.path()).ok();
        }
    }
}

fn is_abandoned(folder: &Path) -> bool {
    if let Ok(lock) = File::open(folder.join(LOCK)) {
        return lock.try_lock().is_ok();
    }
    let made = std::fs::metadata(folder).and_then(|it| it.modified());
    let age = made.map(|made| SystemTime::now().duration_since(made));
    age.is_ok_and(|age| age.is_ok_and(|age| age > MAKING))
}

#[cfg(unix)]
fn is_mine(metadata: &std::fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::uid(metadata) == rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
fn is_mine(_: &std::fs::Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_has_one_folder_which_ends_with_it() {
        let base = tempfile::tempdir().unwrap();
        let run = Run::default();
        let path = run.folder(base.path()).unwrap();
        assert_eq!(run.folder(base.path()).unwrap(), path);
        std::fs::write(path.join("left"), "").unwrap();
        drop(run);
        assert!(!path.exists());
    }

    #[test]
    fn folders_of_runs_that_are_no_more_are_removed() {
        let base = tempfile::tempdir().unwrap();
        let (alive, killed) = (Run::default(), base.path().join("goperf-run-x"));
        let living = alive.folder(base.path()).unwrap();
        // As a run leaves it that had no time to tidy up: nobody holds the lock.
        std::fs::create_dir(&killed).unwrap();
        File::create(killed.join(LOCK)).unwrap();
        std::fs::create_dir(base.path().join("goperf-run-making")).unwrap();
        std::fs::create_dir(base.path().join("other")).unwrap();
        let next = Run::default();
        next.folder(base.path()).unwrap();
        assert!(!killed.exists());
        assert!(living.exists());
        assert!(base.path().join("goperf-run-making").exists());
        assert!(base.path().join("other").exists());
    }

    #[test]
    #[cfg(unix)]
    fn nothing_starts_after_the_end_and_nothing_runs_on() {
        use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
        let run = Run::default();
        let mut sleep = std::process::Command::new("/bin/sleep");
        sleep.arg("600").process_group(0);
        let mut child = run.start(&mut sleep).unwrap();
        run.end();
        assert_eq!(child.wait().unwrap().signal(), Some(9));
        assert!(run.start(&mut sleep).is_err());
        assert!(run.folder(Path::new("/tmp")).is_err());
    }
}
