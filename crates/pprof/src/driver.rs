//! From a command and its options to a report.
//!
//! Source: google/pprof `internal/driver/driver.go`, `driver_focus.go`.

use std::io::Write;

use profile::{Granularity, LabelMatcher, Matcher, NameFilter, Profile};

use crate::command::{Command, Format};
use crate::config::Config;
use crate::error::Error;
use crate::go_regexp::GoRegexp;
use crate::graph::{LabelUnits, Measure};
use crate::number::quoted;
use crate::path;
use crate::picture::draw;
use crate::report::{Answer, Report, ReportOptions, Surroundings, total};
use crate::tag_filter::TagFilter;

/// Makes the report of a command. `param` is its regular expression if it takes one; warnings go
/// to `err`.
pub(crate) fn make_report<'a>(
    mut profile: Profile,
    command: &Command,
    param: Option<&str>,
    config: &Config,
    around: Surroundings<'a>,
    err: &mut dyn Write,
) -> Result<Answer<'a>, Error> {
    let units = identify_label_units(&profile, err);
    let config = overridden(command, config);
    add_label_frames(&mut profile, &config, err);
    if config.relative_percentages {
        filter(&mut profile, &units, &config, err)?;
    }
    let mut options = report_options(&profile, units.clone(), command.format, &config)?;
    if let Some(param) = param {
        let what = || format!("argument regexp {param}");
        options.symbol = Some(compile(what, param)?);
    }
    let total = total(&profile, options.measure);
    if !config.relative_percentages {
        filter(&mut profile, &units, &config, err)?;
    }
    aggregate(&mut profile, &config)?;
    let answer = Report::new(profile, options, total, around).generate()?;
    match command.picture {
        Some(kind) => draw(&answer.into_bytes()?, kind, around.system).map(Answer::Whole),
        None => Ok(answer),
    }
}

/// The units of numeric labels; keys with several are reported.
pub(crate) fn identify_label_units(profile: &Profile, err: &mut dyn Write) -> LabelUnits {
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

/// The options with what the command itself settles.
fn overridden(command: &Command, config: &Config) -> Config {
    let mut config = config.clone();
    let mut trim = config.trim;
    match command.name {
        "disasm" => {
            trim = false;
            "addresses".clone_into(&mut config.granularity);
            config.noinlines = true;
        }
        "weblist" => {
            trim = false;
            "addresses".clone_into(&mut config.granularity);
            config.noinlines = false;
        }
        "peek" => trim = false,
        "list" => {
            trim = false;
            "lines".clone_into(&mut config.granularity);
        }
        "text" | "top" | "topproto" | "diff" => {
            if config.nodecount == -1 {
                config.nodecount = 0;
            }
        }
        _ => {
            if config.nodecount == -1 {
                config.nodecount = 80;
            }
        }
    }
    if matches!(
        command.format,
        Format::Proto | Format::Raw | Format::Callgrind
    ) {
        trim = false;
        "addresses".clone_into(&mut config.granularity);
    }
    if !trim {
        config.nodecount = 0;
        config.nodefraction = 0.0;
        config.edgefraction = 0.0;
    }
    config
}

fn add_label_frames(profile: &mut Profile, config: &Config, err: &mut dyn Write) {
    let keys = |list: &'_ str| -> Vec<String> {
        let keys = list.split(',').filter(|it| !it.is_empty());
        keys.map(str::to_owned).collect()
    };
    let (roots, leaves) = (keys(&config.tagroot), keys(&config.tagleaf));
    let roots: Vec<&str> = roots.iter().map(String::as_str).collect();
    let leaves: Vec<&str> = leaves.iter().map(String::as_str).collect();
    let (root, leaf) = profile.add_label_frames(&roots, &leaves, &config.unit);
    warn_no_matches(config.tagroot.is_empty() || root, "TagRoot", err);
    warn_no_matches(config.tagleaf.is_empty() || leaf, "TagLeaf", err);
}

fn warn_no_matches(matched: bool, option: &str, err: &mut dyn Write) {
    if !matched {
        writeln!(err, "{option} expression matched no samples").ok();
    }
}

fn compile(what: impl FnOnce() -> String, text: &str) -> Result<GoRegexp, Error> {
    GoRegexp::new(text).map_err(|reason| Error::Regexp {
        what: what(),
        reason,
    })
}

fn compile_option(name: &str, text: &str) -> Result<Option<GoRegexp>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    compile(|| format!("{name} regexp"), text).map(Some)
}

fn compile_tag_filter(
    name: &str,
    text: &str,
    err: &mut dyn Write,
) -> Result<Option<TagFilter>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    let parsed = TagFilter::parse(text);
    let what = || format!("{name} regexp");
    let (filter, range) = parsed.map_err(|reason| Error::Regexp {
        what: what(),
        reason,
    })?;
    if let Some(range) = range {
        writeln!(err, "{name}:Interpreted '{range}' as range, not regexp").ok();
    }
    Ok(Some(filter))
}

/// Applies the filters of the options.
fn filter(
    profile: &mut Profile,
    units: &LabelUnits,
    config: &Config,
    err: &mut dyn Write,
) -> Result<(), Error> {
    let focus = compile_option("focus", &config.focus)?;
    let ignore = compile_option("ignore", &config.ignore)?;
    let hide = compile_option("hide", &config.hide)?;
    let show = compile_option("show", &config.show)?;
    let show_from = compile_option("show_from", &config.show_from)?;
    let tagfocus = compile_tag_filter("tagfocus", &config.tagfocus, err)?;
    let tagignore = compile_tag_filter("tagignore", &config.tagignore, err)?;
    let prune_from = compile_option("prune_from", &config.prune_from)?;

    let [focus, ignore, hide, show] =
        [&focus, &ignore, &hide, &show].map(|it| matcher(it.as_ref()));
    let found = profile.filter_by_name(&NameFilter {
        focus: focus.as_deref(),
        ignore: ignore.as_deref(),
        hide: hide.as_deref(),
        show: show.as_deref(),
    });
    warn_no_matches(focus.is_none() || found.focus, "Focus", err);
    warn_no_matches(ignore.is_none() || found.ignore, "Ignore", err);
    warn_no_matches(hide.is_none() || found.hide, "Hide", err);
    warn_no_matches(show.is_none() || found.show, "Show", err);

    if let Some(show_from) = matcher(show_from.as_ref()) {
        let found = profile.show_from(&*show_from);
        warn_no_matches(found, "ShowFrom", err);
    }

    filter_by_labels(profile, units, tagfocus.as_ref(), tagignore.as_ref(), err);
    filter_labels(profile, config, err)?;

    if let Some(prune_from) = matcher(prune_from.as_ref()) {
        profile.prune_from(&*prune_from);
    }
    Ok(())
}

type BoxedMatcher<'a> = Box<dyn Fn(&[u8]) -> bool + 'a>;

fn matcher(regexp: Option<&GoRegexp>) -> Option<BoxedMatcher<'_>> {
    let regexp = regexp?;
    Some(Box::new(|text: &[u8]| regexp.is_match_bytes(text)))
}

fn filter_by_labels(
    profile: &mut Profile,
    units: &LabelUnits,
    focus: Option<&TagFilter>,
    ignore: Option<&TagFilter>,
    err: &mut dyn Write,
) {
    if focus.is_none() && ignore.is_none() {
        return;
    }
    let strings = profile.strings.clone();
    let unit = |key: &str| units.get(key).to_owned();
    let of =
        |filter: &TagFilter, labels: &[profile::Label]| filter.matches(labels, &strings, &unit);
    let focus_matcher = focus.map(|filter| move |labels: &[profile::Label]| of(filter, labels));
    let ignore_matcher = ignore.map(|filter| move |labels: &[profile::Label]| of(filter, labels));
    let (focused, ignored) = profile.filter_by_labels(
        focus_matcher.as_ref().map(|it| it as LabelMatcher<'_>),
        ignore_matcher.as_ref().map(|it| it as LabelMatcher<'_>),
    );
    warn_no_matches(focus.is_none() || focused, "TagFocus", err);
    warn_no_matches(ignore.is_none() || ignored, "TagIgnore", err);
}

fn filter_labels(profile: &mut Profile, config: &Config, err: &mut dyn Write) -> Result<(), Error> {
    let show = compile_option("tagshow", &config.tagshow)?;
    let hide = compile_option("taghide", &config.taghide)?;
    if show.is_none() && hide.is_none() {
        return Ok(());
    }
    let (show, hide) = (matcher(show.as_ref()), matcher(hide.as_ref()));
    let (shown, hidden) = profile.filter_labels(
        show.as_ref().map(|it| &**it as Matcher<'_>),
        hide.as_ref().map(|it| &**it as Matcher<'_>),
    );
    warn_no_matches(show.is_none() || shown, "TagShow", err);
    warn_no_matches(hide.is_none() || hidden, "TagHide", err);
    Ok(())
}

fn aggregate(profile: &mut Profile, config: &Config) -> Result<(), Error> {
    let inline_frames = !config.noinlines;
    let keep = |function, filename, line, address| Granularity {
        inline_frames,
        function,
        filename,
        line,
        column: config.showcolumns,
        address,
    };
    let granularity = match config.granularity.as_str() {
        "" | "functions" => keep(true, false, false, false),
        "filefunctions" => keep(true, true, false, false),
        "files" => keep(false, true, false, false),
        "lines" => keep(true, true, true, false),
        "addresses" if inline_frames => return Ok(()),
        "addresses" => keep(true, true, true, true),
        _ => return Err(Error::Usage("unexpected granularity".to_owned())),
    };
    profile.aggregate(&granularity);
    Ok(())
}

/// What the options mean for this profile.
pub(crate) fn report_options(
    profile: &Profile,
    label_units: LabelUnits,
    format: Format,
    config: &Config,
) -> Result<ReportOptions, Error> {
    if profile.sample_types.is_empty() {
        return Err(Error::Report("profile has no samples".to_owned()));
    }
    let index = sample_index(profile, &config.sample_index)?;
    if config.divide_by == 0.0 {
        return Err(Error::Usage("zero divisor specified".to_owned()));
    }
    let sample_type = profile.sample_types[index];
    let text = |id| profile.strings.text(id).into_owned();
    let kind = text(sample_type.kind);
    let filters = [
        ("focus", &config.focus),
        ("ignore", &config.ignore),
        ("hide", &config.hide),
        ("show", &config.show),
        ("show_from", &config.show_from),
        ("tagfocus", &config.tagfocus),
        ("tagignore", &config.tagignore),
        ("tagshow", &config.tagshow),
        ("taghide", &config.taghide),
    ];
    let active = filters.iter().filter(|(_, value)| !value.is_empty());
    let main_file = profile
        .mappings
        .iter()
        .next()
        .map_or(String::new(), |it| text(it.file));
    Ok(ReportOptions {
        format,
        cum_sort: config.sort == "cum",
        call_tree: config.call_tree,
        drop_negative: config.drop_negative,
        compact_labels: config.compact_labels,
        ratio: 1.0 / config.divide_by,
        title: if main_file.is_empty() {
            main_file
        } else {
            path::base(&main_file).to_owned()
        },
        active_filters: active
            .map(|(name, value)| format!("{name}={value}"))
            .collect(),
        label_units,
        node_count: usize::try_from(config.nodecount).unwrap_or(0),
        node_fraction: config.nodefraction,
        edge_fraction: config.edgefraction,
        measure: Measure {
            index,
            mean: config.mean,
        },
        sample_type: if config.mean {
            format!("mean_{kind}")
        } else {
            kind
        },
        sample_unit: text(sample_type.unit),
        output_unit: config.unit.clone(),
        symbol: None,
        source_path: config.source_path.clone(),
        trim_path: config.trim_path.clone(),
        intel_syntax: config.intel_syntax,
        by_file: config.granularity == "files",
    })
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
