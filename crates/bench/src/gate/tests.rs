use super::*;
use crate::benchfmt::{Dialect, Reader, Record};
use crate::table::{Grouping, TableBuilder, TableOptions};

/// The report on two inputs.
fn report(old: &str, new: &str, thresholds: &Thresholds) -> GateReport {
    let grouping = Grouping::new("*", "pkg", ".fullname", ".file", "").unwrap();
    let mut builder = TableBuilder::new(grouping);
    let mut reader = Reader::new(Dialect::NATIVE);
    for (label, text) in [("old", old), ("new", new)] {
        let read = reader.read(&mut text.as_bytes(), label, label, &mut |record| {
            if let Record::Result(line) = record {
                builder.add(line);
            }
        });
        read.unwrap();
    }
    let tables = builder.finish(&TableOptions::default(), reader.metadata());
    judge(&tables, reader.metadata(), thresholds, 0.05)
}

fn thresholds(rules: &str) -> Thresholds {
    Thresholds {
        rules: parse_thresholds(rules).unwrap(),
        default: 0.05,
        ..Thresholds::default()
    }
}

/// Results of `BenchmarkX` in a unit.
fn results(values: &str, unit: &str) -> String {
    let lines: Vec<_> = (values.split(' '))
        .map(|value| format!("BenchmarkX 1 {value} {unit}\n"))
        .collect();
    lines.concat()
}

fn outcome(old: &str, new: &str, unit: &str, rules: &str) -> GateOutcome {
    report(&results(old, unit), &results(new, unit), &thresholds(rules)).rows[0].outcome
}

const OLD: &str = "100 101 102 103 104 105 106 107";

#[test]
fn the_gate_fails_closed() {
    let worse = "120 121 122 123 124 125 126 127";
    let noisy = "80 150 70 160 90 140 60 130";
    let time = |new, rules| outcome(OLD, new, "ns/op", rules);
    assert_eq!(time(OLD, "sec/op 10"), GateOutcome::Within);
    assert_eq!(time(worse, ""), GateOutcome::Regression);
    assert_eq!(time(worse, "sec/op 30"), GateOutcome::Within);
    assert_eq!(
        time(worse, "ns/op 30 # of all\n/^Y/ sec/op 1"),
        GateOutcome::Within
    );
    assert_eq!(
        time(worse, "sec/op 30\n/^X$/ sec/op 1"),
        GateOutcome::Regression
    );
    assert_eq!(time(noisy, ""), GateOutcome::Unclear);
    assert_eq!(time("100", ""), GateOutcome::Unclear);
    assert_eq!(outcome("3 3", "3 3", "allocs/op", ""), GateOutcome::Within);
    assert_eq!(
        outcome("0 0", "1 1", "allocs/op", "allocs/op 500"),
        GateOutcome::Regression
    );
    assert_eq!(outcome("0 0", "0 0", "allocs/op", ""), GateOutcome::Within);
    assert_eq!(
        outcome(OLD, "80 81 82 83 84 85 86", "MB/s", ""),
        GateOutcome::Regression
    );
}

#[test]
fn a_change_is_tested_against_the_limit() {
    // Surely slower, and as surely not by five percent.
    let slower = "103 104 105 106 107 108 109 110";
    assert_eq!(
        outcome(OLD, slower, "ns/op", "sec/op 9"),
        GateOutcome::Within
    );
    assert_eq!(outcome(OLD, slower, "ns/op", ""), GateOutcome::Unclear);
}

#[test]
fn every_unit_of_both_inputs_is_judged_or_named() {
    let (old, new) = (
        results("100 101 102", "widgets"),
        results("200 201 202", "widgets"),
    );
    let none = report(&old, &new, &thresholds(""));
    assert_eq!(
        (none.unjudged.as_slice(), none.rows.len()),
        (&["widgets".to_owned()][..], 0)
    );
    assert_eq!(none.verdict(), GateVerdict::Incomplete);
    // A limit of its own binds in both directions.
    let bound = report(&old, &new, &thresholds("widgets 5"));
    assert!(bound.rows[0].either && bound.unjudged.is_empty());
    let (old, new) = (
        results(OLD, "widgets"),
        results("200 201 202 203 204 205", "widgets"),
    );
    for (limits, old, new, verdict) in [
        (thresholds("widgets 5"), &old, &new, GateVerdict::Failed),
        (thresholds("widgets 5"), &new, &old, GateVerdict::Failed),
        (
            Thresholds {
                higher: vec!["widgets".to_owned()],
                ..thresholds("")
            },
            &old,
            &new,
            GateVerdict::Passed,
        ),
        (
            Thresholds {
                lower: vec!["widgets".to_owned()],
                ..thresholds("")
            },
            &old,
            &new,
            GateVerdict::Failed,
        ),
    ] {
        assert_eq!(report(old, new, &limits).verdict(), verdict, "{limits:?}");
    }
    let declared = format!("Unit widgets better=higher\n{old}");
    assert_eq!(
        report(&declared, &new, &thresholds("")).verdict(),
        GateVerdict::Passed
    );
    let named = Thresholds {
        rules: vec![parse_max("gadgets=5").unwrap()],
        ..thresholds("widgets 500")
    };
    assert_eq!(report(&old, &new, &named).unmatched, ["gadgets"]);
}

#[test]
fn counts_are_compared_by_their_ranges() {
    let unit = "instructions/op";
    assert_eq!(
        outcome("1000 1004 1009", "1100 1101 1110", unit, ""),
        GateOutcome::Regression
    );
    assert_eq!(
        outcome("1000 1004 1009", "1030 1031 1040", unit, ""),
        GateOutcome::Within
    );
    assert_eq!(
        outcome("1000 1004 1009", "1040 1055 1070", unit, ""),
        GateOutcome::Unclear
    );
}

#[test]
fn samples_needed_grow_with_the_rows() {
    assert_eq!(
        [1, 10, 200].map(|rows| samples_needed(rows, 0.05)),
        [3, 5, 8]
    );
}
