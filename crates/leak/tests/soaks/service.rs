//! A simulated service, and the looks at it.
//!
//! Time is counted in looks. A goroutine lives from its start until its end, and a look sees those
//! that live at that moment. The generator is seeded, so every run is the same.

use std::collections::BTreeMap;

use leak::dump::{Form, Snapshot};
use leak::growth::{History, Look, Process};
use leak::{Group, Verdict, state};
use profile::goroutine::{CreatedBy, Frame};

pub(crate) const LOOKS: usize = 40;
const MAX_GROWTH: u64 = 10;

pub(crate) type Pattern = fn(&mut Service, &mut Random);

pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// In 0 to 1, never 0.
    pub(crate) fn unit(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn exponential(&mut self, mean: f64) -> f64 {
        -mean * self.unit().ln()
    }

    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }
}

/// Goroutines by site: when each starts and ends. Infinity is never.
#[derive(Default)]
pub(crate) struct Service {
    pub(crate) lives: Vec<(&'static str, f64, f64)>,
}

pub(crate) const NEVER: f64 = f64::INFINITY;
pub(crate) const END: f64 = LOOKS as f64 + 2.0;

impl Service {
    /// Independent arrivals at a rate per look, which may change with time, each for a while.
    pub(crate) fn arrivals(
        &mut self,
        site: &'static str,
        random: &mut Random,
        most: f64,
        rate: impl Fn(f64) -> f64,
        life: impl Fn(&mut Random) -> f64,
    ) {
        // From long before the first look, so that the load is in balance.
        let mut time = -60.0;
        while time < END {
            time += random.exponential(1.0 / most);
            if random.unit() * most <= rate(time) {
                let end = time + life(random);
                self.lives.push((site, time, end));
            }
        }
    }

    /// Batches at a period, each of so many goroutines for a while.
    pub(crate) fn batches(
        &mut self,
        site: &'static str,
        start: f64,
        period: f64,
        size: u64,
        life: f64,
    ) {
        let mut time = start;
        while time < END {
            let batch = (0..size).map(|idx| (site, time + idx as f64 * 0.001, time + life));
            self.lives.extend(batch);
            time += period;
        }
    }

    /// Goroutines that start between two times, one after the other, and end at one.
    pub(crate) fn pool(&mut self, site: &'static str, from: f64, to: f64, size: u64, end: f64) {
        let step = (to - from) / size as f64;
        let one = |idx: u64| (site, from + idx as f64 * step, end);
        self.lives.extend((0..size).map(one));
    }
}

/// What every service has: main, workers, some short requests.
pub(crate) fn base(random: &mut Random) -> Service {
    let mut service = Service::default();
    service.pool("main", -70.0, -69.0, 1, NEVER);
    service.pool("worker", -69.0, -68.0, 8, NEVER);
    let rate = random.between(5.0, 20.0);
    service.arrivals(
        "conn",
        random,
        rate,
        |_| rate,
        |random| random.exponential(0.1),
    );
    service
}

/// The looks at a service. Each goroutine has the number of its start as its id.
fn looks(mut service: Service, random: &mut Random, with_ids: bool) -> Vec<Look> {
    service.lives.sort_by(|a, b| a.1.total_cmp(&b.1));
    let states = [
        "chan receive",
        "select",
        "sleep",
        "syscall",
        "sync.Mutex.Lock",
    ];
    let mut groups: Vec<BTreeMap<(&'static str, &str), Vec<u64>>> = vec![BTreeMap::new(); LOOKS];
    for (id, (site, start, end)) in service.lives.iter().enumerate() {
        let first = start.ceil().max(0.0) as usize;
        for groups in groups.iter_mut().take(end.ceil() as usize).skip(first) {
            // A loop waits for this and that.
            let state = states[(random.next() % 5) as usize];
            groups.entry((site, state)).or_default().push(id as u64 + 2);
        }
    }
    let look = |(idx, groups): (usize, BTreeMap<(&'static str, &str), Vec<u64>>)| {
        let groups: Vec<Group> = groups
            .into_iter()
            .map(|((site, state), ids)| group(site, state, ids, with_ids))
            .collect();
        Look {
            seconds: idx as f64 * 10.0,
            snapshot: Snapshot {
                form: if with_ids { Form::Text } else { Form::Proto },
                total: groups.iter().map(|it| it.count).sum(),
                groups,
                ..Snapshot::default()
            },
            process: Process::default(),
        }
    };
    groups.into_iter().enumerate().map(look).collect()
}

fn group(site: &'static str, state: &str, ids: Vec<u64>, with_ids: bool) -> Group {
    let frame = |function: &'static str| Frame {
        function: function.into(),
        file: "m.go".into(),
        line: 3,
    };
    let created_by = with_ids.then(|| CreatedBy {
        frame: frame("main.main"),
        parent: Some(1),
    });
    Group {
        verdict: Verdict::Blocked,
        role: None,
        state: state.to_owned(),
        class: state::class(state),
        count: ids.len() as u64,
        ids: if with_ids { ids } else { Vec::new() },
        frames: vec![frame(site)],
        user: 0,
        entry: 0,
        created_by,
        minutes: 0,
        labels: BTreeMap::new(),
        known: None,
        locks: BTreeMap::new(),
    }
}

/// Sites that a soak ends with, each with the look it was found at.
pub(crate) fn found(pattern: Pattern, seed: u64, with_ids: bool) -> Vec<(String, usize)> {
    let mut random = Random(seed);
    let mut service = base(&mut random);
    pattern(&mut service, &mut random);
    let mut history = History::default();
    for look in looks(service, &mut random, with_ids) {
        history.push(look, MAX_GROWTH);
    }
    assert_eq!(history.restarts, 0, "seed {seed}");
    let findings = history.findings();
    let found = findings
        .iter()
        .map(|it| (it.group.frames[0].function.to_string(), it.look));
    found.collect()
}
