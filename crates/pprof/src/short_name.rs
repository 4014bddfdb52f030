//! Function names without what every name around them shares.
//!
//! Source: google/pprof `internal/graph/graph.go` (`ShortenFunctionName`).

use std::sync::LazyLock;

use regex::Regex;

/// The patterns, tried in this order; what they capture is kept.
struct Patterns {
    /// A major version, from 2, as an element of a package path.
    version: Option<Regex>,
    languages: Vec<Regex>,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let compile = |pattern: &str| Regex::new(pattern).ok();
    let languages = [
        // Go: without the folders of the package path.
        r"^(?:[-.0-9A-Za-z_]+/)+([^.]+\..+)",
        // Java: without packages and arguments.
        r"^(?:[a-z][0-9A-Za-z_]*\.)*([A-Z][0-9A-Za-z_$]*\.(?:<init>|[a-z][0-9A-Za-z_$]*))(?:\(|$)",
        // C++: without namespaces, keeping the class.
        r"^(?:[_a-zA-Z][0-9A-Za-z_]*::)+(_*[A-Z][0-9A-Za-z_]*::~?[_a-zA-Z][0-9A-Za-z_]*(?:<.*>)?)",
    ];
    Patterns {
        version: compile(r"^(.*?)/v(?:[2-9]|[1-9][0-9]+)([./].*)$"),
        languages: languages.into_iter().filter_map(compile).collect(),
    }
});

/// A function's name without package path, module version, Java package and arguments, or C++
/// namespaces.
pub(crate) fn short_name(name: &str) -> String {
    let name = name.strip_prefix("(anonymous namespace)::").unwrap_or(name);
    let version = PATTERNS.version.as_ref().and_then(|it| it.captures(name));
    let name = match version {
        Some(found) => format!("{}{}", &found[1], &found[2]),
        None => name.to_owned(),
    };
    let mut languages = PATTERNS.languages.iter();
    match languages.find_map(|it| it.captures(&name)) {
        Some(found) => found[1].to_owned(),
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_common_prefixes() {
        let cases = [
            ("root", "root"),
            ("syscall.Syscall", "syscall.Syscall"),
            ("net/http.(*conn).serve", "http.(*conn).serve"),
            ("github.com/blahBlah/foo.Foo", "foo.Foo"),
            ("github.com/BlahBlah/foo/v20.Foo", "foo.Foo"),
            ("github.com/b/v2/foo.(*Bar).Foo", "foo.(*Bar).Foo"),
            ("example.org/v1.Foo", "v1.Foo"),
            (
                "java.util.concurrent.ThreadPoolExecutor$Worker.run",
                "ThreadPoolExecutor$Worker.run",
            ),
            ("com.foo.Bar.<init>(java.lang.String)", "Bar.<init>"),
            ("(anonymous namespace)::Bar::Foo", "Bar::Foo"),
            ("foo::Bar::Foo<int>::baz", "Bar::Foo<int>"),
            ("foo::bar", "foo::bar"),
        ];
        for (name, expected) in cases {
            assert_eq!(short_name(name), expected, "{name}");
        }
    }
}
