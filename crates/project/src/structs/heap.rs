//! Heap profiles joined with the types of a program.

use std::collections::BTreeMap;
use std::path::Path;

use go_syntax::{DeclKind, ExprKind};
use go_types::Store;
use layout::{Allocation, HeapFrame, HeapUse, Lines, Sizes, SourcePackage};
use profile::{FunctionId, LabelValue, Profile, SampleId};

use crate::evidence::NamedProfile;

/// Live memory by type.
pub(super) fn heap_use(
    store: &mut Store,
    sizes: Sizes,
    sources: &[SourcePackage<'_>],
    profiles: &[NamedProfile],
) -> HeapUse {
    let declared = Declared::new(sources);
    let mut allocations = Vec::new();
    for (_, profile) in profiles {
        read(profile, &declared, &mut allocations);
    }
    let frames = allocations.iter().flat_map(|it: &Allocation| &it.frames);
    let lines: Lines = frames
        .map(|frame| (frame.package.clone(), frame.file.clone(), frame.line))
        .collect();
    let sites = layout::find_sites(store, sizes, sources, &lines);
    layout::attribute(store, sizes, &sites, &allocations)
}

/// The samples of a heap profile; those of other profiles are none.
fn read(profile: &Profile, declared: &Declared<'_>, allocations: &mut Vec<Allocation>) {
    let column = |kind| profile.sample_index(kind);
    let columns = [
        "inuse_objects",
        "inuse_space",
        "alloc_objects",
        "alloc_space",
    ]
    .map(column);
    let functions: Vec<Function> = (profile.functions.ids())
        .map(|function| declared.function(profile, function))
        .collect();
    for sample in profile.samples.ids() {
        let values = profile.samples.values(sample);
        let [inuse_objects, inuse_bytes, alloc_objects, alloc_bytes] =
            columns.map(|column| column.map_or(0, |column| values[column].max(0)));
        let block = block_label(profile, sample)
            .or_else(|| inuse_bytes.checked_div(inuse_objects))
            .or_else(|| alloc_bytes.checked_div(alloc_objects));
        let Some(block) = block.filter(|block| *block > 0) else {
            continue;
        };
        allocations.push(Allocation {
            frames: frames(profile, sample, &functions),
            block,
            inuse_objects,
            inuse_bytes,
            alloc_objects,
            alloc_bytes,
        });
    }
}

/// Bytes of a block, as the runtime notes them.
fn block_label(profile: &Profile, sample: SampleId) -> Option<i64> {
    let labels = profile.label_sets.get(profile.samples.labels(sample));
    labels.iter().find_map(|label| match label.value {
        LabelValue::Num { value, .. } if profile.strings.text(label.key) == "bytes" => Some(value),
        _ => None,
    })
}

/// Of the stack, from the first frame that is not the runtime's.
fn frames(profile: &Profile, sample: SampleId, functions: &[Function]) -> Vec<HeapFrame> {
    use base::Idx as _;
    let frames = profile.frames(sample).filter_map(|frame| {
        let function = functions.get(frame.function.index())?;
        Some((function, frame.line.saturating_add(function.shift)))
    });
    frames
        .skip_while(|(function, _)| function.is_runtime)
        .map(|(function, line)| HeapFrame {
            package: function.package.clone(),
            file: function.file.clone(),
            line: u32::try_from(line).unwrap_or(0),
            generic: function.generic,
        })
        .collect()
}

/// A profile's function, seen from the sources.
struct Function {
    package: String,
    file: String,
    generic: bool,
    is_runtime: bool,
    /// Lines by which it has moved since.
    shift: i64,
}

/// Functions of the sources, and the main packages by their files.
struct Declared<'a> {
    /// Lines of `func` by import path and name.
    lines: BTreeMap<(&'a str, String), i64>,
    mains: Vec<&'a SourcePackage<'a>>,
}

impl<'a> Declared<'a> {
    fn new(sources: &'a [SourcePackage<'a>]) -> Self {
        let mut lines = BTreeMap::new();
        for package in sources.iter().filter(|package| package.asked) {
            for file in &package.files {
                let ast = &file.file.ast;
                for decl in &file.file.decls {
                    if let DeclKind::Func(func) = &ast.decl(*decl).kind {
                        let name = function_name(file.file, func);
                        let start = ast.range(*decl).start;
                        let line = i64::from(file.file.lines.line_col(start).line);
                        lines.insert((package.import_path, name), line);
                    }
                }
            }
        }
        let mains = (sources.iter())
            .filter(|package| package.asked && package.name == "main")
            .collect();
        Self { lines, mains }
    }

    fn function(&self, profile: &Profile, function: FunctionId) -> Function {
        let symbol = profile.function_name(function);
        let path = profile.function_file(function);
        let (package, name) = profile::split_symbol(&symbol);
        let package = match package {
            "main" => self.main(&path).unwrap_or("main").to_owned(),
            _ => profile::unescape_path(package),
        };
        let start_line = profile.functions[function].start_line;
        let key = (package.as_str(), lint::fold_name(name));
        let declared = self.lines.get(&key).filter(|_| start_line > 0);
        Function {
            shift: declared.map_or(0, |line| line - start_line),
            file: base_name(Path::new(path.as_ref())),
            generic: symbol.contains('['),
            is_runtime: package == "runtime" || package.starts_with("internal/runtime/"),
            package,
        }
    }

    /// The main package that has the file; of several the one in a folder of the same name.
    fn main(&self, path: &str) -> Option<&'a str> {
        let path = Path::new(path);
        let folder = |path: &Path| {
            path.parent()
                .and_then(Path::file_name)
                .map(ToOwned::to_owned)
        };
        let has = |package: &&&'a SourcePackage<'a>, exact: bool| {
            package.files.iter().any(|file| {
                file.path.file_name() == path.file_name()
                    && (!exact || folder(file.path) == folder(path))
            })
        };
        let exact = self.mains.iter().find(|package| has(package, true));
        let found = exact.or_else(|| self.mains.iter().find(|package| has(package, false)));
        found.map(|package| package.import_path)
    }
}

/// `F`, `T.M` or `(*T).M`, without type parameters.
fn function_name(file: &go_syntax::File, func: &go_syntax::FuncDecl) -> String {
    let ast = &file.ast;
    let name = ast.name(func.name);
    let Some(recv) = ast.list(func.recv).first() else {
        return name.as_str().to_owned();
    };
    let mut ty = ast.unparen(ast.field(*recv).ty);
    let mut pointer = false;
    loop {
        ty = match ast.expr(ty).kind {
            ExprKind::Star(inner) => {
                pointer = true;
                ast.unparen(inner)
            }
            ExprKind::Index { x, .. } => x,
            _ => break,
        };
    }
    let recv = ast.ident(ty).map_or("", |name| name.as_str());
    if pointer {
        format!("(*{recv}).{}", name.as_str())
    } else {
        format!("{recv}.{}", name.as_str())
    }
}

fn base_name(path: &Path) -> String {
    let base = path.file_name().unwrap_or_default();
    base.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use go_types::PkgId;
    use layout::SourceFile;

    const SOURCE: &str = "\
package main

func F() {}
func (t *List[K, V]) Push() {}
func (t T) M() {}
";

    #[test]
    fn stacks_begin_behind_the_runtime_and_follow_functions_that_moved() {
        let (file, problems) = go_syntax::parse(SOURCE.as_bytes());
        assert!(problems.is_empty(), "{problems:?}");
        let sources = [SourcePackage {
            import_path: "example.org/m/cmd",
            name: "main",
            pkg: PkgId::UNSAFE,
            files: vec![SourceFile {
                path: Path::new("/m/cmd/main.go"),
                file: &file,
                info: None,
                rewritten: false,
            }],
            asked: true,
            reasons: Vec::new(),
            importers_known: false,
            standard: false,
            others: Vec::new(),
        }];
        let mut profile =
            Profile::with_sample_types(&[("inuse_objects", "count"), ("inuse_space", "bytes")]);
        let mut location = |name: &str, file: &str, start: i64, line: i64| {
            let name = profile.strings.intern(name.as_bytes());
            let file = profile.strings.intern(file.as_bytes());
            let function = profile.add_function(name, file, start);
            let line = profile::Line {
                function,
                line,
                column: 0,
            };
            profile.add_location(0, None, &[line])
        };
        let stack = [
            location("runtime.newobject", "/go/runtime/malloc.go", 1, 9),
            // Two lines further down than now.
            location("main.(*List[...]).Push", "/src/cmd/main.go", 6, 6),
            location("example.org/x%2ev2.F", "/src/x/x.go", 0, 3),
        ];
        let labels = profile::LabelSetId::EMPTY;
        profile.samples.push(&stack, &[3, 72], labels);
        let mut allocations = Vec::new();
        read(&profile, &Declared::new(&sources), &mut allocations);
        let [found] = &allocations[..] else {
            panic!("{allocations:?}")
        };
        let frames: Vec<String> = (found.frames.iter())
            .map(|it| format!("{} {}:{} {}", it.package, it.file, it.line, it.generic))
            .collect();
        assert_eq!(
            frames,
            [
                "example.org/m/cmd main.go:4 true",
                "example.org/x.v2 x.go:3 false"
            ]
        );
        assert_eq!((found.block, found.inuse_objects), (24, 3));
    }

    #[test]
    fn functions_are_named_as_in_profiles() {
        let (file, _) = go_syntax::parse(SOURCE.as_bytes());
        let names: Vec<String> = (file.decls.iter())
            .filter_map(|decl| match &file.ast.decl(*decl).kind {
                DeclKind::Func(func) => Some(function_name(&file, func)),
                _ => None,
            })
            .collect();
        assert_eq!(names, ["F", "(*List).Push", "T.M"]);
    }
}
