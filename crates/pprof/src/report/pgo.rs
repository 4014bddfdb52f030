//! `pgo`: a profile for the Go compiler, `default.pgo`.
//!
//! The compiler sums the calls between functions by the line of the call, counted from where the
//! caller begins. Of all a profile holds it reads the counts, names, lines and start lines, and
//! addresses as far as they tell calls apart: a call of an address to itself does not count.
//!
//! Source: `cmd/internal/pgo/pprof.go`, go1.27.3.

use std::collections::BTreeMap;
use std::path::Path;

use base::{Idx, IndexVec, System};
use profile::{FunctionId, Granularity, Profile, StrId};

use super::Machine;
use crate::error::Error;
use crate::number::percentage;
use crate::source::declares;
use crate::view::View;

/// Fewer samples than this leave much to chance.
const FEW_SAMPLES: i64 = 1000;
/// Names that a note lists.
const MAX_NAMES: usize = 5;

/// A profile reduced to what the compiler reads.
#[derive(Clone, Debug)]
pub struct Pgo {
    pub profile: Profile,
    /// Samples that the compiler will not use, and why.
    pub notes: Vec<String>,
}

impl Pgo {
    /// It is an error if the compiler would refuse the profile.
    pub fn new(view: &View, machine: Machine<'_>) -> Result<Self, Error> {
        let mut profile = view.profile.clone();
        let index = counted(&profile).ok_or_else(|| {
            let message = "the compiler reads samples/count or cpu/nanoseconds, and the profile \
                           has neither";
            Error::Report(message.to_owned())
        })?;
        profile.select_sample_types(&[index]);
        let own = own_values(&profile);
        let total = own.values().fold(0_i64, |sum, it| sum.saturating_add(*it));
        let has_start = |id: &FunctionId| profile.functions[*id].start_line != 0;
        if !profile.functions.ids().any(|id| has_start(&id)) {
            let message = "no function has a start line, without which the compiler refuses a \
                           profile: the program was built by Go before 1.20";
            return Err(Error::Report(message.to_owned()));
        }
        let mut notes = Vec::new();
        let without = own.iter().filter(|(id, _)| !has_start(id));
        push_note(&mut notes, &profile, without, total, "have no start line");
        let stale = stale_functions(&profile, &own, machine.system);
        let stale = stale.iter().map(|id| (id, &own[id]));
        push_note(
            &mut notes,
            &profile,
            stale,
            total,
            "are no longer declared in their files",
        );
        if own_is_count(&profile) && total < FEW_SAMPLES {
            notes.push(format!(
                "only {total} samples: profile for longer, or merge profiles"
            ));
        }
        strip(&mut profile);
        Ok(Self {
            profile: profile.compact(),
            notes,
        })
    }
}

/// The position of the values that the compiler reads.
fn counted(profile: &Profile) -> Option<usize> {
    profile.sample_types.iter().position(|it| {
        let texts = [it.kind, it.unit].map(|id| profile.strings.get(id));
        texts == [&b"samples"[..], b"count"] || texts == [&b"cpu"[..], b"nanoseconds"]
    })
}

fn own_is_count(profile: &Profile) -> bool {
    let unit = profile
        .sample_types
        .first()
        .map_or(StrId::EMPTY, |it| it.unit);
    profile.strings.get(unit) == b"count"
}

/// The values of functions themselves.
fn own_values(profile: &Profile) -> BTreeMap<FunctionId, i64> {
    let mut own: BTreeMap<FunctionId, i64> = BTreeMap::new();
    for id in profile.samples.ids() {
        if let Some(leaf) = profile.frames(id).next() {
            let sum = own.entry(leaf.function).or_default();
            *sum = sum.saturating_add(profile.samples.values(id)[0]);
        }
    }
    own
}

/// Functions that are no longer declared in their file, if the file exists here.
fn stale_functions(
    profile: &Profile,
    own: &BTreeMap<FunctionId, i64>,
    system: &dyn System,
) -> Vec<FunctionId> {
    let mut by_file: BTreeMap<StrId, Vec<FunctionId>> = BTreeMap::new();
    for &id in own.keys() {
        by_file
            .entry(profile.functions[id].filename)
            .or_default()
            .push(id);
    }
    let mut stale = Vec::new();
    for (file, functions) in by_file {
        let file = profile.strings.text(file);
        // What belongs to a version of a module or of Go does not change.
        if !file.starts_with('/') || file.contains('@') {
            continue;
        }
        let Ok(text) = system.read_source(Path::new(&*file)) else {
            continue;
        };
        let text = String::from_utf8_lossy(&text);
        let is_stale = |id: &FunctionId| {
            let name = profile.function_name(*id);
            declares(&text, &name) == Some(false)
        };
        stale.extend(functions.into_iter().filter(is_stale));
    }
    stale
}

fn push_note<'a>(
    notes: &mut Vec<String>,
    profile: &Profile,
    functions: impl Iterator<Item = (&'a FunctionId, &'a i64)>,
    total: i64,
    what: &str,
) {
    let mut functions: Vec<(&FunctionId, &i64)> = functions.collect();
    functions.sort_by_key(|it| (std::cmp::Reverse(it.1), it.0.index()));
    if functions.is_empty() {
        return;
    }
    let value = functions
        .iter()
        .fold(0_i64, |sum, it| sum.saturating_add(*it.1));
    let names = functions.iter().take(MAX_NAMES);
    let names: Vec<String> = names
        .map(|it| profile.function_name(*it.0).into_owned())
        .collect();
    let more = if functions.len() > MAX_NAMES {
        ", …"
    } else {
        ""
    };
    notes.push(format!(
        "{} functions with {} of the samples {what}: {}{more}",
        functions.len(),
        percentage(value, total).trim(),
        names.join(", ")
    ));
}

/// Takes out what the compiler does not read.
fn strip(profile: &mut Profile) {
    profile.aggregate(&Granularity {
        inline_frames: true,
        function: true,
        filename: false,
        line: true,
        column: false,
        address: true,
    });
    let all = |_: &[u8]| true;
    profile.filter_labels(None, Some(&all));
    for id in profile.locations.ids() {
        profile.locations[id].mapping = None;
    }
    profile.mappings = IndexVec::default();
    profile.comments.clear();
    profile.doc_url = StrId::EMPTY;
    profile.drop_frames = StrId::EMPTY;
    profile.keep_frames = StrId::EMPTY;
}
