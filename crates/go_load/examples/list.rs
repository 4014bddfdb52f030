//! Lists packages natively, by the go command, or by both with what differs.
//!
//! `list [-loader native|go|both] [-C DIR] [-test] [-compiled] [-tags T] [-time] [NAME=VALUE…] PATTERN…`

use std::error::Error;
use std::io::Write as _;
use std::path::PathBuf;

use base::system::OsSystem;
use base::{Cache, Cancellation, System as _};
use go_load::{Listed, LoadOptions, Loader};
use go_tool::{GoTool, ListOptions, Listing, Products};

fn main() -> Result<(), Box<dyn Error>> {
    let system = OsSystem::default();
    let cancel = Cancellation::default();
    let mut options = LoadOptions {
        list: ListOptions {
            products: Products::Nothing,
            dir: system.current_dir()?,
            ..ListOptions::default()
        },
        loader: Loader::Native,
        cgo: Some(Cache::open(&system, go_load::CGO_KIND)),
        ..LoadOptions::default()
    };
    let (mut both, mut time) = (false, false);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "-loader" => match args.next().as_deref() {
                Some("go") => options.loader = Loader::Go,
                Some("both") => both = true,
                _ => {}
            },
            "-C" => options.list.dir = args.next().map(PathBuf::from).unwrap_or_default(),
            "-tags" => options.list.tags = args.next(),
            "-race" => options.list.race = true,
            "-test" => options.list.tests = true,
            "-compiled" => options.list.products = Products::Generated,
            "-time" => time = true,
            _ => match arg.split_once('=') {
                Some((name, value)) if !arg.starts_with(['.', '/', '-']) => {
                    options.list.env.push((name.to_owned(), value.to_owned()));
                }
                _ => options.list.patterns.push(arg),
            },
        }
    }
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let start = system.monotonic();
    let go = if both {
        GoTool::find_in(&system, &cancel, None, &options.list.dir)?
    } else {
        go_load::find_go(&system, &cancel, None, &options.list.dir)?
    };
    let Listed {
        listing, refusal, ..
    } = go_load::list(&go, &system, &cancel, &options)?;
    if time {
        let took = system.monotonic().saturating_sub(start);
        writeln!(out, "{} packages in {took:?}", listing.packages.len())?;
    }
    if let Some(reason) = refusal {
        writeln!(out, "refused: {reason}")?;
    }
    if both {
        options.loader = Loader::Go;
        let theirs = go_load::list(&go, &system, &cancel, &options)?.listing;
        let native = go_load::find_go(&system, &cancel, None, &options.list.dir)?;
        if native != go {
            writeln!(out, "environment: {:?}\n is {:?}", go.env, native.env)?;
        }
        compare(&mut out, &theirs, &listing)?;
    } else if !time {
        for package in listing.packages.as_slice() {
            writeln!(out, "{package:?}")?;
        }
    }
    Ok(())
}

fn compare(out: &mut dyn std::io::Write, theirs: &Listing, ours: &Listing) -> std::io::Result<()> {
    let differences = go_load::differences(theirs, ours);
    for line in &differences {
        writeln!(out, "{line}")?;
    }
    writeln!(
        out,
        "{} packages, {} differences",
        theirs.packages.len(),
        differences.len()
    )
}
