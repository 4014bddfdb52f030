//! Names for findings that survive edits elsewhere.

use std::collections::BTreeMap;
use std::fmt;

use crate::diagnostic::Diagnostic;
use crate::paths::display_path;
use crate::sources::{SourceCache, Sources};

/// Identifies a finding between two states of the source: rule, import path, function, the text of
/// its line without white space, and an ordinal among equals. Line numbers are not part of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Fingerprint(u128);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// The fingerprint of each diagnostic, in their order. Ordinals count by place, so ranking does not
/// change them.
pub fn fingerprints(diagnostics: &[Diagnostic], sources: &dyn Sources) -> Vec<Fingerprint> {
    of(diagnostics, &SourceCache::new(sources), None)
}

pub(crate) fn of(
    diagnostics: &[Diagnostic],
    sources: &SourceCache<'_>,
    current_dir: Option<&std::path::Path>,
) -> Vec<Fingerprint> {
    let mut by_place: Vec<usize> = (0..diagnostics.len()).collect();
    by_place.sort_by(|a, b| diagnostics[*a].cmp_place(&diagnostics[*b]));
    let mut seen: BTreeMap<[String; 4], u32> = BTreeMap::new();
    let mut prints = vec![Fingerprint(0); diagnostics.len()];
    for index in by_place {
        let diagnostic = &diagnostics[index];
        let path = &diagnostic.primary.path;
        let snippet = (sources.file(path))
            .and_then(|file| file.line(diagnostic.primary.start.line).map(normalise));
        let key = [
            diagnostic.rule.id.to_owned(),
            (diagnostic.package.clone()).unwrap_or_else(|| display_path(path, current_dir)),
            diagnostic.function.clone().unwrap_or_default(),
            // Without a source the message is the next best thing that does not move.
            snippet.unwrap_or_else(|| diagnostic.message.clone()),
        ];
        let ordinal = seen.entry(key.clone()).or_default();
        prints[index] = Fingerprint(hash(&key, *ordinal));
        *ordinal += 1;
    }
    prints
}

/// Without white space: gofmt's alignment and a change of nesting do not matter.
fn normalise(line: &str) -> String {
    line.chars().filter(|c| !c.is_whitespace()).collect()
}

/// FNV-1a, 128 bits: stable between releases and machines, which `std`'s hashers do not promise.
fn hash(parts: &[String], ordinal: u32) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let text = parts.iter().flat_map(|part| part.bytes().chain([0]));
    text.chain(ordinal.to_le_bytes())
        .fold(OFFSET, |hash, byte| {
            (hash ^ u128::from(byte)).wrapping_mul(PRIME)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Annotation, RuleRef, Severity};
    use std::path::Path;

    fn finding(line: u32, score: f64) -> Diagnostic {
        let rule = RuleRef {
            id: "GP601",
            name: "hot-boxing",
        };
        let mut diagnostic = Diagnostic::new(
            rule,
            Severity::Warning,
            "m",
            Annotation::at("a.go", line, 2),
        );
        diagnostic.score = score;
        diagnostic.package = Some("m/a".into());
        diagnostic.function = Some("m/a.f".into());
        diagnostic
    }

    #[test]
    fn lines_and_rank_do_not_matter_but_the_ordinal_does() {
        let before = |_: &Path| Some("\tlog(x)\n\tlog(x)\n\tlog(y)\n".to_owned());
        let after = |_: &Path| Some("\n\n    log( x )\n\tlog(x)\n\tlog(y)\n".to_owned());
        let old = fingerprints(
            &[finding(1, 1.0), finding(2, 5.0), finding(3, 0.0)],
            &before,
        );
        let new = fingerprints(&[finding(4, 9.0), finding(5, 2.0), finding(3, 1.0)], &after);
        assert_eq!([new[2], new[0], new[1]], old[..]);
        assert_ne!(old[0], old[1]);
        assert_ne!(old[0], old[2]);
    }

    #[test]
    fn the_value_is_part_of_baselines_and_must_not_change() {
        let none = |_: &Path| None;
        let print = fingerprints(&[finding(1, 0.0)], &none)[0];
        insta::assert_snapshot!(print, @"93cf20d0b640195e6f0d4d08721b8e48");
    }
}
