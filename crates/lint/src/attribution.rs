//! How much of what was allocated the findings explain.

use std::collections::BTreeMap;

use crate::weights::{Resource, Weights};

/// What the own lines of the packages under analysis allocated and spent, by what explains it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attribution {
    /// Everything that own lines spent.
    pub own: Weights,
    /// By rule id.
    pub explained: BTreeMap<&'static str, Weights>,
}

impl Attribution {
    pub(crate) fn add(&mut self, what: &'static str, weights: Weights) {
        *self.explained.entry(what).or_default() += weights;
    }

    pub fn merge(&mut self, other: Self) {
        self.own += other.own;
        for (what, weights) in other.explained {
            self.add(what, weights);
        }
    }

    /// The part of the own lines' resource that findings name, 0 to 1.
    pub fn share_explained(&self, resource: Resource) -> f64 {
        let mut sum = Weights::default();
        for weights in self.explained.values() {
            sum += *weights;
        }
        sum.share(resource, &self.own)
    }
}
