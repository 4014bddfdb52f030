//! One benchmark of the work tree beside a revision, as an editor asks for it.

use std::path::PathBuf;
use std::time::Duration;

use base::{Cancellation, System};
use bench::ab::{self, AbOptions};

use super::{ComparisonError, ComparisonRequest, SideSpec, Sides, compare};
use crate::events::Events;

/// A benchmark, and what to compare it with.
#[derive(Clone, Debug)]
pub struct BenchmarkRequest {
    /// The folder of its package. Absolute.
    pub dir: PathBuf,
    /// The go command to use instead of the one on PATH.
    pub go: Option<PathBuf>,
    pub tags: Option<String>,
    /// Of the function.
    pub name: String,
    /// A git revision.
    pub revision: String,
}

/// Longer than somebody at an editor waits is not measured.
const BUDGET: Duration = Duration::from_mins(2);

/// Compares what is saved with a revision; the result as text, a table with the cause of each change.
pub fn compare_benchmark(
    system: &dyn System,
    cancel: &Cancellation,
    request: &BenchmarkRequest,
    events: Events,
) -> Result<String, ComparisonError> {
    let options = AbOptions {
        bench: format!("^{}$", request.name),
        budget: BUDGET,
        ..AbOptions::default()
    };
    let old = SideSpec {
        revision: Some(request.revision.clone()),
        flags: Vec::new(),
    };
    let comparison = ComparisonRequest {
        dir: request.dir.clone(),
        go: request.go.clone(),
        sides: Sides::Builds {
            old,
            new: SideSpec::default(),
        },
        patterns: Vec::new(),
        tags: request.tags.clone(),
        flags: Vec::new(),
        options,
        layouts: 1,
        counts: false,
        explain: true,
        strict: false,
    };
    let found = compare(system, cancel, &comparison, events)?;
    let [old, new] = &found.names;
    let report = found.report(&comparison.options);
    Ok(format!(
        "{}: {new} compared with {old}\n\n{}",
        request.name,
        ab::text(&report)
    ))
}
