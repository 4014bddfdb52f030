//! The control lane: changes that are found although nothing changed.

use super::compare::change;
use super::{AbOptions, Arm, Series};

/// The result of comparing the old binary with itself.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Control {
    /// Comparisons made, and those of them that were significant at the level.
    pub comparisons: usize,
    pub false_alarms: usize,
    /// The change that half of the benchmarks would have shown: the median half width of their
    /// intervals, as a share. `None` without enough rounds.
    pub detectable: Option<f64>,
    /// Samples, and those during which others wanted the processor.
    pub samples: usize,
    pub contaminated: usize,
}

/// Evaluates the control arm in `sec/op`. A benchmark whose two sides are identical serves with its
/// new arm too.
pub fn control(series: &[Series], options: &AbOptions) -> Control {
    let mut control = Control::default();
    let mut widths = Vec::new();
    for series in series.iter().filter(|series| series.failed.is_none()) {
        for sample in series.rounds.iter().flat_map(|round| &round.samples) {
            control.samples += 1;
            control.contaminated += usize::from(sample.contention.is_bad());
        }
        let arms = if series.identical {
            &[Arm::Control, Arm::New][..]
        } else {
            &[Arm::Control]
        };
        for &arm in arms {
            let Some(found) = change(series, "sec/op", arm, options) else {
                continue;
            };
            control.comparisons += 1;
            control.false_alarms += usize::from(found.p <= options.alpha);
            let width = (found.high / found.low).sqrt() - 1.0;
            if width.is_finite() {
                widths.push(width);
            }
        }
    }
    widths.sort_by(f64::total_cmp);
    control.detectable = widths.get(widths.len() / 2).copied();
    control
}
