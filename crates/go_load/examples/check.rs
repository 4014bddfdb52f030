//! Lists, parses and checks packages with everything they import, function bodies too, and prints the
//! number of packages and problems.
//!
//! `check [-no-bodies] [-repeat N] [NAME=VALUE…] PATTERN…`; `-repeat` edits a function body of the last package
//! N times afterwards and prints how many milliseconds that took in the median.

use std::error::Error;
use std::io::Write as _;

use base::system::OsSystem;
use base::{Cancellation, System as _};
use go_load::{LoadOptions, Loader, Session};
use go_tool::{ListOptions, Products};

fn main() -> Result<(), Box<dyn Error>> {
    let system = OsSystem::default();
    let cancel = Cancellation::default();
    let mut list = ListOptions {
        products: Products::Nothing,
        dir: system.current_dir()?,
        ..ListOptions::default()
    };
    let (mut bodies, mut repeat) = (true, 0);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "-no-bodies" => bodies = false,
            "-repeat" => repeat = args.next().unwrap_or_default().parse()?,
            _ => match arg.split_once('=') {
                Some((name, value)) => list.env.push((name.to_owned(), value.to_owned())),
                None => list.patterns.push(arg),
            },
        }
    }
    let go = go_load::find_go(&system, &cancel, None, &list.dir)?;
    let options = LoadOptions {
        list,
        loader: Loader::Native,
        ..LoadOptions::default()
    };
    let loaded = go_load::load(&go, &system, &cancel, &options)?;
    let mut out = std::io::stdout().lock();
    if repeat == 0 {
        let checked = go_load::check(&loaded, |_| bodies);
        let problems = checked.packages.iter().map(|package| &package.problems);
        let n_problems: usize = problems.map(Vec::len).sum();
        writeln!(
            out,
            "{} packages, {n_problems} problems",
            checked.packages.len()
        )?;
        // Giving all memory back piece by piece is not part of the answer.
        std::mem::forget((loaded, checked));
        return Ok(());
    }
    let mut session = Session::new(loaded, |_| bodies);
    let milliseconds = edit(&system, &mut session, repeat)?;
    writeln!(out, "median of {repeat} edits: {milliseconds:.2}")?;
    Ok(())
}

/// Adds a statement to the longest function of the largest file, and takes it away again.
fn edit(system: &OsSystem, session: &mut Session, repeat: usize) -> Result<f64, Box<dyn Error>> {
    let loaded = session.loaded();
    let last = loaded.listing.packages.ids().last().ok_or("no package")?;
    let files = loaded.packages[last].files.iter();
    let file = files
        .max_by_key(|file| file.file.src.len())
        .ok_or("no file")?;
    let ast = &file.file.ast;
    let bodies = file
        .file
        .decls
        .iter()
        .filter_map(|decl| match ast.decl(*decl).kind {
            go_syntax::DeclKind::Func(func) => Some(ast.range(func.body?)),
            _ => None,
        });
    let body = bodies.max_by_key(|range| range.end - range.start);
    let at = body.ok_or("no function")?.start as usize + 1;
    let (path, text) = (file.path.clone(), file.file.src.to_string());
    let edited = format!("{} if true {{ println(1) }};{}", &text[..at], &text[at..]);
    let mut times = Vec::new();
    for round in 0..repeat {
        let text = if round % 2 == 0 { &edited } else { &text };
        let start = system.monotonic();
        session.edit(&path, text.as_bytes());
        let took = system.monotonic().saturating_sub(start);
        times.push(took.as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}
