//! Passes over samples on several processors.

use std::ops::Range;

use base::Idx;
use profile::{Profile, SampleId};
use rayon::prelude::*;

use super::values::Measure;

/// Below this many samples, starting threads costs more than it gains.
const MIN_SAMPLES: usize = 4096;

/// More parts would spend on adding up what they save on summing.
const MAX_PARTS: usize = 8;

/// What `each` makes of consecutive parts of the samples, in their order.
///
/// Results must add up to the same however the samples are cut, as their number depends on the
/// machine. Sums that end at the largest number do not, so these are made in one part.
pub(crate) fn in_parts<T: Send>(
    profile: &Profile,
    measure: Measure,
    each: impl Fn(&mut dyn Iterator<Item = SampleId>) -> T + Sync,
) -> Vec<T> {
    let n_samples = profile.samples.len();
    let part = |range: Range<usize>| each(&mut range.map(SampleId::from_index));
    let n_parts = (n_samples / MIN_SAMPLES).clamp(1, MAX_PARTS);
    if n_parts == 1 || measure.may_overflow {
        return vec![part(0..n_samples)];
    }
    let n_parts = n_parts.min(rayon::current_num_threads());
    let starts = (0..n_parts).into_par_iter();
    let range = |index: usize| n_samples * index / n_parts..n_samples * (index + 1) / n_parts;
    starts.map(|index| part(range(index))).collect()
}
