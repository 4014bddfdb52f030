//! Heap profiles of jemalloc, and profiles that `jeprof --raw` or gperftools' `pprof --raw` has
//! given symbols. pprof reads neither.
//!
//! ```text
//! heap_v2/524288                                --- symbol
//!   t*: 28: 115648 [0: 0]                       binary=/usr/bin/php
//! @ 0x5f86da8 0x5f5a1dc                         0x00000000000003e9 main
//!   t*: 1: 100 [0: 0]                           ---
//!   t3: 1: 100 [0: 0]                           --- heap
//! MAPPED_LIBRARIES:                             heap profile: …
//! ```
//!
//! Of jemalloc's rows those of single threads are left aside: `t*` is their sum.

use base::List;
use rustc_hash::FxHashMap;

use super::heap::block_size_label;
use super::lines::{Lines, trim};
use super::numbers::{Addresses, decimal, hex, malformed, unsample};
use super::{LegacyError, Result, ReturnAddresses, Stacks, maps, pattern, uninteresting};
use crate::Line;
use crate::model::Profile;

/// Reads either of the forms.
pub(super) fn read(input: &[u8]) -> Result<Profile> {
    if input.starts_with(b"--- symbol") {
        read_symbolized(input)
    } else if input.starts_with(b"heap_v2/") {
        read_jemalloc(input)
    } else {
        Err(LegacyError::Unrecognized)
    }
}

fn read_jemalloc(input: &[u8]) -> Result<Profile> {
    let mut lines = Lines::new(input);
    lines.advance()?;
    let rate = lines.line.strip_prefix(b"heap_v2/").unwrap_or_default();
    let rate = decimal(trim(rate)).map_err(|_| LegacyError::Unrecognized)?;
    let row = pattern(r"^\s*t\*: *(\d+): *(\d+) *\[ *(\d+): *(\d+) *\]");
    let mut rows: Vec<(Vec<u64>, [i64; 4])> = Vec::new();
    let mut stack: Option<Vec<u64>> = None;
    let addresses = Addresses::new();
    while lines.advance()? {
        let line = lines.line;
        if maps::is_sentinel(line) {
            break;
        }
        if let Some(text) = line.strip_prefix(b"@") {
            stack = Some(addresses.find(text, line)?);
        } else if let Some(found) = row.captures(line)
            && let Some(stack) = stack.take()
        {
            let number = |at: usize| decimal(&found[at]).map_err(|err| malformed(line, &err));
            rows.push((stack, [number(1)?, number(2)?, number(3)?, number(4)?]));
        }
    }
    let has_alloc = rows.iter().any(|(_, values)| values[2..] != [0, 0]);
    let types: &[_] = if has_alloc {
        &[
            ("alloc_objects", "count"),
            ("alloc_space", "bytes"),
            ("inuse_objects", "count"),
            ("inuse_space", "bytes"),
        ]
    } else {
        &[("objects", "count"), ("space", "bytes")]
    };
    let mut stacks = Stacks::new(types, ("space", "bytes"), rate);
    let key = stacks.profile.strings.intern(b"bytes");
    for (stack, [count, size, alloc_count, alloc_size]) in rows {
        let mut values = Vec::with_capacity(4);
        if has_alloc {
            let (count, size) = unsample(alloc_count, alloc_size, rate);
            values.extend([count, size]);
        }
        let block_size = size.checked_div(count).unwrap_or(0);
        let (count, size) = unsample(count, size, rate);
        values.extend([count, size]);
        let labels = block_size_label(&mut stacks.profile, key, block_size);
        stacks.push(&stack, ReturnAddresses::All, &values, labels);
    }
    if stacks.profile.samples.is_empty() {
        return Err(LegacyError::Broken("no heap samples".to_owned()));
    }
    maps::read_rest(&mut lines, &mut stacks.profile)?;
    uninteresting::set_patterns(&mut stacks.profile);
    Ok(stacks.profile)
}

fn read_symbolized(input: &[u8]) -> Result<Profile> {
    let mut symbols: FxHashMap<u64, &[u8]> = FxHashMap::default();
    let mut binary: &[u8] = b"";
    let mut rest = input;
    let mut is_table = false;
    let profile = loop {
        let Some(end) = memchr::memchr(b'\n', rest) else {
            return Err(LegacyError::Broken(
                "no profile behind the symbols".to_owned(),
            ));
        };
        let (line, after) = (trim(&rest[..end]), &rest[end + 1..]);
        rest = after;
        if line.starts_with(b"--- ") {
            // The table, or what has the profile's name: heap, profile, contention, growth.
            if is_table {
                break super::decode(rest)
                    .or_else(|error| read_jemalloc(rest).map_err(|_| error))
                    .map_err(|_| {
                        LegacyError::Broken("no profile behind the symbols".to_owned())
                    })?;
            }
            is_table = true;
        } else if let Some(path) = line.strip_prefix(b"binary=") {
            binary = path;
        } else if let Some(digits) = line.strip_prefix(b"0x")
            && let Some(space) = memchr::memchr(b' ', digits)
            && let Some(address) = hex(&digits[..space])
        {
            symbols.insert(address, trim(&digits[space..]));
        }
    };
    Ok(named(profile, &symbols, binary))
}

/// The profile with the functions of a table of symbols.
fn named(mut profile: Profile, symbols: &FxHashMap<u64, &[u8]>, binary: &[u8]) -> Profile {
    let file = profile.strings.intern(binary);
    // Without a memory map there is one mapping, of everything.
    if let Some(main) = profile.mappings.ids().next() {
        let main = &mut profile.mappings[main];
        if main.file.is_empty() {
            main.file = file;
            main.has_functions = true;
        }
    }
    let mut functions = FxHashMap::default();
    for id in profile.locations.ids() {
        let address = profile.locations[id].address;
        // Symbols are those of return addresses, which the reader has set back by one.
        let behind = address.checked_add(1).and_then(|it| symbols.get(&it));
        let Some(name) = behind.or_else(|| symbols.get(&address)) else {
            continue;
        };
        let name = profile.strings.intern(name);
        let function = functions.entry(name);
        let function =
            *function.or_insert_with(|| profile.add_function(name, crate::StrId::EMPTY, 0));
        let start = profile.lines.len();
        profile.lines.push(Line {
            function,
            line: 0,
            column: 0,
        });
        profile.locations[id].lines = List::between(start, profile.lines.len());
    }
    profile
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<String> {
        let profile = read(text.as_bytes()).unwrap();
        let row = |id| {
            let frames = profile.frames(id);
            let names: Vec<_> = frames
                .map(|it| profile.function_name(it.function).into_owned())
                .collect();
            format!("{:?} {}", profile.samples.values(id), names.join(" "))
        };
        profile.samples.ids().map(row).collect()
    }

    #[test]
    fn symbols_before_a_profile_name_its_addresses() {
        let text = "--- symbol\nbinary=/opt/app\n0x0000000000000101 main\n\
            0x0000000000000201 (anonymous namespace)::work\n---\n--- heap\n\
            heap profile: 3: 400 [5: 800] @ heapprofile\n\
            2: 300 [3: 500] @ 0x201 0x101\n1: 100 [2: 300] @ 0x999 0x101\n";
        assert_eq!(
            rows(text),
            [
                "[3, 500, 2, 300] (anonymous namespace)::work main",
                "[2, 300, 1, 100] main"
            ]
        );
        let profile = read(text.as_bytes()).unwrap();
        let main = profile.mappings.iter().next().unwrap();
        assert_eq!(profile.strings.text(main.file), "/opt/app");
    }

    #[test]
    fn jemalloc_sums_of_threads_are_estimates_of_all_blocks() {
        let text = "heap_v2/1024\n  t*: 9: 9216 [0: 0]\n  t0: 9: 9216 [0: 0]\n\
            @ 0x201 0x101\n  t*: 4: 4096 [0: 0]\n  t0: 4: 4096 [0: 0]\n\
            @ 0x301\n  t*: 0: 0 [0: 0]\n\
            \nMAPPED_LIBRARIES:\n00000100-00000400 r-xp 00000000 08:01 7 /opt/app\n";
        // 4 blocks of the mean distance between samples: 4 / (1 - 1/e).
        assert_eq!(rows(text), ["[6, 6479] ", "[0, 0] "]);
        let profile = read(text.as_bytes()).unwrap();
        assert_eq!((profile.period, profile.mappings.len()), (1024, 1));
    }

    #[test]
    fn tables_without_a_profile_are_refused() {
        for text in [
            "--- symbol\nbinary=x\n---\n",
            "heap_v2/x\n",
            "heap_v2/1\n",
            "--- symbol\n--- heap\nx\n",
        ] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
