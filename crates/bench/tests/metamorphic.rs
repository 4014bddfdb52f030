//! What must hold for any results: their order within a benchmark does not matter, a common factor does
//! not change comparisons, and exchanging the files exchanges the answer.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use bench::benchfmt::{Dialect, Reader, Record};
use bench::render;
use bench::table::{Grouping, TableBuilder, TableOptions, Tables};

/// SplitMix64, so that every run sees the same results.
struct Random(u64);

impl Random {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }
}

type Results = Vec<(String, Vec<u64>)>;

/// Benchmarks with 1 to 30 values each, of few or many digits, so with and without ties.
fn results(random: &mut Random) -> Results {
    (0..5)
        .map(|number| {
            let (n, spread) = (
                1 + random.next(30),
                [3, 50, 100_000][random.next(3) as usize],
            );
            let values = (0..n).map(|_| 1000 + random.next(spread)).collect();
            (format!("B{number}"), values)
        })
        .collect()
}

fn tables(old: &Results, new: &Results, factor: u64) -> Tables {
    let grouping = Grouping::new("*", ".config", ".fullname", ".file", "").unwrap();
    let mut builder = TableBuilder::new(grouping);
    let mut reader = Reader::new(Dialect::REFERENCE);
    for (label, results) in [("old", old), ("new", new)] {
        let mut text = String::new();
        for (name, values) in results {
            for value in values {
                text += &format!("Benchmark{name} 1 {} x/op\n", value * factor);
            }
        }
        let read = reader.read(
            &mut text.as_bytes(),
            label,
            label,
            &mut |record| match record {
                Record::Result(line) => builder.add(line),
                Record::Problem(problem) => panic!("{problem}"),
            },
        );
        read.unwrap();
    }
    builder.finish(&TableOptions::default(), reader.metadata())
}

/// Per row: p of the comparison and the ratio of centers.
fn comparisons(tables: &Tables) -> Vec<(f64, f64)> {
    let rows = tables.tables.iter().flat_map(|table| &table.rows);
    rows.filter_map(|row| {
        let (old, new) = (row.baseline()?, row.cell(1)?);
        Some((
            new.comparison.as_ref()?.p,
            new.summary.center / old.summary.center,
        ))
    })
    .collect()
}

#[test]
fn the_order_of_lines_does_not_matter() {
    let mut random = Random(1);
    for _ in 0..40 {
        let (old, new) = (results(&mut random), results(&mut random));
        let mut shuffled = new.clone();
        for (_, values) in &mut shuffled {
            for at in (1..values.len()).rev() {
                values.swap(at, random.next(at as u64 + 1) as usize);
            }
        }
        assert_eq!(
            render::text(&tables(&old, &new, 1)),
            render::text(&tables(&old, &shuffled, 1))
        );
    }
}

#[test]
fn a_common_factor_changes_no_comparison() {
    let mut random = Random(2);
    for _ in 0..40 {
        let (old, new) = (results(&mut random), results(&mut random));
        // A power of two, so that nothing is rounded.
        let (plain, scaled) = (tables(&old, &new, 1), tables(&old, &new, 1024));
        assert_eq!(comparisons(&plain), comparisons(&scaled));
    }
}

#[test]
fn exchanging_the_files_exchanges_the_answer() {
    let mut random = Random(3);
    for _ in 0..40 {
        let (old, new) = (results(&mut random), results(&mut random));
        let forward = comparisons(&tables(&old, &new, 1));
        let backward = comparisons(&tables(&new, &old, 1));
        for (row, ((p, ratio), (p_back, ratio_back))) in forward.iter().zip(&backward).enumerate() {
            assert!((ratio * ratio_back - 1.0).abs() < 1e-12);
            // Under ties the tail taken is that of the first file, as the reference has it.
            let values = old[row].1.iter().chain(&new[row].1);
            let mut sorted: Vec<_> = values.collect();
            sorted.sort();
            let ties = sorted.windows(2).any(|pair| pair[0] == pair[1]);
            assert!(ties || (p - p_back).abs() < 1e-12, "{p} {p_back}");
        }
    }
}
