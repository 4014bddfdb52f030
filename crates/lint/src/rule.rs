//! What a rule is: its identity, its page, and what it looks at.

use diag::Severity;

use crate::causes::{CallCause, SiteCause};
use crate::findings::PackageFindings;
use crate::patterns::Found;
use crate::rules::leaks::LeakRule;
use crate::selection::CheckOptions;
use crate::sites::Site;
use crate::source::Source;
use crate::view::View;

/// A rule: its identity, its page, for which versions of Go it holds, and what it looks at.
///
/// Ids never change their meaning; names finish the sentence "allow …".
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// `GP` and three digits, of which the first is the [`Group`]; `GL` and two digits for leaks.
    pub id: &'static str,
    pub name: &'static str,
    /// One line, for lists.
    pub summary: &'static str,
    /// The first Go release (minor version) it holds for; `None`: all that goperf supports.
    pub since: Option<u32>,
    /// The first Go release (minor version) it no longer holds for.
    pub until: Option<u32>,
    /// The rule's page in Markdown; its examples are run as tests.
    pub doc: &'static str,
    pub(crate) look: Look,
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Rule {}

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Look {
    /// The run itself, or a report of another engine: the rule's file has a function that words it.
    Facts,
    /// Allocations on lines of the packages.
    Sites(&'static SiteRule),
    /// A pattern of the source, which needs types and neither compiler nor profile.
    Pattern(&'static PatternRule),
    /// Both: the pattern says which of the allocations are findings where nothing was measured.
    SitesOfPattern(&'static SiteRule, &'static PatternRule),
    /// Calls into other packages.
    Calls(&'static CallRule),
    /// A package as a whole.
    Package(fn(&View, &CheckOptions, &mut PackageFindings)),
    /// Promises in comments.
    Contracts,
    /// Goroutines and locks, as `concurrency` sees them.
    Leaks(&'static LeakRule),
}

/// A rule about allocations.
#[derive(Debug)]
pub(crate) struct SiteRule {
    pub(crate) matches: fn(&Site) -> bool,
    /// The part of the cost that its remedy usually saves, 0 to 1.
    pub(crate) reduction: f64,
    /// The site as the subject of a sentence, without amounts.
    pub(crate) message: fn(&View, &Site) -> String,
    /// What is said of each site beside the source.
    pub(crate) label: fn(&Site) -> &'static str,
    /// What to write instead.
    pub(crate) help: fn(&View, &SiteCause) -> String,
}

/// A rule about patterns of the source.
#[derive(Debug)]
pub(crate) struct PatternRule {
    pub(crate) look: PatternLook,
    /// Without evidence. A hint is shown where it is asked for, anything else always.
    pub(crate) severity: Severity,
    /// The part of the cost that its remedy usually saves, 0 to 1.
    pub(crate) reduction: f64,
    /// Rules whose findings at the same place have the same cause: they give their evidence to this one.
    pub(crate) covers: &'static [&'static Rule],
    /// Functions, or prefixes of their names, whose cost below the line is the pattern's, as profiles spell them; also
    /// [`THE_LINE`].
    pub(crate) spent_in: &'static [&'static str],
}

/// In `spent_in`: the CPU time of the line's own code, where what costs is compiled in place.
pub(crate) const THE_LINE: &str = "(the line itself)";

/// What a pattern is looked for in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PatternLook {
    File(fn(&Source<'_>, &mut Vec<Found>)),
    /// All files of a package at once.
    Package(fn(&[Source<'_>], &mut Vec<Found>)),
}

/// A rule about calls.
#[derive(Debug)]
pub(crate) struct CallRule {
    /// Whether it is about calls of this function, spelled as profiles spell it.
    pub(crate) matches: fn(function: &str) -> bool,
    pub(crate) reduction: f64,
    /// CPU time below the call counts as well, also where nothing is allocated.
    pub(crate) counts_cpu: bool,
    /// The change that calls of a function need, wherever they stand: calls on one variable with the same remedy are one
    /// cause.
    pub(crate) remedy: fn(function: &str) -> Option<&'static str>,
    /// What to write instead; `None`: there is nothing to recommend, so the call is not a finding.
    pub(crate) help: fn(&View, &CallCause) -> Option<String>,
}

/// The families of rules, by the first digit of their ids.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Group {
    /// About the run itself.
    Run,
    Collections,
    Strings,
    Formatting,
    /// `sync.Pool`.
    Pools,
    Layout,
    Escape,
    /// Calls into the standard library and other packages.
    Calls,
    /// Reading, writing and waiting.
    Io,
    /// Goroutines that cannot end, locks that are not released.
    Leaks,
}

impl Rule {
    pub fn group(&self) -> Group {
        if self.id.starts_with("GL") {
            return Group::Leaks;
        }
        match self.id.as_bytes().get(2) {
            Some(b'1') => Group::Collections,
            Some(b'2') => Group::Strings,
            Some(b'3') => Group::Formatting,
            Some(b'4') => Group::Pools,
            Some(b'5') => Group::Layout,
            Some(b'6') => Group::Escape,
            Some(b'7') => Group::Calls,
            Some(b'8') => Group::Io,
            _ => Group::Run,
        }
    }

    pub(crate) fn site_rule(&self) -> Option<&'static SiteRule> {
        match self.look {
            Look::Sites(of_sites) | Look::SitesOfPattern(of_sites, _) => Some(of_sites),
            _ => None,
        }
    }

    pub(crate) fn pattern(&self) -> Option<&'static PatternRule> {
        match self.look {
            Look::Pattern(pattern) | Look::SitesOfPattern(_, pattern) => Some(pattern),
            _ => None,
        }
    }

    /// Whether the rule needs the compiler's log.
    pub fn needs_log(&self) -> bool {
        matches!(
            self.look,
            Look::Sites(_) | Look::Calls(_) | Look::Package(_) | Look::Contracts
        )
    }

    /// Whether the rule looks into typed bodies whether or not they are hot.
    pub fn needs_bodies(&self) -> bool {
        self.is_pattern() || matches!(self.look, Look::Contracts)
    }

    /// Whether the rule looks for a pattern in all files of a package at once.
    pub fn needs_all_files(&self) -> bool {
        (self.pattern()).is_some_and(|pattern| matches!(pattern.look, PatternLook::Package(_)))
    }

    /// Whether the rule finds patterns of the source.
    pub fn is_pattern(&self) -> bool {
        self.pattern().is_some()
    }

    /// Whether the rule holds for Go 1.`minor`.
    pub fn holds_for(&self, minor: u32) -> bool {
        self.since.is_none_or(|since| since <= minor)
            && self.until.is_none_or(|until| minor < until)
    }
}
