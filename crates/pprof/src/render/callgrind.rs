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
    let [mut binaries, mut files, mut functions] =
        [Names::default(), Names::default(), Names::default()];
    let mut previous: Option<&Node> = None;
    for (index, node) in graph.shown().iter().enumerate() {
        let same_place = |it: &&Node| {
            (&it.binary, &it.file, &it.function) == (&node.binary, &node.file, &node.function)
        };
        if previous.as_ref().is_none_or(|it| !same_place(it)) {
            out.write_all(b"\nob=")?;
            binaries.write(&node.binary, out)?;
            out.write_all(b"fl=")?;
            files.write(&node.file, out)?;
            out.write_all(b"fn=")?;
            functions.write(&node.function, out)?;
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
            files.write(&callee.file, out)?;
            out.write_all(b"cfn=")?;
            functions.write(callee_names.get(edge.callee).map_or("", |it| it), out)?;
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
#[derive(Default)]
struct Names(FxHashMap<String, usize>);

impl Names {
    /// Writes a name and the end of its line.
    fn write(&mut self, name: &str, out: &mut dyn Write) -> io::Result<()> {
        if name.is_empty() {
            return writeln!(out);
        }
        if let Some(id) = self.0.get(name) {
            return writeln!(out, "({id})");
        }
        let id = self.0.len() + 1;
        self.0.insert(name.to_owned(), id);
        writeln!(out, "({id}) {name}")
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
