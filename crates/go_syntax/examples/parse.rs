//! Parses all files named in a list and says how long it took: `parse LIST [THREADS]`.
#![expect(clippy::print_stdout, reason = "its output is the measurement")]

use std::path::Path;

use base::System as _;
use base::system::OsSystem;
use rayon::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let system = OsSystem::default();
    let [_, list, rest @ ..] = args.as_slice() else {
        return Err("usage: parse LIST [THREADS]".into());
    };
    let n_threads = rest
        .first()
        .map_or(Ok(system.parallelism()), |n| n.parse())?;
    rayon::ThreadPoolBuilder::new()
        .num_threads(n_threads)
        .build_global()?;
    let list = system.read_to_string(Path::new(list))?;
    let read = |path: &str| system.read(Path::new(path));
    let texts: Vec<Vec<u8>> = list.lines().map(read).collect::<Result<_, _>>()?;
    let start = system.monotonic();
    let parsed: Vec<_> = texts
        .par_iter()
        .map(|text| go_syntax::parse(text))
        .collect();
    let took = system.monotonic().saturating_sub(start).as_secs_f64();
    let n_lines: u32 = parsed
        .iter()
        .map(|(file, _)| file.lines.line_count() - 1)
        .sum();
    let n_problems: usize = parsed.iter().map(|(_, problems)| problems.len()).sum();
    let n_exprs: usize = parsed.iter().map(|(file, _)| file.ast.n_exprs()).sum();
    let n_bytes: usize = texts.iter().map(Vec::len).sum();
    println!(
        "{} files, {n_lines} lines, {n_bytes} bytes, {n_exprs} expressions, {n_problems} problems",
        texts.len(),
    );
    println!(
        "{:.1} ms on {n_threads} threads: {:.2} M lines/s per thread",
        took * 1e3,
        f64::from(n_lines) / took / 1e6 / n_threads as f64
    );
    Ok(())
}
