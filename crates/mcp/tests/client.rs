//! The SDK's own client speaks with the server; commands are played.

#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use std::sync::mpsc;
use std::time::Duration;

use base::Cancellation;
use mcp::{Answer, Options, serve_on};
use rmcp::model::{
    CallToolRequestParams, CallToolResult, ClientRequest, JsonObject, Request, ServerResult,
};
use rmcp::service::{PeerRequestOptions, RunningService, ServiceError};
use rmcp::{RoleClient, ServiceExt as _};
use serde_json::{Value, json};

type Client = RunningService<RoleClient, ()>;

/// Lets a client talk to a server whose commands print what they were called with; `wait` ends when it is cancelled.
fn talk<F: Future<Output = ()>>(allow_write: bool, talk: impl FnOnce(Client) -> F + Send) {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let options = Options {
        allow_write,
        version: "0".to_owned(),
    };
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let client = ().serve(tokio::io::split(ours)).await.unwrap();
                let limit = Duration::from_secs(30);
                tokio::time::timeout(limit, talk(client)).await.unwrap();
            });
        });
        let mut run = |args: &[String], cancel: &Cancellation| {
            if args.iter().any(|arg| arg == "wait") {
                while !cancel.is_cancelled() {
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
            let is_long = args.iter().any(|arg| arg == "long");
            Answer {
                out: if is_long {
                    "a line of a long answer\n".repeat(2000)
                } else {
                    args.join("|")
                },
                err: String::new(),
                status: (u8::from(is_long), "played"),
                failed: args.iter().any(|arg| arg == "broken"),
            }
        };
        let open = move || tokio::io::split(theirs);
        serve_on(open, &options, &Cancellation::default(), &mut run).unwrap();
    });
}

fn request(tool: &'static str, arguments: Value) -> CallToolRequestParams {
    let Value::Object(arguments) = arguments else {
        panic!("no object")
    };
    let arguments: JsonObject = arguments;
    CallToolRequestParams::new(tool).with_arguments(arguments)
}

fn text(result: &CallToolResult) -> &str {
    &result.content[0].as_text().unwrap().text
}

#[test]
fn tools_are_listed_and_called() {
    talk(false, |client| async move {
        let info = client.peer_info().unwrap();
        let instructions = info.instructions.clone().unwrap();
        assert!(instructions.contains("Begin with `check`"));
        let tools = client.list_all_tools().await.unwrap();
        let names: Vec<&str> = tools.iter().map(|tool| &*tool.name).collect();
        assert!(names.contains(&"check") && names.contains(&"tune"));
        assert!(!names.contains(&"fix") && !names.contains(&"tune_apply"));
        assert!(tools.iter().all(|tool| {
            let annotations = tool.annotations.as_ref().unwrap();
            annotations.read_only_hint == Some(true)
        }));
        let call = request("check", json!({"packages": ["./..."], "bench": "."}));
        let answer = client.call_tool(call).await.unwrap();
        assert_eq!(answer.is_error, Some(false));
        assert_eq!(
            text(&answer),
            "check|--format=agent|--bench=.|./...\n\n[goperf check --format=agent --bench=. ./...: exit status 0, played]"
        );
        let broken = request("check", json!({"packages": "broken"}));
        assert_eq!(client.call_tool(broken).await.unwrap().is_error, Some(true));
        let wrong = request("check", json!({"packages": ["-o=x"]}));
        let answer = client.call_tool(wrong).await.unwrap();
        assert_eq!(answer.is_error, Some(true));
        assert_eq!(
            text(&answer),
            "`packages` must not begin with a dash: `-o=x`"
        );
        client.cancel().await.unwrap();
    });
}

#[test]
fn long_answers_have_pages() {
    talk(false, |client| async move {
        let page = |page: u64| request("escape", json!({"packages": "long", "page": page}));
        let first = client.call_tool(page(1)).await.unwrap();
        assert!(text(&first).ends_with("page 1 of 3, the next with page=2]"));
        let last = client.call_tool(page(3)).await.unwrap();
        assert!(text(&last).ends_with("page 3 of 3]"));
        let none = client.call_tool(page(4)).await.unwrap();
        assert_eq!(text(&none), "the answer has 3 pages");
        assert_eq!(none.is_error, Some(true));
        client.cancel().await.unwrap();
    });
}

#[test]
fn tools_that_write_are_for_servers_that_may() {
    talk(false, |client| async move {
        let error = client
            .call_tool(request("fix", json!({})))
            .await
            .unwrap_err();
        assert!(
            error.to_string().contains("goperf mcp --allow-write"),
            "{error}"
        );
        let error = client
            .call_tool(request("none", json!({})))
            .await
            .unwrap_err();
        assert!(
            error
                .to_string()
                .contains("no tool `none`; there are check"),
            "{error}"
        );
        client.cancel().await.unwrap();
    });
    talk(true, |client| async move {
        let answer = client.call_tool(request("fix", json!({}))).await.unwrap();
        assert!(text(&answer).starts_with("check|--fix|--verify-fix|--all|--exit-zero"));
        client.cancel().await.unwrap();
    });
}

#[test]
fn a_call_that_is_cancelled_makes_room_for_the_next() {
    let (ended, end) = mpsc::channel();
    talk(false, move |client| async move {
        let wait = request("inline", json!({"packages": "wait"}));
        let wait = ClientRequest::CallToolRequest(Request::new(wait));
        let limit = PeerRequestOptions::with_timeout(Duration::from_millis(200));
        let handle = client.send_cancellable_request(wait, limit).await.unwrap();
        let answer: Result<ServerResult, ServiceError> = handle.await_response().await;
        assert!(
            matches!(answer, Err(ServiceError::Timeout { .. })),
            "{answer:?}"
        );
        let answer = client
            .call_tool(request("explain", json!({"what": "GP6"})))
            .await
            .unwrap();
        assert!(text(&answer).starts_with("explain|GP6"));
        client.cancel().await.unwrap();
        ended.send(()).unwrap();
    });
    end.recv().unwrap();
}

#[test]
fn a_client_that_hangs_up_ends_the_server_and_what_runs() {
    talk(false, |client| async move {
        let wait = request("inline", json!({"packages": "wait"}));
        let wait = ClientRequest::CallToolRequest(Request::new(wait));
        client
            .send_cancellable_request(wait, PeerRequestOptions::default())
            .await
            .unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        drop(client);
    });
}
