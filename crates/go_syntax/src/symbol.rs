//! Names as numbers: [`Symbol`]s of one append-only table that all files share.
//!
//! Two names are equal exactly if their symbols are, whichever files they come from, so a checker
//! compares and hashes 4 bytes. The numbers depend on which thread met a name first; therefore
//! nothing that is printed or sorted may depend on them: order by [`Symbol::as_str`].
//!
//! The table is the one global of the front-end: it only grows, and a name once entered never
//! changes, so a reader cannot see other users of it. Texts live as long as the process.

use std::fmt;
use std::sync::{LazyLock, PoisonError, RwLock};

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use std::hash::BuildHasher;

/// An interned name. `Ord` is by number: use it for sets, never for output.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(u32);

macro_rules! known {
    ($($name:ident = $text:literal,)*) => {
        /// Texts of the symbols that have a constant, in the order of their numbers.
        const KNOWN: &[&str] = &[$($text),*];

        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "only numbers the names below")]
        enum Number { $($name),* }

        /// Names with a constant: those of the universe, of package unsafe, and those the language
        /// treats in their own way. `ERROR_FN` and `STRING_FN` are the capitalised names.
        impl Symbol {
            $(#[doc = concat!("`", $text, "`")] pub const $name: Self = Self(Number::$name as u32);)*
        }
    };
}

known! {
    EMPTY = "",
    BLANK = "_",
    DOT = ".",
    INIT = "init",
    MAIN = "main",
    C = "C",
    UNSAFE = "unsafe",
    IOTA = "iota",
    NIL = "nil",
    TRUE = "true",
    FALSE = "false",
    ANY = "any",
    ERROR = "error",
    COMPARABLE = "comparable",
    BOOL = "bool",
    BYTE = "byte",
    RUNE = "rune",
    STRING = "string",
    INT = "int",
    INT8 = "int8",
    INT16 = "int16",
    INT32 = "int32",
    INT64 = "int64",
    UINT = "uint",
    UINT8 = "uint8",
    UINT16 = "uint16",
    UINT32 = "uint32",
    UINT64 = "uint64",
    UINTPTR = "uintptr",
    FLOAT32 = "float32",
    FLOAT64 = "float64",
    COMPLEX64 = "complex64",
    COMPLEX128 = "complex128",
    APPEND = "append",
    CAP = "cap",
    CLEAR = "clear",
    CLOSE = "close",
    COMPLEX = "complex",
    COPY = "copy",
    DELETE = "delete",
    IMAG = "imag",
    LEN = "len",
    MAKE = "make",
    MAX = "max",
    MIN = "min",
    NEW = "new",
    PANIC = "panic",
    PRINT = "print",
    PRINTLN = "println",
    REAL = "real",
    RECOVER = "recover",
    POINTER = "Pointer",
    ADD = "Add",
    ALIGNOF = "Alignof",
    OFFSETOF = "Offsetof",
    SIZEOF = "Sizeof",
    SLICE = "Slice",
    SLICE_DATA = "SliceData",
    STRING_FN = "String",
    STRING_DATA = "StringData",
    ERROR_FN = "Error",
}

impl Symbol {
    /// The symbol of `text`, entered if it is new.
    pub fn intern(text: &str) -> Self {
        let hash = FxBuildHasher.hash_one(text);
        let shard_index = (hash >> 40) as u32 % SHARDS;
        let shard = &TABLE.shards[shard_index as usize];
        let read = shard.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(symbol) = read.find(hash, text) {
            return symbol;
        }
        drop(read);
        let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(symbol) = shard.find(hash, text) {
            return symbol;
        }
        let number = KNOWN.len() as u32 + shard.texts.len() as u32 * SHARDS + shard_index;
        let text: &'static str = Box::leak(Box::from(text));
        shard.texts.push(text);
        shard.put(hash, Self(number), text);
        Self(number)
    }

    pub fn as_str(self) -> &'static str {
        if let Some(text) = KNOWN.get(self.0 as usize) {
            return text;
        }
        let number = self.0 - KNOWN.len() as u32;
        let shard = &TABLE.shards[(number % SHARDS) as usize];
        let shard = shard.read().unwrap_or_else(PoisonError::into_inner);
        shard.texts[(number / SHARDS) as usize]
    }

    /// Whether other packages see the name: its first character is an upper-case letter.
    pub fn is_exported(self) -> bool {
        let first = self.as_str().chars().next();
        first.is_some_and(char::is_uppercase)
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.as_str())
    }
}

const SHARDS: u32 = 16;

static TABLE: LazyLock<Table> = LazyLock::new(Table::with_known);

struct Table {
    shards: Vec<RwLock<Shard>>,
}

/// The names whose hash selects this shard.
#[derive(Default)]
struct Shard {
    by_text: HashTable<Entry>,
    /// By number, those without a constant.
    texts: Vec<&'static str>,
}

struct Entry {
    hash: u64,
    symbol: Symbol,
    text: &'static str,
}

impl Table {
    fn with_known() -> Self {
        let mut shards: Vec<Shard> = (0..SHARDS).map(|_| Shard::default()).collect();
        for (number, text) in KNOWN.iter().enumerate() {
            let hash = FxBuildHasher.hash_one(*text);
            let shard = &mut shards[((hash >> 40) as u32 % SHARDS) as usize];
            shard.put(hash, Symbol(number as u32), text);
        }
        Self {
            shards: shards.into_iter().map(RwLock::new).collect(),
        }
    }
}

impl Shard {
    fn find(&self, hash: u64, text: &str) -> Option<Symbol> {
        let entry = self.by_text.find(hash, |entry| entry.text == text)?;
        Some(entry.symbol)
    }

    fn put(&mut self, hash: u64, symbol: Symbol, text: &'static str) {
        let entry = Entry { hash, symbol, text };
        self.by_text.insert_unique(hash, entry, |entry| entry.hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_equal_symbols() {
        assert_eq!(Symbol::intern("reader"), Symbol::intern("reader"));
        assert_ne!(Symbol::intern("reader"), Symbol::intern("Reader"));
        assert_eq!(Symbol::intern("reader").as_str(), "reader");
    }

    #[test]
    fn known_names_have_their_constants() {
        assert_eq!(Symbol::intern("_"), Symbol::BLANK);
        assert_eq!(Symbol::intern("error"), Symbol::ERROR);
        assert_eq!(Symbol::ERROR_FN.as_str(), "Error");
        assert_eq!(KNOWN.len(), Number::ERROR_FN as usize + 1);
    }

    #[test]
    fn exported_is_upper_case_in_any_alphabet() {
        assert!(Symbol::intern("Ärger").is_exported());
        assert!(!Symbol::intern("日本").is_exported());
        assert!(!Symbol::BLANK.is_exported());
    }

    #[test]
    fn threads_agree() {
        let words: Vec<String> = (0..500).map(|n| format!("shared{n}")).collect();
        let all: Vec<Vec<Symbol>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| words.iter().map(|w| Symbol::intern(w)).collect()))
                .collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
        assert_eq!(all[0][7].as_str(), "shared7");
    }
}
