//! Functions with a new name: exported or no longer (`acquire`, `Acquire`), or with another kind of receiver (`T.M`,
//! `(*T).M`). Their decisions are compared as those of one function.

use std::collections::BTreeMap;

use super::side::{Side, SiteKey};

/// The name without what a rename may change.
fn stem(name: &str) -> String {
    name.replace(['(', ')', '*'], "").to_lowercase()
}

/// New names by old ones, of functions that only one side has. Names with several candidates are left out.
fn renames(old: &Side, new: &Side) -> BTreeMap<String, String> {
    let missing = |side: &Side, other: &Side| {
        let mut stems: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for name in side.functions.keys() {
            if !other.functions.contains_key(name) {
                stems.entry(stem(name)).or_default().push(name.clone());
            }
        }
        stems
    };
    let added = missing(new, old);
    (missing(old, new).into_iter())
        .filter_map(|(stem, names)| match (&names[..], &added.get(&stem)?[..]) {
            ([old], [new]) => Some((old.clone(), new.clone())),
            _ => None,
        })
        .collect()
}

impl Side<'_> {
    /// Gives the functions of an old side their names of the new side.
    pub(super) fn rename(&mut self, new: &Side) {
        let names = renames(self, new);
        if names.is_empty() {
            return;
        }
        let renamed = |name: String| names.get(&name).cloned().unwrap_or(name);
        self.functions = take(&mut self.functions, renamed);
        self.verdicts = take(&mut self.verdicts, renamed);
        self.leaks = take(&mut self.leaks, |(function, name)| {
            (renamed(function), name)
        });
        self.stays = take(&mut self.stays, |(function, name)| {
            (renamed(function), name)
        });
        self.inlined = take(&mut self.inlined, |(function, callee)| {
            (renamed(function), renamed(callee))
        });
        self.sites = take(&mut self.sites, |key: SiteKey| SiteKey {
            function: renamed(key.function),
            owner: key.owner.map(renamed),
            subject: key.subject,
        });
        self.renamed = names.into_iter().map(|(old, new)| (new, old)).collect();
    }
}

fn take<K: Ord, V>(map: &mut BTreeMap<K, V>, rename: impl Fn(K) -> K) -> BTreeMap<K, V> {
    (std::mem::take(map).into_iter())
        .map(|(key, value)| (rename(key), value))
        .collect()
}
