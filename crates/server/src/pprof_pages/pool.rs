//! Profiles besides the one of the command line: dropped onto the page, or captured of a running service.
//!
//! The parameter `p` of an address is the profile that is shown, `base` the one that it is compared with; 0 is that of
//! the command line, `2-5` are the captures from 2 to 5 as one. So a link says all that a picture is made from.

use std::sync::{Arc, Mutex, PoisonError};

use pprof::{Error, Loaded};
use profile::units;
use serde_json::{Map, Value, json};

use crate::message::Request;

/// Most profiles that are kept; the oldest goes first.
const MAX_KEPT: usize = 32;

/// A profile that came later.
struct Kept {
    /// From 1, never used twice.
    id: u64,
    name: String,
    is_capture: bool,
    /// Milliseconds since 1970 when it came.
    at: u64,
    totals: Value,
    loaded: Arc<Loaded>,
}

#[derive(Default)]
pub(super) struct Pool {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    kept: Vec<Kept>,
    last_id: u64,
    /// The difference or range that was made last, by its parameters.
    made: Option<(Key, Arc<Loaded>)>,
}

/// Profile, base, whether the profile is scaled to the base, and the sample type that chose among several profiles.
type Key = (Chosen, Option<Chosen>, bool, String);

/// A profile by its number, or the captures between two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Chosen {
    first: u64,
    last: u64,
}

impl Chosen {
    /// `3`, or `2-5`.
    fn parse(text: &str) -> Option<Self> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        (first <= last).then_some(Self { first, last })
    }

    fn is_range(self) -> bool {
        self.first != self.last
    }
}

impl Pool {
    /// Keeps a profile; its number.
    pub(super) fn add(&self, name: &str, is_capture: bool, at: u64, loaded: Loaded) -> u64 {
        let mut state = self.lock();
        state.last_id += 1;
        let id = state.last_id;
        if state.kept.len() == MAX_KEPT {
            state.kept.remove(0);
        }
        state.kept.push(Kept {
            id,
            name: name.to_owned(),
            is_capture,
            at,
            totals: totals(&loaded),
            loaded: Arc::new(loaded),
        });
        id
    }

    /// What there is to choose from, oldest first.
    pub(super) fn list(&self) -> Value {
        let state = self.lock();
        let entry = |it: &Kept| {
            json!({
                "id": it.id,
                "name": it.name,
                "isCapture": it.is_capture,
                "at": it.at,
                "totals": it.totals,
            })
        };
        state.kept.iter().map(entry).collect()
    }

    /// The profile that a request is about. `own` is that of the command line.
    pub(super) fn find<'o>(
        &self,
        request: &Request,
        normalize: bool,
        own: &'o Loaded,
    ) -> Result<Shown<'o>, Error> {
        let chosen = |name: &str| match request.parameter(name) {
            "" => Ok(None),
            text => (Chosen::parse(text).map(Some)).ok_or_else(|| {
                Error::Usage(format!(
                    "{name}={text} is not the number of a profile, or two with a dash between"
                ))
            }),
        };
        let shown = chosen("p")?.unwrap_or(Chosen { first: 0, last: 0 });
        let base = chosen("base")?.filter(|it| *it != shown);
        if !shown.is_range() && base.is_none() {
            return self.get(shown.first, own);
        }
        let key = (shown, base, normalize, request.parameter("si").to_owned());
        let known = self.lock().made.clone();
        if let Some((_, made)) = known.filter(|(of, _)| *of == key) {
            return Ok(Shown::Kept(made));
        }
        let (profile, n_captures) = self.all_of(shown, 0, own)?;
        let made = match base {
            None => profile,
            Some(base) => {
                let (base, _) = self.all_of(base, n_captures, own)?;
                Shown::Kept(Arc::new(profile.get().against(base.get(), normalize)?))
            }
        };
        if let Shown::Kept(made) = &made {
            self.lock().made = Some((key, Arc::clone(made)));
        }
        Ok(made)
    }

    fn get<'o>(&self, id: u64, own: &'o Loaded) -> Result<Shown<'o>, Error> {
        if id == 0 {
            return Ok(Shown::Own(own));
        }
        let state = self.lock();
        let kept = state.kept.iter().find(|it| it.id == id);
        let kept = kept.map(|it| Shown::Kept(Arc::clone(&it.loaded)));
        kept.ok_or_else(|| {
            Error::Usage(format!(
                "profile {id} is not kept: goperf was started anew, or {MAX_KEPT} others came since"
            ))
        })
    }

    /// What was chosen as one profile, and how many captures it is made from. What captures add up to is that of
    /// `like` captures, unless that is 0, so that ranges of different lengths can be compared.
    fn all_of<'o>(
        &self,
        chosen: Chosen,
        like: usize,
        own: &'o Loaded,
    ) -> Result<(Shown<'o>, usize), Error> {
        let mut captures: Vec<Shown<'o>> = Vec::new();
        if chosen.is_range() {
            if chosen.first == 0 {
                captures.push(Shown::Own(own));
            }
            captures.extend(self.captures(chosen));
        } else {
            captures.push(self.get(chosen.first, own)?);
        }
        let n = captures.len();
        match captures.pop() {
            None => Err(Error::Usage(format!(
                "there are no captures from {} to {}",
                chosen.first, chosen.last
            ))),
            Some(one) if captures.is_empty() && like <= 1 => Ok((one, 1)),
            Some(last) => {
                captures.push(last);
                let all: Vec<&Loaded> = captures.iter().map(Shown::get).collect();
                let merged = Loaded::of_captures(&all, if like == 0 { n } else { like })?;
                Ok((Shown::Kept(Arc::new(merged)), n))
            }
        }
    }

    fn captures<'o>(&self, range: Chosen) -> Vec<Shown<'o>> {
        let state = self.lock();
        let captures = state.kept.iter().filter(|it| it.is_capture);
        captures
            .filter(|it| (range.first..=range.last).contains(&it.id))
            .map(|it| Shown::Kept(Arc::clone(&it.loaded)))
            .collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The sum of each sample type, by name: the value and its words.
pub(super) fn totals(loaded: &Loaded) -> Value {
    let profile = &loaded.profile;
    let total = |(index, kind): (usize, &profile::ValueType)| {
        let values = profile.samples.iter().map(|it| it.values[index]);
        let total = values.fold(0_i64, i64::saturating_add);
        let label = units::label(total, &profile.strings.text(kind.unit), "auto");
        let name = profile.strings.text(kind.kind).into_owned();
        (name, json!([total, label]))
    };
    let totals: Map<String, Value> = profile.sample_types.iter().enumerate().map(total).collect();
    totals.into()
}

/// A profile that is shown.
pub(super) enum Shown<'o> {
    Own(&'o Loaded),
    Kept(Arc<Loaded>),
}

impl Shown<'_> {
    pub(super) fn get(&self) -> &Loaded {
        match self {
            Self::Own(loaded) => loaded,
            Self::Kept(loaded) => loaded,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_chosen_by_number_or_range() {
        let chosen = |text| Chosen::parse(text).map(|it| (it.first, it.last));
        assert_eq!(chosen("3"), Some((3, 3)));
        assert_eq!(chosen("0-5"), Some((0, 5)));
        assert_eq!(chosen("5-2"), None);
        assert_eq!(chosen("-2"), None);
        assert_eq!(chosen("a"), None);
    }
}
