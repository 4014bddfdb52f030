//! Sessions: findings follow edits that nobody saved, without another load.

#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base::system::{Command, OsSystem};
use base::testing::{MemorySystem, exited, skipped};
use base::{Cancellation, System};
use lint::{CheckOptions, RuleSelection};
use profile::{LabelSetId, Line, Profile};
use project::explain::ExplainRequest;
use project::{
    CheckError, CheckReport, CheckRequest, EvidenceRequest, PackageRequest, Session, Workspace,
};

const SAVED: &str = "package m\n\nfunc F(n int) []byte {\n\treturn make([]byte, n)\n}\n";
/// One line further down, in an edited body.
const TYPED: &str = "package m\n\nfunc F(n int) []byte {\n\tn *= 2\n\treturn make([]byte, n)\n}\n";

fn everything() -> CheckOptions {
    CheckOptions {
        all: true,
        select: RuleSelection {
            select: vec!["GP610".to_owned()],
            ..RuleSelection::default()
        },
        ..CheckOptions::default()
    }
}

/// File and line of each finding.
fn places(report: &CheckReport) -> Vec<String> {
    let primary = report.findings.iter().map(|finding| &finding.primary);
    primary
        .map(|at| format!("{}:{}", at.path.display(), at.start.line))
        .collect()
}

fn text(text: &str) -> Arc<[u8]> {
    Arc::from(text.as_bytes())
}

/// A go command in memory, with the commands that it was asked to run.
fn machine() -> (MemorySystem, Arc<Mutex<Vec<String>>>) {
    let commands = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&commands);
    let answer = move |command: &Command| {
        let line = command.line();
        let stdout = if line.starts_with("go env") {
            r#"{"GOVERSION": "go1.27.3", "GOARCH": "amd64", "GOTOOLDIR": "/go/pkg/tool", "GOROOT": "/go"}"#.to_owned()
        } else if line.starts_with("go list") {
            r#"{"ImportPath": "m", "Name": "m", "Dir": "/m", "GoFiles": ["m.go"], "CompiledGoFiles": ["m.go"]}"#.to_owned()
        } else {
            // The compiler sees the copy of the text that is not saved.
            let at = if line.contains("/unsaved0.go") { 5 } else { 4 };
            format!("m.go:3:6: can inline F\nm.go:{at}:13: make([]byte, n) escapes to heap\n")
        };
        log.lock().unwrap().push(line);
        Ok(exited(0, &stdout))
    };
    let system = MemorySystem::default()
        .with_file("/m/m.go", SAVED)
        .with_process(Box::new(answer));
    (system, commands)
}

fn count(commands: &Mutex<Vec<String>>, prefix: &str) -> usize {
    let commands = commands.lock().unwrap();
    commands.iter().filter(|it| it.contains(prefix)).count()
}

#[test]
fn an_edit_moves_findings_without_another_load() {
    let (system, commands) = machine();
    let cancel = Cancellation::default();
    let workspace = Workspace::open(&system, &cancel, None, Path::new("/m"), true).unwrap();
    let mut session = Session::open(workspace, PackageRequest::default()).unwrap();
    let saved = session.snapshot();
    let check = |snapshot: &project::Snapshot| {
        let report = snapshot.check(&cancel, &[Path::new("/m/m.go")], &everything(), &|_| ());
        places(&report.unwrap())
    };
    assert_eq!(check(&saved), ["/m/m.go:4"]);

    let edited = session.edit("/m/m.go".as_ref(), Some(text(TYPED)));
    assert_eq!(edited.packages, ["m"]);
    assert!(!edited.needs_load);
    let typed = session.snapshot();
    assert_eq!(check(&typed), ["/m/m.go:5"]);
    assert_eq!(
        typed.system().read("/m/m.go".as_ref()).unwrap(),
        TYPED.as_bytes()
    );
    let request = ExplainRequest {
        path: "/m/m.go".into(),
        line: 5,
        col: None,
        profiles: EvidenceRequest::default(),
    };
    let explained = typed.explain(&cancel, &request, &|_| ()).unwrap();
    assert_eq!(explained.text, "return make([]byte, n)");
    assert_eq!(explained.decisions.len(), 1);

    // A snapshot stays as it is, and so does the file.
    assert_eq!(check(&saved), ["/m/m.go:4"]);
    assert_eq!(system.read("/m/m.go".as_ref()).unwrap(), SAVED.as_bytes());
    session.edit("/m/m.go".as_ref(), None);
    assert_eq!(check(&session.snapshot()), ["/m/m.go:4"]);
    assert_eq!(count(&commands, "go list"), 1);
    // What is in the cache is not compiled again. The explanation asks for more than the check.
    assert_eq!(count(&commands, "-importcfg"), 3);
}

#[test]
fn an_edit_of_imports_or_files_asks_for_a_load() {
    let (system, commands) = machine();
    let cancel = Cancellation::default();
    let workspace = Workspace::open(&system, &cancel, None, Path::new("/m"), false).unwrap();
    let mut session = Session::open(workspace, PackageRequest::default()).unwrap();
    for (path, text, needs_load) in [
        ("/other/x.go", "package x\n", false),
        ("/m/m.go", "package m\n\nvar X = 1\n", false),
        ("/m/m.go", "//go:build linux\n\npackage m\n", true),
        ("/m/m.go", "package m\n\nimport \"fmt\"\n", true),
        ("/m/new.go", "package m\n", true),
    ] {
        let edited = session.edit(path.as_ref(), Some(self::text(text)));
        assert_eq!(edited.needs_load, needs_load, "{path} {text}");
        session.load(&cancel).unwrap();
        assert!(!session.needs_load());
    }
    assert!(count(&commands, "-overlay=") > 0);
}

#[test]
fn a_request_that_is_cancelled_leaves_the_session_alone() {
    let (system, _) = machine();
    let whole = Cancellation::default();
    let workspace = Workspace::open(&system, &whole, None, Path::new("/m"), false).unwrap();
    let mut session = Session::open(workspace, PackageRequest::default()).unwrap();
    let snapshot = session.snapshot();
    let newer = whole.child();
    newer.cancel();
    let result = snapshot.check(&newer, &[], &everything(), &|_| ());
    assert!(matches!(result, Err(CheckError::Cancelled(_))));
    assert!(session.load(&newer).is_err());
    let result = snapshot.check(&whole, &[], &everything(), &|_| ());
    assert_eq!(result.unwrap().findings.len(), 1);
}

/// The real compiler names the file that the copy stands for.
#[test]
fn the_compiler_is_given_what_is_not_saved() {
    let system = OsSystem::default();
    let cancel = Cancellation::default();
    let folder = system.temp_dir("goperf-session-").unwrap();
    let file = folder.path().join("m.go");
    (system.write(&folder.path().join("go.mod"), b"module m\n\ngo 1.24\n")).unwrap();
    system.write(&file, SAVED.as_bytes()).unwrap();
    let workspace = match Workspace::open(&system, &cancel, None, folder.path(), false) {
        Ok(workspace) => workspace,
        Err(error) => return skipped(&format!("sessions: {error}")),
    };
    let mut session = Session::open(workspace, PackageRequest::default()).unwrap();
    session.edit(&file, Some(text(TYPED)));
    let steps = AtomicUsize::new(0);
    let report = session.snapshot().check(&cancel, &[], &everything(), &|_| {
        steps.fetch_add(1, Ordering::Relaxed);
    });
    assert_eq!(places(&report.unwrap()), [format!("{}:5", file.display())]);
    assert!(steps.into_inner() > 0);
    // Text that does not compile has its own name in the message.
    session.edit(&file, Some(text("package m\n\nvar x int = \"\"\n")));
    let report = session
        .snapshot()
        .check(&cancel, &[], &everything(), &|_| ())
        .unwrap();
    assert_eq!((report.broken, report.findings.len()), (1, 0));
    assert_eq!(report.about_run[0].primary.path, file);
}

/// A heap profile of 4 kB, allocated on the line of `make` in the saved text.
fn heap() -> Vec<u8> {
    let mut profile =
        Profile::with_sample_types(&[("alloc_objects", "count"), ("alloc_space", "bytes")]);
    let mut line = |name: &str, file: &str, start, line| {
        let name = profile.strings.intern(name.as_bytes());
        let file = profile.strings.intern(file.as_bytes());
        let function = profile.add_function(name, file, start);
        let lines = [Line {
            function,
            line,
            column: 0,
        }];
        profile.add_location(0, None, &lines)
    };
    let stack = [
        line("m.F", "/build/m/m.go", 3, 4),
        line("main.main", "/build/main.go", 1, 9),
    ];
    profile.samples.push(&stack, &[1, 4096], LabelSetId::EMPTY);
    profile::encode_gzip(&profile)
}

#[test]
fn the_profile_of_a_service_is_evidence() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let (system, _) = machine();
    let system = system.with_http(Box::new(move |url| {
        log.lock().unwrap().push(url.to_owned());
        match url {
            "http://me:secret@h:6060/debug/pprof/heap?gc=1" => (200, heap()),
            _ => (404, Vec::new()),
        }
    }));
    let cancel = Cancellation::default();
    let workspace = Workspace::open(&system, &cancel, None, Path::new("/m"), true).unwrap();
    let request = CheckRequest {
        packages: PackageRequest::default(),
        evidence: EvidenceRequest {
            mem_profiles: vec![PathBuf::from("http://me:secret@h:6060").into()],
            ..EvidenceRequest::default()
        },
        options: everything(),
    };
    let report = project::check(&workspace, &request, &|_| ()).unwrap();
    assert_eq!(places(&report), ["/m/m.go:4"]);
    assert_eq!(report.total[lint::Resource::AllocSpace], 4096);
    assert!(!report.findings[0].evidence.is_empty());

    let request = EvidenceRequest {
        cpu_profiles: vec![PathBuf::from("http://me:secret@h:6060").into()],
        ..EvidenceRequest::default()
    };
    let mut session = Session::open(workspace, PackageRequest::default()).unwrap();
    let error = session.attach(&cancel, &request, &|_| ()).unwrap_err();
    assert_eq!(
        base::full_message(&error),
        "failed to fetch http://h:6060: the service has no such endpoint (404)"
    );
    assert_eq!(
        *asked.lock().unwrap(),
        [
            "http://me:secret@h:6060/debug/pprof/heap?gc=1",
            "http://me:secret@h:6060/debug/pprof/profile?seconds=30"
        ]
    );
}
