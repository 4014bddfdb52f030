//! The native loader beside `go list`, field by field.
//!
//! The same patterns are listed by both: of the standard library and the toolchain's commands for
//! several targets, and of small modules (`xtask/resources/loader`) that hold what real ones seldom do.
//! A fixture is text: commands behind `$`, then files, each under a line `-- name --`. Files below `mod/`
//! are put into a module cache of its own, and `go.sum` is made to vouch for them; those below `unsaved/` are
//! an overlay, and `name -> target` is a link.

mod fixture;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base::System as _;
use go_load::{LoadOptions, Loader};
use go_tool::{GoTool, ListOptions, Products};

use crate::repo::Repo;
use crate::toolchain;
use fixture::Fixture;

pub(super) const NAME: &str = "loader";

const BOARD: &str = "xtask/scoreboards/loader.txt";

const FIXTURES: &str = "xtask/resources/loader";

const HEAD: &str = "\
# Listings of the native loader that are equal to those of `go list -e -deps` of the pinned Go in every
# field and in order; those that the loader leaves to the go command, with its reason; those that differ.
# Made by `cargo xtask conform loader --update`.
";

/// Listings of the standard library and of the toolchain's own commands.
const STD: &[&str] = &[
    "std",
    "cmd",
    "-test std",
    "-test cmd",
    "CGO_ENABLED=0 std",
    "CGO_ENABLED=0 -test std",
    "CGO_ENABLED=0 -compiled std",
    "GOARCH=386 std",
    "GOARCH=arm64 std",
    "GOARCH=arm std",
    "GOARCH=riscv64 std",
    "GOARCH=ppc64le cmd",
    "GOOS=windows std",
    "GOOS=windows -test cmd",
    "GOOS=darwin std",
    "GOOS=js GOARCH=wasm std",
    "GOOS=android GOARCH=arm64 std",
    "GOOS=ios GOARCH=arm64 std",
    "GOOS=illumos std",
    "GOOS=plan9 GOARCH=386 std",
    "GOAMD64=v3 std",
    "-tags=netgo,purego,osusergo std",
    "GOEXPERIMENT=nojsonv2,arenas std",
    "GOFLAGS=-tags=netgo net/...",
    "-race net/http cmd/go",
    "...",
    "net/http nosuch unsafe builtin C example.com/x",
    "net/... encoding/...",
    "cmd/go/... cmd/vendor/...",
];

/// What became of the listings.
#[derive(Default)]
struct Score {
    listings: usize,
    packages: usize,
    equal: usize,
    /// `fixture: command: reason`.
    refused: BTreeSet<String>,
    /// `fixture: command`, each with the first differences.
    differs: BTreeSet<String>,
}

/// Whether a listing differs that did not, by the scoreboard.
pub(super) fn run(repo: &Repo, update: bool) -> anyhow::Result<bool> {
    let program = match toolchain::find(repo, toolchain::PINNED) {
        Ok(program) => program,
        Err(error) => {
            println!("{}conform {NAME}: {error:#}", base::testing::SKIPPED);
            return Ok(false);
        }
    };
    let go = GoTool::find(&repo.system, Some(&program))?;
    let scratch = repo.system.temp_dir("goperf-loader-")?;
    let scratch = repo.system.canonicalize(scratch.path())?;
    let mut score = Score::default();
    // The go command looks twice at files that have just changed, and words errors differently.
    let fixtures = write_fixtures(repo, &scratch)?;
    for command in STD {
        let case = Case::parse(command, &scratch);
        compare(repo, &go, "std", command, &case, &mut score)?;
    }
    for (name, fixture) in &fixtures {
        let root = scratch.join(name);
        for command in &fixture.commands {
            let mut case = Case::parse(command, &root);
            Fixture::settings(&root, &mut case.env);
            case.unsaved = fixture.unsaved(&root);
            compare(repo, &go, name, command, &case, &mut score)?;
        }
    }
    finish(repo, update, &score)
}

/// The fixtures by name, each in a folder of that name.
fn write_fixtures(repo: &Repo, scratch: &Path) -> anyhow::Result<Vec<(String, Fixture)>> {
    let paths = repo.system.read_dir(&repo.path(FIXTURES))?;
    let write = |path: PathBuf| {
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let fixture = Fixture::parse(&repo.system.read_to_string(&path)?);
        fixture.write(repo, &scratch.join(&name))?;
        Ok((name, fixture))
    };
    paths.into_iter().map(write).collect()
}

fn finish(repo: &Repo, update: bool, score: &Score) -> anyhow::Result<bool> {
    println!(
        "{NAME}: {} of {} listings ({} packages) as go list has them, {} left to it",
        score.equal,
        score.listings,
        score.packages,
        score.refused.len()
    );
    let path = repo.path(BOARD);
    let old = repo.system.read_to_string(&path).ok();
    let known = |key: &'static str| -> BTreeSet<&str> {
        let lines = old.as_deref().unwrap_or_default().lines();
        lines.filter_map(|line| line.strip_prefix(key)).collect()
    };
    let (differs, refused) = (known("differs: "), known("refused: "));
    let grown = score
        .differs
        .iter()
        .filter(|case| !differs.contains(case.as_str()));
    let left = score
        .refused
        .iter()
        .filter(|case| !refused.contains(case.as_str()));
    let worse: Vec<&String> = grown.chain(left).collect();
    for case in worse.iter().filter(|_| old.is_some()) {
        println!("  now differs: {case}");
    }
    let is_worse = old.is_some() && !worse.is_empty();
    if update && !is_worse {
        repo.system.write(&path, format(score).as_bytes())?;
    }
    Ok(is_worse)
}

fn format(score: &Score) -> String {
    let mut text = format!(
        "{HEAD}listings: {}\npackages: {}\nequal: {}\n",
        score.listings, score.packages, score.equal
    );
    for (key, cases) in [("refused", &score.refused), ("differs", &score.differs)] {
        for case in cases {
            writeln!(text, "{key}: {case}").ok();
        }
    }
    text
}

/// One listing to make.
struct Case {
    list: ListOptions,
    env: Vec<(String, String)>,
    unsaved: BTreeMap<PathBuf, Arc<[u8]>>,
}

impl Case {
    /// `NAME=VALUE… -flag… pattern…`, to be run in `root`.
    fn parse(command: &str, root: &Path) -> Self {
        let mut case = Self {
            list: ListOptions {
                products: Products::Nothing,
                dir: root.to_owned(),
                ..ListOptions::default()
            },
            env: vec![
                ("GOTOOLCHAIN".to_owned(), "local".to_owned()),
                ("GOENV".to_owned(), "off".to_owned()),
                ("GOFLAGS".to_owned(), String::new()),
            ],
            unsaved: BTreeMap::new(),
        };
        let mut words = command.split_whitespace();
        while let Some(word) = words.next() {
            match (word, word.split_once('=')) {
                ("-test", _) => case.list.tests = true,
                ("-race", _) => case.list.race = true,
                ("-compiled", _) => case.list.products = Products::Generated,
                ("-C", _) => case.list.dir = root.join(words.next().unwrap_or_default()),
                (_, Some(("-tags", tags))) => case.list.tags = Some(tags.to_owned()),
                (_, Some(("-pgo", pgo))) => case.list.pgo = Some(pgo.to_owned()),
                (_, Some(("-modfile", file))) => case.list.modfile = Some(PathBuf::from(file)),
                (_, Some((name, value))) => case.env.push((name.to_owned(), value.to_owned())),
                _ => case.list.patterns.push(word.to_owned()),
            }
        }
        case
    }
}

fn compare(
    repo: &Repo,
    go: &GoTool,
    name: &str,
    command: &str,
    case: &Case,
    score: &mut Score,
) -> anyhow::Result<()> {
    repo.cancel.check()?;
    score.listings += 1;
    let mut options = LoadOptions {
        list: case.list.clone(),
        loader: Loader::Native,
        overlay: case.unsaved.clone(),
        cgo: None,
    };
    options.list.env.clone_from(&case.env);
    let case_root = case.list.dir.clone();
    let case = format!("{name}: {command}");
    let ours = go_load::list(go, &repo.system, &repo.cancel, &options);
    if let Ok(listed) = &ours
        && let Some(reason) = &listed.refusal
    {
        let reason = reason.lines().next().unwrap_or_default();
        let root = case_root.display().to_string();
        score
            .refused
            .insert(format!("{case}: {}", reason.replace(&root, "")));
        return Ok(());
    }
    options.loader = Loader::Go;
    let theirs = go_load::list(go, &repo.system, &repo.cancel, &options);
    let differences = match (&theirs, &ours) {
        (Ok(theirs), Ok(ours)) => {
            score.packages += theirs.listing.packages.len();
            go_load::differences(&theirs.listing, &ours.listing)
        }
        // Both refuse, each in its words.
        (Err(_), Err(_)) => Vec::new(),
        (Ok(_), Err(error)) => vec![format!("ours failed: {error}")],
        (Err(error), Ok(_)) => vec![format!("theirs failed: {error}")],
    };
    if differences.is_empty() {
        score.equal += 1;
        return Ok(());
    }
    println!("  {case}");
    for line in differences.iter().take(8) {
        println!("    {}", line.chars().take(400).collect::<String>());
    }
    score.differs.insert(case);
    Ok(())
}
