//! No input makes a reader panic: every seed of the fuzz targets, cut at every length and with
//! every bit turned.

use std::path::Path;

use base::System;
use base::system::OsSystem;
use profile::{Limits, decode, decode_folded, encode};

const LIMITS: Limits = Limits {
    decompressed: 4 << 20,
};
/// Larger seeds are only cut and turned at some places, so that the test stays quick.
const MAX_PLACES: usize = 120;

fn seeds() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
    let folders = ["profile_decode", "profile_legacy"];
    let system = OsSystem::default();
    let mut seeds = Vec::new();
    for folder in folders {
        for path in system.read_dir(&root.join(folder)).expect("the seeds") {
            seeds.push(system.read(&path).expect("a seed"));
        }
    }
    seeds
}

/// What was read is valid: it can be written and read.
fn check(input: &[u8]) {
    if let Ok(profile) = decode(input, &LIMITS) {
        let again = decode(&encode(&profile), &LIMITS).expect("what we wrote");
        assert_eq!(again.samples.len(), profile.samples.len());
    }
    let _ = decode_folded(input);
}

#[test]
fn seeds_are_read() {
    for seed in seeds() {
        assert!(decode(&seed, &LIMITS).is_ok() || decode_folded(&seed).is_ok());
    }
}

#[test]
fn cut_and_damaged_profiles_are_refused_or_valid() {
    for seed in seeds() {
        let step = seed.len().div_ceil(MAX_PLACES);
        for place in (0..seed.len()).step_by(step) {
            check(&seed[..place]);
            let mut damaged = seed.clone();
            damaged[place] ^= 1 << (place % 8);
            check(&damaged);
            damaged[place] = 0xff;
            check(&damaged);
        }
    }
}
