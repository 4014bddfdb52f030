//! Numbers of rules that a project may set.

use std::collections::BTreeMap;

/// A number of a rule: how long, large or many something is before it is reported.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limit {
    /// Id of the rule.
    pub rule: &'static str,
    /// `min-len`.
    pub key: &'static str,
    pub default: i64,
    /// One sentence without full stop.
    pub doc: &'static str,
}

/// The limits that differ from their defaults, by rule id and key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    set: BTreeMap<(&'static str, &'static str), i64>,
}

impl Limits {
    pub fn set(&mut self, limit: &Limit, value: i64) {
        self.set.insert((limit.rule, limit.key), value);
    }

    pub fn get(&self, limit: &Limit) -> i64 {
        let value = self.set.get(&(limit.rule, limit.key));
        value.copied().unwrap_or(limit.default)
    }
}
