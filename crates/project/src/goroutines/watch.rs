//! Running services looked at again and again, to find the goroutines that grow.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use base::{Cancellation, System};
use leak::Ownership;
use leak::growth::{History, Look, Process};

use super::fetch::Client;
use super::{Ask, MAX_STACK_DUMP, SourceError};
use crate::service::{Access, ServiceError, Target, without_credentials};

/// Up to this number of goroutines a look asks for stacks with ids by default: they cost some 10 ms.
pub const MAX_STACKS: u64 = 2_000;

/// How often a waiting watch checks for cancellation.
const TICK: Duration = Duration::from_millis(50);

/// Which services to watch, and how long.
#[derive(Clone, Debug)]
pub struct WatchRequest {
    /// `host`, `host:port`, `:port` or base URL.
    pub services: Vec<String>,
    /// From the start of a look to that of the next.
    pub interval: Duration,
    /// `None`: until the work is cancelled.
    pub duration: Option<Duration>,
    /// How many goroutines a group may grow by.
    pub max_growth: u64,
    pub ask: Ask,
    pub access: Access,
}

impl Ask {
    /// What a look may cost. With `stacks`, ids are wanted up to as many goroutines as a service can bear.
    pub fn look(stacks: bool, proof: bool) -> Self {
        Self {
            count_only: false,
            max_stacks: if stacks { MAX_STACK_DUMP } else { MAX_STACKS },
            // A detecting collection of 100 000 goroutines stops them for some 25 ms.
            max_proof: if proof { MAX_STACK_DUMP } else { 0 },
        }
    }
}

/// A service and what was seen of it.
#[derive(Debug)]
pub struct Watched {
    /// As it was named, with its scheme, without credentials.
    pub url: String,
    pub history: History,
    /// Looks that were answered.
    pub looks: u64,
    /// Why the last look failed, or what it showed besides goroutines.
    pub note: Option<String>,
    /// The last look failed.
    pub is_down: bool,
    /// Goroutines at the last look that was answered.
    pub total: u64,
    target: Target,
    /// Its heap profile has the counters of the process.
    has_heap: bool,
}

impl Watched {
    /// A service that was not looked at yet. `Err` if the name is not the address of a service.
    pub fn new(name: &str) -> Result<Self, ServiceError> {
        let target = Target::parse(name)?;
        let url = match name {
            _ if name.contains("://") => name.to_owned(),
            _ if name.starts_with(':') => format!("http://localhost{name}"),
            _ => format!("http://{name}"),
        };
        Ok(Self {
            url: without_credentials(&url),
            history: History::default(),
            looks: 0,
            note: None,
            is_down: false,
            total: 0,
            target,
            has_heap: true,
        })
    }

    /// Whether the service answered before and does not any more.
    pub fn is_lost(&self) -> bool {
        self.looks > 0 && self.is_down
    }

    /// Whether the watch of this service found something: goroutines that grow or are leaked, a service that is lost
    /// or, if `restarts` count, was restarted. What was found once stays found.
    pub fn has_findings(&self, restarts: bool) -> bool {
        !self.history.findings().is_empty()
            || self.is_lost()
            || restarts && self.history.restarts > 0
    }
}

/// Why nothing could be watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    #[error("`{0}` is not a service; `goperf leak dump --diff` compares files")]
    NotAService(String),
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// When a watch calls back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// All services were looked at, so long after the first look.
    Look(Duration),
    /// The watch waits for the next look; some twenty times a second.
    Wait,
}

/// Looks at all services, one after the other, every `interval`, and calls `on_moment` after each round and while it
/// waits. Ends when the time is over, the work is cancelled, `on_moment` says so, or no service has ever answered.
pub fn watch(
    system: &dyn System,
    cancel: &Cancellation,
    request: &WatchRequest,
    on_moment: &mut dyn FnMut(Moment, &[Watched]) -> ControlFlow<()>,
) -> Result<Vec<Watched>, WatchError> {
    let client = Client {
        system,
        cancel,
        access: &request.access,
    };
    let mut services = (request.services.iter())
        .map(|name| service(name, system))
        .collect::<Result<Vec<_>, _>>()?;
    let start = system.monotonic();
    loop {
        let look = system.monotonic();
        let elapsed = look.saturating_sub(start);
        for service in &mut services {
            look_at(service, elapsed.as_secs_f64(), request, client);
        }
        // None at all is a mistake in their names; one of several may still be starting.
        if on_moment(Moment::Look(elapsed), &services).is_break()
            || services.iter().all(|it| it.looks == 0)
        {
            break;
        }
        let next = look + request.interval;
        let is_over = (request.duration).is_some_and(|duration| next > start + duration);
        let mut goes_on = || on_moment(Moment::Wait, &services).is_continue();
        if is_over || !wait_until(next, system, cancel, &mut goes_on) {
            break;
        }
    }
    Ok(services)
}

fn service(name: &str, system: &dyn System) -> Result<Watched, WatchError> {
    if name == "-" || system.metadata(Path::new(name)).is_ok() {
        return Err(WatchError::NotAService(without_credentials(name)));
    }
    Ok(Watched::new(name)?)
}

/// `false` if the work was cancelled, which is how an endless watch ends, or `goes_on` says so.
fn wait_until(
    time: Duration,
    system: &dyn System,
    cancel: &Cancellation,
    goes_on: &mut dyn FnMut() -> bool,
) -> bool {
    while system.monotonic() < time {
        if cancel.is_cancelled() || !goes_on() {
            return false;
        }
        std::thread::sleep(TICK.min(time.saturating_sub(system.monotonic())));
    }
    !cancel.is_cancelled()
}

fn look_at(service: &mut Watched, seconds: f64, request: &WatchRequest, client: Client) {
    let snapshot = match client.live(&service.target, request.ask, Ownership::default()) {
        Ok(snapshot) => snapshot,
        // An answer that was given up says nothing about the service.
        Err(_) if client.cancel.is_cancelled() => return,
        Err(error) => return service.fail(&error),
    };
    let mallocs = (service.has_heap)
        .then(|| client.mallocs(&service.target))
        .flatten();
    service.has_heap = mallocs.is_some();
    service.is_down = false;
    service.total = snapshot.total;
    service.looks += 1;
    let process = Process {
        build: snapshot.build.clone(),
        mallocs,
    };
    let look = Look {
        seconds,
        snapshot,
        process,
    };
    let restarted = service.history.push(look, request.max_growth);
    service.note = restarted.then(|| "restarted; growth is measured anew".to_owned());
}

impl Watched {
    fn fail(&mut self, error: &SourceError) {
        self.is_down = true;
        self.note = Some(base::full_message(error));
    }
}
