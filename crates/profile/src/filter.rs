//! Samples and frames kept or removed by name, samples by label.
//!
//! Patterns come as predicates on bytes, so that the grammar of regular expressions is the
//! caller's. Source: google/pprof `profile/filter.go`.

use std::cell::RefCell;

use base::Idx;

use crate::labels::Label;
use crate::model::{Line, LocationId, Profile};
use crate::strings::{StrId, Strings};

/// Whether a text matches a pattern.
pub type Matcher<'a> = &'a dyn Fn(&[u8]) -> bool;

/// Whether the labels of a sample are of interest.
pub type LabelMatcher<'a> = &'a dyn Fn(&[Label]) -> bool;

/// What to keep, by the names of functions, source files and binaries.
#[derive(Clone, Copy, Default)]
pub struct NameFilter<'a> {
    /// Only samples with a frame that matches.
    pub focus: Option<Matcher<'a>>,
    /// No samples with a frame that matches.
    pub ignore: Option<Matcher<'a>>,
    /// No frames that match.
    pub hide: Option<Matcher<'a>>,
    /// Only frames that match.
    pub show: Option<Matcher<'a>>,
}

/// Which parts of a [`NameFilter`] matched any location of the profile.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "one per part of the filter")]
pub struct NameMatches {
    pub focus: bool,
    pub ignore: bool,
    pub hide: bool,
    pub show: bool,
}

/// What [`Profile::filter_by_name`] does with samples at a location.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Neutral,
    Focused,
    Ignored,
}

impl Profile {
    /// Applies focus, ignore, hide and show together, as pprof does; a sample whose frames are
    /// all hidden goes.
    pub fn filter_by_name(&mut self, filter: &NameFilter<'_>) -> NameMatches {
        let mut matches = NameMatches::default();
        if filter.focus.is_none()
            && filter.ignore.is_none()
            && filter.hide.is_none()
            && filter.show.is_none()
        {
            matches.focus = true;
            return matches;
        }
        let [focus, ignore, hide, show] = [filter.focus, filter.ignore, filter.hide, filter.show]
            .map(|matcher| matcher.map(|it| Cached::new(it, &self.strings)));
        let mut verdicts = vec![Verdict::Neutral; self.locations.len()];
        let mut hidden = vec![false; self.locations.len()];
        for id in self.locations.ids() {
            if ignore
                .as_ref()
                .is_some_and(|it| self.location_matches(id, it))
            {
                matches.ignore = true;
                verdicts[id.index()] = Verdict::Ignored;
            } else if focus
                .as_ref()
                .is_none_or(|it| self.location_matches(id, it))
            {
                matches.focus = true;
                verdicts[id.index()] = Verdict::Focused;
            }
            if let Some(hide) = &hide
                && self.location_matches(id, hide)
            {
                matches.hide = true;
                let keep = |profile: &Self, line: &Line| !profile.line_matches(line, hide);
                hidden[id.index()] |= !self.retain_lines(id, hide, false, &keep);
            }
            if let Some(show) = &show {
                let keep = |profile: &Self, line: &Line| profile.line_matches(line, show);
                let shown = self.retain_lines(id, show, true, &keep);
                hidden[id.index()] |= !shown;
                matches.show |= shown;
            }
        }
        drop((focus, ignore, hide, show));

        self.samples.retain(|_, sample| {
            let verdict = |id: &LocationId| verdicts[id.index()];
            let mut stack = sample.stack.iter().map(verdict);
            let mut focused = false;
            let ignored = stack.any(|verdict| {
                focused |= verdict == Verdict::Focused;
                verdict == Verdict::Ignored
            });
            focused && !ignored
        });
        if hidden.contains(&true) {
            self.samples.retain_locations(|id| !hidden[id.index()]);
            self.samples.retain(|_, sample| !sample.stack.is_empty());
        }
        matches
    }

    /// Cuts every stack above its outermost frame that matches, and removes the samples without
    /// one. Whether anything matched.
    pub fn show_from(&mut self, matcher: Matcher<'_>) -> bool {
        let cached = Cached::new(matcher, &self.strings);
        let mut shown = vec![false; self.locations.len()];
        for id in self.locations.ids() {
            shown[id.index()] = if self.mapping_matches(id, &cached) {
                true
            } else {
                let lines = self.lines(id);
                match lines.iter().rposition(|it| self.line_matches(it, &cached)) {
                    Some(last) => {
                        let location = &mut self.locations[id];
                        location.lines = location.lines.slice(0..last + 1);
                        true
                    }
                    None => false,
                }
            };
        }
        drop(cached);
        for id in self.samples.ids() {
            let stack = self.samples.stack(id);
            let outermost = stack.iter().rposition(|it| shown[it.index()]);
            self.samples
                .trim_stack(id, 0..outermost.map_or(0, |it| it + 1));
        }
        self.samples.retain(|_, sample| !sample.stack.is_empty());
        shown.contains(&true)
    }

    /// Keeps the samples whose labels satisfy `focus` and not `ignore`; whether any sample
    /// satisfied each of them. A missing `focus` is satisfied by all.
    pub fn filter_by_labels(
        &mut self,
        focus: Option<LabelMatcher<'_>>,
        ignore: Option<LabelMatcher<'_>>,
    ) -> (bool, bool) {
        let verdict = |labels: &[Label]| {
            let focused = focus.is_none_or(|focus| focus(labels));
            (focused, ignore.is_some_and(|ignore| ignore(labels)))
        };
        let sets = &self.label_sets;
        let verdicts: Vec<_> = sets.ids().map(|id| verdict(sets.get(id))).collect();
        let mut any = (false, false);
        self.samples.retain(|_, sample| {
            let (focused, ignored) = verdicts[sample.labels.index()];
            any = (any.0 || focused, any.1 || ignored);
            focused && !ignored
        });
        any
    }

    /// Removes the labels whose key does not match `show` or matches `hide`; whether any key
    /// matched each of them. A missing `show` is matched by all.
    pub fn filter_labels(
        &mut self,
        show: Option<Matcher<'_>>,
        hide: Option<Matcher<'_>>,
    ) -> (bool, bool) {
        let mut used = vec![false; self.label_sets.len()];
        for sample in self.samples.iter() {
            used[sample.labels.index()] = true;
        }
        let mut any = (false, false);
        let mut verdicts: Vec<Option<bool>> = vec![None; self.strings.len()];
        for id in self.label_sets.ids().filter(|id| used[id.index()]) {
            for label in self.label_sets.get(id) {
                verdicts[label.key.index()].get_or_insert_with(|| {
                    let key = self.strings.get(label.key);
                    let shown = show.is_none_or(|show| show(key));
                    let hidden = hide.is_some_and(|hide| hide(key));
                    any = (any.0 || shown, any.1 || hidden);
                    shown && !hidden
                });
            }
        }
        self.map_labels(|labels| {
            labels.retain(|label| verdicts[label.key.index()].unwrap_or(true));
        });
        any
    }

    fn location_matches(&self, id: LocationId, matcher: &Cached<'_>) -> bool {
        let lines = self.lines(id);
        lines.iter().any(|line| self.line_matches(line, matcher))
            || self.mapping_matches(id, matcher)
    }

    fn line_matches(&self, line: &Line, matcher: &Cached<'_>) -> bool {
        let function = &self.functions[line.function];
        matcher.matches(&self.strings, function.name)
            || matcher.matches(&self.strings, function.filename)
    }

    fn mapping_matches(&self, id: LocationId, matcher: &Cached<'_>) -> bool {
        let mapping = self.locations[id].mapping;
        mapping.is_some_and(|id| matcher.matches(&self.strings, self.mappings[id].file))
    }

    /// Keeps some lines of a location: all or none if its binary's name matches, else those for
    /// which `keep` holds. Whether any is left.
    fn retain_lines(
        &mut self,
        id: LocationId,
        matcher: &Cached<'_>,
        all_if_binary_matches: bool,
        keep: &dyn Fn(&Self, &Line) -> bool,
    ) -> bool {
        let span = self.locations[id].lines;
        if self.mapping_matches(id, matcher) {
            if !all_if_binary_matches {
                self.locations[id].lines = span.slice(0..0);
            }
        } else {
            let range = span.range();
            let mut end = range.start;
            for position in range.clone() {
                let line = self.lines[position];
                if keep(self, &line) {
                    self.lines[end] = line;
                    end += 1;
                }
            }
            self.locations[id].lines = span.slice(0..end - range.start);
        }
        !self.locations[id].lines.is_empty()
    }
}

/// A matcher that is asked at most once about each string of a profile.
pub(crate) struct Cached<'a> {
    matcher: Matcher<'a>,
    known: RefCell<Vec<Option<bool>>>,
}

impl<'a> Cached<'a> {
    pub(crate) fn new(matcher: Matcher<'a>, strings: &Strings) -> Self {
        Self {
            matcher,
            known: RefCell::new(vec![None; strings.len()]),
        }
    }

    pub(crate) fn matches(&self, strings: &Strings, id: StrId) -> bool {
        let known = &mut self.known.borrow_mut()[id.index()];
        *known.get_or_insert_with(|| (self.matcher)(strings.get(id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LabelSetId, Profile, decode_folded, encode_folded};

    const STACKS: &[u8] = b"main;a;b 1\nmain;c 2\nidle 4\n";

    fn has(part: &'static str) -> impl Fn(&[u8]) -> bool {
        move |text| text.windows(part.len()).any(|it| it == part.as_bytes())
    }

    fn folded(profile: &Profile) -> String {
        let text = String::from_utf8(encode_folded(profile, 0)).unwrap();
        text.trim_end().replace('\n', ", ")
    }

    #[test]
    fn names_select_samples_and_frames() {
        // "a" is in "main" as well.
        let cases = [
            (["b", "", "", ""], "main;a;b 1"),
            (["", "c", "", ""], "idle 4, main;a;b 1"),
            (["", "", "a", ""], "b 1, c 2, idle 4"),
            (["main", "", "", "c"], "c 2"),
            (["", "", "idle", ""], "main;a;b 1, main;c 2"),
            (["x", "", "", ""], ""),
            (["", "", "", ""], "idle 4, main;a;b 1, main;c 2"),
        ];
        for (parts, expected) in cases {
            let mut profile = decode_folded(STACKS).unwrap();
            let matchers = parts.map(|part| (!part.is_empty()).then(|| has(part)));
            let [focus, ignore, hide, show] = matchers
                .each_ref()
                .map(|matcher| matcher.as_ref().map(|it| it as Matcher<'_>));
            profile.filter_by_name(&NameFilter {
                focus,
                ignore,
                hide,
                show,
            });
            assert_eq!(folded(&profile), expected, "{parts:?}");
        }
    }

    #[test]
    fn show_from_cuts_above_the_outermost_match() {
        let mut profile = decode_folded(b"r;a;b;a;c 1\nr;x 2\n").unwrap();
        assert!(profile.show_from(&has("a")));
        assert_eq!(folded(&profile), "a;b;a;c 1");
        assert!(!profile.show_from(&has("z")));
        assert!(profile.samples.is_empty());
    }

    #[test]
    fn labels_select_samples_and_can_be_removed() {
        let mut profile = Profile::with_sample_types(&[("samples", "count")]);
        let [key, other, value] =
            ["user", "zone", "x"].map(|it| profile.strings.intern(it.as_bytes()));
        let strings = &profile.strings;
        let mut labels = [Label::str(key, value), Label::num(other, 7, StrId::EMPTY)];
        let both = profile.label_sets.intern(&mut labels, strings);
        for labels in [both, LabelSetId::EMPTY] {
            profile.samples.push(&[], &[1], labels);
        }
        let mut ignored = profile.clone();
        let has_user = |labels: &[Label]| labels.iter().any(|it| it.key == key);
        assert_eq!(
            ignored.filter_by_labels(None, Some(&has_user)),
            (true, true)
        );
        assert_eq!(ignored.samples.len(), 1);
        assert_eq!(
            profile.filter_by_labels(Some(&has_user), None),
            (true, false)
        );
        assert_eq!(profile.samples.len(), 1);
        assert_eq!(
            profile.filter_labels(None, Some(&has("zone"))),
            (true, true)
        );
        let left = profile.samples.iter().next().unwrap().labels;
        assert_eq!(profile.label_sets.get(left), [Label::str(key, value)]);
    }
}
