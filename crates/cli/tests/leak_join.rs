//! The planted leak of `examples/orders`, seen in source, after a test and in a dump.

use std::path::{Path, PathBuf};

use base::System as _;
use base::system::OsSystem;
use base::testing::skipped;
use cli::{ExitStatus, Output};
use serde_json::Value;

const PACKAGE: &str = "./internal/shipping";

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/orders")
}

/// Exit status and output of a command in the example.
fn goperf(args: &[&str], of_example: &Path) -> (ExitStatus, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let words = ["goperf", "leak"].iter().chain(args).map(Into::into);
    let folder = ["-C".into(), of_example.as_os_str().to_owned()];
    let status = cli::run(
        words.chain(folder).chain([PACKAGE.into()]).collect(),
        &OsSystem::default(),
        &mut Output::plain(&mut out, &mut err),
    );
    out.extend(err);
    (status, String::from_utf8_lossy(&out).into_owned())
}

/// The line that sends to nobody.
fn line_of_leak(text: &str) -> Option<u32> {
    let mut lines = text.lines().zip(1..);
    let found = lines.find(|(line, _)| line.trim() == "offers <- quote");
    found.map(|(_, number)| number)
}

#[test]
fn one_leak_is_one_finding_with_three_kinds_of_evidence() {
    let system = OsSystem::default();
    if let Err(error) = go_tool::GoTool::find(&system, None) {
        return skipped(&format!("leak join: {error}"));
    }
    let scratch = system.temp_dir("goperf-join-").unwrap();
    let (record, dump) = (
        scratch.path().join("tests.json"),
        scratch.path().join("dump.txt"),
    );
    let (record, dump) = (record.to_str().unwrap(), dump.to_str().unwrap());
    let file = example().join("internal/shipping/shipping.go");
    let file = system.canonicalize(&file).unwrap();
    let line = line_of_leak(&system.read_to_string(&file).unwrap()).unwrap();

    let (status, text) = goperf(&["test", "--record", record], &example());
    if status == ExitStatus::BrokenCode {
        return skipped("leak join: the example asks for a newer Go");
    }
    assert_eq!(status, ExitStatus::Findings, "{text}");
    assert!(text.contains("in source: GL02"), "{text}");

    let goroutine = format!(
        "goroutine 7 [chan send (leaked)]:\n\
         example.com/orders/internal/shipping.(*Board).Cheapest.func1()\n\t{}:{line} +0x1\n\n",
        file.display()
    );
    system.write(Path::new(dump), goroutine.as_bytes()).unwrap();
    let seen = [
        "check", "--format", "json", "--seen", record, "--seen", dump,
    ];
    let (status, text) = goperf(&seen, &example());
    assert_eq!(status, ExitStatus::Findings, "{text}");
    // The closing line stands behind the report.
    let report = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
    let report = report.map(Result::unwrap).next().unwrap();
    let of_line = |it: &&Value| it["primary"]["start"]["line"] == line;
    let all = report["diagnostics"].as_array().unwrap().iter();
    let found: Vec<&Value> = all.filter(of_line).collect();
    let [found] = found[..] else {
        panic!("{text}");
    };
    let sources: Vec<&Value> = found["evidence"].as_array().unwrap().iter().collect();
    let sources: Vec<&Value> = sources.iter().map(|it| &it["source"]).collect();
    assert_eq!(sources, ["leak-test", "goroutineleak"], "{text}");

    let known = scratch.path().join("known.json");
    let known = known.to_str().unwrap();
    let (status, text) = goperf(&["check", &format!("--write-baseline={known}")], &example());
    assert_eq!(status, ExitStatus::Success, "{text}");
    let (status, text) = goperf(&["check", "--baseline", known], &example());
    assert_eq!(status, ExitStatus::Success, "{text}");
    assert!(text.contains("0 errors"), "{text}");
}
