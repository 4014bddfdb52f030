//! The build context: what a build constraint and a file's name are compared with.

use go_syntax::Constraint;
use go_tool::GoTool;
use rustc_hash::FxHashSet;

use super::error::{NativeError, refused};

/// Target and tags of a build.
#[derive(Clone, Debug)]
pub(super) struct Context {
    pub(super) goos: String,
    pub(super) goarch: String,
    pub(super) cgo_enabled: bool,
    /// All tags that are set, those of the target included.
    tags: FxHashSet<String>,
    /// Names and constraints do not count: files are named one by one.
    pub(super) all_files: bool,
}

impl Context {
    /// `tags` are those of `-tags`, and of instrumentation such as `race`.
    pub(super) fn new(
        go: &GoTool,
        tags: impl Iterator<Item = String>,
    ) -> Result<Self, NativeError> {
        let env = &go.env;
        let mut set: FxHashSet<String> = tags.collect();
        set.extend([env.goos.clone(), env.goarch.clone(), "gc".to_owned()]);
        if env.cgo_enabled {
            set.insert("cgo".to_owned());
        }
        let also = match env.goos.as_str() {
            "android" => Some("linux"),
            "illumos" => Some("solaris"),
            "ios" => Some("darwin"),
            _ => None,
        };
        set.extend(also.map(str::to_owned));
        if UNIX.contains(&env.goos.as_str()) {
            set.insert("unix".to_owned());
        }
        set.extend((1..=go.version.minor).map(|minor| format!("go1.{minor}")));
        set.extend(experiments(go)?.map(|name| format!("goexperiment.{name}")));
        if set.contains("goexperiment.boringcrypto") {
            set.insert("boringcrypto".to_owned());
        }
        set.extend(architecture_tags(go));
        Ok(Self {
            goos: env.goos.clone(),
            goarch: env.goarch.clone(),
            cgo_enabled: env.cgo_enabled,
            tags: set,
            all_files: false,
        })
    }

    pub(super) fn has_tag(&self, tag: &str) -> bool {
        self.tags.contains(tag)
    }

    pub(super) fn holds(&self, constraint: &Constraint) -> bool {
        constraint.eval(&mut |tag| self.has_tag(tag))
    }

    /// Does the name say that the file is for this target? `x_linux.go`, `x_arm64_test.go` do say
    /// something, `linux.go` does not.
    pub(super) fn good_name(&self, name: &str) -> bool {
        if self.all_files {
            return true;
        }
        let stem = name.split('.').next().unwrap_or(name);
        let Some(first) = stem.find('_') else {
            return true;
        };
        let mut words = stem[first..].split('_').rev().peekable();
        words.next_if_eq(&"test");
        let last = words.next().unwrap_or_default();
        let before = words.next().unwrap_or_default();
        let is_arch = ARCHITECTURES.contains(&last);
        if is_arch && SYSTEMS.contains(&before) {
            return self.has_tag(last) && self.has_tag(before);
        }
        if is_arch || SYSTEMS.contains(&last) {
            return self.has_tag(last);
        }
        true
    }
}

/// Experiments that are on: those of the release, changed by GOEXPERIMENT.
fn experiments(go: &GoTool) -> Result<impl Iterator<Item = String>, NativeError> {
    let mut on = default_experiments(go)?;
    for word in go
        .env
        .goexperiment
        .split(',')
        .filter(|word| !word.is_empty())
    {
        let (name, value) = match word.strip_prefix("no") {
            Some("ne") => {
                on.clear();
                continue;
            }
            Some(name) => (name, false),
            None => (word, true),
        };
        let names: &[&str] = match name {
            "regabi" => &["regabiwrappers", "regabiargs"],
            _ => &[name],
        };
        for name in names {
            on.retain(|other| other != name);
            if value {
                on.push((*name).to_owned());
            }
        }
    }
    Ok(on.into_iter())
}

/// Source: internal/buildcfg/exp.go of each release, `baseline`.
fn default_experiments(go: &GoTool) -> Result<Vec<String>, NativeError> {
    let arch = go.env.goarch.as_str();
    let minor = go.version.minor;
    let registers = ["amd64", "arm64", "loong64", "ppc64le", "ppc64", "riscv64"];
    let registers = registers.contains(&arch) || (arch == "s390x" && minor >= 26);
    let dwarf5 = !["darwin", "ios", "aix"].contains(&go.env.goos.as_str());
    let xchg8 = ["386", "amd64", "arm", "arm64", "ppc64le", "ppc64"].contains(&arch);
    let of_release: &[(&str, bool)] = match minor {
        24 => &[
            ("coverageredesign", true),
            ("aliastypeparams", true),
            ("swissmap", true),
            ("spinbitmutex", xchg8),
            ("synchashtriemap", true),
        ],
        25 => &[
            ("aliastypeparams", true),
            ("swissmap", true),
            ("synchashtriemap", true),
            ("dwarf5", dwarf5),
        ],
        26 => &[
            ("dwarf5", dwarf5),
            ("randomizedheapbase64", true),
            ("greenteagc", true),
        ],
        27 => &[
            ("dwarf5", dwarf5),
            ("randomizedheapbase64", true),
            ("greenteagc", true),
            ("jsonv2", true),
            ("sizespecializedmalloc", true),
        ],
        _ => {
            return Err(refused(format!(
                "the experiments of {} are unknown",
                go.version
            )));
        }
    };
    let common = [("regabiwrappers", registers), ("regabiargs", registers)];
    Ok((common.iter().chain(of_release))
        .filter(|(_, on)| *on)
        .map(|(name, _)| (*name).to_owned())
        .collect())
}

/// `amd64.v1`, … up to the chosen level.
fn architecture_tags(go: &GoTool) -> Vec<String> {
    let arch = go.env.goarch.as_str();
    let value = |name: &str| go.env.arch.get(name).map_or("", String::as_str);
    let levels = |least: u32, chosen: &str, prefix: &str| -> Vec<String> {
        let most: u32 = chosen.parse().unwrap_or(least);
        (least..=most)
            .map(|level| format!("{arch}.{prefix}{level}"))
            .collect()
    };
    match arch {
        "386" => vec![format!("386.{}", value("GO386"))],
        "amd64" => levels(1, value("GOAMD64").trim_start_matches('v'), "v"),
        "arm" => levels(5, value("GOARM").split(',').next().unwrap_or("7"), ""),
        "arm64" => arm64_tags(value("GOARM64")),
        "mips" | "mipsle" => vec![format!("{arch}.{}", value("GOMIPS"))],
        "mips64" | "mips64le" => vec![format!("{arch}.{}", value("GOMIPS64"))],
        "ppc64" | "ppc64le" => {
            let chosen = value("GOPPC64").trim_start_matches("power");
            levels(8, chosen, "power")
        }
        "riscv64" => {
            let profiles = ["rva20u64", "rva22u64", "rva23u64"];
            let chosen = profiles.iter().position(|name| *name == value("GORISCV64"));
            (profiles.iter().take(chosen.unwrap_or(0) + 1))
                .map(|name| format!("riscv64.{name}"))
                .collect()
        }
        "wasm" => vec!["wasm.satconv".to_owned(), "wasm.signext".to_owned()],
        _ => Vec::new(),
    }
}

/// `v8.0`, `v9.2,lse`: v9.n holds v8.(n+5) too.
fn arm64_tags(value: &str) -> Vec<String> {
    let version = value.split(',').next().unwrap_or_default();
    let numbers = version.strip_prefix('v').and_then(|v| v.split_once('.'));
    let (major, minor) = numbers
        .and_then(|(major, minor)| Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?)))
        .unwrap_or((8, 0));
    let up_to = |major: u32, most: u32| (0..=most).map(move |n| format!("arm64.v{major}.{n}"));
    let mut tags: Vec<String> = up_to(major, minor.min(9)).collect();
    if major == 9 {
        tags.extend(up_to(8, (minor + 5).min(9)));
    }
    tags
}

/// Names that mean a system at the end of a file's name, past and future ones included.
const SYSTEMS: &[&str] = &[
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
    "zos",
];

/// Systems with the tag `unix`.
const UNIX: &[&str] = &[
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "linux",
    "netbsd",
    "openbsd",
    "solaris",
];

/// Names that mean an architecture at the end of a file's name.
const ARCHITECTURES: &[&str] = &[
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "armbe",
    "arm64",
    "arm64be",
    "loong64",
    "mips",
    "mipsle",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::testing::go;

    fn context(goos: &str, goarch: &str, tags: &str) -> Context {
        let tags = tags.split(',').map(str::to_owned);
        Context::new(&go(goos, goarch), tags).unwrap()
    }

    #[test]
    fn names_of_files_choose_targets() {
        let linux = context("linux", "amd64", "");
        let cases = [
            ("x.go", true),
            ("linux.go", true),
            ("windows.go", true),
            ("x_linux.go", true),
            ("x_windows.go", false),
            ("x_windows_test.go", false),
            ("x_linux_arm64.go", false),
            ("x_linux_amd64_test.go", true),
            ("x_foo_amd64.s", true),
            ("x_arm64.pb.go", false),
            ("x_test.go", true),
            ("_x_windows", false),
        ];
        for (name, good) in cases {
            assert_eq!(linux.good_name(name), good, "{name}");
        }
        assert!(context("android", "arm64", "").good_name("x_linux.go"));
        assert!(!context("linux", "arm64", "").good_name("x_android.go"));
    }

    #[test]
    fn tags_of_target_release_and_experiments() {
        let context = context("darwin", "arm64", "mine");
        for tag in [
            "darwin",
            "unix",
            "gc",
            "go1.1",
            "go1.27",
            "mine",
            "arm64.v8.0",
        ] {
            assert!(context.has_tag(tag), "{tag}");
        }
        for tag in ["linux", "cgo", "go1.28", "goexperiment.dwarf5", "amd64.v1"] {
            assert!(!context.has_tag(tag), "{tag}");
        }
        let mut tool = go("linux", "amd64");
        tool.env.goexperiment = "nojsonv2,arenas".to_owned();
        tool.env.arch.insert("GOAMD64".to_owned(), "v3".to_owned());
        let context = Context::new(&tool, std::iter::empty()).unwrap();
        assert!(context.has_tag("goexperiment.arenas") && context.has_tag("amd64.v2"));
        assert!(!context.has_tag("goexperiment.jsonv2") && !context.has_tag("amd64.v4"));
        assert_eq!(arm64_tags("v9.1,crypto").len(), 2 + 7);
    }
}
