//! Packages in memory, for tests.

use std::path::PathBuf;

use base::Cancellation;
use base::testing::{MemorySystem, exited};
use go_tool::{GoTool, ListOptions};

use crate::{LoadOptions, Loaded};

/// Names and texts.
pub(crate) type Files<'a> = &'a [(&'a str, &'a str)];

/// Loads the packages, each a path, what it imports, and its files; dependencies first.
pub(crate) fn load(packages: &[(&str, &[&str], Files<'_>)]) -> Loaded {
    let mut system = MemorySystem::default();
    let mut listing = String::new();
    for (path, imports, files) in packages {
        let mut names = Vec::new();
        for (name, text) in *files {
            system = system.with_file(PathBuf::from(format!("/m/{path}/{name}")), *text);
            names.push(format!("{name:?}"));
        }
        let imports: Vec<String> = imports.iter().map(|path| format!("{path:?}")).collect();
        listing += &format!(
            r#"{{"ImportPath": "{path}", "Dir": "/m/{path}", "GoFiles": [{}], "Imports": [{}]}}"#,
            names.join(", "),
            imports.join(", ")
        );
    }
    let system = system.with_process(Box::new(move |command| {
        Ok(exited(
            0,
            if command.line().starts_with("go env") {
                r#"{"GOVERSION": "go1.27.3", "GOARCH": "amd64", "GOTOOLDIR": "/go/pkg/tool"}"#
            } else {
                &listing
            },
        ))
    }));
    let cancel = Cancellation::default();
    let go = GoTool::find(&system, None).unwrap();
    let options = LoadOptions {
        list: ListOptions::default(),
        ..LoadOptions::default()
    };
    crate::load(&go, &system, &cancel, &options).unwrap()
}
