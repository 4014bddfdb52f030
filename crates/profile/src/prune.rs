//! Stacks cut at frames of no interest.
//!
//! Source: google/pprof `profile/prune.go`.

use std::ops::Range;

use base::Idx;

use crate::filter::{Cached, Matcher};
use crate::model::Profile;

/// A [`Matcher`] that owns its pattern.
pub type OwnedMatcher = Box<dyn Fn(&[u8]) -> bool>;

/// Parentheses in these belong to the name, not to its arguments.
const RESERVED: [&[u8]; 2] = [b"(anonymous namespace)", b"operator()"];

/// What [`Profile::prune`] does to stacks at a location.
#[derive(Clone, Copy, PartialEq)]
enum Cut {
    No,
    /// The location, and what it calls.
    Here,
    /// What the location calls; its own matching lines are gone already.
    Below,
}

impl Profile {
    /// Applies the profile's own `drop_frames` and `keep_frames`; see [`prune`](Self::prune).
    ///
    /// `compile` makes a matcher of a pattern, which is anchored already.
    pub fn remove_uninteresting<E>(
        &mut self,
        compile: &dyn Fn(&str) -> Result<OwnedMatcher, E>,
    ) -> Result<(), E> {
        if self.drop_frames.is_empty() {
            return Ok(());
        }
        let compile = |id| compile(&format!("^({})$", self.strings.text(id)));
        let drop = compile(self.drop_frames)?;
        let keep = if self.keep_frames.is_empty() {
            None
        } else {
            Some(compile(self.keep_frames)?)
        };
        self.prune(&*drop, keep.as_deref());
        Ok(())
    }

    /// Cuts every stack at the outermost function that matches `drop` and not `keep`: it goes,
    /// with all it calls. Functions outside of the first one that does not match stay, so that
    /// no stack is lost whole.
    ///
    /// Function names are matched without their arguments.
    pub fn prune(&mut self, drop: Matcher<'_>, keep: Option<Matcher<'_>>) {
        let dropped = |name: &[u8]| {
            let name = simple_name(name);
            drop(name) && !keep.is_some_and(|keep| keep(name))
        };
        let cached = Cached::new(&dropped, &self.strings);
        let mut cuts = vec![Cut::No; self.locations.len()];
        for id in self.locations.ids() {
            let lines = self.lines(id);
            let matching = lines.iter().rposition(|line| {
                let name = self.functions[line.function].name;
                !name.is_empty() && cached.matches(&self.strings, name)
            });
            let Some(matching) = matching else {
                continue;
            };
            if matching + 1 == lines.len() {
                cuts[id.index()] = Cut::Here;
            } else {
                cuts[id.index()] = Cut::Below;
                let location = &mut self.locations[id];
                location.lines = location.lines.slice(matching + 1..usize::MAX);
            }
        }
        self.cut_stacks(|stack| {
            let cut = |&index: &usize| cuts[stack[index].index()];
            let mut outside = (0..stack.len()).rev().skip_while(|it| cut(it) != Cut::No);
            let place = outside.find(|it| cut(it) != Cut::No)?;
            match cut(&place) {
                Cut::Below => Some(place..stack.len()),
                Cut::Here | Cut::No => Some(place + 1..stack.len()),
            }
        });
    }

    /// Cuts every stack below the innermost function that matches, which becomes the leaf.
    pub fn prune_from(&mut self, matcher: Matcher<'_>) {
        let matches = |name: &[u8]| matcher(simple_name(name));
        let cached = Cached::new(&matches, &self.strings);
        let mut found = vec![false; self.locations.len()];
        for id in self.locations.ids() {
            let innermost = self.lines(id).iter().position(|line| {
                let name = self.functions[line.function].name;
                !name.is_empty() && cached.matches(&self.strings, name)
            });
            if let Some(innermost) = innermost {
                found[id.index()] = true;
                let location = &mut self.locations[id];
                location.lines = location.lines.slice(innermost..usize::MAX);
            }
        }
        self.cut_stacks(|stack| {
            let leaf = stack.iter().position(|id| found[id.index()])?;
            Some(leaf..stack.len())
        });
    }

    /// Cuts each stack to the range `keep` gives, if any.
    fn cut_stacks(&mut self, keep: impl Fn(&[crate::LocationId]) -> Option<Range<usize>>) {
        for id in self.samples.ids() {
            if let Some(kept) = keep(self.samples.stack(id)) {
                self.samples.trim_stack(id, kept);
            }
        }
    }
}

/// A function name without its arguments, and without the dot that 64-bit PowerPC puts before
/// it.
fn simple_name(name: &[u8]) -> &[u8] {
    let name = name.strip_prefix(b".").unwrap_or(name);
    let mut position = 0;
    while position < name.len() {
        let rest = &name[position..];
        match RESERVED.iter().find(|reserved| rest.starts_with(reserved)) {
            Some(reserved) => position += reserved.len(),
            None if rest[0] == b'(' => return &name[..position],
            None => position += 1,
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_arguments() {
        let cases = [
            ("main.main", "main.main"),
            (".foo(int)", "foo"),
            ("(anonymous namespace)::f(int)", "(anonymous namespace)::f"),
            ("a::operator()(int) const", "a::operator()"),
            ("main.(*T).Method", "main."),
        ];
        for (name, expected) in cases {
            assert_eq!(simple_name(name.as_bytes()), expected.as_bytes(), "{name}");
        }
    }

    use crate::{decode_folded, encode_folded};

    fn folded(profile: &Profile) -> String {
        let text = String::from_utf8(encode_folded(profile, 0)).unwrap();
        text.trim_end().replace('\n', ", ")
    }

    #[test]
    fn pruning_cuts_at_the_outermost_match_below_a_user_frame() {
        let cases = [
            ("r;a;b;a;c 1", "r 1"),
            ("a;a;r;a;c 1", "a;a;r 1"),
            ("a;a 1", "a;a 1"),
            ("r;b 1", "r;b 1"),
        ];
        for (text, expected) in cases {
            let mut profile = decode_folded(text.as_bytes()).unwrap();
            profile.prune(&|name| name == b"a", None);
            assert_eq!(folded(&profile), expected, "{text}");
        }
    }

    #[test]
    fn pruning_from_keeps_the_innermost_match_as_leaf() {
        let mut profile = decode_folded(b"r;a;b;a(int);c 1\nr;d 2").unwrap();
        profile.prune_from(&|name| name == b"a");
        assert_eq!(folded(&profile), "r;a;b;a(int) 1, r;d 2");
    }

    #[test]
    fn a_profile_names_its_own_uninteresting_frames() {
        let mut profile = decode_folded(b"main;malloc;brk 1\nmain;mallocgc;brk 2").unwrap();
        profile.drop_frames = profile.strings.intern(b"malloc.*");
        profile.keep_frames = profile.strings.intern(b"mallocgc");
        // Enough of a regular expression for this test.
        let compile = |pattern: &str| {
            let literal = pattern.trim_start_matches("^(").trim_end_matches(")$");
            let prefix = literal.trim_end_matches(".*").to_owned();
            let exact = prefix.len() == literal.len();
            let matcher = move |name: &[u8]| {
                name.starts_with(prefix.as_bytes()) && !(exact && name.len() > prefix.len())
            };
            Ok::<_, ()>(Box::new(matcher) as OwnedMatcher)
        };
        profile.remove_uninteresting(&compile).unwrap();
        assert_eq!(folded(&profile), "main 1, main;mallocgc;brk 2");
    }
}
