//! Whether the process was started with a standard output.
//!
//! Before `main` runs, Rust's standard library opens `/dev/null` in place of each standard stream that is closed, so that no
//! file gets its number. What was written there is lost without an error. So it is asked earlier.

use std::sync::atomic::{AtomicBool, Ordering};

static IS_CLOSED: AtomicBool = AtomicBool::new(false);

/// `false` if the standard output was closed when the process started. Known on Linux only; elsewhere it counts as open.
pub fn has_stdout() -> bool {
    !IS_CLOSED.load(Ordering::Relaxed)
}

#[cfg(target_os = "linux")]
extern "C" fn look() {
    if rustix::io::fcntl_getfd(rustix::stdio::stdout()).is_err() {
        IS_CLOSED.store(true, Ordering::Relaxed);
    }
}

// SAFETY: the loader calls each function of this section once, before `main`. This one makes one system call and stores a
// flag; it uses nothing that the standard library sets up.
#[expect(unsafe_code, reason = "only the loader is early enough")]
#[cfg(target_os = "linux")]
#[used]
#[unsafe(link_section = ".init_array")]
static LOOK: extern "C" fn() = look;
