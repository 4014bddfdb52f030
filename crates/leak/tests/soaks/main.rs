//! Soaks of simulated services: steady load must stay silent, leaks must be found early.
//!
//! `SOAKS=60 cargo test --release -p leak --test soaks -- --nocapture` prints the figures of more
//! soaks than a test needs.

#![expect(clippy::print_stdout, reason = "the figures of a run")]

mod fresh;
mod held_out;
mod patterns;
mod service;
mod unseen;

use base::System as _;
use base::system::OsSystem;
use fresh::Leak;
use patterns::{LEAKS, STEADY};
use service::{Pattern, found};

const SOAKS: u64 = 10;
/// Within so many looks a leak must be found.
const DEADLINE: usize = 10;
/// The same without ids, where nothing is tested before look 24.
const DEADLINE_OF_COUNTS: usize = 30;
/// What [`leak::growth::stats::ERROR_RATE`] allows of a hundred soaks of steady load.
const MAX_FALSE_ALARMS: f64 = 1.0;

fn soaks() -> u64 {
    let wanted = OsSystem::default().env_var("SOAKS");
    wanted.and_then(|it| it.parse().ok()).unwrap_or(SOAKS)
}

/// Soaks of each pattern that end with a finding, as percent of all; prints where.
fn false_alarms(what: &str, patterns: &[(&str, Pattern)], with_ids: bool) -> f64 {
    let soaks = soaks();
    let mut all = 0;
    for (number, (name, pattern)) in patterns.iter().enumerate() {
        let looks: Vec<usize> = (0..soaks)
            .filter_map(|soak| {
                let found = found(*pattern, number as u64 * 1000 + soak, with_ids);
                found.first().map(|(_, look)| *look)
            })
            .collect();
        if !looks.is_empty() {
            println!(
                "{what}, {name}: {} of {soaks}, at looks {looks:?}",
                looks.len()
            );
        }
        all += looks.len();
    }
    let of = patterns.len() as u64 * soaks;
    let percent = all as f64 / of as f64 * 100.0;
    println!("{what}: {all} of {of} soaks end with a finding ({percent:.1} %)");
    percent
}

/// Soaks of each leak in which it is found in time, and at all, as percent of all; prints each.
fn found_in_time(what: &str, leaks: &[Leak], with_ids: bool) -> (f64, f64) {
    let soaks = soaks();
    let (mut all, mut all_in_time) = (0, 0);
    for (number, leak) in leaks.iter().enumerate() {
        let until = if with_ids {
            leak.until
        } else {
            leak.until - DEADLINE + DEADLINE_OF_COUNTS
        };
        let last_look = |soak: u64| {
            let found = found(leak.pattern, number as u64 * 1000 + soak, with_ids);
            let is_found = |site: &&str| found.iter().any(|(name, _)| name == site);
            let is_right = found.len() == leak.sites.len() && leak.sites.iter().all(is_found);
            let last = found.iter().map(|(_, look)| *look).max();
            last.filter(|_| is_right)
        };
        let mut looks: Vec<usize> = (0..soaks).filter_map(last_look).collect();
        looks.sort_unstable();
        let in_time = looks.partition_point(|look| *look <= until);
        println!(
            "{what}, {}: {in_time} of {soaks} until look {until}, {} in all, half of them until look {}",
            leak.name,
            looks.len(),
            looks.get(looks.len() / 2).copied().unwrap_or_default()
        );
        all += looks.len();
        all_in_time += in_time;
    }
    let of = leaks.len() as u64 * soaks;
    println!("{what}: {all_in_time} of {of} in time, {all} in all");
    let percent = |count: usize| count as f64 / of as f64 * 100.0;
    (percent(all_in_time), percent(all))
}

fn first_leaks() -> Vec<Leak> {
    let leak = |(name, sites, pattern): &(&'static str, &'static [&'static str], Pattern)| Leak {
        name,
        sites,
        until: DEADLINE,
        pattern: *pattern,
    };
    LEAKS.iter().map(leak).collect()
}

/// Name, patterns, and most false alarms in a hundred soaks.
type SteadySet = (&'static str, &'static [(&'static str, Pattern)], f64);

/// The sets of steady load, with how many of a hundred soaks may end with a finding: what was
/// measured, and a little more. [`leak::growth::stats::ERROR_RATE`] allows one, if goroutines come
/// and go independently of each other; in most patterns of the later sets they do not.
const STEADY_SETS: [SteadySet; 4] = [
    ("steady", STEADY, 0.5),
    ("steady, fresh", fresh::STEADY, 2.0),
    ("steady, unseen", unseen::STEADY, 6.0),
    ("steady, held out", held_out::STEADY, 1.0),
];

#[test]
fn steady_load_is_silent() {
    let rates = STEADY_SETS.map(|(what, patterns, _)| false_alarms(what, patterns, true));
    for ((what, _, most), rate) in STEADY_SETS.iter().zip(rates) {
        assert!(rate <= *most, "{what}: {rate} %");
    }
}

#[test]
fn steady_load_is_silent_without_ids() {
    let rates = STEADY_SETS.map(|(what, patterns, _)| false_alarms(what, patterns, false));
    for ((what, ..), rate) in STEADY_SETS.iter().zip(rates) {
        assert!(rate <= MAX_FALSE_ALARMS, "{what}, by counts: {rate} %");
    }
}

#[test]
fn leaks_are_found_in_time() {
    let sets = [
        ("leak", first_leaks(), 97.0),
        ("leak, fresh", fresh::LEAKS.to_vec(), 85.0),
        ("leak, unseen", unseen::LEAKS.to_vec(), 70.0),
        ("leak, held out", held_out::LEAKS.to_vec(), 70.0),
    ];
    for (what, leaks, least) in sets {
        let (in_time, in_all) = found_in_time(what, &leaks, true);
        assert!(
            in_time >= least && in_all >= 97.0,
            "{what}: {in_time} %, {in_all} %"
        );
    }
}

/// Without ids only leaks that show in the counts are found, and some later.
#[test]
fn without_ids_leaks_beyond_the_noise_are_found() {
    let sets = [
        ("leak, counts", first_leaks(), 80.0),
        ("leak, counts, fresh", fresh::LEAKS.to_vec(), 55.0),
        ("leak, counts, unseen", unseen::LEAKS.to_vec(), 45.0),
        ("leak, counts, held out", held_out::LEAKS.to_vec(), 45.0),
    ];
    for (what, leaks, least) in sets {
        let (in_time, _) = found_in_time(what, &leaks, false);
        assert!(in_time >= least, "{what}: {in_time} %");
    }
}
