//! `traces`: every sample's stack.

use std::io::{self, Write};

use base::Idx;
use profile::{Label, LabelValue, units};

use super::Report;
use crate::graph::{NodeTable, divide};

const SEPARATOR: &str = "-----------+-------------------------------------------------------\n";

/// The column of the value, in front of every name.
const MARGIN: usize = 10;

impl Report<'_> {
    pub(super) fn write_traces(&mut self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", self.profile_labels().join("\n"))?;
        let table = NodeTable::new(&mut self.profile, false, self.options.by_file);
        // A location takes the same lines in every stack, but for the value in the first margin.
        let locations = self.profile.locations.ids();
        let lines: Vec<String> = locations
            .map(|id| self.lines_of(table.of(id), &table))
            .collect();
        let mut labels: Vec<Option<String>> = vec![None; self.profile.label_sets.len()];
        for id in self.profile.samples.ids() {
            let sample = self.profile.samples.get(id);
            let [leaf, callers @ ..] = sample.stack else {
                continue;
            };
            out.write_all(SEPARATOR.as_bytes())?;
            let labels = labels[sample.labels.index()].get_or_insert_with(|| {
                self.label_lines(self.profile.label_sets.get(sample.labels))
            });
            out.write_all(labels.as_bytes())?;
            let (value, divisor) = self.options.measure.of(&self.profile, id);
            write!(
                out,
                "{:>MARGIN$}",
                self.format_value(divide(value, divisor))
            )?;
            out.write_all(&lines[leaf.index()].as_bytes()[MARGIN..])?;
            for caller in callers {
                out.write_all(lines[caller.index()].as_bytes())?;
            }
        }
        out.write_all(SEPARATOR.as_bytes())
    }

    /// A line for each of a location's nodes.
    fn lines_of(&self, nodes: &[crate::graph::NodeId], table: &NodeTable) -> String {
        let mut lines = String::new();
        for (position, node) in nodes.iter().enumerate() {
            let inline = if position + 1 == nodes.len() {
                ""
            } else {
                " (inline)"
            };
            let name = table.infos[node.index()].printable(&self.profile.strings);
            lines.push_str(&format!("{:>MARGIN$}   {name}{inline}\n", ""));
        }
        lines
    }

    /// A line per key: text labels, then numeric ones, each sorted.
    fn label_lines(&self, labels: &[Label]) -> String {
        let mut out = String::new();
        for numeric in [false, true] {
            let mut lines = Vec::new();
            let of_kind: Vec<&Label> = labels.iter().filter(|it| it.is_num() == numeric).collect();
            for of_key in of_kind.chunk_by(|a, b| a.key == b.key) {
                let key = self.profile.strings.text(of_key[0].key);
                let value = |label: &&Label| match label.value {
                    LabelValue::Str(value) => self.profile.strings.text(value).into_owned(),
                    LabelValue::Num { value, .. } => {
                        units::label(value, self.options.label_units.get(&key), "auto")
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
}
