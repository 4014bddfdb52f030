//! `//go:…` lines that belong to the function or type declaration after them.

/// Pragmas of one declaration, as a set.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Pragmas(u32);

macro_rules! pragmas {
    ($($(#[$attr:meta])* $name:ident = $text:literal,)*) => {
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "only numbers the pragmas below")]
        enum Bit { $($name),* }

        impl Pragmas {
            $($(#[$attr])* pub const $name: Self = Self(1 << Bit::$name as u32);)*

            const NAMES: &[(Self, &str)] = &[$((Self::$name, $text)),*];
        }
    };
}

pragmas! {
    NOINTERFACE = "nointerface",
    /// Arguments of the bodyless function do not escape.
    NOESCAPE = "noescape",
    NORACE = "norace",
    NOSPLIT = "nosplit",
    NOINLINE = "noinline",
    NOCHECKPTR = "nocheckptr",
    SYSTEMSTACK = "systemstack",
    NOWRITEBARRIER = "nowritebarrier",
    NOWRITEBARRIERREC = "nowritebarrierrec",
    YESWRITEBARRIERREC = "yeswritebarrierrec",
    CGO_UNSAFE_ARGS = "cgo_unsafe_args",
    UINTPTRKEEPALIVE = "uintptrkeepalive",
    /// Pointers converted to `uintptr` arguments escape.
    UINTPTRESCAPES = "uintptrescapes",
    REGISTERPARAMS = "registerparams",
    WASMIMPORT = "wasmimport",
    WASMEXPORT = "wasmexport",
}

impl Pragmas {
    /// No pragma.
    pub const NONE: Self = Self(0);

    /// Whether all of `other` are set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// These and `other`.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The pragma called `name` (behind `//go:`); none if it is not a pragma of a declaration.
    pub fn named(name: &str) -> Self {
        let found = Self::NAMES.iter().find(|(_, text)| *text == name);
        found.map_or(Self::NONE, |(pragma, _)| *pragma)
    }

    /// Names without `//go:`.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let all = Self::NAMES.iter();
        all.filter(move |(pragma, _)| self.contains(*pragma))
            .map(|(_, text)| *text)
    }
}

impl std::fmt::Debug for Pragmas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_and_names_are_inverse() {
        let both = Pragmas::named("nosplit").with(Pragmas::named("noinline"));
        assert_eq!(both.names().collect::<Vec<_>>(), ["nosplit", "noinline"]);
        assert!(both.contains(Pragmas::NOSPLIT) && !both.contains(Pragmas::NOESCAPE));
        assert!(Pragmas::named("generate").is_empty());
    }
}
