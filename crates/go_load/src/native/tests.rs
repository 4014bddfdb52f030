//! Listings of a machine in memory, with a standard library of three packages.

use std::path::PathBuf;
use std::sync::Arc;

use base::testing::MemorySystem;
use base::{Cache, Cancellation, Key};
use go_tool::{ListOptions, Products};

use super::*;

/// A GOROOT, and a go command on PATH.
fn machine() -> MemorySystem {
    MemorySystem::default()
        .with_env("PATH", "/go/bin")
        .with_env("HOME", "/home/me")
        .with_file("/go/bin/go", "")
        .with_file("/go/VERSION", "go1.27.3\ntime 2026-10-19T22:20:36Z\n")
        .with_file("/go/pkg/tool/linux_amd64/compile", "")
        .with_file("/go/src/errors/errors.go", "package errors\n")
        .with_file("/go/src/runtime/r.go", "package runtime\n")
        .with_file("/go/src/unsafe/unsafe.go", "package unsafe\n")
}

struct Ask<'a> {
    overlay: &'a [(&'a str, &'a str)],
    env: &'a [(&'a str, &'a str)],
    pattern: &'a str,
}

fn listed(system: &MemorySystem, ask: &Ask<'_>) -> Result<Answer, NativeError> {
    let go = find_go(system, Path::new("go"), Path::new("/m"))?;
    let env = ask.env.iter();
    let options = ListOptions {
        products: Products::Nothing,
        dir: PathBuf::from("/m"),
        patterns: vec![ask.pattern.to_owned()],
        env: env
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        ..ListOptions::default()
    };
    let overlay: Overlay = (ask.overlay.iter())
        .map(|(path, text)| (PathBuf::from(path), Arc::from(text.as_bytes())))
        .collect();
    let load = LoadOptions {
        list: options,
        overlay,
        ..LoadOptions::default()
    };
    list(&go, system, &Cancellation::default(), &load, true)
}

/// A line per package: its path, files, imports and what is wrong.
fn show(system: &MemorySystem, ask: &Ask<'_>) -> String {
    let answer = match listed(system, ask) {
        Ok(answer) => answer,
        Err(NativeError::Refused(reason)) => return format!("refused: {reason}"),
        Err(NativeError::LacksGenerated(_)) => return "asks for files of cgo".to_owned(),
        Err(NativeError::Failed(error)) => return format!("failed: {error}"),
    };
    let line = |package: &go_tool::Package| {
        let files = package.go_files.join(" ");
        let error = package.errors.first().map_or(String::new(), |error| {
            let file = error
                .file
                .as_ref()
                .map(|file| format!("{}:{} ", file.display(), error.line));
            format!(" ! {}{}", file.unwrap_or_default(), error.message)
        });
        format!(
            "{}: {files} <- {}{error}\n",
            package.import_path,
            package.imports.join(" ")
        )
    };
    answer
        .listing
        .packages
        .iter()
        .map(line)
        .collect::<Vec<_>>()
        .concat()
}

const ALL: Ask<'_> = Ask {
    overlay: &[],
    env: &[],
    pattern: "./...",
};

#[test]
fn unsaved_text_counts_and_so_do_files_that_are_nowhere_else() {
    let system = machine()
        .with_file("/m/go.mod", "module m\n\ngo 1.25\n")
        .with_file("/m/a/a.go", "package a\n");
    let overlay = [
        ("/m/a/a.go", "package a\n\nimport _ \"m/new\"\n"),
        ("/m/new/new.go", "package new\n\nimport _ \"errors\"\n"),
    ];
    let ask = Ask {
        overlay: &overlay,
        ..ALL
    };
    insta::assert_snapshot!(show(&system, &ask), @r"
    errors: errors.go <- 
    m/new: new.go <- errors
    m/a: a.go <- m/new
    ");
    insta::assert_snapshot!(show(&system, &ALL), @"m/a: a.go <- ");
}

#[test]
fn a_malformed_go_mod_is_told_with_its_line() {
    let system = machine().with_file("/m/go.mod", "module m\n\nrequire x\n");
    insta::assert_snapshot!(show(&system, &ALL), @"failed: /m/go.mod:3: usage: require module/path v1.2.3");
    let system = machine()
        .with_file("/m/go.mod", "module m\n")
        .with_file("/go.work", "use ./m\nreplace\n");
    insta::assert_snapshot!(show(&system, &ALL), @"failed: /go.work:2: usage: replace module/path [v1.2.3] => other/module v1.4 or ../folder");
}

#[test]
fn a_module_that_is_not_in_the_cache_is_an_error_with_its_remedy() {
    let system = machine()
        .with_file("/m/go.mod", "module m\n\ngo 1.25\n\nrequire a.b/c v1.0.0\n")
        .with_file(
            "/m/go.sum",
            "a.b/c v1.0.0 h1:x=\na.b/c v1.0.0/go.mod h1:x=\n",
        )
        .with_file("/m/m.go", "package m\n\nimport _ \"a.b/c\"\n");
    insta::assert_snapshot!(show(&system, &ALL), @r"
    a.b/c:  <-  ! /m/m.go:3 a.b/c@v1.0.0: the module is not in the module cache; to get it:
    	go mod download a.b/c
    m: m.go <- a.b/c
    ");
}

#[test]
fn what_only_the_go_command_can_answer_is_left_to_it() {
    let system = || {
        machine()
            .with_file("/m/go.mod", "module m\n\ngo 1.25\n")
            .with_file("/m/m.go", "package m\n")
    };
    let with = |name: &'static str, value: &'static str| {
        let env = [(name, value)];
        show(&system(), &Ask { env: &env, ..ALL })
    };
    insta::assert_snapshot!(with("GOFLAGS", "-toolexec=x"), @"refused: the flag `-toolexec=x` is the go command's business");
    insta::assert_snapshot!(with("GOFLAGS", "-mod=mod"), @"refused: -mod=mod may change go.mod");
    insta::assert_snapshot!(with("GOFIPS140", "latest"), @"refused: GOFIPS140 is set");
    let env = [("GOTOOLCHAIN", "go1.28.0")];
    let ask = Ask { env: &env, ..ALL };
    insta::assert_snapshot!(show(&system(), &ask), @"refused: the toolchain go1.28.0 is asked for, but not in the module cache");
    let newer = machine().with_file("/m/go.mod", "module m\n\ngo 1.28\n");
    insta::assert_snapshot!(show(&newer, &ALL), @"refused: `/m/go.mod` needs go 1.28");
}

#[test]
fn packages_are_told_with_what_is_wrong() {
    let system = machine()
        .with_file("/m/go.mod", "module m\n\ngo 1.25\n")
        .with_file("/m/two/a.go", "package a\n")
        .with_file("/m/two/b.go", "package b\n")
        .with_file("/m/circle/c.go", "package circle\n\nimport _ \"m/round\"\n")
        .with_file("/m/round/r.go", "package round\n\nimport _ \"m/circle\"\n")
        .with_file("/m/win/w_windows.go", "package win\n")
        .with_file(
            "/m/user/u.go",
            "package user\n\nimport (\n\t_ \"m/win\"\n\t_ \"x.y/z\"\n)\n",
        );
    insta::assert_snapshot!(show(&system, &ALL), @r"
    m/round: r.go <- m/circle
    m/circle: c.go <- m/round ! import cycle not allowed
    m/two: a.go b.go <-  ! found packages a (a.go) and b (b.go) in /m/two
    m/win:  <-  ! build constraints exclude all Go files in /m/win
    x.y/z:  <-  ! /m/user/u.go:5 no required module provides package x.y/z; to add it:
    	go get x.y/z
    m/user: u.go <- m/win x.y/z
    ");
}

#[test]
fn values_that_go_refuses_are_left_to_it() {
    let system = machine()
        .with_file("/go/src/internal/goexperiment/exp_arenas_on.go", "")
        .with_file("/m/go.mod", "module m\n\ngo 1.27\n")
        .with_file("/m/a.go", "package m\n");
    let with = |name: &'static str, value: &'static str| {
        let env = &[(name, value)];
        show(
            &system,
            &Ask {
                overlay: &[],
                env,
                pattern: ".",
            },
        )
    };
    for (name, value) in [
        ("GOEXPERIMENT", "zzz"),
        ("GOEXPERIMENT", "arenas,nozzz"),
        ("GO111MODULE", "yes"),
        ("GOARM64", "v8.10"),
        ("GOARM64", "v9.0,sve"),
        ("GOPPC64", "power7"),
        ("GOWASM", "threads"),
    ] {
        assert!(
            with(name, value).starts_with("refused: GO"),
            "{name}={value}"
        );
    }
    for (name, value) in [
        ("GOEXPERIMENT", "noarenas"),
        ("GOEXPERIMENT", "none"),
        ("GO111MODULE", "on"),
        ("GOARM64", "v9.5,lse,crypto"),
        ("GOARM", "7,softfloat"),
    ] {
        assert_eq!(with(name, value), "m: a.go <- \n", "{name}={value}");
    }
}

#[test]
fn wildcards_match_hidden_folders_only_from_within() {
    let system = machine()
        .with_file("/m/go.mod", "module m\n\ngo 1.27\n")
        .with_file("/m/a.go", "package m\n")
        .with_file("/m/testdata/t.go", "package t\n")
        .with_file("/m/_x/y/y.go", "package y\n");
    let list = |pattern: &'static str| {
        show(
            &system,
            &Ask {
                overlay: &[],
                env: &[],
                pattern,
            },
        )
    };
    let listed = |pattern: &'static str| {
        let text = list(pattern);
        let paths = text.lines().filter_map(|line| line.split(':').next());
        let ours = paths.filter(|path| path.starts_with('m'));
        ours.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(listed("./..."), ["m"]);
    assert_eq!(listed("./_x/y/..."), ["m/_x/y"]);
    assert_eq!(listed("./testdata"), ["m/testdata"]);
    for pattern in ["./testdata/...", "./_x/...", "/m/testdata/..."] {
        let expected = format!("failed: no packages matched `{pattern}`");
        assert_eq!(list(pattern), expected);
    }
}

#[test]
fn files_of_packages_are_read_once_and_handed_out() {
    let system = machine()
        .with_file("/m/go.mod", "module m\n")
        .with_file("/m/m.go", "package m\n\nfunc F() {}\n")
        .with_file("/m/m_test.go", "package m\n");
    let answer = listed(&system, &ALL).unwrap();
    let paths: Vec<_> = answer.contents.keys().collect();
    assert_eq!(paths, [Path::new("/m/m.go")]);
    let text = &answer.contents[Path::new("/m/m.go")];
    assert_eq!(&text[..], b"package m\n\nfunc F() {}\n");
}

#[test]
fn imports_may_go_very_deep() {
    let mut system = machine().with_file("/m/go.mod", "module m\n\ngo 1.25\n");
    for n in 0..3000 {
        let text = format!("package p\n\nimport _ \"m/p{}\"\n", n + 1);
        system = system.with_file(format!("/m/p{n}/p.go"), text);
    }
    let system = system.with_file("/m/p3000/p.go", "package p\n");
    let ask = Ask {
        pattern: "m/p0",
        ..ALL
    };
    assert_eq!(listed(&system, &ask).unwrap().listing.packages.len(), 3001);
}

#[test]
fn in_gopath_a_version_in_an_import_path_stands_for_the_folder_whose_go_mod_has_it() {
    let system = machine()
        .with_file("/m/src/x/go.mod", "module x/v2\n")
        .with_file("/m/src/x/x.go", "package x\n")
        .with_file("/m/src/x/api/v3/api.go", "package api\n")
        .with_file(
            "/m/src/x/cmd/main.go",
            "package main\n\nimport (\n\t_ \"x/v2\"\n\t_ \"x/v2/api/v3\"\n\t_ \"x/v4\"\n)\n",
        )
        .with_file("/m/src/old/old.go", "package old\n\nimport _ \"x/v2\"\n");
    let env = [("GO111MODULE", "off"), ("GOPATH", "/m")];
    let listed = |pattern| {
        let ask = Ask {
            overlay: &[],
            env: &env,
            pattern,
        };
        show(&system, &ask)
    };
    let told = [listed("x/cmd"), listed("old")].concat();
    insta::assert_snapshot!(told, @r#"
    x: x.go <- 
    x/api/v3: api.go <- 
    x/v4:  <-  ! /m/src/x/cmd/main.go:6 cannot find package "x/v4" in any of:
    	/go/src/x/v4 (from $GOROOT)
    	/m/src/x/v4 (from $GOPATH)
    runtime: r.go <- 
    x/cmd: main.go <- x x/api/v3 x/v4
    x/v2:  <-  ! /m/src/old/old.go:3 cannot find package "x/v2" in any of:
    	/go/src/x/v2 (from $GOROOT)
    	/m/src/x/v2 (from $GOPATH)
    old: old.go <- x/v2
    "#);
}

/// What the compiler is given of the package in `/m`, or the keys of what is not known.
fn compiled(system: &MemorySystem) -> Result<Vec<String>, Vec<(String, Key)>> {
    let go = find_go(system, Path::new("go"), Path::new("/m")).unwrap();
    let load = LoadOptions {
        list: ListOptions {
            products: Products::Generated,
            dir: PathBuf::from("/m"),
            ..ListOptions::default()
        },
        cgo: Some(Cache::open(system, crate::CGO_KIND)),
        ..LoadOptions::default()
    };
    match list(&go, system, &Cancellation::default(), &load, true) {
        Ok(Answer { listing, .. }) => {
            let id = listing.find("m").unwrap();
            Ok(listing.packages[id].compiled_go_files.clone())
        }
        Err(NativeError::LacksGenerated(keys)) => Err(keys),
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn files_that_cgo_makes_are_known_until_what_they_are_made_from_changes() {
    const MADE: &str = "/home/me/.cache/go-build/00/00-d";
    let system = machine()
        .with_file("/go/bin/gcc", "")
        .with_file("/go/src/runtime/cgo/cgo.go", "package cgo\n")
        .with_file("/go/src/syscall/syscall.go", "package syscall\n")
        .with_file("/m/go.mod", "module m\n\ngo 1.27\n")
        .with_file(
            "/m/c.go",
            "package m\n\n// #include \"m.h\"\nimport \"C\"\n",
        )
        .with_file("/m/m.h", "int f(void);\n")
        .with_file("/m/m.go", "package m\n")
        .with_file(MADE, "package m\n");
    let keys = compiled(&system).unwrap_err();
    assert_eq!(keys[0].0, "m");
    let files = [MADE.to_owned(), "m.go".to_owned()];
    let cache = Cache::open(&system, crate::CGO_KIND);
    let keep = |key: &Key| cache.put(&system, key, &pack_generated(&files)).unwrap();
    keep(&keys[0].1);
    assert_eq!(compiled(&system).as_deref(), Ok(&files[..]));
    let changes = [
        ("/m/m.h", "int g(void);\n"),
        ("/m/c.go", "package m\n\n// #include <m.h>\nimport \"C\"\n"),
        ("/m/new.c", ""),
        ("/go/bin/gcc", "another"),
    ];
    let mut known = vec![keys[0].1];
    for (path, text) in changes {
        system.write(Path::new(path), text.as_bytes()).unwrap();
        let keys = compiled(&system).unwrap_err();
        assert!(!known.contains(&keys[0].1), "{path}");
        known.push(keys[0].1);
        keep(&keys[0].1);
        assert!(compiled(&system).is_ok(), "{path}");
    }
    system.remove_file(Path::new(MADE)).unwrap();
    assert!(compiled(&system).is_err(), "a file is gone");
}
