//! Goroutine dumps of any size, as a busy service would print them.

use std::fmt::Write as _;

/// Which form to write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    /// debug=2.
    Stacks,
    /// debug=1, each entry with labels of its own: that is how such a profile becomes large.
    Counts,
    /// debug=2 behind the prefix of a log collector, among lines of the service.
    Log,
}

/// A kind of goroutine.
struct Shape {
    /// Out of 20 goroutines, how many are of it.
    share: u64,
    status: &'static str,
    /// Function with its arguments, place; innermost first. `@` becomes an address.
    frames: &'static [(&'static str, &'static str)],
    created_by: (&'static str, &'static str),
}

const SHAPES: &[Shape] = &[
    Shape {
        share: 9,
        status: "IO wait, 3 minutes",
        frames: &[
            (
                "internal/poll.runtime_pollWait(0x7f@, 0x72)",
                "/usr/local/go/src/runtime/netpoll.go:351 +0x85",
            ),
            (
                "internal/poll.(*pollDesc).wait(0xc@, 0xc@, 0x0)",
                "/usr/local/go/src/internal/poll/fd_poll_runtime.go:84 +0x27",
            ),
            (
                "internal/poll.(*pollDesc).waitRead(...)",
                "/usr/local/go/src/internal/poll/fd_poll_runtime.go:89",
            ),
            (
                "internal/poll.(*FD).Read(0xc@, {0xc@, 0x1000, 0x1000})",
                "/usr/local/go/src/internal/poll/fd_unix.go:165 +0x279",
            ),
            (
                "net.(*netFD).Read(0xc@, {0xc@?, 0x46c7d6?, 0x1f?})",
                "/usr/local/go/src/net/fd_posix.go:68 +0x25",
            ),
            (
                "net.(*conn).Read(0xc@, {0xc@?, 0x1?, 0x50?})",
                "/usr/local/go/src/net/net.go:196 +0x45",
            ),
            (
                "net/http.(*connReader).Read(0xc@, {0xc@, 0x1000, 0x1000})",
                "/usr/local/go/src/net/http/server.go:812 +0x154",
            ),
            (
                "bufio.(*Reader).fill(0xc@)",
                "/usr/local/go/src/bufio/bufio.go:113 +0x103",
            ),
            (
                "bufio.(*Reader).Peek(0xc@, 0x4)",
                "/usr/local/go/src/bufio/bufio.go:152 +0x53",
            ),
            (
                "net/http.(*conn).serve(0xc@, {0x7a2f68, 0xc@})",
                "/usr/local/go/src/net/http/server.go:2145 +0x7c5",
            ),
        ],
        created_by: (
            "net/http.(*Server).Serve",
            "/usr/local/go/src/net/http/server.go:3493 +0x485",
        ),
    },
    Shape {
        share: 5,
        status: "chan receive",
        frames: &[
            (
                "example.com/orders/internal/worker.(*Pool[...]).run(0xc@, 0x3)",
                "/src/orders/internal/worker/worker.go:71 +0x8f",
            ),
            (
                "example.com/orders/internal/worker.(*Pool[...]).Start.func1()",
                "/src/orders/internal/worker/worker.go:48 +0x25",
            ),
        ],
        created_by: (
            "example.com/orders/internal/worker.(*Pool[...]).Start",
            "/src/orders/internal/worker/worker.go:47 +0x7d",
        ),
    },
    Shape {
        share: 3,
        status: "select, 12 minutes",
        frames: &[(
            "database/sql.(*DB).connectionOpener(0xc@, {0x7a2f68, 0xc@})",
            "/usr/local/go/src/database/sql/sql.go:1261 +0x87",
        )],
        created_by: (
            "database/sql.OpenDB",
            "/usr/local/go/src/database/sql/sql.go:841 +0x130",
        ),
    },
    Shape {
        share: 2,
        status: "chan send (leaked)",
        frames: &[(
            "example.com/orders/internal/shipping.(*Board).Cheapest.func1()",
            "/src/orders/internal/shipping/shipping.go:47 +0x12e",
        )],
        created_by: (
            "example.com/orders/internal/shipping.(*Board).Cheapest",
            "/src/orders/internal/shipping/shipping.go:41 +0xd4",
        ),
    },
    Shape {
        share: 1,
        status: "sync.Mutex.Lock",
        frames: &[
            (
                "internal/sync.runtime_SemacquireMutex(0xc@?, 0x0?, 0x1?)",
                "/usr/local/go/src/runtime/sema.go:95 +0x25",
            ),
            (
                "internal/sync.(*Mutex).lockSlow(0xc@)",
                "/usr/local/go/src/internal/sync/mutex.go:149 +0x15d",
            ),
            (
                "internal/sync.(*Mutex).Lock(...)",
                "/usr/local/go/src/internal/sync/mutex.go:70",
            ),
            (
                "sync.(*Mutex).Lock(...)",
                "/usr/local/go/src/sync/mutex.go:46",
            ),
            (
                "example.com/orders/internal/store.(*Store).Put(0xc@, {{0xc@, 0x8}, {0xc@, 0x3}, ...})",
                "/src/orders/internal/store/store.go:44 +0x5a",
            ),
            (
                "example.com/orders/internal/httpapi.(*Server).create(0xc@, {0x7a1c40, 0xc@}, 0xc@)",
                "/src/orders/internal/httpapi/httpapi.go:112 +0x2b1",
            ),
            (
                "net/http.HandlerFunc.ServeHTTP(0xc@?, {0x7a1c40?, 0xc@?}, 0x0?)",
                "/usr/local/go/src/net/http/server.go:2322 +0x29",
            ),
        ],
        created_by: (
            "net/http.(*Server).Serve",
            "/usr/local/go/src/net/http/server.go:3493 +0x485",
        ),
    },
];

/// A dump of at least `size` bytes; the same for the same arguments.
pub(super) fn write(form: Form, size: usize) -> String {
    let mut out = String::with_capacity(size + 8192);
    if form == Form::Counts {
        out.push_str("goroutine profile: total 1000000\n");
    }
    let mut n: u64 = 0;
    let mut block = String::new();
    while out.len() < size {
        n += 1;
        let shape = shape(n * 7 % 20);
        match form {
            Form::Stacks => stack(&mut out, shape, n),
            Form::Counts => entry(&mut out, shape, n),
            Form::Log => {
                block.clear();
                stack(&mut block, shape, n);
                if n.is_multiple_of(50) {
                    block.push_str("level=info msg=\"request served\" status=200\n");
                }
                log(&mut out, &block, n);
            }
        }
    }
    out
}

/// The shape of the `at`th of 20 goroutines.
fn shape(at: u64) -> &'static Shape {
    let mut up_to = 0;
    let found = SHAPES.iter().find(|shape| {
        up_to += shape.share;
        at < up_to
    });
    found.unwrap_or(&SHAPES[0])
}

/// Writing to a string cannot fail.
macro_rules! put {
    ($out:expr, $($arg:tt)*) => {
        let _ = writeln!($out, $($arg)*);
    };
}

fn stack(out: &mut String, shape: &Shape, n: u64) {
    put!(out, "goroutine {} [{}]:", n + 17, shape.status);
    for (idx, (function, place)) in shape.frames.iter().enumerate() {
        let address = format!("{:09x}", 0x4_2000_0000 + n * 4096 + idx as u64 * 64);
        put!(out, "{}", function.replace('@', &address));
        put!(out, "\t{place}");
    }
    let (function, place) = shape.created_by;
    put!(out, "created by {function} in goroutine {}", n % 17 + 1);
    put!(out, "\t{place}\n");
}

fn entry(out: &mut String, shape: &Shape, n: u64) {
    let _ = write!(out, "1 @");
    for idx in 0..shape.frames.len() as u64 + 3 {
        let _ = write!(out, " 0x{:x}", 0x44_6231 + idx * 4099);
    }
    put!(
        out,
        "\n# labels: {{\"request\":\"{n}\", \"tenant\":\"blue\"}}"
    );
    for (idx, (function, place)) in shape.frames.iter().enumerate() {
        let name = function
            .rsplit_once('(')
            .map_or(*function, |(name, _)| name);
        let place = place.split_once(' ').map_or(*place, |(place, _)| place);
        put!(
            out,
            "#\t0x{:x}\t{name}+0x{:x}\t\t{place}",
            0x48_6064 + idx * 4099,
            idx * 37 + 29
        );
    }
    out.push('\n');
}

fn log(out: &mut String, block: &str, n: u64) {
    for (idx, line) in (0..).zip(block.lines()) {
        let time = 20 * n + idx;
        let (minute, second, milli) = (time / 60_000 % 60, time / 1000 % 60, time % 1000);
        put!(
            out,
            "2026-01-02T03:{minute:02}:{second:02}.{milli:03}Z pod-orders-7 | {line}"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_back_whole() {
        for form in [Form::Stacks, Form::Counts, Form::Log] {
            let text = write(form, 200_000);
            let (dump, problems) = profile::goroutine::parse(text.as_bytes());
            assert!(problems.is_empty(), "{form:?}: {problems:?}");
            assert_eq!(dump.goroutines.is_empty(), form == Form::Counts);
            assert!(dump.goroutines.len() + dump.stacks.len() > 90, "{form:?}");
        }
    }
}
