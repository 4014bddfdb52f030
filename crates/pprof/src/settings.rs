//! Options as typed values.
//!
//! [`Config`] holds what was typed; [`Settings`] is what it means for one command, whose
//! [`Overrides`] come first.

use crate::config::Config;

/// The granularity of a report: what one entry is.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Granularity {
    /// A function's name.
    #[default]
    Functions,
    /// A function's name and file.
    FileFunctions,
    /// A file.
    Files,
    /// A source line.
    Lines,
    /// An address.
    Addresses,
}

impl Granularity {
    /// The granularity that an option of [`Config`] names; functions for all other texts.
    fn named(name: &str) -> Self {
        match name {
            "filefunctions" => Self::FileFunctions,
            "files" => Self::Files,
            "lines" => Self::Lines,
            "addresses" => Self::Addresses,
            _ => Self::Functions,
        }
    }
}

/// The value by which entries are sorted.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Sort {
    /// A function's own value.
    #[default]
    Flat,
    /// The value of a function and all it calls.
    Cum,
}

/// Options that a command sets itself, whatever the user's options are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Overrides {
    pub(crate) granularity: Option<Granularity>,
    /// Whether inlined functions are entries of their own.
    pub(crate) inlines: Option<bool>,
    /// Everything is shown.
    pub(crate) untrimmed: bool,
    /// Entries to show unless the options say; 0: all.
    pub(crate) node_count: usize,
    /// The same in the shell.
    pub(crate) shell_node_count: usize,
}

impl Overrides {
    /// For graphs and all other commands.
    pub(crate) const NONE: Self = Self {
        granularity: None,
        inlines: None,
        untrimmed: false,
        node_count: 80,
        shell_node_count: 80,
    };
    /// Tables of all functions.
    pub(crate) const TABLE: Self = Self {
        node_count: 0,
        shell_node_count: 0,
        ..Self::NONE
    };
    pub(crate) const TOP: Self = Self {
        shell_node_count: 10,
        ..Self::TABLE
    };
    pub(crate) const UNTRIMMED: Self = Self {
        untrimmed: true,
        ..Self::TABLE
    };
    pub(crate) const ADDRESSES: Self = Self {
        granularity: Some(Granularity::Addresses),
        ..Self::UNTRIMMED
    };
}

/// The options of one report.
#[derive(Clone, PartialEq, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one per boolean option of pprof"
)]
pub struct Settings {
    pub granularity: Granularity,
    /// Inlined functions are entries of their own.
    pub inlines: bool,
    /// Columns are shown where lines are.
    pub columns: bool,
    pub sort: Sort,
    /// Most entries to show; 0: no limit.
    pub node_count: usize,
    /// Entries below this share of the total are left out.
    pub node_fraction: f64,
    /// Edges below this share of the total are left out.
    pub edge_fraction: f64,
    /// Call paths to a function stay apart.
    pub call_tree: bool,
    pub drop_negative: bool,
    /// Headers do not describe the profile.
    pub compact_labels: bool,
    /// Percentages are of what the filters leave.
    pub relative_percentages: bool,
    pub intel_syntax: bool,
    /// Values are divided by the first one of each sample.
    pub mean: bool,
    /// Position or name of the values to show; empty: the profile's default.
    pub sample_index: String,
    /// Of the output: a unit, `auto` or `minimum`.
    pub unit: String,
    /// What all values are divided by; not 0 in a report.
    pub divide_by: f64,
    /// Keys of labels shown as frames above each stack.
    pub tag_roots: Vec<String>,
    /// Keys of labels shown as frames below each stack.
    pub tag_leaves: Vec<String>,
    /// Folders to search for source files, separated by colons.
    pub source_path: String,
    /// Prefixes to remove from source paths, separated by colons.
    pub trim_path: String,
    /// The values of a comparison are divided by the seconds that each side took.
    pub per_second: bool,
    /// The growth in a comparison that is too much, in percent of the base's total.
    pub fail_above: Option<f64>,
}

impl Settings {
    pub(crate) fn new(config: &Config, overrides: &Overrides) -> Self {
        let trim = config.trim && !overrides.untrimmed;
        let fraction = |value: f64| if trim { value } else { 0.0 };
        let node_count = match config.nodecount {
            _ if !trim => 0,
            -1 => overrides.node_count,
            // Other negative numbers limit nothing, as in pprof.
            count => usize::try_from(count).unwrap_or(0),
        };
        let keys = |list: &str| -> Vec<String> {
            let keys = list.split(',').filter(|it| !it.is_empty());
            keys.map(str::to_owned).collect()
        };
        let granularity = overrides.granularity;
        Self {
            granularity: granularity.unwrap_or_else(|| Granularity::named(&config.granularity)),
            inlines: overrides.inlines.unwrap_or(!config.noinlines),
            columns: config.showcolumns,
            sort: if config.sort == "cum" {
                Sort::Cum
            } else {
                Sort::Flat
            },
            node_count,
            node_fraction: fraction(config.nodefraction),
            edge_fraction: fraction(config.edgefraction),
            call_tree: config.call_tree,
            drop_negative: config.drop_negative,
            compact_labels: config.compact_labels,
            relative_percentages: config.relative_percentages,
            intel_syntax: config.intel_syntax,
            mean: config.mean,
            sample_index: config.sample_index.clone(),
            unit: config.unit.clone(),
            divide_by: config.divide_by,
            tag_roots: keys(&config.tagroot),
            tag_leaves: keys(&config.tagleaf),
            source_path: config.source_path.clone(),
            trim_path: config.trim_path.clone(),
            per_second: config.per_second,
            fail_above: config.fail_above,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command;

    #[test]
    fn commands_settle_granularity_and_limits() {
        let settings = |name: &str, change: fn(&mut Config)| {
            let mut config = Config {
                granularity: "files".to_owned(),
                ..Config::default()
            };
            change(&mut config);
            let command = command::find(name).unwrap();
            let settings = Settings::new(&config, &command.overrides);
            let fraction = settings.node_fraction > 0.0;
            (
                settings.granularity,
                settings.inlines,
                settings.node_count,
                fraction,
            )
        };
        let none: fn(&mut Config) = |_| {};
        let cases = [
            ("top", none, (Granularity::Files, true, 0, true)),
            ("tree", none, (Granularity::Files, true, 80, true)),
            ("peek", none, (Granularity::Files, true, 0, false)),
            ("list", none, (Granularity::Lines, true, 0, false)),
            ("disasm", none, (Granularity::Addresses, false, 0, false)),
            (
                "weblist",
                |it| it.noinlines = true,
                (Granularity::Addresses, true, 0, false),
            ),
            ("callgrind", none, (Granularity::Addresses, true, 0, false)),
            (
                "dot",
                |it| it.nodecount = 3,
                (Granularity::Files, true, 3, true),
            ),
            (
                "dot",
                |it| it.trim = false,
                (Granularity::Files, true, 0, false),
            ),
            (
                "dot",
                |it| it.nodecount = -7,
                (Granularity::Files, true, 0, true),
            ),
        ];
        for (name, change, expected) in cases {
            assert_eq!(settings(name, change), expected, "{name}");
        }
    }
}
