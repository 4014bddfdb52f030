//! What is measured, each with its input, its peer and its limit.

mod check;
mod dumps;
mod graph;
mod leak;
mod lint;
mod load;
mod lsp;
mod syntax;

use std::path::PathBuf;

use anyhow::Context as _;
use base::System as _;
use base::system::Command;

use super::profiles::{self, BIG, BIG2, HEAP, HUGE, Input, MID};
use super::{Case, Entry, Limits, Setup};
use crate::toolchain::with_go;

const LINTED: lint::Subject = lint::Subject::Module("github.com/nats-io/nats-server/v2@v2.15.3");

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        name: "profile-decode",
        what: "decode a profile of 200,000 samples (18 MB, gzip)",
        prepare: profile_decode,
    },
    Entry {
        name: "gc-log",
        what: "read the compiler's log of all of std (-m=2)",
        prepare: gc_log,
    },
    Entry {
        name: "go-parse",
        what: "parse the files of net/http and all it imports (349,000 lines)",
        prepare: syntax::parse,
    },
    Entry {
        name: "go-list",
        what: "list net/http and all it imports, beside go list -deps -json",
        prepare: |setup| load::list(setup, "net/http", 0.04),
    },
    Entry {
        name: "go-list-std",
        what: "list all of std, beside go list -deps -json",
        prepare: |setup| load::list(setup, "std", 0.1),
    },
    Entry {
        name: "lsp-keystroke",
        what: "type in net/http with goperf lsp: the 95th percentile from keystroke to hints and findings, in ms",
        prepare: lsp::keystroke,
    },
    Entry {
        name: "go-warm",
        what: "list and load net/http and all it imports, from the cache and from source",
        prepare: load::warm,
    },
    Entry {
        name: "go-warm-root",
        what: "the same with net/http's own bodies checked",
        prepare: load::warm_root,
    },
    Entry {
        name: "go-check",
        what: "parse and check net/http and all it imports, function bodies too (349,000 lines)",
        prepare: |setup| {
            let limits = Limits {
                wall_seconds: Some(1.0),
                memory_mib: Some(500.0),
                ..at_most(0.5)
            };
            check::check(setup, "net/http", limits)
        },
    },
    Entry {
        name: "go-check-std",
        what: "parse and check all of std, function bodies too (594,000 lines)",
        prepare: |setup| {
            let limits = Limits {
                wall_seconds: Some(2.0),
                ..at_most(0.5)
            };
            check::check(setup, "std", limits)
        },
    },
    Entry {
        name: "go-graph-kubernetes",
        what: "layout of kubernetes' kubelet with all tests (2,057 packages), beside go/types",
        prepare: |setup| {
            let graph = graph::Graph {
                module: "k8s.io/kubernetes@v1.37.2",
                pattern: "./pkg/kubelet/...",
            };
            graph::layout(setup, graph)
        },
    },
    Entry {
        name: "go-graph-vitess",
        what: "layout of vitess with all tests (2,030 packages), beside go/types",
        prepare: |setup| {
            let graph = graph::Graph {
                module: "vitess.io/vitess@v0.24.4",
                pattern: "./go/vt/...",
            };
            graph::layout(setup, graph)
        },
    },
    Entry {
        name: "lint-std",
        what: "rules about patterns over std, beside golangci-lint with the same, all caches empty",
        prepare: |setup| lint::lint(setup, lint::Subject::Std, lint::Cache::Empty),
    },
    Entry {
        name: "lint-std-built",
        what: "the same, with the go command's build cache filled",
        prepare: |setup| lint::lint(setup, lint::Subject::Std, lint::Cache::Built),
    },
    Entry {
        name: "lint-std-warm",
        what: "the same, with nothing changed since the run before",
        prepare: |setup| lint::lint(setup, lint::Subject::Std, lint::Cache::Full),
    },
    Entry {
        name: "lint-module",
        what: "rules about patterns over nats-server, beside golangci-lint with the same, all caches empty",
        prepare: |setup| lint::lint(setup, LINTED, lint::Cache::Empty),
    },
    Entry {
        name: "lint-module-built",
        what: "the same, with the go command's build cache filled",
        prepare: |setup| lint::lint(setup, LINTED, lint::Cache::Built),
    },
    Entry {
        name: "lint-module-warm",
        what: "the same, with nothing changed since the run before",
        prepare: |setup| lint::lint(setup, LINTED, lint::Cache::Full),
    },
    Entry {
        name: "go-recheck",
        what: "milliseconds to know all of net/http again after an edit in a function body",
        prepare: check::recheck,
    },
    Entry {
        name: "pprof-top",
        what: "pprof -top of the same profile",
        prepare: |setup| {
            let limits = Limits {
                cpu_ratio: Some(0.02),
                wall_seconds: Some(0.4),
                memory_mib: Some(150.0),
                ..Limits::default()
            };
            pprof(setup, &["-top"], BIG, limits)
        },
    },
    Entry {
        name: "pprof-top-heap",
        what: "pprof -top of a heap profile of 200,000 samples (18 MB, gzip)",
        prepare: |setup| pprof(setup, &["-top"], HEAP, at_most(0.03)),
    },
    Entry {
        name: "pprof-top-mid",
        what: "pprof -top of a profile of 20,000 samples (2 MB, gzip)",
        prepare: |setup| pprof(setup, &["-top"], MID, at_most(0.06)),
    },
    Entry {
        name: "pprof-diff",
        what: "pprof -top -diff_base of two profiles of 200,000 samples",
        prepare: pprof_diff,
    },
    Entry {
        name: "pprof-call-tree",
        what: "pprof -dot -call_tree of a profile of 20,000 samples",
        prepare: |setup| {
            let flags = ["-dot", "-call_tree"];
            let limits = Limits {
                wall_seconds: Some(0.3),
                ..at_most(0.03)
            };
            // The peer leaves the order of equal nodes to chance.
            let case = pprof(setup, &flags, MID, limits)?;
            Ok(Case {
                same_output: false,
                ..case
            })
        },
    },
    Entry {
        name: "pprof-dot",
        what: "pprof -dot of the profile of 200,000 samples",
        prepare: |setup| pprof(setup, &["-dot"], BIG, at_most(0.03)),
    },
    Entry {
        name: "pprof-callgrind",
        what: "pprof -callgrind of the profile of 20,000 samples",
        prepare: |setup| pprof(setup, &["-callgrind"], MID, at_most(0.1)),
    },
    Entry {
        name: "pprof-weblist",
        what: "pprof -weblist of the profile of 20,000 samples",
        prepare: |setup| {
            let page = format!("-output={}", setup.scratch.join("page.html").display());
            let case = pprof(setup, &["-weblist=Serve1", &page], MID, at_most(0.2))?;
            // Both write a file.
            Ok(Case {
                same_output: false,
                ..case
            })
        },
    },
    Entry {
        name: "pprof-proto",
        what: "pprof -proto of the profile of 200,000 samples",
        prepare: |setup| {
            let case = pprof(setup, &["-proto"], BIG, at_most(0.5))?;
            // The compressed forms differ.
            Ok(Case {
                same_output: false,
                ..case
            })
        },
    },
    Entry {
        name: "pprof-huge",
        what: "pprof -top of a profile of a million samples (85 MB, gzip)",
        prepare: pprof_huge,
    },
    Entry {
        name: "benchstat",
        what: "compare two files of 2,000 benchmarks with 20 runs each",
        prepare: |setup| benchstat(setup, "2000", 1.0 / 12.0, 40.0),
    },
    Entry {
        name: "benchstat-large",
        what: "compare two files of 20,000 benchmarks with 20 runs each",
        prepare: |setup| benchstat(setup, "20000", 1.0 / 15.0, 100.0),
    },
    Entry {
        name: "check-warm",
        what: "check encoding/json with the cache filled",
        prepare: |setup| Ok(check_warm(setup)),
    },
    Entry {
        name: "check-std",
        what: "check all of std without cache, beside compiling it",
        prepare: |setup| Ok(check_std(setup)),
    },
    Entry {
        name: "leak-check-vet",
        what: "look for leaks in std, beside go vet with copylocks, lostcancel and waitgroup; all caches empty",
        prepare: |setup| leak::check(setup, leak::Checker::Vet, lint::Cache::Empty),
    },
    Entry {
        name: "leak-check-vet-warm",
        what: "the same, nothing changed",
        prepare: |setup| leak::check(setup, leak::Checker::Vet, lint::Cache::Full),
    },
    Entry {
        name: "leak-check-staticcheck",
        what: "look for leaks in std, beside the checks of staticcheck that overlap; all caches empty",
        prepare: |setup| leak::check(setup, leak::Checker::Staticcheck, lint::Cache::Empty),
    },
    Entry {
        name: "leak-check-staticcheck-warm",
        what: "the same, nothing changed",
        prepare: |setup| leak::check(setup, leak::Checker::Staticcheck, lint::Cache::Full),
    },
    Entry {
        name: "leak-test",
        what: "test 20 packages of std that leave nothing behind, beside go test",
        prepare: leak::test,
    },
    Entry {
        name: "leak-dump",
        what: "group the goroutines of a dump of 250 MB (debug=2)",
        prepare: |setup| leak::dump(setup, dumps::Form::Stacks, 250_000_000),
    },
    Entry {
        name: "leak-counts",
        what: "group the goroutines of a profile of 250 MB (debug=1)",
        prepare: |setup| leak::dump(setup, dumps::Form::Counts, 250_000_000),
    },
    Entry {
        name: "leak-log",
        what: "find and group the goroutines in a log of 1 GB",
        prepare: |setup| leak::dump(setup, dumps::Form::Log, 1_000_000_000),
    },
];

/// Ours by the peer's CPU time, and no other limit.
fn at_most(cpu_ratio: f64) -> Limits {
    Limits {
        cpu_ratio: Some(cpu_ratio),
        ..Limits::default()
    }
}

fn profile_decode(setup: &Setup<'_>) -> anyhow::Result<Case> {
    let profile = profiles::make(setup, BIG)?;
    Ok(Case {
        ours: Command::new(example(setup, "profile", "decode")?).arg(profile),
        peer: None,
        same_output: false,
        limits: Limits {
            cpu_seconds: Some(0.4),
            memory_mib: Some(150.0),
            ..Limits::default()
        },
    })
}

/// At least this many bytes of log a second.
const LOG_BYTES_PER_SECOND: f64 = 150e6;

fn gc_log(setup: &Setup<'_>) -> anyhow::Result<Case> {
    let log = setup.inputs.join("std-m2.log");
    if !setup.repo.system.is_file(&log) {
        let make = Command::new(&setup.go)
            .args(["build", "-a", "-gcflags=-m=2", "std"])
            .current_dir(&setup.scratch)
            .env("GOCACHE", setup.scratch.join("gocache"));
        println!("  compiling std for its log");
        let make = with_go(setup.repo, &setup.go, make);
        let output = setup.repo.system.run(&make, &setup.repo.cancel)?;
        setup.repo.system.write(&log, &output.stderr)?;
    }
    let bytes = setup.repo.system.metadata(&log)?.len;
    Ok(Case {
        ours: Command::new(example(setup, "gc", "read_log")?).arg(log),
        peer: None,
        same_output: false,
        limits: Limits {
            cpu_seconds: Some(bytes as f64 / LOG_BYTES_PER_SECOND),
            ..Limits::default()
        },
    })
}

/// `goperf pprof` beside `go tool pprof`, which must say the same. On machines as different as ours
/// the time that is asked for is that of a processor; `wall_seconds` counts waiting as well.
fn pprof(setup: &Setup<'_>, flags: &[&str], input: Input, limits: Limits) -> anyhow::Result<Case> {
    let profile = profiles::make(setup, input)?;
    let [ours, peer] = pprof_commands(setup, flags, &profile)?;
    Ok(Case {
        ours,
        peer: Some(("go tool pprof", peer)),
        same_output: true,
        limits,
    })
}

/// A profile's report made by us, and by our peer.
pub(super) fn pprof_commands(
    setup: &Setup<'_>,
    flags: &[&str],
    profile: &std::path::Path,
) -> anyhow::Result<[Command; 2]> {
    let ours = Command::new(&setup.goperf).arg("pprof");
    // The program itself: what `go tool` starts is not counted in the memory of the go command.
    let path = Command::new(&setup.go).args(["tool", "-n", "pprof"]);
    let path = (setup.repo).output(&with_go(setup.repo, &setup.go, path))?;
    let peer = with_go(setup.repo, &setup.go, Command::new(path.trim()));
    Ok([ours, peer].map(|command| {
        // The binaries that the profiles speak of do not exist.
        let command = command.arg("-symbolize=none").args(flags).arg(profile);
        command.env("PPROF_BINARY_PATH", &setup.scratch)
    }))
}

fn pprof_diff(setup: &Setup<'_>) -> anyhow::Result<Case> {
    let base = profiles::make(setup, BIG2)?;
    let flag = format!("-diff_base={}", base.display());
    let limits = Limits {
        cpu_ratio: Some(0.03),
        wall_seconds: Some(1.0),
        ..Limits::default()
    };
    pprof(setup, &["-top", &flag], BIG, limits)
}

fn pprof_huge(setup: &Setup<'_>) -> anyhow::Result<Case> {
    let profile = profiles::make(setup, HUGE)?;
    let [ours, _] = pprof_commands(setup, &["-top"], &profile)?;
    Ok(Case {
        ours,
        peer: None,
        same_output: false,
        limits: Limits {
            wall_seconds: Some(2.0),
            memory_mib: Some(400.0),
            ..Limits::default()
        },
    })
}

fn benchstat(
    setup: &Setup<'_>,
    benchmarks: &str,
    cpu_ratio: f64,
    memory_mib: f64,
) -> anyhow::Result<Case> {
    let folder = setup.inputs.join(format!("benchstat-{benchmarks}"));
    let files = ["old.txt", "new.txt"].map(|name| folder.join(name));
    if !files.iter().all(|file| setup.repo.system.is_file(file)) {
        setup.repo.system.create_dir_all(&folder)?;
        let generator = shared(setup, "conformance/benchstat/gen.py")?;
        let make = Command::new("python3")
            .arg(generator)
            .args(["--benchmarks", benchmarks, "--out"])
            .arg(&folder);
        setup.repo.run(&make)?;
    }
    let peer = setup.inputs.join("bin/benchstat");
    if !setup.repo.system.is_file(&peer) {
        let install = Command::new(&setup.go)
            .args(["install", "golang.org/x/perf/cmd/benchstat@latest"])
            .current_dir(&setup.inputs)
            .env("GOBIN", setup.inputs.join("bin"));
        setup.repo.run(&with_go(setup.repo, &setup.go, install))?;
    }
    Ok(Case {
        ours: Command::new(&setup.goperf).arg("benchstat").args(&files),
        peer: Some(("benchstat", Command::new(peer).args(&files))),
        same_output: true,
        limits: Limits {
            cpu_ratio: Some(cpu_ratio),
            memory_mib: Some(memory_mib),
            ..Limits::default()
        },
    })
}

fn check_warm(setup: &Setup<'_>) -> Case {
    // The first round, which is not counted, fills the cache.
    Case {
        ours: check(setup, &["encoding/json"]),
        peer: None,
        same_output: false,
        limits: Limits {
            wall_seconds: Some(0.3),
            ..Limits::default()
        },
    }
}

fn check_std(setup: &Setup<'_>) -> Case {
    let peer = Command::new(&setup.go)
        .args(["build", "-a", "std"])
        .current_dir(&setup.scratch)
        .env("GOCACHE", setup.scratch.join("gocache"));
    Case {
        ours: check(setup, &["--no-cache", "std"]),
        peer: Some(("go build -a std", with_go(setup.repo, &setup.go, peer))),
        same_output: false,
        limits: Limits {
            cpu_ratio: Some(1.3),
            memory_mib: Some(400.0),
            ..Limits::default()
        },
    }
}

/// An example program of one of our crates, which measures an engine without its command.
pub(super) fn example(setup: &Setup<'_>, package: &str, name: &str) -> anyhow::Result<PathBuf> {
    let args = ["build", "--release", "-p", package, "--example", name];
    setup.repo.run(&setup.repo.cargo().args(args))?;
    Ok(setup
        .repo
        .built("release")
        .with_file_name("examples")
        .join(name))
}

/// `goperf check` with a cache of its own.
fn check(setup: &Setup<'_>, args: &[&str]) -> Command {
    let command = Command::new(&setup.goperf)
        .arg("check")
        .args(args)
        .current_dir(&setup.scratch)
        .env("GOPERF_CACHE", setup.scratch.join("cache"));
    with_go(setup.repo, &setup.go, command)
}

fn shared(setup: &Setup<'_>, path: &str) -> anyhow::Result<PathBuf> {
    (setup.repo.shared(path)).with_context(|| format!("{path} does not lie beside the checkout"))
}
