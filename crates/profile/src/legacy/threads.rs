//! The stacks of all threads: a header per thread, then addresses.

use super::lines::{Lines, contains, trim};
use super::numbers::Addresses;
use super::{LegacyError, Result, ReturnAddresses, Stacks, maps, pattern};
use crate::labels::LabelSetId;
use crate::model::Profile;

pub(super) fn read(input: &[u8]) -> Result<Profile> {
    let mut lines = Lines::new(input);
    lines.skip_comments()?;
    if !contains(lines.line, "---") {
        return Err(LegacyError::Unrecognized);
    }
    let thread = pattern(r"--- Thread ([[:xdigit:]]+) \(name: (.*)/(\d+)\) stack: ---");
    let mut line = lines.line;
    if pattern(r"--- threadz \d+ ---").is_match(line) {
        while lines.advance()? {
            line = lines.line;
            if maps::is_sentinel(line) || line.starts_with(b"-") {
                break;
            }
        }
    } else if !thread.is_match(line) {
        return Err(LegacyError::Unrecognized);
    }

    let mut stacks = Stacks::new(&[("thread", "count")], ("thread", "count"), 1);
    let addresses = Addresses::new();
    while !maps::is_sentinel(line) && !line.starts_with(b"---- no stack trace for") {
        if !thread.is_match(line) {
            return Err(LegacyError::Unrecognized);
        }
        let (next, stack) = read_thread(&mut lines, &addresses)?;
        line = next;
        if !stack.is_empty() {
            let returns = ReturnAddresses::AllButLeaf;
            stacks.push(&stack, returns, &[1], LabelSetId::EMPTY);
        } else if let Some(last) = stacks.profile.samples.ids().last() {
            let count = &mut stacks.profile.samples.values_mut(last)[0];
            *count = count.wrapping_add(1);
        }
    }
    maps::read_rest(&mut lines, &mut stacks.profile)?;
    super::cpu::remove_doubled_leaves(&mut stacks.profile);
    Ok(stacks.profile)
}

/// The stack under a thread's header, empty if it is the same as the previous thread's, and the
/// line behind it.
fn read_thread<'a>(lines: &mut Lines<'a>, addresses: &Addresses) -> Result<(&'a [u8], Vec<u64>)> {
    let mut line: &[u8] = b"";
    let mut stack = Vec::new();
    let mut same_as_previous = false;
    while lines.advance()? {
        line = trim(lines.line);
        if line.starts_with(b"---") {
            break;
        }
        if contains(line, "same as previous thread") {
            same_as_previous = true;
        } else {
            stack.extend(addresses.find(line, line)?);
        }
    }
    if same_as_previous {
        stack.clear();
    }
    Ok((line, stack))
}
