//! Patterns written when the rule was finished. It must not be changed for them: what docs say of
//! its errors is measured here. Whoever changes the rule because of one moves that one to `fresh`.

use crate::fresh::{Leak, any, follow, newest, oldest, teeth};
use crate::service::{END, NEVER, Pattern, Random};

/// Steps of [`follow`] over a whole soak.
const STEPS: usize = 60 * 10 + 420;

/// Turns on and off at random, for `on` and `off` looks on average; gives the times it is on.
fn switched(random: &mut Random, on: f64, off: f64) -> Vec<(f64, f64)> {
    let mut windows = Vec::new();
    let mut time = -60.0;
    while time < END {
        let from = time + random.exponential(off);
        time = from + random.exponential(on);
        windows.push((from, time));
    }
    windows
}

fn is_on(windows: &[(f64, f64)], time: f64) -> bool {
    windows
        .iter()
        .any(|(from, to)| (*from..*to).contains(&time))
}

/// Up and down between two levels.
fn triangle(low: f64, high: f64, period: f64, phase: f64) -> Vec<f64> {
    let level = |step: usize| {
        let at = (step as f64 / 10.0 / period + phase).fract();
        low + (high - low) * (1.0 - (at * 2.0 - 1.0).abs())
    };
    (0..STEPS).map(level).collect()
}

pub(crate) const STEADY: &[(&str, Pattern)] = &[
    ("scaled with the demand", |service, random| {
        let (period, phase) = (random.between(3.0, 6.0), random.unit());
        let level: Vec<f64> = triangle(20.0, 90.0, period, phase)
            .iter()
            .map(|demand| (demand + random.between(-8.0, 8.0)) / 3.0)
            .collect();
        follow(service, random, "worker", &level, newest);
    }),
    ("rooms that empty at once", |service, random| {
        let mut time = -60.0;
        while time < END {
            time += random.exponential(1.5);
            let end = time + random.exponential(6.0);
            let size = 5 + random.next() % 15;
            service.pool("member", time, time + 0.5, size, end.max(time + 0.6));
        }
    }),
    ("idle timeout", |service, random| {
        let idle = (random.between(1.0, 4.0) * 10.0) as usize;
        let demand: Vec<f64> = (0..STEPS).map(|_| random.exponential(12.0)).collect();
        let most = |step: usize| {
            let since = step.saturating_sub(idle);
            demand[since..=step].iter().copied().fold(0.0, f64::max)
        };
        let level: Vec<f64> = (0..STEPS).map(most).collect();
        follow(service, random, "idle", &level, oldest);
    }),
    ("jobs of three periods", |service, random| {
        for (period, size) in [(2.0, 20), (3.0, 30), (5.0, 60)] {
            let start = -random.between(0.0, period) - 20.0;
            let life = random.between(0.5, 2.5);
            service.batches("cron", start, period, size, life);
        }
    }),
    ("clients move to a new version", |service, random| {
        let (at, over) = (random.between(3.0, 30.0), random.between(2.0, 8.0));
        for _ in 0..80 {
            let moves = at + random.between(0.0, over);
            service.lives.push(("client", -50.0, moves));
            let back = moves + random.between(0.0, 0.3);
            service.lives.push(("client", back, NEVER));
        }
    }),
    ("short ones and some of ten looks", |service, random| {
        let long = random.between(0.05, 0.3);
        service.arrivals(
            "poll",
            random,
            20.0,
            |_| 20.0,
            |random| if random.unit() < long { 10.0 } else { 1.0 },
        );
    }),
    ("entries that expire", |service, random| {
        let rate = random.between(5.0, 30.0);
        service.arrivals(
            "entry",
            random,
            rate,
            |_| rate,
            |random| random.between(4.0, 8.0),
        );
    }),
    ("on and off", |service, random| {
        let windows = switched(random, 3.0, 3.0);
        let life = random.between(0.2, 1.5);
        let rate = |time: f64| if is_on(&windows, time) { 40.0 } else { 2.0 };
        service.arrivals("request", random, 40.0, rate, |random| {
            random.exponential(life)
        });
    }),
    ("short uneven teeth", |service, random| {
        teeth(service, random, "finalized", (1.0, 5.0), 25.0, 0.0);
    }),
    ("a pool that starts in three steps", |service, random| {
        let mut time = 0.0;
        for _ in 0..3 {
            time += random.between(0.5, 2.0);
            service.pool("stage", time, time + 0.2, 20, NEVER);
        }
    }),
    ("logins after an outage", |service, random| {
        let fades = random.between(1.0, 3.0);
        let rate = move |time: f64| {
            if time > 0.0 {
                60.0 * (-time / fades).exp()
            } else {
                0.0
            }
        };
        service.arrivals("login", random, 60.0, rate, |_| NEVER);
    }),
    ("a slow shard", |service, random| {
        let slow = random.between(2.0, 8.0);
        service.arrivals(
            "query",
            random,
            60.0,
            |_| 60.0,
            |random| {
                if random.unit() < 0.05 {
                    random.exponential(slow)
                } else {
                    random.exponential(0.2)
                }
            },
        );
    }),
    ("watchers of objects", |service, random| {
        let life = random.between(6.0, 20.0);
        service.arrivals(
            "watcher",
            random,
            3.0,
            |_| 3.0,
            |random| random.exponential(life),
        );
    }),
    ("lag that comes and goes", |service, random| {
        let (period, phase) = (random.between(3.0, 8.0), random.unit());
        let level = triangle(5.0, 80.0, period, phase);
        follow(service, random, "lag", &level, oldest);
    }),
    ("bursts of any size", |service, random| {
        let mut time = -30.0;
        while time < END {
            time += random.exponential(2.0);
            for _ in 0..random.exponential(15.0) as usize {
                let end = time + random.exponential(2.0);
                service.lives.push(("burst", time, end));
            }
        }
    }),
    ("workers replaced one after the other", |service, random| {
        let period = random.between(5.0, 9.0);
        for slot in 0..40 {
            let mut from = -60.0 + f64::from(slot) * 0.03;
            while from < END {
                let to = from + period;
                service.lives.push(("worker of a pool", from, to));
                from = to;
            }
        }
    }),
    ("two reloads", |service, random| {
        let first = random.between(3.0, 15.0);
        let second = first + random.between(6.0, 20.0);
        service.pool("listener", -50.0, -49.0, 40, first + 1.0);
        service.pool("listener", first, first + 0.5, 40, second + 1.0);
        service.pool("listener", second, second + 0.5, 40, NEVER);
    }),
    ("demand of two waves", |service, random| {
        let (a, b) = (random.between(2.0, 5.0), random.between(0.7, 1.7));
        let level: Vec<f64> = (0..STEPS)
            .map(|step| {
                let time = step as f64 / 10.0;
                70.0 + 25.0 * (time / a * 3.0).sin() + 15.0 * (time / b * 3.0).sin()
            })
            .collect();
        follow(service, random, "handler", &level, any);
    }),
    ("twenty sites of all kinds", |service, random| {
        const SITES: [&str; 20] = [
            "k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9", "k10", "k11", "k12", "k13",
            "k14", "k15", "k16", "k17", "k18", "k19",
        ];
        for (idx, site) in SITES.into_iter().enumerate() {
            match idx % 4 {
                0 => teeth(service, random, site, (2.0, 6.0), 6.0, 0.05),
                1 => {
                    let (low, high) = (random.between(2.0, 10.0), random.between(15.0, 40.0));
                    let (period, phase) = (random.between(2.0, 7.0), random.unit());
                    let level = triangle(low, high, period, phase);
                    follow(service, random, site, &level, any);
                }
                2 => {
                    let (rate, life) = (random.between(1.0, 8.0), random.between(0.3, 12.0));
                    service.arrivals(
                        site,
                        random,
                        rate,
                        |_| rate,
                        |random| random.exponential(life),
                    );
                }
                _ => {
                    let start = -random.between(20.0, 25.0);
                    let period = random.between(1.5, 5.0);
                    service.batches(site, start, period, 12, random.between(0.5, 4.0));
                }
            }
        }
    }),
    ("a queue behind one lock", |service, random| {
        // Held for a look now and then; all that wait go on together.
        let mut time = -30.0;
        while time < END {
            let from = time + random.exponential(3.0);
            let to = from + random.between(0.3, 1.5);
            let mut at = from;
            loop {
                at += random.exponential(0.05);
                if at >= to {
                    break;
                }
                service.lives.push(("locked", at, to + 0.05));
            }
            time = to;
        }
    }),
];

pub(crate) const LEAKS: &[Leak] = &[
    Leak {
        name: "a context that is never cancelled",
        sites: &["request"],
        until: 10,
        pattern: |service, random| {
            service.arrivals(
                "request",
                random,
                25.0,
                |_| 25.0,
                |random| {
                    if random.unit() < 0.15 {
                        NEVER
                    } else {
                        random.exponential(0.4)
                    }
                },
            );
        },
    },
    Leak {
        name: "six at each reconnect",
        sites: &["subscriber"],
        until: 14,
        pattern: |service, random| {
            let start = random.between(-1.5, 0.0);
            service.batches("subscriber", start, 1.5, 6, NEVER);
        },
    },
    Leak {
        name: "at failures only",
        sites: &["retry"],
        until: 25,
        pattern: |service, random| {
            let windows = switched(random, 2.0, 2.0);
            let rate = |time: f64| if is_on(&windows, time) { 8.0 } else { 0.0 };
            service.arrivals("retry", random, 8.0, rate, |_| NEVER);
        },
    },
    Leak {
        name: "a ticker of each session",
        sites: &["ticker"],
        until: 10,
        pattern: |service, random| {
            let mut time = -20.0;
            while time < END {
                time += random.exponential(1.0 / 6.0);
                let end = time + random.exponential(2.0);
                service.lives.push(("session", time, end));
                service.lives.push(("ticker", time, NEVER));
            }
        },
    },
    Leak {
        name: "among scaled workers",
        sites: &["worker"],
        until: 20,
        pattern: |service, random| {
            let (period, phase) = (random.between(3.0, 6.0), random.unit());
            let level = triangle(10.0, 40.0, period, phase);
            follow(service, random, "worker", &level, newest);
            service.arrivals("worker", random, 4.0, |_| 4.0, |_| NEVER);
        },
    },
    Leak {
        name: "a lock that is not freed any more",
        sites: &["locked"],
        until: 18,
        pattern: |service, random| {
            let at = random.between(4.0, 8.0);
            let rate = move |time: f64| if time > at { 10.0 } else { 0.0 };
            service.arrivals("locked", random, 10.0, rate, |_| NEVER);
        },
    },
    Leak {
        name: "three in two looks among many short ones",
        sites: &["call"],
        until: 16,
        pattern: |service, random| {
            service.arrivals("call", random, 1.5, |_| 1.5, |_| NEVER);
            service.arrivals(
                "call",
                random,
                20.0,
                |_| 20.0,
                |random| random.exponential(0.3),
            );
        },
    },
    Leak {
        name: "ten every three looks",
        sites: &["step"],
        until: 22,
        pattern: |service, random| {
            let start = random.between(0.0, 3.0);
            service.batches("step", start, 3.0, 10, NEVER);
        },
    },
    Leak {
        name: "the last of each fan-out",
        sites: &["task"],
        until: 12,
        pattern: |service, random| {
            let start = -10.0 - random.unit();
            service.batches("task", start, 1.0, 5, 0.5);
            service.batches("task", start, 1.0, 2, NEVER);
        },
    },
    Leak {
        name: "under uneven teeth",
        sites: &["buffer"],
        until: 20,
        pattern: |service, random| {
            teeth(service, random, "buffer", (2.0, 5.0), 10.0, 0.1);
            service.arrivals("buffer", random, 5.0, |_| 5.0, |_| NEVER);
        },
    },
];
