//! Positions of edge labels: on their edge, and clear of boxes and other labels where possible.

use super::layout::{Placed, Text};

/// What is taken already: left, top, right, bottom.
pub(super) struct Labels {
    taken: Vec<[f64; 4]>,
}

/// Where on a bend a text may be: first where edges of one caller have parted.
const PLACES: [f64; 5] = [0.66, 0.5, 0.8, 0.35, 0.92];

impl Labels {
    pub(super) fn new(boxes: &[Placed]) -> Self {
        let taken = boxes.iter();
        let taken = taken.map(|it| [it.x, it.y, it.x + it.width, it.y + it.height]);
        Self {
            taken: taken.collect(),
        }
    }

    /// The text at the place on an edge where it hides least; `None` for an empty text.
    pub(super) fn place(&mut self, label: &str, size: f64, points: &[(f64, f64)]) -> Option<Text> {
        if label.is_empty() {
            return None;
        }
        let width = label.chars().count() as f64 * size * 0.56;
        let mut best: Option<(f64, [f64; 4])> = None;
        for (x, y) in places(points) {
            for left in [x + 3.0, x - 3.0 - width] {
                let area = [left, y - size, left + width, y];
                let hidden: f64 = self.taken.iter().map(|it| overlap(it, &area)).sum();
                if best.is_none_or(|(least, _)| hidden < least) {
                    best = Some((hidden, area));
                }
            }
        }
        let (_, area) = best?;
        self.taken.push(area);
        Some(Text {
            x: area[0],
            y: area[3] - size * 0.2,
            size,
            content: label.to_owned(),
            centered: false,
        })
    }
}

/// Points on the bends of an edge, the middle bend's first.
fn places(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let bends: Vec<_> = points.windows(2).map(|pair| (pair[0], pair[1])).collect();
    let middle = bends.len() / 2;
    let mut order: Vec<usize> = (0..bends.len()).collect();
    order.sort_by_key(|&at| at.abs_diff(middle));
    let on_bend = |at: usize| {
        let ((from_x, from_y), (x, y)) = bends[at];
        PLACES.iter().map(move |&t: &f64| {
            // The curve that is drawn, upright at both ends.
            let aside = t * t * (3.0 - 2.0 * t);
            let along = 0.5 * (3.0 * t * (1.0 - t) + 2.0 * t * t * t);
            (from_x + (x - from_x) * aside, from_y + (y - from_y) * along)
        })
    };
    order.into_iter().flat_map(on_bend).collect()
}

fn overlap(a: &[f64; 4], b: &[f64; 4]) -> f64 {
    let width = a[2].min(b[2]) - a[0].max(b[0]);
    let height = a[3].min(b[3]) - a[1].max(b[1]);
    width.max(0.0) * height.max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_edges_side_by_side_do_not_cover_each_other() {
        let mut labels = Labels::new(&[]);
        let texts: Vec<Text> = (0..4)
            .filter_map(|_| labels.place("0.25s", 10.0, &[(0.0, 0.0), (10.0, 100.0)]))
            .collect();
        let area = |it: &Text| [it.x, it.y - 10.0, it.x + 28.0, it.y];
        for (at, text) in texts.iter().enumerate() {
            for other in &texts[..at] {
                assert!(overlap(&area(text), &area(other)) < 1e-9);
            }
        }
        assert_eq!(texts.len(), 4);
        assert!(labels.place("", 10.0, &[(0.0, 0.0), (0.0, 9.0)]).is_none());
    }
}
