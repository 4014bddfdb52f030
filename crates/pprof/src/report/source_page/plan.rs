//! Which instructions belong to which source lines.

use std::collections::BTreeMap;
use std::rc::Rc;

use objfile::{Binary, Detail};

use super::{Counts, Interest};
use crate::path;
use crate::report::Machine;
use crate::report::assembly::syntax;
use crate::view::View;

/// How far around an address to look for more of its function.
const EXPAND: u64 = 500;
/// Most ranges of addresses to disassemble.
const MAX_RANGES: usize = 25;
/// Lines closer than this belong together.
const MERGE_LIMIT: i64 = 20;
/// Calls inlined at one address that are shown. Each comes with all that it is inlined into.
const MAX_INLINED: usize = 128;
/// Lines to show around.
const CONTEXT: i64 = 5;

/// A place in a source file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct CallSite {
    pub(crate) file: String,
    pub(crate) line: i64,
}

/// An instruction with its values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Instruction {
    /// In the binary.
    pub(crate) address: u64,
    pub(crate) length: u64,
    /// Empty where there is no binary.
    pub(crate) text: String,
    pub(crate) file: String,
    pub(crate) line: i64,
    pub(crate) flat: i64,
    pub(crate) cum: i64,
}

/// A source file with instructions.
#[derive(Default)]
pub(crate) struct SourceFile {
    /// Addresses in the order they were met, each with the calls inlined there, per line.
    pub(crate) lines: BTreeMap<i64, Vec<(u64, Vec<CallSite>)>>,
    function_names: BTreeMap<i64, String>,
}

/// Lines of one function to show.
pub(crate) struct SourceFunction {
    pub(crate) name: String,
    pub(crate) begin: i64,
    /// The first line after.
    pub(crate) end: i64,
    pub(crate) flat: i64,
    pub(crate) cum: i64,
}

/// All there is to show.
pub(crate) struct SourcePlan {
    pub(crate) instructions: BTreeMap<u64, Instruction>,
    pub(crate) files: BTreeMap<String, SourceFile>,
    pretty: BTreeMap<String, String>,
    /// Calls that are inlined deeper than [`MAX_INLINED`] were left out.
    pub(crate) is_cut: bool,
}

/// A call at an address.
#[derive(Clone)]
struct Call {
    function: String,
    file: String,
    line: i64,
}

struct Range {
    begin: u64,
    end: u64,
    /// Flat value within.
    score: i64,
    binary: Rc<Binary>,
    base: u64,
}

impl SourcePlan {
    pub(crate) fn new(view: &View, machine: Machine<'_>, counts: &Counts) -> Self {
        let mut plan = Self {
            instructions: BTreeMap::new(),
            files: BTreeMap::new(),
            pretty: counts.pretty.clone(),
            is_cut: false,
        };
        let (mut ranges, others) = split(view, machine, counts);
        for (address, interest) in others {
            plan.add_location(view, counts, address, interest);
        }
        ranges.sort_by(|a, b| (b.score, a.begin).cmp(&(a.score, b.begin)));
        ranges.truncate(MAX_RANGES);
        for range in &ranges {
            plan.add_range(view, counts, range);
        }
        for (&address, instruction) in &mut plan.instructions {
            let end = address.saturating_add(instruction.length);
            let sum = |sums: &BTreeMap<u64, i64>| {
                sums.range(address..end)
                    .fold(0_i64, |sum, it| sum.saturating_add(*it.1))
            };
            (instruction.flat, instruction.cum) = (sum(&counts.flat), sum(&counts.cum));
        }
        plan
    }

    /// An address without a binary, as the profile shows it.
    fn add_location(&mut self, view: &View, counts: &Counts, address: u64, interest: Interest) {
        let profile = &view.profile;
        let call = |line: &profile::Line| {
            let function = &profile.functions[line.function];
            let text = |id| profile.strings.text(id).into_owned();
            Call {
                function: text(function.name),
                file: text(function.filename),
                line: line.line,
            }
        };
        let calls: Vec<Call> = profile.lines(interest.location).iter().map(call).collect();
        let mut instruction = Instruction {
            address,
            length: 1,
            ..Instruction::default()
        };
        if let Some(first) = calls.first() {
            instruction.file.clone_from(&first.file);
            instruction.line = first.line;
        }
        self.instructions.insert(address, instruction);
        self.add_stack(counts, address, &calls);
    }

    fn add_range(&mut self, view: &View, counts: &Counts, range: &Range) {
        /// An instruction without a line gets that of one at most so far before it.
        const NEIGHBORHOOD: u64 = 32;
        let begin = range.begin.wrapping_sub(range.base);
        let end = range.end.wrapping_sub(range.base);
        let Ok(insts) = range.binary.disassemble(begin, end, syntax(view)) else {
            return;
        };
        let mut last: (u64, Vec<Call>) = (0, Vec::new());
        let mut max_address = 0;
        for (index, inst) in insts.iter().enumerate() {
            let address = inst.address.wrapping_add(range.base);
            if address <= max_address {
                continue;
            }
            max_address = address;
            let next = insts.get(index + 1).map(|it| it.address);
            let length = next
                .filter(|&it| it > inst.address)
                .map_or(1, |it| it - inst.address);
            let mut calls = calls_at(&range.binary, inst);
            let mut instruction = Instruction {
                address: inst.address,
                length,
                text: inst.text.clone(),
                ..Instruction::default()
            };
            if let Some(first) = calls.first() {
                instruction.file.clone_from(&first.file);
                instruction.line = first.line;
            }
            self.instructions.insert(address, instruction);
            if calls.first().is_some_and(|it| it.line != 0) {
                last = (address, calls.clone());
            } else if address.wrapping_sub(last.0) <= NEIGHBORHOOD && !last.1.is_empty() {
                calls.clone_from(&last.1);
            }
            self.add_stack(counts, address, &calls);
        }
    }

    /// Puts an address on the lines of all functions of interest that are active there.
    fn add_stack(&mut self, counts: &Counts, address: u64, calls: &[Call]) {
        self.is_cut |= calls.len() > MAX_INLINED;
        for (index, call) in calls.iter().enumerate().take(MAX_INLINED) {
            if !counts.functions.contains(&call.function) {
                continue;
            }
            let file = self.files.entry(canonical(&call.file)).or_default();
            let site = |it: &Call| CallSite {
                file: it.file.clone(),
                line: it.line,
            };
            let inlined = calls[..index].iter().rev().map(site).collect();
            file.lines
                .entry(call.line)
                .or_default()
                .push((address, inlined));
            file.function_names
                .entry(call.line)
                .or_insert_with(|| call.function.clone());
        }
    }

    pub(crate) fn instruction(&self, address: u64) -> Instruction {
        self.instructions.get(&address).cloned().unwrap_or_default()
    }

    /// The functions of a file, with some lines around each.
    pub(crate) fn functions(&self, file: &SourceFile) -> Vec<SourceFunction> {
        let mut functions: Vec<SourceFunction> = Vec::new();
        for (&line, addresses) in &file.lines {
            let name = file.function_names.get(&line).cloned().unwrap_or_default();
            let name = self.pretty.get(&name).cloned().unwrap_or(name);
            let (mut flat, mut cum) = (0_i64, 0_i64);
            for (address, _) in addresses {
                let instruction = self.instruction(*address);
                flat = flat.saturating_add(instruction.flat);
                cum = cum.saturating_add(instruction.cum);
            }
            match functions.last_mut() {
                Some(last) if line - last.end < MERGE_LIMIT && last.name == name => {
                    last.end = line + 1;
                    last.flat = last.flat.saturating_add(flat);
                    last.cum = last.cum.saturating_add(cum);
                }
                _ => functions.push(SourceFunction {
                    name,
                    begin: line,
                    end: line + 1,
                    flat,
                    cum,
                }),
            }
        }
        widen(&mut functions);
        functions
    }
}

/// Shows lines around functions; a gap between two is shared.
fn widen(functions: &mut [SourceFunction]) {
    let mut previous_end: Option<usize> = None;
    for index in 0..functions.len() {
        if let Some(previous) = previous_end {
            let gap = functions[index].begin - functions[previous].end;
            let half = (gap / 2).min(CONTEXT);
            functions[previous].end += half;
            functions[index].begin -= half;
        } else if functions[index].begin > CONTEXT {
            functions[index].begin -= CONTEXT;
        } else if functions[index].begin > 1 {
            functions[index].begin = 1;
        }
        previous_end = Some(index);
    }
    if let Some(last) = functions.last_mut() {
        last.end += CONTEXT;
    }
}

fn calls_at(binary: &Binary, inst: &objfile::Inst<'_>) -> Vec<Call> {
    let frames = binary.frames(inst.address, Detail::GoTool);
    if frames.is_empty() {
        let (file, line) = (inst.file.clone().into_owned(), inst.line.into());
        return vec![Call {
            function: String::new(),
            file,
            line,
        }];
    }
    let call = |it: objfile::Frame<'_>| Call {
        function: it.function.into_owned(),
        file: it.file.into_owned(),
        line: it.line,
    };
    frames.into_iter().map(call).collect()
}

/// A file's path without what says nothing.
fn canonical(file: &str) -> String {
    let file = file.strip_prefix("/proc/self/cwd/").unwrap_or(file);
    path::clean(file.strip_prefix("./").unwrap_or(file))
}

/// The addresses as ranges of binaries, and those without a binary.
fn split(view: &View, machine: Machine<'_>, counts: &Counts) -> (Vec<Range>, Vec<(u64, Interest)>) {
    let profile = &view.profile;
    let mut others = Vec::new();
    let mut in_binary: Vec<(u64, Interest, Rc<Binary>)> = Vec::new();
    for (&address, &interest) in &counts.addresses {
        let file = interest
            .mapping
            .map(|it| profile.strings.text(profile.mappings[it].file));
        let open =
            |file: std::borrow::Cow<'_, str>| machine.objects.open(machine.system, &file).ok();
        let binary = file.and_then(open);
        match binary {
            Some(binary) => in_binary.push((address, interest, binary)),
            None => others.push((address, interest)),
        }
    }
    let mut ranges = Vec::new();
    let mut addresses = in_binary.into_iter().peekable();
    let flat_at = |address: u64| counts.flat.get(&address).copied().unwrap_or(0);
    while let Some((first, interest, binary)) = addresses.next() {
        let Some(mapping) = interest.mapping.map(|it| profile.mappings[it]) else {
            continue;
        };
        let (mut begin, mut end) = (first, first);
        let mut score = flat_at(first);
        while let Some((next, ..)) =
            addresses.next_if(|it| it.0 <= end.saturating_add(2 * EXPAND) && it.0 < mapping.limit)
        {
            end = next;
            score = score.saturating_add(flat_at(next));
        }
        begin = if mapping.start.wrapping_sub(begin) >= EXPAND {
            begin.wrapping_sub(EXPAND)
        } else {
            mapping.start
        };
        end = if mapping.limit.wrapping_sub(end) >= EXPAND {
            end.wrapping_add(EXPAND)
        } else {
            mapping.limit
        };
        let base = binary.go_tool_base(mapping.start);
        ranges.push(Range {
            begin,
            end,
            score,
            binary,
            base,
        });
    }
    (ranges, others)
}
