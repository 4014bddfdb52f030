//! Whose code a frame is.

use profile::goroutine::Frame;

/// First path elements of the standard library by their length, which spares most comparisons; a
/// module path of a single plain word is taken as the program's unless it is one of these.
const STD: &[&[&str]] = &[
    &[],
    &[],
    &["go", "io", "os"],
    &["cmp", "fmt", "log", "net"],
    &[
        "flag", "hash", "html", "iter", "maps", "math", "mime", "path", "simd", "sort", "sync",
        "text", "time", "weak",
    ],
    &[
        "arena", "bufio", "bytes", "debug", "embed", "image", "index",
    ],
    &[
        "crypto", "errors", "expvar", "plugin", "regexp", "slices", "unique", "unsafe", "vendor",
    ],
    &[
        "archive", "builtin", "context", "reflect", "runtime", "strconv", "strings", "structs",
        "syscall", "testing", "unicode",
    ],
    &["compress", "database", "encoding", "internal"],
    &["container"],
];

/// Import path of a function as Go prints it: `net/http` of `net/http.(*conn).serve`.
pub fn package(function: &str) -> &str {
    match profile::split_symbol(function) {
        ("", name) => name, // `panic`
        (package, _) => package,
    }
}

/// The first element of [`package`], found without the rest: this is asked for every frame.
fn first_element(function: &str) -> &str {
    let mut dot = None;
    for (at, byte) in function.bytes().enumerate() {
        match byte {
            b'/' => return &function[..at],
            b'.' => dot = dot.or(Some(at)),
            // Receivers and type arguments hold paths of others.
            b'(' | b'[' => return &function[..dot.unwrap_or(at)],
            _ => {}
        }
    }
    &function[..dot.unwrap_or(function.len())]
}

/// Whose code counts as the user's.
#[derive(Clone, Debug, Default)]
pub struct Ownership {
    /// Import paths under test: they are the user's even in the standard library.
    pub own: Vec<String>,
}

impl Ownership {
    pub fn is_own(&self, function: &str) -> bool {
        let package = package(function);
        let package = package.strip_suffix("_test").unwrap_or(package);
        self.own.iter().any(|own| own == package)
    }

    /// Not the runtime's, the standard library's or C's.
    pub fn is_user(&self, function: &str) -> bool {
        if function == "panic" || function == "non-Go function" {
            return false;
        }
        let first = first_element(function);
        let is_std = STD.get(first.len()).is_some_and(|it| it.contains(&first));
        !is_std || self.is_own(function)
    }

    /// Index of the innermost frame that is the user's. Without one, of the outermost that is not
    /// the runtime's: what the `go` statement called.
    pub fn first_user(&self, frames: &[Frame<'_>]) -> usize {
        let user = frames
            .iter()
            .position(|frame| self.is_user(&frame.function));
        let called = || {
            frames
                .iter()
                .rposition(|frame| package(&frame.function) != "runtime")
        };
        user.or_else(called).unwrap_or(0)
    }

    /// Index of the outermost frame that is the user's.
    pub fn last_user(&self, frames: &[Frame<'_>]) -> Option<usize> {
        frames
            .iter()
            .rposition(|frame| self.is_user(&frame.function))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_told_from_functions() {
        let cases = [
            ("main.main", "main", true),
            ("net/http.(*conn).serve", "net/http", false),
            ("example.com/a/b%2ec.f.func1", "example.com/a/b%2ec", true),
            (
                "orders.(*Pool[go.shape.struct { a/b.C }]).run",
                "orders",
                true,
            ),
            (
                "goperf.test/leak/external_test.TestX",
                "goperf.test/leak/external_test",
                true,
            ),
            ("panic", "panic", false),
            ("runtime.gopark", "runtime", false),
            ("context_test.f", "context_test", true),
        ];
        for (len, names) in STD.iter().enumerate() {
            assert!(names.iter().all(|name| name.len() == len), "{names:?}");
        }
        let nobody = Ownership::default();
        for (function, want, user) in cases {
            assert_eq!(package(function), want);
            assert_eq!(Some(first_element(function)), want.split('/').next());
            assert_eq!(nobody.is_user(function), user, "{function}");
        }
        let own = Ownership {
            own: vec!["net/http".into()],
        };
        assert!(own.is_user("net/http.(*conn).serve"));
        assert!(!own.is_user("net/textproto.f"));
    }
}
