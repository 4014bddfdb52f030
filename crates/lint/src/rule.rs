//! What a rule is, apart from what it looks for.

/// A rule: its identity, its page, and for which versions of Go it holds.
///
/// Ids never change their meaning; names finish the sentence "allow …".
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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
