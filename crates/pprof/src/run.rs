//! The whole way: sources, then a report or the shell.

use std::io::{BufWriter, Write};
use std::path::Path;

use base::system::{Command as Process, Input};
use base::{Cancellation, System};
use jiff::tz::TimeZone;

use crate::command::{self, Command, Destination};
use crate::command_line::Invocation;
use crate::driver::make_report;
use crate::error::Error;
use crate::fetch::{Loaded, fetch, free_name, temp_folder};
use crate::render::Answer;
use crate::repl::{LineSource, repl};
use crate::report::Machine;
use crate::symbols::{ObjectFiles, io_reason};

pub use crate::repl::Sink;

/// The environment of a run: system, output streams, time zone.
pub struct Session<'a> {
    pub system: &'a dyn System,
    /// Reports.
    pub out: &'a mut dyn Write,
    /// Everything else.
    pub err: &'a mut dyn Write,
    /// `out` is a terminal.
    pub out_is_terminal: bool,
    /// For the times in headers.
    pub time_zone: TimeZone,
    pub objects: ObjectFiles,
}

impl<'a> Session<'a> {
    pub fn new(
        system: &'a dyn System,
        out: &'a mut dyn Write,
        err: &'a mut dyn Write,
        out_is_terminal: bool,
    ) -> Self {
        let time_zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
        let objects = ObjectFiles::default();
        Self {
            system,
            out,
            err,
            out_is_terminal,
            time_zone,
            objects,
        }
    }

    /// What reports need of it, and where they go.
    pub(crate) fn split(&mut self) -> ((Machine<'_>, &TimeZone), Streams<'_>) {
        let machine = Machine {
            system: self.system,
            objects: &self.objects,
        };
        let streams = Streams {
            system: self.system,
            out: self.out,
            err: self.err,
            out_is_terminal: self.out_is_terminal,
        };
        ((machine, &self.time_zone), streams)
    }

    /// Whether the file is a binary.
    pub fn is_binary(&self, path: &str) -> bool {
        self.objects.open(self.system, path).is_ok()
    }
}

/// The result of a run with respect to the limits it was given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// No limit was given, or none is exceeded.
    Within,
    /// A limit is exceeded.
    Beyond,
}

/// Fetches, sums and symbolizes the sources of an invocation: what all its reports are about.
pub fn load(invocation: &Invocation, session: &mut Session<'_>) -> Result<Loaded, Error> {
    fetch(invocation, session.system, &session.objects, session.err)
}

/// Makes the report an invocation asks for; without one, runs the shell on `lines`.
pub fn run(
    invocation: &Invocation,
    lines: &mut dyn LineSource,
    session: &mut Session<'_>,
) -> Result<Outcome, Error> {
    let loaded = fetch(invocation, session.system, &session.objects, session.err)?;
    let Some((name, param)) = &invocation.command else {
        repl(&loaded, &invocation.config, lines, session)?;
        return Ok(Outcome::Within);
    };
    let Some(command) = command::find(name) else {
        return Ok(Outcome::Within);
    };
    let (around, mut streams) = session.split();
    let config = &invocation.config;
    let answer = make_report(
        &loaded,
        command,
        param.as_deref(),
        config,
        around,
        streams.err,
    )?;
    let outcome = answer.outcome();
    streams.deliver(command, answer, &config.output, &Sink::Plain, false)?;
    Ok(outcome)
}

/// Where reports go.
pub(crate) struct Streams<'s> {
    system: &'s dyn System,
    out: &'s mut dyn Write,
    pub(crate) err: &'s mut dyn Write,
    out_is_terminal: bool,
}

impl Streams<'_> {
    /// Writes a report to its destination. Files are named as pprof names them.
    pub(crate) fn deliver(
        &mut self,
        command: &Command,
        answer: Answer,
        output: &str,
        sink: &Sink,
        in_shell: bool,
    ) -> Result<(), Error> {
        match sink {
            Sink::Append(file) => {
                writeln!(self.err, "Adding report to {file}")?;
                return self.append_file(file, answer);
            }
            Sink::Pipe(program) => return self.pipe(program, answer),
            Sink::Plain => {}
        }
        if !output.is_empty() {
            writeln!(self.err, "Generating report in {output}")?;
            return self.write_file(output, answer);
        }
        match command.destination {
            Destination::Save(extension) if in_shell || self.out_is_terminal => {
                let suffix = format!(".{extension}");
                let file = free_name(self.system, Path::new(""), "profile", &suffix)?;
                let file = file.to_string_lossy().into_owned();
                writeln!(self.err, "Generating report in {file}")?;
                self.write_file(&file, answer)
            }
            Destination::View(extension, programs) => self.view(extension, programs, answer),
            Destination::Print | Destination::Save(_) => self.print(answer),
        }
    }

    fn print(&mut self, mut answer: Answer) -> Result<(), Error> {
        answer.write_to(self.out)?;
        Ok(self.out.flush()?)
    }

    fn write_file(&self, file: &str, mut answer: Answer) -> Result<(), Error> {
        let written = self
            .system
            .write_with(Path::new(file), &mut |out| answer.write_to(out));
        written.map_err(|error| not_written(file, &error))
    }

    fn append_file(&self, file: &str, mut answer: Answer) -> Result<(), Error> {
        let (system, path) = (self.system, Path::new(file));
        let mut out = BufWriter::with_capacity(1 << 20, Appended { system, path });
        let written = answer.write_to(&mut out).and_then(|()| out.flush());
        written.map_err(|error| not_written(file, &error))
    }

    fn pipe(&mut self, program: &str, answer: Answer) -> Result<(), Error> {
        let mut process = Process::new("sh");
        process.args = vec!["-c".into(), program.into()];
        process.stdin = Input::Bytes(answer.into_bytes()?);
        let output = self.system.run(&process, &Cancellation::default())?;
        self.out.write_all(&output.stdout)?;
        self.err.write_all(&output.stderr)?;
        Ok(())
    }

    /// Opens a report with the first program that starts.
    fn view(
        &mut self,
        extension: &str,
        programs: &[&str],
        mut answer: Answer,
    ) -> Result<(), Error> {
        let folder = temp_folder(self.system);
        let file = free_name(self.system, &folder, "pprof", &format!(".{extension}"))?;
        self.system
            .write_with(&file, &mut |out| answer.write_to(out))?;
        let mut last = Error::Report("no program to view the report with".to_owned());
        for program in viewers(programs, self.system) {
            let mut words = program.split_whitespace();
            let Some(name) = words.next() else {
                continue;
            };
            let mut process = Process::new(name);
            process.args = words.map(Into::into).collect();
            process.args.push(file.clone().into());
            match self.system.run(&process, &Cancellation::default()) {
                Ok(_) => {
                    self.system.remove_file(&file).ok();
                    return Ok(());
                }
                Err(error) => {
                    let reason = io_reason(&error);
                    last = Error::Report(format!("exec: \"{name}\": {reason}"));
                }
            }
        }
        self.system.remove_file(&file).ok();
        Err(last)
    }
}

fn not_written(file: &str, error: &std::io::Error) -> Error {
    Error::Report(format!("open {file}: {}", io_reason(error)))
}

/// The end of a file.
struct Appended<'a> {
    system: &'a dyn System,
    path: &'a Path,
}

impl Write for Appended<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.system.append(self.path, bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The programs, with the user's browsers for the one that stands for them.
fn viewers(programs: &[&str], system: &dyn System) -> Vec<String> {
    if programs != command::BROWSER {
        return programs.iter().map(|&it| it.to_owned()).collect();
    }
    let mut viewers: Vec<String> = system.env_var("BROWSER").into_iter().collect();
    if cfg!(target_os = "macos") {
        viewers.push("/usr/bin/open".to_owned());
    } else {
        let known = [
            "chrome",
            "google-chrome",
            "chromium",
            "firefox",
            "sensible-browser",
        ];
        viewers.extend(known.map(str::to_owned));
        if system.env_var("DISPLAY").is_some() {
            viewers.push("xdg-open".to_owned());
        }
    }
    viewers
}
