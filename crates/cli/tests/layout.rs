//! `layout` on a small module, as a user runs it. Needs a go command.

#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use base::System;
use base::system::Command;
use cli::{ExitStatus, Output};
use go_tool::testing::Folder;

const FILES: [(&str, &str); 4] = [
    (
        "go.mod",
        "module example.com/m/v2\n\ngo 1.21\n\nrequire example.com/dep v0.0.0\n\n\
         replace example.com/dep => ./dep\n",
    ),
    (
        "m.go",
        "package m\n\nimport \"example.com/dep\"\n\n\
         type order struct {\n\tready bool\n\tid    int\n\tdone  bool\n}\n\n\
         type pair struct {\n\ta bool\n\tb int\n\tc bool\n}\n\n\
         var sink = []any{&order{}, &pair{true, 1, true}, &dep.Entry{}}\n",
    ),
    ("dep/go.mod", "module example.com/dep\n\ngo 1.21\n"),
    (
        "dep/dep.go",
        "package dep\n\ntype Entry struct {\n\tused bool\n\tkey  int\n\tlast bool\n}\n",
    ),
];

struct Module(Folder);

impl Module {
    fn new() -> Option<Self> {
        Self::of(&FILES)
    }

    fn of(files: &[(&str, &str)]) -> Option<Self> {
        Some(Self(Folder::new("goperf layout", files)?))
    }

    /// Exit status and standard output, without the folder's path; nothing may be on standard error.
    fn layout(&self, args: &[&str]) -> (ExitStatus, String) {
        let (status, out, err) = self.run(args);
        assert_eq!(err, "");
        (status, out)
    }

    /// Exit status, standard output and standard error, without the folder's path.
    fn run(&self, args: &[&str]) -> (ExitStatus, String, String) {
        let dir = self.dir().to_string_lossy().into_owned();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let words = [&["goperf", "layout", "-C", &dir, "--no-cache"], args].concat();
        let words = words.into_iter().map(std::ffi::OsString::from).collect();
        let status = cli::run(words, &self.system, &mut Output::plain(&mut out, &mut err));
        let text = |bytes| {
            String::from_utf8(bytes)
                .unwrap()
                .replace(&format!("{dir}/"), "")
        };
        (status, text(out), text(err))
    }
}

impl std::ops::Deref for Module {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.0
    }
}

#[test]
fn what_has_to_stay_is_shown_with_sizes_and_reasons() {
    let Some(module) = Module::new() else { return };
    let (status, out) = module.layout(&["."]);
    assert_eq!(status, ExitStatus::Findings);
    insta::assert_snapshot!(out, @r"
    SAVES  SIZE     CLASS    STRUCT
      8 B  24 → 16  24 → 16  m.order  m.go:5

    Left as they are:
    SAVES  SIZE     CLASS    STRUCT
      8 B  24 → 16  24 → 16  m.pair  m.go:11
           a literal without field names (m.go:17)

    2 structs in 1 package: 1 would take less in another order, 1 more would, but have to stay (`--diff` shows the change, `--fix` makes it)
    ");
}

#[test]
fn other_modules_get_advice_but_are_not_changed() {
    let Some(module) = Module::new() else { return };
    let (status, out) = module.layout(&["--exported", "example.com/dep"]);
    assert_eq!(status, ExitStatus::Findings);
    insta::assert_snapshot!(out, @r"
    SAVES  SIZE     CLASS    STRUCT
      8 B  24 → 16  24 → 16  dep.Entry  dep/dep.go:3

    1 struct in 1 package: 1 would take less in another order (`--diff` shows the change; outside of the main module `--fix` changes nothing)
    ");
    let before = module.system.read(&module.dir().join("dep/dep.go"));
    let (_, out) = module.layout(&["--exported", "--fix", "example.com/dep"]);
    insta::assert_snapshot!(out, @r"
    0 structs reordered in 0 files
    Left as they are:
    SAVES  SIZE     CLASS    STRUCT
      8 B  24 → 16  24 → 16  dep.Entry  dep/dep.go:3
           not of the main module
    ");
    let after = module.system.read(&module.dir().join("dep/dep.go"));
    assert_eq!(before.unwrap(), after.unwrap());
}

#[test]
fn paths_of_the_toolchain_are_told_from_goroot() {
    let Some(module) = Module::new() else { return };
    let (_, out) = module.layout(&["--exported", "--all", "strings"]);
    let places: Vec<&str> = (out.lines().filter(|line| line.starts_with("strings.")))
        .filter_map(|line| line.rsplit("  ").next())
        .collect();
    assert!(!places.is_empty());
    for place in places {
        assert!(place.starts_with("$GOROOT/src/strings/"), "{place}");
    }
}

#[test]
fn a_fix_leaves_wire_formats_alone() {
    let files = [
        ("go.mod", "module example.com/wire\n\ngo 1.21\n"),
        (
            "header.go",
            "package wire\n\ntype header struct {\n\tkind uint8\n\tlen  uint32\n\tflag uint8\n}\n\n\
             type state struct {\n\topen bool\n\tseen int\n\tdone bool\n}\n\n\
             type frame struct {\n\tkind uint8\n\tlen  uint32\n\tflag uint8\n}\n",
        ),
        (
            "read.go",
            "package wire\n\nimport (\n\t\"encoding/binary\"\n\t\"io\"\n)\n\n\
             func read(r io.Reader, v any) error { return binary.Read(r, binary.LittleEndian, v) }\n\n\
             func load(r io.Reader, s *state) (*header, error) {\n\
             \th := new(header)\n\ts.seen++\n\treturn h, read(r, h)\n}\n",
        ),
        (
            "frame_plan9.go",
            "package wire\n\nimport \"unsafe\"\n\n\
             func view(p *byte) *frame { return (*frame)(unsafe.Pointer(p)) }\n",
        ),
    ];
    let Some(module) = Module::of(&files) else {
        return;
    };
    let (_, out) = module.layout(&["--fix", "."]);
    insta::assert_snapshot!(out, @"
    SAVES  SIZE     CLASS    STRUCT
      8 B  24 → 16  24 → 16  wire.state  header.go:9

    1 struct reordered in 1 file
    Left as they are:
    SAVES  SIZE    CLASS   STRUCT
      8 B  12 → 8  16 → 8  wire.header  header.go:3
           encoded by `encoding/binary` in this order (read.go:13)
      8 B  12 → 8  16 → 8  wire.frame   header.go:15
           reached through `unsafe.Pointer` (frame_plan9.go:5)
    ");
    let text = module.system.read(&module.dir().join("header.go"));
    let text = String::from_utf8(text.unwrap()).unwrap();
    assert!(
        text.contains("kind uint8\n\tlen  uint32\n\tflag uint8"),
        "{text}"
    );
    assert!(
        text.contains("open bool\n\tdone bool\n\tseen int"),
        "{text}"
    );
}

#[test]
fn what_cannot_be_imported_has_the_go_commands_reason() {
    let files = [
        ("go.mod", "module example.com/m\n\ngo 1.21\n"),
        (
            "a.go",
            "package m\n\nimport \"example.com/m/nowhere\"\n\nvar _ = nowhere.X\nvar n int = \"a\"\n",
        ),
        ("b.go", "package m\n\nvar s string = 1\n"),
    ];
    let Some(module) = Module::of(&files) else {
        return;
    };
    let (status, _, err) = module.run(&["."]);
    assert_eq!(status, ExitStatus::BrokenCode);
    insta::assert_snapshot!(err, @"
    goperf: example.com/m does not compile: a.go:3:8: no required module provides package example.com/m/nowhere; to add it:
    	go get example.com/m/nowhere
    goperf: example.com/m does not compile: a.go:6:13: cannot use untyped string value as int value in variable declaration
    goperf: example.com/m does not compile: b.go:3:16: cannot use untyped int value as string value in variable declaration
    ");
}

#[test]
fn the_runtimes_types_stand_in_for_missing_debug_information() {
    let files = [
        ("go.mod", "module example.com/m\n\ngo 1.21\n"),
        (
            "main.go",
            "package main\n\ntype rec struct {\n\ta bool\n\tb int64\n\tc bool\n}\n\n\
             var kept any\n\nfunc main() {\n\tkept = &rec{b: 1}\n\tprintln(kept.(*rec).b)\n}\n",
        ),
    ];
    let Some(module) = Module::of(&files) else {
        return;
    };
    // The linker describes types of its own, though the compiler describes none.
    let build = Command::new("go")
        .args(["build", "-o", "program", "-gcflags=-dwarf=false", "."])
        .current_dir(module.dir());
    let output = module.system.run(&build, &base::Cancellation::default());
    assert!(output.unwrap().success());
    let program = module.dir().join("program");
    let (_, out) = module.layout(&["--", &program.to_string_lossy()]);
    insta::assert_snapshot!(out, @"
    SAVES  SIZE     CLASS    STRUCT
      8 B  24 → 16  24 → 16  main.rec  

    1 struct in 1 package: 1 would take less in another order
    The program is stripped: types that it never allocates or prints are missing
    A binary does not show what depends on the order of fields; `goperf layout` of its packages does
    ");
}

#[cfg(unix)]
#[test]
fn files_are_not_changed_through_links_out_of_the_module() {
    let Some(module) = Module::new() else { return };
    let elsewhere = module.system.temp_dir("goperf-elsewhere-").unwrap();
    let outside = elsewhere.path().join("outside.go");
    let text = "package m\n\ntype entry struct {\n\tready bool\n\tid    int\n\tdone  bool\n}\n\nvar _ = &entry{}\n";
    module.system.write(&outside, text.as_bytes()).unwrap();
    let link = module.dir().join("link.go");
    module.system.symlink(&outside, &link).unwrap();
    let before = module.system.read(&module.dir().join("m.go"));
    let (status, out, err) = module.run(&["--fix"]);
    assert_eq!((status, out.as_str()), (ExitStatus::Error, ""));
    let outside_name = outside.display().to_string();
    insta::assert_snapshot!(err.replace(&outside_name, "OUTSIDE"), @"goperf: failed to write link.go: it leads to OUTSIDE, which is outside of the module; no file is changed");
    assert_eq!(module.system.read_to_string(&outside).unwrap(), text);
    let after = module.system.read(&module.dir().join("m.go"));
    assert_eq!(before.unwrap(), after.unwrap());
}

#[test]
fn a_name_of_any_length_fits_the_table() {
    let name = "a".repeat(70_000);
    let text = format!(
        "package m\n\ntype {name} struct {{\n\tready bool\n\t{name} int\n\tdone bool\n}}\n\nvar _ = &{name}{{}}\n"
    );
    let Some(module) = Module::of(&[("go.mod", "module m\n\ngo 1.21\n"), ("m.go", &text)]) else {
        return;
    };
    for form in ["--all", "--min-saving=0"] {
        let (status, out) = module.layout(&[".", form]);
        assert_eq!(status, ExitStatus::Findings);
        assert!(out.contains(&name), "{form}");
    }
}
