//! Goroutines that were seen waiting: in a dump or profile, or after a test.

use std::borrow::Cow;
use std::collections::BTreeMap;

use profile::goroutine::{CreatedBy, Frame};
use serde_json::Value;

use crate::group::{Group, Verdict};
use crate::state;

/// A group with the place where it was seen.
#[derive(Clone, Debug)]
pub struct Sighting {
    pub group: Group,
    /// As the report has it: `PROVEN`, `HUNG`, `LEFT OVER/blocked-reachable`.
    pub verdict: String,
    /// The test that left it behind, where the report is one of tests.
    pub test: Option<String>,
}

/// The groups of a dump or profile.
pub fn of_groups(groups: Vec<Group>) -> Vec<Sighting> {
    let sighting = |group: Group| Sighting {
        verdict: group.verdict.name().to_owned(),
        group,
        test: None,
    };
    groups.into_iter().map(sighting).collect()
}

/// Reads what [`json`](crate::report::json) or [`test_run`](crate::report::test_run) wrote; `None` if the text is
/// something else.
pub fn of_report(text: &[u8]) -> Option<Vec<Sighting>> {
    let report: Value = serde_json::from_slice(text).ok()?;
    let groups = report.get("groups")?.as_array()?;
    groups.iter().map(sighting).collect()
}

fn sighting(value: &Value) -> Option<Sighting> {
    let verdict = text(value, "verdict")?;
    let state = text(value, "state")?;
    let frames: Vec<Frame<'static>> = (value.get("frames")?.as_array()?.iter())
        .map(frame)
        .collect::<Option<_>>()?;
    let (function, line) = (text(value, "function"), number(value, "line"));
    let user = frames.iter().position(|it| {
        Some(&*it.function) == function.as_deref() && Some(u64::from(it.line)) == line
    });
    let entry = text(value, "entry");
    let entry = frames
        .iter()
        .rposition(|it| Some(&*it.function) == entry.as_deref());
    let group = Group {
        verdict: verdict_of(&verdict),
        role: None,
        class: state::class(&state),
        state,
        count: number(value, "count")?,
        ids: Vec::new(),
        user: user.unwrap_or(frames.len()),
        entry: entry.unwrap_or(frames.len()),
        frames,
        created_by: created_by(value),
        minutes: number(value, "minutes").unwrap_or(0),
        labels: BTreeMap::new(),
        known: None,
        locks: BTreeMap::new(),
    };
    let test = text(value, "test");
    Some(Sighting {
        group,
        verdict,
        test,
    })
}

/// The verdict of a dump that says as much.
fn verdict_of(name: &str) -> Verdict {
    match name {
        "PROVEN" => Verdict::Proven,
        "HUNG" | "BLOCKED" | "LEFT OVER/blocked-reachable" => Verdict::Blocked,
        "RUNNING" | "LEFT OVER/alive" => Verdict::Running,
        _ => Verdict::Idle,
    }
}

fn frame(value: &Value) -> Option<Frame<'static>> {
    Some(Frame {
        function: Cow::Owned(text(value, "function")?),
        file: Cow::Owned(text(value, "file")?),
        line: u32::try_from(number(value, "line")?).ok()?,
    })
}

fn created_by(value: &Value) -> Option<CreatedBy<'static>> {
    let at = text(value, "created_at")?;
    let (file, line) = at.rsplit_once(':')?;
    Some(CreatedBy {
        frame: Frame {
            function: Cow::Owned(text(value, "created_by")?),
            file: Cow::Owned(file.to_owned()),
            line: line.parse().ok()?,
        },
        parent: None,
    })
}

fn text(value: &Value, field: &str) -> Option<String> {
    Some(value.get(field)?.as_str()?.to_owned())
}

fn number(value: &Value, field: &str) -> Option<u64> {
    value.get(field)?.as_u64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::test_run;
    use crate::report::test_run::tests::{dump, options, run_of};

    #[test]
    fn a_report_of_tests_is_read_as_it_was_written() {
        let run = run_of(&dump());
        let text = test_run::json(&run, &options()).to_string();
        let seen = of_report(text.as_bytes()).unwrap();
        assert_eq!(seen.len(), run.leaks.len());
        for (seen, leak) in seen.iter().zip(&run.leaks) {
            assert_eq!(seen.verdict, leak.verdict.name());
            assert_eq!(seen.test, leak.test);
            assert_eq!(seen.group.place(), leak.group.place());
            assert_eq!(seen.group.entry(), leak.group.entry());
            let by = |group: &Group| group.created_by.as_ref().map(|by| by.frame.clone());
            assert_eq!(by(&seen.group), by(&leak.group));
        }
        assert_eq!(seen[0].group.verdict, Verdict::Proven);
    }

    #[test]
    fn other_texts_are_no_reports() {
        for text in [
            "",
            "goroutine 1 [running]:",
            "{}",
            "{\"groups\": 1}",
            "{\"groups\": [{}]}",
        ] {
            assert!(of_report(text.as_bytes()).is_none(), "{text}");
        }
    }
}
