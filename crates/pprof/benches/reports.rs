//! Whole reports, from the bytes of a profile to those of the answer, for profiles of three sizes.
//!
//! Throughput is in samples; each has about 40 frames, so cost should grow with it in a line.

use std::hint::black_box;

use base::testing::MemorySystem;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pprof::{GivenFlag, Invocation, PlainLines, Session};
use profile::{Label, LabelSetId, Line, LocationId, Profile};

const REPORTS: &[&str] = &["top", "tree", "dot", "tags", "traces", "proto", "folded"];

/// Stacks that share their roots, a third of them labelled.
fn cpu_profile(n_samples: usize) -> Profile {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = move |limit: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize % limit
    };
    let mut profile = Profile::with_sample_types(&[("samples", "count"), ("cpu", "nanoseconds")]);
    let file = profile.strings.intern(b"/srv/app/service.go");
    let locations: Vec<LocationId> = (0..n_samples / 4 + 100)
        .map(|index| {
            let name = format!("example.com/app/pkg{}.Func{}", index % 97, index / 3);
            let name = profile.strings.intern(name.as_bytes());
            let function = profile.add_function(name, file, 1);
            let line = Line {
                function,
                line: index as i64 % 900,
                column: 0,
            };
            profile.add_location(0x40_0000 + index as u64 * 16, None, &[line])
        })
        .collect();
    let key = profile.strings.intern(b"endpoint");
    let labels: Vec<LabelSetId> = (0..50)
        .map(|index| {
            let value = profile.strings.intern(format!("/v1/{index}").as_bytes());
            let mut labels = [Label::str(key, value)];
            profile.label_sets.intern(&mut labels, &profile.strings)
        })
        .collect();
    let mut stack = Vec::new();
    for _ in 0..n_samples {
        let depth = 20 + below(40);
        stack.truncate(depth / 2);
        while stack.len() < depth {
            stack.push(locations[below(locations.len())]);
        }
        let labels = match below(3) {
            0 => labels[below(labels.len())],
            _ => LabelSetId::EMPTY,
        };
        let leaf_first: Vec<LocationId> = stack.iter().rev().copied().collect();
        profile.samples.push(&leaf_first, &[1, 10_000_000], labels);
    }
    profile
}

fn report(system: &MemorySystem, name: &str) -> usize {
    let flag = |name: &str, value: &str| GivenFlag {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let flags = [flag(name, "true"), flag("symbolize", "none")];
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let sources = ["cpu.pb.gz".to_owned()];
    let invocation = Invocation::new(&flags, &sources, &|_| false, &mut err);
    let mut session = Session::new(system, &mut out, &mut err, false);
    if let Ok(invocation) = invocation {
        pprof::run(&invocation, &mut PlainLines(std::io::empty()), &mut session).ok();
    }
    out.len()
}

fn reports(criterion: &mut Criterion) {
    for name in REPORTS {
        let mut group = criterion.benchmark_group(*name);
        group.sample_size(10);
        for n_samples in [1_000, 10_000, 100_000] {
            let bytes = profile::encode_gzip(&cpu_profile(n_samples));
            let system = MemorySystem::default().with_file("cpu.pb.gz", bytes);
            group.throughput(Throughput::Elements(n_samples as u64));
            group.bench_function(BenchmarkId::from_parameter(n_samples), |bencher| {
                bencher.iter(|| black_box(report(&system, name)));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, reports);
criterion_main!(benches);
