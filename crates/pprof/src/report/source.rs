//! `list`: source lines with their values.

use std::collections::BTreeMap;

use super::trimmed::Shape;
use super::{Machine, Scale};
use crate::error::Error;
use crate::graph::{NodeInfo, Values, node_values};
use crate::source::SourceReader;
use crate::view::View;

/// Lines shown before the first and after the last line with a value.
const MARGIN: i64 = 5;

/// Functions with their source.
#[derive(Clone, PartialEq, Debug)]
pub struct Source {
    pub scale: Scale,
    /// By name.
    pub functions: Vec<SourceFunction>,
}

/// A function by its name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceFunction {
    pub name: String,
    /// The files that have a function of this name; none if no file is known.
    pub files: Vec<SourceFile>,
}

/// A function in a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceFile {
    /// As the profile records it, trimmed.
    pub path: String,
    pub flat: i64,
    pub cum: i64,
    /// The lines around those with a value, or the reason why there are none.
    pub lines: Result<Vec<SourceLine>, String>,
}

/// A line of source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceLine {
    /// From 1.
    pub number: i64,
    pub flat: i64,
    pub cum: i64,
    pub text: String,
}

impl Source {
    /// The functions that the view's expression matches; it is an error if there are none.
    pub fn new(view: &View, machine: Machine<'_>) -> Result<Self, Error> {
        let functions = matched(view)?;
        let mut reader = SourceReader::new(view, machine);
        let mut function = |(name, files): (String, BTreeMap<String, Vec<(NodeInfo, Values)>>)| {
            let files = files.into_iter();
            let file = |(path, nodes): (String, Vec<(NodeInfo, Values)>)| {
                source_file(path, &nodes, &mut reader)
            };
            SourceFunction {
                files: files.map(file).collect(),
                name,
            }
        };
        Ok(Self {
            scale: view.scale.clone(),
            functions: functions.into_iter().map(&mut function).collect(),
        })
    }
}

/// Nodes by function, then by file, in the order of their text.
type Functions = BTreeMap<String, BTreeMap<String, Vec<(NodeInfo, Values)>>>;

fn matched(view: &View) -> Result<Functions, Error> {
    let table = view.node_table(Shape::Code);
    let values = node_values(&view.profile, &table, view.measure);
    let Some(symbol) = &view.symbol else {
        return Err(Error::Report("no function named".to_owned()));
    };
    let mut matched = Vec::new();
    for (info, values) in table.infos.iter().zip(&values) {
        let name = table.strings.text(info.name);
        if values.shows(view.settings.drop_negative) && symbol.is_match(&name) {
            matched.push((info.sort_key(&table.strings), *info, *values));
        }
    }
    matched.sort_by(|a, b| a.0.cmp(&b.0));
    let mut functions = Functions::new();
    for (_, info, values) in matched {
        let text = |id| table.strings.text(id).into_owned();
        let files = functions.entry(text(info.name)).or_default();
        if !info.file.is_empty() {
            let nodes = files.entry(text(info.file)).or_default();
            nodes.push((info, values));
        }
    }
    if functions.is_empty() {
        return Err(Error::no_match(symbol));
    }
    Ok(functions)
}

fn source_file(
    path: String,
    nodes: &[(NodeInfo, Values)],
    reader: &mut SourceReader<'_>,
) -> SourceFile {
    let sum = |value: fn(&Values) -> i64| {
        let values = nodes.iter().map(|it| value(&it.1));
        values.fold(0_i64, i64::saturating_add)
    };
    let lines = reader.lines(&path).map(|lines| {
        let mut of_line: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
        for (info, values) in nodes {
            let sums = of_line.entry(info.line).or_default();
            sums.0 = sums.0.saturating_add(values.flat);
            sums.1 = sums.1.saturating_add(values.cum);
        }
        let (start, end) = window(nodes);
        let line = |number: i64| {
            let text = lines.get(usize::try_from(number).ok()?.checked_sub(1)?)?;
            let (flat, cum) = of_line.get(&number).copied().unwrap_or_default();
            Some(SourceLine {
                number,
                flat,
                cum,
                text: text.clone(),
            })
        };
        (start.max(1)..=end).map_while(line).collect()
    });
    SourceFile {
        path,
        flat: sum(|it| it.flat),
        cum: sum(|it| it.cum),
        lines,
    }
}

/// The first and last line to show of a function.
fn window(nodes: &[(NodeInfo, Values)]) -> (i64, i64) {
    let first_line = |info: &NodeInfo| match info.start_line {
        0 => info.line.saturating_sub(MARGIN),
        start => start,
    };
    let Some((first, _)) = nodes.first() else {
        return (1, 0);
    };
    let mut start = first_line(first);
    let mut end = first.line.saturating_add(MARGIN);
    for (info, _) in nodes {
        if first_line(info) < start {
            start = first_line(info);
        } else {
            end = end.max(info.line.saturating_add(MARGIN));
        }
    }
    (start, end)
}
