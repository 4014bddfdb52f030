//! Reports of the race detector.

use super::header::number;
use super::lines::Lines;
use super::stack::{Line, classify};
use super::{Access, Frame, RaceGoroutine, RaceReport};

pub(super) const OPENING: &str = "WARNING: DATA RACE";
pub(super) const RULER: &str = "==================";

/// Reads the lines between the opening and the ruler.
pub(super) fn report(text: &str) -> RaceReport<'_> {
    let mut report = RaceReport::default();
    let mut function = None;
    // Which list the frames go to; a part that is not known takes none.
    let mut part = Part::Unknown;
    for line in Lines::new(text) {
        if !line.starts_with(' ') {
            if !line.is_empty() {
                part = open(line, &mut report);
            }
            continue;
        }
        if let Line::Function(name) = classify(line.trim_start()) {
            function = Some(name);
        } else if let (Line::Location(file, line), Some(function)) =
            (classify(line), function.take())
        {
            let frame = Frame {
                function: function.into(),
                file: file.into(),
                line,
            };
            match part {
                Part::Access => report.accesses.last_mut().map(|it| it.frames.push(frame)),
                Part::Goroutine => {
                    (report.goroutines.last_mut()).map(|it| it.created_at.push(frame))
                }
                Part::Unknown => None,
            };
        }
    }
    report
}

#[derive(Clone, Copy)]
enum Part {
    Unknown,
    Access,
    Goroutine,
}

fn open<'a>(line: &'a str, report: &mut RaceReport<'a>) -> Part {
    if let Some(access) = access(line) {
        report.accesses.push(access);
        Part::Access
    } else if let Some(goroutine) = goroutine(line) {
        report.goroutines.push(goroutine);
        Part::Goroutine
    } else {
        Part::Unknown
    }
}

/// `Previous write at 0x00c0000140f8 by goroutine 7:`
fn access(line: &str) -> Option<Access<'_>> {
    let (kind, rest) = line.split_once(" at 0x")?;
    let (address, by) = rest.split_once(" by ")?;
    let goroutine = by
        .strip_prefix("goroutine ")
        .and_then(number)
        .map(|(id, _)| id);
    Some(Access {
        kind: kind.into(),
        address: u64::from_str_radix(address, 16).ok()?,
        goroutine,
        frames: Vec::new(),
    })
}

/// `Goroutine 7 (running) created at:`
fn goroutine(line: &str) -> Option<RaceGoroutine<'_>> {
    let (id, rest) = number(line.strip_prefix("Goroutine ")?)?;
    let (status, rest) = rest.strip_prefix(" (")?.split_once(')')?;
    rest.starts_with(" created at:").then(|| RaceGoroutine {
        id,
        status: status.into(),
        created_at: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_accesses_and_both_goroutines_are_read() {
        let report = report(
            "Write at 0x00c00001 by goroutine 7:\n  main.f()\n      /m.go:8 +0x44\n\n\
             Previous read at 0x00c00001 by main goroutine:\n  main.main()\n      /m.go:9 +0x1\n\n\
             Goroutine 7 (running) created at:\n  main.main()\n      /m.go:6 +0x3\n",
        );
        let frames = |frames: &[Frame<'_>]| -> Vec<String> {
            let shown = |it: &Frame<'_>| format!("{} {}:{}", it.function, it.file, it.line);
            frames.iter().map(shown).collect()
        };
        let accesses: Vec<_> = report
            .accesses
            .iter()
            .map(|it| {
                (
                    it.kind.as_ref(),
                    it.address,
                    it.goroutine,
                    frames(&it.frames),
                )
            })
            .collect();
        let want = [
            (
                "Write",
                0xc0_0001,
                Some(7),
                vec!["main.f /m.go:8".to_owned()],
            ),
            (
                "Previous read",
                0xc0_0001,
                None,
                vec!["main.main /m.go:9".to_owned()],
            ),
        ];
        assert_eq!(accesses, want);
        let goroutine = &report.goroutines[0];
        assert_eq!((goroutine.id, goroutine.status.as_ref()), (7, "running"));
        assert_eq!(frames(&goroutine.created_at), ["main.main /m.go:6"]);
    }
}
