//! Processes as data, and the loop that runs one on the real machine.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::run::{Run, kill_group};
use crate::Cancellation;

/// A process to run. Arguments are passed as they are: no shell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    pub program: PathBuf,
    pub args: Vec<OsString>,
    /// Set on top of the inherited environment; `None` removes.
    pub env: Vec<(String, Option<OsString>)>,
    pub current_dir: Option<PathBuf>,
    pub stdin: Input,
    /// The process group is killed after this long.
    pub timeout: Option<Duration>,
    /// Ask for [`Usage::instructions`].
    pub count_instructions: bool,
    /// The answer depends on the environment and on what [`System::depends_on`](super::System::depends_on) is told.
    pub inputs_told: bool,
}

/// What a process reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Input {
    #[default]
    Empty,
    Bytes(Vec<u8>),
    /// The terminal or pipe goperf itself was started with.
    Inherit,
}

impl Command {
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            ..Self::default()
        }
    }

    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    #[must_use]
    pub fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), Some(value.into())));
        self
    }

    #[must_use]
    pub fn current_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.current_dir = Some(dir.into());
        self
    }

    #[must_use]
    pub fn timeout(mut self, timeout: Option<Duration>) -> Self {
        self.timeout = timeout;
        self
    }

    #[must_use]
    pub fn count_instructions(mut self) -> Self {
        self.count_instructions = true;
        self
    }

    #[must_use]
    pub fn inputs_told(mut self) -> Self {
        self.inputs_told = true;
        self
    }

    /// As one would type it, for messages.
    pub fn line(&self) -> String {
        let words = std::iter::once(self.program.as_os_str())
            .chain(self.args.iter().map(OsString::as_os_str));
        words
            .map(|word| word.to_string_lossy())
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// Which of a process's outputs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stream {
    Stdout,
    Stderr,
}

/// How a process ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    Code(i32),
    Signal(i32),
    /// Killed by us: its time was over.
    TimedOut,
    /// Killed by us: the run was interrupted.
    Cancelled,
}

/// What the process and its waited-for children used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Usage {
    /// Wall time from start to end.
    pub wall: Duration,
    /// How often it was made to give up a processor it could have used. Like all a parent learns of its
    /// children it counts those together that end at the same time. `None` where the system does not say.
    pub involuntary_switches: Option<u64>,
    /// Instructions in user mode, with a few of ours. `None` unless asked for, and where the kernel or
    /// the processor does not count them.
    pub instructions: Option<u64>,
}

/// A finished process.
#[derive(Clone, Debug)]
pub struct ProcessOutput {
    pub exit: Exit,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub usage: Usage,
}

impl ProcessOutput {
    pub fn success(&self) -> bool {
        self.exit == Exit::Code(0)
    }
}

enum Event {
    Output(Stream, Vec<u8>),
    /// One of the two outputs is closed.
    Closed,
}

/// How often a running process is asked whether it should still run.
const TICK: Duration = Duration::from_millis(20);
/// How long a finished process's outputs may stay open (a grandchild may hold them).
const DRAIN: Duration = Duration::from_secs(2);

/// Runs `command` on the real machine. See [`System::run_streaming`](super::System::run_streaming).
pub(super) fn run_streaming(
    run: &Run,
    command: &Command,
    cancel: &Cancellation,
    on_output: &mut dyn FnMut(Stream, &[u8]),
) -> io::Result<ProcessOutput> {
    let start = Instant::now();
    let switches = involuntary_switches();
    let mut counter = command.count_instructions.then(Instructions::count);
    let mut child = Running::start(run, command)?;
    if let (Input::Bytes(bytes), Some(mut stdin)) = (&command.stdin, child.process.stdin.take()) {
        let bytes = bytes.clone();
        // A process that does not read its input closes the pipe; that is its right.
        std::thread::spawn(move || stdin.write_all(&bytes).is_ok());
    }
    let (sender, events) = mpsc::sync_channel(64);
    let pipes = [
        child
            .process
            .stdout
            .take()
            .map(|pipe| pump(Stream::Stdout, pipe, sender.clone())),
        child
            .process
            .stderr
            .take()
            .map(|pipe| pump(Stream::Stderr, pipe, sender)),
    ];
    let mut open = pipes.iter().flatten().count();
    let mut stopped = None;
    let mut exited: Option<(std::process::ExitStatus, Instant)> = None;
    loop {
        match events.recv_timeout(TICK) {
            Ok(Event::Output(stream, bytes)) => on_output(stream, &bytes),
            Ok(Event::Closed) => open -= 1,
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        if exited.is_none() {
            exited = child.ended()?.map(|status| (status, Instant::now()));
        }
        let overdue = command
            .timeout
            .is_some_and(|timeout| start.elapsed() > timeout);
        if stopped.is_none() && exited.is_none() && (overdue || cancel.is_cancelled()) {
            stopped = Some(if overdue {
                Exit::TimedOut
            } else {
                Exit::Cancelled
            });
            child.kill();
        }
        if let Some((status, since)) = exited
            && (open == 0 || since.elapsed() > DRAIN)
        {
            return Ok(ProcessOutput {
                exit: stopped.unwrap_or_else(|| exit_of(status)),
                stdout: Vec::new(),
                stderr: Vec::new(),
                usage: Usage {
                    wall: start.elapsed(),
                    involuntary_switches: involuntary_switches()
                        .zip(switches)
                        .map(|(after, before)| after.saturating_sub(before)),
                    instructions: counter.as_mut().and_then(Instructions::so_far),
                },
            });
        }
    }
}

/// A process with its group, killed if its run is given up.
struct Running<'a> {
    run: &'a Run,
    process: std::process::Child,
    has_ended: bool,
}

impl<'a> Running<'a> {
    fn start(run: &'a Run, command: &Command) -> io::Result<Self> {
        Ok(Self {
            run,
            process: run.start(&mut prepare(command)?)?,
            has_ended: false,
        })
    }

    /// How it ended, once it has.
    fn ended(&mut self) -> io::Result<Option<std::process::ExitStatus>> {
        let status = self.process.try_wait()?;
        if status.is_some() {
            self.has_ended = true;
            self.run.ended(self.process.id());
        }
        Ok(status)
    }

    fn kill(&mut self) {
        if !kill_group(self.process.id()) {
            // The group is gone or was never made: the process alone then, if it still runs.
            self.process.kill().ok();
        }
    }
}

/// After a panic of the caller's or an error of the system.
impl Drop for Running<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.kill();
            self.process.wait().ok();
            self.run.ended(self.process.id());
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that starts processes"
)]
fn prepare(command: &Command) -> io::Result<std::process::Command> {
    use std::process::Stdio;
    let mut process = std::process::Command::new(look_up(command)?);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::arg0(&mut process, &command.program);
    process
        .args(&command.args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    process.stdin(match command.stdin {
        Input::Empty => Stdio::null(),
        Input::Bytes(_) => Stdio::piped(),
        Input::Inherit => Stdio::inherit(),
    });
    for (name, value) in &command.env {
        match value {
            Some(value) => process.env(name, value),
            None => process.env_remove(name),
        };
    }
    if let Some(dir) = &command.current_dir {
        // Go reads PWD to keep symbolic links in the paths it prints.
        process.current_dir(dir).env("PWD", dir);
    }
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut process, 0);
    Ok(process)
}

/// The file of the program: a name is looked for in `PATH`, but never found in the current folder; a relative path is
/// relative to the folder that goperf was started in, wherever the process is to run.
///
/// Source: `os/exec` `LookPath`, go1.27.3.
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "part of starting processes")]
fn look_up(command: &Command) -> io::Result<PathBuf> {
    let program = &command.program;
    if program.components().count() > 1 || program.is_absolute() {
        return std::path::absolute(program);
    }
    let set = command.env.iter().rev().find(|(name, _)| name == "PATH");
    let path = match set {
        Some((_, value)) => value.clone(),
        None => std::env::var_os("PATH"),
    };
    for folder in std::env::split_paths(&path.unwrap_or_default()) {
        let file = folder.join(program);
        if !is_executable(&file) {
            continue;
        }
        if !folder.is_absolute() {
            let text = "it lies in the current folder, which PATH names, and is not run from there";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
        }
        return Ok(file);
    }
    let text = "executable file not found in $PATH";
    Err(io::Error::new(io::ErrorKind::NotFound, text))
}

#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "part of starting processes")]
fn is_executable(file: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file).is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}

/// The standard library does not look into the current folder here.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
fn look_up(command: &Command) -> io::Result<PathBuf> {
    Ok(command.program.clone())
}

fn pump(
    stream: Stream,
    mut pipe: impl Read + Pipe + Send + 'static,
    events: mpsc::SyncSender<Event>,
) {
    std::thread::spawn(move || {
        pipe.widen();
        let mut buffer = vec![0; 256 * 1024];
        let mut last = Instant::now();
        while let Ok(n) = pipe.read(&mut buffer) {
            if n == 0
                || events
                    .send(Event::Output(stream, buffer[..n].to_vec()))
                    .is_err()
            {
                break;
            }
            // A process that writes line by line would wake us for each.
            let pressed = last.elapsed() < 2 * GATHER;
            if pressed && n < buffer.len() / 2 {
                std::thread::sleep(GATHER);
            }
            last = Instant::now();
        }
        // Nobody listens any more when the run was given up.
        events.send(Event::Closed).is_ok()
    });
}

/// Of all children waited for.
#[cfg(unix)]
fn involuntary_switches() -> Option<u64> {
    use nix::sys::resource::{UsageWho, getrusage};
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?;
    u64::try_from(usage.involuntary_context_switches()).ok()
}

#[cfg(not(unix))]
fn involuntary_switches() -> Option<u64> {
    None
}

/// A counter of instructions that the processes started by this thread inherit.
#[cfg(target_os = "linux")]
struct Instructions(Option<perf_event::Counter>);

#[cfg(target_os = "linux")]
impl Instructions {
    fn count() -> Self {
        use perf_event::events::Hardware;
        let counter = perf_event::Builder::new(Hardware::INSTRUCTIONS)
            .observe_self()
            .inherit(true)
            .build();
        // Builders leave out the kernel and the hypervisor, which every user may count.
        let counter = counter.ok().and_then(|mut counter| {
            counter.enable().ok()?;
            Some(counter)
        });
        Self(counter)
    }

    fn so_far(&mut self) -> Option<u64> {
        self.0.as_mut()?.read().ok()
    }
}

#[cfg(not(target_os = "linux"))]
struct Instructions;

#[cfg(not(target_os = "linux"))]
impl Instructions {
    fn count() -> Self {
        Self
    }

    fn so_far(&mut self) -> Option<u64> {
        None
    }
}

/// How long output may gather in the pipe while more of it comes all the time.
const GATHER: Duration = Duration::from_millis(1);

/// The reading end of a pipe.
trait Pipe {
    /// Makes room for what a busy process writes while we do not look. May do nothing.
    fn widen(&self);
}

#[cfg(target_os = "linux")]
impl<T: std::os::fd::AsFd> Pipe for T {
    fn widen(&self) {
        // Fails where the user's share of such memory is used up: then it stays as it is.
        rustix::pipe::fcntl_setpipe_size(self, 512 * 1024).ok();
    }
}

#[cfg(not(target_os = "linux"))]
impl<T> Pipe for T {
    fn widen(&self) {}
}

fn exit_of(status: std::process::ExitStatus) -> Exit {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return Exit::Signal(signal);
    }
    Exit::Code(status.code().unwrap_or(-1))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::System as _;

    fn sh(script: &str) -> Command {
        Command::new("/bin/sh").arg("-c").arg(script)
    }

    fn run(command: &Command, cancel: &Cancellation) -> (Exit, String) {
        let mut text = String::new();
        let output = run_streaming(&Run::default(), command, cancel, &mut |_, bytes| {
            text.push_str(&String::from_utf8_lossy(bytes));
        });
        (output.unwrap().exit, text)
    }

    #[test]
    fn output_and_code_come_back() {
        let (exit, text) = run(&sh("cat; echo out; exit 3"), &Cancellation::default());
        assert_eq!((exit, text.as_str()), (Exit::Code(3), "out\n"));
        let mut fed = sh("cat");
        fed.stdin = Input::Bytes(b"fed".to_vec());
        assert_eq!(
            run(&fed, &Cancellation::default()),
            (Exit::Code(0), "fed".into())
        );
    }

    #[test]
    fn a_timeout_kills_grandchildren_too() {
        let command = sh("sleep 600 & echo $!; wait").timeout(Some(Duration::from_millis(100)));
        let (exit, text) = run(&command, &Cancellation::default());
        assert_eq!(exit, Exit::TimedOut);
        let pid = rustix::process::Pid::from_raw(text.trim().parse().unwrap()).unwrap();
        // A killed orphan may linger as a zombie; a live one would still be in our group's state.
        let gone = (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            let stat = PathBuf::from(format!("/proc/{}/stat", pid.as_raw_nonzero()));
            let state = crate::system::OsSystem::default().read_to_string(&stat);
            state.is_err() || state.is_ok_and(|stat| stat.contains(") Z "))
        });
        assert!(gone, "the grandchild was left behind");
    }

    #[test]
    fn what_a_process_was_denied_is_told() {
        let output = run_streaming(
            &Run::default(),
            &sh("true"),
            &Cancellation::default(),
            &mut |_, _| {},
        )
        .unwrap();
        assert!(output.usage.involuntary_switches.is_some());
        assert_eq!(output.usage.instructions, None);
    }

    /// Most virtual machines do not count instructions; the result is then `None`.
    #[test]
    #[cfg(target_os = "linux")]
    fn instructions_of_a_child_are_counted_or_unknown() {
        let count = |script: &str| {
            let command = sh(script).count_instructions();
            let output = run_streaming(
                &Run::default(),
                &command,
                &Cancellation::default(),
                &mut |_, _| {},
            );
            output.unwrap().usage.instructions
        };
        let (little, much) = (
            count("true"),
            count("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"),
        );
        assert!(little.is_none() || much > little, "{little:?} {much:?}");
    }

    #[test]
    fn a_cancelled_run_stops() {
        let cancel = Cancellation::default();
        cancel.cancel();
        assert_eq!(run(&sh("sleep 600"), &cancel).0, Exit::Cancelled);
    }

    /// A program in a folder for tests, and what looking for it in `PATH` gives.
    #[test]
    fn programs_are_not_found_in_the_current_folder() {
        let system = crate::system::OsSystem::default();
        let folder = system.temp_dir("goperf-test-").unwrap();
        let tool = folder.path().join("goperf-test-tool");
        system.write(&tool, b"#!/bin/sh\n").unwrap();
        let chmod = Command::new("/bin/chmod").arg("+x").arg(&tool);
        system.run(&chmod, &Cancellation::default()).unwrap();
        let found = |path: OsString| {
            let command = Command::new("goperf-test-tool").env("PATH", path);
            look_up(&command).map_err(|error| error.kind())
        };
        let absolute = folder.path().as_os_str().to_owned();
        assert_eq!(found(absolute.clone()), Ok(tool));
        assert_eq!(found("/nowhere".into()), Err(io::ErrorKind::NotFound));
        // From the root, its folder is a relative one.
        let here = crate::System::current_dir(&system).unwrap();
        let up = "../".repeat(here.components().count());
        let relative = format!("{up}{}", absolute.to_string_lossy());
        assert_eq!(found(relative.into()), Err(io::ErrorKind::PermissionDenied));
    }

    #[test]
    fn processes_of_a_panicking_caller_are_killed() {
        let run = Run::default();
        let command = sh("echo $$; sleep 600");
        let mut pid = String::new();
        let caller = std::panic::AssertUnwindSafe(|| {
            run_streaming(&run, &command, &Cancellation::default(), &mut |_, bytes| {
                pid += &String::from_utf8_lossy(bytes);
                panic!("while it runs");
            })
        });
        assert!(std::panic::catch_unwind(caller).is_err());
        let pid = rustix::process::Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
        assert!(rustix::process::test_kill_process(pid).is_err());
    }
}
