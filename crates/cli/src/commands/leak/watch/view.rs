//! The view of a watch in a terminal: as many targets and sites as fit.

use std::fmt::Write as _;

use leak::growth::Trend;
use project::goroutines::watch::Watched;

use crate::keys::Key;

/// Where a terminal does not say.
pub(super) const DEFAULT_SIZE: (usize, usize) = (80, 24);

/// What is on the screen: as much of everything as fits, or, once scrolled, a part of all lines.
#[derive(Debug, Default)]
pub(super) struct Scroll {
    /// The first line shown of all.
    top: Option<usize>,
}

impl Scroll {
    /// Moves by keys through so many lines, of which `page` are shown.
    fn press(&mut self, keys: &[Key], lines: usize, page: usize) {
        let last = lines.saturating_sub(page);
        let moved = |top: Option<usize>, by: usize| top.map_or(0, |top| top + by);
        for key in keys {
            self.top = match key {
                Key::Down => Some(moved(self.top, 1)),
                Key::PageDown => Some(moved(self.top, page)),
                Key::End => Some(last),
                // Up from the first line, back to what fits.
                Key::Up => self.top.and_then(|top| top.checked_sub(1)),
                Key::PageUp => {
                    (self.top.filter(|top| *top > 0)).map(|top| top.saturating_sub(page))
                }
                Key::Home => None,
                Key::Quit => self.top,
            };
            self.top = self.top.map(|top| top.min(last));
        }
        self.top = self.top.map(|top| top.min(last));
    }
}

/// One screen: a headline per target with its sites below, all of them cut to the width. A site
/// whose goroutines were started by those of another one, or wait for the same lock, stands below it.
pub(super) fn screen(
    targets: &[Watched],
    headline: &dyn Fn(&Watched) -> String,
    (width, height): (usize, usize),
    scroll: &mut Scroll,
    keys: &[Key],
    has_keys: bool,
) -> String {
    // The last line is left to the cursor, or says which keys there are.
    let height = height.saturating_sub(1).max(1);
    let (summary, is_cut) = summary(targets, headline, (width, height));
    let (mut lines, mut hint) = (summary, "q ends".to_owned());
    if is_cut {
        "\u{2193} shows all, q ends".clone_into(&mut hint);
    }
    if has_keys && (scroll.top.is_some() || is_cut) {
        let all = all_lines(targets, headline, width);
        scroll.press(keys, all.len(), height);
        if let Some(top) = scroll.top {
            let last = (top + height).min(all.len());
            hint = format!(
                "lines {} to {last} of {}, Home goes back, q ends",
                top + 1,
                all.len()
            );
            lines = all[top..last].to_vec();
        }
    }
    // Home; each line clears what is left of it, the end what is below.
    let mut out = "\x1b[H".to_owned();
    for line in lines {
        // Writing to a string cannot fail.
        let _ = write!(out, "{}\x1b[K\r\n", cut(&line, width));
    }
    if has_keys {
        // No line break: it would scroll the screen.
        out.push_str(&cut(&hint, width.saturating_sub(1)));
        out.push_str("\x1b[K");
    }
    out.push_str("\x1b[J");
    out
}

/// As much as fits into so many lines, and whether that is not all.
fn summary(
    targets: &[Watched],
    headline: &dyn Fn(&Watched) -> String,
    (width, height): (usize, usize),
) -> (Vec<String>, bool) {
    let mut out = Vec::new();
    let shown = shown(targets, height);
    let hidden = targets.len() - shown.len();
    let lines = height - shown.len() - usize::from(hidden > 0);
    let trends: Vec<_> = shown.iter().map(|it| it.history.trends()).collect();
    let rows: Vec<_> = trends.iter().map(|trends| self::rows(trends)).collect();
    let wanted: Vec<usize> = rows.iter().map(Vec::len).collect();
    let shares = shares(&wanted, lines);
    for ((target, rows), room) in shown.iter().zip(&rows).zip(&shares) {
        out.push(headline(target));
        // One line tells how many there are more.
        let is_cut = rows.len() > *room && *room > 1;
        let room = room - usize::from(is_cut);
        let rows_shown = rows.iter().take(room);
        out.extend(rows_shown.map(|(depth, trend)| row(trend, *depth, width)));
        if is_cut {
            out.push(format!("  … {} more", rows.len() - room));
        }
    }
    if hidden > 0 {
        out.push(format!("… {hidden} more services"));
    }
    (out, hidden > 0 || shares != wanted)
}

/// Everything, in the order of the targets.
fn all_lines(
    targets: &[Watched],
    headline: &dyn Fn(&Watched) -> String,
    width: usize,
) -> Vec<String> {
    let mut out = Vec::new();
    for target in targets {
        out.push(headline(target));
        let trends = target.history.trends();
        let rows = rows(&trends);
        out.extend(rows.iter().map(|(depth, trend)| row(trend, *depth, width)));
    }
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

/// Trends in order, each behind the one that started it, or that waits for the same lock, with how deep it stands.
fn rows<'t, 'a>(trends: &'t [Trend<'a>]) -> Vec<(usize, &'t Trend<'a>)> {
    let started_by = |idx: usize| -> Option<usize> {
        let creator = &trends[idx].group.created_by.as_ref()?.frame.function;
        // Only a cascade of what was found is of interest; everything comes from main in the end.
        let starts = |other: &usize| {
            let other = &trends[*other];
            other.is_finding && other.group.frames.iter().any(|it| it.function == *creator)
        };
        let found = (0..trends.len()).find(starts);
        found.filter(|other| trends[idx].is_finding && *other != idx)
    };
    let waits_with = |idx: usize| -> Option<usize> {
        let locks = &trends[idx].group.locks;
        let same = |other: &usize| {
            let other = &trends[*other];
            other.is_finding && other.group.locks.keys().any(|it| locks.contains_key(it))
        };
        (0..idx).find(same).filter(|_| trends[idx].is_finding)
    };
    let parent = |idx: usize| started_by(idx).or_else(|| waits_with(idx));
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
        watched(url, &|idx| {
            let block = |id: u64, name: &str, by: &str| {
                format!(
                    "goroutine {id} [select]:\nexample.com/app/{name}()\n\t/src/app/pool.go:42\ncreated by example.com/app/{by} in goroutine 1\n\t/src/app/a.go:3\n\n"
                )
            };
            let workers = (0..3 * idx).map(|id| block(100 + id, "pool.run", "main.main"));
            let readers = (0..3 * idx).map(|id| block(1000 + id, "pool.read", "pool.run"));
            let idle = (0..30).map(|id| block(10 + id, &format!("idle.f{id}"), "main.main"));
            workers.chain(readers).chain(idle).collect()
        })
    }

    /// A service that was looked at twelve times, with the dump of each time.
    fn watched(url: &str, dump_at: &dyn Fn(u64) -> String) -> Watched {
        let mut history = History::default();
        for idx in 0..12_u64 {
            let text = dump_at(idx);
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
            let text = screen(
                &targets,
                &headline,
                (width, height),
                &mut Scroll::default(),
                &[],
                false,
            );
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
        let text = screen(
            &targets,
            &|target| target.url.clone(),
            (80, 6),
            &mut Scroll::default(),
            &[],
            false,
        );
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 6, "{text}");
        assert!(lines[3].contains("http://leaks") && lines[4].contains("… 17 more services"));
    }

    #[test]
    fn what_a_leak_started_stands_below_it() {
        let targets = [target("http://a")];
        let text = screen(
            &targets,
            &|target| target.url.clone(),
            (90, 8),
            &mut Scroll::default(),
            &[],
            false,
        );
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

    #[test]
    fn what_waits_for_the_same_lock_stands_together() {
        let dump_at = |idx: u64| {
            let waiters = |name: &str, lock: &str, first: u64| -> String {
                let block = |id: u64| {
                    format!(
                        "goroutine {id} [sync.Mutex.Lock]:\nsync.(*Mutex).lockSlow({lock})\n\t/usr/local/go/src/sync/mutex.go:1\nmain.{name}()\n\t/src/app/a.go:9\ncreated by main.main in goroutine 1\n\t/src/app/a.go:3\n\n"
                    )
                };
                (first..=first + 3 * idx).map(block).collect()
            };
            waiters("get", "0xc08", 100)
                + &waiters("log", "0xd10", 1000)
                + &waiters("put", "0xc08", 2000)
        };
        let targets = [watched("http://a", &dump_at)];
        let trends = targets[0].history.trends();
        let rows = rows(&trends);
        let name = |trend: &Trend<'_>| trend.group.place().unwrap().function.to_string();
        let named: Vec<_> = rows.iter().map(|(depth, it)| (*depth, name(it))).collect();
        let want = [(0, "main.get"), (1, "main.put"), (0, "main.log")];
        assert_eq!(named, want.map(|(depth, name)| (depth, name.to_owned())));
    }

    #[test]
    fn keys_scroll_through_all_lines_and_back() {
        let targets = [target("http://a"), target("http://b")];
        let headline = |target: &Watched| target.url.clone();
        let mut scroll = Scroll::default();
        let mut press = |keys: &[Key]| {
            let text = screen(&targets, &headline, (60, 8), &mut scroll, keys, true);
            let plain = text.replace("\x1b[K", "").replace("\x1b[J", "");
            let lines: Vec<String> = plain
                .trim_start_matches("\x1b[H")
                .lines()
                .map(|line| line.trim().to_owned())
                .collect();
            assert_eq!(lines.len(), 8, "{plain}");
            (lines[0].clone(), lines[7].clone())
        };
        // A headline and 32 sites of each.
        assert_eq!(
            press(&[]),
            ("http://a".to_owned(), "↓ shows all, q ends".to_owned())
        );
        let part =
            |from: usize| format!("lines {from} to {} of 66, Home goes back, q ends", from + 6);
        assert_eq!(press(&[Key::Down]), ("http://a".to_owned(), part(1)));
        assert_eq!(press(&[Key::PageDown, Key::Down, Key::Up]).1, part(8));
        assert_eq!(press(&[Key::End, Key::PageDown]).1, part(60));
        assert_eq!(press(&[Key::PageUp; 12]).1, "↓ shows all, q ends");
        assert_eq!(press(&[Key::Down, Key::Up]).1, "↓ shows all, q ends");
    }
}
