//! The line that opens a goroutine, and the one that opens a profile.

use super::quote;
use super::{Goroutine, Labels};

/// `goroutine 7 gp=0x… m=nil [chan receive (leaked), 2 minutes] {tenant: blue}:`
///
/// Strict: text that only resembles a header is `None`.
pub(super) fn goroutine(line: &str) -> Option<Goroutine<'_>> {
    if line.starts_with('G') {
        return of_goleak(line);
    }
    let (id, rest) = number(line.strip_prefix("goroutine ")?)?;
    let inside = after_pointers(rest)?.strip_prefix(" [")?;
    let mut goroutine = Goroutine {
        id,
        ..Goroutine::default()
    };
    let rest = brackets(inside, &mut goroutine)?;
    let rest = match rest.strip_prefix(" {") {
        Some(labels) => take_labels(labels, &mut goroutine.labels)?,
        None => rest,
    };
    (rest.strip_prefix(':')?.trim_end().is_empty()).then_some(goroutine)
}

/// `Goroutine 19 in state select, with main.f on top of the stack:`
///
/// Source: go.uber.org/goleak v1.3.0, internal/stack/stacks.go `Stack.String`.
fn of_goleak(line: &str) -> Option<Goroutine<'_>> {
    let (id, rest) = number(line.strip_prefix("Goroutine ")?)?;
    let rest = rest.strip_prefix(" in state ")?;
    let end = rest.rfind(" on top of the stack:")?;
    let state = rest[..end].rfind(", with ")?;
    let mut goroutine = Goroutine {
        id,
        ..Goroutine::default()
    };
    words(&rest[..state], &mut goroutine);
    Some(goroutine)
}

/// `goroutine profile: total 14`: the profile's name and its total.
pub(super) fn profile(line: &str) -> Option<(&str, u64)> {
    let (name, total) = line.split_once(" profile: total ")?;
    let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let (total, rest) = number(total)?;
    (plain && rest.trim_end().is_empty()).then_some((name, total))
}

/// Decimal digits at the start of `text`, and what follows them.
pub(super) fn number(text: &str) -> Option<(u64, &str)> {
    let mut value: u64 = 0;
    let mut end = 0;
    for digit in text.bytes().take_while(u8::is_ascii_digit) {
        value = value.checked_mul(10)?.checked_add((digit - b'0').into())?;
        end += 1;
    }
    (end > 0).then(|| (value, &text[end..]))
}

/// Skips ` gp=0x1 m=nil` and ` gp=0x1 m=0 mp=0x2`.
fn after_pointers(text: &str) -> Option<&str> {
    if !text.starts_with(" gp=") {
        return Some(text);
    }
    let end = text.find(" [")?;
    let plain = text[..end]
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'='));
    plain.then(|| &text[end..])
}

/// Status, suffixes, attributes and the labels of go1.26; gives what follows the `]`.
fn brackets<'a>(inside: &'a str, goroutine: &mut Goroutine<'a>) -> Option<&'a str> {
    let end = memchr::memchr(b']', inside.as_bytes())?;
    // Labels of go1.26 are quoted and may hold any `]`: everything before them may not.
    let brace = memchr::memchr(b'{', &inside.as_bytes()[..end]);
    let (words, rest) = match brace.and_then(|at| inside[..at].strip_suffix(" labels:")) {
        Some(words) => {
            let at = words.len();
            let labels = &inside[at + " labels:{".len()..];
            let rest = take_labels(labels, &mut goroutine.labels)?;
            (&inside[..at], rest.strip_prefix(']')?)
        }
        None => (&inside[..end], &inside[end + 1..]),
    };
    self::words(words, goroutine);
    Some(rest)
}

/// A status with its suffixes, then attributes behind commas.
fn words<'a>(words: &'a str, goroutine: &mut Goroutine<'a>) {
    let mut left = words;
    let mut is_status = true;
    loop {
        let comma = memchr::memchr(b',', left.as_bytes());
        let word = &left[..comma.unwrap_or(left.len())];
        if std::mem::take(&mut is_status) {
            status(word, goroutine);
        } else {
            attribute(word.trim_start(), goroutine);
        }
        let Some(comma) = comma else { break };
        left = &left[comma + 1..];
    }
}

fn take_labels<'a>(text: &'a str, into: &mut Labels<'a>) -> Option<&'a str> {
    let (labels, rest) = quote::labels(text)?;
    *into = labels;
    Some(rest)
}

/// Known suffixes are taken from the right; a status may hold parentheses of its own.
fn status<'a>(text: &'a str, goroutine: &mut Goroutine<'a>) {
    let mut status = text;
    loop {
        if let Some(rest) = status.strip_suffix(" (leaked)") {
            goroutine.leaked = true;
            status = rest;
        } else if let Some(rest) = status.strip_suffix(" (scan)") {
            goroutine.scan = true;
            status = rest;
        } else if let Some(rest) = status
            .strip_suffix(" (durable)")
            // The word of go1.24.
            .or_else(|| status.strip_suffix(" (synctest)"))
        {
            goroutine.durable = true;
            status = rest;
        } else {
            break;
        }
    }
    goroutine.status = status.into();
}

fn attribute(word: &str, goroutine: &mut Goroutine<'_>) {
    if word == "locked to thread" {
        goroutine.locked = true;
    } else if let Some(minutes) = word.strip_suffix(" minutes") {
        goroutine.minutes = minutes.parse().unwrap_or(0);
    } else if let Some(bubble) = word
        .strip_prefix("synctest bubble ")
        .or_else(|| word.strip_prefix("synctest group "))
    {
        goroutine.bubble = bubble.parse().ok();
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    fn shown(line: &str) -> String {
        let Some(g) = goroutine(line) else {
            return "-".into();
        };
        let mut out = format!("{} {}", g.id, g.status);
        for (set, mark) in [
            (g.leaked, " L"),
            (g.durable, " D"),
            (g.scan, " S"),
            (g.locked, " T"),
        ] {
            out.push_str(if set { mark } else { "" });
        }
        if g.minutes > 0 {
            write!(out, " {}m", g.minutes).unwrap();
        }
        if let Some(bubble) = g.bubble {
            write!(out, " b{bubble}").unwrap();
        }
        for (key, value) in &g.labels {
            write!(out, " {key}={value}").unwrap();
        }
        out
    }

    #[test]
    fn every_form_of_a_header_is_read() {
        let cases = [
            ("goroutine 1 [running]:", "1 running"),
            (
                "goroutine 22 [chan send (leaked), locked to thread]:",
                "22 chan send L T",
            ),
            (
                "goroutine 24 [chan send (nil chan) (leaked)]:",
                "24 chan send (nil chan) L",
            ),
            (
                "goroutine 9 [select (no cases), 12 minutes]:",
                "9 select (no cases) 12m",
            ),
            (
                "goroutine 2 gp=0xc514ba14d20 m=nil [force gc (idle)]:",
                "2 force gc (idle)",
            ),
            ("goroutine 0 gp=0x68c600 m=0 mp=0x68d3c0 [idle]:", "0 idle"),
            (
                "goroutine 25 [chan receive (durable), synctest bubble 1]:",
                "25 chan receive D b1",
            ),
            (
                "goroutine 25 [sleep (scan) (durable), 3 minutes, locked to thread, synctest bubble 4]:",
                "25 sleep D S T 3m b4",
            ),
            (
                "goroutine 5 [select (synctest), synctest group 2]:",
                "5 select D b2",
            ),
            (
                r#"goroutine 8 [chan receive labels:{"p": "]: x", "q": "1"}]:"#,
                "8 chan receive p=]: x q=1",
            ),
            (
                r#"goroutine 8 [chan receive, 2 minutes labels:{"p": "v"}]:"#,
                "8 chan receive 2m p=v",
            ),
            (
                r#"goroutine 9 [select] {q: "a \"b\" ]: {x}", user: "ann lee"}:"#,
                r#"9 select q=a "b" ]: {x} user=ann lee"#,
            ),
            ("goroutine 3 [???]:\r", "3 ???"),
            (
                "Goroutine 19 in state chan receive, 3 minutes, with ex.com/p.(*T).start on top of the stack:",
                "19 chan receive 3m",
            ),
            (
                "goroutine 3 [waiting for cgo callback]:",
                "3 waiting for cgo callback",
            ),
        ];
        for (line, want) in cases {
            assert_eq!(shown(line), want, "{line}");
        }
    }

    #[test]
    fn what_only_resembles_a_header_is_none() {
        let cases = [
            "goroutine 7 [running]: main.fake()",
            "goroutine x [running]:",
            "goroutine 7 [running]",
            "goroutine 7",
            "goroutine 7 running:",
            "goroutine 99999999999999999999999 [running]:",
            "goroutine 7 [select] {q: :",
            "goroutine profile: total 4",
        ];
        for line in cases {
            assert_eq!(shown(line), "-", "{line}");
        }
        assert_eq!(
            profile("goroutineleak profile: total 10"),
            Some(("goroutineleak", 10))
        );
        assert_eq!(profile("my profile: total x"), None);
    }
}
