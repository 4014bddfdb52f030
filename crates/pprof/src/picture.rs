//! Pictures of the graph, drawn by Graphviz.

use base::Cancellation;
use base::system::{Command as Process, Exit, Input, System};

use crate::command::Picture;
use crate::error::Error;

/// A graph in DOT as a picture, through the `dot` program.
pub(crate) fn through_graphviz(
    dot: Vec<u8>,
    kind: Picture,
    system: &dyn System,
) -> Result<Vec<u8>, Error> {
    let mut process = Process::new("dot");
    process.args = vec![format!("-T{}", kind.name()).into()];
    process.stdin = Input::Bytes(dot);
    let fail = |reason: &dyn std::fmt::Display| {
        Error::Report(format!(
            "failed to execute dot. Is Graphviz installed? Error: {reason}"
        ))
    };
    let output = system
        .run(&process, &Cancellation::default())
        .map_err(|error| fail(&error))?;
    match output.exit {
        Exit::Code(0) => Ok(output.stdout),
        _ => Err(fail(&String::from_utf8_lossy(&output.stderr).trim())),
    }
}
