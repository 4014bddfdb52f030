//! What a profile counts, for one thing at a time.

use std::ops::{AddAssign, Index, IndexMut};

/// A resource that profiles measure. Allocated and live, bytes and objects are never mixed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Resource {
    Cpu,
    AllocSpace,
    AllocObjects,
    InuseSpace,
    InuseObjects,
}

impl Resource {
    pub const ALL: [Self; 5] = [
        Self::Cpu,
        Self::AllocSpace,
        Self::AllocObjects,
        Self::InuseSpace,
        Self::InuseObjects,
    ];

    /// The sample type of that name in a profile.
    pub fn sample_type(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::AllocSpace => "alloc_space",
            Self::AllocObjects => "alloc_objects",
            Self::InuseSpace => "inuse_space",
            Self::InuseObjects => "inuse_objects",
        }
    }

    pub fn unit(self) -> &'static str {
        match self {
            Self::Cpu => "nanoseconds",
            Self::AllocSpace | Self::InuseSpace => "bytes",
            Self::AllocObjects | Self::InuseObjects => "count",
        }
    }
}

/// A value per [`Resource`], in its unit.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Weights([i64; 5]);

impl Weights {
    pub fn is_zero(&self) -> bool {
        self.0 == [0; 5]
    }

    /// The part of `total` this is of one resource, 0 to 1; 0 where nothing was measured.
    pub fn share(&self, resource: Resource, total: &Self) -> f64 {
        let total = total[resource];
        if total <= 0 {
            return 0.0;
        }
        (self[resource] as f64 / total as f64).clamp(0.0, 1.0)
    }
}

impl Index<Resource> for Weights {
    type Output = i64;
    fn index(&self, resource: Resource) -> &i64 {
        &self.0[resource as usize]
    }
}

impl IndexMut<Resource> for Weights {
    fn index_mut(&mut self, resource: Resource) -> &mut i64 {
        &mut self.0[resource as usize]
    }
}

impl AddAssign for Weights {
    fn add_assign(&mut self, other: Self) {
        for (sum, value) in self.0.iter_mut().zip(other.0) {
            *sum = sum.saturating_add(value);
        }
    }
}
