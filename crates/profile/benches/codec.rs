//! Reading, writing and merging profiles of three sizes, made here.
//!
//! Throughput is in bytes of the uncompressed message.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use profile::{Label, LabelSetId, Limits, Line, Profile, decode, encode, encode_gzip, merge};

/// The shape of a CPU profile of a service: stacks of 20 to 60 calls, which share their roots.
fn cpu_profile(n_samples: usize) -> Profile {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut profile = Profile::with_sample_types(&[("samples", "count"), ("cpu", "nanoseconds")]);
    let file = profile.strings.intern(b"/srv/app/service.go");
    let n_functions = (n_samples / 4).clamp(100, 20_000);
    let locations: Vec<_> = (0..n_functions * 3)
        .map(|index| {
            let name = format!("example.com/app/pkg{}.Func{}", index % 97, index / 3);
            let name = profile.strings.intern(name.as_bytes());
            let function = profile.add_function(name, file, 1);
            let (line, column) = (index as i64 % 900, 0);
            let line = Line {
                function,
                line,
                column,
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
        let depth = 20 + random.below(40);
        stack.truncate(depth / 2);
        while stack.len() < depth {
            stack.push(locations[random.below(locations.len())]);
        }
        let labels = match random.below(3) {
            0 => labels[random.below(labels.len())],
            _ => LabelSetId::EMPTY,
        };
        let leaf_first: Vec<_> = stack.iter().rev().copied().collect();
        profile.samples.push(&leaf_first, &[1, 10_000_000], labels);
    }
    profile
}

/// Xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}

fn codec(criterion: &mut Criterion) {
    for (name, n_samples) in [("small", 1_000), ("mid", 10_000), ("big", 100_000)] {
        let profile = cpu_profile(n_samples);
        let plain = encode(&profile);
        let gzip = encode_gzip(&profile);
        let limits = Limits::default();
        let mut group = criterion.benchmark_group("profile");
        group.sample_size(10);
        group.throughput(Throughput::Bytes(plain.len() as u64));
        group.bench_function(BenchmarkId::new("decode", name), |bencher| {
            bencher.iter(|| decode(black_box(&plain), &limits));
        });
        group.bench_function(BenchmarkId::new("decode_gzip", name), |bencher| {
            bencher.iter(|| decode(black_box(&gzip), &limits));
        });
        group.bench_function(BenchmarkId::new("encode", name), |bencher| {
            bencher.iter(|| encode(black_box(&profile)));
        });
        group.bench_function(BenchmarkId::new("merge", name), |bencher| {
            bencher.iter(|| merge(black_box(&[&profile, &profile])));
        });
        group.finish();
    }
}

criterion_group!(benches, codec);
criterion_main!(benches);
