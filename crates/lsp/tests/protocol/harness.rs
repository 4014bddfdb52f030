//! A client in the same process: it sends messages to a server on a machine in memory, and keeps what comes back.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use base::Cancellation;
use base::testing::{MemorySystem, exited};
use lsp::{Ended, Options};
use serde_json::{Value, json};

/// Its text at the start.
pub(crate) const SOURCE: &str = include_str!("data/m.go");

/// The one package of the machine.
pub(crate) const FILE: &str = "/m/m.go";

/// A machine with a module of one package whose file has this text, and a go command that knows it.
pub(crate) fn machine(text: &str) -> MemorySystem {
    MemorySystem::default()
        .with_file("/m/go.mod", "module m\n\ngo 1.27\n")
        .with_file(FILE, text)
        .with_file("/m/goperf.toml", "ignore = [\"GP101\"]\n")
        .with_process(Box::new(|command| {
            Ok(exited(
                0,
                if command.line().starts_with("go env") {
                    r#"{"GOVERSION": "go1.27.3", "GOARCH": "amd64", "GOOS": "linux", "GOTOOLDIR": "/go/pkg/tool"}"#
                } else {
                    r#"{"ImportPath": "m", "Name": "m", "Dir": "/m", "GoFiles": ["m.go"], "Module": {"Path": "m", "Main": true, "Dir": "/m", "GoVersion": "1.27"}}"#
                },
            ))
        }))
}

/// What the client sends, as a stream.
struct Input {
    chunks: Receiver<Vec<u8>>,
    rest: io::Cursor<Vec<u8>>,
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let n = self.rest.read(buffer)?;
            if n > 0 || buffer.is_empty() {
                return Ok(n);
            }
            match self.chunks.recv() {
                Ok(chunk) => self.rest = io::Cursor::new(chunk),
                Err(_) => return Ok(0),
            }
        }
    }
}

/// What the server sends: one flush is one message.
struct Output {
    bytes: Vec<u8>,
    messages: Sender<Value>,
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let bytes = std::mem::take(&mut self.bytes);
        let at = bytes.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
        let message = serde_json::from_slice(&bytes[at + 4..]).unwrap();
        self.messages.send(message).map_err(io::Error::other)
    }
}

/// The client's side of a conversation.
pub(crate) struct Talk {
    to: Option<Sender<Vec<u8>>>,
    from: Receiver<Value>,
    next_id: i32,
    /// Findings by file, as they were published last.
    pub(crate) published: BTreeMap<String, Value>,
    /// Methods of the other messages of the server.
    pub(crate) said: Vec<String>,
}

/// Longest time to wait for a message: a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_mins(1);

impl Talk {
    pub(crate) fn send_raw(&self, bytes: impl Into<Vec<u8>>) {
        if let Some(to) = &self.to {
            to.send(bytes.into()).unwrap();
        }
    }

    pub(crate) fn send_framed(&self, text: &str) {
        self.send_raw(format!("Content-Length: {}\r\n\r\n{text}", text.len()));
    }

    pub(crate) fn send(&self, message: &Value) {
        self.send_framed(&message.to_string());
    }

    pub(crate) fn notify(&self, method: &str, params: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// The next message; `None` when the server has ended.
    pub(crate) fn next(&mut self) -> Option<Value> {
        let message = match self.from.recv_timeout(PATIENCE) {
            Ok(message) => message,
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return None,
            Err(error) => panic!("no message: {error}; so far {:?}", self.said),
        };
        if let Some(method) = message["method"].as_str() {
            if method == "textDocument/publishDiagnostics" {
                let params = &message["params"];
                let uri = params["uri"].as_str().unwrap().to_owned();
                self.published.insert(uri, params["diagnostics"].clone());
            } else {
                self.said.push(method.to_owned());
            }
        }
        Some(message)
    }

    /// The response to a request.
    pub(crate) fn response(&mut self, id: &Value) -> Value {
        loop {
            let message = self.next().unwrap();
            if message["id"] == *id && message["method"].is_null() {
                return message;
            }
        }
    }

    /// Asks, and waits for the result.
    pub(crate) fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.next_id += 1;
        let id = json!(self.next_id);
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        let response = self.response(&id);
        assert_eq!(response["error"], Value::Null, "{method}");
        response["result"].clone()
    }

    /// Waits for a notification that contains a text.
    pub(crate) fn wait_for(&mut self, text: &str) {
        while !self.next().unwrap().to_string().contains(text) {}
    }

    /// Says hello, with the abilities of a client that pulls diagnostics and wants the status.
    pub(crate) fn initialize(&mut self) {
        let capabilities = json!({
            "textDocument": { "diagnostic": {} },
            "experimental": { "goperfStatus": true },
        });
        let options = json!({ "compileOnSave": false });
        let params = json!({ "capabilities": capabilities, "initializationOptions": options });
        self.ask("initialize", &params);
        self.notify("initialized", &json!({}));
    }

    pub(crate) fn open(&self, text: &str) {
        let item = json!({ "uri": uri(), "languageId": "go", "version": 1, "text": text });
        self.notify("textDocument/didOpen", &json!({ "textDocument": item }));
    }

    /// Hints and findings of the file as it is now.
    pub(crate) fn known(&mut self) -> (Value, Value) {
        let document = json!({ "uri": uri() });
        let range = json!({
            "start": { "line": 0, "character": 0 }, "end": { "line": 9999, "character": 0 },
        });
        let params = json!({ "textDocument": document, "range": range });
        let hints = self.ask("textDocument/inlayHint", &params);
        let params = json!({ "textDocument": document });
        (hints, self.ask("textDocument/diagnostic", &params))
    }

    /// Ends the stream to the server.
    pub(crate) fn hang_up(&mut self) {
        self.to = None;
    }
}

pub(crate) fn uri() -> String {
    format!("file://{FILE}")
}

/// Runs a conversation with a server on a machine.
pub(crate) fn talk(system: &MemorySystem, client: impl FnOnce(&mut Talk)) -> Ended {
    let (to, chunks) = channel();
    let (messages, from) = channel();
    let input = Box::new(Input {
        chunks,
        rest: io::Cursor::default(),
    });
    let mut output = Output {
        bytes: Vec::new(),
        messages,
    };
    let cancel = Arc::new(Cancellation::default());
    std::thread::scope(|scope| {
        let server = scope.spawn(move || {
            let options = Options::default();
            lsp::run(system, &cancel, &options, input, &mut output)
        });
        let mut talk = Talk {
            to: Some(to),
            from,
            next_id: 1000,
            published: BTreeMap::new(),
            said: Vec::new(),
        };
        client(&mut talk);
        talk.hang_up();
        server.join().unwrap()
    })
}
