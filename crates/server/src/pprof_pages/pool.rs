//! Profiles besides the one of the command line: dropped onto the page, or captured of a running service.
//!
//! The parameter `p` of an address is the profile that is shown, `base` the one that it is compared with; 0 is that of
//! the command line. So a link says all that a picture is made from.

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
    /// The difference that was made last, by its parameters.
    difference: Option<(Key, Arc<Loaded>)>,
}

/// Profile, base, whether the profile is scaled to the base, and the sample type that chose among several profiles.
type Key = (u64, u64, bool, String);

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
        let number = |name: &str| match request.parameter(name) {
            "" => Ok(None),
            text => (text.parse::<u64>().map(Some))
                .map_err(|_| Error::Usage(format!("{name}={text} is not the number of a profile"))),
        };
        let (id, base) = (number("p")?.unwrap_or(0), number("base")?);
        let get = |id: u64| -> Result<Shown<'o>, Error> {
            if id == 0 {
                return Ok(Shown::Own(own));
            }
            let state = self.lock();
            let kept = state.kept.iter().find(|it| it.id == id);
            kept.map(|it| Shown::Kept(Arc::clone(&it.loaded)))
                .ok_or_else(|| {
                    Error::Usage(format!(
                        "profile {id} is not kept: goperf was started anew, or {MAX_KEPT} others came since"
                    ))
                })
        };
        let shown = get(id)?;
        let Some(base) = base.filter(|it| *it != id) else {
            return Ok(shown);
        };
        let key = (id, base, normalize, request.parameter("si").to_owned());
        let known = self.lock().difference.clone();
        if let Some((_, made)) = known.filter(|(of, _)| *of == key) {
            return Ok(Shown::Kept(made));
        }
        let made = Arc::new(shown.get().against(get(base)?.get(), normalize)?);
        self.lock().difference = Some((key, Arc::clone(&made)));
        Ok(Shown::Kept(made))
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
