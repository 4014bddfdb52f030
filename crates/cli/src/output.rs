//! Where a command's answer goes (standard output) and where it talks about itself (standard error).

use std::io::{self, BufWriter, IsTerminal, Write};

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
    /// Columns and rows of the terminal that `out` is, at this moment.
    pub size: fn() -> Option<(usize, usize)>,
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
            size: || None,
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
            size: || {
                let size = terminal_size::terminal_size_of(io::stdout());
                size.map(|(width, height)| (width.0.into(), height.0.into()))
            },
            progress: io::stderr().is_terminal() && !dumb,
        }
    }
}

/// Standard output. If the process was started without one (`>&-`), nothing can be written to it; the standard library
/// would take that for success.
pub(crate) fn stdout() -> Box<dyn Write> {
    if base::system::has_stdout() {
        Box::new(io::stdout())
    } else {
        Box::new(Closed)
    }
}

struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::other("it is closed"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The answer of a process: buffered, and the first error kept for the end, also where a command ignores it.
pub(crate) struct Checked<W: Write> {
    inner: BufWriter<W>,
    failed: Option<io::Error>,
}

impl<W: Write> Checked<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self {
            inner: BufWriter::new(inner),
            failed: None,
        }
    }

    /// Whether all of it was written.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.flush().ok();
        self.failed.map_or(Ok(()), Err)
    }

    fn noted<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| {
            let kind = error.kind();
            if kind != io::ErrorKind::Interrupted && self.failed.is_none() {
                self.failed = Some(error);
            }
            kind.into()
        })
    }

    /// What was lost cannot be made up for: nothing is written after it.
    fn check(&self) -> io::Result<()> {
        match &self.failed {
            Some(error) => Err(error.kind().into()),
            None => Ok(()),
        }
    }
}

impl<W: Write> Write for Checked<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.check()?;
        let written = self.inner.write(bytes);
        self.noted(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.check()?;
        let flushed = self.inner.flush();
        self.noted(flushed)
    }
}

/// Messages of a process. That nobody can read them does not change its result.
pub(crate) struct Unchecked<W: Write>(pub(crate) W);

impl<W: Write> Write for Unchecked<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_all(bytes).ok();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().ok();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes so many bytes.
    struct Full(usize);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let n = bytes.len().min(self.0);
            self.0 -= n;
            if n == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            Ok(n)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn errors_that_a_command_ignores_are_found_at_the_end() {
        let mut out = Checked::new(Full(4));
        out.write_all(b"12345").ok();
        out.flush().ok();
        let error = out.finish().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        let mut out = Checked::new(Full(5));
        out.write_all(b"12345").ok();
        assert!(out.finish().is_ok());
    }

    #[test]
    fn messages_that_nobody_reads_are_no_error() {
        assert!(Unchecked(Full(2)).write_all(b"12345").is_ok());
    }
}
