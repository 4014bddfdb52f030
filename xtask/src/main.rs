//! Development tasks. `cargo xtask help` lists them.

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Xtask {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Find or fetch the pinned Go
    Toolchain,
}

fn main() -> anyhow::Result<()> {
    match Xtask::parse().task {
        Task::Toolchain => Ok(()),
    }
}
