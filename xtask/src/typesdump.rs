//! What the Go front-end knows about packages, as records that go/types' own can be compared with:
//! `shared/conformance/types/dump` prints the same bytes.
//!
//! One function per kind of record over a package and a file, in `syntax`; they add to a [`Writer`],
//! which sorts and prints.

mod flags;
mod line;
mod syntax;
mod types;
mod writer;

use anyhow::Context as _;
use base::{Cache, Cancellation, Idx as _, System};
use go_load::{Checked, CheckedPackage, LoadOptions, Loaded, Loader, Wanted};
use go_tool::{GoTool, ListOptions, PackageId, Products};
use go_types::{Sizes, Store};

use crate::repo::Repo;
pub(crate) use flags::Flags;
use writer::{Kind, Writer};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Flags of the peer (`-test -hash -unalias -kinds LIST -deps -goos -goarch -tags -cgo -C DIR -o
    /// FILE`, and `-cache DIR` of ours), and packages
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    words: Vec<String>,
}

pub(crate) fn run(args: &Args, repo: &Repo) -> anyhow::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    dump(&Flags::parse(&args.words)?, repo, &mut out)
}

/// Writes what the flags ask for, to `out` unless they name a file.
pub(crate) fn dump(flags: &Flags, repo: &Repo, out: &mut dyn std::io::Write) -> anyhow::Result<()> {
    let mut spool;
    let out = match &flags.out {
        Some(path) => {
            spool = Spool::new(path.clone(), repo);
            &mut spool as &mut dyn std::io::Write
        }
        None => out,
    };
    if let Some(dir) = &flags.cache {
        cached(flags, repo, &Cache::in_dir(dir.clone()), out)?;
    } else {
        let loaded = load(flags, repo, go_load::load)?;
        let targets = targets(&loaded, flags);
        let mut checked = check(&loaded, &targets, flags);
        for id in targets {
            let facts = checked.as_mut().map(|checked| facts(checked, id));
            let text = package(&loaded, facts, id, flags);
            out.write_all(text.as_bytes())?;
        }
    }
    out.flush()?;
    Ok(())
}

/// Each package by itself, everything it imports from the cache: the same records.
fn cached(
    flags: &Flags,
    repo: &Repo,
    cache: &Cache,
    out: &mut dyn std::io::Write,
) -> anyhow::Result<()> {
    let sources = load(flags, repo, go_load::read)?;
    // Once to fill the cache.
    let interfaces = |_: &Loaded, _| Wanted::Interface;
    let (loaded, _) = go_load::check_cached(&sources, &repo.system, Some(cache), interfaces);
    for target in targets(&loaded, flags) {
        let wants = |_: &Loaded, id| {
            if id == target {
                Wanted::Bodies
            } else {
                Wanted::Interface
            }
        };
        let (loaded, mut checked) =
            go_load::check_cached(&sources, &repo.system, Some(cache), wants);
        let text = package(&loaded, Some(facts(&mut checked, target)), target, flags);
        out.write_all(text.as_bytes())?;
    }
    Ok(())
}

/// Lists with the target the flags ask for, and loads.
pub(crate) fn load<T>(
    flags: &Flags,
    repo: &Repo,
    load: impl Fn(&GoTool, &dyn System, &Cancellation, &LoadOptions) -> Result<T, go_tool::Error>,
) -> anyhow::Result<T> {
    let dir = match &flags.dir {
        Some(dir) => repo.system.current_dir()?.join(dir),
        None => repo.system.current_dir()?,
    };
    let find = match flags.loader {
        Loader::Go => GoTool::find_in,
        Loader::Native => go_load::find_go,
    };
    let go = find(&repo.system, &repo.cancel, flags.go.as_deref(), &dir)?;
    let mut env = vec![(
        "CGO_ENABLED".to_owned(),
        if flags.cgo { "1" } else { "0" }.to_owned(),
    )];
    for (name, value) in [("GOOS", &flags.goos), ("GOARCH", &flags.goarch)] {
        env.extend(value.clone().map(|value| (name.to_owned(), value)));
    }
    let options = LoadOptions {
        list: ListOptions {
            products: if flags.cgo {
                Products::Generated
            } else {
                Products::Nothing
            },
            dir,
            patterns: flags.patterns.clone(),
            tags: flags.tags.clone(),
            tests: flags.test,
            env,
            ..ListOptions::default()
        },
        loader: flags.loader,
        ..LoadOptions::default()
    };
    load(&go, &repo.system, &repo.cancel, &options).context("failed to load the packages")
}

/// The packages to dump, by import path.
fn targets(loaded: &Loaded, flags: &Flags) -> Vec<PackageId> {
    let packages = loaded.listing.packages.iter_enumerated();
    let mut targets: Vec<_> = packages
        .filter(|(_, package)| flags.deps || !package.dep_only)
        .filter(|(_, package)| package.import_path != "unsafe" && !package.is_test_main())
        .map(|(id, package)| (&package.import_path, id))
        .collect();
    targets.sort();
    targets.into_iter().map(|(_, id)| id).collect()
}

/// Checks the packages, unless no record asks for types. Function bodies of dependencies are skipped.
fn check(loaded: &Loaded, targets: &[PackageId], flags: &Flags) -> Option<Checked> {
    let typed = |kind: &Kind| !matches!(kind, Kind::Pkg | Kind::File | Kind::Stmt);
    if flags
        .kinds
        .as_ref()
        .is_some_and(|kinds| !kinds.iter().any(typed))
    {
        return None;
    }
    let mut wanted = vec![false; loaded.packages.len()];
    for target in targets {
        wanted[target.index()] = true;
    }
    Some(go_load::check(loaded, |id| wanted[id.index()]))
}

/// What is known of a package, and the store it is in.
pub(crate) struct Facts<'a> {
    pub(crate) store: &'a mut Store,
    pub(crate) package: &'a CheckedPackage,
}

fn facts(checked: &mut Checked, id: PackageId) -> Facts<'_> {
    Facts {
        store: &mut checked.store,
        package: &checked.packages[id],
    }
}

/// The typed records of one file.
fn types(writer: &mut Writer<'_>, facts: &mut Facts<'_>, number: usize, sizes: Sizes) {
    let Some(info) = facts.package.file(number) else {
        return;
    };
    types::file(writer, facts.store, info, sizes);
    types::init_order(writer, facts.store, &facts.package.info, number);
    types::problems(writer, facts.store, facts.package, number);
}

/// The records or hashes of one package.
pub(crate) fn package(
    loaded: &Loaded,
    facts: Option<Facts<'_>>,
    id: PackageId,
    flags: &Flags,
) -> String {
    let sources = &loaded.packages[id];
    let mut writer = Writer::new(flags);
    let sizes = Sizes::of_arch(&loaded.goarch);
    let mut facts = facts;
    let n_errors = facts
        .as_ref()
        .map_or(0, |facts| facts.package.problems.len());
    syntax::package(&mut writer, loaded, id, n_errors);
    for (number, source) in sources.files.iter().enumerate() {
        writer.open_file(number, source);
        syntax::file(&mut writer, sources.lang);
        syntax::stmts(&mut writer);
        if let Some(facts) = &mut facts {
            types(&mut writer, facts, number, sizes);
        }
    }
    if flags.hash {
        let names = sources.files.iter().map(|source| source.name.as_str());
        let import_path = &loaded.listing.packages[id].import_path;
        writer.hashes(import_path, &names.collect::<Vec<_>>())
    } else {
        writer.lines()
    }
}

/// Text for a file, written at the end.
struct Spool<'a> {
    path: std::path::PathBuf,
    text: Vec<u8>,
    repo: &'a Repo,
}

impl<'a> Spool<'a> {
    fn new(path: std::path::PathBuf, repo: &'a Repo) -> Self {
        let _ = repo.system.write(&path, b"");
        Self {
            path,
            text: Vec::new(),
            repo,
        }
    }
}

impl std::io::Write for Spool<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.text.extend_from_slice(bytes);
        if self.text.len() > 1 << 24 {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.repo.system.append(&self.path, &self.text)?;
        self.text.clear();
        Ok(())
    }
}
