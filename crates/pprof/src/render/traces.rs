//! `traces`: every sample's stack.

use std::io::{self, Write};

use base::Idx;
use jiff::tz::TimeZone;
use profile::{Label, LabelValue, LocationId, units};

use super::header::header_lines;
use crate::graph::{NodeTable, divide};
use crate::settings::Granularity;
use crate::view::View;

const SEPARATOR: &str = "-----------+-------------------------------------------------------\n";

/// The column of the value, in front of every name.
const MARGIN: usize = 10;

/// Most bytes of lines to keep for the next stack.
const MAX_KEPT: usize = 64 << 20;

/// Writes a block of lines per sample.
pub(super) fn write(view: &View, time_zone: &TimeZone, out: &mut dyn Write) -> io::Result<()> {
    let header = header_lines(&view.header(), &view.scale, time_zone);
    writeln!(out, "{}", header.join("\n"))?;
    let by_file = view.settings.granularity == Granularity::Files;
    let table = NodeTable::new(&view.profile, false, by_file, None);
    let mut locations = LocationLines::new(view, &table);
    let mut labels: Vec<Option<String>> = vec![None; view.profile.label_sets.len()];
    for id in view.profile.samples.ids() {
        let sample = view.profile.samples.get(id);
        let [leaf, callers @ ..] = sample.stack else {
            continue;
        };
        out.write_all(SEPARATOR.as_bytes())?;
        let labels = labels[sample.labels.index()]
            .get_or_insert_with(|| label_lines(view, view.profile.label_sets.get(sample.labels)));
        out.write_all(labels.as_bytes())?;
        let (value, divisor) = view.measure.of(&view.profile, id);
        write!(out, "{:>MARGIN$}", view.scale.label(divide(value, divisor)))?;
        locations.write(*leaf, MARGIN, out)?;
        for &caller in callers {
            locations.write(caller, 0, out)?;
        }
    }
    out.write_all(SEPARATOR.as_bytes())
}

/// The lines of locations. A location takes the same ones in every stack, but for the value in
/// the first margin.
struct LocationLines<'a> {
    table: &'a NodeTable,
    /// By location.
    kept: Vec<Option<Vec<u8>>>,
    /// Bytes in `kept`.
    n_kept: usize,
}

impl<'a> LocationLines<'a> {
    fn new(view: &'a View, table: &'a NodeTable) -> Self {
        Self {
            table,
            kept: vec![None; view.profile.locations.len()],
            n_kept: 0,
        }
    }

    /// Writes the lines of a location, without their first `skipped` bytes.
    fn write(&mut self, id: LocationId, skipped: usize, out: &mut dyn Write) -> io::Result<()> {
        if let Some(lines) = &self.kept[id.index()] {
            return out.write_all(&lines[skipped..]);
        }
        if self.size(id) > MAX_KEPT.saturating_sub(self.n_kept) {
            return self.write_anew(id, skipped, out);
        }
        let mut lines = Vec::new();
        self.write_anew(id, 0, &mut lines)?;
        self.n_kept += lines.len();
        let lines = self.kept[id.index()].insert(lines);
        out.write_all(&lines[skipped..])
    }

    /// About how many bytes the lines take.
    fn size(&self, id: LocationId) -> usize {
        let infos = self
            .table
            .of(id)
            .iter()
            .map(|it| &self.table.infos[it.index()]);
        let strings = &self.table.strings;
        infos.fold(0, |sum, it| {
            sum + strings.get(it.name).len() + strings.get(it.file).len() + 64
        })
    }

    fn write_anew(&self, id: LocationId, skipped: usize, out: &mut dyn Write) -> io::Result<()> {
        let nodes = self.table.of(id);
        for (position, node) in nodes.iter().enumerate() {
            let inline = if position + 1 == nodes.len() {
                ""
            } else {
                " (inline)"
            };
            let name = self.table.infos[node.index()].printable(&self.table.strings);
            let margin = if position == 0 {
                MARGIN - skipped
            } else {
                MARGIN
            };
            writeln!(out, "{:>margin$}   {name}{inline}", "")?;
        }
        Ok(())
    }
}

/// A line per key: text labels, then numeric ones, each sorted.
fn label_lines(view: &View, labels: &[Label]) -> String {
    let mut out = String::new();
    for numeric in [false, true] {
        let mut lines = Vec::new();
        let of_kind: Vec<&Label> = labels.iter().filter(|it| it.is_num() == numeric).collect();
        for of_key in of_kind.chunk_by(|a, b| a.key == b.key) {
            let key = view.profile.strings.text(of_key[0].key);
            let value = |label: &&Label| match label.value {
                LabelValue::Str(value) => view.profile.strings.text(value).into_owned(),
                LabelValue::Num { value, .. } => {
                    units::label(value, view.label_units.get(&key), "auto")
                }
            };
            let values: Vec<String> = of_key.iter().map(value).collect();
            lines.push(format!("{key:>10}:  {}\n", values.join(" ")));
        }
        lines.sort();
        out.extend(lines);
    }
    out
}
