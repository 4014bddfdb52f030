use super::*;
use base::system::ProcessOutput;
use base::testing::{MemorySystem, exited};

/// What `go list -test` prints for a module with a broken and a good package, cut to size.
const LISTED: &str = r##"
{"ImportPath": "errors", "Dir": "/go/src/errors", "Name": "errors", "Standard": true,
 "DepOnly": true, "Export": "/cache/aa/aa-d", "GoFiles": ["errors.go"]}
{"ImportPath": "example.com/m/bad", "Dir": "/m/bad", "Name": "bad", "GoFiles": ["bad.go"],
 "Error": {"ImportStack": [], "Pos": "", "Err": "# example.com/m/bad\nbad/bad.go:2:23: cannot use \"x\"\nbad/bad.go:3:12: declared and not used: y\n"}}
{"ImportPath": "example.com/nowhere", "DepOnly": true,
 "Error": {"Pos": "miss/miss.go:2:8", "Err": "no required module provides package example.com/nowhere; to add it:\n\tgo get example.com/nowhere"}}
{"ImportPath": "example.com/m/tst", "Name": "tst", "Dir": "/m/tst", "GoFiles": ["t.go"],
 "TestGoFiles": ["t_test.go"], "Imports": ["errors"],
 "Module": {"Path": "example.com/m", "Main": true, "Dir": "/m", "GoMod": "/m/go.mod", "GoVersion": "1.25"},
 "DepsErrors": [{"Pos": "", "Err": "# example.com/m/bad\nbad/bad.go:2:23: cannot use \"x\"\n"}]}
{"ImportPath": "example.com/m/tst.test", "Name": "main", "Dir": "/m/tst", "GoFiles": ["/cache/55/55-d"]}
{"ImportPath": "example.com/m/tst [example.com/m/tst.test]", "Name": "tst", "Dir": "/m/tst",
 "ForTest": "example.com/m/tst", "GoFiles": ["t.go", "t_test.go"], "TestGoFiles": ["t_test.go"]}
{"ImportPath": "example.com/m/tst_test [example.com/m/tst.test]", "Name": "tst_test",
 "ForTest": "example.com/m/tst", "ImportMap": {"example.com/m/tst": "example.com/m/tst [example.com/m/tst.test]"}}
{"ImportPath": "example.com/m/cmd", "Name": "main", "Dir": "/m/cmd", "GoFiles": ["main.go"]}
{"ImportPath": "example.com/m/lib [example.com/m/cmd]", "Name": "lib", "Dir": "/m/lib", "DepOnly": true}
"##;

fn go() -> GoTool {
    GoTool {
        program: "go".into(),
        version: crate::GoVersion::parse("go1.27.3").unwrap(),
        env: crate::GoEnv::default(),
    }
}

fn listed(output: ProcessOutput) -> Result<Listing, Error> {
    let system = MemorySystem::default()
        .with_file("/m/cmd/default.pgo", "profile")
        .with_process(Box::new(move |_: &Command| Ok(output.clone())));
    let options = ListOptions {
        dir: "/m".into(),
        patterns: vec!["./...".to_owned()],
        ..ListOptions::default()
    };
    list(&go(), &system, &Cancellation::default(), &options)
}

#[test]
fn packages_are_read_with_their_errors_as_data() {
    let listing = listed(exited(0, LISTED)).unwrap();
    let roots: Vec<&str> = (listing.roots.iter())
        .map(|id| listing.packages[*id].import_path.as_str())
        .collect();
    insta::assert_snapshot!(roots.join("\n"), @r"
    example.com/m/bad
    example.com/m/tst [example.com/m/tst.test]
    example.com/m/tst_test [example.com/m/tst.test]
    example.com/m/cmd
    ");
    let package = |path| &listing.packages[listing.find(path).unwrap()];
    let bad = package("example.com/m/bad");
    assert_eq!(bad.errors.len(), 2);
    assert_eq!(bad.errors[1].file, Some(PathBuf::from("/m/bad/bad.go")));
    assert_eq!((bad.errors[1].line, bad.errors[1].column), (3, 12));
    let missing = package("example.com/nowhere");
    assert_eq!(missing.errors[0].line, 2);
    assert!(missing.errors[0].message.contains("go get"));
    let tst = package("example.com/m/tst");
    assert_eq!(tst.dep_errors.len(), 1);
    assert!(tst.has_tests() && tst.module.as_ref().unwrap().main);
    let variant = package("example.com/m/tst [example.com/m/tst.test]");
    assert_eq!(variant.plain_path(), "example.com/m/tst");
    assert_eq!(package("example.com/m/cmd").symbol_path(), "main");
}

#[test]
fn a_default_profile_goes_with_its_command_and_what_is_built_for_it() {
    let listing = listed(exited(0, LISTED)).unwrap();
    let with_profile: Vec<&str> = (listing.packages.iter())
        .filter(|package| package.pgo_profile.is_some())
        .map(|package| package.import_path.as_str())
        .collect();
    assert_eq!(
        with_profile,
        ["example.com/m/cmd", "example.com/m/lib [example.com/m/cmd]"]
    );
}

#[test]
fn nothing_matched_and_a_refusing_go_command_are_errors() {
    let none = listed(exited(0, "")).unwrap_err();
    assert_eq!(none.to_string(), "no packages matched `./...`");
    let refused = ProcessOutput {
        stderr: b"go: cannot find main module\n".to_vec(),
        ..exited(1, "")
    };
    assert_eq!(
        listed(refused).unwrap_err().to_string(),
        "`go list` failed: go: cannot find main module"
    );
    assert!(listed(exited(0, "{\"ImportPath\": ")).is_err());
}

#[test]
fn options_become_flags() {
    let options = ListOptions {
        dir: "/m".into(),
        patterns: vec!["./...".to_owned()],
        tags: Some("a,b".to_owned()),
        tests: true,
        race: true,
        pgo: Some("off".to_owned()),
        mod_mode: Some("vendor".to_owned()),
        env: vec![("GOWORK".to_owned(), "off".to_owned())],
        ..ListOptions::default()
    };
    let command = command(&go(), &MemorySystem::default(), &options);
    let line = command.line();
    let line = line.split(" -json=").next().unwrap();
    insta::assert_snapshot!(line, @"go list -e -export -deps -compiled -trimpath=false -test -race -tags=a,b -pgo=off -mod=vendor");
    assert!(command.line().ends_with(" -- ./..."));
    let folder = "/tmp/goperf-run".into();
    let expected = [("GOTMPDIR", folder), ("GOWORK", "off".into())];
    assert_eq!(
        command.env,
        expected.map(|(name, value)| (name.to_owned(), Some(value)))
    );
}
