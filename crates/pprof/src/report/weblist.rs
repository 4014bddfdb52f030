//! `weblist`: a page of source lines with their instructions.
//!
//! Source: google/pprof `internal/report/source.go`.

mod page;
mod plan;

use std::collections::{BTreeMap, BTreeSet};

use profile::{Location, LocationId, MappingId};

use super::Report;
use super::assembly::parse_address;
use crate::error::Error;
use crate::graph::divide;

pub(crate) use page::escaped;
use plan::SourcePlan;

/// An address with a value in a function of interest.
#[derive(Clone, Copy)]
struct Interest {
    location: LocationId,
    mapping: Option<MappingId>,
}

/// What the samples say.
#[derive(Default)]
struct Counts {
    flat: BTreeMap<u64, i64>,
    cum: BTreeMap<u64, i64>,
    addresses: BTreeMap<u64, Interest>,
    /// Names of functions to show, as printed and as the linker knows them.
    functions: BTreeSet<String>,
    /// From the linker's name to the printed one.
    pretty: BTreeMap<String, String>,
}

impl Report<'_> {
    pub(super) fn weblist(&mut self) -> Result<Vec<u8>, Error> {
        let counts = self.count_addresses();
        if counts.functions.is_empty() {
            let symbol = self.options.symbol.as_ref().map_or("", |it| it.as_str());
            return Err(Error::Report(format!(
                "no matches found for regexp: {symbol}"
            )));
        }
        let plan = SourcePlan::new(self, &counts);
        Ok(self.weblist_page(&plan).into_bytes())
    }

    fn count_addresses(&self) -> Counts {
        let symbol = self.options.symbol.as_ref();
        let wanted_address = symbol.and_then(|it| parse_address(it.as_str()));
        let mut counts = Counts::default();
        let addresses = self.addresses();
        let matched = self.matched_lines();
        for id in self.profile.samples.ids() {
            let (value, divisor) = self.options.measure.of(&self.profile, id);
            let value = divide(value, divisor);
            for (depth, &location) in self.profile.samples.stack(id).iter().enumerate() {
                let at = base::Idx::index(location);
                let address = addresses[at];
                let add = |sums: &mut BTreeMap<u64, i64>| {
                    let sum = sums.entry(address).or_default();
                    *sum = sum.wrapping_add(value);
                };
                add(&mut counts.cum);
                if depth == 0 {
                    add(&mut counts.flat);
                }
                let lines = self.profile.lines(location);
                let outermost = lines.len().saturating_sub(1);
                let interesting: &[usize] = if wanted_address == Some(address) {
                    if lines.is_empty() {
                        &[]
                    } else {
                        std::slice::from_ref(&outermost)
                    }
                } else {
                    &matched[at]
                };
                for &line in interesting {
                    let function = &self.profile.functions[lines[line].function];
                    for name in [function.name, function.system_name] {
                        counts
                            .functions
                            .insert(self.profile.strings.text(name).into_owned());
                    }
                    let mapping = self.profile.locations[location].mapping;
                    counts
                        .addresses
                        .entry(address)
                        .or_insert(Interest { location, mapping });
                }
            }
        }
        for function in &self.profile.functions {
            let text = |id| self.profile.strings.text(id).into_owned();
            counts
                .pretty
                .insert(text(function.system_name), text(function.name));
        }
        counts
    }

    /// The address of every location; those without get one above all mappings.
    fn addresses(&self) -> Vec<u64> {
        let limits = self.profile.mappings.iter().map(|it| it.limit);
        let mut next = limits.max().unwrap_or(0).max(1);
        let address = |location: &Location| {
            if location.address == 0 {
                next = next.wrapping_add(1);
                next.wrapping_sub(1)
            } else {
                location.address
            }
        };
        self.profile.locations.iter().map(address).collect()
    }

    /// Positions of the lines of each location that the expression matches.
    fn matched_lines(&self) -> Vec<Vec<usize>> {
        let Some(symbol) = &self.options.symbol else {
            return vec![Vec::new(); self.profile.locations.len()];
        };
        let strings = &self.profile.strings;
        let functions: Vec<bool> = self
            .profile
            .functions
            .iter()
            .map(|it| {
                [it.name, it.system_name, it.filename]
                    .iter()
                    .any(|&id| symbol.is_match(&strings.text(id)))
            })
            .collect();
        let of_location = |id: LocationId| {
            let mapping = self.profile.locations[id].mapping;
            let file = mapping.map(|it| strings.text(self.profile.mappings[it].file));
            let all_of_file = file.is_some_and(|file| symbol.is_match(&file));
            let lines = self.profile.lines(id).iter().enumerate();
            lines
                .filter(|(position, line)| {
                    (*position == 0 && all_of_file) || functions[base::Idx::index(line.function)]
                })
                .map(|it| it.0)
                .collect()
        };
        self.profile.locations.ids().map(of_location).collect()
    }
}
