//! Pictures of the graph.
//!
//! Where Graphviz is installed its `dot` draws; otherwise our own layout does, as SVG, PDF or
//! PostScript. Both start from the same DOT text.

mod layout;
mod parse;
mod write;

use base::Cancellation;
use base::system::{Command as Process, Exit, Input, System};

use crate::command::Picture;
use crate::error::Error;

/// A graph in DOT, as this crate writes it, as a picture.
pub(crate) fn draw(dot: &[u8], kind: Picture, system: &dyn System) -> Result<Vec<u8>, Error> {
    let mut process = Process::new("dot");
    process.args = vec![format!("-T{}", kind.name()).into()];
    process.stdin = Input::Bytes(dot.to_vec());
    let reason = match system.run(&process, &Cancellation::default()) {
        Ok(output) if output.exit == Exit::Code(0) => return Ok(output.stdout),
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => error.to_string(),
    };
    let text = String::from_utf8_lossy(dot);
    let scene = || layout::layout(&parse::parse(&text));
    match kind {
        Picture::Svg => Ok(write::svg(&scene()).into_bytes()),
        Picture::Ps => Ok(write::postscript(&scene()).into_bytes()),
        Picture::Pdf => Ok(write::pdf(&scene())),
        Picture::Gif | Picture::Png => Err(Error::Report(format!(
            "failed to execute dot. Is Graphviz installed? Error: {reason} (svg, pdf and ps can do \
             without)"
        ))),
    }
}
