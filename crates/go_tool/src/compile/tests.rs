use std::fmt::Write as _;
use std::sync::Mutex;

use super::*;
use crate::{GoEnv, GoVersion, ListOptions};
use base::system::OsSystem;
use base::testing::{MemorySystem, exited};

/// A toolchain for tests without one.
pub(crate) fn go() -> GoTool {
    GoTool {
        program: "go".into(),
        version: GoVersion::parse("go1.27.3").unwrap(),
        env: GoEnv {
            goroot: "/go".into(),
            gotooldir: "/go/pkg/tool".into(),
            goos: "linux".into(),
            goarch: "amd64".into(),
            arch: [("GOAMD64".to_owned(), "v1".to_owned())].into(),
            ..GoEnv::default()
        },
    }
}

/// The commands that compiling the last listed package takes, temporary folder abbreviated.
fn commands(listed: &'static str, options: &CompileOptions) -> String {
    let lines = std::sync::Arc::new(Mutex::new(Vec::new()));
    let seen = std::sync::Arc::clone(&lines);
    let system = MemorySystem::default().with_process(Box::new(move |command: &Command| {
        if command.line().starts_with("go list") {
            return Ok(exited(0, listed));
        }
        seen.lock().unwrap().push(command.line());
        Ok(exited(0, ""))
    }));
    let cancel = Cancellation::default();
    let listing = crate::list(&go(), &system, &cancel, &ListOptions::default()).unwrap();
    let package = listing.packages.ids().last().unwrap();
    compile(&go(), &system, &cancel, &listing, package, options).unwrap();
    let mut text = lines.lock().unwrap().join("\n");
    for name in ["importcfg", "embedcfg"] {
        let path = system.paths().into_iter().find(|path| path.ends_with(name));
        if let Some(path) = path {
            let content = system.read_to_string(&path).unwrap();
            let _ = write!(text, "\n-- {name}\n{}", content.trim_end());
        }
    }
    text.replace("/tmp/goperf-compile-1/", "T/")
}

#[test]
fn a_module_package_is_compiled_as_the_go_command_would() {
    let listed = r#"
{"ImportPath": "fmt", "Name": "fmt", "Standard": true, "Export": "/cache/fm/fmt-d"}
{"ImportPath": "example.com/x", "Name": "x", "Export": "/cache/x/x-d"}
{"ImportPath": "example.com/m", "Name": "m", "Dir": "/m", "CompiledGoFiles": ["a.go", "b.go"],
 "Imports": ["fmt", "unsafe", "example.com/x"], "Module": {"Path": "example.com/m", "GoVersion": "1.25.4"},
 "EmbedPatterns": ["*.txt"], "EmbedFiles": ["a.txt"]}"#;
    let options = CompileOptions {
        m_level: 2,
        ..CompileOptions::default()
    };
    insta::assert_snapshot!(commands(listed, &options), @r#"
    /go/pkg/tool/compile -o T/package.a -trimpath /m=> -p example.com/m -importcfg T/importcfg -embedcfg T/embedcfg -lang=go1.25 -goversion=go1.27.3 -nolocalimports -complete -m=2 -dwarf=false -d=ssa/number_lines/time=1 /m/a.go /m/b.go
    -- importcfg
    packagefile fmt=/cache/fm/fmt-d
    packagefile example.com/x=/cache/x/x-d
    -- embedcfg
    {"Files":{"a.txt":"/m/a.txt"},"Patterns":{"*.txt":["a.txt"]}}
    "#);
}

#[test]
fn a_standard_package_with_assembly_gets_its_symbols() {
    let listed = r#"
{"ImportPath": "vendor/golang.org/x/y", "Name": "y", "Standard": true, "Export": "/cache/y/y-d"}
{"ImportPath": "crypto/z", "Name": "z", "Standard": true, "Dir": "/go/src/crypto/z", "CompiledGoFiles": ["z.go"],
 "SFiles": ["z_amd64.s"], "Imports": ["vendor/golang.org/x/y"], "ImportMap": {"golang.org/x/y": "vendor/golang.org/x/y"}}"#;
    let options = CompileOptions {
        json: true,
        race: true,
        no_inline: true,
        ..CompileOptions::default()
    };
    insta::assert_snapshot!(commands(listed, &options), @r"
    /go/pkg/tool/asm -p crypto/z -I /tmp/goperf-compile-1 -I /go/pkg/include -std -D GOOS_linux -D GOARCH_amd64 -D GOAMD64_v1 -gensymabis -o T/symabis /go/src/crypto/z/z_amd64.s
    /go/pkg/tool/compile -o T/package.a -trimpath /go/src/crypto/z=> -p crypto/z -importcfg T/importcfg -symabis T/symabis -lang=go1.27 -goversion=go1.27.3 -nolocalimports -std -race -l -json=0,file://T/json /go/src/crypto/z/z.go
    -- importcfg
    importmap golang.org/x/y=vendor/golang.org/x/y
    packagefile vendor/golang.org/x/y=/cache/y/y-d
    ");
}

#[test]
fn cgo_and_test_variants_keep_their_names() {
    let listed = r#"
{"ImportPath": "m [m.test]", "Name": "m", "ForTest": "m", "Export": "/cache/m/m-d"}
{"ImportPath": "m_test [m.test]", "Name": "m_test", "Dir": "/m", "ForTest": "m", "CgoFiles": ["c.go"],
 "CompiledGoFiles": ["a_test.go", "/cache/c1/c1-d", "/cache/c2/c2-d"], "SFiles": ["gcc.s"],
 "Imports": ["m [m.test]"], "ImportMap": {"m": "m [m.test]"}, "Module": {"Path": "m"}}"#;
    insta::assert_snapshot!(commands(listed, &CompileOptions::default()), @r"
    /go/pkg/tool/compile -o T/package.a -trimpath /cache/c1/c1-d=>_cgo_gotypes.go;/m=> -p m_test -importcfg T/importcfg -lang=go1.16 -goversion=go1.27.3 -nolocalimports -dwarf=false /m/a_test.go /cache/c1/c1-d /cache/c2/c2-d
    -- importcfg
    packagefile m=/cache/m/m-d
    ");
}

/// The go command of this machine, if it has a suitable one.
pub(crate) fn real_go(system: &OsSystem) -> Option<GoTool> {
    match GoTool::find(system, None) {
        Ok(go) => Some(go),
        Err(error) => {
            base::testing::skipped(&format!("compiling Go: {error}"));
            None
        }
    }
}

/// A module on disk: paths and contents.
pub(crate) fn module(system: &OsSystem, files: &[(&str, &str)]) -> TempDir {
    let dir = system.temp_dir("goperf-test-").unwrap();
    for (name, content) in files {
        let path = dir.path().join(name);
        system.create_dir_all(path.parent().unwrap()).unwrap();
        system.write(&path, content.as_bytes()).unwrap();
    }
    dir
}

#[test]
fn the_real_compiler_explains_a_module() {
    let system = OsSystem::default();
    let Some(go) = real_go(&system) else { return };
    let dir = module(
        &system,
        &[
            ("go.mod", "module example.com/m\n\ngo 1.24\n"),
            ("m.go", "package m\n\nfunc F() *int { x := 1; return &x }\n"),
            ("bad/b.go", "package bad\n\nfunc F() int { return \"\" }\n"),
            (
                "m_test.go",
                "package m\n\nimport \"testing\"\n\nfunc TestF(t *testing.T) { _ = F() }\n",
            ),
        ],
    );
    let cancel = Cancellation::default();
    let options = ListOptions {
        dir: dir.path().to_owned(),
        patterns: vec!["./...".to_owned()],
        tests: true,
        ..ListOptions::default()
    };
    let listing = crate::list(&go, &system, &cancel, &options).unwrap();
    let paths = listing
        .roots
        .iter()
        .map(|id| &listing.packages[*id].import_path);
    let roots: Vec<&str> = paths.map(String::as_str).collect();
    assert_eq!(
        roots,
        ["example.com/m/bad", "example.com/m [example.com/m.test]"]
    );
    let options = CompileOptions {
        m_level: 1,
        json: false,
        ..CompileOptions::default()
    };
    let ask = |id, options| compile(&go, &system, &cancel, &listing, id, options).unwrap();
    let said = ask(listing.roots[1], &options);
    insta::assert_snapshot!(String::from_utf8(said.log).unwrap(), @r"
    m.go:3:6: can inline F
    m_test.go:5:6: can inline TestF
    m_test.go:5:33: inlining call to F
    m.go:3:17: moved to heap: x
    m_test.go:5:12: t does not escape
    ");
    let json = CompileOptions {
        m_level: 0,
        json: true,
        ..options.clone()
    };
    let said = ask(listing.roots[1], &json);
    assert_eq!(said.json[0].0, "m");
    assert!(String::from_utf8_lossy(&said.json[0].1).contains("escapes to heap"));
    let bad = ask(listing.roots[0], &options);
    assert_eq!(bad.errors[0].line, 3);
    assert_eq!(bad.errors[0].file, Some(dir.path().join("bad/b.go")));
    assert_eq!(bad.errors, listing.packages[listing.roots[0]].errors);
}

/// Lines as both sides print them: files by their path below GOROOT, since the go command repeats
/// from its cache what it printed for the same package of another GOROOT, own ones by name, and
/// cgo's names as some versions print them.
fn comparable(text: &str, path: &str) -> Vec<String> {
    let own = format!("{path}/");
    let names = ["_Cfunc_", "_Ctype_", "_Cvar_", "_Cmacro_", "_C2func_"];
    (text.lines().filter(|line| !line.starts_with("# ")))
        .map(|line| {
            let mut rest = line;
            let mut short = String::new();
            while let Some((before, after)) = rest.split_once("/src/") {
                let start = before.rfind([' ', '\t', '(']).map_or(0, |at| at + 1);
                short.push_str(&before[..start]);
                rest = after.strip_prefix(&own).unwrap_or(after);
            }
            short.push_str(rest);
            names
                .iter()
                .fold(short, |line, name| line.replace(name, "C."))
        })
        .collect()
}

#[test]
fn the_text_is_what_the_go_command_prints() {
    let system = OsSystem::default();
    let Some(go) = real_go(&system) else { return };
    // Far from GOROOT, so that the go command finds no shorter names for its files.
    let dir = module(&system, &[]);
    let far = dir.path().join("d/".repeat(60));
    system.create_dir_all(&far).unwrap();
    let cancel = Cancellation::default();
    // Plain, with functions of the runtime, with assembly, with cgo, with instantiations.
    for path in ["errors", "sync", "internal/bytealg", "os/user", "maps"] {
        let list = ListOptions {
            dir: far.clone(),
            patterns: vec![path.to_owned()],
            ..ListOptions::default()
        };
        let listing = crate::list(&go, &system, &cancel, &list).unwrap();
        let package = listing.roots[0];
        let options = CompileOptions {
            m_level: 2,
            ..CompileOptions::default()
        };
        let said = compile(&go, &system, &cancel, &listing, package, &options).unwrap();
        let build = Command::new(&go.program)
            .args(["build", "-trimpath=false", "-gcflags=-m=2", path])
            .current_dir(&far);
        let built = run(&system, &cancel, &build).unwrap();
        assert!(built.success(), "{path}");
        let ours = comparable(&String::from_utf8(said.log).unwrap(), path);
        let theirs = comparable(&String::from_utf8(built.stderr).unwrap(), path);
        assert!(!ours.is_empty(), "{path}");
        let different = ours
            .iter()
            .zip(&theirs)
            .find(|(ours, theirs)| ours != theirs);
        assert_eq!(different, None, "{path}");
        assert_eq!(ours.len(), theirs.len(), "{path}");
    }
}

#[test]
fn an_interrupted_compile_is_no_answer() {
    let system = MemorySystem::default().with_process(Box::new(|_: &Command| {
        Ok(exited(
            0,
            r#"{"ImportPath": "m", "CompiledGoFiles": ["m.go"]}"#,
        ))
    }));
    let cancel = Cancellation::default();
    let listing = crate::list(&go(), &system, &cancel, &ListOptions::default()).unwrap();
    cancel.cancel();
    let options = CompileOptions::default();
    let said = compile(
        &go(),
        &system,
        &cancel,
        &listing,
        listing.roots[0],
        &options,
    );
    assert!(matches!(said, Err(Error::Cancelled(_))));
}
