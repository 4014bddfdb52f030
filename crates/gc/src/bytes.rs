//! A compact form of decisions for a cache on disk.
//!
//! ```text
//! "GPGC" · version u32 · checksum of the rest u64
//! notation · texts: lengths, bytes · files · decisions · explanations · steps · entries · unread lines · chains
//! ```
//!
//! Numbers of the second line are LEB128; every list begins with its length. Ids that follow from the order (of
//! entries, of an explanation's steps) are not written. The form is for one version of this crate on one machine:
//! readers of another version discard it.

mod kind;

use std::hash::Hasher;

use base::{FileId, Idx, IndexVec};
use rustc_hash::FxHasher;

use crate::TextId;
use crate::class::SubjectClass;
use crate::decision::{Claim, Decision, DecisionId, Explanation, ExplanationId, Position, Subject};
use crate::decisions::{Chain, Decisions, Entry, FileName, Notation, StepRecord};
use crate::texts::Texts;

const MAGIC: &[u8; 4] = b"GPGC";
const VERSION: u32 = 4;
const HEADER: usize = 16;

/// Why bytes are not decisions. In both cases the decisions have to be made anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("not decisions of this version")]
    Version,
    #[error("damaged decisions")]
    Damaged,
}

impl Decisions {
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer {
            bytes: vec![0; HEADER],
        };
        out.flag(self.notation.arrow);
        out.flag(self.notation.final_newline);
        out.texts(&self.texts);
        out.list(self.files.as_slice(), |out, name| {
            out.text(name.spelled);
            out.text(name.path);
        });
        out.list(self.items.as_slice(), Writer::decision);
        out.list(self.explanations.as_slice(), Writer::explanation);
        out.list(&self.steps, Writer::step);
        out.list(&runs(&self.entries), |out, (kind, count)| {
            out.number(*kind);
            out.number(*count);
        });
        out.list(&self.unread, |out, line| {
            out.number(line.len() as u32);
            out.bytes.extend_from_slice(line);
        });
        out.list(&self.chains, |out, chain| {
            out.number(chain.decision.index() as u32);
            out.number(chain.first);
            out.number(chain.count);
        });
        out.list(&self.chain_positions, |out, position| {
            out.position(*position);
        });
        let mut bytes = out.bytes;
        let checksum = checksum(&bytes[HEADER..]);
        bytes[..4].copy_from_slice(MAGIC);
        bytes[4..8].copy_from_slice(&VERSION.to_le_bytes());
        bytes[8..HEADER].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(DecodeError::Version)?;
        let (version, rest) = rest.split_first_chunk().ok_or(DecodeError::Damaged)?;
        if u32::from_le_bytes(*version) != VERSION {
            return Err(DecodeError::Version);
        }
        let (sum, rest) = rest.split_first_chunk().ok_or(DecodeError::Damaged)?;
        if u64::from_le_bytes(*sum) != checksum(rest) {
            return Err(DecodeError::Damaged);
        }
        decode(rest).ok_or(DecodeError::Damaged)
    }
}

fn checksum(bytes: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(bytes);
    hasher.finish()
}

/// Kind and number of consecutive entries of a kind; their ids count up.
fn runs(entries: &[Entry]) -> Vec<(u32, u32)> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for entry in entries {
        let kind = match entry {
            Entry::Decision(_) => 0,
            Entry::Explanation(_) => 1,
            Entry::Unread(_) => 2,
        };
        match runs.last_mut() {
            Some((last, count)) if *last == kind => *count += 1,
            _ => runs.push((kind, 1)),
        }
    }
    runs
}

struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    fn number(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    /// Small absolute values take few bytes.
    fn signed(&mut self, value: i32) {
        self.number((value.wrapping_shl(1) ^ (value >> 31)) as u32);
    }

    fn flag(&mut self, value: bool) {
        self.bytes.push(u8::from(value));
    }

    fn text(&mut self, id: TextId) {
        self.number(id.to_raw());
    }

    fn maybe_text(&mut self, id: Option<TextId>) {
        self.number(id.map_or(0, TextId::to_raw));
    }

    fn position(&mut self, position: Position) {
        self.number(position.file.index() as u32);
        self.number(position.line);
        self.number(position.col);
    }

    fn list<T>(&mut self, items: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.number(items.len() as u32);
        for item in items {
            write(self, item);
        }
    }

    fn texts(&mut self, texts: &Texts) {
        let mut last = 0;
        self.list(texts.ends(), |out, end| {
            out.number(end - last);
            last = *end;
        });
        self.bytes.extend_from_slice(texts.bytes().as_bytes());
    }

    fn decision(&mut self, decision: &Decision) {
        kind::write(self, decision.kind);
        self.position(decision.position);
        self.text(decision.subject.text);
        self.number(decision.subject.class as u32);
        self.maybe_text(decision.subject.expression);
        self.maybe_text(decision.function);
    }

    fn explanation(&mut self, explanation: &Explanation) {
        match explanation.claim {
            Claim::Escapes => self.maybe_text(None),
            Claim::Leaks { to, derefs } => {
                self.text(to);
                self.number(derefs);
            }
        }
        self.position(explanation.position);
        self.text(explanation.subject);
        self.maybe_text(explanation.function);
        let decision = explanation.decision;
        self.number(decision.map_or(0, |id| id.index() as u32 + 1));
        self.number(explanation.step_count);
    }

    fn step(&mut self, step: &StepRecord) {
        match step.tag {
            StepRecord::FROM => {
                self.number(0);
                self.position(step.at);
            }
            StepRecord::TRUNCATED => self.number(1),
            derefs => {
                self.number(2);
                self.signed(derefs);
            }
        }
        self.text(step.a);
        self.text(step.b);
    }
}

fn decode(bytes: &[u8]) -> Option<Decisions> {
    let mut input = Reader {
        rest: bytes,
        texts: 0,
        files: 0,
    };
    let notation = Notation {
        arrow: input.flag()?,
        final_newline: input.flag()?,
    };
    let texts = input.read_texts()?;
    input.texts = texts.len();
    let files: Vec<FileName> = input.list(|input| {
        Some(FileName {
            spelled: input.text()?,
            path: input.text()?,
        })
    })?;
    input.files = files.len();
    let decisions: IndexVec<DecisionId, Decision> = input.list(Reader::decision)?.into();
    let mut first_step = 0u32;
    let explanations: IndexVec<ExplanationId, Explanation> = input
        .list(|input| input.explanation(&mut first_step, decisions.len()))?
        .into();
    let steps = input.list(Reader::step)?;
    let runs = input.list(|input| Some((input.number()?, input.number()?)))?;
    let unread: Vec<Box<[u8]>> = input.list(|input| {
        let len = input.number()? as usize;
        Some(input.take(len)?.into())
    })?;
    let entries = entries(&runs, [decisions.len(), explanations.len(), unread.len()])?;
    let chains = input.list(|input| {
        Some(Chain {
            decision: DecisionId::from_index(input.number()? as usize),
            first: input.number()?,
            count: input.number()?,
        })
    })?;
    let chain_positions = input.list(Reader::position)?;
    let sound = input.rest.is_empty()
        && !files.is_empty()
        && first_step as usize == steps.len()
        && chains.is_sorted_by_key(|chain| chain.decision);
    if !sound {
        return None;
    }
    let mut decisions = Decisions {
        texts,
        files: files.into(),
        items: decisions,
        explanations,
        steps,
        entries,
        notation,
        unread,
        by_decision: Vec::new(),
        chains,
        chain_positions,
    };
    crate::attach::index(&mut decisions);
    Some(decisions)
}

/// All decisions, explanations and unread lines occur once, each in order.
fn entries(runs: &[(u32, u32)], expected: [usize; 3]) -> Option<Vec<Entry>> {
    let mut counts = [0usize; 3];
    let mut entries = Vec::with_capacity(expected.iter().sum());
    for (kind, count) in runs {
        let next = counts.get_mut(*kind as usize)?;
        let end = *next + *count as usize;
        if end > expected[*kind as usize] {
            return None;
        }
        entries.extend((*next..end).map(|index| match kind {
            0 => Entry::Decision(DecisionId::from_index(index)),
            1 => Entry::Explanation(ExplanationId::from_index(index)),
            _ => Entry::Unread(index as u32),
        }));
        *next = end;
    }
    (counts == expected).then_some(entries)
}

/// Everything is checked against what was read before: `None` is damage.
struct Reader<'a> {
    rest: &'a [u8],
    texts: usize,
    files: usize,
}

impl<'a> Reader<'a> {
    #[inline]
    fn number(&mut self) -> Option<u32> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        if *first < 0x80 {
            return Some(u32::from(*first));
        }
        let mut value = u32::from(first & 0x7f);
        for shift in [7, 14, 21, 28] {
            let (byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            let bits = u32::from(byte & 0x7f);
            if shift == 28 && bits > 0xf {
                return None;
            }
            value |= bits << shift;
            if *byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i32> {
        let value = self.number()?;
        Some((value >> 1) as i32 ^ -((value & 1) as i32))
    }

    fn flag(&mut self) -> Option<bool> {
        match self.number()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(bytes)
    }

    #[inline]
    fn text(&mut self) -> Option<TextId> {
        TextId::from_raw(self.raw_text()?)
    }

    /// A text, or 0 for none.
    #[inline]
    fn raw_text(&mut self) -> Option<u32> {
        let raw = self.number()?;
        (raw as usize <= self.texts).then_some(raw)
    }

    #[inline]
    fn position(&mut self) -> Option<Position> {
        let file = self.number()? as usize;
        Some(Position {
            file: (file < self.files).then_some(FileId::from_index(file))?,
            line: self.number()?,
            col: self.number()?,
        })
    }

    /// An item takes at least a byte, which bounds what a damaged length can claim.
    fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let len = self.number()? as usize;
        if len > self.rest.len() {
            return None;
        }
        let mut items = Vec::with_capacity(len);
        for _ in 0..len {
            items.push(read(self)?);
        }
        Some(items)
    }

    fn read_texts(&mut self) -> Option<Texts> {
        let mut end = 0u32;
        let ends = self.list(|input| {
            end = end.checked_add(input.number()?)?;
            Some(end)
        })?;
        let bytes = self.take(end as usize)?.to_vec();
        Texts::from_parts(String::from_utf8(bytes).ok()?, ends)
    }

    fn decision(&mut self) -> Option<Decision> {
        Some(Decision {
            kind: kind::read(self)?,
            position: self.position()?,
            subject: self.subject()?,
            function: TextId::from_raw(self.raw_text()?),
        })
    }

    fn subject(&mut self) -> Option<Subject> {
        let text = self.text()?;
        let class = self.number()? as usize;
        let other = (class == SubjectClass::Other as usize).then_some(SubjectClass::Other);
        Some(Subject {
            text,
            class: SubjectClass::ALL.get(class).copied().or(other)?,
            expression: TextId::from_raw(self.raw_text()?),
        })
    }

    fn explanation(&mut self, first_step: &mut u32, decisions: usize) -> Option<Explanation> {
        let claim = match TextId::from_raw(self.raw_text()?) {
            None => Claim::Escapes,
            Some(to) => Claim::Leaks {
                to,
                derefs: self.number()?,
            },
        };
        let position = self.position()?;
        let subject = self.text()?;
        let function = TextId::from_raw(self.raw_text()?);
        let decision = self.number()? as usize;
        let step_count = self.number()?;
        let explanation = Explanation {
            claim,
            position,
            subject,
            function,
            decision: decision.checked_sub(1).map(DecisionId::from_index),
            first_step: *first_step,
            step_count,
        };
        *first_step = first_step.checked_add(step_count)?;
        (decision <= decisions).then_some(explanation)
    }

    fn step(&mut self) -> Option<StepRecord> {
        let (tag, at) = match self.number()? {
            0 => (StepRecord::FROM, self.position()?),
            1 => (StepRecord::TRUNCATED, Decisions::NO_POSITION),
            2 => (
                self.signed().filter(|derefs| *derefs >= -1)?,
                Decisions::NO_POSITION,
            ),
            _ => return None,
        };
        Some(StepRecord {
            tag,
            a: self.text()?,
            b: self.text()?,
            at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the checksum would stop must do no harm either.
    #[test]
    fn damage_with_a_valid_checksum_does_no_harm() {
        let log = include_bytes!("../tests/data/catalogue.log");
        let bytes = crate::read_log(log, &[]).0.to_bytes();
        for at in HEADER..bytes.len() {
            for flip in [1, 0x80, 0xff, 0x10] {
                let mut payload = bytes[HEADER..].to_vec();
                payload[at - HEADER] ^= flip;
                let Some(decisions) = decode(&payload) else {
                    continue;
                };
                decisions.write_log();
                for (id, _) in decisions.iter() {
                    decisions.why(id).count();
                    decisions.inline_chain(id);
                }
            }
        }
    }
}
