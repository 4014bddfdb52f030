//! Service messages of TeamCity: each rule that found something as an inspection type, then the findings.
//! Source: jetbrains.com/help/teamcity, "Service Messages", "Reporting Inspections".

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Context, with_evidence};
use crate::diagnostic::{RuleRef, Severity};

pub(super) fn render(ctx: &Context<'_>) -> String {
    let mut text = String::new();
    let found = ctx.report.diagnostics;
    let rules: BTreeMap<&str, RuleRef> = found.iter().map(|it| (it.rule.id, it.rule)).collect();
    for rule in rules.values() {
        let info = ctx.report.rules.iter().find(|info| info.rule == *rule);
        let summary = info.map_or(rule.name, |info| info.summary.as_str());
        writeln!(
            text,
            "##teamcity[inspectionType id='{}' name='{}' category='goperf' description='{}']",
            rule.id,
            rule.name,
            escape(summary)
        )
        .ok();
    }
    for finding in found {
        let severity = match finding.severity {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
            Severity::Info => "INFO",
            Severity::Hint => "WEAK WARNING",
        };
        writeln!(
            text,
            "##teamcity[inspection typeId='{}' message='{}' file='{}' line='{}' SEVERITY='{severity}']",
            finding.rule.id,
            escape(&with_evidence(finding)),
            escape(&ctx.path(&finding.primary.path)),
            finding.primary.start.line,
        )
        .ok();
    }
    text
}

/// A value of a service message.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\'' | '|' | '[' | ']' => out.extend(['|', c]),
            '\n' => out.push_str("|n"),
            '\r' => out.push_str("|r"),
            c if c.is_ascii() => out.push(c),
            c => {
                // Four digits: characters above the basic plane as a pair of UTF-16 units.
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    write!(out, "|0x{unit:04x}").ok();
                }
            }
        }
    }
    out
}
