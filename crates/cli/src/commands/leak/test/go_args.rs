//! What of the arguments is ours and what is for `go test`.

use clap::{Args as _, FromArgMatches as _};

use super::refuse;
use crate::args::leak::{TestArgs, TestOptions};

/// Arguments for `go test`, without those we set.
#[derive(Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one per flag of `go test`")]
pub(super) struct GoArgs {
    pub(super) rest: Vec<String>,
    /// The user's own overlay file.
    pub(super) overlay: Option<String>,
    /// `-C`: the folder to run in.
    pub(super) folder: Option<String>,
    pub(super) has_count: bool,
    pub(super) has_cpu: bool,
    /// `-exec`: test binaries have a runner of the user's.
    pub(super) has_exec: bool,
    pub(super) is_json: bool,
}

/// Flags of the go command that decide which files a package has.
const BUILD_FLAGS: &[&str] = &["tags", "mod", "modfile"];

impl GoArgs {
    /// Those of the flags that another look at the packages needs.
    pub(super) fn build_flags(&self) -> Vec<String> {
        let mut flags: Vec<String> = self
            .overlay
            .iter()
            .map(|it| format!("-overlay={it}"))
            .collect();
        let mut rest = self.rest.iter();
        while let Some(arg) = rest.next() {
            let name = arg.trim_start_matches('-');
            if name.len() == arg.len() {
                continue;
            }
            match name.split_once('=') {
                Some((flag, value)) if BUILD_FLAGS.contains(&flag) => {
                    flags.push(format!("-{flag}={value}"));
                }
                None if BUILD_FLAGS.contains(&name) => {
                    flags.extend(rest.next().map(|value| format!("-{name}={value}")));
                }
                _ => {}
            }
        }
        flags
    }
}

/// Our options may stand among the go command's; behind `-args` nothing is ours.
pub(super) fn split(args: &TestArgs) -> anyhow::Result<(TestOptions, GoArgs)> {
    let command =
        TestOptions::augment_args(clap::Command::new("goperf leak test").no_binary_name(true));
    let mut ours = Vec::new();
    let mut go = GoArgs::default();
    let mut rest = args.go_args.iter();
    while let Some(arg) = rest.next() {
        if arg == "-args" || arg == "--args" {
            go.rest.push(arg.clone());
            go.rest.extend(rest.by_ref().cloned());
            break;
        }
        let name = arg.trim_start_matches('-');
        let is_flag = name.len() < arg.len();
        let (name, value) = name
            .split_once('=')
            .map_or((name, None), |(name, value)| (name, Some(value)));
        let option = command
            .get_arguments()
            .find(|option| arg.starts_with("--") && option.get_long() == Some(name));
        if let Some(option) = option {
            ours.push(arg.clone());
            if option.get_action().takes_values() && value.is_none() {
                ours.extend(rest.next().cloned());
            }
            continue;
        }
        match name {
            "overlay" if is_flag => {
                go.overlay = value.map(str::to_owned).or_else(|| rest.next().cloned());
                continue;
            }
            "C" if is_flag => {
                go.folder = value.map(str::to_owned).or_else(|| rest.next().cloned());
                continue;
            }
            "c" | "list" | "test.list" if is_flag => refuse(arg)?,
            "count" | "test.count" if is_flag => go.has_count = true,
            "cpu" | "test.cpu" if is_flag => go.has_cpu = true,
            "exec" if is_flag => go.has_exec = true,
            "json" if is_flag => go.is_json = true,
            _ => {}
        }
        go.rest.push(arg.clone());
    }
    let matches = command.try_get_matches_from(ours)?;
    let among = TestOptions::from_arg_matches(&matches)?;
    Ok((join(args.options.clone(), among), go))
}

fn join(first: TestOptions, second: TestOptions) -> TestOptions {
    TestOptions {
        format: second.format.or(first.format),
        proven_only: first.proven_only | second.proven_only,
        ignore: [first.ignore, second.ignore].concat(),
        ignore_file: second.ignore_file.or(first.ignore_file),
        baseline: second.baseline.or(first.baseline),
        write_baseline: second.write_baseline.or(first.write_baseline),
        record: second.record.or(first.record),
        no_reasons: first.no_reasons | second.no_reasons,
        settle: second.settle.or(first.settle),
        stress: second.stress.or(first.stress),
        all: first.all | second.all,
        labels: first.labels | second.labels,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::leak::TestFormat;

    fn split_words(words: &str) -> anyhow::Result<(TestOptions, GoArgs)> {
        let go_args = words.split_whitespace().map(str::to_owned).collect();
        split(&TestArgs {
            options: TestOptions::default(),
            go_args,
        })
    }

    #[test]
    fn ours_are_found_among_those_of_go_test() {
        let (ours, go) = split_words(
            "./... -run X --format json -count 3 --ignore=f -overlay o.json -args --all",
        )
        .unwrap();
        assert_eq!(ours.format, Some(TestFormat::Json));
        assert_eq!(ours.ignore, ["f"]);
        assert!(!ours.all && go.has_count && !go.has_cpu);
        assert_eq!(go.overlay.as_deref(), Some("o.json"));
        assert_eq!(go.rest.join(" "), "./... -run X -count 3 -args --all");
    }

    #[test]
    fn flags_that_choose_files_are_known_to_the_look_at_the_source() {
        let (_, go) = split_words("./... -tags a,b -run X -mod=vendor -overlay o.json").unwrap();
        assert_eq!(
            go.build_flags(),
            ["-overlay=o.json", "-tags=a,b", "-mod=vendor"]
        );
    }

    #[test]
    fn a_run_without_tests_is_refused() {
        assert!(split_words("-c ./p").is_err());
        assert!(split_words("--format nonsense").is_err());
        // A value, not a flag.
        assert!(split_words("-run c").is_ok());
    }
}
