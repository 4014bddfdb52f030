//! Reading, comparing and printing. Inputs: benchmarks × 20 results × 2 files, three units.

use std::fmt::Write as _;
use std::hint::black_box;

use bench::benchfmt::{Dialect, Reader, Record};
use bench::render;
use bench::stats::Comparer;
use bench::table::{Grouping, TableBuilder, TableOptions, Tables};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

fn input(benchmarks: usize, factor: usize) -> String {
    let mut text = String::from("goos: linux\npkg: example.com/p\n");
    let mut state = factor;
    for benchmark in 0..benchmarks {
        for _ in 0..20 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let time = 1000 * factor + (state >> 40) % 500;
            writeln!(
                text,
                "BenchmarkB{benchmark}-8 1000 {time} ns/op {} B/op 3 allocs/op",
                64 * factor
            )
            .ok();
        }
    }
    text
}

fn tables(inputs: &[String]) -> Option<Tables> {
    let grouping = Grouping::new("*", ".config", ".fullname", ".file", "").ok()?;
    let mut builder = TableBuilder::new(grouping);
    let mut reader = Reader::new(Dialect::REFERENCE);
    for (at, text) in inputs.iter().enumerate() {
        let label = at.to_string();
        let mut add = |record: Record<'_>| {
            if let Record::Result(line) = record {
                builder.add(line);
            }
        };
        reader
            .read(&mut text.as_bytes(), &label, &label, &mut add)
            .ok()?;
    }
    Some(builder.finish(&TableOptions::default(), reader.metadata()))
}

fn benchstat(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("benchstat");
    group.sample_size(10);
    for benchmarks in [20, 200, 2000] {
        let inputs = [input(benchmarks, 10), input(benchmarks, 11)];
        let bytes = inputs.iter().map(String::len).sum::<usize>();
        group.throughput(Throughput::Bytes(bytes as u64));
        group.bench_with_input(
            BenchmarkId::new("text", benchmarks),
            &inputs,
            |bencher, inputs| {
                bencher.iter(|| tables(inputs).map(|tables| render::text(&tables)));
            },
        );
    }
    group.finish();
}

fn u_test(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mann_whitney");
    for n in [10, 20, 25] {
        let values = |offset: u32| {
            (0..n)
                .map(|i| f64::from(i * 3 % 17 + i + offset))
                .collect::<Vec<_>>()
        };
        let (mut first, mut second) = (values(0), values(2));
        first.sort_by(f64::total_cmp);
        second.sort_by(f64::total_cmp);
        group.bench_with_input(BenchmarkId::new("ties", n), &n, |bencher, _| {
            let mut comparer = Comparer::default();
            bencher.iter(|| comparer.mann_whitney(black_box(&first), black_box(&second)));
        });
    }
    group.finish();
}

criterion_group!(benches, benchstat, u_test);
criterion_main!(benches);
