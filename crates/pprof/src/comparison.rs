//! The two sides of a comparison, as they were before they were put together.

use profile::{Profile, StrId};

use crate::path;

/// A profile and the base it is compared with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Comparison {
    pub old: Side,
    pub new: Side,
}

/// What is known of one side.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Side {
    /// For how long it was profiled, in nanoseconds; 0: unknown.
    pub duration_nanos: i64,
    /// Events between two samples; 0: unknown.
    pub period: i64,
    /// Base name of the main binary; empty if it is not known.
    pub file: String,
    /// Of the main binary; empty if it is not known.
    pub build_id: String,
    /// Names of all values of a sample.
    pub sample_types: Vec<String>,
}

impl Side {
    pub(crate) fn of(profile: &Profile) -> Self {
        let text = |id: StrId| profile.strings.text(id).into_owned();
        let main = profile.mappings.iter().next();
        let file = main.map_or(String::new(), |it| text(it.file));
        Self {
            duration_nanos: profile.duration_nanos,
            period: profile.period,
            file: if file.is_empty() {
                file
            } else {
                path::base(&file).to_owned()
            },
            build_id: main.map_or(String::new(), |it| text(it.build_id)),
            sample_types: profile
                .sample_types
                .iter()
                .map(|it| text(it.kind))
                .collect(),
        }
    }
}

impl Comparison {
    /// What makes the values of both sides hard to compare, a sentence each. `per_second`: they
    /// are divided by the durations.
    pub fn warnings(&self, per_second: bool) -> Vec<String> {
        let (old, new) = (&self.old, &self.new);
        let mut warnings = Vec::new();
        let durations = (old.duration_nanos, new.duration_nanos);
        let seconds = |nanos: i64| crate::number::duration(nanos);
        match durations {
            (0, _) | (_, 0) if per_second => warnings.push(
                "values are not per second: a profile does not say for how long it was taken"
                    .to_owned(),
            ),
            (before, now) if !per_second && before.abs_diff(now) > before.unsigned_abs() / 20 => {
                warnings.push(format!(
                    "the base was taken for {} and the profile for {}: -per_second divides values \
                     by these, -normalize scales the profile to the total of the base",
                    seconds(before),
                    seconds(now)
                ));
            }
            _ => {}
        }
        if old.period != new.period && old.period != 0 && new.period != 0 {
            warnings.push(format!(
                "the base has a sample every {} events and the profile every {}: small values \
                 differ by chance",
                old.period, new.period
            ));
        }
        if old.file != new.file && !old.file.is_empty() && !new.file.is_empty() {
            warnings.push(format!(
                "the base is of the program {} and the profile of {}",
                old.file, new.file
            ));
        }
        let missing = |of: &Side, from: &Side| -> Vec<String> {
            let types = of.sample_types.iter();
            types
                .filter(|it| !from.sample_types.contains(it))
                .cloned()
                .collect()
        };
        for (who, types) in [("base", missing(old, new)), ("profile", missing(new, old))] {
            if !types.is_empty() {
                warnings.push(format!("only the {who} has {}", types.join(", ")));
            }
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(duration_nanos: i64, period: i64, file: &str, types: &[&str]) -> Side {
        Side {
            duration_nanos,
            period,
            file: file.to_owned(),
            build_id: String::new(),
            sample_types: types.iter().map(|&it| it.to_owned()).collect(),
        }
    }

    #[test]
    fn what_differs_is_warned_of() {
        const SECOND: i64 = 1_000_000_000;
        let old = side(SECOND, 10, "app", &["samples", "cpu"]);
        let warnings = |new: Side, per_second| {
            let old = old.clone();
            Comparison { old, new }.warnings(per_second)
        };
        assert!(warnings(old.clone(), false).is_empty());
        let longer = side(2 * SECOND, 10, "app", &["samples", "cpu"]);
        assert!(
            warnings(longer.clone(), false)[0].starts_with("the base was taken for 1s and the")
        );
        assert!(warnings(longer, true).is_empty());
        let unknown = side(0, 10, "", &["samples", "cpu"]);
        assert!(warnings(unknown, true)[0].starts_with("values are not per second"));
        let other = side(SECOND, 20, "tool", &["cpu", "wall"]);
        let others = warnings(other, false);
        assert_eq!(others.len(), 4, "{others:?}");
        assert_eq!(others[2], "only the base has samples");
    }
}
