//! `layout` on a small module, as a user runs it. Needs a go command.

#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use base::System;
use base::system::{OsSystem, TempDir};
use base::testing::skipped;
use cli::{ExitStatus, Output};

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

struct Module {
    system: OsSystem,
    folder: TempDir,
}

impl Module {
    /// `None`, with a visible line, where there is no go command.
    fn new() -> Option<Self> {
        let system = OsSystem::default();
        if let Err(error) = go_tool::GoTool::find(&system, None) {
            skipped(&format!("goperf layout: {error}"));
            return None;
        }
        let folder = system.temp_dir("goperf-layout-").unwrap();
        for (name, text) in FILES {
            let path = folder.path().join(name);
            system.create_dir_all(path.parent().unwrap()).unwrap();
            system.write(&path, text.as_bytes()).unwrap();
        }
        Some(Self { system, folder })
    }

    /// Exit status and standard output, without the folder's path; nothing may be on standard error.
    fn layout(&self, args: &[&str]) -> (ExitStatus, String) {
        let dir = self.folder.path().to_string_lossy().into_owned();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let words = [&["goperf", "layout", "-C", &dir, "--no-cache"], args].concat();
        let words = words.into_iter().map(std::ffi::OsString::from).collect();
        let status = cli::run(words, &self.system, &mut Output::plain(&mut out, &mut err));
        assert_eq!(String::from_utf8_lossy(&err), "");
        let out = String::from_utf8(out).unwrap();
        (status, out.replace(&format!("{dir}/"), ""))
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
    let before = module.system.read(&module.folder.path().join("dep/dep.go"));
    let (_, out) = module.layout(&["--exported", "--fix", "example.com/dep"]);
    insta::assert_snapshot!(out, @r"
    0 structs reordered in 0 files
    Left as they are:
    SAVES  SIZE     CLASS    STRUCT
      8 B  24 → 16  24 → 16  dep.Entry  dep/dep.go:3
           not of the main module
    ");
    let after = module.system.read(&module.folder.path().join("dep/dep.go"));
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
