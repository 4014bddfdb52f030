//! Patterns that the rule was not changed for, after the other two sets.

use crate::fresh::{Leak, any, follow, newest, oldest, queue, teeth};
use crate::service::{END, NEVER, Pattern};

pub(crate) const STEADY: &[(&str, Pattern)] = &[
    ("scaled up and down", |service, random| {
        let mut level = Vec::new();
        let mut high = false;
        while level.len() < 1020 {
            let steps = random.between(30.0, 100.0) as usize;
            level.extend(std::iter::repeat_n(if high { 80.0 } else { 40.0 }, steps));
            high = !high;
        }
        follow(service, random, "replica", &level, oldest);
    }),
    ("pool with a long lifetime", |service, random| {
        for _ in 0..60 {
            let mut from = -60.0 - random.between(0.0, 25.0);
            while from < END {
                let to = from + random.between(8.0, 25.0);
                service.lives.push(("driver", from, to));
                from = to;
            }
        }
    }),
    ("jobs that drain", |service, random| {
        let mut time = -20.0;
        while time < END {
            time += random.exponential(5.0);
            let drain = random.between(3.0, 8.0);
            for _ in 0..random.between(10.0, 80.0) as usize {
                service
                    .lives
                    .push(("item", time, time + random.between(0.0, drain)));
            }
        }
    }),
    ("a sweeper of idle ones", |service, random| {
        let phase = random.between(0.0, 6.0);
        let mut time = -60.0;
        while time < END {
            time += random.exponential(0.1);
            let sweep = ((time + 3.0 - phase) / 6.0).ceil() * 6.0 + phase;
            service.lives.push(("idle", time, sweep));
        }
    }),
    ("many servers near their limit", |service, random| {
        queue(service, random, 16.0, 16, 0.9);
    }),
    ("all clients reconnect", |service, random| {
        let at = random.between(3.0, 30.0);
        for _ in 0..100 {
            service.lives.push(("client", -50.0, at));
            service
                .lives
                .push(("client", at + random.between(0.0, 3.0), NEVER));
        }
    }),
    ("a pool is replaced", |service, random| {
        let at = random.between(3.0, 30.0);
        service.pool("pool", -50.0, -49.0, 60, at + 2.0);
        service.pool("pool", at, at + 2.0, 60, NEVER);
    }),
    ("wave of subscribers", |service, random| {
        let (phase, period) = (random.between(0.0, 6.3), random.between(2.0, 4.0));
        let rate = move |time: f64| 20.0 + 12.0 * (time / period + phase).sin();
        service.arrivals("subscriber", random, 32.0, rate, |random| {
            3.0 * (-random.unit().ln()).powf(1.4)
        });
    }),
    ("some time out", |service, random| {
        service.arrivals(
            "request",
            random,
            60.0,
            |_| 60.0,
            |random| {
                if random.unit() < 0.1 {
                    6.0
                } else {
                    random.exponential(0.1)
                }
            },
        );
    }),
    ("a pool fills like a logistic curve", |service, random| {
        let (middle, width) = (random.between(2.0, 4.0), random.between(0.4, 0.9));
        for _ in 0..random.between(40.0, 200.0) as usize {
            let unit = random.unit().min(1.0 - 1e-9);
            let from = middle + width * (unit / (1.0 - unit)).ln();
            service.lives.push(("pool", from.max(0.0), NEVER));
        }
    }),
    ("stacked load", |service, random| {
        teeth(service, random, "mixed", (3.0, 6.0), 8.0, 0.1);
        let level: Vec<f64> = (0..1020)
            .map(|step| 40.0 + 20.0 * (f64::from(step) / 57.0).sin())
            .collect();
        follow(service, random, "mixed", &level, any);
        follow(service, random, "other", &level, newest);
        service.arrivals(
            "other",
            random,
            8.0,
            |_| 8.0,
            |random| random.exponential(4.0),
        );
    }),
    ("ten sites of long lives", |service, random| {
        for site in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"] {
            let (rate, life) = (random.between(2.0, 20.0), random.between(4.0, 30.0));
            service.arrivals(
                site,
                random,
                rate,
                |_| rate,
                |random| random.exponential(life),
            );
        }
    }),
];

pub(crate) const LEAKS: &[Leak] = &[
    Leak {
        name: "three a look among short ones",
        sites: &["call"],
        until: 10,
        pattern: |service, random| {
            service.arrivals(
                "call",
                random,
                30.0,
                |_| 30.0,
                |random| {
                    if random.unit() < 0.1 {
                        NEVER
                    } else {
                        random.exponential(0.5)
                    }
                },
            );
        },
    },
    Leak {
        name: "a deadline of sixty looks",
        sites: &["wait"],
        until: 10,
        pattern: |service, random| {
            let rate = |time: f64| if time > 0.0 { 5.0 } else { 0.0 };
            service.arrivals("wait", random, 5.0, rate, |_| 60.0);
        },
    },
    Leak {
        name: "at bursts of errors",
        sites: &["error"],
        until: 20,
        pattern: |service, random| {
            let mut time = -10.0;
            while time < END {
                time += random.exponential(2.5);
                let size = 2 + random.next() % 9;
                service.pool("error", time, time + 0.2, size, NEVER);
            }
        },
    },
    Leak {
        name: "in a pool with a lifetime",
        sites: &["driver"],
        until: 20,
        pattern: |service, random| {
            for _ in 0..50 {
                let mut from = -60.0 - random.between(0.0, 15.0);
                while from < END {
                    let to = from + random.between(5.0, 15.0);
                    service.lives.push(("driver", from, to));
                    from = to;
                }
            }
            service.arrivals("driver", random, 4.0, |_| 4.0, |_| NEVER);
        },
    },
    Leak {
        name: "one a look",
        sites: &["slow"],
        until: 20,
        pattern: |service, random| service.arrivals("slow", random, 1.0, |_| 1.0, |_| NEVER),
    },
    Leak {
        name: "from look twelve on, under a wave",
        sites: &["request"],
        until: 30,
        pattern: |service, random| {
            let phase = random.between(0.0, 6.3);
            let rate = move |time: f64| 50.0 + 30.0 * (time / 4.0 + phase).sin();
            service.arrivals("request", random, 80.0, rate, |random| {
                random.exponential(0.4)
            });
            let leak = |time: f64| if time > 12.0 { 5.0 } else { 0.0 };
            service.arrivals("request", random, 5.0, leak, |_| NEVER);
        },
    },
    Leak {
        name: "half of the subscribers",
        sites: &["subscriber"],
        until: 10,
        pattern: |service, random| {
            service.arrivals(
                "subscriber",
                random,
                8.0,
                |_| 8.0,
                |random| {
                    if random.unit() < 0.5 {
                        NEVER
                    } else {
                        random.exponential(3.0)
                    }
                },
            );
        },
    },
    Leak {
        name: "under a sweeper",
        sites: &["idle"],
        until: 20,
        pattern: |service, random| {
            let mut time = -60.0;
            while time < END {
                time += random.exponential(0.1);
                let sweep = ((time + 3.0) / 6.0).ceil() * 6.0;
                let end = if random.unit() < 0.3 { NEVER } else { sweep };
                service.lives.push(("idle", time, end));
            }
        },
    },
];
