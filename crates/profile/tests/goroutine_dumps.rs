//! Dumps of real programs against their expected content, and damaged ones against panics.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::path::{Path, PathBuf};

use base::System as _;
use base::system::OsSystem;
use profile::goroutine::{CreatedBy, Dump, Frame, Goroutine, Labels, Stack, parse, read};
use serde_json::{Map, Value, json};

/// The conformance data beside the checkout, wherever that is.
fn dumps() -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = here
        .ancestors()
        .map(|folder| folder.join("shared/conformance/leak/dumps"))
        .find(|folder| folder.is_dir());
    if found.is_none() {
        base::testing::skipped("goroutine dumps: no shared/conformance beside the checkout");
    }
    found
}

fn frames(frames: &[Frame<'_>]) -> Value {
    let frame = |it: &Frame<'_>| json!({"function": it.function, "file": it.file, "line": it.line});
    frames.iter().map(frame).collect()
}

fn labels(labels: &Labels<'_>) -> Value {
    let pairs = labels
        .iter()
        .map(|(key, value)| (key.to_string(), json!(value)));
    Value::Object(pairs.collect::<Map<_, _>>())
}

fn created_by(by: &CreatedBy<'_>) -> Value {
    let frame = &by.frame;
    json!({"function": frame.function, "file": frame.file, "line": frame.line, "parent": by.parent})
}

fn goroutine(it: &Goroutine<'_>) -> Value {
    let ancestor =
        |it: &profile::goroutine::Ancestor<'_>| json!({"id": it.id, "frames": frames(&it.frames)});
    json!({
        "id": it.id, "status": it.status, "leaked": it.leaked, "durable": it.durable,
        "scan": it.scan, "minutes": it.minutes, "locked": it.locked, "bubble": it.bubble,
        "labels": labels(&it.labels), "frames": frames(&it.frames), "elided": it.elided,
        "created_by": it.created_by.as_ref().map(created_by),
        "ancestors": it.ancestors.iter().map(ancestor).collect::<Value>(),
    })
}

fn content(name: &str, dump: &Dump) -> Value {
    let stack = |it: &Stack<'_>| json!({"count": it.count, "labels": labels(&it.labels), "frames": frames(&it.frames)});
    match &dump.profile {
        Some((profile, total)) => json!({
            "dump": name, "profile": profile, "total": total,
            "stacks": dump.stacks.iter().map(stack).collect::<Value>(),
        }),
        None => json!({
            "dump": name, "preamble": dump.preamble,
            "goroutines": dump.goroutines.iter().map(goroutine).collect::<Value>(),
        }),
    }
}

/// All dumps of the folder, by file name.
fn texts(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let system = OsSystem::default();
    let files = system.read_dir(folder).unwrap();
    let texts = files
        .iter()
        .filter(|file| file.extension().is_some_and(|it| it == "txt"));
    texts
        .map(|file| {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            (name, system.read(file).unwrap())
        })
        .collect()
}

#[test]
fn every_dump_has_its_expected_content() {
    let Some(folder) = dumps() else { return };
    let system = OsSystem::default();
    let texts = texts(&folder);
    assert!(!texts.is_empty());
    for (name, text) in texts {
        let expected = folder.join(&name).with_extension("json");
        let expected: Value =
            serde_json::from_str(&system.read_to_string(&expected).unwrap()).unwrap();
        let (dump, problems) = parse(&text);
        assert_eq!(problems, [], "{name}");
        assert_eq!(content(&name, &dump), expected, "{name}");
    }
}

type Wrap = fn(&str) -> Vec<u8>;

/// Each line between a prefix, in which `#` is a running number, and a suffix.
fn lines(text: &str, prefix: &str, suffix: &str) -> Vec<u8> {
    let wrapped = text.lines().enumerate().map(|(idx, line)| {
        let prefix = prefix.replace('#', &idx.to_string());
        format!("{prefix}{line}{suffix}\n")
    });
    wrapped.collect::<String>().into_bytes()
}

/// Each line twice, behind a prefix.
fn doubled(text: &str, prefix: &str) -> Vec<u8> {
    let twice = text.lines().flat_map(|line| [line, line]);
    let pieces = twice.flat_map(|line| [prefix, line, "\n"]);
    pieces.collect::<String>().into_bytes()
}

/// Each line as the string of a JSON object.
fn objects(text: &str, object: fn(String) -> Value) -> Vec<u8> {
    let wrapped = text
        .lines()
        .map(|line| format!("{}\n", object(format!("{line}\n"))));
    wrapped.collect::<String>().into_bytes()
}

const WRAPS: &[(&str, Wrap)] = &[
    ("time stamp", |text| {
        lines(text, "2026-03-04T05:06:07.#Z web[1]: ", "")
    }),
    ("syslog", |text| {
        lines(text, "May  1 10:00:# h app[9]: ", "")
    }),
    ("container runtime", |text| {
        lines(text, "2026-03-04T05:06:07.123456789Z stderr F ", "")
    }),
    ("workflow", |text| {
        lines(text, "2026-03-04T05:06:07.1234567Z ", "")
    }),
    ("kubectl", |text| lines(text, "[pod/web-7c9/app] ", "")),
    ("kubectl with times", |text| {
        lines(text, "[pod/web-7c9/app] 2026-03-04T05:06:07.#Z ", "")
    }),
    ("compose with times", |text| {
        lines(text, "web-1  | 2026-03-04T05:06:07.123456789Z ", "")
    }),
    ("workflow archive", |text| {
        lines(
            text,
            "test (ubuntu)\tRun go test\t2026-03-04T05:06:07.1234567Z ",
            "",
        )
    }),
    ("line numbers", |text| lines(text, "    #\t", "")),
    ("grep -n", |text| lines(text, "app.log:#:", "")),
    ("quoted mail", |text| lines(text, "> ", "")),
    ("quoted fields", |text| lines(text, "\"05:06:#\",\"", "\"")),
    ("array of lines", |text| lines(text, "  \"", "\",")),
    ("cat -A", |text| lines(&text.replace('\t', "^I"), "", "$")),
    ("compose", |text| {
        let line = |line: &str| format!("{}\n", format!("web_1  | {line}").trim_end());
        text.lines().map(line).collect::<String>().into_bytes()
    }),
    ("crlf", |text| lines(text, "", "\r")),
    ("crlf twice", |text| lines(text, "", "\r\r")),
    ("crlf behind a byte order mark", |text| {
        format!("\u{feff}{}", text.replace('\n', "\r\n")).into_bytes()
    }),
    ("blanks at the end", |text| lines(text, "", "   ")),
    ("test2json", |text| {
        objects(
            text,
            |line| json!({"Action": "output", "Package": "p", "Output": line}),
        )
    }),
    ("docker", |text| {
        objects(
            text,
            |line| json!({"log": line, "stream": "stderr", "time": "2026"}),
        )
    }),
    ("journald", |text| {
        objects(
            text,
            |line| json!({"PRIORITY": "3", "MESSAGE": line.trim_end()}),
        )
    }),
    ("journald, colored", |text| {
        objects(
            text,
            |line| json!({"PRIORITY": "3", "MESSAGE": format!("\x1b[31m{}\x1b[0m", line.trim_end()).as_bytes()}),
        )
    }),
    ("journald export", |text| {
        lines(text, "__CURSOR=s=1;i=#\n_PID=77\nMESSAGE=", "\n")
    }),
    ("fluentd", |text| {
        let object = |line: &str| json!({"log": format!("{line}\n"), "stream": "stderr"});
        let lines = text
            .lines()
            .map(|line| format!("2026-03-04 05:06:07 +0000 kube.web: {}\n", object(line)));
        lines.collect::<String>().into_bytes()
    }),
    ("one JSON string", |text| {
        format!("{}\n", json!({"level": "error", "n": 1, "stack": text})).into_bytes()
    }),
    ("one logfmt string", |text| {
        format!(
            "level=error msg=\"it \\\"failed\\\"\" stack={} n=1\n",
            json!(text)
        )
        .into_bytes()
    }),
    ("JSON in JSON", |text| {
        let inner = json!({"msg": "failed", "stack": text}).to_string();
        format!("{}\n", json!({"log": inner, "stream": "stderr"})).into_bytes()
    }),
    ("terminal colors", |text| lines(text, "\x1b[31m", "\x1b[0m")),
    ("byte order mark", |text| {
        format!("\u{feff}{text}").into_bytes()
    }),
    ("UTF-16", |text| {
        let units = "\u{feff}".encode_utf16().chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    }),
    ("UTF-16 without a mark", |text| {
        text.encode_utf16().flat_map(u16::to_be_bytes).collect()
    }),
    ("blanks for tabs", |text| {
        text.replace('\t', "        ").into_bytes()
    }),
    ("octal tabs", |text| {
        text.replace("\n\t", "\n#011").into_bytes()
    }),
    ("lost tabs", |text| text.replace('\t', "").into_bytes()),
    ("lost tabs in a log", |text| {
        lines(&text.replace('\t', ""), "May 01 10:00:00 h app[9]: ", "")
    }),
    ("doubled lines", |text| doubled(text, "")),
    ("doubled lines in a log", |text| doubled(text, "web | ")),
    ("indented", |text| lines(text, "    ", "")),
];

/// The same goroutines come out whatever a log collector, a terminal or an editor has done to a dump.
#[test]
fn a_dump_in_a_log_has_the_same_content() {
    let Some(folder) = dumps() else { return };
    let mut failures = Vec::new();
    for (name, text) in texts(&folder) {
        let (plain, _) = parse(&text);
        let text = String::from_utf8(text).unwrap();
        for (wrap, apply) in WRAPS {
            let (dump, _) = parse(&apply(&text));
            if dump.goroutines != plain.goroutines {
                failures.push(format!("{name} {wrap}: goroutines"));
            }
            if dump.stacks != plain.stacks || dump.profile != plain.profile {
                failures.push(format!("{name} {wrap}: profile"));
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// A small generator, so that the damage is the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

#[test]
fn damaged_dumps_are_read_without_panic_and_alike_in_any_pieces() {
    let Some(folder) = dumps() else { return };
    let texts = texts(&folder);
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for round in 0..600 {
        let (name, text) = &texts[random.below(texts.len())];
        let mut bytes = text.clone();
        for _ in 0..=random.below(8) {
            let at = random.below(bytes.len());
            match random.below(5) {
                0 => bytes.truncate(at.max(1)),
                1 => bytes[at] = random.below(256) as u8,
                2 => bytes.insert(at, b"\n\t\"\\{}[]():@#="[random.below(13)]),
                3 => {
                    let end = (at + random.below(40)).min(bytes.len());
                    bytes.drain(at..end.max(at + 1).min(bytes.len()));
                }
                _ => {
                    let other = &texts[random.below(texts.len())].1;
                    let from = random.below(other.len());
                    let to = (from + random.below(300)).min(other.len());
                    bytes.splice(at..at, other[from..to].iter().copied());
                }
            }
            if bytes.is_empty() {
                bytes.push(b'g');
            }
        }
        let (whole, whole_problems) = parse(&bytes);
        let mut pieces = Dump::default();
        let mut input = Pieces {
            bytes: &bytes,
            size: 1 + random.below(100),
        };
        let problems = read(&mut input, &mut |item| pieces.push(item)).unwrap();
        assert_eq!(
            (pieces, problems),
            (whole, whole_problems),
            "{name} in round {round}"
        );
    }
}

/// Gives few bytes at a time, as a slow connection does.
struct Pieces<'a> {
    bytes: &'a [u8],
    size: usize,
}

impl std::io::Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.size.min(buffer.len()).min(self.bytes.len());
        buffer[..n].copy_from_slice(&self.bytes[..n]);
        self.bytes = &self.bytes[n..];
        Ok(n)
    }
}
