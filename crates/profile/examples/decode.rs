//! Decodes a profile and prints its totals: `decode FILE`. `cargo xtask bench` measures it.
#![expect(clippy::print_stdout, reason = "an example prints what it found")]

use std::error::Error;
use std::path::Path;

use base::System as _;
use base::system::OsSystem;
use profile::Limits;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("give a profile")?;
    let bytes = OsSystem::default().read(Path::new(&path))?;
    let profile = profile::decode(&bytes, &Limits::default())?;
    println!("{} samples", profile.samples.ids().count());
    Ok(())
}
