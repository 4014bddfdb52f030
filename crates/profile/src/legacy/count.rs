//! Go's count profiles: a count and a stack per line.

use super::lines::{Lines, contains, is_blank_or_comment};
use super::numbers::{hex, prefixed};
use super::{LegacyError, Result, ReturnAddresses, Stacks, maps, pattern};
use crate::labels::LabelSetId;
use crate::model::Profile;

pub(super) fn read(input: &[u8]) -> Result<Profile> {
    let mut lines = Lines::new(input);
    lines.skip_comments()?;
    if !contains(lines.line, " profile: total ") {
        return Err(LegacyError::Unrecognized);
    }
    let Some(header) = pattern(r"\A(\S+) profile: total \d+\z").captures(lines.line) else {
        return Err(LegacyError::Unrecognized);
    };
    let mut stacks = Stacks::new(&[("", "count")], ("", "count"), 1);
    let kind = stacks.profile.strings.intern(&header[1]);
    stacks.profile.sample_types[0].kind = kind;
    stacks.profile.period_type.kind = kind;
    let sample = pattern(r"\A(\d+) @((?: 0x[0-9a-f]+)+)\z");
    let malformed = || LegacyError::Broken("malformed profile format".to_owned());
    while lines.advance()? {
        if is_blank_or_comment(lines.line) {
            continue;
        }
        if lines.line.starts_with(b"---") {
            break;
        }
        let sample = sample.captures(lines.line).ok_or_else(malformed)?;
        let count = prefixed(&sample[1]).map_err(|_| malformed())?;
        let words = sample[2].split(|&byte| byte == b' ').skip(1);
        let addresses: Option<Vec<u64>> = words.map(|word| hex(word.get(2..)?)).collect();
        let addresses = addresses.ok_or_else(malformed)?;
        stacks.push(
            &addresses,
            ReturnAddresses::All,
            &[count],
            LabelSetId::EMPTY,
        );
    }
    maps::read_rest(&mut lines, &mut stacks.profile)?;
    Ok(stacks.profile)
}
