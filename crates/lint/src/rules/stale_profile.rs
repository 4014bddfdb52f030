//! GP002: wording.

use std::path::PathBuf;

use diag::{Annotation, Diagnostic, Severity};

use crate::heat::Fit;
use crate::rule::{Look, Rule};
use crate::{percent, rule_ref};

pub const RULE: Rule = Rule {
    id: "GP002",
    name: "stale-profile",
    summary: "a profile that was taken from other sources",
    since: None,
    until: None,
    doc: include_str!("stale_profile.md"),
    look: Look::Facts,
};

/// Below this share of matched weight a profile is reported.
const STALE: f64 = 0.95;

/// The finding for a profile that does not fit the sources. `given`: by the user, so that it should have something to
/// say about the packages.
pub fn finding(fit: &Fit, given: bool) -> Option<Diagnostic> {
    let what = &fit.profile;
    let message = match fit.share_matched() {
        Some(share) if share >= STALE => return None,
        None if !given => return None,
        Some(share) => {
            let unknown: Vec<String> = fit.unknown.iter().map(|name| format!("`{name}`")).collect();
            format!(
                "profile `{what}` was taken from other sources: {} of its weight in these packages was found; not \
                 found were {}",
                percent(share),
                unknown.join(", ")
            )
        }
        None => format!("profile `{what}` has no samples in these packages"),
    };
    let primary = Annotation::at(PathBuf::from(what), 0, 0);
    Some(Diagnostic::new(
        rule_ref(&RULE),
        Severity::Warning,
        message,
        primary,
    ))
}
