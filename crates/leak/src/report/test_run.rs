//! The goroutines that tests left behind, in the formats of `goperf leak test`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::text::{line, plural, write_evidence, write_stack};
use super::{Options, annotated, below, json, what};
use crate::group::Group;
use crate::testing::{TestLeak, TestVerdict};

/// A run of tests: its leaks, and what the user should know besides.
#[derive(Debug, Default)]
pub struct Run {
    /// Packages whose tests ran, in order; those without leaks are listed too.
    pub packages: Vec<String>,
    /// Worst first within a test; tests in order.
    pub leaks: Vec<TestLeak>,
    /// What the user should know: packages that could not be checked, unused entries.
    pub notes: Vec<String>,
    /// Goroutines hidden by the ignore list.
    pub ignored: u64,
    /// Only proven leaks and hung tests fail the run.
    pub proven_only: bool,
}

impl Run {
    /// Whether a leak fails the run.
    pub fn fails(&self) -> bool {
        self.leaks
            .iter()
            .any(|leak| leak.verdict.fails(self.proven_only))
    }

    fn count(&self, fails: bool) -> u64 {
        let of = |leak: &&TestLeak| leak.verdict.fails(self.proven_only) == fails;
        self.leaks
            .iter()
            .filter(of)
            .map(|leak| leak.group.count)
            .sum()
    }
}

fn test_name(leak: &TestLeak) -> &str {
    leak.test.as_deref().unwrap_or("(no test)")
}

pub(crate) fn headline(leak: &TestLeak, options: &Options<'_>) -> String {
    let Group { count, state, .. } = &leak.group;
    format!(
        "{} {count} × [{state}] {}",
        leak.verdict.name(),
        what(&leak.group, options.path)
    )
}

/// For people; nothing at all for a clean run without notes.
pub fn text(run: &Run, options: &Options<'_>) -> String {
    let mut out = String::new();
    let mut last = None;
    for leak in &run.leaks {
        let test = (&leak.package, &leak.test);
        if last != Some(test) {
            line(
                &mut out,
                &format!("--- LEAK: {} ({})", test_name(leak), leak.package),
            );
            last = Some(test);
        }
        let head = headline(leak, options);
        let verdict = leak.verdict.name();
        let head = if options.color {
            head.replacen(
                verdict,
                &format!("\x1b[{}m{verdict}\x1b[0m", color(leak.verdict)),
                1,
            )
        } else {
            head
        };
        line(&mut out, &format!("  {head}"));
        write_evidence(&mut out, &leak.group, options);
        if options.all {
            write_stack(&mut out, &leak.group, options);
        }
    }
    for note in &run.notes {
        line(&mut out, &format!("note: {note}"));
    }
    if !run.leaks.is_empty() || run.ignored > 0 {
        line(&mut out, &summary(run));
    }
    out
}

fn summary(run: &Run) -> String {
    let (leaks, warnings) = (run.count(true), run.count(false));
    let mut words = vec![format!("{leaks} goroutine{} left behind", plural(leaks))];
    if warnings > 0 {
        words.push(format!("{warnings} warning{}", plural(warnings)));
    }
    if run.ignored > 0 {
        words.push(format!("{} ignored", run.ignored));
    }
    words.join(", ")
}

fn color(verdict: TestVerdict) -> &'static str {
    match verdict {
        TestVerdict::Hung | TestVerdict::Proven => "1;31",
        TestVerdict::LeftOver(_) => "33",
    }
}

/// Every leak as the groups of [`json::group`], with `package`, `test`, `fails` and the test's
/// verdict.
pub fn json(run: &Run, options: &Options<'_>) -> Value {
    let leak = |leak: &TestLeak| {
        let mut value = json::group(&leak.group, options);
        if let Some(fields) = value.as_object_mut() {
            fields.insert("package".into(), json!(leak.package));
            fields.insert("test".into(), json!(leak.test));
            fields.insert("verdict".into(), json!(leak.verdict.name()));
            fields.insert("fails".into(), json!(leak.verdict.fails(run.proven_only)));
        }
        value
    };
    json!({
        "groups": run.leaks.iter().map(leak).collect::<Value>(),
        "notes": run.notes,
        "ignored": run.ignored,
    })
}

/// Workflow commands that GitHub shows beside the code. `base` is cut off file names.
pub fn github(run: &Run, base: &str, options: &Options<'_>) -> String {
    let mut out = String::new();
    for leak in &run.leaks {
        let level = if leak.verdict.fails(run.proven_only) {
            "error"
        } else {
            "warning"
        };
        let place = annotated(&leak.group, base).map_or_else(String::new, |frame| {
            let file = below(&frame.file, base).unwrap_or(&frame.file);
            format!("file={},line={},", escape(file, true), frame.line)
        });
        let title = format!("goroutine leak in {}", test_name(leak));
        let text = escape(&headline(leak, options), false);
        line(
            &mut out,
            &format!("::{level} {place}title={}::{text}", escape(&title, true)),
        );
    }
    for note in &run.notes {
        line(&mut out, &format!("::notice::{}", escape(note, false)));
    }
    out
}

/// Source: GitHub's documentation of workflow commands.
fn escape(text: &str, is_property: bool) -> String {
    let text = text
        .replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A");
    if is_property {
        text.replace(':', "%3A").replace(',', "%2C")
    } else {
        text
    }
}

/// A suite per package with a case per leak; a package without leaks has one case that passed.
pub fn junit(run: &Run, options: &Options<'_>) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    let mut suites: BTreeMap<&str, Vec<&TestLeak>> = BTreeMap::new();
    for package in &run.packages {
        suites.entry(package).or_default();
    }
    for leak in &run.leaks {
        suites.entry(&leak.package).or_default().push(leak);
    }
    for (package, leaks) in suites {
        let fails = |leak: &&&TestLeak| leak.verdict.fails(run.proven_only);
        let failures = leaks.iter().filter(fails).count();
        let (name, tests) = (xml(package), leaks.len().max(1));
        line(
            &mut out,
            &format!("  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\">"),
        );
        if leaks.is_empty() {
            let case = format!("    <testcase classname=\"{name}\" name=\"goroutine leaks\"/>");
            line(&mut out, &case);
        }
        for leak in leaks {
            junit_case(&mut out, leak, &name, run.proven_only, options);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn junit_case(
    out: &mut String,
    leak: &TestLeak,
    package: &str,
    proven_only: bool,
    options: &Options<'_>,
) {
    let mut body = String::new();
    write_evidence(&mut body, &leak.group, options);
    let tag = if leak.verdict.fails(proven_only) {
        "failure"
    } else {
        "skipped"
    };
    let (test, message) = (xml(test_name(leak)), xml(&headline(leak, options)));
    let body = xml(&body);
    line(
        out,
        &format!(
            "    <testcase classname=\"{package}\" name=\"{test}\">\n      <{tag} message=\"{message}\">{body}</{tag}>\n    </testcase>"
        ),
    );
}

fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(char),
            // XML cannot represent them.
            char if char.is_control() => out.push('\u{fffd}'),
            char => out.push(char),
        }
    }
    out
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::report::Reason;
    use crate::testing::{Record, assess};

    pub(crate) fn dump() -> String {
        "goroutine 20 [chan send (leaked)] {user: \"<ann>\"}:\nex.com/p.a()\n\t/w/p.go:4\ncreated by ex.com/p.TestA in goroutine 7\n\t/w/p_test.go:9\n\n\
            goroutine 21 [sleep]:\ntime.Sleep(0x1)\n\t/go/time.go:1\ncreated by ex.com/p.TestB in goroutine 8\n\t/w/p_test.go:12\n\n".to_owned()
    }

    fn run() -> Run {
        run_of(&dump())
    }

    pub(crate) fn run_of(dump: &str) -> Run {
        let (dump, _) = profile::goroutine::parse(dump.as_bytes());
        let record = Record {
            package: "ex.com/p".into(),
            goroutines: dump.goroutines,
            ..Record::default()
        };
        let leaks = assess(&record).leaks;
        Run {
            leaks,
            packages: vec!["ex.com/clean".into(), "ex.com/p".into()],
            notes: vec!["a note".into()],
            ..Run::default()
        }
    }

    pub(crate) fn options() -> Options<'static> {
        Options {
            source: &|place| (place.line == 4).then(|| "\tc <- 1".to_owned()),
            reason: &|group| {
                let is_here = group.count == 1 && group.state == "chan send";
                is_here.then(|| Reason {
                    rule: "GL02".to_owned(),
                    message: "the goroutine cannot send".to_owned(),
                    file: "/w/p.go".to_owned(),
                    line: 4,
                    is_here,
                })
            },
            path: &|file| file.to_owned(),
            label_values: false,
            all: false,
            color: false,
        }
    }

    #[test]
    fn people_see_the_operation_and_the_go_statement() {
        insta::assert_snapshot!(text(&run(), &options()), @r"
        --- LEAK: TestA (ex.com/p)
          PROVEN 1 × [chan send] ex.com/p.a sends on a channel at /w/p.go:4
            > c <- 1
            created by ex.com/p.TestA at /w/p_test.go:9
            in source: GL02 the goroutine cannot send (/w/p.go:4)
            labels: user (1); `--labels` shows their values
        --- LEAK: TestB (ex.com/p)
          LEFT OVER/sleep 1 × [sleep] time.Sleep sleeps at /go/time.go:1
            created by ex.com/p.TestB at /w/p_test.go:12
        note: a note
        1 goroutine left behind, 1 warning
        ");
    }

    #[test]
    fn github_gets_annotations_at_the_go_statement() {
        insta::assert_snapshot!(github(&run(), "/w", &options()), @r"
        ::error file=p_test.go,line=9,title=goroutine leak in TestA::PROVEN 1 × [chan send] ex.com/p.a sends on a channel at /w/p.go:4
        ::warning file=p_test.go,line=12,title=goroutine leak in TestB::LEFT OVER/sleep 1 × [sleep] time.Sleep sleeps at /go/time.go:1
        ::notice::a note
        ");
    }

    #[test]
    fn junit_is_well_formed() {
        let xml = junit(&run(), &options());
        assert!(xml.contains("<failure message=\"PROVEN 1 × [chan send]"));
        assert!(xml.contains("&gt; c &lt;- 1"));
        assert!(xml.contains("tests=\"2\" failures=\"1\""));
        let clean = "<testsuite name=\"ex.com/clean\" tests=\"1\" failures=\"0\">\n    <testcase classname=\"ex.com/clean\" name=\"goroutine leaks\"/>";
        assert!(xml.contains(clean), "{xml}");
    }

    #[test]
    fn json_has_what_a_gate_needs() {
        let value = json(&run(), &options());
        let group = &value["groups"][0];
        assert_eq!(group["test"], "TestA");
        assert_eq!(group["verdict"], "PROVEN");
        assert_eq!(group["created_by"], "ex.com/p.TestA");
        assert_eq!(group["fails"], true);
    }
}
