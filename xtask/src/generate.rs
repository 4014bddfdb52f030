//! Reference pages made from code: written here, checked in, and compared in CI.

use anyhow::bail;
use base::System as _;

use crate::repo::Repo;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write nothing; fail if a page is not what would be written
    #[arg(long)]
    check: bool,
}

/// One generated file.
struct Page {
    /// From the root of the checkout.
    path: &'static str,
    make: fn() -> String,
}

const PAGES: &[Page] = &[Page {
    path: "docs/reference/findings.schema.json",
    make: diag::json_schema,
}];

pub(crate) fn run(args: &Args, repo: &Repo) -> anyhow::Result<()> {
    let stale = stale(repo);
    for (page, content) in &stale {
        if args.check {
            println!("out of date: {}", page.path);
            continue;
        }
        let path = repo.path(page.path);
        if let Some(folder) = path.parent() {
            repo.system.create_dir_all(folder)?;
        }
        repo.system.write(&path, content.as_bytes())?;
        println!("wrote {}", page.path);
    }
    if args.check && !stale.is_empty() {
        bail!("run `cargo xtask gen`");
    }
    println!("{} pages are up to date", PAGES.len());
    Ok(())
}

/// The pages whose file is not what it should be, with what it should be.
fn stale(repo: &Repo) -> Vec<(&'static Page, String)> {
    let made = PAGES.iter().map(|page| (page, (page.make)()));
    made.filter(|(page, content)| {
        let present = repo.system.read_to_string(&repo.path(page.path));
        !present.is_ok_and(|present| present == *content)
    })
    .collect()
}
