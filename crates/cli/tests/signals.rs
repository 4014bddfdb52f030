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
        .env("TMPDIR", temp)
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

#[test]
fn nothing_is_left_after_one_signal_or_two() {
    let system = OsSystem::default();
    let folder = system.temp_dir("goperf-signals-").unwrap();
    // In microseconds, so that the second signal meets different moments of the work that the first one starts.
    let gaps = [
        None,
        Some(0),
        Some(200),
        Some(1000),
        Some(5000),
        Some(20_000),
    ];
    for (name, gap) in ["-INT", "-TERM", "-HUP", "-INT", "-INT", "-TERM"]
        .iter()
        .zip(gaps)
    {
        let (mut goperf, group) = start(folder.path());
        let id = goperf.id().to_string();
        signal(&id, name);
        if let Some(micros) = gap {
            std::thread::sleep(Duration::from_micros(micros));
            signal(&id, name);
        }
        let status = goperf.wait().unwrap();
        assert_eq!(status.code(), Some(130), "{name} {gap:?}");
        let deadline = Instant::now() + Duration::from_secs(10);
        while is_running(&group) {
            assert!(Instant::now() < deadline, "{name} {gap:?}: left running");
            std::thread::yield_now();
        }
        let left = system.read_dir(folder.path()).unwrap();
        let left: Vec<_> = left
            .iter()
            .filter(|path| !path.ends_with("profiles"))
            .collect();
        assert!(left.is_empty(), "{name} {gap:?}: {left:?}");
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
