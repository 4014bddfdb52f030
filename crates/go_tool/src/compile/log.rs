//! The compiler's text as it streams in, up to the line that shows that the back end has begun.

use memchr::memmem::Finder;
use memchr::memrchr;

/// Asks for the time of the back end's first pass, so that its begin is seen: all of `-m` is out.
pub(super) const MARK_FLAG: &str = "-d=ssa/number_lines/time=1";

/// What that pass prints after the position of a function.
const MARK: &[u8] = b"\tnumber_lines\tTIME(ns)\t";

pub(super) struct Collector {
    log: Vec<u8>,
    /// `None`: take everything.
    mark: Option<Finder<'static>>,
    complete: bool,
}

impl Collector {
    pub(super) fn new(stop_at_back_end: bool) -> Self {
        Self {
            log: Vec::new(),
            mark: stop_at_back_end.then(|| Finder::new(MARK)),
            complete: false,
        }
    }

    /// Takes the next piece. True once the text is complete; what follows is dropped.
    pub(super) fn push(&mut self, bytes: &[u8]) -> bool {
        if self.complete {
            return true;
        }
        // The mark may lie across two pieces.
        let from = self.log.len().saturating_sub(MARK.len());
        self.log.extend_from_slice(bytes);
        let mark = self.mark.as_ref();
        if let Some(at) = mark.and_then(|mark| mark.find(&self.log[from..])) {
            let line = memrchr(b'\n', &self.log[..from + at]).map_or(0, |end| end + 1);
            self.log.truncate(line);
            self.complete = true;
        }
        self.complete
    }

    pub(super) fn is_complete(&self) -> bool {
        self.complete
    }

    pub(super) fn into_log(self) -> Vec<u8> {
        self.log
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_ends_before_the_mark_however_it_is_cut() {
        let text = b"a.go:1:6: can inline F\na.go:2:3: \tnumber_lines\tTIME(ns)\t45408\tF\nmore\n";
        for size in 1..text.len() {
            let mut collector = Collector::new(true);
            for piece in text.chunks(size) {
                collector.push(piece);
            }
            assert!(collector.is_complete(), "{size}");
            assert_eq!(collector.into_log(), b"a.go:1:6: can inline F\n", "{size}");
        }
        let mut all = Collector::new(false);
        assert!(!all.push(text));
        assert_eq!(all.into_log(), text);
    }
}
