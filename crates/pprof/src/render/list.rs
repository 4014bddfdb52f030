//! `list`.

use std::io::{self, Write};

use crate::report::{Scale, Source, SourceFile};

/// Functions with their lines.
pub(super) fn write(source: &Source, out: &mut dyn Write) -> io::Result<()> {
    let scale = &source.scale;
    writeln!(out, "Total: {}", scale.label(scale.total))?;
    for function in &source.functions {
        if function.files.is_empty() {
            writeln!(out, "No source information for {}", function.name)?;
        }
        for file in &function.files {
            write_file(&function.name, file, scale, out)?;
        }
    }
    Ok(())
}

fn write_file(
    function: &str,
    file: &SourceFile,
    scale: &Scale,
    out: &mut dyn Write,
) -> io::Result<()> {
    let path = &file.path;
    writeln!(out, "ROUTINE ======================== {function} in {path}")?;
    let (flat, cum) = (scale.label(file.flat), scale.label(file.cum));
    let share = scale.share(file.cum);
    writeln!(out, "{flat:>10} {cum:>10} (flat, cum) {share} of Total")?;
    let lines = match &file.lines {
        Ok(lines) => lines,
        Err(reason) => return writeln!(out, " Error: {reason}"),
    };
    for line in lines {
        let (flat, cum) = (scale.label_or_dot(line.flat), scale.label_or_dot(line.cum));
        let (number, text) = (line.number, &line.text);
        writeln!(out, "{flat:>10} {cum:>10} {number:>6}:{text}")?;
    }
    Ok(())
}
