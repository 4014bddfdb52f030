//! The protocol: the maintained SDK reads and writes it on a thread of its own; commands run on the caller's, one after
//! the other, since benchmarks measure nothing beside other work.

use std::io;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc;
use std::time::Duration;

use base::Cancellation;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation,
    JsonObject, ListToolsResult, PaginatedRequestParams, ProgressNotificationParam,
    ServerCapabilities, ServerConfig, ToolAnnotations,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt as _};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;

use crate::answer::{Answer, Kept};
use crate::params::{command_line, page, schema};
use crate::{Tool, tools};

/// How to serve.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// With the tools that change the user's files.
    pub allow_write: bool,
    /// What to call this server: goperf's version.
    pub version: String,
}

/// Why serving ended badly.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("the server cannot be started")]
    Start(#[source] io::Error),
    #[error("the assistant's first messages are not of the Model Context Protocol: {0}")]
    Handshake(String),
}

const INSTRUCTIONS: &str = "\
Facts about the performance of Go programs: what the compiler decided, what profiles measured, what benchmarks prove. \
Begin with `check` (with `bench` or profiles, findings are ranked by measured cost), ask `explain` about a line or a \
rule, `profile` for reports of a profile. Prove a change with `compare_revisions` or `tune` before you claim that it \
helps: without a measurement a finding is only a hint. Every answer ends with the command that gives it in a shell.";

/// Serves on standard input and output until they are closed or `cancel` is set. `run` runs a command line, without the
/// program's name.
pub fn serve(
    options: &Options,
    cancel: &Cancellation,
    run: &mut dyn FnMut(&[String], &Cancellation) -> Answer,
) -> Result<(), ServeError> {
    serve_on(
        || (tokio::io::stdin(), tokio::io::stdout()),
        options,
        cancel,
        run,
    )
}

/// As [`serve`], on other streams; `open` is called within the runtime.
pub fn serve_on<R, W>(
    open: impl FnOnce() -> (R, W) + Send,
    options: &Options,
    cancel: &Cancellation,
    run: &mut dyn FnMut(&[String], &Cancellation) -> Answer,
) -> Result<(), ServeError>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let (jobs, waiting) = mpsc::channel::<Job>();
    let handler = Handler {
        options: options.clone(),
        cancel: cancel.clone(),
        jobs,
        kept: Arc::default(),
    };
    std::thread::scope(|scope| {
        let protocol = scope.spawn(move || speak(handler, open, cancel));
        // Ends when the protocol's thread has dropped its end.
        for job in waiting {
            if !job.cancel.is_cancelled() {
                let answer = run(&job.args, &job.cancel);
                job.reply.send(answer).ok();
            }
        }
        let ended = protocol.join();
        ended.unwrap_or_else(|_| Err(ServeError::Start(io::Error::other("its thread panicked"))))
    })
}

fn speak<R, W>(
    handler: Handler,
    open: impl FnOnce() -> (R, W),
    cancel: &Cancellation,
) -> Result<(), ServeError>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(ServeError::Start)?;
    let result = runtime.block_on(async {
        let serving = handler.serve(open());
        let service = tokio::select! {
            service = serving => service.map_err(|error| handshake(&error.to_string()))?,
            () = cancelled(cancel) => return Ok(()),
        };
        let end = service.cancellation_token();
        tokio::select! {
            _ = service.waiting() => {}
            () = cancelled(cancel) => end.cancel(),
        }
        // What still runs is for nobody.
        cancel.cancel();
        Ok(())
    });
    // A read of standard input cannot be called back.
    runtime.shutdown_background();
    result
}

/// What a client that hangs up at once did not say is not an error.
fn handshake(message: &str) -> ServeError {
    ServeError::Handshake(message.to_owned())
}

/// Ends when the flag is set: a signal sets it, which wakes nobody.
async fn cancelled(cancel: &Cancellation) {
    while !cancel.is_cancelled() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A command line to run.
#[derive(Debug)]
struct Job {
    args: Vec<String>,
    cancel: Cancellation,
    reply: oneshot::Sender<Answer>,
}

#[derive(Debug)]
struct Handler {
    options: Options,
    cancel: Cancellation,
    jobs: mpsc::Sender<Job>,
    kept: Arc<Mutex<Kept>>,
}

impl Handler {
    fn tools(&self) -> impl Iterator<Item = &'static Tool> {
        let allow_write = self.options.allow_write;
        tools()
            .iter()
            .filter(move |tool| allow_write || !tool.writes)
    }

    /// What a command line answers, or nothing if the call was cancelled.
    async fn ask(&self, args: Vec<String>, context: &RequestContext<RoleServer>) -> Option<Answer> {
        let cancel = self.cancel.child();
        let (reply, mut answer) = oneshot::channel();
        let job = Job {
            args,
            cancel: cancel.clone(),
            reply,
        };
        self.jobs.send(job).ok()?;
        let token = context.meta.get_progress_token();
        let mut seconds = 0;
        loop {
            tokio::select! {
                answer = &mut answer => return answer.ok(),
                () = context.ct.cancelled() => {
                    cancel.cancel();
                    return None;
                }
                () = tokio::time::sleep(TICK) => {}
            }
            seconds += TICK.as_secs();
            if let Some(token) = &token {
                let mut progress = ProgressNotificationParam::new(token.clone(), seconds as f64);
                progress.message = Some(format!("{seconds} s"));
                context.peer.notify_progress(progress).await.ok();
            }
        }
    }

    fn keep(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How often a client that wants to know hears that work goes on.
const TICK: Duration = Duration::from_secs(2);

impl ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        let mut config = ServerConfig::new(ServerCapabilities::builder().enable_tools().build());
        config.server_info = Implementation::new("goperf", self.options.version.clone());
        config.with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(
            self.tools().map(described).collect(),
        ))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = self.tools().find(|tool| tool.name == request.name) else {
            let names: Vec<&str> = self.tools().map(|tool| tool.name).collect();
            let message = if tools().iter().any(|tool| tool.name == request.name) {
                format!(
                    "`{}` writes files: start the server with `goperf mcp --allow-write`",
                    request.name
                )
            } else {
                format!("no tool `{}`; there are {}", request.name, names.join(", "))
            };
            return Err(ErrorData::invalid_params(message, None));
        };
        let arguments = request.arguments.unwrap_or_default();
        let text = match self.answer(tool, &arguments, &context).await {
            Ok(answered) => answered,
            Err(message) => {
                return Ok(CallToolResult::error(vec![ContentBlock::text(message)]).into());
            }
        };
        Ok(text.into())
    }
}

impl Handler {
    /// `Err` says what is wrong with the call.
    async fn answer(
        &self,
        tool: &Tool,
        arguments: &JsonObject,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResult, String> {
        let number = page(arguments)?;
        let args = command_line(tool, arguments)?;
        // The first page is asked anew: files may have changed.
        let known = (number > 1).then(|| self.keep().get(&args)).flatten();
        let answer = if let Some(answer) = known {
            answer
        } else {
            let answer = self.ask(args.clone(), context).await;
            let answer = answer.ok_or("interrupted")?;
            self.keep().put(args.clone(), answer.clone());
            answer
        };
        let content = vec![ContentBlock::text(answer.page(&args, number)?)];
        Ok(if answer.failed {
            CallToolResult::error(content)
        } else {
            CallToolResult::success(content)
        })
    }
}

fn described(tool: &Tool) -> rmcp::model::Tool {
    let annotations = ToolAnnotations::from_raw(
        Some(tool.title.to_owned()),
        Some(!tool.writes),
        Some(tool.writes),
        Some(!tool.writes),
        Some(false),
    );
    rmcp::model::Tool::new(tool.name, tool.description, Arc::new(schema(tool)))
        .with_title(tool.title)
        .with_annotations(annotations)
}
