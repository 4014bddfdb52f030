//! The two ways in: a stream and a byte slice.

use std::io::{self, Read as _};

use super::block::Blocks;
use super::text::Utf8;
use super::{Dump, Item, Problem, ProblemKind};

/// The runtime stops a debug=2 dump here. Source: runtime/pprof/pprof.go `writeGoroutineStacks`.
const RUNTIME_LIMIT: u64 = 64 << 20;
/// What is kept of a line, which may be a whole dump in one string.
const MAX_LINE: usize = 16 << 20;
const CHUNK: usize = 256 << 10;

/// Reads a log or dump of any size, handing over each item as it is complete.
///
/// Memory is bounded by the longest line and the largest stack. `Err` only if `input` fails; what
/// was read until then has been handed over.
pub fn read(
    input: &mut dyn io::Read,
    on_item: &mut dyn FnMut(Item<'_>),
) -> io::Result<Vec<Problem>> {
    let mut blocks = Blocks::new(on_item);
    let mut input = Utf8::new(input)?;
    let mut buffer = vec![0; CHUNK];
    let mut filled = 0;
    let mut total = 0_u64;
    // Inside a line whose beginning was handed over already.
    let mut skipping = false;
    let end = loop {
        let n = match input.read(&mut buffer[filled..]) {
            Ok(n) => n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => break Err(error),
        };
        if n == 0 {
            break Ok(());
        }
        total += n as u64;
        let seen = filled;
        filled += n;
        // Asked once for many lines: most inputs have neither.
        let of_rest = if seen > 0 {
            blocks.unusual
        } else {
            (false, false)
        };
        let new = &buffer[seen..filled];
        blocks.unusual = (
            of_rest.0 || memchr::memchr(0x1b, new).is_some(),
            of_rest.1 || memchr::memchr(b'\\', new).is_some(),
        );
        let mut start = 0;
        let mut scan = seen;
        while let Some(end) = memchr::memchr(b'\n', &buffer[scan..filled]) {
            let line = &buffer[start..scan + end];
            if !std::mem::take(&mut skipping) {
                blocks.line(line);
            }
            start = scan + end + 1;
            scan = start;
        }
        if start == 0 && filled >= MAX_LINE {
            if !skipping {
                blocks.line(&buffer[..filled]);
                blocks.problem(ProblemKind::LineTooLong);
            }
            skipping = true;
            start = filled;
        }
        buffer.copy_within(start..filled, 0);
        filled -= start;
        // The decoder needs room for a few characters.
        if buffer.len() - filled < 64 {
            buffer.resize(buffer.len() * 2, 0);
        }
    };
    if filled > 0 && !skipping {
        blocks.line(&buffer[..filled]);
    }
    let cut = end.is_err() || total == RUNTIME_LIMIT;
    let problems = blocks.end(cut);
    end.map(|()| problems)
}

/// Reads a dump that is in memory.
pub fn parse(bytes: &[u8]) -> (Dump, Vec<Problem>) {
    let mut dump = Dump::default();
    let mut input = bytes;
    // A slice never fails.
    let problems = read(&mut input, &mut |item| dump.push(item)).unwrap_or_default();
    (dump, problems)
}
