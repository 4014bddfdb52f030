//! The labels of samples, as boxes that hang below a node of a picture.

use profile::units;

use super::trimmed::Trimmed;
use crate::graph::{NodeTags, Tag, TagTable, Values, divide, sort_tags};
use crate::number::to_integer;

/// Most boxes below one node.
pub(super) const MAX_BOXES: usize = 4;

/// A label, or a range of object sizes, with the value of its samples at a node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LabelBox {
    /// Position among the boxes of its kind, from 0; boxes without a value are left out.
    pub position: usize,
    /// An object size, not a text label.
    pub is_size: bool,
    /// `key:value` of each label, or a size.
    pub lines: Vec<String>,
    pub value: i64,
    /// The value includes that of other nodes.
    pub is_cum: bool,
    /// The object sizes that come with the label.
    pub sizes: Vec<Self>,
}

/// The boxes below a node: first those of labels, then those of sizes that come without labels.
pub(super) fn label_boxes(trimmed: &Trimmed, index: usize) -> Vec<LabelBox> {
    let (Some(tags), Some(table)) = (trimmed.tags.get(index), &trimmed.tag_table) else {
        return Vec::new();
    };
    // What leaves show includes what was left out below them.
    let flat_only = !trimmed.graph.nodes[index].outgoing.is_empty();
    let mut boxes = text_boxes(tags, table, flat_only);
    boxes.extend(size_boxes(tags.sizes(table, ""), flat_only));
    boxes
}

fn text_boxes(tags: &NodeTags, table: &TagTable, flat_only: bool) -> Vec<LabelBox> {
    let mut texts = tags.texts(table);
    sort_tags(&mut texts, flat_only);
    texts.truncate(MAX_BOXES);
    let mut boxes = Vec::new();
    for (position, tag) in texts.iter().enumerate() {
        let value = if flat_only {
            tag.values.flat_value()
        } else {
            tag.values.cum_value()
        };
        if value != 0 {
            boxes.push(LabelBox {
                position,
                is_size: false,
                lines: table.lines(&tag.name).to_vec(),
                value,
                is_cum: false,
                sizes: size_boxes(tags.sizes(table, &tag.name), flat_only),
            });
        }
    }
    boxes
}

/// Boxes for object sizes, in at most four groups.
fn size_boxes(sizes: Vec<Tag>, flat_only: bool) -> Vec<LabelBox> {
    let mut boxes = Vec::new();
    for (position, tag) in collapsed(sizes, flat_only).into_iter().enumerate() {
        let (flat, cum) = (tag.values.flat_value(), tag.values.cum_value());
        let is_cum = !(flat_only || flat == cum);
        let value = if is_cum { cum } else { flat };
        if value != 0 {
            boxes.push(LabelBox {
                position,
                is_size: true,
                lines: vec![tag.name],
                value,
                is_cum,
                sizes: Vec::new(),
            });
        }
    }
    boxes
}

/// Tags put together in at most [`MAX_BOXES`] groups around the largest.
fn collapsed(mut tags: Vec<Tag>, flat_only: bool) -> Vec<Tag> {
    sort_tags(&mut tags, flat_only);
    if tags.len() <= MAX_BOXES {
        return tags;
    }
    let others = tags.split_off(MAX_BOXES);
    let mut groups: Vec<Vec<Tag>> = tags.into_iter().map(|tag| vec![tag]).collect();
    for tag in others {
        let distances = groups.iter().map(|group| distance(&tag, &group[0]));
        let mut nearest = (0, f64::INFINITY);
        for (index, distance) in distances.enumerate() {
            if distance < nearest.1 {
                nearest = (index, distance);
            }
        }
        groups[nearest.0].push(tag);
    }
    let mut tags: Vec<Tag> = groups.iter().map(|group| summed(group)).collect();
    sort_tags(&mut tags, flat_only);
    tags
}

fn distance(tag: &Tag, other: &Tag) -> f64 {
    (tag.value as f64 - units::scale(other.value, &other.unit, &tag.unit).0).abs()
}

/// A group as one tag, named after its range.
fn summed(group: &[Tag]) -> Tag {
    let label = |tag: &Tag| units::label(tag.value, &tag.unit, "auto");
    let first = &group[0];
    if group.len() == 1 {
        let values = Values {
            flat: first.values.flat_value(),
            cum: first.values.cum_value(),
            ..Values::default()
        };
        return Tag {
            name: label(first),
            unit: String::new(),
            value: 0,
            values,
        };
    }
    let (mut min, mut max) = (first, first);
    let mut sums = first.values;
    for tag in &group[1..] {
        let in_unit_of = |of: &Tag| to_integer(units::scale(tag.value, &tag.unit, &of.unit).0);
        if in_unit_of(min) < min.value {
            min = tag;
        }
        if in_unit_of(max) > max.value {
            max = tag;
        }
        sums.add_flat((tag.values.flat, tag.values.flat_divisor));
        sums.add_cum((tag.values.cum, tag.values.cum_divisor));
    }
    let values = Values {
        flat: divide(sums.flat, sums.flat_divisor),
        cum: divide(sums.cum, sums.cum_divisor),
        ..Values::default()
    };
    let name = format!("{}..{}", label(min), label(max));
    Tag {
        name,
        unit: String::new(),
        value: 0,
        values,
    }
}
