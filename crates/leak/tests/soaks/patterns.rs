//! The patterns that the rule was made with.

use crate::service::{END, NEVER, Pattern};

pub(crate) const STEADY: &[(&str, Pattern)] = &[
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

pub(crate) const LEAKS: &[(&str, &[&str], Pattern)] = &[
    ("slow", &["slow"], |service, _| {
        service.pool("slow", 0.05, END, 80, NEVER);
    }),
    ("fast", &["fast"], |service, _| {
        service.pool("fast", 0.0, END, 2000, NEVER);
    }),
    ("global channel", &["global"], |service, random| {
        service.arrivals("global", random, 5.0, |_| 5.0, |_| NEVER);
    }),
    ("mutex", &["mutex"], |service, random| {
        // Requests queue behind a lock that nobody frees, from the third look on.
        let rate = |time: f64| if time > 2.5 { 6.0 } else { 0.0 };
        service.arrivals("mutex", random, 6.0, rate, |_| NEVER);
    }),
    ("sleep", &["sleep"], |service, random| {
        service.arrivals("sleep", random, 4.0, |_| 4.0, |_| 400.0);
    }),
    ("system call", &["syscall"], |service, _| {
        service.pool("syscall", -20.0, END, 200, NEVER);
    }),
    ("response bodies", &["readLoop"], |service, random| {
        service.arrivals("readLoop", random, 4.0, |_| 4.0, |_| NEVER);
        service.arrivals(
            "readLoop",
            random,
            3.0,
            |_| 3.0,
            |random| random.exponential(0.5),
        );
    }),
    ("timers", &["timer"], |service, _| {
        service.batches("timer", 0.4, 1.0, 3, NEVER);
    }),
    ("per connection", &["conn"], |service, random| {
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
    ("burst and keep", &["burst"], |service, _| {
        service.batches("burst", 0.5, 2.0, 40, 1.2);
        service.batches("burst", 0.5, 2.0, 8, NEVER);
    }),
    ("under a wave", &["request"], |service, random| {
        let rate = |time: f64| 150.0 + 100.0 * (time / 6.4).sin();
        service.arrivals("request", random, 250.0, rate, |random| {
            random.exponential(0.2)
        });
        service.arrivals("request", random, 8.0, |_| 8.0, |_| NEVER);
    }),
    ("handlers", &["handler"], |service, random| {
        service.arrivals("handler", random, 3.0, |_| 3.0, |_| NEVER);
        service.pool("handler", -60.0, -50.0, 40, NEVER);
    }),
];
