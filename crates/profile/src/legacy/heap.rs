//! Heap profiles as text: `inuse_objects: inuse_bytes [alloc_objects: alloc_bytes] @ stack`.

use super::lines::{Lines, contains, is_blank_or_comment, trim};
use super::numbers::{Addresses, decimal, malformed, unsample};
use super::{LegacyError, Result, ReturnAddresses, Stacks, maps, pattern};
use crate::labels::{Label, LabelSetId};
use crate::model::Profile;
use crate::strings::StrId;

/// The first line.
struct Header {
    has_alloc: bool,
    period: i64,
    /// The values are those of the sampled blocks alone.
    sampled: bool,
}

pub(super) fn read(input: &[u8]) -> Result<Profile> {
    let mut lines = Lines::new(input);
    lines.advance()?;
    let header = header(lines.line)?;
    let types: &[_] = if header.has_alloc {
        &[
            ("alloc_objects", "count"),
            ("alloc_space", "bytes"),
            ("inuse_objects", "count"),
            ("inuse_space", "bytes"),
        ]
    } else {
        &[("objects", "count"), ("space", "bytes")]
    };
    let mut stacks = Stacks::new(types, ("space", "bytes"), header.period);
    let key = stacks.profile.strings.intern(b"bytes");
    let sample = pattern(r"(-?\d+): *(-?\d+) *\[ *(\d+): *(\d+) *] @([ x0-9a-f]*)");
    let addresses = Addresses::new();
    while lines.advance()? {
        let line = trim(lines.line);
        if is_blank_or_comment(line) {
            continue;
        }
        if maps::is_sentinel(line) {
            break;
        }
        let Some(sample) = sample.captures(line) else {
            let message = "unexpected number of sample values: got 0, want 6";
            return Err(LegacyError::Broken(message.to_owned()));
        };
        let mut values = Vec::with_capacity(4);
        let mut block_size = 0;
        if header.has_alloc {
            let pair = pair(line, &sample[3], &sample[4], "allocation")?;
            add_values(&header, pair, &mut values, &mut block_size);
        }
        let pair = pair(line, &sample[1], &sample[2], "inuse")?;
        add_values(&header, pair, &mut values, &mut block_size);
        let stack = addresses.find(&sample[5], line)?;
        let labels = block_size_label(&mut stacks.profile, key, block_size);
        stacks.push(&stack, ReturnAddresses::All, &values, labels);
    }
    maps::read_rest(&mut lines, &mut stacks.profile)?;
    Ok(stacks.profile)
}

fn header(line: &[u8]) -> Result<Header> {
    if !contains(line, "heap profile:") {
        return Err(LegacyError::Unrecognized);
    }
    let counts = r"heap profile: *(\d+): *(\d+) *\[ *(\d+): *(\d+) *\] ";
    let heap = pattern(&format!(r"{counts}*@ *(heap[_a-z0-9]*)/?(\d*)"));
    let Some(found) = heap.captures(line) else {
        let other = pattern(&format!("{counts}@ (?:growth|fragmentation)z?"));
        if !other.is_match(line) {
            return Err(LegacyError::Unrecognized);
        }
        return Ok(Header {
            has_alloc: false,
            period: 1,
            sampled: false,
        });
    };
    let rate = match &found[6] {
        b"" => 0,
        digits => decimal(digits).map_err(|_| LegacyError::Unrecognized)?,
    };
    let (period, sampled) = match &found[5] {
        b"heapz_v2" | b"heap_v2" => (rate, true),
        b"heapprofile" => (1, false),
        // Go writes twice its rate.
        b"heap" => (rate / 2, true),
        _ => return Err(LegacyError::Unrecognized),
    };
    let differs =
        |alloc: usize, inuse: usize| found[alloc] != found[inuse] && &found[alloc] != b"0";
    Ok(Header {
        has_alloc: differs(3, 1) || differs(4, 2),
        period,
        sampled,
    })
}

fn pair(line: &[u8], count: &[u8], size: &[u8], what: &str) -> Result<(i64, i64)> {
    let number = |digits| decimal(digits).map_err(|err| malformed(line, &err));
    let (count, size) = (number(count)?, number(size)?);
    if count == 0 && size != 0 {
        let message = format!("{what} count was 0 but {what} bytes was {size}");
        return Err(LegacyError::Broken(message));
    }
    Ok((count, size))
}

fn add_values(
    header: &Header,
    (mut count, mut size): (i64, i64),
    values: &mut Vec<i64>,
    block_size: &mut i64,
) {
    if count != 0 {
        *block_size = size.wrapping_div(count);
        if header.sampled {
            (count, size) = unsample(count, size, header.period);
        }
    }
    values.extend([count, size]);
}

/// The label that tells blocks of different sizes at one place apart.
pub(super) fn block_size_label(profile: &mut Profile, key: StrId, block_size: i64) -> LabelSetId {
    let mut labels = [Label::num(key, block_size, StrId::EMPTY)];
    profile.label_sets.intern(&mut labels, &profile.strings)
}
