//! The leak kernels that ship with Go, run and read.
#![expect(clippy::unwrap_used, reason = "helpers of a test")]

use std::path::{Path, PathBuf};

use base::system::{Command, OsSystem, TempDir};
use base::testing::skipped;
use base::{Cancellation, System as _};
use leak::{Group, Ownership, Verdict, dump};
use serde_json::Value;

/// Leaks that depend on timing show within so many runs, nearly always in the first.
const MAX_RUNS: usize = 10;
/// Runs of a kernel that must leave nothing behind.
const CLEAN_RUNS: usize = 20;
/// A kernel that hangs leaves no dump.
const TIMEOUT: std::time::Duration = std::time::Duration::from_mins(1);

struct Kernels {
    system: OsSystem,
    list: Value,
    /// The two programs; a kernel's name is their argument.
    micro: PathBuf,
    goker: PathBuf,
    _folder: TempDir,
}

/// `None`, with a word why, where the kernels cannot be built.
fn build() -> Option<Kernels> {
    let system = OsSystem::default();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let list = here
        .ancestors()
        .map(|folder| folder.join("shared/conformance/leak/kernels.json"))
        .find(|file| file.is_file());
    let Some(list) = list else {
        skipped("leak kernels: no shared/conformance beside the checkout");
        return None;
    };
    let list: Value = serde_json::from_str(&system.read_to_string(&list).unwrap()).unwrap();
    let env = Command::new("go").args(["env", "GOROOT", "GOVERSION"]);
    let answer = system.run(&env, &Cancellation::default()).ok();
    let answer = answer
        .map(|it| String::from_utf8_lossy(&it.stdout).into_owned())
        .unwrap_or_default();
    let mut lines = answer.lines();
    let (goroot, version) = (
        lines.next().unwrap_or_default(),
        lines.next().unwrap_or_default(),
    );
    let wanted = format!("go{}", list["go"].as_str().unwrap());
    if !version.starts_with(&wanted) {
        skipped(&format!(
            "leak kernels: they need {wanted}, here is `{version}`"
        ));
        return None;
    }
    let source = Path::new(goroot).join(list["goroot_dir"].as_str().unwrap());
    let folder = system.temp_dir("goperf-kernels-").unwrap();
    let program = |name: &str, source: PathBuf| {
        let program = folder.path().join(name);
        let build = Command::new("go")
            .args(["build", "-o"])
            .arg(&program)
            .arg(".")
            .current_dir(source);
        let built = system.run(&build, &Cancellation::default()).unwrap();
        assert!(
            built.success(),
            "{}",
            String::from_utf8_lossy(&built.stderr)
        );
        program
    };
    let (micro, goker) = (
        program("micro", source.clone()),
        program("kernels", source.join("goker")),
    );
    Some(Kernels {
        system,
        list,
        micro,
        goker,
        _folder: folder,
    })
}

impl Kernels {
    /// What one run leaves behind for good.
    fn proven(&self, kernel: &Value) -> Vec<Group> {
        let in_goker = kernel["file"].as_str().unwrap().starts_with("goker/");
        let program = if in_goker { &self.goker } else { &self.micro };
        let command = Command::new(program)
            .arg(kernel["entry"].as_str().unwrap())
            .timeout(Some(TIMEOUT));
        let ended = self.system.run(&command, &Cancellation::default()).unwrap();
        let snapshot = dump::read(&mut ended.stdout.as_slice(), Ownership::default());
        let groups = snapshot.map(|snapshot| snapshot.groups).unwrap_or_default();
        groups
            .into_iter()
            .filter(|group| group.verdict == Verdict::Proven)
            .collect()
    }
}

/// The position of the expected leak that a group is.
fn position(kernel: &Value, group: &Group) -> Option<usize> {
    let function = group.entry()?.function.strip_prefix("main.")?;
    kernel["leaks"].as_array()?.iter().position(|leak| {
        let states = leak["states"].as_array();
        leak["function"] == function
            && states.is_some_and(|it| it.iter().any(|state| *state == group.state))
    })
}

#[test]
fn every_kernel_leaks_what_it_should_and_nothing_else() {
    let Some(kernels) = build() else { return };
    let mut failures = Vec::new();
    for kernel in kernels.list["kernels"].as_array().unwrap() {
        let name = &kernel["entry"];
        let wanted = kernel["leaks"].as_array().unwrap().len();
        let always = kernel["always"] == true;
        let runs = match (wanted, always) {
            // It waits for seconds; three runs are what a test may take.
            (0, _) if name == "DaisyChain" => 3,
            (0, _) => CLEAN_RUNS,
            (_, true) => MAX_RUNS,
            // May or may not show: once, for what must not.
            (_, false) => 1,
        };
        let mut seen = vec![false; wanted];
        for _ in 0..runs {
            for group in kernels.proven(kernel) {
                match position(kernel, &group) {
                    Some(idx) => seen[idx] = true,
                    None => failures.push(format!("{name}: {} too", group.key())),
                }
            }
            if wanted > 0 && seen.iter().all(|seen| *seen) {
                break;
            }
        }
        if always && !seen.iter().all(|seen| *seen) {
            failures.push(format!("{name}: {seen:?} after {runs} runs"));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}
