//! Commands that replace a Go tool and read their arguments by Go's rules.

use std::ffi::OsString;

use clap::Args;

/// The arguments of such a command.
#[derive(Args, Debug)]
pub(crate) struct DropInArgs {
    /// Flags and inputs
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) args: Vec<OsString>,
}

/// The commands.
pub(crate) const DROP_INS: &[&str] = &["benchstat", "pprof"];

/// Keeps the arguments of a drop-in command from being read by ours: `-h` and `--` are its own.
pub(crate) fn protect(mut args: Vec<OsString>) -> Vec<OsString> {
    let command = args.get(1).and_then(|command| command.to_str());
    if command.is_some_and(|command| DROP_INS.contains(&command)) {
        args.insert(2, "--".into());
    }
    args
}
