//! Goroutines that wait at the same place for the same reason, as one.
//!
//! The key is the state, the user's frames (function and line, from the innermost frame outside
//! the standard library outwards) and the `go` statement: no arguments, no ids. Frames that
//! repeat (recursion) are folded, so that stacks of different depth stay one group.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::hash::Hasher as _;

use profile::goroutine::{CreatedBy, Frame, Goroutine, Labels, Stack};
use profile::{LabelValue, Profile};
use rustc_hash::{FxBuildHasher, FxHasher};

use crate::frames::Ownership;
use crate::idle::{self, Known, Meaning};
use crate::state::{self, Class};

/// What can be said of a goroutine from one dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// The runtime has proven that it can never run again.
    Proven,
    /// Parked on something of the program; one dump does not show for how long.
    Blocked,
    /// Waits by design: servers, pools, tickers, the runtime's own.
    Idle,
    Running,
}

impl Verdict {
    pub fn name(self) -> &'static str {
        match self {
            Self::Proven => "PROVEN",
            Self::Blocked => "BLOCKED",
            Self::Idle => "IDLE",
            Self::Running => "RUNNING",
        }
    }
}

/// What makes a goroutine worth showing whatever it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// It panicked or caused the fatal error of the dump.
    Faulting,
    /// The goroutine of `main.main`.
    Main,
}

impl Role {
    /// The word for it in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Faulting => "faulting",
            Self::Main => "main",
        }
    }
}

/// What the text around a goroutine says about it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Context {
    /// The dump was written because of this goroutine.
    pub(crate) faulting: bool,
    /// The runtime found that nothing is left to wake it: the proof of a deadlock.
    pub(crate) deadlocked: bool,
}

/// Goroutines of one key.
#[derive(Clone, Debug)]
pub struct Group {
    pub verdict: Verdict,
    pub role: Option<Role>,
    /// As the runtime prints it, without suffixes; `parked` where the form has no states.
    pub state: String,
    pub class: Class,
    pub count: u64,
    /// Sorted; empty where the form has none (debug=0, debug=1).
    pub ids: Vec<u64>,
    /// One of the stacks, innermost first.
    pub frames: Vec<Frame<'static>>,
    /// Index of the frame that stands for the group, see [`Ownership::first_user`].
    pub user: usize,
    /// Index of the outermost frame that is the user's.
    pub entry: usize,
    pub created_by: Option<CreatedBy<'static>>,
    /// Longest time one of them is known to be parked.
    pub minutes: u64,
    /// How many have each label; at most [`Group::MAX_LABELS`] different ones are kept.
    pub labels: BTreeMap<(String, String), u64>,
    /// What is known of the function they wait in.
    pub known: Option<&'static Known>,
    /// How many wait for the lock at each address; at most [`Group::MAX_LOCKS`] different ones.
    pub locks: BTreeMap<u64, u64>,
}

impl Group {
    /// Labels kept of a group.
    pub const MAX_LABELS: usize = 64;
    /// Locks kept of a group.
    pub const MAX_LOCKS: usize = 64;

    /// The outermost frame of the user's: what the `go` statement called, mostly.
    pub fn entry(&self) -> Option<&Frame<'static>> {
        self.frames.get(self.entry)
    }

    /// Where it waits, as seen by the user.
    pub fn place(&self) -> Option<&Frame<'static>> {
        self.frames.get(self.user)
    }

    /// What two dumps of one build have in common for it.
    pub fn key(&self) -> String {
        let leaked = self.verdict == Verdict::Proven;
        let mut key = self.state.clone();
        key.push_str(if leaked { " (leaked)" } else { "" });
        for frame in folded(&self.frames[self.user..]) {
            key.push_str(&format!("\n{}:{}", frame.function, frame.line));
        }
        if let Some(by) = &self.created_by {
            key.push_str(&format!("\n< {}:{}", by.frame.function, by.frame.line));
        }
        key
    }

    /// 16 hexadecimal digits that stay the same across commits and dumps: a hash of the state, the
    /// user's functions and the function with the `go` statement, without lines, ids and counts.
    pub fn fingerprint(&self) -> String {
        // FNV-1a: its values are fixed, unlike those of the standard library's hashers.
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        let mut put = |text: &str| {
            for byte in text.bytes().chain([b'\n']) {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        };
        put(&self.state);
        let mut last = None;
        for frame in &self.frames[self.user.min(self.frames.len())..] {
            if last != Some(&frame.function) {
                put(&frame.function);
            }
            last = Some(&frame.function);
        }
        put("<");
        let by = self.created_by.as_ref();
        put(by.map_or("", |by| by.frame.function.as_ref()));
        format!("{hash:016x}")
    }
}

/// One goroutine, or several alike, as any form shows them.
struct Sighting<'a> {
    count: u64,
    id: Option<u64>,
    state: &'a str,
    leaked: bool,
    minutes: u64,
    frames: &'a [Frame<'a>],
    created_by: Option<&'a CreatedBy<'a>>,
    labels: &'a Labels<'a>,
    lock: Option<u64>,
    context: Context,
}

/// Collects groups; memory grows with the groups, not with the goroutines (but for their ids).
#[derive(Debug, Default)]
pub struct Groups {
    ownership: Ownership,
    /// Group by functions alone, see [`Groups::by_function`].
    by_function: bool,
    list: Vec<Group>,
    /// Indices of the groups by the hash of their key: to write the key of each goroutine down
    /// would take longer than to read it.
    by_hash: HashMap<u64, Vec<usize>, FxBuildHasher>,
    /// Reused for every label.
    label: (String, String),
}

impl Groups {
    pub fn new(ownership: Ownership) -> Self {
        Self {
            ownership,
            ..Self::default()
        }
    }

    /// Groups by the function that waits and the function that has the `go` statement, whatever
    /// the lines and what is between: within one test that is one thing to look at.
    pub fn by_function(ownership: Ownership) -> Self {
        Self {
            by_function: true,
            ..Self::new(ownership)
        }
    }

    /// Adds a goroutine of a debug=2 dump.
    pub fn add_goroutine(&mut self, goroutine: &Goroutine<'_>) {
        self.add_in(goroutine, Context::default());
    }

    /// As [`Groups::add_goroutine`], with what the text around it says.
    pub(crate) fn add_in(&mut self, goroutine: &Goroutine<'_>, context: Context) {
        let functions = goroutine.frames.iter().map(|it| it.function.as_ref());
        let state = state::refine(&goroutine.status, functions);
        let stuck = matches!(state::class(state), Class::Provable | Class::Blocked);
        self.add(&Sighting {
            count: 1,
            id: Some(goroutine.id),
            state,
            leaked: goroutine.leaked || (context.deadlocked && stuck),
            minutes: goroutine.minutes,
            frames: &goroutine.frames,
            created_by: goroutine.created_by.as_ref(),
            labels: &goroutine.labels,
            lock: goroutine.lock,
            context,
        });
    }

    /// Adds an entry of a debug=1 profile; `leaked` if it is the goroutineleak profile. `state` is
    /// what the profile's addresses show, see [`crate::counts`].
    pub(crate) fn add_stack(&mut self, stack: &Stack<'_>, state: &str, leaked: bool) {
        self.add(&Sighting {
            count: stack.count,
            id: None,
            state,
            leaked,
            minutes: 0,
            frames: &stack.frames,
            created_by: None,
            labels: &stack.labels,
            lock: None,
            context: Context::default(),
        });
    }

    /// Adds the samples of a debug=0 profile; `leaked` if it is the goroutineleak profile.
    pub fn add_profile(&mut self, profile: &Profile, leaked: bool) {
        for id in profile.samples.ids() {
            let all: Vec<Frame<'_>> = profile
                .frames(id)
                .map(|frame| Frame {
                    function: profile.function_name(frame.function),
                    file: profile.function_file(frame.function),
                    line: frame.line.try_into().unwrap_or(0),
                })
                .collect();
            let state = state::of_full_stack(all.iter().map(|frame| frame.function.as_ref()));
            // What the other forms hide as well.
            let hidden = |frame: &&Frame<'_>| frame.function.starts_with("runtime.");
            let skip = all.iter().take_while(hidden).count();
            let end = all.len() - all[skip..].iter().rev().take_while(hidden).count();
            let set = profile.samples.labels(id);
            let labels = labels_of(profile, set);
            self.add(&Sighting {
                count: profile
                    .samples
                    .values(id)
                    .first()
                    .copied()
                    .unwrap_or(0)
                    .try_into()
                    .unwrap_or(0),
                id: None,
                state,
                leaked,
                minutes: 0,
                frames: if skip < end { &all[skip..end] } else { &all },
                created_by: None,
                labels: &labels,
                lock: None,
                context: Context::default(),
            });
        }
    }

    fn add(&mut self, sighting: &Sighting<'_>) {
        let user = self.ownership.first_user(sighting.frames);
        let alike = self
            .by_hash
            .entry(self.hash_of(sighting, user))
            .or_default();
        let is_same = if self.by_function {
            is_same_by_function
        } else {
            is_same
        };
        let same = |idx: &&usize| is_same(&self.list[**idx], sighting, user);
        let idx = alike.iter().find(same).copied().unwrap_or_else(|| {
            let entry = self.ownership.last_user(sighting.frames).unwrap_or(user);
            self.list.push(new_group(sighting, user, entry));
            alike.push(self.list.len() - 1);
            self.list.len() - 1
        });
        let group = &mut self.list[idx];
        group.count = group.count.saturating_add(sighting.count);
        group.minutes = group.minutes.max(sighting.minutes);
        group.ids.extend(sighting.id);
        if let Some(lock) = sighting.lock
            && (group.locks.len() < Group::MAX_LOCKS || group.locks.contains_key(&lock))
        {
            *group.locks.entry(lock).or_default() += sighting.count;
        }
        for (name, value) in sighting.labels {
            let label = &mut self.label;
            label.0.clear();
            label.0.push_str(name);
            label.1.clear();
            label.1.push_str(value);
            if let Some(count) = group.labels.get_mut(label) {
                *count += sighting.count;
            } else if group.labels.len() < Group::MAX_LABELS {
                group.labels.insert(label.clone(), sighting.count);
            }
        }
    }

    fn hash_of(&self, sighting: &Sighting<'_>, user: usize) -> u64 {
        let mut hasher = FxHasher::default();
        let mut put = |frame: &Frame<'_>, with_line: bool| {
            hasher.write(frame.function.as_bytes());
            hasher.write_u32(if with_line { frame.line } else { 0 });
        };
        let created_by = sighting.created_by.map(|by| &by.frame);
        if self.by_function {
            let place = sighting.frames.get(user);
            for frame in place.into_iter().chain(created_by) {
                put(frame, false);
            }
        } else {
            let frames = folded(&sighting.frames[user..]);
            frames.chain(created_by).for_each(|frame| put(frame, true));
            hasher.write_u8(sighting.leaked.into());
        }
        hasher.write(sighting.state.as_bytes());
        hasher.finish()
    }

    /// Replaces states that were open when their goroutines were added by what `settle` gives.
    pub(crate) fn settle(&mut self, settle: &dyn Fn(&str) -> Option<&'static str>) {
        for group in &mut self.list {
            if let Some(state) = settle(&group.state) {
                state.clone_into(&mut group.state);
                judge(group, group.verdict == Verdict::Proven);
            }
        }
    }

    /// By verdict, then the largest first, then by place; the faulting goroutine before all.
    pub fn finish(self) -> Vec<Group> {
        merge(self.list)
    }
}

/// Adds up groups of one key, from several dumps.
pub(crate) fn merge(groups: Vec<Group>) -> Vec<Group> {
    let mut merged: BTreeMap<String, Group> = BTreeMap::new();
    for group in groups {
        let known = match merged.entry(group.key()) {
            Entry::Vacant(entry) => {
                entry.insert(group);
                continue;
            }
            Entry::Occupied(entry) => entry.into_mut(),
        };
        known.verdict = known.verdict.min(group.verdict);
        known.role = known.role.min(group.role).or(known.role).or(group.role);
        known.count += group.count;
        known.ids.extend(group.ids);
        for (lock, count) in group.locks {
            if known.locks.len() < Group::MAX_LOCKS || known.locks.contains_key(&lock) {
                *known.locks.entry(lock).or_default() += count;
            }
        }
        known.minutes = known.minutes.max(group.minutes);
        for (label, count) in group.labels {
            if known.labels.len() < Group::MAX_LABELS || known.labels.contains_key(&label) {
                *known.labels.entry(label).or_default() += count;
            }
        }
    }
    sort(merged.into_values().collect())
}

fn sort(mut groups: Vec<Group>) -> Vec<Group> {
    for group in &mut groups {
        group.ids.sort_unstable();
    }
    let rank = |group: &Group| {
        let faulting = group.role == Some(Role::Faulting);
        let count = std::cmp::Reverse(group.count);
        (!faulting, group.verdict, count, group.key())
    };
    groups.sort_by_cached_key(rank);
    groups
}

fn labels_of(profile: &Profile, set: profile::LabelSetId) -> Labels<'_> {
    let labels = profile.label_sets.get(set).iter();
    labels
        .filter_map(|label| match label.value {
            LabelValue::Str(value) => {
                Some((profile.strings.text(label.key), profile.strings.text(value)))
            }
            LabelValue::Num { .. } => None,
        })
        .collect()
}

fn new_group(sighting: &Sighting<'_>, user: usize, entry: usize) -> Group {
    let frames: Vec<_> = sighting
        .frames
        .iter()
        .map(|it| it.clone().into_owned())
        .collect();
    let created_by = sighting.created_by.map(|by| by.clone().into_owned());
    let mut group = Group {
        verdict: Verdict::Blocked,
        role: role(sighting),
        state: sighting.state.to_owned(),
        class: Class::Blocked,
        count: 0,
        ids: Vec::new(),
        frames,
        user,
        entry,
        created_by,
        minutes: sighting.minutes,
        labels: BTreeMap::new(),
        known: None,
        locks: BTreeMap::new(),
    };
    judge(&mut group, sighting.leaked);
    group
}

fn role(sighting: &Sighting<'_>) -> Option<Role> {
    // A recovered panic that was logged shows the call of `panic`.
    let panics = sighting.frames.iter().any(|it| it.function == "panic");
    if sighting.context.faulting || (panics && sighting.state == "running") {
        return Some(Role::Faulting);
    }
    let is_main = sighting
        .frames
        .last()
        .is_some_and(|frame| matches!(frame.function.as_ref(), "main.main" | "runtime.main"));
    (is_main && sighting.created_by.is_none()).then_some(Role::Main)
}

/// Sets what follows from a group's state and frames.
fn judge(group: &mut Group, leaked: bool) {
    group.class = state::class(&group.state);
    group.known = idle::find(&group.frames, group.user, &group.state);
    group.verdict = if leaked {
        Verdict::Proven
    } else {
        verdict(group)
    };
}

fn verdict(group: &Group) -> Verdict {
    let creator = group.created_by.as_ref();
    let creator = creator.map(|by| by.frame.function.as_ref());
    let by_design = (group.known).is_some_and(|known| known.meaning != Meaning::Suspect)
        || idle::is_singleton(&group.frames, creator);
    match group.class {
        Class::Alive => Verdict::Running,
        Class::Runtime | Class::Io | Class::Sleep => Verdict::Idle,
        _ if by_design => Verdict::Idle,
        Class::Syscall => Verdict::Running,
        Class::Provable | Class::Blocked if group.role == Some(Role::Main) && main_waits(group) => {
            Verdict::Idle
        }
        Class::Provable | Class::Blocked => Verdict::Blocked,
    }
}

/// Whether the main goroutine, which waits for the end of most programs, need not be stuck: it has
/// not been seen to wait for minutes, or waits in `select {}` or in a library.
fn main_waits(group: &Group) -> bool {
    let blocking = group.frames.get(idle::blocking(&group.frames));
    let in_user_code = blocking.is_some_and(|it| Ownership::default().is_user(&it.function));
    group.minutes == 0 || group.state == "select (no cases)" || !in_user_code
}

/// Frames without those that repeat the one before: recursion of any depth is one thing.
fn folded<'a, 'f>(frames: &'a [Frame<'f>]) -> impl Iterator<Item = &'a Frame<'f>> {
    frames.iter().enumerate().filter_map(|(idx, frame)| {
        let repeats = idx > 0 && is_same_place(&frames[idx - 1], frame);
        (!repeats).then_some(frame)
    })
}

fn is_same_place(a: &Frame<'_>, b: &Frame<'_>) -> bool {
    a.line == b.line && a.function == b.function
}

/// Whether a sighting belongs to the group by functions alone.
fn is_same_by_function(group: &Group, sighting: &Sighting<'_>, user: usize) -> bool {
    let function = |frame: Option<&Frame<'_>>| frame.map(|it| it.function.to_string());
    let creator = |by: Option<&CreatedBy<'_>>| by.map(|it| it.frame.function.to_string());
    group.state == sighting.state
        && function(group.place()) == function(sighting.frames.get(user))
        && creator(group.created_by.as_ref()) == creator(sighting.created_by)
}

/// Whether a sighting has the group's key.
fn is_same(group: &Group, sighting: &Sighting<'_>, user: usize) -> bool {
    let created_by = (&group.created_by, sighting.created_by);
    let created_alike = match created_by {
        (Some(a), Some(b)) => is_same_place(&a.frame, &b.frame),
        (a, b) => a.is_none() && b.is_none(),
    };
    let known = folded(&group.frames[group.user..]);
    let mut seen = folded(&sighting.frames[user..]);
    group.state == sighting.state
        && (group.verdict == Verdict::Proven) == sighting.leaked
        && created_alike
        && known
            .map(Some)
            .chain([None])
            .all(|a| match (a, seen.next()) {
                (Some(a), Some(b)) => is_same_place(a, b),
                (a, b) => a.is_none() && b.is_none(),
            })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(dump: &str) -> Vec<String> {
        let mut groups = Groups::new(Ownership::default());
        let (dump, _) = profile::goroutine::parse(dump.as_bytes());
        dump.goroutines
            .iter()
            .for_each(|goroutine| groups.add_goroutine(goroutine));
        let groups = groups.finish();
        let shown = groups.iter().map(|group| {
            let place = group.place().unwrap();
            format!(
                "{} {} {} {}:{}",
                group.verdict.name(),
                group.count,
                group.state,
                place.function,
                place.line
            )
        });
        shown.collect()
    }

    #[test]
    fn alike_goroutines_are_one_group() {
        let shown = shown(
            "goroutine 1 [select (no cases)]:\nmain.main()\n\tm.go:9\n\n\
             goroutine 7 [chan send]:\nmain.work(0x1)\n\tm.go:3\ncreated by main.main in goroutine 1\n\tm.go:8\n\n\
             goroutine 8 [chan send]:\nmain.work(0x2)\n\tm.go:3\ncreated by main.main in goroutine 1\n\tm.go:8\n\n\
             goroutine 9 [chan send (leaked)]:\nmain.work(0x2)\n\tm.go:3\ncreated by main.main in goroutine 1\n\tm.go:8\n\n\
             goroutine 10 [running]:\nmain.spin()\n\tm.go:4\n\n\
             goroutine 11 [select]:\nnet/http.(*persistConn).writeLoop(0x1)\n\th.go:1\n\n",
        );
        assert_eq!(
            shown,
            [
                "PROVEN 1 chan send main.work:3",
                "BLOCKED 2 chan send main.work:3",
                "IDLE 1 select net/http.(*persistConn).writeLoop:1",
                "IDLE 1 select (no cases) main.main:9",
                "RUNNING 1 running main.spin:4",
            ]
        );
    }

    #[test]
    fn recursion_of_any_depth_is_one_group() {
        let frame = "main.descend(0x1)\n\tm.go:30\n";
        let shown = shown(&format!(
            "goroutine 3 [chan receive]:\n{frame}{frame}\ngoroutine 4 [chan receive]:\n{}\n",
            frame.repeat(9)
        ));
        assert_eq!(shown, ["BLOCKED 2 chan receive main.descend:30"]);
    }
}
