//! How often statements ran: Go's coverage profiles in count mode.
//! Source: the format as `cmd/cover` writes it, go1.27.3.

use std::collections::BTreeMap;

use base::LineCol;

/// Counts of blocks by file.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Coverage {
    /// By `import/path/file.go`, the counts of blocks by where they start and end.
    files: BTreeMap<String, BTreeMap<(LineCol, LineCol), u64>>,
    /// The benchmarks that were counted were profiled too: what their profiles did not see costs nothing, however often
    /// it ran, so that counts are shown and do not rank.
    pub is_profiled: bool,
}

#[derive(Clone, Copy)]
struct Block {
    start: LineCol,
    end: LineCol,
    count: u64,
}

impl Coverage {
    /// Adds the text of a profile; `Err` says why it cannot be used. A block that occurs again adds to its count.
    pub fn add(&mut self, text: &str) -> Result<(), String> {
        let mut lines = text.lines();
        match lines.next() {
            Some("mode: count" | "mode: atomic") => {}
            Some("mode: set") => {
                return Err(
                    "it says whether statements ran, not how often; write it with \
                            `go test -covermode=count`"
                        .to_owned(),
                );
            }
            _ => {
                return Err(
                    "it is not a coverage profile: the first line is not `mode:`".to_owned(),
                );
            }
        }
        for (line, number) in lines.zip(2..) {
            if line.is_empty() || line.starts_with("mode: ") {
                continue;
            }
            let Some((file, block)) = parse(line) else {
                return Err(format!("line {number} is not a block: {line}"));
            };
            self.add_block(file, block);
        }
        Ok(())
    }

    fn add_block(&mut self, file: &str, block: Block) {
        if !self.files.contains_key(file) {
            self.files.insert(file.to_owned(), BTreeMap::new());
        }
        let count = (self.files.get_mut(file))
            .map(|blocks| blocks.entry((block.start, block.end)).or_default());
        if let Some(count) = count {
            *count = count.saturating_add(block.count);
        }
    }

    /// Adds what another run counted.
    pub fn merge(&mut self, other: &Self) {
        for (file, blocks) in &other.files {
            for (&(start, end), &count) in blocks {
                self.add_block(file, Block { start, end, count });
            }
        }
    }

    /// Takes away what a run of fewer operations counted: what is left is that of the further ones, without what runs
    /// once.
    #[must_use]
    pub fn since(mut self, fewer: &Self) -> Self {
        for (file, blocks) in &mut self.files {
            let before = fewer.files.get(file);
            for (place, count) in blocks {
                let before = before.and_then(|blocks| blocks.get(place));
                *count = count.saturating_sub(before.copied().unwrap_or_default());
            }
        }
        self
    }

    /// Nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Whether a statement of these lines ran.
    pub fn reaches(&self, file: &str, first: u32, last: u32) -> bool {
        let mut blocks = self.blocks_that_ran(file);
        blocks.any(|(start, end, _)| start.line <= last && first <= end.line)
    }

    /// How often a line ran: the block that begins last of those around it. `None` if it did not.
    pub fn count_at(&self, file: &str, line: u32) -> Option<u64> {
        let blocks = self.blocks_that_ran(file);
        let around = blocks.filter(|(start, end, _)| start.line <= line && line <= end.line);
        around.last().map(|(_, _, count)| count)
    }

    /// By where they start.
    fn blocks_that_ran(&self, file: &str) -> impl Iterator<Item = (LineCol, LineCol, u64)> + '_ {
        let blocks = self.files.get(file).into_iter().flatten();
        blocks
            .filter(|(_, count)| **count > 0)
            .map(|((start, end), count)| (*start, *end, *count))
    }

    /// How often what stands at a place ran; `None` if the file was not counted there.
    pub(crate) fn count(&self, package: &str, file: &str, at: LineCol) -> Option<u64> {
        let blocks = self.files.get(&format!("{package}/{file}"))?;
        let around = (blocks.iter()).filter(|((start, end), _)| *start <= at && at < *end);
        // Blocks do not overlap but for function literals, which are shorter.
        let size = |(start, end): &(LineCol, LineCol)| (end.line - start.line, end.col);
        around
            .min_by_key(|(place, _)| size(place))
            .map(|(_, count)| *count)
    }

    /// The largest count in a package.
    pub(crate) fn max(&self, package: &str) -> u64 {
        let of_package = self.files.iter().filter(|(file, _)| {
            file.rsplit_once('/')
                .is_some_and(|(path, _)| path == package)
        });
        let counts = of_package.flat_map(|(_, blocks)| blocks.values().copied());
        counts.max().unwrap_or_default()
    }
}

/// `path/file.go:12.34,15.2 3 17`
fn parse(line: &str) -> Option<(&str, Block)> {
    let (file, rest) = line.rsplit_once(':')?;
    let mut words = rest.split(' ');
    let (start, end) = words.next()?.split_once(',')?;
    let _statements: u32 = words.next()?.parse().ok()?;
    let count = words.next()?.parse().ok()?;
    let place = |text: &str| {
        let (line, col) = text.split_once('.')?;
        Some(LineCol {
            line: line.parse().ok()?,
            col: col.parse().ok()?,
        })
    };
    let (start, end) = (place(start)?, place(end)?);
    (words.next().is_none() && start <= end).then_some((file, Block { start, end, count }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_by_place_and_added_up() {
        let mut coverage = Coverage::default();
        let text = "mode: count\nm/p/a.go:3.20,5.12 2 4\nm/p/a.go:5.12,7.3 1 40\n";
        coverage.add(text).unwrap();
        coverage.add(text).unwrap();
        let at = |line, col| coverage.count("m/p", "a.go", LineCol { line, col });
        assert_eq!(at(4, 2), Some(8));
        assert_eq!(at(6, 3), Some(80));
        assert_eq!(at(8, 1), None);
        assert_eq!(
            coverage.count("m/q", "a.go", LineCol { line: 4, col: 2 }),
            None
        );
        assert_eq!(coverage.max("m/p"), 80);
        for wrong in ["", "x", "mode: set\n", "mode: count\na.go:1.2 3\n"] {
            assert!(Coverage::default().add(wrong).is_err(), "{wrong}");
        }
    }
    #[test]
    fn what_runs_once_is_not_of_the_further_operations() {
        let read = |text: &str| {
            let mut coverage = Coverage::default();
            coverage.add(&format!("mode: count\n{text}")).unwrap();
            coverage
        };
        // Set-up alone, an operation of six turns, one that both share, and one that few operations run.
        let few = read(
            "m/a.go:1.1,2.2 1 40\nm/a.go:3.1,4.2 1 18\nm/a.go:5.1,6.2 1 43\nm/a.go:7.1,8.2 1 0\n",
        );
        let many = read(
            "m/a.go:1.1,2.2 1 40\nm/a.go:3.1,4.2 1 126\nm/a.go:5.1,6.2 1 61\nm/a.go:7.1,8.2 1 3\n",
        );
        let further = many.since(&few);
        assert!(!further.reaches("m/a.go", 1, 2));
        assert!(further.reaches("m/a.go", 7, 8));
        assert_eq!(further.count_at("m/a.go", 3), Some(108));
        assert_eq!(further.count_at("m/a.go", 5), Some(18));
        let mut twice = further.clone();
        twice.merge(&further);
        assert_eq!(twice.count_at("m/a.go", 3), Some(216));
    }

    #[test]
    fn lines_that_ran_are_reached() {
        let mut coverage = Coverage::default();
        let text =
            "mode: count\nm/p/a.go:3.20,5.2 1 7\nm/p/a.go:8.2,9.3 2 0\nm/q/b.go:1.1,2.2 1 1\n";
        coverage.add(text).unwrap();
        assert!(coverage.reaches("m/p/a.go", 5, 9));
        assert!(!coverage.reaches("m/p/a.go", 6, 9));
        assert!(!coverage.reaches("m/p/b.go", 1, 9));
        assert!(coverage.reaches("m/q/b.go", 2, 2));
        assert_eq!(coverage.count_at("m/p/a.go", 4), Some(7));
        assert_eq!(coverage.count_at("m/p/a.go", 8), None);
    }
}
