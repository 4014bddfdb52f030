//! The figures of the rules' pages, measured again.
//!
//! A rule's claim is a table in its page. The benchmark source beside the page, `<rule>.go`, has one benchmark for each
//! figure of the tables, in the same order. Allocations have to be equal; times are compared by their ratio to the first
//! figure of the row, or of the table where a row has one figure.

mod page;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use base::System as _;
use base::system::Command;

use crate::repo::Repo;
use crate::toolchain;
use page::{Figure, Page};

const RULES: &str = "crates/lint/src/rules";

/// How often a page is measured again whose figures do not hold.
const RETRIES: usize = 2;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Ids or names; all rules without
    rules: Vec<String>,
    /// The Go version that measures
    #[arg(long, default_value = toolchain::PINNED)]
    go: String,
    /// How long each benchmark runs, of which the fastest of three counts
    #[arg(long, default_value = "100ms")]
    benchtime: String,
    /// Write what was measured into the pages
    #[arg(long)]
    update: bool,
}

/// A page and the benchmarks of its figures.
struct Fact {
    /// `GP304 hot-error`
    title: String,
    stem: String,
    page_path: PathBuf,
    page: Page,
    /// Source and names of the benchmarks; `None`: the page has figures and nothing that measures them.
    benchmarks: Option<(String, Vec<String>)>,
}

pub(crate) fn run(args: &Args, repo: &Repo) -> anyhow::Result<()> {
    let facts = facts(args, repo)?;
    if facts.is_empty() {
        bail!("no page with figures has such an id or name");
    }
    let go = toolchain::find(repo, &args.go)?;
    let folder = repo.system.temp_dir("goperf-facts-")?;
    let mut broken = 0;
    let mut without = Vec::new();
    for fact in &facts {
        let Some((source, names)) = &fact.benchmarks else {
            without.push(fact.title.as_str());
            continue;
        };
        let measure = || measure(args, repo, &go, folder.path(), fact, source, names);
        let mut measured = measure()?;
        // What another program slowed down is faster the next time.
        for _ in 0..RETRIES {
            if args.update || fact.page.compare(&measured).is_empty() {
                break;
            }
            let again = measure()?;
            measured = (measured.iter().zip(&again))
                .map(|(a, b)| a.min(b))
                .collect();
        }
        if args.update {
            let text = fact.page.with_figures(&measured);
            repo.system.write(&fact.page_path, text.as_bytes())?;
            println!("{}: {} figures written", fact.title, measured.len());
        } else {
            broken += report(fact, &measured);
        }
    }
    if !without.is_empty() {
        println!("without benchmarks: {}", without.join(", "));
    }
    if broken > 0 {
        bail!("{broken} figures no longer hold with Go {}", args.go);
    }
    Ok(())
}

/// How many figures do not hold, which are printed.
fn report(fact: &Fact, measured: &[Figure]) -> usize {
    let wrong = fact.page.compare(measured);
    println!(
        "{}: {} of {} figures hold",
        fact.title,
        measured.len() - wrong.len(),
        measured.len()
    );
    for (at, why) in &wrong {
        let entry = &fact.page.entries[*at];
        println!(
            "  {}: the page says {}, measured {}: {why}",
            entry.label, entry.figure, measured[*at]
        );
    }
    wrong.len()
}

fn facts(args: &Args, repo: &Repo) -> anyhow::Result<Vec<Fact>> {
    let mut facts = Vec::new();
    for path in repo.system.read_dir(&repo.path(RULES))? {
        if path.extension().is_none_or(|it| it != "md") {
            continue;
        }
        let text = repo.system.read_to_string(&path)?;
        let title = text.lines().next().unwrap_or_default();
        let title = title.trim_start_matches("# ").to_owned();
        let is_asked = args.rules.is_empty()
            || (title.split(' '))
                .any(|word| args.rules.iter().any(|it| it.eq_ignore_ascii_case(word)));
        let page = Page::read(&text);
        let source = repo.system.read_to_string(&path.with_extension("go")).ok();
        if !is_asked || page.entries.is_empty() && source.is_none() {
            continue;
        }
        let names = source.as_deref().map(benchmark_names);
        if let Some(names) = &names
            && names.len() != page.entries.len()
        {
            bail!(
                "{title}: {} figures and {} benchmarks",
                page.entries.len(),
                names.len()
            );
        }
        facts.push(Fact {
            title,
            stem: path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            page_path: path,
            page,
            benchmarks: source.zip(names),
        });
    }
    facts.sort_by(|a, b| a.title.cmp(&b.title));
    Ok(facts)
}

/// In source order.
fn benchmark_names(source: &str) -> Vec<String> {
    let names = source.lines().filter_map(|line| {
        let rest = line.strip_prefix("func Benchmark")?;
        Some(format!("Benchmark{}", rest.split('(').next()?))
    });
    names.collect()
}

/// The least of three runs of each benchmark, in the order of `names`.
fn measure(
    args: &Args,
    repo: &Repo,
    go: &Path,
    folder: &Path,
    fact: &Fact,
    source: &str,
    names: &[String],
) -> anyhow::Result<Vec<Figure>> {
    let folder = folder.join(&fact.stem);
    let minor: Vec<&str> = args.go.split('.').take(2).collect();
    let module = format!("module facts\n\ngo {}\n", minor.join("."));
    repo.system.create_dir_all(&folder)?;
    repo.system
        .write(&folder.join("go.mod"), module.as_bytes())?;
    repo.system
        .write(&folder.join("facts_test.go"), source.as_bytes())?;
    let command = Command::new(go)
        .args([
            "test",
            "-run",
            "^$",
            "-bench",
            ".",
            "-benchmem",
            "-count",
            "3",
        ])
        .args(["-benchtime", &args.benchtime])
        .current_dir(&folder);
    let output = repo.output(&toolchain::with_go(repo, go, command))?;
    let results = read_results(&output);
    let figures = names.iter().map(|name| results.get(name).copied());
    (figures.collect::<Option<_>>()).with_context(|| format!("{}: a benchmark failed", fact.title))
}

fn read_results(output: &str) -> BTreeMap<String, Figure> {
    let mut all: BTreeMap<String, Figure> = BTreeMap::new();
    for line in output.lines().filter(|line| line.starts_with("Benchmark")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let value = |unit: &str| -> Option<f64> {
            let at = words.iter().position(|word| *word == unit)?;
            words.get(at.checked_sub(1)?)?.parse().ok()
        };
        let (Some(nanos), Some(bytes), Some(allocs)) =
            (value("ns/op"), value("B/op"), value("allocs/op"))
        else {
            continue;
        };
        let name = words[0].split('-').next().unwrap_or_default().to_owned();
        let figure = Figure {
            nanos: Some(nanos),
            bytes: Some(bytes),
            allocs: Some(allocs),
        };
        let least = all.entry(name).or_insert(figure);
        *least = least.min(&figure);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every benchmark source fits its page; that they are true is what the task measures.
    #[test]
    fn pages_have_a_figure_for_each_benchmark() {
        let repo = Repo::unguarded();
        let args = Args {
            rules: Vec::new(),
            go: String::new(),
            benchtime: String::new(),
            update: false,
        };
        let facts = facts(&args, &repo).unwrap();
        assert!(facts.iter().filter(|it| it.benchmarks.is_some()).count() > 10);
    }

    #[test]
    fn results_are_the_least_of_their_runs() {
        let output = "goos: linux\nBenchmarkA-2  100  20.0 ns/op  16 B/op  1 allocs/op\n\
                      BenchmarkA-2  100  18.0 ns/op  16 B/op  1 allocs/op\nPASS\n";
        let results = read_results(output);
        assert_eq!(results["BenchmarkA"].nanos, Some(18.0));
        assert_eq!(results.len(), 1);
    }

    #[test]
    fn benchmarks_are_read_in_order() {
        let source = "func help() {}\nfunc BenchmarkB(b *testing.B) {\nfunc BenchmarkA(b *testing.B) { x() }\n";
        assert_eq!(benchmark_names(source), ["BenchmarkB", "BenchmarkA"]);
    }
}
