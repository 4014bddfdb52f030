//! The memory map at the end of a profile, and which mapping each address belongs to.

use base::{Idx, IndexVec, List};
use regex::bytes::Regex;

use super::lines::{Lines, assignment, contains};
use super::numbers::hex;
use super::{Result, pattern};
use crate::model::{Function, FunctionId, Line, Location, LocationId, Mapping, MappingId, Profile};
use crate::samples::Samples;
use crate::strings::Strings;

/// Where position-dependent executables of Linux begin.
const EXECUTABLE_START: u64 = 0x40_0000;

/// Whether the memory map begins behind this line.
pub(super) fn is_sentinel(line: &[u8]) -> bool {
    contains(line, "--- Memory map: ---") || contains(line, "MAPPED_LIBRARIES:")
}

/// Reads the memory map somewhere behind the current line.
pub(super) fn read_rest(lines: &mut Lines<'_>, profile: &mut Profile) -> Result<()> {
    while !is_sentinel(lines.line) && lines.advance()? {}
    read_lines(lines, profile)
}

/// Reads a text that is a memory map.
pub(super) fn read(text: &[u8], profile: &mut Profile) -> Result<()> {
    read_lines(&mut Lines::new(text), profile)
}

fn read_lines(lines: &mut Lines<'_>, profile: &mut Profile) -> Result<()> {
    let patterns = Patterns::new();
    let mut variables = Variables::default();
    let mut mappings = Vec::new();
    while lines.advance()? {
        let line = patterns.without_log_prefix(lines.line);
        let line = variables.replace(line);
        match patterns.mapping(&line, &mut profile.strings) {
            Entry::Executable(mapping) => mappings.push(mapping),
            Entry::Data => {}
            Entry::None => variables.define(&line),
        }
    }
    let mappings = merge_adjacent(mappings);
    profile.mappings = IndexVec::from(main_binary_first(mappings, &profile.strings));
    renumber(profile);
    Ok(())
}

/// What a line of the map is.
enum Entry {
    Executable(Mapping),
    /// Memory without code.
    Data,
    None,
}

struct Patterns {
    /// As in `/proc/self/maps`.
    proc_maps: Regex,
    /// `START-LIMIT [perm] [file] [(@offset)] [build id]`.
    brief: Regex,
    /// `… file:line] `, as glog writes it.
    log_prefix: Regex,
}

impl Patterns {
    fn new() -> Self {
        let range = r"^\s*(?:0x)?([[:xdigit:]]+)[\t\n\f\r -]?\s*(?:0x)?([[:xdigit:]]+):?";
        let perm = r"(?:\s+([-rwxp]+))?";
        let hex = r"(?:\s+([[:xdigit:]]+))?";
        let file = r"(?:\s+(\S+))?";
        let at_offset = r"(?:\s+\(@([[:xdigit:]]+)\))?";
        let device = r"\s+[[:xdigit:]]+:[[:xdigit:]]+\s+[[:digit:]]+";
        Self {
            proc_maps: pattern(&format!("{range}{perm}{hex}{device}{file}")),
            brief: pattern(&format!("{range}{perm}{file}{at_offset}{hex}")),
            log_prefix: pattern(r"^[^\[\]]+:[0-9]+]\s"),
        }
    }

    fn without_log_prefix<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        let prefix = self.log_prefix.find(line);
        &line[prefix.map_or(0, |it| it.end())..]
    }

    fn mapping(&self, line: &[u8], strings: &mut Strings) -> Entry {
        let (found, [perm, file, offset, build_id]) =
            if let Some(found) = self.proc_maps.captures(line) {
                (found, [3, 5, 4, usize::MAX])
            } else if let Some(found) = self.brief.captures(line) {
                (found, [3, 4, 5, 6])
            } else {
                return Entry::None;
            };
        let part = |group| found.get(group).map_or(&b""[..], |it| it.as_bytes());
        if !part(perm).is_empty() && !part(perm).contains(&b'x') {
            return Entry::Data;
        }
        let offset = match part(offset) {
            b"" => Some(0),
            digits => hex(digits),
        };
        let (Some(start), Some(limit), Some(offset)) = (hex(part(1)), hex(part(2)), offset) else {
            return Entry::None;
        };
        Entry::Executable(Mapping {
            start,
            limit,
            offset,
            file: strings.intern(part(file)),
            build_id: strings.intern(part(build_id)),
            ..Mapping::default()
        })
    }
}

/// Assignments `name=value`, whose values replace `$name` in later lines.
#[derive(Default)]
struct Variables {
    /// The name with its `$`, and the value.
    pairs: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Variables {
    /// There are a few at most; more are an attempt to keep us busy, as are lines longer than
    /// this many bytes.
    const MAX: usize = 256;
    const MAX_LINE: usize = 64 << 10;

    fn define(&mut self, line: &[u8]) {
        if let Some((name, value)) = assignment(line)
            && self.pairs.len() < Self::MAX
        {
            self.pairs.push(([b"$", name].concat(), value.to_vec()));
        }
    }

    fn replace(&self, line: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(line.len());
        let mut rest = line;
        while let [first, tail @ ..] = rest {
            let variable = |(name, _): &&(Vec<u8>, Vec<u8>)| rest.starts_with(name);
            let found = match first {
                b'$' => self.pairs.iter().find(variable),
                _ => None,
            };
            match found {
                Some((name, value)) if out.len() < Self::MAX_LINE => {
                    out.extend_from_slice(value);
                    rest = &rest[name.len()..];
                }
                _ => {
                    out.push(*first);
                    rest = tail;
                }
            }
        }
        out
    }
}

/// One mapping for each run of neighbours that belong together.
fn merge_adjacent(mappings: Vec<Mapping>) -> Vec<Mapping> {
    let mut merged: Vec<Mapping> = Vec::with_capacity(mappings.len());
    for mapping in mappings {
        match merged.last_mut() {
            Some(last) if are_adjacent(last, &mapping) => {
                last.limit = mapping.limit;
                if !mapping.file.is_empty() {
                    last.file = mapping.file;
                }
                if !mapping.build_id.is_empty() {
                    last.build_id = mapping.build_id;
                }
            }
            _ => merged.push(mapping),
        }
    }
    merged
}

fn are_adjacent(first: &Mapping, second: &Mapping) -> bool {
    let differ = |a: crate::StrId, b: crate::StrId| !a.is_empty() && !b.is_empty() && a != b;
    let size = first.limit.wrapping_sub(first.start);
    let is_offset_next =
        first.offset == 0 || second.offset == 0 || first.offset.wrapping_add(size) == second.offset;
    !differ(first.file, second.file)
        && !differ(first.build_id, second.build_id)
        && first.limit == second.start
        && is_offset_next
}

/// Swaps what looks like the main binary to the front: the first that is not a library and no
/// special region.
fn main_binary_first(mut mappings: Vec<Mapping>, strings: &Strings) -> Vec<Mapping> {
    let library = pattern(r"[.]so$|[.]so[._][0-9]+");
    let is_binary = |mapping: &Mapping| {
        let file = strings.text(mapping.file).replace("(deleted)", "");
        let file = file.trim();
        !file.is_empty() && !file.starts_with('[') && !library.is_match(file.as_bytes())
    };
    if let Some(main) = mappings.iter().position(is_binary) {
        mappings.swap(0, main);
    }
    mappings
}

/// Gives every location a mapping, and all entries new ids: locations in the order in which
/// samples have them, without those that none has.
pub(super) fn renumber(profile: &mut Profile) {
    renumber_locations(profile);
    renumber_functions(profile);
    assign_mappings(profile);
}

fn renumber_locations(profile: &mut Profile) {
    let mut new_ids: Vec<Option<LocationId>> = vec![None; profile.locations.len()];
    let mut locations: IndexVec<LocationId, Location> = IndexVec::new();
    let mut samples = Samples::new(profile.samples.n_values());
    let mut stack = Vec::new();
    for sample in profile.samples.iter() {
        stack.clear();
        for &old in sample.stack {
            let new = new_ids[old.index()].get_or_insert_with(|| {
                let id = locations.len() as u64 + 1;
                let location = profile.locations[old];
                locations.push(Location { id, ..location })
            });
            stack.push(*new);
        }
        samples.push(&stack, sample.values, sample.labels);
    }
    profile.locations = locations;
    profile.samples = samples;
}

fn renumber_functions(profile: &mut Profile) {
    let mut new_ids: Vec<Option<FunctionId>> = vec![None; profile.functions.len()];
    let mut functions: IndexVec<FunctionId, Function> = IndexVec::new();
    let lists: Vec<List<Line>> = profile.locations.iter().map(|it| it.lines).collect();
    for list in lists {
        for line in &mut profile.lines[list.range()] {
            let old = line.function;
            line.function = *new_ids[old.index()].get_or_insert_with(|| {
                let id = functions.len() as u64 + 1;
                let function = profile.functions[old];
                functions.push(Function { id, ..function })
            });
        }
    }
    profile.functions = functions;
}

fn assign_mappings(profile: &mut Profile) {
    let mut mappings = profile.mappings.as_slice().to_vec();
    correct_main_binary(&mut mappings, &profile.strings);
    let mut are_sorted = mappings.windows(2).all(|it| it[0].limit <= it[1].start)
        && mappings.iter().all(|it| it.start <= it.limit);
    let mut fake = None;
    for id in profile.locations.ids() {
        let location = &mut profile.locations[id];
        let address = location.address;
        if address == 0 || location.mapping.is_some() {
            continue;
        }
        let found = find(&mappings, address, are_sorted).or(fake).or_else(|| {
            // Some profilers lose the first part of a split mapping.
            let found = mappings.iter().position(|it| {
                let first = it.start.wrapping_sub(it.offset);
                it.offset != 0 && first <= address && address < it.start
            })?;
            are_sorted = false;
            let mapping = &mut mappings[found];
            mapping.start = mapping.start.wrapping_sub(mapping.offset);
            mapping.offset = 0;
            Some(found)
        });
        let position = found.unwrap_or_else(|| {
            are_sorted = false;
            mappings.push(Mapping {
                limit: u64::MAX,
                ..Mapping::default()
            });
            mappings.len() - 1
        });
        if found.is_none() {
            fake = Some(position);
        }
        location.mapping = Some(MappingId::from_index(position));
    }
    for (index, mapping) in mappings.iter_mut().enumerate() {
        mapping.id = index as u64 + 1;
    }
    profile.mappings = IndexVec::from(mappings);
}

/// The first mapping with that address.
fn find(mappings: &[Mapping], address: u64, are_sorted: bool) -> Option<usize> {
    let holds = |it: &Mapping| it.start <= address && address < it.limit;
    if are_sorted {
        let position = mappings.partition_point(|it| it.limit <= address);
        return mappings
            .get(position)
            .is_some_and(holds)
            .then_some(position);
    }
    mappings.iter().position(holds)
}

/// Repairs the region of an executable whose text was moved to huge pages, or is listed from
/// somewhere behind its start.
fn correct_main_binary(mappings: &mut Vec<Mapping>, strings: &Strings) {
    if let [first, second, ..] = &mappings[..]
        && strings.get(first.file).starts_with(b"/anon_hugepage")
        && first.limit == second.start
    {
        mappings.remove(0);
    }
    if let Some(main) = mappings.first_mut()
        && main.start.wrapping_sub(main.offset) == EXECUTABLE_START
    {
        main.start = EXECUTABLE_START;
        main.offset = 0;
    }
}
