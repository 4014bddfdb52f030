//! Which results, and which of their measurements, take part.

use crate::benchfmt::{Name, ResultLine};
use crate::bytes;
use crate::syntax::{FilterMatch, FilterTree, QueryError, parse_filter};

/// A filter that can be applied.
#[derive(Clone, Debug)]
pub struct Filter {
    root: Node,
}

#[derive(Clone, Debug)]
enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    /// Matches measurements, by their unit.
    Unit(FilterMatch),
    /// Matches whole results.
    Key(Extractor, FilterMatch),
    /// The value must be one of a projection's fixed list.
    OneOf(Extractor, Vec<String>),
}

/// What a filter says of a result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Matched {
    /// All measurements alike.
    Whole(bool),
    /// Each measurement for itself.
    Parts(Vec<bool>),
}

impl Matched {
    /// Whether the measurement at `place` takes part.
    pub fn keeps(&self, place: usize) -> bool {
        match self {
            Self::Whole(whole) => *whole,
            Self::Parts(parts) => parts.get(place) == Some(&true),
        }
    }
}

impl Filter {
    pub fn new(query: &str) -> Result<Self, QueryError> {
        let tree = parse_filter(query)?;
        Ok(Self {
            root: compile(query, tree)?,
        })
    }

    /// Lets through only results whose value is in the list; asked before the rest.
    pub(crate) fn require(&mut self, lists: Vec<(Extractor, Vec<String>)>) {
        if lists.is_empty() {
            return;
        }
        let mut nodes: Vec<_> = lists
            .into_iter()
            .map(|(extractor, list)| Node::OneOf(extractor, list))
            .collect();
        nodes.push(std::mem::replace(&mut self.root, Node::And(Vec::new())));
        self.root = Node::And(nodes);
    }

    /// The answer depends on configuration, name and units of the line, not on its numbers.
    pub fn matches(&self, line: &ResultLine<'_>) -> Matched {
        evaluate(&self.root, line)
    }
}

fn compile(query: &str, tree: FilterTree) -> Result<Node, QueryError> {
    let all = |trees: Vec<FilterTree>| {
        trees
            .into_iter()
            .map(|tree| compile(query, tree))
            .collect::<Result<Vec<_>, _>>()
    };
    Ok(match tree {
        FilterTree::And(terms) => Node::And(all(terms)?),
        FilterTree::Or(terms) => Node::Or(all(terms)?),
        FilterTree::Not(term) => Node::Not(Box::new(compile(query, *term)?)),
        FilterTree::Match(term) if term.key == ".unit" => Node::Unit(term),
        FilterTree::Match(term) => {
            let fail = |message: &str| QueryError {
                query: query.to_owned(),
                offset: term.offset,
                message: message.to_owned(),
            };
            if term.key == ".config" {
                return Err(fail(".config is only allowed in projections"));
            }
            let extractor = Extractor::new(&term.key).map_err(fail)?;
            Node::Key(extractor, term)
        }
    })
}

fn evaluate(node: &Node, line: &ResultLine<'_>) -> Matched {
    match node {
        Node::Not(term) => match evaluate(term, line) {
            Matched::Whole(whole) => Matched::Whole(!whole),
            Matched::Parts(parts) => Matched::Parts(parts.into_iter().map(|part| !part).collect()),
        },
        Node::And(terms) => join(terms, line, true),
        Node::Or(terms) => join(terms, line, false),
        Node::Key(extractor, term) => Matched::Whole(term.value.matches(&extractor.value(line))),
        Node::OneOf(extractor, list) => Matched::Whole(list.contains(&extractor.value(line))),
        Node::Unit(term) => {
            let matches = |unit| {
                let name = line.units.name(unit);
                term.value.matches(&name.unit)
                    || name
                        .original
                        .as_ref()
                        .is_some_and(|unit| term.value.matches(unit))
            };
            Matched::Parts(
                line.values
                    .iter()
                    .map(|value| matches(value.unit))
                    .collect(),
            )
        }
    }
}

/// A whole-result term either decides or says nothing; the others combine place by place.
fn join(terms: &[Node], line: &ResultLine<'_>, and: bool) -> Matched {
    let mut joined: Option<Vec<bool>> = None;
    for term in terms {
        match (evaluate(term, line), &mut joined) {
            (Matched::Whole(whole), _) if whole != and => return Matched::Whole(whole),
            (Matched::Whole(_), _) => {}
            (Matched::Parts(parts), None) => joined = Some(parts),
            (Matched::Parts(parts), Some(joined)) => {
                for (own, other) in joined.iter_mut().zip(parts) {
                    *own = if and { *own && other } else { *own || other };
                }
            }
        }
    }
    joined.map_or(Matched::Whole(and), Matched::Parts)
}

/// Where a key's value comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Extractor {
    Base,
    FullName,
    /// `/key`
    Part(String),
    Config(String),
}

impl Extractor {
    /// `.config` and `.unit` are not single values; the callers handle them.
    pub(crate) fn new(key: &str) -> Result<Self, &'static str> {
        match key {
            "" => Err("key must not be empty"),
            ".name" => Ok(Self::Base),
            ".fullname" => Ok(Self::FullName),
            _ if key.starts_with('/') => Ok(Self::Part(key.to_owned())),
            _ => Ok(Self::Config(key.to_owned())),
        }
    }

    /// Empty if there is none.
    pub(crate) fn value(&self, line: &ResultLine<'_>) -> String {
        let name = bytes::decode(line.name);
        match self {
            Self::Base => Name(&name).base().to_owned(),
            Self::FullName => name.into_owned(),
            Self::Part(key) => Name(&name).part(key).unwrap_or_default().to_owned(),
            Self::Config(key) => line.config.get(key).unwrap_or_default().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchfmt::{Dialect, Reader, Record};

    /// Which measurements of a line stay.
    fn kept(query: &str) -> String {
        let filter = Filter::new(query).unwrap();
        let text = "pkg: p\nBenchmarkA/k=v-8 1 1 ns/op 2 B/op 3 x\n";
        let mut kept = String::new();
        let mut reader = Reader::new(Dialect::NATIVE);
        let read = reader.read(&mut text.as_bytes(), "f", "f", &mut |record| {
            if let Record::Result(line) = record {
                let matched = filter.matches(line);
                kept.extend((0..3).map(|place| if matched.keeps(place) { '1' } else { '0' }));
            }
        });
        read.unwrap();
        kept
    }

    #[test]
    fn unit_terms_match_measurement_by_measurement() {
        for (query, want) in [
            ("*", "111"),
            ("-*", "000"),
            (".unit:ns/op", "100"),
            (".unit:sec/op", "100"),
            ("-.unit:sec/op", "011"),
            (".unit:(B/op OR x)", "011"),
            (".unit:/op$/ pkg:p", "110"),
            (".unit:x OR pkg:q", "001"),
            (".unit:x OR pkg:p", "111"),
            (".unit:x AND pkg:q", "000"),
            ("-(.unit:x AND pkg:q)", "111"),
            ("/k:v /gomaxprocs:8 .name:A .file:f", "111"),
            (".fullname:A", "000"),
            ("nosuch:\"\"", "111"),
        ] {
            assert_eq!(kept(query), want, "{query}");
        }
    }
}
