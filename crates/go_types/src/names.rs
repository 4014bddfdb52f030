//! Names by number.

use base::Idx;

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
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Text {
    pub(crate) text: Box<str>,
    exported: bool,
}

impl Default for Names {
    fn default() -> Self {
        let mut names = Self {
            ids: Layered::default(),
            texts: Arena::default(),
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
    pub fn intern(&mut self, text: &str) -> Name {
        if let Some(name) = self.ids.get(text) {
            return *name;
        }
        let name = self.texts.push(Text {
            text: text.into(),
            exported: text.chars().next().is_some_and(is_upper),
        });
        self.ids.insert(text.into(), name);
        name
    }

    pub fn find(&self, text: &str) -> Option<Name> {
        self.ids.get(text).copied()
    }

    pub fn text(&self, name: Name) -> &str {
        &self.texts[name].text
    }

    /// Whether the name starts with an upper-case letter.
    pub fn is_exported(&self, name: Name) -> bool {
        self.texts[name].exported
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
}
