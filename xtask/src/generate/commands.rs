//! All commands with their flags, as `--help` prints them.

use std::fmt::Write as _;

use super::Goperf;

pub(super) fn page(goperf: &Goperf<'_>) -> anyhow::Result<String> {
    let mut text =
        "# Commands\n\nMade by `cargo xtask gen` from what `--help` prints.\n".to_owned();
    command(goperf, &[], &mut text)?;
    Ok(text)
}

/// The command at `path` and, after it, those below it.
fn command(goperf: &Goperf<'_>, path: &[&str], text: &mut String) -> anyhow::Result<()> {
    let help = goperf.says(&[path, &["--help"]].concat())?;
    let name = [&["goperf"], path].concat().join(" ");
    // The first level of headings is the page itself.
    let level = "#".repeat((path.len() + 2).min(4));
    write!(
        text,
        "\n{level} {name}\n\n```text\n{}\n```\n",
        without_blanks(&help)
    )?;
    for below in subcommands(&help) {
        command(goperf, &[path, &[below]].concat(), text)?;
    }
    Ok(())
}

/// Names listed under `Commands:`, but for `help` itself.
fn subcommands(help: &str) -> Vec<&str> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    listed
        .take_while(|line| line.starts_with("  "))
        // A deeper line goes on with the text of the line before it.
        .filter(|line| !line.starts_with("    "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect()
}

fn without_blanks(help: &str) -> String {
    let lines: Vec<&str> = help.trim_end().lines().map(str::trim_end).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    #[test]
    fn subcommands_are_read_from_the_help() {
        let help = "About\n\nUsage: goperf <COMMAND>\n\nCommands:\n  check    Find what costs\n  \
                    escape   Stack or\n           heap\n  help     Print this\n\nOptions:\n  -h\n";
        assert_eq!(super::subcommands(help), ["check", "escape"]);
        assert!(super::subcommands("Usage: goperf check\n\nOptions:\n  -h\n").is_empty());
    }
}
