//! The options of a report: flags on the command line, variables in the shell.

use crate::number::{quoted, shortest};

/// All options, with the defaults of the command line.
#[derive(Clone, PartialEq, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one per boolean option of pprof"
)]
pub struct Config {
    /// File to write; empty: standard output.
    pub output: String,
    pub call_tree: bool,
    pub relative_percentages: bool,
    pub unit: String,
    pub compact_labels: bool,
    pub source_path: String,
    pub trim_path: String,
    pub intel_syntax: bool,
    pub mean: bool,
    /// Position or name of the values to show; empty: the profile's default.
    pub sample_index: String,
    pub divide_by: f64,
    pub normalize: bool,
    /// `flat` or `cum`.
    pub sort: String,
    pub tagroot: String,
    pub tagleaf: String,
    pub drop_negative: bool,
    /// -1: the report's own default; 0: no limit.
    pub nodecount: i64,
    pub nodefraction: f64,
    pub edgefraction: f64,
    pub trim: bool,
    pub focus: String,
    pub ignore: String,
    pub prune_from: String,
    pub hide: String,
    pub show: String,
    pub show_from: String,
    pub tagfocus: String,
    pub tagignore: String,
    pub tagshow: String,
    pub taghide: String,
    pub noinlines: bool,
    pub showcolumns: bool,
    /// One of `GRANULARITIES`; empty: the report's default, which is functions.
    pub granularity: String,
    /// For `diff`: values are divided by the seconds that each side took. As the next one not an
    /// option of the shell, whose list is pprof's.
    pub per_second: bool,
    /// For `diff`: the growth that is too much, in percent of the base's total.
    pub fail_above: Option<f64>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            output: String::new(),
            call_tree: false,
            relative_percentages: false,
            unit: "minimum".to_owned(),
            compact_labels: false,
            source_path: String::new(),
            trim_path: String::new(),
            intel_syntax: false,
            mean: false,
            sample_index: String::new(),
            divide_by: 1.0,
            normalize: false,
            sort: "flat".to_owned(),
            tagroot: String::new(),
            tagleaf: String::new(),
            drop_negative: false,
            nodecount: -1,
            nodefraction: 0.005,
            edgefraction: 0.001,
            trim: true,
            focus: String::new(),
            ignore: String::new(),
            prune_from: String::new(),
            hide: String::new(),
            show: String::new(),
            show_from: String::new(),
            tagfocus: String::new(),
            tagignore: String::new(),
            tagshow: String::new(),
            taghide: String::new(),
            noinlines: false,
            showcolumns: false,
            granularity: String::new(),
            per_second: false,
            fail_above: None,
        }
    }
}

pub(crate) const GRANULARITIES: &[&str] =
    &["functions", "filefunctions", "files", "lines", "addresses"];
pub(crate) const SORTS: &[&str] = &["cum", "flat"];

/// A field of [`Config`].
pub(crate) enum Slot<'a> {
    Bool(&'a mut bool),
    Int(&'a mut i64),
    Float(&'a mut f64),
    Text(&'a mut String),
}

/// An option: its name, what it does, and where it lives.
pub(crate) struct ConfigField {
    pub(crate) name: &'static str,
    /// One line for overviews, then more for `help NAME`.
    pub(crate) help: &'static str,
    /// The only values it takes; empty: any.
    pub(crate) choices: &'static [&'static str],
    slot: fn(&mut Config) -> Slot<'_>,
}

macro_rules! field {
    ($name:ident, $slot:ident, $help:expr) => {
        field!($name, $slot, $help, &[])
    };
    ($name:ident, $slot:ident, $help:expr, $choices:expr) => {
        ConfigField {
            name: stringify!($name),
            help: $help,
            choices: $choices,
            slot: |config| Slot::$slot(&mut config.$name),
        }
    };
}

const TAG_FILTER_HELP: &str = "\
A regular expression matches `key:value`; a comma means and.\n\
`key=expression` looks at one label only; a comma means or.\n\
For numeric labels: `1kb`, `1kb:10kb`, `memory=32mb:`.";

/// All options, in pprof's order.
pub(crate) static FIELDS: &[ConfigField] = &[
    field!(output, Text, "File to write the report to"),
    field!(
        call_tree,
        Bool,
        "Keep different call paths to a function apart\nActs on graphs: dot, its pictures, and callgrind."
    ),
    field!(
        relative_percentages,
        Bool,
        "Show percentages of what the filters leave\nOtherwise they are of the whole profile."
    ),
    field!(
        unit,
        Text,
        "Unit to show values in\n`minimum` fits the smallest value, `auto` fits each value by itself;\nor a unit such as ms, seconds, kB, MB."
    ),
    field!(
        compact_labels,
        Bool,
        "Leave the profile's description out of headers"
    ),
    field!(source_path, Text, "Folders to search for source files"),
    field!(
        trim_path,
        Text,
        "Prefixes to remove from source paths before the search"
    ),
    field!(
        intel_syntax,
        Bool,
        "Show assembly in Intel syntax\nActs on disasm and weblist."
    ),
    field!(
        mean,
        Bool,
        "Divide values by the first value, the count\nThe mean size of an allocation, or the mean time of an event."
    ),
    field!(
        sample_index,
        Text,
        "Which value of the samples to show\nIts position, counted from 0, or its name."
    ),
    field!(divide_by, Float, "Divide all values by this number"),
    field!(
        normalize,
        Bool,
        "Scale the profile to the total of its base"
    ),
    field!(sort, Text, "Order of the entries", SORTS),
    field!(
        tagroot,
        Text,
        "Labels to show as frames above each stack\nKeys, separated by commas; the first becomes the root."
    ),
    field!(
        tagleaf,
        Text,
        "Labels to show as frames below each stack\nKeys, separated by commas; the last becomes the leaf."
    ),
    field!(
        drop_negative,
        Bool,
        "Leave out what has become less\nNodes with a negative value do not show."
    ),
    field!(nodecount, Int, "Show at most so many nodes"),
    field!(
        nodefraction,
        Float,
        "Hide nodes below this fraction of the total"
    ),
    field!(
        edgefraction,
        Float,
        "Hide edges below this fraction of the total"
    ),
    field!(
        trim,
        Bool,
        "Honor nodecount, nodefraction and edgefraction\nFalse shows everything."
    ),
    field!(
        focus,
        Text,
        "Only samples through a frame that matches\nThe expression is matched with function, file and binary."
    ),
    field!(
        ignore,
        Text,
        "No samples through a frame that matches\nThe expression is matched with function, file and binary."
    ),
    field!(prune_from, Text, "Drop what a matching frame calls"),
    field!(
        hide,
        Text,
        "Remove matching frames from the stacks\nThe expression is matched with function, file and binary."
    ),
    field!(
        show,
        Text,
        "Only keep matching frames in the stacks\nThe expression is matched with function, file and binary."
    ),
    field!(
        show_from,
        Text,
        "Drop the frames above the outermost match\nSamples without a match go."
    ),
    field!(tagfocus, Text, "Only samples with a matching label\n"),
    field!(tagignore, Text, "No samples with a matching label\n"),
    field!(tagshow, Text, "Only keep labels whose key matches"),
    field!(taghide, Text, "Remove labels whose key matches"),
    field!(noinlines, Bool, "Count inlined functions as their caller"),
    field!(showcolumns, Bool, "Show columns where lines are shown"),
    field!(
        granularity,
        Text,
        "What one entry stands for",
        GRANULARITIES
    ),
];

/// Descriptions of the choices of `sort` and `granularity`.
pub(crate) static CHOICE_HELP: &[(&str, &str)] = &[
    ("cum", "By the value of a function and all it calls"),
    ("flat", "By a function's own value"),
    ("functions", "One entry per function name"),
    ("filefunctions", "One entry per function name and file"),
    ("files", "One entry per file"),
    ("lines", "One entry per source line"),
    ("addresses", "One entry per address"),
];

/// The help of an option or a choice.
pub(crate) fn help(name: &str) -> Option<String> {
    if let Some(field) = FIELDS.iter().find(|it| it.name == name) {
        return Some(match name {
            "tagfocus" | "tagignore" => format!("{}{TAG_FILTER_HELP}", field.help),
            _ => field.help.to_owned(),
        });
    }
    let choice = CHOICE_HELP.iter().find(|(choice, _)| *choice == name)?;
    Some(choice.1.to_owned())
}

/// The option of that name, or the one that has it as a choice.
pub(crate) fn find(name: &str) -> Option<&'static ConfigField> {
    let named = FIELDS.iter().find(|it| it.name == name);
    named.or_else(|| FIELDS.iter().find(|it| it.choices.contains(&name)))
}

impl ConfigField {
    /// Whether a bare name sets it: booleans and choices.
    pub(crate) fn is_switch(&self, name: &str) -> bool {
        name != self.name || matches!((self.slot)(&mut Config::default()), Slot::Bool(_))
    }

    pub(crate) fn kind(&self) -> crate::command_line::FlagKind {
        use crate::command_line::FlagKind;
        match (self.slot)(&mut Config::default()) {
            Slot::Bool(_) => FlagKind::Bool,
            Slot::Int(_) => FlagKind::Int,
            Slot::Float(_) => FlagKind::Float,
            Slot::Text(_) => FlagKind::Text,
        }
    }

    /// The value as text.
    pub(crate) fn get(&self, config: &Config) -> String {
        match (self.slot)(&mut config.clone()) {
            Slot::Bool(value) => value.to_string(),
            Slot::Int(value) => value.to_string(),
            Slot::Float(value) => shortest(*value),
            Slot::Text(value) => value.clone(),
        }
    }

    /// Sets the value from text; the error is in pprof's words.
    pub(crate) fn set(&self, config: &mut Config, value: &str) -> Result<(), String> {
        let bad_number = |function: &str, reason: &str| {
            format!("strconv.{function}: parsing {}: {reason}", quoted(value))
        };
        match (self.slot)(config) {
            Slot::Bool(slot) => *slot = parse_bool(value)?,
            Slot::Int(slot) => {
                let digits = value.strip_prefix(['+', '-']).unwrap_or(value);
                let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
                *slot = value.parse().map_err(|_| {
                    let reason = if is_number {
                        "value out of range"
                    } else {
                        "invalid syntax"
                    };
                    bad_number("Atoi", reason)
                })?;
            }
            Slot::Float(slot) => {
                let parsed = value.parse().ok();
                *slot = parsed.ok_or_else(|| bad_number("ParseFloat", "invalid syntax"))?;
            }
            Slot::Text(slot) => {
                if !self.choices.is_empty() && !self.choices.contains(&value) {
                    let (name, value) = (quoted(self.name), quoted(value));
                    return Err(format!("invalid {name} value {value}"));
                }
                value.clone_into(slot);
            }
        }
        Ok(())
    }
}

/// Sets an option by its name, or by the name of one of its choices and a true value.
pub(crate) fn configure(config: &mut Config, name: &str, value: &str) -> Result<(), String> {
    let unknown = || format!("unknown config field {}", quoted(name));
    let field = find(name).ok_or_else(unknown)?;
    if field.name == name {
        field.set(config, value)
    } else if matches!(value, "1" | "t" | "T" | "TRUE" | "true" | "True") {
        field.set(config, name)
    } else {
        Err(unknown())
    }
}

/// Booleans as pprof's variables take them: an empty text is true.
fn parse_bool(value: &str) -> Result<bool, String> {
    match value.to_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "1" | "" => Ok(true),
        "false" | "f" | "no" | "n" | "0" => Ok(false),
        _ => Err(format!("illegal value \"{value}\" for bool variable")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_set_by_name_or_choice() {
        let mut config = Config::default();
        let mut set = |name: &str, value: &str| configure(&mut config, name, value);
        assert_eq!(set("nodecount", "3"), Ok(()));
        assert_eq!(set("lines", "1"), Ok(()));
        assert_eq!(set("mean", ""), Ok(()));
        assert_eq!(
            set("lines", ""),
            Err("unknown config field \"lines\"".into())
        );
        assert_eq!(set("sort", "x"), Err("invalid \"sort\" value \"x\"".into()));
        assert_eq!(
            set("nodecount", "abc"),
            Err("strconv.Atoi: parsing \"abc\": invalid syntax".into())
        );
        assert_eq!(
            set("mean", "maybe"),
            Err("illegal value \"maybe\" for bool variable".into())
        );
        assert_eq!((config.nodecount, config.mean), (3, true));
        assert_eq!(config.granularity, "lines");
        let value = |name: &str| find(name).map(|it| it.get(&config));
        assert_eq!(value("nodefraction").as_deref(), Some("0.005"));
        assert_eq!(value("divide_by").as_deref(), Some("1"));
    }
}
