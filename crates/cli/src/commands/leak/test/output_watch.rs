//! Packages that ran and dumps of processes that died, read from the output of `go test`.

use leak::testing::{TestLeak, assess_output};

/// How a package ended, by its line in the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Ran,
    /// No test files, or it does not build.
    NotRun,
}

#[derive(Debug)]
pub(super) struct PackageRun {
    pub(super) path: String,
    pub(super) outcome: Outcome,
    /// Read from a dump among its output.
    pub(super) leaks: Vec<TestLeak>,
}

/// Reads along; holds the last of one package's output.
#[derive(Debug, Default)]
pub(super) struct OutputWatch {
    line: Vec<u8>,
    /// Output since the last package ended.
    segment: Vec<u8>,
    pub(super) packages: Vec<PackageRun>,
    /// Some package does not build.
    pub(super) broken: bool,
}

/// A dump stands at the end of what a process prints, so the beginning may go.
const MAX_SEGMENT: usize = 32 << 20;
const MAX_LINE: usize = 1 << 20;

impl OutputWatch {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            if self.line.len() < MAX_LINE {
                self.line.extend_from_slice(piece);
            }
            if piece.ends_with(b"\n") {
                self.end_line();
            }
        }
    }

    /// Takes what is left when the output is over.
    pub(super) fn end(&mut self) {
        if !self.line.is_empty() {
            self.end_line();
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let text = unwrapped(&String::from_utf8_lossy(&line));
        self.segment.extend_from_slice(text.as_bytes());
        if self.segment.len() > MAX_SEGMENT {
            self.segment.drain(..MAX_SEGMENT / 2);
        }
        if let Some((path, outcome, failed)) = result(&text) {
            self.broken |= failed && outcome == Outcome::NotRun;
            let segment = std::mem::take(&mut self.segment);
            let leaks = if failed {
                assess_output(&path, &segment).leaks
            } else {
                Vec::new()
            };
            self.packages.push(PackageRun {
                path,
                outcome,
                leaks,
            });
        }
    }
}

/// The text inside a line of `go test -json`.
fn unwrapped(line: &str) -> String {
    let event: Option<serde_json::Value> = line
        .starts_with('{')
        .then(|| serde_json::from_str(line).ok())
        .flatten();
    match event {
        Some(event) => event["Output"].as_str().unwrap_or_default().to_owned(),
        None => line.to_owned(),
    }
}

/// `ok  \tpkg\t0.1s`, `FAIL\tpkg\t0.1s`, `FAIL\tpkg [build failed]`, `?   \tpkg\t[no test files]`:
/// path, outcome, and whether it failed.
fn result(line: &str) -> Option<(String, Outcome, bool)> {
    let mut fields = line.trim_end().split('\t');
    let mark = fields.next()?.trim_end();
    let failed = match mark {
        "ok" | "?" | "" => false,
        "FAIL" => true,
        _ => return None,
    };
    let mut words = fields.next()?.split(' ');
    let path = words.next().filter(|path| !path.is_empty())?.to_owned();
    let tail = words.chain(fields).collect::<Vec<_>>().join(" ");
    let not_run = ["[build failed]", "[setup failed]", "[no test files]"]
        .iter()
        .any(|it| tail.contains(it));
    // Without a mark: a package that only has coverage to report.
    let is_result = not_run || (!mark.is_empty() && (tail.ends_with('s') || tail.contains('s')));
    is_result.then_some((
        path,
        if not_run || mark.is_empty() {
            Outcome::NotRun
        } else {
            Outcome::Ran
        },
        failed,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_are_read() {
        let cases = [
            (
                "ok  \tex.com/p\t0.004s\n",
                Some(("ex.com/p", Outcome::Ran, false)),
            ),
            (
                "ok  \tex.com/p\t0.004s\tcoverage: 3% of statements\n",
                Some(("ex.com/p", Outcome::Ran, false)),
            ),
            (
                "FAIL\tex.com/p\t2.1s\n",
                Some(("ex.com/p", Outcome::Ran, true)),
            ),
            (
                "FAIL\tex.com/p [build failed]\n",
                Some(("ex.com/p", Outcome::NotRun, true)),
            ),
            (
                "?   \tex.com/p\t[no test files]\n",
                Some(("ex.com/p", Outcome::NotRun, false)),
            ),
            ("FAIL\n", None),
            ("--- FAIL: TestX (0.00s)\n", None),
            ("\tp_test.go:3: wrong\n", None),
        ];
        for (line, want) in cases {
            let got = result(line);
            let got = got
                .as_ref()
                .map(|(path, outcome, failed)| (path.as_str(), *outcome, *failed));
            assert_eq!(got, want, "{line}");
        }
    }

    #[test]
    fn a_dump_belongs_to_the_package_whose_result_follows() {
        let mut watch = OutputWatch::default();
        let text = "ok  \tex.com/a\t0.1s\nfatal error: all goroutines are asleep - deadlock!\n\n\
            goroutine 7 [chan receive]:\nex.com/p.TestStuck()\n\tp.go:3\ntesting.tRunner(0x1)\n\tt.go:1\n\nFAIL\tex.com/p\t0.1s\nFAIL\n";
        for chunk in text.as_bytes().chunks(7) {
            watch.push(chunk);
        }
        watch.end();
        assert_eq!(watch.packages.len(), 2);
        assert_eq!(
            watch.packages[1].leaks[0].test.as_deref(),
            Some("TestStuck")
        );
    }
}
