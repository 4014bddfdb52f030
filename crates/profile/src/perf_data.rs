//! Files of Linux `perf record`.
//!
//! pprof hands them to a converter that few have. A file holds records of what the kernel saw:
//! mappings of code, forks, names of threads, and samples with their callchains. Records are
//! sorted by time, replayed into the address space of each process, and every sample becomes
//! addresses in mappings, which the symbolizer then names.
//!
//! Source: Linux `tools/perf/Documentation/perf.data-file-format.txt` and
//! `include/uapi/linux/perf_event.h`. Records compressed by `perf record -z` are refused.

mod build_ids;
mod records;

use std::collections::BTreeMap;

use base::Idx;
use rustc_hash::FxHashMap;

use crate::error::DecodeError;
use crate::labels::{Label, LabelSetId};
use crate::model::{LocationId, Mapping, MappingId, Profile};
use crate::strings::StrId;
use records::{File, Map, Record, Sample};

/// The process id of the kernel's own mappings.
const KERNEL: u32 = u32::MAX;
/// Copies of mappings in forked processes before we give up on them, so that a file cannot
/// make us copy without end.
const MAX_COPIES: usize = 1 << 22;

/// Whether the bytes are a file of Linux `perf record`.
pub fn is_perf_data(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PERFILE2") || bytes.starts_with(b"2ELIFREP")
}

/// Reads such a file: per event the number of samples, and of events they stand for.
pub(crate) fn decode(bytes: &[u8]) -> Result<Profile, DecodeError> {
    let file =
        File::read(bytes).map_err(|reason| DecodeError::Parse(format!("perf.data: {reason}")))?;
    let mut replay = Replay::new(&file);
    for record in &file.records {
        replay.record(record);
    }
    replay.finish();
    Ok(replay.profile)
}

/// Mappings of one process by first address, with the first address after.
type AddressSpace = BTreeMap<u64, (u64, MappingId)>;

struct Replay<'a> {
    profile: Profile,
    build_ids: &'a FxHashMap<&'a [u8], String>,
    spaces: FxHashMap<u32, AddressSpace>,
    n_copies: usize,
    mappings: FxHashMap<(u64, u64, u64, StrId), MappingId>,
    locations: FxHashMap<(Option<MappingId>, u64), LocationId>,
    /// Names of threads.
    commands: FxHashMap<u32, &'a [u8]>,
    times: Option<(u64, u64)>,
    comm_key: StrId,
}

impl<'a> Replay<'a> {
    fn new(file: &'a File<'a>) -> Self {
        let events = &file.events;
        let names = events.iter().map(|event| match events[..] {
            [_] => ("samples".to_owned(), event.name.clone()),
            _ => (format!("{}_samples", event.name), event.name.clone()),
        });
        let names: Vec<_> = names.collect();
        let types = names.iter().zip(events);
        let types =
            types.flat_map(|((count, sum), event)| [(&**count, "count"), (&**sum, event.unit)]);
        let mut profile = Profile::with_sample_types(&types.collect::<Vec<_>>());
        if let [event, ..] = &events[..] {
            profile.period_type = profile.value_type(&event.name, event.unit);
            profile.period = event.period;
        }
        let comm_key = profile.strings.intern(b"comm");
        Self {
            profile,
            build_ids: &file.build_ids,
            spaces: FxHashMap::default(),
            n_copies: 0,
            mappings: FxHashMap::default(),
            locations: FxHashMap::default(),
            commands: FxHashMap::default(),
            times: None,
            comm_key,
        }
    }

    fn record(&mut self, record: &Record<'a>) {
        match record {
            Record::Map(map) => self.map(map),
            Record::Command {
                pid,
                tid,
                name,
                is_exec,
            } => {
                if *is_exec {
                    self.spaces.remove(pid);
                }
                self.commands.insert(*tid, name);
            }
            Record::Fork {
                pid,
                parent,
                tid,
                parent_tid,
            } => {
                if let Some(&name) = self.commands.get(parent_tid) {
                    self.commands.insert(*tid, name);
                }
                let space = self.spaces.get(parent).filter(|_| pid != parent);
                if let Some(space) = space
                    && self.n_copies + space.len() <= MAX_COPIES
                {
                    self.n_copies += space.len();
                    let space = space.clone();
                    self.spaces.insert(*pid, space);
                }
            }
            Record::Sample(sample) => self.sample(sample),
        }
    }

    fn map(&mut self, map: &Map<'a>) {
        let Some(limit) = map.start.checked_add(map.len).filter(|_| map.len > 0) else {
            return;
        };
        let file = self.profile.strings.intern(map.file);
        let mut build_id = map.build_id.as_str();
        if build_id.is_empty() {
            build_id = self.build_ids.get(map.file).map_or("", String::as_str);
        }
        let build_id = self.profile.strings.intern(build_id.as_bytes());
        let profile = &mut self.profile;
        let key = (map.start, limit, map.offset, file);
        let id = *self.mappings.entry(key).or_insert_with(|| {
            profile.add_mapping(Mapping {
                start: map.start,
                limit,
                offset: map.offset,
                file,
                build_id,
                ..Mapping::default()
            })
        });
        let space = self.spaces.entry(map.pid).or_default();
        // The new mapping replaces what was there.
        let covered: Vec<u64> = space
            .range(map.start..limit)
            .map(|(&start, _)| start)
            .collect();
        for start in covered {
            space.remove(&start);
        }
        if let Some((_, (before, _))) = space.range_mut(..map.start).next_back() {
            *before = (*before).min(map.start);
        }
        space.insert(map.start, (limit, id));
    }

    fn sample(&mut self, sample: &Sample) {
        let mut stack = Vec::with_capacity(sample.stack.len());
        for (index, &address) in sample.stack.iter().enumerate() {
            // Callers are return addresses; the call is before.
            let address = address.saturating_sub(u64::from(index > 0));
            let find = |pid| {
                let (_, &(limit, id)) = self.spaces.get(&pid)?.range(..=address).next_back()?;
                (address < limit).then_some(id)
            };
            let mapping = find(sample.pid).or_else(|| find(KERNEL));
            let location = self.locations.entry((mapping, address));
            let profile = &mut self.profile;
            stack.push(*location.or_insert_with(|| profile.add_location(address, mapping, &[])));
        }
        let mut labels = LabelSetId::EMPTY;
        if let Some(command) = self.commands.get(&sample.tid) {
            let value = self.profile.strings.intern(command);
            let mut label = [Label::str(self.comm_key, value)];
            labels = self
                .profile
                .label_sets
                .intern(&mut label, &self.profile.strings);
        }
        let mut values = vec![0; self.profile.sample_types.len()];
        values[sample.event * 2] = 1;
        values[sample.event * 2 + 1] = i64::try_from(sample.period).unwrap_or(i64::MAX);
        self.profile.samples.push(&stack, &values, labels);
        if let Some(time) = sample.time {
            let (first, last) = self.times.unwrap_or((time, time));
            self.times = Some((first.min(time), last.max(time)));
        }
    }

    /// Sums equal samples, and puts the program that has most of them first.
    fn finish(&mut self) {
        if let Some((first, last)) = self.times {
            self.profile.duration_nanos = i64::try_from(last - first).unwrap_or(0);
        }
        let mut counts = vec![0_usize; self.profile.mappings.len()];
        for sample in self.profile.samples.iter() {
            for &location in sample.stack {
                if let Some(mapping) = self.profile.locations[location].mapping {
                    counts[mapping.index()] += 1;
                }
            }
        }
        let is_program = |mapping: &Mapping| {
            let file = self.profile.strings.get(mapping.file);
            file.starts_with(b"/") && !file.windows(3).any(|part| part == b".so")
        };
        let programs = self.profile.mappings.iter_enumerated();
        let programs = programs.filter(|(_, mapping)| is_program(mapping));
        let main = programs.max_by_key(|(id, _)| (counts[id.index()], std::cmp::Reverse(*id)));
        if let Some((main, _)) = main {
            self.swap_to_front(main);
        }
        self.profile = self.profile.compact();
    }

    fn swap_to_front(&mut self, main: MappingId) {
        let first = MappingId::from_index(0);
        let mut mappings = self.profile.mappings.as_slice().to_vec();
        mappings.swap(0, main.index());
        for (index, mapping) in mappings.iter_mut().enumerate() {
            mapping.id = index as u64 + 1;
        }
        self.profile.mappings = mappings.into();
        for id in self.profile.locations.ids() {
            let mapping = &mut self.profile.locations[id].mapping;
            *mapping = match *mapping {
                Some(id) if id == main => Some(first),
                Some(id) if id == first => Some(main),
                other => other,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode;

    /// A file of one event, `cpu-clock` every 1 ms, with these records.
    fn file(records: &[(u32, u16, Vec<u8>)]) -> Vec<u8> {
        // IP, TID, TIME, CALLCHAIN; other records end with thread and time.
        let attr = [1, 0, 1_000_000, 0x27, 0, 1 << 18];
        let mut attr: Vec<u8> = attr.iter().copied().flat_map(u64::to_le_bytes).collect();
        attr.extend([0; 16]); // No ids.
        let data: Vec<u8> = records.iter().flat_map(bytes_of).collect();
        let header = [
            104,
            attr.len() as u64,
            104,
            attr.len() as u64,
            104 + attr.len() as u64,
            data.len() as u64,
        ];
        let mut out = b"PERFILE2".to_vec();
        out.extend(header.iter().copied().flat_map(u64::to_le_bytes));
        out.resize(104, 0);
        out.extend(attr);
        out.extend(data);
        out
    }

    fn bytes_of((kind, misc, body): &(u32, u16, Vec<u8>)) -> Vec<u8> {
        let mut out = kind.to_le_bytes().to_vec();
        out.extend(misc.to_le_bytes());
        out.extend((body.len() as u16 + 8).to_le_bytes());
        out.extend(body);
        out
    }

    fn words(words: &[u64]) -> Vec<u8> {
        words.iter().copied().flat_map(u64::to_le_bytes).collect()
    }

    /// Process and thread of the same number, in one word.
    fn ids(pid: u64) -> u64 {
        pid << 32 | pid
    }

    fn mmap(pid: u64, start: u64, len: u64, name: &[u8], time: u64) -> (u32, u16, Vec<u8>) {
        let mut body = words(&[ids(pid), start, len, 0]);
        body.extend([name, &[0; 8][..8 - name.len() % 8]].concat());
        body.extend(words(&[ids(pid), time]));
        (1, 0, body)
    }

    fn comm(pid: u64, name: [u8; 8], time: u64) -> (u32, u16, Vec<u8>) {
        let mut body = words(&[ids(pid)]);
        body.extend(name);
        body.extend(words(&[ids(pid), time]));
        (3, 0, body)
    }

    fn sample(pid: u64, time: u64, stack: &[u64]) -> (u32, u16, Vec<u8>) {
        let mut body = words(&[stack[0], ids(pid), time, stack.len() as u64 + 1]);
        body.extend(words(&[u64::MAX - 511])); // What follows is user code.
        body.extend(words(stack));
        (9, 2, body)
    }

    fn fork(pid: u64, parent: u64, time: u64) -> (u32, u16, Vec<u8>) {
        let ids_of_both = parent << 32 | pid;
        let body = words(&[ids_of_both, ids_of_both, time, ids(pid), time]);
        (7, 0, body)
    }

    fn example() -> Vec<u8> {
        file(&[
            // Out of order, as buffers of several processors are.
            sample(7, 30, &[0x1010, 0x1021]),
            mmap(7, 0x1000, 0x1000, b"/bin/app", 10),
            comm(7, *b"app\0\0\0\0\0", 11),
            sample(7, 40, &[0x1010, 0x1021]),
            fork(8, 7, 50),
            sample(8, 60, &[0x1010, 0x5001]),
            mmap(7, 0x1000, 0x800, b"/bin/new", 70),
            sample(7, 80, &[0x1010]),
            sample(7, 80, &[0x1900]),
        ])
    }

    #[test]
    fn samples_fall_into_the_mappings_of_their_time_and_process() {
        let profile = decode(&example()).unwrap();
        assert_eq!(profile.sums(), [5, 5_000_000]);
        assert_eq!((profile.period, profile.duration_nanos), (1_000_000, 50));
        let file_of = |id: &LocationId| {
            let location = profile.locations[*id];
            let file = location
                .mapping
                .map(|id| profile.strings.text(profile.mappings[id].file));
            format!("{:x} {}", location.address, file.unwrap_or_default())
        };
        let stacks = profile.samples.iter().map(|sample| {
            let stack: Vec<String> = sample.stack.iter().map(file_of).collect();
            format!("{:?} {}", sample.values[0], stack.join(", "))
        });
        let stacks: Vec<String> = stacks.collect();
        insta::assert_snapshot!(stacks.join("\n"), @r"
        2 1010 /bin/app, 1020 /bin/app
        1 1010 /bin/app, 5000 
        1 1010 /bin/new
        1 1900 
        ");
        let comm = profile.samples.iter().next().unwrap().labels;
        assert_eq!(profile.label_sets.get(comm).len(), 1);
    }

    #[test]
    fn build_ids_come_from_behind_the_records() {
        let mut bytes = example();
        let table = bytes.len() as u64;
        bytes[72] |= 1 << 2;
        bytes.extend(words(&[table + 16, 48]));
        // Kind and sizes, process, 20 bytes of id with their number, path.
        bytes.extend(67_u32.to_le_bytes());
        bytes.extend([0, 0x80, 48, 0]);
        bytes.extend([0; 4]);
        bytes.extend([0xab; 20]);
        bytes.extend([8, 0, 0, 0]);
        bytes.extend(b"/bin/app\0\0\0\0");
        let profile = decode(&bytes).unwrap();
        let ids = profile.mappings.iter().map(|it| {
            let text = |id| profile.strings.text(id).into_owned();
            format!("{} {}", text(it.file), text(it.build_id))
        });
        let ids: Vec<String> = ids.collect();
        assert_eq!(ids, ["/bin/app abababababababab", "/bin/new "]);
        // Cut anywhere, the rest is still read.
        for end in table as usize..bytes.len() {
            assert!(decode(&bytes[..end]).is_ok());
        }
    }

    #[test]
    fn damaged_files_are_refused_or_read_in_part() {
        let whole = example();
        for end in 0..whole.len() {
            let _ = crate::decode(&whole[..end], &crate::Limits::default());
        }
        for place in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[place] ^= 0x81;
            if let Ok(profile) = decode(&damaged) {
                assert!(crate::decode(&encode(&profile), &crate::Limits::default()).is_ok());
            }
        }
        let compressed = file(&[(81, 0, vec![0; 8])]);
        let message = decode(&compressed).unwrap_err().to_string();
        assert_eq!(
            message,
            "parsing profile: perf.data: records are compressed; record without -z"
        );
    }
}
