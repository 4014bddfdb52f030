//! Pictures of the graph.
//!
//! Where Graphviz is installed its `dot` draws; otherwise our own layout does. Both start from the
//! same [`Drawing`].

mod labels;
mod layout;
mod raster;
mod write;

use base::Cancellation;
use base::system::{Command as Process, Exit, Input, System};

use crate::command::Picture;
use crate::error::Error;
use crate::render::dot::{self, Drawing};

/// Draws a graph.
pub(crate) fn draw(
    drawing: &Drawing,
    kind: Picture,
    system: &dyn System,
) -> Result<Vec<u8>, Error> {
    let mut text = Vec::new();
    dot::write(drawing, &mut text)?;
    let mut process = Process::new("dot");
    process.args = vec![format!("-T{}", kind.name()).into()];
    process.stdin = Input::Bytes(text);
    if let Ok(output) = system.run(&process, &Cancellation::default())
        && output.exit == Exit::Code(0)
    {
        return Ok(output.stdout);
    }
    let scene = layout::layout(drawing);
    let drawn = match kind {
        Picture::Svg => Ok(write::svg(&scene).into_bytes()),
        Picture::Ps => Ok(write::postscript(&scene).into_bytes()),
        Picture::Pdf => Ok(write::pdf(&scene)),
        Picture::Gif => raster::gif(&scene),
        Picture::Png => raster::png(&scene),
    };
    drawn.map_err(|error| Error::Report(format!("failed to draw the graph: {error}")))
}

/// A graph as SVG by our own layout, whatever is installed.
pub(crate) fn own_svg(drawing: &Drawing) -> String {
    write::svg(&layout::layout(drawing))
}
