//! Differences between two sides: values on the heap, leaking parameters, verdicts of the inliner, inlined calls.

use std::collections::{BTreeMap, BTreeSet};

use super::causes::{cause_of_escape, cause_of_stay};
use super::side::{Offset, Side, Site, SiteKey};
use super::{Cause, Change, ChangeKind, Existence};
use crate::class::SubjectClass;
use crate::decision::DecisionId;

fn change(old: &Side, new: &Side, function: &str, subject: &str, kind: ChangeKind) -> Change {
    let exists = |side: &Side| side.functions.contains_key(function);
    let function_is = match (exists(old), exists(new)) {
        (false, true) => Existence::New,
        (true, false) => Existence::Gone,
        _ => Existence::OnBothSides,
    };
    Change {
        function: function.to_owned(),
        kind,
        subject: subject.to_owned(),
        owner: None,
        function_is,
        cause: None,
        location: None,
        old: None,
        new: None,
    }
}

/// The new decision's position, else the function's on the new side, else where it was.
fn locate(change: &mut Change, old: &Side, new: &Side) {
    change.location = (change.new)
        .and_then(|id| new.location(id, false))
        .or_else(|| new.declaration(&change.function, false))
        .or_else(|| old.location(change.old?, true));
}

pub(super) fn escapes(old: &Side, new: &Side, changes: &mut Vec<Change>) {
    let none = Site::default();
    let mut found = Vec::new();
    let keys: BTreeSet<&SiteKey> = old.sites.keys().chain(new.sites.keys()).collect();
    for key in keys {
        let before = old.sites.get(key);
        let after = new.sites.get(key);
        match (&key.owner, before, after) {
            (Some(owner), Some(_), None) | (Some(owner), None, Some(_)) => {
                found.extend(copies_of_one_side(old, new, key, owner));
            }
            _ => {
                let (before, after) = (before.unwrap_or(&none), after.unwrap_or(&none));
                compare_site(old, new, key, before, after, &mut found);
            }
        }
    }
    reinlined(old, new, &mut found);
    for change in found.iter_mut().filter(|change| change.cause.is_none()) {
        change.cause = match change.kind {
            ChangeKind::NowEscapes => cause_of_escape(old, new, change, changes),
            ChangeKind::NoLongerEscapes => cause_of_stay(old, new, change, changes),
            _ => None,
        };
    }
    drop_edited(old, new, &mut found);
    changes.extend(found);
}

/// A site that both sides can have in the same function.
fn compare_site(
    old: &Side,
    new: &Side,
    key: &SiteKey,
    before: &Site,
    after: &Site,
    found: &mut Vec<Change>,
) {
    for id in surplus(&after.heap, &before.heap) {
        let mut change = site_change(old, new, key, ChangeKind::NowEscapes);
        change.old = before.stays;
        change.new = Some(id);
        named(&mut change, new, id);
        locate(&mut change, old, new);
        found.push(change);
    }
    for id in surplus(&before.heap, &after.heap) {
        let mut change = site_change(old, new, key, ChangeKind::NoLongerEscapes);
        change.old = Some(id);
        change.new = after.stays;
        named(&mut change, old, id);
        locate(&mut change, old, new);
        found.push(change);
    }
}

fn site_change(old: &Side, new: &Side, key: &SiteKey, kind: ChangeKind) -> Change {
    let mut change = change(old, new, &key.function, &key.subject, kind);
    change.owner.clone_from(&key.owner);
    change
}

/// Shows a change by the text of the source.
fn named(change: &mut Change, side: &Side, id: DecisionId) {
    change.subject = side.flows.subject(id).into_owned();
}

/// Only one side has values of an inlined function in this one, and not because the call is inlined there alone.
fn copies_of_one_side(old: &Side, new: &Side, key: &SiteKey, owner: &str) -> Option<Change> {
    if is_reinlined(old, new, &key.function, owner) || is_reinlined(new, old, &key.function, owner)
    {
        return None;
    }
    let first = |side: &Side| side.sites.get(key)?.heap.values().next().copied();
    let (kind, id, with, without) = match (first(old), first(new)) {
        (Some(id), None) => (ChangeKind::NoLongerEscapes, id, old, new),
        (None, Some(id)) => (ChangeKind::NowEscapes, id, new, old),
        _ => return None,
    };
    // A change of the owner's source is reported there.
    let is_own_change = without.functions.contains_key(owner)
        && !without.sites.contains_key(&own_key(key, owner))
        && with.sites.contains_key(&own_key(key, owner));
    if is_own_change {
        return None;
    }
    let mut change = site_change(old, new, key, kind);
    if kind == ChangeKind::NowEscapes {
        change.new = Some(id);
    } else {
        change.old = Some(id);
    }
    named(&mut change, with, id);
    locate(&mut change, old, new);
    Some(change)
}

/// One side inlines the call and the other one makes it.
fn is_reinlined(with: &Side, without: &Side, function: &str, callee: &str) -> bool {
    let call = (function.to_owned(), callee.to_owned());
    with.inlined.contains_key(&call)
        && !without.inlined.contains_key(&call)
        && without.functions.contains_key(function)
        && without.may_call(function, callee)
}

/// What becomes of the values of a function where a call of it is inlined on one side only: inlined, they can stay on
/// the stack of the caller; called, they are where the function itself has them.
fn reinlined(old: &Side, new: &Side, found: &mut Vec<Change>) {
    for (with, without) in [(old, new), (new, old)] {
        let calls = (with.inlined.keys())
            .filter(|(function, callee)| is_reinlined(with, without, function, callee));
        for (function, callee) in calls {
            let own = |side: &'_ Side<'_>| -> BTreeSet<String> {
                (side.sites.iter())
                    .filter(|(key, site)| {
                        key.function == *callee && key.owner.is_none() && !site.heap.is_empty()
                    })
                    .map(|(key, _)| key.subject.clone())
                    .collect()
            };
            // A value that only one side has is a change of the callee itself.
            for subject in own(with).intersection(&own(without)) {
                let key = SiteKey {
                    function: function.clone(),
                    owner: Some(callee.clone()),
                    subject: subject.clone(),
                };
                found.extend(reinlined_site(
                    old,
                    new,
                    &key,
                    callee,
                    std::ptr::eq(with, old),
                ));
            }
        }
    }
}

/// `was_inlined`: on the old side rather than on the new one.
fn reinlined_site(
    old: &Side,
    new: &Side,
    key: &SiteKey,
    owner: &str,
    was_inlined: bool,
) -> Option<Change> {
    let (with, without) = if was_inlined { (old, new) } else { (new, old) };
    let first = |side: &Side, key: &SiteKey| side.sites.get(key)?.heap.values().next().copied();
    let copy = first(with, key);
    let called = first(without, &own_key(key, owner))?;
    let (kind, cause) = match (copy, was_inlined) {
        (Some(_), true) => (
            ChangeKind::StillEscapes,
            Cause::NoLongerInlined(owner.to_owned()),
        ),
        (Some(_), false) => (
            ChangeKind::StillEscapes,
            Cause::NowInlined(owner.to_owned()),
        ),
        (None, true) => (
            ChangeKind::NowEscapes,
            Cause::NoLongerInlined(owner.to_owned()),
        ),
        (None, false) => (
            ChangeKind::NoLongerEscapes,
            Cause::NowInlined(owner.to_owned()),
        ),
    };
    let mut change = site_change(old, new, key, kind);
    (change.old, change.new) = if was_inlined {
        (copy, Some(called))
    } else {
        (Some(called), copy)
    };
    named(&mut change, without, called);
    change.cause = Some(cause);
    change.location = new.call(&key.function, owner);
    if change.location.is_none() {
        locate(&mut change, old, new);
    }
    Some(change)
}

/// The same site in the function that has it in its source.
fn own_key(key: &SiteKey, owner: &str) -> SiteKey {
    SiteKey {
        function: owner.to_owned(),
        owner: None,
        subject: key.subject.clone(),
    }
}

/// As many of `these` as there are more than of `those`: the last ones of those that have no counterpart at the
/// same offset.
fn surplus(
    these: &BTreeMap<Offset, DecisionId>,
    those: &BTreeMap<Offset, DecisionId>,
) -> Vec<DecisionId> {
    let more = these.len().saturating_sub(those.len());
    let mut ids: Vec<DecisionId> = these
        .iter()
        .rev()
        .filter(|(offset, _)| !those.contains_key(offset))
        .map(|(_, id)| *id)
        .take(more)
        .collect();
    ids.reverse();
    ids
}

/// Drops pairs of one function of which one expression became the other by an edit: `make([]T, n)` and
/// `make([]T, n+1)`, a variable and its new name.
fn drop_edited(old: &Side, new: &Side, found: &mut Vec<Change>) {
    let mut gone: BTreeMap<(String, EditKey), Vec<usize>> = BTreeMap::new();
    for (index, change) in found.iter().enumerate() {
        if change.kind == ChangeKind::NoLongerEscapes
            && (change.new.is_none() && change.cause.is_none())
            && let Some(key) = change.old.and_then(|id| edit_key(old, id))
        {
            gone.entry((change.function.clone(), key))
                .or_default()
                .push(index);
        }
    }
    let mut dropped = BTreeSet::new();
    for (index, change) in found.iter().enumerate() {
        if change.kind == ChangeKind::NowEscapes
            && (change.old.is_none() && change.cause.is_none())
            && let Some(key) = change.new.and_then(|id| edit_key(new, id))
            && let Some(other) = gone
                .get_mut(&(change.function.clone(), key))
                .and_then(Vec::pop)
        {
            dropped.extend([index, other]);
        }
    }
    let mut index = 0;
    found.retain(|_| {
        index += 1;
        !dropped.contains(&(index - 1))
    });
}

/// What an edit of an expression leaves as it is: its class and its type.
type EditKey = (SubjectClass, String);

fn edit_key(side: &Side, id: DecisionId) -> Option<EditKey> {
    let decision = side.of.decisions.get(id)?;
    let text = side.of.decisions.text(decision.subject);
    let class = decision.subject.class;
    let ty = match class {
        SubjectClass::MakeSlice | SubjectClass::MakeMap | SubjectClass::MakeChan => {
            text.split(',').next().unwrap_or(text).trim_end_matches(')')
        }
        SubjectClass::Append
        | SubjectClass::Concatenation
        | SubjectClass::ToString
        | SubjectClass::StringToBytes
        | SubjectClass::StringToRunes
        | SubjectClass::Name
        | SubjectClass::Selector
        | SubjectClass::Call => "",
        _ => return None,
    };
    Some((class, ty.to_owned()))
}

pub(super) fn leaks(old: &Side, new: &Side, changes: &mut Vec<Change>) {
    let keys: BTreeSet<&(String, String)> = old.leaks.keys().chain(new.leaks.keys()).collect();
    for key in keys {
        let before = old.leaks.get(key);
        let after = new.leaks.get(key);
        let rank = |leak: Option<&(u8, DecisionId)>| leak.map_or(0, |leak| leak.0);
        let kind = match rank(before).cmp(&rank(after)) {
            std::cmp::Ordering::Less => ChangeKind::NowLeaks,
            std::cmp::Ordering::Greater => ChangeKind::NoLongerLeaks,
            std::cmp::Ordering::Equal => continue,
        };
        let mut change = change(old, new, &key.0, &key.1, kind);
        // Callers of a function that came or went are new or gone too.
        if change.function_is != Existence::OnBothSides {
            continue;
        }
        change.old = (before.map(|leak| leak.1)).or_else(|| old.stays.get(key).copied());
        change.new = (after.map(|leak| leak.1)).or_else(|| new.stays.get(key).copied());
        locate(&mut change, old, new);
        changes.push(change);
    }
}

pub(super) fn verdicts(old: &Side, new: &Side, changes: &mut Vec<Change>) {
    for (name, after) in &new.verdicts {
        let Some(before) = old.verdicts.get(name) else {
            continue;
        };
        let kind = match (before.inlinable, after.inlinable) {
            (true, false) => ChangeKind::NoLongerInlinable,
            (false, true) => ChangeKind::NowInlinable,
            _ => match (before.cost, after.cost) {
                (Some(old), Some(new)) if old != new => ChangeKind::InlineCost { old, new },
                _ => continue,
            },
        };
        let mut change = change(old, new, name, name, kind);
        change.old = Some(before.decision);
        change.new = Some(after.decision);
        locate(&mut change, old, new);
        changes.push(change);
    }
}

/// Calls that both sides have and only one inlines.
pub(super) fn calls(old: &Side, new: &Side, changes: &mut Vec<Change>) {
    let sides = [
        (old, new, ChangeKind::CallNoLongerInlined),
        (new, old, ChangeKind::CallNowInlined),
    ];
    for (with, without, kind) in sides {
        for ((function, callee), id) in &with.inlined {
            if !is_reinlined(with, without, function, callee) {
                continue;
            }
            let mut change = change(old, new, function, callee, kind);
            if kind == ChangeKind::CallNowInlined {
                change.new = Some(*id);
            } else {
                change.old = Some(*id);
                change.location = new.call(function, callee);
            }
            if change.location.is_none() {
                locate(&mut change, old, new);
            }
            changes.push(change);
        }
    }
}
