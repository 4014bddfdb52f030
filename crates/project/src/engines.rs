//! What decides: the compiler, or the native engine, [`gc::native`], which builds and compiles nothing; and where they differ.
//!
//! The engine looks at all packages below the ones asked for too, as the compiler's decisions depend on them. Only one
//! package's syntax trees are in memory at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use base::{Cancelled, FileId};
use gc::native::{Answer, Engine, Matched};
use go_ir::Source;
use go_tool::{CompileOptions, PackageId, Products};
use go_types::{Pos, Store, with_stack};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::analysis::{Analysis, Broken, analyse_from};
use crate::decision_source::{Answer as Decided, DecisionSource, add_expressions, log};
use crate::events::{Event, Events};
use crate::known_costs::is_modelled;
use crate::session::read_sources;
use crate::structs::package_errors;
use crate::workspace::{CompileRequest, LoadError, Loaded, PackageRequest, Root, Workspace, found};

/// What the engine says about the packages of a request.
#[derive(Debug)]
pub struct NativeReport {
    pub loaded: Loaded,
    pub analysis: Analysis,
    /// Those that type-check, by import path.
    pub logs: Vec<PackageLog>,
}

/// What `-m` prints about one package.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PackageLog {
    pub import_path: String,
    pub dir: PathBuf,
    /// In the order of the compiler. Files of the package's folder have their names, others are absolute.
    pub lines: Vec<String>,
    /// Functions of which nothing or not all is said, by place; the compiler has none.
    pub gaps: Vec<Gap>,
}

/// A function without a whole answer.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Gap {
    pub path: PathBuf,
    /// 0: of the whole package.
    pub line: u32,
    /// As the compiler names it, without its package.
    pub function: String,
    /// What stands against it: "a call of a generic function".
    pub reason: String,
}

/// Where the engine and the compiler differ about a package.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    pub import_path: String,
    /// Lines that both have.
    pub equal: usize,
    /// Lines that the compiler has not, or not as often: mistakes of the engine.
    pub wrong: Vec<String>,
    /// Lines of the compiler that the engine does not have.
    pub missing: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum NativeError {
    #[error("the native engine does not follow {0}; the compiler answers with `--engine gc`")]
    NotModelled(String),
    #[error(transparent)]
    Load(#[from] LoadError),
}

/// What of a request the engine has no rules for, if anything.
pub fn not_modelled(workspace: &Workspace, request: &PackageRequest) -> Option<String> {
    let env = &workspace.go.env;
    let level = env.arch.get("GOAMD64").map_or("v1", String::as_str);
    Some(if !is_modelled(workspace) {
        format!("{} for {}", workspace.go.version, env.goarch)
    } else if level != "v1" {
        format!("GOAMD64={level}")
    } else if !env.goexperiment.is_empty() {
        format!("GOEXPERIMENT={}", env.goexperiment)
    } else if request.tests {
        "`--tests`".to_owned()
    } else if request.race {
        "`-race`".to_owned()
    } else if request.pgo.is_some() {
        "`-pgo`".to_owned()
    } else {
        return None;
    })
}

/// Asks the engine about all packages of a request; `level` is that of `-m`.
pub fn native(
    workspace: &Workspace,
    request: &PackageRequest,
    level: u8,
    events: Events,
) -> Result<NativeReport, NativeError> {
    if let Some(what) = not_modelled(workspace, request) {
        return Err(NativeError::NotModelled(what));
    }
    let sources = read_sources(workspace, request, Products::Generated)?;
    let listing = sources.listing.clone();
    let loaded = Loaded {
        roots: found(&listing, &request.patterns)?,
        options: workspace.list_options(request, Products::Generated),
        listing,
    };
    let roots: BTreeSet<PackageId> = loaded.roots.iter().map(|root| root.id).collect();
    events(Event::Begin {
        stage: "reading",
        total: loaded.listing.packages.len(),
    });
    let mut model = Model::default();
    // Closures keep the positions they have where they were written, which may be in another package.
    let mut paths: FxHashMap<FileId, PathBuf> = FxHashMap::default();
    let mut engine = Engine::new(&workspace.go.env.goarch, !request.no_inlining, level);
    // Import paths of packages that do not type-check, or import one that does not.
    let mut unknown: BTreeSet<String> = BTreeSet::new();
    go_load::check_in_turn(
        &sources,
        workspace.system,
        workspace.types.as_ref(),
        |_| true,
        |store, read, id, package| {
            let listed = &read.listing.packages[id];
            events(Event::Step {
                what: &listed.import_path,
            });
            let files = &read.packages[id].files;
            let numbers = store.packages[package.pkg].files.iter().copied();
            paths.extend(numbers.zip(files.iter().map(|file| file.path.clone())));
            let errors = package_errors(listed, files, package, store);
            let missing = (listed.imports.iter()).find(|import| unknown.contains(*import));
            if !errors.is_empty() || missing.is_some() || workspace.cancel.check().is_err() {
                unknown.insert(listed.import_path.clone());
                if roots.contains(&id) {
                    let error = errors.into_iter().next();
                    let error = error.unwrap_or_else(|| imports_broken(listed, missing));
                    model.broken.insert(id, error);
                }
                return;
            }
            let source = Source {
                pkg: package.pkg,
                files: files.iter().map(|file| &file.file).collect(),
                info: &package.info,
            };
            let answer = with_stack(|| engine.package(store, &source));
            if roots.contains(&id) {
                let answer = worded(store, &source, answer, &paths, listed);
                model.answers.insert(id, answer);
            }
        },
    );
    workspace
        .cancel
        .check()
        .map_err(go_tool::Error::from)
        .map_err(LoadError::from)?;
    if let Some(cache) = &workspace.types {
        cache.prune(workspace.system);
    }
    let analysis = analyse_from(&model, workspace, &loaded, request, &|_| {});
    let analysis = analysis
        .map_err(go_tool::Error::from)
        .map_err(LoadError::from)?;
    let mut logs: Vec<PackageLog> = model.answers.into_values().collect();
    logs.sort_by(|a, b| a.import_path.cmp(&b.import_path));
    Ok(NativeReport {
        loaded,
        analysis,
        logs,
    })
}

/// Asks the compiler for its log about the packages of a request, by import path, and what does not compile; `level` is
/// that of `-m`.
pub fn compiler_logs(
    workspace: &Workspace,
    loaded: &Loaded,
    request: &PackageRequest,
    level: u8,
    events: Events,
) -> Result<(Vec<PackageLog>, Vec<Broken>), Cancelled> {
    let options = CompileOptions {
        m_level: level,
        ..CompileRequest::of(request).options
    };
    events(Event::Begin {
        stage: "compiling",
        total: loaded.roots.len(),
    });
    let each: Vec<Result<PackageLog, Broken>> = (loaded.roots.par_iter())
        .map(|root| {
            let log = log(workspace, loaded, root, &options)?;
            events(Event::Step {
                what: &root.import_path,
            });
            Ok(PackageLog {
                import_path: root.import_path.clone(),
                dir: root.dir.clone(),
                lines: (String::from_utf8_lossy(&log.log).lines())
                    .map(str::to_owned)
                    .collect(),
                gaps: Vec::new(),
            })
        })
        .collect();
    workspace.cancel.check()?;
    let (mut logs, mut broken) = (Vec::new(), Vec::new());
    for one in each {
        match one {
            Ok(log) => logs.push(log),
            Err(error) => broken.push(error),
        }
    }
    logs.sort_by(|a, b| a.import_path.cmp(&b.import_path));
    Ok((logs, broken))
}

/// Compares the engine's lines with the compiler's: how often each is said, not the order.
pub fn differences(native: &[PackageLog], compiler: &[PackageLog]) -> Vec<Difference> {
    let ours: BTreeMap<&str, &PackageLog> = (native.iter())
        .map(|log| (log.import_path.as_str(), log))
        .collect();
    (compiler.iter())
        .filter_map(|theirs| Some(difference(ours.get(theirs.import_path.as_str())?, theirs)))
        .collect()
}

fn difference(native: &PackageLog, compiler: &PackageLog) -> Difference {
    let matched = Matched::new(&compiler.lines, &native.lines);
    let owned = |lines: Vec<&str>| lines.into_iter().map(str::to_owned).collect();
    let mut wrong = matched.wrong;
    wrong.sort_unstable();
    Difference {
        import_path: native.import_path.clone(),
        equal: matched.equal.len(),
        wrong: owned(wrong),
        missing: owned(matched.missing),
    }
}

/// The engine's answers, as a source of decisions.
#[derive(Debug, Default)]
struct Model {
    answers: BTreeMap<PackageId, PackageLog>,
    broken: BTreeMap<PackageId, Broken>,
}

impl DecisionSource for Model {
    fn decisions(
        &self,
        workspace: &Workspace,
        _: &Loaded,
        root: &Root,
        _: &CompileRequest,
    ) -> Result<Decided, Broken> {
        let Some(answer) = self.answers.get(&root.id) else {
            let known = self.broken.get(&root.id).cloned();
            return Err(known.unwrap_or_else(|| Broken {
                import_path: root.import_path.clone(),
                path: root.dir.clone(),
                line: 0,
                col: 0,
                message: "it was not looked at".to_owned(),
            }));
        };
        let mut log = answer.lines.join("\n");
        log.push('\n');
        let dir = format!("{}/", answer.dir.display());
        let prefixes = [("", dir.as_str()), ("/", "/"), ("<", "<")];
        let (mut decisions, _) = gc::read_log(log.as_bytes(), &prefixes);
        add_expressions(workspace, root, &mut decisions);
        Ok((decisions, None))
    }
}

/// A package that imports what does not type-check.
fn imports_broken(package: &go_tool::Package, import: Option<&String>) -> Broken {
    let import = import.map_or("", String::as_str);
    Broken {
        import_path: package.plain_path().to_owned(),
        path: package.dir.clone(),
        line: 0,
        col: 0,
        message: format!("it imports {import}, which does not type-check"),
    }
}

/// An answer with names instead of ids. cgo rewrites files, and no comparison covers what it makes of them, so nothing is said
/// of a package that uses it.
fn worded(
    store: &Store,
    source: &Source<'_>,
    answer: Answer,
    paths: &FxHashMap<FileId, PathBuf>,
    listed: &go_tool::Package,
) -> PackageLog {
    let own = &store.packages[source.pkg].files;
    let place = |pos: Pos| {
        let path = paths.get(&pos.file).unwrap_or(&listed.dir);
        let line = (store.files.get(pos.file)).map_or(0, |file| file.line_col(pos.offset).line);
        (path.clone(), line)
    };
    let name = |file: FileId| {
        let path = paths.get(&file).filter(|_| !own.contains(&file))?;
        Some(path.display().to_string())
    };
    let mut package = PackageLog {
        import_path: listed.plain_path().to_owned(),
        dir: listed.dir.clone(),
        lines: Vec::new(),
        gaps: Vec::new(),
    };
    if listed.uses_cgo() {
        package.gaps.push(Gap {
            path: listed.dir.clone(),
            line: 0,
            function: "all functions".to_owned(),
            reason: "the package uses cgo".to_owned(),
        });
        return package;
    }
    package.lines = (answer.lines.iter())
        .map(|line| line.text(store, name))
        .collect();
    package.gaps = (answer.gaps.into_iter())
        .map(|gap| {
            let (path, line) = place(gap.pos);
            Gap {
                path,
                line,
                function: gap.func,
                reason: gap.reason.to_owned(),
            }
        })
        .collect();
    package.gaps.sort();
    package
}
