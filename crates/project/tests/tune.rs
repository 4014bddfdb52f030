//! `tune` on a small module: each change gets its verdict, and the sources stay as they are. Needs a go command.

#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use std::time::Duration;

use base::Cancellation;
use base::system::{OsSystem, System};
use go_tool::testing::Folder;
use lint::RuleSelection;
use project::tune::{Proposal, TuneReport, TuneRequest, Verdict, tune};
use project::{PackageRequest, Workspace};

const SOURCE: &str = "package m

import \"fmt\"

// Keys joins what a map is looked up by.
func Keys(a, b string) int {
\ttable := map[string]int{\"left/right\": 1}
\treturn table[key(a, b)]
}

func key(a, b string) string {
\treturn fmt.Sprintf(\"%s/%s\", a, b)
}

// Fill makes a slice.
func Fill(n int) []int {
\tall := make([]int, 0, n)
\tfor i := range n {
\t\tall = append(all, i)
\t}
\treturn all
}
";

const TEST: &str = "package m

import \"testing\"

func TestKeys(t *testing.T) {
\tif Keys(\"left\", \"right\") != 1 {
\t\tt.Error(\"not found\")
\t}
}

func TestFill(t *testing.T) {
\tif got := Fill(3); len(got) != 3 || got[2] != 2 {
\t\tt.Errorf(\"got %v\", got)
\t}
}

var sink []int

func BenchmarkKeys(b *testing.B) {
\tfor b.Loop() {
\t\tKeys(\"left\", \"right\")
\t}
}

func BenchmarkFill(b *testing.B) {
\tfor b.Loop() {
\t\tsink = Fill(100)
\t}
}
";

/// Title, old text, new text, and whether a verdict is right.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    fn(&Verdict) -> bool,
);

/// Edits of the source with the verdict that is right.
const PROPOSALS: &[Row] = &[
    ("remark", "\ttable :=", "\t// A remark.\n\ttable :=", |it| {
        *it == Verdict::Nothing
    }),
    (
        "breaks",
        "all = append(all, i)",
        "all = append(all, i+1)",
        |it| {
            matches!(it, Verdict::Broken { what, message }
            if what == "tests of example.com/m fail" && message.contains("got [1 2 3]"))
        },
    ),
    (
        "does not build",
        "return all",
        "return al",
        |it| matches!(it, Verdict::Broken { message, .. } if message == "m.go:21: undefined: al"),
    ),
    (
        "hangs",
        "return all",
        "if n == 3 {\n\t\tselect {}\n\t}\n\treturn all",
        |it| matches!(it, Verdict::Broken { message, .. } if message.contains("deadlock")),
    ),
    ("allocates", "0, n)", "0, 3*n)", |it| {
        *it == Verdict::AllocatesMore
    }),
];

fn run(module: &Folder, request: &TuneRequest) -> TuneReport {
    let (system, cancel) = (OsSystem::default(), Cancellation::default());
    let workspace = Workspace::open(&system, &cancel, None, module.dir(), false).unwrap();
    tune(&workspace, request, &|_| ()).unwrap()
}

#[test]
fn what_pays_is_kept_and_what_breaks_is_not() {
    let files = [
        ("go.mod", "module example.com/m\n\ngo 1.24\n"),
        ("m.go", SOURCE),
        ("m_test.go", TEST),
    ];
    let Some(module) = Folder::new("tune", &files) else {
        return;
    };
    let path = module.dir().join("m.go");
    let proposals = PROPOSALS.iter().map(|(title, old, new, _)| {
        assert!(SOURCE.contains(old), "{old}");
        Proposal {
            title: (*title).to_owned(),
            texts: vec![(path.clone(), SOURCE.replacen(old, new, 1).into_bytes())],
        }
    });
    let request = TuneRequest {
        packages: PackageRequest::default(),
        select: RuleSelection::default(),
        unsafe_fixes: false,
        rewrites: false,
        bench: ".".to_owned(),
        benchtime: "2ms".to_owned(),
        cpu: None,
        budget: Duration::from_mins(2),
        min_effect: 0.01,
        alpha: 0.05,
        keep_same: false,
        plan_only: false,
        test_flags: Vec::new(),
        seed: 1,
        proposals: proposals.collect(),
    };
    let report = run(&module, &request);
    for (title, _, _, is_right) in PROPOSALS {
        let trial = report
            .trials
            .iter()
            .find(|it| it.candidate.title == *title)
            .unwrap();
        assert!(is_right(&trial.verdict), "{title}: {:?}", trial.verdict);
    }
    let kept: Vec<&str> = report.kept().map(|it| it.candidate.rule.as_str()).collect();
    assert_eq!(kept, ["GP302"], "{:?}", report.trials);
    let together = report.together.unwrap();
    let keys = together
        .changes
        .iter()
        .find(|it| it.benchmark == "Keys")
        .unwrap();
    let counts = keys.counts.unwrap();
    assert!(
        counts.fell() && counts.after.allocs.most < 1.0,
        "{counts:?}"
    );
    let patched = report.files.by_path.get(&path).unwrap();
    assert!(String::from_utf8_lossy(&patched.after).contains("return a + \"/\" + b"));
    // Nothing was written.
    assert_eq!(OsSystem::default().read(&path).unwrap(), SOURCE.as_bytes());
}
