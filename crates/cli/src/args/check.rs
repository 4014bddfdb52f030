//! What `check`, `escape`, `inline` and `explain` take.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use project::{BenchRequest, EvidenceRequest, ProfileSource};

use super::build::BuildArgs;
use super::format::{EngineChoice, ListFormat, finding_format};
use super::service::ServiceArgs;
use super::ui::PagesArgs;

pub(super) const CHECK_EXAMPLES: &str = "\
Examples:
  goperf check ./... -bench .                       run the benchmarks, rank what they show
  goperf check ./... --mem-profile heap.pb.gz       rank by a profile from production
  goperf check ./... --cpu-profile http://localhost:6060   by 30 s of a running service
  goperf check encoding/json -bench 'Code(En|De)coder' -benchtime 2s
  goperf check ./store --all                        everything, also what no profile saw
  goperf check ./... -bench . --format sarif > goperf.sarif
  goperf check ./... -bench . --diff origin/main    a gate: only what is new since then
  goperf check ./... --all --write-baseline         accept what is there; later runs with --baseline FILE
  goperf check ./... --output sarif=goperf.sarif --output gitlab=quality.json
  goperf check ./... -bench . --ui                  and the sources with their costs in the browser
  goperf check ./... -bench . --html report.html    the same as one file that needs no server
  goperf check ./... --fix --diff                   what the safe fixes would change
  goperf check ./... --fix --verify-fix             make them; build, vet and test the packages

Exit status: 0 nothing found, 1 findings, 2 could not run or measure, 3 the Go code does not compile.";

pub(super) const ESCAPE_EXAMPLES: &str = "\
Examples:
  goperf escape ./store                 every value of the package, by function
  goperf escape ./... --heap --why      only what is on the heap, with the flow that puts it there
  goperf escape ./store --func '\\(\\*Store\\)\\.Put' --why
  goperf escape ./... --diff main       what changed since main
  goperf escape -m ./...                the lines of go build -gcflags=-m
  goperf escape -m ./... --engine native   the same from sources, without building anything
  goperf escape ./... --engine both     where the native engine and the compiler differ

Exit status: 0 listed, 1 something new escapes (--diff) or a line of the native engine is not the compiler's
(--engine both), 2 could not run, 3 the Go code does not compile.";

pub(super) const INLINE_EXAMPLES: &str = "\
Examples:
  goperf inline ./store                 every function: inlinable or not, its cost, where it was inlined
  goperf inline ./... --not             only what cannot be inlined, nearest to the budget first
  goperf inline ./store --why --func Get   what each statement of Get costs, and what would be enough
  goperf inline ./... --diff main       what changed since main
  goperf inline ./cmd/api -pgo cpu.pb.gz

Exit status: 0 listed, 1 something stopped being inlinable (--diff), 2 could not run, 3 the Go code
does not compile.";

pub(super) const EXPLAIN_EXAMPLES: &str = "\
Examples:
  goperf explain                        all topics and rules
  goperf explain escape                 a topic: stack, escape, inlining, values, layout, …
  goperf explain GP607                  a rule's page
  goperf explain GP6                    the rules of a group
  goperf explain store/store.go:42      what the compiler decided on that line and what flows through it
  goperf explain store/store.go:42:9 --mem-profile heap.pb.gz";

/// Which packages, built how.
#[derive(Args, Debug, Default)]
pub(crate) struct PackageArgs {
    /// Package patterns as `go list` takes them; without any, the package in the current folder
    #[arg(value_name = "PKG")]
    pub(crate) patterns: Vec<String>,
    /// Work as if started in this folder
    #[arg(short = 'C', long = "dir", value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Build tags, separated by commas
    #[arg(long, value_name = "TAGS")]
    pub(crate) tags: Option<String>,
    /// Look at _test.go files as well
    #[arg(long)]
    pub(crate) tests: bool,
    /// Ask the compiler again even if its answer is known
    #[arg(long)]
    pub(crate) no_cache: bool,
    #[command(flatten)]
    pub(crate) build: BuildArgs,
}

/// Where the evidence comes from.
#[derive(Args, Debug)]
pub(crate) struct EvidenceArgs {
    #[command(flatten)]
    pub(crate) profiles: ProfileArgs,
    #[command(flatten)]
    pub(crate) bench: BenchArgs,
    /// Do not run the benchmarks once more, for a few operations, to count how often statements run
    #[arg(long, help_heading = "Benchmarks")]
    pub(crate) no_cover: bool,
}

impl EvidenceArgs {
    pub(crate) fn request(&self) -> EvidenceRequest {
        let bench = self.bench.request().map(|bench| BenchRequest {
            cover: !self.no_cover,
            ..bench
        });
        EvidenceRequest {
            bench,
            ..self.profiles.evidence(Path::new(""))
        }
    }
}

/// Profiles of the packages.
#[derive(Args, Debug)]
pub(crate) struct ProfileArgs {
    /// A CPU profile of these packages, as file or URL (`http://host:6060` takes 30 s; `…/debug/pprof/profile?seconds=5`);
    /// may be given several times
    #[arg(long, value_name = "FILE|URL")]
    pub(crate) cpu_profile: Vec<PathBuf>,
    /// A heap or allocs profile, as file or URL; may be given several times
    #[arg(long, value_name = "FILE|URL")]
    pub(crate) mem_profile: Vec<PathBuf>,
    /// A block profile, as file or URL: where goroutines were blocked, for how long; may be given several times
    #[arg(long, value_name = "FILE|URL")]
    pub(crate) block_profile: Vec<PathBuf>,
    /// A mutex profile, as file or URL: where goroutines held mutexes that others waited for; may be given several times
    #[arg(long, value_name = "FILE|URL")]
    pub(crate) mutex_profile: Vec<PathBuf>,
    /// A coverage profile of `go test -covermode=count`: how often loops turn and conditions hold
    #[arg(long, value_name = "FILE")]
    pub(crate) cover_profile: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) service: ServiceArgs,
}

impl ProfileArgs {
    /// The profiles, relative to `dir`.
    pub(crate) fn evidence(&self, dir: &Path) -> EvidenceRequest {
        let source = |path: &PathBuf| match ProfileSource::from(path.clone()) {
            ProfileSource::File(path) => ProfileSource::File(dir.join(path)),
            url @ ProfileSource::Service(_) => url,
        };
        EvidenceRequest {
            cpu_profiles: self.cpu_profile.iter().map(source).collect(),
            mem_profiles: self.mem_profile.iter().map(source).collect(),
            block_profiles: self.block_profile.iter().map(source).collect(),
            mutex_profiles: self.mutex_profile.iter().map(source).collect(),
            cover_profiles: (self.cover_profile.iter())
                .map(|path| dir.join(path))
                .collect(),
            access: self.service.access(Duration::from_mins(1)),
            bench: None,
        }
    }
}

/// The benchmarks to run.
#[derive(Args, Debug)]
pub(crate) struct BenchArgs {
    /// Run the benchmarks that match, with CPU and memory profiles
    #[arg(long, value_name = "REGEX", help_heading = "Benchmarks")]
    pub(crate) bench: Option<String>,
    /// Time or number of iterations for each benchmark, such as 2s or 100x
    #[arg(
        long,
        value_name = "T",
        default_value = "1s",
        help_heading = "Benchmarks"
    )]
    pub(crate) benchtime: String,
    /// Run each benchmark that often
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        help_heading = "Benchmarks"
    )]
    pub(crate) count: u32,
    /// Values of GOMAXPROCS, separated by commas
    #[arg(long, value_name = "N,M", help_heading = "Benchmarks")]
    pub(crate) cpu: Option<String>,
    /// Also run the tests that match; without it none
    #[arg(long, value_name = "REGEX", help_heading = "Benchmarks")]
    pub(crate) run: Option<String>,
    /// Memory is always measured
    #[arg(long, hide = true)]
    pub(crate) benchmem: bool,
    /// Give up on a package's benchmarks after this long, such as 90s or 10m
    #[arg(long, value_name = "T", default_value = "10m", value_parser = crate::duration::parse, help_heading = "Benchmarks")]
    pub(crate) timeout: Duration,
    /// Sample one allocation in so many bytes; 1 samples all
    #[arg(
        long,
        value_name = "BYTES",
        default_value_t = 4096,
        help_heading = "Benchmarks"
    )]
    pub(crate) mem_profile_rate: u32,
}

impl BenchArgs {
    /// `None` unless benchmarks are asked for.
    pub(crate) fn request(&self) -> Option<BenchRequest> {
        Some(BenchRequest {
            pattern: self.bench.clone()?,
            benchtime: self.benchtime.clone(),
            count: self.count,
            cpu: self.cpu.clone(),
            run: self.run.clone(),
            timeout: self.timeout,
            mem_profile_rate: self.mem_profile_rate,
            cover: false,
            keep: None,
        })
    }
}

#[expect(clippy::struct_excessive_bools, reason = "flags")]
#[derive(Args, Debug)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) packages: PackageArgs,
    #[command(flatten)]
    pub(crate) evidence: EvidenceArgs,
    /// How to print the findings
    #[arg(long, value_name = "FORMAT", value_parser = finding_format(), default_value = "full")]
    pub(crate) format: diag::Format,
    /// Write the findings also to a file, in another format; may be given several times
    #[arg(long, value_name = "FORMAT=FILE", value_parser = parse_output)]
    pub(crate) output: Vec<OutputFile>,
    /// Show everything, also what no profile saw
    #[arg(long)]
    pub(crate) all: bool,
    /// Show at most this many findings (0: no limit) [default: 25]
    #[arg(long, value_name = "N")]
    pub(crate) top: Option<usize>,
    /// Leave out findings that score less (0 to 100) [default: 0.2]
    #[arg(long, value_name = "SCORE")]
    pub(crate) min_score: Option<f64>,
    /// Only these rules: ids, names or prefixes of ids (GP6)
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(crate) select: Vec<String>,
    /// Not these rules
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// Only what is new since this git revision: findings, and decisions of the compiler for the worse. Without a
    /// revision, or beside --fix: show the fixes as a diff
    #[arg(long, value_name = "REV", num_args = 0..=1, default_missing_value = "")]
    pub(crate) diff: Option<String>,
    /// Only what is new since this git revision
    #[arg(long, value_name = "REV", conflicts_with = "diff")]
    pub(crate) new_from_rev: Option<String>,
    /// Exit with 0 even if there are findings
    #[arg(long)]
    pub(crate) exit_zero: bool,
    #[command(flatten)]
    pub(crate) pages: PagesArgs,
    /// Leave out the findings that this file knows, unless they are worse now
    #[arg(long, value_name = "FILE", help_heading = "Baseline")]
    pub(crate) baseline: Option<PathBuf>,
    /// Write what is found now as known [default: the baseline of the settings, or goperf-baseline.json]
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "", help_heading = "Baseline")]
    pub(crate) write_baseline: Option<String>,
    /// Take out of the baseline what is no longer found
    #[arg(long, help_heading = "Baseline")]
    pub(crate) prune_baseline: bool,
    /// Take the settings from this file instead of the nearest goperf.toml
    #[arg(long, value_name = "FILE", help_heading = "Settings")]
    pub(crate) config: Option<PathBuf>,
    /// Take no settings from files
    #[arg(long, conflicts_with = "config", help_heading = "Settings")]
    pub(crate) no_config: bool,
    /// Print the settings that hold, as goperf.toml
    #[arg(long, help_heading = "Settings")]
    pub(crate) show_config: bool,
    /// Print the JSON schema of goperf.toml
    #[arg(long, hide = true)]
    pub(crate) config_schema: bool,
    /// Print a goperf.toml that asks for what a .golangci.yml asks for
    #[arg(long, value_name = "FILE", help_heading = "Settings")]
    pub(crate) import_config: Option<PathBuf>,
    /// Make the fixes that keep behavior for every input
    #[arg(long, help_heading = "Fixes")]
    pub(crate) fix: bool,
    /// Make also the fixes that may change behavior as their messages say
    #[arg(long, help_heading = "Fixes")]
    pub(crate) unsafe_fixes: bool,
    /// After the fixes: build, vet and test the packages, and undo the fixes if that fails
    #[arg(long, help_heading = "Fixes")]
    pub(crate) verify_fix: bool,
}

/// A file that findings are written to.
#[derive(Clone, Debug)]
pub(crate) struct OutputFile {
    pub(crate) format: diag::Format,
    pub(crate) path: PathBuf,
}

fn parse_output(text: &str) -> Result<OutputFile, String> {
    let Some((format, path)) = text.split_once('=').filter(|(_, path)| !path.is_empty()) else {
        return Err("a format and a file are wanted, such as `sarif=goperf.sarif`".to_owned());
    };
    Ok(OutputFile {
        format: format.parse()?,
        path: PathBuf::from(path),
    })
}

impl CheckArgs {
    /// A value of `--diff` that is a package pattern: the flag then stands without a revision.
    pub(crate) fn pattern_of_diff(&self) -> Option<&str> {
        let fixes = self.fix || self.unsafe_fixes || self.verify_fix;
        self.diff.as_deref().filter(|value| {
            let is_pattern =
                value.starts_with('.') || value.starts_with('/') || value.contains("...");
            !value.is_empty() && (fixes || is_pattern)
        })
    }

    /// Whether fixes are to be made or shown.
    pub(crate) fn wants_fixes(&self) -> bool {
        self.fix || self.unsafe_fixes || self.verify_fix || self.shows_fixes()
    }

    /// Whether fixes are shown rather than written.
    pub(crate) fn shows_fixes(&self) -> bool {
        self.diff.as_deref() == Some("") || self.pattern_of_diff().is_some()
    }

    /// The revision to compare with.
    pub(crate) fn since(&self) -> Option<&str> {
        let diff = self.diff.as_deref().filter(|_| !self.shows_fixes());
        diff.or(self.new_from_rev.as_deref())
    }
}

#[derive(Args, Debug)]
pub(crate) struct EscapeArgs {
    #[command(flatten)]
    pub(crate) packages: PackageArgs,
    /// Only functions whose name matches
    #[arg(long = "func", value_name = "REGEX")]
    pub(crate) function: Option<String>,
    /// Only this file, or this line of it (FILE or FILE:LINE)
    #[arg(long, value_name = "FILE[:LINE]")]
    pub(crate) at: Option<String>,
    /// Only what is on the heap
    #[arg(long)]
    pub(crate) heap: bool,
    /// With inlining off, as `-gcflags=-l`
    #[arg(short = 'l', long)]
    pub(crate) no_inlining: bool,
    /// Show the flow that keeps each value alive
    #[arg(long)]
    pub(crate) why: bool,
    /// Print what `go build -gcflags=-m` prints, packages by import path; with `-m=2` also refusals and costs of
    /// inlining, and the paths of what escapes
    #[arg(
        short = 'm',
        value_name = "LEVEL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "1",
        value_parser = clap::value_parser!(u8).range(1..=2),
        conflicts_with_all = ["diff", "why", "heap", "at", "function", "format"]
    )]
    pub(crate) log: Option<u8>,
    /// Who answers
    #[arg(
        long,
        value_enum,
        value_name = "ENGINE",
        default_value_t,
        conflicts_with = "diff"
    )]
    pub(crate) engine: EngineChoice,
    /// Show what changed since this git revision
    #[arg(long, value_name = "REV")]
    pub(crate) diff: Option<String>,
    /// How to print
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = ListFormat::Text)]
    pub(crate) format: ListFormat,
}

#[derive(Args, Debug)]
pub(crate) struct InlineArgs {
    #[command(flatten)]
    pub(crate) packages: PackageArgs,
    /// Only functions whose name matches
    #[arg(long = "func", value_name = "REGEX")]
    pub(crate) function: Option<String>,
    /// Only what cannot be inlined, nearest to the budget first
    #[arg(long)]
    pub(crate) not: bool,
    /// What each statement costs, and the smallest ones whose removal is enough
    #[arg(long, conflicts_with_all = ["diff", "no_inlining"])]
    pub(crate) why: bool,
    /// Who answers
    #[arg(
        long,
        value_enum,
        value_name = "ENGINE",
        default_value_t,
        conflicts_with = "diff"
    )]
    pub(crate) engine: EngineChoice,
    /// With inlining off, as `-gcflags=-l`
    #[arg(short = 'l', long)]
    pub(crate) no_inlining: bool,
    /// Show what changed since this git revision
    #[arg(long, value_name = "REV")]
    pub(crate) diff: Option<String>,
    /// How to print
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = ListFormat::Text)]
    pub(crate) format: ListFormat,
}

#[derive(Args, Debug)]
pub(crate) struct ExplainArgs {
    /// A topic (escape), a rule (GP607, dynamic-make), a group of rules (GP6), or a line (FILE:LINE or FILE:LINE:COL)
    pub(crate) what: Option<String>,
    #[command(flatten)]
    pub(crate) profiles: ProfileArgs,
    /// Ask the compiler again even if its answer is known
    #[arg(long)]
    pub(crate) no_cache: bool,
}
