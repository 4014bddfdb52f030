//! The view of a watch in a terminal: as many sites as fit.

use std::fmt::Write as _;

use leak::growth::Trend;

use project::goroutines::watch::Watched;

/// Where a terminal does not say.
pub(super) const DEFAULT_SIZE: (usize, usize) = (80, 24);
/// A target shows this many sites at least, and the screen scrolls where that is too much.
const MIN_SITES: usize = 1;

/// One screen: a headline per target with its sites below, all of them cut to the width. A site
/// whose goroutines were started by those of another one stands below it.
pub(super) fn screen(
    targets: &[Watched],
    headline: &dyn Fn(&Watched) -> String,
    (width, height): (usize, usize),
) -> String {
    let heads = targets.len();
    // The last line is left to the cursor.
    let room = height.saturating_sub(heads + 1) / heads.max(1);
    // One line tells how many there are more.
    let room = room.saturating_sub(1).max(MIN_SITES);
    // Home; each line clears what is left of it, the end what is below.
    let mut out = "\x1b[H".to_owned();
    let mut line = |text: &str| {
        // Writing to a string cannot fail.
        let _ = write!(out, "{}\x1b[K\r\n", cut(text, width));
    };
    for target in targets {
        line(&headline(target));
        let trends = target.history.trends();
        let rows = rows(&trends);
        for (depth, trend) in rows.iter().take(room) {
            line(&row(trend, *depth, width));
        }
        if let Some(more @ 1..) = rows.len().checked_sub(room) {
            line(&format!("  … {more} more"));
        }
    }
    out.push_str("\x1b[J");
    out
}

/// Trends in order, each behind the one that started it, with how deep it stands.
fn rows<'t, 'a>(trends: &'t [Trend<'a>]) -> Vec<(usize, &'t Trend<'a>)> {
    let parent = |idx: usize| -> Option<usize> {
        let creator = &trends[idx].group.created_by.as_ref()?.frame.function;
        // Only a cascade of what was found is of interest; everything comes from main in the end.
        let starts = |other: &usize| {
            let other = &trends[*other];
            other.is_finding && other.group.frames.iter().any(|it| it.function == *creator)
        };
        let found = (0..trends.len()).find(starts);
        found.filter(|other| trends[idx].is_finding && *other != idx)
    };
    let parents: Vec<Option<usize>> = (0..trends.len()).map(parent).collect();
    let mut rows = Vec::new();
    let mut done = vec![false; trends.len()];
    let mut open: Vec<(usize, usize)> = Vec::new();
    // Roots first; what is left belongs to a circle.
    let roots = (0..trends.len()).filter(|idx| parents[*idx].is_none());
    for root in roots.chain(0..trends.len()) {
        open.push((root, 0));
        while let Some((idx, depth)) = open.pop() {
            if std::mem::replace(&mut done[idx], true) {
                continue;
            }
            rows.push((depth, &trends[idx]));
            let children = (0..trends.len())
                .rev()
                .filter(|it| parents[*it] == Some(idx));
            open.extend(children.map(|child| (child, depth + 1)));
        }
    }
    rows
}

/// `    120   +4.0/min LEAK  [chan send] worker.(*Pool).run pool.go:42, 96 stay`
fn row(trend: &Trend<'_>, depth: usize, width: usize) -> String {
    let mark = if trend.is_finding { "LEAK " } else { "     " };
    let count = trend.counts.last().copied().unwrap_or(0);
    let (state, indent) = (&trend.group.state, "  ".repeat(depth.min(5)));
    let head = format!(
        "{count:>7} {:+7.1}/min {mark} {indent}[{state}] ",
        trend.per_minute
    );
    let stay = match trend.survivors {
        Some(stay @ 1..) => format!(", {stay} stay"),
        _ => String::new(),
    };
    let place = trend.group.place().map_or_else(String::new, |frame| {
        let function = last_element(&frame.function);
        let file = last_element(&frame.file);
        format!("{function} {file}:{}", frame.line)
    });
    let room = width.saturating_sub(head.chars().count() + stay.chars().count());
    format!("{head}{}{stay}", cut(&place, room))
}

/// `store.(*Pool).run` of `example.com/app/store.(*Pool).run`, `pool.go` of `/src/app/pool.go`.
fn last_element(path: &str) -> &str {
    let end = path.find(['(', '[']).unwrap_or(path.len());
    path[..end].rfind('/').map_or(path, |at| &path[at + 1..])
}

/// At most `width` characters; what is cut ends with `…`. Control characters are escaped.
fn cut(text: &str, width: usize) -> String {
    let plain: String = text
        .chars()
        .flat_map(|it| {
            let escaped = it.is_control().then(|| it.escape_unicode());
            let same = (!it.is_control()).then_some(it);
            escaped.into_iter().flatten().chain(same)
        })
        .collect();
    if plain.chars().count() <= width {
        return plain;
    }
    let mut short: String = plain.chars().take(width.saturating_sub(1)).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use leak::growth::{History, Look, Process};
    use leak::{Ownership, dump};

    fn target(url: &str) -> Watched {
        let mut history = History::default();
        for idx in 0..12_u64 {
            let block = |id: u64, name: &str, by: &str| {
                format!(
                    "goroutine {id} [select]:\nexample.com/app/{name}()\n\t/src/app/pool.go:42\ncreated by example.com/app/{by} in goroutine 1\n\t/src/app/a.go:3\n\n"
                )
            };
            let workers = (0..3 * idx).map(|id| block(100 + id, "pool.run", "main.main"));
            let readers = (0..3 * idx).map(|id| block(1000 + id, "pool.read", "pool.run"));
            let idle = (0..30).map(|id| block(10 + id, &format!("idle.f{id}"), "main.main"));
            let text: String = workers.chain(readers).chain(idle).collect();
            history.push(
                Look {
                    seconds: idx as f64,
                    snapshot: dump::read(&mut text.as_bytes(), Ownership::default()).unwrap(),
                    process: Process::default(),
                },
                10,
            );
        }
        let mut watched = Watched::new(url).unwrap();
        watched.history = history;
        watched
    }

    #[test]
    fn the_screen_is_full_but_not_more() {
        let targets = [target("http://a"), target("http://b")];
        let headline = |target: &Watched| target.url.clone();
        for (width, height) in [(80, 24), (40, 10), (200, 60), (20, 3)] {
            let text = screen(&targets, &headline, (width, height));
            let lines: Vec<&str> = text.trim_start_matches("\x1b[H").lines().collect();
            assert!(lines.len() <= height.max(7), "{width}x{height}\n{text}");
            for line in lines {
                let line = line.trim_end_matches("\x1b[J").trim_end_matches("\x1b[K");
                assert!(line.chars().count() <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn what_a_leak_started_stands_below_it() {
        let targets = [target("http://a")];
        let text = screen(&targets, &|target| target.url.clone(), (90, 8));
        let text = text
            .replace("\x1b[K\r", "")
            .replace("\x1b[H", "")
            .replace("\x1b[J", "");
        insta::assert_snapshot!(text, @r"
        http://a
             33  +180.0/min LEAK  [select] pool.run pool.go:42, 30 stay
             33  +180.0/min LEAK    [select] pool.read pool.go:42, 30 stay
              1    +0.0/min       [select] idle.f0 pool.go:42
              1    +0.0/min       [select] idle.f10 pool.go:42
              1    +0.0/min       [select] idle.f11 pool.go:42
          … 27 more
        ");
    }
}
