//! The client: what it can do, and what is sent to it.

use std::collections::HashMap;
use std::io::Write;

use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response, ResponseError};
use serde::Serialize;
use serde_json::Value;

use crate::text::Encoding;
use crate::transport;

/// What the client can do, as far as it matters.
#[derive(Clone, Copy, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "capabilities of the protocol"
)]
pub(crate) struct Abilities {
    pub(crate) encoding: Encoding,
    pub(crate) pulls_diagnostics: bool,
    pub(crate) progress: bool,
    pub(crate) configuration: bool,
    pub(crate) refreshes_hints: bool,
    pub(crate) refreshes_lenses: bool,
    pub(crate) refreshes_diagnostics: bool,
    pub(crate) registers_watchers: bool,
    pub(crate) status: bool,
}

impl Abilities {
    /// Read from the parameters of `initialize`, as tolerant as can be: clients differ.
    pub(crate) fn of(params: &Value) -> Self {
        let has = |path: &str| {
            let found = params.pointer(&format!("/capabilities/{path}"));
            found.and_then(Value::as_bool).unwrap_or_default()
        };
        let encodings = params.pointer("/capabilities/general/positionEncodings");
        let encodings = encodings.and_then(Value::as_array);
        let utf8 = encodings.is_some_and(|list| list.iter().any(|it| it == "utf-8"));
        Self {
            encoding: if utf8 {
                Encoding::Utf8
            } else {
                Encoding::Utf16
            },
            pulls_diagnostics: params
                .pointer("/capabilities/textDocument/diagnostic")
                .is_some_and(Value::is_object),
            progress: has("window/workDoneProgress"),
            configuration: has("workspace/configuration"),
            refreshes_hints: has("workspace/inlayHint/refreshSupport"),
            refreshes_lenses: has("workspace/codeLens/refreshSupport"),
            refreshes_diagnostics: has("workspace/diagnostics/refreshSupport"),
            registers_watchers: has("workspace/didChangeWatchedFiles/dynamicRegistration"),
            status: has("experimental/goperfStatus"),
        }
    }
}

/// A question to the client that is not answered yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Asked {
    Configuration,
    /// The answer changes nothing.
    Nothing,
}

/// The way to the client. A client that does not listen any more is noticed where its messages end.
pub(crate) struct Client<'a> {
    output: &'a mut dyn Write,
    pub(crate) abilities: Abilities,
    asked: HashMap<RequestId, Asked>,
    next_id: i32,
}

impl<'a> Client<'a> {
    pub(crate) fn new(output: &'a mut dyn Write) -> Self {
        Self {
            output,
            abilities: Abilities::default(),
            asked: HashMap::new(),
            next_id: 1,
        }
    }

    fn send(&mut self, message: &Message) {
        if let Err(error) = transport::write(self.output, message) {
            tracing::info!("cannot write to the client: {error}");
        }
    }

    pub(crate) fn notify(&mut self, method: &str, params: impl Serialize) {
        let params = serde_json::to_value(params).unwrap_or_default();
        let method = method.to_owned();
        self.send(&Notification { method, params }.into());
    }

    pub(crate) fn respond(&mut self, id: RequestId, result: impl Serialize) {
        let result = serde_json::to_value(result).unwrap_or_default();
        self.send(
            &Response {
                id,
                response_result: Ok(result),
            }
            .into(),
        );
    }

    pub(crate) fn refuse(&mut self, id: RequestId, code: ErrorCode, why: impl Into<String>) {
        let error = ResponseError {
            code: code as i32,
            message: why.into(),
            data: None,
        };
        self.send(
            &Response {
                id,
                response_result: Err(error),
            }
            .into(),
        );
    }

    /// Answers what was no message.
    pub(crate) fn refuse_malformed(&mut self, why: &str) {
        if let Err(error) = transport::write_parse_error(self.output, why) {
            tracing::info!("cannot write to the client: {error}");
        }
    }

    pub(crate) fn ask(&mut self, method: &str, params: impl Serialize, asked: Asked) {
        let id = RequestId::from(self.next_id);
        self.next_id = self.next_id.wrapping_add(1);
        self.asked.insert(id.clone(), asked);
        let params = serde_json::to_value(params).unwrap_or_default();
        let method = method.to_owned();
        self.send(&Request { id, method, params }.into());
    }

    /// What a response answers; `None` if nothing was asked.
    pub(crate) fn answered(&mut self, id: &RequestId) -> Option<Asked> {
        self.asked.remove(id)
    }

    /// A message that people see.
    pub(crate) fn show(&mut self, kind: lsp_types::MessageType, message: impl Into<String>) {
        let message = message.into();
        self.notify(
            "window/showMessage",
            lsp_types::ShowMessageParams { kind, message },
        );
    }

    /// Begins, continues and ends a progress under a token.
    pub(crate) fn progress(&mut self, token: &str, value: &Value) {
        if self.abilities.progress {
            let params = serde_json::json!({ "token": token, "value": value });
            self.notify("$/progress", params);
        }
    }

    pub(crate) fn begin_progress(&mut self, token: &str, title: &str) {
        if self.abilities.progress {
            let params = serde_json::json!({ "token": token });
            self.ask("window/workDoneProgress/create", params, Asked::Nothing);
            let begin = serde_json::json!({ "kind": "begin", "title": title });
            self.progress(token, &begin);
        }
    }

    pub(crate) fn end_progress(&mut self, token: &str) {
        self.progress(token, &serde_json::json!({ "kind": "end" }));
    }
}
