//! Durations on the command line.

use std::time::Duration;

/// Reads `90s`, `10m`, `1h30m`, `250ms`; a bare number is not taken, as in Go.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    base::go_duration(text)
        .ok_or_else(|| format!("`{text}` is not a duration; write 90s, 10m or 1h30m"))
}
