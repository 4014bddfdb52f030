//! Orders of fields.

use std::cmp::Reverse;

use crate::facts::{FieldLayout, StructLayout};

/// What becomes of a struct when its fields stand in another order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Arrangement {
    /// Positions of the fields in the declaration, in their new order.
    pub order: Vec<usize>,
    /// Of each field, by its position in the declaration.
    pub offsets: Vec<i64>,
    pub size: i64,
    pub ptrdata: i64,
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

/// The order that takes least: empty fields first, then by falling alignment, then by falling size; otherwise as
/// declared. `None` if it is the declared one or takes no less.
pub fn better_order(found: &StructLayout) -> Option<Arrangement> {
    let mut order: Vec<usize> = (0..found.fields.len()).collect();
    order.sort_by_key(|index| {
        let field = &found.fields[*index];
        (field.size > 0, Reverse(field.align), Reverse(field.size))
    });
    let better = arrange(&found.fields, order)?;
    (better.size < found.size).then_some(better)
}

fn align_up(offset: i64, align: i64) -> Option<i64> {
    let align = align.max(1);
    let end = offset.checked_add(align - 1)?;
    Some(end - end % align)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn better(sizes: &[i64]) -> Option<(i64, Vec<usize>)> {
        let fields = (sizes.iter()).map(|size| FieldLayout::scalar("f", *size));
        let found = StructLayout::of_fields("m.T", fields.collect()).unwrap();
        better_order(&found).map(|better| (better.size, better.order))
    }

    #[test]
    fn large_alignments_come_first_and_equals_keep_their_order() {
        assert_eq!(better(&[1, 8, 1, 4, 8]), Some((24, vec![1, 4, 3, 0, 2])));
        assert_eq!(better(&[8, 4, 2, 1]), None);
        assert_eq!(better(&[]), None);
    }

    #[test]
    fn an_empty_last_field_costs_a_byte() {
        assert_eq!(better(&[8, 0]), Some((8, vec![1, 0])));
        assert_eq!(better(&[0, 8]), None);
    }
}
