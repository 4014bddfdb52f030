//! Promises in comments, followed through packages with the real compiler.

use base::system::OsSystem;
use base::testing::skipped;
use base::{Cancellation, System};
use lint::{CheckOptions, RuleSelection};
use project::{CheckRequest, EvidenceRequest, PackageRequest, Workspace};

const FILES: &[(&str, &str)] = &[
    ("go.mod", "module m\n\ngo 1.26\n"),
    (
        "a/a.go",
        r#"package a

import "m/b"

// Encode appends.
//goperf:noalloc
//goperf:noescape tmp
//goperf:inline
func Encode(dst []byte, n int) []byte {
	tmp := n
	defer func() { tmp++ }()
	if n < 0 {
		panic("negative: " + string(rune(n)))
	}
	dst = append(dst, byte(n)) //goperf:alloc-ok the caller's memory
	return b.Add(dst, n)
}

//goperf:noalloc
func Plain(dst []byte, n int) {
	dst[0] = byte(n)
}

//goperf:no-alloc
func Typo() {}

func lines(n int) *int {
	p := new(int) //gcassert:noescape
	//gcassert:inline
	Plain(nil, n)
	b.Add(nil, n) //gcassert:inline
	return p
}
"#,
    ),
    (
        "b/b.go",
        r"package b

//go:noinline
func Add(dst []byte, n int) []byte {
	return add(dst, n)
}

//go:noinline
func add(dst []byte, n int) []byte {
	m := make([]byte, n)
	copy(m, dst)
	return m
}

//goperf:alloc-ok made once
func Ready() *int { return new(int) }
",
    ),
];

#[test]
fn promises_are_followed_through_packages() {
    let system = OsSystem::default();
    let cancel = Cancellation::default();
    if let Err(error) = go_tool::GoTool::find(&system, None) {
        skipped(&format!("contracts: {error}"));
        return;
    }
    let folder = system.temp_dir("goperf-contracts-").unwrap();
    for (name, text) in FILES {
        let path = folder.path().join(name);
        system.create_dir_all(path.parent().unwrap()).unwrap();
        system.write(&path, text.as_bytes()).unwrap();
    }
    let workspace = Workspace::open(&system, &cancel, None, folder.path(), false).unwrap();
    let request = CheckRequest {
        packages: PackageRequest {
            patterns: vec!["./...".to_owned()],
            ..PackageRequest::default()
        },
        evidence: EvidenceRequest::default(),
        options: CheckOptions {
            select: RuleSelection {
                select: vec!["broken-contract".to_owned()],
                ..RuleSelection::default()
            },
            ..CheckOptions::default()
        },
    };
    let report = project::check(&workspace, &request, &|_| {}).unwrap();
    let mut found: Vec<String> = (report.findings.iter())
        .map(|it| {
            let name = it.primary.path.file_name().unwrap().to_string_lossy();
            let notes: Vec<&str> = (it.notes.iter())
                .map(|note| note.text.as_str())
                .filter(|text| text.starts_with("calls: "))
                .collect();
            let notes = notes.join(", ");
            let text = format!("{name}:{}: {} {notes}", it.primary.start.line, it.message);
            text.trim_end().to_owned()
        })
        .collect();
    found.sort();
    insta::assert_snapshot!(found.join("\n"), @"
    a.go:24: `//goperf:no-alloc` is not a contract; known are `noalloc`, `alloc-ok REASON`, `noescape NAME`, `inline`, `size<=BYTES`
    a.go:28: nothing is to escape here: `new(int)` is on the heap
    a.go:31: the call of `Add` is to be inlined, and is not
    a.go:9: a promise is broken: `Encode` cannot be inlined: it contains `defer`
    b.go:10: `Encode` promises not to allocate, and `add`, 2 calls below, does: `make([]byte, n)` is allocated on the heap calls: Encode → Add → add
    ");
}
