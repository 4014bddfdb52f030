//! Go's own table of functions, files, lines and inlined calls, which survives stripping.
//!
//! ```text
//! header   magic, quantum, pointer size, counts, offsets of the parts
//! funcname NUL-ended names
//! cutab    per compilation unit: its files, as offsets into filetab
//! filetab  NUL-ended paths
//! pctab    per function and kind of value: (value delta, pc delta) pairs as varints
//! functab  (entry, offset of _func) by address, then the end of the last function
//! _func    name, offsets into pctab, cutab; pcdata and funcdata follow
//! ```
//!
//! | magic | Go | what changed |
//! |---|---|---|
//! | fffffffa | 1.16, 1.17 | parts with offsets in the header; entries and funcdata are pointers |
//! | fffffff0 | 1.18, 1.19 | entries relative to `runtime.text`, funcdata relative to `go:func.*` |
//! | fffffff1 | 1.20 … | function start lines; inline tree without its own file and line |
//!
//! The inline tree of a function lies outside of the table, at funcdata 3, and the number of the
//! innermost inlined call at a pc is pcdata 2. Sources: runtime/symtab.go, runtime/symtabinl.go,
//! debug/gosym/pclntab.go of go1.16 to go1.27.
//!
//! Nothing here trusts a number it reads: what points outside of the table is "unknown".

pub(crate) mod locate;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::binary::text_of;
pub(crate) use locate::Place;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Version {
    Go116,
    Go118,
    Go120,
}

/// The table of one binary. All methods are lookups of a few hundred nanoseconds; nothing is kept.
#[derive(Clone, Copy, Debug)]
pub struct Pclntab<'a> {
    table: &'a [u8],
    header: Header,
    /// The address functions are counted from; `runtime.text`.
    pub text_start: u64,
    inline_trees: InlineTrees<'a>,
}

/// Where funcdata lies.
#[derive(Clone, Copy, Debug)]
pub(crate) enum InlineTrees<'a> {
    Unknown,
    /// The bytes from `go:func.*` on (Go 1.18 and later).
    FromGofunc(&'a [u8]),
    /// Read-only data at that address, which funcdata points into (before).
    At(u64, &'a [u8]),
}

/// Offsets into the table, each checked to lie in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Header {
    version: Version,
    little_endian: bool,
    /// Smallest instruction size, the unit of pc deltas.
    quantum: u32,
    pub(crate) pointer_size: u8,
    functions: usize,
    /// `runtime.text` as the header says; 0 in a PIE and since Go 1.26.
    pub(crate) text_start: u64,
    pub(crate) funcname: usize,
    cutab: usize,
    filetab: usize,
    pctab: usize,
    functab: usize,
}

/// A function of the table; an entry in `functab`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Func<'a> {
    pub entry: u64,
    /// The next function's entry.
    pub end: u64,
    name: &'a [u8],
    /// Offset of its `_func` in the table.
    offset: usize,
}

impl<'a> Func<'a> {
    pub fn name(&self) -> Cow<'a, str> {
        text_of(self.name)
    }
}

/// A call at a pc, physical or inlined.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call<'a> {
    pub function: Cow<'a, str>,
    /// Empty if unknown.
    pub file: Cow<'a, str>,
    /// -1 if unknown.
    pub line: i32,
    /// Line of the `func` keyword; 0 if unknown (before Go 1.20).
    pub start_line: i32,
    pub inlined: bool,
    /// What is special about the function; the numbers differ by version of Go.
    pub function_id: u8,
}

/// An entry of an inline tree.
struct InlinedCall<'a> {
    name: &'a [u8],
    start_line: i32,
    /// Where it is called, counted from the physical function's entry.
    parent_pc: u32,
    function_id: u8,
}

const PCDATA_INL_TREE_INDEX: u32 = 2;
const FUNCDATA_INL_TREE: u32 = 3;
/// More inlined calls than this at one pc is a cycle in a broken table.
const MAX_INLINE_DEPTH: usize = 256;

impl Header {
    /// Reads the header and checks that all parts are in the table.
    pub(crate) fn read(table: &[u8]) -> Option<Header> {
        let head = table.first_chunk::<8>()?;
        let magic = [head[0], head[1], head[2], head[3]];
        let version = |magic: u32| match magic {
            0xffff_fffa => Some(Version::Go116),
            0xffff_fff0 => Some(Version::Go118),
            0xffff_fff1 => Some(Version::Go120),
            _ => None,
        };
        let (version, little_endian) = match version(u32::from_le_bytes(magic)) {
            Some(version) => (version, true),
            None => (version(u32::from_be_bytes(magic))?, false),
        };
        let (quantum, pointer_size) = (head[6], head[7]);
        let sane = head[4] == 0 && head[5] == 0;
        if !sane || !matches!(quantum, 1 | 2 | 4) || !matches!(pointer_size, 4 | 8) {
            return None;
        }
        let word = |n: usize| {
            let at = 8 + n * usize::from(pointer_size);
            let low = u64::from(word32(table, at, little_endian)?);
            if pointer_size == 4 {
                return Some(low);
            }
            let high = u64::from(word32(table, at + 4, little_endian)?);
            Some(if little_endian {
                low | high << 32
            } else {
                low << 32 | high
            })
        };
        let offset = |n: usize| {
            usize::try_from(word(n)?)
                .ok()
                .filter(|at| *at < table.len())
        };
        // 1.18 put the start of the text before the offsets.
        let first = if version >= Version::Go118 { 3 } else { 2 };
        let header = Header {
            version,
            little_endian,
            quantum: u32::from(quantum),
            pointer_size,
            functions: usize::try_from(word(0)?).ok()?,
            text_start: if first == 3 { word(2)? } else { 0 },
            funcname: offset(first)?,
            cutab: offset(first + 1)?,
            filetab: offset(first + 2)?,
            pctab: offset(first + 3)?,
            functab: offset(first + 4)?,
        };
        let fields = header.functions.checked_mul(2)?.checked_add(1)?;
        let end = header
            .functab
            .checked_add(fields.checked_mul(header.functab_field())?)?;
        (header.functions > 0 && end <= table.len()).then_some(header)
    }

    fn functab_field(&self) -> usize {
        if self.version >= Version::Go118 {
            4
        } else {
            usize::from(self.pointer_size)
        }
    }
}

fn word32(bytes: &[u8], at: usize, little_endian: bool) -> Option<u32> {
    let word = bytes.get(at..)?.first_chunk::<4>()?;
    Some(if little_endian {
        u32::from_le_bytes(*word)
    } else {
        u32::from_be_bytes(*word)
    })
}

impl<'a> Pclntab<'a> {
    /// A table alone, without inline trees. `text_start` is the address of `runtime.text`; if 0,
    /// the header's own is taken.
    pub fn parse(table: &'a [u8], text_start: u64) -> Option<Pclntab<'a>> {
        let header = Header::read(table)?;
        let text_start = if text_start == 0 {
            header.text_start
        } else {
            text_start
        };
        Some(Pclntab {
            table,
            header,
            text_start,
            inline_trees: InlineTrees::Unknown,
        })
    }

    pub fn version(&self) -> Version {
        self.header.version
    }

    /// How many functions the table has.
    pub fn len(&self) -> usize {
        self.header.functions
    }

    pub fn is_empty(&self) -> bool {
        self.header.functions == 0
    }

    /// Whether inlined calls can be expanded.
    pub fn has_inline_trees(&self) -> bool {
        !matches!(self.inline_trees, InlineTrees::Unknown)
    }

    /// All functions by address. Broken entries are left out.
    pub fn functions(self) -> impl Iterator<Item = Func<'a>> {
        (0..self.len()).filter_map(move |n| self.function(n))
    }

    /// The function whose code is at `pc`.
    pub fn find(&self, pc: u64) -> Option<Func<'a>> {
        let after = partition_point(self.len(), |n| self.entry(n).is_some_and(|e| e <= pc));
        let func = self.function(after.checked_sub(1)?)?;
        (func.entry <= pc && pc < func.end).then_some(func)
    }

    /// File and line at `pc`, as the innermost call has them. Unknown: empty and -1.
    pub fn file_line(&self, func: &Func<'a>, pc: u64) -> (Cow<'a, str>, i32) {
        let line = self
            .field(func, 6)
            .and_then(|table| self.value(table, func.entry, pc));
        (self.file(func, pc).unwrap_or_default(), line.unwrap_or(-1))
    }

    /// The calls active at `pc`, innermost first; the last is the function itself.
    pub fn calls(&self, func: &Func<'a>, pc: u64) -> Vec<Call<'a>> {
        let mut calls = Vec::new();
        let mut pc = pc;
        let tree = self.inline_tree(func);
        while calls.len() < MAX_INLINE_DEPTH {
            let (file, line) = self.file_line(func, pc);
            let inlined = tree.and_then(|tree| {
                let index = self.pcdata(func, PCDATA_INL_TREE_INDEX, pc)?;
                self.inlined_call(tree, u32::try_from(index).ok()?)
            });
            let Some(inlined) = inlined else {
                let (function, start_line) = (func.name(), self.start_line(func));
                calls.push(Call {
                    function,
                    file,
                    line,
                    start_line,
                    inlined: false,
                    function_id: self.function_id(func).unwrap_or_default(),
                });
                break;
            };
            calls.push(Call {
                function: text_of(inlined.name),
                file,
                line,
                start_line: inlined.start_line,
                inlined: true,
                function_id: inlined.function_id,
            });
            pc = func.entry.wrapping_add(u64::from(inlined.parent_pc));
        }
        calls
    }

    /// The number of functions that the runtime leaves out of stacks: wrappers of methods, of `go` and
    /// `defer`. It differs by version of Go, but `runtime.deferreturn` always has it.
    pub fn wrapper_id(self) -> Option<u8> {
        let mut functions = self.functions();
        let known = functions.find(|it| it.name == b"runtime.deferreturn")?;
        self.function_id(&known)
    }

    /// The first of the four bytes whose last is the number of funcdata.
    fn function_id(&self, func: &Func<'a>) -> Option<u8> {
        let at = self.pcdata_start(func)?.checked_sub(4)?;
        self.table.get(at).copied()
    }

    /// Line of the `func` keyword; 0 before Go 1.20.
    pub fn start_line(&self, func: &Func<'a>) -> i32 {
        if self.header.version < Version::Go120 {
            return 0;
        }
        self.field(func, 9).map_or(0, |line| line as i32)
    }

    fn u32(&self, at: usize) -> Option<u32> {
        word32(self.table, at, self.header.little_endian)
    }

    fn functab_word(&self, n: usize) -> Option<u64> {
        let size = self.header.functab_field();
        let at = self.header.functab.checked_add(n.checked_mul(size)?)?;
        if size == 4 {
            return self.u32(at).map(u64::from);
        }
        let (low, high) = (u64::from(self.u32(at)?), u64::from(self.u32(at + 4)?));
        Some(if self.header.little_endian {
            low | high << 32
        } else {
            low << 32 | high
        })
    }

    /// Entry of function `n`; with `n` = len, the end of the last.
    fn entry(&self, n: usize) -> Option<u64> {
        let word = self.functab_word(n.checked_mul(2)?)?;
        let relative = self.header.version >= Version::Go118;
        Some(if relative {
            self.text_start.wrapping_add(word)
        } else {
            word
        })
    }

    fn function(&self, n: usize) -> Option<Func<'a>> {
        let offset = usize::try_from(self.functab_word(n.checked_mul(2)?.checked_add(1)?)?).ok()?;
        let mut func = Func {
            entry: self.entry(n)?,
            end: self.entry(n.checked_add(1)?)?,
            name: &[],
            offset: self.header.functab.checked_add(offset)?,
        };
        func.name = self.text(self.header.funcname, self.field(&func, 1)?)?;
        Some(func)
    }

    /// Field `n` ≥ 1 of `_func`; field 0 is the entry and may be a pointer.
    fn field(&self, func: &Func<'a>, n: u32) -> Option<u32> {
        self.u32(
            func.offset
                .checked_add(self.entry_size() + (n as usize - 1) * 4)?,
        )
    }

    fn entry_size(&self) -> usize {
        self.header.functab_field()
    }

    /// A NUL-ended text at an offset into a part.
    fn text(&self, part: usize, offset: u32) -> Option<&'a [u8]> {
        let rest = self.table.get(part.checked_add(offset as usize)?..)?;
        // Longer than any path or name a compiler makes; a broken offset must not cost more.
        let head = &rest[..rest.len().min(1 << 16)];
        head.get(..memchr::memchr(0, head)?)
    }

    fn file(&self, func: &Func<'a>, pc: u64) -> Option<Cow<'a, str>> {
        let number = self.value(self.field(func, 5)?, func.entry, pc)?;
        // Functions of no unit have offset -1; that it wraps around is Go's own answer.
        let index = self
            .field(func, 8)?
            .wrapping_add(u32::try_from(number).ok()?);
        let at = self
            .header
            .cutab
            .checked_add((index as usize).checked_mul(4)?)?;
        let offset = self.u32(at).filter(|offset| *offset != u32::MAX)?;
        self.text(self.header.filetab, offset).map(text_of)
    }

    /// Runs a pc-value table up to `pc`. The value before the first pair is -1; so is "no value".
    fn value(&self, table: u32, entry: u64, pc: u64) -> Option<i32> {
        let mut rest = self
            .table
            .get(self.header.pctab.checked_add(table as usize)?..)?;
        let (mut at, mut value) = (entry, -1_i32);
        let mut first = true;
        loop {
            let delta = varint(&mut rest)?;
            if delta == 0 && !first {
                return None;
            }
            first = false;
            let delta = if delta & 1 == 1 {
                !(delta >> 1)
            } else {
                delta >> 1
            };
            value = value.wrapping_add(delta as i32);
            let step = varint(&mut rest)?.wrapping_mul(self.header.quantum);
            at = at.wrapping_add(u64::from(step));
            if pc < at {
                return Some(value);
            }
        }
    }

    /// How many fields precede `npcdata`'s values: they lie behind the fixed part of `_func`.
    fn pcdata_start(&self, func: &Func<'a>) -> Option<usize> {
        // entry, nameOff, args, deferreturn, pcsp, pcfile, pcln, npcdata, cuOffset, [startLine,]
        // then four bytes, the last of which is nfuncdata.
        let fields = if self.header.version >= Version::Go120 {
            10
        } else {
            9
        };
        func.offset.checked_add(self.entry_size() + fields * 4)
    }

    fn pcdata(&self, func: &Func<'a>, n: u32, pc: u64) -> Option<i32> {
        if n >= self.field(func, 7)? {
            return None;
        }
        let table = self.u32(self.pcdata_start(func)?.checked_add(n as usize * 4)?)?;
        if table == 0 {
            None
        } else {
            self.value(table, func.entry, pc)
        }
    }

    /// What funcdata `n` says: an offset from `go:func.*`, or before Go 1.18 an address.
    fn funcdata(&self, func: &Func<'a>, n: u32) -> Option<u64> {
        let start = self.pcdata_start(func)?;
        let count = *self.table.get(start.checked_sub(1)?)?;
        if n >= u32::from(count) {
            return None;
        }
        let pcdata = (self.field(func, 7)? as usize).checked_mul(4)?;
        let at = start.checked_add(pcdata)?;
        if self.header.version >= Version::Go118 {
            let offset = self.u32(at.checked_add(n as usize * 4)?)?;
            return (offset != u32::MAX).then_some(u64::from(offset));
        }
        let size = usize::from(self.header.pointer_size);
        let at = at
            .checked_next_multiple_of(size)?
            .checked_add(n as usize * size)?;
        let low = u64::from(self.u32(at)?);
        if size == 4 {
            return Some(low);
        }
        let high = u64::from(self.u32(at + 4)?);
        Some(if self.header.little_endian {
            low | high << 32
        } else {
            low << 32 | high
        })
    }

    fn inline_tree(&self, func: &Func<'a>) -> Option<&'a [u8]> {
        let place = self.funcdata(func, FUNCDATA_INL_TREE)?;
        match self.inline_trees {
            InlineTrees::Unknown => None,
            InlineTrees::FromGofunc(bytes) => bytes.get(usize::try_from(place).ok()?..),
            InlineTrees::At(address, bytes) => {
                bytes.get(usize::try_from(place.checked_sub(address)?).ok()?..)
            }
        }
    }

    fn inlined_call(&self, tree: &[u8], index: u32) -> Option<InlinedCall<'a>> {
        // 1.16: parent i16, funcID u8, pad, file, line, name, parentPc.
        // 1.20: funcID u8, pad, name, parentPc, startLine.
        let new = self.header.version >= Version::Go120;
        let (size, id, name, parent) = if new { (16, 0, 4, 8) } else { (20, 2, 12, 16) };
        let start = (index as usize).checked_mul(size)?;
        let entry = tree.get(start..start.checked_add(size)?)?;
        let word = |at| word32(entry, at, self.header.little_endian);
        let start_line = if new { word(12)? as i32 } else { 0 };
        Some(InlinedCall {
            name: self.text(self.header.funcname, word(name)?)?,
            start_line,
            parent_pc: word(parent)?,
            function_id: entry[id],
        })
    }
}

/// As `slice::partition_point` over `0..len`.
fn partition_point(len: usize, before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, len);
    while low < high {
        let middle = low + (high - low) / 2;
        if before(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

fn varint(rest: &mut &[u8]) -> Option<u32> {
    let mut value = 0_u32;
    for shift in (0..35).step_by(7) {
        let (byte, tail) = rest.split_first()?;
        *rest = tail;
        value |= u32::from(byte & 0x7f).unbounded_shl(shift);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
