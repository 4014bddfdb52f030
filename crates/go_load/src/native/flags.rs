//! Build flags: those of the options, after those of GOFLAGS.

use std::path::PathBuf;

use go_tool::{ListOptions, Products};

use super::error::{NativeError, refused};

/// The flags that change what is listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags {
    pub(super) tags: Vec<String>,
    /// `-mod`
    pub(super) mod_mode: Option<String>,
    pub(super) modfile: Option<PathBuf>,
    /// Imported by every program that is instrumented: `race`, `msan`, `asan`.
    pub(super) instruments: Vec<&'static str>,
    /// Commands with a `default.pgo` get copies of their dependencies.
    pub(super) auto_pgo: bool,
}

/// Flags without influence on a listing.
const HARMLESS: &[&str] = &[
    "a",
    "asmflags",
    "buildvcs",
    "gcflags",
    "json",
    "ldflags",
    "modcacherw",
    "n",
    "p",
    "trimpath",
    "v",
    "work",
    "x",
    "count",
    "failfast",
    "short",
    "timeout",
    "vet",
];

impl Flags {
    /// `goflags` is the variable's value. Refuses flags that only the go command understands.
    pub(super) fn read(options: &ListOptions, goflags: &str) -> Result<Self, NativeError> {
        let mut flags = Self {
            auto_pgo: true,
            ..Self::default()
        };
        for word in goflags.split_whitespace() {
            flags.add(word)?;
        }
        if options.race {
            flags.add("-race")?;
        }
        let path = |path: &PathBuf| path.display().to_string();
        let settings = [
            ("tags", options.tags.clone()),
            ("pgo", options.pgo.clone()),
            ("mod", options.mod_mode.clone()),
            ("modfile", options.modfile.as_ref().map(path)),
        ];
        for (name, value) in settings {
            if let Some(value) = value {
                flags.add(&format!("-{name}={value}"))?;
            }
        }
        for flag in &options.flags {
            flags.add(flag)?;
        }
        if options.products == Products::Export {
            return Err(refused(
                "export data is asked for, which only a build makes",
            ));
        }
        Ok(flags)
    }

    fn add(&mut self, word: &str) -> Result<(), NativeError> {
        let flag = word.strip_prefix("--").or_else(|| word.strip_prefix('-'));
        let Some(flag) = flag.filter(|flag| !flag.is_empty()) else {
            return Err(refused(format!("the flag `{word}` is unknown")));
        };
        let (name, value) = flag.split_once('=').unwrap_or((flag, "true"));
        match name {
            "tags" => self.tags = value.split([',', ' ']).map(str::to_owned).collect(),
            "mod" => self.mod_mode = Some(value.to_owned()),
            "modfile" => {
                self.modfile = (!value.is_empty()).then(|| PathBuf::from(value));
            }
            "pgo" => self.auto_pgo = value == "auto",
            "race" => self.instrument("race", value)?,
            "msan" => self.instrument("msan", value)?,
            "asan" => self.instrument("asan", value)?,
            "compiler" if value == "gc" => {}
            "buildmode" if matches!(value, "default" | "exe") => {}
            "cover" | "linkshared" if is_false(value) => {}
            "ldflags" if value.contains("linkmode") => {
                return Err(refused(format!(
                    "the flag `{word}` may ask for external linking"
                )));
            }
            _ if HARMLESS.contains(&name) => {}
            _ => {
                return Err(refused(format!(
                    "the flag `{word}` is the go command's business"
                )));
            }
        }
        Ok(())
    }

    fn instrument(&mut self, name: &'static str, value: &str) -> Result<(), NativeError> {
        self.instruments.retain(|other| *other != name);
        match value {
            "true" | "1" => self.instruments.push(name),
            _ if is_false(value) => {}
            _ => return Err(refused(format!("`-{name}={value}` is neither on nor off"))),
        }
        Ok(())
    }
}

fn is_false(value: &str) -> bool {
    matches!(value, "false" | "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(goflags: &str, flags: &[&str]) -> Result<Flags, NativeError> {
        let options = ListOptions {
            products: Products::Nothing,
            tags: Some("a,b".to_owned()),
            flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
            ..ListOptions::default()
        };
        Flags::read(&options, goflags)
    }

    #[test]
    fn later_flags_win_and_unknown_ones_are_refused() {
        let flags = read(
            "-tags=x -mod=vendor -buildvcs=false",
            &["-race", "--pgo=off"],
        )
        .unwrap();
        assert_eq!(flags.tags, ["a", "b"]);
        assert_eq!(flags.mod_mode.as_deref(), Some("vendor"));
        assert_eq!(flags.instruments, ["race"]);
        assert!(!flags.auto_pgo);
        for flag in [
            "-toolexec=x",
            "-overlay=o.json",
            "-compiler=gccgo",
            "x",
            "-cover",
        ] {
            assert!(read("", &[flag]).is_err(), "{flag}");
        }
    }
}
