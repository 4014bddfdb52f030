//! Which code each benchmark reaches, and how often: one run of one operation with counting coverage.

use std::collections::BTreeMap;

use bench::ab::exactly;
use bench::run::RunOptions;
use go_tool::TestBinary;

use super::TuneError;
use crate::workspace::Workspace;

/// A block of statements that ran.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Block {
    /// Lines, from 1; both included.
    pub(super) first: u32,
    pub(super) last: u32,
    pub(super) count: u64,
    /// Columns of its ends, which tell blocks on the same lines apart.
    at: (u32, u32),
}

/// The blocks that ran, by file as coverage profiles name it.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(super) struct Coverage(BTreeMap<String, Vec<Block>>);

/// Operations of the second run. What runs once before the loop then runs twice at most, what the loop runs so often.
const MANY: u64 = 20;
/// Operations that take longer are run once, in seconds: what runs before the loop counts then too.
const SLOW: f64 = 0.1;

impl Coverage {
    /// Runs a few operations of a benchmark in a program that was built to count. `None` if it leaves no profile.
    pub(super) fn of(
        workspace: &Workspace,
        binary: &TestBinary,
        benchmark: &str,
        seconds_per_op: f64,
    ) -> Result<Option<Self>, TuneError> {
        let Some(once) = run(workspace, binary, benchmark, 1)? else {
            return Ok(None);
        };
        if seconds_per_op > SLOW {
            return Ok(Some(once));
        }
        let many = run(workspace, binary, benchmark, MANY)?;
        Ok(Some(
            many.map_or_else(|| once.clone(), |many| many.of_loop(&once)),
        ))
    }

    /// What the loop runs: so much more often over many operations than over one.
    fn of_loop(mut self, once: &Self) -> Self {
        for (file, blocks) in &mut self.0 {
            let before = once.0.get(file).map_or(&[][..], Vec::as_slice);
            for block in blocks.iter_mut() {
                let same =
                    |it: &&Block| (it.first, it.last, it.at) == (block.first, block.last, block.at);
                let count = before.iter().find(same).map_or(0, |it| it.count);
                block.count = if block.count > 2 * count {
                    block.count - count
                } else {
                    0
                };
            }
            blocks.retain(|block| block.count > 0);
        }
        self
    }

    /// Reads the text form of coverage profiles: `file:line.col,line.col statements count`.
    fn parse(text: &str) -> Self {
        let mut all: BTreeMap<String, Vec<Block>> = BTreeMap::new();
        for line in text.lines() {
            if let Some((file, block)) = parse_line(line)
                && block.count > 0
            {
                all.entry(file.to_owned()).or_default().push(block);
            }
        }
        Self(all)
    }

    /// Whether any statement of these lines ran.
    pub(super) fn reaches(&self, file: &str, first: u32, last: u32) -> bool {
        let blocks = self.0.get(file).map_or(&[][..], Vec::as_slice);
        blocks
            .iter()
            .any(|block| block.first <= last && first <= block.last)
    }

    /// How often a line ran: the block that begins last of those around it.
    pub(super) fn count_at(&self, file: &str, line: u32) -> Option<u64> {
        let blocks = self.0.get(file)?.iter();
        let around = blocks.filter(|block| block.first <= line && line <= block.last);
        around
            .max_by_key(|block| block.first)
            .map(|block| block.count)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn run(
    workspace: &Workspace,
    binary: &TestBinary,
    benchmark: &str,
    operations: u64,
) -> Result<Option<Coverage>, TuneError> {
    let folder = workspace.system.temp_dir("goperf-cover-");
    let folder = folder.map_err(|source| TuneError::Io {
        doing: "create a temporary folder",
        source,
    })?;
    let file = folder.path().join("cover");
    let options = RunOptions {
        bench: exactly(benchmark),
        benchtime: Some(format!("{operations}x")),
        timeout: Some(std::time::Duration::from_mins(1)),
        args: vec![format!("-test.coverprofile={}", file.display())],
        ..RunOptions::default()
    };
    let binaries = std::slice::from_ref(binary);
    bench::run::run(
        workspace.system,
        workspace.cancel,
        binaries,
        &options,
        &mut |_| {},
    )?;
    let text = workspace.system.read_to_string(&file).ok();
    Ok(text.map(|text| Coverage::parse(&text)))
}

fn parse_line(line: &str) -> Option<(&str, Block)> {
    let (file, rest) = line.rsplit_once(':')?;
    let mut words = rest.split(' ');
    let (start, end) = words.next()?.split_once(',')?;
    let line_of = |place: &str| place.split('.').next()?.parse().ok();
    let column_of = |place: &str| place.split('.').nth(1)?.parse().ok();
    let count = words.nth(1)?.parse().ok()?;
    Some((
        file,
        Block {
            first: line_of(start)?,
            last: line_of(end)?,
            count,
            at: (column_of(start)?, column_of(end)?),
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_before_the_loop_is_not_reached() {
        let once = Coverage::parse("m/a.go:1.1,2.2 1 1\nm/a.go:3.1,4.2 1 6\nm/a.go:5.1,6.2 1 1\n");
        // The set-up runs once more, the loop twenty times as often, and a part of it now and then.
        let many = Coverage::parse(
            "m/a.go:1.1,2.2 1 2\nm/a.go:3.1,4.2 1 126\nm/a.go:7.1,8.2 1 3\nm/a.go:5.1,6.2 1 21\n",
        );
        let of_loop = many.of_loop(&once);
        assert!(!of_loop.reaches("m/a.go", 1, 2));
        assert!(of_loop.reaches("m/a.go", 7, 8));
        assert_eq!(of_loop.count_at("m/a.go", 3), Some(120));
        assert_eq!(of_loop.count_at("m/a.go", 5), Some(20));
    }

    #[test]
    fn lines_that_ran_are_reached() {
        let text = "mode: count\nm/p/a.go:3.20,5.2 1 7\nm/p/a.go:8.2,9.3 2 0\nm/q/b.go:1.1,2.2 1 1\nrubbish\n";
        let coverage = Coverage::parse(text);
        assert!(coverage.reaches("m/p/a.go", 5, 9));
        assert!(!coverage.reaches("m/p/a.go", 6, 9));
        assert!(!coverage.reaches("m/p/b.go", 1, 9));
        assert!(coverage.reaches("m/q/b.go", 2, 2));
        assert_eq!(coverage.count_at("m/p/a.go", 4), Some(7));
        assert_eq!(coverage.count_at("m/p/a.go", 8), None);
    }
}
