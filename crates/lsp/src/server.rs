//! The main loop: one thread that owns the state of the conversation and takes one [`Event`] after another. Nothing
//! here waits for work: edits go to the [`analyst`](crate::analyst), whatever takes longer to a job on a thread of its
//! own, and requests that need facts of the newest text wait in a list until these arrive.

mod handle;
mod packages;

use std::collections::BTreeMap;
use std::io::{BufReader, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::Scope;
use std::time::Duration;

use base::{Cancellation, System};
use lsp_server::{ErrorCode, Message, Request, RequestId};
use project::KnownCosts;
use serde_json::Value;

use crate::analyst::{self, Task, Typed};
use crate::client::Client;
use crate::jobs::{Attached, Compiled};
use crate::settings::Settings;
use crate::text::Text;
use crate::transport::{self, Incoming};

use packages::PackageState;

/// How the server runs.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The go command, instead of the one on PATH.
    pub go: Option<PathBuf>,
    /// Keep types and decisions in the user's cache.
    pub use_cache: bool,
}

/// How a conversation ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    /// As the protocol asks for: `shutdown`, then `exit`.
    Orderly,
    /// The client was gone, or left without `shutdown`.
    Abruptly,
}

/// Something that the main loop reacts to.
pub(crate) enum Event {
    Incoming(Incoming),
    /// The client will send nothing more.
    Gone,
    Typed(Box<Typed>),
    Compiled {
        dir: PathBuf,
        /// Of the question; older answers are dropped.
        generation: u64,
        result: Box<Result<Compiled, String>>,
    },
    Costs {
        dir: PathBuf,
        result: Result<KnownCosts, String>,
    },
    Attached {
        /// What asked for it; `None`: the settings.
        id: Option<RequestId>,
        result: Result<(Attached, String), String>,
    },
    Explained {
        id: RequestId,
        result: Result<String, String>,
    },
    Compared {
        id: RequestId,
        result: Result<String, String>,
    },
}

/// An open file.
#[derive(Debug)]
struct Document {
    version: i32,
    text: Text,
    /// As it was opened.
    opened: Arc<str>,
}

/// A request that waits for facts of the newest text of its file.
#[derive(Debug)]
struct Waiting {
    request: Request,
    path: PathBuf,
}

/// How far the conversation is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Start,
    Running,
    ShutDown,
}

/// Speaks with a client until it leaves.
pub fn run(
    system: &dyn System,
    cancel: &Cancellation,
    options: &Options,
    input: Box<dyn Read + Send>,
    output: &mut dyn Write,
) -> Ended {
    let (events, inbox) = channel();
    let (tasks, task_inbox) = channel();
    let of_client = events.clone();
    // It may wait for bytes when everything else has ended, so nobody waits for it.
    std::thread::spawn(move || read_all(input, &of_client));
    // Ends all work with the conversation.
    let work = cancel.child();
    std::thread::scope(|scope| {
        let of_analyst = events.clone();
        let work = &work;
        scope.spawn(move || analyst::run(system, work, options, &task_inbox, &of_analyst));
        let mut server = Server {
            scope,
            system,
            cancel: work,
            options,
            client: Client::new(output),
            phase: Phase::Start,
            settings: Settings::default(),
            roots: Vec::new(),
            documents: BTreeMap::new(),
            packages: BTreeMap::new(),
            waiting: Vec::new(),
            attached: Attached::default(),
            jobs: BTreeMap::new(),
            refresh_on_next: false,
            loading: 0,
            last_status: Value::Null,
            generation: 0,
            tasks,
            events,
        };
        let ended = server.run(&inbox, cancel);
        work.cancel();
        ended
    })
}

fn read_all(input: Box<dyn Read + Send>, events: &Sender<Event>) {
    let mut input = BufReader::new(input);
    loop {
        let event = match transport::read(&mut input) {
            Ok(Some(incoming)) => Event::Incoming(incoming),
            Ok(None) => Event::Gone,
            Err(error) => {
                tracing::warn!("the client's messages cannot be read any more: {error}");
                Event::Gone
            }
        };
        let is_last = matches!(event, Event::Gone);
        if events.send(event).is_err() || is_last {
            return;
        }
    }
}

/// The state of the conversation.
struct Server<'s, 'e: 's> {
    scope: &'s Scope<'s, 'e>,
    system: &'e dyn System,
    cancel: &'s Cancellation,
    options: &'e Options,
    client: Client<'s>,
    phase: Phase,
    settings: Settings,
    /// Workspace folders.
    roots: Vec<PathBuf>,
    documents: BTreeMap<PathBuf, Document>,
    /// By folder.
    packages: BTreeMap<PathBuf, PackageState>,
    waiting: Vec<Waiting>,
    attached: Attached,
    /// Requests that jobs work on, with what ends the work.
    jobs: BTreeMap<RequestId, Cancellation>,
    /// First loads under way.
    loading: usize,
    last_status: Value,
    /// The next facts may change hints without an edit.
    refresh_on_next: bool,
    /// Of the last question to the compiler.
    generation: u64,
    tasks: Sender<Task>,
    events: Sender<Event>,
}

/// What to do after an event.
enum Next {
    Continue,
    End(Ended),
}

impl<'s> Server<'s, '_> {
    fn run(&mut self, inbox: &Receiver<Event>, cancel: &Cancellation) -> Ended {
        loop {
            // Ctrl-C and SIGTERM only set a flag.
            let event = match inbox.recv_timeout(Duration::from_secs(1)) {
                Ok(event) => event,
                Err(RecvTimeoutError::Timeout) if !cancel.is_cancelled() => continue,
                Err(_) => return Ended::Abruptly,
            };
            if let Next::End(ended) = self.take(event) {
                return ended;
            }
            // What came meanwhile is taken first: of several edits the last one is checked.
            while let Ok(event) = inbox.try_recv() {
                if let Next::End(ended) = self.take(event) {
                    return ended;
                }
            }
            self.check_changed();
            self.answer_waiting();
            self.tell_status();
        }
    }

    fn take(&mut self, event: Event) -> Next {
        match event {
            Event::Incoming(Incoming::Message(message)) => return self.message(message),
            Event::Incoming(Incoming::Malformed(why)) => self.client.refuse_malformed(&why),
            Event::Gone => return Next::End(Ended::Abruptly),
            Event::Typed(typed) => self.typed(*typed),
            Event::Compiled {
                dir,
                generation,
                result,
            } => self.compiled(&dir, generation, *result),
            Event::Costs { dir, result } => self.costs(dir, result),
            Event::Attached { id, result } => self.attached(id, result),
            Event::Explained { id, result } => self.explained(id, result),
            Event::Compared { id, result } => self.compared(id, result),
        }
        Next::Continue
    }

    fn message(&mut self, message: Message) -> Next {
        match message {
            Message::Request(request) => self.request(request),
            Message::Response(response) => {
                let asked = self.client.answered(&response.id);
                if let (Some(asked), Ok(result)) = (asked, response.response_result) {
                    self.answered(asked, &result);
                }
            }
            Message::Notification(notification) => {
                if notification.method == "exit" {
                    return Next::End(match self.phase {
                        Phase::ShutDown => Ended::Orderly,
                        Phase::Start | Phase::Running => Ended::Abruptly,
                    });
                }
                if self.phase == Phase::Running {
                    self.notification(&notification.method, notification.params);
                }
            }
        }
        Next::Continue
    }

    fn request(&mut self, request: Request) {
        match (self.phase, request.method.as_str()) {
            (Phase::Start, "initialize") => self.initialize(request),
            (Phase::Start, _) => {
                let why = "the first request is `initialize`";
                (self.client).refuse(request.id, ErrorCode::ServerNotInitialized, why);
            }
            (Phase::Running, "shutdown") => {
                self.phase = Phase::ShutDown;
                for waiting in std::mem::take(&mut self.waiting) {
                    let id = waiting.request.id;
                    (self.client).refuse(id, ErrorCode::RequestCanceled, "the server shuts down");
                }
                self.client.respond(request.id, Value::Null);
            }
            (Phase::Running, "initialize") => {
                let why = "initialized already";
                (self.client).refuse(request.id, ErrorCode::InvalidRequest, why);
            }
            (Phase::Running, _) => self.dispatch(request),
            (Phase::ShutDown, _) => {
                let why = "the server is shut down";
                (self.client).refuse(request.id, ErrorCode::InvalidRequest, why);
            }
        }
    }

    /// Runs work on a thread of its own; its result comes back as an event.
    fn spawn(&self, work: impl FnOnce() -> Event + Send + 's) {
        let events = self.events.clone();
        self.scope.spawn(move || {
            // Without a main loop nobody is interested any more.
            events.send(work()).ok();
        });
    }
}
