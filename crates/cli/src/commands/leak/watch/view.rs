//! The view of a watch in a terminal: as many targets and sites as fit.

use std::fmt::Write as _;

use leak::growth::Trend;

use project::goroutines::watch::Watched;

/// Where a terminal does not say.
pub(super) const DEFAULT_SIZE: (usize, usize) = (80, 24);

/// One screen: a headline per target with its sites below, all of them cut to the width. A site
/// whose goroutines were started by those of another one stands below it.
pub(super) fn screen(
    targets: &[Watched],
    headline: &dyn Fn(&Watched) -> String,
    (width, height): (usize, usize),
) -> String {
    // The last line is left to the cursor.
    let height = height.saturating_sub(1).max(1);
    // Home; each line clears what is left of it, the end what is below.
    let mut out = "\x1b[H".to_owned();
    let mut line = |text: &str| {
        // Writing to a string cannot fail.
        let _ = write!(out, "{}\x1b[K\r\n", cut(text, width));
    };
    let shown = shown(targets, height);
    let hidden = targets.len() - shown.len();
    let lines = height - shown.len() - usize::from(hidden > 0);
    let trends: Vec<_> = shown.iter().map(|it| it.history.trends()).collect();
    let rows: Vec<_> = trends.iter().map(|trends| self::rows(trends)).collect();
    let wanted: Vec<usize> = rows.iter().map(Vec::len).collect();
    for ((target, rows), room) in shown.iter().zip(&rows).zip(shares(&wanted, lines)) {
        line(&headline(target));
        // One line tells how many there are more.
        let is_cut = rows.len() > room && room > 1;
        let room = room - usize::from(is_cut);
        for (depth, trend) in rows.iter().take(room) {
            line(&row(trend, *depth, width));
        }
        if is_cut {
            line(&format!("  … {} more", rows.len() - room));
        }
    }
    if hidden > 0 {
        line(&format!("… {hidden} more services"));
    }
    out.push_str("\x1b[J");
    out
}

/// The targets that fit into so many lines: those with findings or errors before the others.
fn shown(targets: &[Watched], lines: usize) -> Vec<&Watched> {
    if targets.len() <= lines {
        return targets.iter().collect();
    }
    let is_quiet = |target: &Watched| target.history.findings().is_empty() && target.note.is_none();
    let mut order: Vec<usize> = (0..targets.len()).collect();
    order.sort_by_key(|idx| is_quiet(&targets[*idx]));
    order.truncate(lines - 1);
    order.sort_unstable();
    order.into_iter().map(|idx| &targets[idx]).collect()
}

/// Divides lines among those that want them, evenly as far as they do.
fn shares(wanted: &[usize], mut lines: usize) -> Vec<usize> {
    let mut shares = vec![0; wanted.len()];
    while lines > 0 && shares != wanted {
        for (share, wanted) in shares.iter_mut().zip(wanted) {
            if *share < *wanted && lines > 0 {
                *share += 1;
                lines -= 1;
            }
        }
    }
    shares
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
        for (width, height) in [(80, 24), (40, 10), (200, 60), (20, 3), (9, 2)] {
            let text = screen(&targets, &headline, (width, height));
            let lines: Vec<&str> = text.trim_start_matches("\x1b[H").lines().collect();
            assert!(lines.len() <= height, "{width}x{height}\n{text}");
            for line in lines {
                let line = line.trim_end_matches("\x1b[J").trim_end_matches("\x1b[K");
                assert!(line.chars().count() <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn lines_go_to_those_that_want_them() {
        let cases: [(&[usize], usize, &[usize]); 4] = [
            (&[40, 2, 40], 20, &[9, 2, 9]),
            (&[3, 3], 20, &[3, 3]),
            (&[5, 5, 5], 2, &[1, 1, 0]),
            (&[], 5, &[]),
        ];
        for (wanted, lines, want) in cases {
            assert_eq!(shares(wanted, lines), want, "{wanted:?} {lines}");
        }
    }

    #[test]
    fn services_with_findings_are_shown_before_quiet_ones() {
        let quiet = |idx: usize| Watched::new(&format!("http://quiet{idx}")).unwrap();
        let mut targets: Vec<Watched> = (0..20).map(quiet).collect();
        targets.push(target("http://leaks"));
        let text = screen(&targets, &|target| target.url.clone(), (80, 6));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 6, "{text}");
        assert!(lines[3].contains("http://leaks") && lines[4].contains("… 17 more services"));
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
