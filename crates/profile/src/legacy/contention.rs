//! Waits for locks as text: `cycles contentions @ stack`.

use super::lines::{Lines, assignment, is_blank_or_comment, trim};
use super::numbers::{Addresses, decimal, malformed, prefixed};
use super::{LegacyError, Result, ReturnAddresses, Stacks, maps, pattern};
use crate::labels::LabelSetId;
use crate::model::Profile;
use crate::scale::to_integer;

pub(super) fn read(input: &[u8]) -> Result<Profile> {
    let mut lines = Lines::new(input);
    lines.advance()?;
    let headers: [&[u8]; 3] = [b"--- contentionz ", b"--- mutex:", b"--- contention:"];
    if !headers.iter().any(|it| lines.line.starts_with(it)) {
        return Err(LegacyError::Unrecognized);
    }
    let types = [("contentions", "count"), ("delay", "nanoseconds")];
    let mut stacks = Stacks::new(&types, ("contentions", "count"), 1);
    let cpu_hz = read_attributes(&mut lines, &mut stacks.profile)?;

    let sample = pattern(r"(\d+) *(\d+) @([ x0-9a-f]*)");
    let addresses = Addresses::new();
    loop {
        let line = trim(lines.line);
        if line.starts_with(b"---") {
            break;
        }
        if !is_blank_or_comment(line) {
            let Some(sample) = sample.captures(line) else {
                return Err(LegacyError::Unrecognized);
            };
            let number = |digits| decimal(digits).map_err(|err| malformed(line, &err));
            let (mut delay, mut count) = (number(&sample[1])?, number(&sample[2])?);
            let period = stacks.profile.period;
            if period > 0 {
                if cpu_hz > 0 {
                    let cpu_ghz = cpu_hz as f64 / 1e9;
                    delay = to_integer(delay as f64 * period as f64 / cpu_ghz);
                }
                count = count.wrapping_mul(period);
            }
            let stack = addresses.find(&sample[3], line)?;
            let returns = ReturnAddresses::All;
            stacks.push(&stack, returns, &[count, delay], LabelSetId::EMPTY);
        }
        if !lines.advance()? {
            break;
        }
    }
    maps::read_rest(&mut lines, &mut stacks.profile)?;
    Ok(stacks.profile)
}

/// Reads the lines `attribute = value` and stops at the first other one. Returns the cycles per
/// second, 0 if they are not given.
fn read_attributes(lines: &mut Lines<'_>, profile: &mut Profile) -> Result<i64> {
    let mut cpu_hz = 0;
    while lines.advance()? {
        let line = trim(lines.line);
        if is_blank_or_comment(line) {
            continue;
        }
        let Some((key, value)) = assignment(line).filter(|_| !line.starts_with(b"---")) else {
            break;
        };
        let number = || prefixed(value).map_err(|_| LegacyError::Unrecognized);
        match key {
            b"cycles/second" => cpu_hz = number()?,
            b"sampling period" => profile.period = number()?,
            b"ms since reset" => profile.duration_nanos = number()?.wrapping_mul(1_000_000),
            b"discarded samples" => {}
            // `format` and `resolution` among them: a Java profile.
            _ => return Err(LegacyError::Unrecognized),
        }
    }
    Ok(cpu_hz)
}
