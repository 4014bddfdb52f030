//! A comparison as rows, for pages and renderers.

use super::report::{fields, groups, header};
use super::{AbReport, Series, Verdict, word};

/// The verdicts in one unit.
#[derive(Clone, Debug)]
pub struct AbTable<'a> {
    pub unit: &'a str,
    /// The names of the columns, the unit first.
    pub header: [String; 7],
    pub rows: Vec<AbRow<'a>>,
}

/// One benchmark in one unit.
#[derive(Clone, Debug)]
pub struct AbRow<'a> {
    pub verdict: &'a Verdict,
    /// As the other renderers print them; the benchmark's name first, the verdict's word last.
    pub fields: [String; 7],
    pub tone: Tone,
    pub series: Option<&'a Series>,
    /// Why it changed, as far as that is known.
    pub causes: Vec<&'a str>,
}

/// Whether a verdict is good news.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    Better,
    Worse,
    Neutral,
}

/// The tables of a comparison, without rows that are 0 on both sides.
pub fn tables<'a>(report: &AbReport<'a>) -> Vec<AbTable<'a>> {
    let tables = groups(report).into_iter().map(|(unit, group)| AbTable {
        unit,
        header: header(unit),
        rows: group.into_iter().map(|it| row(report, it)).collect(),
    });
    tables.collect()
}

fn row<'a>(report: &AbReport<'a>, verdict: &'a Verdict) -> AbRow<'a> {
    let own = |series: &&Series| series.package == verdict.package && series.name == verdict.name;
    let causes = report.causes.iter().filter(|cause| {
        cause.package == verdict.package
            && (cause.benchmark == verdict.name || cause.benchmark.is_empty())
    });
    AbRow {
        verdict,
        fields: fields(verdict, report.verdicts),
        tone: match word(verdict).as_str() {
            "faster" | "less" => Tone::Better,
            "slower" | "more" => Tone::Worse,
            _ => Tone::Neutral,
        },
        series: report.series.iter().find(own),
        causes: causes.map(|cause| cause.text.as_str()).collect(),
    }
}
