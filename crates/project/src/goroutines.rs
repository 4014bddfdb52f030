//! Goroutines of dumps and of running services: a snapshot, what changed between two, and a watch over time.
//!
//! The engine is [`leak`]; here its input is found and fetched. Nothing needs the go command.

mod fetch;
mod source;
pub mod watch;

use std::io::{self, Read as _};
use std::path::Path;

use base::{Cancellation, Cancelled, System};
use leak::diff::{self, Change};
use leak::dump::{self, Snapshot};
use leak::{Ownership, Verdict};
use profile::goroutine;

use crate::events::{Event, Events};
use crate::service::{self, Access, ServiceError};

pub use source::{ShortPaths, SourceLines};

/// Above this many goroutines a service stalls for a debug=2 dump: 10 000 cost it some 100 ms.
pub const MAX_STACK_DUMP: u64 = 10_000;

/// More than any report of goroutines.
const MAX_REPORT: u64 = 256 << 20;

/// Which goroutines to read.
#[derive(Clone, Debug, Default)]
pub struct SnapshotRequest {
    /// Dumps, profiles and logs, gzipped or not (`-` is standard input); running services as `host:port`, `:port` or
    /// base URL; URLs of one profile. Several are added up.
    pub sources: Vec<String>,
    /// An older dump to compare with.
    pub base: Option<String>,
    pub ask: Ask,
    pub access: Access,
}

/// What a service may be asked for, given what the answer costs it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ask {
    /// States and counts are enough.
    pub count_only: bool,
    /// Ask for stacks with ids up to this number of goroutines.
    pub max_stacks: u64,
    /// Ask for the goroutineleak profile up to this number of goroutines.
    pub max_proof: u64,
}

impl Default for Ask {
    fn default() -> Self {
        Self {
            count_only: false,
            max_stacks: MAX_STACK_DUMP,
            max_proof: u64::MAX,
        }
    }
}

/// The goroutines of a request.
#[derive(Debug)]
pub struct SnapshotReport {
    pub snapshot: Snapshot,
    /// The older dump, if one was named.
    pub base: Option<Snapshot>,
}

impl SnapshotReport {
    /// What changed since the older dump; `None` without one.
    pub fn changes(&self) -> Option<Vec<Change<'_>>> {
        Some(diff::diff(self.base.as_ref()?, &self.snapshot))
    }

    /// Whether goroutines are proven to be leaked or, compared with an older dump, more of them are blocked.
    pub fn has_findings(&self) -> bool {
        let Some(changes) = self.changes() else {
            return (self.snapshot.groups.iter()).any(|group| group.verdict == Verdict::Proven);
        };
        changes.iter().any(|change| {
            let counts = matches!(change.group.verdict, Verdict::Proven | Verdict::Blocked);
            counts && change.growth() > 0
        })
    }
}

/// Why there is no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The name is without credentials.
    #[error("failed to read {name}")]
    Source {
        name: String,
        #[source]
        source: SourceError,
    },
    #[error("interrupted")]
    Cancelled(#[from] Cancelled),
}

/// Why a source gives no goroutines.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error(transparent)]
    Service(#[from] ServiceError),
    #[error(transparent)]
    Read(#[from] io::Error),
    #[error(transparent)]
    Dump(#[from] dump::ReadError),
}

impl SnapshotError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Source { source, .. } => source.hint(),
            Self::Cancelled(_) => None,
        }
    }
}

impl SourceError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Service(error) => error.hint(),
            Self::Read(_) | Self::Dump(_) => None,
        }
    }
}

/// Reads all sources of the request, and the older dump.
pub fn snapshot(
    system: &dyn System,
    cancel: &Cancellation,
    request: &SnapshotRequest,
    events: Events,
) -> Result<SnapshotReport, SnapshotError> {
    let client = fetch::Client {
        system,
        cancel,
        access: &request.access,
    };
    events(Event::Begin {
        stage: "reading",
        total: request.sources.len() + request.base.iter().len(),
    });
    let read = |source: &String| {
        let name = service::without_credentials(source);
        events(Event::Doing { what: &name });
        let snapshot = (client.snapshot(source, request.ask, Ownership::default()))
            .map_err(|error| failed(&name, error, cancel))?;
        events(Event::Step { what: &name });
        Ok(snapshot)
    };
    let snapshots =
        (request.sources.iter().map(read)).collect::<Result<Vec<_>, SnapshotError>>()?;
    let base = request.base.as_ref().map(read).transpose()?;
    Ok(SnapshotReport {
        snapshot: dump::merge(snapshots),
        base,
    })
}

/// Every goroutine of one source as it was read, ungrouped; of a service, with stacks and ids.
pub fn raw_dump(
    system: &dyn System,
    cancel: &Cancellation,
    access: &Access,
    source: &str,
) -> Result<goroutine::Dump, SnapshotError> {
    let client = fetch::Client {
        system,
        cancel,
        access,
    };
    let read = || {
        let mut input = client.open_stacks(source)?;
        let mut content = goroutine::Dump::default();
        goroutine::read(&mut input, &mut |item| content.push(item))?;
        Ok(content)
    };
    read().map_err(|error| failed(&service::without_credentials(source), error, cancel))
}

/// The text of a file that is a JSON value; `None` for anything else.
pub(crate) fn report_text(system: &dyn System, source: &str) -> Option<Vec<u8>> {
    let mut file = system.open(Path::new(source)).ok()?;
    let mut text = vec![0; 1];
    file.read_exact(&mut text).ok()?;
    if text != b"{" {
        return None;
    }
    file.take(MAX_REPORT).read_to_end(&mut text).ok()?;
    Some(text)
}

/// An answer that was given up is not an answer that failed.
fn failed(name: &str, source: SourceError, cancel: &Cancellation) -> SnapshotError {
    match cancel.check() {
        Err(cancelled) => cancelled.into(),
        Ok(()) => SnapshotError::Source {
            name: name.to_owned(),
            source,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::time::Duration;

    use base::testing::MemorySystem;

    use super::watch::{Moment, WatchRequest, watch};
    use super::*;

    const OLD: &str = "goroutine 7 [chan send]:\nmain.work()\n\t/w/main.go:7 +0x1\n";

    /// A service with two goroutines that wait at one place, one of them leaked.
    fn service(url: &str) -> (u16, Vec<u8>) {
        let counts = "goroutine profile: total 2\n2 @ 0x1\n#\t0x1\tmain.work+0x1\t/w/main.go:7\n";
        let stacks = "goroutine 7 [chan send (leaked)]:\nmain.work()\n\t/w/main.go:7 +0x1\n\n\
            goroutine 8 [chan send]:\nmain.work()\n\t/w/main.go:7 +0x1\n";
        match url {
            "http://h:6060/debug/pprof/goroutine?debug=0" => (200, counts.into()),
            "http://h:6060/debug/pprof/goroutineleak?debug=2" => (200, stacks.into()),
            "http://h:6060/debug/pprof/heap?debug=1" => (200, b"# Mallocs = 5\n".to_vec()),
            _ => (404, Vec::new()),
        }
    }

    fn system() -> MemorySystem {
        MemorySystem::default()
            .with_file("/old.txt", OLD)
            .with_http(Box::new(service))
    }

    fn request(sources: &[&str], base: Option<&str>) -> SnapshotRequest {
        SnapshotRequest {
            sources: sources.iter().map(|it| (*it).to_owned()).collect(),
            base: base.map(str::to_owned),
            ..SnapshotRequest::default()
        }
    }

    #[test]
    fn a_service_is_compared_with_a_file() {
        let cancel = Cancellation::default();
        let read = |request| snapshot(&system(), &cancel, &request, &|_| ()).unwrap();
        let report = read(request(&["h:6060"], Some("/old.txt")));
        assert_eq!(report.snapshot.total, 2);
        let growth: Vec<i64> = (report.changes().unwrap().iter())
            .map(Change::growth)
            .collect();
        assert_eq!(growth.iter().sum::<i64>(), 1);
        assert!(report.has_findings());
        assert!(!read(request(&["/old.txt"], None)).has_findings());
        assert_eq!(
            read(request(&["/old.txt", "h:6060"], None)).snapshot.total,
            3
        );
    }

    #[test]
    fn a_source_that_cannot_be_read_is_named_without_its_password() {
        let cancel = Cancellation::default();
        let read = |source: &str| snapshot(&system(), &cancel, &request(&[source], None), &|_| ());
        let error = read("http://me:secret@other:1").unwrap_err();
        assert_eq!(
            base::full_message(&error),
            "failed to read http://other:1: the service has no such endpoint (404)"
        );
        cancel.cancel();
        let error = read("h:6060").unwrap_err();
        assert!(matches!(error, SnapshotError::Cancelled(_)), "{error}");
    }

    #[test]
    fn a_watch_ends_by_its_caller_and_keeps_what_it_saw() {
        let cancel = Cancellation::default();
        let request = |name: &str| WatchRequest {
            services: vec![name.to_owned()],
            interval: Duration::ZERO,
            duration: None,
            max_growth: 10,
            ask: Ask::look(false, true),
            access: Access::default(),
        };
        let mut rounds = 0;
        let mut on_look = |moment: Moment, _: &[_]| {
            rounds += usize::from(moment != Moment::Wait);
            match rounds {
                3 => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        };
        let services = watch(&system(), &cancel, &request("h:6060"), &mut on_look).unwrap();
        assert_eq!((services[0].looks, services[0].total), (3, 2));
        assert!(services[0].has_findings(true));
        // A service that has never answered is not looked at again.
        let services = watch(&system(), &cancel, &request("other:1"), &mut on_look).unwrap();
        assert!(services[0].looks == 0 && !services[0].is_lost());
        assert!(watch(&system(), &cancel, &request("/old.txt"), &mut on_look).is_err());
        assert_eq!(rounds, 4);
    }
}
