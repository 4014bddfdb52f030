//! The filters of a report: samples, frames and labels to keep.
//!
//! Source: google/pprof `internal/driver/driver_focus.go`.

use std::io::Write;

use profile::{Label, LabelMatcher, Matcher, NameFilter, Profile};

use crate::config::Config;
use crate::error::Error;
use crate::go_regexp::GoRegexp;
use crate::graph::LabelUnits;
use crate::tag_filter::TagFilter;

/// The filters of the options, compiled. `None`: not set.
pub(crate) struct Filters {
    focus: Option<GoRegexp>,
    ignore: Option<GoRegexp>,
    hide: Option<GoRegexp>,
    show: Option<GoRegexp>,
    show_from: Option<GoRegexp>,
    prune_from: Option<GoRegexp>,
    tagfocus: Option<TagFilter>,
    tagignore: Option<TagFilter>,
    tagshow: Option<GoRegexp>,
    taghide: Option<GoRegexp>,
}

/// `name=value` of the filters that are set and that headers mention.
pub(crate) fn active(config: &Config) -> Vec<String> {
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
    active
        .map(|(name, value)| format!("{name}={value}"))
        .collect()
}

impl Filters {
    /// Compiles the filters. Tag filters that are read as ranges are reported on `err`.
    pub(crate) fn new(config: &Config, err: &mut dyn Write) -> Result<Self, Error> {
        Ok(Self {
            focus: compile_option("focus", &config.focus)?,
            ignore: compile_option("ignore", &config.ignore)?,
            hide: compile_option("hide", &config.hide)?,
            show: compile_option("show", &config.show)?,
            show_from: compile_option("show_from", &config.show_from)?,
            tagfocus: compile_tag_filter("tagfocus", &config.tagfocus, err)?,
            tagignore: compile_tag_filter("tagignore", &config.tagignore, err)?,
            prune_from: compile_option("prune_from", &config.prune_from)?,
            tagshow: compile_option("tagshow", &config.tagshow)?,
            taghide: compile_option("taghide", &config.taghide)?,
        })
    }

    /// Applies the filters in pprof's order. Those that match nothing are reported on `err`.
    pub(crate) fn apply(&self, profile: &mut Profile, units: &LabelUnits, err: &mut dyn Write) {
        let [focus, ignore, hide, show] =
            [&self.focus, &self.ignore, &self.hide, &self.show].map(|it| matcher(it.as_ref()));
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
        if let Some(show_from) = matcher(self.show_from.as_ref()) {
            let found = profile.show_from(&*show_from);
            warn_no_matches(found, "ShowFrom", err);
        }
        self.select_by_labels(profile, units, err);
        self.select_labels(profile, err);
        if let Some(prune_from) = matcher(self.prune_from.as_ref()) {
            profile.prune_from(&*prune_from);
        }
    }

    fn select_by_labels(&self, profile: &mut Profile, units: &LabelUnits, err: &mut dyn Write) {
        let (focus, ignore) = (self.tagfocus.as_ref(), self.tagignore.as_ref());
        if focus.is_none() && ignore.is_none() {
            return;
        }
        let strings = profile.strings.clone();
        let unit = |key: &str| units.get(key).to_owned();
        let of = |filter: &TagFilter, labels: &[Label]| filter.matches(labels, &strings, &unit);
        let focus_matcher = focus.map(|filter| move |labels: &[Label]| of(filter, labels));
        let ignore_matcher = ignore.map(|filter| move |labels: &[Label]| of(filter, labels));
        let (focused, ignored) = profile.filter_by_labels(
            focus_matcher.as_ref().map(|it| it as LabelMatcher<'_>),
            ignore_matcher.as_ref().map(|it| it as LabelMatcher<'_>),
        );
        warn_no_matches(focus.is_none() || focused, "TagFocus", err);
        warn_no_matches(ignore.is_none() || ignored, "TagIgnore", err);
    }

    fn select_labels(&self, profile: &mut Profile, err: &mut dyn Write) {
        let (show, hide) = (&self.tagshow, &self.taghide);
        if show.is_none() && hide.is_none() {
            return;
        }
        let (show, hide) = (matcher(show.as_ref()), matcher(hide.as_ref()));
        let (shown, hidden) = profile.filter_labels(
            show.as_ref().map(|it| &**it as Matcher<'_>),
            hide.as_ref().map(|it| &**it as Matcher<'_>),
        );
        warn_no_matches(show.is_none() || shown, "TagShow", err);
        warn_no_matches(hide.is_none() || hidden, "TagHide", err);
    }
}

/// Reports an option whose expression matched nothing.
pub(crate) fn warn_no_matches(matched: bool, option: &str, err: &mut dyn Write) {
    if !matched {
        writeln!(err, "{option} expression matched no samples").ok();
    }
}

/// Compiles an expression; `what` names it in the error.
pub(crate) fn compile(what: impl FnOnce() -> String, text: &str) -> Result<GoRegexp, Error> {
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
    let (filter, range) = TagFilter::parse(text).map_err(|reason| Error::Regexp {
        what: format!("{name} regexp"),
        reason,
    })?;
    if let Some(range) = range {
        writeln!(err, "{name}:Interpreted '{range}' as range, not regexp").ok();
    }
    Ok(Some(filter))
}

type BoxedMatcher<'a> = Box<dyn Fn(&[u8]) -> bool + 'a>;

fn matcher(regexp: Option<&GoRegexp>) -> Option<BoxedMatcher<'_>> {
    let regexp = regexp?;
    Some(Box::new(|text: &[u8]| regexp.is_match_bytes(text)))
}
