//! Findings that a project has accepted for now: a baseline in a file, by fingerprint.
//!
//! The file has no line numbers, so code that moves keeps its entries.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use diag::{Diagnostic, Sources};
use lint::CheckOptions;
use serde::{Deserialize, Serialize};

/// Rises when an older reader could go wrong.
const VERSION: u32 = 1;

/// A finding that costs this much more than it did is no longer the known one: by a factor, and by points.
const WORSE: (f64, f64) = (1.25, 1.0);

/// The accepted findings, by fingerprint.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KnownFindings {
    entries: BTreeMap<String, Known>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    fingerprint: String,
    rule: String,
    /// Import path.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    package: String,
    /// From the folder of the file, with slashes; for readers of the file.
    path: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    function: String,
    /// When it was accepted.
    score: f64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    version: u32,
    findings: Vec<Known>,
}

/// What a run looked for: what it did not look for is not gone.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    pub options: &'a CheckOptions,
    /// Import paths of the packages that were checked.
    pub packages: &'a [String],
}

impl Scope<'_> {
    fn contains(&self, known: &Known) -> bool {
        let rule = lint::rules::find(&known.rule);
        let is_selected = rule.is_none_or(|rule| self.options.select.contains(rule));
        // Without evidence it was a finding only since all were asked for.
        let is_shown = self.options.all || known.score > 0.0;
        let is_checked = known.package.is_empty() || self.packages.contains(&known.package);
        is_selected && is_shown && is_checked
    }
}

/// How findings compare with the known ones.
#[derive(Debug, Default)]
pub struct Compared {
    /// Findings that are known and no worse; they were taken out.
    pub known: usize,
    /// Known findings that are worse now; they stay.
    pub worse: usize,
    /// Known findings that are no longer found.
    pub gone: usize,
}

impl KnownFindings {
    /// Reads the text of a file; `Err` says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wire: Wire = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if wire.version != VERSION {
            return Err(format!(
                "its version is {}; this goperf reads version {VERSION}",
                wire.version
            ));
        }
        let entries = wire.findings.into_iter();
        Ok(Self {
            entries: entries.map(|it| (it.fingerprint.clone(), it)).collect(),
        })
    }

    /// Accepts findings. `root` is the folder of the file.
    pub fn of(findings: &[Diagnostic], sources: &dyn Sources, root: &Path) -> Self {
        let prints = diag::fingerprints(findings, sources);
        let entries = findings.iter().zip(prints).map(|(finding, print)| {
            let path = &finding.primary.path;
            let below = path.strip_prefix(root).unwrap_or(path);
            let known = Known {
                fingerprint: print.to_string(),
                rule: finding.rule.id.to_owned(),
                package: finding.package.clone().unwrap_or_default(),
                path: below.to_string_lossy().replace('\\', "/"),
                function: finding.function.clone().unwrap_or_default(),
                // To a hundredth: a file that is written again should not change for noise.
                score: (finding.score * 100.0).round() / 100.0,
            };
            (known.fingerprint.clone(), known)
        });
        Self {
            entries: entries.collect(),
        }
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The text of the file, by path.
    pub fn to_text(&self) -> String {
        let mut findings: Vec<Known> = self.entries.values().cloned().collect();
        findings.sort_by(|a, b| {
            (&a.path, &a.function, &a.rule, &a.fingerprint).cmp(&(
                &b.path,
                &b.function,
                &b.rule,
                &b.fingerprint,
            ))
        });
        let wire = Wire {
            version: VERSION,
            findings,
        };
        serde_json::to_string_pretty(&wire).unwrap_or_default() + "\n"
    }

    /// Takes the known findings out of a list, but for those that are worse now.
    pub fn drop_from(
        &self,
        findings: &mut Vec<Diagnostic>,
        sources: &dyn Sources,
        scope: &Scope<'_>,
    ) -> Compared {
        let prints: Vec<String> = (diag::fingerprints(findings, sources).iter())
            .map(ToString::to_string)
            .collect();
        let mut compared = Compared::default();
        let mut prints = prints.into_iter();
        let mut found: BTreeSet<&str> = BTreeSet::new();
        findings.retain_mut(|finding| {
            let known = prints.next().and_then(|print| self.entries.get(&print));
            let Some(known) = known else { return true };
            found.insert(&known.fingerprint);
            if finding.score > known.score * WORSE.0 + WORSE.1 {
                compared.worse += 1;
                (finding.data).insert("baseline_score".to_owned(), known.score.into());
                return true;
            }
            compared.known += 1;
            false
        });
        let looked_for = self.entries.values().filter(|known| scope.contains(known));
        compared.gone = looked_for
            .filter(|known| !found.contains(known.fingerprint.as_str()))
            .count();
        compared
    }

    /// Forgets what was looked for and is no longer found; says how many.
    pub fn prune(
        &mut self,
        findings: &[Diagnostic],
        sources: &dyn Sources,
        scope: &Scope<'_>,
    ) -> usize {
        let found: BTreeSet<String> = (diag::fingerprints(findings, sources).iter())
            .map(ToString::to_string)
            .collect();
        let before = self.entries.len();
        (self.entries).retain(|print, known| found.contains(print) || !scope.contains(known));
        before - self.entries.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use diag::{Annotation, Severity};

    fn finding(line: u32, score: f64) -> Diagnostic {
        let rule = lint::rule_ref(lint::rules::RULES[0]);
        let place = Annotation::at("/m/a.go", line, 1);
        let mut finding = Diagnostic::new(rule, Severity::Warning, "m", place);
        finding.package = Some("m".into());
        finding.function = Some("m.F".into());
        finding.score = score;
        finding
    }

    #[test]
    fn findings_that_move_stay_known_and_worse_ones_do_not() {
        let before = |_: &Path| Some("a := f()\nb := f()\nc := f()\n".to_owned());
        let known = KnownFindings::of(
            &[finding(1, 4.0), finding(2, 1.0), finding(3, 0.0)],
            &before,
            Path::new("/m"),
        );
        let known = KnownFindings::parse(&known.to_text()).unwrap();
        let after = |_: &Path| Some("\n\na := f()\nb  :=  f()\nd := f()\n".to_owned());
        let mut now = vec![finding(3, 9.0), finding(4, 1.5), finding(5, 0.0)];
        let options = CheckOptions {
            all: true,
            ..CheckOptions::default()
        };
        let packages = ["m".to_owned()];
        let scope = Scope {
            options: &options,
            packages: &packages,
        };
        let compared = known.drop_from(&mut now, &after, &scope);
        let lines: Vec<u32> = now.iter().map(|it| it.primary.start.line).collect();
        assert_eq!(lines, [3, 5]);
        assert_eq!((compared.known, compared.worse, compared.gone), (1, 1, 1));
        let mut pruned = known.clone();
        let all = [finding(3, 9.0), finding(4, 1.5), finding(5, 0.0)];
        // Of other packages, and without evidence unless all is asked for, nothing is known to be gone.
        assert_eq!(
            pruned.prune(
                &all,
                &after,
                &Scope {
                    packages: &[],
                    ..scope
                }
            ),
            0
        );
        assert_eq!(pruned.prune(&all, &after, &scope), 1);
        assert_eq!(pruned.len(), 2);
    }

    #[test]
    fn files_of_other_shapes_are_refused() {
        for text in [
            "",
            "[]",
            "{\"version\": 9, \"findings\": []}",
            "{\"findings\": []}",
        ] {
            assert!(KnownFindings::parse(text).is_err(), "{text}");
        }
    }
}
