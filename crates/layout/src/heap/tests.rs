use std::path::Path;

use go_types::Sizes;
use go_types::fixture::{self, Fixture};

use super::*;
use crate::{SourceFile, SourcePackage};

/// Stacks of (line, block, objects); further lines are those of callers. All are live.
type Sample<'a> = (&'a [u32], i64, i64);

/// What is live of each type of package m: `type objects+elements bytes`, `?` where it is shared.
fn live(text: &str, samples: &[Sample<'_>]) -> Vec<String> {
    let Fixture {
        mut store,
        packages,
    } = fixture::checked(&[("m", "m.go", text)]);
    let checked = &packages[0];
    let package = SourcePackage {
        import_path: "m",
        name: "m",
        pkg: checked.id,
        files: vec![SourceFile {
            path: Path::new("/m/m.go"),
            file: &checked.file,
            info: checked.info.files.first(),
            rewritten: false,
        }],
        asked: true,
        reasons: Vec::new(),
        importers_known: false,
        standard: false,
        others: Vec::new(),
    };
    let frame = |line: &u32| HeapFrame {
        package: "m".to_owned(),
        file: "m.go".to_owned(),
        line: *line,
        generic: text
            .lines()
            .nth(*line as usize - 1)
            .is_some_and(|it| it.contains("generic")),
    };
    let allocations: Vec<Allocation> = (samples.iter())
        .map(|(lines, block, objects)| Allocation {
            frames: lines.iter().map(frame).collect(),
            block: *block,
            inuse_objects: *objects,
            inuse_bytes: objects * block,
            alloc_objects: *objects,
            alloc_bytes: objects * block,
        })
        .collect();
    let lines: Lines = (allocations.iter().flat_map(|it| &it.frames))
        .map(|frame| (frame.package.clone(), frame.file.clone(), frame.line))
        .collect();
    let sites = find_sites(&mut store, Sizes::AMD64, &[package], &lines);
    let found = attribute(&mut store, Sizes::AMD64, &sites, &allocations);
    (found.by_type.iter())
        .filter(|(name, _)| name.starts_with("m."))
        .map(|(name, heap)| {
            let shared = if heap.shared_bytes > 0.0 { " ?" } else { "" };
            let TypeHeap {
                objects,
                elements,
                bytes,
                ..
            } = heap;
            format!("{name} {objects:.0}+{elements:.0} {bytes:.0}{shared}")
        })
        .collect()
}

/// `T` of 24 bytes, `U` of 48.
const TYPES: &str =
    "package m; type T struct { a bool; b int64; c bool }; type U struct { p *U; t T; s string }";

fn of_lines(lines: &str, samples: &[Sample<'_>]) -> Vec<String> {
    live(&format!("{TYPES}\n{lines}\n"), samples)
}

#[test]
fn literals_new_and_make_allocate_their_types() {
    let cases: [(&str, &[Sample<'_>], &[&str]); 7] = [
        (
            "func f() *T { return &T{} }",
            &[(&[2], 24, 10)],
            &["m.T 10+0 240"],
        ),
        (
            "func f() *U { return new(U) }",
            &[(&[2], 48, 10)],
            &["m.U 10+0 480"],
        ),
        (
            "func f() []T { return make([]T, 9) }",
            &[(&[2], 224, 2)],
            &["m.T 0+18 448"],
        ),
        (
            "func f(s []T) []T { return append(s, T{}) }",
            &[(&[2], 48, 1)],
            &["m.T 0+2 48"],
        ),
        (
            "func f() []*T { return []*T{{}, {}} }",
            &[(&[2], 24, 4)],
            &["m.T 2+0 48 ?"],
        ),
        (
            "func f() chan T { return make(chan T, 100) }",
            &[(&[2], 2688, 1)],
            &["m.T 0+112 2688"],
        ),
        // A block that fits no type of the line.
        ("func f() *T { return &T{} }", &[(&[2], 64, 10)], &[]),
    ];
    for (text, samples, expected) in cases {
        assert_eq!(of_lines(text, samples), expected, "{text}");
    }
}

#[test]
fn variables_and_contents_of_interfaces_are_found() {
    let cases = [
        ("func f() *T { var t T; return &t }", "m.T 3+0 72"),
        ("func f(t T) { g(t) }\nfunc g(x ...any) {}", "m.T 3+0 72"),
        ("func f(t T) []any { return []any{t, 1} }", "m.T 3+0 72"),
        ("func f(t T, x any) { x = t; _ = x }", "m.T 3+0 72"),
        ("func f(t T) (any, error) { return t, nil }", "m.T 3+0 72"),
    ];
    for (text, expected) in cases {
        assert_eq!(of_lines(text, &[(&[2], 24, 3)]), [expected], "{text}");
    }
}

#[test]
fn maps_hold_slots_of_keys_and_elements() {
    let text = "func f(m map[int64]T) { m[1] = T{} }";
    // A group is a word and 8 slots of 32 bytes.
    let samples: &[Sample<'_>] = &[(&[2], 288, 2), (&[2], 48, 1)];
    assert_eq!(of_lines(text, samples), ["m.T 0+16 384"]);
    let large = "type V struct { t T; n [20]int64 }; func f(m map[int64]V) { m[1] = V{} }";
    assert_eq!(of_lines(large, &[(&[2], 192, 5)]), ["m.V 5+0 960"]);
}

#[test]
fn arrays_that_grow_are_told_from_objects_of_the_same_size() {
    let text = "func f(s []*U) []*U { return append(s, &U{}) }";
    let only: &[Sample<'_>] = &[(&[2], 48, 100)];
    assert_eq!(of_lines(text, only), ["m.U 50+0 2400 ?"]);
    let grown: &[Sample<'_>] = &[(&[2], 48, 100), (&[2], 128, 1), (&[2], 256, 1)];
    assert_eq!(of_lines(text, grown), ["m.U 99+0 4752"]);
}

#[test]
fn instances_are_told_by_size_and_by_callers() {
    let text = "\
type N[P any] struct { next *N[P]; val P }
func (n *N[P]) push(v P) { n.next = &N[P]{val: v} } // generic
func list[P any](n int) []P { return make([]P, n) } // generic
var a N[int64]; var b N[string]
func f() { _ = list[T](8) }
func g() { _ = list[U](4) }";
    let samples: &[Sample<'_>] = &[(&[3], 16, 7), (&[3], 24, 3)];
    assert_eq!(
        of_lines(text, samples),
        ["m.N[int64] 7+0 112", "m.N[string] 3+0 72"]
    );
    let samples: &[Sample<'_>] = &[(&[4, 6], 192, 2), (&[4, 7], 192, 1)];
    assert_eq!(of_lines(text, samples), ["m.T 0+16 384", "m.U 0+4 192"]);
}
