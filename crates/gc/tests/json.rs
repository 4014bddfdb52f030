//! Reading what the compiler writes with `-json`, about `data/words.go` with Go 1.27.3.

use gc::{Decisions, Kind, Step, join_inline_chains, read_json, read_log};

const JSON: &[u8] = include_bytes!("data/words.json");

fn log() -> Decisions {
    let (log, _) = read_log(include_bytes!("data/words.log"), &[("./", "/tmp/wgo/")]);
    log
}

#[test]
fn records_of_the_back_end_are_read() {
    let (decisions, problems) = read_json(&[JSON], &[]);
    assert_eq!(problems, []);
    assert_eq!(
        Decisions::from_bytes(&decisions.to_bytes()).as_ref(),
        Ok(&decisions)
    );
    let lines: Vec<String> = decisions
        .iter()
        .filter(|(_, decision)| {
            !decision.kind.is_leak()
                && !decision.kind.is_escape()
                && !matches!(decision.kind, Kind::CanInline { .. })
        })
        .map(|(_, decision)| {
            let line = decision.position.line;
            format!("{line}: {}", decisions.message(decision))
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    25: nilcheck
    34: Found IsInBounds
    47: cannot inline : unhandled op GO
    52: cannot inline : unhandled op DEFER
    53: loop variable i now per-iteration, stack-allocated
    53: range loop ending at 54:30 was modified
    82: Found IsInBounds
    82: Found IsInBounds
    91: nilcheck
    95: cannot inline : marked go:noinline
    97: cannot inline : function too complex: cost 83 exceeds budget 80
    ");
}

#[test]
fn escapes_are_explained_as_in_the_log() {
    let (json, _) = read_json(&[JSON], &[]);
    let mut json = flows(&json);
    let mut log = flows(&log());
    json.sort();
    log.sort();
    assert_eq!(json, log);
}

/// Position and steps of each explained escape.
fn flows(decisions: &Decisions) -> Vec<String> {
    let text = |id| decisions.text(id);
    let step = |step| match step {
        Step::Flow { to, derefs, from } => format!("{} {derefs} {}", text(to), text(from)),
        Step::From { node, why, at } => {
            format!("{} {} {}:{}", text(node), text(why), at.line, at.col)
        }
        Step::Truncated => String::new(),
    };
    decisions
        .iter()
        .filter(|(_, decision)| decision.kind.is_escape())
        .filter_map(|(id, decision)| {
            let explanation = decisions.why(id).next()?;
            let steps: Vec<String> = decisions.steps(explanation).map(step).collect();
            let at = decision.position.line_col();
            Some(format!("{}:{} {}", at.line, at.col, steps.join("; ")))
        })
        .collect()
}

#[test]
fn inline_chains_join_the_log() {
    let header = r#"{"version":0,"package":"p","goos":"linux","goarch":"amd64","gc_version":"go1.27.3","file":"/m/a.go"}"#;
    let range = |line: u32| {
        format!(
            r#"{{"start":{{"line":{line},"character":7}},"end":{{"line":{line},"character":7}}}}"#
        )
    };
    let inlined = |file: &str, line: u32| {
        let range = range(line);
        format!(
            r#"{{"location":{{"uri":"file:///m/{file}","range":{range}}},"message":"inlineLoc"}}"#
        )
    };
    let record = |line: u32, message: &str, related: &str| {
        let range = range(line);
        format!(
            r#"{{"range":{range},"severity":3,"code":"escape","source":"go compiler","message":"{message}","relatedInformation":[{related}]}}"#
        )
    };
    let chain = format!("{},{}", inlined("b%20c.go", 20), inlined("a.go", 30));
    let json = [
        header.to_owned(),
        record(3, "x escapes to heap", &chain),
        record(3, "x escapes to heap", ""),
        record(3, "append(xs, x) escapes to heap", &inlined("a.go", 8)),
        record(3, "", &chain),
    ]
    .join("\n");
    let (json, problems) = read_json(&[json.as_bytes()], &[]);
    assert_eq!(problems, []);
    let log = b"a.go:3:7: moved to heap: x\na.go:3:7: x escapes to heap\na.go:3:7: append escapes to heap\na.go:4:7: x escapes to heap\n";
    let (mut log, _) = read_log(log, &[("", "/m/")]);
    assert_eq!(join_inline_chains(&mut log, &json), 2);
    let chains: Vec<Vec<(String, u32)>> = log
        .iter()
        .map(|(id, _)| {
            let chain = log.inline_chain(id).iter();
            chain
                .map(|at| (log.path(at.file).to_owned(), at.line))
                .collect()
        })
        .collect();
    let expected = [
        vec![("/m/b c.go".to_owned(), 20), ("/m/a.go".to_owned(), 30)],
        vec![],
        vec![("/m/a.go".to_owned(), 8)],
        vec![],
    ];
    assert_eq!(chains, expected);
    assert_eq!(Decisions::from_bytes(&log.to_bytes()), Ok(log));
}

#[test]
fn lines_that_cannot_be_read_are_reported() {
    let header = br#"{"version":0,"file":"/m/a.go"}"#;
    let cases: [(&[u8], &str); 6] = [
        (b"{", "EOF while parsing an object at line 1 column 1"),
        (br#"{"version":1,"file":"/m/a.go"}"#, "version 1 of the format is not known"),
        (br#"{"code":"nilcheck"}"#, "record before the header"),
        (
            br#"{"range":{"start":{"line":1,"character":1},"end":{"line":1,"character":1}},"code":"new","message":""}"#,
            "code `new` is not known",
        ),
        (
            br#"{"range":{"start":{"line":1,"character":1},"end":{"line":1,"character":1}},"code":"copy","message":"much"}"#,
            "`much` cannot be read",
        ),
        (
            br#"{"range":{"start":{"line":1,"character":1},"end":{"line":1,"character":1}},"code":"leak","message":"p"}"#,
            "`p` cannot be read",
        ),
    ];
    for (line, message) in cases {
        let file = [&header[..], line].join(&b'\n');
        let (decisions, problems) = read_json(&[b"", &file], &[]);
        let found: Vec<(usize, u32, &str)> = problems
            .iter()
            .map(|problem| (problem.file, problem.line, problem.message.as_str()))
            .collect();
        assert_eq!(found, [(1, 2, message)]);
        assert!(decisions.is_empty());
    }
}
