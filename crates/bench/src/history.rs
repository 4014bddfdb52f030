//! Results over time.
//!
//! The store is a text file in the benchmark format. Each entry carries its commit and date as
//! configuration, so that any tool of the format reads it, a repository can hold and merge it, and no
//! database library has to be built for a few kilobytes a run.

mod chart;

use std::time::{Duration, SystemTime};

pub use chart::{describe, html, is_worse, svg};

use crate::benchfmt::{BenchmarkResult, Writer, read_all};
use crate::change_points::{ChangeOptions, ChangePoint, change_points};
use crate::stats::median;

/// One benchmark in one unit over all entries.
#[derive(Clone, PartialEq, Debug)]
pub struct HistorySeries {
    pub benchmark: String,
    pub unit: String,
    /// In the order of entries; entries without the benchmark are left out.
    pub points: Vec<HistoryPoint>,
}

/// The median of one entry.
#[derive(Clone, PartialEq, Debug)]
pub struct HistoryPoint {
    pub commit: String,
    pub recorded: String,
    pub value: f64,
}

/// Results as an entry of the store.
pub fn entry(results: &[BenchmarkResult], commit: &str, recorded: SystemTime) -> Vec<u8> {
    let stamp = [("commit", commit.to_owned()), ("recorded", date(recorded))];
    // A first blank line, since the store may end in one of another entry.
    let mut writer = Writer::new(b"\n".to_vec());
    for result in results {
        let mut result = result.clone();
        for (key, value) in &stamp {
            result.config.retain(|(own, _)| own != key);
            result.config.push(((*key).to_owned(), value.clone()));
        }
        // A vector takes whatever is written.
        writer.write(&result).ok();
    }
    writer.into_inner()
}

/// Adds an entry to a store, in the place of the entries of the same commit if there are any. Returns the
/// store and whether an entry was replaced.
pub fn add(store: &[u8], entry: &[u8], commit: &str) -> (Vec<u8>, bool) {
    let text = String::from_utf8_lossy(store);
    let entry = String::from_utf8_lossy(entry);
    let (mut out, mut replaced) = (String::with_capacity(store.len() + entry.len()), false);
    let mut current = "";
    for section in sections(&text) {
        let (mut kept, mut own, mut others) = (String::new(), false, false);
        for line in section.split_inclusive('\n') {
            if let Some(value) = line.strip_prefix("commit:") {
                current = value.trim();
            }
            let result = line.starts_with("Benchmark");
            if result && current == commit {
                own = true;
            } else {
                others |= result;
                kept.push_str(line);
            }
        }
        if own && !replaced {
            out.push_str(&entry);
            replaced = true;
        }
        // With the last result of an entry its configuration goes too.
        if !own || others {
            out.push_str(&kept);
        }
    }
    if !replaced {
        out.push_str(&entry);
    }
    (out.into_bytes(), replaced)
}

/// The parts of a store: configuration and the results below it. A blank line in front belongs to the
/// configuration.
fn sections(text: &str) -> Vec<&str> {
    let mut sections = Vec::new();
    let (mut start, mut at, mut end_of_results) = (0, 0, None);
    for line in text.split_inclusive('\n') {
        let blank = line.trim().is_empty();
        if line.starts_with("Benchmark") {
            end_of_results = Some(at + line.len());
        } else if let Some(end) = end_of_results.filter(|_| !blank) {
            sections.push(&text[start..end]);
            (start, end_of_results) = (end, None);
        }
        at += line.len();
    }
    sections.push(&text[start..]);
    sections
}

/// The series of a store, in order of first appearance, and the number of lines that could not be read.
pub fn series(store: &[u8], name: &str) -> (Vec<HistorySeries>, usize) {
    let (results, problems) = read_all(store, name);
    let mut all: Vec<HistorySeries> = Vec::new();
    let mut values: Vec<Vec<Vec<f64>>> = Vec::new();
    for result in &results {
        let package = result
            .config("pkg")
            .map_or_else(String::new, |package| format!("{package}."));
        let benchmark = package + &result.name;
        let commit = result.config("commit").unwrap_or_default();
        let recorded = result.config("recorded").unwrap_or_default();
        for value in &result.values {
            let same =
                |series: &HistorySeries| series.benchmark == benchmark && series.unit == value.unit;
            let at = all.iter().position(same).unwrap_or_else(|| {
                let (benchmark, unit) = (benchmark.clone(), value.unit.clone());
                all.push(HistorySeries {
                    benchmark,
                    unit,
                    points: Vec::new(),
                });
                values.push(Vec::new());
                all.len() - 1
            });
            let points = &mut all[at].points;
            let new = points
                .last()
                .is_none_or(|last| last.commit != commit || last.recorded != recorded);
            if new {
                points.push(HistoryPoint {
                    commit: commit.to_owned(),
                    recorded: recorded.to_owned(),
                    value: 0.0,
                });
                values[at].push(Vec::new());
            }
            if let Some(last) = values[at].last_mut() {
                last.push(value.value);
            }
        }
    }
    for (series, samples) in all.iter_mut().zip(values) {
        for (point, mut sample) in series.points.iter_mut().zip(samples) {
            sample.sort_by(f64::total_cmp);
            point.value = median(&sample);
        }
    }
    (all, problems.len())
}

/// The change points of a series.
pub fn changes(series: &HistorySeries, options: &ChangeOptions) -> Vec<ChangePoint> {
    let values: Vec<f64> = series.points.iter().map(|point| point.value).collect();
    change_points(&values, options)
}

/// The variation of a series between entries without a lasting change: the largest deviation from the
/// median since the last change point, as a share. `None` with fewer than eight entries since then.
pub fn variation(series: &HistorySeries) -> Option<f64> {
    const LEAST: usize = 8;
    let since = changes(series, &ChangeOptions::default())
        .last()
        .map_or(0, |change| change.index);
    let mut values: Vec<f64> = (series.points.get(since..)?.iter())
        .map(|point| point.value)
        .collect();
    values.sort_by(f64::total_cmp);
    let middle = median(&values);
    let enough = values.len() >= LEAST && middle > 0.0;
    enough.then(|| {
        let off = |value: f64| (value / middle - 1.0).abs();
        off(values[0]).max(off(values[values.len() - 1]))
    })
}

/// The values as a line of bars, the last `width` of them.
pub fn sparkline(series: &HistorySeries, width: usize) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let from = series.points.len().saturating_sub(width);
    let values: Vec<f64> = series.points[from..]
        .iter()
        .map(|point| point.value)
        .collect();
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let bar = |value: &f64| {
        let share = if high > low {
            (value - low) / (high - low)
        } else {
            0.0
        };
        BARS[((share * 7.0).round() as usize).min(7)]
    };
    values.iter().map(bar).collect()
}

/// `2026-06-10T12:34:56Z`.
fn date(time: SystemTime) -> String {
    let seconds = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or(Duration::ZERO)
        .as_secs();
    let (days, clock) = (seconds / 86_400, seconds % 86_400);
    // Days since the 1st of March of the year 0, so that a leap day ends its year.
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    let year = year_of_era + era * 400 + carry;
    let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let at = |seconds| date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01T00:00:00Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(at(1_798_761_599), "2026-12-31T23:59:59Z");
    }

    #[test]
    fn adding_a_commit_again_replaces_its_entry() {
        let mut store = Vec::new();
        let add_run = |store: &[u8], commit: &str, time: u32| {
            let text = format!("pkg: p\ncpu: c\nBenchmarkX 1 {time} ns/op\nBenchmarkY 1 3 ns/op\n");
            let (results, _) = read_all(text.as_bytes(), "f");
            let entry = entry(&results, commit, SystemTime::UNIX_EPOCH);
            add(store, &entry, commit)
        };
        for (commit, time) in [("c1", 100), ("c2", 200), ("c3", 300)] {
            store = add_run(&store, commit, time).0;
        }
        let grown = store.len();
        let (store, replaced) = add_run(&store, "c2", 250);
        assert!(
            replaced && store.len() == grown,
            "{}",
            String::from_utf8_lossy(&store)
        );
        let (all, problems) = series(&store, "store");
        assert_eq!(problems, 0);
        let points: Vec<_> = (all[0].points.iter())
            .map(|point| (point.commit.as_str(), (point.value * 1e9).round()))
            .collect();
        assert_eq!(points, [("c1", 100.0), ("c2", 250.0), ("c3", 300.0)]);
    }

    #[test]
    fn entries_come_back_as_series() {
        let mut store = Vec::new();
        for (run, time) in [(1, 100), (2, 100), (3, 130), (4, 130)] {
            let text = format!(
                "pkg: p\nBenchmarkX 1 {time} ns/op\nBenchmarkX 1 {} ns/op\n",
                time + 2
            );
            let (results, _) = read_all(text.as_bytes(), "f");
            let recorded = SystemTime::UNIX_EPOCH + Duration::from_secs(run);
            store.extend(entry(&results, &format!("c{run}"), recorded));
        }
        let (all, problems) = series(&store, "store");
        assert_eq!((all.len(), problems), (1, 0));
        assert_eq!(all[0].benchmark, "p.X");
        let points: Vec<_> = all[0]
            .points
            .iter()
            .map(|point| (point.commit.as_str(), (point.value * 1e9).round()))
            .collect();
        assert_eq!(
            points,
            [("c1", 101.0), ("c2", 101.0), ("c3", 131.0), ("c4", 131.0)]
        );
        assert_eq!(sparkline(&all[0], 10), "▁▁██");
    }
}
