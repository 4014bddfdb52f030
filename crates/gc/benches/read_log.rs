//! Reading a log, loading it from the cache, and working out its flows. Throughput is in bytes of log.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gc::{Decisions, Flows, read_log};

/// What Go 1.27.3 prints about one file at `-m=2`.
const FILE: &str = include_str!("../tests/data/words.log");

/// A package of `files` such files: about 25 kB each.
fn log(files: usize) -> Vec<u8> {
    (0..files)
        .flat_map(|n| {
            FILE.replace("./words.go", &format!("/m/words{n}.go"))
                .into_bytes()
        })
        .collect()
}

fn benches(criterion: &mut Criterion) {
    for (name, files) in [("file", 1), ("package", 40), ("large package", 800)] {
        let log = log(files);
        let decisions = read_log(&log, &[]).0;
        let bytes = decisions.to_bytes();
        let mut group = criterion.benchmark_group("log");
        group.throughput(Throughput::Bytes(log.len() as u64));
        group.bench_function(BenchmarkId::new("read_log", name), |b| {
            b.iter(|| read_log(&log, &[]));
        });
        group.bench_function(BenchmarkId::new("from_bytes", name), |b| {
            b.iter(|| Decisions::from_bytes(&bytes));
        });
        group.bench_function(BenchmarkId::new("write_log", name), |b| {
            b.iter(|| decisions.write_log());
        });
        group.bench_function(BenchmarkId::new("flows", name), |b| {
            b.iter(|| {
                let flows = Flows::new(&decisions);
                let escapes = decisions.iter().filter(|(_, d)| d.kind.is_escape());
                escapes.filter_map(|(id, _)| flows.flow(id)).count()
            });
        });
        group.finish();
    }
}

criterion_group!(log_benches, benches);
criterion_main!(log_benches);
