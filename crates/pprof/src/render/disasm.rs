//! `disasm`.

use std::io::{self, Write};

use crate::report::{Assembly, AssemblyLine, Routine, Scale};

/// Functions with their instructions.
pub(super) fn write(assembly: &Assembly, out: &mut dyn Write) -> io::Result<()> {
    let scale = &assembly.scale;
    for problem in &assembly.problems {
        writeln!(out, "{problem}")?;
    }
    writeln!(out, "Total: {}", scale.label(scale.total))?;
    let mut routines = assembly.routines.iter();
    routines.try_for_each(|it| write_routine(it, scale, out))
}

fn write_routine(routine: &Routine, scale: &Scale, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "ROUTINE ======================== {}", routine.name)?;
    let (flat, cum) = (scale.label(routine.flat), scale.label(routine.cum));
    let share = scale.share(routine.cum);
    writeln!(out, "{flat:>10} {cum:>10} (flat, cum) {share} of Total")?;
    let mut last = ("", "", 0);
    for line in &routine.lines {
        let place = (line.function.as_str(), line.file.as_str(), line.line);
        let place_text = if place == last {
            String::new()
        } else {
            place_text(line)
        };
        last = place;
        let (flat, cum) = (scale.label_or_dot(line.flat), scale.label_or_dot(line.cum));
        let start = format!("{flat:>10} {cum:>10} {:>10x}: ", line.address);
        if place_text.is_empty() {
            writeln!(out, "{start}{}", line.text)?;
        } else if line.text.len() < 40 {
            writeln!(out, "{start}{:<40};{place_text}", line.text)?;
        } else {
            writeln!(out, "{:74};{place_text}\n{start}{}", "", line.text)?;
        }
    }
    Ok(())
}

/// Function, file and line, as far as known.
fn place_text(line: &AssemblyLine) -> String {
    let mut text = String::new();
    if !line.function.is_empty() {
        text = format!("{} ", line.function);
    }
    if !line.file.is_empty() {
        text.push_str(&line.file);
        if line.line != 0 {
            text.push_str(&format!(":{}", line.line));
        }
    }
    text
}
