//! Reads the output of `go build -gcflags=-m=2` and prints how many decisions it holds:
//! `read_log FILE`. `cargo xtask bench` measures it.
#![expect(clippy::print_stdout, reason = "an example prints what it found")]

use std::error::Error;
use std::path::Path;

use base::System as _;
use base::system::OsSystem;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("give a log")?;
    let log = OsSystem::default().read(Path::new(&path))?;
    let (mut decisions, mut problems) = (0, 0);
    for (_, text) in gc::split_packages(&log) {
        let (read, odd) = gc::read_log(text, &[]);
        decisions += read.len();
        problems += odd.len();
    }
    println!("{decisions} decisions, {problems} problems");
    Ok(())
}
