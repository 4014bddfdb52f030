//! Whatever was typed on the way, what is known of a text is what a fresh start knows about it.

use serde_json::{Value, json};

use crate::harness::{SOURCE, Talk, machine, talk, uri};

/// Numbers that are always the same ones.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % n.max(1)
    }
}

/// What is typed.
const PIECES: &[&str] = &[
    "x",
    " ",
    "\n",
    "}",
    "{",
    "(",
    "\"",
    "ß😀",
    "// note\n",
    "func more(n int) int { return n * add(n, 1) }\n",
    "type other struct {\n\ta bool\n\tb record\n\tc int8\n}\n",
    "\tfor i := range 10 { _ = i }\n",
    "\tdefer func() { recover() }()\n",
    "return nil",
    "undefined()",
    "/*",
];

/// The first lines stay, so that the file stays in its package.
const HEAD: usize = 2;

/// A random edit: the range in a text, and the new text of it.
fn edit(numbers: &mut Numbers, text: &str) -> (Value, String) {
    let lines: Vec<&str> = text.split('\n').collect();
    let start_line = HEAD + numbers.below(lines.len() - HEAD);
    let units = |line: usize| lines[line].encode_utf16().count();
    let start = numbers.below(units(start_line) + 1);
    let is_insertion = numbers.below(3) > 0;
    let (end_line, end) = if is_insertion {
        (start_line, start)
    } else {
        let end_line = (start_line + numbers.below(3)).min(lines.len() - 1);
        let least = if end_line == start_line { start } else { 0 };
        (end_line, least + numbers.below(units(end_line) - least + 1))
    };
    let new = match numbers.below(4) {
        0 if !is_insertion => "",
        _ => PIECES[numbers.below(PIECES.len())],
    };
    let range = json!({
        "start": { "line": start_line, "character": start },
        "end": { "line": end_line, "character": end },
    });
    (
        range,
        edited(text, (start_line, start), (end_line, end), new),
    )
}

/// The text as the client has it, without anything of the server.
fn edited(text: &str, start: (usize, usize), end: (usize, usize), new: &str) -> String {
    let offset = |(line, character): (usize, usize)| {
        let before: usize = text.split('\n').take(line).map(|it| it.len() + 1).sum();
        let mut units = 0;
        let rest = text[before..].char_indices();
        let at = rest.map(|(at, c)| {
            let here = (units, at);
            units += c.len_utf16();
            here
        });
        let found = at.filter(|(units, _)| *units <= character).last();
        let end = text[before..].find('\n').unwrap_or(text.len() - before);
        let line_units = text[before..before + end].encode_utf16().count();
        if character >= line_units {
            before + end
        } else {
            before + found.map_or(0, |(_, at)| at)
        }
    };
    format!("{}{new}{}", &text[..offset(start)], &text[offset(end)..])
}

/// What is known, without what is said to be of older texts.
fn current(client: &mut Talk) -> (Vec<Value>, Value) {
    let (hints, findings) = client.known();
    let mut hints = hints.as_array().unwrap().clone();
    hints.retain(|hint| !hint["label"].as_str().unwrap().ends_with("(older)"));
    (hints, findings)
}

fn fresh(text: &str) -> (Vec<Value>, Value) {
    let mut known = (Vec::new(), Value::Null);
    let system = machine(text);
    talk(&system, |client| {
        client.initialize();
        client.open(text);
        client.wait_for("\"engine\":\"native\"");
        known = current(client);
    });
    known
}

#[test]
fn what_is_known_after_edits_is_what_a_fresh_start_knows() {
    let system = machine(SOURCE);
    let mut numbers = Numbers(7);
    talk(&system, |client| {
        client.initialize();
        client.open(SOURCE);
        client.wait_for("\"engine\":\"native\"");
        let mut texts = vec![SOURCE.to_owned()];
        let mut version = 1;
        for round in 0..60 {
            for _ in 0..=numbers.below(3) {
                version += 1;
                let text = texts.last().unwrap().clone();
                let (change, next) = if numbers.below(5) == 0 && texts.len() > 1 {
                    // Undo, as some clients send it.
                    texts.pop();
                    let older = texts.pop().unwrap();
                    (json!({ "text": older }), older)
                } else {
                    let (range, next) = edit(&mut numbers, &text);
                    let start = &range["start"];
                    let new = inserted(&text, &next, &range);
                    assert!(start["line"].as_u64().unwrap() >= HEAD as u64);
                    (json!({ "range": range, "text": new }), next)
                };
                let document = json!({ "uri": uri(), "version": version });
                let params = json!({ "textDocument": document, "contentChanges": [change] });
                client.notify("textDocument/didChange", &params);
                texts.push(next);
            }
            let text = texts.last().unwrap();
            let known = current(client);
            assert_eq!(known, fresh(text), "round {round}: {text}");
        }
    });
}

/// What stands in the place of a range.
fn inserted(before: &str, after: &str, range: &Value) -> String {
    let number = |path: &str| range.pointer(path).and_then(Value::as_u64).unwrap() as usize;
    let start = (number("/start/line"), number("/start/character"));
    let end = (number("/end/line"), number("/end/character"));
    let without = edited(before, start, end, "");
    let length = after.len() - without.len();
    let head = edited(before, start, end, "\u{0}").find('\u{0}').unwrap();
    after[head..head + length].to_owned()
}
