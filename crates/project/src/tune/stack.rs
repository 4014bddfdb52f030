//! Which of the proven changes go together: all of them, unless the sum is worse than a part.

use std::collections::BTreeSet;

/// What a subset of the changes gains; `None` if it is broken.
pub(super) type Worth<'a, E> = dyn FnMut(&BTreeSet<usize>) -> Result<Option<f64>, E> + 'a;

/// Finds a subset of `n` changes that is worth the most. `worth` is what a subset gains (a logarithm of the ratio, more
/// is better); `None` if it is broken. All of them are taken if they are worth at least what the best one is alone;
/// else changes are left out one by one, as long as that gains. Returns `None` if nothing holds.
pub(super) fn best_subset<E>(
    alone: &[f64],
    worth: &mut Worth<'_, E>,
) -> Result<Option<BTreeSet<usize>>, E> {
    let mut current: BTreeSet<usize> = (0..alone.len()).collect();
    let best_alone = alone.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut value = worth(&current)?;
    if value.is_some_and(|value| value >= best_alone) || current.is_empty() {
        return Ok(value.map(|_| current));
    }
    while current.len() > 1 {
        let mut better: Option<(usize, f64)> = None;
        for &out in &current {
            let mut rest = current.clone();
            rest.remove(&out);
            if let Some(found) = worth(&rest)?
                && value.is_none_or(|value| found > value)
                && better.is_none_or(|(_, best)| found > best)
            {
                better = Some((out, found));
            }
        }
        match better {
            Some((out, found)) => {
                current.remove(&out);
                value = Some(found);
            }
            // Nothing holds without one of them: drop the one that is worth least alone.
            None if value.is_none() => {
                let least =
                    (current.iter().copied()).min_by(|a, b| alone[*a].total_cmp(&alone[*b]));
                let Some(least) = least else { break };
                current.remove(&least);
                value = worth(&current)?;
            }
            None => break,
        }
    }
    let first = (0..alone.len()).max_by(|a, b| alone[*a].total_cmp(&alone[*b]));
    let single = first.map(|at| BTreeSet::from([at]));
    Ok(match value {
        Some(value) if value >= best_alone => Some(current),
        _ => match single {
            Some(single) if worth(&single)?.is_some() => Some(single),
            _ => None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    type Simulated = fn(&BTreeSet<usize>) -> Option<f64>;

    fn found(alone: &[f64], worth: Simulated) -> Option<Vec<usize>> {
        let found = best_subset::<()>(alone, &mut |set| Ok(worth(set))).unwrap();
        found.map(|set| set.into_iter().collect())
    }

    #[test]
    fn all_are_taken_where_they_add_up() {
        let all = found(&[0.3, 0.1, 0.2], |set| Some(set.len() as f64 * 0.2));
        assert_eq!(all, Some(vec![0, 1, 2]));
    }

    #[test]
    fn one_that_spoils_the_sum_is_left_out() {
        // Change 1 undoes what the others gain.
        let rest = found(&[0.3, 0.1, 0.2], |set| {
            Some(if set.contains(&1) && set.len() > 1 {
                0.05
            } else {
                set.len() as f64 * 0.2
            })
        });
        assert_eq!(rest, Some(vec![0, 2]));
    }

    #[test]
    fn changes_that_break_each_other_are_parted() {
        let parted = found(&[0.3, 0.1, 0.2], |set| {
            let sum = set.iter().map(|at| [0.3, 0.1, 0.2][*at]).sum();
            (!(set.contains(&0) && set.contains(&2))).then_some(sum)
        });
        assert_eq!(parted, Some(vec![0, 1]));
    }

    #[test]
    fn a_sum_that_is_worse_than_its_best_part_is_not_taken() {
        let one = found(&[0.5, 0.1], |set| {
            Some(if set.len() > 1 {
                0.2
            } else if set.contains(&0) {
                0.5
            } else {
                0.1
            })
        });
        assert_eq!(one, Some(vec![0]));
        assert_eq!(found(&[0.5, 0.1], |_| None), None);
        assert_eq!(found(&[], |_| Some(0.0)), Some(vec![]));
    }
}
