//! `traces`: every sample's stack.

use std::fmt::Write;

use profile::{Label, LabelValue, units};

use super::Report;
use crate::graph::{NodeTable, divide};

const SEPARATOR: &str = "-----------+-------------------------------------------------------";

impl Report<'_> {
    pub(super) fn traces(&mut self) -> String {
        let mut out = self.profile_labels().join("\n");
        out.push('\n');
        let table = NodeTable::new(&mut self.profile, false, self.options.by_file);
        let strings = &self.profile.strings;
        let names: Vec<String> = table.infos.iter().map(|it| it.printable(strings)).collect();
        for id in self.profile.samples.ids() {
            let sample = self.profile.samples.get(id);
            if sample.stack.is_empty() {
                continue;
            }
            writeln!(out, "{SEPARATOR}").ok();
            self.push_labels(&mut out, self.profile.label_sets.get(sample.labels));
            let (value, divisor) = self.options.measure.of(&self.profile, id);
            let mut value = self.format_value(divide(value, divisor));
            for &location in sample.stack {
                let nodes = table.of(location);
                for (position, node) in nodes.iter().enumerate() {
                    let inline = if position + 1 == nodes.len() {
                        ""
                    } else {
                        " (inline)"
                    };
                    let name = &names[base::Idx::index(*node)];
                    writeln!(out, "{value:>10}   {name}{inline}").ok();
                    value.clear();
                }
            }
        }
        writeln!(out, "{SEPARATOR}").ok();
        out
    }

    /// A line per key: text labels, then numeric ones, each sorted.
    fn push_labels(&self, out: &mut String, labels: &[Label]) {
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
    }
}
