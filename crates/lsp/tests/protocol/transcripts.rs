//! Conversations as data: `data/*.txt` hold what a client sends, the snapshots what came back.
//!
//! A line is sent as a message; of a request the response is waited for, unless `&` stands before it. `frame TEXT` sends
//! a text that may be no message, `raw TEXT` bytes without a header, and `await TEXT` waits for a message of the server
//! that contains the text. What the server says by itself comes at its own time: at the end there are the methods of
//! that, and the last findings of each file.

use serde_json::Value;

use crate::harness::{SOURCE, Talk, machine, talk};

fn play(script: &str) -> String {
    let mut out = String::new();
    let ended = talk(&machine(SOURCE), |client| {
        for line in script.lines().filter(|line| !line.trim().is_empty()) {
            step(client, line, &mut out);
        }
        client.hang_up();
        while client.next().is_some() {}
        // A client that did not wait for anything may have left before.
        if !script.contains("await ") {
            return;
        }
        let mut said = std::mem::take(&mut client.said);
        said.sort();
        said.dedup();
        out += &format!("said: {}\n", said.join(", "));
        for (uri, findings) in &client.published {
            out += &format!("published {uri}: {findings:#}\n");
        }
    });
    out + &format!("ended: {ended:?}\n")
}

fn step(client: &mut Talk, line: &str, out: &mut String) {
    if line.starts_with('#') {
        *out += &format!("{line}\n");
        return;
    }
    if let Some(text) = line.strip_prefix("frame ") {
        client.send_framed(text);
        return;
    }
    if let Some(text) = line.strip_prefix("raw ") {
        client.send_raw(text.replace("\\r\\n", "\r\n"));
        return;
    }
    if let Some(text) = line.strip_prefix("await ") {
        client.wait_for(text);
        return;
    }
    if let Some(id) = line.strip_prefix("response ") {
        let id: Value = serde_json::from_str(id).unwrap();
        *out += &format!("{:#}\n", shown(client.response(&id)));
        return;
    }
    let (line, waits) = match line.strip_prefix('&') {
        Some(line) => (line, false),
        None => (line, true),
    };
    let source = Value::from(SOURCE).to_string();
    let message: Value = serde_json::from_str(&line.replace("\"SOURCE\"", &source)).unwrap();
    client.send(&message);
    if waits && message.get("id").is_some() && message.get("method").is_some() {
        *out += &format!("{:#}\n", shown(client.response(&message["id"])));
    }
}

/// Without what changes from version to version.
fn shown(mut response: Value) -> Value {
    if let Some(version) = response.pointer_mut("/result/serverInfo/version") {
        *version = "VERSION".into();
    }
    response
}

macro_rules! transcripts {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            let script = include_str!(concat!("data/", stringify!($name), ".txt"));
            insta::assert_snapshot!(play(script));
        }
    )*};
}

transcripts! {
    abuse
    cancelled
    diagnostics_and_fixes
    exit_first
    exit_without_shutdown
    hang_up
    hints
    no_header
}
