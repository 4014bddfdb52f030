//! Development tasks, one file each. `cargo xtask help` lists them.
#![expect(
    clippy::print_stdout,
    reason = "a task reports to the terminal it was started from"
)]

mod bench;
mod conform;
mod cross;
mod demo;
mod dist;
mod editors;
mod facts;
mod fuzz;
mod generate;
mod leak_std;
mod repo;
mod test;
mod tidy;
mod toolchain;
mod typesdump;
mod ui;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::repo::Repo;

/// Development tasks of goperf.
#[derive(Parser)]
#[command(name = "cargo xtask", max_term_width = 100)]
struct Xtask {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Find or fetch the pinned Go and print its path
    Toolchain(toolchain::Args),
    /// Build goperf and run its main job on `examples/orders`
    Demo,
    /// Run everything that must pass: Rust tests, doc tests, the example's Go tests
    Test,
    /// Check what the compiler does not: floors, names, lengths, residue
    Tidy,
    /// Write the reference pages that are made from code
    Gen(generate::Args),
    /// Measure the figures of the rules' pages again
    Facts(facts::Args),
    /// Feed what reads bytes with what it does not expect
    Fuzz(fuzz::Args),
    /// Run our peers' recorded cases and compare with the scoreboards
    Conform(conform::Args),
    /// Check that everything compiles for Windows and macOS
    Cross,
    /// Make what a release carries: tarball, wheel, npm packages, bill of materials, checksums
    Dist(dist::Args),
    /// Look for leaks in the tests of Go's standard library
    LeakStd(leak_std::Args),
    /// Measure time and memory beside our peers
    Bench(bench::Args),
    /// Walk through Neovim with `goperf lsp`
    Editors(editors::Args),
    /// Build the bundle of the web pages from `ui/`
    Ui(ui::Args),
    /// Print what the Go front-end knows about packages, in the format of `shared/conformance/types`
    Typesdump(typesdump::Args),
}

fn main() -> ExitCode {
    let done = Repo::open().and_then(|repo| run(&Xtask::parse().task, &repo));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: &Task, repo: &Repo) -> anyhow::Result<()> {
    match task {
        Task::Toolchain(args) => toolchain::run(args, repo),
        Task::Demo => demo::run(repo),
        Task::Test => test::run(repo),
        Task::Tidy => tidy::run(repo),
        Task::Gen(args) => generate::run(args, repo),
        Task::Facts(args) => facts::run(args, repo),
        Task::Fuzz(args) => fuzz::run(args, repo),
        Task::Conform(args) => conform::run(args, repo),
        Task::Cross => cross::run(repo),
        Task::Dist(args) => dist::run(args, repo),
        Task::LeakStd(args) => leak_std::run(args, repo),
        Task::Bench(args) => bench::run(args, repo),
        Task::Editors(args) => editors::run(args, repo),
        Task::Ui(args) => ui::run(args, repo),
        Task::Typesdump(args) => typesdump::run(args, repo),
    }
}
