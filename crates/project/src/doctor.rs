//! What works on this machine and what does not, before a long run finds out.

use std::path::{Path, PathBuf};

use base::system::{Command, ProcessOutput};
use base::{Cancellation, System};
use go_tool::GoTool;

/// How well one thing stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum State {
    Good,
    /// Worth knowing; nothing fails.
    Note,
    /// Something works less well, or not at all.
    Limited,
    /// Nothing that reads Go code works.
    Broken,
}

/// What was found out about one thing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnosis {
    /// `go`, `caches`, `git`, …
    pub about: &'static str,
    pub state: State,
    pub what: String,
    /// What to do, where there is something.
    pub remedy: Option<String>,
}

/// Newest minor version of Go whose compiler's messages and decisions were compared.
const NEWEST_MINOR: u32 = 27;

/// Looks at the go command, the caches, git, what steadies benchmarks, the network's settings and the editors.
pub fn doctor(
    system: &dyn System,
    cancel: &Cancellation,
    go: Option<&Path>,
    dir: &Path,
) -> Vec<Diagnosis> {
    let mut visit = Visit {
        system,
        cancel,
        found: Vec::new(),
    };
    visit.go(go, dir);
    visit.caches();
    visit.temporary_files();
    visit.git(dir);
    visit.counters();
    visit.noise();
    visit.network();
    visit.editors();
    visit.found
}

struct Visit<'a> {
    system: &'a dyn System,
    cancel: &'a Cancellation,
    found: Vec<Diagnosis>,
}

impl Visit<'_> {
    fn say(&mut self, about: &'static str, state: State, what: impl Into<String>) {
        self.found.push(Diagnosis {
            about,
            state,
            what: what.into(),
            remedy: None,
        });
    }

    fn advise(
        &mut self,
        about: &'static str,
        state: State,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.say(about, state, what);
        if let Some(last) = self.found.last_mut() {
            last.remedy = Some(remedy.into());
        }
    }

    /// The first program of a name on PATH.
    fn program(&self, name: &str) -> Option<PathBuf> {
        let path = self.system.env_var("PATH")?;
        let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        std::env::split_paths(&path)
            .map(|folder| folder.join(&name))
            .find(|program| self.system.is_file(program))
    }

    /// What a program prints, if it ends well.
    fn output(&self, command: &Command) -> Option<String> {
        let output = self.system.run(command, self.cancel).ok();
        let output = output.filter(ProcessOutput::success)?;
        let text = String::from_utf8_lossy(&output.stdout);
        Some(text.trim().to_owned())
    }

    fn go(&mut self, go: Option<&Path>, dir: &Path) {
        let found = match go_load::find_go(self.system, self.cancel, go, dir) {
            Ok(found) => found,
            Err(error) => {
                let remedy = error.hint().map(str::to_owned);
                let message = base::full_message(&error);
                self.say("go", State::Broken, message);
                if let Some(last) = self.found.last_mut() {
                    last.remedy = remedy;
                }
                return;
            }
        };
        let goroot = found.env.goroot.display();
        self.say("go", State::Good, format!("{} in {goroot}", found.version));
        if found.version.minor > NEWEST_MINOR {
            self.advise(
                "go",
                State::Note,
                format!(
                    "newer than Go 1.{NEWEST_MINOR}, whose compiler this goperf was compared with"
                ),
                "look for a newer goperf; messages that it does not know are counted, not guessed",
            );
        }
        self.module(&found);
        if !found.env.cgo_enabled {
            self.say(
                "cgo",
                State::Note,
                "off: packages that need C are left out, and the race detector is not available",
            );
        } else if ["gcc", "clang", "cc"]
            .iter()
            .all(|name| self.program(name).is_none())
        {
            self.advise(
                "cgo",
                State::Limited,
                "on, but there is no C compiler on PATH: packages that need C do not build",
                "install gcc or clang, or set CGO_ENABLED=0",
            );
        }
        if !found.env.goflags.is_empty() {
            let flags = format!("GOFLAGS={} holds for every run here too", found.env.goflags);
            self.say("go", State::Note, flags);
        }
    }

    fn module(&mut self, go: &GoTool) {
        match (&go.env.gowork, &go.env.gomod) {
            (Some(work), _) => self.say("module", State::Good, work.display().to_string()),
            (None, Some(module)) => self.say("module", State::Good, module.display().to_string()),
            (None, None) => self.advise(
                "module",
                State::Note,
                "this folder is in no module: only packages of the standard library can be named",
                "change to the folder of a go.mod",
            ),
        }
        for (name, folder) in [
            ("GOCACHE", &go.env.gocache),
            ("GOMODCACHE", &go.env.gomodcache),
        ] {
            if folder.as_os_str() == "off" {
                self.advise(
                    "caches",
                    State::Limited,
                    format!("{name} is off: the go command cannot build"),
                    format!("unset {name}"),
                );
            } else if self.system.is_dir(folder) && !self.can_write(folder) {
                self.advise(
                    "caches",
                    State::Limited,
                    format!("{name}={} cannot be written to", folder.display()),
                    "change its owner, or set it to a folder of yours",
                );
            }
        }
    }

    fn can_write(&self, folder: &Path) -> bool {
        let probe = folder.join(format!("goperf-doctor-{}", std::process::id()));
        let written = self.system.write(&probe, b"").is_ok();
        self.system.remove_file(&probe).ok();
        written
    }

    fn caches(&mut self) {
        let Some(folder) = self.system.cache_dir() else {
            self.advise(
                "caches",
                State::Limited,
                "no folder for a cache: every run compiles anew",
                "set HOME, or GOPERF_CACHE to a folder",
            );
            return;
        };
        let made = self.system.create_private_dir(&folder).is_ok();
        if made && self.can_write(&folder) {
            let what = format!(
                "goperf keeps what it can make again in {}",
                folder.display()
            );
            self.say("caches", State::Good, what);
        } else {
            self.advise(
                "caches",
                State::Limited,
                format!(
                    "{} cannot be written to: every run compiles anew",
                    folder.display()
                ),
                "change its owner, or set GOPERF_CACHE to a folder of yours",
            );
        }
    }

    /// Test programs are built into folders for temporary files, and run from there.
    fn temporary_files(&mut self) {
        if !cfg!(unix) {
            return;
        }
        let Ok(folder) = self.system.temp_dir("goperf-doctor-") else {
            self.advise(
                "temporary files",
                State::Broken,
                "no folder for temporary files can be made",
                "set TMPDIR to a folder that can be written to",
            );
            return;
        };
        let probe = folder.path().join("probe");
        let copy = Command::new("cp").args(["/bin/true".as_ref(), probe.as_os_str()]);
        if self.output(&copy).is_none() {
            return;
        }
        let ran = self.system.run(&Command::new(&probe), self.cancel);
        if ran.is_err() {
            self.advise(
                "temporary files",
                State::Limited,
                format!(
                    "programs cannot be run from {}: no benchmark or test can",
                    folder.path().display()
                ),
                "set TMPDIR to a folder on a file system that is not mounted noexec",
            );
        }
    }

    fn git(&mut self, dir: &Path) {
        if self.program("git").is_none() {
            self.advise(
                "git",
                State::Limited,
                "not on PATH: no comparison with a revision (`--diff`, `bench ab`, `tune --commit`)",
                "install git",
            );
            return;
        }
        let git = base::system::git(self.system, self.cancel, dir);
        match self.output(&git.clone().args(["rev-parse", "--show-toplevel"])) {
            Some(root) => self.say("git", State::Good, format!("repository {root}")),
            None => self.say(
                "git",
                State::Note,
                "this folder is in no repository: nothing to compare with",
            ),
        }
    }

    /// What `--counts` needs.
    fn counters(&mut self) {
        let path = "/proc/sys/kernel/perf_event_paranoid";
        let level = self.system.read_kernel(path);
        let level = level.and_then(|text| text.trim().parse::<i32>().ok());
        let valgrind = self.program("valgrind").is_some();
        match (level, valgrind) {
            (Some(level), _) if level <= 2 => self.say(
                "counters",
                State::Good,
                "instructions can be counted by perf events, where the processor has counters",
            ),
            (_, true) => self.say(
                "counters",
                State::Good,
                "instructions can be counted by valgrind, which is slow",
            ),
            _ => self.advise(
                "counters",
                State::Limited,
                "instructions cannot be counted (`bench --counts`)",
                format!("as root: echo 2 > {path}, or install valgrind"),
            ),
        }
    }

    /// What makes the times of benchmarks vary.
    fn noise(&mut self) {
        let system = self.system;
        let read = |path: &str| Some(system.read_kernel(path)?.trim().to_owned());
        let governor = read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
        if let Some(governor) = governor.filter(|governor| governor != "performance") {
            self.advise(
                "benchmarks",
                State::Note,
                format!(
                    "the processor's clock follows the load (governor `{governor}`): times vary"
                ),
                "as root: cpupower frequency-set -g performance",
            );
        }
        let turbo = read("/sys/devices/system/cpu/intel_pstate/no_turbo").map(|it| it == "0");
        let boost = read("/sys/devices/system/cpu/cpufreq/boost").map(|it| it == "1");
        if turbo.or(boost) == Some(true) {
            self.say(
                "benchmarks",
                State::Note,
                "turbo is on: times depend on heat; comparisons in turn (`bench ab`) stand it best",
            );
        }
        let load =
            read("/proc/loadavg").and_then(|text| text.split(' ').next()?.parse::<f64>().ok());
        let cores = system.parallelism();
        if let Some(load) = load {
            let busy = load > 0.5 * cores as f64;
            let s = if cores == 1 { "" } else { "s" };
            let what = format!("load {load:.1} on {cores} processor{s}");
            if busy {
                self.advise(
                    "benchmarks",
                    State::Note,
                    format!("{what}: other work disturbs what is timed"),
                    "wait for a quiet machine, or count instructions (`--counts`)",
                );
            } else {
                self.say("benchmarks", State::Good, what);
            }
        }
    }

    fn network(&mut self) {
        for name in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"] {
            let lower = name.to_lowercase();
            let Some(proxy) = (self.system.env_var(name)).or_else(|| self.system.env_var(&lower))
            else {
                continue;
            };
            let proxy = crate::service::without_credentials(&proxy);
            let what = format!("requests go through {proxy} ({name}), except to this machine");
            self.say("network", State::Note, what);
        }
    }

    fn editors(&mut self) {
        let known = [
            ("nvim", "Neovim"),
            ("code", "VS Code"),
            ("hx", "Helix"),
            ("zed", "Zed"),
            ("emacs", "Emacs"),
            ("kak", "Kakoune"),
        ];
        let there: Vec<&str> = (known.iter())
            .filter(|(program, _)| self.program(program).is_some())
            .map(|(_, name)| *name)
            .collect();
        if there.is_empty() {
            self.say("editors", State::Note, "none that goperf knows is on PATH");
        } else {
            self.advise(
                "editors",
                State::Good,
                there.join(", "),
                "docs/editors.md has their configuration for `goperf lsp`",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use base::testing::{MemorySystem, exited};

    use super::*;

    fn told(system: &MemorySystem) -> Vec<String> {
        doctor(system, &Cancellation::default(), None, Path::new("/m"))
            .into_iter()
            .map(|it| {
                let remedy = it.remedy.map_or(String::new(), |it| format!(" | {it}"));
                format!("{:?} {}: {}{remedy}", it.state, it.about, it.what)
            })
            .collect()
    }

    #[test]
    fn what_is_missing_is_said_with_what_to_do() {
        let system = MemorySystem::default()
            .with_env("PATH", "/bin:/usr/bin")
            .with_env("GOPERF_CACHE", "/cache")
            .with_file("/m/m.go", "package m")
            .with_env("https_proxy", "http://me:secret@proxy:3128")
            .with_file("/proc/sys/kernel/perf_event_paranoid", "4\n")
            .with_file("/proc/loadavg", "7.25 6 5 1/100 7\n")
            .with_file("/usr/bin/nvim", "")
            .with_process(Box::new(|command| {
                Ok(match command.line() {
                    line if line.starts_with("go env") => exited(
                        0,
                        r#"{"GOVERSION": "go1.28.1", "GOROOT": "/go", "GOCACHE": "off", "CGO_ENABLED": "1", "GOFLAGS": "-mod=vendor"}"#,
                    ),
                    _ => exited(1, ""),
                })
            }));
        insta::assert_snapshot!(told(&system).join("\n"), @"
        Good go: go1.28.1 in /go
        Note go: newer than Go 1.27, whose compiler this goperf was compared with | look for a newer goperf; messages that it does not know are counted, not guessed
        Note module: this folder is in no module: only packages of the standard library can be named | change to the folder of a go.mod
        Limited caches: GOCACHE is off: the go command cannot build | unset GOCACHE
        Limited cgo: on, but there is no C compiler on PATH: packages that need C do not build | install gcc or clang, or set CGO_ENABLED=0
        Note go: GOFLAGS=-mod=vendor holds for every run here too
        Good caches: goperf keeps what it can make again in /cache
        Limited git: not on PATH: no comparison with a revision (`--diff`, `bench ab`, `tune --commit`) | install git
        Limited counters: instructions cannot be counted (`bench --counts`) | as root: echo 2 > /proc/sys/kernel/perf_event_paranoid, or install valgrind
        Note benchmarks: load 7.2 on 1 processor: other work disturbs what is timed | wait for a quiet machine, or count instructions (`--counts`)
        Note network: requests go through http://proxy:3128 (HTTPS_PROXY), except to this machine
        Good editors: Neovim | docs/editors.md has their configuration for `goperf lsp`
        ");
    }

    #[test]
    fn without_go_nothing_works() {
        let system = MemorySystem::default()
            .with_file("/m/m.go", "package m")
            .with_process(Box::new(|_| Err(std::io::ErrorKind::NotFound.into())));
        let told = told(&system);
        assert!(told[0].starts_with("Broken go: "), "{told:?}");
        assert!(told[0].contains(" | "), "{told:?}");
    }
}
