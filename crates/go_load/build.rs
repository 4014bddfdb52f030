//! Makes the sources of the front-end part of the cache's keys: what another checker found out is of no use.

#![expect(
    clippy::disallowed_methods,
    reason = "a build script has no System to go through"
)]

#[path = "../base/build/sources.rs"]
mod sources;

fn main() -> std::io::Result<()> {
    let hash = sources::hash_of(&["go_syntax", "go_types", "go_load"])?;
    println!("cargo::rustc-env=GO_FRONT_END={hash}");
    Ok(())
}
