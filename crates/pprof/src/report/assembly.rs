//! `disasm`: instructions with their values.

use std::fmt::Write;
use std::rc::Rc;

use objfile::{Binary, Inst, Syntax};

use super::Report;
use crate::error::Error;
use crate::graph::{NodeInfo, Values, node_values};
use crate::number::percentage;
use crate::path;

/// A function of a binary.
struct Routine {
    name: String,
    start: u64,
    /// The first address after.
    end: u64,
    binary: Rc<Binary>,
    /// What to subtract from a sample's address.
    base: u64,
    /// Those with values, by address.
    nodes: Vec<(NodeInfo, Values)>,
}

/// An instruction to print.
#[derive(Default)]
struct AssemblyLine {
    address: u64,
    text: String,
    function: String,
    file: String,
    line: i64,
    values: Values,
}

impl Report<'_> {
    pub(super) fn assembly(&mut self) -> Result<Vec<u8>, Error> {
        let table = self.node_table();
        let values = node_values(&self.profile, &table, self.options.measure);
        let Some(symbol) = self.options.symbol.clone() else {
            return Err(Error::Report("no function named".to_owned()));
        };
        let address = parse_address(symbol.as_str());
        let nodes: Vec<(NodeInfo, Values)> = (table.infos.iter().copied().zip(values))
            .filter(|(_, values)| values.shows(self.options.drop_negative))
            .collect();
        let mut out = String::new();
        let mut routines = self.routines(&nodes, address, &mut out);
        writeln!(out, "Total: {}", self.format_value(self.total)).ok();
        let any_symbol = !routines.is_empty();
        routines.retain(|it| !it.nodes.is_empty());
        routines.sort_by(|a, b| (&a.name, a.start).cmp(&(&b.name, b.start)));
        if routines.is_empty() {
            return Err(Error::Report(match address {
                None => format!("no matches found for regexp {}", symbol.as_str()),
                Some(address) if !any_symbol => {
                    format!("no matches found for address {address:#x}")
                }
                Some(address) => format!(
                    "address {address:#x} found in binary, but the corresponding symbols do not \
                     have samples in the profile"
                ),
            }));
        }
        for routine in &routines {
            self.push_assembly(&mut out, routine)?;
        }
        Ok(out.into_bytes())
    }

    /// The functions that the report's expression means, in binaries whose nodes it matches.
    fn routines(
        &self,
        nodes: &[(NodeInfo, Values)],
        address: Option<u64>,
        out: &mut String,
    ) -> Vec<Routine> {
        let strings = &self.profile.strings;
        let is_match = |name: &str| {
            self.options
                .symbol
                .as_ref()
                .is_some_and(|it| it.is_match(name))
        };
        let mut matched = std::collections::BTreeSet::new();
        for (info, _) in nodes {
            // The name alone counts, too, so that `^main.main$` finds it.
            let is_named = || is_match(&strings.text(info.name));
            if !info.objfile.is_empty() && (is_match(&info.printable(strings)) || is_named()) {
                matched.insert(info.objfile);
            }
        }
        let mut routines = Vec::new();
        for mapping in &self.profile.mappings {
            let covers = |it: u64| mapping.start <= it && it <= mapping.limit;
            if !matched.contains(&mapping.file) && !address.is_some_and(covers) {
                continue;
            }
            let file = strings.text(mapping.file);
            let binary = match self.around.objects.open(self.around.system, &file) {
                Ok(binary) => binary,
                Err(reason) => {
                    writeln!(out, "{reason}").ok();
                    continue;
                }
            };
            let base = binary.go_tool_base(mapping.start);
            for found in binary.symbols().matching(address.unwrap_or(0), &is_match) {
                let end = found.address.saturating_add(found.size);
                let here = |info: &NodeInfo| {
                    let address = info.address.wrapping_sub(base);
                    address >= found.address && address < end.saturating_sub(1)
                };
                let mut nodes: Vec<(NodeInfo, Values)> =
                    nodes.iter().filter(|it| here(&it.0)).copied().collect();
                nodes.sort_by_key(|it| it.0.address);
                routines.push(Routine {
                    name: found.name.into_owned(),
                    start: found.address,
                    end,
                    binary: Rc::clone(&binary),
                    base,
                    nodes,
                });
            }
        }
        routines
    }

    fn push_assembly(&self, out: &mut String, routine: &Routine) -> Result<(), Error> {
        let sum = |value: fn(&Values) -> i64| {
            routine
                .nodes
                .iter()
                .fold(0_i64, |sum, it| sum.wrapping_add(value(&it.1)))
        };
        let (flat, cum) = (sum(|it| it.flat), sum(|it| it.cum));
        let syntax = self.syntax();
        let insts = routine
            .binary
            .disassemble(routine.start, routine.end, syntax);
        let insts = insts.map_err(|error| Error::Report(error.to_string()))?;
        writeln!(out, "ROUTINE ======================== {}", routine.name).ok();
        writeln!(
            out,
            "{:>10} {:>10} (flat, cum) {} of Total",
            self.format_value(flat),
            self.format_value(cum),
            percentage(cum, self.total)
        )
        .ok();
        let mut last = (String::new(), String::new(), 0);
        for line in self.annotated(&insts, routine) {
            let place = (line.function, line.file, line.line);
            let mut location = String::new();
            if place != last {
                if !place.0.is_empty() {
                    write!(location, "{} ", place.0).ok();
                }
                if !place.1.is_empty() {
                    location.push_str(&place.1);
                    if place.2 != 0 {
                        write!(location, ":{}", place.2).ok();
                    }
                }
                last = place;
            }
            let flat = self.value_or_dot(line.values.flat_value());
            let cum = self.value_or_dot(line.values.cum_value());
            let start = format!("{flat:>10} {cum:>10} {:>10x}: ", line.address);
            if location.is_empty() {
                writeln!(out, "{start}{}", line.text).ok();
            } else if line.text.len() < 40 {
                writeln!(out, "{start}{:<40};{location}", line.text).ok();
            } else {
                writeln!(out, "{:74};{location}\n{start}{}", "", line.text).ok();
            }
        }
        Ok(())
    }

    pub(super) fn syntax(&self) -> Syntax {
        if self.options.intel_syntax {
            Syntax::Intel
        } else {
            Syntax::Go
        }
    }

    /// Instructions with the values of all nodes up to the next one.
    fn annotated(&self, insts: &[Inst<'_>], routine: &Routine) -> Vec<AssemblyLine> {
        let strings = &self.profile.strings;
        let mut nodes = routine.nodes.iter().peekable();
        let mut lines = Vec::with_capacity(insts.len());
        for (index, inst) in insts.iter().enumerate() {
            let next = insts.get(index + 1).map_or(u64::MAX, |it| it.address);
            let mut line = AssemblyLine {
                address: inst.address,
                text: inst.text.clone(),
                line: inst.line.into(),
                ..AssemblyLine::default()
            };
            if !inst.file.is_empty() {
                path::base(&inst.file).clone_into(&mut line.file);
            }
            while let Some((info, values)) =
                nodes.next_if(|it| it.0.address.wrapping_sub(routine.base) < next)
            {
                line.values.add_flat((values.flat, values.flat_divisor));
                line.values.add_cum((values.cum, values.cum_divisor));
                let file = strings.text(info.file);
                if line.file.is_empty() && !file.is_empty() {
                    path::base(&file).clone_into(&mut line.file);
                }
                if line.line == 0 {
                    line.line = info.line;
                }
                if line.function.is_empty() {
                    line.function = strings.text(info.name).into_owned();
                }
            }
            lines.push(line);
        }
        lines
    }
}

/// A number as Go reads one with base 0: `0x`, `0o`, `0b`, `0` and decimal.
pub(super) fn parse_address(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let (digits, radix) = match lower.as_bytes() {
        [b'0', b'x', ..] => (&lower[2..], 16),
        [b'0', b'b', ..] => (&lower[2..], 2),
        [b'0', b'o', ..] => (&lower[2..], 8),
        [b'0', _, ..] => (&lower[1..], 8),
        _ => (lower.as_str(), 10),
    };
    if digits.starts_with('+') {
        return None;
    }
    u64::from_str_radix(digits, radix).ok()
}
