//! The units of pprof: memory, time, and Google's compute units.
//!
//! Source: google/pprof `internal/measurement`.

struct Unit {
    name: &'static str,
    /// What the unit may be called, in lower case and singular.
    aliases: &'static [&'static str],
    /// In the smallest unit of its family (for GCU: in GCU).
    factor: f64,
}

struct Family {
    units: &'static [Unit],
    /// For values in the family that are asked for in a unit outside of it.
    default_name: &'static str,
    default_factor: f64,
}

const fn unit(name: &'static str, aliases: &'static [&'static str], factor: f64) -> Unit {
    Unit {
        name,
        aliases,
        factor,
    }
}

const FAMILIES: [Family; 3] = [
    Family {
        units: &[
            unit("B", &["b", "byte"], 1.0),
            unit("kB", &["kb", "kbyte", "kilobyte"], 1024.0),
            unit("MB", &["mb", "mbyte", "megabyte"], 1_048_576.0),
            unit("GB", &["gb", "gbyte", "gigabyte"], 1_073_741_824.0),
            unit("TB", &["tb", "tbyte", "terabyte"], 1_099_511_627_776.0),
            unit("PB", &["pb", "pbyte", "petabyte"], 1_125_899_906_842_624.0),
        ],
        default_name: "B",
        default_factor: 1.0,
    },
    Family {
        units: &[
            unit("ns", &["ns", "nanosecond"], 1.0),
            unit("us", &["μs", "us", "microsecond"], 1e3),
            unit("ms", &["ms", "millisecond"], 1e6),
            unit("s", &["s", "sec", "second"], 1e9),
            unit("hrs", &["hour", "hr"], 3.6e12),
        ],
        default_name: "s",
        default_factor: 1e9,
    },
    Family {
        units: &[
            unit("n*GCU", &["nanogcu"], 1e-9),
            unit("u*GCU", &["microgcu"], 1e-6),
            unit("m*GCU", &["milligcu"], 1e-3),
            unit("GCU", &["gcu"], 1.0),
            unit("k*GCU", &["kilogcu"], 1e3),
            unit("M*GCU", &["megagcu"], 1e6),
            unit("G*GCU", &["gigagcu"], 1e9),
            unit("T*GCU", &["teragcu"], 1e12),
            unit("P*GCU", &["petagcu"], 1e15),
        ],
        default_name: "GCU",
        default_factor: 1.0,
    },
];

impl Family {
    fn find(&self, name: &str) -> Option<&'static Unit> {
        let lower = name.to_lowercase();
        let singular = match lower.strip_suffix('s') {
            Some(singular) if lower.len() > 2 => singular,
            _ => &lower,
        };
        self.units.iter().find(|it| it.aliases.contains(&singular))
    }

    /// A value in the smallest unit, in the largest unit of which it has at least one.
    fn auto_scale(&self, value: f64) -> (f64, &'static str) {
        let fitting = |unit: &&Unit| value / unit.factor >= 1.0;
        match self.units.iter().rev().find(fitting) {
            Some(unit) => (value / unit.factor, unit.name),
            None => (value / self.default_factor, self.default_name),
        }
    }
}

/// A value of unit `from` in the unit `to`, and the unit to print behind it.
///
/// `auto` and `minimum` choose the largest unit of which there is at least one. A target of
/// another family than `from` gives the family's default unit; a `from` of no family leaves the
/// value as it is.
pub fn scale<'a>(value: i64, from: &str, to: &'a str) -> (f64, &'a str) {
    if value < 0 && value != i64::MIN {
        let (value, unit) = scale(-value, from, to);
        return (-value, unit);
    }
    for family in &FAMILIES {
        let Some(from) = family.find(from) else {
            continue;
        };
        let value = value as f64 * from.factor;
        if matches!(to, "minimum" | "auto") {
            return family.auto_scale(value);
        }
        return match family.find(to) {
            Some(to) => (value / to.factor, to.name),
            None => (value / family.default_factor, family.default_name),
        };
    }
    let silent = matches!(to, "count" | "sample" | "unit" | "minimum" | "auto");
    (value as f64, if silent { "" } else { to })
}

/// A value of unit `from` as text in the unit `to`: at most two decimals, and the unit unless
/// the value is 0.
pub fn label(value: i64, from: &str, to: &str) -> String {
    let (value, unit) = scale(value, from, to);
    let text = format!("{value:.2}");
    match text.strip_suffix(".00").unwrap_or(&text) {
        "0" | "-0" => "0".to_owned(),
        text => format!("{text}{unit}"),
    }
}

/// Whether values of both units can be converted into each other.
pub(crate) fn convertible(a: &str, b: &str) -> bool {
    a == b
        || FAMILIES
            .iter()
            .any(|family| family.find(a).is_some() && family.find(b).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_print_in_the_unit_asked_for() {
        let cases = [
            (1_100_000_000, "nanoseconds", "auto", "1.10s"),
            (1_000_000_000, "ns", "minimum", "1s"),
            (1536, "bytes", "auto", "1.50kB"),
            (-1536, "Bytes", "auto", "-1.50kB"),
            (0, "bytes", "auto", "0"),
            (1, "bytes", "GB", "0"),
            (5, "minutes", "s", "5s"),
            (5, "count", "auto", "5"),
            (5, "apples", "count", "5"),
            (3, "seconds", "bytes", "3s"),
            (2, "kilobytes", "seconds", "2048B"),
            (7_200, "sec", "hrs", "2hrs"),
            (1_500_000, "gcu", "auto", "1.50M*GCU"),
        ];
        for (value, from, to, expected) in cases {
            assert_eq!(label(value, from, to), expected, "{value} {from} as {to}");
        }
    }

    #[test]
    fn smallest_integer_does_not_overflow() {
        assert_eq!(label(i64::MIN, "count", "count"), "-9223372036854775808");
    }
}
