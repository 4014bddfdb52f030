//! The records of a file, decoded and sorted by time.

use rustc_hash::FxHashMap;

use super::build_ids::{self, hex};

/// What was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    /// As perf names it: `cycles`, `cpu-clock`.
    pub(super) name: String,
    pub(super) unit: &'static str,
    /// Events per sample; 0 if perf varied it.
    pub(super) period: i64,
    sample_type: u64,
    read_format: u64,
    /// Records other than samples end with the time and more.
    has_sample_id: bool,
}

pub(super) enum Record<'a> {
    Map(Map<'a>),
    Command {
        pid: u32,
        tid: u32,
        name: &'a [u8],
        is_exec: bool,
    },
    Fork {
        pid: u32,
        parent: u32,
        tid: u32,
        parent_tid: u32,
    },
    Sample(Sample),
}

/// Code that became part of a process.
pub(super) struct Map<'a> {
    pub(super) pid: u32,
    pub(super) start: u64,
    pub(super) len: u64,
    pub(super) offset: u64,
    pub(super) file: &'a [u8],
    /// In hexadecimal; empty if unknown.
    pub(super) build_id: String,
}

pub(super) struct Sample {
    /// Position in the list of events.
    pub(super) event: usize,
    pub(super) pid: u32,
    pub(super) tid: u32,
    pub(super) time: Option<u64>,
    pub(super) period: u64,
    /// Leaf first.
    pub(super) stack: Vec<u64>,
}

pub(super) struct File<'a> {
    pub(super) events: Vec<Event>,
    pub(super) records: Vec<Record<'a>>,
    /// By the path of a binary, for mappings that come without.
    pub(super) build_ids: FxHashMap<&'a [u8], String>,
}

/// Bits of `perf_event_attr.sample_type`.
mod bit {
    pub(super) const IP: u64 = 1 << 0;
    pub(super) const TID: u64 = 1 << 1;
    pub(super) const TIME: u64 = 1 << 2;
    pub(super) const ADDR: u64 = 1 << 3;
    pub(super) const READ: u64 = 1 << 4;
    pub(super) const CALLCHAIN: u64 = 1 << 5;
    pub(super) const ID: u64 = 1 << 6;
    pub(super) const CPU: u64 = 1 << 7;
    pub(super) const PERIOD: u64 = 1 << 8;
    pub(super) const STREAM_ID: u64 = 1 << 9;
    pub(super) const IDENTIFIER: u64 = 1 << 16;
}

/// From here on, an entry of a callchain says whose the next ones are.
const FIRST_CONTEXT: u64 = u64::MAX - 4094;

/// Numbers in the byte order of the machine that recorded.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) is_big_endian: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(len)?;
        self.bytes = rest;
        Some(taken)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        let bytes = self.take(2)?.try_into().ok()?;
        Some(if self.is_big_endian {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        })
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        let bytes = self.take(4)?.try_into().ok()?;
        Some(if self.is_big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        })
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        let bytes = self.take(8)?.try_into().ok()?;
        Some(if self.is_big_endian {
            u64::from_be_bytes(bytes)
        } else {
            u64::from_le_bytes(bytes)
        })
    }

    /// `offset` and `size` of a part of `file`.
    pub(super) fn section(&mut self, file: &'a [u8]) -> Option<&'a [u8]> {
        let (offset, size) = (self.u64()?, self.u64()?);
        let offset = usize::try_from(offset).ok()?;
        let rest = file.get(offset..)?;
        // The data of an interrupted recording has size 0 or reaches beyond the end.
        Some(match usize::try_from(size) {
            Ok(size) if size <= rest.len() => &rest[..size],
            _ => rest,
        })
    }

    pub(super) fn text(&mut self) -> &'a [u8] {
        let end = memchr::memchr(0, self.bytes).unwrap_or(self.bytes.len());
        let text = &self.bytes[..end];
        self.bytes = &self.bytes[end..];
        text
    }
}

impl<'a> File<'a> {
    pub(super) fn read(file: &'a [u8]) -> Result<Self, &'static str> {
        let is_big_endian = file.starts_with(b"2ELIFREP");
        let mut header = Cursor {
            bytes: file,
            is_big_endian,
        };
        let mut reader = Reader {
            events: Vec::new(),
            event_of_id: FxHashMap::default(),
            timed: Vec::new(),
        };
        let data = reader
            .header(&mut header, file)
            .ok_or("the header is cut off")?;
        let mut data = Cursor {
            bytes: data,
            is_big_endian,
        };
        while reader.record(&mut data)?.is_some() {}
        if reader.events.is_empty() {
            return Err("no events");
        }
        // Every sample has a value per event; that must not cost much more than the file.
        let n_values = reader.timed.len().saturating_mul(reader.events.len() * 2);
        if n_values / 2 > file.len() + (8 << 20) {
            return Err("too many events");
        }
        reader.timed.sort_by_key(|&(time, _)| time);
        let records = reader.timed.into_iter().map(|(_, record)| record);
        Ok(Self {
            events: reader.events,
            records: records.collect(),
            build_ids: build_ids::read(file, is_big_endian),
        })
    }
}

struct Reader<'a> {
    events: Vec<Event>,
    /// Position in `events`, for samples that say which event they belong to.
    event_of_id: FxHashMap<u64, usize>,
    timed: Vec<(u64, Record<'a>)>,
}

impl<'a> Reader<'a> {
    /// Reads the header and the events, and returns the section of records.
    fn header(&mut self, header: &mut Cursor<'a>, file: &'a [u8]) -> Option<&'a [u8]> {
        let (_magic, size) = (header.u64()?, header.u64()?);
        if size == 16 {
            // Written to a pipe: events are records, too.
            return Some(header.bytes);
        }
        let attr_size = usize::try_from(header.u64()?).ok()?;
        let attrs = header.section(file)?;
        let data = header.section(file)?;
        for attr in attrs.chunks_exact(attr_size.max(16)) {
            let (attr, ids) = attr.split_at(attr.len() - 16);
            let mut ids = Cursor {
                bytes: ids,
                ..*header
            };
            let ids = ids.section(file)?;
            self.event(
                Cursor {
                    bytes: attr,
                    ..*header
                },
                Cursor {
                    bytes: ids,
                    ..*header
                },
            )?;
        }
        Some(data)
    }

    fn event(&mut self, mut attr: Cursor<'a>, mut ids: Cursor<'a>) -> Option<()> {
        let (kind, _size) = (attr.u32()?, attr.u32()?);
        let config = attr.u64()?;
        let period = attr.u64()?;
        let sample_type = attr.u64()?;
        let read_format = attr.u64()?;
        let flags = attr.u64()?;
        let (name, unit) = event_name(kind, config);
        let is_frequency = flags & 1 << 10 != 0;
        let period = match (is_frequency, unit) {
            (false, _) => i64::try_from(period).unwrap_or(0),
            (true, "nanoseconds") => 1_000_000_000_i64.checked_div(period as i64).unwrap_or(0),
            (true, _) => 0,
        };
        let event = self.events.len();
        self.events.push(Event {
            name,
            unit,
            period,
            sample_type,
            read_format,
            has_sample_id: flags & 1 << 18 != 0,
        });
        while let Some(id) = ids.u64() {
            self.event_of_id.insert(id, event);
        }
        Some(())
    }

    /// Reads the next record; `None` at the end of the data, also if it is cut off.
    fn record(&mut self, data: &mut Cursor<'a>) -> Result<Option<()>, &'static str> {
        let mut start = *data;
        let (Some(kind), Some(misc), Some(size)) = (start.u32(), start.u16(), start.u16()) else {
            return Ok(None);
        };
        if size < 8 {
            return Ok(None);
        }
        let Some(bytes) = data.take(size.into()) else {
            return Ok(None);
        };
        let mut body = Cursor {
            bytes: &bytes[8..],
            ..*data
        };
        match kind {
            64 => {
                // An event: its size is in its second word.
                let mut peek = body;
                let size = peek.u32().and_then(|_| peek.u32()).unwrap_or(0);
                if let Some(attr) = body.take(size as usize) {
                    self.event(
                        Cursor {
                            bytes: attr,
                            ..body
                        },
                        body,
                    );
                }
            }
            71 => {
                // Processor traces lie behind their record.
                let len = body.u64().and_then(|len| usize::try_from(len).ok());
                if len.and_then(|len| data.take(len)).is_none() {
                    return Ok(None);
                }
            }
            81 | 83 => return Err("records are compressed; record without -z"),
            _ => {
                if let Some((time, record)) = self.body(kind, misc, body) {
                    self.timed.push((time, record));
                }
            }
        }
        Ok(Some(()))
    }

    fn body(&self, kind: u32, misc: u16, mut body: Cursor<'a>) -> Option<(u64, Record<'a>)> {
        let record = match kind {
            9 => {
                let sample = self.sample(body)?;
                return Some((sample.time.unwrap_or(0), Record::Sample(sample)));
            }
            1 | 10 => Record::Map(map(kind, misc, body)?),
            3 => Record::Command {
                pid: body.u32()?,
                tid: body.u32()?,
                name: body.clone().text(),
                is_exec: misc & 1 << 13 != 0,
            },
            7 => Record::Fork {
                pid: body.u32()?,
                parent: body.u32()?,
                tid: body.u32()?,
                parent_tid: body.u32()?,
            },
            _ => return None,
        };
        Some((self.time_at_end(body).unwrap_or(0), record))
    }

    /// The time of a record that is not a sample, which is among the last words of it.
    fn time_at_end(&self, mut body: Cursor<'a>) -> Option<u64> {
        let event = self.events.first()?;
        let has = |bit| event.sample_type & bit != 0;
        if !event.has_sample_id || !has(bit::TIME) {
            return None;
        }
        let behind = [bit::ID, bit::STREAM_ID, bit::CPU, bit::IDENTIFIER];
        let n_words = 1 + behind.iter().filter(|&&bit| has(bit)).count();
        let start = body.bytes.len().checked_sub(n_words * 8)?;
        body.bytes = &body.bytes[start..];
        body.u64()
    }

    fn sample(&self, mut body: Cursor<'a>) -> Option<Sample> {
        let event = self.event_of(body)?;
        let Event {
            sample_type,
            read_format,
            period,
            ..
        } = self.events[event];
        let has = |bit| sample_type & bit != 0;
        let mut word = |bit| {
            if has(bit) {
                body.u64().map(Some)
            } else {
                Some(None)
            }
        };
        word(bit::IDENTIFIER)?;
        let ip = word(bit::IP)?;
        let (pid, tid) = if has(bit::TID) {
            (body.u32()?, body.u32()?)
        } else {
            (0, 0)
        };
        let mut word = |bit| {
            if has(bit) {
                body.u64().map(Some)
            } else {
                Some(None)
            }
        };
        let time = word(bit::TIME)?;
        word(bit::ADDR)?;
        word(bit::ID)?;
        word(bit::STREAM_ID)?;
        word(bit::CPU)?;
        let period = word(bit::PERIOD)?.unwrap_or(period.unsigned_abs().max(1));
        if has(bit::READ) {
            skip_counts(&mut body, read_format)?;
        }
        let mut stack = Vec::new();
        if has(bit::CALLCHAIN) {
            let len = body.u64()?;
            for _ in 0..len {
                let address = body.u64()?;
                if address < FIRST_CONTEXT {
                    stack.push(address);
                }
            }
        }
        if stack.is_empty() {
            stack.extend(ip);
        }
        Some(Sample {
            event,
            pid,
            tid,
            time,
            period,
            stack,
        })
    }

    /// The event of a sample: by its id where there are several.
    fn event_of(&self, mut body: Cursor<'a>) -> Option<usize> {
        let first = self.events.first()?;
        let has = |bit| first.sample_type & bit != 0;
        if has(bit::IDENTIFIER) {
            let id = body.u64()?;
            return Some(self.event_of_id.get(&id).copied().unwrap_or(0));
        }
        if has(bit::ID) && self.events.len() > 1 {
            let before = [bit::IP, bit::TID, bit::TIME, bit::ADDR];
            let n_words = before.iter().filter(|&&bit| has(bit)).count();
            body.take(n_words * 8)?;
            let id = body.u64()?;
            return Some(self.event_of_id.get(&id).copied().unwrap_or(0));
        }
        Some(0)
    }
}

/// Skips the counters a sample may hold.
fn skip_counts(body: &mut Cursor<'_>, read_format: u64) -> Option<()> {
    let has = |bit: u32| usize::from(read_format & 1 << bit != 0);
    let (enabled, running, id, is_group, lost) = (has(0), has(1), has(2), has(3), has(4));
    let n_words = if is_group == 1 {
        let n_counters = usize::try_from(body.u64()?).ok()?;
        n_counters
            .checked_mul(1 + id + lost)?
            .checked_add(enabled + running)?
    } else {
        1 + enabled + running + id + lost
    };
    body.take(n_words.checked_mul(8)?).map(|_| ())
}

fn map(kind: u32, misc: u16, mut body: Cursor<'_>) -> Option<Map<'_>> {
    const EXECUTABLE: u32 = 4;
    const DATA: u16 = 1 << 13;
    const HAS_BUILD_ID: u16 = 1 << 14;
    if misc & DATA != 0 {
        return None;
    }
    let (pid, _tid) = (body.u32()?, body.u32()?);
    let (start, len, offset) = (body.u64()?, body.u64()?, body.u64()?);
    let mut build_id = String::new();
    if kind == 10 {
        let details = body.take(24)?;
        if misc & HAS_BUILD_ID != 0 {
            let len = usize::from(details[0]).min(20);
            build_id = hex(&details[4..4 + len]);
        }
        let (protection, _flags) = (body.u32()?, body.u32()?);
        if protection & EXECUTABLE == 0 {
            return None;
        }
    }
    Some(Map {
        pid,
        start,
        len,
        offset,
        file: body.text(),
        build_id,
    })
}

/// The name perf has for an event, and its unit.
fn event_name(kind: u32, config: u64) -> (String, &'static str) {
    const HARDWARE: [&str; 10] = [
        "cycles",
        "instructions",
        "cache-references",
        "cache-misses",
        "branches",
        "branch-misses",
        "bus-cycles",
        "stalled-cycles-frontend",
        "stalled-cycles-backend",
        "ref-cycles",
    ];
    const SOFTWARE: [&str; 7] = [
        "cpu-clock",
        "task-clock",
        "page-faults",
        "context-switches",
        "cpu-migrations",
        "minor-faults",
        "major-faults",
    ];
    // The upper half of a hardware event's number says on which kind of core.
    let index = usize::try_from(config & 0xffff_ffff).unwrap_or(usize::MAX);
    let table: &[&str] = match kind {
        0 => &HARDWARE,
        1 => &SOFTWARE,
        _ => &[],
    };
    let name = match table.get(index) {
        Some(&name) => name.to_owned(),
        None => format!("event-{kind}-{config:x}"),
    };
    let unit = if kind == 1 && index < 2 {
        "nanoseconds"
    } else {
        "count"
    };
    (name, unit)
}
