//! Orders of fields.
//!
//! gc puts a field at the next offset its alignment allows, and every size is a multiple of its alignment. So any order of
//! falling alignments has no padding but at its end, and none takes less. Many others take as little: of those tried,
//! the one that moves fewest fields is chosen, as fields are grouped for their readers.

use std::cmp::Reverse;

use crate::facts::{FieldLayout, StructLayout};

/// What becomes of a struct when its fields stand in another order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Arrangement {
    /// Positions of the fields in the declaration, in their new order.
    pub order: Vec<usize>,
    /// Of each field, by its position in the declaration.
    pub offsets: Vec<i64>,
    /// In bytes, with padding.
    pub size: i64,
    /// Bytes up to and including the last pointer.
    pub ptrdata: i64,
}

/// What a better order is better at.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Criterion {
    #[default]
    Size,
    /// Size first, then bytes up to the last pointer, which is what the collector looks through.
    Pointers,
}

/// Lays fields out in the order given, by gc's rules. `None` if the struct is too large.
pub fn arrange(fields: &[FieldLayout], order: Vec<usize>) -> Option<Arrangement> {
    let mut offsets = vec![0; fields.len()];
    let (mut end, mut align, mut last, mut ptrdata) = (0_i64, 1, 0, 0);
    for index in &order {
        let field = fields.get(*index)?;
        let offset = align_up(end, field.align)?;
        offsets[*index] = offset;
        end = offset.checked_add(field.size)?;
        align = align.max(field.align);
        last = field.size;
        if field.ptrdata > 0 {
            ptrdata = offset + field.ptrdata;
        }
    }
    // An empty last field is given a byte, so that its address is not that of the next object.
    if end > 0 && last == 0 {
        end += 1;
    }
    Some(Arrangement {
        order,
        offsets,
        size: align_up(end, align)?,
        ptrdata,
    })
}

/// The order that takes least and moves least; fields declared together stay together. `None` if the declared one is
/// as good.
pub fn better_order(found: &StructLayout, criterion: Criterion) -> Option<Arrangement> {
    let units = units(&found.fields);
    let by_alignment = sorted(&units, |unit| (false, Reverse(unit.align), false, 0));
    let mut candidates = vec![
        hole_filling(&units),
        by_alignment,
        sorted(&units, |unit| {
            (unit.size > 0, Reverse(unit.align), false, 0)
        }),
    ];
    if criterion == Criterion::Pointers {
        candidates.push(sorted(&units, |unit| {
            let without = unit.ptrdata == 0;
            let behind = if without { 0 } else { unit.size - unit.ptrdata };
            (unit.size > 0, Reverse(unit.align), without, behind)
        }));
    }
    let rank = |arrangement: &Arrangement| match criterion {
        Criterion::Size => (arrangement.size, 0),
        Criterion::Pointers => (arrangement.size, arrangement.ptrdata),
    };
    let arrangements = candidates.into_iter().filter_map(|order| {
        let order = order.iter().flat_map(|unit| units[*unit].fields());
        arrange(&found.fields, order.collect())
    });
    let better = arrangements.min_by_key(|it| (rank(it), moved(&it.order)))?;
    let declared = arrange(&found.fields, (0..found.fields.len()).collect())?;
    (rank(&better) < rank(&declared)).then_some(better)
}

/// Fields that are declared together.
struct Unit {
    first: usize,
    len: usize,
    size: i64,
    align: i64,
    ptrdata: i64,
}

impl Unit {
    fn fields(&self) -> std::ops::Range<usize> {
        self.first..self.first + self.len
    }
}

fn units(fields: &[FieldLayout]) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        match units.last_mut() {
            Some(unit) if field.joined => {
                if field.ptrdata > 0 {
                    unit.ptrdata = unit.size.saturating_add(field.ptrdata);
                }
                unit.size = unit.size.saturating_add(field.size);
                unit.len += 1;
            }
            _ => units.push(Unit {
                first: index,
                len: 1,
                size: field.size,
                align: field.align,
                ptrdata: field.ptrdata,
            }),
        }
    }
    units
}

type Key = (bool, Reverse<i64>, bool, i64);

fn sorted(units: &[Unit], key: impl Fn(&Unit) -> Key) -> Vec<usize> {
    let mut order: Vec<usize> = (0..units.len()).collect();
    order.sort_by_key(|index| key(&units[*index]));
    order
}

/// More fields than this are only sorted: filling holes is quadratic.
const MAX_FILLED: usize = 1_000;

/// The declared order, with later fields moved up into holes where they fit.
fn hole_filling(units: &[Unit]) -> Vec<usize> {
    let mut rest: Vec<usize> = (0..units.len()).collect();
    if units.len() > MAX_FILLED {
        return rest;
    }
    let mut order = Vec::with_capacity(units.len());
    let mut end = 0;
    while let Some(next) = rest.first() {
        let hole_end = align_up(end, units[*next].align).unwrap_or(end);
        let fits = |index: &usize| {
            let unit = &units[*index];
            let filled = align_up(end, unit.align).and_then(|at| at.checked_add(unit.size));
            unit.size > 0 && filled.is_some_and(|filled| filled <= hole_end)
        };
        let found = rest.iter().position(fits).unwrap_or(0);
        let unit = rest.remove(found);
        end = align_up(end, units[unit].align)
            .unwrap_or(end)
            .saturating_add(units[unit].size);
        order.push(unit);
    }
    order
}

/// How many fields leave their place among the others: all but the longest run of rising positions.
fn moved(order: &[usize]) -> usize {
    // The smallest end of a rising run, by the run's length.
    let mut ends: Vec<usize> = Vec::new();
    for position in order {
        let at = ends.partition_point(|end| end < position);
        match ends.get_mut(at) {
            Some(end) => *end = *position,
            None => ends.push(*position),
        }
    }
    order.len() - ends.len()
}

fn align_up(offset: i64, align: i64) -> Option<i64> {
    let align = align.max(1);
    let end = offset.checked_add(align - 1)?;
    Some(end - end % align)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_sizes(sizes: &[i64]) -> StructLayout {
        let fields = (sizes.iter()).map(|size| FieldLayout::scalar("f", *size));
        StructLayout::of_fields("m.T", fields.collect()).unwrap()
    }

    fn better(sizes: &[i64]) -> Option<(i64, Vec<usize>)> {
        better_order(&of_sizes(sizes), Criterion::Size).map(|better| (better.size, better.order))
    }

    #[test]
    fn as_few_fields_as_possible_are_moved() {
        assert_eq!(better(&[1, 8, 1, 4, 8]), Some((24, vec![0, 2, 3, 1, 4])));
        assert_eq!(better(&[8, 1, 8, 4]), Some((24, vec![0, 1, 3, 2])));
        assert_eq!(better(&[4, 8, 2, 8, 1]), Some((24, vec![0, 2, 4, 1, 3])));
        assert_eq!(better(&[8, 4, 2, 1]), None);
        assert_eq!(better(&[]), None);
    }

    #[test]
    fn an_empty_last_field_costs_a_byte() {
        assert_eq!(better(&[8, 0]), Some((8, vec![1, 0])));
        assert_eq!(better(&[0, 8]), None);
    }

    #[test]
    fn fields_declared_together_stay_together() {
        let mut found = of_sizes(&[1, 1, 8, 2]);
        found.fields[1].joined = true;
        let order = |found| better_order(found, Criterion::Size).map(|better| better.order);
        assert_eq!(order(&found), Some(vec![0, 1, 3, 2]));
        let mut found = of_sizes(&[1, 8, 4, 4]);
        found.fields[3].joined = true;
        assert_eq!(order(&found), None);
    }

    #[test]
    fn pointers_decide_between_equals_if_asked() {
        let mut found = of_sizes(&[8, 8]);
        found.fields[1].ptrdata = 8;
        assert_eq!(better_order(&found, Criterion::Size), None);
        let better = better_order(&found, Criterion::Pointers).unwrap();
        assert_eq!((better.order, better.ptrdata), (vec![1, 0], 8));
    }
}
