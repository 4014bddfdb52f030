//! `callgrind`: the graph for KCachegrind.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::number::to_integer;
use crate::report::{CallGraph, Node};

/// Writes all nodes with the calls they make.
pub(super) fn write(graph: &CallGraph, out: &mut dyn Write) -> io::Result<()> {
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
    let mut previous: Option<&Node> = None;
    for (index, node) in graph.shown().iter().enumerate() {
        let same_place = |it: &Node| {
            (&it.binary, &it.file, &it.function) == (&node.binary, &node.file, &node.function)
        };
        if previous.as_ref().is_none_or(|it| !same_place(it)) {
            out.write_all(b"\nob=")?;
            binaries.write(index, out)?;
            out.write_all(b"fl=")?;
            files.write(index, out)?;
            out.write_all(b"fn=")?;
            functions.write(index, out)?;
        }
        write_address(previous, node.address, out)?;
        writeln!(
            out,
            " {} {}",
            node.line,
            to_integer(scale.number(node.flat))
        )?;
        for edge in graph.outgoing(index) {
            let callee = &graph.nodes[edge.callee];
            out.write_all(b"cfl=")?;
            files.write(edge.callee, out)?;
            out.write_all(b"cfn=")?;
            if edge.callee < graph.n_shown {
                functions.write(graph.nodes.len() + edge.callee, out)?;
            } else {
                writeln!(out)?;
            }
            out.write_all(b"calls=0 ")?;
            write_address(previous, callee.address, out)?;
            let weight = to_integer(scale.number(edge.sum));
            write!(out, " {}\n* * {weight}\n", callee.line)?;
        }
        previous = Some(node);
    }
    Ok(())
}

/// The names of nodes as callees: with a number where several functions of a file share one.
fn distinct_names(graph: &CallGraph) -> Vec<Arc<str>> {
    type Numbers = FxHashMap<(usize, u32), usize>;
    let mut functions: BTreeMap<(&str, &str), Numbers> = BTreeMap::new();
    for (node, function) in graph.shown().iter().zip(&graph.functions) {
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
    graph
        .shown()
        .iter()
        .zip(&graph.functions)
        .map(name)
        .collect()
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
    fn write(&mut self, at: usize, out: &mut dyn Write) -> io::Result<()> {
        let at = self.of[at];
        let (name, number) = (self.texts[at], self.numbers[at]);
        if name.is_empty() {
            writeln!(out)
        } else if number > 0 {
            writeln!(out, "({number})")
        } else {
            self.n_written += 1;
            self.numbers[at] = self.n_written;
            writeln!(out, "({}) {name}", self.n_written)
        }
    }
}

/// An address, relative to that of the previous node where that is shorter.
fn write_address(previous: Option<&Node>, address: u64, out: &mut dyn Write) -> io::Result<()> {
    let absolute = if address == 0 {
        "0x0".to_owned()
    } else {
        format!("{address:#x}")
    };
    let Some(previous) = previous else {
        return out.write_all(absolute.as_bytes());
    };
    if previous.address == address {
        return out.write_all(b"*");
    }
    let relative = format!("{:+}", address.wrapping_sub(previous.address) as i64);
    let shorter = if relative.len() < absolute.len() {
        relative
    } else {
        absolute
    };
    out.write_all(shorter.as_bytes())
}
