//! `Unit` lines: what files say about their units.

use std::collections::BTreeMap;

use crate::unit::{self, Better};

/// Metadata by tidied unit and key. Carries over from file to file.
#[derive(Clone, Debug, Default)]
pub struct UnitMetadata {
    entries: BTreeMap<(String, String), String>,
}

impl UnitMetadata {
    /// The value of `key` for a unit, tidied or not.
    pub fn get(&self, unit: &str, key: &str) -> Option<&str> {
        let (unit, _) = unit::tidy(unit);
        (self.entries.get(&(unit.into_owned(), key.to_owned()))).map(String::as_str)
    }

    /// `assume=exact`: repeated measurements do not vary.
    pub fn is_exact(&self, unit: &str) -> bool {
        self.get(unit, "assume") == Some("exact")
    }

    /// `better=lower` or `better=higher`, else what the testing package's own units mean.
    pub fn better(&self, unit: &str) -> Better {
        match self.get(unit, "better") {
            Some("lower") => Better::Lower,
            Some("higher") => Better::Higher,
            Some(_) => Better::Unknown,
            None => unit::better_by_default(unit),
        }
    }

    /// Adds an entry; if there is another value already, returns that.
    pub(super) fn add(&mut self, unit: &str, key: &str, value: &str) -> Result<(), String> {
        let (tidied, _) = unit::tidy(unit);
        let slot = (self.entries)
            .entry((tidied.into_owned(), key.to_owned()))
            .or_insert_with(|| value.to_owned());
        if slot == value {
            Ok(())
        } else {
            Err(slot.clone())
        }
    }
}
