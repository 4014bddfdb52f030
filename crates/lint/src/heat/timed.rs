//! What benchmarks time, by their source: the lines of their loops.
//!
//! Below a frame of a test file that stands before such a loop lies set-up: it runs once for a benchmark, not once
//! for an operation.

use std::collections::HashMap;
use std::path::Path;

use go_syntax::{ExprKind, File, Node, StmtKind};

use crate::functions::{Functions, SourceFunction};

/// The timed lines of test files.
#[derive(Clone, Debug, Default)]
pub struct TimedCode {
    /// By import path and base name of the file.
    files: HashMap<(String, String), TestFile>,
}

#[derive(Clone, Debug, Default)]
struct TestFile {
    functions: Vec<Times>,
}

/// Lines of a function that has a timed part, all inclusive.
#[derive(Clone, Debug)]
struct Times {
    start: u32,
    last: u32,
    /// Loops over `b.N`, `b.Loop()` and `pb.Next()`, and calls of `b.Run` and `b.RunParallel`.
    timed: Vec<(u32, u32)>,
    /// From a call of `b.StopTimer` to the next of `b.StartTimer`, within a loop.
    stopped: Vec<(u32, u32)>,
}

impl TimedCode {
    /// Adds a test file of the package with that import path.
    pub fn add(&mut self, import_path: &str, path: &Path, file: &File) {
        let Some(base) = path.file_name() else { return };
        let functions = Functions::new([Some(file)]);
        let functions: Vec<Times> = (functions.iter())
            .map(|(_, function)| times(file, function))
            .collect();
        if functions.iter().any(|times| !times.timed.is_empty()) {
            let key = (import_path.to_owned(), base.to_string_lossy().into_owned());
            self.files.insert(key, TestFile { functions });
        }
    }

    /// Whether a frame of a test file stands in the set-up of a benchmark. `start` is the line of the function's
    /// `func` as the profile has it, 0 if it has none; where the source has it elsewhere, nothing is known.
    pub(super) fn is_setup(&self, symbol: &str, path: &str, start: i64, line: i64) -> bool {
        let (package, _) = profile::split_symbol(symbol);
        let package = profile::unescape_path(package);
        let base = path.rsplit(['/', '\\']).next().unwrap_or(path);
        // The tests of a package may be a package of their own.
        let paths = [Some(package.as_str()), package.strip_suffix("_test")];
        let file = paths
            .into_iter()
            .flatten()
            .find_map(|package| self.files.get(&(package.to_owned(), base.to_owned())));
        let (Some(file), Ok(line)) = (file, u32::try_from(line)) else {
            return false;
        };
        let is_it = |it: &&Times| {
            let is_named = start <= 0 || i64::from(it.start) == start;
            is_named && it.start <= line && line <= it.last
        };
        (file.functions.iter().filter(is_it))
            .min_by_key(|it| it.last - it.start)
            .is_some_and(|it| it.is_setup(line))
    }
}

impl Times {
    fn is_setup(&self, line: u32) -> bool {
        let covers = |ranges: &[(u32, u32)]| {
            (ranges.iter()).any(|(first, last)| *first <= line && line <= *last)
        };
        // What follows the last loop is counted as before: benchmarks may check there what the loop made.
        let is_before = self.timed.iter().any(|(first, _)| line < *first);
        (is_before && !covers(&self.timed)) || covers(&self.stopped)
    }
}

fn times(file: &File, function: &SourceFunction) -> Times {
    let mut times = Times {
        start: function.start.line,
        last: function.last,
        timed: Vec::new(),
        stopped: Vec::new(),
    };
    let Some(body) = function.body else {
        return times;
    };
    let lines = |node: Node| {
        let range = file.ast.range(node);
        let line = |at: u32| file.lines.line_col(at).line;
        (line(range.start), line(range.end.saturating_sub(1)))
    };
    let mut stop = None;
    file.ast.walk(body, |node| {
        match node {
            // A literal is a function of its own.
            Node::Expr(id) if matches!(file.ast.expr(id).kind, ExprKind::FuncLit { .. }) => {
                return false;
            }
            Node::Stmt(id) => match file.ast.stmt(id).kind {
                StmtKind::For { body, .. } | StmtKind::Range { body, .. } => {
                    let (start, end) = (file.ast.range(node).start, file.ast.range(body).start);
                    let header = file.text(base::TextRange::new(start, end));
                    if is_timed(header) {
                        times.timed.push(lines(node));
                    }
                }
                StmtKind::Expr(call) => match called(file, call) {
                    Some("Run" | "RunParallel") => times.timed.push(lines(node)),
                    Some("StopTimer") => stop = Some(lines(node).0),
                    Some("StartTimer") => {
                        if let Some(first) = stop.take() {
                            times.stopped.push((first, lines(node).1));
                        }
                    }
                    _ => {}
                },
                _ => {}
            },
            _ => {}
        }
        true
    });
    // A timer that stops before the loop and starts in front of it changes nothing.
    let of_loop = |range: &(u32, u32)| {
        (times.timed.iter()).any(|(first, last)| *first <= range.0 && range.1 <= *last)
    };
    let stopped: Vec<(u32, u32)> = (times.stopped.iter().copied()).filter(of_loop).collect();
    times.stopped = stopped;
    times
}

/// Whether the header of a loop mentions `b.N`, `b.Loop()` or `pb.Next()`.
fn is_timed(header: &str) -> bool {
    let mut rest = header;
    while let Some(at) = rest.find(".N") {
        rest = &rest[at + 2..];
        let next = rest.chars().next();
        if !next.is_some_and(|next| next.is_alphanumeric() || next == '_') {
            return true;
        }
        if rest.starts_with("ext()") {
            return true;
        }
    }
    header.contains(".Loop()")
}

/// The method that a statement calls.
fn called(file: &File, call: go_syntax::ExprId) -> Option<&str> {
    let ExprKind::Call { fun, .. } = file.ast.expr(file.ast.unparen(call)).kind else {
        return None;
    };
    match file.ast.expr(file.ast.unparen(fun)).kind {
        ExprKind::Selector { sel, .. } => Some(file.ast.name(sel).as_str()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_the_loop_is_set_up() {
        let text = b"package p
func BenchmarkA(b *testing.B) {
	s := make([]int, 9)
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		work(s)
		b.StopTimer()
		s = next()
		b.StartTimer()
	}
	check(s)
}
func BenchmarkB(b *testing.B) {
	s := load()
	b.Run(\"x\", func(b *testing.B) {
		t := load()
		for b.Loop() {
			work(t)
		}
	})
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			work(s)
		}
	})
}
func helper() {
	for _, n := range c.Names {
		work(n)
	}
}
";
        let (file, problems) = go_syntax::parse(text);
        assert!(problems.is_empty(), "{problems:?}");
        let mut timed = TimedCode::default();
        timed.add("m/p", Path::new("/x/p_test.go"), &file);
        let setup: Vec<i64> = (1..40)
            .filter(|line| timed.is_setup("m/p.BenchmarkX", "/y/p_test.go", 0, *line))
            .collect();
        // The lines on which function literals begin are taken to be theirs.
        assert_eq!(setup, [2, 3, 4, 7, 8, 9, 13, 14, 15, 16, 21]);
        assert!(!timed.is_setup("m/p.BenchmarkB", "p_test.go", 13, 21));
        // Of the tests of a package of their own; of a function that has moved; of another file.
        assert!(timed.is_setup("m/p_test.BenchmarkA", "p_test.go", 2, 3));
        assert!(!timed.is_setup("m/p.BenchmarkA", "p_test.go", 1, 3));
        assert!(!timed.is_setup("m/p.BenchmarkA", "q_test.go", 2, 3));
    }
}
