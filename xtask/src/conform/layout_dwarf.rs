//! Structs of the go command's own programs, as our checker lays them out from source and as the compiler did.
//!
//! The same structs as the runtime knows them must not differ either: that is what stripped binaries are read by.
//!
//! Programs are built for three architectures. Each struct type that the debug information of the binary has, and
//! that is declared at package level or an instance of one that is, must have the same size, alignment, pointer bytes,
//! and fields with the same names at the same offsets. Types declared in functions, struct literals and the
//! compiler's own types have no name to find them by.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use base::system::Command;
use base::{Idx as _, System as _};
use go_load::{Checked, LoadOptions};
use go_tool::{GoTool, ListOptions, Products};
use go_types::{ObjKind, Sizes, Store, TypeFormat, TypeId, TypeKind};
use objfile::types::{Type, Types};

use crate::repo::Repo;
use crate::toolchain;

pub(super) const NAME: &str = "layout-dwarf";

const BOARD: &str = "xtask/scoreboards/layout-dwarf.txt";

const HEAD: &str = "\
# Structs in the debug information of programs built by Go 1.27.3, compared with the layouts that we find from source
# and against the runtime's descriptors, of those that can be found there by name; then those that differ.
# Made by `cargo xtask conform layout-dwarf --update`.
";

/// GOARCH and what is built for it. The go command has nearly all of the standard library in it; for the other
/// architectures a smaller program must do, as nothing of theirs is compiled yet.
const PROGRAMS: &[(&str, &str)] = &[
    ("amd64", "cmd/go"),
    ("386", "cmd/vet"),
    ("arm64", "cmd/vet"),
];

#[derive(Default, PartialEq, Eq, Debug)]
struct Score {
    /// All structs of the binary.
    structs: usize,
    /// Those found in source by name.
    compared: usize,
    /// Those the runtime knows, under names that only one type has.
    runtime: usize,
    /// `name: how`.
    differs: Vec<String>,
}

/// Whether a struct differs that did not, by the scoreboard.
pub(super) fn run(repo: &Repo, version: &str, update: bool) -> anyhow::Result<bool> {
    let path = match toolchain::find(repo, version) {
        Ok(path) => path,
        Err(error) => {
            println!("{}conform {NAME}: {error:#}", base::testing::SKIPPED);
            return Ok(false);
        }
    };
    let go = GoTool::find(&repo.system, Some(&path))?;
    let temp = repo.system.temp_dir("layout-dwarf-")?;
    let mut scores = BTreeMap::new();
    for (goarch, program) in PROGRAMS {
        let binary = build(repo, &path, &go, goarch, program, temp.path())?;
        let types = (binary.dwarf_types()).context("the binary has no debug information")?;
        let case = format!("{program} {goarch}");
        let mut score = score(repo, &go, goarch, program, &types)?;
        let runtime = (binary.runtime_types()).context("the binary has no descriptors")?;
        score_runtime(&types, &runtime, &mut score);
        println!(
            "{NAME}: {case}: {} structs from source, {} from the runtime ({} in the binary), {} differ",
            score.compared,
            score.runtime,
            score.structs,
            score.differs.len()
        );
        scores.insert(case, score);
    }
    let board = repo.path(BOARD);
    let old = repo.system.read_to_string(&board).ok();
    let text = format(&scores);
    let known: Vec<&str> = old.as_deref().unwrap_or_default().lines().collect();
    let grown: Vec<&str> = (text.lines())
        .filter(|line| line.starts_with("differs: ") && !known.contains(line))
        .collect();
    let worse = old.is_some() && !grown.is_empty();
    for line in &grown {
        println!("  {line}");
    }
    if update && !worse {
        repo.system.write(&board, text.as_bytes())?;
    }
    Ok(worse)
}

fn format(scores: &BTreeMap<String, Score>) -> String {
    let mut text = HEAD.to_owned();
    for (case, score) in scores {
        let Score {
            structs,
            compared,
            runtime,
            differs,
        } = score;
        let differ = differs.len();
        writeln!(
            text,
            "{case}: {compared} from source, {runtime} from the runtime, of {structs} in the binary; {differ} differ"
        )
        .ok();
    }
    for (case, score) in scores {
        for difference in &score.differs {
            writeln!(text, "differs: {case}: {difference}").ok();
        }
    }
    text
}

const SETTINGS: [(&str, &str); 3] = [("GOFLAGS", ""), ("GOWORK", "off"), ("CGO_ENABLED", "0")];

fn build(
    repo: &Repo,
    path: &Path,
    go: &GoTool,
    goarch: &str,
    program: &str,
    folder: &Path,
) -> anyhow::Result<objfile::Binary> {
    let output: PathBuf = folder.join(format!("program.{goarch}"));
    let command = Command::new(path)
        .args(["build", "-o"])
        .arg(&output)
        .arg(program)
        .env("GOOS", "linux")
        .env("GOARCH", goarch)
        .current_dir(go.env.goroot.join("src"));
    let command = SETTINGS
        .iter()
        .fold(command, |command, (name, value)| command.env(*name, *value));
    repo.output(&toolchain::with_go(repo, path, command))?;
    objfile::Binary::open(repo.system.read(&output)?)
        .with_context(|| format!("could not read {}", output.display()))
}

fn score(
    repo: &Repo,
    go: &GoTool,
    goarch: &str,
    program: &str,
    types: &Types,
) -> anyhow::Result<Score> {
    let env = [("GOOS", "linux"), ("GOARCH", goarch)];
    let env = SETTINGS.iter().chain(&env);
    let options = LoadOptions {
        list: ListOptions {
            products: Products::Nothing,
            dir: go.env.goroot.join("src"),
            patterns: vec![program.to_owned()],
            env: env
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            ..ListOptions::default()
        },
        ..LoadOptions::default()
    };
    let loaded = go_load::load(go, &repo.system, &repo.cancel, &options)?;
    let mut checked = go_load::check(&loaded, |_| true);
    let declared = declared_structs(&checked, program);
    let sizes = Sizes::of_arch(goarch);
    let mut score = Score::default();
    for found in types.structs() {
        score.structs += 1;
        let Some(&typ) = declared.get(&*found.name) else {
            continue;
        };
        score.compared += 1;
        if let Some(how) = difference(&mut checked.store, typ, sizes, found, types) {
            score.differs.push(format!("{}: {how}", found.name));
        }
    }
    score.differs.sort();
    Ok(score)
}

/// Adds what the runtime knows otherwise.
fn score_runtime(types: &Types, runtime: &Types, score: &mut Score) {
    let mut by_name: BTreeMap<&str, Vec<&Type>> = BTreeMap::new();
    for found in runtime.structs() {
        by_name.entry(&found.name).or_default().push(found);
    }
    for found in types.structs() {
        let Some([known]) = by_name.get(&*found.name).map(Vec::as_slice) else {
            continue;
        };
        score.runtime += 1;
        let text = |typ: &Type| {
            let fields = typ.fields.iter();
            let fields = fields.map(|it| format!("{}@{} {}", it.name, it.offset, it.embedded));
            let fields: Vec<String> = fields.collect();
            format!(
                "{}/{}/{} {}",
                typ.size,
                typ.align,
                typ.ptrdata,
                fields.join(", ")
            )
        };
        let (compiled, of_runtime) = (text(found), text(known));
        if compiled != of_runtime {
            let difference = format!("{}: {compiled}, at run time {of_runtime}", found.name);
            score.differs.push(difference);
        }
    }
    score.differs.sort();
}

/// Structs of package level and instances without type parameters, by the linker's names.
fn declared_structs(checked: &Checked, program: &str) -> BTreeMap<String, TypeId> {
    let store = &checked.store;
    let named = (0..store.type_count())
        .map(TypeId::from_index)
        .filter_map(|typ| match store.kind(typ) {
            TypeKind::Named(id) => Some((typ, store.named(id).obj)),
            _ => None,
        });
    let mut structs = BTreeMap::new();
    for (typ, obj) in named {
        let object = store.obj(obj);
        let local = object
            .pkg
            .is_none_or(|pkg| object.parent != Some(store.packages[pkg].scope));
        if local || object.kind != ObjKind::TypeName {
            continue;
        }
        let text = store.type_text(typ, TypeFormat { unalias: true });
        if text.contains(['$', '@']) {
            continue;
        }
        structs.insert(linker_name(&text, program), typ);
    }
    structs
}

/// The name of a type as the linker writes it: `main` for the program's own package.
fn linker_name(text: &str, program: &str) -> String {
    let text = text
        .replace("interface{", "interface {")
        .replace("struct{", "struct {");
    text.replace(&format!("{program}."), "main.")
}

/// What is not as in the binary.
fn difference(
    store: &mut Store,
    typ: TypeId,
    sizes: Sizes,
    found: &Type,
    types: &Types,
) -> Option<String> {
    let TypeKind::Struct(strukt) = store.under_kind(typ) else {
        return Some("no struct in source".to_owned());
    };
    let Ok(layout) = sizes.layout(store, typ) else {
        return Some("has no size in source".to_owned());
    };
    let ours = format!(
        "size {} align {} ptrdata {}",
        layout.size, layout.align, layout.ptrdata
    );
    let theirs = format!(
        "size {} align {} ptrdata {}",
        found.size, found.align, found.ptrdata
    );
    if ours != theirs {
        return Some(format!("{ours}, compiled {theirs}"));
    }
    let fields = store.objs(strukt.fields).to_vec();
    if fields.len() != found.fields.len() {
        return Some(format!(
            "{} fields, compiled {}",
            fields.len(),
            found.fields.len()
        ));
    }
    let offsets = layout.offsets.unwrap_or_default();
    for ((field, offset), compiled) in fields.into_iter().zip(offsets).zip(&found.fields) {
        let size = sizes.size(store, store.obj_type(field)).unwrap_or(-1);
        let object = store.obj(field);
        let name = store.names.text(object.name);
        let ours = format!(
            "{name} {size} at {offset} embedded {}",
            object.is_embedded()
        );
        let compiled_size = compiled.typ.map_or(0, |typ| types.types[typ].size);
        let theirs = format!(
            "{} {compiled_size} at {} embedded {}",
            compiled.name, compiled.offset, compiled.embedded
        );
        if ours != theirs {
            return Some(format!("{ours}, compiled {theirs}"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_linkers() {
        let cases = [
            ("cmd/go.T", "main.T"),
            ("cmd/go/internal/load.T", "cmd/go/internal/load.T"),
            (
                "sync.G[cmd/go.T,interface{}]",
                "sync.G[main.T,interface {}]",
            ),
        ];
        for (text, name) in cases {
            assert_eq!(linker_name(text, "cmd/go"), name);
        }
    }
}
