//! Durations as Go writes them.

use std::time::Duration;

/// A duration as `time.ParseDuration` reads it: `90s`, `1h30m`, `1.5s`; `None` for anything else and
/// for negative ones.
pub fn go_duration(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    let mut seconds = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let unit = rest.find(|c: char| c.is_ascii_digit() || c == '.');
        let (unit, after) = rest.split_at(unit.unwrap_or(rest.len()));
        let factor = match unit {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        seconds += number * factor;
        rest = after;
    }
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_in_go() {
        for (text, millis) in [
            ("90s", 90_000),
            ("1h30m", 5_400_000),
            ("250ms", 250),
            ("+1.5s", 1500),
            ("2µs3000ns", 0),
            ("0", 0),
        ] {
            let read = go_duration(text).map(|it| it.as_millis());
            assert_eq!(read, Some(millis), "{text}");
        }
        for text in ["", "10", "s", "1x", "-1s", "1e999h"] {
            assert_eq!(go_duration(text), None, "{text}");
        }
    }
}
