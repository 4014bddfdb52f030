//! What is checked and what is taken from the cache, on a module of four packages.

use std::path::{Path, PathBuf};

use base::testing::{MemorySystem, exited};
use base::{Cache, Cancellation, System};
use go_tool::{GoTool, PackageId};
use go_types::Store;

use crate::{Checked, LoadOptions, Loaded, Rechecked, Session, Sources, Wanted};

/// `top` imports `mid` and `side`, these import `low`.
const FILES: [(&str, &str); 4] = [
    (
        "/m/low/low.go",
        "package low\n\ntype T struct{ x int }\n\nfunc (T) M() int { return 1 }\n",
    ),
    (
        "/m/mid/mid.go",
        "package mid\n\nimport \"m/low\"\n\nvar V low.T\n",
    ),
    (
        "/m/side/side.go",
        "package side\n\nimport \"m/low\"\n\nfunc F() int { return low.T{}.M() }\n",
    ),
    (
        "/m/top/top.go",
        "package top\n\nimport (\n\t\"m/mid\"\n\t\"m/side\"\n)\n\nvar X = mid.V.M() + side.F()\n",
    ),
];

const LISTING: &str = r#"
{"ImportPath": "m/low", "Name": "low", "Dir": "/m/low", "GoFiles": ["low.go"], "DepOnly": true}
{"ImportPath": "m/mid", "Name": "mid", "Dir": "/m/mid", "GoFiles": ["mid.go"], "Imports": ["m/low"], "DepOnly": true}
{"ImportPath": "m/side", "Name": "side", "Dir": "/m/side", "GoFiles": ["side.go"], "Imports": ["m/low"], "DepOnly": true}
{"ImportPath": "m/top", "Name": "top", "Dir": "/m/top", "GoFiles": ["top.go"], "Imports": ["m/mid", "m/side"]}
"#;

fn machine() -> MemorySystem {
    let system = MemorySystem::default().with_process(Box::new(|command| {
        let text = if command.line().starts_with("go env") {
            r#"{"GOVERSION": "go1.27.3", "GOARCH": "amd64", "GOTOOLDIR": "/go/pkg/tool"}"#
        } else {
            LISTING
        };
        Ok(exited(0, text))
    }));
    FILES
        .into_iter()
        .fold(system, |system, (path, text)| system.with_file(path, text))
}

fn sources(system: &MemorySystem) -> Sources {
    let go = GoTool::find(system, None).unwrap();
    crate::read(
        &go,
        system,
        &Cancellation::default(),
        &LoadOptions::default(),
    )
    .unwrap()
}

fn cache() -> Cache {
    Cache::in_dir(PathBuf::from("/cache"))
}

fn check(system: &MemorySystem) -> (Loaded, Checked) {
    crate::check_cached(&sources(system), system, Some(&cache()), |_, _| {
        Wanted::Interface
    })
}

/// The packages that were checked from source.
fn from_source((loaded, checked): &(Loaded, Checked)) -> String {
    let packages = loaded.listing.packages.iter_enumerated();
    let checked = packages.filter(|(id, _)| !checked.packages[*id].from_cache);
    let names: Vec<&str> = checked.map(|(_, package)| package.name.as_str()).collect();
    names.join(" ")
}

/// Changes a file, and says what is checked then, and what once more.
fn after(path: &str, from: &str, to: &str) -> String {
    let system = machine();
    check(&system);
    let text = system.read_to_string(Path::new(path)).unwrap();
    assert!(text.contains(from), "{text}");
    system
        .write(Path::new(path), text.replace(from, to).as_bytes())
        .unwrap();
    let runs = [(); 2].map(|()| from_source(&check(&system)));
    runs.join(" | ")
}

#[test]
fn what_is_kept_is_not_checked_again() {
    let system = machine();
    assert_eq!(from_source(&check(&system)), "low mid side top");
    assert_eq!(from_source(&check(&system)), "");
}

#[test]
fn a_change_goes_as_far_as_importers_can_see_it() {
    let low = "/m/low/low.go";
    let cases = [
        (low, "return 1", "return 1 + 1", "low | "),
        (low, "\n\ntype", "\n\n// T is.\ntype", "low | "),
        (low, "\nfunc", "\nfunc f() {}\n\nfunc", "low | "),
        (low, "x int", "x uint", "low mid side top | "),
        (
            low,
            "\nfunc",
            "\nfunc E() {}\n\nfunc",
            "low mid side top | ",
        ),
        ("/m/side/side.go", "return", "return 1 +", "side | "),
        ("/m/side/side.go", "F() int", "F() (n int)", "side top | "),
        ("/m/top/top.go", "+", "-", "top | "),
        // Wrong code is not kept, and neither is what imports it.
        (low, "return 1", "return nil", "low | "),
        ("/m/mid/mid.go", "low.T", "low.U", "mid top | mid top"),
        (
            low,
            "package low",
            "package low;;",
            "low mid side top | low mid side top",
        ),
    ];
    for (path, from, to, expected) in cases {
        assert_eq!(after(path, from, to), expected, "{path}: {from} -> {to}");
    }
}

/// The type of `top.X` and where `low.T` is.
fn facts(loaded: &Loaded, checked: &Checked) -> String {
    let object = |store: &Store, id: PackageId, name: &str| {
        let scope = store.packages[checked.packages[id].pkg].scope;
        let name = store.names.find(name).unwrap();
        let obj = store.scopes[scope].get(name).unwrap();
        format!(
            "{} {}",
            store.object_string(obj),
            store.type_string(store.obj_type(obj))
        )
    };
    let [low, top] = ["m/low", "m/top"].map(|path| loaded.listing.find(path).unwrap());
    format!(
        "{}, {}",
        object(&checked.store, low, "T"),
        object(&checked.store, top, "X")
    )
}

#[test]
fn packages_whose_bodies_are_wanted_are_checked_on_what_is_kept() {
    let system = machine();
    let sources = sources(&system);
    let run = |wanted: &str| {
        crate::check_cached(&sources, &system, Some(&cache()), |loaded, id| {
            if loaded.listing.packages[id].name == wanted {
                Wanted::Bodies
            } else {
                Wanted::Interface
            }
        })
    };
    let expected = "type m/low.T@low.go:3:6 m/low.T, var m/top.X@top.go:8:5 int";
    let (loaded, checked) = run("");
    assert_eq!(facts(&loaded, &checked), expected);
    for wanted in ["top", "low"] {
        let run = run(wanted);
        assert_eq!(from_source(&run), wanted);
        let (loaded, checked) = run;
        assert_eq!(facts(&loaded, &checked), expected);
        let id = loaded.listing.find(&format!("m/{wanted}")).unwrap();
        assert!(checked.packages[id].file(0).is_some());
        assert!(
            checked
                .packages
                .iter()
                .all(|package| package.problems.is_empty())
        );
    }
    let run = crate::check_cached(&sources, &system, None, |_, _| Wanted::Syntax);
    assert_eq!(from_source(&run), "low mid side top");
    let (loaded, checked) = run;
    assert_eq!(facts(&loaded, &checked), expected);
}

#[test]
fn places_of_a_kept_package_follow_its_source() {
    let system = machine();
    check(&system);
    let text = system.read_to_string(Path::new("/m/low/low.go")).unwrap();
    let moved = text.replace("\n\ntype", "\n\n// T is.\ntype");
    system
        .write(Path::new("/m/low/low.go"), moved.as_bytes())
        .unwrap();
    for _ in 0..2 {
        let (loaded, checked) = check(&system);
        let expected = "type m/low.T@low.go:4:6 m/low.T, var m/top.X@top.go:8:5 int";
        assert_eq!(facts(&loaded, &checked), expected);
    }
}

#[test]
fn damaged_artefacts_are_made_again() {
    let system = machine();
    check(&system);
    for folder in system.read_dir(Path::new("/cache")).unwrap() {
        for path in system.read_dir(&folder).unwrap() {
            let mut bytes = system.read(&path).unwrap();
            bytes.truncate(bytes.len() / 2);
            system.write(&path, &bytes).unwrap();
        }
    }
    let run = check(&system);
    assert_eq!(from_source(&run), "low mid side top");
    let checked = run.1;
    assert!(
        checked
            .packages
            .iter()
            .all(|package| package.problems.is_empty())
    );
    assert_eq!(from_source(&check(&system)), "");
}

#[test]
fn a_session_follows_edits_of_what_is_wanted_and_of_what_imports_it() {
    let system = machine();
    let sources = sources(&system);
    let id = |path: &str| sources.listing.find(path).unwrap();
    let (side, top) = (id("m/side"), id("m/top"));
    let path = Path::new("/m/side/side.go");
    let text = system.read_to_string(path).unwrap();
    for _ in 0..2 {
        let wants = |id| {
            if id == side {
                Wanted::Bodies
            } else {
                Wanted::Interface
            }
        };
        let mut session = Session::with_cache(&sources, &system, Some(&cache()), wants);
        let problems = |session: &mut Session| {
            let program = session.program();
            let packages = session.loaded().packages.ids();
            packages
                .map(|id| program.package(id).problems.len())
                .collect::<Vec<_>>()
        };
        assert_eq!(problems(&mut session), [0; 4]);
        let edited = text.replace("return", "return true +");
        let rechecked = session.edit(path, edited.as_bytes());
        assert_eq!(rechecked, [Rechecked::Bodies(side, 1)]);
        assert_eq!(problems(&mut session), [0, 0, 1, 0]);
        // Often enough for all to be checked once more.
        for round in 0..40 {
            let typ = ["bool", "int"][round % 2];
            let edited = text.replace("F() int", &format!("F() {typ}"));
            let rechecked = session.edit(path, edited.as_bytes());
            assert!(rechecked.ends_with(&[Rechecked::Package(side), Rechecked::Package(top)]));
            let n = 1 - round % 2;
            assert_eq!(problems(&mut session), [0, 0, n, n]);
        }
        assert_eq!(session.edit(Path::new("/m/low/low.go"), b""), []);
    }
}
