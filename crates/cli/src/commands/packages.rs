//! What `escape` and `inline` share: packages and the compiler's decisions about them.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail};
use diag::PathNames;
use lint::CheckedPackage;
use project::{Analysis, Broken, Loaded, PackageRequest, Workspace};

use super::Context;
use crate::args::check::PackageArgs;
use crate::args::format::ListFormat;
use crate::{ExitStatus, Output, progress};

/// How the packages are compiled.
#[derive(Clone, Debug, Default)]
pub(crate) struct Build {
    pub(crate) no_inlining: bool,
    pub(crate) inline_chains: bool,
    /// Further flags of the go command.
    pub(crate) flags: Vec<String>,
}

/// The decisions about the packages of a command line.
pub(crate) struct Compiled<'a> {
    /// The packages and all that they import.
    pub(crate) loaded: Loaded,
    pub(crate) workspace: Workspace<'a>,
    pub(super) analysis: Analysis,
}

/// One package with its decisions.
pub(crate) struct One<'a> {
    pub(crate) package: &'a CheckedPackage,
    pub(crate) decisions: std::sync::Arc<gc::Decisions>,
}

/// A place on the command line: `FILE`, `FILE:LINE` or `FILE:LINE:COL`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct At {
    pub(crate) path: PathBuf,
    pub(crate) line: Option<u32>,
    pub(crate) col: Option<u32>,
}

pub(crate) fn workspace<'a>(
    args: &PackageArgs,
    context: &Context<'a>,
) -> anyhow::Result<Workspace<'a>> {
    let workspace = Workspace::open(
        context.system,
        context.cancel,
        context.global.go.as_deref(),
        &folder(args.dir.as_deref(), context)?,
        !args.no_cache,
    )?;
    Ok(workspace)
}

/// The folder the command works in: the current one, or that of `-C`.
pub(crate) fn folder(dir: Option<&Path>, context: &Context) -> anyhow::Result<PathBuf> {
    let current = context
        .system
        .current_dir()
        .context("failed to find the current folder")?;
    let Some(dir) = dir else {
        return Ok(current);
    };
    let dir = current.join(dir);
    if !context.system.is_dir(&dir) {
        bail!("no folder {}", dir.display());
    }
    Ok(dir)
}

pub(crate) fn request(args: &PackageArgs, build: &Build) -> PackageRequest {
    PackageRequest {
        patterns: args.patterns.clone(),
        tags: args.tags.clone(),
        tests: args.tests,
        flags: [args.build.module_flags(), build.flags.clone()].concat(),
        race: args.build.race,
        no_inlining: build.no_inlining,
        pgo: args.build.pgo.clone(),
        inline_chains: build.inline_chains,
    }
}

pub(crate) fn analyse<'a>(
    args: &PackageArgs,
    build: &Build,
    context: &Context<'a>,
    output: &Output,
) -> anyhow::Result<Compiled<'a>> {
    let workspace = workspace(args, context)?;
    let request = request(args, build);
    let loaded = workspace.load(&request)?;
    let analysis = progress::with(output, |events| {
        project::analyse(&workspace, &loaded, &request, events)
    })?;
    Ok(Compiled {
        loaded,
        workspace,
        analysis,
    })
}

impl Compiled<'_> {
    /// The packages with their decisions, in the order of their import paths.
    pub(crate) fn packages(&self) -> impl Iterator<Item = One<'_>> {
        self.analysis.analysed.iter().filter_map(|analysed| {
            let decisions = analysed.decisions(&self.workspace)?;
            let package = self.analysis.packages.get(base::Idx::index(analysed.id))?;
            Some(One { package, decisions })
        })
    }

    pub(crate) fn count(&self) -> usize {
        self.analysis.analysed.len()
    }

    /// Says what did not compile.
    pub(crate) fn finish(&self, output: &mut Output) -> anyhow::Result<ExitStatus> {
        report_broken(&self.analysis.broken, &self.workspace.path_names(), output)
    }
}

pub(crate) fn report_broken(
    broken: &[Broken],
    names: &PathNames,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    for one in broken {
        let place = if one.line > 0 {
            format!("{}:{}:{}: ", names.show(&one.path), one.line, one.col)
        } else {
            String::new()
        };
        writeln!(
            output.err,
            "goperf: {} does not compile: {place}{}",
            one.import_path, one.message
        )?;
    }
    Ok(if broken.is_empty() {
        ExitStatus::Success
    } else {
        ExitStatus::BrokenCode
    })
}

/// Prints what is known of packages as one JSON object.
pub(crate) fn print_json(
    packages: &[serde_json::Value],
    output: &mut Output,
) -> anyhow::Result<()> {
    let document = serde_json::json!({"version": JSON_VERSION, "packages": packages});
    writeln!(output.out, "{}", serde_json::to_string_pretty(&document)?)?;
    Ok(())
}

/// Version of the JSON object that `escape` and `inline` print.
const JSON_VERSION: u32 = 1;

/// Refuses the formats of findings for a list, which contains none.
pub(crate) fn check_format(format: ListFormat, is_diff: bool) -> anyhow::Result<()> {
    if let (false, Some(format)) = (is_diff, format.of_findings()) {
        let name = format.name();
        bail!("`--format {name}` is for changes: it needs `--diff REV`");
    }
    Ok(())
}

/// A regular expression over function names, in Go's dialect.
pub(crate) fn function_regex(text: &str) -> anyhow::Result<regex::Regex> {
    base::go_regexp::compile(text).with_context(|| format!("`{text}` is not a regular expression"))
}

impl At {
    /// Reads `FILE[:LINE[:COL]]`; also a file that the answers call by a name (`$GOROOT/src/…`).
    pub(crate) fn parse(text: &str, args: &PackageArgs, context: &Context) -> anyhow::Result<Self> {
        let folder = folder(args.dir.as_deref(), context)?;
        let mut at = Self::parse_in(text, &folder);
        if text.starts_with('$') && !context.system.is_file(&at.path) {
            let names = workspace(args, context)?.path_names();
            let below = at.path.strip_prefix(&folder).ok();
            let named = below.and_then(|text| names.find(&text.to_string_lossy()));
            at.path = named.unwrap_or(at.path);
        }
        Ok(at)
    }

    /// Reads `FILE[:LINE[:COL]]`; relative paths are relative to `dir`.
    pub(crate) fn parse_in(text: &str, dir: &Path) -> Self {
        let number = |text: &str| text.parse::<u32>().ok().filter(|n| *n > 0);
        let mut path = text;
        let mut numbers = Vec::new();
        while numbers.len() < 2
            && let Some((before, last)) = path.rsplit_once(':')
            && let Some(n) = number(last)
        {
            numbers.insert(0, n);
            path = before;
        }
        Self {
            path: clean(&dir.join(path)),
            line: numbers.first().copied(),
            col: numbers.get(1).copied(),
        }
    }

    pub(crate) fn is_file(&self, path: &Path) -> bool {
        self.path == path || path.ends_with(&self.path)
    }

    pub(crate) fn is_line(&self, line: u32) -> bool {
        self.line.is_none_or(|wanted| wanted == line)
    }
}

/// A path without `.` and `..`, which the listed paths of packages do not have.
fn clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_from_their_end() {
        let parse = |text| {
            let at = At::parse_in(text, Path::new("/m"));
            (at.path.display().to_string(), at.line, at.col)
        };
        assert_eq!(parse("a.go"), ("/m/a.go".into(), None, None));
        assert_eq!(parse("s/a.go:4"), ("/m/s/a.go".into(), Some(4), None));
        assert_eq!(parse("./s/../a.go:4"), ("/m/a.go".into(), Some(4), None));
        assert_eq!(parse("/x/a.go:4:9"), ("/x/a.go".into(), Some(4), Some(9)));
        assert_eq!(parse("a:b.go:x"), ("/m/a:b.go:x".into(), None, None));
    }
}
