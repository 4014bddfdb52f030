//! Interned texts: a package's decisions repeat the same names and expressions many times over.

use std::num::NonZeroU32;

use base::Idx;
use rustc_hash::FxHasher;
use std::hash::Hasher;

/// An interned text of one [`Decisions`](crate::Decisions). Equal ids mean equal texts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TextId(NonZeroU32);

impl TextId {
    /// The empty text, which every table holds.
    pub const EMPTY: Self = Self(NonZeroU32::MIN);

    /// From 1, so that `Option<TextId>` takes no more room; 0 is `None`.
    pub(crate) fn to_raw(self) -> u32 {
        self.0.get()
    }

    pub(crate) fn from_raw(raw: u32) -> Option<Self> {
        NonZeroU32::new(raw).map(Self)
    }
}

impl Idx for TextId {
    fn from_index(index: usize) -> Self {
        Self(NonZeroU32::MIN.saturating_add(index as u32))
    }

    fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// All texts, one after the other; text 0 is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Texts {
    bytes: String,
    /// Where each text ends, ascending; the next one starts there.
    ends: Vec<u32>,
}

impl Default for Texts {
    fn default() -> Self {
        Self {
            bytes: String::new(),
            ends: vec![0],
        }
    }
}

impl Texts {
    /// `None` if an end lies out of order, outside the bytes or inside a character.
    pub(crate) fn from_parts(bytes: String, ends: Vec<u32>) -> Option<Self> {
        let mut last = 0;
        for end in &ends {
            if *end < last || !bytes.is_char_boundary(*end as usize) {
                return None;
            }
            last = *end;
        }
        (ends.first() == Some(&0) && last as usize == bytes.len()).then_some(Self { bytes, ends })
    }

    pub(crate) fn bytes(&self) -> &str {
        &self.bytes
    }

    pub(crate) fn ends(&self) -> &[u32] {
        &self.ends
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The text; empty for an id of another table that is out of range here.
    pub(crate) fn get(&self, id: TextId) -> &str {
        let index = id.index();
        let Some(end) = self.ends.get(index) else {
            return "";
        };
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.bytes[start as usize..*end as usize]
    }

    /// Adds a text that is not looked up. Empty if there are 4 GiB of text already.
    pub(crate) fn push(&mut self, text: &str) -> TextId {
        let Ok(end) = u32::try_from(self.bytes.len() + text.len()) else {
            debug_assert!(false, "more than 4 GiB of text");
            return TextId::EMPTY;
        };
        let id = TextId::from_index(self.ends.len());
        self.bytes.push_str(text);
        self.ends.push(end);
        id
    }

    pub(crate) fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

/// Texts under construction, with an open-addressing table from text to id.
#[derive(Debug)]
pub(crate) struct Interner {
    pub(crate) texts: Texts,
    /// Hash and raw id (0 = free) of each slot; the length is a power of two.
    slots: Vec<(u32, u32)>,
    used: usize,
}

impl Default for Interner {
    fn default() -> Self {
        Self {
            texts: Texts::default(),
            slots: vec![(0, 0); 1024],
            used: 0,
        }
    }
}

impl Interner {
    /// More than 4 GiB of distinct text does not fit the ids: the text is then lost.
    pub(crate) fn intern(&mut self, text: &str) -> TextId {
        if text.is_empty() {
            return TextId::EMPTY;
        }
        let hash = hash(text);
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let (slot_hash, raw) = self.slots[slot];
            let Some(id) = TextId::from_raw(raw) else {
                break;
            };
            if slot_hash == hash && self.texts.get(id) == text {
                return id;
            }
            slot = (slot + 1) & mask;
        }
        let id = self.texts.push(text);
        self.slots[slot] = (hash, id.to_raw());
        self.used += 1;
        if self.used * 2 > self.slots.len() {
            self.grow();
        }
        id
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 2 - 1;
        let old = std::mem::replace(&mut self.slots, vec![(0, 0); mask + 1]);
        for (hash, raw) in old.into_iter().filter(|(_, raw)| *raw != 0) {
            let mut slot = hash as usize & mask;
            while self.slots[slot].1 != 0 {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = (hash, raw);
        }
    }
}

fn hash(text: &str) -> u32 {
    let mut hasher = FxHasher::default();
    hasher.write(text.as_bytes());
    let hash = hasher.finish();
    (hash ^ (hash >> 32)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_share_an_id_and_all_are_kept() {
        let mut interner = Interner::default();
        let ids: Vec<TextId> = (0..5000)
            .map(|n| interner.intern(&format!("text {n}")))
            .collect();
        for (n, id) in ids.iter().enumerate() {
            assert_eq!(interner.intern(&format!("text {n}")), *id);
            assert_eq!(interner.texts.get(*id), format!("text {n}"));
        }
        assert_eq!(interner.intern(""), TextId::EMPTY);
        assert_eq!(interner.texts.get(TextId::EMPTY), "");
    }

    #[test]
    fn broken_parts_are_refused() {
        let cases: [(&str, &[u32]); 5] = [
            ("ab", &[]),
            ("ab", &[2]),
            ("ab", &[0, 3]),
            ("äb", &[0, 1, 3]),
            ("ab", &[0, 2, 1, 2]),
        ];
        for (bytes, ends) in cases {
            assert_eq!(Texts::from_parts(bytes.to_owned(), ends.to_vec()), None);
        }
        assert!(Texts::from_parts("ab".to_owned(), vec![0, 1, 2]).is_some());
    }
}
