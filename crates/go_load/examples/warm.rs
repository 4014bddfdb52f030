//! Loads packages and all they import with a cache, and says what took how long:
//! `warm CACHE native|go none|roots ROUNDS PATTERN...`. Packages are listed once per process; each round reads,
//! hashes and checks, with bodies of the roots or without any. CACHE is a folder, or `-` for no cache.
#![expect(clippy::print_stdout, reason = "its output is the measurement")]

use std::path::PathBuf;

use base::system::OsSystem;
use base::{Cache, Cancellation, System as _};
use go_load::{LoadOptions, Loader, Wanted};
use go_tool::{ListOptions, Products};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let [_, dir, loader, bodies, rounds, patterns @ ..] = args.as_slice() else {
        return Err("usage: warm CACHE native|go none|roots ROUNDS PATTERN...".into());
    };
    let (system, cancel) = (OsSystem::default(), Cancellation::default());
    let cache = (dir != "-").then(|| Cache::in_dir(PathBuf::from(dir)));
    let options = LoadOptions {
        list: ListOptions {
            products: Products::Nothing,
            dir: system.current_dir()?,
            patterns: patterns.to_vec(),
            env: vec![("CGO_ENABLED".to_owned(), "0".to_owned())],
            ..ListOptions::default()
        },
        loader: if loader == "native" {
            Loader::Native
        } else {
            Loader::Go
        },
        ..LoadOptions::default()
    };
    let mut last = system.monotonic();
    let mut lap = || {
        let now = system.monotonic();
        let took = now.saturating_sub(last).as_secs_f64() * 1e3;
        last = now;
        took
    };
    let go = go_load::find_go(&system, &cancel, None, &options.list.dir)?;
    let listed = go_load::list(&go, &system, &cancel, &options)?;
    let roots = listed.listing.roots.clone();
    println!(
        "{} packages listed in {:.1} ms",
        listed.listing.packages.len(),
        lap()
    );
    for _ in 0..rounds.parse()? {
        let listed = listed.clone();
        lap();
        let sources = go_load::read_listed(&go, &system, &options, listed);
        let read = lap();
        let wants = |id| {
            if bodies == "roots" && roots.contains(&id) {
                Wanted::Bodies
            } else {
                Wanted::Interface
            }
        };
        let (loaded, checked) =
            go_load::check_cached(&sources, &system, cache.as_ref(), |_, id| wants(id));
        let check = lap();
        let packages = loaded.packages.iter();
        let from_source = packages.filter(|package| !package.files.is_empty()).count();
        println!(
            "{from_source} checked from source, {} objects: {read:.1} ms to read, {check:.1} ms to check",
            checked.store.objects.len()
        );
    }
    Ok(())
}
