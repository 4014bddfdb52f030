//! Patterns that were written after the rule and judged by it as it was. Their parameters are drawn
//! anew in each soak.

use crate::service::{END, NEVER, Pattern, Random, Service};

/// A leak, the sites it shows at, and when it must be found.
#[derive(Clone)]
pub(crate) struct Leak {
    pub(crate) name: &'static str,
    pub(crate) sites: &'static [&'static str],
    /// The look until which it must be found: ten after it begins, more where it comes in steps.
    pub(crate) until: usize,
    pub(crate) pattern: Pattern,
}

/// Goroutines of one site whose number follows `level`, asked for ten times a look: the oldest, the
/// newest or any of them end when it falls.
pub(crate) fn follow(
    service: &mut Service,
    random: &mut Random,
    site: &'static str,
    level: &[f64],
    who_ends: fn(&mut Random, usize) -> usize,
) {
    let mut alive: Vec<f64> = Vec::new();
    for (idx, wanted) in level.iter().enumerate() {
        let time = idx as f64 / 10.0 - 60.0;
        let wanted = wanted.max(0.0).round() as usize;
        while alive.len() < wanted {
            alive.push(time + random.unit() * 0.1);
        }
        while alive.len() > wanted {
            let start = alive.remove(who_ends(random, alive.len()));
            service.lives.push((site, start, time + 0.1));
        }
    }
    let rest = alive.into_iter().map(|start| (site, start, NEVER));
    service.lives.extend(rest);
}

pub(crate) fn oldest(_: &mut Random, _: usize) -> usize {
    0
}

pub(crate) fn newest(_: &mut Random, n: usize) -> usize {
    n - 1
}

pub(crate) fn any(random: &mut Random, n: usize) -> usize {
    (random.next() % n as u64) as usize
}

/// Ten steps a look from long before the first one.
const STEPS: usize = 60 * 10 + 420;

/// A walk that is pulled back to `mean`, and scatters around it by about `spread`.
fn reverting(random: &mut Random, mean: f64, spread: f64, looks: f64) -> Vec<f64> {
    let pull = 1.0 / (looks * 10.0);
    let step = spread * (2.0 * pull).sqrt() * 3.0_f64.sqrt();
    let mut level = mean;
    let next = |_| {
        level += (mean - level) * pull + random.between(-step, step);
        level
    };
    (0..STEPS).map(next).collect()
}

/// Teeth of random length in looks; at the end of each all but `kept` of them end.
pub(crate) fn teeth(
    service: &mut Service,
    random: &mut Random,
    site: &'static str,
    (shortest, longest): (f64, f64),
    rate: f64,
    kept: f64,
) {
    let mut from = -60.0;
    while from < END {
        let to = from + random.between(shortest, longest);
        let next = to + random.between(shortest, longest);
        let mut time = from;
        loop {
            time += random.exponential(1.0 / rate);
            if time >= to {
                break;
            }
            let end = if random.unit() < kept { next } else { to };
            service.lives.push((site, time, end));
        }
        from = to;
    }
}

/// A queue before `servers` equal servers.
pub(crate) fn queue(
    service: &mut Service,
    random: &mut Random,
    arrivals: f64,
    servers: usize,
    load: f64,
) {
    let work = servers as f64 * load / arrivals;
    let mut free = vec![-60.0_f64; servers];
    let mut time = -60.0;
    while time < END {
        time += random.exponential(1.0 / arrivals);
        free.sort_by(f64::total_cmp);
        let end = free[0].max(time) + random.exponential(work);
        free[0] = end;
        service.lives.push(("queued", time, end));
    }
}

pub(crate) const STEADY: &[(&str, Pattern)] = &[
    ("teeth of one length", |service, random| {
        // What grows through all of the first nine looks is a leak as far as anyone can tell.
        let (length, rate) = (random.between(3.0, 8.0), random.between(3.0, 20.0));
        teeth(service, random, "buffer", (length, length), rate, 0.0);
    }),
    ("uneven teeth", |service, random| {
        let rate = random.between(3.0, 20.0);
        teeth(service, random, "buffer", (2.0, 8.0), rate, 0.0);
    }),
    ("collections that leave some", |service, random| {
        let kept = random.between(0.05, 0.2);
        teeth(service, random, "finalized", (3.0, 7.0), 15.0, kept);
    }),
    ("reverting walk, oldest end", |service, random| {
        let looks = random.between(1.0, 4.0);
        let level = reverting(random, 80.0, 12.0, looks);
        follow(service, random, "pool", &level, oldest);
    }),
    ("reverting walk, newest end", |service, random| {
        let looks = random.between(1.0, 4.0);
        let level = reverting(random, 80.0, 12.0, looks);
        follow(service, random, "pool", &level, newest);
    }),
    ("reverting walk, any ends", |service, random| {
        let looks = random.between(2.0, 6.0);
        let level = reverting(random, 150.0, 25.0, looks);
        follow(service, random, "pool", &level, any);
    }),
    ("pool with a lifetime", |service, random| {
        for _ in 0..random.between(20.0, 80.0) as usize {
            let mut from = -60.0 - random.between(0.0, 15.0);
            while from < END {
                let to = from + random.between(5.0, 15.0);
                service.lives.push(("driver", from, to));
                from = to;
            }
        }
    }),
    ("pool as large as the demand was", |service, random| {
        // It never shrinks, so it grows by ever fewer.
        let mean = random.between(20.0, 100.0);
        let mut most = 0.0_f64;
        let noise = reverting(random, mean, mean.sqrt(), 0.2);
        let level: Vec<f64> = noise
            .iter()
            .map(|demand| {
                most = most.max(*demand);
                most
            })
            .collect();
        follow(service, random, "worker of a pool", &level, newest);
    }),
    ("first contact of each tenant", |service, random| {
        let looks = random.between(1.0, 4.0);
        for _ in 0..random.between(30.0, 150.0) as usize {
            let from = random.exponential(looks);
            service.lives.push(("tenant", from, NEVER));
        }
    }),
    ("cold start", |service, random| {
        let (rate, life) = (random.between(5.0, 20.0), random.between(1.0, 4.0));
        let after = |time: f64| if time > 0.0 { rate } else { 0.0 };
        service.arrivals("session", random, rate, after, |random| {
            random.exponential(life)
        });
    }),
    ("cold start, lives of one length", |service, random| {
        let (rate, life) = (random.between(5.0, 20.0), random.between(2.0, 5.5));
        let after = |time: f64| if time > 0.0 { rate } else { 0.0 };
        service.arrivals("entry", random, rate, after, |_| life);
    }),
    ("traffic of a drained neighbor", |service, random| {
        let (at, life) = (random.between(4.0, 30.0), random.between(1.0, 4.0));
        let rate = move |time: f64| if time > at { 40.0 } else { 20.0 };
        service.arrivals("conn", random, 40.0, rate, |random| {
            random.exponential(life)
        });
    }),
    ("deploy and drain", |service, random| {
        let at = random.between(4.0, 30.0);
        for _ in 0..80 {
            let end = at + random.exponential(3.0);
            service.lives.push(("conn", -50.0, end));
            service
                .lives
                .push(("conn", end, end + random.exponential(8.0)));
        }
        let after = |time: f64| if time > at + 3.0 { 10.0 } else { 0.0 };
        service.arrivals("conn", random, 10.0, after, |random| {
            random.exponential(4.0)
        });
    }),
    ("pool resized twice", |service, random| {
        let (first, second) = (random.between(3.0, 12.0), random.between(14.0, 30.0));
        service.pool("consumer", -50.0, -49.0, 20, NEVER);
        service.pool("consumer", first, first + 0.3, 20, NEVER);
        service.pool("consumer", second, second + 0.3, 20, NEVER);
    }),
    ("retry storm", |service, random| {
        let at = random.between(3.0, 25.0);
        let rate = move |time: f64| {
            if (at..at + 4.0).contains(&time) {
                60.0
            } else {
                8.0
            }
        };
        service.arrivals("retry", random, 60.0, rate, |random| {
            0.1 * f64::from(1 << (random.next() % 6)) * random.between(0.5, 1.5)
        });
    }),
    ("slow downstream", |service, random| {
        // The time of an answer rises for ten looks, and falls again.
        let at = random.between(3.0, 20.0);
        let mut time = -60.0;
        while time < END {
            time += random.exponential(1.0 / 25.0);
            let slow = 1.0 - ((time - at - 10.0).abs() / 10.0).min(1.0);
            let end = time + random.exponential(0.1 + 2.5 * slow);
            service.lives.push(("call", time, end));
        }
    }),
    ("lock held for some looks", |service, random| {
        let at = random.between(3.0, 28.0);
        let free = at + random.between(2.0, 5.0);
        let rate = move |time: f64| {
            if (at..free).contains(&time) {
                12.0
            } else {
                0.0
            }
        };
        service.arrivals("waiter", random, 12.0, rate, |_| 0.05);
        for life in &mut service.lives {
            if life.0 == "waiter" {
                life.2 = free;
            }
        }
    }),
    ("load that rises by half", |service, random| {
        let life = random.between(0.5, 6.0);
        let rate = |time: f64| 30.0 * (1.0 + time.max(0.0) / 80.0);
        service.arrivals("conn", random, 50.0, rate, |random| {
            random.exponential(life)
        });
    }),
    ("jobs of two periods", |service, random| {
        service.batches("job", -random.between(0.0, 10.0), 10.0, 40, 3.0);
        service.batches("job", -random.between(0.0, 4.0), 4.0, 15, 6.0);
    }),
    ("long polls in phase", |service, random| {
        let clients = random.between(20.0, 90.0) as u64;
        let phase = random.between(0.0, 3.0);
        service.batches("poll", -60.0 - phase, 3.0, clients, 2.99);
    }),
    ("lognormal lives", |service, random| {
        let normal = |random: &mut Random| (0..12).map(|_| random.unit()).sum::<f64>() - 6.0;
        service.arrivals(
            "stream",
            random,
            30.0,
            |_| 30.0,
            |random| 0.4 * (1.8 * normal(random)).exp(),
        );
    }),
    ("queue near its limit", |service, random| {
        let load = random.between(0.85, 0.95);
        queue(service, random, 60.0, 4, load);
    }),
    ("fan-outs", |service, random| {
        let mut time = -10.0;
        while time < END {
            time += random.between(1.0, 6.0);
            let size = random.exponential(40.0) as u64;
            for idx in 0..size {
                let end = time + 0.1 * idx as f64;
                service.lives.push(("task", time, end));
            }
        }
    }),
    ("wave over teeth", |service, random| {
        let phase = random.between(0.0, 6.3);
        let rate = move |time: f64| 60.0 + 40.0 * (time / 5.0 + phase).sin();
        service.arrivals("request", random, 100.0, rate, |random| {
            random.exponential(1.0)
        });
        teeth(service, random, "request", (4.0, 8.0), 10.0, 0.1);
    }),
    ("thirty small sites", |service, random| {
        const SITES: [&str; 30] = [
            "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13",
            "s14", "s15", "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "s24", "s25",
            "s26", "s27", "s28", "s29",
        ];
        for site in SITES {
            let (rate, life) = (random.between(0.3, 6.0), random.between(0.5, 10.0));
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
        name: "two a look",
        sites: &["slow"],
        until: 10,
        pattern: |service, random| service.arrivals("slow", random, 2.0, |_| 2.0, |_| NEVER),
    },
    Leak {
        name: "global channel, half are received",
        sites: &["global"],
        until: 10,
        pattern: |service, random| {
            service.arrivals(
                "global",
                random,
                10.0,
                |_| 10.0,
                |random| {
                    if random.unit() < 0.5 { NEVER } else { 0.2 }
                },
            );
        },
    },
    Leak {
        name: "mutex, most get it",
        sites: &["locker"],
        until: 10,
        pattern: |service, random| {
            service.arrivals(
                "locker",
                random,
                40.0,
                |_| 40.0,
                |random| {
                    if random.unit() < 0.1 {
                        NEVER
                    } else {
                        random.exponential(0.3)
                    }
                },
            );
        },
    },
    Leak {
        name: "sleep, in small clusters",
        sites: &["sleep"],
        until: 10,
        pattern: |service, random| {
            let mut time = -20.0;
            while time < END {
                time += random.exponential(0.7);
                let size = 1 + random.next() % 5;
                service.pool("sleep", time, time + 0.01, size, NEVER);
            }
        },
    },
    Leak {
        name: "system call",
        sites: &["syscall"],
        until: 10,
        pattern: |service, random| service.arrivals("syscall", random, 2.5, |_| 2.5, |_| NEVER),
    },
    Leak {
        name: "bodies, both loops",
        sites: &["readLoop", "writeLoop"],
        until: 10,
        pattern: |service, random| {
            let mut time = -20.0;
            while time < END {
                time += random.exponential(0.25);
                let life = if random.unit() < 0.7 { NEVER } else { 0.5 };
                service.lives.push(("readLoop", time, time + life));
                service.lives.push(("writeLoop", time, time + life));
            }
        },
    },
    Leak {
        name: "timers that arm themselves again",
        sites: &["timer"],
        until: 10,
        pattern: |service, random| {
            service.batches("timer", random.between(-1.0, 0.0), 1.0, 3, NEVER);
        },
    },
    Leak {
        name: "one of fifty connections",
        sites: &["conn"],
        until: 10,
        pattern: |service, random| {
            service.arrivals(
                "conn",
                random,
                200.0,
                |_| 200.0,
                |random| {
                    if random.unit() < 0.02 {
                        NEVER
                    } else {
                        random.exponential(0.2)
                    }
                },
            );
        },
    },
    Leak {
        name: "bursts that leave some",
        sites: &["burst"],
        until: 10,
        pattern: |service, random| {
            let start = random.between(-2.0, 0.0);
            service.batches("burst", start, 2.0, 30, 1.0);
            service.batches("burst", start, 2.0, 10, NEVER);
        },
    },
    Leak {
        name: "under teeth",
        sites: &["buffer"],
        until: 10,
        pattern: |service, random| {
            teeth(service, random, "buffer", (3.0, 6.0), 12.0, 0.0);
            service.arrivals("buffer", random, 5.0, |_| 5.0, |_| NEVER);
        },
    },
    Leak {
        name: "two rates",
        sites: &["rates"],
        until: 25,
        pattern: |service, random| {
            let rate = |time: f64| if time > 15.0 { 8.0 } else { 0.5 };
            service.arrivals("rates", random, 8.0, rate, |_| NEVER);
        },
    },
    Leak {
        name: "after a long quiet",
        sites: &["late"],
        until: 30,
        pattern: |service, random| {
            let rate = |time: f64| if time > 20.0 { 4.0 } else { 0.0 };
            service.arrivals("late", random, 4.0, rate, |_| NEVER);
            service.pool("late", -20.0, -10.0, 10, NEVER);
        },
    },
    Leak {
        name: "among long connections",
        sites: &["ws"],
        until: 20,
        pattern: |service, random| {
            service.arrivals(
                "ws",
                random,
                5.0,
                |_| 5.0,
                |random| random.exponential(15.0),
            );
            let rate = |time: f64| if time > 0.0 { 6.0 } else { 0.0 };
            service.arrivals("ws", random, 6.0, rate, |_| NEVER);
        },
    },
    Leak {
        name: "ever faster",
        sites: &["faster"],
        until: 14,
        pattern: |service, random| {
            let rate = |time: f64| 0.4 * time.max(0.0);
            service.arrivals("faster", random, 20.0, rate, |_| NEVER);
        },
    },
    Leak {
        name: "a job each five looks leaves some",
        sites: &["job"],
        until: 25,
        pattern: |service, random| {
            let start = random.between(0.0, 5.0);
            service.batches("job", start, 5.0, 30, 1.5);
            service.batches("job", start, 5.0, 12, NEVER);
        },
    },
    Leak {
        name: "under a daily wave of sessions",
        sites: &["session"],
        until: 20,
        pattern: |service, random| {
            let phase = random.between(0.0, 6.3);
            let rate = move |time: f64| 20.0 + 10.0 * (time / 6.0 + phase).sin();
            service.arrivals("session", random, 30.0, rate, |random| {
                random.exponential(1.5)
            });
            service.arrivals("session", random, 5.0, |_| 5.0, |_| NEVER);
        },
    },
];
