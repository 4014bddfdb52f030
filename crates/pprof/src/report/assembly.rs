//! `disasm`: instructions with their values.

use std::collections::BTreeSet;
use std::rc::Rc;

use objfile::{Binary, Inst, Syntax};

use super::trimmed::Shape;
use super::{Machine, Scale};
use crate::error::Error;
use crate::graph::{NodeInfo, NodeTable, Values, node_values};
use crate::path;
use crate::view::View;

/// Functions with their instructions.
#[derive(Clone, PartialEq, Debug)]
pub struct Assembly {
    pub scale: Scale,
    /// Binaries that could not be read, and why.
    pub problems: Vec<String>,
    /// By name.
    pub routines: Vec<Routine>,
}

/// A function of a binary.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Routine {
    pub name: String,
    pub flat: i64,
    pub cum: i64,
    pub lines: Vec<AssemblyLine>,
}

/// An instruction with the values of all samples up to the next one.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct AssemblyLine {
    /// In the binary.
    pub address: u64,
    pub text: String,
    /// Empty if it is not known, as is the file.
    pub function: String,
    /// Base name.
    pub file: String,
    /// From 1; 0: not known.
    pub line: i64,
    pub flat: i64,
    pub cum: i64,
}

/// A function of a binary that is to be disassembled.
struct Found {
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

impl Assembly {
    /// The functions that the view's expression means. It is an error if there are none.
    pub fn new(view: &View, machine: Machine<'_>) -> Result<Self, Error> {
        let table = view.node_table(Shape::Code);
        let values = node_values(&view.profile, &table, view.measure);
        let Some(symbol) = &view.symbol else {
            return Err(Error::Report("no function named".to_owned()));
        };
        let address = parse_address(symbol.as_str());
        let nodes: Vec<(NodeInfo, Values)> = (table.infos.iter().copied().zip(values))
            .filter(|(_, values)| values.shows(view.settings.drop_negative))
            .collect();
        let mut problems = Vec::new();
        let mut found = routines(view, &table, &nodes, machine, &mut problems);
        let any_symbol = !found.is_empty();
        found.retain(|it| !it.nodes.is_empty());
        found.sort_by(|a, b| (&a.name, a.start).cmp(&(&b.name, b.start)));
        if found.is_empty() {
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
        let routines = found.iter().map(|it| routine(view, &table, it));
        Ok(Self {
            scale: view.scale.clone(),
            problems,
            routines: routines.collect::<Result<_, _>>()?,
        })
    }
}

/// The functions that the report's expression means, in binaries whose nodes it matches.
fn routines(
    view: &View,
    table: &NodeTable,
    nodes: &[(NodeInfo, Values)],
    machine: Machine<'_>,
    problems: &mut Vec<String>,
) -> Vec<Found> {
    let strings = &table.strings;
    let symbol = view.symbol.as_ref();
    let address = symbol.and_then(|it| parse_address(it.as_str()));
    let is_match = |name: &str| symbol.is_some_and(|it| it.is_match(name));
    let mut matched = BTreeSet::new();
    for (info, _) in nodes {
        // The name alone counts, too, so that `^main.main$` finds it.
        let is_named = || is_match(&strings.text(info.name));
        if !info.objfile.is_empty() && (is_match(&info.printable(strings)) || is_named()) {
            matched.insert(info.objfile);
        }
    }
    let mut routines = Vec::new();
    for mapping in &view.profile.mappings {
        let covers = |it: u64| mapping.start <= it && it <= mapping.limit;
        if !matched.contains(&mapping.file) && !address.is_some_and(covers) {
            continue;
        }
        let file = strings.text(mapping.file);
        let binary = match machine.objects.open(machine.system, &file) {
            Ok(binary) => binary,
            Err(reason) => {
                problems.push(reason);
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
            routines.push(Found {
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

fn routine(view: &View, table: &NodeTable, found: &Found) -> Result<Routine, Error> {
    let sum = |value: fn(&Values) -> i64| {
        let values = found.nodes.iter().map(|it| value(&it.1));
        values.fold(0_i64, i64::saturating_add)
    };
    let syntax = syntax(view);
    let insts = found.binary.disassemble(found.start, found.end, syntax);
    let insts = insts.map_err(|error| Error::Report(error.to_string()))?;
    Ok(Routine {
        name: found.name.clone(),
        flat: sum(|it| it.flat),
        cum: sum(|it| it.cum),
        lines: annotated(&insts, found, table),
    })
}

pub(super) fn syntax(view: &View) -> Syntax {
    if view.settings.intel_syntax {
        Syntax::Intel
    } else {
        Syntax::Go
    }
}

/// Instructions with the values of all nodes up to the next one.
fn annotated(insts: &[Inst<'_>], found: &Found, table: &NodeTable) -> Vec<AssemblyLine> {
    let strings = &table.strings;
    let mut nodes = found.nodes.iter().peekable();
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
        let mut sums = Values::default();
        while let Some((info, values)) =
            nodes.next_if(|it| it.0.address.wrapping_sub(found.base) < next)
        {
            sums.add_flat((values.flat, values.flat_divisor));
            sums.add_cum((values.cum, values.cum_divisor));
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
        (line.flat, line.cum) = (sums.flat_value(), sums.cum_value());
        lines.push(line);
    }
    lines
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
