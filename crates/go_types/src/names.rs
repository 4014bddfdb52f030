//! Names by number.

use std::sync::{Arc, Mutex, PoisonError};

use base::Idx;
use rustc_hash::FxHashMap;

use crate::arena::{Arena, Layered};

base::typed_id! {
    /// An interned text: an identifier, a package path, a struct tag.
    pub struct Name;
}

impl Name {
    /// The empty text.
    pub const EMPTY: Self = Self(0);
    /// `_`.
    pub const BLANK: Self = Self(1);
    /// `.`, the name of a dot import.
    pub const DOT: Self = Self(2);
    /// `init`.
    pub const INIT: Self = Self(3);
    /// `main`.
    pub const MAIN: Self = Self(4);
    /// `iota`.
    pub const IOTA: Self = Self(5);
    /// `unsafe`.
    pub const UNSAFE: Self = Self(6);
    /// `C`.
    pub const C: Self = Self(7);
}

/// All texts of a run, each once.
#[derive(Clone, Debug)]
pub struct Names {
    pub(crate) ids: Layered<Box<str>, Name>,
    pub(crate) texts: Arena<Name, Text, 256>,
    /// The new names of all copies that are to be put together.
    shared: Option<Arc<Mutex<Shared>>>,
}

#[derive(Debug)]
struct Shared {
    ids: FxHashMap<Box<str>, Name>,
    next: usize,
}

#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Text {
    pub(crate) text: Box<str>,
    exported: bool,
}

impl Default for Names {
    fn default() -> Self {
        let mut names = Self {
            ids: Layered::default(),
            texts: Arena::default(),
            shared: None,
        };
        for (index, text) in ["", "_", ".", "init", "main", "iota", "unsafe", "C"]
            .into_iter()
            .enumerate()
        {
            let name = names.intern(text);
            debug_assert_eq!(name.index(), index);
        }
        names
    }
}

impl Names {
    /// The name with the text, added if it is new.
    pub fn intern(&mut self, text: &str) -> Name {
        if let Some(name) = self.ids.get(text) {
            return *name;
        }
        let entry = Text {
            text: text.into(),
            exported: text.chars().next().is_some_and(is_upper),
        };
        let name = match &self.shared {
            None => self.texts.push(entry),
            Some(shared) => {
                let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
                let name = shared.number(text);
                drop(shared);
                self.texts.put(name, entry);
                name
            }
        };
        self.ids.insert(text.into(), name);
        name
    }

    /// From here on, a text that several copies meet gets one name.
    pub(crate) fn split(&mut self) {
        self.texts.split();
        self.shared = Some(Arc::new(Mutex::new(Shared {
            ids: FxHashMap::default(),
            next: self.texts.len(),
        })));
    }

    pub(crate) fn absorb(&mut self, copy: Self, base: &Self) {
        self.ids.absorb(copy.ids);
        self.texts.absorb(copy.texts, &base.texts, PartialEq::eq);
    }

    pub(crate) fn join(&mut self) {
        self.texts.join();
        self.shared = None;
    }

    /// The name with the text, if there is one.
    pub fn find(&self, text: &str) -> Option<Name> {
        self.ids.get(text).copied()
    }

    /// The text of a name.
    pub fn text(&self, name: Name) -> &str {
        &self.texts[name].text
    }

    /// Whether the name starts with an upper-case letter.
    pub fn is_exported(&self, name: Name) -> bool {
        self.texts[name].exported
    }
}

impl Shared {
    fn number(&mut self, text: &str) -> Name {
        if let Some(name) = self.ids.get(text) {
            return *name;
        }
        let name = Name::from_index(self.next);
        self.next += 1;
        self.ids.insert(text.into(), name);
        name
    }
}

/// Go asks for category Lu; titlecase and circled letters are not of it.
fn is_upper(first: char) -> bool {
    match first {
        'A'..='Z' => true,
        '\u{2160}'..='\u{216f}' | '\u{24b6}'..='\u{24cf}' | '\u{1f130}'..='\u{1f189}' => false,
        _ => first.is_uppercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_name() {
        let mut names = Names::default();
        let one = names.intern("Ünder");
        assert_eq!(names.intern("Ünder"), one);
        assert_eq!(names.text(one), "Ünder");
        assert!(names.is_exported(one));
        assert!(!names.is_exported(Name::BLANK) && !names.is_exported(Name::EMPTY));
        assert_eq!(names.find("Ünder"), Some(one));
        assert_eq!(names.find("other"), None);
    }

    #[test]
    fn copies_that_are_put_together_agree_on_new_names() {
        let mut base = Names::default();
        base.intern("old");
        base.ids.freeze();
        base.split();
        let mut copies = [base.clone(), base.clone()];
        // Enough for several chunks.
        let text = |n: usize| format!("n{n}");
        let first: Vec<Name> = (0..700).map(|n| copies[0].intern(&text(n))).collect();
        let second: Vec<Name> = (0..900).rev().map(|n| copies[1].intern(&text(n))).collect();
        assert!(first.iter().eq(second.iter().rev().take(700)));
        assert_eq!(copies[1].text(second[0]), "n899");
        let mut merged = base.clone();
        for copy in copies {
            merged.absorb(copy, &base);
        }
        merged.join();
        for (n, name) in second.iter().rev().enumerate() {
            assert_eq!(
                (merged.text(*name), merged.find(&text(n))),
                (&*text(n), Some(*name))
            );
        }
        let new = merged.intern("new");
        assert!(second.iter().all(|name| *name != new));
    }
}
