//! Go's spelling of flags, beside the one with two dashes: `-bench .`, `-race=false`, `-json`.
//!
//! The go command and its tools take flags with one dash or two. Our flags of the same meaning have the same names, so
//! a command line that is known by heart works here too.

use std::ffi::OsString;

use clap::{Arg, ArgAction, Command};

/// Commands whose further arguments are read by other rules.
const OWN_RULES: &[&[&str]] = &[&["pprof"], &["benchstat"], &["leak", "test"]];

/// The arguments with Go's spelling made ours. `root` is the whole command line's definition.
pub(crate) fn normalized(root: &Command, args: Vec<OsString>) -> Vec<OsString> {
    let mut command = root;
    let mut path: Vec<&str> = Vec::new();
    let mut args = args.into_iter();
    let mut out: Vec<OsString> = args.next().into_iter().collect();
    while let Some(arg) = args.next() {
        let text = arg.to_str().unwrap_or_default();
        if text == "--" || OWN_RULES.contains(&&*path) {
            out.push(arg);
            break;
        }
        if !text.starts_with('-') {
            if let Some(sub) = command.find_subcommand(text) {
                command = sub;
                path.push(sub.get_name());
            }
            out.push(arg);
            continue;
        }
        let flag = Flag::parse(text);
        let option = flag.and_then(|flag| find(root, command, flag.name));
        match (flag, option) {
            (Some(flag), Some(option)) => {
                out.extend(flag.respelled(option).map(OsString::from));
                // Its value may look like a flag.
                if option.get_action().takes_values() && flag.value.is_none() {
                    out.extend(args.next());
                }
            }
            (Some(flag), None) if flag.name == "json" && prints_json(command) => {
                if flag.is_on() {
                    out.push("--format=json".into());
                }
            }
            (Some(flag), None) if flag.is_unknown(command) => out.push(flag.long().into()),
            _ => out.push(arg),
        }
    }
    out.extend(args);
    out
}

/// A flag whose name has more than a letter.
#[derive(Clone, Copy)]
struct Flag<'a> {
    name: &'a str,
    value: Option<&'a str>,
}

impl<'a> Flag<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let body = text.strip_prefix("--").or_else(|| text.strip_prefix('-'))?;
        let (name, value) = match body.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (body, None),
        };
        (name.len() > 1).then_some(Self { name, value })
    }

    fn long(self) -> String {
        match self.value {
            Some(value) => format!("--{}={value}", self.name),
            None => format!("--{}", self.name),
        }
    }

    /// Booleans have values in Go; `-race=false` is as if it were not there.
    fn respelled(self, option: &Arg) -> Option<String> {
        let is_switch = !option.get_action().takes_values();
        match self.value {
            Some("1" | "t" | "T" | "true" | "TRUE" | "True") if is_switch => {
                Some(format!("--{}", self.name))
            }
            Some("0" | "f" | "F" | "false" | "FALSE" | "False") if is_switch => None,
            _ => Some(self.long()),
        }
    }

    fn is_on(self) -> bool {
        !matches!(
            self.value,
            Some("0" | "f" | "F" | "false" | "FALSE" | "False")
        )
    }

    /// Neither letters of ours in one word (`-lv`) nor one with its value (`-C.`): with two dashes, the message names
    /// the whole flag and one like it.
    fn is_unknown(self, command: &Command) -> bool {
        let first = self.name.chars().next();
        let is_short = |option: &Arg| option.get_short() == first;
        first.is_some_and(|first| first.is_ascii_alphabetic() && first != 'v' && first != 'h')
            && !command.get_arguments().any(is_short)
    }
}

/// The option of that name, of the command or of all.
fn find<'a>(root: &'a Command, command: &'a Command, name: &str) -> Option<&'a Arg> {
    let is_it = |option: &&Arg| {
        option.get_long() == Some(name)
            || (option.get_all_aliases()).is_some_and(|aliases| aliases.contains(&name))
    };
    let global = root.get_arguments().filter(|option| option.is_global_set());
    command.get_arguments().chain(global).find(is_it)
}

fn prints_json(command: &Command) -> bool {
    let format = command
        .get_arguments()
        .find(|option| option.get_long() == Some("format"));
    format.is_some_and(|format| {
        matches!(format.get_action(), ArgAction::Set)
            && (format.get_possible_values().iter()).any(|value| value.get_name() == "json")
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::args::Cli;

    fn line(args: &str) -> String {
        let mut root = Cli::command();
        root.build();
        let args = args.split(' ').map(OsString::from).collect();
        let words = normalized(&root, args).into_iter();
        let words: Vec<String> = words.map(|it| it.into_string().unwrap()).collect();
        words.join(" ")
    }

    #[test]
    fn flags_of_go_get_a_second_dash() {
        let cases = [
            (
                "goperf check ./... -bench . -benchtime=2s -count 3 -tags a,b -race",
                "goperf check ./... --bench . --benchtime=2s --count 3 --tags a,b --race",
            ),
            (
                "goperf bench run -cpu 1,2 -run ^$ -C sub",
                "goperf bench run --cpu 1,2 --run ^$ -C sub",
            ),
            (
                "goperf inline -pgo cpu.pb.gz -race=false -modfile=x.mod .",
                "goperf inline --pgo cpu.pb.gz --modfile=x.mod .",
            ),
            ("goperf escape -json .", "goperf escape --format=json ."),
            ("goperf layout -json=false .", "goperf layout ."),
            (
                "goperf record bench -bench . -o x",
                "goperf record bench --bench . -o x",
            ),
            ("goperf check -go /x/go -vv", "goperf check --go /x/go -vv"),
        ];
        for (given, expected) in cases {
            assert_eq!(line(given), expected);
        }
    }

    #[test]
    fn what_is_no_flag_of_ours_stays() {
        for same in [
            "goperf pprof -top -json x",
            "goperf benchstat -col /a",
            "goperf leak test -race -run X ./...",
            "goperf record -- ./x.test -bench .",
            "goperf bench ab --new-flags -pgo=cpu.pprof main",
            "goperf escape -l -C. --diff main",
            "goperf bench history add -",
        ] {
            assert_eq!(line(same), same);
        }
    }

    #[test]
    fn a_flag_with_a_fault_is_named_as_a_whole() {
        assert_eq!(line("goperf check -benhc ."), "goperf check --benhc .");
        assert_eq!(line("goperf check -vv"), "goperf check -vv");
    }
}
