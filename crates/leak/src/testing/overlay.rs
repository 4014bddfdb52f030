//! The instrumented copies of packages `testing` and `runtime/pprof`, made from the installed ones.
//!
//! Each hook is put at an anchor: a line of the original that must occur exactly once. The hook
//! goes on the anchor's own line, so that line numbers in stacks stay those of the original.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// A line of a file, and its replacement.
struct Anchor {
    /// Path below `GOROOT/src`.
    file: &'static str,
    line: &'static str,
    hooked: &'static str,
    /// Without it nothing works. The others blame benchmarks, examples and fuzz targets, and keep
    /// the marks of goroutines from being lost or seen.
    required: bool,
}

static ANCHORS: &[Anchor] = &[
    Anchor {
        file: "testing/testing.go",
        line: "\tfn(t)\n",
        hooked: "\tgoperfTest(t.name); fn(t)\n",
        required: true,
    },
    Anchor {
        file: "testing/testing.go",
        line: "\tm.before()\n",
        hooked: "\tm.before(); goperfBegin()\n",
        required: true,
    },
    Anchor {
        file: "testing/testing.go",
        line: "\t\tm.writeProfiles()\n",
        hooked: "\t\tm.writeProfiles(); goperfEnd(m)\n",
        required: true,
    },
    Anchor {
        file: "testing/benchmark.go",
        line: "func (b *B) runN(n int) {\n",
        hooked: "func (b *B) runN(n int) { defer goperfNamed(b.name, b.parent == nil)()\n",
        required: false,
    },
    Anchor {
        file: "testing/run_example.go",
        line: "\teg.F()\n",
        hooked: "\tleave := goperfNamed(eg.Name, false); eg.F(); leave()\n",
        required: false,
    },
    Anchor {
        file: "testing/fuzz.go",
        line: "\tfn(f)\n",
        hooked: "\tgoperfTest(f.name); fn(f)\n",
        required: false,
    },
    Anchor {
        file: "runtime/pprof/runtime.go",
        line: "\truntime_setProfLabel(unsafe.Pointer(ctxLabels))\n",
        hooked: "\truntime_setProfLabel(goperfKeep(unsafe.Pointer(ctxLabels)))\n",
        required: false,
    },
    // A mark without labels is a list without visible elements, which would be printed as `{}`.
    Anchor {
        file: "runtime/pprof/pprof.go",
        line: "\t\tif lbls != nil {\n",
        hooked: "\t\tif lbls != nil && len(*goperfList(unsafe.Pointer(lbls))) > 0 {\n",
        required: false,
    },
];

/// Files that are added, by their path below `GOROOT/src`.
pub static ADDED: &[(&str, &str)] = &[
    (
        "testing/goperf_leak.go",
        include_str!("../../resources/overlay/testing.go.txt"),
    ),
    (
        "testing/internal/testdeps/goperf_leak.go",
        include_str!("../../resources/overlay/testdeps.go.txt"),
    ),
    (
        "runtime/pprof/goperf_leak.go",
        include_str!("../../resources/overlay/pprof.go.txt"),
    ),
];

/// Why there is no overlay for a version of Go.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OverlayError {
    #[error(
        "{version} is too old: its package testing has no contexts; Go 1.24 or later is needed"
    )]
    TooOld { version: String },
    #[error(
        "package testing of {version} is not known: {file} has {found} lines `{line}`, not one"
    )]
    Unknown {
        version: String,
        file: &'static str,
        line: &'static str,
        found: usize,
    },
}

/// Whether an overlay may be tried for a version as `go env GOVERSION` prints it. A version that
/// is not of that form (a development build) may.
pub fn supports(version: &str) -> bool {
    let minor = version.strip_prefix("go1.").map(|rest| {
        rest.split(|c: char| !c.is_ascii_digit())
            .next()
            .unwrap_or_default()
    });
    minor
        .and_then(|minor| minor.parse::<u32>().ok())
        .is_none_or(|minor| minor >= 24)
}

/// The changed files, by their path below `GOROOT/src`. `original` gives the text of such a file,
/// empty if it cannot be read.
pub fn make(
    version: &str,
    original: &dyn Fn(&str) -> String,
) -> Result<BTreeMap<&'static str, String>, OverlayError> {
    if !supports(version) {
        return Err(OverlayError::TooOld {
            version: version.to_owned(),
        });
    }
    let mut changed: BTreeMap<&'static str, String> = BTreeMap::new();
    for anchor in ANCHORS {
        let text = changed
            .remove(anchor.file)
            .unwrap_or_else(|| original(anchor.file));
        let found = text.matches(anchor.line).count();
        if found != 1 && anchor.required {
            return Err(OverlayError::Unknown {
                version: version.to_owned(),
                file: anchor.file,
                line: anchor.line.trim(),
                found,
            });
        }
        if found == 1 {
            changed.insert(anchor.file, text.replacen(anchor.line, anchor.hooked, 1));
        } else if text.contains("goperf") {
            changed.insert(anchor.file, text);
        }
    }
    Ok(changed)
}

/// The overlay file for `go -overlay`: ours, and the user's where it does not collide with ours.
///
/// `user` is the content of the user's own overlay file; `Err` says why it cannot be read.
pub fn merge(ours: &BTreeMap<String, String>, user: Option<&str>) -> Result<String, String> {
    let mut replace = serde_json::Map::new();
    if let Some(user) = user {
        let value: Value = serde_json::from_str(user).map_err(|error| error.to_string())?;
        let theirs = value.get("Replace").and_then(Value::as_object);
        replace.extend(theirs.cloned().unwrap_or_default());
    }
    for (file, by) in ours {
        if replace.insert(file.clone(), json!(by)).is_some() {
            return Err(format!("it replaces {file} too"));
        }
    }
    Ok(format!("{:#}\n", json!({"Replace": replace})))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(file: &str) -> String {
        match file {
            "testing/testing.go" => "func tRunner() {\n\tfn(t)\n}\nfunc (m *M) Run() {\n\tm.before()\n}\n\t\tm.writeProfiles()\n".into(),
            "testing/run_example.go" => "\teg.F()\n".into(),
            _ => String::new(),
        }
    }

    #[test]
    fn hooks_stand_on_the_line_of_their_anchor() {
        let files = make("go1.27.3", &plain).unwrap();
        assert_eq!(
            files.keys().copied().collect::<Vec<_>>(),
            ["testing/run_example.go", "testing/testing.go"]
        );
        assert_eq!(
            files["testing/testing.go"].lines().count(),
            plain("testing/testing.go").lines().count()
        );
        assert!(files["testing/testing.go"].contains("\tgoperfTest(t.name); fn(t)\n"));
    }

    #[test]
    fn a_go_without_the_anchors_is_refused() {
        let twice = |file: &str| plain(file).replace("\tfn(t)\n", "\tfn(t)\n\tfn(t)\n");
        assert_eq!(
            make("go1.31", &twice).unwrap_err().to_string(),
            "package testing of go1.31 is not known: testing/testing.go has 2 lines `fn(t)`, not one"
        );
        assert!(matches!(
            make("go1.21.13", &plain),
            Err(OverlayError::TooOld { .. })
        ));
        assert!(supports("devel go1.29-abc") && supports("go1.24rc1") && !supports("go1.9"));
    }

    #[test]
    fn the_users_overlay_is_kept() {
        let ours = BTreeMap::from([("/go/a.go".to_owned(), "/c/a.go".to_owned())]);
        let merged = merge(&ours, Some(r#"{"Replace":{"/u/b.go":"/t/b.go"}}"#)).unwrap();
        assert!(merged.contains("/u/b.go") && merged.contains("/go/a.go"));
        assert_eq!(
            merge(&ours, Some(r#"{"Replace":{"/go/a.go":""}}"#)).unwrap_err(),
            "it replaces /go/a.go too"
        );
        assert!(merge(&ours, Some("{")).is_err());
    }
}
