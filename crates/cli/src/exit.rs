//! Exit codes.

use std::process::ExitCode;

/// The exit codes of every command. Drop-in commands (`pprof`, `benchstat`) use those of their peer,
/// all of which are among these.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExitStatus {
    /// 0: done, nothing found.
    Success,
    /// 1: findings, or a gate that fails.
    Findings,
    /// 2: could not run.
    Error,
    /// 3: the Go code does not type-check.
    BrokenCode,
    /// 4: no verdict (`bench gate`).
    Inconclusive,
    /// 130: stopped by Ctrl-C, SIGTERM or SIGHUP.
    Interrupted,
}

impl ExitStatus {
    /// The number the process exits with.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Findings => 1,
            Self::Error => 2,
            Self::BrokenCode => 3,
            Self::Inconclusive => 4,
            Self::Interrupted => 130,
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}
