//! How much of a log the reader gives back: what conformance counts.

use crate::decisions::{Decisions, Entry};
use crate::read_log::read_log;

/// One log, read and written back.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LogScore {
    pub lines: usize,
    /// Lines that were understood and are written as they were.
    pub reproduced: usize,
    /// Values and variables on the heap.
    pub escapes: usize,
    /// Those whose flow is known.
    pub explained: usize,
    /// Every other line.
    pub differences: Vec<LogDifference>,
    /// Whether the decisions survive being stored.
    pub stored: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogDifference {
    /// Line of the log, from 1.
    pub line: usize,
    pub log: String,
    /// What is written instead; `None` for a line that was not understood.
    pub ours: Option<String>,
}

/// Reads a package's log and compares what is written back with it, line by line.
pub fn score_log(log: &[u8]) -> LogScore {
    let (decisions, problems) = read_log(log, &[]);
    let ours = decisions.write_log();
    let mut unread = problems
        .iter()
        .map(|problem| problem.line as usize)
        .peekable();
    let mut our_lines = ours.split(|byte| *byte == b'\n');
    let mut score = LogScore::default();
    let text = log.strip_suffix(b"\n").unwrap_or(log);
    for line in text
        .split(|byte| *byte == b'\n')
        .filter(|_| !log.is_empty())
    {
        score.lines += 1;
        let ours = our_lines.next().unwrap_or_default();
        let understood = unread.next_if_eq(&score.lines).is_none();
        if understood && line == ours {
            score.reproduced += 1;
            continue;
        }
        score.differences.push(LogDifference {
            line: score.lines,
            log: String::from_utf8_lossy(line).into_owned(),
            ours: understood.then(|| String::from_utf8_lossy(ours).into_owned()),
        });
    }
    count_escapes(&decisions, &mut score);
    score.stored = Decisions::from_bytes(&decisions.to_bytes()).as_ref() == Ok(&decisions);
    score
}

fn count_escapes(decisions: &Decisions, score: &mut LogScore) {
    for entry in decisions.entries() {
        if let Entry::Decision(id) = entry
            && decisions[*id].kind.is_escape()
        {
            score.escapes += 1;
            score.explained += usize::from(decisions.why(*id).next().is_some());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_not_understood_are_differences() {
        let log = b"a.go:1:1: x escapes to heap\nnew\na.go:2:1: moved to heap: y\n";
        let score = score_log(log);
        assert_eq!((score.lines, score.reproduced, score.escapes), (3, 2, 2));
        assert!(score.stored);
        let difference = LogDifference {
            line: 2,
            log: "new".to_owned(),
            ours: None,
        };
        assert_eq!(score.differences, [difference]);
        assert_eq!(score_log(b"").lines, 0);
    }
}
