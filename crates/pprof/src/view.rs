//! Profiles filtered and reduced for one report.
//!
//! Source: google/pprof `internal/driver/driver.go`.

use std::io::Write;

use base::Idx;
use profile::{Granularity as Detail, Profile, StrId};

use crate::command::{self, Command};
use crate::comparison::Comparison;
use crate::config::Config;
use crate::error::Error;
use crate::filters::{self, Filters, compile, warn_no_matches};
use crate::go_regexp::GoRegexp;
use crate::graph::{LabelUnits, Measure, Values};
use crate::number::quoted;
use crate::path;
use crate::report::{Header, Scale};
use crate::settings::{Granularity, Settings};

/// A copy of a profile, filtered and reduced to the granularity of a report, with what reports on
/// it have in common. Large parts of the profile are shared with the original.
#[derive(Debug)]
pub struct View {
    pub(crate) profile: Profile,
    pub(crate) settings: Settings,
    pub(crate) measure: Measure,
    /// For values, in the unit that the options name: `minimum` is not fitted to any values yet.
    pub(crate) scale: Scale,
    pub(crate) label_units: LabelUnits,
    /// Name of the values, such as `cpu` or `mean_delay`.
    pub(crate) sample_type: String,
    /// `name=value` of the filters that are set.
    pub(crate) active_filters: Vec<String>,
    /// Which functions are of interest (`list`, `peek`, …).
    pub(crate) symbol: Option<GoRegexp>,
    /// The sides of a comparison, if the profile is one.
    pub comparison: Option<Comparison>,
}

impl View {
    /// The view for a report by its name (`top`, `list`, …) and options. `expression` is that of
    /// reports that take one; remarks, a line each, go to `err`.
    pub fn new(
        profile: &Profile,
        report: &str,
        expression: Option<&str>,
        config: &Config,
        err: &mut dyn Write,
    ) -> Result<Self, Error> {
        let unknown = || Error::Usage(format!("unrecognized command: {}", quoted(report)));
        let command = command::find(report).ok_or_else(unknown)?;
        Self::for_command(profile, command, expression, config, err)
    }

    /// The view that a command and its options ask for. `param` is the command's expression.
    pub(crate) fn for_command(
        profile: &Profile,
        command: &Command,
        param: Option<&str>,
        config: &Config,
        err: &mut dyn Write,
    ) -> Result<Self, Error> {
        let settings = Settings::new(config, &command.overrides);
        let label_units = label_units(profile, err);
        let mut profile = profile.clone();
        add_label_frames(&mut profile, &settings, err);
        if settings.relative_percentages {
            Filters::new(config, err)?.apply(&mut profile, &label_units, err);
        }
        let (mut measure, mut scale) = measure(&profile, &settings)?;
        let what = || format!("argument regexp {}", param.unwrap_or_default());
        let symbol = param.map(|param| compile(what, param)).transpose()?;
        measure.may_overflow = may_overflow(&profile, measure);
        scale.total = total(&profile, measure);
        if !settings.relative_percentages {
            Filters::new(config, err)?.apply(&mut profile, &label_units, err);
        }
        aggregate(&mut profile, &settings);
        let kind = profile.sample_types[measure.index].kind;
        let kind = profile.strings.text(kind).into_owned();
        Ok(Self {
            sample_type: if measure.mean {
                format!("mean_{kind}")
            } else {
                kind
            },
            profile,
            settings,
            measure,
            scale,
            label_units,
            active_filters: filters::active(config),
            symbol,
            comparison: None,
        })
    }

    /// What describes the profile.
    pub fn header(&self) -> Header {
        Header::new(&self.profile, &self.sample_type)
    }

    /// From now on the view's expression stands for itself; whether that may make a difference.
    pub fn take_literally(&mut self) -> bool {
        let literal = self.symbol.as_ref().and_then(GoRegexp::literal);
        let differs = literal.is_some();
        if differs {
            self.symbol = literal;
        }
        differs
    }

    /// The base name of the main binary; empty if it is not known.
    pub(crate) fn title(&self) -> String {
        let main = self.profile.mappings.iter().next();
        let file = main.map_or(StrId::EMPTY, |it| it.file);
        if file.is_empty() {
            return String::new();
        }
        path::base(&self.profile.strings.text(file)).to_owned()
    }
}

/// The description of a profile, and whether its default values have a total: what the shell
/// greets with.
pub(crate) fn greeting(profile: &Profile, config: &Config) -> Result<(Header, Scale), Error> {
    let settings = Settings::new(config, &crate::settings::Overrides::NONE);
    let (measure, mut scale) = measure(profile, &settings)?;
    scale.total = total(profile, measure);
    let kind = profile.sample_types[measure.index].kind;
    let kind = profile.strings.text(kind);
    let kind = if measure.mean {
        format!("mean_{kind}")
    } else {
        kind.into_owned()
    };
    Ok((Header::new(profile, &kind), scale))
}

/// The units of numeric labels; keys with several are reported.
pub(crate) fn label_units(profile: &Profile, err: &mut dyn Write) -> LabelUnits {
    let units = LabelUnits::of(profile);
    for (key, ignored) in &units.ignored {
        let ignored: Vec<&str> = ignored.iter().map(String::as_str).collect();
        let (used, ignored) = (units.get(key), ignored.join(", "));
        writeln!(
            err,
            "For tag {key} used unit {used}, also encountered unit(s) {ignored}"
        )
        .ok();
    }
    units
}

fn add_label_frames(profile: &mut Profile, settings: &Settings, err: &mut dyn Write) {
    let roots: Vec<&str> = settings.tag_roots.iter().map(String::as_str).collect();
    let leaves: Vec<&str> = settings.tag_leaves.iter().map(String::as_str).collect();
    let (root, leaf) = profile.add_label_frames(&roots, &leaves, &settings.unit);
    warn_no_matches(roots.is_empty() || root, "TagRoot", err);
    warn_no_matches(leaves.is_empty() || leaf, "TagLeaf", err);
}

/// The values to sum and their scale, still without a total.
fn measure(profile: &Profile, settings: &Settings) -> Result<(Measure, Scale), Error> {
    if profile.sample_types.is_empty() {
        return Err(Error::Report("profile has no samples".to_owned()));
    }
    let index = sample_index(profile, &settings.sample_index)?;
    if settings.divide_by == 0.0 {
        return Err(Error::Usage("zero divisor specified".to_owned()));
    }
    let unit = profile.sample_types[index].unit;
    let scale = Scale {
        sample_unit: profile.strings.text(unit).into_owned(),
        output_unit: settings.unit.clone(),
        ratio: 1.0 / settings.divide_by,
        total: 0,
    };
    let measure = Measure {
        index,
        mean: settings.mean,
        may_overflow: false,
    };
    Ok((measure, scale))
}

/// Whether sums of some samples' values can be too large for a number.
fn may_overflow(profile: &Profile, measure: Measure) -> bool {
    let mut magnitudes = (0_u64, 0_u64);
    for sample in profile.samples.ids() {
        let (value, divisor) = measure.of(profile, sample);
        magnitudes.0 = magnitudes.0.saturating_add(value.unsigned_abs());
        magnitudes.1 = magnitudes.1.saturating_add(divisor.unsigned_abs());
    }
    magnitudes.0.max(magnitudes.1) > i64::MAX as u64
}

/// The total of all samples' values; of those of the base alone if any are marked as such. Where
/// pprof's would wrap around, it is the largest number.
fn total(profile: &Profile, measure: Measure) -> i64 {
    let sets = profile.label_sets.ids();
    let is_base: Vec<bool> = sets.map(|set| profile.is_diff_base(set)).collect();
    let mut all = (0_i64, 0_i64);
    let mut base = (0_i64, 0_i64);
    let add = |sum: &mut (i64, i64), value: i64, divisor: i64| {
        *sum = (sum.0.saturating_add(value), sum.1.saturating_add(divisor));
    };
    for sample in profile.samples.ids() {
        let (value, divisor) = measure.of(profile, sample);
        let value = value.saturating_abs();
        add(&mut all, value, divisor);
        if is_base[profile.samples.labels(sample).index()] {
            add(&mut base, value, divisor);
        }
    }
    let (total, divisor) = if base.0 > 0 { base } else { all };
    let values = Values {
        flat: total,
        flat_divisor: divisor,
        ..Values::default()
    };
    values.flat_value()
}

fn aggregate(profile: &mut Profile, settings: &Settings) {
    let keep = |function, filename, line, address| Detail {
        inline_frames: settings.inlines,
        function,
        filename,
        line,
        column: settings.columns,
        address,
    };
    let detail = match settings.granularity {
        Granularity::Functions => keep(true, false, false, false),
        Granularity::FileFunctions => keep(true, true, false, false),
        Granularity::Files => keep(false, true, false, false),
        Granularity::Lines => keep(true, true, true, false),
        // Columns stay, whatever the options say, as in pprof.
        Granularity::Addresses if settings.inlines => return,
        Granularity::Addresses => keep(true, true, true, true),
    };
    profile.aggregate(&detail);
}

/// The position of the values that a name or number chooses.
pub(crate) fn sample_index(profile: &Profile, choice: &str) -> Result<usize, Error> {
    let n_types = profile.sample_types.len();
    if choice.is_empty() {
        return Ok(profile.default_sample_index().unwrap_or(0));
    }
    if let Ok(index) = choice.parse::<i64>() {
        let valid = usize::try_from(index).ok().filter(|&it| it < n_types);
        return valid.ok_or_else(|| {
            let last = n_types as i64 - 1;
            Error::Usage(format!(
                "sample_index {choice} is outside the range [0..{last}]"
            ))
        });
    }
    let without_prefix = choice.strip_prefix("inuse_").unwrap_or(choice);
    let kinds = sample_kinds(profile);
    let found = kinds
        .iter()
        .position(|it| it == choice || it == without_prefix);
    found.ok_or_else(|| {
        let (choice, kinds) = (quoted(choice), kinds.join(" "));
        Error::Usage(format!("sample_index {choice} must be one of: [{kinds}]"))
    })
}

/// The names of the sample types.
pub(crate) fn sample_kinds(profile: &Profile) -> Vec<String> {
    let kind = |it: &profile::ValueType| profile.strings.text(it.kind).into_owned();
    profile.sample_types.iter().map(kind).collect()
}
