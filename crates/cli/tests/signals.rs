//! The real binary, stopped by one signal or two: nothing of it stays.
#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the process and its streams are what is tested"
)]

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base::System as _;
use base::system::OsSystem;

const GOPERF: &str = env!("CARGO_BIN_EXE_goperf");

/// Starts goperf with a program that has a child of its own and says its process id, and waits for that.
fn start(temp: &Path) -> (Child, String) {
    let script = "sleep 600 & echo $$; wait";
    let mut goperf = Command::new(GOPERF)
        .args(["record", "-o"])
        .arg(temp.join("profiles"))
        .args(["--", "/bin/sh", "-c", script])
        .env("TMPDIR", temp.join("tmp"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut pid = String::new();
    let mut byte = [0];
    let mut out = goperf.stdout.take().unwrap();
    while out.read(&mut byte).unwrap() == 1 && byte[0] != b'\n' {
        pid.push(byte[0].into());
    }
    // The reader stays: a broken pipe would be another end.
    std::mem::forget(out);
    (goperf, pid)
}

fn signal(process: &str, signal: &str) {
    Command::new("kill")
        .args([signal, process])
        .status()
        .unwrap();
}

/// Whether a process of that group runs. One that has ended stays listed until its parent asks for it.
fn is_running(group: &str) -> bool {
    let list = Command::new("ps")
        .args(["-A", "-o", "pgid=,stat="])
        .output();
    let list = String::from_utf8(list.unwrap().stdout).unwrap();
    list.lines().any(|line| {
        let mut words = line.split_whitespace();
        words.next() == Some(group) && words.next().is_some_and(|state| !state.starts_with('Z'))
    })
}

/// Signals, and after how many microseconds a second one comes: it then meets different moments of the work that the
/// first one starts.
const ENDINGS: &[(&str, Option<u64>)] = &[
    ("-INT", None),
    ("-TERM", Some(0)),
    ("-HUP", Some(200)),
    ("-INT", Some(1000)),
    ("-INT", Some(5000)),
    ("-TERM", Some(20_000)),
];

/// Ends goperf and says what should not be: a wrong exit code, a process of the group that runs on, a file in the
/// folder for temporary files.
fn end(mut goperf: Child, group: &str, temp: &Path, (name, gap): (&str, Option<u64>)) {
    let system = OsSystem::default();
    let id = goperf.id().to_string();
    signal(&id, name);
    if let Some(micros) = gap {
        std::thread::sleep(Duration::from_micros(micros));
        signal(&id, name);
    }
    let status = goperf.wait().unwrap();
    assert_eq!(status.code(), Some(130), "{name} {gap:?}");
    let deadline = Instant::now() + Duration::from_secs(10);
    while is_running(group) {
        assert!(Instant::now() < deadline, "{name} {gap:?}: left running");
        std::thread::yield_now();
    }
    let left = system.read_dir(temp).unwrap();
    assert!(left.is_empty(), "{name} {gap:?}: {left:?}");
}

#[test]
fn nothing_is_left_after_one_signal_or_two() {
    let system = OsSystem::default();
    let folder = system.temp_dir("goperf-signals-").unwrap();
    let temp = folder.path().join("tmp");
    system.create_dir_all(&temp).unwrap();
    for ending in ENDINGS {
        let (goperf, group) = start(folder.path());
        end(goperf, &group, &temp, *ending);
    }
}

/// A go command that knows its environment and does not end when it is asked for anything else.
const SLOW_GO: &str = r#"#!/bin/sh
if [ "$1" = env ]; then
    printf '{"GOVERSION": "go1.27.3", "GOROOT": "/nowhere", "GOOS": "linux", "GOARCH": "amd64", "GOMOD": "%s"}' "$PWD/go.mod"
    exit
fi
sleep 600 &
echo $$ > "$PIDS.new"
mv "$PIDS.new" "$PIDS"
wait
"#;

#[test]
fn every_command_that_starts_the_go_command_ends_with_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let system = OsSystem::default();
    let folder = system.temp_dir("goperf-signals-").unwrap();
    let path = |name: &str| folder.path().join(name);
    system.create_dir_all(&path("tmp")).unwrap();
    let text = [
        ("go", SLOW_GO),
        ("go.mod", "module m\n\ngo 1.27\n"),
        ("a.go", "package m\n"),
        ("a_test.go", "package m\n\nfunc BenchmarkA() {}\n"),
    ];
    for (name, text) in text {
        system.write(&path(name), text.as_bytes()).unwrap();
    }
    std::fs::set_permissions(path("go"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let commands: &[&[&str]] = &[
        &["check", "."],
        &["check", ".", "--bench", "."],
        &["escape", "."],
        &["inline", "."],
        &["layout", ".", "--loader", "go"],
        &["bench", "run", "."],
        &["leak", "test", "."],
    ];
    for (number, args) in commands.iter().enumerate() {
        let goperf = Command::new(GOPERF)
            .args(*args)
            .current_dir(folder.path())
            .env("GOPERF_GO", path("go"))
            .env("PIDS", path("pids"))
            .env("TMPDIR", path("tmp"))
            .env("GOPERF_CACHE", path("cache"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while !system.is_file(&path("pids")) {
            assert!(Instant::now() < deadline, "{args:?}: go is not started");
            std::thread::sleep(Duration::from_millis(5));
        }
        let group = system.read_to_string(&path("pids")).unwrap();
        system.remove_file(&path("pids")).unwrap();
        end(
            goperf,
            group.trim(),
            &path("tmp"),
            ENDINGS[number % ENDINGS.len()],
        );
    }
}

/// Commands that start nothing, and formats of a report.
const SAYING_SOMETHING: &[&[&str]] = &[
    &["--help"],
    &["explain"],
    &["explain", "GP607"],
    &["version"],
    &["completions", "bash"],
    &["check", "--help"],
    &["benchstat", RESULTS],
    &["benchstat", "-format", "csv", RESULTS],
    &["benchstat", "-format", "json", RESULTS],
    &["benchstat", "-format", "markdown", RESULTS],
    &["benchstat", "-format", "html", RESULTS],
    &["bench", "gate", RESULTS, RESULTS],
    &["bench", "gate", "--format", "github", RESULTS, RESULTS],
    &["bench", "gate", "--format", "markdown", RESULTS, RESULTS],
    &["leak", "dump", DUMP],
    &["leak", "dump", "--format", "json", DUMP],
    &["leak", "dump", "--format", "raw", DUMP],
];
const RESULTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/results.txt");
const DUMP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/dump.txt");

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error_of_every_command() {
    for args in SAYING_SOMETHING {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
        let output = Command::new(GOPERF)
            .args(*args)
            .stdout(full.unwrap())
            .output()
            .unwrap();
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {message}");
        assert!(message.contains("no space left on device"), "{message}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_closed_output_is_an_error_of_every_command() {
    for args in SAYING_SOMETHING {
        let output = Command::new("/bin/sh")
            .args(["-c", r#"exec "$0" "$@" >&-"#, GOPERF])
            .args(*args)
            .output()
            .unwrap();
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {message}");
        let reason = "goperf: failed to write the output: it is closed";
        assert_eq!(message.lines().last(), Some(reason), "{args:?}");
    }
}
