//! `goperf version`, `goperf completions`, `goperf man`: for those who install goperf.

use std::path::Path;

use anyhow::Context as _;
use base::system::System;
use clap::CommandFactory as _;

use super::Context;
use crate::args::drop_in::DROP_INS;
use crate::args::{Cli, CompletionsArgs, ManArgs};
use crate::{ExitStatus, Output};

/// goperf's version and platform, and the go command that commands here would use.
pub(crate) fn version(context: &Context, output: &mut Output) -> anyhow::Result<ExitStatus> {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    // Go's names of platforms.
    let os = if os == "macos" { "darwin" } else { os };
    let arch = match arch {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let version = env!("CARGO_PKG_VERSION");
    writeln!(output.out, "goperf {version} {os}/{arch}")?;
    match go_tool::GoTool::find(context.system, context.global.go.as_deref()) {
        Ok(go) => {
            let goroot = go.env.goroot.display();
            writeln!(output.out, "go {} {goroot}", go.version)?;
        }
        Err(error) => writeln!(output.out, "go: {}", base::full_message(&error))?,
    }
    Ok(ExitStatus::Success)
}

pub(crate) fn completions(
    args: &CompletionsArgs,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut definition(), "goperf", &mut script);
    output.out.write_all(&script)?;
    Ok(ExitStatus::Success)
}

/// The command line with the flags of the drop-in commands, which clap does not read.
fn definition() -> clap::Command {
    let mut root = Cli::command();
    for name in DROP_INS {
        let flags = match *name {
            "pprof" => super::pprof::specs(),
            _ => super::benchstat::FLAGS.to_vec(),
        };
        root = root.mut_subcommand(name, |command| {
            flags.iter().fold(command, |command, flag| {
                let option = clap::Arg::new(flag.name).long(flag.name);
                let action = if flag.kind == crate::go_flags::FlagKind::Bool {
                    clap::ArgAction::SetTrue
                } else {
                    clap::ArgAction::Set
                };
                command.arg(option.action(action))
            })
        });
    }
    root
}

pub(crate) fn man(
    args: &ManArgs,
    context: &Context,
    output: &mut Output,
) -> anyhow::Result<ExitStatus> {
    let failed = || format!("failed to write {}", args.dir.display());
    let system = context.system;
    system.create_dir_all(&args.dir).with_context(failed)?;
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    let n_pages = pages(&root, &args.dir, system)?;
    writeln!(output.err, "{n_pages} pages in {}", args.dir.display())?;
    Ok(ExitStatus::Success)
}

/// Writes the page of a command and those of its commands; how many.
fn pages(command: &clap::Command, dir: &Path, system: &dyn System) -> anyhow::Result<usize> {
    let mut page = Vec::new();
    // Pages name the version and no date: the same source gives the same pages.
    let command = command.clone().version(env!("CARGO_PKG_VERSION"));
    let name = command
        .get_display_name()
        .unwrap_or(command.get_name())
        .to_owned();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    let path = dir.join(format!("{name}.1"));
    let written = system.write(&path, &page);
    written.with_context(|| format!("failed to write {}", path.display()))?;
    let mut n_pages = 1;
    for sub in command.get_subcommands().filter(|it| !it.is_hide_set()) {
        n_pages += pages(sub, dir, system)?;
    }
    Ok(n_pages)
}

#[cfg(test)]
mod tests {
    use base::testing::MemorySystem;

    use super::*;

    fn run(args: &[&str], system: &MemorySystem) -> (ExitStatus, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let args = ["goperf"].iter().chain(args).map(Into::into).collect();
        let status = crate::run(args, system, &mut Output::plain(&mut out, &mut err));
        (status, String::from_utf8(out).unwrap())
    }

    #[test]
    fn every_shell_completes_commands_and_their_flags() {
        let system = MemorySystem::default();
        for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
            let (status, script) = run(&["completions", shell], &system);
            assert_eq!(status, ExitStatus::Success);
            for word in ["benchstat", "mem-profile", "tagfocus", "version"] {
                assert!(script.contains(word), "{shell}: {word}");
            }
        }
        assert_eq!(run(&["completions", "csh"], &system).0, ExitStatus::Error);
    }

    #[test]
    fn every_command_has_a_manual_page() {
        let system = MemorySystem::default();
        assert_eq!(run(&["man", "/man1"], &system).0, ExitStatus::Success);
        for page in [
            "goperf",
            "goperf-check",
            "goperf-bench-ab",
            "goperf-leak-watch",
        ] {
            let path = format!("/man1/{page}.1");
            let text = system.read_to_string(Path::new(&path)).unwrap();
            assert!(text.contains(".TH"), "{page}");
        }
        let text = system.read_to_string(Path::new("/man1/goperf-check.1"));
        assert!(text.unwrap().contains("benchtime"));
    }

    #[test]
    fn the_version_names_the_go_command_or_says_why_there_is_none() {
        let (status, text) = run(&["version"], &MemorySystem::default());
        assert_eq!(status, ExitStatus::Success);
        assert!(text.starts_with("goperf ") && text.ends_with("go: no go command found\n"));
    }
}
