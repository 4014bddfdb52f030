//! What goroutines of a debug=1 profile wait for, from the addresses of their stacks.
//!
//! The form prints no states and hides the runtime's frames, but prints the addresses of all
//! frames. A parked goroutine has the return address in `runtime.gopark` first, so one goroutine
//! whose state is visible (`internal/poll.runtime_pollWait`) shows that address for all. Behind it
//! come the runtime's functions of the operation:
//!
//! ```text
//! gopark, selectgo | block, user…                         select, select {}
//! gopark, chanrecv | chansend, chanrecv1 | chansend1, …   a channel operation
//! ```
//!
//! Functions lie in the binary as they stand in the source: `chansend1` before `chanrecv1`
//! (runtime/chan.go), `block` before `selectgo` (runtime/select.go). Functions of the standard
//! library that wait for one thing only show the rest. Where all of this leaves a doubt, so does the
//! state: `chan send or receive`, `parked`.

use std::collections::HashMap;

use profile::goroutine::Stack;
use rustc_hash::FxBuildHasher;

use crate::state;

/// Functions that wait in one state only, and which.
const ONE_STATE: &[(&str, &str)] = &[
    ("context.(*cancelCtx).propagateCancel.func2", "select"),
    ("database/sql.(*DB).connectionCleaner", "select"),
    ("database/sql.(*DB).connectionOpener", "select"),
    ("database/sql.(*Rows).awaitDone", "select"),
    ("database/sql.(*Tx).awaitDone", "chan receive"),
    (
        "google.golang.org/grpc/internal/grpcsync.(*CallbackSerializer).run",
        "select",
    ),
    (
        "google.golang.org/grpc/internal/transport.(*controlBuffer).get",
        "select",
    ),
    ("net/http.(*persistConn).roundTrip", "select"),
    ("net/http.(*persistConn).writeLoop", "select"),
    ("net/http/internal/http2.(*serverConn).serve", "select"),
    ("os/signal.NotifyContext.func1", "select"),
    ("testing.(*T).Run", "chan receive"),
];

/// Return addresses of functions closer than this are of neighbors of a few bytes, such as
/// `chanrecv1` and `chanrecv2`; `chansend` lies between `chansend1` and those.
const NEIGHBORS: u64 = 0x200;
/// Programs have some ten; a hostile file may have any number.
const MAX_PREFIXES: usize = 4096;
/// Marks a state that [`Prefixes::state`] must replace when the profile was read.
const OPEN: char = '?';

/// The hidden addresses before the first visible frame of each stack, as far as they differ.
#[derive(Debug, Default)]
pub(crate) struct Prefixes {
    list: Vec<Prefix>,
    by_addresses: HashMap<Vec<u64>, usize, FxBuildHasher>,
}

#[derive(Debug)]
struct Prefix {
    addresses: Vec<u64>,
    /// A state that the visible frames of some stack with this prefix show.
    state: Option<&'static str>,
    /// Some stack with this prefix is known to be parked.
    is_parked: bool,
    /// Behind it come visible frames of a primitive: it is not a select or channel operation.
    is_other: bool,
}

impl Prefixes {
    /// The state of a stack; one that begins with [`OPEN`] is settled by [`Prefixes::state`] once
    /// all stacks are known.
    pub(crate) fn add(&mut self, stack: &Stack<'_>) -> String {
        let functions = stack.frames.iter().map(|frame| frame.function.as_ref());
        let visible = state::of_stack(functions);
        let leaf = stack.frames.first().map(|frame| frame.function.as_ref());
        let known = leaf.and_then(|leaf| ONE_STATE.iter().find(|(name, _)| *name == leaf));
        let hidden = stack.addresses.get(..stack.hidden).unwrap_or_default();
        let is_parked = visible.is_some_and(|it| !matches!(it, "running" | "syscall"));
        let idx = self.by_addresses.get(hidden).copied().or_else(|| {
            let next = self.list.len();
            (next < MAX_PREFIXES).then(|| {
                self.by_addresses.insert(hidden.to_vec(), next);
                self.list.push(Prefix {
                    addresses: hidden.to_vec(),
                    state: None,
                    is_parked: false,
                    is_other: false,
                });
                next
            })
        });
        if let Some(prefix) = idx.and_then(|idx| self.list.get_mut(idx)) {
            prefix.is_parked |= is_parked || known.is_some();
            prefix.is_other |= visible.is_some();
            prefix.state = prefix.state.or(known.map(|(_, state)| *state));
        }
        match (visible.or(known.map(|(_, state)| *state)), idx) {
            (Some(state), _) => state.to_owned(),
            (None, Some(idx)) => format!("{OPEN}{idx}"),
            (None, None) => "parked".to_owned(),
        }
    }

    /// What an open state is; `None` for one that is settled.
    pub(crate) fn state(&self, open: &str) -> Option<&'static str> {
        let idx: usize = open.strip_prefix(OPEN)?.parse().ok()?;
        let addresses = self.list.get(idx)?.addresses.as_slice();
        let gopark = self.gopark();
        Some(match addresses {
            [] | [_] if addresses.first().copied() != gopark || gopark.is_none() => "running",
            [first, ..] if gopark.is_some_and(|gopark| gopark != *first) => "running",
            [_, operation] => self.select(*operation),
            [_, _, operation] => self.channel(*operation),
            _ => "parked",
        })
    }

    fn gopark(&self) -> Option<u64> {
        let mut parked = self.list.iter().filter(|it| it.is_parked);
        parked.find_map(|it| it.addresses.first().copied())
    }

    /// Distinct addresses at `depth` of prefixes of `depth + 1` addresses, sorted, each with the
    /// state that is known for it.
    fn operations(&self, depth: usize) -> Vec<(u64, Option<&'static str>)> {
        let gopark = self.gopark();
        let of_depth = self.list.iter().filter(|it| {
            it.addresses.len() == depth + 1
                && !it.is_other
                && (gopark.is_none() || it.addresses.first().copied() == gopark)
        });
        let mut all: Vec<_> = of_depth.map(|it| (it.addresses[depth], it.state)).collect();
        all.sort_by_key(|(address, state)| (*address, state.is_none()));
        all.dedup_by_key(|(address, _)| *address);
        all
    }

    fn select(&self, operation: u64) -> &'static str {
        let known = self.operations(1);
        let last = known
            .iter()
            .rev()
            .find(|(_, state)| *state == Some("select"));
        let select = last
            .or(known.last())
            .map_or(operation, |(address, _)| *address);
        match operation.cmp(&select) {
            std::cmp::Ordering::Equal => "select",
            std::cmp::Ordering::Less => "select (no cases)",
            std::cmp::Ordering::Greater => "parked",
        }
    }

    fn channel(&self, operation: u64) -> &'static str {
        let known = self.operations(2);
        let near = |(address, _): &&(u64, Option<&str>)| address.abs_diff(operation) < NEIGHBORS;
        if let Some(state) = known.iter().filter(near).find_map(|(_, state)| *state) {
            return state;
        }
        // Only a receive has two forms, with and without `ok`.
        if known.iter().filter(near).count() > 1 {
            return "chan receive";
        }
        let others: Vec<u64> = known
            .iter()
            .filter(|it| !near(it))
            .map(|(address, _)| *address)
            .collect();
        match (others.iter().min(), others.iter().max()) {
            (Some(least), _) if operation < *least => "chan send",
            (_, Some(greatest)) if operation > *greatest => "chan receive",
            _ => "chan send or receive",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use profile::goroutine::Frame;

    fn stack(hidden: &[u64], leaf: &'static str) -> Stack<'static> {
        Stack {
            count: 1,
            addresses: [hidden, &[0x90_0000]].concat(),
            hidden: hidden.len(),
            frames: vec![Frame {
                function: leaf.into(),
                ..Frame::default()
            }],
            ..Stack::default()
        }
    }

    fn states(stacks: &[Stack<'_>]) -> Vec<String> {
        let mut prefixes = Prefixes::default();
        let open: Vec<String> = stacks.iter().map(|it| prefixes.add(it)).collect();
        let settle = |open: &String| {
            let state = prefixes.state(open);
            state.map_or_else(|| open.clone(), str::to_owned)
        };
        open.iter().map(settle).collect()
    }

    #[test]
    fn addresses_show_the_operation() {
        let states = states(&[
            stack(
                &[0x0048_6daa, 0x0044_96b7],
                "internal/poll.runtime_pollWait",
            ),
            stack(&[0x0048_6daa, 0x0041_67bc, 0x0041_63b7], "main.send"),
            stack(&[0x0048_6daa, 0x0041_76ce, 0x0041_7212], "main.receive"),
            stack(&[0x0048_6daa, 0x0041_76ce, 0x0041_7232], "main.receive2"),
            stack(&[0x0048_6daa, 0x0046_1e26], "main.main"),
            stack(
                &[0x0048_6daa, 0x0046_28d7],
                "net/http.(*persistConn).writeLoop",
            ),
            stack(&[0x0048_6daa, 0x0046_28d7], "main.loop"),
            stack(&[0x0048_d000], "main.spin"),
            stack(&[], "main.busy"),
        ]);
        assert_eq!(
            states,
            [
                "IO wait",
                "chan send",
                "chan receive",
                "chan receive",
                "select (no cases)",
                "select",
                "select",
                "running",
                "running",
            ]
        );
    }

    #[test]
    fn what_is_in_doubt_is_said_to_be() {
        let states = states(&[
            stack(&[0x0048_6daa, 0x0041_76ce, 0x0041_7212], "main.a"),
            stack(&[0x0048_6daa, 1, 2, 3, 4], "main.b"),
            stack(
                &[0x0048_6daa, 0x0046_3672, 0x0046_3649],
                "sync.runtime_SemacquireMutex",
            ),
        ]);
        assert_eq!(
            states,
            ["chan send or receive", "parked", "sync.Mutex.Lock"]
        );
    }

    #[test]
    fn only_a_receive_has_two_forms() {
        let states = states(&[
            stack(&[0x0048_6daa, 0x0041_76ce, 0x0041_7212], "main.a"),
            stack(&[0x0048_6daa, 0x0041_76ce, 0x0041_7232], "main.b"),
        ]);
        assert_eq!(states, ["chan receive", "chan receive"]);
    }
}
