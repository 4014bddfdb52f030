//! Usage texts.

use std::fmt::Write;

use crate::command::{self, COMMANDS, Command, Destination};
use crate::config::{self, CHOICE_HELP, FIELDS};

const HEAD: &str = "\
usage:

Make one report:

   goperf pprof -<format> [options] [binary] <source> ...

Without a format, a shell opens in which reports are made by command:

   goperf pprof [options] [binary] <source> ...

A source is a file or the URL of a profile; several are summed.

";

const SOURCE_OPTIONS: &str = "
  Source options:
    -seconds              Time to profile for, for URLs that take one
    -timeout              Seconds to wait for a profile
    -buildid              Build id of the main binary, if the profile has none
    -add_comment          Text to add to the profile's comments
    -diff_base source     Compare with this profile; percentages are of it
    -base source          Subtract this profile
    -symbolize=           Where missing names come from
      none                  nowhere
      local                 binaries on this machine
      fastlocal             their symbol tables alone
      remote                the server the profile is from
      force                 also replace the names there are
      inlines               calls that were inlined get frames of their own
      demangle=             none, templates or full names of C++ and Rust
    -all_frames           Keep the frames the profile asks to drop
    -tls_cert, -tls_key   Certificate and key to show to the server (PEM)
    -tls_ca               Certificate to trust (PEM)
    -max_size             Most bytes a source may unpack to
    -text_names           Take the names and labels that profiles in text form carry
    -weights              What to multiply the values of each source with, such as 2,1
    -per_second           With -diff: divide values by the time each profile took
    -fail_above           With -diff: exit status 1 if the total or an entry grows by
                          more than so many percent of the total of the base

  Misc options:
    -http                 host:port to serve the web interface at
    -no_browser           With -http: do not open a browser
    -tools                Accepted; no outside tools are needed

  Legacy convenience options:
    -inuse_space           Same as -sample_index=inuse_space
    -inuse_objects         Same as -sample_index=inuse_objects
    -alloc_space           Same as -sample_index=alloc_space
    -alloc_objects         Same as -sample_index=alloc_objects
    -total_delay           Same as -sample_index=delay
    -contentions           Same as -sample_index=contentions
    -mean_delay            Same as -mean -sample_index=delay

  Environment variables:
    PPROF_TMPDIR       Where fetched profiles are kept (default: $HOME/pprof)
    PPROF_BINARY_PATH  Where to look for binaries (default: $HOME/pprof/binaries)
    PPROF_TOOLS        Default of -tools
";

/// The text behind `-h`.
pub fn usage() -> String {
    let mut out = HEAD.to_owned();
    push_commands(&mut out, "-");
    push_options(&mut out, "-");
    out.push_str(SOURCE_OPTIONS);
    out
}

fn push_line(out: &mut String, name: &str, help: &str) {
    let first = help.lines().next().unwrap_or_default();
    writeln!(out, "    {name:<22} {first}").ok();
}

fn push_commands(out: &mut String, prefix: &str) {
    out.push_str(if prefix.is_empty() {
        "  Commands:\n"
    } else {
        "  Output formats (at most one):\n"
    });
    for command in COMMANDS {
        let param = if command.has_param { "=regexp" } else { "" };
        let name = format!(
            "{prefix}{}{}",
            command.name,
            if prefix.is_empty() { "" } else { param }
        );
        push_line(out, &name, command.description);
    }
    if prefix.is_empty() {
        push_line(out, "o/options", "Show all options with their values");
        push_line(out, "q/quit/exit/^D", "Leave");
    }
}

fn push_options(out: &mut String, prefix: &str) {
    out.push_str("\n  Options:\n");
    for field in FIELDS.iter().filter(|it| it.choices.is_empty()) {
        push_line(out, &format!("{prefix}{}", field.name), field.help);
    }
    out.push_str("\n  Option groups (one of each):\n");
    for field in FIELDS.iter().filter(|it| !it.choices.is_empty()) {
        push_line(out, field.name, "");
        for choice in field.choices {
            let help = CHOICE_HELP.iter().find(|(name, _)| name == choice);
            push_line(
                out,
                &format!("  {prefix}{choice}"),
                help.map_or("", |it| it.1),
            );
        }
    }
}

/// The shell's `help`: an overview, or about one word. `None` if there is no such word.
pub(crate) fn shell_help(word: &str) -> Option<String> {
    if word.is_empty() {
        let mut out = String::new();
        push_commands(&mut out, "");
        push_options(&mut out, "");
        out.push_str("\n  :   clears focus, ignore, hide, tagfocus and tagignore\n");
        out.push_str("  A report can go to a file (> file, >> file) or a program (| program).\n");
        out.push_str("\n  \"help <command or option>\" says more\n");
        return Some(out);
    }
    if let Some(command) = command::find(word) {
        return Some(command_help(command));
    }
    config::help(word).map(|help| help + "\n")
}

fn command_help(command: &Command) -> String {
    let name = command.name;
    let mut out = format!("{}\n  Usage:\n", command.description);
    let param = if command.has_param {
        " <func_regexp>"
    } else {
        ""
    };
    let redirect = match command.destination {
        Destination::Print | Destination::Save(_) => " [> file]",
        Destination::View(..) => "",
    };
    writeln!(
        out,
        "    {name}{param} [n] [focus]* [-ignore]* [-cum]{redirect}"
    )
    .ok();
    out.push_str("    n: how many entries; focus and ignore are regular expressions\n");
    if name == "tags" {
        out.push_str("    focus and ignore are matched with key:value of labels\n");
    }
    if command.is_ours {
        out.push_str("    go tool pprof does not have it\n");
    }
    out
}
