//! `weblist`: source lines with their instructions.
//!
//! Source: google/pprof `internal/report/source.go`.

mod plan;

use std::collections::{BTreeMap, BTreeSet};

use base::Idx;
use profile::{Location, LocationId, MappingId};

use self::plan::{CallSite, SourcePlan};
use super::assembly::parse_address;
use super::{Header, Machine, Scale};
use crate::error::Error;
use crate::graph::divide;
use crate::path;
use crate::source::SourceReader;
use crate::view::View;

/// Source files with instructions.
#[derive(Clone, PartialEq, Debug)]
pub struct SourcePage {
    /// Base name of the main binary; empty if it is not known.
    pub title: String,
    pub header: Header,
    pub scale: Scale,
    /// By path.
    pub files: Vec<PageFile>,
    /// Calls that are inlined too deep were left out.
    pub is_cut: bool,
}

/// A file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PageFile {
    pub path: String,
    pub functions: Vec<PageFunction>,
}

/// The lines of a function.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PageFunction {
    pub name: String,
    pub flat: i64,
    pub cum: i64,
    pub lines: Vec<PageLine>,
}

/// A source line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PageLine {
    /// From 1; 0: instructions whose line is not known.
    pub number: i64,
    pub text: String,
    pub flat: i64,
    pub cum: i64,
    /// There are instructions, known or not.
    pub has_code: bool,
    /// What is known of them.
    pub code: Vec<PageCode>,
}

/// A line below a source line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PageCode {
    /// Instructions of other lines.
    Gap,
    /// A call that was inlined.
    Inlined {
        /// How many calls are around it.
        depth: usize,
        /// The source line, without indentation.
        text: String,
        /// Base name.
        file: String,
        line: i64,
    },
    Instruction {
        /// How many inlined calls are around it.
        depth: usize,
        /// In the binary.
        address: u64,
        text: String,
        /// Base name and line; empty if they are not known.
        place: String,
        flat: i64,
        cum: i64,
    },
}

impl SourcePage {
    /// The functions that the view's expression matches; it is an error if there are none.
    pub fn new(view: &View, machine: Machine<'_>) -> Result<Self, Error> {
        let counts = Counts::new(view);
        if counts.functions.is_empty() {
            let symbol = view.symbol.as_ref();
            let none = || Error::Report("no matches found for regexp: ".to_owned());
            return Err(symbol.map_or_else(none, Error::no_match));
        }
        let plan = SourcePlan::new(view, machine, &counts);
        let mut reader = SourceReader::new(view, machine);
        let mut files = Vec::new();
        for (path, file) in &plan.files {
            let mut functions = Vec::new();
            for found in plan.functions(file) {
                if found.cum != 0 {
                    functions.push(page_function(&plan, path, file, found, &mut reader));
                }
            }
            files.push(PageFile {
                path: path.clone(),
                functions,
            });
        }
        Ok(Self {
            title: view.title(),
            header: view.header(),
            scale: view.scale.clone(),
            files,
            is_cut: plan.is_cut,
        })
    }
}

fn page_function(
    plan: &SourcePlan,
    path: &str,
    file: &plan::SourceFile,
    found: plan::SourceFunction,
    reader: &mut SourceReader<'_>,
) -> PageFunction {
    let mut lines = Vec::new();
    for number in found.begin..found.end {
        let addresses = file.lines.get(&number).map_or(&[][..], Vec::as_slice);
        let text = match reader.line(path, number) {
            Some(text) => text,
            None if addresses.is_empty() => continue,
            None if number == 0 => "<instructions with unknown line numbers>".to_owned(),
            None => "???".to_owned(),
        };
        let mut line = PageLine {
            number,
            text,
            flat: 0,
            cum: 0,
            has_code: !addresses.is_empty(),
            code: Vec::new(),
        };
        let mut is_known = false;
        for (address, inlined) in addresses {
            let instruction = plan.instruction(*address);
            line.flat = line.flat.saturating_add(instruction.flat);
            line.cum = line.cum.saturating_add(instruction.cum);
            is_known |= !inlined.is_empty() || !instruction.text.is_empty();
        }
        if is_known {
            line.code = code(plan, addresses, reader);
        }
        lines.push(line);
    }
    PageFunction {
        name: found.name,
        flat: found.flat,
        cum: found.cum,
        lines,
    }
}

fn code(
    plan: &SourcePlan,
    addresses: &[(u64, Vec<CallSite>)],
    reader: &mut SourceReader<'_>,
) -> Vec<PageCode> {
    let mut code = Vec::new();
    let mut current: &[CallSite] = &[];
    let mut last_end = 0;
    for (index, (address, inlined)) in addresses.iter().enumerate() {
        let instruction = plan.instruction(*address);
        if index != 0 && *address != last_end {
            code.push(PageCode::Gap);
        }
        last_end = address.wrapping_add(instruction.length);
        for (depth, site) in inlined.iter().enumerate() {
            if current.get(depth) == Some(site) {
                continue;
            }
            current = &[];
            let text = reader.line(&site.file, site.line).unwrap_or_default();
            code.push(PageCode::Inlined {
                depth,
                text: text.trim().to_owned(),
                file: path::base(&site.file).to_owned(),
                line: site.line,
            });
        }
        current = inlined;
        if instruction.text.is_empty() {
            continue;
        }
        code.push(PageCode::Instruction {
            depth: inlined.len(),
            address: instruction.address,
            text: instruction.text.clone(),
            place: if instruction.file.is_empty() {
                String::new()
            } else {
                format!("{}:{}", path::base(&instruction.file), instruction.line)
            },
            flat: instruction.flat,
            cum: instruction.cum,
        });
    }
    code
}

/// An address with a value in a function of interest.
#[derive(Clone, Copy)]
struct Interest {
    location: LocationId,
    mapping: Option<MappingId>,
}

/// The sums of all samples by address.
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

impl Counts {
    fn new(view: &View) -> Self {
        let profile = &view.profile;
        let sums = LocationSums::new(view);
        let wanted = view
            .symbol
            .as_ref()
            .and_then(|it| parse_address(it.as_str()));
        let addresses = addresses(view);
        let matched = MatchedFunctions::new(view);
        let mut counts = Self::default();
        let mut functions = BTreeSet::new();
        for location in sums.in_order {
            let address = addresses[location.index()];
            let (flat, cum, is_leaf) = sums.of[location.index()];
            let add = |to: &mut BTreeMap<u64, i64>, value: i64| {
                let sum = to.entry(address).or_default();
                *sum = sum.saturating_add(value);
            };
            add(&mut counts.cum, cum);
            if is_leaf {
                add(&mut counts.flat, flat);
            }
            let lines = profile.lines(location);
            let mut any = false;
            if wanted == Some(address) {
                any = !lines.is_empty();
                functions.extend(lines.last().map(|it| it.function));
            } else {
                for (position, line) in lines.iter().enumerate() {
                    if matched.contains(location, position, line.function) {
                        any = true;
                        functions.insert(line.function);
                    }
                }
            }
            if any {
                let mapping = profile.locations[location].mapping;
                let interest = Interest { location, mapping };
                counts.addresses.entry(address).or_insert(interest);
            }
        }
        let text = |id| profile.strings.text(id).into_owned();
        for function in functions {
            let function = &profile.functions[function];
            let names = [function.name, function.system_name];
            counts.functions.extend(names.map(text));
        }
        for function in &profile.functions {
            let (linker, printed) = (text(function.system_name), text(function.name));
            counts.pretty.insert(linker, printed);
        }
        counts
    }
}

/// The sums of locations, of a recursive one once per level.
struct LocationSums {
    /// Flat and cum of each location, and whether it is the leaf of any sample.
    of: Vec<(i64, i64, bool)>,
    /// The locations of all samples, in the order in which these show them.
    in_order: Vec<LocationId>,
}

impl LocationSums {
    fn new(view: &View) -> Self {
        let profile = &view.profile;
        let mut of = vec![(0_i64, 0_i64, false); profile.locations.len()];
        let mut seen = vec![false; profile.locations.len()];
        let mut in_order = Vec::new();
        for id in profile.samples.ids() {
            let (value, divisor) = view.measure.of(profile, id);
            let value = divide(value, divisor);
            let stack = profile.samples.stack(id);
            if let Some(leaf) = stack.first() {
                let sums = &mut of[leaf.index()];
                sums.0 = sums.0.saturating_add(value);
                sums.2 = true;
            }
            for location in stack {
                let sums = &mut of[location.index()];
                sums.1 = sums.1.saturating_add(value);
                if !std::mem::replace(&mut seen[location.index()], true) {
                    in_order.push(*location);
                }
            }
        }
        Self { of, in_order }
    }
}

/// The address of every location; those without get one above all mappings.
fn addresses(view: &View) -> Vec<u64> {
    let limits = view.profile.mappings.iter().map(|it| it.limit);
    let mut next = limits.max().unwrap_or(0).max(1);
    let address = |location: &Location| {
        if location.address == 0 {
            next = next.wrapping_add(1);
            next.wrapping_sub(1)
        } else {
            location.address
        }
    };
    view.profile.locations.iter().map(address).collect()
}

/// Functions and mappings that the view's expression matches.
struct MatchedFunctions<'a> {
    view: &'a View,
    functions: Vec<bool>,
    mappings: Vec<bool>,
}

impl<'a> MatchedFunctions<'a> {
    fn new(view: &'a View) -> Self {
        let strings = &view.profile.strings;
        let is_match = |id| {
            let symbol = view.symbol.as_ref();
            symbol.is_some_and(|it| it.is_match(&strings.text(id)))
        };
        let functions = view.profile.functions.iter();
        let functions = functions.map(|it| {
            [it.name, it.system_name, it.filename]
                .into_iter()
                .any(is_match)
        });
        let mappings = view.profile.mappings.iter();
        Self {
            view,
            functions: functions.collect(),
            mappings: mappings.map(|it| is_match(it.file)).collect(),
        }
    }

    /// Whether the line at a position of a location is of interest.
    fn contains(
        &self,
        location: LocationId,
        position: usize,
        function: profile::FunctionId,
    ) -> bool {
        let mapping = self.view.profile.locations[location].mapping;
        self.functions[function.index()]
            || (position == 0 && mapping.is_some_and(|it| self.mappings[it.index()]))
    }
}
