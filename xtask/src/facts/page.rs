//! The figures in the tables of a rule's page.

use std::fmt;
use std::fmt::Write as _;
use std::ops::Range;

/// What an operation takes; what is not said is `None`.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Figure {
    pub(super) nanos: Option<f64>,
    pub(super) bytes: Option<f64>,
    pub(super) allocs: Option<f64>,
}

/// A figure and where it stands.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Entry {
    /// The first cell of the row, and the column's heading if it has one.
    pub(super) label: String,
    pub(super) figure: Figure,
    /// Of the figure in the page.
    range: Range<usize>,
    /// Counted over the page.
    table: usize,
    row: usize,
}

pub(super) struct Page {
    text: String,
    pub(super) entries: Vec<Entry>,
}

/// Times differ by as much from run to run and from machine to machine.
const TOLERANCE: f64 = 3.0;

/// A difference of times that a page claims; less is none.
const CLEAR: f64 = 1.5;

impl Page {
    /// Reads the tables below `## References`.
    pub(super) fn read(text: &str) -> Self {
        let start = text.find("\n## References").unwrap_or(text.len());
        let mut entries = Vec::new();
        let (mut table, mut row) = (0, 0);
        let mut heads: Vec<&str> = Vec::new();
        let mut at = start;
        let mut was_table = false;
        for line in text[start..].split_inclusive('\n') {
            let is_table = line.starts_with('|');
            if is_table {
                let cells = cells(line);
                if was_table {
                    row += 1;
                    add_row(text, at, &cells, &heads, (table, row), &mut entries);
                } else {
                    table += 1;
                    heads = cells.iter().map(|cell| line[cell.clone()].trim()).collect();
                }
            }
            was_table = is_table;
            at += line.len();
        }
        Self {
            text: text.to_owned(),
            entries,
        }
    }

    /// The page with other figures, one for each entry.
    pub(super) fn with_figures(&self, figures: &[Figure]) -> String {
        let mut text = self.text.clone();
        for (entry, figure) in self.entries.iter().zip(figures).rev() {
            let said = Figure {
                nanos: figure.nanos.filter(|_| entry.figure.nanos.is_some()),
                ..*figure
            };
            text.replace_range(entry.range.clone(), &said.to_string());
        }
        text
    }

    /// Which figures differ from those that were measured, and how.
    pub(super) fn compare(&self, measured: &[Figure]) -> Vec<(usize, String)> {
        let mut wrong = Vec::new();
        for (at, (entry, measured_here)) in self.entries.iter().zip(measured).enumerate() {
            let base = self.base(entry);
            let why = memory(&entry.figure, measured_here).or_else(|| {
                let base = base?;
                ratio(
                    self.entries[base].figure.nanos? / entry.figure.nanos?,
                    measured[base].nanos? / measured_here.nanos?,
                )
            });
            wrong.extend(why.map(|why| (at, why)));
        }
        wrong
    }

    /// The figure that another one's time is compared with.
    fn base(&self, entry: &Entry) -> Option<usize> {
        let timed = |it: &&(usize, &Entry)| it.1.figure.nanos.is_some();
        let of_table: Vec<(usize, &Entry)> = (self.entries.iter().enumerate())
            .filter(|(_, it)| it.table == entry.table)
            .collect();
        let in_row = of_table.iter().filter(|(_, it)| it.row == entry.row);
        let base = if in_row.clone().filter(|it| timed(it)).count() > 1 {
            in_row.clone().find(timed)
        } else {
            of_table.iter().find(timed)
        };
        base.map(|(at, _)| *at)
    }
}

fn memory(said: &Figure, measured: &Figure) -> Option<String> {
    // Runs with very many differ by a few, as those of maps and pools do.
    if let (Some(said), Some(measured)) = (said.allocs, measured.allocs)
        && (said - measured).abs() > said / 20.0
    {
        return Some("another number of allocations".to_owned());
    }
    // A few bytes without a whole allocation are what the first turns allocated.
    let is_none = said.allocs == Some(0.0) && measured.allocs == Some(0.0);
    if let (Some(said), Some(measured)) = (said.bytes, measured.bytes)
        && !is_none
        && (said - measured).abs() > 8.0 + said / 10.0
    {
        return Some("another number of bytes".to_owned());
    }
    None
}

/// What is wrong with the ratio of two times.
fn ratio(said: f64, measured: f64) -> Option<String> {
    let is_near = said / measured < TOLERANCE && measured / said < TOLERANCE;
    let is_turned = said >= CLEAR && measured < 1.0 || said <= 1.0 / CLEAR && measured > 1.0;
    (!is_near || is_turned)
        .then(|| format!("the ratio to the first figure is {measured:.2}, not {said:.2}"))
}

/// The cells between the bars of a row.
fn cells(line: &str) -> Vec<Range<usize>> {
    let bars: Vec<usize> = line
        .char_indices()
        .filter(|(_, c)| *c == '|')
        .map(|(at, _)| at)
        .collect();
    bars.windows(2).map(|pair| pair[0] + 1..pair[1]).collect()
}

fn add_row(
    text: &str,
    line: usize,
    cells: &[Range<usize>],
    heads: &[&str],
    (table, row): (usize, usize),
    entries: &mut Vec<Entry>,
) {
    let cell = |range: &Range<usize>| &text[line + range.start..line + range.end];
    let first = cells.first().map_or("", |range| cell(range).trim());
    for (column, range) in cells.iter().enumerate() {
        let whole = cell(range);
        // Words may stand in front: `Cut`: 11 ns, 0.
        let figure = whole.rsplit(": ").next().unwrap_or(whole);
        let Some(value) = Figure::read(figure.trim()) else {
            continue;
        };
        let start = line + range.end - figure.len();
        let start = start + (figure.len() - figure.trim_start().len());
        let mut label = if column == 0 {
            String::new()
        } else {
            first.to_owned()
        };
        if let Some(head) = heads.get(column).filter(|head| !head.is_empty()) {
            let _ = write!(label, " ({head})");
        }
        entries.push(Entry {
            label,
            figure: value,
            range: start..start + figure.trim().len(),
            table,
            row,
        });
    }
}

impl Figure {
    /// `34 ns, 8 B, 1 alloc`; `0` is no memory at all.
    fn read(text: &str) -> Option<Self> {
        let mut figure = Self::default();
        for part in text.split(", ") {
            if part == "0" {
                (figure.bytes, figure.allocs) = (Some(0.0), Some(0.0));
                continue;
            }
            let (number, unit) = part.split_once(' ')?;
            let number: f64 = number.replace(',', "").parse().ok()?;
            match unit {
                "ns" => figure.nanos = Some(number),
                "µs" => figure.nanos = Some(number * 1e3),
                "ms" => figure.nanos = Some(number * 1e6),
                "B" => figure.bytes = Some(number),
                "KB" => figure.bytes = Some(number * 1e3),
                "MB" => figure.bytes = Some(number * 1e6),
                "alloc" | "allocs" => figure.allocs = Some(number),
                _ => return None,
            }
        }
        let is_alone = figure.nanos.is_none() && text == "0";
        (!is_alone).then_some(figure)
    }

    pub(super) fn min(&self, other: &Self) -> Self {
        let least = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Self {
            nanos: least(self.nanos, other.nanos),
            bytes: least(self.bytes, other.bytes),
            allocs: least(self.allocs, other.allocs),
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        parts.extend(self.nanos.map(duration));
        match (self.bytes, self.allocs) {
            (Some(bytes), Some(allocs)) if allocs == 0.0 && bytes < 512.0 => {
                parts.push("0".to_owned());
            }
            (bytes, allocs) => {
                parts.extend(bytes.map(|bytes| format!("{} B", grouped(bytes as u64))));
                parts.extend(allocs.map(|allocs| {
                    let s = if allocs as u64 == 1 { "" } else { "s" };
                    format!("{} alloc{s}", grouped(allocs as u64))
                }));
            }
        }
        f.write_str(&parts.join(", "))
    }
}

fn duration(nanos: f64) -> String {
    let (value, unit) = match nanos {
        ..1e3 => (nanos, "ns"),
        ..1e6 => (nanos / 1e3, "µs"),
        _ => (nanos / 1e6, "ms"),
    };
    if value < 10.0 {
        format!("{value:.1} {unit}")
    } else {
        format!("{value:.0} {unit}")
    }
}

/// With commas between thousands, from five digits on.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# GP1 a\n\n| x | 1 ns |\n\n## References\nText: 3 ns.\n\n| n | a | b |\n| --- | --- | --- |\n\
                        | 16 | 262 ns, 192 B, 2 allocs | `Cut`: 131 ns, 0 |\n| 100 | many | 1.5 µs |\n\n\
                        | | |\n| --- | --- |\n| left | 25,152 B, 9 allocs |\n";

    #[test]
    fn figures_are_found_in_tables_of_references() {
        let page = Page::read(PAGE);
        let said: Vec<(&str, String)> = (page.entries.iter())
            .map(|it| (it.label.as_str(), it.figure.to_string()))
            .collect();
        assert_eq!(
            said,
            [
                ("16 (a)", "262 ns, 192 B, 2 allocs".to_owned()),
                ("16 (b)", "131 ns, 0".to_owned()),
                ("100 (b)", "1.5 µs".to_owned()),
                ("left", "25,152 B, 9 allocs".to_owned()),
            ]
        );
        let figures: Vec<Figure> = page.entries.iter().map(|it| it.figure).collect();
        assert!(page.compare(&figures).is_empty());
        assert_eq!(page.with_figures(&figures), PAGE);
    }

    #[test]
    fn other_memory_and_turned_ratios_are_wrong() {
        let page = Page::read(PAGE);
        let mut figures: Vec<Figure> = page.entries.iter().map(|it| it.figure).collect();
        figures[0].allocs = Some(3.0);
        figures[1].nanos = Some(300.0);
        figures[3].bytes = Some(26_000.0);
        let wrong: Vec<usize> = page.compare(&figures).into_iter().map(|it| it.0).collect();
        assert_eq!(wrong, [0, 1]);
    }
}
