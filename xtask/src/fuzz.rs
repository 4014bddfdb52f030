//! Fuzzing: a short deterministic run that needs nothing, and the way to a long one.
//!
//! The smoke run feeds each property its seeds and mutations of them. It is the same run everywhere: the mutations come
//! from a generator with a fixed start. With more `--inputs` and other values of `--start` it is a long run without
//! libFuzzer.

#[path = "../../fuzz/properties.rs"]
pub(crate) mod properties;

use std::panic::AssertUnwindSafe;
use std::path::Path;

use anyhow::bail;
use base::System as _;
use base::system::Command;

use crate::repo::Repo;
use properties::{TARGETS, Target};

/// An input that takes longer has found something, if not a panic.
const SLOW_SECONDS: u64 = 5;
/// So has one that makes the process larger than this. Properties need some 200 MiB.
const LARGE_KIB: u64 = 2 << 20;
const MAX_LEN: usize = 1 << 16;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A few thousand inputs per target, always the same
    #[arg(long)]
    smoke: bool,
    /// Mutated inputs per target of a smoke run
    #[arg(long, value_name = "N", default_value_t = 3_000)]
    inputs: u32,
    /// Run cargo-fuzz on this target until it is stopped; with `--smoke`, this target alone
    target: Option<String>,
    /// Another start of the generator, for inputs that no run had before
    #[arg(long, value_name = "N", default_value_t = 0)]
    start: u64,
}

pub(crate) fn run(args: &Args, repo: &Repo) -> anyhow::Result<()> {
    match &args.target {
        target if args.smoke => smoke(repo, target.as_deref(), args),
        Some(target) => long_run(repo, target),
        None => {
            let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            bail!("give --smoke, or one of {}", names.join(", "))
        }
    }
}

/// New inputs go to `fuzz/corpus`, which is ignored; what shows a bug belongs into `fuzz/seeds`.
fn long_run(repo: &Repo, target: &str) -> anyhow::Result<()> {
    let corpus = format!("corpus/{target}");
    repo.system
        .create_dir_all(&repo.path("fuzz").join(&corpus))?;
    let command = Command::new("cargo")
        .args(["+nightly", "fuzz", "run", target, &corpus])
        .arg(format!("seeds/{target}"))
        .current_dir(repo.path("fuzz"));
    repo.run(&command)
}

fn smoke(repo: &Repo, only: Option<&str>, args: &Args) -> anyhow::Result<()> {
    let mut failures = 0;
    let wanted = TARGETS.iter();
    for target in wanted.filter(|target| only.is_none_or(|name| name == target.name)) {
        let seeds = seeds(repo, target)?;
        let mut inputs = Inputs::new(&seeds, args.inputs, args.start);
        let start = repo.system.monotonic();
        let mut count = 0;
        while let Some(input) = inputs.next_input() {
            count += 1;
            if let Some(what) = failure(repo, target, &input) {
                let path = repo.path(&format!("fuzz/artifacts/{}-{count}", target.name));
                repo.system
                    .create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
                repo.system.write(&path, &input)?;
                println!("{}: {what}; the input is {}", target.name, path.display());
                failures += 1;
                break;
            }
        }
        let took = repo.system.monotonic().saturating_sub(start).as_secs_f64();
        println!("{:<20} {count:>6} inputs {took:>6.1} s", target.name);
    }
    if failures > 0 {
        bail!("{failures} properties do not hold");
    }
    Ok(())
}

fn seeds(repo: &Repo, target: &Target) -> anyhow::Result<Vec<Vec<u8>>> {
    let folder = repo.path("fuzz/seeds").join(target.name);
    let paths = repo.system.read_dir(&folder).unwrap_or_default();
    if paths.is_empty() {
        bail!("{} has no seeds in fuzz/seeds", target.name);
    }
    Ok(paths
        .iter()
        .map(|path| repo.system.read(path))
        .collect::<Result<_, _>>()?)
}

/// A panic has printed its own message.
fn failure(repo: &Repo, target: &Target, input: &[u8]) -> Option<String> {
    let start = repo.system.monotonic();
    if std::panic::catch_unwind(AssertUnwindSafe(|| (target.check)(input))).is_err() {
        return Some("panicked".to_owned());
    }
    if peak_kib(repo) >= LARGE_KIB {
        return Some(format!("took more than {} MiB", LARGE_KIB >> 10));
    }
    let took = repo.system.monotonic().saturating_sub(start).as_secs();
    (took >= SLOW_SECONDS).then(|| format!("took {took} s"))
}

/// The most memory that this process has had; 0 where the kernel does not say.
fn peak_kib(repo: &Repo) -> u64 {
    let status = repo.system.read_kernel("/proc/self/status");
    let status = status.unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.unwrap_or(0)
}

/// Seeds as they are, then mutations of them.
struct Inputs<'a> {
    seeds: &'a [Vec<u8>],
    n_mutated: usize,
    made: usize,
    random: Random,
}

impl<'a> Inputs<'a> {
    fn new(seeds: &'a [Vec<u8>], n_mutated: u32, start: u64) -> Self {
        Self {
            seeds,
            n_mutated: n_mutated as usize,
            made: 0,
            // Not 0, which the generator would not leave.
            random: Random(0x9e37_79b9_7f4a_7c15 ^ start << 1 | 1),
        }
    }

    fn next_input(&mut self) -> Option<Vec<u8>> {
        let index = self.made;
        self.made += 1;
        if let Some(seed) = self.seeds.get(index) {
            return Some(seed.clone());
        }
        if index >= self.seeds.len() + self.n_mutated {
            return None;
        }
        let mut input = self.seeds[index % self.seeds.len()].clone();
        for _ in 0..=self.random.below(4) {
            self.mutate(&mut input);
        }
        input.truncate(MAX_LEN);
        Some(input)
    }

    fn mutate(&mut self, input: &mut Vec<u8>) {
        let random = &mut self.random;
        let at = random.below(input.len() + 1);
        let len = random.below(16).min(input.len() - at);
        match random.below(7) {
            // The borders of varints and lengths.
            0 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte = [0, 1, 0x7f, 0x80, 0xff, b'\n', b' '][random.below(7)];
                }
            }
            1 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
            2 => input.truncate(at),
            3 => drop(input.drain(at..at + len)),
            4 => {
                let copy = input[at..at + len].to_vec();
                let to = random.below(input.len() + 1);
                input.splice(to..to, copy);
            }
            5 => {
                let bytes: Vec<u8> = (0..len).map(|_| random.next() as u8).collect();
                input.splice(at..at + len, bytes);
            }
            _ => {
                let other = &self.seeds[random.below(self.seeds.len())];
                let from = random.below(other.len() + 1);
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
        }
    }
}

/// Marsaglia's xorshift64*: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32
    }

    /// Below `bound`; 0 if that is 0.
    fn below(&mut self, bound: usize) -> usize {
        (self.next() % (bound as u64).max(1)) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_seeds_first_and_the_same_each_time() {
        let seeds = [b"abc".to_vec(), Vec::new()];
        let all = || {
            let mut inputs = Inputs::new(&seeds, 300, 0);
            std::iter::from_fn(move || inputs.next_input()).collect::<Vec<_>>()
        };
        let first = all();
        assert_eq!(first[..2], seeds);
        assert_eq!(first.len(), 2 + 300);
        assert_eq!(first, all());
    }

    #[test]
    fn every_property_has_a_target_for_the_long_run() {
        let repo = Repo::unguarded();
        let manifest = repo
            .system
            .read_to_string(&repo.path("fuzz/Cargo.toml"))
            .unwrap();
        for target in TARGETS {
            let path = format!("fuzz_targets/{}.rs", target.name);
            assert!(manifest.contains(&path), "{path} is not in fuzz/Cargo.toml");
            assert!(repo.system.is_file(&repo.path("fuzz").join(path)));
        }
    }
}
