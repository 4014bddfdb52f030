//! What is known from earlier runs on the same sources, in the user's cache: results of screening, and rounds of timing
//! with the variants that ran in them. So a second run continues where the first one ended.

use std::collections::BTreeMap;

use base::{Cache, System};
use bench::ab::race::{BASE, CONTROL, RaceRound};
use serde_json::{Value, json};

use super::TuneRequest;
use super::counts::{CountChange, Counts, Span};
use super::scope::Scope;
use super::variant::{Fault, Texts};
use crate::changed_files::is_own;
use crate::workspace::Workspace;

/// The kind of the cache's entries: changes with their format.
const KIND: &str = "tune-1";

/// The hash of a variant's texts.
pub(super) type VariantKey = [u8; 32];

/// What screening a variant found.
pub(super) enum Known {
    Broken(Fault),
    Nothing,
    Passed {
        counts: BTreeMap<usize, CountChange>,
        tested: usize,
    },
}

pub(super) struct Memo {
    cache: Cache,
    /// Of the sources as they are, the toolchain and the settings.
    sources: [u8; 32],
}

impl Memo {
    pub(super) fn open(workspace: &Workspace, scope: &Scope, request: &TuneRequest) -> Self {
        let cache = if workspace.types.is_some() {
            Cache::open(workspace.system, KIND)
        } else {
            Cache::none()
        };
        cache.prune(workspace.system);
        Self {
            cache,
            sources: sources(workspace, scope, request),
        }
    }

    fn key(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.sources);
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        *hasher.finalize().as_bytes()
    }

    /// The hash of a variant.
    pub(super) fn variant(texts: &Texts) -> VariantKey {
        let mut hasher = blake3::Hasher::new();
        for (path, text) in texts {
            hasher.update(path.to_string_lossy().as_bytes());
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text);
        }
        *hasher.finalize().as_bytes()
    }

    pub(super) fn screened(
        &self,
        system: &dyn System,
        base: &VariantKey,
        variant: &VariantKey,
    ) -> Option<Known> {
        let key = self.key(&[b"screened", base, variant]);
        let value: Value = serde_json::from_slice(&self.cache.get(system, &key)?).ok()?;
        known(&value)
    }

    pub(super) fn keep_screened(
        &self,
        system: &dyn System,
        base: &VariantKey,
        variant: &VariantKey,
        found: &Known,
    ) {
        let key = self.key(&[b"screened", base, variant]);
        // What cannot be kept is found out again.
        self.cache
            .put(system, &key, value_of(found).to_string().as_bytes())
            .ok();
    }

    /// The rounds of a benchmark; `arms` are the variants by number, base and control lane first. Each variant has its
    /// own, with the base in them: so they serve whatever else is tried.
    pub(super) fn rounds(
        &self,
        system: &dyn System,
        benchmark: &str,
        arms: &[VariantKey],
    ) -> Vec<RaceRound> {
        (CONTROL..arms.len())
            .flat_map(|arm| {
                let bytes = self
                    .cache
                    .get(system, &self.rounds_key(benchmark, arms, arm));
                let value: Value =
                    serde_json::from_slice(&bytes.unwrap_or_default()).unwrap_or_default();
                let rounds = value.as_array().cloned().unwrap_or_default();
                rounds
                    .iter()
                    .filter_map(|round| round_of(round, arm))
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    pub(super) fn keep_rounds(
        &self,
        system: &dyn System,
        benchmark: &str,
        arms: &[VariantKey],
        rounds: &[RaceRound],
    ) {
        for arm in CONTROL..arms.len() {
            let ran = |round: &&RaceRound| round.iter().any(|(own, _)| *own == arm);
            let value: Value = rounds
                .iter()
                .filter(ran)
                .map(|round| value_of_round(round, arm))
                .collect();
            if value.as_array().is_some_and(|rounds| !rounds.is_empty()) {
                let key = self.rounds_key(benchmark, arms, arm);
                self.cache
                    .put(system, &key, value.to_string().as_bytes())
                    .ok();
            }
        }
    }

    fn rounds_key(&self, benchmark: &str, arms: &[VariantKey], arm: usize) -> [u8; 32] {
        let name: &[u8] = if arm == CONTROL {
            b"control"
        } else {
            &arms[arm]
        };
        self.key(&[b"rounds", benchmark.as_bytes(), &arms[BASE], name])
    }
}

/// The times of the base and of one variant: `[[base, base], [variant, variant]]`.
fn value_of_round(round: &RaceRound, arm: usize) -> Value {
    let of = |arm: usize| -> Value {
        let own = round.iter().filter(|(own, _)| *own == arm);
        own.map(|(_, time)| json!(time)).collect()
    };
    json!([of(BASE), of(arm)])
}

fn round_of(value: &Value, arm: usize) -> Option<RaceRound> {
    let times = |at: usize| value.get(at)?.as_array();
    let base = times(0)?
        .iter()
        .filter_map(|time| Some((BASE, time.as_f64()?)));
    let own = times(1)?
        .iter()
        .filter_map(|time| Some((arm, time.as_f64()?)));
    Some(base.chain(own).collect())
}

/// Everything that a result depends on beside the variant itself.
fn sources(workspace: &Workspace, scope: &Scope, request: &TuneRequest) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    let mut text = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    text(env!("CARGO_PKG_VERSION"));
    text(&workspace.go.version.text);
    text(&format!("{:?}", scope.options.flags));
    text(&format!("{:?} {:?}", request.test_flags, request.cpu));
    text(&request.benchtime);
    let mut files = std::collections::BTreeSet::new();
    for package in &scope.listing.packages {
        if !is_own(workspace, package) {
            continue;
        }
        let names = package.go_files.iter().chain(&package.test_go_files);
        let names = names
            .chain(&package.xtest_go_files)
            .chain(&package.cgo_files);
        let names = names.chain(&package.s_files).chain(&package.embed_files);
        files.extend(names.map(|name| package.dir.join(name)));
        if let Some(dir) = package
            .module
            .as_ref()
            .and_then(|module| module.dir.as_ref())
        {
            files.extend(["go.mod", "go.sum"].map(|name| dir.join(name)));
        }
    }
    for path in files {
        hasher.update(path.to_string_lossy().as_bytes());
        if let Ok(bytes) = workspace.system.read(&path) {
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(&bytes);
        }
    }
    *hasher.finalize().as_bytes()
}

fn value_of(known: &Known) -> Value {
    match known {
        Known::Broken(fault) => json!({ "broken": [fault.what, fault.message] }),
        Known::Nothing => json!({ "nothing": true }),
        Known::Passed { counts, tested } => {
            let span = |span: Span| json!([span.least, span.most]);
            let one = |counts: Counts| json!([span(counts.allocs), span(counts.bytes)]);
            let rows = counts
                .iter()
                .map(|(at, it)| json!([at, one(it.before), one(it.after)]));
            json!({ "counts": rows.collect::<Vec<_>>(), "tested": tested })
        }
    }
}

fn known(value: &Value) -> Option<Known> {
    if let Some(fault) = value.get("broken") {
        return Some(Known::Broken(Fault {
            what: fault.get(0)?.as_str()?.to_owned(),
            message: fault.get(1)?.as_str()?.to_owned(),
        }));
    }
    if value.get("nothing").is_some() {
        return Some(Known::Nothing);
    }
    let span = |value: &Value| {
        Some(Span {
            least: value.get(0)?.as_f64()?,
            most: value.get(1)?.as_f64()?,
        })
    };
    let one = |value: &Value| {
        Some(Counts {
            allocs: span(value.get(0)?)?,
            bytes: span(value.get(1)?)?,
        })
    };
    let mut counts = BTreeMap::new();
    for row in value.get("counts")?.as_array()? {
        let change = CountChange {
            before: one(row.get(1)?)?,
            after: one(row.get(2)?)?,
        };
        counts.insert(row.get(0)?.as_u64()? as usize, change);
    }
    Some(Known::Passed {
        counts,
        tested: value.get("tested")?.as_u64()? as usize,
    })
}

#[cfg(test)]
mod tests {
    use base::testing::MemorySystem;

    use super::*;

    fn memo(system: &MemorySystem) -> Memo {
        Memo {
            cache: Cache::open(system, KIND),
            sources: [7; 32],
        }
    }

    #[test]
    fn rounds_come_back_for_the_variants_that_are_still_tried() {
        let system = MemorySystem::default();
        let memo = memo(&system);
        let first = [[0; 32], [0; 32], [2; 32], [3; 32]];
        let rounds = vec![vec![(0, 1.0), (1, 1.1), (2, 0.5), (3, 0.7)]];
        memo.keep_rounds(&system, "p.B", &first, &rounds);
        // Variant 2 is gone, variant 3 has another number.
        let second = [[0; 32], [0; 32], [3; 32]];
        let again = memo.rounds(&system, "p.B", &second);
        assert_eq!(again, [vec![(0, 1.0), (1, 1.1)], vec![(0, 1.0), (2, 0.7)]]);
        assert!(memo.rounds(&system, "p.C", &second).is_empty());
        let other_base = [[9; 32], [0; 32], [3; 32]];
        assert!(memo.rounds(&system, "p.B", &other_base).is_empty());
    }

    #[test]
    fn results_of_screening_come_back() {
        let system = MemorySystem::default();
        let memo = memo(&system);
        let span = |value| Span {
            least: value,
            most: value + 1.0,
        };
        let counts = |value| Counts {
            allocs: span(value),
            bytes: span(10.0 * value),
        };
        let change = CountChange {
            before: counts(4.0),
            after: counts(2.0),
        };
        let found = Known::Passed {
            counts: BTreeMap::from([(3, change)]),
            tested: 2,
        };
        memo.keep_screened(&system, &[0; 32], &[1; 32], &found);
        match memo.screened(&system, &[0; 32], &[1; 32]) {
            Some(Known::Passed { counts, tested }) => {
                assert_eq!((counts.get(&3), tested), (Some(&change), 2));
            }
            _ => panic!("not found"),
        }
        assert!(memo.screened(&system, &[0; 32], &[2; 32]).is_none());
    }
}
