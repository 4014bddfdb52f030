//! Flags as Go's `flag` package reads them, for the commands that replace a Go tool.
//!
//! `-x` and `--x` are the same; `-x=v` and `-x v` are the same except for booleans, which only take
//! `=`; the last one wins; parsing stops at the first word that is not a flag, or after `--`.

use std::fmt;

/// What a flag takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FlagKind {
    Bool,
    Int,
    Float,
    String,
}

/// A flag the command knows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FlagSpec {
    pub(crate) name: &'static str,
    pub(crate) kind: FlagKind,
}

/// A flag as given, its value checked against its kind. A bare boolean has the value `true`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct GivenFlag {
    pub(crate) name: &'static str,
    pub(crate) value: String,
}

/// The flags in the order given, and what follows them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Parsed {
    pub(crate) flags: Vec<GivenFlag>,
    pub(crate) rest: Vec<String>,
}

impl Parsed {
    /// The last value given for `name`.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.flags
            .iter()
            .rev()
            .find(|flag| flag.name == name)
            .map(|flag| flag.value.as_str())
    }

    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.value(name) == Some("true")
    }
}

/// Why the command line was refused, in the words Go uses.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum FlagError {
    /// `-h` or `-help` where no such flag is defined.
    Help,
    BadSyntax(String),
    NotDefined(String),
    NeedsArgument(String),
    BadBool {
        value: String,
        flag: String,
    },
    BadValue {
        value: String,
        flag: String,
        reason: &'static str,
    },
}

impl fmt::Display for FlagError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Help => write!(f, "flag: help requested"),
            Self::BadSyntax(word) => write!(f, "bad flag syntax: {word}"),
            Self::NotDefined(name) => write!(f, "flag provided but not defined: -{name}"),
            Self::NeedsArgument(name) => write!(f, "flag needs an argument: -{name}"),
            Self::BadBool { value, flag } => {
                write!(
                    f,
                    "invalid boolean value {value:?} for -{flag}: parse error"
                )
            }
            Self::BadValue {
                value,
                flag,
                reason,
            } => {
                write!(f, "invalid value {value:?} for flag -{flag}: {reason}")
            }
        }
    }
}

impl std::error::Error for FlagError {}

/// Reads `args` (without the command's name) by the rules of Go's `flag` package.
pub(crate) fn parse(specs: &[FlagSpec], args: &[String]) -> Result<Parsed, FlagError> {
    let mut parsed = Parsed::default();
    let mut words = args.iter();
    while let Some(word) = words.next() {
        let Some(body) = word.strip_prefix('-').filter(|body| !body.is_empty()) else {
            parsed.rest.push(word.clone());
            break;
        };
        if body == "-" {
            break;
        }
        let body = body.strip_prefix('-').unwrap_or(body);
        if body.is_empty() || body.starts_with(['-', '=']) {
            return Err(FlagError::BadSyntax(word.clone()));
        }
        let (name, value) = body
            .split_once('=')
            .map_or((body, None), |(name, value)| (name, Some(value)));
        let Some(spec) = specs.iter().find(|spec| spec.name == name) else {
            return Err(match name {
                "h" | "help" => FlagError::Help,
                _ => FlagError::NotDefined(name.to_owned()),
            });
        };
        let value = match (value, spec.kind) {
            (Some(value), _) => value.to_owned(),
            (None, FlagKind::Bool) => "true".to_owned(),
            (None, _) => words
                .next()
                .cloned()
                .ok_or_else(|| FlagError::NeedsArgument(name.to_owned()))?,
        };
        parsed.flags.push(GivenFlag {
            name: spec.name,
            value: check(spec, value)?,
        });
    }
    parsed.rest.extend(words.cloned());
    Ok(parsed)
}

fn check(spec: &FlagSpec, value: String) -> Result<String, FlagError> {
    let bad = |value: String, reason| FlagError::BadValue {
        value,
        flag: spec.name.to_owned(),
        reason,
    };
    match spec.kind {
        FlagKind::Bool => match value.as_str() {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok("true".to_owned()),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok("false".to_owned()),
            _ => Err(FlagError::BadBool {
                value,
                flag: spec.name.to_owned(),
            }),
        },
        FlagKind::Int if value.parse::<i64>().is_err() => Err(bad(value, "parse error")),
        FlagKind::Float if value.parse::<f64>().is_err() => Err(bad(value, "parse error")),
        FlagKind::String | FlagKind::Int | FlagKind::Float => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPECS: &[FlagSpec] = &[
        FlagSpec {
            name: "top",
            kind: FlagKind::Bool,
        },
        FlagSpec {
            name: "focus",
            kind: FlagKind::String,
        },
        FlagSpec {
            name: "n",
            kind: FlagKind::Int,
        },
    ];

    fn flags(line: &str) -> Result<(String, Vec<String>), String> {
        let args: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let parsed = parse(SPECS, &args).map_err(|error| error.to_string())?;
        let given: Vec<String> = parsed
            .flags
            .iter()
            .map(|f| format!("{}={}", f.name, f.value))
            .collect();
        Ok((given.join(" "), parsed.rest))
    }

    #[test]
    fn stops_at_the_first_plain_word() {
        let rest = |words: &[&str]| {
            words
                .iter()
                .map(|word| (*word).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            flags("-top --focus a p -n 1"),
            Ok(("top=true focus=a".into(), rest(&["p", "-n", "1"])))
        );
        assert_eq!(
            flags("-top=F -- -n"),
            Ok(("top=false".into(), rest(&["-n"])))
        );
        assert_eq!(
            flags("-top false"),
            Ok(("top=true".into(), rest(&["false"])))
        );
        assert_eq!(flags("- -top"), Ok((String::new(), rest(&["-", "-top"]))));
    }

    #[test]
    fn errors_read_as_in_go() {
        for (line, message) in [
            ("-nope", "flag provided but not defined: -nope"),
            ("-focus", "flag needs an argument: -focus"),
            ("-n x", "invalid value \"x\" for flag -n: parse error"),
            (
                "-top=x",
                "invalid boolean value \"x\" for -top: parse error",
            ),
            ("---top", "bad flag syntax: ---top"),
            ("-h", "flag: help requested"),
        ] {
            assert_eq!(flags(line), Err(message.into()), "{line}");
        }
    }
}
