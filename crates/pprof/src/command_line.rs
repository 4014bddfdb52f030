//! The command line: which flags there are, and what the given ones ask for.
//!
//! Source: google/pprof `internal/driver/cli.go`.

use std::io::Write;
use std::path::Path;

use base::{System, Url};

use crate::command::{self, COMMANDS};
use crate::config::{Config, FIELDS};
use crate::error::Error;
use crate::number::quoted;

/// The type of a flag's value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FlagKind {
    Bool,
    Int,
    Float,
    Text,
}

/// A flag the command knows.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    pub name: &'static str,
    pub kind: FlagKind,
}

/// Flags that are not options of reports.
const SOURCE_FLAGS: &[Flag] = &[
    text("diff_base"),
    text("base"),
    text("symbolize"),
    text("buildid"),
    Flag {
        name: "timeout",
        kind: FlagKind::Int,
    },
    text("add_comment"),
    switch("all_frames"),
    Flag {
        name: "seconds",
        kind: FlagKind::Int,
    },
    switch("inuse_space"),
    switch("inuse_objects"),
    switch("alloc_space"),
    switch("alloc_objects"),
    switch("total_delay"),
    switch("contentions"),
    switch("mean_delay"),
    text("tools"),
    text("http"),
    switch("no_browser"),
    text("tls_cert"),
    text("tls_key"),
    text("tls_ca"),
    Flag {
        name: "max_size",
        kind: FlagKind::Int,
    },
    switch("text_names"),
    text("weights"),
    switch("per_second"),
    Flag {
        name: "fail_above",
        kind: FlagKind::Float,
    },
];

const fn text(name: &'static str) -> Flag {
    Flag {
        name,
        kind: FlagKind::Text,
    }
}

const fn switch(name: &'static str) -> Flag {
    Flag {
        name,
        kind: FlagKind::Bool,
    }
}

/// All flags.
pub fn flags() -> Vec<Flag> {
    let mut flags = SOURCE_FLAGS.to_vec();
    for command in COMMANDS {
        let make = if command.has_param { text } else { switch };
        flags.push(make(command.name));
    }
    for field in FIELDS {
        if field.choices.is_empty() {
            flags.push(Flag {
                name: field.name,
                kind: field.kind(),
            });
        }
        flags.extend(field.choices.iter().map(|choice| switch(choice)));
    }
    flags
}

/// A flag as it was given; booleans have the value `true` or `false`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GivenFlag {
    pub name: String,
    pub value: String,
}

/// A parsed command line.
#[expect(
    clippy::struct_excessive_bools,
    reason = "one per boolean flag of pprof"
)]
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Invocation {
    pub sources: Vec<String>,
    pub(crate) exec_name: String,
    pub(crate) build_id: String,
    pub(crate) bases: Vec<String>,
    /// `bases` came with `-diff_base`.
    pub(crate) diff_base: bool,
    pub(crate) seconds: i64,
    pub(crate) timeout: i64,
    pub(crate) symbolize: String,
    pub(crate) comment: String,
    pub(crate) all_frames: bool,
    /// Where to serve the web page, as `HOST:PORT`; empty: nowhere.
    pub http: String,
    /// The page is not to be opened in a browser.
    pub no_browser: bool,
    pub(crate) tls: [String; 3],
    /// Most bytes a source may decompress to; 0: the default.
    pub(crate) max_size: u64,
    /// Take names and labels from profiles in text form.
    pub(crate) text_names: bool,
    /// What the values of each source are multiplied with; empty: 1.
    pub(crate) weights: Vec<f64>,
    /// The report and its parameter; none for the shell.
    pub(crate) command: Option<(&'static str, Option<String>)>,
    pub config: Config,
}

impl Invocation {
    /// Whether all of its profiles are those of running services: the same can be asked for again.
    pub fn is_live(&self, system: &dyn System) -> bool {
        let is_live = |source: &String| {
            system.metadata(Path::new(source)).is_err() && Url::of_source(source).is_some()
        };
        self.bases.is_empty() && self.sources.iter().all(is_live)
    }

    /// Understands flags and what follows them. `is_binary` says whether a file is one; remarks go
    /// to `err`.
    pub fn new(
        given: &[GivenFlag],
        rest: &[String],
        is_binary: &dyn Fn(&str) -> bool,
        err: &mut dyn Write,
    ) -> Result<Self, Error> {
        let usage = |message: &str| Err(Error::Usage(message.to_owned()));
        let value = |name: &str| {
            let last = given.iter().rev().find(|it| it.name == name);
            last.map(|it| it.value.clone()).unwrap_or_default()
        };
        let number = |name: &str| value(name).parse().unwrap_or(-1);
        if rest.is_empty() {
            return usage("no profile source specified");
        }
        let mut sources = rest.to_vec();
        let mut exec_name = String::new();
        if sources.len() > 1 && is_binary(&sources[0]) {
            exec_name = sources.remove(0);
        }
        let mut config = Config::default();
        apply_options(given, &mut config)?;
        let command = chosen_command(given)?;
        if command.is_some() && !value("http").is_empty() {
            return usage("-http is not compatible with an output format on the command line");
        }
        if value("no_browser") == "true" && value("http").is_empty() {
            return usage("-no_browser only makes sense with -http");
        }
        for (flag, kind) in [
            ("total_delay", "delay"),
            ("mean_delay", "delay"),
            ("contentions", "contentions"),
            ("inuse_space", "inuse_space"),
            ("inuse_objects", "inuse_objects"),
            ("alloc_space", "alloc_space"),
            ("alloc_objects", "alloc_objects"),
        ] {
            if value(flag) != "true" {
                continue;
            }
            if config.sample_index.is_empty() {
                kind.clone_into(&mut config.sample_index);
            } else {
                writeln!(err, "Multiple value selections, ignoring -{flag}")?;
            }
        }
        config.mean |= value("mean_delay") == "true";
        let bases = |name: &str| -> Vec<String> {
            // Of several the last counts, as in `go tool pprof`.
            let last = given.iter().rfind(|it| it.name == name);
            let last = last.filter(|it| !it.value.is_empty());
            last.map(|it| it.value.clone()).into_iter().collect()
        };
        config.per_second = value("per_second") == "true";
        config.fail_above = value("fail_above").parse().ok();
        let (base, diff_base) = (bases("base"), bases("diff_base"));
        if !base.is_empty() && !diff_base.is_empty() {
            return usage("-base and -diff_base flags cannot both be specified");
        }
        let weights = weights(&value("weights"), sources.len())?;
        let is_diff = !diff_base.is_empty();
        let bases = if is_diff { diff_base } else { base };
        if config.normalize && bases.is_empty() {
            return usage("must have base profile to normalize by");
        }
        Ok(Self {
            sources,
            exec_name,
            build_id: value("buildid"),
            bases,
            diff_base: is_diff,
            seconds: number("seconds"),
            timeout: number("timeout"),
            symbolize: value("symbolize"),
            comment: value("add_comment"),
            all_frames: value("all_frames") == "true",
            http: value("http"),
            no_browser: value("no_browser") == "true",
            tls: [value("tls_cert"), value("tls_key"), value("tls_ca")],
            max_size: value("max_size").parse().unwrap_or(0),
            text_names: value("text_names") == "true",
            weights,
            command,
            config,
        })
    }
}

/// Reads a number per source, separated by commas.
fn weights(text: &str, n_sources: usize) -> Result<Vec<f64>, Error> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let weight = |text: &str| {
        let weight: f64 = text.trim().parse().ok()?;
        (weight.is_finite() && weight > 0.0).then_some(weight)
    };
    let weights: Option<Vec<f64>> = text.split(',').map(weight).collect();
    weights.filter(|it| it.len() == n_sources).ok_or_else(|| {
        let (text, sources) = (
            quoted(text),
            if n_sources == 1 { "source" } else { "sources" },
        );
        Error::Usage(format!(
            "-weights {text} must be a positive number for each of {n_sources} {sources}"
        ))
    })
}

fn apply_options(given: &[GivenFlag], config: &mut Config) -> Result<(), Error> {
    for field in FIELDS {
        if field.choices.is_empty() {
            if let Some(flag) = given.iter().rev().find(|it| it.name == field.name) {
                field.set(config, &flag.value).map_err(Error::Usage)?;
            }
            continue;
        }
        let is_set = |choice: &&&str| {
            let last = given.iter().rev().find(|it| it.name == **choice);
            last.is_some_and(|it| it.value == "true")
        };
        let set: Vec<&str> = field
            .choices
            .iter()
            .filter(|it| is_set(it))
            .copied()
            .collect();
        match set.as_slice() {
            [] => {}
            [choice] => field.set(config, choice).map_err(Error::Usage)?,
            several => {
                let several = several.join(" ");
                return Err(Error::Usage(format!(
                    "conflicting options set: [{several}]"
                )));
            }
        }
    }
    Ok(())
}

fn chosen_command(given: &[GivenFlag]) -> Result<Option<(&'static str, Option<String>)>, Error> {
    let mut chosen = None;
    for command in COMMANDS {
        let Some(flag) = given.iter().rev().find(|it| it.name == command.name) else {
            continue;
        };
        let is_set = if command.has_param {
            !flag.value.is_empty()
        } else {
            flag.value == "true"
        };
        if !is_set {
            continue;
        }
        if chosen.is_some() {
            return Err(Error::Usage(
                "must set at most one output format".to_owned(),
            ));
        }
        let param = command.has_param.then(|| flag.value.clone());
        chosen = Some((command.name, param));
    }
    debug_assert!(
        chosen
            .as_ref()
            .is_none_or(|(name, _)| command::find(name).is_some())
    );
    Ok(chosen)
}
