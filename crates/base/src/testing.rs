//! A machine in memory, for tests.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use crate::Cancellation;
use crate::system::{
    Command, Exit, HttpClient, HttpRequest, HttpResponse, Metadata, ProcessOutput, Stream, System,
    TempDir, Usage,
};

/// What stands in for starting a process: the command in, its output out.
pub type FakeProcess = Box<dyn Fn(&Command) -> io::Result<ProcessOutput> + Send + Sync>;

/// What stands in for the network: the URL of a request in, status and body of the answer out.
pub type FakeHttp = Box<dyn Fn(&str) -> (u16, Vec<u8>) + Send + Sync>;

/// Files in a map, a fixed clock; requests and processes are answered by functions.
#[derive(Default)]
pub struct MemorySystem {
    files: Mutex<BTreeMap<PathBuf, Vec<u8>>>,
    env: BTreeMap<String, String>,
    process: Option<FakeProcess>,
    http: Option<FakeClient>,
    temp_dirs: Mutex<u32>,
}

impl std::fmt::Debug for MemorySystem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemorySystem")
            .field("files", &self.paths())
            .finish_non_exhaustive()
    }
}

impl MemorySystem {
    #[must_use]
    pub fn with_file(self, path: impl Into<PathBuf>, content: impl Into<Vec<u8>>) -> Self {
        self.files().insert(path.into(), content.into());
        self
    }

    #[must_use]
    pub fn with_env(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    #[must_use]
    pub fn with_process(mut self, process: FakeProcess) -> Self {
        self.process = Some(process);
        self
    }

    #[must_use]
    pub fn with_http(mut self, http: FakeHttp) -> Self {
        self.http = Some(FakeClient(http));
        self
    }

    /// All files, sorted.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.files().keys().cloned().collect()
    }

    fn files(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Vec<u8>>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_dir(&self, path: &Path) -> bool {
        self.files()
            .keys()
            .any(|file| file != path && file.starts_with(path))
    }
}

struct FakeClient(FakeHttp);

impl std::fmt::Debug for FakeClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FakeClient")
    }
}

impl HttpClient for FakeClient {
    fn send(&self, request: &HttpRequest) -> io::Result<HttpResponse> {
        let (status, body) = (self.0)(&request.url.revealed());
        Ok(HttpResponse {
            status,
            status_text: String::new(),
            headers: Vec::new(),
            body: Box::new(io::Cursor::new(body)),
        })
    }
}

fn not_found() -> io::Error {
    io::ErrorKind::NotFound.into()
}

impl System for MemorySystem {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.files().get(path).cloned().ok_or_else(not_found)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn io::Read + Send>> {
        Ok(Box::new(io::Cursor::new(self.read(path)?)))
    }

    fn stdin(&self) -> Box<dyn io::Read + Send> {
        Box::new(io::empty())
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        let len = self.files().get(path).map(|content| content.len() as u64);
        match len {
            Some(len) => Ok(Metadata {
                is_dir: false,
                is_file: true,
                len,
                modified: Some(self.now()),
            }),
            None if self.has_dir(path) => Ok(Metadata {
                is_dir: true,
                is_file: false,
                len: 0,
                modified: None,
            }),
            None => Err(not_found()),
        }
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        self.metadata(path).map(|_| path.to_owned())
    }

    fn read_dir(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        let mut entries: Vec<PathBuf> = (self.files().keys())
            .filter_map(|file| file.strip_prefix(path).ok()?.components().next())
            .map(|first| path.join(first))
            .collect();
        entries.dedup();
        if entries.is_empty() {
            Err(not_found())
        } else {
            Ok(entries)
        }
    }

    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.files().insert(path.to_owned(), content.to_owned());
        Ok(())
    }

    fn append(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.files()
            .entry(path.to_owned())
            .or_default()
            .extend_from_slice(content);
        Ok(())
    }

    fn create_dir_all(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.files().remove(path).map(|_| ()).ok_or_else(not_found)
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        self.files().retain(|file, _| !file.starts_with(path));
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut files = self.files();
        let content = files.remove(from).ok_or_else(not_found)?;
        files.insert(to.to_owned(), content);
        Ok(())
    }

    fn run_dir(&self, base: Option<&Path>) -> io::Result<PathBuf> {
        Ok(base.unwrap_or(Path::new("/tmp")).join("goperf-run"))
    }

    fn temp_dir(&self, prefix: &str) -> io::Result<TempDir> {
        let mut count = self
            .temp_dirs
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *count += 1;
        Ok(TempDir::in_memory(PathBuf::from(format!(
            "/tmp/{prefix}{count}"
        ))))
    }

    fn env_var(&self, name: &str) -> Option<String> {
        self.env.get(name).cloned()
    }

    fn current_dir(&self) -> io::Result<PathBuf> {
        Ok(PathBuf::from("/"))
    }

    fn cache_dir(&self) -> Option<PathBuf> {
        Some(PathBuf::from("/cache"))
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }

    fn parallelism(&self) -> usize {
        1
    }

    fn http(&self) -> Option<&dyn HttpClient> {
        self.http.as_ref().map(|http| http as &dyn HttpClient)
    }

    fn run_streaming(
        &self,
        command: &Command,
        _: &Cancellation,
        on_output: &mut dyn FnMut(Stream, &[u8]),
    ) -> io::Result<ProcessOutput> {
        let process = self.process.as_ref().ok_or_else(not_found)?;
        let output = process(command)?;
        on_output(Stream::Stdout, &output.stdout);
        on_output(Stream::Stderr, &output.stderr);
        Ok(ProcessOutput {
            stdout: Vec::new(),
            stderr: Vec::new(),
            ..output
        })
    }
}

/// How a test's line starts that says what could not be tested here.
pub const SKIPPED: &str = "skipped: ";

/// Says in the test run's output, whether it captures or not, that something was left out and why.
pub fn skipped(what: &str) {
    use io::Write as _;
    writeln!(io::stderr(), "{SKIPPED}{what}").ok();
}

/// A process that ended with `code` after printing `stdout`.
pub fn exited(code: i32, stdout: &str) -> ProcessOutput {
    ProcessOutput {
        exit: Exit::Code(code),
        stdout: stdout.as_bytes().to_owned(),
        stderr: Vec::new(),
        usage: Usage::default(),
    }
}
