//! Calls that one change replaces: those of one function of another package, and those on one variable that have the
//! same remedy, as `MapKeys` and `MapIndex` of one walk have.

use std::collections::BTreeMap;

use go_types::ObjId;

use super::{CallCause, set_up};
use crate::rules;
use crate::view::View;

/// What calls of one cause have in common.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    /// The functions that are called, with those that go with them.
    Functions(Vec<String>),
    /// The variable that is called on, or assigned the result.
    Remedy(ObjId, &'static str),
}

/// One cause for the calls that have a key in common: the heaviest, with the others as its parts.
pub(super) fn joined_calls<'a>(view: &View, mut calls: Vec<CallCause<'a>>) -> Vec<CallCause<'a>> {
    calls.sort_by_key(|call| std::cmp::Reverse(call.allocating.heaviness()));
    let mut joined: BTreeMap<usize, CallCause> = BTreeMap::new();
    let homes = homes(view, &calls);
    for (index, call) in calls.into_iter().enumerate() {
        match joined.get_mut(&homes[index]) {
            Some(first) => join(first, call),
            None => drop(joined.insert(index, call)),
        }
    }
    joined.into_values().collect()
}

/// Of each call, the first of the calls that are its cause.
fn homes(view: &View, calls: &[CallCause]) -> Vec<usize> {
    let mut homes: Vec<usize> = (0..calls.len()).collect();
    let mut firsts: BTreeMap<Key, usize> = BTreeMap::new();
    for (index, call) in calls.iter().enumerate() {
        for key in keys(view, call) {
            let other = *firsts.entry(key).or_insert(index);
            let (a, b) = (root(&homes, other), root(&homes, index));
            homes[a.max(b)] = a.min(b);
        }
    }
    (0..calls.len()).map(|index| root(&homes, index)).collect()
}

fn root(homes: &[usize], mut index: usize) -> usize {
    while homes[index] != index {
        index = homes[index];
    }
    index
}

fn keys(view: &View, call: &CallCause) -> impl Iterator<Item = Key> {
    let functions = std::iter::once(call).chain(&call.beside);
    let names = functions.map(|call| family(&call.function)).collect();
    let remedy = rules::of_call(&call.function).and_then(|(_, rule)| (rule.remedy)(&call.function));
    let variables = [set_up::receiver(view, call), set_up::result(view, call)];
    let of_variables = (variables.into_iter().flatten())
        .filter_map(move |variable| Some(Key::Remedy(variable, remedy?)));
    std::iter::once(Key::Functions(names)).chain(of_variables)
}

/// All writes to a buffer grow it: the type for its methods, else the function.
fn family(function: &str) -> String {
    const BUFFERS: &[&str] = &["bytes.(*Buffer).", "strings.(*Builder)."];
    let buffer = BUFFERS.iter().find(|buffer| function.starts_with(**buffer));
    buffer.map_or_else(|| function.to_owned(), |buffer| (*buffer).to_owned())
}

fn join<'a>(first: &mut CallCause<'a>, mut call: CallCause<'a>) {
    let place = (call.file, call.line);
    let others = first.others.iter().map(|(file, line, ..)| (*file, *line));
    let beside = first.beside.iter().map(|other| (other.file, other.line));
    if !others
        .chain(beside)
        .chain([(first.file, first.line)])
        .any(|other| other == place)
    {
        first.lines += call.lines;
    }
    first.weights += call.weights;
    first.allocating += call.allocating;
    first.beside.append(&mut call.beside);
    if family(&call.function) == family(&first.function) {
        (first.others).push((call.file, call.line, call.call, call.allocating));
    } else {
        first.beside.push(call);
    }
}
