//! The commands that a client may ask for, by name.

/// Everything known about a line: `[uri, line]`, the line from 1. Answers with the text.
pub(crate) const EXPLAIN: &str = "goperf.explain";
/// Attaches profiles: `[path or URL, …]`, relative to the workspace folder. Replaces those that are attached.
pub(crate) const ATTACH: &str = "goperf.attachProfile";
/// Takes the attached profiles away.
pub(crate) const DETACH: &str = "goperf.detachProfiles";
/// Runs a benchmark and attaches its profiles: `[uri, name]`.
pub(crate) const BENCHMARK: &str = "goperf.runBenchmark";
/// Compares a benchmark with a revision: `[uri, name]`, and the revision if it is not that of the settings. Answers with
/// the text.
pub(crate) const COMPARE: &str = "goperf.compareBenchmark";
/// Puts the fields of a struct into a better order: `[uri, line]`.
pub(crate) const REORDER: &str = "goperf.reorderStruct";

/// All of them.
pub(crate) const COMMANDS: &[&str] = &[EXPLAIN, ATTACH, DETACH, BENCHMARK, COMPARE, REORDER];
