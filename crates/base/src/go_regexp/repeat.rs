//! `*`, `+`, `?` and `{n,m}`.

use super::{GoRegexpError, MAX_REPEAT, Translation, error};

/// A count that is far out of any range.
const HUGE: u64 = 100_000_000;

/// Reads `{n}`, `{n,}` or `{n,m}`: the counts (no upper one: `None`) and what follows. Anything else
/// is a literal brace.
pub(super) fn counts(text: &str) -> Option<(u64, Option<u64>, &str)> {
    let (low, rest) = count(text.strip_prefix('{')?)?;
    if let Some(after) = rest.strip_prefix('}') {
        return Some((low, Some(low), after));
    }
    let rest = rest.strip_prefix(',')?;
    if let Some(after) = rest.strip_prefix('}') {
        return Some((low, None, after));
    }
    let (high, rest) = count(rest)?;
    Some((low, Some(high), rest.strip_prefix('}')?))
}

/// Digits without leading zeros.
fn count(text: &str) -> Option<(u64, &str)> {
    let len = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at(len);
    if len == 0 || len > 1 && digits.starts_with('0') {
        return None;
    }
    Some((digits.parse().unwrap_or(HUGE).min(HUGE), rest))
}

impl<'a> Translation<'a> {
    pub(super) fn counted(
        &mut self,
        before: &'a str,
        low: u64,
        high: Option<u64>,
        repeated: Option<&'a str>,
    ) -> Result<(), GoRegexpError> {
        let text = self.read_since(before);
        if low > MAX_REPEAT || high.is_some_and(|high| high > MAX_REPEAT || low > high) {
            return Err(error("invalid repeat count", text));
        }
        self.repeat(before, text, high.unwrap_or(low), repeated)
    }

    /// Applies an operator, which is read already, to the last piece. `times` is 0 for `*`, `+`, `?`.
    pub(super) fn repeat(
        &mut self,
        before: &'a str,
        operator: &str,
        times: u64,
        repeated: Option<&'a str>,
    ) -> Result<(), GoRegexpError> {
        let lazy = self.rest.starts_with('?');
        if lazy {
            self.rest = &self.rest[1..];
        }
        if let Some(first) = repeated {
            let part = self.read_since(first);
            return Err(error("invalid nested repetition operator", part));
        }
        let part = self.read_since(before);
        let Some((start, inside)) = self.group().piece else {
            return Err(error("missing argument to repetition operator", part));
        };
        let product = inside * times.max(1);
        if times >= 2 && product > MAX_REPEAT {
            return Err(error("invalid repeat count", part));
        }
        // A flag group behind the piece (`a(?i)*`) is not a piece of its own in Go.
        if self.out[start..].ends_with(')') && self.out[start..].contains("(?") {
            self.out.insert_str(start, "(?:");
            self.out.push(')');
        }
        self.out.push_str(operator);
        if lazy {
            self.out.push('?');
        }
        let group = self.group();
        group.piece = Some((start, product));
        group.repeat = group.repeat.max(product);
        self.last_repeat = Some(before);
        Ok(())
    }
}
