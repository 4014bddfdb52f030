//! `goperf leak`: its test runs beside the go command's, its reader against a rate.

use base::System as _;
use base::system::Command;

use super::dumps::{self, Form};
use super::example;
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
