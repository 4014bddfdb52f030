//! Reads a dump or log and prints its totals: `read_dump FILE`. `cargo xtask bench` measures it.
#![expect(clippy::print_stdout, reason = "an example prints what it found")]

use std::error::Error;
use std::path::Path;

use base::System as _;
use base::system::OsSystem;
use leak::{Ownership, dump, report};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("give a dump")?;
    let mut input = OsSystem::default().open(Path::new(&path))?;
    let snapshot = dump::read(&mut input, Ownership::default())?;
    print!("{}", report::text::count(&snapshot));
    Ok(())
}
