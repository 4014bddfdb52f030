//! Reference pages made from code: written here, checked in, and compared in CI.

mod commands;
mod rules;

use anyhow::bail;
use base::System as _;
use base::system::Command;

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
    make: fn(&Goperf<'_>) -> anyhow::Result<String>,
}

const PAGES: &[Page] = &[
    Page {
        path: "docs/reference/commands.md",
        make: commands::page,
    },
    Page {
        path: "docs/reference/rules.md",
        make: rules::page,
    },
    Page {
        path: "docs/reference/findings.schema.json",
        make: |_| Ok(diag::json_schema()),
    },
    Page {
        path: "docs/reference/goperf.schema.json",
        make: |goperf| goperf.says(&["check", "--config-schema"]),
    },
    Page {
        path: "docs/reference/editor.schema.json",
        make: |goperf| goperf.says(&["lsp", "--settings-schema"]),
    },
];

pub(crate) fn run(args: &Args, repo: &Repo) -> anyhow::Result<()> {
    let goperf = Goperf::build(repo)?;
    let mut stale = 0;
    for page in PAGES {
        let content = (page.make)(&goperf)?;
        let path = repo.path(page.path);
        let present = repo.system.read_to_string(&path);
        if present.is_ok_and(|present| present == content) {
            continue;
        }
        stale += 1;
        if args.check {
            println!("out of date: {}", page.path);
            continue;
        }
        if let Some(folder) = path.parent() {
            repo.system.create_dir_all(folder)?;
        }
        repo.system.write(&path, content.as_bytes())?;
        println!("wrote {}", page.path);
    }
    if args.check && stale > 0 {
        bail!("run `cargo xtask gen`");
    }
    println!("{} pages are up to date", PAGES.len());
    Ok(())
}

/// The binary, asked for what it says of itself. Running it keeps xtask from linking all of it.
struct Goperf<'a> {
    repo: &'a Repo,
    command: Command,
}

impl<'a> Goperf<'a> {
    fn build(repo: &'a Repo) -> anyhow::Result<Self> {
        repo.run(&repo.cargo().args(["build", "--quiet", "-p", "cli"]))?;
        // What it says must not depend on who asks.
        let command = Command {
            env: vec![
                ("GOPERF_GO".to_owned(), None),
                ("NO_COLOR".to_owned(), Some("1".into())),
                ("COLUMNS".to_owned(), Some("100".into())),
            ],
            ..Command::new(repo.built("debug"))
        };
        Ok(Self { repo, command })
    }

    /// Whatever it prints; help may come on either stream and with any exit code.
    fn says(&self, args: &[&str]) -> anyhow::Result<String> {
        let command = self.command.clone().args(args.iter().copied());
        let output = self.repo.system.run(&command, &self.repo.cancel)?;
        let bytes = if output.stdout.is_empty() {
            output.stderr
        } else {
            output.stdout
        };
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}
