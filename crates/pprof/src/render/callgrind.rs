//! `callgrind`: the graph for KCachegrind.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::report::{Callgrind, Node, Scale};

/// Bytes to collect before they are written.
const BUFFER: usize = 64 << 10;

/// Writes all nodes with the calls they make.
pub(super) fn write(graph: &Callgrind, out: &mut dyn Write) -> io::Result<()> {
    let scale = &graph.summary.scale;
    let callee_names = distinct_names(graph);
    writeln!(out, "positions: instr line")?;
    let (kind, unit) = (&graph.summary.header.sample_type, &scale.output_unit);
    writeln!(out, "events: {kind}({unit})")?;
    let binaries = graph.nodes.iter().map(|it| &*it.binary);
    let mut binaries = Names::new(binaries);
    let files = graph.nodes.iter().map(|it| &*it.file);
    let mut files = Names::new(files);
    // First the names of all nodes, then those of nodes that show as callees.
    let functions = graph.nodes.iter().map(|it| &*it.function);
    let mut functions = Names::new(functions.chain(callee_names.iter().map(|it| &**it)));
    let mut numbers = Numbers::new(scale);
    let mut text: Vec<u8> = Vec::new();
    let mut previous: Option<&Node> = None;
    graph.visit(&mut |index, callees| {
        let node = &graph.nodes[index];
        let same_place = |it: &Node| {
            (&it.binary, &it.file, &it.function) == (&node.binary, &node.file, &node.function)
        };
        if previous.as_ref().is_none_or(|it| !same_place(it)) {
            text.extend_from_slice(b"\nob=");
            binaries.write(index, &mut text);
            text.extend_from_slice(b"fl=");
            files.write(index, &mut text);
            text.extend_from_slice(b"fn=");
            functions.write(index, &mut text);
        }
        put_address(previous, node.address, &mut text);
        text.push(b' ');
        put_decimal(node.line, &mut text);
        text.push(b' ');
        put_decimal(numbers.of(node.flat), &mut text);
        text.push(b'\n');
        for callee in callees {
            let node = &graph.nodes[callee.node];
            text.extend_from_slice(b"cfl=");
            files.write(callee.node, &mut text);
            text.extend_from_slice(b"cfn=");
            if callee.node < graph.n_shown {
                functions.write(graph.nodes.len() + callee.node, &mut text);
            } else {
                text.push(b'\n');
            }
            text.extend_from_slice(b"calls=0 ");
            put_address(previous, node.address, &mut text);
            text.push(b' ');
            put_decimal(node.line, &mut text);
            text.extend_from_slice(b"\n* * ");
            put_decimal(numbers.of(callee.sum), &mut text);
            text.push(b'\n');
            if text.len() >= BUFFER {
                out.write_all(&text)?;
                text.clear();
            }
        }
        previous = Some(node);
        Ok(())
    })?;
    out.write_all(&text)
}

/// The names of nodes as callees: with a number where several functions of a file share one.
fn distinct_names(graph: &Callgrind) -> Vec<Arc<str>> {
    type Numbers = FxHashMap<(usize, u32), usize>;
    let mut functions: BTreeMap<(&str, &str), Numbers> = BTreeMap::new();
    for (node, function) in graph.nodes.iter().zip(&graph.functions) {
        let of_name = functions.entry((&node.file, &node.function)).or_default();
        let next = of_name.len() + 1;
        of_name.entry(*function).or_insert(next);
    }
    let name = |(node, function): (&Node, &(usize, u32))| {
        let of_name = functions.get(&(&*node.file, &*node.function));
        match of_name.and_then(|it| Some((it.get(function)?, it.len()))) {
            Some((number, count)) if count > 1 => {
                format!("{} [{number}/{count}]", node.function).into()
            }
            _ => Arc::clone(&node.function),
        }
    };
    graph.nodes.iter().zip(&graph.functions).map(name).collect()
}

/// Names with the numbers that stand for them once they were written.
struct Names<'a> {
    /// Every name once.
    texts: Vec<&'a str>,
    /// Positions in `texts`, in the order in which they were given.
    of: Vec<usize>,
    /// By position in `texts`; 0: not written yet.
    numbers: Vec<usize>,
    n_written: usize,
}

impl<'a> Names<'a> {
    fn new(all: impl Iterator<Item = &'a str>) -> Self {
        let mut positions: FxHashMap<&str, usize> = FxHashMap::default();
        let mut texts = Vec::new();
        let position = |name: &'a str| {
            *positions.entry(name).or_insert_with(|| {
                texts.push(name);
                texts.len() - 1
            })
        };
        let of: Vec<usize> = all.map(position).collect();
        Self {
            numbers: vec![0; texts.len()],
            texts,
            of,
            n_written: 0,
        }
    }

    /// Writes the name that was given at a position, and the end of its line.
    fn write(&mut self, at: usize, out: &mut Vec<u8>) {
        let at = self.of[at];
        let (name, number) = (self.texts[at], self.numbers[at]);
        if !name.is_empty() {
            let is_new = number == 0;
            if is_new {
                self.n_written += 1;
                self.numbers[at] = self.n_written;
            }
            out.push(b'(');
            put_decimal(self.numbers[at] as i64, out);
            out.push(b')');
            if is_new {
                out.push(b' ');
                out.extend_from_slice(name.as_bytes());
            }
        }
        out.push(b'\n');
    }
}

/// Values in the output unit, rounded to integers. The same ones come again and again.
struct Numbers<'a> {
    scale: &'a Scale,
    /// Values with their numbers, by the low bits of the value.
    known: Vec<(i64, i64)>,
}

impl<'a> Numbers<'a> {
    const SIZE: usize = 1 << 12;

    fn new(scale: &'a Scale) -> Self {
        let zero = (0, scale.number(0) as i64);
        Self {
            scale,
            known: vec![zero; Self::SIZE],
        }
    }

    fn of(&mut self, value: i64) -> i64 {
        let hash = value.unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let known = &mut self.known[(hash >> 32) as usize % Self::SIZE];
        if known.0 != value {
            // Beyond the largest number it stays that.
            *known = (value, self.scale.number(value) as i64);
        }
        known.1
    }
}

/// An address, relative to that of the previous node where that is shorter.
fn put_address(previous: Option<&Node>, address: u64, out: &mut Vec<u8>) {
    let n_digits = address.checked_ilog(16).unwrap_or(0) as usize + 1;
    let Some(previous) = previous else {
        return put_hex(address, n_digits, out);
    };
    if previous.address == address {
        out.push(b'*');
        return;
    }
    let relative = address.wrapping_sub(previous.address) as i64;
    let n_decimals = relative.unsigned_abs().checked_ilog10().unwrap_or(0) as usize + 1;
    if 1 + n_decimals < 2 + n_digits {
        if relative >= 0 {
            out.push(b'+');
        }
        put_decimal(relative, out);
    } else {
        put_hex(address, n_digits, out);
    }
}

fn put_hex(value: u64, n_digits: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(b"0x");
    let digit = |at: usize| b"0123456789abcdef"[(value >> (4 * at) & 15) as usize];
    out.extend((0..n_digits).rev().map(digit));
}

fn put_decimal(value: i64, out: &mut Vec<u8>) {
    if value < 0 {
        out.push(b'-');
    }
    let mut rest = value.unsigned_abs();
    let mut digits = [0; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_relative_where_that_is_shorter() {
        let node = |address| Node {
            name: "".into(),
            function: "".into(),
            file: "".into(),
            binary: "".into(),
            line: 0,
            column: 0,
            address,
            flat: 0,
            cum: 0,
        };
        let cases = [
            (None, 0, "0x0"),
            (None, 0x10, "0x10"),
            (Some(0x10), 0x10, "*"),
            (Some(0x1000), 0x1009, "+9"),
            (Some(0x1009), 0x1000, "-9"),
            (Some(0), 0xff, "0xff"),
            (Some(0), 9999, "+9999"),
            (Some(u64::MAX), 0, "+1"),
            (Some(1 << 63), 0, "0x0"),
        ];
        for (previous, address, expected) in cases {
            let mut out = Vec::new();
            put_address(previous.map(node).as_ref(), address, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    #[test]
    fn integers_are_written_as_they_print() {
        for value in [0, 7, -7, 10, 1_000_200, i64::MAX, i64::MIN] {
            let mut out = Vec::new();
            put_decimal(value, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), value.to_string());
        }
    }
}
