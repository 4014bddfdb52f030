//! The server: from a socket to a [`Site`] and back.
//!
//! Connections are served on one thread by tokio, which only moves bytes; requests wait in a bounded queue for the
//! threads that answer them, where everything is synchronous as elsewhere.

use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::panic::AssertUnwindSafe;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use base::Cancellation;
use tokio::sync::oneshot;

use crate::guard::{Guard, HEADERS};
use crate::message::{Accept, Request, Response};

/// Most bytes of a request's body; no page sends more than its address.
const MAX_BODY: usize = 1 << 20;
/// Requests that may wait.
const QUEUE: usize = 64;
/// How long requests may go on after the end.
const GRACE: Duration = Duration::from_secs(2);

/// An address that takes larger bodies from whoever has the token of the page.
#[derive(Clone, Debug)]
pub struct Upload {
    pub path: &'static str,
    pub token: String,
    /// Most bytes.
    pub max_body: usize,
}

/// What answers requests, from several threads at once.
pub trait Site: Sync {
    fn answer(&self, request: &Request) -> Response;

    /// Where larger bodies are taken.
    fn uploads(&self) -> Vec<Upload> {
        Vec::new()
    }
}

/// The server cannot start, or failed.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {reason}")]
pub struct ServeError {
    what: String,
    reason: String,
}

impl ServeError {
    fn new(what: impl Into<String>, error: &io::Error) -> Self {
        Self {
            what: what.into(),
            reason: base::io_reason(error),
        }
    }
}

/// A socket that listens, with the name it was asked for.
#[derive(Debug)]
pub struct Address {
    listener: TcpListener,
    local: SocketAddr,
    host: String,
}

impl Address {
    /// Listens on `HOST:PORT`. Without a host it is this machine alone, without a port (or with 0) a free one.
    pub fn listen(host_port: &str) -> Result<Self, ServeError> {
        let bad = |reason: &str| ServeError {
            what: format!("could not split http address {host_port:?}"),
            reason: reason.to_owned(),
        };
        let (host, port) = host_port.rsplit_once(':').ok_or_else(|| {
            bad("missing port in address; use HOST:PORT, such as localhost:8080, or a single colon")
        })?;
        let host = if host.is_empty() { "localhost" } else { host };
        let port = if port.is_empty() {
            Ok(0)
        } else {
            port.parse::<u16>()
        };
        let port = port.map_err(|_| bad("invalid port number"))?;
        let name = host.trim_matches(['[', ']']);
        let bound = bind(name, port);
        let (local, listener) =
            bound.map_err(|error| ServeError::new(format!("listen on {host_port}"), &error))?;
        Ok(Self {
            listener,
            local,
            host: host.to_owned(),
        })
    }

    /// The address of the first page.
    pub fn url(&self) -> String {
        format!("http://{}:{}", self.host, self.local.port())
    }
}

fn bind(name: &str, port: u16) -> io::Result<(SocketAddr, TcpListener)> {
    let mut addresses: Vec<SocketAddr> = (name, port).to_socket_addrs()?.collect();
    // As Go does it: `localhost` is 127.0.0.1 where that exists.
    addresses.sort_by_key(|it| !it.is_ipv4());
    let listener = TcpListener::bind(&*addresses)?;
    listener.set_nonblocking(true)?;
    Ok((listener.local_addr()?, listener))
}

/// Serves a site until the run is cancelled.
pub fn serve(address: Address, site: &dyn Site, cancel: &Cancellation) -> Result<(), ServeError> {
    let failed = |error: io::Error| ServeError::new("serve the page", &error);
    let guard = Guard {
        is_loopback: address.local.ip().is_loopback(),
        host: address.host.clone(),
    };
    let (queue, waiting) = sync_channel(QUEUE);
    let waiting = Mutex::new(waiting);
    let n_threads = std::thread::available_parallelism().map_or(2, |it| it.get().clamp(2, 8));
    std::thread::scope(|scope| {
        for _ in 0..n_threads {
            let thread = std::thread::Builder::new().stack_size(16 << 20);
            thread
                .spawn_scoped(scope, || answer_all(site, &waiting))
                .map_err(failed)?;
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let served =
            runtime
                .map_err(failed)?
                .block_on(run(address, guard, queue, site.uploads(), cancel));
        served.map_err(failed)
    })
}

/// A request and where its answer goes.
type Waiting = (Request, oneshot::Sender<Response>);

/// Answers requests until there can be no more.
fn answer_all(site: &dyn Site, waiting: &Mutex<Receiver<Waiting>>) {
    loop {
        let next = waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .recv();
        let Ok((request, answer)) = next else {
            return;
        };
        let response = std::panic::catch_unwind(AssertUnwindSafe(|| {
            let response = site.answer(&request);
            if request.takes_gzip {
                response.compressed()
            } else {
                response
            }
        }));
        let response = response.unwrap_or_else(|_| {
            let text = "internal error: this is a fault of goperf; the terminal says where";
            Response::text(500, text)
        });
        // The client may have left.
        answer.send(response).ok();
    }
}

#[derive(Clone)]
struct Shared {
    guard: Arc<Guard>,
    queue: SyncSender<Waiting>,
    uploads: Arc<[Upload]>,
}

impl Shared {
    /// Most bytes of a request's body.
    fn max_body(&self, path: &str, token: &str) -> usize {
        let mut uploads = self.uploads.iter();
        let taken = uploads.find(|it| it.path == path && it.token == token);
        taken.map_or(MAX_BODY, |it| it.max_body)
    }
}

async fn run(
    address: Address,
    guard: Guard,
    queue: SyncSender<Waiting>,
    uploads: Vec<Upload>,
    cancel: &Cancellation,
) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(address.listener)?;
    let guard = Arc::new(guard);
    let app = Router::new().fallback(handle).with_state(Shared {
        guard,
        queue,
        uploads: uploads.into(),
    });
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let end = |cancel: Cancellation| async move {
        while !cancel.is_cancelled() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let serving = axum::serve(listener, app).with_graceful_shutdown(end(cancel.clone()));
    let too_late = async {
        end(cancel.clone()).await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = serving.into_future() => served,
        () = too_late => Ok(()),
    }
}

async fn handle(
    State(shared): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: axum::http::Request<Body>,
) -> axum::http::Response<Body> {
    let (head, body) = request.into_parts();
    let is_head = head.method == Method::HEAD;
    if let Some(reason) = shared.guard.refusal(peer, &head.method, &head.headers) {
        return sent(Response::text(403, reason), is_head);
    }
    if !matches!(head.method, Method::GET | Method::HEAD | Method::POST) {
        return sent(
            Response::text(405, "only GET and POST are answered"),
            is_head,
        );
    }
    let text = |name: &str| {
        let value = head.headers.get(name);
        value
            .and_then(|it: &HeaderValue| it.to_str().ok())
            .unwrap_or("")
    };
    let token = text("x-goperf-token");
    let max_body = shared.max_body(head.uri.path(), token);
    let Ok(body) = to_bytes(body, max_body).await else {
        let text = format!("the request is larger than {} MB", max_body >> 20);
        return sent(Response::text(413, text), is_head);
    };
    let mut request = Request::get(&head.uri.to_string());
    request.path = head.uri.path().to_owned();
    request.is_post = head.method == Method::POST;
    request.accept = Accept::of(text("accept"));
    let encodings = text("accept-encoding");
    request.takes_gzip = encodings.split(',').any(|it| it.trim() == "gzip");
    token.clone_into(&mut request.token);
    request.body = body.into();
    let (answer, answered) = oneshot::channel();
    match shared.queue.try_send((request, answer)) {
        Ok(()) => {}
        Err(TrySendError::Full(_)) => {
            return sent(Response::text(503, "too many requests at once"), is_head);
        }
        Err(TrySendError::Disconnected(_)) => {
            return sent(Response::text(503, "the server is ending"), is_head);
        }
    }
    let response = answered.await;
    sent(
        response.unwrap_or_else(|_| Response::text(503, "the server is ending")),
        is_head,
    )
}

fn sent(response: Response, is_head: bool) -> axum::http::Response<Body> {
    let status = StatusCode::from_u16(response.status);
    let n_bytes = response.body.len();
    let body = match response.body {
        _ if is_head => Body::empty(),
        std::borrow::Cow::Borrowed(bytes) => Body::from(bytes),
        std::borrow::Cow::Owned(bytes) => Body::from(bytes),
    };
    let mut sent = axum::http::Response::new(body);
    *sent.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = sent.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(response.content_type),
    );
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(n_bytes));
    for (name, value) in response.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&value)) {
            headers.insert(name, value);
        }
    }
    sent
}
