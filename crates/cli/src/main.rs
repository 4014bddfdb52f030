//! The `goperf` binary. All it does is in [`cli::run`].

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main(std::env::args_os().collect())
}
