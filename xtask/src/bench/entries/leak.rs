//! `goperf leak`: its test runs beside the go command's, its reader against a rate.

use base::System as _;
use base::system::Command;

use super::dumps::{self, Form};
use super::example;
use super::lint::{Cache, Subject, peer, with_caches};
use crate::bench::{Case, Limits, Setup};
use crate::toolchain::with_go;

/// At least this many bytes of dump a second.
const DUMP_BYTES_PER_SECOND: f64 = 200e6;
/// Whatever the size of the dump.
const DUMP_MEMORY_MIB: f64 = 64.0;

pub(super) fn dump(setup: &Setup<'_>, form: Form, size: usize) -> anyhow::Result<Case> {
    let file = setup.inputs.join(format!("goroutines-{form:?}-{size}.txt"));
    if !setup.repo.system.is_file(&file) {
        let text = dumps::write(form, size);
        setup.repo.system.write(&file, text.as_bytes())?;
    }
    let bytes = setup.repo.system.metadata(&file)?.len;
    Ok(Case {
        ours: Command::new(example(setup, "leak", "read_dump")?).arg(file),
        peer: None,
        same_output: false,
        limits: Limits {
            cpu_seconds: Some(bytes as f64 / DUMP_BYTES_PER_SECOND),
            memory_mib: Some(DUMP_MEMORY_MIB),
            ..Limits::default()
        },
    })
}

/// The module and version that staticcheck is built from.
const STATICCHECK: &str = "honnef.co/go/tools/cmd/staticcheck@v0.8.2";

/// What of it looks for leaks and lock mistakes: tickers that are not released, signals without a buffer, `Add` in the
/// goroutine, empty critical sections, `FailNow` in a goroutine, `Lock` deferred after `Lock`, defers in endless loops.
const CHECKS: &str = "SA1015,SA1017,SA2000,SA2001,SA2002,SA2003,SA5003";

const CPU_EMPTY: f64 = 0.5;

/// What `leak check` is measured beside.
#[derive(Clone, Copy)]
pub(super) enum Checker {
    /// With copylocks, lostcancel and waitgroup.
    Vet,
    Staticcheck,
}

/// `leak check` of std, without tests where the peer can leave them out.
pub(super) fn check(setup: &Setup<'_>, checker: Checker, cache: Cache) -> anyhow::Result<Case> {
    let ours = [
        setup.goperf.as_os_str(),
        "leak".as_ref(),
        "check".as_ref(),
        "--format".as_ref(),
        "concise".as_ref(),
        "./...".as_ref(),
    ];
    let (name, variable, theirs) = match checker {
        Checker::Vet => {
            let flags = ["-copylocks", "-lostcancel", "-waitgroup", "./..."];
            let words = [setup.go.as_os_str(), "vet".as_ref()].into_iter();
            let words = words.chain(flags.iter().map(AsRef::as_ref));
            (
                "go vet",
                "GOPERF_BENCH_VET",
                words.map(Into::into).collect(),
            )
        }
        Checker::Staticcheck => {
            let program = peer(setup, "staticcheck", STATICCHECK)?;
            let flags = ["-tests=false", "-checks", CHECKS, "./..."];
            let words = std::iter::once(program.into_os_string());
            let words = words.chain(flags.iter().map(Into::into));
            ("staticcheck", "STATICCHECK_CACHE", words.collect())
        }
    };
    let ours = ours.iter().map(Into::into).collect();
    let commands = [("GOPERF_CACHE", ours), (variable, theirs)];
    let [ours, theirs] = with_caches(setup, Subject::Std, cache, commands)?;
    Ok(Case {
        ours,
        peer: Some((name, theirs)),
        same_output: false,
        limits: Limits {
            cpu_ratio: (cache == Cache::Empty).then_some(CPU_EMPTY),
            ..Limits::default()
        },
    })
}

/// Packages of std whose tests take little time and leave no goroutine behind.
const CLEAN_PACKAGES: &[&str] = &[
    "bufio",
    "cmp",
    "container/heap",
    "container/list",
    "container/ring",
    "encoding/ascii85",
    "encoding/base64",
    "encoding/csv",
    "encoding/hex",
    "encoding/pem",
    "errors",
    "html",
    "log",
    "mime",
    "net/mail",
    "net/textproto",
    "net/url",
    "path",
    "text/tabwriter",
    "unicode/utf8",
];

pub(super) fn test(setup: &Setup<'_>) -> anyhow::Result<Case> {
    let flags = ["-short", "-p=1"];
    let ours = Command::new(&setup.goperf).args(["leak", "test"]);
    let peer = Command::new(&setup.go).args(["test", "-count=1"]);
    let [ours, peer] = [ours, peer].map(|command| {
        let command = command
            .args(flags)
            .args(CLEAN_PACKAGES.iter().copied())
            .current_dir(&setup.scratch);
        with_go(setup.repo, &setup.go, command)
    });
    // What is measured is the tests, not the compiler.
    for command in [&ours, &peer] {
        setup.repo.run(command)?;
    }
    Ok(Case {
        ours,
        peer: Some(("go test", peer)),
        same_output: false,
        limits: Limits {
            cpu_ratio: Some(1.05),
            ..Limits::default()
        },
    })
}
