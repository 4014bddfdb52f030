//! `list`: source lines with their values.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::Report;
use crate::error::Error;
use crate::graph::{NodeInfo, Values, node_values};
use crate::source::SourceReader;

/// Lines shown before the first and after the last line with a value.
const MARGIN: i64 = 5;

impl Report<'_> {
    pub(super) fn list(&mut self) -> Result<Vec<u8>, Error> {
        let table = self.node_table();
        let values = node_values(&self.profile, &table, self.options.measure);
        let Some(symbol) = self.options.symbol.clone() else {
            return Err(Error::Report("no function named".to_owned()));
        };
        // By name, then by file; nodes in the order of their text.
        let mut functions: BTreeMap<String, BTreeMap<String, Vec<(NodeInfo, Values)>>> =
            BTreeMap::new();
        let mut matched = Vec::new();
        for (info, values) in table.infos.iter().zip(&values) {
            let name = self.profile.strings.text(info.name);
            if values.shows(self.options.drop_negative) && symbol.is_match(&name) {
                matched.push((info.sort_key(&self.profile.strings), *info, *values));
            }
        }
        matched.sort_by(|a, b| a.0.cmp(&b.0));
        for (_, info, values) in matched {
            let text = |id| self.profile.strings.text(id).into_owned();
            let files = functions.entry(text(info.name)).or_default();
            if !info.file.is_empty() {
                files
                    .entry(text(info.file))
                    .or_default()
                    .push((info, values));
            }
        }
        if functions.is_empty() {
            let symbol = symbol.as_str();
            return Err(Error::Report(format!(
                "no matches found for regexp: {symbol}"
            )));
        }
        let options = &self.options;
        let mut reader =
            SourceReader::new(self.around.system, &options.source_path, &options.trim_path);
        let mut out = format!("Total: {}\n", self.format_value(self.total));
        for (name, files) in &functions {
            if files.is_empty() {
                writeln!(out, "No source information for {name}").ok();
            }
            for (file, nodes) in files {
                self.push_routine(&mut out, name, file, nodes, &mut reader);
            }
        }
        Ok(out.into_bytes())
    }

    fn push_routine(
        &self,
        out: &mut String,
        name: &str,
        file: &str,
        nodes: &[(NodeInfo, Values)],
        reader: &mut SourceReader<'_>,
    ) {
        let sum = |value: fn(&Values) -> i64| {
            nodes
                .iter()
                .fold(0_i64, |sum, it| sum.wrapping_add(value(&it.1)))
        };
        let (flat, cum) = (sum(|it| it.flat), sum(|it| it.cum));
        writeln!(out, "ROUTINE ======================== {name} in {file}").ok();
        writeln!(
            out,
            "{:>10} {:>10} (flat, cum) {} of Total",
            self.format_value(flat),
            self.format_value(cum),
            self.share(cum)
        )
        .ok();
        let lines = match reader.lines(file) {
            Ok(lines) => lines,
            Err(reason) => {
                writeln!(out, " Error: {reason}").ok();
                return;
            }
        };
        let mut of_line: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
        for (info, values) in nodes {
            let sums = of_line.entry(info.line).or_default();
            sums.0 = sums.0.wrapping_add(values.flat);
            sums.1 = sums.1.wrapping_add(values.cum);
        }
        let (start, end) = window(nodes);
        for number in start.max(1)..=end {
            let Some(line) = lines.get(number as usize - 1) else {
                break;
            };
            let (flat, cum) = of_line.get(&number).copied().unwrap_or_default();
            let (flat, cum) = (self.value_or_dot(flat), self.value_or_dot(cum));
            writeln!(out, "{flat:>10} {cum:>10} {number:>6}:{line}").ok();
        }
    }
}

/// The first and last line to show of a function.
fn window(nodes: &[(NodeInfo, Values)]) -> (i64, i64) {
    let first_line = |info: &NodeInfo| match info.start_line {
        0 => info.line.saturating_sub(MARGIN),
        start => start,
    };
    let Some((first, _)) = nodes.first() else {
        return (1, 0);
    };
    let mut start = first_line(first);
    let mut end = first.line.saturating_add(MARGIN);
    for (info, _) in nodes {
        if first_line(info) < start {
            start = first_line(info);
        } else {
            end = end.max(info.line.saturating_add(MARGIN));
        }
    }
    (start, end)
}
