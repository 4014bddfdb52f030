//! What a rule is: its identity, its page, and what it looks at.

use crate::causes::{CallCause, SiteCause};
use crate::findings::PackageFindings;
use crate::selection::CheckOptions;
use crate::sites::Site;
use crate::view::View;

/// A rule: its identity, its page, for which versions of Go it holds, and what it looks at.
///
/// Ids never change their meaning; names finish the sentence "allow …".
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// `GP` and three digits; the first digit is the [`Group`].
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
    /// Calls into other packages.
    Calls(&'static CallRule),
    /// A package as a whole.
    Package(fn(&View, &CheckOptions, &mut PackageFindings)),
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

/// A rule about calls.
#[derive(Debug)]
pub(crate) struct CallRule {
    /// Whether it is about calls of this function, spelled as profiles spell it.
    pub(crate) matches: fn(function: &str) -> bool,
    pub(crate) reduction: f64,
    /// CPU time below the call counts as well, also where nothing is allocated.
    pub(crate) counts_cpu: bool,
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
    Layout,
    Escape,
    /// Calls into the standard library and other packages.
    Calls,
}

impl Rule {
    pub fn group(&self) -> Group {
        match self.id.as_bytes().get(2) {
            Some(b'1') => Group::Collections,
            Some(b'2') => Group::Strings,
            Some(b'3') => Group::Formatting,
            Some(b'5') => Group::Layout,
            Some(b'6') => Group::Escape,
            Some(b'7') => Group::Calls,
            _ => Group::Run,
        }
    }

    /// Whether the rule holds for Go 1.`minor`.
    pub fn holds_for(&self, minor: u32) -> bool {
        self.since.is_none_or(|since| since <= minor)
            && self.until.is_none_or(|until| minor < until)
    }
}
