//! Makes the sources of the crate part of the keys under which its parts are kept.

#![expect(
    clippy::disallowed_methods,
    reason = "a build script has no System to go through"
)]

#[path = "../base/build/sources.rs"]
mod sources;

fn main() -> std::io::Result<()> {
    let hash = sources::hash_of(&["concurrency"])?;
    println!("cargo::rustc-env=CONCURRENCY={hash}");
    Ok(())
}
