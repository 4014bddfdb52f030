//! Every text of a profile, once, in one arena.

use std::borrow::Cow;
use std::hash::Hasher;
use std::sync::Arc;

use base::Idx;
use hashbrown::HashTable;
use rustc_hash::FxHasher;

base::typed_id! {
    /// A text in [`Strings`]. Two ids of one table are equal exactly when their texts are.
    pub struct StrId;
}

impl StrId {
    /// The empty text, which every table holds as its first.
    pub const EMPTY: Self = Self(0);

    pub fn is_empty(self) -> bool {
        self == Self::EMPTY
    }
}

/// An interning table of byte strings.
///
/// Profiles are UTF-8 by their specification and arbitrary bytes in practice; bytes are kept as
/// they are, and [`text`](Self::text) is the view for people. Clones share the table until one of
/// them adds a text.
#[derive(Clone, Debug)]
pub struct Strings(Arc<Table>);

#[derive(Clone, Debug)]
struct Table {
    bytes: Vec<u8>,
    /// Where each text ends in `bytes`; it starts where its predecessor ends.
    ends: Vec<u32>,
    index: HashTable<StrId>,
}

impl Default for Strings {
    fn default() -> Self {
        let mut strings = Self(Arc::new(Table {
            bytes: Vec::new(),
            ends: Vec::new(),
            index: HashTable::new(),
        }));
        strings.intern(b"");
        strings
    }
}

impl Strings {
    /// The bytes of a text.
    pub fn get(&self, id: StrId) -> &[u8] {
        text_of(&self.0.bytes, &self.0.ends, id)
    }

    /// The text, with replacement characters where it is not UTF-8.
    pub fn text(&self, id: StrId) -> Cow<'_, str> {
        String::from_utf8_lossy(self.get(id))
    }

    /// The id of a text, added if it is new.
    ///
    /// The table holds at most 4 GiB; a text that does not fit becomes the empty one.
    /// [`fits`](Self::fits) checks that in advance.
    pub fn intern(&mut self, text: &[u8]) -> StrId {
        // A text that is known must not unshare the table.
        if Arc::get_mut(&mut self.0).is_none()
            && let Some(known) = self.find(text)
        {
            return known;
        }
        let Table { bytes, ends, index } = Arc::make_mut(&mut self.0);
        let entry = index.entry(
            hash(text),
            |&id| text_of(bytes, ends, id) == text,
            |&id| hash(text_of(bytes, ends, id)),
        );
        match entry {
            hashbrown::hash_table::Entry::Occupied(entry) => *entry.get(),
            hashbrown::hash_table::Entry::Vacant(entry) => {
                let Ok(end) = u32::try_from(bytes.len() + text.len()) else {
                    return StrId::EMPTY;
                };
                let id = StrId::from_index(ends.len());
                entry.insert(id);
                bytes.extend_from_slice(text);
                ends.push(end);
                id
            }
        }
    }

    /// Whether `more` further bytes can be interned.
    pub fn fits(&self, more: usize) -> bool {
        u32::try_from(self.0.bytes.len().saturating_add(more)).is_ok()
    }

    /// The id of a text if the table holds it.
    pub fn find(&self, text: &[u8]) -> Option<StrId> {
        self.0
            .index
            .find(hash(text), |&id| self.get(id) == text)
            .copied()
    }

    /// How many different texts there are, the empty one included.
    #[expect(
        clippy::len_without_is_empty,
        reason = "never empty: it holds the empty text"
    )]
    pub fn len(&self) -> usize {
        self.0.ends.len()
    }

    pub fn ids(&self) -> impl Iterator<Item = StrId> + use<> {
        (0..self.0.ends.len()).map(StrId::from_index)
    }
}

fn text_of<'a>(bytes: &'a [u8], ends: &[u32], id: StrId) -> &'a [u8] {
    let start = match id.index() {
        0 => 0,
        index => ends[index - 1],
    };
    &bytes[start as usize..ends[id.index()] as usize]
}

fn hash(text: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(text);
    hasher.write_usize(text.len());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_share_an_id() {
        let mut strings = Strings::default();
        let main = strings.intern(b"main.main");
        assert_eq!(strings.intern(b""), StrId::EMPTY);
        assert_eq!(strings.intern(b"main.main"), main);
        assert_eq!(strings.find(b"main.main"), Some(main));
        assert_eq!(strings.find(b"main"), None);
        assert_eq!(strings.get(main), b"main.main");
        assert_eq!(strings.len(), 2);
    }

    #[test]
    fn bytes_outside_utf8_survive() {
        let mut strings = Strings::default();
        let id = strings.intern(b"a\xff");
        assert_eq!(strings.get(id), b"a\xff");
        assert_eq!(strings.text(id), "a\u{fffd}");
    }
}
