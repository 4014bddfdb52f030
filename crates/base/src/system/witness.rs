//! A machine that notes what a run looks at: as long as all of that is unchanged, so is the answer.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::{
    Command, DirEntry, EntryKind, HttpClient, Metadata, ProcessOutput, ReplaceError, Replacement,
    Stamp, Stream, System, TempDir, Unsaved,
};
use crate::Cancellation;

/// A file that changed this short a time ago may change again without a trace: some file systems count in seconds.
const SETTLED: Duration = Duration::from_secs(2);

/// What a run looked at, and how it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    groups: Vec<Group>,
    /// Hashes of values, since some are secret; of variables that are not set, nothing.
    env: BTreeMap<String, Option<String>>,
}

/// Paths of one folder: thousands of files are looked at, and only whether all are as they were matters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Group {
    aspect: Aspect,
    /// `None` for paths without one: `/`, and what has no name.
    folder: Option<PathBuf>,
    names: Vec<PathBuf>,
    /// Of their states.
    hash: String,
}

/// What of a path was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Aspect {
    /// The bytes of a file, or the names in a folder.
    Content,
    /// Whether it is a file, a folder, or nothing.
    Kind,
    /// As `Kind`, a link there not followed.
    Entry,
    /// Where it leads.
    Real,
}

impl Seen {
    /// Whether all of it is still as it was.
    pub fn holds(&self, system: &dyn System) -> bool {
        let is_same =
            |(name, value): (&String, &Option<String>)| hash_of(system.env_var(name)) == *value;
        self.env.iter().all(is_same) && self.groups.iter().all(|group| group.holds(system))
    }

    /// Of states by path.
    fn of(paths: &Paths, env: BTreeMap<String, Option<String>>) -> Self {
        let mut folders: BTreeMap<(Aspect, Option<&Path>), Members<'_>> = BTreeMap::new();
        for ((aspect, path), state) in paths {
            let (folder, name) = match (path.parent(), path.file_name()) {
                (Some(folder), Some(name)) => (Some(folder), PathBuf::from(name)),
                _ => (None, path.clone()),
            };
            let members = folders.entry((*aspect, folder)).or_default();
            members.names.push(name);
            members.states.push(state);
        }
        let groups = folders
            .into_iter()
            .map(|((aspect, folder), members)| Group {
                aspect,
                folder: folder.map(Path::to_owned),
                hash: hash_of_states(members.states.into_iter()),
                names: members.names,
            });
        Self {
            groups: groups.collect(),
            env,
        }
    }
}

#[derive(Default)]
struct Members<'a> {
    names: Vec<PathBuf>,
    states: Vec<&'a str>,
}

impl Group {
    fn holds(&self, system: &dyn System) -> bool {
        let state = |name: &PathBuf| {
            let path = self.folder.as_ref().map(|folder| folder.join(name));
            let path = path.as_ref().unwrap_or(name);
            state(system, self.aspect, path)
                .map(|(state, _)| state)
                .ok()
        };
        let states: Option<Vec<String>> = self.names.iter().map(state).collect();
        states.is_some_and(|states| hash_of_states(states.iter().map(String::as_str)) == self.hash)
    }
}

/// None of them has a zero byte.
fn hash_of_states<'a>(states: impl Iterator<Item = &'a str>) -> String {
    let mut hasher = blake3::Hasher::new();
    for state in states {
        hasher.update(state.as_bytes());
        hasher.update(b"\0");
    }
    hasher.finalize().to_hex().to_string()
}

/// States by what was looked at.
type Paths = BTreeMap<(Aspect, PathBuf), String>;

/// The state of a path in words, and since when it is so; `Err` says why nothing can be known.
fn state(
    system: &dyn System,
    aspect: Aspect,
    path: &Path,
) -> io::Result<(String, Option<SystemTime>)> {
    let kind = |stamp: Option<&Stamp>| match stamp {
        None => "nothing",
        Some(stamp) if stamp.is_dir => "folder",
        Some(stamp) if stamp.is_file => "file",
        Some(_) => "other",
    };
    Ok(match aspect {
        Aspect::Content => match system.stamp(path)? {
            None => (kind(None).to_owned(), None),
            Some(stamp) if !stamp.is_dir && !stamp.is_file => {
                return Err(super::not_regular());
            }
            Some(stamp) => (format!("{stamp:?}"), Some(stamp.since())),
        },
        Aspect::Kind => (kind(system.stamp(path)?.as_ref()).to_owned(), None),
        Aspect::Entry => (format!("{:?}", system.entry_kind(path).ok()), None),
        Aspect::Real => match system.canonicalize(path) {
            Ok(real) => (real.to_string_lossy().into_owned(), None),
            Err(error) => (format!("{:?}", error.kind()), None),
        },
    })
}

fn hash_of(value: Option<String>) -> Option<String> {
    value.map(|value| blake3::hash(value.as_bytes()).to_hex().to_string())
}

/// Another system, with notes of what is asked of it.
#[derive(Debug)]
pub struct Witness<'a> {
    below: &'a dyn System,
    /// What lies here is made again where it is missing: no answer depends on it.
    cache: Option<PathBuf>,
    notes: Mutex<Notes>,
}

#[derive(Debug, Default)]
struct Notes {
    paths: Paths,
    env: BTreeMap<String, Option<String>>,
    /// Folders of this run alone, and those of files that are named by their content.
    own: Vec<PathBuf>,
    /// Why the answer may be another one though nothing that is noted has changed.
    obstacle: Option<String>,
}

impl<'a> Witness<'a> {
    pub fn new(below: &'a dyn System) -> Self {
        Self {
            below,
            cache: below.cache_dir(),
            notes: Mutex::default(),
        }
    }

    /// What was looked at; `Err` says what there was besides.
    pub fn seen(self) -> Result<Seen, String> {
        let notes = self
            .notes
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        match notes.obstacle {
            None => Ok(Seen::of(&notes.paths, notes.env)),
            Some(obstacle) => Err(obstacle),
        }
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has to be called before the look: what changes in between is then found changed.
    fn note(&self, aspect: Aspect, path: &Path) {
        if self.is_own(path) {
            return;
        }
        let key = (aspect, path.to_owned());
        {
            let notes = self.notes();
            if notes.obstacle.is_some() || notes.paths.contains_key(&key) {
                return;
            }
        }
        match state(self.below, aspect, path) {
            Ok((_, Some(since))) if !self.is_settled(since) => {
                self.obstacle(format!("{} changed a moment ago", path.display()));
            }
            Ok((now, _)) => {
                self.notes().paths.entry(key).or_insert(now);
            }
            Err(error) => self.obstacle(format!("{}: {error}", path.display())),
        }
    }

    fn is_settled(&self, since: SystemTime) -> bool {
        (self.below.now().duration_since(since)).is_ok_and(|age| age > SETTLED)
    }

    fn obstacle(&self, what: String) {
        self.notes().obstacle.get_or_insert(what);
    }

    /// Whether what happens there is no concern of others.
    fn is_own(&self, path: &Path) -> bool {
        let in_cache = self.cache.as_ref().is_some_and(|it| path.starts_with(it));
        in_cache || self.notes().own.iter().any(|own| path.starts_with(own))
    }

    fn changes(&self, path: &Path) {
        if !self.is_own(path) {
            self.obstacle(format!("{} is written", path.display()));
        }
    }
}

impl System for Witness<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.note(Aspect::Content, path);
        self.below.read(path)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn io::Read + Send>> {
        self.note(Aspect::Content, path);
        self.below.open(path)
    }

    fn read_kernel(&self, path: &str) -> Option<String> {
        self.obstacle(format!("{path} is read"));
        self.below.read_kernel(path)
    }

    fn stdin(&self) -> Box<dyn io::Read + Send> {
        self.obstacle("standard input is read".to_owned());
        self.below.stdin()
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        let metadata = self.below.metadata(path);
        match &metadata {
            // Its length and time could be asked for.
            Ok(found) if !found.is_dir => {
                self.note(Aspect::Content, path);
                self.below.metadata(path)
            }
            _ => {
                self.note(Aspect::Kind, path);
                metadata
            }
        }
    }

    fn entry_kind(&self, path: &Path) -> io::Result<EntryKind> {
        self.note(Aspect::Entry, path);
        self.below.entry_kind(path)
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        self.note(Aspect::Real, path);
        self.below.canonicalize(path)
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        self.note(Aspect::Content, path);
        self.below.read_dir(path)
    }

    fn list_dir(&self, path: &Path) -> io::Result<Vec<DirEntry>> {
        self.note(Aspect::Content, path);
        self.below.list_dir(path)
    }

    fn stamp(&self, path: &Path) -> io::Result<Option<Stamp>> {
        self.note(Aspect::Content, path);
        self.below.stamp(path)
    }

    fn takes_notes(&self) -> bool {
        true
    }

    fn depends_on(&self, path: &Path) {
        self.note(Aspect::Content, path);
    }

    fn named_by_content(&self, folder: &Path) {
        self.notes().own.push(folder.to_owned());
    }

    fn cannot_repeat(&self, why: &str) {
        self.obstacle(why.to_owned());
    }

    fn age(&self, path: &Path) -> Option<Duration> {
        if !self.is_own(path) {
            self.obstacle(format!("the age of {} is asked for", path.display()));
        }
        self.below.age(path)
    }

    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.changes(path);
        self.below.write(path, content)
    }

    fn write_with(
        &self,
        path: &Path,
        produce: &mut dyn FnMut(&mut dyn io::Write) -> io::Result<()>,
    ) -> io::Result<()> {
        self.changes(path);
        self.below.write_with(path, produce)
    }

    fn replace_files(
        &self,
        files: &[Replacement<'_>],
        roots: &[PathBuf],
    ) -> Result<(), ReplaceError> {
        self.obstacle("files are written".to_owned());
        self.below.replace_files(files, roots)
    }

    fn append(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.changes(path);
        self.below.append(path, content)
    }

    fn write_private(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.changes(path);
        self.below.write_private(path, content)
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        self.changes(path);
        self.below.create_dir_all(path)
    }

    fn create_private_dir(&self, path: &Path) -> io::Result<()> {
        self.changes(path);
        self.below.create_private_dir(path)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.changes(path);
        self.below.remove_file(path)
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        self.changes(path);
        self.below.remove_dir_all(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.changes(from);
        self.changes(to);
        self.below.rename(from, to)
    }

    fn symlink(&self, target: &Path, link: &Path) -> io::Result<()> {
        self.changes(link);
        self.below.symlink(target, link)
    }

    fn run_dir(&self, base: Option<&Path>) -> io::Result<PathBuf> {
        let folder = self.below.run_dir(base)?;
        self.notes().own.push(folder.clone());
        Ok(folder)
    }

    fn temp_dir(&self, prefix: &str) -> io::Result<TempDir> {
        let folder = self.below.temp_dir(prefix)?;
        self.notes().own.push(folder.path().to_owned());
        Ok(folder)
    }

    fn env_var(&self, name: &str) -> Option<String> {
        let value = self.below.env_var(name);
        let hash = hash_of(value.clone());
        self.notes().env.entry(name.to_owned()).or_insert(hash);
        value
    }

    fn environment(&self) -> Vec<(String, String)> {
        self.obstacle("the whole environment is read".to_owned());
        self.below.environment()
    }

    fn current_dir(&self) -> io::Result<PathBuf> {
        self.below.current_dir()
    }

    fn cache_dir(&self) -> Option<PathBuf> {
        self.below.cache_dir()
    }

    fn program(&self) -> Option<PathBuf> {
        self.below.program()
    }

    fn now(&self) -> SystemTime {
        self.obstacle("the time is asked for".to_owned());
        self.below.now()
    }

    fn monotonic(&self) -> Duration {
        self.obstacle("time is measured".to_owned());
        self.below.monotonic()
    }

    fn parallelism(&self) -> usize {
        self.below.parallelism()
    }

    fn run_streaming(
        &self,
        command: &Command,
        cancel: &Cancellation,
        on_output: &mut dyn FnMut(Stream, &[u8]),
    ) -> io::Result<ProcessOutput> {
        if !command.inputs_told {
            self.obstacle(format!("{} is run", command.program.display()));
        }
        self.below.run_streaming(command, cancel, on_output)
    }

    fn unsaved(&self) -> Arc<Unsaved> {
        let texts = self.below.unsaved();
        if !texts.is_empty() {
            self.obstacle("there is text that is not saved".to_owned());
        }
        texts
    }

    fn http(&self) -> Option<&dyn HttpClient> {
        self.obstacle("the network is asked".to_owned());
        self.below.http()
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::system::OsSystem;

    /// A machine on which all files are old.
    fn settled(folder: &Path) {
        let past = "200101010000";
        let touch = Command::new("touch").args(["-t", past]).arg(folder);
        let ran = OsSystem::default().run(&touch, &Cancellation::default());
        assert!(ran.is_ok_and(|output| output.success()));
        std::thread::sleep(SETTLED + Duration::from_millis(100));
    }

    type Look<'a> = (&'a str, &'a dyn Fn(&dyn System));

    #[test]
    fn what_was_looked_at_holds_until_it_changes() {
        let os = OsSystem::default();
        let temp = os.temp_dir("goperf-test-").unwrap();
        let at = |name: &str| temp.path().join(name);
        let write = |name: &str, text: &str| os.write(&at(name), text.as_bytes()).unwrap();
        os.create_dir_all(&at("dir/sub")).unwrap();
        os.create_dir_all(&at("empty")).unwrap();
        for name in ["read", "opened", "dir/a", "unread"] {
            write(name, "text");
        }
        settled(temp.path());
        let looks: &[Look<'_>] = &[
            ("read", &|it| drop(it.read(&at("read")))),
            ("opened", &|it| drop(it.open(&at("opened")))),
            ("dir", &|it| drop(it.read_dir(&at("dir")))),
            ("empty", &|it| drop(it.list_dir(&at("empty")))),
            ("missing", &|it| assert!(!it.is_file(&at("missing")))),
            ("told", &|it| it.depends_on(&at("told"))),
        ];
        let seen: Vec<(&str, Seen)> = (looks.iter())
            .map(|(name, look)| {
                let witness = Witness::new(&os);
                look(&witness);
                (*name, witness.seen().unwrap())
            })
            .collect();
        let changed = |change: &dyn Fn()| -> Vec<&str> {
            change();
            let broken = seen.iter().filter(|(_, seen)| !seen.holds(&os));
            broken.map(|(name, _)| *name).collect()
        };
        assert_eq!(changed(&|| ()), [""; 0]);
        // What was not looked at may change, also in a folder whose names were read.
        assert_eq!(changed(&|| write("unread", "longer text")), [""; 0]);
        assert_eq!(changed(&|| write("dir/sub/b", "")), [""; 0]);
        // Same length, another content.
        assert_eq!(changed(&|| write("read", "test")), ["read"]);
        assert_eq!(changed(&|| write("missing", "")), ["read", "missing"]);
        let add = || write("empty/new", "");
        assert_eq!(changed(&add), ["read", "empty", "missing"]);
        let told = || write("told", "");
        assert_eq!(changed(&told), ["read", "empty", "missing", "told"]);
    }

    #[test]
    fn answers_that_depend_on_more_than_files_are_not_to_be_given_again() {
        let os = OsSystem::default();
        let temp = os.temp_dir("goperf-test-").unwrap();
        let fresh = temp.path().join("fresh");
        os.write(&fresh, b"").unwrap();
        let run = |told: bool| {
            let mut command = Command::new("true");
            command.inputs_told = told;
            move |it: &dyn System| drop(it.run(&command, &Cancellation::default()))
        };
        let cases: &[Look<'_>] = &[
            ("the time is asked for", &|it| {
                it.now();
            }),
            ("true is run", &run(false)),
            ("standard input is read", &|it| drop(it.stdin())),
            ("the network is asked", &|it| {
                it.http();
            }),
            ("changed a moment ago", &|it| drop(it.read(&fresh))),
            ("not a regular file", &|it| {
                drop(it.read(Path::new("/dev/null")));
            }),
            ("is written", &|it| drop(it.write(&fresh, b""))),
            ("", &run(true)),
            ("", &|it| {
                it.named_by_content(temp.path());
                drop(it.read(&fresh));
            }),
            ("", &|it| {
                let folder = it.temp_dir("goperf-test-").unwrap();
                it.write(&folder.path().join("a"), b"").unwrap();
                it.read(&folder.path().join("a")).unwrap();
            }),
        ];
        for (obstacle, act) in cases {
            let witness = Witness::new(&os);
            act(&witness);
            let found = witness.seen().err().unwrap_or_default();
            let fits = found.contains(obstacle) && found.is_empty() == obstacle.is_empty();
            assert!(fits, "`{found}` instead of `{obstacle}`");
        }
    }

    #[test]
    fn variables_are_compared_without_being_kept() {
        use crate::testing::MemorySystem;
        let with = |value: &str| MemorySystem::default().with_env("TOKEN", value);
        let before = with("secret");
        let witness = Witness::new(&before);
        assert_eq!(witness.env_var("TOKEN").as_deref(), Some("secret"));
        assert_eq!(witness.env_var("NONE"), None);
        let seen = witness.seen().unwrap();
        assert!(seen.holds(&before));
        assert!(!seen.holds(&with("other")));
        assert!(!seen.holds(&MemorySystem::default()));
        assert!(!format!("{seen:?}").contains("secret"));
    }
}
