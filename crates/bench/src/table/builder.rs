//! Sorting measurements into cells.

use rustc_hash::FxHashMap;

use super::{Tables, compute};
use crate::benchfmt::{ResultLine, UnitId, UnitMetadata};
use crate::filter::Filter;
use crate::projection::{Excluded, KeyId, Projection, ProjectionParser};
use crate::syntax::QueryError;

/// By what results are selected and grouped: the expressions of the command line.
#[derive(Debug)]
pub struct Grouping {
    pub filter: Filter,
    pub table: Projection,
    pub row: Projection,
    pub column: Projection,
    residue: Projection,
    excluded: Excluded,
}

/// An expression at fault and the flag it belongs to.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("parsing {flag}: {error}")]
pub struct GroupingError {
    pub flag: &'static str,
    pub error: QueryError,
}

impl Grouping {
    /// Reads the expressions in this order and reports the first error.
    pub fn new(
        filter: &str,
        table: &str,
        row: &str,
        column: &str,
        ignore: &str,
    ) -> Result<Self, GroupingError> {
        let named = |flag| move |error| GroupingError { flag, error };
        let mut filter = Filter::new(filter).map_err(named("-filter"))?;
        let mut parser = ProjectionParser::default();
        let table = parser
            .parse_with_unit(table, &mut filter)
            .map_err(named("-table"))?;
        let row = parser.parse(row, &mut filter).map_err(named("-row"))?;
        let column = parser.parse(column, &mut filter).map_err(named("-col"))?;
        parser
            .parse(ignore, &mut filter)
            .map_err(named("-ignore"))?;
        let residue = parser.residue();
        let excluded = parser.into_excluded();
        Ok(Self {
            filter,
            table,
            row,
            column,
            residue,
            excluded,
        })
    }
}

/// The measurements of a cell as they come.
#[derive(Debug, Default)]
pub(super) struct CellData {
    pub(super) values: Vec<f64>,
    /// What else distinguishes the results mixed here.
    pub(super) residues: Vec<KeyId>,
}

/// Where a cell stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Place {
    pub(super) table: KeyId,
    pub(super) row: KeyId,
    pub(super) column: KeyId,
}

/// A measurement that is filtered out.
const DROPPED: u32 = u32::MAX;

/// Sorts results into cells.
///
/// Filter and projections look only at configuration, name and units. So the cells of a line are found
/// once for each combination of these, and remembered while the configuration stays the same; all
/// later lines of a benchmark just add their numbers.
#[derive(Debug)]
pub struct TableBuilder {
    pub(super) grouping: Grouping,
    pub(super) cells: Vec<CellData>,
    pub(super) places: Vec<Place>,
    index: FxHashMap<Place, u32>,
    known: FxHashMap<Box<[u8]>, Vec<Known>>,
    generation: u64,
}

#[derive(Debug)]
struct Known {
    units: Box<[UnitId]>,
    /// By place in the line.
    cells: Box<[u32]>,
}

impl TableBuilder {
    pub fn new(grouping: Grouping) -> Self {
        Self {
            grouping,
            cells: Vec::new(),
            places: Vec::new(),
            index: FxHashMap::default(),
            known: FxHashMap::default(),
            generation: 0,
        }
    }

    /// Adds the measurements of a result.
    pub fn add(&mut self, line: &ResultLine<'_>) {
        if line.config.generation() != self.generation {
            self.known.clear();
            self.generation = line.config.generation();
        }
        let same_units = |known: &&Known| {
            known.units.len() == line.values.len()
                && known
                    .units
                    .iter()
                    .zip(line.values)
                    .all(|(unit, value)| *unit == value.unit)
        };
        let known = self
            .known
            .get(line.name)
            .and_then(|known| known.iter().find(same_units));
        if let Some(known) = known {
            add_values(&mut self.cells, &known.cells, line);
            return;
        }
        let cells = self.find_cells(line);
        add_values(&mut self.cells, &cells, line);
        let units = line.values.iter().map(|value| value.unit).collect();
        let known = Known { units, cells };
        match self.known.get_mut(line.name) {
            Some(list) => list.push(known),
            None => {
                self.known.insert(line.name.into(), vec![known]);
            }
        }
    }

    fn find_cells(&mut self, line: &ResultLine<'_>) -> Box<[u32]> {
        let Grouping {
            filter,
            table,
            row,
            column,
            residue,
            excluded,
        } = &mut self.grouping;
        let matched = filter.matches(line);
        let kept: Vec<usize> = (0..line.values.len())
            .filter(|&place| matched.keeps(place))
            .collect();
        let mut cells = vec![DROPPED; line.values.len()].into_boxed_slice();
        if kept.is_empty() {
            return cells;
        }
        let tables = table.project_values(line, excluded, &kept);
        let row = row.project(line, excluded);
        let column = column.project(line, excluded);
        let residue = residue.project(line, excluded);
        for (place, table) in kept.into_iter().zip(tables) {
            let key = Place { table, row, column };
            let cell = *self.index.entry(key).or_insert_with(|| {
                self.cells.push(CellData::default());
                self.places.push(key);
                self.cells.len() as u32 - 1
            });
            let residues = &mut self.cells[cell as usize].residues;
            if !residues.contains(&residue) {
                residues.push(residue);
            }
            cells[place] = cell;
        }
        cells
    }

    /// Computes the tables.
    pub fn finish(mut self, options: &TableOptions, metadata: &UnitMetadata) -> Tables {
        // What follows needs memory of its own.
        self.known = FxHashMap::default();
        self.index = FxHashMap::default();
        let Grouping {
            table, row, column, ..
        } = &mut self.grouping;
        for projection in [table, row, column] {
            projection.freeze();
        }
        compute::tables(self, options, metadata)
    }

    pub(super) fn residue(&self) -> &Projection {
        &self.grouping.residue
    }
}

fn add_values(data: &mut [CellData], cells: &[u32], line: &ResultLine<'_>) {
    for (&cell, measured) in cells.iter().zip(line.values) {
        if cell != DROPPED {
            data[cell as usize].values.push(measured.value);
        }
    }
}

/// Levels of the statistics.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TableOptions {
    /// A change with p up to this is significant.
    pub alpha: f64,
    /// Level of the intervals.
    pub confidence: f64,
}

impl Default for TableOptions {
    fn default() -> Self {
        Self {
            alpha: 0.05,
            confidence: 0.95,
        }
    }
}
