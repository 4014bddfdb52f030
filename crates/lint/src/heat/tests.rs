use super::*;
use std::sync::Arc;

use crate::packages::CheckedPackage;
use profile::{LabelSetId, Line, LocationId};

/// `shop` with `shop.go`: `Key` from line 5, `(*T).Lookup` from line 20, `Wrap` in line 42.
fn shop() -> PackageSet {
    let mut lines = vec![""; 42];
    lines[0] = "package shop";
    lines[4] = "func Key() {";
    lines[9] = "\tfunc() {";
    lines[11] = "\t}()";
    lines[17] = "}";
    lines[19] = "func (t *T[V]) Lookup() {";
    lines[38] = "}";
    lines[39] = "func linked()";
    lines[41] = "func Wrap() { Key() }";
    let (file, problems) = go_syntax::parse(lines.join("\n").as_bytes());
    assert!(problems.is_empty(), "{problems:?}");
    PackageSet::new(vec![CheckedPackage::new(
        "shop".into(),
        "shop".into(),
        "/home/shop".into(),
        vec!["/home/shop/shop.go".into()],
        &[Some(Arc::new(file))],
    )])
}

/// Frames are `function file start line`; a location holds several when inlined.
fn location(profile: &mut Profile, frames: &[(&str, &str, i64, i64)]) -> LocationId {
    let lines: Vec<Line> = (frames.iter())
        .map(|(function, file, start, line)| {
            let name = profile.strings.intern(function.as_bytes());
            let file = profile.strings.intern(file.as_bytes());
            Line {
                function: profile.add_function(name, file, *start),
                line: *line,
                column: 0,
            }
        })
        .collect();
    profile.add_location(0, None, &lines)
}

const KEY: (&str, &str, i64, i64) = ("shop.Key", "/build/shop/shop.go", 5, 7);
const LOOKUP: (&str, &str, i64, i64) = ("shop.(*T[go.shape.int]).Lookup", "shop/shop.go", 20, 22);
const SPRINTF: (&str, &str, i64, i64) = ("fmt.Sprintf", "/go/src/fmt/print.go", 230, 239);
const ERROR: (&str, &str, i64, i64) = ("errors.New", "/go/src/errors/errors.go", 65, 66);
const MALLOC: (&str, &str, i64, i64) = ("runtime.mallocgc", "/go/src/runtime/malloc.go", 1, 9);
const MAIN: (&str, &str, i64, i64) = ("main.main", "/x/main.go", 1, 3);
const WRITER: (&str, &str, i64, i64) = ("runtime/pprof.(*Profile).WriteTo", "/p.go", 1, 3);

const HARNESS: (&str, &str, i64, i64) = ("testing.(*M).Run", "/testing.go", 1, 3);

/// Samples of `alloc_space`: stacks leaf first, a list of frames per location.
type Stack<'a> = &'a [&'a [(&'a str, &'a str, i64, i64)]];

fn heat(samples: &[(Stack, i64)]) -> Heat {
    let mut profile = Profile::with_sample_types(&[("alloc_space", "bytes")]);
    for (stack, value) in samples {
        let stack: Vec<LocationId> = stack
            .iter()
            .map(|frames| location(&mut profile, frames))
            .collect();
        profile.samples.push(&stack, &[*value], LabelSetId::EMPTY);
    }
    Heat::new(&shop(), &[("mem".into(), profile)], &TimedCode::default())
}

fn bytes_of(weights: &Weights) -> i64 {
    weights[Resource::AllocSpace]
}

fn show(heat: &Heat) -> String {
    let bytes = bytes_of;
    let mut text = format!("total {}\n", bytes(&heat.total));
    for line in &heat.lines {
        let function = &heat.functions[line.function].name;
        let (flat, cum) = (bytes(&line.flat), bytes(&line.cum));
        text += &format!("{}:{} flat {flat} cum {cum}\n", function, line.line);
        for callee in &line.callees {
            let inlined = if callee.inlined { " inlined" } else { "" };
            text += &format!(
                "  {}{inlined} {}\n",
                callee.function,
                bytes(&callee.weights)
            );
        }
    }
    for (package, weights) in &heat.elsewhere {
        text += &format!("elsewhere {package:?} {}\n", bytes(weights));
    }
    text
}

#[test]
fn a_sample_counts_for_its_own_line_and_under_its_callee() {
    let heat = heat(&[
        (&[&[KEY], &[LOOKUP], &[MAIN]], 100),
        (&[&[MALLOC], &[SPRINTF], &[KEY], &[LOOKUP]], 10),
        (&[&[ERROR, KEY], &[LOOKUP]], 1),
        (&[&[SPRINTF], &[MAIN]], 1000),
        (&[&[SPRINTF], &[WRITER], &[MAIN]], 10_000),
        (&[&[SPRINTF], &[HARNESS], &[MAIN]], 20_000),
    ]);
    assert_eq!(bytes_of(&heat.harness), 30_000);
    assert_eq!(
        show(&heat),
        "total 31111
Key:7 flat 100 cum 111
  fmt.Sprintf 10
  errors.New inlined 1
(*T).Lookup:22 flat 0 cum 111
elsewhere \"fmt\" 1010
"
    );
    let line = heat
        .line(heat.lines.iter().next().unwrap().package, 0, 7)
        .unwrap();
    assert_eq!(line.own()[Resource::AllocSpace], 101);
    assert_eq!(heat.fits[0].share_matched(), Some(1.0));
}

#[test]
fn recursion_counts_once() {
    let heat = heat(&[(&[&[KEY], &[KEY], &[KEY]], 5)]);
    assert_eq!(show(&heat), "total 5\nKey:7 flat 5 cum 5\n");
}

#[test]
fn a_function_that_moved_is_matched_by_its_offset() {
    let moved = ("shop.Key", "/build/shop/shop.go", 3, 5);
    let heat = heat(&[(&[&[moved]], 7)]);
    assert_eq!(show(&heat), "total 7\nKey:7 flat 7 cum 7\n");
    assert_eq!((heat.fits[0].matched, heat.fits[0].moved), (7, 7));
}

#[test]
fn other_sources_do_not_match() {
    let gone = ("shop.Gone", "/build/shop/shop.go", 3, 5);
    let beyond = ("shop.Key", "/build/shop/shop.go", 5, 500);
    let file = ("shop.Key", "/build/shop/old.go", 5, 7);
    let heat = heat(&[
        (&[&[gone]], 3),
        (&[&[beyond]], 2),
        (&[&[file]], 1),
        (&[&[KEY]], 4),
    ]);
    let fit = &heat.fits[0];
    assert_eq!((fit.matched, fit.unmatched), (4, 6));
    assert_eq!(fit.unknown, ["shop.Gone", "shop.Key"]);
}

#[test]
fn test_files_and_wrappers_are_not_ours() {
    let bench = ("shop.BenchmarkKey", "/build/shop/shop_test.go", 3, 5);
    let wrapper = ("shop.(*T).Key", "<autogenerated>", 1, 1);
    let heat = heat(&[
        (&[&[KEY], &[wrapper], &[bench]], 3),
        (&[&[bench]], 4),
        (&[&[SPRINTF], &[bench]], 5),
        (&[&[bench], &[KEY]], 6),
    ]);
    assert_eq!(show(&heat), "total 18\nKey:7 flat 3 cum 9\n");
    assert_eq!(bytes_of(&heat.tests), 15);
}

#[test]
fn symbols_that_the_compiler_makes_are_found_in_their_function() {
    let literal = ("shop.Key.func1", "/b/shop/shop.go", 10, 11);
    let inlined = ("shop.(*T[int]).Lookup.Key.func1", "/b/shop/shop.go", 10, 11);
    let wrapper = ("shop.Key.gowrap1", "/b/shop/shop.go", 12, 12);
    let body = (
        "shop.(*T[go.shape.int]).Lookup-range1",
        "/b/shop/shop.go",
        25,
        26,
    );
    let value = ("shop.Key-fm", "/b/shop/shop.go", 5, 7);
    let linked = ("shop.linked", "/go/src/runtime/malloc.go", 50, 52);
    let assembly = ("shop.add", "/b/shop/add_amd64.s", 1, 3);
    let heat = heat(&[
        (&[&[literal]], 1),
        (&[&[inlined]], 2),
        (&[&[wrapper]], 3),
        (&[&[body]], 4),
        (&[&[value]], 5),
        (&[&[assembly], &[KEY]], 6),
        (&[&[linked], &[KEY]], 1),
    ]);
    assert_eq!(heat.fits[0].share_matched(), Some(1.0));
    let mut flats: Vec<(u32, i64)> = heat
        .lines
        .iter()
        .map(|line| (line.line, bytes_of(&line.flat)))
        .collect();
    flats.sort_unstable();
    assert_eq!(flats, [(7, 5), (11, 3), (12, 3), (26, 4)]);
    let key = heat.lines.iter().find(|line| line.line == 7).unwrap();
    assert_eq!(key.callees[0].function, "shop.add");
}

#[test]
fn literals_move_with_the_function_around_them() {
    let moved = ("shop.Key", "/b/shop/shop.go", 3, 5);
    let literal = ("shop.Key.func1", "/b/shop/shop.go", 8, 9);
    let heat = heat(&[(&[&[moved]], 1), (&[&[literal]], 2)]);
    let lines: Vec<u32> = heat.lines.iter().map(|line| line.line).collect();
    assert_eq!(lines, [7, 11]);
}

#[test]
fn callers_are_those_of_one_line_wrappers() {
    const WRAP: (&str, &str, i64, i64) = ("shop.Wrap", "shop/shop.go", 42, 42);
    const TEST: (&str, &str, i64, i64) = ("shop.BenchmarkKey.func1", "shop/shop_test.go", 5, 8);
    let heat = heat(&[
        (&[&[KEY], &[WRAP], &[LOOKUP]], 100),
        (&[&[KEY], &[WRAP], &[TEST]], 10),
        (&[&[KEY], &[TEST]], 1),
    ]);
    let package = heat.lines.iter().next().unwrap().package;
    let callers: Vec<String> = (heat.line(package, 0, 7).unwrap().callers.iter())
        .map(|caller| {
            let line = caller.line.map(|line| heat.lines[line].line);
            let via = caller.via.map(|via| heat.functions[via].name.as_str());
            format!("{} {line:?} {via:?}", caller.function)
        })
        .collect();
    assert_eq!(
        callers,
        [
            r#"(*T).Lookup Some(22) Some("Wrap")"#,
            "Wrap Some(42) None",
            "shop.BenchmarkKey.func1@shop_test.go:8 None None",
        ]
    );
}
