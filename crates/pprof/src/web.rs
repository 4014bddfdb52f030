//! What a web page about a profile needs beyond report values: options in addresses, saved options, and reports as
//! bytes.
//!
//! Source: google/pprof `internal/driver/{config,settings,webui}.go`.

use std::io::Write;
use std::path::{Path, PathBuf};

use base::System;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::command;
use crate::config::{Config, FIELDS, find};
use crate::driver::make_report;
use crate::error::Error;
use crate::fetch::Loaded;
use crate::picture::own_svg;
use crate::render::dot::Drawing;
use crate::render::header_lines;
use crate::report::{CallGraph, Header, Machine, Scale};
use crate::symbols::{ObjectFiles, io_reason};
use crate::view::sample_kinds;

/// The parameter of a page's address for each option that has one.
const PARAMETERS: &[(&str, &str)] = &[
    ("drop_negative", "dropneg"),
    ("call_tree", "calltree"),
    ("relative_percentages", "rel"),
    ("unit", "unit"),
    ("compact_labels", "compact"),
    ("intel_syntax", "intel"),
    ("nodecount", "n"),
    ("nodefraction", "nf"),
    ("edgefraction", "ef"),
    ("trim", "trim"),
    ("focus", "f"),
    ("ignore", "i"),
    ("prune_from", "prunefrom"),
    ("hide", "h"),
    ("show", "s"),
    ("show_from", "sf"),
    ("tagfocus", "tf"),
    ("tagignore", "ti"),
    ("tagshow", "ts"),
    ("taghide", "th"),
    ("mean", "mean"),
    ("sample_index", "si"),
    ("normalize", "norm"),
    ("sort", "sort"),
    ("granularity", "g"),
    ("noinlines", "noinlines"),
    ("showcolumns", "showcolumns"),
    // pprof does not put these into addresses; its own pages cannot change them.
    ("tagroot", "tagroot"),
    ("tagleaf", "tagleaf"),
];

/// Options that belong to one run and are not saved.
const NOT_SAVED: &[&str] = &[
    "sample_index",
    "output",
    "source_path",
    "trim_path",
    "divide_by",
];

impl Config {
    /// These options as changed by the parameters of an address; of several of one name the first counts, and empty
    /// ones change nothing.
    pub fn with_parameters(&self, parameters: &[(String, String)]) -> Result<Self, Error> {
        let mut config = self.clone();
        for (name, parameter) in PARAMETERS {
            let given = parameters.iter().find(|(key, _)| key == parameter);
            let (Some(field), Some((_, value))) = (find(name), given) else {
                continue;
            };
            if !value.is_empty() {
                let set = field.set(&mut config, value);
                set.map_err(|reason| {
                    Error::Usage(format!("error setting config field {name}: {reason}"))
                })?;
            }
        }
        Ok(config)
    }

    /// The parameters of an address that stand for these options: those that differ from the command line's defaults.
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        let default = Self::default();
        let parameter = |(name, parameter): &(&str, &'static str)| {
            let field = find(name)?;
            let value = field.get(self);
            (value != field.get(&default)).then_some((*parameter, value))
        };
        PARAMETERS.iter().filter_map(parameter).collect()
    }
}

/// Options that the user saved under a name.
#[derive(Clone, PartialEq, Debug)]
pub struct NamedConfig {
    pub name: String,
    pub config: Config,
}

/// The profile of a web page and what its reports are made with.
#[derive(Clone, Copy)]
pub struct Pages<'a> {
    pub loaded: &'a Loaded,
    pub system: &'a dyn System,
    pub objects: &'a ObjectFiles,
    pub time_zone: &'a TimeZone,
}

impl Pages<'_> {
    /// What reports on code are made with.
    pub fn machine(&self) -> Machine<'_> {
        Machine {
            system: self.system,
            objects: self.objects,
        }
    }

    /// The names of the profile's sample types.
    pub fn sample_types(&self) -> Vec<String> {
        sample_kinds(&self.loaded.profile)
    }

    /// The bytes that a command prints: text, a picture or a profile. Remarks go to `err`.
    pub fn printed(
        &self,
        report: &str,
        expression: Option<&str>,
        config: &Config,
        err: &mut dyn Write,
    ) -> Result<Vec<u8>, Error> {
        let unknown = || Error::Usage(format!("unknown report: {report}"));
        let command = command::find(report).ok_or_else(unknown)?;
        let around = (self.machine(), self.time_zone);
        let answer = make_report(self.loaded, command, expression, config, around, err)?;
        Ok(answer.into_bytes()?)
    }

    /// A graph as SVG, by our own layout.
    pub fn svg(&self, graph: &CallGraph) -> String {
        own_svg(&Drawing::new(graph, self.time_zone))
    }

    /// The description of the profile, as reports begin with it.
    pub fn description(&self, header: &Header, scale: &Scale) -> Vec<String> {
        header_lines(header, scale, self.time_zone)
    }

    /// The options that the user saved, in the order of the file.
    pub fn saved(&self) -> Result<Vec<NamedConfig>, Error> {
        let settings = self.settings()?;
        let configs = settings.get("configs").and_then(Value::as_array);
        let named = |value: &Value| {
            let name = value.get("name")?.as_str()?.to_owned();
            let mut config = Config::default();
            for field in FIELDS.iter().filter(|it| is_saved(it.name)) {
                let text = match value.get(field.name) {
                    None | Some(Value::Null) => continue,
                    Some(Value::String(text)) => text.clone(),
                    Some(other) => other.to_string(),
                };
                // An option that another version wrote is left as it is.
                field.set(&mut config, &text).ok();
            }
            Some(NamedConfig { name, config })
        };
        Ok(configs.into_iter().flatten().filter_map(named).collect())
    }

    /// Saves options under a name, in the place of those that had it.
    pub fn save(&self, name: &str, config: &Config) -> Result<(), Error> {
        if name.is_empty() {
            return Err(Error::Usage("invalid config name".to_owned()));
        }
        let mut entry = Map::new();
        entry.insert("name".to_owned(), name.into());
        for field in FIELDS.iter().filter(|it| is_saved(it.name)) {
            entry.insert(
                field.name.to_owned(),
                saved_value(&field.get(config), field.kind()),
            );
        }
        self.edit(|configs| {
            let at = configs.iter().position(|it| has_name(it, name));
            match at {
                Some(at) => configs[at] = entry.into(),
                None => configs.push(entry.into()),
            }
            Ok(())
        })
    }

    /// Removes saved options.
    pub fn delete(&self, name: &str) -> Result<(), Error> {
        self.edit(|configs| {
            let at = configs.iter().position(|it| has_name(it, name));
            let missing = || Error::Usage(format!("config {name} not found"));
            configs.remove(at.ok_or_else(missing)?);
            Ok(())
        })
    }

    fn edit(&self, change: impl FnOnce(&mut Vec<Value>) -> Result<(), Error>) -> Result<(), Error> {
        let mut settings = self.settings()?;
        let configs = settings
            .entry("configs")
            .or_insert_with(|| Value::Array(Vec::new()));
        if !configs.is_array() {
            *configs = Value::Array(Vec::new());
        }
        if let Value::Array(configs) = configs {
            change(configs)?;
        }
        let path = settings_file(self.system)?;
        let failed = |what: &str, error: &std::io::Error| {
            Error::Report(format!("failed to {what}: {}", io_reason(error)))
        };
        if let Some(folder) = path.parent() {
            let made = self.system.create_dir_all(folder);
            made.map_err(|error| failed("create settings directory", &error))?;
        }
        let text = serde_json::to_string_pretty(&settings).unwrap_or_default();
        let written = self.system.write(&path, text.as_bytes());
        written.map_err(|error| failed("write settings", &error))
    }

    fn settings(&self) -> Result<Map<String, Value>, Error> {
        let path = settings_file(self.system)?;
        let bytes = match self.system.read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Map::new()),
            Err(error) => {
                let reason = io_reason(&error);
                return Err(Error::Report(format!("could not read settings: {reason}")));
            }
        };
        serde_json::from_slice(&bytes).map_err(|error| {
            let path = path.display();
            Error::Report(format!("could not parse settings in {path}: {error}"))
        })
    }
}

/// `$XDG_CONFIG_HOME/pprof/settings.json`, or the same in the platform's folder for settings.
fn settings_file(system: &dyn System) -> Result<PathBuf, Error> {
    let home = |below: &str| Some(Path::new(&system.env_var("HOME")?).join(below));
    let folder = system.env_var("XDG_CONFIG_HOME").map(PathBuf::from);
    let folder = folder.filter(|it| it.is_absolute());
    let folder = folder.or_else(|| {
        if cfg!(windows) {
            system.env_var("AppData").map(PathBuf::from)
        } else if cfg!(target_os = "macos") {
            home("Library/Application Support")
        } else {
            home(".config")
        }
    });
    let missing = || Error::Report("no folder for settings: HOME is not set".to_owned());
    Ok(folder
        .ok_or_else(missing)?
        .join("pprof")
        .join("settings.json"))
}

fn is_saved(name: &str) -> bool {
    !NOT_SAVED.contains(&name)
}

fn has_name(value: &Value, name: &str) -> bool {
    value.get("name").and_then(Value::as_str) == Some(name)
}

fn saved_value(text: &str, kind: crate::command_line::FlagKind) -> Value {
    use crate::command_line::FlagKind;
    match kind {
        FlagKind::Bool => Value::Bool(text == "true"),
        FlagKind::Int => text.parse::<i64>().map_or(Value::Null, Value::from),
        FlagKind::Float => text.parse::<f64>().map_or(Value::Null, Value::from),
        FlagKind::Text => text.into(),
    }
}
