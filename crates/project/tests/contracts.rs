//! Promises in comments, followed through packages with the real compiler.

#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

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

/// File, line, message and calls of the broken promises in a module, sorted; `None`, with a visible line, where there is
/// no go command.
fn broken_promises(files: &[(&str, &str)]) -> Option<Vec<String>> {
    let system = OsSystem::default();
    let cancel = Cancellation::default();
    if let Err(error) = go_tool::GoTool::find(&system, None) {
        skipped(&format!("contracts: {error}"));
        return None;
    }
    let folder = system.temp_dir("goperf-contracts-").unwrap();
    for (name, text) in files {
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
    Some(found)
}

#[test]
fn promises_are_followed_through_packages() {
    let Some(found) = broken_promises(FILES) else {
        return;
    };
    insta::assert_snapshot!(found.join("\n"), @"
    a.go:24: `//goperf:no-alloc` is not a contract; known are `noalloc`, `alloc-ok REASON`, `noescape NAME`, `inline`, `size<=BYTES`
    a.go:28: nothing is to escape here: `new(int)` is on the heap
    a.go:31: the call of `Add` is to be inlined, and is not
    a.go:9: a promise is broken: `Encode` cannot be inlined: it contains `defer`
    b.go:10: `Encode` promises not to allocate, and `add`, 2 calls below, does: `make([]byte, n)` is allocated on the heap calls: Encode → Add → add
    ");
}

const BOUNDS: &str = r#"package a

func sums(s, t []int, n int) (sum int) {
	for i := range s {
		sum += s[i] //gcassert:bce
		// gcassert:bce,inline
		sum += at(
			s, i,
		)
		sum += t[i] //gcassert:bce
	}
	//gcassert:bce
	sum += add(
		s[n],
		len(s[n:]),
	)
	//gcassert:bce
	for i := 0; i < t[n]; i++ {
		sum += t[i]
	}
	return sum
}

func at(s []int, i int) int { return s[i] }

func unsafeAt(s []int, i int) int { return s[i] }

//go:noinline
func add(a, b int) int { return a + b }

//gcassert:bce
func whole(s []int) int {
	_ = s[3]
	return s[0] + s[3]
}

func inlined(s []int, n int) int {
	return unsafeAt(s, n) //gcassert:bce
}

func of[T any](s []T, n int) T {
	return s[n] //gcassert:bce
}

var _, _ = of([]int{1}, 0), of([]string{""}, 0)
"#;

#[test]
fn bounds_checks_are_found_where_none_is_promised() {
    let Some(found) = broken_promises(&[("go.mod", "module m\n\ngo 1.26\n"), ("a.go", BOUNDS)])
    else {
        return;
    };
    insta::assert_snapshot!(found.join("\n"), @r"
    a.go:10: `t[i]` is to have no bounds check, and has one
    a.go:14: `s[n]` is to have no bounds check, and has one
    a.go:15: `s[n:]` is to have no bounds check, and has one
    a.go:18: `t[n]` is to have no bounds check, and has one
    a.go:33: `s[3]` is to have no bounds check, and has one
    a.go:38: no bounds check is to be here; code that is inlined has one
    a.go:42: `s[n]` is to have no bounds check, and has one
    ");
}
