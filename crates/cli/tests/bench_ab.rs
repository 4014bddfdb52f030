//! `goperf bench ab` on small repositories, as a user runs it. Needs a go command and git.

#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use base::System as _;
use cli::{ExitStatus, Output};
use go_tool::testing::Folder;

const CODE: &str = "package p\n\nfunc Work(data []byte) int {\n\ttotal := 0\n\tfor _, b := range data {\n\t\ttotal += int(b)\n\t}\n\treturn total\n}\n";
const TEST: &str = r#"package p

import (
	"os"
	"testing"
)

var sink int

func BenchmarkWork(b *testing.B) {
	data, err := os.ReadFile("testdata/in.txt")
	if err != nil {
		b.Fatal(err)
	}
	for range b.N {
		sink = Work(data)
	}
}
"#;

/// A repository with one commit, and goperf run in its package `p`.
struct Repository(Folder);

impl Repository {
    fn new() -> Option<Self> {
        let files = [
            ("m/go.mod", "module example.com/m\n\ngo 1.24\n"),
            ("m/p/p.go", CODE),
            ("m/p/p_test.go", TEST),
            ("m/p/testdata/in.txt", "0123456789"),
        ];
        let repository = Self(Folder::new("goperf bench ab", &files)?);
        repository.git(&["init", "-q", "-b", "main", "."]);
        repository.commit("one");
        Some(repository)
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "."]);
        self.git(&["commit", "-q", "-m", message]);
    }

    /// Exit status, standard output, standard error of `goperf bench ab`.
    fn ab(&self, args: &[&str]) -> (ExitStatus, String, String) {
        self.ab_in("m/p", args)
    }

    fn ab_in(&self, dir: &str, args: &[&str]) -> (ExitStatus, String, String) {
        let dir = self.dir().join(dir).to_string_lossy().into_owned();
        let fixed = [
            "goperf",
            "bench",
            "ab",
            "-C",
            &dir,
            "--benchtime",
            "2ms",
            "--rounds",
            "6",
        ];
        let words = fixed
            .iter()
            .chain(args)
            .map(std::ffi::OsString::from)
            .collect();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let status = cli::run(words, &self.system, &mut Output::plain(&mut out, &mut err));
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (status, text(out), text(err))
    }
}

impl std::ops::Deref for Repository {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.0
    }
}

const SAME: &str = "nothing to compare";

#[test]
fn sides_are_identical_only_if_code_and_test_data_are() {
    let Some(repository) = Repository::new() else {
        return;
    };
    repository.write("m/p/p.go", &format!("{CODE}\n// A comment.\n"));
    repository.write("m/cmd/README.md", "not of this package\n");
    repository.write("m/cmd/main.go", "package main\n\nfunc main() {}\n");
    let (status, out, err) = repository.ab(&["HEAD"]);
    assert_eq!(status, ExitStatus::Success, "{out}{err}");
    assert!(out.contains(SAME), "{out}{err}");
    // What the tests read is 100 times as long.
    repository.write("m/p/testdata/in.txt", &"0123456789".repeat(1000));
    let (status, out, err) = repository.ab(&["HEAD", "--no-why", "--no-control"]);
    assert_eq!(status, ExitStatus::Findings, "{out}{err}");
    // Bytes per operation are exact; time is not, on a machine that does other things.
    assert!(out.contains("  more") && !out.contains(SAME), "{out}{err}");
}

#[test]
fn pages_of_a_module_are_test_data_only_if_a_test_can_read_them() {
    let Some(repository) = Repository::new() else {
        return;
    };
    let code = CODE.replace("package p", "package m");
    let test = TEST.replace("package p", "package m");
    repository.write("m/m.go", &code);
    repository.write("m/m_test.go", &test);
    repository.write("m/testdata/in.txt", "0123456789");
    repository.write("m/README.md", "one\n");
    repository.commit("two");
    repository.write("m/README.md", "two\n");
    repository.write("m/LICENSE", "as you like\n");
    repository.write("m/docs/use.md", "in short\n");
    let is_same = || {
        let (_, out, err) = repository.ab_in("m", &["HEAD", "--no-why", "--budget", "1ms"]);
        assert!(
            out.contains(SAME) || out.contains("the budget is 1ms"),
            "{out}{err}"
        );
        out.contains(SAME)
    };
    assert!(is_same());
    // A data file in the same place could be read under a name that is put together.
    repository.write("m/docs/table.txt", "1\n");
    assert!(!is_same());
    repository
        .system
        .remove_file(&repository.dir().join("m/docs/table.txt"))
        .unwrap();
    for reads in [
        "os.ReadFile(\"README.md\")",
        "os.ReadFile(name + \".md\")",
        "os.ReadDir(dir)",
        "os.Open(\"docs/use\")",
    ] {
        repository.write("m/m_test.go", &format!("{test}\n// {reads}\n"));
        assert!(!is_same(), "{reads}");
    }
}

#[test]
fn what_cannot_be_compared_has_an_exit_code_of_its_own() {
    let Some(repository) = Repository::new() else {
        return;
    };
    let failing = TEST.replace("for range b.N {", "b.Fatal(\"no luck\")\n\tfor range b.N {");
    repository.write("m/p/p_test.go", &failing);
    let (status, out, err) = repository.ab(&["HEAD"]);
    assert_eq!(status, ExitStatus::Error, "{out}{err}");
    assert!(err.contains("no luck"), "{out}{err}");
    repository.write("m/p/p_test.go", &TEST.replace("b.N", "b.NoSuchField"));
    let (status, out, err) = repository.ab(&["HEAD"]);
    assert_eq!(status, ExitStatus::BrokenCode, "{out}{err}");
    assert!(err.contains("NoSuchField"), "{out}{err}");
    repository.write("m/p/p_test.go", TEST);
    repository.write("m/p/p.go", &CODE.replace("total := 0", "total := 1"));
    let (status, out, err) = repository.ab(&["HEAD", "--budget", "1ms"]);
    assert_eq!(status, ExitStatus::Inconclusive, "{out}{err}");
    assert!(
        out.contains("the budget is 1ms; pass --budget"),
        "{out}{err}"
    );
    // A package whose tests went.
    (repository.system)
        .remove_file(&repository.dir().join("m/p/p_test.go"))
        .unwrap();
    let (status, out, err) = repository.ab(&["HEAD"]);
    assert_eq!(status, ExitStatus::Error, "{out}{err}");
    assert!(err.contains("has benchmarks at HEAD"), "{out}{err}");
}

/// The revision builds, so both sides are found identical.
fn assert_builds(repository: &Repository, dir: &str, what: &str) {
    let (status, out, err) = repository.ab_in(dir, &["HEAD"]);
    assert!(
        status == ExitStatus::Success && out.contains(SAME),
        "{what}: {out}{err}"
    );
}

#[test]
fn a_revision_is_built_with_what_lies_beside_it() {
    let Some(repository) = Repository::new() else {
        return;
    };
    let uses = CODE.replace(
        "package p\n",
        "package p\n\nimport \"example.com/other\"\n\nvar Name = other.Name\n",
    );
    let other = "package other\n\nvar Name = \"other\"\n";
    let go_mod = "module example.com/m\n\ngo 1.24\n\nrequire example.com/other v0.0.0\n";
    let replace = "replace example.com/other => ";
    // Outside of the repository, by a relative path: the repository becomes m/p's parent.
    let outer = repository.dir().join("m");
    repository.write("other/go.mod", "module example.com/other\n\ngo 1.24\n");
    repository.write("other/other.go", other);
    repository.write("m/p/p.go", &uses);
    repository.write("m/go.mod", &format!("{go_mod}\n{replace}../other\n"));
    repository.git_in(&outer, &["init", "-q", "-b", "main", "."]);
    repository.git_in(&outer, &["add", "."]);
    repository.git_in(&outer, &["commit", "-q", "-m", "one"]);
    assert_builds(&repository, "m/p", "replace");
    // The same by a go.work above the repository.
    repository.write("m/go.mod", &format!("{go_mod}\n"));
    repository.write("go.work", "go 1.24\n\nuse (\n\t./m\n\t./other\n)\n");
    repository.git_in(&outer, &["commit", "-q", "-a", "-m", "two"]);
    assert_builds(&repository, "m/p", "go.work above");
    // And by one in the repository that git does not know.
    repository
        .system
        .remove_file(&repository.dir().join("go.work"))
        .unwrap();
    repository.write("m/go.work", "go 1.24\n\nuse (\n\t.\n\t../other\n)\n");
    assert_builds(&repository, "m/p", "go.work untracked");
    let (status, out, err) = repository.ab_in("m", &["HEAD", "--pkg", "./p"]);
    assert!(
        status == ExitStatus::Success && out.contains(SAME),
        "from the folder of go.work: {out}{err}"
    );
    repository
        .system
        .remove_file(&outer.join("go.work"))
        .unwrap();
    // A submodule.
    let library = repository.dir().join("other");
    repository.git_in(&library, &["init", "-q", "-b", "main", "."]);
    repository.git_in(&library, &["add", "."]);
    repository.git_in(&library, &["commit", "-q", "-m", "one"]);
    let url = library.to_string_lossy().into_owned();
    repository.git_in(&outer, &["submodule", "--quiet", "add", &url, "sub"]);
    repository.write("m/go.mod", &format!("{go_mod}\n{replace}./sub\n"));
    repository.git_in(&outer, &["commit", "-q", "-a", "-m", "three"]);
    assert_builds(&repository, "m/p", "submodule");
}

#[test]
fn what_a_revision_lacks_is_named_with_its_remedy() {
    let Some(repository) = Repository::new() else {
        return;
    };
    repository.write("m/p/gen.go", "package p\n\nconst Generated = 1\n");
    repository.write(
        "m/p/p.go",
        &CODE.replace("total := 0", "total := Generated"),
    );
    repository.write(".gitignore", "gen.go\n");
    repository.commit("two");
    let (status, out, err) = repository.ab(&["HEAD"]);
    assert_eq!(status, ExitStatus::BrokenCode, "{out}{err}");
    assert!(
        err.contains("git ignores") && err.contains("gen.go"),
        "{out}{err}"
    );
    let clone = repository.dir().join("clone");
    let url = format!("file://{}", repository.dir().display());
    repository.git(&["clone", "-q", "--depth=1", &url, &clone.to_string_lossy()]);
    let (status, out, err) = repository.ab_in("clone/m/p", &["HEAD~1"]);
    assert_eq!(status, ExitStatus::Error, "{out}{err}");
    assert!(
        err.contains("`git fetch --unshallow`") && !err.contains("--depth"),
        "{out}{err}"
    );
}

#[test]
fn the_cause_names_the_edited_function() {
    let Some(repository) = Repository::new() else {
        return;
    };
    let add = "package p\n\nfunc Work(data []byte) int {\n\ttotal := 0\n\tfor range 20 {\n\t\ttotal += add(data)\n\t}\n\treturn total\n}\n\n\
        func add(data []byte) (total int) {\n\tfor _, b := range data {\n\t\ttotal += int(b)\n\t}\n\treturn total\n}\n";
    repository.write("m/p/testdata/in.txt", &"0123456789".repeat(50));
    repository.write("m/p/p.go", add);
    repository.commit("two");
    repository.write("m/p/p.go", &add.replace("range 20", "range 8000"));
    let (status, out, err) = repository.ab(&["HEAD", "--no-control"]);
    assert_eq!(status, ExitStatus::Findings, "{out}{err}");
    let why = "most of the change in time is in example.com/m/p.Work, under example.com/m/p.add";
    assert!(out.contains(why), "{out}{err}");
}
