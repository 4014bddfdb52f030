//! Which findings are asked for.

use crate::{Rule, rules};

/// What is left out.
#[derive(Clone, Debug)]
pub struct CheckOptions {
    /// Also what no profile saw.
    pub all: bool,
    pub select: RuleSelection,
}

/// Rules by id, name or prefix of their ids.
#[derive(Clone, Debug, Default)]
pub struct RuleSelection {
    /// Empty: all.
    pub select: Vec<String>,
    pub ignore: Vec<String>,
}

impl RuleSelection {
    pub fn contains(&self, rule: &Rule) -> bool {
        let named = |words: &[String]| {
            words.iter().any(|word| {
                let upper = word.to_ascii_uppercase();
                rule.id.starts_with(&upper) || rule.name == word
            })
        };
        (self.select.is_empty() || named(&self.select)) && !named(&self.ignore)
    }

    /// Words that name no rule.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        let known = |word: &&String| {
            let upper = word.to_ascii_uppercase();
            !upper.is_empty()
                && (rules::RULES.iter())
                    .any(|rule| rule.id.starts_with(&upper) || rule.name == *word)
        };
        (self.select.iter().chain(&self.ignore))
            .filter(move |word| !known(word))
            .map(String::as_str)
    }
}
