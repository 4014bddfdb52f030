//! `goperf leak dump`, from arguments to output, on a machine in memory.

use base::testing::MemorySystem;
use cli::{ExitStatus, Output};

const OLD: &str = "goroutine 1 [IO wait]:\nnet.(*TCPListener).Accept()\n\t/go/net.go:1 +0x1\nmain.main()\n\t/w/main.go:3 +0x1\n\n\
    goroutine 7 [chan send, 3 minutes] {tenant: blue}:\nmain.work(0x1)\n\t/w/main.go:7 +0x1\ncreated by main.main in goroutine 1\n\t/w/main.go:4 +0x1\n";
const NEW: &str = "panic: boom\n\ngoroutine 1 [running]:\nmain.main()\n\t/w/main.go:3 +0x1\n\n\
    goroutine 7 [chan send (leaked), 9 minutes]:\nmain.work(0x1)\n\t/w/main.go:7 +0x1\ncreated by main.main in goroutine 1\n\t/w/main.go:4 +0x1\n\n\
    goroutine 8 [chan send (leaked)]:\nmain.work(0x1)\n\t/w/main.go:7 +0x1\ncreated by main.main in goroutine 1\n\t/w/main.go:4 +0x1\n";

fn run(args: &str) -> (ExitStatus, String) {
    let source =
        "package main\n\nfunc main() {\n\tgo work(1)\n}\n\nfunc work(n int) { results <- n }\n";
    let system = MemorySystem::default()
        .with_file("/w/main.go", source)
        .with_file("/d/old.txt", OLD)
        .with_file("/d/new.txt", NEW)
        .with_file("/d/page.html", "<!doctype html>\n<title>login</title>\n");
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let args = format!("goperf leak dump {args}");
    let args = args.split(' ').map(Into::into).collect();
    let status = cli::run(args, &system, &mut Output::plain(&mut out, &mut err));
    out.extend(err);
    (status, String::from_utf8(out).unwrap_or_default())
}

#[test]
fn groups_are_shown_with_their_source() {
    let (status, text) = run("/d/new.txt");
    assert_eq!(status, ExitStatus::Findings);
    insta::assert_snapshot!(text, @r"
    panic: boom
    3 goroutines: 2 PROVEN, 1 RUNNING

    RUNNING 1 × [running] the faulting goroutine: main.main runs at /w/main.go:3
        > func main() {
          main.main /w/main.go:3

    PROVEN 2 × [chan send, 9+ minutes] main.work sends on a channel at /w/main.go:7
        > func work(n int) { results <- n }
        created by main.main at /w/main.go:4
        > go work(1)
    ");
}

#[test]
fn labels_keep_their_values_to_themselves() {
    assert!(!run("--all /d/old.txt").1.contains("blue"));
    assert!(!run("--format json /d/old.txt").1.contains("blue"));
    assert!(run("--labels /d/old.txt").1.contains("tenant=\"blue\" (1)"));
}

#[test]
fn a_difference_shows_growth_and_who_stayed() {
    let (status, text) = run("--diff /d/old.txt /d/new.txt");
    assert_eq!(status, ExitStatus::Findings);
    insta::assert_snapshot!(text, @r"
    +1 (1 to 2, 1 stuck in both)
    PROVEN 2 × [chan send, 9+ minutes] main.work sends on a channel at /w/main.go:7
        > func work(n int) { results <- n }
        created by main.main at /w/main.go:4
        > go work(1)

    -1 (1 to 0)
    IDLE 1 × [IO wait] the main goroutine: main.main waits for I/O at /w/main.go:3
        > func main() {
    ");
}

#[test]
fn counts_come_per_state_and_several_dumps_add_up() {
    let (status, text) = run("--count /d/old.txt /d/old.txt");
    assert_eq!(status, ExitStatus::Success);
    insta::assert_snapshot!(text, @r"
    4 goroutines: 2 BLOCKED, 2 IDLE
             2  IO wait
             2  chan send
    ");
}

#[test]
fn what_is_no_dump_is_named() {
    let (status, text) = run("/d/page.html");
    assert_eq!(status, ExitStatus::Error);
    assert_eq!(
        text,
        "goperf: failed to read /d/page.html: neither a goroutine dump nor a profile: it is an HTML page\n"
    );
}
