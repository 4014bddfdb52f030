//! `leak check` on the leak kernels that come with the Go toolchain.
//!
//! A kernel is found where an error or a warning stands in a function that its run leaves blocked, or in one that is at
//! fault ([`AT_FAULT`]), and its rule is about the primitive that the run waits for. A kernel without leaks is to have
//! neither.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use base::System as _;
use base::system::{Command, Exit};
use serde_json::Value;

use super::board::Board;
use crate::repo::Repo;
use crate::toolchain;

pub(super) const NAME: &str = "leak-kernels";

const HEAD: &str = "\
# Errors and warnings of `goperf leak check` in the leak kernels of Go's own tests, as far as shared/conformance/leak
# lists what their runs leave blocked. A case that differs is a kernel without a finding in a blocked function, or in one
# that is at fault, about what is waited for; or a kernel that does not leak and has a finding.
";

/// The pack names the function that each blocked goroutine began in. Where the repair of the original, as the kernel
/// retells it, lies in another function of the kernel, it is here: what holds the lock, sends, or does not answer.
const AT_FAULT: &[(&str, &[&str])] = &[
    (
        "Cockroach1055",
        &[
            "(*Stopper_cockroach1055).Quiesce",
            "(*Stopper_cockroach1055).Stop",
            "(*Stopper_cockroach1055).StartTask",
        ],
    ),
    (
        "Cockroach13197",
        &["Cockroach13197", "(*DB_cockroach13197).begin"],
    ),
    (
        "Cockroach2448",
        &[
            "(*MultiRaft_cockroach2448).sendEvent",
            "(*state_cockroach2448).handleWriteResponse",
        ],
    ),
    ("Cockroach24808", &["(*Compactor_cockroach24808).Start"]),
    (
        "Cockroach35931",
        &[
            "(*RowChannel_cockroach35931).Push",
            "(*Flow_cockroach35931).cancel",
        ],
    ),
    (
        "Cockroach6181",
        &["(*rangeDescriptorCache_cockroach6181).LookupRangeDescriptor"],
    ),
    ("Etcd5509", &["(*remoteClient_etcd5509).acquire"]),
    (
        "Etcd6708",
        &[
            "(*httpClusterClient_etcd6708).Sync",
            "(*httpClusterClient_etcd6708).SetEndpoints",
            "(*httpClusterClient_etcd6708).getLeaderEndpoint",
        ],
    ),
    (
        "Etcd7492",
        &["(*tokenSimple_etcd7492).assignSimpleTokenToUser"],
    ),
    ("Grpc795", &["(*Server_grpc795).GracefulStop"]),
    ("Hugo3251", &["(*remoteLock_hugo3251).URLLock"]),
    (
        "Istio18454",
        &[
            "(*Strategy_istio18454).OnChange",
            "(*Strategy_istio18454).startTimer",
        ],
    ),
    ("Kubernetes30872", &["(*DeltaFIFO_kubernetes30872).Pop"]),
    (
        "Kubernetes38669",
        &["(*cacheWatcher_kubernetes38669).sendWatchCacheEvent"],
    ),
    (
        "Kubernetes62464",
        &["(*stateMemory_kubernetes62464).GetCPUSetOrDefault"],
    ),
    ("Kubernetes70277", &["WaitFor_kubernetes70277"]),
    ("MethodContractViolation", &["workerLifecycle"]),
    (
        "Moby17176",
        &["(*DeviceSet_moby17176).cleanupDeletedDevices"],
    ),
    ("Moby27782", &["(*Watcher_moby27782).Remove"]),
    (
        "Serving2137",
        &["(*Breaker_serving2137).Maybe", "unlock_serving2137"],
    ),
    (
        "Syncthing4829",
        &["(*Mapping_syncthing4829).clearAddresses"],
    ),
    ("Syncthing5795", &["(*rawConnection_syncthing5795).Close"]),
];

struct Kernel {
    entry: String,
    /// Below `goroot_dir`.
    file: String,
    leaks: Vec<Blocked>,
}

/// Goroutines that a run leaves.
struct Blocked {
    /// As a traceback writes it, without the package: `(*T).run.func1`.
    function: String,
    /// Wait reasons of the runtime.
    states: Vec<String>,
}

struct Finding {
    /// Below `goroot_dir`.
    file: String,
    /// The declared function that it stands in.
    function: String,
    rule: String,
}

/// Whether a case fails that is not on the scoreboard.
pub(super) fn run(repo: &Repo, goperf: Option<PathBuf>, update: bool) -> anyhow::Result<bool> {
    let Some(list) = repo.shared("conformance/leak/kernels.json") else {
        println!(
            "{}conform {NAME}: no shared/conformance beside the checkout",
            base::testing::SKIPPED
        );
        return Ok(false);
    };
    let pack: Value = serde_json::from_slice(&repo.system.read(&list)?)?;
    let kernels: Vec<Kernel> = (items(&pack["kernels"]).iter()).map(Kernel::read).collect();
    let goperf = match goperf {
        Some(goperf) => goperf,
        None => repo.build_goperf()?,
    };
    let go = toolchain::find(repo, toolchain::PINNED)?;
    let goroot = go.parent().and_then(Path::parent).context("no GOROOT")?;
    let dir = goroot.join(text(&pack["goroot_dir"]));
    let mut found = Vec::new();
    for folder in ["", "goker/"] {
        let command = Command::new(&goperf)
            .args(["leak", "check", ".", "--format", "json", "--exit-zero"])
            .current_dir(dir.join(folder));
        let command = toolchain::with_go(repo, &go, command);
        println!("$ {}", command.line());
        let output = repo.system.run(&command, &repo.cancel)?;
        if !matches!(output.exit, Exit::Code(0)) {
            bail!("goperf: {}", String::from_utf8_lossy(&output.stderr));
        }
        found.extend(findings(&output.stdout, folder)?);
    }
    let (leaking, still): (Vec<&Kernel>, Vec<&Kernel>) =
        kernels.iter().partition(|it| !it.leaks.is_empty());
    let missed = leaking
        .iter()
        .filter(|it| !found.iter().any(|one| it.has(one)));
    let flagged = still.iter().filter(|it| {
        let here = |one: &&Finding| one.file == it.file && one.function == it.entry;
        found.iter().any(|one| here(&one))
    });
    let missed: BTreeSet<String> = missed.map(|it| it.entry.clone()).collect();
    let flagged: BTreeSet<String> = flagged.map(|it| it.entry.clone()).collect();
    let mut counts = String::new();
    for (what, n) in [
        ("kernels that leak", leaking.len()),
        ("kernels that leak found", leaking.len() - missed.len()),
        ("kernels that do not leak", still.len()),
        ("kernels that do not leak with a finding", flagged.len()),
    ] {
        writeln!(counts, "{what}: {n}")?;
    }
    Board {
        name: NAME,
        path: "xtask/scoreboards/leak-kernels.txt",
        head: HEAD,
        counts,
        differs: missed.into_iter().chain(flagged).collect(),
    }
    .settle(repo, update)
}

impl Kernel {
    /// Of `kernels.json`.
    fn read(value: &Value) -> Self {
        let blocked = |it: &Value| Blocked {
            function: text(&it["function"]),
            states: items(&it["states"]).iter().map(text).collect(),
        };
        Self {
            entry: text(&value["entry"]),
            file: text(&value["file"]),
            leaks: items(&value["leaks"]).iter().map(blocked).collect(),
        }
    }

    fn has(&self, finding: &Finding) -> bool {
        let at_fault = AT_FAULT.iter().find(|(entry, _)| *entry == self.entry);
        let is_at_fault = at_fault.is_some_and(|(_, all)| all.contains(&finding.function.as_str()));
        let is_it = |blocked: &Blocked| {
            (is_at_fault || declared(&blocked.function) == finding.function)
                && blocked
                    .states
                    .iter()
                    .any(|state| is_about(&finding.rule, state))
        };
        finding.file == self.file && self.leaks.iter().any(is_it)
    }
}

/// The declared function around a literal: `T.run` of `T.run.func1.2`.
fn declared(function: &str) -> &str {
    let literal = function.match_indices(".func").find(|(at, dot)| {
        function[at + dot.len()..].starts_with(|after: char| after.is_ascii_digit())
    });
    literal.map_or(function, |(at, _)| &function[..at])
}

/// Whether a rule is about what a goroutine in the state waits for.
fn is_about(rule: &str, state: &str) -> bool {
    let rules: &[&str] = if state.starts_with("sync.Mutex") || state.starts_with("sync.RWMutex") {
        &["GL07", "GL08"]
    } else if state.starts_with("sync.WaitGroup") {
        // A worker that does not end is what the group waits for.
        &["GL09", "GL08", "GL01", "GL02", "GL04"]
    } else if state.starts_with("sync.Cond") {
        &["GL01", "GL08"]
    } else {
        &[
            "GL01", "GL02", "GL03", "GL04", "GL05", "GL06", "GL08", "GL10", "GL12", "GL15",
        ]
    };
    rules.contains(&rule)
}

fn findings(json: &[u8], folder: &str) -> anyhow::Result<Vec<Finding>> {
    let report: Value = serde_json::from_slice(json)?;
    let all = report["diagnostics"].as_array().context("no diagnostics")?;
    let counted = all
        .iter()
        .filter(|it| matches!(it["severity"].as_str(), Some("error" | "warning")));
    let each = counted.map(|it| Finding {
        file: format!("{folder}{}", text(&it["primary"]["path"])),
        function: text(&it["function"]),
        rule: text(&it["rule"]["id"]),
    });
    Ok(each.collect())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_belong_to_the_function_around_them() {
        for (function, outer) in [
            ("timeout.func1", "timeout"),
            ("(*T).run.func2.1", "(*T).run"),
            ("T.function", "T.function"),
            ("main", "main"),
        ] {
            assert_eq!(declared(function), outer);
        }
    }

    #[test]
    fn a_finding_counts_for_what_is_waited_for() {
        let kernel = Kernel {
            entry: "E".to_owned(),
            file: "goker/e.go".to_owned(),
            leaks: vec![Blocked {
                function: "E.func1".to_owned(),
                states: vec!["sync.Mutex.Lock".to_owned()],
            }],
        };
        let finding = |file: &str, function: &str, rule: &str| Finding {
            file: file.to_owned(),
            function: function.to_owned(),
            rule: rule.to_owned(),
        };
        assert!(kernel.has(&finding("goker/e.go", "E", "GL07")));
        assert!(!kernel.has(&finding("goker/e.go", "E", "GL01")));
        assert!(!kernel.has(&finding("goker/e.go", "F", "GL07")));
        assert!(!kernel.has(&finding("goker/f.go", "E", "GL07")));
    }
}
