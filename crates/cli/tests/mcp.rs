//! The real binary as a server for assistants, on its own streams.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the process and its streams are what is tested"
)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

struct Server {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    last: u64,
}

impl Server {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_goperf"))
            .arg("mcp")
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut server = Self {
            input: process.stdin.take(),
            output: BufReader::new(process.stdout.take().unwrap()),
            process,
            last: 0,
        };
        let hello = json!({
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "0"},
        });
        let answer = server.ask("initialize", &hello);
        assert_eq!(answer["result"]["serverInfo"]["name"], "goperf");
        server.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        server
    }

    fn send(&mut self, message: &Value) {
        let input = self.input.as_mut().unwrap();
        writeln!(input, "{message}").unwrap();
        input.flush().unwrap();
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.last += 1;
        let id = self.last;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        loop {
            let mut line = String::new();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "hung up");
            let answer: Value = serde_json::from_str(&line).unwrap();
            if answer["id"] == id {
                return answer;
            }
        }
    }

    fn call(&mut self, tool: &str, arguments: &Value) -> (bool, String) {
        let params = json!({"name": tool, "arguments": arguments});
        let answer = self.ask("tools/call", &params);
        let result = &answer["result"];
        let text = result["content"][0]["text"].as_str().unwrap();
        (result["isError"] == true, text.to_owned())
    }

    fn end(mut self) -> Option<i32> {
        self.input = None;
        self.process.wait().unwrap().code()
    }
}

#[test]
fn a_tool_answers_what_the_command_prints() {
    let mut server = Server::start();
    let (is_error, text) = server.call("compare_results", &json!({"files": "results.txt"}));
    assert!(!is_error, "{text}");
    assert!(text.contains("sec/op"), "{text}");
    assert!(
        text.ends_with("\n\n[goperf benchstat results.txt: exit status 0, done]"),
        "{text}"
    );
    let (is_error, text) = server.call("compare_results", &json!({"files": "none.txt"}));
    assert!(is_error, "{text}");
    assert!(text.contains("none.txt"), "{text}");
    let (is_error, text) = server.call("explain", &json!({"what": "GP607"}));
    assert!(!is_error && text.contains("GP607"), "{text}");
    assert_eq!(server.end(), Some(0));
}

#[test]
fn what_is_no_protocol_ends_with_an_error() {
    let mut process = Command::new(env!("CARGO_BIN_EXE_goperf"))
        .arg("mcp")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(process.stdin.take());
    let output = process.wait_with_output().unwrap();
    assert_eq!(output.stdout, b"");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("not of the Model Context Protocol"), "{said}");
}
