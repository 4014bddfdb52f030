//! How often statements ran: Go's coverage profiles in count mode.
//! Source: the format as `cmd/cover` writes it, go1.27.3.

use std::collections::HashMap;

use base::LineCol;

/// Counts of blocks by file.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// By `import/path/file.go`.
    files: HashMap<String, Vec<Block>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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
            let blocks = self.files.entry(file.to_owned()).or_default();
            let same = |it: &&mut Block| (it.start, it.end) == (block.start, block.end);
            match blocks.iter_mut().find(same) {
                Some(known) => known.count = known.count.saturating_add(block.count),
                None => blocks.push(block),
            }
        }
        Ok(())
    }

    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// How often what stands at a place ran; `None` if the file was not counted there.
    pub(crate) fn count(&self, package: &str, file: &str, at: LineCol) -> Option<u64> {
        let blocks = self.files.get(&format!("{package}/{file}"))?;
        let around = blocks.iter().filter(|it| it.start <= at && at < it.end);
        // Blocks do not overlap but for function literals, which are shorter.
        let size = |it: &&Block| (it.end.line - it.start.line, it.end.col);
        around.min_by_key(size).map(|it| it.count)
    }

    /// The largest count in a package.
    pub(crate) fn max(&self, package: &str) -> u64 {
        let of_package = self.files.iter().filter(|(file, _)| {
            file.rsplit_once('/')
                .is_some_and(|(path, _)| path == package)
        });
        let counts = of_package.flat_map(|(_, blocks)| blocks.iter().map(|it| it.count));
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
}
