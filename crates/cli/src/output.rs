//! Where a command's answer goes (standard output) and where it talks about itself (standard error).

use std::io::{self, IsTerminal, Write};

use base::System;

/// The two streams of a run and what may be done on them.
pub struct Output<'a> {
    /// The answer, and nothing but the answer.
    pub out: &'a mut dyn Write,
    /// Errors, warnings, summaries of the run itself.
    pub err: &'a mut dyn Write,
    /// Whether `out` takes colour.
    pub color: bool,
    /// Whether `out` is a terminal.
    pub out_is_terminal: bool,
    /// Whether progress may be drawn on standard error.
    pub progress: bool,
}

impl<'a> Output<'a> {
    /// No terminal, no colour, no progress: files, pipes and tests.
    pub fn plain(out: &'a mut dyn Write, err: &'a mut dyn Write) -> Self {
        Self {
            out,
            err,
            color: false,
            out_is_terminal: false,
            progress: false,
        }
    }

    /// The process's own streams. Honours `NO_COLOR`, `CLICOLOR_FORCE` and `TERM=dumb`.
    pub(crate) fn of_process(
        out: &'a mut dyn Write,
        err: &'a mut dyn Write,
        system: &dyn System,
    ) -> Self {
        let dumb = system.env_var("TERM").is_some_and(|term| term == "dumb");
        let out_is_terminal = io::stdout().is_terminal();
        let wanted = system
            .env_var("CLICOLOR_FORCE")
            .is_some_and(|force| force != "0");
        let color = system.env_var("NO_COLOR").is_none() && (wanted || (out_is_terminal && !dumb));
        Self {
            out,
            err,
            color,
            out_is_terminal,
            progress: io::stderr().is_terminal() && !dumb,
        }
    }
}
