//! What a profile counts, for one thing at a time.

use std::ops::{AddAssign, Index, IndexMut, SubAssign};

/// A resource that profiles measure. Allocated and live, bytes and objects are never mixed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Resource {
    Cpu,
    AllocSpace,
    AllocObjects,
    InuseSpace,
    InuseObjects,
    /// Time that goroutines were blocked.
    BlockDelay,
    /// Time that goroutines waited for mutexes which others held.
    MutexDelay,
}

impl Resource {
    pub const ALL: [Self; 7] = [
        Self::Cpu,
        Self::AllocSpace,
        Self::AllocObjects,
        Self::InuseSpace,
        Self::InuseObjects,
        Self::BlockDelay,
        Self::MutexDelay,
    ];

    /// The sample type of that name in a profile. Go calls both delays `delay`; they are renamed when they are read.
    pub fn sample_type(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::AllocSpace => "alloc_space",
            Self::AllocObjects => "alloc_objects",
            Self::InuseSpace => "inuse_space",
            Self::InuseObjects => "inuse_objects",
            Self::BlockDelay => "block_delay",
            Self::MutexDelay => "mutex_delay",
        }
    }

    /// The unit of the values: `nanoseconds`, `bytes` or `count`.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Cpu | Self::BlockDelay | Self::MutexDelay => "nanoseconds",
            Self::AllocSpace | Self::InuseSpace => "bytes",
            Self::AllocObjects | Self::InuseObjects => "count",
        }
    }
}

/// A value per [`Resource`], in its unit.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Weights {
    values: [i64; Resource::ALL.len()],
    /// How many samples the CPU time rests on: one of 10 ms is no more than a hint.
    pub cpu_samples: i64,
}

impl Weights {
    /// Whether no resource was measured.
    pub fn is_zero(&self) -> bool {
        self.values == [0; Resource::ALL.len()]
    }

    /// What it has of one resource.
    #[must_use]
    pub fn only(&self, resource: Resource) -> Self {
        let mut only = Self::default();
        only[resource] = self[resource];
        if resource == Resource::Cpu {
            only.cpu_samples = self.cpu_samples;
        }
        only
    }

    /// Sorts by what was allocated, then by CPU time, then by what is live.
    pub(crate) fn heaviness(&self) -> (i64, i64, i64) {
        let of = |resource: Resource| self[resource];
        (
            of(Resource::AllocSpace),
            of(Resource::Cpu),
            of(Resource::InuseSpace),
        )
    }

    /// A part of it, 0 to 1.
    pub(crate) fn scaled(&self, part: f64) -> Self {
        let scale = |value: i64| (value as f64 * part).round() as i64;
        Self {
            values: self.values.map(scale),
            cpu_samples: scale(self.cpu_samples),
        }
    }

    /// The larger of the values of each resource.
    #[must_use]
    pub(crate) fn max(&self, other: &Self) -> Self {
        let mut max = *self;
        for (value, other) in max.values.iter_mut().zip(other.values) {
            *value = (*value).max(other);
        }
        max.cpu_samples = max.cpu_samples.max(other.cpu_samples);
        max
    }

    /// The part of `total` this is of one resource, 0 to 1; 0 where nothing was measured.
    pub fn share(&self, resource: Resource, total: &Self) -> f64 {
        let total = total[resource];
        if total <= 0 {
            return 0.0;
        }
        (self[resource] as f64 / total as f64).clamp(0.0, 1.0)
    }

    /// The share that is sure: of CPU the lower end of a one-sided 95 % interval for so many samples
    /// (counts are Poisson), of memory the whole, as its profiles weigh what they leave out.
    pub fn sure_share(&self, resource: Resource, total: &Self) -> f64 {
        let share = self.share(resource, total);
        if resource != Resource::Cpu || self.cpu_samples == 0 {
            return share;
        }
        let samples = self.cpu_samples as f64;
        share * (1.0 - 1.645 / samples.sqrt()).max(0.0)
    }
}

impl Index<Resource> for Weights {
    type Output = i64;
    fn index(&self, resource: Resource) -> &i64 {
        &self.values[resource as usize]
    }
}

impl IndexMut<Resource> for Weights {
    fn index_mut(&mut self, resource: Resource) -> &mut i64 {
        &mut self.values[resource as usize]
    }
}

impl SubAssign for Weights {
    fn sub_assign(&mut self, other: Self) {
        for (rest, value) in self.values.iter_mut().zip(other.values) {
            *rest = rest.saturating_sub(value);
        }
        self.cpu_samples = self.cpu_samples.saturating_sub(other.cpu_samples);
    }
}

impl AddAssign for Weights {
    fn add_assign(&mut self, other: Self) {
        for (sum, value) in self.values.iter_mut().zip(other.values) {
            *sum = sum.saturating_add(value);
        }
        self.cpu_samples = self.cpu_samples.saturating_add(other.cpu_samples);
    }
}
