//! Sources of decisions: what answers which decisions the compiler takes about a package.

use std::collections::HashMap;
use std::fmt::Debug;

use base::Key;
use gc::{Decisions, Expressions};
use go_tool::{CompileLog, CompileOptions};

use crate::analysis::Broken;
use crate::workspace::{CompileRequest, Loaded, PackageRequest, Root, Workspace};

/// The decisions about a package, and the key under which the cache keeps them, if it does.
pub(crate) type Answer = (Decisions, Option<Key>);

/// A provider of decisions: the compiler, or the model of it.
pub(crate) trait DecisionSource: Debug + Sync {
    /// The decisions about one package of a listing.
    fn decisions(
        &self,
        workspace: &Workspace,
        loaded: &Loaded,
        root: &Root,
        request: &CompileRequest,
    ) -> Result<Answer, Broken>;
}

/// The log of the installed compiler, or what the cache kept of it.
#[derive(Debug)]
pub(crate) struct CompilerLog;

impl DecisionSource for CompilerLog {
    fn decisions(
        &self,
        workspace: &Workspace,
        loaded: &Loaded,
        root: &Root,
        request: &CompileRequest,
    ) -> Result<Answer, Broken> {
        let package = &loaded.listing.packages[root.id];
        if let Some(error) = package.errors.first().or(package.dep_errors.first()) {
            return Err(broken(root, error, package.errors.len()));
        }
        let key = go_tool::cache_key(
            &workspace.go,
            workspace.system,
            &loaded.listing,
            root.id,
            &request.options,
        );
        let kept = workspace.cache.get(workspace.system, &key);
        if let Some(decisions) = kept.and_then(|bytes| Decisions::from_bytes(&bytes).ok()) {
            return Ok((decisions, Some(key)));
        }
        let decisions = compile(workspace, loaded, root, request)?;
        let put = (workspace.cache).put(workspace.system, &key, &decisions.to_bytes());
        let kept = put.unwrap_or_else(|error| {
            tracing::info!("cannot keep the decisions: {error}");
            false
        });
        Ok((decisions, kept.then_some(key)))
    }
}

/// The bounds checks that the compiler keeps in a package. It has to run to its end, unlike for other decisions.
pub(crate) fn bounds_checks(
    workspace: &Workspace,
    loaded: &Loaded,
    root: &Root,
    request: &PackageRequest,
) -> Result<Decisions, Broken> {
    let mut request = CompileRequest::of(request);
    request.options.m_level = 0;
    request.options.json = false;
    (request.options.gcflags).push("-d=ssa/check_bce/debug=1".to_owned());
    let answer = (workspace.source).decisions(workspace, loaded, root, &request);
    answer.map(|(decisions, _)| decisions)
}

/// Compiles the package. What does not compile is an error.
pub(crate) fn log(
    workspace: &Workspace,
    loaded: &Loaded,
    root: &Root,
    options: &CompileOptions,
) -> Result<CompileLog, Broken> {
    let log = go_tool::compile(
        &workspace.go,
        workspace.system,
        workspace.cancel,
        &loaded.listing,
        root.id,
        options,
    )
    .map_err(|error| Broken {
        import_path: root.import_path.clone(),
        path: root.dir.clone(),
        line: 0,
        col: 0,
        message: error.to_string(),
    })?;
    match log.errors.first() {
        Some(error) => Err(broken(root, error, log.errors.len())),
        None => Ok(log),
    }
}

/// Compiles the package and reads the log.
fn compile(
    workspace: &Workspace,
    loaded: &Loaded,
    root: &Root,
    request: &CompileRequest,
) -> Result<Decisions, Broken> {
    let log = log(workspace, loaded, root, &request.options)?;
    let dir = format!("{}/", log.paths.package_dir.display());
    // Bare names lie in the package's folder; absolute ones and names of other things stay as they are.
    let prefixes = [
        ("", dir.as_str()),
        ("/", "/"),
        ("<", "<"),
        (go_tool::CGO_TYPES, go_tool::CGO_TYPES),
    ];
    let (mut decisions, problems) = gc::read_log(&log.log, &prefixes);
    if request.options.json {
        let files: Vec<&[u8]> = (log.json.iter())
            .map(|(_, content)| content.as_slice())
            .collect();
        let (json, _) = gc::read_json(&files, &prefixes);
        gc::join_inline_chains(&mut decisions, &json);
    }
    if let Some(problem) = problems.first() {
        tracing::info!(
            "{}: {} lines of the log not understood, first {problem:?}",
            root.import_path,
            problems.len()
        );
    }
    add_expressions(workspace, root, &mut decisions);
    Ok(decisions)
}

/// Names the subjects by the package's own sources.
pub(crate) fn add_expressions(workspace: &Workspace, root: &Root, decisions: &mut Decisions) {
    let sources: HashMap<String, Expressions> = (root.files.iter())
        .filter_map(|path| {
            let text = workspace.system.read(path).ok()?;
            Some((path.to_string_lossy().into_owned(), Expressions::new(&text)))
        })
        .collect();
    decisions.add_expressions(|path| sources.get(path));
}

fn broken(root: &Root, error: &go_tool::SourceError, count: usize) -> Broken {
    let more = match count {
        0 | 1 => String::new(),
        n => format!(" (and {} more)", n - 1),
    };
    Broken {
        import_path: root.import_path.clone(),
        // The compiler is given names such as `./a.go`.
        path: (error.file.as_ref().unwrap_or(&root.dir))
            .components()
            .collect(),
        line: error.line,
        col: error.column,
        message: format!("{}{more}", error.message),
    }
}
