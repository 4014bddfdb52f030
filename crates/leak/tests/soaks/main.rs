//! Soaks of simulated services: steady load must stay silent, leaks must be found early.
//!
//! Time is counted in looks. A goroutine lives from its start until its end, and a look sees those
//! that live at that moment. The generator is seeded, so every run is the same.

use std::collections::BTreeMap;

use leak::dump::{Form, Snapshot};
use leak::growth::{History, Look, Process};
use leak::{Group, Verdict, state};
use profile::goroutine::{CreatedBy, Frame};

const LOOKS: usize = 40;
const SOAKS: u64 = 10;
const MAX_GROWTH: u64 = 10;
/// Within so many looks a leak must be found.
const DEADLINE: usize = 10;
/// The same without ids.
const DEADLINE_OF_COUNTS: usize = 30;

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// In 0 to 1, never 0.
    fn unit(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    fn exponential(&mut self, mean: f64) -> f64 {
        -mean * self.unit().ln()
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }
}

/// Goroutines by site: when each starts and ends. Infinity is never.
#[derive(Default)]
struct Service {
    lives: Vec<(&'static str, f64, f64)>,
}

const NEVER: f64 = f64::INFINITY;
const END: f64 = LOOKS as f64 + 2.0;

impl Service {
    /// Independent arrivals at a rate per look, which may change with time, each for a while.
    fn arrivals(
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
    fn batches(&mut self, site: &'static str, start: f64, period: f64, size: u64, life: f64) {
        let mut time = start;
        while time < END {
            let batch = (0..size).map(|idx| (site, time + idx as f64 * 0.001, time + life));
            self.lives.extend(batch);
            time += period;
        }
    }

    /// Goroutines that start between two times, one after the other, and end at one.
    fn pool(&mut self, site: &'static str, from: f64, to: f64, size: u64, end: f64) {
        let step = (to - from) / size as f64;
        let one = |idx: u64| (site, from + idx as f64 * step, end);
        self.lives.extend((0..size).map(one));
    }
}

/// What every service has: main, workers, some short requests.
fn base(random: &mut Random) -> Service {
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

type Pattern = fn(&mut Service, &mut Random);

const STEADY: &[(&str, Pattern)] = &[
    ("constant", |_, _| {}),
    ("random requests", |service, random| {
        service.arrivals(
            "request",
            random,
            400.0,
            |_| 400.0,
            |random| random.exponential(0.08),
        );
    }),
    ("requests of some looks", |service, random| {
        service.arrivals(
            "request",
            random,
            20.0,
            |_| 20.0,
            |random| random.exponential(3.0),
        );
    }),
    ("long connections", |service, random| {
        service.arrivals(
            "conn",
            random,
            10.0,
            |_| 10.0,
            |random| random.exponential(20.0),
        );
    }),
    ("lives of one length", |service, random| {
        service.arrivals("stream", random, 15.0, |_| 15.0, |_| 7.0);
    }),
    ("heavy tail", |service, random| {
        service.arrivals(
            "request",
            random,
            50.0,
            |_| 50.0,
            |random| 0.05 * random.unit().powf(-0.8),
        );
    }),
    ("sawtooth", |service, random| {
        let start = -random.between(0.0, 5.0);
        for cycle in 0..10 {
            let from = start + 5.0 * f64::from(cycle);
            service.pool("buffer", from, from + 4.9, 60, from + 5.0);
        }
    }),
    ("batches", |service, random| {
        service.batches("batch", -random.between(0.0, 3.5), 3.5, 60, 2.0);
    }),
    ("rare bursts", |service, random| {
        service.batches("burst", random.between(0.0, 9.0), 9.0, 200, 1.5);
    }),
    ("random bursts", |service, random| {
        let mut time = 0.0;
        while time < END {
            time += random.exponential(4.0);
            let (size, life) = (random.next() % 100, random.exponential(1.0));
            service.batches("burst", time, 1e9, size, life);
        }
    }),
    ("daily wave of requests", |service, random| {
        let phase = random.between(0.0, 6.3);
        let rate = move |time: f64| 150.0 + 100.0 * (time / 6.4 + phase).sin();
        service.arrivals("request", random, 250.0, rate, |random| {
            random.exponential(0.3)
        });
    }),
    ("daily wave of connections", |service, random| {
        let phase = random.between(0.0, 6.3);
        let rate = move |time: f64| 60.0 + 20.0 * (time / 6.4 + phase).sin();
        service.arrivals("conn", random, 80.0, rate, |random| random.exponential(2.0));
    }),
    ("warm-up then flat", |service, random| {
        let to = random.between(2.0, 6.0);
        service.pool("pool", 0.0, to, 80, NEVER);
    }),
    ("warm-up with turnover", |service, random| {
        service.pool("pool", 0.0, random.between(2.0, 5.0), 60, NEVER);
        service.arrivals(
            "pool",
            random,
            2.0,
            |_| 2.0,
            |random| random.exponential(4.0),
        );
    }),
    ("released by collections", |service, random| {
        let start = -random.between(0.0, 6.0);
        for cycle in 0..9 {
            let from = start + 6.0 * f64::from(cycle);
            service.pool("finalized", from, from + 5.9, 45, from + 6.0);
        }
    }),
    ("workers replaced one by one", |service, _| {
        for slot in 0..20 {
            let first = -40.0 + f64::from(slot) * 2.0;
            for generation in 0..4 {
                let from = first + 40.0 * f64::from(generation);
                service.pool("shift", from, from + 0.001, 1, from + 40.0);
            }
        }
    }),
    ("retries", |service, random| {
        service.arrivals(
            "retry",
            random,
            30.0,
            |_| 30.0,
            |random| f64::from(1 << (random.next() % 5)) * 0.2,
        );
    }),
    ("idle connections with a limit", |service, random| {
        service.arrivals(
            "persist",
            random,
            25.0,
            |_| 25.0,
            |random| random.between(1.0, 1.5) + random.exponential(0.5),
        );
    }),
    ("one large job", |service, random| {
        let from = random.between(3.0, 20.0);
        service.pool(
            "job",
            from,
            from + 1.0,
            150,
            from + random.between(3.0, 12.0),
        );
    }),
    ("shrinking", |service, _| {
        for idx in 0..100 {
            service.pool("session", -10.0, -9.0, 1, f64::from(idx) * 0.4);
        }
    }),
];

const LEAKS: &[(&str, Pattern)] = &[
    ("slow", |service, _| {
        service.pool("slow", 0.05, END, 80, NEVER);
    }),
    ("fast", |service, _| {
        service.pool("fast", 0.0, END, 2000, NEVER);
    }),
    ("global channel", |service, random| {
        service.arrivals("global", random, 5.0, |_| 5.0, |_| NEVER);
    }),
    ("mutex", |service, random| {
        // Requests queue behind a lock that nobody frees, from the third look on.
        let rate = |time: f64| if time > 2.5 { 6.0 } else { 0.0 };
        service.arrivals("mutex", random, 6.0, rate, |_| NEVER);
    }),
    ("sleep", |service, random| {
        service.arrivals("sleep", random, 4.0, |_| 4.0, |_| 400.0);
    }),
    ("system call", |service, _| {
        service.pool("syscall", -20.0, END, 200, NEVER);
    }),
    ("response bodies", |service, random| {
        service.arrivals("readLoop", random, 4.0, |_| 4.0, |_| NEVER);
        service.arrivals(
            "readLoop",
            random,
            3.0,
            |_| 3.0,
            |random| random.exponential(0.5),
        );
    }),
    ("timers", |service, _| {
        service.batches("timer", 0.4, 1.0, 3, NEVER);
    }),
    ("per connection", |service, random| {
        // One of twenty stays; they begin in the function of all connections.
        service.arrivals(
            "conn",
            random,
            100.0,
            |_| 100.0,
            |random| {
                if random.unit() < 0.05 {
                    NEVER
                } else {
                    random.exponential(0.05)
                }
            },
        );
    }),
    ("burst and keep", |service, _| {
        service.batches("burst", 0.5, 2.0, 40, 1.2);
        service.batches("burst", 0.5, 2.0, 8, NEVER);
    }),
    ("under a wave", |service, random| {
        let rate = |time: f64| 150.0 + 100.0 * (time / 6.4).sin();
        service.arrivals("request", random, 250.0, rate, |random| {
            random.exponential(0.2)
        });
        service.arrivals("request", random, 8.0, |_| 8.0, |_| NEVER);
    }),
    ("handlers", |service, random| {
        service.arrivals("handler", random, 3.0, |_| 3.0, |_| NEVER);
        service.pool("handler", -60.0, -50.0, 40, NEVER);
    }),
];

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
    let look = |idx: usize| {
        let time = idx as f64;
        let mut groups: BTreeMap<(&str, &str), Vec<u64>> = BTreeMap::new();
        for (id, (site, start, end)) in service.lives.iter().enumerate() {
            if *start <= time && time < *end {
                // A loop waits for this and that.
                let state = states[(random.next() % 5) as usize];
                groups.entry((site, state)).or_default().push(id as u64 + 2);
            }
        }
        let groups: Vec<Group> = groups
            .into_iter()
            .map(|((site, state), ids)| group(site, state, ids, with_ids))
            .collect();
        Look {
            seconds: time * 10.0,
            snapshot: Snapshot {
                form: if with_ids { Form::Text } else { Form::Proto },
                total: groups.iter().map(|it| it.count).sum(),
                groups,
                ..Snapshot::default()
            },
            process: Process::default(),
        }
    };
    (0..LOOKS).map(look).collect()
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
fn found(pattern: Pattern, seed: u64, with_ids: bool) -> Vec<(String, usize)> {
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

#[test]
fn steady_load_is_silent() {
    assert_eq!(STEADY.len(), 20);
    let mut failures = Vec::new();
    for (number, (name, pattern)) in STEADY.iter().enumerate() {
        for soak in 0..SOAKS {
            for with_ids in [true, false] {
                let found = found(*pattern, number as u64 * 1000 + soak, with_ids);
                if !found.is_empty() {
                    failures.push(format!("{name}, soak {soak}, ids {with_ids}: {found:?}"));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn leaks_are_found_within_ten_looks() {
    assert_eq!(LEAKS.len(), 12);
    let mut failures = Vec::new();
    for (number, (name, pattern)) in LEAKS.iter().enumerate() {
        for soak in 0..SOAKS {
            let found = found(*pattern, number as u64 * 1000 + soak, true);
            let in_time = found.iter().filter(|(_, look)| *look <= DEADLINE).count();
            if found.len() != 1 || in_time != 1 {
                failures.push(format!("{name}, soak {soak}: {found:?}"));
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// Without ids only leaks that show in the counts are found, and some later.
#[test]
fn without_ids_leaks_beyond_the_noise_are_found() {
    let mut found_in_time = Vec::new();
    for (number, (name, pattern)) in LEAKS.iter().enumerate() {
        let in_time = (0..SOAKS).filter(|soak| {
            let found = found(*pattern, number as u64 * 1000 + soak, false);
            found.len() == 1 && found[0].1 <= DEADLINE_OF_COUNTS
        });
        if in_time.count() as u64 == SOAKS {
            found_in_time.push(*name);
        }
    }
    assert_eq!(
        found_in_time,
        [
            "slow",
            "fast",
            "global channel",
            "mutex",
            "sleep",
            "system call",
            "response bodies",
            "timers",
            "handlers"
        ]
    );
}
