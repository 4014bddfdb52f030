//! Whether two looks are at the same process.

use std::collections::BTreeMap;

use super::{Site, SiteNow};

/// What a service shows of its process besides goroutines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Process {
    /// Id of the binary's build.
    pub build: Option<String>,
    /// Objects allocated since the process started; never falls.
    pub mallocs: Option<u64>,
}

/// What is kept of the look before.
#[derive(Debug, Default)]
pub(super) struct Seen {
    process: Process,
    /// Origin of each goroutine, and whether it was there at the look before as well.
    goroutines: BTreeMap<u64, (String, bool)>,
}

/// What never changes for a goroutine: its `go` statement, or the site of one that has none. Its
/// outermost function does change: before it runs that is the compiler's wrapper.
fn origin(site: &Site, now: &SiteNow) -> String {
    let by = now.group.created_by.as_ref().map(|by| &by.frame);
    by.map_or_else(
        || site.clone(),
        |frame| format!("{}:{}", frame.function, frame.line),
    )
}

/// Each goroutine with its origin.
fn goroutines(sites: &BTreeMap<Site, SiteNow>) -> Vec<(u64, String)> {
    let mut all = Vec::new();
    for (site, now) in sites {
        let origin = origin(site, now);
        all.extend(now.ids.iter().map(|id| (*id, origin.clone())));
    }
    all
}

/// Fewer goroutines can all end between two looks.
const MIN_LASTING: usize = 3;

impl Seen {
    /// Whether a look is at another process than the one before.
    ///
    /// Builds and allocations answer at once. Ids never repeat in a process: where one belongs to
    /// another `go` statement than before, or none of the lasting goroutines is left and the newest
    /// id is lower than theirs, the process is another one.
    pub(super) fn is_other(&self, process: &Process, sites: &BTreeMap<Site, SiteNow>) -> bool {
        let differ = |(old, new): (&String, &String)| old != new;
        let builds = self.process.build.as_ref().zip(process.build.as_ref());
        let mallocs = self.process.mallocs.zip(process.mallocs);
        if builds.is_some_and(differ) || mallocs.is_some_and(|(old, new)| new < old) {
            return true;
        }
        let now = goroutines(sites);
        let Some(newest) = now.iter().map(|(id, _)| *id).max() else {
            return false;
        };
        let mut kept = false;
        for (id, origin) in now {
            match self.goroutines.get(&id) {
                Some((old, _)) if *old != origin => return true,
                Some((_, true)) if id > 1 => kept = true,
                _ => {}
            }
        }
        let lasting = self.goroutines.iter().filter(|(_, (_, lasts))| *lasts);
        let ids: Vec<u64> = lasting.map(|(id, _)| *id).filter(|id| *id > 1).collect();
        !kept && ids.len() >= MIN_LASTING && ids.last().is_some_and(|last| newest < *last)
    }

    pub(super) fn update(&mut self, process: Process, sites: &BTreeMap<Site, SiteNow>) {
        // A look may lack what an earlier one had.
        self.process.build = process.build.or(self.process.build.take());
        self.process.mallocs = process.mallocs.or(self.process.mallocs);
        let goroutines: BTreeMap<_, _> = goroutines(sites)
            .into_iter()
            .map(|(id, origin)| (id, (origin, self.goroutines.contains_key(&id))))
            .collect();
        // A look without ids says nothing about them.
        if !goroutines.is_empty() {
            self.goroutines = goroutines;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Now = &'static [(&'static str, &'static [u64])];

    fn sites(all: &[(&str, &[u64])]) -> BTreeMap<Site, SiteNow> {
        let site = |(name, ids): &(&str, &[u64])| {
            let text = "goroutine 1 [select]:\nmain.f()\n\tm.go:1\n";
            let snapshot =
                crate::dump::read(&mut text.as_bytes(), crate::Ownership::default()).unwrap();
            let now = SiteNow {
                group: snapshot.groups[0].clone(),
                count: ids.len() as u64,
                proven: 0,
                ids: ids.to_vec(),
            };
            ((*name).to_owned(), now)
        };
        all.iter().map(site).collect()
    }

    /// A goroutine that has not run yet shows the compiler's wrapper around what it is to run.
    #[test]
    fn the_first_function_of_a_goroutine_may_change() {
        let started = |function: &str, line: u32| {
            let text = format!(
                "goroutine 7 [sleep]:\n{function}()\n\tm.go:3\ncreated by main.f in goroutine 1\n\tm.go:{line}\n"
            );
            let snapshot =
                crate::dump::read(&mut text.as_bytes(), crate::Ownership::default()).unwrap();
            super::super::sites(snapshot)
        };
        let mut seen = Seen::default();
        seen.update(Process::default(), &started("main.f.gowrap1", 9));
        assert!(!seen.is_other(&Process::default(), &started("time.Sleep", 9)));
        assert!(seen.is_other(&Process::default(), &started("time.Sleep", 12)));
    }

    #[test]
    fn another_process_shows_by_ids_builds_or_allocations() {
        let before = sites(&[("main", &[1]), ("worker", &[20, 21, 22]), ("conn", &[90])]);
        let mut seen = Seen::default();
        let process = |build: &str, mallocs| Process {
            build: Some(build.to_owned()),
            mallocs: Some(mallocs),
        };
        seen.update(process("a", 100), &before);
        seen.update(process("a", 100), &before);
        let none = Process::default();
        let cases: [(&str, Process, Now, bool); 7] = [
            (
                "nothing new",
                none.clone(),
                &[("main", &[1]), ("conn", &[90])],
                false,
            ),
            (
                "all workers ended",
                none.clone(),
                &[("main", &[1]), ("conn", &[95])],
                false,
            ),
            (
                "an id of another site",
                none.clone(),
                &[("worker", &[90])],
                true,
            ),
            (
                "none of them, lower ids",
                none.clone(),
                &[("main", &[1]), ("conn", &[34])],
                true,
            ),
            ("another build", process("b", 200), &[("conn", &[90])], true),
            (
                "fewer allocations",
                process("a", 90),
                &[("conn", &[90])],
                true,
            ),
            (
                "more allocations",
                process("a", 110),
                &[("conn", &[90])],
                false,
            ),
        ];
        for (name, process, now, want) in cases {
            assert_eq!(seen.is_other(&process, &sites(now)), want, "{name}");
        }
    }
}
